/* The tests of §13, nearest neighbours. */

#include "tests/unit/problem.h"

/* tt_nearest ----------------------------------------------------------------------------------- */

/* The k nearest of each query by selection, the naive way. */
static void naive_nearest(uint32_t *nearest, float *distance, tt_matrix queries,
                          tt_matrix candidates, const tt_neighbour_options *o)
{
    bool *taken = (bool *)malloc(candidates.rows + 1);
    assert_non_null(taken);
    for (size_t q = 0; q < queries.rows; q++) {
        memset(taken, 0, candidates.rows + 1);
        for (size_t place = 0; place < o->k; place++) {
            uint32_t best = TT_NONE;
            float least = INFINITY;
            for (size_t c = 0; c < candidates.rows; c++) {
                bool masked = o->masked && o->masked(q, c, o->context);
                if (o->exclude_self && c == q) masked = true;
                float d = squared_distance(queries.data + q * queries.stride,
                                           candidates.data + c * candidates.stride, queries.cols);
                if (taken[c] || masked || !(d < least)) continue;
                least = d;
                best = (uint32_t)c;
            }
            if (best != TT_NONE) taken[best] = true;
            nearest[q * o->k + place] = best;
            distance[q * o->k + place] = least;
        }
    }
    free(taken);
}

enum { MOST_ANSWERS = 100 * 110 };

static void assert_nearest_is_naive(tt_matrix queries, tt_matrix candidates,
                                    const tt_neighbour_options *options)
{
    static uint32_t expected[MOST_ANSWERS], nearest[MOST_ANSWERS];
    static float expected_distance[MOST_ANSWERS], distance[MOST_ANSWERS];
    size_t count = queries.rows * options->k;
    assert_true(count <= MOST_ANSWERS);
    naive_nearest(expected, expected_distance, queries, candidates, options);
    memset(nearest, 1, sizeof nearest);
    fill(distance, COUNT(distance), 1);
    assert_int_equal(tt_nearest(nearest, distance, queries, candidates, options, NULL), TT_OK);
    assert_memory_equal(nearest, expected, count * sizeof *nearest);
    assert_bits_equal(distance, expected_distance, count);
}

static void nearest_equals_numpy(void **state)
{
    tt_matrix x = golden_matrix("neighbours_x");
    tt_table expected = golden("neighbours_nearest"), distances = golden("neighbours_distance");
    uint32_t nearest[40];
    float distance[40];
    tt_neighbour_options options = {.exclude_self = true};
    assert_int_equal(tt_nearest(nearest, distance, x, x, &options, NULL), TT_OK);
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(nearest[i], (uint32_t)expected.data[i]);
        assert_close((double)distance[i], *tt_table_at(distances, i, nearest[i]), 1e-6);
    }
    assert_true(nearest[3] == 7 && nearest[7] == 3 && distance[3] == 0 && distance[7] == 0);
}

static void nearest_equals_brute_force_at_all_sizes(void **state)
{
    enum { WIDE = 1500 };
    static const size_t sizes[] = {1, 3, 31, 32, 33, 100}, widths[] = {1, 7, 32};
    static float a[70 * WIDE], b[5 * WIDE];
    fill(a, COUNT(a), 1);
    fill(b, COUNT(b), 2);
    for (size_t w = 0; w < COUNT(widths); w++)
        for (size_t s = 0; s < COUNT(sizes); s++) {
            size_t n = sizes[s], D = widths[w], other = sizes[COUNT(sizes) - 1 - s];
            const size_t ks[] = {1, 5, n, n + 3};
            for (size_t k = 0; k < COUNT(ks); k++) {
                tt_neighbour_options options = {.k = ks[k]};
                assert_nearest_is_naive(tt_matrix_of(b, other, D), tt_matrix_of(a, n, D), &options);
                options.exclude_self = true;
                assert_nearest_is_naive(tt_matrix_of(a, n, D), tt_matrix_of(a, n, D), &options);
            }
        }
    /* So wide that the cache is asked to hold a panel at a time. */
    assert_nearest_is_naive(tt_matrix_of(b, 5, WIDE), tt_matrix_of(a, 70, WIDE),
                            &(tt_neighbour_options){.k = 3});
}

