/* models.h: what several test programs share.  Include tests/unit/test.h first. */

#ifndef TEST_MODELS_H
#define TEST_MODELS_H

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Numbers of [-1, 1). */
TEST_API void fill(float *numbers, size_t n, uint32_t seed)
{
    tt_random random;
    tt_random_seed(&random, seed);
    for (size_t i = 0; i < n; i++) numbers[i] = (float)tt_random_uniform(&random, -1, 1);
}

enum { USERS = 40, ITEMS = 60, MOST_INPUTS = 18, MOST_RATINGS = 500 };

/* Ratings that can be learnt: who likes what depends on two features of both. */
typedef struct problem {
    float users[USERS * MOST_INPUTS], items[ITEMS * MOST_INPUTS], target[MOST_RATINGS];
    uint32_t user[MOST_RATINGS], item[MOST_RATINGS];
    tt_ratings ratings;
} problem;

TEST_API void make_problem(problem *p, size_t user_inputs, size_t item_inputs, size_t n)
{
    tt_random random;
    tt_random_seed(&random, 5);
    fill(p->users, COUNT(p->users), 1);
    fill(p->items, COUNT(p->items), 2);
    for (size_t k = 0; k < n; k++) {
        p->user[k] = tt_random_uint32(&random) % USERS;
        p->item[k] = tt_random_uint32(&random) % ITEMS;
        const float *u = p->users + p->user[k] * user_inputs;
        const float *v = p->items + p->item[k] * item_inputs;
        p->target[k] = u[0] * v[0] > u[1] * v[1] ? 0.8f : -0.6f;
    }
    tt_ratings ratings = {tt_matrix_of(p->users, USERS, user_inputs),
                          tt_matrix_of(p->items, ITEMS, item_inputs),
                          p->user, p->item, p->target, NULL, n};
    p->ratings = ratings;
}

/* A small model: 5 and 7 inputs, hidden layers of 20, 33 and 9 units, embeddings of 3. */
static const tt_two_tower_options odd = {
    .hidden = {20, 33, 9}, .embedding = 3, .seed = 3, .adam = {.learning_rate = 0.01}};

TEST_API tt_two_tower new_model(size_t user_inputs, size_t item_inputs,
                              const tt_two_tower_options *options)
{
    tt_two_tower model;
    assert_int_equal(tt_two_tower_new(&model, user_inputs, item_inputs, options), TT_OK);
    return model;
}

TEST_API tt_history fit_on(tt_two_tower *model, const tt_ratings *ratings,
                           const tt_fit_options *options, int threads)
{
    tt_history history;
    tt_fit_options all = {0};
    if (options) all = *options;
    all.history = &history;
    assert_int_equal(tt_fit(model, ratings, &all, on(threads)), TT_OK);
    return history;
}

TEST_API tt_history fit(tt_two_tower *model, const tt_ratings *ratings,
                        const tt_fit_options *options)
{
    return fit_on(model, ratings, options, 0);
}

TEST_API double evaluate(const tt_two_tower *model, const tt_ratings *ratings)
{
    double loss = -1;
    assert_int_equal(tt_evaluate(&loss, model, ratings, on(1)), TT_OK);
    return loss;
}

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

TEST_API void append_state(snapshot *s, const tt_two_tower *model)
{
    const tt_sequential *towers[] = {&model->user, &model->item};
    for (size_t t = 0; t < 2; t++)
        for (size_t l = 0; l < towers[t]->depth; l++) {
            append_parameter(s, model, towers[t]->layers[l].weights);
            append_parameter(s, model, towers[t]->layers[l].bias);
        }
}

TEST_API snapshot state_of(const tt_two_tower *model)
{
    snapshot s = {0, 0, NULL};
    append_state(&s, model);
    return s;
}

TEST_API void assert_states_equal(const snapshot *a, const snapshot *b)
{
    assert_int_equal(a->count, b->count);
    assert_bits_equal(a->numbers, b->numbers, a->count);
}

/* Both models would go on in the same way. */
TEST_API void assert_models_equal(const tt_two_tower *a, const tt_two_tower *b)
{
    snapshot of_a = state_of(a), of_b = state_of(b);
    assert_states_equal(&of_a, &of_b);
    assert_int_equal(a->adam.steps, b->adam.steps);
    assert_true(a->adam.beta1_power == b->adam.beta1_power);
    assert_true(a->adam.beta2_power == b->adam.beta2_power);
    assert_int_equal(a->epochs, b->epochs);
    assert_memory_equal(&a->random, &b->random, sizeof a->random);
    free(of_a.numbers);
    free(of_b.numbers);
}

TEST_API tt_standard_scaler fit_standard(tt_table table, const uint32_t *counts)
{
    tt_standard_scaler scaler;
    assert_int_equal(tt_standard_fit(&scaler, table, counts), TT_OK);
    return scaler;
}

/* A model whose biases, too, are not zero. */
TEST_API tt_two_tower trained_model(problem *p)
{
    make_problem(p, 5, 7, 100);
    tt_two_tower model = new_model(5, 7, &odd);
    assert_int_equal(tt_fit(&model, &p->ratings, &(tt_fit_options){.epochs = 3}, NULL), TT_OK);
    return model;
}

/* A mistake stops in the name of the function that was called. */
#define assert_stops_in(function, arguments, complaint)                                            \
    do {                                                                                           \
        assert_stops(function arguments, complaint);                                               \
        test_message_begins(#function ": ", __FILE__, __LINE__);                                   \
    } while (0)

TEST_API void test_message_begins(const char *text, const char *file, int line)
{
    if (strncmp(test_message, text, strlen(text)) == 0) return;
    char message[sizeof test_message];
    memcpy(message, test_message, sizeof message);
    test_fail_here(file, line, "the message \"%.200s\" does not begin with \"%.200s\"", message,
                   text);
}

/* What a training run looks like from outside: the running loss after each batch, and the whole
   snapshot after each epoch. */
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
    (void)progress;
    append_state(&t->states, t->model);
    t->epochs++;
    return true;
}

static const struct {
    tt_engine engine;
    const char *name;
} engines[] = {{TT_ENGINE_TAPE, "tape"}, {TT_ENGINE_FASTEST, "fastest"},
               {TT__ENGINE_4, "vector"}, {TT__ENGINE_8, "avx"}, {TT__ENGINE_16, "avx512"}};

/* What else the next models of run get before they are trained, or NULL. */
TEST_API void (*alter)(tt_two_tower *model);

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
    assert_states_equal(&a->states, &b->states);
}

/* |a - b|^2 as the book defines it: in float, one rounded operation after the other. */
TEST_API float squared_distance(const float *a, const float *b, size_t D)
{
    float sum = 0;
    for (size_t d = 0; d < D; d++) {
        volatile float difference = a[d] - b[d], square = difference * difference;
        sum += square;
    }
    return sum;
}

#endif
