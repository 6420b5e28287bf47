/* The tests of §4, operations and their derivatives. */

#include "tests/unit/matrices.h"

/* Every operation here as a formula in float64 on x, which holds its inputs one after the other;
   each gives the sum of its outputs times the weights dY. */
typedef struct formula_shape {
    size_t rows, cols;
    const float *dY;
} formula_shape;

static double formula_bias(const double *x, const void *context)
{
    const formula_shape *s = (const formula_shape *)context;
    double sum = 0;
    const double *b = x + s->rows * s->cols;
    for (size_t i = 0; i < s->rows * s->cols; i++)
        sum += (double)s->dY[i] * (x[i] + b[i % s->cols]);
    return sum;
}

static double formula_relu(const double *x, const void *context)
{
    const formula_shape *s = (const formula_shape *)context;
    double sum = 0;
    for (size_t i = 0; i < s->rows * s->cols; i++) sum += (double)s->dY[i] * fmax(x[i], 0);
    return sum;
}

static double formula_l2_normalize(const double *x, const void *context)
{
    const formula_shape *s = (const formula_shape *)context;
    double sum = 0;
    for (size_t r = 0; r < s->rows; r++) {
        double squares = 0;
        for (size_t c = 0; c < s->cols; c++) squares += pow(x[r * s->cols + c], 2);
        for (size_t c = 0; c < s->cols; c++) {
            size_t i = r * s->cols + c;
            sum += (double)s->dY[i] * x[i] / sqrt(fmax(squares, 1e-12));
        }
    }
    return sum;
}

static double formula_row_dot(const double *x, const void *context)
{
    const formula_shape *s = (const formula_shape *)context;
    double sum = 0;
    size_t n = s->rows * s->cols;
    for (size_t i = 0; i < n; i++) sum += (double)s->dY[i / s->cols] * x[i] * x[n + i];
    return sum;
}

static double formula_mse(const double *x, const void *context)
{
    const formula_shape *s = (const formula_shape *)context;
    double sum = 0;
    size_t n = s->rows * s->cols;
    for (size_t i = 0; i < n; i++) sum += pow(x[i] - x[n + i], 2);
    return sum / (double)n;
}

static double formula_tanh(const double *x, const void *context)
{
    const formula_shape *s = (const formula_shape *)context;
    double sum = 0;
    for (size_t i = 0; i < s->rows * s->cols; i++) sum += (double)s->dY[i] * tanh(x[i]);
    return sum;
}

static double formula_sigmoid(const double *x, const void *context)
{
    const formula_shape *s = (const formula_shape *)context;
    double sum = 0;
    for (size_t i = 0; i < s->rows * s->cols; i++) sum += (double)s->dY[i] / (1 + exp(-x[i]));
    return sum;
}

static double formula_logistic_loss(const double *x, const void *context)
{
    const formula_shape *s = (const formula_shape *)context;
    double sum = 0;
    size_t n = s->rows * s->cols;
    for (size_t i = 0; i < n; i++) sum += log(1 + exp(x[i])) - x[n + i] * x[i];
    return sum / (double)n;
}

static double formula_softmax_loss(const double *x, const void *context)
{
    const formula_shape *s = (const formula_shape *)context;
    double loss = 0;
    size_t n = s->rows * s->cols;
    for (size_t r = 0; r < s->rows; r++) {
        double sum = 0;
        for (size_t c = 0; c < s->cols; c++) sum += exp(x[r * s->cols + c]);
        for (size_t i = r * s->cols; i < (r + 1) * s->cols; i++)
            loss -= x[n + i] * log(exp(x[i]) / sum);
    }
    return loss / (double)s->rows;
}

static const tt_matrix none = {0, 0, 0, NULL, NULL};

static void bias_is_added_to_every_row(void **state)
{
    for (int view = 0; view < 2; view++) {
        tt_matrix X = strided(random_matrix, 4, 3, view), b = strided(random_matrix, 1, 3, view);
        tt_matrix Y = strided(garbage_matrix, 4, 3, view);
        tt_bias(Y, X, b);
        for (size_t r = 0; r < 4; r++)
            for (size_t c = 0; c < 3; c++)
                assert_close(element(Y, r, c), element(X, r, c) + element(b, 0, c), 1e-7);
    }
}

