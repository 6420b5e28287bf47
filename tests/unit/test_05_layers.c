/* The tests of §5, dense layers. */

#include "tests/unit/networks.h"

/* The weights that NumPy would draw: RandomState(seed).uniform(-limit, limit), layer by layer. */
static void weights_start_glorot_uniform_and_biases_zero(void **state)
{
    tt_random random, expected;
    tt_random_seed(&random, 7);
    tt_random_seed(&expected, 7);
    tt_sequential network;
    assert_int_equal(tt_sequential_new(&network, notebook_widths, 3, true, &random), TT_OK);
    for (size_t l = 0; l < 3; l++) {
        tt_matrix W = network.layers[l].weights, b = network.layers[l].bias;
        double limit = sqrt(6.0 / (double)(notebook_widths[l] + notebook_widths[l + 1]));
        double sum = 0, most = 0;
        assert_true(W.rows == notebook_widths[l] && W.cols == notebook_widths[l + 1]);
        for (size_t i = 0; i < W.rows * W.cols; i++) {
            assert_true(W.data[i] == (float)tt_random_uniform(&expected, -limit, limit));
            sum += (double)W.data[i];
            most = fmax(most, fabs((double)W.data[i]));
        }
        assert_true(most <= limit + 1e-7 && most > 0.99 * limit);
        assert_close(sum / (double)(W.rows * W.cols), 0, 0.02 * limit);
        assert_true(b.rows == 1 && b.cols == W.cols);
        for (size_t o = 0; o < b.cols; o++) assert_true(b.data[o] == 0);
        assert_int_equal(network.layers[l].activation, l < 2 ? TT_RELU : TT_LINEAR);
    }
    assert_memory_equal(&random, &expected, sizeof random); /* as many numbers drawn */
    tt_sequential_free(&network);
}

static void the_notebooks_tower_has_148256_parameters(void **state)
{
    const size_t one[] = {3, 2};
    tt_sequential tower = new_network(notebook_widths, 3, true, 1);
    tt_sequential small = new_network(one, 1, false, 1), zeros = {0, NULL, false, NULL};
    assert_int_equal(tt_sequential_parameters(&tower), 148256);
    assert_int_equal(tt_sequential_parameters(&small), 8);
    assert_int_equal(tt_sequential_parameters(&zeros), 0);
    tt_sequential_free(&tower);
    tt_sequential_free(&small);
    tt_sequential_free(&small);
    tt_sequential_free(&zeros);
}

static void a_network_that_can_not_be_is_refused(void **state)
{
    const size_t widths[] = {3, 0, 2, 1, 1, 1, 1, 1, 1, 1}, wide[] = {3, (1u << 20) + 1};
    tt_random random;
    tt_random_seed(&random, 1);
    tt_sequential network = {9, NULL, true, NULL};
    assert_stops(tt_sequential_new(&network, widths, 0, true, &random), "depth is 0");
    assert_stops(tt_sequential_new(&network, widths, 9, true, &random), "depth is 9");
    assert_stops(tt_sequential_new(&network, widths, 2, true, &random), "widths[1] is 0");
    assert_stops(tt_sequential_new(&network, wide, 1, true, &random), "widths[1] is 1048577");
#if SIZE_MAX == UINT32_MAX
    const size_t huge[] = {65536, 65536}; /* 65537 * 65536 is 65536 in 32 bits */
    assert_int_equal(tt_sequential_new(&network, huge, 1, true, &random), TT_ERROR_MEMORY);
#endif
    for (size_t k = 1; k <= 2; k++) {
        test_fail_at = k;
        assert_int_equal(tt_sequential_new(&network, notebook_widths, 3, true, &random),
                         TT_ERROR_MEMORY);
        assert_true(network.depth == 9 && test_live_blocks == 0);
    }
}

