// Exercise 2 of lesson 10: recommendations by averages that few ratings can't carry far.
#include "answer.h"

enum { LIST = 10, FEW = 5, MORE = 10 };

// Prints ten films for the user, and how many of them have few ratings.
static size_t recommend(answer *my, const char *heading, size_t user, const bool *seen)
{
    tt_matrix vectors;
    uint32_t films[LIST];
    float predictions[LIST];
    size_t found, few = 0;
    ml_must(tt_matrix_new(&vectors, my->data.n_films, 32), NULL);
    ml_must(tt_embed(vectors, &my->model.item, my->inputs.film_inputs, &my->run), &my->run.why);
    ml_must(tt_recommend(films, predictions, &found, LIST, &my->model,
                         tt_matrix_rows(my->inputs.user_inputs, user, 1), vectors, seen),
            NULL);
    printf("%s\n", heading);
    for (size_t i = 0; i < found; i++) {
        unsigned long ratings = my->features.film_ratings[films[i]];
        printf("  %.2f  %-50.50s %4lu ratings\n", ml_stars(&my->inputs, (double)predictions[i]),
               my->data.films[films[i]].title, ratings);
        few += ratings < FEW;
    }
    tt_matrix_free(&vectors);
    return few;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);
    size_t user = ml_find_user(&my.data, 2);
    if (user == my.data.n_users) user = 0;
    bool *seen = ml_new(my.data.n_films, sizeof *seen);
    double mean = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        mean += my.data.stars[r] / (double)my.data.n_ratings;
        if (my.data.user[r] == user) seen[my.data.film[r]] = true;
    }
    size_t before = recommend(&my, "by plain averages", user, seen);

    // Each film gets ten more ratings of the mean.  The average is column 2 of the features.
    const tt_standard_scaler *scaler = &my.inputs.film_scaler;
    for (size_t f = 0; f < my.data.n_films; f++) {
        double n = my.features.film_ratings[f];
        double damped = (n * my.features.film_means[f] + MORE * mean) / (n + MORE);
        *tt_matrix_at(my.inputs.film_inputs, f, 1) =
            (float)((damped - scaler->mean[2]) / scaler->scale[2]);
    }
    size_t after = recommend(&my, "by damped averages", user, seen);
    printf("Expected: films with fewer than %d ratings: %zu before, %zu after\n", FEW, before,
           after);
    answer_check(after <= before, "damping brings no rare films into the list");
    free(seen);
    return answer_close(&my);
}
