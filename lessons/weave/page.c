#include "page.h"

void free_page(page *p)
{
    arrfree(p->headings), arrfree(p->values), arrfree(p->labels), arrfree(p->outputs);
    arrfree(p->mentioned), arrfree(p->checks);
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
         "<title>%s</title>\n%s%s%s%s%s%s%s<script>\n%s</script>\n</head>\n<body>\n"
         "<a class=\"skip\" href=\"#content\">Skip to the content</a>\n",
         escaped(title), meta("viewport", "width=device-width, initial-scale=1"),
         meta("color-scheme", "light dark"), style_of("page.css"), style_of("cell.css"),
         style_of("figure.css"), metas, style_of("paper.css"), inlined("theme.js"));
}

void put_foot(char **html)
{
    addf(html, "<script>\n%s%s%s%s</script>\n</body>\n</html>\n", inlined("page.js"),
         inlined("cell.js"), inlined("notes.js"),
         strstr(*html, "id=\"search-index\"") ? inlined("search.js") : "");
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
        addf(&nav, "<a rel=\"prev\" href=\"%s.html\" title=\"%s\">← <span>%s</span></a>\n",
             here[-1].name, escaped(here[-1].title), escaped(here[-1].title));
    add(&nav, "<a href=\"index.html\">All lessons</a>\n");
    if (here) add(&nav, "<a href=\"book.html\">The book</a>\n");
    add(&nav, "<a href=\"index.html#search\">Search</a>\n");
    if (here && here + 1 < end)
        addf(&nav, "<a rel=\"next\" href=\"%s.html\" title=\"%s\"><span>%s</span> →</a>\n",
             here[1].name, escaped(here[1].title), escaped(here[1].title));
    add(&nav, "</nav>\n");
    return keep(nav);
}

const char *label_of(const page *p, const char *id)
{
    for (size_t i = 0; i < arrlenu(p->labels); i++)
        if (!strcmp(p->labels[i].id, id)) return p->labels[i].text;
    return NULL;
}

const char *make_id(const page *p, const char *html)
{
    char *id = NULL;
    for (const char *text = without_tags(html); *text; text++) {
        if (is_name(*text))
            add_char(&id, small_letter(*text));
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
         "aria-label=\"Link to %s\">#</a></h%d>\n",
         h.level, h.id, class, h.html, h.id, escaped(without_tags(h.html)), h.level);
}
