// Exercise 2 of lesson 9: what is recommended if films with few ratings are left out?
#include "answer.h"

enum { LIST = 10, ENOUGH = 20 };

// Prints the list without the films that are flagged; the mean of the films' averages.
static double list(answer *my, tt_matrix input, tt_matrix vectors, const bool *seen)
{
    uint32_t films[LIST];
    float predictions[LIST];
    size_t found;
    double mean = 0;
    ml_must(tt_recommend(films, predictions, &found, LIST, &my->model, input, vectors, seen), NULL);
    for (size_t i = 0; i < found; i++) {
        uint32_t f = films[i];
        printf("%.2f  %-46.46s %4lu ratings, average %.2f\n",
               ml_stars(&my->inputs, (double)predictions[i]), my->data.films[f].title,
               (unsigned long)my->features.film_ratings[f], my->features.film_means[f]);
        mean += my->features.film_means[f] / (double)found;
    }
    return mean;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);

    // 5 stars for the two genres, and the mean, which is 0 after scaling, for all others.
    tt_matrix input, vectors;
    ml_must(tt_matrix_new(&input, 1, ML_GENRES), NULL);
    for (int g = 0; g < ML_GENRES; g++) {
        size_t column = ML_USER_SKIP + (size_t)g;
        if (!strcmp(ml_genres[g], "Adventure") || !strcmp(ml_genres[g], "Fantasy"))
            input.data[g] = (float)((5 - my.inputs.user_scaler.mean[column]) /
                                    my.inputs.user_scaler.scale[column]);
    }
    ml_must(tt_matrix_new(&vectors, my.data.n_films, 32), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);

    bool *seen = ml_new(my.data.n_films, sizeof *seen);
    size_t left = 0;
    for (size_t f = 0; f < my.data.n_films; f++) {
        seen[f] = my.features.film_ratings[f] < ENOUGH;
        left += !seen[f];
    }
    printf("all films\n");
    double all = list(&my, input, vectors, NULL);
    printf("films with at least %d ratings\n", ENOUGH);
    double known = list(&my, input, vectors, seen);
    printf("Expected: %zu films are left; the mean of the ten films' averages goes\n"
           "Expected: from %.2f to %.2f\n",
           left, all, known);
    answer_check(left < my.data.n_films, "some films have fewer than %d ratings", ENOUGH);
    free(seen);
    tt_matrix_free(&input);
    tt_matrix_free(&vectors);
    return answer_close(&my);
}
