/* §0 to §6: arithmetic, errors, memory, random numbers, matrices, products, operations. */

#include "test.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

/* The assertions themselves -------------------------------------------------------------------- */

/* An assertion that can't fail proves nothing, so each of ours is made to fail here. */
static void our_assertions_can_fail(void **state)
{
    (void)state;
    assert_close(1.0, 1.0, 0);
    assert_close(1000.5, 1000, 1e-3);
    assert_stops(assert_close(1.5, 1, 0.1), "1.5 is 1.5, expected 1 within 0.1");
    assert_stops(assert_close(1002, 1000, 1e-3), "expected 1000");
    assert_stops(assert_close(NAN, NAN, 1), "expected nan");
    assert_stops(assert_close(INFINITY, INFINITY, 1), "expected inf");
    assert_stops(assert_close(1, NAN, 1), "expected nan");
    assert_stops(assert_close(-INFINITY, 1, 1), "is -inf");

    float zero[] = {1, 0.0f}, minus_zero[] = {1, -0.0f};
    assert_bits_equal(zero, zero, 2);
    assert_bits_equal(zero, minus_zero, 1);
    assert_stops(assert_bits_equal(zero, minus_zero, 2), "element 1 of 2");

    double expected[] = {1, 0.5};
    tt_matrix row = tt_matrix_of(zero, 1, 2);
    assert_stops(assert_matrix_close(row, tt_table_of(expected, 1, 2), 0.1), "row(0, 1) is 0");
    assert_stops(assert_matrix_close(row, tt_table_of(expected, 2, 1), 9), "is 1x2, expected 2x1");

    strcpy(test_message, "one");
    expect_assert_failure(test_message_has("two", __FILE__, __LINE__));
    assert_string_equal(test_message, "the message \"one\" does not contain \"two\"");
    assert_stops(golden("no such file"), "tests/golden/no such file.csv: can't be opened");
    assert_stops(golden("notebook/14_training"), "is no number");
}

static void golden_reads_every_number(void **state)
{
    (void)state;
    tt_table x = golden("towers_user_x");
    assert_int_equal(x.rows, 10);
    assert_int_equal(x.cols, 5);
    tt_table row = golden("permutation_seed0_n10");
    double expected[] = {2, 8, 4, 9, 1, 6, 7, 3, 0, 5};
    assert_int_equal(row.cols, 10);
    assert_memory_equal(row.data, expected, sizeof expected);
}

static void the_test_allocator_fails_as_told(void **state)
{
    (void)state;
    test_fail_at = 2;
    void *first = test_allocate(1);
    assert_non_null(first);
    assert_null(test_reallocate(first, 2));
    first = test_reallocate(first, 3);
    assert_non_null(first);
    assert_int_equal(test_allocations, 3);
    assert_int_equal(test_live_blocks, 1);
    test_fail_at = 1, test_fail_for_good = true;
    assert_null(test_allocate(1));
    assert_null(test_allocate(1));
    test_fail_at = 0;
    test_release(first);
    assert_int_equal(test_live_blocks, 0);
    test_release(NULL);
    assert_int_equal(test_live_blocks, 0);
}

/* §0 arithmetic that is the same everywhere --------------------------------------------------- */

static void arithmetic_follows_ieee_here(void **state)
{
    (void)state;
    assert_true(tt__arithmetic_is_ieee());
}

static void finite_means_neither_infinite_nor_nan(void **state)
{
    (void)state;
    assert_true(tt__finite(0) && tt__finite(-DBL_MAX) && tt__finite(DBL_MIN / 4));
    assert_false(tt__finite(INFINITY) || tt__finite(-INFINITY) || tt__finite(NAN));
}

static void square_roots_are_exact(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        float x = (test_random() + 1) * 1000;
        float root = tt__sqrtf(x), expected = sqrtf(x);
        assert_bits_equal(&root, &expected, 1);
        assert_true(tt__sqrt(x) == sqrt(x));
    }
}

#if defined(__SSE2__)

enum { FLUSHING = 0x8040, FLAGS = 0x3F }; /* FTZ and DAZ; the exceptions that have happened */

/* Whether the mode can be set at all: valgrind's processor has none. */
static bool can_flush(void)
{
    volatile float smallest = FLT_MIN, half = 0.5f, denormal;
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | FLUSHING);
    denormal = smallest * half;
    _mm_setcsr(before);
    return denormal == 0;
}

/* A network of one weight, 1e-20, on inputs of 1e-20: 1e-40 is denormal, and 0 when flushed. */
static void embed_tiny(tt_matrix Y)
{
    const size_t widths[] = {1, 1};
    tt_random random;
    tt_random_seed(&random, 1);
    tt_sequential network;
    assert_int_equal(tt_sequential_new(&network, widths, 1, false, &random), TT_OK);
    *network.layers[0].weights.data = 1e-20f;
    tt_matrix X = garbage_matrix(Y.rows, 1);
    for (size_t r = 0; r < X.rows; r++) X.data[r] = 1e-20f;
    assert_int_equal(tt_embed(Y, &network, X, 1), TT_OK);
    tt_sequential_free(&network);
}

static void embedding_ignores_flush_to_zero_and_restores_it(void **state)
{
    (void)state;
    if (!can_flush()) skip();
    tt_matrix standard = garbage_matrix(5, 1), flushed = garbage_matrix(5, 1);
    embed_tiny(standard);

    unsigned before = _mm_getcsr();
    _mm_setcsr(before | FLUSHING);
    bool ieee = tt__arithmetic_is_ieee(); /* the self-test sees the mode: it can fail */
    embed_tiny(flushed);
    unsigned after = _mm_getcsr();
    _mm_setcsr(before);

    assert_false(ieee);
    assert_int_equal(after & ~(unsigned)FLAGS, (before | FLUSHING) & ~(unsigned)FLAGS);
    assert_true(*standard.data > 0);
    assert_bits_equal(flushed.data, standard.data, 5);
}

/* A user whose features are denormal: with rounding to 0 her tower would learn nothing. */
static tt_error fit_tiny(float bias[4], float *prediction)
{
    float user[] = {1e-39f, 2e-39f}, item[] = {1, 0.5f}, target[] = {0};
    uint32_t zero[] = {0};
    tt_ratings ratings = {tt_matrix_of(user, 1, 2), tt_matrix_of(item, 1, 2), zero, zero, target,
                          NULL, 1};
    tt_two_tower_options options = {.hidden = {8}, .embedding = 4, .seed = 1};
    tt_two_tower model;
    tt_error error = tt_two_tower_new(&model, 2, 2, &options);
    if (error) return error;
    error = tt_fit(&model, &ratings, NULL, NULL);
    memcpy(bias, model.user.layers[1].bias.data, 4 * sizeof *bias);
    if (!error) error = tt_predict(prediction, &model, &ratings, 1);
    tt_two_tower_free(&model);
    return error;
}

static void training_ignores_flush_to_zero_and_restores_it(void **state)
{
    (void)state;
    if (!can_flush()) skip();
    float standard[4], flushed[4], prediction, flushed_prediction;
    assert_int_equal(fit_tiny(standard, &prediction), TT_OK);

    unsigned before = _mm_getcsr();
    _mm_setcsr(before | FLUSHING);
    tt_error error = fit_tiny(flushed, &flushed_prediction);
    unsigned after = _mm_getcsr();
    _mm_setcsr(before);

    assert_int_equal(error, TT_OK);
    assert_int_equal(after & ~(unsigned)FLAGS, (before | FLUSHING) & ~(unsigned)FLAGS);
    assert_true(standard[0] != 0);
    assert_bits_equal(flushed, standard, 4);
    assert_bits_equal(&flushed_prediction, &prediction, 1);
}

