// Exercise 4 of lesson 11: the films nearest to a user are those with the highest predictions.
#include "answer.h"

enum { LIST = 5 };

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);
    tt_matrix vectors, user;
    ml_must(tt_matrix_new(&vectors, my.data.n_films, 32), NULL);
    ml_must(tt_matrix_new(&user, 1, 32), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);
    tt_matrix features = tt_matrix_rows(my.inputs.user_inputs, 0, 1); // of the first user
    ml_must(tt_embed(user, &my.model.user, features, &my.run), &my.run.why);

    // Once as neighbours, once as recommendations.
    uint32_t near[LIST], high[LIST];
    float distance[LIST], predictions[LIST];
    size_t found, same = 0;
    double largest = 0; // difference between the predictions of both ways
    tt_neighbour_options five = {.k = LIST};
    ml_must(tt_nearest(near, distance, user, vectors, &five, &my.run), &my.run.why);
    ml_must(tt_recommend(high, predictions, &found, LIST, &my.model, features, vectors, NULL),
            NULL);
    printf("squared distance  prediction  film\n");
    for (size_t i = 0; i < found; i++) {
        double from_distance = 1 - (double)distance[i] / 2;
        printf("%16.4f  %10.4f  %.50s\n", (double)distance[i], (double)predictions[i],
               my.data.films[high[i]].title);
        largest = fmax(largest, fabs(from_distance - (double)predictions[i]));
        same += near[i] == high[i];
    }
    printf("Expected: %zu of %zu films stand in the same place of both lists\n", same, found);
    answer_check(largest < 1e-5, "1 - distance / 2 is the prediction, within rounding");
    tt_matrix_free(&vectors);
    tt_matrix_free(&user);
    return answer_close(&my);
}
