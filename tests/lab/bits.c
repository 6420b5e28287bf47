/* bits.c: one number that says whether this build computes what every other build computes.

       cc -I. tests/lab/bits.c -o bits -lm && ./bits            prints  0123456789abcdef

   It goes through all of twotower.h that computes: random numbers, scalers, a split, training,
   evaluation, predictions, vectors, nearest neighbours, recommendations, model files; and takes
   the hash of every result, to the last bit.  Two builds that print the same line agree in all of
   them.  tests/lab/bits.sh compares many; tests/golden/bits.txt has the line to expect.

       bits [--parts] [--threads N] [--engine tape|vector|avx|avx512|fastest] [FILE]

   --parts prints a line for each part too, so that the first difference shows where to look.
   FILE (bits.tmp) is written, read back and removed.  The exit status is 1 if the library reports
   an error, 2 for an option that doesn't exist, 3 for an engine that this build doesn't have.

   It is C99 and C++11, needs no test library, and takes little time even on an emulated machine:
   12 steps of the notebook's network, and a hundred of a small one with every oddity. */

#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"

static tt_run how; /* its threads */
static tt_engine engine = TT_ENGINE_FASTEST;
static bool show_parts;
static const char *path = "bits.tmp";

/* The hash ---------------------------------------------------------------------------------------

   FNV-1a of 64 bits.  Numbers go in as little-endian bytes on every machine, and all NaNs as one,
   since their bits are the one thing that IEEE 754 leaves open. */

static const uint64_t hash_of_nothing = ((uint64_t)0xCBF29CE4u << 32) | 0x84222325u;
static const uint64_t hash_prime = ((uint64_t)1 << 40) | 0x1B3u;
static uint64_t part_hash, whole_hash;

static uint64_t mixed(uint64_t hash, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++) hash = (hash ^ (number >> 8 * i & 255)) * hash_prime;
    return hash;
}

static void put_bytes(uint64_t number, int bytes)
{
    part_hash = mixed(part_hash, number, bytes);
}

static void put_size(size_t number)
{
    put_bytes(number, 8);
}

static void put_float(float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    put_bytes(number == number ? bits : 0x7FC00000u, 4);
}

static void put_double(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    put_bytes(number == number ? bits : (uint64_t)0x7FF80000u << 32, 8);
}

static void put_floats(const float *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) put_float(numbers[i]);
}

static void put_doubles(const double *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) put_double(numbers[i]);
}

static void put_indices(const uint32_t *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) put_bytes(numbers[i], 4);
}

/* All that training changes. */
static void put_model(const tt_two_tower *model)
{
    for (size_t i = 0; i < model->adam.count; i++) {
        const tt__moments *moments = &model->adam.moments[i];
        size_t n = moments->m.rows * moments->m.cols;
        put_floats(moments->parameter, n);
        put_floats(moments->m.data, n);
        put_floats(moments->v.data, n);
    }
    put_size((size_t)model->adam.steps);
    put_double(model->adam.beta1_power);
    put_double(model->adam.beta2_power);
    put_indices(model->random.state, 624);
}

static void print_hash(uint64_t hash, const char *name)
{
    printf("%08lx%08lx%s%s\n", (unsigned long)(hash >> 32), (unsigned long)(hash & 0xFFFFFFFFu),
           *name ? "  " : "", name);
}

/* What was put since the last part gets a name, and goes into the whole. */
static void part(const char *name)
{
    if (show_parts) print_hash(part_hash, name);
    whole_hash = mixed(whole_hash, part_hash, 8);
    part_hash = hash_of_nothing;
}

static void check(tt_error error, const char *what)
{
    if (!error) return;
    fprintf(stderr, "bits: %s: %s\n", what, tt_error_text(error));
    exit(1);
}

/* Data that look like the notebook's -------------------------------------------------------------

   Features of [0, 5), one column of them constant; two items that are equal; half stars.
   137 ratings, of which 109 are for training: three batches of 32, and one of 13. */

