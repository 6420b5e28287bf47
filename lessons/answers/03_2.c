// Exercise 2 of lesson 3: a scaler for which each user counts once.
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    tt_standard_scaler once;
    ml_must(tt_standard_fit(&once, my.features.users, NULL), NULL);
    const tt_standard_scaler *counted = &my.inputs.user_scaler;
    size_t most = 3;
    double moved[ML_COLUMNS] = {0};
    for (size_t c = 3; c < ML_COLUMNS; c++) {
        moved[c] = (once.mean[c] - counted->mean[c]) / counted->scale[c];
        if (fabs(moved[c]) > fabs(moved[most])) most = c;
        printf("%-12s counted %.4f, once %.4f, moved by %5.2f deviations\n", ml_genres[c - 3],
               counted->mean[c], once.mean[c], moved[c]);
    }
    size_t zeros = 0, busy_zeros = 0, users = my.data.n_users;
    for (size_t u = 0; u < users; u++) {
        bool zero = *tt_table_at(my.features.users, u, most) == 0;
        zeros += zero;
        busy_zeros += zero ? my.features.user_ratings[u] : 0;
    }
    printf("no rating in %s: %.1f %% of the users, who gave %.1f %% of the ratings\n",
           ml_genres[most - 3], 100 * (double)zeros / (double)users,
           100 * (double)busy_zeros / (double)my.data.n_ratings);
    printf("Expected: %s moves most, by %.2f standard deviations\n", ml_genres[most - 3],
           moved[most]);
    answer_check(once.columns == counted->columns, "the two scalers have the same columns");
    tt_standard_free(&once);
    return answer_close(&my);
}
