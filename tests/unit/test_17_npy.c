/* The tests of §17, NumPy's .npy files.

   tests/unit/check_python.sh shows the same with NumPy itself on the other side. */

#include "tests/unit/test.h"
#include "tests/unit/folder.h"

/* Writes x.npy: magic and version, the length of the text, the text as it is, and numbers. */
static void build_as(const char *magic, const char *text, size_t length, const void *numbers,
                     size_t size)
{
    unsigned char file[4096];
    assert_true(10 + length + size <= sizeof file);
    memcpy(file, magic, 8);
    file[8] = (unsigned char)(length & 255);
    file[9] = (unsigned char)(length >> 8);
    memcpy(file + 10, text, length);
    memcpy(file + 10 + length, numbers, size);
    write_file("x.npy", file, 10 + length + size);
}

static void build(const char *text, const void *numbers, size_t size)
{
    build_as("\x93NUMPY\x01", text, strlen(text), numbers, size);
}

static void assert_table_is(tt_table table, size_t rows, size_t cols, const double *numbers)
{
    assert_int_equal(table.rows, rows);
    assert_int_equal(table.cols, cols);
    for (size_t i = 0; i < rows * cols; i++)
        assert_memory_equal(table.data + i, numbers + i, sizeof(double));
}

/* §17: byte for byte what numpy.save writes. */
static void the_file_is_numpys(void **state)
{
    float numbers[] = {1, 2, 99, -0.5f, 3, 99};
    double doubles[] = {1, -2.5};
    static const char of_matrix[] =
        "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
        "                                                          \n"
        "\x00\x00\x80\x3F\x00\x00\x00\x40\x00\x00\x00\xBF\x00\x00\x40\x40";
    static const char of_table[] =
        "\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }"
        "                                                          \n"
        "\x00\x00\x00\x00\x00\x00\xF0\x3F\x00\x00\x00\x00\x00\x00\x04\xC0";
    bytes matrix = {(unsigned char *)(uintptr_t)of_matrix, sizeof of_matrix - 1};
    bytes table = {(unsigned char *)(uintptr_t)of_table, sizeof of_table - 1};
    assert_int_equal(matrix.size, 128 + 16);
    tt_matrix view = tt_matrix_cols(tt_matrix_of(numbers, 2, 3), 0, 2);
    assert_int_equal(tt_matrix_save(view, "m.npy", NULL), TT_OK);
    assert_file_is("m.npy", matrix);
    assert_int_equal(tt_table_save(tt_table_of(doubles, 2, 1), "t.npy", NULL), TT_OK);
    assert_file_is("t.npy", table);
}

/* §17: all bits come back, from views and to wide matrices; rows may be missing altogether. */
static void what_is_saved_is_loaded(void **state)
{
    enum { ROWS = 77, COLS = 1300 }; /* a row is more than a buffer of the writer */
    tt_matrix numbers = random_matrix(ROWS, COLS), matrix;
    float odd[] = {0, -0.0f, FLT_MAX, -FLT_MAX, FLT_MIN, 1e-45f};
    memcpy(numbers.data, odd, sizeof odd);
    assert_int_equal(tt_matrix_save(tt_matrix_cols(numbers, 0, COLS - 3), "m.npy", NULL), TT_OK);
    assert_int_equal(tt_matrix_load(&matrix, "m.npy", NULL), TT_OK);
    assert_true(matrix.rows == ROWS && matrix.cols == COLS - 3 && matrix.stride == COLS - 3);
    for (size_t r = 0; r < ROWS; r++)
        assert_bits_equal(tt_matrix_at(matrix, r, 0), tt_matrix_at(numbers, r, 0), COLS - 3);
    tt_matrix_free(&matrix);

    double doubles[] = {0, -0.0, DBL_MAX, -DBL_MAX, DBL_MIN, 5e-324, 0.1, 1 / 3.0};
    tt_table table;
    assert_int_equal(tt_table_save(tt_table_of(doubles, 4, 2), "t.npy", NULL), TT_OK);
    assert_int_equal(tt_table_load(&table, "t.npy", NULL), TT_OK);
    assert_table_is(table, 4, 2, doubles);
    tt_table_free(&table);

    assert_int_equal(tt_table_save(tt_table_of(doubles, 0, 5), "t.npy", NULL), TT_OK);
    assert_int_equal(tt_table_load(&table, "t.npy", NULL), TT_OK);
    assert_table_is(table, 0, 5, NULL);
    tt_table_free(&table);
}

