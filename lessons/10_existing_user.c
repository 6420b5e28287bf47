/*md
# Films that user 2 has rated

> question: How near do predictions come to the stars that a user really gave?

> result: figure:10_predicted. Each dot is a film that user {{user}} has rated, across by the stars
> that the user gave and upwards by the prediction, which is {{mae}} stars off on average. The three
> worst have their names.

> see: Prediction and rating side by side for all films of one user; whether the model does better
> on rows that it was trained on; and then real recommendations, for which such a list is often
> mistaken.

> uses: §11 (`tt_predict`) and §13 (`tt_recommend`); lessons 4, 8 and 9.

> time: 15 minutes
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"
#include "drawing.h"
/*md
A user who is in the data has a row of features and has told us what they think of some films. So we
can set prediction and rating side by side, film by film.

> fold: names, and the functions that stand at the end of this file
*/
enum { MOST = 50, LIST = 10 };

// A user's ratings, with what the model says of them.
typedef struct rated {
    size_t n;
    uint32_t *rows; // of the ratings
    float *scaled;  // predictions, in [-1, 1]
    bool *trained;  // for all ratings: was the model trained on it?
} rated;

// Errors of a group of rows.
typedef struct errors {
    double n, sum, squares, within;
} errors;

static double genre_mean(const ml_features *features, size_t user, const ml_film *film);
static void write_genre_averages(char *text, size_t size, const ml_features *features, size_t user,
                                 const ml_film *film);
static void add_error(errors *to, double error);
static double mean_error(errors e);
static double margin(errors e);
static const char *draw_swarm(const lesson *my, const rated *films, double width);
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
    nb_text("%suser %lld: %zu ratings of kept films\n",
            missing ? "there is no user 2 in these data, so we take the first one\n" : "", id, n);
    nb_value("user", "%lld", id);
    nb_value("n", "%zu", n);
    nb_value("others", "%s", nb_thousands((long long)(my.data.n_films - n)));

/*md
> notebook: This lesson reproduces cell 18.

The rows of a user are scattered over the ratings, which stand film by film. We collect them, and
mark which of all rows the model was trained on.
*/
    rated films = {.n = n, .rows = ml_new(n, sizeof *films.rows)};
    films.scaled = ml_new(n, sizeof *films.scaled);
    films.trained = ml_new(my.data.n_ratings, sizeof *films.trained);
    bool *seen = ml_new(my.data.n_films, sizeof *seen);
    for (size_t i = 0; i < my.inputs.train.count; i++)
        films.trained[my.inputs.train_rows[i]] = true;
    size_t found = 0, tests = 0;
    bool twice = false;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        if (my.data.user[r] != user) continue;
        twice |= seen[my.data.film[r]];
        seen[my.data.film[r]] = true;
        if (found < n) films.rows[found] = (uint32_t)r;
        found++;
        tests += !films.trained[r];
    }
    nb_value("tests", "%zu", tests);
    nb_check(found == n && !twice, "these are the %zu films that user %lld rated, each once", n,
             id);

/*md
## Predicted and given

`tt_predict` goes through the rows that `order` names: those of the user, and no others.
*/
    tt_ratings wanted = my.inputs.train;
    wanted.order = films.rows;
    wanted.count = n;
    ml_must(tt_predict(films.scaled, &my.model, &wanted, &my.run), &my.run.why);

/*md
A perfect prediction would lie on the line of {{figure:10_predicted}}. Within the band it is at most
one star off. The {{tests}} rows of {{n}} that the model was *not* trained on are rings.

> fold: the picture, for wide and narrow screens
*/
    nb_figure("10_predicted",
              "Most predictions lie within one star of the line, but the cloud is flatter than it: "
              "films that the user disliked are predicted too high, loved ones too low",
              "Dots in a column for each number of stars given, their heights the predictions; a "
              "line and a band of one star about it. The columns climb less steeply than the line.",
              draw_swarm(&my, &films, 782));
    nb_narrow(draw_swarm(&my, &films, 360));

