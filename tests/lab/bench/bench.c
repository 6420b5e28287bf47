/* bench.c: how long things take.  Each call measures one thing, and prints one line of CSV:

       what,threads,size,seconds,MB

   seconds is the least of several rounds, for one unit of the thing (a step, an epoch, a search);
   MB is the most memory that the process has had.  Compile it in the repository's root:

       cc -std=c99 -D_DEFAULT_SOURCE -O2 -fopenmp -I. tests/lab/bench/bench.c -o build/bench -lm

       bench step THREADS [BATCH [H1 H2 D]]   a training step of the notebook's model, rows by index
       bench train THREADS EPOCHS FOLDER      that many epochs on real ratings, in all
       bench load FOLDER                      ratings.csv and movies.csv into features
       bench predict THREADS FOLDER           a prediction for every rating
       bench neighbours THREADS N             the nearest of N vectors of 32 for each of them
       bench compare N                        says whether double finds the same neighbours
       bench generate N FILE                  writes N ratings of 162,541 users and 62,423 films
       bench big THREADS FILE                 loads such a file and trains an epoch at batch 256 */
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"

#include "lessons/movielens.h"

#include <sys/resource.h>
#include <time.h>

enum { BIG_USERS = 162541, BIG_FILMS = 62423 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double megabytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static void report(const char *what, int threads, size_t size, double seconds)
{
    printf("%s,%d,%zu,%.9f,%.1f\n", what, threads, size, seconds, megabytes());
}

static void *memory(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (!p) ml_must(TT_ERROR_MEMORY, NULL);
    return p;
}

/* Ratings that nobody gave: random features, and a target that depends on both sides' features. */
typedef struct synthetic {
    tt_matrix users, items;
    uint32_t *user, *item;
    float *target;
    tt_ratings ratings;
} synthetic;

static void random_features(tt_matrix features, tt_random *random)
{
    for (size_t i = 0; i < features.rows * features.cols; i++)
        features.data[i] = (float)tt_random_uniform(random, -1.7, 1.7);
}

static float random_target(const tt_ratings *r, size_t k)
{
    float sum = 0;
    for (size_t c = 0; c < r->users.cols; c++)
        sum += *tt_matrix_at(r->users, r->user[k], c) * *tt_matrix_at(r->items, r->item[k], c);
    return sum > 4 ? 1 : sum < -4 ? -1 : sum / 4;
}

static void make_synthetic(synthetic *s, size_t users, size_t items, size_t n)
{
    tt_random random;
    tt_random_seed(&random, 1);
    ml_must(tt_matrix_new(&s->users, users, 16), NULL);
    ml_must(tt_matrix_new(&s->items, items, 18), NULL);
    random_features(s->users, &random);
    random_features(s->items, &random);
    s->user = memory(n, sizeof *s->user);
    s->item = memory(n, sizeof *s->item);
    s->target = memory(n, sizeof *s->target);
    tt_ratings ratings = {s->users, s->items, s->user, s->item, s->target, NULL, n};
    s->ratings = ratings;
    for (size_t k = 0; k < n; k++) {
        s->user[k] = tt_random_uint32(&random) % (uint32_t)users;
        s->item[k] = tt_random_uint32(&random) % (uint32_t)items;
        s->target[k] = random_target(&ratings, k);
    }
}

/* The time of each epoch; the shortest counts. */
typedef struct stopwatch {
    double start, least;
} stopwatch;

static bool lap(const tt_progress *progress, void *context)
{
    stopwatch *watch = context;
    double t = now() - watch->start;
    if (progress->epoch == 1 || t < watch->least) watch->least = t;
    watch->start = now();
    return true;
}

static double train(tt_two_tower *model, const tt_ratings *ratings, size_t batch, size_t epochs,
                    int threads)
{
    stopwatch watch = {now(), 0};
    tt_fit_options fit = {
        .epochs = epochs, .batch_size = batch, .on_epoch = lap, .context = &watch};
    ml_must(tt_fit(model, ratings, &fit, &(tt_run){.threads = threads}), NULL);
    return watch.least;
}

/* The notebook's model on 610 users and 9,664 films.  An epoch is so long that what surrounds the
   steps doesn't count. */
static void step(int threads, size_t batch, const size_t widths[3])
{
    const size_t steps = 32 * 1000 / batch > 100 ? 32 * 1000 / batch : 100;
    synthetic s;
    make_synthetic(&s, 610, 9664, steps * batch);
    tt_two_tower model;
    tt_two_tower_options options = {.hidden = {widths[0], widths[1]},
                                    .embedding = widths[2],
                                    .seed = 1,
                                    .adam = {.learning_rate = 0.01}};
    ml_must(tt_two_tower_new(&model, 16, 18, &options), NULL);
    double seconds = train(&model, &s.ratings, batch, 5, threads);
    report("step", threads, batch, seconds / (double)steps);
}

typedef struct real {
    ml_data data;
    ml_features features;
    ml_inputs inputs;
} real;

static void load_real(real *r, const char *folder)
{
    tt_message why;
    ml_must(ml_load(&r->data, folder, &why), &why);
    ml_must(ml_make_features(&r->features, &r->data), NULL);
}

static void prepare_real(real *r, const char *folder, tt_two_tower *model)
{
    load_real(r, folder);
    ml_must(ml_prepare(&r->inputs, &r->data, &r->features), NULL);
    tt_two_tower_options options = {.seed = 1, .adam = {.learning_rate = 0.01}};
    ml_must(tt_two_tower_new(model, 16, 18, &options), NULL);
}

static void whole_training(int threads, size_t epochs, const char *folder)
{
    real r;
    tt_two_tower model;
    prepare_real(&r, folder, &model);
    tt_fit_options fit = {.epochs = epochs};
    double start = now();
    ml_must(tt_fit(&model, &r.inputs.train, &fit, &(tt_run){.threads = threads}), NULL);
    report("train", threads, epochs, now() - start);
}

static void load(const char *folder)
{
    double least = 0;
    size_t ratings = 0;
    for (int round = 0; round < 5; round++) {
        real r;
        double start = now();
        load_real(&r, folder);
        double seconds = now() - start;
        if (round == 0 || seconds < least) least = seconds;
        ratings = r.data.all_ratings;
        ml_features_free(&r.features);
        ml_free(&r.data);
    }
    report("load", 1, ratings, least);
}

static void predict(int threads, const char *folder)
{
    real r;
    tt_two_tower model;
    prepare_real(&r, folder, &model);
    tt_ratings all = r.inputs.train;
    all.order = NULL;
    all.count = r.data.n_ratings;
    float *predictions = memory(all.count, sizeof *predictions);
    double least = 0;
    for (int round = 0; round < 7; round++) {
        double start = now();
        ml_must(tt_predict(predictions, &model, &all, &(tt_run){.threads = threads}), NULL);
        double seconds = now() - start;
        if (round == 0 || seconds < least) least = seconds;
    }
    report("predict", threads, all.count, least);
}

/* Random vectors of length one, as towers make them. */
static tt_matrix random_vectors(size_t n)
{
    tt_random random;
    tt_random_seed(&random, 1);
    tt_matrix vectors;
    ml_must(tt_matrix_new(&vectors, n, 32), NULL);
    random_features(vectors, &random);
    tt_l2_normalize(vectors, vectors);
    return vectors;
}

static void neighbours(int threads, size_t n)
{
    tt_matrix vectors = random_vectors(n);
    uint32_t *nearest = memory(n, sizeof *nearest);
    float *distance = memory(n, sizeof *distance);
    tt_neighbour_options options = {.exclude_self = true};
    tt_run run = {.threads = threads};
    double least = 0;
    for (int round = 0; round < (n > 20000 ? 1 : 5); round++) {
        double start = now();
        ml_must(tt_nearest(nearest, distance, vectors, vectors, &options, &run), NULL);
        double seconds = now() - start;
        if (round == 0 || seconds < least) least = seconds;
    }
    report("neighbours", threads, n, least);
}

static double squared_distance(const float *a, const float *b, size_t D)
{
    double sum = 0;
    for (size_t c = 0; c < D; c++) {
        double d = (double)a[c] - (double)b[c];
        sum += d * d;
    }
    return sum;
}

/* A float sum of D squared differences is off by at most (D + 2) 2^-24 of itself.  So where double
   names another neighbour, the two may be that much apart, each, and no more. */
static void compare(size_t n)
{
    tt_matrix vectors = random_vectors(n);
    uint32_t *nearest = memory(n, sizeof *nearest);
    float *distance = memory(n, sizeof *distance);
    tt_neighbour_options options = {.exclude_self = true};
    ml_must(tt_nearest(nearest, distance, vectors, vectors, &options, NULL), NULL);
    const double rounding = 2 * (double)(vectors.cols + 2) / 16777216;
    size_t ties = 0, wrong = 0;
    for (size_t a = 0; a < n; a++) {
        const float *x = tt_matrix_at(vectors, a, 0);
        double found = squared_distance(x, tt_matrix_at(vectors, nearest[a], 0), vectors.cols);
        double least = INFINITY;
        for (size_t b = 0; b < n; b++) {
            double d = squared_distance(x, tt_matrix_at(vectors, b, 0), vectors.cols);
            if (b != a && d < least) least = d;
        }
        ties += found > least && found <= least * (1 + rounding);
        wrong += found > least * (1 + rounding);
    }
    printf("%zu nearest neighbours against double: %zu ties within rounding, %zu wrong\n", n, ties,
           wrong);
    if (wrong) exit(1);
}

/* MovieLens 25M's shape, in MovieLens' form. */
static void generate(size_t n, const char *path)
{
    FILE *file = fopen(path, "wb");
    tt_random random;
    tt_random_seed(&random, 1);
    if (!file) ml_must(TT_ERROR_OPEN, NULL);
    fputs("userId,movieId,rating,timestamp\n", file);
    for (size_t k = 0; k < n; k++) {
        uint32_t user = tt_random_uint32(&random) % BIG_USERS + 1;
        uint32_t film = tt_random_uint32(&random) % BIG_FILMS + 1;
        uint32_t halves = tt_random_uint32(&random) % 10 + 1;
        fprintf(file, "%u,%u,%u.%u,%u\n", (unsigned)user, (unsigned)film, (unsigned)halves / 2,
                (unsigned)(halves % 2 * 5), 1147880044u + (unsigned)(k % 100000000));
    }
    if (fclose(file)) ml_must(TT_ERROR_WRITE, NULL);
}

static size_t read_big(synthetic *s, size_t *capacity, const char *path)
{
    tt_csv csv;
    tt_csv_open(&csv, path);
    size_t n = 0;
    while (tt_csv_next(&csv) == TT_OK) {
        int64_t user = 0, film = 0;
        double stars = 0;
        tt_csv_integer(&user, &csv, 0, 1, BIG_USERS);
        tt_csv_integer(&film, &csv, 1, 1, BIG_FILMS);
        if (tt_csv_number(&stars, &csv, 2)) break;
        if (n == *capacity) {
            *capacity = *capacity ? *capacity + *capacity / 4 : 1 << 20;
            s->user = realloc(s->user, *capacity * sizeof *s->user);
            s->item = realloc(s->item, *capacity * sizeof *s->item);
            s->target = realloc(s->target, *capacity * sizeof *s->target);
            if (!s->user || !s->item || !s->target) ml_must(TT_ERROR_MEMORY, NULL);
        }
        s->user[n] = (uint32_t)(user - 1);
        s->item[n] = (uint32_t)(film - 1);
        s->target[n++] = (float)((stars - 0.5) / 2.25 - 1);
    }
    tt_csv_close(&csv);
    if (csv.error != TT_ERROR_END) ml_must(csv.error, &csv.why);
    return n;
}

static void big(int threads, const char *path)
{
    synthetic s;
    size_t capacity = 0;
    make_synthetic(&s, BIG_USERS, BIG_FILMS, 1);
    free(s.user);
    free(s.item);
    free(s.target);
    s.user = s.item = NULL;
    s.target = NULL;
    double start = now();
    size_t n = read_big(&s, &capacity, path);
    report("big load", 1, n, now() - start);
    tt_ratings ratings = {s.users, s.items, s.user, s.item, s.target, NULL, n};
    tt_two_tower model;
    tt_two_tower_options options = {.seed = 1, .adam = {.learning_rate = 0.01}};
    ml_must(tt_two_tower_new(&model, 16, 18, &options), NULL);
    report("big epoch", threads, n, train(&model, &ratings, 256, 1, threads));
}

static size_t number(int argc, char **argv, int i, size_t otherwise)
{
    double value = (double)otherwise;
    if (i < argc && !(tt_parse_number(&value, argv[i]) && value >= 0)) {
        fprintf(stderr, "bench: %s: expected a number\n", argv[i]);
        exit(2);
    }
    return (size_t)value;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "", *path = argc > 3 ? argv[3] : "data/movielens";
    size_t first = strcmp(what, "load") == 0 ? 1 : number(argc, argv, 2, 1);
    int threads = (int)first;
    if (strcmp(what, "step") == 0) {
        size_t widths[3] = {number(argc, argv, 4, 512), number(argc, argv, 5, 256),
                            number(argc, argv, 6, 32)};
        step(threads, number(argc, argv, 3, 32), widths);
    } else if (strcmp(what, "train") == 0) {
        whole_training(threads, number(argc, argv, 3, 30), argc > 4 ? argv[4] : "data/movielens");
    } else if (strcmp(what, "load") == 0) {
        load(argc > 2 ? argv[2] : "data/movielens");
    } else if (strcmp(what, "predict") == 0) {
        predict(threads, path);
    } else if (strcmp(what, "neighbours") == 0) {
        neighbours(threads, number(argc, argv, 3, 9664));
    } else if (strcmp(what, "compare") == 0) {
        compare(number(argc, argv, 2, 9664));
    } else if (strcmp(what, "generate") == 0) {
        generate(first, path);
    } else if (strcmp(what, "big") == 0) {
        big(threads, path);
    } else {
        fputs("usage: bench step|train|load|predict|neighbours|compare|generate|big ...\n", stderr);
        return 2;
    }
    return 0;
}
