/* The tests of §12 for a network by itself: tt_sequential_fit. */

#define TEST_IMPLEMENTATION /* the library's private names too */

#include "tests/unit/networks.h"

enum { N = 60, INPUTS = 3, CLASSES = 2 };

/* A network, what trains it, and examples: y = (x0 x1, x2) and a little noise. */
typedef struct learner {
    tt_sequential network;
    tt_adam adam;
    tt_random random;
    tt_examples examples;
} learner;

static learner new_learner(double learning_rate)
{
    static const size_t widths[] = {INPUTS, 9, 5, CLASSES};
    learner l;
    memset(&l, 0, sizeof l);
    tt_random_seed(&l.random, 3);
    tt_adam_new(&l.adam, &(tt_adam_options){.learning_rate = learning_rate});
    assert_int_equal(tt_sequential_new(&l.network, widths, 3, false, &l.random), TT_OK);
    l.network.layers[0].activation = TT_TANH;
    l.network.layers[1].activation = TT_SIGMOID;
    tt_matrix X = garbage_matrix(N, INPUTS), Y = garbage_matrix(N, CLASSES);
    fill(X.data, N * INPUTS, 7);
    fill(Y.data, N * CLASSES, 8);
    for (size_t r = 0; r < N; r++) {
        const float *x = X.data + r * INPUTS;
        float *y = Y.data + r * CLASSES;
        y[0] = x[0] * x[1] + 0.1f * y[0];
        y[1] = x[2] + 0.1f * y[1];
    }
    l.examples.X = X;
    l.examples.Y = Y;
    return l;
}

static void free_learner(learner *l)
{
    tt_sequential_free(&l->network);
    tt_adam_free(&l->adam);
}

static tt_history fit_learner(learner *l, const tt_examples *examples,
                              const tt_fit_options *options)
{
    tt_history history;
    tt_fit_options all = *options;
    all.history = &history;
    assert_int_equal(tt_sequential_fit(&l->network, &l->adam, &l->random, examples, &all, on(1)),
                     TT_OK);
    return history;
}

static double mse_of(const learner *l, const tt_examples *e)
{
    tt_matrix p = garbage_matrix(e->X.rows, CLASSES);
    assert_int_equal(tt_sequential_forward(p, &l->network, e->X), TT_OK);
    return tt_mse(p, e->Y);
}

static tt_examples part_of(const tt_examples *e, size_t first, size_t count)
{
    tt_examples part = {tt_matrix_rows(e->X, first, count), tt_matrix_rows(e->Y, first, count)};
    return part;
}

/* Weights and both moments: all that training changes but the clock. */
static void assert_equal_but_for_the_clock(const learner *a, const learner *b)
{
    assert_int_equal(a->adam.count, b->adam.count);
    for (size_t i = 0; i < a->adam.count; i++) {
        const tt__moments *x = &a->adam.moments[i], *y = &b->adam.moments[i];
        size_t n = x->m.rows * x->m.cols;
        assert_bits_equal(x->parameter, y->parameter, n);
        assert_bits_equal(x->m.data, y->m.data, n);
        assert_bits_equal(x->v.data, y->v.data, n);
    }
}

static void assert_learners_equal(const learner *a, const learner *b)
{
    assert_equal_but_for_the_clock(a, b);
    assert_int_equal(a->adam.steps, b->adam.steps);
    assert_true(a->adam.beta1_power == b->adam.beta1_power);
    assert_memory_equal(&a->random, &b->random, sizeof a->random);
}

/* Learning ------------------------------------------------------------------------------------- */

