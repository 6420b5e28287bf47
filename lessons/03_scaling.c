/*md
# One scale for all columns

> question: A year is a number near 2000, a genre is 0 or 1, and an average lies between. Does it
> matter to a model how large its numbers are?

> result: figure:03_without. The same model, trained in the same way, is {{scaled_rmse}} stars wrong
> with scaled columns and {{unscaled_rmse}} with the columns as they are. To say always the mean is
> {{mean_rmse}} stars wrong.

> see: What goes wrong without scaling; the formula of scaling, by hand; why sums in a computer are
> not exact, and what this library does about it; the way back; and the scale of the answers.

> uses: §9 (scalers) and §12 (training, not yet explained); lessons 1 and 2.

> time: 25 minutes
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"
/*md
> fold: the functions that stand at the end of this file
*/
enum { PASSES = 4 };
static int train(double rmse[PASSES], lesson *my, tt_matrix users, tt_matrix films, double step);
static double mean_rmse(const lesson *my);
static double largest_difference(const double *a, const double *b, const double *scale, size_t n);
static bool allclose(tt_table a, tt_table b);
/*md
## What goes wrong without scaling

We try it. A small model of the kind that lessons 5 to 7 build learns from four fifths of the
ratings, in four passes over them. It is judged by its RMSE on the other fifth, which it does not
see. Nothing changes from one trial to the next but the numbers in its rows.
*/
int main(int argc, char **argv)
{
    lesson my =
        lesson_open(argc, argv, LESSON_INPUTS, "columns of different size are put on one scale");
    nb_text("%zu ratings to learn from, %zu to be judged by\n", my.inputs.train.count,
            my.inputs.test.count);
/*md
Here is the pair that matters: the rows as lesson 2 made them, and the rows scaled as this lesson
will explain. The last number of each call says how large the steps are by which training adjusts
the model's numbers.
*/
    tt_matrix plain_users, plain_films;
    tt_table users = my.features.users, films = my.features.films;
    ml_must(tt_matrix_from_table(&plain_users, tt_table_cols(users, 3, ML_GENRES)), NULL);
    ml_must(tt_matrix_from_table(&plain_films, tt_table_cols(films, 1, ML_GENRES + 2)), NULL);

    double scaled[PASSES], unscaled[PASSES], careful[PASSES];
    int passes = train(scaled, &my, my.inputs.user_inputs, my.inputs.film_inputs, 0.01);
    train(unscaled, &my, plain_users, plain_films, 0.01);
    train(careful, &my, plain_users, plain_films, 0.001);
/*md
{{figure:03_without}} shows the RMSE after each pass, and that of the baseline, on the same ratings.

> fold: how the curves are drawn
*/
    nb_value("scaled_rmse", "%.3f", scaled[passes - 1]);
    nb_value("unscaled_rmse", "%.3f", unscaled[passes - 1]);
    nb_value("careful_rmse", "%.3f", careful[passes - 1]);
    nb_value("mean_rmse", "%.3f", mean_rmse(&my));
    nb_key_figure("RMSE %.3f stars with scaled columns, %.3f without", scaled[passes - 1],
                  unscaled[passes - 1]);
    nb_plot("03_without",
            "Errors on ratings that the model has not seen: with unscaled columns it learns little",
            "Four lines over the passes: the mean is highest and flat, unscaled columns are a "
            "little lower, with smaller steps lower, scaled columns lowest from the first pass on");
    for (int pass = 0; pass < passes; pass++)
        nb_plot_data("%d %.4f %.4f %.4f %.4f\n", pass + 1, scaled[pass], unscaled[pass],
                     careful[pass], mean_rmse(&my));
    nb_plot_end(
        "set xrange [0.8:4.2]\nset xtics 1\nset yrange [0.75:1.1]\n"
        "set xlabel 'passes over the ratings'\nset ylabel 'RMSE in stars'\n"
        "plot $data using 1:5 with lines linetype 6 dashtype 2 title 'always the mean', "
        "$data using 1:3 with linespoints linetype 2 title 'unscaled', "
        "$data using 1:4 with linespoints linetype 3 title 'unscaled, a tenth of the step', "
        "$data using 1:2 with linespoints linetype 1 title 'scaled'");
/*md
With scaled columns one pass is enough to leave the mean far behind. With unscaled ones the model
stays near {{unscaled_rmse}}. To guess each user's own mean does as well (lesson 4), so it seems to
have learned who gives many stars, and nothing of films. Steps of a tenth of the size help, to
{{careful_rmse}}, but they are slow, and still end higher.

> caution: All these errors are smaller than they should be, because of the leak of lesson 2. It is
> the same for all of them, so the comparison is fair.

Which columns are to blame? We scale one side and leave the other, and, as lesson 2 promised, give
the model the user's columns 2 and 3 as well.
*/
    double films_not[PASSES], users_not[PASSES], more[PASSES];
    tt_matrix more_users;
    ml_must(tt_matrix_from_table(&more_users, tt_table_cols(my.inputs.users, 1, ML_GENRES + 2)),
            NULL);
    train(films_not, &my, my.inputs.user_inputs, plain_films, 0.01);
    train(users_not, &my, plain_users, my.inputs.film_inputs, 0.01);
    train(more, &my, more_users, my.inputs.film_inputs, 0.01);

    const struct {
        const char *columns;
        const double *rmse;
    } trials[] = {{"all scaled", scaled},
                  {"users scaled, films not", films_not},
                  {"films scaled, users not", users_not},
                  {"nothing scaled", unscaled},
                  {"all scaled, and the user's columns 2 and 3", more}};
    nb_table("03_trials", "RMSE in stars: it is the films' columns that must be scaled", "columns",
             "after one pass", "after the last");
    for (size_t t = 0; t < sizeof trials / sizeof *trials; t++)
        nb_row("%s\t%.3f\t%.3f", trials[t].columns, trials[t].rmse[0], trials[t].rmse[passes - 1]);
    nb_table_end();
/*md
The users' columns are all averages between 0 and 5, much alike, and the model copes with them.
After one pass it is even ahead with them unscaled; after the last it is behind. The films are the
problem. The two columns more do not make the model better; it can do without them.

## Who is heard

The first thing that such a model does with a row $x$ is to form sums $\sum_c w_c x_c$, in which
every column has a factor $w_c$. At the start the factors are small random numbers of one size, as
often below zero as above. So in the square of the sum the products of two different columns cancel
on average, and column $c$ contributes in proportion to $x_c^2$. We add up the squares of each
column of the films, over all ratings, and see who is heard.
*/
    double squares[ML_COLUMNS] = {0}, all_squares = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++)
        for (size_t c = ML_ITEM_SKIP; c < ML_COLUMNS; c++) {
            double x = *tt_table_at(films, my.data.film[r], c);
            squares[c] += x * x;
            all_squares += x * x;
        }
    double others = all_squares - squares[1];
    nb_value("year_share", "%.4f %%", 100 * squares[1] / all_squares);
    nb_text("year:                 %.4f %%\naverage and genres:   %.4f %%\n",
            100 * squares[1] / all_squares, 100 * others / all_squares);
