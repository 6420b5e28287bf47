/* Tests of §7 to §10: dense layers, the tape, checking gradients, optimisers. */

#include "test.h"

static double element(tt_matrix m, size_t r, size_t c)
{
    return (double)m.data[r * m.stride + c];
}

/* The numbers of a matrix in float64. */
static double *in_double(tt_matrix m)
{
    double *x = (double *)test_keep(m.rows * m.cols * sizeof *x);
    for (size_t r = 0; r < m.rows; r++)
        for (size_t c = 0; c < m.cols; c++) x[r * m.cols + c] = element(m, r, c);
    return x;
}

static tt_matrix copy_of(tt_matrix m)
{
    tt_matrix copy = garbage_matrix(m.rows, m.cols);
    for (size_t r = 0; r < m.rows; r++)
        memcpy(copy.data + r * m.cols, m.data + r * m.stride, m.cols * sizeof *m.data);
    return copy;
}

static tt_sequential new_network(const size_t *widths, size_t depth, bool normalize, uint32_t seed)
{
    tt_random random;
    tt_random_seed(&random, seed);
    tt_sequential network = {0, NULL, false, NULL};
    assert_int_equal(tt_sequential_new(&network, widths, depth, normalize, &random), TT_OK);
    for (size_t l = 0; l < depth; l++) /* biases that are not 0, so that their being used shows */
        for (size_t o = 0; o < widths[l + 1]; o++) network.layers[l].bias.data[o] = test_random();
    return network;
}

/* §7 dense layers ----------------------------------------------------------------------------- */

static const size_t notebook_widths[] = {16, 512, 256, 32};

/* The weights that NumPy would draw: RandomState(seed).uniform(-limit, limit), layer by layer. */
static void weights_start_glorot_uniform_and_biases_zero(void **state)
{
    (void)state;
    tt_random random, expected;
    tt_random_seed(&random, 7);
    tt_random_seed(&expected, 7);
    tt_sequential network;
    assert_int_equal(tt_sequential_new(&network, notebook_widths, 3, true, &random), TT_OK);
    for (size_t l = 0; l < 3; l++) {
        tt_matrix W = network.layers[l].weights, b = network.layers[l].bias;
        double limit = sqrt(6.0 / (double)(notebook_widths[l] + notebook_widths[l + 1]));
        double sum = 0, most = 0;
        assert_true(W.rows == notebook_widths[l] && W.cols == notebook_widths[l + 1]);
        for (size_t i = 0; i < W.rows * W.cols; i++) {
            assert_true(W.data[i] == (float)tt_random_uniform(&expected, -limit, limit));
            sum += (double)W.data[i];
            most = fmax(most, fabs((double)W.data[i]));
        }
        assert_true(most <= limit + 1e-7 && most > 0.99 * limit);
        assert_close(sum / (double)(W.rows * W.cols), 0, 0.02 * limit);
        assert_true(b.rows == 1 && b.cols == W.cols);
        for (size_t o = 0; o < b.cols; o++) assert_true(b.data[o] == 0);
        assert_int_equal(network.layers[l].activation, l < 2 ? TT_RELU : TT_LINEAR);
    }
    assert_memory_equal(&random, &expected, sizeof random); /* as many numbers drawn */
    tt_sequential_free(&network);
}

static void the_notebooks_tower_has_148256_parameters(void **state)
{
    (void)state;
    const size_t one[] = {3, 2};
    tt_sequential tower = new_network(notebook_widths, 3, true, 1);
    tt_sequential small = new_network(one, 1, false, 1), zeros = {0, NULL, false, NULL};
    assert_int_equal(tt_sequential_parameters(&tower), 148256);
    assert_int_equal(tt_sequential_parameters(&small), 8);
    assert_int_equal(tt_sequential_parameters(&zeros), 0);
    tt_sequential_free(&tower);
    tt_sequential_free(&small);
    tt_sequential_free(&small);
    tt_sequential_free(&zeros);
}

static void a_network_that_can_not_be_is_refused(void **state)
{
    (void)state;
    const size_t widths[] = {3, 0, 2, 1, 1, 1, 1, 1, 1, 1}, wide[] = {3, (1u << 20) + 1};
    tt_random random;
    tt_random_seed(&random, 1);
    tt_sequential network = {9, NULL, true, NULL};
    assert_stops(tt_sequential_new(&network, widths, 0, true, &random), "depth is 0");
    assert_stops(tt_sequential_new(&network, widths, 9, true, &random), "depth is 9");
    assert_stops(tt_sequential_new(&network, widths, 2, true, &random), "widths[1] is 0");
    assert_stops(tt_sequential_new(&network, wide, 1, true, &random), "widths[1] is 1048577");
#if SIZE_MAX == UINT32_MAX
    const size_t huge[] = {65536, 65536}; /* 65537 * 65536 is 65536 in 32 bits */
    assert_int_equal(tt_sequential_new(&network, huge, 1, true, &random), TT_ERROR_MEMORY);
#endif
    for (size_t k = 1; k <= 2; k++) {
        test_fail_at = k;
        assert_int_equal(tt_sequential_new(&network, notebook_widths, 3, true, &random),
                         TT_ERROR_MEMORY);
        assert_true(network.depth == 9 && test_live_blocks == 0);
    }
}

static void the_summary_is_as_keras_prints_it(void **state)
{
    (void)state;
    static const char expected[] =
        "Layer                            Output shape           Parameters\n"
        "------------------------------------------------------------------\n"
        "user input                       (None, 16)                      0\n"
        "user dense 1 (relu)              (None, 512)                 8,704\n"
        "user dense 2 (relu)              (None, 256)               131,328\n"
        "user dense 3                     (None, 32)                  8,224\n"
        "user L2 normalisation            (None, 32)                      0\n"
        "------------------------------------------------------------------\n"
        "Total parameters: 148,256 (579.1 KB)\n";
    tt_sequential tower = new_network(notebook_widths, 3, true, 1);
    char text[sizeof expected + 8];
    assert_int_equal(tt_sequential_summary(text, sizeof text, &tower, "user"), strlen(expected));
    assert_string_equal(text, expected);

    /* As snprintf: whatever the capacity, a NUL within it, nothing beyond, and the same length. */
    assert_int_equal(tt_sequential_summary(NULL, 0, &tower, "user"), strlen(expected));
    for (size_t capacity = 0; capacity <= sizeof expected; capacity++) {
        memset(text, '#', sizeof text);
        assert_int_equal(tt_sequential_summary(text, capacity, &tower, "user"), strlen(expected));
        if (capacity) assert_memory_equal(text, expected, capacity - 1);
        if (capacity) assert_int_equal(text[capacity - 1], 0);
        assert_int_equal(text[capacity], '#');
    }
    tower.normalize = false;
    tt_sequential_summary(text, sizeof text, &tower, "user");
    assert_null(strstr(text, "L2"));
    tt_sequential_free(&tower);
}

