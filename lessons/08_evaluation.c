/*md
# How good is it, really?

> question: Is the test loss small, and compared with what?

> result: table:08_honest. With features that know the test ratings the towers' RMSE is {{leaky}}
> stars. With honest features it is {{honest}}, hardly better than two biases, which have
> {{bias_rmse}}.

> see: The error in stars, and the same error for four predictions that need no network; how the
> features give the answers away, and what the model is worth without that; where along the scale of
> stars it errs.

> uses: §11 (`tt_evaluate`, `tt_predict`) and §9 (scalers); lessons 2, 4 and 7.

> time: 35 minutes

## Two measures in stars

Lesson 7 ended with a loss. Now we take the ratings that the model has never been trained on, and
ask how far its predictions are from the stars that people really gave.

Let $p_i$ be the prediction and $y_i$ the rating of test row $i$, both in stars. Besides the RMSE,
which we know from lesson 1, there is the *mean absolute error*, or MAE:

$$\text{RMSE} = \sqrt{\frac{1}{n} \sum_i (p_i - y_i)^2}, \qquad
\text{MAE} = \frac{1}{n} \sum_i |p_i - y_i|$$

Three predictions that are wrong by 0, 0 and 3 stars have an MAE of {{example_mae}} and an RMSE of
{{example_rmse}}. The MAE is the error that one meets on average. The RMSE is the root of the mean
squared error, which training makes small. It punishes large errors more, and is never below the
MAE.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "baselines.h"
#include "notebook.h"

/*md
> fold: sums of errors, and two functions that stand at the end
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

static size_t span(size_t epochs);
static void train_small(double losses[2], lesson *my, const ml_inputs *inputs, double rate,
                        size_t epochs);

/*md
## The test loss

We begin with the mean squared error over the test ratings, on the scale from −1 to 1.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_MODEL, "how large the test error really is");
    double loss, train_loss;
    size_t n = my.inputs.test.count;
    ml_must(tt_evaluate(&loss, &my.model, &my.inputs.test, &my.run), &my.run.why);
    ml_must(tt_evaluate(&train_loss, &my.model, &my.inputs.train, &my.run), &my.run.why);
    nb_text("a model trained for %llu epoch%s with seed %lu\n"
            "loss on %s training ratings: %.4f\nloss on %s test ratings:     %.4f\n",
            (unsigned long long)my.model.epochs, my.model.epochs == 1 ? "" : "s",
            (unsigned long)my.model.seed, nb_thousands((long long)my.inputs.train.count),
            train_loss, nb_thousands((long long)n), loss);

/*md
The gap between the two shows how much the model has only remembered of its training ratings.

> notebook: The notebook's second cell 14 evaluates its model, and prints a test loss of
> {{notebook_loss}}. It stops there, without a unit, and with nothing to compare the loss with. In
> stars that is an RMSE of {{notebook_rmse}}.

## In stars

One unit of the scale from −1 to 1 is {{unit}} stars. We predict each test rating, turn the
prediction back into stars, and measure there.
*/
    float *scaled = ml_new(n, sizeof *scaled);
    double *towers = ml_new(n, sizeof *towers);
    ml_must(tt_predict(scaled, &my.model, &my.inputs.test, &my.run), &my.run.why);
    double unit = (ml_stars(&my.inputs, 1) - ml_stars(&my.inputs, -1)) / 2;
    errors of_towers = {0, 0, 0}, example = {0, 0, 0};
    for (size_t i = 0; i < n; i++) {
        towers[i] = ml_stars(&my.inputs, (double)scaled[i]);
        add_error(&of_towers, towers[i] - my.data.stars[my.inputs.test_rows[i]]);
    }
    nb_text("RMSE %.4f stars\nMAE  %.4f stars\n", rmse(of_towers), mae(of_towers));
    nb_check(fabs(unit * sqrt(loss) - rmse(of_towers)) < 1e-5,
             "the RMSE is the root of the test loss times %.2f stars", unit);
    for (int i = 0; i < 3; i++) add_error(&example, i == 2 ? 3 : 0);
    nb_value("example_mae", "%.0f", mae(example));
    nb_value("example_rmse", "%.2f", rmse(example));
    nb_value("epochs", "%llu epoch%s", (unsigned long long)my.model.epochs,
             my.model.epochs == 1 ? "" : "s");
    nb_value("unit", "%.2f", unit);
    nb_value("rmse", "%.2f", rmse(of_towers));
    nb_value("mae", "%.2f", mae(of_towers));
    nb_value("notebook_loss", "%.4f", 0.1199);
    nb_value("notebook_rmse", "%.2f", (5 - 0.5) / 2 * sqrt(0.1199));
    nb_key_figure("test RMSE %.2f stars, with features that know the answer", rmse(of_towers));