/* Two vectors at right angles but for a corner of 1e-20 each: their dot product is 1e-40. */
static void predicting_ignores_flush_to_zero(void **state)
{
    (void)state;
    if (!can_flush()) skip();
    float features[] = {1}, found[2];
    uint32_t zero[] = {0};
    tt_matrix one = tt_matrix_of(features, 1, 1);
    tt_ratings question = {one, one, zero, zero, NULL, NULL, 1};
    tt_two_tower_options options = {.hidden = {1}, .embedding = 3};
    tt_two_tower model;
    assert_int_equal(tt_two_tower_new(&model, 1, 1, &options), TT_OK);
    const float user[] = {1e-20f, 1, 0}, item[] = {1e-20f, 0, 1};
    memset(model.user.layers[1].weights.data, 0, sizeof user);
    memset(model.item.layers[1].weights.data, 0, sizeof item);
    memcpy(model.user.layers[1].bias.data, user, sizeof user);
    memcpy(model.item.layers[1].bias.data, item, sizeof item);

    unsigned before = _mm_getcsr();
    assert_int_equal(tt_predict(&found[0], &model, &question, 1), TT_OK);
    _mm_setcsr(before | FLUSHING);
    tt_error error = tt_predict(&found[1], &model, &question, 1);
    _mm_setcsr(before);
    tt_two_tower_free(&model);

    assert_int_equal(error, TT_OK);
    assert_true(found[0] > 0);
    assert_bits_equal(&found[1], &found[0], 1);
}

#endif

/* §1 errors ----------------------------------------------------------------------------------- */

static void every_error_has_a_text_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(tt_error_text(TT_OK), "no error");
    assert_string_equal(tt_error_text(TT_ERROR_MEMORY), "out of memory");
    for (int a = TT_OK; a <= TT_ERROR_NOT_FINITE; a++) {
        assert_true(strlen(tt_error_text((tt_error)a)) > 5);
        assert_string_not_equal(tt_error_text((tt_error)a), "an unknown error");
        for (int b = TT_OK; b < a; b++)
            assert_string_not_equal(tt_error_text((tt_error)a), tt_error_text((tt_error)b));
    }
    assert_string_equal(tt_error_text((tt_error)(TT_ERROR_NOT_FINITE + 1)), "an unknown error");
    assert_string_equal(tt_error_text((tt_error)-1), "an unknown error");
}

static void a_mistake_names_function_shapes_and_expectation(void **state)
{
    (void)state;
    tt_matrix X = random_matrix(2, 3), W = random_matrix(4, 5), Y = garbage_matrix(2, 5);
    assert_stops(tt_matmul(Y, X, W), "X is 2x3, W is 4x5");
    assert_string_equal(test_message,
                        "tt_matmul: X is 2x3, W is 4x5 (expected X.cols == W.rows)");
}

/* §2 memory ----------------------------------------------------------------------------------- */

static const tt_matrix untouched = {7, 8, 9, NULL, NULL};

static void a_new_matrix_is_zeros_and_aligned(void **state)
{
    (void)state;
    for (size_t n = 1; n < 40; n++) {
        tt_matrix matrix;
        tt_table table;
        assert_int_equal(tt_matrix_new(&matrix, n, 3), TT_OK);
        assert_int_equal(tt_table_new(&table, n, 3), TT_OK);
        assert_true((uintptr_t)matrix.data % 64 == 0 && (uintptr_t)table.data % 64 == 0);
        assert_true(matrix.rows == n && matrix.cols == 3 && matrix.stride == 3);
        assert_true(table.rows == n && table.cols == 3 && table.stride == 3);
        for (size_t i = 0; i < 3 * n; i++) assert_true(matrix.data[i] == 0 && table.data[i] == 0);
        tt_matrix_free(&matrix);
        tt_table_free(&table);
    }
}

/* Products that wrap around to small numbers, and some that only the alignment makes too large. */
static void a_size_that_overflows_is_refused_unasked(void **state)
{
    (void)state;
    const size_t half = SIZE_MAX / 2 + 1;
    const size_t sizes[][2] = {{half, 2},         {SIZE_MAX, SIZE_MAX}, {half / 2, 1},
                               {SIZE_MAX / 4, 1}, {1, SIZE_MAX / 4},    {half / 4 + 1, 8}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        tt_matrix matrix = untouched;
        assert_int_equal(tt_matrix_new(&matrix, sizes[i][0], sizes[i][1]), TT_ERROR_MEMORY);
        assert_memory_equal(&matrix, &untouched, sizeof matrix);
        tt_table table = {7, 8, 9, NULL, NULL};
        assert_int_equal(tt_table_new(&table, sizes[i][0], sizes[i][1]), TT_ERROR_MEMORY);
        assert_true(table.rows == 7 && table.data == NULL);
    }
    assert_int_equal(test_allocations, 0);
}

static void without_memory_outputs_stay_as_they_were(void **state)
{
    (void)state;
    double numbers[] = {1, 2};
    tt_matrix matrix = untouched;
    tt_table table = {7, 8, 9, numbers, NULL};
    test_fail_at = 1, test_fail_for_good = true;
    assert_int_equal(tt_matrix_new(&matrix, 2, 2), TT_ERROR_MEMORY);
    assert_int_equal(tt_table_new(&table, 2, 2), TT_ERROR_MEMORY);
    assert_int_equal(tt_matrix_from_table(&matrix, tt_table_of(numbers, 1, 2)), TT_ERROR_MEMORY);
    assert_memory_equal(&matrix, &untouched, sizeof matrix);
    assert_true(table.rows == 7 && table.data == numbers);
    assert_int_equal(test_allocations, 3);
}

/* §3 random numbers --------------------------------------------------------------------------- */

static const uint32_t seeds[] = {0, 1, 42, 4294967295u};

static tt_table golden_of_seed(const char *what, uint32_t seed, const char *rest)
{
    char name[80];
    snprintf(name, sizeof name, "%s_seed%lu%s", what, (unsigned long)seed, rest);
    return golden(name);
}

static void words_are_numpys(void **state)
{
    (void)state;
    for (int s = 0; s < 4; s++) {
        tt_table expected = golden_of_seed("uint32", seeds[s], "");
        tt_random random;
        tt_random_seed(&random, seeds[s]);
        for (size_t i = 0; i < expected.cols; i++)
            assert_true(tt_random_uint32(&random) == expected.data[i]);
    }
}

/* The example of C++'s standard, 26.5.5: the 10,000th word of the default seed. */
static void the_sequence_goes_on_right_after_many_refills(void **state)
{
    (void)state;
    tt_random random;
    tt_random_seed(&random, 5489);
    for (int i = 1; i < 10000; i++) tt_random_uint32(&random);
    assert_true(tt_random_uint32(&random) == 4123659995u);
}

