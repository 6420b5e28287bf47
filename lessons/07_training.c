/*md
# Training

> question: What changes while a model learns, and when should it stop?

> result: figure:07_loss. Training brings the loss on the training ratings from {{untrained}} down to
> {{measured}}; on ratings that the model has never seen it is {{test_loss}}, an RMSE of
> {{test_rmse}} stars.

> see: The whole course of learning in one picture; the map of films while it forms; a model that
> learns by heart, and when it should have stopped; why the vectors have length one; and towers
> {{times_smaller}} times smaller that are about as good.

> uses: §12 (training), §11 (two towers) and §16 (saving); lessons 4 to 6.

> time: 45 minutes

## Small steps

Lesson 6 had everything that learning needs: a loss, its gradient, and Adam, which takes a step
against the gradient. What remains is to do it often. How often, and with which ratings?
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "baselines.h"
#include "notebook.h"
#include "drawing.h"

/*md
> fold: what the rest of this program does for us, in a line each
*/
enum { SETS = 3, MAPPED = 300, PICTURES = 4, FOLLOWED = 3, LITTLE = 2000 };

// The films with the most ratings, as points of a map, at some moments of training.
typedef struct film_map {
    size_t films, pictures;
    uint32_t film[MAPPED];
    size_t epoch[PICTURES]; // 0: before training
    tt_table place[PICTURES];
} film_map;

// What is measured while a model is trained.
typedef struct watcher {
    lesson *my;
    const tt_two_tower *model;
    tt_ratings set[SETS]; // whose loss is measured after each pass; unused ones are empty
    double *loss[SETS];   // [0] is before training
    film_map *map;        // or NULL
    double began, drawn;  // seconds
} watcher;

// How small towers do with one learning rate.
typedef struct trial {
    double rate, validation, test; // RMSE in stars
    double before, after;          // length of the weights in the user tower's last layer
    double relative;               // a step beside that length
    double outside;                // share of predictions that no star has
    bool diverged;
} trial;

static size_t span(size_t epochs);
static double in_stars(const lesson *my, double loss);
static watcher watch(lesson *my, const tt_two_tower *model, size_t epochs, const tt_ratings *a,
                     const tt_ratings *b, const tt_ratings *c);
static void watch_free(watcher *w);
static void show_batch(const tt_progress *progress, void *context);
static bool show_epoch(const tt_progress *progress, void *context);
static film_map map_new(const lesson *my);
static void map_add(film_map *map, lesson *my, size_t epoch);
static const char *map_drawing(film_map *map, const ml_data *data, size_t columns, double width);
static double children_aside(const film_map *map, size_t picture, const ml_data *data);
static void map_free(film_map *map);
static char *course_script(const watcher *w, const tt_history *history, const double baselines[2],
                           double notebook);
static size_t count_dead(const tt_sequential *tower, size_t depth, tt_matrix inputs, tt_run *run);
static uint32_t checksum_of_model(const tt_two_tower *model);
static tt_two_tower small_towers(const lesson *my, double rate);
static tt_ratings part(tt_ratings ratings, size_t first, size_t count);
static trial try_rate(lesson *my, double rate, bool normalize, size_t epochs);
static double along_gradient(const tt_two_tower *model, const tt_ratings *ratings);
static double worst_of(const trial *trials, size_t n);
static double ratio_of(const trial *trials, size_t n);

/*md
Loading, features, scaling and the split are those of lessons 1 to 4, in one call.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_INPUTS, "trains the two towers and saves the model");
    const size_t batch_size = 32;
    size_t n_train = my.inputs.train.count, n_test = my.inputs.test.count;
    size_t batches = (n_train + batch_size - 1) / batch_size;
    size_t last = n_train - (batches - 1) * batch_size;
    nb_text("%s training ratings: %s batches of %zu, the last of %zu\n",
            nb_thousands((long long)n_train), nb_thousands((long long)batches), batch_size, last);
    nb_value("epochs", "%d", nb.epochs);
    nb_value("train", "%s", nb_thousands((long long)n_train));
    nb_value("test", "%s", nb_thousands((long long)n_test));
    nb_value("batches", "%s", nb_thousands((long long)batches));
    nb_value("last", "%zu", last);
    nb_value("steps", "%s", nb_thousands((long long)batches * nb.epochs));

/*md
Let $w$ be all weights and biases, and $p_i(w)$ the prediction for rating $i$, whose stars on the
scale from −1 to 1 are $y_i$. We want the mean of $(p_i(w) - y_i)^2$ over all {{train}} training
ratings to be small. Its gradient takes a pass over all of them, and is good for one small step.

It is cheaper to ask a batch $B$ of 32 ratings only:

$$L_B(w) = \frac{1}{n} \sum_{i \in B} (p_i(w) - y_i)^2$$

where $n$ is the number of ratings in the batch. The gradient of this loss points in the right
direction only on average. But it costs a {{batches}}th part of the other, and {{batches}} rough
steps bring us further than one exact step. This is called *stochastic gradient descent*, stochastic
because chance decides which ratings share a batch: all ratings are put into a random order, and cut
into batches of 32. The last batch holds {{last}}.

> word: epoch, epochs: An epoch is one pass over all training ratings, batch by batch. For the next
> epoch the ratings are put into a new random order.

We train for {{epochs}} epochs, hence {{steps}} steps. Each step is one of Adam, as in lesson 6.

> notebook: The notebook sets Adam's learning rate to 0.01, ten times Keras' default, and leaves
> $\beta_1 = 0.9$, $\beta_2 = 0.999$ and $\epsilon = 10^{-7}$ as they are. So do we. Its cell 11
> compiles the model, and cell 14 fits it, for 30 epochs.

## The model, and what travels with it

A model by itself is of little use: whoever loads it must also know which features it expects, in
which order, and how they were scaled. So the scalers and the names of the features become part of
the model and of its file. The scalers were fitted on all 19 columns, and the towers see only some
of them; `tt_standard_cols` cuts out the part that belongs to those.
*/
    const char *film_names[ML_COLUMNS - ML_ITEM_SKIP] = {"year", "average rating"};
    for (int g = 0; g < ML_GENRES; g++) film_names[2 + g] = ml_genres[g];
    tt_standard_scaler user_scaler =
        tt_standard_cols(my.inputs.user_scaler, ML_USER_SKIP, ML_GENRES);
    tt_standard_scaler film_scaler =
        tt_standard_cols(my.inputs.film_scaler, ML_ITEM_SKIP, ML_COLUMNS - ML_ITEM_SKIP);

    tt_two_tower_options options = {.seed = nb.seed,
                                    .adam = {.learning_rate = 0.01},
                                    .user_scaler = &user_scaler,
                                    .item_scaler = &film_scaler,
                                    .target_scaler = &my.inputs.target_scaler,
                                    .user_feature_names = ml_genres,
                                    .item_feature_names = film_names};
    size_t user_inputs = my.inputs.user_inputs.cols, film_inputs = my.inputs.film_inputs.cols;
    ml_must(tt_two_tower_new(&my.model, user_inputs, film_inputs, &options), NULL);

/*md
## Letting it run

`tt_fit` does it all. It prints nothing: what to show while one waits is the caller's business, so
it calls `show_batch` after each batch and `show_epoch` after each epoch. Ours draw a line of
progress on the terminal. After each epoch they also measure two losses with the weights at rest,
once on the training ratings and once on the test ratings.
*/
    film_map map = map_new(&my);
    watcher watched =
        watch(&my, &my.model, (size_t)nb.epochs, &my.inputs.train, &my.inputs.test, NULL);
    watched.map = &map;

    tt_history history;
    tt_fit_options fit = {.epochs = (size_t)nb.epochs,
                          .batch_size = batch_size,
                          .on_batch = show_batch,
                          .on_epoch = show_epoch,
                          .context = &watched,
                          .history = &history};
    map_add(&map, &my, 0);
    double began = nb_seconds();
    ml_must(tt_fit(&my.model, &my.inputs.train, &fit, &my.run), &my.run.why);
    double seconds = nb_seconds() - began; // also for the measurements on the way
    ml_must(history.outcome == TT_DIVERGED ? TT_ERROR_NOT_FINITE : TT_OK, &my.run.why);
    nb_check(history.outcome == TT_FINISHED && history.epochs == (size_t)nb.epochs,
             "all %d epochs were trained, and every loss is a finite number", nb.epochs);

