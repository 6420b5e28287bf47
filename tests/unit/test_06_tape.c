/* The tests of §6, the tape: each operation alone, then graphs. */

#include "tests/unit/networks.h"

/* Each operation on A (3 x 4) and B as the tape records it and as formulas in float64. */
typedef struct operation {
    const char *name;
    tt_var (*record)(tt_tape *tape, tt_var A, tt_var B);
    void (*naive)(double *y, const double *a, const double *b);
    size_t b_rows, b_cols; /* shape of B; 0: there is none */
    size_t rows, cols;     /* shape of the output */
} operation;

static void naive_matmul(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 6; i++) {
        y[i] = 0;
        for (int k = 0; k < 4; k++) y[i] += a[i / 2 * 4 + k] * b[k * 2 + i % 2];
    }
}

static void naive_bias(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = a[i] + b[i % 4];
}

static void naive_add(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = a[i] + b[i];
}

static void naive_subtract(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = a[i] - b[i];
}

static void naive_multiply(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = a[i] * b[i];
}

static void naive_scale(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = -1.5 * a[i];
}

static void naive_relu(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = fmax(a[i], 0);
}

static void naive_l2_normalize(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) {
        const double *row = a + i / 4 * 4;
        y[i] = a[i] / sqrt(row[0] * row[0] + row[1] * row[1] + row[2] * row[2] + row[3] * row[3]);
    }
}

static void naive_row_dot(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 3; i++) y[i] = 0;
    for (int i = 0; i < 12; i++) y[i / 4] += a[i] * b[i];
}

static void naive_mean(double *y, const double *a, const double *b)
{
    *y = 0;
    for (int i = 0; i < 12; i++) *y += a[i] / 12;
}

static void naive_mse(double *y, const double *a, const double *b)
{
    *y = 0;
    for (int i = 0; i < 12; i++) *y += (a[i] - b[i]) * (a[i] - b[i]) / 12;
}

static void naive_tanh(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = tanh(a[i]);
}

static void naive_sigmoid(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = 1 / (1 + exp(-a[i]));
}

/* Against targets that are no probabilities: the formulas hold for any. */
static const double targets[] = {1, 0, 0, 0.5, 2, -1, 0.25, 0, 1, 0, 0.75, 3};

static void naive_logistic_loss(double *y, const double *a, const double *b)
{
    *y = 0;
    for (int i = 0; i < 12; i++) {
        double s = 1 / (1 + exp(-a[i]));
        *y -= (targets[i] * log(s) + (1 - targets[i]) * log(1 - s)) / 12;
    }
}

static void naive_softmax_loss(double *y, const double *a, const double *b)
{
    *y = 0;
    for (int i = 0; i < 12; i++) {
        const double *row = a + i / 4 * 4;
        double sum = exp(row[0]) + exp(row[1]) + exp(row[2]) + exp(row[3]);
        *y -= targets[i] * log(exp(a[i]) / sum) / 3;
    }
}

static tt_var record_scale(tt_tape *tape, tt_var A, tt_var B)
{
    return tt_tape_scale(tape, A, -1.5f);
}

static tt_var record_relu(tt_tape *tape, tt_var A, tt_var B)
{
    return tt_tape_relu(tape, A);
}

static tt_var record_l2_normalize(tt_tape *tape, tt_var A, tt_var B)
{
    return tt_tape_l2_normalize(tape, A);
}

static tt_var record_mean(tt_tape *tape, tt_var A, tt_var B)
{
    return tt_tape_mean(tape, A);
}

static tt_var record_tanh(tt_tape *tape, tt_var A, tt_var B)
{
    return tt_tape_tanh(tape, A);
}

static tt_var record_sigmoid(tt_tape *tape, tt_var A, tt_var B)
{
    return tt_tape_sigmoid(tape, A);
}

/* The targets, as many as A has numbers. */
static tt_var constant_targets(tt_tape *tape, tt_var A)
{
    if (tape->error || A >= tape->count) return A; /* which the loss looks at first */
    tt_matrix a = tt_tape_value(tape, A), y = zero_matrix(a.rows, a.cols);
    for (size_t i = 0; i < a.rows * a.cols; i++) y.data[i] = (float)targets[i % COUNT(targets)];
    return tt_tape_constant(tape, y);
}

static tt_var record_logistic_loss(tt_tape *tape, tt_var A, tt_var B)
{
    return tt_tape_logistic_loss(tape, A, constant_targets(tape, A));
}

static tt_var record_softmax_loss(tt_tape *tape, tt_var A, tt_var B)
{
    return tt_tape_softmax_loss(tape, A, constant_targets(tape, A));
}

