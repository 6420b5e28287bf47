#include "comment.h"

#include "code.h"
#include "formula.h"
#include "tex.h"

enum { DEEPER = 4 }; /* columns that set lines apart */

/* ---- formulas and words ---- */

/* The formula as it was written goes along as an annotation, which is not shown. */
static void put_formula(char **html, const char *text, const part *where)
{
    add(html, "<math display=\"block\"><semantics><mrow>");
    put_tex(html, formula_of(text), true, where);
    addf(html,
         "</mrow><annotation encoding=\"text/plain\">%s</annotation></semantics>"
         "</math>\n",
         escaped(text));
}

/* `code`, names and marks of sections within a text. */
static void put_words(char **html, const char *p)
{
    bool code = false;
    for (size_t n; *p; p += n) {
        if ((n = name_length(p))) {
            const char *name = copy(p, n), *link = link_of(name, 0);
            addf(html,
                 !link  ? "%s%s"
                 : code ? "<a %s>%s</a>"
                        : "<a %s><code>%s</code></a>",
                 link ? link : "", name);
        } else if ((n = put_section_ref(html, p))) {
        } else if (*p == '`') {
            add(html, (code = !code) ? "<code>" : "</code>"), n = 1;
        } else {
            add_escaped(html, p, n = 1);
        }
    }
}

text_line *lines_of(const char *comment)
{
    text_line *lines = NULL;
    for (const char *p = comment; *p; p += *p == '\n') {
        size_t spaces = strspn(p, " "), n = strcspn(p += spaces, "\n"), used = n;
        while (used && p[used - 1] == ' ') used--;
        text_line one = {(int)spaces - (lines ? 3 : 1), copy(p, used)};
        arrput(lines, one);
        p += n;
    }
    return lines;
}

/* The first gap in a line, or NULL, and the text behind it. */
static const char *find_gap(const char *text, const char **behind)
{
    const char *gap = strstr(text, "   ");
    if (gap) *behind = gap + strspn(gap, " ");
    return gap && **behind ? gap : NULL;
}

size_t heading_length(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ");
    while (n && text[n - 1] == ' ') n--;
    return n > 4 && (!text[n] || starts(text + n, " (")) ? n : 0;
}

static size_t item_length(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits && starts(text + digits, ". ") ? digits + strspn(text + digits, ". ") : 0;
}

/* A row of formulas, and perhaps words beside them. */
static void put_formulas(char **html, const char *text, const part *where)
{
    add(html, "<p>");
    for (const char *behind, *gap; text; text = gap ? behind : NULL) {
        gap = find_gap(text, &behind);
        const char *cell = gap ? copy(text, (size_t)(gap - text)) : text;
        add(html, "<span>\n");
        if (formula_of(cell))
            put_formula(html, cell, where);
        else
            put_words(html, cell);
        add(html, "</span>\n");
    }
    add(html, "</p>\n");
}

static bool begins_with_formula(const char *text)
{
    const char *behind, *gap = find_gap(text, &behind);
    return formula_of(gap ? copy(text, (size_t)(gap - text)) : text) != NULL;
}

/* Lines that are shown apart. */
static void put_shown(char **html, const text_line *lines, int n, const part *where)
{
    bool formulas = true, code = false;
    char *text = NULL;
    for (int i = 0; i < n; i++) {
        formulas = formulas && begins_with_formula(lines[i].text);
        code = code || strpbrk(lines[i].text, ";#");
        int indent = lines[i].indent - lines[0].indent;
        addf(&text, "%*s%s%s", *lines[i].text && indent > 0 ? indent : 0, "", lines[i].text,
             i + 1 < n ? "\n" : "");
    }
    text = keep(text);
    if (formulas) {
        add(html, "<div class=\"formulas\" tabindex=\"0\">\n");
        for (int i = 0; i < n; i++) put_formulas(html, lines[i].text, where);
        add(html, "</div>\n");
    } else {
        if (code) {
            put_sample(html, text);
            return;
        }
        add(html, "<pre tabindex=\"0\">");
        put_words(html, text);
        add(html, "</pre>\n");
    }
}

