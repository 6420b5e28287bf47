/* The tests of §C, memory: every function that needs memory, with each of its allocations refused
   in turn.  (Those of the files are tested with the files: §15 and on.) */

#include "tests/unit/test.h"
#include "tests/unit/folder.h"
#include "tests/unit/models.h"

/* What the attempts work on. */
typedef struct stage {
    problem p;
    tt_two_tower model;
    bytes saved; /* the model's file */
    tt_fit_options fit;
    double loss; /* of the ratings */
} stage;

static void set_stage(stage *s)
{
    memset(s, 0, sizeof *s);
    make_problem(&s->p, USER_INPUTS, ITEM_INPUTS, RATINGS);
    make_trained(&s->model, true);
    assert_int_equal(tt_save(&s->model, "m.safetensors", NULL), TT_OK);
    s->saved = read_file("m.safetensors");
    assert_int_equal(tt_evaluate(&s->loss, &s->model, &s->p.ratings, on(1)), TT_OK);
}

static void clear_stage(stage *s)
{
    tt_two_tower_free(&s->model);
    free(s->saved.data);
}

/* An attempt to make something; what can't be made is left as it was. */
#define MAKES(name, type, call, release)                                                           \
    static tt_error name(void *context)                                                            \
    {                                                                                              \
        type made;                                                                                 \
        memset(&made, 0x5A, sizeof made);                                                          \
        tt_error error = call;                                                                     \
        grant_memory();                                                                            \
        if (error)                                                                                 \
            assert_untouched(&made, 0x5A, sizeof made);                                            \
        else                                                                                       \
            release(&made);                                                                        \
        return error;                                                                              \
    }

MAKES(try_table, tt_table, tt_table_new(&made, 3, 4), tt_table_free)
MAKES(try_matrix_from_table, tt_matrix, tt_matrix_from_table(&made, *(tt_table *)context),
      tt_matrix_free)
MAKES(try_standard_fit, tt_standard_scaler, tt_standard_fit(&made, *(tt_table *)context, NULL),
      tt_standard_free)
MAKES(try_minmax_fit, tt_minmax_scaler, tt_minmax_fit(&made, *(tt_table *)context, NULL, -1, 1),
      tt_minmax_free)
MAKES(try_new, tt_two_tower, make_model(&made, true), tt_two_tower_free)

static void a_new_model_without_memory(void **state)
{
    assert_true(refuse_each(try_new, NULL) >= 20);
}

/* §12: one epoch that fails leaves the model as it was, to the bit. */
static tt_error try_one_epoch(void *context)
{
    stage *s = (stage *)context;
    tt_history history;
    memset(&history, 0x5A, sizeof history);
    s->fit.epochs = 1;
    s->fit.history = &history;
    tt_error error = tt_fit(&s->model, &s->p.ratings, &s->fit, on(1));
    grant_memory();
    if (error) {
        assert_untouched(&history, 0x5A, sizeof history);
        assert_int_equal(tt_save(&s->model, "after", NULL), TT_OK);
        assert_file_is("after", s->saved);
        return error;
    }
    tt_history_free(&history);
    tt_two_tower_free(&s->model); /* back to the start for the next round */
    assert_int_equal(tt_load(&s->model, "m.safetensors", NULL), TT_OK);
    return error;
}

/* §12: of several epochs those before the failure may stay; the model works in any case. */
static tt_error try_many_epochs(void *context)
{
    stage *s = (stage *)context;
    tt_history history;
    float predictions[RATINGS];
    memset(&history, 0x5A, sizeof history);
    s->fit.epochs = 3;
    s->fit.validation_split = 0.2;
    s->fit.patience = 5;
    s->fit.history = &history;
    tt_error error = tt_fit(&s->model, &s->p.ratings, &s->fit, on(1));
    s->fit.history = NULL;
    grant_memory();
    if (error)
        assert_untouched(&history, 0x5A, sizeof history);
    else
        tt_history_free(&history);
    predict(predictions, &s->model);
    for (size_t k = 0; k < RATINGS; k++) assert_true(isfinite(predictions[k]));
    assert_int_equal(tt_fit(&s->model, &s->p.ratings, &s->fit, NULL), TT_OK);
    return error;
}

static void training_without_memory(void **state)
{
    tt_engine engines[] = {TT_ENGINE_TAPE, TT_ENGINE_FASTEST};
    for (size_t e = 0; e < 2; e++) {
        stage s;
        set_stage(&s);
        s.fit.engine = engines[e];
        assert_true(refuse_each(try_one_epoch, &s) >= 4);
        assert_true(refuse_each(try_many_epochs, &s) >= 4);
        clear_stage(&s);
    }
}

/* §11 */
static tt_error try_predict(void *context)
{
    stage *s = (stage *)context;
    float predictions[RATINGS];
    memset(predictions, 0x5A, sizeof predictions);
    tt_error error = tt_predict(predictions, &s->model, &s->p.ratings, on(1));
    grant_memory();
    if (error) assert_untouched(predictions, 0x5A, sizeof predictions);
    return error;
}

static tt_error try_evaluate(void *context)
{
    stage *s = (stage *)context;
    double loss = -77;
    tt_error error = tt_evaluate(&loss, &s->model, &s->p.ratings, on(1));
    grant_memory();
    assert_true(loss == (error ? -77 : s->loss));
    return error;
}

