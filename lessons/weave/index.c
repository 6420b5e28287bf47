/* The index: what the finished model does, what one must know, the map of the course, its words, and
   the search.  It is made of the pages that are there. */

#include "page.h"

#include "figure.h"
#include "glossary.h"
#include "markdown.h"
#include "search.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what pages say of themselves ---- */

static const char *read_page(const char *name)
{
    return read_file(in_out(format("%s.html", name)));
}

/* The content of a <meta> of a page, still escaped, or NULL. */
static const char *find_meta(const char *html, const char *name)
{
    const char *mark = format("<meta name=\"%s\" content=\"", name), *at = strstr(html, mark);
    return at ? copy(at + strlen(mark), strcspn(at + strlen(mark), "\"")) : NULL;
}

/* A figure of a page, or NULL. */
static const char *find_figure(const char *html, const char *name)
{
    const char *at = strstr(html, format("<figure id=\"figure-%s\"", name));
    const char *end = at ? strstr(at, "</figure>") : NULL;
    return end ? format("%.*s</figure>\n", (int)(end - at), at) : NULL;
}

/* What a lesson says in a line such as "> time: 25 minutes", or NULL. */
static const char *find_remark(const lesson *l, const char *word)
{
    const char *mark = format("\n> %s: ", word), *at = strstr(l->text, mark);
    return at ? copy(at + strlen(mark), strcspn(at + strlen(mark), "\n")) : NULL;
}

/* ---- what the model does ---- */

static const char map_lesson[] = "11_similar_movies", map_figure[] = "11_map";
static const char list_lesson[] = "09_new_user", list_table[] = "09_second_try";

/* A field of a line of a CSV file, without its quotes; *p moves on to the next one. */
static const char *read_csv_field(const char **p)
{
    char *text = NULL;
    bool quoted = **p == '"';
    for (*p += quoted; **p && **p != '\n' && (quoted || **p != ','); ++*p) {
        if (quoted && **p == '"' && *++*p != '"') break;
        add_char(&text, **p);
    }
    *p += **p == ',';
    return keep(text);
}

/* The number of a column of a CSV file, or -1. */
static int find_column(const char *csv, const char *name)
{
    int column = 0;
    for (const char *p = csv; *p && *p != '\n'; column++)
        if (!strcmp(read_csv_field(&p), name)) return column;
    return -1;
}

/* "Thief of Bagdad, The (1924)" as people say it. */
static const char *spoken(const char *title)
{
    static const char *const articles[] = {", The (", ", A (", ", An ("};
    for (int i = 0; i < 3; i++) {
        const char *at = strstr(title, articles[i]);
        size_t n = strlen(articles[i]) - 4;
        if (at) return format("%.*s %.*s%s", (int)n, at + 2, (int)(at - title), title, at + 2 + n);
    }
    return title;
}

/* The films and predictions of lesson 9. */
static const char *ten_films(void)
{
    enum { MOST = 10 };
    const char *csv = read_file(in_out(format("tables/%s.csv", list_table)));
    int title = csv ? find_column(csv, "title") : -1;
    int prediction = csv ? find_column(csv, "prediction") : -1, shown = 0;
    char *html = NULL;
    if (title < 0 || prediction < 0) return "";
    for (const char *p = strchr(csv, '\n'); p && p[1] && shown < MOST;
         p = strchr(p, '\n'), shown++) {
        const char *film = "", *stars = "";
        p++;
        for (int i = 0; *p && *p != '\n'; i++) {
            const char *field = read_csv_field(&p);
            if (i == title) film = field;
            if (i == prediction) stars = field;
        }
        addf(&html, "<li>%s <b>%.1f</b></li>\n", escaped(spoken(film)), strtod(stars, NULL));
    }
    return format("<section class=\"films\">\n<h2>Ten films for somebody who likes adventure and "
                  "fantasy</h2>\n<p>The best predictions, in stars, for a user whom the data has "
                  "never seen. <a href=\"%s.html\">How they are found</a></p>\n<ol>\n%s</ol>\n"
                  "</section>\n",
                  list_lesson, keep(html));
}

static const char *cover(void)
{
    const char *html = read_page(map_lesson), *map = html ? find_figure(html, map_figure) : NULL;
    return format("<div class=\"cover\">\n%s%s</div>\n", map ? map : "", ten_films());
}

/* ---- the map of the course ---- */

/* The name of the figure that a lesson shows as its result, else of its page's first, or NULL. */
static const char *picture_of(const lesson *l, const char *html)
{
    static const char mark[] = "\n> result: figure:", first[] = "<figure id=\"figure-";
    const char *at = strstr(l->text, mark), *figure = strstr(html, first);
    if (at) return copy(at + strlen(mark), strcspn(at + strlen(mark), ". \n"));
    if (!figure) return NULL;
    return copy(figure + strlen(first), strcspn(figure + strlen(first), "\""));
}

