// Exercise 2 of lesson 8: the mean of the towers' and the biases' predictions.
#include "answer.h"

#include "../baselines.h"

// The RMSE in stars on the test ratings: of the towers, the biases, and their mean.
static void compare(double rmse[3], answer *my, const char *features)
{
    size_t n = my->inputs.test.count;
    float *scaled = ml_new(n, sizeof *scaled);
    bias_model biases = bias_new(&my->data);
    bias_fit(&biases, 10, 25, my->data.stars, my->inputs.train_rows, my->inputs.train.count);
    answer_train(my, 2);
    ml_must(tt_predict(scaled, &my->model, &my->inputs.test, &my->run), &my->run.why);
    for (int k = 0; k < 3; k++) rmse[k] = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t r = my->inputs.test_rows[i];
        double towers = ml_stars(&my->inputs, (double)scaled[i]), bias = bias_guess(&biases, r);
        const double guesses[3] = {towers, bias, (towers + bias) / 2};
        for (int k = 0; k < 3; k++)
            rmse[k] += (guesses[k] - my->data.stars[r]) * (guesses[k] - my->data.stars[r]);
    }
    for (int k = 0; k < 3; k++) rmse[k] = sqrt(rmse[k] / (double)n);
    printf("Expected: %s features: towers %.4f, biases %.4f, mean %.4f\n", features, rmse[0],
           rmse[1], rmse[2]);
    bias_free(&biases);
    tt_two_tower_free(&my->model);
    free(scaled);
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    double leaky[3], honest[3];
    compare(leaky, &my, "leaky");

    ml_features features;
    honest_features(&features, &my.data, my.inputs.train_rows, my.inputs.train.count);
    ml_inputs_free(&my.inputs);
    ml_must(ml_prepare(&my.inputs, &my.data, &features), NULL);
    compare(honest, &my, "honest");
    ml_features_free(&features);

    answer_check(leaky[2] < fmax(leaky[0], leaky[1]) && honest[2] < fmax(honest[0], honest[1]),
                 "the mean is better than the worse of the two");
    return answer_close(&my);
}
