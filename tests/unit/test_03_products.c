/* The tests of §3, the three products. */

#include "tests/unit/matrices.h"

/* C = A B as the textbook has it, in float64; ta and tb read A and B transposed. */
static tt_table naive_product(tt_matrix A, bool ta, tt_matrix B, bool tb)
{
    size_t rows = ta ? A.cols : A.rows, inner = ta ? A.rows : A.cols, cols = tb ? B.rows : B.cols;
    double *c = (double *)test_keep(rows * cols * sizeof *c);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            c[i * cols + j] = 0;
            for (size_t k = 0; k < inner; k++)
                c[i * cols + j] += (ta ? element(A, k, i) : element(A, i, k)) *
                                   (tb ? element(B, j, k) : element(B, k, j));
        }
    return tt_table_of(c, rows, cols);
}

/* Batch, inputs, outputs; views or not. */
static void check_products(size_t B, size_t I, size_t O, bool view)
{
    tt_matrix X = strided(random_matrix, B, I, view), W = strided(random_matrix, I, O, view);
    tt_matrix dY = strided(random_matrix, B, O, view), Y = strided(garbage_matrix, B, O, view);
    tt_matrix dX = strided(zero_matrix, B, I, view), dW = strided(zero_matrix, I, O, view);
    tt_matmul(Y, X, W);
    tt_matmul_nt(dX, dY, W);
    tt_matmul_tn(dW, X, dY);
    assert_matrix_close(Y, naive_product(X, false, W, false), 1e-5);
    assert_matrix_close(dX, naive_product(dY, false, W, true), 1e-5);
    assert_matrix_close(dW, naive_product(X, true, dY, false), 1e-5);
    assert_documented_order(Y, X, false, W, false);
    assert_documented_order(dX, dY, false, W, true);
    assert_documented_order(dW, X, true, dY, false);
    if (!view) return;
    for (size_t b = 0; b < B; b++) /* what lies beside the outputs stays as it was */
        assert_true(isnan(Y.data[b * Y.stride + O]) && dX.data[b * dX.stride + I] == 0);
}

static void products_are_the_textbooks_on_all_shapes(void **state)
{
    const size_t shapes[][3] = {{1, 1, 1},    {1, 1, 9},   {1, 9, 1},   {9, 1, 1},
                                {2, 3, 4},    {5, 7, 3},   {3, 5, 1},   {1, 4, 5},
                                {17, 16, 15}, {8, 33, 20}, {32, 18, 40}};
    for (size_t s = 0; s < COUNT(shapes); s++)
        for (int view = 0; view < 2; view++)
            check_products(shapes[s][0], shapes[s][1], shapes[s][2], view);
}

static void an_empty_sum_is_zero(void **state)
{
    const float zeros[6] = {0};
    float nothing[1];
    tt_matrix none_wide = tt_matrix_of(nothing, 2, 0), none_long = tt_matrix_of(nothing, 0, 3);
    tt_matrix Y = garbage_matrix(2, 3);
    tt_matmul(Y, none_wide, none_long);
    assert_bits_equal(Y.data, zeros, 6);
    Y = zero_matrix(2, 3);
    tt_matmul_nt(Y, none_wide, tt_matrix_of(nothing, 3, 0));
    assert_bits_equal(Y.data, zeros, 6);
    Y = zero_matrix(2, 3);
    tt_matmul_tn(Y, tt_matrix_of(nothing, 0, 2), none_long);
    assert_bits_equal(Y.data, zeros, 6);
    tt_matmul(none_long, none_long, random_matrix(3, 3)); /* no rows: nothing to do */
}

static void products_of_shapes_that_do_not_fit_stop(void **state)
{
    tt_matrix m23 = random_matrix(2, 3), m34 = random_matrix(3, 4), m24 = random_matrix(2, 4);
    tt_matrix m33 = random_matrix(3, 3);
    assert_stops(tt_matmul(m24, m23, m24), "tt_matmul: X is 2x3, W is 2x4");
    assert_stops(tt_matmul(m23, m23, m34), "tt_matmul: Y is 2x3, not 2x4");
    assert_stops(tt_matmul(m34, m23, m34), "tt_matmul: Y is 3x4, not 2x4");
    assert_stops(tt_matmul_nt(m23, m23, m34), "tt_matmul_nt: dY is 2x3, W is 3x4");
    assert_stops(tt_matmul_nt(m24, m24, m34),
                 "tt_matmul_nt: dX is 2x4, not 2x3 (expected dY.rows x W.rows)");
    assert_stops(tt_matmul_nt(m33, m24, m34), "tt_matmul_nt: dX is 3x3, not 2x3");
    assert_stops(tt_matmul_tn(m34, m23, m34), "tt_matmul_tn: X is 2x3, dY is 3x4");
    assert_stops(tt_matmul_tn(m24, m23, m24),
                 "tt_matmul_tn: dW is 2x4, not 3x4 (expected X.cols x dY.cols)");
    assert_stops(tt_matmul_tn(m33, m23, m24), "tt_matmul_tn: dW is 3x3, not 3x4");
}

/* What is used twice has a gradient of two parts, each a sum of its own.  In float 2^24 + 1 + 1 is
   2^24, but 2^24 + (1 + 1) is not. */
static void backward_products_add_to_the_gradient(void **state)
{
    float one = 1, dx = 16777216, dw = 16777216;
    float ones[] = {1, 1};
    tt_matrix row = tt_matrix_of(ones, 1, 2), column = tt_matrix_of(ones, 2, 1);
    tt_matmul_nt(tt_matrix_of(&dx, 1, 1), row, row);
    tt_matmul_tn(tt_matrix_of(&dw, 1, 1), column, column);
    assert_true(dx == 16777218 && dw == 16777218);
    tt_matmul(tt_matrix_of(&dx, 1, 1), tt_matrix_of(&one, 1, 1), tt_matrix_of(&one, 1, 1));
    assert_true(dx == 1); /* forward fills */
}

/* An output that covers an input would be read after it was written. */
static void products_may_not_overlap_their_factors(void **state)
{
    tt_matrix M = random_matrix(4, 4), other = random_matrix(4, 4);
    assert_stops(tt_matmul(M, M, other), "tt_matmul: Y and X overlap");
    assert_stops(tt_matmul(M, other, M), "tt_matmul: Y and W overlap");
    assert_stops(tt_matmul_nt(M, M, other), "tt_matmul_nt: dX and dY overlap");
    assert_stops(tt_matmul_nt(M, other, M), "tt_matmul_nt: dX and W overlap");
    assert_stops(tt_matmul_tn(M, M, other), "tt_matmul_tn: dW and X overlap");
    assert_stops(tt_matmul_tn(M, other, M), "tt_matmul_tn: dW and dY overlap");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(products_are_the_textbooks_on_all_shapes), test(an_empty_sum_is_zero),
        test(products_of_shapes_that_do_not_fit_stop),  test(backward_products_add_to_the_gradient),
        test(products_may_not_overlap_their_factors),
    };
    return cmocka_run_group_tests_name("03_products", tests, NULL, NULL);
}
