/*md
# The chain rule, backwards

> question: A model has thousands of numbers, and each could be moved a little up or down. How does
> one find out, for all of them at once, which way makes the model better?

> result: figure:06_graph. Values are computed from left to right (black). One walk back from right
> to left then says for every number how fast the last one changes with it (orange): {{dw}} for
> $w$, {{db}} for $b$.

> see: The chain rule by hand, on a formula of four operations, and the same by the library; the
> same rule for a product of matrices; how one checks such a computation, and what a wrong one looks
> like; and two ways to take steps downhill, compared at their best.

> uses: §4 (operations and their derivatives), §6 (recording and going back), §7 (checking) and §8
> (steps); lesson 5.

> time: 40 minutes
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"
#include "drawing.h"
/*md
> notebook: This lesson stands behind cells 10, 11 and 14 of the notebook. There the word
> `model.fit` hides everything that it shows.

> fold: the names of the functions that draw and count, which stand at the end of this file
*/
enum { TURNS_ALL = 1000, STEPS = 120, RATES = 9 };

// A small model of two towers that share their last layer, and a batch of ratings, a row each.
typedef struct small {
    tt_sequential user, film, shared;
    tt_matrix users, films, target;
} small;

static float loss_of_line(float w, float b);
static void add_measured(float h);
static const char *draw_tape(tt_tape *tape, tt_var output, const char *const *names, size_t turns,
                             bool narrow);
static const char *draw_turns(tt_tape *tape, tt_var output, const char *const *names, bool narrow);
static const char *draw_shapes(bool narrow);
static const char *draw_sideways(const float x[2], const float g[2], double width);
static const char *scientific(double x);
static double largest_over_mean(const tt_tape *tape, const small *model);
static size_t parameters_of_notebook(void);
static float product_loss(float *x, float *w, const float *t);
static void small_new(small *model, uint32_t seed);
static void small_free(small *model);
static void small_open(small *model, const lesson *my, size_t batch);
static void small_close(small *model);
static tt_var small_loss(tt_tape *tape, void *context);
static double length_of(tt_dense layer);
static double learn(double *curve, small *model, tt_tape *tape, double rate, bool by_adam);
static double adam_steps(const float *gradients, int n);
/*md
## Why not just measure?

Take the smallest model there is: one weight $w = 2$, one bias $b = 1$, and one input, 3. It
predicts $p = w x + b = 7$. The target is $y = 5$. How wrong is that?

> word: loss, losses: The loss is one number that says how wrong a model is on some examples. Here
> it is the square of the error, or for a batch the mean of the squares. Training means: to make it
> small.

So $L = (w x + b - y)^2 = 4$. To make it smaller, $w$ and $b$ must change. But which way, and how
much does each of them matter? One can measure it: change $w$ by a small $h$, compute the loss once
more, and divide the difference by $h$. Then the same with $b$.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_INPUTS, "the chain rule, played backwards");

    nb_table("06_measure", "Measured slopes of the loss: the smaller h, the nearer to 12 and to 4",
             "h", "slope for w", "slope for b");
    for (float h = 0.1f; h > 0.0009f; h /= 10) add_measured(h);
    nb_table_end();
/*md
> word: gradient, gradients: The gradient of the loss is the row of its derivatives, one for each
> parameter: how fast the loss grows with each of them. It points in the direction in which the loss
> grows fastest, uphill; so a small step in the opposite direction makes the loss smaller.

Here the gradient is (12, 4). Let us go a hundredth of it in the opposite direction:
*/
    nb_text("w = 2 - 0.01 x 12 = %g, b = 1 - 0.01 x 4 = %g\n", 2 - 0.12, 1 - 0.04);
    nb_text("the loss was %g and is %.2f\n", (double)loss_of_line(2, 1),
            (double)loss_of_line(1.88f, 0.96f));
    nb_check(loss_of_line(1.88f, 0.96f) < loss_of_line(2, 1), "the loss is smaller");
/*md
It works. So why not train like this? Because each parameter costs a computation of its own. The
towers of lesson 5 have {{weights}} parameters, so a single step would take {{weights}} computations
of the whole model. The method of this lesson gets all derivatives at once, for the price of about
two more computations, whatever their number is. That is what makes training possible.

## The chain rule by hand

Write the loss as single operations, each with a name for its result:

$$z = x w \qquad p = z + b$$

$$e = p - y \qquad L = e \cdot e$$

The chain rule says: if $L$ depends on $e$, and $e$ on $p$, then

$$\frac{\partial L}{\partial p} = \frac{\partial L}{\partial e} \cdot
\frac{\partial e}{\partial p}$$

($\partial$ in the place of $d$ says that there are other numbers, too, and that they stay as they
are.) Start at the end, where $\frac{\partial L}{\partial L} = 1$, and go back one operation at a
time. What an operation gets from behind, it multiplies by its own derivative, and passes on. It
need not know what stands before or behind it. In numbers ($z = 6$, $p = 7$, $e = 2$, $L = 4$):

1. $L = e \cdot e$ gets 1. There are two factors $e$, and each passes $1 \cdot e = 2$ on to $e$. So
   $e$ gets 4.
2. $e = p - y$ gets 4. If $p$ grows by one, so does $e$: it passes on $4 \cdot 1 = 4$ to $p$.
3. $p = z + b$ gets 4, and passes on 4 to $z$ and 4 to $b$. That is the derivative by $b$.
4. $z = x w$ gets 4. If $w$ grows by one, $z$ grows by $x = 3$: it passes on $4 \cdot 3 = 12$ to
   $w$. That is the derivative by $w$.

Both numbers are those that we measured. The target $y$ and the input $x$ get nothing, because
nobody wants to change them.

## Recorded and played back

> word: tape, tapes: A tape is a list of all operations of a computation in the order in which they
> were done, each with its inputs and its result. Played backwards it gives all gradients.

The library writes one (§6). Each `tt_tape_` function computes a result and records how it came
about; `tt_tape_backward` then goes from the end of the list to its start.
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
    float dw = *tt_tape_gradient(&tape, w).data, db = *tt_tape_gradient(&tape, b).data;
    nb_check(dw == 12 && db == 4, "the gradient is (%g, %g), as by hand", (double)dw, (double)db);
/*md
{{figure:06_graph}} is drawn from that tape in memory. Each box is an operation, or a number that it
starts from, with its value in black and its gradient in orange. Black arrows say what is computed
from what. Orange ones go back, and bear the operation's own derivative, by which it multiplies.
*/
    static const char *const names[] = {"x",       "w",         "b",         "y",
                                        "z = x w", "p = z + b", "e = p − y", "L = e e"};
    nb_figure("06_graph",
              "The tape after going back: values in black, gradients in orange. What "
              "goes back is multiplied by the number on its arrow",
              "Eight boxes from left to right: x, w, b and y lead to z, p, e and L; from L orange "
              "arrows lead back, twice to e, then to p, z, b and w",
              draw_tape(&tape, loss, names, TURNS_ALL, false));
    nb_narrow(draw_tape(&tape, loss, names, TURNS_ALL, true));
    nb_value("dw", "%g", (double)dw);
    nb_value("db", "%g", (double)db);
    nb_value("weights", "%s", nb_thousands((long long)parameters_of_notebook()));
/*md
{{figure:06_turns}} shows the same turn by turn. After recording there are only values; each turn
then adds what one operation passes on.
*/
    nb_figure("06_turns", "Going back, turn by turn: the box with the thick border has its turn",
              "The graph five times, one below the other: first with values only, then with the "
              "gradients that each turn adds, from L back to w",
              draw_turns(&tape, loss, names, false));
    nb_narrow(draw_turns(&tape, loss, names, true));
