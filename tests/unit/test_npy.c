/* test_npy.c: matrices and tables as files of NumPy (§17).

   tests/unit/check_python.sh shows the same with NumPy itself on the other side. */

#include "tests/unit/test.h"
#include "tests/unit/folder.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Writes x.npy: magic and version, the length of the text, the text as it is, and numbers. */
static void build_as(const char *magic, const char *text, size_t length, const void *numbers,
                     size_t size)
{
    unsigned char file[4096];
    assert_true(10 + length + size <= sizeof file);
    memcpy(file, magic, 8);
    file[8] = (unsigned char)(length & 255);
    file[9] = (unsigned char)(length >> 8);
    memcpy(file + 10, text, length);
    memcpy(file + 10 + length, numbers, size);
    write_file("x.npy", file, 10 + length + size);
}

static void build(const char *text, const void *numbers, size_t size)
{
    build_as("\x93NUMPY\x01", text, strlen(text), numbers, size);
}

static void assert_table_is(tt_table table, size_t rows, size_t cols, const double *numbers)
{
    assert_int_equal(table.rows, rows);
    assert_int_equal(table.cols, cols);
    for (size_t i = 0; i < rows * cols; i++)
        assert_memory_equal(table.data + i, numbers + i, sizeof(double));
}

/* Writing -------------------------------------------------------------------------------------- */

/* §17: byte for byte what numpy.save writes. */
static void the_file_is_numpys(void **state)
{
    (void)state;
    float numbers[] = {1, 2, 99, -0.5f, 3, 99};
    double doubles[] = {1, -2.5};
    static const char of_matrix[] =
        "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
        "                                                          \n"
        "\x00\x00\x80\x3F\x00\x00\x00\x40\x00\x00\x00\xBF\x00\x00\x40\x40";
    static const char of_table[] =
        "\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }"
        "                                                          \n"
        "\x00\x00\x00\x00\x00\x00\xF0\x3F\x00\x00\x00\x00\x00\x00\x04\xC0";
    bytes matrix = {(unsigned char *)(uintptr_t)of_matrix, sizeof of_matrix - 1};
    bytes table = {(unsigned char *)(uintptr_t)of_table, sizeof of_table - 1};
    assert_int_equal(matrix.size, 128 + 16);
    tt_matrix view = tt_matrix_cols(tt_matrix_of(numbers, 2, 3), 0, 2);
    assert_int_equal(tt_matrix_save(view, "m.npy", NULL), TT_OK);
    assert_file_is("m.npy", matrix);
    assert_int_equal(tt_table_save(tt_table_of(doubles, 2, 1), "t.npy", NULL), TT_OK);
    assert_file_is("t.npy", table);
}

/* §17: all bits come back, from views and to wide matrices; rows may be missing altogether. */
static void what_is_saved_is_loaded(void **state)
{
    (void)state;
    enum { ROWS = 77, COLS = 1300 }; /* a row is more than a buffer of the writer */
    tt_matrix numbers = random_matrix(ROWS, COLS), matrix;
    float odd[] = {0, -0.0f, FLT_MAX, -FLT_MAX, FLT_MIN, 1e-45f};
    memcpy(numbers.data, odd, sizeof odd);
    assert_int_equal(tt_matrix_save(tt_matrix_cols(numbers, 0, COLS - 3), "m.npy", NULL), TT_OK);
    assert_int_equal(tt_matrix_load(&matrix, "m.npy", NULL), TT_OK);
    assert_true(matrix.rows == ROWS && matrix.cols == COLS - 3 && matrix.stride == COLS - 3);
    for (size_t r = 0; r < ROWS; r++)
        assert_bits_equal(tt_matrix_at(matrix, r, 0), tt_matrix_at(numbers, r, 0), COLS - 3);
    tt_matrix_free(&matrix);

    double doubles[] = {0, -0.0, DBL_MAX, -DBL_MAX, DBL_MIN, 5e-324, 0.1, 1 / 3.0};
    tt_table table;
    assert_int_equal(tt_table_save(tt_table_of(doubles, 4, 2), "t.npy", NULL), TT_OK);
    assert_int_equal(tt_table_load(&table, "t.npy", NULL), TT_OK);
    assert_table_is(table, 4, 2, doubles);
    tt_table_free(&table);

    assert_int_equal(tt_table_save(tt_table_of(doubles, 0, 5), "t.npy", NULL), TT_OK);
    assert_int_equal(tt_table_load(&table, "t.npy", NULL), TT_OK);
    assert_table_is(table, 0, 5, NULL);
    tt_table_free(&table);
}

