/* The tests of §B, errors: their texts, mistakes that stop, and what the world does to a program
   that saves: a process that is killed, links and folders that can't be written to. */

#include "tests/unit/test.h"
#include "tests/unit/folder.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static void every_error_has_a_text_of_its_own(void **state)
{
    assert_string_equal(tt_error_text(TT_OK), "no error");
    assert_string_equal(tt_error_text(TT_ERROR_MEMORY), "out of memory");
    for (int a = TT_OK; a <= TT_ERROR_NOT_FINITE; a++) {
        assert_true(strlen(tt_error_text((tt_error)a)) > 5);
        assert_string_not_equal(tt_error_text((tt_error)a), "an unknown error");
        for (int b = TT_OK; b < a; b++)
            assert_string_not_equal(tt_error_text((tt_error)a), tt_error_text((tt_error)b));
    }
    assert_string_equal(tt_error_text((tt_error)(TT_ERROR_NOT_FINITE + 1)), "an unknown error");
    assert_string_equal(tt_error_text((tt_error)-1), "an unknown error");
}

static void a_mistake_names_function_shapes_and_expectation(void **state)
{
    tt_matrix X = random_matrix(2, 3), W = random_matrix(4, 5), Y = garbage_matrix(2, 5);
    assert_stops(tt_matmul(Y, X, W), "X is 2x3, W is 4x5");
    assert_string_equal(test_message, "tt_matmul: X is 2x3, W is 4x5 (expected X.cols == W.rows)");
}

static tt_var a_graph(tt_tape *tape, void *context)
{
    return tt_tape_constant(tape, tt_matrix_of(NULL, 0, 0));
}