enum { USERS = 45, ITEMS = 70, USER_INPUTS = 16, ITEM_INPUTS = 18, RATINGS = 137, K = 3, TOP = 10 };

static double users[USERS * USER_INPUTS], items[ITEMS * ITEM_INPUTS], stars[RATINGS];
static double inverse[ITEMS * ITEM_INPUTS];
static uint32_t user_of[RATINGS], item_of[RATINGS], train[RATINGS], test[RATINGS];
static float target[RATINGS];

static void make_data(void)
{
    tt_random random;
    tt_random_seed(&random, 20);
    for (int i = 0; i < USERS * USER_INPUTS; i++) users[i] = tt_random_uniform(&random, 0, 5);
    for (int i = 0; i < ITEMS * ITEM_INPUTS; i++)
        items[i] = i % ITEM_INPUTS == 3 ? 1.5 : tt_random_uniform(&random, 0, 5);
    memcpy(items + 50 * ITEM_INPUTS, items + 5 * ITEM_INPUTS, ITEM_INPUTS * sizeof *items);
    for (int k = 0; k < RATINGS; k++) {
        user_of[k] = tt_random_uint32(&random) % USERS;
        item_of[k] = tt_random_uint32(&random) % ITEMS;
        double taste = users[user_of[k] * USER_INPUTS + item_of[k] % USER_INPUTS];
        stars[k] = 0.5 * (1 + tt_random_uint32(&random) % 4 + (unsigned)taste);
    }
    put_doubles(users, USERS * USER_INPUTS);
    put_doubles(items, ITEMS * ITEM_INPUTS);
    put_doubles(stars, RATINGS);
    part("data");
}

/* Decimal numbers are read alike by every C library: halfway cases, the ends of the range. */
static void read_numbers(void)
{
    static const char *const texts[] = {"3.65",
                                        "0.1",
                                        "1e23",
                                        "-2.5e-3",
                                        "9007199254740993",
                                        "123456789012345678901234567890",
                                        "1.7976931348623157e308",
                                        "2.2250738585072014e-308",
                                        "4.9e-324",
                                        "7.2057594037927933e16",
                                        "0.500000000000000166533453693773481063544750213623046875"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double number = 0;
        put_size(tt_parse_number(&number, texts[i]));
        put_double(number);
    }
    part("numbers read");
}

static void draw_numbers(void)
{
    tt_random random;
    uint32_t order[100];
    tt_random_seed(&random, 4294967295u);
    for (int i = 0; i < 700; i++) put_bytes(tt_random_uint32(&random), 4);
    for (int i = 0; i < 100; i++) put_double(tt_random_uniform(&random, -0.1, 0.7));
    tt_random_permutation(&random, order, 100);
    put_indices(order, 100);
    part("random numbers");
}

/* Fits a scaler, puts it, and puts the table there and back; the table is scaled afterwards. */
static tt_standard_scaler standardise(tt_table table, const uint32_t *counts)
{
    tt_standard_scaler scaler;
    check(tt_standard_fit(&scaler, table, counts), "tt_standard_fit");
    put_doubles(scaler.mean, scaler.columns);
    put_doubles(scaler.scale, scaler.columns);
    tt_standard_transform(table, table, &scaler);
    put_doubles(table.data, table.rows * table.cols);
    tt_standard_inverse(tt_table_of(inverse, table.rows, table.cols), table, &scaler);
    put_doubles(inverse, table.rows * table.cols);
    return scaler;
}

/* The notebook's network --------------------------------------------------------------------- */

static tt_standard_scaler user_scaler, item_scaler;
static tt_minmax_scaler star_scaler;

static void scale_data(void)
{
    static uint32_t counts[USERS];
    for (int k = 0; k < RATINGS; k++) counts[user_of[k]]++;
    user_scaler = standardise(tt_table_of(users, USERS, USER_INPUTS), counts);
    item_scaler = standardise(tt_table_of(items, ITEMS, ITEM_INPUTS), NULL);
    tt_table table = tt_table_of(stars, RATINGS, 1);
    check(tt_minmax_fit(&star_scaler, table, NULL, -1, 1), "tt_minmax_fit");
    tt_minmax_transform(table, table, &star_scaler);
    put_doubles(stars, RATINGS);
    tt_minmax_inverse(tt_table_of(inverse, RATINGS, 1), table, &star_scaler);
    put_doubles(inverse, RATINGS);
    for (int k = 0; k < RATINGS; k++) target[k] = (float)stars[k];
    part("scaled data");
}

