/* spirals.c: three spirals, told apart by a network with the softmax loss of twotower.h (§4, §12).

   Two inputs, two hidden layers of 32 tanh units, three outputs: one logit for each spiral.  A line
   can't part the spirals, nor can a circle.  The map shows which spiral the network believes in at
   each place; it has learnt from 300 points, 100 of each spiral.

       cc examples/spirals.c -o spirals && ./spirals

   prints

       epoch   1  loss 0.8369
       epoch  50  loss 0.0115
       epoch 100  loss 0.0025
       epoch 150  loss 0.0011
       epoch 200  loss 0.0006

       300 of 300 points are right

       ................########################################
       .................#######################################
       ..................######################################
       .....................###################################
       ..........................##############################
       ..............................##########################
       .................................#######################
       .....................................###################
       ..................ooo..................#################
       ................oooooooooo...............###############
       ...............oooooooooooo.............################
       ..............ooooooooooooo#..........##################
       ..............oooooooooooo####.....#####################
       ..............ooooooooooo#########################oooooo
       ..............ooooooooooo####################ooooooooooo
       ..............oooooooooo################oooooooooooooooo
       ..............oooooooooo############oooooooooooooooooooo
       ..............oooooooooo#######ooooooooooooooooooooooooo
       ..............oooooooooooooooooooooooooooooooooooooooooo
       ..............oooooooooooooooooooooooooooooooooooooooooo
       .............ooooooooooooooooooooooooooooooooooooooooooo
       ............oooooooooooooooooooooooooooooooooooooooooooo
       ..........oooooooooooooooooooooooooooooooooooooooooooooo
       .......ooooooooooooooooooooooooooooooooooooooooooooooooo
*/
#define TWOTOWER_IMPLEMENTATION
#include "../twotower.h"
#include <stdio.h>

enum {
    CLASSES = 3,
    EACH = 100,
    POINTS = CLASSES * EACH,
    WIDE = 56,
    HIGH = 24,
    PLACES = HIGH * WIDE
};

/* Points of a spiral: turned a little further from the centre with each step.  (A turn by a small
   angle is a product with two numbers, and needs no libm.) */
static void make_spirals(float (*x)[2], float (*y)[CLASSES])
{
    static const double start[CLASSES][2] = {{1, 0}, {-0.5, 0.8660254}, {-0.5, -0.8660254}};
    for (int c = 0; c < CLASSES; c++) {
        double across = start[c][0], up = start[c][1];
        for (int i = 0; i < EACH; i++) {
            double radius = 0.1 + 0.9 * i / EACH, turned = 0.99920011 * across - 0.03998933 * up;
            up = 0.03998933 * across + 0.99920011 * up;
            across = turned;
            x[c * EACH + i][0] = (float)(radius * across);
            x[c * EACH + i][1] = (float)(radius * up);
            y[c * EACH + i][c] = 1;
        }
    }
}

/* The class of the highest of three logits. */
static int highest(const float *logits)
{
    uint32_t best = 0;
    tt_top_k(&best, 1, logits, CLASSES, NULL);
    return (int)best;
}

/* What the network believes in, from -1 to 1 in both directions. */
static tt_error draw(const tt_sequential *network)
{
    static float at[PLACES][2], logits[PLACES][CLASSES];
    for (int i = 0; i < PLACES; i++) {
        int column = i % WIDE, row = i / WIDE;
        at[i][0] = (float)(2 * (column + 0.5) / WIDE - 1);
        at[i][1] = (float)(1 - 2 * (row + 0.5) / HIGH);
    }
    tt_error error = tt_sequential_forward(tt_matrix_of(logits[0], PLACES, CLASSES), network,
                                           tt_matrix_of(at[0], PLACES, 2));
    for (int i = 0; i < PLACES && !error; i++)
        printf("%c%s", ".o#"[highest(logits[i])], i % WIDE == WIDE - 1 ? "\n" : "");
    return error;
}

static bool show_epoch(const tt_progress *progress, void *context)
{
    (void)context;
    if (progress->epoch == 1 || progress->epoch % 50 == 0)
        printf("epoch %3zu  loss %.4f\n", progress->epoch, progress->loss);
    return true;
}

int main(void)
{
    static float x[POINTS][2], y[POINTS][CLASSES], logits[POINTS][CLASSES];
    make_spirals(x, y);
    tt_examples points = {tt_matrix_of(x[0], POINTS, 2), tt_matrix_of(y[0], POINTS, CLASSES)};

    tt_random random;
    tt_random_seed(&random, 1);
    tt_adam adam;
    tt_adam_new(&adam, &(tt_adam_options){.learning_rate = 0.01});
    tt_sequential network = {0};
    tt_fit_options how = {.epochs = 200, .loss = tt_tape_softmax_loss, .on_epoch = show_epoch};
    tt_error error = tt_sequential_new(&network, (size_t[]){2, 32, 32, CLASSES}, 3, false, &random);
    if (!error) {
        network.layers[0].activation = network.layers[1].activation = TT_TANH;
        error = tt_sequential_fit(&network, &adam, &random, &points, &how, NULL);
    }
    tt_matrix guesses = tt_matrix_of(logits[0], POINTS, CLASSES);
    if (!error) error = tt_sequential_forward(guesses, &network, points.X);
    if (!error) {
        int right = 0;
        for (int i = 0; i < POINTS; i++) right += highest(logits[i]) == i / EACH;
        printf("\n%d of %d points are right\n\n", right, POINTS);
        error = draw(&network);
    }
    if (error) fprintf(stderr, "spirals: %s\n", tt_error_text(error));
    tt_adam_free(&adam);
    tt_sequential_free(&network);
    return error != TT_OK;
}
