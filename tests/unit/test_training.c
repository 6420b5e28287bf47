/* test_training.c: scalers (§11), split (§12), two towers (§14), training (§15), neighbours
   (§16) and the fast way (§18).

   Run it from the root of the repository.  An argument, such as 'scaler*', is a filter of names. */

#include "tests/unit/test.h"
#include "tests/unit/folder.h"


/* Numbers and models for the tests ------------------------------------------------------------- */

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Numbers of [-1, 1). */
static void fill(float *numbers, size_t n, uint32_t seed)
{
    tt_random random;
    tt_random_seed(&random, seed);
    for (size_t i = 0; i < n; i++) numbers[i] = (float)tt_random_uniform(&random, -1, 1);
}

enum { USERS = 40, ITEMS = 60, MOST_INPUTS = 18, MOST_RATINGS = 500 };

/* Ratings that can be learnt: who likes what depends on two features of both. */
typedef struct problem {
    float users[USERS * MOST_INPUTS], items[ITEMS * MOST_INPUTS], target[MOST_RATINGS];
    uint32_t user[MOST_RATINGS], item[MOST_RATINGS];
    tt_ratings ratings;
} problem;

static void make_problem(problem *p, size_t user_inputs, size_t item_inputs, size_t n)
{
    tt_random random;
    tt_random_seed(&random, 5);
    fill(p->users, COUNT(p->users), 1);
    fill(p->items, COUNT(p->items), 2);
    for (size_t k = 0; k < n; k++) {
        p->user[k] = tt_random_uint32(&random) % USERS;
        p->item[k] = tt_random_uint32(&random) % ITEMS;
        const float *u = p->users + p->user[k] * user_inputs;
        const float *v = p->items + p->item[k] * item_inputs;
        p->target[k] = u[0] * v[0] > u[1] * v[1] ? 0.8f : -0.6f;
    }
    tt_ratings ratings = {tt_matrix_of(p->users, USERS, user_inputs),
                          tt_matrix_of(p->items, ITEMS, item_inputs),
                          p->user, p->item, p->target, NULL, n};
    p->ratings = ratings;
}

/* A small model: 5 and 7 inputs, hidden layers of 20, 33 and 9 units, embeddings of 3. */
static const tt_two_tower_options odd = {
    .hidden = {20, 33, 9}, .embedding = 3, .seed = 3, .adam = {.learning_rate = 0.01}};

static tt_two_tower new_model(size_t user_inputs, size_t item_inputs,
                              const tt_two_tower_options *options)
{
    tt_two_tower model;
    assert_int_equal(tt_two_tower_new(&model, user_inputs, item_inputs, options), TT_OK);
    return model;
}

static tt_history fit(tt_two_tower *model, const tt_ratings *ratings, const tt_fit_options *options)
{
    tt_history history;
    assert_int_equal(tt_fit(model, ratings, options, &history), TT_OK);
    return history;
}

static double evaluate(const tt_two_tower *model, const tt_ratings *ratings)
{
    double loss = -1;
    assert_int_equal(tt_evaluate(&loss, model, ratings, 1), TT_OK);
    return loss;
}

/* All that training changes but the clock: weights, biases and both moments of each. */
typedef struct state {
    size_t count, capacity;
    float *numbers;
} state;

static void append(state *s, const float *numbers, size_t count)
{
    if (s->count + count > s->capacity) {
        s->capacity = 2 * (s->count + count);
        s->numbers = (float *)realloc(s->numbers, s->capacity * sizeof(float));
        assert_non_null(s->numbers);
    }
    memcpy(s->numbers + s->count, numbers, count * sizeof(float));
    s->count += count;
}

static void append_parameter(state *s, const tt_two_tower *model, tt_matrix parameter)
{
    size_t count = parameter.rows * parameter.cols, i = 0;
    while (i < model->adam.count && model->adam.moments[i].parameter != parameter.data) i++;
    assert_true(i < model->adam.count);
    append(s, parameter.data, count);
    append(s, model->adam.moments[i].m.data, count);
    append(s, model->adam.moments[i].v.data, count);
}

static void append_state(state *s, const tt_two_tower *model)
{
    const tt_sequential *towers[] = {&model->user, &model->item};
    for (size_t t = 0; t < 2; t++)
        for (size_t l = 0; l < towers[t]->depth; l++) {
            append_parameter(s, model, towers[t]->layers[l].weights);
            append_parameter(s, model, towers[t]->layers[l].bias);
        }
}

static state state_of(const tt_two_tower *model)
{
    state s = {0, 0, NULL};
    append_state(&s, model);
    return s;
}

static void assert_states_equal(const state *a, const state *b)
{
    assert_int_equal(a->count, b->count);
    assert_bits_equal(a->numbers, b->numbers, a->count);
}

/* Both models would go on in the same way. */
static void assert_models_equal(const tt_two_tower *a, const tt_two_tower *b)
{
    state of_a = state_of(a), of_b = state_of(b);
    assert_states_equal(&of_a, &of_b);
    assert_int_equal(a->adam.steps, b->adam.steps);
    assert_true(a->adam.beta1_power == b->adam.beta1_power);
    assert_true(a->adam.beta2_power == b->adam.beta2_power);
    assert_int_equal(a->epochs, b->epochs);
    assert_memory_equal(&a->random, &b->random, sizeof a->random);
    free(of_a.numbers);
    free(of_b.numbers);
}

/* §11 scalers --------------------------------------------------------------------------------- */

static void assert_tables_close(tt_table actual, tt_table expected, double tolerance)
{
    assert_int_equal(actual.rows, expected.rows);
    assert_int_equal(actual.cols, expected.cols);
    for (size_t r = 0; r < actual.rows; r++)
        for (size_t c = 0; c < actual.cols; c++)
            assert_close(*tt_table_at(actual, r, c), *tt_table_at(expected, r, c), tolerance);
}

static tt_table new_table(size_t rows, size_t cols)
{
    tt_table table;
    assert_int_equal(tt_table_new(&table, rows, cols), TT_OK);
    return table;
}

static tt_standard_scaler fit_standard(tt_table table, const uint32_t *counts)
{
    tt_standard_scaler scaler;
    assert_int_equal(tt_standard_fit(&scaler, table, counts), TT_OK);
    return scaler;
}

static void scaler_standard_equals_scikit_learn(void **unused)
{
    (void)unused;
    tt_table x = golden("scaler_x");
    tt_table z = new_table(x.rows, x.cols), back = new_table(x.rows, x.cols);
    tt_standard_scaler scaler = fit_standard(x, NULL);
    assert_int_equal(scaler.columns, x.cols);
    tt_table numbers = golden("scaler_standard_mean_scale");
    assert_tables_close(tt_table_of(scaler.mean, 1, x.cols), tt_table_rows(numbers, 0, 1), 1e-14);
    assert_tables_close(tt_table_of(scaler.scale, 1, x.cols), tt_table_rows(numbers, 1, 1), 1e-14);

    tt_standard_transform(z, x, &scaler);
    assert_tables_close(z, golden("scaler_standard"), 1e-14);
    tt_standard_inverse(back, z, &scaler);
    assert_tables_close(back, x, 1e-14);
    tt_table_free(&z);
    tt_table_free(&back);
    tt_standard_free(&scaler);
}

static void scaler_minmax_equals_scikit_learn(void **unused)
{
    (void)unused;
    tt_table x = golden("scaler_x"), z = new_table(x.rows, x.cols);
    tt_minmax_scaler scaler;
    assert_int_equal(tt_minmax_fit(&scaler, x, -1, 1), TT_OK);
    tt_table min_max = golden("scaler_minmax_min_max");
    assert_tables_close(tt_table_of(scaler.min, 1, x.cols), tt_table_rows(min_max, 0, 1), 0);
    assert_tables_close(tt_table_of(scaler.max, 1, x.cols), tt_table_rows(min_max, 1, 1), 0);
    assert_true(scaler.low == -1 && scaler.high == 1 && scaler.columns == x.cols);

    tt_minmax_transform(z, x, &scaler);
    assert_tables_close(z, golden("scaler_minmax"), 1e-14);
    for (size_t r = 0; r < z.rows; r++)
        for (size_t c = 0; c < z.cols; c++) *tt_table_at(z, r, c) *= 0.5;
    tt_minmax_inverse(z, z, &scaler);
    assert_tables_close(z, golden("scaler_minmax_inverse"), 1e-14);
    tt_table_free(&z);
    tt_minmax_free(&scaler);
}

/* Adding 3.7 up 100,836 times rounds; the mean of equal numbers is their value all the same. */
static void scaler_of_a_constant_column_gives_exactly_zero(void **unused)
{
    (void)unused;
    tt_table x = new_table(100836, 1);
    for (size_t r = 0; r < x.rows; r++) x.data[r] = 3.7;
    tt_standard_scaler scaler = fit_standard(x, NULL);
    assert_true(scaler.scale[0] == 1);
    assert_true(scaler.mean[0] == 3.7);
    tt_standard_transform(x, x, &scaler);
    for (size_t r = 0; r < x.rows; r++) assert_true(x.data[r] == 0);
    tt_standard_free(&scaler);
    tt_table_free(&x);
}

/* Squares of numbers this small are 0: no scale either, but no division by it. */
static void scaler_of_a_tiny_spread_stays_finite(void **unused)
{
    (void)unused;
    double numbers[] = {1e-200, 2e-200}, z[2];
    tt_standard_scaler scaler = fit_standard(tt_table_of(numbers, 2, 1), NULL);
    assert_true(scaler.scale[0] > 0);
    tt_standard_transform(tt_table_of(z, 2, 1), tt_table_of(numbers, 2, 1), &scaler);
    assert_true(isfinite(z[0]) && isfinite(z[1]));
    tt_standard_free(&scaler);
}

static void scaler_refuses_what_is_not_finite(void **unused)
{
    (void)unused;
    static const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    tt_standard_scaler standard;
    tt_minmax_scaler minmax;
    memset(&standard, 0x5A, sizeof standard);
    memset(&minmax, 0x5A, sizeof minmax);
    tt_standard_scaler standard_before = standard;
    tt_minmax_scaler minmax_before = minmax;
    for (size_t i = 0; i < COUNT(bad); i++) {
        double numbers[] = {1, 2, bad[i], 3, 4, 5};
        uint32_t never[] = {1, 0, 1};
        tt_table table = tt_table_of(numbers, 3, 2);
        assert_int_equal(tt_standard_fit(&standard, table, NULL), TT_ERROR_NOT_FINITE);
        assert_int_equal(tt_standard_fit(&standard, table, never), TT_ERROR_NOT_FINITE);
        assert_int_equal(tt_minmax_fit(&minmax, table, -1, 1), TT_ERROR_NOT_FINITE);
    }
    /* Finite numbers whose sum, square or difference is not. */
    double wide[] = {DBL_MAX, -DBL_MAX}, squares[] = {1e200, -1e200};
    assert_int_equal(tt_standard_fit(&standard, tt_table_of(squares, 2, 1), NULL),
                     TT_ERROR_NOT_FINITE);
    assert_int_equal(tt_minmax_fit(&minmax, tt_table_of(wide, 2, 1), -1, 1), TT_ERROR_NOT_FINITE);
    wide[1] = DBL_MAX / 2;
    assert_int_equal(tt_standard_fit(&standard, tt_table_of(wide, 2, 1), NULL),
                     TT_ERROR_NOT_FINITE);
    assert_memory_equal(&standard, &standard_before, sizeof standard);
    assert_memory_equal(&minmax, &minmax_before, sizeof minmax);
}

/* The factor from a range of 1e-310 to one of 2 is infinite; from 1e-300 it is 2e300. */
static void scaler_refuses_a_range_too_narrow_for_its_factor(void **unused)
{
    (void)unused;
    double narrow[] = {0, 1e-310}, wider[] = {0, 1e-300}, z[2];
    tt_minmax_scaler scaler, untouched;
    memset(&scaler, 0x5A, sizeof scaler);
    memset(&untouched, 0x5A, sizeof untouched);
    assert_int_equal(tt_minmax_fit(&scaler, tt_table_of(narrow, 2, 1), -1, 1),
                     TT_ERROR_NOT_FINITE);
    assert_memory_equal(&scaler, &untouched, sizeof scaler);

    tt_table in = tt_table_of(wider, 2, 1), out = tt_table_of(z, 2, 1);
    assert_int_equal(tt_minmax_fit(&scaler, in, -1, 1), TT_OK);
    tt_minmax_transform(out, in, &scaler);
    assert_tables_close(out, tt_table_of((double[]){-1, 1}, 2, 1), 1e-14);
    tt_minmax_inverse(out, out, &scaler);
    assert_true(z[0] == 0 && isfinite(z[1]));
    tt_minmax_free(&scaler);
}

/* Fitted on 1 and 3, both scalers take 1 to -1, 3 to 1 and 5 to 3. */
static void scaler_takes_what_is_outside_to_outside(void **unused)
{
    (void)unused;
    double fitted[] = {1, 3}, x[] = {5, -7, INFINITY, -INFINITY, NAN}, z[5];
    const double expected[] = {3, -9, INFINITY, -INFINITY};
    tt_table in = tt_table_of(x, 5, 1), out = tt_table_of(z, 5, 1);
    tt_standard_scaler standard = fit_standard(tt_table_of(fitted, 2, 1), NULL);
    tt_minmax_scaler minmax;
    assert_int_equal(tt_minmax_fit(&minmax, tt_table_of(fitted, 2, 1), -1, 1), TT_OK);
    for (int s = 0; s < 2; s++) {
        if (s == 0) tt_standard_transform(out, in, &standard);
        if (s == 1) tt_minmax_transform(out, in, &minmax);
        for (size_t i = 0; i < 4; i++) assert_true(z[i] == expected[i]);
        assert_true(isnan(z[4]));
        if (s == 0) tt_standard_inverse(out, out, &standard);
        if (s == 1) tt_minmax_inverse(out, out, &minmax);
        for (size_t i = 0; i < 4; i++) assert_true(z[i] == x[i]);
        assert_true(isnan(z[4]));
    }
    tt_standard_free(&standard);
    tt_minmax_free(&minmax);
}

/* One row is a table of constant columns. */
static void scaler_of_one_row(void **unused)
{
    (void)unused;
    double row[] = {3, -2.5}, z[2], back[2];
    tt_table in = tt_table_of(row, 1, 2), out = tt_table_of(z, 1, 2);
    tt_table again = tt_table_of(back, 1, 2);
    tt_standard_scaler standard = fit_standard(in, NULL);
    tt_standard_transform(out, in, &standard);
    assert_true(z[0] == 0 && z[1] == 0);
    tt_standard_inverse(again, out, &standard);
    assert_memory_equal(back, row, sizeof row);
    tt_standard_free(&standard);

    tt_minmax_scaler minmax;
    assert_int_equal(tt_minmax_fit(&minmax, in, -1, 1), TT_OK);
    tt_minmax_transform(out, in, &minmax);
    assert_true(z[0] == -1 && z[1] == -1);
    tt_minmax_inverse(again, out, &minmax);
    assert_memory_equal(back, row, sizeof row);
    tt_minmax_free(&minmax);
}

static void scaler_counts_stand_for_copies(void **unused)
{
    (void)unused;
    /* The third row counts 0 times, as if it weren't there. */
    double rows[] = {1, 3.7, 7,   2, 3.7, -3.25,   1000, 8, 1e6,   -4.5, 3.7, 0.125};
    uint32_t counts[] = {3, 1, 0, 5};
    tt_table once = tt_table_of(rows, 4, 3), copies = new_table(9, 3);
    size_t at = 0;
    for (size_t r = 0; r < 4; r++)
        for (uint32_t i = 0; i < counts[r]; i++, at++)
            memcpy(tt_table_at(copies, at, 0), tt_table_at(once, r, 0), 3 * sizeof(double));

    tt_standard_scaler a = fit_standard(once, counts), b = fit_standard(copies, NULL);
    assert_tables_close(tt_table_of(a.mean, 1, 3), tt_table_of(b.mean, 1, 3), 1e-14);
    assert_tables_close(tt_table_of(a.scale, 1, 3), tt_table_of(b.scale, 1, 3), 1e-14);
    assert_true(a.mean[1] == 3.7 && a.scale[1] == 1); /* constant, exactly */
    tt_table_free(&copies);
    tt_standard_free(&a);
    tt_standard_free(&b);

    uint32_t first_missing[] = {0, 1, 0, 5};
    a = fit_standard(once, first_missing);
    assert_true(a.mean[1] == 3.7 && a.scale[1] == 1);
    assert_close(a.mean[0], (2 - 5 * 4.5) / 6, 1e-14);
    tt_standard_free(&a);
}

