/* twotower.h: two-tower recommenders in plain C, as a library and as a textbook.

   A two-tower model learns from ratings.  One small neural network (a tower) maps a user's
   features to a vector of length one, another maps an item's features to such a vector, and the
   dot product of the two predicts the rating.  Items whose vectors are close are similar.

   HOW TO USE IT
     Put this file beside your program.  In one source file, and only one, write

         #define TWOTOWER_IMPLEMENTATION
         #include "twotower.h"

     and in all others the #include alone.  It is C99, compiles as C++11, and needs nothing but the
     C library: `cc program.c` on x86-64 and 64-bit ARM, `cc program.c -lm` elsewhere.  Compiling
     the implementation takes some seconds; put these two lines into a source file of their own, and
     you wait for it only once.

   A COMPLETE PROGRAM (examples/smallest.c)

         #define TWOTOWER_IMPLEMENTATION
         #include "twotower.h"
         #include <stdio.h>

         int main(void)
         {
             float users[] = {1, 0,  0, 1,  .9f, .2f};            // likes action, likes romance
             float films[] = {1, 0,  0, 1,  .8f, .1f,  .3f, .9f}; // has action, has romance
             uint32_t user[] = {0,  0, 1,  1, 2,  2};             // who rated ...
             uint32_t film[] = {0,  1, 0,  1, 0,  1};             // ... what ...
             float  rating[] = {1, -1, -1, 1, 1, -1};             // ... from -1 (bad) to 1 (good)
             tt_ratings known = {tt_matrix_of(users, 3, 2), tt_matrix_of(films, 4, 2),
                                 user, film, rating, NULL, 6};

             uint32_t who[] = {0, 0}, what[] = {2, 3};            // films that nobody has rated
             float answer[2] = {0, 0};
             tt_ratings question = {known.users, known.items, who, what, NULL, NULL, 2};

             tt_two_tower model = {0};
             tt_two_tower_options shape = {.hidden = {16}, .embedding = 4, .seed = 1};
             tt_error error = tt_two_tower_new(&model, 2, 2, &shape);
             if (!error) error = tt_fit(&model, &known, &(tt_fit_options){.epochs = 300}, NULL);
             if (!error) error = tt_predict(answer, &model, &question, NULL);
             if (error) fprintf(stderr, "%s\n", tt_error_text(error));
             for (int i = 0; i < 2 && !error; i++)
                 printf("user 0 on film %u: %5.2f\n", (unsigned)what[i], answer[i]);
             tt_two_tower_free(&model);
             return error != TT_OK;
         }

     prints

         user 0 on film 2:  0.99
         user 0 on film 3: -0.87

   WHAT IS IN IT (find a section by its mark: grep -n "§6" twotower.h shows its interface and its
   chapter; the same mark in lessons/ and tests/ shows its lesson and its test)

         MATHEMATICS                                     THE MODEL
         §1  random numbers                              §11 two towers
         §2  matrices and views                          §12 training
         §3  the three products                          §13 nearest neighbours
         §4  operations and their derivatives            SPEED
         §5  dense layers                                §14 the fast way
         §6  the tape                                    FILES
         §7  checking gradients                          §15 tables from CSV
         §8  optimisers: Adam, SGD                       §16 model files
         DATA                                            §17 NumPy's .npy files
         §9  scalers                                     APPENDICES
         §10 split                                       §A arithmetic that is the same everywhere
                                                         §B errors    §C memory    §D licence

     Part I is the interface, for those who use the library.  Part II is the book: the same sections
     in the same order, each with its reasons, its mathematics and its code.

   OPTIONS (define before the #include that has TWOTOWER_IMPLEMENTATION)
     TWOTOWER_STATIC                    every function is static: a private copy for one source file
     TWOTOWER_FILE                      this file's name in quotes, if you have renamed it
     TT_MALLOC, TT_REALLOC, TT_FREE     your allocator; all three or none
     TT_ASSERT(condition, message)      what happens on a caller's mistake; by default the message
                                        goes to stderr, and abort() ends the program

   CONVENTIONS
     Letters     N rows, B batch, I inputs, O outputs, D embedding width, K neighbours.
                 A matrix is row-major: element (r, c) is data[r * stride + c].
     Names       tt_noun_verb is public, tt__name private, TT_NAME a constant.  dX is the
                 gradient of the loss with respect to X.
     Arguments   outputs, then inputs, then parameters, then options, and last of all a tt_run.
                 Options are structs in which zero means the documented default; NULL stands for
                 all defaults.  In C write &(tt_fit_options){.epochs = 30}; in C++11

                     tt_fit_options options = {};
                     options.epochs = 30;

     Ownership   three words.  borrows: keeps your pointer and never frees it.  fills: writes into
                 memory that you gave.  owns: allocates, and has a _free function.  Every _free
                 accepts NULL and a struct of zeros, and freeing twice is harmless.
     Errors      Your mistake (shapes that don't fit, an index out of range, NULL) stops the
                 program through TT_ASSERT, with a message that names the function, what it found
                 and what it expected.  The world's mistake (no memory, a missing file, a malformed
                 line) returns a tt_error and leaves the outputs as they were; each function lists
                 the errors it can return besides TT_ERROR_MEMORY.  The library never exits.
     Numbers     Networks are float, tables and statistics are double.  The same seed gives the same
                 bits with every machine, compiler, optimisation level and number of threads (§A).

   WHAT IT DOES NOT DO
     No convolutions, no recurrence, no GPU, no half precision, no texts except in UTF-8.  It is
     for networks of dense layers with up to a few million weights, which a processor trains well.

   The licence is at the end: MIT or public domain, at your choice. */

#ifndef TWOTOWER_H
#define TWOTOWER_H

#define TT_VERSION "2.0.0"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(TWOTOWER_STATIC)
#define TT_API extern
#elif defined(__GNUC__) || defined(__clang__)
#define TT_API static __attribute__((unused))
#else
#define TT_API static
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* =============================================================================================
   PART I: THE INTERFACE
   ============================================================================================= */

/* §B errors -------------------------------------------------------------------------------- */

/* One list makes the enumeration and its texts. */
#define TT_ERRORS(X)                                                                               \
    X(TT_OK, "no error")                                                                           \
    X(TT_ERROR_MEMORY, "out of memory")                                                            \
    X(TT_ERROR_OPEN, "a file could not be opened")                                                 \
    X(TT_ERROR_READ, "a file could not be read")                                                   \
    X(TT_ERROR_WRITE, "a file could not be written")                                               \
    X(TT_ERROR_FORMAT, "a file is not of the expected form")                                       \
    X(TT_ERROR_VALUE, "a value is not what was expected")                                          \
    X(TT_ERROR_END, "there are no more records")                                                   \
    X(TT_ERROR_ARITHMETIC, "this build's floating-point arithmetic does not follow IEEE 754")      \
    X(TT_ERROR_NOT_FINITE, "a number is infinite or not a number (NaN)")

typedef enum tt_error {
#define TT__ENUM(name, text) name,
    TT_ERRORS(TT__ENUM)
#undef TT__ENUM
} tt_error;

/* What went wrong and where, such as "ratings.csv:17:9: rating "3,5": expected a number".  A
   function sets it only when it fails.  A text that is too long is cut. */
typedef struct tt_message {
    char text[1024];
} tt_message;

/* The last argument of functions that take time or use files: your wishes go in, and the error
   message comes out.  NULL stands for all cores and no message. */
typedef struct tt_run {
    int threads;    /* 0: one per core.  Needs OpenMP (cc -fopenmp); the results are the same */
    tt_message why; /* filled when the function returns an error */
} tt_run;

/* The text of an error code; never NULL. */
TT_API const char *tt_error_text(tt_error error);

/* §1 random numbers ------------------------------------------------------------------------ */

/* The Mersenne Twister MT19937, drawing the same numbers as numpy.random.RandomState(seed).
   Matsumoto and Nishimura, ACM TOMACS 8(1), 1998. */
typedef struct tt_random {
    uint32_t state[624];
    uint32_t position; /* of the next word in state; 624: refill first */
} tt_random;

/* Starts the sequence that belongs to a seed. */
TT_API void tt_random_seed(tt_random *random, uint32_t seed);

/* The next 32 random bits. */
TT_API uint32_t tt_random_uint32(tt_random *random);

/* The next number in [0, 1), with 53 random bits: RandomState.random_sample(). */
TT_API double tt_random_sample(tt_random *random);

/* The next number in [low, high): RandomState.uniform(low, high). */
TT_API double tt_random_uniform(tt_random *random, double low, double high);

/* Puts n indices (n at most 2^32 - 1) into random order: RandomState.shuffle.  O(n). */
TT_API void tt_random_shuffle(tt_random *random, uint32_t *indices, size_t n);

/* Fills indices with 0 .. n-1 in random order: RandomState.permutation(n).  O(n). */
TT_API void tt_random_permutation(tt_random *random, uint32_t *indices, size_t n);

/* §2 matrices and views -------------------------------------------------------------------- */

/* A matrix of float (for networks) and a table of double (for data and statistics, as in NumPy).
   Both are passed by value: copying the struct copies the description, not the numbers.  A view
   describes a part of another matrix and owns nothing; freeing one does nothing. */
typedef struct tt_matrix {
    size_t rows, cols;
    size_t stride; /* floats from one row to the next; cols unless this is a view of columns */
    float *data;
    void *owner; /* private: the memory that tt_matrix_free frees; NULL in views */
} tt_matrix;

typedef struct tt_table {
    size_t rows, cols, stride;
    double *data;
    void *owner;
} tt_table;

/* Owns a new matrix of zeros. */
TT_API tt_error tt_matrix_new(tt_matrix *matrix, size_t rows, size_t cols);
TT_API tt_error tt_table_new(tt_table *table, size_t rows, size_t cols);
TT_API void tt_matrix_free(tt_matrix *matrix);
TT_API void tt_table_free(tt_table *table);

/* Borrows an array of yours, which holds rows x cols numbers. */
TT_API tt_matrix tt_matrix_of(float *data, size_t rows, size_t cols);
TT_API tt_table tt_table_of(double *data, size_t rows, size_t cols);

/* Views of count rows or columns, of which the first is number first: NumPy's m[first:first+count]
   and m[:, ...].  They borrow the matrix. */
TT_API tt_matrix tt_matrix_rows(tt_matrix matrix, size_t first, size_t count);
TT_API tt_matrix tt_matrix_cols(tt_matrix matrix, size_t first, size_t count);
TT_API tt_table tt_table_rows(tt_table table, size_t first, size_t count);
TT_API tt_table tt_table_cols(tt_table table, size_t first, size_t count);

/* A pointer to element (row, col), to read or write it.  Both indices are checked. */
TT_API float *tt_matrix_at(tt_matrix matrix, size_t row, size_t col);
TT_API double *tt_table_at(tt_table table, size_t row, size_t col);

/* True if all numbers are finite.  If not, row and col (or NULL) receive the position of the first
   that is not.  Functions that return TT_ERROR_NOT_FINITE check all their inputs in this way. */
TT_API bool tt_matrix_is_finite(tt_matrix matrix, size_t *row, size_t *col);
TT_API bool tt_table_is_finite(tt_table table, size_t *row, size_t *col);

/* Owns a float copy of a table, each number rounded once.  TT_ERROR_NOT_FINITE: a number is not
   finite, or is too large for a float. */
TT_API tt_error tt_matrix_from_table(tt_matrix *matrix, tt_table table);

/* Fills out (n x C) with the rows of in that rows[0 .. n-1] name: NumPy's in[rows].  out and in
   must not overlap. */
TT_API void tt_matrix_gather(tt_matrix out, tt_matrix in, const uint32_t *rows);
TT_API void tt_table_gather(tt_table out, tt_table in, const uint32_t *rows);

/* §3 the three products -------------------------------------------------------------------- */

/* A dense layer needs three products of matrices: one forward, which fills Y, and two backward,
   which add to dX and dW.  The first argument must not overlap the others.  Each product costs
   2 B I O operations. */
TT_API void tt_matmul(tt_matrix Y, tt_matrix X, tt_matrix W);      /* Y  (BxO) =  X (BxI) W (IxO) */
TT_API void tt_matmul_nt(tt_matrix dX, tt_matrix dY, tt_matrix W); /* dX (BxI) += dY (BxO) W^T */
TT_API void tt_matmul_tn(tt_matrix dW, tt_matrix X, tt_matrix dY); /* dW (IxO) += X^T dY (BxO) */

/* §4 operations and their derivatives ------------------------------------------------------ */

/* Each operation stands beside its derivative.  Forward functions fill their first argument; in
   tt_bias, tt_relu, tt_tanh, tt_sigmoid and tt_l2_normalize Y may be the same matrix as X.
   Backward functions add to theirs, a gradient, which starts as zeros.  Otherwise outputs must not
   overlap inputs. */

/* Y = X + b: Y and X are BxO, b (1xO) is added to every row.  Backward: db += column sums of dY. */
TT_API void tt_bias(tt_matrix Y, tt_matrix X, tt_matrix b);
TT_API void tt_bias_backward(tt_matrix db, tt_matrix dY);

/* Y = max(X, 0).  Backward: dX += dY where X > 0. */
TT_API void tt_relu(tt_matrix Y, tt_matrix X);
TT_API void tt_relu_backward(tt_matrix dX, tt_matrix dY, tt_matrix X);

/* Y = tanh X, with dX += dY (1 - Y^2).  Y = 1 / (1 + e^-X), with dX += dY Y (1 - Y). */
TT_API void tt_tanh(tt_matrix Y, tt_matrix X);
TT_API void tt_tanh_backward(tt_matrix dX, tt_matrix dY, tt_matrix Y);
TT_API void tt_sigmoid(tt_matrix Y, tt_matrix X);
TT_API void tt_sigmoid_backward(tt_matrix dX, tt_matrix dY, tt_matrix Y);

/* Divides each row by its length, sqrt(max(sum of squares, 1e-12)), as tf.linalg.l2_normalize does:
   a row of zeros remains zeros, and its gradient is finite.  (A row longer than 1.8e19, whose
   square overflows, becomes zeros too.)  Backward takes the forward input X and output Y. */
TT_API void tt_l2_normalize(tt_matrix Y, tt_matrix X);
TT_API void tt_l2_normalize_backward(tt_matrix dX, tt_matrix dY, tt_matrix X, tt_matrix Y);

/* p (Bx1) = dot product of each row of U (BxD) with the same row of V (BxD).  Backward: dU += dp V;
   the same function with U in place of V gives dV. */
TT_API void tt_row_dot(tt_matrix p, tt_matrix U, tt_matrix V);
TT_API void tt_row_dot_backward(tt_matrix dU, tt_matrix dp, tt_matrix V);

/* The mean of (p - y)^2 over all elements, of which there must be at least one.  Backward:
   dp += dloss times 2 (p - y) / count; dloss is 1 if the loss ends the computation. */
TT_API float tt_mse(tt_matrix p, tt_matrix y);
TT_API void tt_mse_backward(tt_matrix dp, float dloss, tt_matrix p, tt_matrix y);

/* Cross-entropies: the mean of -log(probability of what was true).  p holds logits, numbers of any
   size that become probabilities; y has the same shape.  Logistic: sigmoid(p) is the probability of
   yes; y is 1 for yes and 0 for no.  Softmax: each row is an example; class k has the probability
   e^p[k] / sum of e^p[.], and y has 1 in the column of the true class and 0 elsewhere.  Backward
   functions take the arguments of tt_mse_backward. */
TT_API float tt_logistic_loss(tt_matrix p, tt_matrix y);
TT_API void tt_logistic_loss_backward(tt_matrix dp, float dloss, tt_matrix p, tt_matrix y);
TT_API float tt_softmax_loss(tt_matrix p, tt_matrix y);
TT_API void tt_softmax_loss_backward(tt_matrix dp, float dloss, tt_matrix p, tt_matrix y);

/* §5 dense layers -------------------------------------------------------------------------- */

#define TT_MAX_LAYERS 8

typedef enum tt_activation { TT_LINEAR, TT_RELU, TT_TANH, TT_SIGMOID } tt_activation;

/* Y = activation(X W + b): Keras' Dense. */
typedef struct tt_dense {
    tt_matrix weights;        /* I x O */
    tt_matrix bias;           /* 1 x O */
    tt_activation activation; /* you may change it: layers[l].activation = TT_TANH */
} tt_dense;

/* Dense layers one after the other.  At the end each row may be scaled to length one. */
typedef struct tt_sequential {
    size_t depth;
    tt_dense *layers;
    bool normalize; /* L2-normalise the last layer's rows */
    void *owner;    /* private: the one block that holds all parameters */
} tt_sequential;

/* Owns a network with widths[0] inputs and layers of widths[1 .. depth] outputs, with ReLU after
   all but the last.  It has at most TT_MAX_LAYERS layers, of widths from 1 to 2^20.  Weights start
   as Glorot uniform numbers, biases as zeros (Glorot and Bengio, AISTATS 2010).
   tt_sequential_copy: owns a copy of another network. */
TT_API tt_error tt_sequential_new(tt_sequential *network, const size_t *widths, size_t depth,
                                  bool normalize, tt_random *random);
TT_API tt_error tt_sequential_copy(tt_sequential *copy, const tt_sequential *network);
TT_API void tt_sequential_free(tt_sequential *network);

/* The number of weights and biases. */
TT_API size_t tt_sequential_parameters(const tt_sequential *network);

/* Fills Y (N x outputs) with the network's output for X (N x inputs), by the plain loops of §3 and
   §4.  tt_embed (§11) computes the same result faster, provided that all numbers are finite and
   no layer has an activation other than ReLU. */
TT_API tt_error tt_sequential_forward(tt_matrix Y, const tt_sequential *network, tt_matrix X);

/* §6 the tape ------------------------------------------------------------------------------ */

/* A tape records a computation while it runs, and then plays the chain rule backwards over it
   (reverse-mode automatic differentiation).  Start from a struct of zeros.  In each step reset the
   tape, record the computation, call tt_tape_backward and read the gradients.

       tt_tape tape = {0};
       tt_tape_reset(&tape);
       tt_var x = tt_tape_constant(&tape, inputs), y = tt_tape_constant(&tape, targets);
       tt_var w = tt_tape_parameter(&tape, weights);
       tt_var loss = tt_tape_mse(&tape, tt_tape_relu(&tape, tt_tape_matmul(&tape, x, w)), y);
       if (tt_tape_backward(&tape, loss) != TT_OK) ...
       tt_matrix dW = tt_tape_gradient(&tape, w);

   If memory runs out, the tape remembers the error, later operations do nothing, and
   tt_tape_backward returns the error (also in tape.error): a formula needs no check per line. */
typedef uint32_t tt_var;

typedef struct tt__node tt__node;
typedef struct tt__block tt__block;
typedef struct tt_tape {
    tt_error error; /* the error since the last reset; the other fields are private */
    tt__node *nodes;
    size_t count, capacity;
    tt__block *blocks;
} tt_tape;

/* Forgets what was recorded and keeps the memory for the next recording. */
TT_API void tt_tape_reset(tt_tape *tape);
TT_API void tt_tape_free(tt_tape *tape);

/* Leaves of the graph.  Both borrow the matrix until the next reset.  A parameter gets a gradient.
   Recording a parameter twice (the same address, and then the same shape) returns the same
   variable, so that the gradients of shared weights add up. */
TT_API tt_var tt_tape_constant(tt_tape *tape, tt_matrix value);
TT_API tt_var tt_tape_parameter(tt_tape *tape, tt_matrix value);

/* Operations.  Shapes are as in §3 and §4; add, subtract and multiply work element by element on
   equal shapes. */
TT_API tt_var tt_tape_matmul(tt_tape *tape, tt_var X, tt_var W);
TT_API tt_var tt_tape_bias(tt_tape *tape, tt_var X, tt_var b);
TT_API tt_var tt_tape_add(tt_tape *tape, tt_var A, tt_var B);
TT_API tt_var tt_tape_subtract(tt_tape *tape, tt_var A, tt_var B);
TT_API tt_var tt_tape_multiply(tt_tape *tape, tt_var A, tt_var B);
TT_API tt_var tt_tape_scale(tt_tape *tape, tt_var A, float factor);
TT_API tt_var tt_tape_relu(tt_tape *tape, tt_var X);
TT_API tt_var tt_tape_tanh(tt_tape *tape, tt_var X);
TT_API tt_var tt_tape_sigmoid(tt_tape *tape, tt_var X);
TT_API tt_var tt_tape_l2_normalize(tt_tape *tape, tt_var X);
TT_API tt_var tt_tape_row_dot(tt_tape *tape, tt_var U, tt_var V);
TT_API tt_var tt_tape_mean(tt_tape *tape, tt_var A);                    /* 1 x 1 */
TT_API tt_var tt_tape_mse(tt_tape *tape, tt_var p, tt_var y);           /* 1 x 1 */
TT_API tt_var tt_tape_logistic_loss(tt_tape *tape, tt_var p, tt_var y); /* 1 x 1; y constant */
TT_API tt_var tt_tape_softmax_loss(tt_tape *tape, tt_var p, tt_var y);  /* 1 x 1; y constant */

/* A whole layer and a whole network.  Their weights and biases become parameters. */
TT_API tt_var tt_tape_dense(tt_tape *tape, tt_var X, const tt_dense *layer);
TT_API tt_var tt_tape_sequential(tt_tape *tape, tt_var X, const tt_sequential *network);

/* Fills every gradient, d output / d variable; output has one element.  Calling it again gives the
   same gradients, not their double.  It costs about twice the forward pass and allocates nothing.
   The only error it can return is one that occurred during recording. */
TT_API tt_error tt_tape_backward(tt_tape *tape, tt_var output);

/* A variable's value and its gradient.  A gradient is zeros before tt_tape_backward, and an empty
   matrix if the variable depends on no parameter.  On a tape that has failed both are empty
   matrices.  They borrow the tape until the next reset. */
TT_API tt_matrix tt_tape_value(const tt_tape *tape, tt_var variable);
TT_API tt_matrix tt_tape_gradient(const tt_tape *tape, tt_var variable);

/* §7 checking gradients -------------------------------------------------------------------- */

/* Records a graph from the current values of the parameters and returns its output, which has one
   element. */
typedef tt_var (*tt_graph)(tt_tape *tape, void *context);

typedef struct tt_gradient_check {
    size_t compared;            /* elements compared */
    size_t kinks;               /* elements left out: there is a corner near (a ReLU switches) */
    double largest_error;       /* |tape - differences|, relative to the larger, or to a floor */
    size_t parameter, row, col; /* the place of that error */
    double by_tape, by_differences; /* the two values there */
} tt_gradient_check;

/* Compares the tape's gradients of n parameters with central differences, element by element.  Each
   element costs four recordings.  The function changes elements and restores them.  An error under
   1e-3 is good. */
TT_API tt_error tt_check_gradients(tt_gradient_check *result, tt_graph graph, void *context,
                                   const tt_matrix *parameters, size_t n);

/* §8 optimisers --------------------------------------------------------------------------- */

typedef struct tt_adam_options {
    double learning_rate; /* 0: 0.001 */
    double beta1;         /* 0: 0.9   */
    double beta2;         /* 0: 0.999 */
    double epsilon;       /* 0: 1e-7, Keras' default */
} tt_adam_options;

/* Adam keeps two moments for every parameter that it has moved. */
typedef struct tt__moments tt__moments;
typedef struct tt_adam {
    tt_adam_options options;
    uint64_t steps;
    double beta1_power, beta2_power; /* private: beta^steps */
    size_t count, capacity;
    tt__moments *moments;
} tt_adam;

/* Owns an optimiser that has no moments yet.  options may be NULL.  Betas lie between 0 and 1; the
   learning rate and epsilon are positive and finite, also when rounded to float. */
TT_API void tt_adam_new(tt_adam *adam, const tt_adam_options *options);
TT_API void tt_adam_free(tt_adam *adam);

/* Moves every parameter of a tape by one step, after tt_tape_backward, in Keras' form (Kingma and
   Ba, ICLR 2015, section 2, with epsilon added to the root of the uncorrected moment).  If the tape
   has failed, the function returns its error and moves nothing.  A gradient that is NaN makes the
   parameter NaN: tt_fit checks for that, this function does not. */
TT_API tt_error tt_adam_step(tt_adam *adam, const tt_tape *tape);

/* Plain gradient descent: every parameter of the tape moves by -learning_rate times its gradient.
   If the tape has failed, none moves. */
TT_API void tt_sgd_step(const tt_tape *tape, double learning_rate);

/* §9 scalers ------------------------------------------------------------------------------ */

/* Scales each column to mean 0 and standard deviation 1: scikit-learn's StandardScaler. */
typedef struct tt_standard_scaler {
    size_t columns;
    double *mean, *scale; /* scale: population standard deviation; 1 for a constant column */
    void *owner;
} tt_standard_scaler;

/* Scales each column from [min, max] to [low, high]: scikit-learn's MinMaxScaler. */
typedef struct tt_minmax_scaler {
    size_t columns;
    double *min, *max;
    double low, high;
    void *owner;
} tt_minmax_scaler;

/* Owns a scaler fitted on the rows of a table, at least one.  counts is NULL or has one number per
   row, not all 0.  Row r counts as if it stood counts[r] times in the table, which gives the same
   statistics without the copies.  low < high.  TT_ERROR_NOT_FINITE: a number is not finite, or a
   column is so wide (for tt_minmax_fit: so narrow) that its scale is not finite. */
TT_API tt_error tt_standard_fit(tt_standard_scaler *scaler, tt_table table, const uint32_t *counts);
TT_API tt_error tt_minmax_fit(tt_minmax_scaler *scaler, tt_table table, const uint32_t *counts,
                              double low, double high);
TT_API void tt_standard_free(tt_standard_scaler *scaler);
TT_API void tt_minmax_free(tt_minmax_scaler *scaler);

/* The part of a scaler for count columns, from column first on.  It borrows the scaler. */
TT_API tt_standard_scaler tt_standard_cols(tt_standard_scaler scaler, size_t first, size_t count);

/* Fill out (N x C) from in (N x C); both may be the same table.  A constant column becomes zeros
   (low with the min-max scaler), and the inverse gives the constant back.  Numbers outside the
   fitted range are scaled by the same formula. */
TT_API void tt_standard_transform(tt_table out, tt_table in, const tt_standard_scaler *scaler);
TT_API void tt_standard_inverse(tt_table out, tt_table in, const tt_standard_scaler *scaler);
TT_API void tt_minmax_transform(tt_table out, tt_table in, const tt_minmax_scaler *scaler);
TT_API void tt_minmax_inverse(tt_table out, tt_table in, const tt_minmax_scaler *scaler);

/* §10 split and batches -------------------------------------------------------------------- */

/* How many of n rows train_test_split puts on the training side: floor(train_size n). train_size
   lies between 0 and 1. */
TT_API size_t tt_train_count(size_t n, double train_size);

/* Fills train (tt_train_count of them) and test (the rest) with row numbers, as scikit-learn's
   train_test_split(train_size=..., random_state=seed) would.  The function allocates n indices; n
   is at most 2^32 - 1.  Neither side may be empty. */
TT_API tt_error tt_train_test_split(uint32_t *train, uint32_t *test, size_t n, double train_size,
                                    uint32_t seed);

/* §11 two towers --------------------------------------------------------------------------- */

/* Users and items are stored once, and ratings refer to them: N ratings take 12 N bytes. */
typedef struct tt_ratings {
    tt_matrix users;       /* U x user features, scaled */
    tt_matrix items;       /* M x item features, scaled */
    const uint32_t *user;  /* rating k is by the user of row user[k] ... */
    const uint32_t *item;  /* ... of the item of row item[k] ... */
    const float *target;   /* ... and is target[k]; NULL when only predictions are wanted */
    const uint32_t *order; /* the ratings k to use, in this order; NULL: 0 .. count-1 */
    size_t count;          /* N, or the length of order; less than 2^32 - 1 */
} tt_ratings;              /* borrows everything */

typedef struct tt_two_tower_options {
    size_t hidden[TT_MAX_LAYERS - 1]; /* widths up to the first 0; none: {512, 256} */
    size_t embedding;                 /* D; 0: 32 */
    uint32_t seed;                    /* of the weights and of the order of the batches */
    tt_adam_options adam;
    /* These are copied, and saved with the model; each may be NULL. */
    const tt_standard_scaler *user_scaler, *item_scaler; /* as many columns as inputs */
    const tt_minmax_scaler *target_scaler;               /* one column */
    const char *const *user_feature_names, *const *item_feature_names; /* UTF-8, one per input */
} tt_two_tower_options;

typedef struct tt_two_tower {
    tt_sequential user, item;
    tt_adam adam;
    tt_random random;
    uint32_t seed;
    uint64_t epochs; /* trained so far */
    tt_standard_scaler user_scaler, item_scaler;
    tt_minmax_scaler target_scaler;
    char **user_feature_names, **item_feature_names;
} tt_two_tower;

/* Owns a new model with random weights.  The notebook's has 16 and 18 inputs, and learning rate
   0.01.  TT_ERROR_ARITHMETIC: this build or processor does not follow IEEE 754 (§A). */
TT_API tt_error tt_two_tower_new(tt_two_tower *model, size_t user_inputs, size_t item_inputs,
                                 const tt_two_tower_options *options);
TT_API void tt_two_tower_free(tt_two_tower *model);

/* Fills vectors (N x D) with the tower's output for features (N x inputs); the two must not
   overlap.  TT_ERROR_NOT_FINITE: a feature is not finite. */
TT_API tt_error tt_embed(tt_matrix vectors, const tt_sequential *tower, tt_matrix features,
                         tt_run *run);

/* Fills predictions[0 .. count-1], on the scale of the target; count may be 0.  Each user and each
   item, rated or not, goes through its tower once.  The errors are those of tt_embed. */
TT_API tt_error tt_predict(float *predictions, const tt_two_tower *model, const tt_ratings *ratings,
                           tt_run *run);

/* Fills loss with the mean squared error over at least one rating: Keras' model.evaluate.
   TT_ERROR_NOT_FINITE: a feature or a target is not finite. */
TT_API tt_error tt_evaluate(double *loss, const tt_two_tower *model, const tt_ratings *ratings,
                            tt_run *run);

/* §12 training ----------------------------------------------------------------------------- */

typedef struct tt_progress {
    size_t epoch, epochs;  /* the current one, from 1, and the number of all */
    size_t batch, batches; /* the number done so far, and the number of all */
    double loss;           /* mean over this epoch so far, while the weights moved */
    bool has_validation;   /* true at the end of an epoch if there are validation ratings */
    double validation_loss;
} tt_progress;

/* All engines give the same bits. */
typedef enum tt_engine {
    TT_ENGINE_FASTEST, /* the fast way (§14), with the widest vectors that this machine has */
    TT_ENGINE_TAPE,    /* the readable way: the tape of §6 */
    TT__ENGINE_4,      /* private, for tests: the fast way with 4, 8 or 16 lanes */
    TT__ENGINE_8,
    TT__ENGINE_16
} tt_engine;

typedef enum tt_outcome {
    TT_FINISHED,          /* all epochs */
    TT_STOPPED_EARLY,     /* patience ran out */
    TT_STOPPED_BY_CALLER, /* on_epoch returned false */
    TT_DIVERGED           /* the loss or a weight was not finite: training stopped at once, and
                               weights and moments are those before that epoch, or the best ones */
} tt_outcome;

typedef struct tt_history {
    size_t epochs;           /* trained in this call */
    double *loss;            /* one per epoch */
    double *validation_loss; /* likewise, or NULL; not finite where predictions overflow */
    size_t best_epoch;       /* from 1, by the loss that patience watches */
    tt_outcome outcome;
    size_t diverged_batch; /* from 1, in the epoch after those above; 0: none (but see outcome) */
    void *owner;
} tt_history;

/* What a network by itself learns from: inputs and, row by row, what its outputs should be. */
typedef struct tt_examples {
    tt_matrix X, Y; /* N x inputs, N x outputs; borrowed */
} tt_examples;

/* Records what to minimise, a mean over rows: tt_tape_mse, tt_tape_logistic_loss,
   tt_tape_softmax_loss, or a function of your own. */
typedef tt_var (*tt_loss)(tt_tape *tape, tt_var p, tt_var y);

typedef struct tt_fit_options {
    size_t epochs;                /* 0: 1 */
    size_t batch_size;            /* 0: 32; at most 65536 */
    double validation_split;      /* share kept aside from the ratings' end, as in Keras; 0: none */
    const tt_ratings *validation; /* or these ratings, but not both */
    size_t patience;              /* early stopping: after so many epochs without a better
                                     validation loss (or training loss); weights and moments are
                                     then the best epoch's, whatever ends the training; 0: never */
    tt_engine engine;
    void (*on_batch)(const tt_progress *progress, void *context);
    bool (*on_epoch)(const tt_progress *progress, void *context); /* false: stop */
    void *context;
    tt_history *history; /* NULL, or filled with the course of training; tt_history_free frees it */
    /* For tt_sequential_fit alone: validation, and what to minimise (NULL: tt_tape_mse). */
    const tt_examples *validation_examples;
    tt_loss loss;
} tt_fit_options;

/* Trains the model on at least one rating: minimises the mean squared error with Adam, batch by
   batch, in a new random order every epoch, on at most two threads.  (If batch_size exceeds the
   number of ratings, one batch holds them all.)  Another call continues bit for bit where the last
   one stopped, also after tt_load.  After an error the model is in the state it had after the last
   complete epoch.  TT_ERROR_NOT_FINITE: a feature or a target, of these or of the validation
   ratings, is not finite, even if no rating uses it; nothing has been trained.
   TT_ERROR_ARITHMETIC: as in tt_two_tower_new.  run->why is also filled when training diverges. */
