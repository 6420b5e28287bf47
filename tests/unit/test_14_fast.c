/* The tests of §14, the fast way. */

#define TEST_IMPLEMENTATION /* the library's private names too */

#include "tests/unit/snapshot.h"

/* The promise of the book: the readable way and every fast one give the same bits, at every step,
   with any number of threads. */
static void assert_engines_agree(const tt_ratings *ratings, const tt_two_tower_options *shape,
                                 const tt_fit_options *how)
{
    static trace by_tape, other;
    run(&by_tape, ratings, shape, how, TT_ENGINE_TAPE, 1);
    assert_true(by_tape.batches > 0 && by_tape.losses[0] > 0);
    for_each_engine(engine) for (int threads = 1; threads <= 3; threads++)
    {
        if (engine == TT_ENGINE_TAPE && threads != 2) continue;
        run(&other, ratings, shape, how, engine, threads);
        assert_traces_equal(&by_tape, &other);
        free(other.states.numbers);
    }
    free(by_tape.states.numbers);
}

static void engines_agree_on_the_notebooks_model(void **state)
{
    problem p;
    make_problem(&p, 16, 18, 150); /* 5 batches, the last one of 22 */
    tt_two_tower_options notebook = {.seed = 1, .adam = {.learning_rate = 0.01}};
    assert_engines_agree(&p.ratings, &notebook, &(tt_fit_options){.epochs = 2});
}

static void engines_agree_on_odd_shapes(void **state)
{
    static const size_t batches[] = {1, 7, 32, 40, 100, 1000}; /* of 100 ratings */
    problem p;
    make_problem(&p, 5, 7, 100);
    for (size_t b = 0; b < COUNT(batches); b++) {
        tt_fit_options how = {.epochs = 2, .batch_size = batches[b]};
        assert_engines_agree(&p.ratings, &odd, &how);
    }
}

static void engines_agree_on_shallow_deep_and_narrow_towers(void **state)
{
    static const tt_two_tower_options shapes[] = {
        {.hidden = {1}, .embedding = 1, .seed = 1},
        {.hidden = {40}, .embedding = 33, .seed = 2},
        {.hidden = {32, 64}, .embedding = 32, .seed = 3},
        {.hidden = {9, 8, 7, 6, 5, 4, 3}, .embedding = 2, .seed = 4}};
    static const size_t inputs[][2] = {{1, 1}, {4, 8}, {3, 18}};
    problem p;
    for (size_t s = 0; s < COUNT(shapes); s++)
        for (size_t i = 0; i < COUNT(inputs); i++) {
            make_problem(&p, 4, 18, 50);
            p.ratings.users = tt_matrix_cols(p.ratings.users, 0, inputs[i][0]);
            p.ratings.items = tt_matrix_cols(p.ratings.items, 0, inputs[i][1]);
            assert_engines_agree(&p.ratings, &shapes[s], &(tt_fit_options){.epochs = 2});
        }
}

/* At a large learning rate ReLUs die: their gradients are 0 from then on, and their moments shrink
   until they are set to 0.  (0.9^n < 1e-30 from 656 steps on.) */
static void engines_agree_where_units_die(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 50);
    tt_two_tower_options hot = odd;
    hot.adam.learning_rate = 0.3;
    tt_fit_options how = {.epochs = 100, .batch_size = 7};
    assert_engines_agree(&p.ratings, &hot, &how);

    tt_two_tower model = new_model(5, 7, &hot);
    assert_int_equal(tt_fit(&model, &p.ratings, &how, NULL), TT_OK);
    size_t dead = 0;
    for (size_t i = 0; i < model.adam.count; i++) {
        const tt_matrix m = model.adam.moments[i].m, v = model.adam.moments[i].v;
        for (size_t k = 0; k < m.rows * m.cols; k++) {
            dead += m.data[k] == 0 && v.data[k] != 0; /* it had gradients, long ago */
            assert_true(m.data[k] == 0 || fabsf(m.data[k]) >= 1e-30f);
            assert_true(v.data[k] == 0 || v.data[k] >= 1e-30f);
        }
    }
    assert_true(dead > 0);
    tt_two_tower_free(&model);
}

/* With biases of zero, rows of zeros give vectors of length 0, and tiny ones vectors shorter than
   the normalisation's floor, for which the gradient has another formula. */
