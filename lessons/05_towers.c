/*md
# Two towers

> question: How does the model get from 16 numbers of a user and 18 of a film to a single one, the
> stars?

> result: figure:05_prediction. From left to right, {{user_numbers}} numbers of a user become 32,
> and so do {{film_numbers}} of a film. One number, {{dot}}, says how near the two rows of 32 are:
> read as stars, {{stars}}. Nothing has been learned yet, so it is far from the {{really}} that the
> user gave.

> see: One small step computed by hand and by the library; why it is bent; many of them side by side
> and one after the other; how two rows of numbers are compared; the whole model, drawn from itself;
> and what it says before it has learned anything.

> uses: §5 (dense layers) and §11 (two towers); lessons 3 and 4.

> time: 30 minutes
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"
#include "drawing.h"
/*md
The model of this course has the shape of two towers. They are built here from the ground: a single
unit first, then a row of them, then several rows, and at last the two towers side by side.

> fold: the names of the functions that draw, which stand at the end of this file
*/
// Two numbers on their way through a layer of two units.
typedef struct small_layer {
    float x[2], weights[4], bias[2], sum[2], out[2];
} small_layer;

// A user and a film on their way: what they are, and what each layer of their towers makes of them.
typedef struct side {
    const tt_sequential *tower;
    const char *name;
    const char *inputs[ML_GENRES + 2];
    tt_matrix at[TT_MAX_LAYERS + 1]; // the inputs, then the outputs of each layer, a row each
} side;

typedef struct prediction {
    side user, film;
    float dot;
    double stars, really;
} prediction;

static void forward_by_hand(small_layer *small);
static void add_unit(const small_layer *small, int unit);
static tt_sequential *small_network(float *weights, float *bias, size_t inputs, size_t outputs);
static const char *draw_angle(float raw[2][2], float unit[2][2], double width);
static const char *draw_model(const tt_sequential *user, const tt_sequential *film, double width);
static prediction follow(lesson *my);
static void forget(prediction *p);
static const char *draw_prediction(const prediction *p, double width);
static void show_summary(char **text, const tt_sequential *user, const tt_sequential *film);
static double root_mean_square(tt_matrix matrix);
static uint32_t checksum(const tt_two_tower *model);
static void predict_untrained(lesson *my, double of_predictions[20], double of_targets[20]);
/*md
## One unit, by hand

A unit takes some numbers in and gives one number out. It multiplies each number that comes in by a
number of its own, adds the products up, and adds one more number of its own.

> word: weight, weights: A weight is a number by which a unit multiplies one of its inputs. A unit
> has a weight for each input.

> word: bias, biases: The bias of a unit is the number that it adds to the sum of its products.

A large weight means: this input matters to me. A negative one means: the more of this input, the
less I have to say. Then comes one more step, which is so simple that it looks as if it couldn't
matter. If the sum is negative, the unit gives 0 instead.

> word: ReLU: The ReLU ("rectified linear unit") of a number is the number itself if it is positive,
> and 0 otherwise: $\operatorname{ReLU}(s) = \max(s, 0)$.

Let two units get the same two inputs, 2 and 1. The first has the weights 0.5 and −1 and the bias
0.25; the second has −1, 0.5 and 0.5. All the arithmetic is in {{table:05_unit}}.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_INPUTS, "the model and its start");

    small_layer small = {{2, 1}, {0.5f, -1, -1, 0.5f}, {0.25f, 0.5f}, {0}, {0}};
    forward_by_hand(&small);
    nb_table("05_unit", "Two units with the same two inputs: the second one stays silent", "unit",
             "2 × weight", "1 × weight", "bias", "sum", "ReLU");
    for (int unit = 0; unit < 2; unit++) add_unit(&small, unit);
    nb_table_end();
/*md
The sum of the first unit is positive, and it passes on what it has. The sum of the second is
negative: it is switched off for these inputs, and would wake up for others. {{figure:05_relu}}
shows what the ReLU makes of a sum.
*/
    nb_plot("05_relu", "The ReLU: flat for negative sums, the sum itself for positive ones",
            "A line that is 0 for negative sums and rises at 45 degrees from 0 on, with the two "
            "units of the table on it");
    for (int step = -8; step <= 8; step++) {
        float s = (float)step / 4, bent_s;
        tt_relu(tt_matrix_of(&bent_s, 1, 1), tt_matrix_of(&s, 1, 1));
        nb_plot_data("%g %g\n", (double)s, (double)bent_s);
    }
    nb_plot_end("set xlabel 'sum'\nset ylabel 'ReLU of the sum'\nset yrange [-0.3:2.1]\nunset key\n"
                "set label 'unit 1' at 0.25,0.25 point pt 7 ps 1.5 lc 2 offset 1,-0.5\n"
                "set label 'unit 2' at -1,0 point pt 7 ps 1.5 lc 2 offset -1,1\n"
                "plot $data using 1:2 with lines lw 3");
/*md

> word: layer, layers: A layer is a row of units that all get the same inputs. If each of them
> gets every input, the layer is called *dense*.

This was a layer with two inputs and two units. Write its inputs as a row $x$, its weights as a
matrix $W$ with a column for each unit, and its biases as a row $b$. Then the layer is

$$y = \operatorname{ReLU}(x W + b)$$

and that is all that a layer is: one product of matrices, one addition, and zeros in the place of
negative numbers. The library computes it like this:
*/
    tt_sequential *layer =
        small_network((float[]){0.5f, -1, -1, 0.5f}, (float[]){0.25f, 0.5f}, 2, 2);
    layer->layers[0].activation = TT_RELU;
    float y[2];
    ml_must(tt_sequential_forward(tt_matrix_of(y, 1, 2), layer, tt_matrix_of(small.x, 1, 2)), NULL);
    nb_text("by hand:        %g %g\nby the library: %g %g\n", (double)small.out[0],
            (double)small.out[1], (double)y[0], (double)y[1]);
    nb_check(y[0] == small.out[0] && y[1] == small.out[1], "the layer gives what the hand got");
/*md
If $x$ has several rows, each row goes through the layer by itself, and the result has as many rows.
So a hundred users are no more trouble than one.

> word: batch, batches: A batch is a number of examples that go through the model together, a row
> each. It changes nothing in the results; one large product of matrices is only faster than many
> small ones.
*/
    float three[] = {2, 1, 0, 1, 1, 0}, results[6];
    ml_must(tt_sequential_forward(tt_matrix_of(results, 3, 2), layer, tt_matrix_of(three, 3, 2)),
            NULL);
    for (int r = 0; r < 3; r++)
        nb_text("(%g %g) becomes (%g %g)\n", (double)three[2 * r], (double)three[2 * r + 1],
                (double)results[2 * r], (double)results[2 * r + 1]);
    nb_check(results[0] == y[0] && results[1] == y[1],
             "the first row of the batch is the one from above");
