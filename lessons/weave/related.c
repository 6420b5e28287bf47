#include "related.h"

#include "code.h"
#include "source.h"

typedef struct {
    const char *name, *text;
} test_file;

static test_file *tests;

/* The mark of a section at or after p, or NULL; *length becomes that of its key. */
static const char *find_mark(const char *p, size_t *length)
{
    for (; (p = strstr(p, "§")); p++)
        if ((*length = section_key_length(p + strlen("§")))) return p;
    return NULL;
}

static bool mentions(const char *text, const char *key)
{
    size_t n;
    for (const char *p = text; (p = find_mark(p, &n)); p++)
        if (n == strlen(key) && starts(p + strlen("§"), key)) return true;
    return false;
}

void read_tests(void)
{
    const char **paths = list_files(in_root("tests/unit/*.c"));
    for (size_t i = 0; i < arrlenu(paths); i++) {
        test_file test = {strrchr(paths[i], '/') + 1, read_or_die(paths[i])};
        arrput(tests, test);
    }
    arrfree(paths);
}

static void put_lessons(char **html, const char *key)
{
    int found = 0;
    for (const lesson *l = lessons; l < lessons + arrlen(lessons); l++) {
        if (!mentions(l->text, key)) continue;
        addf(html, "%s<a href=\"%s.html\">%d %s</a>", found++ ? ", " : "<p>Lessons: ", l->name,
             l->number, escaped(l->title));
    }
    if (found) add(html, "</p>\n");
}

/* The name of a test that begins on a line, or NULL. */
static const char *test_name(const char *p)
{
    static const char start[] = "static void ";
    if (!starts(p, start)) return NULL;
    p += strlen(start);
    size_t n = name_length(p);
    return starts(p + n, "(void **") ? copy(p, n) : NULL;
}

/* The comment at p. */
static const char *comment_at(const char *p)
{
    const char *end = strstr(p, "*/");
    return copy(p, end ? (size_t)(end - p) : strlen(p));
}

/* The opening comment of a file if it names exactly one section, which is then that of its tests;
   else "". */
static const char *heading_of_file(const char *text)
{
    size_t n;
    const char *comment = starts(text, "/*") ? comment_at(text) : "";
    const char *mark = find_mark(comment, &n);
    return mark && !find_mark(mark + 1, &n) ? comment : "";
}

/* Adds the tests of a file that belong to a section.  The § is in the comment above a test, or else
   in the heading above.  Returns how many tests there are. */
static int put_tests_of(char **html, const char *text, const char *key)
{
    const char *above = heading_of_file(text), *comment = "", *name;
    int found = 0;
    for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        if (starts(p, "/*")) {
            comment = comment_at(p);
            if (strstr(comment, "----")) above = comment;
        } else if (*p == '\n') {
            comment = "";
        } else if ((name = test_name(p))) {
            if (!mentions(strstr(comment, "§") ? comment : above, key)) continue;
            addf(html, "%s<code>%s</code>", found++ ? ", " : "", name);
        }
    }
    return found;
}

static void put_tests(char **html, const char *key)
{
    char *list = NULL;
    int found = 0;
    for (size_t i = 0; i < arrlenu(tests); i++) {
        char *names = NULL;
        int here = put_tests_of(&names, tests[i].text, key);
        if (here) addf(&list, "<li>%s: %s</li>\n", tests[i].name, names);
        found += here;
        arrfree(names);
    }
    if (!found) return;
    addf(html, "<details>\n<summary>%d test%s</summary>\n<ul>\n%s</ul>\n</details>\n", found,
         found == 1 ? "" : "s", keep(list));
}

void free_tests(void)
{
    arrfree(tests);
}

void put_related(char **html, const char *key)
{
    put_lessons(html, key);
    put_tests(html, key);
}