/* §17: as a model is written: whole, or not at all. */
static void saving_that_fails_leaves_the_old_file(void **state)
{
    (void)state;
    double numbers[] = {1, 2, 3, (double)NAN};
    float floats[] = {1, -INFINITY};
    tt_message why = {""};
    write_file("old.npy", BYTES("an old file"));
    bytes old = read_file("old.npy");
    assert_int_equal(tt_table_save(tt_table_of(numbers, 2, 2), "old.npy", &why), TT_ERROR_VALUE);
    assert_string_equal(why.text, "old.npy: not saved, element (1, 1) is not finite");
    assert_int_equal(tt_matrix_save(tt_matrix_of(floats, 2, 1), "old.npy", &why), TT_ERROR_VALUE);
    assert_string_equal(why.text, "old.npy: not saved, element (1, 0) is not finite");
    assert_file_is("old.npy", old);

    tt_table good = tt_table_of(numbers, 1, 2);
    assert_int_equal(tt_table_save(good, "no/such/folder.npy", &why), TT_ERROR_OPEN);
    assert_string_equal(why.text, "no/such/folder.npy.part: the file can't be opened for writing");
    tt_matrix well = tt_matrix_of(floats, 1, 1);
    assert_int_equal(tt_matrix_save(well, "no/such/folder.npy", NULL), TT_ERROR_OPEN);
    if (exists("/dev/full")) {
        assert_int_equal(symlink("/dev/full", "old.npy.part"), 0);
        assert_int_equal(tt_matrix_save(well, "old.npy", &why), TT_ERROR_WRITE);
        assert_int_equal(symlink("/dev/full", "old.npy.part"), 0);
        assert_int_equal(tt_table_save(good, "old.npy", &why), TT_ERROR_WRITE);
        assert_string_equal(why.text, "old.npy.part: writing failed (is the disk full?)");
        assert_file_is("old.npy", old);
    } else {
        print_message("SKIPPED: a full disk, as there is no device /dev/full\n");
    }
    assert_false(exists("old.npy.part"));
    assert_int_equal(tt_table_save(good, "old.npy", &why), TT_OK);
    assert_false(exists("old.npy.part"));
    free(old.data);
}

/* §17 */
static void misuse_stops(void **state)
{
    (void)state;
    float numbers[] = {1};
    tt_matrix matrix = tt_matrix_of(numbers, 1, 1);
    assert_stops(tt_matrix_save(tt_matrix_cols(matrix, 0, 0), "m.npy", NULL),
                 "tt_matrix_save: an array of 1x0");
    double doubles[] = {1};
    tt_table table = tt_table_of(doubles, 1, 1);
    assert_refuses_null(tt_matrix_save, (matrix, NULL, NULL), path);
    assert_refuses_null(tt_table_save, (table, NULL, NULL), path);
    assert_refuses_null(tt_matrix_load, (NULL, "m.npy", NULL), matrix);
    assert_refuses_null(tt_matrix_load, (&matrix, NULL, NULL), path);
    assert_refuses_null(tt_table_load, (NULL, "m.npy", NULL), table);
    assert_refuses_null(tt_table_load, (&table, NULL, NULL), path);
}

/* Reading -------------------------------------------------------------------------------------- */

