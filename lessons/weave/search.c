#include "search.h"

#include "page.h"

#include <stdlib.h>

typedef struct {
    const char *name, *title; /* "05_towers", "5. Two towers" */
} target_page;

/* What can be found: a section, a table, a figure or a name, and its words. */
typedef struct {
    int page;
    const char *id, *title;
} target;

typedef struct {
    char *key;
    int *value; /* numbers of targets: an array */
} posting;

typedef struct {
    target_page *pages;
    target *targets;
    posting *words; /* a hash map */
} index_of_words;

/* ---- words ---- */

static void add_word(index_of_words *in, const char *word)
{
    int at = (int)arrlen(in->targets) - 1;
    posting *p = shgetp_null(in->words, word);
    if (!p) shput(in->words, word, NULL), p = shgetp(in->words, word);
    if (!arrlen(p->value) || arrlast(p->value) != at) arrput(p->value, at);
}

/* Of letters beyond ASCII those of Europe, in two bytes: not ×, dashes, quotes and arrows. */
static bool is_in_word(const char *p)
{
    unsigned char c = (unsigned char)*p;
    return is_name(*p) || (c >= 0xC3 && c < 0xE0 && !starts(p, "×"));
}

/* Words of three letters or more, in small letters; no numbers. */
static void add_words(index_of_words *in, const char *text)
{
    enum { SHORTEST = 3, LONGEST = 30 };
    for (const char *p = text; *p;) {
        size_t n = 0;
        while (is_in_word(p + n)) n += character_length(p + n);
        char *word = NULL;
        for (size_t i = 0; i < n; i++) add_char(&word, small_letter(p[i]));
        bool good = n >= SHORTEST && n <= LONGEST && !is_digit(*p);
        if (good) add_word(in, keep(word));
        if (!good) arrfree(word);
        p += n ? n : character_length(p);
    }
}

/* ---- pages ---- */

/* The end of an element that has no words to find, if one begins at p: code, drawings and what is
   on every page. */
static const char *skip_wordless(const char *p)
{
    static const char *const tags[] = {"pre",   "svg",    "nav",      "header", "footer",
                                       "style", "script", "template", "math"};
    if (starts(p, "<p>This plot needs gnuplot")) return strstr(p, "</table>");
    if (starts(p, "<p class=\"sources\"")) return strstr(p, "</p>");
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        size_t n = strlen(tags[i]);
        if (!starts(p + 1, tags[i]) || !strchr(" >", p[n + 1])) continue;
        const char *mark = format("</%s>", tags[i]), *end = strstr(p, mark);
        return end ? end + strlen(mark) : NULL;
    }
    return NULL;
}

static const char *attribute(const char *tag, const char *name)
{
    const char *mark = format(" %s=\"", name), *at = strstr(copy(tag, strcspn(tag, ">")), mark);
    return at ? copy(at + strlen(mark), strcspn(at + strlen(mark), "\"")) : NULL;
}

/* The text up to a mark, in one line; without the # that links to a heading; "" if p is NULL. */
static const char *title_up_to(const char *p, const char *mark)
{
    const char *end = p ? strstr(p, mark) : NULL,
               *text = without_tags(end ? copy(p, (size_t)(end - p)) : "");
    size_t n = strlen(text);
    while (n && strchr(" #\n", text[n - 1])) n--;
    return copy(text, n);
}

static void add_target(index_of_words *in, const char *id, const char *title)
{
    target new = {(int)arrlen(in->pages) - 1, id, title};
    arrput(in->targets, new);
    add_words(in, title);
}

/* What a tag opens that can be found: a heading, a table or a figure with its caption. */
static void find_target(index_of_words *in, const char *tag)
{
    const char *id = attribute(tag, "id");
    if (!id) return;
    if (starts(tag, "<h") && is_digit(tag[2]))
        add_target(in, id, title_up_to(tag, "</h"));
    else if (starts(tag, "<table"))
        add_target(in, id, title_up_to(strstr(tag, "<caption"), "</caption>"));
    else if (starts(tag, "<figure"))
        add_target(in, id, title_up_to(strstr(tag, "<figcaption"), "</figcaption>"));
}