static void samples_and_uniform_numbers_are_numpys(void **state)
{
    (void)state;
    for (int s = 0; s < 4; s++) {
        tt_table sample = golden_of_seed("random_sample", seeds[s], "");
        tt_table uniform = golden_of_seed("uniform", seeds[s], ""); /* from -0.25 to 0.75 */
        tt_random random;
        tt_random_seed(&random, seeds[s]);
        for (size_t i = 0; i < sample.cols; i++)
            assert_true(tt_random_sample(&random) == sample.data[i]);
        tt_random_seed(&random, seeds[s]);
        for (size_t i = 0; i < uniform.cols; i++)
            assert_true(tt_random_uniform(&random, -0.25, 0.75) == uniform.data[i]);
    }
}

static void permutations_are_numpys(void **state)
{
    (void)state;
    static uint32_t indices[1000];
    for (int s = 0; s < 8; s++) {
        tt_table expected = golden_of_seed("permutation", seeds[s / 2], s % 2 ? "_n1000" : "_n10");
        tt_random random;
        tt_random_seed(&random, seeds[s / 2]);
        tt_random_permutation(&random, indices, expected.cols);
        for (size_t i = 0; i < expected.cols; i++) assert_true(indices[i] == expected.data[i]);
    }
}

/* The permutation that splits the notebook's ratings. */
static void the_notebooks_permutation_is_numpys(void **state)
{
    (void)state;
    enum { N = 100631 };
    tt_table ends = golden("permutation_seed1_n100631_first50_last50");
    uint32_t *indices = (uint32_t *)test_keep(N * sizeof *indices);
    bool *seen = (bool *)test_keep(N);
    memset(seen, 0, N);
    tt_random random;
    tt_random_seed(&random, 1);
    tt_random_permutation(&random, indices, N);
    for (size_t i = 0; i < 50; i++) {
        assert_true(indices[i] == ends.data[i]);
        assert_true(indices[N - 50 + i] == ends.data[50 + i]);
    }
    for (size_t i = 0; i < N; i++) {
        assert_true(indices[i] < N && !seen[indices[i]]);
        seen[indices[i]] = true;
    }
}

static void shuffling_moves_what_is_given(void **state)
{
    (void)state;
    uint32_t given[10], places[10];
    for (uint32_t i = 0; i < 10; i++) given[i] = 100 + 7 * i;
    tt_random random;
    tt_random_seed(&random, 42);
    tt_random_shuffle(&random, given, 10);
    tt_random_seed(&random, 42);
    tt_random_permutation(&random, places, 10);
    for (size_t i = 0; i < 10; i++) assert_int_equal(given[i], 100 + 7 * places[i]);
}

static void none_and_one_need_no_random_number(void **state)
{
    (void)state;
    tt_random random, before;
    tt_random_seed(&random, 42);
    before = random;
    uint32_t one[] = {9};
    tt_random_shuffle(&random, NULL, 0);
    tt_random_permutation(&random, NULL, 0);
    tt_random_shuffle(&random, one, 1);
    assert_int_equal(one[0], 9);
    tt_random_permutation(&random, one, 1);
    assert_int_equal(one[0], 0);
    assert_memory_equal(&random, &before, sizeof random);
#if SIZE_MAX > UINT32_MAX
    size_t too_many = (size_t)UINT32_MAX + 1;
    assert_stops(tt_random_shuffle(&random, one, too_many), "tt_random_shuffle: n is 4294967296");
    assert_stops(tt_random_permutation(&random, one, too_many),
                 "tt_random_permutation: n is 4294967296");
#endif
}

/* §4 matrices and views ----------------------------------------------------------------------- */

static void only_an_empty_matrix_needs_no_numbers(void **state)
{
    (void)state;
    assert_stops(tt_matrix_of(NULL, 2, 3), "tt_matrix_of: data is NULL for 2x3");
    assert_stops(tt_table_of(NULL, 2, 3), "tt_table_of: data is NULL for 2x3");
    const size_t shapes[][2] = {{0, 3}, {2, 0}, {0, 0}};
    for (size_t i = 0; i < 3; i++) {
        tt_matrix matrix = tt_matrix_of(NULL, shapes[i][0], shapes[i][1]);
        tt_table table = tt_table_of(NULL, shapes[i][0], shapes[i][1]);
        assert_true(matrix.rows == shapes[i][0] && matrix.cols == shapes[i][1] && !matrix.data);
        assert_true(table.rows == shapes[i][0] && table.cols == shapes[i][1] && !table.data);
    }
}

/* Element (r, c) is 10 r + c. */
static tt_matrix numbered(size_t rows, size_t cols)
{
    tt_matrix matrix = garbage_matrix(rows, cols);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++) matrix.data[r * cols + c] = (float)(10 * r + c);
    return matrix;
}

static void a_view_of_a_view_is_the_same_memory(void **state)
{
    (void)state;
    tt_matrix whole = numbered(6, 7);
    tt_matrix part = tt_matrix_cols(tt_matrix_rows(tt_matrix_cols(whole, 1, 5), 2, 3), 2, 2);
    assert_true(part.rows == 3 && part.cols == 2 && part.stride == 7);
    assert_true(*tt_matrix_at(part, 0, 0) == 23 && *tt_matrix_at(part, 2, 1) == 44);
    *tt_matrix_at(part, 1, 1) = -1;
    assert_true(*tt_matrix_at(whole, 3, 4) == -1);

    double numbers[] = {0, 1, 2, 10, 11, 12, 20, 21, 22};
    tt_table table = tt_table_cols(tt_table_rows(tt_table_of(numbers, 3, 3), 1, 2), 1, 2);
    assert_true(table.rows == 2 && table.cols == 2 && table.stride == 3);
    assert_true(*tt_table_at(table, 1, 0) == 21);
    *tt_table_at(table, 0, 1) = -1;
    assert_true(numbers[5] == -1);
}

static void a_view_may_be_empty(void **state)
{
    (void)state;
    tt_matrix whole = numbered(2, 3);
    assert_int_equal(tt_matrix_rows(whole, 2, 0).rows, 0);
    assert_int_equal(tt_matrix_cols(whole, 3, 0).cols, 0);
}

static void freeing_views_and_freeing_twice_is_harmless(void **state)
{
    (void)state;
    tt_matrix matrix, zeros = {0, 0, 0, NULL, NULL};
    tt_table table;
    assert_int_equal(tt_matrix_new(&matrix, 3, 4), TT_OK);
    assert_int_equal(tt_table_new(&table, 3, 4), TT_OK);
    tt_matrix views[] = {tt_matrix_rows(matrix, 0, 2), tt_matrix_cols(matrix, 0, 2),
                         tt_matrix_of(matrix.data, 3, 4), zeros};
    for (int i = 0; i < 4; i++) tt_matrix_free(&views[i]);
    tt_table table_view = tt_table_rows(table, 0, 2);
    tt_table_free(&table_view);
    assert_int_equal(test_live_blocks, 2);
    *tt_matrix_at(matrix, 2, 3) = 5;
    for (int twice = 0; twice < 2; twice++) {
        tt_matrix_free(&matrix);
        tt_table_free(&table);
        assert_memory_equal(&matrix, &zeros, sizeof matrix);
    }
    assert_int_equal(test_live_blocks, 0);
}

