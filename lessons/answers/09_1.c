// Exercise 1 of lesson 9: which films suit a taste of one's own?
#include "answer.h"

enum { LIST = 10 };

// Stars for each genre, in the order of ml_genres: a friend of horror and science fiction.
static const double taste[ML_GENRES] = {3.5, 2.5, 1.0, 3.0, 3.5, 1.5, 3.5, 3.5,
                                        4.5, 4.0, 5.0, 3.0, 2.5, 5.0, 0.5, 3.0};

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);

    // Scale the taste as the rows of real users were scaled.
    tt_table user;
    tt_matrix input, vectors;
    ml_must(tt_table_new(&user, 1, ML_GENRES), NULL);
    tt_standard_scaler scaler = tt_standard_cols(my.inputs.user_scaler, ML_USER_SKIP, ML_GENRES);
    for (int g = 0; g < ML_GENRES; g++) user.data[g] = taste[g];
    tt_standard_transform(user, user, &scaler);
    ml_must(tt_matrix_from_table(&input, user), NULL);

    // Predict all films, and keep the highest.
    uint32_t films[LIST];
    float predictions[LIST];
    size_t found, fitting = 0;
    ml_must(tt_matrix_new(&vectors, my.data.n_films, 32), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);
    ml_must(tt_recommend(films, predictions, &found, LIST, &my.model, input, vectors, NULL), NULL);
    for (size_t i = 0; i < found; i++) {
        const ml_film *film = &my.data.films[films[i]];
        printf("%.2f  %-40.40s  %.30s\n", ml_stars(&my.inputs, (double)predictions[i]), film->title,
               film->genres);
        fitting += film->has_genre[10] || film->has_genre[13]; // Horror, Sci-Fi
    }
    for (int g = 0; g < ML_GENRES; g++) {
        if (g % 4 == 0) printf("Expected: %s", g == 0 ? "for " : "");
        printf("%s %.1f,%s", ml_genres[g], taste[g], g % 4 == 3 ? "\n" : " ");
    }
    printf("Expected: %zu of the %zu films are horror or science fiction, the first is\n"
           "Expected: %s\n",
           fitting, found, my.data.films[films[0]].title);
    answer_check(found == LIST || found == my.data.n_films, "the list has %zu films", found);
    tt_table_free(&user);
    tt_matrix_free(&input);
    tt_matrix_free(&vectors);
    return answer_close(&my);
}