static const operation operations[] = {
    {"matmul", tt_tape_matmul, naive_matmul, 4, 2, 3, 2},
    {"bias", tt_tape_bias, naive_bias, 1, 4, 3, 4},
    {"add", tt_tape_add, naive_add, 3, 4, 3, 4},
    {"subtract", tt_tape_subtract, naive_subtract, 3, 4, 3, 4},
    {"multiply", tt_tape_multiply, naive_multiply, 3, 4, 3, 4},
    {"scale", record_scale, naive_scale, 0, 0, 3, 4},
    {"relu", record_relu, naive_relu, 0, 0, 3, 4},
    {"l2_normalize", record_l2_normalize, naive_l2_normalize, 0, 0, 3, 4},
    {"row_dot", tt_tape_row_dot, naive_row_dot, 3, 4, 3, 1},
    {"mean", record_mean, naive_mean, 0, 0, 1, 1},
    {"mse", tt_tape_mse, naive_mse, 3, 4, 1, 1},
    {"tanh", record_tanh, naive_tanh, 0, 0, 3, 4},
    {"sigmoid", record_sigmoid, naive_sigmoid, 0, 0, 3, 4},
    {"logistic_loss", record_logistic_loss, naive_logistic_loss, 0, 0, 1, 1},
    {"softmax_loss", record_softmax_loss, naive_softmax_loss, 0, 0, 1, 1},
};
enum { OPERATIONS = COUNT(operations) };

/* The mean of an operation's output times the weights C, so that every element of its gradient is
   another number. */
typedef struct alone {
    const operation *op;
    tt_matrix A, B, C;
    bool a_is_parameter, b_is_parameter;
} alone;

static tt_var leaf(tt_tape *tape, tt_matrix value, bool is_parameter)
{
    return is_parameter ? tt_tape_parameter(tape, value) : tt_tape_constant(tape, value);
}

static tt_var record_alone(tt_tape *tape, void *context)
{
    const alone *it = (const alone *)context;
    tt_var A = leaf(tape, it->A, it->a_is_parameter);
    tt_var B = it->B.data ? leaf(tape, it->B, it->b_is_parameter) : A;
    tt_var y = it->op->record(tape, A, B);
    return tt_tape_mean(tape, tt_tape_multiply(tape, y, tt_tape_constant(tape, it->C)));
}

/* Of A's numbers and B's, one after the other. */
static double naive_alone(const double *ab, const void *context)
{
    const alone *it = (const alone *)context;
    double y[12], sum = 0;
    size_t n = it->op->rows * it->op->cols;
    it->op->naive(y, ab, ab + 12);
    for (size_t i = 0; i < n; i++) sum += y[i] * (double)it->C.data[i];
    return sum / (double)n;
}

/* No element nearer to the corner of ReLU than the steps of tt_check_gradients, 1/64. */
static tt_matrix away_from_zero(tt_matrix m)
{
    for (size_t i = 0; i < m.rows * m.cols; i++) m.data[i] += m.data[i] < 0 ? -0.05f : 0.05f;
    return m;
}

static alone make_alone(const operation *op)
{
    alone it = {op,
                away_from_zero(random_matrix(3, 4)),
                {0, 0, 0, NULL, NULL},
                random_matrix(op->rows, op->cols),
                true,
                true};
    if (op->b_rows) it.B = random_matrix(op->b_rows, op->b_cols);
    return it;
}

static void every_operation_is_its_formula_and_its_gradient_the_slope(void **state)
{
    for (int o = 0; o < OPERATIONS; o++) {
        alone it = make_alone(&operations[o]);
        double *ab = in_a_row(it.A, it.B);
        print_message("%s\n", it.op->name);
        tt_tape tape = {0};
        tt_var loss = record_alone(&tape, &it);
        assert_close(*tt_tape_value(&tape, loss).data, naive_alone(ab, &it), 1e-6);
        assert_int_equal(tt_tape_backward(&tape, loss), TT_OK);
        tt_matrix dA = tt_tape_gradient(&tape, tt_tape_parameter(&tape, it.A));
        assert_matrix_close(dA, slopes(naive_alone, &it, ab, 0, it.A, 1e-5), 1e-6);
        if (it.B.data) {
            tt_matrix dB = tt_tape_gradient(&tape, tt_tape_parameter(&tape, it.B));
            assert_matrix_close(dB, slopes(naive_alone, &it, ab, 12, it.B, 1e-5), 1e-6);
        }
        tt_tape_free(&tape);
    }
}

