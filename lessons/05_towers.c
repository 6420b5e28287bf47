/*md
# Two towers

**The question.** How do two networks and one dot product predict a rating?

**What you will see.** The model, drawn from itself; its layers and the number of their weights,
counted once by the library and once by hand; the random numbers that it starts from; and what it
predicts before it has learned anything.

**What it uses.** Sections §5 (dense layers) and §11 (two towers). It reproduces cells 10, 12 and
13 of the notebook.

The lesson draws a figure. SVG is text, and `nb_append` makes a text longer; one function draws a
box with two lines of words in it, another draws an arrow.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

/* A box around (x, y), and an arrow from its upper edge to the next box, 64 higher. */
static void add_box(char **svg, int x, int y, const char *upper, const char *lower)
{
    nb_append(svg,
              "<rect x='%d' y='%d' width='200' height='44' rx='5' fill='none' "
              "stroke='black'/>\n",
              x - 100, y - 22);
    nb_append(svg, "<g text-anchor='middle' fill='black'><text x='%d' y='%d'>%s</text>\n", x, y - 3,
              upper);
    nb_append(svg, "<text x='%d' y='%d' font-size='12'>%s</text></g>\n", x, y + 14, lower);
}

static void add_arrow(char **svg, int x1, int y1, int x2, int y2)
{
    nb_append(svg,
              "<path d='M %d %d L %d %d' stroke='black' fill='none' "
              "marker-end='url(#tip)'/>\n",
              x1, y1, x2, y2);
}
/*md
A tower is drawn from the bottom to the top: input, layers, and the division by the length.
*/
static void add_tower(char **svg, const tt_sequential *tower, const char *name, int x, int y)
{
    char upper[80], lower[80];
    sprintf(upper, "%.20s features", name);
    sprintf(lower, "%zu numbers", tower->layers[0].weights.rows);
    add_box(svg, x, y, upper, lower);
    for (size_t l = 0; l < tower->depth; l++) {
        const tt_dense *layer = &tower->layers[l];
        size_t inputs = layer->weights.rows, outputs = layer->weights.cols;
        add_arrow(svg, x, y - 22, x, y - 41);
        y -= 64;
        sprintf(upper, "dense, %zu units%s", outputs, layer->activation == TT_RELU ? ", ReLU" : "");
        sprintf(lower, "%zu x %zu + %zu parameters", inputs, outputs, outputs);
        add_box(svg, x, y, upper, lower);
    }
    add_arrow(svg, x, y - 22, x, y - 41);
    add_box(svg, x, y - 64, "divide by length", "no parameters");
}
/*md
The next functions say the same in words, with one line for each layer.
*/
static const char rule[] = "------------------------------------------------------------------\n";

static void begin_summary(char **text)
{
    nb_append(text, "%-32s %-20s %12s\n%s", "Layer", "Output shape", "Parameters", rule);
}

static void add_line(char **text, const char *layer, size_t outputs, size_t parameters)
{
    char shape[40];
    snprintf(shape, sizeof shape, "(None, %zu)", outputs);
    nb_append(text, "%-32s %-20s %12s\n", layer, shape, nb_thousands((long long)parameters));
}

static void add_layers(char **text, const tt_sequential *tower, const char *name)
{
    char line[80];
    snprintf(line, sizeof line, "%s input", name);
    add_line(text, line, tower->layers[0].weights.rows, 0);
    size_t inputs = tower->layers[0].weights.rows;
    for (size_t l = 0; l < tower->depth; l++) {
        size_t outputs = tower->layers[l].weights.cols;
        snprintf(line, sizeof line, "%s dense %zu%s", name, l + 1,
                 tower->layers[l].activation == TT_RELU ? " (relu)" : "");
        add_line(text, line, outputs, (inputs + 1) * outputs);
        inputs = outputs;
    }
    snprintf(line, sizeof line, "%s L2 normalisation", name);
    add_line(text, line, inputs, 0);
}

