/* The tests of §11, two towers. */

#include "tests/unit/problem.h"
#include "tests/unit/networks.h"

/* Making one ----------------------------------------------------------------------------------- */

static void model_has_the_notebooks_shape_by_default(void **state)
{
    tt_two_tower model = new_model(16, 18, NULL);
    const tt_sequential *towers[] = {&model.user, &model.item};
    for (size_t t = 0; t < 2; t++) {
        const size_t widths[] = {t == 0 ? 16 : 18, 512, 256, 32};
        assert_int_equal(towers[t]->depth, 3);
        assert_true(towers[t]->normalize);
        for (size_t l = 0; l < 3; l++) {
            tt_dense layer = towers[t]->layers[l];
            assert_int_equal(layer.weights.rows, widths[l]);
            assert_int_equal(layer.weights.cols, widths[l + 1]);
            assert_int_equal(layer.bias.rows, 1);
            assert_int_equal(layer.bias.cols, widths[l + 1]);
            assert_int_equal(layer.activation, l < 2 ? TT_RELU : TT_LINEAR);
        }
    }
    assert_int_equal(tt_sequential_parameters(&model.user), 148256);
    assert_int_equal(tt_sequential_parameters(&model.item), 149280);
    assert_true(model.adam.options.learning_rate == 0.001 && model.adam.options.epsilon == 1e-7);
    assert_int_equal(model.adam.steps, 0);
    assert_int_equal(model.epochs, 0);
    tt_two_tower_free(&model);
    tt_two_tower_free(&model); /* twice is harmless */
}

static void model_has_the_shape_that_is_asked_for(void **state)
{
    tt_two_tower_options options = {.hidden = {2, 3, 4, 5, 6, 7, 8}, .embedding = 9, .seed = 11};
    tt_two_tower model = new_model(1, 10, &options);
    assert_int_equal(model.user.depth, TT_MAX_LAYERS);
    for (size_t l = 0; l < TT_MAX_LAYERS; l++) {
        assert_int_equal(model.user.layers[l].weights.rows, l + 1);
        assert_int_equal(model.item.layers[l].weights.cols, l + 2);
    }
    assert_int_equal(model.item.layers[0].weights.rows, 10);
    assert_int_equal(model.seed, 11);
    tt_two_tower_free(&model);

    options.embedding = 0;
    options.hidden[1] = 0;
    model = new_model(3, 4, &options);
    assert_int_equal(model.user.depth, 2);
    assert_int_equal(model.user.layers[1].weights.cols, 32);
    tt_two_tower_free(&model);
    assert_stops(tt_two_tower_new(&model, 0, 4, &options), "widths[0] is 0");
    options.hidden[0] = (size_t)1 << 21;
    assert_stops(tt_two_tower_new(&model, 3, 4, &options), "widths[1] is 2097152");
}

static void model_is_determined_by_its_seed(void **state)
{
    tt_two_tower_options other = odd;
    other.seed++;
    tt_two_tower a = new_model(5, 7, &odd), b = new_model(5, 7, &odd), c = new_model(5, 7, &other);
    assert_memory_equal(&a.random, &b.random, sizeof a.random);
    assert_bits_equal(a.user.layers[0].weights.data, b.user.layers[0].weights.data,
                      tt_sequential_parameters(&a.user)); /* which lie one after the other */
    assert_bits_equal(a.item.layers[0].weights.data, b.item.layers[0].weights.data,
                      tt_sequential_parameters(&a.item));
    assert_memory_not_equal(a.user.layers[0].weights.data, c.user.layers[0].weights.data, 400);
    assert_memory_not_equal(a.user.layers[1].weights.data, a.item.layers[1].weights.data, 400);
    tt_two_tower_free(&a);
    tt_two_tower_free(&b);
    tt_two_tower_free(&c);
}