/*md
The year drowns everything else: it makes up {{year_share}} of what the model hears of a film's row.
In time the model could learn to give the year a tiny factor and the other columns large ones. But
training takes steps of about one size for all factors, and a step that is small for a genre is
enormous for the year. That is why smaller steps helped a little.

## The standard scaler

> word: standardise: To standardise a column is to subtract its mean and to divide by its standard
> deviation. It then has mean 0 and standard deviation 1.

$$z_c = \frac{x_c - \mu_c}{\sigma_c} \qquad \mu_c = \frac{1}{N}\sum_{r=1}^{N} x_{r,c} \qquad
\sigma_c = \sqrt{\frac{1}{N}\sum_{r=1}^{N} (x_{r,c} - \mu_c)^2}$$

A column whose numbers are all equal has $\sigma_c = 0$; it is divided by 1 instead, and all its
numbers become 0. To find $\mu_c$ and $\sigma_c$ is called *fitting* the scaler, and to compute $z$
from $x$ is called *transforming*. The same numbers transform rows that come later, such as a new
user's.

$N$ is the number of ratings, not of users: a user with many ratings counts as many times. The
library is given the user's row once, with a count of its repetitions. This is how it fits a scaler,
and how it transforms:

{{code: twotower.h tt_standard_fit}}
{{code: twotower.h tt_standard_transform}}

We call both functions for users and for films, and compute one number by hand: the year of the
first film.
*/
    tt_standard_scaler user_scaler, film_scaler;
    tt_table scaled_users, scaled_films;
    ml_must(tt_standard_fit(&user_scaler, users, my.features.user_ratings), NULL);
    ml_must(tt_standard_fit(&film_scaler, films, my.features.film_ratings), NULL);
    ml_must(tt_table_new(&scaled_users, my.data.n_users, ML_COLUMNS), NULL);
    ml_must(tt_table_new(&scaled_films, my.data.n_films, ML_COLUMNS), NULL);
    tt_standard_transform(scaled_users, users, &user_scaler);
    tt_standard_transform(scaled_films, films, &film_scaler);

    double year = *tt_table_at(films, 0, 1), mean = film_scaler.mean[1];
    double by_hand = (year - mean) / film_scaler.scale[1],
           in_table = *tt_table_at(scaled_films, 0, 1);
    nb_text("(%.0f - %.2f) / %.2f = %.4f; the table has %.4f\n", year, mean, film_scaler.scale[1],
            by_hand, in_table);
    nb_check(fabs(by_hand - in_table) < 1e-9, "the scaled year by hand is the number in the table");