static void put_history(tt_history *history)
{
    put_size(history->epochs);
    put_size(history->best_epoch);
    put_size((size_t)history->outcome);
    put_doubles(history->loss, history->epochs);
    if (history->validation_loss) put_doubles(history->validation_loss, history->epochs);
    tt_history_free(history);
}

static void fit(tt_two_tower *model, const tt_ratings *ratings, const tt_ratings *validation,
                size_t epochs, size_t batch_size, tt_engine by)
{
    tt_fit_options options;
    tt_history history;
    memset(&options, 0, sizeof options);
    memset(&history, 0, sizeof history);
    options.epochs = epochs;
    options.batch_size = batch_size;
    options.validation = validation;
    options.engine = by;
    options.history = &history;
    check(tt_fit(model, ratings, &options, &how), "tt_fit");
    put_history(&history);
}

static void put_predictions(const tt_two_tower *model, const tt_ratings *ratings)
{
    tt_matrix predictions;
    double loss = 0;
    check(tt_matrix_new(&predictions, 1, ratings->count), "tt_matrix_new");
    check(tt_predict(predictions.data, model, ratings, &how), "tt_predict");
    check(tt_evaluate(&loss, model, ratings, &how), "tt_evaluate");
    put_floats(predictions.data, ratings->count);
    put_double(loss);
    tt_matrix_free(&predictions);
}

static void put_neighbours(const tt_two_tower *model, tt_matrix user_features, tt_matrix features)
{
    static uint32_t nearest[ITEMS * K], best[TOP];
    static float distance[ITEMS * K], predictions[TOP];
    tt_matrix vectors;
    check(tt_matrix_new(&vectors, features.rows, 32), "tt_matrix_new");
    check(tt_embed(vectors, &model->item, features, &how), "tt_embed");
    for (size_t r = 0; r < vectors.rows; r++) put_floats(tt_matrix_at(vectors, r, 0), 32);
    part("item vectors");

    tt_neighbour_options options;
    memset(&options, 0, sizeof options);
    options.k = K;
    options.exclude_self = true;
    check(tt_nearest(nearest, distance, vectors, vectors, &options, &how), "tt_nearest");
    put_indices(nearest, ITEMS * K);
    put_floats(distance, ITEMS * K);
    part("nearest neighbours");

    size_t found = 0;
    check(tt_recommend(best, predictions, &found, TOP, model, tt_matrix_rows(user_features, 7, 1),
                       vectors, NULL),
          "tt_recommend");
    put_indices(best, found);
    put_floats(predictions, found);
    part("recommendations");
    tt_matrix_free(&vectors);
}

/* Saves the model, puts the file's bytes, and gives back the model that the file holds. */
static void through_file(tt_two_tower *model)
{
    tt_error error = tt_save(model, path, &how);
    unsigned char bytes[4096];
    size_t n;
    FILE *file = error ? NULL : fopen(path, "rb");
    while (file && (n = fread(bytes, 1, sizeof bytes, file)) > 0)
        for (size_t i = 0; i < n; i++) put_bytes(bytes[i], 1);
    if (file) fclose(file);
    tt_two_tower_free(model);
    if (!error) error = tt_load(model, path, &how);
    if (error) fprintf(stderr, "bits: %s\n", how.why.text);
    check(error, "model file");
}