static void add_page(index_of_words *in, const char *name, const char *title)
{
    const char *html = read_file(in_out(format("%s.html", name)));
    const char *p = html ? strstr(html, "<main") : NULL, *after;
    if (!p) return;
    target_page new = {name, title};
    arrput(in->pages, new);
    add_target(in, "content", title);
    while (*p && !starts(p, "</main>")) {
        size_t n = *p == '<' ? strcspn(p, ">") + 1 : strcspn(p, "<");
        if (*p == '<' && (after = skip_wordless(p))) {
            p = after;
            continue;
        }
        if (*p == '<')
            find_target(in, p);
        else
            add_words(in, without_tags(copy(p, n)));
        p += n;
    }
}

/* The names of the header, from the index at the end of the book. */
static void add_names(index_of_words *in)
{
    static const char mark[] = "<li><a href=\"#";
    const char *html = read_file(in_out("book.html"));
    for (const char *p = html ? strstr(html, "<section class=\"index-of-names\">") : NULL; p;) {
        if (!(p = strstr(p, mark))) break;
        p += strlen(mark);
        const char *name = copy(p, strcspn(p, "\""));
        if (!starts(name + 2, "__")) add_target(in, name, name);
    }
}

/* ---- as JSON ---- */

static const char *json(const char *text)
{
    char *quoted = NULL;
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') add_char(&quoted, '\\');
        if (*text == '<')
            add(&quoted, "\\u003c");
        else
            add_bytes(&quoted, *text == '\n' ? " " : text, 1);
    }
    return keep(quoted);
}

static const char *base36(int n)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    return n < 36 ? copy(&digits[n], 1) : format("%s%c", base36(n / 36), digits[n % 36]);
}

static int by_word(const void *a, const void *b)
{
    return strcmp(((const posting *)a)->key, ((const posting *)b)->key);
}

/* Words that are nearly everywhere find nothing. */
static void put_words(char **html, const index_of_words *in)
{
    posting *sorted = NULL;
    for (ptrdiff_t i = 0; i < shlen(in->words); i++) arrput(sorted, in->words[i]);
    if (sorted) qsort(sorted, arrlenu(sorted), sizeof *sorted, by_word);
    const char *newline = "";
    for (size_t i = 0; i < arrlenu(sorted); i++) {
        int before = -1;
        if (arrlen(sorted[i].value) * 3 > arrlen(in->targets)) continue;
        addf(html, "%s%s", newline, json(sorted[i].key));
        for (size_t k = 0; k < arrlenu(sorted[i].value); k++) {
            addf(html, " %s", base36(sorted[i].value[k] - before));
            before = sorted[i].value[k];
        }
        newline = "\\n";
    }
    arrfree(sorted);
}

static void put_index(char **html, const index_of_words *in)
{
    add(html, "<script type=\"application/json\" id=\"search-index\">\n{\"pages\":[");
    for (size_t i = 0; i < arrlenu(in->pages); i++)
        addf(html, "%s{\"name\":\"%s\",\"title\":\"%s\"}", i ? "," : "", in->pages[i].name,
             json(in->pages[i].title));
    add(html, "],\n\"places\":[");
    for (size_t i = 0; i < arrlenu(in->targets); i++) {
        const target *t = &in->targets[i];
        addf(html, "%s[%d,\"%s\",\"%s\"]", i ? "," : "", t->page, json(t->id), json(t->title));
    }
    add(html, "],\n\"words\":\"");
    put_words(html, in);
    add(html, "\"}\n</script>\n");
}

void put_search(char **html)
{
    index_of_words all = {0};
    for (size_t i = 0; i < arrlenu(lessons); i++)
        add_page(&all, lessons[i].name, format("%d. %s", lessons[i].number, lessons[i].title));
    add_page(&all, "book", "The book");
    add_names(&all);
    add(html, "<h2 id=\"search\">Search</h2>\n<p>In all lessons and the book; it needs scripts. "
              "Without them, the book has an index of names.</p>\n");
    put_index(html, &all);
    for (ptrdiff_t i = 0; i < shlen(all.words); i++) arrfree(all.words[i].value);
    shfree(all.words), arrfree(all.pages), arrfree(all.targets);
}