static void every_operation_passes_the_gradient_check(void **state)
{
    for (int o = 0; o < OPERATIONS; o++) {
        alone it = make_alone(&operations[o]);
        print_message("%s\n", it.op->name);
        const tt_matrix parameters[] = {it.A, it.B};
        tt_gradient_check check;
        size_t n = it.B.data ? 2 : 1;
        assert_int_equal(tt_check_gradients(&check, record_alone, &it, parameters, n), TT_OK);
        assert_close(check.largest_error, 0, 1e-3);
        assert_int_equal(check.kinks, 0);
        assert_int_equal(check.compared, 12 + it.B.rows * it.B.cols);
    }
}

/* If only one input is a parameter, its gradient is the same, and the constant has none. */
static void constants_get_no_gradient(void **state)
{
    for (int o = 0; o < OPERATIONS; o++) {
        alone it = make_alone(&operations[o]);
        if (!it.B.data) continue;
        double *ab = in_a_row(it.A, it.B);
        for (int which = 0; which < 2; which++) {
            it.a_is_parameter = which == 0;
            it.b_is_parameter = which == 1;
            tt_tape tape = {0};
            assert_int_equal(tt_tape_backward(&tape, record_alone(&tape, &it)), TT_OK);
            tt_matrix dA = tt_tape_gradient(&tape, 0), dB = tt_tape_gradient(&tape, 1);
            if (which) assert_matrix_close(dB, slopes(naive_alone, &it, ab, 12, it.B, 1e-5), 1e-6);
            if (!which) assert_matrix_close(dA, slopes(naive_alone, &it, ab, 0, it.A, 1e-5), 1e-6);
            assert_int_equal(which ? dA.rows + dA.cols : dB.rows + dB.cols, 0);
            tt_tape_free(&tape);
        }
    }
}

static void a_graph_of_constants_has_no_gradient_at_all(void **state)
{
    for (int o = 0; o < OPERATIONS; o++) {
        alone it = make_alone(&operations[o]);
        it.a_is_parameter = it.b_is_parameter = false;
        tt_tape tape = {0};
        tt_var loss = record_alone(&tape, &it);
        assert_int_equal(tt_tape_backward(&tape, loss), TT_OK);
        for (tt_var v = 0; v <= loss; v++) assert_null(tt_tape_gradient(&tape, v).data);
        tt_tape_free(&tape);
    }
}

static void operations_on_shapes_that_do_not_fit_stop(void **state)
{
    tt_tape tape = {0};
    tt_var m23 = tt_tape_constant(&tape, random_matrix(2, 3));
    tt_var m24 = tt_tape_constant(&tape, random_matrix(2, 4));
    tt_var m33 = tt_tape_constant(&tape, random_matrix(3, 3));
    tt_var m03 = tt_tape_constant(&tape, tt_matrix_of(NULL, 0, 3));
    tt_var m20 = tt_tape_constant(&tape, tt_matrix_of(NULL, 2, 0));
    assert_stops(tt_tape_matmul(&tape, m23, m24), "X is 2x3, W is 2x4");
    assert_stops(tt_tape_bias(&tape, m23, m24), "b is 2x4, not 1x3");
    assert_stops(tt_tape_add(&tape, m23, m24), "tt_tape_add: a is 2x3, b is 2x4");
    assert_stops(tt_tape_add(&tape, m23, m33), "tt_tape_add: a is 2x3, b is 3x3");
    assert_stops(tt_tape_subtract(&tape, m23, m24), "tt_tape_subtract: a is 2x3, b is 2x4");
    assert_stops(tt_tape_subtract(&tape, m23, m33), "tt_tape_subtract: a is 2x3, b is 3x3");
    assert_stops(tt_tape_multiply(&tape, m23, m24), "tt_tape_multiply: a is 2x3, b is 2x4");
    assert_stops(tt_tape_multiply(&tape, m23, m33), "tt_tape_multiply: a is 2x3, b is 3x3");
    assert_stops(tt_tape_mean(&tape, m03), "tt_tape_mean: A is 0x3");
    assert_stops(tt_tape_mean(&tape, m20), "tt_tape_mean: A is 2x0");
    assert_stops(tt_tape_row_dot(&tape, m23, m24), "U is 2x3, V is 2x4");
    assert_stops(tt_tape_mse(&tape, m23, m24), "p is 2x3, y is 2x4");
    tt_tape_free(&tape);
}

