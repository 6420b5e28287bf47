/* The tests of §2, matrices and views. */

#include "tests/unit/test.h"

static void only_an_empty_matrix_needs_no_numbers(void **state)
{
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
    tt_matrix whole = numbered(2, 3);
    assert_int_equal(tt_matrix_rows(whole, 2, 0).rows, 0);
    assert_int_equal(tt_matrix_cols(whole, 3, 0).cols, 0);
}

static void a_range_outside_stops(void **state)
{
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

/* The same of doubles, and in their own measure. */
static void gathering_from_tables_too(void **state)
{
    double numbers[4][3], wide[3][4] = {{0}};
    for (int i = 0; i < 12; i++) numbers[i / 3][i % 3] = 10 * (i / 3) + i % 3 + 0.1;
    tt_table in = tt_table_cols(tt_table_of(numbers[0], 4, 3), 1, 2);
    tt_table whole = tt_table_of(wide[0], 3, 4), out = tt_table_cols(whole, 1, 2);
    const uint32_t rows[] = {3, 0, 3}, outside[] = {0, 4, 0};
    tt_table_gather(out, in, rows);
    for (int r = 0; r < 3; r++) {
        assert_true(wide[r][1] == numbers[rows[r]][1] && wide[r][2] == numbers[rows[r]][2]);
        assert_true(wide[r][0] == 0 && wide[r][3] == 0);
    }
    tt_table_gather(tt_table_rows(out, 0, 0), in, NULL);
    assert_stops(tt_table_gather(out, in, outside), "tt_table_gather: rows[1] is 4, in is 4x2");
    assert_stops(tt_table_gather(whole, in, rows), "tt_table_gather: out is 3x4, in is 4x2");
    assert_stops(tt_table_gather(out, in, NULL), "tt_table_gather: rows is NULL, out is 3x2");
    assert_stops(tt_table_gather(tt_table_rows(in, 0, 2), in, rows), "out and in overlap");
    tt_table_gather(tt_table_rows(in, 0, 1), tt_table_rows(in, 1, 3), rows + 1);
    assert_true(numbers[0][1] == numbers[1][1]);
}

static void a_matrix_from_a_table_rounds_once(void **state)
{
    double numbers[] = {9, 0.1, 16777217.0000000001, 9, -3.65, 1e-40}; /* the first column is cut */
    const float expected[] = {0.1f, 16777216.0f, -3.65f, 1e-40f};
    tt_matrix matrix;
    tt_table part = tt_table_cols(tt_table_of(numbers, 2, 3), 1, 2);
    assert_int_equal(tt_matrix_from_table(&matrix, part), TT_OK);
    assert_true(matrix.rows == 2 && matrix.cols == 2 && matrix.stride == 2);
    assert_bits_equal(matrix.data, expected, 4);
    tt_matrix_free(&matrix);
}

static void a_table_too_large_for_float_makes_no_matrix(void **state)
{
    double numbers[] = {1, -1e300, 2};
    tt_matrix matrix = {0, 0, 0, NULL, NULL}, before = matrix;
    assert_int_equal(tt_matrix_from_table(&matrix, tt_table_of(numbers, 1, 3)),
                     TT_ERROR_NOT_FINITE);
    assert_memory_equal(&matrix, &before, sizeof matrix);
}

static void gathering_into_itself_stops(void **state)
{
    uint32_t rows[] = {1, 0};
    tt_matrix m = random_matrix(3, 2);
    assert_stops(tt_matrix_gather(tt_matrix_rows(m, 0, 2), m, rows), "out and in overlap");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(only_an_empty_matrix_needs_no_numbers),
        test(a_view_of_a_view_is_the_same_memory),
        test(a_view_may_be_empty),
        test(a_range_outside_stops),
        test(the_first_number_that_is_not_finite_is_found),
        test(gathering_copies_rows_in_the_order_named),
        test(gathering_from_tables_too),
        test(a_matrix_from_a_table_rounds_once),
        test(a_table_too_large_for_float_makes_no_matrix),
        test(gathering_into_itself_stops),
    };
    return cmocka_run_group_tests_name("02_matrices", tests, NULL, NULL);
}
