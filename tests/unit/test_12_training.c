/* The tests of §12, training. */

#define TEST_IMPLEMENTATION /* the library's private names too */

#include "tests/unit/snapshot.h"
#include "tests/unit/networks.h"
#include "tests/unit/folder.h"

/* Learning ------------------------------------------------------------------------------------- */

/* The towers of tests/golden/towers_*, which PyTorch trained in double. */
static tt_two_tower golden_model(void)
{
    tt_two_tower_options options = {
        .hidden = {8, 6}, .embedding = 4, .adam = {.learning_rate = 0.01}};
    tt_two_tower model = new_model(5, 7, &options);
    load_weights(&model.user, "user");
    load_weights(&model.item, "item");
    return model;
}

static void training_takes_pytorchs_steps(void **state)
{
    static const uint32_t each[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    float vectors[40], predictions[10];
    tt_matrix u = golden_matrix("towers_user_x"), v = golden_matrix("towers_item_x");
    tt_ratings ratings = {u, v, each, each, golden_matrix("towers_y").data, NULL, 10};
    tt_table losses = golden("towers_losses");
    for_each_engine(engine)
    {
        tt_two_tower model = golden_model();
        assert_int_equal(tt_embed(tt_matrix_of(vectors, 10, 4), &model.user, u, on(1)), TT_OK);
        assert_matrix_close(tt_matrix_of(vectors, 10, 4), golden("towers_user_vector"), 1e-6);
        assert_int_equal(tt_predict(predictions, &model, &ratings, on(1)), TT_OK);
        assert_matrix_close(tt_matrix_of(predictions, 1, 10), golden("towers_prediction"), 1e-6);

        /* An epoch is one step, as all ratings fit in a batch. */
        for (int epochs = 1; epochs <= 19; epochs += 18) {
            tt_fit_options how = {.epochs = (size_t)epochs, .engine = engine};
            tt_history history = fit(&model, &ratings, &how);
            size_t first = epochs == 1 ? 0 : 1;
            for (size_t i = 0; i < history.epochs; i++)
                assert_close(history.loss[i], losses.data[first + i], 2e-4);
            check_weights_of(&model.user, "user", epochs == 1 ? "_after1" : "_after20", 2e-4);
            check_weights_of(&model.item, "item", epochs == 1 ? "_after1" : "_after20", 2e-4);
            tt_history_free(&history);
        }
        tt_two_tower_free(&model);
    }
}

static void training_learns(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 400);
    tt_two_tower_options options = {
        .hidden = {32, 16}, .embedding = 8, .seed = 1, .adam = {.learning_rate = 0.01}};
    tt_two_tower model = new_model(5, 7, &options);
    double before = evaluate(&model, &p.ratings);
    tt_history history = fit(&model, &p.ratings, &(tt_fit_options){.epochs = 40});
    assert_int_equal(history.outcome, TT_FINISHED);
    assert_int_equal(history.epochs, 40);
    assert_null(history.validation_loss);
    assert_int_equal(model.epochs, 40);
    assert_int_equal(model.adam.steps, 40 * 13);
    assert_true(history.loss[0] < 1.5 * before);
    assert_true(history.loss[39] < 0.2 * history.loss[0]);
    assert_true(evaluate(&model, &p.ratings) < 0.2 * before);
    tt_history_free(&history);
    tt_history_free(&history);
    tt_two_tower_free(&model);
}

static void training_is_determined_by_the_seed_and_shuffles_each_epoch(void **state)
{
    static trace a, b, c;
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower_options other = odd;
    other.seed++;
    tt_fit_options how = {.epochs = 2};
    run(&a, &p.ratings, &odd, &how, TT_ENGINE_FASTEST, 0);
    run(&b, &p.ratings, &odd, &how, TT_ENGINE_FASTEST, 0);
    run(&c, &p.ratings, &other, &how, TT_ENGINE_FASTEST, 0);
    assert_traces_equal(&a, &b);
    assert_memory_not_equal(a.losses, c.losses, sizeof(double) * 8);
    free(a.states.numbers);
    free(b.states.numbers);
    free(c.states.numbers);

    /* With a learning rate too small to move a weight, only the order can change the losses. */
    tt_two_tower_options still = odd;
    still.adam.learning_rate = 1e-30;
    run(&a, &p.ratings, &still, &how, TT_ENGINE_FASTEST, 0);
    assert_memory_not_equal(a.losses, a.losses + 4, sizeof(double) * 3);
    assert_close(a.losses[3], a.losses[7], 1e-6);
    free(a.states.numbers);
}

/* The last, smaller batch counts by its size: an epoch's loss is the mean over all ratings. */
static void training_weighs_the_last_batch_by_its_size(void **state)
{
    static const size_t batches[] = {1, 7, 64, 99, 100};
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower_options still = odd;
    still.adam.learning_rate = 1e-30;
    for (size_t b = 0; b < COUNT(batches); b++) {
        tt_two_tower model = new_model(5, 7, &still);
        double expected = evaluate(&model, &p.ratings);
        tt_history history = fit(&model, &p.ratings, &(tt_fit_options){.batch_size = batches[b]});
        assert_int_equal(history.epochs, 1);
        assert_close(history.loss[0], expected, 1e-6);
        tt_history_free(&history);
        tt_two_tower_free(&model);
    }
}

static void training_without_options_is_one_epoch_of_batches_of_32(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
    tt_fit_options options = {.epochs = 1, .batch_size = 32};
    assert_int_equal(tt_fit(&a, &p.ratings, NULL, NULL), TT_OK);
    assert_int_equal(tt_fit(&b, &p.ratings, &options, NULL), TT_OK);
    assert_models_equal(&a, &b);
    assert_int_equal(a.adam.steps, 4);
    tt_two_tower_free(&a);
    tt_two_tower_free(&b);
}

