// notebook.h: a lesson that weaves its own page
//
// A lesson is a plain C program. Comments that begin in column 1 with /*md are its prose, in
// Markdown; the code between two of them is a cell; what the code shows comes right under its cell.
// While the lesson runs it reads its own source, tells everything on the terminal, and at the end
// writes OUT/NN_name.html: one file to read, compile, run and publish.
//
//     /*md
//     # A question
//     We have {{ratings}} ratings, and $x_i^2$ is mathematics. Section §12 of the book says more.
//     */
//     #include "notebook.h"
//
//     int main(int argc, char **argv)
//     {
//         nb_begin(argc, argv, __FILE__, "what this lesson does, in one line");
//         nb_value("ratings", "%d", 100631);
//     /*md
//     ## The next cell
//     > margin: a block quote that starts like this one is a note in the margin
//     */
//         nb_text("hello, %s\n", "reader");
//         return nb_end();
//     }
//
// In the order of a lesson; each format is printf's, each NAME becomes the name of a file:
//
//     nb_begin(argc, argv, __FILE__, summary)   reads the options and the source; first of all
//     nb.data .out .seed .epochs .threads .quiet    the options; nb_begin returns them as well
//     nb_edition(text)                          which data this page shows, for header and footer
//     nb_key_figure(format, ...)                the one number of this lesson, for the index page
//     nb_value(name, format, ...)               {{name}} in the prose, before or after this line;
//                                               {{table:NAME}} and {{figure:NAME}} are links such
//                                               as "Table 4.2", and "lesson 7" is one as it stands
//     nb_text(format, ...)                      text as it stands
//     nb_table(NAME, caption, heading, ...)     a table, also OUT/tables/NAME.csv; a column whose
//                                               heading begins with + is shown, but not in the CSV
//     nb_table_columns(NAME, caption, headings, n)  the same with the headings in an array
//     nb_cell(format, ...)                      the next cell, row by row
//     nb_table_end()
//     nb_plot(NAME, caption, alt)               a plot by gnuplot: OUT/plots/NAME.svg and NAME.dat
//     nb_plot_data(format, ...)                 appends to its data block, $data
//     nb_plot_end(script)                       gnuplot's commands, "plot $data with lines"; title
//                                               the columns, and leave terminal and colours to us
//     nb_figure(NAME, caption, alt, svg)        a drawing; black in it becomes the colour of text,
//                                               <title> in an element what shows under a pointer
//     nb_append(&svg, format, ...)              makes a char *svg longer, NULL at first; arrfree it
//     nb_heatmap(NAME, caption, alt, rows, cols, values, row_labels, col_labels)
//                                               rows x cols doubles, row by row; labels or NULL
//     nb_escaped(text)                          for titles in a drawing: &, <, > and " as entities
//     nb_check(condition, format, ...)          what must hold; if it doesn't, the lesson fails
//     nb_status(text), nb_status_end()          a line of progress, on a terminal only
//     nb_log(format, ...)                       a line for the one who waits; not in the page
//     nb_thousands(n)                           "100,631"
//     nb_end()                                  writes the page and the index; main's result
//     nb_weave_index(out)                       OUT/index.html, from the pages that are there
//
// Tables and figures are numbered in the order in which they are made, and stand under the cell
// whose lines made them; only nb_cell, nb_plot_data, nb_value and nb_log may be called elsewhere.
//
// What a lesson gets wrong (a {{name}} that nobody defines, a table with half a row, an unknown TeX
// command) ends it with the place in its source, a message, and status 1; a wrong option with 2.
//
// Contents: 1 texts  2 state  3 failing  4 files  5 options  6 the source  7 the terminal
//           8 values, text, checks  9 tables  10 plots and figures  11 heat maps
//           12 while you wait  13 mathematics  14 C in colour  15 prose in the page
//           16 the page  17 the index  18 the two ends
//
// Needs POSIX, stb (stb_ds.h, stb_image_write.h), md4c (-lmd4c-html), and for plots gnuplot. It
// brings the implementations of both stb headers: include it once, and don't ask for them again.

#ifndef NOTEBOOK_H
#define NOTEBOOK_H

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <md4c-html.h>

#define STB_DS_IMPLEMENTATION
#include <stb/stb_ds.h>
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

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
// A text is an stb_ds array of char with a zero behind it, so that it is a C string as well. It
// grows from NULL by nb__add and its like; once it is kept it stays as it is until nb_end.
//
// Numbers are printed by libc, not by stb_sprintf, which rounds 3.25 to 3.3 where C and Python say
// 3.2. A lesson never calls setlocale, so that the decimal point stays a point.

static char **nb__kept;

static void nb__add(char **text, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) arrput(*text, bytes[i]);
    arrput(*text, 0);
    (void)arrpop(*text);
}

static void nb__puts(char **text, const char *string) { nb__add(text, string, strlen(string)); }

static void nb__putc(char **text, char c) { nb__add(text, &c, 1); }

static char *nb__keep(char *text)
{
    nb__puts(&text, ""); // even nothing ends in a zero
    arrput(nb__kept, text);
    return text;
}

static char *nb__copy(const char *bytes, size_t n)
{
    char *text = NULL;
    nb__add(&text, bytes, n);
    return nb__keep(text);
}

NB__PRINTF(2, 0) static void nb__vputf(char **text, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0) return;
    char *end = arraddnptr(*text, (size_t)n + 1);
    vsnprintf(end, (size_t)n + 1, format, args);
    (void)arrpop(*text);
}

NB__PRINTF(2, 3) static void nb__putf(char **text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    nb__vputf(text, format, args);
    va_end(args);
}

// Declares `text`, which the last arguments of a function make.
#define NB__FORMATTED(text, format)                                                                \
    char *text = NULL;                                                                             \
    va_list args_of_##text;                                                                        \
    va_start(args_of_##text, format);                                                              \
    nb__vputf(&text, format, args_of_##text);                                                      \
    va_end(args_of_##text);                                                                        \
    text = nb__keep(text)

NB__PRINTF(1, 2) static char *nb__format(const char *format, ...)
{
    NB__FORMATTED(text, format);
    return text;
}

static void nb__put_escaped(char **html, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (bytes[i]) {
        case '&': nb__puts(html, "&amp;"); break;
        case '<': nb__puts(html, "&lt;"); break;
        case '>': nb__puts(html, "&gt;"); break;
        case '"': nb__puts(html, "&quot;"); break;
        default: nb__putc(html, bytes[i]);
        }
    }
}

NB_DEF const char *nb_escaped(const char *string)
{
    char *html = NULL;
    nb__put_escaped(&html, string, strlen(string));
    return nb__keep(html);
}

static bool nb__starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool nb__is_digit(char c) { return c >= '0' && c <= '9'; }
static bool nb__is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool nb__is_name(char c) { return nb__is_letter(c) || nb__is_digit(c) || c == '_'; }

static int nb__lines(const char *from, const char *to)
{
    int lines = 0;
    for (; from < to; from++) lines += *from == '\n';
    return lines;
}

// In " key value key value ": the value of a key, or NULL.
static const char *nb__look_up(const char *table, const char *key)
{
    const char *spaced = nb__format(" %s ", key), *at = strstr(table, spaced);
    return at ? nb__copy(at + strlen(spaced), strcspn(at + strlen(spaced), " ")) : NULL;
}

// ---- 2 state -----------------------------------------------------------------------------------

typedef struct {
    const char *data, *out; // folders
    uint32_t seed;
    int epochs, threads; // threads: 0 is one for each core
    bool quiet;
} nb_options;

static nb_options nb;

typedef struct {
    const char *file;
    int line;
} nb__place;

#define NB__HERE ((nb__place){__FILE__, __LINE__})

typedef struct {
    bool prose, told; // told: it has been on the terminal
    int first, last;  // lines
    char *text;
} nb__part;

typedef enum { NB__TEXT, NB__TABLE, NB__FIGURE, NB__CHECK } nb__kind;

typedef struct {
    nb__kind kind;
    int line;
    const char *html;
} nb__output;

typedef struct {
    const char *name, *text;
} nb__value;

typedef struct {
    const char *id, *text; // "table-04_shapes", "Table 4.3"
} nb__label;

typedef struct {
    int level;
    const char *id, *html;
} nb__heading;

typedef struct {
    const char *name; // NULL when no table is open
    nb__place place;
    const char *caption;
    size_t columns;
    const char **cells; // row by row, the headings first
    bool *numeric;      // of each column
    int *width;         // of each column on the terminal
} nb__table;

typedef struct {
    const char *name; // NULL when no plot is open
    nb__place place;
    const char *caption, *alt;
    char *data;
} nb__plot;

static struct {
    const char *source; // as the compiler was given it
    const char *file;   // "04_split.c": folders differ from one machine to the next
    const char *name;   // "04_split"
    int number;         // 4
    const char *edition, *key_figure;
    nb__part *parts;
    nb__output *outputs;
    nb__value *values;
    nb__label *labels;
    nb__heading *headings;
    nb__table table;
    nb__plot plot;
    int tables, figures, checks, failed;
    int newlines;   // that end what has been said on the terminal
    bool unwritten; // some file couldn't be written
    bool status;    // a line of progress is on the screen
} nb__the;

typedef struct {
    const char *name, *title, *question;
} nb__entry;

enum { NB__LESSONS = 11 };

static const nb__entry nb__contents[NB__LESSONS] = {
    {"01_ratings", "What is in the data?", "Who rated what, how often, and how high?"},
    {"02_features", "Ratings become vectors", "How do a user and a film become rows of numbers?"},
    {"03_scaling", "One scale for all columns",
     "Why must years, zeros and ones be made comparable, and how is that undone?"},
    {"04_split", "Rows that the model never sees",
     "How do we tell what the model has learned from what it has only remembered?"},
    {"05_gradients", "What Keras hides: the tape",
     "Where do the derivatives come from that training needs?"},
    {"06_towers", "Two towers", "How do two networks and one dot product predict a rating?"},
    {"07_training", "Thirty epochs", "What happens in thirty passes over the training rows?"},
    {"08_evaluation", "How good is it, really?", "Is the test loss small, and next to what?"},
    {"09_new_user", "Films for a new user", "What suits somebody whom the data has never seen?"},
    {"10_existing_user", "Films that user 2 has rated",
     "How near do predictions come to the stars that a user really gave?"},
    {"11_similar_movies", "Films like this film",
     "Which films have vectors close together, and are they alike?"},
};

static const nb__entry *nb__listed(const char *name)
{
    for (int i = 0; i < NB__LESSONS; i++)
        if (!strcmp(nb__contents[i].name, name)) return &nb__contents[i];
    return NULL;
}

// ---- 3 failing ---------------------------------------------------------------------------------

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

static nb__place nb__line(int line) { return (nb__place){nb__the.source, line}; }

// An output belongs to a line of the lesson, because that is what puts it under its cell.
static void nb__must_be_here(nb__place at, const char *function)
{
    if (!nb__the.source) nb__die(at, "%s comes before nb_begin", function);
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
    size_t n = 0;
    while (nb__is_name(name[n]) || name[n] == '-') n++;
    if (!n || name[n]) nb__die(at, "the name '%s' must be of letters, digits, _ and -", name);
    return nb__copy(name, n);
}

// ---- 4 files -----------------------------------------------------------------------------------

// The whole file, or NULL.
static char *nb__read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *text = NULL, buffer[1 << 14];
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;) nb__add(&text, buffer, n);
    bool good = !ferror(file);
    fclose(file);
    text = nb__keep(text);
    return good ? text : NULL;
}

