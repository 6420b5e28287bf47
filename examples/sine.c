/* sine.c: a noisy sine, fitted by a small network of twotower.h that trains with one call (§12).

   One input, two hidden layers of 16 tanh units (§4), one output: 321 parameters.  The network sees
   96 noisy points.  The last quarter is kept aside: training stops when the error there has not
   become smaller for 100 epochs, and the best weights come back.

       cc examples/sine.c -o sine && ./sine

   prints

       370 epochs, the best is epoch 270
       mean squared error: 0.033 trained, 0.034 kept aside, 0.030 of the noise alone

                                                        .   ..  .
                                                      .   ####      ..
                                                 . . #####. . ######. .
                                              .  .###               ####..
                                            . .###                     .### .
        .                                    ##..                          ####
       ...                                ###  .
       ### ..                        . .##
        ..###  .                     ###  .
          .. ####. .          .    ##
             .  .####... ... .#####..
                 .  .#########
                  ..  .   ..
*/
#define TWOTOWER_IMPLEMENTATION
#include "../twotower.h"
#include <stdio.h>
#include <string.h>

enum { POINTS = 96, WIDE = 72, HIGH = 13 };

/* sin x for |x| <= pi, by its series, so that libm need not be linked. */
static double sine(double x)
{
    double term = x, sum = x;
    for (int i = 2; i < 24; i += 2) {
        term *= -x * x / (i * (i + 1));
        sum += term;
    }
    return sum;
}

/* Points at random places from -pi to pi, each with a noise of up to 0.3. */
static void make_points(float *x, float *y, tt_random *random)
{
    for (int i = 0; i < POINTS; i++) {
        x[i] = (float)tt_random_uniform(random, -3.14159, 3.14159);
        y[i] = (float)(sine(x[i]) + tt_random_uniform(random, -0.3, 0.3));
    }
}

static void dot(char picture[HIGH][WIDE], double x, double y, char mark)
{
    int column = (int)((x / 3.14159 + 1) / 2 * (WIDE - 1) + 0.5);
    int row = (int)((1 - y / 1.2) / 2 * (HIGH - 1) + 0.5);
    if (row >= 0 && row < HIGH && column >= 0 && column < WIDE) picture[row][column] = mark;
}

/* The points as dots, and the curve over them. */
static tt_error draw(const tt_sequential *network, const float *x, const float *y)
{
    float at[WIDE], curve[WIDE];
    for (int i = 0; i < WIDE; i++) at[i] = (float)((2.0 * i / (WIDE - 1) - 1) * 3.14159);
    tt_error error =
        tt_sequential_forward(tt_matrix_of(curve, WIDE, 1), network, tt_matrix_of(at, WIDE, 1));
    char picture[HIGH][WIDE];
    memset(picture, ' ', sizeof picture);
    for (int i = 0; i < POINTS; i++) dot(picture, x[i], y[i], '.');
    for (int i = 0; i < WIDE && !error; i++) dot(picture, at[i], curve[i], '#');
    for (int row = 0; row < HIGH && !error; row++) {
        int end = WIDE;
        while (end > 0 && picture[row][end - 1] == ' ') end--;
        printf("%.*s\n", end, picture[row]);
    }
    return error;
}

int main(void)
{
    float x[POINTS], y[POINTS];
    tt_random random;
    tt_random_seed(&random, 1);
    make_points(x, y, &random);
    tt_examples points = {tt_matrix_of(x, POINTS, 1), tt_matrix_of(y, POINTS, 1)};

    tt_adam adam;
    tt_adam_new(&adam, &(tt_adam_options){.learning_rate = 0.01});
    tt_sequential network = {0};
    tt_history history = {0};
    tt_fit_options how = {
        .epochs = 1000, .validation_split = 0.25, .patience = 100, .history = &history};
    tt_error error = tt_sequential_new(&network, (size_t[]){1, 16, 16, 1}, 3, false, &random);
    if (!error) {
        network.layers[0].activation = network.layers[1].activation = TT_TANH;
        error = tt_sequential_fit(&network, &adam, &random, &points, &how, NULL);
    }
    if (!error) {
        printf("%zu epochs, the best is epoch %zu\n", history.epochs, history.best_epoch);
        printf("mean squared error: %.3f trained, %.3f kept aside, %.3f of the noise alone\n\n",
               history.loss[history.best_epoch - 1],
               history.validation_loss[history.best_epoch - 1], 0.3 * 0.3 / 3);
        error = draw(&network, x, y);
    }
    if (error) fprintf(stderr, "sine: %s\n", tt_error_text(error));
    tt_history_free(&history);
    tt_adam_free(&adam);
    tt_sequential_free(&network);
    return error != TT_OK;
}