static void a_range_outside_stops(void **state)
{
    (void)state;
    tt_matrix m = numbered(2, 3);
    double numbers[6] = {0};
    tt_table t = tt_table_of(numbers, 2, 3);
    assert_stops(tt_matrix_rows(m, 1, 2), "tt_matrix_rows: rows 1..3 of 2x3");
    assert_stops(tt_matrix_rows(m, 3, 0), "rows 3..3 of 2x3");
    assert_stops(tt_matrix_rows(m, 1, SIZE_MAX), "of 2x3");
    assert_stops(tt_matrix_cols(m, 2, 2), "tt_matrix_cols: columns 2..4 of 2x3");
    assert_stops(tt_table_rows(t, 1, 2), "tt_table_rows: rows 1..3 of 2x3");
    assert_stops(tt_table_cols(t, 4, 0), "tt_table_cols: columns 4..4 of 2x3");
    assert_stops(tt_matrix_at(m, 2, 0), "tt_matrix_at: element (2, 0) of 2x3");
    assert_stops(tt_matrix_at(m, 0, 3), "element (0, 3) of 2x3");
    assert_stops(tt_table_at(t, 2, 0), "tt_table_at: element (2, 0) of 2x3");
    assert_stops(tt_table_at(t, 0, 3), "element (0, 3) of 2x3");
}

static void the_first_number_that_is_not_finite_is_found(void **state)
{
    (void)state;
    static const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < 3; i++) {
        float numbers[12] = {0, FLT_MAX, -FLT_MAX, FLT_MIN / 2};
        double doubles[12] = {0, DBL_MAX, -DBL_MAX, DBL_MIN / 2};
        size_t row = 77, col = 77;
        tt_matrix matrix = tt_matrix_of(numbers, 4, 3);
        tt_table table = tt_table_of(doubles, 4, 3);
        assert_true(tt_matrix_is_finite(matrix, &row, &col) && row == 77 && col == 77);
        assert_true(tt_table_is_finite(table, &row, &col) && row == 77 && col == 77);
        numbers[5] = numbers[9] = (float)bad[i];
        doubles[7] = doubles[11] = bad[i];
        assert_false(tt_matrix_is_finite(matrix, &row, &col));
        assert_true(row == 1 && col == 2);
        assert_false(tt_table_is_finite(table, &row, &col));
        assert_true(row == 2 && col == 1);
        assert_false(tt_matrix_is_finite(matrix, NULL, NULL));
        assert_true(tt_matrix_is_finite(tt_matrix_cols(matrix, 1, 1), NULL, NULL)); /* views */
        assert_true(tt_table_is_finite(tt_table_rows(table, 0, 2), NULL, NULL));
    }
}

static void gathering_copies_rows_in_the_order_named(void **state)
{
    (void)state;
    tt_matrix in = tt_matrix_cols(numbered(4, 5), 1, 3), whole = garbage_matrix(3, 5);
    tt_matrix out = tt_matrix_cols(whole, 2, 3);
    const uint32_t rows[] = {3, 0, 3}, outside[] = {0, 4, 0};
    tt_matrix_gather(out, in, rows);
    const float expected[3][3] = {{31, 32, 33}, {1, 2, 3}, {31, 32, 33}};
    for (size_t r = 0; r < 3; r++) assert_bits_equal(tt_matrix_at(out, r, 0), expected[r], 3);
    assert_true(isnan(whole.data[1]) && isnan(whole.data[6])); /* beside the view: untouched */

    assert_stops(tt_matrix_gather(out, in, outside), "tt_matrix_gather: rows[1] is 4, in is 4x3");
    assert_stops(tt_matrix_gather(whole, in, rows), "tt_matrix_gather: out is 3x5, in is 4x3");
}

static void a_matrix_from_a_table_rounds_once(void **state)
{
    (void)state;
    double numbers[] = {9, 0.1, 16777217.0000000001, 9, -3.65, 1e-40}; /* the first column is cut */
    const float expected[] = {0.1f, 16777216.0f, -3.65f, 1e-40f};
    tt_matrix matrix;
    tt_table part = tt_table_cols(tt_table_of(numbers, 2, 3), 1, 2);
    assert_int_equal(tt_matrix_from_table(&matrix, part), TT_OK);
    assert_true(matrix.rows == 2 && matrix.cols == 2 && matrix.stride == 2);
    assert_bits_equal(matrix.data, expected, 4);
    tt_matrix_free(&matrix);
}

/* §5 the three products ----------------------------------------------------------------------- */

/* A matrix alone, or columns 1 .. of a wider one. */
static tt_matrix strided(tt_matrix (*make)(size_t, size_t), size_t rows, size_t cols, bool view)
{
    return view ? tt_matrix_cols(make(rows, cols + 3), 1, cols) : make(rows, cols);
}

static double element(tt_matrix m, size_t r, size_t c)
{
    return (double)m.data[r * m.stride + c];
}

/* C = A B as the textbook has it, in float64; ta and tb read A and B transposed. */
static tt_table naive_product(tt_matrix A, bool ta, tt_matrix B, bool tb)
{
    size_t rows = ta ? A.cols : A.rows, inner = ta ? A.rows : A.cols, cols = tb ? B.rows : B.cols;
    double *c = (double *)test_keep(rows * cols * sizeof *c);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            c[i * cols + j] = 0;
            for (size_t k = 0; k < inner; k++)
                c[i * cols + j] += (ta ? element(A, k, i) : element(A, i, k)) *
                                   (tb ? element(B, j, k) : element(B, k, j));
        }
    return tt_table_of(c, rows, cols);
}

/* The same in float: each output one sum from 0, left to right, product and sum rounded apart. */
static void assert_documented_order(tt_matrix C, tt_matrix A, bool ta, tt_matrix B, bool tb)
{
    size_t inner = ta ? A.rows : A.cols;
    for (size_t i = 0; i < C.rows; i++)
        for (size_t j = 0; j < C.cols; j++) {
            volatile float sum = 0, product;
            for (size_t k = 0; k < inner; k++) {
                product = *(ta ? tt_matrix_at(A, k, i) : tt_matrix_at(A, i, k)) *
                          *(tb ? tt_matrix_at(B, j, k) : tt_matrix_at(B, k, j));
                sum = sum + product;
            }
            float expected = sum;
            assert_bits_equal(tt_matrix_at(C, i, j), &expected, 1);
        }
}

/* Batch, inputs, outputs; views or not. */
static void check_products(size_t B, size_t I, size_t O, bool view)
{
    tt_matrix X = strided(random_matrix, B, I, view), W = strided(random_matrix, I, O, view);
    tt_matrix dY = strided(random_matrix, B, O, view), Y = strided(garbage_matrix, B, O, view);
    tt_matrix dX = strided(garbage_matrix, B, I, view), dW = strided(garbage_matrix, I, O, view);
    tt_matmul(Y, X, W);
    tt_matmul_nt(dX, dY, W);
    tt_matmul_tn(dW, X, dY);
    assert_matrix_close(Y, naive_product(X, false, W, false), 1e-5);
    assert_matrix_close(dX, naive_product(dY, false, W, true), 1e-5);
    assert_matrix_close(dW, naive_product(X, true, dY, false), 1e-5);
    assert_documented_order(Y, X, false, W, false);
    assert_documented_order(dX, dY, false, W, true);
    assert_documented_order(dW, X, true, dY, false);
    if (!view) return;
    for (size_t b = 0; b < B; b++) /* what lies beside the outputs stays as it was */
        assert_true(isnan(Y.data[b * Y.stride + O]) && isnan(dX.data[b * dX.stride + I]));
}

