#include "glossary.h"

#include "markdown.h"
#include "record.h"

term *terms;

/* ---- definitions in the lessons ---- */

/* The lines of a block quote at p, without the marks of the quote. */
static const char *quoted_lines(const char *p)
{
    char *text = NULL;
    for (; *p == '>'; p += *p == '\n') {
        p += 1 + (p[1] == ' ');
        size_t n = strcspn(p, "\n");
        add_bytes(&text, p, n);
        add_char(&text, '\n');
        p += n;
    }
    return keep(text);
}

/* "weight, weights" as an array. */
static const char **split_forms(const char *list)
{
    const char **forms = NULL;
    for (const char *p = list; *p; p += *p == ',') {
        p += strspn(p, " \n");
        size_t n = strcspn(p, ",");
        arrput(forms, copy(p, n));
        p += n;
    }
    return forms;
}

static void must_be_new(const char *name, place at)
{
    for (size_t i = 0; i < arrlenu(terms); i++)
        if (!strcmp(terms[i].name, name))
            die(at, "expected a new word, and '%s' is defined in %s:%d", name,
                terms[i].definition.file, terms[i].definition.first);
}

static void read_words_of(const lesson *l)
{
    static const char mark[] = "\n> word: ";
    for (const char *p = l->text; (p = strstr(p, mark)); p++) {
        int line = count_lines(l->text, p) + 2;
        const char *quote = quoted_lines(p + 1) + strlen("word: "), *end = strstr(quote, ": ");
        if (!end) die((place){l->path, line}, "expected '> word: NAME: definition'");
        term new = {.lesson = l, .forms = split_forms(copy(quote, (size_t)(end - quote)))};
        if (!new.forms) die((place){l->path, line}, "expected a name after '> word:'");
        new.name = new.forms[0];
        must_be_new(new.name, (place){l->path, line});
        new.definition = (part){l->path, true, line, line, copy(end + 2, strlen(end + 2))};
        arrput(terms, new);
    }
}

void read_words(void)
{
    for (size_t i = 0; i < arrlenu(lessons); i++) read_words_of(&lessons[i]);
}

void free_words(void)
{
    for (size_t i = 0; i < arrlenu(terms); i++) arrfree(terms[i].forms);
    arrfree(terms);
}

const char *word_id(const char *name)
{
    char *id = NULL;
    add(&id, "word-");
    for (const char *p = name; *p; p++) add_bytes(&id, is_name(*p) ? p : "-", 1);
    return keep(id);
}

const char *word_address(const term *w)
{
    return format("%s.html#%s", w->lesson->name, word_id(w->name));
}

/* ---- as HTML ---- */

/* Of a lesson that hasn't run the values aren't known yet. */
static const char *without_values(const char *markdown)
{
    char *text = NULL;
    for (const char *p = markdown, *end; *p; p++) {
        bool is_value = starts(p, "{{") && (end = strstr(p, "}}"));
        if (is_value)
            add(&text, "…"), p = end + 1;
        else
            add_char(&text, *p);
    }
    return keep(text);
}

const char *definition_html(const term *w)
{
    page of_lesson = {.lesson = w->lesson};
    part definition = w->definition;
    if (strstr(definition.text, "{{")) read_values(&of_lesson);
    if (!of_lesson.values) definition.text = without_values(definition.text);
    const char *html = markdown(&of_lesson, &definition);
    free_page(&of_lesson);
    return html;
}

/* ---- mentions ---- */

/* Whether a text begins with a form of a word, whose first letter may be a capital. */
static bool has_form(const char *p, const char *form)
{
    bool same = *p == *form || small_letter(*p) == *form;
    return same && starts(p + 1, form + 1) && !is_name(p[strlen(form)]);
}

/* The word mentioned at p, by its longest form. */
static const term *find_word(const char *p, size_t *length)
{
    const term *found = NULL;
    *length = 0;
    for (const term *w = terms; w < terms + arrlen(terms); w++)
        for (size_t i = 0; i < arrlenu(w->forms); i++)
            if (strlen(w->forms[i]) > *length && has_form(p, w->forms[i]))
                found = w, *length = strlen(w->forms[i]);
    return found;
}

size_t put_word_ref(char **html, page *in, const char *p)
{
    size_t n;
    const term *w = in->lesson ? find_word(p, &n) : NULL;
    if (!w || w->lesson->number >= in->lesson->number) return 0;
    size_t section = arrlenu(in->headings);
    if (section != in->section) arrsetlen(in->mentioned, 0);
    in->section = section;
    for (size_t i = 0; i < arrlenu(in->mentioned); i++)
        if (in->mentioned[i] == w->name) return 0;
    arrput(in->mentioned, w->name);
    addf(html, "<a class=\"word\" href=\"%s\">%.*s</a>", word_address(w), (int)n, p);
    return n;
}
