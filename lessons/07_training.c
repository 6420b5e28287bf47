/*md
# Thirty epochs

**The question.** What happens in thirty passes over the training rows?

The two towers of lesson 5 start with random weights, so their predictions are worth nothing yet.
This lesson trains them in {{epochs}} passes: it changes the weights, a little at a time, until the
predictions come near the stars that people gave.

You will see the training loss fall from epoch to epoch, a loss measured twice that gives two
different numbers, some units of the network that die on the way, and a model on disk that predicts
the same after loading, to the last bit.

The lesson uses §12 (training), §8 (Adam), §11 (the model) and §16 (saving) of `twotower.h`. It
reproduces cells 11 and 14 of the notebook, the ones that compile the model and fit it.

## Watching a long computation

Training takes minutes, and somebody who waits wants to know how far it has got. `tt_fit` calls two
functions of ours, one after each batch and one after each epoch. The library itself never prints:
what to show, and where, is the caller's business.

On a terminal we draw a bar with the time left and the running loss, at most ten times a second. In
a file, a bar would leave thousands of lines behind. So if the messages go into a file, we write one
plain line for each epoch.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

typedef struct watcher {
    lesson *my;
    double *after;             // loss on the training rows, measured after each epoch
    double epoch_began, drawn; // seconds
} watcher;

static void show_batch(const tt_progress *progress, void *context)
{
    watcher *w = (watcher *)context;
    double now = nb_seconds();
    if (now - w->drawn < 0.1) return;
    double share = (double)progress->batch / (double)progress->batches;
    char line[80];
    snprintf(line, sizeof line, "epoch %zu/%zu, batch %zu/%zu, %.0f s left, loss %.4f",
             progress->epoch, progress->epochs, progress->batch, progress->batches,
             (now - w->epoch_began) * (1 - share) / share, progress->loss);
    nb_status(line);
    w->drawn = now;
}

/*md
After an epoch the second function also measures the loss on the training rows, with the weights at
rest. We shall need that number below.
*/
static bool show_epoch(const tt_progress *progress, void *context)
{
    watcher *w = (watcher *)context;
    lesson *my = w->my;
    nb_log("epoch %zu/%zu: loss %.4f", progress->epoch, progress->epochs, progress->loss);
    ml_must(tt_evaluate(&w->after[progress->epoch - 1], &my->model, &my->inputs.train, &my->run),
            &my->run.why);
    w->epoch_began = nb_seconds();
    return true; // go on
}

/*md
Two more helpers. The first counts the units of a hidden layer that are zero for every row it is
given. A network that is cut off after that layer is a `tt_sequential` of smaller depth; it borrows
the layers.
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

/*md
The second makes a checksum of all weights. The bytes of a float stand in another order on some
machines, so each float goes in as four bytes, the lowest first.
*/
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

static uint32_t checksum_of_tower(uint32_t crc, const tt_sequential *tower)
{
    for (size_t l = 0; l < tower->depth; l++) {
        crc = checksum(crc, tower->layers[l].weights);
        crc = checksum(crc, tower->layers[l].bias);
    }
    return crc;
}

