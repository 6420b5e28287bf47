/* own_ratings.c: two towers on ratings of your own, from three CSV files.

   users.csv     id,name,feature,...    a line for each user; ids are whole numbers, in any order
   items.csv     id,name,feature,...    likewise for each item; features are numbers
   ratings.csv   user,item,rating       a line for each rating, by the ids of the other two files

   The program trains on four fifths of the ratings, says how good it is on the others, recommends
   items to the first user, and finds those that are most similar to the first item.  The files in
   examples/own_ratings are an example: 12 readers, 15 books, 90 ratings, all invented.

       cc examples/own_ratings.c -o own_ratings
       cd examples/own_ratings && ../../own_ratings users.csv items.csv ratings.csv

   prints

       12 users, 15 items, 90 ratings
       56 epochs, best after 36
       off by 0.33 stars on 18 ratings that it has not seen (always the mean: 0.79)

       for Alder:
         The Glass Orchard          4.6 stars
         The Salt King's Daughter   4.4 stars
         Nine Towers of Rain        4.2 stars

       like The Glass Orchard:
         The Salt King's Daughter   distance 0.07
         Lanterns Over Vael         distance 0.08
         Nine Towers of Rain        distance 0.10
*/
#define TWOTOWER_IMPLEMENTATION
#include "../twotower.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Errors: the first one ends the program, with its message. */
static tt_run run; /* all cores; takes the messages */

static void must(tt_error error)
{
    if (!error) return;
    fprintf(stderr, "%s\n", run.why.text[0] ? run.why.text : tt_error_text(error));
    exit(1);
}

/* The same for a table, which has its own message. */
static void must_read(const tt_csv *csv)
{
    run.why = csv->why;
    must(csv->error);
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory) must(TT_ERROR_MEMORY);
    return memory;
}

/* Users or items: row r has names[r] and row r of the features; by_id finds the row of an id. */
enum { NAME = 40 };

typedef struct entry {
    int64_t id;
    uint32_t row;
} entry;

typedef struct catalogue {
    const char *path;
    size_t count;
    entry *by_id; /* sorted */
    char (*names)[NAME];
    tt_table features;
} catalogue;

static int compare_entries(const void *a, const void *b)
{
    int64_t x = ((const entry *)a)->id, y = ((const entry *)b)->id;
    return (x > y) - (x < y);
}

static size_t count_records(const char *path)
{
    tt_csv csv;
    tt_csv_open(&csv, path);
    while (tt_csv_next(&csv) == TT_OK) {}
    if (csv.error != TT_ERROR_END) must_read(&csv);
    size_t records = csv.records;
    tt_csv_close(&csv);
    if (records == 0) {
        fprintf(stderr, "%s: only a header, no lines after it\n", path);
        exit(1);
    }
    return records;
}

static catalogue read_catalogue(const char *path)
{
    enum { FIRST_FEATURE = 2 };
    catalogue c = {path, count_records(path), NULL, NULL, {0}};
    tt_csv csv;
    tt_csv_open(&csv, path);
    must_read(&csv);
    if (csv.columns <= FIRST_FEATURE) {
        fprintf(stderr, "%s:1: expected the columns id,name,feature,...\n", path);
        exit(1);
    }
    c.by_id = allocate(c.count, sizeof *c.by_id);
    c.names = allocate(c.count, sizeof *c.names);
    must(tt_table_new(&c.features, c.count, csv.columns - FIRST_FEATURE));
    for (size_t r = 0; r < c.count; r++) {
        tt_csv_next(&csv);
        tt_csv_integer(&c.by_id[r].id, &csv, 0, 0, INT64_MAX);
        c.by_id[r].row = (uint32_t)r;
        snprintf(c.names[r], NAME, "%s", tt_csv_text(&csv, 1));
        for (size_t f = 0; f < c.features.cols; f++)
            tt_csv_number(tt_table_at(c.features, r, f), &csv, FIRST_FEATURE + f);
    }
    must_read(&csv);
    tt_csv_close(&csv);

    qsort(c.by_id, c.count, sizeof *c.by_id, compare_entries);
    for (size_t i = 1; i < c.count; i++)
        if (c.by_id[i].id == c.by_id[i - 1].id) {
            fprintf(stderr, "%s: two lines have the id %lld\n", path, (long long)c.by_id[i].id);
            exit(1);
        }
    return c;
}