static void end_summary(char **text, size_t parameters)
{
    size_t tenths = (parameters * sizeof(float) * 10 + 512) / 1024;
    nb_append(text, "%sTotal parameters: %s (%zu.%zu KB)\n", rule,
              nb_thousands((long long)parameters), tenths / 10, tenths % 10);
}
/*md
## Making the model

The inputs are those of lesson 4: 16 numbers of a user and 18 of a film. The ids are left out, and
so are the count and the average of a user. `tt_two_tower_new` makes both towers with the notebook's
widths, which are its defaults: 512, 256, 32.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_INPUTS, "the model and its start");

    tt_two_tower_options options = {.seed = nb.seed, .adam = {.learning_rate = 0.01}};
    size_t user_inputs = my.inputs.user_inputs.cols, film_inputs = my.inputs.film_inputs.cols;
    ml_must(tt_two_tower_new(&my.model, user_inputs, film_inputs, &options), NULL);
    const tt_sequential *user = &my.model.user, *film = &my.model.item;
/*md
One layer computes

$$Y = \operatorname{ReLU}(X W + b) \qquad \operatorname{ReLU}(x) = \max(x, 0)$$

for a matrix $X$ with a row for each example. Without the ReLU between them, three layers would be
no more than one: a product of matrices is a matrix. The last layer has no ReLU: with one, no output
would be negative, and no angle between two vectors could be larger than a right angle. At the end
each row is divided by its length:

$$u = \frac{x_u}{\sqrt{\sum_d x_{u,d}^2}} \qquad v = \frac{x_v}{\sqrt{\sum_d x_{v,d}^2}} \qquad
\hat{y} = u \cdot v$$

{{figure:05_model}} is drawn from the model in memory, layer by layer.
*/
    size_t depth = user->depth > film->depth ? user->depth : film->depth;
    int top = 40, bottom = top + 64 * ((int)depth + 2);
    char *svg = NULL;
    nb_append(&svg, "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 520 %d'>\n", bottom + 40);
    nb_append(&svg, "<defs><marker id='tip' viewBox='0 0 8 8' refX='8' refY='4' markerWidth='8' "
                    "markerHeight='8' orient='auto'><path d='M 0 0 L 8 4 L 0 8 z' fill='black'/>"
                    "</marker></defs>\n<g font-family='sans-serif' font-size='14'>\n");
    add_tower(&svg, user, "user", 130, bottom);
    add_tower(&svg, film, "film", 390, bottom);
    int ends[2] = {bottom - 64 * ((int)user->depth + 1) - 22,
                   bottom - 64 * ((int)film->depth + 1) - 22};
    add_arrow(&svg, 150, ends[0], 220, top + 23);
    add_arrow(&svg, 370, ends[1], 300, top + 23);
    add_box(&svg, 260, top, "dot product", "the rating, from -1 to 1");
    nb_append(&svg, "</g>\n</svg>\n");
    nb_figure("05_model", "The two towers, drawn from the model itself",
              "Two columns of boxes, the user tower and the film tower, each with its inputs at "
              "the bottom, three dense layers, and a division by length; both lead to one dot "
              "product",
              svg);
    free(svg);
/*md
The towers meet only at the end. A film's vector $v$ depends on no user. So all films can be sent
through their tower once, and a recommendation then costs one dot product per film. This is what the
two towers are for. A network that saw user and film together from the start could know more (a
user's taste may depend on the combination), but it would have to run once for each pair.

## Summaries

Here is the same model in words. Keras prints such a table for `model.summary()`.
*/
    char *text = NULL;
    size_t of_user = tt_sequential_parameters(user), of_film = tt_sequential_parameters(film);
    begin_summary(&text);
    add_layers(&text, user, "user");
    add_layers(&text, film, "item");
    add_line(&text, "dot product", 1, 0);
    end_summary(&text, of_user + of_film);
    nb_text("%s", text);
    free(text);
/*md
Lesson 11 uses the film tower alone:
*/
    text = NULL;
    begin_summary(&text);
    add_layers(&text, film, "film");
    end_summary(&text, of_film);
    nb_text("%s", text);
    free(text);
/*md
How many parameters should there be? A layer with $I$ inputs and $O$ outputs has a weight for each
pair and a bias for each output, $I O + O$ in all. The widths are those of the notebook, and here we
do the sums by hand.
*/
    const size_t user_parameters = (16 * 512 + 512) + (512 * 256 + 256) + (256 * 32 + 32);
    const size_t film_parameters = (18 * 512 + 512) + (512 * 256 + 256) + (256 * 32 + 32);
    size_t all = tt_sequential_parameters(user) + tt_sequential_parameters(film);
    nb_value("parameters", "%s", nb_thousands((long long)all));
    nb_key_figure("%s parameters in two towers", nb_thousands((long long)all));

    const tt_sequential *towers[2] = {user, film};
    nb_table("05_layers", "The layers of both towers", "tower", "layer", "inputs", "outputs",
             "weights", "biases", "parameters");
    for (int t = 0; t < 2; t++)
        for (size_t l = 0; l < towers[t]->depth; l++) {
            size_t in = towers[t]->layers[l].weights.rows, out = towers[t]->layers[l].weights.cols;
            const size_t numbers[] = {l + 1, in, out, in * out, out, in * out + out};
            nb_cell(t ? "film" : "user");
            for (int i = 0; i < 6; i++) nb_cell("%zu", numbers[i]);
        }
    nb_table_end();
    nb_check(tt_sequential_parameters(user) == user_parameters, "user tower: %zu by hand",
             user_parameters);
    nb_check(tt_sequential_parameters(film) == film_parameters, "film tower: %zu by hand",
             film_parameters);
