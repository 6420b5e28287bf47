/* twotower.h as a textbook.

   The header's own text is the only source.  A comment that begins in column 1 is prose (comment.h
   says how it is written).  Everything else is code, with its own line numbers.  A comment that
   begins with "§5 title ----" or "§A title ----" opens a section: its interface in Part I, its
   chapter in Part II.  A section may be in one of them only; their order is that of the header. */

#include "page.h"

#include "code.h"
#include "comment.h"
#include "related.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    const char *key, *title; /* "7" or "A" */
} section;

/* A name of the header.  C wants a name declared before its use: in code, its first mention. */
typedef struct {
    const char *name;
    const char *section; /* its key, or NULL */
    int line, body;      /* body: the line on which the function begins, or 0 */
    bool is_public, is_function;
    bool anchored, body_anchored; /* its ids are in the page */
} entry;

static struct {
    page page;
    part *parts;
    entry *names;
    bool collecting;      /* the first time through the header, which finds names and sections */
    int part;             /* 0, 1 or 2 */
    section *sections[3]; /* of each part, in order */
    int at;               /* the section that is open, or -1 */
} book;

/* ---- sections ---- */

/* The place of a section among those of a part, or -1. */
static int find_section(int in_part, const char *key)
{
    int i = (int)arrlen(book.sections[in_part]) - 1;
    while (i >= 0 && strcmp(book.sections[in_part][i].key, key) != 0) i--;
    return i;
}

/* #i7 is the interface of §7.  #s7 is its chapter, or its interface if it has no chapter. */
static const char *section_id(int in_part, const char *key)
{
    return format("%c%s", in_part == 1 && find_section(2, key) >= 0 ? 'i' : 's', key);
}

static const char *open_key(void)
{
    return book.at < 0 ? NULL : book.sections[book.part][book.at].key;
}

/* ---- names ---- */

static entry *find_name(const char *name)
{
    for (size_t i = 0; i < arrlenu(book.names); i++)
        if (!strcmp(book.names[i].name, name)) return &book.names[i];
    return NULL;
}

static void declare(const char *name, int line)
{
    bool hidden = starts(name + 2, "__");
    if (!name[strlen(hidden ? "tt__" : "tt_")]) return; /* half of a name that ## makes */
    entry new = {.name = name, .section = open_key(), .line = line, .is_public = !hidden};
    arrput(book.names, new);
}

/* The attributes of the link around a name.  A use leads to the declaration, the declaration to the
   body, and the body back. */
static const char *link_in_book(const char *name, int line)
{
    if (!is_library_name(name)) return NULL;
    entry *e = find_name(name);
    if (book.collecting && line && !e) declare(name, line);
    if (book.collecting || !e) return NULL;
    if (line == e->line && !e->anchored) {
        e->anchored = true;
        const char *to = e->body ? format(" href=\"#%s-body\"", name)
                         : e->is_function && e->section
                             ? format(" href=\"#%s\"", section_id(2, e->section))
                             : "";
        return format("id=\"%s\"%s", name, to);
    }
    if (line && line == e->body && !e->body_anchored) {
        e->body_anchored = true;
        return format("id=\"%s-body\" href=\"#%s\"", name, name);
    }
    return format("href=\"#%s\"", name);
}

/* In Part I a line that begins with TT_API declares a function; in Part II it begins the body. */
static void note_functions(const part *code)
{
    int line = code->first;
    for (const char *p = code->text; *p; p += strcspn(p, "\n"), p += *p == '\n', line++) {
        if (!starts(p, "TT_API ")) continue;
        const char *end = p + strcspn(p, "(\n"), *from = end;
        while (from > p && is_name(from[-1])) from--;
        entry *e = find_name(copy(from, (size_t)(end - from)));
        if (e && book.part == 2 && e->line != line) e->body = line;
        if (e) e->is_function = true;
    }
}

/* ---- titles ---- */

static void put_title_heading(char **html, int level, const char *class, const char *id,
                              const char *text)
{
    heading h = {level, id ? id : make_id(&book.page, text), escaped(text)};
    put_heading(html, &book.page, h, class);
}