static void bias_gradient_is_the_column_sums(void **state)
{
    for (int view = 0; view < 2; view++) {
        tt_matrix X = random_matrix(4, 3), b = random_matrix(1, 3), dense = random_matrix(4, 3);
        formula_shape shape = {4, 3, dense.data};
        tt_matrix dY = strided(garbage_matrix, 4, 3, view);
        tt_matrix db = strided(zero_matrix, 1, 3, view);
        copy_into(dY, dense);
        tt_bias_backward(db, dY);
        assert_matrix_close(db, slopes(formula_bias, &shape, in_a_row(X, b), 12, b, 1e-4), 1e-6);
    }
}

static void relu_keeps_what_is_positive(void **state)
{
    float x[] = {-2, -0.0f, 0, 1e-45f, 3, -1e-45f}, dy[] = {1, 2, 3, 4, 5, 6}, y[6], dx[6] = {0};
    const float expected[] = {0, 0, 0, 1e-45f, 3, 0};
    const float slope[] = {0, 0, 0, 4, 5, 0}; /* at 0 the slope is 0, as in TensorFlow */
    tt_relu(tt_matrix_of(y, 2, 3), tt_matrix_of(x, 2, 3));
    assert_bits_equal(y, expected, 6);
    tt_relu_backward(tt_matrix_of(dx, 2, 3), tt_matrix_of(dy, 2, 3), tt_matrix_of(x, 2, 3));
    assert_bits_equal(dx, slope, 6);
}

static void relu_gradient_is_the_slope(void **state)
{
    for (int view = 0; view < 2; view++) {
        tt_matrix X = strided(random_matrix, 5, 4, view), dY = random_matrix(5, 4);
        tt_matrix dX = strided(zero_matrix, 5, 4, view);
        formula_shape shape = {5, 4, dY.data};
        tt_relu_backward(dX, dY, X);
        assert_matrix_close(dX, slopes(formula_relu, &shape, in_a_row(X, none), 0, X, 1e-5), 1e-6);
    }
}

/* Rows of ordinary size, a long one, a short one, one under TensorFlow's floor, one of zeros. */
static tt_matrix rows_of_many_lengths(bool view)
{
    tt_matrix X = strided(random_matrix, 6, 4, view);
    const float factor[] = {1, 1, 1000, 1e-3f, 1e-7f, 0};
    for (size_t r = 0; r < 6; r++)
        for (size_t c = 0; c < 4; c++) *tt_matrix_at(X, r, c) *= factor[r];
    return X;
}

static void normalised_rows_have_length_one(void **state)
{
    for (int view = 0; view < 2; view++) {
        tt_matrix X = rows_of_many_lengths(view), Y = strided(garbage_matrix, 6, 4, view);
        tt_l2_normalize(Y, X);
        for (size_t r = 0; r < 6; r++) {
            double squares = 0, length = 0;
            for (size_t c = 0; c < 4; c++) squares += pow(element(X, r, c), 2);
            for (size_t c = 0; c < 4; c++) {
                double y = element(X, r, c) / sqrt(fmax(squares, 1e-12));
                assert_close(element(Y, r, c), y, 3e-7);
                length += pow(element(Y, r, c), 2);
            }
            if (r < 4) assert_close(length, 1, 1e-6);
            if (r == 4) assert_true(length > 0 && length < 0.5); /* short of 1e-6: times 1e6 */
            if (r == 5) assert_true(length == 0);
        }
    }
}