/*md
Here are the scalers of the columns that the model sees.
*/
    nb_table("03_scalers", "Mean and standard deviation of every column: only the year is large",
             "column", "user mean", "user deviation", "film mean", "film deviation");
    for (size_t c = 1; c < ML_COLUMNS; c++) {
        bool genre = c >= 3;
        nb_cell("%s", genre ? ml_genres[c - 3] : c == 1 ? "year" : "average");
        nb_cell(genre ? "%.2f" : "–", user_scaler.mean[c]);
        nb_cell(genre ? "%.2f" : "–", user_scaler.scale[c]);
        nb_cell("%.2f", film_scaler.mean[c]);
        nb_cell("%.2f", film_scaler.scale[c]);
    }
    nb_table_end();
/*md
{{figure:03_scales}} compares the deviations. After scaling all are 1, on the dashed line, except
for columns that are constant.
*/
    size_t rare = 3; /* the genre that the fewest ratings have, but at least one */
    for (size_t c = 4; c < ML_COLUMNS; c++)
        if (film_scaler.mean[c] > 0 &&
            (film_scaler.mean[c] < film_scaler.mean[rare] || film_scaler.mean[rare] == 0))
            rare = c;
    nb_value("year_scale", "%.1f", film_scaler.scale[1]);
    nb_value("rare", "%s", ml_genres[rare - 3]);
    nb_value("rare_one", "%.1f", (1 - film_scaler.mean[rare]) / film_scaler.scale[rare]);
    nb_plot("03_scales",
            "Standard deviations before scaling: the year's is far larger than all others",
            "Points in 18 rows, one a column: user columns near 1, the year above 10, genre marks "
            "below 1");
    for (int c = 1; c < ML_COLUMNS; c++)
        nb_plot_data("%d %s %.6f %.6f\n", ML_COLUMNS - c,
                     c == 1   ? "year"
                     : c == 2 ? "average"
                              : ml_genres[c - 3],
                     film_scaler.scale[c], c < 3 ? (double)NAN : user_scaler.scale[c]);
    nb_plot_data("\n\n1 0.3\n1 18.7\n");
    nb_plot_end("set logscale x\nset xrange [0.05:50]\nset yrange [0.3:18.7]\n"
                "set grid xtics ytics\nset xlabel 'standard deviation'\n"
                "plot $data index 0 using 3:1:ytic(2) with points pointsize 1 title 'film', "
                "$data index 0 using 4:1 with points pointsize 1 title 'user', "
                "$data index 1 using 1:2 with lines dashtype 2 linetype 6 title 'after scaling'");
