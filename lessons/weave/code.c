#include "code.h"

const char *book_page = "book.html";

size_t section_key_length(const char *p)
{
    size_t digits = strspn(p, "0123456789");
    if (digits) return digits;
    return *p >= 'A' && *p <= 'Z' && !is_name(p[1]);
}

size_t put_section_ref(char **html, const char *p)
{
    size_t mark = strlen("§"), n = starts(p, "§") ? section_key_length(p + mark) : 0;
    if (!n) return 0;
    const char *key = copy(p + mark, n);
    addf(html, "<a class=\"section-ref\" href=\"%s#s%s\">§%s</a>", book_page, key, key);
    return mark + n;
}

bool is_library_name(const char *name)
{
    return starts(name, "tt_") || starts(name, "TT_");
}

static const char *link_to_book(const char *name, int line)
{
    bool whole = name[strlen(name) - 1] != '_'; /* tt_tape_ stands for several names */
    bool is_public = whole && is_library_name(name) && !starts(name + 2, "__");
    return line && is_public ? format("href=\"%s#%s\"", book_page, name) : NULL;
}

const char *(*link_of)(const char *name, int line) = link_to_book;

/* The class of a name: k keyword, t type, f function of this project, or NULL. */
static const char *name_class(const char *name, char next)
{
    static const char words[] =
        " auto k break k case k const k continue k default k do k else k enum k extern k for k "
        "goto k if k inline k return k sizeof k static k struct k switch k typedef k union k "
        "volatile k while k bool t char t double t float t int t long t short t signed t "
        "unsigned t void t FILE t ";
    const char *class = look_up(words, name);
    size_t n = strlen(name);
    if (class) return class;
    if (n > 2 && !strcmp(name + n - 2, "_t")) return "t";
    bool ours = starts(name, "tt_") || starts(name, "nb_") || starts(name, "ml_") ||
                starts(name, "lesson_");
    return !ours ? NULL : next == '(' ? "f" : "t";
}

/* The end of a directive, which is the end of the last line that a backslash continues, or the
   place where a comment begins. */
static const char *skip_directive(const char *p)
{
    for (; *p && *p != '\n' && !starts(p, "//") && !starts(p, "/*"); p++)
        if (starts(p, "\\\n")) p++;
    return p;
}

static const char *skip_number(const char *p)
{
    while (is_name(*p) || *p == '.' || ((*p == '+' || *p == '-') && strchr("eEpP", p[-1]))) p++;
    return p;
}

/* The end of the token at p, and its class: c comment, p preprocessor, s string, n number, ... */
static const char *token(const char *p, bool line_start, const char **class)
{
    const char *from = p, *end;
    *class = NULL;
    if ((end = skip_comment(p)) > p) return *class = "c", end;
    if ((end = skip_quoted(p)) > p) return *class = "s", end;
    if (*p == '#' && line_start) return *class = "p", skip_directive(p);
    if (is_digit(*p)) return *class = "n", skip_number(p);
    if (!is_name(*p)) return p + 1;
    while (is_name(*p)) p++;
    *class = name_class(copy(from, (size_t)(p - from)), *p);
    return p;
}

static void put_name(char **html, const char *p, size_t n, const char *class, int line)
{
    const char *name = copy(p, n), *link = link_of(name, line);
    const char *style = class ? format(" class=\"%s\"", class) : "";
    if (link)
        addf(html, "<a%s %s>%s</a>", style, link, name);
    else if (class)
        addf(html, "<span%s>%s</span>", style, name);
    else
        add(html, name);
}

/* Adds a text that may contain names and marks of sections: a directive or a comment. */
static void put_mixed(char **html, const char *p, size_t n, int line)
{
    for (const char *end = p + n; p < end; p += n) {
        if ((n = name_length(p)))
            put_name(html, p, n, NULL, line);
        else if (!(n = put_section_ref(html, p)))
            add_escaped(html, p, n = 1);
    }
}

/* Adds a token, or as much of it as is on one line. */
static void put_token(char **html, const char *p, size_t n, const char *class, int line)
{
    bool comment = class && *class == 'c', directive = class && *class == 'p';
    if (!n) return;
    if (name_length(p) == n && !comment && !directive) {
        put_name(html, p, n, class, line);
        return;
    }
    if (class) addf(html, "<span class=\"%s\">", class);
    if (comment || directive)
        put_mixed(html, p, n, comment ? 0 : line);
    else
        add_escaped(html, p, n);
    if (class) add(html, "</span>");
}

/* Adds code that begins on a line.  If numbered, its lines have numbers, and ids such as L12. */
static void put_tokens(char **html, const char *code, int line, bool numbered)
{
    bool line_start = true;
    for (const char *p = code; *p;) {
        const char *class, *end = token(p, line_start, &class);
        line_start = *p == '\n' || (line_start && strchr(" \t", *p));
        while (p < end) { /* a token may hold several lines */
            size_t n = strcspn(p, "\n");
            if (n > (size_t)(end - p)) n = (size_t)(end - p);
            put_token(html, p, n, class, line);
            if (p + n < end) add(html, "\n");
            if (p + n < end && numbered) addf(html, "<b id=\"L%d\"></b>", ++line);
            p += n + (p + n < end);
        }
    }
}

/* The style sheet draws the number of a line before its <b>, so that nobody copies it. */
void put_lines(char **html, const char *code, int line)
{
    addf(html,
         "<pre class=\"code\" tabindex=\"0\" style=\"counter-reset: line %d\"><code>"
         "<b id=\"L%d\"></b>",
         line - 1, line);
    put_tokens(html, code, line, true);
    add(html, "</code></pre>\n");
}

void put_code(char **html, const char *code, int line)
{
    add(html, "<div class=\"listing\">\n");
    put_lines(html, code, line);
    add(html, "</div>\n");
}

void put_sample(char **html, const char *code)
{
    add(html, "<pre class=\"code\" tabindex=\"0\"><code>");
    put_tokens(html, code, 0, false);
    add(html, "</code></pre>\n");
}

void put_quotation(char **html, const char *path, const char *code)
{
    addf(html,
         "<div class=\"listing quotation\">\n<p class=\"head\">%s</p>\n"
         "<pre class=\"code\" tabindex=\"0\"><code>",
         escaped(path));
    put_tokens(html, code, 1, false);
    add(html, "</code></pre>\n</div>\n");
}