static void products_are_the_textbooks_on_all_shapes(void **state)
{
    (void)state;
    const size_t shapes[][3] = {{1, 1, 1}, {1, 1, 9}, {1, 9, 1}, {9, 1, 1}, {2, 3, 4}, {5, 7, 3},
                                {3, 5, 1}, {1, 4, 5}, {17, 16, 15}, {8, 33, 20}, {32, 18, 40}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int view = 0; view < 2; view++)
            check_products(shapes[s][0], shapes[s][1], shapes[s][2], view);
}

static void an_empty_sum_is_zero(void **state)
{
    (void)state;
    const float zeros[6] = {0};
    float nothing[1];
    tt_matrix none_wide = tt_matrix_of(nothing, 2, 0), none_long = tt_matrix_of(nothing, 0, 3);
    tt_matrix Y = garbage_matrix(2, 3);
    tt_matmul(Y, none_wide, none_long);
    assert_bits_equal(Y.data, zeros, 6);
    Y = garbage_matrix(2, 3);
    tt_matmul_nt(Y, none_wide, tt_matrix_of(nothing, 3, 0));
    assert_bits_equal(Y.data, zeros, 6);
    Y = garbage_matrix(2, 3);
    tt_matmul_tn(Y, tt_matrix_of(nothing, 0, 2), none_long);
    assert_bits_equal(Y.data, zeros, 6);
    tt_matmul(none_long, none_long, random_matrix(3, 3)); /* no rows: nothing to do */
}

static void products_of_shapes_that_do_not_fit_stop(void **state)
{
    (void)state;
    tt_matrix m23 = random_matrix(2, 3), m34 = random_matrix(3, 4), m24 = random_matrix(2, 4);
    tt_matrix m33 = random_matrix(3, 3);
    assert_stops(tt_matmul(m24, m23, m24), "tt_matmul: X is 2x3, W is 2x4");
    assert_stops(tt_matmul(m23, m23, m34), "tt_matmul: Y is 2x3, X W is 2x4");
    assert_stops(tt_matmul(m34, m23, m34), "tt_matmul: Y is 3x4, X W is 2x4");
    assert_stops(tt_matmul_nt(m23, m23, m34), "tt_matmul_nt: dY is 2x3, W is 3x4");
    assert_stops(tt_matmul_nt(m24, m24, m34), "tt_matmul_nt: dX is 2x4, dY W^T is 2x3");
    assert_stops(tt_matmul_nt(m33, m24, m34), "tt_matmul_nt: dX is 3x3, dY W^T is 2x3");
    assert_stops(tt_matmul_tn(m34, m23, m34), "tt_matmul_tn: X is 2x3, dY is 3x4");
    assert_stops(tt_matmul_tn(m24, m23, m24), "tt_matmul_tn: dW is 2x4, X^T dY is 3x4");
    assert_stops(tt_matmul_tn(m33, m23, m24), "tt_matmul_tn: dW is 3x3, X^T dY is 3x4");
}

/* §6 activation, normalisation, dot, loss ----------------------------------------------------- */

/* Every operation here as a formula in float64 on x, which holds its inputs one after the other;
   each gives the sum of its outputs times the weights dY. */
typedef struct formula_shape {
    size_t rows, cols;
    const float *dY;
} formula_shape;

typedef double formula(const double *x, const formula_shape *s);

static double formula_bias(const double *x, const formula_shape *s)
{
    double sum = 0;
    const double *b = x + s->rows * s->cols;
    for (size_t i = 0; i < s->rows * s->cols; i++)
        sum += (double)s->dY[i] * (x[i] + b[i % s->cols]);
    return sum;
}

static double formula_relu(const double *x, const formula_shape *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->rows * s->cols; i++) sum += (double)s->dY[i] * fmax(x[i], 0);
    return sum;
}

static double formula_l2_normalize(const double *x, const formula_shape *s)
{
    double sum = 0;
    for (size_t r = 0; r < s->rows; r++) {
        double squares = 0;
        for (size_t c = 0; c < s->cols; c++) squares += pow(x[r * s->cols + c], 2);
        for (size_t c = 0; c < s->cols; c++) {
            size_t i = r * s->cols + c;
            sum += (double)s->dY[i] * x[i] / sqrt(fmax(squares, 1e-12));
        }
    }
    return sum;
}

static double formula_row_dot(const double *x, const formula_shape *s)
{
    double sum = 0;
    size_t n = s->rows * s->cols;
    for (size_t i = 0; i < n; i++) sum += (double)s->dY[i / s->cols] * x[i] * x[n + i];
    return sum;
}

static double formula_mse(const double *x, const formula_shape *s)
{
    double sum = 0;
    size_t n = s->rows * s->cols;
    for (size_t i = 0; i < n; i++) sum += pow(x[i] - x[n + i], 2);
    return sum / (double)n;
}

/* Central differences of a formula: d f / d x[first ..], as many as the matrix that is expected to
   hold them.  In float64 and with these steps they are right to about 1e-9 of the size. */
static tt_table slopes(formula *f, const formula_shape *s, double *x, size_t first, tt_matrix like,
                       double h)
{
    double *slope = (double *)test_keep(like.rows * like.cols * sizeof *slope);
    for (size_t i = 0; i < like.rows * like.cols; i++) {
        double start = x[first + i];
        x[first + i] = start + h;
        double above = f(x, s);
        x[first + i] = start - h;
        slope[i] = (above - f(x, s)) / (2 * h);
        x[first + i] = start;
    }
    return tt_table_of(slope, like.rows, like.cols);
}

/* The numbers of two matrices (the second may be empty), one after the other. */
static double *in_a_row(tt_matrix A, tt_matrix B)
{
    double *x = (double *)test_keep((A.rows * A.cols + B.rows * B.cols) * sizeof *x), *next = x;
    for (size_t r = 0; r < A.rows; r++)
        for (size_t c = 0; c < A.cols; c++) *next++ = element(A, r, c);
    for (size_t r = 0; r < B.rows; r++)
        for (size_t c = 0; c < B.cols; c++) *next++ = element(B, r, c);
    return x;
}

static const tt_matrix none = {0, 0, 0, NULL, NULL};

static void bias_is_added_to_every_row(void **state)
{
    (void)state;
    for (int view = 0; view < 2; view++) {
        tt_matrix X = strided(random_matrix, 4, 3, view), b = strided(random_matrix, 1, 3, view);
        tt_matrix Y = strided(garbage_matrix, 4, 3, view);
        tt_bias(Y, X, b);
        for (size_t r = 0; r < 4; r++)
            for (size_t c = 0; c < 3; c++)
                assert_close(element(Y, r, c), element(X, r, c) + element(b, 0, c), 1e-7);
    }
}

static void bias_gradient_is_the_column_sums(void **state)
{
    (void)state;
    for (int view = 0; view < 2; view++) {
        tt_matrix X = random_matrix(4, 3), b = random_matrix(1, 3), dense = random_matrix(4, 3);
        formula_shape shape = {4, 3, dense.data};
        tt_matrix dY = strided(garbage_matrix, 4, 3, view);
        tt_matrix db = strided(garbage_matrix, 1, 3, view);
        tt__copy(dY, dense);
        tt_bias_backward(db, dY);
        assert_matrix_close(db, slopes(formula_bias, &shape, in_a_row(X, b), 12, b, 1e-4), 1e-6);
    }
}

