// Exercise 2 of lesson 11: which film is nearest to nobody?
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);
    size_t n = my.data.n_films;
    tt_matrix vectors;
    ml_must(tt_matrix_new(&vectors, n, 32), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);

    uint32_t *nearest = ml_new(n, sizeof *nearest);
    float *distance = ml_new(n, sizeof *distance);
    tt_neighbour_options one = {.exclude_self = true};
    ml_must(tt_nearest(nearest, distance, vectors, vectors, &one, &my.run), &my.run.why);
    size_t alone = 0;
    for (size_t f = 1; f < n; f++)
        if (distance[f] > distance[alone]) alone = f;

    const size_t films[] = {alone, nearest[alone]};
    for (int i = 0; i < 2; i++)
        printf("%s%s\n  average %.2f, %s\n", i ? "its nearest is " : "",
               my.data.films[films[i]].title, my.features.film_means[films[i]],
               my.data.films[films[i]].genres);
    printf("films of just the same genres:\n");
    for (size_t f = 0; f < n; f++)
        if (f != alone && !strcmp(my.data.films[f].genres, my.data.films[alone].genres))
            printf("  average %.2f, %.60s\n", my.features.film_means[f], my.data.films[f].title);
    printf("Expected: %s stands alone,\n"
           "Expected: at a squared distance of %.3f from its nearest neighbour\n",
           my.data.films[alone].title, (double)distance[alone]);
    answer_check(nearest[alone] != alone, "no film is its own neighbour");
    free(nearest);
    free(distance);
    tt_matrix_free(&vectors);
    return answer_close(&my);
}