/* Each row's gradient is of the size of 1 / length, and so must be the error allowed. */
static void normalising_has_the_gradient_of_tensorflow(void **state)
{
    const double size[] = {1, 1, 1e-3, 1e3, 1e6, 1e6};
    for (int view = 0; view < 2; view++) {
        tt_matrix X = rows_of_many_lengths(view), Y = strided(garbage_matrix, 6, 4, view);
        tt_matrix dY = random_matrix(6, 4), dX = strided(zero_matrix, 6, 4, view);
        tt_l2_normalize(Y, X);
        tt_l2_normalize_backward(dX, dY, X, Y);
        for (size_t r = 0; r < 6; r++) {
            tt_matrix row = tt_matrix_rows(X, r, 1);
            formula_shape shape = {1, 4, dY.data + 4 * r};
            tt_table slope =
                slopes(formula_l2_normalize, &shape, in_a_row(row, none), 0, row, 1e-5 / size[r]);
            for (size_t c = 0; c < 4; c++)
                assert_close(element(dX, r, c) / size[r], slope.data[c] / size[r], 2e-6);
        }
        for (size_t c = 0; c < 4; c++) /* exactly, where the floor holds */
            assert_close(element(dX, 5, c), 1e6 * element(dY, 5, c), 1e-6);
    }
}

/* The square of 1e25 is infinite, that of 1e-25 zero: y = 0 x and y = 1e6 x. */
static void rows_whose_squares_leave_the_numbers_stay_finite(void **state)
{
    float x[] = {1e25f, -1e25f, 1e-25f, 0}, dy[] = {1, 2, 3, 4}, y[4], dx[4] = {0};
    tt_matrix X = tt_matrix_of(x, 2, 2), Y = tt_matrix_of(y, 2, 2);
    tt_l2_normalize(Y, X);
    tt_l2_normalize_backward(tt_matrix_of(dx, 2, 2), tt_matrix_of(dy, 2, 2), X, Y);
    assert_true(y[0] == 0 && y[1] == 0 && dx[0] == 0 && dx[1] == 0);
    assert_close(y[2] / 1e-19f, 1, 1e-6);
    assert_true(y[3] == 0);
    assert_close(dx[2], 3e6, 1e-6);
    assert_close(dx[3], 4e6, 1e-6);
}

static void row_dot_is_one_dot_product_a_row(void **state)
{
    for (int view = 0; view < 2; view++) {
        tt_matrix U = strided(random_matrix, 5, 3, view), V = strided(random_matrix, 5, 3, !view);
        tt_matrix p = strided(garbage_matrix, 5, 1, view);
        tt_row_dot(p, U, V);
        for (size_t r = 0; r < 5; r++) {
            double dot = 0;
            for (size_t c = 0; c < 3; c++) dot += element(U, r, c) * element(V, r, c);
            assert_close(element(p, r, 0), dot, 1e-6);
            assert_documented_order(tt_matrix_rows(p, r, 1), tt_matrix_rows(U, r, 1), false,
                                    tt_matrix_rows(V, r, 1), true);
        }
    }
}

static void row_dot_gradients_are_the_slopes(void **state)
{
    for (int view = 0; view < 2; view++) {
        tt_matrix U = strided(random_matrix, 5, 3, view), V = strided(random_matrix, 5, 3, !view);
        tt_matrix dU = strided(zero_matrix, 5, 3, view);
        tt_matrix dV = strided(zero_matrix, 5, 3, view);
        tt_matrix dense = random_matrix(5, 1), dp = strided(garbage_matrix, 5, 1, view);
        copy_into(dp, dense);
        formula_shape shape = {5, 3, dense.data};
        double *x = in_a_row(U, V);
        tt_row_dot_backward(dU, dp, V);
        tt_row_dot_backward(dV, dp, U);
        assert_matrix_close(dU, slopes(formula_row_dot, &shape, x, 0, U, 1e-4), 1e-6);
        assert_matrix_close(dV, slopes(formula_row_dot, &shape, x, 15, V, 1e-4), 1e-6);
    }
}

static void mse_is_the_mean_of_the_squares(void **state)
{
    float p[] = {1, 2, 3, 4}, y[] = {1, 0, 3, 7};
    assert_true(tt_mse(tt_matrix_of(p, 4, 1), tt_matrix_of(y, 4, 1)) == 3.25f);
    assert_true(tt_mse(tt_matrix_of(p, 2, 2), tt_matrix_of(p, 2, 2)) == 0);
    for (int view = 0; view < 2; view++) {
        tt_matrix P = strided(random_matrix, 6, 2, view), Y = strided(random_matrix, 6, 2, view);
        formula_shape shape = {6, 2, NULL};
        assert_close(tt_mse(P, Y), formula_mse(in_a_row(P, Y), &shape), 1e-6);
    }
}

