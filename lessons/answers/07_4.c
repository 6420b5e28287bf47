// Exercise 4 of lesson 7: how many units die at which learning rate?
#include "answer.h"

// How many units of a hidden layer are 0 for every row.
static size_t count_dead(answer *my, const tt_sequential *tower, size_t depth, tt_matrix inputs)
{
    tt_sequential cut = {depth, tower->layers, false, NULL};
    size_t units = tower->layers[depth - 1].bias.cols, dead = 0;
    tt_matrix active;
    ml_must(tt_matrix_new(&active, inputs.rows, units), NULL);
    ml_must(tt_embed(active, &cut, inputs, &my->run), &my->run.why);
    for (size_t u = 0; u < units; u++) {
        size_t row = 0;
        while (row < inputs.rows && *tt_matrix_at(active, row, u) <= 0) row++;
        dead += row == inputs.rows;
    }
    tt_matrix_free(&active);
    return dead;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    const double rates[] = {0.001, 0.01, 0.1};
    size_t dead[3], units = 0;
    for (int i = 0; i < 3; i++) {
        tt_two_tower_options shape = {
            .hidden = {64, 32}, .embedding = 32, .seed = 1, .adam = {.learning_rate = rates[i]}};
        tt_fit_options fit = {.epochs = 2};
        ml_must(tt_two_tower_new(&my.model, my.inputs.user_inputs.cols, my.inputs.film_inputs.cols,
                                 &shape),
                NULL);
        ml_must(tt_fit(&my.model, &my.inputs.train, &fit, &my.run), &my.run.why);
        dead[i] = units = 0;
        for (size_t l = 1; l <= 2; l++) {
            dead[i] += count_dead(&my, &my.model.user, l, my.inputs.user_inputs);
            dead[i] += count_dead(&my, &my.model.item, l, my.inputs.film_inputs);
            units += 2 * my.model.user.layers[l - 1].bias.cols;
        }
        printf("Expected: rate %-5g, after 2 epochs: %3zu of %zu units dead\n", rates[i], dead[i],
               units);
        printf("rate %-5g: test RMSE %.4f stars\n", rates[i], answer_rmse(&my, &my.inputs.test));
        tt_two_tower_free(&my.model);
    }
    answer_check(dead[0] <= dead[2], "the larger rate kills more units");
    return answer_close(&my);
}