/*md
## The rows

Loading, features, scaling and the split are those of lessons 1 to 4, here in one call.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_INPUTS, "trains the two towers and saves the model");

    const size_t batch_size = 32;
    size_t batches = (my.inputs.train.count + batch_size - 1) / batch_size;
    size_t last = my.inputs.train.count - (batches - 1) * batch_size;
    nb_value("epochs", "%d", nb.epochs);
    nb_value("train", "%s", nb_thousands((long long)my.inputs.train.count));
    nb_value("batches", "%s", nb_thousands((long long)batches));
    nb_value("last", "%zu", last);
    nb_value("steps", "%s", nb_thousands((long long)batches * nb.epochs));
    nb_text("%s training rows: %s batches of %zu, the last of %zu\n",
            nb_thousands((long long)my.inputs.train.count), nb_thousands((long long)batches),
            batch_size, last);

/*md
## The model, and what travels with it

A model by itself is of little use: whoever loads it must also know which features it expects, in
which order, and how they were scaled. So the scalers and the names of the features become part of
the model and of its file. The scalers were fitted on all 19 columns; the towers see only some of
them, and `tt_standard_cols` cuts out the part that belongs to those.
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
    size_t dead_at_start[2][2];
    for (size_t layer = 1; layer <= 2; layer++) {
        dead_at_start[0][layer - 1] =
            count_dead(&my.model.user, layer, my.inputs.user_inputs, &my.run);
        dead_at_start[1][layer - 1] =
            count_dead(&my.model.item, layer, my.inputs.film_inputs, &my.run);
    }
    double untrained;
    ml_must(tt_evaluate(&untrained, &my.model, &my.inputs.train, &my.run), &my.run.why);
    nb_value("untrained", "%.4f", untrained);
    nb_text("loss on the training rows before training: %.4f\n", untrained);

/*md
## A step

Let $w$ be all weights and biases, and $p_i(w)$ the prediction for row $i$, whose rating is $y_i$ on
the scale from −1 to 1. We want the mean squared error over the training rows to be small. Its
gradient says in which direction to go; but computing it takes a pass over all {{train}} rows, and
the result is good for only one small step.

*Stochastic gradient descent* takes a batch $B$ of 32 rows instead:

$$L_B(w) = \frac{1}{|B|} \sum_{i \in B} (p_i(w) - y_i)^2, \qquad g = \nabla L_B(w)$$

The gradient of a batch points in the right direction only on average. Yet {{batches}} rough steps
bring us further than one exact step at the same price. When every row has had its turn, an *epoch*
is over. The rows are then put into a new random order and cut into batches again. The last batch
holds {{last}} rows.

## Adam

How far to go along $g$? Weights behind a rare genre get small gradients, others large ones; one
rate for all is too small for the first or too large for the others. Adam (Kingma and Ba, 2015)
gives each weight a rate of its own. It remembers two numbers for each weight, a running mean $m$ of
its gradients and a running mean $v$ of their squares:

$$m \leftarrow m + (1 - \beta_1)(g - m), \qquad v \leftarrow v + (1 - \beta_2)(g^2 - v)$$

$$w \leftarrow w - \eta \, \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \,
\frac{m}{\sqrt{v} + \epsilon}$$

where $t$ counts the steps. If the gradients of a weight agree from batch to batch, then $m$ is
about as large as $\sqrt{v}$ and the weight moves by about $\eta$. If they contradict each other,
$m$ is near 0 and the weight stays where it is. Both means start at 0 and are therefore too small at
first; the factor with the powers of $\beta_1$ and $\beta_2$ makes up for that.

The notebook sets $\eta = 0.01$, ten times Keras' default, and leaves $\beta_1 = 0.9$,
$\beta_2 = 0.999$ and $\epsilon = 10^{-7}$ as they are. So do we.

## Training

Now the model takes {{steps}} steps. The history keeps the loss of each epoch.
*/
    watcher watch = {&my, NULL, 0, 0};
    watch.after = ml_new((size_t)nb.epochs, sizeof *watch.after);
    watch.epoch_began = nb_seconds();

    tt_history history;
    tt_fit_options fit = {.epochs = (size_t)nb.epochs,
                          .batch_size = batch_size,
                          .on_batch = show_batch,
                          .on_epoch = show_epoch,
                          .context = &watch,
                          .history = &history};
    ml_must(tt_fit(&my.model, &my.inputs.train, &fit, &my.run), &my.run.why);
    ml_must(history.outcome == TT_DIVERGED ? TT_ERROR_NOT_FINITE : TT_OK, &my.run.why);
    nb_check(history.outcome == TT_FINISHED && history.epochs == (size_t)nb.epochs,
             "all %d epochs were trained, and every loss is a finite number", nb.epochs);

/*md
In {{table:07_training}} the column *loss* is what the notebook prints. The column beside it is
the loss measured after the epoch, which is not part of the notebook's log.
*/
    nb_table("07_training", "Training loss by epoch, mean squared error on the scale from -1 to 1",
             "epoch", "loss", "+after the epoch");
    for (size_t e = 0; e < history.epochs; e++) {
        nb_row("%zu\t%.4f\t%.4f", e + 1, history.loss[e], watch.after[e]);
    }
    nb_table_end();

    size_t end = history.epochs - 1;
    double second = history.loss[end > 0];
    nb_value("first", "%.4f", history.loss[0]);
    nb_value("final", "%.4f", history.loss[end]);
    if (end > 1)
        nb_value("pace", "The second takes off %.4f, each one after it %.4f on average.",
                 history.loss[0] - second, (second - history.loss[end]) / (double)(end - 1));
    else
        nb_value("pace", "%s", end ? "Then came one more." : "There was only this one.");
    nb_key_figure("loss %.4f after %zu epochs", history.loss[end], history.epochs);

/*md
Most of the fall in {{figure:07_loss}} happens in the first epoch: with random weights the loss was
{{untrained}}, and during the first epoch it is {{first}} on average. {{pace}} The log ends with a
loss of {{final}}.
*/
    nb_plot("07_loss", "Training loss by epoch: the running mean, and the loss measured afterwards",
            "Two curves over the epochs that fall fast, then slowly. The running mean is smooth; "
            "the loss measured after each epoch is less so.");
    for (size_t e = 0; e < history.epochs; e++)
        nb_plot_data("%zu %.6f %.6f\n", e + 1, history.loss[e], watch.after[e]);
    nb_plot_end("set xlabel 'epoch'\n"
                "set ylabel 'mean squared error, scale −1 to 1'\n"
                "set xrange [0.5:*]\n"
                "set format y '%.3f'\n"
                "plot $data using 1:2 with linespoints title 'running mean (the log)', \\\n"
                "     '' using 1:3 with linespoints title 'measured after the epoch'\n");