static void summary_lines_fit_a_terminal(void **state)
{
    (void)state;
    const size_t widths[] = {512, 1024, 4};
    const char *names[] = {"user", "a name that goes on for much longer than any tower needs"};
    tt_sequential tower = new_network(widths, 2, true, 1);
    for (int n = 0; n < 2; n++) {
        char text[2000], *line = text;
        tt_sequential_summary(text, sizeof text, &tower, names[n]);
        assert_non_null(strstr(text, "525,312"));
        assert_non_null(strstr(text, "Total parameters: 529,412 (2068.0 KB)"));
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
            assert_true(end - line <= 80);
    }
    tt_sequential_free(&tower);
}

/* The whole network as formulas in float64. */
static tt_table naive_forward(const tt_sequential *network, tt_matrix X)
{
    double *in = in_double(X);
    size_t N = X.rows, I = X.cols;
    for (size_t l = 0; l < network->depth; l++) {
        const tt_dense *layer = &network->layers[l];
        size_t O = layer->weights.cols;
        double *out = (double *)test_keep(N * O * sizeof *out);
        for (size_t n = 0; n < N; n++)
            for (size_t o = 0; o < O; o++) {
                double y = element(layer->bias, 0, o);
                for (size_t i = 0; i < I; i++) y += in[n * I + i] * element(layer->weights, i, o);
                out[n * O + o] = layer->activation == TT_RELU ? fmax(y, 0) : y;
            }
        in = out;
        I = O;
    }
    for (size_t n = 0; n < N && network->normalize; n++) {
        double squares = 0;
        for (size_t i = 0; i < I; i++) squares += in[n * I + i] * in[n * I + i];
        for (size_t i = 0; i < I; i++) in[n * I + i] /= sqrt(fmax(squares, 1e-12));
    }
    return tt_table_of(in, N, I);
}

/* More rows than the 64 of a block, from a view into a view; the tape gives the same bits. */
static void forward_is_the_formula(void **state)
{
    (void)state;
    const size_t widths[] = {5, 9, 3, 4};
    const size_t rows[] = {1, 63, 64, 65, 130};
    for (size_t k = 0; k < 10; k++) {
        tt_sequential network = new_network(widths, 1 + k % 3, k % 2 == 0, 3);
        size_t N = rows[k / 2], O = widths[1 + k % 3];
        tt_matrix X = tt_matrix_cols(random_matrix(N, 8), 2, 5), wide = garbage_matrix(N, O + 2);
        tt_matrix Y = tt_matrix_cols(wide, 1, O);
        assert_int_equal(tt_sequential_forward(Y, &network, X), TT_OK);
        assert_matrix_close(Y, naive_forward(&network, X), 1e-5);
        assert_true(isnan(wide.data[0]) && isnan(wide.data[N * (O + 2) - 1]));

        tt_tape tape = {0};
        tt_var y = tt_tape_sequential(&tape, tt_tape_constant(&tape, X), &network);
        tt_matrix taped = tt_tape_value(&tape, y);
        for (size_t n = 0; n < N; n++)
            assert_bits_equal(tt_matrix_at(Y, n, 0), tt_matrix_at(taped, n, 0), O);
        tt_tape_free(&tape);
        tt_sequential_free(&network);
    }
}

static void forward_on_shapes_that_do_not_fit_stops(void **state)
{
    (void)state;
    const size_t widths[] = {5, 4};
    tt_sequential network = new_network(widths, 1, true, 3);
    tt_matrix X = random_matrix(2, 5), Y = garbage_matrix(2, 4);
    assert_stops(tt_sequential_forward(Y, &network, Y), "X is 2x4, inputs are 5");
    assert_stops(tt_sequential_forward(X, &network, X), "Y is 2x5, X is 2x5, outputs are 4");
    assert_stops(tt_sequential_forward(random_matrix(3, 4), &network, X),
                 "Y is 3x4, X is 2x5, outputs are 4");
    test_fail_at = 1;
    assert_int_equal(tt_sequential_forward(Y, &network, X), TT_ERROR_MEMORY);
    assert_true(isnan(Y.data[0]));
    tt_sequential_free(&network);
}

static void a_network_without_layers_stops(void **state)
{
    (void)state;
    tt_sequential zeros = {0, NULL, false, NULL};
    tt_matrix X = random_matrix(2, 5);
    assert_stops(tt_sequential_forward(X, &zeros, X),
                 "tt_sequential_forward: a network of 0 layers");
    assert_stops(tt_sequential_summary(NULL, 0, &zeros, "user"),
                 "tt_sequential_summary: a network of 0 layers");
    assert_int_equal(test_allocations, 0);
}

/* The golden towers: §7 forward, §8 gradients, §10 Adam, against PyTorch in float64 --------- */

typedef struct golden_towers {
    tt_sequential user, item;
    tt_matrix user_x, item_x, y;
} golden_towers;

static void copy_numbers(tt_matrix out, tt_matrix in)
{
    assert_int_equal(out.rows * out.cols, in.rows * in.cols);
    memcpy(out.data, in.data, in.rows * in.cols * sizeof *in.data);
}

/* "towers_user_w0", "towers_user_w0_gradient" ... */
static const char *golden_name(const char *tower, char what, size_t layer, const char *suffix)
{
    static char name[64];
    snprintf(name, sizeof name, "towers_%s_%c%zu%s", tower, what, layer, suffix);
    return name;
}

static void load_weights(tt_sequential *network, const char *tower)
{
    for (size_t l = 0; l < 3; l++) {
        copy_numbers(network->layers[l].weights, golden_matrix(golden_name(tower, 'w', l, "")));
        copy_numbers(network->layers[l].bias, golden_matrix(golden_name(tower, 'b', l, "")));
    }
}

static void load_towers(golden_towers *towers)
{
    const size_t user[] = {5, 8, 6, 4}, item[] = {7, 8, 6, 4};
    towers->user = new_network(user, 3, true, 1);
    towers->item = new_network(item, 3, true, 1);
    load_weights(&towers->user, "user");
    load_weights(&towers->item, "item");
    towers->user_x = golden_matrix("towers_user_x");
    towers->item_x = golden_matrix("towers_item_x");
    towers->y = golden_matrix("towers_y");
    towers->y = tt_matrix_of(towers->y.data, towers->y.cols, 1); /* the file has it as one line */
}

static void free_towers(golden_towers *towers)
{
    tt_sequential_free(&towers->user);
    tt_sequential_free(&towers->item);
}

static tt_var record_prediction(tt_tape *tape, const golden_towers *t)
{
    tt_var u = tt_tape_sequential(tape, tt_tape_constant(tape, t->user_x), &t->user);
    tt_var v = tt_tape_sequential(tape, tt_tape_constant(tape, t->item_x), &t->item);
    return tt_tape_row_dot(tape, u, v);
}

