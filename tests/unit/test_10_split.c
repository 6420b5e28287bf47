/* The tests of §10, the split. */

#include "tests/unit/test.h"

/* train_test_split(range(10), test_size=.2, random_state=1) */
static void split_of_ten_equals_scikit_learn(void **state)
{
    const uint32_t expected_train[] = {6, 4, 0, 3, 1, 7, 8, 5}, expected_test[] = {2, 9};
    uint32_t train[8], test[2];
    assert_int_equal(tt_train_test_split(train, test, 10, 0.8, 1), TT_OK);
    assert_memory_equal(train, expected_train, sizeof train);
    assert_memory_equal(test, expected_test, sizeof test);
}

/* A line of the file: n, train size, seed, how many on each side, the first five of each or -1. */
static void split_equals_scikit_learn(void **state)
{
    tt_table cases = golden("train_test_split");
    for (size_t r = 0; r < cases.rows; r++) {
        const double *c = tt_table_at(cases, r, 0);
        size_t n = (size_t)c[0], n_train = tt_train_count(n, c[1]);
        assert_int_equal(n_train, (size_t)c[3]);
        assert_int_equal(n - n_train, (size_t)c[4]);
        uint32_t *train = (uint32_t *)malloc(n * sizeof *train), *test = train + n_train;
        assert_non_null(train);
        assert_int_equal(tt_train_test_split(train, test, n, c[1], (uint32_t)c[2]), TT_OK);
        for (size_t i = 0; i < 5; i++) {
            if (c[5 + i] >= 0) assert_int_equal(train[i], (uint32_t)c[5 + i]);
            if (c[10 + i] >= 0) assert_int_equal(test[i], (uint32_t)c[10 + i]);
        }

        /* Both sides together are all rows, each once. */
        bool *seen = (bool *)calloc(n, sizeof *seen);
        assert_non_null(seen);
        for (size_t i = 0; i < n; i++) {
            assert_true(train[i] < n && !seen[train[i]]);
            seen[train[i]] = true;
        }
        free(seen);
        free(train);
    }
}

static void split_stops_on_an_empty_side(void **state)
{
    uint32_t train[10], test[10];
    assert_int_equal(tt_train_count(10, 0.75), 7);
    assert_int_equal(tt_train_count(0, 0.75), 0);
    assert_stops(tt_train_count(10, 0), "train_size is 0");
    assert_stops(tt_train_count(10, 1), "train_size is 1");
    assert_stops(tt_train_count(10, (double)NAN), "train_size is");
    assert_stops(tt_train_test_split(train, test, 1, 0.8, 1),
                 "1 rows, train_size 0.8: 0 train, 1 test");
    assert_stops(tt_train_test_split(train, test, 0, 0.8, 1), "0 rows");
    assert_stops(tt_train_test_split(train, test, 10, 1.5, 1), "train_size is 1.5");
    assert_stops(tt_train_test_split(train, test, 10, -1, 1), "train_size is -1");
    if (SIZE_MAX > UINT32_MAX)
        assert_stops(tt_train_test_split(train, test, (size_t)UINT32_MAX + 1, 0.5, 1),
                     "tt_train_test_split: 4294967296 rows");
}

static void split_reports_missing_memory(void **state)
{
    uint32_t train[8] = {77}, test[2] = {88};
    test_fail_at = 1;
    assert_int_equal(tt_train_test_split(train, test, 10, 0.8, 1), TT_ERROR_MEMORY);
    assert_true(train[0] == 77 && test[0] == 88);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(split_of_ten_equals_scikit_learn),
        test(split_equals_scikit_learn),
        test(split_stops_on_an_empty_side),
        test(split_reports_missing_memory),
    };
    return cmocka_run_group_tests_name("10_split", tests, NULL, NULL);
}