/*md
What the tape really is, is a list. {{table:06_tape}} shows it.
*/
    nb_table("06_tape", "A tape of eight nodes, in the order of recording", "node", "formula",
             "value", "gradient");
    for (tt_var node = 0; node < 8; node++) {
        tt_matrix gradient = tt_tape_gradient(&tape, node);
        nb_cell("%u", (unsigned)node);
        nb_cell("%s", names[node]);
        nb_cell("%g", (double)*tt_tape_value(&tape, node).data);
        if (gradient.data)
            nb_cell("%g", (double)*gradient.data);
        else
            nb_cell("–");
    }
    nb_table_end();
/*md
## Three questions

**Why does going backwards work?** When it is an operation's turn, its gradient must be complete:
all operations that used its result must have had their turn. Look at the numbers of the nodes. An
operation can only use what exists already, so each node's inputs have smaller numbers than the
node. Going from the last node to the first, everything that used a node comes before the node
itself. No sorting is needed. The order of recording *is* the order that textbooks call
topological.

**Why do contributions add up?** Because small changes do. In $L = e \cdot e$ let $e = 2$ grow by
0.001. The first factor alone would make $L$ larger by 0.001 · 2, and so would the second alone.
Both together make it larger by 0.004 (and by 0.000001, which is too small to matter). A number
that is used in two places moves the result through both, and the changes add up.

The same happens to a weight that is used twice, as one that two layers share. Asking the tape
twice for one parameter gives one variable, and {{figure:06_shared}} shows how two arrows lead back
to it.
*/
    tt_tape_reset(&tape);
    tt_matrix weight = tt_matrix_of(numbers + 1, 1, 1);
    x = tt_tape_constant(&tape, tt_matrix_of(numbers, 1, 1));
    tt_var w1 = tt_tape_parameter(&tape, weight), w2 = tt_tape_parameter(&tape, weight);
    tt_var wwx = tt_tape_matmul(&tape, tt_tape_matmul(&tape, x, w1), w2);
    ml_must(tt_tape_backward(&tape, wwx), NULL);
    dw = *tt_tape_gradient(&tape, w1).data;
    float expected = 2 * numbers[0] * numbers[1];
    nb_text("d(x w w)/dw = %g, and 2 x w = %g\n", (double)dw, (double)expected);
    nb_check(w1 == w2 && dw == expected, "both uses of w contribute");
    static const char *const shared_names[] = {"x", "w", "x w", "x w w"};
    nb_figure("06_shared",
              "One weight, used twice: 2 · 3 comes back from the first use and 6 from "
              "the second, and they add up to 12",
              "Four boxes: x and w lead to x w, and that and w once more to x w w; two orange "
              "arrows lead back to w",
              draw_tape(&tape, wwx, shared_names, TURNS_ALL, false));
    nb_narrow(draw_tape(&tape, wwx, shared_names, TURNS_ALL, true));
/*md
**What if one goes backwards twice?** Since contributions are added, a second pass could add
everything once more, and then every gradient would be doubled without a message. Some libraries
work that way, and forgetting to set the gradients to zero is a classic mistake. Here
`tt_tape_backward` begins by setting them to zero, so the answer is the same however often one asks.
*/
    ml_must(tt_tape_backward(&tape, wwx), NULL);
    nb_check(*tt_tape_gradient(&tape, w1).data == dw, "the second pass gives %g again", (double)dw);
/*md
## Through a product of matrices

A layer is a product of matrices, $Y = X W$. What does *it* pass on? There is nothing new to learn:
it is only many products and sums at once. Write one element of $Y$ as what it is, a sum:

$$Y_{ro} = \sum_i X_{ri} W_{io}$$

Now let $dY_{ro}$ be the derivative of the loss by $Y_{ro}$, which has come back from behind. How
does the loss change with one weight $W_{io}$? That weight is used in $Y_{ro}$ for each row $r$ of
the batch, and each time it is multiplied by $X_{ri}$. Contributions add up:

$$dW_{io} = \sum_r \frac{\partial Y_{ro}}{\partial W_{io}} dY_{ro} = \sum_r X_{ri} \, dY_{ro}$$

And with one input $X_{ri}$? It is used in $Y_{ro}$ for each unit $o$, multiplied by $W_{io}$:

$$dX_{ri} = \sum_o dY_{ro} \frac{\partial Y_{ro}}{\partial X_{ri}} = \sum_o dY_{ro} \, W_{io}$$

That is all. These two sums are products of matrices again: a sum over the *rows* of $X$ and of $dY$
is the product with $X$ *transposed* (its rows have become columns), written $X^\top$, and a sum over
the *columns* of $dY$ and $W$ is that with $W^\top$.

$$dW = X^\top dY \qquad dX = dY \, W^\top$$

So one product forwards costs two products backwards. These are the two more computations that were
promised above.

Nobody has to remember which one is transposed. $dW$ must have the shape of $W$, and $dX$ that of
$X$, and there is only one way to make these shapes of the ones at hand ({{figure:06_shapes}}).
*/
    nb_figure("06_shapes",
              "The shapes leave no choice: only so do the sides that meet have the same "
              "length",
              "Three equations of rectangles for B = 3 rows, I = 4 inputs and O = 2 units: Y is X "
              "times W, dX is dY times W transposed, dW is X transposed times dY",
              draw_shapes(false));
    nb_narrow(draw_shapes(true));
/*md
We do it in numbers: one row of two inputs, $X = (1 \; 2)$, and a layer of two units, whose weights
are the rows $(3 \; -1)$ and $(0.5 \; 2)$. The loss is the mean of the squares of $Y - T$ for the
targets $T = (2 \; 4)$. Forwards, $Y$ is

$$(1 \cdot 3 + 2 \cdot 0.5 \quad 1 \cdot (-1) + 2 \cdot 2) = (4 \; 3)$$

The mean of two squares has the derivative $2 (Y - T) / 2$, so $dY = (4 - 2 \quad 3 - 4) = (2 \;
-1)$ comes back to the layer. Backwards, $dX$ is

$$(2 \cdot 3 + (-1) \cdot (-1) \quad 2 \cdot 0.5 + (-1) \cdot 2) = (7 \; -1)$$

$X^\top$ is the row $X$ as a column, so the rows of $dW$ are the two inputs times $dY$:

$$(1 \cdot 2 \quad 1 \cdot (-1)) = (2 \; -1)$$

$$(2 \cdot 2 \quad 2 \cdot (-1)) = (4 \; -2)$$

{{table:06_product}} has the same by the tape, and by measuring.
*/
    float X[] = {1, 2}, W[] = {3, -1, 0.5f, 2}, T[] = {2, 4};
    const float by_hand[] = {7, -1, 2, -1, 4, -2};
    static const char *const elements[] = {"dX 1", "dX 2", "dW 1,1", "dW 1,2", "dW 2,1", "dW 2,2"};
    tt_tape_reset(&tape);
    tt_var vX = tt_tape_parameter(&tape, tt_matrix_of(X, 1, 2));
    tt_var vW = tt_tape_parameter(&tape, tt_matrix_of(W, 2, 2));
    tt_var vY = tt_tape_matmul(&tape, vX, vW);
    loss = tt_tape_mse(&tape, vY, tt_tape_constant(&tape, tt_matrix_of(T, 1, 2)));
    ml_must(tt_tape_backward(&tape, loss), NULL);
    nb_table("06_product", "The product's six derivatives, three times", "derivative", "by hand",
             "by the tape", "measured");
    double furthest = 0;
    bool same = true;
    for (int i = 0; i < 6; i++) {
        float *element = i < 2 ? &X[i] : &W[i - 2], start = *element, h = 1 / 64.0f;
        float by_tape = tt_tape_gradient(&tape, i < 2 ? vX : vW).data[i < 2 ? i : i - 2];
        *element = start + h;
        double above = product_loss(X, W, T);
        *element = start - h;
        double measured = (above - product_loss(X, W, T)) / (2 * h);
        *element = start;
        nb_row("%s\t%g\t%g\t%.5f", elements[i], (double)by_hand[i], (double)by_tape, measured);
        same = same && by_tape == by_hand[i];
        furthest = fmax(furthest, fabs(measured - by_hand[i]));
    }
    nb_table_end();
    nb_check(same, "the tape has what the hand has, to the bit");
    nb_check(furthest < 1e-4, "and so has measuring, apart from rounding");