/* In double the order can only differ where two distances are equal up to rounding. */
static void nearest_equals_brute_force_in_double(void **state)
{
    enum { N = 500, D = 32 };
    static float x[N * D], distance[N];
    uint32_t nearest[N];
    size_t different = 0;
    fill(x, COUNT(x), 4);
    tt_neighbour_options options = {.exclude_self = true};
    assert_int_equal(tt_nearest(nearest, distance, tt_matrix_of(x, N, D), tt_matrix_of(x, N, D),
                                &options, NULL),
                     TT_OK);
    for (size_t i = 0; i < N; i++) {
        double least = (double)INFINITY, found = 0;
        size_t best = N;
        for (size_t j = 0; j < N; j++) {
            double sum = 0;
            for (size_t d = 0; d < D; d++) {
                double difference = (double)x[i * D + d] - (double)x[j * D + d];
                sum += difference * difference;
            }
            if (j == nearest[i]) found = sum;
            if (j == i || !(sum < least)) continue;
            least = sum;
            best = j;
        }
        different += best != nearest[i];
        assert_close(found, least, 1e-6);
        assert_close((double)distance[i], least, 1e-6);
    }
    assert_true(different <= 1);
}

static bool not_a_multiple(size_t query, size_t candidate, void *context)
{
    return (query + candidate) % *(const size_t *)context != 0;
}

static bool everything(size_t query, size_t candidate, void *context)
{
    return true;
}

static void nearest_leaves_out_what_is_masked(void **state)
{
    static float x[70 * 7];
    size_t three = 3;
    fill(x, COUNT(x), 3);
    tt_matrix vectors = tt_matrix_of(x, 70, 7);
    tt_neighbour_options options = {.k = 30, .masked = not_a_multiple, .context = &three};
    assert_nearest_is_naive(vectors, vectors, &options); /* 24 at most are left, then TT_NONE */
    options.exclude_self = true;
    options.k = 1;
    assert_nearest_is_naive(vectors, vectors, &options);
    options.masked = everything;
    options.k = 2;
    assert_nearest_is_naive(vectors, vectors, &options);

    uint32_t nearest[2] = {0, 0};
    float distance[2] = {0, 0};
    tt_matrix query = tt_matrix_rows(vectors, 0, 1);
    assert_int_equal(tt_nearest(nearest, distance, query, vectors, &options, NULL), TT_OK);
    assert_true(nearest[0] == TT_NONE && nearest[1] == TT_NONE);
    assert_true(distance[0] == INFINITY && distance[1] == INFINITY);
}

static void nearest_of_equal_vectors_is_the_first_at_distance_zero(void **state)
{
    enum { N = 100, D = 7 };
    static float x[N * D];
    uint32_t nearest[N * 3];
    float distance[N * 3];
    fill(x, D, 3);
    for (size_t i = 1; i < N; i++) memcpy(x + i * D, x, D * sizeof(float));
    tt_matrix vectors = tt_matrix_of(x, N, D);
    tt_neighbour_options options = {.k = 3, .exclude_self = true};
    assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, &options, NULL), TT_OK);
    for (size_t i = 0; i < N; i++)
        for (uint32_t place = 0; place < 3; place++) {
            assert_int_equal(nearest[i * 3 + place], place + (i <= place));
            assert_true(distance[i * 3 + place] == 0);
        }
}

static void nearest_refuses_what_is_not_finite(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < COUNT(bad); i++) {
        float x[] = {1, 2, 3, bad[i]}, y[] = {5, 6, 7, 8}, distance[2] = {-1, -1};
        uint32_t nearest[2] = {77, 77};
        tt_run run = {0};
        tt_matrix spoilt = tt_matrix_of(x, 2, 2), good = tt_matrix_of(y, 2, 2);
        assert_int_equal(tt_nearest(nearest, distance, spoilt, good, NULL, &run),
                         TT_ERROR_NOT_FINITE);
        assert_string_equal(run.why.text, "queries(1, 1) is not finite");
        assert_int_equal(tt_nearest(nearest, distance, good, spoilt, NULL, &run),
                         TT_ERROR_NOT_FINITE);
        assert_string_equal(run.why.text, "candidates(1, 1) is not finite");
        assert_int_equal(tt_nearest(nearest, distance, good, spoilt, NULL, NULL),
                         TT_ERROR_NOT_FINITE);
        assert_true(nearest[0] == 77 && nearest[1] == 77 && distance[0] == -1 && distance[1] == -1);
    }
}

