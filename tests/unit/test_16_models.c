/* The tests of §16, model files.  tests/unit/check_python.sh shows the same with Python on
   the other side; tests/unit/test_B_errors.c kills programs that save. */

#include <stdbool.h>
#include <stdio.h>

/* A rename that can be made to fail: no file system does so when it is asked to. */
static bool refuse_rename;
static int test_rename(const char *from, const char *to)
{
    return refuse_rename ? -1 : rename(from, to);
}
#define rename test_rename

#define TEST_IMPLEMENTATION
#include "tests/unit/models.h"
#include "tests/unit/folder.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void assert_same_matrix(tt_matrix a, tt_matrix b)
{
    assert_int_equal(a.rows, b.rows);
    assert_int_equal(a.cols, b.cols);
    for (size_t r = 0; r < a.rows; r++)
        assert_bits_equal(a.data + r * a.stride, b.data + r * b.stride, a.cols);
}

static void assert_same_network(const tt_sequential *a, const tt_sequential *b)
{
    assert_int_equal(a->depth, b->depth);
    assert_true(a->normalize == b->normalize);
    for (size_t l = 0; l < a->depth; l++) {
        assert_int_equal(a->layers[l].activation, b->layers[l].activation);
        assert_same_matrix(a->layers[l].weights, b->layers[l].weights);
        assert_same_matrix(a->layers[l].bias, b->layers[l].bias);
    }
}

static void assert_same_names(char **a, char **b, size_t n)
{
    assert_true(!a == !b);
    for (size_t i = 0; i < n && a; i++) assert_string_equal(a[i], b[i]);
}

static void assert_same_standard(const tt_standard_scaler *a, const tt_standard_scaler *b)
{
    assert_int_equal(a->columns, b->columns);
    if (!a->columns) return;
    assert_memory_equal(a->mean, b->mean, a->columns * sizeof(double));
    assert_memory_equal(a->scale, b->scale, a->columns * sizeof(double));
}

static void assert_same_adam(const tt_adam *a, const tt_adam *b)
{
    assert_memory_equal(&a->options, &b->options, sizeof a->options);
    assert_true(a->steps == b->steps);
    assert_true(a->beta1_power == b->beta1_power && a->beta2_power == b->beta2_power);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_same_matrix(a->moments[i].m, b->moments[i].m);
        assert_same_matrix(a->moments[i].v, b->moments[i].v);
    }
}

/* Everything in a model: all that training or predicting could ever read. */
static void assert_same_model(const tt_two_tower *a, const tt_two_tower *b)
{
    assert_same_network(&a->user, &b->user);
    assert_same_network(&a->item, &b->item);
    assert_same_adam(&a->adam, &b->adam);
    assert_memory_equal(&a->random, &b->random, sizeof a->random);
    assert_int_equal(a->seed, b->seed);
    assert_true(a->epochs == b->epochs);
    assert_same_standard(&a->user_scaler, &b->user_scaler);
    assert_same_standard(&a->item_scaler, &b->item_scaler);
    assert_int_equal(a->target_scaler.columns, b->target_scaler.columns);
    if (a->target_scaler.columns) {
        assert_true(*a->target_scaler.min == *b->target_scaler.min);
        assert_true(*a->target_scaler.max == *b->target_scaler.max);
        assert_true(a->target_scaler.low == b->target_scaler.low);
        assert_true(a->target_scaler.high == b->target_scaler.high);
    }
    assert_same_names(a->user_feature_names, b->user_feature_names, USER_INPUTS);
    assert_same_names(a->item_feature_names, b->item_feature_names, ITEM_INPUTS);
}

/* Saves a model, loads it, compares, and returns what was loaded. */
static tt_two_tower saved_and_loaded(const tt_two_tower *model)
{
    tt_two_tower loaded = {0};
    tt_run run = {0, {"untouched"}};
    tt_error error = tt_save(model, "m.safetensors", &run);
    if (!error) error = tt_load(&loaded, "m.safetensors", &run);
    assert_case(!error, "saving and loading", "%s", run.why.text);
    assert_string_equal(run.why.text, "untouched");
    assert_same_model(model, &loaded);
    return loaded;
}

/* §16 */
static void a_loaded_model_is_the_saved_one(void **state)
{
    for (int described = 0; described < 2; described++) {
        tt_two_tower model;
        float before[RATINGS], after[RATINGS];
        make_trained(&model, described);
        tt_two_tower loaded = saved_and_loaded(&model);
        assert_int_equal(loaded.epochs, 2);
        assert_true(!described == !loaded.user_feature_names);
        predict(before, &model);
        predict(after, &loaded);
        assert_bits_equal(before, after, RATINGS);
        tt_two_tower_free(&model);
        tt_two_tower_free(&loaded);
    }
}

/* §16: training goes on after loading as if there had been no file. */
static void training_goes_on_after_loading(void **state)
{
    tt_two_tower straight, halfway;
    assert_int_equal(make_model(&straight, true), TT_OK);
    train(&straight, 4);
    make_trained(&halfway, true);
    tt_two_tower loaded = saved_and_loaded(&halfway);
    train(&loaded, 2);
    assert_same_model(&straight, &loaded);
    tt_two_tower_free(&straight);
    tt_two_tower_free(&halfway);
    tt_two_tower_free(&loaded);
}

