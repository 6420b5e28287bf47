/* resume.c: training goes on from a file as if it had never stopped (§15, §17).

   One model is trained for four epochs.  Another is trained for two, saved, loaded, and trained for
   two more.  A file keeps all that the next step depends on: weights, Adam's moments and clock, and
   where the random numbers stand.  So both models predict the same, to the last bit.

       cc examples/resume.c -o resume && ./resume

   prints

       4 epochs at once           loss 0.1107  checksum of the predictions 49a056c2
       2 epochs                   loss 0.2267  checksum of the predictions 9410c66c
       2 epochs, a file, 2 more   loss 0.1107  checksum of the predictions 49a056c2
       the same to the bit
*/
#define TWOTOWER_IMPLEMENTATION
#include "../twotower.h"
#include <stdio.h>
#include <stdlib.h>

enum { USERS = 30, ITEMS = 40, FEATURES = 4, RATINGS = 600 };

static const char *const path = "resume-example.safetensors"; /* removed at the end */

/* Invented ratings: a user likes an item whose first two features agree with the user's. */
typedef struct data {
    float users[USERS * FEATURES], items[ITEMS * FEATURES], target[RATINGS];
    uint32_t user[RATINGS], item[RATINGS];
    tt_ratings ratings;
} data;

static void invent(data *d)
{
    tt_random random;
    tt_random_seed(&random, 7);
    for (int i = 0; i < USERS * FEATURES; i++)
        d->users[i] = (float)tt_random_uniform(&random, -1, 1);
    for (int i = 0; i < ITEMS * FEATURES; i++)
        d->items[i] = (float)tt_random_uniform(&random, -1, 1);
    for (int k = 0; k < RATINGS; k++) {
        d->user[k] = tt_random_uint32(&random) % USERS;
        d->item[k] = tt_random_uint32(&random) % ITEMS;
        const float *u = d->users + (size_t)d->user[k] * FEATURES;
        const float *v = d->items + (size_t)d->item[k] * FEATURES;
        d->target[k] = u[0] * v[0] + u[1] * v[1] > 0 ? 0.8f : -0.8f;
    }
    tt_matrix users = tt_matrix_of(d->users, USERS, FEATURES);
    tt_matrix items = tt_matrix_of(d->items, ITEMS, FEATURES);
    d->ratings = (tt_ratings){users, items, d->user, d->item, d->target, NULL, RATINGS};
}

static tt_run run; /* all cores; takes the messages */

/* Any error ends this program, with its message. */
static void must(tt_error error)
{
    if (!error) return;
    fprintf(stderr, "resume: %s\n", run.why.text[0] ? run.why.text : tt_error_text(error));
    remove(path);
    exit(1);
}

static tt_two_tower new_model(void)
{
    tt_two_tower model;
    tt_two_tower_options options = {
        .hidden = {32, 16}, .embedding = 8, .seed = 1, .adam = {.learning_rate = 0.01}};
    must(tt_two_tower_new(&model, FEATURES, FEATURES, &options));
    return model;
}

static void train(tt_two_tower *model, const data *d, size_t epochs)
{
    must(tt_fit(model, &d->ratings, &(tt_fit_options){.epochs = epochs}, &run));
}

/* Shows how good a model is; the checksum of the predictions tells whether two are equal. */
static uint32_t show(const char *name, const tt_two_tower *model, const data *d)
{
    double loss;
    float predictions[RATINGS];
    must(tt_evaluate(&loss, model, &d->ratings, &run));
    must(tt_predict(predictions, model, &d->ratings, &run));
    uint32_t checksum = tt_crc32(0, predictions, sizeof predictions);
    printf("%-26s loss %.4f  checksum of the predictions %08lx\n", name, loss,
           (unsigned long)checksum);
    return checksum;
}

int main(void)
{
    static data d;
    invent(&d);

    tt_two_tower whole = new_model();
    train(&whole, &d, 4);
    uint32_t expected = show("4 epochs at once", &whole, &d);

    tt_two_tower half = new_model(), resumed;
    train(&half, &d, 2);
    show("2 epochs", &half, &d);
    must(tt_save(&half, path, &run));

    must(tt_load(&resumed, path, &run));
    train(&resumed, &d, 2);
    uint32_t found = show("2 epochs, a file, 2 more", &resumed, &d);
    printf("%s\n", found == expected ? "the same to the bit" : "different");

    remove(path);
    tt_two_tower_free(&whole);
    tt_two_tower_free(&half);
    tt_two_tower_free(&resumed);
    return found == expected ? 0 : 1;
}
