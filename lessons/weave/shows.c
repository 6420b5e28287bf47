#include "shows.h"

typedef enum { BLANK, SERVES, SHOWS, OTHER } kind; /* a line is the greatest of what is on it */

/* ---- the grammar of C, as far as it is needed ---- */

/* The end of a string, a character or a comment at p; p if there is none. */
static const char *skip_opaque(const char *p)
{
    const char *end = skip_comment(p);
    return end > p ? end : skip_quoted(p);
}

static const char *skip_blank(const char *p)
{
    for (const char *end;; p = end) {
        p += strspn(p, " \t\r\n");
        if ((end = skip_comment(p)) == p) return p;
    }
}

/* The end of what a bracket at p opens. */
static const char *skip_brackets(const char *p)
{
    int depth = 0;
    while (*p) {
        const char *end = skip_opaque(p);
        if (end > p) {
            p = end;
            continue;
        }
        depth += strchr("([{", *p) ? 1 : strchr(")]}", *p) ? -1 : 0;
        p++;
        if (!depth) break;
    }
    return p;
}

/* The end of a statement without parts that are statements, or where a block in it begins. */
static const char *skip_simple(const char *p)
{
    bool assigns = false;
    while (*p && *p != ';' && *p != '}') {
        const char *end = skip_opaque(p);
        if (*p == '{' && !assigns) return p;
        if (end == p && strchr("([{", *p)) end = skip_brackets(p);
        assigns = assigns || *p == '=';
        p = end > p ? end : p + 1;
    }
    return p + (*p == ';');
}

static kind greater(kind a, kind b)
{
    return a > b ? a : b;
}

/* What a statement is by the name with which it begins. */
static kind kind_of_simple(const char *p)
{
    size_t n = name_length(p);
    bool call = p[n] == '(';
    if (call && starts(p, "nb_append(")) return SERVES;
    if (call && starts(p, "nb_")) return SHOWS;
    if (starts(p, "return lesson_close(")) return SERVES;
    if (!call) return starts(p, "char ") ? SERVES : OTHER;
    bool frees = n >= 4 && starts(p + n - 4, "free(");
    return frees || starts(p, "snprintf(") || starts(p, "sprintf(") ? SERVES : OTHER;
}

static bool is_word(const char *p, const char *word)
{
    size_t n = strlen(word);
    return name_length(p) == n && starts(p, word);
}

/* Behind the head of a loop or condition at p, where its statement begins; NULL if there is none. */
static const char *skip_head(const char *p)
{
    static const char *const words[] = {"for", "while", "if", "switch"};
    if (is_word(p, "else") || is_word(p, "do")) return skip_blank(p + name_length(p));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(p, words[i]))
            return skip_blank(skip_brackets(skip_blank(p + strlen(words[i]))));
    return NULL;
}

static const char *skip_statement(const char *p, kind *k);

static const char *skip_block(const char *p, kind *k)
{
    *k = BLANK;
    for (p = skip_blank(p + 1); *p && *p != '}'; p = skip_blank(p)) {
        kind inner;
        p = skip_statement(p, &inner);
        *k = greater(*k, inner);
    }
    if (!*p || *k == BLANK) *k = OTHER; /* its end isn't in this cell, or it is empty */
    return p + (*p == '}');
}

/* The end of a statement, and what it is. */
static const char *skip_statement(const char *p, kind *k)
{
    const char *inside = skip_head(p);
    if (inside && *inside && *inside != '}') {
        kind more = BLANK;
        const char *end = skip_statement(inside, k), *next = skip_blank(end);
        if (is_word(p, "if") && is_word(next, "else")) end = skip_statement(next, &more);
        *k = greater(*k, more);
        return end;
    }
    if (*p == '{') return skip_block(p, k);
    *k = *p == '#' ? OTHER : kind_of_simple(p);
    const char *end = *p == '#' ? p + strcspn(p, "\n") : skip_simple(p);
    return end > p ? end : p + 1;
}

/* ---- lines ---- */

static void mark(kind *lines, const char *code, const char *from, const char *to, kind k)
{
    int line = count_lines(code, from);
    lines[line] = greater(lines[line], k);
    for (const char *p = from; p < to; p++)
        if (*p == '\n') line++, lines[line] = greater(lines[line], k);
}

/* Into what isn't all of a kind it goes: loops may show things among what else they do. */
static kind *kinds_of_lines(const char *code)
{
    kind *lines = NULL, k = OTHER;
    arrput(lines, BLANK);
    for (const char *p = code; *p; p++)
        if (*p == '\n') arrput(lines, BLANK);
    for (const char *p = skip_blank(code), *end; *p; p = skip_blank(end)) {
        bool ends_main = *p == '}' && k == SERVES && (p == code || p[-1] == '\n');
        end = *p == '}' ? p + 1 : skip_statement(p, &k);
        if (*p == '}') k = ends_main ? SERVES : OTHER;
        const char *head = k == OTHER ? skip_head(p) : NULL;
        if (k == OTHER && *p == '{') end = p + 1;
        if (head && *head) end = head;
        mark(lines, code, p, end, k);
    }
    return lines;
}

static void add_stretch(stretch **stretches, int first, int last, bool shows)
{
    stretch *before = arrlen(*stretches) ? &arrlast(*stretches) : NULL;
    stretch new = {first, last, shows};
    if (before && !before->shows && !shows)
        before->last = last;
    else
        arrput(*stretches, new);
}

stretch *cut_stretches(const char *code)
{
    enum { FEWEST = 3 };
    stretch *stretches = NULL;
    kind *lines = kinds_of_lines(code);
    for (int i = 0, n = (int)arrlen(lines), end; i < n; i = end) {
        kind most = BLANK;
        int last = i;
        for (end = i; end < n && lines[end] != OTHER && lines[i] != BLANK; end++) {
            most = greater(most, lines[end]);
            if (lines[end] != BLANK) last = end;
        }
        bool ends = end == n && strstr(code, "return lesson_close(");
        bool shows = ends || (most == SHOWS && last - i + 1 >= FEWEST);
        if (end == i) last = i;
        end = last + 1;
        add_stretch(&stretches, i, last, shows && most != BLANK);
    }
    arrfree(lines);
    return stretches;
}