/*md
There are {{parameters}} parameters, and {{train}} training rows to learn them from. Most
parameters are in the middle layers, and only the first layers of the towers differ.

## Shapes

What goes into the model and what comes out of it, for a batch of 32? The matrices of a model have a
row for each example.
*/
    nb_value("train", "%s", nb_thousands((long long)my.inputs.train.count));
    size_t batch = my.inputs.train.count < 32 ? my.inputs.train.count : 32, width = 32;
    nb_table("05_shapes", "Shapes of a batch on its way", "what", "shape");
    const struct {
        const char *what;
        size_t cols;
    } shapes[] = {{"user features", user_inputs},
                  {"film features", film_inputs},
                  {"user vectors", width},
                  {"film vectors", width},
                  {"predictions", 1},
                  {"targets", 1}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        nb_row("%s\t(%zu, %zu)", shapes[i].what, batch, shapes[i].cols);
    }
    nb_table_end();
/*md
## The start

Weights cannot start at zero: all units of a layer would compute the same, get the same gradient,
and remain the same for ever. They start at random. How large? If the weights are too small, signals
fade from layer to layer; if the weights are too large, signals grow. Glorot and Bengio (2010) draw
uniformly between $-\ell$ and $\ell$ with

$$\ell = \sqrt{\frac{6}{I + O}}$$

which keeps the size of signals about equal, forwards and backwards. Biases start at zero. The
histogram in {{figure:05_glorot}} shows the first layer of the user tower. It should be flat, and
end at the limit.
*/
    tt_matrix first = user->layers[0].weights;
    double limit = sqrt(6.0 / (double)(first.rows + first.cols)), largest = 0;
    double bars[24] = {0};
    for (size_t i = 0; i < first.rows * first.cols; i++) {
        double weight = first.data[i];
        largest = fmax(largest, fabs(weight));
        bars[(int)((weight / limit + 1.2) * 10)] += 1;
    }
    nb_value("limit", "%.4f", limit);
    nb_value("largest", "%.4f", largest);
    nb_plot("05_glorot", "Weights of the user tower's first layer, before training",
            "A histogram: bars of about equal height between the two limits, none outside");
    for (int i = 0; i < 24; i++)
        nb_plot_data("%.6f %.0f\n", ((i + 0.5) / 10 - 1.2) * limit, bars[i]);
    char script[256];
    snprintf(script, sizeof script,
             "set style fill solid 0.75\nset yrange [0:*]\nset xlabel 'weight'\n"
             "set ylabel 'number of weights'\nset boxwidth %.6f\n"
             "plot $data using 1:2 with boxes notitle",
             limit / 12);
    nb_plot_end(script);
    nb_check(largest <= limit, "no weight is larger than the limit %.4f", limit);
/*md
The limit is {{limit}}, and the largest weight is {{largest}}.

## Vectors of length one

We send every film through its tower. Each vector must have length one, apart from rounding. If the
last layer made a row of zeros, division by the length would leave the zeros as they are. The check
lets such a row through; it does not occur in practice.
*/
    tt_matrix vectors;
    ml_must(tt_matrix_new(&vectors, my.data.n_films, width), NULL);
    ml_must(tt_embed(vectors, film, my.inputs.film_inputs, &my.run), &my.run.why);
    double off = 0;
    for (size_t f = 0; f < my.data.n_films; f++) {
        double square = 0;
        for (size_t d = 0; d < width; d++) {
            double coordinate = *tt_matrix_at(vectors, f, d);
            square += coordinate * coordinate;
        }
        if (square > 0) off = fmax(off, fabs(sqrt(square) - 1));
    }
    nb_text("%zu film vectors of %zu numbers\n", my.data.n_films, width);
    nb_check(off < 1e-6, "every vector has length one, to six decimals");