/*md
{{figure:06_matrices}} is a drawing of that tape. The function that draws it doesn't know this
formula; it asks the tape, and where a box holds a matrix it shows the matrix, row by row.
*/
    static const char *const product_names[] = {"X", "W", "Y = X W", "T", "loss"};
    nb_figure("06_matrices",
              "A product of matrices on the tape: every gradient has the shape of its "
              "value",
              "Five boxes: X and W lead to Y, and Y and T to the loss; each holds a matrix and its "
              "gradient",
              draw_tape(&tape, loss, product_names, TURNS_ALL, false));
    nb_narrow(draw_tape(&tape, loss, product_names, TURNS_ALL, true));
/*md
What is left of a layer is easy. The bias is added, so it gets what comes back, summed over the rows
of the batch, which all use it. The ReLU lets through what comes back where its input was positive,
and nothing where it was not: there the output stays 0, whatever one does. This is all of lesson 5
backwards, except for the division by the length, which comes below.

## A model that is small enough to check

From here on we use a small version of lesson 5: a layer of 16 units for users, one for films, and
then one layer of 4 units that both share; rows of length one, and their dot product. As a function
that computes the loss while a tape listens, it reads like the formula.

{{code: 06_gradients.c small_loss}}

A batch of at most 32 training rows will do.
*/
    size_t batch = my.inputs.train.count < 32 ? my.inputs.train.count : 32;
    small model;
    small_open(&model, &my, batch);
    nb_value("batch", "%zu", batch);
    tt_tape_reset(&tape);
    loss = small_loss(&tape, &model);
    nb_text("loss of %zu ratings: %.4f\n", batch, (double)*tt_tape_value(&tape, loss).data);
    nb_check(tape.error == TT_OK, "the tape has recorded everything");