/*md
The year's standard deviation is {{year_scale}} years. The marks of rare genres have the smallest
ones, so that after scaling a rare mark is a large number: for {{rare}} a 1 becomes {{rare_one}}.
Scaling makes columns equally loud on average, not for every film.

A genre that a user never rated is 0 in the unscaled row (lesson 2). Scaled, it lies far from
everything else. How far? We look only at zeros that some user has.
*/
    size_t lowest = 0, zeros = 0;
    double lowest_zero = 0;
    for (size_t u = 0; u < my.data.n_users; u++)
        for (size_t c = 3; c < ML_COLUMNS; c++) {
            double z = *tt_table_at(scaled_users, u, c);
            if (*tt_table_at(users, u, c) != 0) continue;
            zeros++;
            if (z < lowest_zero) lowest_zero = z, lowest = c;
        }
    if (zeros)
        nb_text("%zu zeros; the lowest is in the column %s, where 0 becomes %.1f\n", zeros,
                lowest ? ml_genres[lowest - 3] : "-", lowest_zero);
/*md
A model takes such a number for a very strong opinion.

## Sums are not exact

Does a fit with counts equal a fit on repeated rows? For once we build the two tables that have a
row for each rating, fit on them, and compare. They need not agree in the last digit. Why not?

> fold: how the repeated rows are built and compared
*/
    tt_table repeated;
    tt_standard_scaler again;
    double apart = 0;
    ml_must(tt_table_new(&repeated, my.data.n_ratings, ML_COLUMNS), NULL);
    for (int side = 0; side < 2; side++) {
        const uint32_t *which = side ? my.data.film : my.data.user;
        const tt_standard_scaler *counted = side ? &film_scaler : &user_scaler;
        for (size_t r = 0; r < my.data.n_ratings; r++)
            for (size_t c = 0; c < ML_COLUMNS; c++)
                *tt_table_at(repeated, r, c) = *tt_table_at(side ? films : users, which[r], c);
        ml_must(tt_standard_fit(&again, repeated, NULL), NULL);
        double means = largest_difference(again.mean, counted->mean, counted->scale, ML_COLUMNS);
        double scales = largest_difference(again.scale, counted->scale, counted->scale, ML_COLUMNS);
        apart = fmax(apart, fmax(means, scales));
        tt_standard_free(&again);
    }
    nb_text("%zu + %zu rows with counts, %zu repeated rows\n", my.data.n_users, my.data.n_films,
            my.data.n_ratings);
    nb_check(apart < 1e-9, "counted and repeated rows give the same means and scales, to 9 digits");
/*md
A `float` has 24 binary digits, about seven decimal ones; a `double` has 53, about sixteen. Every
result is rounded to that. One hundred million and one needs 27 binary digits, so that a `float`
cannot hold it. (`volatile` makes the program store each result, as a machine with wider registers
need not.)
*/
    volatile float number = 1e8f;
    volatile double wide = 1e8;
    number += 1;
    number -= 1e8f;
    wide += 1;
    wide -= 1e8;
    nb_text("(1e8 + 1) - 1e8 is %g in float, %g in double\n", (double)number, wide);
/*md
In float the 1 is lost; yet $(10^8 - 10^8) + 1$ would be 1. So a sum depends on the order of its
terms. Here is one of {{terms}} terms, the scaled years of all ratings. It ought to be zero. We add
it up from the first to the last and from the last to the first:
*/
    volatile float forwards = 0, backwards = 0;
    double exactly = 0;
    const size_t n = my.data.n_ratings;
    for (size_t r = 0; r < n; r++) {
        forwards += *tt_matrix_at(my.inputs.film_inputs, my.data.film[r], 0);
        exactly += *tt_matrix_at(my.inputs.film_inputs, my.data.film[r], 0);
        backwards += *tt_matrix_at(my.inputs.film_inputs, my.data.film[n - 1 - r], 0);
    }
    nb_value("terms", "%s", nb_thousands((long long)n));
    nb_text("in float, forwards:    %10.7f\nin float, backwards:   %10.7f\n"
            "in double:             %10.7f\n",
            (double)forwards, (double)backwards, exactly);