static void assert_same_training(const tt_ratings *one, const tt_ratings *other)
{
    for_each_engine(engine)
    {
        tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
        tt_fit_options options = {.epochs = 2, .engine = engine};
        assert_int_equal(tt_fit(&a, one, &options, NULL), TT_OK);
        assert_int_equal(tt_fit(&b, other, &options, NULL), TT_OK);
        assert_models_equal(&a, &b);
        tt_two_tower_free(&a);
        tt_two_tower_free(&b);
    }
}

static void training_on_rows_equals_training_on_copies(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 200);
    uint32_t rows[70], user[70], item[70];
    float target[70];
    for (uint32_t i = 0; i < 70; i++) {
        rows[i] = (i * 31 + 7) % 200;
        user[i] = p.user[rows[i]];
        item[i] = p.item[rows[i]];
        target[i] = p.target[rows[i]];
    }
    tt_ratings chosen = p.ratings, copied = p.ratings;
    chosen.order = rows;
    chosen.count = copied.count = 70;
    copied.user = user;
    copied.item = item;
    copied.target = target;
    assert_same_training(&chosen, &copied);
}

/* One row of features a rating, as the notebook has them, gives the same as a table that many
   ratings share; and the features may be columns of a wider matrix. */
static void training_on_shared_rows_equals_a_row_per_rating(void **state)
{
    enum { N = 90 };
    static float users[N * 9], items[N * 9];
    problem p;
    make_problem(&p, 5, 7, N);
    fill(users, COUNT(users), 20);
    fill(items, COUNT(items), 21);
    uint32_t each[N];
    tt_matrix wide_users = tt_matrix_cols(tt_matrix_of(users, N, 9), 3, 5);
    tt_matrix wide_items = tt_matrix_cols(tt_matrix_of(items, N, 9), 1, 7);
    for (uint32_t k = 0; k < N; k++) {
        each[k] = k;
        memcpy(tt_matrix_at(wide_users, k, 0), p.users + p.user[k] * 5, 5 * sizeof(float));
        memcpy(tt_matrix_at(wide_items, k, 0), p.items + p.item[k] * 7, 7 * sizeof(float));
    }
    tt_ratings repeated = {wide_users, wide_items, each, each, p.target, NULL, N};
    assert_same_training(&p.ratings, &repeated);
}

static void training_twice_equals_training_longer(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower whole = new_model(5, 7, &odd);
    assert_int_equal(tt_fit(&whole, &p.ratings, &(tt_fit_options){.epochs = 4}, NULL), TT_OK);
    assert_int_equal(whole.epochs, 4);
    for_each_engine(engine)
    {
        tt_two_tower halves = new_model(5, 7, &odd);
        tt_fit_options options = {.epochs = 2, .engine = engine};
        assert_int_equal(tt_fit(&halves, &p.ratings, &options, NULL), TT_OK);
        assert_int_equal(tt_fit(&halves, &p.ratings, &(tt_fit_options){.epochs = 2}, NULL), TT_OK);
        assert_models_equal(&whole, &halves);
        tt_two_tower_free(&halves);
    }
    tt_two_tower_free(&whole);
}

/* Callbacks ------------------------------------------------------------------------------------ */

/* What the callbacks were told. */
typedef struct calls {
    size_t batches, epochs, stop_after;
    double last_loss, validation_losses[300];
} calls;

static void count_batch(const tt_progress *progress, void *context)
{
    calls *c = (calls *)context;
    assert_int_equal(progress->epoch, c->epochs + 1);
    assert_int_equal(progress->epochs, 3);
    assert_int_equal(progress->batch, c->batches % 4 + 1);
    assert_int_equal(progress->batches, 4);
    assert_false(progress->has_validation);
    assert_true(progress->loss > 0);
    c->batches++;
    c->last_loss = progress->loss;
}

static bool count_epoch(const tt_progress *progress, void *context)
{
    calls *c = (calls *)context;
    assert_int_equal(progress->batch, progress->batches);
    assert_int_equal(progress->epoch, c->epochs + 1);
    if (c->last_loss > 0) assert_true(progress->loss == c->last_loss);
    if (progress->has_validation) c->validation_losses[c->epochs] = progress->validation_loss;
    c->epochs++;
    return c->epochs != c->stop_after;
}

static void training_calls_back_after_every_batch_and_epoch(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 110); /* 100 to train on: 4 batches */
    tt_ratings ratings = p.ratings, validation = p.ratings;
    static const uint32_t last[] = {100, 101, 102, 103, 104, 105, 106, 107, 108, 109};
    ratings.count = 100;
    validation.order = last;
    validation.count = 10;
    for_each_engine(engine)
    {
        tt_two_tower model = new_model(5, 7, &odd);
        calls c;
        memset(&c, 0, sizeof c);
        tt_fit_options options = {.epochs = 3,
                                  .validation = &validation,
                                  .on_batch = count_batch,
                                  .on_epoch = count_epoch,
                                  .context = &c,
                                  .engine = engine};
        tt_history history = fit(&model, &ratings, &options);
        assert_true(c.batches == 12 && c.epochs == 3);
        assert_memory_equal(c.validation_losses, history.validation_loss, 3 * sizeof(double));
        assert_true(history.validation_loss[2] == evaluate(&model, &validation));
        assert_true(history.loss[2] == c.last_loss);
        tt_history_free(&history);
        tt_two_tower_free(&model);
    }
}