static tt_error try_embed(void *context)
{
    stage *s = (stage *)context;
    float vectors[ITEMS * 5];
    memset(vectors, 0x5A, sizeof vectors);
    tt_error error =
        tt_embed(tt_matrix_of(vectors, ITEMS, 5), &s->model.item, s->p.ratings.items, on(2));
    grant_memory();
    if (error) assert_untouched(vectors, 0x5A, sizeof vectors);
    return error;
}

/* §5 */
static tt_error try_forward(void *context)
{
    stage *s = (stage *)context;
    float vectors[ITEMS * 5];
    memset(vectors, 0x5A, sizeof vectors);
    tt_error error =
        tt_sequential_forward(tt_matrix_of(vectors, ITEMS, 5), &s->model.item, s->p.ratings.items);
    grant_memory();
    if (error) assert_untouched(vectors, 0x5A, sizeof vectors);
    return error;
}

/* §13 */
static tt_error try_nearest(void *context)
{
    stage *s = (stage *)context;
    uint32_t nearest[ITEMS * 3];
    float distance[ITEMS * 3];
    tt_neighbour_options options = {.k = 3, .exclude_self = true};
    memset(nearest, 0x5A, sizeof nearest);
    memset(distance, 0x5A, sizeof distance);
    tt_error error =
        tt_nearest(nearest, distance, s->p.ratings.items, s->p.ratings.items, &options, on(1));
    grant_memory();
    if (error) {
        assert_untouched(nearest, 0x5A, sizeof nearest);
        assert_untouched(distance, 0x5A, sizeof distance);
    }
    return error;
}

static tt_error try_recommend(void *context)
{
    stage *s = (stage *)context;
    uint32_t items[4];
    float predictions[4], vectors[ITEMS * 5];
    size_t found = 77;
    for (size_t i = 0; i < ITEMS * 5; i++) vectors[i] = (float)i;
    memset(items, 0x5A, sizeof items);
    memset(predictions, 0x5A, sizeof predictions);
    tt_error error = tt_recommend(items, predictions, &found, 4, &s->model,
                                  tt_matrix_rows(s->p.ratings.users, 3, 1),
                                  tt_matrix_of(vectors, ITEMS, 5), NULL);
    grant_memory();
    if (error) {
        assert_untouched(items, 0x5A, sizeof items);
        assert_untouched(predictions, 0x5A, sizeof predictions);
    }
    assert_int_equal(found, error ? 77 : 4);
    return error;
}

/* §10 */
static tt_error try_split(void *context)
{
    uint32_t train_rows[8], test_rows[2];
    memset(train_rows, 0x5A, sizeof train_rows);
    memset(test_rows, 0x5A, sizeof test_rows);
    tt_error error = tt_train_test_split(train_rows, test_rows, 10, 0.8, 1);
    grant_memory();
    if (error) {
        assert_untouched(train_rows, 0x5A, sizeof train_rows);
        assert_untouched(test_rows, 0x5A, sizeof test_rows);
    }
    return error;
}

/* §7: the mean squared length of relu(X W + b), which needs a block of the tape and its list. */
static tt_var small_graph(tt_tape *tape, void *context)
{
    const tt_matrix *m = (const tt_matrix *)context;
    tt_var x = tt_tape_constant(tape, m[2]), w = tt_tape_parameter(tape, m[0]);
    tt_var b = tt_tape_parameter(tape, m[1]);
    tt_var y = tt_tape_relu(tape, tt_tape_bias(tape, tt_tape_matmul(tape, x, w), b));
    return tt_tape_mean(tape, tt_tape_multiply(tape, y, y));
}

static tt_error try_check_gradients(void *context)
{
    float w[] = {1, -2, 3, 4, 5, -6}, b[] = {0.5f, 1}, x[] = {1, 2, 3, -1, 0.5f, 2};
    float w_before[6], b_before[2];
    tt_matrix m[] = {tt_matrix_of(w, 3, 2), tt_matrix_of(b, 1, 2), tt_matrix_of(x, 2, 3)};
    tt_gradient_check result;
    memset(&result, 0x5A, sizeof result);
    memcpy(w_before, w, sizeof w);
    memcpy(b_before, b, sizeof b);
    tt_error error = tt_check_gradients(&result, small_graph, m, m, 2);
    grant_memory();
    assert_bits_equal(w, w_before, 6);
    assert_bits_equal(b, b_before, 2);
    if (error)
        assert_untouched(&result, 0x5A, sizeof result);
    else
        assert_true(result.compared > 4 && result.largest_error < 1e-3);
    return error;
}

static void all_other_functions_without_memory(void **state)
{
    stage s;
    set_stage(&s);
    double numbers[] = {1, 2, 3, 4, 5, 7};
    tt_table table = tt_table_of(numbers, 3, 2);
    refuse_each(try_predict, &s);
    refuse_each(try_evaluate, &s);
    refuse_each(try_embed, &s);
    refuse_each(try_forward, &s);
    refuse_each(try_nearest, &s);
    refuse_each(try_recommend, &s);
    refuse_each(try_standard_fit, &table);
    refuse_each(try_minmax_fit, &table);
    refuse_each(try_table, NULL);
    refuse_each(try_matrix_from_table, &table);
    refuse_each(try_split, NULL);
    refuse_each(try_check_gradients, NULL);
    clear_stage(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_new_model_without_memory),
        test(training_without_memory),
        test(all_other_functions_without_memory),
    };
    return cmocka_run_group_tests_name("memory", tests, enter_folder, leave_folder);
}