/*md
Even the sum in double is not zero, because each of its terms had been rounded to float before.

Worse can happen. For the variance there is a tempting short formula, which needs only one pass over
the numbers: the mean of the squares minus the square of the mean. Tried on the years, in `float`
and in `double`, beside the scaler's two passes:
*/
    volatile float sum = 0, sum_of_squares = 0;
    double wide_sum = 0, wide_squares = 0, count = (double)n;
    for (size_t r = 0; r < n; r++) {
        float x = (float)*tt_table_at(films, my.data.film[r], 1);
        sum += x;
        sum_of_squares += x * x;
        wide_sum += x;
        wide_squares += (double)x * x;
    }
    double short_float = sum_of_squares / count - sum / count * (sum / count);
    double short_double = wide_squares / count - wide_sum / count * (wide_sum / count);
    double right = film_scaler.scale[1] * film_scaler.scale[1];
    nb_value("short_float", "%.0f", short_float);
    nb_value("sum_of_squares", "%.0e", wide_squares);
    nb_value("grid", "%s",
             nb_thousands((long long)(nextafterf(sum_of_squares, INFINITY) - sum_of_squares)));
    nb_value("square", "%.1f", wide_squares / count / 1e6);
    nb_text("short formula in float:     %14.6f\nshort formula in double:    %14.6f\n"
            "two passes, in double:      %14.6f\n",
            short_float, short_double, right);
/*md
A variance is a mean of squares and cannot be negative; the short formula in `float` says
{{short_float}}. Its standard deviation would be the root of that: where it is below zero, not a
number at all. The sum of the squares ends near {{sum_of_squares}}, where neighbouring floats are
{{grid}} apart, and each square, of about {{square}} million, was rounded to that grid. §9 takes two
passes in `double` for this reason.

This is also why two programs that compute "the same" differ, or one program on two machines: a
compiler, a vector unit or a second thread that adds in another order gets other last digits, and in
training they grow. This library promises more. It fixes the order of every sum, rounds every
product before it is added, and uses nothing but addition, subtraction, multiplication, division and
the square root, whose results the standard IEEE 754 fixes to the last bit. Therefore the same
program gives **the same bits** on every machine, with every compiler, and with any number of
threads. §A says how. The project's laboratory compares compilers, options and processors
(`make lab-bits`), and if your numbers differ from those of these pages, that is a bug.

## And back

Scaling loses nothing: $x_c = z_c \sigma_c + \mu_c$. In floating point the way back need not end at
the very same bits. So we ask whether numbers are close, as NumPy's `allclose` does:
$|a - b| \le 10^{-8} + 10^{-5} |b|$.
*/
    tt_table back_users, back_films;
    ml_must(tt_table_new(&back_users, my.data.n_users, ML_COLUMNS), NULL);
    ml_must(tt_table_new(&back_films, my.data.n_films, ML_COLUMNS), NULL);
    tt_standard_inverse(back_users, scaled_users, &user_scaler);
    tt_standard_inverse(back_films, scaled_films, &film_scaler);
    bool films_close = allclose(films, back_films), users_close = allclose(users, back_users);
    nb_text("%s\n%s\n", films_close ? "True" : "False", users_close ? "True" : "False");
    nb_check(films_close && users_close, "the inverse gives the unscaled rows back");
/*md
> notebook: Its cell 7 makes this test for the films and for the users. This lesson reproduces it.

## The stars

> word: target, targets: The target is the number that a model is trained to give for a case: here
> the stars of a rating, on the model's scale.

Stars are scaled in another way: the range from the least to the greatest number that occurs becomes
the range from -1 to 1.

$$y' = -1 + 2 \frac{y - y_{\min}}{y_{\max} - y_{\min}}$$

Why this range? Our model's answer will be the cosine of an angle (lesson 5 says of which), and no
cosine lies outside of [-1, 1]. A target of five stars could never be reached.
*/
    tt_table stars = tt_table_of(my.data.stars, n, 1);
    tt_minmax_scaler target;
    ml_must(tt_minmax_fit(&target, stars, NULL, -1, 1), NULL);
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
One unit of the scaled target is {{unit}} stars, because stars go from {{least_stars}} to
{{most_stars}} here. A mean squared error on the scaled target must therefore be multiplied by
{{unit_squared}} to give the mean squared error in stars.

> margin: Dividing by the range does not make the target's mean 0. A model that knows nothing yet
> answers about 0, which is the middle of the scale and not the middle of the ratings.