// Under another name first, then renamed: nobody ever finds half a file.
static bool nb__write(const char *path, const char *bytes, size_t n)
{
    const char *draft = nb__format("%s.%ld.tmp", path, (long)getpid());
    FILE *file = fopen(draft, "wb");
    bool good = file && fwrite(bytes, 1, n, file) == n;
    if (file) good = fclose(file) == 0 && good; // a full disk may show only now
    if (good && rename(draft, path) == 0) return true;
    fprintf(stderr, "%s can't be written: %s\n", path, strerror(errno));
    remove(draft);
    nb__the.unwritten = true;
    return false;
}

// The folder of OUT with that name, with its parents, as mkdir -p makes it.
static void nb__make_folder(const char *name)
{
    char *path = nb__format("%s%s", nb.out, name);
    for (char *p = path + 1;; p++) {
        if (*p != '/' && *p) continue;
        char here = *p;
        *p = 0;
        if (mkdir(path, 0777) && errno != EEXIST) {
            fprintf(stderr, "the folder %s can't be made: %s\n", path, strerror(errno));
            exit(1);
        }
        if (!here) return;
        *p = here;
    }
}

// The folder of a file, with its slash; "" is the current one.
static const char *nb__folder(const char *file)
{
    const char *slash = strrchr(file, '/');
    return nb__copy(file, slash ? (size_t)(slash - file) + 1 : 0);
}

// The folder above that of the source: "" for lessons/04_split.c, "../" for 04_split.c.
static const char *nb__root(void)
{
    const char *folder = nb__folder(nb__the.source);
    size_t start = strlen(folder);
    if (!start || !strcmp(folder, "./")) return "../";
    while (--start && folder[start - 1] != '/') {}
    bool up = !strcmp(folder + start, "../"); // above ../ is ../../
    return up ? nb__format("%s../", folder) : nb__copy(folder, start);
}

// ---- 5 options ---------------------------------------------------------------------------------

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
    printf("  --quiet       one line at the end instead of the whole text\n");
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
    const char *fetched = nb__format("%sdata/ml-latest-small", nb__root());
    bool has = access(nb__format("%s/ratings.csv", fetched), R_OK) == 0;
    return (nb_options){.data = has ? fetched : nb__format("%sdata/movielens", nb__root()),
                        .out = nb__format("%sreport", nb__root()), .seed = 1, .epochs = 30};
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

// ---- 6 the source ------------------------------------------------------------------------------

// The next comment in column 1 that is prose, or the end of the source.
static const char *nb__find_prose(const char *source, const char *from)
{
    for (const char *p = from; (p = strstr(p, "/*md")); p++)
        if ((p == source || p[-1] == '\n') && strchr(" \t\r\n", p[4])) return p;
    return from + strlen(from);
}

// A cell, without the blank lines around it; none where there is no code.
static void nb__add_code(const char *from, const char *to, int line)
{
    for (const char *p = from; p < to && strchr(" \t\r\n", *p); p++)
        if (*p == '\n') from = p + 1, line++;
    while (to > from && strchr(" \t\r\n", to[-1])) to--;
    if (to == from) return;
    nb__part part = {.first = line, .last = line + nb__lines(from, to),
                     .text = nb__copy(from, (size_t)(to - from))};
    arrput(nb__the.parts, part);
}

static void nb__cut_source(const char *source)
{
    int line = 1;
    for (const char *at = source; *at;) {
        const char *prose = nb__find_prose(source, at);
        nb__add_code(at, prose, line);
        line += nb__lines(at, prose);
        if (!*prose) break;
        const char *end = strstr(prose, "*/");
        if (!end) nb__die(nb__line(line), "this /*md comment never ends");
        nb__part part = {.prose = true, .first = line, .last = line + nb__lines(prose, end),
                         .text = nb__copy(prose + 4, (size_t)(end - prose - 4))};
        arrput(nb__the.parts, part);
        line = part.last;
        at = end + 2;
    }
}

static void nb__read_source(void)
{
    const char *source = nb__read(nb__the.source);
    if (source) {
        nb__cut_source(source);
        return;
    }
    fprintf(stderr, "%s can't be opened: %s. A lesson reads its own source to make its page: run "
                    "it from the folder in which it was compiled, the root of the repository.\n",
            nb__the.source, strerror(errno));
    exit(1);
}

// The line on which a piece of a part stands, for messages.
static nb__place nb__find_in(const nb__part *part, const char *piece)
{
    const char *at = strstr(part->text, piece);
    return nb__line(part->first + (at ? nb__lines(part->text, at) : 0));
}

// The text of a {{name}} at p and its length; NULL if there is none, or none that is known yet.
static const char *nb__find_value(const char *p, size_t *length)
{
    size_t n = 2;
    *length = 0;
    if (!nb__starts(p, "{{")) return NULL;
    while (nb__is_name(p[n])) n++;
    if (n == 2 || !nb__starts(p + n, "}}")) return NULL;
    *length = n + 2;
    for (size_t i = 0; i < arrlenu(nb__the.values); i++) {
        const char *name = nb__the.values[i].name;
        if (strlen(name) == n - 2 && nb__starts(p + 2, name)) return nb__the.values[i].text;
    }
    return NULL;
}

// The id of what {{table:NAME}} or {{figure:NAME}} at p refers to, and the length; NULL if there is
// no such mark.
static const char *nb__find_reference(const char *p, size_t *length)
{
    size_t kind = nb__starts(p, "{{table:") ? 5 : nb__starts(p, "{{figure:") ? 6 : 0;
    const char *name = p + kind + 3;
    size_t n = 0;
    *length = 0;
    while (kind && (nb__is_name(name[n]) || name[n] == '-')) n++;
    if (!n || !nb__starts(name + n, "}}")) return NULL;
    *length = kind + n + 5;
    return nb__format("%.*s-%.*s", (int)kind, p + 2, (int)n, name);
}

// "Table 4.3"; NULL for what hasn't been made, or not yet.
static const char *nb__label_of(const char *id)
{
    for (size_t i = 0; i < arrlenu(nb__the.labels); i++)
        if (!strcmp(nb__the.labels[i].id, id)) return nb__the.labels[i].text;
    return NULL;
}

// Gives a table or figure its number.
static const char *nb__add_label(nb__place at, const char *kind, const char *name, int number)
{
    nb__label label = {nb__format("%s-%s", kind, name),
                       nb__format("%s %d.%d", *kind == 't' ? "Table" : "Figure", nb__the.number,
                                  number)};
    if (nb__label_of(label.id)) nb__die(at, "there is a %s '%s' already", kind, name);
    arrput(nb__the.labels, label);
    return label.text;
}

// ---- 7 the terminal ----------------------------------------------------------------------------

enum { NB__WIDTH = 80 };

static void nb__say(const char *text)
{
    if (nb.quiet) return;
    nb_status_end();
    for (const char *p = text; *p; p++) nb__the.newlines = *p == '\n' ? nb__the.newlines + 1 : 0;
    fputs(text, stdout);
}

// Leaves one blank line, however much has been left already.
static void nb__say_blank(void)
{
    while (!nb.quiet && nb__the.newlines < 2) nb__say("\n");
}

// A line, without the spaces that end it; the next one starts empty.
static void nb__say_line(char **line)
{
    while (arrlen(*line) && arrlast(*line) == ' ') (void)arrpop(*line);
    nb__putc(line, '\n');
    nb__say(*line);
    arrfree(*line);
}

// The code point at *text, which moves on; a byte that isn't UTF-8 stands for itself.
static uint32_t nb__code_point(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    int more = *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : *p >= 0xC0 ? 1 : 0;
    uint32_t point = more ? *p & (0x3Fu >> more) : *p;
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80) return (unsigned char)*(*text)++;
        point = point << 6 | (p[i] & 0x3Fu);
    }
    *text += more + 1;
    return point;
}

// Columns that a code point takes: none for an accent, two for Chinese, Japanese and Korean.
static int nb__columns(uint32_t c)
{
    if ((c >= 0x300 && c < 0x370) || (c >= 0x200B && c <= 0x200F) || c == 0xFE0F) return 0;
    bool wide = (c >= 0x1100 && c < 0x1160) || (c >= 0x2E80 && c < 0xA4D0) ||
                (c >= 0xAC00 && c < 0xD7A4) || (c >= 0xF900 && c < 0xFB00) ||
                (c >= 0xFF00 && c < 0xFF61) || (c >= 0x1F300 && c < 0x1F650) || c >= 0x20000;
    return wide ? 2 : 1;
}

static int nb__width(const char *text, size_t n)
{
    int width = 0;
    for (const char *p = text; p < text + n;) width += nb__columns(nb__code_point(&p));
    return width;
}

// Adds text in exactly `width` columns: filled with spaces, or cut with an ellipsis.
static void nb__fit(char **line, const char *text, size_t n, int width, bool right)
{
    const char *dots = "", *p = text + n;
    int has = nb__width(text, n);
    if (has > width) {
        dots = "…", has = 1, p = text;
        for (const char *next = p; next < text + n; p = next) {
            int more = nb__columns(nb__code_point(&next));
            if (has + more > width) break;
            has += more;
        }
    }
    int left = width - has, before = right ? left : 0;
    nb__putf(line, "%*s%.*s%s%*s", before, "", (int)(p - text), text, dots, left - before, "");
}

// Words in lines of 78 columns; `first` opens the first line, and the others are indented like it.
static void nb__say_wrapped(const char *first, const char *words)
{
    char *line = NULL;
    int indent = nb__width(first, strlen(first)), column = indent;
    nb__puts(&line, first);
    for (const char *p = words + strspn(words, " "); *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        int width = nb__width(p, n);
        if (column > indent && column + 1 + width > NB__WIDTH - 2)
            nb__putf(&line, "\n%*s", column = indent, "");
        else if (column > indent)
            nb__putc(&line, ' '), column++;
        nb__add(&line, p, n);
        column += width, p += n;
    }
    nb__say_line(&line);
}

// What hasn't been made yet has no number; it comes below, and may open a sentence.
static const char *nb__told_reference(const char *id, const char *before)
{
    const char *label = nb__label_of(id);
    size_t n = before ? strlen(before) : 0;
    bool opens = n == 0 || (n > 1 && !strcmp(before + n - 2, ". "));
    if (label) return label;
    return nb__format("%s %.*s below", opens ? "The" : "the", (int)strcspn(id, "-"), id);
}