/* NULL where something must be: the call, and the argument that it must name. */
#define NULL_CASES(X)                                                                              \
    X(tt_random_seed, (NULL, 1), random)                                                           \
    X(tt_random_uint32, (NULL), random)                                                            \
    X(tt_random_sample, (NULL), random)                                                            \
    X(tt_random_uniform, (NULL, 0, 1), random)                                                     \
    X(tt_random_shuffle, (NULL, NULL, 0), random)                                                  \
    X(tt_random_shuffle, (&random, NULL, 2), indices)                                              \
    X(tt_random_permutation, (NULL, NULL, 0), random)                                              \
    X(tt_random_permutation, (&random, NULL, 2), indices)                                          \
    X(tt_matrix_new, (NULL, 2, 3), array)                                                          \
    X(tt_table_new, (NULL, 2, 3), array)                                                           \
    X(tt_matrix_from_table, (NULL, table), matrix)                                                 \
    X(tt_matrix_gather, (m, m, NULL), rows)                                                        \
    X(tt_table_gather, (table, tt_table_rows(table, 0, 1), NULL), rows)                            \
    X(tt_sequential_new, (NULL, widths, 1, true, &random), network)                                \
    X(tt_sequential_new, (&network, NULL, 1, true, &random), widths)                               \
    X(tt_sequential_new, (&network, widths, 1, true, NULL), random)                                \
    X(tt_sequential_copy, (NULL, &network), copy)                                                  \
    X(tt_sequential_copy, (&network, NULL), network)                                               \
    X(tt_sequential_parameters, (NULL), network)                                                   \
    X(tt_sequential_forward, (m, NULL, m), network)                                                \
    X(tt_tape_reset, (NULL), tape)                                                                 \
    X(tt_tape_constant, (NULL, m), tape)                                                           \
    X(tt_tape_parameter, (NULL, m), tape)                                                          \
    X(tt_tape_value, (NULL, 0), tape)                                                              \
    X(tt_tape_gradient, (NULL, 0), tape)                                                           \
    X(tt_tape_backward, (NULL, 0), tape)                                                           \
    X(tt_tape_matmul, (NULL, 0, 0), tape)                                                          \
    X(tt_tape_bias, (NULL, 0, 0), tape)                                                            \
    X(tt_tape_add, (NULL, 0, 0), tape)                                                             \
    X(tt_tape_subtract, (NULL, 0, 0), tape)                                                        \
    X(tt_tape_multiply, (NULL, 0, 0), tape)                                                        \
    X(tt_tape_scale, (NULL, 0, 2), tape)                                                           \
    X(tt_tape_relu, (NULL, 0), tape)                                                               \
    X(tt_tape_l2_normalize, (NULL, 0), tape)                                                       \
    X(tt_tape_row_dot, (NULL, 0, 0), tape)                                                         \
    X(tt_tape_mean, (NULL, 0), tape)                                                               \
    X(tt_tape_mse, (NULL, 0, 0), tape)                                                             \
    X(tt_tape_tanh, (NULL, 0), tape)                                                               \
    X(tt_tape_sigmoid, (NULL, 0), tape)                                                            \
    X(tt_tape_logistic_loss, (NULL, 0, 0), tape)                                                   \
    X(tt_tape_softmax_loss, (NULL, 0, 0), tape)                                                    \
    X(tt_tape_dense, (&tape, 0, NULL), layer)                                                      \
    X(tt_tape_sequential, (&tape, 0, NULL), network)                                               \
    X(tt_check_gradients, (NULL, a_graph, NULL, &m, 1), result)                                    \
    X(tt_check_gradients, (&check, NULL, NULL, &m, 1), graph)                                      \
    X(tt_check_gradients, (&check, a_graph, NULL, NULL, 1), parameters)                            \
    X(tt_adam_new, (NULL, NULL), adam)                                                             \
    X(tt_adam_step, (NULL, &tape), adam)                                                           \
    X(tt_adam_step, (&adam, NULL), tape)                                                           \
    X(tt_sgd_step, (NULL, 1), tape)                                                                \
    X(tt_standard_fit, (NULL, table, NULL), scaler)                                                \
    X(tt_standard_transform, (table, table, NULL), scaler)                                         \
    X(tt_standard_inverse, (table, table, NULL), scaler)                                           \
    X(tt_minmax_fit, (NULL, table, NULL, 0, 1), scaler)                                            \
    X(tt_minmax_transform, (table, table, NULL), scaler)                                           \
    X(tt_minmax_inverse, (table, table, NULL), scaler)                                             \
    X(tt_train_test_split, (NULL, i, 2, 0.5, 1), train)                                            \
    X(tt_train_test_split, (i, NULL, 2, 0.5, 1), test)                                             \
    X(tt_two_tower_new, (NULL, 2, 2, NULL), model)                                                 \
    X(tt_two_tower_new, (&model, 2, 1, &of_user), the name of feature 1)                           \
    X(tt_two_tower_new, (&model, 1, 2, &of_item), the name of feature 1)                           \
    X(tt_embed, (m, NULL, m, NULL), tower)                                                         \
    X(tt_predict, (NULL, &model, &ratings, NULL), predictions)                                     \
    X(tt_predict, (y, NULL, &ratings, NULL), model)                                                \
    X(tt_predict, (y, &model, NULL, NULL), ratings)                                                \
    X(tt_evaluate, (NULL, &model, &ratings, NULL), loss)                                           \
    X(tt_evaluate, (&loss, NULL, &ratings, NULL), model)                                           \
    X(tt_evaluate, (&loss, &model, NULL, NULL), ratings)                                           \
    X(tt_fit, (NULL, &ratings, NULL, NULL), model)                                                 \
    X(tt_fit, (&model, NULL, NULL, NULL), ratings)                                                 \
    X(tt_sequential_fit, (NULL, &adam, &random, &examples, NULL, NULL), network)                   \
    X(tt_sequential_fit, (&network, NULL, &random, &examples, NULL, NULL), adam)                   \
    X(tt_sequential_fit, (&network, &adam, NULL, &examples, NULL, NULL), random)                   \
    X(tt_sequential_fit, (&network, &adam, &random, NULL, NULL, NULL), examples)                   \
    X(tt_nearest, (NULL, y, m, m, NULL, NULL), nearest)                                            \
    X(tt_nearest, (i, NULL, m, m, NULL, NULL), distance)                                           \
    X(tt_top_k, (i, 1, NULL, 2, NULL), scores)                                                     \
    X(tt_top_k, (NULL, 1, x, 2, NULL), best)                                                       \
    X(tt_recommend, (NULL, y, &n, 1, &model, m, m, NULL), items)                                   \
    X(tt_recommend, (i, NULL, &n, 1, &model, m, m, NULL), predictions)                             \
    X(tt_recommend, (i, y, NULL, 1, &model, m, m, NULL), found)                                    \
    X(tt_recommend, (i, y, &n, 1, NULL, m, m, NULL), model)

static void nothing_where_something_must_be_stops(void **state)
{
    const size_t widths[] = {2, 2};
    const char *names[] = {"one", NULL};
    float x[] = {1, 2}, y[2];
    double numbers[] = {1, 2}, loss;
    uint32_t i[] = {0, 0};
    size_t n;
    tt_random random;
    tt_random_seed(&random, 1);
    tt_matrix m = tt_matrix_of(x, 2, 1);
    tt_table table = tt_table_of(numbers, 2, 1);
    tt_sequential network = {0, NULL, false, NULL};
    tt_tape tape = {0};
    tt_adam adam;
    tt_adam_new(&adam, NULL);
    tt_gradient_check check;
    tt_two_tower model;
    memset(&model, 0, sizeof model);
    tt_ratings ratings = {m, m, i, i, x, NULL, 2};
    tt_examples examples = {m, m};
    tt_two_tower_options of_user = {.user_feature_names = names};
    tt_two_tower_options of_item = {.item_feature_names = names};

#define STOPS(function, arguments, argument) assert_refuses_null(function, arguments, argument);
    NULL_CASES(STOPS)
    tt_matrix_gather(tt_matrix_rows(m, 0, 0), m, NULL); /* no rows need no names */
    assert_int_equal(test_allocations, 0);
}

