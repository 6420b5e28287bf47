/* Weaves twotower.h into a textbook, OUT/book.html: build/lessons/book [OUT], from the root of the
   repository.

   The header's own text is all there is to edit.  A comment that begins in column 1 is prose, all
   else is code, with its own line numbers.  In prose

     §7 title ----         opens a section: its interface in Part I, its chapter in Part II
     WORDS IN CAPITALS     that begin a paragraph are a heading
     1.                    begins an item, whose other lines are indented like its first word
     four columns deeper   is shown apart: formulas as mathematics, all else as it stands
     three spaces          or more within a line divide it into columns

   and a name or a § is a link.  What a formula may be written like says formula_of below. */
#include "notebook.h"

#include <glob.h>

enum { SECTIONS = 20, DEEPER = 4 };

typedef struct {
    const char *name, *text;
} test_file;

/* A name of the header.  C wants a name declared before its use: in code, its first mention. */
typedef struct {
    const char *name;
    int section, line, body;      /* body: the line on which the function begins, or 0 */
    bool is_public, is_function;
    bool anchored, body_anchored; /* its ids are in the page */
} entry;

static struct {
    entry *names;
    bool collecting;  /* the first time through the code, which finds the names */
    int part;         /* 0, 1 or 2 */
    int section;      /* -1 before the first */
    const char *root; /* the repository's folder */
    const char *titles[SECTIONS];
    bool has[3][SECTIONS];
    test_file *tests;
    const char *lessons[NB__LESSONS]; /* their texts */
} book;

/* ---- names ---- */

static entry *find_name(const char *name)
{
    for (size_t i = 0; i < arrlenu(book.names); i++)
        if (!strcmp(book.names[i].name, name)) return &book.names[i];
    return NULL;
}

static void declare(const char *name, int line)
{
    bool hidden = nb__starts(name + 2, "__");
    if (hidden && !name[strlen("tt__")]) return; /* half of a name that ## makes */
    entry new = {.name = name, .section = book.section, .line = line, .is_public = !hidden};
    arrput(book.names, new);
}

/* The attributes of the link around a name.  A use leads to the declaration, the declaration to the
   body, and the body back. */
static const char *link_in_book(const char *name, int line)
{
    if (!nb__is_library_name(name)) return NULL;
    entry *e = find_name(name);
    if (book.collecting && line && !e) declare(name, line);
    if (book.collecting || !e) return NULL;
    if (line == e->line && !e->anchored) {
        e->anchored = true;
        const char *to = e->body          ? nb__format(" href=\"#%s-body\"", name)
                         : e->is_function ? nb__format(" href=\"#s%d\"", e->section)
                                          : "";
        return nb__format("id=\"%s\"%s", name, to);
    }
    if (line && line == e->body && !e->body_anchored) {
        e->body_anchored = true;
        return nb__format("id=\"%s-body\" href=\"#%s\"", name, name);
    }
    return nb__format("href=\"#%s\"", name);
}

/* A line that begins with TT_API declares a function in Part I, and is its body's first in Part
   II. */
static void note_functions(const nb__part *code)
{
    int line = code->first;
    for (const char *p = code->text; *p; p += strcspn(p, "\n"), p += *p == '\n', line++) {
        if (!nb__starts(p, "TT_API ")) continue;
        const char *end = p + strcspn(p, "(\n"), *from = end;
        while (from > p && nb__is_name(from[-1])) from--;
        entry *e = find_name(nb__copy(from, (size_t)(end - from)));
        if (e && book.part == 2 && e->line != line) e->body = line;
        if (e) e->is_function = true;
    }
}

/* ---- formulas ----

   A formula is written as one would type it, and becomes TeX:

     list     = relation { ", " relation }
     relation = sum { " = " sum }                    or another sign in the place of =
     sum      = [ "-" ] product { " + " product }    or -
     product  = factor { " " factor }                or " . ", " * ", " / ", below all before it
     factor   = atom { "[" relation "]" } [ "'" ] [ "(" list ")" ] [ "^" atom ] [ "/" factor ]
     atom     = number | letter | words | "sqrt(" relation ")" | "sum over " words " of"
              | "(" list ")" | "|" relation "|"

   What isn't like that, or says of nothing that it equals something, is no formula. */

