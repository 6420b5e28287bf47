// Exercise 2 of lesson 6: the small model with a last layer of its own for each side, checked.
#include "answer.h"

typedef struct small {
    tt_sequential user, film;
    tt_matrix users, films, target;
} small;

/* Two layers a side; a ReLU after the first, rows of length one after the second. */
static tt_var small_loss(tt_tape *tape, void *context)
{
    const small *model = (const small *)context;
    tt_var users = tt_tape_constant(tape, model->users);
    tt_var films = tt_tape_constant(tape, model->films);
    tt_var u = tt_tape_sequential(tape, users, &model->user);
    tt_var v = tt_tape_sequential(tape, films, &model->film);
    return tt_tape_mse(tape, tt_tape_row_dot(tape, u, v), tt_tape_constant(tape, model->target));
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    enum { RATINGS = 8 };
    const size_t user[] = {16, 16, 4}, film[] = {18, 16, 4};
    small model;
    tt_random random;
    tt_random_seed(&random, 1);
    ml_must(tt_sequential_new(&model.user, user, 2, true, &random), NULL);
    ml_must(tt_sequential_new(&model.film, film, 2, true, &random), NULL);
    ml_must(tt_matrix_new(&model.users, RATINGS, 16), NULL);
    ml_must(tt_matrix_new(&model.films, RATINGS, 18), NULL);
    ml_must(tt_matrix_new(&model.target, RATINGS, 1), NULL);
    for (size_t i = 0; i < RATINGS; i++) {
        uint32_t r = my.inputs.train_rows[i];
        tt_matrix_gather(tt_matrix_rows(model.users, i, 1), my.inputs.user_inputs,
                         &my.data.user[r]);
        tt_matrix_gather(tt_matrix_rows(model.films, i, 1), my.inputs.film_inputs,
                         &my.data.film[r]);
        *tt_matrix_at(model.target, i, 0) = my.inputs.target[r];
    }

    tt_matrix parameters[8];
    for (int i = 0; i < 8; i++) {
        const tt_dense *layer = &(i < 4 ? &model.user : &model.film)->layers[i / 2 % 2];
        parameters[i] = i % 2 ? layer->bias : layer->weights;
    }
    tt_gradient_check result;
    ml_must(tt_check_gradients(&result, small_loss, &model, parameters, 8), NULL);
    size_t count = tt_sequential_parameters(&model.user) + tt_sequential_parameters(&model.film);
    printf("Expected: %zu parameters\n", count);
    printf("%zu compared, %zu kinks, largest error %.1e\n", result.compared, result.kinks,
           result.largest_error);
    answer_check(count == 16 * 16 + 16 + 18 * 16 + 16 + 2 * (16 * 4 + 4), "counted by hand");
    answer_check(result.compared + result.kinks == count, "every one was looked at");
    answer_check(result.largest_error < 0.05, "no gradient is wrong");
    tt_sequential_free(&model.user);
    tt_sequential_free(&model.film);
    tt_matrix_free(&model.users);
    tt_matrix_free(&model.films);
    tt_matrix_free(&model.target);
    return answer_close(&my);
}