/*md
The column *loss* of {{table:07_epochs}} is what most programs print while they train: the mean
over the batches of an epoch, each measured with the weights of its moment. The two columns beside
it are measured after the epoch.
*/
    const double *train_loss = watched.loss[0], *test_loss = watched.loss[1];
    size_t end = history.epochs;
    nb_table("07_epochs", "Most of the fall is over after the first epoch, then it goes slowly",
             "epoch", "loss", "training ratings, after", "test ratings, after");
    for (size_t e = 1; e <= end; e++)
        if (e <= 3 || e == 5 || e % 10 == 0 || e == end)
            nb_row("%zu\t%.4f\t%.4f\t%.4f", e, history.loss[e - 1], train_loss[e], test_loss[e]);
    nb_table_end();

/*md
## The whole course

Three lines in {{figure:07_loss}} say what these numbers are worth. A model that always says the
mean of the training ratings, the baseline of lesson 1, has a test loss of {{mean_loss}}. One that
adds what the user gives above the mean, and what the film gets above it, has {{bias_loss}}; lesson
8 explains it. And the third is the test loss that the notebook reports, {{notebook_loss}}.
*/
    const double notebook_loss = 0.1199;
    bias_model biases = bias_new(&my.data);
    double baseline_loss[2];
    for (int with = 0; with < 2; with++) {
        double user_damping = with ? 10 : HUGE_VAL, film_damping = with ? 25 : HUGE_VAL;
        bias_fit(&biases, user_damping, film_damping, my.data.stars, my.inputs.train_rows, n_train);
        baseline_loss[with] = 0;
        for (size_t i = 0; i < n_test; i++) {
            uint32_t r = my.inputs.test_rows[i];
            double error = bias_guess(&biases, r) - my.data.stars[r], unit = in_stars(&my, 1);
            baseline_loss[with] += error * error / (unit * unit) / (double)n_test;
        }
    }
    bias_free(&biases);

/*md
> fold: how the curves are drawn
*/
    nb_plot("07_loss",
            "The loss falls fast, then slowly. The shaded gap between training and test ratings is "
            "what the model has only remembered",
            "Three falling curves over the epochs: the running mean, and the losses measured after "
            "each epoch on training and on test ratings, which part slowly. Horizontal lines mark "
            "the mean, user and film bias, and the notebook's loss.");
    nb_plot_data("0 nan %.6f %.6f\n", train_loss[0], test_loss[0]);
    for (size_t e = 1; e <= end; e++)
        nb_plot_data("%zu %.6f %.6f %.6f\n", e, history.loss[e - 1], train_loss[e], test_loss[e]);
    char *script = course_script(&watched, &history, baseline_loss, notebook_loss);
    nb_plot_end(script);
    free(script);
    nb_table("07_training", "The numbers behind the curves, epoch by epoch", "epoch", "loss",
             "+training ratings, after", "+test ratings, after");
    for (size_t e = 1; e <= end; e++)
        nb_row("%zu\t%.4f\t%.4f\t%.4f", e, history.loss[e - 1], train_loss[e], test_loss[e]);
    nb_table_end();

    double second = history.loss[end > 1];
    size_t best = 0, rises = 0;
    for (size_t e = 1; e <= end; e++) {
        if (test_loss[e] < test_loss[best]) best = e;
        if (e > 1) rises += train_loss[e] > train_loss[e - 1];
    }
    nb_value("untrained", "%.4f", train_loss[0]);
    nb_value("first", "%.4f", history.loss[0]);
    nb_value("final", "%.4f", history.loss[end - 1]);
    nb_value("measured", "%.4f", train_loss[end]);
    nb_value("test_loss", "%.4f", test_loss[end]);
    nb_value("test_rmse", "%.2f", in_stars(&my, sqrt(test_loss[end])));
    nb_value("gap", "%.4f", test_loss[end] - train_loss[end]);
    nb_value("best", "%zu", best);
    nb_value("mean_loss", "%.4f", baseline_loss[0]);
    nb_value("bias_loss", "%.4f", baseline_loss[1]);
    nb_value("notebook_loss", "%.4f", notebook_loss);
    if (end > 2)
        nb_value(
            "pace",
            "The second epoch takes %.4f off the running mean, each one after it %.4f on average.",
            history.loss[0] - second, (second - history.loss[end - 1]) / (double)(end - 2));
    else
        nb_value("pace", "%s", end > 1 ? "Then came one more." : "There was only this one.");
    nb_key_figure("test loss %.4f after %zu epochs", test_loss[end], history.epochs);

/*md
Most of the way is done in the first epoch: with random weights the loss was {{untrained}}, and
while the first epoch goes on it is {{first}} on average. {{pace}}

The gap between the training and the test ratings is {{gap}} at the end. Both kinds of ratings are
alike, and were separated by chance. So what the model does better on the training ratings is
nothing that it knows about users and films; it is what it remembers of these very ratings. The gap
widens, because training ratings are all that it is shown. As long as the test curve falls as well,
this does no harm. The lowest test loss is that after epoch {{best}}.

> notebook: The notebook sets the last loss of its log beside the {{notebook_loss}} that `evaluate`
> gives for its test ratings. The two are not like for like: they are other ratings, and the log is
> another way of measuring, as the next section shows.

## The log is not a measurement

Two curves of the figure belong to the same ratings, and yet they differ. The *running mean* has
older weights in it: each batch was measured before the step that learns from it, and before all
later steps of the epoch. To know how good the model is now, it must stand still while all ratings
pass by. That is what `tt_evaluate` does.
*/
    double difference = train_loss[end] - history.loss[end - 1];
    nb_value("difference", "%.4f", fabs(difference));
    nb_value("direction", "%s", difference < 0 ? "lower" : "higher");
    nb_value("rises", "%zu", rises);
    nb_value("changes", "%zu", end - 1);
    nb_text("last epoch, running mean:            %.4f\n"
            "last epoch, measured after it:       %.4f\n"
            "difference:                         %+.4f\n",
            history.loss[end - 1], train_loss[end], difference);

/*md
On the same ratings, the loss of the model at rest is {{difference}} {{direction}} than the last
line of the log. It is also less smooth: a learning rate of 0.01 throws the weights about at every
step, and it is a matter of luck how good they are when an epoch ends. So the measured loss rises at
{{rises}} of the {{changes}} changes from one epoch to the next. The running mean hides this.

## What training does to the films

A loss is one number. What has changed in the towers? Each film has a vector of 32 numbers, which
the film tower makes of its year, its genres and its average. We take the {{mapped}} films with the
most ratings, and draw their vectors as seen from the side where they differ most. Lesson 11
explains how that side is found. The pictures have the same scale, and each is turned so that it
fits the last one as well as possible.
*/
    nb_figure("07_maps",
              "Before training the kinds of films lie mixed. Training pulls apart what the same "
              "people rate differently",
              "Small maps of the same films side by side, before training and after some epochs. "
              "At first films for children lie among the others, in the end by themselves. Three "
              "films are named, and their ways are drawn.",
              map_drawing(&map, &my.data, PICTURES, 782));
    nb_narrow(map_drawing(&map, &my.data, 2, 360));
    nb_value("mapped", "%zu", map.films);
    nb_value("children_before", "%.2f", children_aside(&map, 0, &my.data));
    nb_value("children_after", "%.2f", children_aside(&map, map.pictures - 1, &my.data));
    map_free(&map);