/* Two whole models that a file may be. */
static void make_models(tt_two_tower models[2])
{
    for (uint32_t m = 0; m < 2; m++) {
        tt_two_tower_options options;
        memset(&options, 0, sizeof options);
        options.hidden[0] = 40 + 10 * m; /* of other sizes */
        options.embedding = 8;
        options.seed = m;
        assert_int_equal(tt_two_tower_new(&models[m], 16, 18, &options), TT_OK);
    }
}

/* A child that saves one model and the other in turn, until it is killed. */
static pid_t start_saving(const tt_two_tower models[2])
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) return child;
    for (size_t i = 0;; i++)
        if (tt_save(&models[i % 2], "m.safetensors", NULL)) _exit(1);
}

/* §16: a real SIGKILL, at a random moment. */
static void killed_while_saving(void **state)
{
    enum { KILLS = 200 };
    tt_two_tower models[2];
    bytes whole[2];
    size_t found[2] = {0, 0}, unfinished = 0;
    make_models(models);
    for (int m = 0; m < 2; m++) {
        assert_int_equal(tt_save(&models[m], "m.safetensors", NULL), TT_OK);
        whole[m] = read_file("m.safetensors");
    }
    for (int kills = 0; kills < KILLS; kills++) {
        int status = 0;
        pid_t child = start_saving(models);
        struct timespec delay = {0, 1000000 + (long)((test_random() + 1) * 5e6f)};
        nanosleep(&delay, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

        unfinished += exists("m.safetensors.part");
        bytes now = read_file("m.safetensors");
        int which = now.size == whole[1].size;
        assert_file_is("m.safetensors", whole[which]);
        free(now.data);
        tt_two_tower loaded;
        assert_int_equal(tt_load(&loaded, "m.safetensors", NULL), TT_OK);
        assert_int_equal(loaded.user.layers[0].weights.cols, 40 + 10 * which);
        tt_two_tower_free(&loaded);
        found[which]++;
    }
    print_message("%d kills, %zu of them in the middle of a file; then the one model stood there "
                  "%zu times, the other %zu times\n",
                  KILLS, unfinished, found[0], found[1]);
    assert_true(unfinished > 0 && found[0] > 0 && found[1] > 0);
    for (int m = 0; m < 2; m++) {
        free(whole[m].data);
        tt_two_tower_free(&models[m]);
    }
}

/* §16: the link becomes the file; what it pointed to stays. */
static void saving_over_a_symbolic_link(void **state)
{
    tt_two_tower models[2], loaded;
    struct stat about;
    make_models(models);
    write_file("target", BYTES("an old file"));
    bytes old = read_file("target");
    assert_int_equal(symlink("target", "link"), 0);
    assert_int_equal(tt_save(&models[0], "link", NULL), TT_OK);
    assert_file_is("target", old);
    assert_true(lstat("link", &about) == 0 && S_ISREG(about.st_mode));
    assert_int_equal(tt_load(&loaded, "link", NULL), TT_OK);
    tt_two_tower_free(&loaded);
    free(old.data);
    for (int m = 0; m < 2; m++) tt_two_tower_free(&models[m]);
}

/* §16: in a child, since root may write everywhere, and must become somebody else first. */
static void saving_in_a_folder_that_is_read_only(void **state)
{
    tt_two_tower models[2];
    int status = 0;
    make_models(models);
    assert_int_equal(mkdir("closed", 0755), 0);
    write_file("closed/old", BYTES("an old file"));
    bytes old = read_file("closed/old");
    assert_int_equal(chmod("closed", 0555), 0);
    assert_int_equal(chmod(".", 0755), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0) _exit(3);
        _exit(tt_save(&models[0], "closed/old", NULL) != TT_ERROR_OPEN ||
              tt_save(&models[0], "closed/new", NULL) != TT_ERROR_OPEN);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_file_is("closed/old", old);
    assert_false(exists("closed/new") || exists("closed/old.part"));
    assert_int_equal(chmod("closed", 0755), 0);
    free(old.data);
    for (int m = 0; m < 2; m++) tt_two_tower_free(&models[m]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_error_has_a_text_of_its_own),
        test(a_mistake_names_function_shapes_and_expectation),
        test(nothing_where_something_must_be_stops),
        test(killed_while_saving),
        test(saving_over_a_symbolic_link),
        test(saving_in_a_folder_that_is_read_only),
    };
    return cmocka_run_group_tests_name("B_errors", tests, enter_folder, leave_folder);
}
