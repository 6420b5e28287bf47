// Exercise 1 of lesson 2: the average of the first film, by hand.
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    double sum = 0, count = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        if (my.data.film[r] != 0) continue;
        sum += my.data.stars[r];
        count++;
    }
    double average = rint(100 * sum / count) / 100;
    double in_table = *tt_table_at(my.features.films, 0, 2);
    printf("%s\n", my.data.films[0].title);
    printf("Expected: %.1f stars / %.0f ratings = %.4f, rounded %.2f\n", sum, count, sum / count,
           average);
    answer_check(average == in_table, "the table has %.2f", in_table);
    return answer_close(&my);
}