/*md
## Checking a gradient

A mistake in a derivative does not stop a program. The model still learns, only worse, and nobody
knows that it could be better. So derivatives are checked, by the slow way that we rejected for
training: by measuring. How exact is that? A smooth function near $x$ is

$$f(x \pm h) = f(x) \pm h f'(x) + \frac{h^2}{2} f''(x) \pm \frac{h^3}{6} f'''(x) + \ldots$$

Take the upper sign, subtract $f(x)$ and divide by $h$: the slope, and an error of $\frac{h}{2}
f''$. Now take the *difference* of both signs. The terms without ± cancel, and so

$$\frac{f(x + h) - f(x - h)}{2 h} = f'(x) + \frac{h^2}{6} f'''(x) + \ldots$$

has an error of $h^2$ only. With $h = 0.01$ that is a hundred times better, for one more
computation.

But how large should $h$ be? Take a function of the towers: the first coordinate of the row $(x, 1)$
after it has been brought to length one, $f(x) = x / \sqrt{x^2 + 1}$. Its derivative is $(x^2 +
1)^{-3/2}$. We compute $f$ in float, as the towers do, and halve $h$ again and again.
*/
    float at = 0.7f, pair[2], unit[2], h = 0.5f;
    double exact = 1 / pow((double)at * (double)at + 1, 1.5);
    double least[2] = {1, 1}, best[2] = {1, 1};
    tt_matrix in = tt_matrix_of(pair, 1, 2), out = tt_matrix_of(unit, 1, 2);
    nb_plot("06_step",
            "Smaller steps are better only up to a point: then rounding takes over (both "
            "axes logarithmic)",
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
    nb_value("one_sided", "%s", scientific(least[0]));
    nb_value("symmetric", "%s", scientific(least[1]));
    nb_value("best_h", "%s", scientific(best[1]));
    nb_plot_end("set logscale xy\nset format '%.0e'\nset xtics 100\nset ytics 100\n"
                "set xlabel 'step h'\nset ylabel 'error'\n"
                "plot $data using 1:2 with linespoints title '(f(x+h) − f(x)) / h', "
                "$data using 1:3 with linespoints title '(f(x+h) − f(x−h)) / 2h'");
/*md
On the right, where $h$ is large, the curvature of the function shows: the error falls with $h$ for
the one-sided form, and with $h^2$ for the symmetric one. On the left the differences drown in
rounding: a float has 24 binary digits, $f$ is off by about $10^{-8}$, and that is divided by $h$.
In between lies the best step. The one-sided form gets no nearer than {{one_sided}}; the symmetric
one comes within {{symmetric}}, at $h$ near {{best_h}}.

§7 takes a fairly large $h$, {{check_h}}, where rounding is small, measures with $h$ and with $h/2$,
and combines both so that the error term with $h^2$ cancels as well. Where a ReLU switches on or
off within the step, the function has a corner, and differences say nothing about the derivative.
Such places are counted as *kinks* and left out.

Now we check the small model on eight ratings: every weight and every bias, including those of the
layer that both sides share. Each line of {{table:06_check}} is one call of `tt_check_gradients`.
*/
    model.users.rows = model.films.rows = model.target.rows = batch < 8 ? batch : 8;
    const tt_sequential *parts[] = {&model.user, &model.film, &model.shared};
    static const char *const part_names[] = {"user", "film", "shared"};
    double largest = 0;
    size_t compared = 0;
    nb_table("06_check", "Tape against differences, for every parameter: nothing is wrong",
             "parameter", "compared", "kinks", "largest error");
    for (size_t i = 0; i < 6; i++) {
        const tt_dense *layer = &parts[i / 2]->layers[0];
        tt_matrix parameter = i % 2 ? layer->bias : layer->weights;
        tt_gradient_check result;
        ml_must(tt_check_gradients(&result, small_loss, &model, &parameter, 1), NULL);
        nb_row("%s %s\t%zu\t%zu\t%.1e", part_names[i / 2], i % 2 ? "bias" : "weights",
               result.compared, result.kinks, result.largest_error);
        largest = fmax(largest, result.largest_error);
        compared += result.compared;
    }
    nb_table_end();
    nb_check(compared > 0 && largest < 0.05, "no error reaches one in twenty");
    nb_key_figure("%zu gradients checked, largest error %.1e", compared, largest);
    tt_tape_reset(&tape);
    loss = small_loss(&tape, &model);
    double value = *tt_tape_value(&tape, loss).data, floor = 0.01 * value;
    nb_value("check_h", "1/%d", 64);
    nb_value("loss8", "%.2f", value);
    nb_value("off", "%s", scientific(value / (1 << 24)));
    nb_value("off_by_h", "%s", scientific(value / (1 << 24) * 128));
    nb_value("floor", "%s", scientific(floor));
    nb_value("relative", "%s", scientific(value / (1 << 24) * 128 / floor));
/*md
Why are these errors so much larger than the {{symmetric}} of the figure? Because they are relative:
the difference of both values, divided by the larger one, and many gradients are small. The loss of
{{loss8}} is a float and may be off by {{off}}. Divided by the step of 1/128 that is {{off_by_h}}.
Divided once more, by a gradient as small as {{floor}}, it is {{relative}}. So errors near one in a
thousand are those of measuring. A wrong formula is off by far more, as the next section shows.

## What a wrong gradient looks like

To bring a row to length one, $y = x / {|x|}$, looks like a division by a number. If $g$ comes back
from behind, one might pass on $g / {|x|}$. That forgets that the length depends on $x$ as well.
What is right can be seen in {{figure:06_sideways}}. If $x$ moves along itself, it gets longer, and
$y$ stays where it is: the loss doesn't change. Only a move to the side turns $y$. So the part of
$g$ that lies along $y$ has to go. That part is $y \, (y \cdot g)$, a shadow as in lesson 5, and

$$\frac{\partial L}{\partial x} = \frac{g - y (y \cdot g)}{|x|}$$
*/
    float vector[2] = {1.2f, 0.9f}, g[2] = {-0.2f, 1.1f}, direction[2];
    float right[2] = {0}; // a gradient, to which the backward function adds
    double length = 1.5, step = 1e-4, worst_right = 0, worst_wrong = 0;
    tt_matrix vx = tt_matrix_of(vector, 1, 2), vy = tt_matrix_of(direction, 1, 2);
    tt_l2_normalize(vy, vx);
    tt_l2_normalize_backward(tt_matrix_of(right, 1, 2), tt_matrix_of(g, 1, 2), vx, vy);
    nb_table("06_wrong",
             "The gradient of the division by the length: the wrong one has the right "
             "signs, and the wrong direction",
             "element", "measured", "right", "wrong");
    for (int i = 0; i < 2; i++) {
        double L[2];
        for (int side = 0; side < 2; side++) {
            double moved[2] = {(double)vector[0], (double)vector[1]};
            moved[i] += side ? step : -step;
            L[side] = ((double)g[0] * moved[0] + (double)g[1] * moved[1]) /
                      sqrt(moved[0] * moved[0] + moved[1] * moved[1]);
        }
        double slope = (L[1] - L[0]) / (2 * step), wrong = (double)g[i] / length;
        worst_right = fmax(worst_right, fabs(slope - (double)right[i]));
        worst_wrong = fmax(worst_wrong, fabs(slope - wrong));
        nb_row("%d\t%.5f\t%.5f\t%.5f", i + 1, slope, (double)right[i], wrong);
    }
    nb_table_end();
    nb_check(worst_right < 1e-6, "the right formula agrees with differences");
    nb_check(worst_wrong > 1e-2, "differences find the wrong formula");
    nb_check(g[0] * right[0] + g[1] * right[1] > 0,
             "a step against the wrong one is still downhill");
    nb_figure("06_sideways",
              "Of what comes back (orange), only the part to the side (green) turns the "
              "row",
              "A circle of radius 1; the arrow x leaves it in the direction of y; at y the arrow g "
              "splits into a part along y and a part at a right angle to it, along the circle",
              draw_sideways(vector, g, 782));
    nb_narrow(draw_sideways(vector, g, 360));
    double straight = (double)(right[0] * vector[0] + right[1] * vector[1]);
    nb_check(fabs(straight) < 1e-6,
             "the gradient is at a right angle to x: their dot product is 0");
/*md
The wrong formula is not absurd. Both elements have the right sign, and training with it would lower
the loss. Only the comparison shows the mistake.

The right angle has a consequence that will help us. Let $W$ be all weights and biases of the last
layer, read as one long row. Twice as large they give rows twice as long, which the division makes
as short again: the loss doesn't change along $W$, so its gradient is at a right angle to $W$. By
Pythagoras a step to the side makes $W$ longer, never shorter. And the longer $W$ is, the less the
same step turns it.
*/
    model.users.rows = model.films.rows = model.target.rows = batch;
    tt_tape_reset(&tape);
    loss = small_loss(&tape, &model);
    ml_must(tt_tape_backward(&tape, loss), NULL);
    tt_dense last = model.shared.layers[0];
    tt_matrix dW = tt_tape_gradient(&tape, tt_tape_parameter(&tape, last.weights));
    tt_matrix dB = tt_tape_gradient(&tape, tt_tape_parameter(&tape, last.bias));
    tt_dense slope_of_last = {.weights = dW, .bias = dB};
    double before = length_of(last), slope_length = length_of(slope_of_last), along = 0;
    for (size_t i = 0; i < dW.rows * dW.cols; i++) along += last.weights.data[i] * dW.data[i];
    for (size_t i = 0; i < dB.cols; i++) along += last.bias.data[i] * dB.data[i];
    tt_sgd_step(&tape, 10);
    double after = length_of(last);
    double pythagoras = sqrt(before * before + 100 * slope_length * slope_length);
    nb_value("uneven", "%.0f", largest_over_mean(&tape, &model));
    nb_value("W_before", "%.2f", before);
    nb_value("W_after", "%.2f", after);
    nb_text("|W| = %.4f, and its gradient has the length %.4f\n", before, slope_length);
    nb_text("after a step of 10 gradients |W| = %.4f; Pythagoras: %.4f\n", after, pythagoras);
    nb_check(fabs(along) < 1e-4 * before * slope_length, "the gradient is at a right angle to W");
    nb_check(fabs(after - pythagoras) < 1e-4 * after, "so W has got longer by Pythagoras");
/*md
## Steps downhill

The simplest step goes a little way against the gradient $g$:

$$w \leftarrow w - \eta g$$

> word: learning rate, learning rates: The learning rate, $\eta$, says how long steps are: it is the
> number by which the gradient is multiplied before it is subtracted.

This is *gradient descent*. If the rate is too small, nothing much happens; if it is too large, the
step goes beyond the valley and up on the other side. And one rate has to serve all parameters,
although their gradients differ: the largest of the small model is {{uneven}} times the mean.

> word: Adam: Adam is a way to take steps that remembers, for each parameter, the mean of its latest
> gradients and the mean of their squares, and divides one by the root of the other.

$$m \leftarrow m + (1 - \beta_1)(g - m) \qquad v \leftarrow v + (1 - \beta_2)(g^2 - v)$$

$$w \leftarrow w - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \cdot
\frac{m}{\sqrt{v} + \epsilon}$$

Each time $m$ moves a tenth of the way to the new gradient ($\beta_1 = 0.9$), and $v$ a thousandth
of the way to its square ($\beta_2 = 0.999$). Both start at 0, and so are too small at first; the
fraction with $t$, the number of the step, makes up for that. $\epsilon = 10^{-7}$ only prevents a
division by zero.

The first step in numbers, with $\eta = 0.01$ and the gradient 12. From 0, $m$ goes a tenth of the
way to 12: 1.2. And $v$ goes a thousandth of the way to 144: 0.144, whose root is 0.3795. The
fraction is $\sqrt{0.001} / 0.1 = 0.3162$. So the step is $0.01 \cdot 0.3162 \cdot 1.2 / 0.3795 =
0.01$. The 12 stands above and below the line, and cancels out. {{table:06_first}} does the same for
a gradient a thousand times as small, and for one a thousand times as large that points the other
way.
*/
    const float first_gradients[] = {12, 0.012f, -12000};
    double off = 0;
    nb_table("06_first",
             "Adam's first step is as long as the learning rate, whatever the gradient is",
             "gradient", "m", "root of v", "step by hand", "step of the library");
    for (int i = 0; i < 3; i++) {
        double first_g = first_gradients[i], m1 = 0.1 * first_g,
               root = sqrt(0.001 * first_g * first_g);
        double by_formula = 0.01 * sqrt(1 - 0.999) / (1 - 0.9) * m1 / (root + 1e-7);
        double taken = adam_steps(&first_gradients[i], 1);
        nb_row("%g\t%.4g\t%.4g\t%.5f\t%.5f", first_g, m1, root, by_formula, taken);
        off = fmax(off, fabs(by_formula - taken));
    }
    nb_table_end();
    nb_check(off < 1e-6, "by hand and by library agree");
/*md
So dividing takes the size of the gradient away and leaves its sign. Adam's learning rate *is* the
length of a step, of each single parameter. That is why one rate serves them all.

But what if gradients contradict each other? Then $m$, which has a sign, gets small, and $v$, which
has none, doesn't. {{table:06_agree}} shows the twentieth step.
*/
    float agree[20], alternate[20], mostly[20];
    for (int t = 0; t < 20; t++) {
        agree[t] = 1;
        alternate[t] = t % 2 ? -1 : 1;
        mostly[t] = t % 4 == 1 ? -1 : 1;
    }
    nb_table("06_agree",
             "Adam takes long steps where gradients agree, and short ones where they "
             "don't",
             "gradients", "length of the twentieth step");
    nb_row("always 1\t%.5f", adam_steps(agree, 20));
    nb_row("1, −1, 1, 1, again and again\t%.5f", adam_steps(mostly, 20));
    nb_row("1, −1, 1, −1, again and again\t%.5f", fabs(adam_steps(alternate, 20)));
    nb_table_end();
    nb_check(fabs(adam_steps(agree, 20) - 0.01) < 1e-5, "where gradients agree it is the rate");
/*md
{{table:06_adam}} shows five steps on the loss that this lesson began with, $(3 w + 1 - 5)^2$, by
hand and by the library with a tape.
*/
    tt_adam adam;
    tt_adam_options options = {.learning_rate = 0.01};
    tt_adam_new(&adam, &options);
    double m = 0, v = 0, hand = numbers[1];
    off = 0;
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
## Best against best

Everything is there: a formula, its gradients, a step. Learning means repeating them. The small
model learns its batch of {{batch}} ratings in {{steps}} steps, twice, starting from the same
weights: once by descent and once by Adam. Which one is better? That depends on the learning rate,
and the best rate of one is not the best of the other. So each gets nine rates, from 0.001 to 10.
*/
    static const double rates[RATES] = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10};
    double(*curves)[RATES][STEPS] = (double(*)[RATES][STEPS])ml_new(2, sizeof *curves);
    double lengths[2][RATES];
    size_t best_rate[2] = {0, 0};
    for (size_t way = 0; way < 2; way++)
        for (size_t r = 0; r < RATES; r++) {
            lengths[way][r] = learn(curves[way][r], &model, &tape, rates[r], way == 1);
            if (curves[way][r][STEPS - 1] < curves[way][best_rate[way]][STEPS - 1])
                best_rate[way] = r;
        }
    nb_table("06_rates",
             "The loss at the end, and how long W has become: no rate is best for "
             "both",
             "rate", "descent", "Adam", "|W| by descent", "|W| by Adam");
    for (size_t r = 0; r < RATES; r++)
        nb_row("%g\t%.5f\t%.5f\t%.2f\t%.2f", rates[r], curves[0][r][STEPS - 1],
               curves[1][r][STEPS - 1], lengths[0][r], lengths[1][r]);
    nb_table_end();
    nb_check(curves[0][0][0] == curves[1][RATES - 1][0], "all start from the same loss");
    nb_plot("06_learning",
            "Best against best, and for comparison both at the rate 0.01, which suits "
            "only Adam (loss logarithmic)",
            "Falling curves of the loss over the steps: descent and Adam at their best rates, and "
            "both at 0.01, where descent hardly falls");
    for (int t = 0; t < STEPS; t++)
        nb_plot_data("%d %.6f %.6f %.6f %.6f\n", t, curves[0][best_rate[0]][t],
                     curves[1][best_rate[1]][t], curves[0][2][t], curves[1][2][t]);
    char script[512];
    snprintf(
        script, sizeof script,
        "set logscale y\nset format y '%%.0e'\nset xlabel 'steps'\nset ylabel 'loss of the batch'\n"
        "plot $data using 1:2 with lines title 'descent, %g', "
        "$data using 1:3 with lines title 'Adam, %g', "
        "$data using 1:4 with lines dt 2 lc 1 title 'descent, 0.01', "
        "$data using 1:5 with lines dt 2 lc 2 title 'Adam, 0.01'",
        rates[best_rate[0]], rates[best_rate[1]]);
    nb_plot_end(script);
    nb_value("steps", "%d", STEPS);
    nb_value("start", "%.3f", curves[0][0][0]);
    nb_value("sgd", "%.5f", curves[0][best_rate[0]][STEPS - 1]);
    nb_value("sgd_rate", "%g", rates[best_rate[0]]);
    nb_value("sgd_low", "%.3f", curves[0][2][STEPS - 1]);
    nb_value("adam", "%.6f", curves[1][best_rate[1]][STEPS - 1]);
    nb_value("adam_rate", "%g", rates[best_rate[1]]);
    nb_value("adam_low", "%.6f", curves[1][2][STEPS - 1]);
    nb_value("long", "%.2f", lengths[0][RATES - 1]);
    nb_check(curves[0][best_rate[0]][STEPS - 1] < curves[0][0][0], "descent learns");
    nb_check(curves[1][best_rate[1]][STEPS - 1] < curves[1][0][0], "Adam learns");
