/* md4c reads the Markdown and says what begins, what ends and what stands there; each of these
   events adds its HTML.  Text that comes in several pieces is collected, since {{names}} and
   mentions are looked for in all of it. */

#include "markdown.h"

#include "code.h"
#include "glossary.h"
#include "quote.h"
#include "tex.h"
#include "typeset.h"

#include <stdlib.h>

#include <md4c.h>

typedef struct {
    page *page;
    const part *prose;
    char *html;   /* of the innermost block that is kept apart */
    char **outer; /* the HTML around it, outermost first: an array */
    char *run;    /* text under way */
    int links;    /* that are open */
    bool heading; /* is open */
    size_t tail;  /* where a formula begins that has just ended in the HTML, or 0 */
} weaver;

/* ---- what stands for something else ---- */

/* The text of a {{name}} at p and its length; NULL if there is no name, or if it is not known. */
static const char *find_value(const page *in, const char *p, size_t *length)
{
    size_t n = starts(p, "{{") ? name_length(p + 2) : 0;
    *length = n && starts(p + 2 + n, "}}") ? n + 4 : 0;
    const char *name = copy(n ? p + 2 : p, n);
    for (size_t i = 0; *length && i < arrlenu(in->values); i++)
        if (!strcmp(in->values[i].name, name)) return in->values[i].text;
    return NULL;
}

/* The id of what {{table:NAME}} or {{figure:NAME}} at p refers to, and the length; NULL if there is
   no such mark. */
static const char *find_reference(const char *p, size_t *length)
{
    size_t kind = starts(p, "{{table:") ? 5 : starts(p, "{{figure:") ? 6 : 0;
    const char *name = p + kind + 3;
    size_t n = 0;
    *length = 0;
    while (kind && (is_name(name[n]) || name[n] == '-')) n++;
    if (!n || !starts(name + n, "}}")) return NULL;
    *length = kind + n + 5;
    return format("%.*s-%.*s", (int)kind, p + 2, (int)n, name);
}

/* Adds the value of a {{name}} at p, as it stands; returns the length of the mark, 0 where there is
   none. */
static size_t add_value(char **text, const weaver *w, const char *p)
{
    if (*p != '{') return 0; /* as nearly everywhere */
    size_t length;
    const char *found = find_value(w->page, p, &length);
    const char *mark = copy(p, length);
    if (length && !found) die(find_in(w->prose, mark), "no nb_value defines %s", mark);
    if (length) add(text, found);
    return length;
}

static const char *with_values(const weaver *w, const char *text)
{
    char *all = NULL;
    for (size_t n; *text; text += n)
        if (!(n = add_value(&all, w, text))) add_bytes(&all, text, n = 1);
    return keep(all);
}

/* {{table:NAME}} at p becomes a link: returns the mark's length, 0 where there is none. */
static size_t put_reference(char **html, const weaver *w, const char *p)
{
    if (*p != '{') return 0;
    size_t length;
    const char *id = find_reference(p, &length), *text = id ? label_of(w->page, id) : NULL;
    const char *mark = copy(p, length);
    if (id && !text) die(find_in(w->prose, mark), "there is no %s", mark);
    if (id) addf(html, "<a href=\"#%s\">%s</a>", id, unbroken(text));
    return length;
}

/* "lesson 4" or "Lesson 4" at p becomes a link to that lesson's page: returns the mention's length,
   0 where there is none. */
static size_t put_lesson_ref(char **html, const page *in, const char *p)
{
    size_t word = strlen("lesson ");
    if (!starts(p, "lesson ") && !starts(p, "Lesson ")) return 0;
    size_t digits = strspn(p + word, "0123456789");
    long number = digits && digits < 3 ? strtol(p + word, NULL, 10) : 0;
    for (size_t i = 0; i < arrlenu(lessons); i++) {
        const lesson *l = &lessons[i];
        if (l->number != number || l == in->lesson) continue;
        addf(html, "<a href=\"%s.html\" title=\"%s\">%s</a>", l->name, escaped(l->title),
             unbroken(copy(p, word + digits)));
        return word + digits;
    }
    return 0;
}

/* ---- text ---- */

/* Takes the text under way. */
static const char *take_run(weaver *w)
{
    const char *run = keep(w->run);
    w->run = NULL;
    return run;
}

/* A table, figure, lesson or section that is mentioned at p becomes a link: returns the mention's
   length, 0 where there is none. */
static size_t put_mention(weaver *w, const char *p)
{
    size_t n = put_reference(&w->html, w, p);
    bool word = !arrlen(w->html) || !(is_letter(arrlast(w->html)) || arrlast(w->html) == '_');
    if (!n && !w->links && word) n = put_lesson_ref(&w->html, w->page, p);
    if (!n && !w->links && word && !w->heading) n = put_word_ref(&w->html, w->page, p);
    if (!n && !w->links) n = put_section_ref(&w->html, p);
    return n;
}

