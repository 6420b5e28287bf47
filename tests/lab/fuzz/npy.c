/* The reader of NumPy's arrays (§17) on any bytes.  What is loaded has the numbers that stand in
   the file, all finite, and saves to a file that loads and saves to the same bytes; what is refused
   leaves the table as it was, with a message; memory is in proportion to the file, and may run out
   at any time. */

#include "fuzz.h"

static tt_error load_table(tt_table *table, const char *path, tt_message *why)
{
    memset(table, 0xA5, sizeof *table);
    why->text[0] = 0;
    tt_error error = tt_table_load(table, path, why);
    if (error) must(is_untouched(table, sizeof *table) && why->text[0] && is_utf8(why->text));
    return error;
}

static tt_error load_matrix(tt_matrix *matrix, const char *path)
{
    memset(matrix, 0xA5, sizeof *matrix);
    tt_error error = tt_matrix_load(matrix, path, NULL);
    if (error) must(is_untouched(matrix, sizeof *matrix));
    return error;
}

/* A number as the compiler reads it, from bytes in this machine's order. */
#define READ_AS(type) (memcpy(&as_##type, bytes, sizeof as_##type), (double)as_##type)

static double number(const uint8_t *in_file, const char *type)
{
    float as_float;
    double as_double;
    int8_t as_int8_t;
    int16_t as_int16_t;
    int32_t as_int32_t;
    int64_t as_int64_t;
    uint8_t as_uint8_t;
    uint16_t as_uint16_t;
    uint32_t as_uint32_t;
    uint64_t as_uint64_t;
    const uint16_t one = 1;
    bool little = *(const uint8_t *)&one == 1;
    size_t width = (size_t)(type[2] - '0');
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++)
        bytes[i] = in_file[(type[0] == '>') == little ? width - 1 - i : i];
    switch (type[1] << 8 | type[2]) {
    case 'f' << 8 | '4': return READ_AS(float);
    case 'f' << 8 | '8': return READ_AS(double);
    case 'i' << 8 | '1': return READ_AS(int8_t);
    case 'i' << 8 | '2': return READ_AS(int16_t);
    case 'i' << 8 | '4': return READ_AS(int32_t);
    case 'i' << 8 | '8': return READ_AS(int64_t);
    case 'b' << 8 | '1': must(bytes[0] < 2); /* and then as u1 */
    /* fall through */
    case 'u' << 8 | '1': return READ_AS(uint8_t);
    case 'u' << 8 | '2': return READ_AS(uint16_t);
    case 'u' << 8 | '4': return READ_AS(uint32_t);
    case 'u' << 8 | '8': return READ_AS(uint64_t);
    }
    must(false); /* a type that is read, and not known here */
    return 0;
}

/* The table against the bytes of the file, one by one; the matrix against the table. */
static void check_numbers(tt_table table, const tt_matrix *matrix, const uint8_t *bytes,
                          size_t size)
{
    tt__npy_file f;
    memset(&f, 0, sizeof f);
    f.bytes = (unsigned char *)malloc(size);
    f.size = size;
    must(f.bytes);
    memcpy(f.bytes, bytes, size);
    must(tt__npy_layout(&f, "input", NULL) == TT_OK);
    must(f.shape[0] == table.rows && f.shape[1] == table.cols);
    size_t width = (size_t)(f.type[2] - '0');
    must(f.data + width * table.rows * table.cols == size);
    for (size_t r = 0; r < table.rows; r++)
        for (size_t c = 0; c < table.cols; c++) {
            size_t at = f.fortran ? c * table.rows + r : r * table.cols + c;
            double value = *tt_table_at(table, r, c);
            must(tt__finite(value) && value == number(f.bytes + f.data + at * width, f.type));
            if (matrix) must(*tt_matrix_at(*matrix, r, c) == (float)value);
        }
    free(f.bytes);
}

/* Saving, loading and saving again changes nothing. */
static void check_saving(tt_table table)
{
    tt_table again;
    tt_message why;
    size_t size, size_again;
    const char *path = fuzz_path("copy");
    must(tt_table_save(table, path, &why) == TT_OK);
    uint8_t *first = file_bytes(path, &size);
    must(load_table(&again, path, &why) == TT_OK);
    must(tt_table_save(again, path, &why) == TT_OK);
    uint8_t *second = file_bytes(path, &size_again);
    must(size == size_again && memcmp(first, second, size) == 0);
    tt_table_free(&again);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = input_file("input", bytes, size);
    const size_t most = 65536 + 32 * size; /* a byte becomes a double, is saved and read again */
    tt_table table;
    tt_matrix matrix;
    tt_message why;
    memory_begin(most);
    tt_error error = load_table(&table, path, &why);
    size_t asked = allocations;
    tt_error narrow = load_matrix(&matrix, path);
    must(error == TT_OK || error == TT_ERROR_FORMAT || error == TT_ERROR_VALUE);
    must(narrow == error || (error == TT_OK && narrow == TT_ERROR_VALUE));
    if (error == TT_OK) {
        check_numbers(table, narrow ? NULL : &matrix, bytes, size);
        check_saving(table);
        tt_table_free(&table);
    }
    if (narrow == TT_OK) tt_matrix_free(&matrix);
    memory_end();

    /* Which allocation fails depends on the input alone, so that every failure can be repeated. */
    memory_begin(most);
    refuse_allocation = 1 + tt_crc32(0, bytes, size) % asked;
    must(load_table(&table, path, &why) == TT_ERROR_MEMORY);
    memory_end();
    return 0;
}

#ifndef REPLAY
/* Either the header changes, and its length before it with it, or the numbers. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed)
{
    size_t header = size > TT__NPY_PREFIX ? bytes[8] | (size_t)bytes[9] << 8 : 0;
    if (seed % 8 == 0 || !header || header > size - TT__NPY_PREFIX || most > 65535)
        return LLVMFuzzerMutate(bytes, size, most);
    if (seed % 8 < 3) return mutate_after(bytes, size, most, TT__NPY_PREFIX + header);
    size_t mutated = mutate_between(bytes, size, most, TT__NPY_PREFIX, &header);
    bytes[8] = (uint8_t)header;
    bytes[9] = (uint8_t)(header >> 8);
    return mutated;
}
#endif
