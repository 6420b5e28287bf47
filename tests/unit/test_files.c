/* test_files.c: what comes from files and goes into them.

   §13 tables from CSV, §17 saving and loading; and at the end every function that needs memory,
   with each of its allocations refused in turn. */

#include <stdbool.h>
#include <stdio.h>

/* A rename that can be made to fail: no file system does so when it is asked to. */
static bool refuse_rename;
static int test_rename(const char *from, const char *to)
{
    return refuse_rename ? -1 : rename(from, to);
}
#define rename test_rename

#include "tests/unit/test.h"
#include "tests/unit/folder.h"

#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* §13 tables from CSV ------------------------------------------------------------------------- */

/* Reads a whole file: its records as "1|2$3|4$" with | between fields and $ after a record. */
static tt_error read_csv(char *records, size_t capacity, const char *path, tt_message *why)
{
    tt_csv csv;
    tt_error error = tt_csv_open(&csv, path, why);
    size_t length = 0, count = 0;
    records[0] = 0;
    while (!error && !(error = tt_csv_next(&csv, why))) {
        assert_int_equal(csv.records, ++count);
        for (size_t c = 0; c < csv.columns; c++)
            length += (size_t)snprintf(records + length, capacity - length, "%s%s",
                                       tt_csv_text(&csv, c), c + 1 < csv.columns ? "|" : "$");
        assert_true(length < capacity);
    }
    tt_csv_close(&csv);
    tt_csv_close(&csv); /* twice is harmless */
    return error;
}

typedef struct csv_case {
    const char *what, *file;
    size_t size;
    tt_error error;       /* TT_ERROR_END: read to the end */
    const char *expected; /* the records, or the message */
} csv_case;