/*md
At its best rate, {{sgd_rate}}, descent brings the loss from {{start}} to {{sgd}}. Adam's best rate
is {{adam_rate}}, and it comes to {{adam}}. At 0.01 it comes to {{adam_low}}, and descent only to
{{sgd_low}}: whoever compares the two at one and the same rate can make either of them look bad.

Even at the rate 10 descent still learns, although its first step takes the length of $W$ from
{{W_before}} to {{W_after}}. The right angle that we have seen explains why: $W$ gets longer, to
{{long}} at the end. Then the gradient is smaller, since it is divided by a larger length, and the
same step turns a longer $W$ less. The rate tames itself, thanks to the division by the length.
(Adam's steps do not get shorter when gradients do. Its largest rates throw the parameters far away,
and learning gets slow.)

> caution: This is one batch, and one start. It shows that both ways work, and that the rate
> decides. It does not show which is better for a whole training set: there each batch has another
> gradient, and a way must cope with that, too. The course goes on with Adam, at the rate 0.01.

A model that is so good on one small batch has learned it by heart. That is the very thing that
lesson 4 guards against, but it is also the best first test of a new model: one that cannot learn a
single batch has a mistake in it.

The tape is the readable way. §14 does the same work faster, without a tape, and gives the same
bits. Lesson 7 trains the whole model with it.

> notebook: The notebook trains with Adam and the learning rate 0.01, too; $\beta_1$, $\beta_2$ and
> $\epsilon$ are Keras' defaults.

> fold: the end of the program
*/
    free(curves);
    tt_tape_free(&tape);
    small_close(&model);
    return lesson_close(&my);
}
/*md
> fold: the small model, and how the figures are drawn
*/
static float loss_of_line(float w, float b)
{
    float error = w * 3 + b - 5;
    return error * error;
}

// A row of the table: the slopes that steps of h measure.
static void add_measured(float h)
{
    double start = loss_of_line(2, 1);
    double by_w = (loss_of_line(2 + h, 1) - start) / h;
    double by_b = (loss_of_line(2, 1 + h) - start) / h;
    nb_row("%g\t%.3f\t%.3f", (double)h, by_w, by_b);
}

// 0.00002 as 2 · 10⁻⁵.
static const char *scientific(double x)
{
    static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char text[32], *exponent;
    snprintf(text, sizeof text, "%.0e", x);
    long power = strtol(strchr(text, 'e') + 1, &exponent, 10);
    char *shown = NULL;
    nb_append(&shown, "%c · 10%s%s", *text, power < 0 ? "⁻" : "", digits[labs(power) % 10]);
    return (const char *)nb__keep(shown);
}

