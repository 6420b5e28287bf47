// Exercise 3 of lesson 6: derivatives carried along forwards, one pass for each parameter.
#include "answer.h"

/* A value, and its derivative by the number that has been chosen. */
typedef struct dual {
    double value, slope;
} dual;

static dual add(dual a, dual b)
{
    return (dual){a.value + b.value, a.slope + b.slope};
}

static dual multiply(dual a, dual b)
{
    return (dual){a.value * b.value, a.slope * b.value + a.value * b.slope};
}

/* (w x + b - y)^2 for x = 3, w = 2, b = 1, y = 5; by w or by b. */
static dual loss(bool by_w)
{
    dual x = {3, 0}, w = {2, by_w ? 1 : 0}, b = {1, by_w ? 0 : 1}, minus_y = {-5, 0};
    dual e = add(add(multiply(w, x), b), minus_y);
    return multiply(e, e);
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    tt_two_tower_options shape = {.seed = 1}; /* 512, 256, 32 */
    ml_must(tt_two_tower_new(&my.model, my.inputs.user_inputs.cols, my.inputs.film_inputs.cols,
                             &shape),
            NULL);
    size_t passes =
        tt_sequential_parameters(&my.model.user) + tt_sequential_parameters(&my.model.item);
    printf("Expected: %g for w, %g for b, and %zu passes for the towers\n", loss(true).slope,
           loss(false).slope, passes);
    answer_check(loss(true).slope == 12 && loss(false).slope == 4, "as going backwards");
    return answer_close(&my);
}