static const csv_case csv_catalogue[] = {
    {"plain", BYTES("a,b\n1,2\n3,4\n"), TT_ERROR_END, "1|2$3|4$"},
    {"one column", BYTES("a\n1\n2\n"), TT_ERROR_END, "1$2$"},
    {"comma in quotes", BYTES("a,b\n\"1,5\",2\n"), TT_ERROR_END, "1,5|2$"},
    {"line end in quotes", BYTES("a,b\n\"1\n5\",2\n"), TT_ERROR_END, "1\n5|2$"},
    {"CRLF in quotes is one \\n", BYTES("a,b\n\"1\r\n5\",2\n"), TT_ERROR_END, "1\n5|2$"},
    {"CR in quotes is \\n", BYTES("a,b\n\"1\r\r5\",2\n"), TT_ERROR_END, "1\n\n5|2$"},
    {"doubled quotes", BYTES("a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n"), TT_ERROR_END, "say \"hi\"|\"$"},
    {"empty quotes", BYTES("a,b\n\"\",\"\"\n"), TT_ERROR_END, "|$"},
    {"empty fields", BYTES("a,b,c\n,,\n1,,\n"), TT_ERROR_END, "||$1||$"},
    {"quoted last field at the end", BYTES("a,b\n1,\"2\""), TT_ERROR_END, "1|2$"},
    {"LF", BYTES("a\n1\n2\n"), TT_ERROR_END, "1$2$"},
    {"CRLF", BYTES("a\r\n1\r\n2\r\n"), TT_ERROR_END, "1$2$"},
    {"CR", BYTES("a\r1\r2\r"), TT_ERROR_END, "1$2$"},
    {"mixed line ends", BYTES("a\r1\n2\r\n3\r4\n"), TT_ERROR_END, "1$2$3$4$"},
    {"no line end at the end", BYTES("a,b\n1,2\n3,4"), TT_ERROR_END, "1|2$3|4$"},
    {"CR at the end", BYTES("a,b\n1,2\r"), TT_ERROR_END, "1|2$"},
    {"comma at the end", BYTES("a,b\n1,"), TT_ERROR_END, "1|$"},
    {"empty lines are skipped", BYTES("\n\na,b\n\n1,2\n\r\n\r3,4\n\n"), TT_ERROR_END, "1|2$3|4$"},
    {"blanks are kept", BYTES("a,b\n 1 ,\t2\n"), TT_ERROR_END, " 1 |\t2$"},
    {"UTF-8 mark", BYTES("\xEF\xBB\xBF" "a,b\n1,2\n"), TT_ERROR_END, "1|2$"},
    {"UTF-8 mark, quoted header", BYTES("\xEF\xBB\xBF\"a\",b\n1,2\n"), TT_ERROR_END, "1|2$"},
    {"first and last character of each length",
     BYTES("a\n\x01\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"
           "\xF0\x90\x80\x80\xF1\x80\x80\x80\xF4\x8F\xBF\xBF\n"), TT_ERROR_END,
     "\x01\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"
     "\xF0\x90\x80\x80\xF1\x80\x80\x80\xF4\x8F\xBF\xBF$"},

    {"open quote", BYTES("a,b\n1,\"2\n3,4\n"), TT_ERROR_FORMAT,
     "t.csv:2:3: this quote is never closed: expected another"},
    {"open quote in the header", BYTES("\"a,b\n1,2\n"), TT_ERROR_FORMAT,
     "t.csv:1:1: this quote is never closed: expected another"},
    {"a quote and nothing", BYTES("a\n\""), TT_ERROR_FORMAT,
     "t.csv:2:1: this quote is never closed: expected another"},
    {"an even number of quotes, but open", BYTES("a\n\"1\"\""), TT_ERROR_FORMAT,
     "t.csv:2:1: this quote is never closed: expected another"},
    {"quote inside a field", BYTES("a,b\n1,2\"3\n"), TT_ERROR_FORMAT,
     "t.csv:2:4: a quote inside a field: expected the whole field in quotes, and its own quotes "
     "doubled"},
    {"quote after a blank", BYTES("a,b\n1, \"3\"\n"), TT_ERROR_FORMAT,
     "t.csv:2:4: a quote inside a field: expected the whole field in quotes, and its own quotes "
     "doubled"},
    {"text after a quote", BYTES("a,b\n\"1\"x,2\n"), TT_ERROR_FORMAT,
     "t.csv:2:4: text after a closing quote: expected a comma or the end of the line"},
    {"blank after a quote", BYTES("a,b\n1,\"2\" \n"), TT_ERROR_FORMAT,
     "t.csv:2:6: text after a closing quote: expected a comma or the end of the line"},
    {"NUL after a quote", BYTES("a,b\n1,\"2\"\0\n"), TT_ERROR_FORMAT,
     "t.csv:2:6: text after a closing quote: expected a comma or the end of the line"},

    {"lines in quotes count", BYTES("a,b\n\"1\n\n2\",3\n4\n"), TT_ERROR_FORMAT,
     "t.csv:5:1: 1 field: expected 2, as in the header"},
    {"CRLF lines in quotes count once", BYTES("a,b\n\"1\r\n\r2\",3\n4\n"), TT_ERROR_FORMAT,
     "t.csv:5:1: 1 field: expected 2, as in the header"},
    {"columns after a line in quotes", BYTES("a,b\n\"1\n23\",4\"\n"), TT_ERROR_FORMAT,
     "t.csv:3:6: a quote inside a field: expected the whole field in quotes, and its own quotes "
     "doubled"},
    {"columns count bytes", BYTES("a,b\n\xC3\xA9\xC3\xA9,4\"\n"), TT_ERROR_FORMAT,
     "t.csv:2:7: a quote inside a field: expected the whole field in quotes, and its own quotes "
     "doubled"},
    {"mixed line ends count", BYTES("a,b\r\n1,2\r3,4\n5\n"), TT_ERROR_FORMAT,
     "t.csv:4:1: 1 field: expected 2, as in the header"},
    {"skipped lines count", BYTES("a,b\n\n\r\n\r1\n"), TT_ERROR_FORMAT,
     "t.csv:5:1: 1 field: expected 2, as in the header"},
    {"a mark has no column", BYTES("\xEF\xBB\xBF" "a\"\n"), TT_ERROR_FORMAT,
     "t.csv:1:2: a quote inside a field: expected the whole field in quotes, and its own quotes "
     "doubled"},

    {"short first record", BYTES("a,b,c\n1,2\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: 2 fields: expected 3, as in the header"},
    {"short later record", BYTES("a,b,c\n1,2,3\n4\n5,6,7\n"), TT_ERROR_FORMAT,
     "t.csv:3:1: 1 field: expected 3, as in the header"},
    {"long first record", BYTES("a,b\n1,2,3\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: 3 fields: expected 2, as in the header"},
    {"long later record", BYTES("a,b\n1,2\n3,4,\n"), TT_ERROR_FORMAT,
     "t.csv:3:1: 3 fields: expected 2, as in the header"},
    {"decimal comma, unquoted", BYTES("a,b\n1,3,5\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: 3 fields: expected 2, as in the header"},
    {"semicolons", BYTES("a;b\n1;3,5\n"), TT_ERROR_FORMAT,
     "t.csv:1:1: columns separated by semicolons: expected commas"},

    {"empty file", BYTES(""), TT_ERROR_FORMAT,
     "t.csv:1:1: the file is empty: expected a header line"},
    {"empty lines", BYTES("\n\r\n\r"), TT_ERROR_FORMAT,
     "t.csv:1:1: the file is empty: expected a header line"},
    {"a mark alone", BYTES("\xEF\xBB\xBF"), TT_ERROR_FORMAT,
     "t.csv:1:1: the file is empty: expected a header line"},
    {"header alone", BYTES("a,b\n"), TT_ERROR_END, ""},
    {"header without line end", BYTES("a,b"), TT_ERROR_END, ""},

    {"UTF-16, little end first", BYTES("\xFF\xFE" "a\0,\0b\0\n\0"), TT_ERROR_FORMAT,
     "t.csv:1:1: the file is UTF-16: expected UTF-8"},
    {"UTF-16, big end first", BYTES("\xFE\xFF\0a\0,\0b\0\n"), TT_ERROR_FORMAT,
     "t.csv:1:1: the file is UTF-16: expected UTF-8"},
    {"a UTF-16 mark alone", BYTES("\xFF\xFE"), TT_ERROR_FORMAT,
     "t.csv:1:1: the file is UTF-16: expected UTF-8"},
    {"half a UTF-8 mark", BYTES("\xEF\xBB"), TT_ERROR_FORMAT,
     "t.csv:1:1: byte 0xEF in this field: expected UTF-8 text"},
    {"Latin-1", BYTES("a,b\n1,caf\xE9\n"), TT_ERROR_FORMAT,
     "t.csv:2:3: byte 0xE9 in this field: expected UTF-8 text"},
    {"a continuation byte alone", BYTES("a\n\x80\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0x80 in this field: expected UTF-8 text"},
    {"overlong /", BYTES("a\n\xC0\xAF\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xC0 in this field: expected UTF-8 text"},
    {"overlong in two bytes", BYTES("a\n\xC1\xBF\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xC1 in this field: expected UTF-8 text"},
    {"overlong in three bytes", BYTES("a\n\xE0\x9F\xBF\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xE0 in this field: expected UTF-8 text"},
    {"overlong in four bytes", BYTES("a\n\xF0\x8F\xBF\xBF\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xF0 in this field: expected UTF-8 text"},
    {"first surrogate", BYTES("a\n\xED\xA0\x80\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xED in this field: expected UTF-8 text"},
    {"last surrogate", BYTES("a\n\xED\xBF\xBF\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xED in this field: expected UTF-8 text"},
    {"one of two bytes", BYTES("a,b\n\xC3,2\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xC3 in this field: expected UTF-8 text"},
    {"two of three bytes", BYTES("a\n\xE2\x82\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xE2 in this field: expected UTF-8 text"},
    {"three of four bytes", BYTES("a\n\xF0\x9F\x98"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xF0 in this field: expected UTF-8 text"},
    {"beyond U+10FFFF", BYTES("a\n\xF4\x90\x80\x80\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xF4 in this field: expected UTF-8 text"},
    {"far beyond", BYTES("a\n\xF5\x80\x80\x80\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xF5 in this field: expected UTF-8 text"},
    {"no byte of UTF-8", BYTES("a\nok\xFF\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xFF in this field: expected UTF-8 text"},
    {"not UTF-8, in quotes", BYTES("a\n\"\xFF\"\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xFF in this field: expected UTF-8 text"},
    {"not UTF-8, in the header", BYTES("a,\xFF\n"), TT_ERROR_FORMAT,
     "t.csv:1:3: byte 0xFF in this field: expected UTF-8 text"},
    {"NUL", BYTES("a,b\n1,2\0003\n"), TT_ERROR_FORMAT, "t.csv:2:4: a NUL byte: expected text"},
    {"NUL in quotes", BYTES("a,b\n1,\"2\0003\"\n"), TT_ERROR_FORMAT,
     "t.csv:2:5: a NUL byte: expected text"},
    {"NUL in the header", BYTES("a\0,b\n"), TT_ERROR_FORMAT,
     "t.csv:1:2: a NUL byte: expected text"},
};

/* §13 */
static void csv_reads_records_or_says_where_they_are_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof csv_catalogue / sizeof *csv_catalogue; i++) {
        const csv_case *c = &csv_catalogue[i];
        char records[256];
        tt_message why = {"untouched"};
        write_file("t.csv", c->file, c->size);
        tt_error error = read_csv(records, sizeof records, "t.csv", &why);
        const char *found = c->error == TT_ERROR_END ? records : why.text;
        assert_case(error == c->error, c->what, "%s, %s", tt_error_text(error), why.text);
        assert_case(strcmp(found, c->expected) == 0, c->what, "found    %s\nexpected %s", found,
                    c->expected);
        assert_int_equal(read_csv(records, sizeof records, "t.csv", NULL), c->error);
    }
}

/* §13 */
static void csv_end_says_how_many_records_there_were_and_stays(void **state)
{
    (void)state;
    tt_csv csv;
    tt_message why = {""};
    write_file("t.csv", BYTES("a,b\n1,2\n3,4\n"));
    assert_int_equal(tt_csv_open(&csv, "t.csv", &why), TT_OK);
    assert_int_equal(csv.columns, 2);
    assert_int_equal(csv.records, 0);
    assert_int_equal(tt_csv_next(&csv, &why), TT_OK);
    assert_int_equal(tt_csv_next(&csv, &why), TT_OK);
    assert_string_equal(why.text, ""); /* set only when something fails */
    for (int again = 0; again < 2; again++) {
        assert_int_equal(tt_csv_next(&csv, &why), TT_ERROR_END);
        assert_string_equal(why.text, "t.csv: 2 records, no more");
        assert_int_equal(csv.records, 2);
    }
    tt_csv_close(&csv);
}

/* §13 */
static void csv_files_that_cannot_be_read(void **state)
{
    (void)state;
    tt_csv csv;
    tt_message why;
    assert_int_equal(tt_csv_open(&csv, "missing.csv", &why), TT_ERROR_OPEN);
    assert_string_equal(why.text, "missing.csv: the file can't be opened");
    tt_csv_close(&csv);
    assert_int_equal(tt_csv_open(&csv, "no/such/folder.csv", NULL), TT_ERROR_OPEN);
    tt_csv_close(&csv);
    assert_int_equal(mkdir("folder.csv", 0700), 0);
    assert_int_equal(tt_csv_open(&csv, "folder.csv", &why), TT_ERROR_READ);
    assert_string_equal(why.text, "folder.csv:1:1: reading failed");
    tt_csv_close(&csv);
    assert_int_equal(rmdir("folder.csv"), 0);
}

/* Makes all further reading of an open file fail, once its buffer is used up. */
static void spoil(tt_csv *csv)
{
    int only_for_writing = open("/dev/null", O_WRONLY);
    assert_true(only_for_writing >= 0);
    assert_true(dup2(only_for_writing, fileno((FILE *)csv->file)) >= 0);
    close(only_for_writing);
}

/* What is said when reading fails behind n bytes of t.csv. */
static void expected_place(char text[64], const char *file, size_t n)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < n; i++) {
        bool line_end = file[i] == '\n' || file[i] == '\r';
        line += line_end;
        column = line_end ? 1 : column + 1;
    }
    snprintf(text, 64, "t.csv:%zu:%zu: reading failed", line, column);
}

/* §13: wherever in a record reading fails, it is not taken for the file's end. */
static void csv_reading_that_fails_halfway(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "1,2\n", "1,2", "1", "1,", "\"1", "\"1\"", "1,\"2\"",
                                       "\"1\n", "\"1\"\"", "1,2\r"};
    char *file = (char *)malloc(65536 + 64);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        tt_csv csv;
        tt_message why = {""};
        size_t start = 65536 - strlen(ends[i]);
        memset(file, 'f', 65536 + 64);
        memcpy(file, "a,b\n", 4);
        memcpy(file + start - 3, ",0\n", 3);
        memcpy(file + start, ends[i], strlen(ends[i]));
        write_file("t.csv", file, 65536 + 64);
        assert_int_equal(tt_csv_open(&csv, "t.csv", NULL), TT_OK);
        spoil(&csv);
        assert_int_equal(tt_csv_next(&csv, &why), TT_OK);
        tt_error error = tt_csv_next(&csv, &why);
        if (!error) error = tt_csv_next(&csv, &why); /* one was still complete */
        tt_csv_close(&csv);
        assert_case(error == TT_ERROR_READ, ends[i], "%s, %s", tt_error_text(error), why.text);
        char expected[64];
        expected_place(expected, file, 65536);
        assert_string_equal(why.text, expected);
    }
    free(file);
}

/* §13 */
static void csv_finds_columns_by_name(void **state)
{
    (void)state;
    tt_csv csv;
    tt_message why;
    size_t column = 77;
    write_file("t.csv", BYTES("\xEF\xBB\xBF\"userId\",movie id,\"a,\"\"b\"\"\",,rating\n"
                              "1,2,3,4,5\n"));
    assert_int_equal(tt_csv_open(&csv, "t.csv", &why), TT_OK);
    static const char *const names[] = {"userId", "movie id", "a,\"b\"", "", "rating"};
    for (int record = 0; record < 2; record++) { /* the names outlive the header's record */
        for (size_t c = 0; c < 5; c++) {
            assert_int_equal(tt_csv_find(&column, &csv, names[c], &why), TT_OK);
            assert_int_equal(column, c);
        }
        if (!record) assert_int_equal(tt_csv_next(&csv, &why), TT_OK);
    }
    column = 77;
    assert_int_equal(tt_csv_find(&column, &csv, "Rating", &why), TT_ERROR_FORMAT);
    assert_string_equal(why.text, "t.csv:1:1: no column \"Rating\": the header has userId, "
                                  "movie id, a,\"b\", , rating");
    assert_int_equal(column, 77);
    assert_int_equal(tt_csv_find(&column, &csv, "rating ", NULL), TT_ERROR_FORMAT);
    tt_csv_close(&csv);
}

/* §13: empty lines count, records may be longer than a line, and the header has its place too. */
static void csv_knows_the_lines_of_records(void **state)
{
    (void)state;
    tt_csv csv;
    tt_message why;
    size_t column;
    write_file("t.csv", BYTES("\n\r\na,b\n1,2\n\n\"3\n\",4\n5,6"));
    assert_int_equal(tt_csv_open(&csv, "t.csv", &why), TT_OK);
    static const size_t lines[] = {3, 4, 6, 8};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(csv.line, lines[i]);
        assert_int_equal(tt_csv_next(&csv, &why), i < 3 ? TT_OK : TT_ERROR_END);
    }
    assert_int_equal(tt_csv_find(&column, &csv, "c", &why), TT_ERROR_FORMAT);
    assert_string_equal(why.text, "t.csv:3:1: no column \"c\": the header has a, b");
    tt_csv_close(&csv);
    write_file("t.csv", BYTES("\n\na;b\n1;2\n"));
    assert_int_equal(tt_csv_open(&csv, "t.csv", &why), TT_ERROR_FORMAT);
    assert_string_equal(why.text, "t.csv:3:1: columns separated by semicolons: expected commas");
    tt_csv_close(&csv);
}

/* §13: a field is asked for when there is a record, and by a number that it has. */
static void csv_fields_are_asked_for_by_column_and_after_a_record(void **state)
{
    (void)state;
    tt_csv csv;
    double value;
    int64_t integer;
    write_file("t.csv", BYTES("a,b\n1,2\n"));
    assert_int_equal(tt_csv_open(&csv, "t.csv", NULL), TT_OK);
    tt_csv nowhere;
    assert_stops(tt_csv_open(&nowhere, NULL, NULL), "tt_csv_open: path is NULL");
    assert_stops(tt_csv_text(&csv, 0), "record 0");
    assert_stops(tt_csv_number(&value, &csv, 0, NULL), "record 0");
    assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
    assert_string_equal(tt_csv_text(&csv, 1), "2");
    assert_stops(tt_csv_text(&csv, 2), "column 2 of 2");
    assert_stops(tt_csv_integer(&integer, &csv, 2, 0, 9, NULL), "column 2 of 2");
    tt_csv_close(&csv);
}

/* Reads one good record and one that is refused, or not there, and asks for a field. */
static void ask_after(const char *file)
{
    tt_csv csv;
    write_file("t.csv", file, strlen(file));
    assert_int_equal(tt_csv_open(&csv, "t.csv", NULL), TT_OK);
    assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
    assert_int_not_equal(tt_csv_next(&csv, NULL), TT_OK);
    assert_stops(tt_csv_text(&csv, 1), "column 1 of 2");
    tt_csv_close(&csv);
}

/* §13 */
static void csv_fields_of_a_refused_record_cannot_be_asked_for(void **state)
{
    (void)state;
    ask_after("a,b\n1,2\n3\n");
    ask_after("a,b\n1,2\n3,\"4\n");
    ask_after("a,b\n1,2\n");
}

/* One field of one column x, in quotes, so that commas are safe. */
static void open_field(tt_csv *csv, const char *field)
{
    char file[1200];
    int size = snprintf(file, sizeof file, "x\n\"%s\"\n", field);
    assert_true(size > 0 && (size_t)size < sizeof file);
    write_file("t.csv", file, (size_t)size);
    assert_int_equal(tt_csv_open(csv, "t.csv", NULL), TT_OK);
    assert_int_equal(tt_csv_next(csv, NULL), TT_OK);
}

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* §13 */
static void csv_numbers_that_are_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        double value;
    } cases[] = {
        {"3.5", 3.5}, {"0", 0}, {"-0", -0.0}, {"+4", 4}, {"-2.25", -2.25}, {".5", 0.5}, {"007", 7},
        {" 3.5", 3.5}, {"3.5 ", 3.5}, {"\t 3.5\t ", 3.5}, {"1e3", 1e3}, {"1E3", 1e3}, {"1e+3", 1e3},
        {"1.5e-3", 1.5e-3}, {"1e-400", 0}, {"-1e-400", -0.0}, {"5e-324", 5e-324}, {"2e-324", 0},
        {"1e-310", 1e-310}, {"1.7976931348623157e308", 1.7976931348623157e308},
        {"0e999999999999", 0}, {"0.000000e-999999999999", 0}, {"1e-99999999999999999999", 0},
        {"9007199254740993", 9007199254740992.0}, {"9007199254740995", 9007199254740996.0},
        {"16777217.0000000001", 16777217.0000000001}, {"1e22", 1e22}, {"1e23", 1e23},
        {"123456789012345e22", 123456789012345e22}, {"123456789012345e-22", 123456789012345e-22},
        {"0.1", 0.1}, {"3.65", 3.65}, {"00000000000000000000000000000000000000000001", 1},
        {"100000000000000000000000000000000", 1e32}, {"0.3000000000000000444", 0.30000000000000004},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tt_csv csv;
        tt_message why = {""};
        double value = 42;
        open_field(&csv, cases[i].field);
        tt_error error = tt_csv_number(&value, &csv, 0, &why);
        tt_csv_close(&csv);
        assert_case(!error, cases[i].field, "%s", why.text);
        assert_case(bits_of(value) == bits_of(cases[i].value), cases[i].field, "%.17g", value);
    }
}

/* §13 */
static void csv_numbers_that_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", " ", "NA", "nan", "NaN", "-nan", "nan(1)", "inf", "Infinity", "-Infinity", "1e400",
        "-1e400", "1.8e308", "1e99999999999999999999", "3.", "3. ", ".", "-", "+", "-.", "--1",
        "+-1", "e5", ".e5", "1e", "1e+", "1e-", "1.e5", "1e5.0", "1.5.5", "0x1p3", "0x10", "1x",
        "x1", "1 2", "1_000", "3;5", "1d5", "1f", "\xD9\xA3", "3\xC2\xA0", "12:30", "1/2", "5%"};
    static const char *const with_comma[] = {"3,5", "1,000", ",5", "-3,5"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        tt_csv csv;
        tt_message why = {""};
        char expected[160];
        double value = 42;
        open_field(&csv, texts[i]);
        tt_error error = tt_csv_number(&value, &csv, 0, &why);
        tt_csv_close(&csv);
        snprintf(expected, sizeof expected,
                 "t.csv:2:1: x \"%s\": expected a finite number like 3.5", texts[i]);
        assert_case(error == TT_ERROR_VALUE, texts[i], "%s", tt_error_text(error));
        assert_string_equal(why.text, expected);
    }
    for (size_t i = 0; i < sizeof with_comma / sizeof *with_comma; i++) {
        tt_csv csv;
        tt_message why = {""};
        char expected[160];
        double value = 42;
        open_field(&csv, with_comma[i]);
        assert_int_equal(tt_csv_number(&value, &csv, 0, &why), TT_ERROR_VALUE);
        tt_csv_close(&csv);
        snprintf(expected, sizeof expected,
                 "t.csv:2:1: x \"%s\": expected a number like 3.5 (a decimal comma?)",
                 with_comma[i]);
        assert_string_equal(why.text, expected);
    }
}

/* §13: an error leaves the output as it was, also when the number overflows. */
static void numbers_that_are_refused_leave_the_output_untouched(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "x", "3.", "1e", "1e400", "-1e999", "1 2", "nan",
                                        "99999999999999999999e300"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        tt_csv csv;
        double value = 42;
        int64_t integer = 43;
        assert_case(!tt_parse_number(&value, texts[i]), texts[i], "accepted");
        assert_case(value == 42, texts[i], "tt_parse_number wrote %g", value);
        open_field(&csv, texts[i]);
        assert_int_equal(tt_csv_number(&value, &csv, 0, NULL), TT_ERROR_VALUE);
        assert_case(value == 42, texts[i], "tt_csv_number wrote %g", value);
        assert_int_equal(tt_csv_integer(&integer, &csv, 0, INT64_MIN, INT64_MAX, NULL),
                         TT_ERROR_VALUE);
        assert_true(integer == 43);
        tt_csv_close(&csv);
    }
}

/* §13: ids never pass through a double. */
static void csv_integers_within_their_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        int64_t low, high, value;
        bool accepted;
    } cases[] = {
        {"7", 1, 10, 7, true}, {"1", 1, 10, 1, true}, {"10", 1, 10, 10, true},
        {"0", 1, 10, 0, false}, {"11", 1, 10, 0, false}, {"-1", 0, 10, 0, false},
        {"-5", -5, 5, -5, true}, {"-6", -5, 5, 0, false}, {"+5", 0, 9, 5, true},
        {" 5\t", 0, 9, 5, true}, {"005", 0, 9, 5, true}, {"-0", 0, 9, 0, true},
        {"9007199254740993", 0, INT64_MAX, 9007199254740993, true},
        {"-9007199254740993", INT64_MIN, 0, -9007199254740993, true},
        {"999999999999999999", 0, INT64_MAX, 999999999999999999, true},
        {"9223372036854775808", INT64_MIN, INT64_MAX, 0, false},
        {"18446744073709551615", INT64_MIN, INT64_MAX, 0, false},
        {"18446744073709551616", INT64_MIN, INT64_MAX, 0, false},
        {"99999999999999999999", INT64_MIN, INT64_MAX, 0, false},
        {"-99999999999999999999", INT64_MIN, INT64_MAX, 0, false},
        {"10000000000000000000000000000000000000001", INT64_MIN, INT64_MAX, 0, false},
        {"1.5", 0, 9, 0, false}, {"1.0", 0, 9, 0, false}, {"1e0", 0, 9, 0, false},
        {"1E2", 0, 999, 0, false}, {"5.", 0, 9, 0, false}, {"", 0, 9, 0, false},
        {"NA", 0, 9, 0, false}, {"0x5", 0, 9, 0, false}, {"5 5", 0, 99, 0, false},
        {"5,0", 0, 99, 0, false}, {"--5", -9, 9, 0, false}, {"- 5", -9, 9, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tt_csv csv;
        tt_message why = {""};
        char expected[200];
        int64_t value = 42;
        open_field(&csv, cases[i].field);
        tt_error error = tt_csv_integer(&value, &csv, 0, cases[i].low, cases[i].high, &why);
        tt_csv_close(&csv);
        if (cases[i].accepted) {
            assert_case(!error, cases[i].field, "%s", why.text);
            assert_case(value == cases[i].value, cases[i].field, "%lld", (long long)value);
        } else {
            snprintf(expected, sizeof expected,
                     "t.csv:2:1: x \"%s\": expected a whole number from %lld to %lld",
                     cases[i].field, (long long)cases[i].low, (long long)cases[i].high);
            assert_case(error == TT_ERROR_VALUE, cases[i].field, "%lld accepted", (long long)value);
            assert_case(value == 42, cases[i].field, "the output is %lld", (long long)value);
            assert_string_equal(why.text, expected);
        }
    }
}

/* §13: the nineteen digits of the largest integers too. */
static void csv_integers_reach_the_ends_of_int64(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        int64_t value;
    } cases[] = {{"9223372036854775807", INT64_MAX}, {"-9223372036854775808", INT64_MIN},
                 {"1000000000000000000", 1000000000000000000},
                 {"-9223372036854775807", -INT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tt_csv csv;
        tt_message why = {""};
        int64_t value = 42;
        open_field(&csv, cases[i].field);
        tt_error error = tt_csv_integer(&value, &csv, 0, INT64_MIN, INT64_MAX, &why);
        tt_csv_close(&csv);
        assert_case(!error && value == cases[i].value, cases[i].field, "%lld, %s", (long long)value,
                    why.text);
    }
}

/* §13 */
static void csv_complaints_name_place_column_and_text(void **state)
{
    (void)state;
    tt_csv csv;
    tt_message why;
    int64_t id = 42;
    double rating = 42;
    write_file("t.csv", BYTES("id,rating\n1,\"4\n\"\n\n22,nine\n3,9.9\n"));
    assert_int_equal(tt_csv_open(&csv, "t.csv", NULL), TT_OK);
    assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
    assert_int_equal(tt_csv_complain(&csv, 1, "too long", &why), TT_ERROR_VALUE);
    assert_string_equal(why.text, "t.csv:2:3: rating \"4\n\": too long");
    assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
    assert_int_equal(tt_csv_integer(&id, &csv, 0, 1, 9, &why), TT_ERROR_VALUE);
    assert_string_equal(why.text, "t.csv:5:1: id \"22\": expected a whole number from 1 to 9");
    assert_int_equal(tt_csv_number(&rating, &csv, 1, &why), TT_ERROR_VALUE);
    assert_string_equal(why.text, "t.csv:5:4: rating \"nine\": expected a finite number like 3.5");
    assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
    assert_int_equal(tt_csv_complain(&csv, 1, "expected stars from 0.5 to 5", &why),
                     TT_ERROR_VALUE);
    assert_string_equal(why.text, "t.csv:6:3: rating \"9.9\": expected stars from 0.5 to 5");
    assert_int_equal(tt_csv_complain(&csv, 1, "NULL is no message", NULL), TT_ERROR_VALUE);
    tt_csv_close(&csv);
}

/* §13: a message is cut to its room, however long names and texts are. */
static void csv_messages_have_room_for_anything(void **state)
{
    (void)state;
    tt_csv csv;
    tt_message why;
    size_t column;
    char file[20000];
    size_t n = 0;
    for (int c = 0; c < 20; c++) n += (size_t)sprintf(file + n, "%s%0200d", c ? "," : "", c);
    for (int c = 0; c < 20; c++) n += (size_t)sprintf(file + n, "%s%0300dx", c ? "," : "\n", c);
    write_file("t.csv", file, n);
    assert_int_equal(tt_csv_open(&csv, "t.csv", NULL), TT_OK);
    assert_int_equal(tt_csv_find(&column, &csv, file, &why), TT_ERROR_FORMAT);
    assert_true(strlen(why.text) < sizeof why.text);
    assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
    double value = 42;
    assert_int_equal(tt_csv_number(&value, &csv, 19, &why), TT_ERROR_VALUE);
    assert_true(strlen(why.text) < sizeof why.text);
    assert_int_equal(strncmp(why.text, "t.csv:2:5739: 0000", 18), 0);
    tt_csv_close(&csv);
}

/* Whether a text ends between two characters of UTF-8, when all before its last four bytes is. */
static bool ends_whole(const char *text, size_t length)
{
    for (size_t back = 1; back <= 4 && back <= length; back++) {
        unsigned char c = (unsigned char)text[length - back];
        if (c < 0x80) return back == 1;
        if (c >= 0xC0) return back == (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u);
    }
    return false;
}

/* §13: what is cut is cut between characters, so that a message is UTF-8 like the file. */
static void csv_messages_cut_no_character_in_two(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        tt_csv csv;
        tt_message why;
        char file[3000], *end = file + sprintf(file, "%.*s", (int)shift, "xyz");
        for (int i = 0; i < 300; i++) end += sprintf(end, "\xF0\x9F\x98\x80");
        end += sprintf(end, "\n%.*s", (int)shift, "xyz");
        for (int i = 0; i < 300; i++) end += sprintf(end, "\xF0\x9F\x98\x80");
        write_file("t.csv", file, (size_t)(end - file));
        size_t column;
        assert_int_equal(tt_csv_open(&csv, "t.csv", NULL), TT_OK);
        assert_int_equal(tt_csv_find(&column, &csv, "y", &why), TT_ERROR_FORMAT);
        assert_true(ends_whole(why.text, strlen(why.text)));
        assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
        assert_int_equal(tt_csv_complain(&csv, 0, "no", &why), TT_ERROR_VALUE);
        const char *quote = strchr(why.text, '"');
        assert_non_null(quote);
        assert_true(ends_whole(why.text, (size_t)(quote - 1 - why.text)));
        assert_true(ends_whole(why.text, strlen(why.text) - strlen("\": no")));
        tt_csv_close(&csv);
    }
}

/* §13 */
static void csv_wide_records(void **state)
{
    (void)state;
    enum { WIDE = 5000 };
    tt_csv csv;
    char *file = (char *)malloc(WIDE * 20);
    size_t n = 0;
    for (size_t c = 0; c < WIDE; c++) n += (size_t)sprintf(file + n, "%sc%zu", c ? "," : "", c);
    for (size_t c = 0; c < WIDE; c++)
        n += (size_t)sprintf(file + n, "%s%zu", c ? "," : "\n", 2 * c);
    write_file("t.csv", file, n);
    free(file);
    assert_int_equal(tt_csv_open(&csv, "t.csv", NULL), TT_OK);
    assert_int_equal(csv.columns, WIDE);
    assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
    for (size_t c = 0; c < WIDE; c++) {
        int64_t value = 42;
        assert_int_equal(tt_csv_integer(&value, &csv, c, 0, INT64_MAX, NULL), TT_OK);
        assert_int_equal(value, 2 * c);
    }
    size_t column = 0;
    assert_int_equal(tt_csv_find(&column, &csv, "c4999", NULL), TT_OK);
    assert_int_equal(column, 4999);
    tt_csv_close(&csv);
}

/* §13 */
static void csv_a_field_of_a_megabyte(void **state)
{
    (void)state;
    enum { LONG = 1 << 20 };
    tt_csv csv;
    char *file = (char *)malloc(LONG + 64);
    memcpy(file, "a,b\n\"", 5);
    for (size_t i = 0; i < LONG; i++) file[5 + i] = (char)('a' + i % 23);
    memcpy(file + 5 + LONG, "\",1\nx,2", 7);
    write_file("t.csv", file, 5 + LONG + 7);
    assert_int_equal(tt_csv_open(&csv, "t.csv", NULL), TT_OK);
    assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
    assert_int_equal(strlen(tt_csv_text(&csv, 0)), LONG);
    assert_memory_equal(tt_csv_text(&csv, 0), file + 5, LONG);
    assert_string_equal(tt_csv_text(&csv, 1), "1");
    assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
    assert_string_equal(tt_csv_text(&csv, 0), "x");
    assert_string_equal(tt_csv_text(&csv, 1), "2");
    tt_csv_close(&csv);
    free(file);
}

/* §13: a record may lie across the border of the read buffer, 65536 bytes, at any of its bytes. */
static void csv_records_across_the_border_of_the_buffer(void **state)
{
    (void)state;
    static const char piece[] = "\"x\"\"y\r\nz\",\xE2\x82\xAC\r\n1,2\r\r\n3,4\"";
    char *file = (char *)malloc(65536 + 128);
    for (size_t start = 65536 - sizeof piece - 2; start < 65536 + 3; start++) {
        tt_csv csv;
        tt_message why;
        memcpy(file, "a,b\n", 4);
        memset(file + 4, 'f', start - 4);
        memcpy(file + start - 3, ",0\n", 3);
        memcpy(file + start, piece, sizeof piece - 1);
        write_file("t.csv", file, start + sizeof piece - 1);
        assert_int_equal(tt_csv_open(&csv, "t.csv", NULL), TT_OK);
        assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
        assert_int_equal(strlen(tt_csv_text(&csv, 0)), start - 7);
        assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
        assert_string_equal(tt_csv_text(&csv, 0), "x\"y\nz");
        assert_string_equal(tt_csv_text(&csv, 1), "\xE2\x82\xAC");
        assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
        assert_string_equal(tt_csv_text(&csv, 0), "1");
        assert_string_equal(tt_csv_text(&csv, 1), "2");
        assert_int_equal(tt_csv_complain(&csv, 1, "here", &why), TT_ERROR_VALUE);
        assert_string_equal(why.text, "t.csv:5:3: b \"2\": here");
        assert_int_equal(tt_csv_next(&csv, &why), TT_ERROR_FORMAT);
        assert_int_equal(strncmp(why.text, "t.csv:7:4: a quote", 18), 0);
        tt_csv_close(&csv);
    }
    free(file);
}

/* A number as text: digits with a point somewhere, perhaps an exponent. */
static void random_decimal(char text[64], tt_random *random)
{
    size_t digits = 1 + tt_random_uint32(random) % 25, n = 0;
    if (tt_random_uint32(random) % 3 == 0) digits = 15 + tt_random_uint32(random) % 3;
    size_t point = tt_random_uint32(random) % (digits + 1);
    if (tt_random_uint32(random) % 2) text[n++] = '-';
    for (size_t i = 0; i < digits; i++) {
        if (i == point && i + 1 < digits) text[n++] = '.';
        text[n++] = (char)('0' + tt_random_uint32(random) % 10);
    }
    text[n] = 0;
    int wide = tt_random_uint32(random) % 4 == 0 ? 340 : 30;
    int exponent = (int)(tt_random_uint32(random) % (2 * (uint32_t)wide + 1)) - wide;
    if (tt_random_uint32(random) % 3) sprintf(text + n, "e%d", exponent);
}

/* Exactly between two doubles, or a hair beside. */
static void random_halfway(char text[64], tt_random *random)
{
    static const char *const hairs[] = {"1", "1.0", "1.00000000000000000000000000001",
                                        "0.99999999999999999999999999999"};
    uint64_t m = (uint64_t)1 << 52 | (uint64_t)tt_random_uint32(random) << 20;
    m |= tt_random_uint32(random) >> 12;
    const char *hair = hairs[tt_random_uint32(random) % 4];
    sprintf(text, "%llu%s", (unsigned long long)(2 * m + (hair[0] == '1')), hair + 1);
}

/* Compares tt_parse_number with strtod in the C locale; the parsing locale is the caller's. */
static void compare_with_strtod(const char *locale, size_t count,
                                void (*make)(char text[64], tt_random *random))
{
    tt_random random;
    tt_random_seed(&random, 13);
    for (size_t i = 0; i < count; i++) {
        char text[64];
        make(text, &random);
        double expected = strtod(text, NULL), value = 42;
        bool finite = isfinite(expected);
        if (locale) assert_non_null(setlocale(LC_ALL, locale));
        bool parsed = tt_parse_number(&value, text);
        if (locale) setlocale(LC_ALL, "C");
        assert_case(parsed == finite, text, "%d", parsed);
        assert_case(!parsed || bits_of(value) == bits_of(expected), text, "%.17g, not %.17g", value,
                    expected);
    }
}

/* §13 */
static void numbers_round_as_strtod_does(void **state)
{
    (void)state;
    compare_with_strtod(NULL, 200000, random_decimal);
    compare_with_strtod(NULL, 20000, random_halfway);
}

/* §13 */
static void numbers_with_many_digits(void **state)
{
    (void)state;
    char text[600];
    double value = 42;
    memset(text, '3', 400);
    text[1] = '.';
    text[400] = 0;
    assert_true(tt_parse_number(&value, text));
    assert_true(value == strtod(text, NULL));

    /* The middle between 1 and the next double, 1 + 2^-53, and the same with a digit after. */
    strcpy(text, "1.00000000000000011102230246251565404236316680908203125");
    assert_true(tt_parse_number(&value, text) && value == 1);
    strcat(text, "0000000000000000000000000000000000000000000000000000000000000000000000001");
    assert_true(tt_parse_number(&value, text) && value == 1 + 1 / 4503599627370496.0);
}

/* §13: thousands of zeros can't hide how large an exponent is. */
static void numbers_with_more_zeros_than_an_exponent_has_digits(void **state)
{
    (void)state;
    char text[10100] = "0.";
    double value = 42;
    memset(text + 2, '0', 9990);
    strcpy(text + 9992, "1e999999"); /* 10^990008 */
    assert_false(tt_parse_number(&value, text));
    assert_true(value == 42);
}

/* A locale that writes 3,5: one that is there, or one made here; NULL and why not. */
static const char *comma_locale(const char **why_not)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8",
                                        "fr_FR", "es_ES.UTF-8", "nl_NL.UTF-8", "./de.UTF-8"};
    bool made = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool ours = names[i][0] == '.';
        if (ours) {
            made = system("localedef -i de_DE -f UTF-8 ./de.UTF-8 >/dev/null 2>&1") == 0;
            setenv("LOCPATH", folder, 1);
        }
        const char *name = names[i] + (ours ? 2 : 0);
        bool comma = setlocale(LC_ALL, name) && strtod("3.5", NULL) == 3;
        setlocale(LC_ALL, "C");
        if (comma) return name;
    }
    *why_not = made ? "setlocale refuses the German locale that localedef made"
                    : "no locale with a decimal comma is installed, and localedef can't make one";
    return NULL;
}

/* §13, §17: neither numbers nor model files depend on the locale. */
static void numbers_do_not_depend_on_the_locale(void **state)
{
    (void)state;
    const char *why_not, *name = comma_locale(&why_not);
    if (!name) {
        printf("SKIPPED: %s\n", why_not);
        skip();
    }
    compare_with_strtod(name, 5000, random_decimal);
    compare_with_strtod(name, 500, random_halfway);

    double value = 42;
    setlocale(LC_ALL, name);
    bool comma = tt_parse_number(&value, "3,5"), long_comma = tt_parse_number(
        &value, "3,50000000000000000000001");
    setlocale(LC_ALL, "C");
    assert_false(comma);
    assert_false(long_comma);
    assert_true(value == 42);
}

/* §15 */
static void the_progress_line_does_not_depend_on_the_locale(void **state)
{
    (void)state;
    const char *why_not, *name = comma_locale(&why_not);
    if (!name) {
        printf("SKIPPED: %s\n", why_not);
        skip();
    }
    char text[200];
    tt_progress progress;
    memset(&progress, 0, sizeof progress);
    progress.epoch = 3;
    progress.epochs = 30;
    progress.batch = 1203;
    progress.batches = 2516;
    progress.loss = 0.12614;
    setlocale(LC_ALL, name);
    tt_progress_line(text, sizeof text, &progress, 11);
    setlocale(LC_ALL, "C");
    assert_string_equal(text, "epoch 3/30 [====>     ] 1203/2516, 12 s left, loss 0.1261");
}

/* §13 */
static tt_error try_csv(void *context)
{
    (void)context;
    tt_csv csv;
    tt_message why = {""};
    double sum = 42, value = 42;
    size_t column = 77;
    tt_error error = tt_csv_open(&csv, "t.csv", &why);
    if (!error) error = tt_csv_find(&column, &csv, "c19", &why);
    if (!error) sum = 0;
    while (!error && !(error = tt_csv_next(&csv, &why)) &&
           !(error = tt_csv_number(&value, &csv, column, &why)))
        sum += value;
    grant_memory();
    tt_csv_close(&csv);
    if (error == TT_ERROR_MEMORY) assert_string_equal(why.text, "t.csv: out of memory");
    if (error == TT_ERROR_END) assert_true(sum == 19 + 119);
    return error == TT_ERROR_END ? TT_OK : error;
}

/* Only the records, to the last. */
static tt_error try_records(void *context)
{
    (void)context;
    tt_csv csv;
    tt_error error = tt_csv_open(&csv, "t.csv", NULL);
    while (!error) error = tt_csv_next(&csv, NULL);
    grant_memory();
    tt_csv_close(&csv);
    return error == TT_ERROR_END ? TT_OK : error;
}

static void csv_without_memory(void **state)
{
    (void)state;
    char file[2000];
    size_t n = 0;
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 20; c++)
            n += (size_t)sprintf(file + n, r ? "%s%d" : "%sc%d", c ? "," : r ? "\n" : "",
                                 c + (r > 1 ? 100 : 0));
    write_file("t.csv", file, n);
    assert_true(refuse_each(try_csv, NULL) > 5);

    /* Between quotes too: the text grows at its 17th byte, a letter, a line end or the last. */
    for (int letters = 15; letters <= 17; letters++) {
        n = (size_t)snprintf(file, sizeof file, "a\n\"%.*s\n\"\n", letters, "12345678901234567");
        write_file("t.csv", file, n);
        assert_true(refuse_each(try_records, NULL) > 5);
    }
}