/* §17: the numbers 1 and 2 in every type, and the ends of what the type can say. */
static void every_type_can_be_read(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *numbers; /* three of them */
        size_t size;
        double expected[3];
    } cases[] = {
        {"|i1", BYTES("\x01\x7F\x80"), {1, 127, -128}},
        {"<i1", BYTES("\x01\x7F\xFF"), {1, 127, -1}},
        {"|u1", BYTES("\x01\x7F\xFF"), {1, 127, 255}},
        {"|b1", BYTES("\x01\x00\x01"), {1, 0, 1}},
        {"<i2", BYTES("\x01\x00\xFF\x7F\x00\x80"), {1, 32767, -32768}},
        {">i2", BYTES("\x00\x01\x7F\xFF\x80\x00"), {1, 32767, -32768}},
        {"<u2", BYTES("\x01\x00\x02\x01\xFF\xFF"), {1, 258, 65535}},
        {">u2", BYTES("\x00\x01\x01\x02\xFF\xFF"), {1, 258, 65535}},
        {"<i4", BYTES("\x01\0\0\0" "\xFE\xFF\xFF\xFF" "\0\0\0\x80"), {1, -2, -2147483648.0}},
        {">i4", BYTES("\0\0\0\x01" "\xFF\xFF\xFF\xFE" "\x80\0\0\0"), {1, -2, -2147483648.0}},
        {"<u4", BYTES("\x01\0\0\0" "\x02\0\0\0" "\xFF\xFF\xFF\xFF"), {1, 2, 4294967295.0}},
        {">u4", BYTES("\0\0\0\x01" "\0\0\0\x02" "\xFF\xFF\xFF\xFF"), {1, 2, 4294967295.0}},
        {"<i8", BYTES("\x01\0\0\0\0\0\0\0" "\0\0\0\0\0\0\x20\0" "\0\0\0\0\0\0\xE0\xFF"),
         {1, 9007199254740992.0, -9007199254740992.0}},
        {">i8", BYTES("\0\0\0\0\0\0\0\x01" "\0\x20\0\0\0\0\0\0" "\xFF\xE0\0\0\0\0\0\0"),
         {1, 9007199254740992.0, -9007199254740992.0}},
        {"<u8", BYTES("\x01\0\0\0\0\0\0\0" "\x02\0\0\0\0\0\0\0" "\0\0\0\0\0\0\x20\0"),
         {1, 2, 9007199254740992.0}},
        {">u8", BYTES("\0\0\0\0\0\0\0\x01" "\0\0\0\0\0\0\0\x02" "\0\x20\0\0\0\0\0\0"),
         {1, 2, 9007199254740992.0}},
        {"<f4", BYTES("\0\0\x80\x3F" "\0\0\0\xC0" "\xFF\xFF\x7F\x7F"), {1, -2, FLT_MAX}},
        {">f4", BYTES("\x3F\x80\0\0" "\xC0\0\0\0" "\x7F\x7F\xFF\xFF"), {1, -2, FLT_MAX}},
        {"<f8", BYTES("\0\0\0\0\0\0\xF0\x3F" "\0\0\0\0\0\0\0\xC0"
                      "\xFF\xFF\xFF\xFF\xFF\xFF\xEF\x7F"),
         {1, -2, DBL_MAX}},
        {">f8", BYTES("\x3F\xF0\0\0\0\0\0\0" "\xC0\0\0\0\0\0\0\0"
                      "\x7F\xEF\xFF\xFF\xFF\xFF\xFF\xFF"),
         {1, -2, DBL_MAX}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char header[128];
        tt_message why = {""};
        tt_table table;
        snprintf(header, sizeof header,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (3, 1), }\n", cases[i].type);
        build(header, cases[i].numbers, cases[i].size);
        tt_error error = tt_table_load(&table, "x.npy", &why);
        assert_case(!error, cases[i].type, "%s", why.text);
        assert_table_is(table, 3, 1, cases[i].expected);
        tt_table_free(&table);
    }
}