/*md
The middle of the green dots was {{children_before}} times as far from the middle of the map as a
film is on average, and is {{children_after}} times as far in the end. The towers could tell these
films from others from the start, since genres are among the features. But nobody has told them
that this difference matters more than others; they have seen ratings, and one loss.

## Units that have died

A ReLU passes on what is above 0. If a large step moves the weights of a unit so far that its input
is below 0 for every row, then the unit gives 0 for every row. Its gradient is 0 as well, so its own
weights move no more; only a change in the layer below could bring it back, which is rare. The unit
is *dead*. We count the units that give 0 for every user, or for every film, of the data, and
compare with a model of the same seed that is not trained.
*/
    tt_two_tower fresh;
    ml_must(tt_two_tower_new(&fresh, user_inputs, film_inputs, &options), NULL);
    const struct {
        const char *name;
        const tt_sequential *fresh, *trained;
        tt_matrix rows;
    } towers[] = {{"user", &fresh.user, &my.model.user, my.inputs.user_inputs},
                  {"film", &fresh.item, &my.model.item, my.inputs.film_inputs}};
    size_t alive[2] = {0, 0}, units = 0;
    nb_table("07_dead_units",
             "Before training few units are dead; after it, many in the second layers", "tower",
             "layer", "units", "dead before", "dead after", "share after");
    for (size_t t = 0; t < 2; t++)
        for (size_t l = 1; l <= 2; l++) {
            units = towers[t].trained->layers[l - 1].bias.cols;
            size_t before = count_dead(towers[t].fresh, l, towers[t].rows, &my.run);
            size_t after = count_dead(towers[t].trained, l, towers[t].rows, &my.run);
            alive[t] = units - after;
            nb_row("%s\t%zu\t%zu\t%zu\t%zu\t%.0f %%", towers[t].name, l, units, before, after,
                   100.0 * (double)after / (double)units);
        }
    nb_table_end();
    nb_value("units", "%zu", units);
    nb_value("alive_user", "%zu", alive[0]);
    nb_value("alive_film", "%zu", alive[1]);
    tt_two_tower_free(&fresh);

/*md
Of the {{units}} units in the second layer, {{alive_user}} still work in the user tower and
{{alive_film}} in the film tower. The rest cost time and memory and do nothing. The learning rate is
one reason. At first Adam moves every weight by about 0.01 at each step,
and the weights of the second layer start within ±0.09. So ten steps in the same direction carry a
weight from one end of the range to the middle. The model learns all the same, but it is smaller
than its widths of 512 and 256 say.

## When to stop

The test curve above has become flat, and has not begun to rise. That is not always so. To see it
rise, we give a model less to learn from: towers of widths {64, 32} and 32, which have
{{small_parameters}} parameters, and {{little}} training ratings. That is {{per_rating}} parameters
for each rating. (The large model has {{per_rating_large}}, and its test curve has not risen. So the
number of parameters alone does not decide.) Another {{little}} ratings are the validation set, and
the test set is the one that we have. The learning rate is small, so that the curves are smooth.
*/
    size_t little = n_train / 2 < LITTLE ? n_train / 2 : LITTLE, long_time = span(100);
    tt_ratings learned = part(my.inputs.train, 0, little);
    tt_ratings validation = part(my.inputs.train, little, little);
    tt_two_tower small = small_towers(&my, 0.0002);
    watcher by_heart = watch(&my, &small, long_time, &learned, &validation, &my.inputs.test);
    tt_fit_options too_long = {
        .epochs = long_time, .on_batch = show_batch, .on_epoch = show_epoch, .context = &by_heart};
    ml_must(tt_fit(&small, &learned, &too_long, &my.run), &my.run.why);
    size_t small_parameters =
        tt_sequential_parameters(&small.user) + tt_sequential_parameters(&small.item);
    tt_two_tower_free(&small);

/*md
> fold: how the curves are drawn
*/
    const char *const set_names[SETS] = {"training", "validation", "test"};
    double stars[SETS], best_stars[SETS] = {0};
    size_t best_epoch = 1;
    for (size_t e = 1; e <= long_time; e++)
        if (by_heart.loss[1][e] < by_heart.loss[1][best_epoch]) best_epoch = e;
    nb_plot("07_by_heart",
            "The error on the training ratings falls and falls; on all others it rises again",
            "Three curves of the RMSE. That of the training ratings falls all the time. Those of "
            "the validation and the test ratings fall at first, reach a lowest point, which is "
            "marked, and rise.");
    for (size_t e = 1; e <= long_time; e++) {
        for (size_t s = 0; s < SETS; s++) stars[s] = in_stars(&my, sqrt(by_heart.loss[s][e]));
        if (e == best_epoch) memcpy(best_stars, stars, sizeof stars);
        nb_plot_data("%zu %.4f %.4f %.4f\n", e, stars[0], stars[1], stars[2]);
    }
    script = NULL;
    nb_append(&script,
              "set xlabel 'epoch'\nset ylabel 'RMSE in stars'\nset xrange [0:%zu]\nunset key\n"
              "set arrow from %zu, graph 0 to %zu, graph 1 nohead linetype 6 dashtype 2\n"
              "set label 'stop here' at %zu, graph 0.06 offset 0.6,0 textcolor linetype 6\n",
              long_time * 5 / 4, best_epoch, best_epoch, best_epoch);
    for (size_t s = 0; s < SETS; s++)
        nb_append(&script, "set label '%s' at %zu, %.4f offset 0.5,%s textcolor linetype %zu\n",
                  set_names[s], long_time, stars[s],
                  s == 1   ? "-0.4"
                  : s == 2 ? "0.4"
                           : "0",
                  s + 1);
    nb_append(&script, "plot $data using 1:2 with lines, '' using 1:3 with lines, "
                       "'' using 1:4 with lines\n");
    nb_plot_end(script);
    free(script);
    nb_value("small_parameters", "%s", nb_thousands((long long)small_parameters));
    nb_value("little", "%s", nb_thousands((long long)little));
    nb_value("per_rating", "%.1f", (double)small_parameters / (double)little);
    nb_value("per_rating_large", "%.1f",
             (double)(tt_sequential_parameters(&my.model.user) +
                      tt_sequential_parameters(&my.model.item)) /
                 (double)n_train);
    nb_value("long_time", "%zu", long_time);
    nb_value("best_epoch", "%zu", best_epoch);
    nb_value("heart_train", "%.2f", stars[0]);
    nb_value("heart_test", "%.2f", stars[2]);
    nb_value("best_train", "%.2f", best_stars[0]);
    nb_value("best_validation", "%.3f", best_stars[1]);
    nb_value("best_test", "%.3f", best_stars[2]);

/*md
> word: overfitting, overfit, overfits: A model overfits when training makes it better on the
> training ratings and worse on all others. It learns by heart what is true of those ratings only.

In {{figure:07_by_heart}} this begins after epoch {{best_epoch}}. After epoch {{long_time}} the
error on the training ratings has come down to {{heart_train}} stars. Whoever looks at nothing
else thinks that the model is getting better and better; but on the test ratings it is {{heart_test}}
stars, where it had been {{best_test}}.

> word: early stopping: To stop early is to watch the error on the validation set during training,
> to stop when it has not improved for some epochs, and to keep the weights of the best one. The
> number of epochs that one waits is called the patience.

`tt_fit` does so if it is given validation ratings and a patience:
*/
    tt_history stopped;
    tt_fit_options early = {
        .epochs = long_time, .validation = &validation, .patience = 10, .history = &stopped};
    small = small_towers(&my, 0.0002);
    ml_must(tt_fit(&small, &learned, &early, &my.run), &my.run.why);
    double kept;
    ml_must(tt_evaluate(&kept, &small, &my.inputs.test, &my.run), &my.run.why);
    nb_text("trained for %zu epochs, and took the weights after epoch %zu\n"
            "RMSE on the test ratings: %.3f stars\n",
            stopped.epochs, stopped.best_epoch, in_stars(&my, sqrt(kept)));
    nb_check(kept == by_heart.loss[2][stopped.best_epoch],
             "these are the weights that the curve had after epoch %zu", stopped.best_epoch);
    tt_history_free(&stopped);
    tt_two_tower_free(&small);
    watch_free(&by_heart);