// Markdown within a line as plain text: with its {{values}}, without its marks of emphasis.
static char *nb__plain(const char *p, size_t n)
{
    char *text = NULL, inside = 0; // inside `code` or $mathematics$ nothing is a mark
    for (const char *end = p + n; p < end; p++) {
        size_t length;
        const char *id = nb__find_reference(p, &length);
        const char *value = id ? nb__told_reference(id, text) : nb__find_value(p, &length);
        bool alone = p[-1] == ' ' && p[1] == ' ';
        if (inside ? *p == inside : *p == '`' || *p == '$') inside = inside ? 0 : *p;
        if (length)
            nb__puts(&text, value ? value : "…"), p += length - 1;
        else if (inside || *p != '*' || alone)
            nb__putc(&text, *p);
    }
    return nb__keep(text);
}

typedef struct {
    char *words;       // of the paragraph that is being read
    const char *first; // what opens it: spaces, and the mark of an item
    bool verbatim;
} nb__telling;

static void nb__tell_paragraph(nb__telling *t)
{
    if (!arrlen(t->words)) return;
    nb__say_wrapped(t->first, t->words);
    arrfree(t->words);
}

static void nb__tell_heading(const char *text, char underline)
{
    char *line = NULL;
    for (int i = nb__width(text, strlen(text)); i; i--) nb__putc(&line, underline);
    nb__say(nb__format("%s\n%s", text, nb__keep(line)));
    nb__say_blank();
}

// The length of what opens an item, "- " or "12. ", or 0.
static size_t nb__item_mark(const char *p)
{
    if (nb__starts(p, "- ") || nb__starts(p, "* ")) return 2;
    size_t digits = strspn(p, "0123456789");
    return digits && nb__starts(p + digits, ". ") ? digits + 2 : 0;
}

// Prose is told line by line: Markdown is made to be read as it stands.
static void nb__tell_line(nb__telling *t, const char *line, size_t n)
{
    size_t hashes = strspn(line, "#"), quote = t->verbatim ? 0 : strspn(line, ">");
    bool heading = hashes && line[hashes] == ' ';
    size_t skip = quote + strspn(line + quote, " "), indent = quote ? 4 : skip;
    line += skip, n -= skip;
    size_t mark = t->verbatim ? 0 : nb__item_mark(line);
    bool fence = nb__starts(line, "```");
    if (mark || heading || fence || t->verbatim || *line == '|' || !n) nb__tell_paragraph(t);
    if (fence)
        t->verbatim = !t->verbatim;
    else if (*line == '|' && nb__width(line, n) > NB__WIDTH)
        nb__say_wrapped("  ", nb__copy(line, n));
    else if (t->verbatim || *line == '|')
        nb__say(nb__format("%*s%.*s\n", (int)indent + (t->verbatim ? 4 : 0), "", (int)n, line));
    else if (!n)
        nb__say_blank();
    else if (heading)
        nb__tell_heading(nb__plain(line + hashes + 1, n - hashes - 1), hashes == 1 ? '=' : '-');
    else {
        if (!arrlen(t->words))
            t->first = nb__format("%*s%.*s", (int)indent, "", (int)mark, line);
        nb__putf(&t->words, "%s ", nb__plain(line + mark, n - mark));
    }
}

// The prose above a line that shows something, as far as it hasn't been told.
static void nb__tell_until(int line)
{
    for (size_t i = 0; i < arrlenu(nb__the.parts); i++) {
        nb__part *part = &nb__the.parts[i];
        if (part->first > line || !part->prose || part->told || nb.quiet) continue;
        nb__telling t = {0};
        nb__say_blank();
        for (const char *p = part->text; *p; p += *p == '\n') {
            size_t n = strcspn(p, "\n");
            nb__tell_line(&t, p, n);
            p += n;
        }
        nb__tell_paragraph(&t);
        nb__say_blank();
        part->told = true;
    }
}

// ---- 8 values, text, checks --------------------------------------------------------------------

#define nb_value(name, ...) nb__define(NB__HERE, name, __VA_ARGS__)
#define nb_text(...) nb__print(NB__HERE, __VA_ARGS__)
#define nb_check(condition, ...) nb__verify(NB__HERE, (condition), #condition, __VA_ARGS__)

static void nb__show(nb__kind kind, nb__place at, const char *html)
{
    nb__output output = {kind, at.line, html};
    arrput(nb__the.outputs, output);
}

NB__PRINTF(3, 4) NB_DEF void nb__define(nb__place at, const char *name, const char *format, ...)
{
    NB__FORMATTED(text, format);
    size_t length;
    const char *before = nb__find_value(nb__format("{{%s}}", name), &length);
    if (!length) nb__die(at, "the name '%s' must be of letters, digits and _", name);
    if (before && strcmp(before, text))
        nb__die(at, "{{%s}} is '%s' already, and can't be '%s' as well", name, before, text);
    nb__value value = {nb__copy(name, strlen(name)), text};
    arrput(nb__the.values, value);
}

NB__PRINTF(2, 3) NB_DEF void nb__print(nb__place at, const char *format, ...)
{
    NB__FORMATTED(text, format);
    nb__must_be_here(at, "nb_text");
    nb__tell_until(at.line);
    nb__say(text);
    nb__show(NB__TEXT, at, nb_escaped(text));
}

NB__PRINTF(4, 5)
NB_DEF bool nb__verify(nb__place at, bool good, const char *condition, const char *format, ...)
{
    NB__FORMATTED(text, format);
    nb__must_be_here(at, "nb_check");
    nb__tell_until(at.line);
    nb__the.checks++;
    nb__the.failed += !good;
    if (good) {
        nb__say_wrapped("checked: ", text);
        nb__show(NB__CHECK, at, nb__format("<p class=\"check\"><b>Checked:</b> %s</p>\n",
                                           nb_escaped(text)));
    } else {
        nb_status_end();
        fflush(stdout);
        fprintf(stderr, "%s:%d: check failed: %s (%s)\n", at.file, at.line, text, condition);
        nb__show(NB__CHECK, at,
                 nb__format("<p class=\"check failed\"><b>Failed:</b> %s <code>%s</code>, "
                            "<a href=\"#L%d\">%s:%d</a></p>\n", nb_escaped(text),
                            nb_escaped(condition), at.line, nb__the.file, at.line));
    }
    return good;
}

// 100631 as "100,631".
NB_DEF const char *nb_thousands(long long n)
{
    const char *digits = nb__format("%lld", n);
    char *text = NULL;
    for (size_t i = 0, length = strlen(digits); i < length; i++) {
        if (i && digits[i - 1] != '-' && (length - i) % 3 == 0) nb__putc(&text, ',');
        nb__putc(&text, digits[i]);
    }
    return nb__keep(text);
}

NB_DEF void nb_edition(const char *text) { nb__the.edition = nb__copy(text, strlen(text)); }

NB__PRINTF(1, 2) NB_DEF void nb_key_figure(const char *format, ...)
{
    NB__FORMATTED(text, format);
    nb__the.key_figure = text;
}

// ---- 9 tables ----------------------------------------------------------------------------------

#define nb_table(name, caption, ...)                                                               \
    nb_table_columns(name, caption, ((const char *const[]){__VA_ARGS__}),                          \
                     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
#define nb_table_columns(name, caption, headings, n)                                               \
    nb__table_begin(NB__HERE, name, caption, headings, n)
#define nb_cell(...) nb__table_cell(NB__HERE, __VA_ARGS__)
#define nb_table_end() nb__table_end(NB__HERE)

NB_DEF void nb__table_begin(nb__place at, const char *name, const char *caption,
                            const char *const *headings, size_t n)
{
    nb__must_be_here(at, "nb_table");
    if (!n) nb__die(at, "table '%s' has no columns", name);
    nb__the.table = (nb__table){.name = nb__checked_name(at, name), .place = at, .columns = n,
                                .caption = nb__copy(caption, strlen(caption))};
    for (size_t i = 0; i < n; i++)
        arrput(nb__the.table.cells, nb__copy(headings[i], strlen(headings[i])));
}

NB__PRINTF(2, 3) NB_DEF void nb__table_cell(nb__place at, const char *format, ...)
{
    NB__FORMATTED(text, format);
    if (!nb__the.table.name) nb__die(at, "nb_cell outside of a table");
    arrput(nb__the.table.cells, text);
}

static size_t nb__rows(const nb__table *t) { return arrlenu(t->cells) / t->columns; }

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
    if (!nb__is_digit(*p) && *p != '.') return false;
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
    nb__puts(csv, quote);
    for (const char *p = text; *p; p++) {
        if (*p == '"') nb__putc(csv, '"');
        nb__putc(csv, *p);
    }
    nb__puts(csv, quote);
}

// RFC 4180, but lines end in LF.
static void nb__table_csv(const nb__table *t)
{
    char *csv = NULL;
    for (size_t row = 0; row < nb__rows(t); row++) {
        const char *comma = "";
        for (size_t i = 0; i < t->columns; i++) {
            if (t->cells[i][0] == '+') continue;
            nb__puts(&csv, comma), comma = ",";
            nb__csv_field(&csv, nb__cell_text(t, row, i));
        }
        nb__putc(&csv, '\n');
    }
    csv = nb__keep(csv);
    nb__write(nb__format("%s/tables/%s.csv", nb.out, t->name), csv, strlen(csv));
}

// Lists such as Comedy|Romance and [3.8,3.9] may be broken after each of their elements.
static const char *nb__cell_html(const char *text)
{
    char *html = NULL;
    for (const char *p = text; *p; p++) {
        nb__put_escaped(&html, p, 1);
        if (*p == '|' || (*text == '[' && *p == ',')) nb__puts(&html, "<wbr>");
    }
    return nb__keep(html);
}