/* §17 saving and loading ---------------------------------------------------------------------- */

enum { USERS = 20, FILMS = 15, RATINGS = 130, USER_INPUTS = 8, ITEM_INPUTS = 6 };

static const char *const user_names[] = {"Age", "Caf\xC3\xA9", "say \"hi\"", "back\\slash",
                                         "tab\there", "\xE6\x97\xA5\xE6\x9C\xAC", "a,b:{}[]", ""};
static const char *const item_names[] = {"", "year", "\x01\x1F", "/", "\\n", "\xF0\x9F\x98\x80"};

/* Ratings of random people and films: the same at every call. */
typedef struct world {
    float users[USERS * USER_INPUTS], films[FILMS * ITEM_INPUTS], target[RATINGS];
    uint32_t user[RATINGS], item[RATINGS];
    tt_ratings ratings;
} world;

static void make_world(world *w)
{
    tt_random random;
    tt_random_seed(&random, 17);
    for (size_t i = 0; i < USERS * USER_INPUTS; i++)
        w->users[i] = (float)tt_random_uniform(&random, -1, 1);
    for (size_t i = 0; i < FILMS * ITEM_INPUTS; i++)
        w->films[i] = (float)tt_random_uniform(&random, -1, 1);
    for (size_t k = 0; k < RATINGS; k++) {
        w->user[k] = tt_random_uint32(&random) % USERS;
        w->item[k] = tt_random_uint32(&random) % FILMS;
        w->target[k] = (float)tt_random_uniform(&random, -1, 1);
    }
    tt_ratings ratings = {tt_matrix_of(w->users, USERS, USER_INPUTS),
                          tt_matrix_of(w->films, FILMS, ITEM_INPUTS), w->user, w->item, w->target,
                          NULL, RATINGS};
    w->ratings = ratings;
}