/* §17 */
static void shapes_and_orders_that_can_be_read(void **state)
{
    (void)state;
    static const double by_rows[] = {1, 2, 3, 4, 5, 6}, by_columns[] = {1, 3, 5, 2, 4, 6};
    static const unsigned char numbers[] = {1, 2, 3, 4, 5, 6};
    static const struct {
        const char *header;
        size_t rows, cols;
        const double *expected;
    } cases[] = {
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }   \n", 2, 3, by_rows},
        {"{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", 2, 3, by_columns},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (6,), }\n", 6, 1, by_rows},
        {"{'descr': '|u1', 'fortran_order': True, 'shape': (6,), }\n", 6, 1, by_rows},
        {"{'descr':'|u1','fortran_order':False,'shape':(6,1)}\n", 6, 1, by_rows},
        {"{ \"shape\" : (1 , 6 , ) ,\t'fortran_order':False , 'descr':\"|u1\" , }\n", 1, 6,
         by_rows},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        tt_message why = {""};
        tt_table table;
        tt_matrix matrix;
        build(cases[i].header, numbers, 6);
        tt_error error = tt_table_load(&table, "x.npy", &why);
        assert_case(!error, cases[i].header, "%s", why.text);
        assert_table_is(table, cases[i].rows, cases[i].cols, cases[i].expected);
        tt_table_free(&table);
        assert_int_equal(tt_matrix_load(&matrix, "x.npy", &why), TT_OK);
        assert_true(matrix.rows == cases[i].rows && matrix.cols == cases[i].cols);
        for (size_t k = 0; k < 6; k++) assert_true((double)matrix.data[k] == cases[i].expected[k]);
        tt_matrix_free(&matrix);
    }
}

/* Refused, with this message; neither output is touched. */
static void assert_refused(tt_error expected, const char *what, const char *message)
{
    tt_message why = {""};
    tt_table table, table_before;
    tt_matrix matrix, matrix_before;
    memset(&table, 0x5A, sizeof table);
    memset(&matrix, 0x5A, sizeof matrix);
    table_before = table;
    matrix_before = matrix;
    tt_error error = tt_table_load(&table, "x.npy", &why);
    assert_case(error == expected, what, "%s: %s", tt_error_text(error), why.text);
    assert_case(strcmp(why.text, message) == 0, what, "found    %s\nexpected %s", why.text,
                message);
    assert_int_equal(tt_matrix_load(&matrix, "x.npy", NULL), expected);
    assert_memory_equal(&table, &table_before, sizeof table);
    assert_memory_equal(&matrix, &matrix_before, sizeof matrix);
}

/* A header of one byte a number, but for what is written out. */
#define DESCR "'descr': '|u1', "
#define ORDER "'fortran_order': False, "