/*md
This is why there are **three sets**. The training set moves the weights. The validation set
decides: when to stop, which learning rate, how large the towers. Whoever takes the best of many
numbers takes the luckiest of them, too; so the validation error of the epoch that was chosen,
{{best_validation}} stars here, tells nothing reliable about new ratings. The test set has decided
nothing, and for that reason its {{best_test}} stars can be believed. It can be used for this only
once: as soon as a decision hangs on it, it is a validation set.

> caution: The test curve of {{figure:07_loss}} is there to be looked at. Had we stopped at its lowest
> point, after epoch {{best}}, the test loss that we report would be a little too good.

## Why length one?

Lesson 3 scaled the stars to the range from −1 to 1, because a cosine has that range; lesson 5 took
the cosine, because the stars have that range. That is a circle. What if the vectors are *not*
divided by their lengths, and the prediction is the dot product as it is?

One line does it: `normalize` of both towers is set to false. We train the small towers both ways,
with many learning rates, for {{trial_epochs}} epochs each, on nine tenths of the training ratings.
The last tenth is the validation set.
*/
    const double rates[] = {0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10};
    enum { RATES = sizeof rates / sizeof *rates };
    trial trials[2][RATES]; // without and with the division
    size_t chosen[2] = {0, 0};
    for (size_t with = 0; with < 2; with++)
        for (size_t i = 0; i < RATES; i++) {
            trials[with][i] = try_rate(&my, rates[i], with, span(10));
            if (trials[with][i].validation < trials[with][chosen[with]].validation)
                chosen[with] = i;
        }

/*md
{{code: 07_training.c try_rate}}

> fold: how the curves are drawn
*/
    nb_plot(
        "07_rates",
        "With vectors of length one the learning rate hardly matters; without, it must be small",
        "Two curves of the RMSE on the validation set over the learning rate, from 0.0001 to "
        "10. With length one the curve is nearly flat. Without, it starts at the same height, "
        "rises from 0.01 on, and ends where training fails.");
    for (size_t i = 0; i < RATES; i++) {
        nb_plot_data("%g", rates[i]);
        for (size_t with = 2; with-- > 0;)
            nb_plot_data(trials[with][i].diverged ? " nan" : " %.4f", trials[with][i].validation);
        nb_plot_data("\n");
    }
    script = NULL;
    nb_append(
        &script,
        "set logscale x\nset format x '%%g'\nset xlabel 'learning rate'\n"
        "set ylabel 'RMSE in stars'\nset xrange [0.00008:12]\nset yrange [0.78:1.16]\n"
        "unset key\nset label 'length one' at 10, %.4f right offset 0,0.7 textcolor linetype 1\n"
        "set label 'any length' at %g, %.4f offset 0.8,0.4 textcolor linetype 2\n",
        trials[1][RATES - 1].validation, rates[5], trials[0][5].validation);
    const char *const lines[] = {"always the mean", "user and film bias"};
    for (int b = 0; b < 2; b++) {
        double level = in_stars(&my, sqrt(baseline_loss[b]));
        nb_append(&script,
                  "set arrow from graph 0, first %.4f to graph 1, first %.4f nohead linetype 6 "
                  "dashtype 2\nset label '%s' at 0.0001, %.4f offset 0,0.5 textcolor linetype 6\n",
                  level, level, lines[b], level);
    }
    nb_append(&script, "plot $data using 1:2 with linespoints, '' using 1:3 with linespoints\n");
    nb_plot_end(script);
    free(script);

/*md
And the best learning rate of each against that of the other, chosen by the validation set:
*/
    nb_table("07_length", "Best against best, the two are nearly equal", "vectors", "learning rate",
             "validation RMSE", "test RMSE", "predictions outside of the stars");
    for (size_t with = 2; with-- > 0;) {
        const trial *t = &trials[with][chosen[with]];
        nb_row("%s\t%g\t%.3f\t%.3f\t%.2f %%", with ? "length one" : "any length", t->rate,
               t->validation, t->test, 100 * t->outside);
    }
    nb_table_end();
    size_t failed = 0, useless = RATES;
    for (size_t i = 0; i < RATES; i++) failed += trials[0][i].diverged;
    while (useless && !(trials[0][useless - 1].validation < in_stars(&my, sqrt(baseline_loss[1]))))
        useless--;
    nb_value("useless", "%g", useless < RATES ? rates[useless] : rates[RATES - 1]);
    nb_value("trial_epochs", "%zu", span(10));
    nb_value("failed", "%zu", failed);
    nb_value("rates", "%d", RATES);
    nb_value("worst_one", "%.3f", worst_of(trials[1], RATES));
    nb_value("best_one", "%.3f", trials[1][chosen[1]].validation);

/*md
So the answer is not that length one makes better predictions. With its best rate the plain dot
product is about as good, and what lies outside of the stars could be cut off. The answer is that
length one makes training *safe*. From a rate of 0.0001 to one of 10, a hundred thousand times as
much, the error stays between {{best_one}} and {{worst_one}} stars. With vectors of any length the
model is worse than the guess with user and film bias from a rate of {{useless}} on, and at {{failed}} of the {{rates}}
rates the numbers overflow.

Where does this come from? Let $x = h W + b$ be what the last layer makes of its input $h$. If $W$
and $b$ are doubled, then so is $x$, and $x / {|x|}$ stays what it is; so the loss doesn't change
either. In the direction of the weights themselves the slope is zero. In other words, the gradient
of $W$ and $b$, taken together, is **at right angles to them**. The tape confirms it for our model:
*/
    tt_ratings batch = part(my.inputs.train, 0, n_train < batch_size ? n_train : batch_size);
    double cosine = along_gradient(&my.model, &batch);
    nb_check(fabs(cosine) < 1e-4, "the gradient of the film tower's last layer is at right angles "
                                  "to its weights and biases");

/*md
As lesson 6 has shown, a step at right angles always makes the weights longer; and the longer they
are, the less a step of the same length turns them. In numbers: let $W = (3, 4)$ have length 5, and
let each step have length $\eta$ and be at right angles to the weights of its moment.
*/
    nb_table("07_taming",
             "After some steps, a rate 100 times as large turns the weights little more", "step",
             "|W|, rate 0.1", "rate / |W|", "|W|, rate 10", "rate / |W|");
    for (int step = 0; step <= 1000; step = step ? 10 * step : 1) {
        double slow = sqrt(25 + step * 0.1 * 0.1), fast = sqrt(25 + step * 10.0 * 10.0);
        nb_row("%d\t%.2f\t%.3f\t%.1f\t%.3f", step, slow, 0.1 / slow, fast, 10 / fast);
    }
    nb_table_end();

/*md
A rate of 10 is far too large only for a few steps. They make the weights so long that it fits. The
trials above show the same in the user tower's last layer. There a step of Adam, which moves each of
its $n$ weights by about $\eta$, has a length of about $\eta \sqrt{n}$. (Adam divides each part of
the gradient by a root of its own, so its steps are only nearly at right angles.)
*/
    nb_table("07_growth", "The weights grow until the steps are small beside them", "learning rate",
             "|W| before", "|W| after", "step / |W| before", "step / |W| after");
    for (size_t i = 0; i < RATES; i++) {
        const trial *t = &trials[1][i];
        nb_row("%g\t%.1f\t%.1f\t%.4f\t%.4f", t->rate, t->before, t->after,
               t->relative * t->after / t->before, t->relative);
    }
    nb_table_end();
    nb_value("steps_apart", "%.1f", ratio_of(trials[1] + 4, RATES - 4));