static tt_var record_loss(tt_tape *tape, void *context)
{
    const golden_towers *t = (const golden_towers *)context;
    return tt_tape_mse(tape, record_prediction(tape, t), tt_tape_constant(tape, t->y));
}

/* Vectors and predictions are sums of a few dozen products of size 1: a few units of 6e-8 off. */
static void golden_vectors_and_predictions(void **state)
{
    (void)state;
    golden_towers towers;
    load_towers(&towers);
    tt_matrix u = garbage_matrix(10, 4), v = garbage_matrix(10, 4);
    assert_int_equal(tt_sequential_forward(u, &towers.user, towers.user_x), TT_OK);
    assert_int_equal(tt_sequential_forward(v, &towers.item, towers.item_x), TT_OK);
    assert_matrix_close(u, golden("towers_user_vector"), 1e-6);
    assert_matrix_close(v, golden("towers_item_vector"), 1e-6);

    tt_tape tape = {0};
    tt_var loss = record_loss(&tape, &towers), p = record_prediction(&tape, &towers);
    tt_matrix predictions = tt_tape_value(&tape, p);
    assert_matrix_close(tt_matrix_of(predictions.data, 1, 10), golden("towers_prediction"), 1e-6);
    assert_close(*tt_tape_value(&tape, loss).data, golden("towers_losses").data[0], 1e-6);
    tt_tape_free(&tape);
    free_towers(&towers);
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

static void golden_gradients(void **state)
{
    (void)state;
    golden_towers towers;
    load_towers(&towers);
    tt_tape tape = {0};
    assert_int_equal(tt_tape_backward(&tape, record_loss(&tape, &towers)), TT_OK);
    check_gradients_of(&tape, &towers.user, "user");
    check_gradients_of(&tape, &towers.item, "item");
    tt_tape_free(&tape);
    free_towers(&towers);
}

static void check_weights_of(const tt_sequential *network, const char *tower, const char *when,
                             double tolerance)
{
    for (size_t l = 0; l < 3; l++) {
        tt_table W = golden(golden_name(tower, 'w', l, when));
        tt_table b = golden(golden_name(tower, 'b', l, when));
        assert_matrix_close(network->layers[l].weights, W, tolerance);
        assert_matrix_close(network->layers[l].bias, b, tolerance);
    }
}

/* A step is at most 0.01, its relative error that of a gradient, about 1e-6 for the smallest ones;
   20 steps feed it back.  A wrong bias correction or epsilon is off by 1e-4 and more. */
static void golden_weights_and_losses_of_20_steps_of_adam(void **state)
{
    (void)state;
    golden_towers towers;
    load_towers(&towers);
    tt_table losses = golden("towers_losses");
    tt_adam adam;
    tt_adam_new(&adam, &(tt_adam_options){.learning_rate = 0.01});
    tt_tape tape = {0};
    for (size_t step = 0; step < 20; step++) {
        tt_tape_reset(&tape);
        tt_var loss = record_loss(&tape, &towers);
        assert_close(*tt_tape_value(&tape, loss).data, losses.data[step], 1e-6);
        assert_int_equal(tt_tape_backward(&tape, loss), TT_OK);
        assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
        if (step == 0) check_weights_of(&towers.user, "user", "_after1", 1e-6);
        if (step == 0) check_weights_of(&towers.item, "item", "_after1", 1e-6);
    }
    check_weights_of(&towers.user, "user", "_after20", 5e-6);
    check_weights_of(&towers.item, "item", "_after20", 5e-6);
    assert_int_equal(adam.steps, 20);
    tt_tape_free(&tape);
    tt_adam_free(&adam);
    free_towers(&towers);
}

/* §8 the tape: each operation alone ----------------------------------------------------------- */

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
    (void)b;
    for (int i = 0; i < 12; i++) y[i] = -1.5 * a[i];
}

static void naive_relu(double *y, const double *a, const double *b)
{
    (void)b;
    for (int i = 0; i < 12; i++) y[i] = fmax(a[i], 0);
}

static void naive_l2_normalize(double *y, const double *a, const double *b)
{
    (void)b;
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
    (void)b;
    *y = 0;
    for (int i = 0; i < 12; i++) *y += a[i] / 12;
}

static void naive_mse(double *y, const double *a, const double *b)
{
    *y = 0;
    for (int i = 0; i < 12; i++) *y += (a[i] - b[i]) * (a[i] - b[i]) / 12;
}

static tt_var record_scale(tt_tape *tape, tt_var A, tt_var B)
{
    (void)B;
    return tt_tape_scale(tape, A, -1.5f);
}

static tt_var record_relu(tt_tape *tape, tt_var A, tt_var B)
{
    (void)B;
    return tt_tape_relu(tape, A);
}

static tt_var record_l2_normalize(tt_tape *tape, tt_var A, tt_var B)
{
    (void)B;
    return tt_tape_l2_normalize(tape, A);
}

static tt_var record_mean(tt_tape *tape, tt_var A, tt_var B)
{
    (void)B;
    return tt_tape_mean(tape, A);
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
};
enum { OPERATIONS = sizeof operations / sizeof *operations };

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

static double naive_alone(const alone *it, const double *a, const double *b)
{
    double y[12], sum = 0, *c = in_double(it->C);
    size_t n = it->op->rows * it->op->cols;
    it->op->naive(y, a, b);
    for (size_t i = 0; i < n; i++) sum += y[i] * c[i];
    return sum / (double)n;
}

/* d naive / d x, where x is a or b, by central differences. */
static tt_table naive_slopes(const alone *it, double *a, double *b, double *x, tt_matrix like)
{
    double *slope = (double *)test_keep(like.rows * like.cols * sizeof *slope);
    for (size_t i = 0; i < like.rows * like.cols; i++) {
        double start = x[i], h = 1e-5;
        x[i] = start + h;
        slope[i] = naive_alone(it, a, b);
        x[i] = start - h;
        slope[i] = (slope[i] - naive_alone(it, a, b)) / (2 * h);
        x[i] = start;
    }
    return tt_table_of(slope, like.rows, like.cols);
}

/* No element nearer to the corner of ReLU than the steps of tt_check_gradients, 1/64. */
static tt_matrix away_from_zero(tt_matrix m)
{
    for (size_t i = 0; i < m.rows * m.cols; i++) m.data[i] += m.data[i] < 0 ? -0.05f : 0.05f;
    return m;
}

static alone make_alone(const operation *op)
{
    alone it = {op, away_from_zero(random_matrix(3, 4)), {0, 0, 0, NULL, NULL},
                random_matrix(op->rows, op->cols), true, true};
    if (op->b_rows) it.B = random_matrix(op->b_rows, op->b_cols);
    return it;
}

