#include "page.h"

#include <stdio.h>

/* The content of a <meta> of a page, still escaped, or NULL. */
static const char *find_meta(const char *html, const char *name)
{
    const char *mark = format("<meta name=\"%s\" content=\"", name), *at = strstr(html, mark);
    return at ? copy(at + strlen(mark), strcspn(at + strlen(mark), "\"")) : NULL;
}

/* The drawing of a page's first figure, or NULL.  Its ids begin with its name, so that drawings of
   several pages can stand in one. */
static const char *first_drawing(const char *html)
{
    const char *figure = strstr(html, "<figure");
    const char *end = figure ? strstr(figure, "</figure>") : NULL;
    const char *from = end ? strstr(figure, "<svg") : NULL;
    const char *to = from && from < end ? strstr(from, "</svg>") : NULL;
    return to ? copy(from, (size_t)(to - from) + strlen("</svg>")) : NULL;
}

/* A card of the index: what it leads to, the question, one number and one picture.  html is its
   page, or NULL. */
static void put_card(char **cards, const char *name, const char *title, const char *question,
                     const char *html)
{
    const char *figure = html ? find_meta(html, "key-figure") : NULL;
    const char *drawing = html ? first_drawing(html) : NULL;
    title = escaped(title);
    if (html) title = format("<a href=\"%s.html\">%s</a>", name, title);
    addf(cards, "<li>\n<h2>%s</h2>\n<p>%s</p>\n", title, escaped(question));
    if (figure) addf(cards, "<p class=\"key\">%s</p>\n", figure);
    if (drawing) addf(cards, "<div class=\"picture\">%s</div>\n", drawing);
    if (!html)
        addf(cards, "<p class=\"absent\">No page yet: <code>make lesson-%.*s</code> makes it</p>\n",
             (int)strcspn(name, "_"), name);
    add(cards, "</li>\n");
}

static const char *read_page(const char *name)
{
    return read_file(in_out(format("%s.html", name)));
}

void weave_index(void)
{
    char *cards = NULL, *html = NULL, *more = NULL;
    const char *edition = NULL, *book = read_page("book");
    for (const lesson *l = lessons; l < lessons + arrlen(lessons); l++) {
        const char *text = read_page(l->name);
        if (text && !edition) edition = find_meta(text, "edition");
        put_card(&cards, l->name, l->title, l->question, text);
    }
    if (book) {
        add(&more, "<ul class=\"cards\">\n");
        put_card(&more, "book", "The book", "How does each part of twotower.h work, and why?",
                 book);
        add(&more, "</ul>\n");
    }
    put_head(&html, "Two towers in C: the lessons", "");
    addf(&html,
         "<main id=\"content\" class=\"index\">\n<h1>Two towers in C</h1>\n<p>A film "
         "recommender with two neural networks, built step by step from "
         "<code>twotower.h</code>. Each lesson is one C program; these pages are what "
         "the programs wrote when they ran.</p>\n<ol class=\"cards\">\n%s</ol>\n%s"
         "</main>\n<footer>\n%s<p>%s</p>\n</footer>\n",
         keep(cards), keep(more), citation, edition ? edition : "");
    put_foot(&html);
    html = keep(html);
    write_or_die(in_out("index.html"), html, strlen(html));
}
