// Exercise 3 of lesson 3: the year from 0 to 1.
#include "answer.h"

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    tt_table years = tt_table_cols(my.features.films, 1, 1), scaled;
    tt_minmax_scaler scaler;
    ml_must(tt_minmax_fit(&scaler, years, NULL, 0, 1), NULL);
    ml_must(tt_table_new(&scaled, years.rows, 1), NULL);
    tt_minmax_transform(scaled, years, &scaler);

    size_t n = my.data.n_ratings;
    double *of_rating = ml_new(n, sizeof *of_rating);
    for (size_t r = 0; r < n; r++) of_rating[r] = scaled.data[my.data.film[r]];
    qsort(of_rating, n, sizeof *of_rating, by_size);
    double lower = of_rating[n / 4], middle = of_rating[n / 2], upper = of_rating[3 * n / 4];
    printf("years from %.0f to %.0f; the median rating is at %.3f\n", scaler.min[0], scaler.max[0],
           middle);
    printf("Expected: half of the ratings lie between %.3f and %.3f\n", lower, upper);
    answer_check(of_rating[0] >= 0 && of_rating[n - 1] <= 1,
                 "no year leaves the range from 0 to 1");
    free(of_rating);
    tt_table_free(&scaled);
    tt_minmax_free(&scaler);
    return answer_close(&my);
}