/* Finite numbers so far apart that the square of their distance is not. */
static void nearest_is_nobody_where_distances_overflow(void **state)
{
    float x[] = {1e30f, -1e30f, 1e30f}, distance[6];
    uint32_t nearest[6];
    tt_matrix vectors = tt_matrix_of(x, 3, 1);
    tt_neighbour_options options = {.k = 2, .exclude_self = true};
    assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, &options, NULL), TT_OK);
    assert_true(nearest[0] == 2 && nearest[1] == TT_NONE && distance[0] == 0);
    assert_true(nearest[2] == TT_NONE && distance[2] == INFINITY);
}

static void nearest_of_more_than_there_are(void **state)
{
    float x[] = {1, 2, 4}, distance[5];
    uint32_t nearest[5];
    tt_neighbour_options options = {.k = 5};
    assert_int_equal(tt_nearest(nearest, distance, tt_matrix_of(x, 1, 1), tt_matrix_of(x, 3, 1),
                                &options, NULL),
                     TT_OK);
    for (uint32_t i = 0; i < 5; i++) assert_int_equal(nearest[i], i < 3 ? i : TT_NONE);
    for (size_t i = 0; i < 5; i++) assert_true(i < 3 ? distance[i] < 10 : distance[i] == INFINITY);
}

static void nearest_takes_views_and_empty_matrices(void **state)
{
    static float x[50 * 12];
    uint32_t nearest[2] = {1, 1};
    float distance[2] = {1, 1};
    fill(x, COUNT(x), 3);
    tt_matrix wide = tt_matrix_of(x, 50, 12);
    tt_neighbour_options options = {.k = 4};
    assert_nearest_is_naive(tt_matrix_cols(wide, 1, 5), tt_matrix_cols(wide, 6, 5), &options);

    tt_matrix some = tt_matrix_rows(wide, 0, 2), none = tt_matrix_rows(wide, 0, 0);
    assert_int_equal(tt_nearest(nearest, distance, none, some, NULL, NULL), TT_OK);
    assert_true(nearest[0] == 1 && distance[1] == 1);
    assert_int_equal(tt_nearest(nearest, distance, some, none, NULL, NULL), TT_OK);
    assert_true(nearest[0] == TT_NONE && nearest[1] == TT_NONE && distance[0] == INFINITY);
    assert_stops(tt_nearest(nearest, distance, tt_matrix_cols(some, 0, 3), some, NULL, NULL),
                 "queries is 2x3, candidates is 2x12");
    assert_stops(tt_nearest(nearest, distance, tt_matrix_cols(some, 0, 0),
                            tt_matrix_cols(some, 0, 0), NULL, NULL),
                 "queries is 2x0");
}

static void nearest_gives_the_same_bits_with_any_number_of_threads(void **state)
{
    enum { N = 1000, D = 9, K = 3 };
    static float x[N * D], one_distance[N * K], distance[N * K];
    static uint32_t one[N * K], nearest[N * K];
    fill(x, COUNT(x), 6);
    tt_matrix vectors = tt_matrix_of(x, N, D);
    size_t seven = 7;
    tt_neighbour_options options = {.k = K, .masked = not_a_multiple, .context = &seven};
    assert_int_equal(tt_nearest(one, one_distance, vectors, vectors, &options, on(1)), TT_OK);
    for (int threads = 0; threads <= 3; threads++) {
        assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, &options, on(threads)),
                         TT_OK);
        assert_memory_equal(nearest, one, sizeof one);
        assert_bits_equal(distance, one_distance, N * K);
    }
}

static void nearest_reports_missing_memory(void **state)
{
    float x[] = {1, 2, 3}, distance[3] = {9, 9, 9};
    uint32_t nearest[3] = {9, 9, 9};
    tt_matrix vectors = tt_matrix_of(x, 3, 1);
    for (size_t at = 1; at <= 2; at++) {
        tt_run run = {0};
        test_fail_at = at;
        assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, NULL, &run),
                         TT_ERROR_MEMORY);
        assert_string_equal(run.why.text, "tt_nearest: out of memory");
        test_fail_at = at;
        assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, NULL, NULL),
                         TT_ERROR_MEMORY);
        assert_true(nearest[0] == 9 && distance[0] == 9);
        assert_int_equal(test_live_blocks, 0);
    }
    test_fail_at = 3;
    assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, NULL, NULL), TT_OK);
}