/*md
## What the bend is for

Take a unit with a single input $x$. Without the ReLU it gives $x w + b$, a straight line, whatever
its weight is. The ReLU bends the line, once. {{figure:05_hill}} shows three such units. Their
weights are 1 and their biases 0, −1 and −2, so that they wake up at 0, at 1 and at 2. A fourth
unit, in a second layer and without ReLU, adds up what they give out, with the weights 1, −2 and
1.
*/
    tt_sequential *bends = small_network((float[]){1, 1, 1}, (float[]){0, -1, -2}, 1, 3);
    tt_sequential *adds = small_network((float[]){1, -2, 1}, (float[]){0}, 3, 1);
    bends->layers[0].activation = TT_RELU;
    nb_plot("05_hill", "Three bent lines, added up, make a hill: from straight pieces, any shape",
            "Three lines that are 0 up to x = 0, 1 and 2 and rise from there, and their weighted "
            "sum, a triangle from 0 to 2 that is 1 high");
    for (int step = -10; step <= 30; step++) {
        float x = (float)step / 10, bent[3], sum;
        ml_must(tt_sequential_forward(tt_matrix_of(bent, 1, 3), bends, tt_matrix_of(&x, 1, 1)),
                NULL);
        ml_must(tt_sequential_forward(tt_matrix_of(&sum, 1, 1), adds, tt_matrix_of(bent, 1, 3)),
                NULL);
        nb_plot_data("%.1f %.4g %.4g %.4g %.4g\n", step / 10.0, (double)bent[0], (double)bent[1],
                     (double)bent[2], (double)sum);
    }
    nb_plot_end("set xlabel 'input x'\nset ylabel 'output'\nset yrange [0:3.1]\n"
                "set xrange [-1:3.6]\nunset key\n"
                "set label 'unit 1' at 3.05,3 tc lt 1\nset label 'unit 2' at 3.05,2 tc lt 2\n"
                "set label 'unit 3' at 3.05,1 tc lt 3\nset label 'sum' at 0.75,1.05 right tc lt 4\n"
                "plot $data using 1:2 with lines, $data using 1:3 with lines, "
                "$data using 1:4 with lines, $data using 1:5 with lines lw 4");
/*md
Unit 1 has weight 1 and bias 0: its line is the ReLU itself, flat up to 0, then straight. With
enough such units one can put together any curve from straight pieces, and with many inputs
any surface from flat ones. What the pieces are is up to the weights.

## And without it?

Suppose one left the ReLU out, and put two layers with the biases $a$ and $b$ one after the other:

$$(x A + a) B + b = x (A B) + (a B + b)$$

By the rules of matrices $A B$ is one matrix, and $a B + b$ is one row of biases. So two layers would
be no more than one. {{table:05_collapse}} shows it in numbers, for $A$ with the rows $(1 \; 2)$ and
$(-1 \; 1)$, $B$ with the rows $(2 \; 0)$ and $(1 \; 3)$, and biases of 0.
*/
    float A[] = {1, 2, -1, 1}, B[] = {2, 0, 1, 3}, AB[4], minus[] = {-2, -1};
    tt_matmul(tt_matrix_of(AB, 2, 2), tt_matrix_of(A, 2, 2), tt_matrix_of(B, 2, 2));
    tt_sequential *first = small_network(A, (float[]){0, 0}, 2, 2);
    tt_sequential *second = small_network(B, (float[]){0, 0}, 2, 2);
    tt_sequential *once = small_network(AB, (float[]){0, 0}, 2, 2);
    float between[4], twice[4], single[4], both[] = {2, 1, minus[0], minus[1]};
    tt_matrix rows = tt_matrix_of(both, 2, 2), middle = tt_matrix_of(between, 2, 2);
    nb_table("05_collapse", "Two layers without ReLU are one; with it they are not", "input",
             "two layers", "one layer, A B", "two layers with ReLU");
    ml_must(tt_sequential_forward(middle, first, rows), NULL);
    ml_must(tt_sequential_forward(tt_matrix_of(twice, 2, 2), second, middle), NULL);
    ml_must(tt_sequential_forward(tt_matrix_of(single, 2, 2), once, rows), NULL);
    first->layers[0].activation = TT_RELU;
    float bent[4];
    ml_must(tt_sequential_forward(middle, first, rows), NULL);
    ml_must(tt_sequential_forward(tt_matrix_of(bent, 2, 2), second, middle), NULL);
    for (int r = 0; r < 4; r += 2)
        nb_row("(%g %g)\t(%g %g)\t(%g %g)\t(%g %g)", (double)both[r], (double)both[r + 1],
               (double)twice[r], (double)twice[r + 1], (double)single[r], (double)single[r + 1],
               (double)bent[r], (double)bent[r + 1]);
    nb_table_end();
    nb_check(memcmp(twice, single, sizeof twice) == 0, "(x A) B = x (A B)");
    nb_check(bent[2] != -bent[0] || bent[3] != -bent[1],
             "with ReLU the opposite input gives no opposite output: no matrix does that");
/*md
For one matrix the opposite input always gives the opposite output, and the second row of the table
is the first with other signs. With the ReLU it isn't so. The bend is what makes a second layer
worth having.

## From layers to a tower

> word: network, networks: A network is layers one after the other: what one layer gives out, the
> next one takes in. (It is called "neural" because units once were meant to be like nerve cells.)

> word: parameter, parameters: The parameters of a model are all numbers in it that are learned from
> the data: here the weights and biases of all layers.

One network makes 32 numbers of a user, another one 32 numbers of a film. We call them *towers*.
`tt_two_tower_new` makes both. Their inputs are those of lesson 4, 16 numbers of a user and 18 of a
film. The layers of each have 512, 256 and 32 units.

Some columns of lesson 2 are not among the inputs. The ids are left out because an id is a name, not
a quantity: there is no sense in multiplying it. The average of a user is left out because it is a
weighted mean of the 16 averages that stay, and the number of a user's ratings because it says how
much somebody watches, not what they like.
*/
    tt_two_tower_options options = {.seed = nb.seed, .adam = {.learning_rate = 0.01}};
    size_t user_inputs = my.inputs.user_inputs.cols, film_inputs = my.inputs.film_inputs.cols;
    ml_must(tt_two_tower_new(&my.model, user_inputs, film_inputs, &options), NULL);
    const tt_sequential *user = &my.model.user, *film = &my.model.item;
    nb_value("user_numbers", "%zu", user_inputs);
    nb_value("film_numbers", "%zu", film_inputs);