/* A card: what it leads to, the question, one number, how long it takes, and a picture. */
static void put_card(char **cards, const lesson *l)
{
    const char *html = read_page(l->name), *figure = html ? find_meta(html, "key-figure") : NULL;
    const char *name = html ? picture_of(l, html) : NULL, *time = find_remark(l, "time");
    const char *title = escaped(l->title), *picture = name ? thumbnail_html(name) : NULL;
    if (html) title = format("<a href=\"%s.html\">%s</a>", l->name, title);
    addf(cards, "<li>\n<h3>%s</h3>\n<p>%s</p>\n", title, escaped(l->question));
    if (figure) addf(cards, "<p class=\"key\">%s</p>\n", figure);
    if (time) addf(cards, "<p class=\"time\">%s</p>\n", escaped(time));
    if (picture) addf(cards, "<div class=\"picture\" aria-hidden=\"true\">%s</div>\n", picture);
    if (!html)
        addf(cards, "<p class=\"absent\">No page yet: <code>make lesson-%.*s</code> makes it</p>\n",
             (int)strcspn(l->name, "_"), l->name);
    add(cards, "</li>\n");
}

/* "about 5 hours in all", if every lesson says how long it takes. */
static const char *time_of_all(void)
{
    long minutes = 0;
    for (size_t i = 0; i < arrlenu(lessons); i++) {
        const char *time = find_remark(&lessons[i], "time");
        if (!time) return "";
        minutes += strtol(time, NULL, 10);
    }
    return format(", about %ld hours in all", (minutes + 30) / 60);
}

static const char book_card[] =
    "<li class=\"book-card\">\n<h3><a href=\"book.html\">The book</a></h3>\n"
    "<p>How does each part of the header work, and why?</p>\n"
    "<p class=\"key\"><code>twotower.h</code>, section by section</p>\n</li>\n";

static void put_course(char **html)
{
    char *cards = NULL;
    for (size_t i = 0; i < arrlenu(lessons); i++) put_card(&cards, &lessons[i]);
    if (read_page("book")) add(&cards, book_card);
    addf(html,
         "<h2 id=\"lessons\">The course</h2>\n<p>%zu lessons, each with exercises and their "
         "answers%s.</p>\n<ol class=\"cards\">\n%s</ol>\n",
         arrlenu(lessons), time_of_all(), keep(cards));
}

/* ---- the words ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const term *)a)->name, ((const term *)b)->name);
}

static void put_glossary(char **html)
{
    term *sorted = NULL;
    for (size_t i = 0; i < arrlenu(terms); i++) arrput(sorted, terms[i]);
    if (sorted) qsort(sorted, arrlenu(sorted), sizeof *sorted, by_name);
    add(html, "<h2 id=\"glossary\">Glossary</h2>\n");
    if (sorted) add(html, "<dl class=\"glossary\">\n");
    for (size_t i = 0; i < arrlenu(sorted); i++)
        addf(html, "<dt><a href=\"%s\">%s</a></dt>\n<dd>%s</dd>\n", word_address(&sorted[i]),
             escaped(sorted[i].name), definition_html(&sorted[i]));
    if (sorted) add(html, "</dl>\n");
    arrfree(sorted);
}

/* ---- the page ---- */

/* The words of course.md. */
static const char *introduction(void)
{
    page p = {0};
    const char *path = in_root("lessons/weave/course.md"), *text = read_or_die(path);
    part prose = {path, true, 1, count_lines(text, text + strlen(text)), text};
    const char *html = markdown(&p, &prose);
    free_page(&p);
    return html;
}

static const char *edition_of_pages(void)
{
    for (size_t i = 0; i < arrlenu(lessons); i++) {
        const char *html = read_page(lessons[i].name);
        const char *edition = html ? find_meta(html, "edition") : NULL;
        if (edition) return edition;
    }
    return "";
}

static const char header[] =
    "<header class=\"bar\">\n<p class=\"lesson\">Two towers in C</p>\n"
    "<nav class=\"lessons\" aria-label=\"On this page\">\n<a href=\"#lessons\">Lessons</a>\n"
    "<a href=\"book.html\">The book</a>\n<a href=\"#glossary\">Glossary</a>\n"
    "<a href=\"#search\">Search</a>\n</nav>\n</header>\n";

void weave_index(void)
{
    char *html = NULL, *body = NULL;
    const char *intro = introduction(), *rest = strstr(intro, "<h2");
    if (!rest) rest = "";
    addf(&body, "<h1>Two towers in C</h1>\n%.*s%s", (int)(strlen(intro) - strlen(rest)), intro,
         cover());
    add(&body, rest);
    put_course(&body);
    put_search(&body);
    put_glossary(&body);
    body = keep(body);
    put_head(&html, "Two towers in C: the course",
             format("%s%s", style_of("index.css"), math_font(body)));
    add(&html, header);
    addf(&html,
         "<main id=\"content\" class=\"index\">\n%s</main>\n<footer>\n%s<p>%s</p>\n</footer>\n",
         body, citation, edition_of_pages());
    put_foot(&html);
    html = keep(html);
    write_or_die(in_out("index.html"), html, strlen(html));
}