static void scaler_of_some_columns_is_a_view(void **unused)
{
    (void)unused;
    tt_table x = golden("scaler_x"), all = new_table(x.rows, x.cols), part = new_table(x.rows, 2);
    tt_standard_scaler scaler = fit_standard(x, NULL);
    tt_standard_scaler some = tt_standard_cols(scaler, 3, 2);
    assert_int_equal(some.columns, 2);
    tt_standard_transform(all, x, &scaler);
    tt_standard_transform(part, tt_table_cols(x, 3, 2), &some);
    assert_tables_close(part, tt_table_cols(all, 3, 2), 0);

    tt_standard_free(&some); /* a view owns nothing */
    assert_close(scaler.mean[0], -0.14333333333333328, 1e-14);
    assert_stops(tt_standard_cols(scaler, 4, 2), "columns 4..6 of 5");
    assert_stops(tt_standard_cols(scaler, 6, 0), "of 5");
    assert_stops(tt_standard_cols(scaler, 1, SIZE_MAX), "of 5");
    tt_table_free(&all);
    tt_table_free(&part);
    tt_standard_free(&scaler);
}

static void scaler_works_in_place_and_on_views(void **unused)
{
    (void)unused;
    tt_table x = golden("scaler_x"), wide = new_table(x.rows, x.cols + 2);
    tt_table middle = tt_table_cols(wide, 1, x.cols);
    for (size_t r = 0; r < x.rows; r++)
        memcpy(tt_table_at(middle, r, 0), tt_table_at(x, r, 0), x.cols * sizeof(double));
    tt_standard_scaler standard = fit_standard(middle, NULL);
    tt_standard_transform(middle, middle, &standard);
    assert_tables_close(middle, golden("scaler_standard"), 1e-14);
    tt_standard_inverse(middle, middle, &standard);
    assert_tables_close(middle, x, 1e-14);

    tt_minmax_scaler minmax;
    assert_int_equal(tt_minmax_fit(&minmax, middle, -1, 1), TT_OK);
    tt_minmax_transform(middle, middle, &minmax);
    assert_tables_close(middle, golden("scaler_minmax"), 1e-14);
    tt_minmax_inverse(middle, middle, &minmax);
    assert_tables_close(middle, x, 1e-14);
    for (size_t r = 0; r < x.rows; r++)
        assert_true(*tt_table_at(wide, r, 0) == 0 && *tt_table_at(wide, r, x.cols + 1) == 0);
    tt_standard_free(&standard);
    tt_minmax_free(&minmax);
    tt_table_free(&wide);
}

static void scaler_stops_on_wrong_shapes(void **unused)
{
    (void)unused;
    double numbers[6] = {1, 2, 3, 4, 5, 6}, room[6];
    tt_table x = tt_table_of(numbers, 3, 2), none = tt_table_of(numbers, 0, 2);
    tt_standard_scaler standard = fit_standard(x, NULL), unfitted;
    tt_minmax_scaler minmax;
    assert_int_equal(tt_minmax_fit(&minmax, x, 0, 1), TT_OK);
    memset(&unfitted, 0, sizeof unfitted);
    tt_table out = tt_table_of(room, 3, 2), turned = tt_table_of(room, 2, 3);
    tt_table wide = tt_table_of(numbers, 2, 3);
    assert_stops(tt_standard_transform(turned, wide, &standard), "the scaler has 2 columns");
    assert_stops(tt_standard_inverse(turned, wide, &standard), "the scaler has 2 columns");
    assert_stops(tt_minmax_transform(turned, wide, &minmax), "the scaler has 2 columns");
    assert_stops(tt_minmax_inverse(turned, wide, &minmax), "the scaler has 2 columns");
    assert_stops(tt_standard_transform(turned, x, &standard),
                 "tt_standard_transform: out is 2x3, in is 3x2");
    assert_stops(tt_standard_inverse(turned, x, &standard),
                 "tt_standard_inverse: out is 2x3, in is 3x2");
    assert_stops(tt_minmax_transform(turned, x, &minmax),
                 "tt_minmax_transform: out is 2x3, in is 3x2");
    assert_stops(tt_minmax_inverse(turned, x, &minmax),
                 "tt_minmax_inverse: out is 2x3, in is 3x2");
    tt_table low = tt_table_rows(out, 0, 2), narrow = tt_table_cols(out, 0, 1);
    assert_stops(tt_standard_transform(low, x, &standard), "out is 2x2, in is 3x2");
    assert_stops(tt_standard_inverse(low, x, &standard), "out is 2x2, in is 3x2");
    assert_stops(tt_minmax_transform(low, x, &minmax), "out is 2x2, in is 3x2");
    assert_stops(tt_minmax_inverse(low, x, &minmax), "out is 2x2, in is 3x2");
    assert_stops(tt_standard_transform(narrow, x, &standard), "out is 3x1, in is 3x2");
    assert_stops(tt_standard_inverse(narrow, x, &standard), "out is 3x1, in is 3x2");
    assert_stops(tt_minmax_transform(narrow, x, &minmax), "out is 3x1, in is 3x2");
    assert_stops(tt_minmax_inverse(narrow, x, &minmax), "out is 3x1, in is 3x2");
    assert_stops(tt_standard_transform(out, x, &unfitted), "the scaler has 0 columns");
    assert_stops(tt_standard_fit(&unfitted, tt_table_cols(x, 0, 0), NULL), "table is 3x0");
    assert_stops(tt_minmax_fit(&minmax, tt_table_cols(x, 0, 0), 0, 1), "table is 3x0");
    assert_stops(tt_standard_fit(&unfitted, none, NULL), "table is 0x2");
    assert_stops(tt_minmax_fit(&minmax, none, 0, 1), "table is 0x2");
    assert_stops(tt_minmax_fit(&minmax, x, 1, 1), "low is 1, high is 1");
    assert_stops(tt_minmax_fit(&minmax, x, -DBL_MAX, DBL_MAX), /* whose difference is infinite */
                 "tt_minmax_fit: low is -1.79769e+308, high is 1.79769e+308");
    tt_standard_free(&standard);
    tt_minmax_free(&minmax);
    tt_minmax_free(&minmax); /* twice is harmless */
}

/* Rows that all count 0 are an empty table. */
static void scaler_stops_where_nothing_counts(void **unused)
{
    (void)unused;
    double numbers[] = {1, 2};
    uint32_t counts[] = {0, 0};
    tt_standard_scaler scaler;
    assert_stops(tt_standard_fit(&scaler, tt_table_of(numbers, 2, 1), counts), "count");
}

static void scaler_reports_missing_memory(void **unused)
{
    (void)unused;
    double numbers[] = {1, 2};
    tt_standard_scaler standard;
    tt_minmax_scaler minmax;
    memset(&standard, 7, sizeof standard);
    memset(&minmax, 7, sizeof minmax);
    tt_standard_scaler standard_before = standard;
    tt_minmax_scaler minmax_before = minmax;
    test_fail_at = 1;
    assert_int_equal(tt_standard_fit(&standard, tt_table_of(numbers, 2, 1), NULL), TT_ERROR_MEMORY);
    test_fail_at = 1;
    assert_int_equal(tt_minmax_fit(&minmax, tt_table_of(numbers, 2, 1), 0, 1), TT_ERROR_MEMORY);
    assert_memory_equal(&standard, &standard_before, sizeof standard);
    assert_memory_equal(&minmax, &minmax_before, sizeof minmax);
}

/* §12 split and batches ----------------------------------------------------------------------- */

/* train_test_split(range(10), test_size=.2, random_state=1) */
static void split_of_ten_equals_scikit_learn(void **unused)
{
    (void)unused;
    const uint32_t expected_train[] = {6, 4, 0, 3, 1, 7, 8, 5}, expected_test[] = {2, 9};
    uint32_t train[8], test[2];
    assert_int_equal(tt_train_test_split(train, test, 10, 0.8, 1), TT_OK);
    assert_memory_equal(train, expected_train, sizeof train);
    assert_memory_equal(test, expected_test, sizeof test);
}