/* A model with all that a file may hold, or with the weights alone. */
static tt_error make_model(tt_two_tower *model, bool described)
{
    double means[] = {1, -2.5, 1e-300, 1e300, 0.1, 0, 7, 1 / 3.0};
    double scales[] = {1, 2, 3, 4, 5, 6, 7, 0.1};
    double least = 0.5, most = 5;
    tt_standard_scaler of_user = {USER_INPUTS, means, scales, NULL};
    tt_standard_scaler of_item = {ITEM_INPUTS, means + 2, scales + 1, NULL};
    tt_minmax_scaler of_target = {1, &least, &most, -1, 1, NULL};
    tt_two_tower_options o = {{12, 9}, 5, 4294967295u, {0.01, 0.8, 0.99, 1e-6},
                              &of_user, &of_item, &of_target, user_names, item_names};
    tt_two_tower_options plain = {{12, 9}, 5, 3, {0, 0, 0, 0}, NULL, NULL, NULL, NULL, NULL};
    return tt_two_tower_new(model, USER_INPUTS, ITEM_INPUTS, described ? &o : &plain);
}

static void train(tt_two_tower *model, size_t epochs)
{
    world w;
    make_world(&w);
    tt_fit_options options;
    memset(&options, 0, sizeof options);
    options.epochs = epochs;
    options.threads = 1;
    assert_int_equal(tt_fit(model, &w.ratings, &options, NULL), TT_OK);
}

/* What most tests need: a trained model. */
static void make_trained(tt_two_tower *model, bool described)
{
    assert_int_equal(make_model(model, described), TT_OK);
    train(model, 2);
}

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

static void predict(float predictions[RATINGS], const tt_two_tower *model)
{
    world w;
    make_world(&w);
    assert_int_equal(tt_predict(predictions, model, &w.ratings, on(1)), TT_OK);
}

/* §17 */
static void a_loaded_model_is_the_saved_one(void **state)
{
    (void)state;
    for (int described = 0; described < 2; described++) {
        tt_two_tower model, loaded;
        tt_message why = {"untouched"};
        float before[RATINGS], after[RATINGS];
        make_trained(&model, described);
        assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_OK);
        assert_int_equal(tt_load(&loaded, "m.safetensors", &why), TT_OK);
        assert_string_equal(why.text, "untouched");
        assert_same_model(&model, &loaded);
        assert_int_equal(loaded.epochs, 2);
        assert_int_equal(loaded.adam.steps, 2 * ((RATINGS + 31) / 32));
        assert_true(!described == !loaded.user_feature_names);
        predict(before, &model);
        predict(after, &loaded);
        assert_bits_equal(before, after, RATINGS);
        tt_two_tower_free(&model);
        tt_two_tower_free(&loaded);
    }
}

/* §17: names and scalers come one by one, not only all together. */
static void a_model_with_only_some_of_the_descriptions(void **state)
{
    (void)state;
    double ones[] = {1, 2, 3, 4, 5, 6, 7, 8};
    tt_standard_scaler of_item = {ITEM_INPUTS, ones, ones, NULL};
    tt_two_tower_options o = {{4}, 3, 5, {0, 0, 0, 0}, NULL, &of_item, NULL, user_names, NULL};
    tt_two_tower model, loaded;
    tt_message why = {""};
    assert_int_equal(tt_two_tower_new(&model, USER_INPUTS, ITEM_INPUTS, &o), TT_OK);
    assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_OK);
    assert_int_equal(tt_load(&loaded, "m.safetensors", &why), TT_OK);
    assert_same_model(&model, &loaded);
    assert_non_null(loaded.user_feature_names);
    assert_null(loaded.item_feature_names);
    assert_int_equal(loaded.user_scaler.columns, 0);
    assert_int_equal(loaded.item_scaler.columns, ITEM_INPUTS);
    tt_two_tower_free(&model);
    tt_two_tower_free(&loaded);
}

/* §17: TT_MAX_LAYERS layers are the most that a model can have, and a file holds them. */
static void the_deepest_model(void **state)
{
    (void)state;
    tt_two_tower_options o;
    memset(&o, 0, sizeof o);
    for (size_t l = 0; l < TT_MAX_LAYERS - 1; l++) o.hidden[l] = 2 + l;
    o.embedding = 1;
    tt_two_tower model, loaded;
    tt_message why = {""};
    assert_int_equal(tt_two_tower_new(&model, USER_INPUTS, ITEM_INPUTS, &o), TT_OK);
    assert_int_equal(model.user.depth, TT_MAX_LAYERS);
    assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_OK);
    assert_int_equal(tt_load(&loaded, "m.safetensors", &why), TT_OK);
    assert_same_model(&model, &loaded);
    tt_two_tower_free(&model);
    tt_two_tower_free(&loaded);
}

/* §17: training goes on after loading as if there had been no file. */
static void training_goes_on_after_loading(void **state)
{
    (void)state;
    tt_two_tower straight, halfway, loaded;
    assert_int_equal(make_model(&straight, true), TT_OK);
    train(&straight, 4);
    make_trained(&halfway, true);
    assert_int_equal(tt_save(&halfway, "m.safetensors", NULL), TT_OK);
    assert_int_equal(tt_load(&loaded, "m.safetensors", NULL), TT_OK);
    train(&loaded, 2);
    assert_same_model(&straight, &loaded);
    tt_two_tower_free(&straight);
    tt_two_tower_free(&halfway);
    tt_two_tower_free(&loaded);
}

/* §17: and the file is the same whatever the locale, the second time, and after loading. */
static void the_same_model_makes_the_same_file(void **state)
{
    (void)state;
    const char *why_not, *comma = comma_locale(&why_not);
    tt_two_tower model, loaded;
    make_trained(&model, true);
    assert_int_equal(tt_save(&model, "first", NULL), TT_OK);
    bytes first = read_file("first");
    if (comma) setlocale(LC_ALL, comma);
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

/* §17: the check value that every description of this CRC-32 gives. */
static void crc32_of_the_standard_text(void **state)
{
    (void)state;
    assert_int_equal(tt_crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(tt_crc32(0, "", 0), 0);
    assert_int_equal(tt_crc32(tt_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
    unsigned char all[256];
    for (int i = 0; i < 256; i++) all[i] = (unsigned char)i;
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

/* §17: what safetensors asks of a file. */
static void the_file_is_safetensors(void **state)
{
    (void)state;
    tt_two_tower model;
    make_trained(&model, true);
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    bytes file = read_file("m.safetensors");

    /* Eight bytes give the header's length, low byte first; the numbers begin at a multiple of
       8. */
    size_t length = 0;
    for (size_t i = 0; i < 8; i++) length |= (size_t)file.data[i] << 8 * i;
    assert_true(length < file.size - 8);
    assert_int_equal(length % 8, 0);
    char *header = (char *)malloc(length + 1);
    memcpy(header, file.data + 8, length);
    header[length] = 0;

    /* The header is one JSON object and blanks. */
    assert_true(header[0] == '{');
    const char *end = json_value(header);
    assert_non_null(end);
    assert_int_equal(strspn(end, " "), strlen(end));

    /* The tensors lie one after the other and fill the rest of the file. */
    unsigned long begin, next, place = 0, tensors = 0;
    for (const char *s = header; (s = strstr(s, "\"data_offsets\":[")) != NULL; s++, tensors++) {
        assert_int_equal(sscanf(s, "\"data_offsets\":[%lu,%lu]", &begin, &next), 2);
        assert_int_equal(begin, place);
        place = next;
    }
    assert_int_equal(place, file.size - 8 - length);
    assert_int_equal(tensors, 2 * 3 * 2 * 3 + 8 + 4 + 4);

    /* The first is the user tower's first weights; each float stands low byte first. */
    const char *first = "\"user.0.weights\":{\"dtype\":\"F32\",\"shape\":[8,12],"
                        "\"data_offsets\":[0,384]}";
    assert_non_null(strstr(header, first));
    for (size_t i = 0; i < 96; i++) {
        uint32_t bits;
        memcpy(&bits, model.user.layers[0].weights.data + i, 4);
        for (size_t b = 0; b < 4; b++)
            assert_int_equal(file.data[8 + length + 4 * i + b], bits >> 8 * b & 255);
    }

    /* Texts: names are lines of one text, quotes and control characters escaped, UTF-8 as it is. */
    assert_non_null(strstr(header, "\"format\":\"twotower 1\""));
    assert_non_null(strstr(header, "\"seed\":\"4294967295\""));
    assert_non_null(strstr(header, "Age\\nCaf\xC3\xA9\\nsay \\\"hi\\\"\\nback\\\\slash\\n"
                                   "tab\\u0009here"));
    free(header);
    free(file.data);
    tt_two_tower_free(&model);
}

/* §17: blanks fill the header up, so that this holds whatever its text. */
static void the_numbers_begin_at_a_multiple_of_8(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 8; length++) {
        char text[] = "abcdefgh";
        const char *names[] = {text};
        tt_two_tower_options o = {{2}, 2, 1, {0, 0, 0, 0}, NULL, NULL, NULL, names, NULL};
        tt_two_tower model;
        text[length] = 0;
        assert_int_equal(tt_two_tower_new(&model, 1, 1, &o), TT_OK);
        assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
        tt_two_tower_free(&model);
        bytes file = read_file("m.safetensors");
        assert_int_equal(file.data[0] % 8, 0);
        free(file.data);
    }
}

/* Building bad files --------------------------------------------------------------------------- */

/* A file in its parts. */
typedef struct parts {
    char header[8192];
    unsigned char data[8192];
    size_t data_size;
    bool header_counts; /* in the checksum */
} parts;

/* A small model: 2 and 1 inputs, one hidden layer of 2, D 2, trained never. */
static void make_small(tt_two_tower *model, bool described)
{
    static const char *const of_user[] = {"a\"b", "c"}, *const of_item[] = {"x"};
    double ones[] = {1, 2}, most = 5;
    tt_standard_scaler two = {2, ones, ones, NULL}, one = {1, ones, ones, NULL};
    tt_minmax_scaler target = {1, ones, &most, -1, 1, NULL};
    tt_two_tower_options o = {{2}, 2, 1, {0, 0, 0, 0}, &two, &one, &target, of_user, of_item};
    tt_two_tower_options plain = {{2}, 2, 1, {0, 0, 0, 0}, NULL, NULL, NULL, NULL, NULL};
    assert_int_equal(tt_two_tower_new(model, 2, 1, described ? &o : &plain), TT_OK);
}

static void small_file(parts *p)
{
    tt_two_tower model;
    make_small(&model, true);
    remove("small");
    assert_int_equal(tt_save(&model, "small", NULL), TT_OK);
    tt_two_tower_free(&model);
    bytes file = read_file("small");
    size_t length = file.data[0] | (size_t)file.data[1] << 8;
    assert_true(length < sizeof p->header && file.size - 8 - length < sizeof p->data);
    memset(p, 0, sizeof *p);
    memcpy(p->header, file.data + 8, length);
    p->data_size = file.size - 8 - length;
    memcpy(p->data, file.data + 8 + length, p->data_size);
    free(file.data);
    char of_data[32];
    sprintf(of_data, "\"crc32\":\"%08lx\"", (unsigned long)tt_crc32(0, p->data, p->data_size));
    p->header_counts = !strstr(p->header, of_data);
}

/* Puts new in place of the first old. */
static void replace(char *text, const char *old, const char *new)
{
    char *place = strstr(text, old);
    assert_case(place != NULL, old, "not in %s", text);
    size_t rest = strlen(place + strlen(old)) + 1;
    memmove(place + strlen(new), place + strlen(old), rest);
    memcpy(place, new, strlen(new));
}

/* The checksum is over header and numbers, taken with zeros in its own place. */
static void set_checksum(parts *p)
{
    char *place = strstr(p->header, "crc32\""), digits[9];
    if (!place) return;
    place = strchr(place + 6, '"') + 1;
    memcpy(place, "00000000", 8);
    uint32_t crc = p->header_counts ? tt_crc32(0, p->header, strlen(p->header)) : 0;
    crc = tt_crc32(crc, p->data, p->data_size);
    sprintf(digits, "%08lx", (unsigned long)crc);
    memcpy(place, digits, 8);
}

/* Writes the parts as a file.  What is to be refused for another reason gets a right checksum. */
static void build(const char *path, parts *p, bool right_checksum)
{
    static unsigned char file[32768];
    size_t length = strlen(p->header);
    if (right_checksum) set_checksum(p);
    memset(file, 0, 8);
    file[0] = (unsigned char)(length & 255);
    file[1] = (unsigned char)(length >> 8);
    memcpy(file + 8, p->header, length);
    memcpy(file + 8 + length, p->data, p->data_size);
    write_file(path, file, 8 + length + p->data_size);
}

/* Loading must fail, name the file and a reason, and leave the model that it was given. */
static tt_error refuse_load(const char *path, const char *what, const char *reason)
{
    tt_two_tower model, before;
    tt_message why = {""};
    memset(&model, 0x5A, sizeof model);
    memcpy(&before, &model, sizeof model);
    tt_error error = tt_load(&model, path, &why);
    assert_case(error != TT_OK, what, "it was loaded");
    assert_case(memcmp(&model, &before, sizeof model) == 0, what, "the model was touched");
    assert_case(strncmp(why.text, path, strlen(path)) == 0, what, "not named in: %s", why.text);
    assert_case(why.text[strlen(path)] == ':', what, "no colon: %s", why.text);
    assert_case(strstr(why.text, reason) != NULL, what, "found    %s\nexpected %s", why.text,
                reason);
    assert_int_equal(tt_load(&model, path, NULL), error);
    return error;
}

/* §17: the parts put together again are the file; so the tests below spoil a good one. */
static void a_file_built_from_its_parts_can_be_loaded(void **state)
{
    (void)state;
    parts p;
    tt_two_tower model, loaded;
    tt_message why = {""};
    small_file(&p);
    bytes file = read_file("small");
    build("built", &p, true);
    assert_file_is("built", file);
    free(file.data);
    make_small(&model, true);
    assert_int_equal(tt_load(&loaded, "built", &why), TT_OK);
    assert_same_network(&model.user, &loaded.user);
    tt_two_tower_free(&model);
    tt_two_tower_free(&loaded);
}

/* §17: white space and escapes that other programs may write. */
static void a_header_in_another_style_can_be_loaded(void **state)
{
    (void)state;
    parts p;
    char spaced[sizeof p.header];
    tt_two_tower model, loaded;
    tt_message why = {""};
    size_t n = 0;
    bool inside = false;
    small_file(&p);
    replace(p.header, "user.0.bias", "\\u0075ser.0.bi\\u0061s");
    replace(p.header, "twotower 1", "tw\\u006fto\\u0077er 1");
    for (const char *s = p.header; *s; s++) {
        inside ^= *s == '"' && s[-1] != '\\';
        spaced[n++] = *s;
        if (!inside && strchr("{}[],:\"", *s)) spaced[n++] = " \t\n\r"[(s - p.header) % 4];
    }
    spaced[n] = 0;
    strcpy(p.header, spaced);
    build("spaced", &p, true);
    make_small(&model, true);
    tt_error error = tt_load(&loaded, "spaced", &why);
    assert_case(!error, "spaced", "%s", why.text);
    assert_same_network(&model.user, &loaded.user);
    assert_string_equal(loaded.user_feature_names[0], "a\"b");
    tt_two_tower_free(&model);
    tt_two_tower_free(&loaded);
}

/* §17 */
static void files_that_are_no_models(void **state)
{
    (void)state;
    static const struct {
        const char *what, *file;
        size_t size;
        const char *reason;
    } cases[] = {
        {"empty", BYTES(""), "not a model: expected { at byte 8"},
        {"7 bytes", BYTES("\1\0\0\0\0\0\0"), "not a model: expected { at byte 8"},
        {"8 bytes", BYTES("\0\0\0\0\0\0\0\0"), "not a model: expected { at byte 8"},
        {"9 bytes", BYTES("\0\0\0\0\0\0\0\0{"), "header byte 0: expected a header in braces"},
        {"header longer by one", BYTES("\3\0\0\0\0\0\0\0{}"),
         "a header of 3 bytes: expected no more than the file\'s 10"},
        {"header of 2^63 bytes", BYTES("\0\0\0\0\0\0\0\x80{}"),
         "a header of 9223372036854775808 bytes: expected no more than the file\'s 10"},
        {"header of 2^64-1 bytes", BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}"),
         "a header of 18446744073709551615 bytes: expected no more than the file\'s 10"},
        {"header of 2^64-8 bytes", BYTES("\xF8\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}"),
         "a header of 18446744073709551608 bytes: expected no more than the file\'s 10"},
        {"a CSV file", BYTES("userId,movieId,rating\n1,2,3\n"), "not a model: expected { at byte 8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file("bad", cases[i].file, cases[i].size);
        assert_int_equal(refuse_load("bad", cases[i].what, cases[i].reason), TT_ERROR_FORMAT);
    }
    assert_int_equal(refuse_load("missing", "missing", "can't be opened"), TT_ERROR_OPEN);
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(refuse_load("folder", "a folder", "reading failed"), TT_ERROR_READ);
    assert_int_equal(rmdir("folder"), 0);
}

/* §17: headers that are not what safetensors writes. */
static void headers_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header, *reason;
    } cases[] = {
        {"", "not a model: expected { at byte 8"},
        {" {}", "not a model: expected { at byte 8"},
        {"[]", "not a model: expected { at byte 8"},
        {"{", "header byte 1: expected a text in quotes"},
        {"{}", "header byte 1: expected a text in quotes"},
        {"{\"", "a text that doesn't end"},
        {"{\"a", "a text that doesn't end"},
        {"{\"a\\", "a text that doesn't end"},
        {"{\"a\\q\":", "unknown escape"},
        {"{\"a\\u12", "unknown escape"},
        {"{\"a\\u00e9\":", "unknown escape"},
        {"{\"a\\u0000\":", "unknown escape"},
        {"{\"a\\u 41\":", "unknown escape"},
        {"{\"a\\u0x4\":", "unknown escape"},
        {"{\"a\\u+041\":", "unknown escape"},
        {"{\"0123456789012345678901234567890123456789\":", "a text that is too long"},
        {"{\"a\"", "header byte 4: expected a colon"},
        {"{\"a\":", "expected a tensor's description in braces"},
        {"{\"a\":1}", "expected a tensor's description in braces"},
        {"{\"a\":{}}", "expected a text in quotes"},
        {"{\"a\":{\"dtype\"}}", "expected a colon"},
        {"{\"a\":{\"dtype\":4}}", "expected a text in quotes"},
        {"{\"a\":{\"dtype\":\"F3200000\"", "a text that is too long"},
        {"{\"a\":{\"shape\":3}}", "expected a list of numbers"},
        {"{\"a\":{\"shape\":[-1]}}", "expected a number"},
        {"{\"a\":{\"shape\":[1.5]}}", "expected the end of a list"},
        {"{\"a\":{\"shape\":[1,]}}", "expected a number"},
        {"{\"a\":{\"shape\":[1 2]}}", "expected the end of a list"},
        {"{\"a\":{\"shape\":[1,2,3]}}", "a list that is too long"},
        {"{\"a\":{\"shape\":[99999999999999999999]}}", "a number that is too large"},
        {"{\"a\":{\"data_offsets\":[0]}}", "expected two offsets"},
        {"{\"a\":{\"data_offsets\":[]}}", "expected two offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "unknown, or there twice"},
        {"{\"a\":{\"shape\":[1],\"shape\":[1]}}", "unknown, or there twice"},
        {"{\"a\":{\"data_offsets\":[0,4],\"data_offsets\":[0,4]}}", "unknown, or there twice"},
        {"{\"a\":{\"color\":\"red\"}}", "unknown, or there twice"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}", "a tensor without type, shape or offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,0]}}",
         "a tensor without type, shape or offsets"},
        {"{\"a\":{\"shape\":[0],\"data_offsets\":[0,0]}}",
         "a tensor without type, shape or offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}",
         "expected the end of the header"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},}",
         "expected a text in quotes"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}x",
         "something after the header's end"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
         "format is \"\": expected \"twotower 1\""},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
         "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
         "a tensor's name twice"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
         "tensor a is at bytes 4..8: expected it to begin at 0"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
         "tensor b is at bytes 0..4: expected it to begin at 4"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
         "tensor b is at bytes 4..0: expected it to begin at 4"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
         "expected 4 bytes of numbers, the file has 0"},
        {"{\"__metadata__\":{}}", "expected a text in quotes"},
        {"{\"__metadata__\":{\"format\":1}}", "expected a text in quotes"},
        {"{\"__metadata__\":{\"mood\":\"good\"}}", "metadata that is unknown, or there twice"},
        {"{\"__metadata__\":{\"seed\":\"1\",\"seed\":\"1\"}}",
         "metadata that is unknown, or there twice"},
        {"{\"__metadata__\":{\"format\":\"twotower 1\"},\"__metadata__\":{\"seed\":\"1\"}}",
         "metadata twice"},
        {"{\"__metadata__\":{\"format\":\"pt\"}}",
         "format is \"pt\": expected \"twotower 1\""},
        {"{\"__metadata__\":{\"format\":\"twotower 2\"}}",
         "format is \"twotower 2\": expected \"twotower 1\""},
        {"{\"__metadata__\":{\"format\":\"twotower 1\"}}", "its checksum is "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        parts p;
        memset(&p, 0, sizeof p);
        strcpy(p.header, cases[i].header);
        build("bad", &p, false);
        assert_int_equal(refuse_load("bad", cases[i].header, cases[i].reason), TT_ERROR_FORMAT);
    }
}