static void engines_agree_on_features_of_zeros_and_tiny_ones(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 50);
    memset(p.users, 0, 10 * 5 * sizeof(float));
    for (size_t i = 10 * 5; i < USERS * 5; i++) p.users[i] *= 1e-7f;
    assert_engines_agree(&p.ratings, &odd, &(tt_fit_options){.epochs = 3, .batch_size = 16});
}

static void without_normalising(tt_two_tower *model)
{
    model->user.normalize = model->item.normalize = false;
}

static void only_one_normalised(tt_two_tower *model)
{
    model->item.normalize = false;
}

static void with_relu_at_the_end(tt_two_tower *model)
{
    model->user.layers[model->user.depth - 1].activation = TT_RELU;
    model->item.layers[model->item.depth - 1].activation = TT_RELU;
}

/* The towers are public, so somebody may change them. */
static void engines_agree_on_towers_that_were_changed(void **state)
{
    static void (*const changes[])(tt_two_tower *) = {without_normalising, only_one_normalised,
                                                      with_relu_at_the_end};
    problem p;
    make_problem(&p, 5, 7, 50);
    for (size_t c = 0; c < COUNT(changes); c++) {
        alter = changes[c];
        assert_engines_agree(&p.ratings, &odd, &(tt_fit_options){.epochs = 3, .batch_size = 16});
    }
    alter = NULL;
}

/* The first layer turns a feature of 1 into 0, and one of 0 into 3e20, whose product with the next
   weights is infinite.  All features are 1: only rows that nobody asked for could overflow. */
static void overflow_the_user_tower(tt_two_tower *model)
{
    for (size_t l = 0; l < 2; l++) {
        tt_dense *layer = &model->user.layers[l];
        for (size_t i = 0; i < layer->weights.rows * layer->weights.cols; i++)
            layer->weights.data[i] = l == 0 ? -3e20f : 3e20f;
        for (size_t o = 0; o < layer->bias.cols; o++) layer->bias.data[o] = l == 0 ? 3e20f : 0.1f;
    }
}

static void engines_agree_where_only_padding_would_overflow(void **state)
{
    problem p;
    make_problem(&p, 1, 7, 50);
    for (size_t u = 0; u < USERS; u++) p.users[u] = 1;
    alter = overflow_the_user_tower;
    assert_engines_agree(&p.ratings, &odd, &(tt_fit_options){.epochs = 3, .batch_size = 16});
    alter = NULL;
}

static void engine_that_is_not_there_stops(void **state)
{
    problem p;
    make_problem(&p, 5, 7, 10);
    tt_two_tower model = new_model(5, 7, &odd);
    assert_true(tt__engine_available(TT_ENGINE_TAPE) && tt__engine_available(TT_ENGINE_FASTEST));
    assert_false(tt__engine_available((tt_engine)77));
    tt_fit_options options = {.engine = (tt_engine)77};
    assert_stops(tt_fit(&model, &p.ratings, &options, NULL), "engine 77");
    tt_two_tower_free(&model);
}

/* tt_nearest uses the fastest kernel; the others compute the same. */
static void nearest_has_kernels_that_agree(void **state)
{
#ifdef TT__VECTORS
    static const size_t widths[] = {1, 7, 32};
    float queries[4 * 40], panel[32 * 32], out[4 * 32], candidate[32];
    fill(queries, COUNT(queries), 1);
    fill(panel, COUNT(panel), 2);
    for_each_engine(engine) for (size_t w = 0; w < COUNT(widths) && engine != TT_ENGINE_TAPE; w++)
    {
        tt__kernels_of(engine)->distances(out, queries, 40, panel, widths[w]);
        for (size_t c = 0; c < 32; c++) {
            for (size_t d = 0; d < widths[w]; d++) candidate[d] = panel[d * 32 + c];
            for (size_t q = 0; q < 4; q++) {
                float expected = squared_distance(queries + q * 40, candidate, widths[w]);
                assert_bits_equal(&out[q * 32 + c], &expected, 1);
            }
        }
    }
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(engines_agree_on_the_notebooks_model),
        test(engines_agree_on_odd_shapes),
        test(engines_agree_on_shallow_deep_and_narrow_towers),
        test(engines_agree_where_units_die),
        test(engines_agree_on_features_of_zeros_and_tiny_ones),
        test(engines_agree_on_towers_that_were_changed),
        test(engines_agree_where_only_padding_would_overflow),
        test(engine_that_is_not_there_stops),
        test(nearest_has_kernels_that_agree),
    };
    return cmocka_run_group_tests_name("14_fast", tests, NULL, NULL);
}
