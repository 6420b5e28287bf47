/*md
# What Keras hides: the tape

**The question.** Training moves every weight a little in the direction that makes the loss smaller,
and derivatives say which direction that is. Where do the derivatives that training needs come from?

**What you will see.** The chain rule by hand on a formula of four operations, and the same by a
tape; why three questions that every beginner asks have simple answers; how a gradient is checked,
and what a wrong one looks like; one step of Adam by hand; and a small model that learns.

**What it uses.** Sections §4 (operations and their derivatives), §6 (the tape), §7 (checking
gradients) and §8 (optimisers). It stands behind cells 10, 11 and 14 of the notebook: there the call
`model.fit` hides everything that this lesson shows.

For its examples the lesson needs a model that is small enough to be checked weight by weight. It
is a small version of lesson 5: a layer for users, a layer for films, then one layer that both
share, and rows of length one. The dot product of the two rows predicts the rating.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

typedef struct small {
    tt_sequential user, film, shared;
    tt_matrix users, films, target; /* a batch of ratings, a row each */
} small;

static void small_new(small *model, uint32_t seed)
{
    const size_t user[] = {16, 16}, film[] = {18, 16}, shared[] = {16, 4};
    tt_random random;
    tt_random_seed(&random, seed);
    ml_must(tt_sequential_new(&model->user, user, 1, false, &random), NULL);
    ml_must(tt_sequential_new(&model->film, film, 1, false, &random), NULL);
    ml_must(tt_sequential_new(&model->shared, shared, 1, true, &random), NULL);
}