static const char *nb__table_html(const nb__table *t, const char *label)
{
    const char *caption = nb_escaped(t->caption);
    char *html = NULL;
    nb__putf(&html, "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
                    "<table id=\"table-%s\">\n<caption><span><b>%s.</b> %s</span></caption>\n"
                    "<thead>\n", caption, t->name, label, caption);
    for (size_t row = 0; row < nb__rows(t); row++) {
        nb__puts(&html, "<tr>");
        for (size_t i = 0; i < t->columns; i++)
            nb__putf(&html, "<%s%s>%s</%s>", row ? "td" : "th scope=\"col\"",
                     t->numeric[i] ? " class=\"n\"" : "", nb__cell_html(nb__cell_text(t, row, i)),
                     row ? "td" : "th");
        nb__puts(&html, row ? "</tr>\n" : "</tr>\n</thead>\n<tbody>\n");
    }
    nb__puts(&html, "</tbody>\n</table>\n</div>\n");
    return nb__keep(html);
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

// One word of each heading a line, so that a column is no wider than it must be.
static void nb__say_headings(const nb__table *t, const size_t *columns)
{
    const char **rest = NULL;
    for (size_t i = 0; i < arrlenu(columns); i++) arrput(rest, nb__cell_text(t, 0, columns[i]));
    for (bool more = true; more;) {
        char *line = NULL;
        more = false;
        for (size_t i = 0; i < arrlenu(columns); i++) {
            size_t n = strcspn(rest[i], " ");
            nb__fit(&line, rest[i], n, t->width[columns[i]], t->numeric[columns[i]]);
            nb__puts(&line, "  ");
            rest[i] += n + strspn(rest[i] + n, " ");
            more |= *rest[i] != 0;
        }
        nb__say_line(&line);
    }
    arrfree(rest);
}

static void nb__say_columns(const nb__table *t, const size_t *columns)
{
    nb__say_headings(t, columns);
    for (size_t row = 1; row < nb__rows(t); row++) {
        char *line = NULL;
        for (size_t i = 0; i < arrlenu(columns); i++) {
            const char *text = nb__cell_text(t, row, columns[i]);
            nb__fit(&line, text, strlen(text), t->width[columns[i]], t->numeric[columns[i]]);
            nb__puts(&line, "  ");
        }
        nb__say_line(&line);
    }
    nb__say_blank();
}

// A table that is still too wide comes in blocks of columns, each with the first column before it.
static void nb__say_table(const nb__table *t, const char *label)
{
    nb__shrink(t);
    nb__say_wrapped(nb__format("%s. ", label), t->caption);
    nb__say_blank();
    size_t *block = NULL, next = 1;
    do {
        int total = t->width[0];
        arrput(block, 0);
        for (; next < t->columns; next++) {
            total += 2 + t->width[next];
            if (total > NB__WIDTH && arrlen(block) > 1) break;
            arrput(block, next);
        }
        nb__say_columns(t, block);
        arrsetlen(block, 0);
    } while (next < t->columns);
    arrfree(block);
}

NB_DEF void nb__table_end(nb__place at)
{
    nb__table *t = &nb__the.table;
    if (!t->name) nb__die(at, "nb_table_end without nb_table");
    size_t cells = arrlenu(t->cells) - t->columns;
    if (cells % t->columns)
        nb__die(at, "table '%s' has %zu cells, which don't fill rows of %zu", t->name, cells,
                t->columns);
    for (size_t i = 0; i < t->columns; i++) {
        arrput(t->numeric, nb__is_numeric(t, i));
        arrput(t->width, nb__column_width(t, i));
    }
    const char *label = nb__add_label(t->place, "table", t->name, ++nb__the.tables);
    nb__tell_until(t->place.line);
    nb__say_table(t, label);
    nb__table_csv(t);
    nb__show(NB__TABLE, t->place, nb__table_html(t, label));
    arrfree(t->cells), arrfree(t->numeric), arrfree(t->width);
    t->name = NULL;
}

// ---- 10 plots and figures ----------------------------------------------------------------------

#define nb_plot(name, caption, alt) nb__plot_begin(NB__HERE, name, caption, alt)
#define nb_plot_data(...) nb__plot_add(NB__HERE, __VA_ARGS__)
#define nb_plot_end(script) nb__plot_end(NB__HERE, script)
#define nb_figure(name, caption, alt, svg) nb__draw(NB__HERE, name, caption, alt, svg)

// Colours are fixed in a drawing's own file, and variables of the style sheet in the page, where
// they must be right on white and on black.
static const char *const nb__colours[][2] = {
    {"'black'", "'currentColor'"},
    {"\"black\"", "\"currentColor\""},
    {"'white'", "'var(--paper)'"},
    {"\"white\"", "\"var(--paper)\""},
    {"'gray'", "'var(--line)'"},
    {"\"gray\"", "\"var(--line)\""},
    {"rgb(  0, 114, 178)", "var(--series-1)"},
    {"rgb(213,  94,   0)", "var(--series-2)"},
    {"rgb(  0, 158, 115)", "var(--series-3)"},
    {"rgb(204, 121, 167)", "var(--series-4)"},
    {"rgb(140, 110,   0)", "var(--series-5)"},
    {"rgb(110, 110, 110)", "var(--series-6)"},
};

static const char nb__gnuplot_style[] =
    "set encoding utf8\nset border 3\nset tics nomirror\nset key above left reverse Left\n"
    "set linetype 1 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#0072b2'\n"
    "set linetype 2 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#d55e00'\n"
    "set linetype 3 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#009e73'\n"
    "set linetype 4 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#cc79a7'\n"
    "set linetype 5 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#8c6e00'\n"
    "set linetype 6 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#6e6e6e'\n";

// Copies one piece of a drawing to the page and returns what follows it.
static const char *nb__inline_piece(char **html, const char *p, const char *name)
{
    static const char *const ids[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (!nb__starts(p, ids[i])) continue;
        nb__putf(html, "%splot-%s-", ids[i], name); // each drawing of a page needs ids of its own
        return p + strlen(ids[i]);
    }
    for (size_t i = 0; i < sizeof nb__colours / sizeof *nb__colours; i++) {
        if (!nb__starts(p, nb__colours[i][0])) continue;
        nb__puts(html, nb__colours[i][1]);
        return p + strlen(nb__colours[i][0]);
    }
    nb__putc(html, *p);
    return p + 1;
}

static const char *nb__inline_svg(nb__place at, const char *svg, const char *name, const char *alt)
{
    char *html = NULL;
    const char *p = strstr(svg, "<svg");
    if (!p) nb__die(at, "figure '%s' is no SVG: it has no <svg", name);
    nb__putf(&html, "<div class=\"drawing\">\n<svg role=\"img\" aria-label=\"%s\"",
             nb_escaped(alt));
    for (p += strlen("<svg"); *p;) p = nb__inline_piece(&html, p, name);
    nb__puts(&html, "</div>");
    return nb__keep(html);
}

// Returns "Figure 4.1".
static const char *nb__begin_figure(nb__place at, const char *name, const char *caption,
                                    const char *alt)
{
    nb__tell_until(at.line);
    const char *label = nb__add_label(at, "figure", name, ++nb__the.figures);
    nb__say_wrapped(nb__format("%s. ", label), caption);
    nb__say_wrapped("    ", alt);
    nb__say_blank();
    return label;
}

// `inside` is HTML.
static void nb__end_figure(nb__place at, const char *name, const char *label, const char *caption,
                           const char *inside)
{
    nb__show(NB__FIGURE, at,
             nb__format("<figure id=\"figure-%s\">\n%s\n<figcaption><b>%s.</b> %s</figcaption>\n"
                        "</figure>\n", name, inside, label, nb_escaped(caption)));
}

NB__PRINTF(2, 3) NB_DEF void nb_append(char **svg, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    nb__vputf(svg, format, args);
    va_end(args);
}

static const char *nb__plot_path(const char *name, const char *extension)
{
    return nb__format("%s/plots/%s.%s", nb.out, name, extension);
}

NB_DEF void nb__draw(nb__place at, const char *name, const char *caption, const char *alt,
                     const char *svg)
{
    nb__must_be_here(at, "nb_figure");
    const char *label = nb__begin_figure(at, nb__checked_name(at, name), caption, alt);
    nb__write(nb__plot_path(name, "svg"), svg, strlen(svg));
    nb__end_figure(at, name, label, caption, nb__inline_svg(at, svg, name, alt));
}

NB_DEF void nb__plot_begin(nb__place at, const char *name, const char *caption, const char *alt)
{
    nb__must_be_here(at, "nb_plot");
    nb__the.plot = (nb__plot){nb__checked_name(at, name), at, nb__copy(caption, strlen(caption)),
                              nb__copy(alt, strlen(alt)), NULL};
}

NB__PRINTF(2, 3) NB_DEF void nb__plot_add(nb__place at, const char *format, ...)
{
    NB__FORMATTED(text, format);
    if (!nb__the.plot.name) nb__die(at, "nb_plot_data outside of a plot");
    nb__puts(&nb__the.plot.data, text);
}

static bool nb__has_gnuplot(void)
{
    static int known = -1;
    if (known < 0) known = system("command -v gnuplot >/dev/null 2>&1") == 0;
    return known == 1;
}

static void nb__feed_gnuplot(FILE *gnuplot, const char *setup, const char *result,
                             const char *script)
{
    fprintf(gnuplot, "%s%s\nset output '", nb__gnuplot_style, setup);
    for (const char *p = result; *p; p++) fprintf(gnuplot, *p == '\'' ? "''" : "%c", *p);
    fprintf(gnuplot, "'\n$data << END_OF_DATA\n%s\nEND_OF_DATA\n%s\n", nb__the.plot.data, script);
}

// What gnuplot draws: it reads its commands from a pipe, and draws into a file.
static char *nb__gnuplot(nb__place at, const char *setup, const char *script)
{
    const char *result = nb__plot_path(nb__the.plot.name, nb__format("%ld.tmp", (long)getpid()));
    void (*before)(int) = signal(SIGPIPE, SIG_IGN); // it may give up in mid-sentence
    FILE *gnuplot = popen("LC_ALL=C.UTF-8 gnuplot", "w");
    if (gnuplot) nb__feed_gnuplot(gnuplot, setup, result, script);
    int status = gnuplot ? pclose(gnuplot) : -1;
    signal(SIGPIPE, before);
    char *drawing = nb__read(result);
    remove(result);
    if (status || !drawing) nb__die(at, "gnuplot can't draw plot '%s'", nb__the.plot.name);
    return drawing;
}

// Removes all that stands between two marks, and the marks.
static void nb__cut_out(char *text, const char *first, const char *last)
{
    for (char *from = text, *to; (from = strstr(from, first)) && (to = strstr(from, last));)
        memmove(from, to + strlen(last), strlen(to) - strlen(last) + 1);
}

// Without what gnuplot says of itself: its version isn't the same everywhere, and its titles are
// names such as gnuplot_plot_1.
static const char *nb__plot_svg(nb__place at, const char *script)
{
    char *svg = nb__gnuplot(at, "set terminal svg size 720,400 dynamic noenhanced "
                                "font 'sans-serif,14'\nset grid linecolor rgb 'gray'", script);
    nb__cut_out(svg, "<title>", "</title>");
    nb__cut_out(svg, "<desc>", "</desc>");
    return svg;
}

static void nb__say_plot(nb__place at, const char *script)
{
    if (nb.quiet) return;
    const char *text = nb__gnuplot(at, "set terminal dumb noenhanced size 78,20", script);
    nb__say(text + strspn(text, "\f\n"));
    nb__say_blank();
}

// Without gnuplot the reader gets the numbers themselves.
static const char *nb__data_as_table(const char *data)
{
    char *html = NULL;
    nb__puts(&html, "<p>This plot needs gnuplot, which isn't installed here. Its data:</p>\n"
                    "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Data\">\n"
                    "<table>\n");
    for (const char *p = data; *p; p += *p == '\n') {
        nb__puts(&html, "<tr>");
        for (size_t n; (n = strcspn(p += strspn(p, " \t"), " \t\n")) > 0; p += n)
            nb__putf(&html, "<td class=\"n\">%s</td>", nb_escaped(nb__copy(p, n)));
        nb__puts(&html, "</tr>\n");
    }
    nb__puts(&html, "</table>\n</div>");
    return nb__keep(html);
}

NB_DEF void nb__plot_end(nb__place at, const char *script)
{
    nb__plot *p = &nb__the.plot;
    if (!p->name) nb__die(at, "nb_plot_end without nb_plot");
    p->data = nb__keep(p->data);
    const char *label = nb__begin_figure(p->place, p->name, p->caption, p->alt);
    nb__write(nb__plot_path(p->name, "dat"), p->data, strlen(p->data));
    const char *inside;
    if (nb__has_gnuplot()) {
        const char *svg = nb__plot_svg(at, script);
        nb__write(nb__plot_path(p->name, "svg"), svg, strlen(svg));
        inside = nb__inline_svg(at, svg, p->name, p->alt);
        nb__say_plot(at, script);
    } else {
        inside = nb__data_as_table(p->data);
        nb__say(p->data);
        nb__say_blank();
    }
    nb__end_figure(p->place, p->name, label, p->caption, inside);
    p->name = NULL;
}

// ---- 11 heat maps ------------------------------------------------------------------------------

#define nb_heatmap(name, caption, alt, rows, cols, values, row_labels, col_labels)                 \
    nb__heat(NB__HERE, name, caption, alt,                                                         \
             (nb__grid){(int)(rows), (int)(cols), values, row_labels, col_labels, 0, 0})

typedef struct {
    int rows, cols;
    const double *values;
    const char *const *row_labels, *const *col_labels;
    double low, high;
} nb__grid;

static void nb__heat_range(nb__grid *g)
{
    g->low = INFINITY, g->high = -INFINITY;
    for (int i = 0; i < g->rows * g->cols; i++) {
        if (!isfinite(g->values[i])) continue;
        if (g->values[i] < g->low) g->low = g->values[i];
        if (g->values[i] > g->high) g->high = g->values[i];
    }
    if (g->low > g->high) g->low = g->high = 0;
}

// 0 for the lowest value, 1 for the highest.
static double nb__heat_level(const nb__grid *g, int row, int col)
{
    double range = g->high - g->low, above = g->values[row * g->cols + col] - g->low;
    return range > 0 ? above / range : above + 0.5;
}

// Dark blue to yellow by even steps of brightness, so that it reads right in grey as well; what
// isn't finite is grey.
static void nb__heat_colour(double level, unsigned char rgb[3])
{
    static const double stops[9][3] = {
        {68, 1, 84},    {71, 44, 122},  {59, 81, 139},  {44, 113, 142}, {33, 144, 141},
        {39, 173, 129}, {92, 200, 99}, {170, 220, 50}, {253, 231, 37}};
    int i = level < 1 ? (int)(8 * level) : 7;
    for (int c = 0; c < 3; c++) {
        double step = stops[i + 1][c] - stops[i][c];
        rgb[c] = (unsigned char)(stops[i][c] + (8 * level - i) * step + 0.5);
    }
}

static void nb__append_png(void *png, void *bytes, int n)
{
    nb__add((char **)png, (const char *)bytes, (size_t)n);
}

// Each value is a square of pixels.
static char *nb__heat_png(const nb__grid *g)
{
    int side = g->cols < 20 ? 24 : g->cols < 60 ? 12 : g->cols < 200 ? 4 : 1;
    int width = g->cols * side, height = g->rows * side;
    size_t n = (size_t)width * (size_t)height * 3;
    unsigned char *pixels = NULL, *pixel = arraddnptr(pixels, n);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++, pixel += 3) {
            double level = nb__heat_level(g, y / side, x / side);
            if (isfinite(level)) nb__heat_colour(level, pixel);
            else memset(pixel, 128, 3);
        }
    }
    char *png = NULL;
    stbi_write_png_to_func(nb__append_png, &png, width, height, 3, pixels, 3 * width);
    arrfree(pixels);
    return nb__keep(png);
}