/* Whichever operand it is, and before anything is recorded. */
static void a_variable_that_does_not_exist_stops(void **state)
{
    tt_tape tape = {0};
    tt_tape_parameter(&tape, random_matrix(3, 4));
    tt_tape_parameter(&tape, random_matrix(3, 4));
    size_t asked = test_allocations;
    for (int o = 0; o < OPERATIONS; o++) {
        char expected[80];
        snprintf(expected, sizeof expected, "tt_tape_%s: variable 2 of a tape of 2",
                 operations[o].name);
        assert_stops(operations[o].record(&tape, 2, 0), expected);
        if (operations[o].b_rows) assert_stops(operations[o].record(&tape, 0, 2), expected);
    }
    assert_stops(tt_tape_value(&tape, 2), "tt_tape_value: variable 2 of a tape of 2");
    assert_stops(tt_tape_gradient(&tape, 2), "tt_tape_gradient: variable 2 of a tape of 2");
    assert_stops(tt_tape_backward(&tape, 2), "tt_tape_backward: variable 2 of a tape of 2");
    assert_int_equal(tape.count, 2);
    assert_int_equal(test_allocations, asked);
    tt_tape_free(&tape);
}

/* A layer records its parameters, but looks at its input first; a parameter keeps its shape. */
static void a_layer_needs_an_input_and_a_parameter_one_shape(void **state)
{
    tt_random random;
    tt_sequential network;
    const size_t widths[] = {2, 2};
    tt_random_seed(&random, 1);
    assert_int_equal(tt_sequential_new(&network, widths, 1, false, &random), TT_OK);
    tt_tape tape = {0};
    tt_matrix m = random_matrix(2, 2);
    tt_tape_constant(&tape, m);
    assert_stops(tt_tape_dense(&tape, 1, &network.layers[0]),
                 "tt_tape_dense: variable 1 of a tape of 1");
    assert_int_equal(tape.count, 1);
    tt_tape_parameter(&tape, tt_matrix_of(m.data, 2, 1));
    assert_stops(tt_tape_parameter(&tape, tt_matrix_cols(m, 0, 1)),
                 "tt_tape_parameter: value is 2x1, stride 2; before it was 2x1, stride 1");
    network.depth = TT_MAX_LAYERS + 1;
    assert_stops(tt_tape_sequential(&tape, 0, &network),
                 "tt_tape_sequential: a network of 9 layers");
    assert_stops(tt_sequential_parameters(&network),
                 "tt_sequential_parameters: a network of 9 layers");
    network.depth = 1;
    tt_tape_free(&tape);
    tt_sequential_free(&network);
}

/* Graphs -------------------------------------------------------------------------------------- */

static void contributions_of_a_variable_used_often_add_up(void **state)
{
    tt_matrix X = random_matrix(2, 3);
    tt_tape tape = {0};
    tt_var x = tt_tape_parameter(&tape, X);

    /* mean(x x + x): (2 x + 1) / 6 */
    tt_var y = tt_tape_mean(&tape, tt_tape_add(&tape, tt_tape_multiply(&tape, x, x), x));
    assert_int_equal(tt_tape_backward(&tape, y), TT_OK);
    tt_matrix dX = tt_tape_gradient(&tape, x);
    for (size_t i = 0; i < 6; i++) assert_close(dX.data[i], (2 * (double)X.data[i] + 1) / 6, 1e-7);

    /* mean of each row's x . x: 2 x / 2 */
    assert_int_equal(tt_tape_backward(&tape, tt_tape_mean(&tape, tt_tape_row_dot(&tape, x, x))),
                     TT_OK);
    assert_bits_equal(tt_tape_gradient(&tape, x).data, X.data, 6);

    /* x - x, and the loss of x against itself: 0 */
    const float zeros[6] = {0};
    assert_int_equal(tt_tape_backward(&tape, tt_tape_mean(&tape, tt_tape_subtract(&tape, x, x))),
                     TT_OK);
    assert_bits_equal(tt_tape_gradient(&tape, x).data, zeros, 6);
    assert_int_equal(tt_tape_backward(&tape, tt_tape_mse(&tape, x, x)), TT_OK);
    assert_true(tt_tape_gradient(&tape, x).data[0] == 0);
    tt_tape_free(&tape);
}

/* mean of (X W + b)^2, once with the same weights before and behind a ReLU. */
typedef struct shared {
    tt_matrix X, Z;
    tt_dense layer; /* 3 x 3 */
} shared;

static tt_var record_layer_twice(tt_tape *tape, void *context)
{
    const shared *s = (const shared *)context;
    tt_var x = tt_tape_constant(tape, s->X);
    tt_var y = tt_tape_dense(tape, tt_tape_dense(tape, x, &s->layer), &s->layer);
    return tt_tape_mean(tape, tt_tape_multiply(tape, y, y));
}