static void relu_keeps_what_is_positive(void **state)
{
    (void)state;
    float x[] = {-2, -0.0f, 0, 1e-45f, 3, -1e-45f}, dy[] = {1, 2, 3, 4, 5, 6}, y[6], dx[6];
    const float expected[] = {0, 0, 0, 1e-45f, 3, 0};
    const float slope[] = {0, 0, 0, 4, 5, 0}; /* at 0 the slope is 0, as in TensorFlow */
    tt_relu(tt_matrix_of(y, 2, 3), tt_matrix_of(x, 2, 3));
    assert_bits_equal(y, expected, 6);
    tt_relu_backward(tt_matrix_of(dx, 2, 3), tt_matrix_of(dy, 2, 3), tt_matrix_of(x, 2, 3));
    assert_bits_equal(dx, slope, 6);
}

static void relu_gradient_is_the_slope(void **state)
{
    (void)state;
    for (int view = 0; view < 2; view++) {
        tt_matrix X = strided(random_matrix, 5, 4, view), dY = random_matrix(5, 4);
        tt_matrix dX = strided(garbage_matrix, 5, 4, view);
        formula_shape shape = {5, 4, dY.data};
        tt_relu_backward(dX, dY, X);
        assert_matrix_close(dX, slopes(formula_relu, &shape, in_a_row(X, none), 0, X, 1e-5), 1e-6);
    }
}

/* Rows of ordinary size, a long one, a short one, one under TensorFlow's floor, one of zeros. */
static tt_matrix rows_of_many_lengths(bool view)
{
    tt_matrix X = strided(random_matrix, 6, 4, view);
    const float factor[] = {1, 1, 1000, 1e-3f, 1e-7f, 0};
    for (size_t r = 0; r < 6; r++)
        for (size_t c = 0; c < 4; c++) *tt_matrix_at(X, r, c) *= factor[r];
    return X;
}

static void normalised_rows_have_length_one(void **state)
{
    (void)state;
    for (int view = 0; view < 2; view++) {
        tt_matrix X = rows_of_many_lengths(view), Y = strided(garbage_matrix, 6, 4, view);
        tt_l2_normalize(Y, X);
        for (size_t r = 0; r < 6; r++) {
            double squares = 0, length = 0;
            for (size_t c = 0; c < 4; c++) squares += pow(element(X, r, c), 2);
            for (size_t c = 0; c < 4; c++) {
                double y = element(X, r, c) / sqrt(fmax(squares, 1e-12));
                assert_close(element(Y, r, c), y, 3e-7);
                length += pow(element(Y, r, c), 2);
            }
            if (r < 4) assert_close(length, 1, 1e-6);
            if (r == 4) assert_true(length > 0 && length < 0.5); /* short of 1e-6: times 1e6 */
            if (r == 5) assert_true(length == 0);
        }
    }
}

/* Each row's gradient is of the size of 1 / length, and so must be the error allowed. */
static void normalising_has_the_gradient_of_tensorflow(void **state)
{
    (void)state;
    const double size[] = {1, 1, 1e-3, 1e3, 1e6, 1e6};
    for (int view = 0; view < 2; view++) {
        tt_matrix X = rows_of_many_lengths(view), Y = strided(garbage_matrix, 6, 4, view);
        tt_matrix dY = random_matrix(6, 4), dX = strided(garbage_matrix, 6, 4, view);
        tt_l2_normalize(Y, X);
        tt_l2_normalize_backward(dX, dY, X, Y);
        for (size_t r = 0; r < 6; r++) {
            tt_matrix row = tt_matrix_rows(X, r, 1);
            formula_shape shape = {1, 4, dY.data + 4 * r};
            tt_table slope =
                slopes(formula_l2_normalize, &shape, in_a_row(row, none), 0, row, 1e-5 / size[r]);
            for (size_t c = 0; c < 4; c++)
                assert_close(element(dX, r, c) / size[r], slope.data[c] / size[r], 2e-6);
        }
        for (size_t c = 0; c < 4; c++) /* exactly, where the floor holds */
            assert_close(element(dX, 5, c), 1e6 * element(dY, 5, c), 1e-6);
    }
}

/* The square of 1e25 is infinite, that of 1e-25 zero: y = 0 x and y = 1e6 x. */
static void rows_whose_squares_leave_the_numbers_stay_finite(void **state)
{
    (void)state;
    float x[] = {1e25f, -1e25f, 1e-25f, 0}, dy[] = {1, 2, 3, 4}, y[4], dx[4];
    tt_matrix X = tt_matrix_of(x, 2, 2), Y = tt_matrix_of(y, 2, 2);
    tt_l2_normalize(Y, X);
    tt_l2_normalize_backward(tt_matrix_of(dx, 2, 2), tt_matrix_of(dy, 2, 2), X, Y);
    assert_true(y[0] == 0 && y[1] == 0 && dx[0] == 0 && dx[1] == 0);
    assert_close(y[2] / 1e-19f, 1, 1e-6);
    assert_true(y[3] == 0);
    assert_close(dx[2], 3e6, 1e-6);
    assert_close(dx[3], 4e6, 1e-6);
}

static void row_dot_is_one_dot_product_a_row(void **state)
{
    (void)state;
    for (int view = 0; view < 2; view++) {
        tt_matrix U = strided(random_matrix, 5, 3, view), V = strided(random_matrix, 5, 3, !view);
        tt_matrix p = strided(garbage_matrix, 5, 1, view);
        tt_row_dot(p, U, V);
        for (size_t r = 0; r < 5; r++) {
            double dot = 0;
            for (size_t c = 0; c < 3; c++) dot += element(U, r, c) * element(V, r, c);
            assert_close(element(p, r, 0), dot, 1e-6);
            assert_documented_order(tt_matrix_rows(p, r, 1), tt_matrix_rows(U, r, 1), false,
                                    tt_matrix_rows(V, r, 1), true);
        }
    }
}

static void row_dot_gradients_are_the_slopes(void **state)
{
    (void)state;
    for (int view = 0; view < 2; view++) {
        tt_matrix U = strided(random_matrix, 5, 3, view), V = strided(random_matrix, 5, 3, !view);
        tt_matrix dU = strided(garbage_matrix, 5, 3, view);
        tt_matrix dV = strided(garbage_matrix, 5, 3, view);
        tt_matrix dense = random_matrix(5, 1), dp = strided(garbage_matrix, 5, 1, view);
        tt__copy(dp, dense);
        formula_shape shape = {5, 3, dense.data};
        double *x = in_a_row(U, V);
        tt_row_dot_backward(dU, dV, dp, U, V);
        assert_matrix_close(dU, slopes(formula_row_dot, &shape, x, 0, U, 1e-4), 1e-6);
        assert_matrix_close(dV, slopes(formula_row_dot, &shape, x, 15, V, 1e-4), 1e-6);
    }
}

static void mse_is_the_mean_of_the_squares(void **state)
{
    (void)state;
    float p[] = {1, 2, 3, 4}, y[] = {1, 0, 3, 7};
    assert_true(tt_mse(tt_matrix_of(p, 4, 1), tt_matrix_of(y, 4, 1)) == 3.25f);
    assert_true(tt_mse(tt_matrix_of(p, 2, 2), tt_matrix_of(p, 2, 2)) == 0);
    for (int view = 0; view < 2; view++) {
        tt_matrix P = strided(random_matrix, 6, 2, view), Y = strided(random_matrix, 6, 2, view);
        formula_shape shape = {6, 2, NULL};
        assert_close(tt_mse(P, Y), formula_mse(in_a_row(P, Y), &shape), 1e-6);
    }
}