/* In float the sum would stop growing at 2^24, and the mean of these squares be about 0.84. */
static void mse_sums_in_double(void **state)
{
    enum { N = 20000 };
    tt_matrix p = garbage_matrix(N, 1000), y = garbage_matrix(1, 1000);
    for (size_t i = 0; i < 1000; i++) p.data[i] = 1, y.data[i] = 0;
    p.stride = y.stride = 0; /* the same row again and again */
    y.rows = N;
    assert_close(tt_mse(p, y), 1, 1e-6);
}

static void mse_gradient_is_the_slope(void **state)
{
    for (int view = 0; view < 2; view++) {
        tt_matrix p = strided(random_matrix, 6, 2, view), y = strided(random_matrix, 6, 2, view);
        tt_matrix dp = strided(zero_matrix, 6, 2, view);
        formula_shape shape = {6, 2, NULL};
        tt_mse_backward(dp, 1, p, y);
        assert_matrix_close(dp, slopes(formula_mse, &shape, in_a_row(p, y), 0, p, 1e-4), 1e-7);
        for (size_t r = 0; r < 6; r++) { /* and to the bit, 2 (p - y) / count */
            volatile float off = *tt_matrix_at(p, r, 1) - *tt_matrix_at(y, r, 1);
            float expected = 2 * off / 12;
            assert_bits_equal(tt_matrix_at(dp, r, 1), &expected, 1);
        }
    }
}

static void s_curves_are_their_formulas_and_slopes(void **state)
{
    for (int view = 0; view < 2; view++) {
        tt_matrix X = strided(random_matrix, 5, 4, view), Y = strided(garbage_matrix, 5, 4, view);
        tt_matrix dX = strided(zero_matrix, 5, 4, view), dY = random_matrix(5, 4);
        for (size_t r = 0; r < 5; r++) *tt_matrix_at(X, r, 1) *= 4;
        formula_shape shape = {5, 4, dY.data};
        tt_tanh(Y, X);
        tt_tanh_backward(dX, dY, Y);
        for (size_t r = 0; r < 5; r++)
            for (size_t c = 0; c < 4; c++)
                assert_true(*tt_matrix_at(Y, r, c) == (float)tanh(element(X, r, c)));
        assert_matrix_close(dX, slopes(formula_tanh, &shape, in_a_row(X, none), 0, X, 1e-5), 1e-6);

        dX = strided(zero_matrix, 5, 4, view);
        tt_sigmoid(Y, X);
        tt_sigmoid_backward(dX, dY, Y);
        for (size_t r = 0; r < 5; r++)
            for (size_t c = 0; c < 4; c++)
                assert_true(*tt_matrix_at(Y, r, c) == (float)(1 / (1 + exp(-element(X, r, c)))));
        assert_matrix_close(dX, slopes(formula_sigmoid, &shape, in_a_row(X, none), 0, X, 1e-5),
                            1e-6);
    }
}

static void cross_entropies_are_their_formulas_and_slopes(void **state)
{
    for (int view = 0; view < 2; view++) {
        tt_matrix p = strided(random_matrix, 6, 3, view), y = strided(random_matrix, 6, 3, view);
        tt_matrix dp = strided(zero_matrix, 6, 3, view);
        for (size_t r = 0; r < 6; r++) *tt_matrix_at(p, r, r % 3) *= 9;
        formula_shape shape = {6, 3, NULL};
        double *x = in_a_row(p, y);
        assert_close(tt_logistic_loss(p, y), formula_logistic_loss(x, &shape), 1e-7);
        tt_logistic_loss_backward(dp, 1, p, y);
        assert_matrix_close(dp, slopes(formula_logistic_loss, &shape, x, 0, p, 1e-4), 1e-7);

        dp = strided(zero_matrix, 6, 3, view);
        assert_close(tt_softmax_loss(p, y), formula_softmax_loss(x, &shape), 1e-7);
        tt_softmax_loss_backward(dp, 0.5f, p, y);
        tt_softmax_loss_backward(dp, 0.5f, p, y); /* which adds, and is scaled by dloss */
        assert_matrix_close(dp, slopes(formula_softmax_loss, &shape, x, 0, p, 1e-4), 1e-7);
    }
}