/* A line of the file: n, train size, seed, how many on each side, the first five of each or -1. */
static void split_equals_scikit_learn(void **unused)
{
    (void)unused;
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

static void split_stops_on_an_empty_side(void **unused)
{
    (void)unused;
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

static void split_reports_missing_memory(void **unused)
{
    (void)unused;
    uint32_t train[8] = {77}, test[2] = {88};
    test_fail_at = 1;
    assert_int_equal(tt_train_test_split(train, test, 10, 0.8, 1), TT_ERROR_MEMORY);
    assert_true(train[0] == 77 && test[0] == 88);
}

/* §14 two towers ------------------------------------------------------------------------------ */

static void model_has_the_notebooks_shape_by_default(void **unused)
{
    (void)unused;
    tt_two_tower model = new_model(16, 18, NULL);
    const tt_sequential *towers[] = {&model.user, &model.item};
    for (size_t t = 0; t < 2; t++) {
        const size_t widths[] = {t == 0 ? 16 : 18, 512, 256, 32};
        assert_int_equal(towers[t]->depth, 3);
        assert_true(towers[t]->normalize);
        for (size_t l = 0; l < 3; l++) {
            tt_dense layer = towers[t]->layers[l];
            assert_int_equal(layer.weights.rows, widths[l]);
            assert_int_equal(layer.weights.cols, widths[l + 1]);
            assert_int_equal(layer.bias.rows, 1);
            assert_int_equal(layer.bias.cols, widths[l + 1]);
            assert_int_equal(layer.activation, l < 2 ? TT_RELU : TT_LINEAR);
        }
    }
    assert_int_equal(tt_sequential_parameters(&model.user), 148256);
    assert_int_equal(tt_sequential_parameters(&model.item), 149280);
    assert_true(model.adam.options.learning_rate == 0.001 && model.adam.options.epsilon == 1e-7);
    assert_int_equal(model.adam.steps, 0);
    assert_int_equal(model.epochs, 0);
    tt_two_tower_free(&model);
    tt_two_tower_free(&model); /* twice is harmless */
}

static void model_has_the_shape_that_is_asked_for(void **unused)
{
    (void)unused;
    tt_two_tower_options options = {.hidden = {2, 3, 4, 5, 6, 7, 8}, .embedding = 9, .seed = 11};
    tt_two_tower model = new_model(1, 10, &options);
    assert_int_equal(model.user.depth, TT_MAX_LAYERS);
    for (size_t l = 0; l < TT_MAX_LAYERS; l++) {
        assert_int_equal(model.user.layers[l].weights.rows, l + 1);
        assert_int_equal(model.item.layers[l].weights.cols, l + 2);
    }
    assert_int_equal(model.item.layers[0].weights.rows, 10);
    assert_int_equal(model.seed, 11);
    tt_two_tower_free(&model);

    options.embedding = 0;
    options.hidden[1] = 0;
    model = new_model(3, 4, &options);
    assert_int_equal(model.user.depth, 2);
    assert_int_equal(model.user.layers[1].weights.cols, 32);
    tt_two_tower_free(&model);
    assert_stops(tt_two_tower_new(&model, 0, 4, &options), "widths[0] is 0");
    options.hidden[0] = (size_t)1 << 21;
    assert_stops(tt_two_tower_new(&model, 3, 4, &options), "widths[1] is 2097152");
}

static void model_is_determined_by_its_seed(void **unused)
{
    (void)unused;
    tt_two_tower_options other = odd;
    other.seed++;
    tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd), c = new_model(5, 7, &other);
    assert_models_equal(&a, &b);
    assert_memory_not_equal(a.user.layers[0].weights.data, c.user.layers[0].weights.data, 400);
    assert_memory_not_equal(a.user.layers[1].weights.data, a.item.layers[1].weights.data, 400);
    tt_two_tower_free(&a);
    tt_two_tower_free(&b);
    tt_two_tower_free(&c);
}

static void model_keeps_copies_of_scalers_and_names(void **unused)
{
    (void)unused;
    double users[] = {1, 2, 3, 5}, items[] = {1, 2, 3, 4, 7, 6}, stars[] = {0.5, 5};
    char name[] = "age";
    const char *user_names[] = {name, "visits"}, *item_names[] = {"year", "price", ""};
    tt_standard_scaler u = fit_standard(tt_table_of(users, 2, 2), NULL);
    tt_standard_scaler v = fit_standard(tt_table_of(items, 2, 3), NULL);
    tt_minmax_scaler y;
    assert_int_equal(tt_minmax_fit(&y, tt_table_of(stars, 2, 1), -1, 1), TT_OK);
    tt_two_tower_options options = {.hidden = {4}, .user_scaler = &u, .item_scaler = &v,
                                    .target_scaler = &y, .user_features = user_names,
                                    .item_features = item_names};
    tt_two_tower model = new_model(2, 3, &options);
    name[0] = 'A';
    tt_standard_free(&u);
    tt_standard_free(&v);
    tt_minmax_free(&y);
    assert_string_equal(model.user_features[0], "age");
    assert_string_equal(model.user_features[1], "visits");
    assert_string_equal(model.item_features[1], "price");
    assert_string_equal(model.item_features[2], "");
    assert_true(model.user_scaler.mean[1] == 3.5 && model.user_scaler.scale[1] == 1.5);
    assert_true(model.item_scaler.columns == 3 && model.item_scaler.scale[1] == 2.5);
    assert_true(model.target_scaler.min[0] == 0.5 && model.target_scaler.max[0] == 5);
    assert_true(model.target_scaler.low == -1 && model.target_scaler.high == 1);
    tt_two_tower_free(&model);
}

static void model_reports_missing_memory(void **unused)
{
    (void)unused;
    double numbers[] = {1, 2, 3, 5};
    const char *names[] = {"a", "b"};
    tt_standard_scaler scaler = fit_standard(tt_table_of(numbers, 2, 2), NULL);
    tt_minmax_scaler target;
    assert_int_equal(tt_minmax_fit(&target, tt_table_of(numbers, 4, 1), -1, 1), TT_OK);
    tt_two_tower_options options = {.hidden = {4}, .user_scaler = &scaler, .item_scaler = &scaler,
                                    .target_scaler = &target, .user_features = names,
                                    .item_features = names};
    tt_two_tower model, before;
    memset(&model, 7, sizeof model);
    before = model;
    tt_error error = TT_ERROR_MEMORY;
    size_t live = test_live_blocks;
    for (size_t at = 1; error; at++) {
        test_fail_at = at;
        error = tt_two_tower_new(&model, 2, 2, &options);
        if (!error) break;
        assert_int_equal(error, TT_ERROR_MEMORY);
        assert_memory_equal(&model, &before, sizeof model);
        assert_int_equal(test_live_blocks, live);
    }
    test_fail_at = 0;
    tt_two_tower_free(&model);
    tt_standard_free(&scaler);
    tt_minmax_free(&target);
}

static void model_summary_counts_both_towers(void **unused)
{
    (void)unused;
    char text[4096], start[20];
    tt_two_tower model = new_model(16, 18, NULL);
    size_t length = tt_two_tower_summary(text, sizeof text, &model);
    assert_int_equal(length, strlen(text));
    assert_non_null(strstr(text, "Total parameters: 297,536 (1162.3 KB)"));
    assert_non_null(strstr(text, "dot product"));
    assert_int_equal(tt_two_tower_summary(NULL, 0, &model), length);
    assert_int_equal(tt_two_tower_summary(start, sizeof start, &model), length);
    assert_memory_equal(start, text, sizeof start - 1);
    assert_int_equal(start[sizeof start - 1], 0);
    tt_two_tower_free(&model);
}

/* Y = the tower's output for one row, in double, each unit a plain sum. */
static void naive_tower(double *vector, const tt_sequential *tower, const float *features)
{
    double in[64], out[64], square = 0;
    for (size_t i = 0; i < tower->layers[0].weights.rows; i++) in[i] = (double)features[i];
    for (size_t l = 0; l < tower->depth; l++) {
        tt_dense layer = tower->layers[l];
        for (size_t o = 0; o < layer.weights.cols; o++) {
            out[o] = (double)*tt_matrix_at(layer.bias, 0, o);
            for (size_t i = 0; i < layer.weights.rows; i++)
                out[o] += in[i] * (double)*tt_matrix_at(layer.weights, i, o);
            if (layer.activation == TT_RELU && out[o] < 0) out[o] = 0;
        }
        memcpy(in, out, sizeof in);
    }
    size_t D = tower->layers[tower->depth - 1].weights.cols;
    for (size_t d = 0; d < D; d++) square += in[d] * in[d];
    for (size_t d = 0; d < D; d++) vector[d] = in[d] / sqrt(square > 1e-12 ? square : 1e-12);
}

/* A model whose biases, too, are not zero. */
static tt_two_tower trained_model(problem *p)
{
    make_problem(p, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd);
    assert_int_equal(tt_fit(&model, &p->ratings, &(tt_fit_options){.epochs = 3}, NULL), TT_OK);
    return model;
}

static void model_embeds_as_the_formula_says(void **unused)
{
    (void)unused;
    problem p;
    tt_two_tower model = trained_model(&p);
    float vectors[ITEMS * 3];
    tt_matrix out = tt_matrix_of(vectors, ITEMS, 3);
    assert_int_equal(tt_embed(out, &model.item, p.ratings.items, 1), TT_OK);
    for (size_t r = 0; r < ITEMS; r++) {
        double expected[3], length = 0;
        naive_tower(expected, &model.item, p.items + r * 7);
        for (size_t d = 0; d < 3; d++) {
            assert_close((double)vectors[r * 3 + d], expected[d], 2e-6);
            length += (double)vectors[r * 3 + d] * (double)vectors[r * 3 + d];
        }
        assert_close(length, 1, 1e-6);
    }
    tt_two_tower_free(&model);
}

static void model_predicts_the_dot_product_of_the_embeddings(void **unused)
{
    (void)unused;
    problem p;
    tt_two_tower model = trained_model(&p);
    const uint32_t rows[] = {7, 3, 99, 3};
    float predictions[100], some[4], users[USERS * 3], items[ITEMS * 3];
    assert_int_equal(tt_predict(predictions, &model, &p.ratings, 1), TT_OK);
    tt_matrix of_users = tt_matrix_of(users, USERS, 3), of_items = tt_matrix_of(items, ITEMS, 3);
    assert_int_equal(tt_embed(of_users, &model.user, p.ratings.users, 1), TT_OK);
    assert_int_equal(tt_embed(of_items, &model.item, p.ratings.items, 1), TT_OK);
    for (size_t k = 0; k < 100; k++) {
        double u[3], v[3], naive = 0, dot = 0;
        naive_tower(u, &model.user, p.users + p.user[k] * 5);
        naive_tower(v, &model.item, p.items + p.item[k] * 7);
        for (size_t d = 0; d < 3; d++) {
            naive += u[d] * v[d];
            dot += (double)users[p.user[k] * 3 + d] * (double)items[p.item[k] * 3 + d];
        }
        assert_close((double)predictions[k], naive, 4e-6);
        assert_close((double)predictions[k], dot, 3e-7);
    }

    /* rows choose among the ratings, in their order; no target is needed. */
    tt_ratings chosen = p.ratings;
    chosen.target = NULL;
    chosen.rows = rows;
    chosen.count = 4;
    assert_int_equal(tt_predict(some, &model, &chosen, 1), TT_OK);
    for (size_t i = 0; i < 4; i++) assert_bits_equal(some + i, predictions + rows[i], 1);
    chosen.count = 0;
    assert_int_equal(tt_predict(some, &model, &chosen, 1), TT_OK);
    tt_two_tower_free(&model);
}

/* What a row becomes depends neither on how many there are nor on the number of threads. */
static void model_embeds_a_row_alone_as_in_any_batch(void **unused)
{
    (void)unused;
    enum { N = 1000, D = 3, PADDED = 6 };
    const size_t sizes[] = {1, 2, 31, 32, 33, 127, 128, 129, 256, 384, N};
    static float features[N * 7], all[N * D], alone[D], some[N * PADDED];
    problem p;
    tt_two_tower model = trained_model(&p);
    fill(features, COUNT(features), 9);
    tt_matrix X = tt_matrix_of(features, N, 7);
    assert_int_equal(tt_sequential_forward(tt_matrix_of(all, N, D), &model.item, X), TT_OK);
    for (size_t r = 0; r < N; r += 37) {
        tt_matrix out = tt_matrix_of(alone, 1, D);
        assert_int_equal(tt_embed(out, &model.item, tt_matrix_rows(X, r, 1), 1), TT_OK);
        assert_bits_equal(alone, all + r * D, D);
    }
    for (size_t s = 0; s < COUNT(sizes); s++)
        for (int threads = 0; threads <= 3; threads++) {
            size_t n = sizes[s];
            fill(some, COUNT(some), 10);
            tt_matrix out = tt_matrix_cols(tt_matrix_of(some, n, PADDED), 2, D);
            float beside = some[PADDED - 1];
            tt_matrix last = tt_matrix_rows(X, N - n, n);
            assert_int_equal(tt_embed(out, &model.item, last, threads), TT_OK);
            for (size_t r = 0; r < n; r++)
                assert_bits_equal(tt_matrix_at(out, r, 0), all + (N - n + r) * D, D);
            assert_true(some[PADDED - 1] == beside);
        }
    assert_int_equal(tt_embed(tt_matrix_of(some, 0, D), &model.item, tt_matrix_rows(X, 0, 0), 2),
                     TT_OK);
    tt_two_tower_free(&model);
}

static void model_predicts_the_same_bits_with_any_number_of_threads(void **unused)
{
    (void)unused;
    problem p;
    tt_two_tower model = trained_model(&p);
    float one[100], many[100];
    assert_int_equal(tt_predict(one, &model, &p.ratings, 1), TT_OK);
    for (int threads = 0; threads <= 3; threads++) {
        assert_int_equal(tt_predict(many, &model, &p.ratings, threads), TT_OK);
        assert_bits_equal(one, many, 100);
    }
    tt_two_tower_free(&model);
}

static void model_evaluates_to_the_mean_squared_error(void **unused)
{
    (void)unused;
    problem p;
    tt_two_tower model = trained_model(&p);
    const uint32_t rows[] = {50, 2, 2};
    float predictions[100];
    assert_int_equal(tt_predict(predictions, &model, &p.ratings, 1), TT_OK);
    double sum = 0, squares[100];
    for (size_t k = 0; k < 100; k++) {
        double off = (double)predictions[k] - (double)p.target[k];
        squares[k] = off * off;
        sum += squares[k];
    }
    assert_close(evaluate(&model, &p.ratings), sum / 100, 1e-7);
    tt_ratings some = p.ratings;
    some.rows = rows;
    some.count = 3;
    assert_close(evaluate(&model, &some), (squares[50] + 2 * squares[2]) / 3, 1e-7);
    tt_two_tower_free(&model);
}

static void model_stops_on_wrong_indices_and_shapes(void **unused)
{
    (void)unused;
    problem p;
    tt_two_tower model = trained_model(&p);
    static float out[USERS * 3];
    double loss = 0;
    tt_ratings wrong = p.ratings;
    wrong.users = p.ratings.items;
    assert_stops(tt_predict(out, &model, &wrong, 1), "users is 60x7, the tower has 5 inputs");
    wrong = p.ratings;
    wrong.items = p.ratings.users;
    assert_stops(tt_predict(out, &model, &wrong, 1), "items is 40x5, the tower has 7 inputs");
    p.user[4] = USERS;
    assert_stops(tt_predict(out, &model, &p.ratings, 1), "rating 4 has user 40 of 40");
    assert_stops(tt_fit(&model, &p.ratings, NULL, NULL), "rating 4 has user 40 of 40");
    p.user[4] = 0;
    p.item[5] = UINT32_MAX;
    assert_stops(tt_predict(out, &model, &p.ratings, 1), "rating 5 has item 4294967295 of 60");
    p.item[5] = 0;
    wrong = p.ratings;
    wrong.target = NULL;
    assert_stops(tt_evaluate(&loss, &model, &wrong, 1), "target is NULL");
    wrong = p.ratings;
    wrong.count = 0;
    assert_stops(tt_evaluate(&loss, &model, &wrong, 1), "0 ratings");
    tt_matrix vectors = tt_matrix_of(out, USERS, 3);
    assert_stops(tt_embed(vectors, &model.item, p.ratings.users, 1),
                 "features is 40x5, the tower has 7 inputs");
    assert_stops(tt_embed(tt_matrix_rows(vectors, 1, 39), &model.user, p.ratings.users, 1),
                 "vectors is 39x3, features is 40x5, outputs are 3");
    assert_stops(tt_embed(tt_matrix_cols(vectors, 0, 2), &model.user, p.ratings.users, 1),
                 "vectors is 40x2");
    tt_two_tower_free(&model);
}

/* A mistake stops in the name of the function that was called. */
#define assert_stops_in(function, arguments, complaint)                                            \
    do {                                                                                           \
        assert_stops(function arguments, complaint);                                               \
        test_message_begins(#function ": ", __FILE__, __LINE__);                                   \
    } while (0)

static void test_message_begins(const char *text, const char *file, int line)
{
    if (strncmp(test_message, text, strlen(text)) == 0) return;
    char message[sizeof test_message];
    memcpy(message, test_message, sizeof message);
    test_fail_here(file, line, "the message \"%.200s\" does not begin with \"%.200s\"", message,
                   text);
}

/* tt_evaluate is made of tt_predict, and checks before it has asked for memory. */
static void model_evaluation_stops_in_its_own_name(void **unused)
{
    (void)unused;
    problem p;
    tt_two_tower model = trained_model(&p);
    double loss = -1;
    tt_ratings turned = p.ratings, no_targets = p.ratings, none = p.ratings;
    size_t asked_before = test_allocations;
    turned.users = p.ratings.items;
    assert_stops_in(tt_evaluate, (&loss, &model, &turned, 1), "users is 60x7, the tower has 5");
    turned.users = p.ratings.users;
    turned.items = p.ratings.users;
    assert_stops_in(tt_evaluate, (&loss, &model, &turned, 1), "items is 40x5, the tower has 7");
    no_targets.target = NULL;
    assert_stops_in(tt_evaluate, (&loss, &model, &no_targets, 1), "100 ratings, target is NULL");
    none.count = 0;
    assert_stops_in(tt_evaluate, (&loss, &model, &none, 1), "0 ratings");
    p.user[4] = USERS;
    assert_stops_in(tt_evaluate, (&loss, &model, &p.ratings, 1), "rating 4 has user 40 of 40");
    p.user[4] = 0;
    p.item[5] = ITEMS;
    assert_stops_in(tt_evaluate, (&loss, &model, &p.ratings, 1), "rating 5 has item 60 of 60");
    assert_int_equal(test_allocations, asked_before);
    assert_true(loss == -1);
    tt_two_tower_free(&model);
}

static void ratings_without_users_or_items_stop(void **unused)
{
    (void)unused;
    problem p;
    tt_two_tower model = trained_model(&p);
    float predictions[100];
    double loss;
    tt_ratings no_user = p.ratings, no_item = p.ratings;
    no_user.user = NULL;
    no_item.item = NULL;
    tt_fit_options without_user = {.validation = &no_user}, without_item = {.validation = &no_item};
    size_t asked_before = test_allocations;
    assert_stops_in(tt_predict, (predictions, &model, &no_user, 1), "100 ratings, user is NULL");
    assert_stops_in(tt_predict, (predictions, &model, &no_item, 1), "100 ratings, item is NULL");
    assert_stops_in(tt_evaluate, (&loss, &model, &no_user, 1), "100 ratings, user is NULL");
    assert_stops_in(tt_evaluate, (&loss, &model, &no_item, 1), "100 ratings, item is NULL");
    assert_stops_in(tt_fit, (&model, &no_user, NULL, NULL), "100 ratings, user is NULL");
    assert_stops_in(tt_fit, (&model, &no_item, NULL, NULL), "100 ratings, item is NULL");
    assert_stops_in(tt_fit, (&model, &p.ratings, &without_user, NULL),
                    "validation: 100 ratings, user is NULL");
    assert_stops_in(tt_fit, (&model, &p.ratings, &without_item, NULL),
                    "validation: 100 ratings, item is NULL");
    assert_int_equal(test_allocations, asked_before);
    tt_two_tower_free(&model);
}

/* The layers are public, so somebody may change them; what is no network then stops. */
static void no_layers(tt_sequential *tower)
{
    tower->depth = 0;
}

static void nine_layers(tt_sequential *tower)
{
    tower->depth = 9;
}

static void widths_that_do_not_chain(tt_sequential *tower)
{
    tower->layers[2].weights.rows--;
}

static void a_narrow_bias(tt_sequential *tower)
{
    tower->layers[1].bias.cols--;
}

static void a_bias_of_two_rows(tt_sequential *tower)
{
    tower->layers[1].bias.rows++;
}

static void no_inputs(tt_sequential *tower)
{
    tower->layers[0].weights.rows = 0;
}

static void no_outputs(tt_sequential *tower)
{
    tower->layers[3].weights.cols = tower->layers[3].bias.cols = 0;
}

static void one_output_less(tt_sequential *tower)
{
    tower->layers[3].weights.cols--;
    tower->layers[3].bias.cols--;
}

static const struct {
    void (*change)(tt_sequential *tower);
    const char *complaint;
} broken[] = {{no_layers, "a network of 0 layers"},
              {nine_layers, "a network of 9 layers"},
              {widths_that_do_not_chain, "weights of layer 2 are 32x9, inputs are 33"},
              {a_narrow_bias, "bias of layer 1 is 1x32, weights are 20x33"},
              {a_bias_of_two_rows, "bias of layer 1 is 2x33, weights are 20x33"},
              {no_inputs, "weights of layer 0 are 0x20, inputs are 0"},
              {no_outputs, "weights of layer 3 are 9x0, inputs are 9"}};

static void assert_refused_by_functions_of_networks(const tt_sequential *tower, tt_matrix features,
                                                    const char *complaint)
{
    float vectors[ITEMS * 3];
    tt_matrix out = tt_matrix_of(vectors, features.rows, 3);
    assert_stops_in(tt_sequential_forward, (out, tower, features), complaint);
    assert_stops_in(tt_sequential_summary, (NULL, 0, tower, "tower"), complaint);
    assert_stops_in(tt_embed, (out, tower, features, 1), complaint);
}

static void assert_refused_by_functions_of_models(tt_two_tower *model, const tt_ratings *ratings,
                                                  const char *complaint)
{
    float predictions[100];
    double loss;
    assert_stops_in(tt_predict, (predictions, model, ratings, 1), complaint);
    assert_stops_in(tt_evaluate, (&loss, model, ratings, 1), complaint);
    assert_stops_in(tt_fit, (model, ratings, NULL, NULL), complaint);
}

static void assert_refused_by_recommend(const tt_two_tower *model, const tt_ratings *ratings,
                                        const char *complaint)
{
    float vectors[ITEMS * 3] = {0}, prediction;
    uint32_t item;
    size_t found;
    tt_matrix user = tt_matrix_rows(ratings->users, 0, 1), items = tt_matrix_of(vectors, ITEMS, 3);
    assert_stops_in(tt_recommend, (&item, &prediction, &found, 1, model, user, items, NULL),
                    complaint);
}

/* Whichever tower it is, in the name of what was called, and before anything is allocated. */
static void networks_that_were_changed_into_none_stop(void **unused)
{
    (void)unused;
    problem p;
    tt_two_tower model = trained_model(&p);
    tt_sequential *const towers[] = {&model.user, &model.item};
    size_t asked_before = test_allocations;
    for (size_t c = 0; c < COUNT(broken); c++)
        for (size_t t = 0; t < 2; t++) {
            tt_sequential whole = *towers[t];
            tt_dense layers[4];
            memcpy(layers, whole.layers, sizeof layers);
            broken[c].change(towers[t]);
            tt_matrix features = t == 0 ? p.ratings.users : p.ratings.items;
            assert_refused_by_functions_of_networks(towers[t], features, broken[c].complaint);
            assert_refused_by_functions_of_models(&model, &p.ratings, broken[c].complaint);
            if (t == 0) assert_refused_by_recommend(&model, &p.ratings, broken[c].complaint);
            assert_stops_in(tt_two_tower_summary, (NULL, 0, &model), broken[c].complaint);
            *towers[t] = whole;
            memcpy(whole.layers, layers, sizeof layers);
        }
    one_output_less(&model.item);
    assert_refused_by_functions_of_models(&model, &p.ratings, "the towers have 3 and 2 outputs");
    assert_int_equal(test_allocations, asked_before);
    tt_two_tower_free(&model);
}

static void model_refuses_to_embed_what_is_not_finite(void **unused)
{
    (void)unused;
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    problem p;
    tt_two_tower model = trained_model(&p);
    float vectors[ITEMS * 3], untouched[ITEMS * 3];
    tt_matrix out = tt_matrix_of(vectors, ITEMS, 3);
    for (size_t i = 0; i < COUNT(bad); i++) {
        fill(vectors, COUNT(vectors), 9);
        memcpy(untouched, vectors, sizeof vectors);
        p.items[ITEMS * 7 - 1] = bad[i];
        assert_int_equal(tt_embed(out, &model.item, p.ratings.items, 1), TT_ERROR_NOT_FINITE);
        assert_memory_equal(vectors, untouched, sizeof vectors);
    }
    tt_two_tower_free(&model);
}

static void model_stops_on_scalers_of_the_wrong_width(void **unused)
{
    (void)unused;
    double numbers[] = {1, 2, 3, 5};
    tt_standard_scaler scaler = fit_standard(tt_table_of(numbers, 2, 2), NULL);
    tt_minmax_scaler target;
    assert_int_equal(tt_minmax_fit(&target, tt_table_of(numbers, 2, 2), -1, 1), TT_OK);
    tt_two_tower model;
    tt_two_tower_options of_user = {.user_scaler = &scaler}, of_item = {.item_scaler = &scaler};
    tt_two_tower_options of_target = {.target_scaler = &target};
    assert_stops(tt_two_tower_new(&model, 3, 2, &of_user), "user_scaler has 2 columns, inputs 3");
    assert_stops(tt_two_tower_new(&model, 2, 3, &of_item), "item_scaler has 2 columns, inputs 3");
    assert_stops(tt_two_tower_new(&model, 2, 2, &of_target), "target_scaler has 2 columns");
    tt_standard_free(&scaler);
    tt_minmax_free(&target);
}

static void model_prediction_reports_missing_memory(void **unused)
{
    (void)unused;
    problem p;
    tt_two_tower model = trained_model(&p);
    tt_error error = TT_ERROR_MEMORY;
    double loss = -1;
    for (size_t at = 1; error; at++) {
        test_fail_at = at;
        size_t live = test_live_blocks;
        error = tt_evaluate(&loss, &model, &p.ratings, 1);
        if (error) assert_true(error == TT_ERROR_MEMORY && loss == -1 && test_live_blocks == live);
    }
    test_fail_at = 0;
    assert_true(loss == evaluate(&model, &p.ratings));
    tt_two_tower_free(&model);
}

/* §15 training and §18 the fast way ---------------------------------------------------------- */

/* What a training run looks like from outside: the running loss after each batch, and the whole
   state after each epoch. */
typedef struct trace {
    const tt_two_tower *model;
    double losses[2000];
    size_t batches, epochs;
    state states;
} trace;

static void trace_batch(const tt_progress *progress, void *context)
{
    trace *t = (trace *)context;
    if (t->batches < COUNT(t->losses)) t->losses[t->batches++] = progress->loss;
}

static bool trace_epoch(const tt_progress *progress, void *context)
{
    trace *t = (trace *)context;
    (void)progress;
    append_state(&t->states, t->model);
    t->epochs++;
    return true;
}

static const struct {
    tt_engine engine;
    const char *name;
} engines[] = {{TT_ENGINE_TAPE, "tape"}, {TT_ENGINE_FASTEST, "fastest"},
               {TT_ENGINE_VECTOR, "vector"}, {TT_ENGINE_AVX, "avx"}, {TT_ENGINE_AVX512, "avx512"}};

/* What else the next models of run get before they are trained, or NULL. */
static void (*alter)(tt_two_tower *model);

/* Trains a new model and keeps its trace. */
static void run(trace *t, const tt_ratings *ratings, const tt_two_tower_options *shape,
                const tt_fit_options *how, tt_engine engine, int threads)
{
    memset(t, 0, sizeof *t);
    tt_two_tower model = new_model(ratings->users.cols, ratings->items.cols, shape);
    if (alter) alter(&model);
    t->model = &model;
    tt_fit_options options = *how;
    options.engine = engine;
    options.threads = threads;
    options.on_batch = trace_batch;
    options.on_epoch = trace_epoch;
    options.context = t;
    tt_history history = fit(&model, ratings, &options);
    assert_int_equal(history.outcome, TT_FINISHED);
    tt_history_free(&history);
    tt_two_tower_free(&model);
}

static void assert_traces_equal(const trace *a, const trace *b)
{
    assert_int_equal(a->batches, b->batches);
    for (size_t i = 0; i < a->batches; i++)
        if (memcmp(&a->losses[i], &b->losses[i], sizeof(double)))
            test_fail_here(__FILE__, __LINE__, "the losses differ after batch %zu: %.17g and %.17g",
                           i + 1, a->losses[i], b->losses[i]);
    assert_int_equal(a->epochs, b->epochs);
    assert_states_equal(&a->states, &b->states);
}

/* The promise of the book: the readable way and every fast one give the same bits, at every step,
   with any number of threads. */
static void assert_engines_agree(const tt_ratings *ratings, const tt_two_tower_options *shape,
                                 const tt_fit_options *how)
{
    static trace by_tape, other;
    run(&by_tape, ratings, shape, how, TT_ENGINE_TAPE, 1);
    assert_true(by_tape.batches > 0 && by_tape.losses[0] > 0);
    for (size_t e = 0; e < COUNT(engines); e++)
        for (int threads = 1; threads <= 3; threads++) {
            if (!tt_engine_available(engines[e].engine)) continue;
            if (engines[e].engine == TT_ENGINE_TAPE && threads != 2) continue;
            run(&other, ratings, shape, how, engines[e].engine, threads);
            assert_traces_equal(&by_tape, &other);
            free(other.states.numbers);
        }
    free(by_tape.states.numbers);
}

static void engines_agree_on_the_notebooks_model(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 16, 18, 150); /* 5 batches, the last one of 22 */
    tt_two_tower_options notebook = {.seed = 1, .adam = {.learning_rate = 0.01}};
    assert_engines_agree(&p.ratings, &notebook, &(tt_fit_options){.epochs = 2});
}

static void engines_agree_on_odd_shapes(void **unused)
{
    (void)unused;
    static const size_t batches[] = {1, 7, 32, 40, 100, 1000}; /* of 100 ratings */
    problem p;
    make_problem(&p, 5, 7, 100);
    for (size_t b = 0; b < COUNT(batches); b++) {
        tt_fit_options how = {.epochs = 2, .batch_size = batches[b]};
        assert_engines_agree(&p.ratings, &odd, &how);
    }
}

static void engines_agree_on_shallow_deep_and_narrow_towers(void **unused)
{
    (void)unused;
    static const tt_two_tower_options shapes[] = {
        {.hidden = {1}, .embedding = 1, .seed = 1},
        {.hidden = {40}, .embedding = 33, .seed = 2},
        {.hidden = {32, 64}, .embedding = 32, .seed = 3},
        {.hidden = {9, 8, 7, 6, 5, 4, 3}, .embedding = 2, .seed = 4}};
    static const size_t inputs[][2] = {{1, 1}, {4, 8}, {3, 18}};
    problem p;
    for (size_t s = 0; s < COUNT(shapes); s++)
        for (size_t i = 0; i < COUNT(inputs); i++) {
            make_problem(&p, 4, 18, 50);
            p.ratings.users = tt_matrix_cols(p.ratings.users, 0, inputs[i][0]);
            p.ratings.items = tt_matrix_cols(p.ratings.items, 0, inputs[i][1]);
            assert_engines_agree(&p.ratings, &shapes[s], &(tt_fit_options){.epochs = 2});
        }
}

/* At a large learning rate ReLUs die: their gradients are 0 from then on, and their moments shrink
   until they are set to 0.  (0.9^n < 1e-30 from 656 steps on.) */
static void engines_agree_where_units_die(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 50);
    tt_two_tower_options hot = odd;
    hot.adam.learning_rate = 0.3;
    tt_fit_options how = {.epochs = 100, .batch_size = 7};
    assert_engines_agree(&p.ratings, &hot, &how);

    tt_two_tower model = new_model(5, 7, &hot);
    assert_int_equal(tt_fit(&model, &p.ratings, &how, NULL), TT_OK);
    size_t dead = 0;
    for (size_t i = 0; i < model.adam.count; i++) {
        const tt_matrix m = model.adam.moments[i].m, v = model.adam.moments[i].v;
        for (size_t k = 0; k < m.rows * m.cols; k++) {
            dead += m.data[k] == 0 && v.data[k] != 0; /* it had gradients, long ago */
            assert_true(m.data[k] == 0 || fabsf(m.data[k]) >= 1e-30f);
            assert_true(v.data[k] == 0 || v.data[k] >= 1e-30f);
        }
    }
    assert_true(dead > 0);
    tt_two_tower_free(&model);
}

