// notebook.h: what a lesson shows
//
// A lesson is a plain C program. Comments that begin in column 1 with /*md are its prose, in
// Markdown; the code between two of them is a cell. What the code shows is printed on the terminal,
// and recorded in OUT/records/NN_name.txt. The publisher (lessons/weave) makes the lesson's page
// from the source and that record.
//
//     /*md
//     # A title
//
//     **The question.** What is asked? We have {{ratings}} ratings, and $x_i^2$ is mathematics.
//     */
//     #include "twotower.h"
//     #include "movielens.h"
//     #include "notebook.h"
//
//     int main(int argc, char **argv)
//     {
//         lesson my = lesson_open(argc, argv, LESSON_DATA, "what this lesson does, in one line");
//         nb_value("ratings", "%zu", my.data.n_ratings);
//     /*md
//     ## The next cell
//     > margin: a block quote that starts like this one is a note in the margin
//     */
//         nb_text("hello, %s\n", "reader");
//         return lesson_close(&my);
//     }
//
// In the order of a lesson; each format is printf's, each NAME becomes the name of a file:
//
//     lesson_open(argc, argv, needs, summary)   reads the options, opens what the lesson needs: see
//                                               section 9
//     nb.data .out .seed .epochs .threads .quiet    the options
//     nb_key_figure(format, ...)                the one number of this lesson, for the index page
//     nb_value(name, format, ...)               {{name}} in the prose, before or after this line
//     nb_text(format, ...)                      text as it stands
//     nb_table(NAME, caption, heading, ...)     a table, also OUT/tables/NAME.csv; a column whose
//                                               heading begins with + is shown, but not in the CSV
//     nb_table_columns(NAME, caption, headings, n)  the same with the headings in an array
//     nb_row(format, ...)                       a row; its cells are separated by tabs
//     nb_cell(format, ...)                      a single cell, for rows that a loop makes
//     nb_table_end()
//     nb_plot(NAME, caption, alt)               a plot, which the publisher has gnuplot draw
//     nb_plot_data(format, ...)                 appends to its data, OUT/plots/NAME.dat
//     nb_plot_end(script)                       gnuplot's commands, "plot $data with lines"; title
//                                               the columns, and leave terminal and colours to us
//     nb_figure(NAME, caption, alt, svg)        a drawing, OUT/plots/NAME.svg; black in it becomes
//                                               the colour of text, <title> shows under a pointer
//     nb_append(&svg, format, ...)              makes a char *svg longer, NULL at first; free it
//     nb_heatmap(NAME, caption, alt, rows, cols, values, row_labels, col_labels)
//                                               rows x cols doubles, row by row; labels or NULL
//     nb_escaped(text)                          for titles in a drawing: &, <, > and " as entities
//     nb_check(condition, format, ...)          what must hold; if it doesn't, the lesson fails
//     nb_seconds()                              a clock, to measure how long something takes
//     nb_on_terminal()                          whether messages go to a terminal, or into a file
//     nb_status(text), nb_status_end()          a line of progress, on a terminal only
//     nb_log(format, ...)                       a line for the one who waits; not in the page
//     nb_thousands(n)                           "100,631"
//     lesson_close(&my)                         writes the record and the page; main's result
//
// Tables and figures are numbered in the order in which they are made, and stand under the cell
// whose lines made them; only nb_cell, nb_row, nb_plot_data, nb_value and nb_log may be called from
// another file. A lesson that uses these functions wrongly (a table with half a row) ends with the
// place in its source, a message, and status 1; a wrong option ends it with 2.
//
// THE RECORD is text, a line per item. A line is a word and its fields, each after a tab; in a
// field a backslash is \\, a newline \n and a tab \t. LINE is the line of the source that called.
//
//     edition TEXT             key TEXT                 which data; the key figure
//     seed N                   value NAME TEXT
//     text LINE TEXT           check LINE TEXT          failed LINE TEXT CONDITION
//     table LINE NAME CAPTION, then a line of its columns' sides (align: left or right), a line of
//                              headings (head), and a line per row (row)
//     figure LINE NAME CAPTION ALT                      the drawing is plots/NAME.svg
//     plot LINE NAME CAPTION ALT SCRIPT                 the data are plots/NAME.dat
//     heat LINE NAME CAPTION ALT, then a line of labels per side (rows, cols), which may have no
//                              fields, and a line of numbers per row (row)
//     source TEXT              the source as it ran, line by line: by its code the publisher finds
//                              the cells again, wherever prose and comments have moved them
//
// Contents: 1 texts  2 state  3 files  4 options  5 the terminal  6 values, text, checks
//           7 tables  8 plots, figures, heat maps  9 the lesson
//
// Include twotower.h and movielens.h first. Nothing else is needed but the C library.

#ifndef NOTEBOOK_H
#define NOTEBOOK_H

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__unix__) || defined(__APPLE__)
#define NB__POSIX 1
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#elif defined(_WIN32)
#include <direct.h>
#endif

#if defined(__GNUC__)
#define NB_DEF static __attribute__((unused)) // a lesson need not use everything
#define NB__PRINTF(text, first) __attribute__((format(printf, text, first)))
#define NB__NORETURN __attribute__((noreturn))
#else
#define NB_DEF static
#define NB__PRINTF(text, first)
#define NB__NORETURN
#endif

// ---- 1 texts -----------------------------------------------------------------------------------
//
// A text that is kept is freed by nb_end. Numbers are printed by libc; a lesson never calls
// setlocale, so that the decimal point stays a point.

static void **nb__kept;
static size_t nb__n_kept;

static void *nb__resize(void *memory, size_t bytes)
{
    memory = realloc(memory, bytes ? bytes : 1);
    if (memory) return memory;
    fprintf(stderr, "out of memory\n");
    exit(1);
}

