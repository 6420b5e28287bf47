// Exercise 4 of lesson 6: descent and Adam when the loss is multiplied by 1000.
#include "answer.h"

/* w after five steps on factor (3 w - 4)^2 from w = 2, at the rate 0.01. */
static double five_steps(float factor, bool by_adam)
{
    float w = 2, four = 4;
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, &(tt_adam_options){.learning_rate = 0.01});
    for (int t = 0; t < 5; t++) {
        tt_tape_reset(&tape);
        tt_var w3 = tt_tape_scale(&tape, tt_tape_parameter(&tape, tt_matrix_of(&w, 1, 1)), 3);
        tt_var e = tt_tape_subtract(&tape, w3, tt_tape_constant(&tape, tt_matrix_of(&four, 1, 1)));
        tt_var loss = tt_tape_scale(&tape, tt_tape_multiply(&tape, e, e), factor);
        ml_must(tt_tape_backward(&tape, loss), NULL);
        if (by_adam)
            ml_must(tt_adam_step(&adam, &tape), NULL);
        else
            tt_sgd_step(&tape, 0.01);
    }
    tt_adam_free(&adam);
    tt_tape_free(&tape);
    return w;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    double descent = five_steps(1, false), adam = five_steps(1, true);
    double descent_1000 = five_steps(1000, false), adam_1000 = five_steps(1000, true);
    printf("Expected: after five steps w = %.4f by descent, %.4f by Adam\n", descent, adam);
    printf("Expected: with the loss times 1000, %.2g by descent, %.4f by Adam\n", descent_1000,
           adam_1000);
    printf("The loss is 0 at w = %.4f\n", 4.0 / 3);
    answer_check(fabs(adam - adam_1000) < 1e-5, "Adam goes the same way");
    answer_check(fabs(descent_1000) > 1000 * fabs(descent), "descent flies away");
    return answer_close(&my);
}
