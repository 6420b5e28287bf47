/* The tests of §C, memory: what is new, what is refused, and a whole run, from reading ratings to
   recommending, in which every allocation is refused in turn. */

#include "tests/unit/test.h"
#include "tests/unit/folder.h"

static const tt_matrix untouched = {7, 8, 9, NULL, NULL};

static void a_new_matrix_is_zeros_and_aligned(void **state)
{
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
    const size_t half = SIZE_MAX / 2 + 1;
    const size_t sizes[][2] = {{half, 2},         {SIZE_MAX, SIZE_MAX}, {half / 2, 1},
                               {SIZE_MAX / 4, 1}, {1, SIZE_MAX / 4},    {half / 4 + 1, 8}};
    for (size_t i = 0; i < COUNT(sizes); i++) {
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

static void freeing_views_and_freeing_twice_is_harmless(void **state)
{
    tt_matrix matrix, empty = {0, 0, 0, NULL, NULL};
    tt_table table;
    assert_int_equal(tt_matrix_new(&matrix, 3, 4), TT_OK);
    assert_int_equal(tt_table_new(&table, 3, 4), TT_OK);
    tt_matrix views[] = {tt_matrix_rows(matrix, 0, 2), tt_matrix_cols(matrix, 0, 2),
                         tt_matrix_of(matrix.data, 3, 4), empty};
    for (int i = 0; i < 4; i++) tt_matrix_free(&views[i]);
    tt_table table_view = tt_table_rows(table, 0, 2);
    tt_table_free(&table_view);
    assert_int_equal(test_live_blocks, 2);
    *tt_matrix_at(matrix, 2, 3) = 5;
    assert_frees(tt_matrix_free, tt_matrix, matrix);
    assert_frees(tt_table_free, tt_table, table);
    assert_int_equal(test_live_blocks, 0);
}

enum { USERS = 12, FILMS = 9, RATINGS = 60, INPUTS = 3, WIDTH = 4 };

/* ratings.csv: what the run below starts from. */
static void write_ratings(void)
{
    char text[4096];
    size_t length = (size_t)snprintf(text, sizeof text, "user,film,stars\n");
    for (size_t k = 0; k < RATINGS; k++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%zu,%zu,%zu\n", k % USERS,
                                   k * 7 % FILMS, 1 + k * k % 5);
    write_file("ratings.csv", text, length);
}

/* All that a run owns: freed in one place, however far it came. */
typedef struct owned {
    tt_csv csv;
    tt_table features, stars;
    tt_standard_scaler standard;
    tt_minmax_scaler minmax;
    tt_matrix inputs, vectors;
    tt_two_tower model, loaded;
    tt_history history;
} owned;

static void free_all(owned *o)
{
    tt_csv_close(&o->csv);
    tt_table_free(&o->features);
    tt_table_free(&o->stars);
    tt_standard_free(&o->standard);
    tt_minmax_free(&o->minmax);
    tt_matrix_free(&o->inputs);
    tt_matrix_free(&o->vectors);
    tt_two_tower_free(&o->model);
    tt_two_tower_free(&o->loaded);
    tt_history_free(&o->history);
}

static tt_error read_ratings(owned *o, uint32_t *user, uint32_t *film)
{
    tt_error error = tt_table_new(&o->stars, RATINGS, 1);
    if (error) return error;
    tt_csv_open(&o->csv, "ratings.csv");
    while (tt_csv_next(&o->csv) == TT_OK) {
        int64_t u = 0, f = 0;
        size_t k = o->csv.records - 1;
        tt_csv_integer(&u, &o->csv, 0, 0, USERS - 1);
        tt_csv_integer(&f, &o->csv, 1, 0, FILMS - 1);
        tt_csv_number(tt_table_at(o->stars, k, 0), &o->csv, 2);
        user[k] = (uint32_t)u;
        film[k] = (uint32_t)f;
    }
    return o->csv.error == TT_ERROR_END ? TT_OK : o->csv.error;
}

/* Features of users and films (the same, for shortness), and everything scaled. */
static tt_error prepare(owned *o, float *target)
{
    tt_error error = tt_table_new(&o->features, USERS, INPUTS);
    for (size_t i = 0; i < USERS * INPUTS && !error; i++)
        o->features.data[i] = (double)(i * i % 11);
    if (!error) error = tt_table_save(o->features, "features.npy", NULL);
    if (!error) tt_table_free(&o->features);
    if (!error) error = tt_table_load(&o->features, "features.npy", NULL);
    if (!error) error = tt_standard_fit(&o->standard, o->features, NULL);
    if (!error) error = tt_minmax_fit(&o->minmax, o->stars, NULL, -1, 1);
    if (error) return error;
    tt_standard_transform(o->features, o->features, &o->standard);
    tt_minmax_transform(o->stars, o->stars, &o->minmax);
    for (size_t k = 0; k < RATINGS; k++) target[k] = (float)o->stars.data[k];
    return tt_matrix_from_table(&o->inputs, o->features);
}

static tt_error train_and_save(owned *o, const tt_ratings *ratings)
{
    tt_two_tower_options shape;
    tt_fit_options fit;
    memset(&shape, 0, sizeof shape);
    memset(&fit, 0, sizeof fit);
    shape.hidden[0] = 6;
    shape.embedding = WIDTH;
    shape.user_scaler = shape.item_scaler = &o->standard;
    shape.target_scaler = &o->minmax;
    fit.epochs = 2;
    fit.validation_split = 0.2;
    fit.patience = 3;
    fit.history = &o->history;
    tt_error error = tt_two_tower_new(&o->model, INPUTS, INPUTS, &shape);
    if (!error) error = tt_fit(&o->model, ratings, &fit, on(1));
    if (!error) error = tt_save(&o->model, "m.safetensors", NULL);
    return error ? error : tt_load(&o->loaded, "m.safetensors", NULL);
}

static tt_error use(owned *o, const tt_ratings *ratings)
{
    float predictions[RATINGS], distance[FILMS], best[3];
    uint32_t nearest[FILMS], items[3];
    size_t found;
    double loss;
    tt_error error = tt_predict(predictions, &o->loaded, ratings, on(1));
    if (!error) error = tt_evaluate(&loss, &o->loaded, ratings, on(1));
    if (!error) error = tt_matrix_new(&o->vectors, FILMS, WIDTH);
    if (!error) error = tt_embed(o->vectors, &o->loaded.item, ratings->items, on(1));
    if (!error) error = tt_nearest(nearest, distance, o->vectors, o->vectors, NULL, NULL);
    if (!error)
        error = tt_recommend(items, best, &found, 3, &o->loaded,
                             tt_matrix_rows(ratings->users, 0, 1), o->vectors, NULL);
    return error ? error : tt_matrix_save(o->vectors, "vectors.npy", NULL);
}

static tt_error try_everything(void *context)
{
    owned o;
    uint32_t user[RATINGS], film[RATINGS], train[48], test_side[12];
    float target[RATINGS];
    memset(&o, 0, sizeof o);
    tt_error error = read_ratings(&o, user, film);
    if (!error) error = prepare(&o, target);
    if (!error) error = tt_train_test_split(train, test_side, RATINGS, 0.8, 1);
    if (!error) {
        tt_ratings ratings = {
            o.inputs, tt_matrix_rows(o.inputs, 0, FILMS), user, film, target, train, 48};
        error = train_and_save(&o, &ratings);
        if (!error) error = use(&o, &ratings);
    }
    grant_memory();
    free_all(&o);
    assert_false(exists("m.safetensors.part"));
    assert_false(exists("vectors.npy.part"));
    return error;
}

/* Once each, and from then on: refuse_each demands the error and that nothing is left behind. */
static void a_whole_run_with_every_allocation_refused(void **state)
{
    write_ratings();
    size_t allocations = refuse_each(try_everything, NULL);
    print_message("%zu allocations, each refused once and then for good: %zu failures survived\n",
                  allocations, 2 * allocations);
    assert_true(allocations > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_new_matrix_is_zeros_and_aligned),
        test(a_size_that_overflows_is_refused_unasked),
        test(without_memory_outputs_stay_as_they_were),
        test(freeing_views_and_freeing_twice_is_harmless),
        test(a_whole_run_with_every_allocation_refused),
    };
    return cmocka_run_group_tests_name("C_memory", tests, enter_folder, leave_folder);
}