/* With biases of zero, rows of zeros give vectors of length 0, and tiny ones vectors shorter than
   the normalisation's floor, for which the gradient has another formula. */
static void engines_agree_on_features_of_zeros_and_tiny_ones(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 50);
    memset(p.users, 0, 10 * 5 * sizeof(float));
    for (size_t i = 10 * 5; i < USERS * 5; i++) p.users[i] *= 1e-7f;
    assert_engines_agree(&p.ratings, &odd, &(tt_fit_options){.epochs = 3, .batch_size = 16});
}

static void without_normalising(tt_two_tower *model)
{
    model->user.normalize = model->item.normalize = false;
}

static void only_one_normalised(tt_two_tower *model)
{
    model->item.normalize = false;
}

static void with_relu_at_the_end(tt_two_tower *model)
{
    model->user.layers[model->user.depth - 1].activation = TT_RELU;
    model->item.layers[model->item.depth - 1].activation = TT_RELU;
}

/* The towers are public, so somebody may change them. */
static void engines_agree_on_towers_that_were_changed(void **unused)
{
    (void)unused;
    static void (*const changes[])(tt_two_tower *) = {without_normalising, only_one_normalised,
                                                      with_relu_at_the_end};
    problem p;
    make_problem(&p, 5, 7, 50);
    for (size_t c = 0; c < COUNT(changes); c++) {
        alter = changes[c];
        assert_engines_agree(&p.ratings, &odd, &(tt_fit_options){.epochs = 3, .batch_size = 16});
    }
    alter = NULL;
}

/* An optimiser that came later has met no parameter yet. */
static const tt_adam_options other_adam = {0.02, 0.8, 0.99, 1e-5};

static void replace_optimiser(tt_two_tower *model)
{
    tt_adam_free(&model->adam);
    tt_adam_new(&model->adam, &other_adam);
}

static void training_with_a_new_optimiser_is_as_if_it_had_been_there(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower_options from_the_start = odd;
    from_the_start.adam = other_adam;
    for (size_t e = 0; e < COUNT(engines); e++)
        for (size_t patience = 0; patience <= 2; patience++) {
            if (!tt_engine_available(engines[e].engine)) continue;
            tt_two_tower model = new_model(5, 7, &from_the_start), late = new_model(5, 7, &odd);
            tt_fit_options options = {.epochs = 4, .patience = patience, .validation_split = 0.2,
                                      .engine = engines[e].engine};
            replace_optimiser(&late);
            assert_int_equal(tt_fit(&model, &p.ratings, &options, NULL), TT_OK);
            assert_int_equal(tt_fit(&late, &p.ratings, &options, NULL), TT_OK);
            assert_models_equal(&late, &model);
            tt_two_tower_free(&model);
            tt_two_tower_free(&late);
        }
}

/* So is a new tower: the moments of the old one, which are still there, don't matter. */
static void training_with_a_new_tower_is_as_if_it_had_been_there(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd), late = new_model(5, 7, &odd);
    size_t depth = late.user.depth, widths[TT_MAX_LAYERS + 1] = {5};
    for (size_t l = 0; l < depth; l++) widths[l + 1] = late.user.layers[l].weights.cols;
    tt_random random;
    tt_random_seed(&random, odd.seed); /* the user's tower comes first */
    tt_sequential_free(&late.user);
    assert_int_equal(tt_sequential_new(&late.user, widths, depth, true, &random), TT_OK);
    tt_fit_options options = {.epochs = 2, .patience = 1, .validation_split = 0.2};
    assert_int_equal(tt_fit(&model, &p.ratings, &options, NULL), TT_OK);
    assert_int_equal(tt_fit(&late, &p.ratings, &options, NULL), TT_OK);
    for (size_t l = 0; l < depth; l++)
        assert_bits_equal(late.user.layers[l].weights.data, model.user.layers[l].weights.data,
                          widths[l] * widths[l + 1]);
    tt_two_tower_free(&model);
    tt_two_tower_free(&late);
}

/* Layers may be views into larger matrices; what diverges is put back in these too. */
static void divergence_puts_back_views(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd);
    tt_dense *layers = model.user.layers;
    size_t all = layers[0].weights.cols;
    tt_matrix whole = layers[0].weights;
    layers[0].weights = tt_matrix_cols(layers[0].weights, 0, 2);
    layers[0].bias = tt_matrix_cols(layers[0].bias, 0, 2);
    layers[1].weights = tt_matrix_rows(layers[1].weights, 0, 2);
    tt_adam_free(&model.adam);
    tt_adam_new(&model.adam, &(tt_adam_options){.learning_rate = 1e30});
    float before[5 * 32];
    assert_true(all <= 32);
    memcpy(before, whole.data, 5 * all * sizeof *before);
    tt_history history;
    assert_int_equal(tt_fit(&model, &p.ratings, &(tt_fit_options){.epochs = 3}, &history), TT_OK);
    assert_int_equal(history.outcome, TT_DIVERGED);
    assert_int_equal(history.epochs, 0);
    assert_bits_equal(whole.data, before, 5 * all);
    tt_history_free(&history);
    tt_two_tower_free(&model);
}

/* What a fit that is refused memory must come to once it has it. */
typedef struct refused_fit {
    const tt_ratings *ratings;
    tt_fit_options options;
    tt_two_tower expected;
} refused_fit;

static tt_error fit_with_a_new_optimiser(void *context)
{
    const refused_fit *f = (const refused_fit *)context;
    tt_two_tower model;
    tt_message why = {""};
    tt_fit_options options = f->options;
    options.why = &why;
    tt_error error = tt_two_tower_new(&model, 5, 7, &odd);
    if (!error) {
        replace_optimiser(&model);
        error = tt_fit(&model, f->ratings, &options, NULL);
        grant_memory();
        assert_string_equal(why.text, error ? "tt_fit: out of memory" : "");
        if (error) assert_int_equal(tt_fit(&model, f->ratings, &options, NULL), TT_OK);
        assert_models_equal(&model, &f->expected);
        tt_two_tower_free(&model);
    }
    grant_memory();
    return error;
}

static void training_with_a_new_optimiser_survives_missing_memory(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    for (size_t e = 0; e < COUNT(engines); e++) {
        if (!tt_engine_available(engines[e].engine)) continue;
        refused_fit f = {&p.ratings,
                         {.patience = 1, .engine = engines[e].engine, .threads = 1},
                         new_model(5, 7, &odd)};
        replace_optimiser(&f.expected);
        assert_int_equal(tt_fit(&f.expected, &p.ratings, &f.options, NULL), TT_OK);
        assert_true(refuse_each(fit_with_a_new_optimiser, &f) > 2 * (1 + 2 * 16));
        tt_two_tower_free(&f.expected);
    }
}

static void engine_that_is_not_there_stops(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 10);
    tt_two_tower model = new_model(5, 7, &odd);
    assert_true(tt_engine_available(TT_ENGINE_TAPE) && tt_engine_available(TT_ENGINE_FASTEST));
    assert_false(tt_engine_available((tt_engine)77));
    tt_fit_options options = {.engine = (tt_engine)77};
    assert_stops(tt_fit(&model, &p.ratings, &options, NULL), "engine 77");
    tt_two_tower_free(&model);
}

/* The towers of tests/golden/towers_*, which PyTorch trained in double. */
static void load_golden_layer(tt_dense *layer, const char *tower, size_t l)
{
    char name[40];
    snprintf(name, sizeof name, "towers_%s_w%zu", tower, l);
    tt_matrix w = golden_matrix(name);
    memcpy(layer->weights.data, w.data, w.rows * w.cols * sizeof(float));
    snprintf(name, sizeof name, "towers_%s_b%zu", tower, l);
    tt_matrix b = golden_matrix(name);
    memcpy(layer->bias.data, b.data, b.cols * sizeof(float));
}

static void assert_golden_layer(const tt_dense *layer, const char *tower, size_t l, int steps)
{
    char name[40];
    snprintf(name, sizeof name, "towers_%s_w%zu_after%d", tower, l, steps);
    assert_matrix_close(layer->weights, golden(name), 2e-4);
    snprintf(name, sizeof name, "towers_%s_b%zu_after%d", tower, l, steps);
    assert_matrix_close(layer->bias, golden(name), 2e-4);
}

static tt_two_tower golden_model(void)
{
    tt_two_tower_options options = {.hidden = {8, 6}, .embedding = 4,
                                    .adam = {.learning_rate = 0.01}};
    tt_two_tower model = new_model(5, 7, &options);
    for (size_t l = 0; l < 3; l++) {
        load_golden_layer(&model.user.layers[l], "user", l);
        load_golden_layer(&model.item.layers[l], "item", l);
    }
    return model;
}

static void training_takes_pytorchs_steps(void **unused)
{
    (void)unused;
    static const uint32_t each[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    float vectors[40], predictions[10];
    tt_matrix u = golden_matrix("towers_user_x"), v = golden_matrix("towers_item_x");
    tt_ratings ratings = {u, v, each, each, golden_matrix("towers_y").data, NULL, 10};
    tt_table losses = golden("towers_losses");
    for (size_t e = 0; e < COUNT(engines); e++) {
        if (!tt_engine_available(engines[e].engine)) continue;
        tt_two_tower model = golden_model();
        assert_int_equal(tt_embed(tt_matrix_of(vectors, 10, 4), &model.user, u, 1), TT_OK);
        assert_matrix_close(tt_matrix_of(vectors, 10, 4), golden("towers_user_vector"), 1e-6);
        assert_int_equal(tt_predict(predictions, &model, &ratings, 1), TT_OK);
        assert_matrix_close(tt_matrix_of(predictions, 1, 10), golden("towers_prediction"), 1e-6);

        /* An epoch is one step, as all ratings fit in a batch. */
        for (int epochs = 1; epochs <= 19; epochs += 18) {
            tt_fit_options how = {.epochs = (size_t)epochs, .engine = engines[e].engine};
            tt_history history = fit(&model, &ratings, &how);
            size_t first = epochs == 1 ? 0 : 1;
            for (size_t i = 0; i < history.epochs; i++)
                assert_close(history.loss[i], losses.data[first + i], 2e-4);
            for (size_t l = 0; l < 3; l++) {
                assert_golden_layer(&model.user.layers[l], "user", l, epochs == 1 ? 1 : 20);
                assert_golden_layer(&model.item.layers[l], "item", l, epochs == 1 ? 1 : 20);
            }
            tt_history_free(&history);
        }
        tt_two_tower_free(&model);
    }
}

static void training_learns(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 400);
    tt_two_tower_options options = {.hidden = {32, 16}, .embedding = 8, .seed = 1,
                                    .adam = {.learning_rate = 0.01}};
    tt_two_tower model = new_model(5, 7, &options);
    double before = evaluate(&model, &p.ratings);
    tt_history history = fit(&model, &p.ratings, &(tt_fit_options){.epochs = 40});
    assert_int_equal(history.outcome, TT_FINISHED);
    assert_int_equal(history.epochs, 40);
    assert_null(history.validation_loss);
    assert_int_equal(model.epochs, 40);
    assert_int_equal(model.adam.steps, 40 * 13);
    assert_true(history.loss[0] < 1.5 * before);
    assert_true(history.loss[39] < 0.2 * history.loss[0]);
    assert_true(evaluate(&model, &p.ratings) < 0.2 * before);
    tt_history_free(&history);
    tt_history_free(&history);
    tt_two_tower_free(&model);
}