static tt_var record_both_towers(tt_tape *tape, void *context)
{
    const shared *s = (const shared *)context;
    tt_var u = tt_tape_dense(tape, tt_tape_constant(tape, s->X), &s->layer);
    tt_var v = tt_tape_dense(tape, tt_tape_constant(tape, s->Z), &s->layer);
    return tt_tape_mean(tape, tt_tape_row_dot(tape, tt_tape_l2_normalize(tape, u), v));
}

/* relu(x W + b) of one row in float64; wb holds W and then b. */
static void naive_layer(double *y, const double *x, const double *wb)
{
    for (int o = 0; o < 3; o++) {
        double sum = wb[9 + o];
        for (int i = 0; i < 3; i++) sum += x[i] * wb[3 * i + o];
        y[o] = fmax(sum, 0);
    }
}

static double naive_layer_twice(const double *wb, const void *context)
{
    const shared *s = (const shared *)context;
    double *x = in_double(s->X), sum = 0, hidden[3], y[3];
    for (int n = 0; n < 4; n++) {
        naive_layer(hidden, x + 3 * n, wb);
        naive_layer(y, hidden, wb);
        for (int o = 0; o < 3; o++) sum += y[o] * y[o] / 12;
    }
    return sum;
}

static double naive_both_towers(const double *wb, const void *context)
{
    const shared *s = (const shared *)context;
    double *x = in_double(s->X), *z = in_double(s->Z), sum = 0, u[3], v[3];
    for (int n = 0; n < 4; n++) {
        naive_layer(u, x + 3 * n, wb);
        naive_layer(v, z + 3 * n, wb);
        double length = sqrt(fmax(u[0] * u[0] + u[1] * u[1] + u[2] * u[2], 1e-12));
        for (int o = 0; o < 3; o++) sum += u[o] * v[o] / length / 4;
    }
    return sum;
}

static void shared_weights_add_up(void **state)
{
    shared s = {random_matrix(4, 3),
                random_matrix(4, 3),
                {random_matrix(3, 3), random_matrix(1, 3), TT_RELU}};
    tt_graph graphs[] = {record_layer_twice, record_both_towers};
    formula *naive[] = {naive_layer_twice, naive_both_towers};
    for (int g = 0; g < 2; g++) {
        tt_tape tape = {0};
        assert_int_equal(tt_tape_backward(&tape, graphs[g](&tape, &s)), TT_OK);
        tt_matrix dW = tt_tape_gradient(&tape, tt_tape_parameter(&tape, s.layer.weights));
        tt_matrix db = tt_tape_gradient(&tape, tt_tape_parameter(&tape, s.layer.bias));
        double *wb = in_a_row(s.layer.weights, s.layer.bias);
        assert_matrix_close(dW, slopes(naive[g], &s, wb, 0, dW, 1e-6), 1e-6);
        assert_matrix_close(db, slopes(naive[g], &s, wb, 9, db, 1e-6), 1e-6);
        tt_tape_free(&tape);
    }
}

static void a_parameter_asked_twice_is_one_variable(void **state)
{
    tt_matrix W = random_matrix(2, 2), V = random_matrix(2, 2);
    tt_tape tape = {0};
    tt_var w = tt_tape_parameter(&tape, W), v = tt_tape_parameter(&tape, V);
    assert_int_not_equal(w, v);
    assert_int_equal(tt_tape_parameter(&tape, W), w);
    assert_int_equal(tt_tape_parameter(&tape, V), v);
    assert_int_not_equal(tt_tape_constant(&tape, W), w);
    assert_int_equal(tt_tape_parameter(&tape, W), w);
    tt_matrix late = random_matrix(2, 2); /* first a constant, then a parameter: two variables */
    tt_var constant = tt_tape_constant(&tape, late), parameter = tt_tape_parameter(&tape, late);
    assert_int_not_equal(constant, parameter);
    assert_stops(tt_tape_parameter(&tape, tt_matrix_rows(W, 0, 1)), "2x2");
    assert_ptr_equal(tt_tape_value(&tape, w).data, W.data); /* borrowed */
    tt_tape_free(&tape);
}

static void backward_twice_gives_the_same_gradients(void **state)
{
    golden_towers towers;
    load_towers(&towers);
    tt_tape tape = {0};
    tt_var loss = record_loss(&tape, &towers);
    assert_int_equal(tt_tape_backward(&tape, loss), TT_OK);
    tt_var W = tt_tape_parameter(&tape, towers.item.layers[0].weights);
    tt_matrix gradient = tt_tape_gradient(&tape, W), once = copy_of(gradient);
    for (int again = 0; again < 3; again++) {
        assert_int_equal(tt_tape_backward(&tape, loss), TT_OK);
        assert_ptr_equal(tt_tape_gradient(&tape, W).data, gradient.data);
        assert_bits_equal(gradient.data, once.data, 7 * 8);
    }
    tt_tape_free(&tape);
    free_towers(&towers);
}