/* §16: names and scalers come one by one, not only all together. */
static void a_model_with_only_some_of_the_descriptions(void **state)
{
    double ones[] = {1, 2, 3, 4, 5, 6, 7, 8}, most = 9;
    tt_standard_scaler of_user = {USER_INPUTS, ones, ones, NULL};
    tt_standard_scaler of_item = {ITEM_INPUTS, ones, ones, NULL};
    tt_minmax_scaler of_target = {1, ones, &most, -1, 1, NULL};
    for (unsigned which = 0; which < 32; which++) {
        tt_two_tower_options o = {{4},
                                  3,
                                  5,
                                  {0, 0, 0, 0},
                                  which & 1 ? &of_user : NULL,
                                  which & 2 ? &of_item : NULL,
                                  which & 4 ? &of_target : NULL,
                                  which & 8 ? user_names : NULL,
                                  which & 16 ? item_names : NULL};
        tt_two_tower model;
        assert_int_equal(tt_two_tower_new(&model, USER_INPUTS, ITEM_INPUTS, &o), TT_OK);
        tt_two_tower loaded = saved_and_loaded(&model);
        tt_two_tower_free(&model);
        tt_two_tower_free(&loaded);
    }
}

/* §16: TT_MAX_LAYERS layers are the most that a model can have, one is the fewest. */
static void models_of_all_depths(void **state)
{
    for (size_t depth = 1; depth <= TT_MAX_LAYERS; depth++) {
        size_t user[TT_MAX_LAYERS + 1] = {3, 2, 3, 4, 5, 6, 7, 8, 9};
        size_t item[TT_MAX_LAYERS + 1] = {5, 2, 3, 4, 5, 6, 7, 8, 9};
        tt_two_tower model;
        memset(&model, 0, sizeof model);
        tt_random_seed(&model.random, 1);
        tt_adam_new(&model.adam, NULL);
        assert_int_equal(tt_sequential_new(&model.user, user, depth, true, &model.random), TT_OK);
        assert_int_equal(tt_sequential_new(&model.item, item, depth, true, &model.random), TT_OK);
        assert_int_equal(tt__learner_moments(tt__learner_of(&model)), TT_OK);
        tt_two_tower loaded = saved_and_loaded(&model);
        assert_int_equal(loaded.user.depth, depth);
        tt_two_tower_free(&model);
        tt_two_tower_free(&loaded);
    }
}

/* §16: and the file is the same whatever the locale, the second time, and after loading. */
static void the_same_model_makes_the_same_file(void **state)
{
    const char *why_not, *comma = comma_locale(&why_not);
    tt_two_tower model, loaded;
    make_trained(&model, true);
    assert_int_equal(tt_save(&model, "first", NULL), TT_OK);
    bytes first = read_file("first");
    if (comma) setlocale(LC_ALL, comma);
    if (!comma) print_message("SKIPPED: another locale: %s\n", why_not);
    tt_error saved = tt_save(&model, "second", NULL), read = tt_load(&loaded, "first", NULL);
    setlocale(LC_ALL, "C");
    assert_int_equal(saved, TT_OK);
    assert_file_is("second", first);
    assert_int_equal(read, TT_OK);
    assert_int_equal(tt_save(&loaded, "third", NULL), TT_OK);
    assert_file_is("third", first);
    free(first.data);
    tt_two_tower_free(&model);
    tt_two_tower_free(&loaded);
}