TT_API tt_error tt_fit(tt_two_tower *model, const tt_ratings *ratings,
                       const tt_fit_options *options, tt_run *run);

/* Trains a network by itself as tt_fit trains two towers, with the same errors, but always by the
   tape.  If the caller keeps adam and random, another call continues bit for bit. */
TT_API tt_error tt_sequential_fit(tt_sequential *network, tt_adam *adam, tt_random *random,
                                  const tt_examples *examples, const tt_fit_options *options,
                                  tt_run *run);
TT_API void tt_history_free(tt_history *history);

/* §13 nearest neighbours ------------------------------------------------------------------- */

#define TT_NONE UINT32_MAX /* no neighbour is left: see tt_nearest */

typedef struct tt_neighbour_options {
    size_t k;          /* neighbours per query; 0: 1 */
    bool exclude_self; /* query i is candidate i: mask the diagonal */
    /* Returns true to leave a candidate out; several threads call it at once.  NULL: none. */
    bool (*masked)(size_t query, size_t candidate, void *context);
    void *context;
} tt_neighbour_options;

/* Fills nearest and distance (Q x k each, row-major) with the k candidates (M x D, D at least 1) of
   least squared distance to each query (Q x D), nearest first, ties to the lower index.  If fewer
   than k are left (unmasked, and at a distance that does not overflow), the remaining places hold
   TT_NONE and infinite distance.  The search works in blocks, without a Q x M matrix.  M is less
   than 2^32 - 1.  TT_ERROR_NOT_FINITE: a number in the queries or candidates is not finite. */
TT_API tt_error tt_nearest(uint32_t *nearest, float *distance, tt_matrix queries,
                           tt_matrix candidates, const tt_neighbour_options *options, tt_run *run);

/* Fills best with the indices of the k highest of n scores, highest first, ties to the lower index.
   The function leaves out scores that are NaN or marked in excluded (n flags, or NULL).  It returns
   the number of indices in best.  n is less than 2^32 - 1.  O(n k). */
TT_API size_t tt_top_k(uint32_t *best, size_t k, const float *scores, size_t n,
                       const bool *excluded);

/* Recommends: fills items and predictions (k each) with the k highest predictions for one user,
   given by scaled features (1 x inputs), among the items whose vectors (M x D) tt_embed has
   computed.  seen (M flags, or NULL) marks the items that the user already knows.  found receives
   the number of recommendations, which is less than k if too few items are left.
   TT_ERROR_NOT_FINITE: a feature or a prediction is not finite. */
TT_API tt_error tt_recommend(uint32_t *items, float *predictions, size_t *found, size_t k,
                             const tt_two_tower *model, tt_matrix features, tt_matrix item_vectors,
                             const bool *seen);

/* §15 tables from CSV ---------------------------------------------------------------------- */

/* Reads a CSV file (RFC 4180, UTF-8, with a header line), one record in memory at a time.

       tt_csv csv;
       tt_csv_open(&csv, "ratings.csv");
       tt_csv_find(&column, &csv, "rating");
       while (tt_csv_next(&csv) == TT_OK) {
           tt_csv_number(&stars, &csv, column);
           ...
       }
       tt_csv_close(&csv);
       if (csv.error != TT_ERROR_END) puts(csv.why.text);

   The first error is kept: every later call returns it and does nothing else.  So one test at the
   end is enough, as here, and the message names the file, the line and the column where reading
   went wrong. */
typedef struct tt__csv_field tt__csv_field;
typedef struct tt_csv {
    tt_error error;      /* the first one; it and its message outlive tt_csv_close */
    tt_message why;      /* what went wrong and where: "ratings.csv:17:9: rating "3,5": ..." */
    const char *path;    /* borrowed, for messages */
    size_t columns;      /* of the header, hence of every record */
    const char **header; /* the columns' names */
    size_t records;      /* read so far, without the header */
    size_t line;         /* where the current record begins; at first, where the header does */
    void *file;          /* from here on private */
    unsigned char *buffer;
    size_t begin, end, next_line, header_line;
    char *text, *header_text;
    size_t length, capacity;
    tt__csv_field *fields;
    size_t field_capacity;
} tt_csv;

/* Opens a file and reads its header.  Owns memory and an open file until tt_csv_close, which must
   be called also after an error.  TT_ERROR_OPEN, TT_ERROR_READ; TT_ERROR_FORMAT: the header is
   missing, or is not CSV in UTF-8. */
TT_API tt_error tt_csv_open(tt_csv *csv, const char *path);
TT_API void tt_csv_close(tt_csv *csv);

/* Fills column with the number of the first column that has this name in the header.
   TT_ERROR_FORMAT: there is none.  (If a column may be missing, search csv.header.) */
TT_API tt_error tt_csv_find(size_t *column, tt_csv *csv, const char *name);

/* Reads the next record and skips empty lines.  TT_ERROR_END: there are no more records.
   TT_ERROR_READ; TT_ERROR_FORMAT: a record is malformed, or has more or fewer fields than the
   header. */
TT_API tt_error tt_csv_next(tt_csv *csv);

/* The current record's fields: as text (borrowed until the next record; "" after an error), as a
   finite number, or as a whole number from low to high.  Line ends within a text become \n.
   TT_ERROR_VALUE: the field is not such a number, and value is unchanged. */
TT_API const char *tt_csv_text(const tt_csv *csv, size_t column);
TT_API tt_error tt_csv_number(double *value, tt_csv *csv, size_t column);
TT_API tt_error tt_csv_integer(int64_t *value, tt_csv *csv, size_t column, int64_t low,
                               int64_t high);

/* Fails with a complaint about a field, for checks of your own: csv.why becomes
   "file:line:column: header "text": complaint".  Returns TT_ERROR_VALUE. */
TT_API tt_error tt_csv_complain(tt_csv *csv, size_t column, const char *complaint);

/* Reads a number that fills the whole text: 4, -3.5, .5, +1e3 or 2.5E-3.  It has at most 511
   characters; blanks or tabs may stand around it.  It is rounded correctly in every locale; if it
   is too small, it becomes 0.  For any other text the function returns false and leaves value
   unchanged: an empty text, 3. or 3,5 or 1_000, hexadecimal, inf, nan, and numbers too large for a
   double.  Whole numbers in tables (tt_csv_integer) have this form without point and exponent. */
TT_API bool tt_parse_number(double *value, const char *text);

/* §16 model files -------------------------------------------------------------------------- */

/* A model is one safetensors file (github.com/huggingface/safetensors): eight bytes with the length
   of a header, the header in JSON, padded with blanks to a multiple of 8, and the numbers.  The
   header gives each tensor's name, type, shape and place (wrapped here):

       {"__metadata__":{"format":"twotower 2"},
        "adam.learning_rate":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}, ...
        "user.0.weights":{"dtype":"F32","shape":[16,512],"data_offsets":[64,32832]}, ...
        "crc32":{"dtype":"U8","shape":[4],"data_offsets":[1805056,1805060]}}

   Python reads the file with safetensors.numpy.load_file.  Numbers are little-endian on every
   machine.  Numbers of 8 bytes come first, then those of 4, then bytes, so that each begins at a
   multiple of its size.  The names of features are UTF-8 texts, each with a zero byte at its end.
   The last four bytes are the CRC-32 of all bytes before them.  If tensors is a dictionary of NumPy
   arrays in the order of tt__list_tensors (in the book), this code writes a file for tt_load:

       header, end = {"__metadata__": {"format": "twotower 2"}}, 0
       for name, t in [*tensors.items(), ("crc32", numpy.zeros(4, "u1"))]:
           begin, end = end, end + t.nbytes
           header[name] = {"dtype": t.dtype.kind.upper() + str(8 * t.itemsize),
                           "shape": t.shape, "data_offsets": [begin, end]}
       text = json.dumps(header, separators=(",", ":")).encode()
       text += b" " * (-len(text) % 8)
       data = b"".join(t.tobytes() for t in tensors.values())
       file = len(text).to_bytes(8, "little") + text + data
       open(path, "wb").write(file + zlib.crc32(file).to_bytes(4, "little")) */

/* Writes the model (weights, Adam's state, random state, scalers, feature names, seed), the same
   bytes on every machine.  The towers must normalise and have the activations of tt_sequential_new,
   the names of features must be those that tt_two_tower_new has copied, and an optimiser that you
   have replaced must have trained.  The file is written under the temporary name path.part and then
   renamed, so that an interrupted save leaves the old file intact.  (If path is a symbolic link,
   the file replaces the link, and the link's target is unchanged.  A path in /dev/ is written to
   directly.  On Windows the old file is removed just before; if renaming fails then, the new one
   remains as path.part.  Whether it survives a power cut depends on the file system: C has no
   fsync.)  TT_ERROR_OPEN, TT_ERROR_WRITE: the file could not be written.  TT_ERROR_VALUE: tt_load
   would refuse a number in the model, or the name of a feature is not UTF-8. */
TT_API tt_error tt_save(const tt_two_tower *model, const char *path, tt_run *run);

/* Owns the model read from a file of tt_save.  Everything in the file is checked: header, sizes,
   checksum, numbers.  TT_ERROR_OPEN, TT_ERROR_READ; TT_ERROR_FORMAT: not such a file, a damaged
   one, or one of version 1 (train that model again); TT_ERROR_VALUE: a number that no model has, or
   a name that is not UTF-8; TT_ERROR_ARITHMETIC: as in tt_two_tower_new. */
TT_API tt_error tt_load(tt_two_tower *model, const char *path, tt_run *run);

/* The CRC-32 (IEEE 802.3) of count bytes and all before them, whose crc is given (at first 0). */
TT_API uint32_t tt_crc32(uint32_t crc, const void *bytes, size_t count);

/* §17 NumPy's .npy files ------------------------------------------------------------------- */

/* Writes a matrix (as float32) or a table (as float64) of at least one column as a .npy file, with
   the same bytes as np.save's.  Writing and errors are as in tt_save.  path is used unchanged: no
   ".npy" is added. */
TT_API tt_error tt_matrix_save(tt_matrix matrix, const char *path, tt_run *run);
TT_API tt_error tt_table_save(tt_table table, const char *path, tt_run *run);

/* Owns the array read from a file of np.save: of float32 for a matrix, of float64 for a table,
   little-endian and in C order, of two dimensions, or of one, which becomes a column (n x 1).
   NumPy writes such a file from any array a: np.save(path, np.ascontiguousarray(a, dtype='<f4')).
   TT_ERROR_OPEN, TT_ERROR_READ; TT_ERROR_FORMAT: the file is not such a file. */
TT_API tt_error tt_matrix_load(tt_matrix *matrix, const char *path, tt_run *run);
TT_API tt_error tt_table_load(tt_table *table, const char *path, tt_run *run);

#ifdef __cplusplus
}
#endif

#endif /* TWOTOWER_H */

/* End of the interface.  The rest is compiled only if TWOTOWER_IMPLEMENTATION is defined. */

#if defined(TWOTOWER_IMPLEMENTATION) && !defined(TWOTOWER_IMPLEMENTED)
#define TWOTOWER_IMPLEMENTED

/* Before the book: the C library, and the compiler's settings (appendix §A explains them). */
#include <ctype.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__) && !defined(__TINYC__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#ifdef _OPENMP
#include <omp.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <sched.h>
#define tt__yield() ((void)sched_yield())
#else
#define tt__yield() ((void)0)
#endif

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) ||           \
    (defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD == 2)
#error "twotower.h needs IEEE arithmetic: no -ffast-math, no -Ofast; 32-bit x86: -mfpmath=sse"
#endif
#if defined(__clang__) && defined(__arm__) && defined(__ARM_NEON)
#error "twotower.h needs IEEE arithmetic, which NEON is not here: -mfpu=vfpv4-d16, or GCC"
#endif

#if defined(__GNUC__) || defined(__clang__)
#define TT__NORETURN __attribute__((noreturn))
#else
#define TT__NORETURN
#endif

#if defined(__clang__)
#ifdef __x86_64__
#pragma float_control(push) /* elsewhere clang lacks it: contraction stays off to the file's end */
#pragma float_control(precise, on)
#endif
#pragma clang fp contract(off)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("O3", "fp-contract=off", "no-fast-math", "no-unsafe-math-optimizations")
#pragma GCC optimize("no-associative-math", "no-reciprocal-math")
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* =============================================================================================
   PART II: THE BOOK

   A recommender answers one question: how would this user rate that item?  The known ratings are
   examples of the answer, and a model that has learned from them predicts all others.  The book
   builds such a model from nothing: first the mathematics (§1 to §8), then the data (§9, §10),
   then the model, its training and its use (§11 to §13).  §14 does the same work much faster
   without changing a bit, and §15 to §17 read and write files.

   Three appendices hold the tools that every chapter uses and none explains: arithmetic that is the
   same everywhere (§A), errors (§B) and memory (§C).  Here are their declarations: */

#if !defined(TT_MALLOC) && !defined(TT_REALLOC) && !defined(TT_FREE)
#define TT_MALLOC(size) malloc(size)
#define TT_REALLOC(pointer, size) realloc(pointer, size)
#define TT_FREE(pointer) free(pointer)
#elif !defined(TT_MALLOC) || !defined(TT_REALLOC) || !defined(TT_FREE)
#error "define all three of TT_MALLOC, TT_REALLOC and TT_FREE, or none"
#endif

enum { TT__ALIGNMENT = 64 };                        /* bytes of a cache line */
static size_t tt__bytes(size_t count, size_t size); /* count * size, or SIZE_MAX */
static void *tt__zeroed(size_t count, size_t size); /* memory of zeros, or NULL */
#define TT__NEW(type, count) ((type *)tt__zeroed(count, sizeof(type)))
static void *tt__zeroed_padded(size_t count, size_t size); /* the same, in which ... */
static void *tt__aligned(void *memory);                    /* ... this is the first aligned place */
static bool tt__grow(void **array, size_t *capacity, size_t count, size_t size);
static inline float tt__sqrtf(float x);
static inline double tt__sqrt(double x);
static double tt__exp(double x);
static double tt__log(double x);
static inline bool tt__finite(double x);
typedef uint64_t tt__float_mode;
static tt__float_mode tt__standard_float_mode(void); /* rounding as IEEE 754 wants it */
static void tt__restore_float_mode(tt__float_mode found);
static bool tt__machine_is_ieee(void);
static tt_error tt__fail(tt_message *why, tt_error error, const char *format, ...);
static tt_error tt__out_of_memory(const char *where, tt_message *why);
static tt_message *tt__why(tt_run *run);
typedef struct tt__text { /* a text in a buffer that is large enough for it */
    char *text;
    size_t capacity, length;
} tt__text;
static void tt__write(tt__text *out, const char *format, ...);
static void tt__blame(const char *function, const char *expected, const char *format,
                      ...) TT__NORETURN;

/* A condition that must hold, and the numbers that explain a failure: "tt_matmul: X is 2x3, W is
   2x3 (expected X.cols == W.rows)".  The second form is for a function that checks on behalf of
   another.  (Neither uses the other, or the condition would be expanded before it is shown.) */
