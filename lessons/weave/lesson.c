#include "cell.h"
#include "margin.h"
#include "markdown.h"
#include "notes.h"
#include "page.h"
#include "record.h"

#include <stdio.h>

static void put_part(char **html, page *p, const part *one, int *cells)
{
    if (one->prose && p->fold) die(p->fold_at, "expected code after '> fold:', and found prose");
    if (one->prose) {
        add(html, section_html(markdown(p, one)));
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

/* Unfolded without scripts; page.js folds it where it would stand before the title. */
static const char *contents_of(const page *p)
{
    char *items = NULL;
    for (size_t i = 0; i < arrlenu(p->headings); i++) {
        const heading *h = &p->headings[i];
        const char *text = escaped(without_tags(h->html));
        if (h->level == 2) addf(&items, "<li><a href=\"#%s\">%s</a></li>\n", h->id, text);
    }
    if (!items) return "";
    return format("<nav class=\"toc\" aria-label=\"On this page\">\n<details open>\n"
                  "<summary>On this page</summary>\n<ol>\n%s</ol>\n</details>\n</nav>\n",
                  keep(items));
}

/* All that was checked, each a link. */
static const char *checks_of(const page *p)
{
    char *html = NULL;
    int n = (int)arrlen(p->checks);
    if (!n) return "";
    if (p->failed)
        addf(&html,
             "<details class=\"checks failed\">\n<summary>%d of %d checks failed</summary>\n",
             p->failed, n);
    else
        addf(&html, "<details class=\"checks\">\n<summary>%d check%s passed</summary>\n", n,
             n == 1 ? "" : "s");
    add(&html, "<ol>\n");
    for (int i = 0; i < n; i++)
        addf(&html, "<li><a href=\"#check-%d\">%s</a></li>\n", i + 1, p->checks[i]);
    add(&html, "</ol>\n</details>\n");
    return keep(html);
}

static const char *header_of(const page *p)
{
    return format("<header class=\"bar\">\n<p class=\"lesson\"><span>%d/%d</span> %s</p>\n%s%s"
                  "</header>\n",
                  p->lesson->number, (int)arrlen(lessons), escaped(p->lesson->title),
                  nav_of(p, "Lessons"), checks_of(p));
}

static const char *footer_of(const page *p)
{
    const char *edition = p->edition ? format("%s · ", escaped(p->edition)) : "";
    const char *name = p->lesson->name;
    return format("<footer>\n%s%s<p class=\"run\">%sseed %s</p>\n"
                  "<p>Woven by lessons/weave from <a href=\"sources/%s.c\">lessons/%s.c</a>, its "
                  "comments and code, and from what it showed when it ran.</p>\n</footer>\n",
                  nav_of(p, "Lessons, again"), citation, edition, escaped(p->seed), name, name);
}

static const char *lesson_page(page *p)
{
    const lesson *l = p->lesson;
    const char *body = body_of(p); /* which collects the headings for the contents */
    const char *notes = notes_for(body);
    char *html = NULL;
    put_head(&html, format("%d. %s – twotower.h", l->number, l->title),
             format("%s%s%s", meta("edition", p->edition), meta("key-figure", p->key_figure),
                    math_font(format("%s%s", body, notes))));
    addf(&html, "%s<div class=\"page\">\n%s<main id=\"content\">\n%s</main>\n</div>\n%s%s",
         header_of(p), contents_of(p), body, footer_of(p), notes);
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
    count(&counts, (int)arrlen(p->checks), "check");
    if (p->failed) addf(&counts, " (%d failed)", p->failed);
    printf("%s: %s\n", path, keep(counts));
}

void weave_lesson(const lesson *l)
{
    page p = {.lesson = l};
    const char *path = in_out(format("%s.html", l->name));
    read_record(&p);
    const char *html = lesson_page(&p);
    make_folder(in_out("sources"));
    write_or_die(in_out(format("sources/%s.c", l->name)), l->text, strlen(l->text));
    write_or_die(path, html, strlen(html));
    sum_up(&p, path);
    free_page(&p);
}
