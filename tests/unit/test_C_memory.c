/* The tests of §C, memory. */

#include "tests/unit/test.h"
#include "tests/unit/folder.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_new_matrix_is_zeros_and_aligned),
        test(a_size_that_overflows_is_refused_unasked),
        test(without_memory_outputs_stay_as_they_were),
    };
    return cmocka_run_group_tests_name("C_memory", tests, NULL, NULL);
}