/* §17: as a model is written: whole, or not at all. */
static void saving_that_fails_leaves_the_old_file(void **state)
{
    double numbers[] = {1, 2};
    float floats[] = {1};
    tt_table table = tt_table_of(numbers, 1, 2);
    tt_matrix matrix = tt_matrix_of(floats, 1, 1);
    tt_run run = {0};
    write_file("old.npy", BYTES("an old file"));
    bytes old = read_file("old.npy");
    assert_int_equal(tt_table_save(table, "no/such/folder.npy", &run), TT_ERROR_OPEN);
    assert_string_equal(run.why.text,
                        "no/such/folder.npy: no/such/folder.npy.part can't be opened for "
                        "writing");
    assert_int_equal(tt_matrix_save(matrix, "no/such/folder.npy", NULL), TT_ERROR_OPEN);
    if (exists("/dev/full")) {
        assert_int_equal(symlink("/dev/full", "old.npy.part"), 0);
        assert_int_equal(tt_matrix_save(matrix, "old.npy", &run), TT_ERROR_WRITE);
        assert_string_equal(run.why.text, "old.npy: writing failed (is the disk full?)");
    } else {
        print_message("SKIPPED: a full disk, as there is no device /dev/full\n");
    }
    assert_file_is("old.npy", old);
    assert_false(exists("old.npy.part"));
    assert_int_equal(tt_table_save(table, "old.npy", &run), TT_OK);
    assert_false(exists("old.npy.part"));
    free(old.data);
}

/* §17 */
static void misuse_stops(void **state)
{
    float numbers[] = {1};
    double doubles[] = {1};
    tt_matrix matrix = tt_matrix_of(numbers, 1, 1);
    tt_table table = tt_table_of(doubles, 1, 1);
    assert_stops(tt_matrix_save(tt_matrix_cols(matrix, 0, 0), "m.npy", NULL),
                 "tt_matrix_save: 1x0 numbers");
    assert_stops(tt_table_save(tt_table_cols(table, 0, 0), "m.npy", NULL), "tt_table_save: 1x0");
    assert_refuses_null(tt_matrix_save, (matrix, NULL, NULL), path);
    assert_refuses_null(tt_table_save, (table, NULL, NULL), path);
    assert_refuses_null(tt_matrix_load, (NULL, "m.npy", NULL), array);
    assert_refuses_null(tt_matrix_load, (&matrix, NULL, NULL), path);
    assert_refuses_null(tt_table_load, (NULL, "m.npy", NULL), array);
    assert_refuses_null(tt_table_load, (&table, NULL, NULL), path);
}

/* Reading -------------------------------------------------------------------------------------- */

#define F8 "{'descr': '<f8', 'fortran_order': False, 'shape': "
#define F4 "{'descr': '<f4', 'fortran_order': False, 'shape': "

/* §17: headers of one and two dimensions, with as many blanks as different NumPys write. */
static void headers_that_are_accepted(void **state)
{
    static const double numbers[] = {1, 2, 3, 4, 5, -6};
    static const float floats[] = {1, 2, 3, 4, 5, -6};
    static const struct {
        const char *shape;
        size_t rows, cols;
    } cases[] = {{"(2, 3), }\n", 2, 3},
                 {"(6,), }  \n", 6, 1},
                 {"(6, 1), }            \n", 6, 1},
                 {"(1, 6), }                                            \n", 1, 6}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char header[200];
        tt_run run = {0};
        tt_table table;
        tt_matrix matrix;
        snprintf(header, sizeof header, F8 "%s", cases[i].shape);
        build(header, numbers, sizeof numbers);
        tt_error error = tt_table_load(&table, "x.npy", &run);
        assert_case(!error, cases[i].shape, "%s", run.why.text);
        assert_table_is(table, cases[i].rows, cases[i].cols, numbers);
        tt_table_free(&table);
        snprintf(header, sizeof header, F4 "%s", cases[i].shape);
        build(header, floats, sizeof floats);
        error = tt_matrix_load(&matrix, "x.npy", &run);
        assert_case(!error, cases[i].shape, "%s", run.why.text);
        assert_true(matrix.rows == cases[i].rows && matrix.cols == cases[i].cols);
        assert_bits_equal(matrix.data, floats, COUNT(floats));
        tt_matrix_free(&matrix);
    }
}