/*md
> notebook: These are cells 10, 12 and 13 of the notebook, which leaves out the same columns and
> does not say why.

{{figure:05_model}} is drawn from the model in memory, and to scale: as many units, so wide.
*/
    nb_figure("05_model", "Both towers widen a few numbers to 512, and narrow them down to 32",
              "Two columns of bars, the user tower and the film tower, each from its inputs at the "
              "bottom through three dense layers to a division by the length; both lead to one "
              "number",
              draw_model(user, film, 782));
    nb_narrow(draw_model(user, film, 360));
/*md
The last layer has no ReLU. Its 32 numbers may be negative, and we shall see why they must.

The towers meet only at the end. What the film tower makes of a film depends on no user. So all
films can be sent through their tower once, and the results be kept; only the small step at the end
remains for each pair. This is what the two towers are for. A network that saw user and film
together from the start could know more (a user's taste may depend on the combination), but it would
have to run once for each pair.

## Two directions, one number

How does one compare a user's 32 numbers with a film's?

> word: dot product, dot products: The dot product of two rows of numbers is the sum of the products
> of their numbers, first with first, second with second, and so on.

$$u \cdot v = u_1 v_1 + u_2 v_2 + \ldots + u_{32} v_{32}$$

The dot product is large if both have large numbers of the same sign at the same places. So each of
the 32 places can stand for something that a film has more or less of, and a user likes more or
less. No one says what that is to be; training will find it.

With two numbers in place of 32 one can draw it. A row of two numbers is an arrow in the plane.
{{figure:05_angle}} shows $a$ and $b$. Divided by their lengths they end on the circle with radius
1:
*/
    float pairs[2][2] = {{1.2f, 0.9f}, {-0.35f, 1.2f}}, ones[2][2], a_dot_b, u_dot_v;
    tt_l2_normalize(tt_matrix_of(ones[0], 2, 2), tt_matrix_of(pairs[0], 2, 2));
    tt_row_dot(tt_matrix_of(&a_dot_b, 1, 1), tt_matrix_of(pairs[0], 1, 2),
               tt_matrix_of(pairs[1], 1, 2));
    tt_row_dot(tt_matrix_of(&u_dot_v, 1, 1), tt_matrix_of(ones[0], 1, 2),
               tt_matrix_of(ones[1], 1, 2));
    nb_text("a = (%g %g), of length %.4g: u = a / |a| = (%.4g %.4g)\n", (double)pairs[0][0],
            (double)pairs[0][1], (double)pairs[0][0] / (double)ones[0][0], (double)ones[0][0],
            (double)ones[0][1]);
    nb_text("b = (%g %g), of length %.4g: v = b / |b| = (%.4g %.4g)\n", (double)pairs[1][0],
            (double)pairs[1][1], (double)pairs[1][0] / (double)ones[1][0], (double)ones[1][0],
            (double)ones[1][1]);
    nb_text("u . v = %.4g x %.4g + %.4g x %.4g = %.4f\n", (double)ones[0][0], (double)ones[1][0],
            (double)ones[0][1], (double)ones[1][1], (double)u_dot_v);
    nb_figure("05_angle",
              "The dot product of two arrows of length one is the shadow of one on the "
              "other: the cosine of their angle",
              "A circle of radius 1 with two arrows from its centre, u and v; from the end of v a "
              "line falls at a right angle on u, and marks its shadow there",
              draw_angle(pairs, ones, 782));
    nb_narrow(draw_angle(pairs, ones, 360));
    double angle = acos((double)u_dot_v) * 180 / 3.14159265358979;
    nb_value("angle", "%.1f", angle);
    nb_value("shadow", "%.3f", (double)u_dot_v);
    nb_check(fabs(cos(angle / 180 * 3.14159265358979) - (double)u_dot_v) < 1e-6,
             "the cosine of the angle, %.1f degrees, is u . v", angle);
/*md
Why is it the cosine? Turn the picture until $u$ lies along the $x$ axis. Then $u = (1, 0)$ and $v =
(\cos \theta, \sin \theta)$, and their dot product is $\cos \theta$. Turning changes no dot product,
because it changes no length, and dot products can be had from lengths: ${|u + v|}^2 = {|u|}^2 + 2 u
\cdot v + {|v|}^2$. In 32 dimensions two arrows still lie in one plane, and the same holds.

So for arrows of length one the dot product is 1 if they point the same way, 0 at a right angle, −1
if they are opposed, and here, at {{angle}} degrees, {{shadow}}.

## Why length one?

> word: embedding, embeddings: The embedding of a user or a film is the row of 32 numbers that its
> tower makes of it, divided by its length; a direction in a space of 32 dimensions.

The model divides what comes out of each tower by its length, and predicts with the dot product:

$$u = \frac{x_u}{|x_u|} \qquad v = \frac{x_v}{|x_v|} \qquad \hat{y} = u \cdot v$$

where ${|x|} = \sqrt{x_1^2 + \ldots + x_{32}^2}$ is the length of a row.

What does the division change? {{table:05_length}} makes the arrow $b$ longer, and leaves $a$.
*/
    nb_table("05_length",
             "A longer arrow: its dot product grows without limit, its direction stays", "arrow",
             "length", "dot product with a", "after the division");
    float bounded = 0;
    for (int times = 1; times <= 4; times *= 2) {
        float longer[2] = {(float)times * pairs[1][0], (float)times * pairs[1][1]}, unit[2], raw;
        tt_l2_normalize(tt_matrix_of(unit, 1, 2), tt_matrix_of(longer, 1, 2));
        tt_row_dot(tt_matrix_of(&raw, 1, 1), tt_matrix_of(pairs[0], 1, 2),
                   tt_matrix_of(longer, 1, 2));
        tt_row_dot(tt_matrix_of(&bounded, 1, 1), tt_matrix_of(ones[0], 1, 2),
                   tt_matrix_of(unit, 1, 2));
        nb_row("%d b\t%.2f\t%.3f\t%.3f", times,
               sqrt((double)(longer[0] * longer[0] + longer[1] * longer[1])), (double)raw,
               (double)bounded);
    }
    nb_table_end();
    nb_check(bounded == u_dot_v, "length has no influence on the dot product of u and v");
