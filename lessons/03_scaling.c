/*md
# One scale for all columns

**The question.** A year is a number near 2000, a genre is 0 or 1, and an average lies between. Why
must columns be made comparable before a network sees them, and how is that undone afterwards?

**What you will see.** What happens without scaling; the two formulas of scaling; each column's
mean and deviation; two checks, that counting rows gives the same scaler as repeating them, and
that the way back leads to the start; and how much the test rows have told the scalers.

**What it uses.** Section §9, scalers. It reproduces cell 7 of the notebook.

We shall need two functions. The first is NumPy's `allclose`: it says whether every number of one
table is near the number at the same place in another. "Near" allows a relative error and, for
numbers near zero, an absolute one: $|a - b| \le 10^{-8} + 10^{-5} |b|$. The second finds the
largest difference between two arrays, with each difference divided by a scale.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

static bool allclose(tt_table a, tt_table b)
{
    for (size_t r = 0; r < a.rows; r++)
        for (size_t c = 0; c < a.cols; c++) {
            double x = *tt_table_at(a, r, c), y = *tt_table_at(b, r, c);
            if (!(fabs(x - y) <= 1e-8 + 1e-5 * fabs(y))) return false;
        }
    return true;
}

static double largest_difference(const double *a, const double *b, const double *scale, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        double difference = fabs(a[i] - b[i]) / scale[i];
        if (difference > largest) largest = difference;
    }
    return largest;
}
/*md
## What goes wrong without scaling

The first thing that a network does with a row $x$ is to form weighted sums $\sum_c w_c x_c$ with
small random weights $w_c$ of one size. On average over such weights, column $c$ contributes to the
square of the sum in proportion to $x_c^2$. So we add up the squares of each column, over all
ratings, and see which columns are heard.
*/
int main(int argc, char **argv)
{
    lesson my =
        lesson_open(argc, argv, LESSON_FEATURES, "columns of different size are put on one scale");

    double squares[ML_COLUMNS] = {0}, all_squares = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++)
        for (size_t c = ML_ITEM_SKIP; c < ML_COLUMNS; c++) {
            double x = *tt_table_at(my.features.films, my.data.film[r], c);
            squares[c] += x * x;
            all_squares += x * x;
        }
    double others = all_squares - squares[1];
    nb_value("year_share", "%.4f %%", 100 * squares[1] / all_squares);
    nb_value("other_share", "%.4f %%", 100 * others / all_squares);
    nb_text("year:                 %.4f %%\naverage and genres:   %.4f %%\n",
            100 * squares[1] / all_squares, 100 * others / all_squares);
/*md
The year drowns everything else: it would make up {{year_share}} of what the network hears of a
film's row. In time the network could learn to give the year tiny weights and the other columns
large ones. But the optimiser takes steps of about one size for all weights, and a step that is
small for a genre would be enormous for the year.

## The standard scaler

Column by column, subtract the mean and divide by the standard deviation:

$$z_c = \frac{x_c - \mu_c}{\sigma_c} \qquad \mu_c = \frac{1}{N}\sum_{r=1}^{N} x_{r,c} \qquad
\sigma_c = \sqrt{\frac{1}{N}\sum_{r=1}^{N} (x_{r,c} - \mu_c)^2}$$

Every column then has mean 0 and standard deviation 1. A column whose numbers are all equal has
$\sigma_c = 0$; it is divided by 1 instead, and all its numbers become 0. To find $\mu_c$ and
$\sigma_c$ is called *fitting* the scaler, and to compute $z$ from $x$ is called *transforming*. The
same numbers transform rows that come later, such as a new user's.

$N$ is the number of ratings, not of users: a user with many ratings counts as many times. The
library is given the user's row once, with a count of its repetitions. This is how it fits a scaler,
and how it transforms:

{{code: twotower.h tt_standard_fit}}
{{code: twotower.h tt_standard_transform}}

We call both functions for users and for films:
*/
    tt_standard_scaler users, films;
    ml_must(tt_standard_fit(&users, my.features.users, my.features.user_ratings), NULL);
    ml_must(tt_standard_fit(&films, my.features.films, my.features.film_ratings), NULL);

    tt_table scaled_users, scaled_films;
    ml_must(tt_table_new(&scaled_users, my.data.n_users, ML_COLUMNS), NULL);
    ml_must(tt_table_new(&scaled_films, my.data.n_films, ML_COLUMNS), NULL);
    tt_standard_transform(scaled_users, my.features.users, &users);
    tt_standard_transform(scaled_films, my.features.films, &films);
