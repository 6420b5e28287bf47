#include "typeset.h"

#include "text.h"

static bool is_minus(const char *text, const char *p)
{
    return *p == '-' && is_digit(p[1]) && (p == text || strchr(" [(,", p[-1]));
}

static bool is_hyphen(const char *text, const char *p)
{
    return *p == '-' && p > text && is_letter(p[-1]) && is_letter(p[1]);
}

/* The length of an exponent such as e-05, behind a digit at p[-1]; 0 where there is none. */
static size_t exponent_length(const char *text, const char *p)
{
    if (*p != 'e' || p == text || !is_digit(p[-1]) || (p[1] != '-' && p[1] != '+')) return 0;
    size_t digits = strspn(p + 2, "0123456789");
    return digits && !is_name(p[2 + digits]) ? 2 + digits : 0;
}

/* e-05 as ·10⁻⁵ */
static void add_exponent(char **text, const char *p, size_t n)
{
    static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    const char *digit = p + 2, *last = p + n - 1;
    while (digit < last && *digit == '0') digit++;
    addf(text, "·10%s", p[1] == '-' ? "⁻" : "");
    for (; digit <= last; digit++) add(text, raised[*digit - '0']);
}

const char *typeset(const char *text)
{
    char *set = NULL;
    for (const char *p = text; *p;) {
        size_t n = exponent_length(text, p);
        if (n)
            add_exponent(&set, p, n);
        else if (is_minus(text, p))
            add(&set, "−");
        else if (is_hyphen(text, p))
            add(&set, "‑");
        else if (starts(p, " %"))
            add(&set, "\u00A0");
        else
            add_char(&set, *p);
        p += n ? n : 1;
    }
    return keep(set);
}

const char *unbroken(const char *text)
{
    return replaced(text, " ", "\u00A0");
}
