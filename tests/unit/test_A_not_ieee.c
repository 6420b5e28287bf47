/* Where arithmetic is not IEEE 754's, no model is made, loaded or trained (§A).

   The self-test of twotower.h halves the smallest normal number.  Here that is a variable: with the
   smallest denormal in its place the half is 0, as if denormals were flushed in every mode. */

#include <float.h>

static float smallest_normal = FLT_MIN;
static const float ordinary = FLT_MIN, flushed = 1e-45f;
#undef FLT_MIN
#define FLT_MIN smallest_normal

#include "tests/unit/test.h"
#include "tests/unit/folder.h"

static const char complaint[] = "this build's floating-point arithmetic does not follow IEEE 754";

static float users[] = {1, 0, 0, 1}, items[] = {1, 0, 0, 1, 1, 1}, targets[] = {1, -1, 0.5f};
static uint32_t user[] = {0, 1, 1}, item[] = {0, 1, 2};

static tt_ratings three_ratings(void)
{
    tt_ratings ratings = {tt_matrix_of(users, 2, 2), tt_matrix_of(items, 3, 2), user, item, targets,
                          NULL, 3};
    return ratings;
}

static const tt_two_tower_options small = {.hidden = {4}, .embedding = 2, .seed = 1};

static tt_two_tower small_model(void)
{
    tt_two_tower model;
    smallest_normal = ordinary;
    assert_int_equal(tt_two_tower_new(&model, 2, 2, &small), TT_OK);
    return model;
}

static void the_self_test_sees_what_is_flushed(void **state)
{
    (void)state;
    smallest_normal = ordinary;
    assert_true(tt__machine_is_ieee());
    smallest_normal = flushed;
    assert_false(tt__machine_is_ieee());
}

static void no_model_is_made(void **state)
{
    (void)state;
    tt_two_tower model, before;
    memset(&model, 0x5A, sizeof model);
    memset(&before, 0x5A, sizeof before);
    smallest_normal = flushed;
    assert_int_equal(tt_two_tower_new(&model, 2, 2, &small), TT_ERROR_ARITHMETIC);
    assert_memory_equal(&model, &before, sizeof model);
}

static void no_model_is_loaded(void **state)
{
    (void)state;
    tt_two_tower model = small_model(), before;
    tt_message why = {""};
    char expected[200];
    snprintf(expected, sizeof expected, "m.safetensors: %s", complaint);
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    tt_two_tower_free(&model);
    memset(&model, 0x5A, sizeof model);
    memset(&before, 0x5A, sizeof before);
    smallest_normal = flushed;
    assert_int_equal(tt_load(&model, "m.safetensors", &why), TT_ERROR_ARITHMETIC);
    assert_string_equal(why.text, expected);
    assert_int_equal(tt_load(&model, "m.safetensors", NULL), TT_ERROR_ARITHMETIC);
    assert_memory_equal(&model, &before, sizeof model);
}

/* All that training changes lies in blocks: parameters first, then each parameter's moments. */
static void assert_same_numbers(const tt_two_tower *a, const tt_two_tower *b)
{
    assert_bits_equal(a->user.layers[0].weights.data, b->user.layers[0].weights.data,
                      tt_sequential_parameters(&a->user));
    assert_bits_equal(a->item.layers[0].weights.data, b->item.layers[0].weights.data,
                      tt_sequential_parameters(&a->item));
    for (size_t i = 0; i < a->adam.count; i++) {
        tt_matrix m = a->adam.moments[i].m, v = a->adam.moments[i].v;
        assert_bits_equal(m.data, b->adam.moments[i].m.data, m.rows * m.cols);
        assert_bits_equal(v.data, b->adam.moments[i].v.data, v.rows * v.cols);
    }
}

static void no_model_is_trained(void **state)
{
    (void)state;
    tt_two_tower model = small_model(), twin = small_model();
    tt_ratings ratings = three_ratings();
    tt_run run = {0};
    tt_history history, history_before;
    tt_fit_options options = {
        .epochs = 2, .validation_split = 0.4, .patience = 1, .history = &history};
    char expected[200];
    snprintf(expected, sizeof expected, "tt_fit: %s", complaint);
    memset(&history, 0x5A, sizeof history);
    memset(&history_before, 0x5A, sizeof history_before);
    assert_int_equal(tt_fit(&model, &ratings, NULL, NULL), TT_OK);
    assert_int_equal(tt_fit(&twin, &ratings, NULL, NULL), TT_OK);
    tt_two_tower before = model;

    smallest_normal = flushed;
    assert_int_equal(tt_fit(&model, &ratings, &options, &run), TT_ERROR_ARITHMETIC);
    assert_string_equal(run.why.text, expected);
    assert_int_equal(tt_fit(&model, &ratings, NULL, NULL), TT_ERROR_ARITHMETIC);
    assert_memory_equal(&history, &history_before, sizeof history);
    assert_memory_equal(&model, &before, sizeof model);
    assert_same_numbers(&model, &twin);
    assert_int_equal(model.epochs, 1);
    tt_two_tower_free(&model);
    tt_two_tower_free(&twin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_self_test_sees_what_is_flushed),
        test(no_model_is_made),
        test(no_model_is_loaded),
        test(no_model_is_trained),
    };
    return cmocka_run_group_tests_name("arithmetic", tests, enter_folder, leave_folder);
}
