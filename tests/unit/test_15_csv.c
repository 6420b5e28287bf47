/* The tests of §15, tables from CSV, and of the numbers in them. */

#include "tests/unit/test.h"
#include "tests/unit/folder.h"

/* Reads a whole file: its records as "1|2$3|4$" with | between fields and $ after a record.  What
   the reader says is in csv->error and csv->why. */
static void read_csv(tt_csv *csv, char *records, size_t capacity)
{
    size_t length = 0, count = 0;
    records[0] = 0;
    tt_csv_open(csv, "t.csv");
    while (tt_csv_next(csv) == TT_OK) {
        assert_int_equal(csv->records, ++count);
        for (size_t c = 0; c < csv->columns; c++)
            length += (size_t)snprintf(records + length, capacity - length, "%s%s",
                                       tt_csv_text(csv, c), c + 1 < csv->columns ? "|" : "$");
        assert_true(length < capacity);
    }
    tt_csv_close(csv);
    tt_csv_close(csv); /* twice is harmless */
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
    {"UTF-8 mark",
     BYTES("\xEF\xBB\xBF"
           "a,b\n1,2\n"),
     TT_ERROR_END, "1|2$"},
    {"UTF-8 mark, quoted header", BYTES("\xEF\xBB\xBF\"a\",b\n1,2\n"), TT_ERROR_END, "1|2$"},
    {"first and last character of each length",
     BYTES("a\n\x01\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"
           "\xF0\x90\x80\x80\xF1\x80\x80\x80\xF4\x8F\xBF\xBF\n"),
     TT_ERROR_END,
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
     "t.csv:2:4: text after a closing quote: expected the whole field in quotes, and its own "
     "quotes doubled"},
    {"blank after a quote", BYTES("a,b\n1,\"2\" \n"), TT_ERROR_FORMAT,
     "t.csv:2:6: text after a closing quote: expected the whole field in quotes, and its own "
     "quotes doubled"},
    {"NUL after a quote", BYTES("a,b\n1,\"2\"\0\n"), TT_ERROR_FORMAT,
     "t.csv:2:6: byte 0x00: expected UTF-8 text"},

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
    {"a mark has no column",
     BYTES("\xEF\xBB\xBF"
           "a\"\n"),
     TT_ERROR_FORMAT,
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
     "t.csv:4:1: the file is empty: expected a header line"},
    {"a mark alone", BYTES("\xEF\xBB\xBF"), TT_ERROR_FORMAT,
     "t.csv:1:1: the file is empty: expected a header line"},
    {"header alone", BYTES("a,b\n"), TT_ERROR_END, ""},
    {"header without line end", BYTES("a,b"), TT_ERROR_END, ""},

    {"UTF-16, little end first",
     BYTES("\xFF\xFE"
           "a\0,\0b\0\n\0"),
     TT_ERROR_FORMAT, "t.csv:1:1: byte 0xFF: expected UTF-8 text"},
    {"UTF-16, big end first", BYTES("\xFE\xFF\0a\0,\0b\0\n"), TT_ERROR_FORMAT,
     "t.csv:1:1: byte 0xFE: expected UTF-8 text"},
    {"a UTF-16 mark alone", BYTES("\xFF\xFE"), TT_ERROR_FORMAT,
     "t.csv:1:1: byte 0xFF: expected UTF-8 text"},
    {"half a UTF-8 mark", BYTES("\xEF\xBB"), TT_ERROR_FORMAT,
     "t.csv:1:1: byte 0xEF: expected UTF-8 text"},
    {"Latin-1", BYTES("a,b\n1,caf\xE9\n"), TT_ERROR_FORMAT,
     "t.csv:2:6: byte 0xE9: expected UTF-8 text"},
    {"a continuation byte alone", BYTES("a\n\x80\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0x80: expected UTF-8 text"},
    {"overlong /", BYTES("a\n\xC0\xAF\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xC0: expected UTF-8 text"},
    {"overlong in two bytes", BYTES("a\n\xC1\xBF\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xC1: expected UTF-8 text"},
    {"overlong in three bytes", BYTES("a\n\xE0\x9F\xBF\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xE0: expected UTF-8 text"},
    {"overlong in four bytes", BYTES("a\n\xF0\x8F\xBF\xBF\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xF0: expected UTF-8 text"},
    {"first surrogate", BYTES("a\n\xED\xA0\x80\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xED: expected UTF-8 text"},
    {"last surrogate", BYTES("a\n\xED\xBF\xBF\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xED: expected UTF-8 text"},
    {"one of two bytes", BYTES("a,b\n\xC3,2\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xC3: expected UTF-8 text"},
    {"two of three bytes", BYTES("a\n\xE2\x82\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xE2: expected UTF-8 text"},
    {"three of four bytes", BYTES("a\n\xF0\x9F\x98"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xF0: expected UTF-8 text"},
    {"beyond U+10FFFF", BYTES("a\n\xF4\x90\x80\x80\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xF4: expected UTF-8 text"},
    {"a byte that begins nothing", BYTES("a\n\xFC\x80\x80\x80\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xFC: expected UTF-8 text"},
    {"far beyond", BYTES("a\n\xF5\x80\x80\x80\n"), TT_ERROR_FORMAT,
     "t.csv:2:1: byte 0xF5: expected UTF-8 text"},
    {"no byte of UTF-8", BYTES("a\nok\xFF\n"), TT_ERROR_FORMAT,
     "t.csv:2:3: byte 0xFF: expected UTF-8 text"},
    {"not UTF-8, in quotes", BYTES("a\n\"\xFF\"\n"), TT_ERROR_FORMAT,
     "t.csv:2:2: byte 0xFF: expected UTF-8 text"},
    {"not UTF-8, in the header", BYTES("a,\xFF\n"), TT_ERROR_FORMAT,
     "t.csv:1:3: byte 0xFF: expected UTF-8 text"},
    {"NUL", BYTES("a,b\n1,2\0003\n"), TT_ERROR_FORMAT, "t.csv:2:4: byte 0x00: expected UTF-8 text"},
    {"NUL in quotes", BYTES("a,b\n1,\"2\0003\"\n"), TT_ERROR_FORMAT,
     "t.csv:2:5: byte 0x00: expected UTF-8 text"},
    {"NUL in the header", BYTES("a\0,b\n"), TT_ERROR_FORMAT,
     "t.csv:1:2: byte 0x00: expected UTF-8 text"},
};

/* §15 */
static void records_are_read_or_it_is_said_where_they_are_wrong(void **state)
{
    for (size_t i = 0; i < COUNT(csv_catalogue); i++) {
        const csv_case *c = &csv_catalogue[i];
        char records[256];
        tt_csv csv;
        write_file("t.csv", c->file, c->size);
        read_csv(&csv, records, sizeof records);
        const char *found = c->error == TT_ERROR_END ? records : csv.why.text;
        assert_case(strcmp(found, c->expected) == 0, c->what, "found    %s\nexpected %s", found,
                    c->expected);
        assert_case(csv.error == c->error, c->what, "%s", tt_error_text(csv.error));
    }
}

/* §15: the first error stays, and nothing but it is told; also the end is one. */
static void the_first_error_stays(void **state)
{
    tt_csv csv;
    size_t column = 77;
    double value = 42;
    int64_t integer = 43;
    write_file("t.csv", BYTES("a,b\n1,x\n3,4\n"));
    assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
    assert_int_equal(tt_csv_next(&csv), TT_OK);
    assert_string_equal(csv.why.text, "");
    for (int again = 0; again < 2; again++) {
        assert_int_equal(tt_csv_number(&value, &csv, 1), TT_ERROR_VALUE);
        assert_int_equal(tt_csv_number(&value, &csv, 0), TT_ERROR_VALUE);
        assert_int_equal(tt_csv_integer(&integer, &csv, 0, 0, 9), TT_ERROR_VALUE);
        assert_int_equal(tt_csv_complain(&csv, 0, "another"), TT_ERROR_VALUE);
        assert_int_equal(tt_csv_find(&column, &csv, "c"), TT_ERROR_VALUE);
        assert_int_equal(tt_csv_next(&csv), TT_ERROR_VALUE);
        assert_string_equal(tt_csv_text(&csv, 0), "");
        assert_string_equal(csv.why.text, "t.csv:2:3: b \"x\": expected a finite number like 3.5");
    }
    assert_true(value == 42 && integer == 43 && column == 77);
    tt_csv_close(&csv);
    assert_int_equal(csv.error, TT_ERROR_VALUE);
    assert_non_null(strstr(csv.why.text, "t.csv:2:3"));

    write_file("t.csv", BYTES("a,b\n1,2\n"));
    assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
    assert_int_equal(tt_csv_next(&csv), TT_OK);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(tt_csv_next(&csv), TT_ERROR_END);
        assert_string_equal(csv.why.text, "t.csv: 1 records, no more");
    }
    tt_csv_close(&csv);
}

/* §15 */
static void files_that_cannot_be_opened_or_read(void **state)
{
    tt_csv csv;
    assert_int_equal(tt_csv_open(&csv, "missing.csv"), TT_ERROR_OPEN);
    assert_string_equal(csv.why.text, "missing.csv: the file can't be opened");
    assert_int_equal(tt_csv_next(&csv), TT_ERROR_OPEN);
    tt_csv_close(&csv);
    assert_int_equal(mkdir("folder.csv", 0700), 0);
    assert_int_equal(tt_csv_open(&csv, "folder.csv"), TT_ERROR_READ);
    assert_string_equal(csv.why.text, "folder.csv:1:1: reading failed");
    tt_csv_close(&csv);
    assert_int_equal(rmdir("folder.csv"), 0);
}

/* §15: wherever in a record reading fails, it is not taken for the file's end. */
static void reading_that_fails_halfway(void **state)
{
    static const char *const ends[] = {"\n",    "1,2\n",   "1,2",   "1",       "1,",   "\"1",
                                       "\"1\"", "1,\"2\"", "\"1\n", "\"1\"\"", "1,2\r"};
    static char file[65536 + 64];
    for (size_t i = 0; i < COUNT(ends); i++) {
        tt_csv csv;
        size_t start = 65536 - strlen(ends[i]);
        memset(file, 'f', sizeof file);
        memcpy(file, "a,b\n", 4);
        memcpy(file + start - 3, ",0\n", 3);
        memcpy(file + start, ends[i], strlen(ends[i]));
        write_file("t.csv", file, sizeof file);
        assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
        int only_for_writing = open("/dev/null", O_WRONLY); /* when the buffer is used up */
        assert_true(dup2(only_for_writing, fileno((FILE *)csv.file)) >= 0);
        close(only_for_writing);
        assert_int_equal(tt_csv_next(&csv), TT_OK);
        tt_error error = tt_csv_next(&csv);
        if (!error) error = tt_csv_next(&csv); /* one was still complete */
        tt_csv_close(&csv);
        assert_case(error == TT_ERROR_READ, ends[i], "%s", csv.why.text);
        assert_case(strstr(csv.why.text, ": reading failed"), ends[i], "%s", csv.why.text);
    }
}

/* §15: names outlive the header's record, and a missing one is told with the header. */
static void columns_are_found_by_name(void **state)
{
    static const char *const names[] = {"userId", "movie id", "a,\"b\"", "", "rating"};
    tt_csv csv;
    size_t column = 77;
    write_file("t.csv",
               BYTES("\xEF\xBB\xBF\"userId\",movie id,\"a,\"\"b\"\"\",,rating\n1,2,3,4,5\n"));
    assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
    for (int record = 0; record < 2; record++) {
        for (size_t c = 0; c < COUNT(names); c++) {
            assert_int_equal(tt_csv_find(&column, &csv, names[c]), TT_OK);
            assert_int_equal(column, c);
            assert_string_equal(csv.header[c], names[c]);
        }
        if (!record) assert_int_equal(tt_csv_next(&csv), TT_OK);
    }
    column = 77;
    assert_int_equal(tt_csv_find(&column, &csv, "Rating"), TT_ERROR_FORMAT);
    assert_string_equal(csv.why.text, "t.csv:1:1: no column \"Rating\": the header is \"userId\","
                                      "movie id,\"a,\"\"b\"\"\",,rating");
    assert_int_equal(column, 77);
    tt_csv_close(&csv);
}

/* §15: empty lines count, and records may be longer than a line. */
static void the_lines_of_records_are_known(void **state)
{
    static const size_t lines[] = {3, 4, 6, 8};
    tt_csv csv;
    write_file("t.csv", BYTES("\n\r\na,b\n1,2\n\n\"3\n\",4\n5,6"));
    assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_int_equal(csv.line, lines[i]);
        assert_int_equal(tt_csv_next(&csv), i < 3 ? TT_OK : TT_ERROR_END);
    }
    tt_csv_close(&csv);
}

/* §15: a field is asked for when there is a record, and by a number that it has. */
static void misuse_stops(void **state)
{
    tt_csv csv, closed;
    size_t column;
    double number;
    int64_t integer;
    memset(&closed, 0, sizeof closed);
    write_file("t.csv", BYTES("a,b\n1,2\n"));
    assert_refuses_null(tt_csv_open, (NULL, "t.csv"), csv);
    assert_refuses_null(tt_csv_open, (&csv, NULL), path);
    assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
    assert_refuses_null(tt_csv_find, (NULL, &csv, "a"), column);
    assert_refuses_null(tt_csv_find, (&column, NULL, "a"), csv);
    assert_refuses_null(tt_csv_find, (&column, &csv, NULL), name);
    assert_refuses_null(tt_csv_next, (NULL), csv);
    assert_stops(tt_csv_text(&csv, 0), "column 0 of 2, record 0");
    assert_stops(tt_csv_number(&number, &csv, 0), "record 0");
    assert_int_equal(tt_csv_next(&csv), TT_OK);
    assert_refuses_null(tt_csv_text, (NULL, 0), csv);
    assert_refuses_null(tt_csv_number, (NULL, &csv, 0), value);
    assert_stops(tt_csv_number(&number, NULL, 0), "csv is NULL");
    assert_refuses_null(tt_csv_integer, (NULL, &csv, 0, 0, 1), value);
    assert_stops(tt_csv_integer(&integer, NULL, 0, 0, 1), "csv is NULL");
    assert_stops(tt_csv_complain(NULL, 0, "no"), "csv is NULL");
    assert_refuses_null(tt_csv_complain, (&csv, 0, NULL), complaint);
    assert_refuses_null(tt_parse_number, (NULL, "1"), value);
    assert_refuses_null(tt_parse_number, (&number, NULL), text);
    assert_stops(tt_csv_text(&csv, 2), "column 2 of 2");
    assert_stops(tt_csv_integer(&integer, &csv, 2, 0, 9), "column 2 of 2");
    assert_stops(tt_csv_next(&closed), "tt_csv_next: the file is not open");
    assert_stops(tt_csv_find(&column, &closed, "a"), "tt_csv_find: the file is not open");
    assert_frees(tt_csv_close, tt_csv, csv);
}

/* Opens a file of one column x and one field, in quotes, so that commas are safe. */
static void open_field(tt_csv *csv, const char *field)
{
    char file[1200];
    int size = snprintf(file, sizeof file, "x\n\"%s\"\n", field);
    assert_true(size > 0 && (size_t)size < sizeof file);
    write_file("t.csv", file, (size_t)size);
    assert_int_equal(tt_csv_open(csv, "t.csv"), TT_OK);
    assert_int_equal(tt_csv_next(csv), TT_OK);
}

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* §15 */
static void numbers_that_are_accepted(void **state)
{
    static const struct {
        const char *field;
        double value;
    } cases[] = {
        {"3.5", 3.5},
        {"0", 0},
        {"-0", -0.0},
        {"+4", 4},
        {"-2.25", -2.25},
        {".5", 0.5},
        {"007", 7},
        {" 3.5", 3.5},
        {"3.5 ", 3.5},
        {"\t 3.5\t ", 3.5},
        {"1e3", 1e3},
        {"1E3", 1e3},
        {"1e+3", 1e3},
        {"1.5e-3", 1.5e-3},
        {"1e-400", 0},
        {"-1e-400", -0.0},
        {"5e-324", 5e-324},
        {"2e-324", 0},
        {"1e-310", 1e-310},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"0e999999999999", 0},
        {"0.000000e-999999999999", 0},
        {"1e-99999999999999999999", 0},
        {"9007199254740993", 9007199254740992.0},
        {"9007199254740995", 9007199254740996.0},
        {"16777217.0000000001", 16777217.0000000001},
        {"1e22", 1e22},
        {"1e23", 1e23},
        {"123456789012345e22", 123456789012345e22},
        {"123456789012345e-22", 123456789012345e-22},
        {"0.1", 0.1},
        {"3.65", 3.65},
        {"00000000000000000000000000000000000000000001", 1},
        {"100000000000000000000000000000000", 1e32},
        {"0.3000000000000000444", 0.30000000000000004},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        tt_csv csv;
        double value = 42;
        open_field(&csv, cases[i].field);
        tt_csv_number(&value, &csv, 0);
        tt_csv_close(&csv);
        assert_case(!csv.error, cases[i].field, "%s", csv.why.text);
        assert_case(bits_of(value) == bits_of(cases[i].value), cases[i].field, "%.17g", value);
    }
}

/* §15: and value stays as it was. */
static void numbers_that_are_refused(void **state)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "NA",
                                        "nan",
                                        "NaN",
                                        "-nan",
                                        "nan(1)",
                                        "inf",
                                        "Infinity",
                                        "-Infinity",
                                        "1e400",
                                        "-1e400",
                                        "1.8e308",
                                        "1e99999999999999999999",
                                        "3.",
                                        "3. ",
                                        ".",
                                        "-",
                                        "+",
                                        "-.",
                                        "--1",
                                        "+-1",
                                        "e5",
                                        ".e5",
                                        "1e",
                                        "1e+",
                                        "1e-",
                                        "1e +3",
                                        "1e--3",
                                        "1.e5",
                                        "1e5.0",
                                        "1.5.5",
                                        "0x1p3",
                                        "0x10",
                                        "1x",
                                        "x1",
                                        "1 2",
                                        "1_000",
                                        "3;5",
                                        "1d5",
                                        "1f",
                                        "\xD9\xA3",
                                        "3\xC2\xA0",
                                        "12:30",
                                        "1/2",
                                        "5%",
                                        "99999999999999999999e300",
                                        "3,5",
                                        "1,000",
                                        ",5",
                                        "-3,5"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        tt_csv csv;
        char expected[160];
        double value = 42;
        assert_case(!tt_parse_number(&value, texts[i]), texts[i], "accepted");
        open_field(&csv, texts[i]);
        assert_int_equal(tt_csv_number(&value, &csv, 0), TT_ERROR_VALUE);
        tt_csv_close(&csv);
        snprintf(expected, sizeof expected,
                 "t.csv:2:1: x \"%s\": expected a finite number like 3.5", texts[i]);
        assert_string_equal(csv.why.text, expected);
        assert_case(value == 42, texts[i], "the output is %g", value);
    }
}

/* §15: ids never pass through a double. */
static void integers_within_their_bounds(void **state)
{
    static const struct {
        const char *field;
        int64_t low, high, value;
        bool accepted;
    } cases[] = {
        {"7", 1, 10, 7, true},
        {"1", 1, 10, 1, true},
        {"10", 1, 10, 10, true},
        {"0", 1, 10, 0, false},
        {"11", 1, 10, 0, false},
        {"-1", 0, 10, 0, false},
        {"-5", -5, 5, -5, true},
        {"-6", -5, 5, 0, false},
        {"+5", 0, 9, 5, true},
        {" 5\t", 0, 9, 5, true},
        {"005", 0, 9, 5, true},
        {"-0", 0, 9, 0, true},
        {"9007199254740993", 0, INT64_MAX, 9007199254740993, true},
        {"-9007199254740993", INT64_MIN, 0, -9007199254740993, true},
        {"999999999999999999", 0, INT64_MAX, 999999999999999999, true},
        {"9223372036854775808", INT64_MIN, INT64_MAX, 0, false},
        {"18446744073709551615", INT64_MIN, INT64_MAX, 0, false},
        {"18446744073709551616", INT64_MIN, INT64_MAX, 0, false},
        {"99999999999999999999", INT64_MIN, INT64_MAX, 0, false},
        {"-99999999999999999999", INT64_MIN, INT64_MAX, 0, false},
        {"10000000000000000000000000000000000000001", INT64_MIN, INT64_MAX, 0, false},
        {"1.5", 0, 9, 0, false},
        {"1.0", 0, 9, 0, false},
        {"1e0", 0, 9, 0, false},
        {"1E2", 0, 999, 0, false},
        {"5.", 0, 9, 0, false},
        {"", 0, 9, 0, false},
        {"NA", 0, 9, 0, false},
        {"0x5", 0, 9, 0, false},
        {"5 5", 0, 99, 0, false},
        {"5,0", 0, 99, 0, false},
        {"--5", -9, 9, 0, false},
        {"- 5", -9, 9, 0, false},
        {"9223372036854775807", 0, INT64_MAX, INT64_MAX, true},
        {"-9223372036854775808", INT64_MIN, 0, INT64_MIN, true},
        {"-9223372036854775809", INT64_MIN, 0, 0, false},
        {"-9223372036854775807", INT64_MIN, 0, -INT64_MAX, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        tt_csv csv;
        char expected[200] = "";
        int64_t value = 42;
        open_field(&csv, cases[i].field);
        tt_csv_integer(&value, &csv, 0, cases[i].low, cases[i].high);
        tt_csv_close(&csv);
        if (!cases[i].accepted)
            snprintf(expected, sizeof expected,
                     "t.csv:2:1: x \"%s\": expected a whole number from %lld to %lld",
                     cases[i].field, (long long)cases[i].low, (long long)cases[i].high);
        assert_case(strcmp(csv.why.text, expected) == 0, cases[i].field, "%s", csv.why.text);
        assert_case(value == (cases[i].accepted ? cases[i].value : 42), cases[i].field, "%lld",
                    (long long)value);
    }
}

/* §15 */
static void complaints_name_place_column_and_text(void **state)
{
    static const struct {
        size_t records, column;
        const char *message;
    } cases[] = {{1, 1, "t.csv:2:3: rating \"4\n\": no"},
                 {1, 2, "t.csv:3:3: c \"\": no"},
                 {2, 1, "t.csv:5:4: rating \"nine\": no"},
                 {3, 2, "t.csv:6:7: c \"x\": no"}};
    write_file("t.csv", BYTES("id,rating,c\n1,\"4\r\n\",\n\n22,nine,\n3,9.9,x\n"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        tt_csv csv;
        assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
        for (size_t r = 0; r < cases[i].records; r++) assert_int_equal(tt_csv_next(&csv), TT_OK);
        assert_int_equal(tt_csv_complain(&csv, cases[i].column, "no"), TT_ERROR_VALUE);
        tt_csv_close(&csv);
        assert_string_equal(csv.why.text, cases[i].message);
    }
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

/* §15: a message is cut to its room, and between characters, however long names and texts are. */
static void messages_are_cut_between_characters(void **state)
{
    for (size_t shift = 0; shift < 4; shift++) {
        tt_csv csv;
        char file[3000], *end = file + sprintf(file, "%.*s", (int)shift, "xyz");
        for (int i = 0; i < 300; i++) end += sprintf(end, "\xF0\x9F\x98\x80");
        end += sprintf(end, "\n%.*s", (int)shift, "xyz");
        for (int i = 0; i < 300; i++) end += sprintf(end, "\xF0\x9F\x98\x80");
        write_file("t.csv", file, (size_t)(end - file));
        size_t column;
        assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
        assert_int_equal(tt_csv_find(&column, &csv, file), TT_ERROR_FORMAT);
        assert_true(ends_whole(csv.why.text, strlen(csv.why.text)));
        tt_csv_close(&csv);
        assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
        assert_int_equal(tt_csv_next(&csv), TT_OK);
        assert_int_equal(tt_csv_complain(&csv, 0, "no"), TT_ERROR_VALUE);
        const char *quote = strchr(csv.why.text, '"');
        assert_non_null(quote);
        assert_true(ends_whole(csv.why.text, (size_t)(quote - 1 - csv.why.text)));
        assert_true(ends_whole(csv.why.text, strlen(csv.why.text) - strlen("\": no")));
        tt_csv_close(&csv);
    }
}

/* §15: a field of a megabyte, with a quote and a line end, and a record of 5000 fields. */
static void large_fields_and_wide_records(void **state)
{
    enum { LONG = 1 << 20, WIDE = 5000 };
    tt_csv csv;
    char *file = (char *)malloc(LONG + 64);
    memcpy(file, "a,b\n\"", 5);
    for (size_t i = 0; i < LONG; i++) file[5 + i] = (char)('a' + i % 23);
    memcpy(file + 5 + LONG, "\",1\nx,2", 7);
    write_file("t.csv", file, 5 + LONG + 7);
    assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
    assert_int_equal(tt_csv_next(&csv), TT_OK);
    assert_int_equal(strlen(tt_csv_text(&csv, 0)), LONG);
    assert_memory_equal(tt_csv_text(&csv, 0), file + 5, LONG);
    assert_int_equal(tt_csv_next(&csv), TT_OK);
    assert_string_equal(tt_csv_text(&csv, 1), "2");
    tt_csv_close(&csv);

    size_t n = 0;
    for (size_t c = 0; c < WIDE; c++) n += (size_t)sprintf(file + n, "%sc%zu", c ? "," : "", c);
    for (size_t c = 0; c < WIDE; c++)
        n += (size_t)sprintf(file + n, "%s%zu", c ? "," : "\n", 2 * c);
    write_file("t.csv", file, n);
    free(file);
    assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
    assert_int_equal(csv.columns, WIDE);
    assert_int_equal(tt_csv_next(&csv), TT_OK);
    for (size_t c = 0; c < WIDE; c++) {
        int64_t value = 42;
        assert_int_equal(tt_csv_integer(&value, &csv, c, 0, INT64_MAX), TT_OK);
        assert_int_equal(value, 2 * c);
    }
    tt_csv_close(&csv);
}

/* §15: a record may lie across the border of the read buffer, 65536 bytes, at any of its bytes. */
static void records_across_the_border_of_the_buffer(void **state)
{
    static const char piece[] = "\"x\"\"y\r\nz\",\xE2\x82\xAC\r\n1,2\r\r\n3,4\"";
    static char file[65536 + 128];
    for (size_t start = 65536 - sizeof piece - 2; start < 65536 + 3; start++) {
        tt_csv csv;
        char records[200];
        memcpy(file, "a,b\n", 4);
        memset(file + 4, 'f', start - 4);
        memcpy(file + start - 3, ",0\n", 3);
        memcpy(file + start, piece, sizeof piece - 1);
        write_file("t.csv", file, start + sizeof piece - 1);
        assert_int_equal(tt_csv_open(&csv, "t.csv"), TT_OK);
        assert_int_equal(tt_csv_next(&csv), TT_OK);
        assert_int_equal(strlen(tt_csv_text(&csv, 0)), start - 7);
        for (int r = 0; r < 2; r++) {
            assert_int_equal(tt_csv_next(&csv), TT_OK);
            snprintf(records, sizeof records, "%zu:%s|%s", csv.line, tt_csv_text(&csv, 0),
                     tt_csv_text(&csv, 1));
            assert_string_equal(records, r ? "5:1|2" : "3:x\"y\nz|\xE2\x82\xAC");
        }
        assert_int_equal(tt_csv_next(&csv), TT_ERROR_FORMAT);
        assert_int_equal(strncmp(csv.why.text, "t.csv:7:4: a quote", 18), 0);
        tt_csv_close(&csv);
    }
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

/* §15 */
static void numbers_round_as_strtod_does(void **state)
{
    compare_with_strtod(NULL, 200000, random_decimal);
    compare_with_strtod(NULL, 20000, random_halfway);
}

/* §15: the middle between 1 and the next double, 1 + 2^-53, and the same with a digit after. */
static void every_digit_counts(void **state)
{
    char text[600];
    double value = 42;
    strcpy(text, "1.00000000000000011102230246251565404236316680908203125");
    assert_true(tt_parse_number(&value, text) && value == 1);
    strcat(text, "0000000000000000000000000000000000000000000000000000000000000000000000001");
    assert_true(tt_parse_number(&value, text) && value == 1 + 1 / 4503599627370496.0);
}

/* §15: a number has at most 511 characters, whatever it is made of; blanks are none of it. */
static void numbers_of_more_than_511_characters_are_refused(void **state)
{
    static const struct {
        const char *begin;
        char fill;
        const char *end;
    } forms[] = {{"", '1', ""},    {"0.", '3', ""},     {"", '0', "1"},      {"-", '0', "1e5"},
                 {"1e", '0', "5"}, {"+", '9', "e-500"}, {"0.", '0', "1e999"}};
    for (size_t i = 0; i < COUNT(forms); i++)
        for (size_t length = 500; length < 700; length++) {
            char text[800];
            double value = 42;
            size_t n = (size_t)sprintf(text, "  %s", forms[i].begin), rest = strlen(forms[i].end);
            while (n < 2 + length - rest) text[n++] = forms[i].fill;
            strcpy(text + n, forms[i].end);
            strcat(text, " \t ");
            double expected = strtod(text, NULL);
            bool accepted = length <= 511 && isfinite(expected);
            assert_case(tt_parse_number(&value, text) == accepted, text, "%zu characters", length);
            assert_true(value == (accepted ? expected : 42));
        }
}

/* §15 */
static void numbers_do_not_depend_on_the_locale(void **state)
{
    const char *why_not, *name = comma_locale(&why_not);
    if (!name) {
        printf("SKIPPED: %s\n", why_not);
        skip();
    }
    compare_with_strtod(name, 5000, random_decimal);
    compare_with_strtod(name, 500, random_halfway);
    double value = 42;
    setlocale(LC_ALL, name);
    bool comma = tt_parse_number(&value, "3,5");
    bool long_comma = tt_parse_number(&value, "3,50000000000000000000001");
    setlocale(LC_ALL, "C");
    assert_true(!comma && !long_comma && value == 42);
}

/* §15 */
static tt_error try_csv(void *context)
{
    tt_csv csv;
    double sum = 0, value = 42;
    size_t column = 77;
    tt_csv_open(&csv, "t.csv");
    tt_csv_find(&column, &csv, "c19");
    while (tt_csv_next(&csv) == TT_OK && tt_csv_number(&value, &csv, column) == TT_OK) sum += value;
    grant_memory();
    tt_csv_close(&csv);
    if (csv.error == TT_ERROR_MEMORY) assert_non_null(strstr(csv.why.text, ": out of memory"));
    if (csv.error == TT_ERROR_END) assert_true(sum == 19 + 119);
    return csv.error == TT_ERROR_END ? TT_OK : csv.error;
}

static void reading_without_memory(void **state)
{
    char file[2000];
    size_t n = 0;
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 20; c++)
            n += (size_t)sprintf(file + n, r ? "%s%d" : "%sc%d",
                                 c   ? ","
                                 : r ? "\n"
                                     : "",
                                 c + (r > 1 ? 100 : 0));
    write_file("t.csv", file, n);
    assert_true(refuse_each(try_csv, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(records_are_read_or_it_is_said_where_they_are_wrong),
        test(the_first_error_stays),
        test(files_that_cannot_be_opened_or_read),
        test(reading_that_fails_halfway),
        test(columns_are_found_by_name),
        test(the_lines_of_records_are_known),
        test(misuse_stops),
        test(numbers_that_are_accepted),
        test(numbers_that_are_refused),
        test(integers_within_their_bounds),
        test(complaints_name_place_column_and_text),
        test(messages_are_cut_between_characters),
        test(large_fields_and_wide_records),
        test(records_across_the_border_of_the_buffer),
        test(numbers_round_as_strtod_does),
        test(every_digit_counts),
        test(numbers_of_more_than_511_characters_are_refused),
        test(numbers_do_not_depend_on_the_locale),
        test(reading_without_memory),
    };
    return cmocka_run_group_tests_name("csv", tests, enter_folder, leave_folder);
}
