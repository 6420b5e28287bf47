/* The reader of model files (§16) on any bytes.  What is loaded saves to the same bytes, and can
   predict and train; what is refused leaves the model as it was, with a message; memory is in
   proportion to the file, and may run out at any time.

   A file carries a checksum, so that nearly every change would be refused for it.  Each input is
   therefore read twice: as it is, and with its checksum mended. */

#include "fuzz.h"

/* Makes the checksum right, which is in the last four bytes; false if there are no more. */
static bool mend(uint8_t *bytes, size_t size)
{
    if (size <= 4) return false;
    uint32_t crc = tt_crc32(0, bytes, size - 4);
    tt__little_endian(bytes + size - 4, &crc, 1, sizeof crc);
    return true;
}

static tt_error load(tt_two_tower *model, const char *path, tt_run *run)
{
    memset(model, 0xA5, sizeof *model);
    run->why.text[0] = 0;
    tt_error error = tt_load(model, path, run);
    if (error) must(is_untouched(model, sizeof *model) && run->why.text[0]);
    return error;
}

static uint8_t *saved(const tt_two_tower *model, size_t *size)
{
    const char *path = fuzz_path("copy");
    must(tt_save(model, path, NULL) == TT_OK);
    return file_bytes(path, size);
}

/* What is saved is the file that was loaded, to the byte: a model has one file only. */
static void check_saving(const tt_two_tower *model, const uint8_t *bytes, size_t size)
{
    size_t size_again;
    uint8_t *again = saved(model, &size_again);
    must(size == size_again && memcmp(bytes, again, size) == 0);
    free(again);
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
    tt_run one = {.threads = 1};
    must(tt_predict(&prediction, model, &ratings, &one) == TT_OK);
    must(tt_fit(model, &ratings, &once, &one) == TT_OK);
    tt_matrix_free(&user);
    tt_matrix_free(&item);
}

static void read_model(const uint8_t *bytes, size_t size)
{
    const char *path = input_file("input", bytes, size);
    const size_t most = 2097152 + 256 * size;
    tt_two_tower model;
    tt_run run = {0};
    memory_begin(most);
    tt_error error = load(&model, path, &run);
    size_t asked = allocations;
    must(error != TT_ERROR_MEMORY);
    if (error == TT_OK) {
        check_saving(&model, bytes, size);
        check_use(&model);
        tt_two_tower_free(&model);
    }
    memory_end();

    /* Which allocation fails depends on the input alone, so that every failure can be repeated. */
    memory_begin(most);
    refuse_allocation = 1 + tt_crc32(0, bytes, size) % asked;
    must(load(&model, path, &run) == TT_ERROR_MEMORY);
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
    while (begin < size && !isdigit(header[begin])) begin++;
    while (begin + length < size && isdigit(header[begin + length])) length++;
    char before[8], after[8];
    if (!length || length > sizeof before) return;
    memcpy(before, header + begin, length);
    memcpy(after, before, length);
    after[length - 1] = (char)('0' + tt_random_uint32(&random) % 10);
    for (size_t i = 1; i + length < size; i++)
        if (!memcmp(header + i, before, length) && !isdigit(header[i - 1]) &&
            !isdigit(header[i + length]))
            memcpy(header + i, after, length);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed)
{
    uint64_t length = 0;
    if (size >= 8) tt__little_endian(&length, bytes, 1, 8);
    if (size < 16 || length > size - 8 || seed % 8 == 0) return LLVMFuzzerMutate(bytes, size, most);
    size_t header = (size_t)length;
    if (seed % 8 == 1) return mutate_after(bytes, size, most, 8 + header);
    if (seed % 8 < 4) {
        change_number(bytes + 8, header, seed);
        return size;
    }
    size_t mutated = mutate_between(bytes, size, most, 8, &header);
    length = header;
    tt__little_endian(bytes, &length, 1, 8);
    return mutated;
}
#endif
