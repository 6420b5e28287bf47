/* The tests of §A, the same arithmetic everywhere. */

#if defined(__SSE2__)
#include <immintrin.h>
#include <stdbool.h>

enum { FLUSHING = 0x8040, FLAGS = 0x3F }; /* FTZ and DAZ; the exceptions that have happened */

/* Whether this shall be a machine that flushes denormals in every mode: the library, which sets the
   mode through this function, gets another one than it asks for. */
static bool flushes_always;

static void test_setcsr(unsigned mode)
{
    _mm_setcsr(flushes_always ? mode | FLUSHING : mode);
}
#define _mm_setcsr test_setcsr
#endif

#define TEST_IMPLEMENTATION /* the library's private names too */

#include "tests/unit/snapshot.h"
#include "tests/unit/folder.h"

/* Arithmetic on this machine ------------------------------------------------------------------- */

static void arithmetic_follows_ieee_here(void **state)
{
    assert_true(tt__arithmetic_is_ieee());
}

static void finite_means_neither_infinite_nor_nan(void **state)
{
    assert_true(tt__finite(0) && tt__finite(-DBL_MAX) && tt__finite(DBL_MIN / 4));
    assert_false(tt__finite(INFINITY) || tt__finite(-INFINITY) || tt__finite(NAN));
}

static void square_roots_are_exact(void **state)
{
    for (int i = 0; i < 1000; i++) {
        float x = (test_random() + 1) * 1000;
        float root = tt__sqrtf(x), expected = sqrtf(x);
        assert_bits_equal(&root, &expected, 1);
        assert_true(tt__sqrt(x) == sqrt(x));
    }
}

/* How far a float is from the true value, in units of its last place. */
static double ulps(float actual, long double expected)
{
    float rounded = (float)expected, size = fabsf(rounded);
    if (isnan(actual) || isinf(actual) || isinf(rounded)) return actual == rounded ? 0 : HUGE_VAL;
    float above = nextafterf(size, INFINITY),
          unit = isinf(above) ? size - nextafterf(size, 0) : above - size;
    return (double)(fabsl((long double)actual - expected) / unit);
}

static long double sigmoidl(long double x)
{
    return 1 / (1 + expl(-x));
}

/* Against the long doubles of libm: floats of all exponents and signs, with the mantissas that the
   step hits; where e^x overflows, and where it is denormal, are among them. */
static void functions_err_by_less_than_a_unit(void **state)
{
    struct {
        const char *name;
        double (*ours)(double x);
        long double (*libms)(long double x);
        double worst;
        float at;
    } cases[] = {{"exp", tt__exp, expl, 0, 0},
                 {"log", tt__log, logl, 0, 0},
                 {"tanh", tt__tanh, tanhl, 0, 0},
                 {"sigmoid", tt__sigmoid, sigmoidl, 0, 0}};
    size_t tried = 0;
    if (LDBL_MANT_DIG <= DBL_MANT_DIG) skip(); /* no wider than what is to be measured */
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 7919, tried++) {
        uint32_t word = (uint32_t)bits;
        float x;
        memcpy(&x, &word, sizeof x);
        if (!isfinite(x)) continue;
        for (size_t i = 0; i < COUNT(cases); i++) {
            if (x < 0 && i == 1) continue;
            double error = ulps((float)cases[i].ours(x), cases[i].libms(x));
            if (error > cases[i].worst) cases[i].worst = error, cases[i].at = x;
        }
    }
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("%s: at most %.8f units, at %.9g, of %zu numbers\n", cases[i].name,
                      cases[i].worst, (double)cases[i].at, tried);
        assert_true(cases[i].worst <= 0.50001);
    }
}

static void functions_at_the_ends_of_the_numbers(void **state)
{
    assert_true(tt__exp(0) == 1 && tt__exp(-INFINITY) == 0 && tt__exp(INFINITY) == HUGE_VAL);
    assert_true((float)tt__exp(88.7f) < INFINITY && (float)tt__exp(88.8f) == INFINITY);
    assert_true((float)tt__exp(-103.9f) > 0 && (float)tt__exp(-104) == 0);
    assert_true(tt__exp(FLT_MAX) == HUGE_VAL && tt__exp(-FLT_MAX) == 0 && isnan(tt__exp(NAN)));
    assert_true(tt__exp(700) < HUGE_VAL && tt__exp(-700) > 0);
    assert_true(tt__log(1) == 0 && tt__log(0) == -HUGE_VAL && tt__log(INFINITY) == HUGE_VAL);
    assert_true(isnan(tt__log(-1)) && isnan(tt__log(NAN)));
    assert_true(tt__tanh(INFINITY) == 1 && tt__tanh(-INFINITY) == -1 && isnan(tt__tanh(NAN)));
    assert_true(tt__tanh(0) == 0 && tt__sigmoid(0) == 0.5 && isnan(tt__sigmoid(NAN)));
    assert_true(tt__sigmoid(INFINITY) == 1 && tt__sigmoid(-INFINITY) == 0);
}