typedef struct {
    const char *at;
    bool good, equates;
} formula;

typedef struct {
    const char *tex;
    const char *inside; /* of a pair of brackets, when it is nothing else */
    bool is_text;
} piece;

static const char *formula_list(formula *f);
static const char *formula_relation(formula *f);

static bool formula_takes(formula *f, const char *text)
{
    bool takes = f->good && nb__starts(f->at, text);
    if (takes) f->at += strlen(text);
    return takes;
}

/* What stands between here and the text that must come then. */
static const char *formula_up_to(formula *f, const char *(*read)(formula *), const char *end)
{
    const char *inside = read(f);
    f->good = formula_takes(f, end);
    return inside;
}

/* The length of a text: words side by side, but neither a gradient nor a function after others. */
static size_t words_at(const char *p)
{
    size_t end = 0;
    for (size_t n, at = 0; (n = strspn(p + at, "abcdefghijklmnopqrstuvwxyz_-")) > 1; at = end + 1) {
        bool gradient = n == 2 && p[at] == 'd';
        if (gradient || (end && p[at + n] == '(')) break;
        end = at + n;
        if (p[end] != ' ') break;
    }
    return end;
}

/* x, dX (the gradient by X), beta1, or words. */
static piece formula_name(formula *f)
{
    const char *p = f->at;
    size_t letters = strspn(p, "abcdefghijklmnopqrstuvwxyz"), n = 0;
    while (nb__is_name(p[n])) n++;
    const char *greek = nb__copy(p, letters), *digits = nb__copy(p + letters, n - letters);
    f->at += n;
    if (n == 1) return (piece){.tex = nb__copy(p, 1)};
    if (n == 2 && *p == 'd') return (piece){.tex = nb__format("\\mathrm{d}%c", p[1])};
    if (nb__look_up(nb__tex_letters, greek) && strspn(digits, "0123456789") == strlen(digits))
        return (piece){.tex = nb__format(*digits ? "\\%s_{%s}" : "\\%s", greek, digits)};
    n = words_at(p);
    f->at = p + n;
    f->good = n > 0;
    return (piece){.tex = nb__format("\\text{%s}", nb__copy(p, n)), .is_text = true};
}

static piece formula_number(formula *f)
{
    size_t n = strspn(f->at, "0123456789.");
    while (f->at[n - 1] == '.') n--; /* the full stop of the sentence */
    const char *number = nb__copy(f->at, n);
    f->at += n;
    bool has_unit = nb__is_letter(*f->at) && !nb__is_name(f->at[1]); /* 2h */
    return (piece){.tex = has_unit ? nb__format("%s%s", number, formula_name(f).tex) : number};
}

static piece formula_sum_sign(formula *f)
{
    const char *of = strstr(f->at, " of ");
    size_t n = of ? (size_t)(of - f->at) : 0;
    const char *over = nb__copy(f->at, n);
    f->at += n;
    f->good = formula_takes(f, " of");
    return (piece){.tex = nb__format(n == 1 ? "\\sum_{%s}" : "\\sum_{\\text{%s}}", over)};
}

static piece formula_atom(formula *f)
{
    if (formula_takes(f, "sum over ")) return formula_sum_sign(f);
    if (formula_takes(f, "sqrt("))
        return (piece){.tex = nb__format("\\sqrt{%s}", formula_up_to(f, formula_relation, ")"))};
    if (formula_takes(f, "|"))
        return (piece){.tex = nb__format("\\lvert %s\\rvert",
                                         formula_up_to(f, formula_relation, "|"))};
    if (formula_takes(f, "(")) {
        const char *inside = formula_up_to(f, formula_list, ")");
        return (piece){.tex = nb__format("(%s)", inside), .inside = inside};
    }
    if (nb__starts(f->at, ".]")) return f->at++, (piece){.tex = "\\cdot "};
    if (nb__is_digit(*f->at)) return formula_number(f);
    if (nb__is_letter(*f->at)) return formula_name(f);
    f->good = false;
    return (piece){.tex = ""};
}