/*md
Three things follow, and each is a choice that one could make otherwise.

- Predictions have a range, from −1 to 1. Lesson 3 has scaled the stars to just this range. The
  model cannot predict six stars, whatever its parameters are.
- Only directions count. Without the division a film could get high predictions from everybody, by
  being long. With it, a film can only be near to somebody's taste by pointing away from somebody
  else's.
- Films can be compared with films, as lesson 11 does: near means a small angle.

This also says why the last layer has no ReLU. Without negative numbers no two arrows would be
further apart than a right angle, and the worst film would get a 0, the middle of the scale.

Is it better so? Geometry can't tell. Lesson 7 trains a model once with the division and once
without, and lesson 6 shows what it does to the steps of training.

> margin: The range has a price. To predict exactly five stars the two embeddings must be the same,
> and to predict half a star they must be opposed. Two users who give one film five stars would need
> the same embedding, whatever else they like. In practice predictions keep away from the ends.

## One prediction, number by number

Now everything is there, and one prediction can be followed through the whole model. We take the
user with the id {{user_id}} and, of the films that this user liked best, the best known: {{film}}.
*/
    prediction p = follow(&my);
    nb_value("user_id", "%s", p.user.name);
    nb_value("film", "%s", p.film.name);
    nb_value("dot", "%s%.3f", p.dot < 0 ? "−" : "", fabs((double)p.dot));
    nb_value("stars", "%.2f", p.stars);
    nb_value("really", "%g", p.really);
    nb_figure(
        "05_prediction",
        "One prediction, with random parameters: each square is what one unit gives out, the "
        "stronger the more; empty squares are units that their ReLU has switched off",
        "Two rows, the user above and the film below: named bars of the inputs, fields of 512 "
        "and of 256 squares, and 32 bars; beside them the 32 products, their sum and the "
        "stars",
        draw_prediction(&p, 782));
    nb_narrow(draw_prediction(&p, 360));
/*md
A square in the first field is a unit with 16 inputs. Let us open one: the unit of the user tower
whose output is the largest. {{table:05_opened}} has its 16 products.
*/
    tt_matrix inputs = p.user.at[0], hidden = p.user.at[1];
    size_t unit = 0;
    for (size_t o = 1; o < hidden.cols; o++)
        if (hidden.data[o] > hidden.data[unit]) unit = o;
    float sum = 0;
    nb_table("05_opened", "Inside of one unit: 16 products, their sum, and the bias", "input",
             "value", "weight", "product", "sum so far");
    for (size_t i = 0; i < user_inputs; i++) {
        float weight = *tt_matrix_at(user->layers[0].weights, i, unit);
        float product = inputs.data[i] * weight;
        sum += product;
        nb_row("%s\t%.4f\t%.4f\t%.4f\t%.4f", p.user.inputs[i], (double)inputs.data[i],
               (double)weight, (double)product, (double)sum);
    }
    sum += user->layers[0].bias.data[unit];
    nb_row("bias\t\t\t%.4f\t%.4f", (double)user->layers[0].bias.data[unit], (double)sum);
    nb_table_end();
    nb_value("unit", "%zu", unit + 1);
    nb_value("unit_sum", "%.4f", (double)sum);
    nb_check(fabsf(hidden.data[unit] - fmaxf(sum, 0)) < 1e-6f, "the sum is what unit %zu gives out",
             unit + 1);
/*md
This was unit {{unit}} of the first layer. Its sum, {{unit_sum}}, is positive, so the ReLU lets it
through. The next layer has 256 units that do the same with 512 inputs each. Nothing else happens
in a network: the numbers get more, not the ideas.

At the end of the way are 32 products and their sum, {{dot}}. Read backwards through the scaling of
lesson 3, from [−1, 1] to stars, it becomes {{stars}}.
*/
    float total = 0, by_library;
    const tt_matrix *u = &p.user.at[user->depth], *v = &p.film.at[film->depth];
    for (size_t d = 0; d < u->cols; d++) total += u->data[d] * v->data[d];
    tt_ratings one = {.users = p.user.at[0],
                      .items = p.film.at[0],
                      .user = &(uint32_t){0},
                      .item = &(uint32_t){0},
                      .count = 1};
    ml_must(tt_predict(&by_library, &my.model, &one, &my.run), &my.run.why);
    nb_text("dot product: %.4f, in stars %.2f\n", (double)total, p.stars);
    nb_check(fabsf(total - by_library) < 1e-6f, "tt_predict says the same");
    forget(&p);
/*md
## Counting

How many parameters should there be? A layer with $I$ inputs and $O$ units has a weight for each
pair and a bias for each unit, $I O + O$ in all. The sums are done here by hand.
*/
    const size_t user_parameters = (16 * 512 + 512) + (512 * 256 + 256) + (256 * 32 + 32);
    const size_t film_parameters = (18 * 512 + 512) + (512 * 256 + 256) + (256 * 32 + 32);
    size_t all = tt_sequential_parameters(user) + tt_sequential_parameters(film);
    nb_value("parameters", "%s", nb_thousands((long long)all));
    nb_key_figure("%s parameters in two towers", nb_thousands((long long)all));

    const tt_sequential *towers[2] = {user, film};
    nb_table("05_layers", "The layers of both towers: nearly all parameters are in the middle",
             "tower", "layer", "inputs", "outputs", "weights", "biases", "parameters");
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
There are {{parameters}} parameters, and {{train}} training rows to learn them from. Can that go
well? More unknowns than equations is a warning sign. So here are smaller towers, with 64, 32 and
32 units, beside them:
*/
    tt_two_tower little;
    tt_two_tower_options its_shape = {.hidden = {64, 32}, .embedding = 32, .seed = nb.seed};
    ml_must(tt_two_tower_new(&little, user_inputs, film_inputs, &its_shape), NULL);
    const tt_two_tower *sizes[2] = {&little, &my.model};
    nb_table("05_sizes",
             "Small towers have far fewer parameters than there are training rows, large "
             "ones far more",
             "units", "parameters", "kilobytes", "training rows for a parameter");
    for (int s = 0; s < 2; s++) {
        const tt_dense *its = sizes[s]->user.layers;
        size_t n =
            tt_sequential_parameters(&sizes[s]->user) + tt_sequential_parameters(&sizes[s]->item);
        nb_row("%zu, %zu, %zu\t%s\t%zu\t%.2f", its[0].weights.cols, its[1].weights.cols,
               its[2].weights.cols, nb_thousands((long long)n), n * sizeof(float) / 1024,
               (double)my.inputs.train.count / (double)n);
    }
    nb_table_end();
    tt_two_tower_free(&little);
    nb_value("train", "%s", nb_thousands((long long)my.inputs.train.count));
/*md
Lesson 7 trains both. It will turn out that the small ones are nearly as good, in a tenth of the
time; so most experiments of this course are done with them.

Here is the same model in words.

> notebook: It is Keras' table for `model.summary()`, as cell 10 shows it. "None" is the number of
> rows in a batch, which may be any. Cell 20 makes a model of the film tower alone; lesson 11 does
> what it is for.
*/
    char *text = NULL;
    show_summary(&text, user, film);
    nb_text("%s", text);
    free(text);
/*md
What goes into the model and what comes out of it, for a batch of 32 rows?
*/
    size_t batch = my.inputs.train.count < 32 ? my.inputs.train.count : 32;
    size_t width = user->layers[user->depth - 1].weights.cols;
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

