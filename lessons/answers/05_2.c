// Exercise 2 of lesson 5: a network of two layers that computes the absolute value.
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    const size_t widths[] = {1, 2, 1}; // one input, two units with a ReLU, one without
    tt_sequential network;
    tt_random random;
    tt_random_seed(&random, 1);
    ml_must(tt_sequential_new(&network, widths, 2, false, &random), NULL);
    network.layers[0].weights.data[0] = 1;
    network.layers[0].weights.data[1] = -1;
    network.layers[1].weights.data[0] = network.layers[1].weights.data[1] = 1;

    float x[] = {-3, -0.5f, 0, 0.25f, 2}, y[5], wrong = 0;
    ml_must(tt_sequential_forward(tt_matrix_of(y, 5, 1), &network, tt_matrix_of(x, 5, 1)), NULL);
    printf("Expected: two units in the first layer, and |-3| = %g\n", (double)y[0]);
    for (int i = 0; i < 5; i++) {
        printf("|%g| = %g\n", (double)x[i], (double)y[i]);
        wrong += fabsf(y[i] - fabsf(x[i]));
    }
    answer_check(wrong == 0, "the network is the absolute value, without any rounding");
    tt_sequential_free(&network);
    return answer_close(&my);
}