static void training_is_determined_by_the_seed_and_shuffles_each_epoch(void **unused)
{
    (void)unused;
    static trace a, b, c;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower_options other = odd;
    other.seed++;
    tt_fit_options how = {.epochs = 2};
    run(&a, &p.ratings, &odd, &how, TT_ENGINE_FASTEST, 0);
    run(&b, &p.ratings, &odd, &how, TT_ENGINE_FASTEST, 0);
    run(&c, &p.ratings, &other, &how, TT_ENGINE_FASTEST, 0);
    assert_traces_equal(&a, &b);
    assert_memory_not_equal(a.losses, c.losses, sizeof(double) * 8);
    free(a.states.numbers);
    free(b.states.numbers);
    free(c.states.numbers);

    /* With a learning rate too small to move a weight, only the order can change the losses. */
    tt_two_tower_options still = odd;
    still.adam.learning_rate = 1e-30;
    run(&a, &p.ratings, &still, &how, TT_ENGINE_FASTEST, 0);
    assert_memory_not_equal(a.losses, a.losses + 4, sizeof(double) * 3);
    assert_close(a.losses[3], a.losses[7], 1e-6);
    free(a.states.numbers);
}

/* The last, smaller batch counts by its size: an epoch's loss is the mean over all ratings. */
static void training_weighs_the_last_batch_by_its_size(void **unused)
{
    (void)unused;
    static const size_t batches[] = {1, 7, 64, 99, 100};
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower_options still = odd;
    still.adam.learning_rate = 1e-30;
    for (size_t b = 0; b < COUNT(batches); b++) {
        tt_two_tower model = new_model(5, 7, &still);
        double expected = evaluate(&model, &p.ratings);
        tt_history history = fit(&model, &p.ratings, &(tt_fit_options){.batch_size = batches[b]});
        assert_int_equal(history.epochs, 1);
        assert_close(history.loss[0], expected, 1e-6);
        tt_history_free(&history);
        tt_two_tower_free(&model);
    }
}

/* What the callbacks were told. */
typedef struct calls {
    size_t batches, epochs, stop_after;
    double last_loss, validation_losses[300];
} calls;

static void count_batch(const tt_progress *progress, void *context)
{
    calls *c = (calls *)context;
    assert_int_equal(progress->epoch, c->epochs + 1);
    assert_int_equal(progress->epochs, 3);
    assert_int_equal(progress->batch, c->batches % 4 + 1);
    assert_int_equal(progress->batches, 4);
    assert_false(progress->has_validation);
    assert_true(progress->loss > 0);
    c->batches++;
    c->last_loss = progress->loss;
}

static bool count_epoch(const tt_progress *progress, void *context)
{
    calls *c = (calls *)context;
    assert_int_equal(progress->batch, progress->batches);
    assert_int_equal(progress->epoch, c->epochs + 1);
    if (c->last_loss > 0) assert_true(progress->loss == c->last_loss);
    if (progress->has_validation) c->validation_losses[c->epochs] = progress->validation_loss;
    c->epochs++;
    return c->epochs != c->stop_after;
}

static void training_calls_back_after_every_batch_and_epoch(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 110); /* 100 to train on: 4 batches */
    tt_ratings ratings = p.ratings, validation = p.ratings;
    static const uint32_t last[] = {100, 101, 102, 103, 104, 105, 106, 107, 108, 109};
    ratings.count = 100;
    validation.rows = last;
    validation.count = 10;
    for (size_t e = 0; e < COUNT(engines); e++) {
        if (!tt_engine_available(engines[e].engine)) continue;
        tt_two_tower model = new_model(5, 7, &odd);
        calls c;
        memset(&c, 0, sizeof c);
        tt_fit_options options = {.epochs = 3, .validation = &validation, .on_batch = count_batch,
                                  .on_epoch = count_epoch, .context = &c,
                                  .engine = engines[e].engine};
        tt_history history = fit(&model, &ratings, &options);
        assert_true(c.batches == 12 && c.epochs == 3);
        assert_memory_equal(c.validation_losses, history.validation_loss, 3 * sizeof(double));
        assert_true(history.validation_loss[2] == evaluate(&model, &validation));
        assert_true(history.loss[2] == c.last_loss);
        tt_history_free(&history);
        tt_two_tower_free(&model);
    }
}

static void training_stops_when_the_callback_says_so(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
    calls c;
    memset(&c, 0, sizeof c);
    c.stop_after = 2;
    tt_fit_options options = {.epochs = 9, .on_epoch = count_epoch, .context = &c};
    tt_history history = fit(&a, &p.ratings, &options);
    assert_int_equal(history.outcome, TT_STOPPED_BY_CALLER);
    assert_int_equal(history.epochs, 2);
    assert_int_equal(c.epochs, 2);
    assert_int_equal(tt_fit(&b, &p.ratings, &(tt_fit_options){.epochs = 2}, NULL), TT_OK);
    assert_models_equal(&a, &b);
    tt_history_free(&history);
    tt_two_tower_free(&a);
    tt_two_tower_free(&b);
}

/* As Keras does: the last part, before anything is shuffled. */
static void training_keeps_the_last_part_for_validation(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 101);
    uint32_t rows[101];
    for (uint32_t i = 0; i < 101; i++) rows[i] = (i * 5) % 101;
    for (int with_rows = 0; with_rows < 2; with_rows++) {
        if (with_rows) p.ratings.rows = rows;
        tt_ratings first = p.ratings, last = p.ratings;
        first.count = 75; /* floor(101 * 0.75) */
        last.count = 26;
        if (with_rows) {
            last.rows = rows + 75;
        } else {
            last.user += 75;
            last.item += 75;
            last.target += 75;
        }
        tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
        tt_history by_split =
            fit(&a, &p.ratings, &(tt_fit_options){.epochs = 3, .validation_split = 0.25});
        tt_history by_hand = fit(&b, &first, &(tt_fit_options){.epochs = 3, .validation = &last});
        assert_models_equal(&a, &b);
        for (size_t e = 0; e < 3; e++) {
            assert_true(by_split.loss[e] == by_hand.loss[e]);
            assert_true(by_split.validation_loss[e] == by_hand.validation_loss[e]);
        }
        assert_true(by_split.validation_loss[2] == evaluate(&a, &last));
        tt_history_free(&by_split);
        tt_history_free(&by_hand);
        tt_two_tower_free(&a);
        tt_two_tower_free(&b);
    }
}

static size_t first_least(const double *numbers, size_t n)
{
    size_t least = 0;
    for (size_t i = 1; i < n; i++)
        if (numbers[i] < numbers[least]) least = i;
    return least;
}

/* Targets that are noise: what is learnt by heart makes the validation loss rise. */
static void make_noise(problem *p, size_t n)
{
    make_problem(p, 5, 7, n);
    fill(p->target, n, 8);
}

static void training_stops_early_with_the_best_weights(void **unused)
{
    (void)unused;
    problem p;
    make_noise(&p, 80);
    tt_ratings train = p.ratings, validation = p.ratings;
    train.count = 60;
    validation.user += 60;
    validation.item += 60;
    validation.target += 60;
    validation.count = 20;
    tt_two_tower model = new_model(5, 7, &odd), best = new_model(5, 7, &odd);
    tt_fit_options options = {.epochs = 300, .patience = 5, .validation = &validation};
    tt_history history = fit(&model, &train, &options);
    assert_int_equal(history.outcome, TT_STOPPED_EARLY);
    assert_true(history.best_epoch > 1);
    assert_int_equal(history.epochs, history.best_epoch + 5);
    assert_int_equal(first_least(history.validation_loss, history.epochs) + 1, history.best_epoch);
    assert_true(evaluate(&model, &validation) == history.validation_loss[history.best_epoch - 1]);

    /* Weights and moments are those of that epoch. */
    assert_int_equal(
        tt_fit(&best, &train, &(tt_fit_options){.epochs = history.best_epoch}, NULL), TT_OK);
    state a = state_of(&model), b = state_of(&best);
    assert_states_equal(&a, &b);
    free(a.numbers);
    free(b.numbers);
    tt_history_free(&history);
    tt_two_tower_free(&model);
    tt_two_tower_free(&best);
}

/* An equally good epoch is not a better one. */
static void training_calls_the_first_of_equal_epochs_the_best(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower_options still = odd;
    still.adam.learning_rate = 1e-30;
    tt_two_tower model = new_model(5, 7, &still);
    tt_fit_options options = {.epochs = 9, .validation_split = 0.2, .patience = 2};
    tt_history history = fit(&model, &p.ratings, &options);
    assert_int_equal(history.outcome, TT_STOPPED_EARLY);
    assert_int_equal(history.best_epoch, 1);
    assert_int_equal(history.epochs, 3);
    assert_true(history.validation_loss[0] == history.validation_loss[2]);
    tt_history_free(&history);
    tt_two_tower_free(&model);
}

static void training_without_validation_watches_the_training_loss(void **unused)
{
    (void)unused;
    problem p;
    make_noise(&p, 80);
    tt_two_tower_options hot = odd;
    hot.adam.learning_rate = 0.1;
    tt_two_tower model = new_model(5, 7, &hot);
    tt_history history = fit(&model, &p.ratings, &(tt_fit_options){.epochs = 300, .patience = 3});
    assert_int_equal(history.outcome, TT_STOPPED_EARLY);
    assert_int_equal(history.epochs, history.best_epoch + 3);
    assert_int_equal(first_least(history.loss, history.epochs) + 1, history.best_epoch);
    tt_history_free(&history);

    /* Without patience nothing stops and nothing is restored. */
    tt_history all = fit(&model, &p.ratings, &(tt_fit_options){.epochs = 30});
    assert_true(all.outcome == TT_FINISHED && all.epochs == 30);
    assert_int_equal(first_least(all.loss, 30) + 1, all.best_epoch);
    tt_history_free(&all);
    tt_two_tower_free(&model);
}

static void add_one(const tt_progress *progress, void *context)
{
    (void)progress;
    ++*(size_t *)context;
}

/* The fourth epoch goes wrong, the fifth to infinity. */
static bool spoil_and_heat_up(const tt_progress *progress, void *context)
{
    tt_two_tower *model = (tt_two_tower *)context;
    if (progress->epoch == 3) model->adam.options.learning_rate = 3;
    if (progress->epoch == 4) model->adam.options.learning_rate = 1e30;
    return true;
}

/* A loss that isn't finite is a result: the epoch hasn't happened. */
static void training_that_diverges_leaves_the_weights_of_before(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    for (size_t e = 0; e < COUNT(engines); e++) {
        if (!tt_engine_available(engines[e].engine)) continue;
        tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
        tt_fit_options two = {.epochs = 2, .engine = engines[e].engine};
        tt_history history = fit(&a, &p.ratings, &two);
        tt_history_free(&history);
        assert_int_equal(tt_fit(&b, &p.ratings, &two, NULL), TT_OK);

        a.adam.options.learning_rate = 1e30;
        history = fit(&a, &p.ratings, &two);
        assert_int_equal(history.outcome, TT_DIVERGED);
        assert_int_equal(history.epochs, 0);
        tt_history_free(&history);
        assert_models_equal(&a, &b);

        /* And training can go on. */
        a.adam.options.learning_rate = 0.01;
        history = fit(&a, &p.ratings, &two);
        assert_int_equal(history.outcome, TT_FINISHED);
        tt_history_free(&history);
        assert_int_equal(tt_fit(&b, &p.ratings, &two, NULL), TT_OK);
        assert_models_equal(&a, &b);
        tt_two_tower_free(&a);
        tt_two_tower_free(&b);
    }
}

/* Where it diverged: the report says so, and nothing is trained on after that batch. */
static void training_that_diverges_names_the_batch_and_stops_there(void **unused)
{
    (void)unused;
    problem p;
    for (size_t e = 0; e < 2 * COUNT(engines); e++) {
        if (!tt_engine_available(engines[e / 2].engine)) continue;
        make_problem(&p, 5, 7, 100);
        tt_two_tower model = new_model(5, 7, &odd);
        size_t batches = 0;
        tt_message why = {"untouched"};
        tt_fit_options options = {.epochs = 3, .engine = engines[e / 2].engine, .why = &why,
                                  .threads = 1 + (int)(e % 2), .on_batch = add_one,
                                  .context = &batches};
        for (size_t k = 0; k < 100; k++) p.target[k] = FLT_MAX; /* its square is infinite */
        tt_history history = fit(&model, &p.ratings, &options);
        assert_int_equal(history.outcome, TT_DIVERGED);
        assert_string_equal(why.text, "training diverged in epoch 1 of 3, batch 1 of 4: the loss "
                                      "is not finite (is the learning rate too high?)");
        assert_int_equal(history.diverged_batch, 1);
        assert_int_equal(batches, 1);
        tt_history_free(&history);

        /* Weights that overflow after the last batch have no batch of their own. */
        make_problem(&p, 5, 7, 100);
        model.adam.options.learning_rate = 1e39;
        options.batch_size = 100;
        history = fit(&model, &p.ratings, &options);
        assert_int_equal(history.outcome, TT_DIVERGED);
        assert_int_equal(history.diverged_batch, 0);
        assert_string_equal(why.text, "training diverged in epoch 1 of 3: after its last batch "
                                      "user.0.weights or a moment of it is not finite (is the "
                                      "learning rate too high?)");
        tt_history_free(&history);

        /* Without features only the last bias has a gradient. */
        memset(p.items, 0, sizeof p.items);
        history = fit(&model, &p.ratings, &options);
        assert_int_equal(history.outcome, TT_DIVERGED);
        assert_non_null(strstr(why.text, "batch item.3.bias or a moment of it is not finite"));
        tt_history_free(&history);
        tt_two_tower_free(&model);
    }
}

/* After some epochs makes the user's weights so small that nothing overflows. */
typedef struct cut_down {
    tt_two_tower *model;
    size_t after, epochs;
} cut_down;

static bool cut_weights(const tt_progress *progress, void *context)
{
    cut_down *cut = (cut_down *)context;
    (void)progress;
    if (++cut->epochs != cut->after) return true;
    tt_matrix weights = cut->model->user.layers[0].weights;
    for (size_t o = 0; o < weights.cols; o++) weights.data[o] = 1e-20f;
    return true;
}

/* A first epoch whose validation loss is not a number is not the best one for good. */
static void a_validation_loss_that_is_nan_is_worse_than_any(void **unused)
{
    (void)unused;
    float user[] = {1e30f, 1}, item[] = {1, 1}, target[] = {0.5f, 0.5f};
    uint32_t first[] = {0}, second[] = {1};
    tt_two_tower model = new_model(1, 1, &(tt_two_tower_options){.hidden = {4}, .embedding = 2});
    tt_dense *layers = model.user.layers; /* the first user overflows to inf - inf, until ... */
    for (size_t o = 0; o < 4; o++) layers[0].weights.data[o] = 1e10f;
    for (size_t i = 0; i < 8; i++) layers[1].weights.data[i] = i % 4 < 2 ? 1 : -1;
    tt_ratings overflowing = {tt_matrix_of(user, 2, 1), tt_matrix_of(item, 2, 1), first, first,
                              target, NULL, 1};
    tt_ratings sound = overflowing;
    sound.user = second;
    tt_history history;
    cut_down cut = {&model, 2, 0}; /* ... its weights are small after two epochs */
    tt_fit_options options = {.epochs = 4, .patience = 4, .validation = &overflowing,
                              .on_epoch = cut_weights, .context = &cut};
    assert_int_equal(tt_fit(&model, &sound, &options, &history), TT_OK);
    assert_int_equal(history.epochs, 4);
    assert_true(isnan(history.validation_loss[0]) && isnan(history.validation_loss[1]));
    assert_true(isfinite(history.validation_loss[2]));
    assert_true(history.best_epoch >= 3);
    tt_history_free(&history);
    tt_two_tower_free(&model);
}