// How many times as large as the mean the largest gradient of all parameters is.
static double largest_over_mean(const tt_tape *tape, const small *model)
{
    const tt_sequential *parts[] = {&model->user, &model->film, &model->shared};
    double largest = 0, sum = 0;
    size_t n = 0;
    for (tt_var node = 0; node < tape->count; node++) {
        tt_matrix value = tt_tape_value(tape, node), gradient = tt_tape_gradient(tape, node);
        for (int p = 0; p < 3; p++) {
            const tt_dense *layer = &parts[p]->layers[0];
            if (value.data != layer->weights.data && value.data != layer->bias.data) continue;
            for (size_t i = 0; i < gradient.rows * gradient.cols; i++, n++) {
                largest = fmax(largest, fabs((double)gradient.data[i]));
                sum += fabs((double)gradient.data[i]);
            }
        }
    }
    return largest * (double)n / sum;
}

// The mean of the squares of X W - T, for X of 1 x 2 and W of 2 x 2.
static float product_loss(float *x, float *w, const float *t)
{
    float y[2], targets[2] = {t[0], t[1]};
    tt_matmul(tt_matrix_of(y, 1, 2), tt_matrix_of(x, 1, 2), tt_matrix_of(w, 2, 2));
    return tt_mse(tt_matrix_of(y, 1, 2), tt_matrix_of(targets, 1, 2));
}

// Of two towers of 16 and 18 inputs and layers of 512, 256 and 32 units.
static size_t parameters_of_notebook(void)
{
    const size_t widths[] = {0, 512, 256, 32};
    size_t count = 0;
    for (size_t tower = 0; tower < 2; tower++)
        for (size_t l = 1; l < 4; l++)
            count += ((l > 1 ? widths[l - 1] : tower ? 18u : 16u) + 1) * widths[l];
    return count;
}

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

// The model, and a batch of the first training rows.
static void small_open(small *model, const lesson *my, size_t batch)
{
    memset(model, 0, sizeof *model);
    small_new(model, nb.seed);
    ml_must(tt_matrix_new(&model->users, batch, 16), NULL);
    ml_must(tt_matrix_new(&model->films, batch, 18), NULL);
    ml_must(tt_matrix_new(&model->target, batch, 1), NULL);
    for (size_t i = 0; i < batch; i++) {
        uint32_t r = my->inputs.train_rows[i];
        tt_matrix_gather(tt_matrix_rows(model->users, i, 1), my->inputs.user_inputs,
                         &my->data.user[r]);
        tt_matrix_gather(tt_matrix_rows(model->films, i, 1), my->inputs.film_inputs,
                         &my->data.film[r]);
        *tt_matrix_at(model->target, i, 0) = my->inputs.target[r];
    }
}

static void small_close(small *model)
{
    small_free(model);
    tt_matrix_free(&model->users);
    tt_matrix_free(&model->films);
    tt_matrix_free(&model->target);
}

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

// Of all weights and biases of a layer, read as one row.
static double length_of(tt_dense layer)
{
    double sum = 0;
    const tt_matrix parts[] = {layer.weights, layer.bias};
    for (int p = 0; p < 2; p++)
        for (size_t i = 0; i < parts[p].rows * parts[p].cols; i++)
            sum += (double)parts[p].data[i] * (double)parts[p].data[i];
    return sqrt(sum);
}

// Learns the batch from the start, and notes the loss before each step; returns how long the shared
// layer has become.
static double learn(double *curve, small *model, tt_tape *tape, double rate, bool by_adam)
{
    tt_adam adam;
    tt_adam_options options = {.learning_rate = rate};
    small_free(model);
    small_new(model, nb.seed);
    tt_adam_new(&adam, &options);
    for (int t = 0; t < STEPS; t++) {
        tt_tape_reset(tape);
        tt_var loss = small_loss(tape, model);
        ml_must(tt_tape_backward(tape, loss), NULL);
        curve[t] = *tt_tape_value(tape, loss).data;
        if (by_adam)
            ml_must(tt_adam_step(&adam, tape), NULL);
        else
            tt_sgd_step(tape, rate);
    }
    tt_adam_free(&adam);
    return length_of(model->shared.layers[0]);
}

// How far Adam goes in the last of n steps with these gradients, downhill being positive, at the
// rate 0.01.
static double adam_steps(const float *gradients, int n)
{
    float w = 0, before = 0;
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, &(tt_adam_options){.learning_rate = 0.01});
    for (int t = 0; t < n; t++) {
        tt_tape_reset(&tape);
        w = 0, before = 0; /* from 0 each time, so that the step isn't rounded to the size of w */
        tt_var it = tt_tape_parameter(&tape, tt_matrix_of(&w, 1, 1));
        ml_must(tt_tape_backward(&tape, tt_tape_scale(&tape, it, gradients[t])), NULL);
        ml_must(tt_adam_step(&adam, &tape), NULL);
    }
    tt_adam_free(&adam);
    tt_tape_free(&tape);
    return (double)before - (double)w;
}
/*md
> fold: how a tape is drawn, whatever is on it

A drawing of a tape needs what the library keeps to itself: the nodes, their inputs, and the
function by which each goes back. A lesson may look; a program should not.
*/
enum { NODES = 24 };

// Where the nodes of a tape stand, and the operations' own derivatives.
typedef struct graph {
    tt_tape *tape;
    size_t output, n;
    int column[NODES], row[NODES], columns, rows;
    bool had_turn[NODES], has_factor[NODES][2];
    size_t turn; // the node that has its turn; NODES: none
    double factor[NODES][2];
    bool narrow; // from top to bottom, not from left to right
} graph;

static bool is_operation(const graph *g, size_t node)
{
    return g->tape->nodes[node].backward != NULL;
}

// How many inputs: none for a number that the tape starts from.
static int inputs_of(const graph *g, size_t node)
{
    return !is_operation(g, node) ? 0 : g->tape->nodes[node].input[1] == TT__NO_INPUT ? 1 : 2;
}

static size_t input_of(const graph *g, size_t node, int input)
{
    return (size_t)g->tape->nodes[node].input[input];
}

// An operation stands to the right of its inputs, a leaf just before the first that needs it;
// within a column operations stand above leaves.
static void place_nodes(graph *g)
{
    for (size_t i = 0; i < g->n; i++) {
        g->column[i] = is_operation(g, i) ? 1 : NODES;
        for (int k = 0; k < inputs_of(g, i); k++) {
            size_t from = input_of(g, i, k);
            if (is_operation(g, from) && g->column[from] >= g->column[i])
                g->column[i] = g->column[from] + 1;
        }
        for (int k = 0; k < inputs_of(g, i); k++) {
            size_t from = input_of(g, i, k);
            if (!is_operation(g, from) && g->column[from] >= g->column[i])
                g->column[from] = g->column[i] - 1;
        }
        if (is_operation(g, i) && g->column[i] >= g->columns) g->columns = g->column[i] + 1;
    }
    int used[NODES + 1] = {0};
    for (int leaves = 0; leaves < 2; leaves++)
        for (size_t i = 0; i < g->n; i++)
            if (is_operation(g, i) != leaves) {
                g->row[i] = used[g->column[i]]++;
                if (g->row[i] >= g->rows) g->rows = g->row[i] + 1;
            }
}

static bool is_number(tt_matrix matrix)
{
    return matrix.data && matrix.rows == 1 && matrix.cols == 1;
}

// An operation's own derivative by one of its inputs: what it passes on there if 1 comes back. If
// both inputs are the same node, a constant stands in for the other one.
static void ask_for_factor(graph *g, size_t node, int input)
{
    tt_tape *tape = g->tape;
    tt__node as_it_is = tape->nodes[node];
    size_t from = input_of(g, node, input), count = tape->count;
    if (!tape->nodes[from].needs_gradient || !is_number(as_it_is.value) ||
        !is_number(tape->nodes[from].value))
        return;
    if (inputs_of(g, node) == 2 && input_of(g, node, 1 - input) == from)
        tape->nodes[node].input[1 - input] = tt_tape_constant(tape, tape->nodes[from].value);
    *tape->nodes[from].gradient.data = 0;
    *tape->nodes[node].gradient.data = 1;
    tape->nodes[node].backward(tape, &tape->nodes[node]);
    g->factor[node][input] = *tape->nodes[from].gradient.data;
    g->has_factor[node][input] = true;
    tape->nodes[node] = as_it_is;
    tape->count = count;
}