/*md
That the cloud is flatter is no accident. The model can't know why this user gave 1 star to a film
that most people like, so its safest guess is a number not far from the averages.

{{table:10_existing_user}} has the same in numbers, the highest predictions first. The *error* is
the prediction minus the rating: where it is above 0, the prediction was too high. The user's
averages in the genres of the film stand in the order of the genres in the user's row.

> fold: the table of films
*/
    uint32_t *order = ml_new(n, sizeof *order);
    tt_top_k(order, n, films.scaled, n, NULL);
    size_t shown = n < MOST ? n : MOST;
    nb_table("10_existing_user", "What the model says of films that the user has rated", "-y_p",
             "-y", "-user", "-user genre ave", "-movie rating ave", "-movie id", "title", "genres",
             "+predicted", "+given", "+error", "+film's average", "+user's averages in its genres",
             "+row of");
    for (size_t i = 0; i < shown; i++) {
        uint32_t r = films.rows[order[i]], f = my.data.film[r];
        const ml_film *film = &my.data.films[f];
        double predicted = ml_stars(&my.inputs, (double)films.scaled[order[i]]);
        double given = my.data.stars[r], average = my.features.film_means[f];
        char list[ML_GENRES * 8];
        write_genre_averages(list, sizeof list, &my.features, user, film);
        nb_row("%.1f\t%.1f\t%lld\t%s\t%.1f\t%lld\t%s\t%s\t%.1f\t%.1f\t%+.1f\t%.1f\t%s\t%s",
               predicted, given, id, list, average, (long long)film->id, film->title, film->genres,
               predicted, given, predicted - given, average, list,
               films.trained[r] ? "training" : "test");
    }
    nb_table_end();

/*md
> notebook: It calls the prediction y_p and the rating y, and prints a film's mean as it was before
> rounding, and so do we. A mean of 4.252 is printed as 4.3, but rounded to two decimals it is 4.25,
> which would be printed as 4.2.

> caution: Such a table is easily taken for a list of recommendations. But the user has seen every
> film in it, and the model was trained on most of its rows: the table shows a fit.

## Seen in training, or not

Does the model do better on the rows that it was trained on? We count, first for this user, then for
all users: the mean of the errors without their signs, and how many are at most one star.
*/
    float *all = ml_new(my.data.n_ratings, sizeof *all);
    tt_ratings everything = my.inputs.train;
    everything.order = NULL;
    everything.count = my.data.n_ratings;
    ml_must(tt_predict(all, &my.model, &everything, &my.run), &my.run.why);
    errors group[4] = {{0}};      // as in the table below
    errors near = {0}, far = {0}; // test rows by their distance from the user's average
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        double error = fabs(ml_stars(&my.inputs, (double)all[r]) - my.data.stars[r]);
        if (my.data.user[r] == user) add_error(&group[films.trained[r] ? 0 : 1], error);
        add_error(&group[films.trained[r] ? 2 : 3], error);
        if (films.trained[r]) continue;
        double usual = genre_mean(&my.features, my.data.user[r], &my.data.films[my.data.film[r]]);
        add_error(fabs(my.data.stars[r] - usual) <= 1 ? &near : &far, error);
    }

/*md
How sure is such a mean? The mean of $n$ numbers that scatter by $\sigma$ is itself uncertain by
about $\sigma / \sqrt{n}$, which {{table:10_seen}} has in the column *give or take*.

> fold: the table of groups
*/
    const char *groups[] = {"this user, trained on", "this user, test", "all users, trained on",
                            "all users, test"};
    nb_table("10_seen",
             "Over all users the error is a little larger on test rows; for one user "
             "chance decides",
             "rows", "number", "mean error", "give or take", "within 1 star");
    for (size_t g = 0; g < 4; g++) {
        if (group[g].n > 0)
            nb_row("%s\t%s\t%.2f\t%.3f\t%.0f %%", groups[g], nb_thousands((long long)group[g].n),
                   mean_error(group[g]), margin(group[g]), 100 * group[g].within / group[g].n);
        else
            nb_row("%s\t0\t–\t–\t–", groups[g]);
    }
    nb_table_end();
    double of_user = (group[0].sum + group[1].sum) / (double)n;
    nb_value("mae", "%.2f", of_user);
    nb_value("user_trained", "%.2f", mean_error(group[0]));
    nb_value("user_test", "%.2f", mean_error(group[1]));
    nb_value("user_compared", "%s",
             mean_error(group[1]) < mean_error(group[0]) ? "smaller" : "larger");
    nb_value("user_margin", "%.2f", margin(group[1]));
    nb_value("all_trained", "%.2f", mean_error(group[2]));
    nb_value("all_test", "%.2f", mean_error(group[3]));
    nb_value("within_trained", "%.0f", 100 * group[2].within / group[2].n);
    nb_value("within_test", "%.0f", 100 * group[3].within / group[3].n);
    nb_value("near_n", "%s", nb_thousands((long long)near.n));
    nb_value("far_n", "%s", nb_thousands((long long)far.n));
    nb_value("near", "%.2f", mean_error(near));
    nb_value("far", "%.2f", mean_error(far));
    nb_key_figure("user %lld: %.2f stars off on average", id, of_user);

