#include "record.h"

#include "figure.h"
#include "table.h"
#include "typeset.h"

#include <stdlib.h>

typedef const char **fields; /* an array: the word, and what follows it */

typedef struct {
    page *page;
    const char *path;
    fields *items;
    size_t at;
    int *lines; /* of the source as it is, for each line of the source as it ran */
} reader;

static place place_in(const reader *r)
{
    return (place){r->path, (int)r->at + 1};
}

/* ---- the file ---- */

/* A field without its escapes; *p moves on to the tab or the end of the line behind it. */
static const char *read_field(const char **p)
{
    char *text = NULL;
    for (; **p && **p != '\t' && **p != '\n'; ++*p) {
        bool escapes = **p == '\\' && (*p)[1];
        *p += escapes;
        if (escapes && **p == 'n')
            add_char(&text, '\n');
        else if (escapes && **p == 't')
            add_char(&text, '\t');
        else
            add_char(&text, **p);
    }
    return keep(text);
}

static fields *read_items(const char *text)
{
    fields *items = NULL;
    for (const char *p = text; *p; p += *p == '\n') {
        fields item = NULL;
        for (arrput(item, read_field(&p)); *p == '\t';) {
            p++;
            arrput(item, read_field(&p));
        }
        arrput(items, item);
    }
    return items;
}

static bool has_word(const reader *r, const char *word)
{
    return r->at < arrlenu(r->items) && !strcmp(r->items[r->at][0], word);
}

/* n is the number of its fields, or 0 for any. */
static fields the_item(const reader *r, const char *word, size_t n)
{
    fields item = r->at < arrlenu(r->items) ? r->items[r->at] : NULL;
    if (!has_word(r, word) || (n && arrlenu(item) != n + 1))
        die(place_in(r), "this record is damaged: expected '%s' and its fields, found '%s' and %d",
            word, item ? item[0] : "", item ? (int)arrlen(item) - 1 : 0);
    return item;
}

/* The line on which the code that showed an item is now. */
static int line_of(const reader *r, const char *line)
{
    long ran = strtol(line, NULL, 10);
    if (ran < 1 || ran > arrlen(r->lines) || !r->lines[ran - 1])
        die(place_in(r), "this record is damaged: line %s of the source has no code", line);
    return r->lines[ran - 1];
}

static void show(reader *r, const char *line, bool is_text, const char *html)
{
    output shown = {.is_text = is_text, .line = line_of(r, line), .html = html};
    arrput(r->page->outputs, shown);
}

/* A table or figure, whose inside a lesson may show a second time, as its result. */
static void show_labelled(reader *r, const char *line, const char *id, const char *inside,
                          const char *html)
{
    show(r, line, false, html);
    arrlast(r->page->outputs).id = id;
    arrlast(r->page->outputs).inside = inside;
}

/* ---- tables and figures ---- */

/* Gives a table or figure its number: "Table 4.2". */
static const char *add_label(reader *r, const char *kind, const char *name, int number)
{
    label new = {format("%s-%s", kind, name), format("%s %d.%d", *kind == 't' ? "Table" : "Figure",
                                                     r->page->lesson->number, number)};
    for (size_t i = 0; i < arrlenu(r->page->labels); i++)
        if (!strcmp(r->page->labels[i].id, new.id))
            die(place_in(r), "lesson %s has two %ss '%s'", r->page->lesson->name, kind, name);
    arrput(r->page->labels, new);
    return new.text;
}

static void read_table(reader *r)
{
    fields item = the_item(r, "table", 3);
    const char *text = add_label(r, "table", item[2], ++r->page->tables);
    const char *caption = escaped(item[3]);
    table t = {0};
    r->at++;
    t.align = the_item(r, "align", 0);
    if (arrlen(t.align) < 2)
        die(place_in(r), "this record is damaged: table '%s' has no columns", item[2]);
    r->at++;
    t.head = the_item(r, "head", arrlenu(t.align) - 1);
    for (r->at++; has_word(r, "row"); r->at++)
        arrput(t.rows, the_item(r, "row", arrlenu(t.align) - 1));
    const char *inside = table_inside(&t);
    show_labelled(r, item[1], format("table-%s", item[2]), inside,
                  format("<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
                         "<table id=\"table-%s\">\n<caption><span><b>%s.</b> %s</span></caption>\n"
                         "%s</table>\n</div>\n%s",
                         caption, item[2], text, caption, inside, fold_of_rows(&t)));
    arrfree(t.rows);
}

/* `inside` is HTML. */
static void show_figure(reader *r, fields figure, const char *inside)
{
    const char *text = add_label(r, "figure", figure[2], ++r->page->figures);
    show_labelled(
        r, figure[1], format("figure-%s", figure[2]), inside,
        format("<figure id=\"figure-%s\">\n%s\n<figcaption><b>%s.</b> %s</figcaption>\n</figure>\n",
               figure[2], inside, text, escaped(figure[3])));
}

/* Goes on to the next item; whether that is another drawing of the figure, for narrow screens. */
static bool skip_narrow(reader *r)
{
    r->at++;
    bool has = has_word(r, "narrow");
    r->at += has;
    return has;
}

static void read_figure(reader *r)
{
    fields figure = the_item(r, "figure", 4);
    show_figure(r, figure, drawing_html(figure[2], figure[4], skip_narrow(r)));
    arrlast(r->page->outputs).drawn = true;
}

static void read_plot(reader *r)
{
    fields plot = the_item(r, "plot", 5);
    place at = {r->page->lesson->path, line_of(r, plot[1])};
    const char *html = plot_html(at, plot[2], plot[4], plot[5], skip_narrow(r));
    show_figure(r, plot, html);
    arrlast(r->page->outputs).drawn = strstr(html, "<svg") != NULL;
    arrlast(r->page->outputs).data = true;
}

