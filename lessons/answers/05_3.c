// Exercise 3 of lesson 5: predictions when all weights of the first layers are larger.
#include "answer.h"

/* The predictions of a new model for the test rows, its first layers' weights times factor. */
static float *predict(answer *my, float factor)
{
    tt_two_tower_options shape = {.hidden = {64, 32}, .embedding = 32, .seed = 1};
    float *predictions = (float *)ml_new(my->inputs.test.count, sizeof *predictions);
    tt_two_tower_free(&my->model);
    ml_must(tt_two_tower_new(&my->model, my->inputs.user_inputs.cols, my->inputs.film_inputs.cols,
                             &shape),
            NULL);
    const tt_matrix first[] = {my->model.user.layers[0].weights, my->model.item.layers[0].weights};
    for (int t = 0; t < 2; t++)
        for (size_t i = 0; i < first[t].rows * first[t].cols; i++) first[t].data[i] *= factor;
    ml_must(tt_predict(predictions, &my->model, &my->inputs.test, &my->run), &my->run.why);
    return predictions;
}

static double largest_change(const float *a, const float *b, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs((double)(a[i] - b[i])));
    return largest;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    size_t n = my.inputs.test.count;
    float *as_they_are = predict(&my, 1), *by_10 = predict(&my, 10), *by_8 = predict(&my, 8);
    double ten = largest_change(as_they_are, by_10, n),
           eight = largest_change(as_they_are, by_8, n);
    printf("Expected: times 10, no prediction changes by more than 0.000001; times 8, by %g\n",
           eight);
    printf("largest change with weights times 10: %.1e\n", ten);
    answer_check(ten < 1e-6, "times 10, only rounding differs");
    answer_check(memcmp(as_they_are, by_8, n * sizeof *by_8) == 0, "times 8, no bit differs");
    free(as_they_are);
    free(by_10);
    free(by_8);
    return answer_close(&my);
}