/*md
For user {{user}} the mean error is {{user_compared}} on the {{tests}} test rows ({{user_test}}
stars) than on the rows that the model was trained on ({{user_trained}}). That says nothing about
training: over so few rows, the mean is uncertain by {{user_margin}}. The last two lines are the ones
that count. Over all users the error is {{all_trained}} stars on the rows that the model was trained
on, and {{all_test}} on the others; {{within_trained}} and {{within_test}} % are within one star. Even
that comparison is kind to the model, because a film's average contains its test ratings too
(lesson 8).

> notebook: It concludes that a prediction is "generally within 1 of the rating", and says so of
> rows most of which the model was trained on. It also says that predictions are worst where a user
> departs from their own average in the film's genres. That can be counted. On the {{near_n}} test
> rows where the rating is within one star of that average, the mean error is {{near}} stars; on the
> {{far_n}} others it is {{far}}. It could hardly be otherwise: the user tower knows only these
> averages of a user, and it can't foresee an exception.

## Real recommendations

A recommendation is a film that the user has *not* rated. `tt_recommend` takes a flag for each film
that is to be left out; `seen` has them.
*/
    size_t width = my.model.item.layers[my.model.item.depth - 1].bias.cols, recommended;
    tt_matrix vectors;
    uint32_t best[LIST];
    float predictions[LIST];
    ml_must(tt_matrix_new(&vectors, my.data.n_films, width), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);
    ml_must(tt_recommend(best, predictions, &recommended, LIST, &my.model,
                         tt_matrix_rows(my.inputs.user_inputs, user, 1), vectors, seen),
            NULL);
    bool none_seen = true;
    size_t rare = 0;
    nb_table("10_recommendations", "What the model recommends: films that hardly anybody has rated",
             "y_p", "-movie id", "rating ave", "ratings", "title", "genres");
    for (size_t i = 0; i < recommended; i++) {
        const ml_film *film = &my.data.films[best[i]];
        none_seen &= !seen[best[i]];
        rare += my.features.film_ratings[best[i]] < 5;
        nb_row("%.2f\t%lld\t%.1f\t%lu\t%s\t%s", ml_stars(&my.inputs, (double)predictions[i]),
               (long long)film->id, my.features.film_means[best[i]],
               (unsigned long)my.features.film_ratings[best[i]], film->title, film->genres);
    }
    nb_table_end();
    nb_check(none_seen, "the user has rated none of these %zu films", recommended);
    nb_value("rare", "%zu", rare);
    nb_value("recommended", "%zu", recommended);

/*md
> margin: y_p is the notebook's name for a prediction, here in stars.

Look at the column *ratings*: {{rare}} of the {{recommended}} films have fewer than five. A film
that got 5 stars from a single person has an average of 5.0. The model takes that average at its
word, and so films that hardly anybody knows push to the top. The error in lesson 8 said nothing of
this: it was measured on films that people had chosen to see, and most of those are well known.

> fold: the end of the program
*/
    free(films.rows);
    free(films.scaled);
    free(films.trained);
    free(order);
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

1. Take the user with the most ratings in place of user 2. Is the mean error smaller?

   > hint: `my.features.user_ratings` has the number of ratings of each user.

   > answer: 10_1
   > The program has a model of small towers, trained for two passes, so its errors aren't those of
   > this page. Many ratings make a user's averages surer, but not their taste simpler: a good part
   > of all users have a smaller error.

