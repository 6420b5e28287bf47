/* networks.h: what several test programs share.  Include tests/unit/test.h first. */

#ifndef TEST_NETWORKS_H
#define TEST_NETWORKS_H

TEST_API double element(tt_matrix m, size_t r, size_t c)
{
    return (double)m.data[r * m.stride + c];
}

/* The numbers of a matrix in float64. */
TEST_API double *in_double(tt_matrix m)
{
    double *x = (double *)test_keep(m.rows * m.cols * sizeof *x);
    for (size_t r = 0; r < m.rows; r++)
        for (size_t c = 0; c < m.cols; c++) x[r * m.cols + c] = element(m, r, c);
    return x;
}

TEST_API tt_matrix copy_of(tt_matrix m)
{
    tt_matrix copy = garbage_matrix(m.rows, m.cols);
    for (size_t r = 0; r < m.rows; r++)
        memcpy(copy.data + r * m.cols, m.data + r * m.stride, m.cols * sizeof *m.data);
    return copy;
}

TEST_API tt_sequential new_network(const size_t *widths, size_t depth, bool normalize, uint32_t seed)
{
    tt_random random;
    tt_random_seed(&random, seed);
    tt_sequential network = {0, NULL, false, NULL};
    assert_int_equal(tt_sequential_new(&network, widths, depth, normalize, &random), TT_OK);
    for (size_t l = 0; l < depth; l++) /* biases that are not 0, so that their being used shows */
        for (size_t o = 0; o < widths[l + 1]; o++) network.layers[l].bias.data[o] = test_random();
    return network;
}

typedef struct golden_towers {
    tt_sequential user, item;
    tt_matrix user_x, item_x, y;
} golden_towers;

TEST_API void copy_numbers(tt_matrix out, tt_matrix in)
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

TEST_API void load_weights(tt_sequential *network, const char *tower)
{
    for (size_t l = 0; l < 3; l++) {
        copy_numbers(network->layers[l].weights, golden_matrix(golden_name(tower, 'w', l, "")));
        copy_numbers(network->layers[l].bias, golden_matrix(golden_name(tower, 'b', l, "")));
    }
}

TEST_API void load_towers(golden_towers *towers)
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

TEST_API void free_towers(golden_towers *towers)
{
    tt_sequential_free(&towers->user);
    tt_sequential_free(&towers->item);
}

TEST_API tt_var record_prediction(tt_tape *tape, const golden_towers *t)
{
    tt_var u = tt_tape_sequential(tape, tt_tape_constant(tape, t->user_x), &t->user);
    tt_var v = tt_tape_sequential(tape, tt_tape_constant(tape, t->item_x), &t->item);
    return tt_tape_row_dot(tape, u, v);
}

TEST_API tt_var record_loss(tt_tape *tape, void *context)
{
    const golden_towers *t = (const golden_towers *)context;
    return tt_tape_mse(tape, record_prediction(tape, t), tt_tape_constant(tape, t->y));
}

/* Each operation on A (3 x 4) and B as the tape records it and as formulas in float64. */
typedef struct operation {
    const char *name;
    tt_var (*record)(tt_tape *tape, tt_var A, tt_var B);
    void (*naive)(double *y, const double *a, const double *b);
    size_t b_rows, b_cols; /* shape of B; 0: there is none */
    size_t rows, cols;     /* shape of the output */
} operation;

TEST_API void naive_matmul(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 6; i++) {
        y[i] = 0;
        for (int k = 0; k < 4; k++) y[i] += a[i / 2 * 4 + k] * b[k * 2 + i % 2];
    }
}

TEST_API void naive_bias(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = a[i] + b[i % 4];
}

TEST_API void naive_add(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = a[i] + b[i];
}

TEST_API void naive_subtract(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = a[i] - b[i];
}

TEST_API void naive_multiply(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 12; i++) y[i] = a[i] * b[i];
}

TEST_API void naive_scale(double *y, const double *a, const double *b)
{
    (void)b;
    for (int i = 0; i < 12; i++) y[i] = -1.5 * a[i];
}

TEST_API void naive_relu(double *y, const double *a, const double *b)
{
    (void)b;
    for (int i = 0; i < 12; i++) y[i] = fmax(a[i], 0);
}

