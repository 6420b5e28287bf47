/* The tests of §8, optimisers. */

#define TEST_IMPLEMENTATION /* the library's private names too */

#include "tests/unit/networks.h"

/* A tape on which the parameter w has exactly the gradient g: mean(w (n g)). */
static void record_gradient(tt_tape *tape, tt_matrix w, const float *g)
{
    size_t n = w.rows * w.cols; /* must be a power of two, so that n g / n is g */
    tt_matrix c = garbage_matrix(w.rows, w.cols);
    for (size_t i = 0; i < n; i++) c.data[i] = (float)n * g[i];
    tt_tape_reset(tape);
    tt_var product = tt_tape_multiply(tape, tt_tape_parameter(tape, w), tt_tape_constant(tape, c));
    assert_int_equal(tt_tape_backward(tape, tt_tape_mean(tape, product)), TT_OK);
    tt_matrix gradient = tt_tape_gradient(tape, tt_tape_parameter(tape, w));
    assert_bits_equal(gradient.data, g, n);
}

/* At the first step m = (1 - beta1) g and v = (1 - beta2) g^2, and Keras' step is
   lr g / (|g| + epsilon / sqrt(1 - beta2)).  For a gradient as small as epsilon, other forms of
   Adam (epsilon added to the corrected root) give another step. */
static void adams_first_step_is_the_one_computed_by_hand(void **state)
{
    const float g[] = {0.5f, -2, 1e-6f, 0};
    const tt_adam_options options[] = {
        {0, 0, 0, 0}, {.learning_rate = 0.01}, {0.1, 0.8, 0.99, 1e-5}, {0.1, 0.8, 0.99, 1e-8}};
    for (size_t k = 0; k < 4; k++) {
        float w[] = {1, 1, 0, 1};
        const double start[] = {1, 1, 0, 1};
        double lr = k == 0 ? 0.001 : k == 1 ? 0.01 : 0.1, beta2 = k < 2 ? 0.999 : 0.99;
        double epsilon = k < 2 ? 1e-7 : k == 2 ? 1e-5 : 1e-8;
        tt_tape tape = {0};
        tt_adam adam;
        tt_adam_new(&adam, k ? &options[k] : NULL);
        record_gradient(&tape, tt_matrix_of(w, 2, 2), g);
        assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
        for (size_t i = 0; i < 4; i++) {
            double size = fabs((double)g[i]) + epsilon / sqrt(1 - beta2);
            assert_close(w[i], start[i] - lr * (double)g[i] / size, 1e-7);
        }
        assert_int_equal(adam.steps, 1);
        tt_adam_free(&adam);
        tt_tape_free(&tape);
    }
}

/* 30 steps with changing gradients against the formulas in float64, for two settings of beta. */
static void adam_follows_its_formulas_for_many_steps(void **state)
{
    const tt_adam_options options[] = {{0.01, 0, 0, 0}, {0.02, 0.7, 0.95, 1e-3}};
    for (int k = 0; k < 2; k++) {
        double b1 = k ? 0.7 : 0.9, b2 = k ? 0.95 : 0.999, epsilon = k ? 1e-3 : 1e-7;
        double w[4] = {1, -1, 0.5, 0}, m[4] = {0}, v[4] = {0};
        float weights[4] = {1, -1, 0.5f, 0}, g[4];
        tt_tape tape = {0};
        tt_adam adam;
        tt_adam_new(&adam, &options[k]);
        for (int t = 1; t <= 30; t++) {
            for (int i = 0; i < 4; i++) g[i] = test_random();
            record_gradient(&tape, tt_matrix_of(weights, 2, 2), g);
            assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
            double rate = options[k].learning_rate * sqrt(1 - pow(b2, t)) / (1 - pow(b1, t));
            for (int i = 0; i < 4; i++) {
                m[i] = b1 * m[i] + (1 - b1) * (double)g[i];
                v[i] = b2 * v[i] + (1 - b2) * (double)g[i] * (double)g[i];
                w[i] -= rate * m[i] / (sqrt(v[i]) + epsilon);
                assert_close(weights[i], w[i], 2e-6);
            }
        }
        tt_adam_free(&adam);
        tt_tape_free(&tape);
    }
}