/* Where denormals are flushed ------------------------------------------------------------------ */

#if defined(__SSE2__)

/* Whether the mode can be set at all: valgrind's processor has none. */
static bool can_flush(void)
{
    volatile float smallest = FLT_MIN, half = 0.5f, product;
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | FLUSHING);
    product = smallest * half;
    _mm_setcsr(before);
    return product == 0;
}

/* A network of one weight, 1e-20, on inputs of 1e-20: 1e-40 is denormal, and 0 when flushed. */
static void embed_tiny(tt_matrix Y)
{
    const size_t widths[] = {1, 1};
    tt_random random;
    tt_random_seed(&random, 1);
    tt_sequential network;
    assert_int_equal(tt_sequential_new(&network, widths, 1, false, &random), TT_OK);
    *network.layers[0].weights.data = 1e-20f;
    tt_matrix X = garbage_matrix(Y.rows, 1);
    for (size_t r = 0; r < X.rows; r++) X.data[r] = 1e-20f;
    assert_int_equal(tt_embed(Y, &network, X, on(1)), TT_OK);
    tt_sequential_free(&network);
}

static void embedding_ignores_flush_to_zero_and_restores_it(void **state)
{
    if (!can_flush()) skip();
    tt_matrix standard = garbage_matrix(5, 1), flushed = garbage_matrix(5, 1);
    embed_tiny(standard);

    unsigned before = _mm_getcsr();
    _mm_setcsr(before | FLUSHING);
    bool ieee = tt__arithmetic_is_ieee(); /* the self-test sees the mode: it can fail */
    embed_tiny(flushed);
    unsigned after = _mm_getcsr();
    _mm_setcsr(before);

    assert_false(ieee);
    assert_int_equal(after & ~(unsigned)FLAGS, (before | FLUSHING) & ~(unsigned)FLAGS);
    assert_true(*standard.data > 0);
    assert_bits_equal(flushed.data, standard.data, 5);
}

/* A user whose features are denormal: with rounding to 0 her tower would learn nothing. */
static tt_error fit_tiny(float bias[4], float *prediction)
{
    float user[] = {1e-39f, 2e-39f}, item[] = {1, 0.5f}, target[] = {0};
    uint32_t zero[] = {0};
    tt_ratings ratings = {
        tt_matrix_of(user, 1, 2), tt_matrix_of(item, 1, 2), zero, zero, target, NULL, 1};
    tt_two_tower_options options = {.hidden = {8}, .embedding = 4, .seed = 1};
    tt_two_tower model;
    tt_error error = tt_two_tower_new(&model, 2, 2, &options);
    if (error) return error;
    error = tt_fit(&model, &ratings, NULL, NULL);
    memcpy(bias, model.user.layers[1].bias.data, 4 * sizeof *bias);
    if (!error) error = tt_predict(prediction, &model, &ratings, on(1));
    tt_two_tower_free(&model);
    return error;
}

static void training_ignores_flush_to_zero_and_restores_it(void **state)
{
    if (!can_flush()) skip();
    float standard[4], flushed[4], prediction, flushed_prediction;
    assert_int_equal(fit_tiny(standard, &prediction), TT_OK);

    unsigned before = _mm_getcsr();
    _mm_setcsr(before | FLUSHING);
    tt_error error = fit_tiny(flushed, &flushed_prediction);
    unsigned after = _mm_getcsr();
    _mm_setcsr(before);

    assert_int_equal(error, TT_OK);
    assert_int_equal(after & ~(unsigned)FLAGS, (before | FLUSHING) & ~(unsigned)FLAGS);
    assert_true(standard[0] != 0);
    assert_bits_equal(flushed, standard, 4);
    assert_bits_equal(&flushed_prediction, &prediction, 1);
}