static const char *without_brackets(piece p) { return p.inside ? p.inside : p.tex; }

static piece formula_factor(formula *f)
{
    piece base = formula_atom(f);
    const char *low = NULL;
    while (formula_takes(f, "[")) {
        const char *index = formula_up_to(f, formula_relation, "]");
        low = low ? nb__format("%s\\,%s", low, index) : index;
    }
    if (low) base = (piece){.tex = nb__format("%s_{%s}", base.tex, low)};
    if (formula_takes(f, "'")) base = (piece){.tex = nb__format("%s'", base.tex)};
    if (formula_takes(f, "("))
        base = (piece){.tex = nb__format("%s(%s)", base.tex, formula_up_to(f, formula_list, ")"))};
    if (formula_takes(f, "^")) {
        bool transposed = *f->at == 'T' && !nb__is_name(f->at[1]);
        const char *high = without_brackets(formula_atom(f));
        base = (piece){.tex = nb__format("%s^{%s}", base.tex, transposed ? "\\top" : high)};
    }
    if (*f->at == '/' && formula_takes(f, "/"))
        base = (piece){.tex = nb__format("\\frac{%s}{%s}", base.tex, formula_factor(f).tex)};
    return base;
}

static const char *formula_product(formula *f)
{
    piece all = formula_factor(f);
    while (f->good && *f->at == ' ') {
        if (formula_takes(f, " / ")) {
            const char *over = without_brackets(all);
            all.tex = nb__format("\\frac{%s}{%s}", over, without_brackets(formula_factor(f)));
            all.is_text = false;
        } else {
            const char *sign = formula_takes(f, " . ")   ? "\\cdot "
                               : formula_takes(f, " * ") ? "\\times "
                                                         : NULL;
            if (!sign && !nb__is_name(f->at[1]) && !strchr("(|", f->at[1])) break;
            f->at += !sign;
            piece next = formula_factor(f);
            if (!sign) sign = all.is_text || next.is_text ? "\\;" : "\\,";
            all.tex = nb__format("%s%s%s", all.tex, sign, next.tex);
            all.is_text = next.is_text;
        }
        all.inside = NULL;
    }
    return all.tex;
}

static const char *formula_sum(formula *f)
{
    const char *sign = formula_takes(f, "-") ? "-" : "", *sum = formula_product(f);
    sum = nb__format("%s%s", sign, sum);
    while ((sign = formula_takes(f, " + ") ? "+" : formula_takes(f, " - ") ? "-" : NULL))
        sum = nb__format("%s%s%s", sum, sign, formula_product(f));
    return sum;
}

static const char *formula_relation(formula *f)
{
    static const char *const signs[][2] = {{" = ", "="}, {" += ", "\\pluseq "},
                                           {" -= ", "\\minuseq "}, {" < ", "<"}, {" > ", ">"},
                                           {" <= ", "\\le "}, {" >= ", "\\ge "}};
    const char *relation = formula_sum(f);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (formula_takes(f, signs[i][0])) {
            if (i < 3) f->equates = true;
            return nb__format("%s%s%s", relation, signs[i][1], formula_relation(f));
        }
    return relation;
}

static const char *formula_list(formula *f)
{
    const char *list = formula_relation(f);
    while (formula_takes(f, ", ")) list = nb__format("%s,\\;%s", list, formula_relation(f));
    return list;
}

/* As TeX, with the point or comma that ends it; NULL if it is no formula. */
static const char *formula_of(const char *text)
{
    formula f = {text, true, false};
    const char *tex = formula_list(&f);
    bool ends = !*f.at || (strchr(".,:", *f.at) && !f.at[1]);
    if (!f.good || !f.equates || !ends) return NULL;
    return *f.at ? nb__format("%s\\text{%s}", tex, f.at) : tex;
}

/* What was written goes along as an annotation, which is not shown. */
static void put_formula(char **html, const char *text, const nb__part *part)
{
    nb__puts(html, "<math display=\"block\"><semantics><mrow>");
    nb__put_tex(html, formula_of(text), true, part);
    nb__putf(html, "</mrow><annotation encoding=\"text/plain\">%s</annotation></semantics>"
                   "</math>\n", nb_escaped(text));
}