/* Logits that overflow every e^p: the loss is their distance, the gradient 0 or 1. */
static void cross_entropies_of_large_logits_are_finite(void **state)
{
    float p[] = {3e38f, -3e38f, 1000, -1000}, y[] = {1, 0, 0, 1}, dp[4] = {0};
    tt_matrix P = tt_matrix_of(p, 2, 2), Y = tt_matrix_of(y, 2, 2), dP = tt_matrix_of(dp, 2, 2);
    assert_close(tt_logistic_loss(P, Y), 500, 1e-6); /* 0, 0, 1000 and 1000: in the mean */
    tt_logistic_loss_backward(dP, 4, P, Y);
    assert_true(dp[0] == 0 && dp[1] == 0 && dp[2] == 1 && dp[3] == -1);

    memset(dp, 0, sizeof dp);
    assert_close(tt_softmax_loss(P, Y), 1000, 1e-6); /* 0 and 2000 */
    tt_softmax_loss_backward(dP, 2, P, Y);
    assert_true(dp[0] == 0 && dp[1] == 0 && dp[2] == 1 && dp[3] == -1);
    p[2] = NAN;
    assert_true(isnan(tt_logistic_loss(P, Y)) && isnan(tt_softmax_loss(P, Y)));
    tt_matrix no_classes = tt_matrix_of(NULL, 2, 0);
    tt_softmax_loss_backward(no_classes, 1, no_classes, no_classes); /* reads no logit */
}

static void operations_may_work_in_place(void **state)
{
    tt_matrix A = random_matrix(4, 3), b = random_matrix(1, 3), Y = garbage_matrix(4, 3), M;

    tt_bias(Y, A, b);
    M = copy_of(A);
    tt_bias(M, M, b);
    assert_bits_equal(M.data, Y.data, 12);

    tt_relu(Y, A);
    M = copy_of(A);
    tt_relu(M, M);
    assert_bits_equal(M.data, Y.data, 12);

    tt_l2_normalize(Y, A);
    M = copy_of(A);
    tt_l2_normalize(M, M);
    assert_bits_equal(M.data, Y.data, 12);

    tt_tanh(Y, A);
    M = copy_of(A);
    tt_tanh(M, M);
    assert_bits_equal(M.data, Y.data, 12);

    tt_sigmoid(Y, A);
    M = copy_of(A);
    tt_sigmoid(M, M);
    assert_bits_equal(M.data, Y.data, 12);
}

/* What is used twice has a gradient of two parts. */
static void backward_adds_to_the_gradient(void **state)
{
    tt_matrix A = random_matrix(4, 3), B = random_matrix(4, 3), Y = garbage_matrix(4, 3);
    tt_matrix column = random_matrix(4, 1);
    tt_l2_normalize(Y, A);
    for (int operation = 0; operation < 9; operation++) {
        tt_matrix once = zero_matrix(4, 3), again = copy_of(B);
        tt_matrix *dX[] = {&once, &again};
        for (int i = 0; i < 2; i++) {
            if (operation == 0) tt_bias_backward(tt_matrix_rows(*dX[i], 0, 1), B);
            if (operation == 1) tt_relu_backward(*dX[i], B, A);
            if (operation == 2) tt_l2_normalize_backward(*dX[i], B, A, Y);
            if (operation == 3) tt_row_dot_backward(*dX[i], column, A);
            if (operation == 4) tt_mse_backward(*dX[i], 0.5f, A, Y);
            if (operation == 5) tt_tanh_backward(*dX[i], B, Y);
            if (operation == 6) tt_sigmoid_backward(*dX[i], B, Y);
            if (operation == 7) tt_logistic_loss_backward(*dX[i], 0.5f, A, Y);
            if (operation == 8) tt_softmax_loss_backward(*dX[i], 0.5f, A, Y);
        }
        for (size_t i = 0; i < 12; i++)
            assert_close((double)again.data[i], (double)(B.data[i] + once.data[i]), 1e-6);
    }
}

