/* problem.h: ratings that can be learnt, and models that learn them.

       make_problem                      ratings by a rule that can be learnt
       new_model, trained_model, fit, evaluate, fit_standard, fit_minmax
                                         calls that must succeed */

#ifndef TWOTOWER_TEST_PROBLEM_H
#define TWOTOWER_TEST_PROBLEM_H

#include "tests/unit/matrices.h"

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
                          p->user,
                          p->item,
                          p->target,
                          NULL,
                          n};
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

TEST_API tt_standard_scaler fit_standard(tt_table table, const uint32_t *counts)
{
    tt_standard_scaler scaler;
    assert_int_equal(tt_standard_fit(&scaler, table, counts), TT_OK);
    return scaler;
}

TEST_API tt_minmax_scaler fit_minmax(tt_table table, double low, double high)
{
    tt_minmax_scaler scaler;
    assert_int_equal(tt_minmax_fit(&scaler, table, NULL, low, high), TT_OK);
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

#endif
