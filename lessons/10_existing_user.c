/*md
# Films that user 2 has rated

**The question.** How near do predictions come to the stars that a user really gave?

A user who is in the data has a row of features and has told us what they think of some films. So we
can set prediction and rating side by side, film by film.

You will see all films that user {{user}} has rated, sorted by prediction; which of these rows the
model was trained on, and how much better it is there; and then real recommendations, for which such
a list is often mistaken.

The lesson uses §11 (`tt_predict`) and §13 (`tt_recommend`) of `twotower.h`. It reproduces cell 18
of the notebook.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

/*md
## Two helpers

The first helper computes the mean of a user's averages in the genres of a film: this is what one
would guess from the features alone. The other helper writes these averages as the notebook prints
them, in the order of the genres in the vector.
*/
enum { MOST = 50, LIST = 10 };

static double genre_mean(const ml_features *features, size_t user, const ml_film *film)
{
    double sum = 0;
    for (size_t g = 0; g < ML_GENRES; g++)
        if (film->has_genre[g]) sum += *tt_table_at(features->users, user, ML_USER_SKIP + g);
    return sum / film->n_genres;
}

static void write_genre_averages(char *text, size_t size, const ml_features *features, size_t user,
                                 const ml_film *film)
{
    size_t n = 0;
    for (size_t g = 0; g < ML_GENRES; g++)
        if (film->has_genre[g])
            n += (size_t)snprintf(text + n, size - n, "%c%.1f", n ? ',' : '[',
                                  *tt_table_at(features->users, user, ML_USER_SKIP + g));
    snprintf(text + n, size - n, "]");
}

/*md
## Whose films?

We take user 2, as the notebook does. If another data set has no such user, we take the first one.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_MODEL,
                            "compares predictions with the stars that a user gave");

    size_t user = ml_find_user(&my.data, 2);
    bool missing = user == my.data.n_users;
    if (missing) user = 0;
    long long id = my.data.user_ids[user];
    size_t n = my.features.user_ratings[user];
    nb_value("user", "%lld", id);
    nb_value("n", "%zu", n);
    nb_value("others", "%s", nb_thousands((long long)(my.data.n_films - n)));
    nb_text("%suser %lld: %zu ratings of kept films\n",
            missing ? "there is no user 2 in these data, so we take the first one\n" : "", id, n);

/*md
The rows of a user are scattered over the ratings, which stand film by film. We collect them, and
mark which of all rows the model was trained on.
*/
    uint32_t *rows = ml_new(n, sizeof *rows);
    uint32_t *order = ml_new(n, sizeof *order);
    float *scaled = ml_new(n, sizeof *scaled);
    bool *trained = ml_new(my.data.n_ratings, sizeof *trained);
    bool *seen = ml_new(my.data.n_films, sizeof *seen);
    for (size_t i = 0; i < my.inputs.train.count; i++) trained[my.inputs.train_rows[i]] = true;
    size_t found = 0, tests = 0;
    bool twice = false;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        if (my.data.user[r] != user) continue;
        twice |= seen[my.data.film[r]];
        seen[my.data.film[r]] = true;
        if (found < n) rows[found] = (uint32_t)r;
        found++;
        tests += !trained[r];
    }
    nb_value("tests", "%zu", tests);
    nb_check(found == n && !twice, "these are the %zu films that user %lld rated, each once", n,
             id);

/*md
## Predicted and actual

The notebook predicts all films for this user and then shows the rated ones. We predict only those:
`rows` names the ratings that are wanted. Sorted by prediction, the rows show at a glance whether
high ratings stand at the top.
*/
    tt_ratings wanted = my.inputs.train;
    wanted.order = rows;
    wanted.count = n;
    ml_must(tt_predict(scaled, &my.model, &wanted, &my.run), &my.run.why);
    tt_top_k(order, n, scaled, n, NULL);
    size_t shown = n < MOST ? n : MOST;
    nb_table("10_existing_user", "Films that the user has rated, the highest predictions first",
             "y_p", "y", "user", "user genre ave", "movie rating ave", "movie id", "title",
             "genres", "+error");
    for (size_t i = 0; i < shown; i++) {
        uint32_t r = rows[order[i]], f = my.data.film[r];
        double stars = ml_stars(&my.inputs, (double)scaled[order[i]]);
        char averages[ML_GENRES * 8];
        write_genre_averages(averages, sizeof averages, &my.features, user, &my.data.films[f]);
        nb_row("%.1f\t%.1f\t%lld\t%s\t%.1f\t%lld\t%s\t%s\t%+.1f%s", stars, my.data.stars[r], id,
               averages, my.features.film_means[f], (long long)my.data.films[f].id,
               my.data.films[f].title, my.data.films[f].genres, stars - my.data.stars[r],
               trained[r] ? "" : "*");
    }
    nb_table_end();