static void small_free(small *model)
{
    tt_sequential_free(&model->user);
    tt_sequential_free(&model->film);
    tt_sequential_free(&model->shared);
}
/*md
A *graph* is a function that computes the loss and lets a tape listen. Its code reads like the
formula.
*/
static tt_var small_loss(tt_tape *tape, void *context)
{
    const small *model = (const small *)context;
    tt_var users = tt_tape_constant(tape, model->users);
    tt_var films = tt_tape_constant(tape, model->films);
    tt_var u = tt_tape_relu(tape, tt_tape_sequential(tape, users, &model->user));
    tt_var v = tt_tape_relu(tape, tt_tape_sequential(tape, films, &model->film));
    u = tt_tape_sequential(tape, u, &model->shared);
    v = tt_tape_sequential(tape, v, &model->shared);
    return tt_tape_mse(tape, tt_tape_row_dot(tape, u, v), tt_tape_constant(tape, model->target));
}
/*md
The next function gathers a batch, given the row numbers of some ratings.
*/
static void small_batch(small *model, const ml_data *data, const ml_inputs *inputs,
                        const uint32_t *ratings, size_t n)
{
    model->users.rows = model->films.rows = model->target.rows = n;
    for (size_t i = 0; i < n; i++) {
        uint32_t r = ratings[i];
        tt_matrix_gather(tt_matrix_rows(model->users, i, 1), inputs->user_inputs, &data->user[r]);
        tt_matrix_gather(tt_matrix_rows(model->films, i, 1), inputs->film_inputs, &data->film[r]);
        *tt_matrix_at(model->target, i, 0) = inputs->target[r];
    }
}
/*md
## Loading

The ratings are needed only for the small model. A batch has at most 32 of them.
*/
int main(int argc, char **argv)
{
    lesson my =
        lesson_open(argc, argv, LESSON_INPUTS, "the chain rule, and a tape that applies it");

    size_t batch = my.inputs.train.count < 32 ? my.inputs.train.count : 32;
    small model;
    small_new(&model, nb.seed);
    ml_must(tt_matrix_new(&model.users, batch, 16), NULL);
    ml_must(tt_matrix_new(&model.films, batch, 18), NULL);
    ml_must(tt_matrix_new(&model.target, batch, 1), NULL);
/*md
## Why not just measure?

The derivative of the loss $L$ by a weight $w$ says by how much $L$ grows for a small growth of
$w$. One could measure it: change $w$ by a small $h$, compute the loss again, and divide the
difference by $h$. For one weight that costs one more evaluation of the model. How many would a
training step of the notebook's model need?
*/
    const size_t widths[] = {0, 512, 256, 32};
    size_t weights = 0;
    for (size_t tower = 0; tower < 2; tower++)
        for (size_t l = 1; l < 4; l++)
            weights += ((l > 1 ? widths[l - 1] : tower ? 18u : 16u) + 1) * widths[l];
    nb_value("weights", "%s", nb_thousands((long long)weights));
    nb_text("weights and biases of the notebook's model: %s\n", nb_thousands((long long)weights));
/*md
Measuring would take {{weights}} evaluations per step. The method below gets all derivatives at
once, for the price of about two more evaluations, whatever the number of weights. This is what
makes training possible.

## The chain rule by hand

Take a model with one weight and one bias: $p = w x + b$. Its loss for a target $y$ is $L = (p -
y)^2$. We write it as single operations, each with a name for its result:

$$z = x w \qquad p = z + b \qquad e = p - y \qquad L = e \cdot e$$

The chain rule says: if $L$ depends on $e$ and $e$ on $p$, then $\frac{\partial L}{\partial p} =
\frac{\partial L}{\partial e} \frac{\partial e}{\partial p}$. Start at the end, where
$\frac{\partial L}{\partial L} = 1$, and go back one operation at a time. Each operation needs to
know only its own derivative.

| turn | operation | passes on |
|---|---|---|
| 1 | $L = e \cdot e$ | to $e$: $\frac{\partial L}{\partial L} e$, twice, once for each factor |
| 2 | $e = p - y$ | to $p$: $\frac{\partial L}{\partial e}$ |
| 3 | $p = z + b$ | to $z$ and to $b$: $\frac{\partial L}{\partial p}$ each |
| 4 | $z = x w$ | to $w$: $\frac{\partial L}{\partial z} x$ |

Now we do the same with §6. A tape records each operation when it is computed. `tt_tape_backward`
then goes through the recording from the end to the start, and adds to each variable what the table
says.
*/
    float numbers[] = {3, 2, 1, 5};
    tt_tape tape = {0};
    tt_var x = tt_tape_constant(&tape, tt_matrix_of(numbers, 1, 1));
    tt_var w = tt_tape_parameter(&tape, tt_matrix_of(numbers + 1, 1, 1));
    tt_var b = tt_tape_parameter(&tape, tt_matrix_of(numbers + 2, 1, 1));
    tt_var y = tt_tape_constant(&tape, tt_matrix_of(numbers + 3, 1, 1));
    tt_var z = tt_tape_matmul(&tape, x, w);
    tt_var p = tt_tape_add(&tape, z, b);
    tt_var e = tt_tape_subtract(&tape, p, y);
    tt_var loss = tt_tape_multiply(&tape, e, e);
    ml_must(tt_tape_backward(&tape, loss), NULL);
/*md
{{table:05_tape}} lists every node of the tape with its value and its gradient, which is the
derivative of $L$ by that node. Constants have no gradient: nobody asks for it, so the tape does not
compute it.
*/
    const tt_var nodes[] = {x, w, b, y, z, p, e, loss};
    static const char *const formulas[] = {"x (constant)", "w (parameter)", "b (parameter)",
                                           "y (constant)", "z = x w",       "p = z + b",
                                           "e = p - y",    "L = e e"};
    nb_table("06_tape", "A tape of eight nodes, in the order of recording", "node", "formula",
             "value", "gradient");
    for (size_t i = 0; i < 8; i++) {
        tt_matrix gradient = tt_tape_gradient(&tape, nodes[i]);
        nb_cell("%u", (unsigned)nodes[i]);
        nb_cell("%s", formulas[i]);
        nb_cell("%g", (double)*tt_tape_value(&tape, nodes[i]).data);
        if (gradient.data)
            nb_cell("%g", (double)*gradient.data);
        else
            nb_cell("–");
    }
    nb_table_end();
/*md
By hand, with the rules learned at school: $\frac{\partial L}{\partial w} = 2 (w x + b - y) x$ and
$\frac{\partial L}{\partial b} = 2 (w x + b - y)$.
*/
    float twice_e = 2 * (numbers[1] * numbers[0] + numbers[2] - numbers[3]);
    float dw = *tt_tape_gradient(&tape, w).data, db = *tt_tape_gradient(&tape, b).data;
    nb_check(dw == twice_e * numbers[0], "dL/dw is %g, as by hand", (double)dw);
    nb_check(db == twice_e, "dL/db is %g, as by hand", (double)db);
/*md
## Three questions

**Why does going backwards work?** When it is an operation's turn, its gradient must be complete:
all operations that used its result must have had their turn. Look at the numbers of the nodes. An
operation can only use what exists already, so each node's inputs have smaller numbers than the
node. Going from the last node to the first, everything that used a node comes before the node
itself. No sorting is needed. The order of recording *is* the order that textbooks call
topological.

**Why do contributions add up?** Because small changes do. If $w$ is used in two places, a change
of $w$ moves the loss through both, and the total change is the sum. The node $e$ was used twice
in $e \cdot e$ and got two contributions. The same happens to a weight that two layers share.
Asking the tape twice for one parameter gives one variable:
*/
    tt_tape_reset(&tape);
    tt_matrix weight = tt_matrix_of(numbers + 1, 1, 1);
    tt_var w1 = tt_tape_parameter(&tape, weight), w2 = tt_tape_parameter(&tape, weight);
    x = tt_tape_constant(&tape, tt_matrix_of(numbers, 1, 1));
    tt_var wwx = tt_tape_matmul(&tape, tt_tape_matmul(&tape, x, w1), w2);
    ml_must(tt_tape_backward(&tape, wwx), NULL);
    dw = *tt_tape_gradient(&tape, w1).data;
    nb_text("w is variable %u the first time, %u the second\n", (unsigned)w1, (unsigned)w2);
    float expected = 2 * numbers[0] * numbers[1];
    nb_text("d(x w w)/dw = %g, and 2 x w = %g\n", (double)dw, (double)expected);
    nb_check(w1 == w2 && dw == expected, "both uses of w contribute");
/*md
**What if one goes backwards twice?** Since contributions are added, a second pass could add
everything once more, and then every gradient would be doubled without a message. Some libraries
work that way, and forgetting to set the gradients to zero is a classic mistake. Here
`tt_tape_backward` begins by setting them to zero, so the answer is the same however often one asks.
*/
    ml_must(tt_tape_backward(&tape, wwx), NULL);
    nb_check(*tt_tape_gradient(&tape, w1).data == dw, "the second pass gives %g again", (double)dw);
    tt_tape_free(&tape);
/*md
## Checking a gradient

A mistake in a derivative does not stop a program. The model still learns, only worse, and nobody
knows that it could be better. So derivatives are checked, by the slow way that we rejected for
training: differences. Better than $\frac{f(x + h) - f(x)}{h}$ is the symmetric form

$$\frac{f(x + h) - f(x - h)}{2 h} = f'(x) + \frac{h^2}{6} f'''(x) + \ldots$$

because terms of odd order cancel. But how large should $h$ be? Take a function of the towers: the
first coordinate of the vector $(x, 1)$ after it has been brought to length one, $f(x) = x /
\sqrt{x^2 + 1}$. Its derivative is $(x^2 + 1)^{-3/2}$. We compute $f$ in float, as the towers do,
and halve $h$ again and again.
*/
    float at = 0.7f, pair[2], unit[2], h = 0.5f;
    double exact = 1 / pow((double)at * (double)at + 1, 1.5);
    double least[2] = {1, 1}, best[2] = {1, 1};
    tt_matrix in = tt_matrix_of(pair, 1, 2), out = tt_matrix_of(unit, 1, 2);
    nb_plot("06_step", "Error of the difference quotient, for each step h (both axes logarithmic)",
            "Two curves that fall as h shrinks, reach a lowest point, and rise again, with noise");
    for (int step = 1; step <= 21; step++) {
        double f[3]; /* at x - h, x, x + h */
        for (int side = -1; side <= 1; side++) {
            pair[0] = at + (float)side * h;
            pair[1] = 1;
            tt_l2_normalize(out, in);
            f[side + 1] = unit[0];
        }
        double error[2] = {fabs((f[2] - f[1]) / h - exact), fabs((f[2] - f[0]) / (2 * h) - exact)};
        for (int way = 0; way < 2; way++)
            if (error[way] < least[way]) least[way] = error[way], best[way] = h;
        nb_plot_data("%.9g %.9g %.9g\n", (double)h, fmax(error[0], 1e-8), fmax(error[1], 1e-8));
        h /= 2;
    }
    nb_value("one_sided", "%.0e", least[0]);
    nb_value("symmetric", "%.0e", least[1]);
    nb_value("best_h", "%.0e", best[1]);
    nb_plot_end("set logscale xy\nset format '%g'\nset xlabel 'step h'\nset ylabel 'error'\n"
                "plot $data using 1:2 with linespoints title '(f(x+h) - f(x)) / h', "
                "$data using 1:3 with linespoints title '(f(x+h) - f(x-h)) / 2h'");
/*md
On the right, where $h$ is large, the curvature of the function shows: the error falls with $h$ for
the one-sided form, and with $h^2$ for the symmetric one. On the left the differences drown in
rounding: a float has 24 binary digits, $f$ is off by about $10^{-8}$, and that is divided by $h$.
In between lies the best step. The one-sided form gets no nearer than {{one_sided}}; the symmetric
one comes within {{symmetric}}, at $h$ near {{best_h}}.

§7 takes a fairly large $h$, where rounding is small, measures with $h$ and with $h/2$, and
combines both so that the error term with $h^2$ cancels. Where a ReLU switches on or off within
the step, the function has a corner, and differences say nothing about the derivative. Such places
are counted as *kinks* and left out.

Now we check the small model on eight ratings: every weight and every bias, including those of the
layer that both sides share. Each line of {{table:05_check}} is one call of `tt_check_gradients`. An
error is the difference between the two values, divided by the larger one. Errors near one in a
thousand come from measuring in float; a wrong formula is off by far more, as the next section
shows.
*/
    small_batch(&model, &my.data, &my.inputs, my.inputs.train_rows, batch < 8 ? batch : 8);
    const tt_sequential *parts[] = {&model.user, &model.film, &model.shared};
    static const char *const names[] = {"user", "film", "shared"};
    double largest = 0;
    size_t compared = 0;
    nb_table("06_check", "Tape against differences, parameter by parameter", "parameter",
             "compared", "kinks", "largest error");
    for (size_t i = 0; i < 6; i++) {
        const tt_dense *layer = &parts[i / 2]->layers[0];
        tt_matrix parameter = i % 2 ? layer->bias : layer->weights;
        tt_gradient_check result;
        ml_must(tt_check_gradients(&result, small_loss, &model, &parameter, 1), NULL);
        nb_row("%s %s\t%zu\t%zu\t%.1e", names[i / 2], i % 2 ? "bias" : "weights", result.compared,
               result.kinks, result.largest_error);
        largest = fmax(largest, result.largest_error);
        compared += result.compared;
    }
    nb_table_end();
    nb_check(compared > 0 && largest < 0.05, "no error reaches one in twenty");
    nb_key_figure("%zu gradients checked, largest error %.1e", compared, largest);
/*md
## What a wrong gradient looks like

Bringing a vector to length one, $y = x / {|x|}$, looks like a division by a number. If one forgets
that the length depends on $x$ as well, one gets the gradient $g / {|x|}$, where $g$ is the gradient
by $y$. The right formula takes away the part along $y$, because moving $x$ along itself does not
change $y$:

$$\frac{\partial L}{\partial x} = \frac{g - y (y \cdot g)}{|x|}$$

Let $L = g \cdot y$ for a fixed $g$, and compare both formulas with differences.
*/
    float vector[3] = {1, 2, 2}, g[3] = {1, 0, 0}, direction[3];
    float right[3] = {0}; // a gradient, to which the backward function adds
    double length = 3, slope[3], step = 1e-4, worst_right = 0, worst_wrong = 0;
    tt_matrix X = tt_matrix_of(vector, 1, 3), Y = tt_matrix_of(direction, 1, 3);
    tt_l2_normalize(Y, X);
    tt_l2_normalize_backward(tt_matrix_of(right, 1, 3), tt_matrix_of(g, 1, 3), X, Y);
    nb_table("06_wrong", "Gradient of the normalisation", "element", "by differences", "right",
             "wrong");
    for (int i = 0; i < 3; i++) {
        double L[2];
        for (int side = 0; side < 2; side++) {
            double moved[3] = {vector[0], vector[1], vector[2]};
            moved[i] += side ? step : -step;
            L[side] = moved[0] / sqrt(moved[0] * moved[0] + moved[1] * moved[1] +
                                      moved[2] * moved[2]); /* g picks the first element */
        }
        slope[i] = (L[1] - L[0]) / (2 * step);
        worst_right = fmax(worst_right, fabs(slope[i] - right[i]));
        worst_wrong = fmax(worst_wrong, fabs(slope[i] - g[i] / length));
        nb_row("%d\t%.5f\t%.5f\t%.5f", i + 1, slope[i], (double)right[i], g[i] / length);
    }
    nb_table_end();
    nb_check(worst_right < 1e-6, "the right formula agrees with differences");
    nb_check(worst_wrong > 1e-2, "differences find the wrong formula");
/*md
The wrong formula is not absurd. Its first element is even close to the right one, and training with
it would lower the loss. Only the comparison shows the mistake.

## One step of Adam by hand

The gradient points uphill, so the simplest step is $w \leftarrow w - \eta g$ with a *learning rate*
$\eta$. The notebook uses Adam, which remembers for each weight a running mean $m$ of its gradients
and $v$ of their squares (both start at 0), and divides the first by the root of the second:

$$m \leftarrow m + (1 - \beta_1)(g - m) \qquad v \leftarrow v + (1 - \beta_2)(g^2 - v)$$

$$w \leftarrow w - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \cdot
\frac{m}{\sqrt{v} + \epsilon}$$

The first fraction corrects for the start at 0; $t$ counts the steps. We take five steps on the loss
of the first section, with the notebook's numbers: $\eta = 0.01$, $\beta_1 = 0.9$, $\beta_2 =
0.999$, $\epsilon = 10^{-7}$. The gradient comes from a tape, and both ways get the same gradient.
*/
    tt_adam adam;
    tt_adam_options options = {.learning_rate = 0.01};
    tt_adam_new(&adam, &options);
    double m = 0, v = 0, hand = numbers[1], off = 0;
    nb_table("06_adam", "Five steps of Adam, by hand and by tt_adam_step", "step", "gradient", "m",
             "v", "w by hand", "w by library");
    for (int t = 1; t <= 5; t++) {
        tt_tape_reset(&tape);
        w = tt_tape_parameter(&tape, weight);
        e = tt_tape_subtract(&tape, tt_tape_scale(&tape, w, 3), /* w x + b - y = 3 w - 4 */
                             tt_tape_constant(&tape, tt_matrix_of(&(float){4}, 1, 1)));
        ml_must(tt_tape_backward(&tape, tt_tape_multiply(&tape, e, e)), NULL);
        double gradient = *tt_tape_gradient(&tape, w).data;
        ml_must(tt_adam_step(&adam, &tape), NULL);

        m += (1 - 0.9) * (gradient - m);
        v += (1 - 0.999) * (gradient * gradient - v);
        hand -= 0.01 * sqrt(1 - pow(0.999, t)) / (1 - pow(0.9, t)) * m / (sqrt(v) + 1e-7);
        off = fmax(off, fabs(hand - (double)numbers[1]));
        const double row[] = {gradient, m, v, hand, numbers[1]};
        nb_cell("%d", t);
        for (int c = 0; c < 5; c++) nb_cell("%.5f", row[c]);
    }
    nb_table_end();
    nb_check(off < 1e-5, "by hand and by library agree, apart from rounding to float");
    tt_adam_free(&adam);
/*md
Each step is almost exactly 0.01 long, though the gradient is a thousand times that. Dividing $m$
by the root of $v$ takes the size of the gradient away and leaves its sign. Adam's learning rate
is the length of a step. This is why one rate fits weights whose gradients are of very different
size.

## A few steps of learning

Everything is there: a graph, its gradients, a step. Learning means repeating them. The small model
learns the batch of {{batch}} ratings twice, starting from the same weights: once by plain gradient
descent (`tt_sgd_step`), and once by Adam.
*/
    nb_value("batch", "%zu", batch);
    enum { STEPS = 120 };
    double curve[2][STEPS];
    small_batch(&model, &my.data, &my.inputs, my.inputs.train_rows, batch);
    for (int way = 0; way < 2; way++) {
        small_free(&model);
        small_new(&model, nb.seed);
        tt_adam_new(&adam, &options);
        for (int t = 0; t < STEPS; t++) {
            tt_tape_reset(&tape);
            loss = small_loss(&tape, &model);
            ml_must(tt_tape_backward(&tape, loss), NULL);
            curve[way][t] = *tt_tape_value(&tape, loss).data;
            if (way == 0)
                tt_sgd_step(&tape, 0.01);
            else
                ml_must(tt_adam_step(&adam, &tape), NULL);
        }
        tt_adam_free(&adam);
    }
    nb_plot("06_learning", "Loss of one batch while the small model learns it",
            "Two falling curves of the loss over the steps, plain gradient descent and Adam");
    for (int t = 0; t < STEPS; t++) nb_plot_data("%d %.6f %.6f\n", t, curve[0][t], curve[1][t]);
    nb_plot_end("set xlabel 'steps'\nset ylabel 'mean squared error'\nset yrange [0:*]\n"
                "plot $data using 1:2 with lines title 'gradient descent, rate 0.01', "
                "$data using 1:3 with lines title 'Adam, rate 0.01'");
/*md
Did the model learn, and did both ways really start from the same place?
*/
    nb_value("start", "%.3f", curve[0][0]);
    nb_value("sgd", "%.3f", curve[0][STEPS - 1]);
    nb_value("adam", "%.3f", curve[1][STEPS - 1]);
    nb_text("loss before:                 %.4f\nafter gradient descent:      %.4f\n"
            "after Adam:                  %.4f\n",
            curve[0][0], curve[0][STEPS - 1], curve[1][STEPS - 1]);
    nb_check(curve[0][0] == curve[1][0], "same seed, same weights, same first loss");
    nb_check(curve[1][STEPS - 1] < curve[1][0], "Adam has made the loss smaller");
/*md
The loss went from {{start}} to {{sgd}} by gradient descent and to {{adam}} by Adam. A model that is
so good on one small batch has learned it by heart. This is the very thing that lesson 4 guards
against, but it is also the best first test of a new model: a model that cannot learn a single batch
has a mistake in it.

The tape is the readable way. §14 does the same work faster, without a tape, and gives the same
bits.
*/
    tt_tape_free(&tape);
    small_free(&model);
    tt_matrix_free(&model.users);
    tt_matrix_free(&model.films);
    tt_matrix_free(&model.target);
    return lesson_close(&my);
}
/*md
## Exercises

1. Draw the graph of $L = (u_1 v_1 + u_2 v_2 - y)^2$ as single operations. Compute all gradients
   by hand for numbers of your choice, then by a tape with `tt_tape_row_dot`.
2. Build `small_loss` with a separate layer for each side instead of the shared one. What does the
   check say, and how many parameters are there now?
3. A tape could also run forwards: carry along, with every value, its derivative by *one* chosen
   weight. Why does that cost one pass for each weight, while going backwards costs one for all?
4. Give plain gradient descent learning rates of 0.1, 1 and 10. When does it overtake Adam, and
   when does it fail?
*/