static void notebook_network(void)
{
    /* A name with what JSON must escape, and with UTF-8. */
    static const char *const names[USER_INPUTS] = {
        "Film \"noir\"", "Com\303\251die", "a\\b",    "",        "Adventure", "Animation",
        "Children",      "Comedy",         "Fantasy", "Romance", "Action",    "Crime",
        "Thriller",      "Mystery",        "Horror",  "Drama"};
    tt_matrix user_features, item_features;
    tt_table user_table = tt_table_of(users, USERS, USER_INPUTS);
    tt_table item_table = tt_table_of(items, ITEMS, ITEM_INPUTS);
    check(tt_matrix_from_table(&user_features, user_table), "tt_matrix_from_table");
    check(tt_matrix_from_table(&item_features, item_table), "tt_matrix_from_table");
    check(tt_train_test_split(train, test, RATINGS, 0.8, 1), "tt_train_test_split");
    size_t n_train = tt_train_count(RATINGS, 0.8);
    put_indices(train, n_train);
    put_indices(test, RATINGS - n_train);
    part("split");

    tt_ratings known = {user_features, item_features, user_of, item_of, target, train, n_train};
    tt_ratings kept = {user_features, item_features, user_of,          item_of,
                       target,        test,          RATINGS - n_train};
    tt_two_tower_options options;
    memset(&options, 0, sizeof options);
    options.seed = 1;
    options.adam.learning_rate = 0.01;
    options.user_scaler = &user_scaler;
    options.item_scaler = &item_scaler;
    options.target_scaler = &star_scaler;
    options.user_feature_names = names;
    tt_two_tower model;
    check(tt_two_tower_new(&model, USER_INPUTS, ITEM_INPUTS, &options), "tt_two_tower_new");
    put_model(&model);
    part("random weights");

    check(tt_save(&model, path, &how), "tt_save"); /* so that the next one replaces a file */
    fit(&model, &known, &kept, 2, 32, engine);
    part("losses");
    put_model(&model);
    part("trained weights");
    put_predictions(&model, &kept);
    part("predictions");
    put_neighbours(&model, user_features, item_features);
    through_file(&model);
    part("model file");
    fit(&model, &known, NULL, 1, 32, engine);
    put_model(&model);
    part("training resumed");

    remove(path);
    tt_two_tower_free(&model);
    tt_matrix_free(&user_features);
    tt_matrix_free(&item_features);
}

/* A small network with every oddity --------------------------------------------------------------

   Widths that fill no vector; batches of 7, the last of 4; a learning rate at which units die and
   their moments fade; features so small that products with them are denormal.  These are made from
   bits, since arithmetic with them is what is to be tested: a program that starts in a mode without
   denormals must give the same bits too. */

enum { SMALL = 30, SMALL_INPUTS = 5, SMALL_RATINGS = 130 };