static void training_stops_when_the_callback_says_so(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
    calls c;
    memset(&c, 0, sizeof c);
    c.stop_after = 2;
    tt_fit_options options = {.epochs = 9, .on_epoch = count_epoch, .context = &c};
    tt_history history = fit(&a, &p.ratings, &options);
    assert_int_equal(history.outcome, TT_STOPPED_BY_CALLER);
    assert_int_equal(history.epochs, 2);
    assert_int_equal(c.epochs, 2);
    assert_int_equal(tt_fit(&b, &p.ratings, &(tt_fit_options){.epochs = 2}, NULL), TT_OK);
    assert_models_equal(&a, &b);
    tt_history_free(&history);
    tt_two_tower_free(&a);
    tt_two_tower_free(&b);
}

/* Validation, and stopping early --------------------------------------------------------------- */

/* As Keras does: the last part, before anything is shuffled. */
static void training_keeps_the_last_part_for_validation(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 101);
    uint32_t rows[101];
    for (uint32_t i = 0; i < 101; i++) rows[i] = (i * 5) % 101;
    for (int with_rows = 0; with_rows < 2; with_rows++) {
        if (with_rows) p.ratings.order = rows;
        tt_ratings first = p.ratings, last = p.ratings;
        first.count = 75; /* floor(101 * 0.75) */
        last.count = 26;
        if (with_rows) {
            last.order = rows + 75;
        } else {
            last.user += 75;
            last.item += 75;
            last.target += 75;
        }
        tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
        tt_history by_split =
            fit(&a, &p.ratings, &(tt_fit_options){.epochs = 3, .validation_split = 0.25});
        tt_history by_hand = fit(&b, &first, &(tt_fit_options){.epochs = 3, .validation = &last});
        assert_models_equal(&a, &b);
        for (size_t e = 0; e < 3; e++) {
            assert_true(by_split.loss[e] == by_hand.loss[e]);
            assert_true(by_split.validation_loss[e] == by_hand.validation_loss[e]);
        }
        assert_true(by_split.validation_loss[2] == evaluate(&a, &last));
        tt_history_free(&by_split);
        tt_history_free(&by_hand);
        tt_two_tower_free(&a);
        tt_two_tower_free(&b);
    }
}

static size_t first_least(const double *numbers, size_t n)
{
    size_t least = 0;
    for (size_t i = 1; i < n; i++)
        if (numbers[i] < numbers[least]) least = i;
    return least;
}

/* Targets that are noise: what is learnt by heart makes the validation loss rise. */
static void make_noise(problem *p, size_t n)
{
    make_problem(p, 5, 7, n);
    fill(p->target, n, 8);
}

/* Early stopping: patience runs out, and the best epoch's weights come back. */
static void training_stops_early_with_the_best_weights(void **state)
{
    problem p;
    make_noise(&p, 80);
    tt_ratings train = p.ratings, validation = p.ratings;
    train.count = 60;
    validation.user += 60;
    validation.item += 60;
    validation.target += 60;
    validation.count = 20;
    tt_two_tower model = new_model(5, 7, &odd), best = new_model(5, 7, &odd);
    tt_fit_options options = {.epochs = 300, .patience = 5, .validation = &validation};
    tt_history history = fit(&model, &train, &options);
    assert_int_equal(history.outcome, TT_STOPPED_EARLY);
    assert_true(history.best_epoch > 1);
    assert_int_equal(history.epochs, history.best_epoch + 5);
    assert_int_equal(first_least(history.validation_loss, history.epochs) + 1, history.best_epoch);
    assert_true(evaluate(&model, &validation) == history.validation_loss[history.best_epoch - 1]);

    /* Weights and moments are those of that epoch. */
    assert_int_equal(tt_fit(&best, &train, &(tt_fit_options){.epochs = history.best_epoch}, NULL),
                     TT_OK);
    assert_weights_equal(&model, &best);
    tt_history_free(&history);
    tt_two_tower_free(&model);
    tt_two_tower_free(&best);
}

/* An equally good epoch is not a better one. */
static void training_calls_the_first_of_equal_epochs_the_best(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower_options still = odd;
    still.adam.learning_rate = 1e-30;
    tt_two_tower model = new_model(5, 7, &still);
    tt_fit_options options = {.epochs = 9, .validation_split = 0.2, .patience = 2};
    tt_history history = fit(&model, &p.ratings, &options);
    assert_int_equal(history.outcome, TT_STOPPED_EARLY);
    assert_int_equal(history.best_epoch, 1);
    assert_int_equal(history.epochs, 3);
    assert_true(history.validation_loss[0] == history.validation_loss[2]);
    tt_history_free(&history);
    tt_two_tower_free(&model);
}

static void training_without_validation_watches_the_training_loss(void **state)
{
    problem p;
    make_noise(&p, 80);
    tt_two_tower_options hot = odd;
    hot.adam.learning_rate = 0.1;
    tt_two_tower model = new_model(5, 7, &hot);
    tt_history history = fit(&model, &p.ratings, &(tt_fit_options){.epochs = 300, .patience = 3});
    assert_int_equal(history.outcome, TT_STOPPED_EARLY);
    assert_int_equal(history.epochs, history.best_epoch + 3);
    assert_int_equal(first_least(history.loss, history.epochs) + 1, history.best_epoch);
    tt_history_free(&history);

    /* Without patience nothing stops and nothing is restored. */
    tt_history all = fit(&model, &p.ratings, &(tt_fit_options){.epochs = 30});
    assert_true(all.outcome == TT_FINISHED && all.epochs == 30);
    assert_int_equal(first_least(all.loss, 30) + 1, all.best_epoch);
    tt_history_free(&all);
    tt_two_tower_free(&model);
}