/* In float the sum would stop growing at 2^24, and the mean of these squares be about 0.84. */
static void mse_sums_in_double(void **state)
{
    (void)state;
    enum { N = 20000 };
    tt_matrix p = garbage_matrix(N, 1000), y = garbage_matrix(1, 1000);
    for (size_t i = 0; i < 1000; i++) p.data[i] = 1, y.data[i] = 0;
    p.stride = y.stride = 0; /* the same row again and again */
    y.rows = N;
    assert_close(tt_mse(p, y), 1, 1e-6);
}

static void mse_gradient_is_the_slope(void **state)
{
    (void)state;
    for (int view = 0; view < 2; view++) {
        tt_matrix p = strided(random_matrix, 6, 2, view), y = strided(random_matrix, 6, 2, view);
        tt_matrix dp = strided(garbage_matrix, 6, 2, view);
        formula_shape shape = {6, 2, NULL};
        tt_mse_backward(dp, p, y);
        assert_matrix_close(dp, slopes(formula_mse, &shape, in_a_row(p, y), 0, p, 1e-4), 1e-7);
        for (size_t r = 0; r < 6; r++) { /* and to the bit, 2 (p - y) / count */
            volatile float off = *tt_matrix_at(p, r, 1) - *tt_matrix_at(y, r, 1);
            float expected = 2 * off / 12;
            assert_bits_equal(tt_matrix_at(dp, r, 1), &expected, 1);
        }
    }
}

static tt_matrix copy_of(tt_matrix m)
{
    tt_matrix copy = garbage_matrix(m.rows, m.cols);
    tt__copy(copy, m);
    return copy;
}

/* Where the shapes agree, an output may be the same matrix as an input. */
static void operations_may_work_in_place(void **state)
{
    (void)state;
    tt_matrix A = random_matrix(4, 3), B = random_matrix(4, 3), b = random_matrix(1, 3);
    tt_matrix Y = garbage_matrix(4, 3), Z = garbage_matrix(4, 3), M, N;

    tt_bias(Y, A, b);
    M = copy_of(A);
    tt_bias(M, M, b);
    assert_bits_equal(M.data, Y.data, 12);

    tt_relu(Y, A);
    M = copy_of(A);
    tt_relu(M, M);
    assert_bits_equal(M.data, Y.data, 12);

    tt_relu_backward(Y, B, A);
    M = copy_of(B);
    tt_relu_backward(M, M, A);
    N = copy_of(A);
    tt_relu_backward(N, B, N);
    assert_bits_equal(M.data, Y.data, 12);
    assert_bits_equal(N.data, Y.data, 12);

    tt_l2_normalize(Z, A);
    M = copy_of(A);
    tt_l2_normalize(M, M);
    assert_bits_equal(M.data, Z.data, 12);

    tt_l2_normalize_backward(Y, B, A, Z);
    M = copy_of(B);
    tt_l2_normalize_backward(M, M, A, Z);
    N = copy_of(A);
    tt_l2_normalize_backward(N, B, N, Z);
    assert_bits_equal(M.data, Y.data, 12);
    assert_bits_equal(N.data, Y.data, 12);
    N = copy_of(Z);
    tt_l2_normalize_backward(N, B, A, N);
    assert_bits_equal(N.data, Y.data, 12);

    tt_matrix dp = random_matrix(4, 1);
    tt_row_dot_backward(Y, Z, dp, A, B);
    M = copy_of(A), N = copy_of(B);
    tt_row_dot_backward(M, N, dp, M, N);
    assert_bits_equal(M.data, Y.data, 12);
    assert_bits_equal(N.data, Z.data, 12);

    tt_mse_backward(Y, A, B);
    M = copy_of(A);
    tt_mse_backward(M, M, B);
    N = copy_of(B);
    tt_mse_backward(N, A, N);
    assert_bits_equal(M.data, Y.data, 12);
    assert_bits_equal(N.data, Y.data, 12);
}

/* §6: whichever argument it is, and whether its rows or its columns are too many. */
static void every_argument_of_another_shape_stops(void **state)
{
    (void)state;
    tt_matrix m = random_matrix(2, 3), column = random_matrix(2, 1), row = random_matrix(1, 3);
    tt_matrix others[] = {random_matrix(4, 3), random_matrix(2, 5)};
    for (int i = 0; i < 2; i++) {
        tt_matrix o = others[i];
        const char *shape = i ? " is 2x5" : " is 4x3";
        assert_stops(tt_bias(o, m, row), shape);
        assert_stops(tt_bias(m, m, o), shape);
        assert_stops(tt_bias_backward(o, m), shape);
        assert_stops(tt_relu(o, m), shape);
        assert_stops(tt_relu_backward(o, m, m), shape);
        assert_stops(tt_relu_backward(m, o, m), shape);
        assert_stops(tt_relu_backward(m, m, o), shape);
        assert_stops(tt_l2_normalize(o, m), shape);
        assert_stops(tt_l2_normalize_backward(o, m, m, m), shape);
        assert_stops(tt_l2_normalize_backward(m, o, m, m), shape);
        assert_stops(tt_l2_normalize_backward(m, m, o, m), shape);
        assert_stops(tt_l2_normalize_backward(m, m, m, o), shape);
        assert_stops(tt_row_dot(column, o, m), shape);
        assert_stops(tt_row_dot(o, m, m), shape);
        assert_stops(tt_row_dot_backward(o, m, column, m, m), shape);
        assert_stops(tt_row_dot_backward(m, o, column, m, m), shape);
        assert_stops(tt_row_dot_backward(m, m, o, m, m), shape);
        assert_stops(tt_row_dot_backward(m, m, column, o, m), shape);
        assert_stops(tt_mse(o, m), shape);
        assert_stops(tt_mse_backward(o, m, m), shape);
        assert_stops(tt_mse_backward(m, o, m), shape);
    }
    assert_stops(tt_row_dot(row, m, m), "p is 1x3, U is 2x3");
    assert_stops(tt_row_dot(tt_matrix_cols(m, 0, 2), m, m), "p is 2x2, U is 2x3");
    assert_stops(tt_row_dot_backward(m, m, tt_matrix_rows(column, 0, 1), m, m),
                 "dp is 1x1, U is 2x3");
    assert_stops(tt_row_dot_backward(m, m, tt_matrix_cols(m, 0, 2), m, m), "dp is 2x2, U is 2x3");
}