// The tape after this many operations have had their turn to go back.
static graph graph_of(tt_tape *tape, tt_var output, size_t turns, bool narrow)
{
    graph g = {.tape = tape, .output = output, .n = tape->count, .turn = NODES, .narrow = narrow};
    if (g.n > NODES) ml_must(TT_ERROR_VALUE, NULL);
    place_nodes(&g);
    for (size_t i = 0; i < g.n; i++)
        for (int k = 0; k < inputs_of(&g, i); k++)
            if (tape->nodes[i].needs_gradient) ask_for_factor(&g, i, k);
    ml_must(tt_tape_backward(tape, output), NULL);
    for (size_t i = (size_t)output + 1, t = 0; i-- > 0 && t < turns;)
        if (is_operation(&g, i) && tape->nodes[i].needs_gradient) {
            g.had_turn[i] = true;
            g.turn = turns == TURNS_ALL ? NODES : i;
            t++;
        }
    return g;
}

// A gradient is complete when all that used the node have had their turn.
static bool is_complete(const graph *g, size_t node)
{
    if (!g->tape->nodes[node].needs_gradient || node > g->output) return false;
    bool used = false;
    for (size_t i = node + 1; i <= g->output; i++)
        for (int k = 0; k < inputs_of(g, i); k++) {
            if (input_of(g, i, k) != node) continue;
            if (!g->had_turn[i]) return false;
            used = true;
        }
    return used || (node == g->output && g->turn != NODES) || g->had_turn[node];
}

enum { BOX_WIDTH = 106, BOX_HEIGHT = 62, APART = 165, BELOW = 92 };

// The middle of a node's box.
static void middle_of(const graph *g, size_t node, double *x, double *y)
{
    if (g->narrow) {
        *x = 90 + 180 * g->row[node];
        *y = 36 + 108 * g->column[node];
    } else {
        *x = 58 + APART * g->column[node];
        *y = 36 + BELOW * g->row[node];
    }
}

// 3, or (1 2), or (1 2; 3 4), or the shape of what is larger.
static const char *number_text(tt_matrix matrix)
{
    char *text = NULL;
    if (is_number(matrix))
        nb_append(&text, "%.4g", (double)*matrix.data);
    else if (matrix.rows * matrix.cols > 4)
        nb_append(&text, "%zu × %zu", matrix.rows, matrix.cols);
    else
        for (size_t r = 0; r < matrix.rows; r++)
            for (size_t c = 0; c < matrix.cols; c++)
                nb_append(&text, "%s%.3g",
                          c   ? " "
                          : r ? "; "
                              : "(",
                          (double)*tt_matrix_at(matrix, r, c));
    if (matrix.rows * matrix.cols <= 4 && !is_number(matrix)) nb_append(&text, ")");
    const char *kept = nb_escaped(text); // lives as long as the lesson
    free(text);
    return kept;
}

static void add_node(char **svg, const graph *g, size_t node, const char *name)
{
    double x, y;
    middle_of(g, node, &x, &y);
    const tt__node *it = &g->tape->nodes[node];
    const char *border = node == g->turn ? "fill='white' stroke='black' stroke-width='3' rx='6'"
                         : is_operation(g, node) ? "fill='white' stroke='black' rx='6'"
                         : it->is_parameter      ? "fill='white' stroke='" DR_BLUE "' rx='20'"
                                                 : "fill='white' stroke='gray' rx='20'";
    dr_box(svg, x - BOX_WIDTH / 2.0, y - BOX_HEIGHT / 2.0, BOX_WIDTH, BOX_HEIGHT, border);
    dr_text(svg, x, y - 14, DR_MIDDLE, "%s", name);
    dr_text(svg, x, y + 5, DR_MIDDLE " font-weight='bold'", "%s", number_text(it->value));
    if (is_complete(g, node))
        dr_text(svg, x, y + 24, DR_MIDDLE " font-weight='bold' style='fill:" DR_ORANGE "'", "%s",
                number_text(it->gradient));
}

// The two ends of an edge. The inputs of an operation arrive side by side.
typedef struct edge {
    double x1, y1, x2, y2, bend;
} edge;

static edge edge_of(const graph *g, size_t node, int input)
{
    edge e = {0};
    size_t from = input_of(g, node, input);
    middle_of(g, from, &e.x1, &e.y1);
    middle_of(g, node, &e.x2, &e.y2);
    double side = inputs_of(g, node) < 2 ? 0 : input ? 15 : -15;
    double twin = side != 0 && input_of(g, node, 1 - input) == from ? side : 0;
    if (g->column[node] - g->column[from] > 1) e.bend = g->narrow ? 34 : -34; // around the others
    if (g->narrow) {
        e.y1 += BOX_HEIGHT / 2.0, e.y2 -= BOX_HEIGHT / 2.0;
        e.x1 += twin, e.x2 += side;
    } else {
        e.x1 += BOX_WIDTH / 2.0, e.x2 -= BOX_WIDTH / 2.0;
        e.y1 += twin, e.y2 += side;
    }
    return e;
}

// From an input to its operation, and beside it what goes back.
static void add_edge(char **svg, const graph *g, size_t node, int input)
{
    edge e = edge_of(g, node, input);
    double length = sqrt((e.x2 - e.x1) * (e.x2 - e.x1) + (e.y2 - e.y1) * (e.y2 - e.y1));
    double dx = 5 * (e.y1 - e.y2) / length, dy = 5 * (e.x2 - e.x1) / length, x, y;
    if (g->narrow) dx = -dx, dy = -dy;
    dr_arrow(svg, e.x1 - dx, e.y1 - dy, e.x2 - dx, e.y2 - dy, e.bend, DR_INK);
    if (!g->had_turn[node] || !g->tape->nodes[input_of(g, node, input)].needs_gradient) return;
    dr_arrow(svg, e.x2 + dx, e.y2 + dy, e.x1 + dx, e.y1 + dy, -e.bend, DR_ORANGE);
    if (!g->has_factor[node][input]) return;
    dr_halfway(&x, &y, e.x1, e.y1, e.x2, e.y2, e.bend);
    dr_text(svg, x + 2 * dx, y + 2 * dy + 5, DR_MIDDLE " " DR_HALO " style='fill:" DR_ORANGE "'",
            "×%g", g->factor[node][input]);
}

static double height_of(const graph *g)
{
    return g->narrow ? 108 * g->columns - 34 : BELOW * g->rows - 18;
}

// Edges first, so that boxes stand on them.
static void add_graph(char **svg, const graph *g, const char *const *names, double y)
{
    nb_append(svg, "<g transform='translate(0 %.1f)'>\n", y);
    for (size_t i = 0; i < g->n; i++)
        for (int k = 0; k < inputs_of(g, i); k++) add_edge(svg, g, i, k);
    for (size_t i = 0; i < g->n; i++) add_node(svg, g, i, names[i]);
    nb_append(svg, "</g>\n");
}

static const char *draw_tape(tt_tape *tape, tt_var output, const char *const *names, size_t turns,
                             bool narrow)
{
    char *svg = NULL;
    graph g = graph_of(tape, output, turns, narrow);
    dr_begin(&svg, narrow ? 360 : fmax(782, APART * g.columns - 48), height_of(&g));
    add_graph(&svg, &g, names, 0);
    return dr_end(&svg);
}