/* m = 0.1 g and v = 0.001 g^2 at the first step. */
static void moments_below_1e_30_become_zero(void **state)
{
    const float g[] = {2e-29f, -2e-29f, 5e-30f, -5e-30f, 1e-13f, -1e-13f, 1e-14f, -1e-14f};
    float w[8] = {0};
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    record_gradient(&tape, tt_matrix_of(w, 1, 8), g);
    assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
    const float *m = adam.moments[0].m.data, *v = adam.moments[0].v.data;
    assert_close(m[0] / 2e-30, 1, 1e-6);
    assert_close(m[1] / 2e-30, -1, 1e-6);
    assert_true(m[2] == 0 && m[3] == 0 && w[2] == 0 && w[3] == 0);
    assert_close(v[4] / 1e-29, 1, 1e-5);
    assert_close(v[5] / 1e-29, 1, 1e-5);
    assert_true(v[0] == 0 && v[6] == 0 && v[7] == 0);
    assert_true(m[6] > 0 && m[7] < 0 && w[6] < 0 && w[7] > 0);
    tt_adam_free(&adam);
    tt_tape_free(&tape);
}

static void zero_options_mean_the_defaults(void **state)
{
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    const tt_adam_options *o = &adam.options;
    assert_true(o->learning_rate == 0.001 && o->beta1 == 0.9);
    assert_true(o->beta2 == 0.999 && o->epsilon == 1e-7);
    assert_true(adam.steps == 0 && adam.count == 0);
    tt_adam_new(&adam, &(tt_adam_options){0.5, 0.25, 0.125, 0.0625});
    assert_true(o->learning_rate == 0.5 && o->beta1 == 0.25);
    assert_true(o->beta2 == 0.125 && o->epsilon == 0.0625);
    assert_stops(tt_adam_new(&adam, &(tt_adam_options){.beta1 = 1}), "beta1 is 1");
    assert_stops(tt_adam_new(&adam, &(tt_adam_options){.beta2 = -0.5}), "beta2 -0.5");
    assert_stops(tt_adam_new(&adam, &(tt_adam_options){.beta2 = NAN}), "beta2 ");
    for (int twice = 0; twice < 2; twice++) tt_adam_free(&adam);
}

static void assert_no_adam(const tt_adam_options *options, const char *complaint)
{
    tt_adam adam;
    assert_stops(tt_adam_new(&adam, options), complaint);
}

static void options_that_make_no_step_stop(void **state)
{
    static const struct {
        tt_adam_options options;
        const char *complaint;
    } cases[] = {{{-0.1, 0, 0, 0}, "learning_rate is -0.1"},
                 {{(double)INFINITY, 0, 0, 0}, "learning_rate is inf"},
                 {{(double)NAN, 0, 0, 0}, "learning_rate is"},
                 {{0, 0, 0, -1e-7}, "epsilon is -1e"},
                 {{0, 0, 0, (double)INFINITY}, "epsilon is inf"},
                 {{0, -0.5, 0, 0}, "beta1 is -0.5, beta2 0.999"},
                 {{0, 0, 1, 0}, "beta1 is 0.9, beta2 1"},
                 {{0, 0, -0.1, 0}, "beta1 is 0.9, beta2 -0.1"}};
    for (size_t i = 0; i < COUNT(cases); i++) assert_no_adam(&cases[i].options, cases[i].complaint);
}

