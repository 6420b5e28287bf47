// Exercise 4 of lesson 1: since when are there half stars?
#include "answer.h"

#include <time.h>

static bool is_half(double stars)
{
    return stars != rint(stars);
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    if (!my.data.when) {
        printf("Expected: nothing, as this ratings.csv says nothing of times\n");
        return answer_close(&my);
    }
    uint32_t first = UINT32_MAX;
    size_t halves = 0, since = 0, before = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++)
        if (is_half(my.data.stars[r]) && my.data.when[r] < first) first = my.data.when[r];
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        halves += is_half(my.data.stars[r]);
        since += my.data.when[r] >= first;
        before += my.data.when[r] < first;
    }
    time_t when = (time_t)first;
    char day[32] = "never";
    if (halves) strftime(day, sizeof day, "%Y-%m-%d", gmtime(&when));
    printf("ratings before that time: %zu, since then: %zu\n", before, since);
    printf("Expected: the first half star on %s; of the ratings since then %.1f %%\n", day,
           since ? 100 * (double)halves / (double)since : 0);
    answer_check(halves <= since, "no half star is older");
    return answer_close(&my);
}
