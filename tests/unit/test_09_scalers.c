/* The tests of §9, scalers. */

#include "tests/unit/problem.h"

static void scaler_standard_equals_scikit_learn(void **state)
{
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

static void scaler_minmax_equals_scikit_learn(void **state)
{
    tt_table x = golden("scaler_x"), z = new_table(x.rows, x.cols);
    tt_minmax_scaler scaler = fit_minmax(x, -1, 1);
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
static void scaler_of_a_constant_column_gives_exactly_zero(void **state)
{
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
static void scaler_of_a_tiny_spread_stays_finite(void **state)
{
    double numbers[] = {1e-200, 2e-200}, z[2];
    tt_standard_scaler scaler = fit_standard(tt_table_of(numbers, 2, 1), NULL);
    assert_true(scaler.scale[0] > 0);
    tt_standard_transform(tt_table_of(z, 2, 1), tt_table_of(numbers, 2, 1), &scaler);
    assert_true(isfinite(z[0]) && isfinite(z[1]));
    tt_standard_free(&scaler);
}

static void scaler_refuses_what_is_not_finite(void **state)
{
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
        assert_int_equal(tt_minmax_fit(&minmax, table, NULL, -1, 1), TT_ERROR_NOT_FINITE);
    }
    /* Finite numbers whose sum, square or difference is not. */
    double wide[] = {DBL_MAX, -DBL_MAX}, squares[] = {1e200, -1e200};
    assert_int_equal(tt_standard_fit(&standard, tt_table_of(squares, 2, 1), NULL),
                     TT_ERROR_NOT_FINITE);
    assert_int_equal(tt_minmax_fit(&minmax, tt_table_of(wide, 2, 1), NULL, -1, 1),
                     TT_ERROR_NOT_FINITE);
    wide[1] = DBL_MAX / 2;
    assert_int_equal(tt_standard_fit(&standard, tt_table_of(wide, 2, 1), NULL),
                     TT_ERROR_NOT_FINITE);
    assert_memory_equal(&standard, &standard_before, sizeof standard);
    assert_memory_equal(&minmax, &minmax_before, sizeof minmax);
}

/* The factor from a range of 1e-310 to one of 2 is infinite; from 1e-300 it is 2e300. */
static void scaler_refuses_a_range_too_narrow_for_its_factor(void **state)
{
    double narrow[] = {0, 1e-310}, wider[] = {0, 1e-300}, z[2];
    tt_minmax_scaler scaler, untouched;
    memset(&scaler, 0x5A, sizeof scaler);
    memset(&untouched, 0x5A, sizeof untouched);
    assert_int_equal(tt_minmax_fit(&scaler, tt_table_of(narrow, 2, 1), NULL, -1, 1),
                     TT_ERROR_NOT_FINITE);
    assert_memory_equal(&scaler, &untouched, sizeof scaler);

    tt_table in = tt_table_of(wider, 2, 1), out = tt_table_of(z, 2, 1);
    assert_int_equal(tt_minmax_fit(&scaler, in, NULL, -1, 1), TT_OK);
    tt_minmax_transform(out, in, &scaler);
    assert_tables_close(out, tt_table_of((double[]){-1, 1}, 2, 1), 1e-14);
    tt_minmax_inverse(out, out, &scaler);
    assert_true(z[0] == 0 && isfinite(z[1]));
    tt_minmax_free(&scaler);
}

/* Fitted on 1 and 3, both scalers take 1 to -1, 3 to 1 and 5 to 3. */
static void scaler_takes_what_is_outside_to_outside(void **state)
{
    double fitted[] = {1, 3}, x[] = {5, -7, INFINITY, -INFINITY, NAN}, z[5];
    const double expected[] = {3, -9, INFINITY, -INFINITY};
    tt_table in = tt_table_of(x, 5, 1), out = tt_table_of(z, 5, 1);
    tt_standard_scaler standard = fit_standard(tt_table_of(fitted, 2, 1), NULL);
    tt_minmax_scaler minmax = fit_minmax(tt_table_of(fitted, 2, 1), -1, 1);
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
static void scaler_of_one_row(void **state)
{
    double row[] = {3, -2.5}, z[2], back[2];
    tt_table in = tt_table_of(row, 1, 2), out = tt_table_of(z, 1, 2);
    tt_table again = tt_table_of(back, 1, 2);
    tt_standard_scaler standard = fit_standard(in, NULL);
    tt_standard_transform(out, in, &standard);
    assert_true(z[0] == 0 && z[1] == 0);
    tt_standard_inverse(again, out, &standard);
    assert_memory_equal(back, row, sizeof row);
    tt_standard_free(&standard);

    tt_minmax_scaler minmax = fit_minmax(in, -1, 1);
    tt_minmax_transform(out, in, &minmax);
    assert_true(z[0] == -1 && z[1] == -1);
    tt_minmax_inverse(again, out, &minmax);
    assert_memory_equal(back, row, sizeof row);
    tt_minmax_free(&minmax);
}

static void scaler_counts_stand_for_copies(void **state)
{
    /* The third row counts 0 times, as if it weren't there. */
    double rows[] = {1, 3.7, 7, 2, 3.7, -3.25, 1000, 8, 1e6, -4.5, 3.7, 0.125};
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

/* The extremes are those of the rows that count; how often is all the same to them. */
static void minmax_counts_leave_rows_out(void **state)
{
    double rows[] = {1, 3.7, 2, -8, 1000, 5, -4.5, 3.7};
    uint32_t counts[] = {3, 1, 0, 5}, none_of_them[] = {0, 0, 0, 0};
    tt_table table = tt_table_of(rows, 4, 2);
    tt_minmax_scaler scaler;
    assert_int_equal(tt_minmax_fit(&scaler, table, counts, -1, 1), TT_OK);
    assert_true(scaler.min[0] == -4.5 && scaler.max[0] == 2 && scaler.low == -1);
    assert_true(scaler.min[1] == -8 && scaler.max[1] == 3.7 && scaler.high == 1);
    assert_stops(tt_minmax_fit(&scaler, table, none_of_them, -1, 1),
                 "tt_minmax_fit: counts of all 4 rows are 0");
    tt_minmax_free(&scaler);
}

static void scaler_of_some_columns_is_a_view(void **state)
{
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

static void scaler_works_in_place_and_on_views(void **state)
{
    tt_table x = golden("scaler_x"), wide = new_table(x.rows, x.cols + 2);
    tt_table middle = tt_table_cols(wide, 1, x.cols);
    for (size_t r = 0; r < x.rows; r++)
        memcpy(tt_table_at(middle, r, 0), tt_table_at(x, r, 0), x.cols * sizeof(double));
    tt_standard_scaler standard = fit_standard(middle, NULL);
    tt_standard_transform(middle, middle, &standard);
    assert_tables_close(middle, golden("scaler_standard"), 1e-14);
    tt_standard_inverse(middle, middle, &standard);
    assert_tables_close(middle, x, 1e-14);

    tt_minmax_scaler minmax = fit_minmax(middle, -1, 1);
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

static void scaler_stops_on_wrong_shapes(void **state)
{
    double numbers[6] = {1, 2, 3, 4, 5, 6}, room[6];
    tt_table x = tt_table_of(numbers, 3, 2), none = tt_table_of(numbers, 0, 2);
    tt_standard_scaler standard = fit_standard(x, NULL), unfitted;
    tt_minmax_scaler minmax = fit_minmax(x, 0, 1);
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
    assert_stops(tt_minmax_inverse(turned, x, &minmax), "tt_minmax_inverse: out is 2x3, in is 3x2");
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
    assert_stops(tt_minmax_fit(&minmax, tt_table_cols(x, 0, 0), NULL, 0, 1), "table is 3x0");
    assert_stops(tt_standard_fit(&unfitted, none, NULL), "table is 0x2");
    assert_stops(tt_minmax_fit(&minmax, none, NULL, 0, 1), "table is 0x2");
    assert_stops(tt_minmax_fit(&minmax, x, NULL, 1, 1), "low is 1, high is 1");
    assert_stops(tt_minmax_fit(&minmax, x, NULL, -DBL_MAX,
                               DBL_MAX), /* whose difference is infinite */
                 "tt_minmax_fit: low is -1.79769e+308, high is 1.79769e+308");
    tt_standard_free(&standard);
    tt_minmax_free(&minmax);
    tt_minmax_free(&minmax); /* twice is harmless */
}

/* Rows that all count 0 are an empty table. */
static void scaler_stops_where_nothing_counts(void **state)
{
    double numbers[] = {1, 2};
    uint32_t counts[] = {0, 0};
    tt_standard_scaler scaler;
    assert_stops(tt_standard_fit(&scaler, tt_table_of(numbers, 2, 1), counts), "count");
}

static void scaler_reports_missing_memory(void **state)
{
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
    assert_int_equal(tt_minmax_fit(&minmax, tt_table_of(numbers, 2, 1), NULL, 0, 1),
                     TT_ERROR_MEMORY);
    assert_memory_equal(&standard, &standard_before, sizeof standard);
    assert_memory_equal(&minmax, &minmax_before, sizeof minmax);
}

/* NumPy says mean 1000000000.3 and deviation 0.001 (float64, two passes over the differences). */
static void columns_far_from_zero_keep_their_digits(void **state)
{
    enum { N = 20000 };
    double *numbers = (double *)test_keep(N * sizeof *numbers);
    for (size_t i = 0; i < N; i++) numbers[i] = 1e9 + 0.3 + (i % 2 ? 1e-3 : -1e-3);
    tt_standard_scaler scaler = fit_standard(tt_table_of(numbers, N, 1), NULL);
    assert_true(fabs(scaler.mean[0] - 1000000000.3) < 2e-7); /* a double's step there is 1.2e-7 */
    assert_true(fabs(scaler.scale[0] - 1e-3) < 1e-7);
    tt_standard_free(&scaler);
}

int main(void)
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
        test(minmax_counts_leave_rows_out),
        test(scaler_of_some_columns_is_a_view),
        test(scaler_works_in_place_and_on_views),
        test(scaler_stops_on_wrong_shapes),
        test(scaler_stops_where_nothing_counts),
        test(scaler_reports_missing_memory),
        test(columns_far_from_zero_keep_their_digits),
    };
    return cmocka_run_group_tests_name("09_scalers", tests, NULL, NULL);
}