Which weights does a model have before it has learned anything? They cannot be zero, nor all equal:
all units of a layer would compute the same, would be corrected in the same way, and remain the same
for ever. They start at random. How large? If the weights are too small, signals fade from layer to
layer; if the weights are too large, signals grow. Glorot and Bengio (2010) draw uniformly between
$-\ell$ and $\ell$ with

$$\ell = \sqrt{\frac{6}{I + O}}$$

for a layer with $I$ inputs and $O$ units. Biases start at zero. The histogram in
{{figure:05_glorot}} shows the first layer of the user tower.
*/
    tt_matrix weights = user->layers[0].weights;
    double limit = sqrt(6.0 / (double)(weights.rows + weights.cols)), largest = 0;
    double bars[24] = {0};
    for (size_t i = 0; i < weights.rows * weights.cols; i++) {
        double weight = weights.data[i];
        largest = fmax(largest, fabs(weight));
        bars[(int)((weight / limit + 1.2) * 10)] += 1;
    }
    nb_value("limit", "%.4f", limit);
    nb_value("largest", "%.4f", largest);
    nb_value("first_units", "%zu", weights.cols);
    nb_value("first_factor", "%.2f",
             sqrt((double)weights.rows / (double)(weights.rows + weights.cols)));
    nb_plot("05_glorot", "At the start all weights between the limits are equally frequent",
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
The limit is {{limit}}, and the largest weight is {{largest}}. Does the rule do what it promises? We
send a batch of users through the tower, and take the root of the mean square of all numbers after
each layer. Then we do so with all weights a quarter as large, and with all four times as large.
*/
    nb_table("05_signals", "How large the numbers are after each layer of the user tower",
             "weights", "inputs", "after layer 1", "after layer 2", "after layer 3");
    tt_matrix users =
        tt_matrix_rows(my.inputs.user_inputs, 0,
                       my.inputs.user_inputs.rows < 32 ? my.inputs.user_inputs.rows : 32);
    static const double factors[] = {0.25, 1, 4};
    for (int f = 0; f < 3; f++) {
        tt_two_tower scaled;
        ml_must(tt_two_tower_new(&scaled, user_inputs, film_inputs, &options), NULL);
        nb_cell("%g ×", factors[f]);
        nb_cell("%.2f", root_mean_square(users));
        for (size_t l = 0; l < scaled.user.depth; l++) {
            tt_matrix W = scaled.user.layers[l].weights, after;
            for (size_t i = 0; i < W.rows * W.cols; i++) W.data[i] *= (float)factors[f];
            tt_sequential part = {.depth = l + 1, .layers = scaled.user.layers};
            ml_must(tt_matrix_new(&after, users.rows, W.cols), NULL);
            ml_must(tt_sequential_forward(after, &part, users), NULL);
            nb_cell("%.3g", root_mean_square(after));
            tt_matrix_free(&after);
        }
        tt_two_tower_free(&scaled);
    }
    nb_table_end();
/*md
With Glorot's limit the numbers keep about their size after the first layer. In the first they
shrink. Numbers that are uniform up to $\pm \ell$ have a mean square of $\ell^2 / 3$. So the sum of
$I$ products has $I \ell^2 / 3 = 2 I / (I + O)$ times the mean square of the inputs, which is 1 if
$I = O$, and ReLU takes away about half. With 16 inputs and {{first_units}} units a factor of
{{first_factor}} is left of the size. With a quarter of the limit each layer makes the numbers four
times smaller than that, and with four times of it four times larger.
Three layers, with a division by the length at the end, would bear even that; but in ten layers it
becomes a factor of a million.

## Every embedding has length one

We send every film through its tower. Each embedding must have length one, apart from rounding. If
the last layer made a row of zeros, the division would leave the zeros as they are. The check lets
such a row through; it does not occur in practice.
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
    tt_matrix_free(&vectors);
    nb_text("%zu film vectors of %zu numbers\n", my.data.n_films, width);
    nb_check(off < 1e-6, "every vector has length one, to six decimals");
/*md
## Before learning

What does the model predict now for the test set? Its predictions have nothing to do with the
ratings. But it does predict something, and this is where training starts.
*/
    double of_predictions[20] = {0}, of_targets[20] = {0};
    predict_untrained(&my, of_predictions, of_targets);
    nb_plot("05_untrained", "Before learning, predictions have nothing to do with the ratings",
            "Two histograms from -1 to 1, one of the predictions and one of the true ratings");
    for (int i = 0; i < 20; i++)
        nb_plot_data("%.2f %.4f %.4f\n", (i + 0.5) / 10 - 1, of_predictions[i], of_targets[i]);
    nb_plot_end("set xrange [-1:1]\nset yrange [0:*]\nset xlabel 'scaled rating'\n"
                "set ylabel '% of the test rows'\n"
                "plot $data using 1:2 with histeps title 'prediction', "
                "$data using 1:3 with histeps title 'true rating'");
/*md
The mean squared error is {{before}} on the scaled target. Its root is an RMSE of {{rmse}} stars:
whoever always says the mean is much nearer. The mean prediction is {{mean}}. The true ratings stand
at ten places only, because stars come in halves.

## One seed, one model

Random numbers come from a seed, as in lesson 4. Here it is an option of the model. The same seed
gives the same weights, bit for bit, on every machine; another seed gives another model. CRC-32
(§16) turns all weights into one number, so that two models can be compared at a glance. (CRC-32
reads bytes, so a machine that stores them the other way round gets another number for the same
weights.)

> notebook: The notebook calls `tf.random.set_seed(1)` before it makes its layers. Keras 3 gives
> every initialiser a seed of its own, which that call does not reach
> (`keras.utils.set_random_seed` would). Two runs of the notebook start from different weights and
> end with different films.
*/
    uint32_t sums[3];
    for (uint32_t i = 0; i < 3; i++) {
        tt_two_tower other;
        tt_two_tower_options its = {.seed = i < 2 ? nb.seed : nb.seed + 1};
        ml_must(tt_two_tower_new(&other, user_inputs, film_inputs, &its), NULL);
        sums[i] = checksum(&other);
        tt_two_tower_free(&other);
        nb_text("seed %lu: checksum %08lx\n", (unsigned long)its.seed, (unsigned long)sums[i]);
    }
    nb_check(sums[0] == sums[1], "the same seed gives the same weights");
    nb_check(sums[0] != sums[2], "another seed gives other weights");
/*md
The model is made, and knows nothing. How does it learn? Each of its parameters must move a little,
in the right direction. Lesson 6 finds the direction.

> fold: the end of the program
*/
    tt_sequential *const networks[] = {layer, bends, adds, first, second, once};
    for (size_t n = 0; n < sizeof networks / sizeof *networks; n++) {
        tt_sequential_free(networks[n]);
        free(networks[n]);
    }
    return lesson_close(&my);
}
/*md
> fold: how the arithmetic is done by hand, and how the figures are drawn
*/
static void forward_by_hand(small_layer *small)
{
    for (int o = 0; o < 2; o++) {
        float first = small->x[0] * small->weights[o], second = small->x[1] * small->weights[2 + o];
        small->sum[o] = first + second + small->bias[o];
        small->out[o] = small->sum[o] > 0 ? small->sum[o] : 0;
    }
}