/*md
The smallest rates leave the weights as they are: there is nothing to tame. But from a rate of 0.01
to one of 10, a thousand times as much, the steps beside the weights differ in the end by no more
than a factor of {{steps_apart}}. Length one tames the learning rate; the plain dot product has
nothing that could.

> margin: There is a price. To predict exactly five stars, two vectors must be the same. Lesson 5
> says what that means for two users who love the same film.

## How large must it be?

The towers of the notebook have {{large_parameters}} parameters, the small ones of these experiments
{{small_parameters}}. In a pass over the training ratings each weight is multiplied
about three times for each rating: once forwards, and twice backwards, for the two gradients of
lesson 6. So the work can be counted without a clock. (The seconds, which differ from machine to
machine, stand on the terminal.) We train the small towers for as long as the large ones:
*/
    size_t sizes[] = {tt_sequential_parameters(&my.model.user) +
                          tt_sequential_parameters(&my.model.item),
                      small_parameters, small_parameters};
    const double size_rates[] = {0.01, 0.01, 0.001};
    nb_table("07_size", "Small towers are about as good as large ones", "widths", "parameters",
             "learning rate", "billion products an epoch", "training RMSE", "test RMSE");
    double size_rmse[3];
    for (size_t k = 0; k < 3; k++) {
        double losses[2] = {train_loss[end], test_loss[end]};
        if (k) {
            small = small_towers(&my, size_rates[k]);
            began = nb_seconds();
            watcher w = watch(&my, &small, end, &my.inputs.train, &my.inputs.test, NULL);
            tt_fit_options as_long = {
                .epochs = end, .on_batch = show_batch, .on_epoch = show_epoch, .context = &w};
            ml_must(tt_fit(&small, &my.inputs.train, &as_long, &my.run), &my.run.why);
            seconds = nb_seconds() - began;
            for (size_t s = 0; s < 2; s++) losses[s] = w.loss[s][end];
            watch_free(&w);
            tt_two_tower_free(&small);
        }
        size_rmse[k] = in_stars(&my, sqrt(losses[1]));
        nb_log("%zu parameters, %zu epochs: %.1f s", sizes[k], end, seconds);
        nb_row("%s\t%s\t%g\t%.1f\t%.4f\t%.4f", k ? "64, 32, 32" : "512, 256, 32",
               nb_thousands((long long)sizes[k]), size_rates[k],
               3e-9 * (double)sizes[k] * (double)n_train, in_stars(&my, sqrt(losses[0])),
               size_rmse[k]);
    }
    nb_table_end();
    nb_value("large_parameters", "%s", nb_thousands((long long)sizes[0]));
    nb_value("times_smaller", "%.0f", (double)sizes[0] / (double)sizes[1]);
    nb_value("small_rmse", "%.4f", size_rmse[2]);
    nb_value("large_rmse", "%.4f", size_rmse[0]);

/*md
With a rate of 0.001 the small towers have a test RMSE of {{small_rmse}} stars, the large ones
{{large_rmse}}. This suggests that what a model can know here is limited by its 16 and 18 features
more than by its number of weights. So whoever wants to try something should try it with small towers first. All
experiments of the course do.

## Saved, loaded, the same

`tt_save` writes one file with everything that belongs to the model: weights, Adam's $m$ and $v$, the
state of the random numbers, scalers, names, seed. The lessons that follow load it. To see that
nothing is lost on the way, we let both models predict every test rating and compare the bits. With
`==`, −0 and 0 would count as equal; `memcmp` tells even these two apart.
*/
    char path[4096];
    snprintf(path, sizeof path, "%s/model.safetensors", nb.out);
    tt_two_tower loaded;
    ml_must(tt_save(&my.model, path, &my.run), &my.run.why);
    ml_must(tt_load(&loaded, path, &my.run), &my.run.why);

    float *before = ml_new(2 * n_test, sizeof *before);
    ml_must(tt_predict(before, &my.model, &my.inputs.test, &my.run), &my.run.why);
    ml_must(tt_predict(before + n_test, &loaded, &my.inputs.test, &my.run), &my.run.why);
    nb_check(memcmp(before, before + n_test, n_test * sizeof *before) == 0,
             "all %s test ratings are predicted the same after saving and loading, to the bit",
             nb_thousands((long long)n_test));

/*md
## The checksum of your training

One number stands for all the weights. Compare it with somebody else's: with the same data, seed,
number of epochs and version of `twotower.h` it is the same, on any machine, with any compiler, any
optimisation level and any number of threads. If one bit of one weight were different, the checksum
would almost surely be different too.
*/
    uint32_t crc = checksum_of_model(&my.model);
    nb_text("seed %lu, %d epochs: %08lx\n", (unsigned long)nb.seed, nb.epochs, (unsigned long)crc);
    nb_check(crc == checksum_of_model(&loaded), "the loaded weights have the same checksum");

/*md
## Another seed

What would change with another seed? We train two models for one epoch. They differ only in the
seed, and so in their first weights and in the order of the ratings. Then we let both predict the
test ratings.
*/
    double apart = 0;
    size_t quarter = 0;
    nb_table("07_seeds", "Two seeds, one epoch each: equal losses, other models", "seed",
             "test loss", "checksum");
    for (uint32_t s = 0; s < 2; s++) {
        tt_two_tower other;
        double loss;
        options.seed = nb.seed + s;
        ml_must(tt_two_tower_new(&other, user_inputs, film_inputs, &options), NULL);
        tt_fit_options once = {.epochs = 1, .batch_size = batch_size};
        ml_must(tt_fit(&other, &my.inputs.train, &once, &my.run), &my.run.why);
        ml_must(tt_evaluate(&loss, &other, &my.inputs.test, &my.run), &my.run.why);
        ml_must(tt_predict(before + s * n_test, &other, &my.inputs.test, &my.run), &my.run.why);
        nb_row("%lu\t%.4f\t%08lx", (unsigned long)options.seed, loss,
               (unsigned long)checksum_of_model(&other));
        tt_two_tower_free(&other);
    }
    nb_table_end();
    for (size_t i = 0; i < n_test; i++) {
        double stars_apart = in_stars(&my, fabs((double)before[i] - (double)before[n_test + i]));
        apart += stars_apart / (double)n_test;
        quarter += stars_apart > 0.25;
    }
    nb_value("apart", "%.2f", apart);
    nb_value("quarter", "%.0f", 100 * (double)quarter / (double)n_test);

/*md
As {{table:07_seeds}} shows, the losses are alike and the models are not. Their predictions for the
same rating are {{apart}} stars apart on average, and {{quarter}} % of them are more than a quarter
of a star apart. Smaller differences than that decide the lists of the ten best films.

> notebook: The notebook calls `tf.random.set_seed(1)` before it makes its layers and hopes for the
> same result each time. In Keras 3 that call does not reach the initialisers, which have random
> generators of their own, so two runs of the notebook differ as these two models do: by {{apart}}
> stars per prediction. Here the seed decides the weights and the order of the ratings, and the same
> seed gives the same bits on every machine and with any number of threads.
*/
    free(before);
    watch_free(&watched);
    tt_history_free(&history);
    tt_two_tower_free(&loaded);
    return lesson_close(&my);
}

/*md
## What it means

A loss falls fast, then slowly; part of its fall is memory. A second set of ratings tells when to
stop, and a third how good the result is. The test loss of {{test_loss}} is near the
{{notebook_loss}} of the notebook, which has other ratings and other random numbers, and it is better
than both baselines. But is it as good as it looks? Lesson 2
had found a leak in the features. Lesson 8 measures what it is worth.

## Exercises

1. After training, multiply all weights and biases of both towers' last layers by 4. By how much do
   the predictions change? And what happens with `normalize = false`?

   > hint: What happened to $x / {|x|}$ when $x$ was doubled?

   > answer: 07_1
   > Not at all: the vectors keep their directions, and only directions count. A multiplication by
   > 4 only changes a float's exponent, so even the bits are the same. Without the division each
   > vector is four times as long, and each prediction sixteen times as large.

2. Train for two epochs at once; then for one, save, load, and train for one more. Is the checksum
   the same? What must the file contain for that?

   > hint: §12 says where another call of `tt_fit` goes on.

   > answer: 07_2
   > It is, to the bit. The weights alone would not do: the file must have Adam's running means, its
   > count of steps, and the state of the random numbers, which decides the order of the ratings.

3. Train small towers for one epoch with batches of 512 ratings instead of 32. There are sixteen
   times fewer steps. How much worse is the test error? And after sixteen epochs, which have as many
   steps as one with batches of 32?

   > hint: Do it with the rates 0.001 and 0.01. Which batches have the rougher gradients?

   > answer: 07_3
   > It is not worse at all. A mean over 512 ratings is less rough than one over 32, and how rough
   > the last steps were shows in the weights with which the epoch ends. After as many steps, large
   > batches are far ahead; but they have seen sixteen times as many ratings for that. So 32 is the
   > notebook's choice, not the best one.

4. Train the small towers with the rates 0.001, 0.01 and 0.1, and count the dead units of their
   layers. Do the dead units make the model worse?

   > answer: 07_4
   > The larger the rate, the more units die, and the error grows by some hundredths of a star.
   > Whether the dead units are to blame or the rate itself, this trial cannot tell.

## The rest of the program

First what stands behind the curves: a watcher, which measures the model while it is trained.
*/
// With fewer than 30 epochs (--epochs) the experiments are shorter, too.
static size_t span(size_t epochs)
{
    size_t shorter = epochs * (size_t)nb.epochs / 30;
    return shorter < 1 ? 1 : shorter < epochs ? shorter : epochs;
}