static void model_keeps_copies_of_scalers_and_names(void **state)
{
    double users[] = {1, 2, 3, 5}, items[] = {1, 2, 3, 4, 7, 6}, stars[] = {0.5, 5};
    char name[] = "age";
    const char *user_names[] = {name, "visits"}, *item_names[] = {"year", "price", ""};
    tt_standard_scaler u = fit_standard(tt_table_of(users, 2, 2), NULL);
    tt_standard_scaler v = fit_standard(tt_table_of(items, 2, 3), NULL);
    tt_minmax_scaler y = fit_minmax(tt_table_of(stars, 2, 1), -1, 1);
    tt_two_tower_options options = {.hidden = {4},
                                    .user_scaler = &u,
                                    .item_scaler = &v,
                                    .target_scaler = &y,
                                    .user_feature_names = user_names,
                                    .item_feature_names = item_names};
    tt_two_tower model = new_model(2, 3, &options);
    name[0] = 'A';
    tt_standard_free(&u);
    tt_standard_free(&v);
    tt_minmax_free(&y);
    assert_string_equal(model.user_feature_names[0], "age");
    assert_string_equal(model.user_feature_names[1], "visits");
    assert_string_equal(model.item_feature_names[1], "price");
    assert_string_equal(model.item_feature_names[2], "");
    assert_true(model.user_scaler.mean[1] == 3.5 && model.user_scaler.scale[1] == 1.5);
    assert_true(model.item_scaler.columns == 3 && model.item_scaler.scale[1] == 2.5);
    assert_true(model.target_scaler.min[0] == 0.5 && model.target_scaler.max[0] == 5);
    assert_true(model.target_scaler.low == -1 && model.target_scaler.high == 1);
    tt_two_tower_free(&model);
}

static void model_reports_missing_memory(void **state)
{
    double numbers[] = {1, 2, 3, 5};
    const char *names[] = {"a", "b"};
    tt_standard_scaler scaler = fit_standard(tt_table_of(numbers, 2, 2), NULL);
    tt_minmax_scaler target = fit_minmax(tt_table_of(numbers, 4, 1), -1, 1);
    tt_two_tower_options options = {.hidden = {4},
                                    .user_scaler = &scaler,
                                    .item_scaler = &scaler,
                                    .target_scaler = &target,
                                    .user_feature_names = names,
                                    .item_feature_names = names};
    tt_two_tower model, before;
    memset(&model, 7, sizeof model);
    before = model;
    tt_error error = TT_ERROR_MEMORY;
    size_t live = test_live_blocks;
    for (size_t at = 1; error; at++) {
        test_fail_at = at;
        error = tt_two_tower_new(&model, 2, 2, &options);
        if (at == 1) assert_true(error); /* something is refused */
        if (!error) break;
        assert_int_equal(error, TT_ERROR_MEMORY);
        assert_memory_equal(&model, &before, sizeof model);
        assert_int_equal(test_live_blocks, live);
    }
    test_fail_at = 0;
    tt_two_tower_free(&model);
    tt_standard_free(&scaler);
    tt_minmax_free(&target);
}

static void model_stops_on_scalers_of_the_wrong_width(void **state)
{
    double numbers[] = {1, 2, 3, 5};
    tt_standard_scaler scaler = fit_standard(tt_table_of(numbers, 2, 2), NULL);
    tt_minmax_scaler target = fit_minmax(tt_table_of(numbers, 2, 2), -1, 1);
    tt_two_tower model;
    tt_two_tower_options of_user = {.user_scaler = &scaler}, of_item = {.item_scaler = &scaler};
    tt_two_tower_options of_target = {.target_scaler = &target};
    assert_stops(tt_two_tower_new(&model, 3, 2, &of_user), "user_scaler has 2 columns, inputs 3");
    assert_stops(tt_two_tower_new(&model, 2, 3, &of_item), "item_scaler has 2 columns, inputs 3");
    assert_stops(tt_two_tower_new(&model, 2, 2, &of_target), "target_scaler has 2 columns");
    tt_standard_free(&scaler);
    tt_minmax_free(&target);
}

/* Embedding, predicting, evaluating ------------------------------------------------------------ */

static void model_embeds_as_the_formula_says(void **state)
{
    problem p;
    tt_two_tower model = trained_model(&p);
    float vectors[ITEMS * 3];
    tt_matrix out = tt_matrix_of(vectors, ITEMS, 3);
    assert_int_equal(tt_embed(out, &model.item, p.ratings.items, on(1)), TT_OK);
    assert_matrix_close(out, naive_forward(&model.item, p.ratings.items), 2e-6);
    for (size_t r = 0; r < ITEMS; r++) {
        double length = 0;
        for (size_t d = 0; d < 3; d++) length += pow(element(out, r, d), 2);
        assert_close(length, 1, 1e-6);
    }
    tt_two_tower_free(&model);
}