// The unit's row of the table.
static void add_unit(const small_layer *small, int unit)
{
    const float *w = small->weights;
    const float row[] = {small->x[0] * w[unit], small->x[1] * w[2 + unit], small->bias[unit],
                         small->sum[unit], small->out[unit]};
    nb_cell("%d", unit + 1);
    for (int c = 0; c < 5; c++) nb_cell("%g", (double)row[c]);
}

// Owns a network of one layer, which has no ReLU.
static tt_sequential *small_network(float *weights, float *bias, size_t inputs, size_t outputs)
{
    tt_sequential *network = (tt_sequential *)ml_new(1, sizeof *network);
    const size_t widths[] = {inputs, outputs};
    tt_random random;
    tt_random_seed(&random, 0);
    ml_must(tt_sequential_new(network, widths, 1, false, &random), NULL);
    memcpy(network->layers[0].weights.data, weights, inputs * outputs * sizeof(float));
    memcpy(network->layers[0].bias.data, bias, outputs * sizeof(float));
    return network;
}

static double root_mean_square(tt_matrix matrix)
{
    double sum = 0;
    for (size_t r = 0; r < matrix.rows; r++)
        for (size_t c = 0; c < matrix.cols; c++) {
            double number = *tt_matrix_at(matrix, r, c);
            sum += number * number;
        }
    return sqrt(sum / (double)(matrix.rows * matrix.cols));
}

static uint32_t checksum(const tt_two_tower *model)
{
    const tt_sequential *towers[2] = {&model->user, &model->item};
    uint32_t sum = 0;
    for (int t = 0; t < 2; t++)
        for (size_t l = 0; l < towers[t]->depth; l++) {
            tt_matrix weights = towers[t]->layers[l].weights;
            sum = tt_crc32(sum, weights.data, weights.rows * weights.cols * sizeof(float));
        }
    return sum;
}

// Histograms of what the model predicts for the test rows, and of their ratings.
static void predict_untrained(lesson *my, double of_predictions[20], double of_targets[20])
{
    float *predictions = (float *)ml_new(my->inputs.test.count, sizeof *predictions);
    ml_must(tt_predict(predictions, &my->model, &my->inputs.test, &my->run), &my->run.why);
    double before, mean = 0;
    ml_must(tt_evaluate(&before, &my->model, &my->inputs.test, &my->run), &my->run.why);
    for (size_t i = 0; i < my->inputs.test.count; i++) {
        double share = 100 / (double)my->inputs.test.count;
        double y = my->inputs.target[my->inputs.test_rows[i]];
        int p_bin = (int)((predictions[i] + 1) * 10), y_bin = (int)((y + 1) * 10);
        of_predictions[p_bin < 0 ? 0 : p_bin > 19 ? 19 : p_bin] += share;
        of_targets[y_bin < 0 ? 0 : y_bin > 19 ? 19 : y_bin] += share;
        mean += predictions[i] / (double)my->inputs.test.count;
    }
    free(predictions);
    double stars = (ml_stars(&my->inputs, 1) - ml_stars(&my->inputs, -1)) / 2;
    nb_value("before", "%.3f", before);
    nb_value("mean", "%s%.2f", mean < 0 ? "−" : "", fabs(mean));
    nb_value("rmse", "%.2f", sqrt(before) * stars);
}

static const char rule[] = "------------------------------------------------------------------\n";

static void add_line(char **text, const char *layer, size_t outputs, size_t parameters)
{
    char shape[40];
    snprintf(shape, sizeof shape, "(None, %zu)", outputs);
    nb_append(text, "%-32s %-20s %12s\n", layer, shape, nb_thousands((long long)parameters));
}