/* Rows of a name and its meaning, which may go on in the column where it begins. */
static int put_rows(char **html, const text_line *lines, int n)
{
    int i = 0;
    add(html, "<div class=\"table\">\n<table>\n");
    for (const char *behind, *gap; i < n && (gap = find_gap(lines[i].text, &behind));) {
        char *meaning = NULL;
        int column = lines[i].indent + (int)(behind - lines[i].text);
        addf(html, "<tr><th scope=\"row\">");
        put_words(html, copy(lines[i].text, (size_t)(gap - lines[i].text)));
        add(&meaning, behind);
        for (i++; i < n && *lines[i].text && lines[i].indent == column; i++)
            addf(&meaning, " %s", lines[i].text);
        add(html, "</th>\n<td>");
        put_words(html, keep(meaning));
        add(html, "</td></tr>\n");
    }
    add(html, "</table>\n</div>\n");
    return i;
}

static int put_paragraph(char **html, const text_line *lines, int n)
{
    const char *behind;
    char *words = NULL;
    int i = 0;
    for (; i < n && *lines[i].text; i++) {
        bool other = find_gap(lines[i].text, &behind) || item_length(lines[i].text) ||
                     lines[i].indent >= lines[0].indent + DEEPER;
        if (other && i) break;
        addf(&words, "%s%s", i ? "\n" : "", lines[i].text);
    }
    add(html, "<p>");
    put_words(html, keep(words));
    add(html, "</p>\n");
    return i;
}

/* How many of the lines are shown apart: those that are indented, and blank ones between them. */
static int shown_lines(const text_line *lines, int n, int base)
{
    int shown = 0;
    for (int i = 0; i < n && (!*lines[i].text || lines[i].indent >= base + DEEPER); i++)
        if (*lines[i].text) shown = i + 1;
    return shown;
}

typedef struct {
    bool open;
    int at, base; /* columns of the numbers, and of the words */
} open_list;

/* Begins an item, opening its list if need be, or closes a list that is over. */
static void put_list(char **html, open_list *list, text_line *first)
{
    int item = (int)item_length(first->text);
    if (list->open && (item || first->indent < list->base)) add(html, "</li>\n");
    if (list->open && !item && first->indent < list->base) {
        add(html, "</ol>\n");
        list->open = false;
    }
    if (!item) return;
    add(html, list->open ? "<li>" : "<ol>\n<li>");
    first->text += item;
    first->indent += item;
    list->open = true;
    list->base = first->indent;
}

static void put_words_heading(char **html, page *p, const char *text)
{
    heading h = {.level = 2, .id = make_id(p, text), .html = escaped(text)};
    put_heading(html, p, h, " class=\"caps\"");
}

void put_comment(char **html, page *p, text_line *lines, const part *where)
{
    open_list list = {0};
    const char *behind;
    int base = 0, n = (int)arrlen(lines);
    for (int i = 0; i < n;) {
        if (!*lines[i].text && ++i) continue;
        put_list(html, &list, &lines[i]);
        if (list.open) base = list.base;
        int shown = shown_lines(lines + i, n - i, base);
        size_t capitals = heading_length(lines[i].text);
        if (shown) {
            put_shown(html, lines + i, shown, where);
            i += shown;
        } else if (capitals) {
            put_words_heading(html, p, copy(lines[i].text, capitals));
            lines[i].text += capitals + strspn(lines[i].text + capitals, " ");
        } else if (find_gap(lines[i].text, &behind)) {
            if (begins_with_formula(lines[i].text))
                put_shown(html, lines + i, 1, where), i++;
            else
                i += put_rows(html, lines + i, n - i);
        } else {
            if (!list.open) base = lines[i].indent;
            i += put_paragraph(html, lines + i, n - i);
        }
    }
    text_line end = {-1, ""};
    put_list(html, &list, &end);
}
