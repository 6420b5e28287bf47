// Exercise 1 of lesson 5: the parameters of towers with 64 units and embeddings of 8 numbers.
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    tt_two_tower_options shape = {.hidden = {64}, .embedding = 8, .seed = 1};
    size_t user_inputs = my.inputs.user_inputs.cols, film_inputs = my.inputs.film_inputs.cols;
    ml_must(tt_two_tower_new(&my.model, user_inputs, film_inputs, &shape), NULL);

    size_t user = tt_sequential_parameters(&my.model.user);
    size_t film = tt_sequential_parameters(&my.model.item);
    printf("Expected: %zu parameters\n", user + film);
    printf("user tower: %zu, film tower: %zu\n", user, film);
    answer_check(user == (16 * 64 + 64) + (64 * 8 + 8), "the user tower by hand");
    answer_check(film == (18 * 64 + 64) + (64 * 8 + 8), "the film tower by hand");
    return answer_close(&my);
}
