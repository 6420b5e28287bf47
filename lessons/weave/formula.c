/* A formula is written as one would type it, and becomes TeX:

     list     = relation { ", " relation }
     relation = sum { " = " sum }                    or another sign in the place of =
     sum      = [ "-" ] product { " + " product }    or -
     product  = factor { " " factor }                or " . ", " * ", " / ", below all before it
     factor   = atom { "[" relation "]" } [ "'" ] [ "(" list ")" ] [ "^" atom ] [ "/" factor ]
     atom     = number | letter | words | "sqrt(" relation ")" | "sum over " words " of"
              | "(" list ")" | "|" relation "|"

   A text is not a formula if it breaks these rules, or if it has no =, += or -= in it. */

#include "formula.h"

#include "tex.h"

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
    bool takes = f->good && starts(f->at, text);
    if (takes) f->at += strlen(text);
    return takes;
}

/* Reads from here up to the text that must come next, and takes that text too. */
static const char *formula_up_to(formula *f, const char *(*read)(formula *), const char *end)
{
    const char *inside = read(f);
    f->good = formula_takes(f, end);
    return inside;
}

/* The length of a text: words side by side.  It ends before a gradient, and before a function that
   follows other words. */
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
    while (is_name(p[n])) n++;
    const char *greek = copy(p, letters), *digits = copy(p + letters, n - letters);
    f->at += n;
    if (n == 1) return (piece){.tex = copy(p, 1)};
    if (n == 2 && *p == 'd') return (piece){.tex = format("\\mathrm{d}%c", p[1])};
    if (look_up(tex_letters, greek) && strspn(digits, "0123456789") == strlen(digits))
        return (piece){.tex = format(*digits ? "\\%s_{%s}" : "\\%s", greek, digits)};
    n = words_at(p);
    f->at = p + n;
    f->good = n > 0;
    return (piece){.tex = format("\\text{%s}", copy(p, n)), .is_text = true};
}

static piece formula_number(formula *f)
{
    size_t n = strspn(f->at, "0123456789.");
    while (f->at[n - 1] == '.') n--; /* the full stop of the sentence */
    const char *number = copy(f->at, n);
    f->at += n;
    bool has_unit = is_letter(*f->at) && !is_name(f->at[1]); /* 2h */
    return (piece){.tex = has_unit ? format("%s%s", number, formula_name(f).tex) : number};
}

static piece formula_sum_sign(formula *f)
{
    const char *of = strstr(f->at, " of ");
    size_t n = of ? (size_t)(of - f->at) : 0;
    const char *over = copy(f->at, n);
    f->at += n;
    f->good = formula_takes(f, " of");
    return (piece){.tex = format(n == 1 ? "\\sum_{%s}" : "\\sum_{\\text{%s}}", over)};
}

static piece formula_atom(formula *f)
{
    if (formula_takes(f, "sum over ")) return formula_sum_sign(f);
    if (formula_takes(f, "sqrt("))
        return (piece){.tex = format("\\sqrt{%s}", formula_up_to(f, formula_relation, ")"))};
    if (formula_takes(f, "|"))
        return (piece){.tex = format("\\lvert %s\\rvert", formula_up_to(f, formula_relation, "|"))};
    if (formula_takes(f, "(")) {
        const char *inside = formula_up_to(f, formula_list, ")");
        return (piece){.tex = format("(%s)", inside), .inside = inside};
    }
    if (starts(f->at, ".]")) return f->at++, (piece){.tex = "\\cdot "};
    if (is_digit(*f->at)) return formula_number(f);
    if (is_letter(*f->at)) return formula_name(f);
    f->good = false;
    return (piece){.tex = ""};
}

static const char *without_brackets(piece p)
{
    return p.inside ? p.inside : p.tex;
}

static piece formula_factor(formula *f)
{
    piece base = formula_atom(f);
    const char *low = NULL;
    while (formula_takes(f, "[")) {
        const char *index = formula_up_to(f, formula_relation, "]");
        low = low ? format("%s\\,%s", low, index) : index;
    }
    if (low) base = (piece){.tex = format("%s_{%s}", base.tex, low)};
    if (formula_takes(f, "'")) base = (piece){.tex = format("%s'", base.tex)};
    if (formula_takes(f, "("))
        base = (piece){.tex = format("%s(%s)", base.tex, formula_up_to(f, formula_list, ")"))};
    if (formula_takes(f, "^")) {
        bool transposed = *f->at == 'T' && !is_name(f->at[1]);
        const char *high = without_brackets(formula_atom(f));
        base = (piece){.tex = format("%s^{%s}", base.tex, transposed ? "\\top" : high)};
    }
    if (*f->at == '/' && formula_takes(f, "/"))
        base = (piece){.tex = format("\\frac{%s}{%s}", base.tex, formula_factor(f).tex)};
    return base;
}

static const char *formula_product(formula *f)
{
    piece all = formula_factor(f);
    while (f->good && *f->at == ' ') {
        if (formula_takes(f, " / ")) {
            const char *over = without_brackets(all);
            all.tex = format("\\frac{%s}{%s}", over, without_brackets(formula_factor(f)));
            all.is_text = false;
        } else {
            const char *sign = formula_takes(f, " . ")   ? "\\cdot "
                               : formula_takes(f, " * ") ? "\\times "
                                                         : NULL;
            if (!sign && !is_name(f->at[1]) && !strchr("(|", f->at[1])) break;
            f->at += !sign;
            piece next = formula_factor(f);
            if (!sign) sign = all.is_text || next.is_text ? "\\;" : "\\,";
            all.tex = format("%s%s%s", all.tex, sign, next.tex);
            all.is_text = next.is_text;
        }
        all.inside = NULL;
    }
    return all.tex;
}

static const char *formula_sum(formula *f)
{
    const char *sign = formula_takes(f, "-") ? "-" : "", *sum = formula_product(f);
    sum = format("%s%s", sign, sum);
    while ((sign = formula_takes(f, " + ") ? "+" : formula_takes(f, " - ") ? "-" : NULL))
        sum = format("%s%s%s", sum, sign, formula_product(f));
    return sum;
}

static const char *formula_relation(formula *f)
{
    static const char *const signs[][2] = {{" = ", "="},           {" += ", "\\pluseq "},
                                           {" -= ", "\\minuseq "}, {" < ", "<"},
                                           {" > ", ">"},           {" <= ", "\\le "},
                                           {" >= ", "\\ge "}};
    const char *relation = formula_sum(f);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (formula_takes(f, signs[i][0])) {
            if (i < 3) f->equates = true;
            return format("%s%s%s", relation, signs[i][1], formula_relation(f));
        }
    return relation;
}

static const char *formula_list(formula *f)
{
    const char *list = formula_relation(f);
    while (formula_takes(f, ", ")) list = format("%s,\\;%s", list, formula_relation(f));
    return list;
}

const char *formula_of(const char *text)
{
    formula f = {text, true, false};
    const char *tex = formula_list(&f);
    bool ends = !*f.at || (strchr(".,:", *f.at) && !f.at[1]);
    if (!f.good || !f.equates || !ends) return NULL;
    return *f.at ? format("%s\\text{%s}", tex, f.at) : tex;
}