static void model_predicts_the_dot_product_of_the_embeddings(void **state)
{
    problem p;
    tt_two_tower model = trained_model(&p);
    const uint32_t rows[] = {7, 3, 99, 3};
    float predictions[100], some[4], users[USERS * 3], items[ITEMS * 3];
    assert_int_equal(tt_predict(predictions, &model, &p.ratings, on(1)), TT_OK);
    tt_matrix of_users = tt_matrix_of(users, USERS, 3), of_items = tt_matrix_of(items, ITEMS, 3);
    assert_int_equal(tt_embed(of_users, &model.user, p.ratings.users, on(1)), TT_OK);
    assert_int_equal(tt_embed(of_items, &model.item, p.ratings.items, on(1)), TT_OK);
    tt_table u = naive_forward(&model.user, p.ratings.users);
    tt_table v = naive_forward(&model.item, p.ratings.items);
    for (size_t k = 0; k < 100; k++) {
        double naive = 0, dot = 0;
        for (size_t d = 0; d < 3; d++) {
            naive += *tt_table_at(u, p.user[k], d) * *tt_table_at(v, p.item[k], d);
            dot += (double)users[p.user[k] * 3 + d] * (double)items[p.item[k] * 3 + d];
        }
        assert_close((double)predictions[k], naive, 4e-6);
        assert_close((double)predictions[k], dot, 3e-7);
    }

    /* rows choose among the ratings, in their order; no target is needed. */
    tt_ratings chosen = p.ratings;
    chosen.target = NULL;
    chosen.order = rows;
    chosen.count = 4;
    assert_int_equal(tt_predict(some, &model, &chosen, on(1)), TT_OK);
    for (size_t i = 0; i < 4; i++) assert_bits_equal(some + i, predictions + rows[i], 1);
    chosen.count = 0;
    assert_int_equal(tt_predict(some, &model, &chosen, on(1)), TT_OK);
    tt_two_tower_free(&model);
}

/* What a row becomes depends neither on how many there are nor on the number of threads. */
static void model_embeds_a_row_alone_as_in_any_batch(void **state)
{
    enum { N = 1000, D = 3, PADDED = 6 };
    const size_t sizes[] = {1, 2, 31, 32, 33, 127, 128, 129, 256, 384, N};
    static float features[N * 7], all[N * D], alone[D], some[N * PADDED];
    problem p;
    tt_two_tower model = trained_model(&p);
    fill(features, COUNT(features), 9);
    tt_matrix X = tt_matrix_of(features, N, 7);
    assert_int_equal(tt_sequential_forward(tt_matrix_of(all, N, D), &model.item, X), TT_OK);
    for (size_t r = 0; r < N; r += 37) {
        tt_matrix out = tt_matrix_of(alone, 1, D);
        assert_int_equal(tt_embed(out, &model.item, tt_matrix_rows(X, r, 1), on(1)), TT_OK);
        assert_bits_equal(alone, all + r * D, D);
    }
    for (size_t s = 0; s < COUNT(sizes); s++)
        for (int threads = 0; threads <= 3; threads++) {
            size_t n = sizes[s];
            fill(some, COUNT(some), 10);
            tt_matrix out = tt_matrix_cols(tt_matrix_of(some, n, PADDED), 2, D);
            float beside = some[PADDED - 1];
            tt_matrix last = tt_matrix_rows(X, N - n, n);
            assert_int_equal(tt_embed(out, &model.item, last, on(threads)), TT_OK);
            for (size_t r = 0; r < n; r++)
                assert_bits_equal(tt_matrix_at(out, r, 0), all + (N - n + r) * D, D);
            assert_true(some[PADDED - 1] == beside);
        }
    tt_matrix nobody = tt_matrix_rows(X, 0, 0);
    assert_int_equal(tt_embed(tt_matrix_of(some, 0, D), &model.item, nobody, on(2)), TT_OK);
    tt_two_tower_free(&model);
}

static void model_predicts_the_same_bits_with_any_number_of_threads(void **state)
{
    problem p;
    tt_two_tower model = trained_model(&p);
    float one[100], many[100];
    assert_int_equal(tt_predict(one, &model, &p.ratings, on(1)), TT_OK);
    for (int threads = 0; threads <= 3; threads++) {
        assert_int_equal(tt_predict(many, &model, &p.ratings, on(threads)), TT_OK);
        assert_bits_equal(one, many, 100);
    }
    tt_two_tower_free(&model);
}