/* §17 */
static void headers_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"\n", "x.npy: byte 11: expected a dictionary in braces"},
        {"['descr']\n", "x.npy: byte 10: expected a dictionary in braces"},
        {"{}\n", "x.npy: byte 12: expected descr, fortran_order and shape"},
        {"{" DESCR ORDER "}\n", "x.npy: byte 52: expected descr, fortran_order and shape"},
        {"{" DESCR DESCR ORDER "'shape': (6,)}\n",
         "x.npy: byte 36: a key that is unknown, or there twice"},
        {"{" DESCR ORDER "'shape': (6,), 'shape': (6,)}\n",
         "x.npy: byte 74: a key that is unknown, or there twice"},
        {"{" DESCR ORDER "'shape': (6,), 'more': 1}\n",
         "x.npy: byte 73: a key that is unknown, or there twice"},
        {"{" DESCR ORDER "'shape': (6,), 'a_key_that_is_long': 1}\n",
         "x.npy: byte 82: a text that is too long, or holds more than plain characters"},
        {"{" DESCR ORDER "'shape': (6,), 'sh\xC3\xA9': 1}\n",
         "x.npy: byte 69: a text that is too long, or holds more than plain characters"},
        {"{" DESCR ORDER "'shape", "x.npy: byte 57: a text that doesn't end"},
        {"{" DESCR ORDER "shape: (6,)}\n", "x.npy: byte 51: expected a text in quotes"},
        {"{" DESCR ORDER "'shape' (6,)}\n", "x.npy: byte 59: expected a colon"},
        {"{" DESCR ORDER "'shape': 6}\n", "x.npy: byte 60: expected a shape in round brackets"},
        {"{" DESCR ORDER "'shape': ()}\n",
         "x.npy: byte 62: expected one or two dimensions, not a number"},
        {"{" DESCR ORDER "'shape': (6)}\n", "x.npy: byte 63: expected a shape such as (3,)"},
        {"{" DESCR ORDER "'shape': (-6,)}\n", "x.npy: byte 61: expected a number"},
        {"{" DESCR ORDER "'shape': (6.0,)}\n", "x.npy: byte 62: expected the end of a shape"},
        {"{" DESCR ORDER "'shape': (6 1)}\n", "x.npy: byte 63: expected the end of a shape"},
        {"{" DESCR ORDER "'shape': (,)}\n", "x.npy: byte 61: expected a number"},
        {"{" DESCR ORDER "'shape': (1, 2, 3)}\n",
         "x.npy: byte 68: expected one or two dimensions, not more"},
        {"{" DESCR ORDER "'shape': (99999999999999999999, 1)}\n",
         "x.npy: byte 81: a number that is too large"},
        {"{" DESCR ORDER "'shape': (6,", "x.npy: byte 63: expected a number"},
        {"{" DESCR ORDER "'shape': (6,)", "x.npy: byte 64: expected the end of the dictionary"},
        {"{" DESCR ORDER "'shape': (6,)} x\n", "x.npy: byte 66: something after the dictionary"},
        {"{" DESCR ORDER "'shape': (6,)}", "x.npy: byte 65: expected a header that ends in a line "
         "end"},
        {"{" DESCR ORDER "'shape': (6,)}  ", "x.npy: byte 67: expected a header that ends in a "
         "line end"},
        {"{" DESCR "'fortran_order': 0, 'shape': (6,)}\n",
         "x.npy: byte 45: expected True or False"},
        {"{" DESCR "'fortran_order': Fals", "x.npy: byte 48: expected True or False"},
        {"{'descr': [('a', '<f4')], " ORDER "'shape': (6,)}\n",
         "x.npy: byte 20: expected a text in quotes"},
        {"{'descr': '<f2', " ORDER "'shape': (6,)}\n", "x.npy: numbers of type '<f2': expected f4, "
         "f8, i1 to i8, u1 to u8 or b1"},
        {"{'descr': '|O', " ORDER "'shape': (6,)}\n", "x.npy: numbers of type '|O': expected f4, "
         "f8, i1 to i8, u1 to u8 or b1"},
        {"{'descr': '<c8', " ORDER "'shape': (6,)}\n", "x.npy: numbers of type '<c8': expected f4, "
         "f8, i1 to i8, u1 to u8 or b1"},
        {"{'descr': '<f16', " ORDER "'shape': (6,)}\n", "x.npy: numbers of type '<f16': expected "
         "f4, f8, i1 to i8, u1 to u8 or b1"},
        {"{'descr': '|f4', " ORDER "'shape': (6,)}\n", "x.npy: numbers of type '|f4': expected f4, "
         "f8, i1 to i8, u1 to u8 or b1"},
        {"{'descr': '=f4', " ORDER "'shape': (6,)}\n", "x.npy: numbers of type '=f4': expected f4, "
         "f8, i1 to i8, u1 to u8 or b1"},
        {"{'descr': '', " ORDER "'shape': (6,)}\n", "x.npy: numbers of type '': expected f4, f8, "
         "i1 to i8, u1 to u8 or b1"},
        {"{'descr': '<i8u4u4', " ORDER "'shape': (6,)}\n", "x.npy: numbers of type '<i8u4u4': "
         "expected f4, f8, i1 to i8, u1 to u8 or b1"},
        {"{" DESCR ORDER "'shape': (6, 0)}\n", "x.npy: 6 x 0 numbers: expected at least one "
         "column"},
        {"{" DESCR ORDER "'shape': (5,)}\n",
         "x.npy: 5 x 1 numbers of 1 bytes: the file has 6 bytes for them"},
        {"{" DESCR ORDER "'shape': (7,)}\n",
         "x.npy: 7 x 1 numbers of 1 bytes: the file has 6 bytes for them"},
        {"{" DESCR ORDER "'shape': (0, 3)}\n",
         "x.npy: 0 x 3 numbers of 1 bytes: the file has 6 bytes for them"},
        {"{'descr': '<f4', " ORDER "'shape': (6,)}\n",
         "x.npy: 6 x 1 numbers of 4 bytes: the file has 6 bytes for them"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        build(cases[i].text, "\1\2\3\4\5\6", 6);
        assert_refused(TT_ERROR_FORMAT, cases[i].text, cases[i].message);
    }
}

