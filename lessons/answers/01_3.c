// Exercise 3 of lesson 1: which two genres go together, and which stands alone?
#include "answer.h"

int main(int argc, char **argv)
{
    answer my = answer_open(argc, argv);
    size_t pairs[ML_GENRES][ML_GENRES] = {{0}}, alone[ML_GENRES] = {0}, films = 0;
    for (size_t f = 0; f < my.data.n_films; f++) {
        const ml_film *film = &my.data.films[f];
        for (int g = 0; g < ML_GENRES; g++) {
            alone[g] += film->has_genre[g] && film->n_genres == 1;
            for (int h = 0; h < ML_GENRES; h++)
                pairs[g][h] += film->has_genre[g] && film->has_genre[h];
        }
        films += film->n_genres == 1;
    }
    int first = 0, second = 1, single = 0;
    size_t sum = 0;
    for (int g = 0; g < ML_GENRES; g++) {
        if (alone[g] > alone[single]) single = g;
        sum += alone[g];
        for (int h = g + 1; h < ML_GENRES; h++)
            if (pairs[g][h] > pairs[first][second]) first = g, second = h;
    }
    for (int g = 0; g < ML_GENRES; g++) {
        int with = g == 0;
        for (int h = 0; h < ML_GENRES; h++)
            if (h != g && pairs[g][h] > pairs[g][with]) with = h;
        printf("%-12s %5zu films, most often with %-10s (%zu)\n", ml_genres[g], pairs[g][g],
               ml_genres[with], pairs[g][with]);
    }
    printf("Expected: %s and %s, %zu films; alone most often: %s, %zu films\n", ml_genres[first],
           ml_genres[second], pairs[first][second], ml_genres[single], alone[single]);
    answer_check(sum == films, "each of the %zu films of one genre counts once", films);
    return answer_close(&my);
}
