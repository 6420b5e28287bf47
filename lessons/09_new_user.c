/*md
# Films for a new user

**The question.** Which films suit somebody who does not occur in the data?

A new user has rated nothing. But somebody who tells us which genres they like gives us a row of
features, and a row of features is all that the user tower needs. This is the advantage of towers
over a table with one vector for each known user.

You will see the ten films with the highest predictions for such a user, the same ten from one call
of the library, and what a 0 means to a network that has learned from averages.

The lesson uses §9 (scalers), §11 (`tt_embed`) and §13 (`tt_top_k`, `tt_recommend`) of
`twotower.h`. It reproduces cells 16 and 17 of the notebook.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

/*md
## A row for somebody new

The user of the notebook gives 5 stars each to adventure and to fantasy, and has rated nothing else.
*/
enum { LIST = 10, UNSEEN = 0 };

static bool is_liked(int genre)
{
    return !strcmp(ml_genres[genre], "Adventure") || !strcmp(ml_genres[genre], "Fantasy");
}

int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_MODEL, "recommends films to a new user");

    tt_table user;
    ml_must(tt_table_new(&user, 1, ML_COLUMNS), NULL);
    double *row = tt_table_at(user, 0, 0), *genre = row + ML_USER_SKIP;
    row[0] = 5000; // id
    row[1] = 3;    // rating count
    row[2] = 0;    // rating average
    for (int g = 0; g < ML_GENRES; g++) genre[g] = is_liked(g) ? 5 : UNSEEN;
    nb_table_columns("09_new_user_row", "The new user's row", ml_user_columns, ML_COLUMNS);
    for (int c = 0; c < ML_COLUMNS; c++) nb_cell("%.*f", c < 2 ? 0 : 1, row[c]);
    nb_table_end();

/*md
> margin: Three ratings cannot have an average of 0.0, as the lowest rating is 0.5. This does no
> harm, because the first three columns don't go into the network.

## Into the user tower

The model brings its scalers along, so the row is scaled exactly as the training rows were. Then the
tower turns it into a vector of length one.
*/
    tt_table scaled;
    tt_matrix input, user_vector;
    ml_must(tt_table_new(&scaled, 1, ML_GENRES), NULL);
    tt_standard_transform(scaled, tt_table_cols(user, ML_USER_SKIP, ML_GENRES),
                          &my.model.user_scaler);
    ml_must(tt_matrix_from_table(&input, scaled), NULL);
    size_t width = my.model.user.layers[my.model.user.depth - 1].bias.cols;
    ml_must(tt_matrix_new(&user_vector, 1, width), NULL);
    ml_must(tt_embed(user_vector, &my.model.user, input, &my.run), &my.run.why);
    double square = 0;
    for (size_t d = 0; d < width; d++)
        square += (double)user_vector.data[d] * (double)user_vector.data[d];
    nb_check(fabs(square - 1) < 1e-5, "the user's vector has %zu elements and length one", width);

/*md
## All films at once

The films' vectors don't depend on the user, so we make them once. The predictions for this user are
then the dot products of one row with {{films}} others, $p_f = u \cdot v_f$. The notebook copies the
user's row once for every film and sends all the copies through the user tower; the result is the
same.
*/
    tt_matrix vectors, scores;
    ml_must(tt_matrix_new(&vectors, my.data.n_films, width), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);
    ml_must(tt_matrix_new(&scores, 1, my.data.n_films), NULL);
    tt_matmul_nt(scores, user_vector, vectors);
    uint32_t best[LIST];
    size_t found = tt_top_k(best, LIST, scores.data, my.data.n_films, NULL);
    nb_value("films", "%s", nb_thousands((long long)my.data.n_films));

    nb_table("09_new_user", "The films with the highest predictions for the new user", "y_p",
             "movie id", "rating ave", "title", "genres", "+prediction");
    for (size_t i = 0; i < found; i++) {
        const ml_film *film = &my.data.films[best[i]];
        double stars = ml_stars(&my.inputs, (double)scores.data[best[i]]);
        nb_row("%.1f\t%lld\t%.1f\t%s\t%s\t%.3f", stars, (long long)film->id,
               my.features.film_means[best[i]], film->title, film->genres, stars);
    }
    nb_table_end();

/*md
Predictions that look alike in the first column differ in the last, and the last decides the order.

## In one call

Recommending is a common task, so the library does it in one call: it embeds the user, multiplies,
and keeps the highest.
*/
    uint32_t items[LIST];
    float predictions[LIST];
    size_t count;
    ml_must(tt_recommend(items, predictions, &count, LIST, &my.model, input, vectors, NULL), NULL);
    bool same = count == found;
    for (size_t i = 0; i < found && same; i++)
        same = items[i] == best[i] && predictions[i] == scores.data[best[i]];
    nb_check(same, "tt_recommend gives the same %zu films and the same predictions", found);
    double top = ml_stars(&my.inputs, (double)predictions[0]);
    nb_value("top", "%.1f", top);
    nb_key_figure("the best of %s films: %.1f stars", nb_thousands((long long)my.data.n_films),
                  top);