/* Punctuation behind a formula stays on its line: takes it from the text. */
static const char *put_punctuation(weaver *w, const char *run)
{
    size_t n = strspn(run, ".,;:!?)");
    if (!w->tail || !*run) return run;
    if (n) {
        const char *formula = copy(w->html + w->tail, arrlenu(w->html) - w->tail);
        arrsetlen(w->html, w->tail);
        addf(&w->html, "<span class=\"together\">%s%.*s</span>", formula, (int)n, run);
    }
    w->tail = 0;
    return run + n;
}

static void flush(weaver *w)
{
    const char *run = put_punctuation(w, take_run(w));
    for (size_t n; *run; run += n) {
        char *text = NULL;
        if ((n = add_value(&text, w, run)))
            add(&w->html, escaped(typeset(keep(text))));
        else if ((n = put_mention(w, run)) == 0)
            add_escaped(&w->html, run, n = 1);
    }
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE n, void *context)
{
    weaver *w = (weaver *)context;
    if (type == MD_TEXT_BR)
        flush(w), add(&w->html, "<br>\n");
    else if (type == MD_TEXT_ENTITY)
        flush(w), add_bytes(&w->html, text, n);
    else if (type == MD_TEXT_NULLCHAR)
        add(&w->run, "\xEF\xBF\xBD");
    else if (type == MD_TEXT_SOFTBR)
        add_char(&w->run, '\n');
    else
        add_bytes(&w->run, text, n);
    return 0;
}

/* ---- spans ---- */

/* `tt_fit` in the prose is a link, like the same name in code. */
static void put_code_span(weaver *w)
{
    const char *text = with_values(w, take_run(w));
    bool is_one_name = *text && name_length(text) == strlen(text);
    const char *link = is_one_name && !w->links ? link_of(text, 1) : NULL;
    addf(&w->html, link ? "<a %s>" : "%s", link ? link : "");
    addf(&w->html, "<code>%s</code>%s", escaped(text), link ? "</a>" : "");
}

static void put_formula(weaver *w, bool display)
{
    const char *tex = with_values(w, take_run(w));
    size_t tail = arrlenu(w->html);
    put_mathml(&w->html, tex, display, w->prose);
    w->tail = display ? 0 : tail;
}

static void open_link(weaver *w, const MD_SPAN_A_DETAIL *a)
{
    add(&w->html, "<a href=\"");
    add_escaped(&w->html, a->href.text, a->href.size);
    if (a->title.text) {
        add(&w->html, "\" title=\"");
        add_escaped(&w->html, a->title.text, a->title.size);
    }
    add(&w->html, "\">");
    w->links++;
}

static int on_span(MD_SPANTYPE type, void *detail, void *context)
{
    weaver *w = (weaver *)context;
    flush(w);
    w->tail = 0;
    switch (type) {
    case MD_SPAN_EM: add(&w->html, "<em>"); break;
    case MD_SPAN_STRONG: add(&w->html, "<strong>"); break;
    case MD_SPAN_A: open_link(w, (const MD_SPAN_A_DETAIL *)detail); break;
    case MD_SPAN_IMG: die((place){w->prose->file, w->prose->first}, "prose can't have pictures");
    default: break;
    }
    return 0;
}

static int on_span_end(MD_SPANTYPE type, void *detail, void *context)
{
    weaver *w = (weaver *)context;
    bool display = type == MD_SPAN_LATEXMATH_DISPLAY;
    (void)detail;
    if (type == MD_SPAN_CODE)
        put_code_span(w);
    else if (display || type == MD_SPAN_LATEXMATH)
        put_formula(w, display);
    flush(w);
    if (type != MD_SPAN_LATEXMATH) w->tail = 0;
    if (type == MD_SPAN_EM)
        add(&w->html, "</em>");
    else if (type == MD_SPAN_STRONG)
        add(&w->html, "</strong>");
    else if (type == MD_SPAN_A)
        add(&w->html, "</a>"), w->links--;
    return 0;
}

/* ---- blocks that are kept apart until they end ---- */

static void set_apart(weaver *w)
{
    arrput(w->outer, w->html);
    w->html = NULL;
}

static const char *take_back(weaver *w)
{
    const char *inside = keep(w->html);
    w->html = arrpop(w->outer);
    return inside;
}

static void put_heading_block(weaver *w, unsigned level)
{
    heading h = {.level = (int)level, .html = take_back(w)};
    h.id = make_id(w->page, h.html);
    put_heading(&w->html, w->page, h, "");
}

static void put_quote_block(weaver *w)
{
    const char *inside = take_back(w);
    put_quote(&w->html, w->page, w->prose, inside);
}

/* A paragraph of lines such as {{code: movielens.h ml_prepare}}: shows these functions. */
static bool put_quotations(weaver *w)
{
    static const char mark[] = "{{code: ";
    if (!w->run || !starts(w->run, mark)) return false;
    for (const char *p = take_run(w); *p; p += *p == '\n') {
        size_t n = strcspn(p, "\n"), file = starts(p, mark) ? strcspn(p + strlen(mark), " ") : n;
        const char *line = copy(p, n), *name = line + strlen(mark) + file + 1, *path;
        place at = find_in(w->prose, line);
        if (file + strlen(mark) >= n || name[name_length(name)] != '}' || !strstr(name, "}}"))
            die(at, "expected {{code: FILE FUNCTION}}, and found %s", line);
        const char *code = quote_function(at, copy(line + strlen(mark), file),
                                          copy(name, name_length(name)), &path);
        put_quotation(&w->html, path, code);
        p += n;
    }
    return true;
}