/* Whichever parameter it is, and whether it or one of its moments. */
static void the_parameter_that_is_not_finite_is_found(void **unused)
{
    (void)unused;
    tt_two_tower model = new_model(5, 7, &odd);
    size_t parameters = tt__parameters(&model);
    assert_int_equal(parameters, 2 * 4 * 2);
    assert_int_equal(tt__bad_parameter(&model), parameters);
    for (size_t p = 0; p < parameters; p++) {
        tt_matrix parameter = tt__parameter(&model, p);
        tt__moments *moments = tt__adam_moments(&model.adam, parameter);
        tt_matrix parts[] = {parameter, moments->m, moments->v};
        for (int part = 0; part < 3; part++) {
            float *last = tt_matrix_at(parts[part], parameter.rows - 1, parameter.cols - 1);
            float kept = *last;
            *last = part == 1 ? NAN : INFINITY;
            assert_int_equal(tt__bad_parameter(&model), p);
            *last = kept;
        }
    }
    assert_ptr_equal(tt__parameter(&model, 0).data, model.user.layers[0].weights.data);
    assert_ptr_equal(tt__parameter(&model, 7).data, model.user.layers[3].bias.data);
    assert_ptr_equal(tt__parameter(&model, 8).data, model.item.layers[0].weights.data);
    tt_two_tower_free(&model);
}

/* With patience the best epoch comes back, however training ends. */
static void training_that_diverges_with_patience_keeps_the_best_epoch(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
    tt_fit_options options = {.epochs = 50, .patience = 50, .on_epoch = spoil_and_heat_up,
                              .context = &a};
    tt_history history = fit(&a, &p.ratings, &options);
    assert_int_equal(history.outcome, TT_DIVERGED);
    assert_int_equal(history.epochs, 4);
    assert_int_equal(tt_fit(&b, &p.ratings, &(tt_fit_options){.epochs = history.best_epoch}, NULL),
                     TT_OK);
    assert_in_range(history.best_epoch, 1, 3); /* the fourth was spoilt */
    state of_a = state_of(&a), of_b = state_of(&b);
    assert_states_equal(&of_a, &of_b);
    free(of_a.numbers);
    free(of_b.numbers);
    tt_history_free(&history);
    tt_two_tower_free(&a);
    tt_two_tower_free(&b);
}

static bool heat_up(const tt_progress *progress, void *context)
{
    tt_two_tower *model = (tt_two_tower *)context;
    if (progress->epoch == 2) model->adam.options.learning_rate = 1e30;
    return true;
}

static void training_that_diverges_later_keeps_the_epochs_before(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
    tt_fit_options options = {.epochs = 9, .on_epoch = heat_up, .context = &a};
    tt_history history = fit(&a, &p.ratings, &options);
    assert_int_equal(history.outcome, TT_DIVERGED);
    assert_int_equal(history.epochs, 2);
    assert_int_equal(tt_fit(&b, &p.ratings, &(tt_fit_options){.epochs = 2}, NULL), TT_OK);
    assert_models_equal(&a, &b);
    tt_history_free(&history);
    tt_two_tower_free(&a);
    tt_two_tower_free(&b);
}

/* Whatever the targets, what stays in the model is finite, Adam's moments too. */
static void training_never_leaves_numbers_that_are_not_finite(void **unused)
{
    (void)unused;
    static const float sizes[] = {1e10f, 1e17f, 1e18f, 1.5e19f, 1e19f, 1e20f, 1e30f, FLT_MAX};
    problem p;
    make_problem(&p, 5, 7, 100);
    for (size_t e = 0; e < COUNT(engines); e++)
        for (size_t i = 0; i < COUNT(sizes); i++) {
            if (!tt_engine_available(engines[e].engine)) continue;
            fill(p.target, 100, 8);
            for (size_t k = 0; k < 100; k++) p.target[k] *= sizes[i];
            tt_two_tower model = new_model(5, 7, &odd);
            tt_fit_options options = {.epochs = 3, .batch_size = i % 2 ? 1 : 32,
                                      .engine = engines[e].engine};
            tt_history history = fit(&model, &p.ratings, &options);
            if (sizes[i] < 1e11f) assert_int_equal(history.outcome, TT_FINISHED);
            if (sizes[i] > 1e29f) assert_int_equal(history.outcome, TT_DIVERGED);
            state s = state_of(&model);
            for (size_t k = 0; k < s.count; k++) assert_true(isfinite(s.numbers[k]));
            free(s.numbers);
            tt_history_free(&history);
            tt_two_tower_free(&model);
        }
}

/* A step may lead out of the numbers although the loss before it was finite: of the weights with a
   huge learning rate, of Adam's second moment, a sum of squares, with huge gradients. */
static void training_that_overflows_weights_or_moments_has_diverged(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    for (size_t e = 0; e < 2 * COUNT(engines); e++) {
        tt_engine engine = engines[e / 2].engine;
        if (!tt_engine_available(engine)) continue;
        tt_two_tower model = new_model(5, 7, &odd), before = new_model(5, 7, &odd);
        if (e % 2) { /* short vectors have steep gradients */
            for (size_t i = 0; i < COUNT(p.users); i++) p.users[i] *= 0.01f;
            for (size_t k = 0; k < 100; k++) p.target[k] = 1e19f;
        } else {
            make_problem(&p, 5, 7, 100);
            model.adam.options.learning_rate = 1e39;
        }
        tt_fit_options one_batch = {.batch_size = 100, .engine = engine};
        tt_history history = fit(&model, &p.ratings, &one_batch);
        assert_int_equal(history.outcome, TT_DIVERGED);
        assert_models_equal(&model, &before);
        tt_history_free(&history);
        tt_two_tower_free(&model);
        tt_two_tower_free(&before);
    }
}

static void training_on_rows_equals_training_on_copies(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 200);
    uint32_t rows[70], user[70], item[70];
    float target[70];
    for (uint32_t i = 0; i < 70; i++) {
        rows[i] = (i * 31 + 7) % 200;
        user[i] = p.user[rows[i]];
        item[i] = p.item[rows[i]];
        target[i] = p.target[rows[i]];
    }
    tt_ratings chosen = p.ratings, copied = p.ratings;
    chosen.rows = rows;
    chosen.count = copied.count = 70;
    copied.user = user;
    copied.item = item;
    copied.target = target;
    for (size_t e = 0; e < COUNT(engines); e++) {
        if (!tt_engine_available(engines[e].engine)) continue;
        tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
        tt_fit_options options = {.epochs = 2, .engine = engines[e].engine};
        assert_int_equal(tt_fit(&a, &chosen, &options, NULL), TT_OK);
        assert_int_equal(tt_fit(&b, &copied, &options, NULL), TT_OK);
        assert_models_equal(&a, &b);
        tt_two_tower_free(&a);
        tt_two_tower_free(&b);
    }
}

/* One row of features a rating, as the notebook has them, gives the same as a table that many
   ratings share; and the features may be columns of a wider matrix. */
static void training_on_shared_rows_equals_a_row_per_rating(void **unused)
{
    (void)unused;
    enum { N = 90 };
    static float users[N * 9], items[N * 9];
    problem p;
    make_problem(&p, 5, 7, N);
    fill(users, COUNT(users), 20);
    fill(items, COUNT(items), 21);
    uint32_t each[N];
    tt_matrix wide_users = tt_matrix_cols(tt_matrix_of(users, N, 9), 3, 5);
    tt_matrix wide_items = tt_matrix_cols(tt_matrix_of(items, N, 9), 1, 7);
    for (uint32_t k = 0; k < N; k++) {
        each[k] = k;
        memcpy(tt_matrix_at(wide_users, k, 0), p.users + p.user[k] * 5, 5 * sizeof(float));
        memcpy(tt_matrix_at(wide_items, k, 0), p.items + p.item[k] * 7, 7 * sizeof(float));
    }
    tt_ratings repeated = {wide_users, wide_items, each, each, p.target, NULL, N};
    for (size_t e = 0; e < COUNT(engines); e++) {
        if (!tt_engine_available(engines[e].engine)) continue;
        tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
        tt_fit_options options = {.epochs = 2, .engine = engines[e].engine};
        assert_int_equal(tt_fit(&a, &p.ratings, &options, NULL), TT_OK);
        assert_int_equal(tt_fit(&b, &repeated, &options, NULL), TT_OK);
        assert_models_equal(&a, &b);
        tt_two_tower_free(&a);
        tt_two_tower_free(&b);
    }
}

static void training_twice_equals_training_longer(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower whole = new_model(5, 7, &odd);
    assert_int_equal(tt_fit(&whole, &p.ratings, &(tt_fit_options){.epochs = 4}, NULL), TT_OK);
    assert_int_equal(whole.epochs, 4);
    for (size_t e = 0; e < COUNT(engines); e++) {
        if (!tt_engine_available(engines[e].engine)) continue;
        tt_two_tower halves = new_model(5, 7, &odd);
        tt_fit_options options = {.epochs = 2, .engine = engines[e].engine};
        assert_int_equal(tt_fit(&halves, &p.ratings, &options, NULL), TT_OK);
        assert_int_equal(tt_fit(&halves, &p.ratings, &(tt_fit_options){.epochs = 2}, NULL), TT_OK);
        assert_models_equal(&whole, &halves);
        tt_two_tower_free(&halves);
    }
    tt_two_tower_free(&whole);
}

static void training_without_options_is_one_epoch_of_batches_of_32(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
    tt_fit_options options = {.epochs = 1, .batch_size = 32};
    assert_int_equal(tt_fit(&a, &p.ratings, NULL, NULL), TT_OK);
    assert_int_equal(tt_fit(&b, &p.ratings, &options, NULL), TT_OK);
    assert_models_equal(&a, &b);
    assert_int_equal(a.adam.steps, 4);
    tt_two_tower_free(&a);
    tt_two_tower_free(&b);
}

static void training_stops_on_misuse(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd);
    tt_ratings wrong = p.ratings;
    wrong.count = 0;
    assert_stops(tt_fit(&model, &wrong, NULL, NULL), "0 ratings");
    wrong.count = UINT32_MAX; /* one more than indices can count */
    assert_stops(tt_fit(&model, &wrong, NULL, NULL), "4294967295 ratings");
    wrong = p.ratings;
    wrong.target = NULL;
    assert_stops(tt_fit(&model, &wrong, NULL, NULL), "100 ratings, target is NULL");
    tt_fit_options options = {.validation_split = 1};
    assert_stops(tt_fit(&model, &p.ratings, &options, NULL), "validation_split is 1");
    options.validation_split = -0.5;
    assert_stops(tt_fit(&model, &p.ratings, &options, NULL), "validation_split is -0.5");
    options.validation_split = 0.999;
    assert_stops(tt_fit(&model, &p.ratings, &options, NULL), "100 ratings, validation_split 0.999");
    options.validation_split = 0.2;
    options.validation = &p.ratings;
    assert_stops_in(tt_fit, (&model, &p.ratings, &options, NULL),
                    "both validation and validation_split 0.2");
    options.validation = NULL;
    options.validation_split = 0;
    options.batch_size = 65537;
    assert_stops(tt_fit(&model, &p.ratings, &options, NULL), "batch_size is 65537");
    p.item[5] = ITEMS;
    assert_stops_in(tt_fit, (&model, &p.ratings, NULL, NULL), ": rating 5 has item 60 of 60");
    tt_two_tower_free(&model);
}

/* Data that are not finite are refused at the door, with their place, and nothing has changed. */
static void data_that_are_not_finite_are_refused(void **unused)
{
    (void)unused;
    static problem p, q;
    make_problem(&p, 5, 7, 100);
    make_problem(&q, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd), before = new_model(5, 7, &odd);
    struct {
        float *number;
        const char *place;
        bool target;
    } cases[] = {{&q.users[3 * 5 + 2], "users(3, 2) is not finite", false},
                 {&q.items[59 * 7 + 6], "items(59, 6) is not finite", false},
                 {&q.target[41], "target[41] is not finite", true}};
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int validating = 0; validating < 2; validating++) {
            float kept = *cases[i].number, predictions[100];
            double loss = -77;
            tt_message why = {""};
            tt_fit_options options = {.why = &why};
            tt_history history;
            memset(&history, 0x5A, sizeof history);
            tt_history untouched = history;
            if (validating) options.validation = &q.ratings;
            *cases[i].number = i % 2 ? INFINITY : NAN;
            assert_int_equal(tt_fit(&model, validating ? &p.ratings : &q.ratings, &options,
                                    &history), TT_ERROR_NOT_FINITE);
            assert_int_equal(strncmp(why.text, "validation: ", 12) == 0, validating);
            assert_string_equal(why.text + (validating ? 12 : 0), cases[i].place);
            assert_memory_equal(&history, &untouched, sizeof history);
            assert_int_equal(tt_fit(&model, &q.ratings, NULL, NULL), TT_ERROR_NOT_FINITE);
            assert_models_equal(&model, &before);

            assert_int_equal(tt_evaluate(&loss, &model, &q.ratings, 0), TT_ERROR_NOT_FINITE);
            assert_true(loss == -77);
            predictions[0] = -77;
            assert_int_equal(tt_predict(predictions, &model, &q.ratings, 0),
                             cases[i].target ? TT_OK : TT_ERROR_NOT_FINITE);
            assert_true((predictions[0] == -77) == !cases[i].target);
            *cases[i].number = kept;
        }
    tt_two_tower_free(&model);
    tt_two_tower_free(&before);
}

static void recommend_refuses_what_is_not_finite(void **unused)
{
    (void)unused;
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

/* The smallest data that there can be: one rating, and batches larger than that; none to predict;
   features of zeros. */
static void the_smallest_data(void **unused)
{
    (void)unused;
    float user[5] = {0}, item[7] = {0}, target = 0.5f, prediction = -77;
    uint32_t first = 0;
    tt_ratings one = {tt_matrix_of(user, 1, 5), tt_matrix_of(item, 1, 7), &first, &first, &target,
                      NULL, 1};
    for (size_t e = 0; e < COUNT(engines); e++) {
        if (!tt_engine_available(engines[e].engine)) continue;
        tt_two_tower model = new_model(5, 7, &odd);
        tt_fit_options options = {.epochs = 2, .batch_size = 65536, .engine = engines[e].engine};
        tt_history history = fit(&model, &one, &options);
        assert_int_equal(history.outcome, TT_FINISHED);
        assert_int_equal(model.adam.steps, 2);
        assert_close(history.loss[0], 0.25, 1e-6); /* zeros in, zero biases: a prediction of 0 */
        tt_history_free(&history);

        tt_ratings none = one;
        none.count = 0;
        none.user = none.item = NULL;
        assert_int_equal(tt_predict(&prediction, &model, &none, 0), TT_OK);
        assert_true(prediction == -77);
        tt_two_tower_free(&model);
    }
}

/* The validation ratings are looked at before training begins, not after its first epoch. */
static void training_checks_the_validation_ratings_first(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd), before = new_model(5, 7, &odd);
    const uint32_t stranger[] = {USERS}, new_item[] = {ITEMS};
    tt_ratings wrong = p.ratings;
    wrong.user = stranger;
    wrong.count = 1;
    tt_fit_options options = {.validation = &wrong};
    assert_stops_in(tt_fit, (&model, &p.ratings, &options, NULL),
                    "validation: rating 0 has user 40 of 40");
    assert_models_equal(&model, &before);
    wrong.user = p.user;
    wrong.item = new_item;
    assert_stops_in(tt_fit, (&model, &p.ratings, &options, NULL),
                    "validation: rating 0 has item 60 of 60");
    wrong = p.ratings;
    wrong.target = NULL;
    assert_stops_in(tt_fit, (&model, &p.ratings, &options, NULL),
                    "validation: 100 ratings, target is NULL");
    wrong = p.ratings;
    wrong.count = 0;
    assert_stops_in(tt_fit, (&model, &p.ratings, &options, NULL), "validation: 0 ratings");
    assert_models_equal(&model, &before);
    tt_two_tower_free(&model);
    tt_two_tower_free(&before);
}

static void training_reports_missing_memory(void **unused)
{
    (void)unused;
    problem p;
    make_problem(&p, 5, 7, 100);
    for (size_t e = 0; e < COUNT(engines); e++) {
        if (!tt_engine_available(engines[e].engine)) continue;
        tt_two_tower model = new_model(5, 7, &odd), untouched = new_model(5, 7, &odd);
        tt_message why = {""};
        tt_fit_options options = {.validation_split = 0.2, .patience = 3, .why = &why,
                                  .engine = engines[e].engine, .threads = 1};
        tt_history history, before;
        memset(&history, 7, sizeof history);
        before = history;
        tt_error error = TT_ERROR_MEMORY;
        for (size_t at = 1; error; at++) {
            size_t live = test_live_blocks;
            test_fail_at = at;
            why.text[0] = 0;
            error = tt_fit(&model, &p.ratings, &options, &history);
            assert_string_equal(why.text, error ? "tt_fit: out of memory" : "");
            bool last_was_validation = error && model.epochs == 1;
            if (last_was_validation) break; /* the epoch was done; its evaluation had no memory */
            if (!error) break;
            assert_int_equal(error, TT_ERROR_MEMORY);
            assert_int_equal(test_live_blocks, live);
            assert_memory_equal(&history, &before, sizeof history);
            assert_models_equal(&model, &untouched);
        }
        test_fail_at = 0;
        assert_int_equal(model.epochs, 1);
        assert_int_equal(tt_fit(&untouched, &p.ratings, &options, NULL), TT_OK);
        assert_models_equal(&model, &untouched);
        if (!error) tt_history_free(&history);
        tt_two_tower_free(&model);
        tt_two_tower_free(&untouched);
    }
}

