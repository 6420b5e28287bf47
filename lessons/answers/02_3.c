// Exercise 3 of lesson 2: the zeros of unrated genres become the user's average.
#include "answer.h"

static void statistics(double *mean, double *deviation, tt_table users, size_t c)
{
    double n = (double)users.rows, squares = 0;
    *mean = 0;
    for (size_t u = 0; u < users.rows; u++) *mean += *tt_table_at(users, u, c) / n;
    for (size_t u = 0; u < users.rows; u++) {
        double difference = *tt_table_at(users, u, c) - *mean;
        squares += difference * difference / n;
    }
    *deviation = sqrt(squares);
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    tt_table users = my.features.users;
    size_t zeros[ML_COLUMNS] = {0}, most = 3;
    for (size_t c = 3; c < ML_COLUMNS; c++) {
        for (size_t u = 0; u < users.rows; u++) zeros[c] += *tt_table_at(users, u, c) == 0;
        if (zeros[c] > zeros[most]) most = c;
    }
    double mean, deviation, new_mean, new_deviation;
    statistics(&mean, &deviation, users, most);
    for (size_t u = 0; u < users.rows; u++)
        if (*tt_table_at(users, u, most) == 0)
            *tt_table_at(users, u, most) = *tt_table_at(users, u, 2);
    statistics(&new_mean, &new_deviation, users, most);

    printf("%s, %zu users of %zu without a rating\n", ml_genres[most - 3], zeros[most], users.rows);
    printf("Expected: the mean goes from %.4f to %.4f\n"
           "Expected: the standard deviation from %.4f to %.4f\n",
           mean, new_mean, deviation, new_deviation);
    answer_check(!zeros[most] || new_mean > mean, "no average is as low as a zero");
    return answer_close(&my);
}
