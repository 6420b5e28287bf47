/* The tests of §1, random numbers: word for word NumPy's. */

#include "tests/unit/test.h"

static const uint32_t seeds[] = {0, 1, 42, 4294967295u};

static tt_table golden_of_seed(const char *what, uint32_t seed, const char *rest)
{
    char name[80];
    snprintf(name, sizeof name, "%s_seed%lu%s", what, (unsigned long)seed, rest);
    return golden(name);
}

static void words_are_numpys(void **state)
{
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
    tt_random random;
    tt_random_seed(&random, 5489);
    for (int i = 1; i < 10000; i++) tt_random_uint32(&random);
    assert_true(tt_random_uint32(&random) == 4123659995u);
}

static void samples_and_uniform_numbers_are_numpys(void **state)
{
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(words_are_numpys),
        test(the_sequence_goes_on_right_after_many_refills),
        test(samples_and_uniform_numbers_are_numpys),
        test(permutations_are_numpys),
        test(the_notebooks_permutation_is_numpys),
        test(shuffling_moves_what_is_given),
        test(none_and_one_need_no_random_number),
    };
    return cmocka_run_group_tests_name("01_random", tests, NULL, NULL);
}