static void *nb__keep(void *memory)
{
    nb__kept = (void **)nb__resize(nb__kept, (nb__n_kept + 1) * sizeof *nb__kept);
    return nb__kept[nb__n_kept++] = memory;
}

NB__PRINTF(2, 0) static void nb__vappend(char **text, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    size_t length = *text ? strlen(*text) : 0, more = n > 0 ? (size_t)n : 0;
    *text = (char *)nb__resize(*text, length + more + 1);
    (*text)[length] = 0;
    vsnprintf(*text + length, more + 1, format, args);
}

NB__PRINTF(2, 3) NB_DEF void nb_append(char **text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    nb__vappend(text, format, args);
    va_end(args);
}

// Declares `text`, which the last arguments of a function make, and which is kept.
#define NB__FORMATTED(text, format)                                                                \
    char *text = NULL;                                                                             \
    va_list args_of_##text;                                                                        \
    va_start(args_of_##text, format);                                                              \
    nb__vappend(&text, format, args_of_##text);                                                    \
    va_end(args_of_##text);                                                                        \
    nb__keep(text)

NB__PRINTF(1, 2) static char *nb__format(const char *format, ...)
{
    NB__FORMATTED(text, format);
    return text;
}

NB_DEF const char *nb_escaped(const char *string)
{
    char *text = NULL;
    for (nb_append(&text, "%s", ""); *string; string++) {
        const char *entity = *string == '&'   ? "&amp;"
                             : *string == '<' ? "&lt;"
                             : *string == '>' ? "&gt;"
                             : *string == '"' ? "&quot;"
                                              : NULL;
        if (entity) nb_append(&text, "%s", entity);
        else nb_append(&text, "%c", *string);
    }
    return (const char *)nb__keep(text);
}

// 100631 as "100,631".
NB_DEF const char *nb_thousands(long long n)
{
    const char *digits = nb__format("%lld", n);
    char *text = NULL;
    for (size_t i = 0, length = strlen(digits); i < length; i++) {
        bool comma = i && digits[i - 1] != '-' && (length - i) % 3 == 0;
        nb_append(&text, "%s%c", comma ? "," : "", digits[i]);
    }
    return (const char *)nb__keep(text);
}

static bool nb__starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

// ---- 2 state -----------------------------------------------------------------------------------

typedef struct nb_options {
    const char *data, *out; // folders
    uint32_t seed;
    int epochs, threads; // threads: 0 is one for each core
    bool quiet;
} nb_options;

static nb_options nb;

typedef struct nb__place {
    const char *file;
    int line;
} nb__place;

#define NB__HERE ((nb__place){__FILE__, __LINE__})

typedef struct nb__table {
    const char *name; // NULL when no table is open
    nb__place place;
    const char *caption;
    size_t columns, count;
    const char **cells; // row by row, the headings first
    bool *numeric;      // of each column
    int *width;         // of each column on the terminal
} nb__table;

typedef struct nb__plot {
    const char *name; // NULL when no plot is open
    nb__place place;
    const char *caption, *alt;
    char *data;
} nb__plot;

static struct {
    const char *source; // as the compiler was given it
    const char *name;   // "04_split"
    const char *root;   // the folder above that of the source, with its slash
    char *text;         // of the source
    const char *edition, *key_figure;
    char *record; // what has been shown so far
    nb__table table;
    nb__plot plot;
    int tables, figures, checks, failed;
    const char *told; // the terminal knows the headings up to here
    int told_line;
    int newlines;   // that end what has been said on the terminal
    bool unwritten; // some file couldn't be written
    bool status;    // a line of progress is on the screen
} nb__the;

NB_DEF void nb_status_end(void);

// The mistake is in the lesson itself: nothing that it goes on to write could be trusted.
NB__NORETURN NB__PRINTF(2, 3) static void nb__die(nb__place at, const char *format, ...)
{
    NB__FORMATTED(message, format);
    nb_status_end();
    fflush(stdout);
    fprintf(stderr, "%s:%d: %s\n", at.file, at.line, message);
    exit(1);
}

// An output belongs to a line of the lesson, because that is what puts it under its cell.
static void nb__must_be_here(nb__place at, const char *function)
{
    if (!nb__the.source) nb__die(at, "%s comes before the lesson is open", function);
    if (strcmp(at.file, nb__the.source))
        nb__die(at, "%s outside of %s: the page has no cell for it", function, nb__the.source);
    if (nb__the.table.name)
        nb__die(at, "%s inside of table '%s', which nb_table_end closes", function,
                nb__the.table.name);
    if (nb__the.plot.name)
        nb__die(at, "%s inside of plot '%s', which nb_plot_end closes", function,
                nb__the.plot.name);
}

// A name becomes a file and an id.
static const char *nb__checked_name(nb__place at, const char *name)
{
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    if (!n || name[n]) nb__die(at, "the name '%s' must be of letters, digits, _ and -", name);
    return nb__format("%s", name);
}

// Adds a field to the record: a tab and the text.
static void nb__note_field(const char *text)
{
    char *field = NULL;
    for (nb_append(&field, "\t"); *text; text++) {
        if (*text == '\\') nb_append(&field, "\\\\");
        else if (*text == '\n') nb_append(&field, "\\n");
        else if (*text == '\t') nb_append(&field, "\\t");
        else nb_append(&field, "%c", *text);
    }
    nb_append(&nb__the.record, "%s", field);
    free(field);
}

// Adds an item to the record: a word and its fields, which NULL ends.
static void nb__note(const char *word, ...)
{
    va_list fields;
    va_start(fields, word);
    nb_append(&nb__the.record, "%s", word);
    for (const char *field; (field = va_arg(fields, const char *));) nb__note_field(field);
    nb_append(&nb__the.record, "\n");
    va_end(fields);
}

static const char *nb__line_of(nb__place at) { return nb__format("%d", at.line); }

// ---- 3 files -----------------------------------------------------------------------------------

// The whole file as text, or NULL.
static char *nb__read(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t length = 0, room = 1 << 16;
    if (!file) return NULL;
    char *text = (char *)nb__resize(NULL, room);
    for (size_t n; (n = fread(text + length, 1, room - length - 1, file)) > 0;) {
        length += n;
        if (length + 1 == room) text = (char *)nb__resize(text, room *= 2);
    }
    bool good = !ferror(file);
    fclose(file);
    text[length] = 0;
    nb__keep(text);
    return good ? text : NULL;
}

// Under another name first, then renamed: nobody ever finds half a file.
static void nb__write(const char *path, const char *text)
{
    const char *draft = nb__format("%s.tmp", path);
    FILE *file = fopen(draft, "wb");
    bool good = file && fputs(text, file) >= 0;
    if (file) good = fclose(file) == 0 && good; // a full disk may show only now
#ifndef NB__POSIX
    if (good) remove(path); // elsewhere a file isn't renamed to one that exists
#endif
    if (good && rename(draft, path) == 0) return;
    fprintf(stderr, "%s can't be written: %s\n", path, strerror(errno));
    remove(draft);
    nb__the.unwritten = true;
}

// Returns 0 if it has made the folder.
static int nb__mkdir(const char *path)
{
#if defined(NB__POSIX)
    return mkdir(path, 0777);
#elif defined(_WIN32)
    return _mkdir(path);
#else
    (void)path;
    return errno = EEXIST; // C alone can't make one: it must be there
#endif
}

// The folder of OUT with that name, with its parents, as mkdir -p makes it.
static void nb__make_folder(const char *name)
{
    char *path = nb__format("%s/%s", nb.out, name);
    for (char *p = path + 1;; p++) {
        if (*p != '/' && *p) continue;
        char here = *p;
        *p = 0;
        if (nb__mkdir(path) && errno != EEXIST) {
            fprintf(stderr, "the folder %s can't be made: %s\n", path, strerror(errno));
            exit(1);
        }
        if (!here) return;
        *p = here;
    }
}

// The folder above that of the source: "" for lessons/04_split.c, "../" for 04_split.c.
static const char *nb__find_root(void)
{
    const char *slash = strrchr(nb__the.source, '/');
    size_t start = slash ? (size_t)(slash - nb__the.source) + 1 : 0;
    char *folder = nb__format("%.*s", (int)start, nb__the.source);
    if (!start || !strcmp(folder, "./")) return "../";
    while (--start && folder[start - 1] != '/') {}
    bool up = !strcmp(folder + start, "../"); // above ../ is ../../
    return up ? nb__format("%s../", folder) : nb__format("%.*s", (int)start, folder);
}

static bool nb__exists(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file) fclose(file);
    return file != NULL;
}

// ---- 4 options ---------------------------------------------------------------------------------

NB__NORETURN NB__PRINTF(1, 2) static void nb__usage(const char *format, ...)
{
    NB__FORMATTED(message, format);
    fprintf(stderr, "%s: %s; --help lists the options\n", nb__the.name, message);
    exit(2);
}

NB__NORETURN static void nb__help(const char *summary)
{
    printf("%s: %s\n\n", nb__the.name, summary);
    printf("  --data DIR    the folder of ratings.csv and movies.csv (%s)\n", nb.data);
    printf("  --out DIR     where the page, its tables and plots go (%s)\n", nb.out);
    printf("  --seed N      the seed of everything random (1)\n");
    printf("  --epochs N    passes over the training rows (30)\n");
    printf("  --threads N   0 is one for each core (0)\n");
    printf("  --quiet       one line at the end instead of the results\n");
    printf("  --help        this list\n");
    exit(0);
}

// The value of an option, as `--name value` or `--name=value`; NULL if argv[*i] is something else.
static const char *nb__option(int argc, char **argv, int *i, const char *name)
{
    if (!nb__starts(argv[*i], name)) return NULL;
    const char *rest = argv[*i] + strlen(name);
    if (*rest && *rest != '=') return NULL;
    const char *value = *rest ? rest + 1 : *i + 1 < argc ? argv[++*i] : "";
    if (!*value) nb__usage("%s needs a value", name);
    return value;
}

static long long nb__number(const char *name, const char *text, long long low, long long high)
{
    size_t digits = strspn(text, "0123456789");
    long long n = digits && digits < 12 && !text[digits] ? strtoll(text, NULL, 10) : -1;
    if (n < low || n > high)
        nb__usage("%s is '%s', and should be a whole number from %lld to %lld", name, text, low,
                  high);
    return n;
}

// The notebook's edition of the data where it has been fetched, else the one that comes along.
static nb_options nb__defaults(void)
{
    const char *fetched = nb__format("%sdata/ml-latest-small", nb__the.root);
    bool has = nb__exists(nb__format("%s/ratings.csv", fetched));
    return (nb_options){.data = has ? fetched : nb__format("%sdata/movielens", nb__the.root),
                        .out = nb__format("%sreport", nb__the.root), .seed = 1, .epochs = 30};
}

static void nb__parse_options(int argc, char **argv, const char *summary)
{
    nb = nb__defaults();
    for (int i = 1; i < argc; i++) {
        const char *value;
        if ((value = nb__option(argc, argv, &i, "--data")))
            nb.data = value;
        else if ((value = nb__option(argc, argv, &i, "--out")))
            nb.out = value;
        else if ((value = nb__option(argc, argv, &i, "--seed")))
            nb.seed = (uint32_t)nb__number("--seed", value, 0, UINT32_MAX);
        else if ((value = nb__option(argc, argv, &i, "--epochs")))
            nb.epochs = (int)nb__number("--epochs", value, 1, 1000000);
        else if ((value = nb__option(argc, argv, &i, "--threads")))
            nb.threads = (int)nb__number("--threads", value, 0, 1024);
        else if (!strcmp(argv[i], "--quiet"))
            nb.quiet = true;
        else if (!strcmp(argv[i], "--help"))
            nb__help(summary);
        else
            nb__usage("there is no option '%s'", argv[i]);
    }
}

// ---- 5 the terminal ----------------------------------------------------------------------------

enum { NB__WIDTH = 80 };

static void nb__say(const char *text)
{
    if (nb.quiet) return;
    nb_status_end();
    for (const char *p = text; *p; p++) nb__the.newlines = *p == '\n' ? nb__the.newlines + 1 : 0;
    fputs(text, stdout);
}

// Leaves so many newlines behind what has been said: 1 ends a line, 2 leave one blank.
static void nb__say_newlines(int newlines)
{
    while (!nb.quiet && nb__the.newlines < newlines) nb__say("\n");
}

// A line, without the spaces that end it; frees it.
static void nb__say_line(char *line)
{
    size_t n = strlen(line);
    while (n && line[n - 1] == ' ') n--;
    line[n] = 0;
    nb__say(line);
    nb__say("\n");
    free(line);
}

// Columns of a text: a character of UTF-8 has one byte outside of 80 to BF, and counts as one.
static int nb__width(const char *text, size_t n)
{
    int width = 0;
    for (size_t i = 0; i < n; i++) width += ((unsigned char)text[i] & 0xC0) != 0x80;
    return width;
}

// Adds text in exactly `width` columns: filled with spaces, or cut with an ellipsis.
static void nb__fit(char **line, const char *text, size_t n, int width, bool right)
{
    const char *dots = nb__width(text, n) > width ? "…" : "";
    while (nb__width(text, n) > width - (*dots != 0)) n--; // until a whole character is gone
    int left = width - nb__width(text, n) - (*dots != 0), before = right ? left : 0;
    nb_append(line, "%*s%.*s%s%*s", before, "", (int)n, text, dots, left - before, "");
}

// Words in lines of 78 columns; `first` opens the first line, and the others are indented like it.
static void nb__say_wrapped(const char *first, const char *words)
{
    char *line = NULL;
    int indent = nb__width(first, strlen(first)), column = indent;
    nb__say_newlines(1);
    nb_append(&line, "%s", first);
    for (const char *p = words + strspn(words, " "); *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        int width = nb__width(p, n);
        bool wraps = column > indent && column + 1 + width > NB__WIDTH - 2;
        if (wraps) nb_append(&line, "\n%*s", column = indent, "");
        else if (column > indent) nb_append(&line, " "), column++;
        nb_append(&line, "%.*s", (int)n, p);
        column += width, p += n;
    }
    nb__say_line(line);
}

// The prose is in the source; where in it we are, the terminal is told by the heading above.
static void nb__say_heading(nb__place at)
{
    const char *heading = NULL;
    bool prose = true; // code may have lines that begin with # as well
    for (; *nb__the.told && nb__the.told_line < at.line; nb__the.told_line++) {
        const char *p = nb__the.told;
        if (nb__starts(p, "/*md")) prose = true;
        if (nb__starts(p, "*/")) prose = false;
        if (prose && p[strspn(p, "#")] == ' ' && *p == '#') heading = p + strspn(p, "# ");
        p += strcspn(p, "\n");
        nb__the.told = p + (*p == '\n');
    }
    if (!heading) return;
    int n = (int)strcspn(heading, "\n");
    nb__say_newlines(2);
    nb__say(nb__format("---- %.*s ----", n, heading));
    nb__say_newlines(2);
}

NB_DEF bool nb_on_terminal(void)
{
#ifdef NB__POSIX
    return isatty(STDERR_FILENO);
#else
    return false; // C alone can't tell
#endif
}

// Redrawn in place, for eyes only: nothing of it is left behind, in a file least of all.
NB_DEF void nb_status(const char *text)
{
    if (!nb_on_terminal()) return;
    fflush(stdout);
    fprintf(stderr, "\r%s\033[K", text);
    nb__the.status = true;
}

NB_DEF void nb_status_end(void)
{
    if (nb__the.status) fprintf(stderr, "\r\033[K");
    nb__the.status = false;
}

NB__PRINTF(1, 2) NB_DEF void nb_log(const char *format, ...)
{
    NB__FORMATTED(text, format);
    nb_status_end();
    fflush(stdout);
    fprintf(stderr, "%s\n", text);
}

NB_DEF double nb_seconds(void)
{
#ifdef NB__POSIX
    struct timeval now;
    gettimeofday(&now, NULL);
    return (double)now.tv_sec + (double)now.tv_usec / 1e6;
#else
    return (double)time(NULL);
#endif
}

// ---- 6 values, text, checks --------------------------------------------------------------------

#define nb_text(...) nb__print(NB__HERE, __VA_ARGS__)
#define nb_check(condition, ...) nb__verify(NB__HERE, (condition), #condition, __VA_ARGS__)

NB__PRINTF(2, 3) NB_DEF void nb_value(const char *name, const char *format, ...)
{
    NB__FORMATTED(text, format);
    nb__note("value", name, text, NULL);
    nb__say_wrapped(nb__format("%s: ", name), text);
}

NB__PRINTF(1, 2) NB_DEF void nb_key_figure(const char *format, ...)
{
    NB__FORMATTED(text, format);
    nb__the.key_figure = text;
    nb__say_wrapped("key figure: ", text);
}

NB__PRINTF(2, 3) NB_DEF void nb__print(nb__place at, const char *format, ...)
{
    NB__FORMATTED(text, format);
    nb__must_be_here(at, "nb_text");
    nb__say_heading(at);
    nb__say(text);
    nb__note("text", nb__line_of(at), text, NULL);
}

NB__PRINTF(4, 5)
NB_DEF bool nb__verify(nb__place at, bool good, const char *condition, const char *format, ...)
{
    NB__FORMATTED(text, format);
    nb__must_be_here(at, "nb_check");
    nb__say_heading(at);
    nb__the.checks++;
    if (good) {
        nb__say_wrapped("checked: ", text);
        nb__note("check", nb__line_of(at), text, NULL);
        return true;
    }
    nb__the.failed++;
    nb__note("failed", nb__line_of(at), text, condition, NULL);
    nb_log("%s:%d: check failed: %s (%s)", at.file, at.line, text, condition);
    return false;
}

// ---- 7 tables ----------------------------------------------------------------------------------

#define nb_table(name, caption, ...)                                                               \
    nb_table_columns(name, caption, ((const char *const[]){__VA_ARGS__}),                          \
                     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
#define nb_table_columns(name, caption, headings, n)                                               \
    nb__table_begin(NB__HERE, name, caption, headings, n)
#define nb_row(...) nb__table_row(NB__HERE, __VA_ARGS__)
#define nb_cell(...) nb__table_cell(NB__HERE, __VA_ARGS__)
#define nb_table_end() nb__table_end(NB__HERE)

static void nb__add_cell(const char *text)
{
    nb__table *t = &nb__the.table;
    t->cells = (const char **)nb__resize(t->cells, (t->count + 1) * sizeof *t->cells);
    t->cells[t->count++] = text;
}

NB_DEF void nb__table_begin(nb__place at, const char *name, const char *caption,
                            const char *const *headings, size_t n)
{
    nb__must_be_here(at, "nb_table");
    if (!n) nb__die(at, "table '%s' has no columns", name);
    nb__the.table = (nb__table){.name = nb__checked_name(at, name), .place = at, .columns = n,
                                .caption = nb__format("%s", caption)};
    for (size_t i = 0; i < n; i++) nb__add_cell(nb__format("%s", headings[i]));
}

NB__PRINTF(2, 3) NB_DEF void nb__table_cell(nb__place at, const char *format, ...)
{
    NB__FORMATTED(text, format);
    if (!nb__the.table.name) nb__die(at, "nb_cell outside of a table");
    nb__add_cell(text);
}

static void nb__must_be_filled(nb__place at)
{
    const nb__table *t = &nb__the.table;
    size_t cells = t->count - t->columns;
    if (cells % t->columns)
        nb__die(at, "table '%s' has %zu cells, which don't fill rows of %zu", t->name, cells,
                t->columns);
}

NB__PRINTF(2, 3) NB_DEF void nb__table_row(nb__place at, const char *format, ...)
{
    NB__FORMATTED(text, format);
    if (!nb__the.table.name) nb__die(at, "nb_row outside of a table");
    nb__must_be_filled(at);
    size_t cells = 1;
    nb__add_cell(text);
    for (char *tab = text; (tab = strchr(tab, '\t')); cells++) {
        *tab++ = 0;
        nb__add_cell(tab);
    }
    if (cells != nb__the.table.columns)
        nb__die(at, "a row of %zu cells in table '%s', which has %zu columns", cells,
                nb__the.table.name, nb__the.table.columns);
}

static size_t nb__rows(const nb__table *t) { return t->count / t->columns; }

// Row 0 is the headings, here without their +.
static const char *nb__cell_text(const nb__table *t, size_t row, size_t column)
{
    const char *text = t->cells[row * t->columns + column];
    return text + (row == 0 && *text == '+');
}

// 3.9, -0.0, 1e-7, 100,631, 12 %, also nothing or a dash: what a column of numbers may hold.
static bool nb__looks_like_number(const char *text)
{
    const char *p = text + strspn(text, "+-");
    if (!*p || !strcmp(p, "nan") || !strcmp(p, "inf") || !strcmp(p, "–")) return true;
    if (!strchr("0123456789.", *p)) return false;
    p += strspn(p, "0123456789.,");
    if (*p == 'e') p += 1 + strspn(p + 1, "+-0123456789");
    return !p[strspn(p, " %")];
}

static bool nb__is_numeric(const nb__table *t, size_t column)
{
    for (size_t row = 1; row < nb__rows(t); row++)
        if (!nb__looks_like_number(nb__cell_text(t, row, column))) return false;
    return true;
}

static void nb__csv_field(char **csv, const char *text)
{
    const char *quote = text[strcspn(text, ",\"\r\n")] ? "\"" : "";
    nb_append(csv, "%s", quote);
    for (const char *p = text; *p; p++) nb_append(csv, *p == '"' ? "\"%c" : "%c", *p);
    nb_append(csv, "%s", quote);
}

// RFC 4180, but lines end in LF.
static void nb__write_csv(const nb__table *t)
{
    char *csv = NULL;
    for (size_t row = 0; row < nb__rows(t); row++) {
        const char *comma = "";
        for (size_t i = 0; i < t->columns; i++) {
            if (t->cells[i][0] == '+') continue;
            nb_append(&csv, "%s", comma), comma = ",";
            nb__csv_field(&csv, nb__cell_text(t, row, i));
        }
        nb_append(&csv, "\n");
    }
    nb__write(nb__format("%s/tables/%s.csv", nb.out, t->name), csv);
    free(csv);
}

static void nb__note_table(const nb__table *t)
{
    nb__note("table", nb__line_of(t->place), t->name, t->caption, NULL);
    nb_append(&nb__the.record, "align");
    for (size_t i = 0; i < t->columns; i++) nb__note_field(t->numeric[i] ? "right" : "left");
    for (size_t row = 0; row < nb__rows(t); row++) {
        nb_append(&nb__the.record, row ? "\nrow" : "\nhead");
        for (size_t i = 0; i < t->columns; i++) nb__note_field(nb__cell_text(t, row, i));
    }
    nb_append(&nb__the.record, "\n");
}

// As wide as its widest cell and the longest word of its heading, which is broken at its spaces.
static int nb__column_width(const nb__table *t, size_t column)
{
    int width = 1;
    for (size_t row = 0, n; row < nb__rows(t); row++) {
        for (const char *p = nb__cell_text(t, row, column); *p; p += n + (p[n] == ' ')) {
            n = row ? strlen(p) : strcspn(p, " ");
            if (nb__width(p, n) > width) width = nb__width(p, n);
        }
    }
    return width;
}

// Columns of text give way, the widest first, until a line fits or all are short.
static void nb__shrink(const nb__table *t)
{
    for (;;) {
        int total = -2, *widest = NULL;
        for (size_t i = 0; i < t->columns; i++) {
            total += t->width[i] + 2;
            if (!t->numeric[i] && (!widest || t->width[i] > *widest)) widest = &t->width[i];
        }
        if (total <= NB__WIDTH || !widest || *widest <= 12) return;
        --*widest;
    }
}

// The first column of a table, and those from `from` up to `to`.
typedef struct nb__block {
    const nb__table *table;
    size_t from, to;
} nb__block;

static void nb__fit_cell(char **line, const nb__table *t, size_t column, const char *text, size_t n)
{
    nb__fit(line, text, n, t->width[column], t->numeric[column]);
    nb_append(line, "  ");
}

// One word of each heading a line, so that a column is no wider than it must be.
static void nb__say_headings(nb__block b)
{
    const nb__table *t = b.table;
    for (size_t word = 0, more = 1; more; word++) {
        char *line = NULL;
        more = 0;
        for (size_t i = 0; i < b.to; i = i ? i + 1 : b.from) {
            const char *rest = nb__cell_text(t, 0, i);
            for (size_t k = 0; k < word; k++)
                rest += strcspn(rest, " "), rest += strspn(rest, " ");
            size_t n = strcspn(rest, " ");
            nb__fit_cell(&line, t, i, rest, n);
            more |= rest[n] != 0;
        }
        nb__say_line(line);
    }
}

static void nb__say_rows(nb__block b)
{
    nb__say_headings(b);
    for (size_t row = 1; row < nb__rows(b.table); row++) {
        char *line = NULL;
        for (size_t i = 0; i < b.to; i = i ? i + 1 : b.from) {
            const char *text = nb__cell_text(b.table, row, i);
            nb__fit_cell(&line, b.table, i, text, strlen(text));
        }
        nb__say_line(line);
    }
    nb__say_newlines(2);
}

// A table that is still too wide comes in blocks of columns, each with the first column before it.
static void nb__say_table(const nb__table *t)
{
    nb__shrink(t);
    for (size_t from = 1, to; from == 1 || from < t->columns; from = to) {
        int total = t->width[0];
        for (to = from; to < t->columns; to++) {
            total += 2 + t->width[to];
            if (total > NB__WIDTH && to > from) break;
        }
        nb__say_rows((nb__block){t, from, to > 1 ? to : 1});
        if (to <= from) return; // there is one column
    }
}

// Says "Table 4.1. Caption" or "Figure 4.1. Caption" under the heading of its cell.
static void nb__say_caption(nb__place at, const char *kind, int number, const char *caption)
{
    nb__say_heading(at);
    nb__say_newlines(2);
    nb__say_wrapped(nb__format("%s %ld.%d. ", kind, strtol(nb__the.name, NULL, 10), number),
                    caption);
}

NB_DEF void nb__table_end(nb__place at)
{
    nb__table *t = &nb__the.table;
    if (!t->name) nb__die(at, "nb_table_end without nb_table");
    nb__must_be_filled(at);
    t->numeric = (bool *)nb__resize(NULL, t->columns * sizeof *t->numeric);
    t->width = (int *)nb__resize(NULL, t->columns * sizeof *t->width);
    for (size_t i = 0; i < t->columns; i++) {
        t->numeric[i] = nb__is_numeric(t, i);
        t->width[i] = nb__column_width(t, i);
    }
    nb__say_caption(t->place, "Table", ++nb__the.tables, t->caption);
    nb__say_newlines(2);
    nb__note_table(t);
    nb__write_csv(t);
    nb__say_table(t);
    free(t->cells);
    free(t->numeric);
    free(t->width);
    t->name = NULL;
}

// ---- 8 plots, figures, heat maps ---------------------------------------------------------------

#define nb_plot(name, caption, alt) nb__plot_begin(NB__HERE, name, caption, alt)
#define nb_plot_data(...) nb__plot_add(NB__HERE, __VA_ARGS__)
#define nb_plot_end(script) nb__plot_end(NB__HERE, script)
#define nb_figure(name, caption, alt, svg) nb__draw(NB__HERE, name, caption, alt, svg)
#define nb_heatmap(name, caption, alt, rows, cols, values, row_labels, col_labels)                 \
    nb__heat(NB__HERE, name, caption, alt,                                                         \
             (nb__grid){(int)(rows), (int)(cols), values, row_labels, col_labels, 0, 0})

static void nb__say_figure(nb__place at, const char *caption, const char *alt)
{
    nb__say_caption(at, "Figure", ++nb__the.figures, caption);
    nb__say_wrapped("    ", alt);
    nb__say_newlines(2);
}

NB_DEF void nb__draw(nb__place at, const char *name, const char *caption, const char *alt,
                     const char *svg)
{
    nb__must_be_here(at, "nb_figure");
    name = nb__checked_name(at, name);
    nb__say_figure(at, caption, alt);
    nb__write(nb__format("%s/plots/%s.svg", nb.out, name), svg);
    nb__note("figure", nb__line_of(at), name, caption, alt, NULL);
}

NB_DEF void nb__plot_begin(nb__place at, const char *name, const char *caption, const char *alt)
{
    nb__must_be_here(at, "nb_plot");
    nb__the.plot = (nb__plot){nb__checked_name(at, name), at, nb__format("%s", caption),
                              nb__format("%s", alt), NULL};
    nb_append(&nb__the.plot.data, "%s", "");
}

NB__PRINTF(2, 3) NB_DEF void nb__plot_add(nb__place at, const char *format, ...)
{
    if (!nb__the.plot.name) nb__die(at, "nb_plot_data outside of a plot");
    va_list args;
    va_start(args, format);
    nb__vappend(&nb__the.plot.data, format, args);
    va_end(args);
}

// The first lines of a plot's data: it is the page that has the curve.
static void nb__say_data(const char *data, const char *path)
{
    enum { MOST = 20 };
    int lines = 0;
    const char *p = data, *end = data;
    for (; *p; p += strcspn(p, "\n"), p += *p == '\n', lines++)
        if (lines == MOST) end = p;
    if (lines <= MOST) end = p;
    nb__say(nb__format("%.*s", (int)(end - data), data));
    if (*end) nb__say(nb__format("... %d lines more in %s\n", lines - MOST, path));
    nb__say_newlines(2);
}

NB_DEF void nb__plot_end(nb__place at, const char *script)
{
    nb__plot *p = &nb__the.plot;
    if (!p->name) nb__die(at, "nb_plot_end without nb_plot");
    const char *path = nb__format("%s/plots/%s.dat", nb.out, p->name);
    nb__say_figure(p->place, p->caption, p->alt);
    nb__say_data(p->data, path);
    nb__write(path, p->data);
    nb__note("plot", nb__line_of(p->place), p->name, p->caption, p->alt, script, NULL);
    free(p->data);
    p->name = NULL;
}

typedef struct nb__grid {
    int rows, cols;
    const double *values;
    const char *const *row_labels, *const *col_labels;
    double low, high;
} nb__grid;

static void nb__heat_range(nb__grid *g)
{
    g->low = HUGE_VAL, g->high = -HUGE_VAL;
    for (int i = 0; i < g->rows * g->cols; i++) {
        if (!isfinite(g->values[i])) continue;
        g->low = fmin(g->low, g->values[i]);
        g->high = fmax(g->high, g->values[i]);
    }
    if (g->low > g->high) g->low = g->high = 0;
}

// In five shades, from the lowest to the highest value; without colours, which not every terminal
// has.
static const char *nb__heat_shade(const nb__grid *g, double value)
{
    static const char *const shades[] = {"·", "░", "▒", "▓", "█"};
    double range = g->high - g->low, level = range > 0 ? (value - g->low) / range : 0.5;
    return !isfinite(value) ? "?" : shades[level < 1 ? (int)(5 * level) : 4];
}

static int nb__widest(const char *const *labels, int n)
{
    int widest = 0;
    for (int i = 0; labels && i < n; i++) {
        int width = nb__width(labels[i], strlen(labels[i]));
        if (width > widest) widest = width;
    }
    return widest;
}

static void nb__say_heat(const nb__grid *g)
{
    int side = nb__widest(g->row_labels, g->rows);
    int each = nb__widest(g->col_labels, g->cols) + 1; // columns of the terminal a number
    if (side + 1 + g->cols * each > NB__WIDTH) return; // only the page is wide enough
    for (int row = g->col_labels ? -1 : 0; row < g->rows; row++) {
        char *line = NULL;
        const char *label = row < 0 || !g->row_labels ? "" : g->row_labels[row];
        nb__fit(&line, label, strlen(label), side, true);
        nb_append(&line, " ");
        for (int col = 0; col < g->cols; col++) {
            const char *above = row < 0 ? g->col_labels[col] : "";
            if (row < 0) nb__fit(&line, above, strlen(above), each, false);
            for (int i = 0; row >= 0 && i < each; i++)
                nb_append(&line, "%s", nb__heat_shade(g, g->values[row * g->cols + col]));
        }
        nb__say_line(line);
    }
    nb__say(nb__format("%*s %.3g ·░▒▓█ %.3g\n", side, "", g->low, g->high));
    nb__say_newlines(2);
}

static void nb__note_labels(const char *word, const char *const *labels, int n)
{
    nb_append(&nb__the.record, "%s", word);
    for (int i = 0; labels && i < n; i++) nb__note_field(labels[i]);
    nb_append(&nb__the.record, "\n");
}

NB_DEF void nb__heat(nb__place at, const char *name, const char *caption, const char *alt,
                     nb__grid g)
{
    nb__must_be_here(at, "nb_heatmap");
    if (g.rows < 1 || g.cols < 1) nb__die(at, "heat map '%s' is empty", name);
    nb__heat_range(&g);
    nb__say_figure(at, caption, alt);
    nb__say_heat(&g);
    nb__note("heat", nb__line_of(at), nb__checked_name(at, name), caption, alt, NULL);
    nb__note_labels("rows", g.row_labels, g.rows);
    nb__note_labels("cols", g.col_labels, g.cols);
    for (int row = 0; row < g.rows; row++) {
        nb_append(&nb__the.record, "row");
        for (int col = 0; col < g.cols; col++)
            nb_append(&nb__the.record, "\t%.17g", g.values[row * g.cols + col]);
        nb_append(&nb__the.record, "\n");
    }
}

// ---- 9 the lesson ------------------------------------------------------------------------------

// Reads the options and the source.
static void nb__begin(int argc, char **argv, const char *source, const char *summary)
{
    const char *slash = strrchr(source, '/'), *file = slash ? slash + 1 : source;
    nb__the.source = source;
    nb__the.name = nb__format("%.*s", (int)strcspn(file, "."), file);
    nb__the.root = nb__find_root();
    nb__the.newlines = 2;
    nb__parse_options(argc, argv, summary);
    nb__the.told = nb__the.text = nb__read(source);
    if (!nb__the.text) {
        fprintf(stderr, "%s can't be opened: %s. A lesson records its own source for its page: run "
                        "it from the folder in which it was compiled, the root of the "
                        "repository.\n", source, strerror(errno));
        exit(1);
    }
    nb__make_folder("tables");
    nb__make_folder("plots");
    nb__make_folder("records");
}

static void nb__write_record(const char *path)
{
    char *shown = nb__the.record; // what is known only now comes first
    nb__the.record = NULL;
    if (nb__the.edition) nb__note("edition", nb__the.edition, NULL);
    nb__note("seed", nb__format("%lu", (unsigned long)nb.seed), NULL);
    if (nb__the.key_figure) nb__note("key", nb__the.key_figure, NULL);
    nb_append(&nb__the.record, "%s", shown ? shown : "");
    for (const char *p = nb__the.text; *p; p += *p == '\n') {
        int n = (int)strcspn(p, "\n");
        nb__note("source", nb__format("%.*s", n, p), NULL);
        p += n;
    }
    nb__write(path, nb__the.record);
    free(shown);
    free(nb__the.record);
}

// For the shell: 'it'\''s'.
static const char *nb__quoted(const char *text)
{
    char *quoted = NULL;
    nb_append(&quoted, "'");
    for (; *text; text++) nb_append(&quoted, *text == '\'' ? "'\\'%c'" : "%c", *text);
    nb_append(&quoted, "'");
    return (const char *)nb__keep(quoted);
}

// The publisher makes the page and says so, or says what is wrong with it. Where it hasn't been
// built, says how to get the page.
static bool nb__publish(const char *record)
{
    const char *publisher = nb__format("%sbuild/lessons/weave", nb__the.root);
    const char *root = *nb__the.root ? nb__the.root : "./";
    fflush(stdout);
    if (nb__exists(publisher))
        return system(nb__format("%s --root %s --out %s lesson %s", nb__quoted(publisher),
                                 nb__quoted(root), nb__quoted(nb.out), nb__the.name)) == 0;
    printf("%s is recorded; make lesson-%.*s makes a page of it\n", record,
           (int)strcspn(nb__the.name, "_"), nb__the.name);
    return true;
}

// Writes the record and the page; 0 if every check held and every file was written.
static int nb__end(void)
{
    nb__must_be_here((nb__place){nb__the.source, 1}, "the end");
    const char *record = nb__format("%s/records/%s.txt", nb.out, nb__the.name);
    nb_status_end();
    nb__say_newlines(2);
    nb__write_record(record);
    bool published = !nb__the.unwritten && nb__publish(record);
    bool good = published && !nb__the.failed && !fflush(stdout) && !ferror(stdout);
    for (size_t i = 0; i < nb__n_kept; i++) free(nb__kept[i]);
    free(nb__kept);
    return good ? 0 : 1;
}

// What lessons work on: each step contains those before it.
typedef enum lesson_needs {
    LESSON_DATA,     // ratings, films and users
    LESSON_FEATURES, // and a row of numbers for each user and film (lesson 2)
    LESSON_INPUTS,   // and these scaled and split (lessons 3 and 4)
    LESSON_MODEL     // and the model that lesson 7 has trained into OUT
} lesson_needs;

typedef struct lesson {
    ml_data data;
    ml_features features;
    ml_inputs inputs;
    tt_two_tower model;
} lesson;

#define lesson_open(argc, argv, needs, summary)                                                    \
    nb__lesson_open(argc, argv, __FILE__, needs, summary)

// Owns what the lesson needs; the rest of the struct is zeros, and may be filled by the lesson.
NB_DEF lesson nb__lesson_open(int argc, char **argv, const char *source, lesson_needs needs,
                              const char *summary)
{
    lesson my;
    tt_message why;
    memset(&my, 0, sizeof my);
    nb__begin(argc, argv, source, summary);
    ml_must(ml_load(&my.data, nb.data, &why), &why);
    nb__the.edition = nb__format("%s", my.data.edition);
    if (needs >= LESSON_FEATURES) ml_must(ml_make_features(&my.features, &my.data), NULL);
    if (needs >= LESSON_INPUTS) ml_must(ml_prepare(&my.inputs, &my.data, &my.features), NULL);
    if (needs < LESSON_MODEL) return my;
    ml_load_model(&my.model, &my.inputs, nb.data, nb.out);
    nb.seed = my.model.seed; // the page names the seed of the model that it shows
    return my;
}

NB_DEF int lesson_close(lesson *my)
{
    tt_two_tower_free(&my->model);
    ml_close(&my->data, &my->features, &my->inputs);
    return nb__end();
}

#endif