/* §17: metadata that come twice are refused also when they were empty the first time. */
static void metadata_twice_are_refused_though_empty(void **state)
{
    (void)state;
    static const struct {
        const char *header, *reason;
    } cases[] = {
        {"{\"__metadata__\":{\"seed\":\"\",\"seed\":\"1\"}}", "there twice"},
        {"{\"__metadata__\":{\"seed\":\"1\"},\"__metadata__\":{\"format\":\"twotower 1\"}}",
         "metadata twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        parts p;
        memset(&p, 0, sizeof p);
        strcpy(p.header, cases[i].header);
        build("bad", &p, false);
        assert_int_equal(refuse_load("bad", cases[i].header, cases[i].reason), TT_ERROR_FORMAT);
    }
}

/* §17: the reader has no recursion, so that no depth of brackets can exhaust its stack. */
static void deep_headers_are_refused(void **state)
{
    (void)state;
    static const char *const starts[] = {"{\"a\":", "{\"a\":{\"shape\":[",
                                         "{\"__metadata__\":{", "{\"a\":{\"dtype\":"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        for (int bracket = 0; bracket < 2; bracket++) {
            enum { DEEP = 200000 };
            unsigned char *file = (unsigned char *)malloc(8 + DEEP);
            memset(file, 0, 8);
            memset(file + 8, "[{"[bracket], DEEP);
            memcpy(file + 8, starts[i], strlen(starts[i]));
            file[0] = DEEP & 255;
            file[1] = DEEP >> 8 & 255;
            file[2] = DEEP >> 16;
            write_file("bad", file, 8 + DEEP);
            free(file);
            assert_int_equal(refuse_load("bad", starts[i], "header byte "), TT_ERROR_FORMAT);
        }
}

/* §17: one change to a good file, each with what the message says of it. */
static void headers_that_do_not_fit_the_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *what, *old, *new;
        tt_error error;
        const char *reason;
    } cases[] = {
        {"wrong type", "user.0.weights\":{\"dtype\":\"F32", "user.0.weights\":{\"dtype\":\"F64",
         TT_ERROR_FORMAT,
         "tensor user.0.weights is F64 [2,2] in 16 bytes: expected F32 [2,2] in 16"},
        {"integers for floats", "user.0.bias\":{\"dtype\":\"F32", "user.0.bias\":{\"dtype\":\"U32",
         TT_ERROR_FORMAT, "tensor user.0.bias is U32 [2] in 8 bytes: expected F32 [2] in 8"},
        {"wrong shape", "bias\":{\"dtype\":\"F32\",\"shape\":[2",
         "bias\":{\"dtype\":\"F32\",\"shape\":[3",
         TT_ERROR_FORMAT, "tensor user.0.bias is F32 [3] in 8 bytes: expected F32 [2] in 8"},
        {"wrong rank", "bias\":{\"dtype\":\"F32\",\"shape\":[2",
         "bias\":{\"dtype\":\"F32\",\"shape\":[2,1",
         TT_ERROR_FORMAT, "tensor user.0.bias is F32 [2,1] in 8 bytes: expected F32 [2] in 8"},
        {"a moment of another shape", "weights.m\":{\"dtype\":\"F32\",\"shape\":[2,2",
         "weights.m\":{\"dtype\":\"F32\",\"shape\":[1,4", TT_ERROR_FORMAT,
         "tensor user.0.weights.m is F32 [1,4] in 16 bytes: expected F32 [2,2] in 16"},
        {"a scaler of another width", "user.scaler.mean\":{\"dtype\":\"F64\",\"shape\":[2",
         "user.scaler.mean\":{\"dtype\":\"F64\",\"shape\":[1", TT_ERROR_FORMAT,
         "tensor user.scaler.mean is F64 [1] in 16 bytes: expected F64 [2] in 16"},
        {"weights of another shape", "weights\":{\"dtype\":\"F32\",\"shape\":[2,2",
         "weights\":{\"dtype\":\"F32\",\"shape\":[1,4", TT_ERROR_FORMAT,
         "tensor user.1.weights is [2,2]: expected 4 rows"},
        {"weights of rank 1", "weights\":{\"dtype\":\"F32\",\"shape\":[2,2",
         "weights\":{\"dtype\":\"F32\",\"shape\":[4", TT_ERROR_FORMAT,
         "tensor user.0.weights is [4]: expected two dimensions of 1 to 1048576"},
        {"no weights", "weights\":{\"dtype\":\"F32\",\"shape\":[2,2",
         "weights\":{\"dtype\":\"F32\",\"shape\":[0,2", TT_ERROR_FORMAT,
         "tensor user.0.weights is [0,2]: expected two dimensions"},
        {"more weights than the file has", "weights\":{\"dtype\":\"F32\",\"shape\":[2,2",
         "weights\":{\"dtype\":\"F32\",\"shape\":[1048576,2", TT_ERROR_FORMAT,
         "tensor user.0.weights is [1048576,2] in 16 bytes: expected 4 for each number"},
        {"a product that overflows to 4", "weights\":{\"dtype\":\"F32\",\"shape\":[2,2",
         "weights\":{\"dtype\":\"F32\",\"shape\":[2,9223372036854775810", TT_ERROR_FORMAT,
         "tensor user.0.weights is [2,9223372036854775810]: expected two dimensions of 1 to"},
        {"a product that overflows to 0", "weights\":{\"dtype\":\"F32\",\"shape\":[2,2",
         "weights\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296", TT_ERROR_FORMAT,
         "tensor user.0.weights is [4294967296,4294967296]: expected two dimensions of 1 to"},
        {"towers of unequal widths", "item.0.weights\":{\"dtype\":\"F32\",\"shape\":[1,2",
         "item.0.weights\":{\"dtype\":\"F32\",\"shape\":[2,1", TT_ERROR_FORMAT,
         "tensor item.1.weights is [2,2]: expected 1 rows"},
        {"towers of unequal depths", "item.1.weights\"", "item.9.weights\"", TT_ERROR_FORMAT,
         "towers of 2 and 1 layers: expected as many"},
        {"no first layer", "user.0.weights\"", "user_0.weights\"", TT_ERROR_FORMAT,
         "there is no tensor user.0.weights"},
        {"bytes of another number",
         "[56,64]},\"user.0.bias.v\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[64,",
         "[56,60]},\"user.0.bias.v\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[60,",
         TT_ERROR_FORMAT, "tensor user.0.bias.m is F32 [2] in 4 bytes: expected F32 [2] in 8"},
        {"missing tensor", "random.state\"", "random.shape\"", TT_ERROR_FORMAT,
         "there is no tensor random.state"},
        {"half a scaler", "item.scaler.scale\"", "item.scaler.sc\"", TT_ERROR_FORMAT,
         "there is no tensor item.scaler.scale"},
        {"the other half", "target.scaler.min\"", "target.scaler.mini\"", TT_ERROR_FORMAT,
         "tensors: expected"},
        {"extra tensor", "\"user.0.weights\"",
         "\"extra\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"user.0.weights\"",
         TT_ERROR_FORMAT, "41 tensors: expected 40"},
        {"a tensor twice", "\"user.0.bias\"", "\"user.0.weights\"", TT_ERROR_FORMAT,
         "a tensor's name twice"},
        {"one name missing", "a\\\"b\\nc", "a\\\"b c", TT_ERROR_FORMAT,
         "1 lines of user_features: expected 2"},
        {"one name too many", "\"item_features\":\"x\"", "\"item_features\":\"x\\ny\"",
         TT_ERROR_FORMAT, "2 lines of item_features: expected 1"},
        {"many names too many", "\"item_features\":\"x\"", "\"item_features\":\"x\\n\\n\\n\\n\"",
         TT_ERROR_FORMAT, "5 lines of item_features: expected 1"},
        {"unknown metadata", "\"seed\"", "\"feed\"", TT_ERROR_FORMAT, "metadata that is unknown"},
        {"another format", "twotower 1", "twotower 9", TT_ERROR_FORMAT,
         "format is \"twotower 9\": expected \"twotower 1\""},
        {"no format", "\"format\":\"twotower 1\",", "", TT_ERROR_FORMAT,
         "format is \"\": expected \"twotower 1\""},
        {"no metadata", "\"__metadata__\"", "\"__data__\"", TT_ERROR_FORMAT, "header byte "},
        {"no seed", "\"seed\":\"1\",", "", TT_ERROR_VALUE,
         "seed is \"\": expected a whole number up to 4294967295"},
        {"seed of 33 bits", "\"seed\":\"1\"", "\"seed\":\"4294967296\"", TT_ERROR_VALUE,
         "seed is \"4294967296\": expected a whole number up to 4294967295"},
        {"negative seed", "\"seed\":\"1\"", "\"seed\":\"-1\"", TT_ERROR_VALUE,
         "seed is \"-1\": expected"},
        {"seed with a fraction", "\"seed\":\"1\"", "\"seed\":\"1.0\"", TT_ERROR_VALUE,
         "seed is \"1.0\": expected"},
        {"too many epochs", "\"epochs\":\"0\"", "\"epochs\":\"99999999999999\"", TT_ERROR_VALUE,
         "epochs is \"99999999999999\": expected a whole number up to 1099511627776"},
        {"too many steps", "\"steps\":\"0\"", "\"steps\":\"18446744073709551616\"", TT_ERROR_VALUE,
         "steps is \"18446744073709551616\": expected"},
        {"empty steps", "\"steps\":\"0\"", "\"steps\":\"\"", TT_ERROR_VALUE,
         "steps is \"\": expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        parts p;
        small_file(&p);
        replace(p.header, cases[i].old, cases[i].new);
        build("bad", &p, true);
        assert_int_equal(refuse_load("bad", cases[i].what, cases[i].reason), cases[i].error);
    }
}

/* §17: each tower may be sound, and the two still not fit together. */
static void towers_that_do_not_match(void **state)
{
    (void)state;
    parts p;
    small_file(&p);
    replace(p.header, "item.0.weights\":{\"dtype\":\"F32\",\"shape\":[1,2",
            "item.0.weights\":{\"dtype\":\"F32\",\"shape\":[2,1");
    replace(p.header, "item.1.weights\":{\"dtype\":\"F32\",\"shape\":[2,2",
            "item.1.weights\":{\"dtype\":\"F32\",\"shape\":[1,4");
    build("bad", &p, true);
    assert_int_equal(refuse_load("bad", "2-1-4", "tensors user.0.weights and item.0.weights have "
                                 "2 and 1 columns: expected as many"), TT_ERROR_FORMAT);
}

/* Writes a file of count tensors of one float each, called by their numbers. */
static void build_many(size_t count)
{
    static char header[32768];
    static unsigned char file[65536];
    int n = sprintf(header, "{\"__metadata__\":{\"format\":\"twotower 1\"}");
    for (size_t i = 0; i < count; i++) {
        n += sprintf(header + n, ",\"%zu\":{\"dtype\":\"F32\",\"shape\":[1,1],", i);
        n += sprintf(header + n, "\"data_offsets\":[%zu,%zu]}", 4 * i, 4 * i + 4);
    }
    n += sprintf(header + n, "}");
    memset(file, 0, sizeof file);
    file[0] = (unsigned char)(n & 255);
    file[1] = (unsigned char)(n >> 8);
    memcpy(file + 8, header, (size_t)n);
    write_file("bad", file, 8 + (size_t)n + 4 * count);
}

/* §17: what a file can hold more of than the reader has room for. */
static void too_much_of_everything(void **state)
{
    (void)state;
    build_many(TT__MAX_TENSORS);
    assert_int_equal(refuse_load("bad", "tensors", "its checksum is"), TT_ERROR_FORMAT);
    build_many(TT__MAX_TENSORS + 1);
    assert_int_equal(refuse_load("bad", "a tensor more", "too many tensors"), TT_ERROR_FORMAT);

    tt__model_file *f = (tt__model_file *)calloc(1, sizeof *f);
    size_t widths[TT_MAX_LAYERS + 1], depth;
    for (size_t l = 0; l < TT_MAX_LAYERS + 1; l++) {
        tt__entry entry = {"", "F32", 2, {1, 1}, 4 * l, 4 * l + 4, 7};
        sprintf(entry.name, "user.%zu.weights", l);
        f->entries[f->count++] = entry;
        tt_message why;
        tt_error error = tt__read_widths(f, "user", widths, &depth, "bad", &why);
        assert_int_equal(error, l < TT_MAX_LAYERS ? TT_OK : TT_ERROR_FORMAT);
        if (error)
            assert_string_equal(why.text, "bad: tensor user.8.weights: expected at most 8 layers");
    }
    free(f);
}

/* Where a tensor's numbers begin in the data. */
static size_t place_of(const parts *p, const char *name)
{
    char quoted[64];
    unsigned long begin;
    snprintf(quoted, sizeof quoted, "\"%s\":{", name);
    const char *tensor = strstr(p->header, quoted);
    assert_non_null(tensor);
    assert_int_equal(sscanf(strstr(tensor, "data_offsets"), "data_offsets\":[%lu,", &begin), 1);
    return begin;
}

/* §17: numbers that no model has. */
static void numbers_that_are_no_weights(void **state)
{
    (void)state;
    static const struct {
        const char *what, *tensor;
        size_t index, size;
        unsigned char number[8]; /* low byte first */
        tt_error error;
        const char *reason;
    } cases[] = {
        {"NaN weight", "user.0.weights", 1, 4, {0, 0, 0xC0, 0x7F}, TT_ERROR_VALUE,
         "user.0.weights[1] is not finite"},
        {"infinite weight", "item.1.weights", 3, 4, {0, 0, 0x80, 0x7F}, TT_ERROR_VALUE,
         "item.1.weights[3] is not finite"},
        {"-infinite bias", "user.1.bias", 0, 4, {0, 0, 0x80, 0xFF}, TT_ERROR_VALUE,
         "user.1.bias[0] is not finite"},
        {"signalling NaN", "user.0.bias.v", 1, 4, {1, 0, 0x80, 0xFF}, TT_ERROR_VALUE,
         "user.0.bias.v[1] is not finite"},
        {"NaN mean", "user.scaler.mean", 1, 8, {1, 0, 0, 0, 0, 0, 0xF0, 0x7F}, TT_ERROR_VALUE,
         "user.scaler.mean[1] is not finite"},
        {"infinite rate", "adam.learning_rate", 0, 8, {0, 0, 0, 0, 0, 0, 0xF0, 0x7F},
         TT_ERROR_VALUE, "adam.learning_rate[0] is not finite"},
        {"beta1 of 1", "adam.beta1", 0, 8, {0, 0, 0, 0, 0, 0, 0xF0, 0x3F}, TT_ERROR_VALUE,
         "adam.beta1[0] is 1: expected between 0 and 1"},
        {"beta1 of 0", "adam.beta1", 0, 8, {0, 0, 0, 0, 0, 0, 0, 0}, TT_ERROR_VALUE,
         "adam.beta1[0] is 0: expected between 0 and 1"},
        {"beta2 of -1", "adam.beta2", 0, 8, {0, 0, 0, 0, 0, 0, 0xF0, 0xBF}, TT_ERROR_VALUE,
         "adam.beta2[0] is -1: expected between 0 and 1"},
        {"beta2 of 1", "adam.beta2", 0, 8, {0, 0, 0, 0, 0, 0, 0xF0, 0x3F}, TT_ERROR_VALUE,
         "adam.beta2[0] is 1: expected between 0 and 1"},
        {"a power of 1.5", "adam.beta1_power", 0, 8, {0, 0, 0, 0, 0, 0, 0xF8, 0x3F},
         TT_ERROR_VALUE, "adam.beta1_power[0] is 1.5: expected from 0 to 1"},
        {"a power of -1", "adam.beta2_power", 0, 8, {0, 0, 0, 0, 0, 0, 0xF0, 0xBF},
         TT_ERROR_VALUE, "adam.beta2_power[0] is -1: expected from 0 to 1"},
        {"a rate of 0", "adam.learning_rate", 0, 8, {0}, TT_ERROR_VALUE,
         "adam.learning_rate[0] is 0: expected more than 0"},
        {"epsilon 0", "adam.epsilon", 0, 8, {0}, TT_ERROR_VALUE,
         "adam.epsilon[0] is 0: expected more than 0"},
        {"a negative epsilon", "adam.epsilon", 0, 8, {0, 0, 0, 0, 0, 0, 0xF0, 0xBF},
         TT_ERROR_VALUE, "adam.epsilon[0] is -1: expected more than 0"},
        {"a scale of 0", "user.scaler.scale", 1, 8, {0}, TT_ERROR_VALUE,
         "user.scaler.scale[1] is 0: expected more than 0"},
        {"a negative scale", "item.scaler.scale", 0, 8, {0, 0, 0, 0, 0, 0, 0xF0, 0xBF},
         TT_ERROR_VALUE, "item.scaler.scale[0] is -1: expected more than 0"},
        {"-1 as a moment", "item.1.weights.v", 3, 4, {0, 0, 0x80, 0xBF}, TT_ERROR_VALUE,
         "item.1.weights.v[3] is -1: expected at least 0"},
        {"a range upside down", "target.scaler.low", 0, 8, {0, 0, 0, 0, 0, 0, 0x08, 0x40},
         TT_ERROR_VALUE, "expected the lower first"},
        {"another", "target.scaler.max", 0, 8, {0, 0, 0, 0, 0, 0, 0xF0, 0xC0}, TT_ERROR_VALUE,
         "expected the lower first"},
        {"position 625", "random.position", 0, 4, {0x71, 2, 0, 0}, TT_ERROR_VALUE,
         "random.position[0] is 625: expected at most 624"},
        {"position 2^32-1", "random.position", 0, 4, {255, 255, 255, 255}, TT_ERROR_VALUE,
         "random.position[0] is 4294967295: expected at most 624"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        parts p;
        small_file(&p);
        memcpy(p.data + place_of(&p, cases[i].tensor) + cases[i].index * cases[i].size,
               cases[i].number, cases[i].size);
        build("bad", &p, true);
        assert_int_equal(refuse_load("bad", cases[i].what, cases[i].reason), cases[i].error);
    }
}

/* §17: from zeros the Mersenne Twister makes only zeros. */
static void a_random_state_of_zeros_is_refused(void **state)
{
    (void)state;
    parts p;
    small_file(&p);
    memset(p.data + place_of(&p, "random.state"), 0, 624 * 4);
    build("bad", &p, true);
    assert_int_equal(refuse_load("bad", "zeros", "random.state is all 0: expected any other"),
                     TT_ERROR_VALUE);
}

/* §17 */
static void data_of_the_wrong_length_or_checksum(void **state)
{
    (void)state;
    parts p;
    char reason[80];
    small_file(&p);
    size_t size = p.data_size;
    p.data_size = size + 4;
    build("bad", &p, true);
    snprintf(reason, sizeof reason, "expected %zu bytes of numbers, the file has %zu", size,
             size + 4);
    assert_int_equal(refuse_load("bad", "four bytes more", reason), TT_ERROR_FORMAT);

    p.data_size = size - 1;
    build("bad", &p, true);
    snprintf(reason, sizeof reason, "expected %zu bytes of numbers, the file has %zu", size,
             size - 1);
    assert_int_equal(refuse_load("bad", "a byte less", reason), TT_ERROR_FORMAT);

    p.data_size = size;
    p.data[0] ^= 1;
    build("bad", &p, false);
    assert_int_equal(
        refuse_load("bad", "a bit of a weight", "the file is damaged: its checksum is"),
        TT_ERROR_FORMAT);

    small_file(&p);
    replace(p.header, "\"crc32\":\"", "\"crc32\":\"0");
    build("bad", &p, false);
    assert_int_equal(refuse_load("bad", "nine digits", "the file is damaged: its checksum is"),
                     TT_ERROR_FORMAT);
}

/* §17: nothing may follow the header's last brace but white space. */
static void nothing_is_hidden_behind_the_header(void **state)
{
    (void)state;
    parts p;
    small_file(&p);
    strcat(p.header, "x       ");
    build("bad", &p, true);
    assert_int_equal(refuse_load("bad", "text", "something after the header's end"),
                     TT_ERROR_FORMAT);

    bytes file = read_file("small"); /* a NUL, and what it would hide */
    size_t length = file.data[0] | (size_t)file.data[1] << 8;
    unsigned char *longer = (unsigned char *)malloc(file.size + 8);
    memcpy(longer, file.data, 8 + length);
    memcpy(longer + 8 + length, "\0hidden.", 8);
    memcpy(longer + 16 + length, file.data + 8 + length, file.size - 8 - length);
    longer[0] = (unsigned char)((length + 8) & 255);
    longer[1] = (unsigned char)((length + 8) >> 8);
    write_file("bad", longer, file.size + 8);
    free(longer);
    free(file.data);
    refuse_load("bad", "a NUL", "");
}

/* §17 */
static void a_file_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    parts p;
    small_file(&p);
    bytes file = read_file("small");
    for (size_t size = 0; size < file.size; size++) {
        write_file("bad", file.data, size);
        assert_int_equal(refuse_load("bad", "cut off", ""), TT_ERROR_FORMAT);
    }
    free(file.data);
}

/* The bytes of a loaded model's file, which are equal exactly if the models are. */
static bool loads_as(const char *path, bytes expected)
{
    tt_two_tower loaded;
    tt_message why = {""};
    if (tt_load(&loaded, path, &why) != TT_OK) {
        assert_int_equal(strncmp(why.text, path, strlen(path)), 0);
        return true;
    }
    remove("again");
    tt_error error = tt_save(&loaded, "again", &why);
    tt_two_tower_free(&loaded);
    if (error) return false;
    bytes again = read_file("again");
    bool same = again.size == expected.size && !memcmp(again.data, expected.data, again.size);
    free(again.data);
    return same;
}

/* §17: no flipped bit gives another model. */
static void a_flipped_bit_is_found(void **state)
{
    (void)state;
    parts p;
    small_file(&p);
    bytes file = read_file("small");
    for (size_t i = 0; i < file.size; i++) {
        unsigned bit = i < 8 || i % 16 == 0 ? 8 : 1; /* of some bytes all bits, else the lowest */
        while (bit-- > 0) {
            file.data[i] ^= (unsigned char)(1 << bit);
            write_file("bad", file.data, file.size);
            file.data[i] ^= (unsigned char)(1 << bit);
            assert_case(loads_as("bad", file), "flipped bit",
                        "byte %zu ('%c'), bit %u: another model", i,
                        file.data[i] >= 32 && file.data[i] < 127 ? file.data[i] : '?', bit);
        }
    }
    free(file.data);
}

/* §17: what looks like a file for a while, with a few bytes of its header changed. */
static void damaged_headers_never_crash(void **state)
{
    (void)state;
    static const char likely[] = "{}[]:,\"\\0123456789u. \n";
    parts p;
    tt_random random;
    tt_random_seed(&random, 17);
    small_file(&p);
    bytes file = read_file("small");
    unsigned char *damaged = (unsigned char *)malloc(file.size);
    size_t length = file.data[0] | (size_t)file.data[1] << 8;
    for (int i = 0; i < 3000; i++) {
        memcpy(damaged, file.data, file.size);
        for (uint32_t n = 1 + tt_random_uint32(&random) % 4; n > 0; n--) {
            size_t at = 8 + tt_random_uint32(&random) % length;
            damaged[at] =
                tt_random_uint32(&random) % 4
                    ? (unsigned char)likely[tt_random_uint32(&random) % (sizeof likely - 1)]
                    : (unsigned char)(tt_random_uint32(&random) & 255);
        }
        write_file("bad", damaged, file.size);
        tt_two_tower loaded;
        if (tt_load(&loaded, "bad", NULL) == TT_OK) tt_two_tower_free(&loaded);
    }
    free(damaged);
    free(file.data);
}

/* §17 */
static void random_garbage_is_refused(void **state)
{
    (void)state;
    tt_random random;
    tt_random_seed(&random, 17);
    for (int i = 0; i < 10000; i++) {
        unsigned char garbage[300];
        size_t size = tt_random_uint32(&random) % sizeof garbage;
        for (size_t b = 0; b < size; b++)
            garbage[b] = (unsigned char)(tt_random_uint32(&random) & 255);
        if (i % 2 && size > 8) {
            memset(garbage, 0, 8);
            garbage[0] = (unsigned char)((size - 8) & 255);
            garbage[1] = (unsigned char)((size - 8) >> 8);
            garbage[8] = '{';
            if (size > 9) garbage[9] = '"';
        }
        write_file("bad", garbage, size);
        tt_two_tower loaded;
        assert_int_equal(tt_load(&loaded, "bad", NULL), TT_ERROR_FORMAT);
    }
}

/* Saving --------------------------------------------------------------------------------------- */

/* §17 */
static void saving_replaces_a_file_and_leaves_no_other(void **state)
{
    (void)state;
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

/* §17 */
static void saving_where_nothing_can_be_written(void **state)
{
    (void)state;
    tt_two_tower model;
    tt_message why = {""};
    make_trained(&model, false);
    assert_int_equal(tt_save(&model, "no/such/folder", &why), TT_ERROR_OPEN);
    assert_int_equal(strncmp(why.text, "no/such/folder", 14), 0);
    assert_non_null(strstr(why.text, "the file can't be opened for writing"));
    assert_int_equal(tt_save(&model, "no/such/folder", NULL), TT_ERROR_OPEN);

    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(tt_save(&model, "folder", &why), TT_ERROR_OPEN);
    assert_string_equal(why.text, "folder: the file can't be opened for writing");
    assert_false(exists("folder.part"));
    assert_int_equal(rmdir("folder"), 0); /* it is still one, and empty */

    /* The temporary file can't be made: the old file stays. */
    write_file("m.safetensors", BYTES("an old file"));
    assert_int_equal(mkdir("m.safetensors.part", 0700), 0);
    assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_ERROR_OPEN);
    bytes old = read_file("m.safetensors");
    assert_int_equal(old.size, 11);
    rmdir("m.safetensors.part");

    refuse_rename = true;
    tt_error error = tt_save(&model, "m.safetensors", &why);
    refuse_rename = false;
    assert_int_equal(error, TT_ERROR_WRITE);
    assert_string_equal(why.text, "m.safetensors.part: can't be renamed to m.safetensors");
    assert_file_is("m.safetensors", old);
    assert_false(exists("m.safetensors.part"));
    free(old.data);
    tt_two_tower_free(&model);
}

/* §17: a pipe is written to as it is; somebody reads at its other end. */
static void saving_into_a_pipe_or_a_redirected_file(void **state)
{
    (void)state;
    tt_two_tower model;
    tt_message why = {""};
    make_trained(&model, true);
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        FILE *from = fopen("pipe", "rb"), *to = fopen("copied", "wb");
        for (int c; from && to && (c = fgetc(from)) != EOF;) fputc(c, to);
        _exit(!from || !to || fclose(to) != 0);
    }
    tt_error error = tt_save(&model, "pipe", &why);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_case(!error, "pipe", "%s", why.text);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    bytes whole = read_file("m.safetensors");
    assert_file_is("copied", whole);
    assert_int_equal(unlink("pipe"), 0);

    /* As /dev/stdout is, when the shell has sent it to a file. */
    char path[64];
    int descriptor = open("redirected", O_RDWR | O_CREAT, 0600);
    assert_true(descriptor >= 0);
    snprintf(path, sizeof path, "/dev/fd/%d", descriptor);
    if (exists(path)) {
        assert_int_equal(tt_save(&model, path, &why), TT_OK);
        assert_file_is("redirected", whole);
    }
    close(descriptor);
    free(whole.data);
    tt_two_tower_free(&model);
}

