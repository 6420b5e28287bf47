/* test.h: what the test programs share.

   Run them from the root of the repository.  A test is named after what it proves, and carries the
   mark of the section of twotower.h that it proves it of.

       test(name)                        an entry for the list that cmocka runs: it starts with a
                                         working allocator, and fails if it leaves memory behind
       assert_stops(call, text)          the call must stop through TT_ASSERT, with a message that
                                         contains text; test_message keeps the whole message
       assert_stops_in(function, (arguments), text)
                                         the same in one function's name: "function: ..."
       assert_close(actual, expected, tolerance)
                                         both finite, and |actual - expected| at most
                                         tolerance * max(1, |expected|): an absolute tolerance for
                                         small numbers, a relative one for numbers over 1
       assert_matrix_close(matrix, table, tolerance)
                                         the same for every element, with the place of the first
                                         that is not
       assert_bits_equal(a, b, n)        n floats with the same bits: 0 is not -0
       golden(name)                      the numbers of tests/golden/NAME.csv as a table
       golden_matrix(name)               the same, rounded to float
       on(threads)                       a tt_run without interest in its message
       random_matrix(rows, cols)         numbers of [-1, 1), the same in every run
       garbage_matrix(rows, cols)        NaN everywhere, for outputs that must be filled
       zero_matrix(rows, cols)           0 everywhere, for gradients that are added to
                                         (all of these last until the test ends)

   Most tests see of the library what a user sees.  It and the functions below are compiled once,
   from this file alone (the Makefile's build/tests/test.a).  A test of private names defines
   TEST_IMPLEMENTATION before it includes this file, and so gets a library of its own.

   The library allocates through functions that count and can fail:

       test_allocations                  how often it has asked for memory
       test_live_blocks                  how many blocks it has not freed
       test_fail_at = k                  the k-th request from now is refused (0: none) ...
       test_fail_for_good = true         ... and all after it, until test_fail_at is set again

   All our assertions fail through cmocka's mock_assert, so that expect_assert_failure(assert_close(
   ...)) can prove that they do. */

#ifndef TWOTOWER_TEST_H
#define TWOTOWER_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Helpers in headers: a program need not use them all. */
#if defined(__GNUC__) || defined(__clang__)
#define TEST_API static __attribute__((unused))
#else
#define TEST_API static
#endif

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What the library is built with --------------------------------------------------------------- */

extern char test_message[512];
extern size_t test_allocations, test_live_blocks, test_fail_at;
extern bool test_fail_for_good;

void test_stop(const char *message, const char *file, int line);
void *test_allocate(size_t size);
void *test_reallocate(void *memory, size_t size);
void test_release(void *memory);

#define TT_ASSERT(condition, message)                                                              \
    ((condition) ? (void)0 : test_stop(message, __FILE__, __LINE__))
#define TT_MALLOC(size) test_allocate(size)
#define TT_REALLOC(memory, size) test_reallocate(memory, size)
#define TT_FREE(memory) test_release(memory)

#ifdef TEST_IMPLEMENTATION
#define TWOTOWER_IMPLEMENTATION
#endif
#include "twotower.h"

#define on(n) (&(tt_run){.threads = (n)})

/* Every test is handed a state, and none needs it. */
#if defined(__GNUC__) || defined(__clang__)
#pragma GCC diagnostic ignored "-Wunused-parameter"
#endif

/* Assertions ----------------------------------------------------------------------------------- */

void test_fail_here(const char *file, int line, const char *format, ...);
void test_message_has(const char *text, const char *file, int line);
void test_message_begins(const char *text, const char *file, int line);
bool test_is_close(double actual, double expected, double tolerance);
void test_close(double actual, double expected, double tolerance, const char *text,
                const char *file, int line);
void test_matrix_close(tt_matrix actual, tt_table expected, double tolerance, const char *text,
                       const char *file, int line);
void test_bits_equal(const float *a, const float *b, size_t n, const char *text, const char *file,
                     int line);

#define assert_stops(call, text)                                                                   \
    do {                                                                                           \
        test_message[0] = 0;                                                                       \
        expect_assert_failure(call);                                                               \
        test_message_has(text, __FILE__, __LINE__);                                                \
    } while (0)

