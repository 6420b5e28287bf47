// Exercise 3 of lesson 4: the luckiest of a thousand guessers, chosen by more ratings.
#include "answer.h"

/* The RMSE of the next random numbers as guesses for n ratings. */
static double rmse(tt_random *random, const ml_data *data, const uint32_t *rows, size_t n)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        double error = data->stars[rows[i]] - tt_random_uniform(random, 0.5, 5);
        squares += error * error;
    }
    return sqrt(squares / (double)n);
}

/* How much better the best one seems, by these many training ratings, than it is. */
static double luck(answer *my, size_t few)
{
    if (few > my->inputs.train.count) few = my->inputs.train.count;
    double best = HUGE_VAL, really = 0;
    for (uint32_t seed = 1; seed <= 1000; seed++) {
        tt_random random;
        tt_random_seed(&random, seed);
        double error = rmse(&random, &my->data, my->inputs.train_rows, few);
        if (error >= best) continue;
        best = error;
        really = rmse(&random, &my->data, my->inputs.test_rows, my->inputs.test.count);
    }
    printf("%5zu ratings: seems %.3f stars wrong, is %.3f\n", few, best, really);
    return really - best;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    double few = luck(&my, 100), many = luck(&my, 10000);
    printf("Expected: %.3f stars of luck with 100 ratings, %.3f with 10,000\n", few, many);
    answer_check(fabs(many) <= fabs(few), "more ratings leave less to luck");
    return answer_close(&my);
}