> notebook: It reports its mean squared error on this scale, without a unit, and compares it with
> nothing. Its {{notebook_loss}}, with a range from 0.5 to 5, is an RMSE of
> $\sqrt{0.1199} \times 2.25 =$ {{notebook_rmse}} stars.

We check this on all ratings, there and back again.
*/
    tt_table scaled_stars, back_stars;
    ml_must(tt_table_new(&scaled_stars, n, 1), NULL);
    ml_must(tt_table_new(&back_stars, n, 1), NULL);
    tt_minmax_transform(scaled_stars, stars, &target);
    tt_minmax_inverse(back_stars, scaled_stars, &target);
    bool inside = true;
    for (size_t r = 0; r < n; r++) inside &= fabs(scaled_stars.data[r]) <= 1 + 1e-12;
    nb_check(inside, "every scaled rating lies in [-1, 1]");
    nb_check(allclose(stars, back_stars), "the inverse gives the stars back");
/*md
## Fitted before the split

The next lesson puts a part of the ratings aside for the test. The scalers were fitted before that,
on all rows, so the test rows are part of the means and scales: a leak. How large is it? We count
only the rows that are left for training, fit again, and compare. We measure the shift of a mean in
standard deviations: by how much would all numbers of the column be shifted? We measure the change
of a scale as a ratio.
*/
    size_t n_train = my.inputs.train.count, n_test = my.inputs.test.count;
    uint32_t *user_counts = ml_new(my.data.n_users, sizeof *user_counts);
    uint32_t *film_counts = ml_new(my.data.n_films, sizeof *film_counts);
    for (size_t i = 0; i < n_train; i++) {
        user_counts[my.data.user[my.inputs.train_rows[i]]]++;
        film_counts[my.data.film[my.inputs.train_rows[i]]]++;
    }
    tt_standard_scaler train_users, train_films;
    ml_must(tt_standard_fit(&train_users, users, user_counts), NULL);
    ml_must(tt_standard_fit(&train_films, films, film_counts), NULL);
    const double *user_scale = user_scaler.scale, *film_scale = film_scaler.scale;
    double moved =
        fmax(largest_difference(train_users.mean, user_scaler.mean, user_scale, ML_COLUMNS),
             largest_difference(train_films.mean, film_scaler.mean, film_scale, ML_COLUMNS));
    double stretched =
        fmax(largest_difference(train_users.scale, user_scale, user_scale, ML_COLUMNS),
             largest_difference(train_films.scale, film_scale, film_scale, ML_COLUMNS));

    nb_value("moved", "%.4f", moved);
    nb_value("stretched", "%.2f %%", 100 * stretched);
    nb_text("%zu rows to train, %zu to test\n"
            "largest shift of a mean:     %.4f standard deviations\n"
            "largest change of a scale:   %.2f %%\n",
            n_train, n_test, moved, 100 * stretched);
/*md
Means move by at most {{moved}} standard deviations, and scales by {{stretched}}. That is next to
nothing. The averages of lesson 2 leak far more, because a single average may consist of test rows
alone. It is still a good habit to fit scalers on the training rows only. With few rows, or with a
split by time, the difference is not small; and scalers that never see a test row need no defence.

> notebook: It fits its scalers before the split. The lessons that follow keep this: `ml_prepare`
> does what this one has done step by step, and the check below compares.

{{code: movielens.h ml__scale}}
*/
    tt_table ours = tt_table_cols(scaled_films, 1, ML_GENRES + 2);
    bool same = true;
    for (size_t f = 0; f < ours.rows; f++)
        for (size_t c = 0; c < ours.cols; c++)
            same &= (float)*tt_table_at(ours, f, c) == *tt_matrix_at(my.inputs.film_inputs, f, c);
    nb_check(same, "ml_prepare has scaled the films to the same numbers, bit by bit");
