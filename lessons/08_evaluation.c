/*md
# How good is it, really?

**The question.** Is the test loss small, and compared with what?

Lesson 7 ended with a loss. Now we take the rows that the model has never been trained on, and ask
how far its predictions are from the stars that people really gave.

You will see the error in stars, the same error for four predictions that need no network, the
reason why the comparison flatters the network, and where along the scale of stars the errors are
made.

The lesson uses §11 (`tt_evaluate`, `tt_predict`) and §9 (scalers) of `twotower.h`. It reproduces
the second cell 14 of the notebook, which evaluates the model, and adds what the notebook leaves
out.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

/*md
## Two measures in stars

Let $p_i$ be the prediction and $y_i$ the rating of test row $i$, both in stars. Two measures are
common:

$$\text{RMSE} = \sqrt{\frac{1}{n} \sum_i (p_i - y_i)^2}, \qquad
\text{MAE} = \frac{1}{n} \sum_i |p_i - y_i|$$

The MAE is the error that one meets on average. The RMSE is the root of the mean squared error,
which training makes small. It punishes large errors more, and is never below the MAE.
*/
typedef struct errors {
    size_t n;
    double squares, sizes; // sums
} errors;

static void add_error(errors *e, double error)
{
    e->n++;
    e->squares += error * error;
    e->sizes += fabs(error);
}

static double rmse(errors e)
{
    return e.n ? sqrt(e.squares / (double)e.n) : 0;
}
static double mae(errors e)
{
    return e.n ? e.sizes / (double)e.n : 0;
}

/*md
## Predictions without a network

A generous user $u$ gives more stars than others do, and a good film $f$ gets more. The simplest
model with both effects says

$$p_{uf} = \mu + b_u + b_f$$

where $\mu$ is the mean of all training ratings, and $b_u$ and $b_f$ are the *biases* of the user
and the film. Given the users' biases, the best bias of a film is the mean of what is left over,
$y_{uf} - \mu - b_u$. But the mean of one or two numbers is not to be trusted, so we pull it towards
0: with $n_f$ ratings of the film and a *damping* $\lambda$,

$$b_f = \frac{1}{n_f + \lambda} \sum_{u} (y_{uf} - \mu - b_u)$$

It is as if $\lambda$ more people had given the film exactly the stars that were expected. Then the
users' biases follow from those of the films by the same formula, and so on in turns until nothing
moves any more. Koren (2010) takes this as the model to start from.
*/
typedef struct side { // users or films
    size_t count;
    const uint32_t *row; // of each rating
    double damping;
    double *bias; // 0 where there is no training rating
} side;

// Returns by how much the bias that moved furthest has moved.
static double fit_side(side *s, const side *other, double mean, const double *stars,
                       const uint32_t *rows, size_t n)
{
    double *sum = ml_new(2 * s->count, sizeof *sum), furthest = 0;
    double *ratings = sum + s->count;
    for (size_t i = 0; i < n; i++) {
        uint32_t r = rows ? rows[i] : (uint32_t)i;
        sum[s->row[r]] += stars[r] - mean - other->bias[other->row[r]];
        ratings[s->row[r]]++;
    }
    for (size_t k = 0; k < s->count; k++) {
        double bias = ratings[k] > 0 ? sum[k] / (ratings[k] + s->damping) : 0;
        furthest = fmax(furthest, fabs(bias - s->bias[k]));
        s->bias[k] = bias;
    }
    free(sum);
    return furthest;
}

/*md
The four predictions are one model. A damping of ∞ makes all biases of that side 0; a damping of 0
gives the plain mean. So the dampings (∞, ∞) of users and films give the global mean, (∞, 0) gives
the film's mean, and (0, ∞) gives the user's mean.
*/
typedef struct biases {
    double mean;
    side user, film;
} biases;

static double fit_biases(biases *b, double user_damping, double film_damping, const double *stars,
                         const uint32_t *rows, size_t n)
{
    double sum = 0, moved = 1;
    for (size_t i = 0; i < n; i++) sum += stars[rows ? rows[i] : i];
    b->mean = sum / (double)n;
    b->user.damping = user_damping;
    b->film.damping = film_damping;
    memset(b->user.bias, 0, b->user.count * sizeof(double));
    memset(b->film.bias, 0, b->film.count * sizeof(double));
    for (int turn = 0; turn < 100 && moved > 1e-6; turn++) {
        moved = fit_side(&b->film, &b->user, b->mean, stars, rows, n);
        moved = fmax(moved, fit_side(&b->user, &b->film, b->mean, stars, rows, n));
    }
    return moved;
}