/* Adds a link to the section at a place of this part. */
static void put_way(char **html, int at, const char *before, const char *after)
{
    if (at < 0 || at >= arrlen(book.sections[book.part])) return;
    const section *s = &book.sections[book.part][at];
    addf(html, "<a href=\"#%s\">%s§%s %s%s</a>\n", section_id(book.part, s->key), before, s->key,
         s->title, after);
}

/* Closes the section with links to its neighbours. */
static void end_section(char **html)
{
    if (book.at < 0) return;
    add(html, "<div class=\"ways\">\n");
    put_way(html, book.at - 1, "← ", "");
    put_way(html, book.at + 1, "", " →");
    add(html, "</div>\n");
    book.at = -1;
}

static void begin_section(char **html, const part *where, const char *title)
{
    const char *p = title + strlen("§"), *end = strstr(p, " --");
    size_t n = section_key_length(p);
    const char *key = copy(p, n);
    bool twice = book.collecting && find_section(book.part, key) >= 0;
    if (!end || !n || !book.part || twice)
        die((place){where->file, where->first},
            "this section has no part, no number, no ----, or comes twice");
    p += n + strspn(p + n, " ");
    section new = {key, escaped(copy(p, (size_t)(end - p)))};
    if (book.collecting) arrput(book.sections[book.part], new);
    book.at = find_section(book.part, key);
    put_title_heading(html, 3, "", section_id(book.part, key), copy(title, (size_t)(end - title)));
    add(html, "<div class=\"related\">\n");
    int other = 3 - book.part;
    if (find_section(other, key) >= 0)
        addf(html, "<p><a href=\"#%s\">The %s of §%s</a></p>\n", section_id(other, key),
             other == 2 ? "chapter" : "interface", key);
    put_related(html, key);
    add(html, "</div>\n");
}

static void begin_part(char **html, const char *title)
{
    book.part = starts(title, "PART II:") ? 2 : 1;
    put_title_heading(html, 2, " class=\"caps\"", NULL, title);
}

/* The lines of a comment that are not prose: the title of the book, of a part, of a section.
   Returns how many there are. */
static int put_title(char **html, const part *where, const text_line *lines)
{
    if (where->first == 1) {
        addf(html, "<h1>%s</h1>\n", escaped(lines[0].text));
        return 1;
    }
    if (starts(lines[0].text, "§")) {
        end_section(html);
        begin_section(html, where, lines[0].text);
        return 1;
    }
    if (!starts(lines[0].text, "====")) return 0;
    end_section(html);
    if (arrlen(lines) < 2 || !starts(lines[1].text, "PART ")) return 1;
    begin_part(html, lines[1].text);
    return 2;
}

/* ---- the text ---- */

/* The end of a comment that begins here and shares no line with code, or NULL. */
static const char *comment_end(const char *p)
{
    const char *end = starts(p, "/*") ? strstr(p, "*/") : NULL;
    return end && end[2] == '\n' ? end : NULL;
}

static part *cut_header(const char *path)
{
    const char *source = read_or_die(path), *code = source, *end;
    part *parts = NULL;
    int line = 1, code_line = 1;
    for (const char *p = source; *p; p += *p == '\n', line++) {
        if ((end = comment_end(p))) {
            add_code_part(&parts, path, code, p, code_line);
            part prose = {path, true, line, line + count_lines(p, end),
                          copy(p + 2, (size_t)(end - p - 2))};
            arrput(parts, prose);
            code = p = end + 2;
            code_line = line = prose.last;
        } else {
            p += strcspn(p, "\n");
        }
    }
    add_code_part(&parts, path, code, code + strlen(code), code_line);
    return parts;
}

static void put_prose(char **html, const part *prose)
{
    text_line *lines = lines_of(prose->text);
    int titles = put_title(html, prose, lines);
    while (arrlen(lines) && starts(arrlast(lines).text, "====")) (void)arrpop(lines);
    arrdeln(lines, 0, (size_t)titles);
    if (arrlen(lines)) {
        add(html, "<div class=\"prose\">\n");
        put_comment(html, &book.page, lines, prose);
        add(html, "</div>\n");
    }
    arrfree(lines);
}