static void model_evaluates_to_the_mean_squared_error(void **state)
{
    problem p;
    tt_two_tower model = trained_model(&p);
    const uint32_t rows[] = {50, 2, 2};
    float predictions[100];
    assert_int_equal(tt_predict(predictions, &model, &p.ratings, on(1)), TT_OK);
    double sum = 0, squares[100];
    for (size_t k = 0; k < 100; k++) {
        double off = (double)predictions[k] - (double)p.target[k];
        squares[k] = off * off;
        sum += squares[k];
    }
    assert_close(evaluate(&model, &p.ratings), sum / 100, 1e-7);
    tt_ratings some = p.ratings;
    some.order = rows;
    some.count = 3;
    assert_close(evaluate(&model, &some), (squares[50] + 2 * squares[2]) / 3, 1e-7);
    tt_two_tower_free(&model);
}

static void model_refuses_to_embed_what_is_not_finite(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    problem p;
    tt_two_tower model = trained_model(&p);
    float vectors[ITEMS * 3], untouched[ITEMS * 3];
    tt_matrix out = tt_matrix_of(vectors, ITEMS, 3);
    for (size_t i = 0; i < COUNT(bad); i++) {
        fill(vectors, COUNT(vectors), 9);
        memcpy(untouched, vectors, sizeof vectors);
        p.items[ITEMS * 7 - 1] = bad[i];
        assert_int_equal(tt_embed(out, &model.item, p.ratings.items, on(1)), TT_ERROR_NOT_FINITE);
        assert_memory_equal(vectors, untouched, sizeof vectors);
    }
    tt_two_tower_free(&model);
}

static void model_prediction_reports_missing_memory(void **state)
{
    problem p;
    tt_two_tower model = trained_model(&p);
    tt_error error = TT_ERROR_MEMORY;
    double loss = -1;
    for (size_t at = 1; error; at++) {
        test_fail_at = at;
        size_t live = test_live_blocks;
        error = tt_evaluate(&loss, &model, &p.ratings, on(1));
        if (at == 1) assert_true(error);
        if (error) assert_true(error == TT_ERROR_MEMORY && loss == -1 && test_live_blocks == live);
    }
    test_fail_at = 0;
    assert_true(loss == evaluate(&model, &p.ratings));
    tt_two_tower_free(&model);
}

/* Mistakes ------------------------------------------------------------------------------------- */

static void model_stops_on_wrong_indices_and_shapes(void **state)
{
    problem p;
    tt_two_tower model = trained_model(&p);
    static float out[USERS * 3];
    double loss = 0;
    tt_ratings wrong = p.ratings;
    wrong.users = p.ratings.items;
    assert_stops(tt_predict(out, &model, &wrong, on(1)), "users is 60x7, the network has 5 inputs");
    wrong = p.ratings;
    wrong.items = p.ratings.users;
    assert_stops(tt_predict(out, &model, &wrong, on(1)), "items is 40x5, the network has 7 inputs");
    p.user[4] = USERS;
    assert_stops(tt_predict(out, &model, &p.ratings, on(1)), "rating 4 has user 40 of 40");
    assert_stops(tt_fit(&model, &p.ratings, NULL, NULL), "rating 4 has user 40 of 40");
    p.user[4] = 0;
    p.item[5] = UINT32_MAX;
    assert_stops(tt_predict(out, &model, &p.ratings, on(1)), "rating 5 has item 4294967295 of 60");
    p.item[5] = 0;
    wrong = p.ratings;
    wrong.target = NULL;
    assert_stops(tt_evaluate(&loss, &model, &wrong, on(1)), "target is NULL");
    wrong = p.ratings;
    wrong.count = 0;
    assert_stops(tt_evaluate(&loss, &model, &wrong, on(1)), "0 ratings");
    tt_matrix vectors = tt_matrix_of(out, USERS, 3);
    assert_stops(tt_embed(vectors, &model.item, p.ratings.users, on(1)),
                 "features is 40x5, the network has 7 inputs");
    assert_stops(tt_embed(tt_matrix_rows(vectors, 1, 39), &model.user, p.ratings.users, on(1)),
                 "vectors is 39x3, not 40x3 (expected features.rows x tt__outputs(tower))");
    assert_stops(tt_embed(tt_matrix_cols(vectors, 0, 2), &model.user, p.ratings.users, on(1)),
                 "vectors is 40x2, not 40x3");
    tt_two_tower_free(&model);
}