/* ---- prose ---- */

/* `code`, names and marks of sections within a text. */
static void put_words(char **html, const char *p)
{
    bool code = false;
    for (size_t n; *p; p += n) {
        if ((n = nb__name_length(p))) {
            const char *name = nb__copy(p, n), *link = link_in_book(name, 0);
            nb__putf(html, !link ? "%s%s" : code ? "<a %s>%s</a>" : "<a %s><code>%s</code></a>",
                     link ? link : "", name);
        } else if ((n = nb__put_section_ref(html, p))) {
        } else if (*p == '`') {
            nb__puts(html, (code = !code) ? "<code>" : "</code>"), n = 1;
        } else {
            nb__put_escaped(html, p, n = 1);
        }
    }
}

typedef struct {
    int indent;
    const char *text; /* "" for a blank line */
} text_line;

/* The lines of a comment, as an array.  The text begins in the column of its first word. */
static text_line *lines_of(const char *comment)
{
    text_line *lines = NULL;
    for (const char *p = comment; *p; p += *p == '\n') {
        size_t spaces = strspn(p, " "), n = strcspn(p += spaces, "\n"), used = n;
        while (used && p[used - 1] == ' ') used--;
        text_line one = {(int)spaces - (lines ? 3 : 1), nb__copy(p, used)};
        arrput(lines, one);
        p += n;
    }
    return lines;
}

/* The first gap in a line, or NULL, and the text behind it. */
static const char *find_gap(const char *text, const char **behind)
{
    const char *gap = strstr(text, "   ");
    if (gap) *behind = gap + strspn(gap, " ");
    return gap && **behind ? gap : NULL;
}

/* The length of the words in capitals that are a heading, or 0. */
static size_t heading_length(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ");
    while (n && text[n - 1] == ' ') n--;
    return n > 4 && (!text[n] || nb__starts(text + n, " (")) ? n : 0;
}

static size_t item_length(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits && nb__starts(text + digits, ". ") ? digits + strspn(text + digits, ". ") : 0;
}

static void put_heading(char **html, int level, const char *class, const char *id, const char *text)
{
    nb__heading h = {.level = level, .id = id ? id : nb__make_id(text), .html = nb_escaped(text)};
    nb__put_heading(html, h, class);
    nb__puts(html, "\n");
}

/* A row of formulas, and perhaps words beside them. */
static void put_formulas(char **html, const char *text, const nb__part *part)
{
    nb__puts(html, "<p>");
    for (const char *behind, *gap; text; text = gap ? behind : NULL) {
        gap = find_gap(text, &behind);
        const char *cell = gap ? nb__copy(text, (size_t)(gap - text)) : text;
        nb__puts(html, "<span>\n");
        if (formula_of(cell)) put_formula(html, cell, part);
        else put_words(html, cell);
        nb__puts(html, "</span>\n");
    }
    nb__puts(html, "</p>\n");
}

static bool begins_with_formula(const char *text)
{
    const char *behind, *gap = find_gap(text, &behind);
    return formula_of(gap ? nb__copy(text, (size_t)(gap - text)) : text) != NULL;
}

/* Lines that are shown apart. */
static void put_shown(char **html, const text_line *lines, int n, const nb__part *part)
{
    bool formulas = true, code = false;
    char *text = NULL;
    for (int i = 0; i < n; i++) {
        formulas = formulas && begins_with_formula(lines[i].text);
        code = code || strpbrk(lines[i].text, ";#");
        int indent = lines[i].indent - lines[0].indent;
        nb__putf(&text, "%*s%s%s", *lines[i].text && indent > 0 ? indent : 0, "", lines[i].text,
                 i + 1 < n ? "\n" : "");
    }
    text = nb__keep(text);
    if (formulas) {
        nb__puts(html, "<div class=\"formulas\" tabindex=\"0\">\n");
        for (int i = 0; i < n; i++) put_formulas(html, lines[i].text, part);
        nb__puts(html, "</div>\n");
    } else {
        nb__puts(html, code ? "<pre class=\"code\" tabindex=\"0\"><code>" : "<pre tabindex=\"0\">");
        if (code) nb__put_tokens(html, text, 0);
        else put_words(html, text);
        nb__puts(html, code ? "</code></pre>\n" : "</pre>\n");
    }
}