/* Two vectors at right angles but for a corner of 1e-20 each: their dot product is 1e-40. */
static void predicting_ignores_flush_to_zero(void **state)
{
    if (!can_flush()) skip();
    float features[] = {1}, found[2];
    uint32_t zero[] = {0};
    tt_matrix one = tt_matrix_of(features, 1, 1);
    tt_ratings question = {one, one, zero, zero, NULL, NULL, 1};
    tt_two_tower_options options = {.hidden = {1}, .embedding = 3};
    tt_two_tower model;
    assert_int_equal(tt_two_tower_new(&model, 1, 1, &options), TT_OK);
    const float user[] = {1e-20f, 1, 0}, item[] = {1e-20f, 0, 1};
    memset(model.user.layers[1].weights.data, 0, sizeof user);
    memset(model.item.layers[1].weights.data, 0, sizeof item);
    memcpy(model.user.layers[1].bias.data, user, sizeof user);
    memcpy(model.item.layers[1].bias.data, item, sizeof item);

    unsigned before = _mm_getcsr();
    assert_int_equal(tt_predict(&found[0], &model, &question, on(1)), TT_OK);
    _mm_setcsr(before | FLUSHING);
    tt_error error = tt_predict(&found[1], &model, &question, on(1));
    _mm_setcsr(before);
    tt_two_tower_free(&model);

    assert_int_equal(error, TT_OK);
    assert_true(found[0] > 0);
    assert_bits_equal(&found[1], &found[0], 1);
}

#endif

/* Where the caller rounds in a way of her own -------------------------------------------------- */

#ifdef __SSE2__
enum { STANDARD = 0x1F80, STRANGE = STANDARD | 0x6000 | FLUSHING }; /* to zero, denormals flushed */

/* Sets the mode of this thread and of those that will help it. */
static void set_mode(unsigned mode)
{
    _mm_setcsr(mode);
#ifdef _OPENMP
#pragma omp parallel num_threads(3)
    _mm_setcsr(mode);
#endif
}

/* All results of training, prediction and search in a mode, one after the other. */
static snapshot results(problem *p, tt_matrix tiny, unsigned mode, int threads, tt_engine engine)
{
    enum { N = 600 };
    static float predictions[100], distance[N], vectors[ITEMS * 3];
    static uint32_t nearest[N];
    tt_two_tower model = new_model(5, 7, &odd);
    tt_history history;
    tt_fit_options options = {
        .epochs = 2, .validation_split = 0.2, .engine = engine, .history = &history};
    set_mode(mode);
    tt_error error = tt_fit(&model, &p->ratings, &options, on(threads));
    if (!error) error = tt_predict(predictions, &model, &p->ratings, on(threads));
    tt_matrix out = tt_matrix_of(vectors, ITEMS, 3);
    if (!error) error = tt_embed(out, &model.item, p->ratings.items, on(threads));
    tt_neighbour_options nearest_options = {.exclude_self = true};
    if (!error) error = tt_nearest(nearest, distance, tiny, tiny, &nearest_options, on(threads));
    double loss = 0;
    if (!error) error = tt_evaluate(&loss, &model, &p->ratings, on(threads));
    uint32_t items[5];
    float best[5];
    size_t found = 0;
    tt_matrix user = tt_matrix_rows(p->ratings.users, 3, 1);
    if (!error) error = tt_recommend(items, best, &found, 5, &model, user, out, NULL);
    unsigned mode_after = _mm_getcsr();
    set_mode(STANDARD);
    assert_int_equal(error, TT_OK);
    assert_int_equal(mode_after & 0xFFC0, mode);

    snapshot s = snapshot_of(&model);
    append(&s, predictions, COUNT(predictions));
    append(&s, vectors, COUNT(vectors));
    append(&s, distance, N);
    append(&s, best, found);
    float losses[] = {(float)history.loss[1], (float)history.validation_loss[1], (float)loss};
    append(&s, losses, 3);
    tt_history_free(&history);
    tt_two_tower_free(&model);
    return s;
}
#endif

static void arithmetic_does_not_depend_on_the_callers_mode(void **state)
{
#ifdef __SSE2__
    static float tiny[600 * 5];
    problem p;
    make_problem(&p, 5, 7, 100);
    fill(tiny, COUNT(tiny), 3);
    for (size_t i = 0; i < COUNT(tiny); i++) tiny[i] *= 1e-20f; /* whose squares are denormal */
    tt_matrix vectors = tt_matrix_of(tiny, 600, 5);

    for_each_engine(engine)
    {
        snapshot standard = results(&p, vectors, STANDARD, 1, engine);
        for (int threads = 1; threads <= 3; threads++) {
            snapshot strange = results(&p, vectors, STRANGE, threads, engine);
            assert_snapshots_equal(&standard, &strange);
            free(strange.numbers);
        }
        free(standard.numbers);
    }
#else
    skip();
#endif
}

