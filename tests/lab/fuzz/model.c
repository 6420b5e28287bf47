/* The reader of model files (§17) on any bytes.  What is loaded saves to a file with the same
   numbers, which loads and saves to the same bytes; it can predict and train; what is refused
   leaves the model as it was, with a message; memory is in proportion to the file, and may run out
   at any time.

   A file carries a checksum, so that nearly every change would be refused for it.  Each input is
   therefore read twice: as it is, and with its checksum mended. */

#include "fuzz.h"

/* Puts the right checksum where the first "crc32" is; false if there is none. */
static bool mend(uint8_t *bytes, size_t size)
{
    static const char key[] = "\"crc32\":\"";
    const size_t key_length = sizeof key - 1;
    for (size_t i = 8; i + key_length + 8 <= size; i++) {
        if (memcmp(bytes + i, key, key_length) != 0) continue;
        char digits[16];
        memset(bytes + i + key_length, '0', 8);
        snprintf(digits, sizeof digits, "%08lx", (unsigned long)tt_crc32(0, bytes + 8, size - 8));
        memcpy(bytes + i + key_length, digits, 8);
        return true;
    }
    return false;
}

static tt_error load(tt_two_tower *model, const char *path, tt_message *why)
{
    memset(model, 0xA5, sizeof *model);
    why->text[0] = 0;
    tt_error error = tt_load(model, path, why);
    if (error) must(is_untouched(model, sizeof *model) && why->text[0]);
    return error;
}

static uint8_t *saved(const tt_two_tower *model, size_t *size)
{
    const char *path = fuzz_path("copy");
    must(tt_save(model, path, NULL) == TT_OK);
    return file_bytes(path, size);
}

/* A sum over the bytes of the numbers, which their order doesn't change. */
static size_t sum_of_numbers(const uint8_t *file, size_t size)
{
    uint64_t header;
    tt__from_bytes(&header, file, 8);
    size_t sum = 0;
    for (size_t i = 8 + (size_t)header; i < size; i++) sum += file[i] + 1u;
    return sum;
}

/* What is saved has the numbers of the file that was loaded; loading it, and saving it again,
   changes nothing. */
static void check_saving(const tt_two_tower *model, size_t sum)
{
    size_t size, size_again;
    uint8_t *first = saved(model, &size);
    must(sum_of_numbers(first, size) == sum);
    tt_two_tower again;
    tt_message why;
    must(load(&again, fuzz_path("copy"), &why) == TT_OK);
    uint8_t *second = saved(&again, &size_again);
    must(size == size_again && memcmp(first, second, size) == 0);
    tt_two_tower_free(&again);
    free(first);
    free(second);
}

/* One user, one item, one rating: a step of training, whatever the numbers in the file were. */
static void check_use(tt_two_tower *model)
{
    tt_matrix user, item;
    must(tt_matrix_new(&user, 1, model->user.layers[0].weights.rows) == TT_OK);
    must(tt_matrix_new(&item, 1, model->item.layers[0].weights.rows) == TT_OK);
    for (size_t i = 0; i < user.cols; i++) user.data[i] = 1;
    for (size_t i = 0; i < item.cols; i++) item.data[i] = -1;
    uint32_t row = 0;
    float target = 0.5f, prediction;
    tt_ratings ratings = {user, item, &row, &row, &target, NULL, 1};
    tt_fit_options once;
    memset(&once, 0, sizeof once);
    once.threads = 1;
    must(tt_predict(&prediction, model, &ratings, 1) == TT_OK);
    must(tt_fit(model, &ratings, &once, NULL) == TT_OK);
    tt_matrix_free(&user);
    tt_matrix_free(&item);
}

static void read_model(const uint8_t *bytes, size_t size)
{
    const char *path = input_file("input", bytes, size);
    const size_t most = 2097152 + 256 * size;
    tt_two_tower model;
    tt_message why;
    memory_begin(most);
    tt_error error = load(&model, path, &why);
    size_t asked = allocations;
    must(error != TT_ERROR_MEMORY);
    if (error == TT_OK) {
        check_saving(&model, sum_of_numbers(bytes, size));
        check_use(&model);
        tt_two_tower_free(&model);
    }
    memory_end();

    /* Which allocation fails depends on the input alone, so that every failure can be repeated. */
    memory_begin(most);
    refuse_allocation = 1 + tt_crc32(0, bytes, size) % asked;
    must(load(&model, path, &why) == TT_ERROR_MEMORY);
    memory_end();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t *mended = (uint8_t *)malloc(size + 1);
    must(mended);
    if (size) memcpy(mended, bytes, size);
    read_model(bytes, size);
    if (mend(mended, size)) read_model(mended, size);
    free(mended);
    return 0;
}

#ifndef REPLAY
/* Mutations.  Most blind changes would only shift the numbers against what the header says of them.
   So either the numbers change, or the header, and its length before it with it. */

/* A whole number of the header changes wherever it stands: offsets stand twice, where a tensor ends
   and the next begins.  Only to one with as many digits, so that nothing moves. */
static void change_number(uint8_t *header, size_t size, unsigned seed)
{
    tt_random random;
    tt_random_seed(&random, seed);
    size_t begin = size ? tt_random_uint32(&random) % size : 0, length = 0;
    while (begin < size && !tt__is_digit((char)header[begin])) begin++;
    while (begin + length < size && tt__is_digit((char)header[begin + length])) length++;
    char before[8], after[8];
    if (!length || length > sizeof before) return;
    memcpy(before, header + begin, length);
    memcpy(after, before, length);
    after[length - 1] = (char)('0' + tt_random_uint32(&random) % 10);
    for (size_t i = 1; i + length < size; i++)
        if (!memcmp(header + i, before, length) && !tt__is_digit((char)header[i - 1]) &&
            !tt__is_digit((char)header[i + length]))
            memcpy(header + i, after, length);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed)
{
    uint64_t length = 0;
    if (size >= 8) tt__from_bytes(&length, bytes, 8);
    if (size < 16 || length > size - 8 || seed % 8 == 0) return LLVMFuzzerMutate(bytes, size, most);
    size_t header = (size_t)length;
    if (seed % 8 == 1) return mutate_after(bytes, size, most, 8 + header);
    if (seed % 8 < 4) {
        change_number(bytes + 8, header, seed);
        return size;
    }
    size_t mutated = mutate_between(bytes, size, most, 8, &header);
    length = header;
    tt__to_bytes(bytes, &length, 8);
    return mutated;
}
#endif