/*md
An error of {{rmse}} stars is good or bad only in comparison with another error on the same ratings.

## Predictions without a network

A generous user $u$ gives more stars than others do, and a good film $f$ gets more. The simplest
model with both effects says

$$p_{uf} = \mu + b_u + b_f$$

where $\mu$ is the mean of all training ratings, and $b_u$ and $b_f$ are the *biases* of the user
and the film: how far they are above the mean. (Like the bias of a unit, such a bias is a number
that is always added.) Given the users' biases, the best bias of a film is the mean of what is left
over, $y_{uf} - \mu - b_u$. But the mean of one or two numbers is not to be trusted, so we pull it
towards 0: with $n_f$ ratings of the film and a *damping* $\lambda$,

$$b_f = \frac{1}{n_f + \lambda} \sum_{u} (y_{uf} - \mu - b_u)$$

It is as if $\lambda$ more people had given the film exactly the stars that were expected. If a film
has a single rating, one star above what was expected, and $\lambda$ is 25, then its bias is not 1
but {{one_rating}}. The users' biases follow from those of the films by the same formula, and so on
in turns until nothing moves any more. Koren (2010) takes this as the model to start from.

{{code: baselines.h bias_fit_side}}

Four predictions are this one model. A damping of ∞ makes all biases of a side 0; a damping of 0
gives the plain mean. So the dampings (∞, ∞) of users and films give the global mean, (∞, 0) gives
the film's mean, and (0, ∞) gives the user's mean. We fit them on the training ratings, and measure
them on the test ratings. The dampings of 10 for users and 25 for films are customary, and we didn't
tune them: whoever tries many and keeps the one that is best on the test ratings has made a
validation set of the test set.
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
    bias_model fitted = bias_new(&my.data);
    errors of_baseline[BASELINES];
    double most_moved = 0;
    memset(of_baseline, 0, sizeof of_baseline);
    for (size_t b = 0; b < BASELINES; b++) {
        double moved = bias_fit(&fitted, baselines[b].user_damping, baselines[b].film_damping,
                                my.data.stars, my.inputs.train_rows, my.inputs.train.count);
        if (moved > most_moved) most_moved = moved;
        for (size_t i = 0; i < n; i++) {
            uint32_t r = my.inputs.test_rows[i];
            *tt_table_at(guesses, b, i) = bias_guess(&fitted, r);
            add_error(&of_baseline[b], *tt_table_at(guesses, b, i) - my.data.stars[r]);
        }
    }
    nb_check(most_moved <= 1e-6, "the biases have settled: in the end none moves by over 1e-6");

/*md
Here they are beside the towers.
*/
    nb_table("08_evaluation", "The towers seem to be far ahead of what needs no network", "model",
             "loss", "RMSE", "MAE");
    for (size_t b = 0; b <= BASELINES; b++) {
        errors e = b ? of_baseline[b - 1] : of_towers;
        nb_row("%s\t%.4f\t%.4f\t%.4f", b ? baselines[b - 1].name : "two towers",
               unit > 0 ? e.squares / (double)e.n / (unit * unit) : 0.0, rmse(e), mae(e));
    }
    nb_table_end();
    double lead = rmse(of_baseline[0]) - rmse(of_towers);
    nb_value("one_rating", "%.2f", 1.0 / (1 + 25));
    nb_value("lead", "%.3f", fabs(lead));
    nb_value("lead_is", "%s", lead > 0 ? "below" : "above");
    nb_value("bias_rmse", "%.3f", rmse(of_baseline[0]));
    nb_value("global_rmse", "%.3f", rmse(of_baseline[3]));

/*md
The global mean, one number for everything, has an RMSE of {{global_rmse}} stars. Two numbers for
each rating, one of its user and one of its film, bring that to {{bias_rmse}}. The towers' RMSE is
{{lead}} stars {{lead_is}} this. That would be a great success. Before we believe it, we look at the
features that the towers are given.

## The features give the answers away

A film's average rating is one of its features, and it is a mean over *all* its ratings, including
those of the test set: that is the leak of lesson 2. If a film has a single rating, then its average
*is* that rating, and the answer stands among the inputs. The baselines, fitted on the training
ratings, have no such help. The fewer ratings a film has, the more its average gives away. So we
group the errors by the number of ratings of the film.
*/
    static const struct {
        uint32_t high;
        const char *name;
    } groups[] = {{1, "1"},         {2, "2"},         {5, "3 to 5"},      {10, "6 to 10"},
                  {20, "11 to 20"}, {50, "21 to 50"}, {100, "51 to 100"}, {UINT32_MAX, "over 100"}};
    enum { GROUPS = sizeof groups / sizeof *groups };
    errors tower_group[GROUPS], bias_group[GROUPS];
    memset(tower_group, 0, sizeof tower_group);
    memset(bias_group, 0, sizeof bias_group);
    for (size_t i = 0; i < n; i++) {
        uint32_t r = my.inputs.test_rows[i];
        size_t g = 0;
        while (my.features.film_ratings[my.data.film[r]] > groups[g].high) g++;
        add_error(&tower_group[g], towers[i] - my.data.stars[r]);
        add_error(&bias_group[g], *tt_table_at(guesses, 0, i) - my.data.stars[r]);
    }