static void operations_on_shapes_that_do_not_fit_stop(void **state)
{
    (void)state;
    tt_matrix m23 = random_matrix(2, 3), m32 = random_matrix(3, 2), m21 = random_matrix(2, 1);
    tt_matrix m13 = random_matrix(1, 3), m12 = random_matrix(1, 2);
    tt_matrix m03 = tt_matrix_rows(m23, 0, 0), m20 = tt_matrix_cols(m23, 0, 0);
    assert_stops(tt_bias(m32, m23, m13), "tt_bias: Y is 3x2, X is 2x3");
    assert_stops(tt_bias(m23, m23, m12), "tt_bias: b is 1x2, X is 2x3");
    assert_stops(tt_bias(m23, m23, m23), "tt_bias: b is 2x3, X is 2x3");
    assert_stops(tt_bias_backward(m12, m23), "tt_bias_backward: db is 1x2, dY is 2x3");
    assert_stops(tt_bias_backward(m23, m23), "tt_bias_backward: db is 2x3, dY is 2x3");
    assert_stops(tt_relu(m32, m23), "tt_relu: Y is 3x2, X is 2x3");
    assert_stops(tt_relu_backward(m32, m23, m32), "tt_relu_backward: dX is 3x2, dY is 2x3");
    assert_stops(tt_relu_backward(m32, m32, m23), "tt_relu_backward: dX is 3x2, X is 2x3");
    assert_stops(tt_l2_normalize(m32, m23), "tt_l2_normalize: Y is 3x2, X is 2x3");
    assert_stops(tt_l2_normalize_backward(m23, m32, m23, m23), "dX is 2x3, dY is 3x2");
    assert_stops(tt_l2_normalize_backward(m23, m23, m32, m23), "dX is 2x3, X is 3x2");
    assert_stops(tt_l2_normalize_backward(m23, m23, m23, m32), "dX is 2x3, Y is 3x2");
    assert_stops(tt_row_dot(m21, m23, m32), "tt_row_dot: U is 2x3, V is 3x2");
    assert_stops(tt_row_dot(m23, m23, m23), "tt_row_dot: p is 2x3, U is 2x3");
    assert_stops(tt_row_dot(m13, m23, m23), "tt_row_dot: p is 1x3, U is 2x3");
    assert_stops(tt_row_dot_backward(m32, m23, m21, m23, m23), "dU is 3x2, U is 2x3");
    assert_stops(tt_row_dot_backward(m23, m32, m21, m23, m23), "dV is 3x2, V is 2x3");
    assert_stops(tt_row_dot_backward(m23, m23, m21, m23, m32), "U is 2x3, V is 3x2");
    assert_stops(tt_row_dot_backward(m23, m23, m12, m23, m23), "dp is 1x2, U is 2x3");
    assert_stops(tt_mse(m23, m32), "tt_mse: p is 2x3, y is 3x2");
    assert_stops(tt_mse(m21, m12), "tt_mse: p is 2x1, y is 1x2"); /* no broadcasting */
    assert_stops(tt_mse(m03, m03), "tt_mse: p is 0x3"); /* of nothing there is no mean */
    assert_stops(tt_mse(m20, m20), "tt_mse: p is 2x0");
    assert_stops(tt_mse_backward(m23, m23, m32), "tt_mse_backward: p is 2x3, y is 3x2");
    assert_stops(tt_mse_backward(m32, m23, m23), "tt_mse_backward: dp is 3x2, p is 2x3");
}

/* NULL ---------------------------------------------------------------------------------------- */

static void nothing_where_something_must_be_stops(void **state)
{
    (void)state;
    tt_random random;
    tt_random_seed(&random, 1);
    tt_matrix m23 = random_matrix(2, 3);
    double numbers[6] = {0};
    assert_refuses_null(tt_random_seed, (NULL, 1), random);
    assert_refuses_null(tt_random_uint32, (NULL), random);
    assert_refuses_null(tt_random_sample, (NULL), random);
    assert_refuses_null(tt_random_uniform, (NULL, 0, 1), random);
    assert_refuses_null(tt_random_shuffle, (NULL, NULL, 0), random);
    assert_refuses_null(tt_random_shuffle, (&random, NULL, 2), indices);
    assert_refuses_null(tt_random_permutation, (NULL, NULL, 0), random);
    assert_refuses_null(tt_random_permutation, (&random, NULL, 2), indices);
    assert_refuses_null(tt_matrix_new, (NULL, 2, 3), matrix);
    assert_refuses_null(tt_table_new, (NULL, 2, 3), table);
    assert_refuses_null(tt_matrix_from_table, (NULL, tt_table_of(numbers, 2, 3)), matrix);
    assert_refuses_null(tt_matrix_gather, (m23, m23, NULL), rows);
    tt_matrix_gather(tt_matrix_rows(m23, 0, 0), m23, NULL); /* no rows need no names */
    assert_int_equal(test_allocations, 0);
}

static void freeing_nothing_is_harmless_as_is_freeing_twice(void **state)
{
    (void)state;
    tt_matrix matrix;
    tt_table table;
    assert_int_equal(tt_matrix_new(&matrix, 2, 3), TT_OK);
    assert_int_equal(tt_table_new(&table, 2, 3), TT_OK);
    assert_frees(tt_matrix_free, tt_matrix, matrix);
    assert_frees(tt_table_free, tt_table, table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(our_assertions_can_fail),
        test(golden_reads_every_number),
        test(the_test_allocator_fails_as_told),
        /* §0 */
        test(arithmetic_follows_ieee_here),
        test(finite_means_neither_infinite_nor_nan),
        test(square_roots_are_exact),
#if defined(__SSE2__)
        test(embedding_ignores_flush_to_zero_and_restores_it),
        test(training_ignores_flush_to_zero_and_restores_it),
        test(predicting_ignores_flush_to_zero),
#endif
        /* §1 */
        test(every_error_has_a_text_of_its_own),
        test(a_mistake_names_function_shapes_and_expectation),
        /* §2 */
        test(a_new_matrix_is_zeros_and_aligned),
        test(a_size_that_overflows_is_refused_unasked),
        test(without_memory_outputs_stay_as_they_were),
        /* §3 */
        test(words_are_numpys),
        test(the_sequence_goes_on_right_after_many_refills),
        test(samples_and_uniform_numbers_are_numpys),
        test(permutations_are_numpys),
        test(the_notebooks_permutation_is_numpys),
        test(shuffling_moves_what_is_given),
        test(none_and_one_need_no_random_number),
        /* §4 */
        test(only_an_empty_matrix_needs_no_numbers),
        test(a_view_of_a_view_is_the_same_memory),
        test(a_view_may_be_empty),
        test(freeing_views_and_freeing_twice_is_harmless),
        test(a_range_outside_stops),
        test(the_first_number_that_is_not_finite_is_found),
        test(gathering_copies_rows_in_the_order_named),
        test(a_matrix_from_a_table_rounds_once),
        /* §5 */
        test(products_are_the_textbooks_on_all_shapes),
        test(an_empty_sum_is_zero),
        test(products_of_shapes_that_do_not_fit_stop),
        /* §6 */
        test(bias_is_added_to_every_row),
        test(bias_gradient_is_the_column_sums),
        test(relu_keeps_what_is_positive),
        test(relu_gradient_is_the_slope),
        test(normalised_rows_have_length_one),
        test(normalising_has_the_gradient_of_tensorflow),
        test(rows_whose_squares_leave_the_numbers_stay_finite),
        test(row_dot_is_one_dot_product_a_row),
        test(row_dot_gradients_are_the_slopes),
        test(mse_is_the_mean_of_the_squares),
        test(mse_sums_in_double),
        test(mse_gradient_is_the_slope),
        test(operations_may_work_in_place),
        test(every_argument_of_another_shape_stops),
        test(operations_on_shapes_that_do_not_fit_stop),
        /* NULL */
        test(nothing_where_something_must_be_stops),
        test(freeing_nothing_is_harmless_as_is_freeing_twice),
    };
    return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