/* Whether a path is still a link to a device. */
static bool is_linked_device(const char *path)
{
    struct stat link, target;
    return lstat(path, &link) == 0 && S_ISLNK(link.st_mode) && stat(path, &target) == 0 &&
           S_ISCHR(target.st_mode);
}

/* §17: a device stays a device.  (Reached through links, so that a tt_save gone wrong replaces
   these, not the machine's devices, when root runs the tests.) */
static void saving_to_a_full_disk(void **state)
{
    (void)state;
    struct stat about;
    if (stat("/dev/full", &about) != 0 || !S_ISCHR(about.st_mode)) {
        printf("SKIPPED: there is no device /dev/full\n");
        skip();
    }
    tt_two_tower model;
    tt_message why = {""};
    make_trained(&model, true);
    assert_int_equal(symlink("/dev/full", "full"), 0);
    assert_int_equal(symlink("/dev/null", "null"), 0);
    assert_int_equal(tt_save(&model, "full", &why), TT_ERROR_WRITE);
    assert_string_equal(why.text, "full: writing failed (is the disk full?)");
    assert_true(is_linked_device("full"));
    assert_false(exists("full.part"));

    assert_int_equal(tt_save(&model, "null", &why), TT_OK);
    assert_true(is_linked_device("null"));

    /* A full disk under a file that is there: the old file stays, and only it. */
    write_file("old", BYTES("an old file"));
    bytes old = read_file("old");
    assert_int_equal(symlink("/dev/full", "old.part"), 0);
    assert_int_equal(tt_save(&model, "old", &why), TT_ERROR_WRITE);
    assert_string_equal(why.text, "old.part: writing failed (is the disk full?)");
    assert_file_is("old", old);
    assert_false(exists("old.part"));
    free(old.data);
    tt_two_tower_free(&model);
}