#define TT__REQUIRE(expected, ...)                                                                 \
    ((expected) ? (void)0 : tt__blame(__func__, #expected, __VA_ARGS__))
#define TT__REQUIRE_IN(function, expected, ...)                                                    \
    ((expected) ? (void)0 : tt__blame(function, #expected, __VA_ARGS__))

#define TT__NOT_NULL_IN(function, pointer)                                                         \
    ((pointer) ? (void)0 : tt__blame(function, "a pointer", "%s is NULL", #pointer))
#define TT__NOT_NULL(pointer) TT__NOT_NULL_IN(__func__, pointer)

/* A shape that a matrix must have: "tt_matmul: Y is 2x3, not 2x4 (expected X.rows x W.cols)". */
#define TT__SHAPE(M, r, c)                                                                         \
    ((M).rows == (r) && (M).cols == (c)                                                            \
         ? (void)0                                                                                 \
         : tt__blame(__func__, #r " x " #c, #M " is %zux%zu, not %zux%zu", (M).rows, (M).cols,     \
                     (size_t)(r), (size_t)(c)))

/* Two shapes that must be equal. */
#define TT__SAME_SHAPE_IN(function, A, B)                                                          \
    TT__REQUIRE_IN(function, (A).rows == (B).rows && (A).cols == (B).cols,                         \
                   #A " is %zux%zu, " #B " is %zux%zu", (A).rows, (A).cols, (B).rows, (B).cols)
#define TT__SAME_SHAPE(A, B) TT__SAME_SHAPE_IN(__func__, A, B)

/* A gradient has the shape of the matrices that it is computed from, and overlaps none. */
#define TT__GRADIENT(dX, A, B)                                                                     \
    (TT__SAME_SHAPE(dX, A), TT__SAME_SHAPE(dX, B), TT__APART(dX, A), TT__APART(dX, B))

/* §1 random numbers ---------------------------------------------------------------------------

   The Mersenne Twister is a linear recurrence over bits: word n+624 is word n+397, xor a bit
   matrix A times the upper bit of word n joined to the lower 31 bits of word n+1.  Multiplying by
   A is a shift and, if the lowest bit was 1, an xor with one constant.  The state passes through
   four shifts and xors (tempering) on its way out, which spreads its bits.

   The seed fills the state by Knuth's multiplier (TAOCP 2, 3rd edition, p. 106).  NumPy's legacy
   RandomState does the same, so a split made here is the same as one made by NumPy. */

TT_API void tt_random_seed(tt_random *random, uint32_t seed)
{
    TT__NOT_NULL(random);
    random->state[0] = seed;
    for (uint32_t i = 1; i < 624; i++) {
        uint32_t last = random->state[i - 1];
        random->state[i] = 1812433253u * (last ^ (last >> 30)) + i;
    }
    random->position = 624;
}

static void tt__random_refill(tt_random *random)
{
    uint32_t *s = random->state;
    for (int i = 0; i < 624; i++) {
        uint32_t joined = (s[i] & 0x80000000u) | (s[(i + 1) % 624] & 0x7FFFFFFFu);
        uint32_t times_A = (joined >> 1) ^ (joined & 1 ? 0x9908B0DFu : 0);
        s[i] = s[(i + 397) % 624] ^ times_A;
    }
    random->position = 0;
}

TT_API uint32_t tt_random_uint32(tt_random *random)
{
    TT__NOT_NULL(random);
    if (random->position >= 624) tt__random_refill(random);
    uint32_t y = random->state[random->position++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9D2C5680u;
    y ^= y << 15 & 0xEFC60000u;
    return y ^ y >> 18;
}

/* 27 and 26 random bits make an integer below 2^53; a double's mantissa has 53 bits. */
TT_API double tt_random_sample(tt_random *random)
{
    TT__NOT_NULL(random);
    double high = tt_random_uint32(random) >> 5, low = tt_random_uint32(random) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

TT_API double tt_random_uniform(tt_random *random, double low, double high)
{
    TT__NOT_NULL(random);
    double width = high - low;
    double offset = width * tt_random_sample(random);
    return low + offset;
}

/* Draws as many bits as most has until they fit: all integers in [0, most] are equally likely. */
static uint32_t tt__random_below_or_equal(tt_random *random, uint32_t most)
{
    uint32_t mask = most, value;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    do value = tt_random_uint32(random) & mask;
    while (value > most);
    return value;
}

/* Fisher and Yates: from the last position to the first, each position takes one of the indices
   that have no place yet. */
TT_API void tt_random_shuffle(tt_random *random, uint32_t *indices, size_t n)
{
    TT__NOT_NULL(random);
    TT__REQUIRE(n <= UINT32_MAX, "n is %zu", n);
    TT__REQUIRE(indices || n == 0, "indices is NULL, n is %zu", n);
    for (size_t i = n; i-- > 1;) {
        uint32_t j = tt__random_below_or_equal(random, (uint32_t)i);
        uint32_t swap = indices[i];
        indices[i] = indices[j];
        indices[j] = swap;
    }
}

TT_API void tt_random_permutation(tt_random *random, uint32_t *indices, size_t n)
{
    TT__NOT_NULL(random);
    TT__REQUIRE(n <= UINT32_MAX, "n is %zu", n);
    TT__REQUIRE(indices || n == 0, "indices is NULL, n is %zu", n);
    for (size_t i = 0; i < n; i++) indices[i] = (uint32_t)i;
    tt_random_shuffle(random, indices, n);
}

/* §2 matrices and views -----------------------------------------------------------------------

   A matrix is a pointer, two lengths and a stride.  The stride makes views free: columns 3 .. 18
   of a table are the same memory with a later start and the same distance between rows. */

/* A matrix of float and a table of double differ only in the type of their numbers, so one macro
   defines the functions of both.  Two of them overlap if they share a number, which views of
   different rows, or of different columns, don't.  An operation would then read what it has already
   written. */
#define TT__ARRAY(type, own, number)                                                               \
    TT_API tt_error type##_new(type *array, size_t rows, size_t cols)                              \
    {                                                                                              \
        TT__NOT_NULL(array);                                                                       \
        void *owner = tt__zeroed_padded(tt__bytes(rows, cols), sizeof(number));                    \
        if (!owner) return TT_ERROR_MEMORY;                                                        \
        *array = type##_of((number *)tt__aligned(owner), rows, cols);                              \
        array->owner = owner;                                                                      \
        return TT_OK;                                                                              \
    }                                                                                              \
    TT_API void type##_free(type *array)                                                           \
    {                                                                                              \
        if (!array) return;                                                                        \
        TT_FREE(array->owner);                                                                     \
        memset(array, 0, sizeof *array);                                                           \
    }                                                                                              \
    TT_API type type##_of(number *data, size_t rows, size_t cols)                                  \
    {                                                                                              \
        TT__REQUIRE(data || !rows || !cols, "data is NULL for %zux%zu", rows, cols);               \
        type made = {rows, cols, cols, data, NULL};                                                \
        return made;                                                                               \
    }                                                                                              \
    TT_API type type##_rows(type array, size_t first, size_t count)                                \
    {                                                                                              \
        TT__REQUIRE(first <= array.rows && count <= array.rows - first,                            \
                    "rows %zu..%zu of %zux%zu", first, first + count, array.rows, array.cols);     \
        type part = {count, array.cols, array.stride, array.data + first * array.stride, NULL};    \
        return part;                                                                               \
    }                                                                                              \
    TT_API type type##_cols(type array, size_t first, size_t count)                                \
    {                                                                                              \
        TT__REQUIRE(first <= array.cols && count <= array.cols - first,                            \
                    "columns %zu..%zu of %zux%zu", first, first + count, array.rows, array.cols);  \
        type part = {array.rows, count, array.stride, array.data + first, NULL};                   \
        return part;                                                                               \
    }                                                                                              \
    TT_API number *type##_at(type array, size_t row, size_t col)                                   \
    {                                                                                              \
        TT__REQUIRE(row < array.rows && col < array.cols, "element (%zu, %zu) of %zux%zu", row,    \
                    col, array.rows, array.cols);                                                  \
        return array.data + row * array.stride + col;                                              \
    }                                                                                              \
    static bool own##_overlap(type A, type B)                                                      \
    {                                                                                              \
        if (!A.rows || !A.cols || !B.rows || !B.cols) return false;                                \
        if (B.data < A.data) {                                                                     \
            type first = B;                                                                        \
            B = A;                                                                                 \
            A = first;                                                                             \
        }                                                                                          \
        size_t length = (A.rows - 1) * A.stride + A.cols, offset = (size_t)(B.data - A.data);      \
        if (offset >= length) return false;                                                        \
        if (A.stride != B.stride || !A.stride) return true;                                        \
        size_t column = offset % A.stride;                                                         \
        return column < A.cols || column + B.cols > A.stride;                                      \
    }                                                                                              \
    TT_API void type##_gather(type out, type in, const uint32_t *rows)                             \
    {                                                                                              \
        TT__REQUIRE(out.cols == in.cols, "out is %zux%zu, in is %zux%zu", out.rows, out.cols,      \
                    in.rows, in.cols);                                                             \
        TT__REQUIRE(rows || !out.rows, "rows is NULL, out is %zux%zu", out.rows, out.cols);        \
        TT__REQUIRE(!own##_overlap(out, in), "out and in overlap");                                \
        for (size_t r = 0; r < out.rows; r++) {                                                    \
            TT__REQUIRE(rows[r] < in.rows, "rows[%zu] is %zu, in is %zux%zu", r, (size_t)rows[r],  \
                        in.rows, in.cols);                                                         \
            memcpy(out.data + r * out.stride, in.data + rows[r] * in.stride,                       \
                   in.cols * sizeof(number));                                                      \
        }                                                                                          \
    }                                                                                              \
    TT_API bool type##_is_finite(type array, size_t *row, size_t *col)                             \
    {                                                                                              \
        for (size_t r = 0; r < array.rows; r++)                                                    \
            for (size_t c = 0; c < array.cols; c++) {                                              \
                if (tt__finite(array.data[r * array.stride + c])) continue;                        \
                if (row) *row = r;                                                                 \
                if (col) *col = c;                                                                 \
                return false;                                                                      \
            }                                                                                      \
        return true;                                                                               \
    }
TT__ARRAY(tt_matrix, tt__matrix, float)
TT__ARRAY(tt_table, tt__table, double)
#undef TT__ARRAY

static inline float *tt__row(tt_matrix matrix, size_t row)
{
    return matrix.data + row * matrix.stride;
}

TT_API tt_error tt_matrix_from_table(tt_matrix *matrix, tt_table table)
{
    TT__NOT_NULL(matrix);
    tt_matrix made;
    tt_error error = tt_matrix_new(&made, table.rows, table.cols);
    if (error) return error;
    for (size_t r = 0; r < table.rows; r++)
        for (size_t c = 0; c < table.cols; c++)
            tt__row(made, r)[c] = (float)table.data[r * table.stride + c];
    if (tt_matrix_is_finite(made, NULL, NULL)) {
        *matrix = made;
        return TT_OK;
    }
    tt_matrix_free(&made);
    return TT_ERROR_NOT_FINITE;
}

#define TT__APART(out, in) TT__REQUIRE(!tt__matrix_overlap(out, in), #out " and " #in " overlap")

/* An operation that works row by row may write its output over its input, which has its shape. */
#define TT__SAME_OR_APART(out, in)                                                                 \
    (TT__SAME_SHAPE(out, in),                                                                      \
     TT__REQUIRE(((out).data == (in).data && (out).stride == (in).stride) ||                       \
                     !tt__matrix_overlap(out, in),                                                 \
                 #out " and " #in " overlap, and are not the same"))

static void tt__copy(tt_matrix out, tt_matrix in)
{
    TT__SAME_SHAPE(out, in);
    for (size_t r = 0; r < out.rows; r++)
        memmove(tt__row(out, r), tt__row(in, r), in.cols * sizeof(float));
}

/* §3 the three products -----------------------------------------------------------------------

   A dense layer without bias is

       Y = X W,              Y[b][o] = sum over i of X[b][i] W[i][o].

   If dY is the gradient of the loss with respect to Y, the chain rule gives, for the layer before
   and for the weights,

       dX = dY W^T,          dX[b][i] = sum over o of dY[b][o] W[i][o],
       dW = X^T dY,          dW[i][o] = sum over b of X[b][i] dY[b][o].

   A matrix that is used in several places gets a gradient from each of them, and the chain rule
   adds these up.  So from here on each backward function computes its sum from 0, and adds it to
   the gradient that it finds.

   The textbook's triple loop has the sum innermost.  Here the sum is the middle loop, and the
   innermost runs over outputs that lie side by side in memory.  Each output is still one sum, left
   to right, but the compiler can compute many of them at once.  §14 computes the same faster. */

static void tt__zero(tt_matrix matrix)
{
    for (size_t r = 0; r < matrix.rows; r++)
        memset(tt__row(matrix, r), 0, matrix.cols * sizeof(float));
}

/* y[0 .. n-1] += a x[0 .. n-1]. */
static void tt__add_multiple(float *y, float a, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float product = a * x[i];
        y[i] += product;
    }
}

/* Y += factor X. */
static void tt__add_scaled(tt_matrix Y, float factor, tt_matrix X)
{
    for (size_t r = 0; r < X.rows; r++)
        tt__add_multiple(tt__row(Y, r), factor, tt__row(X, r), X.cols);
}

/* Y = X W. */
TT_API void tt_matmul(tt_matrix Y, tt_matrix X, tt_matrix W)
{
    TT__REQUIRE(X.cols == W.rows, "X is %zux%zu, W is %zux%zu", X.rows, X.cols, W.rows, W.cols);
    TT__SHAPE(Y, X.rows, W.cols);
    TT__APART(Y, X), TT__APART(Y, W);
    tt__zero(Y);
    for (size_t b = 0; b < X.rows; b++)
        for (size_t i = 0; i < X.cols; i++)
            tt__add_multiple(tt__row(Y, b), tt__row(X, b)[i], tt__row(W, i), W.cols);
}

/* dX += dY W^T.  Here the terms, not the outputs, lie side by side.  A processor can't start an
   addition before the previous one of the same sum is done.  To avoid this wait, eight sums advance
   together. */
TT_API void tt_matmul_nt(tt_matrix dX, tt_matrix dY, tt_matrix W)
{
    TT__REQUIRE(dY.cols == W.cols, "dY is %zux%zu, W is %zux%zu", dY.rows, dY.cols, W.rows, W.cols);
    TT__SHAPE(dX, dY.rows, W.rows);
    TT__APART(dX, dY), TT__APART(dX, W);
    enum { TOGETHER = 8 };
    for (size_t b = 0; b < dY.rows; b++)
        for (size_t i = 0; i < W.rows; i += TOGETHER) {
            size_t n = W.rows - i < TOGETHER ? W.rows - i : (size_t)TOGETHER;
            const float *dy = tt__row(dY, b);
            float sum[TOGETHER] = {0};
            for (size_t o = 0; o < W.cols; o++)
                for (size_t j = 0; j < n; j++) {
                    float product = dy[o] * tt__row(W, i + j)[o];
                    sum[j] += product;
                }
            tt__add_multiple(tt__row(dX, b) + i, 1, sum, n);
        }
}

/* dW += X^T dY, for 64 outputs at a time. */
TT_API void tt_matmul_tn(tt_matrix dW, tt_matrix X, tt_matrix dY)
{
    TT__REQUIRE(X.rows == dY.rows, "X is %zux%zu, dY is %zux%zu", X.rows, X.cols, dY.rows, dY.cols);
    TT__SHAPE(dW, X.cols, dY.cols);
    TT__APART(dW, X), TT__APART(dW, dY);
    enum { TOGETHER = 64 };
    for (size_t i = 0; i < X.cols; i++)
        for (size_t o = 0; o < dY.cols; o += TOGETHER) {
            size_t n = dY.cols - o < TOGETHER ? dY.cols - o : (size_t)TOGETHER;
            float sum[TOGETHER] = {0};
            for (size_t b = 0; b < X.rows; b++)
                tt__add_multiple(sum, tt__row(X, b)[i], tt__row(dY, b) + o, n);
            tt__add_multiple(tt__row(dW, i) + o, 1, sum, n);
        }
}

/* §4 operations and their derivatives ---------------------------------------------------------

   Each operation takes a few lines, and its derivative a few more below.  A backward function gets
   dY, the gradient of the loss with respect to the operation's output, and adds to the gradient
   with respect to an input. */

/* Y = X + b.                                     dX = dY, and db[o] = sum over rows of dY[.][o] */
TT_API void tt_bias(tt_matrix Y, tt_matrix X, tt_matrix b)
{
    TT__SAME_OR_APART(Y, X);
    TT__SHAPE(b, 1, X.cols), TT__APART(Y, b);
    for (size_t r = 0; r < X.rows; r++)
        for (size_t c = 0; c < X.cols; c++) tt__row(Y, r)[c] = tt__row(X, r)[c] + b.data[c];
}

TT_API void tt_bias_backward(tt_matrix db, tt_matrix dY)
{
    TT__SHAPE(db, 1, dY.cols), TT__APART(db, dY);
    for (size_t c = 0; c < dY.cols; c++) {
        float sum = 0;
        for (size_t r = 0; r < dY.rows; r++) sum += tt__row(dY, r)[c];
        db.data[c] += sum;
    }
}

/* Y = max(X, 0).                                                    dX = dY where X > 0, else 0 */
TT_API void tt_relu(tt_matrix Y, tt_matrix X)
{
    TT__SAME_OR_APART(Y, X);
    for (size_t r = 0; r < X.rows; r++)
        for (size_t c = 0; c < X.cols; c++) {
            float x = tt__row(X, r)[c];
            tt__row(Y, r)[c] = x <= 0 ? 0 : x; /* NaN stays NaN */
        }
}

TT_API void tt_relu_backward(tt_matrix dX, tt_matrix dY, tt_matrix X)
{
    TT__GRADIENT(dX, dY, X);
    for (size_t r = 0; r < X.rows; r++)
        for (size_t c = 0; c < X.cols; c++)
            if (tt__row(X, r)[c] > 0) tt__row(dX, r)[c] += tt__row(dY, r)[c];
}

/* Y = tanh X = (1 - e^-2X) / (1 + e^-2X).                               dX = dY (1 - Y) (Y - (-1))
   Y = sigmoid(X) = 1 / (1 + e^-X).                                            dX = dY (1 - Y) Y

   Both curves have the form of an S and rise from a low value, -1 or 0, to 1; their slope is
   (1 - Y) (Y - low).  The sigmoid turns a number of any size into a probability.  As tanh(-X) is
   -tanh X, only e^-2|X| is needed, which can't overflow.  Near 0, where 1 - e^-2X would lose
   digits, X - X^3/3 is exact enough.  Each result is rounded from double to float once. */
static double tt__tanh(double x)
{
    double size = x < 0 ? -x : x, fading = tt__exp(-2 * size), y = (1 - fading) / (1 + fading);
    if (size < 1 / 1024.0) return x * (1 - x * x / 3);
    return x < 0 ? -y : y;
}

static double tt__sigmoid(double x)
{
    return 1 / (1 + tt__exp(-x));
}

static void tt__s_curve(tt_matrix Y, tt_matrix X, double (*f)(double x))
{
    for (size_t r = 0; r < X.rows; r++)
        for (size_t c = 0; c < X.cols; c++) tt__row(Y, r)[c] = (float)f(tt__row(X, r)[c]);
}

static void tt__s_curve_backward(tt_matrix dX, tt_matrix dY, tt_matrix Y, float low)
{
    for (size_t r = 0; r < Y.rows; r++)
        for (size_t c = 0; c < Y.cols; c++) {
            float y = tt__row(Y, r)[c], above = y - low, below = 1 - y, slope = below * above;
            float dx = tt__row(dY, r)[c] * slope;
            tt__row(dX, r)[c] += dx;
        }
}

TT_API void tt_tanh(tt_matrix Y, tt_matrix X)
{
    TT__SAME_OR_APART(Y, X);
    tt__s_curve(Y, X, tt__tanh);
}

TT_API void tt_tanh_backward(tt_matrix dX, tt_matrix dY, tt_matrix Y)
{
    TT__GRADIENT(dX, dY, Y);
    tt__s_curve_backward(dX, dY, Y, -1);
}

TT_API void tt_sigmoid(tt_matrix Y, tt_matrix X)
{
    TT__SAME_OR_APART(Y, X);
    tt__s_curve(Y, X, tt__sigmoid);
}

TT_API void tt_sigmoid_backward(tt_matrix dX, tt_matrix dY, tt_matrix Y)
{
    TT__GRADIENT(dX, dY, Y);
    tt__s_curve_backward(dX, dY, Y, 0);
}

/* The dot product of two vectors, left to right. */
static float tt__dot(const float *x, const float *y, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++) {
        float product = x[i] * y[i];
        sum += product;
    }
    return sum;
}

/* y = x / |x|.                                                        dx = (dy - y (y . dy)) / |x|

   This is the quotient rule: moving x along itself does not change y, and moving x sideways turns
   y.  |x|^2, the sum of squares, is kept from falling below 1e-12.  Where that floor holds,
   y = 1e6 x and so dx = 1e6 dy. */
static const float tt__norm_floor = 1e-12f;

static float tt__inverse_length(float sum_of_squares)
{
    float length = tt__sqrtf(sum_of_squares > tt__norm_floor ? sum_of_squares : tt__norm_floor);
    return 1.0f / length;
}

TT_API void tt_l2_normalize(tt_matrix Y, tt_matrix X)
{
    TT__SAME_OR_APART(Y, X);
    for (size_t r = 0; r < X.rows; r++) {
        const float *x = tt__row(X, r);
        float *y = tt__row(Y, r), inverse_length = tt__inverse_length(tt__dot(x, x, X.cols));
        for (size_t c = 0; c < X.cols; c++) y[c] = x[c] * inverse_length;
    }
}

TT_API void tt_l2_normalize_backward(tt_matrix dX, tt_matrix dY, tt_matrix X, tt_matrix Y)
{
    TT__SAME_SHAPE(dX, Y), TT__GRADIENT(dX, dY, X), TT__APART(dX, Y);
    for (size_t r = 0; r < X.rows; r++) {
        const float *x = tt__row(X, r), *y = tt__row(Y, r), *dy = tt__row(dY, r);
        float sum_of_squares = tt__dot(x, x, X.cols);
        float inverse_length = tt__inverse_length(sum_of_squares);
        float along = sum_of_squares > tt__norm_floor ? tt__dot(y, dy, X.cols) : 0;
        for (size_t c = 0; c < X.cols; c++) {
            float part_along = y[c] * along;
            float sideways = dy[c] - part_along;
            float dx = sideways * inverse_length;
            tt__row(dX, r)[c] += dx;
        }
    }
}

/* p[r] = U[r] . V[r].                                 dU[r] = dp[r] V[r] and dV[r] = dp[r] U[r] */
TT_API void tt_row_dot(tt_matrix p, tt_matrix U, tt_matrix V)
{
    TT__SAME_SHAPE(U, V), TT__SHAPE(p, U.rows, 1);
    TT__APART(p, U), TT__APART(p, V);
    for (size_t r = 0; r < U.rows; r++)
        *tt__row(p, r) = tt__dot(tt__row(U, r), tt__row(V, r), U.cols);
}

TT_API void tt_row_dot_backward(tt_matrix dU, tt_matrix dp, tt_matrix V)
{
    TT__SAME_SHAPE(dU, V), TT__SHAPE(dp, V.rows, 1);
    TT__APART(dU, dp), TT__APART(dU, V);
    for (size_t r = 0; r < V.rows; r++)
        tt__add_multiple(tt__row(dU, r), *tt__row(dp, r), tt__row(V, r), V.cols);
}

/* loss = mean of (p - y)^2.                                         dp = dloss 2 (p - y) / count */
TT_API float tt_mse(tt_matrix p, tt_matrix y)
{
    TT__SAME_SHAPE(p, y);
    TT__REQUIRE(p.rows > 0 && p.cols > 0, "p is %zux%zu", p.rows, p.cols);
    double sum = 0;
    for (size_t r = 0; r < p.rows; r++)
        for (size_t c = 0; c < p.cols; c++) {
            float error = tt__row(p, r)[c] - tt__row(y, r)[c];
            float square = error * error;
            sum += square;
        }
    return (float)(sum / (double)(p.rows * p.cols));
}

TT_API void tt_mse_backward(tt_matrix dp, float dloss, tt_matrix p, tt_matrix y)
{
    TT__GRADIENT(dp, p, y);
    float count = (float)(p.rows * p.cols);
    for (size_t r = 0; r < p.rows; r++)
        for (size_t c = 0; c < p.cols; c++) {
            float error = tt__row(p, r)[c] - tt__row(y, r)[c];
            float twice = 2.0f * error;
            float slope = twice / count;
            float share = dloss * slope;
            tt__row(dp, r)[c] += share;
        }
}

/* loss = mean over rows of -log q[class].              dp[k] = dloss (q[k] sum of y - y[k]) / rows

   The softmax q[k] = e^p[k] / sum of e^p[.] makes probabilities of logits, so

       -log q[k] = log(sum of e^p[.]) - p[k],     log(sum of e^p[.]) = m + log(sum of e^(p[.] - m)),

   where m, the highest logit, keeps the powers from overflowing.  The derivative of log(sum) by
   p[k] is q[k].  So the gradient, where a row of y adds up to 1, is what was predicted minus what
   was true, and stays large where a model is sure and wrong; that of a square would fade there. */
static double tt__log_sum(const float *p, size_t n)
{
    float m = -INFINITY;
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        if (p[k] > m) m = p[k];
    for (size_t k = 0; k < n; k++) sum += tt__exp((double)p[k] - m);
    return m + tt__log(sum);
}

TT_API float tt_softmax_loss(tt_matrix p, tt_matrix y)
{
    TT__SAME_SHAPE(p, y);
    TT__REQUIRE(p.rows > 0 && p.cols > 0, "p is %zux%zu", p.rows, p.cols);
    double sum = 0;
    for (size_t r = 0; r < p.rows; r++) {
        double log_sum = tt__log_sum(tt__row(p, r), p.cols);
        for (size_t k = 0; k < p.cols; k++) {
            double part = (log_sum - tt__row(p, r)[k]) * tt__row(y, r)[k];
            sum += part;
        }
    }
    return (float)(sum / (double)p.rows);
}

TT_API void tt_softmax_loss_backward(tt_matrix dp, float dloss, tt_matrix p, tt_matrix y)
{
    TT__GRADIENT(dp, p, y);
    double share = dloss / (double)p.rows;
    for (size_t r = 0; r < p.rows; r++) {
        double log_sum = tt__log_sum(tt__row(p, r), p.cols), total = 0;
        for (size_t k = 0; k < p.cols; k++) total += tt__row(y, r)[k];
        for (size_t k = 0; k < p.cols; k++) {
            double predicted = tt__exp(tt__row(p, r)[k] - log_sum) * total;
            tt__row(dp, r)[k] += (float)((predicted - tt__row(y, r)[k]) * share);
        }
    }
}

/* loss = mean of -log(probability of what was true).          dp = dloss (sigmoid(p) - y) / count

   Yes and no are two classes with logits p and 0, as e^p / (e^p + e^0) = sigmoid(p).  With y for
   yes and 1 - y for no, the sum of the last loss becomes log(e^p + e^0) - y p. */
TT_API float tt_logistic_loss(tt_matrix p, tt_matrix y)
{
    TT__SAME_SHAPE(p, y);
    TT__REQUIRE(p.rows > 0 && p.cols > 0, "p is %zux%zu", p.rows, p.cols);
    double sum = 0;
    for (size_t r = 0; r < p.rows; r++)
        for (size_t c = 0; c < p.cols; c++) {
            float logits[] = {tt__row(p, r)[c], 0};
            double product = (double)logits[0] * tt__row(y, r)[c];
            sum += tt__log_sum(logits, 2) - product;
        }
    return (float)(sum / (double)(p.rows * p.cols));
}

TT_API void tt_logistic_loss_backward(tt_matrix dp, float dloss, tt_matrix p, tt_matrix y)
{
    TT__GRADIENT(dp, p, y);
    double share = dloss / (double)(p.rows * p.cols);
    for (size_t r = 0; r < p.rows; r++)
        for (size_t c = 0; c < p.cols; c++) {
            double error = tt__sigmoid(tt__row(p, r)[c]) - tt__row(y, r)[c];
            tt__row(dp, r)[c] += (float)(error * share);
        }
}

/* §5 dense layers -----------------------------------------------------------------------------

   A layer is

       Y = activation(X W + b).

   Its backward pass is that of its operations: tt_relu_backward, then tt_bias_backward for b, then
   tt_matmul_nt for X and tt_matmul_tn for W.  The tape calls them in this order, for what
   tt_tape_dense (§6) recorded; the fast way has tt__panel_backward (§14).

   Its weights start random, or all units would learn the same.  They have such a size that signals
   neither fade nor grow from layer to layer, forwards or backwards.  Glorot and Bengio's compromise
   between the two directions is this variance, which uniform numbers in [-limit, limit] have:

       variance = 2 / (fan-in + fan-out),     limit = sqrt(6 / (fan-in + fan-out)). */

static void tt__glorot_uniform(tt_matrix weights, tt_random *random)
{
    double limit = tt__sqrt(6.0 / (double)(weights.rows + weights.cols));
    for (size_t i = 0; i < weights.rows; i++)
        for (size_t o = 0; o < weights.cols; o++)
            tt__row(weights, i)[o] = (float)tt_random_uniform(random, -limit, limit);
}

/* The number of parameters of all layers, which lie one after the other: weights, then bias.
   SIZE_MAX if a size_t can't hold the number. */
static size_t tt__count_parameters(const size_t *widths, size_t depth)
{
    size_t count = 0;
    for (size_t l = 0; l < depth; l++) {
        size_t of_layer = tt__bytes(widths[l] + 1, widths[l + 1]);
        if (of_layer > SIZE_MAX - count) return SIZE_MAX;
        count += of_layer;
    }
    return count;
}

TT_API tt_error tt_sequential_new(tt_sequential *network, const size_t *widths, size_t depth,
                                  bool normalize, tt_random *random)
{
    TT__NOT_NULL(network), TT__NOT_NULL(widths), TT__NOT_NULL(random);
    TT__REQUIRE(depth >= 1 && depth <= TT_MAX_LAYERS, "depth is %zu", depth);
    for (size_t l = 0; l <= depth; l++)
        TT__REQUIRE(widths[l] >= 1 && widths[l] <= 1u << 20, "widths[%zu] is %zu", l, widths[l]);
    void *owner = tt__zeroed_padded(tt__count_parameters(widths, depth), sizeof(float));
    tt_dense *layers = TT__NEW(tt_dense, depth);
    if (!owner || !layers) {
        TT_FREE(owner);
        TT_FREE(layers);
        return TT_ERROR_MEMORY;
    }
    float *next = (float *)tt__aligned(owner);
    for (size_t l = 0; l < depth; l++) {
        size_t inputs = widths[l], outputs = widths[l + 1];
        layers[l].weights = tt_matrix_of(next, inputs, outputs);
        layers[l].bias = tt_matrix_of(next + inputs * outputs, 1, outputs);
        layers[l].activation = l + 1 < depth ? TT_RELU : TT_LINEAR;
        tt__glorot_uniform(layers[l].weights, random);
        next += (inputs + 1) * outputs;
    }
    network->depth = depth;
    network->layers = layers;
    network->normalize = normalize;
    network->owner = owner;
    return TT_OK;
}

TT_API void tt_sequential_free(tt_sequential *network)
{
    if (!network) return;
    TT_FREE(network->owner);
    TT_FREE(network->layers);
    memset(network, 0, sizeof *network);
}

/* Callers can change a network's layers; this stops the program if they no longer fit together, or
   if an activation comes after the last one that the calling function knows. */
static void tt__require_network(const char *function, const tt_sequential *network,
                                tt_activation last)
{
    size_t depth = network->depth;
    TT__REQUIRE_IN(function, depth >= 1 && depth <= TT_MAX_LAYERS, "a network of %zu layers",
                   depth);
    size_t inputs = network->layers[0].weights.rows;
    for (size_t l = 0; l < depth; l++) {
        tt_matrix weights = network->layers[l].weights, bias = network->layers[l].bias;
        TT__REQUIRE_IN(function, weights.rows == inputs && weights.rows && weights.cols,
                       "weights of layer %zu are %zux%zu, inputs are %zu", l, weights.rows,
                       weights.cols, inputs);
        TT__REQUIRE_IN(function, bias.rows == 1 && bias.cols == weights.cols,
                       "bias of layer %zu is %zux%zu, weights are %zux%zu", l, bias.rows, bias.cols,
                       weights.rows, weights.cols);
        TT__REQUIRE_IN(function, network->layers[l].activation <= last,
                       "layer %zu has activation %d; only 0 to %d are possible here", l,
                       (int)network->layers[l].activation, (int)last);
        inputs = weights.cols;
    }
}

static size_t tt__inputs(const tt_sequential *network)
{
    return network->layers[0].weights.rows;
}

static size_t tt__outputs(const tt_sequential *network)
{
    return network->layers[network->depth - 1].weights.cols;
}

TT_API tt_error tt_sequential_copy(tt_sequential *copy, const tt_sequential *network)
{
    TT__NOT_NULL(copy), TT__NOT_NULL(network);
    tt__require_network(__func__, network, TT_SIGMOID);
    size_t widths[TT_MAX_LAYERS + 1] = {tt__inputs(network)};
    for (size_t l = 0; l < network->depth; l++) widths[l + 1] = network->layers[l].weights.cols;
    tt_random any; /* the weights that it draws are replaced */
    tt_random_seed(&any, 0);
    tt_sequential made;
    tt_error error = tt_sequential_new(&made, widths, network->depth, network->normalize, &any);
    if (error) return error;
    for (size_t l = 0; l < network->depth; l++) {
        tt__copy(made.layers[l].weights, network->layers[l].weights);
        tt__copy(made.layers[l].bias, network->layers[l].bias);
        made.layers[l].activation = network->layers[l].activation;
    }
    *copy = made;
    return TT_OK;
}

TT_API size_t tt_sequential_parameters(const tt_sequential *network)
{
    TT__NOT_NULL(network);
    if (network->depth) tt__require_network(__func__, network, TT_SIGMOID);
    size_t count = 0;
    for (size_t l = 0; l < network->depth; l++)
        count += (network->layers[l].weights.rows + 1) * network->layers[l].weights.cols;
    return count;
}

static void tt__dense_forward(tt_matrix Y, tt_matrix X, const tt_dense *layer)
{
    tt_matmul(Y, X, layer->weights);
    tt_bias(Y, Y, layer->bias);
    if (layer->activation == TT_RELU) tt_relu(Y, Y);
    if (layer->activation == TT_TANH) tt_tanh(Y, Y);
    if (layer->activation == TT_SIGMOID) tt_sigmoid(Y, Y);
}

static size_t tt__widest(const tt_sequential *network)
{
    size_t widest = 0;
    for (size_t l = 0; l < network->depth; l++)
        if (network->layers[l].weights.cols > widest) widest = network->layers[l].weights.cols;
    return widest;
}

/* Goes layer by layer between two buffers, a block of rows at a time, which keeps them small. */
TT_API tt_error tt_sequential_forward(tt_matrix Y, const tt_sequential *network, tt_matrix X)
{
    TT__NOT_NULL(network);
    tt__require_network(__func__, network, TT_SIGMOID);
    TT__REQUIRE(X.cols == tt__inputs(network), "X is %zux%zu, inputs are %zu", X.rows, X.cols,
                tt__inputs(network));
    TT__SHAPE(Y, X.rows, tt__outputs(network));
    TT__APART(Y, X);
    const size_t BLOCK = 64;
    size_t widest = tt__widest(network);
    tt_matrix buffers;
    tt_error error = tt_matrix_new(&buffers, 2 * BLOCK, widest);
    if (error) return error;
    for (size_t first = 0; first < X.rows; first += BLOCK) {
        size_t rows = X.rows - first < BLOCK ? X.rows - first : BLOCK;
        tt_matrix in = tt_matrix_rows(X, first, rows);
        for (size_t l = 0; l < network->depth; l++) {
            tt_matrix half = tt_matrix_rows(buffers, l % 2 * BLOCK, rows);
            tt_matrix out = tt_matrix_cols(half, 0, network->layers[l].weights.cols);
            tt__dense_forward(out, in, &network->layers[l]);
            in = out;
        }
        if (network->normalize) tt_l2_normalize(in, in);
        tt__copy(tt_matrix_rows(Y, first, rows), in);
    }
    tt_matrix_free(&buffers);
    return TT_OK;
}

/* §6 the tape ---------------------------------------------------------------------------------

   The chain rule.  If a loss L depends on y and y on x, then

       dL/dx = dL/dy dy/dx.

   If x is used in several places, the contributions add up.  So once every operation can turn the
   gradient with respect to its output into gradients with respect to its inputs, the gradient of
   any composition follows by going through the operations in reverse.  When an operation's turn
   comes, all that used its output have already contributed, and the gradient of its output is
   complete.

   Reverse of what?  Any order in which inputs come before outputs (a topological order).  A tape
   gets one for free: an operation can only use variables that already exist, so the order of
   recording is topological.  tt_tape_backward is a loop from the last node to the first.

   A node holds its value, its gradient, the variables it was made from, and its backward
   function. */

/* The tape's memory is a list of blocks, from which pieces are cut and to which all return at once.
   Resetting keeps the blocks, so from the second training step on nothing is allocated.  Pieces are
   not zeroed. */
struct tt__block {
    tt__block *next;
    void *owner;
    char *memory;
    size_t size, used;
};

static void *tt__cut(tt__block *block, size_t bytes)
{
    void *piece = block->memory + block->used;
    block->used += bytes;
    return piece;
}

static void *tt__block_alloc(tt__block **blocks, size_t count, size_t size)
{
    size_t bytes = tt__bytes(count, size);
    if (bytes == SIZE_MAX) return NULL;
    bytes += (TT__ALIGNMENT - bytes % TT__ALIGNMENT) % TT__ALIGNMENT;
    for (; *blocks; blocks = &(*blocks)->next)
        if ((*blocks)->size - (*blocks)->used >= bytes) return tt__cut(*blocks, bytes);

    size_t block_size = bytes > 65536 ? bytes : 65536;
    tt__block *block = TT__NEW(tt__block, 1);
    if (!block) return NULL;
    block->owner = tt__zeroed_padded(block_size, 1);
    if (!block->owner) {
        TT_FREE(block);
        return NULL;
    }
    block->memory = (char *)tt__aligned(block->owner);
    block->size = block_size;
    *blocks = block;
    return tt__cut(block, bytes);
}

static void tt__blocks_reset(tt__block *blocks)
{
    for (; blocks; blocks = blocks->next) blocks->used = 0;
}

static void tt__blocks_free(tt__block **blocks)
{
    while (*blocks) {
        tt__block *next = (*blocks)->next;
        TT_FREE((*blocks)->owner);
        TT_FREE(*blocks);
        *blocks = next;
    }
}

enum { TT__NO_INPUT = -1 };

struct tt__node {
    tt_matrix value, gradient;
    bool needs_gradient; /* a parameter, or made from something that needs one */
    bool is_parameter;
    int64_t input[2]; /* variables, or TT__NO_INPUT; not used in a leaf */
    float factor;     /* of tt_tape_scale */
    void (*map_backward)(tt_matrix dX, tt_matrix dY, tt_matrix Y);
    void (*loss_backward)(tt_matrix dp, float dloss, tt_matrix p, tt_matrix y);
    void (*backward)(const tt_tape *tape, const tt__node *node);
};

TT_API void tt_tape_reset(tt_tape *tape)
{
    TT__NOT_NULL(tape);
    tape->count = 0;
    tape->error = TT_OK;
    tt__blocks_reset(tape->blocks);
}

TT_API void tt_tape_free(tt_tape *tape)
{
    if (!tape) return;
    TT_FREE(tape->nodes);
    tt__blocks_free(&tape->blocks);
    memset(tape, 0, sizeof *tape);
}

/* After a failure operations do nothing. */
static bool tt__tape_failed(const char *function, const tt_tape *tape)
{
    TT__NOT_NULL_IN(function, tape);
    return tape->error != TT_OK;
}

static tt__node *tt__tape_node(const char *function, const tt_tape *tape, tt_var variable)
{
    TT__REQUIRE_IN(function, variable < tape->count, "variable %zu of a tape of %zu",
                   (size_t)variable, tape->count);
    return &tape->nodes[variable];
}

/* The matrix that an operation works on; it is empty after a failure. */
static tt_matrix tt__operand(const char *function, const tt_tape *tape, tt_var variable)
{
    if (tt__tape_failed(function, tape)) return tt_matrix_of(NULL, 0, 0);
    return tt__tape_node(function, tape, variable)->value;
}

/* The value of a node's input, whether the input needs a gradient, and that gradient. */
static tt_matrix tt__value(const tt_tape *tape, const tt__node *node, int input)
{
    return tape->nodes[node->input[input]].value;
}

static bool tt__wants(const tt_tape *tape, const tt__node *node, int input)
{
    return tape->nodes[node->input[input]].needs_gradient;
}

static tt_matrix tt__gradient(const tt_tape *tape, const tt__node *node, int input)
{
    return tape->nodes[node->input[input]].gradient;
}

/* A matrix that lives until the next reset.  If there is no memory for it, it is empty and the tape
   has failed. */
static tt_matrix tt__tape_matrix(tt_tape *tape, size_t rows, size_t cols)
{
    size_t count = tt__bytes(rows, cols);
    float *data = (float *)tt__block_alloc(&tape->blocks, count, sizeof(float));
    if (!data) tape->error = TT_ERROR_MEMORY;
    return data ? tt_matrix_of(data, rows, cols) : tt_matrix_of(NULL, 0, 0);
}

/* Adds a node without inputs; after a failure it returns variable 0, which no operation reads. */
static tt_var tt__tape_append(tt_tape *tape, tt_matrix value)
{
    if (!tt__grow((void **)&tape->nodes, &tape->capacity, tape->count, sizeof *tape->nodes))
        tape->error = TT_ERROR_MEMORY;
    if (tape->error) return 0;
    tt__node *node = &tape->nodes[tape->count];
    memset(node, 0, sizeof *node);
    node->value = value;
    return (tt_var)tape->count++;
}

/* Allocates a node's gradient when the node is recorded: going backwards then needs no memory. */
static void tt__tape_add_gradient(tt_tape *tape, tt__node *node)
{
    node->needs_gradient = true;
    node->gradient = tt__tape_matrix(tape, node->value.rows, node->value.cols);
    tt__zero(node->gradient);
}

TT_API tt_var tt_tape_constant(tt_tape *tape, tt_matrix value)
{
    TT__NOT_NULL(tape);
    return tt__tape_append(tape, value);
}

TT_API tt_var tt_tape_parameter(tt_tape *tape, tt_matrix value)
{
    TT__NOT_NULL(tape);
    for (size_t i = 0; i < tape->count; i++)
        if (tape->nodes[i].is_parameter && tape->nodes[i].value.data == value.data) {
            tt_matrix before = tape->nodes[i].value;
            TT__REQUIRE(before.rows == value.rows && before.cols == value.cols &&
                            before.stride == value.stride,
                        "value is %zux%zu, stride %zu; before it was %zux%zu, stride %zu",
                        value.rows, value.cols, value.stride, before.rows, before.cols,
                        before.stride);
            return (tt_var)i;
        }
    tt_var variable = tt__tape_append(tape, value);
    if (tape->error) return 0;
    tape->nodes[variable].is_parameter = true;
    tt__tape_add_gradient(tape, &tape->nodes[variable]);
    return variable;
}

/* A new node for an operation on a, and on b unless b is TT__NO_INPUT, with room for its value.
   NULL on a tape that has failed. */
static tt__node *tt__tape_record(tt_tape *tape, size_t rows, size_t cols, int64_t a, int64_t b,
                                 void (*backward)(const tt_tape *, const tt__node *))
{
    if (tape->error) return NULL;
    tt_matrix value = tt__tape_matrix(tape, rows, cols);
    tt_var variable = tt__tape_append(tape, value);
    if (tape->error) return NULL;
    tt__node *node = &tape->nodes[variable];
    node->input[0] = a;
    node->input[1] = b;
    node->backward = backward;
    if (tt__wants(tape, node, 0) || (b != TT__NO_INPUT && tt__wants(tape, node, 1)))
        tt__tape_add_gradient(tape, node);
    return tape->error ? NULL : node;
}

/* The variable of the node that was recorded last. */
static tt_var tt__tape_last(const tt_tape *tape)
{
    return tape->count ? (tt_var)(tape->count - 1) : 0;
}

TT_API tt_matrix tt_tape_value(const tt_tape *tape, tt_var variable)
{
    return tt__operand(__func__, tape, variable);
}

TT_API tt_matrix tt_tape_gradient(const tt_tape *tape, tt_var variable)
{
    if (tt__tape_failed(__func__, tape)) return tt_matrix_of(NULL, 0, 0);
    return tt__tape_node(__func__, tape, variable)->gradient;
}

TT_API tt_error tt_tape_backward(tt_tape *tape, tt_var output)
{
    if (tt__tape_failed(__func__, tape)) return tape->error;
    const tt__node *loss = tt__tape_node(__func__, tape, output);
    TT__REQUIRE(loss->value.rows == 1 && loss->value.cols == 1, "output is %zux%zu",
                loss->value.rows, loss->value.cols);
    for (size_t i = 0; i < tape->count; i++) tt__zero(tape->nodes[i].gradient);
    if (!loss->needs_gradient) return TT_OK;
    *loss->gradient.data = 1;
    for (size_t i = (size_t)output + 1; i-- > 0;) {
        const tt__node *node = &tape->nodes[i];
        if (node->backward && node->needs_gradient) node->backward(tape, node);
    }
    return TT_OK;
}

/* The operations.  Each has a forward half, which computes the value during recording, and above it
   a backward half, which adds to the gradients of the inputs.  A new operation needs no more than
   such a pair. */

/* Y = X W:                                                           dX += dY W^T, dW += X^T dY */
static void tt__matmul_back(const tt_tape *tape, const tt__node *Y)
{
    tt_matrix X = tt__value(tape, Y, 0), W = tt__value(tape, Y, 1);
    if (tt__wants(tape, Y, 0)) tt_matmul_nt(tt__gradient(tape, Y, 0), Y->gradient, W);
    if (tt__wants(tape, Y, 1)) tt_matmul_tn(tt__gradient(tape, Y, 1), X, Y->gradient);
}

TT_API tt_var tt_tape_matmul(tt_tape *tape, tt_var X, tt_var W)
{
    tt_matrix x = tt__operand(__func__, tape, X), w = tt__operand(__func__, tape, W);
    tt__node *Y = tt__tape_record(tape, x.rows, w.cols, X, W, tt__matmul_back);
    if (Y) tt_matmul(Y->value, x, w);
    return tt__tape_last(tape);
}

/* Y = X + b:                                                  dX += dY, db += column sums of dY */
static void tt__bias_back(const tt_tape *tape, const tt__node *Y)
{
    if (tt__wants(tape, Y, 0)) tt__add_scaled(tt__gradient(tape, Y, 0), 1, Y->gradient);
    if (tt__wants(tape, Y, 1)) tt_bias_backward(tt__gradient(tape, Y, 1), Y->gradient);
}

TT_API tt_var tt_tape_bias(tt_tape *tape, tt_var X, tt_var b)
{
    tt_matrix x = tt__operand(__func__, tape, X), bias = tt__operand(__func__, tape, b);
    tt__node *Y = tt__tape_record(tape, x.rows, x.cols, X, b, tt__bias_back);
    if (Y) tt_bias(Y->value, x, bias);
    return tt__tape_last(tape);
}

/* Y = A + factor B:                                                  dA += dY, dB += factor dY
   Adding and subtracting are both of this kind. */
static void tt__add_back(const tt_tape *tape, const tt__node *Y)
{
    if (tt__wants(tape, Y, 0)) tt__add_scaled(tt__gradient(tape, Y, 0), 1, Y->gradient);
    if (tt__wants(tape, Y, 1)) tt__add_scaled(tt__gradient(tape, Y, 1), Y->factor, Y->gradient);
}

static tt_var tt__tape_add_scaled(const char *function, tt_tape *tape, tt_var A, tt_var B,
                                  float factor)
{
    tt_matrix a = tt__operand(function, tape, A), b = tt__operand(function, tape, B);
    TT__SAME_SHAPE_IN(function, a, b);
    tt__node *Y = tt__tape_record(tape, a.rows, a.cols, A, B, tt__add_back);
    if (!Y) return 0;
    Y->factor = factor;
    tt__copy(Y->value, a);
    tt__add_scaled(Y->value, factor, b);
    return tt__tape_last(tape);
}

TT_API tt_var tt_tape_add(tt_tape *tape, tt_var A, tt_var B)
{
    return tt__tape_add_scaled(__func__, tape, A, B, 1);
}

TT_API tt_var tt_tape_subtract(tt_tape *tape, tt_var A, tt_var B)
{
    return tt__tape_add_scaled(__func__, tape, A, B, -1);
}

/* Y = A B, element by element:                                           dA += dY B, dB += dY A */
static void tt__add_product(tt_matrix Y, tt_matrix A, tt_matrix B)
{
    for (size_t r = 0; r < A.rows; r++)
        for (size_t c = 0; c < A.cols; c++) {
            float product = tt__row(A, r)[c] * tt__row(B, r)[c];
            tt__row(Y, r)[c] += product;
        }
}

static void tt__multiply_back(const tt_tape *tape, const tt__node *Y)
{
    for (int input = 0; input < 2; input++)
        if (tt__wants(tape, Y, input))
            tt__add_product(tt__gradient(tape, Y, input), Y->gradient,
                            tt__value(tape, Y, 1 - input));
}

TT_API tt_var tt_tape_multiply(tt_tape *tape, tt_var A, tt_var B)
{
    tt_matrix a = tt__operand(__func__, tape, A), b = tt__operand(__func__, tape, B);
    TT__SAME_SHAPE(a, b);
    tt__node *Y = tt__tape_record(tape, a.rows, a.cols, A, B, tt__multiply_back);
    if (!Y) return 0;
    for (size_t r = 0; r < a.rows; r++)
        for (size_t c = 0; c < a.cols; c++)
            tt__row(Y->value, r)[c] = tt__row(a, r)[c] * tt__row(b, r)[c];
    return tt__tape_last(tape);
}

/* Y = factor A:                                                                 dA += factor dY */
static void tt__scale_back(const tt_tape *tape, const tt__node *Y)
{
    tt__add_scaled(tt__gradient(tape, Y, 0), Y->factor, Y->gradient);
}

TT_API tt_var tt_tape_scale(tt_tape *tape, tt_var A, float factor)
{
    tt_matrix a = tt__operand(__func__, tape, A);
    tt__node *Y = tt__tape_record(tape, a.rows, a.cols, A, TT__NO_INPUT, tt__scale_back);
    if (!Y) return 0;
    Y->factor = factor;
    for (size_t r = 0; r < a.rows; r++)
        for (size_t c = 0; c < a.cols; c++) tt__row(Y->value, r)[c] = factor * tt__row(a, r)[c];
    return tt__tape_last(tape);
}

/* Y = max(X, 0):                                                            dX += dY where Y > 0
   Y = tanh X, or sigmoid(X):                                         dX += dY (1 - Y) (Y - low) */
static void tt__map_back(const tt_tape *tape, const tt__node *Y)
{
    Y->map_backward(tt__gradient(tape, Y, 0), Y->gradient, Y->value);
}

static tt_var tt__tape_map(const char *function, tt_tape *tape, tt_var X,
                           void (*forward)(tt_matrix Y, tt_matrix X),
                           void (*backward)(tt_matrix dX, tt_matrix dY, tt_matrix Y))
{
    tt_matrix x = tt__operand(function, tape, X);
    tt__node *Y = tt__tape_record(tape, x.rows, x.cols, X, TT__NO_INPUT, tt__map_back);
    if (!Y) return 0;
    Y->map_backward = backward;
    forward(Y->value, x);
    return tt__tape_last(tape);
}

TT_API tt_var tt_tape_relu(tt_tape *tape, tt_var X)
{
    return tt__tape_map(__func__, tape, X, tt_relu, tt_relu_backward);
}

TT_API tt_var tt_tape_tanh(tt_tape *tape, tt_var X)
{
    return tt__tape_map(__func__, tape, X, tt_tanh, tt_tanh_backward);
}

TT_API tt_var tt_tape_sigmoid(tt_tape *tape, tt_var X)
{
    return tt__tape_map(__func__, tape, X, tt_sigmoid, tt_sigmoid_backward);
}

/* Y[r] = X[r] / |X[r]|:                         dX[r] += (dY[r] - Y[r] (Y[r] . dY[r])) / |X[r]| */
static void tt__l2_normalize_back(const tt_tape *tape, const tt__node *Y)
{
    tt_l2_normalize_backward(tt__gradient(tape, Y, 0), Y->gradient, tt__value(tape, Y, 0),
                             Y->value);
}

TT_API tt_var tt_tape_l2_normalize(tt_tape *tape, tt_var X)
{
    tt_matrix x = tt__operand(__func__, tape, X);
    tt__node *Y = tt__tape_record(tape, x.rows, x.cols, X, TT__NO_INPUT, tt__l2_normalize_back);
    if (Y) tt_l2_normalize(Y->value, x);
    return tt__tape_last(tape);
}

/* p[r] = U[r] . V[r]:                                  dU[r] += dp[r] V[r], dV[r] += dp[r] U[r] */
static void tt__row_dot_back(const tt_tape *tape, const tt__node *p)
{
    for (int input = 0; input < 2; input++)
        if (tt__wants(tape, p, input))
            tt_row_dot_backward(tt__gradient(tape, p, input), p->gradient,
                                tt__value(tape, p, 1 - input));
}

TT_API tt_var tt_tape_row_dot(tt_tape *tape, tt_var U, tt_var V)
{
    tt_matrix u = tt__operand(__func__, tape, U), v = tt__operand(__func__, tape, V);
    tt__node *p = tt__tape_record(tape, u.rows, 1, U, V, tt__row_dot_back);
    if (p) tt_row_dot(p->value, u, v);
    return tt__tape_last(tape);
}

/* y = mean of A:                                                       dA[.] += dy / count */
static void tt__mean_back(const tt_tape *tape, const tt__node *y)
{
    tt_matrix dA = tt__gradient(tape, y, 0);
    float share = *y->gradient.data / (float)(dA.rows * dA.cols);
    for (size_t r = 0; r < dA.rows; r++)
        for (size_t c = 0; c < dA.cols; c++) tt__row(dA, r)[c] += share;
}

TT_API tt_var tt_tape_mean(tt_tape *tape, tt_var A)
{
    if (tt__tape_failed(__func__, tape)) return 0;
    tt_matrix a = tt__operand(__func__, tape, A);
    TT__REQUIRE(a.rows > 0 && a.cols > 0, "A is %zux%zu", a.rows, a.cols);
    tt__node *y = tt__tape_record(tape, 1, 1, A, TT__NO_INPUT, tt__mean_back);
    if (!y) return 0;
    double sum = 0;
    for (size_t r = 0; r < a.rows; r++)
        for (size_t c = 0; c < a.cols; c++) sum += tt__row(a, r)[c];
    *y->value.data = (float)(sum / (double)(a.rows * a.cols));
    return tt__tape_last(tape);
}

/* loss = mean of (p - y)^2:                  dp += dloss 2 (p - y) / count, and dy the opposite
   loss = cross-entropy of p and y:           dp += dloss (predicted - true) / count */
static void tt__loss_back(const tt_tape *tape, const tt__node *loss)
{
    for (int input = 0; input < 2; input++)
        if (tt__wants(tape, loss, input))
            loss->loss_backward(tt__gradient(tape, loss, input), *loss->gradient.data,
                                tt__value(tape, loss, input), tt__value(tape, loss, 1 - input));
}

static tt_var tt__tape_loss(const char *function, tt_tape *tape, tt_var p, tt_var y,
                            float (*forward)(tt_matrix p, tt_matrix y),
                            void (*backward)(tt_matrix dp, float dloss, tt_matrix p, tt_matrix y))
{
    tt_matrix predicted = tt__operand(function, tape, p), wanted = tt__operand(function, tape, y);
    TT__REQUIRE_IN(function, tape->error || forward == tt_mse || !tape->nodes[y].needs_gradient,
                   "y, variable %zu, depends on a parameter", (size_t)y);
    tt__node *loss = tt__tape_record(tape, 1, 1, p, y, tt__loss_back);
    if (!loss) return 0;
    loss->loss_backward = backward;
    *loss->value.data = forward(predicted, wanted);
    return tt__tape_last(tape);
}

TT_API tt_var tt_tape_mse(tt_tape *tape, tt_var p, tt_var y)
{
    return tt__tape_loss(__func__, tape, p, y, tt_mse, tt_mse_backward);
}

TT_API tt_var tt_tape_logistic_loss(tt_tape *tape, tt_var p, tt_var y)
{
    return tt__tape_loss(__func__, tape, p, y, tt_logistic_loss, tt_logistic_loss_backward);
}

TT_API tt_var tt_tape_softmax_loss(tt_tape *tape, tt_var p, tt_var y)
{
    return tt__tape_loss(__func__, tape, p, y, tt_softmax_loss, tt_softmax_loss_backward);
}

TT_API tt_var tt_tape_dense(tt_tape *tape, tt_var X, const tt_dense *layer)
{
    TT__NOT_NULL(layer);
    if (tt__tape_failed(__func__, tape)) return 0;
    (void)tt__operand(__func__, tape, X); /* checks X before there are more variables */
    tt_var W = tt_tape_parameter(tape, layer->weights), b = tt_tape_parameter(tape, layer->bias);
    tt_var Y = tt_tape_bias(tape, tt_tape_matmul(tape, X, W), b);
    if (layer->activation == TT_RELU) Y = tt_tape_relu(tape, Y);
    if (layer->activation == TT_TANH) Y = tt_tape_tanh(tape, Y);
    if (layer->activation == TT_SIGMOID) Y = tt_tape_sigmoid(tape, Y);
    return Y;
}

TT_API tt_var tt_tape_sequential(tt_tape *tape, tt_var X, const tt_sequential *network)
{
    TT__NOT_NULL(network);
    tt__require_network(__func__, network, TT_SIGMOID);
    for (size_t l = 0; l < network->depth; l++) X = tt_tape_dense(tape, X, &network->layers[l]);
    return network->normalize ? tt_tape_l2_normalize(tape, X) : X;
}

/* §7 checking gradients -----------------------------------------------------------------------

   A derivative is a limit of differences:

       D(h) = (f(x + h) - f(x - h)) / 2h,     D(h) = f'(x) + error of order h^2.

   In float, h can't be small, or the difference drowns in rounding; so the error term has to go.
   Two steps, h and h/2, give two estimates whose errors are as 4 to 1, and Richardson's
   extrapolation cancels the errors:

       (4 D(h/2) - D(h)) / 3 = f'(x) + error of order h^4.

   Where a ReLU switches between x - h and x + h, or a row reaches the floor of its length, the
   function has a corner and there is no derivative to compare with.  So each recording notes on
   which side of its corner each ReLU and each row is.  An element at which a side changes is
   counted as a kink and not compared. */

/* One check: the graph, and its results with the parameters unchanged. */
typedef struct tt__check {
    tt_graph graph;
    void *context;
    tt_tape moved;  /* of the recordings with one element moved */
    uint64_t sides; /* of all corners */
    double value;   /* of the function */
    bool kink;      /* an element's sides have changed */
    tt_gradient_check result;
} tt__check;

/* The side of its corner on which each ReLU and each row to be normalised is, all in one number
   (the hash FNV-1a). */
static uint64_t tt__corner_sides(const tt_tape *tape)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < tape->count; i++) {
        const tt__node *node = &tape->nodes[i];
        bool relu = node->map_backward == tt_relu_backward,
             norm = node->backward == tt__l2_normalize_back;
        if (!relu && !norm) continue;
        tt_matrix X = tt__value(tape, node, 0);
        for (size_t r = 0; r < X.rows; r++) {
            const float *x = tt__row(X, r);
            for (size_t c = 0; c < X.cols && relu; c++) hash = (hash ^ (x[c] > 0)) * 1099511628211u;
            if (norm) hash = (hash ^ (tt__dot(x, x, X.cols) > tt__norm_floor)) * 1099511628211u;
        }
    }
    return hash;
}

/* The function's value with one element moved to x. */
static tt_error tt__value_at(double *value, tt__check *check, float *element, float x)
{
    float start = *element;
    *element = x;
    tt_tape_reset(&check->moved);
    tt_var output = check->graph(&check->moved, check->context);
    if (!check->moved.error) {
        *value = *tt_matrix_at(tt_tape_value(&check->moved, output), 0, 0);
        if (tt__corner_sides(&check->moved) != check->sides) check->kink = true;
    }
    *element = start; /* only now: the tape borrows the parameter */
    return check->moved.error;
}

/* (f(x + h) - f(x - h)) / 2h.  The divisor is the step as it is after rounding to float. */
static tt_error tt__central_difference(double *slope, tt__check *check, float *element, float h)
{
    float above = *element + h, below = *element - h;
    double value_above = 0, value_below = 0;
    tt_error error = tt__value_at(&value_above, check, element, above);
    if (!error) error = tt__value_at(&value_below, check, element, below);
    *slope = (value_above - value_below) / ((double)above - (double)below);
    return error;
}

static double tt__abs(double x)
{
    return x < 0 ? -x : x;
}

static double tt__max(double x, double y)
{
    return x > y ? x : y;
}

static double tt__largest(tt_matrix matrix)
{
    double largest = 0;
    for (size_t r = 0; r < matrix.rows; r++)
        for (size_t c = 0; c < matrix.cols; c++)
            largest = tt__max(largest, tt__abs(tt__row(matrix, r)[c]));
    return largest;
}

/* Compares one element; floor is the size under which a gradient is lost in the function's
   rounding. */
static tt_error tt__check_element(tt__check *check, float *element, double by_tape, double floor,
                                  size_t parameter, size_t row, size_t col)
{
    const float h = 1 / 64.0f;
    double coarse = 0, fine = 0;
    check->kink = false;
    tt_error error = tt__central_difference(&coarse, check, element, h);
    if (!error) error = tt__central_difference(&fine, check, element, h / 2);
    if (error) return error;

    tt_gradient_check *result = &check->result;
    if (check->kink) {
        result->kinks++;
        return TT_OK;
    }
    double by_differences = (4 * fine - coarse) / 3;
    double scale = tt__max(floor, tt__max(tt__abs(by_tape), tt__abs(by_differences)));
    double relative = tt__abs(by_tape - by_differences) / scale;
    if (!tt__finite(relative)) relative = HUGE_VAL; /* NaN is not a small error */
    if (result->compared++ && relative <= result->largest_error) return TT_OK;
    result->largest_error = relative;
    result->parameter = parameter;
    result->row = row;
    result->col = col;
    result->by_tape = by_tape;
    result->by_differences = by_differences;
    return TT_OK;
}

static tt_error tt__check_parameter(tt__check *check, size_t p, tt_matrix parameter,
                                    tt_matrix gradient)
{
    double floor = 0.01 * (tt__largest(gradient) + tt__abs(check->value)) + 1e-6;
    tt_error error = TT_OK;
    for (size_t r = 0; r < parameter.rows; r++)
        for (size_t c = 0; c < parameter.cols && !error; c++)
            error = tt__check_element(check, tt__row(parameter, r) + c, tt__row(gradient, r)[c],
                                      floor, p, r, c);
    return error;
}

TT_API tt_error tt_check_gradients(tt_gradient_check *result, tt_graph graph, void *context,
                                   const tt_matrix *parameters, size_t n)
{
    TT__NOT_NULL(result), TT__NOT_NULL(graph), TT__NOT_NULL(parameters);
    tt__check check;
    memset(&check, 0, sizeof check);
    check.graph = graph;
    check.context = context;
    tt_tape tape;
    memset(&tape, 0, sizeof tape);
    tt_var output = graph(&tape, context);
    for (size_t p = 0; p < n; p++) tt_tape_parameter(&tape, parameters[p]); /* used or not */
    tt_error error = tt_tape_backward(&tape, output);
    if (!error) {
        check.value = *tt_matrix_at(tt_tape_value(&tape, output), 0, 0);
        check.sides = tt__corner_sides(&tape);
    }
    for (size_t p = 0; p < n && !error; p++) {
        tt_var variable = tt_tape_parameter(&tape, parameters[p]);
        error = tt__check_parameter(&check, p, parameters[p], tt_tape_gradient(&tape, variable));
    }
    tt_tape_free(&tape);
    tt_tape_free(&check.moved);
    if (!error) *result = check.result;
    return error;
}

/* §8 optimisers ------------------------------------------------------------------------------

   Gradient descent walks down the slope: w -= rate g.  Adam gives every weight a rate of its own,
   by remembering a running mean m of its gradients and v of their squares:

       m += (1 - beta1) (g - m)
       v += (1 - beta2) (g^2 - v)
       w -= rate m / (sqrt(v) + epsilon)

   A weight whose gradients agree moves by about the rate at each step, and one whose gradients
   cancel hardly moves.  Both means start at 0, so at step t they are too small by the factors
   1 - beta1^t and 1 - beta2^t.  The rate makes up for this:

       rate = learning_rate sqrt(1 - beta2^t) / (1 - beta1^t)

   This is Keras' form.  (Others correct v before adding epsilon, so their epsilon differs.)

   The weights of a unit that a ReLU has switched off for good have gradient 0, and their m shrinks
   by the factor beta1 at each step, into denormal numbers, on which processors are slow.  Below
   1e-30 m and v become 0: no weight changes by this, since epsilon is so much larger. */

struct tt__moments {
    float *parameter; /* whose moments these are */
    tt_matrix m, v;
};

/* An epsilon of 1e-50 is positive as a double, but 0 in the float arithmetic that uses it. */
static bool tt__positive_float(double x)
{
    return x <= FLT_MAX && (float)x > 0;
}

TT_API void tt_adam_new(tt_adam *adam, const tt_adam_options *options)
{
    TT__NOT_NULL(adam);
    tt_adam_options o = {0.001, 0.9, 0.999, 1e-7};
    if (options && options->learning_rate != 0) o.learning_rate = options->learning_rate;
    if (options && options->beta1 != 0) o.beta1 = options->beta1;
    if (options && options->beta2 != 0) o.beta2 = options->beta2;
    if (options && options->epsilon != 0) o.epsilon = options->epsilon;
    TT__REQUIRE(o.beta1 > 0 && o.beta1 < 1 && o.beta2 > 0 && o.beta2 < 1, "beta1 is %g, beta2 %g",
                o.beta1, o.beta2);
    TT__REQUIRE(tt__positive_float(o.learning_rate), "learning_rate is %g", o.learning_rate);
    TT__REQUIRE(tt__positive_float(o.epsilon), "epsilon is %g", o.epsilon);
    memset(adam, 0, sizeof *adam);
    adam->options = o;
    adam->beta1_power = adam->beta2_power = 1;
}

TT_API void tt_adam_free(tt_adam *adam)
{
    if (!adam) return;
    for (size_t i = 0; i < adam->count; i++) {
        tt_matrix_free(&adam->moments[i].m);
        tt_matrix_free(&adam->moments[i].v);
    }
    TT_FREE(adam->moments);
    memset(adam, 0, sizeof *adam);
}

static tt__moments *tt__adam_find(const tt_adam *adam, tt_matrix parameter)
{
    for (size_t i = 0; i < adam->count; i++) {
        tt_matrix m = adam->moments[i].m;
        if (adam->moments[i].parameter != parameter.data) continue;
        TT__REQUIRE_IN("tt_adam_step", m.rows == parameter.rows && m.cols == parameter.cols,
                       "a parameter was %zux%zu and is now %zux%zu", m.rows, m.cols, parameter.rows,
                       parameter.cols);
        return &adam->moments[i];
    }
    return NULL;
}

/* A parameter that is new to the optimiser gets moments of zeros. */
static tt_error tt__adam_add(tt_adam *adam, tt_matrix parameter)
{
    if (tt__adam_find(adam, parameter)) return TT_OK;
    if (!tt__grow((void **)&adam->moments, &adam->capacity, adam->count, sizeof *adam->moments))
        return TT_ERROR_MEMORY;
    tt__moments made;
    memset(&made, 0, sizeof made);
    made.parameter = parameter.data;
    tt_error error = tt_matrix_new(&made.m, parameter.rows, parameter.cols);
    if (!error) error = tt_matrix_new(&made.v, parameter.rows, parameter.cols);
    if (error)
        tt_matrix_free(&made.m);
    else
        adam->moments[adam->count++] = made;
    return error;
}

/* The moments of a parameter that is not new to the optimiser. */
static tt__moments *tt__adam_moments(const tt_adam *adam, tt_matrix parameter)
{
    tt__moments *known = tt__adam_find(adam, parameter);
    TT__REQUIRE_IN("tt_adam_step", known != NULL, "a parameter of %zux%zu is new to it",
                   parameter.rows, parameter.cols);
    return known;
}

/* The numbers of one step, rounded to float once. */
typedef struct tt__adam_rates {
    float rate, one_minus_beta1, one_minus_beta2, epsilon;
} tt__adam_rates;

static tt__adam_rates tt__adam_begin_step(tt_adam *adam)
{
    const tt_adam_options *o = &adam->options;
    adam->steps++;
    adam->beta1_power *= o->beta1;
    adam->beta2_power *= o->beta2;
    double rate = o->learning_rate * tt__sqrt(1 - adam->beta2_power);
    tt__adam_rates rates = {(float)(rate / (1 - adam->beta1_power)), (float)(1 - o->beta1),
                            (float)(1 - o->beta2), (float)o->epsilon};
    return rates;
}

/* Sets the number of steps to that of another optimiser. */
static void tt__adam_set_clock(tt_adam *adam, const tt_adam *clock)
{
    adam->steps = clock->steps;
    adam->beta1_power = clock->beta1_power;
    adam->beta2_power = clock->beta2_power;
}

static const float tt__moment_floor = 1e-30f;

static inline float tt__flush(float x)
{
    return x >= -tt__moment_floor && x <= tt__moment_floor ? 0 : x; /* NaN stays NaN */
}

static void tt__adam_update(float *w, float *m, float *v, const float *g, size_t n,
                            const tt__adam_rates *rates)
{
    for (size_t i = 0; i < n; i++) {
        float towards_g = g[i] - m[i];
        float m_change = towards_g * rates->one_minus_beta1;
        float square = g[i] * g[i];
        float towards_square = square - v[i];
        float v_change = towards_square * rates->one_minus_beta2;
        m[i] = tt__flush(m[i] + m_change);
        v[i] = tt__flush(v[i] + v_change);
        float root = tt__sqrtf(v[i]);
        float divisor = root + rates->epsilon;
        float scaled = m[i] * rates->rate;
        float step = scaled / divisor;
        w[i] -= step;
    }
}

TT_API tt_error tt_adam_step(tt_adam *adam, const tt_tape *tape)
{
    TT__NOT_NULL(adam), TT__NOT_NULL(tape);
    if (tape->error) return tape->error;
    for (size_t i = 0; i < tape->count; i++) /* first, so that failing changes nothing */
        if (tape->nodes[i].is_parameter && tt__adam_add(adam, tape->nodes[i].value))
            return TT_ERROR_MEMORY;
    tt__adam_rates rates = tt__adam_begin_step(adam);
    for (size_t i = 0; i < tape->count; i++) {
        const tt__node *node = &tape->nodes[i];
        if (!node->is_parameter) continue;
        tt__moments *moments = tt__adam_moments(adam, node->value);
        for (size_t r = 0; r < node->value.rows; r++)
            tt__adam_update(tt__row(node->value, r), tt__row(moments->m, r), tt__row(moments->v, r),
                            tt__row(node->gradient, r), node->value.cols, &rates);
    }
    return TT_OK;
}

TT_API void tt_sgd_step(const tt_tape *tape, double learning_rate)
{
    TT__NOT_NULL(tape);
    if (tape->error) return;
    for (size_t i = 0; i < tape->count; i++) {
        const tt__node *node = &tape->nodes[i];
        if (!node->is_parameter) continue;
        for (size_t r = 0; r < node->value.rows; r++)
            tt__add_multiple(tt__row(node->value, r), (float)-learning_rate,
                             tt__row(node->gradient, r), node->value.cols);
    }
}

/* §9 scalers ---------------------------------------------------------------------------------

   Gradient descent takes equal steps in all directions, so features measured in years and
   features that are 0 or 1 must first be put on one scale.  To standardise is to take

       z = (x - mean) / deviation.

   Mean and variance are sums in double, over the rows from top to bottom.  A column whose numbers
   are all equal has no scale.  It is found by comparing the numbers, since rounding may leave its
   variance above 0. */

/* The least and the greatest number of a column, in rows whose count is not 0. */
static void tt__range(double *least, double *greatest, tt_table table, size_t col,
                      const uint32_t *counts)
{
    bool first = true;
    for (size_t r = 0; r < table.rows; r++) {
        if (counts && counts[r] == 0) continue;
        double x = table.data[r * table.stride + col];
        if (first || x < *least) *least = x;
        if (first || x > *greatest) *greatest = x;
        first = false;
    }
}

/* The mean, computed as a distance from the column's first number.  If all numbers are near 1e9,
   the sum of the numbers themselves would lose the differences between them. */
static double tt__mean(tt_table table, size_t col, const uint32_t *counts)
{
    double first = table.data[col], sum = 0, n = 0;
    for (size_t r = 0; r < table.rows; r++) {
        double weight = counts ? counts[r] : 1;
        double distance = table.data[r * table.stride + col] - first;
        double weighted = distance * weight;
        sum += weighted;
        n += weight;
    }
    double mean_distance = sum / n;
    return first + mean_distance;
}

static double tt__variance(tt_table table, size_t col, const uint32_t *counts, double mean)
{
    double sum = 0, n = 0;
    for (size_t r = 0; r < table.rows; r++) {
        double weight = counts ? counts[r] : 1;
        double distance = table.data[r * table.stride + col] - mean;
        double square = distance * distance;
        double weighted = square * weight;
        sum += weighted;
        n += weight;
    }
    return sum / n;
}

/* Both scalers hold two numbers per column; one macro defines what they have in common. */
#define TT__SCALER(kind, first, second)                                                            \
    static tt_error tt__##kind##_new(tt_##kind##_scaler *scaler, size_t columns)                   \
    {                                                                                              \
        double *numbers = TT__NEW(double, tt__bytes(columns, 2));                                  \
        if (!numbers) return TT_ERROR_MEMORY;                                                      \
        scaler->columns = columns;                                                                 \
        scaler->first = numbers;                                                                   \
        scaler->second = numbers + columns;                                                        \
        scaler->owner = numbers;                                                                   \
        return TT_OK;                                                                              \
    }                                                                                              \
    static tt_error tt__##kind##_copy(tt_##kind##_scaler *copy, const tt_##kind##_scaler *scaler)  \
    {                                                                                              \
        if (!scaler) return TT_OK;                                                                 \
        tt_##kind##_scaler made = *scaler;                                                         \
        tt_error error = tt__##kind##_new(&made, scaler->columns);                                 \
        if (error) return error;                                                                   \
        memcpy(made.first, scaler->first, scaler->columns * sizeof(double));                       \
        memcpy(made.second, scaler->second, scaler->columns * sizeof(double));                     \
        *copy = made;                                                                              \
        return TT_OK;                                                                              \
    }                                                                                              \
    TT_API void tt_##kind##_free(tt_##kind##_scaler *scaler)                                       \
    {                                                                                              \
        if (!scaler) return;                                                                       \
        TT_FREE(scaler->owner);                                                                    \
        memset(scaler, 0, sizeof *scaler);                                                         \
    }
TT__SCALER(standard, mean, scale)
TT__SCALER(minmax, min, max)
#undef TT__SCALER

static bool tt__any(const uint32_t *counts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (counts[i]) return true;
    return false;
}

TT_API tt_error tt_standard_fit(tt_standard_scaler *scaler, tt_table table, const uint32_t *counts)
{
    TT__NOT_NULL(scaler);
    TT__REQUIRE(table.rows > 0 && table.cols > 0, "table is %zux%zu", table.rows, table.cols);
    TT__REQUIRE(!counts || tt__any(counts, table.rows), "counts of all %zu rows are 0", table.rows);
    if (!tt_table_is_finite(table, NULL, NULL)) return TT_ERROR_NOT_FINITE;
    tt_standard_scaler made;
    tt_error error = tt__standard_new(&made, table.cols);
    if (error) return error;
    for (size_t c = 0; c < table.cols && !error; c++) {
        double least = 0, greatest = 0;
        tt__range(&least, &greatest, table, c, counts);
        double mean = least == greatest ? least : tt__mean(table, c, counts);
        double variance = least == greatest ? 0 : tt__variance(table, c, counts, mean);
        made.mean[c] = mean;
        made.scale[c] = variance > 0 ? tt__sqrt(variance) : 1;
        if (!tt__finite(mean) || !tt__finite(variance)) error = TT_ERROR_NOT_FINITE;
    }
    if (error)
        tt_standard_free(&made);
    else
        *scaler = made;
    return error;
}

/* scikit-learn's two numbers, for which x * factor + offset lies in [low, high]. */
static void tt__minmax_factor(const tt_minmax_scaler *s, size_t c, double *factor, double *offset)
{
    double range = s->max[c] - s->min[c];
    *factor = (s->high - s->low) / (range == 0 ? 1 : range);
    double start = s->min[c] * *factor;
    *offset = s->low - start;
}

TT_API tt_error tt_minmax_fit(tt_minmax_scaler *scaler, tt_table table, const uint32_t *counts,
                              double low, double high)
{
    TT__NOT_NULL(scaler);
    TT__REQUIRE(table.rows > 0 && table.cols > 0, "table is %zux%zu", table.rows, table.cols);
    TT__REQUIRE(!counts || tt__any(counts, table.rows), "counts of all %zu rows are 0", table.rows);
    TT__REQUIRE(low < high && tt__finite(high - low), "low is %g, high is %g", low, high);
    if (!tt_table_is_finite(table, NULL, NULL)) return TT_ERROR_NOT_FINITE;
    tt_minmax_scaler made = {0, NULL, NULL, low, high, NULL};
    tt_error error = tt__minmax_new(&made, table.cols);
    if (error) return error;
    for (size_t c = 0; c < table.cols && !error; c++) {
        double factor, offset;
        tt__range(&made.min[c], &made.max[c], table, c, counts);
        tt__minmax_factor(&made, c, &factor, &offset);
        if (!tt__finite(made.max[c] - made.min[c]) || !tt__finite(factor) || !tt__finite(offset))
            error = TT_ERROR_NOT_FINITE;
    }
    if (error)
        tt_minmax_free(&made);
    else
        *scaler = made;
    return error;
}

TT_API tt_standard_scaler tt_standard_cols(tt_standard_scaler scaler, size_t first, size_t count)
{
    TT__REQUIRE(first <= scaler.columns && count <= scaler.columns - first,
                "columns %zu..%zu of %zu", first, first + count, scaler.columns);
    tt_standard_scaler part = {count, scaler.mean + first, scaler.scale + first, NULL};
    return part;
}

/* All four transforms are linear: out = in * factor + offset, or out = (in - offset) / factor. */
static void tt__linear(tt_table out, tt_table in, size_t c, double factor, double offset)
{
    for (size_t r = 0; r < in.rows; r++) {
        double scaled = in.data[r * in.stride + c] * factor;
        out.data[r * out.stride + c] = scaled + offset;
    }
}

static void tt__linear_back(tt_table out, tt_table in, size_t c, double factor, double offset)
{
    for (size_t r = 0; r < in.rows; r++) {
        double shifted = in.data[r * in.stride + c] - offset;
        out.data[r * out.stride + c] = shifted / factor;
    }
}

#define TT__REQUIRE_COLUMNS(scaler)                                                                \
    TT__NOT_NULL(scaler), TT__SAME_SHAPE(out, in);                                                 \
    TT__REQUIRE(in.cols == (scaler)->columns, "in is %zux%zu, the scaler has %zu columns",         \
                in.rows, in.cols, (scaler)->columns)

TT_API void tt_standard_transform(tt_table out, tt_table in, const tt_standard_scaler *scaler)
{
    TT__REQUIRE_COLUMNS(scaler);
    for (size_t c = 0; c < in.cols; c++)
        tt__linear_back(out, in, c, scaler->scale[c], scaler->mean[c]);
}

TT_API void tt_standard_inverse(tt_table out, tt_table in, const tt_standard_scaler *scaler)
{
    TT__REQUIRE_COLUMNS(scaler);
    for (size_t c = 0; c < in.cols; c++) tt__linear(out, in, c, scaler->scale[c], scaler->mean[c]);
}

TT_API void tt_minmax_transform(tt_table out, tt_table in, const tt_minmax_scaler *scaler)
{
    TT__REQUIRE_COLUMNS(scaler);
    for (size_t c = 0; c < in.cols; c++) {
        double factor, offset;
        tt__minmax_factor(scaler, c, &factor, &offset);
        tt__linear(out, in, c, factor, offset);
    }
}

TT_API void tt_minmax_inverse(tt_table out, tt_table in, const tt_minmax_scaler *scaler)
{
    TT__REQUIRE_COLUMNS(scaler);
    for (size_t c = 0; c < in.cols; c++) {
        double factor, offset;
        tt__minmax_factor(scaler, c, &factor, &offset);
        tt__linear_back(out, in, c, factor, offset);
    }
}

/* §10 split and batches -----------------------------------------------------------------------

   A model is judged on ratings that it has not been trained on.  scikit-learn shuffles the row
   numbers and gives the first of them to the test side.  The book does the same, with the same
   random numbers. */

TT_API size_t tt_train_count(size_t n, double train_size)
{
    TT__REQUIRE(train_size > 0 && train_size < 1, "train_size is %g", train_size);
    return (size_t)((double)n * train_size);
}

TT_API tt_error tt_train_test_split(uint32_t *train, uint32_t *test, size_t n, double train_size,
                                    uint32_t seed)
{
    TT__NOT_NULL(train), TT__NOT_NULL(test);
    TT__REQUIRE(n <= UINT32_MAX, "%zu rows", n);
    TT__REQUIRE(train_size > 0 && train_size < 1, "train_size is %g", train_size);
    size_t n_train = tt_train_count(n, train_size), n_test = n - n_train;
    TT__REQUIRE(n_train > 0 && n_test > 0, "%zu rows, train_size %g: %zu train, %zu test", n,
                train_size, n_train, n_test);
    uint32_t *shuffled = TT__NEW(uint32_t, n);
    if (!shuffled) return TT_ERROR_MEMORY;
    tt_random random;
    tt_random_seed(&random, seed);
    tt_random_permutation(&random, shuffled, n);
    memcpy(test, shuffled, n_test * sizeof *test);
    memcpy(train, shuffled + n_test, n_train * sizeof *train);
    TT_FREE(shuffled);
    return TT_OK;
}

/* §11 two towers ------------------------------------------------------------------------------

       user features -> dense, ReLU -> dense, ReLU -> dense -> / length -> u \
                                                                              u . v = prediction
       item features -> dense, ReLU -> dense, ReLU -> dense -> / length -> v /

   Both vectors have length one, so the prediction is the cosine of the angle between them, a number
   in [-1, 1]; the ratings are scaled to that range.  An item's vector does not depend on the user,
   so all items can be embedded once; a recommendation then costs one dot product per item. */

static void tt__require_names(const char *function, const char *const *names, size_t n)
{
    for (size_t i = 0; names && i < n; i++)
        TT__REQUIRE_IN(function, names[i], "the name of feature %zu is NULL", i);
}

/* Copies the names into one block of memory: the pointers, then the texts. */
static tt_error tt__copy_names(char ***copy, const char *const *names, size_t n)
{
    if (!names) return TT_OK;
    size_t length = 0;
    for (size_t i = 0; i < n; i++) length += strlen(names[i]) + 1;
    char **made = (char **)tt__zeroed(n * sizeof(char *) + length, 1);
    if (!made) return TT_ERROR_MEMORY;
    char *text = (char *)(made + n);
    for (size_t i = 0; i < n; i++) {
        size_t size = strlen(names[i]) + 1;
        made[i] = (char *)memcpy(text, names[i], size);
        text += size;
    }
    *copy = made;
    return TT_OK;
}

/* Copies the scalers and names that travel with the model. */
static tt_error tt__two_tower_describe(tt_two_tower *m, const tt_two_tower_options *o)
{
    size_t user_inputs = tt__inputs(&m->user), item_inputs = tt__inputs(&m->item);
    tt_error error = tt__standard_copy(&m->user_scaler, o->user_scaler);
    if (!error) error = tt__standard_copy(&m->item_scaler, o->item_scaler);
    if (!error) error = tt__minmax_copy(&m->target_scaler, o->target_scaler);
    if (!error) error = tt__copy_names(&m->user_feature_names, o->user_feature_names, user_inputs);
    if (!error) error = tt__copy_names(&m->item_feature_names, o->item_feature_names, item_inputs);
    return error;
}

/* What learns: its networks, their optimiser, and the random numbers that order the batches. */
typedef struct tt__learner {
    const tt_sequential *first, *second; /* the second may have no layers */
    tt_adam *adam;
    tt_random *random;
} tt__learner;

static tt__learner tt__learner_of(tt_two_tower *model)
{
    tt__learner learner = {&model->user, &model->item, &model->adam, &model->random};
    return learner;
}

/* Parameter p is a layer's weights or bias, of the first network, then of the second. */
static size_t tt__parameters(tt__learner learner)
{
    return 2 * (learner.first->depth + learner.second->depth);
}

static tt_matrix tt__parameter(tt__learner learner, size_t p)
{
    size_t layer = p / 2, depth = learner.first->depth;
    const tt_dense *dense =
        layer < depth ? &learner.first->layers[layer] : &learner.second->layers[layer - depth];
    return p % 2 ? dense->bias : dense->weights;
}

/* Makes Adam's moments for every parameter that has none yet. */
static tt_error tt__learner_moments(tt__learner learner)
{
    for (size_t p = 0; p < tt__parameters(learner); p++)
        if (tt__adam_add(learner.adam, tt__parameter(learner, p))) return TT_ERROR_MEMORY;
    return TT_OK;
}

TT_API tt_error tt_two_tower_new(tt_two_tower *model, size_t user_inputs, size_t item_inputs,
                                 const tt_two_tower_options *options)
{
    TT__NOT_NULL(model);
    if (!tt__machine_is_ieee()) return TT_ERROR_ARITHMETIC;
    static const tt_two_tower_options defaults = {{0}, 0, 0, {0, 0, 0, 0}, 0, 0, 0, 0, 0};
    const tt_two_tower_options *o = options ? options : &defaults;
    TT__REQUIRE(!o->user_scaler || o->user_scaler->columns == user_inputs,
                "user_scaler has %zu columns, inputs %zu", o->user_scaler->columns, user_inputs);
    TT__REQUIRE(!o->item_scaler || o->item_scaler->columns == item_inputs,
                "item_scaler has %zu columns, inputs %zu", o->item_scaler->columns, item_inputs);
    TT__REQUIRE(!o->target_scaler || o->target_scaler->columns == 1,
                "target_scaler has %zu columns", o->target_scaler->columns);
    tt__require_names(__func__, o->user_feature_names, user_inputs);
    tt__require_names(__func__, o->item_feature_names, item_inputs);

    size_t widths[TT_MAX_LAYERS + 1], depth = 0;
    while (depth < TT_MAX_LAYERS - 1 && o->hidden[depth]) {
        widths[depth + 1] = o->hidden[depth];
        depth++;
    }
    if (depth == 0) {
        widths[++depth] = 512;
        widths[++depth] = 256;
    }
    widths[++depth] = o->embedding ? o->embedding : 32;

    tt_two_tower made;
    memset(&made, 0, sizeof made);
    made.seed = o->seed;
    tt_random_seed(&made.random, o->seed);
    tt_adam_new(&made.adam, &o->adam);
    widths[0] = user_inputs;
    tt_error error = tt_sequential_new(&made.user, widths, depth, true, &made.random);
    widths[0] = item_inputs;
    if (!error) error = tt_sequential_new(&made.item, widths, depth, true, &made.random);
    if (!error) error = tt__learner_moments(tt__learner_of(&made));
    if (!error) error = tt__two_tower_describe(&made, o);
    if (error)
        tt_two_tower_free(&made);
    else
        *model = made;
    return error;
}

TT_API void tt_two_tower_free(tt_two_tower *model)
{
    if (!model) return;
    tt_sequential_free(&model->user);
    tt_sequential_free(&model->item);
    tt_adam_free(&model->adam);
    tt_standard_free(&model->user_scaler);
    tt_standard_free(&model->item_scaler);
    tt_minmax_free(&model->target_scaler);
    TT_FREE(model->user_feature_names);
    TT_FREE(model->item_feature_names);
    memset(model, 0, sizeof *model);
}

/* The index of the example that comes at place k in the ratings' order. */
static inline uint32_t tt__example(const tt_ratings *ratings, size_t k)
{
    return ratings->order ? ratings->order[k] : (uint32_t)k;
}

/* Numbers are checked once, on entry: one that is not finite would spread to all weights.  `of` is
   a prefix for the message, such as "validation: ", or "". */
static tt_error tt__validate_matrix(tt_matrix matrix, const char *of, const char *name,
                                    tt_message *why)
{
    size_t row, col;
    if (tt_matrix_is_finite(matrix, &row, &col)) return TT_OK;
    return tt__fail(why, TT_ERROR_NOT_FINITE, "%s%s(%zu, %zu) is not finite", of, name, row, col);
}

static tt_error tt__validate_features(const tt_ratings *r, const char *of, tt_message *why)
{
    tt_error error = tt__validate_matrix(r->users, of, "users", why);
    return error ? error : tt__validate_matrix(r->items, of, "items", why);
}

static tt_error tt__validate_ratings(const tt_ratings *r, const char *of, tt_message *why)
{
    for (size_t k = 0; k < r->count; k++) {
        uint32_t e = tt__example(r, k);
        if (!tt__finite(r->target[e]))
            return tt__fail(why, TT_ERROR_NOT_FINITE, "%starget[%zu] is not finite", of, (size_t)e);
    }
    return tt__validate_features(r, of, why);
}

static void tt__require_model(const char *function, const tt_two_tower *model)
{
    tt__require_network(function, &model->user, TT_RELU);
    tt__require_network(function, &model->item, TT_RELU);
    TT__REQUIRE_IN(function, tt__outputs(&model->user) == tt__outputs(&model->item),
                   "the towers have %zu and %zu outputs", tt__outputs(&model->user),
                   tt__outputs(&model->item));
}

static void tt__require_features(const char *function, const char *of, const char *name,
                                 tt_matrix features, const tt_sequential *tower)
{
    TT__REQUIRE_IN(function, features.cols == tt__inputs(tower),
                   "%s%s is %zux%zu, the network has %zu inputs", of, name, features.rows,
                   features.cols, tt__inputs(tower));
}

/* Checks all indices once, before the loops that trust them. */
static void tt__require_ratings(const char *function, const tt_ratings *r, const char *of,
                                const tt_two_tower *model)
{
    tt__require_model(function, model);
    tt__require_features(function, of, "users", r->users, &model->user);
    tt__require_features(function, of, "items", r->items, &model->item);
    TT__REQUIRE_IN(function, r->count < UINT32_MAX, "%s%zu ratings", of, r->count);
    TT__REQUIRE_IN(function, r->count == 0 || (r->user && r->item), "%s%zu ratings, %s is NULL", of,
                   r->count, r->user ? "item" : "user");
    for (size_t k = 0; k < r->count; k++) {
        uint32_t e = tt__example(r, k);
        TT__REQUIRE_IN(function, r->user[e] < r->users.rows, "%srating %zu has user %zu of %zu", of,
                       (size_t)e, (size_t)r->user[e], r->users.rows);
        TT__REQUIRE_IN(function, r->item[e] < r->items.rows, "%srating %zu has item %zu of %zu", of,
                       (size_t)e, (size_t)r->item[e], r->items.rows);
    }
}

/* Training and evaluation need at least one rating, and targets. */
static void tt__require_targets(const char *function, const tt_ratings *r, const char *of)
{
    TT__REQUIRE_IN(function, r->count > 0 && r->target, "%s%zu ratings, target is %s", of, r->count,
                   r->target ? "there" : "NULL");
}

static int tt__threads(const tt_run *run)
{
#ifdef _OPENMP
    return run && run->threads > 0 ? run->threads : omp_get_num_procs();
#else
    (void)run;
    return 1;
#endif
}

static tt_error tt__fast_embed(tt_matrix vectors, const tt_sequential *tower, tt_matrix features,
                               int threads); /* §14 */

/* Embeds features that have already been checked. */
static tt_error tt__embed(tt_matrix vectors, const tt_sequential *tower, tt_matrix features,
                          tt_run *run)
{
    tt__float_mode mode = tt__standard_float_mode();
    tt_error error = tt__fast_embed(vectors, tower, features, tt__threads(run));
    tt__restore_float_mode(mode);
    return error ? tt__fail(tt__why(run), error, "tt_embed: %s", tt_error_text(error)) : TT_OK;
}

TT_API tt_error tt_embed(tt_matrix vectors, const tt_sequential *tower, tt_matrix features,
                         tt_run *run)
{
    TT__NOT_NULL(tower);
    tt__require_network(__func__, tower, TT_RELU);
    tt__require_features(__func__, "", "features", features, tower);
    TT__SHAPE(vectors, features.rows, tt__outputs(tower));
    TT__APART(vectors, features);
    tt_error error = tt__validate_matrix(features, "", "features", tt__why(run));
    return error ? error : tt__embed(vectors, tower, features, run);
}

/* Predicts ratings that have already been checked. */
static tt_error tt__predict(float *predictions, const tt_two_tower *model,
                            const tt_ratings *ratings, tt_run *run)
{
    size_t D = tt__outputs(&model->user);
    tt_matrix users = {0, 0, 0, NULL, NULL}, items = {0, 0, 0, NULL, NULL};
    tt_error error = tt_matrix_new(&users, ratings->users.rows, D);
    if (!error) error = tt_matrix_new(&items, ratings->items.rows, D);
    if (error) tt__out_of_memory("tt_predict", tt__why(run));
    if (!error) error = tt__embed(users, &model->user, ratings->users, run);
    if (!error) error = tt__embed(items, &model->item, ratings->items, run);
    tt__float_mode mode = tt__standard_float_mode();
    for (size_t k = 0; k < ratings->count && !error; k++) {
        uint32_t e = tt__example(ratings, k);
        predictions[k] =
            tt__dot(tt__row(users, ratings->user[e]), tt__row(items, ratings->item[e]), D);
    }
    tt__restore_float_mode(mode);
    tt_matrix_free(&users);
    tt_matrix_free(&items);
    return error;
}

TT_API tt_error tt_predict(float *predictions, const tt_two_tower *model, const tt_ratings *ratings,
                           tt_run *run)
{
    TT__NOT_NULL(predictions), TT__NOT_NULL(model), TT__NOT_NULL(ratings);
    tt__require_ratings(__func__, ratings, "", model);
    tt_error error = tt__validate_features(ratings, "", tt__why(run));
    return error ? error : tt__predict(predictions, model, ratings, run);
}

/* Evaluates the model on ratings that have already been checked. */
static tt_error tt__evaluate(double *loss, const tt_two_tower *model, const tt_ratings *ratings,
                             tt_run *run)
{
    float *predictions = TT__NEW(float, ratings->count);
    if (!predictions) return tt__out_of_memory("tt_evaluate", tt__why(run));
    tt_error error = tt__predict(predictions, model, ratings, run);
    tt__float_mode mode = tt__standard_float_mode();
    double sum = 0;
    for (size_t k = 0; k < ratings->count && !error; k++) {
        float off = predictions[k] - ratings->target[tt__example(ratings, k)];
        float square = off * off;
        sum += square;
    }
    if (!error) *loss = sum / (double)ratings->count;
    tt__restore_float_mode(mode);
    TT_FREE(predictions);
    return error;
}

TT_API tt_error tt_evaluate(double *loss, const tt_two_tower *model, const tt_ratings *ratings,
                            tt_run *run)
{
    TT__NOT_NULL(loss), TT__NOT_NULL(model), TT__NOT_NULL(ratings);
    tt__require_targets(__func__, ratings, "");
    tt__require_ratings(__func__, ratings, "", model);
    tt_error error = tt__validate_ratings(ratings, "", tt__why(run));
    return error ? error : tt__evaluate(loss, model, ratings, run);
}

/* §12 training --------------------------------------------------------------------------------

   Stochastic gradient descent.  An epoch goes once through all ratings in a new random order, one
   batch at a time.  The mean squared error of a batch gives a gradient, and with it Adam takes a
   step.  The last batch may be smaller.

   There are two ways to take these steps: the tape of §6, and the fast way of §14.  They compute
   the same sums in the same order, and so the same bits.  The code that both share is here.  A
   network by itself takes the same steps by the tape; only the recording of its batches differs. */

/* The state of one call of tt_fit or tt_sequential_fit. */
typedef struct tt__fit {
    tt__learner learner;
    tt_two_tower *model; /* NULL for a network by itself */
    const tt_fit_options *options;
    tt_run *run;
    tt_ratings train, validation;
    tt_examples examples, validation_examples;
    bool validates;
    size_t count, batch_size;
    uint32_t *shuffled;   /* 0 .. count-1 in this epoch's order */
    double loss_sum;      /* over the epoch so far: the loss of each batch times its rows */
    size_t bad_batch;     /* the batch whose loss was not finite, which ends the epoch; or 0 */
    size_t bad_parameter; /* see tt__bad_parameter */
    tt_progress progress;
    float *best, *before; /* weights and moments after the best epoch, and before this one */
} tt__fit;

/* Both ways call this after each batch. */
static void tt__after_batch(tt__fit *fit, size_t batch, float loss, size_t rows)
{
    size_t done = batch * fit->batch_size + rows;
    double weighted = (double)loss * (double)rows;
    fit->loss_sum += weighted;
    fit->progress.batch = batch + 1;
    fit->progress.loss = fit->loss_sum / (double)done;
    if (!tt__finite(loss)) fit->bad_batch = batch + 1;
    if (fit->options->on_batch) fit->options->on_batch(&fit->progress, fit->options->context);
}

/* Finds a batch's part of the order and returns its length; the last batch may be shorter. */
static size_t tt__batch(const tt__fit *fit, size_t batch, const uint32_t **places)
{
    size_t first = batch * fit->batch_size, left = fit->count - first;
    *places = fit->shuffled + first;
    return left < fit->batch_size ? left : fit->batch_size;
}

/* A batch of ratings, its rows gathered, through the towers and the loss. */
static tt_var tt__record_ratings(const tt__fit *fit, tt_tape *tape, const uint32_t *places,
                                 size_t rows)
{
    const tt_ratings *r = &fit->train;
    tt_matrix users = tt__tape_matrix(tape, rows, r->users.cols);
    tt_matrix items = tt__tape_matrix(tape, rows, r->items.cols);
    tt_matrix targets = tt__tape_matrix(tape, rows, 1);
    if (tape->error) return 0;
    for (size_t b = 0; b < rows; b++) {
        uint32_t e = tt__example(r, places[b]);
        memcpy(tt__row(users, b), tt__row(r->users, r->user[e]), users.cols * sizeof(float));
        memcpy(tt__row(items, b), tt__row(r->items, r->item[e]), items.cols * sizeof(float));
        targets.data[b] = r->target[e];
    }
    tt_var u = tt_tape_sequential(tape, tt_tape_constant(tape, users), &fit->model->user);
    tt_var v = tt_tape_sequential(tape, tt_tape_constant(tape, items), &fit->model->item);
    tt_var prediction = tt_tape_row_dot(tape, u, v);
    return tt_tape_mse(tape, prediction, tt_tape_constant(tape, targets));
}

/* The examples at these places, or all if places is NULL, through the network and the loss. */
static tt_var tt__record_examples(const tt__fit *fit, tt_tape *tape, tt_examples e,
                                  const uint32_t *places, size_t rows)
{
    tt_matrix X = places ? tt__tape_matrix(tape, rows, e.X.cols) : e.X;
    tt_matrix Y = places ? tt__tape_matrix(tape, rows, e.Y.cols) : e.Y;
    if (tape->error) return 0;
    if (places) tt_matrix_gather(X, e.X, places), tt_matrix_gather(Y, e.Y, places);
    tt_var p = tt_tape_sequential(tape, tt_tape_constant(tape, X), fit->learner.first);
    tt_var y = tt_tape_constant(tape, Y);
    return fit->options->loss ? fit->options->loss(tape, p, y) : tt_tape_mse(tape, p, y);
}

/* One readable step: record the batch, play the tape back, move the weights. */
static tt_error tt__tape_step(tt__fit *fit, tt_tape *tape, size_t batch)
{
    const uint32_t *places;
    size_t rows = tt__batch(fit, batch, &places);
    tt_tape_reset(tape);
    tt_var loss = fit->model ? tt__record_ratings(fit, tape, places, rows)
                             : tt__record_examples(fit, tape, fit->examples, places, rows);
    tt_error error = tt_tape_backward(tape, loss);
    if (!error) error = tt_adam_step(fit->learner.adam, tape);
    if (!error) tt__after_batch(fit, batch, *tt_tape_value(tape, loss).data, rows);
    return error;
}

static tt_error tt__tape_epoch(tt__fit *fit)
{
    tt_tape tape;
    memset(&tape, 0, sizeof tape);
    tt_error error = TT_OK;
    for (size_t batch = 0; batch < fit->progress.batches && !error && !fit->bad_batch; batch++)
        error = tt__tape_step(fit, &tape, batch);
    tt_tape_free(&tape);
    return error;
}

static bool tt__engine_available(tt_engine engine); /* §14 */
static tt_error tt__fast_epoch(tt__fit *fit);

/* Counts the numbers that training changes: every parameter and its two moments. */
static size_t tt__state_size(tt__learner learner)
{
    return 3 * (tt_sequential_parameters(learner.first) + tt_sequential_parameters(learner.second));
}

typedef enum tt__direction { TT__FROM_MODEL, TT__TO_MODEL } tt__direction;

/* Copies a part of the model into the saved state, or back; returns where the next part begins. */
static float *tt__copy_part(float *state, tt_matrix part, tt__direction direction)
{
    tt_matrix saved = tt_matrix_of(state, part.rows, part.cols);
    if (direction == TT__TO_MODEL)
        tt__copy(part, saved);
    else
        tt__copy(saved, part);
    return state + part.rows * part.cols;
}

static void tt__copy_state(float *state, tt__learner learner, tt__direction direction)
{
    for (size_t p = 0; p < tt__parameters(learner); p++) {
        tt_matrix parameter = tt__parameter(learner, p);
        const tt__moments *moments = tt__adam_moments(learner.adam, parameter);
        state = tt__copy_part(state, parameter, direction);
        state = tt__copy_part(state, moments->m, direction);
        state = tt__copy_part(state, moments->v, direction);
    }
}

/* Finds the first parameter of which a number or a moment is not finite.  If all are finite,
   returns the number of parameters. */
static size_t tt__bad_parameter(tt__learner learner)
{
    size_t p = 0;
    for (; p < tt__parameters(learner); p++) {
        tt_matrix parameter = tt__parameter(learner, p);
        const tt__moments *moments = tt__adam_moments(learner.adam, parameter);
        if (!tt_matrix_is_finite(parameter, NULL, NULL) ||
            !tt_matrix_is_finite(moments->m, NULL, NULL) ||
            !tt_matrix_is_finite(moments->v, NULL, NULL))
            break;
    }
    return p;
}

/* Trains for one epoch.  If its loss, a parameter or a moment is not finite, *diverged is true.
   Then, as after an error, the model is in the state it had before the epoch. */
static tt_error tt__epoch(tt__fit *fit, bool *diverged)
{
    tt__learner learner = fit->learner;
    tt__copy_state(fit->before, learner, TT__FROM_MODEL);
    tt_adam clock_before = *learner.adam;
    tt_random random_before = *learner.random;

    tt_random_permutation(learner.random, fit->shuffled, fit->count);
    fit->loss_sum = 0;
    fit->bad_batch = 0;
    bool tape = !fit->model || fit->options->engine == TT_ENGINE_TAPE;
    tt_error error = tape ? tt__tape_epoch(fit) : tt__fast_epoch(fit);
    fit->bad_parameter = tt__bad_parameter(learner);
    *diverged = !tt__finite(fit->progress.loss) || fit->bad_parameter < tt__parameters(learner);
    if (!error && !*diverged) return TT_OK;

    tt__copy_state(fit->before, learner, TT__TO_MODEL);
    tt__adam_set_clock(learner.adam, &clock_before);
    *learner.random = random_before;
    return error;
}

TT_API void tt_history_free(tt_history *history)
{
    if (!history) return;
    TT_FREE(history->owner);
    memset(history, 0, sizeof *history);
}

static tt_error tt__history_new(tt_history *history, size_t epochs, bool validation)
{
    memset(history, 0, sizeof *history);
    history->loss = TT__NEW(double, tt__bytes(epochs, 2));
    history->owner = history->loss;
    if (!history->loss) return TT_ERROR_MEMORY;
    history->validation_loss = validation ? history->loss + epochs : NULL;
    return TT_OK;
}

/* Tells where training has diverged.  Divergence is an outcome, not an error. */
static void tt__diverged(const tt__fit *fit, tt_history *history)
{
    history->outcome = TT_DIVERGED;
    history->diverged_batch = fit->bad_batch;
    const tt_progress *at = &fit->progress;
    size_t layer = fit->bad_parameter / 2, depth = fit->learner.first->depth;
    const char *name = !fit->model ? "layer" : layer < depth ? "user" : "item";
    if (fit->bad_batch)
        tt__fail(tt__why(fit->run), TT_OK,
                 "training diverged in epoch %zu of %zu, batch %zu of "
                 "%zu: the loss is not finite (is the learning rate too high?)",
                 at->epoch, at->epochs, fit->bad_batch, at->batches);
    else
        tt__fail(tt__why(fit->run), TT_OK,
                 "training diverged in epoch %zu of %zu: after its last "
                 "batch %s.%zu.%s or a moment of it is not finite (is the learning rate too high?)",
                 at->epoch, at->epochs, name, layer < depth ? layer : layer - depth,
                 fit->bad_parameter % 2 ? "bias" : "weights");
}

static tt_error tt__validation_loss(double *loss, const tt__fit *fit)
{
    if (fit->model) return tt__evaluate(loss, fit->model, &fit->validation, fit->run);
    tt_tape tape;
    memset(&tape, 0, sizeof tape);
    tt_var recorded = tt__record_examples(fit, &tape, fit->validation_examples, NULL, 0);
    tt_error error = tape.error;
    if (!error) *loss = *tt_matrix_at(tt_tape_value(&tape, recorded), 0, 0);
    tt_tape_free(&tape);
    return error;
}

/* Trains epoch by epoch until all are done or something ends training.  The history is complete
   after every epoch. */
static tt_error tt__epochs(tt__fit *fit, tt_history *history)
{
    const tt_fit_options *o = fit->options;
    double best = 0;
    for (size_t e = 0; e < fit->progress.epochs; e++) {
        bool diverged;
        fit->progress.epoch = e + 1;
        tt_error error = tt__epoch(fit, &diverged);
        if (error) return error;
        if (diverged) {
            tt__diverged(fit, history);
            return TT_OK;
        }
        if (fit->model) fit->model->epochs++;
        history->epochs = e + 1;
        double watched = history->loss[e] = fit->progress.loss;
        if (fit->validates) {
            error = tt__validation_loss(&watched, fit);
            if (error) return error;
            history->validation_loss[e] = fit->progress.validation_loss = watched;
        }
        if (e == 0 || watched < best || (best != best && watched == watched)) {
            best = watched;
            history->best_epoch = e + 1;
            if (o->patience) tt__copy_state(fit->best, fit->learner, TT__FROM_MODEL);
        }
        fit->progress.has_validation = fit->validates;
        bool go_on = !o->on_epoch || o->on_epoch(&fit->progress, o->context);
        fit->progress.has_validation = false;
        if (!go_on) history->outcome = TT_STOPPED_BY_CALLER;
        if (o->patience && e + 1 - history->best_epoch >= o->patience)
            history->outcome = TT_STOPPED_EARLY;
        if (history->outcome != TT_FINISHED) return TT_OK;
    }
    return TT_OK;
}

/* Allocates the memory that training needs beside the model, and trains. */
static tt_error tt__train(tt__fit *fit, const char *function, const tt_fit_options *o, tt_run *run,
                          size_t count)
{
    fit->options = o;
    fit->run = run;
    fit->count = count;
    fit->batch_size = o->batch_size ? o->batch_size : 32;
    if (fit->batch_size > count) fit->batch_size = count;
    fit->progress.epochs = o->epochs ? o->epochs : 1;
    fit->progress.batches = (count + fit->batch_size - 1) / fit->batch_size;

    tt__float_mode mode = tt__standard_float_mode();
    tt_history history;
    tt_error error = tt__history_new(&history, fit->progress.epochs, fit->validates);
    if (!error) error = tt__learner_moments(fit->learner); /* in case the optimiser is new */
    size_t state = tt__state_size(fit->learner);
    fit->shuffled = TT__NEW(uint32_t, count);
    fit->before = TT__NEW(float, state);
    fit->best = TT__NEW(float, o->patience ? state : 1);
    if (!fit->shuffled || !fit->before || !fit->best) error = TT_ERROR_MEMORY;
    if (!error && !tt__machine_is_ieee()) error = TT_ERROR_ARITHMETIC;
    if (!error) error = tt__epochs(fit, &history);
    if (!error && o->patience && history.best_epoch)
        tt__copy_state(fit->best, fit->learner, TT__TO_MODEL);
    TT_FREE(fit->shuffled);
    TT_FREE(fit->before);
    TT_FREE(fit->best);
    tt__restore_float_mode(mode);
    if (error || !o->history)
        tt_history_free(&history);
    else
        *o->history = history;
    return error ? tt__fail(tt__why(run), error, "%s: %s", function, tt_error_text(error)) : TT_OK;
}

/* A part of the ratings, as tt_matrix_rows gives a part of a matrix. */
static tt_ratings tt__ratings_range(tt_ratings ratings, size_t first, size_t count)
{
    if (ratings.order) {
        ratings.order += first;
    } else {
        ratings.user += first;
        ratings.item += first;
        ratings.target += first;
    }
    ratings.count = count;
    return ratings;
}

/* Stops on options that can't be met; returns how many of the data are left to train on.  (The
   variables are volatile, or a compiler could compute them outside of the standard mode.) */
static size_t tt__require_options(const char *function, const tt_fit_options *o, bool validation,
                                  size_t count)
{
    TT__REQUIRE_IN(function, o->validation_split >= 0 && o->validation_split < 1,
                   "validation_split is %g", o->validation_split);
    TT__REQUIRE_IN(function, o->batch_size <= 65536, "batch_size is %zu", o->batch_size);
    TT__REQUIRE_IN(function, !validation || o->validation_split == 0,
                   "both validation and validation_split %g", o->validation_split);
    tt__float_mode mode = tt__standard_float_mode();
    volatile double split = o->validation_split, kept = (double)count * (1 - split);
    tt__restore_float_mode(mode);
    TT__REQUIRE_IN(function, kept >= 1, "validation_split %g leaves none of %zu",
                   o->validation_split, count);
    return (size_t)kept;
}

static const tt_fit_options tt__fit_defaults = {0, 0, 0, 0, 0, TT_ENGINE_FASTEST, 0, 0, 0, 0, 0, 0};

TT_API tt_error tt_fit(tt_two_tower *model, const tt_ratings *ratings,
                       const tt_fit_options *options, tt_run *run)
{
    TT__NOT_NULL(model), TT__NOT_NULL(ratings);
    const tt_fit_options *o = options ? options : &tt__fit_defaults;
    const tt_ratings *validation = o->validation;
    tt__require_targets(__func__, ratings, "");
    tt__require_ratings(__func__, ratings, "", model);
    if (validation) tt__require_targets(__func__, validation, "validation: ");
    if (validation) tt__require_ratings(__func__, validation, "validation: ", model);
    TT__REQUIRE(tt__engine_available(o->engine), "engine %d is not available here", (int)o->engine);
    TT__REQUIRE(!o->loss && !o->validation_examples, "loss or validation_examples is not NULL");
    size_t kept = tt__require_options(__func__, o, validation != NULL, ratings->count);

    tt__fit fit;
    memset(&fit, 0, sizeof fit);
    fit.learner = tt__learner_of(model);
    fit.model = model;
    fit.train = tt__ratings_range(*ratings, 0, kept);
    fit.validation = tt__ratings_range(*ratings, kept, ratings->count - kept);
    if (validation) fit.validation = *validation;
    fit.validates = fit.validation.count > 0;
    tt_error error = tt__validate_ratings(ratings, "", tt__why(run));
    if (!error && validation)
        error = tt__validate_ratings(validation, "validation: ", tt__why(run));
    return error ? error : tt__train(&fit, __func__, o, run, kept);
}

/* Stops on examples that don't fit the network; an error says that a number is not finite. */
static tt_error tt__examine(const tt_examples *e, const char *of, const tt_sequential *network,
                            tt_message *why)
{
    const char *function = "tt_sequential_fit";
    tt__require_features(function, of, "X", e->X, network);
    TT__REQUIRE_IN(function, e->X.rows == e->Y.rows && e->X.rows > 0 && e->X.rows < UINT32_MAX,
                   "%sX is %zux%zu, Y is %zux%zu", of, e->X.rows, e->X.cols, e->Y.rows, e->Y.cols);
    tt_error error = tt__validate_matrix(e->X, of, "X", why);
    return error ? error : tt__validate_matrix(e->Y, of, "Y", why);
}

TT_API tt_error tt_sequential_fit(tt_sequential *network, tt_adam *adam, tt_random *random,
                                  const tt_examples *examples, const tt_fit_options *options,
                                  tt_run *run)
{
    TT__NOT_NULL(network), TT__NOT_NULL(adam), TT__NOT_NULL(random), TT__NOT_NULL(examples);
    const tt_fit_options *o = options ? options : &tt__fit_defaults;
    const tt_examples *validation = o->validation_examples;
    static const tt_sequential no_network = {0, NULL, false, NULL};
    tt__require_network(__func__, network, TT_SIGMOID);
    TT__REQUIRE(!o->validation, "validation, which is for ratings, is not NULL");
    tt_error error = tt__examine(examples, "", network, tt__why(run));
    if (!error && validation)
        error = tt__examine(validation, "validation: ", network, tt__why(run));
    size_t N = examples->X.rows, kept = tt__require_options(__func__, o, validation != NULL, N);

    tt__fit fit;
    memset(&fit, 0, sizeof fit);
    tt__learner learner = {network, &no_network, adam, random};
    fit.learner = learner;
    fit.examples.X = tt_matrix_rows(examples->X, 0, kept);
    fit.examples.Y = tt_matrix_rows(examples->Y, 0, kept);
    fit.validation_examples.X = tt_matrix_rows(examples->X, kept, N - kept);
    fit.validation_examples.Y = tt_matrix_rows(examples->Y, kept, N - kept);
    if (validation) fit.validation_examples = *validation;
    fit.validates = validation || kept < N;
    return error ? error : tt__train(&fit, __func__, o, run, kept);
}

/* §13 nearest neighbours ----------------------------------------------------------------------

   Vectors of length one are near when their angle is small:

       |a - b|^2 = 2 - 2 a . b.

   tt_nearest sums the squared differences themselves.  The form with the dot product is a third
   faster, but with it equal vectors may not have distance 0, and rounding lets near vectors trade
   places.

   N vectors have N^2 distances, which for ten thousand films take 750 MB as doubles; but each query
   wants only its k nearest.  So the candidates stream by, one panel of 32 at a time, and each query
   keeps a short sorted list.  A candidate enters the list only if it is strictly nearer than the
   list's last: of equally near candidates the one with the lower index, which came first, stays. */

enum {
    TT__PANEL = 32, /* columns of a panel; see §14 */
    TT__QUERIES = 4 /* queries that pass by a panel together */
};

/* Inserts a candidate into a sorted list of k.  It must be nearer than the last of the list. */
static void tt__insert(uint32_t *nearest, float *distance, size_t k, uint32_t candidate, float d)
{
    size_t place = k - 1;
    for (; place > 0 && d < distance[place - 1]; place--) {
        distance[place] = distance[place - 1];
        nearest[place] = nearest[place - 1];
    }
    distance[place] = d;
    nearest[place] = candidate;
}

/* Computes the squared distances of 4 queries (rows of a matrix, `stride` floats apart) to the 32
   candidates of a panel (D x 32, one candidate per column): out[query][candidate] is the sum over d
   of (q - c)^2. */
typedef void tt__distances(float *out, const float *queries, size_t stride, const float *panel,
                           size_t D);
static tt__distances *tt__fastest_distances(void); /* §14 */

static size_t tt__round_up(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

/* The state of one search, which its threads share. */
typedef struct tt__search {
    uint32_t *nearest;
    float *distance;
    size_t k;
    tt_matrix queries; /* padded to a multiple of TT__QUERIES rows */
    size_t n_queries, n_candidates;
    const float *panels;
    const tt_neighbour_options *options;
    tt__distances *distances;
} tt__search;

/* Offers the candidates of one panel to one query. */
static void tt__offer(const tt__search *s, size_t query, size_t panel, const float *distances)
{
    const tt_neighbour_options *o = s->options;
    uint32_t *nearest = s->nearest + query * s->k;
    float *distance = s->distance + query * s->k;
    size_t first = panel * TT__PANEL, left = s->n_candidates - first;
    for (size_t c = 0; c < TT__PANEL && c < left; c++) {
        if (!(distances[c] < distance[s->k - 1])) continue;
        if (o->exclude_self && first + c == query) continue;
        if (o->masked && o->masked(query, first + c, o->context)) continue;
        tt__insert(nearest, distance, s->k, (uint32_t)(first + c), distances[c]);
    }
}

/* Compares a block of queries with all candidates.  The candidates come in blocks too, small enough
   to stay in the cache while all queries of the block pass by. */
static void tt__search_block(const tt__search *s, size_t first_query, size_t last_query)
{
    size_t D = s->queries.cols, panels = tt__round_up(s->n_candidates, TT__PANEL) / TT__PANEL;
    size_t panels_in_cache = 1024 / D + 1;
    float distances[TT__QUERIES * TT__PANEL];
    for (size_t block = 0; block < panels; block += panels_in_cache)
        for (size_t q = first_query; q < last_query; q += TT__QUERIES)
            for (size_t p = block; p < panels && p < block + panels_in_cache; p++) {
                s->distances(distances, tt__row(s->queries, q), s->queries.stride,
                             s->panels + p * D * TT__PANEL, D);
                for (size_t i = 0; i < TT__QUERIES && q + i < s->n_queries; i++)
                    tt__offer(s, q + i, p, distances + i * TT__PANEL);
            }
}

static void tt__search_all(const tt__search *s, int threads)
{
    const size_t BLOCK = 256;
    int64_t blocks = (int64_t)((s->n_queries + BLOCK - 1) / BLOCK);
    (void)threads;
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) schedule(dynamic)
#endif
    for (int64_t b = 0; b < blocks; b++) {
        size_t first = (size_t)b * BLOCK, last = first + BLOCK;
        tt__float_mode mode = tt__standard_float_mode();
        tt__search_block(s, first, last < s->n_queries ? last : s->n_queries);
        tt__restore_float_mode(mode);
    }
}

/* Copies row-major rows into panels of 32 columns: element (r, c) goes to panel r / 32, row c,
   column r % 32.  Zeros fill up the last panel. */
static void tt__into_panels(float *panels, tt_matrix rows)
{
    for (size_t r = 0; r < rows.rows; r++) {
        float *column = panels + r / TT__PANEL * rows.cols * TT__PANEL + r % TT__PANEL;
        for (size_t c = 0; c < rows.cols; c++) column[c * TT__PANEL] = tt__row(rows, r)[c];
    }
}

TT_API tt_error tt_nearest(uint32_t *nearest, float *distance, tt_matrix queries,
                           tt_matrix candidates, const tt_neighbour_options *options, tt_run *run)
{
    TT__NOT_NULL(nearest), TT__NOT_NULL(distance);
    static const tt_neighbour_options defaults = {0, false, NULL, NULL};
    tt__search s;
    memset(&s, 0, sizeof s);
    s.options = options ? options : &defaults;
    s.k = s.options->k ? s.options->k : 1;
    s.nearest = nearest;
    s.distance = distance;
    s.n_queries = queries.rows;
    s.n_candidates = candidates.rows;
    s.distances = tt__fastest_distances();
    TT__REQUIRE(queries.cols == candidates.cols && queries.cols > 0,
                "queries is %zux%zu, candidates is %zux%zu", queries.rows, queries.cols,
                candidates.rows, candidates.cols);
    TT__REQUIRE(candidates.rows < UINT32_MAX, "%zu candidates", candidates.rows);
    tt_message *why = tt__why(run);
    tt_error error = tt__validate_matrix(queries, "", "queries", why);
    if (!error) error = tt__validate_matrix(candidates, "", "candidates", why);
    if (error) return error;

    tt_matrix panels = {0, 0, 0, NULL, NULL};
    error = tt_matrix_new(&s.queries, tt__round_up(queries.rows, TT__QUERIES), queries.cols);
    if (!error)
        error = tt_matrix_new(&panels, tt__round_up(candidates.rows, TT__PANEL), candidates.cols);
    if (error) {
        tt__out_of_memory("tt_nearest", why);
    } else {
        tt__copy(tt_matrix_rows(s.queries, 0, queries.rows), queries);
        tt__into_panels(panels.data, candidates);
        s.panels = panels.data;
        for (size_t i = 0; i < queries.rows * s.k; i++) {
            nearest[i] = TT_NONE;
            distance[i] = (float)HUGE_VAL;
        }
        tt__search_all(&s, tt__threads(run));
    }
    tt_matrix_free(&s.queries);
    tt_matrix_free(&panels);
    return error;
}

TT_API size_t tt_top_k(uint32_t *best, size_t k, const float *scores, size_t n,
                       const bool *excluded)
{
    TT__REQUIRE(n < UINT32_MAX, "%zu scores", n);
    TT__REQUIRE(scores || n == 0, "scores is NULL, n is %zu", n);
    TT__REQUIRE(best || n == 0 || k == 0, "best is NULL, k is %zu", k);
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        bool eligible = !(excluded && excluded[i]) && scores[i] == scores[i];
        if (!eligible || k == 0 || (found == k && !(scores[i] > scores[best[k - 1]]))) continue;
        size_t place = found < k ? found++ : k - 1;
        for (; place > 0 && scores[i] > scores[best[place - 1]]; place--)
            best[place] = best[place - 1];
        best[place] = (uint32_t)i;
    }
    return found;
}

TT_API tt_error tt_recommend(uint32_t *items, float *predictions, size_t *found, size_t k,
                             const tt_two_tower *model, tt_matrix features, tt_matrix item_vectors,
                             const bool *seen)
{
    TT__NOT_NULL(items), TT__NOT_NULL(predictions), TT__NOT_NULL(found), TT__NOT_NULL(model);
    tt__require_network(__func__, &model->user, TT_RELU);
    TT__SHAPE(features, 1, tt__inputs(&model->user));
    TT__REQUIRE(item_vectors.rows < UINT32_MAX, "%zu items", item_vectors.rows);
    TT__SHAPE(item_vectors, item_vectors.rows, tt__outputs(&model->user));
    tt_matrix user = {0, 0, 0, NULL, NULL}, scores = {0, 0, 0, NULL, NULL};
    tt__float_mode mode = tt__standard_float_mode();
    tt_error error = tt_matrix_new(&user, 1, tt__outputs(&model->user));
    if (!error) error = tt_matrix_new(&scores, 1, item_vectors.rows);
    if (!error) error = tt_embed(user, &model->user, features, NULL);
    if (!error) tt_matmul_nt(scores, user, item_vectors);
    if (!error && !tt_matrix_is_finite(scores, NULL, NULL)) error = TT_ERROR_NOT_FINITE;
    if (!error) {
        *found = tt_top_k(items, k, scores.data, item_vectors.rows, seen);
        for (size_t i = 0; i < *found; i++) predictions[i] = scores.data[items[i]];
    }
    tt__restore_float_mode(mode);
    tt_matrix_free(&user);
    tt_matrix_free(&scores);
    return error;
}

/* §14 the fast way ----------------------------------------------------------------------------

   With the tape, as in §12, training spends its time in three products and in Adam.  This chapter
   makes all four some twenty times faster, by a sequence of changes, none of which alters a single
   bit:

   1. Lanes.  A processor adds and multiplies 4, 8 or 16 floats (lanes) in one instruction.  The
      order within a sum is fixed, so the lanes hold different outputs: rows of the batch in the
      forward product and in dX, output units in dW.  Each lane computes one sum, left to right.

   2. Panels.  For this, the numbers of the lanes must lie side by side in memory.  So matrices are
      cut into panels 32 columns wide, and all rows of a panel follow one another:

          activations   X[batch / 32][features][32]      a column is a row of the batch
          weights       W[outputs / 32][inputs][32]      a column is an output unit

      The panels of B below then stream from start to end.  Zeros fill the parts of a panel that its
      matrix leaves empty: while everything is finite, they add 0 to sums, their gradient is 0, and
      Adam leaves them at 0.  (A batch that is too short is filled up with copies of its first row:
      they are finite if that row is, and their dp is 0.)

   3. Tiles.  A product of one number with one vector needs two loads from memory for two
      operations.  A tile of 8 rows and 2 vectors of lanes loads 8 numbers and 2 vectors for 16
      products, and its 16 sums stay in registers from the first term to the last.  (Where a
      processor has only 16 registers instead of 32, a tile has 4 rows.)

   4. Epilogues.  Each result is processed further while it is at hand: bias and ReLU follow the
      forward product, the ReLU's mask follows dX, and Adam follows dW, so that no gradient of the
      weights is ever stored.

   5. Two threads.  The towers meet only in the dot product.  Each thread trains one tower, and the
      threads wait for one another once per step.  (Splitting each product among threads is slower
      here: a step takes a fifth of a millisecond, and the weights would wander between the cores'
      caches.)

   6. Dispatch.  The kernels are compiled three times, for 4, 8 and 16 lanes.  The program asks the
      processor which of them it supports, so that a plain `cc -O2` build runs at full speed.

   GCC and clang have vector types with + and *; other compilers use the tape.  So do 32-bit ARM
   with clang, whose vector unit flushes denormals, and machines that widen a float to double before
   they multiply a vector of floats by it (FLT_EVAL_METHOD 1: s390x in strict C99). */

#if defined(__GNUC__) && !defined(__TINYC__) && FLT_EVAL_METHOD == 0 &&                            \
    !(defined(__clang__) && defined(__arm__))
#define TT__VECTORS
#endif

/* A layer in panels.  All widths are padded: inputs to a multiple of 8, outputs to one of 32. */
typedef struct tt__panel_layer {
    size_t inputs, outputs, batch;
    float *weights, *weights_m, *weights_v; /* [outputs/32][inputs][32], and Adam's moments */
    float *bias, *bias_m, *bias_v;          /* [outputs] */
    float *x;                               /* [batch/32][inputs][32], the layer's input */
    float *y;                               /* [batch/32][outputs][32], the layer's output */
    float *dx, *dy;                         /* their gradients */
    float *dy_by_rows;                      /* dy as [outputs/32][batch][32] */
    bool relu, input_is_relu;
} tt__panel_layer;

/* The kernels for one width of vectors. */
typedef struct tt__kernels {
    void (*forward)(const tt__panel_layer *layer);
    void (*backward_input)(const tt__panel_layer *layer);
    void (*backward_bias)(const tt__panel_layer *layer, const tt__adam_rates *rates);
    void (*backward_weights)(const tt__panel_layer *layer, const tt__adam_rates *rates);
    tt__distances *distances;
} tt__kernels;

#endif /* TWOTOWER_IMPLEMENTATION: the kernels stand by themselves, to be included three times */

#ifdef TT__LANES

/* The kernels.  TT__LANES is 4, 8 or 16, and TT__ROWS is the number of rows in a tile.  Names end
   in the number of lanes: tt__tile_16. */
#define TT__PASTE_(name, lanes) tt__##name##_##lanes
#define TT__PASTE(name, lanes) TT__PASTE_(name, lanes)
#define TT__(name) TT__PASTE(name, TT__LANES)
#define TT__vector TT__(vector)
#define TT__mask TT__(mask)

typedef float TT__vector __attribute__((vector_size(4 * TT__LANES), aligned(4), may_alias));
typedef int32_t TT__mask __attribute__((vector_size(4 * TT__LANES)));

TT__TARGET static inline TT__vector TT__(load)(const float *p)
{
    return *(const TT__vector *)p;
}

TT__TARGET static inline void TT__(store)(float *p, TT__vector x)
{
    *(TT__vector *)p = x;
}

TT__TARGET static inline TT__vector TT__(all)(float x)
{
    TT__vector zero = {0};
    return x - zero;
}

/* x where the mask is set, else 0. */
TT__TARGET static inline TT__vector TT__(where)(TT__mask mask, TT__vector x)
{
    return (TT__vector)((TT__mask)x & mask);
}

/* The tile is the heart of all three products: TT__ROWS rows of C, each two vectors of lanes wide,

       C[i][lane] = sum over k of A(i, k) B[k][lane],     k from first to last,

   where B is a panel, and A(i, k) is found at A[i * row + k * step].  k runs over `panels` groups
   of `count`; from one group to the next A moves on by `panel`, while B goes straight on.  Rows of
   C are 32 apart.  The product has a name so that it is rounded before it is added (§A). */
TT__TARGET static inline TT__ALWAYS_INLINE void TT__(tile)(float *C, const float *A, size_t row,
                                                           size_t step, size_t panel, size_t panels,
                                                           size_t count, const float *B)
{
    TT__vector sum[TT__ROWS][2], zero = {0};
    TT__UNROLL
    for (int i = 0; i < TT__ROWS; i++) sum[i][0] = sum[i][1] = zero;
    for (size_t p = 0; p < panels; p++, A += panel) {
        const float *a = A;
        for (size_t k = 0; k < count; k++, a += step, B += TT__PANEL) {
            TT__vector b0 = TT__(load)(B), b1 = TT__(load)(B + TT__LANES);
            TT__UNROLL
            for (int i = 0; i < TT__ROWS; i++) {
                TT__vector product0 = a[(size_t)i * row] * b0, product1 = a[(size_t)i * row] * b1;
                sum[i][0] += product0;
                sum[i][1] += product1;
            }
        }
    }
    TT__UNROLL
    for (int i = 0; i < TT__ROWS; i++) {
        TT__(store)(C + i * TT__PANEL, sum[i][0]);
        TT__(store)(C + i * TT__PANEL + TT__LANES, sum[i][1]);
    }
}

/* Y = relu(X W + b):                           y[o][lane] = sum over i of W(o, i) x[i][lane] + b[o]
   Lanes are rows of the batch.  The output units o of a tile stand side by side in a row of W's
   panel, so row is 1 and step is 32. */
TT__TARGET static void TT__(forward)(const tt__panel_layer *l)
{
    for (size_t b = 0; b < l->batch / TT__PANEL; b++)
        for (size_t o = 0; o < l->outputs; o += TT__ROWS)
            for (size_t lane = 0; lane < TT__PANEL; lane += 2 * TT__LANES) {
                float *y = l->y + (b * l->outputs + o) * TT__PANEL + lane;
                const float *w = l->weights + o / TT__PANEL * l->inputs * TT__PANEL + o % TT__PANEL;
                const float *x = l->x + b * l->inputs * TT__PANEL + lane;
                TT__(tile)(y, w, 1, TT__PANEL, 0, 1, l->inputs, x);
                for (int i = 0; i < TT__ROWS; i++)
                    for (int half = 0; half < 2; half++) {
                        float *place = y + i * TT__PANEL + half * TT__LANES;
                        TT__vector sum = TT__(load)(place) + TT__(all)(l->bias[o + (size_t)i]);
                        if (l->relu) sum = TT__(where)(~(sum <= TT__(all)(0)), sum);
                        TT__(store)(place, sum);
                    }
            }
}

/* dX = dY W^T where X > 0:                          dx[i][lane] = sum over o of W(i, o) dy[o][lane]
   Lanes are rows of the batch.  The weights of one input i are a row of each panel of W, so row is
   32 and step is 1. */
TT__TARGET static void TT__(backward_input)(const tt__panel_layer *l)
{
    for (size_t b = 0; b < l->batch / TT__PANEL; b++)
        for (size_t i = 0; i < l->inputs; i += TT__ROWS)
            for (size_t lane = 0; lane < TT__PANEL; lane += 2 * TT__LANES) {
                size_t at = (b * l->inputs + i) * TT__PANEL + lane;
                const float *dy = l->dy + b * l->outputs * TT__PANEL + lane;
                TT__(tile)(l->dx + at, l->weights + i * TT__PANEL, TT__PANEL, 1,
                           l->inputs * TT__PANEL, l->outputs / TT__PANEL, TT__PANEL, dy);
                if (!l->input_is_relu) continue;
                for (size_t r = 0; r < TT__ROWS * TT__PANEL; r += TT__PANEL)
                    for (size_t half = 0; half < 2 * TT__LANES; half += TT__LANES) {
                        TT__vector x = TT__(load)(l->x + at + r + half);
                        TT__vector dx = TT__(load)(l->dx + at + r + half);
                        TT__(store)(l->dx + at + r + half, TT__(where)(x > TT__(all)(0), dx));
                    }
            }
}

#ifdef TT__NO_VECTOR_ROOT
static inline TT__vector tt__square_root_of_lanes(TT__vector x)
{
    for (int lane = 0; lane < TT__LANES; lane++) x[lane] = tt__sqrtf(x[lane]);
    return x;
}
#endif

/* tt__adam_update (§8) for vectors of gradients.  Moments below the floor become 0; NaN stays. */
TT__TARGET static inline TT__vector TT__(flush)(TT__vector x)
{
    TT__vector floor = TT__(all)(tt__moment_floor);
    return TT__(where)(~((x >= -floor) & (x <= floor)), x);
}

TT__TARGET static inline void TT__(adam)(float *w, float *m, float *v, TT__vector g,
                                         const tt__adam_rates *rates)
{
    TT__vector old_m = TT__(load)(m), old_v = TT__(load)(v);
    TT__vector m_change = (g - old_m) * rates->one_minus_beta1;
    TT__vector square = g * g;
    TT__vector v_change = (square - old_v) * rates->one_minus_beta2;
    TT__vector new_m = TT__(flush)(old_m + m_change), new_v = TT__(flush)(old_v + v_change);
    TT__vector step = new_m * rates->rate / (TT__SQUARE_ROOT(new_v) + rates->epsilon);
    TT__(store)(m, new_m);
    TT__(store)(v, new_v);
    TT__(store)(w, TT__(load)(w) - step);
}

/* db = column sums of dY, then Adam.  Lanes are output units. */
TT__TARGET static void TT__(backward_bias)(const tt__panel_layer *l, const tt__adam_rates *rates)
{
    for (size_t o = 0; o < l->outputs; o += TT__PANEL)
        for (size_t lane = o; lane < o + TT__PANEL; lane += TT__LANES) {
            const float *dy = l->dy_by_rows + o * l->batch + (lane - o);
            TT__vector sum = {0};
            for (size_t b = 0; b < l->batch; b++) sum += TT__(load)(dy + b * TT__PANEL);
            TT__(adam)(l->bias + lane, l->bias_m + lane, l->bias_v + lane, sum, rates);
        }
}

/* dW = X^T dY, then Adam:                           dW[i][lane] = sum over b of X(b, i) dy[b][lane]
   Lanes are output units.  The rows b of the batch are side by side in X's panels, so row is 32
   and step is 1. */
TT__TARGET static void TT__(backward_weights)(const tt__panel_layer *l, const tt__adam_rates *rates)
{
    float tile[TT__ROWS * TT__PANEL];
    for (size_t o = 0; o < l->outputs; o += TT__PANEL)
        for (size_t i = 0; i < l->inputs; i += TT__ROWS)
            for (size_t lane = 0; lane < TT__PANEL; lane += 2 * TT__LANES) {
                TT__(tile)(tile, l->x + i * TT__PANEL, TT__PANEL, 1, l->inputs * TT__PANEL,
                           l->batch / TT__PANEL, TT__PANEL, l->dy_by_rows + o * l->batch + lane);
                size_t at = o * l->inputs + i * TT__PANEL + lane;
                for (size_t r = 0; r < TT__ROWS * TT__PANEL; r += TT__PANEL)
                    for (size_t half = 0; half < 2 * TT__LANES; half += TT__LANES) {
                        size_t place = at + r + half;
                        TT__(adam)(l->weights + place, l->weights_m + place, l->weights_v + place,
                                   TT__(load)(tile + r + half), rates);
                    }
            }
}

/* This is the tile with (a - b)^2 in place of a b.  It computes the squared distances of §13. */
TT__TARGET static void TT__(distances)(float *out, const float *queries, size_t stride,
                                       const float *panel, size_t D)
{
    for (size_t lane = 0; lane < TT__PANEL; lane += 2 * TT__LANES) {
        TT__vector sum[TT__QUERIES][2], zero = {0};
        TT__UNROLL
        for (int i = 0; i < TT__QUERIES; i++) sum[i][0] = sum[i][1] = zero;
        for (size_t d = 0; d < D; d++) {
            const float *c = panel + d * TT__PANEL + lane;
            TT__vector c0 = TT__(load)(c), c1 = TT__(load)(c + TT__LANES);
            TT__UNROLL
            for (int i = 0; i < TT__QUERIES; i++) {
                TT__vector q = TT__(all)(queries[(size_t)i * stride + d]);
                TT__vector square0 = (q - c0) * (q - c0), square1 = (q - c1) * (q - c1);
                sum[i][0] += square0;
                sum[i][1] += square1;
            }
        }
        TT__UNROLL
        for (int i = 0; i < TT__QUERIES; i++) {
            TT__(store)(out + i * TT__PANEL + lane, sum[i][0]);
            TT__(store)(out + i * TT__PANEL + lane + TT__LANES, sum[i][1]);
        }
    }
}

static const tt__kernels TT__(kernels) = {TT__(forward), TT__(backward_input), TT__(backward_bias),
                                          TT__(backward_weights), TT__(distances)};

#undef TT__LANES
#undef TT__ROWS
#undef TT__TARGET
#undef TT__SQUARE_ROOT

#endif /* TT__LANES */

#if defined(TWOTOWER_IMPLEMENTATION) && !defined(TWOTOWER_COMPLETE)
#define TWOTOWER_COMPLETE

/* The kernels for each width.  Only the square root needs the name of the processor's instruction;
   where no such instruction takes vectors, the lanes take turns. */
#ifdef TT__VECTORS
#define TT__ALWAYS_INLINE __attribute__((always_inline))
#ifdef __clang__
#define TT__UNROLL _Pragma("clang loop unroll(full)")
#else
#define TT__UNROLL _Pragma("GCC unroll 8")
#endif

#ifndef TWOTOWER_FILE
#define TWOTOWER_FILE "twotower.h"
#endif

#define TT__LANES 4
#define TT__TARGET
#ifdef __aarch64__
#define TT__ROWS 8
#else
#define TT__ROWS 4
#endif
#if defined(__SSE2__)
#define TT__SQUARE_ROOT(x) ((tt__vector_4)_mm_sqrt_ps((__m128)(x)))
#elif defined(__aarch64__)
#define TT__SQUARE_ROOT(x) ((tt__vector_4)vsqrtq_f32((float32x4_t)(x)))
#else
#define TT__SQUARE_ROOT(x) tt__square_root_of_lanes(x)
#define TT__NO_VECTOR_ROOT
#endif
#include TWOTOWER_FILE

#ifdef __x86_64__
#define TT__X86
#define TT__LANES 8
#define TT__ROWS 4
#define TT__TARGET __attribute__((target("avx")))
#define TT__SQUARE_ROOT(x) ((tt__vector_8)_mm256_sqrt_ps((__m256)(x)))
#include TWOTOWER_FILE

#define TT__LANES 16
#define TT__ROWS 8
#ifdef __clang__
#define TT__TARGET                                                                                 \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq"), min_vector_width(512)))
#else
#define TT__TARGET                                                                                 \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,prefer-vector-width=512")))
#endif
#define TT__SQUARE_ROOT(x) ((tt__vector_16)_mm512_maskz_sqrt_ps(0xFFFF, (__m512)(x)))
#include TWOTOWER_FILE
#endif /* __x86_64__ */
#endif /* TT__VECTORS */

/* True if both the compiler and the processor support an engine. */
static bool tt__engine_available(tt_engine engine)
{
    switch (engine) {
#ifdef TT__VECTORS
    case TT__ENGINE_4:
#endif
    case TT_ENGINE_FASTEST:
    case TT_ENGINE_TAPE: return true;
#ifdef TT__X86
    case TT__ENGINE_8: return __builtin_cpu_supports("avx") != 0;
    case TT__ENGINE_16:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
#endif
    default: return false;
    }
}

#ifdef TT__VECTORS

static const tt__kernels *tt__kernels_of(tt_engine engine)
{
#ifdef TT__X86
    bool fastest = engine == TT_ENGINE_FASTEST;
    if (engine == TT__ENGINE_16 || (fastest && tt__engine_available(TT__ENGINE_16)))
        return &tt__kernels_16;
    if (engine == TT__ENGINE_8 || (fastest && tt__engine_available(TT__ENGINE_8)))
        return &tt__kernels_8;
#endif
    (void)engine;
    return &tt__kernels_4;
}

static tt__distances *tt__fastest_distances(void)
{
    return tt__kernels_of(TT_ENGINE_FASTEST)->distances;
}

/* A tower in panels, for batches of at most `batch` rows. */
typedef struct tt__panel_tower {
    const tt__kernels *kernels;
    const tt_sequential *network;
    size_t depth, inputs, batch;
    tt__panel_layer layers[TT_MAX_LAYERS];
    float *x;              /* [batch/32][inputs][32], the batch's rows of features */
    float *vectors[2];     /* [batch/32][D][32], rows of length one; two, since the other tower may
                               still read those of the last step while this one makes the next */
    float *dvectors;       /* their gradient */
    float *inverse_length; /* [batch] */
    bool *keeps_length;    /* [batch]: not normalised, or shorter than the floor */
} tt__panel_tower;

/* Cuts the next piece off the one block that holds everything, so that a step touches few pages.
   Without a block it only counts.  A count that would overflow stays at a size that no allocator
   grants.  Pieces are aligned to 64 bytes. */
static float *tt__piece(float *block, size_t *used, size_t count)
{
    const size_t step = TT__ALIGNMENT / sizeof(float), most = SIZE_MAX / TT__ALIGNMENT * step;
    size_t rounded = count > most ? most : tt__round_up(count, step);
    float *piece = block ? block + *used : NULL;
    *used = rounded > most - *used ? most : *used + rounded;
    return piece;
}

/* Lays out a tower in the block, and returns how many floats it needs. */
static size_t tt__panel_layout(tt__panel_tower *tower, bool training, float *block)
{
    size_t used = 0, batch = tower->batch, width = tower->inputs;
    float *x = tower->x = tt__piece(block, &used, tt__bytes(batch, width)), *dx = NULL;
    for (size_t l = 0; l < tower->depth; l++) {
        tt__panel_layer *p = &tower->layers[l];
        const tt_dense *dense = &tower->network->layers[l];
        p->batch = batch;
        p->inputs = width;
        p->outputs = width = tt__round_up(dense->weights.cols, TT__PANEL);
        p->relu = dense->activation == TT_RELU;
        p->input_is_relu = l && tower->layers[l - 1].relu;
        size_t weights = tt__bytes(p->inputs, p->outputs);
        p->weights = tt__piece(block, &used, weights);
        p->bias = tt__piece(block, &used, p->outputs);
        p->x = x;
        p->y = x = tt__piece(block, &used, tt__bytes(batch, p->outputs));
        if (!training) continue;
        p->weights_m = tt__piece(block, &used, weights);
        p->weights_v = tt__piece(block, &used, weights);
        p->bias_m = tt__piece(block, &used, p->outputs);
        p->bias_v = tt__piece(block, &used, p->outputs);
        p->dx = dx; /* NULL for the first layer, whose inputs need no gradient */
        p->dy = dx = tt__piece(block, &used, tt__bytes(batch, p->outputs));
        p->dy_by_rows = tt__piece(block, &used, tt__bytes(batch, p->outputs));
    }
    tower->vectors[0] = tt__piece(block, &used, tt__bytes(batch, width));
    tower->vectors[1] = training ? tt__piece(block, &used, tt__bytes(batch, width)) : NULL;
    tower->dvectors = training ? tt__piece(block, &used, tt__bytes(batch, width)) : NULL;
    tower->inverse_length = tt__piece(block, &used, batch);
    tower->keeps_length = (bool *)tt__piece(block, &used, batch);
    return used;
}

/* Copies the numbers of a matrix (I x O) into panels [O/32][inputs][32], or back. */
static void tt__panel_copy(float *panels, size_t inputs, tt_matrix matrix, tt__direction direction)
{
    for (size_t i = 0; i < matrix.rows; i++)
        for (size_t o = 0; o < matrix.cols; o++) {
            float *in_panel = panels + (o / TT__PANEL * inputs + i) * TT__PANEL + o % TT__PANEL;
            float *in_matrix = tt__row(matrix, i) + o;
            if (direction == TT__TO_MODEL)
                *in_matrix = *in_panel;
            else
                *in_panel = *in_matrix;
        }
}

/* Copies weights, and with an optimiser its moments, into the panels or back into the model. */
static void tt__panel_exchange(tt__panel_tower *tower, tt_adam *adam, tt__direction direction)
{
    for (size_t l = 0; l < tower->depth; l++) {
        tt__panel_layer *p = &tower->layers[l];
        const tt_dense *dense = &tower->network->layers[l];
        tt__panel_copy(p->weights, p->inputs, dense->weights, direction);
        tt__panel_copy(p->bias, 1, dense->bias, direction);
        if (!adam) continue;
        tt__moments *weights = tt__adam_moments(adam, dense->weights);
        tt__panel_copy(p->weights_m, p->inputs, weights->m, direction);
        tt__panel_copy(p->weights_v, p->inputs, weights->v, direction);
        tt__moments *bias = tt__adam_moments(adam, dense->bias);
        tt__panel_copy(p->bias_m, 1, bias->m, direction);
        tt__panel_copy(p->bias_v, 1, bias->v, direction);
    }
}

/* Fills row b of the batch from a row of features. */
static void tt__panel_input(tt__panel_tower *tower, size_t b, const float *features, size_t n)
{
    float *column = tower->x + b / TT__PANEL * tower->inputs * TT__PANEL + b % TT__PANEL;
    for (size_t i = 0; i < n; i++) column[i * TT__PANEL] = features[i];
}

/* Runs all layers forward, for the whole batch. */
static void tt__panel_forward(tt__panel_tower *tower, float *vectors)
{
    for (size_t l = 0; l < tower->depth; l++) tower->kernels->forward(&tower->layers[l]);

    /* Normalise: tt_l2_normalize with rows as lanes, which the compiler vectorises.  Without
       normalisation the divisor is 1 and the projection is skipped. */
    const tt__panel_layer *last = &tower->layers[tower->depth - 1];
    const bool normalize = tower->network->normalize;
    size_t D = last->outputs;
    for (size_t b = 0; b < tower->batch; b += TT__PANEL) {
        const float *y = last->y + b * D;
        float sum[TT__PANEL] = {0}, *out = vectors + b * D;
        for (size_t d = 0; d < D; d++)
            for (size_t lane = 0; lane < TT__PANEL; lane++) {
                float square = y[d * TT__PANEL + lane] * y[d * TT__PANEL + lane];
                sum[lane] += square;
            }
        for (size_t lane = 0; lane < TT__PANEL; lane++) {
            tower->inverse_length[b + lane] = normalize ? tt__inverse_length(sum[lane]) : 1;
            tower->keeps_length[b + lane] = !normalize || !(sum[lane] > tt__norm_floor);
        }
        for (size_t d = 0; d < D; d++)
            for (size_t lane = 0; lane < TT__PANEL; lane++)
                out[d * TT__PANEL + lane] =
                    y[d * TT__PANEL + lane] * tower->inverse_length[b + lane];
    }
}

/* Goes from dp to the gradient of the last layer, as tt_row_dot_backward and
   tt_l2_normalize_backward do, and applies the ReLU's mask if the caller gave that layer a ReLU. */
static void tt__panel_backward_dot(tt__panel_tower *tower, const float *mine, const float *other,
                                   const float *dp)
{
    const tt__panel_layer *last = &tower->layers[tower->depth - 1];
    size_t D = last->outputs;
    for (size_t b = 0; b < tower->batch; b += TT__PANEL) {
        const float *y = mine + b * D, *v = other + b * D;
        float *dy = tower->dvectors + b * D, *dx = last->dy + b * D;
        float along[TT__PANEL] = {0};
        for (size_t d = 0; d < D; d++)
            for (size_t lane = 0; lane < TT__PANEL; lane++) {
                size_t at = d * TT__PANEL + lane;
                dy[at] = dp[b + lane] * v[at];
                float product = y[at] * dy[at];
                along[lane] += product;
            }
        for (size_t lane = 0; lane < TT__PANEL; lane++)
            if (tower->keeps_length[b + lane]) along[lane] = 0;
        for (size_t d = 0; d < D; d++)
            for (size_t lane = 0; lane < TT__PANEL; lane++) {
                size_t at = d * TT__PANEL + lane;
                float part_along = y[at] * along[lane];
                float sideways = dy[at] - part_along;
                dx[at] = sideways * tower->inverse_length[b + lane];
            }
        if (!last->relu) continue;
        for (size_t at = 0; at < D * TT__PANEL; at++)
            if (!(last->y[b * D + at] > 0)) dx[at] = 0;
    }
}

/* Turns dy [batch/32][outputs][32] into dy_by_rows [outputs/32][batch][32], 32 x 32 at a time. */
static void tt__panel_turn(const tt__panel_layer *l)
{
    for (size_t o = 0; o < l->outputs; o += TT__PANEL)
        for (size_t b = 0; b < l->batch; b += TT__PANEL) {
            const float *from = l->dy + b * l->outputs + o * TT__PANEL;
            float *to = l->dy_by_rows + o * l->batch + b * TT__PANEL;
            for (size_t r = 0; r < TT__PANEL; r++)
                for (size_t c = 0; c < TT__PANEL; c++)
                    to[r * TT__PANEL + c] = from[c * TT__PANEL + r];
        }
}

/* Runs all layers backward.  A layer's dX is computed before its weights move. */
static void tt__panel_backward(tt__panel_tower *tower, const tt__adam_rates *rates)
{
    for (size_t l = tower->depth; l-- > 0;) {
        const tt__panel_layer *p = &tower->layers[l];
        if (l > 0) tower->kernels->backward_input(p);
        tt__panel_turn(p);
        tower->kernels->backward_bias(p, rates);
        tower->kernels->backward_weights(p, rates);
    }
}

/* The state of one epoch, which both threads see. */
typedef struct tt__fast {
    tt__fit *fit;
    tt__panel_tower towers[2]; /* user, item */
    size_t batch;              /* rounded up to panels */
    /* The number of forward passes of each thread; each number has a cache line of its own. */
    size_t done[2][TT__ALIGNMENT / sizeof(size_t)];
} tt__fast;

/* Each of two threads says how far it has come, and waits until the other has come as far.  A short
   wait spins; a longer one yields, because on a busy machine the other thread may need this
   processor. */
static void tt__wait_for_other(tt__fast *fast, int thread, size_t step)
{
    enum { SPINS = 50 };
    __atomic_store_n(&fast->done[thread][0], step, __ATOMIC_RELEASE);
    for (int i = 0; __atomic_load_n(&fast->done[1 - thread][0], __ATOMIC_ACQUIRE) < step; i++) {
        if (i >= SPINS) tt__yield();
#ifdef TT__X86
        _mm_pause();
#endif
    }
}

/* Gathers the batch's rows of one tower's features.  Copies of the first row fill up a short batch:
   rows of zeros could overflow where no row of the batch does. */
static void tt__fast_gather(tt__fast *fast, int t, const uint32_t *places, size_t rows)
{
    const tt_ratings *r = &fast->fit->train;
    tt_matrix features = t == 0 ? r->users : r->items;
    const uint32_t *row_of = t == 0 ? r->user : r->item;
    for (size_t b = 0; b < fast->batch; b++) {
        uint32_t e = tt__example(r, places[b < rows ? b : 0]);
        tt__panel_input(&fast->towers[t], b, tt__row(features, row_of[e]), features.cols);
    }
}

/* Computes predictions, loss and dp of a batch from the vectors of both towers.  Both threads do
   so, since handing over results would cost more.  dp is 0 in rows that fill up the batch. */
static float tt__fast_loss(tt__fast *fast, float *p, float *y, float *dp, const uint32_t *places,
                           size_t rows, int parity)
{
    const tt_ratings *r = &fast->fit->train;
    size_t D = fast->towers[0].layers[fast->towers[0].depth - 1].outputs;
    const float *u = fast->towers[0].vectors[parity], *v = fast->towers[1].vectors[parity];
    memset(p, 0, fast->batch * sizeof *p);
    memset(dp, 0, fast->batch * sizeof *dp);
    for (size_t b = 0; b < fast->batch; b += TT__PANEL)
        for (size_t d = 0; d < D; d++)
            for (size_t lane = 0; lane < TT__PANEL; lane++) {
                size_t at = b * D + d * TT__PANEL + lane;
                float product = u[at] * v[at];
                p[b + lane] += product;
            }
    for (size_t b = 0; b < rows; b++) y[b] = r->target[tt__example(r, places[b])];
    tt_matrix prediction = tt_matrix_of(p, rows, 1), target = tt_matrix_of(y, rows, 1);
    tt_mse_backward(tt_matrix_of(dp, rows, 1), 1, prediction, target);
    return tt_mse(prediction, target);
}

/* Takes the steps of an epoch in one of `threads` threads.  If there are two, each has its own
   tower and its own copy of Adam's clock. */
static void tt__fast_steps(tt__fast *fast, tt_adam *adam, float *rows_of_batch, int thread,
                           int threads)
{
    tt__fit *fit = fast->fit;
    float *p = rows_of_batch, *y = p + fast->batch, *dp = y + fast->batch;
    for (size_t step = 0; step < fit->progress.batches; step++) {
        int parity = (int)(step & 1);
        const uint32_t *places;
        size_t rows = tt__batch(fit, step, &places);
        for (int t = thread; t < 2; t += threads) {
            tt__fast_gather(fast, t, places, rows);
            tt__panel_forward(&fast->towers[t], fast->towers[t].vectors[parity]);
        }
        if (threads == 2) tt__wait_for_other(fast, thread, step + 1);
        float loss = tt__fast_loss(fast, p, y, dp, places, rows, parity);
        tt__adam_rates rates = tt__adam_begin_step(adam);
        for (int t = thread; t < 2; t += threads) {
            const float *mine = fast->towers[t].vectors[parity];
            tt__panel_backward_dot(&fast->towers[t], mine, fast->towers[1 - t].vectors[parity], dp);
            tt__panel_backward(&fast->towers[t], &rates);
        }
        if (thread == 0) tt__after_batch(fit, step, loss, rows);
        if (!tt__finite(loss)) return; /* so does the other thread: its loss is the same */
    }
}

/* Runs the steps on one thread or two, each with a clock of its own. */
static void tt__fast_threads(tt__fast *fast, float *rows_of_batch)
{
    tt_adam *adam = &fast->fit->model->adam, clocks[2] = {*adam, *adam};
    int threads = tt__threads(fast->fit->run) > 1 ? 2 : 1;
    size_t share = 3 * fast->batch;
#ifdef _OPENMP
#pragma omp parallel num_threads(threads)
    {
        tt__float_mode mode = tt__standard_float_mode();
        int thread = omp_get_thread_num(), all = omp_get_num_threads();
        tt__fast_steps(fast, &clocks[thread], rows_of_batch + (size_t)thread * share, thread, all);
        tt__restore_float_mode(mode);
    }
#else
    (void)threads;
    (void)share;
    tt__fast_steps(fast, &clocks[0], rows_of_batch, 0, 1);
#endif
    tt__adam_set_clock(adam, &clocks[0]);
}

static void tt__panel_tower_of(tt__panel_tower *tower, const tt_sequential *network, size_t batch,
                               tt_engine engine)
{
    memset(tower, 0, sizeof *tower);
    tower->kernels = tt__kernels_of(engine);
    tower->network = network;
    tower->depth = network->depth;
    tower->inputs = tt__round_up(tt__inputs(network), 8);
    tower->batch = tt__round_up(batch, TT__PANEL);
}

static tt_error tt__fast_epoch(tt__fit *fit)
{
    tt_two_tower *model = fit->model;
    tt__fast fast;
    memset(&fast, 0, sizeof fast);
    fast.fit = fit;
    fast.batch = tt__round_up(fit->batch_size, TT__PANEL);
    tt__panel_tower_of(&fast.towers[0], &model->user, fast.batch, fit->options->engine);
    tt__panel_tower_of(&fast.towers[1], &model->item, fast.batch, fit->options->engine);
    size_t of_user = tt__panel_layout(&fast.towers[0], true, NULL);
    size_t of_item = tt__panel_layout(&fast.towers[1], true, NULL);
    size_t of_batch = 2 * (3 * fast.batch);
    void *owner = tt__zeroed_padded(of_user + of_item + of_batch, sizeof(float));
    if (!owner) return TT_ERROR_MEMORY;
    float *block = (float *)tt__aligned(owner);
    tt__panel_layout(&fast.towers[0], true, block);
    tt__panel_layout(&fast.towers[1], true, block + of_user);

    for (int t = 0; t < 2; t++) tt__panel_exchange(&fast.towers[t], &model->adam, TT__FROM_MODEL);
    tt__fast_threads(&fast, block + of_user + of_item);
    for (int t = 0; t < 2; t++) tt__panel_exchange(&fast.towers[t], &model->adam, TT__TO_MODEL);
    TT_FREE(owner);
    return TT_OK;
}

/* Embeds one batch of the features, from row `first` on, with a tower in panels. */
static void tt__fast_embed_block(tt__panel_tower *tower, tt_matrix vectors, tt_matrix features,
                                 size_t first)
{
    size_t left = features.rows - first, rows = left < tower->batch ? left : tower->batch;
    size_t D = tower->layers[tower->depth - 1].outputs;
    for (size_t b = 0; b < rows; b++) /* a short last block keeps rows of the block before */
        tt__panel_input(tower, b, tt__row(features, first + b), features.cols);
    tt__panel_forward(tower, tower->vectors[0]);
    for (size_t b = 0; b < rows; b++) {
        const float *column = tower->vectors[0] + b / TT__PANEL * D * TT__PANEL + b % TT__PANEL;
        for (size_t d = 0; d < vectors.cols; d++)
            tt__row(vectors, first + b)[d] = column[d * TT__PANEL];
    }
}

/* Rows are independent, so each of n threads has its own buffers and takes every n-th block. */
static tt_error tt__fast_embed(tt_matrix vectors, const tt_sequential *network, tt_matrix features,
                               int threads)
{
    enum { BATCH = 128, MOST_THREADS = 64 };
    size_t blocks = (features.rows + BATCH - 1) / BATCH;
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    if ((size_t)threads > blocks) threads = blocks ? (int)blocks : 1;
    tt__panel_tower tower;
    tt__panel_tower_of(&tower, network, BATCH, TT_ENGINE_FASTEST);
    size_t floats = tt__panel_layout(&tower, false, NULL);
    void *owner = tt__zeroed_padded(tt__bytes((size_t)threads, floats), sizeof(float));
    if (!owner) return TT_ERROR_MEMORY;
    float *memory = (float *)tt__aligned(owner);
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) firstprivate(tower)
#endif
    for (int thread = 0; thread < threads; thread++) {
        tt__float_mode mode = tt__standard_float_mode();
        tt__panel_layout(&tower, false, memory + (size_t)thread * floats);
        tt__panel_exchange(&tower, NULL, TT__FROM_MODEL);
        for (size_t block = (size_t)thread; block < blocks; block += (size_t)threads)
            tt__fast_embed_block(&tower, vectors, features, block * BATCH);
        tt__restore_float_mode(mode);
    }
    TT_FREE(owner);
    return TT_OK;
}

#else /* without vectors the readable way is the fastest */

static void tt__distances_plain(float *out, const float *queries, size_t stride, const float *panel,
                                size_t D)
{
    memset(out, 0, TT__QUERIES * TT__PANEL * sizeof *out);
    for (size_t q = 0; q < TT__QUERIES; q++)
        for (size_t d = 0; d < D; d++)
            for (size_t c = 0; c < TT__PANEL; c++) {
                float difference = queries[q * stride + d] - panel[d * TT__PANEL + c];
                float square = difference * difference;
                out[q * TT__PANEL + c] += square;
            }
}

static tt__distances *tt__fastest_distances(void)
{
    return tt__distances_plain;
}

static tt_error tt__fast_embed(tt_matrix vectors, const tt_sequential *network, tt_matrix features,
                               int threads)
{
    (void)threads;
    return tt_sequential_forward(vectors, network, features);
}

static tt_error tt__fast_epoch(tt__fit *fit)
{
    return tt__tape_epoch(fit);
}

#endif /* TT__VECTORS */

/* §15 tables from CSV -------------------------------------------------------------------------

   A record is a row of fields, separated by commas and ended by a line end (LF, CRLF or CR).  A
   field that holds a comma, a quote or a line end stands in quotes, with its own quotes doubled.
   Everything else is an error that names its place: a reader that guesses turns a damaged file into
   a wrong model.

   A record is read in two steps.  The first takes its bytes out of the file, up to the first line
   end outside quotes; the second splits these bytes into texts.  Bytes and texts stand one after
   the other in one buffer, so that the place of a mistake can be counted when it is needed. */

struct tt__csv_field {
    size_t byte; /* where the field begins in the record */
    size_t text; /* where its text begins in csv->text */
};

enum { TT__CSV_BUFFER = 65536 };

/* Fails at a byte of the current record.  Only the first error is kept: a later one could be its
   consequence. */
static tt_error tt__csv_fail(tt_csv *csv, tt_error error, size_t byte, const char *format, ...)
{
    if (csv->error) return csv->error;
    size_t line = csv->line, column = 1;
    for (size_t i = 0; i < byte; i++) {
        char c = csv->text[i];
        bool line_end = c == '\n' || (c == '\r' && (i + 1 == byte || csv->text[i + 1] != '\n'));
        line += line_end;
        column = line_end ? 1 : column + 1;
    }
    char complaint[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(complaint, sizeof complaint, format, arguments);
    va_end(arguments);
    csv->error = error;
    return tt__fail(&csv->why, error, "%s:%zu:%zu: %s", csv->path, line, column, complaint);
}

/* Returns the next byte without taking it, or EOF at the end of the file and after an error.  Makes
   room for the record to take all bytes of the buffer, and as much room again for its texts. */
static int tt__csv_peek(tt_csv *csv)
{
    if (csv->begin == csv->end) {
        csv->begin = 0;
        csv->end = csv->error ? 0 : fread(csv->buffer, 1, TT__CSV_BUFFER, (FILE *)csv->file);
        if (csv->end == 0 && ferror((FILE *)csv->file))
            tt__csv_fail(csv, TT_ERROR_READ, csv->length, "reading failed");
    }
    while (csv->capacity < 2 * (csv->length + csv->end + 1) && !csv->error)
        if (!tt__grow((void **)&csv->text, &csv->capacity, csv->capacity, 1))
            tt__csv_fail(csv, TT_ERROR_MEMORY, csv->length, "out of memory");
    return csv->end && !csv->error ? csv->buffer[csv->begin] : EOF;
}

/* Takes the bytes of a record, without its line end.  Empty lines are skipped. */
static void tt__csv_take_record(tt_csv *csv)
{
    bool quoted = false;
    csv->length = 0;
    csv->line = csv->next_line;
    while (tt__csv_peek(csv) != EOF) {
        const unsigned char *s = csv->buffer + csv->begin, *end = csv->buffer + csv->end;
        char *text = csv->text + csv->length;
        while (s != end && *s > '"') *text++ = (char)*s++; /* neither a quote nor a line end */
        csv->length = (size_t)(text - csv->text);
        csv->begin = (size_t)(s - csv->buffer);
        if (s == end) continue;
        int c = csv->buffer[csv->begin++];
        bool line_end = c == '\n' || (c == '\r' && tt__csv_peek(csv) != '\n');
        csv->next_line += line_end;
        if (line_end && !quoted && csv->length) return;
        if (line_end && !quoted) csv->line = csv->next_line;
        if (c == '"') quoted = !quoted;
        if (quoted || (c != '\n' && c != '\r')) csv->text[csv->length++] = (char)c;
    }
}

/* Finds the first byte of a text that does not begin a UTF-8 character (RFC 3629), or the NUL at
   its end.  A character must have its shortest form and must not be a surrogate (D800 to DFFF). */
static const char *tt__utf8_end(const char *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)text;
    for (;;) {
        while (*s && *s < 0x80) s++;
        size_t length = *s < 0xC0 ? 0 : *s < 0xE0 ? 2 : *s < 0xF0 ? 3 : *s < 0xF8 ? 4 : 0, i = 1;
        uint32_t code = *s & (0x7Fu >> length);
        for (; i < length && (s[i] & 0xC0) == 0x80; i++) code = code << 6 | (s[i] & 0x3Fu);
        if (i != length || code < least[length] || code >> 11 == 0xD800 >> 11 || code > 0x10FFFF)
            return (const char *)s;
        s += length;
    }
}

/* Copies the inside of a quoted field, from its opening quote on.  Returns the end of the field:
   its closing quote, or the end of the record if that quote is missing. */
static const char *tt__csv_unquote(char **text, const char *s)
{
    for (s++; *s && (*s != '"' || s[1] == '"'); s++) {
        if (*s == '"' || (*s == '\r' && s[1] == '\n')) s++;
        *(*text)++ = (char)(*s == '\r' ? '\n' : *s);
    }
    return s;
}

/* Splits the record into texts, which follow it in csv->text; returns how many there are. */
static size_t tt__csv_split(tt_csv *csv)
{
    const char *record = csv->text, *s = record;
    char *text = csv->text + csv->length + 1;
    for (size_t n = 0;; n++, s++) {
        if (!tt__grow((void **)&csv->fields, &csv->field_capacity, n, sizeof *csv->fields))
            tt__csv_fail(csv, TT_ERROR_MEMORY, 0, "out of memory");
        if (csv->error) return n;
        tt__csv_field field = {(size_t)(s - record), (size_t)(text - record)};
        csv->fields[n] = field;
        bool quoted = *s == '"';
        if (quoted) s = tt__csv_unquote(&text, s);
        if (quoted && *s == 0)
            tt__csv_fail(csv, TT_ERROR_FORMAT, field.byte,
                         "this quote is never closed: expected another");
        if (quoted) s++;
        while (!quoted && *s && *s != ',' && *s != '"') *text++ = *s++;
        *text++ = 0;
        if (csv->error || *s == 0) return n + 1;
        if (*s == ',') continue;
        tt__csv_fail(csv, TT_ERROR_FORMAT, (size_t)(s - record),
                     "%s: expected the whole field in "
                     "quotes, and its own quotes doubled",
                     quoted ? "text after a closing quote" : "a quote inside a field");
        return n + 1;
    }
}

/* Reads a record; returns how many fields it has, or 0 at the end of the file. */
static size_t tt__csv_record(tt_csv *csv)
{
    tt__csv_take_record(csv);
    if (csv->length == 0 || csv->error) return 0;
    csv->text[csv->length] = 0;
    size_t bad = (size_t)(tt__utf8_end(csv->text) - csv->text);
    if (bad < csv->length)
        tt__csv_fail(csv, TT_ERROR_FORMAT, bad, "byte 0x%02X: expected UTF-8 text",
                     (unsigned char)csv->text[bad]);
    return csv->error ? 0 : tt__csv_split(csv);
}

/* Names the columns.  The names stay in the header's text; the records get another buffer. */
static void tt__csv_keep_header(tt_csv *csv)
{
    csv->header = TT__NEW(const char *, csv->columns);
    if (!csv->header) tt__csv_fail(csv, TT_ERROR_MEMORY, 0, "out of memory");
    for (size_t c = 0; c < csv->columns && !csv->error; c++)
        csv->header[c] = csv->text + csv->fields[c].text;
    if (csv->columns == 1 && !csv->error && strchr(csv->header[0], ';'))
        tt__csv_fail(csv, TT_ERROR_FORMAT, 0, "columns separated by semicolons: expected commas");
    csv->header_text = csv->text;
    csv->header_line = csv->line;
    csv->text = NULL;
    csv->length = csv->capacity = 0;
}

TT_API tt_error tt_csv_open(tt_csv *csv, const char *path)
{
    TT__NOT_NULL(csv), TT__NOT_NULL(path);
    memset(csv, 0, sizeof *csv);
    csv->path = path;
    csv->next_line = csv->line = 1;
    csv->buffer = TT__NEW(unsigned char, TT__CSV_BUFFER);
    if (!csv->buffer) return tt__csv_fail(csv, TT_ERROR_MEMORY, 0, "out of memory");
    csv->file = fopen(path, "rb");
    csv->error = csv->file ? TT_OK : TT_ERROR_OPEN;
    if (csv->error) return tt__fail(&csv->why, csv->error, "%s: the file can't be opened", path);
    tt__csv_peek(csv); /* a byte order mark may come first */
    if (csv->end >= 3 && memcmp(csv->buffer, "\xEF\xBB\xBF", 3) == 0) csv->begin = 3;
    csv->columns = tt__csv_record(csv);
    if (csv->columns == 0)
        tt__csv_fail(csv, TT_ERROR_FORMAT, 0, "the file is empty: expected a header line");
    if (!csv->error) tt__csv_keep_header(csv);
    return csv->error;
}

TT_API void tt_csv_close(tt_csv *csv)
{
    if (!csv) return;
    if (csv->file) fclose((FILE *)csv->file);
    TT_FREE(csv->buffer);
    TT_FREE(csv->text);
    TT_FREE(csv->fields);
    TT_FREE(csv->header_text);
    TT_FREE(csv->header);
    memset(&csv->path, 0, sizeof *csv - offsetof(tt_csv, path)); /* keeps error and why */
}

/* How many bytes of a UTF-8 text, at most n, can be shown without cutting a character in two. */
static int tt__shown(const char *text, size_t n)
{
    if (strlen(text) <= n) return (int)strlen(text);
    while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80) n--;
    return (int)n;
}

TT_API tt_error tt_csv_find(size_t *column, tt_csv *csv, const char *name)
{
    TT__NOT_NULL(column), TT__NOT_NULL(csv), TT__NOT_NULL(name);
    TT__REQUIRE(csv->header || csv->error, "the file is not open");
    if (csv->error) return csv->error;
    for (size_t c = 0; c < csv->columns; c++)
        if (strcmp(csv->header[c], name) == 0) {
            *column = c;
            return TT_OK;
        }
    csv->line = csv->header_line;
    return tt__csv_fail(csv, TT_ERROR_FORMAT, 0, "no column \"%.*s\": the header is %.*s",
                        tt__shown(name, 60), name, tt__shown(csv->header_text, 300),
                        csv->header_text);
}

TT_API tt_error tt_csv_next(tt_csv *csv)
{
    TT__NOT_NULL(csv);
    TT__REQUIRE(csv->header || csv->error, "the file is not open");
    if (csv->error) return csv->error;
    size_t fields = tt__csv_record(csv);
    if (csv->error) return csv->error;
    if (fields == 0) {
        csv->error = TT_ERROR_END;
        return tt__fail(&csv->why, csv->error, "%s: %zu records, no more", csv->path, csv->records);
    }
    if (fields != csv->columns)
        return tt__csv_fail(csv, TT_ERROR_FORMAT, 0, "%zu field%s: expected %zu, as in the header",
                            fields, fields == 1 ? "" : "s", csv->columns);
    csv->records++;
    return TT_OK;
}

TT_API const char *tt_csv_text(const tt_csv *csv, size_t column)
{
    TT__NOT_NULL(csv);
    if (csv->error) return ""; /* the error has been reported already */
    TT__REQUIRE(csv->records && column < csv->columns, "column %zu of %zu, record %zu", column,
                csv->columns, csv->records);
    return csv->text + csv->fields[column].text;
}

TT_API tt_error tt_csv_complain(tt_csv *csv, size_t column, const char *complaint)
{
    TT__NOT_NULL(complaint);
    const char *text = tt_csv_text(csv, column);
    if (csv->error) return csv->error;
    const char *name = csv->header[column];
    return tt__csv_fail(csv, TT_ERROR_VALUE, csv->fields[column].byte, "%.*s \"%.*s\": %s",
                        tt__shown(name, 60), name, tt__shown(text, 60), text, complaint);
}

/* Numbers.  C's strtod alone will not do: it follows the locale (in a German one it reads 3.5 as
   3), and it accepts hexadecimal, inf and nan.  So the form is checked here.  Nearly all numbers in
   files have at most 15 digits and a small power of ten; both are exact as doubles, so that one
   division or multiplication rounds correctly (Clinger, PLDI 1990).  The others go to strtod after
   all, with the decimal point that the locale expects. */

enum { TT__MOST_CHARACTERS = 511 }; /* in a number */

typedef struct tt__decimal {
    const char *begin, *end;   /* without the blanks around it */
    uint64_t digits;           /* the first 19 significant ones */
    int significant;           /* how many there are */
    long exponent;             /* value = digits * 10^exponent, if significant <= 19 */
    bool negative, is_integer; /* an integer has neither a point nor an exponent */
} tt__decimal;

/* Reads digits and returns their end. */
static const char *tt__parse_digits(tt__decimal *d, const char *s)
{
    uint64_t digits = d->digits;
    int significant = d->significant;
    for (; isdigit((unsigned char)*s); s++) {
        if (significant == 0 && *s == '0') continue;
        if (significant < 19) digits = digits * 10 + (uint64_t)(*s - '0');
        significant++;
    }
    d->digits = digits;
    d->significant = significant;
    return s;
}

/* Reads [blanks] [sign] digits [. digits] [e [sign] digits] [blanks].  Returns false if the text
   does not have this form or is too long. */
static bool tt__parse_decimal(tt__decimal *d, const char *s)
{
    memset(d, 0, sizeof *d);
    while (*s == ' ' || *s == '\t') s++;
    d->begin = s;
    d->negative = *s == '-';
    if (*s == '+' || *s == '-') s++;
    if (!isdigit((unsigned char)*s) && !(*s == '.' && isdigit((unsigned char)s[1]))) return false;
    s = tt__parse_digits(d, s);
    d->is_integer = *s != '.' && *s != 'e' && *s != 'E';
    if (*s == '.') {
        const char *fraction = s + 1;
        s = tt__parse_digits(d, fraction);
        d->exponent = (long)(fraction - s);
        if (s == fraction) return false;
    }
    if (*s == 'e' || *s == 'E') {
        s += s[1] == '+' || s[1] == '-' ? 2 : 1;
        if (!isdigit((unsigned char)*s)) return false;
        char *end;
        long exponent = strtol(s, &end, 10), most = 1000000; /* no digits can offset this */
        if (exponent > most) exponent = most;
        d->exponent += s[-1] == '-' ? -exponent : exponent;
        s = end;
    }
    d->end = s;
    while (*s == ' ' || *s == '\t') s++;
    return *s == 0 && d->end - d->begin <= TT__MOST_CHARACTERS;
}

/* Calls strtod for the number, with the decimal point that the locale expects. */
static double tt__strtod(const tt__decimal *d)
{
    char text[TT__MOST_CHARACTERS + 32];
    const char *point = (const char *)memchr(d->begin, '.', (size_t)(d->end - d->begin));
    const char *whole_end = point ? point : d->end, *rest = point ? point + 1 : d->end;
    snprintf(text, sizeof text, "%.*s%s%.*s", (int)(whole_end - d->begin), d->begin,
             point ? localeconv()->decimal_point : "", (int)(d->end - rest), rest);
    return strtod(text, NULL);
}

TT_API bool tt_parse_number(double *value, const char *text)
{
    TT__NOT_NULL(value), TT__NOT_NULL(text);
    static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                           1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    tt__decimal d;
    if (!tt__parse_decimal(&d, text)) return false;
    double number = d.negative ? -(double)d.digits : (double)d.digits;
    if (d.significant > 15 || d.exponent < -22 || d.exponent > 22)
        number = tt__strtod(&d);
    else if (d.exponent < 0)
        number /= powers_of_ten[-d.exponent];
    else
        number *= powers_of_ten[d.exponent];
    if (tt__finite(number)) *value = number;
    return tt__finite(number);
}

TT_API tt_error tt_csv_number(double *value, tt_csv *csv, size_t column)
{
    TT__NOT_NULL(value);
    const char *text = tt_csv_text(csv, column);
    if (csv->error || tt_parse_number(value, text)) return csv->error;
    return tt_csv_complain(csv, column, "expected a finite number like 3.5");
}

TT_API tt_error tt_csv_integer(int64_t *value, tt_csv *csv, size_t column, int64_t low,
                               int64_t high)
{
    TT__NOT_NULL(value);
    const char *text = tt_csv_text(csv, column);
    tt__decimal d;
    bool fits = tt__parse_decimal(&d, text) && d.is_integer && d.significant <= 19 &&
                d.digits <= (uint64_t)INT64_MAX + d.negative;
    int64_t number = fits ? (int64_t)(d.negative ? 0 - d.digits : d.digits) : 0;
    if (fits && number >= low && number <= high) {
        *value = number;
        return csv->error;
    }
    char complaint[96];
    snprintf(complaint, sizeof complaint, "expected a whole number from %lld to %lld",
             (long long)low, (long long)high);
    return tt_csv_complain(csv, column, complaint);
}

/* §16 model files -----------------------------------------------------------------------------

   Part I describes the file.  Each model has exactly one header, and both the writer and the reader
   make it.  The reader looks up the widths of the layers in the file's header, makes an empty model
   of these widths and its header, and compares the two headers byte for byte.  So the reader needs
   no JSON parser, and it checks every byte of a header. */

TT_API uint32_t tt_crc32(uint32_t crc, const void *bytes, size_t count)
{
    static const uint32_t nibble[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                        0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                        0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    const unsigned char *b = (const unsigned char *)bytes;
    crc = ~crc;
    for (size_t i = 0; i < count; i++) {
        crc = nibble[(crc ^ b[i]) & 15] ^ crc >> 4;
        crc = nibble[(crc ^ b[i] >> 4) & 15] ^ crc >> 4;
    }
    return ~crc;
}

/* Copies count numbers of size bytes each into the file's byte order, or back.  On a machine that
   stores the high byte first, both directions reverse the bytes of each number. */
static void tt__little_endian(void *out, const void *in, size_t count, size_t size)
{
    const uint16_t one = 1;
    bool turn = *(const unsigned char *)&one == 0;
    if (!turn) memcpy(out, in, count * size);
    for (size_t i = 0; turn && i < count * size; i++)
        ((unsigned char *)out)[i] = ((const unsigned char *)in)[i + size - 1 - 2 * (i % size)];
}

/* A file that is read as a whole, or written.  Only its first error is kept. */
typedef struct tt__file {
    const char *path;
    tt_run *run; /* for the message */
    tt_error error;
    unsigned char *bytes; /* reading: the whole file, and a NUL */
    size_t size, capacity;
    FILE *file;      /* writing */
    char *temporary; /* path.part; or path itself for a device or pipe, which is not renamed */
    bool in_place;
    uint32_t crc; /* of the bytes written so far */
} tt__file;

static tt__file tt__file_of(const char *path, tt_run *run)
{
    tt__file f = {path, run, TT_OK, NULL, 0, 0, NULL, NULL, false, 0};
    return f;
}

static void tt__refuse(tt__file *f, tt_error error, const char *format, ...)
{
    if (f->error) return;
    char complaint[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(complaint, sizeof complaint, format, arguments);
    va_end(arguments);
    f->error = tt__fail(tt__why(f->run), error, "%s: %s", f->path, complaint);
}

/* Reads the whole file into a buffer that grows, since a pipe does not tell its size.  If the bytes
   at `place` differ from `start`, the rest is not read. */
static void tt__read_file(tt__file *f, const char *start, size_t place)
{
    size_t length = strlen(start), got = 1;
    FILE *file = fopen(f->path, "rb");
    if (!file) tt__refuse(f, TT_ERROR_OPEN, "the file can't be opened");
    while (got && !f->error) {
        if (!tt__grow((void **)&f->bytes, &f->capacity, f->size + 1, 1)) {
            tt__refuse(f, TT_ERROR_MEMORY, "out of memory");
            break;
        }
        got = fread(f->bytes + f->size, 1, f->capacity - f->size - 1, file);
        f->size += got;
        f->bytes[f->size] = 0;
        if (f->size >= place + length && memcmp(f->bytes + place, start, length) != 0) break;
    }
    if (file && ferror(file)) tt__refuse(f, TT_ERROR_READ, "byte %zu: reading failed", f->size);
    if (file) fclose(file);
}

/* A file is written under a temporary name, and renamed when it is complete; a device, such as
   /dev/stdout, is written to directly. */
static void tt__open_to_write(tt__file *f)
{
    size_t size = strlen(f->path) + sizeof ".part";
    f->in_place = strncmp(f->path, "/dev/", 5) == 0;
    f->temporary = TT__NEW(char, size);
    if (!f->temporary) tt__refuse(f, TT_ERROR_MEMORY, "out of memory");
    if (f->error) return;
    snprintf(f->temporary, size, "%s%s", f->path, f->in_place ? "" : ".part");
    f->file = fopen(f->temporary, "wb");
    if (!f->file) tt__refuse(f, TT_ERROR_OPEN, "%s can't be opened for writing", f->temporary);
}

/* Writes count numbers of size bytes each, a buffer at a time. */
static void tt__put(tt__file *f, const void *numbers, size_t count, size_t size)
{
    unsigned char buffer[4096];
    size_t most = sizeof buffer / size;
    for (size_t first = 0; first < count && !f->error; first += most) {
        size_t n = count - first < most ? count - first : most;
        tt__little_endian(buffer, (const char *)numbers + first * size, n, size);
        f->crc = tt_crc32(f->crc, buffer, n * size);
        if (fwrite(buffer, size, n, f->file) != n)
            tt__refuse(f, TT_ERROR_WRITE, "writing failed (is the disk full?)");
    }
}

static void tt__close_written(tt__file *f)
{
    bool opened = f->file != NULL, old_is_gone = false;
    if (opened && fclose(f->file) != 0) /* writing the last bytes may fail here */
        tt__refuse(f, TT_ERROR_WRITE, "writing failed (is the disk full?)");
#ifdef _WIN32
    if (!f->error) old_is_gone = remove(f->path) == 0; /* rename can't replace a file there */
#endif
    if (!f->error && !f->in_place && rename(f->temporary, f->path) != 0)
        tt__refuse(f, TT_ERROR_WRITE, "%s can't be renamed to it", f->temporary);
    if (f->error && opened && !f->in_place && !old_is_gone) remove(f->temporary);
    TT_FREE(f->temporary);
}

/* One tensor of the list by which a model is both saved and loaded. */
typedef struct tt__tensor {
    char name[32];
    const char *dtype; /* "F64", "U64", "F32", "U32" or "U8" */
    size_t size;       /* bytes per number: 8, 4 or 1 */
    size_t rows, cols; /* cols is 0 for one dimension */
    size_t count;      /* how many numbers */
    void *data;
} tt__tensor;

/* Two towers have at most TT_MAX_LAYERS layers each.  A layer has weights and a bias, each with two
   moments.  Two dozen other tensors are enough for the rest. */
enum { TT__MAX_TENSORS = 2 * TT_MAX_LAYERS * 2 * 3 + 24 };

typedef struct tt__tensors {
    tt__tensor list[TT__MAX_TENSORS];
    size_t count;
    char header[TT__MAX_TENSORS * 160]; /* after its length; a tensor takes at most 140 bytes */
    size_t length;                      /* how many bytes of header are used */
} tt__tensors;

static void tt__list(tt__tensors *all, const char *dtype, void *data, size_t rows, size_t cols,
                     const char *format, ...)
{
    tt__tensor *t = &all->list[all->count++];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(t->name, sizeof t->name, format, arguments);
    va_end(arguments);
    t->dtype = dtype;
    t->size = dtype[1] == '6' ? 8 : dtype[1] == '3' ? 4 : 1;
    t->rows = rows;
    t->cols = cols;
    t->count = cols ? rows * cols : rows;
    t->data = data;
}

/* Lists the weights and biases of a tower, each with its two moments. */
static void tt__list_tower(tt__tensors *all, const tt_adam *adam, const tt_sequential *tower,
                           const char *name)
{
    for (size_t p = 0; p < 2 * tower->depth; p++) {
        const char *what = p % 2 ? "bias" : "weights";
        tt_matrix x = p % 2 ? tower->layers[p / 2].bias : tower->layers[p / 2].weights;
        const tt__moments *moments = tt__adam_moments(adam, x);
        size_t rows = p % 2 ? x.cols : x.rows, cols = p % 2 ? 0 : x.cols;
        tt__list(all, "F32", x.data, rows, cols, "%s.%zu.%s", name, p / 2, what);
        tt__list(all, "F32", moments->m.data, rows, cols, "%s.%zu.%s.m", name, p / 2, what);
        tt__list(all, "F32", moments->v.data, rows, cols, "%s.%zu.%s.v", name, p / 2, what);
    }
}

static void tt__list_scaler(tt__tensors *all, const tt_standard_scaler *scaler, const char *tower)
{
    if (!scaler->columns) return;
    tt__list(all, "F64", scaler->mean, scaler->columns, 0, "%s.scaler.mean", tower);
    tt__list(all, "F64", scaler->scale, scaler->columns, 0, "%s.scaler.scale", tower);
}

/* Lists the names of a tower's n features.  tt__copy_names has put them behind the pointers to
   them, each ended by a NUL. */
static void tt__list_names(tt__tensors *all, char **names, size_t n, const char *tower)
{
    if (!names) return;
    size_t length = 0;
    for (size_t i = 0; i < n; length += strlen(names[i++]) + 1)
        TT__REQUIRE_IN("tt_save", names[i] == (char *)(names + n) + length,
                       "the name of %s feature %zu is another text than the model's", tower, i);
    tt__list(all, "U8", names + n, length, 0, "%s.features", tower);
}

enum { TT__HEADER = 8 }; /* where the header begins, after its length */
static const char tt__format[] = "{\"__metadata__\":{\"format\":\"twotower ";

/* Writes the header of the tensors in the list. */
static void tt__write_header(tt__tensors *all)
{
    tt__text out = {all->header, sizeof all->header, TT__HEADER};
    tt__write(&out, "%s2\"}", tt__format);
    for (size_t i = 0, begin = 0, end; i < all->count; i++, begin = end) {
        const tt__tensor *t = &all->list[i];
        end = begin + t->count * t->size;
        tt__write(&out, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[%zu", t->name, t->dtype, t->rows);
        if (t->cols) tt__write(&out, ",%zu", t->cols);
        tt__write(&out, "],\"data_offsets\":[%zu,%zu]}", begin, end);
    }
    tt__write(&out, "}");
    while (out.length % 8) tt__write(&out, " ");
    uint64_t length = out.length - TT__HEADER;
    tt__little_endian(all->header, &length, 1, sizeof length);
    all->length = out.length;
}

/* Lists everything that a file holds of a model, in the file's order, and writes the header. */
static void tt__list_tensors(tt__tensors *all, tt_two_tower *model)
{
    tt_adam *adam = &model->adam;
    tt_minmax_scaler *target = &model->target_scaler;
    all->count = 0;
    tt__list(all, "F64", &adam->options.learning_rate, 1, 0, "adam.learning_rate");
    tt__list(all, "F64", &adam->options.beta1, 1, 0, "adam.beta1");
    tt__list(all, "F64", &adam->options.beta2, 1, 0, "adam.beta2");
    tt__list(all, "F64", &adam->options.epsilon, 1, 0, "adam.epsilon");
    tt__list(all, "F64", &adam->beta1_power, 1, 0, "adam.beta1_power");
    tt__list(all, "F64", &adam->beta2_power, 1, 0, "adam.beta2_power");
    tt__list(all, "U64", &adam->steps, 1, 0, "adam.steps");
    tt__list(all, "U64", &model->epochs, 1, 0, "epochs");
    tt__list_scaler(all, &model->user_scaler, "user");
    tt__list_scaler(all, &model->item_scaler, "item");
    if (target->columns) {
        tt__list(all, "F64", target->min, 1, 0, "target.scaler.min");
        tt__list(all, "F64", target->max, 1, 0, "target.scaler.max");
        tt__list(all, "F64", &target->low, 1, 0, "target.scaler.low");
        tt__list(all, "F64", &target->high, 1, 0, "target.scaler.high");
    }
    tt__list_tower(all, adam, &model->user, "user");
    tt__list_tower(all, adam, &model->item, "item");
    tt__list(all, "U32", &model->seed, 1, 0, "seed");
    tt__list(all, "U32", model->random.state, 624, 0, "random.state");
    tt__list(all, "U32", &model->random.position, 1, 0, "random.position");
    tt__list_names(all, model->user_feature_names, tt__inputs(&model->user), "user");
    tt__list_names(all, model->item_feature_names, tt__inputs(&model->item), "item");
    tt__list(all, "U8", NULL, 4, 0, "crc32");
    tt__write_header(all);
    all->count--; /* the header names the checksum, which is not part of the model */
}

/* The limits of floats: the first row applies whose name occurs in the tensor's name.  Training
   rounds Adam's learning rate and epsilon to float; as floats they must still be positive.  (The
   least positive double is 5e-324, the least positive float 1.4e-45.) */
static const struct {
    const char *name, *expected;
    double least, most;
} tt__limits[] = {
    {".v", "at least 0", 0, DBL_MAX},
    {"_power", "from 0 to 1", 0, 1},
    {".beta", "between 0 and 1", 5e-324, 1 - DBL_EPSILON / 2},
    {".scaler.scale", "more than 0", 5e-324, DBL_MAX},
    {"adam.", "more than 0, also as a float", 1.401298464324817e-45, DBL_MAX},
    {"", "a finite number", -DBL_MAX, DBL_MAX},
};

static void tt__validate_tensor(tt__file *f, const tt__tensor *t)
{
    size_t l = 0;
    while (!strstr(t->name, tt__limits[l].name)) l++;
    for (size_t i = 0; t->dtype[0] == 'F' && i < t->count; i++) {
        double x = t->size == 4 ? (double)((float *)t->data)[i] : ((double *)t->data)[i];
        if (!(x >= tt__limits[l].least && x <= tt__limits[l].most))
            tt__refuse(f, TT_ERROR_VALUE, "%s[%zu] is %g: expected %s", t->name, i, x,
                       tt__finite(x) ? tt__limits[l].expected : "a finite number");
    }
    const char *text = (const char *)t->data, *bad;
    for (size_t i = 0; t->size == 1 && i < t->count; i += strlen(text + i) + 1)
        if (*(bad = tt__utf8_end(text + i)) != 0)
            tt__refuse(f, TT_ERROR_VALUE, "%s[%zu] is byte 0x%02X: expected UTF-8 text", t->name,
                       (size_t)(bad - text), (unsigned char)*bad);
}

/* Checks all numbers and names, so that an impossible model is neither saved nor loaded. */
static void tt__validate_contents(tt__file *f, const tt_two_tower *model, const tt__tensors *all)
{
    for (size_t i = 0; i < all->count; i++) tt__validate_tensor(f, &all->list[i]);
    const tt_minmax_scaler *t = &model->target_scaler;
    if (t->columns && (t->min[0] > t->max[0] || t->low >= t->high))
        tt__refuse(f, TT_ERROR_VALUE,
                   "target.scaler is from %g..%g to %g..%g: expected the lower first", t->min[0],
                   t->max[0], t->low, t->high);
}

/* A file has no place for activations: they must be those of tt_sequential_new. */
static void tt__require_form(const char *function, const tt_sequential *tower)
{
    TT__REQUIRE_IN(function, tower->normalize, "a tower without normalisation");
    for (size_t l = 0; l < tower->depth; l++)
        TT__REQUIRE_IN(function, (tower->layers[l].activation == TT_RELU) == (l + 1 < tower->depth),
                       "layer %zu of %zu has activation %d", l + 1, tower->depth,
                       (int)tower->layers[l].activation);
}

TT_API tt_error tt_save(const tt_two_tower *model, const char *path, tt_run *run)
{
    TT__NOT_NULL(model), TT__NOT_NULL(path);
    tt__require_model(__func__, model);
    tt__require_form(__func__, &model->user);
    tt__require_form(__func__, &model->item);
    tt__file f = tt__file_of(path, run);
    tt_two_tower copy = *model; /* not const, as tt_load writes through the same list */
    tt__tensors all;
    tt__list_tensors(&all, &copy);
    tt__validate_contents(&f, model, &all);
    if (f.error) return f.error;
    tt__open_to_write(&f);
    tt__put(&f, all.header, all.length, 1);
    for (size_t i = 0; i < all.count; i++)
        tt__put(&f, all.list[i].data, all.list[i].count, all.list[i].size);
    uint32_t crc = f.crc;
    tt__put(&f, &crc, 1, sizeof crc);
    tt__close_written(&f);
    return f.error;
}

/* Checks that the file holds a model, and has not changed since it was written. */
static void tt__validate_file(tt__file *f)
{
    const size_t length = strlen(tt__format), version = TT__HEADER + length;
    bool model = f->size > version + 4 && !memcmp(f->bytes + TT__HEADER, tt__format, length);
    if (!model || f->bytes[version] != '2') {
        tt__refuse(f, TT_ERROR_FORMAT, "byte %d: %s: expected %s2\"}", TT__HEADER,
                   model ? "another version of twotower.h has made it; train the model again"
                         : "not a model",
                   tt__format);
        return;
    }
    uint32_t expected, found = tt_crc32(0, f->bytes, f->size - 4);
    tt__little_endian(&expected, f->bytes + f->size - 4, 1, sizeof expected);
    if (found != expected)
        tt__refuse(f, TT_ERROR_FORMAT, "the file is damaged: its checksum is %08lx, expected %08lx",
                   (unsigned long)found, (unsigned long)expected);
}

/* Reads the two numbers after a bracket: [16,512], or (16, 512).  A missing second number is 0. */
static void tt__read_pair(size_t pair[2], const char *bracket)
{
    char *end;
    pair[0] = (size_t)strtoull(bracket + 1, &end, 10);
    pair[1] = *end == ',' ? (size_t)strtoull(end + 1, NULL, 10) : 0;
}

/* Looks up a tensor's shape in the header; returns false if the header lacks the tensor. */
static bool tt__find_shape(size_t shape[2], const tt__file *f, const char *tower, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "\"%s.%s\":{", tower, name);
    const char *found = strstr((const char *)f->bytes + TT__HEADER, key);
    if (found) found = strchr(found, '[');
    if (found) tt__read_pair(shape, found);
    return found != NULL;
}

/* Makes a tower as wide and deep as the header says.  A weight with its moments takes 12 bytes of
   the file; so a layer that would need more memory than the file has bytes ends the tower. */
static void tt__empty_tower(tt__file *f, tt_sequential *tower, const char *name, tt_random *random)
{
    size_t widths[TT_MAX_LAYERS + 2], depth = 0, most = 1u << 20;
    for (; depth < TT_MAX_LAYERS; depth++) {
        char layer[32];
        size_t shape[2];
        snprintf(layer, sizeof layer, "%zu.weights", depth);
        if (!tt__find_shape(shape, f, name, layer) || !shape[0] || !shape[1] || shape[0] > most ||
            shape[1] > most || shape[1] > f->size / 12 / shape[0])
            break;
        widths[depth] = shape[0];
        widths[depth + 1] = shape[1];
    }
    if (depth == 0)
        tt__refuse(f, TT_ERROR_FORMAT,
                   "the header lacks %s.0.weights: expected a matrix that fits into the file",
                   name);
    else if (tt_sequential_new(tower, widths, depth, true, random))
        tt__refuse(f, TT_ERROR_MEMORY, "out of memory");
}

/* Reads a tower's n feature names, if the file has any, and moves *end back to where they begin. */
static char **tt__read_names(tt__file *f, const char *tower, size_t n, size_t *end)
{
    size_t length[2], used = 0, i = 0;
    if (f->error || !tt__find_shape(length, f, tower, "features")) return NULL;
    if (length[0] > *end) length[0] = 0;
    char **names = (char **)tt__zeroed(n * sizeof(char *) + length[0] + 1, 1);
    if (!names) tt__refuse(f, TT_ERROR_MEMORY, "out of memory");
    if (!names) return NULL;
    *end -= length[0];
    char *text = (char *)memcpy(names + n, f->bytes + *end, length[0]);
    for (; i < n && used < length[0]; used += strlen(names[i++]) + 1) names[i] = text + used;
    if (i < n || used != length[0])
        tt__refuse(f, TT_ERROR_FORMAT,
                   "%s.features: expected %zu names, each with a zero byte at its end", tower, n);
    return names;
}

/* Makes a model of the file's shape.  Its numbers are still to be read. */
static void tt__empty_model(tt__file *f, tt_two_tower *model)
{
    size_t shape[2], end = f->size - 4;
    tt_error error = tt__machine_is_ieee() ? TT_OK : TT_ERROR_ARITHMETIC;
    if (error) tt__refuse(f, error, "%s", tt_error_text(error));
    tt_random_seed(&model->random, 0);
    if (!f->error) tt__empty_tower(f, &model->user, "user", &model->random);
    if (!f->error) tt__empty_tower(f, &model->item, "item", &model->random);
    if (!f->error && tt__outputs(&model->user) != tt__outputs(&model->item))
        tt__refuse(f, TT_ERROR_FORMAT, "the towers have %zu and %zu outputs: expected as many",
                   tt__outputs(&model->user), tt__outputs(&model->item));
    if (f->error) return;
    size_t users = tt__inputs(&model->user), items = tt__inputs(&model->item);
    error = tt__learner_moments(tt__learner_of(model));
    if (!error && tt__find_shape(shape, f, "user", "scaler.mean"))
        error = tt__standard_new(&model->user_scaler, users);
    if (!error && tt__find_shape(shape, f, "item", "scaler.mean"))
        error = tt__standard_new(&model->item_scaler, items);
    if (!error && tt__find_shape(shape, f, "target", "scaler.min"))
        error = tt__minmax_new(&model->target_scaler, 1);
    if (error) tt__refuse(f, error, "%s", tt_error_text(error));
    model->item_feature_names = tt__read_names(f, "item", items, &end);
    model->user_feature_names = tt__read_names(f, "user", users, &end);
}

/* Compares the file's header with the model's, and fills the model from the file. */
static void tt__fill_model(tt__file *f, tt_two_tower *model)
{
    tt__tensors all;
    tt__list_tensors(&all, model);
    size_t same = TT__HEADER, size = all.length + 4;
    while (same < all.length && same < f->size && (char)f->bytes[same] == all.header[same]) same++;
    if (same < all.length)
        tt__refuse(f, TT_ERROR_FORMAT, "byte %zu: expected %.40s", same, all.header + same);
    if (memcmp(f->bytes, all.header, TT__HEADER) != 0)
        tt__refuse(f, TT_ERROR_FORMAT, "byte 0: expected %zu, the length of the header",
                   all.length - TT__HEADER);
    for (size_t i = 0; i < all.count; i++) size += all.list[i].count * all.list[i].size;
    if (f->size != size) tt__refuse(f, TT_ERROR_FORMAT, "%zu bytes: expected %zu", f->size, size);
    const unsigned char *next = f->bytes + all.length;
    for (size_t i = 0; i < all.count && !f->error; i++) {
        const tt__tensor *t = &all.list[i];
        tt__little_endian(t->data, next, t->count, t->size);
        next += t->count * t->size;
    }
    if (!f->error) tt__validate_contents(f, model, &all);
}

TT_API tt_error tt_load(tt_two_tower *model, const char *path, tt_run *run)
{
    TT__NOT_NULL(model), TT__NOT_NULL(path);
    tt__file f = tt__file_of(path, run);
    tt_two_tower made;
    memset(&made, 0, sizeof made);
    tt__read_file(&f, tt__format, TT__HEADER);
    if (!f.error) tt__validate_file(&f);
    if (!f.error) tt__empty_model(&f, &made);
    if (!f.error) tt__fill_model(&f, &made);
    TT_FREE(f.bytes);
    if (f.error)
        tt_two_tower_free(&made);
    else
        *model = made;
    return f.error;
}

/* §17 NumPy's .npy files ----------------------------------------------------------------------

   A .npy file (numpy.lib.format, version 1.0) consists of a header and the numbers:

       \x93NUMPY 1 0 <two bytes: length of what follows up to the line end>
       {'descr': '<f4', 'fortran_order': False, 'shape': (9664, 32), }        \n

   Blanks fill up the header; ours is always 128 bytes long, as np.save's is for two dimensions.  As
   with models, the writer and the reader make the same text: the reader looks up the shape, makes
   the header of such an array, and compares the file's header with it. */

enum { TT__NPY_TEXT = 10, TT__NPY_DATA = 128 };
static const char tt__npy_magic[] = "\x93NUMPY\x01"; /* its NUL is the minor version */

/* Makes the header without its blanks, and returns its length.  For one dimension cols is 0. */
static size_t tt__npy_header(char header[TT__NPY_DATA], size_t size, size_t rows, size_t cols)
{
    tt__text out = {header, TT__NPY_DATA, 0};
    memcpy(header, tt__npy_magic, sizeof tt__npy_magic);
    header[8] = TT__NPY_DATA - TT__NPY_TEXT;
    header[9] = 0;
    out.length = TT__NPY_TEXT;
    tt__write(&out, "{'descr': '<f%zu', 'fortran_order': False, 'shape': (%zu,", size, rows);
    if (cols) tt__write(&out, " %zu", cols);
    tt__write(&out, "), }");
    return out.length;
}

static void tt__npy_begin(tt__file *f, size_t size, size_t rows, size_t cols)
{
    char header[TT__NPY_DATA];
    size_t length = tt__npy_header(header, size, rows, cols);
    memset(header + length, ' ', TT__NPY_DATA - length);
    header[TT__NPY_DATA - 1] = '\n';
    tt__open_to_write(f);
    tt__put(f, header, TT__NPY_DATA, 1);
}

/* Reads a file of numbers of `size` bytes each.  Looks up the shape, compares the header with that
   of such an array, and returns where the numbers begin. */
static const unsigned char *tt__npy_read(tt__file *f, size_t shape[2], size_t size)
{
    tt__read_file(f, tt__npy_magic, 0);
    if (f->size < TT__NPY_TEXT || memcmp(f->bytes, tt__npy_magic, sizeof tt__npy_magic) != 0)
        tt__refuse(f, TT_ERROR_FORMAT, "byte 0: expected a .npy file of version 1.0");
    if (f->error || !f->bytes) return NULL;
    const char *text = (const char *)f->bytes, *bracket = strchr(text + TT__NPY_TEXT, '(');
    char header[TT__NPY_DATA];
    tt__read_pair(shape, bracket ? bracket : "(");
    size_t same = TT__NPY_TEXT, length = tt__npy_header(header, size, shape[0], shape[1]);
    while (same < length && text[same] == header[same]) same++;
    if (same < length)
        tt__refuse(f, TT_ERROR_FORMAT,
                   "byte %zu: expected %.*s, as np.save(path, "
                   "np.ascontiguousarray(a, dtype='<f%zu')) writes it for one or two dimensions",
                   same, (int)(length - same), header + same, size);
    size_t data = TT__NPY_TEXT + (f->bytes[8] | (size_t)f->bytes[9] << 8);
    while (same + 1 < data && text[same] == ' ') same++;
    if (same + 1 != data || text[same] != '\n')
        tt__refuse(f, TT_ERROR_FORMAT, "byte %zu: expected blanks up to a line end at byte %zu",
                   same, data - 1);
    if (shape[1] == 0) shape[1] = 1;
    if (!f->error && tt__bytes(tt__bytes(shape[0], shape[1]), size) != f->size - data)
        tt__refuse(f, TT_ERROR_FORMAT,
                   "%zu x %zu numbers of %zu bytes: the file has %zu bytes for them", shape[0],
                   shape[1], size, f->size - data);
    return f->bytes + data;
}

/* As in §2, one macro defines the functions of matrices and those of tables. */
#define TT__NPY(type, number)                                                                      \
    TT_API tt_error type##_save(type array, const char *path, tt_run *run)                         \
    {                                                                                              \
        TT__NOT_NULL(path);                                                                        \
        TT__REQUIRE(array.cols > 0, "%zux%zu numbers", array.rows, array.cols);                    \
        tt__file f = tt__file_of(path, run);                                                       \
        tt__npy_begin(&f, sizeof(number), array.rows, array.cols);                                 \
        for (size_t r = 0; r < array.rows && !f.error; r++)                                        \
            tt__put(&f, array.data + r * array.stride, array.cols, sizeof(number));                \
        tt__close_written(&f);                                                                     \
        return f.error;                                                                            \
    }                                                                                              \
    TT_API tt_error type##_load(type *array, const char *path, tt_run *run)                        \
    {                                                                                              \
        TT__NOT_NULL(array), TT__NOT_NULL(path);                                                   \
        tt__file f = tt__file_of(path, run);                                                       \
        type made = {0, 0, 0, NULL, NULL};                                                         \
        size_t shape[2] = {0, 0};                                                                  \
        const unsigned char *numbers = tt__npy_read(&f, shape, sizeof(number));                    \
        if (!f.error && type##_new(&made, shape[0], shape[1]))                                     \
            tt__refuse(&f, TT_ERROR_MEMORY, "out of memory");                                      \
        if (!f.error) tt__little_endian(made.data, numbers, shape[0] * shape[1], sizeof(number));  \
        TT_FREE(f.bytes);                                                                          \
        if (!f.error) *array = made;                                                               \
        return f.error;                                                                            \
    }
TT__NPY(tt_matrix, float)
TT__NPY(tt_table, double)
#undef TT__NPY

/* §A arithmetic that is the same everywhere ---------------------------------------------------

   IEEE 754 fixes the result of + - * / and the square root to the last bit.  A program's results
   still differ from machine to machine, for four reasons.  Four rules remove these reasons:

   1. Library functions (exp, pow, tanh ...) round differently from one libm to the next.  We use
      none of them: we need only + - * / and the square root, and make e^x and log(x) of these.
   2. A sum depends on the order of its terms.  Every sum here has one order, left to right; vectors
      and threads share out independent outputs, never the terms of one sum.
   3. A compiler may fuse a * b + c into one operation with one rounding (FMA).  Here each product
      is rounded before it is added; the pragmas before §1 forbid the fusion, whatever the command
      line says.  Each statement does one float operation and stores the result, so that the rule
      also holds where float expressions are evaluated in a wider type (FLT_EVAL_METHOD 1).
   4. "Fast math" options and flush-to-zero modes leave IEEE 754 altogether.  The header refuses
      such options at compile time, and switches such modes off while training and predicting.

   GCC's pragma sets an optimisation level of its own, which also keeps the kernels fast in a build
   without -O. */

/* The square root without libm where the processor has an instruction for it. */
static inline float tt__sqrtf(float x)
{
#if defined(__SSE2__)
    return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)));
#elif defined(__aarch64__)
    return vgetq_lane_f32(vsqrtq_f32(vdupq_n_f32(x)), 0);
#else
    return sqrtf(x);
#endif
}

static inline double tt__sqrt(double x)
{
#if defined(__SSE2__)
    return _mm_cvtsd_f64(_mm_sqrt_pd(_mm_set1_pd(x)));
#elif defined(__aarch64__)
    return vgetq_lane_f64(vsqrtq_f64(vdupq_n_f64(x)), 0);
#else
    return sqrt(x);
#endif
}

/* e^x.  With x = k log 2 + r, k whole and |r| at most log(2) / 2,

       e^x = 2^k e^r,     e^r = 1 + r/1 (1 + r/2 (1 + r/3 (1 + ...))),

   to 14 terms.  log 2 is the sum of two numbers, the first so short that k times it is exact; 2^k
   is put together from its bits.  An error in a double's last places is lost when the result is
   rounded to float, and beyond +-700 a float holds nothing but 0 and infinity. */
static double tt__exp(double x)
{
    const double log2_high = 6.93147180369123816490e-01, log2_low = 1.90821492927058770002e-10;
    if (!(x <= 700)) return x > 700 ? HUGE_VAL : x; /* NaN */
    if (x < -700) return 0;
    int k = (int)(x / log2_high + (x < 0 ? -0.5 : 0.5));
    double high = k * log2_high, low = k * log2_low, r = x - high - low, sum = 1, power;
    for (int i = 14; i > 0; i--) sum = 1 + sum * r / i;
    uint64_t bits = (uint64_t)(1023 + k) << 52;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

/* log(x).  With x = 2^k m, m from 3/4 to 3/2, and s = (m - 1) / (m + 1), which is at most 1/5,

       log(x) = k log 2 + log(m),     log(m) = log((1 + s) / (1 - s)) = 2 s (1 + s^2/3 + ...). */
static double tt__log(double x)
{
    if (!(x > 0) || !tt__finite(x)) return x == 0 ? -HUGE_VAL : x < 0 ? NAN : x;
    int k = 0;
    for (; x > 1.5; k++) x /= 2;
    for (; x < 0.75; k--) x *= 2;
    double s = (x - 1) / (x + 1), square = s * s, sum = 0;
    for (int i = 23; i > 0; i -= 2) {
        double tail = sum * square;
        sum = tail + 1.0 / i;
    }
    double log_of_power = k * 0.69314718055994530942, log_of_m = 2 * s * sum;
    return log_of_power + log_of_m;
}

/* True if x is finite: x - x is then 0, whereas infinity and NaN give NaN. */
static inline bool tt__finite(double x)
{
    double difference = x - x;
    return difference == 0;
}

/* A program linked with -Ofast starts with denormals flushed to zero.  Training and prediction run
   in the standard mode, and then restore the mode that they found.  (The mode is one processor
   register; C99's <fenv.h> would need libm.) */
static tt__float_mode tt__standard_float_mode(void)
{
    tt__float_mode found = 0;
#if defined(__SSE2__)
    found = _mm_getcsr();
    _mm_setcsr(0x1F80); /* round to nearest, no flushing, no traps */
#elif defined(__aarch64__) && defined(__GNUC__)
    __asm__ volatile("mrs %0, fpcr" : "=r"(found));
    __asm__ volatile("msr fpcr, %0" : : "r"((tt__float_mode)0));
#endif
    return found;
}

static void tt__restore_float_mode(tt__float_mode found)
{
#if defined(__SSE2__)
    _mm_setcsr((unsigned)found);
#elif defined(__aarch64__) && defined(__GNUC__)
    __asm__ volatile("msr fpcr, %0" : : "r"(found));
#else
    (void)found;
#endif
}

/* A few sums and quotients detect what the pragmas cannot forbid (clang's -ffp-contract=fast;
   without float_control also parts of -funsafe-math-optimizations): one wrong rounding changes
   their result.  The inputs are volatile, so that the answers come from the processor and not from
   the compiler. */
static bool tt__arithmetic_is_ieee(void)
{
    volatile float near_one = 1 + 1 / 4096.0f, minus_square = -1 - 1 / 2048.0f;
    volatile float big = 16777216, tiny = 1 / 16777216.0f, one = 1; /* 2^24, 2^-24 */
    volatile float smallest = FLT_MIN, half = 0.5f;
    volatile double tenth = 0.1;
    volatile float short_tenth = 0.1f; /* equals tenth with -fsingle-precision-constant */
    float product = near_one * near_one;
    volatile float rounded = product + minus_square; /* 0; 2^-24 if fused */
    volatile float absorbed = one + tiny;            /* 1: half a unit rounds to even */
    float base = big, sum = base + one;
    volatile float left_to_right = sum - base; /* 0; 1 if reordered or wider */
    volatile float denormal = smallest * half; /* not 0 unless flushed */
    volatile float restored = denormal / half;
    volatile float three = 3, eleven = 11, thirteen = 13, seven = 7;
    static const float exact[] = {3 / 7.0f, 11 / 7.0f, 13 / 7.0f};
    float divisor = seven; /* each quotient is a bit off if it is a product with 1 / 7 */
    volatile float a = three / divisor, b = eleven / divisor, c = thirteen / divisor;
    return rounded == 0 && absorbed == 1 && left_to_right == 0 && restored == smallest &&
           tenth != (double)short_tenth && a == exact[0] && b == exact[1] && c == exact[2];
}

/* Tests the arithmetic in the standard mode, in which training and prediction run. */
static bool tt__machine_is_ieee(void)
{
    tt__float_mode mode = tt__standard_float_mode();
    bool ieee = tt__arithmetic_is_ieee();
    tt__restore_float_mode(mode);
    return ieee;
}

/* §B errors -----------------------------------------------------------------------------------

   Three kinds of trouble get three answers.  No code can repair a mistake in the program that calls
   us: the program stops where the mistake is, with the numbers that explain it.  Trouble from the
   world outside (no memory, a damaged file) is reported by a return value.  Trouble in the numbers
   (a loss that is not finite) is a documented result. */

#ifndef TT_ASSERT
#define TT_ASSERT(condition, message) ((condition) ? (void)0 : tt__stop(message))
static void tt__stop(const char *message)
{
    fprintf(stderr, "%s\n", message);
    abort();
}
#endif

static void tt__blame(const char *function, const char *expected, const char *format, ...)
{
    char details[256], message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(details, sizeof details, format, arguments);
    va_end(arguments);
    snprintf(message, sizeof message, "%s: %s (expected %s)", function, details, expected);
    TT_ASSERT(false, message);
    abort(); /* in case the caller's own TT_ASSERT returns */
}

TT_API const char *tt_error_text(tt_error error)
{
    static const char *const texts[] = {
#define TT__TEXT(name, text) text,
        TT_ERRORS(TT__TEXT)
#undef TT__TEXT
    };
    size_t known = sizeof texts / sizeof *texts;
    return (size_t)error < known ? texts[error] : "an unknown error";
}

/* Fills why, unless it is NULL, and returns the error.  A text that is too long loses its end. */
static tt_error tt__fail(tt_message *why, tt_error error, const char *format, ...)
{
    if (why) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(why->text, sizeof why->text, format, arguments);
        va_end(arguments);
    }
    return error;
}

static tt_error tt__out_of_memory(const char *where, tt_message *why)
{
    return tt__fail(why, TT_ERROR_MEMORY, "%s: %s", where, tt_error_text(TT_ERROR_MEMORY));
}

static tt_message *tt__why(tt_run *run)
{
    return run ? &run->why : NULL;
}

static void tt__write(tt__text *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    out->length +=
        (size_t)vsnprintf(out->text + out->length, out->capacity - out->length, format, arguments);
    va_end(arguments);
}

/* §C memory -----------------------------------------------------------------------------------

   Every size is a product, and a product may overflow.  In more than one library, a loader that
   multiplied first and checked later has written past its memory.  So sizes are checked by division
   before anything is multiplied.  Memory comes zeroed and aligned to 64 bytes, the size of a cache
   line and of the widest vector. */

/* count * size; or, if that overflows, SIZE_MAX, which no allocator grants. */
static size_t tt__bytes(size_t count, size_t size)
{
    return size && count > (SIZE_MAX - TT__ALIGNMENT) / size ? SIZE_MAX : count * size;
}

/* Zeroed memory for count things of size bytes each, or NULL. */
static void *tt__zeroed(size_t count, size_t size)
{
    size_t bytes = tt__bytes(count, size);
    if (!bytes) bytes = 1; /* malloc(0) may return NULL */
    void *memory = bytes == SIZE_MAX ? NULL : TT_MALLOC(bytes);
    if (memory) memset(memory, 0, bytes);
    return memory;
}

/* The same, with spare room to begin at an aligned address, which tt__aligned finds. */
static void *tt__zeroed_padded(size_t count, size_t size)
{
    size_t bytes = tt__bytes(count, size);
    return bytes == SIZE_MAX ? NULL : tt__zeroed(bytes + TT__ALIGNMENT, 1);
}

static void *tt__aligned(void *memory)
{
    uintptr_t address = (uintptr_t)memory;
    return (char *)memory + (TT__ALIGNMENT - address % TT__ALIGNMENT) % TT__ALIGNMENT;
}

/* Makes room for one more element in a growing array, and doubles its capacity if it is full. */
static bool tt__grow(void **array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity) return true;
    size_t wanted = *capacity ? *capacity * 2 : 16;
    size_t bytes = tt__bytes(wanted, size);
    void *grown = bytes == SIZE_MAX ? NULL : TT_REALLOC(*array, bytes);
    if (!grown) return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

#ifdef __cplusplus
}
#endif

#if defined(__clang__)
#ifdef __x86_64__
#pragma float_control(pop)
#endif
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif

/* §D licence ----------------------------------------------------------------------------------

   twotower.h is available under two licences; choose whichever you prefer.

   ALTERNATIVE A: the MIT licence

   Copyright (c) 2026 the twotower.h authors

   Permission is hereby granted, free of charge, to any person obtaining a copy of this software
   and associated documentation files (the "Software"), to deal in the Software without
   restriction, including without limitation the rights to use, copy, modify, merge, publish,
   distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
   Software is furnished to do so, subject to the following conditions:

   The above copyright notice and this permission notice shall be included in all copies or
   substantial portions of the Software.

   THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING
   BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
   NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
   DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
   OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

   ALTERNATIVE B: public domain (www.unlicense.org)

   This is free and unencumbered software released into the public domain.

   Anyone is free to copy, modify, publish, use, compile, sell, or distribute this software,
   either in source code form or as a compiled binary, for any purpose, commercial or
   non-commercial, and by any means.

   In jurisdictions that recognize copyright laws, the author or authors of this software dedicate
   any and all copyright interest in the software to the public domain. We make this dedication
   for the benefit of the public at large and to the detriment of our heirs and successors. We
   intend this dedication to be an overt act of relinquishment in perpetuity of all present and
   future rights to this software under copyright law.

   THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING
   BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
   NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
   LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
   CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE. */

#endif /* TWOTOWER_IMPLEMENTATION */
