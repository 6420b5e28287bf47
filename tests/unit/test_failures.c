/* test_failures.c: what the world does to a whole run (§2, §13 to §17).

   Memory that runs out anywhere between reading ratings and recommending films; a process that is
   killed while it saves; links and folders that can't be written to. */

#include "tests/unit/test.h"
#include "tests/unit/folder.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { USERS = 12, FILMS = 9, RATINGS = 60, INPUTS = 3, WIDTH = 4 };

/* ratings.csv: what the run below starts from. */
static void write_ratings(void)
{
    char text[4096];
    size_t length = (size_t)snprintf(text, sizeof text, "user,film,stars\n");
    for (size_t k = 0; k < RATINGS; k++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%zu,%zu,%zu\n", k % USERS,
                                   k * 7 % FILMS, 1 + k * k % 5);
    write_file("ratings.csv", text, length);
}

/* All that a run owns: freed in one place, however far it came. */
typedef struct owned {
    tt_csv csv;
    tt_table features, stars;
    tt_standard_scaler standard;
    tt_minmax_scaler minmax;
    tt_matrix inputs, vectors;
    tt_two_tower model, loaded;
    tt_history history;
} owned;

static void free_all(owned *o)
{
    tt_csv_close(&o->csv);
    tt_table_free(&o->features);
    tt_table_free(&o->stars);
    tt_standard_free(&o->standard);
    tt_minmax_free(&o->minmax);
    tt_matrix_free(&o->inputs);
    tt_matrix_free(&o->vectors);
    tt_two_tower_free(&o->model);
    tt_two_tower_free(&o->loaded);
    tt_history_free(&o->history);
}

static tt_error read_ratings(owned *o, uint32_t *user, uint32_t *film)
{
    tt_error error = tt_table_new(&o->stars, RATINGS, 1);
    if (error) return error;
    tt_csv_open(&o->csv, "ratings.csv");
    while (tt_csv_next(&o->csv) == TT_OK) {
        int64_t u = 0, f = 0;
        size_t k = o->csv.records - 1;
        tt_csv_integer(&u, &o->csv, 0, 0, USERS - 1);
        tt_csv_integer(&f, &o->csv, 1, 0, FILMS - 1);
        tt_csv_number(tt_table_at(o->stars, k, 0), &o->csv, 2);
        user[k] = (uint32_t)u;
        film[k] = (uint32_t)f;
    }
    return o->csv.error == TT_ERROR_END ? TT_OK : o->csv.error;
}

/* Features of users and films (the same, for shortness), and everything scaled. */
static tt_error prepare(owned *o, float *target)
{
    tt_error error = tt_table_new(&o->features, USERS, INPUTS);
    for (size_t i = 0; i < USERS * INPUTS && !error; i++)
        o->features.data[i] = (double)(i * i % 11);
    if (!error) error = tt_table_save(o->features, "features.npy", NULL);
    if (!error) tt_table_free(&o->features);
    if (!error) error = tt_table_load(&o->features, "features.npy", NULL);
    if (!error) error = tt_standard_fit(&o->standard, o->features, NULL);
    if (!error) error = tt_minmax_fit(&o->minmax, o->stars, -1, 1);
    if (error) return error;
    tt_standard_transform(o->features, o->features, &o->standard);
    tt_minmax_transform(o->stars, o->stars, &o->minmax);
    for (size_t k = 0; k < RATINGS; k++) target[k] = (float)o->stars.data[k];
    return tt_matrix_from_table(&o->inputs, o->features);
}

static tt_error train_and_save(owned *o, const tt_ratings *ratings)
{
    tt_two_tower_options shape;
    tt_fit_options fit;
    memset(&shape, 0, sizeof shape);
    memset(&fit, 0, sizeof fit);
    shape.hidden[0] = 6;
    shape.embedding = WIDTH;
    shape.user_scaler = shape.item_scaler = &o->standard;
    shape.target_scaler = &o->minmax;
    fit.epochs = 2;
    fit.validation_split = 0.2;
    fit.patience = 3;
    fit.threads = 1;
    tt_error error = tt_two_tower_new(&o->model, INPUTS, INPUTS, &shape);
    if (!error) error = tt_fit(&o->model, ratings, &fit, &o->history);
    if (!error) error = tt_save(&o->model, "m.safetensors", NULL);
    return error ? error : tt_load(&o->loaded, "m.safetensors", NULL);
}

static tt_error use(owned *o, const tt_ratings *ratings)
{
    float predictions[RATINGS], distance[FILMS], best[3];
    uint32_t nearest[FILMS], items[3];
    size_t found;
    double loss;
    tt_error error = tt_predict(predictions, &o->loaded, ratings, 1);
    if (!error) error = tt_evaluate(&loss, &o->loaded, ratings, 1);
    if (!error) error = tt_matrix_new(&o->vectors, FILMS, WIDTH);
    if (!error) error = tt_embed(o->vectors, &o->loaded.item, ratings->items, 1);
    if (!error) error = tt_nearest(nearest, distance, o->vectors, o->vectors, NULL);
    if (!error)
        error = tt_recommend(items, best, &found, 3, &o->loaded,
                             tt_matrix_rows(ratings->users, 0, 1), o->vectors, NULL);
    return error ? error : tt_matrix_save(o->vectors, "vectors.npy", NULL);
}