/*md
For two vectors of length one the dot product is the cosine of the angle between them. It is 1 if
they point the same way, 0 if they are at right angles, and -1 if they are opposed; it never lies
outside [-1, 1]. Lesson 3 scaled the stars to just this range. The model cannot predict six stars,
whatever its weights are.

> margin: The range has a price. To predict exactly five stars the two vectors must be the same,
> and to predict half a star they must be opposed. Two users who give one film five stars would
> need the same vector, whatever else they like. In practice predictions keep away from the ends.

## Before learning

What does the model predict now for the test rows? Its predictions have nothing to do with them. But
it does predict something, and the loss of these predictions is where training starts.
*/
    float *predictions = ml_new(my.inputs.test.count, sizeof *predictions);
    ml_must(tt_predict(predictions, &my.model, &my.inputs.test, &my.run), &my.run.why);
    double before, of_predictions[20] = {0}, of_targets[20] = {0}, mean = 0;
    ml_must(tt_evaluate(&before, &my.model, &my.inputs.test, &my.run), &my.run.why);
    for (size_t i = 0; i < my.inputs.test.count; i++) {
        double share = 100 / (double)my.inputs.test.count;
        double y = my.inputs.target[my.inputs.test_rows[i]];
        int p_bin = (int)((predictions[i] + 1) * 10), y_bin = (int)((y + 1) * 10);
        of_predictions[p_bin < 0 ? 0 : p_bin > 19 ? 19 : p_bin] += share;
        of_targets[y_bin < 0 ? 0 : y_bin > 19 ? 19 : y_bin] += share;
        mean += predictions[i] / (double)my.inputs.test.count;
    }
    free(predictions);
    double spread = (my.inputs.target_scaler.max[0] - my.inputs.target_scaler.min[0]) / 2;
    nb_value("before", "%.3f", before);
    nb_value("mean", "%.2f", mean);
    nb_value("rmse", "%.2f", sqrt(before) * spread);
    nb_plot("05_untrained", "Predictions of the untrained model, and the ratings of the test rows",
            "Two histograms from -1 to 1, one of the predictions and one of the true ratings");
    for (int i = 0; i < 20; i++)
        nb_plot_data("%.2f %.4f %.4f\n", (i + 0.5) / 10 - 1, of_predictions[i], of_targets[i]);
    nb_plot_end("set xrange [-1:1]\nset yrange [0:*]\nset xlabel 'scaled rating'\n"
                "set ylabel '% of the test rows'\n"
                "plot $data using 1:2 with histeps title 'prediction', "
                "$data using 1:3 with histeps title 'true rating'");
/*md
The mean squared error is {{before}} on the scaled target, which is an error of {{rmse}} stars;
the mean prediction is {{mean}}. The true ratings stand at ten places only, because stars come in
halves.

## One seed, one model

> margin: The notebook calls `tf.random.set_seed(1)` before it makes its layers. Keras 3 gives
> every initialiser a seed of its own, which that call does not reach
> (`keras.utils.set_random_seed` would). Two runs of the notebook start from different weights and
> end with different films.

Here the seed is an option of the model. The same seed gives the same weights, bit for bit, on every
machine; another seed gives another model. CRC-32 (§16) turns all weights into one number, so that
two models can be compared at a glance. (CRC-32 reads bytes, so a machine that stores them the other
way round gets another number for the same weights.)
*/
    uint32_t sums[3];
    for (uint32_t i = 0; i < 3; i++) {
        tt_two_tower other;
        tt_two_tower_options its = {.seed = i < 2 ? nb.seed : nb.seed + 1};
        ml_must(tt_two_tower_new(&other, user_inputs, film_inputs, &its), NULL);
        sums[i] = 0;
        const tt_sequential *both[2] = {&other.user, &other.item};
        for (int t = 0; t < 2; t++)
            for (size_t l = 0; l < both[t]->depth; l++) {
                tt_matrix weights = both[t]->layers[l].weights;
                sums[i] =
                    tt_crc32(sums[i], weights.data, weights.rows * weights.cols * sizeof(float));
            }
        tt_two_tower_free(&other);
        nb_text("seed %lu: checksum %08lx\n", (unsigned long)its.seed, (unsigned long)sums[i]);
    }
    nb_check(sums[0] == sums[1], "the same seed gives the same weights");
    nb_check(sums[0] != sums[2], "another seed gives other weights");
/*md
The model is made, and knows nothing. The next lesson trains it.
*/
    tt_matrix_free(&vectors);
    return lesson_close(&my);
}
/*md
## Exercises

1. Give `options` the field `.hidden = {64}` and an `.embedding` of 8. Look at the figure, the
   summary and the check that fails, and correct the sums by hand.
2. Make a single network instead, `tt_sequential_new` with 34 inputs and one output, and feed it
   user and film side by side. How many predictions per second does it make for one user and all
   films, compared with the two towers?
3. Multiply the weights of the first layer by 10 before `tt_embed`. Why does the histogram of the
   predictions hardly change? (Biases are zero, and what does the last step do?)
4. Let the untrained model predict one film for all users. How different are the predictions? What
   does that say about the vectors of different users before training?
*/