/* Divergence ----------------------------------------------------------------------------------- */

static void add_one(const tt_progress *progress, void *context)
{
    ++*(size_t *)context;
}

/* The fourth epoch goes wrong, the fifth to infinity. */
static bool spoil_and_heat_up(const tt_progress *progress, void *context)
{
    tt_two_tower *model = (tt_two_tower *)context;
    if (progress->epoch == 3) model->adam.options.learning_rate = 3;
    if (progress->epoch == 4) model->adam.options.learning_rate = 1e30;
    return true;
}

/* A loss that isn't finite is a result: the epoch hasn't happened. */
static void training_that_diverges_leaves_the_weights_of_before(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    for_each_engine(engine)
    {
        tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
        tt_fit_options two = {.epochs = 2, .engine = engine};
        tt_history history = fit(&a, &p.ratings, &two);
        tt_history_free(&history);
        assert_int_equal(tt_fit(&b, &p.ratings, &two, NULL), TT_OK);

        a.adam.options.learning_rate = 1e30;
        history = fit(&a, &p.ratings, &two);
        assert_int_equal(history.outcome, TT_DIVERGED);
        assert_int_equal(history.epochs, 0);
        tt_history_free(&history);
        assert_models_equal(&a, &b);

        /* And training can go on. */
        a.adam.options.learning_rate = 0.01;
        history = fit(&a, &p.ratings, &two);
        assert_int_equal(history.outcome, TT_FINISHED);
        tt_history_free(&history);
        assert_int_equal(tt_fit(&b, &p.ratings, &two, NULL), TT_OK);
        assert_models_equal(&a, &b);
        tt_two_tower_free(&a);
        tt_two_tower_free(&b);
    }
}

/* Where it diverged: the report says so, and nothing is trained on after that batch. */
static void assert_diverged(const tt_history *history, size_t batch, const tt_run *run,
                            const char *complaint)
{
    assert_int_equal(history->outcome, TT_DIVERGED);
    assert_int_equal(history->diverged_batch, batch);
    if (!strstr(run->why.text, complaint)) fail_msg("\"%s\"", run->why.text);
}

static void training_that_diverges_names_the_batch_and_stops_there(void **state)
{
    problem p;
    tt_history history;
    for_each_engine(engine) for (int threads = 1; threads <= 2; threads++)
    {
        make_problem(&p, 5, 7, 100);
        tt_two_tower model = new_model(5, 7, &odd);
        size_t batches = 0;
        tt_run run = {threads, {"untouched"}};
        tt_fit_options options = {.epochs = 3,
                                  .engine = engine,
                                  .on_batch = add_one,
                                  .context = &batches,
                                  .history = &history};
        for (size_t k = 0; k < 100; k++) p.target[k] = FLT_MAX; /* its square is infinite */
        assert_int_equal(tt_fit(&model, &p.ratings, &options, &run), TT_OK);
        assert_diverged(&history, 1, &run,
                        "training diverged in epoch 1 of 3, batch 1 of 4: the loss is not "
                        "finite (is the learning rate too high?)");
        assert_int_equal(batches, 1);
        tt_history_free(&history);

        /* Weights that overflow after the last batch have no batch of their own. */
        make_problem(&p, 5, 7, 100);
        model.adam.options.learning_rate = 1e39;
        options.batch_size = 100;
        assert_int_equal(tt_fit(&model, &p.ratings, &options, &run), TT_OK);
        assert_diverged(&history, 0, &run,
                        "training diverged in epoch 1 of 3: after its last batch "
                        "user.0.weights or a moment of it is not finite (is the learning rate "
                        "too high?)");
        tt_history_free(&history);

        /* Without features only the last bias has a gradient. */
        memset(p.items, 0, sizeof p.items);
        assert_int_equal(tt_fit(&model, &p.ratings, &options, &run), TT_OK);
        assert_diverged(&history, 0, &run, "batch item.3.bias or a moment of it is not finite");
        tt_history_free(&history);
        tt_two_tower_free(&model);
    }
}

/* After some epochs makes the user's weights so small that nothing overflows. */
typedef struct cut_down {
    tt_two_tower *model;
    size_t after, epochs;
} cut_down;

static bool cut_weights(const tt_progress *progress, void *context)
{
    cut_down *cut = (cut_down *)context;
    if (++cut->epochs != cut->after) return true;
    tt_matrix weights = cut->model->user.layers[0].weights;
    for (size_t o = 0; o < weights.cols; o++) weights.data[o] = 1e-20f;
    return true;
}

/* A first epoch whose validation loss is not a number is not the best one for good. */
static void a_validation_loss_that_is_nan_is_worse_than_any(void **state)
{
    float user[] = {1e30f, 1}, item[] = {1, 1}, target[] = {0.5f, 0.5f};
    uint32_t first[] = {0}, second[] = {1};
    tt_two_tower model = new_model(1, 1, &(tt_two_tower_options){.hidden = {4}, .embedding = 2});
    tt_dense *layers = model.user.layers; /* the first user overflows to inf - inf, until ... */
    for (size_t o = 0; o < 4; o++) layers[0].weights.data[o] = 1e10f;
    for (size_t i = 0; i < 8; i++) layers[1].weights.data[i] = i % 4 < 2 ? 1 : -1;
    tt_ratings overflowing = {
        tt_matrix_of(user, 2, 1), tt_matrix_of(item, 2, 1), first, first, target, NULL, 1};
    tt_ratings sound = overflowing;
    sound.user = second;
    tt_history history;
    cut_down cut = {&model, 2, 0}; /* ... its weights are small after two epochs */
    tt_fit_options options = {.epochs = 4,
                              .patience = 4,
                              .validation = &overflowing,
                              .on_epoch = cut_weights,
                              .context = &cut};
    history = fit(&model, &sound, &options);
    assert_int_equal(history.epochs, 4);
    assert_true(isnan(history.validation_loss[0]) && isnan(history.validation_loss[1]));
    assert_true(isfinite(history.validation_loss[2]));
    assert_true(history.best_epoch >= 3);
    tt_history_free(&history);
    tt_two_tower_free(&model);
}