/*md
Does a fit with counts equal a fit on repeated rows? For once we build the two tables that the
notebook has, with a row for each rating, fit on them, and compare. Sums of so many terms may differ
in their last digits if the terms are added in another order, so we allow a difference of one part
in a thousand million.
*/
    tt_table repeated;
    tt_standard_scaler again;
    double apart = 0;
    ml_must(tt_table_new(&repeated, my.data.n_ratings, ML_COLUMNS), NULL);
    for (int tower = 0; tower < 2; tower++) {
        tt_table rows = tower ? my.features.films : my.features.users;
        const uint32_t *which = tower ? my.data.film : my.data.user;
        const tt_standard_scaler *counted = tower ? &films : &users;
        for (size_t r = 0; r < my.data.n_ratings; r++)
            for (size_t c = 0; c < ML_COLUMNS; c++)
                *tt_table_at(repeated, r, c) = *tt_table_at(rows, which[r], c);
        ml_must(tt_standard_fit(&again, repeated, NULL), NULL);
        double mean = largest_difference(again.mean, counted->mean, counted->scale, ML_COLUMNS);
        double scale = largest_difference(again.scale, counted->scale, counted->scale, ML_COLUMNS);
        apart = fmax(apart, fmax(mean, scale));
        tt_standard_free(&again);
    }
    nb_text("%zu + %zu rows with counts, %zu repeated rows\n", my.data.n_users, my.data.n_films,
            my.data.n_ratings);
    nb_check(apart < 1e-9, "counted and repeated rows give the same means and scales");
/*md
Here are the two scalers, 19 columns each, and the range of the scaled columns. An entry of 3 lies
three standard deviations above the mean.
*/
    nb_table("03_scalers", "Mean and scale of every column, and where its scaled numbers lie",
             "column", "mean", "scale", "+least", "+greatest");
    for (int tower = 0; tower < 2; tower++)
        for (size_t c = 0; c < ML_COLUMNS; c++) {
            tt_table z = tower ? scaled_films : scaled_users;
            double least = *tt_table_at(z, 0, c), greatest = least;
            for (size_t r = 1; r < z.rows; r++) {
                least = fmin(least, *tt_table_at(z, r, c));
                greatest = fmax(greatest, *tt_table_at(z, r, c));
            }
            static const char *const first[2][3] = {{"id", "rating count", "rating average"},
                                                    {"id", "year", "rating average"}};
            nb_row("%s: %s\t%.4f\t%.4f\t%.1f\t%.1f", tower ? "film" : "user",
                   c < 3 ? first[tower][c] : ml_genres[c - 3],
                   tower ? films.mean[c] : users.mean[c], tower ? films.scale[c] : users.scale[c],
                   least, greatest);
        }
    nb_table_end();
/*md
{{figure:03_scales}} compares the scales of the columns that the networks will see, before
scaling. After scaling they are all 1, the dashed line, except for columns that are constant.
*/
    size_t lowest = 3;
    for (size_t c = 3; c < ML_COLUMNS; c++)
        if (users.mean[c] / users.scale[c] > users.mean[lowest] / users.scale[lowest]) lowest = c;
    nb_value("lowest", "%s", ml_genres[lowest - 3]);
    nb_value("lowest_zero", "%.1f", -users.mean[lowest] / users.scale[lowest]);
    nb_value("year_scale", "%.1f", films.scale[1]);
    size_t rare = 3; /* the genre that the fewest ratings have, but at least one */
    for (size_t c = 4; c < ML_COLUMNS; c++)
        if (films.mean[c] > 0 && (films.mean[c] < films.mean[rare] || films.mean[rare] == 0))
            rare = c;
    nb_value("rare", "%s", ml_genres[rare - 3]);
    nb_value("rare_one", "%.1f", (1 - films.mean[rare]) / films.scale[rare]);
    nb_plot("03_scales", "Standard deviations before scaling (logarithmic axis)",
            "One point per column: user columns near 1, the year above 10, genre marks below 1");
    for (int c = 1; c < ML_COLUMNS; c++)
        nb_plot_data("%d %s %.6f %.6f\n", c,
                     c == 1   ? "year"
                     : c == 2 ? "average"
                              : ml_genres[c - 3],
                     films.scale[c], c < 3 ? (double)NAN : users.scale[c]);
    nb_plot_end("set logscale y\nset yrange [0.05:100]\nset xrange [0:19]\n"
                "set xtics rotate by -55\nset ylabel 'standard deviation'\n"
                "plot $data using 1:3:xtic(2) with points pointsize 1 title 'film', "
                "$data using 1:4 with points pointsize 1 title 'user', "
                "1 with lines dashtype 2 linetype 6 title 'after scaling'");
