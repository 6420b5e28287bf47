// Exercise 1 of lesson 1: which films are best, by their average, and by a damped average?
#include "answer.h"

typedef struct film_sum {
    double count, sum;
} film_sum;

// Prints the first of the films that have the highest scores; the number of ratings of the first.
static double list(const answer *my, const char *heading, const film_sum *films, const float *score)
{
    uint32_t best[5];
    size_t found = tt_top_k(best, 5, score, my->data.n_films, NULL);
    printf("%s\n", heading);
    for (size_t i = 0; i < found; i++) {
        film_sum film = films[best[i]];
        printf("  %.2f from %3.0f ratings: %s\n", film.sum / film.count, film.count,
               my->data.films[best[i]].title);
    }
    return films[best[0]].count;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    film_sum *films = ml_new(my.data.n_films, sizeof *films);
    float *plain = ml_new(my.data.n_films, sizeof *plain);
    float *damped = ml_new(my.data.n_films, sizeof *damped);
    double mean = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        films[my.data.film[r]].count++;
        films[my.data.film[r]].sum += my.data.stars[r];
        mean += my.data.stars[r] / (double)my.data.n_ratings;
    }
    size_t perfect = 0;
    for (size_t f = 0; f < my.data.n_films; f++) {
        plain[f] = (float)(films[f].sum / films[f].count);
        damped[f] = (float)((films[f].sum + 5 * mean) / (films[f].count + 5));
        perfect += plain[f] == 5;
    }
    double few = list(&my, "by average", films, plain);
    double more = list(&my, "by damped average", films, damped);
    printf("Expected: %zu films have an average of 5 stars\n"
           "Expected: the first one by the damped average has %.0f ratings\n",
           perfect, more);
    answer_check(few <= more, "the damped average puts better known films first");
    free(films);
    free(plain);
    free(damped);
    return answer_close(&my);
}