/* Whichever parameter it is, and whether it or one of its moments. */
static void the_parameter_that_is_not_finite_is_found(void **state)
{
    tt_two_tower model = new_model(5, 7, &odd);
    tt__learner learner = tt__learner_of(&model);
    size_t parameters = tt__parameters(learner);
    assert_int_equal(parameters, 2 * 4 * 2);
    assert_int_equal(tt__bad_parameter(learner), parameters);
    for (size_t p = 0; p < parameters; p++) {
        tt_matrix parameter = tt__parameter(learner, p);
        tt__moments *moments = tt__adam_moments(&model.adam, parameter);
        tt_matrix parts[] = {parameter, moments->m, moments->v};
        for (int part = 0; part < 3; part++) {
            float *last = tt_matrix_at(parts[part], parameter.rows - 1, parameter.cols - 1);
            float kept = *last;
            *last = part == 1 ? NAN : INFINITY;
            assert_int_equal(tt__bad_parameter(learner), p);
            *last = kept;
        }
    }
    assert_ptr_equal(tt__parameter(learner, 0).data, model.user.layers[0].weights.data);
    assert_ptr_equal(tt__parameter(learner, 7).data, model.user.layers[3].bias.data);
    assert_ptr_equal(tt__parameter(learner, 8).data, model.item.layers[0].weights.data);
    tt_two_tower_free(&model);
}

/* With patience the best epoch comes back, however training ends. */
static void training_that_diverges_with_patience_keeps_the_best_epoch(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
    tt_fit_options options = {
        .epochs = 50, .patience = 50, .on_epoch = spoil_and_heat_up, .context = &a};
    tt_history history = fit(&a, &p.ratings, &options);
    assert_int_equal(history.outcome, TT_DIVERGED);
    assert_int_equal(history.epochs, 4);
    assert_int_equal(tt_fit(&b, &p.ratings, &(tt_fit_options){.epochs = history.best_epoch}, NULL),
                     TT_OK);
    assert_in_range(history.best_epoch, 1, 3); /* the fourth was spoilt */
    assert_weights_equal(&a, &b);
    tt_history_free(&history);
    tt_two_tower_free(&a);
    tt_two_tower_free(&b);
}

static bool heat_up(const tt_progress *progress, void *context)
{
    tt_two_tower *model = (tt_two_tower *)context;
    if (progress->epoch == 2) model->adam.options.learning_rate = 1e30;
    return true;
}

static void training_that_diverges_later_keeps_the_epochs_before(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd);
    tt_fit_options options = {.epochs = 9, .on_epoch = heat_up, .context = &a};
    tt_history history = fit(&a, &p.ratings, &options);
    assert_int_equal(history.outcome, TT_DIVERGED);
    assert_int_equal(history.epochs, 2);
    assert_int_equal(tt_fit(&b, &p.ratings, &(tt_fit_options){.epochs = 2}, NULL), TT_OK);
    assert_models_equal(&a, &b);
    tt_history_free(&history);
    tt_two_tower_free(&a);
    tt_two_tower_free(&b);
}

/* Whatever the targets, what stays in the model is finite, Adam's moments too. */
static void training_never_leaves_numbers_that_are_not_finite(void **state)
{
    static const float sizes[] = {1e10f, 1e17f, 1e18f, 1.5e19f, 1e19f, 1e20f, 1e30f, FLT_MAX};
    problem p;
    make_problem(&p, 5, 7, 100);
    for_each_engine(engine) for (size_t i = 0; i < COUNT(sizes); i++)
    {
        fill(p.target, 100, 8);
        for (size_t k = 0; k < 100; k++) p.target[k] *= sizes[i];
        tt_two_tower model = new_model(5, 7, &odd);
        tt_fit_options options = {.epochs = 3, .batch_size = i % 2 ? 1 : 32, .engine = engine};
        tt_history history = fit(&model, &p.ratings, &options);
        if (sizes[i] < 1e11f) assert_int_equal(history.outcome, TT_FINISHED);
        if (sizes[i] > 1e29f) assert_int_equal(history.outcome, TT_DIVERGED);
        snapshot s = snapshot_of(&model);
        for (size_t k = 0; k < s.count; k++) assert_true(isfinite(s.numbers[k]));
        free(s.numbers);
        tt_history_free(&history);
        tt_two_tower_free(&model);
    }
}

static void assert_first_step_diverges(const problem *p, double learning_rate, tt_engine engine)
{
    tt_two_tower model = new_model(5, 7, &odd), before = new_model(5, 7, &odd);
    tt_fit_options one_batch = {.batch_size = 100, .engine = engine};
    model.adam.options.learning_rate = learning_rate;
    tt_history history = fit(&model, &p->ratings, &one_batch);
    assert_int_equal(history.outcome, TT_DIVERGED);
    model.adam.options.learning_rate = before.adam.options.learning_rate;
    assert_models_equal(&model, &before);
    tt_history_free(&history);
    tt_two_tower_free(&model);
    tt_two_tower_free(&before);
}