/* Zeros, or no gradient at all: what a variable that does not influence the output must have. */
static void assert_no_influence(const tt_tape *tape, tt_var variable)
{
    tt_matrix gradient = tt_tape_gradient(tape, variable);
    for (size_t i = 0; i < gradient.rows * gradient.cols; i++) assert_true(gradient.data[i] == 0);
}

static void a_variable_off_the_path_has_no_gradient(void **state)
{
    tt_tape tape = {0};
    tt_var w = tt_tape_parameter(&tape, random_matrix(2, 2));
    tt_var unused = tt_tape_parameter(&tape, random_matrix(2, 2));
    tt_var dead_end = tt_tape_relu(&tape, unused);
    tt_var early = tt_tape_mean(&tape, w), v = tt_tape_parameter(&tape, random_matrix(2, 2));
    tt_var late = tt_tape_mean(&tape, tt_tape_add(&tape, w, v));

    assert_int_equal(tt_tape_backward(&tape, early), TT_OK);
    assert_no_influence(&tape, unused);
    assert_no_influence(&tape, dead_end);
    assert_no_influence(&tape, v);
    assert_true(tt_tape_gradient(&tape, w).data[0] == 0.25f);

    /* Nor does it keep the one that it had with respect to another output. */
    assert_int_equal(tt_tape_backward(&tape, late), TT_OK);
    assert_true(tt_tape_gradient(&tape, v).data[0] == 0.25f);
    assert_int_equal(tt_tape_backward(&tape, early), TT_OK);
    assert_no_influence(&tape, v);
    tt_tape_free(&tape);
}

static void only_one_number_can_be_differentiated(void **state)
{
    tt_tape tape = {0};
    tt_var w = tt_tape_parameter(&tape, random_matrix(2, 3));
    assert_stops(tt_tape_backward(&tape, w), "tt_tape_backward: output is 2x3");
    assert_stops(tt_tape_backward(&tape, 7), "variable 7 of a tape of 1");
    tt_tape_reset(&tape);
    float x = 3; /* a parameter of one element may be the output itself */
    w = tt_tape_parameter(&tape, tt_matrix_of(&x, 1, 1));
    assert_int_equal(tt_tape_backward(&tape, w), TT_OK);
    assert_true(*tt_tape_gradient(&tape, w).data == 1);
    tt_tape_free(&tape);
}

static void reset_keeps_the_memory(void **state)
{
    large it = make_large();
    tt_tape tape = {0};
    assert_int_equal(step_large(&tape, &it), TT_OK);
    size_t allocations = test_allocations;
    for (int again = 0; again < 3; again++) {
        tt_tape_reset(&tape);
        assert_int_equal(step_large(&tape, &it), TT_OK);
        assert_int_equal(test_allocations, allocations);
    }
    for (int twice = 0; twice < 2; twice++) tt_tape_free(&tape);
    tt_sequential_free(&it.network);
}

/* Whichever allocation fails, once or from then on: backward says so, nothing leaks, and after a
   reset the same tape works. */
static void every_failing_allocation_is_reported(void **state)
{
    large it = make_large();
    size_t before = test_live_blocks;
    tt_tape whole = {0};
    size_t first = test_allocations;
    assert_int_equal(step_large(&whole, &it), TT_OK);
    size_t needed = test_allocations - first;
    tt_matrix W = it.network.layers[1].weights;
    tt_matrix expected = copy_of(tt_tape_gradient(&whole, tt_tape_parameter(&whole, W)));
    tt_tape_free(&whole);
    assert_true(needed > 6);

    for (size_t k = 1; k <= needed; k++)
        for (int for_good = 0; for_good < 2; for_good++) {
            tt_tape tape = {0};
            test_fail_at = k, test_fail_for_good = for_good;
            assert_int_equal(step_large(&tape, &it), TT_ERROR_MEMORY);
            assert_int_equal(tape.error, TT_ERROR_MEMORY);
            test_fail_at = 0;
            tt_tape_reset(&tape);
            assert_int_equal(tape.error, TT_OK);
            assert_int_equal(step_large(&tape, &it), TT_OK);
            tt_matrix dW = tt_tape_gradient(&tape, tt_tape_parameter(&tape, W));
            assert_bits_equal(dW.data, expected.data, 200 * 120);
            tt_tape_free(&tape);
            assert_int_equal(test_live_blocks, before);
        }
    tt_sequential_free(&it.network);
}

