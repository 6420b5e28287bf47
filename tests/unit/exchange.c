/* exchange.c: our side of tests/unit/check_python.sh.

   exchange FOLDER   reads numpy_f8.npy and numpy_f4.npy there, and writes them again as ours_*.npy;
                     trains a model on a few random ratings, saves model.safetensors, and what it
                     predicts: users.npy, items.npy, predictions.npy; reads numpy.safetensors, a
                     model made there, and saves what that predicts: numpy_predictions.npy */
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USERS = 9, ITEMS = 11, USER_FEATURES = 3, ITEM_FEATURES = 5, RATINGS = USERS * ITEMS };

static const char *folder;

static const char *in_folder(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void must(tt_error error, const tt_run *run)
{
    if (!error) return;
    fprintf(stderr, "exchange: %s: %s\n", tt_error_text(error), run ? run->why.text : "");
    exit(1);
}

static tt_matrix random_matrix(size_t rows, size_t cols, tt_random *random)
{
    tt_matrix matrix;
    must(tt_matrix_new(&matrix, rows, cols), NULL);
    for (size_t i = 0; i < rows * cols; i++)
        matrix.data[i] = (float)tt_random_uniform(random, -1, 1);
    return matrix;
}

int main(int argc, char **argv)
{
    folder = argc == 2 ? argv[1] : ".";
    tt_run run = {0};

    tt_table table;
    must(tt_table_load(&table, in_folder("numpy_f8.npy"), &run), &run);
    must(tt_table_save(table, in_folder("ours_f8.npy"), &run), &run);
    tt_matrix matrix;
    must(tt_matrix_load(&matrix, in_folder("numpy_f4.npy"), &run), &run);
    must(tt_matrix_save(matrix, in_folder("ours_f4.npy"), &run), &run);

    tt_random random;
    tt_random_seed(&random, 1);
    tt_matrix users = random_matrix(USERS, USER_FEATURES, &random);
    tt_matrix items = random_matrix(ITEMS, ITEM_FEATURES, &random);
    uint32_t user[RATINGS], item[RATINGS];
    float rating[RATINGS], predicted[RATINGS];
    for (uint32_t k = 0; k < RATINGS; k++) {
        user[k] = k / ITEMS;
        item[k] = k % ITEMS;
        rating[k] = (float)tt_random_uniform(&random, -1, 1);
    }
    tt_ratings ratings = {users, items, user, item, rating, NULL, RATINGS};
    tt_two_tower model;
    tt_two_tower_options shape = {.hidden = {20, 12}, .embedding = 6, .seed = 1};
    must(tt_two_tower_new(&model, USER_FEATURES, ITEM_FEATURES, &shape), NULL);
    must(tt_fit(&model, &ratings, &(tt_fit_options){.epochs = 5}, NULL), NULL);
    must(tt_predict(predicted, &model, &ratings, 0), NULL);
    must(tt_save(&model, in_folder("model.safetensors"), &run), &run);
    must(tt_matrix_save(users, in_folder("users.npy"), &run), &run);
    must(tt_matrix_save(items, in_folder("items.npy"), &run), &run);
    must(tt_matrix_save(tt_matrix_of(predicted, USERS, ITEMS), in_folder("predictions.npy"), &run),
         &run);

    tt_two_tower numpys;
    must(tt_load(&numpys, in_folder("numpy.safetensors"), &run), &run);
    must(tt_predict(predicted, &numpys, &ratings, 0), NULL);
    must(tt_matrix_save(tt_matrix_of(predicted, USERS, ITEMS), in_folder("numpy_predictions.npy"),
                        &run),
         &run);

    tt_two_tower_free(&numpys);
    tt_two_tower_free(&model);
    tt_matrix_free(&users);
    tt_matrix_free(&items);
    tt_matrix_free(&matrix);
    tt_table_free(&table);
    return 0;
}