/*md
> fold: how the curves are drawn
*/
    nb_plot("08_leak", "Where the film's average gives most away, the towers are best by far",
            "Two curves of the RMSE over the number of ratings of the film, from 1 to over 100. "
            "That of user and film bias falls slowly. That of the towers is very low for films "
            "with a single rating, and from films with a few ratings on runs below the other.");
    for (size_t g = 0; g < GROUPS; g++)
        if (tower_group[g].n)
            nb_plot_data("%zu %.4f %.4f \"%s\"\n", g, rmse(tower_group[g]), rmse(bias_group[g]),
                         groups[g].name);
    nb_plot_end("set xlabel 'ratings of the film'\nset ylabel 'RMSE in stars'\n"
                "set xrange [-0.3:7.3]\nset yrange [0:1.2]\nset key inside bottom right\n"
                "set xtics rotate by -35\n"
                "plot $data using 1:2:xtic(4) with linespoints title 'two towers', \\\n"
                "     '' using 1:3 with linespoints title 'user and film bias'\n");
    nb_value("single_n", "%zu", tower_group[0].n);
    nb_value("single_towers", "%.2f", rmse(tower_group[0]));
    nb_value("single_biases", "%.2f", rmse(bias_group[0]));

/*md
No honest model can be at its best for films of which it knows least. Of the test ratings,
{{single_n}} are the only rating of their film. There the towers' RMSE is {{single_towers}} stars
and that of the baseline {{single_biases}}; and all that one could know of such a film is its year
and its genres.

## Honest features

There is one way to know what the model is worth: make the features from the training ratings only,
and train again. The users' averages, too, are then made from training ratings, and the scalers
fitted on them. It takes a copy of the data that has no other ratings; the rest is lessons 2 to 4
once more.

{{code: baselines.h honest_features}}

For {{unknown}} films there is no training rating. As their average we put the mean of all training
ratings. The small towers of lesson 7 will do: we train two with each kind of features, for
{{honest_epochs}} epochs, with two learning rates.
*/
    ml_features honest_columns;
    ml_inputs honest;
    size_t unknown =
        honest_features(&honest_columns, &my.data, my.inputs.train_rows, my.inputs.train.count);
    ml_must(ml_prepare(&honest, &my.data, &honest_columns), NULL);
    const double rates[] = {0.01, 0.001};
    double stars[2][2][2]; // of the rate, leaky or honest: training and test
    for (size_t i = 0; i < 2; i++)
        for (size_t h = 0; h < 2; h++) {
            train_small(stars[i][h], &my, h ? &honest : &my.inputs, rates[i], span(30));
            for (size_t s = 0; s < 2; s++) stars[i][h][s] = unit * sqrt(stars[i][h][s]);
        }

    nb_table(
        "08_honest",
        "In training one sees nothing of the leak; on the test ratings it makes the difference",
        "model", "features from", "learning rate", "training RMSE", "test RMSE");
    for (size_t i = 0; i < 2; i++)
        for (size_t h = 0; h < 2; h++)
            nb_row("small towers\t%s ratings\t%g\t%.3f\t%.3f", h ? "training" : "all", rates[i],
                   stars[i][h][0], stars[i][h][1]);
    nb_row("user and film bias\t\t\t\t%.3f", rmse(of_baseline[0]));
    nb_row("global mean\t\t\t\t%.3f", rmse(of_baseline[3]));
    nb_table_end();
    double best_honest = fmin(stars[0][1][1], stars[1][1][1]);
    double best_leaky = fmin(stars[0][0][1], stars[1][0][1]);
    double honest_lead = rmse(of_baseline[0]) - best_honest;
    nb_value("unknown", "%s", nb_thousands((long long)unknown));
    nb_value("honest_epochs", "%zu", span(30));
    nb_value("leaky", "%.3f", best_leaky);
    nb_value("honest", "%.3f", best_honest);
    nb_value("cost", "%.3f", best_honest - best_leaky);
    nb_value("honest_lead", "%.3f", fabs(honest_lead));
    nb_value("honest_lead_is", "%s", honest_lead > 0 ? "below" : "above");
    nb_value("same_fast", "%.3f", fabs(stars[0][0][0] - stars[0][1][0]));
    nb_value("same_slow", "%.3f", fabs(stars[1][0][0] - stars[1][1][0]));
    ml_inputs_free(&honest);
    ml_features_free(&honest_columns);

