#include "page.h"

#include "code.h"
#include "markdown.h"
#include "notes.h"
#include "record.h"

#include <stdio.h>

void free_page(page *p)
{
    arrfree(p->headings), arrfree(p->values), arrfree(p->labels), arrfree(p->outputs);
    arrfree(p->mentioned);
}

/* ---- what all pages have ---- */

const char *meta(const char *name, const char *content)
{
    if (!content) return "";
    return format("<meta name=\"%s\" content=\"%s\">\n", name, escaped(content));
}

/* A file beside this one goes into each page: a page needs no other file. */
static const char *inlined(const char *name)
{
    return read_or_die(in_root(format("lessons/weave/%s", name)));
}

/* Few machines have a font that browsers can set formulas with: pages that need one bring it. */
const char *math_font(const char *html)
{
    if (!strstr(html, "<math")) return "";
    const char *font = inlined("math.woff2");
    return format("<style>\n@font-face {\n    font-family: \"Twotower Math\";\n"
                  "    src: url(data:font/woff2;base64,%s);\n}\n</style>\n",
                  base64(font, arrlenu(font)));
}

const char *style_of(const char *name)
{
    return format("<style>\n%s</style>\n", inlined(name));
}

void put_head(char **html, const char *title, const char *metas)
{
    addf(html,
         "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<title>%s</title>\n%s%s%s%s%s<script>\n%s</script>\n</head>\n<body>\n"
         "<a class=\"skip\" href=\"#content\">Skip to the content</a>\n",
         escaped(title), meta("viewport", "width=device-width, initial-scale=1"),
         meta("color-scheme", "light dark"), style_of("page.css"), style_of("figure.css"), metas,
         inlined("theme.js"));
}

void put_foot(char **html)
{
    addf(html, "<script>\n%s%s%s</script>\n</body>\n</html>\n", inlined("page.js"),
         inlined("notes.js"), strstr(*html, "id=\"search-index\"") ? inlined("search.js") : "");
}

const char citation[] =
    "<p>Data: F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and "
    "Context. <i>ACM Transactions on Interactive Intelligent Systems</i> 5, 4, Article 19. "
    "<a href=\"https://doi.org/10.1145/2827872\">doi:10.1145/2827872</a></p>\n";

const char *nav_of(const page *p, const char *name)
{
    const lesson *here = p->lesson, *end = lessons + arrlen(lessons);
    char *nav = NULL;
    addf(&nav, "<nav class=\"lessons\" aria-label=\"%s\">\n", name);
    if (here && here > lessons)
        addf(&nav, "<a rel=\"prev\" href=\"%s.html\">← %s</a>\n", here[-1].name,
             escaped(here[-1].title));
    add(&nav, "<a href=\"index.html\">All lessons</a>\n");
    if (here) add(&nav, "<a href=\"book.html\">The book</a>\n");
    add(&nav, "<a href=\"index.html#search\">Search</a>\n");
    if (here && here + 1 < end)
        addf(&nav, "<a rel=\"next\" href=\"%s.html\">%s →</a>\n", here[1].name,
             escaped(here[1].title));
    add(&nav, "</nav>\n");
    return keep(nav);
}

const char *make_id(const page *p, const char *html)
{
    char *id = NULL;
    for (const char *text = without_tags(html); *text; text++) {
        if (*text >= 'A' && *text <= 'Z')
            add_char(&id, (char)(*text + 'a' - 'A'));
        else if (is_name(*text))
            add_char(&id, *text);
        else if (arrlen(id) && arrlast(id) != '-')
            add_char(&id, '-');
    }
    add(&id, arrlen(id) ? "" : "section");
    for (size_t i = 0; i < arrlenu(p->headings); i++)
        if (!strcmp(p->headings[i].id, id)) add(&id, "-again"), i = 0;
    return keep(id);
}

void put_heading(char **html, page *p, heading h, const char *class)
{
    arrput(p->headings, h);
    addf(html,
         "<h%d id=\"%s\"%s>%s <a class=\"anchor\" href=\"#%s\" "
         "aria-label=\"Link to here\">#</a></h%d>\n",
         h.level, h.id, class, h.html, h.id, h.level);
}

/* ---- a lesson ---- */

static void put_outputs(char **html, const page *p, const part *cell, int number)
{
    const char *close = ""; /* what the outputs so far have left open */
    for (size_t i = 0; i < arrlenu(p->outputs); i++) {
        const output *o = &p->outputs[i];
        if (o->line < cell->first || o->line > cell->last) continue;
        bool in_text = starts(close, "</pre>");
        if (!*close) addf(html, "<div class=\"out\">\n<p class=\"label\">Out [%d]</p>\n", number);
        if (in_text && !o->is_text) add(html, "</pre>\n");
        if (o->is_text && !in_text) add(html, "<pre tabindex=\"0\">");
        add(html, o->html);
        close = o->is_text ? "</pre>\n</div>\n" : "</div>\n";
    }
    add(html, close);
}