// A difference on the scale from -1 to 1, in stars.
static double in_stars(const lesson *my, double difference)
{
    return difference * (ml_stars(&my->inputs, 1) - ml_stars(&my->inputs, -1)) / 2;
}

static void measure(watcher *w, size_t epoch)
{
    for (size_t s = 0; s < SETS; s++)
        if (w->set[s].count)
            ml_must(tt_evaluate(&w->loss[s][epoch], w->model, &w->set[s], &w->my->run),
                    &w->my->run.why);
}

static watcher watch(lesson *my, const tt_two_tower *model, size_t epochs, const tt_ratings *a,
                     const tt_ratings *b, const tt_ratings *c)
{
    watcher w;
    const tt_ratings *sets[SETS] = {a, b, c};
    memset(&w, 0, sizeof w);
    w.my = my;
    w.model = model;
    for (size_t s = 0; s < SETS; s++) {
        if (sets[s]) w.set[s] = *sets[s];
        w.loss[s] = ml_new(epochs + 1, sizeof(double));
    }
    measure(&w, 0);
    w.began = nb_seconds();
    return w;
}

static void watch_free(watcher *w)
{
    for (size_t s = 0; s < SETS; s++) free(w->loss[s]);
}

/*md
On a terminal we draw a line with the time left and the running loss, at most ten times a second. In
a file this would leave thousands of lines behind. So if the messages go into a file, we write one
plain line for each epoch.

> fold: the line of progress
*/
static void show_batch(const tt_progress *progress, void *context)
{
    watcher *w = (watcher *)context;
    double now = nb_seconds();
    if (now - w->drawn < 0.1) return;
    double share = (double)progress->batch / (double)progress->batches;
    char line[80];
    snprintf(line, sizeof line, "epoch %zu/%zu, batch %zu/%zu, %.0f s left, loss %.4f",
             progress->epoch, progress->epochs, progress->batch, progress->batches,
             (now - w->began) * (1 - share) / share, progress->loss);
    nb_status(line);
    w->drawn = now;
}

static bool show_epoch(const tt_progress *progress, void *context)
{
    watcher *w = (watcher *)context;
    size_t epoch = progress->epoch;
    if (w->map) nb_log("epoch %zu/%zu: loss %.4f", epoch, progress->epochs, progress->loss);
    measure(w, epoch);
    if (w->map && (epoch == 1 || epoch == 5 || epoch == progress->epochs))
        map_add(w->map, w->my, epoch);
    w->began = nb_seconds();
    return true; // go on
}

/*md
The script of {{figure:07_loss}}. Above the lines the vertical axis is eight times coarser, or there
would be no room for the loss before training.

> fold: the curves of the whole course
*/
static char *course_script(const watcher *w, const tt_history *history, const double baselines[2],
                           double notebook)
{
    size_t end = history->epochs;
    const double lines[] = {baselines[0], baselines[1], notebook};
    const char *const names[] = {"always the mean", "user and film bias", "the notebook"};
    const double ends[] = {history->loss[end - 1], w->loss[0][end], w->loss[1][end]};
    const char *const curves[] = {"running mean", "training", "test"};
    double unit = in_stars(w->my, 1), knee = 1.05 * baselines[1];
    char *script = NULL;
    nb_append(&script,
              "f(y) = y < %.4f ? y : %.4f + (y - %.4f) / 8\n"
              "set xlabel 'epoch'\nset ylabel 'loss, scale −1 to 1'\nset y2label 'RMSE in stars'\n"
              "set xrange [0:%.1f]\nset xtics 0, %zu, %zu\nset yrange [%.4f:f(%.4f)]\n"
              "set border 11\nunset key\nset link y2\nset ytics (",
              knee, knee, knee, 1.4 * (double)end, end / 6 + (end < 6), end,
              0.96 * fmin(ends[1], notebook), 1.02 * w->loss[0][0]);
    for (int i = 5; i <= 50; i += i < 15 ? 1 : i == 15 ? 5 : 10)
        nb_append(&script, "%s'%.2f' f(%.2f)", i > 5 ? ", " : "", i / 100.0, i / 100.0);
    nb_append(&script, ")\nset y2tics (");
    for (int i = 50; i <= 150; i += i < 90 ? 5 : 30)
        nb_append(&script, "%s'%.2f' f(%.6f)", i > 50 ? ", " : "", i / 100.0,
                  i / 100.0 / unit * i / 100.0 / unit);
    nb_append(&script, ")\n");
    for (int i = 0; i < 3; i++)
        nb_append(&script,
                  "set arrow from 0, first f(%.6f) to %.1f, first f(%.6f) nohead linetype 6 "
                  "dashtype 2\nset label '%s' at %.1f, f(%.6f) offset 0,%s textcolor linetype 6\n",
                  lines[i], 1.4 * (double)end, lines[i], names[i], 0.04 * (double)end, lines[i],
                  i < 2 ? "0.5" : "-0.6");
    for (int i = 0; i < 3; i++)
        nb_append(&script, "set label '%s' at %zu, f(%.6f) offset 0.4,%s textcolor linetype %d\n",
                  curves[i], end, ends[i],
                  i == 0   ? "0.4"
                  : i == 1 ? "-0.4"
                           : "0",
                  i + 1);
    nb_append(&script, "plot $data using 1:(f($3)):(f($4)) with filledcurves fillcolor rgb "
                       "'#6e6e6e' fillstyle transparent solid 0.15 noborder, "
                       "'' using 1:(f($2)) with lines linetype 1, "
                       "'' using 1:(f($3)) with lines linetype 2, "
                       "'' using 1:(f($4)) with lines linetype 3\n");
    return script;
}

/*md
The map of films: which ones are on it, where they are after an epoch, and how one picture is turned
to fit another.

> fold: the axes of a map
*/
static film_map map_new(const lesson *my)
{
    film_map map;
    tt_matrix counts;
    memset(&map, 0, sizeof map);
    ml_must(tt_matrix_new(&counts, 1, my->data.n_films), NULL);
    for (size_t f = 0; f < my->data.n_films; f++)
        counts.data[f] = (float)my->features.film_ratings[f];
    map.films = tt_top_k(map.film, MAPPED, counts.data, my->data.n_films, NULL);
    tt_matrix_free(&counts);
    return map;
}

static void map_free(film_map *map)
{
    for (size_t p = 0; p < map->pictures; p++) tt_table_free(&map->place[p]);
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t d = 0; d < n; d++) sum += a[d] * b[d];
    return sum;
}

// The direction in which the rows differ most, at right angles to another: see lesson 11.
static void find_axis(double *axis, tt_table rows, const double *other)
{
    double sum[64], length = 1;
    for (size_t d = 0; d < rows.cols; d++) axis[d] = 1 + (double)d;
    for (int step = 0; step < 100 && length > 0; step++) {
        memset(sum, 0, sizeof sum);
        for (size_t r = 0; r < rows.rows; r++) {
            const double *x = tt_table_at(rows, r, 0);
            double share = dot(axis, x, rows.cols);
            for (size_t d = 0; d < rows.cols; d++) sum[d] += share * x[d];
        }
        double along = other ? dot(sum, other, rows.cols) : 0;
        for (size_t d = 0; d < rows.cols && other; d++) sum[d] -= along * other[d];
        length = sqrt(dot(sum, sum, rows.cols));
        for (size_t d = 0; d < rows.cols; d++) axis[d] = length > 0 ? sum[d] / length : 0;
    }
}