/* §17: products that overflow are found by division, before memory is asked for. */
static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    static const char *const types[] = {"|u1", "<f4", "<f8"};
    for (size_t i = 0; i < COUNT(types); i++)
        for (size_t cols = 1; cols < 9; cols++) {
            char header[200], message[200];
            size_t most = SIZE_MAX / (size_t)(types[i][2] - '0') / cols + 1;
            snprintf(header, sizeof header,
                     "{'descr': '%s', 'fortran_order': False, 'shape': (%zu, %zu)}\n", types[i],
                     cols == 1 && i == 0 ? SIZE_MAX : most, cols);
            build(header, "", 0);
            snprintf(message, sizeof message, "x.npy: %zu x %zu numbers of %c bytes (more than "
                     "memory can hold): the file has 0 bytes for them",
                     cols == 1 && i == 0 ? SIZE_MAX : most, cols, types[i][2]);
            size_t before = test_allocations;
            assert_refused(TT_ERROR_FORMAT, header, message);
            assert_int_equal(test_allocations - before, 2); /* the files' own, of both readings */
        }
    build("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4611686018427387904)}\n", "", 0);
    tt_table table;
    tt_error error = tt_table_load(&table, "x.npy", NULL);
    if (sizeof(size_t) == 8) {
        assert_int_equal(error, TT_OK); /* nothing, of whatever width */
        tt_table_free(&table);
    }
}

/* §17 */
static void files_that_are_no_arrays(void **state)
{
    (void)state;
    static const char text[] = "{" DESCR ORDER "'shape': (6,)}\n";
    const char *no_magic = "x.npy: byte 0: expected a .npy file of version 1.0";
    write_file("x.npy", "", 0);
    assert_refused(TT_ERROR_FORMAT, "empty", no_magic);
    write_file("x.npy", BYTES("\x93NUMPY\x01\0\x76"));
    assert_refused(TT_ERROR_FORMAT, "cut in the prefix", no_magic);
    write_file("x.npy", BYTES("PK\3\4 a .npz file, which is an archive"));
    assert_refused(TT_ERROR_FORMAT, "npz", no_magic);
    build_as("\x93NUMPY\x02", text, strlen(text), "\1\2\3\4\5\6", 6);
    assert_refused(TT_ERROR_FORMAT, "version 2", no_magic);
    build_as("\x93NUMPY\x01\x01", text, strlen(text), "\1\2\3\4\5\6", 6);
    assert_refused(TT_ERROR_FORMAT, "version 1.1", no_magic);
    build("", "", 0);
    assert_refused(TT_ERROR_FORMAT, "no header", "x.npy: byte 8: a header of 0 bytes: expected 1 "
                   "to 10000, the file has 10");
    write_file("x.npy", BYTES("\x93NUMPY\x01\0\x77\0{'descr'"));
    assert_refused(TT_ERROR_FORMAT, "cut in the header", "x.npy: byte 8: a header of 119 bytes: "
                   "expected 1 to 10000, the file has 18");

    tt_table table;
    tt_message why = {""};
    assert_int_equal(tt_table_load(&table, "missing.npy", &why), TT_ERROR_OPEN);
    assert_string_equal(why.text, "missing.npy: the file can't be opened");
    assert_int_equal(mkdir("folder.npy", 0700), 0);
    assert_int_equal(tt_table_load(&table, "folder.npy", &why), TT_ERROR_READ);
    assert_string_equal(why.text, "folder.npy: byte 0: reading failed");
    tt_matrix matrix;
    assert_int_equal(tt_matrix_load(&matrix, "missing.npy", NULL), TT_ERROR_OPEN);
    assert_int_equal(tt_matrix_load(&matrix, "folder.npy", NULL), TT_ERROR_READ);

    /* Of what has no end, only the start is read. */
    if (!exists("/dev/zero")) skip();
    assert_int_equal(tt_table_load(&table, "/dev/zero", &why), TT_ERROR_FORMAT);
    assert_string_equal(why.text, "/dev/zero: byte 0: expected a .npy file of version 1.0");
}