TEST_API void naive_l2_normalize(double *y, const double *a, const double *b)
{
    (void)b;
    for (int i = 0; i < 12; i++) {
        const double *row = a + i / 4 * 4;
        y[i] = a[i] / sqrt(row[0] * row[0] + row[1] * row[1] + row[2] * row[2] + row[3] * row[3]);
    }
}

TEST_API void naive_row_dot(double *y, const double *a, const double *b)
{
    for (int i = 0; i < 3; i++) y[i] = 0;
    for (int i = 0; i < 12; i++) y[i / 4] += a[i] * b[i];
}

TEST_API void naive_mean(double *y, const double *a, const double *b)
{
    (void)b;
    *y = 0;
    for (int i = 0; i < 12; i++) *y += a[i] / 12;
}

TEST_API void naive_mse(double *y, const double *a, const double *b)
{
    *y = 0;
    for (int i = 0; i < 12; i++) *y += (a[i] - b[i]) * (a[i] - b[i]) / 12;
}

TEST_API tt_var record_scale(tt_tape *tape, tt_var A, tt_var B)
{
    (void)B;
    return tt_tape_scale(tape, A, -1.5f);
}

TEST_API tt_var record_relu(tt_tape *tape, tt_var A, tt_var B)
{
    (void)B;
    return tt_tape_relu(tape, A);
}

TEST_API tt_var record_l2_normalize(tt_tape *tape, tt_var A, tt_var B)
{
    (void)B;
    return tt_tape_l2_normalize(tape, A);
}

TEST_API tt_var record_mean(tt_tape *tape, tt_var A, tt_var B)
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

TEST_API tt_var leaf(tt_tape *tape, tt_matrix value, bool is_parameter)
{
    return is_parameter ? tt_tape_parameter(tape, value) : tt_tape_constant(tape, value);
}

TEST_API tt_var record_alone(tt_tape *tape, void *context)
{
    const alone *it = (const alone *)context;
    tt_var A = leaf(tape, it->A, it->a_is_parameter);
    tt_var B = it->B.data ? leaf(tape, it->B, it->b_is_parameter) : A;
    tt_var y = it->op->record(tape, A, B);
    return tt_tape_mean(tape, tt_tape_multiply(tape, y, tt_tape_constant(tape, it->C)));
}

/* No element nearer to the corner of ReLU than the steps of tt_check_gradients, 1/64. */
TEST_API tt_matrix away_from_zero(tt_matrix m)
{
    for (size_t i = 0; i < m.rows * m.cols; i++) m.data[i] += m.data[i] < 0 ? -0.05f : 0.05f;
    return m;
}

TEST_API alone make_alone(const operation *op)
{
    alone it = {op, away_from_zero(random_matrix(3, 4)), {0, 0, 0, NULL, NULL},
                random_matrix(op->rows, op->cols), true, true};
    if (op->b_rows) it.B = random_matrix(op->b_rows, op->b_cols);
    return it;
}

/* Large enough pieces for several of the tape's blocks, and small ones between. */
typedef struct large {
    tt_sequential network;
    tt_matrix X, y;
} large;

TEST_API large make_large(void)
{
    const size_t widths[] = {4, 200, 120, 1};
    large it = {new_network(widths, 3, false, 5), random_matrix(64, 4), random_matrix(64, 1)};
    return it;
}

TEST_API tt_error step_large(tt_tape *tape, const large *it)
{
    tt_var p = tt_tape_sequential(tape, tt_tape_constant(tape, it->X), &it->network);
    return tt_tape_backward(tape, tt_tape_mse(tape, p, tt_tape_constant(tape, it->y)));
}

/* Records a matrix larger than any block that the tape has, and is refused it. */
TEST_API void run_out_of_memory(tt_tape *tape)
{
    tt_var column = tt_tape_constant(tape, random_matrix(300, 1));
    tt_var row = tt_tape_constant(tape, random_matrix(1, 300));
    test_fail_at = 1;
    tt_tape_matmul(tape, column, row);
    assert_int_equal(test_fail_at, 0);
    assert_int_equal(tt_tape_error(tape), TT_ERROR_MEMORY);
}

/* A tape on which the parameter w has exactly the gradient g: mean(w (n g)). */
TEST_API void record_gradient(tt_tape *tape, tt_matrix w, const float *g)
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

#endif