/* Loading x.npy as a table must fail with this message, and leave the table. */
static void assert_refused(tt_error expected, const char *what, const char *message)
{
    tt_run run = {0};
    tt_table table, before;
    memset(&table, 0x5A, sizeof table);
    before = table;
    tt_error error = tt_table_load(&table, "x.npy", &run);
    assert_case(error == expected, what, "%s: %s", tt_error_text(error), run.why.text);
    assert_case(strncmp(run.why.text, message, strlen(message)) == 0, what,
                "found    %s\nexpected %s", run.why.text, message);
    assert_memory_equal(&table, &before, sizeof table);
    assert_int_equal(tt_table_load(&table, "x.npy", NULL), expected);
}

/* §17: what np.save doesn't write, or writes of other arrays. */
static void headers_that_are_refused(void **state)
{
    static const char ORDER[] = ", 'fortran_order': False, 'shape': (6,), }\n";
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"\n", "x.npy: byte 10: expected {'descr': '<f8'"},
        {"{}\n", "x.npy: byte 11: expected 'descr': '<f8'"},
        {"{'descr': '<f4'",
         "x.npy: byte 23: expected 8', 'fortran_order': False, 'shape': (6,), }, as "
         "np.save(path, np.ascontiguousarray(a, dtype='<f8')) writes it for one or two dimensions"},
        {"{'descr': '>f8'", "x.npy: byte 21: expected <f8', "},
        {"{'descr': '|u1'", "x.npy: byte 21: expected <f8', "},
        {"{'descr': '<i8'", "x.npy: byte 22: expected f8', "},
        {"{'descr': '<f16'", "x.npy: byte 23: expected 8', "},
        {"{'descr': [('a', '<f8')]", "x.npy: byte 20: expected '<f8', "},
        {"{'descr':'<f8'", "x.npy: byte 19: expected  '<f8', "},
        {"{\"descr\": '<f8'", "x.npy: byte 11: expected 'descr': "},
        {"{'descr': '<f8', 'descr': '<f8'", "x.npy: byte 28: expected fortran_order': False, "},
        {"{'descr': '<f8', 'fortran_order': True, 'shape': (6,), }\n",
         "x.npy: byte 44: expected False, "},
        {F8 "(), }\n", "x.npy: byte 61: expected 0,), }"},
        {F8 "6, }\n", "x.npy: byte 60: expected (0,), }"},
        {F8 "(6), }\n", "x.npy: byte 62: expected ,), }"},
        {F8 "(-6,), }\n", "x.npy: byte 61: expected 18446744073709551610,), }"},
        {F8 "(6.0,), }\n", "x.npy: byte 62: expected ,), }"},
        {F8 "( 6,), }\n", "x.npy: byte 61: expected 6,), }"},
        {F8 "(06,), }\n", "x.npy: byte 61: expected 6,), }"},
        {F8 "(6, 0), }\n", "x.npy: byte 63: expected ), }"},
        {F8 "(1, 2, 3), }\n", "x.npy: byte 65: expected ), }"},
        {F8 "(99999999999999999999,), }\n", "x.npy: byte 61: expected 18446744073709551615,), }"},
        {F8 "(6,)}\n", "x.npy: byte 64: expected , }"},
        {F8 "(6,), 'more': 1}\n", "x.npy: byte 66: expected }"},
        {F8 "(6,), }", "x.npy: byte 67: expected blanks up to a line end at byte 66"},
        {F8 "(6,), }   ", "x.npy: byte 69: expected blanks up to a line end at byte 69"},
        {F8 "(6,), } x\n", "x.npy: byte 68: expected blanks up to a line end at byte 69"},
        {F8 "(6,), }\n ", "x.npy: byte 67: expected blanks up to a line end at byte 68"},
        {F8 "(5,), }\n", "x.npy: 5 x 1 numbers of 8 bytes: the file has 48 bytes for them"},
        {F8 "(7,), }\n", "x.npy: 7 x 1 numbers of 8 bytes: the file has 48 bytes for them"},
        {F8 "(0, 3), }\n", "x.npy: 0 x 3 numbers of 8 bytes: the file has 48 bytes for them"},
        {F8 "(2305843009213693958,), }\n",
         "x.npy: 2305843009213693958 x 1 numbers of 8 bytes: the"},
        {F8 "(4294967296, 4294967296), }\n",
         "x.npy: 4294967296 x 4294967296 numbers of 8 bytes: the"},
    };
    static const double numbers[6] = {1, 2, 3, 4, 5, 6};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[200];
        bool whole = strchr(cases[i].text, '}') != NULL;
        snprintf(text, sizeof text, "%s%s", cases[i].text,
                 whole || cases[i].text[0] != '{' ? "" : ORDER);
        build(text, numbers, sizeof numbers);
        size_t before = test_allocations;
        assert_refused(TT_ERROR_FORMAT, text, cases[i].message);
        assert_true(test_allocations - before < 2 * 8); /* the file's own: none for the table */
    }
    build(F4 "(12,), }\n", numbers, sizeof numbers);
    assert_refused(TT_ERROR_FORMAT, "float32 for a table", "x.npy: byte 23: expected 8', ");
    build(F8 "(6,), }\n", numbers, sizeof numbers);
    tt_matrix matrix;
    tt_run run = {0};
    assert_int_equal(tt_matrix_load(&matrix, "x.npy", &run), TT_ERROR_FORMAT);
    assert_non_null(strstr(run.why.text, "np.ascontiguousarray(a, dtype='<f4')"));
}