/* dloss is the gradient by the loss itself, 1 where nothing follows it. */
static void mse_gradient_is_scaled_by_what_follows(void **state)
{
    tt_matrix p = random_matrix(4, 3), y = random_matrix(4, 3);
    tt_matrix one = zero_matrix(4, 3), half = zero_matrix(4, 3), turned = zero_matrix(4, 3);
    tt_mse_backward(one, 1, p, y);
    tt_mse_backward(half, 0.5f, p, y);
    tt_mse_backward(turned, 1, y, p);
    for (size_t i = 0; i < 12; i++) {
        assert_true(half.data[i] == 0.5f * one.data[i]);
        assert_true(turned.data[i] == -one.data[i]);
    }
}

/* Whichever argument it is, and whether its rows or its columns are too many. */
static void every_argument_of_another_shape_stops(void **state)
{
    tt_matrix m = random_matrix(2, 3), column = random_matrix(2, 1), row = random_matrix(1, 3);
    tt_matrix others[] = {random_matrix(4, 3), random_matrix(2, 5)};
    for (int i = 0; i < 2; i++) {
        tt_matrix o = others[i];
        const char *shape = i ? " is 2x5" : " is 4x3";
        assert_stops(tt_bias(o, m, row), shape);
        assert_stops(tt_bias(m, m, o), shape);
        assert_stops(tt_bias_backward(o, m), shape);
        assert_stops(tt_relu(o, m), shape);
        assert_stops(tt_relu_backward(o, m, m), shape);
        assert_stops(tt_relu_backward(m, o, m), shape);
        assert_stops(tt_relu_backward(m, m, o), shape);
        assert_stops(tt_l2_normalize(o, m), shape);
        assert_stops(tt_l2_normalize_backward(o, m, m, m), shape);
        assert_stops(tt_l2_normalize_backward(m, o, m, m), shape);
        assert_stops(tt_l2_normalize_backward(m, m, o, m), shape);
        assert_stops(tt_l2_normalize_backward(m, m, m, o), shape);
        assert_stops(tt_row_dot(column, o, m), shape);
        assert_stops(tt_row_dot(o, m, m), shape);
        assert_stops(tt_row_dot_backward(o, column, m), shape);
        assert_stops(tt_row_dot_backward(m, o, m), shape);
        assert_stops(tt_row_dot_backward(m, column, o), shape);
        assert_stops(tt_mse(o, m), shape);
        assert_stops(tt_mse_backward(o, 1, m, m), shape);
        assert_stops(tt_mse_backward(m, 1, o, m), shape);
        assert_stops(tt_tanh(o, m), shape);
        assert_stops(tt_tanh_backward(m, o, m), shape);
        assert_stops(tt_tanh_backward(m, m, o), shape);
        assert_stops(tt_sigmoid(o, m), shape);
        assert_stops(tt_sigmoid_backward(o, m, m), shape);
        assert_stops(tt_logistic_loss(m, o), shape);
        assert_stops(tt_logistic_loss_backward(m, 1, o, m), shape);
        assert_stops(tt_softmax_loss(o, m), shape);
        assert_stops(tt_softmax_loss_backward(m, 1, m, o), shape);
    }
    assert_stops(tt_row_dot(row, m, m), "p is 1x3, not 2x1");
    assert_stops(tt_row_dot(tt_matrix_cols(m, 0, 2), m, m), "p is 2x2, not 2x1");
    assert_stops(tt_row_dot_backward(m, tt_matrix_rows(column, 0, 1), m), "dp is 1x1, not 2x1");
    assert_stops(tt_row_dot_backward(m, tt_matrix_cols(m, 0, 2), m), "dp is 2x2, not 2x1");
}

