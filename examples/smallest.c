/* smallest.c: the complete program of the first page of twotower.h.

   Three users have rated two films.  From the features of both, the model says what a user will
   think of films that nobody has rated yet.

       cc examples/smallest.c -o smallest && ./smallest

   prints

       user 0 on film 2:  0.99
       user 0 on film 3: -0.87
*/
/* clang-format off */
#define TWOTOWER_IMPLEMENTATION
#include "../twotower.h"
#include <stdio.h>

int main(void)
{
    float users[] = {1, 0,  0, 1,  .9f, .2f};            // likes action, likes romance
    float films[] = {1, 0,  0, 1,  .8f, .1f,  .3f, .9f}; // has action, has romance
    uint32_t user[] = {0,  0, 1,  1, 2,  2};             // who rated ...
    uint32_t film[] = {0,  1, 0,  1, 0,  1};             // ... what ...
    float  rating[] = {1, -1, -1, 1, 1, -1};             // ... from -1 (bad) to 1 (good)
    tt_ratings known = {tt_matrix_of(users, 3, 2), tt_matrix_of(films, 4, 2),
                        user, film, rating, NULL, 6};

    uint32_t who[] = {0, 0}, what[] = {2, 3};            // films that nobody has rated
    float answer[2] = {0, 0};
    tt_ratings question = {known.users, known.items, who, what, NULL, NULL, 2};

    tt_two_tower model = {0};
    tt_two_tower_options shape = {.hidden = {16}, .embedding = 4, .seed = 1};
    tt_error error = tt_two_tower_new(&model, 2, 2, &shape);
    if (!error) error = tt_fit(&model, &known, &(tt_fit_options){.epochs = 300}, NULL);
    if (!error) error = tt_predict(answer, &model, &question, NULL);
    if (error) fprintf(stderr, "%s\n", tt_error_text(error));
    for (int i = 0; i < 2 && !error; i++)
        printf("user 0 on film %u: %5.2f\n", (unsigned)what[i], answer[i]);
    tt_two_tower_free(&model);
    return error != TT_OK;
}
