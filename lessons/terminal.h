// terminal.h: what a lesson prints
//
// Texts that grow, words in lines of 78 columns, tables fitted into 80, and a line of progress.
// notebook.h includes it; it knows nothing of lessons.

#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__unix__) || defined(__APPLE__)
#define NB__POSIX 1
#include <unistd.h>
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

enum { NB__WIDTH = 80 };

// ---- texts that grow ---------------------------------------------------------------------------
//
// A text that is kept is freed at the end. Numbers are printed by libc; a lesson never calls
// setlocale, so that the decimal point stays a point.

typedef struct nb__memory {
    struct nb__memory *before;
    void *memory;
} nb__memory;

static nb__memory *nb__kept; // the last

static void *nb__resize(void *memory, size_t bytes)
{
    void *moved = memory ? realloc(memory, bytes) : malloc(bytes);
    if (moved) return moved;
    fprintf(stderr, "out of memory\n");
    exit(1);
}

static void *nb__keep(void *memory)
{
    nb__memory *last = (nb__memory *)nb__resize(NULL, sizeof *last);
    *last = (nb__memory){nb__kept, memory};
    nb__kept = last;
    return memory;
}

static void nb__free_kept(void)
{
    for (nb__memory *last; (last = nb__kept); free(last)) {
        nb__kept = last->before;
        free(last->memory);
    }
}