/* Saves while no file can grow beyond so many bytes. */
static tt_error save_with_room(const tt_two_tower *model, const char *path, size_t most,
                               tt_message *why)
{
    struct rlimit before, room;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    room = before;
    room.rlim_cur = (rlim_t)most;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &room), 0);
    tt_error error = tt_save(model, path, why);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    return error;
}

/* §17: wherever the disk is full, even if only at the last byte, which is written by fclose. */
static void saving_to_a_disk_that_fills_up(void **state)
{
    (void)state;
    tt_two_tower model;
    tt_message why = {""};
    make_trained(&model, true);
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    bytes whole = read_file("m.safetensors");
    write_file("old", BYTES("an old file"));
    bytes old = read_file("old");
    size_t rooms[] = {0, 7, 8, 100, 4096, 8192, whole.size - 100, whole.size - 1};
    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        tt_error error = save_with_room(&model, "old", rooms[i], &why);
        assert_int_equal(error, TT_ERROR_WRITE);
        assert_string_equal(why.text, "old.part: writing failed (is the disk full?)");
        assert_file_is("old", old);
        assert_false(exists("old.part"));
    }
    write_file("empty", "", 0);
    bytes empty = read_file("empty");
    tt_error error = save_with_room(&model, "empty", 100, &why);
    assert_int_equal(error, TT_ERROR_WRITE);
    assert_file_is("empty", empty);
    assert_false(exists("empty.part"));
    free(empty.data);
    signal(SIGXFSZ, SIG_DFL);
    free(whole.data);
    free(old.data);
    tt_two_tower_free(&model);
}

/* §17: a model that has gone wrong doesn't replace a good one. */
static void a_model_that_is_not_finite_is_not_saved(void **state)
{
    (void)state;
    tt_two_tower model;
    tt_message why = {""};
    make_trained(&model, true);
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    bytes good = read_file("m.safetensors");
    struct {
        float *number;
        const char *name;
    } cases[] = {
        {model.user.layers[0].weights.data + 1, "user.0.weights[1]"},
        {model.user.layers[2].bias.data + 4, "user.2.bias[4]"},
        {model.item.layers[1].weights.data + 107, "item.1.weights[107]"},
        {model.adam.moments[1].v.data, "user.0.bias.v[0]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float kept = *cases[i].number;
        char expected[100];
        snprintf(expected, sizeof expected, "m.safetensors: not saved, %s is not finite",
                 cases[i].name);
        *cases[i].number = i % 2 ? -INFINITY : NAN;
        assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_ERROR_VALUE);
        *cases[i].number = kept;
        assert_string_equal(why.text, expected);
        assert_file_is("m.safetensors", good);
        assert_false(exists("m.safetensors.part"));
    }
    double mean = model.user_scaler.mean[3];
    model.user_scaler.mean[3] = INFINITY;
    assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_ERROR_VALUE);
    assert_string_equal(why.text, "m.safetensors: not saved, user.scaler.mean[3] is not finite");
    model.user_scaler.mean[3] = mean;
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    assert_file_is("m.safetensors", good);
    free(good.data);
    tt_two_tower_free(&model);
}

/* §17: nor one that tt_load would refuse. */
static void a_model_that_no_one_could_load_is_not_saved(void **state)
{
    (void)state;
    tt_two_tower model;
    tt_message why = {""};
    make_trained(&model, true);
    assert_int_equal(tt_save(&model, "m.safetensors", NULL), TT_OK);
    bytes good = read_file("m.safetensors");
    struct {
        double *number, value;
        const char *complaint;
    } cases[] = {
        {&model.adam.options.learning_rate, -1, "adam.learning_rate[0] is -1: expected more than 0"},
        {&model.adam.options.beta1, 1, "adam.beta1[0] is 1: expected between 0 and 1"},
        {&model.adam.options.beta2, 0, "adam.beta2[0] is 0: expected between 0 and 1"},
        {&model.adam.options.epsilon, 0, "adam.epsilon[0] is 0: expected more than 0"},
        {&model.adam.beta1_power, 2, "adam.beta1_power[0] is 2: expected from 0 to 1"},
        {&model.item_scaler.scale[1], 0, "item.scaler.scale[1] is 0: expected more than 0"},
        {&model.target_scaler.low, 50, "expected the lower first"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double kept = *cases[i].number;
        *cases[i].number = cases[i].value;
        assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_ERROR_VALUE);
        *cases[i].number = kept;
        assert_int_equal(strncmp(why.text, "m.safetensors: not saved, ", 26), 0);
        assert_case(strstr(why.text, cases[i].complaint), cases[i].complaint, "%s", why.text);
        assert_file_is("m.safetensors", good);
    }
    model.epochs += (uint64_t)1 << 40;
    assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_ERROR_VALUE);
    assert_non_null(strstr(why.text, "steps: expected at most 2^40"));
    model.epochs -= (uint64_t)1 << 40;
    model.adam.steps += (uint64_t)1 << 40;
    assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_ERROR_VALUE);
    model.adam.steps -= (uint64_t)1 << 40;
    tt_random kept = model.random;
    model.random.position = 625;
    assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_ERROR_VALUE);
    assert_non_null(strstr(why.text, "random.position[0] is 625: expected at most 624"));
    model.random = kept;
    memset(model.random.state, 0, sizeof model.random.state);
    assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_ERROR_VALUE);
    assert_non_null(strstr(why.text, "random.state is all 0: expected any other"));
    model.random = kept;
    assert_int_equal(tt_save(&model, "m.safetensors", &why), TT_OK);
    assert_file_is("m.safetensors", good);
    free(good.data);
    tt_two_tower_free(&model);
}

/* §17: the file has no place for other towers than tt_two_tower_new makes. */
static void towers_of_another_form_are_not_saved(void **state)
{
    (void)state;
    tt_two_tower model, nothing;
    memset(&nothing, 0, sizeof nothing);
    make_trained(&model, false);
    size_t live = test_live_blocks;
    assert_stops(tt_save(&nothing, "m", NULL), "tt_save: a network of 0 layers");
    model.item.normalize = false;
    assert_stops(tt_save(&model, "m", NULL), "3 and 3 layers, normalised: 1 and 0");
    model.item.normalize = true;
    model.user.layers[2].activation = TT_RELU;
    assert_stops(tt_save(&model, "m", NULL), "layers 2 of the towers have activations 1 and 0");
    model.user.layers[2].activation = TT_LINEAR;
    model.item.layers[0].activation = TT_LINEAR;
    assert_stops(tt_save(&model, "m", NULL), "layers 0 of the towers have activations 1 and 0");
    model.item.layers[0].activation = TT_RELU;
    tt_matrix bias = model.item.layers[0].bias;
    model.item.layers[0].bias = tt_matrix_cols(bias, 0, 1);
    assert_stops(tt_save(&model, "m", NULL), "tt_save: bias of layer 0 is 1x1, weights are ");
    model.item.layers[0].bias = bias;
    tt_adam_free(&model.adam);
    tt_adam_new(&model.adam, NULL);
    assert_stops(tt_save(&model, "m", NULL), "tt_save: parameter 0 of 12 is new to the optimiser");
    assert_true(test_live_blocks <= live);
    assert_false(exists("m") || exists("m.part"));
    tt_two_tower_free(&model);
}

/* §17: of a file that begins otherwise than ours not more is read than its start. */
static void files_without_an_end_are_refused_at_their_start(void **state)
{
    (void)state;
    struct stat about;
    tt_two_tower model;
    tt_message why;
    if (stat("/dev/zero", &about) != 0 || !S_ISCHR(about.st_mode)) {
        printf("SKIPPED: there is no device /dev/zero\n");
        skip();
    }
    assert_int_equal(tt_load(&model, "/dev/zero", &why), TT_ERROR_FORMAT);
    assert_string_equal(why.text, "/dev/zero: not a model: expected { at byte 8");
}

/* §13, §17 */
static void nothing_where_something_must_be_stops(void **state)
{
    (void)state;
    tt_csv csv, closed;
    size_t column;
    double number;
    int64_t integer;
    tt_two_tower model;
    memset(&closed, 0, sizeof closed);
    memset(&model, 0, sizeof model);
    write_file("t.csv", BYTES("a\n1\n"));
    assert_refuses_null(tt_csv_open, (NULL, "t.csv", NULL), csv);
    assert_refuses_null(tt_csv_open, (&csv, NULL, NULL), path);
    assert_int_equal(tt_csv_open(&csv, "t.csv", NULL), TT_OK);
    assert_refuses_null(tt_csv_find, (NULL, &csv, "a", NULL), column);
    assert_refuses_null(tt_csv_find, (&column, NULL, "a", NULL), csv);
    assert_refuses_null(tt_csv_find, (&column, &csv, NULL, NULL), name);
    assert_refuses_null(tt_csv_next, (NULL, NULL), csv);
    assert_int_equal(tt_csv_next(&csv, NULL), TT_OK);
    assert_refuses_null(tt_csv_text, (NULL, 0), csv);
    assert_refuses_null(tt_csv_number, (NULL, &csv, 0, NULL), value);
    assert_refuses_null(tt_csv_number, (&number, NULL, 0, NULL), csv);
    assert_refuses_null(tt_csv_integer, (NULL, &csv, 0, 0, 1, NULL), value);
    assert_refuses_null(tt_csv_integer, (&integer, NULL, 0, 0, 1, NULL), csv);
    assert_refuses_null(tt_csv_complain, (NULL, 0, "no", NULL), csv);
    assert_refuses_null(tt_csv_complain, (&csv, 0, NULL, NULL), complaint);
    assert_refuses_null(tt_parse_number, (NULL, "1"), value);
    assert_refuses_null(tt_parse_number, (&number, NULL), text);
    tt_csv_close(&csv);
    assert_refuses_null(tt_save, (NULL, "m", NULL), model);
    assert_refuses_null(tt_save, (&model, NULL, NULL), path);
    assert_refuses_null(tt_load, (NULL, "m", NULL), model);
    assert_refuses_null(tt_load, (&model, NULL, NULL), path);
    assert_stops(tt_csv_next(&closed, NULL), "tt_csv_next: the file is not open");
    assert_stops(tt_csv_find(&column, &closed, "a", NULL), "tt_csv_find: the file is not open");
    assert_int_equal(tt_csv_open(&csv, "missing.csv", NULL), TT_ERROR_OPEN);
    assert_stops(tt_csv_next(&csv, NULL), "tt_csv_next: the file is not open");
    assert_frees(tt_csv_close, tt_csv, csv);
}