/*md
**The honest result is {{honest}} stars.** That is {{honest_lead}} {{honest_lead_is}} the two
biases. Nearly all of the lead in {{table:08_evaluation}} has gone with the leak: {{cost}} stars.
And nothing in training tells: the training errors of both kinds differ by {{same_fast}} and
{{same_slow}} stars. A training rating is part of its own averages in either case. Only for the test
ratings is it otherwise: they are part of the leaky averages, and not of the honest ones. So a leak
is not seen by looking at losses. It is seen by asking, for each feature, whether it would be known
when the prediction is made.

> Even these features are not above suspicion. In training, a film's average still contains the
> rating that is to be predicted; on the test set it doesn't. So the model learns to trust averages
> more than they deserve, and its test RMSE is larger than it need be. The {{cost}} stars are the
> leak and this damage together, and the table doesn't say how much is which.

This doesn't make the model useless. The towers say something about a film that nobody has rated,
and about a user who has just named three genres. Two biases can do neither; lesson 9 is about that.
But whoever says that towers are better at predicting stars has to say by how much, and with these
features the answer is: very little.

The lessons to come use the model of lesson 7 all the same. They ask what it recommends and which
films it thinks alike, and not how small its error is.

## Where the errors are

We now sort the test ratings by the stars that were really given. In {{table:08_error_by_rating}}
the *spread* is the standard deviation of the predictions for ratings with that number of stars.
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

    nb_table("08_error_by_rating",
             "Low ratings are predicted much too high, and have the largest errors", "stars",
             "test rows", "mean prediction", "spread", "RMSE", "MAE");
    for (size_t s = 1; s < STEPS; s++) {
        if (!actual[s]) continue;
        double count = (double)actual[s], mean = sum[s] / count;
        nb_row("%.1f\t%zu\t%.2f\t%.2f\t%.2f\t%.2f", (double)s / 2, actual[s], mean,
               sqrt(fmax(squares[s] / count - mean * mean, 0)), rmse(by_stars[s]),
               mae(by_stars[s]));
    }
    nb_table_end();

/*md
> fold: how the predictions are drawn
*/
    nb_plot("08_predicted",
            "The model is too kind to bad films and too strict with good ones: points are means, "
            "and bars show one spread up and down",
            "Points with bars for each number of stars, beside the line of perfect prediction. The "
            "points rise much less steeply than the line: low ratings are predicted too high, high "
            "ones too low.");
    for (size_t s = 1; s < STEPS; s++) {
        if (!actual[s]) continue;
        double count = (double)actual[s], mean = sum[s] / count;
        nb_plot_data("%.1f %.4f %.4f\n", (double)s / 2, mean,
                     sqrt(fmax(squares[s] / count - mean * mean, 0)));
    }
    nb_plot_end("set xlabel 'actual stars'\nset ylabel 'predicted stars'\nset xrange [0.3:5.2]\n"
                "set yrange [0.5:5]\nset xtics 0.5\nset samples 200\nunset key\n"
                "set label 'too kind to bad films' at 0.6,3.45 textcolor linetype 1\n"
                "set label 'too strict' at 4.95,3.3 right textcolor linetype 1\n"
                "set label 'perfect' at 1.6,1.35 textcolor linetype 6\n"
                "plot x linetype 6 linewidth 1, $data with yerrorbars linetype 1\n");

