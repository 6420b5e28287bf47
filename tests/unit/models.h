/* models.h: a model that has all that a file may hold, for tests of files and of refused memory.

       make_model(&model, described)     new, with scalers and names or without
       train, make_trained, predict      it learns a problem, and answers for its ratings */

#ifndef TWOTOWER_TEST_MODELS_H
#define TWOTOWER_TEST_MODELS_H

#include "tests/unit/problem.h"

enum { RATINGS = 130, USER_INPUTS = 8, ITEM_INPUTS = 6 };

static const char *const user_names[] = {"Age",        "Caf\xC3\xA9",
                                         "say \"hi\"", "back\\slash",
                                         "tab\there",  "\xE6\x97\xA5\xE6\x9C\xAC",
                                         "a,b:{}[]",   ""};
static const char *const item_names[] = {"", "year", "\x01\x1F", "/", "\\n", "\xF0\x9F\x98\x80"};

/* A model with all that a file may hold, or with the weights alone. */
TEST_API tt_error make_model(tt_two_tower *model, bool described)
{
    double means[] = {1, -2.5, 1e-300, 1e300, 0.1, 0, 7, 1 / 3.0};
    double scales[] = {1, 2, 3, 4, 5, 6, 7, 0.1};
    double least = 0.5, most = 5;
    tt_standard_scaler of_user = {USER_INPUTS, means, scales, NULL};
    tt_standard_scaler of_item = {ITEM_INPUTS, means + 2, scales + 1, NULL};
    tt_minmax_scaler of_target = {1, &least, &most, -1, 1, NULL};
    tt_two_tower_options o = {{12, 9},   5,        4294967295u, {0.01, 0.8, 0.99, 1e-6},
                              &of_user,  &of_item, &of_target,  user_names,
                              item_names};
    tt_two_tower_options plain = {{12, 9}, 5, 3, {0, 0, 0, 0}, NULL, NULL, NULL, NULL, NULL};
    return tt_two_tower_new(model, USER_INPUTS, ITEM_INPUTS, described ? &o : &plain);
}

TEST_API void train(tt_two_tower *model, size_t epochs)
{
    problem p;
    make_problem(&p, USER_INPUTS, ITEM_INPUTS, RATINGS);
    tt_fit_options options = {.epochs = epochs};
    assert_int_equal(tt_fit(model, &p.ratings, &options, on(1)), TT_OK);
}

/* What most tests need: a trained model. */
TEST_API void make_trained(tt_two_tower *model, bool described)
{
    assert_int_equal(make_model(model, described), TT_OK);
    train(model, 2);
}

TEST_API void predict(float predictions[RATINGS], const tt_two_tower *model)
{
    problem p;
    make_problem(&p, USER_INPUTS, ITEM_INPUTS, RATINGS);
    assert_int_equal(tt_predict(predictions, model, &p.ratings, on(1)), TT_OK);
}

#endif