/* tt_evaluate is made of tt_predict, and checks before it has asked for memory. */
static void model_evaluation_stops_in_its_own_name(void **state)
{
    problem p;
    tt_two_tower model = trained_model(&p);
    double loss = -1;
    tt_ratings turned = p.ratings, no_targets = p.ratings, none = p.ratings;
    size_t asked_before = test_allocations;
    turned.users = p.ratings.items;
    assert_stops_in(tt_evaluate, (&loss, &model, &turned, on(1)),
                    "users is 60x7, the network has 5");
    turned.users = p.ratings.users;
    turned.items = p.ratings.users;
    assert_stops_in(tt_evaluate, (&loss, &model, &turned, on(1)),
                    "items is 40x5, the network has 7");
    no_targets.target = NULL;
    assert_stops_in(tt_evaluate, (&loss, &model, &no_targets, on(1)),
                    "100 ratings, target is NULL");
    none.count = 0;
    assert_stops_in(tt_evaluate, (&loss, &model, &none, on(1)), "0 ratings");
    p.user[4] = USERS;
    assert_stops_in(tt_evaluate, (&loss, &model, &p.ratings, on(1)), "rating 4 has user 40 of 40");
    p.user[4] = 0;
    p.item[5] = ITEMS;
    assert_stops_in(tt_evaluate, (&loss, &model, &p.ratings, on(1)), "rating 5 has item 60 of 60");
    assert_int_equal(test_allocations, asked_before);
    assert_true(loss == -1);
    tt_two_tower_free(&model);
}

static void ratings_without_users_or_items_stop(void **state)
{
    problem p;
    tt_two_tower model = trained_model(&p);
    float predictions[100];
    double loss;
    tt_ratings no_user = p.ratings, no_item = p.ratings;
    no_user.user = NULL;
    no_item.item = NULL;
    tt_fit_options without_user = {.validation = &no_user}, without_item = {.validation = &no_item};
    size_t asked_before = test_allocations;
    assert_stops_in(tt_predict, (predictions, &model, &no_user, on(1)),
                    "100 ratings, user is NULL");
    assert_stops_in(tt_predict, (predictions, &model, &no_item, on(1)),
                    "100 ratings, item is NULL");
    assert_stops_in(tt_evaluate, (&loss, &model, &no_user, on(1)), "100 ratings, user is NULL");
    assert_stops_in(tt_evaluate, (&loss, &model, &no_item, on(1)), "100 ratings, item is NULL");
    assert_stops_in(tt_fit, (&model, &no_user, NULL, NULL), "100 ratings, user is NULL");
    assert_stops_in(tt_fit, (&model, &no_item, NULL, NULL), "100 ratings, item is NULL");
    assert_stops_in(tt_fit, (&model, &p.ratings, &without_user, NULL),
                    "validation: 100 ratings, user is NULL");
    assert_stops_in(tt_fit, (&model, &p.ratings, &without_item, NULL),
                    "validation: 100 ratings, item is NULL");
    assert_int_equal(test_allocations, asked_before);
    tt_two_tower_free(&model);
}

/* The layers are public, so somebody may change them; what is no network then stops. */
static void no_layers(tt_sequential *tower)
{
    tower->depth = 0;
}

static void nine_layers(tt_sequential *tower)
{
    tower->depth = 9;
}

static void widths_that_do_not_chain(tt_sequential *tower)
{
    tower->layers[2].weights.rows--;
}

static void a_narrow_bias(tt_sequential *tower)
{
    tower->layers[1].bias.cols--;
}

static void a_bias_of_two_rows(tt_sequential *tower)
{
    tower->layers[1].bias.rows++;
}

static void no_inputs(tt_sequential *tower)
{
    tower->layers[0].weights.rows = 0;
}

static void no_outputs(tt_sequential *tower)
{
    tower->layers[3].weights.cols = tower->layers[3].bias.cols = 0;
}

static void one_output_less(tt_sequential *tower)
{
    tower->layers[3].weights.cols--;
    tower->layers[3].bias.cols--;
}

static const struct {
    void (*change)(tt_sequential *tower);
    const char *complaint;
} broken[] = {{no_layers, "a network of 0 layers"},
              {nine_layers, "a network of 9 layers"},
              {widths_that_do_not_chain, "weights of layer 2 are 32x9, inputs are 33"},
              {a_narrow_bias, "bias of layer 1 is 1x32, weights are 20x33"},
              {a_bias_of_two_rows, "bias of layer 1 is 2x33, weights are 20x33"},
              {no_inputs, "weights of layer 0 are 0x20, inputs are 0"},
              {no_outputs, "weights of layer 3 are 9x0, inputs are 9"}};