/* A step may lead out of the numbers although the loss before it was finite: of the weights with a
   huge learning rate, of Adam's second moment, a sum of squares, with huge gradients. */
static void training_that_overflows_weights_or_moments_has_diverged(void **state)
{
    problem p, steep;
    make_problem(&p, 5, 7, 100);
    make_problem(&steep, 5, 7, 100);
    for (size_t i = 0; i < COUNT(steep.users); i++) steep.users[i] *= 0.01f; /* short vectors */
    for (size_t k = 0; k < 100; k++) steep.target[k] = 1e19f;
    for_each_engine(engine)
    {
        assert_first_step_diverges(&p, 1e39, engine);
        assert_first_step_diverges(&steep, odd.adam.learning_rate, engine);
    }
}

/* Layers may be views into larger matrices; what diverges is put back in these too. */
static void divergence_puts_back_views(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd);
    tt_dense *layers = model.user.layers;
    size_t all = layers[0].weights.cols;
    tt_matrix whole = layers[0].weights;
    layers[0].weights = tt_matrix_cols(layers[0].weights, 0, 2);
    layers[0].bias = tt_matrix_cols(layers[0].bias, 0, 2);
    layers[1].weights = tt_matrix_rows(layers[1].weights, 0, 2);
    tt_adam_free(&model.adam);
    tt_adam_new(&model.adam, &(tt_adam_options){.learning_rate = 1e30});
    float before[5 * 32];
    assert_true(all <= 32);
    memcpy(before, whole.data, 5 * all * sizeof *before);
    tt_history history = fit(&model, &p.ratings, &(tt_fit_options){.epochs = 3});
    assert_int_equal(history.outcome, TT_DIVERGED);
    assert_int_equal(history.epochs, 0);
    assert_bits_equal(whole.data, before, 5 * all);
    tt_history_free(&history);
    tt_two_tower_free(&model);
}

/* Parts that came later ------------------------------------------------------------------------ */

/* An optimiser that came later has met no parameter yet. */
static const tt_adam_options other_adam = {0.02, 0.8, 0.99, 1e-5};

static void replace_optimiser(tt_two_tower *model)
{
    tt_adam_free(&model->adam);
    tt_adam_new(&model->adam, &other_adam);
}

static void training_with_a_new_optimiser_is_as_if_it_had_been_there(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower_options from_the_start = odd;
    from_the_start.adam = other_adam;
    for_each_engine(engine) for (size_t patience = 0; patience <= 2; patience++)
    {
        tt_two_tower model = new_model(5, 7, &from_the_start), late = new_model(5, 7, &odd);
        tt_fit_options options = {
            .epochs = 4, .patience = patience, .validation_split = 0.2, .engine = engine};
        replace_optimiser(&late);
        assert_int_equal(tt_fit(&model, &p.ratings, &options, NULL), TT_OK);
        assert_int_equal(tt_fit(&late, &p.ratings, &options, NULL), TT_OK);
        assert_models_equal(&late, &model);
        tt_two_tower_free(&model);
        tt_two_tower_free(&late);
    }
}

/* So is a new tower: the moments of the old one, which are still there, don't matter. */
static void training_with_a_new_tower_is_as_if_it_had_been_there(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd), late = new_model(5, 7, &odd);
    size_t depth = late.user.depth, widths[TT_MAX_LAYERS + 1] = {5};
    for (size_t l = 0; l < depth; l++) widths[l + 1] = late.user.layers[l].weights.cols;
    tt_random random;
    tt_random_seed(&random, odd.seed); /* the user's tower comes first */
    tt_sequential_free(&late.user);
    assert_int_equal(tt_sequential_new(&late.user, widths, depth, true, &random), TT_OK);
    tt_fit_options options = {.epochs = 2, .patience = 1, .validation_split = 0.2};
    assert_int_equal(tt_fit(&model, &p.ratings, &options, NULL), TT_OK);
    assert_int_equal(tt_fit(&late, &p.ratings, &options, NULL), TT_OK);
    for (size_t l = 0; l < depth; l++)
        assert_bits_equal(late.user.layers[l].weights.data, model.user.layers[l].weights.data,
                          widths[l] * widths[l + 1]);
    tt_two_tower_free(&model);
    tt_two_tower_free(&late);
}

/* What a fit that is refused memory must come to once it has it. */
typedef struct refused_fit {
    const tt_ratings *ratings;
    tt_fit_options options;
    tt_two_tower expected;
} refused_fit;

static tt_error fit_with_a_new_optimiser(void *context)
{
    const refused_fit *f = (const refused_fit *)context;
    tt_two_tower model;
    tt_run run = {.threads = 1};
    tt_error error = tt_two_tower_new(&model, 5, 7, &odd);
    if (!error) {
        replace_optimiser(&model);
        error = tt_fit(&model, f->ratings, &f->options, &run);
        grant_memory();
        assert_string_equal(run.why.text, error ? "tt_fit: out of memory" : "");
        if (error) assert_int_equal(tt_fit(&model, f->ratings, &f->options, &run), TT_OK);
        assert_models_equal(&model, &f->expected);
        tt_two_tower_free(&model);
    }
    grant_memory();
    return error;
}

static void training_with_a_new_optimiser_survives_missing_memory(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    for_each_engine(engine)
    {
        refused_fit f = {&p.ratings, {.patience = 1, .engine = engine}, new_model(5, 7, &odd)};
        replace_optimiser(&f.expected);
        assert_int_equal(tt_fit(&f.expected, &p.ratings, &f.options, NULL), TT_OK);
        assert_true(refuse_each(fit_with_a_new_optimiser, &f) > 2 * (1 + 2 * 16));
        tt_two_tower_free(&f.expected);
    }
}