/* Rows of a name and what it means, which may go on in the column where it begins. */
static int put_rows(char **html, const text_line *lines, int n)
{
    int i = 0;
    nb__puts(html, "<div class=\"table\">\n<table>\n");
    for (const char *behind, *gap; i < n && (gap = find_gap(lines[i].text, &behind));) {
        char *meaning = NULL;
        int column = lines[i].indent + (int)(behind - lines[i].text);
        nb__putf(html, "<tr><th scope=\"row\">");
        put_words(html, nb__copy(lines[i].text, (size_t)(gap - lines[i].text)));
        nb__puts(&meaning, behind);
        for (i++; i < n && *lines[i].text && lines[i].indent == column; i++)
            nb__putf(&meaning, " %s", lines[i].text);
        nb__puts(html, "</th>\n<td>");
        put_words(html, nb__keep(meaning));
        nb__puts(html, "</td></tr>\n");
    }
    nb__puts(html, "</table>\n</div>\n");
    return i;
}

static int put_paragraph(char **html, const text_line *lines, int n)
{
    const char *behind;
    char *words = NULL;
    int i = 0;
    for (; i < n && *lines[i].text; i++) {
        bool other = find_gap(lines[i].text, &behind) || item_length(lines[i].text) ||
                     lines[i].indent >= lines[0].indent + DEEPER;
        if (other && i) break;
        nb__putf(&words, "%s%s", i ? "\n" : "", lines[i].text);
    }
    nb__puts(html, "<p>");
    put_words(html, nb__keep(words));
    nb__puts(html, "</p>\n");
    return i;
}

/* How many of the lines are shown apart: those that are indented, and blank ones between them. */
static int shown_lines(const text_line *lines, int n, int base)
{
    int shown = 0;
    for (int i = 0; i < n && (!*lines[i].text || lines[i].indent >= base + DEEPER); i++)
        if (*lines[i].text) shown = i + 1;
    return shown;
}

typedef struct {
    bool open;
    int at, base; /* columns of the numbers, and of the words */
} open_list;

/* Begins an item, opening its list if need be, or closes a list that is over. */
static void put_list(char **html, open_list *list, text_line *first)
{
    int item = (int)item_length(first->text);
    if (list->open && (item || first->indent < list->base)) nb__puts(html, "</li>\n");
    if (list->open && !item && first->indent < list->base) {
        nb__puts(html, "</ol>\n");
        list->open = false;
    }
    if (!item) return;
    nb__puts(html, list->open ? "<li>" : "<ol>\n<li>");
    first->text += item;
    first->indent += item;
    list->open = true;
    list->base = first->indent;
}

static void put_prose(char **html, text_line *lines, const nb__part *part)
{
    open_list list = {0};
    const char *behind;
    int base = 0, n = (int)arrlen(lines);
    for (int i = 0; i < n;) {
        if (!*lines[i].text && ++i) continue;
        put_list(html, &list, &lines[i]);
        if (list.open) base = list.base;
        int shown = shown_lines(lines + i, n - i, base);
        size_t heading = heading_length(lines[i].text);
        if (shown) {
            put_shown(html, lines + i, shown, part);
            i += shown;
        } else if (heading) {
            put_heading(html, 2, " class=\"caps\"", NULL, nb__copy(lines[i].text, heading));
            lines[i].text += heading + strspn(lines[i].text + heading, " ");
        } else if (find_gap(lines[i].text, &behind)) {
            if (begins_with_formula(lines[i].text)) put_shown(html, lines + i, 1, part), i++;
            else i += put_rows(html, lines + i, n - i);
        } else {
            if (!list.open) base = lines[i].indent;
            i += put_paragraph(html, lines + i, n - i);
        }
    }
    text_line end = {-1, ""};
    put_list(html, &list, &end);
}