/* More rows than the 64 of a block, from a view into a view; the tape gives the same bits. */
static void forward_is_the_formula(void **state)
{
    const size_t widths[] = {5, 9, 3, 4};
    const size_t rows[] = {1, 63, 64, 65, 130};
    for (size_t k = 0; k < 10; k++) {
        tt_sequential network = new_network(widths, 1 + k % 3, k % 2 == 0, 3);
        network.layers[0].activation = (tt_activation)(k % 4); /* each of them */
        size_t N = rows[k / 2], O = widths[1 + k % 3];
        tt_matrix X = tt_matrix_cols(random_matrix(N, 8), 2, 5), wide = garbage_matrix(N, O + 2);
        tt_matrix Y = tt_matrix_cols(wide, 1, O);
        assert_int_equal(tt_sequential_forward(Y, &network, X), TT_OK);
        assert_matrix_close(Y, naive_forward(&network, X), 1e-5);
        assert_true(isnan(wide.data[0]) && isnan(wide.data[N * (O + 2) - 1]));

        tt_tape tape = {0};
        tt_var y = tt_tape_sequential(&tape, tt_tape_constant(&tape, X), &network);
        tt_matrix taped = tt_tape_value(&tape, y);
        for (size_t n = 0; n < N; n++)
            assert_bits_equal(tt_matrix_at(Y, n, 0), tt_matrix_at(taped, n, 0), O);
        tt_tape_free(&tape);
        tt_sequential_free(&network);
    }
}

/* Shape, numbers, activations; and nothing is shared. */
static void a_copy_is_a_network_of_its_own(void **state)
{
    const size_t widths[] = {5, 9, 3, 4};
    tt_sequential network = new_network(widths, 3, true, 3), copy;
    network.layers[0].activation = TT_TANH;
    network.layers[2].activation = TT_SIGMOID;
    tt_matrix wide = random_matrix(9, 5); /* weights that somebody has replaced by a view */
    network.layers[1].weights = tt_matrix_cols(wide, 1, 3);
    assert_int_equal(tt_sequential_copy(&copy, &network), TT_OK);
    assert_true(copy.depth == 3 && copy.normalize);
    for (size_t l = 0; l < 3; l++) {
        tt_matrix W = network.layers[l].weights, b = network.layers[l].bias;
        assert_int_equal(copy.layers[l].activation, network.layers[l].activation);
        assert_true(copy.layers[l].weights.rows == W.rows && copy.layers[l].weights.cols == W.cols);
        for (size_t r = 0; r < W.rows; r++)
            assert_bits_equal(tt_matrix_at(copy.layers[l].weights, r, 0), tt_matrix_at(W, r, 0),
                              W.cols);
        assert_bits_equal(copy.layers[l].bias.data, b.data, b.cols);
        assert_ptr_not_equal(copy.layers[l].weights.data, W.data);
        assert_ptr_not_equal(copy.layers[l].bias.data, b.data);
    }
    tt_sequential_free(&network);
    tt_matrix Y = garbage_matrix(2, 4);
    assert_int_equal(tt_sequential_forward(Y, &copy, random_matrix(2, 5)), TT_OK);
    tt_sequential_free(&copy);
}

static void a_copy_without_memory_or_of_nothing(void **state)
{
    const size_t widths[] = {5, 4};
    tt_sequential network = new_network(widths, 1, false, 3), zeros = {0, NULL, false, NULL};
    tt_sequential copy = {9, NULL, true, NULL};
    for (size_t k = 1; k <= 2; k++) {
        test_fail_at = k;
        assert_int_equal(tt_sequential_copy(&copy, &network), TT_ERROR_MEMORY);
        assert_true(copy.depth == 9 && test_live_blocks == 2);
    }
    assert_stops(tt_sequential_copy(&copy, &zeros), "tt_sequential_copy: a network of 0 layers");
    tt_sequential_free(&network);
}