static void free_catalogue(catalogue *c)
{
    free(c->by_id);
    free(c->names);
    tt_table_free(&c->features);
}

/* The row that belongs to the id in a field of ratings.csv. */
static uint32_t find_row(const catalogue *c, tt_csv *csv, size_t column)
{
    entry wanted = {0, 0};
    tt_csv_integer(&wanted.id, csv, column, 0, INT64_MAX);
    must_read(csv);
    const entry *found = bsearch(&wanted, c->by_id, c->count, sizeof wanted, compare_entries);
    if (found) return found->row;
    char complaint[200];
    snprintf(complaint, sizeof complaint, "there is no such id in %.150s", c->path);
    tt_csv_complain(csv, column, complaint);
    must_read(csv); // which ends the program
    return 0;
}

/* The ratings, with rows in place of ids, and what is made of them. */
typedef struct study {
    catalogue users, items;
    size_t count;
    uint32_t *user, *item;
    tt_table stars;          /* count x 1 */
    tt_minmax_scaler scaler; /* stars to [-1, 1], the numbers that a dot product can be, and back */
    tt_matrix targets;       /* the stars, scaled */
    tt_ratings ratings;
    tt_two_tower model;
    tt_matrix item_vectors;
} study;

static void read_ratings(study *s, const char *path)
{
    s->count = count_records(path);
    if (s->count < 10) {
        fprintf(stderr, "%s: %zu ratings, expected at least 10 to learn from\n", path, s->count);
        exit(1);
    }
    s->user = allocate(s->count, sizeof *s->user);
    s->item = allocate(s->count, sizeof *s->item);
    must(tt_table_new(&s->stars, s->count, 1));
    tt_csv csv;
    size_t user, item, rating;
    tt_csv_open(&csv, path);
    tt_csv_find(&user, &csv, "user");
    tt_csv_find(&item, &csv, "item");
    tt_csv_find(&rating, &csv, "rating");
    for (size_t k = 0; k < s->count; k++) {
        tt_csv_next(&csv);
        s->user[k] = find_row(&s->users, &csv, user);
        s->item[k] = find_row(&s->items, &csv, item);
        tt_csv_number(tt_table_at(s->stars, k, 0), &csv, rating);
    }
    must_read(&csv);
    tt_csv_close(&csv);
}

/* Features as the network wants them: each column with mean 0 and deviation 1. */
static tt_matrix scaled_features(tt_table features)
{
    tt_standard_scaler scaler;
    tt_matrix matrix;
    must(tt_standard_fit(&scaler, features, NULL));
    tt_standard_transform(features, features, &scaler);
    must(tt_matrix_from_table(&matrix, features));
    tt_standard_free(&scaler);
    return matrix;
}

static void scale(study *s)
{
    tt_table scaled;
    must(tt_minmax_fit(&s->scaler, s->stars, NULL, -1, 1));
    must(tt_table_new(&scaled, s->count, 1));
    tt_minmax_transform(scaled, s->stars, &s->scaler);
    must(tt_matrix_from_table(&s->targets, scaled));
    tt_table_free(&scaled);
    tt_matrix users = scaled_features(s->users.features);
    tt_matrix items = scaled_features(s->items.features);
    s->ratings = (tt_ratings){users, items, s->user, s->item, s->targets.data, NULL, s->count};
}

/* A prediction in stars. */
static double stars_of(const study *s, float prediction)
{
    double stars = (double)prediction;
    tt_minmax_inverse(tt_table_of(&stars, 1, 1), tt_table_of(&stars, 1, 1), &s->scaler);
    return stars;
}

/* Learns from some ratings; the last tenth of them tells when to stop. */
static void train(study *s, const uint32_t *rows, size_t count)
{
    tt_ratings some = s->ratings;
    some.order = rows;
    some.count = count;
    tt_two_tower_options shape = {
        .hidden = {32, 16}, .embedding = 8, .seed = 1, .adam = {.learning_rate = 0.003}};
    tt_history history = {0};
    tt_fit_options how = {.epochs = 300,
                          .batch_size = 16,
                          .validation_split = 0.1,
                          .patience = 20,
                          .history = &history};
    must(tt_two_tower_new(&s->model, some.users.cols, some.items.cols, &shape));
    must(tt_fit(&s->model, &some, &how, &run));
    printf("%zu epochs, best after %zu\n", history.epochs, history.best_epoch);
    tt_history_free(&history);

    must(tt_matrix_new(&s->item_vectors, s->items.count, shape.embedding));
    must(tt_embed(s->item_vectors, &s->model.item, s->ratings.items, &run));
}