/* §17 */
static void files_that_are_no_arrays(void **state)
{
    static const char text[] = F8 "(0, 1), }\n";
    static const struct {
        const char *what, *file;
        size_t size;
    } cases[] = {{"empty", BYTES("")},
                 {"cut in the prefix", BYTES("\x93NUMPY\x01\0\x76")},
                 {"7 bytes", BYTES("\x93NUMPY\x01")},
                 {"npz", BYTES("PK\3\4 a .npz file, which is an archive")}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        write_file("x.npy", cases[i].file, cases[i].size);
        assert_refused(TT_ERROR_FORMAT, cases[i].what,
                       "x.npy: byte 0: expected a .npy file of version 1.0");
    }
    build_as("\x93NUMPY\x02", text, strlen(text), "", 0);
    assert_refused(TT_ERROR_FORMAT, "version 2", "x.npy: byte 0: expected a .npy file");
    build_as("\x93NUMPY\x01\x01", text, strlen(text), "", 0);
    assert_refused(TT_ERROR_FORMAT, "version 1.1", "x.npy: byte 0: expected a .npy file");
    build("", "", 0);
    assert_refused(TT_ERROR_FORMAT, "no header", "x.npy: byte 10: expected {'descr'");

    tt_table table;
    tt_matrix matrix;
    tt_run run = {0};
    assert_int_equal(tt_table_load(&table, "missing.npy", &run), TT_ERROR_OPEN);
    assert_string_equal(run.why.text, "missing.npy: the file can't be opened");
    assert_int_equal(mkdir("folder.npy", 0700), 0);
    assert_int_equal(tt_matrix_load(&matrix, "folder.npy", &run), TT_ERROR_READ);
    assert_string_equal(run.why.text, "folder.npy: byte 0: reading failed");
    if (!exists("/dev/zero")) skip();
    assert_int_equal(tt_table_load(&table, "/dev/zero", &run), TT_ERROR_FORMAT);
}

/* §17: what NumPy says with np.nan and np.inf; functions that need finite numbers ask for them. */
static void numbers_that_are_not_finite_are_exchanged_too(void **state)
{
    tt_matrix matrix;
    float floats[] = {1, -INFINITY, NAN, 4};
    size_t row = 0, col = 0;
    assert_int_equal(tt_matrix_save(tt_matrix_of(floats, 2, 2), "x.npy", NULL), TT_OK);
    assert_int_equal(tt_matrix_load(&matrix, "x.npy", NULL), TT_OK);
    assert_memory_equal(matrix.data, floats, sizeof floats);
    assert_false(tt_matrix_is_finite(matrix, &row, &col));
    assert_true(row == 0 && col == 1);
    tt_matrix_free(&matrix);
}