/* The networks of tests/golden/towers_softmax_* and towers_logistic_*, trained in double. */
static void a_network_takes_pytorchs_steps(void **state)
{
    static const char *const names[] = {"softmax", "logistic"};
    static const tt_loss losses[] = {tt_tape_softmax_loss, tt_tape_logistic_loss};
    const size_t widths[] = {4, 8, 6, 3};
    for (int i = 0; i < 2; i++) {
        char name[64];
        learner l;
        tt_random_seed(&l.random, 1);
        tt_adam_new(&l.adam, &(tt_adam_options){.learning_rate = 0.01});
        l.network = new_network(widths, 3, false, 1);
        load_weights(&l.network, names[i]);
        l.network.layers[0].activation = TT_TANH;
        l.network.layers[1].activation = TT_SIGMOID;
        l.examples.X = golden_matrix("towers_classes_x");
        snprintf(name, sizeof name, "towers_%s_y", names[i]);
        l.examples.Y = golden_matrix(name);
        snprintf(name, sizeof name, "towers_%s_losses", names[i]);
        tt_table expected = golden(name);
        for (size_t epochs = 1, first = 0; epochs <= 19; epochs += 18) {
            tt_history history = fit_learner(
                &l, &l.examples, &(tt_fit_options){.epochs = epochs, .loss = losses[i]});
            for (size_t e = 0; e < epochs; e++)
                assert_close(history.loss[e], expected.data[first + e], 1e-5);
            check_weights_of(&l.network, names[i], epochs == 1 ? "_after1" : "_after20", 2e-5);
            first += epochs;
            tt_history_free(&history);
        }
        free_learner(&l);
    }
}

static void a_network_learns(void **state)
{
    learner l = new_learner(0.02);
    double before = mse_of(&l, &l.examples);
    tt_history history = fit_learner(&l, &l.examples, &(tt_fit_options){.epochs = 200});
    assert_true(history.outcome == TT_FINISHED && history.epochs == 200);
    assert_null(history.validation_loss);
    assert_int_equal(l.adam.steps, 200 * 2); /* batches of 32 and 28 */
    assert_true(mse_of(&l, &l.examples) < 0.1 * before);
    tt_history_free(&history);
    free_learner(&l);
}

static void training_twice_equals_training_longer(void **state)
{
    learner whole = new_learner(0.01), halves = new_learner(0.01);
    tt_history history = fit_learner(&whole, &whole.examples, &(tt_fit_options){.epochs = 6});
    tt_history_free(&history);
    for (int i = 0; i < 2; i++) {
        history = fit_learner(&halves, &halves.examples, &(tt_fit_options){.epochs = 3});
        tt_history_free(&history);
    }
    assert_learners_equal(&whole, &halves);
    free_learner(&whole);
    free_learner(&halves);
}

/* NULL stands for one epoch of batches of 32 and the mean squared error. */
static void without_options_it_is_one_epoch(void **state)
{
    learner a = new_learner(0.01), b = new_learner(0.01);
    tt_fit_options how = {.epochs = 1, .batch_size = 32, .loss = tt_tape_mse};
    tt_history history = fit_learner(&a, &a.examples, &how);
    tt_history_free(&history);
    assert_int_equal(tt_sequential_fit(&b.network, &b.adam, &b.random, &b.examples, NULL, NULL),
                     TT_OK);
    assert_learners_equal(&a, &b);
    free_learner(&a);
    free_learner(&b);
}

/* An epoch by hand: the same order, batches, and steps of the tape. */
static void an_epoch_is_its_batches_one_by_one(void **state)
{
    learner a = new_learner(0.01), b = new_learner(0.01);
    tt_history history = fit_learner(&a, &a.examples, &(tt_fit_options){.batch_size = 7});
    uint32_t order[N];
    double sum = 0;
    tt_tape tape = {0};
    tt_random_permutation(&b.random, order, N);
    for (size_t first = 0; first < N; first += 7) {
        size_t rows = N - first < 7 ? N - first : 7;
        tt_matrix X = garbage_matrix(rows, INPUTS), Y = garbage_matrix(rows, CLASSES);
        tt_matrix_gather(X, b.examples.X, order + first);
        tt_matrix_gather(Y, b.examples.Y, order + first);
        tt_tape_reset(&tape);
        tt_var p = tt_tape_sequential(&tape, tt_tape_constant(&tape, X), &b.network);
        tt_var loss = tt_tape_mse(&tape, p, tt_tape_constant(&tape, Y));
        assert_int_equal(tt_tape_backward(&tape, loss), TT_OK);
        assert_int_equal(tt_adam_step(&b.adam, &tape), TT_OK);
        sum += *tt_tape_value(&tape, loss).data * (double)rows;
    }
    assert_learners_equal(&a, &b);
    assert_close(history.loss[0], sum / N, 1e-12);
    tt_tape_free(&tape);
    tt_history_free(&history);
    free_learner(&a);
    free_learner(&b);
}