/* ---- what lessons and tests say of a section ---- */

static bool mentions(const char *text, int section)
{
    const char *mark = nb__format("§%d", section);
    for (const char *p = text; (p = strstr(p, mark)); p++)
        if (!nb__is_digit(p[strlen(mark)])) return true;
    return false;
}

static const char *read_or_die(const char *path)
{
    const char *text = nb__read(path);
    if (!text) nb__die((nb__place){path, 1}, "can't be read: %s", strerror(errno));
    return text;
}

/* The sources that a section may be mentioned in. */
static void read_lessons_and_tests(void)
{
    for (int i = 0; i < NB__LESSONS; i++)
        book.lessons[i] =
            read_or_die(nb__format("%slessons/%s.c", book.root, nb__contents[i].name));
    glob_t files = {0};
    const char *pattern = nb__format("%stests/unit/test_*.c", book.root);
    if (glob(pattern, 0, NULL, &files)) nb__die((nb__place){pattern, 1}, "there are no tests");
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const char *path = files.gl_pathv[i], *name = path + strlen(nb__folder(path));
        test_file test = {nb__copy(name, strlen(name)), read_or_die(path)};
        arrput(book.tests, test);
    }
    globfree(&files);
}

static void put_lessons(char **html, int section)
{
    int found = 0;
    for (int i = 0; i < NB__LESSONS; i++) {
        const nb__entry *e = &nb__contents[i];
        if (!mentions(book.lessons[i], section)) continue;
        nb__putf(html, "%s<a href=\"%s.html\">%d %s</a>", found++ ? ", " : "<p>Lessons: ", e->name,
                 i + 1, nb_escaped(e->title));
    }
    if (found) nb__puts(html, "</p>\n");
}

/* The name of a test that begins on a line, or NULL. */
static const char *test_name(const char *p)
{
    static const char start[] = "static void ";
    if (!nb__starts(p, start)) return NULL;
    p += strlen(start);
    size_t n = nb__name_length(p);
    return nb__starts(p + n, "(void **") ? nb__copy(p, n) : NULL;
}

/* The tests of a file that belong to a section: by the § in the comment above them, else by the one
   in the heading above that.  Returns how many there are. */
static int put_tests_of(char **html, const char *text, int section)
{
    const char *heading = "", *comment = "", *name;
    int found = 0;
    for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        if (nb__starts(p, "/*")) {
            const char *end = strstr(p, "*/");
            comment = nb__copy(p, end ? (size_t)(end - p) : strlen(p));
            if (strstr(comment, "----")) heading = comment;
        } else if (*p == '\n') {
            comment = "";
        } else if ((name = test_name(p))) {
            if (!mentions(strstr(comment, "§") ? comment : heading, section)) continue;
            nb__putf(html, "%s<code>%s</code>", found++ ? ", " : "", name);
        }
    }
    return found;
}

static void put_tests(char **html, int section)
{
    char *list = NULL;
    int found = 0;
    for (size_t i = 0; i < arrlenu(book.tests); i++) {
        char *names = NULL;
        int here = put_tests_of(&names, book.tests[i].text, section);
        if (here) nb__putf(&list, "<li>%s: %s</li>\n", book.tests[i].name, names);
        found += here;
        arrfree(names);
    }
    if (!found) return;
    nb__putf(html, "<details>\n<summary>%d test%s</summary>\n<ul>\n%s</ul>\n</details>\n", found,
             found == 1 ? "" : "s", nb__keep(list));
}

/* ---- sections ---- */

static const char part_letters[] = " is"; /* #i7 is the interface of §7, #s7 its chapter */

static void put_way(char **html, int part, int section, const char *before, const char *after)
{
    if (section < 0 || section >= SECTIONS || !book.has[part][section]) return;
    nb__putf(html, "<a href=\"#%c%d\">%s§%d %s%s</a>\n", part_letters[part], section, before,
             section, book.titles[section], after);
}

/* Closes the section: the way to its neighbours. */
static void end_section(char **html)
{
    if (book.section < 0) return;
    nb__puts(html, "<div class=\"ways\">\n");
    put_way(html, book.part, book.section - 1, "← ", "");
    put_way(html, book.part, book.section + 1, "", " →");
    nb__puts(html, "</div>\n");
    book.section = -1;
}

