// notebook.h: what a lesson shows
//
// A lesson is a plain C program. Comments that begin in column 1 with /*md are its prose, in
// Markdown; the code between two of them is a cell. What the code shows is printed on the terminal,
// and recorded in OUT/records/NN_name.txt. The publisher (lessons/weave) makes the lesson's page
// from the source and that record; lessons/weave/markdown.h says what prose may contain.
//
//     /*md
//     # A title
//
//     > question: What is asked?
//
//     > result: figure:04_rows. Its sentence: {{ratings}} ratings, and $x_i^2$ is mathematics.
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
//     > margin: a block quote that starts like this one is a note beside the paragraph before it
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
//                                               heading begins with + is shown, but not in the
//                                               CSV; one that begins with - is in the CSV only
//     nb_table_columns(NAME, caption, headings, n)  the same with the headings in an array
//     nb_row(format, ...)                       a row; its cells are separated by tabs
//     nb_cell(format, ...)                      a single cell, for rows that a loop makes
//     nb_table_end()
//     nb_plot(NAME, caption, alt)               a plot, which the publisher has gnuplot draw
//     nb_plot_data(format, ...)                 appends to its data, OUT/plots/NAME.dat
//     nb_plot_end(script)                       gnuplot's commands, "plot $data with lines"; title
//                                               the columns, and leave terminal and colours to us
//     nb_figure(NAME, caption, alt, svg)        a drawing, OUT/plots/NAME.svg; black in it becomes
//                                               the colour of text; <g class='dot' tabindex='0'>
//                                               with a <title> shows it when pointed to or focused
//     nb_narrow(svg)                            after a figure, a plot or a heat map: how that is
//                                               drawn on a narrow screen, at most 360 wide; a plot
//                                               without it is drawn again by gnuplot
//     nb_append(&svg, format, ...)              makes a char *svg longer, NULL at first; free it
//     nb_heatmap(NAME, caption, alt, rows, cols, values, row_labels, col_labels)
//                                               rows x cols doubles, row by row; labels or NULL
//     nb_escaped(text)                          for titles in a drawing: &, <, > and " as entities
//     nb_check(condition, format, ...)          what must hold; if it doesn't, the lesson fails
//     nb_seconds()                              a clock, to measure how long something takes
//     nb_on_terminal()                          whether messages go to a terminal, or into a file
//     nb_status(text), nb_status_end()          a line of progress, on a terminal only
//     nb_log(format, ...)                       a line for whoever is waiting; not in the page
//     nb_thousands(n)                           "100,631"
//     lesson_close(&my)                         writes the record and the page; main's result
//
// Tables and figures are numbered in the order in which they are made, and stand under the cell
// whose lines made them. Only nb_cell, nb_row, nb_plot_data, nb_value and nb_log may be called from
// another file. A lesson that uses these functions wrongly (a table with half a row) ends with the
// place in its source, a message, and status 1; a wrong option ends it with status 2.
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
//     narrow NAME                               that figure has plots/NAME.narrow.svg as well
//     heat LINE NAME CAPTION ALT, then a line of labels per side (rows, cols), which may have no
//                              fields, and a line of numbers per row (row)
//     source TEXT              the source as it ran, line by line: by its code the publisher finds
//                              the cells again, wherever prose and comments have moved them
//
// Contents: 1 texts  2 state  3 files  4 options  5 where we are  6 values, text, checks
//           7 tables  8 plots, figures, heat maps  9 the lesson
//
// Include twotower.h and movielens.h first. This file needs nothing else except the C library.

#ifndef NOTEBOOK_H
#define NOTEBOOK_H

#include "terminal.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <time.h>

#ifdef NB__POSIX
#include <sys/stat.h>
#include <sys/time.h>
#endif

// ---- 1 texts -----------------------------------------------------------------------------------