/*md
> margin: A genre that a user never rated is 0 in the unscaled row, and after scaling it lies far
> from everything else. The farthest is {{lowest}}, where 0 becomes {{lowest_zero}}. A network
> takes such a number for a very strong opinion.

The year has a standard deviation of {{year_scale}} years, far more than any other column. The marks
of rare genres have the smallest deviations. After scaling, a rare mark is therefore a large number:
for {{rare}} a 1 becomes {{rare_one}}. Scaling makes columns equally loud on average, not for every
film.

## And back

Scaling loses nothing: $x_c = z_c \sigma_c + \mu_c$. The notebook makes sure of this, for the films
and for the users. In floating point the way back need not end at the very same bits, so we compare
with `allclose`.
*/
    tt_table back_users, back_films;
    ml_must(tt_table_new(&back_users, my.data.n_users, ML_COLUMNS), NULL);
    ml_must(tt_table_new(&back_films, my.data.n_films, ML_COLUMNS), NULL);
    tt_standard_inverse(back_users, scaled_users, &users);
    tt_standard_inverse(back_films, scaled_films, &films);
    bool films_close = allclose(my.features.films, back_films);
    bool users_close = allclose(my.features.users, back_users);
    nb_text("%s\n%s\n", films_close ? "True" : "False", users_close ? "True" : "False");
    nb_check(films_close && users_close, "the inverse gives the unscaled rows back");
/*md
## The target

Stars are scaled in another way: the range from the least to the greatest number that occurs becomes
the range from -1 to 1.

$$y' = -1 + 2 \frac{y - y_{\min}}{y_{\max} - y_{\min}}$$

Why this range? The model's prediction will be the dot product of two vectors of length one, which
is the cosine of the angle between them, and no cosine lies outside of [-1, 1]. A target of five
stars could never be reached. (Lesson 5 builds that model.)
*/
    tt_table stars = tt_table_of(my.data.stars, my.data.n_ratings, 1);
    tt_minmax_scaler target;
    ml_must(tt_minmax_fit(&target, stars, -1, 1), NULL);
    double half_range = (target.max[0] - target.min[0]) / 2;
    nb_value("least_stars", "%.1f", target.min[0]);
    nb_value("most_stars", "%.1f", target.max[0]);
    nb_value("unit", "%.2f", half_range);
    nb_value("unit_squared", "%.4f", half_range * half_range);
    nb_value("notebook_loss", "%.4f", 0.1199);
    nb_value("notebook_rmse", "%.2f", sqrt(0.1199) * 2.25);

    nb_table("03_target", "Stars on the model's scale", "stars", "scaled");
    for (int half = 1; half <= 10; half++) {
        double y = half / 2.0, z;
        tt_minmax_transform(tt_table_of(&z, 1, 1), tt_table_of(&y, 1, 1), &target);
        nb_row("%.1f\t%.4f", y, z);
    }
    nb_table_end();
/*md
> margin: The notebook reports its loss on this scale, without a unit, and compares it with nothing.
> Its loss of {{notebook_loss}}, with a range from 0.5 to 5, means a root mean squared error of
> $\sqrt{0.1199} \times 2.25 =$ {{notebook_rmse}} stars. Lesson 8 has the comparisons.

One unit of the scaled target is {{unit}} stars, because stars go from {{least_stars}} to
{{most_stars}} here. A mean squared error on the scaled target must therefore be multiplied by
{{unit_squared}} to give the mean squared error in stars.

> margin: Dividing by the range does not make the target's mean 0. A network that knows nothing
> yet predicts about 0, which is the middle of the scale and not the middle of the ratings.

We check this on all ratings, there and back again.
*/
    tt_table scaled_stars, back_stars;
    ml_must(tt_table_new(&scaled_stars, my.data.n_ratings, 1), NULL);
    ml_must(tt_table_new(&back_stars, my.data.n_ratings, 1), NULL);
    tt_minmax_transform(scaled_stars, stars, &target);
    tt_minmax_inverse(back_stars, scaled_stars, &target);
    bool inside = true;
    for (size_t r = 0; r < my.data.n_ratings; r++)
        inside &= fabs(scaled_stars.data[r]) <= 1 + 1e-12;
    nb_check(inside, "every scaled rating lies in [-1, 1]");
    nb_check(allclose(stars, back_stars), "the inverse gives the stars back");