/*md
## What the zeros say

Somebody who gives 5 stars to both of their genres is promised {{top}} stars at best. That is
strange. The reason lies in the fourteen other genres. We wrote 0 there and meant *unknown*. The
network has seen 0 only where one of its users had rated no film of that genre. For most genres such
users are rare: see the last column of {{table:09_zeros}}. After scaling, a 0 lies

$$z_g = \frac{0 - \mu_g}{\sigma_g}$$

standard deviations away from the mean of genre $g$. This is the number that the tower is given.
*/
    double farthest = 0, length = 0;
    int which = 0;
    nb_table("09_zeros", "The new user's genres, in standard deviations from the mean", "genre",
             "value", "mean", "deviation", "z", "users with 0", "share");
    for (int g = 0; g < ML_GENRES; g++) {
        size_t zeros = 0;
        for (size_t u = 0; u < my.data.n_users; u++)
            zeros += *tt_table_at(my.features.users, u, ML_USER_SKIP + (size_t)g) == 0;
        double z = scaled.data[g];
        length += z * z;
        if (genre[g] == UNSEEN && fabs(z) > fabs(farthest)) farthest = z, which = g;
        nb_row("%s\t%.1f\t%.2f\t%.2f\t%+.1f\t%zu\t%.1f %%", ml_genres[g], genre[g],
               my.model.user_scaler.mean[g], my.model.user_scaler.scale[g], z, zeros,
               100.0 * (double)zeros / (double)my.data.n_users);
    }
    nb_table_end();

/*md
How unusual is the whole row? Its length tells how far it is from the mean of all rows; we compare
it with the longest row of a real user.
*/
    double longest = 0;
    for (size_t u = 0; u < my.data.n_users; u++) {
        double sum = 0;
        for (size_t c = ML_USER_SKIP; c < ML_COLUMNS; c++)
            sum += *tt_table_at(my.inputs.users, u, c) * *tt_table_at(my.inputs.users, u, c);
        if (sum > longest) longest = sum;
    }
    nb_value("farthest", "%.1f", fabs(farthest));
    nb_value("which", "%s", ml_genres[which]);
    nb_value("length", "%.1f", sqrt(length));
    nb_value("longest", "%.1f", sqrt(longest));
    nb_value("users", "%s", nb_thousands((long long)my.data.n_users));

/*md
> margin: The notebook codes a genre that was never rated as 0.0, which is below the lowest possible
> rating. So the list above shows missing knowledge as much as it shows taste.

The largest distance is {{farthest}} deviations, at {{which}}. The whole scaled row has the length
{{length}}; the longest row of any of the {{users}} real users has the length {{longest}}. A network
can be trusted where it has seen examples. Here it is asked about a place far from most of its
examples, and it takes the new user for somebody who dislikes nearly everything.

## A second try

What should stand for *unknown*? There are two simple answers: the mean of that genre over all rows,
so that $z_g = 0$ and the genre says nothing; or the user's own mean, here 5. We make the list again
for each of them.
*/
    const char *variants[] = {"zeros", "means of the genres", "the user's own mean"};
    enum { VARIANTS = 3 };
    uint32_t lists[VARIANTS][LIST];
    tt_matrix all[VARIANTS]; // the predictions for all films
    for (int v = 0; v < VARIANTS; v++) {
        for (int g = 0; g < ML_GENRES; g++) {
            double unknown = v == 0 ? UNSEEN : v == 1 ? my.model.user_scaler.mean[g] : 5;
            genre[g] = is_liked(g) ? 5 : unknown;
        }
        tt_standard_transform(scaled, tt_table_cols(user, ML_USER_SKIP, ML_GENRES),
                              &my.model.user_scaler);
        for (int g = 0; g < ML_GENRES; g++) input.data[g] = (float)scaled.data[g];
        ml_must(tt_embed(user_vector, &my.model.user, input, &my.run), &my.run.why);
        ml_must(tt_matrix_new(&all[v], 1, my.data.n_films), NULL);
        tt_matmul_nt(all[v], user_vector, vectors);
        found = tt_top_k(lists[v], LIST, all[v].data, my.data.n_films, NULL);
    }

/*md
{{table:09_second_try}} is the list with the means.
*/
    nb_table("09_second_try", "The films with the highest predictions, unknown genres at the mean",
             "prediction", "movie id", "rating ave", "title", "genres");
    for (size_t i = 0; i < found; i++) {
        const ml_film *film = &my.data.films[lists[1][i]];
        nb_row("%.3f\t%lld\t%.1f\t%s\t%s", ml_stars(&my.inputs, (double)all[1].data[lists[1][i]]),
               (long long)film->id, my.features.film_means[lists[1][i]], film->title, film->genres);
    }
    nb_table_end();