/*md
## The log is not a measurement

The loss in the log is a mean over the batches of an epoch, and each batch is measured with the
weights of its moment. At the end of the epoch most of those weights are gone. To know how good the
model is now, we must keep it still while all rows pass through it. `tt_evaluate` does this.
*/
    double measured = watch.after[end], difference = measured - history.loss[end];
    nb_value("measured", "%.4f", measured);
    nb_value("difference", "%.4f", fabs(difference));
    nb_value("direction", "%s", difference < 0 ? "lower" : "higher");
    size_t rises = 0;
    for (size_t e = 1; e < history.epochs; e++) rises += watch.after[e] > watch.after[e - 1];
    nb_value("rises", "%zu", rises);
    nb_value("changes", "%zu", end);
    nb_text("last epoch, running mean:            %.4f\n", history.loss[end]);
    nb_text("last epoch, measured after it:       %.4f\n", measured);
    nb_text("difference:                         %+.4f\n", difference);

/*md
> margin: The notebook sets the loss of its log beside the 0.1199 that `evaluate` gives for the test
> rows. This does not compare like with like: the rows are different, and so is the way of
> measuring. In this run the way of measuring alone accounts for {{difference}}.

Measured on the same rows, the loss of the model at rest is {{difference}} {{direction}} than the
last line of the log. The log is a mean over a whole epoch of moments. The early moments had older,
worse weights, and each batch is measured just before the step that learns from it: both make the
log too high. The measurement, on the other hand, is of a single moment. A rate of 0.01 throws the
weights about at every step, and it is a matter of luck how good they are when training stops. So
the measured loss rises now and then, here at {{rises}} of the {{changes}} changes from one epoch to
the next. The log smooths this away.

## Units that have died

A ReLU passes on what is above 0. If a large step moves the weights of a unit so far that its input
is below 0 for every row, then the unit gives 0 for every row. Its gradient is 0 as well, so its own
weights move no more; only a change in the layer below could bring it back, which is rare. The unit
is *dead*. We count the units that give 0 for every user, or for every film, of the data.
*/
    const char *names[] = {"user", "film"};
    const tt_sequential *towers[] = {&my.model.user, &my.model.item};
    tt_matrix rows[] = {my.inputs.user_inputs, my.inputs.film_inputs};
    size_t dead[2][2], all[2][2];
    nb_table("07_dead_units", "Hidden units that give 0 for every row, before and after training",
             "tower", "layer", "units", "dead before", "dead after", "share after");
    for (size_t t = 0; t < 2; t++)
        for (size_t l = 0; l < 2; l++) {
            all[t][l] = towers[t]->layers[l].bias.cols;
            dead[t][l] = count_dead(towers[t], l + 1, rows[t], &my.run);
            nb_row("%s\t%zu\t%zu\t%zu\t%zu\t%.0f %%", names[t], l + 1, all[t][l],
                   dead_at_start[t][l], dead[t][l], 100.0 * (double)dead[t][l] / (double)all[t][l]);
        }
    nb_table_end();
    nb_value("units", "%zu", all[0][1]);
    nb_value("alive_user", "%zu", all[0][1] - dead[0][1]);
    nb_value("alive_film", "%zu", all[1][1] - dead[1][1]);

/*md
Of the {{units}} units in the second layer, {{alive_user}} still work in the user tower and
{{alive_film}} in the film tower. The rest cost time and memory and do nothing. The learning rate is
one reason, though not the only one. At first Adam moves every weight by about 0.01 at each step,
and the weights of the second layer start within ±0.09. So ten steps in the same direction carry a
weight from one end of the range to the middle. Exercise 1 tries other rates. The model learns all
the same, but it is smaller than its widths of 512 and 256 say.

## Saved, loaded, the same

`tt_save` writes one file with everything that belongs to the model: weights, Adam's moments, the
state of the random numbers, scalers, names, seed. The lessons that follow load it. To see that
nothing is lost on the way, we let both models predict every test rating and compare the bits. With
`==`, −0 and 0 would count as equal; `memcmp` tells even these two apart.
*/
    char path[4096];
    snprintf(path, sizeof path, "%s/model.safetensors", nb.out);
    tt_two_tower loaded;
    ml_must(tt_save(&my.model, path, &my.run), &my.run.why);
    ml_must(tt_load(&loaded, path, &my.run), &my.run.why);

    size_t n = my.inputs.test.count;
    float *before = ml_new(2 * n, sizeof *before);
    ml_must(tt_predict(before, &my.model, &my.inputs.test, &my.run), &my.run.why);
    ml_must(tt_predict(before + n, &loaded, &my.inputs.test, &my.run), &my.run.why);
    nb_value("test", "%s", nb_thousands((long long)n));
    nb_check(memcmp(before, before + n, n * sizeof *before) == 0,
             "all %s test ratings are predicted the same after saving and loading, to the bit",
             nb_thousands((long long)n));

