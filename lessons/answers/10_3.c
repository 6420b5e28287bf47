// Exercise 3 of lesson 10: how far does a user's own average in the film's genres go?
#include "answer.h"

static double genre_mean(const answer *my, size_t user, const ml_film *film)
{
    double sum = 0;
    for (size_t g = 0; g < ML_GENRES; g++)
        if (film->has_genre[g]) sum += *tt_table_at(my->features.users, user, ML_USER_SKIP + g);
    return sum / film->n_genres;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);
    size_t n = my.inputs.test.count;
    float *scaled = ml_new(n, sizeof *scaled);
    ml_must(tt_predict(scaled, &my.model, &my.inputs.test, &my.run), &my.run.why);

    double by_genres = 0, by_towers = 0, by_film = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t r = my.inputs.test_rows[i], film = my.data.film[r];
        double stars = my.data.stars[r];
        double usual = genre_mean(&my, my.data.user[r], &my.data.films[film]);
        by_genres += fabs(usual - stars) / (double)n;
        by_film += fabs(my.features.film_means[film] - stars) / (double)n;
        by_towers += fabs(ml_stars(&my.inputs, (double)scaled[i]) - stars) / (double)n;
    }
    printf("mean error on %zu test rows, in stars\n", n);
    printf("  the film's average:                       %.3f\n", by_film);
    printf("Expected: the user's averages in the genres: %.3f\n", by_genres);
    printf("Expected: the towers of this program:        %.3f\n", by_towers);
    answer_check(by_genres < 5 && by_towers < 5, "no error is larger than the scale");
    free(scaled);
    return answer_close(&my);
}