/* Each operation by itself, on rows so long that every matrix of the tape is a block of its own. */
static void every_operation_reports_every_failing_allocation(void **state)
{
    enum { LONG = 17000 };
    tt_matrix row = random_matrix(1, LONG), other = random_matrix(1, LONG);
    tt_matrix column = tt_matrix_of(other.data, LONG, 1);
    for (int o = 0; o < OPERATIONS; o++)
        for (size_t k = 1, failed = 1; failed; k++)
            for (int for_good = 0; for_good < 2; for_good++) {
                tt_tape tape = {0};
                test_fail_at = k, test_fail_for_good = for_good;
                tt_var A = tt_tape_parameter(&tape, row);
                tt_var B = tt_tape_parameter(&tape, o == 0 ? column : other); /* 0: matmul */
                tt_var loss = tt_tape_mean(&tape, operations[o].record(&tape, A, B));
                tt_error error = tt_tape_backward(&tape, loss);
                if (!for_good) failed = test_fail_at == 0;
                test_fail_at = 0;
                assert_int_equal(error, failed ? TT_ERROR_MEMORY : TT_OK);
                tt_tape_free(&tape);
                assert_int_equal(test_live_blocks, 0);
                assert_true(failed || k > 5);
            }
}

/* A parameter asks for its node, and then for its gradient. */
static void a_parameters_own_gradient_may_fail_too(void **state)
{
    float x = 3;
    tt_tape tape = {0};
    test_fail_at = 2;
    tt_var w = tt_tape_parameter(&tape, tt_matrix_of(&x, 1, 1));
    assert_int_equal(test_fail_at, 0);
    assert_int_equal(tt_tape_backward(&tape, w), TT_ERROR_MEMORY);
    tt_tape_free(&tape);
}

static void operations_on_a_failed_tape_do_nothing(void **state)
{
    tt_matrix X = random_matrix(3, 4);
    tt_dense layer = {random_matrix(4, 2), random_matrix(1, 2), TT_RELU};
    tt_tape tape = {0};
    test_fail_at = 1, test_fail_for_good = true;
    tt_var x = tt_tape_parameter(&tape, X);
    size_t asked = test_allocations;
    for (int o = 0; o < OPERATIONS; o++) assert_int_equal(operations[o].record(&tape, x, x), 0);
    assert_int_equal(test_allocations, asked);
    tt_tape_dense(&tape, x, &layer);
    assert_int_equal(tt_tape_backward(&tape, x), TT_ERROR_MEMORY);
    assert_int_equal(tape.count, 0);
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    assert_int_equal(tt_adam_step(&adam, &tape), TT_ERROR_MEMORY);
    assert_int_equal(adam.steps, 0);
    tt_adam_free(&adam);
    tt_tape_free(&tape);
}

static void assert_empty(tt_matrix matrix)
{
    assert_true(matrix.rows == 0 && matrix.cols == 0 && matrix.data == NULL);
}

/* Not even what it had before, nor is a variable looked at that it never had. */
static void a_failed_tape_shows_nothing(void **state)
{
    tt_tape tape = {0};
    tt_var w = tt_tape_parameter(&tape, random_matrix(2, 2)), mean = tt_tape_mean(&tape, w);
    assert_int_equal(tt_tape_backward(&tape, mean), TT_OK);
    assert_non_null(tt_tape_value(&tape, w).data);
    assert_non_null(tt_tape_gradient(&tape, w).data);
    run_out_of_memory(&tape);
    const tt_var variables[] = {w, mean, 3, 99};
    for (int i = 0; i < 4; i++) {
        assert_empty(tt_tape_value(&tape, variables[i]));
        assert_empty(tt_tape_gradient(&tape, variables[i]));
    }
    tt_tape_free(&tape);
}

static void check_gradients_of(tt_tape *tape, const tt_sequential *network, const char *tower)
{
    for (size_t l = 0; l < 3; l++) {
        tt_var W = tt_tape_parameter(tape, network->layers[l].weights);
        tt_var b = tt_tape_parameter(tape, network->layers[l].bias);
        tt_table dW = golden(golden_name(tower, 'w', l, "_gradient"));
        tt_table db = golden(golden_name(tower, 'b', l, "_gradient"));
        assert_matrix_close(tt_tape_gradient(tape, W), dW, 1e-6);
        assert_matrix_close(tt_tape_gradient(tape, b), db, 1e-6);
    }
}