/* tt_top_k and tt_recommend -------------------------------------------------------------------- */

/* The k highest by selection. */
static size_t naive_top_k(uint32_t *best, size_t k, const float *scores, size_t n,
                          const bool *excluded)
{
    bool taken[64] = {false};
    size_t found = 0;
    for (; found < k; found++) {
        size_t highest = n;
        for (size_t i = 0; i < n; i++) {
            if (taken[i] || (excluded && excluded[i]) || isnan(scores[i])) continue;
            if (highest == n || scores[i] > scores[highest]) highest = i;
        }
        if (highest == n) return found;
        taken[highest] = true;
        best[found] = (uint32_t)highest;
    }
    return found;
}

static void top_k_equals_a_sort(void **state)
{
    enum { N = 60 };
    float scores[N];
    bool excluded[N];
    uint32_t best[N + 3], expected[N + 3];
    tt_random random;
    tt_random_seed(&random, 3);
    for (size_t i = 0; i < N; i++) {
        scores[i] = (float)(tt_random_uint32(&random) % 10) - 5; /* many ties */
        excluded[i] = tt_random_uint32(&random) % 4 == 0;
    }
    scores[0] = scores[17] = NAN;
    scores[30] = -INFINITY;
    scores[31] = INFINITY;
    for (size_t k = 0; k <= N + 3; k++)
        for (int with = 0; with < 2; with++) {
            const bool *left_out = with ? excluded : NULL;
            memset(best, 0xAB, sizeof best);
            size_t found = tt_top_k(best, k, scores, N, left_out);
            assert_int_equal(found, naive_top_k(expected, k, scores, N, left_out));
            assert_memory_equal(best, expected, found * sizeof *best);
            if (found < N + 3) assert_int_equal(best[found], 0xABABABAB);
        }
    assert_int_equal(tt_top_k(best, 3, scores, 0, NULL), 0);
    assert_int_equal(tt_top_k(best, 3, scores, 1, NULL), 0); /* NaN */
    assert_int_equal(tt_top_k(NULL, 0, scores, N, NULL), 0);
}

static void recommend_gives_the_highest_predictions(void **state)
{
    problem p;
    tt_two_tower model = trained_model(&p);
    static float vectors[ITEMS * 3], all[ITEMS], predictions[ITEMS + 2];
    uint32_t user[ITEMS], item[ITEMS], items[ITEMS + 2], expected[ITEMS];
    bool seen[ITEMS];
    tt_matrix item_vectors = tt_matrix_of(vectors, ITEMS, 3);
    assert_int_equal(tt_embed(item_vectors, &model.item, p.ratings.items, on(1)), TT_OK);
    for (uint32_t i = 0; i < ITEMS; i++) {
        user[i] = 11;
        item[i] = i;
        seen[i] = i % 3 == 0;
    }
    tt_ratings question = {p.ratings.users, p.ratings.items, user, item, NULL, NULL, ITEMS};
    assert_int_equal(tt_predict(all, &model, &question, on(1)), TT_OK);
    tt_matrix features = tt_matrix_rows(p.ratings.users, 11, 1);
    for (size_t k = 0; k <= ITEMS + 2; k += 31)
        for (int with = 0; with < 2; with++) {
            const bool *left_out = with ? seen : NULL;
            size_t found = 99, wanted = naive_top_k(expected, k, all, ITEMS, left_out);
            assert_int_equal(tt_recommend(items, predictions, &found, k, &model, features,
                                          item_vectors, left_out),
                             TT_OK);
            assert_int_equal(found, wanted);
            for (size_t i = 0; i < found; i++) {
                assert_int_equal(items[i], expected[i]);
                assert_bits_equal(&predictions[i], &all[items[i]], 1);
                assert_false(with && seen[items[i]]);
            }
        }

    size_t found = 99;
    test_fail_at = 2;
    assert_int_equal(tt_recommend(items, predictions, &found, 3, &model, features, item_vectors,
                                  NULL),
                     TT_ERROR_MEMORY);
    test_fail_at = 0;
    assert_int_equal(found, 99);
    assert_stops(tt_recommend(items, predictions, &found, 3, &model, p.ratings.users, item_vectors,
                              NULL),
                 "features is 40x5, not 1x5");
    tt_two_tower_free(&model);
}

