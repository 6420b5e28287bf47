// Exercise 3 of lesson 7: batches of 512 ratings instead of 32.
#include "answer.h"

// Trains small towers, and returns their RMSE in stars on the test ratings.
static double train(answer *my, double rate, size_t batch_size, size_t epochs)
{
    tt_two_tower_options shape = {
        .hidden = {64, 32}, .embedding = 32, .seed = 1, .adam = {.learning_rate = rate}};
    tt_fit_options fit = {.epochs = epochs, .batch_size = batch_size};
    ml_must(tt_two_tower_new(&my->model, my->inputs.user_inputs.cols, my->inputs.film_inputs.cols,
                             &shape),
            NULL);
    ml_must(tt_fit(&my->model, &my->inputs.train, &fit, &my->run), &my->run.why);
    double rmse = answer_rmse(my, &my->inputs.test);
    size_t n = my->inputs.train.count, steps = epochs * ((n + batch_size - 1) / batch_size);
    printf("rate %-5g batches of %3zu, %2zu epochs: %4zu steps, test RMSE %.4f\n", rate, batch_size,
           epochs, steps, rmse);
    tt_two_tower_free(&my->model);
    return rmse;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    double small[2], large[2];
    for (int i = 0; i < 2; i++) {
        small[i] = train(&my, i ? 0.01 : 0.001, 32, 1);
        large[i] = train(&my, i ? 0.01 : 0.001, 512, 1);
    }
    double longer = train(&my, 0.01, 512, 16);
    printf("Expected: rate 0.001, one epoch: %.4f stars (32) and %.4f (512)\n"
           "Expected: rate 0.01,  one epoch: %.4f stars (32) and %.4f (512)\n"
           "Expected: rate 0.01, 16 epochs of batches of 512: %.4f stars\n",
           small[0], large[0], small[1], large[1], longer);
    answer_check(my.inputs.train.count < 10000 || longer < small[1],
                 "step for step, large batches are better");
    return answer_close(&my);
}
