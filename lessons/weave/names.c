#include "names.h"

#include "code.h"

/* A declaration of Part I and the comment above it, which may be that of several in a row. */
typedef struct {
    const char *name, *code, *comment;
} declaration;

static declaration *declarations;
static const char *header;

/* ---- statements ---- */

/* The end of a directive, with the lines that a backslash continues. */
static const char *directive_end(const char *p)
{
    for (p += strcspn(p, "\n"); *p && p[-1] == '\\';) p += 1 + strcspn(p + 1, "\n");
    return p;
}

/* The end of a declaration: the semicolon outside of braces. */
static const char *declaration_end(const char *p)
{
    int depth = 0;
    for (const char *end; *p; p = end > p ? end : p + 1) {
        end = skip_comment(p);
        if (*p == '{') depth++;
        if (*p == '}') depth--;
        if (*p == ';' && !depth) return p + 1;
    }
    return p;
}

static const declaration *find_declaration(const char *name)
{
    for (size_t i = 0; i < arrlenu(declarations); i++)
        if (!strcmp(declarations[i].name, name)) return &declarations[i];
    return NULL;
}

static void declare_name(const char *name, size_t n, const char *code, const char *comment)
{
    declaration new = {copy(name, n), code, comment};
    if (is_library_name(new.name) && !find_declaration(new.name)) arrput(declarations, new);
}

/* A function is named before its first bracket, a macro after #define; a type declares the first
   name after its keywords, and its constants; what points to a function is named after the *. */
static void declare_all(const char *from, const char *to, const char *comment)
{
    const char *code = copy(from, (size_t)(to - from)), *p = code;
    if (starts(code, "TT_API ")) {
        const char *end = code + strcspn(code, "(");
        for (p = end; p > code && is_name(p[-1]);) p--;
        declare_name(p, (size_t)(end - p), code, comment);
    } else if (starts(code, "#define ")) {
        p += strlen("#define ");
        declare_name(p, name_length(p), code, comment);
    } else if (starts(code, "typedef ")) {
        bool constants = starts(code, "typedef enum ");
        for (size_t n; *p; p += n ? n : 1) {
            n = name_length(p);
            bool declared = starts(p, constants ? "TT_" : "(*") || starts(p, "tt_");
            bool own = p[n] == ';' || p[n] == ' ' || p[n] == ')' || p[n] == ',';
            if (n && declared && own && (constants || p[n] == ';' || p[n] == ')'))
                declare_name(p, n, code, comment);
        }
    }
}

void read_names(void)
{
    header = read_or_die(in_root("twotower.h"));
    const char *end = strstr(header, "PART II:"), *comment = "", *after;
    if (!end) end = header + strlen(header);
    for (const char *p = header; p < end;) {
        if (starts(p, "/*")) {
            after = skip_comment(p);
            comment = copy(p + 2, (size_t)(after - p) - 4);
        } else if (*p == '#' || starts(p, "TT_API ") || starts(p, "typedef ")) {
            after = *p == '#' ? directive_end(p) : declaration_end(p);
            declare_all(p, after, comment);
        } else {
            after = p + strcspn(p, "\n");
        }
        p = after + strcspn(after, "\n");
        p += *p == '\n';
        if (*p == '\n') comment = ""; /* a blank line ends what a comment speaks of */
    }
}

void free_names(void)
{
    arrfree(declarations);
}

/* ---- as HTML ---- */

/* The first sentence of a comment. */
static const char *first_sentence(const char *comment)
{
    char *text = NULL;
    const char *p = comment + strspn(comment, " \n");
    if (starts(p, "§")) return "";
    for (; *p; p++) {
        bool space = *p == ' ' || *p == '\n';
        if (space && arrlen(text) && arrlast(text) == '.') break;
        if (space && arrlen(text) && arrlast(text) == ' ') continue;
        add_bytes(&text, space ? " " : p, 1);
    }
    return keep(text);
}

/* The first lines of a long declaration. */
static const char *shortened(const char *code)
{
    enum { MOST = 14 };
    const char *p = code;
    for (int line = 0; *p && line < MOST; line++) p += strcspn(p, "\n"), p += *p == '\n';
    return *p ? format("%.*s...", (int)(p - code), code) : code;
}

const char *explain_name(const char *name)
{
    const declaration *d = find_declaration(name);
    if (!d) return NULL;
    char *html = NULL;
    const char *sentence = first_sentence(d->comment);
    put_sample(&html, shortened(d->code));
    if (*sentence) addf(&html, "<p>%s</p>\n", escaped(sentence));
    return keep(html);
}

const char *title_of_section(const char *key)
{
    const char *mark = format("\n/* §%s ", key), *at = strstr(header, mark);
    const char *end = at ? strstr(at, " --") : NULL;
    if (!end) return NULL;
    at += strlen(mark);
    return copy(at, (size_t)(end - at));
}