/* §16: the check value that every description of this CRC-32 gives. */
static void crc32_of_the_standard_text(void **state)
{
    unsigned char all[256];
    for (int i = 0; i < 256; i++) all[i] = (unsigned char)i;
    assert_int_equal(tt_crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(tt_crc32(tt_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
    assert_int_equal(tt_crc32(0, all, 256), 0x29058c73); /* as zlib's */
}

/* Skips one JSON value (RFC 8259), and nothing else; NULL if it is none. */
static const char *json_value(const char *s);

static const char *json_string(const char *s)
{
    if (*s++ != '"') return NULL;
    for (; *s != '"'; s++) {
        if ((unsigned char)*s < 0x20) return NULL;
        if (*s != '\\') continue;
        if (!*++s || !strchr("\"\\/bfnrtu", *s)) return NULL;
        for (int i = 0; *s == 'u' && i < 4; i++)
            if (!s[1 + i] || !strchr("0123456789abcdefABCDEF", s[1 + i])) return NULL;
    }
    return s + 1;
}

static const char *json_members(const char *s, char close, bool named)
{
    if (*++s == close) return s + 1;
    for (;; s++) {
        if (named && (!(s = json_string(s)) || *s++ != ':')) return NULL;
        if (!(s = json_value(s))) return NULL;
        if (*s == close) return s + 1;
        if (*s != ',') return NULL;
    }
}

static const char *json_value(const char *s)
{
    if (*s == '{') return json_members(s, '}', true);
    if (*s == '[') return json_members(s, ']', false);
    if (*s == '"') return json_string(s);
    size_t digits = strspn(s, "0123456789");
    return digits && (digits == 1 || *s != '0') ? s + digits : NULL;
}

/* §16: what safetensors asks of a file, with names of every length. */
static void the_file_is_safetensors(void **state)
{
    for (size_t more = 1; more <= 8; more++) {
        char text[] = "abcdefgh", header[8192] = "";
        const char *names[] = {text};
        tt_two_tower_options o = {{2}, 2, 7, {0, 0, 0, 0}, NULL, NULL, NULL, names, NULL};
        tt_two_tower model;
        uint64_t length = 0;
        text[more] = 0;
        assert_int_equal(tt_two_tower_new(&model, 1, 1, &o), TT_OK);
        assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
        bytes file = read_file("m.safetensors");

        /* Eight bytes give the header's length, low byte first.  It is a JSON object, and blanks. */
        for (size_t i = 0; i < 8; i++) length |= (uint64_t)file.data[i] << 8 * i;
        assert_true(length < file.size - 8 && length < sizeof header && length % 8 == 0);
        memcpy(header, file.data + 8, (size_t)length);
        const char *end = json_value(header);
        assert_non_null(end);
        assert_int_equal(strspn(end, " "), strlen(end));

        /* The tensors fill the rest of the file, each from a multiple of its numbers' size on. */
        unsigned long begin, next, place = 0;
        for (const char *s = header; (s = strstr(s, "\"dtype\":\"")) != NULL; s++) {
            int bits = atoi(s + 10);
            const char *offsets = strstr(s, "\"data_offsets\":[");
            assert_int_equal(sscanf(offsets, "\"data_offsets\":[%lu,%lu]", &begin, &next), 2);
            assert_int_equal(begin, place);
            assert_int_equal(begin % ((unsigned long)bits / 8), 0);
            place = next;
        }
        assert_int_equal(place, file.size - 8 - length);

        /* Each float stands low byte first. */
        const char *weights =
            strstr(header, "\"user.0.weights\":{\"dtype\":\"F32\",\"shape\":[1,2],"
                           "\"data_offsets\":[64,72]}");
        assert_non_null(weights);
        for (size_t i = 0; i < 8; i++) {
            uint32_t bits;
            memcpy(&bits, model.user.layers[0].weights.data + i / 4, 4);
            assert_int_equal(file.data[8 + length + 64 + i], bits >> 8 * (i % 4) & 255);
        }
        free(file.data);
        tt_two_tower_free(&model);
    }
}

/* §16: what can be saved can be loaded: many long names, and one that is empty. */
static void names_of_any_length_come_back(void **state)
{
    enum { MANY = 300, LONG = 400 };
    char(*texts)[LONG] = (char(*)[LONG])malloc((size_t)MANY * LONG);
    const char *names[MANY], *empty[] = {""};
    for (int i = 0; i < MANY; i++) {
        memset(texts[i], 'a' + i % 26, LONG);
        snprintf(texts[i] + LONG - 12, 12, "%d", i);
        names[i] = texts[i];
    }
    tt_two_tower_options o = {{2}, 2, 1, {0, 0, 0, 0}, NULL, NULL, NULL, names, empty};
    tt_two_tower model, loaded;
    assert_int_equal(tt_two_tower_new(&model, MANY, 1, &o), TT_OK);
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    assert_int_equal(tt_load(&loaded, "m.safetensors", NULL), TT_OK);
    tt_two_tower_free(&model);
    for (int i = 0; i < MANY; i++) assert_string_equal(loaded.user_feature_names[i], names[i]);
    bool has_names = loaded.item_feature_names != NULL;
    if (has_names) assert_string_equal(loaded.item_feature_names[0], "");
    tt_two_tower_free(&loaded);
    free(texts);
    assert_true(has_names);
}

/* Damage --------------------------------------------------------------------------------------- */

/* A small model with all that a file can hold: 2 and 1 inputs, one hidden layer of 2, D 2. */
static bytes small_file(void)
{
    static const char *const of_user[] = {"a\"b", "\xC3\xA9"}, *const of_item[] = {"x"};
    double ones[] = {1, 2}, most = 5;
    tt_standard_scaler two = {2, ones, ones, NULL}, one = {1, ones, ones, NULL};
    tt_minmax_scaler target = {1, ones, &most, -1, 1, NULL};
    tt_two_tower_options o = {{2}, 2, 1, {0, 0, 0, 0}, &two, &one, &target, of_user, of_item};
    tt_two_tower model;
    assert_int_equal(tt_two_tower_new(&model, 2, 1, &o), TT_OK);
    assert_int_equal(tt_save(&model, "small", NULL), TT_OK);
    tt_two_tower_free(&model);
    return read_file("small");
}

/* Loading must fail, name the file and a reason, and leave the model that it was given. */
static void assert_refused(const char *path, tt_error expected, const char *what,
                           const char *reason)
{
    tt_two_tower model;
    tt_run run = {0};
    memset(&model, 0x5A, sizeof model);
    tt_error error = tt_load(&model, path, &run);
    assert_case(error == expected, what, "%s: %s", tt_error_text(error), run.why.text);
    assert_untouched(&model, 0x5A, sizeof model);
    assert_case(strncmp(run.why.text, path, strlen(path)) == 0 && run.why.text[strlen(path)] == ':',
                what, "the file is not named in: %s", run.why.text);
    assert_case(strstr(run.why.text, reason) != NULL, what, "found    %s\nexpected %s",
                run.why.text, reason);
    assert_int_equal(tt_load(&model, path, NULL), error);
}

/* Writes the file with its checksum made right, so that it is refused for another reason. */
static void write_with_checksum(unsigned char *file, size_t size)
{
    uint32_t crc = tt_crc32(0, file, size - 4);
    for (size_t i = 0; i < 4; i++) file[size - 4 + i] = (unsigned char)(crc >> 8 * i);
    write_file("bad", file, size);
}

/* §16: every bit of every byte flipped, and the file cut off or prolonged anywhere. */
static void every_damaged_byte_is_found(void **state)
{
    bytes file = small_file();
    for (size_t i = 0; i < file.size; i++) {
        for (unsigned bit = i < 300 || i % 16 == 0 ? 8 : 1; bit-- > 0;) {
            file.data[i] ^= (unsigned char)(1u << bit);
            write_file("bad", file.data, file.size);
            assert_refused("bad", TT_ERROR_FORMAT, "a flipped bit", "expected");
            file.data[i] ^= (unsigned char)(1u << bit);
        }
        write_file("bad", file.data, i);
        assert_refused("bad", TT_ERROR_FORMAT, "cut off", "expected");
    }
    file.data[file.size] = 0;
    write_file("bad", file.data, file.size + 1);
    assert_refused("bad", TT_ERROR_FORMAT, "prolonged", "the file is damaged: its checksum is ");
    free(file.data);
}

/* §16: and where somebody has made the checksum right: no byte of the header can be another. */
static void every_changed_byte_of_the_header_is_found(void **state)
{
    static const char likely[] = " 9]\"\xFF";
    bytes file = small_file();
    size_t length = 8 + (file.data[0] | (size_t)file.data[1] << 8);
    for (size_t i = 0; i < length; i++)
        for (size_t k = 0; k < sizeof likely - 1; k++) {
            unsigned char kept = file.data[i];
            file.data[i] = (unsigned char)likely[k];
            write_with_checksum(file.data, file.size);
            if (file.data[i] != kept)
                assert_refused("bad", TT_ERROR_FORMAT, "a changed header", "expected");
            file.data[i] = kept;
        }
    free(file.data);
}

/* Puts new in place of the first old in the header, and fits its length. */
static void build_changed(const char *old, const char *new)
{
    bytes file = small_file();
    unsigned char *changed = (unsigned char *)calloc(1, file.size + 256);
    size_t length = 8 + (file.data[0] | (size_t)file.data[1] << 8), place = 8;
    size_t before = strlen(old), after = strlen(new);
    while (place < length && memcmp(file.data + place, old, before) != 0) place++;
    assert_case(place < length, old, "is not in the header");
    memcpy(changed, file.data, place);
    memcpy(changed + place, new, after);
    memcpy(changed + place + after, file.data + place + before, file.size - place - before);
    changed[0] = (unsigned char)((length - 8 + after - before) & 255);
    changed[1] = (unsigned char)((length - 8 + after - before) >> 8);
    write_with_checksum(changed, file.size + after - before);
    free(changed);
    free(file.data);
}

/* §16: headers of another model, style or version. */
static void headers_that_are_refused(void **state)
{
    static const struct {
        const char *old, *new, *reason;
    } cases[] = {
        {"twotower 2\"", "twotower 1\",\"seed\":\"1\"",
         "byte 8: another version of twotower.h has made "
         "it; train the model again: expected {\"__metadata__\":{\"format\":\"twotower 2\"}"},
        {"twotower 2", "twotower 9", "another version of twotower.h has made it"},
        {"twotower 2", "twotower 20", "byte 45: expected \"}"},
        {"{\"__meta", "{ \"__meta",
         "byte 8: not a model: expected {\"__metadata__\":{\"format\":"
         "\"twotower 2\"}"},
        {"\"format\":\"twotower 2\"", "", "byte 8: not a model"},
        {"[2,2]", "[2, 2]", "expected 2],\"data_offsets\""},
        {"[2,2]", "[1,4]", "expected"},
        {"[2,2]", "[4]", "lacks user.0.weights"},
        {"[2,2]", "[0,2]", "lacks user.0.weights"},
        {"[2,2]", "[1048577,1]", "lacks user.0.weights"},
        {"[2,2]", "[1048576,2]", "lacks user.0.weights: expected a matrix that fits into the file"},
        {"[2,2]", "[2,9223372036854775810]", "lacks user.0.weights"},
        {"[2,2]", "[4294967296,4294967296]", "lacks user.0.weights"},
        {"[2,2]", "[99999999999999999999,2]", "lacks user.0.weights"},
        {"[2,2]", "[-1,2]", "lacks user.0.weights"},
        {"user.0.weights\"", "user_0.weights\"", "lacks user.0.weights"},
        {"item.0.weights\":{\"dtype\":\"F32\",\"shape\":[1,2",
         "item.0.weights\":{\"dtype\":\"F32\",\""
         "shape\":[2,1",
         "expected "},
        {"item.1.weights\"", "item.9.weights\"", "expected"},
        {"user.0.weights\":{\"dtype\":\"F32", "user.0.weights\":{\"dtype\":\"F64",
         "expected 32\","},
        {"user.0.bias\":{\"dtype\":\"F32", "user.0.bias\":{\"dtype\":\"U32", "expected F32\","},
        {"user.0.bias.m", "user.0.bias.n", "expected m\":{"},
        {"random.state", "random.shape",
         "byte 2922: expected tate\":{\"dtype\":\"U32\",\"shape\":[624],\"data"},
        {"user.scaler.scale", "user.scaler.sca", "expected le\":{"},
        {"target.scaler.min", "target.scaler.mini", "expected user.0.weights\":{"},
        {"\"seed\"", "\"extra\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"seed\"",
         "expected seed"},
        {"\"seed\"", "\"user.0.bias\"", "expected seed"},
        {"\"user.features\":{\"dtype\":\"U8\",\"shape\":[7",
         "\"user.features\":{\"dtype\":\"U8\",\"shape"
         "\":[6",
         "expected "},
        {"\"user.features\":{\"dtype\":\"U8\",\"shape\":[7",
         "\"user.features\":{\"dtype\":\"U8\",\"shape"
         "\":[99999999999999999999",
         "user.features: expected 2 names"},
        {"\"crc32\"", "\"crc\"", "expected 32\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        build_changed(cases[i].old, cases[i].new);
        assert_refused("bad", TT_ERROR_FORMAT, cases[i].new, cases[i].reason);
    }
}

/* §16: each tower may be sound, and the two still not fit together. */
static void towers_that_do_not_fit_together_are_refused(void **state)
{
    static unsigned char file[16384];
    size_t user[] = {2, 3}, item[] = {4, 5}, size;
    tt_two_tower model;
    tt__tensors all;
    memset(&model, 0, sizeof model);
    tt_random_seed(&model.random, 1);
    tt_adam_new(&model.adam, NULL);
    assert_int_equal(tt_sequential_new(&model.user, user, 1, true, &model.random), TT_OK);
    assert_int_equal(tt_sequential_new(&model.item, item, 1, true, &model.random), TT_OK);
    assert_int_equal(tt__learner_moments(tt__learner_of(&model)), TT_OK);
    tt__list_tensors(&all, &model);
    memcpy(file, all.header, size = all.length);
    for (size_t i = 0; i < all.count; size += all.list[i].count * all.list[i].size, i++)
        tt__little_endian(file + size, all.list[i].data, all.list[i].count, all.list[i].size);
    write_with_checksum(file, size + 4);
    assert_refused("bad", TT_ERROR_FORMAT, "3 and 5",
                   "the towers have 3 and 5 outputs: expected as many");
    tt_two_tower_free(&model);
}

/* §16: what is no model at all. */
static void files_that_are_no_models(void **state)
{
    static const struct {
        const char *what, *file;
        size_t size;
    } cases[] = {{"empty", BYTES("")},
                 {"7 bytes", BYTES("\1\0\0\0\0\0\0")},
                 {"8 bytes", BYTES("\0\0\0\0\0\0\0\0")},
                 {"9 bytes", BYTES("\0\0\0\0\0\0\0\0{")},
                 {"another's", BYTES("\2\0\0\0\0\0\0\0{}")},
                 {"only the beginning", BYTES("\2\0\0\0\0\0\0\0{\"__metadata__\":{\"format\":"
                                              "\"twotower ")},
                 {"a CSV file", BYTES("userId,movieId,rating\n1,2,3\n")}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        write_file("bad", cases[i].file, cases[i].size);
        assert_refused("bad", TT_ERROR_FORMAT, cases[i].what, "byte 8: not a model: expected {");
    }
    assert_refused("missing", TT_ERROR_OPEN, "missing", "the file can't be opened");
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_refused("folder", TT_ERROR_READ, "a folder", "byte 0: reading failed");
    assert_int_equal(rmdir("folder"), 0);
    if (!exists("/dev/zero")) skip();
    assert_refused("/dev/zero", TT_ERROR_FORMAT, "a file without an end", "byte 8: not a model");
}

/* Where a tensor's numbers stand in a file. */
static size_t place_of(const bytes *file, const char *name)
{
    size_t length = file->data[0] | (size_t)file->data[1] << 8;
    char quoted[64], header[8192] = "";
    unsigned long begin = 0;
    memcpy(header, file->data + 8, length);
    snprintf(quoted, sizeof quoted, "\"%s\":{", name);
    const char *tensor = strstr(header, quoted);
    assert_case(tensor != NULL, name, "is not in the file");
    assert_int_equal(sscanf(strstr(tensor, "data_offsets"), "data_offsets\":[%lu,", &begin), 1);
    return 8 + length + begin;
}

#define F32 4
#define F64 8
static const double inf = HUGE_VAL;

/* §16: numbers that no model has are neither loaded nor saved. */
static void numbers_that_are_refused(void **state)
{
    static const struct {
        const char *tensor;
        size_t index, size; /* of the number */
        double number;
        const char *expected; /* "" if it is accepted */
    } cases[] = {
        {"user.0.weights", 1, F32, (double)NAN, "a finite number"},
        {"item.1.weights", 3, F32, HUGE_VAL, "a finite number"},
        {"user.1.bias", 0, F32, -HUGE_VAL, "a finite number"},
        {"user.0.bias.v", 1, F32, (double)NAN, "a finite number"},
        {"item.1.weights.v", 3, F32, -1, "at least 0"},
        {"item.1.weights.m", 3, F32, -1, ""},
        {"user.scaler.mean", 1, F64, HUGE_VAL, "a finite number"},
        {"user.scaler.mean", 1, F64, -5, ""},
        {"user.scaler.scale", 1, F64, 0, "more than 0"},
        {"item.scaler.scale", 0, F64, -1, "more than 0"},
        {"item.scaler.scale", 0, F64, 1e-300, ""},
        {"adam.learning_rate", 0, F64, HUGE_VAL, "a finite number"},
        {"adam.learning_rate", 0, F64, 0, "more than 0, also as a float"},
        {"adam.learning_rate", 0, F64, 1e-46, "more than 0, also as a float"},
        {"adam.learning_rate", 0, F64, 1e-44, ""},
        {"adam.epsilon", 0, F64, 0, "more than 0, also as a float"},
        {"adam.epsilon", 0, F64, -1, "more than 0, also as a float"},
        {"adam.epsilon", 0, F64, 1e-50, "more than 0, also as a float"},
        {"adam.beta1", 0, F64, 1, "between 0 and 1"},
        {"adam.beta1", 0, F64, 0, "between 0 and 1"},
        {"adam.beta2", 0, F64, 1, "between 0 and 1"},
        {"adam.beta2", 0, F64, -1, "between 0 and 1"},
        {"adam.beta2", 0, F64, 1 - 1e-16, ""},
        {"adam.beta1_power", 0, F64, 1.5, "from 0 to 1"},
        {"adam.beta1_power", 0, F64, 1, ""},
        {"adam.beta2_power", 0, F64, -1, "from 0 to 1"},
        {"adam.beta2_power", 0, F64, 0, ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char reason[128];
        float single = (float)cases[i].number;
        tt_two_tower model;
        bytes file = small_file();
        tt__little_endian(
            file.data + place_of(&file, cases[i].tensor) + cases[i].index * cases[i].size,
            cases[i].size == F32 ? (const void *)&single : &cases[i].number, 1, cases[i].size);
        write_with_checksum(file.data, file.size);
        free(file.data);
        snprintf(reason, sizeof reason, "bad: %s[%zu] is %g: expected %s", cases[i].tensor,
                 cases[i].index, cases[i].number, cases[i].expected);
        if (*cases[i].expected) {
            assert_refused("bad", TT_ERROR_VALUE, cases[i].tensor, strchr(reason, ' ') + 1);
            continue;
        }
        assert_int_equal(tt_load(&model, "bad", NULL), TT_OK);
        tt_two_tower_free(&model);
    }
}

/* Bytes that stand for a number, or are part of a name, in a small model. */
static void contents_that_are_refused(void **state)
{
    static const struct {
        const char *tensor;
        size_t index;
        const char *bytes;
        size_t size;
        const char *reason;
    } cases[] = {
        {"target.scaler.low", 0, BYTES("\0\0\0\0\0\0\x08\x40"),
         "target.scaler is from 1..5 to 3..1: "
         "expected the lower first"},
        {"target.scaler.max", 0, BYTES("\0\0\0\0\0\0\xF0\xC0"), "expected the lower first"},
        {"user.features", 5, BYTES("x"), "user.features[4] is byte 0xC3: expected UTF-8 text"},
        {"item.features", 0, BYTES("\xFF"), "item.features[0] is byte 0xFF: expected UTF-8 text"},
        {"user.features", 3, BYTES("x"), "user.features: expected 2 names"},
        {"user.features", 6, BYTES("x"), "user.features: expected 2 names"},
        {"user.features", 1, BYTES("\0"), "user.features: expected 2 names"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        bytes file = small_file();
        memcpy(file.data + place_of(&file, cases[i].tensor) + cases[i].index, cases[i].bytes,
               cases[i].size);
        write_with_checksum(file.data, file.size);
        free(file.data);
        bool names = strstr(cases[i].reason, "names") != NULL;
        assert_refused("bad", names ? TT_ERROR_FORMAT : TT_ERROR_VALUE, cases[i].reason,
                       cases[i].reason);
    }
}

/* Saving --------------------------------------------------------------------------------------- */

/* §16 */
static void saving_replaces_a_file_and_leaves_no_other(void **state)
{
    tt_two_tower model, loaded;
    make_trained(&model, true);
    write_file("m.safetensors", BYTES("an old file"));
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    assert_false(exists("m.safetensors.part"));
    assert_int_equal(tt_load(&loaded, "m.safetensors", NULL), TT_OK);
    tt_two_tower_free(&loaded);

    write_file("m.safetensors.part", BYTES("left over by an interrupted save"));
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    assert_false(exists("m.safetensors.part"));
    write_file("empty", "", 0);
    assert_int_equal(tt_save(&model, "empty", NULL), TT_OK);
    assert_int_equal(tt_load(&loaded, "empty", NULL), TT_OK);
    tt_two_tower_free(&loaded);
    tt_two_tower_free(&model);
}

/* §16 */
static void saving_where_nothing_can_be_written(void **state)
{
    tt_two_tower model;
    tt_run run = {0};
    make_trained(&model, false);
    assert_int_equal(tt_save(&model, "no/such/folder", &run), TT_ERROR_OPEN);
    assert_int_equal(strncmp(run.why.text, "no/such/folder", 14), 0);
    assert_non_null(strstr(run.why.text, "can't be opened for writing"));
    assert_int_equal(tt_save(&model, "no/such/folder", NULL), TT_ERROR_OPEN);

    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(tt_save(&model, "folder", &run), TT_ERROR_WRITE);
    assert_string_equal(run.why.text, "folder: folder.part can't be renamed to it");
    assert_false(exists("folder.part"));
    assert_int_equal(rmdir("folder"), 0); /* it is still one, and empty */

    /* The temporary file can't be made: the old file stays. */
    write_file("m.safetensors", BYTES("an old file"));
    assert_int_equal(mkdir("m.safetensors.part", 0700), 0);
    assert_int_equal(tt_save(&model, "m.safetensors", &run), TT_ERROR_OPEN);
    bytes old = read_file("m.safetensors");
    assert_int_equal(old.size, 11);
    rmdir("m.safetensors.part");

    refuse_rename = true;
    tt_error error = tt_save(&model, "m.safetensors", &run);
    refuse_rename = false;
    assert_int_equal(error, TT_ERROR_WRITE);
    assert_string_equal(run.why.text, "m.safetensors: m.safetensors.part can't be renamed to it");
    assert_file_is("m.safetensors", old);
    assert_false(exists("m.safetensors.part"));
    free(old.data);
    tt_two_tower_free(&model);
}

/* §16: what has a name under /dev/ is written to as it is: a pipe, at whose other end somebody reads,
   or what /dev/stdout is when the shell has sent it to a file. */
static void saving_into_a_pipe_or_a_redirected_file(void **state)
{
    tt_two_tower model;
    tt_run run = {0};
    char path[64];
    int ends[2], status = 0;
    make_trained(&model, true);
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    bytes whole = read_file("m.safetensors");
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[1]);
        FILE *from = fdopen(ends[0], "rb"), *to = fopen("copied", "wb");
        for (int c; from && to && (c = fgetc(from)) != EOF;) fputc(c, to);
        _exit(!from || !to || fclose(to) != 0);
    }
    close(ends[0]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    tt_error error = tt_save(&model, path, &run);
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_case(!error, "pipe", "%s", run.why.text);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_file_is("copied", whole);

    int descriptor = open("redirected", O_RDWR | O_CREAT, 0600);
    assert_true(descriptor >= 0);
    snprintf(path, sizeof path, "/dev/fd/%d", descriptor);
    assert_int_equal(tt_save(&model, path, &run), TT_OK);
    assert_file_is("redirected", whole);
    close(descriptor);
    free(whole.data);
    tt_two_tower_free(&model);
}

/* §16: a device that is full, reached by its descriptor, so that no tt_save gone wrong replaces it. */
static void saving_to_a_full_disk(void **state)
{
    struct stat about;
    if (stat("/dev/full", &about) != 0 || !S_ISCHR(about.st_mode)) {
        printf("SKIPPED: there is no device /dev/full\n");
        skip();
    }
    tt_two_tower model;
    tt_run run = {0};
    make_trained(&model, true);
    char path[64], expected[128];
    int full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0);
    snprintf(path, sizeof path, "/dev/fd/%d", full);
    snprintf(expected, sizeof expected, "%s: writing failed (is the disk full?)", path);
    assert_int_equal(tt_save(&model, path, &run), TT_ERROR_WRITE);
    assert_string_equal(run.why.text, expected);
    close(full);

    /* A full disk under a file that is there: the old file stays, and only it. */
    write_file("old", BYTES("an old file"));
    bytes old = read_file("old");
    assert_int_equal(symlink("/dev/full", "old.part"), 0);
    assert_int_equal(tt_save(&model, "old", &run), TT_ERROR_WRITE);
    assert_string_equal(run.why.text, "old: writing failed (is the disk full?)");
    assert_file_is("old", old);
    assert_false(exists("old.part"));
    free(old.data);
    tt_two_tower_free(&model);
}

/* Saves while no file can grow beyond so many bytes. */
static tt_error save_with_room(const tt_two_tower *model, const char *path, size_t most,
                               tt_run *run)
{
    struct rlimit before, room;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    room = before;
    room.rlim_cur = (rlim_t)most;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &room), 0);
    tt_error error = tt_save(model, path, run);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    return error;
}

/* §16: wherever the disk is full, even if only at the last byte, which is written by fclose. */
static void saving_to_a_disk_that_fills_up(void **state)
{
    tt_two_tower model;
    tt_run run = {0};
    make_trained(&model, true);
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    bytes whole = read_file("m.safetensors");
    write_file("old", BYTES("an old file"));
    bytes old = read_file("old");
    size_t rooms[] = {0, 7, 8, 100, 4096, 8192, whole.size - 100, whole.size - 1};
    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < COUNT(rooms); i++) {
        tt_error error = save_with_room(&model, "old", rooms[i], &run);
        assert_int_equal(error, TT_ERROR_WRITE);
        assert_string_equal(run.why.text, "old: writing failed (is the disk full?)");
        assert_file_is("old", old);
        assert_false(exists("old.part"));
    }
    write_file("empty", "", 0);
    bytes empty = read_file("empty");
    tt_error error = save_with_room(&model, "empty", 100, &run);
    assert_int_equal(error, TT_ERROR_WRITE);
    assert_file_is("empty", empty);
    assert_false(exists("empty.part"));
    free(empty.data);
    signal(SIGXFSZ, SIG_DFL);
    free(whole.data);
    free(old.data);
    tt_two_tower_free(&model);
}

/* §16: a model that has gone wrong, or that tt_load would refuse, doesn't replace a good one. */
static void a_model_that_no_one_could_load_is_not_saved(void **state)
{
    tt_two_tower model;
    tt_run run = {0};
    make_trained(&model, true);
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    bytes good = read_file("m.safetensors");
    const struct {
        float *single;
        double *number, value;
        const char *complaint;
    } cases[] = {
        {model.user.layers[0].weights.data + 1, NULL, (double)NAN, "user.0.weights[1] is "},
        {model.user.layers[2].bias.data + 4, NULL, -inf,
         "user.2.bias[4] is -inf: expected a finite"},
        {model.adam.moments[1].v.data, NULL, -1, "user.0.bias.v[0] is -1: expected at least 0"},
        {NULL, &model.user_scaler.mean[3], inf, "user.scaler.mean[3] is inf: expected a finite"},
        {NULL, &model.adam.options.epsilon, 1e-50,
         "adam.epsilon[0] is 1e-50: expected more than 0"},
        {NULL, &model.target_scaler.low, 50, "expected the lower first"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        float single = cases[i].single ? *cases[i].single : 0;
        double number = cases[i].number ? *cases[i].number : 0;
        if (cases[i].single) *cases[i].single = (float)cases[i].value;
        if (cases[i].number) *cases[i].number = cases[i].value;
        assert_int_equal(tt_save(&model, "m.safetensors", &run), TT_ERROR_VALUE);
        if (cases[i].single) *cases[i].single = single;
        if (cases[i].number) *cases[i].number = number;
        assert_case(strstr(run.why.text, cases[i].complaint), cases[i].complaint, "%s",
                    run.why.text);
        assert_file_is("m.safetensors", good);
        assert_false(exists("m.safetensors.part"));
    }
    model.user_feature_names[1][3] = 'e'; /* which leaves half a character behind */
    assert_int_equal(tt_save(&model, "m.safetensors", &run), TT_ERROR_VALUE);
    assert_string_equal(run.why.text,
                        "m.safetensors: user.features[8] is byte 0xA9: expected UTF-8 text");
    free(good.data);
    tt_two_tower_free(&model);
}

/* §16: the file has no place for other towers than tt_sequential_new makes. */
static void towers_of_another_form_are_not_saved(void **state)
{
    tt_two_tower model, nothing;
    memset(&nothing, 0, sizeof nothing);
    make_trained(&model, true);
    assert_refuses_null(tt_save, (NULL, "m", NULL), model);
    assert_refuses_null(tt_save, (&model, NULL, NULL), path);
    assert_refuses_null(tt_load, (NULL, "m", NULL), model);
    assert_refuses_null(tt_load, (&model, NULL, NULL), path);
    assert_stops(tt_save(&nothing, "m", NULL), "tt_save: a network of 0 layers");
    model.item.normalize = false;
    assert_stops(tt_save(&model, "m", NULL), "tt_save: a tower without normalisation");
    model.item.normalize = true;
    model.user.layers[2].activation = TT_RELU;
    assert_stops(tt_save(&model, "m", NULL), "tt_save: layer 3 of 3 has activation 1");
    model.user.layers[2].activation = TT_LINEAR;
    model.item.layers[0].activation = TT_LINEAR;
    assert_stops(tt_save(&model, "m", NULL), "tt_save: layer 1 of 3 has activation 0");
    model.item.layers[0].activation = TT_TANH;
    assert_stops(tt_save(&model, "m", NULL), "tt_save: layer 0 has activation 2");
    model.item.layers[0].activation = TT_RELU;
    tt_matrix bias = model.item.layers[0].bias;
    model.item.layers[0].bias = tt_matrix_cols(bias, 0, 1);
    assert_stops(tt_save(&model, "m", NULL), "tt_save: bias of layer 0 is 1x1, weights are ");
    model.item.layers[0].bias = bias;
    char other[] = "other", *name = model.user_feature_names[3];
    model.user_feature_names[3] = other;
    assert_stops(tt_save(&model, "m", NULL), "tt_save: the name of user feature 3 is another text");
    model.user_feature_names[3] = name;
    tt_adam_free(&model.adam);
    tt_adam_new(&model.adam, NULL);
    assert_stops(tt_save(&model, "m", NULL), "is new to it");
    assert_false(exists("m") || exists("m.part"));
    tt_two_tower_free(&model);
}

/* Every allocation refused --------------------------------------------------------------------- */

/* What the attempts work on: a model and its file. */
typedef struct stage {
    tt_two_tower model;
    bytes saved;
} stage;

/* §16 */
static tt_error try_save(void *context)
{
    stage *s = (stage *)context;
    tt_run run = {0, {"untouched"}};
    write_file("old", BYTES("an old file"));
    bytes old = read_file("old");
    tt_error error = tt_save(&s->model, "old", &run);
    grant_memory();
    assert_string_equal(run.why.text, error ? "old: out of memory" : "untouched");
    assert_file_is("old", error ? old : s->saved);
    assert_false(exists("old.part"));
    free(old.data);
    return error;
}

/* §16 */
static tt_error try_load(void *context)
{
    stage *s = (stage *)context;
    tt_two_tower model;
    tt_run run = {0, {"untouched"}};
    memset(&model, 0x5A, sizeof model);
    tt_error error = tt_load(&model, "m.safetensors", &run);
    grant_memory();
    assert_string_equal(run.why.text + strlen(run.why.text) -
                            strlen(error ? "out of memory" : "untouched"),
                        error ? "out of memory" : "untouched");
    if (error) {
        assert_untouched(&model, 0x5A, sizeof model);
    } else {
        assert_same_model(&model, &s->model);
        tt_two_tower_free(&model);
    }
    return error;
}

static void saving_and_loading_without_memory(void **state)
{
    stage s;
    make_trained(&s.model, true);
    assert_int_equal(tt_save(&s.model, "m.safetensors", NULL), TT_OK);
    s.saved = read_file("m.safetensors");
    assert_true(refuse_each(try_save, &s) >= 1);
    assert_true(refuse_each(try_load, &s) >= 20);
    tt_two_tower_free(&s.model);
    free(s.saved.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_loaded_model_is_the_saved_one),
        test(training_goes_on_after_loading),
        test(a_model_with_only_some_of_the_descriptions),
        test(models_of_all_depths),
        test(the_same_model_makes_the_same_file),
        test(crc32_of_the_standard_text),
        test(the_file_is_safetensors),
        test(names_of_any_length_come_back),
        test(every_damaged_byte_is_found),
        test(every_changed_byte_of_the_header_is_found),
        test(headers_that_are_refused),
        test(towers_that_do_not_fit_together_are_refused),
        test(files_that_are_no_models),
        test(numbers_that_are_refused),
        test(contents_that_are_refused),
        test(saving_replaces_a_file_and_leaves_no_other),
        test(saving_where_nothing_can_be_written),
        test(saving_into_a_pipe_or_a_redirected_file),
        test(saving_to_a_full_disk),
        test(saving_to_a_disk_that_fills_up),
        test(a_model_that_no_one_could_load_is_not_saved),
        test(towers_of_another_form_are_not_saved),
        test(saving_and_loading_without_memory),
    };
    return cmocka_run_group_tests_name("models", tests, enter_folder, leave_folder);
}