// The vectors of the map's films, less their mean.
static tt_table map_vectors(const film_map *map, lesson *my)
{
    const tt_sequential *tower = &my->model.item;
    size_t width = tower->layers[tower->depth - 1].bias.cols;
    tt_matrix vectors;
    tt_table rows;
    ml_must(tt_matrix_new(&vectors, my->data.n_films, width), NULL);
    ml_must(tt_table_new(&rows, map->films, width), NULL);
    ml_must(tt_embed(vectors, tower, my->inputs.film_inputs, &my->run), &my->run.why);
    for (size_t d = 0; d < width; d++) {
        double mean = 0;
        for (size_t i = 0; i < map->films; i++)
            mean += (double)*tt_matrix_at(vectors, map->film[i], d) / (double)map->films;
        for (size_t i = 0; i < map->films; i++)
            *tt_table_at(rows, i, d) = (double)*tt_matrix_at(vectors, map->film[i], d) - mean;
    }
    tt_matrix_free(&vectors);
    return rows;
}

static void map_add(film_map *map, lesson *my, size_t epoch)
{
    double axis[2][64];
    if (map->pictures == PICTURES) return;
    tt_table rows = map_vectors(map, my), *place = &map->place[map->pictures];
    ml_must(tt_table_new(place, map->films, 2), NULL);
    for (size_t k = 0; k < 2; k++) {
        find_axis(axis[k], rows, k ? axis[0] : NULL);
        for (size_t i = 0; i < map->films; i++)
            *tt_table_at(*place, i, k) = dot(axis[k], tt_table_at(rows, i, 0), rows.cols);
    }
    map->epoch[map->pictures++] = epoch;
    tt_table_free(&rows);
}

/*md
To turn a picture, each place $(x, y)$ becomes $(c x - s y, s x + c y)$ with $c^2 + s^2 = 1$; with
$-y$ for $y$ it is mirrored as well. We choose $c$ and $s$ so that the sum of all products of its
places with those of the last picture is largest.

> fold: turned to fit, and drawn
*/
static void turn_to_fit(tt_table place, tt_table last)
{
    double a[2][2] = {{0, 0}, {0, 0}}; // sums of products
    for (size_t i = 0; i < place.rows; i++)
        for (size_t k = 0; k < 4; k++)
            a[k / 2][k % 2] += *tt_table_at(place, i, k / 2) * *tt_table_at(last, i, k % 2);
    double c[2] = {a[0][0] + a[1][1], a[0][0] - a[1][1]};
    double s[2] = {a[0][1] - a[1][0], a[0][1] + a[1][0]}, length[2];
    for (int way = 0; way < 2; way++) length[way] = sqrt(c[way] * c[way] + s[way] * s[way]);
    int way = length[1] > length[0]; // 1: mirrored
    double mirror = way ? -1 : 1;
    if (length[way] <= 0) return;
    for (size_t i = 0; i < place.rows; i++) {
        double *p = tt_table_at(place, i, 0), x = p[0], y = mirror * p[1];
        p[0] = (c[way] * x - s[way] * y) / length[way];
        p[1] = (s[way] * x + c[way] * y) / length[way];
    }
}

// The places on the map of films that readers know; `films` where there is none.
static void find_followed(size_t found[FOLLOWED], const film_map *map, const ml_data *data)
{
    static const char *const titles[FOLLOWED] = {"Toy Story (1995)", "Pulp Fiction (1994)",
                                                 "Waterworld (1995)"};
    for (size_t k = 0; k < FOLLOWED; k++) {
        found[k] = 0;
        while (found[k] < map->films &&
               strcmp(data->films[map->film[found[k]]].title, titles[k]) != 0)
            found[k]++;
    }
}

// What colour a film has: that of the first of these kinds that it is of.
static size_t kind_of(const ml_film *film)
{
    static const char *const kinds[2][2] = {{"Animation", "Children"}, {"Horror", "Thriller"}};
    for (size_t k = 0; k < 2; k++)
        for (int g = 0; g < ML_GENRES; g++)
            if (film->has_genre[g] &&
                (strcmp(ml_genres[g], kinds[k][0]) == 0 || strcmp(ml_genres[g], kinds[k][1]) == 0))
                return k;
    return 2;
}

// How far from the middle of the map the middle of the films for children lies, beside the mean
// distance of a film.
static double children_aside(const film_map *map, size_t picture, const ml_data *data)
{
    double middle[2] = {0, 0}, children = 0, distance = 0; // the middle of the map is (0, 0)
    for (size_t i = 0; i < map->films; i++) {
        const double *p = tt_table_at(map->place[picture], i, 0);
        distance += sqrt(dot(p, p, 2)) / (double)map->films;
        if (kind_of(&data->films[map->film[i]]) != 0) continue;
        children++;
        for (int k = 0; k < 2; k++) middle[k] += p[k];
    }
    return children > 0 && distance > 0 ? sqrt(dot(middle, middle, 2)) / children / distance : 0;
}

// All dots of a kind are one path: of lines of no length, with round ends.
static void add_dots(char **svg, const film_map *map, size_t picture, const ml_data *data, double x,
                     double y, double scale)
{
    static const char *const colours[] = {DR_GREEN, DR_ORANGE, "rgb(110, 110, 110)"};
    for (size_t kind = 3; kind-- > 0;) {
        nb_append(svg,
                  "<path stroke='%s' stroke-width='4' stroke-linecap='round' opacity='%.1f' d='",
                  colours[kind], kind == 2 ? 0.4 : 0.9);
        for (size_t i = 0; i < map->films; i++) {
            const double *p = tt_table_at(map->place[picture], i, 0);
            if (kind_of(&data->films[map->film[i]]) == kind)
                nb_append(svg, "M%.1f %.1fh0", x + scale * p[0], y - scale * p[1]);
        }
        nb_append(svg, "'/>\n");
    }
}

// The way that a film has come, its dot, and its title.
static void add_followed(char **svg, const film_map *map, size_t picture, size_t i,
                         const ml_data *data, double x, double y, double scale)
{
    nb_append(svg, "<path fill='none' stroke='black' d='");
    for (size_t k = 0; k <= picture; k++) {
        const double *p = tt_table_at(map->place[k], i, 0);
        nb_append(svg, "%c%.1f %.1f", k ? 'L' : 'M', x + scale * p[0], y - scale * p[1]);
    }
    const double *p = tt_table_at(map->place[picture], i, 0);
    const char *title = data->films[map->film[i]].title;
    nb_append(svg, "'/>\n<circle cx='%.1f' cy='%.1f' r='4'/>\n", x + scale * p[0],
              y - scale * p[1]);
    dr_text(svg, x + scale * p[0] + (p[0] > 0 ? -7 : 7), y - scale * p[1] + 4,
            p[0] > 0 ? DR_RIGHT " " DR_HALO : DR_HALO, "%.*s", (int)strcspn(title, "("), title);
}

static const char *map_drawing(film_map *map, const ml_data *data, size_t columns, double width)
{
    const double gap = 14, top = 24;
    double side = (width - gap * (double)(columns - 1)) / (double)columns, largest = 1e-9;
    size_t followed[FOLLOWED], lines = (map->pictures + columns - 1) / columns;
    find_followed(followed, map, data);
    for (size_t p = 0; p < map->pictures; p++) {
        turn_to_fit(map->place[p], map->place[map->pictures - 1]);
        for (size_t i = 0; i < 2 * map->films; i++)
            largest = fmax(largest, fabs(map->place[p].data[i]));
    }
    char *svg = NULL;
    dr_begin(&svg, width, (double)lines * (side + top) + 26);
    for (size_t p = 0; p < map->pictures; p++) {
        double left = (double)(p % columns) * (side + gap);
        size_t line = p / columns;
        double upper = (double)line * (side + top) + top;
        double x = left + side / 2, y = upper + side / 2, scale = (side / 2 - 6) / largest;
        dr_box(&svg, left + 0.5, upper + 0.5, side - 1, side - 1, "stroke='gray'");
        if (map->epoch[p])
            dr_text(&svg, left, upper - 8, "", "after epoch %zu", map->epoch[p]);
        else
            dr_text(&svg, left, upper - 8, "", "before training");
        add_dots(&svg, map, p, data, x, y, scale);
        for (size_t k = 0; k < FOLLOWED; k++)
            if (followed[k] < map->films)
                add_followed(&svg, map, p, followed[k], data, x, y, scale);
    }
    double low = (double)lines * (side + top) + 18;
    dr_text(&svg, 0, low, "fill='" DR_GREEN "'", "Animation, Children");
    dr_text(&svg, 150, low, "fill='" DR_ORANGE "'", "Horror, Thriller");
    dr_text(&svg, 280, low, "fill='rgb(110, 110, 110)'", "others");
    return dr_end(&svg);
}

