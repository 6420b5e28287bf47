// Exercise 1 of lesson 6: the gradients of (u . v - y)^2, by hand and by a tape.
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    float u[] = {1, 2}, v[] = {3, -1}, y = 2;
    float e = u[0] * v[0] + u[1] * v[1] - y;
    const float du[] = {2 * e * v[0], 2 * e * v[1]}, dv[] = {2 * e * u[0], 2 * e * u[1]};

    tt_tape tape = {0};
    tt_var vu = tt_tape_parameter(&tape, tt_matrix_of(u, 1, 2));
    tt_var vv = tt_tape_parameter(&tape, tt_matrix_of(v, 1, 2));
    tt_var target = tt_tape_constant(&tape, tt_matrix_of(&y, 1, 1));
    tt_var error = tt_tape_subtract(&tape, tt_tape_row_dot(&tape, vu, vv), target);
    ml_must(tt_tape_backward(&tape, tt_tape_multiply(&tape, error, error)), NULL);
    const float *by_u = tt_tape_gradient(&tape, vu).data, *by_v = tt_tape_gradient(&tape, vv).data;

    printf("Expected: (%g %g) for u and (%g %g) for v\n", (double)by_u[0], (double)by_u[1],
           (double)by_v[0], (double)by_v[1]);
    printf("u . v = %g, e = %g\n", (double)(e + y), (double)e);
    answer_check(by_u[0] == du[0] && by_u[1] == du[1], "2 e v is the gradient by u");
    answer_check(by_v[0] == dv[0] && by_v[1] == dv[1], "2 e u is the gradient by v");
    tt_tape_free(&tape);
    return answer_close(&my);
}