static const char *nb__base64(const char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = NULL;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t word = 0;
        for (size_t k = 0; k < 3; k++)
            word = word << 8 | (i + k < n ? (unsigned char)bytes[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            nb__putc(&text, i + k > n ? '=' : digits[word >> (18 - 6 * k) & 63]);
    }
    return nb__keep(text);
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

static const char *nb__heat_shade(double level)
{
    static const char *const shades[] = {"·", "░", "▒", "▓", "█"};
    return !isfinite(level) ? "?" : shades[level < 1 ? (int)(5 * level) : 4];
}

// A row of labels or, without them, of shades; `side` columns are left for what stands before.
static void nb__say_heat_row(const nb__grid *g, int row, const char *label, int side, int each)
{
    char *line = NULL;
    nb__fit(&line, label, strlen(label), side, true);
    nb__putc(&line, ' ');
    for (int col = 0; col < g->cols; col++) {
        const char *text = row < 0 ? g->col_labels[col] : "";
        if (row < 0) nb__fit(&line, text, strlen(text), each, false);
        for (int i = 0; row >= 0 && i < each; i++)
            nb__puts(&line, nb__heat_shade(nb__heat_level(g, row, col)));
    }
    nb__say_line(&line);
}

// In five shades. Without colours, which not every terminal has.
static void nb__say_heat(const nb__grid *g)
{
    int side = nb__widest(g->row_labels, g->rows), each = nb__widest(g->col_labels, g->cols) + 1;
    bool labelled = each > 1 && side + 1 + g->cols * each <= NB__WIDTH;
    if (!labelled) each = side + 1 + 2 * g->cols <= NB__WIDTH ? 2 : 1;
    if (side + 1 + g->cols * each > NB__WIDTH) return; // only the page is wide enough
    if (labelled) nb__say_heat_row(g, -1, "", side, each);
    for (int row = 0; row < g->rows; row++)
        nb__say_heat_row(g, row, g->row_labels ? g->row_labels[row] : "", side, each);
    nb__say(nb__format("%*s %.3g ·░▒▓█ %.3g\n", side, "", g->low, g->high));
    nb__say_blank();
}

static const char *nb__heat_labels(const char *side, const char *const *labels, int n)
{
    char *html = NULL;
    if (!labels) return "";
    nb__putf(&html, "<ol class=\"%s\">", side);
    for (int i = 0; i < n; i++) nb__putf(&html, "<li>%s</li>", nb_escaped(labels[i]));
    nb__puts(&html, "</ol>\n");
    return nb__keep(html);
}

NB_DEF void nb__heat(nb__place at, const char *name, const char *caption, const char *alt,
                     nb__grid g)
{
    nb__must_be_here(at, "nb_heatmap");
    if (g.rows < 1 || g.cols < 1) nb__die(at, "heat map '%s' is empty", name);
    nb__heat_range(&g);
    const char *label = nb__begin_figure(at, nb__checked_name(at, name), caption, alt);
    nb__say_heat(&g);
    const char *png = nb__heat_png(&g);
    nb__write(nb__plot_path(name, "png"), png, arrlenu(png));
    nb__end_figure(at, name, label, caption,
                   nb__format("<div class=\"heat\">\n%s%s<img alt=\"%s\" "
                              "src=\"data:image/png;base64,%s\">\n<p class=\"scale\">%.3g "
                              "<span class=\"ramp\">&nbsp;</span> %.3g</p>\n</div>",
                              nb__heat_labels("cols", g.col_labels, g.cols),
                              nb__heat_labels("rows", g.row_labels, g.rows), nb_escaped(alt),
                              nb__base64(png, arrlenu(png)), g.low, g.high));
}

// ---- 12 while you wait -------------------------------------------------------------------------

// Redrawn in place, for eyes only: nothing of it is left behind, in a file least of all.
NB_DEF void nb_status(const char *text)
{
    if (!isatty(STDERR_FILENO)) return;
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

// ---- 13 mathematics ----------------------------------------------------------------------------
//
// A little TeX becomes MathML, which browsers set without any script. One function for each rule:
//
//     row    = { script }
//     script = atom { ("^" | "_") group }
//     group  = "{" row "}" | atom
//     atom   = letter | number | operator | group | "\" command

static const char nb__tex_letters[] =
    " alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ kappa κ lambda λ "
    "mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ "
    "Theta Θ Lambda Λ Sigma Σ Phi Φ Psi Ψ Omega Ω ell ℓ partial ∂ nabla ∇ infty ∞ top ⊤ ";
static const char nb__tex_operators[] =
    " sum ∑ prod ∏ cdot ⋅ times × odot ⊙ pm ± le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ in ∈ to → "
    "rightarrow → leftarrow ← gets ← mapsto ↦ sim ∼ ll ≪ gg ≫ mid ∣ ldots … dots … cdots ⋯ % % "
    "pluseq += minuseq -= ";
static const char nb__tex_brackets[] =
    " lVert ‖ rVert ‖ | ‖ lvert | rvert | { { } } langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ "
    "rceil ⌉ ";
static const char nb__tex_functions[] =
    " max max min min log log exp exp ln ln cos cos sin sin tanh tanh ";
static const char nb__tex_accents[] = " hat ^ bar ¯ tilde ~ vec → overline ¯ ";
static const char nb__tex_spaces[] = " quad 1em qquad 2em , 0.17em ; 0.28em ! -0.17em ";
static const char nb__tex_above_and_below[] = " sum 1 prod 1 max 1 min 1 ";

typedef struct {
    const char *at, *whole;
    bool display; // on a line of its own
    const nb__part *part;
} nb__tex;

static void nb__tex_row(nb__tex *t, char **out);
static void nb__tex_group(nb__tex *t, char **out);

NB__NORETURN static void nb__tex_fail(const nb__tex *t, const char *piece, const char *what)
{
    nb__die(nb__find_in(t->part, piece), "%s in the formula $%s$", what, t->whole);
}

static void nb__tex_need(nb__tex *t, char c)
{
    if (*t->at != c) nb__tex_fail(t, t->whole, nb__format("no %c where one should be", c));
    t->at++;
}

// The name after a backslash: letters, or one other character.
static const char *nb__tex_name(nb__tex *t)
{
    size_t n = 0;
    while (nb__is_letter(t->at[n])) n++;
    if (!n && *t->at) n = 1;
    t->at += n;
    return nb__copy(t->at - n, n);
}

// \left( row \right): brackets that grow; a point is no bracket.
static void nb__tex_fenced(nb__tex *t, char **out)
{
    for (int side = 0; side < 2; side++) {
        if (side && !nb__starts(t->at, "\\right")) nb__tex_fail(t, t->whole, "no \\right");
        if (side) t->at += strlen("\\right");
        const char *bracket = *t->at ? nb__copy(t->at, 1) : ".";
        t->at += *t->at != 0;
        if (*bracket == '\\') bracket = nb__look_up(nb__tex_brackets, nb__tex_name(t));
        if (!bracket) nb__tex_fail(t, t->whole, "no such bracket");
        if (*bracket != '.') nb__putf(out, "<mo stretchy=\"true\">%s</mo>", bracket);
        if (!side) nb__tex_row(t, out);
    }
}

// The argument of \text and its like: letters as they stand.
static const char *nb__tex_letters_of(nb__tex *t)
{
    nb__tex_need(t, '{');
    const char *letters = nb__copy(t->at, strcspn(t->at, "}"));
    t->at += strlen(letters);
    nb__tex_need(t, '}');
    return nb_escaped(letters);
}

// A tag around so many groups, and what else it holds.
static void nb__tex_tag(nb__tex *t, char **out, const char *tag, int groups, const char *more)
{
    nb__putf(out, "<%s>", tag);
    while (groups--) nb__tex_group(t, out);
    nb__putf(out, "%s</%s>", more, tag);
}

static void nb__tex_command(nb__tex *t, char **out, const char *name)
{
    const char *is;
    if ((is = nb__look_up(nb__tex_letters, name)) || (is = nb__look_up(nb__tex_functions, name)))
        nb__putf(out, "<mi>%s</mi>", is);
    else if ((is = nb__look_up(nb__tex_operators, name)))
        nb__putf(out, "<mo>%s</mo>", is);
    else if ((is = nb__look_up(nb__tex_brackets, name)))
        nb__putf(out, "<mo stretchy=\"false\">%s</mo>", is);
    else if ((is = nb__look_up(nb__tex_spaces, name)))
        nb__putf(out, "<mspace width=\"%s\"/>", is);
    else if ((is = nb__look_up(nb__tex_accents, name)))
        nb__tex_tag(t, out, "mover", 1, nb__format("<mo stretchy=\"false\">%s</mo>", is));
    else if (!strcmp(name, "frac"))
        nb__tex_tag(t, out, "mfrac", 2, "");
    else if (!strcmp(name, "sqrt"))
        nb__tex_tag(t, out, "msqrt", 1, "");
    else if (!strcmp(name, "left"))
        nb__puts(out, "<mrow>"), nb__tex_fenced(t, out), nb__puts(out, "</mrow>");
    else if (!strcmp(name, "text"))
        nb__putf(out, "<mtext>%s</mtext>", nb__tex_letters_of(t));
    else if (!strcmp(name, "mathrm") || !strcmp(name, "operatorname"))
        nb__putf(out, "<mi mathvariant=\"normal\">%s</mi>", nb__tex_letters_of(t));
    else if (!strcmp(name, "mathbf"))
        nb__putf(out, "<mi mathvariant=\"normal\" class=\"bold\">%s</mi>", nb__tex_letters_of(t));
    else
        nb__tex_fail(t, nb__format("\\%s", name), nb__format("unknown command \\%s", name));
}

static void nb__tex_operator(nb__tex *t, char **out)
{
    const char *p = t->at++, *before = p;
    while (before > t->whole && before[-1] == ' ') before--;
    bool sign = before == t->whole || strchr("([{=,<>|", before[-1]); // of a number, no difference
    if (*p == '-') nb__putf(out, "<mo%s>−</mo>", sign ? " form=\"prefix\"" : "");
    else if (*p == '\'') nb__puts(out, "<mo>′</mo>");
    else if (strchr("()[]|", *p)) nb__putf(out, "<mo stretchy=\"false\">%c</mo>", *p);
    else nb__putf(out, "<mo>%s</mo>", nb_escaped(nb__copy(p, 1)));
}

// Returns the name of a command, else NULL.
static const char *nb__tex_atom(nb__tex *t, char **out)
{
    t->at += strspn(t->at, " \n");
    const char *from = t->at;
    if (*from == '\\') {
        t->at++;
        const char *name = nb__tex_name(t);
        nb__tex_command(t, out, name);
        return name;
    }
    if (nb__is_digit(*from)) {
        while (nb__is_digit(*t->at) || ((*t->at == '.' || *t->at == ',') && nb__is_digit(t->at[1])))
            t->at++;
        nb__putf(out, "<mn>%.*s</mn>", (int)(t->at - from), from);
    } else if (nb__is_letter(*from) || (unsigned char)*from >= 0x80) {
        nb__code_point(&t->at);
        nb__putf(out, "<mi>%.*s</mi>", (int)(t->at - from), from);
    } else if (*from == '{') {
        nb__tex_group(t, out);
    } else if (!*from || strchr("}^_&", *from)) {
        nb__tex_fail(t, t->whole, "something is missing");
    } else {
        nb__tex_operator(t, out);
    }
    return NULL;
}

static void nb__tex_group(nb__tex *t, char **out)
{
    t->at += strspn(t->at, " \n");
    if (*t->at != '{') {
        nb__tex_atom(t, out);
        return;
    }
    t->at++;
    nb__puts(out, "<mrow>");
    nb__tex_row(t, out);
    nb__puts(out, "</mrow>");
    nb__tex_need(t, '}');
}

static void nb__tex_script(nb__tex *t, char **out)
{
    char *base = NULL, *low = NULL, *high = NULL;
    const char *name = nb__tex_atom(t, &base);
    bool limits = name && t->display && nb__look_up(nb__tex_above_and_below, name);
    while (*t->at == '^' || *t->at == '_') {
        char **script = *t->at++ == '^' ? &high : &low;
        if (*script) nb__tex_fail(t, t->whole, "a second index at the same place");
        nb__tex_group(t, script);
    }
    const char *tag = low && high ? (limits ? "munderover" : "msubsup")
                      : low       ? (limits ? "munder" : "msub")
                      : high      ? (limits ? "mover" : "msup")
                                  : NULL;
    if (tag) nb__putf(out, "<%s>%s%s%s</%s>", tag, base, low ? low : "", high ? high : "", tag);
    else nb__puts(out, base);
    if (name && nb__look_up(nb__tex_functions, name)) nb__puts(out, "<mspace width=\"0.17em\"/>");
    arrfree(base), arrfree(low), arrfree(high);
}

static void nb__tex_row(nb__tex *t, char **out)
{
    for (;;) {
        t->at += strspn(t->at, " \n");
        bool right = nb__starts(t->at, "\\right") && !nb__is_letter(t->at[strlen("\\right")]);
        if (!*t->at || *t->at == '}' || right) return;
        nb__tex_script(t, out);
    }
}

static void nb__put_tex(char **out, const char *tex, bool display, const nb__part *part)
{
    nb__tex t = {tex, tex, display, part};
    nb__puts(out, "<mrow>");
    nb__tex_row(&t, out);
    if (*t.at) nb__tex_fail(&t, tex, "a } or \\right too many");
    nb__puts(out, "</mrow>");
}

static void nb__put_mathml(char **out, const char *tex, bool display, const nb__part *part)
{
    nb__puts(out, display ? "<math display=\"block\">" : "<math>");
    nb__put_tex(out, tex, display, part);
    nb__puts(out, "</math>");
}

// ---- 14 C in colour ----------------------------------------------------------------------------
//
// Names of twotower.h and marks of its sections, such as §7, are links to the book, which
// lessons/book.c weaves.

static const char *nb__book = "book.html"; // "" within the book

// A section that is mentioned at p: puts a link to its chapter, and returns the mention's length.
static size_t nb__put_section_ref(char **html, const char *p)
{
    size_t mark = strlen("§"), digits = nb__starts(p, "§") ? strspn(p + mark, "0123456789") : 0;
    if (!digits) return 0;
    nb__putf(html, "<a class=\"section-ref\" href=\"%s#s%.*s\">§%.*s</a>", nb__book, (int)digits,
             p + mark, (int)digits, p + mark);
    return mark + digits;
}

static bool nb__is_library_name(const char *name)
{
    return nb__starts(name, "tt_") || nb__starts(name, "TT_");
}

static const char *nb__link_to_book(const char *name, int line)
{
    bool is_public = nb__is_library_name(name) && !nb__starts(name + 2, "__");
    return line && is_public ? nb__format("href=\"book.html#%s\"", name) : NULL;
}

// The attributes of the <a> around a name on a line of code, or NULL; in a comment line is 0.
static const char *(*nb__link)(const char *name, int line) = nb__link_to_book;

static size_t nb__name_length(const char *p)
{
    size_t n = 0;
    while (nb__is_name(p[n])) n++;
    return n;
}

// The class of a name: k keyword, t type, f function of this project, or NULL.
static const char *nb__name_class(const char *name, char next)
{
    static const char words[] =
        " auto k break k case k const k continue k default k do k else k enum k extern k for k "
        "goto k if k inline k return k sizeof k static k struct k switch k typedef k union k "
        "volatile k while k bool t char t double t float t int t long t short t signed t "
        "unsigned t void t FILE t ";
    const char *class = nb__look_up(words, name);
    size_t n = strlen(name);
    if (class) return class;
    if (n > 2 && !strcmp(name + n - 2, "_t")) return "t";
    bool ours = nb__starts(name, "tt_") || nb__starts(name, "nb_") || nb__starts(name, "ml_");
    return !ours ? NULL : next == '(' ? "f" : "t";
}

// The end of a string or character, or of its line.
static const char *nb__skip_quoted(const char *p)
{
    char quote = *p++;
    while (*p && *p != quote && *p != '\n') p += *p == '\\' && p[1] ? 2 : 1;
    return p + (*p == quote);
}

// The end of a directive: of the line that its last backslash continues, or where a comment begins.
static const char *nb__skip_directive(const char *p)
{
    for (; *p && *p != '\n' && !nb__starts(p, "//") && !nb__starts(p, "/*"); p++)
        if (nb__starts(p, "\\\n")) p++;
    return p;
}

static const char *nb__skip_number(const char *p)
{
    while (nb__is_name(*p) || *p == '.' || ((*p == '+' || *p == '-') && strchr("eEpP", p[-1]))) p++;
    return p;
}

// The end of the token at p, and its class: c comment, p preprocessor, s string, n number, ...
static const char *nb__token(const char *p, bool line_start, const char **class)
{
    const char *from = p, *end;
    *class = NULL;
    if (nb__starts(p, "//")) return *class = "c", p + strcspn(p, "\n");
    if (nb__starts(p, "/*"))
        return *class = "c", (end = strstr(p, "*/")) ? end + 2 : p + strlen(p);
    if (*p == '#' && line_start) return *class = "p", nb__skip_directive(p);
    if (*p == '"' || *p == '\'') return *class = "s", nb__skip_quoted(p);
    if (nb__is_digit(*p)) return *class = "n", nb__skip_number(p);
    if (!nb__is_name(*p)) return p + 1;
    while (nb__is_name(*p)) p++;
    *class = nb__name_class(nb__copy(from, (size_t)(p - from)), *p);
    return p;
}

static void nb__put_name(char **html, const char *p, size_t n, const char *class, int line)
{
    const char *name = nb__copy(p, n), *link = nb__link(name, line);
    const char *style = class ? nb__format(" class=\"%s\"", class) : "";
    if (link) nb__putf(html, "<a%s %s>%s</a>", style, link, name);
    else if (class) nb__putf(html, "<span%s>%s</span>", style, name);
    else nb__puts(html, name);
}

// What may have names and marks of sections in it: a directive or a comment.
static void nb__put_mixed(char **html, const char *p, size_t n, int line)
{
    for (const char *end = p + n; p < end; p += n) {
        if ((n = nb__name_length(p))) nb__put_name(html, p, n, NULL, line);
        else if (!(n = nb__put_section_ref(html, p))) nb__put_escaped(html, p, n = 1);
    }
}

// A token, or as much of it as is on one line.
static void nb__put_token(char **html, const char *p, size_t n, const char *class, int line)
{
    bool comment = class && *class == 'c', directive = class && *class == 'p';
    if (!n) return;
    if (nb__name_length(p) == n && !comment && !directive) {
        nb__put_name(html, p, n, class, line);
        return;
    }
    if (class) nb__putf(html, "<span class=\"%s\">", class);
    if (comment || directive) nb__put_mixed(html, p, n, comment ? 0 : line);
    else nb__put_escaped(html, p, n);
    if (class) nb__puts(html, "</span>");
}

static void nb__put_tokens(char **html, const char *code, int line)
{
    bool line_start = true;
    for (const char *p = code; *p;) {
        const char *class, *end = nb__token(p, line_start, &class);
        line_start = *p == '\n' || (line_start && strchr(" \t", *p));
        while (p < end) { // a token may hold several lines
            size_t n = strcspn(p, "\n");
            if (n > (size_t)(end - p)) n = (size_t)(end - p);
            nb__put_token(html, p, n, class, line);
            if (p + n < end) nb__puts(html, "\n");
            if (p + n < end && line) nb__putf(html, "<b id=\"L%d\"></b>", ++line);
            p += n + (p + n < end);
        }
    }
}

// The style sheet draws the number of a line before its <b>, so that nobody copies it.
static void nb__put_code(char **html, const char *code, int line)
{
    nb__putf(html, "<div class=\"listing\">\n<pre class=\"code\" tabindex=\"0\" "
                   "style=\"counter-reset: line %d\"><code><b id=\"L%d\"></b>", line - 1, line);
    nb__put_tokens(html, code, line);
    nb__puts(html, "</code></pre>\n</div>\n");
}

// ---- 15 prose in the page ----------------------------------------------------------------------
//
// md4c makes HTML of the Markdown. What it doesn't know is added to that: {{values}}, references,
// headings with ids, mathematics, margin notes, marks of sections, and links to lessons.

static void nb__append_html(const MD_CHAR *bytes, MD_SIZE n, void *html)
{
    nb__add((char **)html, bytes, n);
}

static const char *nb__markdown(const nb__part *part)
{
    char *raw = NULL, *html = NULL;
    unsigned flags = MD_FLAG_TABLES | MD_FLAG_LATEXMATHSPANS | MD_FLAG_NOHTML;
    if (md_html(part->text, (MD_SIZE)strlen(part->text), nb__append_html, &raw, flags, 0))
        nb__die(nb__line(part->first), "md4c can't read this Markdown");
    size_t length;
    for (const char *p = nb__keep(raw); *p; p += length ? length : 1) {
        const char *id = nb__find_reference(p, &length);
        const char *value = id ? nb__label_of(id) : nb__find_value(p, &length);
        if (!length) nb__putc(&html, *p);
        else if (id && value) nb__putf(&html, "<a href=\"#%s\">%s</a>", id, value);
        else if (value) nb__puts(&html, nb_escaped(value));
        else {
            const char *piece = nb__copy(p, length);
            nb__die(nb__find_in(part, piece), "%s %s", id ? "there is no" : "no nb_value defines",
                    piece);
        }
    }
    return nb__keep(html);
}

// HTML as plain text.
static const char *nb__without_tags(const char *html)
{
    static const char entities[] = " &amp; & &lt; < &gt; > &quot; \" ";
    char *text = NULL;
    for (const char *p = html; *p; p++) {
        size_t n = strcspn(p, ";") + 1;
        const char *is = *p == '&' && n < 7 ? nb__look_up(entities, nb__copy(p, n)) : NULL;
        if (is) nb__puts(&text, is), p += n - 1;
        else if (*p == '<') p += strcspn(p, ">");
        else nb__putc(&text, *p);
    }
    return nb__keep(text);
}

// "What Keras hides: the tape" as what-keras-hides-the-tape.
static const char *nb__make_id(const char *html)
{
    char *id = NULL;
    for (const char *p = nb__without_tags(html); *p; p++) {
        if (nb__is_name(*p)) nb__putc(&id, *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p);
        else if (arrlen(id) && arrlast(id) != '-') nb__putc(&id, '-');
    }
    nb__puts(&id, arrlen(id) ? "" : "section");
    for (size_t i = 0; i < arrlenu(nb__the.headings); i++)
        if (!strcmp(nb__the.headings[i].id, id)) nb__puts(&id, "-again"), i = 0;
    return nb__keep(id);
}

// "lesson 4" or "Lesson 4" at p becomes a link to that lesson's page. Returns what follows it, or
// NULL where there is none.
static const char *nb__put_lesson_ref(char **html, const char *p)
{
    size_t word = strlen("lesson ");
    if (!nb__starts(p, "lesson ") && !nb__starts(p, "Lesson ")) return NULL;
    size_t digits = strspn(p + word, "0123456789");
    int number = digits && digits < 3 ? (int)strtol(p + word, NULL, 10) : 0;
    if (number < 1 || number > NB__LESSONS || number == nb__the.number) return NULL;
    const nb__entry *entry = &nb__contents[number - 1];
    nb__putf(html, "<a href=\"%s.html\" title=\"%s\">%.*s</a>", entry->name,
             nb_escaped(entry->title), (int)(word + digits), p);
    return p + word + digits;
}

static const char *nb__finish(const nb__part *part, const char *from, const char *to);

// A heading, with a way to link to it; it goes into the contents.
static void nb__put_heading(char **html, nb__heading h, const char *class)
{
    arrput(nb__the.headings, h);
    nb__putf(html, "<h%d id=\"%s\"%s>%s <a class=\"anchor\" href=\"#%s\" "
                   "aria-label=\"Link to here\">#</a></h%d>", h.level, h.id, class, h.html, h.id,
             h.level);
}

// From <h2> to </h2>: gets an id. Returns what follows it.
static const char *nb__finish_heading(char **html, const nb__part *part, const char *p)
{
    const char *end = strstr(p, "</h");
    nb__heading h = {.level = p[2] - '0', .html = nb__finish(part, p + strlen("<h2>"), end)};
    h.id = nb__make_id(h.html);
    nb__put_heading(html, h, "");
    return end + strlen("</h2>");
}

static const char *nb__finish_equation(char **html, const nb__part *part, const char *p)
{
    const char *from = p + strcspn(p, ">") + 1, *end = strstr(from, "</x-equation>");
    const char *tex = nb__without_tags(nb__copy(from, (size_t)(end - from)));
    nb__put_mathml(html, tex, nb__starts(p, "<x-equation type"), part);
    return end + strlen("</x-equation>");
}

static const char nb__note_start[] = "<blockquote>\n<p>margin:", nb__note_end[] = "</blockquote>";

// Notes that follow one another share a place in the margin: takes back the end of the one before.
static bool nb__close_note(char **html)
{
    static const char end[] = "</aside>\n";
    size_t n = arrlenu(*html), length = strlen(end);
    if (n < length || memcmp(*html + n - length, end, length)) return false;
    arrsetlen(*html, n - length);
    return true;
}

static const char *nb__finish_note(char **html, const nb__part *part, const char *p)
{
    const char *from = p + strlen(nb__note_start), *end = strstr(p, nb__note_end);
    from += strspn(from, " \n");
    nb__puts(html, nb__close_note(html) ? "" : "<aside class=\"margin\">\n");
    nb__putf(html, "<p>%s</aside>", nb__finish(part, from, end));
    return end + strlen(nb__note_end);
}

// `tt_fit` in the prose is a link, like the same name in code. Returns what follows it, or NULL.
static const char *nb__finish_name(char **html, const char *p)
{
    if (!nb__starts(p, "<code>")) return NULL;
    const char *name = p + strlen("<code>");
    size_t n = nb__name_length(name);
    const char *link = nb__starts(name + n, "</code>") ? nb__link(nb__copy(name, n), 1) : NULL;
    if (!link) return NULL;
    nb__putf(html, "<a %s><code>%.*s</code></a>", link, (int)n, name);
    return name + n + strlen("</code>");
}

// The end of an element that is taken as it stands, or NULL if p opens none.
static const char *nb__skip_element(const char *p)
{
    static const char *const elements[][2] = {
        {"<a ", "</a>"}, {"<code", "</code>"}, {"<pre", "</pre>"}};
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        const char *end = nb__starts(p, elements[i][0]) ? strstr(p, elements[i][1]) : NULL;
        if (end) return end + strlen(elements[i][1]);
    }
    return NULL;
}

static const char *nb__finish_tag(char **html, const nb__part *part, const char *p)
{
    const char *after = nb__finish_name(html, p);
    if (!after && (after = nb__skip_element(p))) nb__add(html, p, (size_t)(after - p));
    if (after) return after;
    if (p[1] == 'h' && nb__is_digit(p[2])) return nb__finish_heading(html, part, p);
    if (nb__starts(p, "<x-equation")) return nb__finish_equation(html, part, p);
    if (nb__starts(p, nb__note_start)) return nb__finish_note(html, part, p);
    size_t n = strcspn(p, ">") + 1;
    bool head = nb__starts(p, "<th>") || nb__starts(p, "<th "), data = nb__starts(p, "<td ");
    if (head || data) // of a Markdown table; HTML 5 has no align
        nb__putf(html, "<%s%s>", head ? "th scope=\"col\"" : "td",
                 nb__starts(p + 3, " align=\"right\"") ? " class=\"n\"" : "");
    else
        nb__add(html, p, n);
    return p + n;
}

static const char *nb__finish(const nb__part *part, const char *from, const char *to)
{
    char *html = NULL;
    for (const char *p = from; p < to;) {
        bool word = p == from || !nb__is_letter(p[-1]);
        const char *after = word ? nb__put_lesson_ref(&html, p) : NULL;
        size_t mention = nb__put_section_ref(&html, p);
        if (after) p = after;
        else if (mention) p += mention;
        else if (*p == '<') p = nb__finish_tag(&html, part, p);
        else nb__putc(&html, *p++);
    }
    return nb__keep(html);
}

// ---- 16 the page -------------------------------------------------------------------------------

static void nb__weave_outputs(char **page, const nb__part *cell, int number)
{
    const char *close = ""; // what the outputs so far have left open
    for (size_t i = 0; i < arrlenu(nb__the.outputs); i++) {
        const nb__output *o = &nb__the.outputs[i];
        if (o->line < cell->first || o->line > cell->last) continue;
        bool in_text = nb__starts(close, "</pre>"), text = o->kind == NB__TEXT;
        if (!*close)
            nb__putf(page, "<div class=\"out\">\n<p class=\"label\">Out [%d]</p>\n", number);
        if (in_text && !text) nb__puts(page, "</pre>\n");
        if (text && !in_text) nb__puts(page, "<pre tabindex=\"0\">");
        nb__puts(page, o->html);
        close = text ? "</pre>\n</div>\n" : "</div>\n";
    }
    nb__puts(page, close);
}

// Long code is folded: it is there for those who ask for it.
static void nb__weave_cell(char **page, const nb__part *cell, int number)
{
    int lines = cell->last - cell->first + 1;
    nb__puts(page, "<div class=\"cell\">\n");
    if (lines > 30)
        nb__putf(page, "<details>\n<summary><span class=\"label\">In [%d]</span> %d lines of C"
                       "</summary>\n", number, lines);
    else
        nb__putf(page, "<p class=\"label\">In [%d]</p>\n", number);
    nb__put_code(page, cell->text, cell->first);
    if (lines > 30) nb__puts(page, "</details>\n");
    nb__weave_outputs(page, cell, number);
    nb__puts(page, "</div>\n");
}

static const char *nb__weave_body(void)
{
    char *body = NULL;
    int cell = 0;
    for (size_t i = 0; i < arrlenu(nb__the.parts); i++) {
        const nb__part *part = &nb__the.parts[i];
        if (!part->prose) {
            nb__weave_cell(&body, part, ++cell);
            continue;
        }
        const char *html = nb__markdown(part);
        nb__putf(&body, "<section class=\"prose\">\n%s</section>\n",
                 nb__finish(part, html, html + strlen(html)));
    }
    return nb__keep(body);
}

static const char *nb__meta(const char *name, const char *content)
{
    if (!content) return "";
    return nb__format("<meta name=\"%s\" content=\"%s\">\n", name, nb_escaped(content));
}

// A file beside this one goes into each page: a page needs no other file.
static const char *nb__inlined(const char *name)
{
    const char *path = nb__format("%s%s", nb__folder(__FILE__), name), *text = nb__read(path);
    if (!text) nb__die((nb__place){path, 1}, "this part of every page can't be read");
    return text;
}

static void nb__weave_head(char **page, const char *title, const char *metas)
{
    nb__putf(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<title>%s</title>\n%s%s%s<style>\n%s</style>\n</head>\n<body>\n"
                   "<a class=\"skip\" href=\"#content\">Skip to the content</a>\n",
             nb_escaped(title), nb__meta("viewport", "width=device-width, initial-scale=1"),
             nb__meta("color-scheme", "light dark"), metas, nb__inlined("notebook.css"));
}

static void nb__weave_foot(char **page)
{
    nb__putf(page, "<script>\n%s</script>\n</body>\n</html>\n", nb__inlined("notebook.js"));
}

// To the lesson before, all of them, and the next.
static const char *nb__nav(const char *label)
{
    const nb__entry *here = nb__listed(nb__the.name), *last = nb__contents + NB__LESSONS - 1;
    char *nav = NULL;
    nb__putf(&nav, "<nav class=\"lessons\" aria-label=\"%s\">\n", label);
    if (here && here > nb__contents)
        nb__putf(&nav, "<a rel=\"prev\" href=\"%s.html\">← %s</a>\n", here[-1].name,
                 here[-1].title);
    nb__puts(&nav, "<a href=\"index.html\">All lessons</a>\n");
    if (here) nb__puts(&nav, "<a href=\"book.html\">The book</a>\n");
    if (here && here < last)
        nb__putf(&nav, "<a rel=\"next\" href=\"%s.html\">%s →</a>\n", here[1].name,
                 here[1].title);
    nb__puts(&nav, "</nav>\n");
    return nb__keep(nav);
}

static const char *nb__toc(void)
{
    char *items = NULL;
    for (size_t i = 0; i < arrlenu(nb__the.headings); i++) {
        const nb__heading *h = &nb__the.headings[i];
        const char *text = nb_escaped(nb__without_tags(h->html));
        if (h->level == 2) nb__putf(&items, "<li><a href=\"#%s\">%s</a></li>\n", h->id, text);
    }
    if (!items) return "";
    return nb__format("<nav class=\"toc\" aria-label=\"On this page\">\n<p>On this page</p>\n<ol>\n"
                      "%s</ol>\n</nav>\n", nb__keep(items));
}

static const char nb__citation[] =
    "<p>Data: F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and "
    "Context. <i>ACM Transactions on Interactive Intelligent Systems</i> 5, 4, Article 19. "
    "<a href=\"https://doi.org/10.1145/2827872\">doi:10.1145/2827872</a></p>\n";

static const char *nb__weave_page(void)
{
    const nb__entry *entry = nb__listed(nb__the.name);
    const char *title = entry ? entry->title : nb__the.name;
    const char *body = nb__weave_body(); // which collects the headings for the contents
    const char *edition = nb__the.edition ? nb__format("%s · ", nb_escaped(nb__the.edition)) : "";
    const char *run = nb__format("<p class=\"run\">%sseed %lu</p>\n", edition,
                                 (unsigned long)nb.seed);
    char *page = NULL;
    nb__weave_head(&page, nb__format("%d. %s – twotower.h", nb__the.number, title),
                   nb__format("%s%s", nb__meta("edition", nb__the.edition),
                              nb__meta("key-figure", nb__the.key_figure)));
    nb__putf(&page, "<header>\n<p class=\"lesson\">Lesson %d of %d: %s</p>\n%s%s</header>\n",
             nb__the.number, NB__LESSONS, nb_escaped(title), run, nb__nav("Lessons"));
    nb__putf(&page, "<div class=\"page\">\n%s<main id=\"content\">\n%s</main>\n</div>\n", nb__toc(),
             body);
    nb__putf(&page, "<footer>\n%s%s%s<p>Woven by lessons/%s from its own comments, code and output."
                    "</p>\n</footer>\n", nb__nav("Lessons, again"), nb__citation, run,
             nb__the.file);
    nb__weave_foot(&page);
    return nb__keep(page);
}

// ---- 17 the index ------------------------------------------------------------------------------

// The content of a <meta> of a page, still escaped, or NULL.
static const char *nb__find_meta(const char *page, const char *name)
{
    const char *mark = nb__format("<meta name=\"%s\" content=\"", name), *at = strstr(page, mark);
    return at ? nb__copy(at + strlen(mark), strcspn(at + strlen(mark), "\"")) : NULL;
}

// The drawing of a page's first figure, or NULL. Its ids begin with its name, so that drawings of
// several pages can stand in one.
static const char *nb__first_drawing(const char *page)
{
    const char *figure = strstr(page, "<figure");
    const char *end = figure ? strstr(figure, "</figure>") : NULL;
    const char *from = end ? strstr(figure, "<svg") : NULL;
    const char *to = from && from < end ? strstr(from, "</svg>") : NULL;
    return to ? nb__copy(from, (size_t)(to - from) + strlen("</svg>")) : NULL;
}

// A card of the index: what it leads to, the question, one number and one picture.
static void nb__put_card(char **html, const char *name, const char *title, const char *question,
                         const char *page)
{
    const char *figure = page ? nb__find_meta(page, "key-figure") : NULL;
    const char *drawing = page ? nb__first_drawing(page) : NULL;
    title = nb_escaped(title);
    if (page) title = nb__format("<a href=\"%s.html\">%s</a>", name, title);
    nb__putf(html, "<li>\n<h2>%s</h2>\n<p>%s</p>\n", title, nb_escaped(question));
    if (figure) nb__putf(html, "<p class=\"key\">%s</p>\n", figure);
    if (drawing) nb__putf(html, "<div class=\"picture\">%s</div>\n", drawing);
    if (!page) nb__putf(html, "<p class=\"absent\">No page yet: <code>build/lessons/%s</code> "
                              "writes it</p>\n", name);
    nb__puts(html, "</li>\n");
}

static const char *nb__read_page(const char *out_dir, const char *name)
{
    return nb__read(nb__format("%s/%s.html", out_dir, name));
}

// Writes OUT/index.html; returns 0, or 1 if it can't be written.
NB_DEF int nb_weave_index(const char *out_dir)
{
    char *cards = NULL, *html = NULL, *more = NULL;
    const char *edition = NULL, *book = nb__read_page(out_dir, "book");
    for (int i = 0; i < NB__LESSONS; i++) {
        const nb__entry *entry = &nb__contents[i];
        const char *page = nb__read_page(out_dir, entry->name);
        if (page && !edition) edition = nb__find_meta(page, "edition");
        nb__put_card(&cards, entry->name, entry->title, entry->question, page);
    }
    if (book) {
        nb__puts(&more, "<ul class=\"cards\">\n");
        nb__put_card(&more, "book", "The book", "How does each part of twotower.h work, and why?",
                     book);
        nb__puts(&more, "</ul>\n");
    }
    nb__weave_head(&html, "Two towers in C: the lessons", "");
    nb__putf(&html, "<main id=\"content\" class=\"index\">\n<h1>Two towers in C</h1>\n<p>A film "
                    "recommender with two neural networks, built step by step from "
                    "<code>twotower.h</code>. Each lesson is one C program; these pages are what "
                    "the programs wrote when they ran.</p>\n<ol class=\"cards\">\n%s</ol>\n%s"
                    "</main>\n<footer>\n%s<p>%s</p>\n</footer>\n", nb__keep(cards),
             nb__keep(more), nb__citation, edition ? edition : "");
    nb__weave_foot(&html);
    html = nb__keep(html);
    return nb__write(nb__format("%s/index.html", out_dir), html, strlen(html)) ? 0 : 1;
}

// ---- 18 the two ends ---------------------------------------------------------------------------

NB_DEF nb_options nb_begin(int argc, char **argv, const char *source, const char *summary)
{
    const char *slash = strrchr(source, '/');
    nb__the.source = source;
    nb__the.file = slash ? slash + 1 : source;
    nb__the.name = nb__copy(nb__the.file, strcspn(nb__the.file, "."));
    nb__the.number = (int)strtol(nb__the.name, NULL, 10);
    nb__the.newlines = 2;
    nb__parse_options(argc, argv, summary);
    nb__read_source();
    nb__make_folder("/tables");
    nb__make_folder("/plots");
    return nb;
}

static void nb__count(char **counts, int n, const char *what)
{
    if (n) nb__putf(counts, "%s%d %s%s", *counts ? ", " : "", n, what, n == 1 ? "" : "s");
}

// One line on what this lesson made.
static void nb__sum_up(const char *path)
{
    char *counts = NULL;
    nb__count(&counts, nb__the.tables, "table");
    nb__count(&counts, nb__the.figures, "figure");
    nb__count(&counts, nb__the.checks, "check");
    if (nb__the.failed) nb__putf(&counts, " (%d failed)", nb__the.failed);
    printf("%s: %s\n", path, nb__keep(counts));
}

static void nb__free_all(void)
{
    for (size_t i = 0; i < arrlenu(nb__kept); i++) arrfree(nb__kept[i]);
    arrfree(nb__kept), arrfree(nb__the.parts), arrfree(nb__the.outputs);
    arrfree(nb__the.values), arrfree(nb__the.labels), arrfree(nb__the.headings);
    nb = (nb_options){0};
}

// Tells the rest, writes the page and the index; 0 if every check held and every file was written.
NB_DEF int nb_end(void)
{
    nb__must_be_here(nb__line(1), "nb_end");
    nb__tell_until(INT32_MAX);
    const char *path = nb__format("%s/%s.html", nb.out, nb__the.name), *page = nb__weave_page();
    nb_status_end();
    if (nb__write(path, page, strlen(page))) nb__sum_up(path);
    if (nb__listed(nb__the.name)) nb_weave_index(nb.out);
    bool good = !nb__the.failed && !nb__the.unwritten && !fflush(stdout) && !ferror(stdout);
    nb__free_all();
    return good ? 0 : 1;
}

#endif