/* An activation that there is none of; and those that towers don't have. */
static void activations_that_can_not_be_stop(void **state)
{
    const size_t widths[] = {5, 9, 4};
    tt_sequential network = new_network(widths, 2, false, 3);
    tt_matrix X = random_matrix(2, 5), Y = garbage_matrix(2, 4);
    for (int a = TT_TANH; a <= TT_SIGMOID; a++) {
        network.layers[0].activation = (tt_activation)a;
        assert_stops(tt_embed(Y, &network, X, NULL), "tt_embed: layer 0 has activation");
        assert_int_equal(tt_sequential_forward(Y, &network, X), TT_OK);
    }
    network.layers[0].activation = (tt_activation)(TT_SIGMOID + 1);
    assert_stops(tt_sequential_forward(Y, &network, X),
                 "tt_sequential_forward: layer 0 has activation 4");
    tt_sequential_free(&network);
}

static void forward_on_shapes_that_do_not_fit_stops(void **state)
{
    const size_t widths[] = {5, 4};
    tt_sequential network = new_network(widths, 1, true, 3);
    tt_matrix X = random_matrix(2, 5), Y = garbage_matrix(2, 4);
    assert_stops(tt_sequential_forward(Y, &network, Y), "X is 2x4, inputs are 5");
    assert_stops(tt_sequential_forward(X, &network, X),
                 "Y is 2x5, not 2x4 (expected X.rows x tt__outputs(network))");
    assert_stops(tt_sequential_forward(random_matrix(3, 4), &network, X), "Y is 3x4, not 2x4");
    test_fail_at = 1;
    assert_int_equal(tt_sequential_forward(Y, &network, X), TT_ERROR_MEMORY);
    assert_true(isnan(Y.data[0]));
    tt_sequential_free(&network);
}

static void a_network_without_layers_stops(void **state)
{
    tt_sequential zeros = {0, NULL, false, NULL};
    tt_matrix X = random_matrix(2, 5);
    assert_stops(tt_sequential_forward(X, &zeros, X),
                 "tt_sequential_forward: a network of 0 layers");
    assert_int_equal(test_allocations, 0);
}

/* Vectors and predictions are sums of a few dozen products of size 1: a few units of 6e-8 off. */
static void golden_vectors_and_predictions(void **state)
{
    golden_towers towers;
    load_towers(&towers);
    tt_matrix u = garbage_matrix(10, 4), v = garbage_matrix(10, 4);
    assert_int_equal(tt_sequential_forward(u, &towers.user, towers.user_x), TT_OK);
    assert_int_equal(tt_sequential_forward(v, &towers.item, towers.item_x), TT_OK);
    assert_matrix_close(u, golden("towers_user_vector"), 1e-6);
    assert_matrix_close(v, golden("towers_item_vector"), 1e-6);

    tt_tape tape = {0};
    tt_var loss = record_loss(&tape, &towers), p = record_prediction(&tape, &towers);
    tt_matrix predictions = tt_tape_value(&tape, p);
    assert_matrix_close(tt_matrix_of(predictions.data, 1, 10), golden("towers_prediction"), 1e-6);
    assert_close(*tt_tape_value(&tape, loss).data, golden("towers_losses").data[0], 1e-6);
    tt_tape_free(&tape);
    free_towers(&towers);
}

static void an_output_that_covers_the_input_stops(void **state)
{
    const size_t widths[] = {4, 4};
    tt_sequential network = new_network(widths, 1, true, 1);
    tt_matrix X = random_matrix(3, 4), rest = tt_matrix_rows(X, 1, 2);
    assert_stops(tt_sequential_forward(tt_matrix_rows(X, 0, 2), &network, rest), "Y and X overlap");
    assert_stops(tt_embed(X, &network, X, NULL), "tt_embed: vectors and features overlap");
    tt_sequential_free(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(weights_start_glorot_uniform_and_biases_zero),
        test(the_notebooks_tower_has_148256_parameters),
        test(a_network_that_can_not_be_is_refused),
        test(forward_is_the_formula),
        test(a_copy_is_a_network_of_its_own),
        test(a_copy_without_memory_or_of_nothing),
        test(activations_that_can_not_be_stop),
        test(forward_on_shapes_that_do_not_fit_stops),
        test(a_network_without_layers_stops),
        test(golden_vectors_and_predictions),
        test(an_output_that_covers_the_input_stops),
    };
    return cmocka_run_group_tests_name("05_layers", tests, NULL, NULL);
}