static void put_paragraph(weaver *w)
{
    if (put_quotations(w)) {
        const char *code = take_back(w);
        add(&w->html, code);
        return;
    }
    flush(w);
    const char *inside = take_back(w);
    addf(&w->html, "<p>%s</p>\n", inside);
}

/* It scrolls, by keys too. */
static void put_verbatim(weaver *w)
{
    const char *text = with_values(w, take_run(w));
    addf(&w->html, "<pre tabindex=\"0\"><code>%s</code></pre>\n", escaped(text));
}

/* ---- blocks ---- */

/* HTML 5 has no align. */
static void open_table_cell(weaver *w, const char *tag, const MD_BLOCK_TD_DETAIL *cell)
{
    addf(&w->html, "<%s%s>", tag, cell->align == MD_ALIGN_RIGHT ? " class=\"n\"" : "");
}

static void open_numbered(weaver *w, unsigned start)
{
    if (start == 1)
        add(&w->html, "<ol>\n");
    else
        addf(&w->html, "<ol start=\"%u\">\n", start);
}

static int on_block(MD_BLOCKTYPE type, void *detail, void *context)
{
    weaver *w = (weaver *)context;
    flush(w);
    w->tail = 0;
    w->heading = type == MD_BLOCK_H;
    switch (type) {
    case MD_BLOCK_P: /* FALLTHROUGH */
    case MD_BLOCK_H: /* FALLTHROUGH */
    case MD_BLOCK_QUOTE: set_apart(w); break;
    case MD_BLOCK_UL: add(&w->html, "<ul>\n"); break;
    case MD_BLOCK_OL: open_numbered(w, ((const MD_BLOCK_OL_DETAIL *)detail)->start); break;
    case MD_BLOCK_LI: add(&w->html, "<li>"); break;
    case MD_BLOCK_HR: add(&w->html, "<hr>\n"); break;
    case MD_BLOCK_TABLE: add(&w->html, "<table>\n"); break;
    case MD_BLOCK_THEAD: add(&w->html, "<thead>\n"); break;
    case MD_BLOCK_TBODY: add(&w->html, "<tbody>\n"); break;
    case MD_BLOCK_TR: add(&w->html, "<tr>\n"); break;
    case MD_BLOCK_TH:
        open_table_cell(w, "th scope=\"col\"", (const MD_BLOCK_TD_DETAIL *)detail);
        break;
    case MD_BLOCK_TD: open_table_cell(w, "td", (const MD_BLOCK_TD_DETAIL *)detail); break;
    default: break;
    }
    return 0;
}

static int on_block_end(MD_BLOCKTYPE type, void *detail, void *context)
{
    weaver *w = (weaver *)context;
    if (type == MD_BLOCK_P)
        put_paragraph(w);
    else if (type == MD_BLOCK_CODE)
        put_verbatim(w);
    flush(w);
    w->tail = 0;
    switch (type) {
    case MD_BLOCK_H: put_heading_block(w, ((const MD_BLOCK_H_DETAIL *)detail)->level); break;
    case MD_BLOCK_QUOTE: put_quote_block(w); break;
    case MD_BLOCK_UL: add(&w->html, "</ul>\n"); break;
    case MD_BLOCK_OL: add(&w->html, "</ol>\n"); break;
    case MD_BLOCK_LI: add(&w->html, "</li>\n"); break;
    case MD_BLOCK_TABLE: add(&w->html, "</table>\n"); break;
    case MD_BLOCK_THEAD: add(&w->html, "</thead>\n"); break;
    case MD_BLOCK_TBODY: add(&w->html, "</tbody>\n"); break;
    case MD_BLOCK_TR: add(&w->html, "</tr>\n"); break;
    case MD_BLOCK_TH: add(&w->html, "</th>\n"); break;
    case MD_BLOCK_TD: add(&w->html, "</td>\n"); break;
    default: break;
    }
    return 0;
}

const char *markdown(page *p, const part *prose)
{
    weaver w = {.page = p, .prose = prose};
    MD_PARSER parser = {.flags = MD_FLAG_TABLES | MD_FLAG_LATEXMATHSPANS | MD_FLAG_NOHTML,
                        .enter_block = on_block,
                        .leave_block = on_block_end,
                        .enter_span = on_span,
                        .leave_span = on_span_end,
                        .text = on_text};
    if (md_parse(prose->text, (MD_SIZE)strlen(prose->text), &parser, &w))
        die((place){prose->file, prose->first}, "md4c can't read this Markdown");
    arrfree(w.outer);
    return keep(w.html);
}
