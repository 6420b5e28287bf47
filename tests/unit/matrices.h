/* matrices.h: matrices and tables for the tests, and what they are compared with.

       element(m, r, c), in_double(m)    one number, all numbers, in float64
       in_a_row(A, B)                    the numbers of both, one after the other
       slopes(formula, ...)              its gradient, by central differences
       copy_into(out, in), copy_of(m)    the same numbers
       fill(numbers, n, seed)            numbers of [-1, 1), others for another seed
       strided(make, rows, cols, view)   what make(rows, cols) gives, or a view into a wider one
       assert_documented_order(...)      every element of a product is one sum, left to right
       squared_distance(a, b, D)         as the book defines it, one rounded operation after another
       new_table, assert_tables_close    tables in float64 */

#ifndef TWOTOWER_TEST_MATRICES_H
#define TWOTOWER_TEST_MATRICES_H

#include "tests/unit/test.h"

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

/* The numbers of two matrices (the second may be empty), one after the other. */
TEST_API double *in_a_row(tt_matrix A, tt_matrix B)
{
    size_t a = A.rows * A.cols, b = B.rows * B.cols;
    double *x = (double *)test_keep((a + b) * sizeof *x);
    memcpy(x, in_double(A), a * sizeof *x);
    memcpy(x + a, in_double(B), b * sizeof *x);
    return x;
}

typedef double formula(const double *x, const void *context);

/* Central differences of a formula: d f / d x[first ..], as many as the matrix that is expected to
   hold them.  In float64 and with these steps they are right to about 1e-9 of the size. */
TEST_API tt_table slopes(formula *f, const void *context, double *x, size_t first, tt_matrix like,
                         double h)
{
    double *slope = (double *)test_keep(like.rows * like.cols * sizeof *slope);
    for (size_t i = 0; i < like.rows * like.cols; i++) {
        double start = x[first + i];
        x[first + i] = start + h;
        double above = f(x, context);
        x[first + i] = start - h;
        slope[i] = (above - f(x, context)) / (2 * h);
        x[first + i] = start;
    }
    return tt_table_of(slope, like.rows, like.cols);
}

TEST_API void copy_into(tt_matrix out, tt_matrix in)
{
    assert_true(out.rows == in.rows && out.cols == in.cols);
    for (size_t r = 0; r < in.rows; r++)
        memcpy(out.data + r * out.stride, in.data + r * in.stride, in.cols * sizeof *in.data);
}

TEST_API tt_matrix copy_of(tt_matrix m)
{
    tt_matrix copy = garbage_matrix(m.rows, m.cols);
    copy_into(copy, m);
    return copy;
}

/* A matrix alone, or columns 1 .. of a wider one. */
TEST_API tt_matrix strided(tt_matrix (*make)(size_t, size_t), size_t rows, size_t cols, bool view)
{
    return view ? tt_matrix_cols(make(rows, cols + 3), 1, cols) : make(rows, cols);
}

/* C = A B in float, where ta and tb read A and B transposed: each output
   one sum from 0, left to right, product and sum rounded apart. */
TEST_API void assert_documented_order(tt_matrix C, tt_matrix A, bool ta, tt_matrix B, bool tb)
{
    size_t inner = ta ? A.rows : A.cols;
    for (size_t i = 0; i < C.rows; i++)
        for (size_t j = 0; j < C.cols; j++) {
            volatile float sum = 0, product;
            for (size_t k = 0; k < inner; k++) {
                product = *(ta ? tt_matrix_at(A, k, i) : tt_matrix_at(A, i, k)) *
                          *(tb ? tt_matrix_at(B, j, k) : tt_matrix_at(B, k, j));
                sum = sum + product;
            }
            float expected = sum;
            assert_bits_equal(tt_matrix_at(C, i, j), &expected, 1);
        }
}

/* |a - b|^2 as the book defines it: in float, one rounded operation after the other. */
TEST_API float squared_distance(const float *a, const float *b, size_t D)
{
    float sum = 0;
    for (size_t d = 0; d < D; d++) {
        volatile float difference = a[d] - b[d], square = difference * difference;
        sum += square;
    }
    return sum;
}

TEST_API void assert_tables_close(tt_table actual, tt_table expected, double tolerance)
{
    assert_int_equal(actual.rows, expected.rows);
    assert_int_equal(actual.cols, expected.cols);
    for (size_t r = 0; r < actual.rows; r++)
        for (size_t c = 0; c < actual.cols; c++)
            assert_close(*tt_table_at(actual, r, c), *tt_table_at(expected, r, c), tolerance);
}

TEST_API tt_table new_table(size_t rows, size_t cols)
{
    tt_table table;
    assert_int_equal(tt_table_new(&table, rows, cols), TT_OK);
    return table;
}

/* Numbers of [-1, 1). */
TEST_API void fill(float *numbers, size_t n, uint32_t seed)
{
    tt_random random;
    tt_random_seed(&random, seed);
    for (size_t i = 0; i < n; i++) numbers[i] = (float)tt_random_uniform(&random, -1, 1);
}

#endif