/* Where arithmetic is not IEEE 754's ----------------------------------------------------------- */

#if defined(__SSE2__)

static const char complaint[] = "this build's floating-point arithmetic does not follow IEEE 754";

/* Before the test looks at what the library did. */
static void flush_no_more(void)
{
    flushes_always = false;
    _mm_setcsr(STANDARD);
}

static void the_self_test_sees_what_is_flushed(void **state)
{
    if (!can_flush()) skip();
    assert_true(tt__machine_is_ieee());
    flushes_always = true;
    bool ieee = tt__machine_is_ieee();
    flush_no_more();
    assert_false(ieee);
}

static void no_model_is_made(void **state)
{
    if (!can_flush()) skip();
    tt_two_tower model, before;
    memset(&model, 0x5A, sizeof model);
    memset(&before, 0x5A, sizeof before);
    flushes_always = true;
    tt_error error = tt_two_tower_new(&model, 5, 7, &odd);
    flush_no_more();
    assert_int_equal(error, TT_ERROR_ARITHMETIC);
    assert_memory_equal(&model, &before, sizeof model);
}

static void no_model_is_loaded(void **state)
{
    if (!can_flush()) skip();
    tt_two_tower model = new_model(5, 7, &odd), before;
    tt_run run = {0};
    char expected[200];
    snprintf(expected, sizeof expected, "m.safetensors: %s", complaint);
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    tt_two_tower_free(&model);
    memset(&model, 0x5A, sizeof model);
    memset(&before, 0x5A, sizeof before);
    flushes_always = true;
    tt_error error = tt_load(&model, "m.safetensors", &run);
    tt_error silent = tt_load(&model, "m.safetensors", NULL);
    flush_no_more();
    assert_true(error == TT_ERROR_ARITHMETIC && silent == TT_ERROR_ARITHMETIC);
    assert_string_equal(run.why.text, expected);
    assert_memory_equal(&model, &before, sizeof model);
}

static void no_model_is_trained(void **state)
{
    if (!can_flush()) skip();
    tt_two_tower model = new_model(5, 7, &odd), twin = new_model(5, 7, &odd);
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_run run = {0};
    tt_history history, history_before;
    tt_fit_options options = {
        .epochs = 2, .validation_split = 0.4, .patience = 1, .history = &history};
    char expected[200];
    snprintf(expected, sizeof expected, "tt_fit: %s", complaint);
    memset(&history, 0x5A, sizeof history);
    memset(&history_before, 0x5A, sizeof history_before);
    assert_int_equal(tt_fit(&model, &p.ratings, NULL, NULL), TT_OK);
    assert_int_equal(tt_fit(&twin, &p.ratings, NULL, NULL), TT_OK);
    tt_two_tower before = model;

    flushes_always = true;
    tt_error error = tt_fit(&model, &p.ratings, &options, &run);
    tt_error silent = tt_fit(&model, &p.ratings, NULL, NULL);
    flush_no_more();
    assert_true(error == TT_ERROR_ARITHMETIC && silent == TT_ERROR_ARITHMETIC);
    assert_string_equal(run.why.text, expected);
    assert_memory_equal(&history, &history_before, sizeof history);
    assert_memory_equal(&model, &before, sizeof model);
    assert_models_equal(&model, &twin);
    assert_int_equal(model.epochs, 1);
    tt_two_tower_free(&model);
    tt_two_tower_free(&twin);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(arithmetic_follows_ieee_here),
        test(finite_means_neither_infinite_nor_nan),
        test(square_roots_are_exact),
        test(functions_err_by_less_than_a_unit),
        test(functions_at_the_ends_of_the_numbers),
        test(arithmetic_does_not_depend_on_the_callers_mode),
#if defined(__SSE2__)
        test(embedding_ignores_flush_to_zero_and_restores_it),
        test(training_ignores_flush_to_zero_and_restores_it),
        test(predicting_ignores_flush_to_zero),
        test(the_self_test_sees_what_is_flushed),
        test(no_model_is_made),
        test(no_model_is_loaded),
        test(no_model_is_trained),
#endif
    };
    return cmocka_run_group_tests_name("A_arithmetic", tests, enter_folder, leave_folder);
}