#define assert_stops_in(function, arguments, text)                                                 \
    do {                                                                                           \
        assert_stops(function arguments, text);                                                    \
        test_message_begins(#function ": ", __FILE__, __LINE__);                                   \
    } while (0)

/* The function that is called says which argument is NULL. */
#define assert_refuses_null(function, arguments, argument)                                         \
    assert_stops(function arguments, #function ": " #argument " is NULL")

/* Each _free takes NULL, a struct of zeros, and what it has freed. */
#define assert_frees(function, type, owned)                                                        \
    do {                                                                                           \
        type zeros;                                                                                \
        memset(&zeros, 0, sizeof zeros);                                                           \
        function(NULL);                                                                            \
        function(&zeros);                                                                          \
        for (int twice = 0; twice < 2; twice++) {                                                  \
            function(&owned);                                                                      \
            assert_memory_equal(&owned, &zeros, sizeof zeros);                                     \
        }                                                                                          \
    } while (0)

#define assert_close(actual, expected, tolerance)                                                  \
    test_close(actual, expected, tolerance, #actual, __FILE__, __LINE__)

#define assert_matrix_close(actual, expected, tolerance)                                           \
    test_matrix_close(actual, expected, tolerance, #actual, __FILE__, __LINE__)

#define assert_bits_equal(a, b, n) test_bits_equal(a, b, n, #a " and " #b, __FILE__, __LINE__)

/* Numbers, and tests --------------------------------------------------------------------------- */

void *test_keep(size_t size); /* memory that lasts until the test ends */
float test_random(void);      /* of [-1, 1) */
tt_matrix random_matrix(size_t rows, size_t cols);
tt_matrix garbage_matrix(size_t rows, size_t cols);
tt_matrix zero_matrix(size_t rows, size_t cols);
tt_table golden(const char *name);
tt_matrix golden_matrix(const char *name);

int test_begin(void **state);
int test_end(void **state);

#define test(name) cmocka_unit_test_setup_teardown(name, test_begin, test_end)

#endif

/* ============================================================================================== */

#ifdef TEST_IMPLEMENTATION

/* Stopping ------------------------------------------------------------------------------------- */

char test_message[512];

/* Keeps the message and goes back to expect_assert_failure, or fails the test. */
void test_stop(const char *message, const char *file, int line)
{
    snprintf(test_message, sizeof test_message, "%s", message);
    mock_assert(0, test_message, file, line);
}

/* Our assertions' way to fail: as test_stop, with the assertion's own place. */
void test_fail_here(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(test_message, sizeof test_message, format, arguments);
    va_end(arguments);
    mock_assert(0, test_message, file, line);
}

void test_message_has(const char *text, const char *file, int line)
{
    if (strstr(test_message, text)) return;
    char message[sizeof test_message];
    memcpy(message, test_message, sizeof message);
    test_fail_here(file, line, "the message \"%.200s\" does not contain \"%.200s\"", message, text);
}

void test_message_begins(const char *text, const char *file, int line)
{
    if (strncmp(test_message, text, strlen(text)) == 0) return;
    char message[sizeof test_message];
    memcpy(message, test_message, sizeof message);
    test_fail_here(file, line, "the message \"%.200s\" does not begin with \"%.200s\"", message,
                   text);
}

/* Memory --------------------------------------------------------------------------------------- */

size_t test_allocations, test_live_blocks, test_fail_at;
bool test_fail_for_good;

static bool test_refused(size_t size)
{
    test_allocations++;
    bool now = test_fail_at == 1;
    if (test_fail_at && !(now && test_fail_for_good)) test_fail_at--;
    return now || size > SIZE_MAX / 16; /* no machine has so much, and sanitizers would complain */
}

void *test_allocate(size_t size)
{
    void *memory = test_refused(size) ? NULL : malloc(size);
    if (!memory) return NULL;
    test_live_blocks++;
    return memset(memory, 0xA5, size); /* no memory is zero by chance */
}

void *test_reallocate(void *memory, size_t size)
{
    if (!memory) return test_allocate(size);
    return test_refused(size) ? NULL : realloc(memory, size);
}

void test_release(void *memory)
{
    if (memory) test_live_blocks--;
    free(memory);
}

/* Closeness ------------------------------------------------------------------------------------ */

bool test_is_close(double actual, double expected, double tolerance)
{
    if (!isfinite(actual) || !isfinite(expected)) return false;
    double size = fabs(expected) > 1 ? fabs(expected) : 1;
    return fabs(actual - expected) <= tolerance * size;
}

void test_close(double actual, double expected, double tolerance, const char *text,
                const char *file, int line)
{
    if (test_is_close(actual, expected, tolerance)) return;
    test_fail_here(file, line, "%s is %.17g, expected %.17g within %g", text, actual, expected,
                   tolerance);
}

void test_matrix_close(tt_matrix actual, tt_table expected, double tolerance, const char *text,
                       const char *file, int line)
{
    if (actual.rows != expected.rows || actual.cols != expected.cols)
        test_fail_here(file, line, "%s is %zux%zu, expected %zux%zu", text, actual.rows,
                       actual.cols, expected.rows, expected.cols);
    for (size_t r = 0; r < actual.rows; r++)
        for (size_t c = 0; c < actual.cols; c++) {
            double a = (double)actual.data[r * actual.stride + c];
            double e = expected.data[r * expected.stride + c];
            if (!test_is_close(a, e, tolerance))
                test_fail_here(file, line, "%s(%zu, %zu) is %.9g, expected %.17g within %g", text,
                               r, c, a, e, tolerance);
        }
}

void test_bits_equal(const float *a, const float *b, size_t n, const char *text, const char *file,
                     int line)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t x, y;
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        if (x != y)
            test_fail_here(file, line, "%s: element %zu of %zu is %.9g (%08lx) and %.9g (%08lx)",
                           text, i, n, (double)a[i], (unsigned long)x, (double)b[i],
                           (unsigned long)y);
    }
}

/* Memory that lasts until the test ends -------------------------------------------------------- */

static void *test_kept[1024];
static size_t test_kept_count;

void *test_keep(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory || test_kept_count == COUNT(test_kept))
        test_fail_here(__FILE__, __LINE__, "no memory for %zu bytes that last", size);
    test_kept[test_kept_count++] = memory;
    return memory;
}

/* Exactly as large as the matrix, so that a sanitizer sees a step outside. */
tt_matrix garbage_matrix(size_t rows, size_t cols)
{
    float *data = (float *)test_keep(rows * cols * sizeof *data);
    for (size_t i = 0; i < rows * cols; i++) data[i] = NAN;
    return tt_matrix_of(data, rows, cols);
}

/* A gradient that nothing has been added to. */
tt_matrix zero_matrix(size_t rows, size_t cols)
{
    tt_matrix matrix = garbage_matrix(rows, cols);
    for (size_t i = 0; i < rows * cols; i++) matrix.data[i] = 0;
    return matrix;
}

static uint32_t test_random_state;

/* A linear congruential generator, which needs nothing of twotower.h. */
float test_random(void)
{
    test_random_state = test_random_state * 1664525u + 1013904223u;
    return (float)(test_random_state >> 8) / 8388608.0f - 1.0f;
}

tt_matrix random_matrix(size_t rows, size_t cols)
{
    tt_matrix matrix = garbage_matrix(rows, cols);
    for (size_t i = 0; i < rows * cols; i++) matrix.data[i] = test_random();
    return matrix;
}

/* Golden figures ------------------------------------------------------------------------------- */

/* A whole small file as text. */
static char *test_golden_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) test_fail_here(__FILE__, __LINE__, "%.400s: can't be opened from here", path);
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    char *text = (char *)test_keep((size_t)length + 1);
    size_t got = fread(text, 1, (size_t)length, file);
    fclose(file);
    text[got] = 0;
    return text;
}