/*md
## Fitted before the split

The next lesson puts a part of the ratings aside for the test. The notebook has fitted its scalers
before that, on all rows, so the test rows are part of the means and scales. How large is this leak?
We split as lesson 4 will, count only the training rows, fit again, and compare.
*/
    size_t n_train = tt_train_count(my.data.n_ratings, 0.8), n_test = my.data.n_ratings - n_train;
    uint32_t *rows = ml_new(my.data.n_ratings, sizeof *rows);
    uint32_t *user_counts = ml_new(my.data.n_users, sizeof *user_counts);
    uint32_t *film_counts = ml_new(my.data.n_films, sizeof *film_counts);
    uint32_t *train = rows, *test = rows + n_train;
    ml_must(tt_train_test_split(train, test, my.data.n_ratings, 0.8, 1), NULL);
    for (size_t i = 0; i < n_train; i++) {
        user_counts[my.data.user[train[i]]]++;
        film_counts[my.data.film[train[i]]]++;
    }
    nb_text("%zu rows to train, %zu to test\n", n_train, n_test);
/*md
We measure the shift of a mean in standard deviations: by how much would all numbers of the column
be shifted? We measure the change of a scale as a ratio.
*/
    tt_standard_scaler train_users, train_films;
    ml_must(tt_standard_fit(&train_users, my.features.users, user_counts), NULL);
    ml_must(tt_standard_fit(&train_films, my.features.films, film_counts), NULL);
    double moved = fmax(largest_difference(train_users.mean, users.mean, users.scale, ML_COLUMNS),
                        largest_difference(train_films.mean, films.mean, films.scale, ML_COLUMNS));
    double stretched =
        fmax(largest_difference(train_users.scale, users.scale, users.scale, ML_COLUMNS),
             largest_difference(train_films.scale, films.scale, films.scale, ML_COLUMNS));
    double train_min = 5, train_max = 0.5;
    for (size_t i = 0; i < n_train; i++) {
        train_min = fmin(train_min, my.data.stars[train[i]]);
        train_max = fmax(train_max, my.data.stars[train[i]]);
    }
    nb_value("moved", "%.4f", moved);
    nb_value("stretched", "%.2f %%", 100 * stretched);
    nb_key_figure("scalers fitted before the split: off by %.4f deviations at most", moved);
    nb_text("largest shift of a mean:     %.4f standard deviations\n"
            "largest change of a scale:   %.2f %%\n"
            "the target's range:          %.1f to %.1f with all rows, %.1f to %.1f with these\n",
            moved, 100 * stretched, target.min[0], target.max[0], train_min, train_max);
/*md
> margin: The scalers are fitted before the split, which is in principle a leak. Here it moves means
> by at most {{moved}} standard deviations, and scales by {{stretched}}. The averages of lesson 2
> leak far more, because a single average may consist of test ratings alone.

The lessons that follow let `ml_prepare` do what this one has done step by step. It keeps the
notebook's order, and fits on all rows:

{{code: movielens.h ml__scale}}

With many rows and a split at random, the scalers hardly change. It is still a good habit to fit
them on the training rows only. With few rows, or with a split by time, the difference is not small;
and scalers that never see a test row need no defence.
*/
    free(rows);
    free(user_counts);
    free(film_counts);
    tt_standard_free(&users);
    tt_standard_free(&films);
    tt_standard_free(&train_users);
    tt_standard_free(&train_films);
    tt_minmax_free(&target);
    tt_table *tables[7] = {&scaled_users, &scaled_films, &back_users, &back_films,
                           &repeated,     &scaled_stars, &back_stars};
    for (int i = 0; i < 7; i++) tt_table_free(tables[i]);
    return lesson_close(&my);
}
/*md
## Exercises

1. Verify with `nb_check` that the scaled film table, each row counted as often as its film was
   rated, has mean 0 and variance 1 in every column.
2. Fit the user scaler without counts, so that each user counts once. Which means change most, and
   what does that say about users with many ratings?
3. Scale the year with a `tt_minmax_scaler` to [0, 1] instead. Where do most films lie then, and
   why?
4. Compute $\mu$ and $\sigma$ of the year from $\sum x$ and $\sum x^2$ alone, by $\sigma^2 =
   \frac{1}{N} \sum x^2 - \mu^2$, once in `double` and once in `float`. How many digits are right?
   §9 takes two passes for this reason.
*/
