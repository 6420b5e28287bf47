// Exercise 3 of lesson 8: which leaks more, the average of the film or those of the user?
#include "answer.h"

#include "../baselines.h"

// Copies the columns from one table to another of the same shape.
static void copy_columns(tt_table to, tt_table from, size_t first, size_t count)
{
    for (size_t r = 0; r < to.rows; r++)
        memcpy(tt_table_at(to, r, first), tt_table_at(from, r, first), count * sizeof(double));
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    const char *const names[] = {"both leaky", "users honest", "films honest", "both honest"};
    size_t n_train = my.inputs.train.count;
    double rmse[4];
    for (int k = 0; k < 4; k++) {
        ml_features mixed;
        honest_features(&mixed, &my.data, my.inputs.train_rows, n_train);
        if (k % 2 == 0) copy_columns(mixed.users, my.features.users, 0, ML_COLUMNS);
        if (k < 2) copy_columns(mixed.films, my.features.films, 0, ML_COLUMNS);
        ml_inputs before = my.inputs;
        ml_must(ml_prepare(&my.inputs, &my.data, &mixed), NULL);
        ml_inputs_free(&before);
        ml_features_free(&mixed);
        answer_train(&my, 2);
        rmse[k] = answer_rmse(&my, &my.inputs.test);
        printf("Expected: %-12s  test RMSE %.4f stars\n", names[k], rmse[k]);
        tt_two_tower_free(&my.model);
    }
    answer_check(n_train < 1000 || rmse[2] > rmse[1], "the film's average leaks more");
    return answer_close(&my);
}