/* Two parameters, one of them a view, move as each would alone; the third isn't reached. */
static void several_parameters_keep_their_own_moments(void **state)
{
    const float g[] = {1, -2, 0.25f, 4};
    tt_matrix wide = random_matrix(2, 5), before = copy_of(wide), other = random_matrix(1, 4);
    tt_matrix view = tt_matrix_cols(wide, 1, 2), unused = random_matrix(2, 2);
    tt_matrix view_alone = copy_of(view), other_alone = copy_of(other);
    tt_matrix unused_before = copy_of(unused);
    float factors[] = {4, -8, 1, 16}; /* 4 g */
    tt_adam both, first, second;
    tt_adam_new(&both, NULL), tt_adam_new(&first, NULL), tt_adam_new(&second, NULL);
    tt_tape tape = {0};
    for (int step = 0; step < 3; step++) {
        tt_tape_reset(&tape);
        tt_var c = tt_tape_constant(&tape, tt_matrix_of(factors, 2, 2));
        tt_var d = tt_tape_constant(&tape, tt_matrix_of(factors, 1, 4));
        tt_var x = tt_tape_multiply(&tape, tt_tape_parameter(&tape, view), c);
        tt_var y = tt_tape_multiply(&tape, tt_tape_parameter(&tape, other), d);
        tt_var sum = tt_tape_add(&tape, tt_tape_mean(&tape, x), tt_tape_mean(&tape, y));
        if (step > 0) tt_tape_parameter(&tape, unused); /* a gradient of 0 */
        assert_int_equal(tt_tape_backward(&tape, sum), TT_OK);
        if (step == 0) tt_tape_parameter(&tape, unused); /* none */
        assert_int_equal(tt_adam_step(&both, &tape), TT_OK);
        record_gradient(&tape, view_alone, g);
        assert_int_equal(tt_adam_step(&first, &tape), TT_OK);
        record_gradient(&tape, other_alone, g);
        assert_int_equal(tt_adam_step(&second, &tape), TT_OK);
    }
    assert_bits_equal(tt_matrix_at(view, 0, 0), view_alone.data, 2);
    assert_bits_equal(tt_matrix_at(view, 1, 0), view_alone.data + 2, 2);
    assert_bits_equal(other.data, other_alone.data, 4);
    assert_bits_equal(unused.data, unused_before.data, 4);
    assert_true(wide.data[1] != before.data[1]);
    assert_true(wide.data[0] == before.data[0] && wide.data[3] == before.data[3]);
    tt_adam_free(&both), tt_adam_free(&first), tt_adam_free(&second);
    tt_tape_free(&tape);
}

static void a_step_without_memory_changes_nothing(void **state)
{
    large it = make_large();
    tt_tape tape = {0};
    assert_int_equal(step_large(&tape, &it), TT_OK);
    size_t n = tt_sequential_parameters(&it.network), before = test_live_blocks;
    float *weights = it.network.layers[0].weights.data; /* all parameters, one after the other */
    tt_matrix start = copy_of(tt_matrix_of(weights, 1, n)), expected;
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    size_t asked = test_allocations;
    assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
    size_t needed = test_allocations - asked;
    expected = copy_of(tt_matrix_of(weights, 1, n));
    tt_adam_free(&adam);
    assert_int_equal(needed, 1 + 2 * 6);

    for (size_t k = 1; k <= needed; k++)
        for (int for_good = 0; for_good < 2; for_good++) {
            memcpy(weights, start.data, n * sizeof *weights);
            tt_adam_new(&adam, NULL);
            test_fail_at = k, test_fail_for_good = for_good;
            assert_int_equal(tt_adam_step(&adam, &tape), TT_ERROR_MEMORY);
            test_fail_at = 0;
            assert_bits_equal(weights, start.data, n);
            assert_int_equal(adam.steps, 0);
            assert_int_equal(tt_adam_step(&adam, &tape), TT_OK); /* as if nothing had been */
            assert_bits_equal(weights, expected.data, n);
            tt_adam_free(&adam);
            assert_int_equal(test_live_blocks, before);
        }
    tt_tape_free(&tape);
    tt_sequential_free(&it.network);
}

/* Moments belong to an address; another matrix there is a mistake, not more memory to write on. */
static void a_parameter_that_changes_its_shape_stops(void **state)
{
    const float g[4] = {1, 1, 1, 1};
    tt_matrix w = random_matrix(2, 2);
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    record_gradient(&tape, w, g);
    assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
    record_gradient(&tape, tt_matrix_rows(w, 0, 1), g);
    assert_stops(tt_adam_step(&adam, &tape), "1x2");
    tt_adam_free(&adam);
    tt_tape_free(&tape);
}

static void sgd_goes_down_the_slope(void **state)
{
    const float g[] = {0.5f, -2, 0, 8}, expected[] = {0.875f, 1.5f, 1, -1};
    tt_matrix wide = random_matrix(2, 4), before = copy_of(wide);
    tt_matrix w = tt_matrix_cols(wide, 1, 2);
    for (size_t i = 0; i < 4; i++) *tt_matrix_at(w, i / 2, i % 2) = 1;
    tt_tape tape = {0};
    record_gradient(&tape, w, g);
    tt_matrix late = random_matrix(1, 1), late_before = copy_of(late);
    tt_tape_parameter(&tape, late); /* recorded after backward: no gradient, no step */
    tt_matrix product = tt_tape_value(&tape, 2), product_before = copy_of(product);
    tt_sgd_step(&tape, 0.25);
    assert_bits_equal(product.data, product_before.data, 4); /* parameters move, nothing else */
    assert_bits_equal(tt_matrix_at(w, 0, 0), expected, 2);
    assert_bits_equal(tt_matrix_at(w, 1, 0), expected + 2, 2);
    assert_true(wide.data[0] == before.data[0] && wide.data[3] == before.data[3]);
    assert_bits_equal(late.data, late_before.data, 1);
    tt_tape_free(&tape);
}

