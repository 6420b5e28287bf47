/* The tests of test.h: an assertion that can't fail proves nothing, so each is made to fail. */

#include "tests/unit/test.h"

/* An assertion that can't fail proves nothing, so each of ours is made to fail here. */
static void our_assertions_can_fail(void **state)
{
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(our_assertions_can_fail),
        test(golden_reads_every_number),
        test(the_test_allocator_fails_as_told),
    };
    return cmocka_run_group_tests_name("test", tests, NULL, NULL);
}