/* A loss of one's own: the mean of |p - y|, as relu(p - y) + relu(y - p). */
static tt_var absolute(tt_tape *tape, tt_var p, tt_var y)
{
    tt_var above = tt_tape_relu(tape, tt_tape_subtract(tape, p, y));
    tt_var below = tt_tape_relu(tape, tt_tape_subtract(tape, y, p));
    return tt_tape_mean(tape, tt_tape_add(tape, above, below));
}

static void a_loss_may_be_ones_own(void **state)
{
    learner l = new_learner(0.02);
    tt_fit_options how = {.epochs = 100, .loss = absolute, .validation_split = 0.2};
    tt_history history = fit_learner(&l, &l.examples, &how);
    assert_true(history.loss[99] < 0.4 * history.loss[0]);
    double sum = 0;
    tt_examples last = part_of(&l.examples, 48, 12);
    tt_matrix p = garbage_matrix(12, CLASSES);
    assert_int_equal(tt_sequential_forward(p, &l.network, last.X), TT_OK);
    for (size_t i = 0; i < 12 * CLASSES; i++) sum += fabs((double)(p.data[i] - last.Y.data[i]));
    assert_close(history.validation_loss[99], sum / (12 * CLASSES), 1e-6);
    tt_history_free(&history);
    free_learner(&l);
}

/* Validation, patience, callbacks -------------------------------------------------------------- */

static void the_last_part_is_kept_for_validation(void **state)
{
    learner a = new_learner(0.01), b = new_learner(0.01);
    tt_examples train = part_of(&b.examples, 0, 45), rest = part_of(&b.examples, 45, 15);
    tt_history split =
        fit_learner(&a, &a.examples, &(tt_fit_options){.epochs = 3, .validation_split = 0.25});
    tt_history given =
        fit_learner(&b, &train, &(tt_fit_options){.epochs = 3, .validation_examples = &rest});
    assert_learners_equal(&a, &b);
    assert_memory_equal(split.loss, given.loss, 3 * sizeof(double));
    assert_memory_equal(split.validation_loss, given.validation_loss, 3 * sizeof(double));
    assert_close(given.validation_loss[2], mse_of(&b, &rest), 1e-7);
    tt_history_free(&split);
    tt_history_free(&given);
    free_learner(&a);
    free_learner(&b);
}

/* Targets that are noise: the validation loss soon rises, and the best epoch comes back. */
static void patience_brings_back_the_best_epoch(void **state)
{
    learner a = new_learner(0.05), b = new_learner(0.05);
    fill(a.examples.Y.data, N * CLASSES, 9);
    fill(b.examples.Y.data, N * CLASSES, 9);
    tt_fit_options how = {.epochs = 500, .patience = 5, .validation_split = 0.5};
    tt_history history = fit_learner(&a, &a.examples, &how);
    assert_int_equal(history.outcome, TT_STOPPED_EARLY);
    assert_int_equal(history.epochs, history.best_epoch + 5);
    tt_examples rest = part_of(&a.examples, 30, 30);
    assert_close(history.validation_loss[history.best_epoch - 1], mse_of(&a, &rest), 1e-7);
    how.patience = 0;
    how.epochs = history.best_epoch;
    tt_history again = fit_learner(&b, &b.examples, &how);
    assert_equal_but_for_the_clock(&a, &b);
    tt_history_free(&history);
    tt_history_free(&again);
    free_learner(&a);
    free_learner(&b);
}

typedef struct calls {
    size_t batches, epochs;
    double last;
    tt_adam *adam;
} calls;

static void count_batch(const tt_progress *progress, void *context)
{
    calls *c = (calls *)context;
    assert_int_equal(progress->batch, c->batches++ % 6 + 1);
    assert_int_equal(progress->batches, 6);
    assert_false(progress->has_validation);
}

/* A schedule: what a callback sets in the optimiser, holds from then on. */
static bool slow_down_and_stop(const tt_progress *progress, void *context)
{
    calls *c = (calls *)context;
    assert_true(progress->has_validation && progress->epochs == 9);
    assert_int_equal(progress->epoch, ++c->epochs);
    c->last = progress->validation_loss;
    c->adam->options.learning_rate = 1e-30;
    return progress->epoch < 3;
}

