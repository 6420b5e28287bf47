/* The reader of NumPy's arrays (§17) on any bytes.  What is loaded has the numbers that stand in
   the file, and saves to a file that loads and saves to the same bytes; what is refused
   leaves the table as it was, with a message; memory is in proportion to the file, and may run out
   at any time. */

#include "fuzz.h"

static tt_error load_table(tt_table *table, const char *path, tt_run *run)
{
    memset(table, 0xA5, sizeof *table);
    run->why.text[0] = 0;
    tt_error error = tt_table_load(table, path, run);
    if (error)
        must(is_untouched(table, sizeof *table) && run->why.text[0] && is_utf8(run->why.text));
    return error;
}

static tt_error load_matrix(tt_matrix *matrix, const char *path)
{
    memset(matrix, 0xA5, sizeof *matrix);
    tt_error error = tt_matrix_load(matrix, path, NULL);
    if (error) must(is_untouched(matrix, sizeof *matrix));
    return error;
}

/* Saving changes nothing but the blanks of the header. */
static void check_saving(tt_table table, const uint8_t *bytes, size_t size)
{
    size_t saved_size, numbers = table.rows * table.cols * sizeof(double);
    const char *path = fuzz_path("copy");
    must(tt_table_save(table, path, NULL) == TT_OK);
    uint8_t *saved = file_bytes(path, &saved_size);
    must(size >= numbers && saved_size == TT__NPY_DATA + numbers);
    must(memcmp(saved + TT__NPY_DATA, bytes + size - numbers, numbers) == 0);
    tt_table again;
    tt_run run = {0};
    must(load_table(&again, path, &run) == TT_OK);
    must(again.rows == table.rows && again.cols == table.cols);
    tt_table_free(&again);
    free(saved);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = input_file("input", bytes, size);
    const size_t most = 65536 + 32 * size;
    tt_table table;
    tt_matrix matrix;
    tt_run run = {0};
    memory_begin(most);
    tt_error error = load_table(&table, path, &run);
    size_t asked = allocations;
    tt_error narrow = load_matrix(&matrix, path);
    must(error == TT_OK || error == TT_ERROR_FORMAT);
    must(narrow == TT_OK || narrow == TT_ERROR_FORMAT);
    must(error == TT_ERROR_FORMAT || narrow == TT_ERROR_FORMAT); /* it is the one or the other */
    if (error == TT_OK) {
        check_saving(table, bytes, size);
        tt_table_free(&table);
    }
    if (narrow == TT_OK) {
        size_t numbers = matrix.rows * matrix.cols * sizeof(float);
        must(memcmp(matrix.data, bytes + size - numbers, numbers) == 0);
        tt_matrix_free(&matrix);
    }
    memory_end();

    /* Which allocation fails depends on the input alone, so that every failure can be repeated. */
    memory_begin(most);
    refuse_allocation = 1 + tt_crc32(0, bytes, size) % asked;
    must(load_table(&table, path, &run) == TT_ERROR_MEMORY);
    memory_end();
    return 0;
}

#ifndef REPLAY
/* Either the header changes, and its length before it with it, or the numbers. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed)
{
    size_t header = size > TT__NPY_TEXT ? bytes[8] | (size_t)bytes[9] << 8 : 0;
    if (seed % 8 == 0 || !header || header > size - TT__NPY_TEXT || most > 65535)
        return LLVMFuzzerMutate(bytes, size, most);
    if (seed % 8 < 3) return mutate_after(bytes, size, most, TT__NPY_TEXT + header);
    size_t mutated = mutate_between(bytes, size, most, TT__NPY_TEXT, &header);
    bytes[8] = (uint8_t)header;
    bytes[9] = (uint8_t)(header >> 8);
    return mutated;
}
#endif
