/* portable.c: what a program needs of twotower.h, on machines that have no test library.

       cc -I. tests/lab/portable.c -o portable -lm && ./portable FOLDER

   It trains on a CSV file that it writes, saves and loads the model, predicts and finds neighbours.
   It prints the checksum of the model file, the same on every machine and in every language, and
   exits with 1 and a message if something is not as it must be.

       -DOWN_ALLOCATORS       with TT_MALLOC and its two companions; all memory must come back
       -DONLY_INTERFACE       is for a second source file of the same program: it includes the header
                              and calls a function; the first is then compiled with -DTWO_FILES
       portable FOLDER comma  while the locale has a decimal comma; the exit status is 77 if there is
                              no such locale

   tests/lab/portability.sh builds it in many ways.  C99 and C++11. */

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C"
#endif
    const char *
    text_in_another_file(void);

#ifdef ONLY_INTERFACE

#include "twotower.h"

const char *text_in_another_file(void)
{
    return tt_error_text(TT_ERROR_MEMORY);
}

#else

#ifdef OWN_ALLOCATORS
static size_t own_blocks, own_calls;

static void *own_realloc(void *memory, size_t size)
{
    own_calls++;
    own_blocks += !memory;
    return realloc(memory, size);
}

static void own_free(void *memory)
{
    own_blocks -= memory != NULL;
    free(memory);
}

#define TT_MALLOC(size) own_realloc(NULL, size)
#define TT_REALLOC(memory, size) own_realloc(memory, size)
#define TT_FREE(memory) own_free(memory)
#endif

#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"

static void check(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "portable: %s\n", what);
    exit(1);
}

static void must(tt_error error, const tt_run *run)
{
    check(error == TT_OK, run ? run->why.text : tt_error_text(error));
}

/* The data: stars as texts, which a reader that follows the locale would get wrong. */
enum { USERS = 5, ITEMS = 7, COLUMNS = 2, RATINGS = USERS * ITEMS };

static float users[USERS * COLUMNS], items[ITEMS * COLUMNS], target[RATINGS];
static uint32_t user_of[RATINGS], item_of[RATINGS];
static tt_ratings ratings;

static double stars_of(size_t rating)
{
    return 1 + (double)(rating % 4) + (double)(rating % 3) / 4;
}

static void write_csv(const char *path)
{
    FILE *file = fopen(path, "wb");
    check(file != NULL, "the CSV file can't be written");
    fprintf(file, "user,\"the item\",stars\r\n");
    for (int r = 0; r < RATINGS; r++)
        fprintf(file, "%d,%d,\"%d.%02d\"\r\n", r / ITEMS, r % ITEMS, 1 + r % 4, r % 3 * 25);
    check(fclose(file) == 0, "the CSV file can't be closed");
}

static void read_csv(const char *path)
{
    tt_csv csv;
    size_t column = 0, n = 0;
    tt_csv_open(&csv, path);
    tt_csv_find(&column, &csv, "the item");
    while (tt_csv_next(&csv) == TT_OK) {
        int64_t user = 0, item = 0;
        double stars = 0;
        tt_csv_integer(&user, &csv, 0, 0, USERS - 1);
        tt_csv_integer(&item, &csv, column, 0, ITEMS - 1);
        if (tt_csv_number(&stars, &csv, 2)) break;
        check(stars == stars_of(n), "stars are not those that were written");
        user_of[n] = (uint32_t)user;
        item_of[n] = (uint32_t)item;
        target[n++] = (float)stars;
    }
    tt_csv_close(&csv);
    check(csv.error == TT_ERROR_END && n == RATINGS, csv.why.text);
    check(tt_csv_open(&csv, "no such file") == TT_ERROR_OPEN, "opened what is not there");
    tt_csv_close(&csv);
}

static void make_features(void)
{
    tt_random random;
    tt_random_seed(&random, 3);
    for (int i = 0; i < USERS * COLUMNS; i++) users[i] = (float)tt_random_sample(&random);
    for (int i = 0; i < ITEMS * COLUMNS; i++) items[i] = (float)tt_random_sample(&random);
    ratings.users = tt_matrix_of(users, USERS, COLUMNS);
    ratings.items = tt_matrix_of(items, ITEMS, COLUMNS);
    ratings.user = user_of;
    ratings.item = item_of;
    ratings.target = target;
    ratings.count = RATINGS;
}

/* Trains, and expects the error to fall; saves, loads, and expects the same predictions. */
static void train_and_save(const char *path)
{
    tt_two_tower model, loaded;
    tt_two_tower_options shape;
    tt_fit_options options;
    tt_run run;
    memset(&run, 0, sizeof run);
    double before = 0, after = 0;
    float predicted[RATINGS], again[RATINGS];
    memset(&shape, 0, sizeof shape);
    memset(&options, 0, sizeof options);
    shape.hidden[0] = 9;
    shape.embedding = 3;
    options.epochs = 5;
    must(tt_two_tower_new(&model, COLUMNS, COLUMNS, &shape), NULL);
    must(tt_evaluate(&before, &model, &ratings, NULL), NULL);
    must(tt_fit(&model, &ratings, &options, NULL), NULL);
    must(tt_evaluate(&after, &model, &ratings, NULL), NULL);
    check(after < before, "training doesn't learn");
    must(tt_predict(predicted, &model, &ratings, NULL), NULL);
    must(tt_save(&model, path, &run), &run);
    must(tt_save(&model, path, &run), &run); /* over the one that is there */
    must(tt_load(&loaded, path, &run), &run);
    must(tt_predict(again, &loaded, &ratings, NULL), NULL);
    check(memcmp(predicted, again, sizeof again) == 0, "the loaded model predicts otherwise");
    tt_two_tower_free(&model);
    tt_two_tower_free(&loaded);
}

static void find_neighbours(void)
{
    uint32_t nearest[ITEMS];
    float distance[ITEMS];
    must(tt_nearest(nearest, distance, ratings.items, ratings.items, NULL, NULL), NULL);
    for (uint32_t i = 0; i < ITEMS; i++)
        check(nearest[i] == i && distance[i] == 0, "an item is not nearest to itself");
}

static uint32_t checksum_of(const char *path)
{
    unsigned char buffer[512];
    uint32_t crc = 0;
    FILE *file = fopen(path, "rb");
    check(file != NULL, "the model file can't be read");
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;) crc = tt_crc32(crc, buffer, n);
    fclose(file);
    return crc;
}

/* Whether a locale with a decimal comma could be set. */
static bool comma_is_set(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE",
                                        "German_Germany.1252"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (setlocale(LC_ALL, names[i]) && *localeconv()->decimal_point == ',') return true;
    return false;
}

int main(int count, char **arguments)
{
    check(count >= 2, "usage: portable FOLDER [comma]");
    if (count > 2 && !comma_is_set()) return 77;
#ifdef TWO_FILES
    check(text_in_another_file() == tt_error_text(TT_ERROR_MEMORY), "two libraries, not one");
#endif
    char csv[1024], model[1024];
    snprintf(csv, sizeof csv, "%s/ratings.csv", arguments[1]);
    snprintf(model, sizeof model, "%s/model", arguments[1]);
    make_features();
    write_csv(csv);
    read_csv(csv);
    train_and_save(model);
    find_neighbours();
    printf("%08lx\n", (unsigned long)checksum_of(model));
    check(remove(csv) == 0 && remove(model) == 0, "a file can't be removed");
#ifdef OWN_ALLOCATORS
    check(own_calls > 0 && own_blocks == 0,
          "memory didn't come from the program, or didn't come back");
#endif
    return 0;
}
#endif