static const char *text_of_book(void)
{
    char *html = NULL;
    book.part = 0, book.at = -1;
    arrfree(book.page.headings);
    for (size_t i = 0; i < arrlenu(book.parts); i++) {
        const part *p = &book.parts[i];
        if (p->prose) {
            put_prose(&html, p);
        } else {
            put_code(&html, p->text, p->first);
            if (book.collecting) note_functions(p);
        }
    }
    end_section(&html);
    return keep(html);
}

/* ---- the index of names, the contents, the page ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static void put_names(char **html, const char *title, bool is_public)
{
    put_title_heading(html, 3, "", NULL, title);
    add(html, "<ul class=\"names\">\n");
    for (size_t i = 0; i < arrlenu(book.names); i++) {
        const entry *e = &book.names[i];
        if (e->is_public != is_public) continue;
        addf(html, "<li><a href=\"#%s\"><code>%s</code></a> ", e->name, e->name);
        if (e->section && put_section_ref(html, format("§%s", e->section))) add(html, ", ");
        addf(html, "<a href=\"#L%d\">%d</a>", e->line, e->line);
        if (e->body) addf(html, ", <a href=\"#L%d\">%d</a>", e->body, e->body);
        add(html, "</li>\n");
    }
    add(html, "</ul>\n");
}

static const char *index_of_names(void)
{
    char *html = NULL;
    add(&html, "<section class=\"index-of-names\">\n");
    put_title_heading(&html, 2, "", "names", "Index of names");
    add(&html, "<p>Each with its section, the line of its declaration, and for a function the "
               "line of its body.</p>\n");
    qsort(book.names, arrlenu(book.names), sizeof *book.names, by_name);
    put_names(&html, "Public names", true);
    put_names(&html, "Private names", false);
    add(&html, "</section>\n");
    return keep(html);
}

static const char *contents_of_book(void)
{
    char *html = NULL;
    bool inside = false;
    add(&html, "<nav class=\"toc\" aria-label=\"On this page\">\n<details open>\n"
               "<summary>On this page</summary>\n<ol>\n");
    for (size_t i = 0; i < arrlenu(book.page.headings); i++) {
        const heading *h = &book.page.headings[i];
        if (i)
            add(&html, h->level == 3 ? inside ? "</li>\n" : "\n<ol>\n"
                       : inside      ? "</li>\n</ol>\n</li>\n"
                                     : "</li>\n");
        inside = h->level == 3;
        bool capitals = heading_length(h->html) || starts(h->html, "PART");
        addf(&html, "<li><a href=\"#%s\"%s>%s</a>", h->id, capitals ? " class=\"caps\"" : "",
             h->html);
    }
    add(&html, inside ? "</li>\n</ol>\n</li>\n</ol>\n" : "</li>\n</ol>\n");
    add(&html, "</details>\n</nav>\n");
    return keep(html);
}

static const char *page_of_book(void)
{
    char *html = NULL;
    book.collecting = true;
    text_of_book();
    book.collecting = false;
    const char *text = text_of_book(), *names = index_of_names();
    put_head(&html, "The book – twotower.h", math_font(text));
    addf(&html,
         "<header class=\"bar\">\n<p class=\"lesson\">The book</p>\n%s</header>\n"
         "<div class=\"page book\">\n%s<main id=\"content\">\n%s%s</main>\n</div>\n",
         nav_of(&book.page, "Lessons"), contents_of_book(), text, names);
    addf(&html, "<footer>\n%s<p>Woven by lessons/weave from twotower.h.</p>\n</footer>\n",
         nav_of(&book.page, "Lessons, again"));
    put_foot(&html);
    return keep(html);
}

void weave_book(void)
{
    book_page = "";
    link_of = link_in_book;
    book.parts = cut_header(in_root("twotower.h"));
    read_tests();
    const char *path = in_out("book.html"), *html = page_of_book();
    write_or_die(path, html, strlen(html));
    printf("%s: %d names\n", path, (int)arrlen(book.names));
    free_page(&book.page);
    for (int i = 0; i < 3; i++) arrfree(book.sections[i]);
    arrfree(book.parts), arrfree(book.names);
    free_tests();
}
