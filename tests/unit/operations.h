/* operations.h: what several test programs share.  Include tests/unit/test.h first. */

#ifndef TEST_OPERATIONS_H
#define TEST_OPERATIONS_H

/* A matrix alone, or columns 1 .. of a wider one. */
TEST_API tt_matrix strided(tt_matrix (*make)(size_t, size_t), size_t rows, size_t cols, bool view)
{
    return view ? tt_matrix_cols(make(rows, cols + 3), 1, cols) : make(rows, cols);
}

TEST_API double element(tt_matrix m, size_t r, size_t c)
{
    return (double)m.data[r * m.stride + c];
}

/* The same in float: each output one sum from 0, left to right, product and sum rounded apart. */
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

#endif