static void read_heat_map(reader *r)
{
    fields heat = the_item(r, "heat", 4);
    heat_map map = {0};
    r->at++;
    fields rows = the_item(r, "rows", 0);
    r->at++;
    fields cols = the_item(r, "cols", 0);
    for (r->at++; has_word(r, "row"); r->at++, map.rows++) {
        fields row = the_item(r, "row", map.rows ? (size_t)map.cols : 0);
        map.cols = (int)arrlen(row) - 1;
        for (int i = 1; i <= map.cols; i++) arrput(map.values, strtod(row[i], NULL));
    }
    map.row_labels = arrlen(rows) > 1 ? rows + 1 : NULL;
    map.col_labels = arrlen(cols) > 1 ? cols + 1 : NULL;
    if ((map.row_labels && arrlen(rows) != map.rows + 1) ||
        (map.col_labels && arrlen(cols) != map.cols + 1) || !map.rows || !map.cols)
        die(place_in(r), "this record is damaged: the heat map '%s' isn't complete", heat[2]);
    const char *html = heat_map_html(&map, heat[2], heat[4]);
    bool has_narrow = has_word(r, "narrow");
    r->at += has_narrow;
    show_figure(r, heat, has_narrow ? with_narrow_drawing(html, heat[2], heat[4]) : html);
    arrfree(map.values);
}

/* ---- values, text, checks ---- */

static void read_value(reader *r)
{
    fields item = the_item(r, "value", 2);
    value new = {item[1], item[2]};
    if (!*new.name || name_length(new.name) != strlen(new.name))
        die(place_in(r), "the name '%s' must be of letters, digits and _", new.name);
    for (size_t i = 0; i < arrlenu(r->page->values); i++) {
        const value *old = &r->page->values[i];
        if (!strcmp(old->name, new.name) && strcmp(old->text, new.text) != 0)
            die(place_in(r), "{{%s}} is '%s' already, and can't be '%s' as well", new.name,
                old->text, new.text);
    }
    arrput(r->page->values, new);
}

/* The id of a new check, which the head of the page lists. */
static const char *add_check(reader *r, const char *html)
{
    arrput(r->page->checks, html);
    return format("check-%d", (int)arrlen(r->page->checks));
}

static void read_check(reader *r)
{
    fields item = the_item(r, "check", 2);
    const char *text = escaped(item[2]), *id = add_check(r, text);
    show(r, item[1], false,
         format("<p class=\"check\" id=\"%s\"><b>Checked:</b> %s</p>\n", id, text));
    r->at++;
}

static void read_failure(reader *r)
{
    fields item = the_item(r, "failed", 3);
    int line = line_of(r, item[1]);
    const char *text = escaped(item[2]), *id = add_check(r, format("failed: %s", text));
    show(r, item[1], false,
         format("<p class=\"check failed\" id=\"%s\"><b>Failed:</b> %s <code>%s</code>, "
                "<a href=\"#L%d\">%s.c:%d</a></p>\n",
                id, text, escaped(item[3]), line, r->page->lesson->name, line));
    r->page->failed++;
    r->at++;
}

/* ---- all of it ---- */

/* The source as it ran stands at the end of the record, but it is needed first. */
static void read_lines(reader *r)
{
    char *source = NULL;
    for (r->at = 0; r->at < arrlenu(r->items); r->at++)
        if (has_word(r, "source")) addf(&source, "%s\n", the_item(r, "source", 1)[1]);
    r->lines = match_lines(r->page->lesson, keep(source));
}

static void read_item(reader *r)
{
    page *p = r->page;
    if (has_word(r, "edition"))
        p->edition = the_item(r, "edition", 1)[1], r->at++;
    else if (has_word(r, "seed"))
        p->seed = the_item(r, "seed", 1)[1], r->at++;
    else if (has_word(r, "key"))
        p->key_figure = typeset(the_item(r, "key", 1)[1]), r->at++;
    else if (has_word(r, "source"))
        r->at++;
    else if (has_word(r, "value"))
        read_value(r), r->at++;
    else if (has_word(r, "check"))
        read_check(r);
    else if (has_word(r, "failed"))
        read_failure(r);
    else if (has_word(r, "table"))
        read_table(r);
    else if (has_word(r, "figure"))
        read_figure(r);
    else if (has_word(r, "plot"))
        read_plot(r);
    else if (has_word(r, "heat"))
        read_heat_map(r);
    else {
        fields text = the_item(r, "text", 2);
        show(r, text[1], true, escaped(text[2]));
        r->at++;
    }
}

/* false if there is no record. */
static bool open_record(reader *r, page *p)
{
    *r = (reader){.page = p, .path = in_out(format("records/%s.txt", p->lesson->name))};
    const char *text = read_file(r->path);
    if (text) r->items = read_items(text);
    return text != NULL;
}

static void close_record(reader *r)
{
    for (size_t i = 0; i < arrlenu(r->items); i++) arrfree(r->items[i]);
    arrfree(r->items);
    arrfree(r->lines);
}

void read_values(page *p)
{
    reader r;
    if (open_record(&r, p))
        for (; r.at < arrlenu(r.items); r.at++)
            if (has_word(&r, "value")) read_value(&r);
    close_record(&r);
}

void read_record(page *p)
{
    reader r;
    if (!open_record(&r, p))
        die((place){r.path, 1}, "there is no record of lesson %s: make lesson-%.*s runs it",
            p->lesson->name, (int)strcspn(p->lesson->name, "_"), p->lesson->name);
    read_lines(&r);
    for (r.at = 0; r.at < arrlenu(r.items);) read_item(&r);
    if (!p->seed) die((place){r.path, 1}, "this record is damaged: it has no seed");
    close_record(&r);
}