static void add_layers(char **text, const tt_sequential *tower, const char *name)
{
    char line[80];
    size_t inputs = tower->layers[0].weights.rows;
    snprintf(line, sizeof line, "%s input", name);
    add_line(text, line, inputs, 0);
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

static void show_summary(char **text, const tt_sequential *user, const tt_sequential *film)
{
    size_t parameters = tt_sequential_parameters(user) + tt_sequential_parameters(film);
    size_t tenths = (parameters * sizeof(float) * 10 + 512) / 1024;
    nb_append(text, "%-32s %-20s %12s\n%s", "Layer", "Output shape", "Parameters", rule);
    add_layers(text, user, "user");
    add_layers(text, film, "item");
    add_line(text, "dot product", 1, 0);
    nb_append(text, "%sTotal parameters: %s (%zu.%zu KB)\n", rule,
              nb_thousands((long long)parameters), tenths / 10, tenths % 10);
}

// Two arrows from the centre of a circle, what they were before they got length one, and the shadow
// of the second on the first.
static const char *draw_angle(float raw[2][2], float unit[2][2], double width)
{
    char *svg = NULL;
    double radius = fmin(0.36 * width, 200), x = 0.45 * width, y = 1.35 * radius;
    double shadow = (double)(unit[0][0] * unit[1][0] + unit[0][1] * unit[1][1]);
    double foot_x = x + radius * shadow * unit[0][0], foot_y = y - radius * shadow * unit[0][1];
    dr_begin(&svg, width, y + 0.35 * radius);
    nb_append(&svg, "<circle cx='%.1f' cy='%.1f' r='%.1f' fill='none' stroke='gray'/>\n", x, y,
              radius);
    dr_line(&svg, x - 1.2 * radius, y, x + 1.5 * radius, y, "stroke='gray'");
    dr_line(&svg, x, y + 0.3 * radius, x, y - 1.3 * radius, "stroke='gray'");
    nb_append(&svg,
              "<path d='M %.1f %.1f A %.1f %.1f 0 0 0 %.1f %.1f' fill='none' "
              "stroke='black'/>\n",
              x + 0.2 * radius * unit[0][0], y - 0.2 * radius * unit[0][1], 0.2 * radius,
              0.2 * radius, x + 0.2 * radius * unit[1][0], y - 0.2 * radius * unit[1][1]);
    dr_line(&svg, x, y, foot_x, foot_y, "stroke='" DR_GREEN "' stroke-width='7' opacity='0.6'");
    static const char *const names[2][2] = {{"a", "u"}, {"b", "v"}};
    static const char *const colours[2] = {DR_BLUE, DR_ORANGE};
    for (int i = 0; i < 2; i++) {
        double end_x = x + radius * unit[i][0], end_y = y - radius * unit[i][1];
        double far_x = x + radius * raw[i][0], far_y = y - radius * raw[i][1];
        dr_arrow(&svg, end_x, end_y, far_x, far_y, 0, DR_FAINT);
        dr_arrow(&svg, x, y, end_x, end_y, 0, colours[i]);
        dr_text(&svg, far_x + 6, far_y, DR_HALO, "%s", names[i][0]);
        dr_text(&svg, end_x + 8, end_y + 14, DR_HALO " font-weight='bold'", "%s", names[i][1]);
    }
    dr_line(&svg, x + radius * unit[1][0], y - radius * unit[1][1], foot_x, foot_y,
            "stroke='black' stroke-dasharray='3 3'");
    dr_text(&svg, foot_x + 12, foot_y + 14, DR_HALO, "shadow: u · v = %.3f", shadow);
    dr_text(&svg, x + radius + 4, y + 15, "", "1");
    return dr_end(&svg);
}

// A layer as a bar around x, as wide as it has units; from the bar below it the numbers spread.
static void draw_layer(char **svg, double x, double y, double below, double width)
{
    nb_append(svg,
              "<path d='M %.1f %.1f L %.1f %.1f L %.1f %.1f L %.1f %.1f z' fill='gray' "
              "opacity='0.35'/>\n",
              x - below / 2, y + 62, x + below / 2, y + 62, x + width / 2, y + 14, x - width / 2,
              y + 14);
    dr_box(svg, x - width / 2, y, width, 14, "fill='" DR_BLUE "'");
}

static void draw_tower(char **svg, const tt_sequential *tower, const char *of, double x, double y,
                       double room)
{
    double scale = room / 512;
    size_t inputs = tower->layers[0].weights.rows;
    for (size_t l = 0; l < tower->depth; l++)
        if (room / (double)tower->layers[l].weights.cols < scale)
            scale = room / (double)tower->layers[l].weights.cols;
    dr_box(svg, x - scale * (double)inputs / 2, y, scale * (double)inputs, 14,
           "fill='" DR_ORANGE "'");
    dr_text(svg, x, y + 32, DR_MIDDLE, "%zu numbers of %s", inputs, of);
    for (size_t l = 0; l < tower->depth; l++, y -= 62) {
        size_t outputs = tower->layers[l].weights.cols;
        const char *relu = tower->layers[l].activation == TT_RELU ? ", ReLU" : "";
        draw_layer(svg, x, y - 62, scale * (double)inputs, scale * (double)outputs);
        if (room > 300)
            dr_text(svg, x, y - 26, DR_MIDDLE " " DR_HALO,
                    "%zu units%s: %zu × %zu + %zu parameters", outputs, relu, inputs, outputs,
                    outputs);
        else
            dr_text(svg, x, y - 26, DR_MIDDLE " " DR_HALO, "%zu units%s", outputs, relu);
        inputs = outputs;
    }
    dr_text(svg, x, y - 22, DR_MIDDLE " " DR_HALO, "divided by their length");
}

static const char *draw_model(const tt_sequential *user, const tt_sequential *film, double width)
{
    char *svg = NULL;
    const tt_sequential *towers[2] = {user, film};
    size_t depth = user->depth > film->depth ? user->depth : film->depth;
    double bottom = 125 + 62 * (double)depth;
    dr_begin(&svg, width, bottom + 45);
    for (int t = 0; t < 2; t++) {
        double x = width / 4 + t * width / 2, towards = t ? -1 : 1;
        double y = bottom - 62 * (double)towers[t]->depth - 38;
        draw_tower(&svg, towers[t], t ? "a film" : "a user", x, bottom, width / 2 - 12);
        dr_arrow(&svg, x, y, width / 2 + towards * -74, 36, 0, DR_INK);
    }
    dr_box(&svg, width / 2 - 74, 6, 148, 46, "stroke='black' rx='5'");
    dr_text(&svg, width / 2, 26, DR_MIDDLE, "how near are they?");
    dr_text(&svg, width / 2, 43, DR_MIDDLE, "the rating, −1 to 1");
    return dr_end(&svg);
}

// The film with the most ratings among those to which the user gave the most stars: a rating.
static size_t best_liked(const lesson *my, size_t user)
{
    size_t best = my->data.n_ratings;
    const uint32_t *ratings = my->features.film_ratings, *film = my->data.film;
    for (size_t r = 0; r < my->data.n_ratings; r++) {
        if (my->data.user[r] != user) continue;
        double more = best < my->data.n_ratings ? my->data.stars[r] - my->data.stars[best] : 1;
        if (more > 0 || (more == 0 && ratings[film[r]] > ratings[film[best]])) best = r;
    }
    return best;
}

// Sends a row through a tower, and keeps what every layer gives out.
static void follow_side(side *s, const tt_sequential *tower, tt_matrix row)
{
    s->tower = tower;
    s->at[0] = row;
    for (size_t l = 1; l <= tower->depth; l++) {
        tt_sequential part = {.depth = l, .layers = tower->layers, .normalize = l == tower->depth};
        ml_must(tt_matrix_new(&s->at[l], 1, tower->layers[l - 1].weights.cols), NULL);
        ml_must(tt_sequential_forward(s->at[l], &part, row), NULL);
    }
}

// User 2, or the first if there is no such user, and that user's best liked film.
static prediction follow(lesson *my)
{
    prediction p = {0};
    size_t user = ml_find_user(&my->data, 2);
    if (user == my->data.n_users) user = 0;
    size_t rating = best_liked(my, user), film = my->data.film[rating];
    follow_side(&p.user, &my->model.user, tt_matrix_rows(my->inputs.user_inputs, user, 1));
    follow_side(&p.film, &my->model.item, tt_matrix_rows(my->inputs.film_inputs, film, 1));
    p.user.name = nb_thousands((long long)my->data.user_ids[user]);
    p.film.name = my->data.films[film].title;
    p.film.inputs[0] = "Year";
    p.film.inputs[1] = "Average";
    for (int g = 0; g < ML_GENRES; g++) p.user.inputs[g] = p.film.inputs[2 + g] = ml_genres[g];
    tt_matrix u = p.user.at[p.user.tower->depth], v = p.film.at[p.film.tower->depth];
    tt_row_dot(tt_matrix_of(&p.dot, 1, 1), u, v);
    p.stars = ml_stars(&my->inputs, (double)p.dot);
    p.really = my->data.stars[rating];
    return p;
}

static void forget(prediction *p)
{
    for (size_t l = 1; l <= TT_MAX_LAYERS; l++) {
        tt_matrix_free(&p->user.at[l]);
        tt_matrix_free(&p->film.at[l]);
    }
}

static double largest_of(tt_matrix row)
{
    double largest = 0;
    for (size_t i = 0; i < row.cols; i++) largest = fmax(largest, fabs((double)row.data[i]));
    return largest;
}

enum { INPUT_HEIGHT = 14 };

// The inputs with their names, as bars, and as numbers where there is room; returns where they end.
static double draw_inputs(char **svg, const side *s, double y, bool wide)
{
    double axis = wide ? 146 : 120, scale = (wide ? 46 : 28) / fmax(1, largest_of(s->at[0]));
    for (size_t i = 0; i < s->at[0].cols; i++, y += INPUT_HEIGHT) {
        double value = s->at[0].data[i];
        dr_text(svg, wide ? 92 : 88, y + 11, DR_RIGHT, "%s", s->inputs[i]);
        dr_bar(svg, axis, y + 2, value, scale, INPUT_HEIGHT - 4);
        if (wide) dr_text(svg, 232, y + 11, DR_RIGHT, "%.2f", value);
    }
    return wide ? 244 : 156;
}

// One side: inputs, then a field of 32 rows for each layer, the last of them as bars.
static void draw_side(char **svg, const side *s, double y, bool wide)
{
    double height = (double)(INPUT_HEIGHT * s->at[0].cols), square = wide ? 7.5 : 5;
    double x = draw_inputs(svg, s, y, wide), top = y + height / 2 - 16 * square;
    for (size_t l = 1; l < s->tower->depth; l++) {
        tt_matrix row = s->at[l];
        size_t columns = (row.cols + 31) / 32, off = 0;
        for (size_t i = 0; i < row.cols; i++) off += row.data[i] <= 0;
        dr_field(svg, x, top, row.data, row.cols, columns, square, largest_of(row));
        dr_text(svg, x, top - 6, "", "%zu", row.cols);
        if (wide) dr_text(svg, x, top + 32 * square + 15, "", "%zu off", off);
        x += square * (double)columns + (wide ? 26 : 14);
    }
    tt_matrix last = s->at[s->tower->depth];
    double half = wide ? 34 : 26, pitch = 32 * square / (double)last.cols;
    for (size_t i = 0; i < last.cols; i++)
        dr_bar(svg, x + half, top + pitch * (double)i, last.data[i], half / largest_of(last),
               pitch - 1);
    dr_text(svg, x + half, top - 6, DR_MIDDLE, "%zu", last.cols);
}

// The products as a waterfall: each bar begins where the sum of those above it has come to.
static void draw_products(char **svg, const prediction *p, double x, double y, double room)
{
    tt_matrix u = p->user.at[p->user.tower->depth], v = p->film.at[p->film.tower->depth];
    double low = 0, high = 0, sum = 0;
    for (size_t i = 0; i < u.cols; i++) {
        sum += (double)(u.data[i] * v.data[i]);
        low = fmin(low, sum), high = fmax(high, sum);
    }
    double scale = room / (high - low), pitch = 240.0 / (double)u.cols, axis = x - low * scale;
    dr_line(svg, axis, y - 4, axis, y + 246, "stroke='gray'");
    sum = 0;
    for (size_t i = 0; i < u.cols; i++) {
        double product = (double)(u.data[i] * v.data[i]);
        dr_bar(svg, axis + sum * scale, y + pitch * (double)i, product, scale, pitch - 1);
        sum += product;
    }
    dr_line(svg, axis + sum * scale, y + 240, axis + sum * scale, y + 252, "stroke='black'");
    dr_text(svg, x, y - 12, "", "%zu products, added up", u.cols);
    dr_text(svg, x, y + 270, "font-weight='bold'", "dot product %.3f", (double)p->dot);
    dr_text(svg, x, y + 290, "font-weight='bold'", "%.2f stars", p->stars);
    dr_text(svg, x, y + 310, "", "really given: %g", p->really);
}

static const char *draw_prediction(const prediction *p, double width)
{
    char *svg = NULL, *title = NULL;
    bool wide = width > 600;
    double film = 70 + (double)(INPUT_HEIGHT * p->user.at[0].cols) + 36;
    double bottom = film + (double)(INPUT_HEIGHT * p->film.at[0].cols) + 30;
    dr_begin(&svg, width, wide ? bottom : bottom + 350);
    dr_text(&svg, 4, 18, "font-weight='bold'", "User %s", p->user.name);
    draw_side(&svg, &p->user, 44, wide);
    nb__fit(&title, p->film.name, strlen(p->film.name), 40, false); // cut, if it is longer
    dr_text(&svg, 4, film - 20, "font-weight='bold'", "%s", title);
    free(title);
    draw_side(&svg, &p->film, film, wide);
    if (wide) {
        dr_arrow(&svg, 552, 170, 588, 215, 0, DR_INK);
        dr_arrow(&svg, 552, bottom - 165, 588, bottom - 240, 0, DR_INK);
    }
    draw_products(&svg, p, wide ? 600 : 60, wide ? 150 : bottom + 30, wide ? 170 : 240);
    return dr_end(&svg);
}
/*md
## Exercises

1. Give `options` the fields `.hidden = {64}` and `.embedding = 8`. How many parameters does the
   model have?

   > hint: Each layer has a weight for each pair of an input and a unit, and a bias for each unit.

   > answer: 05_1
   > The sum over the layers is (16 · 64 + 64) + (64 · 8 + 8) for the user tower, and the same with
   > 18 inputs for the film tower. The lesson's two checks by hand now fail, as they should.

2. Find weights and biases for a network of two layers that computes $|x|$, the absolute value, of
   its one input. How many units does the first layer need? Could it do with one?

   > hint: ReLU(x) is right for positive inputs. Which unit is right for the others?

   > answer: 05_2
   > Two units with the weights 1 and −1 and biases of 0, and a unit that adds them:
   > $|x| = \operatorname{ReLU}(x) + \operatorname{ReLU}(-x)$. One unit is flat on one side of its
   > bend, and so is everything that one unit makes of it.

3. Multiply the weights of both towers' first layers by 10 before the model predicts. Why do the
   predictions hardly change? And why does not a single bit change if you multiply by 8?

   > hint: The biases are zero. What does the last step do to a row that is ten times as long?

   > answer: 05_3
   > ReLU(10 s) is 10 ReLU(s). So all numbers are ten times as large in all layers, and the division
   > by the length takes the 10 away. Only rounding differs. Multiplying by 8 changes nothing but
   > the exponent of a binary number, and so rounds nothing; 10 isn't a power of two.

4. A single network could see user and film together: 34 inputs, layers of 512, 256 and 1 units.
   Every user is to get a prediction for every film. How many multiplications does it need, and how
   many do the two towers?

   > hint: The towers run once for each user and once for each film; each pair then costs 32.

   > answer: 05_4
   > The single network has to run once for each pair.
*/
