// Exercise 1 of lesson 3: scaled columns have mean 0 and variance 1.
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    double worst_mean = 0, worst_variance = 0, n = (double)my.data.n_ratings;
    for (size_t c = 0; c < ML_COLUMNS; c++) {
        double mean = 0, variance = 0;
        bool constant = true;
        for (size_t f = 0; f < my.data.n_films; f++) {
            double z = *tt_table_at(my.inputs.films, f, c);
            mean += my.features.film_ratings[f] * z / n;
            constant &= z == 0; /* such a column stays at variance 0 */
        }
        for (size_t f = 0; f < my.data.n_films; f++) {
            double z = *tt_table_at(my.inputs.films, f, c) - mean;
            variance += my.features.film_ratings[f] * z * z / n;
        }
        worst_mean = fmax(worst_mean, fabs(mean));
        if (!constant) worst_variance = fmax(worst_variance, fabs(variance - 1));
    }
    bool exact = worst_mean < 1e-9 && worst_variance < 1e-9;
    printf("Expected: the worst mean is about %.0e from 0, the worst variance %.0e from 1\n",
           worst_mean, worst_variance);
    answer_check(exact, "all %d columns of films are standardised", ML_COLUMNS);
    return answer_close(&my);
}