/* Code that a comment before it folds, or that is long: it is there for those who ask for it. */
static void put_cell(char **html, const page *p, const part *cell, int number)
{
    int lines = cell->last - cell->first + 1;
    const char *summary = p->fold ? p->fold : lines > 30 ? format("%d lines of C", lines) : NULL;
    add(html, "<div class=\"cell\">\n");
    if (summary)
        addf(html,
             "<details>\n<summary><span class=\"label\">In [%d]</span> %s"
             "</summary>\n",
             number, summary);
    else
        addf(html, "<p class=\"label\">In [%d]</p>\n", number);
    put_code(html, cell->text, cell->first);
    if (summary) add(html, "</details>\n");
    put_outputs(html, p, cell, number);
    add(html, "</div>\n");
}

static void put_part(char **html, page *p, const part *one, int *cells)
{
    if (one->prose && p->fold) die(p->fold_at, "expected code after '> fold:', and found prose");
    if (one->prose) {
        addf(html, "<section class=\"prose\">\n%s</section>\n", markdown(p, one));
    } else {
        put_cell(html, p, one, ++*cells);
        p->fold = NULL;
    }
}

static const char *body_of(page *p)
{
    char *body = NULL;
    int cells = 0;
    part *parts = cut_lesson(p->lesson);
    for (size_t i = 0; i < arrlenu(parts); i++) put_part(&body, p, &parts[i], &cells);
    if (p->fold) die(p->fold_at, "expected code after '> fold:', and found the end of the lesson");
    arrfree(parts);
    return keep(body);
}

static const char *contents_of(const page *p)
{
    char *items = NULL;
    for (size_t i = 0; i < arrlenu(p->headings); i++) {
        const heading *h = &p->headings[i];
        const char *text = escaped(without_tags(h->html));
        if (h->level == 2) addf(&items, "<li><a href=\"#%s\">%s</a></li>\n", h->id, text);
    }
    if (!items) return "";
    return format("<nav class=\"toc\" aria-label=\"On this page\">\n<p>On this page</p>\n<ol>\n"
                  "%s</ol>\n</nav>\n",
                  keep(items));
}

static const char *lesson_page(page *p)
{
    const lesson *l = p->lesson;
    const char *body = body_of(p); /* which collects the headings for the contents */
    const char *notes = notes_for(body);
    const char *edition = p->edition ? format("%s · ", escaped(p->edition)) : "";
    const char *run = format("<p class=\"run\">%sseed %s</p>\n", edition, p->seed);
    char *html = NULL;
    put_head(&html, format("%d. %s – twotower.h", l->number, l->title),
             format("%s%s%s", meta("edition", p->edition), meta("key-figure", p->key_figure),
                    math_font(format("%s%s", body, notes))));
    addf(&html, "<header>\n<p class=\"lesson\">Lesson %d of %d: %s</p>\n%s%s</header>\n", l->number,
         (int)arrlen(lessons), escaped(l->title), run, nav_of(p, "Lessons"));
    addf(&html, "<div class=\"page\">\n%s<main id=\"content\">\n%s</main>\n</div>\n",
         contents_of(p), body);
    addf(&html,
         "<footer>\n%s%s%s<p>Woven by lessons/weave from lessons/%s.c, its comments and "
         "code, and from what it showed when it ran.</p>\n</footer>\n",
         nav_of(p, "Lessons, again"), citation, run, l->name);
    add(&html, notes);
    put_foot(&html);
    return keep(html);
}

static void count(char **counts, int n, const char *what)
{
    if (n) addf(counts, "%s%d %s%s", *counts ? ", " : "", n, what, n == 1 ? "" : "s");
}

/* One line on what is in the page. */
static void sum_up(const page *p, const char *path)
{
    char *counts = NULL;
    count(&counts, p->tables, "table");
    count(&counts, p->figures, "figure");
    count(&counts, p->checks, "check");
    if (p->failed) addf(&counts, " (%d failed)", p->failed);
    printf("%s: %s\n", path, keep(counts));
}

void weave_lesson(const lesson *l)
{
    page p = {.lesson = l};
    const char *path = in_out(format("%s.html", l->name));
    read_record(&p);
    const char *html = lesson_page(&p);
    write_or_die(path, html, strlen(html));
    sum_up(&p, path);
    free_page(&p);
}