NB_DEF const char *nb_escaped(const char *string)
{
    char *text = nb__empty();
    for (; *string; string++) {
        const char *entity = *string == '&'   ? "&amp;"
                             : *string == '<' ? "&lt;"
                             : *string == '>' ? "&gt;"
                             : *string == '"' ? "&quot;"
                                              : NULL;
        if (entity)
            nb_append(&text, "%s", entity);
        else
            nb_append(&text, "%c", *string);
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

// A table or a plot that is being made.
typedef struct nb__made {
    const char *name; // NULL when there is none
    nb__place place;
    const char *caption, *alt;
} nb__made;

static struct {
    const char *source; // as the compiler was given it
    const char *name;   // "04_split"
    const char *root;   // the folder above that of the source, with its slash
    char *text;         // of the source
    const char *edition, *key_figure;
    char *record; // what has been shown so far
    nb__made table, plot;
    nb__table cells;    // of the table
    char *data;         // of the plot
    const char *figure; // the name of the last one
    int tables, figures, checks, failed;
    const char *told; // the terminal knows the headings up to here
    int told_line;
    bool unwritten; // some file couldn't be written
} nb__the;

// The mistake is in the lesson itself: nothing that it goes on to write could be trusted.
NB__NORETURN NB__PRINTF(2, 3) static void nb__die(nb__place at, const char *format, ...)
{
    NB__FORMATTED(message, format);
    nb_status_end();
    fflush(stdout);
    fprintf(stderr, "%s:%d: %s\n", at.file, at.line, message);
    exit(1);
}

// An output belongs to a line of the lesson, because the line decides under which cell it stands.
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
    char *field = nb__empty();
    for (nb_append(&field, "\t"); *text; text++) {
        if (*text == '\\')
            nb_append(&field, "\\\\");
        else if (*text == '\n')
            nb_append(&field, "\\n");
        else if (*text == '\t')
            nb_append(&field, "\\t");
        else
            nb_append(&field, "%c", *text);
    }
    nb_append(&nb__the.record, "%s", field);
    free(field);
}

// Adds an item to the record: a word and its fields.
#define NB__NOTE(word, ...)                                                                        \
    nb__note(word, (const char *const[]){__VA_ARGS__},                                             \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void nb__note(const char *word, const char *const *fields, size_t n)
{
    nb_append(&nb__the.record, "%s", word);
    for (size_t i = 0; i < n; i++) nb__note_field(fields[i]);
    nb_append(&nb__the.record, "\n");
}

static const char *nb__line_of(nb__place at)
{
    return nb__format("%d", at.line);
}

// ---- 3 files -----------------------------------------------------------------------------------

// The whole file as text, or NULL if it can't be read.
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

// Writes a draft first and then renames it, so that nobody ever finds half a file.
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
#ifdef NB__POSIX
    return mkdir(path, 0777);
#else
    (void)path;
    return errno = EEXIST; // C alone can't make a folder: it must be there
#endif
}

// Makes the folder of OUT with that name, and its parents, as mkdir -p does.
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

// The data are those of the notebook's edition if it has been fetched, else the bundled ones.
static nb_options nb__defaults(void)
{
    const char *fetched = nb__format("%sdata/ml-latest-small", nb__the.root);
    bool has = nb__exists(nb__format("%s/ratings.csv", fetched));
    return (nb_options){.data = has ? fetched : nb__format("%sdata/movielens", nb__the.root),
                        .out = nb__format("%sreport", nb__the.root),
                        .seed = 1,
                        .epochs = 30};
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

// ---- 5 where we are ----------------------------------------------------------------------------

// The terminal doesn't show the prose. The heading above a line tells where in the prose we are.
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
    NB__NOTE("value", name, text);
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
    NB__NOTE("text", nb__line_of(at), text);
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
        NB__NOTE("check", nb__line_of(at), text);
        return true;
    }
    nb__the.failed++;
    NB__NOTE("failed", nb__line_of(at), text, condition);
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

NB_DEF void nb__table_begin(nb__place at, const char *name, const char *caption,
                            const char *const *headings, size_t n)
{
    nb__must_be_here(at, "nb_table");
    if (!n) nb__die(at, "table '%s' has no columns", name);
    nb__the.table = (nb__made){nb__checked_name(at, name), at, nb__format("%s", caption), NULL};
    nb__the.cells.columns = n;
    for (size_t i = 0; i < n; i++) nb__add_cell(&nb__the.cells, nb__format("%s", headings[i]));
}

NB__PRINTF(2, 3) NB_DEF void nb__table_cell(nb__place at, const char *format, ...)
{
    NB__FORMATTED(text, format);
    if (!nb__the.table.name) nb__die(at, "nb_cell outside of a table");
    nb__add_cell(&nb__the.cells, text);
}

static void nb__must_be_filled(nb__place at)
{
    const nb__table *t = &nb__the.cells;
    if (t->count % t->columns)
        nb__die(at, "table '%s' has %zu cells, which don't fill rows of %zu", nb__the.table.name,
                t->count - t->columns, t->columns);
}

NB__PRINTF(2, 3) NB_DEF void nb__table_row(nb__place at, const char *format, ...)
{
    NB__FORMATTED(text, format);
    if (!nb__the.table.name) nb__die(at, "nb_row outside of a table");
    nb__must_be_filled(at);
    size_t cells = 1;
    nb__add_cell(&nb__the.cells, text);
    for (char *tab = text; (tab = strchr(tab, '\t')); cells++) {
        *tab++ = 0;
        nb__add_cell(&nb__the.cells, tab);
    }
    if (cells != nb__the.cells.columns)
        nb__die(at, "a row of %zu cells in table '%s', which has %zu columns", cells,
                nb__the.table.name, nb__the.cells.columns);
}

static void nb__csv_field(char **csv, const char *text)
{
    const char *quote = text[strcspn(text, ",\"\r\n")] ? "\"" : "";
    nb_append(csv, "%s", quote);
    for (const char *p = text; *p; p++) nb_append(csv, *p == '"' ? "\"%c" : "%c", *p);
    nb_append(csv, "%s", quote);
}

// Writes CSV as RFC 4180 has it, except that lines end in LF.
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
    nb__write(nb__format("%s/tables/%s.csv", nb.out, nb__the.table.name), csv);
    free(csv);
}

