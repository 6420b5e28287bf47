// Exercise 4 of lesson 8: the user with the largest RMSE, among those with many test ratings.
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);
    size_t n = my.inputs.test.count, worst = 0, least = n < 1000 ? 1 : 20;
    float *scaled = ml_new(n, sizeof *scaled);
    double *squares = ml_new(my.data.n_users, sizeof *squares);
    double *counts = ml_new(my.data.n_users, sizeof *counts);
    ml_must(tt_predict(scaled, &my.model, &my.inputs.test, &my.run), &my.run.why);
    for (size_t i = 0; i < n; i++) {
        uint32_t r = my.inputs.test_rows[i];
        double error = ml_stars(&my.inputs, (double)scaled[i]) - my.data.stars[r];
        squares[my.data.user[r]] += error * error;
        counts[my.data.user[r]]++;
    }
    for (size_t u = 0; u < my.data.n_users; u++) {
        double ours = counts[u] < (double)least ? 0 : squares[u] / counts[u];
        if (counts[worst] < (double)least || ours > squares[worst] / counts[worst]) worst = u;
    }
    double rmse = sqrt(squares[worst] / counts[worst]);
    size_t by_stars[11] = {0};
    for (size_t r = 0; r < my.data.n_ratings; r++)
        if (my.data.user[r] == worst) by_stars[(size_t)(2 * my.data.stars[r])]++;

    printf("Expected: user %lld, %.0f test ratings, RMSE %.2f stars\n",
           (long long)my.data.user_ids[worst], counts[worst], rmse);
    printf("how often this user has given each number of stars:\n");
    for (size_t s = 1; s <= 10; s++) printf("  %.1f: %3zu\n", (double)s / 2, by_stars[s]);
    answer_check(rmse >= answer_rmse(&my, &my.inputs.test) || n < 1000,
                 "this is more than the RMSE of all");
    free(scaled);
    free(squares);
    free(counts);
    return answer_close(&my);
}
