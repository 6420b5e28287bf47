// Exercise 3 of lesson 9: what moves if the new user detests horror?
#include "answer.h"

enum { LIST = 10, EPOCHS = 6 };

// Prints the films with the highest predictions; how many of them have the genre.
static size_t list(const answer *my, const char *heading, const float *scores, size_t genre)
{
    uint32_t films[LIST];
    size_t found = tt_top_k(films, LIST, scores, my->data.n_films, NULL), with = 0;
    printf("%s\n", heading);
    for (size_t i = 0; i < found; i++) {
        const ml_film *film = &my->data.films[films[i]];
        printf("  %.2f  %-40.40s  %.30s\n", ml_stars(&my->inputs, (double)scores[films[i]]),
               film->title, film->genres);
        with += film->has_genre[genre];
    }
    return with;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, EPOCHS);
    size_t n = my.data.n_films, horror = 0;
    tt_matrix input, users, vectors, scores; // two users: with horror unknown, and with 0.5
    ml_must(tt_matrix_new(&input, 2, ML_GENRES), NULL);
    for (size_t g = 0; g < ML_GENRES; g++) {
        bool liked = !strcmp(ml_genres[g], "Adventure") || !strcmp(ml_genres[g], "Fantasy");
        double mean = my.inputs.user_scaler.mean[ML_USER_SKIP + g];
        double scale = my.inputs.user_scaler.scale[ML_USER_SKIP + g];
        for (size_t u = 0; liked && u < 2; u++)
            *tt_matrix_at(input, u, g) = (float)((5 - mean) / scale);
        if (strcmp(ml_genres[g], "Horror")) continue;
        horror = g;
        *tt_matrix_at(input, 1, g) = (float)((0.5 - mean) / scale);
    }
    ml_must(tt_matrix_new(&users, 2, 32), NULL);
    ml_must(tt_matrix_new(&vectors, n, 32), NULL);
    ml_must(tt_matrix_new(&scores, 2, n), NULL);
    ml_must(tt_embed(users, &my.model.user, input, &my.run), &my.run.why);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);
    tt_matmul_nt(scores, users, vectors);

    const float *before = tt_matrix_at(scores, 0, 0), *after = tt_matrix_at(scores, 1, 0);
    double moved[2] = {0}, count[2] = {0}; // without the genre, and with it
    for (size_t f = 0; f < n; f++) {
        bool has = my.data.films[f].has_genre[horror];
        moved[has] +=
            ml_stars(&my.inputs, (double)after[f]) - ml_stars(&my.inputs, (double)before[f]);
        count[has]++;
    }
    for (int has = 0; has < 2; has++) moved[has] /= fmax(count[has], 1);
    size_t first = list(&my, "with the mean for horror", before, horror);
    size_t second = list(&my, "with 0.5 stars for horror", after, horror);
    for (int has = 1; has >= 0; has--)
        printf("Expected: %.0f films %s horror move by %+.2f stars on average\n", count[has],
               has ? "with" : "without", moved[has]);
    printf("Expected: horror films in the lists: %zu and %zu\n", first, second);
    answer_check(n < 1000 || moved[1] < moved[0], "films with horror fall further than others");
    tt_matrix_free(&input);
    tt_matrix_free(&users);
    tt_matrix_free(&vectors);
    tt_matrix_free(&scores);
    return answer_close(&my);
}