/* What is refused ------------------------------------------------------------------------------ */

static void training_stops_on_misuse(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd);
    tt_ratings wrong = p.ratings;
    wrong.count = 0;
    assert_stops(tt_fit(&model, &wrong, NULL, NULL), "0 ratings");
    wrong.count = UINT32_MAX; /* one more than indices can count */
    assert_stops(tt_fit(&model, &wrong, NULL, NULL), "4294967295 ratings");
    wrong = p.ratings;
    wrong.target = NULL;
    assert_stops(tt_fit(&model, &wrong, NULL, NULL), "100 ratings, target is NULL");
    tt_fit_options options = {.validation_split = 1};
    assert_stops(tt_fit(&model, &p.ratings, &options, NULL), "validation_split is 1");
    options.validation_split = -0.5;
    assert_stops(tt_fit(&model, &p.ratings, &options, NULL), "validation_split is -0.5");
    options.validation_split = 0.999;
    assert_stops(tt_fit(&model, &p.ratings, &options, NULL),
                 "validation_split 0.999 leaves none of 100");
    options.validation_split = 0.2;
    options.validation = &p.ratings;
    assert_stops_in(tt_fit, (&model, &p.ratings, &options, NULL),
                    "both validation and validation_split 0.2");
    options.validation = NULL;
    options.validation_split = 0;
    options.batch_size = 65537;
    assert_stops(tt_fit(&model, &p.ratings, &options, NULL), "batch_size is 65537");
    tt_examples examples = {p.ratings.users, p.ratings.users};
    tt_fit_options with_loss = {.loss = tt_tape_mse}, with_examples = {0};
    with_examples.validation_examples = &examples;
    assert_stops_in(tt_fit, (&model, &p.ratings, &with_loss, NULL), "loss or validation_examples");
    assert_stops_in(tt_fit, (&model, &p.ratings, &with_examples, NULL), "loss or validation");
    model.item.layers[1].activation = TT_TANH;
    tt_fit_options by_tape = {.engine = TT_ENGINE_TAPE};
    assert_stops_in(tt_fit, (&model, &p.ratings, NULL, NULL),
                    "layer 1 has activation 2; only 0 to 1 are possible here");
    assert_stops_in(tt_fit, (&model, &p.ratings, &by_tape, NULL), "layer 1 has activation 2");
    float predictions[100];
    assert_stops_in(tt_predict, (predictions, &model, &p.ratings, NULL), "layer 1 has activation");
    model.item.layers[1].activation = TT_RELU;
    p.item[5] = ITEMS;
    assert_stops_in(tt_fit, (&model, &p.ratings, NULL, NULL), ": rating 5 has item 60 of 60");
    tt_two_tower_free(&model);
}

/* Data that are not finite are refused at the door, with their place, and nothing has changed. */
static void data_that_are_not_finite_are_refused(void **state)
{
    static problem p, q;
    make_problem(&p, 5, 7, 100);
    make_problem(&q, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd), before = new_model(5, 7, &odd);
    struct {
        float *number;
        const char *place;
        bool target;
    } cases[] = {{&q.users[3 * 5 + 2], "users(3, 2) is not finite", false},
                 {&q.items[59 * 7 + 6], "items(59, 6) is not finite", false},
                 {&q.target[41], "target[41] is not finite", true}};
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int validating = 0; validating < 2; validating++) {
            float kept = *cases[i].number, predictions[100];
            double loss = -77;
            tt_run run = {0};
            tt_history history;
            tt_fit_options options = {.history = &history};
            memset(&history, 0x5A, sizeof history);
            tt_history untouched = history;
            if (validating) options.validation = &q.ratings;
            *cases[i].number = i % 2 ? INFINITY : NAN;
            assert_int_equal(tt_fit(&model, validating ? &p.ratings : &q.ratings, &options, &run),
                             TT_ERROR_NOT_FINITE);
            assert_int_equal(strncmp(run.why.text, "validation: ", 12) == 0, validating);
            assert_string_equal(run.why.text + (validating ? 12 : 0), cases[i].place);
            assert_memory_equal(&history, &untouched, sizeof history);
            assert_int_equal(tt_fit(&model, &q.ratings, NULL, NULL), TT_ERROR_NOT_FINITE);
            assert_models_equal(&model, &before);

            assert_int_equal(tt_evaluate(&loss, &model, &q.ratings, &run), TT_ERROR_NOT_FINITE);
            assert_string_equal(run.why.text, cases[i].place);
            assert_true(loss == -77);
            predictions[0] = -77;
            run.why.text[0] = 0;
            assert_int_equal(tt_predict(predictions, &model, &q.ratings, &run),
                             cases[i].target ? TT_OK : TT_ERROR_NOT_FINITE);
            assert_string_equal(run.why.text, cases[i].target ? "" : cases[i].place);
            assert_true((predictions[0] == -77) == !cases[i].target);
            *cases[i].number = kept;
        }
    tt_two_tower_free(&model);
    tt_two_tower_free(&before);
}

/* The smallest data that there can be: one rating, and batches larger than that; none to predict;
   features of zeros. */