static float denormal(tt_random *random)
{
    float number;
    uint32_t bits = tt_random_uint32(random) & 0x807FFFFFu;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void small_network(tt_engine by, double learning_rate, size_t epochs, const char *name)
{
    static float features[SMALL * SMALL_INPUTS], wanted[SMALL_RATINGS];
    static uint32_t user[SMALL_RATINGS], item[SMALL_RATINGS];
    tt_random random;
    tt_random_seed(&random, 3);
    for (int r = 0; r < SMALL; r++)
        for (int c = 0; c < SMALL_INPUTS; c++) {
            float ordinary = (float)tt_random_uniform(&random, -3, 3), small = denormal(&random);
            features[r * SMALL_INPUTS + c] = r < 4 || c == 2 ? small : ordinary;
        }
    memset(features + 4 * SMALL_INPUTS, 0, SMALL_INPUTS * sizeof *features);
    for (int k = 0; k < SMALL_RATINGS; k++) {
        user[k] = tt_random_uint32(&random) % SMALL;
        item[k] = tt_random_uint32(&random) % SMALL;
        wanted[k] = (float)(tt_random_uint32(&random) % 3) - 1.0f;
    }
    tt_matrix matrix = tt_matrix_of(features, SMALL, SMALL_INPUTS);
    tt_ratings ratings = {matrix,       tt_matrix_cols(matrix, 1, 3), user, item, wanted, NULL,
                          SMALL_RATINGS};

    tt_two_tower_options options;
    memset(&options, 0, sizeof options);
    options.hidden[0] = 37;
    options.hidden[1] = 19;
    options.hidden[2] = 11;
    options.embedding = 5;
    options.seed = 4294967295u;
    options.adam.learning_rate = learning_rate;
    tt_two_tower model;
    check(tt_two_tower_new(&model, SMALL_INPUTS, 3, &options), "tt_two_tower_new");
    put_predictions(&model, &ratings);
    fit(&model, &ratings, NULL, epochs, 7, by);
    put_model(&model);
    put_predictions(&model, &ratings);
    part(name);
    tt_two_tower_free(&model);
}

/* The interface of the tape, on a curve that it must follow: y = |x|. */
static void tape_by_hand(void)
{
    enum { POINTS = 9, HIDDEN = 6, STEPS = 40 };
    float x[POINTS], y[POINTS], w[HIDDEN], b[HIDDEN], v[HIDDEN];
    tt_random random;
    tt_random_seed(&random, 5);
    for (int i = 0; i < POINTS; i++) {
        x[i] = (float)(i - 4) / 4;
        y[i] = x[i] < 0 ? -x[i] : x[i];
    }
    for (int i = 0; i < HIDDEN; i++) {
        w[i] = (float)tt_random_uniform(&random, -1, 1);
        b[i] = 0;
        v[i] = (float)tt_random_uniform(&random, -1, 1);
    }
    tt_tape tape;
    memset(&tape, 0, sizeof tape);
    for (int step = 0; step < STEPS; step++) {
        tt_tape_reset(&tape);
        tt_var input = tt_tape_constant(&tape, tt_matrix_of(x, POINTS, 1));
        tt_var weights = tt_tape_parameter(&tape, tt_matrix_of(w, 1, HIDDEN));
        tt_var bias = tt_tape_parameter(&tape, tt_matrix_of(b, 1, HIDDEN));
        tt_var last = tt_tape_parameter(&tape, tt_matrix_of(v, HIDDEN, 1));
        tt_var hidden = tt_tape_bias(&tape, tt_tape_matmul(&tape, input, weights), bias);
        tt_var curve = tt_tape_matmul(&tape, tt_tape_relu(&tape, hidden), last);
        tt_var wanted = tt_tape_constant(&tape, tt_matrix_of(y, POINTS, 1));
        tt_var off = tt_tape_subtract(&tape, curve, wanted);
        tt_var loss = tt_tape_scale(&tape, tt_tape_multiply(&tape, off, off), 0.7f);
        loss = tt_tape_mean(&tape, loss);
        check(tt_tape_backward(&tape, loss), "tt_tape_backward");
        put_floats(tt_tape_gradient(&tape, weights).data, HIDDEN);
        put_float(*tt_tape_value(&tape, loss).data);
        tt_sgd_step(&tape, 0.3);
    }
    tt_tape_free(&tape);
    put_floats(w, HIDDEN);
    put_floats(b, HIDDEN);
    put_floats(v, HIDDEN);
    part("tape");
}

/* Our own functions of e^x, for floats of all exponents, in the mode in which training runs: some
   results are denormal. */
static void functions(void)
{
    tt__float_mode mode = tt__standard_float_mode();
    tt_matrix x, y;
    enum { NUMBERS = 4096 };
    check(tt_matrix_new(&x, 1, NUMBERS), "tt_matrix_new");
    check(tt_matrix_new(&y, 1, NUMBERS), "tt_matrix_new");
    for (uint32_t i = 0; i < NUMBERS; i++) {
        uint32_t bits = i * 1048573u;
        memcpy(x.data + i, &bits, sizeof bits);
        put_float((float)tt__exp(x.data[i]));
        put_float((float)tt__log(x.data[i]));
    }
    tt_tanh(y, x);
    put_floats(y.data, NUMBERS);
    tt_sigmoid(y, x);
    put_floats(y.data, NUMBERS);
    tt__restore_float_mode(mode);
    part("exp, log, tanh, sigmoid");
    tt_matrix_free(&x);
    tt_matrix_free(&y);
}

/* A network by itself, with both activations, validation and patience. */
static void network_by_itself(tt_loss loss, const char *name)
{
    enum { EXAMPLES = 50, INPUTS = 3, CLASSES = 3 };
    static float x[EXAMPLES * INPUTS], y[EXAMPLES * CLASSES], p[EXAMPLES * CLASSES];
    static const size_t widths[] = {INPUTS, 13, 7, CLASSES};
    tt_random random;
    tt_random_seed(&random, 9);
    memset(y, 0, sizeof y);
    for (int i = 0; i < EXAMPLES * INPUTS; i++) x[i] = (float)tt_random_uniform(&random, -2, 2);
    for (int i = 0; i < EXAMPLES; i++)
        y[CLASSES * i + (x[3 * i] > x[3 * i + 1] ? 0 : 1 + i % 2)] = 1;
    tt_examples examples = {tt_matrix_of(x, EXAMPLES, INPUTS), tt_matrix_of(y, EXAMPLES, CLASSES)};
    tt_sequential network;
    tt_adam adam;
    tt_fit_options options;
    tt_history history;
    memset(&options, 0, sizeof options);
    memset(&history, 0, sizeof history);
    options.epochs = 12;
    options.batch_size = 8;
    options.patience = 4;
    options.validation_split = 0.3;
    options.loss = loss;
    options.history = &history;
    tt_adam_new(&adam, NULL);
    adam.options.learning_rate = 0.03;
    check(tt_sequential_new(&network, widths, 3, false, &random), "tt_sequential_new");
    network.layers[0].activation = TT_TANH;
    network.layers[1].activation = TT_SIGMOID;
    check(tt_sequential_fit(&network, &adam, &random, &examples, &options, &how),
          "tt_sequential_fit");
    put_history(&history);
    check(tt_sequential_forward(tt_matrix_of(p, EXAMPLES, CLASSES), &network, examples.X),
          "tt_sequential_forward");
    put_floats(p, EXAMPLES * CLASSES);
    part(name);
    tt_sequential_free(&network);
    tt_adam_free(&adam);
}

/* The program ---------------------------------------------------------------------------------- */

static tt_engine engine_of(const char *name)
{
    static const char *const names[] = {"fastest", "tape", "vector", "avx", "avx512"};
    for (int i = 0; i < 5; i++)
        if (strcmp(names[i], name) == 0) return (tt_engine)i;
    fprintf(stderr, "bits: there is no engine %s\n", name);
    exit(2);
}

static void read_options(int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        const char *option = arguments[i], *value = i + 1 < count ? arguments[i + 1] : "";
        if (strcmp(option, "--parts") == 0) {
            show_parts = true;
        } else if (strcmp(option, "--threads") == 0) {
            how.threads = atoi(value);
            i++;
        } else if (strcmp(option, "--engine") == 0) {
            engine = engine_of(value);
            i++;
        } else if (*option != '-') {
            path = option;
        } else {
            fprintf(stderr, "bits: there is no option %s\n", option);
            exit(2);
        }
    }
    if (!tt__engine_available(engine)) {
        fprintf(stderr, "bits: this build or this machine does not have the engine\n");
        exit(3);
    }
}

int main(int count, char **arguments)
{
    read_options(count, arguments);
    part_hash = whole_hash = hash_of_nothing;
    read_numbers();
    draw_numbers();
    make_data();
    scale_data();
    notebook_network();
    small_network(engine, 0.05, 6, "small network");
    small_network(TT_ENGINE_TAPE, 0.05, 6, "small network by the tape");
    small_network(engine, 1e30, 2, "small network, diverged");
    tape_by_hand();
    functions();
    network_by_itself(tt_tape_softmax_loss, "softmax network");
    network_by_itself(tt_tape_logistic_loss, "logistic network");
    print_hash(whole_hash, show_parts ? "all" : "");
    tt_standard_free(&user_scaler);
    tt_standard_free(&item_scaler);
    tt_minmax_free(&star_scaler);
    return 0;
}