/*md
> margin: The notebook prints a film's mean as it was before rounding, and so do we. A mean of 4.252
> is printed as 4.3, but rounded to two decimals it is 4.25, which would be printed as 4.2.

> margin: Such a table is easily taken for a list of recommendations. But the user has seen every
> film in it, and the model was trained on most of its rows: the table shows a fit.

The error is the prediction minus the rating: where it is above 0, the prediction was too high. A
star marks the {{tests}} rows of {{n}} that the model was *not* trained on. In
{{figure:10_predicted}} a perfect prediction would lie on the line.
*/
    nb_plot("10_predicted", "Predicted against actual stars of one user",
            "Points beside the line of perfect prediction, in one colour for rows trained "
            "on and in another for test rows. They form a band less steep than the line.");
    for (size_t i = 0; i < n; i++)
        nb_plot_data("%.2f %.4f %d\n", my.data.stars[rows[i]],
                     ml_stars(&my.inputs, (double)scaled[i]), trained[rows[i]]);
    nb_plot_end("set xlabel 'actual stars'\nset ylabel 'predicted stars'\nset xrange [0:5.5]\n"
                "set yrange [0:5.5]\nset xtics 1\nset samples 2\n"
                "plot x linetype 6 linewidth 1 title 'perfect', \\\n"
                "     $data using 1:($3 == 1 ? $2 : NaN) with points linetype 1 pointsize 0.7 \\\n"
                "         title 'trained on', \\\n"
                "     '' using 1:($3 == 0 ? $2 : NaN) with points linetype 2 pointsize 0.7 \\\n"
                "         title 'test row'\n");

/*md
## Seen in training, or not

The notebook concludes that a prediction is generally within one star of the rating. We check this
by counting, first for this user, then for all users. We keep the rows that the model was trained on
apart from the others.

> margin: The notebook says "generally within 1 of the rating" of rows most of which the model was
> trained on.
*/
    float *all = ml_new(my.data.n_ratings, sizeof *all);
    tt_ratings everything = my.inputs.train;
    everything.order = NULL;
    everything.count = my.data.n_ratings;
    ml_must(tt_predict(all, &my.model, &everything, &my.run), &my.run.why);
    double count[4] = {0}, sizes[4] = {0}, within[4] = {0}; // as in the table below
    double near[2] = {0}, far[2] = {0}; // test rows: how many, and the sum of their errors
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        double error = fabs(ml_stars(&my.inputs, (double)all[r]) - my.data.stars[r]);
        for (size_t group = my.data.user[r] == user ? 0 : 2; group < 4; group += 2) {
            size_t place = group + !trained[r];
            count[place]++;
            sizes[place] += error;
            within[place] += error <= 1;
        }
        if (trained[r]) continue;
        double usual = genre_mean(&my.features, my.data.user[r], &my.data.films[my.data.film[r]]);
        double *kind = fabs(my.data.stars[r] - usual) <= 1 ? near : far;
        kind[0]++;
        kind[1] += error;
    }