static void the_smallest_data(void **state)
{
    float user[5] = {0}, item[7] = {0}, target = 0.5f, prediction = -77;
    uint32_t first = 0;
    tt_ratings one = {
        tt_matrix_of(user, 1, 5), tt_matrix_of(item, 1, 7), &first, &first, &target, NULL, 1};
    for_each_engine(engine)
    {
        tt_two_tower model = new_model(5, 7, &odd);
        tt_fit_options options = {.epochs = 2, .batch_size = 65536, .engine = engine};
        tt_history history = fit(&model, &one, &options);
        assert_int_equal(history.outcome, TT_FINISHED);
        assert_int_equal(model.adam.steps, 2);
        assert_close(history.loss[0], 0.25, 1e-6); /* zeros in, zero biases: a prediction of 0 */
        tt_history_free(&history);

        tt_ratings none = one;
        none.count = 0;
        none.user = none.item = NULL;
        assert_int_equal(tt_predict(&prediction, &model, &none, on(0)), TT_OK);
        assert_true(prediction == -77);
        tt_two_tower_free(&model);
    }
}

/* The validation ratings are looked at before training begins, not after its first epoch. */
static void training_checks_the_validation_ratings_first(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd), before = new_model(5, 7, &odd);
    const uint32_t stranger[] = {USERS}, new_item[] = {ITEMS};
    tt_ratings wrong = p.ratings;
    wrong.user = stranger;
    wrong.count = 1;
    tt_fit_options options = {.validation = &wrong};
    assert_stops_in(tt_fit, (&model, &p.ratings, &options, NULL),
                    "validation: rating 0 has user 40 of 40");
    assert_models_equal(&model, &before);
    wrong.user = p.user;
    wrong.item = new_item;
    assert_stops_in(tt_fit, (&model, &p.ratings, &options, NULL),
                    "validation: rating 0 has item 60 of 60");
    wrong = p.ratings;
    wrong.target = NULL;
    assert_stops_in(tt_fit, (&model, &p.ratings, &options, NULL),
                    "validation: 100 ratings, target is NULL");
    wrong = p.ratings;
    wrong.count = 0;
    assert_stops_in(tt_fit, (&model, &p.ratings, &options, NULL), "validation: 0 ratings");
    assert_models_equal(&model, &before);
    tt_two_tower_free(&model);
    tt_two_tower_free(&before);
}

static void training_reports_missing_memory(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 100);
    for_each_engine(engine)
    {
        tt_two_tower model = new_model(5, 7, &odd), untouched = new_model(5, 7, &odd);
        tt_run run = {.threads = 1};
        tt_history history, before;
        tt_fit_options options = {
            .validation_split = 0.2, .patience = 3, .engine = engine, .history = &history};
        memset(&history, 7, sizeof history);
        before = history;
        tt_error error = TT_ERROR_MEMORY;
        for (size_t at = 1;; at++) {
            size_t live = test_live_blocks;
            test_fail_at = at;
            run.why.text[0] = 0;
            error = tt_fit(&model, &p.ratings, &options, &run);
            assert_string_equal(run.why.text, error ? "tt_fit: out of memory" : "");
            if (at == 1) assert_true(error && model.epochs == 0); /* something is refused */
            if (!error || model.epochs == 1) break; /* done, but its evaluation had no memory */
            assert_int_equal(error, TT_ERROR_MEMORY);
            assert_int_equal(test_live_blocks, live);
            assert_memory_equal(&history, &before, sizeof history);
            assert_models_equal(&model, &untouched);
        }
        test_fail_at = 0;
        assert_int_equal(model.epochs, 1);
        options.history = NULL;
        assert_int_equal(tt_fit(&untouched, &p.ratings, &options, NULL), TT_OK);
        assert_models_equal(&model, &untouched);
        if (!error) tt_history_free(&history);
        tt_two_tower_free(&model);
        tt_two_tower_free(&untouched);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* Learning */
        test(training_takes_pytorchs_steps),
        test(training_learns),
        test(training_is_determined_by_the_seed_and_shuffles_each_epoch),
        test(training_weighs_the_last_batch_by_its_size),
        test(training_without_options_is_one_epoch_of_batches_of_32),
        test(training_on_rows_equals_training_on_copies),
        test(training_on_shared_rows_equals_a_row_per_rating),
        test(training_twice_equals_training_longer),
        /* Callbacks */
        test(training_calls_back_after_every_batch_and_epoch),
        test(training_stops_when_the_callback_says_so),
        /* Validation, and stopping early */
        test(training_keeps_the_last_part_for_validation),
        test(training_stops_early_with_the_best_weights),
        test(training_calls_the_first_of_equal_epochs_the_best),
        test(training_without_validation_watches_the_training_loss),
        /* Divergence */
        test(training_that_diverges_leaves_the_weights_of_before),
        test(training_that_diverges_names_the_batch_and_stops_there),
        test(a_validation_loss_that_is_nan_is_worse_than_any),
        test(the_parameter_that_is_not_finite_is_found),
        test(training_that_diverges_with_patience_keeps_the_best_epoch),
        test(training_that_diverges_later_keeps_the_epochs_before),
        test(training_never_leaves_numbers_that_are_not_finite),
        test(training_that_overflows_weights_or_moments_has_diverged),
        test(divergence_puts_back_views),
        /* Parts that came later */
        test(training_with_a_new_optimiser_is_as_if_it_had_been_there),
        test(training_with_a_new_tower_is_as_if_it_had_been_there),
        test(training_with_a_new_optimiser_survives_missing_memory),
        /* What is refused */
        test(training_stops_on_misuse),
        test(data_that_are_not_finite_are_refused),
        test(the_smallest_data),
        test(training_checks_the_validation_ratings_first),
        test(training_reports_missing_memory),
    };
    return cmocka_run_group_tests_name("12_training", tests, NULL, NULL);
}