static double mean_stars(const study *s, const uint32_t *rows, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += *tt_table_at(s->stars, rows[i], 0);
    return sum / (double)count;
}

/* How far predictions are off on average, and how far one number for all would be. */
static void show_error(const study *s, const uint32_t *rows, size_t count, double mean)
{
    tt_ratings unseen = s->ratings;
    unseen.order = rows;
    unseen.count = count;
    float *predictions = allocate(count, sizeof *predictions);
    must(tt_predict(predictions, &s->model, &unseen, &run));
    double by_model = 0, by_mean = 0;
    for (size_t i = 0; i < count; i++) {
        double truth = *tt_table_at(s->stars, rows[i], 0), stars = stars_of(s, predictions[i]);
        by_model += stars > truth ? stars - truth : truth - stars;
        by_mean += mean > truth ? mean - truth : truth - mean;
    }
    printf("off by %.2f stars on %zu ratings that it has not seen (always the mean: %.2f)\n",
           by_model / (double)count, count, by_mean / (double)count);
    free(predictions);
}

enum { K = 3 };

/* The best items for a user among those not rated yet. */
static void show_recommendations(const study *s, uint32_t user)
{
    uint32_t best[K];
    float predictions[K];
    size_t found;
    bool *seen = allocate(s->items.count, sizeof *seen);
    for (size_t k = 0; k < s->count; k++)
        if (s->user[k] == user) seen[s->item[k]] = true;
    must(tt_recommend(best, predictions, &found, K, &s->model,
                      tt_matrix_rows(s->ratings.users, user, 1), s->item_vectors, seen));
    printf("\nfor %s:\n", s->users.names[user]);
    for (size_t i = 0; i < found; i++)
        printf("  %-26s %.1f stars\n", s->items.names[best[i]], stars_of(s, predictions[i]));
    free(seen);
}

/* The items whose vectors are nearest to that of one. */
static void show_similar(const study *s, uint32_t item)
{
    uint32_t *nearest = allocate(s->items.count * K, sizeof *nearest);
    float *distance = allocate(s->items.count * K, sizeof *distance);
    tt_neighbour_options options = {.k = K, .exclude_self = true};
    must(tt_nearest(nearest, distance, s->item_vectors, s->item_vectors, &options, &run));
    printf("\nlike %s:\n", s->items.names[item]);
    size_t first = (size_t)item * K;
    for (size_t i = first; i < first + K && nearest[i] != TT_NONE; i++)
        printf("  %-26s distance %.2f\n", s->items.names[nearest[i]], (double)distance[i]);
    free(nearest);
    free(distance);
}

static void free_study(study *s)
{
    free_catalogue(&s->users);
    free_catalogue(&s->items);
    free(s->user);
    free(s->item);
    tt_table_free(&s->stars);
    tt_minmax_free(&s->scaler);
    tt_matrix_free(&s->targets);
    tt_matrix_free(&s->ratings.users);
    tt_matrix_free(&s->ratings.items);
    tt_two_tower_free(&s->model);
    tt_matrix_free(&s->item_vectors);
}

int main(int argc, char **argv)
{
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    if (argc != 4 || help) {
        fprintf(help ? stdout : stderr,
                "usage: own_ratings users.csv items.csv ratings.csv\n"
                "users.csv and items.csv: id,name,feature,...   ratings.csv: user,item,rating\n");
        return help ? 0 : 1;
    }
    study s = {.users = read_catalogue(argv[1]), .items = read_catalogue(argv[2])};
    read_ratings(&s, argv[3]);
    scale(&s);
    printf("%zu users, %zu items, %zu ratings\n", s.users.count, s.items.count, s.count);

    /* Four fifths of the ratings to learn from, the rest to be judged by. */
    size_t learnt = tt_train_count(s.count, 0.8), unseen = s.count - learnt;
    uint32_t *rows = allocate(s.count, sizeof *rows);
    must(tt_train_test_split(rows, rows + learnt, s.count, 0.8, 1));
    train(&s, rows, learnt);
    show_error(&s, rows + learnt, unseen, mean_stars(&s, rows, learnt));
    show_recommendations(&s, 0);
    show_similar(&s, 0);
    free(rows);
    free_study(&s);
    return 0;
}