static double guess(const biases *b, uint32_t rating)
{
    return b->mean + b->user.bias[b->user.row[rating]] + b->film.bias[b->film.row[rating]];
}

/*md
## The test loss

We begin with the number that the notebook prints: the mean squared error over the test rows, on the
scale from −1 to 1.
*/
int main(int argc, char **argv)
{
    lesson my =
        lesson_open(argc, argv, LESSON_MODEL, "the test error, in stars and beside baselines");

    double loss, train_loss;
    size_t n = my.inputs.test.count;
    ml_must(tt_evaluate(&loss, &my.model, &my.inputs.test, &my.run), &my.run.why);
    ml_must(tt_evaluate(&train_loss, &my.model, &my.inputs.train, &my.run), &my.run.why);
    nb_value("test", "%s", nb_thousands((long long)n));
    nb_value("epochs", "%llu epoch%s", (unsigned long long)my.model.epochs,
             my.model.epochs == 1 ? "" : "s");
    nb_value("loss", "%.4f", loss);
    nb_value("train_loss", "%.4f", train_loss);
    nb_text("a model trained for %llu epoch%s with seed %lu\n", (unsigned long long)my.model.epochs,
            my.model.epochs == 1 ? "" : "s", (unsigned long)my.model.seed);
    nb_text("loss on %s training rows: %.4f\n", nb_thousands((long long)my.inputs.train.count),
            train_loss);
    nb_text("loss on %s test rows:     %.4f\n", nb_thousands((long long)n), loss);

/*md
The line above the test loss has the loss on the training rows, measured in the same way with the
same weights. The gap between the two shows how much the model has only remembered of its training
rows. The notebook's test loss is 0.1199.

## In stars

> margin: The notebook stops at a loss of 0.12. It gives no unit and nothing to compare the loss
> with. That loss is an RMSE of {{notebook_rmse}} stars.

One unit of the scale from −1 to 1 is {{unit}} stars. We predict each test rating, turn the
prediction back into stars, and measure there.
*/
    float *scaled = ml_new(n, sizeof *scaled);
    double *towers = ml_new(n, sizeof *towers);
    ml_must(tt_predict(scaled, &my.model, &my.inputs.test, &my.run), &my.run.why);
    double unit = (ml_stars(&my.inputs, 1) - ml_stars(&my.inputs, -1)) / 2;
    errors of_towers = {0, 0, 0};
    for (size_t i = 0; i < n; i++) {
        towers[i] = ml_stars(&my.inputs, (double)scaled[i]);
        add_error(&of_towers, towers[i] - my.data.stars[my.inputs.test_rows[i]]);
    }
    nb_value("unit", "%.2f", unit);
    nb_value("rmse", "%.2f", rmse(of_towers));
    nb_value("mae", "%.2f", mae(of_towers));
    nb_value("notebook_rmse", "%.2f", (5 - 0.5) / 2 * sqrt(0.1199));
    nb_key_figure("test RMSE %.2f stars", rmse(of_towers));
    nb_text("RMSE %.4f stars\nMAE  %.4f stars\n", rmse(of_towers), mae(of_towers));
    nb_check(fabs(unit * sqrt(loss) - rmse(of_towers)) < 1e-5,
             "the RMSE is the root of the test loss times %.2f stars", unit);

/*md
## Compared with what?

An error of {{rmse}} stars is good or bad only in comparison with another error on the same rows. We
fit the four predictions without a network on the training rows, and measure them on the test rows.
The dampings of 10 for users and 25 for films are customary, and we didn't tune them: whoever tries
many and keeps the one that is best on the test rows has made the test rows part of the training.
*/
    const double NONE = HUGE_VAL;
    const struct {
        const char *name;
        double user_damping, film_damping;
    } baselines[] = {{"user and film bias", 10, 25},
                     {"film mean", NONE, 0},
                     {"user mean", 0, NONE},
                     {"global mean", NONE, NONE}};
    enum { BASELINES = sizeof baselines / sizeof *baselines };
    tt_table guesses; // a row for each baseline
    ml_must(tt_table_new(&guesses, BASELINES, n), NULL);
    side users = {my.data.n_users, my.data.user, 0, ml_new(my.data.n_users, sizeof(double))};
    side films = {my.data.n_films, my.data.film, 0, ml_new(my.data.n_films, sizeof(double))};
    biases fitted = {0, users, films};
    errors of_baseline[BASELINES];
    double most_moved = 0;
    memset(of_baseline, 0, sizeof of_baseline);
    for (size_t b = 0; b < BASELINES; b++) {
        double moved = fit_biases(&fitted, baselines[b].user_damping, baselines[b].film_damping,
                                  my.data.stars, my.inputs.train_rows, my.inputs.train.count);
        if (moved > most_moved) most_moved = moved;
        for (size_t i = 0; i < n; i++) {
            uint32_t r = my.inputs.test_rows[i];
            *tt_table_at(guesses, b, i) = guess(&fitted, r);
            add_error(&of_baseline[b], *tt_table_at(guesses, b, i) - my.data.stars[r]);
        }
    }

    nb_check(most_moved <= 1e-6, "the biases have settled: in the end none moves by over 1e-6");

/*md
{{table:08_evaluation}} lists the four below the towers.
*/
    nb_table("08_evaluation", "Errors on the test rows: RMSE and MAE in stars, loss from −1 to 1",
             "model", "loss", "RMSE", "MAE");
    for (size_t b = 0; b <= BASELINES; b++) {
        errors e = b ? of_baseline[b - 1] : of_towers;
        nb_row("%s\t%.4f\t%.4f\t%.4f", b ? baselines[b - 1].name : "two towers",
               unit > 0 ? e.squares / (double)e.n / (unit * unit) : 0.0, rmse(e), mae(e));
    }
    nb_table_end();
    double lead = rmse(of_baseline[0]) - rmse(of_towers);
    nb_value("lead", "%.3f", fabs(lead));
    nb_value("lead_is", "%s", lead > 0 ? "below" : "above");
    nb_value("bias_rmse", "%.3f", rmse(of_baseline[0]));
    nb_value("global_rmse", "%.3f", rmse(of_baseline[3]));

/*md
The global mean, one number for everything, has an RMSE of {{global_rmse}} stars. Two numbers for
each rating, one of its user and one of its film, bring that to {{bias_rmse}}. The towers' RMSE is
{{lead}} stars {{lead_is}} this. Before we believe this result, we look at the features that the
towers are given.

## What the features give away

> margin: The notebook computes its features before the split, from all ratings. So the rating that
> is to be predicted is part of the averages that the model sees as inputs. The scalers, too, are
> fitted on all rows, but that matters much less.

A film's average rating is one of its features, and it is a mean over *all* its ratings, including
those of the test rows. If a film has a single rating, then its average *is* that rating: the answer
stands among the inputs. The baselines, fitted on the training rows, have no such help. The fewer
ratings a film has, the more its average gives away. So we group the errors by the number of ratings
of the film.
*/
    const struct {
        uint32_t low, high;
        const char *name;
    } groups[] = {{1, 1, "1"},
                  {2, 2, "2"},
                  {3, 5, "3 to 5"},
                  {6, 20, "6 to 20"},
                  {21, 100, "21 to 100"},
                  {101, UINT32_MAX, "over 100"}};
    enum { GROUPS = sizeof groups / sizeof *groups };
    errors tower_group[GROUPS], bias_group[GROUPS], tower_rest = {0, 0, 0}, bias_rest = {0, 0, 0};
    memset(tower_group, 0, sizeof tower_group);
    memset(bias_group, 0, sizeof bias_group);
    for (size_t i = 0; i < n; i++) {
        uint32_t r = my.inputs.test_rows[i], count = my.features.film_ratings[my.data.film[r]];
        size_t g = 0;
        while (count > groups[g].high) g++;
        double by_towers = towers[i] - my.data.stars[r];
        double by_biases = *tt_table_at(guesses, 0, i) - my.data.stars[r];
        add_error(&tower_group[g], by_towers);
        add_error(&bias_group[g], by_biases);
        if (g) add_error(&tower_rest, by_towers), add_error(&bias_rest, by_biases);
    }

/*md
{{table:08_leak}} has the RMSE of each group.
*/
    nb_table("08_leak", "RMSE on the test rows in stars, by the number of ratings of the film",
             "ratings of the film", "test rows", "two towers", "user and film bias");
    for (size_t g = 0; g < GROUPS; g++) {
        if (!tower_group[g].n) continue;
        nb_row("%s\t%zu\t%.3f\t%.3f", groups[g].name, tower_group[g].n, rmse(tower_group[g]),
               rmse(bias_group[g]));
    }
    nb_table_end();
    if (tower_group[0].n)
        nb_value("single",
                 "Of the test rows, %zu are the only rating of their film: there the "
                 "towers' RMSE is %.2f stars and that of the baseline %.2f.",
                 tower_group[0].n, rmse(tower_group[0]), rmse(bias_group[0]));
    else
        nb_value("single", "No test row here is the only rating of its film.");
    nb_value("rest_towers", "%.3f", rmse(tower_rest));
    nb_value("rest_biases", "%.3f", rmse(bias_rest));

/*md
{{single}} No honest model could know more about such a film than its year and its genres. On all
other test rows the towers' RMSE is {{rest_towers}} and that of the baseline {{rest_biases}}. But
there, too, the average holds a part of the answer: a half, a third, and so on.

How much does it help to peek? We fit the baseline once more, this time on all rows including the
test rows, just as the features were made from all rows.
*/
    errors peeking = {0, 0, 0}, peeking_film = {0, 0, 0};
    fit_biases(&fitted, 10, 25, my.data.stars, NULL, my.data.n_ratings);
    for (size_t i = 0; i < n; i++) {
        uint32_t r = my.inputs.test_rows[i];
        add_error(&peeking, guess(&fitted, r) - my.data.stars[r]);
        // The towers' own input:
        double average = *tt_table_at(my.features.films, my.data.film[r], 2);
        add_error(&peeking_film, average - my.data.stars[r]);
    }
    nb_table("08_peeking", "RMSE on the test rows in stars: what peeking at them is worth", "model",
             "fitted on training rows", "fitted on all rows");
    nb_row("user and film bias\t%.3f\t%.3f", rmse(of_baseline[0]), rmse(peeking));
    nb_row("film mean\t%.3f\t%.3f", rmse(of_baseline[1]), rmse(peeking_film));
    nb_table_end();
    double left = rmse(peeking) - rmse(of_towers);
    nb_value("peeking_gain", "%.3f", rmse(of_baseline[0]) - rmse(peeking));
    nb_value("peeking_rmse", "%.3f", rmse(peeking));
    nb_value("left", "%.3f", fabs(left));
    nb_value("left_is", "%s", left > 0 ? "below" : "above");

/*md
Peeking alone takes {{peeking_gain}} stars off the baseline's error. The baseline that peeks has an
RMSE of {{peeking_rmse}}, and the towers' RMSE is {{left}} stars {{left_is}} that. This is nearer to
a fair comparison, although the two don't peek at the same things. A clean comparison needs features
from training rows only (exercise 4).

## Where the errors are

We now sort the same test rows by the stars that were really given.
*/
    enum { STEPS = 11 }; // half stars: 0.5 is 1, 5 is 10
    errors by_stars[STEPS], bias_by_stars[STEPS];
    double sum[STEPS] = {0}, squares[STEPS] = {0};
    size_t actual[STEPS] = {0}, predicted[STEPS] = {0};
    memset(by_stars, 0, sizeof by_stars);
    memset(bias_by_stars, 0, sizeof bias_by_stars);
    for (size_t i = 0; i < n; i++) {
        double y = my.data.stars[my.inputs.test_rows[i]];
        size_t s = (size_t)floor(2 * y + 0.5);
        double nearest = floor(2 * towers[i] + 0.5);
        add_error(&by_stars[s], towers[i] - y);
        add_error(&bias_by_stars[s], *tt_table_at(guesses, 0, i) - y);
        sum[s] += towers[i];
        squares[s] += towers[i] * towers[i];
        actual[s]++;
        predicted[nearest < 1 ? 1 : nearest > 10 ? 10 : (size_t)nearest]++;
    }

/*md
In {{table:08_error_by_rating}} the *spread* is the standard deviation of the predictions for
ratings with that number of stars.
*/
    nb_table("08_error_by_rating", "Predictions for the test rows by the stars really given",
             "stars", "test rows", "mean prediction", "spread", "RMSE", "MAE");
    for (size_t s = 1; s < STEPS; s++) {
        if (!actual[s]) continue;
        double count = (double)actual[s], mean = sum[s] / count;
        nb_row("%.1f\t%zu\t%.2f\t%.2f\t%.2f\t%.2f", (double)s / 2, actual[s], mean,
               sqrt(fmax(squares[s] / count - mean * mean, 0)), rmse(by_stars[s]),
               mae(by_stars[s]));
    }
    nb_table_end();

    nb_plot("08_predicted", "Predicted against actual stars: the mean, and one spread up and down",
            "Points with bars for each number of stars, beside the line of perfect prediction. The "
            "points rise much less steeply than the line: low ratings are predicted too high, high "
            "ones too low.");
    for (size_t s = 1; s < STEPS; s++) {
        if (!actual[s]) continue;
        double count = (double)actual[s], mean = sum[s] / count;
        nb_plot_data("%.1f %.4f %.4f\n", (double)s / 2, mean,
                     sqrt(fmax(squares[s] / count - mean * mean, 0)));
    }
    nb_plot_end("set xlabel 'actual stars'\nset ylabel 'predicted stars'\nset xrange [0:5.5]\n"
                "set yrange [0:5.5]\nset xtics 0.5\nset samples 2\nset key inside bottom right\n"
                "plot x linetype 6 linewidth 1 title 'perfect', \\\n"
                "     $data with yerrorbars linetype 1 title 'mean ± spread'\n");

    nb_plot("08_error_by_rating", "Error on the test rows by the stars really given",
            "Two curves over the stars. Both are high at half a star, lowest near the mean rating, "
            "and rise again towards five stars.");
    for (size_t s = 1; s < STEPS; s++)
        if (actual[s])
            nb_plot_data("%.1f %.4f %.4f\n", (double)s / 2, rmse(by_stars[s]),
                         rmse(bias_by_stars[s]));
    nb_plot_end("set xlabel 'actual stars'\nset ylabel 'RMSE in stars'\nset xrange [0.3:5.2]\n"
                "set yrange [0:*]\nset xtics 0.5\n"
                "plot $data using 1:2 with linespoints title 'two towers', \\\n"
                "     '' using 1:3 with linespoints title 'user and film bias'\n");

/*md
In {{figure:08_predicted}} every prediction is drawn towards the middle. That is not a fault:
whoever wants a small squared error, and doesn't know much, must not go far from the mean. The
biases of {{figure:08_error_by_rating}} do the same. But it means that the large errors are at the
bottom, with the films that somebody hated, and that a prediction of 5 stars, or of 1, hardly ever
occurs. {{figure:08_distribution}} counts the predictions, rounded to half stars, beside the
ratings.
*/
    nb_plot("08_distribution", "How often each number of stars was given, and how often predicted",
            "Bars for the ratings spread over all numbers of stars, most of all 3, 4 and 5; bars "
            "for the predictions crowd together between 3 and 4.");
    for (size_t s = 1; s < STEPS; s++)
        nb_plot_data("%.1f %.3f %.3f\n", (double)s / 2, 100.0 * (double)actual[s] / (double)n,
                     100.0 * (double)predicted[s] / (double)n);
    nb_plot_end("set xlabel 'stars'\nset ylabel 'share of the test rows, %'\nset yrange [0:*]\n"
                "set style data histograms\nset style fill solid 0.7 noborder\n"
                "plot $data using 2:xtic(1) title 'actual', '' using 3 title 'predicted'\n");

    size_t within = 0;
    for (size_t i = 0; i < n; i++)
        within += fabs(towers[i] - my.data.stars[my.inputs.test_rows[i]]) <= 1;
    nb_value("within", "%.0f", 100.0 * (double)within / (double)n);

    free(scaled);
    free(towers);
    free(users.bias);
    free(films.bias);
    tt_table_free(&guesses);
    return lesson_close(&my);
}

/*md
## What it means

On rows that it was not trained on, a model trained for {{epochs}} is wrong by {{mae}} stars on
average, and {{within}} % of its predictions are within one star. Part of its lead over two biases
comes from features that know the answer. And even a small error in stars would not tell us whether
the *right films stand at the top*, which is what a recommender is for.

> margin: GroupLens, who publish the data, call ml-latest-small a set for education and development:
> it changes over time, and results on it should not be published as research.

## Exercises

1. Round the towers' predictions to half stars before measuring. Do RMSE and MAE get better or
   worse? Why?
2. Predict by the mean of the towers' and the biases' predictions. Is the mean of two models better
   than either? Is it honest to choose the weight of the mean on these test rows?
3. Find the user with the largest RMSE among those with at least 20 test rows. What does this person
   rate, and how?
4. (Harder.) Make the features from training rows only: copy the training rows into an `ml_data` of
   their own, call `ml_make_features` for it, and train again. A film without training rows then has
   an average of 0: what would you put in its place? How much of the towers' lead is left?
*/