/* The two numbers of the line that depend on its layout are its length and its bar. */
static void assert_progress(const tt_progress *progress, double elapsed, const char *start,
                            const char *end)
{
    char line[200], few[10];
    size_t length = tt_progress_line(line, sizeof line, progress, elapsed);
    assert_int_equal(length, strlen(line));
    if (length > 80) test_fail_here(__FILE__, __LINE__, "%zu columns: %s", length, line);
    assert_memory_equal(line, start, strlen(start));
    assert_string_equal(line + length - strlen(end), end);

    /* Between them the bar: as much of it is filled as there is of the epoch. */
    const char *bar = line + strlen(start), *close = strchr(bar, ']');
    assert_true(close == line + length - strlen(end));
    size_t width = (size_t)(close - bar), full = strspn(bar, "=");
    assert_int_equal(full, progress->batch * width / progress->batches);
    if (full < width) assert_int_equal(bar[full], '>');
    assert_int_equal(full + (full < width) + strspn(bar + full + (full < width), " "), width);

    /* As snprintf: it never writes beyond the capacity, and says how long the line would be. */
    assert_int_equal(tt_progress_line(NULL, 0, progress, elapsed), length);
    memset(few, 'x', sizeof few);
    assert_int_equal(tt_progress_line(few, 9, progress, elapsed), length);
    assert_memory_equal(few, line, 8);
    assert_true(few[8] == 0 && few[9] == 'x');
}

static void progress_line_says_how_far_training_is(void **unused)
{
    (void)unused;
    tt_progress p = {.epoch = 3, .epochs = 30, .batch = 1203, .batches = 2516, .loss = 0.12614};
    assert_progress(&p, 11, "epoch 3/30 [", "] 1203/2516, 12 s left, loss 0.1261");
    assert_progress(&p, 110, "epoch 3/30 [", "] 1203/2516, 2 min 0 s left, loss 0.1261");
    char line[128];
    tt_progress_line(line, sizeof line, &p, 11);
    assert_non_null(strstr(line, "[====>     ]")); /* 47 % of ten columns */
    p.batch = 1;
    assert_progress(&p, 0, "epoch 3/30 [", "] 1/2516, 0 s left, loss 0.1261");
    p.batch = 2516;
    assert_progress(&p, 75.4, "epoch 3/30 [", "] 2516/2516, 1 min 15 s, loss 0.1261");
    p.has_validation = true;
    p.validation_loss = 0.99996;
    assert_progress(&p, 9.6, "epoch 3/30 [", "] 2516/2516, 10 s, loss 0.1261, val_loss 1.0000");
    p.epoch = 100;
    p.epochs = 100;
    assert_progress(&p, 754, "epoch 100/100 [",
                    "] 2516/2516, 12 min 34 s, loss 0.1261, val_loss 1.0000");
}

static void progress_line_shows_strange_losses(void **unused)
{
    (void)unused;
    tt_progress p = {.epoch = 1, .epochs = 1, .batch = 1, .batches = 1, .loss = (double)NAN};
    assert_progress(&p, 1, "epoch 1/1 [", "] 1/1, 1 s, loss not finite");
    p.loss = (double)INFINITY;
    assert_progress(&p, 1, "epoch 1/1 [", "] 1/1, 1 s, loss not finite");
    p.loss = 12345678.5;
    assert_progress(&p, 1, "epoch 1/1 [", "] 1/1, 1 s, loss 12345678.5000");
    char line[200];
    p.loss = 2e12; /* large, but finite */
    tt_progress_line(line, sizeof line, &p, 1);
    assert_null(strstr(line, "not finite"));
    p.batch = p.batches = 0; /* before there is anything to show */
    tt_progress_line(line, sizeof line, &p, 1);
    assert_non_null(strstr(line, "0/0"));
}

/* §16 nearest neighbours ---------------------------------------------------------------------- */

/* |a - b|^2 as the book defines it: in float, one rounded operation after the other. */
static float squared_distance(const float *a, const float *b, size_t D)
{
    float sum = 0;
    for (size_t d = 0; d < D; d++) {
        volatile float difference = a[d] - b[d], square = difference * difference;
        sum += square;
    }
    return sum;
}

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
    assert_int_equal(tt_nearest(nearest, distance, queries, candidates, options), TT_OK);
    assert_memory_equal(nearest, expected, count * sizeof *nearest);
    assert_bits_equal(distance, expected_distance, count);
}

static void nearest_equals_numpy(void **unused)
{
    (void)unused;
    tt_matrix x = golden_matrix("neighbours_x");
    tt_table expected = golden("neighbours_nearest"), distances = golden("neighbours_distance");
    uint32_t nearest[40];
    float distance[40];
    tt_neighbour_options options = {.exclude_self = true};
    assert_int_equal(tt_nearest(nearest, distance, x, x, &options), TT_OK);
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(nearest[i], (uint32_t)expected.data[i]);
        assert_close((double)distance[i], *tt_table_at(distances, i, nearest[i]), 1e-6);
    }
    assert_true(nearest[3] == 7 && nearest[7] == 3 && distance[3] == 0 && distance[7] == 0);

    tt_masked_matrix matrix;
    assert_int_equal(tt_masked_distances(&matrix, x), TT_OK);
    assert_matrix_close(matrix.values, distances, 1e-6);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(tt_masked_argmin(&matrix, i), (uint32_t)expected.data[i]);
    tt_masked_free(&matrix);
    tt_masked_free(&matrix);
}

static void nearest_equals_brute_force_at_all_sizes(void **unused)
{
    (void)unused;
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
static void nearest_equals_brute_force_in_double(void **unused)
{
    (void)unused;
    enum { N = 500, D = 32 };
    static float x[N * D], distance[N];
    uint32_t nearest[N];
    size_t different = 0;
    fill(x, COUNT(x), 4);
    tt_neighbour_options options = {.exclude_self = true};
    assert_int_equal(tt_nearest(nearest, distance, tt_matrix_of(x, N, D), tt_matrix_of(x, N, D),
                                &options), TT_OK);
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
    (void)query;
    (void)candidate;
    (void)context;
    return true;
}

static void nearest_leaves_out_what_is_masked(void **unused)
{
    (void)unused;
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
    assert_int_equal(tt_nearest(nearest, distance, query, vectors, &options), TT_OK);
    assert_true(nearest[0] == TT_NONE && nearest[1] == TT_NONE);
    assert_true(distance[0] == INFINITY && distance[1] == INFINITY);
}

static void nearest_of_equal_vectors_is_the_first_at_distance_zero(void **unused)
{
    (void)unused;
    enum { N = 100, D = 7 };
    static float x[N * D];
    uint32_t nearest[N * 3];
    float distance[N * 3];
    fill(x, D, 3);
    for (size_t i = 1; i < N; i++) memcpy(x + i * D, x, D * sizeof(float));
    tt_matrix vectors = tt_matrix_of(x, N, D);
    tt_neighbour_options options = {.k = 3, .exclude_self = true};
    assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, &options), TT_OK);
    for (size_t i = 0; i < N; i++)
        for (uint32_t place = 0; place < 3; place++) {
            assert_int_equal(nearest[i * 3 + place], place + (i <= place));
            assert_true(distance[i * 3 + place] == 0);
        }
}

static void nearest_refuses_what_is_not_finite(void **unused)
{
    (void)unused;
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < COUNT(bad); i++) {
        float x[] = {1, 2, 3, bad[i]}, y[] = {5, 6, 7, 8}, distance[2] = {-1, -1};
        uint32_t nearest[2] = {77, 77};
        tt_message why = {""};
        tt_neighbour_options options = {.why = &why};
        tt_matrix spoilt = tt_matrix_of(x, 2, 2), good = tt_matrix_of(y, 2, 2);
        assert_int_equal(tt_nearest(nearest, distance, spoilt, good, &options),
                         TT_ERROR_NOT_FINITE);
        assert_string_equal(why.text, "queries(1, 1) is not finite");
        assert_int_equal(tt_nearest(nearest, distance, good, spoilt, &options),
                         TT_ERROR_NOT_FINITE);
        assert_string_equal(why.text, "candidates(1, 1) is not finite");
        assert_int_equal(tt_nearest(nearest, distance, good, spoilt, NULL), TT_ERROR_NOT_FINITE);
        assert_true(nearest[0] == 77 && nearest[1] == 77 && distance[0] == -1 && distance[1] == -1);

        tt_masked_matrix matrix, untouched;
        memset(&matrix, 0x5A, sizeof matrix);
        memset(&untouched, 0x5A, sizeof untouched);
        assert_int_equal(tt_masked_distances(&matrix, spoilt), TT_ERROR_NOT_FINITE);
        assert_memory_equal(&matrix, &untouched, sizeof matrix);
    }
}

/* Finite numbers so far apart that the square of their distance is not. */
static void nearest_is_nobody_where_distances_overflow(void **unused)
{
    (void)unused;
    float x[] = {1e30f, -1e30f, 1e30f}, distance[6];
    uint32_t nearest[6];
    tt_matrix vectors = tt_matrix_of(x, 3, 1);
    tt_neighbour_options options = {.k = 2, .exclude_self = true};
    assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, &options), TT_OK);
    assert_true(nearest[0] == 2 && nearest[1] == TT_NONE && distance[0] == 0);
    assert_true(nearest[2] == TT_NONE && distance[2] == INFINITY);
}

static void nearest_of_more_than_there_are(void **unused)
{
    (void)unused;
    float x[] = {1, 2, 4}, distance[5];
    uint32_t nearest[5];
    tt_neighbour_options options = {.k = 5};
    assert_int_equal(tt_nearest(nearest, distance, tt_matrix_of(x, 1, 1), tt_matrix_of(x, 3, 1),
                                &options), TT_OK);
    for (uint32_t i = 0; i < 5; i++) assert_int_equal(nearest[i], i < 3 ? i : TT_NONE);
    for (size_t i = 0; i < 5; i++) assert_true(i < 3 ? distance[i] < 10 : distance[i] == INFINITY);
}

static void nearest_takes_views_and_empty_matrices(void **unused)
{
    (void)unused;
    static float x[50 * 12];
    uint32_t nearest[2] = {1, 1};
    float distance[2] = {1, 1};
    fill(x, COUNT(x), 3);
    tt_matrix wide = tt_matrix_of(x, 50, 12);
    tt_neighbour_options options = {.k = 4};
    assert_nearest_is_naive(tt_matrix_cols(wide, 1, 5), tt_matrix_cols(wide, 6, 5), &options);

    tt_matrix some = tt_matrix_rows(wide, 0, 2), none = tt_matrix_rows(wide, 0, 0);
    assert_int_equal(tt_nearest(nearest, distance, none, some, NULL), TT_OK);
    assert_true(nearest[0] == 1 && distance[1] == 1);
    assert_int_equal(tt_nearest(nearest, distance, some, none, NULL), TT_OK);
    assert_true(nearest[0] == TT_NONE && nearest[1] == TT_NONE && distance[0] == INFINITY);
    assert_stops(tt_nearest(nearest, distance, tt_matrix_cols(some, 0, 3), some, NULL),
                 "queries is 2x3, candidates is 2x12");
    assert_stops(tt_nearest(nearest, distance, tt_matrix_cols(some, 0, 0),
                            tt_matrix_cols(some, 0, 0), NULL), "queries is 2x0");
}

static void nearest_gives_the_same_bits_with_any_number_of_threads(void **unused)
{
    (void)unused;
    enum { N = 1000, D = 9, K = 3 };
    static float x[N * D], one_distance[N * K], distance[N * K];
    static uint32_t one[N * K], nearest[N * K];
    fill(x, COUNT(x), 6);
    tt_matrix vectors = tt_matrix_of(x, N, D);
    size_t seven = 7;
    tt_neighbour_options options = {.k = K, .threads = 1, .masked = not_a_multiple,
                                    .context = &seven};
    assert_int_equal(tt_nearest(one, one_distance, vectors, vectors, &options), TT_OK);
    for (options.threads = 0; options.threads <= 3; options.threads++) {
        assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, &options), TT_OK);
        assert_memory_equal(nearest, one, sizeof one);
        assert_bits_equal(distance, one_distance, N * K);
    }
}

/* tt_nearest uses the fastest kernel; the others compute the same. */
static void nearest_has_kernels_that_agree(void **unused)
{
    (void)unused;
#ifdef TT__VECTORS
    static const size_t widths[] = {1, 7, 32};
    float queries[4 * 40], panel[32 * 32], out[4 * 32], candidate[32];
    fill(queries, COUNT(queries), 1);
    fill(panel, COUNT(panel), 2);
    for (size_t e = 1; e < COUNT(engines); e++)
        for (size_t w = 0; w < COUNT(widths) && tt_engine_available(engines[e].engine); w++) {
            tt__kernels_of(engines[e].engine)->distances(out, queries, 40, panel, widths[w]);
            for (size_t c = 0; c < 32; c++) {
                for (size_t d = 0; d < widths[w]; d++) candidate[d] = panel[d * 32 + c];
                for (size_t q = 0; q < 4; q++) {
                    float expected = squared_distance(queries + q * 40, candidate, widths[w]);
                    assert_bits_equal(&out[q * 32 + c], &expected, 1);
                }
            }
        }
#endif
}

static void nearest_reports_missing_memory(void **unused)
{
    (void)unused;
    float x[] = {1, 2, 3}, distance[3] = {9, 9, 9};
    uint32_t nearest[3] = {9, 9, 9};
    tt_matrix vectors = tt_matrix_of(x, 3, 1);
    tt_masked_matrix matrix, before;
    memset(&matrix, 7, sizeof matrix);
    before = matrix;
    for (size_t at = 1; at <= 2; at++) {
        tt_message why = {""};
        tt_neighbour_options options = {.why = &why};
        test_fail_at = at;
        assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, &options),
                         TT_ERROR_MEMORY);
        assert_string_equal(why.text, "tt_nearest: out of memory");
        test_fail_at = at;
        assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, NULL), TT_ERROR_MEMORY);
        assert_true(nearest[0] == 9 && distance[0] == 9);
        test_fail_at = at;
        assert_int_equal(tt_masked_distances(&matrix, vectors), TT_ERROR_MEMORY);
        assert_memory_equal(&matrix, &before, sizeof matrix);
        assert_int_equal(test_live_blocks, 0);
    }
    test_fail_at = 3;
    assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, NULL), TT_OK);
}

/* The matrix way of the notebook and the streaming way. */
static void masked_matrix_gives_what_nearest_gives(void **unused)
{
    (void)unused;
    enum { N = 100, D = 7 };
    static float x[N * D], distance[N];
    uint32_t nearest[N];
    fill(x, COUNT(x), 8);
    memcpy(x + 50 * D, x + 20 * D, D * sizeof(float));
    tt_matrix vectors = tt_matrix_of(x, N, D);
    tt_masked_matrix matrix;
    assert_int_equal(tt_masked_distances(&matrix, vectors), TT_OK);
    assert_true(matrix.values.rows == N && matrix.values.cols == N);
    tt_neighbour_options options = {.exclude_self = true};
    assert_int_equal(tt_nearest(nearest, distance, vectors, vectors, &options), TT_OK);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(tt_masked_argmin(&matrix, i), nearest[i]);
        assert_bits_equal(tt_matrix_at(matrix.values, i, nearest[i]), &distance[i], 1);
        for (size_t j = 0; j < N; j++) assert_int_equal(matrix.mask[i * N + j], i == j);
    }

    /* A mask of one's own; NaN and infinity are no neighbours; nothing left is TT_NONE. */
    for (size_t j = 0; j < N; j++) matrix.mask[j] = j != 7 && j != 5;
    assert_int_equal(tt_masked_argmin(&matrix, 0), *tt_matrix_at(matrix.values, 0, 7) <
                                                   *tt_matrix_at(matrix.values, 0, 5) ? 7 : 5);
    *tt_matrix_at(matrix.values, 0, 5) = NAN;
    assert_int_equal(tt_masked_argmin(&matrix, 0), 7);
    matrix.mask[7] = true;
    assert_int_equal(tt_masked_argmin(&matrix, 0), TT_NONE);
    assert_stops(tt_masked_argmin(&matrix, N), "row 100 of 100");
    tt_masked_free(&matrix);
}

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