/* §17: on both sides of the longest header. */
static void headers_of_up_to_10000_bytes(void **state)
{
    (void)state;
    static unsigned char file[10 + 10001 + 6];
    static const char text[] = "{" DESCR ORDER "'shape': (6,)}";
    for (size_t length = 10000; length <= 10001; length++) {
        tt_table table;
        memset(file, ' ', sizeof file);
        memcpy(file, "\x93NUMPY\x01", 8);
        file[8] = (unsigned char)(length & 255);
        file[9] = (unsigned char)(length >> 8);
        memcpy(file + 10, text, strlen(text));
        file[10 + length - 1] = '\n';
        write_file("x.npy", file, 10 + length + 6);
        tt_error error = tt_table_load(&table, "x.npy", NULL);
        assert_int_equal(error, length > 10000 ? TT_ERROR_FORMAT : TT_OK);
        if (!error) tt_table_free(&table);
    }
}

/* §17: what no table, or no matrix, can hold; the place is the number's in the file. */
static void numbers_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *type, *numbers; /* 2 x 2 of them, column by column: the third is bad */
        size_t size;
        bool in_table;              /* or only in a matrix */
    } cases[] = {
        {"<f4", BYTES("\0\0\0\0" "\0\0\0\0" "\0\0\xC0\x7F" "\0\0\0\0"), true},
        {">f4", BYTES("\0\0\0\0" "\0\0\0\0" "\x7F\x80\0\0" "\0\0\0\0"), true},
        {"<f8", BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\xF0\xFF" "\0\0\0\0\0\0\0\0"),
         true},
        {"<f8", BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\x48" "\0\0\0\0\0\0\0\0"),
         false}, /* 2^129 */
        {"<i8", BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\x01\0\0\0\0\0\x20\0" "\0\0\0\0\0\0\0\0"),
         true},
        {">i8", BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\x80\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0"),
         true},
        {"<u8", BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                      "\0\0\0\0\0\0\0\0"), true},
        {"<u4", BYTES("\0\0\0\0\0\0\0\x01" "\x01\0\0\x01" "\0\0\0\0"), false}, /* 2^24 + 1 */
        {"<i4", BYTES("\0\0\0\0\0\0\0\xFF" "\xFF\xFF\xFF\xFE" "\0\0\0\0"), false},
        {"|b1", BYTES("\0\1\2\0"), true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char header[100], expected[200];
        tt_message why = {""};
        tt_table table;
        tt_matrix matrix;
        int length = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': True, "
                              "'shape': (2, 2)}\n", cases[i].type);
        build(header, cases[i].numbers, cases[i].size);
        for (int as_matrix = 0; as_matrix < 2; as_matrix++) {
            tt_error error = as_matrix ? tt_matrix_load(&matrix, "x.npy", &why)
                                       : tt_table_load(&table, "x.npy", &why);
            if (!as_matrix && !cases[i].in_table) {
                assert_case(!error, cases[i].type, "%s", why.text);
                tt_table_free(&table);
                continue;
            }
            snprintf(expected, sizeof expected, "x.npy: byte %zu: element (0, 1) is not finite, or "
                     "more than a %s can hold", 10 + (size_t)length + cases[i].size / 2,
                     as_matrix ? "float" : "double");
            assert_case(error == TT_ERROR_VALUE, cases[i].type, "%s", tt_error_text(error));
            assert_string_equal(why.text, expected);
        }
    }
}

/* §17 */
static void a_file_cut_off_or_prolonged_anywhere_is_refused(void **state)
{
    (void)state;
    double numbers[] = {1, 2, 3, 4};
    assert_int_equal(tt_table_save(tt_table_of(numbers, 2, 2), "whole.npy", NULL), TT_OK);
    bytes whole = read_file("whole.npy");
    for (size_t size = 0; size <= whole.size; size++) {
        tt_table table;
        write_file("x.npy", whole.data, size); /* read_file has room for one byte more */
        tt_error error = tt_table_load(&table, "x.npy", NULL);
        assert_int_equal(error, size < whole.size ? TT_ERROR_FORMAT : TT_OK);
        if (!error) tt_table_free(&table);
    }
    whole.data[whole.size] = 0;
    write_file("x.npy", whole.data, whole.size + 1);
    assert_refused(TT_ERROR_FORMAT, "a byte more", "x.npy: 2 x 2 numbers of 8 bytes: the file has "
                   "33 bytes for them");
    free(whole.data);
}

