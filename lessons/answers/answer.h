/* answer.h: what the answers to exercises share.

   lessons/answers/NN_K.c answers exercise K of lesson NN.  From the root of the repository

       cc lessons/answers/01_1.c -I. -lm && ./a.out

   runs one on data/movielens, or on the folder that is its only argument.  It looks like this:

       // Exercise 1 of lesson 1: what is asked, in one line.
       #include "answer.h"

       int main(int argc, char **argv)
       {
           answer my = answer_open(argc, argv);       my.data, .features, .inputs: as in lessons
           answer_train(&my, 2);                      my.model: small towers, if they are needed
           printf("Expected: ...\n");                 what readers compare with their own result
           answer_check(1 + 1 == 2, "two ones are %d", 2);
           return answer_close(&my);                  0 if all checks held
       }

   What it prints stands on the lesson's page: lines that begin with "Expected: " openly under the
   exercise, all of it in the fold of the answer.  Lines have at most 80 columns.

   The library is compiled with the answer, some seconds.  ANSWER_LINKED says that it is linked:
   `make report` has compiled it once for all of them. */

#ifndef ANSWER_H
#define ANSWER_H

#ifndef ANSWER_LINKED
#define TWOTOWER_IMPLEMENTATION
#endif
#include "twotower.h"
#include "../movielens.h"

#include <stdarg.h>

/* Named as in a lesson, so that code can go from one to the other. */
typedef struct answer {
    ml_data data;
    ml_features features;
    ml_inputs inputs;
    tt_two_tower model; /* after answer_train */
    tt_run run;         /* all cores: the number of threads changes no bit */
    bool failed;
} answer;

/* Ratings and films, a row of numbers for each user and film, and these scaled and split. */
ML_API answer answer_open(int argc, char **argv)
{
    static answer my; /* zeros */
    if (argc > 2) {
        fprintf(stderr, "usage: %s [folder of ratings.csv and movies.csv]\n", argv[0]);
        exit(2);
    }
    ml_open(&my.data, &my.features, &my.inputs, argc == 2 ? argv[1] : "data/movielens");
    return my;
}

/* Prints "Checked: ...", or says on stderr what does not hold, and where. */
#define answer_check(condition, ...)                                                               \
    answer__check(&my.failed, __FILE__, __LINE__, (condition), #condition, __VA_ARGS__)

#if defined(__GNUC__)
__attribute__((unused, format(printf, 6, 7)))
#endif
static void
answer__check(bool *failed, const char *file, int line, bool good, const char *condition,
              const char *format, ...)
{
    FILE *to = good ? stdout : stderr;
    va_list args;
    if (good)
        fprintf(to, "Checked: ");
    else
        fprintf(to, "%s:%d: check failed (%s): ", file, line, condition);
    va_start(args, format);
    vfprintf(to, format, args);
    va_end(args);
    fprintf(to, "\n");
    *failed |= !good;
}

/* A model of small towers, {64, 32} and 32 numbers for a vector, trained on the training ratings
   with the lessons' rate and seed: a fifth of a second for an epoch. */
ML_API void answer_train(answer *my, size_t epochs)
{
    tt_two_tower_options shape = {
        .hidden = {64, 32}, .embedding = 32, .seed = 1, .adam = {.learning_rate = 0.01}};
    tt_fit_options fit = {.epochs = epochs};
    ml_must(tt_two_tower_new(&my->model, my->inputs.user_inputs.cols, my->inputs.film_inputs.cols,
                             &shape),
            NULL);
    ml_must(tt_fit(&my->model, &my->inputs.train, &fit, &my->run), &my->run.why);
}

/* The root of the mean squared error, in stars, of my.model on these ratings. */
ML_API double answer_rmse(answer *my, const tt_ratings *ratings)
{
    double loss;
    ml_must(tt_evaluate(&loss, &my->model, ratings, &my->run), &my->run.why);
    return sqrt(loss) * (ml_stars(&my->inputs, 1) - ml_stars(&my->inputs, -1)) / 2;
}

/* Frees everything; main's result. */
ML_API int answer_close(answer *my)
{
    bool failed = my->failed || fflush(stdout) || ferror(stdout);
    tt_two_tower_free(&my->model);
    ml_close(&my->data, &my->features, &my->inputs);
    return failed ? 1 : 0;
}

#endif