/* §17: what can be saved can be loaded: many long names, and one that is empty. */
static void names_of_any_length_come_back(void **state)
{
    (void)state;
    enum { MANY = 300, LONG = 400 };
    char (*texts)[LONG] = (char (*)[LONG])malloc((size_t)MANY * LONG);
    const char *names[MANY], *empty[] = {""};
    for (int i = 0; i < MANY; i++) {
        memset(texts[i], 'a' + i % 26, LONG);
        snprintf(texts[i] + LONG - 12, 12, "%d", i);
        names[i] = texts[i];
    }
    tt_two_tower_options o = {{2}, 2, 1, {0, 0, 0, 0}, NULL, NULL, NULL, names, empty};
    tt_two_tower model, loaded;
    tt_message why = {""};
    assert_int_equal(tt_two_tower_new(&model, MANY, 1, &o), TT_OK);
    tt_error saved = tt_save(&model, "m.safetensors", &why);
    assert_int_equal(saved, TT_OK);
    tt_error read = tt_load(&loaded, "m.safetensors", &why);
    tt_two_tower_free(&model);
    assert_case(!read, "many names", "%s", why.text);
    for (int i = 0; i < MANY; i++) assert_string_equal(loaded.user_feature_names[i], names[i]);
    bool has_names = loaded.item_feature_names != NULL;
    if (has_names) assert_string_equal(loaded.item_feature_names[0], "");
    tt_two_tower_free(&loaded);
    free(texts);
    assert_true(has_names);
}

/* §17: names are lines of one text in the file, so none may hold a line end. */
static void names_with_line_ends_are_a_mistake(void **state)
{
    (void)state;
    const char *names[] = {"one", "two\nthree"}, *other[] = {"x"};
    tt_two_tower_options o = {{2}, 2, 1, {0, 0, 0, 0}, NULL, NULL, NULL, names, other};
    tt_two_tower model;
    assert_stops(tt_two_tower_new(&model, 2, 1, &o), "two\nthree");
}

/* Every allocation refused --------------------------------------------------------------------- */

/* What the attempts work on. */
typedef struct stage {
    world w;
    tt_two_tower model;
    bytes saved;      /* the model's file */
    tt_fit_options fit;
    double loss;      /* of the ratings */
} stage;

static void set_stage(stage *s)
{
    memset(s, 0, sizeof *s);
    make_world(&s->w);
    make_trained(&s->model, true);
    assert_int_equal(tt_save(&s->model, "m.safetensors", NULL), TT_OK);
    s->saved = read_file("m.safetensors");
    s->fit.threads = 1;
    assert_int_equal(tt_evaluate(&s->loss, &s->model, &s->w.ratings, on(1)), TT_OK);
}

static void clear_stage(stage *s)
{
    tt_two_tower_free(&s->model);
    free(s->saved.data);
}

/* Outputs that a failed call must leave as they are. */
static const float sentinel = -77;

static void fill_sentinels(float *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) numbers[i] = sentinel;
}

static void assert_untouched(const void *output, int byte, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(((const unsigned char *)output)[i], byte);
}

static void assert_sentinels(const float *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) assert_true(numbers[i] == sentinel);
}

/* §17 */
static tt_error try_save(void *context)
{
    stage *s = (stage *)context;
    tt_message why = {"untouched"};
    write_file("old", BYTES("an old file"));
    bytes old = read_file("old");
    tt_error error = tt_save(&s->model, "old", &why);
    grant_memory();
    assert_string_equal(why.text, error ? "old: out of memory" : "untouched");
    assert_file_is("old", error ? old : s->saved);
    assert_false(exists("old.part"));
    free(old.data);
    return error;
}

/* §17 */
static tt_error try_load(void *context)
{
    stage *s = (stage *)context;
    tt_two_tower model;
    tt_message why = {"untouched"};
    memset(&model, 0x5A, sizeof model);
    tt_error error = tt_load(&model, "m.safetensors", &why);
    grant_memory();
    assert_string_equal(why.text + strlen(why.text) - strlen(error ? "out of memory" : "untouched"),
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
    (void)state;
    stage s;
    set_stage(&s);
    assert_true(refuse_each(try_save, &s) >= 2);
    assert_true(refuse_each(try_load, &s) >= 20);
    clear_stage(&s);
}

/* §14 */
static tt_error try_new(void *context)
{
    (void)context;
    tt_two_tower model;
    memset(&model, 0x5A, sizeof model);
    tt_error error = make_model(&model, true);
    grant_memory();
    if (error)
        assert_untouched(&model, 0x5A, sizeof model);
    else
        tt_two_tower_free(&model);
    return error;
}

static void a_new_model_without_memory(void **state)
{
    (void)state;
    assert_true(refuse_each(try_new, NULL) >= 20);
}

/* §15: one epoch that fails leaves the model as it was, to the bit. */
static tt_error try_one_epoch(void *context)
{
    stage *s = (stage *)context;
    tt_history history;
    memset(&history, 0x5A, sizeof history);
    s->fit.epochs = 1;
    tt_error error = tt_fit(&s->model, &s->w.ratings, &s->fit, &history);
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

/* §15: of several epochs those before the failure may stay; the model works in any case. */
static tt_error try_many_epochs(void *context)
{
    stage *s = (stage *)context;
    tt_history history;
    float predictions[RATINGS];
    memset(&history, 0x5A, sizeof history);
    s->fit.epochs = 3;
    s->fit.validation_split = 0.2;
    s->fit.patience = 5;
    tt_error error = tt_fit(&s->model, &s->w.ratings, &s->fit, &history);
    grant_memory();
    if (error)
        assert_untouched(&history, 0x5A, sizeof history);
    else
        tt_history_free(&history);
    predict(predictions, &s->model);
    for (size_t k = 0; k < RATINGS; k++) assert_true(isfinite(predictions[k]));
    assert_int_equal(tt_fit(&s->model, &s->w.ratings, &s->fit, NULL), TT_OK);
    return error;
}

static void training_without_memory(void **state)
{
    (void)state;
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

/* §14 */
static tt_error try_predict(void *context)
{
    stage *s = (stage *)context;
    float predictions[RATINGS];
    fill_sentinels(predictions, RATINGS);
    tt_error error = tt_predict(predictions, &s->model, &s->w.ratings, on(1));
    grant_memory();
    if (error) assert_sentinels(predictions, RATINGS);
    return error;
}

static tt_error try_evaluate(void *context)
{
    stage *s = (stage *)context;
    double loss = -77;
    tt_error error = tt_evaluate(&loss, &s->model, &s->w.ratings, on(1));
    grant_memory();
    assert_true(loss == (error ? -77 : s->loss));
    return error;
}

static tt_error try_embed(void *context)
{
    stage *s = (stage *)context;
    float vectors[FILMS * 5];
    fill_sentinels(vectors, FILMS * 5);
    tt_error error =
        tt_embed(tt_matrix_of(vectors, FILMS, 5), &s->model.item, s->w.ratings.items, on(2));
    grant_memory();
    if (error) assert_sentinels(vectors, FILMS * 5);
    return error;
}

/* §7 */
static tt_error try_forward(void *context)
{
    stage *s = (stage *)context;
    float vectors[FILMS * 5];
    fill_sentinels(vectors, FILMS * 5);
    tt_error error = tt_sequential_forward(tt_matrix_of(vectors, FILMS, 5), &s->model.item,
                                           s->w.ratings.items);
    grant_memory();
    if (error) assert_sentinels(vectors, FILMS * 5);
    return error;
}

/* §16 */
static tt_error try_nearest(void *context)
{
    stage *s = (stage *)context;
    uint32_t nearest[FILMS * 3];
    float distance[FILMS * 3];
    tt_neighbour_options options = {3, true, NULL, NULL, 1, NULL};
    memset(nearest, 0x5A, sizeof nearest);
    fill_sentinels(distance, FILMS * 3);
    tt_error error =
        tt_nearest(nearest, distance, s->w.ratings.items, s->w.ratings.items, &options, NULL);
    grant_memory();
    if (error) {
        assert_untouched(nearest, 0x5A, sizeof nearest);
        assert_sentinels(distance, FILMS * 3);
    }
    return error;
}

static tt_error try_masked_distances(void *context)
{
    stage *s = (stage *)context;
    tt_masked_matrix distances;
    memset(&distances, 0x5A, sizeof distances);
    tt_error error = tt_masked_distances(&distances, s->w.ratings.items);
    grant_memory();
    if (error)
        assert_untouched(&distances, 0x5A, sizeof distances);
    else
        tt_masked_free(&distances);
    return error;
}

static tt_error try_recommend(void *context)
{
    stage *s = (stage *)context;
    uint32_t items[4];
    float predictions[4], vectors[FILMS * 5];
    size_t found = 77;
    for (size_t i = 0; i < FILMS * 5; i++) vectors[i] = (float)i;
    memset(items, 0x5A, sizeof items);
    fill_sentinels(predictions, 4);
    tt_error error = tt_recommend(items, predictions, &found, 4, &s->model,
                                  tt_matrix_rows(s->w.ratings.users, 3, 1),
                                  tt_matrix_of(vectors, FILMS, 5), NULL);
    grant_memory();
    if (error) {
        assert_untouched(items, 0x5A, sizeof items);
        assert_sentinels(predictions, 4);
    }
    assert_int_equal(found, error ? 77 : 4);
    return error;
}

/* §11 */
static tt_error try_standard_fit(void *context)
{
    tt_standard_scaler scaler;
    memset(&scaler, 0x5A, sizeof scaler);
    tt_error error = tt_standard_fit(&scaler, *(tt_table *)context, NULL);
    grant_memory();
    if (error)
        assert_untouched(&scaler, 0x5A, sizeof scaler);
    else
        tt_standard_free(&scaler);
    return error;
}

static tt_error try_minmax_fit(void *context)
{
    tt_minmax_scaler scaler;
    memset(&scaler, 0x5A, sizeof scaler);
    tt_error error = tt_minmax_fit(&scaler, *(tt_table *)context, -1, 1);
    grant_memory();
    if (error)
        assert_untouched(&scaler, 0x5A, sizeof scaler);
    else
        tt_minmax_free(&scaler);
    return error;
}

/* §4 */
static tt_error try_table(void *context)
{
    (void)context;
    tt_table table;
    memset(&table, 0x5A, sizeof table);
    tt_error error = tt_table_new(&table, 3, 4);
    grant_memory();
    if (error)
        assert_untouched(&table, 0x5A, sizeof table);
    else
        tt_table_free(&table);
    return error;
}

static tt_error try_matrix_from_table(void *context)
{
    tt_matrix matrix;
    memset(&matrix, 0x5A, sizeof matrix);
    tt_error error = tt_matrix_from_table(&matrix, *(tt_table *)context);
    grant_memory();
    if (error)
        assert_untouched(&matrix, 0x5A, sizeof matrix);
    else
        tt_matrix_free(&matrix);
    return error;
}

/* §12 */
static tt_error try_split(void *context)
{
    (void)context;
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

/* §9: the mean squared length of relu(X W + b), which needs a block of the tape and its list. */
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
    (void)context;
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
    (void)state;
    stage s;
    set_stage(&s);
    double numbers[] = {1, 2, 3, 4, 5, 7};
    tt_table table = tt_table_of(numbers, 3, 2);
    refuse_each(try_predict, &s);
    refuse_each(try_evaluate, &s);
    refuse_each(try_embed, &s);
    refuse_each(try_forward, &s);
    refuse_each(try_nearest, &s);
    refuse_each(try_masked_distances, &s);
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
        /* §13 tables from CSV */
        test(csv_reads_records_or_says_where_they_are_wrong),
        test(csv_end_says_how_many_records_there_were_and_stays),
        test(csv_files_that_cannot_be_read),
        test(csv_reading_that_fails_halfway),
        test(csv_finds_columns_by_name),
        test(csv_knows_the_lines_of_records),
        test(csv_fields_are_asked_for_by_column_and_after_a_record),
        test(csv_fields_of_a_refused_record_cannot_be_asked_for),
        test(csv_numbers_that_are_accepted),
        test(csv_numbers_that_are_refused),
        test(numbers_that_are_refused_leave_the_output_untouched),
        test(csv_integers_within_their_bounds),
        test(csv_integers_reach_the_ends_of_int64),
        test(csv_complaints_name_place_column_and_text),
        test(csv_messages_have_room_for_anything),
        test(csv_messages_cut_no_character_in_two),
        test(csv_wide_records),
        test(csv_a_field_of_a_megabyte),
        test(csv_records_across_the_border_of_the_buffer),
        test(numbers_round_as_strtod_does),
        test(numbers_with_many_digits),
        test(numbers_with_more_zeros_than_an_exponent_has_digits),
        test(numbers_do_not_depend_on_the_locale),
        test(the_progress_line_does_not_depend_on_the_locale),
        test(csv_without_memory),

        /* §17 saving and loading */
        test(a_loaded_model_is_the_saved_one),
        test(a_model_with_only_some_of_the_descriptions),
        test(the_deepest_model),
        test(training_goes_on_after_loading),
        test(the_same_model_makes_the_same_file),
        test(crc32_of_the_standard_text),
        test(the_file_is_safetensors),
        test(the_numbers_begin_at_a_multiple_of_8),
        test(a_file_built_from_its_parts_can_be_loaded),
        test(a_header_in_another_style_can_be_loaded),
        test(files_that_are_no_models),
        test(headers_that_are_refused),
        test(metadata_twice_are_refused_though_empty),
        test(deep_headers_are_refused),
        test(headers_that_do_not_fit_the_numbers),
        test(towers_that_do_not_match),
        test(too_much_of_everything),
        test(numbers_that_are_no_weights),
        test(a_random_state_of_zeros_is_refused),
        test(data_of_the_wrong_length_or_checksum),
        test(nothing_is_hidden_behind_the_header),
        test(a_file_cut_off_anywhere_is_refused),
        test(a_flipped_bit_is_found),
        test(damaged_headers_never_crash),
        test(random_garbage_is_refused),
        test(saving_replaces_a_file_and_leaves_no_other),
        test(saving_where_nothing_can_be_written),
        test(saving_into_a_pipe_or_a_redirected_file),
        test(saving_to_a_full_disk),
        test(saving_to_a_disk_that_fills_up),
        test(a_model_that_is_not_finite_is_not_saved),
        test(a_model_that_no_one_could_load_is_not_saved),
        test(nothing_where_something_must_be_stops),
        test(towers_of_another_form_are_not_saved),
        test(files_without_an_end_are_refused_at_their_start),
        test(names_of_any_length_come_back),
        test(names_with_line_ends_are_a_mistake),

        /* Every allocation refused: §4, §7, §9, §11, §12, §14 to §17 */
        test(saving_and_loading_without_memory),
        test(a_new_model_without_memory),
        test(training_without_memory),
        test(all_other_functions_without_memory),
    };
    return cmocka_run_group_tests_name("files", tests, enter_folder, leave_folder);
}
