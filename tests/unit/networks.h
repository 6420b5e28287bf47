/* networks.h: networks for the tests.

       new_network                       weights as drawn, biases that are not 0
       naive_forward(network, X)         what it gives, as formulas in float64
       golden_towers                     two towers whose vectors, gradients and training PyTorch
                                         computed in float64 (tests/golden/towers_*)
       make_large, step_large            a network large enough for several of the tape's blocks
       run_out_of_memory(tape)           after this the tape has failed */

#ifndef TWOTOWER_TEST_NETWORKS_H
#define TWOTOWER_TEST_NETWORKS_H

#include "tests/unit/matrices.h"

TEST_API tt_sequential new_network(const size_t *widths, size_t depth, bool normalize,
                                   uint32_t seed)
{
    tt_random random;
    tt_random_seed(&random, seed);
    tt_sequential network = {0, NULL, false, NULL};
    assert_int_equal(tt_sequential_new(&network, widths, depth, normalize, &random), TT_OK);
    for (size_t l = 0; l < depth; l++) /* biases that are not 0, so that their being used shows */
        for (size_t o = 0; o < widths[l + 1]; o++) network.layers[l].bias.data[o] = test_random();
    return network;
}

/* What a whole network gives for X, as formulas in float64. */
TEST_API tt_table naive_forward(const tt_sequential *network, tt_matrix X)
{
    double *in = in_double(X);
    size_t N = X.rows, I = X.cols;
    for (size_t l = 0; l < network->depth; l++) {
        const tt_dense *layer = &network->layers[l];
        size_t O = layer->weights.cols;
        double *out = (double *)test_keep(N * O * sizeof *out);
        for (size_t n = 0; n < N; n++)
            for (size_t o = 0; o < O; o++) {
                double y = element(layer->bias, 0, o);
                for (size_t i = 0; i < I; i++) y += in[n * I + i] * element(layer->weights, i, o);
                if (layer->activation == TT_RELU) y = fmax(y, 0);
                if (layer->activation == TT_TANH) y = tanh(y);
                if (layer->activation == TT_SIGMOID) y = 1 / (1 + exp(-y));
                out[n * O + o] = y;
            }
        in = out;
        I = O;
    }
    for (size_t n = 0; n < N && network->normalize; n++) {
        double squares = 0;
        for (size_t i = 0; i < I; i++) squares += in[n * I + i] * in[n * I + i];
        for (size_t i = 0; i < I; i++) in[n * I + i] /= sqrt(fmax(squares, 1e-12));
    }
    return tt_table_of(in, N, I);
}

static const size_t notebook_widths[] = {16, 512, 256, 32};

typedef struct golden_towers {
    tt_sequential user, item;
    tt_matrix user_x, item_x, y;
} golden_towers;

/* "towers_user_w0", "towers_user_w0_gradient" ... */
TEST_API const char *golden_name(const char *tower, char what, size_t layer, const char *suffix)
{
    static char name[64];
    snprintf(name, sizeof name, "towers_%s_%c%zu%s", tower, what, layer, suffix);
    return name;
}

TEST_API void load_weights(tt_sequential *network, const char *tower)
{
    for (size_t l = 0; l < 3; l++) {
        copy_into(network->layers[l].weights, golden_matrix(golden_name(tower, 'w', l, "")));
        copy_into(network->layers[l].bias, golden_matrix(golden_name(tower, 'b', l, "")));
    }
}

TEST_API void load_towers(golden_towers *towers)
{
    const size_t user[] = {5, 8, 6, 4}, item[] = {7, 8, 6, 4};
    towers->user = new_network(user, 3, true, 1);
    towers->item = new_network(item, 3, true, 1);
    load_weights(&towers->user, "user");
    load_weights(&towers->item, "item");
    towers->user_x = golden_matrix("towers_user_x");
    towers->item_x = golden_matrix("towers_item_x");
    towers->y = golden_matrix("towers_y");
    towers->y = tt_matrix_of(towers->y.data, towers->y.cols, 1); /* the file has it as one line */
}

TEST_API void free_towers(golden_towers *towers)
{
    tt_sequential_free(&towers->user);
    tt_sequential_free(&towers->item);
}

TEST_API tt_var record_prediction(tt_tape *tape, const golden_towers *t)
{
    tt_var u = tt_tape_sequential(tape, tt_tape_constant(tape, t->user_x), &t->user);
    tt_var v = tt_tape_sequential(tape, tt_tape_constant(tape, t->item_x), &t->item);
    return tt_tape_row_dot(tape, u, v);
}

TEST_API tt_var record_loss(tt_tape *tape, void *context)
{
    const golden_towers *t = (const golden_towers *)context;
    return tt_tape_mse(tape, record_prediction(tape, t), tt_tape_constant(tape, t->y));
}

TEST_API void check_weights_of(const tt_sequential *network, const char *tower, const char *when,
                               double tolerance)
{
    for (size_t l = 0; l < 3; l++) {
        tt_table W = golden(golden_name(tower, 'w', l, when));
        tt_table b = golden(golden_name(tower, 'b', l, when));
        assert_matrix_close(network->layers[l].weights, W, tolerance);
        assert_matrix_close(network->layers[l].bias, b, tolerance);
    }
}

/* Large enough pieces for several of the tape's blocks, and small ones between. */
typedef struct large {
    tt_sequential network;
    tt_matrix X, y;
} large;

TEST_API large make_large(void)
{
    const size_t widths[] = {4, 200, 120, 1};
    large it = {new_network(widths, 3, false, 5), random_matrix(64, 4), random_matrix(64, 1)};
    return it;
}

TEST_API tt_error step_large(tt_tape *tape, const large *it)
{
    tt_var p = tt_tape_sequential(tape, tt_tape_constant(tape, it->X), &it->network);
    return tt_tape_backward(tape, tt_tape_mse(tape, p, tt_tape_constant(tape, it->y)));
}

/* Records a matrix larger than any block that the tape has, and is refused it. */
TEST_API void run_out_of_memory(tt_tape *tape)
{
    tt_var column = tt_tape_constant(tape, random_matrix(300, 1));
    tt_var row = tt_tape_constant(tape, random_matrix(1, 300));
    test_fail_at = 1;
    tt_tape_matmul(tape, column, row);
    assert_int_equal(test_fail_at, 0);
    assert_int_equal(tape->error, TT_ERROR_MEMORY);
}

#endif
