// Exercise 2 of lesson 1: how good a guess is the mean of a user's ratings?
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    double *sum = ml_new(my.data.n_users, sizeof *sum),
           *count = ml_new(my.data.n_users, sizeof *count);
    double n = (double)my.data.n_ratings, users = (double)my.data.n_users, mean = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        sum[my.data.user[r]] += my.data.stars[r];
        count[my.data.user[r]]++;
        mean += my.data.stars[r] / n;
    }
    double first = 0, by_user = 0, average = 0, between = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        double error = my.data.stars[r] - sum[my.data.user[r]] / count[my.data.user[r]];
        by_user += error * error / n;
        first += (my.data.stars[r] - mean) * (my.data.stars[r] - mean) / n;
    }
    for (size_t u = 0; u < my.data.n_users; u++) average += sum[u] / count[u] / users;
    for (size_t u = 0; u < my.data.n_users; u++) {
        double difference = sum[u] / count[u] - average;
        between += difference * difference / users;
    }
    printf("RMSE of the mean of all:              %.4f stars\n", sqrt(first));
    printf("standard deviation of users' means:   %.4f stars\n", sqrt(between));
    printf("Expected: an RMSE of %.4f stars for the mean of the user\n", sqrt(by_user));
    answer_check(by_user <= first, "the user's mean is no worse than the mean of all");
    free(sum);
    free(count);
    return answer_close(&my);
}