/*md
Dead units, and the checksum of all weights. A network that is cut off after a layer is a
`tt_sequential` of smaller depth; it borrows the layers. The bytes of a float stand in another order
on some machines, so each float goes into the checksum as four bytes, the lowest first.

> fold: counted, and summed up
*/
static size_t count_dead(const tt_sequential *tower, size_t depth, tt_matrix inputs, tt_run *run)
{
    tt_sequential cut = {depth, tower->layers, false, NULL};
    size_t units = tower->layers[depth - 1].bias.cols, dead = 0;
    tt_matrix active;
    ml_must(tt_matrix_new(&active, inputs.rows, units), NULL);
    ml_must(tt_embed(active, &cut, inputs, run), &run->why);
    for (size_t u = 0; u < units; u++) {
        size_t row = 0;
        while (row < inputs.rows && *tt_matrix_at(active, row, u) <= 0) row++;
        dead += row == inputs.rows;
    }
    tt_matrix_free(&active);
    return dead;
}

static uint32_t checksum(uint32_t crc, tt_matrix numbers)
{
    for (size_t r = 0; r < numbers.rows; r++)
        for (size_t c = 0; c < numbers.cols; c++) {
            uint32_t bits;
            unsigned char bytes[4];
            memcpy(&bits, tt_matrix_at(numbers, r, c), sizeof bits);
            for (int i = 0; i < 4; i++) bytes[i] = (unsigned char)(bits >> 8 * i);
            crc = tt_crc32(crc, bytes, sizeof bytes);
        }
    return crc;
}

static uint32_t checksum_of_model(const tt_two_tower *model)
{
    const tt_sequential *towers[] = {&model->user, &model->item};
    uint32_t crc = 0;
    for (int t = 0; t < 2; t++)
        for (size_t l = 0; l < towers[t]->depth; l++) {
            crc = checksum(crc, towers[t]->layers[l].weights);
            crc = checksum(crc, towers[t]->layers[l].bias);
        }
    return crc;
}

/*md
The experiments with small towers.

> fold: small towers, and how they do with one rate
*/
static tt_two_tower small_towers(const lesson *my, double rate)
{
    tt_two_tower model;
    tt_two_tower_options shape = {
        .hidden = {64, 32}, .embedding = 32, .seed = nb.seed, .adam = {.learning_rate = rate}};
    ml_must(tt_two_tower_new(&model, my->inputs.user_inputs.cols, my->inputs.film_inputs.cols,
                             &shape),
            NULL);
    return model;
}

static tt_ratings part(tt_ratings ratings, size_t first, size_t count)
{
    ratings.order += first;
    ratings.count = count;
    return ratings;
}

// Of the weights in the user tower's last layer.
static double length_of_last(const tt_two_tower *model)
{
    tt_matrix w = model->user.layers[model->user.depth - 1].weights;
    double sum = 0;
    for (size_t i = 0; i < w.rows * w.cols; i++) {
        double weight = *tt_matrix_at(w, i / w.cols, i % w.cols);
        sum += weight * weight;
    }
    return sqrt(sum);
}

// The share of the test ratings for which a model predicts less or more stars than there are.
static double share_outside(lesson *my, const tt_two_tower *model)
{
    size_t n = my->inputs.test.count, outside = 0;
    float *predictions = ml_new(n, sizeof *predictions);
    ml_must(tt_predict(predictions, model, &my->inputs.test, &my->run), &my->run.why);
    for (size_t i = 0; i < n; i++) outside += predictions[i] < -1 || predictions[i] > 1;
    free(predictions);
    return (double)outside / (double)n;
}

static trial try_rate(lesson *my, double rate, bool normalize, size_t epochs)
{
    size_t n = my->inputs.train.count, tenth = n < 10 ? 1 : n / 10;
    tt_ratings learned = part(my->inputs.train, 0, n - tenth);
    tt_ratings validation = part(my->inputs.train, n - tenth, tenth);
    tt_two_tower model = small_towers(my, rate);
    model.user.normalize = model.item.normalize = normalize;
    trial t = {.rate = rate, .before = length_of_last(&model)};

    tt_history history;
    tt_fit_options fit = {.epochs = epochs, .history = &history};
    ml_must(tt_fit(&model, &learned, &fit, &my->run), &my->run.why);
    t.diverged = history.outcome == TT_DIVERGED;
    tt_history_free(&history);

    double loss[2];
    ml_must(tt_evaluate(&loss[0], &model, &validation, &my->run), &my->run.why);
    ml_must(tt_evaluate(&loss[1], &model, &my->inputs.test, &my->run), &my->run.why);
    t.validation = in_stars(my, sqrt(loss[0]));
    t.test = in_stars(my, sqrt(loss[1]));
    t.after = length_of_last(&model);
    t.outside = share_outside(my, &model);
    tt_matrix last = model.user.layers[model.user.depth - 1].weights;
    t.relative = rate * sqrt((double)(last.rows * last.cols)) / t.after;
    tt_two_tower_free(&model);
    return t;
}

/*md
And the angle between the weights of a layer and their gradient, which the tape computes for a
batch.

> fold: the cosine of that angle
*/
static tt_var record_loss(tt_tape *tape, const tt_two_tower *model, const tt_ratings *r,
                          tt_matrix users, tt_matrix items, tt_matrix targets)
{
    for (size_t b = 0; b < r->count; b++) {
        uint32_t e = r->order[b];
        memcpy(tt_matrix_at(users, b, 0), tt_matrix_at(r->users, r->user[e], 0),
               users.cols * sizeof(float));
        memcpy(tt_matrix_at(items, b, 0), tt_matrix_at(r->items, r->item[e], 0),
               items.cols * sizeof(float));
        targets.data[b] = r->target[e];
    }
    tt_var u = tt_tape_sequential(tape, tt_tape_constant(tape, users), &model->user);
    tt_var v = tt_tape_sequential(tape, tt_tape_constant(tape, items), &model->item);
    return tt_tape_mse(tape, tt_tape_row_dot(tape, u, v), tt_tape_constant(tape, targets));
}

static double along_gradient(const tt_two_tower *model, const tt_ratings *ratings)
{
    tt_tape tape = {0};
    tt_matrix users, items, targets;
    ml_must(tt_matrix_new(&users, ratings->count, ratings->users.cols), NULL);
    ml_must(tt_matrix_new(&items, ratings->count, ratings->items.cols), NULL);
    ml_must(tt_matrix_new(&targets, ratings->count, 1), NULL);
    tt_var loss = record_loss(&tape, model, ratings, users, items, targets);
    ml_must(tt_tape_backward(&tape, loss), NULL);

    const tt_dense *last = &model->item.layers[model->item.depth - 1];
    const tt_matrix parameters[] = {last->weights, last->bias};
    double product = 0, weights = 0, gradients = 0;
    for (int p = 0; p < 2; p++) {
        tt_matrix gradient = tt_tape_gradient(&tape, tt_tape_parameter(&tape, parameters[p]));
        for (size_t i = 0; i < gradient.rows * gradient.cols; i++) {
            double w = *tt_matrix_at(parameters[p], i / gradient.cols, i % gradient.cols);
            double g = *tt_matrix_at(gradient, i / gradient.cols, i % gradient.cols);
            product += w * g;
            weights += w * w;
            gradients += g * g;
        }
    }
    tt_tape_free(&tape);
    tt_matrix_free(&users);
    tt_matrix_free(&items);
    tt_matrix_free(&targets);
    return weights > 0 && gradients > 0 ? product / sqrt(weights * gradients) : 0;
}

static double worst_of(const trial *trials, size_t n)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++) worst = fmax(worst, trials[i].validation);
    return worst;
}

static double ratio_of(const trial *trials, size_t n)
{
    double least = HUGE_VAL, most = 0;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, trials[i].relative);
        most = fmax(most, trials[i].relative);
    }
    return most / least;
}
