// Exercise 1 of lesson 7: the last layers are multiplied by 4. What happens to the predictions?
#include "answer.h"

static void multiply(tt_matrix numbers, float factor)
{
    for (size_t r = 0; r < numbers.rows; r++)
        for (size_t c = 0; c < numbers.cols; c++) *tt_matrix_at(numbers, r, c) *= factor;
}

static void multiply_last_layers(tt_two_tower *model, float factor)
{
    const tt_sequential *towers[] = {&model->user, &model->item};
    for (int t = 0; t < 2; t++) {
        const tt_dense *last = &towers[t]->layers[towers[t]->depth - 1];
        multiply(last->weights, factor);
        multiply(last->bias, factor);
    }
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 1);
    size_t n = my.inputs.test.count, times_16 = 0;
    float *before = ml_new(2 * n, sizeof *before), *after = before + n;
    double largest = 0;

    ml_must(tt_predict(before, &my.model, &my.inputs.test, &my.run), &my.run.why);
    multiply_last_layers(&my.model, 4);
    ml_must(tt_predict(after, &my.model, &my.inputs.test, &my.run), &my.run.why);
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs((double)(after[i] - before[i])));
    printf("Expected: with vectors of length one, the largest change is %g\n", largest);
    answer_check(memcmp(before, after, n * sizeof *before) == 0, "not one bit has changed");

    my.model.user.normalize = my.model.item.normalize = false;
    ml_must(tt_predict(after, &my.model, &my.inputs.test, &my.run), &my.run.why);
    multiply_last_layers(&my.model, 0.25f);
    ml_must(tt_predict(before, &my.model, &my.inputs.test, &my.run), &my.run.why);
    for (size_t i = 0; i < n; i++) times_16 += after[i] == 16 * before[i];
    printf("Expected: without, %zu of %zu predictions are 16 times as large\n", times_16, n);
    answer_check(times_16 == n, "4 times 4 is 16");
    free(before);
    return answer_close(&my);
}
