// Exercise 3 of lesson 11: neighbours by plain features, and neighbours by vectors.
#include "answer.h"

// The nearest film of each; how far their averages are apart, in stars, and their years.
static void search(uint32_t *nearest, double apart[2], answer *my, tt_matrix rows)
{
    size_t n = rows.rows;
    float *distance = ml_new(n, sizeof *distance);
    tt_neighbour_options one = {.exclude_self = true};
    ml_must(tt_nearest(nearest, distance, rows, rows, &one, &my->run), &my->run.why);
    for (int i = 0; i < 2; i++) apart[i] = 0;
    for (size_t f = 0; f < n; f++) {
        const double *a = tt_table_at(my->features.films, f, 1);
        const double *b = tt_table_at(my->features.films, nearest[f], 1);
        for (int i = 0; i < 2; i++) apart[i] += fabs(a[i] - b[i]) / (double)n;
    }
    free(distance);
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);
    size_t n = my.data.n_films, same = 0;
    tt_matrix vectors;
    ml_must(tt_matrix_new(&vectors, n, 32), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);

    uint32_t *by_features = ml_new(n, sizeof *by_features);
    uint32_t *by_vectors = ml_new(n, sizeof *by_vectors);
    double features[2], towers[2]; // years, stars
    search(by_features, features, &my, my.inputs.film_inputs);
    search(by_vectors, towers, &my, vectors);
    for (size_t f = 0; f < n; f++) same += by_features[f] == by_vectors[f];
    printf("nearest by features: %5.2f years and %.3f stars apart on average\n", features[0],
           features[1]);
    printf("nearest by vectors:  %5.2f years and %.3f stars apart on average\n", towers[0],
           towers[1]);
    printf("Expected: %zu of %zu films have the same nearest neighbour in both\n", same, n);
    answer_check(same <= n, "no film is counted twice");
    free(by_features);
    free(by_vectors);
    tt_matrix_free(&vectors);
    return answer_close(&my);
}