/* A tanh and a sigmoid layer under the losses of classification, as PyTorch has them. */
static void golden_gradients_of_classifiers(void **state)
{
    static const char *const names[] = {"softmax", "logistic"};
    const size_t widths[] = {4, 8, 6, 3};
    for (int i = 0; i < 2; i++) {
        tt_sequential network = new_network(widths, 3, false, 1);
        load_weights(&network, names[i]);
        network.layers[0].activation = TT_TANH;
        network.layers[1].activation = TT_SIGMOID;
        tt_tape tape = {0};
        tt_var x = tt_tape_constant(&tape, golden_matrix("towers_classes_x"));
        tt_var p = tt_tape_sequential(&tape, x, &network);
        tt_matrix Y = golden_matrix(i ? "towers_logistic_y" : "towers_softmax_y");
        tt_var y = tt_tape_constant(&tape, Y);
        tt_var loss = i ? tt_tape_logistic_loss(&tape, p, y) : tt_tape_softmax_loss(&tape, p, y);
        tt_table losses = golden(i ? "towers_logistic_losses" : "towers_softmax_losses");
        assert_int_equal(tt_tape_backward(&tape, loss), TT_OK);
        assert_close(*tt_tape_value(&tape, loss).data, losses.data[0], 1e-7);
        check_gradients_of(&tape, &network, names[i]);
        tt_tape_free(&tape);
        tt_sequential_free(&network);
    }
}

/* Targets of a cross-entropy have no gradient, so they may not need one. */
static void targets_of_a_cross_entropy_are_constant(void **state)
{
    tt_matrix A = random_matrix(3, 4);
    tt_tape tape = {0};
    tt_var p = tt_tape_parameter(&tape, A), y = tt_tape_scale(&tape, p, 2);
    assert_stops(tt_tape_logistic_loss(&tape, p, y),
                 "tt_tape_logistic_loss: y, variable 1, depends on a parameter");
    assert_stops(tt_tape_softmax_loss(&tape, p, p),
                 "tt_tape_softmax_loss: y, variable 0, depends on a parameter");
    assert_stops(tt_tape_softmax_loss(&tape, p, 7), "tt_tape_softmax_loss: variable 7 of a tape");
    tt_tape_free(&tape);
}

static void golden_gradients(void **state)
{
    golden_towers towers;
    load_towers(&towers);
    tt_tape tape = {0};
    assert_int_equal(tt_tape_backward(&tape, record_loss(&tape, &towers)), TT_OK);
    check_gradients_of(&tape, &towers.user, "user");
    check_gradients_of(&tape, &towers.item, "item");
    tt_tape_free(&tape);
    free_towers(&towers);
}

static void going_backwards_allocates_nothing(void **state)
{
    tt_tape tape = {0};
    tt_matrix X = random_matrix(5, 4), W = random_matrix(4, 3), b = random_matrix(1, 3);
    tt_var y = tt_tape_l2_normalize(
        &tape, tt_tape_relu(&tape, tt_tape_bias(&tape,
                                                tt_tape_matmul(&tape, tt_tape_constant(&tape, X),
                                                               tt_tape_parameter(&tape, W)),
                                                tt_tape_parameter(&tape, b))));
    tt_var loss = tt_tape_mean(&tape, tt_tape_row_dot(&tape, y, y));
    size_t before = test_allocations;
    test_fail_at = 1, test_fail_for_good = true;
    assert_int_equal(tt_tape_backward(&tape, loss), TT_OK);
    assert_int_equal(test_allocations, before);
    test_fail_at = 0;
    tt_tape_free(&tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_operation_is_its_formula_and_its_gradient_the_slope),
        test(every_operation_passes_the_gradient_check),
        test(constants_get_no_gradient),
        test(a_graph_of_constants_has_no_gradient_at_all),
        test(operations_on_shapes_that_do_not_fit_stop),
        test(a_variable_that_does_not_exist_stops),
        test(a_layer_needs_an_input_and_a_parameter_one_shape),
        test(contributions_of_a_variable_used_often_add_up),
        test(shared_weights_add_up),
        test(a_parameter_asked_twice_is_one_variable),
        test(backward_twice_gives_the_same_gradients),
        test(a_variable_off_the_path_has_no_gradient),
        test(only_one_number_can_be_differentiated),
        test(reset_keeps_the_memory),
        test(every_failing_allocation_is_reported),
        test(every_operation_reports_every_failing_allocation),
        test(a_parameters_own_gradient_may_fail_too),
        test(operations_on_a_failed_tape_do_nothing),
        test(a_failed_tape_shows_nothing),
        test(golden_gradients),
        test(golden_gradients_of_classifiers),
        test(targets_of_a_cross_entropy_are_constant),
        test(going_backwards_allocates_nothing),
    };
    return cmocka_run_group_tests_name("06_tape", tests, NULL, NULL);
}