static void callbacks_see_each_batch_and_epoch(void **state)
{
    learner l = new_learner(0.01);
    calls c = {0, 0, 0, &l.adam};
    tt_fit_options how = {.epochs = 9,
                          .batch_size = 8,
                          .validation_split = 0.2,
                          .on_batch = count_batch,
                          .on_epoch = slow_down_and_stop,
                          .context = &c};
    tt_history history = fit_learner(&l, &l.examples, &how);
    assert_int_equal(history.outcome, TT_STOPPED_BY_CALLER);
    assert_true(history.epochs == 3 && c.epochs == 3 && c.batches == 18);
    assert_true(history.validation_loss[2] == c.last);
    assert_true(history.validation_loss[1] == history.validation_loss[0]); /* nothing moved */
    tt_history_free(&history);
    free_learner(&l);
}

/* Divergence, refusals, memory ----------------------------------------------------------------- */

static void what_diverges_is_as_before_and_says_where(void **state)
{
    learner a = new_learner(0.01), b = new_learner(0.01);
    for (int i = 0; i < 2; i++) {
        learner *l = i ? &b : &a;
        for (size_t k = 0; k < 3; k++) l->network.layers[k].activation = TT_RELU;
        tt_history history = fit_learner(l, &l->examples, &(tt_fit_options){.epochs = 2});
        tt_history_free(&history);
    }
    tt_run run = {1, {""}};
    tt_history history;
    tt_fit_options how = {.epochs = 4, .batch_size = 30, .history = &history};
    a.adam.options.learning_rate = 1e30;
    assert_int_equal(tt_sequential_fit(&a.network, &a.adam, &a.random, &a.examples, &how, &run),
                     TT_OK);
    assert_int_equal(history.outcome, TT_DIVERGED);
    assert_true(history.epochs == 0 && history.diverged_batch == 2);
    assert_string_equal(run.why.text, "training diverged in epoch 1 of 4, batch 2 of 2: the loss "
                                      "is not finite (is the learning rate too high?)");
    assert_learners_equal(&a, &b);
    tt_history_free(&history);
    free_learner(&a);
    free_learner(&b);
}

static void a_weight_that_is_not_finite_is_named(void **state)
{
    learner l = new_learner(0.01);
    tt_history history = fit_learner(&l, &l.examples, &(tt_fit_options){.epochs = 1});
    tt_history_free(&history);
    l.adam.moments[3].m.data[0] = NAN; /* of layer 1's bias */
    tt_run run = {1, {""}};
    tt_fit_options how = {.batch_size = N, .history = &history};
    assert_int_equal(tt_sequential_fit(&l.network, &l.adam, &l.random, &l.examples, &how, &run),
                     TT_OK);
    assert_int_equal(history.outcome, TT_DIVERGED);
    if (!strstr(run.why.text, "after its last batch layer.1.bias or a moment"))
        fail_msg("%s", run.why.text);
    tt_history_free(&history);
    free_learner(&l);
}

static tt_error try_fit(learner *l, const tt_examples *examples, const tt_fit_options *options,
                        tt_run *run)
{
    return tt_sequential_fit(&l->network, &l->adam, &l->random, examples, options, run);
}

static void what_does_not_fit_stops(void **state)
{
    learner l = new_learner(0.01);
    tt_examples e = l.examples, wide = e, longer = e, empty = part_of(&e, 0, 0);
    wide.X = random_matrix(N, INPUTS + 1);
    longer.Y = random_matrix(N + 1, CLASSES);
    assert_stops(try_fit(&l, &wide, NULL, NULL), "tt_sequential_fit: X is 60x4, the network has 3");
    assert_stops(try_fit(&l, &longer, NULL, NULL), "tt_sequential_fit: X is 60x3, Y is 61x2");
    assert_stops(try_fit(&l, &empty, NULL, NULL), "tt_sequential_fit: X is 0x3, Y is 0x2");
    tt_fit_options how = {.validation_examples = &longer};
    assert_stops(try_fit(&l, &e, &how, NULL), "tt_sequential_fit: validation: X is 60x3, Y is");
    how.validation_examples = &e;
    how.validation_split = 0.5;
    assert_stops(try_fit(&l, &e, &how, NULL), "both validation and validation_split 0.5");
    how.validation_examples = NULL;
    how.validation_split = 0.999;
    assert_stops(try_fit(&l, &e, &how, NULL), "validation_split 0.999 leaves none of 60");
    how.validation_split = 1;
    assert_stops(try_fit(&l, &e, &how, NULL), "validation_split is 1");
    how.validation_split = 0;
    how.batch_size = 65537;
    assert_stops(try_fit(&l, &e, &how, NULL), "tt_sequential_fit: batch_size is 65537");
    tt_ratings ratings;
    memset(&ratings, 0, sizeof ratings);
    tt_fit_options for_towers = {.validation = &ratings};
    assert_stops(try_fit(&l, &e, &for_towers, NULL), "validation, which is for ratings");
    l.network.layers[1].activation = (tt_activation)4;
    assert_stops(try_fit(&l, &e, NULL, NULL), "tt_sequential_fit: layer 1 has activation 4");
    free_learner(&l);
}