/* §17: cut off or prolonged anywhere, and every bit of the header flipped: refused, unless the
   shape still fits the file. */
static void damaged_files_are_refused(void **state)
{
    double numbers[] = {1, 2, 3, 4};
    tt_table table;
    assert_int_equal(tt_table_save(tt_table_of(numbers, 2, 2), "whole.npy", NULL), TT_OK);
    bytes whole = read_file("whole.npy");
    for (size_t size = 0; size < whole.size; size++) {
        write_file("x.npy", whole.data, size);
        assert_int_equal(tt_table_load(&table, "x.npy", NULL), TT_ERROR_FORMAT);
    }
    whole.data[whole.size] = 0; /* read_file has room for one byte more */
    write_file("x.npy", whole.data, whole.size + 1);
    assert_refused(TT_ERROR_FORMAT, "a byte more",
                   "x.npy: 2 x 2 numbers of 8 bytes: the file has "
                   "33 bytes for them");
    for (size_t i = 0; i < 128 * 8; i++) {
        whole.data[i / 8] ^= (unsigned char)(1 << i % 8);
        write_file("x.npy", whole.data, whole.size);
        whole.data[i / 8] ^= (unsigned char)(1 << i % 8);
        assert_int_equal(tt_table_load(&table, "x.npy", NULL), TT_ERROR_FORMAT);
    }
    free(whole.data);
}

/* Every allocation refused --------------------------------------------------------------------- */

static tt_error try_table_load(void *context)
{
    tt_table table;
    tt_run run = {0, {"untouched"}};
    memset(&table, 0x5A, sizeof table);
    tt_table before = table;
    tt_error error = tt_table_load(&table, "t.npy", &run);
    grant_memory();
    assert_string_equal(run.why.text, error ? "t.npy: out of memory" : "untouched");
    if (error)
        assert_memory_equal(&table, &before, sizeof table);
    else
        tt_table_free(&table);
    return error;
}

static tt_error try_matrix_load(void *context)
{
    tt_matrix matrix;
    tt_run run = {0, {"untouched"}};
    memset(&matrix, 0x5A, sizeof matrix);
    tt_matrix before = matrix;
    tt_error error = tt_matrix_load(&matrix, "t.npy", &run);
    grant_memory();
    assert_string_equal(run.why.text, error ? "t.npy: out of memory" : "untouched");
    if (error)
        assert_memory_equal(&matrix, &before, sizeof matrix);
    else
        tt_matrix_free(&matrix);
    return error;
}

static tt_error try_table_save(void *context)
{
    tt_run run = {0, {"untouched"}};
    tt_error error = tt_table_save(*(tt_table *)context, "new.npy", &run);
    grant_memory();
    assert_string_equal(run.why.text, error ? "new.npy: out of memory" : "untouched");
    assert_true(exists("new.npy") == !error);
    remove("new.npy");
    return error;
}

static void without_memory(void **state)
{
    double numbers[] = {1, 2, 3, 4};
    float floats[] = {1, 2, 3, 4};
    tt_table table = tt_table_of(numbers, 2, 2);
    assert_int_equal(tt_table_save(table, "t.npy", NULL), TT_OK);
    assert_true(refuse_each(try_table_load, NULL) >= 2);
    assert_true(refuse_each(try_table_save, &table) == 1);
    assert_int_equal(tt_matrix_save(tt_matrix_of(floats, 2, 2), "t.npy", NULL), TT_OK);
    assert_true(refuse_each(try_matrix_load, NULL) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_file_is_numpys),
        test(what_is_saved_is_loaded),
        test(saving_that_fails_leaves_the_old_file),
        test(misuse_stops),
        test(headers_that_are_accepted),
        test(headers_that_are_refused),
        test(files_that_are_no_arrays),
        test(numbers_that_are_not_finite_are_exchanged_too),
        test(damaged_files_are_refused),
        test(without_memory),
    };
    return cmocka_run_group_tests_name("npy", tests, enter_folder, leave_folder);
}