// An empty text, which can grow.
static char *nb__empty(void)
{
    char *text = (char *)nb__resize(NULL, 1);
    *text = 0;
    return text;
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

// ---- lines -------------------------------------------------------------------------------------

static struct {
    bool quiet;   // only messages
    int newlines; // that end what has been said
    bool status;  // a line of progress is on the screen
} nb__terminal = {false, 2, false};

NB_DEF bool nb_on_terminal(void)
{
#ifdef NB__POSIX
    return isatty(STDERR_FILENO);
#else
    return false; // C alone can't tell
#endif
}

// Redraws the line of progress in place, on a terminal only, and leaves nothing behind.
NB_DEF void nb_status(const char *text)
{
    if (!nb_on_terminal()) return;
    fflush(stdout);
    fprintf(stderr, "\r%s\033[K", text);
    nb__terminal.status = true;
}

NB_DEF void nb_status_end(void)
{
    if (nb__terminal.status) fprintf(stderr, "\r\033[K");
    nb__terminal.status = false;
}

NB__PRINTF(1, 2) NB_DEF void nb_log(const char *format, ...)
{
    NB__FORMATTED(text, format);
    nb_status_end();
    fflush(stdout);
    fprintf(stderr, "%s\n", text);
}

static void nb__say(const char *text)
{
    if (nb__terminal.quiet) return;
    nb_status_end();
    for (const char *p = text; *p; p++)
        nb__terminal.newlines = *p == '\n' ? nb__terminal.newlines + 1 : 0;
    fputs(text, stdout);
}

// Ends what has been said with so many newlines: 1 ends a line, 2 leave a blank line.
static void nb__say_newlines(int newlines)
{
    while (!nb__terminal.quiet && nb__terminal.newlines < newlines) nb__say("\n");
}

// Prints a line without the spaces that end it, and frees it.
static void nb__say_line(char *line)
{
    size_t n = strlen(line);
    while (n && line[n - 1] == ' ') n--;
    line[n] = 0;
    nb__say(line);
    nb__say("\n");
    free(line);
}

// Prints words in lines. `first` opens the first line, and the others are indented by its width.
static void nb__say_wrapped(const char *first, const char *words)
{
    char *line = nb__empty();
    int indent = nb__width(first, strlen(first)), column = indent;
    nb__say_newlines(1);
    nb_append(&line, "%s", first);
    for (const char *p = words + strspn(words, " "); *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        int width = nb__width(p, n);
        bool wraps = column > indent && column + 1 + width > NB__WIDTH - 2;
        if (wraps)
            nb_append(&line, "\n%*s", column = indent, "");
        else if (column > indent)
            nb_append(&line, " "), column++;
        nb_append(&line, "%.*s", (int)n, p);
        column += width, p += n;
    }
    nb__say_line(line);
}

// ---- tables ------------------------------------------------------------------------------------

// Row 0 is the headings.
typedef struct nb__table {
    size_t columns, count;
    const char **cells; // row by row
    int *width;         // of each column on the terminal
} nb__table;

static void nb__add_cell(nb__table *t, const char *text)
{
    t->cells = (const char **)nb__resize(t->cells, (t->count + 1) * sizeof *t->cells);
    t->cells[t->count++] = text;
}

static void nb__free_table(nb__table *t)
{
    free(t->cells);
    free(t->width);
    memset(t, 0, sizeof *t);
}

static size_t nb__rows(const nb__table *t)
{
    return t->count / t->columns;
}

// A heading that begins with + or - is shown without it.
static const char *nb__cell_text(const nb__table *t, size_t row, size_t column)
{
    const char *text = t->cells[row * t->columns + column];
    return text + (row == 0 && (*text == '+' || *text == '-'));
}

// A column of numbers may hold 3.9, -0.0, 1e-7, 100,631, 12 %, and also nothing or a dash.
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

// The text in a line of a row, and its length. Headings have a word in each line, so that a column
// is no wider than it must be; all other cells have one line.
static const char *nb__piece(const nb__table *t, size_t row, size_t column, size_t line, size_t *n)
{
    const char *text = row && line ? "" : nb__cell_text(t, row, column);
    for (size_t i = 0; i < line && !row; i++) {
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    *n = row ? strlen(text) : strcspn(text, " ");
    return text;
}

static int nb__column_width(const nb__table *t, size_t column)
{
    int width = 1;
    for (size_t row = 0, line = 0, n; row < nb__rows(t);) {
        const char *piece = nb__piece(t, row, column, line, &n);
        if (nb__width(piece, n) > width) width = nb__width(piece, n);
        if (piece[n])
            line++;
        else
            row++, line = 0;
    }
    return width;
}

// Makes columns of text narrower, the widest first, until a line fits or all are short.
static void nb__shrink(const nb__table *t)
{
    for (;;) {
        int total = -2, *widest = NULL;
        for (size_t i = 0; i < t->columns; i++) {
            total += t->width[i] + 2;
            if (!nb__is_numeric(t, i) && (!widest || t->width[i] > *widest)) widest = &t->width[i];
        }
        if (total <= NB__WIDTH || !widest || *widest <= 12) return;
        --*widest;
    }
}

// Prints the first column of a row, and the columns from `from` up to `to`.
static void nb__say_row(const nb__table *t, size_t row, size_t from, size_t to)
{
    bool more = true;
    for (size_t line = 0; more; line++) {
        char *text = nb__empty();
        more = false;
        for (size_t i = 0, n; i < to; i = i ? i + 1 : from) {
            const char *piece = nb__piece(t, row, i, line, &n);
            nb__fit(&text, piece, n, t->width[i], nb__is_numeric(t, i));
            nb_append(&text, "  ");
            more |= piece[n] != 0;
        }
        nb__say_line(text);
    }
}

// A table that is too wide comes in blocks of columns, each with the first column before it.
static void nb__say_table(nb__table *t)
{
    t->width = (int *)nb__resize(t->width, t->columns * sizeof *t->width);
    for (size_t i = 0; i < t->columns; i++) t->width[i] = nb__column_width(t, i);
    nb__shrink(t);
    size_t from = 1, to;
    do {
        int total = t->width[0];
        for (to = from; to < t->columns; to++) {
            total += 2 + t->width[to];
            if (total > NB__WIDTH && to > from) break;
        }
        for (size_t row = 0; row < nb__rows(t); row++) nb__say_row(t, row, from, to);
        nb__say_newlines(2);
        from = to;
    } while (to < t->columns);
}

#endif