2. Pull each film's average towards the mean of all ratings, as lesson 8 does with its biases, as if
   each film had ten more ratings of that mean. Predict with that feature in place of the raw
   average. What do the recommendations look like now?

   > hint: The average is the second column of `film_inputs`, scaled. Its mean and its standard
   > deviation are in `film_scaler`, in column 2.

   > answer: 10_2
   > Films with one rating of 5 stars now have an average near the mean, and known films take their
   > places.

3. Predict each row by `genre_mean` alone, the mean of the user's averages in the film's genres. How
   far is its mean error on the test rows from that of the towers?

   > hint: No model is needed for the first number. For the second, `tt_predict` with
   > `my.inputs.test`.

   > answer: 10_3
   > The features alone go a long way. What the towers add is what they know of the film.
*/

/*md
## Functions that this lesson uses

> fold: means of a user's averages, and means of errors
*/
// What one would guess from the user's features alone.
static double genre_mean(const ml_features *features, size_t user, const ml_film *film)
{
    double sum = 0;
    for (size_t g = 0; g < ML_GENRES; g++)
        if (film->has_genre[g]) sum += *tt_table_at(features->users, user, ML_USER_SKIP + g);
    return sum / film->n_genres;
}

// As the notebook prints them: "[3.6,3.8]".
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

static void add_error(errors *to, double error)
{
    to->n++;
    to->sum += error;
    to->squares += error * error;
    to->within += error <= 1;
}

static double mean_error(errors e)
{
    return e.n > 0 ? e.sum / e.n : 0;
}

// By how much their mean is uncertain.
static double margin(errors e)
{
    double mean = mean_error(e);
    return e.n > 1 ? sqrt(fmax(0, e.squares / e.n - mean * mean) / e.n) : 0;
}

/*md
> fold: how the dots find their places
*/
enum { NAMED = 3 };

typedef struct swarm_dot {
    size_t i;         // of the user's ratings
    double x, y, off; // off: predicted minus given
    double predicted, given;
} swarm_dot;

static int lower_first(const void *a, const void *b)
{
    const swarm_dot *x = a, *y = b;
    if (x->y != y->y) return x->y < y->y ? 1 : -1;
    return (x->i > y->i) - (x->i < y->i);
}

static int worse_first(const void *a, const void *b)
{
    const swarm_dot *x = a, *y = b;
    double by = fabs(y->off) - fabs(x->off);
    if (by != 0) return by > 0 ? 1 : -1;
    return (x->i > y->i) - (x->i < y->i);
}

// Dots keep their heights and move aside until none covers another, but never out of their column.
static void spread_dots(swarm_dot *dots, size_t n, double column, double radius)
{
    const double step = 2, apart = 2 * radius + 1;
    qsort(dots, n, sizeof *dots, lower_first);
    for (size_t i = 0; i < n; i++) {
        double middle = dots[i].x;
        bool clear = false;
        for (int k = 0; !clear && k * step / 2 < column / 2 - radius; k++) {
            dots[i].x = middle + (k % 2 ? 1 : -1) * ((k + 1) / 2) * step;
            clear = true;
            for (size_t j = 0; j < i && clear; j++) {
                double dx = dots[j].x - dots[i].x, dy = dots[j].y - dots[i].y;
                clear = dx * dx + dy * dy >= apart * apart;
            }
        }
        if (!clear) dots[i].x = middle;
    }
}

/*md
> fold: how the picture is drawn
*/
// The worst dots get their names: beside all dots of their column that stand as high, and one below
// the other where they would meet.
static void name_worst(char **svg, const lesson *my, const rated *films, swarm_dot *dots,
                       double width)
{
    size_t n = films->n < NAMED ? films->n : NAMED;
    qsort(dots, films->n, sizeof *dots, worse_first);
    qsort(dots, n, sizeof *dots, lower_first);
    double above = HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        char name[26];
        bool to_left = dots[i].x > width / 2;
        double x = dots[i].x, y = fmin(dots[i].y, above - 15);
        for (size_t k = 0; k < films->n; k++)
            if (dots[k].given == dots[i].given && fabs(dots[k].y - y) < 12)
                x = to_left ? fmin(x, dots[k].x) : fmax(x, dots[k].x);
        ml_say_title(name, sizeof name, &my->data.films[my->data.film[films->rows[dots[i].i]]]);
        dr_text(svg, x + (to_left ? -10 : 10), y + 4, to_left ? DR_HALO " " DR_RIGHT : DR_HALO,
                "%s", name);
        above = y;
    }
}