// The tape after 0, 1, 2, ... turns, one below the other.
static const char *draw_turns(tt_tape *tape, tt_var output, const char *const *names, bool narrow)
{
    char *svg = NULL;
    size_t turns = 0;
    graph g = graph_of(tape, output, 0, narrow);
    for (size_t i = 0; i <= output; i++)
        turns += is_operation(&g, i) && tape->nodes[i].needs_gradient;
    double height = height_of(&g) + 44;
    dr_begin(&svg, narrow ? 360 : 782, height * (double)(turns + 1));
    for (size_t t = 0; t <= turns; t++) {
        g = graph_of(tape, output, t, narrow);
        if (t)
            dr_text(&svg, 6, height * (double)t + 16, "font-weight='bold'", "Turn %zu: %s", t,
                    names[g.turn]);
        else
            dr_text(&svg, 6, 16, "font-weight='bold'", "Recorded");
        add_graph(&svg, &g, names, height * (double)t + 24);
    }
    return dr_end(&svg);
}
/*md
> fold: how shapes and arrows are drawn
*/
// A matrix as a rectangle of rows x cols, its middle at the height y; returns where it ends.
static double add_matrix(char **svg, double x, double y, int rows, int cols, const char *name)
{
    double side = 19, width = side * cols, height = side * rows;
    dr_box(svg, x, y - height / 2, width, height, "stroke='black'");
    for (int r = 1; r < rows; r++)
        dr_line(svg, x, y - height / 2 + side * r, x + width, y - height / 2 + side * r,
                "stroke='gray'");
    for (int c = 1; c < cols; c++)
        dr_line(svg, x + side * c, y - height / 2, x + side * c, y + height / 2, "stroke='gray'");
    dr_text(svg, x + width / 2, y + height / 2 + 17, DR_MIDDLE, "%s", name);
    return x + width + 12;
}

static double add_sign(char **svg, double x, double y, const char *sign)
{
    dr_text(svg, x, y + 5, DR_MIDDLE, "%s", sign);
    return x + 12;
}

static const char *draw_shapes(bool narrow)
{
    enum { B = 3, I = 4, O = 2 };
    static const struct {
        int rows, inner, cols;
        const char *names[3];
    } products[] = {
        {B, I, O, {"Y", "X", "W"}}, {B, O, I, {"dX", "dY", "Wᵀ"}}, {I, B, O, {"dW", "Xᵀ", "dY"}}};
    char *svg = NULL;
    dr_begin(&svg, narrow ? 360 : 782, narrow ? 390 : 130);
    for (int i = 0; i < 3; i++) {
        double x = narrow ? 40 : 10 + 262 * i, y = narrow ? 55 + 130 * i : 52;
        x = add_matrix(&svg, x, y, products[i].rows, products[i].cols, products[i].names[0]);
        x = add_sign(&svg, x, y, "=");
        x = add_matrix(&svg, x, y, products[i].rows, products[i].inner, products[i].names[1]);
        x = add_sign(&svg, x, y, "·");
        add_matrix(&svg, x, y, products[i].inner, products[i].cols, products[i].names[2]);
    }
    return dr_end(&svg);
}

// What comes back to y = x / |x|, from the tip of y: its part along y, and its part to the side.
static const char *draw_sideways(const float x[2], const float g[2], double width)
{
    char *svg = NULL;
    double radius = fmin(width / 3, 200), ox = width > 600 ? 240 : 60, oy = 1.8 * radius;
    double length = sqrt((double)(x[0] * x[0] + x[1] * x[1]));
    double y[2] = {(double)x[0] / length, (double)x[1] / length};
    double along = y[0] * (double)g[0] + y[1] * (double)g[1];
    double tip_x = ox + radius * y[0], tip_y = oy - radius * y[1];
    double along_x = tip_x + radius * along * y[0], along_y = tip_y - radius * along * y[1];
    double end_x = tip_x + radius * (double)g[0], end_y = tip_y - radius * (double)g[1];
    dr_begin(&svg, width, oy + 40);
    nb_append(&svg, "<circle cx='%.1f' cy='%.1f' r='%.1f' fill='none' stroke='gray'/>\n", ox, oy,
              radius);
    dr_arrow(&svg, ox, oy, ox + radius * (double)x[0], oy - radius * (double)x[1], 0, DR_INK);
    dr_arrow(&svg, tip_x, tip_y, end_x, end_y, 0, DR_ORANGE);
    dr_line(&svg, along_x, along_y, end_x, end_y, "stroke='gray' stroke-dasharray='3 3'");
    dr_line(&svg, tip_x, tip_y, along_x, along_y,
            "stroke='" DR_ORANGE "' stroke-width='6' opacity='0.5'");
    dr_arrow(&svg, tip_x, tip_y, tip_x + end_x - along_x, tip_y + end_y - along_y, 0, DR_GREEN);
    dr_text(&svg, ox + radius * (double)x[0] + 8, oy - radius * (double)x[1] + 4, DR_HALO, "x");
    dr_text(&svg, tip_x - 4, tip_y + 24, DR_HALO " font-weight='bold'", "y");
    dr_text(&svg, end_x + 8, end_y, DR_HALO, "g");
    dr_text(&svg, (tip_x + along_x) / 2 + 14, (tip_y + along_y) / 2 + 14, DR_HALO, "along y: lost");
    dr_text(&svg, tip_x + end_x - along_x - 8, tip_y + end_y - along_y - 6, DR_RIGHT " " DR_HALO,
            "to the side");
    dr_text(&svg, ox + 6, oy + 18, "", "0");
    return dr_end(&svg);
}
/*md
## Exercises

1. Draw the graph of $L = (u_1 v_1 + u_2 v_2 - y)^2$ as single operations. Compute the gradients by
   $u$ and by $v$ by hand for $u = (1 \; 2)$, $v = (3 \; -1)$ and $y = 2$, then by a tape with
   `tt_tape_row_dot`.

   > hint: The dot product is 1, so the error is −1. What does the product $u_1 v_1$ pass on to
   > $u_1$?

   > answer: 06_1
   > $L = e \cdot e$ passes on $2 e = -2$. Each product $u_i v_i$ gets these −2, and passes on $-2
   > v_i$ to $u_i$ and $-2 u_i$ to $v_i$.

2. Build `small_loss` without the shared layer, with one of its own for each side. How many
   parameters are there now, and what does the check say?

   > hint: A layer of 16 inputs and 4 units more.

   > answer: 06_2
   > There are 68 parameters more, and the check finds nothing. Nobody had to derive anything anew:
   > each operation knows its own derivative, and the tape does the rest.

3. A tape could also run forwards: it could carry along, with every value, its derivative by *one*
   chosen number. Do so for $L = (w x + b - y)^2$ and the numbers of this lesson, once for $w$ and
   once for $b$. How many passes would the towers of lesson 5 need, and why does going backwards
   need only one?

   > hint: Start with the derivative 1 at the chosen number and 0 at all others. A product $a b$
   > carries along $a' b + a b'$.

   > answer: 06_3
   > Forwards there is one pass for each parameter, as with measuring. Backwards one starts at the
   > single number $L$, of which all derivatives are wanted, so one pass is enough. If there were
   > one parameter and many results, forwards would be the better way.

4. Multiply the loss by 1000 before going backwards. What happens to descent with the rate 0.01, and
   what to Adam? First think, then try it with $L = (3 w - 4)^2$ from $w = 2$, five steps each.

   > hint: All gradients are 1000 times as large. Which of the two divides by them?

   > answer: 06_4
   > Descent takes steps that are 1000 times as long, jumps over the valley, and further away with
   > each step. Adam hardly notices: both $m$ and the root of $v$ are 1000 times as large.
*/