static void operations_on_shapes_that_do_not_fit_stop(void **state)
{
    tt_matrix m23 = random_matrix(2, 3), m32 = random_matrix(3, 2), m21 = random_matrix(2, 1);
    tt_matrix m13 = random_matrix(1, 3), m12 = random_matrix(1, 2);
    tt_matrix m03 = tt_matrix_rows(m23, 0, 0), m20 = tt_matrix_cols(m23, 0, 0);
    assert_stops(tt_bias(m32, m23, m13), "tt_bias: Y is 3x2, X is 2x3");
    assert_stops(tt_bias(m23, m23, m12), "tt_bias: b is 1x2, not 1x3 (expected 1 x X.cols)");
    assert_stops(tt_bias(m23, m23, m23), "tt_bias: b is 2x3, not 1x3");
    assert_stops(tt_bias_backward(m12, m23), "tt_bias_backward: db is 1x2, not 1x3");
    assert_stops(tt_bias_backward(m23, m23), "tt_bias_backward: db is 2x3, not 1x3");
    assert_stops(tt_relu(m32, m23), "tt_relu: Y is 3x2, X is 2x3");
    assert_stops(tt_relu_backward(m32, m23, m32), "tt_relu_backward: dX is 3x2, dY is 2x3");
    assert_stops(tt_relu_backward(m32, m32, m23), "tt_relu_backward: dX is 3x2, X is 2x3");
    assert_stops(tt_l2_normalize(m32, m23), "tt_l2_normalize: Y is 3x2, X is 2x3");
    assert_stops(tt_l2_normalize_backward(m23, m32, m23, m23), "dX is 2x3, dY is 3x2");
    assert_stops(tt_l2_normalize_backward(m23, m23, m32, m23), "dX is 2x3, X is 3x2");
    assert_stops(tt_l2_normalize_backward(m23, m23, m23, m32), "dX is 2x3, Y is 3x2");
    assert_stops(tt_row_dot(m21, m23, m32), "tt_row_dot: U is 2x3, V is 3x2");
    assert_stops(tt_row_dot(m23, m23, m23), "tt_row_dot: p is 2x3, not 2x1");
    assert_stops(tt_row_dot(m13, m23, m23), "tt_row_dot: p is 1x3, not 2x1");
    assert_stops(tt_row_dot_backward(m32, m21, m23), "dU is 3x2, V is 2x3");
    assert_stops(tt_row_dot_backward(m23, m12, m23), "dp is 1x2, not 2x1 (expected V.rows x 1)");
    assert_stops(tt_mse(m23, m32), "tt_mse: p is 2x3, y is 3x2");
    assert_stops(tt_mse(m21, m12), "tt_mse: p is 2x1, y is 1x2"); /* no broadcasting */
    assert_stops(tt_mse(m03, m03), "tt_mse: p is 0x3");           /* of nothing there is no mean */
    assert_stops(tt_mse(m20, m20), "tt_mse: p is 2x0");
    assert_stops(tt_logistic_loss(m03, m03), "tt_logistic_loss: p is 0x3");
    assert_stops(tt_softmax_loss(m20, m20), "tt_softmax_loss: p is 2x0");
    assert_stops(tt_mse_backward(m23, 1, m23, m32), "tt_mse_backward: dp is 2x3, y is 3x2");
    assert_stops(tt_mse_backward(m32, 1, m23, m23), "tt_mse_backward: dp is 3x2, p is 2x3");
}

/* An output that covers an input would be read after it was written. */
static void outputs_may_not_overlap_inputs(void **state)
{
    tt_matrix m = random_matrix(1, 3), M = random_matrix(4, 4), row = tt_matrix_rows(M, 0, 1);
    tt_matrix column = random_matrix(3, 1), other = random_matrix(3, 1);
    assert_stops(tt_bias_backward(m, m), "tt_bias_backward: db and dY overlap");
    assert_stops(tt_row_dot_backward(column, column, other),
                 "tt_row_dot_backward: dU and dp overlap");
    assert_stops(tt_row_dot_backward(column, other, column), "dU and V overlap");
    assert_stops(tt_row_dot(column, column, other), "p and U overlap");
    assert_stops(tt_row_dot(column, other, column), "p and V overlap");
    assert_stops(tt_bias(M, random_matrix(4, 4), row), "tt_bias: Y and b overlap");
    assert_stops(tt_relu_backward(M, M, random_matrix(4, 4)), "dX and dY overlap");
    assert_stops(tt_relu_backward(M, random_matrix(4, 4), M), "dX and X overlap");
    tt_matrix A = random_matrix(4, 4), B = random_matrix(4, 4);
    assert_stops(tt_l2_normalize_backward(M, M, A, B), "dX and dY overlap");
    assert_stops(tt_l2_normalize_backward(M, A, M, B), "dX and X overlap");
    assert_stops(tt_l2_normalize_backward(M, A, B, M), "dX and Y overlap");
    assert_stops(tt_mse_backward(M, 1, M, A), "tt_mse_backward: dp and p overlap");
    assert_stops(tt_mse_backward(M, 1, A, M), "tt_mse_backward: dp and y overlap");
    assert_stops(tt_tanh_backward(M, A, M), "tt_tanh_backward: dX and Y overlap");
    assert_stops(tt_sigmoid_backward(M, M, A), "tt_sigmoid_backward: dX and dY overlap");
    assert_stops(tt_logistic_loss_backward(M, 1, M, A), "dp and p overlap");
    assert_stops(tt_softmax_loss_backward(M, 1, A, M), "dp and y overlap");
}

