#include "source.h"

#include <stdlib.h>

lesson *lessons;

/* ---- lessons ---- */

/* The line of a text that begins with `mark`, without it; NULL if there is none. */
static const char *line_after(const char *text, const char *mark)
{
    for (const char *p = text; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (starts(p, mark)) return copy(p + strlen(mark), strcspn(p + strlen(mark), "\n"));
    }
    return NULL;
}

/* The text of the first block quote of that kind, without its marks of quotes and of emphasis;
   NULL if there is none. */
static const char *find_quote(const char *source, const char *mark)
{
    const char *at = strstr(source, mark);
    char *text = NULL;
    for (const char *p = at ? at + strlen(mark) : ""; *p; p++) {
        if (*p == '\n' && p[1] != '>') return keep(text);
        if (*p == '\n')
            add_char(&text, ' '), p += 1 + (p[2] == ' ');
        else if (!strchr("*`$", *p))
            add_char(&text, *p);
    }
    return NULL;
}

static lesson read_lesson(const char *path)
{
    const char *file = strrchr(path, '/') + 1;
    lesson l = {.path = path, .name = copy(file, strcspn(file, ".")), .text = read_or_die(path)};
    l.number = (int)strtol(l.name, NULL, 10);
    l.title = line_after(l.text, "# ");
    l.question = find_quote(l.text, "\n> question: ");
    if (!l.title) die((place){path, 1}, "a lesson begins with a line '# Title'");
    if (!l.question) die((place){path, 1}, "a lesson needs a line '> question: ...?'");
    return l;
}

void read_lessons(void)
{
    const char **paths = list_files(in_root("lessons/[0-9]*.c"));
    for (size_t i = 0; i < arrlenu(paths); i++) arrput(lessons, read_lesson(paths[i]));
    arrfree(paths);
}

const lesson *find_lesson(const char *name)
{
    for (size_t i = 0; i < arrlenu(lessons); i++)
        if (!strcmp(lessons[i].name, name)) return &lessons[i];
    return NULL;
}

/* ---- parts ---- */

/* The next comment in column 1 that is prose, or the end of the source. */
static const char *find_prose(const char *source, const char *from)
{
    for (const char *p = from; (p = strstr(p, "/*md")); p++)
        if ((p == source || p[-1] == '\n') && strchr(" \t\r\n", p[4])) return p;
    return from + strlen(from);
}

void add_code_part(part **parts, const char *file, const char *from, const char *to, int line)
{
    for (const char *p = from; p < to && strchr(" \t\r\n", *p); p++)
        if (*p == '\n') from = p + 1, line++;
    while (to > from && strchr(" \t\r\n", to[-1])) to--;
    if (to == from) return;
    part code = {file, false, line, line + count_lines(from, to), copy(from, (size_t)(to - from))};
    arrput(*parts, code);
}

part *cut_lesson(const lesson *l)
{
    part *parts = NULL;
    int line = 1;
    for (const char *at = l->text; *at;) {
        const char *prose = find_prose(l->text, at);
        add_code_part(&parts, l->path, at, prose, line);
        line += count_lines(at, prose);
        if (!*prose) break;
        const char *end = strstr(prose, "*/");
        if (!end) die((place){l->path, line}, "this /*md comment never ends");
        part words = {l->path, true, line, line + count_lines(prose, end),
                      copy(prose + 4, (size_t)(end - prose - 4))};
        arrput(parts, words);
        line = words.last;
        at = end + 2;
    }
    return parts;
}

place find_in(const part *p, const char *piece)
{
    const char *at = strstr(p->text, piece);
    return (place){p->file, p->first + (at ? count_lines(p->text, at) : 0)};
}

/* ---- the same code on other lines ---- */

/* A source without its comments, line by line. */
static char *without_comments(const char *source)
{
    char *code = NULL;
    for (const char *p = source; *p;) {
        const char *end = skip_comment(p);
        if (end > p) {
            for (; p < end; p++)
                if (*p == '\n') add_char(&code, '\n');
            continue;
        }
        end = skip_quoted(p);
        if (end == p) end++;
        add_bytes(&code, p, (size_t)(end - p));
        p = end;
    }
    return keep(code);
}

typedef struct {
    int line;
    const char *text; /* without the spaces around it */
} code_line;

static code_line *code_lines_of(const char *source)
{
    code_line *lines = NULL;
    int line = 1;
    for (const char *p = without_comments(source); *p; p += *p == '\n', line++) {
        p += strspn(p, " \t\r");
        size_t n = strcspn(p, "\n"), used = n;
        while (used && strchr(" \t\r", p[used - 1])) used--;
        code_line code = {line, copy(p, used)};
        if (used) arrput(lines, code);
        p += n;
    }
    return lines;
}

int *match_lines(const lesson *l, const char *ran)
{
    code_line *before = code_lines_of(ran), *now = code_lines_of(l->text);
    size_t n = arrlenu(before), same = 0;
    int *lines = NULL;
    while (same < n && same < arrlenu(now) && !strcmp(before[same].text, now[same].text)) same++;
    if (same < n || same < arrlenu(now))
        die((place){l->path, same < arrlenu(now) ? now[same].line : 1},
            "the code of %s has changed since it ran: make lesson-%.*s runs it", l->name,
            (int)strcspn(l->name, "_"), l->name);
    for (size_t i = 0; i < n; i++) {
        while (arrlen(lines) < before[i].line - 1) arrput(lines, 0);
        arrput(lines, now[i].line);
    }
    arrfree(before);
    arrfree(now);
    return lines;
}

/* ---- quotations ---- */

/* The line with which the definition of a function begins, or NULL. */
static const char *find_function(const char *source, const char *name)
{
    const char *call = format("%s(", name);
    for (const char *p = source; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        size_t n = strcspn(p, "(\n");
        const char *at = is_letter(*p) ? strstr(p, call) : NULL;
        bool named = at && at + strlen(name) == p + n && !is_name(at[-(at > p)]);
        const char *end = named ? p + strcspn(p, ";{") : NULL;
        if (end && *end == '{') return p;
    }
    return NULL;
}

/* The beginning of the comment that ends right above a line, or the line. */
static const char *comment_above(const char *source, const char *line)
{
    const char *p = line;
    if (p - source > 3 && starts(p - 3, "*/\n")) {
        while (p > source && !starts(p, "/*")) p--;
        return p;
    }
    for (const char *above = p; above > source; p = above) {
        for (above--; above > source && above[-1] != '\n'; above--) {}
        if (!starts(above, "//")) break;
    }
    return p;
}

const char *quote_function(place at, const char *file, const char *name, const char **path)
{
    *path = format("lessons/%s", file);
    const char *source = read_file(in_root(*path));
    if (!source && (*path = file)) source = read_file(in_root(file));
    if (!source) die(at, "there is no file lessons/%s, and no %s", file, file);
    const char *line = find_function(source, name);
    if (!line) die(at, "%s has no function %s", *path, name);
    size_t n = strcspn(line, "\n");
    const char *end = line[n - 1] == '}' ? line + n : strstr(line, "\n}\n");
    if (!end) die(at, "the function %s of %s has no end in column 1", name, *path);
    if (starts(end, "\n}")) end += 2;
    const char *from = comment_above(source, line);
    return copy(from, (size_t)(end - from));
}
