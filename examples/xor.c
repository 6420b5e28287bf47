/* xor.c: the smallest problem that one layer can't solve, learnt with the tape of twotower.h (§6).

   Two inputs, a hidden layer of 8 ReLUs, one output: 33 parameters, and 200 steps of Adam (§8).
   Each step records the computation, plays the chain rule backwards, and moves the parameters.

       cc examples/xor.c -o xor && ./xor

   prints

       step   1  loss 0.3259
       step  50  loss 0.0011
       step 100  loss 0.0000
       step 150  loss 0.0000
       step 200  loss 0.0000

       0 xor 0 = 0.00
       0 xor 1 = 1.00
       1 xor 0 = 1.00
       1 xor 1 = 0.00
*/
#define TWOTOWER_IMPLEMENTATION
#include "../twotower.h"
#include <stdio.h>

/* One step of training; the loss that it started from. */
static tt_error step(float *loss, tt_tape *tape, tt_adam *adam, const tt_sequential *network,
                     tt_matrix inputs, tt_matrix targets)
{
    tt_tape_reset(tape);
    tt_var p = tt_tape_sequential(tape, tt_tape_constant(tape, inputs), network);
    tt_var mse = tt_tape_mse(tape, p, tt_tape_constant(tape, targets));
    tt_error error = tt_tape_backward(tape, mse);
    if (error) return error;
    *loss = *tt_matrix_at(tt_tape_value(tape, mse), 0, 0);
    return tt_adam_step(adam, tape);
}

int main(void)
{
    float x[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, y[] = {0, 1, 1, 0}, p[4], loss = 0;
    tt_matrix inputs = tt_matrix_of(x[0], 4, 2), targets = tt_matrix_of(y, 4, 1);

    tt_random random;
    tt_random_seed(&random, 1);
    tt_sequential network = {0};
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, &(tt_adam_options){.learning_rate = 0.03});
    tt_error error = tt_sequential_new(&network, (size_t[]){2, 8, 1}, 2, false, &random);

    for (int i = 1; i <= 200 && !error; i++) {
        error = step(&loss, &tape, &adam, &network, inputs, targets);
        if (!error && (i == 1 || i % 50 == 0)) printf("step %3d  loss %.4f\n", i, loss);
    }
    if (!error) error = tt_sequential_forward(tt_matrix_of(p, 4, 1), &network, inputs);
    if (error) fprintf(stderr, "xor: %s\n", tt_error_text(error));
    if (!error) printf("\n");
    for (size_t i = 0; i < 4 && !error; i++)
        printf("%.0f xor %.0f = %.2f\n", x[i][0], x[i][1], p[i]);

    tt_adam_free(&adam);
    tt_tape_free(&tape);
    tt_sequential_free(&network);
    return error ? 1 : 0;
}