static void begin_section(char **html, const nb__part *part, const char *title)
{
    const char *p = title + strlen("§"), *end = strstr(p, " --");
    int n = (int)strtol(p, NULL, 10), other = 3 - book.part;
    p += strspn(p, "0123456789 ");
    if (!end || n >= SECTIONS || !book.part || (book.collecting && book.has[book.part][n]))
        nb__die(nb__line(part->first), "this section has no part, no ----, or comes twice");
    book.section = n;
    book.has[book.part][n] = true;
    book.titles[n] = nb_escaped(nb__copy(p, (size_t)(end - p)));
    put_heading(html, 3, "", nb__format("%c%d", part_letters[book.part], n),
                nb__copy(title, (size_t)(end - title)));
    nb__puts(html, "<div class=\"related\">\n");
    if (book.has[other][n])
        nb__putf(html, "<p><a href=\"#%c%d\">The %s of §%d</a></p>\n", part_letters[other], n,
                 book.part == 1 ? "chapter" : "interface", n);
    put_lessons(html, n);
    put_tests(html, n);
    nb__puts(html, "</div>\n");
}

static void begin_part(char **html, const char *title)
{
    book.part = nb__starts(title, "PART II:") ? 2 : 1;
    put_heading(html, 2, " class=\"caps\"", NULL, title);
}

/* The lines of a comment that are not prose: the title of the book, of a part, of a section. */
static int put_title(char **html, const nb__part *part, const text_line *lines)
{
    if (part->first == 1) {
        nb__putf(html, "<h1>%s</h1>\n", nb_escaped(lines[0].text));
        return 1;
    }
    if (nb__starts(lines[0].text, "§")) {
        end_section(html);
        begin_section(html, part, lines[0].text);
        return 1;
    }
    if (!nb__starts(lines[0].text, "====")) return 0;
    end_section(html);
    if (arrlen(lines) < 2 || !nb__starts(lines[1].text, "PART ")) return 1;
    begin_part(html, lines[1].text);
    return 2;
}

/* ---- the page ---- */

/* The end of a comment that begins here and has whole lines for itself, or NULL. */
static const char *comment_end(const char *p)
{
    const char *end = nb__starts(p, "/*") ? strstr(p, "*/") : NULL;
    return end && end[2] == '\n' ? end : NULL;
}

static void cut_header(const char *source)
{
    const char *code = source, *end;
    int line = 1, code_line = 1;
    for (const char *p = source; *p; p += *p == '\n', line++) {
        if ((end = comment_end(p))) {
            nb__add_code(code, p, code_line);
            nb__part prose = {.prose = true, .first = line, .last = line + nb__lines(p, end),
                              .text = nb__copy(p + 2, (size_t)(end - p - 2))};
            arrput(nb__the.parts, prose);
            code = p = end + 2;
            code_line = line = prose.last;
        } else {
            p += strcspn(p, "\n");
        }
    }
    nb__add_code(code, code + strlen(code), code_line);
}

static void weave_prose(char **html, const nb__part *part)
{
    text_line *lines = lines_of(part->text);
    int titles = put_title(html, part, lines);
    while (arrlen(lines) && nb__starts(arrlast(lines).text, "====")) (void)arrpop(lines);
    arrdeln(lines, 0, (size_t)titles);
    if (arrlen(lines)) {
        nb__puts(html, "<div class=\"prose\">\n");
        put_prose(html, lines, part);
        nb__puts(html, "</div>\n");
    }
    arrfree(lines);
}