static void draw_dot(char **svg, const lesson *my, const rated *films, const swarm_dot *dot,
                     double radius)
{
    uint32_t row = films->rows[dot->i];
    bool trained = films->trained[row];
    nb_append(svg,
              "<g class='dot' tabindex='%d'><title>%s: predicted %.1f, given %.1f, a %s row"
              "</title><circle cx='%.1f' cy='%.1f' r='%.1f' %s/></g>\n",
              fabs(dot->off) > 1 ? 0 : -1, nb_escaped(my->data.films[my->data.film[row]].title),
              dot->predicted, dot->given, trained ? "training" : "test", dot->x, dot->y,
              trained ? radius : radius - 1,
              trained ? "fill='" DR_BLUE "'"
                      : "fill='white' stroke='" DR_ORANGE "' stroke-width='2'");
}

static const char *draw_swarm(const lesson *my, const rated *films, double width)
{
    const double left = 30, top = 50, right = width - 16, bottom = width > 500 ? 440 : 370;
    const double across = (right - left) / 5, up = (bottom - top) / 4.75; // pixels a star
    const double radius = width > 500 ? 5 : 3.5;
    swarm_dot *dots = ml_new(films->n, sizeof *dots);
    bool whole = true;
    for (size_t i = 0; i < films->n; i++) {
        double given = my->data.stars[films->rows[i]];
        double predicted = ml_stars(&my->inputs, (double)films->scaled[i]);
        dots[i] = (swarm_dot){i,
                              left + (given - 0.25) * across,
                              bottom - (predicted - 0.4) * up,
                              predicted - given,
                              predicted,
                              given};
        whole &= given == floor(given);
    }
    spread_dots(dots, films->n, whole ? across : across / 2, radius);
    char *svg = NULL;
    dr_begin(&svg, width, bottom + 42);
    // The band of one star, and the line.
    const double from = left + 0.25 * across, to = left + 4.75 * across;
    nb_append(&svg,
              "<path d='M %.1f %.1f L %.1f %.1f L %.1f %.1f L %.1f %.1f L %.1f %.1f L %.1f %.1f z' "
              "fill='rgb(110, 110, 110)' opacity='0.15'/>\n",
              from, bottom - 1.1 * up, to - across, bottom - 4.6 * up, to, bottom - 4.6 * up, to,
              bottom - 3.6 * up, from + across, bottom - 0.1 * up, from, bottom - 0.1 * up);
    dr_line(&svg, from, bottom - 0.1 * up, to, bottom - 4.6 * up, "stroke='rgb(110, 110, 110)'");
    for (int stars = 1; stars <= 5; stars++) {
        double y = bottom - (stars - 0.4) * up;
        dr_line(&svg, left, y, right, y, "stroke='gray'");
        dr_text(&svg, left - 8, y + 4, DR_RIGHT, "%d", stars);
        dr_text(&svg, left + (stars - 0.25) * across, bottom + 16, DR_MIDDLE, "%d", stars);
    }
    dr_text(&svg, (left + right) / 2, bottom + 36, DR_MIDDLE, "stars that the user gave");
    dr_text(&svg, 0, top - 18, "", "predicted stars");
    dr_text(&svg, to - 6, bottom - 4.6 * up - 8, DR_RIGHT, "perfect");
    nb_append(&svg,
              "<circle cx='%.1f' cy='10' r='5' fill='" DR_BLUE "'/><circle cx='%.1f' cy='10' r='4' "
              "fill='white' stroke='" DR_ORANGE "' stroke-width='2'/>\n",
              left + 5, left + 105);
    dr_text(&svg, left + 15, 14, "", "trained on");
    dr_text(&svg, left + 115, 14, "", "test row");
    for (size_t i = 0; i < films->n; i++) draw_dot(&svg, my, films, &dots[i], radius);
    name_worst(&svg, my, films, dots, width);
    free(dots);
    return dr_end(&svg);
}
