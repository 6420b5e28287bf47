/* The CSV reader (§15) on any bytes.  A file that is read gives the same fields when it is written
   and read again; numbers are strtod's; an error names a place in the file; memory is in proportion
   to the file, all of it is given back, and may run out at any time. */

#include "fuzz.h"

/* What was read: each field's length and text, and how many fields there were. */
typedef struct contents {
    char *text;
    size_t length, columns, records;
} contents;

static size_t lines_of(const uint8_t *bytes, size_t size)
{
    size_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n' || (bytes[i] == '\r' && (i + 1 == size || bytes[i + 1] != '\n'));
    return lines;
}

/* "path:line:column: something", with a place that the file has. */
static void check_place(const char *why, const char *path, const uint8_t *bytes, size_t size)
{
    must(is_utf8(why));
    must(strncmp(why, path, strlen(path)) == 0);
    unsigned long line = 0, column = 0;
    must(sscanf(why + strlen(path), ":%lu:%lu: ", &line, &column) == 2);
    must(line >= 1 && line <= lines_of(bytes, size));
    must(column >= 1 && column <= size + 1);
}

/* The number that C reads, if the field is one of ours. */
static void check_number(const tt_csv *csv, size_t column)
{
    tt_csv copy = *csv; /* whose error is not the reader's */
    double value = 12345;
    const char *text = tt_csv_text(csv, column);
    if (tt_csv_number(&value, &copy, column) == TT_OK)
        must(value == strtod(text, NULL) && tt__finite(value));
    else
        must(value == 12345 && is_utf8(copy.why.text) && strstr(copy.why.text, "expected"));
    int64_t integer = 12345;
    copy = *csv;
    if (tt_csv_integer(&integer, &copy, column, -1000, INT64_MAX) == TT_OK)
        must(integer == strtoll(text, NULL, 10) && integer >= -1000);
    else
        must(integer == 12345);
}

/* A field in quotes, its own quotes doubled. */
static void append_field(contents *all, const char *text, char end)
{
    all->text[all->length++] = '"';
    for (; *text; text++) {
        if (*text == '"') all->text[all->length++] = '"';
        all->text[all->length++] = *text;
    }
    all->text[all->length++] = '"';
    all->text[all->length++] = end;
}

static void append_record(contents *all, const tt_csv *csv, bool header)
{
    for (size_t c = 0; c < csv->columns; c++)
        append_field(all, header ? csv->header[c] : tt_csv_text(csv, c),
                     c + 1 == csv->columns ? '\n' : ',');
}

/* Reads a whole file into text that is a CSV file itself. */
static tt_error read_all(contents *all, const char *path, tt_message *why)
{
    tt_csv csv;
    all->length = all->records = 0;
    if (tt_csv_open(&csv, path) == TT_OK) append_record(all, &csv, true);
    while (tt_csv_next(&csv) == TT_OK) {
        for (size_t c = 0; c < csv.columns; c++) check_number(&csv, c);
        append_record(all, &csv, false);
    }
    all->columns = csv.columns;
    all->records = csv.records;
    tt_csv_close(&csv);
    *why = csv.why;
    return csv.error;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (!size) bytes = (const uint8_t *)"";
    const char *path = input_file("input", bytes, size);
    size_t room = 4 * size + 8, most = 131072 + 128 * size; /* an empty field takes four bytes */
    contents first = {(char *)malloc(room), 0, 0, 0}, second = {(char *)malloc(room), 0, 0, 0};
    must(first.text && second.text);
    tt_message why = {""};

    memory_begin(most);
    tt_error error = read_all(&first, path, &why);
    size_t asked = memory_end();
    must(error == TT_ERROR_END || error == TT_ERROR_FORMAT);
    must(error == TT_ERROR_FORMAT || !memchr(bytes, 0, size));
    if (error == TT_ERROR_FORMAT) check_place(why.text, path, bytes, size);

    if (error == TT_ERROR_END) {
        const char *copy = input_file("copy", first.text, first.length);
        memory_begin(2 * most);
        must(read_all(&second, copy, &why) == TT_ERROR_END);
        memory_end();
        must(first.columns == second.columns && first.records == second.records);
        must(first.length == second.length && !memcmp(first.text, second.text, first.length));
    }

    /* Which allocation fails depends on the input alone, so that every failure can be repeated. */
    memory_begin(most);
    refuse_allocation = 1 + tt_crc32(0, bytes, size) % asked;
    must(read_all(&second, path, &why) == TT_ERROR_MEMORY);
    memory_end();

    free(first.text);
    free(second.text);
    return 0;
}