// Without the columns that are for the CSV only.
static nb__table nb__shown_columns(const nb__table *t)
{
    nb__table shown = {.columns = 0};
    for (size_t i = 0; i < t->columns; i++) shown.columns += t->cells[i][0] != '-';
    for (size_t i = 0; i < t->count; i++)
        if (t->cells[i % t->columns][0] != '-') nb__add_cell(&shown, t->cells[i]);
    return shown;
}

static void nb__note_cells(const nb__table *t)
{
    nb_append(&nb__the.record, "align");
    for (size_t i = 0; i < t->columns; i++) nb__note_field(nb__is_numeric(t, i) ? "right" : "left");
    for (size_t row = 0; row < nb__rows(t); row++) {
        nb_append(&nb__the.record, row ? "\nrow" : "\nhead");
        for (size_t i = 0; i < t->columns; i++) nb__note_field(nb__cell_text(t, row, i));
    }
    nb_append(&nb__the.record, "\n");
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
    nb__made *table = &nb__the.table;
    if (!table->name) nb__die(at, "nb_table_end without nb_table");
    nb__must_be_filled(at);
    nb__say_caption(table->place, "Table", ++nb__the.tables, table->caption);
    nb__say_newlines(2);
    nb__table shown = nb__shown_columns(&nb__the.cells);
    nb__say_table(&shown);
    nb__write_csv(&nb__the.cells);
    NB__NOTE("table", nb__line_of(table->place), table->name, table->caption);
    nb__note_cells(&shown);
    nb__free_table(&shown);
    nb__free_table(&nb__the.cells);
    table->name = NULL;
}

// ---- 8 plots, figures, heat maps ---------------------------------------------------------------