static void every_operation_is_its_formula_and_its_gradient_the_slope(void **state)
{
    (void)state;
    for (int o = 0; o < OPERATIONS; o++) {
        alone it = make_alone(&operations[o]);
        double *a = in_double(it.A), *b = it.B.data ? in_double(it.B) : a;
        print_message("%s\n", it.op->name);
        tt_tape tape = {0};
        tt_var loss = record_alone(&tape, &it);
        assert_close(*tt_tape_value(&tape, loss).data, naive_alone(&it, a, b), 1e-6);
        assert_int_equal(tt_tape_backward(&tape, loss), TT_OK);
        tt_matrix dA = tt_tape_gradient(&tape, tt_tape_parameter(&tape, it.A));
        assert_matrix_close(dA, naive_slopes(&it, a, b, a, it.A), 1e-6);
        if (it.B.data) {
            tt_matrix dB = tt_tape_gradient(&tape, tt_tape_parameter(&tape, it.B));
            assert_matrix_close(dB, naive_slopes(&it, a, b, b, it.B), 1e-6);
        }
        tt_tape_free(&tape);
    }
}

static void every_operation_passes_the_gradient_check(void **state)
{
    (void)state;
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
    (void)state;
    for (int o = 0; o < OPERATIONS; o++) {
        alone it = make_alone(&operations[o]);
        if (!it.B.data) continue;
        double *a = in_double(it.A), *b = in_double(it.B);
        for (int which = 0; which < 2; which++) {
            it.a_is_parameter = which == 0;
            it.b_is_parameter = which == 1;
            tt_tape tape = {0};
            assert_int_equal(tt_tape_backward(&tape, record_alone(&tape, &it)), TT_OK);
            tt_matrix dA = tt_tape_gradient(&tape, 0), dB = tt_tape_gradient(&tape, 1);
            if (which) assert_matrix_close(dB, naive_slopes(&it, a, b, b, it.B), 1e-6);
            if (!which) assert_matrix_close(dA, naive_slopes(&it, a, b, a, it.A), 1e-6);
            assert_int_equal(which ? dA.rows + dA.cols : dB.rows + dB.cols, 0);
            tt_tape_free(&tape);
        }
    }
}