static void assert_refused_by_functions_of_networks(const tt_sequential *tower, tt_matrix features,
                                                    const char *complaint)
{
    float vectors[ITEMS * 3];
    tt_matrix out = tt_matrix_of(vectors, features.rows, 3);
    assert_stops_in(tt_sequential_forward, (out, tower, features), complaint);
    assert_stops_in(tt_embed, (out, tower, features, on(1)), complaint);
}

static void assert_refused_by_functions_of_models(tt_two_tower *model, const tt_ratings *ratings,
                                                  const char *complaint)
{
    float predictions[100];
    double loss;
    assert_stops_in(tt_predict, (predictions, model, ratings, on(1)), complaint);
    assert_stops_in(tt_evaluate, (&loss, model, ratings, on(1)), complaint);
    assert_stops_in(tt_fit, (model, ratings, NULL, NULL), complaint);
}

static void assert_refused_by_recommend(const tt_two_tower *model, const tt_ratings *ratings,
                                        const char *complaint)
{
    float vectors[ITEMS * 3] = {0}, prediction;
    uint32_t item;
    size_t found;
    tt_matrix user = tt_matrix_rows(ratings->users, 0, 1), items = tt_matrix_of(vectors, ITEMS, 3);
    assert_stops_in(tt_recommend, (&item, &prediction, &found, 1, model, user, items, NULL),
                    complaint);
}

/* Whichever tower it is, in the name of what was called, and before anything is allocated. */
static void networks_that_were_changed_into_none_stop(void **state)
{
    problem p;
    tt_two_tower model = trained_model(&p);
    tt_sequential *const towers[] = {&model.user, &model.item};
    size_t asked_before = test_allocations;
    for (size_t c = 0; c < COUNT(broken); c++)
        for (size_t t = 0; t < 2; t++) {
            tt_sequential whole = *towers[t];
            tt_dense layers[4];
            memcpy(layers, whole.layers, sizeof layers);
            broken[c].change(towers[t]);
            tt_matrix features = t == 0 ? p.ratings.users : p.ratings.items;
            assert_refused_by_functions_of_networks(towers[t], features, broken[c].complaint);
            assert_refused_by_functions_of_models(&model, &p.ratings, broken[c].complaint);
            if (t == 0) assert_refused_by_recommend(&model, &p.ratings, broken[c].complaint);
            *towers[t] = whole;
            memcpy(whole.layers, layers, sizeof layers);
        }
    one_output_less(&model.item);
    assert_refused_by_functions_of_models(&model, &p.ratings, "the towers have 3 and 2 outputs");
    assert_int_equal(test_allocations, asked_before);
    tt_two_tower_free(&model);
}

/* Memory --------------------------------------------------------------------------------------- */

static void freeing_nothing_is_harmless_as_is_freeing_twice(void **state)
{
    double numbers[] = {1, 2};
    problem p;
    tt_two_tower model = trained_model(&p);
    tt_history history = fit(&model, &p.ratings, NULL);
    tt_standard_scaler standard = fit_standard(tt_table_of(numbers, 2, 1), NULL);
    tt_minmax_scaler minmax = fit_minmax(tt_table_of(numbers, 2, 1), 0, 1);
    assert_frees(tt_standard_free, tt_standard_scaler, standard);
    assert_frees(tt_minmax_free, tt_minmax_scaler, minmax);
    assert_frees(tt_history_free, tt_history, history);
    assert_frees(tt_two_tower_free, tt_two_tower, model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* Making one */
        test(model_has_the_notebooks_shape_by_default),
        test(model_has_the_shape_that_is_asked_for),
        test(model_is_determined_by_its_seed),
        test(model_keeps_copies_of_scalers_and_names),
        test(model_reports_missing_memory),
        test(model_stops_on_scalers_of_the_wrong_width),
        /* Embedding, predicting, evaluating */
        test(model_embeds_as_the_formula_says),
        test(model_predicts_the_dot_product_of_the_embeddings),
        test(model_embeds_a_row_alone_as_in_any_batch),
        test(model_predicts_the_same_bits_with_any_number_of_threads),
        test(model_evaluates_to_the_mean_squared_error),
        test(model_refuses_to_embed_what_is_not_finite),
        test(model_prediction_reports_missing_memory),
        /* Mistakes */
        test(model_stops_on_wrong_indices_and_shapes),
        test(model_evaluation_stops_in_its_own_name),
        test(ratings_without_users_or_items_stop),
        test(networks_that_were_changed_into_none_stop),
        /* Memory */
        test(freeing_nothing_is_harmless_as_is_freeing_twice),
    };
    return cmocka_run_group_tests_name("11_towers", tests, NULL, NULL);
}
