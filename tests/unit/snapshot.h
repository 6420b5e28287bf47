/* snapshot.h: what training changes, compared bit by bit, whichever engine trains.

   Adam's moments are private, so a program that includes this needs TEST_IMPLEMENTATION.

       for_each_engine(engine)           runs the statement behind it with all that the machine has
       snapshot_of(model)                every weight and every moment
       assert_weights_equal(a, b)        all these are the same
       assert_models_equal(a, b)         both models would go on in the same way
       run, assert_traces_equal          a training run as it looks from outside, step by step */

#ifndef TWOTOWER_TEST_SNAPSHOT_H
#define TWOTOWER_TEST_SNAPSHOT_H

#include "tests/unit/problem.h"

enum { NO_ENGINE = -1 };

/* The next engine that this machine has. */
TEST_API tt_engine engine_after(tt_engine engine)
{
    static const tt_engine all[] = {TT_ENGINE_TAPE, TT_ENGINE_FASTEST, TT__ENGINE_4, TT__ENGINE_8,
                                    TT__ENGINE_16};
    size_t i = 0;
    while (all[i] != engine) i++;
    while (++i < COUNT(all))
        if (tt__engine_available(all[i])) return all[i];
    return (tt_engine)NO_ENGINE;
}

#define for_each_engine(engine)                                                                    \
    for (tt_engine engine = TT_ENGINE_TAPE; engine != (tt_engine)NO_ENGINE;                        \
         engine = engine_after(engine))

/* All that training changes but the clock: weights, biases and both moments of each. */
typedef struct snapshot {
    size_t count, capacity;
    float *numbers;
} snapshot;

TEST_API void append(snapshot *s, const float *numbers, size_t count)
{
    if (s->count + count > s->capacity) {
        s->capacity = 2 * (s->count + count);
        s->numbers = (float *)realloc(s->numbers, s->capacity * sizeof(float));
        assert_non_null(s->numbers);
    }
    memcpy(s->numbers + s->count, numbers, count * sizeof(float));
    s->count += count;
}

TEST_API void append_parameter(snapshot *s, const tt_two_tower *model, tt_matrix parameter)
{
    size_t count = parameter.rows * parameter.cols, i = 0;
    while (i < model->adam.count && model->adam.moments[i].parameter != parameter.data) i++;
    assert_true(i < model->adam.count);
    append(s, parameter.data, count);
    append(s, model->adam.moments[i].m.data, count);
    append(s, model->adam.moments[i].v.data, count);
}

TEST_API void append_snapshot(snapshot *s, const tt_two_tower *model)
{
    const tt_sequential *towers[] = {&model->user, &model->item};
    for (size_t t = 0; t < 2; t++)
        for (size_t l = 0; l < towers[t]->depth; l++) {
            append_parameter(s, model, towers[t]->layers[l].weights);
            append_parameter(s, model, towers[t]->layers[l].bias);
        }
}

TEST_API snapshot snapshot_of(const tt_two_tower *model)
{
    snapshot s = {0, 0, NULL};
    append_snapshot(&s, model);
    return s;
}

TEST_API void assert_snapshots_equal(const snapshot *a, const snapshot *b)
{
    assert_int_equal(a->count, b->count);
    assert_bits_equal(a->numbers, b->numbers, a->count);
}

/* Every weight and every moment. */
TEST_API void assert_weights_equal(const tt_two_tower *a, const tt_two_tower *b)
{
    snapshot of_a = snapshot_of(a), of_b = snapshot_of(b);
    assert_snapshots_equal(&of_a, &of_b);
    free(of_a.numbers);
    free(of_b.numbers);
}

/* Both models would go on in the same way. */
TEST_API void assert_models_equal(const tt_two_tower *a, const tt_two_tower *b)
{
    assert_weights_equal(a, b);
    assert_int_equal(a->adam.steps, b->adam.steps);
    assert_true(a->adam.beta1_power == b->adam.beta1_power);
    assert_true(a->adam.beta2_power == b->adam.beta2_power);
    assert_int_equal(a->epochs, b->epochs);
    assert_memory_equal(&a->random, &b->random, sizeof a->random);
}

/* What a training run looks like from outside: the running loss after each batch, and the whole
   state after each epoch. */
typedef struct trace {
    const tt_two_tower *model;
    double losses[2000];
    size_t batches, epochs;
    snapshot states;
} trace;

TEST_API void trace_batch(const tt_progress *progress, void *context)
{
    trace *t = (trace *)context;
    if (t->batches < COUNT(t->losses)) t->losses[t->batches++] = progress->loss;
}

TEST_API bool trace_epoch(const tt_progress *progress, void *context)
{
    trace *t = (trace *)context;
    append_snapshot(&t->states, t->model);
    t->epochs++;
    return true;
}

/* What else the next models of run get before they are trained, or NULL. */
static void (*alter)(tt_two_tower *model);

/* Trains a new model and keeps its trace. */
TEST_API void run(trace *t, const tt_ratings *ratings, const tt_two_tower_options *shape,
                  const tt_fit_options *how, tt_engine engine, int threads)
{
    memset(t, 0, sizeof *t);
    tt_two_tower model = new_model(ratings->users.cols, ratings->items.cols, shape);
    if (alter) alter(&model);
    t->model = &model;
    tt_fit_options options = *how;
    options.engine = engine;
    options.on_batch = trace_batch;
    options.on_epoch = trace_epoch;
    options.context = t;
    tt_history history = fit_on(&model, ratings, &options, threads);
    assert_int_equal(history.outcome, TT_FINISHED);
    tt_history_free(&history);
    tt_two_tower_free(&model);
}

TEST_API void assert_traces_equal(const trace *a, const trace *b)
{
    assert_int_equal(a->batches, b->batches);
    for (size_t i = 0; i < a->batches; i++)
        if (memcmp(&a->losses[i], &b->losses[i], sizeof(double)))
            test_fail_here(__FILE__, __LINE__, "the losses differ after batch %zu: %.17g and %.17g",
                           i + 1, a->losses[i], b->losses[i]);
    assert_int_equal(a->epochs, b->epochs);
    assert_snapshots_equal(&a->states, &b->states);
}

#endif