static void top_k_equals_a_sort(void **unused)
{
    (void)unused;
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

static void recommend_gives_the_highest_predictions(void **unused)
{
    (void)unused;
    problem p;
    tt_two_tower model = trained_model(&p);
    static float vectors[ITEMS * 3], all[ITEMS], predictions[ITEMS + 2];
    uint32_t user[ITEMS], item[ITEMS], items[ITEMS + 2], expected[ITEMS];
    bool seen[ITEMS];
    tt_matrix item_vectors = tt_matrix_of(vectors, ITEMS, 3);
    assert_int_equal(tt_embed(item_vectors, &model.item, p.ratings.items, 1), TT_OK);
    for (uint32_t i = 0; i < ITEMS; i++) {
        user[i] = 11;
        item[i] = i;
        seen[i] = i % 3 == 0;
    }
    tt_ratings question = {p.ratings.users, p.ratings.items, user, item, NULL, NULL, ITEMS};
    assert_int_equal(tt_predict(all, &model, &question, 1), TT_OK);
    tt_matrix features = tt_matrix_rows(p.ratings.users, 11, 1);
    for (size_t k = 0; k <= ITEMS + 2; k += 31)
        for (int with = 0; with < 2; with++) {
            const bool *left_out = with ? seen : NULL;
            size_t found = 99, wanted = naive_top_k(expected, k, all, ITEMS, left_out);
            assert_int_equal(tt_recommend(items, predictions, &found, k, &model, features,
                                          item_vectors, left_out), TT_OK);
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
                                  NULL), TT_ERROR_MEMORY);
    test_fail_at = 0;
    assert_int_equal(found, 99);
    assert_stops(tt_recommend(items, predictions, &found, 3, &model, p.ratings.users, item_vectors,
                              NULL), "user_features is 40x5");
    tt_two_tower_free(&model);
}

/* Nothing is allocated before all shapes are known to fit. */
static void recommend_stops_on_wrong_widths(void **unused)
{
    (void)unused;
    problem p;
    tt_two_tower model = trained_model(&p);
    float vectors[ITEMS * 7], prediction;
    uint32_t item;
    size_t found;
    tt_matrix good = tt_matrix_of(vectors, ITEMS, 3), wide = tt_matrix_of(vectors, ITEMS, 7);
    fill(vectors, COUNT(vectors), 1);
    size_t live = test_live_blocks;
    assert_stops(tt_recommend(&item, &prediction, &found, 1, &model,
                              tt_matrix_rows(p.ratings.users, 0, 1), wide, NULL), "60x7");
    assert_stops(tt_recommend(&item, &prediction, &found, 1, &model,
                              tt_matrix_rows(p.ratings.items, 0, 1), good, NULL), "1x7");
    assert_int_equal(test_live_blocks, live);
    tt_two_tower_free(&model);
}

/* TT_NONE is no index, so there can't be so many.  (The same row again and again.) */
static void as_many_as_tt_none_stop(void **unused)
{
    (void)unused;
    tt_two_tower model = new_model(5, 7, &odd);
    float x[5] = {1, 2, 3, 4, 5}, number;
    uint32_t index;
    size_t found, asked_before = test_allocations;
    tt_matrix many = {UINT32_MAX, 3, 0, x, NULL}, one = tt_matrix_of(x, 1, 3);
    tt_matrix user = tt_matrix_of(x, 1, 5);
    assert_stops_in(tt_nearest, (&index, &number, one, many, NULL), "4294967295 candidates");
    assert_stops_in(tt_top_k, (&index, 1, x, UINT32_MAX, NULL), "4294967295 scores");
    assert_stops_in(tt_recommend, (&index, &number, &found, 1, &model, user, many, NULL),
                    "4294967295 items");
    assert_int_equal(test_allocations, asked_before);
    tt_two_tower_free(&model);
}

/* §0: the caller's rounding and flushing don't matter, and are put back ----------------------- */

#ifdef __SSE2__
enum { STANDARD = 0x1F80, STRANGE = 0x1F80 | 0x6000 | 0x8040 }; /* to zero, denormals flushed */

/* Sets the mode of this thread and of those that will help it. */
static void set_mode(unsigned mode)
{
    _mm_setcsr(mode);
#ifdef _OPENMP
#pragma omp parallel num_threads(3)
    _mm_setcsr(mode);
#endif
}

/* All results of training, prediction and search in a mode, one after the other. */
static state results(problem *p, tt_matrix tiny, unsigned mode, int threads, tt_engine engine)
{
    enum { N = 600 };
    static float predictions[100], distance[N], vectors[ITEMS * 3];
    static uint32_t nearest[N];
    tt_two_tower model = new_model(5, 7, &odd);
    tt_fit_options options = {.epochs = 2, .validation_split = 0.2, .threads = threads,
                              .engine = engine};
    set_mode(mode);
    tt_history history;
    tt_error error = tt_fit(&model, &p->ratings, &options, &history);
    if (!error) error = tt_predict(predictions, &model, &p->ratings, threads);
    tt_matrix out = tt_matrix_of(vectors, ITEMS, 3);
    if (!error) error = tt_embed(out, &model.item, p->ratings.items, threads);
    tt_neighbour_options nearest_options = {.exclude_self = true, .threads = threads};
    if (!error) error = tt_nearest(nearest, distance, tiny, tiny, &nearest_options);
    double loss = 0;
    if (!error) error = tt_evaluate(&loss, &model, &p->ratings, threads);
    uint32_t items[5];
    float best[5];
    size_t found = 0;
    tt_matrix user = tt_matrix_rows(p->ratings.users, 3, 1);
    if (!error) error = tt_recommend(items, best, &found, 5, &model, user, out, NULL);
    tt_masked_matrix matrix;
    if (!error) error = tt_masked_distances(&matrix, tt_matrix_rows(tiny, 0, 50));
    unsigned mode_after = _mm_getcsr();
    set_mode(STANDARD);
    assert_int_equal(error, TT_OK);
    assert_int_equal(mode_after & 0xFFC0, mode);

    state s = state_of(&model);
    append(&s, predictions, COUNT(predictions));
    append(&s, vectors, COUNT(vectors));
    append(&s, distance, N);
    append(&s, best, found);
    append(&s, matrix.values.data, 50 * 50);
    float losses[] = {(float)history.loss[1], (float)history.validation_loss[1], (float)loss};
    append(&s, losses, 3);
    tt_masked_free(&matrix);
    tt_history_free(&history);
    tt_two_tower_free(&model);
    return s;
}
#endif

static void arithmetic_does_not_depend_on_the_callers_mode(void **unused)
{
    (void)unused;
#ifdef __SSE2__
    static float tiny[600 * 5];
    problem p;
    make_problem(&p, 5, 7, 100);
    fill(tiny, COUNT(tiny), 3);
    for (size_t i = 0; i < COUNT(tiny); i++) tiny[i] *= 1e-20f; /* whose squares are denormal */
    tt_matrix vectors = tt_matrix_of(tiny, 600, 5);

    for (size_t e = 0; e < COUNT(engines); e++) {
        if (!tt_engine_available(engines[e].engine)) continue;
        state standard = results(&p, vectors, STANDARD, 1, engines[e].engine);
        for (int threads = 1; threads <= 3; threads++) {
            state strange = results(&p, vectors, STRANGE, threads, engines[e].engine);
            assert_states_equal(&standard, &strange);
            free(strange.numbers);
        }
        free(standard.numbers);
    }
#endif
}

/* NULL ---------------------------------------------------------------------------------------- */

static void nothing_where_something_must_be_stops(void **unused)
{
    (void)unused;
    double numbers[2] = {1, 2}, loss;
    float x[2] = {1, 2}, y[2];
    uint32_t i[2] = {0, 0};
    size_t n;
    const char *names[] = {"one", NULL};
    tt_table table = tt_table_of(numbers, 2, 1);
    tt_matrix matrix = tt_matrix_of(x, 2, 1);
    tt_ratings ratings = {matrix, matrix, i, i, x, NULL, 2};
    tt_two_tower model;
    memset(&model, 0, sizeof model);
    tt_two_tower_options of_user = {.user_features = names}, of_item = {.item_features = names};
    assert_refuses_null(tt_standard_fit, (NULL, table, NULL), scaler);
    assert_refuses_null(tt_standard_transform, (table, table, NULL), scaler);
    assert_refuses_null(tt_standard_inverse, (table, table, NULL), scaler);
    assert_refuses_null(tt_minmax_fit, (NULL, table, 0, 1), scaler);
    assert_refuses_null(tt_minmax_transform, (table, table, NULL), scaler);
    assert_refuses_null(tt_minmax_inverse, (table, table, NULL), scaler);
    assert_refuses_null(tt_train_test_split, (NULL, i, 2, 0.5, 1), train);
    assert_refuses_null(tt_train_test_split, (i, NULL, 2, 0.5, 1), test);
    assert_refuses_null(tt_two_tower_new, (NULL, 2, 2, NULL), model);
    assert_refuses_null(tt_two_tower_new, (&model, 2, 1, &of_user), the name of feature 1);
    assert_refuses_null(tt_two_tower_new, (&model, 1, 2, &of_item), the name of feature 1);
    assert_refuses_null(tt_two_tower_summary, (NULL, 0, NULL), model);
    assert_refuses_null(tt_embed, (matrix, NULL, matrix, 1), tower);
    assert_refuses_null(tt_predict, (NULL, &model, &ratings, 1), predictions);
    assert_refuses_null(tt_predict, (y, NULL, &ratings, 1), model);
    assert_refuses_null(tt_predict, (y, &model, NULL, 1), ratings);
    assert_refuses_null(tt_evaluate, (NULL, &model, &ratings, 1), loss);
    assert_refuses_null(tt_evaluate, (&loss, NULL, &ratings, 1), model);
    assert_refuses_null(tt_evaluate, (&loss, &model, NULL, 1), ratings);
    assert_refuses_null(tt_fit, (NULL, &ratings, NULL, NULL), model);
    assert_refuses_null(tt_fit, (&model, NULL, NULL, NULL), ratings);
    assert_refuses_null(tt_progress_line, (NULL, 0, NULL, 1), progress);
    assert_refuses_null(tt_nearest, (NULL, y, matrix, matrix, NULL), nearest);
    assert_refuses_null(tt_nearest, (i, NULL, matrix, matrix, NULL), distance);
    assert_refuses_null(tt_masked_distances, (NULL, matrix), distances);
    assert_refuses_null(tt_masked_argmin, (NULL, 0), matrix);
    assert_refuses_null(tt_top_k, (i, 1, NULL, 2, NULL), scores);
    assert_refuses_null(tt_top_k, (NULL, 1, x, 2, NULL), best);
    assert_refuses_null(tt_recommend, (NULL, y, &n, 1, &model, matrix, matrix, NULL), items);
    assert_refuses_null(tt_recommend, (i, NULL, &n, 1, &model, matrix, matrix, NULL), predictions);
    assert_refuses_null(tt_recommend, (i, y, NULL, 1, &model, matrix, matrix, NULL), found);
    assert_refuses_null(tt_recommend, (i, y, &n, 1, NULL, matrix, matrix, NULL), model);
    assert_int_equal(test_allocations, 0);
}

static void freeing_nothing_is_harmless_as_is_freeing_twice(void **unused)
{
    (void)unused;
    double numbers[] = {1, 2};
    float x[] = {1, 2};
    problem p;
    tt_two_tower model = trained_model(&p);
    tt_history history = fit(&model, &p.ratings, NULL);
    tt_standard_scaler standard = fit_standard(tt_table_of(numbers, 2, 1), NULL);
    tt_minmax_scaler minmax;
    tt_masked_matrix masked;
    tt_csv csv;
    assert_int_equal(tt_minmax_fit(&minmax, tt_table_of(numbers, 2, 1), 0, 1), TT_OK);
    assert_int_equal(tt_masked_distances(&masked, tt_matrix_of(x, 2, 1)), TT_OK);
    assert_int_equal(tt_csv_open(&csv, "tests/golden/tiny/ratings.csv"), TT_OK);
    assert_frees(tt_standard_free, tt_standard_scaler, standard);
    assert_frees(tt_minmax_free, tt_minmax_scaler, minmax);
    assert_frees(tt_csv_close, tt_csv, csv);
    assert_frees(tt_history_free, tt_history, history);
    assert_frees(tt_two_tower_free, tt_two_tower, model);
    assert_frees(tt_masked_free, tt_masked_matrix, masked);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        test(scaler_standard_equals_scikit_learn),
        test(scaler_minmax_equals_scikit_learn),
        test(scaler_of_a_constant_column_gives_exactly_zero),
        test(scaler_of_a_tiny_spread_stays_finite),
        test(scaler_refuses_what_is_not_finite),
        test(scaler_refuses_a_range_too_narrow_for_its_factor),
        test(scaler_takes_what_is_outside_to_outside),
        test(scaler_of_one_row),
        test(scaler_counts_stand_for_copies),
        test(scaler_of_some_columns_is_a_view),
        test(scaler_works_in_place_and_on_views),
        test(scaler_stops_on_wrong_shapes),
        test(scaler_stops_where_nothing_counts),
        test(scaler_reports_missing_memory),
        test(split_of_ten_equals_scikit_learn),
        test(split_equals_scikit_learn),
        test(split_stops_on_an_empty_side),
        test(split_reports_missing_memory),
        test(model_has_the_notebooks_shape_by_default),
        test(model_has_the_shape_that_is_asked_for),
        test(model_is_determined_by_its_seed),
        test(model_keeps_copies_of_scalers_and_names),
        test(model_reports_missing_memory),
        test(model_summary_counts_both_towers),
        test(model_embeds_as_the_formula_says),
        test(model_predicts_the_dot_product_of_the_embeddings),
        test(model_embeds_a_row_alone_as_in_any_batch),
        test(model_predicts_the_same_bits_with_any_number_of_threads),
        test(model_evaluates_to_the_mean_squared_error),
        test(model_stops_on_wrong_indices_and_shapes),
        test(model_evaluation_stops_in_its_own_name),
        test(ratings_without_users_or_items_stop),
        test(networks_that_were_changed_into_none_stop),
        test(model_refuses_to_embed_what_is_not_finite),
        test(model_stops_on_scalers_of_the_wrong_width),
        test(model_prediction_reports_missing_memory),
        test(engines_agree_on_the_notebooks_model),
        test(engines_agree_on_odd_shapes),
        test(engines_agree_on_shallow_deep_and_narrow_towers),
        test(engines_agree_where_units_die),
        test(engines_agree_on_features_of_zeros_and_tiny_ones),
        test(engines_agree_on_towers_that_were_changed),
        test(training_with_a_new_optimiser_is_as_if_it_had_been_there),
        test(training_with_a_new_tower_is_as_if_it_had_been_there),
        test(divergence_puts_back_views),
        test(training_with_a_new_optimiser_survives_missing_memory),
        test(engine_that_is_not_there_stops),
        test(training_takes_pytorchs_steps),
        test(training_learns),
        test(training_is_determined_by_the_seed_and_shuffles_each_epoch),
        test(training_weighs_the_last_batch_by_its_size),
        test(training_calls_back_after_every_batch_and_epoch),
        test(training_stops_when_the_callback_says_so),
        test(training_keeps_the_last_part_for_validation),
        test(training_stops_early_with_the_best_weights),
        test(training_calls_the_first_of_equal_epochs_the_best),
        test(training_without_validation_watches_the_training_loss),
        test(training_that_diverges_leaves_the_weights_of_before),
        test(training_that_diverges_names_the_batch_and_stops_there),
        test(a_validation_loss_that_is_nan_is_worse_than_any),
        test(the_parameter_that_is_not_finite_is_found),
        test(training_that_diverges_with_patience_keeps_the_best_epoch),
        test(training_that_diverges_later_keeps_the_epochs_before),
        test(training_never_leaves_numbers_that_are_not_finite),
        test(training_that_overflows_weights_or_moments_has_diverged),
        test(training_on_rows_equals_training_on_copies),
        test(training_on_shared_rows_equals_a_row_per_rating),
        test(training_twice_equals_training_longer),
        test(training_without_options_is_one_epoch_of_batches_of_32),
        test(training_stops_on_misuse),
        test(data_that_are_not_finite_are_refused),
        test(recommend_refuses_what_is_not_finite),
        test(the_smallest_data),
        test(training_checks_the_validation_ratings_first),
        test(training_reports_missing_memory),
        test(progress_line_says_how_far_training_is),
        test(progress_line_shows_strange_losses),
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
        test(nearest_has_kernels_that_agree),
        test(nearest_reports_missing_memory),
        test(masked_matrix_gives_what_nearest_gives),
        test(top_k_equals_a_sort),
        test(recommend_gives_the_highest_predictions),
        test(recommend_stops_on_wrong_widths),
        test(as_many_as_tt_none_stop),
        test(arithmetic_does_not_depend_on_the_callers_mode),
        test(nothing_where_something_must_be_stops),
        test(freeing_nothing_is_harmless_as_is_freeing_twice),
    };
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
