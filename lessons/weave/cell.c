#include "cell.h"

#include "code.h"
#include "shows.h"

/* ---- what lines show, in words ---- */

static bool is_within(const output *o, int first, int last)
{
    return o->line >= first && o->line <= last;
}

/* "Table 1.4 and Figure 1.2": what the lines of a page from first to last show; "" if no such. */
static const char *labels_within(const page *p, int first, int last)
{
    char *text = NULL;
    for (size_t i = 0; i < arrlenu(p->outputs); i++)
        if (p->outputs[i].id && is_within(&p->outputs[i], first, last))
            addf(&text, "%s%s", text ? " and " : "", label_of(p, p->outputs[i].id));
    return keep(text);
}

/* The table or figure that was begun before a line. */
static const char *label_before(const page *p, int line)
{
    const char *text = "what was computed";
    for (size_t i = 0; i < arrlenu(p->outputs); i++)
        if (p->outputs[i].id && p->outputs[i].line < line) text = label_of(p, p->outputs[i].id);
    return text;
}

/* "that show Table 1.4" */
static const char *purpose_of(const page *p, int first, int last, const char *code)
{
    const char *labels = labels_within(p, first, last);
    bool prints = false, checks = false;
    if (*labels) return format("that show %s", labels);
    for (size_t i = 0; i < arrlenu(p->outputs); i++) {
        bool within = is_within(&p->outputs[i], first, last);
        prints = prints || (within && p->outputs[i].is_text);
        checks = checks || (within && !p->outputs[i].is_text);
    }
    if (prints) return "that print what stands below";
    if (checks) return "of checks";
    if (strstr(code, "nb_value(")) return "that put numbers into the text";
    if (strstr(code, "nb_")) return format("that show %s", label_before(p, first));
    return "that end the program";
}

/* ---- code ---- */

/* The columns that all lines have before their first word. */
static size_t common_indent(const char *code)
{
    size_t common = 80;
    for (const char *p = code; *p; p += *p == '\n') {
        size_t indent = strspn(p, " "), n = strcspn(p, "\n");
        if (n > indent && indent < common) common = indent;
        p += n;
    }
    return common;
}

/* Code without the first columns of its lines. */
static const char *without_indent(const char *code, size_t columns)
{
    char *text = NULL;
    for (const char *p = code; *p; p += *p == '\n') {
        size_t n = strcspn(p, "\n"), cut = n < columns ? n : columns;
        add_bytes(&text, p + cut, n - cut);
        add(&text, p[n] ? "\n" : "");
        p += n;
    }
    return keep(text);
}

/* Lines from first to last of code, counted from 0. */
static const char *lines_of_code(const char *code, int first, int last)
{
    const char *from = code, *to;
    for (int i = 0; i < first; i++) from = strchr(from, '\n') + 1;
    to = from + strcspn(from, "\n");
    for (int i = first; i < last; i++) to += 1 + strcspn(to + 1, "\n");
    return copy(from, (size_t)(to - from));
}

static bool is_blank(const char *code, int line)
{
    const char *text = lines_of_code(code, line, line);
    return !text[strspn(text, " \t\r")];
}

/* Blank lines around a stretch aren't needed: it stands apart as it is. */
static void put_stretch(char **html, const page *p, const char *code, stretch s, int line)
{
    while (s.first < s.last && is_blank(code, s.first)) s.first++;
    while (s.first < s.last && is_blank(code, s.last)) s.last--;
    const char *text = lines_of_code(code, s.first, s.last);
    int first = line + s.first, last = line + s.last;
    if (s.shows)
        addf(html, "<details class=\"plumbing\">\n<summary>%d lines %s</summary>\n",
             last - first + 1, purpose_of(p, first, last, text));
    put_lines(html, text, first);
    if (s.shows) add(html, "</details>\n");
}

/* Lines that only show things are folded; long code is folded whole. */
static void put_listing(char **html, const page *p, const part *cell)
{
    enum { LONG = 30 };
    const char *code = without_indent(cell->text, common_indent(cell->text));
    stretch *stretches = cut_stretches(code);
    int essential = 0;
    for (size_t i = 0; i < arrlenu(stretches); i++)
        if (!stretches[i].shows) essential += stretches[i].last - stretches[i].first + 1;
    const char *summary = p->fold            ? p->fold
                          : essential > LONG ? format("%d lines of C", essential)
                                             : NULL;
    if (summary) {
        addf(html, "<details class=\"plumbing\">\n<summary>%s</summary>\n", summary);
        put_lines(html, code, cell->first);
        add(html, "</details>\n");
    } else {
        for (size_t i = 0; i < arrlenu(stretches); i++)
            put_stretch(html, p, code, stretches[i], cell->first);
    }
    arrfree(stretches);
}

/* ---- what it showed ---- */

/* Where the numbers of a table or figure are, and its code. */
static void put_sources(char **html, const output *o, int number)
{
    const char *name = strchr(o->id, '-') + 1;
    add(html, "<p class=\"sources\">\n");
    if (starts(o->id, "table"))
        addf(html, "<a href=\"tables/%s.csv\">CSV</a> · ", name);
    else if (o->drawn)
        addf(html, "<a class=\"drawn\" href=\"plots/%s.svg\">SVG</a> ·\n", name);
    if (o->data) addf(html, "<a href=\"plots/%s.dat\">data</a> · ", name);
    addf(html, "<a href=\"#in-%d\">the code</a></p>\n", number);
}

static void put_outputs(char **html, const page *p, const part *cell, int number)
{
    const char *close = ""; /* what the outputs so far have left open */
    for (size_t i = 0; i < arrlenu(p->outputs); i++) {
        const output *o = &p->outputs[i];
        if (!is_within(o, cell->first, cell->last)) continue;
        bool in_text = starts(close, "</pre>");
        if (!*close) add(html, "<div class=\"out\">\n");
        if (in_text && !o->is_text) add(html, "</pre>\n");
        if (o->is_text && !in_text) add(html, "<pre tabindex=\"0\">");
        add(html, o->html);
        if (o->id) put_sources(html, o, number);
        close = o->is_text ? "</pre>\n</div>\n" : "</div>\n";
    }
    add(html, close);
}

void put_cell(char **html, const page *p, const part *cell, int number)
{
    const char *name = p->lesson->name;
    addf(html,
         "<div class=\"cell\" id=\"in-%d\">\n<div class=\"listing\">\n"
         "<p class=\"head\"><a href=\"#in-%d\">In [%d]</a> lines "
         "<a href=\"sources/%s.c\">%d to %d</a></p>\n",
         number, number, number, name, cell->first, cell->last);
    put_listing(html, p, cell);
    add(html, "</div>\n");
    put_outputs(html, p, cell, number);
    add(html, "</div>\n");
}