static void numbers_that_are_not_finite_are_refused(void **state)
{
    learner l = new_learner(0.01), before = new_learner(0.01);
    tt_examples bad = {copy_of(l.examples.X), copy_of(l.examples.Y)};
    tt_fit_options how = {.validation_examples = &bad};
    tt_run run = {1, {""}};
    *tt_matrix_at(bad.X, 4, 2) = NAN;
    assert_int_equal(try_fit(&l, &bad, NULL, &run), TT_ERROR_NOT_FINITE);
    assert_string_equal(run.why.text, "X(4, 2) is not finite");
    assert_int_equal(try_fit(&l, &l.examples, &how, &run), TT_ERROR_NOT_FINITE);
    assert_string_equal(run.why.text, "validation: X(4, 2) is not finite");
    *tt_matrix_at(bad.X, 4, 2) = 0;
    *tt_matrix_at(bad.Y, 59, 1) = INFINITY;
    assert_int_equal(try_fit(&l, &bad, NULL, &run), TT_ERROR_NOT_FINITE);
    assert_string_equal(run.why.text, "Y(59, 1) is not finite");
    assert_learners_equal(&l, &before);
    free_learner(&l);
    free_learner(&before);
}

/* Whichever allocation fails: nothing leaks, and what failed can be done again. */
static void training_reports_missing_memory(void **state)
{
    for (size_t k = 1, failed = 1; failed; k++) {
        size_t live = test_live_blocks;
        learner each = new_learner(0.01), untouched = new_learner(0.01);
        tt_run run = {1, {""}};
        tt_history history, before;
        memset(&history, 0x5A, sizeof history);
        before = history;
        tt_fit_options how = {.validation_split = 0.2, .patience = 2, .history = &history};
        test_fail_at = k;
        tt_error error = try_fit(&each, &each.examples, &how, &run);
        failed = test_fail_at == 0;
        test_fail_at = 0;
        assert_int_equal(error, failed ? TT_ERROR_MEMORY : TT_OK);
        assert_string_equal(run.why.text, failed ? "tt_sequential_fit: out of memory" : "");
        if (failed) {
            assert_memory_equal(&history, &before, sizeof history);
            how.history = NULL; /* what memory was there for must not matter */
            if (each.adam.steps == 0) {
                assert_int_equal(try_fit(&each, &each.examples, &how, NULL), TT_OK);
                assert_int_equal(try_fit(&untouched, &each.examples, &how, NULL), TT_OK);
                assert_learners_equal(&each, &untouched);
            }
        } else {
            assert_true(k > 10);
            tt_history_free(&history);
        }
        free_learner(&each);
        free_learner(&untouched);
        assert_int_equal(test_live_blocks, live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* Learning */
        test(a_network_takes_pytorchs_steps),
        test(a_network_learns),
        test(training_twice_equals_training_longer),
        test(without_options_it_is_one_epoch),
        test(an_epoch_is_its_batches_one_by_one),
        test(a_loss_may_be_ones_own),
        /* Validation, patience, callbacks */
        test(the_last_part_is_kept_for_validation),
        test(patience_brings_back_the_best_epoch),
        test(callbacks_see_each_batch_and_epoch),
        /* Divergence, refusals, memory */
        test(what_diverges_is_as_before_and_says_where),
        test(a_weight_that_is_not_finite_is_named),
        test(what_does_not_fit_stops),
        test(numbers_that_are_not_finite_are_refused),
        test(training_reports_missing_memory),
    };
    return cmocka_run_group_tests_name("12_network", tests, NULL, NULL);
}
