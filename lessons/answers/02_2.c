// Exercise 2 of lesson 2: does leaving a rating out of its average remove the leak?
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    uint32_t most = 0;
    for (size_t f = 0; f < my.data.n_films; f++)
        if (my.features.film_ratings[f] > my.features.film_ratings[most]) most = (uint32_t)f;
    double c = my.features.film_ratings[most], s = 0, worst = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++)
        if (my.data.film[r] == most) s += my.data.stars[r];

    printf("%s, %.0f ratings: a rating, and the average of the others\n", my.data.films[most].title,
           c);
    for (int half = 1; half <= 10; half++) {
        size_t r = 0;
        while (r < my.data.n_ratings && (my.data.film[r] != most || my.data.stars[r] * 2 != half))
            r++;
        if (r == my.data.n_ratings) continue;
        double others = (s - my.data.stars[r]) / (c - 1);
        double read_off = s - (c - 1) * others;
        worst = fmax(worst, fabs(read_off - my.data.stars[r]));
        printf("  %.1f   %.5f   read off: %.4f\n", my.data.stars[r], others, read_off);
    }
    printf("Expected: the higher the rating, the lower the average of the others\n"
           "Expected: y = s - (c - 1) o; for this film s = %.1f and c = %.0f\n",
           s, c);
    answer_check(worst < 1e-6, "each rating can be read off the average of the others");
    return answer_close(&my);
}
