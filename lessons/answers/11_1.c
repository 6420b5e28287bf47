// Exercise 1 of lesson 11: the five nearest neighbours of a film, and what they share with it.
#include "answer.h"

enum { LIST = 5 };

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);
    tt_matrix vectors;
    ml_must(tt_matrix_new(&vectors, my.data.n_films, 32), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);

    size_t film = 0; // the first film if there is no Toy Story
    for (size_t f = 0; f < my.data.n_films; f++)
        if (!strcmp(my.data.films[f].title, "Toy Story (1995)")) film = f;

    // The film itself is the nearest, so ask for one more; twins may stand before it.
    uint32_t list[LIST + 1];
    float distance[LIST + 1];
    tt_neighbour_options six = {.k = LIST + 1};
    ml_must(tt_nearest(list, distance, tt_matrix_rows(vectors, film, 1), vectors, &six, &my.run),
            &my.run.why);
    size_t shared = 0, neighbours = 0;
    const ml_film *one = &my.data.films[film];
    printf("%s (%.2f): %s\n", one->title, my.features.film_means[film], one->genres);
    for (size_t i = 0; i <= LIST && neighbours < LIST; i++) {
        if (list[i] == TT_NONE || list[i] == film) continue;
        const ml_film *other = &my.data.films[list[i]];
        printf("  %.4f  %s (%.2f)\n          %s\n", (double)distance[i], other->title,
               my.features.film_means[list[i]], other->genres);
        for (int g = 0; g < ML_GENRES; g++) shared += one->has_genre[g] && other->has_genre[g];
        neighbours++;
    }
    printf("Expected: the %zu neighbours have %zu of %zu genres\n", neighbours, shared,
           neighbours * (size_t)one->n_genres);
    answer_check(distance[0] <= distance[1], "the nearest stands first");
    tt_matrix_free(&vectors);
    return answer_close(&my);
}