#define nb_plot(name, caption, alt) nb__plot_begin(NB__HERE, name, caption, alt)
#define nb_plot_data(...) nb__plot_add(NB__HERE, __VA_ARGS__)
#define nb_plot_end(script) nb__plot_end(NB__HERE, script)
#define nb_figure(name, caption, alt, svg) nb__draw(NB__HERE, name, caption, alt, svg)
#define nb_narrow(svg) nb__draw_narrow(NB__HERE, svg)
#define nb_heatmap(name, caption, alt, rows, cols, values, row_labels, col_labels)                 \
    nb__heat(NB__HERE, name, caption, alt, (nb__grid){rows, cols, values, row_labels, col_labels})

static void nb__say_figure(nb__place at, const char *name, const char *caption, const char *alt)
{
    nb__the.figure = nb__format("%s", name);
    nb__say_caption(at, "Figure", ++nb__the.figures, caption);
    nb__say_wrapped("    ", alt);
    nb__say_newlines(2);
}

NB_DEF void nb__draw(nb__place at, const char *name, const char *caption, const char *alt,
                     const char *svg)
{
    nb__must_be_here(at, "nb_figure");
    name = nb__checked_name(at, name);
    nb__say_figure(at, name, caption, alt);
    nb__write(nb__format("%s/plots/%s.svg", nb.out, name), svg);
    NB__NOTE("figure", nb__line_of(at), name, caption, alt);
}

NB_DEF void nb__draw_narrow(nb__place at, const char *svg)
{
    nb__must_be_here(at, "nb_narrow");
    if (!nb__the.figure) nb__die(at, "nb_narrow comes before the first figure");
    nb__write(nb__format("%s/plots/%s.narrow.svg", nb.out, nb__the.figure), svg);
    NB__NOTE("narrow", nb__the.figure);
}

NB_DEF void nb__plot_begin(nb__place at, const char *name, const char *caption, const char *alt)
{
    nb__must_be_here(at, "nb_plot");
    nb__the.plot = (nb__made){nb__checked_name(at, name), at, nb__format("%s", caption),
                              nb__format("%s", alt)};
    nb__the.data = nb__empty();
}

NB__PRINTF(2, 3) NB_DEF void nb__plot_add(nb__place at, const char *format, ...)
{
    if (!nb__the.plot.name) nb__die(at, "nb_plot_data outside of a plot");
    va_list args;
    va_start(args, format);
    nb__vappend(&nb__the.data, format, args);
    va_end(args);
}

// The page shows the curve; the terminal shows the numbers, if they are few.
static void nb__say_data(const char *data, const char *path)
{
    int lines = 0;
    for (const char *p = data; *p; p++) lines += *p == '\n';
    nb__say(lines <= 20 ? data : nb__format("    %d lines of data: %s\n", lines, path));
    nb__say_newlines(2);
}

NB_DEF void nb__plot_end(nb__place at, const char *script)
{
    nb__made *p = &nb__the.plot;
    if (!p->name) nb__die(at, "nb_plot_end without nb_plot");
    const char *path = nb__format("%s/plots/%s.dat", nb.out, p->name);
    nb__say_figure(p->place, p->name, p->caption, p->alt);
    nb__say_data(nb__the.data, path);
    nb__write(path, nb__the.data);
    NB__NOTE("plot", nb__line_of(p->place), p->name, p->caption, p->alt, script);
    free(nb__the.data);
    nb__the.data = NULL;
    p->name = NULL;
}

typedef struct nb__grid {
    size_t rows, cols;
    const double *values;
    const char *const *row_labels, *const *col_labels;
} nb__grid;

// The page shows the colours; the terminal shows the numbers.
static void nb__say_heat(nb__grid g)
{
    nb__table t = {.columns = g.cols + 1};
    nb__add_cell(&t, "");
    for (size_t col = 0; col < g.cols; col++)
        nb__add_cell(&t, g.col_labels ? g.col_labels[col] : nb__format("%zu", col + 1));
    for (size_t row = 0; row < g.rows; row++) {
        nb__add_cell(&t, g.row_labels ? g.row_labels[row] : nb__format("%zu", row + 1));
        for (size_t col = 0; col < g.cols; col++)
            nb__add_cell(&t, nb__format("%.2g", g.values[row * g.cols + col]));
    }
    nb__say_table(&t);
    nb__free_table(&t);
}