static tt_error try_everything(void *context)
{
    owned o;
    uint32_t user[RATINGS], film[RATINGS], train[48], test_side[12];
    float target[RATINGS];
    (void)context;
    memset(&o, 0, sizeof o);
    tt_error error = read_ratings(&o, user, film);
    if (!error) error = prepare(&o, target);
    if (!error) error = tt_train_test_split(train, test_side, RATINGS, 0.8, 1);
    if (!error) {
        tt_ratings ratings = {o.inputs, tt_matrix_rows(o.inputs, 0, FILMS), user, film, target,
                              train, 48};
        error = train_and_save(&o, &ratings);
        if (!error) error = use(&o, &ratings);
    }
    grant_memory();
    free_all(&o);
    assert_false(exists("m.safetensors.part"));
    assert_false(exists("vectors.npy.part"));
    return error;
}

/* Once each, and from then on: refuse_each demands the error and that nothing is left behind. */
static void a_whole_run_with_every_allocation_refused(void **state)
{
    (void)state;
    write_ratings();
    size_t allocations = refuse_each(try_everything, NULL);
    print_message("%zu allocations, each refused once and then for good: %zu failures survived\n",
                  allocations, 2 * allocations);
    assert_true(allocations > 60);
}

/* Two whole models that a file may be. */
static void make_models(tt_two_tower models[2])
{
    for (uint32_t m = 0; m < 2; m++) {
        tt_two_tower_options options;
        memset(&options, 0, sizeof options);
        options.hidden[0] = 40 + 10 * m; /* of other sizes */
        options.embedding = 8;
        options.seed = m;
        assert_int_equal(tt_two_tower_new(&models[m], 16, 18, &options), TT_OK);
    }
}

/* A child that saves one model and the other in turn, until it is killed. */
static pid_t start_saving(const tt_two_tower models[2])
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) return child;
    for (size_t i = 0;; i++)
        if (tt_save(&models[i % 2], "m.safetensors", NULL)) _exit(1);
}

/* §17: a real SIGKILL, at a random moment. */
static void killed_while_saving(void **state)
{
    (void)state;
    enum { KILLS = 200 };
    tt_two_tower models[2];
    bytes whole[2];
    size_t found[2] = {0, 0}, unfinished = 0;
    make_models(models);
    for (int m = 0; m < 2; m++) {
        assert_int_equal(tt_save(&models[m], "m.safetensors", NULL), TT_OK);
        whole[m] = read_file("m.safetensors");
    }
    for (int kills = 0; kills < KILLS; kills++) {
        int status = 0;
        pid_t child = start_saving(models);
        struct timespec delay = {0, 1000000 + (long)((test_random() + 1) * 5e6f)};
        nanosleep(&delay, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

        unfinished += exists("m.safetensors.part");
        bytes now = read_file("m.safetensors");
        int which = now.size == whole[1].size;
        assert_file_is("m.safetensors", whole[which]);
        free(now.data);
        tt_two_tower loaded;
        assert_int_equal(tt_load(&loaded, "m.safetensors", NULL), TT_OK);
        assert_int_equal(loaded.user.layers[0].weights.cols, 40 + 10 * which);
        tt_two_tower_free(&loaded);
        found[which]++;
    }
    print_message("%d kills, %zu of them in the middle of a file; then the one model stood there "
                  "%zu times, the other %zu times\n", KILLS, unfinished, found[0], found[1]);
    assert_true(unfinished > 0 && found[0] > 0 && found[1] > 0);
    for (int m = 0; m < 2; m++) {
        free(whole[m].data);
        tt_two_tower_free(&models[m]);
    }
}

/* §17: the link becomes the file; what it pointed to stays. */
static void saving_over_a_symbolic_link(void **state)
{
    (void)state;
    tt_two_tower models[2], loaded;
    struct stat about;
    make_models(models);
    write_file("target", BYTES("an old file"));
    bytes old = read_file("target");
    assert_int_equal(symlink("target", "link"), 0);
    assert_int_equal(tt_save(&models[0], "link", NULL), TT_OK);
    assert_file_is("target", old);
    assert_true(lstat("link", &about) == 0 && S_ISREG(about.st_mode));
    assert_int_equal(tt_load(&loaded, "link", NULL), TT_OK);
    tt_two_tower_free(&loaded);
    free(old.data);
    for (int m = 0; m < 2; m++) tt_two_tower_free(&models[m]);
}

/* §17: in a child, since root may write everywhere, and must become somebody else first. */
static void saving_in_a_folder_that_is_read_only(void **state)
{
    (void)state;
    tt_two_tower models[2];
    int status = 0;
    make_models(models);
    assert_int_equal(mkdir("closed", 0755), 0);
    write_file("closed/old", BYTES("an old file"));
    bytes old = read_file("closed/old");
    assert_int_equal(chmod("closed", 0555), 0);
    assert_int_equal(chmod(".", 0755), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0) _exit(3);
        _exit(tt_save(&models[0], "closed/old", NULL) != TT_ERROR_OPEN ||
              tt_save(&models[0], "closed/new", NULL) != TT_ERROR_OPEN);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_file_is("closed/old", old);
    assert_false(exists("closed/new") || exists("closed/old.part"));
    assert_int_equal(chmod("closed", 0755), 0);
    free(old.data);
    for (int m = 0; m < 2; m++) tt_two_tower_free(&models[m]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_whole_run_with_every_allocation_refused),
        test(killed_while_saving),
        test(saving_over_a_symbolic_link),
        test(saving_in_a_folder_that_is_read_only),
    };
    return cmocka_run_group_tests_name("failures", tests, enter_folder, leave_folder);
}