/* Nothing is allocated before all shapes are known to fit. */
static void recommend_stops_on_wrong_widths(void **state)
{
    problem p;
    tt_two_tower model = trained_model(&p);
    float vectors[ITEMS * 7], prediction;
    uint32_t item;
    size_t found;
    tt_matrix good = tt_matrix_of(vectors, ITEMS, 3), wide = tt_matrix_of(vectors, ITEMS, 7);
    fill(vectors, COUNT(vectors), 1);
    size_t live = test_live_blocks;
    assert_stops(tt_recommend(&item, &prediction, &found, 1, &model,
                              tt_matrix_rows(p.ratings.users, 0, 1), wide, NULL),
                 "60x7");
    assert_stops(tt_recommend(&item, &prediction, &found, 1, &model,
                              tt_matrix_rows(p.ratings.items, 0, 1), good, NULL),
                 "1x7");
    assert_int_equal(test_live_blocks, live);
    tt_two_tower_free(&model);
}

static void recommend_refuses_what_is_not_finite(void **state)
{
    tt_two_tower model = new_model(5, 7, &odd);
    float user[5] = {1, 2, 3, 4, 5}, vectors[6] = {1, 2, 3, 4, NAN, 6}, predictions[2] = {-7, -7};
    uint32_t items[2] = {77, 77};
    size_t found = 77;
    tt_matrix features = tt_matrix_of(user, 1, 5), known = tt_matrix_of(vectors, 2, 3);
    assert_int_equal(tt_recommend(items, predictions, &found, 2, &model, features, known, NULL),
                     TT_ERROR_NOT_FINITE);
    user[4] = INFINITY;
    vectors[4] = 5;
    assert_int_equal(tt_recommend(items, predictions, &found, 2, &model, features, known, NULL),
                     TT_ERROR_NOT_FINITE);
    assert_true(found == 77 && items[0] == 77 && predictions[0] == -7);
    user[4] = 5;
    assert_int_equal(tt_recommend(items, predictions, &found, 2, &model, features, known, NULL),
                     TT_OK);
    assert_int_equal(found, 2);
    tt_two_tower_free(&model);
}

/* TT_NONE is no index, so there can't be so many.  (The same row again and again.) */
static void as_many_as_tt_none_stop(void **state)
{
    tt_two_tower model = new_model(5, 7, &odd);
    float x[5] = {1, 2, 3, 4, 5}, number;
    uint32_t index;
    size_t found, asked_before = test_allocations;
    tt_matrix many = {UINT32_MAX, 3, 0, x, NULL}, one = tt_matrix_of(x, 1, 3);
    tt_matrix user = tt_matrix_of(x, 1, 5);
    assert_stops_in(tt_nearest, (&index, &number, one, many, NULL, NULL), "4294967295 candidates");
    assert_stops_in(tt_top_k, (&index, 1, x, UINT32_MAX, NULL), "4294967295 scores");
    assert_stops_in(tt_recommend, (&index, &number, &found, 1, &model, user, many, NULL),
                    "4294967295 items");
    assert_int_equal(test_allocations, asked_before);
    tt_two_tower_free(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* tt_nearest */
        test(nearest_equals_numpy),
        test(nearest_equals_brute_force_at_all_sizes),
        test(nearest_equals_brute_force_in_double),
        test(nearest_leaves_out_what_is_masked),
        test(nearest_of_equal_vectors_is_the_first_at_distance_zero),
        test(nearest_refuses_what_is_not_finite),
        test(nearest_is_nobody_where_distances_overflow),
        test(nearest_of_more_than_there_are),
        test(nearest_takes_views_and_empty_matrices),
        test(nearest_gives_the_same_bits_with_any_number_of_threads),
        test(nearest_reports_missing_memory),
        /* tt_top_k and tt_recommend */
        test(top_k_equals_a_sort),
        test(recommend_gives_the_highest_predictions),
        test(recommend_stops_on_wrong_widths),
        test(recommend_refuses_what_is_not_finite),
        test(as_many_as_tt_none_stop),
    };
    return cmocka_run_group_tests_name("13_neighbours", tests, NULL, NULL);
}