/* There are gradients, but who knows of what. */
static void a_failed_tape_moves_nothing(void **state)
{
    const float g[] = {0.5f, -2, 1, 8};
    tt_matrix w = random_matrix(2, 2), before = copy_of(w);
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    record_gradient(&tape, w, g);
    run_out_of_memory(&tape);
    tt_sgd_step(&tape, 0.25);
    assert_bits_equal(w.data, before.data, 4);
    assert_int_equal(tt_adam_step(&adam, &tape), TT_ERROR_MEMORY);
    assert_bits_equal(w.data, before.data, 4);
    assert_true(adam.steps == 0 && adam.count == 0);
    tt_tape_free(&tape);
}

/* A step is at most 0.01, its relative error that of a gradient, about 1e-6 for the smallest ones;
   20 steps feed it back.  A wrong bias correction or epsilon is off by 1e-4 and more. */
static void golden_weights_and_losses_of_20_steps_of_adam(void **state)
{
    golden_towers towers;
    load_towers(&towers);
    tt_table losses = golden("towers_losses");
    tt_adam adam;
    tt_adam_new(&adam, &(tt_adam_options){.learning_rate = 0.01});
    tt_tape tape = {0};
    for (size_t step = 0; step < 20; step++) {
        tt_tape_reset(&tape);
        tt_var loss = record_loss(&tape, &towers);
        assert_close(*tt_tape_value(&tape, loss).data, losses.data[step], 1e-6);
        assert_int_equal(tt_tape_backward(&tape, loss), TT_OK);
        assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
        if (step == 0) check_weights_of(&towers.user, "user", "_after1", 1e-6);
        if (step == 0) check_weights_of(&towers.item, "item", "_after1", 1e-6);
    }
    check_weights_of(&towers.user, "user", "_after20", 5e-6);
    check_weights_of(&towers.item, "item", "_after20", 5e-6);
    assert_int_equal(adam.steps, 20);
    tt_tape_free(&tape);
    tt_adam_free(&adam);
    free_towers(&towers);
}

static void freeing_nothing_is_harmless_as_is_freeing_twice(void **state)
{
    const size_t widths[] = {2, 2};
    const float g[] = {1, 2, 3, 4};
    tt_sequential network = new_network(widths, 1, true, 1);
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    record_gradient(&tape, network.layers[0].weights, g);
    assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
    assert_frees(tt_sequential_free, tt_sequential, network);
    assert_frees(tt_tape_free, tt_tape, tape);
    assert_frees(tt_adam_free, tt_adam, adam);
}

static void options_that_vanish_as_floats_stop(void **state)
{
    tt_adam adam;
    assert_stops(tt_adam_new(&adam, &(tt_adam_options){.epsilon = 1e-50}), "epsilon is 1e-50");
    assert_stops(tt_adam_new(&adam, &(tt_adam_options){.learning_rate = 1e-50}),
                 "learning_rate is 1e-50");
    assert_stops(tt_adam_new(&adam, &(tt_adam_options){.epsilon = 1e39}), "epsilon is 1e+39");
    tt_adam_new(&adam, &(tt_adam_options){.epsilon = 1e-40}); /* denormal, and not 0 */
    tt_adam_free(&adam);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(adams_first_step_is_the_one_computed_by_hand),
        test(adam_follows_its_formulas_for_many_steps),
        test(moments_below_1e_30_become_zero),
        test(zero_options_mean_the_defaults),
        test(options_that_make_no_step_stop),
        test(several_parameters_keep_their_own_moments),
        test(a_step_without_memory_changes_nothing),
        test(a_parameter_that_changes_its_shape_stops),
        test(sgd_goes_down_the_slope),
        test(a_failed_tape_moves_nothing),
        test(golden_weights_and_losses_of_20_steps_of_adam),
        test(freeing_nothing_is_harmless_as_is_freeing_twice),
        test(options_that_vanish_as_floats_stop),
    };
    return cmocka_run_group_tests_name("08_optimisers", tests, NULL, NULL);
}