NB_DEF void nb__heat(nb__place at, const char *name, const char *caption, const char *alt,
                     nb__grid g)
{
    nb__must_be_here(at, "nb_heatmap");
    if (!g.rows || !g.cols) nb__die(at, "heat map '%s' is empty", name);
    nb__say_figure(at, name, caption, alt);
    nb__say_heat(g);
    NB__NOTE("heat", nb__line_of(at), nb__checked_name(at, name), caption, alt);
    nb__note("rows", g.row_labels, g.row_labels ? g.rows : 0);
    nb__note("cols", g.col_labels, g.col_labels ? g.cols : 0);
    for (size_t row = 0; row < g.rows; row++) {
        nb_append(&nb__the.record, "row");
        for (size_t col = 0; col < g.cols; col++)
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
    nb__parse_options(argc, argv, summary);
    nb__terminal.quiet = nb.quiet;
    nb__the.told = nb__the.text = nb__read(source);
    if (!nb__the.text) {
        fprintf(stderr,
                "%s can't be opened: %s. A lesson records its own source for its page: run "
                "it from the folder in which it was compiled, the root of the "
                "repository.\n",
                source, strerror(errno));
        exit(1);
    }
    nb__make_folder("tables");
    nb__make_folder("plots");
    nb__make_folder("records");
}

static void nb__write_record(const char *path)
{
    char *shown = nb__the.record; // the items that are known only now come first
    nb__the.record = NULL;
    if (nb__the.edition) NB__NOTE("edition", nb__the.edition);
    NB__NOTE("seed", nb__format("%lu", (unsigned long)nb.seed));
    if (nb__the.key_figure) NB__NOTE("key", nb__the.key_figure);
    nb_append(&nb__the.record, "%s", shown ? shown : "");
    for (const char *p = nb__the.text; *p; p += *p == '\n') {
        int n = (int)strcspn(p, "\n");
        NB__NOTE("source", nb__format("%.*s", n, p));
        p += n;
    }
    nb__write(path, nb__the.record);
    free(shown);
    free(nb__the.record);
}

// Quotes a text for the shell: 'it'\''s'.
static const char *nb__quoted(const char *text)
{
    char *quoted = NULL;
    nb_append(&quoted, "'");
    for (; *text; text++) nb_append(&quoted, *text == '\'' ? "'\\'%c'" : "%c", *text);
    nb_append(&quoted, "'");
    return (const char *)nb__keep(quoted);
}

// The publisher makes the page and says so, or says what is wrong with it. Where the publisher
// hasn't been built, we say how to get the page.
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

// Writes the record and the page. Returns 0 if every check held and every file was written.
static int nb__end(void)
{
    nb__must_be_here((nb__place){nb__the.source, 1}, "the end");
    const char *record = nb__format("%s/records/%s.txt", nb.out, nb__the.name);
    nb_status_end();
    nb__say_newlines(2);
    nb__write_record(record);
    bool published = !nb__the.unwritten && nb__publish(record);
    bool good = published && !nb__the.failed && !fflush(stdout) && !ferror(stdout);
    nb__free_kept();
    return good ? 0 : 1;
}

// The things that a lesson may need: each step contains those before it.
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
    tt_run run; // the threads that --threads asks for, and why something failed
} lesson;

#define lesson_open(argc, argv, needs, summary)                                                    \
    nb__lesson_open(argc, argv, __FILE__, needs, summary)

// Owns what the lesson needs. The rest of the struct is zeros, and the lesson may fill it.
NB_DEF lesson nb__lesson_open(int argc, char **argv, const char *source, lesson_needs needs,
                              const char *summary)
{
    static lesson my; // zeros
    tt_message why;
    nb__begin(argc, argv, source, summary);
    my.run.threads = nb.threads;
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