/* Lines of numbers with commas between them; no header.  TWOTOWER_GOLDEN names another folder. */
tt_table golden(const char *name)
{
    const char *folder = getenv("TWOTOWER_GOLDEN");
    char path[512];
    snprintf(path, sizeof path, "%s/%s.csv", folder ? folder : "tests/golden", name);
    char *text = test_golden_text(path);
    size_t count = 0, rows = 0;
    for (const char *p = text; *p; p++) {
        count += *p == ',' || *p == '\n';
        rows += *p == '\n';
    }
    if (!rows || count % rows)
        test_fail_here(__FILE__, __LINE__, "%.400s: lines of unequal length", path);

    double *values = (double *)test_keep(count * sizeof *values);
    char *next = text;
    for (size_t i = 0; i < count; i++) {
        char *start = next, after = (i + 1) % (count / rows) ? ',' : '\n';
        values[i] = strtod(start, &next);
        if (next == start || *next++ != after)
            test_fail_here(__FILE__, __LINE__, "%.400s: value %zu is no number", path, i);
    }
    return tt_table_of(values, rows, count / rows);
}

tt_matrix golden_matrix(const char *name)
{
    tt_table table = golden(name);
    tt_matrix matrix = garbage_matrix(table.rows, table.cols);
    for (size_t i = 0; i < table.rows * table.cols; i++) matrix.data[i] = (float)table.data[i];
    return matrix;
}

/* Before and after each test ------------------------------------------------------------------- */

int test_begin(void **state)
{
    test_allocations = test_live_blocks = test_fail_at = 0;
    test_fail_for_good = false;
    test_random_state = 1;
    test_message[0] = 0;
    return 0;
}

int test_end(void **state)
{
    while (test_kept_count) free(test_kept[--test_kept_count]);
    if (test_live_blocks) print_error("%zu blocks of memory were not freed\n", test_live_blocks);
    return test_live_blocks ? -1 : 0;
}

#endif
