// Exercise 2 of lesson 4: how far apart are the two sets, for a hundred seeds?
#include "answer.h"

static double mean_of(const ml_data *data, const uint32_t *rows, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += data->stars[rows[i]];
    return sum / (double)n;
}

int main(int argc, char **argv)
{
    enum { SEEDS = 100 };
    answer my = answer_open(argc, argv);
    size_t n = my.inputs.train.count, m = my.inputs.test.count;
    double mean = 0, variance = 0, squares = 0, total = (double)my.data.n_ratings;
    for (size_t r = 0; r < my.data.n_ratings; r++) mean += my.data.stars[r] / total;
    for (size_t r = 0; r < my.data.n_ratings; r++)
        variance += (my.data.stars[r] - mean) * (my.data.stars[r] - mean) / total;
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        uint32_t *train = my.inputs.train_rows, *test = my.inputs.test_rows;
        ml_must(tt_train_test_split(train, test, n + m, 0.8, seed), NULL);
        double difference = mean_of(&my.data, train, n) - mean_of(&my.data, test, m);
        squares += difference * difference / SEEDS;
    }
    double found = sqrt(squares), expected = sqrt(variance * (1 / (double)n + 1 / (double)m));
    printf("the formula:  %.5f stars\n", expected);
    printf("Expected: a standard deviation of %.5f stars over %d seeds\n", found, SEEDS);
    answer_check(found > 0.7 * expected && found < 1.3 * expected,
                 "what %d seeds show is near the formula", SEEDS);
    return answer_close(&my);
}
