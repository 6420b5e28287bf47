// Exercise 4 of lesson 5: the multiplications for all pairs, by one network and by two towers.
#include "answer.h"

/* The weights of a network are its multiplications for a row. */
static double multiplications(const size_t *widths, size_t depth)
{
    double count = 0;
    for (size_t l = 0; l < depth; l++) count += (double)(widths[l] * widths[l + 1]);
    return count;
}

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    const size_t together[] = {34, 512, 256, 1};
    const size_t user[] = {16, 512, 256, 32}, film[] = {18, 512, 256, 32};
    double users = (double)my.data.n_users, films = (double)my.data.n_films;

    double one = users * films * multiplications(together, 3);
    double towers =
        users * multiplications(user, 3) + films * multiplications(film, 3) + users * films * 32;
    printf("Expected: %.3g by the single network, %.3g by the towers\n", one, towers);
    printf("%.0f users, %.0f films: the towers need %.0f times less\n", users, films, one / towers);
    answer_check(multiplications(together, 3) == 34 * 512 + 512 * 256 + 256,
                 "the single network's weights by hand");
    answer_check(towers < one, "the towers need fewer");
    return answer_close(&my);
}
