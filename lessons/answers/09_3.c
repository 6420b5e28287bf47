// Exercise 3 of lesson 9: what moves if the new user detests horror?
#include "answer.h"

// All films' predictions for 5 stars in two genres; horror is a number of deviations from its mean.
static void predict(tt_matrix scores, answer *my, tt_matrix vectors, int horror, float z)
{
    tt_matrix input, vector;
    ml_must(tt_matrix_new(&input, 1, ML_GENRES), NULL);
    ml_must(tt_matrix_new(&vector, 1, vectors.cols), NULL);
    for (int g = 0; g < ML_GENRES; g++) {
        size_t column = ML_USER_SKIP + (size_t)g;
        if (!strcmp(ml_genres[g], "Adventure") || !strcmp(ml_genres[g], "Fantasy"))
            input.data[g] = (float)((5 - my->inputs.user_scaler.mean[column]) /
                                    my->inputs.user_scaler.scale[column]);
    }
    input.data[horror] = z;
    ml_must(tt_embed(vector, &my->model.user, input, &my->run), &my->run.why);
    tt_matmul_nt(scores, vector, vectors);
    tt_matrix_free(&input);
    tt_matrix_free(&vector);
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 4); // after two, the tower hasn't learned yet what horror is
    tt_matrix vectors, before, after;
    ml_must(tt_matrix_new(&vectors, my.data.n_films, 32), NULL);
    ml_must(tt_matrix_new(&before, 1, my.data.n_films), NULL);
    ml_must(tt_matrix_new(&after, 1, my.data.n_films), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);

    int horror = 0;
    while (strcmp(ml_genres[horror], "Horror")) horror++;
    size_t column = ML_USER_SKIP + (size_t)horror;
    double z = (0.5 - my.inputs.user_scaler.mean[column]) / my.inputs.user_scaler.scale[column];
    predict(before, &my, vectors, horror, 0);
    predict(after, &my, vectors, horror, (float)z);

    double moved[2] = {0}, count[2] = {0}; // without the genre, and with it
    for (size_t f = 0; f < my.data.n_films; f++) {
        bool has = my.data.films[f].has_genre[horror];
        moved[has] += ml_stars(&my.inputs, (double)after.data[f]) -
                      ml_stars(&my.inputs, (double)before.data[f]);
        count[has]++;
    }
    for (int i = 0; i < 2; i++) moved[i] /= count[i] > 0 ? count[i] : 1;
    printf("0.5 stars are %.1f deviations from the mean\n", z);
    printf("Expected: %.0f films with horror move by %+.2f stars on average,\n"
           "Expected: the %.0f others by %+.2f\n",
           count[1], moved[1], count[0], moved[0]);
    answer_check(z < 0, "0.5 stars for horror are below the mean");
    tt_matrix_free(&vectors);
    tt_matrix_free(&before);
    tt_matrix_free(&after);
    return answer_close(&my);
}
