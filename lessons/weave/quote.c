#include "quote.h"

#include "answer.h"
#include "glossary.h"
#include "typeset.h"

/* A quote under way: what follows its word, and where it stands. */
typedef struct {
    page *page;
    const part *prose;
    const char *word;   /* "margin" */
    const char *inside; /* HTML: without its first <p> and the word */
    place at;
} quote;

/* What was added last goes on: takes its end back, if that is what was added. */
static bool reopen(char **html, const char *end)
{
    size_t n = arrlenu(*html), length = strlen(end);
    if (n < length || memcmp(*html + n - length, end, length) != 0) return false;
    arrsetlen(*html, n - length);
    return true;
}

/* The inside of a quote that has one paragraph only. */
static const char *only_paragraph(const quote *q)
{
    const char *end = strstr(q->inside, "</p>\n");
    if (!end || end[strlen("</p>\n")])
        die(q->at, "expected one paragraph after '> %s:', and found more", q->word);
    return copy(q->inside, (size_t)(end - q->inside));
}

/* ---- the opening of a lesson ---- */

static void put_question(char **html, const quote *q)
{
    addf(html, "<p class=\"question\">%s</p>\n", only_paragraph(q));
}

/* see, uses and time share a box. */
static void put_about(char **html, const quote *q)
{
    const char *title = *q->word == 's' ? "You will see" : *q->word == 'u' ? "It uses" : "It takes";
    add(html, reopen(html, "</dl>\n") ? "" : "<dl class=\"about\">\n");
    addf(html, "<dt>%s</dt>\n<dd>%s</dd>\n</dl>\n", title, only_paragraph(q));
}

static const output *find_output(const page *p, const char *id)
{
    for (size_t i = 0; i < arrlenu(p->outputs); i++)
        if (p->outputs[i].id && !strcmp(p->outputs[i].id, id)) return &p->outputs[i];
    return NULL;
}

/* "figure:05_model. What it shows.": the sentence; *id becomes "figure-05_model". */
static const char *read_result(const quote *q, const char *text, const char **id)
{
    size_t kind = starts(text, "figure:") ? 6 : starts(text, "table:") ? 5 : 0, n = kind + 1;
    while (kind && (is_name(text[n]) || text[n] == '-')) n++;
    if (!kind || n == kind + 1 || !starts(text + n, ". "))
        die(q->at, "expected '> result: figure:NAME. Sentence.' or table:NAME, and found '%.*s'",
            (int)strcspn(text, " \n"), text);
    *id = format("%.*s-%.*s", (int)kind, text, (int)(n - kind - 1), text + kind + 1);
    return text + n + 2;
}

/* A figure or a table of the lesson once more, without ids. */
static void put_result(char **html, const quote *q)
{
    const char *id, *sentence = read_result(q, only_paragraph(q), &id);
    const output *shown = find_output(q->page, id);
    if (!shown)
        die(q->at, "the lesson shows no %s '%s', which is to be its result",
            starts(id, "table") ? "table" : "figure", strchr(id, '-') + 1);
    const char *link = format("<a href=\"#%s\">%s.</a>", id, unbroken(label_of(q->page, id)));
    const char *name = strchr(id, '-') + 1;
    if (starts(id, "figure"))
        addf(html,
             "<figure class=\"result\">\n%s\n<figcaption><b>%s</b> %s</figcaption>\n</figure>\n",
             replaced(shown->inside, format("plot-%s-", name), format("result-%s-", name)), link,
             sentence);
    else
        addf(html,
             "<div class=\"table result\" tabindex=\"0\" role=\"region\" aria-label=\"Result\">\n"
             "<table>\n<caption><span><b>%s</b> %s</span></caption>\n%s</table>\n</div>\n",
             link, sentence, shown->inside);
}

/* ---- notes ---- */

/* Notes that follow one another share a place in the margin. */
static void put_note(char **html, const quote *q)
{
    const char *kind = *q->word == 'c' ? "<b class=\"kind\">Caution</b> " : "";
    add(html, reopen(html, "</aside>\n") ? "" : "<aside class=\"margin\">\n");
    addf(html, "<p>%s%s</aside>\n", kind, q->inside);
}

static void put_fold(char **html, const char *class, const char *summary, const char *inside)
{
    addf(html, "<details class=\"%s\">\n<summary>%s</summary>\n%s</details>\n", class, summary,
         inside);
}

static void put_notebook(char **html, const quote *q)
{
    put_fold(html, "notebook", "For readers of the notebook", format("<p>%s", q->inside));
}

static void put_word(char **html, const quote *q)
{
    const char *text = only_paragraph(q), *end = strstr(text, ": ");
    if (!end) die(q->at, "expected '> word: NAME: definition' or '> word: NAME, FORM: definition'");
    const char *name = copy(text, strcspn(text, ",:")), *forms = copy(text, (size_t)(end - text));
    addf(html, "<p class=\"word\"><dfn id=\"%s\" data-forms=\"%s\">%s</dfn>: %s</p>\n",
         word_id(name), forms, name, end + 2);
}

/* Of the cell that follows. */
static void set_fold(const quote *q)
{
    q->page->fold = without_links(only_paragraph(q)); /* a summary is a button */
    q->page->fold_at = q->at;
}

/* ---- exercises ---- */

static void put_hint(char **html, const quote *q)
{
    put_fold(html, "hint", "Hint", format("<p>%s", q->inside));
}

static void put_answer(char **html, const quote *q)
{
    size_t n = strcspn(q->inside, " \n<");
    const char *name = copy(q->inside, n), *rest = q->inside + n;
    const char *words = starts(rest, "</p>\n") ? rest + strlen("</p>\n")
                                               : format("<p>%s", rest + strspn(rest, " \n"));
    answer a = read_answer(q->at, q->page->lesson, name);
    add(html, a.expected);
    put_fold(html, "answer", "Answer", format("%s%s", words, a.program));
}

/* ---- all of them ---- */

/* The word with which a quote begins, or "". */
static const char *first_word(const char *inside)
{
    size_t n = 0;
    if (!starts(inside, "<p>")) return "";
    while (inside[3 + n] >= 'a' && inside[3 + n] <= 'z') n++;
    return inside[3 + n] == ':' ? copy(inside + 3, n) : "";
}

void put_quote(char **html, page *p, const part *prose, const char *inside)
{
    const char *word = first_word(inside);
    quote q = {.page = p, .prose = prose, .word = word};
    q.inside = inside + strlen("<p>:") + strlen(word);
    q.inside += strspn(q.inside, " \n");
    q.at = find_in(prose, format("> %s: %.*s", word, (int)strcspn(q.inside, " \n<&"), q.inside));
    if (!strcmp(word, "question"))
        put_question(html, &q);
    else if (!strcmp(word, "result"))
        put_result(html, &q);
    else if (!strcmp(word, "see") || !strcmp(word, "uses") || !strcmp(word, "time"))
        put_about(html, &q);
    else if (!strcmp(word, "margin") || !strcmp(word, "caution"))
        put_note(html, &q);
    else if (!strcmp(word, "notebook"))
        put_notebook(html, &q);
    else if (!strcmp(word, "word"))
        put_word(html, &q);
    else if (!strcmp(word, "fold"))
        set_fold(&q);
    else if (!strcmp(word, "hint"))
        put_hint(html, &q);
    else if (!strcmp(word, "answer"))
        put_answer(html, &q);
    else
        addf(html, "<blockquote>\n%s</blockquote>\n", inside);
}