/*md
A mean over a handful of rows is not to be trusted; the last two lines of {{table:10_seen}} are the
ones that count.
*/
    const char *groups[] = {"this user, trained on", "this user, test", "all users, trained on",
                            "all users, test"};
    nb_table("10_seen", "Mean absolute error in stars, and predictions within one star", "rows",
             "number", "mean error", "within 1");
    for (size_t g = 0; g < 4; g++) {
        nb_cell("%s", groups[g]);
        nb_cell("%.0f", count[g]);
        if (count[g] > 0) {
            nb_cell("%.2f", sizes[g] / count[g]);
            nb_cell("%.0f %%", 100 * within[g] / count[g]);
        } else {
            nb_cell("–");
            nb_cell("–");
        }
    }
    nb_table_end();
    double of_user = (sizes[0] + sizes[1]) / (double)n;
    nb_value("mae", "%.2f", of_user);
    nb_value("within_trained", "%.0f", 100 * within[2] / count[2]);
    nb_value("within_test", "%.0f", 100 * within[3] / count[3]);
    nb_value("near_n", "%s", nb_thousands((long long)near[0]));
    nb_value("far_n", "%s", nb_thousands((long long)far[0]));
    nb_value("near", "%.2f", near[0] > 0 ? near[1] / near[0] : 0.0);
    nb_value("far", "%.2f", far[0] > 0 ? far[1] / far[0] : 0.0);
    nb_key_figure("user %lld: %.2f stars off on average", id, of_user);

/*md
Of the rows that the model was trained on, {{within_trained}} % are predicted within one star; of
the test rows, {{within_test}} % are. For user {{user}} the error over all {{n}} films is {{mae}}
stars on average.

The notebook also says that predictions are worst where a user departs from their own average in the
film's genres. We counted: on the {{near_n}} test rows where the rating is within one star of that
average, the mean error is {{near}} stars; on the {{far_n}} others it is {{far}}. It could hardly be
otherwise. The user tower knows only these averages of a user, and it can't foresee an exception.

## Real recommendations

A recommendation is a film that the user has *not* rated. `tt_recommend` takes a flag for each film
that is to be left out.
*/
    size_t width = my.model.item.layers[my.model.item.depth - 1].bias.cols, recommended;
    tt_matrix vectors;
    uint32_t films[LIST];
    float predictions[LIST];
    ml_must(tt_matrix_new(&vectors, my.data.n_films, width), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);
    ml_must(tt_recommend(films, predictions, &recommended, LIST, &my.model,
                         tt_matrix_rows(my.inputs.user_inputs, user, 1), vectors, seen),
            NULL);
    bool none_seen = true;
    nb_table("10_recommendations", "Films that the user has not rated, highest predictions first",
             "y_p", "movie id", "rating ave", "ratings", "title", "genres");
    for (size_t i = 0; i < recommended; i++) {
        const ml_film *film = &my.data.films[films[i]];
        none_seen &= !seen[films[i]];
        nb_row("%.2f\t%lld\t%.1f\t%lu\t%s\t%s", ml_stars(&my.inputs, (double)predictions[i]),
               (long long)film->id, my.features.film_means[films[i]],
               (unsigned long)my.features.film_ratings[films[i]], film->title, film->genres);
    }
    nb_table_end();
    nb_check(none_seen, "the user has rated none of these %zu films", recommended);
    size_t rare = 0;
    for (size_t i = 0; i < recommended; i++) rare += my.features.film_ratings[films[i]] < 5;
    nb_value("rare", "%zu", rare);
    nb_value("recommended", "%zu", recommended);

/*md
Look at the column *ratings*: {{rare}} of the {{recommended}} films have fewer than five. A film
that got 5 stars from a single person has an average of 5.0. The model takes that average at its
word, and so films that hardly anybody knows push to the top. The error in lesson 8 said nothing of
this: it was measured on films that people had chosen to see, and most of those are well known.
*/
    free(rows);
    free(order);
    free(scaled);
    free(trained);
    free(seen);
    free(all);
    tt_matrix_free(&vectors);
    return lesson_close(&my);
}

/*md
## What it means

The first table of this lesson asks the model mostly about ratings that it was trained on. The list
of recommendations asks about the other {{others}} films, for which nobody knows the answer. There a
weakness shows: the model doesn't know how many ratings are behind an average.

## Exercises

1. Take another user, for instance the one with the most ratings. Is the band in the picture
   narrower?
2. Pull each film's average towards the global mean as lesson 8 does with its biases, with a damping
   of 10, and predict with that feature in place of the raw average. What do the recommendations
   look like now?
3. Leave out of the recommendations every film with fewer than 20 ratings: set more flags in `seen`.
4. Predict each row by `genre_mean` alone. How far is its mean error on the test rows from that of
   the towers?
*/
