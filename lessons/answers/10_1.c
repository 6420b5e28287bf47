// Exercise 1 of lesson 10: is a user with many ratings easier to predict?
#include "answer.h"

// The mean error over the user's rows, in stars, without signs.
static double mean_error(const answer *my, const float *scaled, size_t user)
{
    double sum = 0, n = 0;
    for (size_t r = 0; r < my->data.n_ratings; r++) {
        if (my->data.user[r] != user) continue;
        sum += fabs(ml_stars(&my->inputs, (double)scaled[r]) - my->data.stars[r]);
        n++;
    }
    return sum / n;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    answer_train(&my, 2);
    tt_ratings all = my.inputs.train;
    all.order = NULL; // all rows, as they stand
    all.count = my.data.n_ratings;
    float *scaled = ml_new(my.data.n_ratings, sizeof *scaled);
    ml_must(tt_predict(scaled, &my.model, &all, &my.run), &my.run.why);

    size_t two = ml_find_user(&my.data, 2), most = 0, better = 0;
    if (two == my.data.n_users) two = 0;
    for (size_t u = 1; u < my.data.n_users; u++)
        if (my.features.user_ratings[u] > my.features.user_ratings[most]) most = u;
    double error = mean_error(&my, scaled, most);
    for (size_t u = 0; u < my.data.n_users; u++) better += mean_error(&my, scaled, u) < error;
    printf("user %lld: %lu ratings, %.2f stars off on average\n", (long long)my.data.user_ids[two],
           (unsigned long)my.features.user_ratings[two], mean_error(&my, scaled, two));
    printf("Expected: user %lld has %lu ratings, and the model is %.2f stars off;\n"
           "Expected: %zu of %zu users have a smaller error\n",
           (long long)my.data.user_ids[most], (unsigned long)my.features.user_ratings[most], error,
           better, my.data.n_users);
    answer_check(my.features.user_ratings[most] >= my.features.user_ratings[two],
                 "nobody has more ratings than user %lld", (long long)my.data.user_ids[most]);
    free(scaled);
    return answer_close(&my);
}