/* §17: every single bit of the header flipped, and random damage: refused, or the shape and the
   type still fit the file; never a crash, never a leak. */
static void damaged_files_never_crash(void **state)
{
    (void)state;
    double numbers[] = {1, 2, 3, 4};
    assert_int_equal(tt_table_save(tt_table_of(numbers, 2, 2), "whole.npy", NULL), TT_OK);
    bytes whole = read_file("whole.npy");
    tt_random random;
    tt_random_seed(&random, 5);
    size_t refused = 0, loaded = 0;
    for (size_t i = 0; i < 128 * 8 + 2000; i++) {
        unsigned char *damaged = (unsigned char *)malloc(whole.size);
        memcpy(damaged, whole.data, whole.size);
        if (i < 128 * 8)
            damaged[i / 8] ^= (unsigned char)(1 << i % 8);
        for (size_t k = 0; i >= 128 * 8 && k < 1 + i % 3; k++)
            damaged[tt_random_uint32(&random) % 80] = (unsigned char)tt_random_uint32(&random);
        write_file("x.npy", damaged, whole.size);
        free(damaged);
        tt_table table;
        tt_error error = tt_table_load(&table, "x.npy", NULL);
        refused += error != TT_OK;
        loaded += error == TT_OK;
        if (error) continue;
        assert_in_range(table.rows * table.cols, 1, 32);
        assert_true(tt_table_is_finite(table, NULL, NULL));
        tt_table_free(&table);
    }
    assert_true(refused > 2000 && loaded < 200);
    free(whole.data);
}

/* Every allocation refused --------------------------------------------------------------------- */

static tt_error try_table_load(void *context)
{
    (void)context;
    tt_table table;
    tt_message why = {"untouched"};
    memset(&table, 0x5A, sizeof table);
    tt_table before = table;
    tt_error error = tt_table_load(&table, "t.npy", &why);
    grant_memory();
    assert_string_equal(why.text, error ? "t.npy: out of memory" : "untouched");
    if (error)
        assert_memory_equal(&table, &before, sizeof table);
    else
        tt_table_free(&table);
    return error;
}

static tt_error try_matrix_load(void *context)
{
    (void)context;
    tt_matrix matrix;
    tt_message why = {"untouched"};
    memset(&matrix, 0x5A, sizeof matrix);
    tt_matrix before = matrix;
    tt_error error = tt_matrix_load(&matrix, "t.npy", &why);
    grant_memory();
    assert_string_equal(why.text, error ? "t.npy: out of memory" : "untouched");
    if (error)
        assert_memory_equal(&matrix, &before, sizeof matrix);
    else
        tt_matrix_free(&matrix);
    return error;
}

static tt_error try_table_save(void *context)
{
    tt_message why = {"untouched"};
    tt_error error = tt_table_save(*(tt_table *)context, "new.npy", &why);
    grant_memory();
    assert_string_equal(why.text, error ? "new.npy: out of memory" : "untouched");
    assert_true(exists("new.npy") == !error);
    remove("new.npy");
    return error;
}

static void without_memory(void **state)
{
    (void)state;
    double numbers[] = {1, 2, 3, 4};
    tt_table table = tt_table_of(numbers, 2, 2);
    assert_int_equal(tt_table_save(table, "t.npy", NULL), TT_OK);
    assert_true(refuse_each(try_table_load, NULL) == 2);
    assert_true(refuse_each(try_matrix_load, NULL) == 3);
    assert_true(refuse_each(try_table_save, &table) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_file_is_numpys),
        test(what_is_saved_is_loaded),
        test(saving_that_fails_leaves_the_old_file),
        test(misuse_stops),
        test(every_type_can_be_read),
        test(shapes_and_orders_that_can_be_read),
        test(headers_that_are_refused),
        test(sizes_that_overflow_are_refused),
        test(files_that_are_no_arrays),
        test(headers_of_up_to_10000_bytes),
        test(numbers_that_are_refused),
        test(a_file_cut_off_or_prolonged_anywhere_is_refused),
        test(damaged_files_never_crash),
        test(without_memory),
    };
    return cmocka_run_group_tests_name("npy", tests, enter_folder, leave_folder);
}
