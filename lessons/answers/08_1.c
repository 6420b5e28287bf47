// Exercise 1 of lesson 8: predictions rounded to half stars.
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);
    size_t n = my.inputs.test.count;
    float *scaled = ml_new(n, sizeof *scaled);
    double squares[2] = {0, 0}, sizes[2] = {0, 0};
    ml_must(tt_predict(scaled, &my.model, &my.inputs.test, &my.run), &my.run.why);
    for (size_t i = 0; i < n; i++) {
        double stars = ml_stars(&my.inputs, (double)scaled[i]);
        double guesses[2] = {stars, floor(2 * stars + 0.5) / 2};
        for (int k = 0; k < 2; k++) {
            double error = guesses[k] - my.data.stars[my.inputs.test_rows[i]];
            squares[k] += error * error / (double)n;
            sizes[k] += fabs(error) / (double)n;
        }
    }
    printf("Expected: as predicted, RMSE %.4f and MAE %.4f stars\n"
           "Expected: rounded,      RMSE %.4f and MAE %.4f stars\n",
           sqrt(squares[0]), sizes[0], sqrt(squares[1]), sizes[1]);
    answer_check(n < 1000 || squares[1] > squares[0], "rounding makes the RMSE larger");
    free(scaled);
    return answer_close(&my);
}
