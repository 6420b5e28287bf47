/* The tests of §7, checking gradients. */

#include "tests/unit/networks.h"

/* mean(P K) where K is P itself at one place, hidden from the tape as a constant: there the slope
   is 2 p / count, of which the tape sees half.  V takes part rightly. */
typedef struct wrong {
    tt_matrix V, P, K;
    size_t row, col;
} wrong;

static tt_var record_wrong(tt_tape *tape, void *context)
{
    const wrong *w = (const wrong *)context;
    for (size_t i = 0; i < w->K.rows * w->K.cols; i++) w->K.data[i] = 1;
    *tt_matrix_at(w->K, w->row, w->col) = *tt_matrix_at(w->P, w->row, w->col);
    tt_var V = tt_tape_parameter(tape, w->V), P = tt_tape_parameter(tape, w->P);
    tt_var both = tt_tape_add(tape, V, tt_tape_multiply(tape, P, tt_tape_constant(tape, w->K)));
    return tt_tape_mean(tape, both);
}

static void a_wrong_gradient_is_found_and_placed(void **state)
{
    wrong w = {random_matrix(2, 3), random_matrix(2, 3), garbage_matrix(2, 3), 0, 0};
    const tt_matrix parameters[] = {w.V, w.P};
    for (w.row = 0; w.row < 2; w.row++)
        for (w.col = 0; w.col < 3; w.col++) {
            double p = 0.75;
            *tt_matrix_at(w.P, w.row, w.col) = (float)p;
            tt_gradient_check check;
            assert_int_equal(tt_check_gradients(&check, record_wrong, &w, parameters, 2), TT_OK);
            assert_int_equal(check.compared, 12);
            assert_int_equal(check.parameter, 1);
            assert_true(check.row == w.row && check.col == w.col);
            assert_close(check.largest_error, 0.5, 1e-3);
            assert_close(check.by_tape, p / 6, 1e-6);
            assert_close(check.by_differences, 2 * p / 6, 1e-4);
        }
}

static void the_golden_towers_pass(void **state)
{
    golden_towers towers;
    load_towers(&towers);
    tt_matrix parameters[12], before[12];
    for (size_t l = 0; l < 3; l++) {
        parameters[l] = towers.user.layers[l].weights;
        parameters[3 + l] = towers.user.layers[l].bias;
        parameters[6 + l] = towers.item.layers[l].weights;
        parameters[9 + l] = towers.item.layers[l].bias;
    }
    for (int p = 0; p < 12; p++) before[p] = copy_of(parameters[p]);
    tt_gradient_check check;
    assert_int_equal(tt_check_gradients(&check, record_loss, &towers, parameters, 12), TT_OK);
    assert_close(check.largest_error, 0, 1e-3);
    size_t all = tt_sequential_parameters(&towers.user) + tt_sequential_parameters(&towers.item);
    assert_int_equal(check.compared + check.kinks, all);
    assert_true(check.compared > all / 2);
    for (int p = 0; p < 12; p++) /* put back to the bit */
        assert_bits_equal(parameters[p].data, before[p].data, before[p].rows * before[p].cols);
    free_towers(&towers);
}

static tt_var record_relu_mean(tt_tape *tape, void *context)
{
    return tt_tape_mean(tape, tt_tape_relu(tape, tt_tape_parameter(tape, *(tt_matrix *)context)));
}

static void corners_are_counted_and_left_out(void **state)
{
    float x[] = {1, 0, -1, 0.001f, 0.5f};
    tt_matrix X = tt_matrix_of(x, 1, 5);
    tt_gradient_check check;
    assert_int_equal(tt_check_gradients(&check, record_relu_mean, &X, &X, 1), TT_OK);
    assert_int_equal(check.kinks, 1 + 1); /* 0 itself, and 0.001, which a step leads across */
    assert_int_equal(check.compared, 3);
    assert_close(check.largest_error, 0, 1e-3);
}

/* The ReLU hides a NaN from the value, but the gradient of the first element is NaN. */
static tt_var record_nan(tt_tape *tape, void *context)
{
    static float factors[] = {NAN, 1, 1};
    tt_var x = tt_tape_parameter(tape, *(tt_matrix *)context);
    tt_var c = tt_tape_constant(tape, tt_matrix_of(factors, 1, 3));
    return tt_tape_mean(tape, tt_tape_relu(tape, tt_tape_multiply(tape, x, c)));
}

static void a_gradient_that_is_not_a_number_is_no_good_one(void **state)
{
    float x[] = {1, 1, 1};
    tt_matrix X = tt_matrix_of(x, 1, 3);
    tt_gradient_check check;
    assert_int_equal(tt_check_gradients(&check, record_nan, &X, &X, 1), TT_OK);
    assert_false(check.largest_error < 1e-3);
    assert_int_equal(check.col, 0);
}

/* The mean of 0 A: A's gradient is 0 by the tape and by differences. */
static tt_var record_nothing_of(tt_tape *tape, void *context)
{
    static float zeros[6];
    tt_var A = tt_tape_parameter(tape, *(tt_matrix *)context);
    tt_var zero = tt_tape_constant(tape, tt_matrix_of(zeros, 2, 3));
    return tt_tape_mean(tape, tt_tape_multiply(tape, A, zero));
}

/* Where all errors are 0 the place reported is still one, though B has no part in the graph. */
static void the_place_reported_exists(void **state)
{
    tt_matrix A = random_matrix(2, 3), B = random_matrix(1, 4);
    const tt_matrix parameters[] = {A, B};
    tt_gradient_check check;
    assert_int_equal(tt_check_gradients(&check, record_nothing_of, &A, parameters, 2), TT_OK);
    assert_int_equal(check.compared, 10);
    assert_true(check.largest_error == 0);
    assert_true(check.row < parameters[check.parameter].rows);
    assert_true(check.col < parameters[check.parameter].cols);
}

static tt_var record_product(tt_tape *tape, void *context)
{
    const tt_matrix *factors = (const tt_matrix *)context;
    tt_var A = tt_tape_parameter(tape, factors[0]), B = tt_tape_parameter(tape, factors[1]);
    return tt_tape_mean(tape, tt_tape_matmul(tape, A, B));
}

static void the_check_passes_memory_errors_on(void **state)
{
    tt_matrix parameters[] = {random_matrix(3, 4), random_matrix(4, 2)};
    tt_matrix A = copy_of(parameters[0]), B = copy_of(parameters[1]);
    tt_gradient_check check, untouched;
    memset(&untouched, 77, sizeof untouched);
    for (size_t k = 1, failed = 1; failed; k++)
        for (int for_good = 0; for_good < 2; for_good++) {
            check = untouched;
            test_fail_at = k, test_fail_for_good = for_good;
            tt_error error = tt_check_gradients(&check, record_product, parameters, parameters, 2);
            failed = for_good ? error != TT_OK : test_fail_at == 0;
            test_fail_at = 0;
            assert_int_equal(error, failed ? TT_ERROR_MEMORY : TT_OK);
            if (failed) assert_memory_equal(&check, &untouched, sizeof check);
            assert_bits_equal(parameters[0].data, A.data, 12);
            assert_bits_equal(parameters[1].data, B.data, 8);
            assert_int_equal(test_live_blocks, 0);
            assert_true(failed || k > 4);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_wrong_gradient_is_found_and_placed),
        test(the_golden_towers_pass),
        test(corners_are_counted_and_left_out),
        test(a_gradient_that_is_not_a_number_is_no_good_one),
        test(the_place_reported_exists),
        test(the_check_passes_memory_errors_on),
    };
    return cmocka_run_group_tests_name("07_gradients", tests, NULL, NULL);
}