/*md
> fold: the end of the program; how the trials are trained, and how numbers are compared
*/
    free(user_counts);
    free(film_counts);
    tt_standard_scaler *scalers[] = {&user_scaler, &film_scaler, &train_users, &train_films};
    tt_table *tables[] = {&scaled_users, &scaled_films, &back_users, &back_films,
                          &repeated,     &scaled_stars, &back_stars};
    tt_matrix *matrices[] = {&plain_users, &plain_films, &more_users};
    for (int i = 0; i < 4; i++) tt_standard_free(scalers[i]);
    for (int i = 0; i < 7; i++) tt_table_free(tables[i]);
    for (int i = 0; i < 3; i++) tt_matrix_free(matrices[i]);
    tt_minmax_free(&target);
    return lesson_close(&my);
}

/* Trains a new small model on the training ratings, with these rows for users and films.  After
   each pass: its RMSE, in stars, on the ratings that were put aside.  Returns how many passes. */
static int train(double rmse[PASSES], lesson *my, tt_matrix users, tt_matrix films, double step)
{
    tt_two_tower model = {0};
    tt_two_tower_options shape = {.hidden = {64, 32},
                                  .embedding = 32,
                                  .seed = nb.seed,
                                  .adam = {.learning_rate = (float)step}};
    tt_ratings known = my->inputs.train, unseen = my->inputs.test;
    known.users = unseen.users = users;
    known.items = unseen.items = films;
    tt_history history = {0};
    tt_fit_options fit = {.epochs = nb.epochs < PASSES ? (size_t)nb.epochs : PASSES,
                          .validation = &unseen,
                          .history = &history};
    ml_must(tt_two_tower_new(&model, users.cols, films.cols, &shape), NULL);
    ml_must(tt_fit(&model, &known, &fit, &my->run), &my->run.why);
    double unit = (ml_stars(&my->inputs, 1) - ml_stars(&my->inputs, -1)) / 2;
    for (size_t pass = 0; pass < history.epochs; pass++)
        rmse[pass] = sqrt(history.validation_loss[pass]) * unit;
    int passes = (int)history.epochs;
    tt_history_free(&history);
    tt_two_tower_free(&model);
    return passes;
}

/* Of the baseline of lesson 1: the mean of the training ratings, for those that were put aside. */
static double mean_rmse(const lesson *my)
{
    double mean = 0, squares = 0;
    const tt_ratings *known = &my->inputs.train, *unseen = &my->inputs.test;
    for (size_t i = 0; i < known->count; i++)
        mean += my->data.stars[known->order[i]] / (double)known->count;
    for (size_t i = 0; i < unseen->count; i++) {
        double error = my->data.stars[unseen->order[i]] - mean;
        squares += error * error;
    }
    return sqrt(squares / (double)unseen->count);
}

/* Each difference is divided by its column's scale. */
static double largest_difference(const double *a, const double *b, const double *scale, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(a[i] - b[i]) / scale[i]);
    return largest;
}

static bool allclose(tt_table a, tt_table b)
{
    for (size_t r = 0; r < a.rows; r++)
        for (size_t c = 0; c < a.cols; c++) {
            double x = *tt_table_at(a, r, c), y = *tt_table_at(b, r, c);
            if (!(fabs(x - y) <= 1e-8 + 1e-5 * fabs(y))) return false;
        }
    return true;
}
/*md
## Exercises

1. The scaled film table, each row counted as often as its film was rated, should have mean 0 and
   variance 1 in every column. Has it? How far is the worst column off?

   > hint: A loop over ratings, or over films with `my.features.film_ratings` as a factor.

   > answer: 03_1
   > Exactly 0 and 1 they are not, because every number was rounded, and every sum, too. To add up
   > in another order gives other errors of that size.

2. Fit the user scaler without counts, so that each user counts once. Which mean changes most,
   measured in standard deviations, and what does that say about users with many ratings?

   > hint: `tt_standard_fit(&scaler, my.features.users, NULL)`. Leave out the first two columns.

   > answer: 03_2
   > Users with many ratings rate lower, and have hardly any genre without ratings, so there are
   > fewer zeros in rare genres when they count for more.

3. Scale the year with a `tt_minmax_scaler` to [0, 1] instead. Where do most films lie then, and
   why?

   > hint: Compute the range that the middle half of the ratings fills, from the lower to the upper
   > quartile.

   > answer: 03_3
   > One old film fixes the lower end, so most others crowd at the upper one. The standard scaler is
   > less impressed by a single row.
*/