/*md
## The checksum of your training

One number stands for all the weights. Compare it with your neighbour's: with the same data, seed,
number of epochs and version of `twotower.h` it is the same, on any machine, with any compiler, any
optimisation level and any number of threads. If one bit of one weight were different, the checksum
would almost surely be different too.
*/
    uint32_t crc = checksum_of_tower(checksum_of_tower(0, &my.model.user), &my.model.item);
    uint32_t crc_loaded = checksum_of_tower(checksum_of_tower(0, &loaded.user), &loaded.item);
    nb_text("seed %lu, %d epochs: %08lx\n", (unsigned long)nb.seed, nb.epochs, (unsigned long)crc);
    nb_check(crc == crc_loaded, "the loaded weights have the same checksum");

/*md
## Another seed

What would change with another seed? We train two models for one epoch. They differ only in the
seed, and so in their first weights and in the order of the rows. Then we let both predict the test
ratings.
*/
    double unit = (ml_stars(&my.inputs, 1) - ml_stars(&my.inputs, -1)) / 2, apart = 0;
    size_t quarter = 0;
    nb_table("07_seeds", "Two seeds, one epoch each", "seed", "test loss", "checksum");
    for (uint32_t s = 0; s < 2; s++) {
        tt_two_tower other;
        double loss;
        options.seed = nb.seed + s;
        ml_must(tt_two_tower_new(&other, my.inputs.user_inputs.cols, my.inputs.film_inputs.cols,
                                 &options),
                NULL);
        tt_fit_options once = {.epochs = 1, .batch_size = batch_size};
        ml_must(tt_fit(&other, &my.inputs.train, &once, &my.run), &my.run.why);
        ml_must(tt_evaluate(&loss, &other, &my.inputs.test, &my.run), &my.run.why);
        ml_must(tt_predict(before + s * n, &other, &my.inputs.test, &my.run), &my.run.why);
        crc = checksum_of_tower(checksum_of_tower(0, &other.user), &other.item);
        nb_row("%lu\t%.4f\t%08lx", (unsigned long)options.seed, loss, (unsigned long)crc);
        tt_two_tower_free(&other);
    }
    nb_table_end();
    for (size_t i = 0; i < n; i++) {
        double stars = unit * fabs((double)before[i] - (double)before[n + i]);
        apart += stars / (double)n;
        quarter += stars > 0.25;
    }
    nb_value("apart", "%.2f", apart);
    nb_value("quarter", "%.0f", 100 * (double)quarter / (double)n);

/*md
> margin: The notebook calls `tf.random.set_seed(1)` before it makes its layers and hopes for the
> same result each time. In Keras 3 that call does not reach the initialisers, which have random
> generators of their own, so two runs of the notebook differ as these two models do: by {{apart}}
> stars per prediction. Here the seed decides the weights and the order of the rows, and the same
> seed gives the same bits on every machine and with any number of threads.

As {{table:07_seeds}} shows, the losses are alike and the models are not. Their predictions for the
same rating are {{apart}} stars apart on average, and {{quarter}} % of them are more than a quarter
of a star apart. Smaller differences than that decide the lists of the ten best films.
*/
    free(before);
    free(watch.after);
    tt_history_free(&history);
    tt_two_tower_free(&loaded);
    return lesson_close(&my);
}

/*md
## What it means

A loss of {{measured}} says little by itself. It is measured on rows that the model has been trained
on, it has no unit that one could picture, and there is nothing to compare it with. The notebook
ends its training with a test loss of 0.1199, from other random weights and with its own edition of
the data. Lesson 8 computes ours, turns it into stars, and sets it beside predictions that need no
network at all.

## Exercises

1. Train with the rates 0.001 and 0.03 (`.learning_rate`). How do the curves change, and how many
   units die? Which of the three would you choose, and on what evidence?
2. Set `.validation_split = 0.1` in the call of `tt_fit`, and show `history.validation_loss` as a
   third curve. After which epoch does it stop falling? Then add `.patience = 5`.
3. Train for 10 epochs, save, load, and train for 20 more. Is the checksum the same as after 30
   epochs at once? What must the file contain to make it so?
4. Replace `batch_size = 32` by 512. An epoch is quicker now. Is a given loss reached sooner?
*/