static const char *weave_header(void)
{
    char *html = NULL;
    book.part = 0, book.section = -1;
    arrfree(nb__the.headings);
    for (size_t i = 0; i < arrlenu(nb__the.parts); i++) {
        const nb__part *part = &nb__the.parts[i];
        if (part->prose) {
            weave_prose(&html, part);
        } else {
            nb__put_code(&html, part->text, part->first);
            if (book.collecting) note_functions(part);
        }
    }
    end_section(&html);
    return nb__keep(html);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static void put_names(char **html, const char *title, bool is_public)
{
    put_heading(html, 3, "", NULL, title);
    nb__puts(html, "<ul class=\"names\">\n");
    for (size_t i = 0; i < arrlenu(book.names); i++) {
        const entry *e = &book.names[i];
        if (e->is_public != is_public) continue;
        nb__putf(html, "<li><a href=\"#%s\"><code>%s</code></a> ", e->name, e->name);
        if (e->section >= 0 && nb__put_section_ref(html, nb__format("§%d", e->section)))
            nb__puts(html, ", ");
        nb__putf(html, "<a href=\"#L%d\">%d</a>", e->line, e->line);
        if (e->body) nb__putf(html, ", <a href=\"#L%d\">%d</a>", e->body, e->body);
        nb__puts(html, "</li>\n");
    }
    nb__puts(html, "</ul>\n");
}

static const char *weave_index(void)
{
    char *html = NULL;
    nb__puts(&html, "<section class=\"index-of-names\">\n");
    put_heading(&html, 2, "", "names", "Index of names");
    nb__puts(&html, "<p>Each with its section, the line of its declaration, and for a function the "
                    "line of its body.</p>\n");
    qsort(book.names, arrlenu(book.names), sizeof *book.names, by_name);
    put_names(&html, "Public names", true);
    put_names(&html, "Private names", false);
    nb__puts(&html, "</section>\n");
    return nb__keep(html);
}

static const char *weave_contents(void)
{
    char *html = NULL;
    bool inside = false;
    nb__puts(&html, "<nav class=\"toc\" aria-label=\"On this page\">\n<p>On this page</p>\n<ol>\n");
    for (size_t i = 0; i < arrlenu(nb__the.headings); i++) {
        const nb__heading *h = &nb__the.headings[i];
        if (i) nb__puts(&html, h->level == 3 ? inside ? "</li>\n" : "\n<ol>\n"
                               : inside      ? "</li>\n</ol>\n</li>\n"
                                             : "</li>\n");
        inside = h->level == 3;
        nb__putf(&html, "<li><a href=\"#%s\"%s>%s</a>", h->id,
                 heading_length(h->html) || nb__starts(h->html, "PART") ? " class=\"caps\"" : "",
                 h->html);
    }
    nb__puts(&html, inside ? "</li>\n</ol>\n</li>\n</ol>\n</nav>\n" : "</li>\n</ol>\n</nav>\n");
    return nb__keep(html);
}

static const char *weave_book(void)
{
    char *page = NULL;
    book.collecting = true;
    weave_header();
    book.collecting = false;
    const char *text = weave_header(), *names = weave_index();
    nb__weave_head(&page, "The book – twotower.h", "");
    nb__putf(&page, "<header>\n<p class=\"lesson\">The book</p>\n%s</header>\n"
                    "<div class=\"page book\">\n%s<main id=\"content\">\n%s%s</main>\n</div>\n",
             nb__nav("Lessons"), weave_contents(), text, names);
    nb__putf(&page, "<footer>\n%s<p>Woven by lessons/book.c from twotower.h.</p>\n</footer>\n",
             nb__nav("Lessons, again"));
    nb__weave_foot(&page);
    return nb__keep(page);
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        fprintf(stderr, "usage: %s [folder of the pages]\n", argv[0]);
        return 2;
    }
    nb__the.source = __FILE__;
    nb__the.name = "book";
    book.root = nb__root();
    nb__the.source = nb__format("%stwotower.h", book.root);
    nb__book = "";
    nb__link = link_in_book;
    nb.out = argc > 1 ? argv[1] : "report";
    cut_header(read_or_die(nb__the.source));
    read_lessons_and_tests();
    nb__make_folder("");
    const char *path = nb__format("%s/book.html", nb.out), *page = weave_book();
    bool good = nb__write(path, page, strlen(page));
    if (good) printf("%s: %d names\n", path, (int)arrlen(book.names));
    arrfree(book.names);
    arrfree(book.tests);
    nb__free_all();
    return good ? 0 : 1;
}