static void a_graph_of_constants_has_no_gradient_at_all(void **state)
{
    (void)state;
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
    (void)state;
    tt_tape tape = {0};
    tt_var m23 = tt_tape_constant(&tape, random_matrix(2, 3));
    tt_var m24 = tt_tape_constant(&tape, random_matrix(2, 4));
    tt_var m33 = tt_tape_constant(&tape, random_matrix(3, 3));
    tt_var m03 = tt_tape_constant(&tape, tt_matrix_of(NULL, 0, 3));
    tt_var m20 = tt_tape_constant(&tape, tt_matrix_of(NULL, 2, 0));
    assert_stops(tt_tape_matmul(&tape, m23, m24), "X is 2x3, W is 2x4");
    assert_stops(tt_tape_bias(&tape, m23, m24), "b is 2x4, X is 2x3");
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
    (void)state;
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
    (void)state;
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

/* §8 the tape: graphs ------------------------------------------------------------------------- */

static void contributions_of_a_variable_used_often_add_up(void **state)
{
    (void)state;
    tt_matrix X = random_matrix(2, 3);
    tt_tape tape = {0};
    tt_var x = tt_tape_parameter(&tape, X);

    /* mean(x x + x): (2 x + 1) / 6 */
    tt_var y = tt_tape_mean(&tape, tt_tape_add(&tape, tt_tape_multiply(&tape, x, x), x));
    assert_int_equal(tt_tape_backward(&tape, y), TT_OK);
    tt_matrix dX = tt_tape_gradient(&tape, x);
    for (size_t i = 0; i < 6; i++)
        assert_close(dX.data[i], (2 * (double)X.data[i] + 1) / 6, 1e-7);

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

static double naive_layer_twice(const shared *s, const double *wb)
{
    double *x = in_double(s->X), sum = 0, hidden[3], y[3];
    for (int n = 0; n < 4; n++) {
        naive_layer(hidden, x + 3 * n, wb);
        naive_layer(y, hidden, wb);
        for (int o = 0; o < 3; o++) sum += y[o] * y[o] / 12;
    }
    return sum;
}

static double naive_both_towers(const shared *s, const double *wb)
{
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
    (void)state;
    shared s = {random_matrix(4, 3), random_matrix(4, 3),
                {random_matrix(3, 3), random_matrix(1, 3), TT_RELU}};
    tt_graph graphs[] = {record_layer_twice, record_both_towers};
    double (*naive[])(const shared *, const double *) = {naive_layer_twice, naive_both_towers};
    for (int g = 0; g < 2; g++) {
        tt_tape tape = {0};
        assert_int_equal(tt_tape_backward(&tape, graphs[g](&tape, &s)), TT_OK);
        tt_matrix dW = tt_tape_gradient(&tape, tt_tape_parameter(&tape, s.layer.weights));
        tt_matrix db = tt_tape_gradient(&tape, tt_tape_parameter(&tape, s.layer.bias));
        double wb[12];
        memcpy(wb, in_double(s.layer.weights), 9 * sizeof *wb);
        memcpy(wb + 9, in_double(s.layer.bias), 3 * sizeof *wb);
        for (size_t i = 0; i < 12; i++) {
            double start = wb[i], h = 1e-6;
            wb[i] = start + h;
            double above = naive[g](&s, wb);
            wb[i] = start - h;
            double slope = (above - naive[g](&s, wb)) / (2 * h);
            wb[i] = start;
            assert_close(i < 9 ? dW.data[i] : db.data[i - 9], slope, 1e-6);
        }
        tt_tape_free(&tape);
    }
}

static void a_parameter_asked_twice_is_one_variable(void **state)
{
    (void)state;
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
    (void)state;
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
    (void)state;
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
    (void)state;
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

/* Large enough pieces for several of the tape's blocks, and small ones between. */
typedef struct large {
    tt_sequential network;
    tt_matrix X, y;
} large;

static large make_large(void)
{
    const size_t widths[] = {4, 200, 120, 1};
    large it = {new_network(widths, 3, false, 5), random_matrix(64, 4), random_matrix(64, 1)};
    return it;
}

static tt_error step_large(tt_tape *tape, const large *it)
{
    tt_var p = tt_tape_sequential(tape, tt_tape_constant(tape, it->X), &it->network);
    return tt_tape_backward(tape, tt_tape_mse(tape, p, tt_tape_constant(tape, it->y)));
}

static void reset_keeps_the_memory(void **state)
{
    (void)state;
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
    (void)state;
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
            assert_int_equal(tt_tape_error(&tape), TT_ERROR_MEMORY);
            test_fail_at = 0;
            tt_tape_reset(&tape);
            assert_int_equal(tt_tape_error(&tape), TT_OK);
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
    (void)state;
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

static void the_outputs_own_gradient_may_fail_too(void **state)
{
    (void)state;
    float x = 3;
    tt_tape tape = {0};
    tt_var w = tt_tape_parameter(&tape, tt_matrix_of(&x, 1, 1));
    test_fail_at = 1;
    assert_int_equal(tt_tape_backward(&tape, w), TT_ERROR_MEMORY);
    tt_tape_free(&tape);
}

static void operations_on_a_failed_tape_do_nothing(void **state)
{
    (void)state;
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

/* Records a matrix larger than any block that the tape has, and is refused it. */
static void run_out_of_memory(tt_tape *tape)
{
    tt_var column = tt_tape_constant(tape, random_matrix(300, 1));
    tt_var row = tt_tape_constant(tape, random_matrix(1, 300));
    test_fail_at = 1;
    tt_tape_matmul(tape, column, row);
    assert_int_equal(test_fail_at, 0);
    assert_int_equal(tt_tape_error(tape), TT_ERROR_MEMORY);
}

static void assert_empty(tt_matrix matrix)
{
    assert_true(matrix.rows == 0 && matrix.cols == 0 && matrix.data == NULL);
}

/* Not even what it had before, nor is a variable looked at that it never had. */
static void a_failed_tape_shows_nothing(void **state)
{
    (void)state;
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

/* §9 checking gradients ----------------------------------------------------------------------- */

/* mean(P K) where K is P itself at one place, hidden from the tape as a constant: there the slope
   is 2 p / count, of which the tape sees half.  V takes part rightly. */
typedef struct wrong {
    tt_matrix V, P, K;
    size_t row, col;
} wrong;

static tt_var record_wrong(tt_tape *tape, void *context)
{
    const wrong *w = (const wrong *)context;
    for (size_t i = 0; i < w->K.rows * w->K.cols; i++) w->K.data[i] = 1;
    *tt_matrix_at(w->K, w->row, w->col) = *tt_matrix_at(w->P, w->row, w->col);
    tt_var V = tt_tape_parameter(tape, w->V), P = tt_tape_parameter(tape, w->P);
    tt_var both = tt_tape_add(tape, V, tt_tape_multiply(tape, P, tt_tape_constant(tape, w->K)));
    return tt_tape_mean(tape, both);
}

static void a_wrong_gradient_is_found_and_placed(void **state)
{
    (void)state;
    wrong w = {random_matrix(2, 3), random_matrix(2, 3), garbage_matrix(2, 3), 0, 0};
    const tt_matrix parameters[] = {w.V, w.P};
    for (w.row = 0; w.row < 2; w.row++)
        for (w.col = 0; w.col < 3; w.col++) {
            double p = 0.75;
            *tt_matrix_at(w.P, w.row, w.col) = (float)p;
            tt_gradient_check check;
            assert_int_equal(tt_check_gradients(&check, record_wrong, &w, parameters, 2), TT_OK);
            assert_int_equal(check.compared, 12);
            assert_int_equal(check.parameter, 1);
            assert_true(check.row == w.row && check.col == w.col);
            assert_close(check.largest_error, 0.5, 1e-3);
            assert_close(check.by_tape, p / 6, 1e-6);
            assert_close(check.by_differences, 2 * p / 6, 1e-4);
        }
}

static void the_golden_towers_pass(void **state)
{
    (void)state;
    golden_towers towers;
    load_towers(&towers);
    tt_matrix parameters[12], before[12];
    for (size_t l = 0; l < 3; l++) {
        parameters[l] = towers.user.layers[l].weights;
        parameters[3 + l] = towers.user.layers[l].bias;
        parameters[6 + l] = towers.item.layers[l].weights;
        parameters[9 + l] = towers.item.layers[l].bias;
    }
    for (int p = 0; p < 12; p++) before[p] = copy_of(parameters[p]);
    tt_gradient_check check;
    assert_int_equal(tt_check_gradients(&check, record_loss, &towers, parameters, 12), TT_OK);
    assert_close(check.largest_error, 0, 1e-3);
    size_t all =
        tt_sequential_parameters(&towers.user) + tt_sequential_parameters(&towers.item);
    assert_int_equal(check.compared + check.kinks, all);
    assert_true(check.compared > all / 2);
    for (int p = 0; p < 12; p++) /* put back to the bit */
        assert_bits_equal(parameters[p].data, before[p].data, before[p].rows * before[p].cols);
    free_towers(&towers);
}

static tt_var record_relu_mean(tt_tape *tape, void *context)
{
    return tt_tape_mean(tape, tt_tape_relu(tape, tt_tape_parameter(tape, *(tt_matrix *)context)));
}

static void corners_are_counted_and_left_out(void **state)
{
    (void)state;
    float x[] = {1, 0, -1, 0.001f, 0.5f};
    tt_matrix X = tt_matrix_of(x, 1, 5);
    tt_gradient_check check;
    assert_int_equal(tt_check_gradients(&check, record_relu_mean, &X, &X, 1), TT_OK);
    assert_int_equal(check.kinks, 1 + 1); /* 0 itself, and 0.001, which a step leads across */
    assert_int_equal(check.compared, 3);
    assert_close(check.largest_error, 0, 1e-3);
}

/* The ReLU hides a NaN from the value, but the gradient of the first element is NaN. */
static tt_var record_nan(tt_tape *tape, void *context)
{
    static float factors[] = {NAN, 1, 1};
    tt_var x = tt_tape_parameter(tape, *(tt_matrix *)context);
    tt_var c = tt_tape_constant(tape, tt_matrix_of(factors, 1, 3));
    return tt_tape_mean(tape, tt_tape_relu(tape, tt_tape_multiply(tape, x, c)));
}

static void a_gradient_that_is_not_a_number_is_no_good_one(void **state)
{
    (void)state;
    float x[] = {1, 1, 1};
    tt_matrix X = tt_matrix_of(x, 1, 3);
    tt_gradient_check check;
    assert_int_equal(tt_check_gradients(&check, record_nan, &X, &X, 1), TT_OK);
    assert_false(check.largest_error < 1e-3);
    assert_int_equal(check.col, 0);
}

/* Where all errors are 0 the place reported is still one: that parameter's row and column.  The
   graph is the mean of -1.5 A C with A = C = 0, and B has no part in it. */
static void the_place_reported_exists(void **state)
{
    (void)state;
    float zero[] = {0};
    const operation scale = {"scale", record_scale, NULL, 0, 0, 1, 1};
    alone it = {&scale, tt_matrix_of(zero, 1, 1), random_matrix(3, 2), tt_matrix_of(zero, 1, 1),
                true, true};
    const tt_matrix parameters[] = {it.A, it.B};
    tt_gradient_check check;
    assert_int_equal(tt_check_gradients(&check, record_alone, &it, parameters, 2), TT_OK);
    assert_int_equal(check.compared, 7);
    assert_true(check.largest_error == 0);
    assert_true(check.row < parameters[check.parameter].rows);
    assert_true(check.col < parameters[check.parameter].cols);
}

static void the_check_passes_memory_errors_on(void **state)
{
    (void)state;
    alone it = make_alone(&operations[0]);
    tt_matrix a = copy_of(it.A), b = copy_of(it.B);
    const tt_matrix parameters[] = {it.A, it.B};
    tt_gradient_check check, untouched;
    memset(&untouched, 77, sizeof untouched);
    for (size_t k = 1;; k++) {
        bool failed = false;
        for (int for_good = 0; for_good < 2; for_good++) {
            check = untouched;
            test_fail_at = k, test_fail_for_good = for_good;
            tt_error error = tt_check_gradients(&check, record_alone, &it, parameters, 2);
            failed = for_good ? error != TT_OK : test_fail_at == 0;
            test_fail_at = 0;
            assert_int_equal(error, failed ? TT_ERROR_MEMORY : TT_OK);
            if (failed) assert_memory_equal(&check, &untouched, sizeof check);
            assert_bits_equal(it.A.data, a.data, 12);
            assert_bits_equal(it.B.data, b.data, 8);
            assert_int_equal(test_live_blocks, 0);
        }
        if (!failed) {
            assert_true(k > 4);
            break;
        }
    }
}

/* §10 optimisers ------------------------------------------------------------------------------ */

/* A tape on which the parameter w has exactly the gradient g: mean(w (n g)). */
static void record_gradient(tt_tape *tape, tt_matrix w, const float *g)
{
    size_t n = w.rows * w.cols; /* must be a power of two, so that n g / n is g */
    tt_matrix c = garbage_matrix(w.rows, w.cols);
    for (size_t i = 0; i < n; i++) c.data[i] = (float)n * g[i];
    tt_tape_reset(tape);
    tt_var product =
        tt_tape_multiply(tape, tt_tape_parameter(tape, w), tt_tape_constant(tape, c));
    assert_int_equal(tt_tape_backward(tape, tt_tape_mean(tape, product)), TT_OK);
    tt_matrix gradient = tt_tape_gradient(tape, tt_tape_parameter(tape, w));
    assert_bits_equal(gradient.data, g, n);
}

/* At the first step m = (1 - beta1) g and v = (1 - beta2) g^2, and Keras' step is
   lr g / (|g| + epsilon / sqrt(1 - beta2)).  For a gradient as small as epsilon, other forms of
   Adam (epsilon added to the corrected root) give another step. */
static void adams_first_step_is_the_one_computed_by_hand(void **state)
{
    (void)state;
    const float g[] = {0.5f, -2, 1e-6f, 0};
    const tt_adam_options options[] = {
        {0, 0, 0, 0}, {.learning_rate = 0.01}, {0.1, 0.8, 0.99, 1e-5}, {0.1, 0.8, 0.99, 1e-8}};
    for (size_t k = 0; k < 4; k++) {
        float w[] = {1, 1, 0, 1};
        const double start[] = {1, 1, 0, 1};
        double lr = k == 0 ? 0.001 : k == 1 ? 0.01 : 0.1, beta2 = k < 2 ? 0.999 : 0.99;
        double epsilon = k < 2 ? 1e-7 : k == 2 ? 1e-5 : 1e-8;
        tt_tape tape = {0};
        tt_adam adam;
        tt_adam_new(&adam, k ? &options[k] : NULL);
        record_gradient(&tape, tt_matrix_of(w, 2, 2), g);
        assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
        for (size_t i = 0; i < 4; i++) {
            double size = fabs((double)g[i]) + epsilon / sqrt(1 - beta2);
            assert_close(w[i], start[i] - lr * (double)g[i] / size, 1e-7);
        }
        assert_int_equal(adam.steps, 1);
        tt_adam_free(&adam);
        tt_tape_free(&tape);
    }
}

/* 30 steps with changing gradients against the formulas in float64, for two settings of beta. */
static void adam_follows_its_formulas_for_many_steps(void **state)
{
    (void)state;
    const tt_adam_options options[] = {{0.01, 0, 0, 0}, {0.02, 0.7, 0.95, 1e-3}};
    for (int k = 0; k < 2; k++) {
        double b1 = k ? 0.7 : 0.9, b2 = k ? 0.95 : 0.999, epsilon = k ? 1e-3 : 1e-7;
        double w[4] = {1, -1, 0.5, 0}, m[4] = {0}, v[4] = {0};
        float weights[4] = {1, -1, 0.5f, 0}, g[4];
        tt_tape tape = {0};
        tt_adam adam;
        tt_adam_new(&adam, &options[k]);
        for (int t = 1; t <= 30; t++) {
            for (int i = 0; i < 4; i++) g[i] = test_random();
            record_gradient(&tape, tt_matrix_of(weights, 2, 2), g);
            assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
            double rate = options[k].learning_rate * sqrt(1 - pow(b2, t)) / (1 - pow(b1, t));
            for (int i = 0; i < 4; i++) {
                m[i] = b1 * m[i] + (1 - b1) * (double)g[i];
                v[i] = b2 * v[i] + (1 - b2) * (double)g[i] * (double)g[i];
                w[i] -= rate * m[i] / (sqrt(v[i]) + epsilon);
                assert_close(weights[i], w[i], 2e-6);
            }
        }
        tt_adam_free(&adam);
        tt_tape_free(&tape);
    }
}

/* m = 0.1 g and v = 0.001 g^2 at the first step. */
static void moments_below_1e_30_become_zero(void **state)
{
    (void)state;
    const float g[] = {2e-29f, -2e-29f, 5e-30f, -5e-30f, 1e-13f, -1e-13f, 1e-14f, -1e-14f};
    float w[8] = {0};
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    record_gradient(&tape, tt_matrix_of(w, 1, 8), g);
    assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
    const float *m = adam.moments[0].m.data, *v = adam.moments[0].v.data;
    assert_close(m[0] / 2e-30, 1, 1e-6);
    assert_close(m[1] / 2e-30, -1, 1e-6);
    assert_true(m[2] == 0 && m[3] == 0 && w[2] == 0 && w[3] == 0);
    assert_close(v[4] / 1e-29, 1, 1e-5);
    assert_close(v[5] / 1e-29, 1, 1e-5);
    assert_true(v[0] == 0 && v[6] == 0 && v[7] == 0);
    assert_true(m[6] > 0 && m[7] < 0 && w[6] < 0 && w[7] > 0);
    tt_adam_free(&adam);
    tt_tape_free(&tape);
}

static void zero_options_mean_the_defaults(void **state)
{
    (void)state;
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    const tt_adam_options *o = &adam.options;
    assert_true(o->learning_rate == 0.001 && o->beta1 == 0.9);
    assert_true(o->beta2 == 0.999 && o->epsilon == 1e-7);
    assert_true(adam.steps == 0 && adam.count == 0);
    tt_adam_new(&adam, &(tt_adam_options){0.5, 0.25, 0.125, 0.0625});
    assert_true(o->learning_rate == 0.5 && o->beta1 == 0.25);
    assert_true(o->beta2 == 0.125 && o->epsilon == 0.0625);
    assert_stops(tt_adam_new(&adam, &(tt_adam_options){.beta1 = 1}), "beta1 is 1");
    assert_stops(tt_adam_new(&adam, &(tt_adam_options){.beta2 = -0.5}), "beta2 -0.5");
    assert_stops(tt_adam_new(&adam, &(tt_adam_options){.beta2 = NAN}), "beta2 ");
    for (int twice = 0; twice < 2; twice++) tt_adam_free(&adam);
}

static void assert_no_adam(const tt_adam_options *options, const char *complaint)
{
    tt_adam adam;
    assert_stops(tt_adam_new(&adam, options), complaint);
}

static void options_that_make_no_step_stop(void **state)
{
    (void)state;
    static const struct {
        tt_adam_options options;
        const char *complaint;
    } cases[] = {{{-0.1, 0, 0, 0}, "learning_rate is -0.1"},
                 {{(double)INFINITY, 0, 0, 0}, "learning_rate is inf"},
                 {{(double)NAN, 0, 0, 0}, "learning_rate is"},
                 {{0, 0, 0, -1e-7}, "epsilon is -1e"},
                 {{0, 0, 0, (double)INFINITY}, "epsilon is inf"},
                 {{0, -0.5, 0, 0}, "beta1 is -0.5, beta2 0.999"},
                 {{0, 0, 1, 0}, "beta1 is 0.9, beta2 1"},
                 {{0, 0, -0.1, 0}, "beta1 is 0.9, beta2 -0.1"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_no_adam(&cases[i].options, cases[i].complaint);
}

/* Two parameters, one of them a view, move as each would alone; the third isn't reached. */
static void several_parameters_keep_their_own_moments(void **state)
{
    (void)state;
    const float g[] = {1, -2, 0.25f, 4};
    tt_matrix wide = random_matrix(2, 5), before = copy_of(wide), other = random_matrix(1, 4);
    tt_matrix view = tt_matrix_cols(wide, 1, 2), unused = random_matrix(2, 2);
    tt_matrix view_alone = copy_of(view), other_alone = copy_of(other);
    tt_matrix unused_before = copy_of(unused);
    float factors[] = {4, -8, 1, 16}; /* 4 g */
    tt_adam both, first, second;
    tt_adam_new(&both, NULL), tt_adam_new(&first, NULL), tt_adam_new(&second, NULL);
    tt_tape tape = {0};
    for (int step = 0; step < 3; step++) {
        tt_tape_reset(&tape);
        tt_var c = tt_tape_constant(&tape, tt_matrix_of(factors, 2, 2));
        tt_var d = tt_tape_constant(&tape, tt_matrix_of(factors, 1, 4));
        tt_var x = tt_tape_multiply(&tape, tt_tape_parameter(&tape, view), c);
        tt_var y = tt_tape_multiply(&tape, tt_tape_parameter(&tape, other), d);
        tt_var sum = tt_tape_add(&tape, tt_tape_mean(&tape, x), tt_tape_mean(&tape, y));
        if (step > 0) tt_tape_parameter(&tape, unused); /* a gradient of 0 */
        assert_int_equal(tt_tape_backward(&tape, sum), TT_OK);
        if (step == 0) tt_tape_parameter(&tape, unused); /* none */
        assert_int_equal(tt_adam_step(&both, &tape), TT_OK);
        record_gradient(&tape, view_alone, g);
        assert_int_equal(tt_adam_step(&first, &tape), TT_OK);
        record_gradient(&tape, other_alone, g);
        assert_int_equal(tt_adam_step(&second, &tape), TT_OK);
    }
    assert_bits_equal(tt_matrix_at(view, 0, 0), view_alone.data, 2);
    assert_bits_equal(tt_matrix_at(view, 1, 0), view_alone.data + 2, 2);
    assert_bits_equal(other.data, other_alone.data, 4);
    assert_bits_equal(unused.data, unused_before.data, 4);
    assert_true(wide.data[1] != before.data[1]);
    assert_true(wide.data[0] == before.data[0] && wide.data[3] == before.data[3]);
    tt_adam_free(&both), tt_adam_free(&first), tt_adam_free(&second);
    tt_tape_free(&tape);
}

static void a_step_without_memory_changes_nothing(void **state)
{
    (void)state;
    large it = make_large();
    tt_tape tape = {0};
    assert_int_equal(step_large(&tape, &it), TT_OK);
    size_t n = tt_sequential_parameters(&it.network), before = test_live_blocks;
    float *weights = it.network.layers[0].weights.data; /* all parameters, one after the other */
    tt_matrix start = copy_of(tt_matrix_of(weights, 1, n)), expected;
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    size_t asked = test_allocations;
    assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
    size_t needed = test_allocations - asked;
    expected = copy_of(tt_matrix_of(weights, 1, n));
    tt_adam_free(&adam);
    assert_int_equal(needed, 1 + 2 * 6);

    for (size_t k = 1; k <= needed; k++)
        for (int for_good = 0; for_good < 2; for_good++) {
            memcpy(weights, start.data, n * sizeof *weights);
            tt_adam_new(&adam, NULL);
            test_fail_at = k, test_fail_for_good = for_good;
            assert_int_equal(tt_adam_step(&adam, &tape), TT_ERROR_MEMORY);
            test_fail_at = 0;
            assert_bits_equal(weights, start.data, n);
            assert_int_equal(adam.steps, 0);
            assert_int_equal(tt_adam_step(&adam, &tape), TT_OK); /* as if nothing had been */
            assert_bits_equal(weights, expected.data, n);
            tt_adam_free(&adam);
            assert_int_equal(test_live_blocks, before);
        }
    tt_tape_free(&tape);
    tt_sequential_free(&it.network);
}

/* Moments belong to an address; another matrix there is a mistake, not more memory to write on. */
static void a_parameter_that_changes_its_shape_stops(void **state)
{
    (void)state;
    const float g[4] = {1, 1, 1, 1};
    tt_matrix w = random_matrix(2, 2);
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    record_gradient(&tape, w, g);
    assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
    record_gradient(&tape, tt_matrix_rows(w, 0, 1), g);
    assert_stops(tt_adam_step(&adam, &tape), "1x2");
    tt_adam_free(&adam);
    tt_tape_free(&tape);
}

static void sgd_goes_down_the_slope(void **state)
{
    (void)state;
    const float g[] = {0.5f, -2, 0, 8}, expected[] = {0.875f, 1.5f, 1, -1};
    tt_matrix wide = random_matrix(2, 4), before = copy_of(wide);
    tt_matrix w = tt_matrix_cols(wide, 1, 2);
    for (size_t i = 0; i < 4; i++) *tt_matrix_at(w, i / 2, i % 2) = 1;
    tt_tape tape = {0};
    record_gradient(&tape, w, g);
    tt_matrix late = random_matrix(1, 1), late_before = copy_of(late);
    tt_tape_parameter(&tape, late); /* recorded after backward: no gradient, no step */
    tt_matrix product = tt_tape_value(&tape, 2), product_before = copy_of(product);
    tt_sgd_step(&tape, 0.25);
    assert_bits_equal(product.data, product_before.data, 4); /* parameters move, nothing else */
    assert_bits_equal(tt_matrix_at(w, 0, 0), expected, 2);
    assert_bits_equal(tt_matrix_at(w, 1, 0), expected + 2, 2);
    assert_true(wide.data[0] == before.data[0] && wide.data[3] == before.data[3]);
    assert_bits_equal(late.data, late_before.data, 1);
    tt_tape_free(&tape);
}

/* There are gradients, but who knows of what. */
static void a_failed_tape_moves_nothing(void **state)
{
    (void)state;
    const float g[] = {0.5f, -2, 1, 8};
    tt_matrix w = random_matrix(2, 2), before = copy_of(w);
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    record_gradient(&tape, w, g);
    run_out_of_memory(&tape);
    tt_sgd_step(&tape, 0.25);
    assert_bits_equal(w.data, before.data, 4);
    assert_int_equal(tt_adam_step(&adam, &tape), TT_ERROR_MEMORY);
    assert_bits_equal(w.data, before.data, 4);
    assert_true(adam.steps == 0 && adam.count == 0);
    tt_tape_free(&tape);
}

/* NULL ---------------------------------------------------------------------------------------- */

static void assert_refuses_no_tape(const operation *op)
{
    char expected[80];
    snprintf(expected, sizeof expected, "tt_tape_%s: tape is NULL", op->name);
    assert_stops(op->record(NULL, 0, 0), expected);
}

static void nothing_where_something_must_be_stops(void **state)
{
    (void)state;
    const size_t widths[] = {2, 2};
    tt_random random;
    tt_sequential zeros = {0, NULL, false, NULL};
    tt_matrix m22 = random_matrix(2, 2);
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    tt_gradient_check check;
    assert_refuses_null(tt_sequential_new, (NULL, widths, 1, true, &random), network);
    assert_refuses_null(tt_sequential_new, (&zeros, NULL, 1, true, &random), widths);
    assert_refuses_null(tt_sequential_new, (&zeros, widths, 1, true, NULL), random);
    assert_refuses_null(tt_sequential_parameters, (NULL), network);
    assert_refuses_null(tt_sequential_forward, (m22, NULL, m22), network);
    assert_refuses_null(tt_sequential_summary, (NULL, 0, NULL, "user"), network);
    assert_refuses_null(tt_sequential_summary, (NULL, 0, &zeros, NULL), name);
    assert_refuses_null(tt_tape_reset, (NULL), tape);
    assert_refuses_null(tt_tape_error, (NULL), tape);
    assert_refuses_null(tt_tape_constant, (NULL, m22), tape);
    assert_refuses_null(tt_tape_parameter, (NULL, m22), tape);
    assert_refuses_null(tt_tape_value, (NULL, 0), tape);
    assert_refuses_null(tt_tape_gradient, (NULL, 0), tape);
    assert_refuses_null(tt_tape_backward, (NULL, 0), tape);
    assert_refuses_null(tt_tape_dense, (&tape, 0, NULL), layer);
    assert_refuses_null(tt_tape_sequential, (&tape, 0, NULL), network);
    assert_refuses_null(tt_check_gradients, (NULL, record_relu_mean, &m22, &m22, 1), result);
    assert_refuses_null(tt_check_gradients, (&check, NULL, &m22, &m22, 1), graph);
    assert_refuses_null(tt_check_gradients, (&check, record_relu_mean, &m22, NULL, 1), parameters);
    assert_refuses_null(tt_adam_new, (NULL, NULL), adam);
    assert_refuses_null(tt_adam_step, (NULL, &tape), adam);
    assert_refuses_null(tt_adam_step, (&adam, NULL), tape);
    assert_refuses_null(tt_sgd_step, (NULL, 1), tape);
    for (int o = 0; o < OPERATIONS; o++) assert_refuses_no_tape(&operations[o]);
    assert_int_equal(test_allocations, 0);
}

static void freeing_nothing_is_harmless_as_is_freeing_twice(void **state)
{
    (void)state;
    const size_t widths[] = {2, 2};
    const float g[] = {1, 2, 3, 4};
    tt_sequential network = new_network(widths, 1, true, 1);
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    record_gradient(&tape, network.layers[0].weights, g);
    assert_int_equal(tt_adam_step(&adam, &tape), TT_OK);
    assert_frees(tt_sequential_free, tt_sequential, network);
    assert_frees(tt_tape_free, tt_tape, tape);
    assert_frees(tt_adam_free, tt_adam, adam);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* §7 */
        test(weights_start_glorot_uniform_and_biases_zero),
        test(the_notebooks_tower_has_148256_parameters),
        test(a_network_that_can_not_be_is_refused),
        test(the_summary_is_as_keras_prints_it),
        test(summary_lines_fit_a_terminal),
        test(forward_is_the_formula),
        test(forward_on_shapes_that_do_not_fit_stops),
        test(a_network_without_layers_stops),
        test(golden_vectors_and_predictions),
        test(golden_gradients),
        test(golden_weights_and_losses_of_20_steps_of_adam),
        /* §8 */
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
        test(the_outputs_own_gradient_may_fail_too),
        test(operations_on_a_failed_tape_do_nothing),
        test(a_failed_tape_shows_nothing),
        /* §9 */
        test(a_wrong_gradient_is_found_and_placed),
        test(the_golden_towers_pass),
        test(corners_are_counted_and_left_out),
        test(a_gradient_that_is_not_a_number_is_no_good_one),
        test(the_place_reported_exists),
        test(the_check_passes_memory_errors_on),
        /* §10 */
        test(adams_first_step_is_the_one_computed_by_hand),
        test(adam_follows_its_formulas_for_many_steps),
        test(moments_below_1e_30_become_zero),
        test(zero_options_mean_the_defaults),
        test(options_that_make_no_step_stop),
        test(several_parameters_keep_their_own_moments),
        test(a_step_without_memory_changes_nothing),
        test(a_parameter_that_changes_its_shape_stops),
        test(sgd_goes_down_the_slope),
        test(a_failed_tape_moves_nothing),
        /* NULL */
        test(nothing_where_something_must_be_stops),
        test(freeing_nothing_is_harmless_as_is_freeing_twice),
    };
    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