/* Where an output may take the place of its input, it takes the whole place or none of it. */
static void outputs_in_place_are_the_same_matrix(void **state)
{
    tt_matrix M = random_matrix(4, 3), b = random_matrix(1, 3);
    tt_matrix upper = tt_matrix_rows(M, 0, 3), lower = tt_matrix_rows(M, 1, 3);
    assert_stops(tt_bias(upper, lower, b), "tt_bias: Y and X overlap, and are not the same");
    assert_stops(tt_relu(lower, upper), "tt_relu: Y and X overlap, and are not the same");
    assert_stops(tt_l2_normalize(upper, lower), "Y and X overlap, and are not the same");
    tt_matrix repeated = tt_matrix_rows(M, 1, 3);
    repeated.stride = 0;
    assert_stops(tt_relu(upper, repeated), "Y and X overlap, and are not the same");
}

/* Other rows and other columns of one matrix share no numbers. */
static void views_side_by_side_do_not_overlap(void **state)
{
    tt_matrix M = random_matrix(4, 6), expected = garbage_matrix(4, 3);
    tt_matrix left = tt_matrix_cols(M, 0, 3), right = tt_matrix_cols(M, 3, 3);
    tt_relu(expected, left);
    tt_relu(right, left);
    for (size_t r = 0; r < 4; r++)
        assert_bits_equal(tt_matrix_at(right, r, 0), tt_matrix_at(expected, r, 0), 3);
    tt_relu(left, right);
    tt_relu(tt_matrix_rows(M, 0, 2), tt_matrix_rows(M, 2, 2));
    assert_stops(tt_relu(tt_matrix_cols(M, 2, 3), left), "overlap");
    assert_stops(tt_relu(left, tt_matrix_cols(M, 2, 3)), "overlap");
    tt_matrix wrapped = tt_matrix_of(M.data + 4, 3, 3); /* columns 4, 5 and 0 of the next row */
    wrapped.stride = 6;
    assert_stops(tt_relu(tt_matrix_rows(left, 0, 3), wrapped), "overlap");
    tt_matrix empty = tt_matrix_rows(M, 0, 0);
    tt_relu(empty, empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(bias_is_added_to_every_row),
        test(bias_gradient_is_the_column_sums),
        test(relu_keeps_what_is_positive),
        test(relu_gradient_is_the_slope),
        test(normalised_rows_have_length_one),
        test(normalising_has_the_gradient_of_tensorflow),
        test(rows_whose_squares_leave_the_numbers_stay_finite),
        test(row_dot_is_one_dot_product_a_row),
        test(row_dot_gradients_are_the_slopes),
        test(mse_is_the_mean_of_the_squares),
        test(mse_sums_in_double),
        test(mse_gradient_is_the_slope),
        test(s_curves_are_their_formulas_and_slopes),
        test(cross_entropies_are_their_formulas_and_slopes),
        test(cross_entropies_of_large_logits_are_finite),
        test(operations_may_work_in_place),
        test(backward_adds_to_the_gradient),
        test(mse_gradient_is_scaled_by_what_follows),
        test(outputs_may_not_overlap_inputs),
        test(outputs_in_place_are_the_same_matrix),
        test(views_side_by_side_do_not_overlap),
        test(every_argument_of_another_shape_stops),
        test(operations_on_shapes_that_do_not_fit_stop),
    };
    return cmocka_run_group_tests_name("04_operations", tests, NULL, NULL);
}
