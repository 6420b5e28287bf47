// Exercise 1 of lesson 4: shuffling with remainders is not fair.
#include "answer.h"

int main(int argc, char **argv)
{
    enum { TIMES = 600000, ORDERS = 27 }; /* an order is a number of three digits to the base 3 */
    answer my = answer_open(argc, argv);
    size_t times[ORDERS] = {0};
    tt_random random;
    tt_random_seed(&random, 1);
    for (int t = 0; t < TIMES; t++) {
        uint32_t order[3] = {0, 1, 2};
        for (uint32_t i = 2; i >= 1; i--) {
            uint32_t j = (tt_random_uint32(&random) & 3) % (i + 1), swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        times[9 * order[0] + 3 * order[1] + order[2]]++;
    }
    int quarters = 0, eighths = 0;
    for (int o = 0; o < ORDERS; o++) {
        if (!times[o]) continue;
        double share = (double)times[o] / TIMES;
        printf("%d %d %d   %6zu times, %.3f\n", o / 9, o / 3 % 3, o % 3, times[o], share);
        quarters += fabs(share - 0.25) < 0.005;
        eighths += fabs(share - 0.125) < 0.005;
    }
    printf("Expected: two orders in a quarter of all cases each, the others in an eighth\n");
    answer_check(quarters == 2 && eighths == 4, "%d orders near 1/4, %d near 1/8", quarters,
                 eighths);
    return answer_close(&my);
}