/*md
Every prediction is drawn towards the middle. That is not a fault: whoever wants a small squared
error, and doesn't know much, must not go far from the mean. The biases do the same, as
{{figure:08_error_by_rating}} shows.
*/
    nb_plot("08_error_by_rating", "Both models are worst where somebody hated a film",
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
So a prediction of 5 stars, or of 1, hardly ever occurs. {{figure:08_distribution}} counts the
predictions, rounded to half stars, beside the ratings.
*/
    nb_plot("08_distribution", "People use the whole scale; the predictions crowd in the middle",
            "Bars for the ratings spread over all numbers of stars, most of all 3, 4 and 5; bars "
            "for the predictions crowd together between 3 and 4.");
    for (size_t s = 1; s < STEPS; s++)
        nb_plot_data("%.1f %.3f %.3f\n", (double)s / 2, 100.0 * (double)actual[s] / (double)n,
                     100.0 * (double)predicted[s] / (double)n);
    nb_plot_end("set xlabel 'stars'\nset ylabel 'share of the test ratings, %'\nset yrange [0:*]\n"
                "set style data histograms\nset style fill solid 0.7 noborder\n"
                "plot $data using 2:xtic(1) title 'actual', '' using 3 title 'predicted'\n");
    size_t within = 0;
    for (size_t i = 0; i < n; i++)
        within += fabs(towers[i] - my.data.stars[my.inputs.test_rows[i]]) <= 1;
    nb_value("within", "%.0f", 100.0 * (double)within / (double)n);

    free(scaled);
    free(towers);
    bias_free(&fitted);
    tt_table_free(&guesses);
    return lesson_close(&my);
}

/*md
## What it means

On ratings that it was not trained on, a model trained for {{epochs}} is wrong by {{mae}} stars on
average, and {{within}} % of its predictions are within one star. Nearly all of its lead over two
biases needs features that know the answer: with honest ones the lead is {{honest_lead}} stars. Even
that is flattered. The better of two learning rates was chosen by the test ratings themselves, and
the guess with offsets of lesson 4 is a better baseline than these biases. And a small error in stars
would not even tell us whether the *right films stand at the top*, which is what a recommender is
for.

> margin: GroupLens, who publish the data, call ml-latest-small a set for education and development:
> it changes over time, and results on it should not be published as research.

## Exercises

The answers train small towers for two epochs only, as `answer_train` of `lessons/answers/answer.h`
does, so that each of them runs in a second or two. Their towers err more than those above.

1. Round the predictions to half stars before measuring. Do RMSE and MAE get better or worse? Why?

   > hint: A prediction of 3.3 can be seen as a mean of 3 and 4 that hedges its bet.

   > answer: 08_1
   > The RMSE gets worse and the MAE better. Ratings are whole or half stars, so a rounded
   > prediction can be exactly right, and the MAE rewards that. But rounding also makes some errors
   > larger, and squares punish those more than the hits gain.

2. Predict by the mean of the towers' and the biases' predictions. Is the mean of two models better
   than either? Is it honest to choose the weight of the mean on these test ratings?

   > answer: 08_2
   > With honest features the mean is better than either, and by far: the two err in different ways,
   > and errors in opposite directions cancel. With the leak the towers are better alone. To choose
   > the weight on the test set would make it a validation set.

3. Make only one kind of average honest: that of the films, or those of the users. Which of the two
   leaks more?

   > hint: Make both kinds of features, and copy one column from the one into the other.

   > answer: 08_3
   > Most of it is the films' average. A film has few ratings, so one of them weighs much in its
   > average; a user has at least twenty, and often hundreds. (With both kinds leaky the RMSE is not
   > quite that of exercise 2, because here the scalers are fitted on the training ratings.)

4. Find the user with the largest RMSE among those with at least 20 test ratings. What does this
   person rate, and how?

   > answer: 08_4
   > Somebody who uses the whole scale, from half a star to five. Predictions that keep to the middle
   > cannot be right for such a user.

## The rest of the program

The experiment with honest features trains the small towers of lesson 7.

> fold: small towers, and how they are trained
*/
// With fewer than 30 epochs of the model the experiments are shorter, too.
static size_t span(size_t epochs)
{
    size_t shorter = epochs * (size_t)nb.epochs / 30;
    return shorter < 1 ? 1 : shorter < epochs ? shorter : epochs;
}

// Fills losses with those on the training and on the test ratings.
static void train_small(double losses[2], lesson *my, const ml_inputs *inputs, double rate,
                        size_t epochs)
{
    tt_two_tower model;
    tt_two_tower_options shape = {
        .hidden = {64, 32}, .embedding = 32, .seed = nb.seed, .adam = {.learning_rate = rate}};
    tt_fit_options fit = {.epochs = epochs};
    ml_must(tt_two_tower_new(&model, inputs->user_inputs.cols, inputs->film_inputs.cols, &shape),
            NULL);
    ml_must(tt_fit(&model, &inputs->train, &fit, &my->run), &my->run.why);
    ml_must(tt_evaluate(&losses[0], &model, &inputs->train, &my->run), &my->run.why);
    ml_must(tt_evaluate(&losses[1], &model, &inputs->test, &my->run), &my->run.why);
    tt_two_tower_free(&model);
}