/*md
{{table:09_variants}} compares the three lists: how many films each shares with the first, how many
of its films have a genre that the user likes, the mean of the films' averages, and the number of
ratings of the film with the fewest.
*/
    nb_table("09_variants", "The ten best films by what stands for an unknown genre", "unknown is",
             "highest prediction", "also in the first list", "adventure or fantasy",
             "mean film average", "fewest ratings");
    size_t shared[VARIANTS], fitting[VARIANTS];
    double mean_average[VARIANTS];
    for (int v = 0; v < VARIANTS; v++) {
        double average = 0;
        uint32_t fewest = UINT32_MAX;
        shared[v] = fitting[v] = 0;
        for (size_t i = 0; i < found; i++) {
            uint32_t f = lists[v][i];
            for (size_t k = 0; k < found; k++) shared[v] += lists[0][k] == f;
            bool liked = false;
            for (int g = 0; g < ML_GENRES; g++)
                liked |= is_liked(g) && my.data.films[f].has_genre[g];
            fitting[v] += liked;
            average += *tt_table_at(my.features.films, f, 2);
            if (my.features.film_ratings[f] < fewest) fewest = my.features.film_ratings[f];
        }
        nb_cell("%s", variants[v]);
        nb_cell("%.2f", ml_stars(&my.inputs, (double)all[v].data[lists[v][0]]));
        nb_cell("%zu", shared[v]);
        nb_cell("%zu", fitting[v]);
        mean_average[v] = average / (double)found;
        nb_cell("%.2f", mean_average[v]);
        nb_cell("%lu", (unsigned long)fewest);
    }
    nb_table_end();
    nb_value("shared", "%zu", shared[1]);
    nb_value("fit_own", "%zu", fitting[2]);
    nb_value("average_zeros", "%.2f", mean_average[0]);
    nb_value("average_means", "%.2f", mean_average[1]);
    nb_value("list", "%zu", found);
    nb_value("top_means", "%.1f", ml_stars(&my.inputs, (double)all[1].data[lists[1][0]]));

/*md
With the means, the highest prediction is {{top_means}} stars instead of {{top}}, and {{shared}} of
the {{list}} films were in the first list as well: most of the list depended on what was *not* said.
With zeros the user resembles nobody in the data. With means the user is an average person who loves
two genres, and gets films with an average of {{average_means}} instead of {{average_zeros}}. With
the user's own mean of 5 for everything, the two genres are no longer special, and {{fit_own}} of
the {{list}} films have one of them. None of the three is the truth, but the means claim the least.
{{figure:09_distribution}} shows how far the predictions for all films move.

A list may also hold films that hardly anybody has rated, as the last column of
{{table:09_variants}} shows. Their average is a feature too, and it rests on one or two opinions.
*/
    nb_plot("09_distribution", "Predictions for all films, by what stands for an unknown genre",
            "Three curves over the scale of stars. What stands for unknown genres decides where "
            "they have their peaks.");
    for (int s = 1; s <= 20; s++) {
        nb_plot_data("%.2f", (double)s / 4 + 0.125);
        for (int v = 0; v < VARIANTS; v++) {
            size_t inside = 0;
            for (size_t f = 0; f < my.data.n_films; f++)
                inside += (int)floor(4 * ml_stars(&my.inputs, (double)all[v].data[f])) == s;
            nb_plot_data(" %.3f", 100.0 * (double)inside / (double)my.data.n_films);
        }
        nb_plot_data("\n");
    }
    nb_plot_end("set xlabel 'predicted stars'\nset ylabel 'share of the films, %'\n"
                "set yrange [0:*]\n"
                "plot $data using 1:2 with linespoints title 'zeros', \\\n"
                "     '' using 1:3 with linespoints title 'means of the genres', \\\n"
                "     '' using 1:4 with linespoints title 'own mean'\n");

    for (int v = 0; v < VARIANTS; v++) tt_matrix_free(&all[v]);
    tt_table_free(&user);
    tt_table_free(&scaled);
    tt_matrix_free(&input);
    tt_matrix_free(&user_vector);
    tt_matrix_free(&vectors);
    tt_matrix_free(&scores);
    return lesson_close(&my);
}

/*md
## What it means

For a new user the model needs a row of features and nothing else, and the answer costs one pass
through the user tower and one product for each film. Whoever builds a model must decide how to code
unknown features. A 0 is not neutral, and no error message tells you so.

## Exercises

1. Enter your own taste: put averages into all sixteen elements of `genre`. Do you know any of the
   ten films? Would you give them the predicted stars?
2. Leave out films with fewer than 20 ratings (give `tt_recommend` the flags as `seen`). What
   happens to the list, and what does that say about film averages that rest on one or two ratings?
3. Give the new user 0.5 stars for Horror, and the means for all unknown genres. Do films disappear
   from the list, or only move?
4. How would you tell the network that a genre is unknown? Think of a second column for each genre,
   1 if it was rated and 0 if not. What else must change?
*/
