/* A little TeX becomes MathML, which browsers set without any script.  One function per rule:

       row    = { script }
       script = atom { ("^" | "_") group }
       group  = "{" row "}" | atom
       atom   = letter | number | operator | group | "\" command                                 */

#include "tex.h"

const char tex_letters[] =
    " alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ kappa κ lambda λ "
    "mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ "
    "Theta Θ Lambda Λ Sigma Σ Phi Φ Psi Ψ Omega Ω ell ℓ partial ∂ nabla ∇ infty ∞ top ⊤ ";
static const char tex_operators[] =
    " sum ∑ prod ∏ cdot ⋅ times × odot ⊙ pm ± le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ in ∈ to → "
    "rightarrow → leftarrow ← gets ← mapsto ↦ sim ∼ ll ≪ gg ≫ mid ∣ ldots … dots … cdots ⋯ % % "
    "pluseq += minuseq -= ";
static const char tex_brackets[] =
    " lVert ‖ rVert ‖ | ‖ lvert | rvert | { { } } langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ "
    "rceil ⌉ ";
static const char tex_functions[] =
    " max max min min log log exp exp ln ln cos cos sin sin tanh tanh ";
static const char tex_accents[] = " hat ^ bar ¯ tilde ~ vec → overline ¯ ";
static const char tex_spaces[] = " quad 1em qquad 2em , 0.17em ; 0.28em ! -0.17em ";
static const char tex_above_and_below[] = " sum 1 prod 1 max 1 min 1 ";

typedef struct {
    const char *at, *whole;
    bool display; /* on a line of its own */
    const part *where;
} tex_reader;

static void tex_row(tex_reader *t, char **out);
static void tex_group(tex_reader *t, char **out);

NORETURN static void tex_fail(const tex_reader *t, const char *piece, const char *what)
{
    die(find_in(t->where, piece), "%s in the formula $%s$", what, t->whole);
}

static void tex_need(tex_reader *t, char c)
{
    if (*t->at != c) tex_fail(t, t->whole, format("no %c where one should be", c));
    t->at++;
}

/* The name after a backslash: letters, or one other character. */
static const char *tex_name(tex_reader *t)
{
    size_t n = 0;
    while (is_letter(t->at[n])) n++;
    if (!n && *t->at) n = 1;
    t->at += n;
    return copy(t->at - n, n);
}

/* \left( row \right): brackets that grow; a point is no bracket. */
static void tex_fenced(tex_reader *t, char **out)
{
    for (int side = 0; side < 2; side++) {
        if (side && !starts(t->at, "\\right")) tex_fail(t, t->whole, "no \\right");
        if (side) t->at += strlen("\\right");
        const char *bracket = *t->at ? copy(t->at, 1) : ".";
        t->at += *t->at != 0;
        if (*bracket == '\\') bracket = look_up(tex_brackets, tex_name(t));
        if (!bracket) tex_fail(t, t->whole, "no such bracket");
        if (*bracket != '.') addf(out, "<mo stretchy=\"true\">%s</mo>", escaped(bracket));
        if (!side) tex_row(t, out);
    }
}

/* The argument of \text and its like: letters as they stand. */
static const char *tex_letters_of(tex_reader *t)
{
    tex_need(t, '{');
    const char *letters = copy(t->at, strcspn(t->at, "}"));
    t->at += strlen(letters);
    tex_need(t, '}');
    return escaped(letters);
}

/* Adds a tag around so many groups and some more HTML. */
static void tex_tag(tex_reader *t, char **out, const char *tag, int groups, const char *more)
{
    addf(out, "<%s>", tag);
    while (groups--) tex_group(t, out);
    addf(out, "%s</%s>", more, tag);
}

static void tex_command(tex_reader *t, char **out, const char *name)
{
    const char *is;
    if ((is = look_up(tex_letters, name)) || (is = look_up(tex_functions, name)))
        addf(out, "<mi>%s</mi>", is);
    else if ((is = look_up(tex_operators, name)))
        addf(out, "<mo>%s</mo>", is);
    else if ((is = look_up(tex_brackets, name)))
        addf(out, "<mo stretchy=\"false\">%s</mo>", is);
    else if ((is = look_up(tex_spaces, name)))
        addf(out, "<mspace width=\"%s\"/>", is);
    else if ((is = look_up(tex_accents, name)))
        tex_tag(t, out, "mover", 1, format("<mo stretchy=\"false\">%s</mo>", is));
    else if (!strcmp(name, "frac"))
        tex_tag(t, out, "mfrac", 2, "");
    else if (!strcmp(name, "sqrt"))
        tex_tag(t, out, "msqrt", 1, "");
    else if (!strcmp(name, "left"))
        add(out, "<mrow>"), tex_fenced(t, out), add(out, "</mrow>");
    else if (!strcmp(name, "text"))
        addf(out, "<mtext>%s</mtext>", tex_letters_of(t));
    else if (!strcmp(name, "mathrm") || !strcmp(name, "operatorname"))
        addf(out, "<mi mathvariant=\"normal\">%s</mi>", tex_letters_of(t));
    else if (!strcmp(name, "mathbf"))
        addf(out, "<mi mathvariant=\"normal\" class=\"bold\">%s</mi>", tex_letters_of(t));
    else
        tex_fail(t, format("\\%s", name), format("unknown command \\%s", name));
}

static void tex_operator(tex_reader *t, char **out)
{
    const char *p = t->at++, *before = p;
    while (before > t->whole && before[-1] == ' ') before--;
    bool sign = before == t->whole || strchr("([{=,<>|", before[-1]); /* of a number */
    if (*p == '-')
        addf(out, "<mo%s>−</mo>", sign ? " form=\"prefix\"" : "");
    else if (*p == '\'')
        add(out, "<mo>′</mo>");
    else if (strchr("()[]|", *p))
        addf(out, "<mo stretchy=\"false\">%c</mo>", *p);
    else
        addf(out, "<mo>%s</mo>", escaped(copy(p, 1)));
}

/* Returns the name of a command, else NULL. */
static const char *tex_atom(tex_reader *t, char **out)
{
    t->at += strspn(t->at, " \n");
    const char *from = t->at;
    if (*from == '\\') {
        t->at++;
        const char *name = tex_name(t);
        tex_command(t, out, name);
        return name;
    }
    if (is_digit(*from)) {
        while (is_digit(*t->at) || ((*t->at == '.' || *t->at == ',') && is_digit(t->at[1])))
            t->at++;
        addf(out, "<mn>%.*s</mn>", (int)(t->at - from), from);
    } else if (is_letter(*from) || (unsigned char)*from >= 0x80) {
        t->at += character_length(t->at);
        addf(out, "<mi>%.*s</mi>", (int)(t->at - from), from);
    } else if (*from == '{') {
        tex_group(t, out);
    } else if (!*from || strchr("}^_&", *from)) {
        tex_fail(t, t->whole, "something is missing");
    } else {
        tex_operator(t, out);
    }
    return NULL;
}

static void tex_group(tex_reader *t, char **out)
{
    t->at += strspn(t->at, " \n");
    if (*t->at != '{') {
        tex_atom(t, out);
        return;
    }
    t->at++;
    add(out, "<mrow>");
    tex_row(t, out);
    add(out, "</mrow>");
    tex_need(t, '}');
}

static void tex_script(tex_reader *t, char **out)
{
    char *base = NULL, *low = NULL, *high = NULL;
    const char *name = tex_atom(t, &base);
    bool limits = name && t->display && look_up(tex_above_and_below, name);
    while (*t->at == '^' || *t->at == '_') {
        char **script = *t->at++ == '^' ? &high : &low;
        if (*script) tex_fail(t, t->whole, "a second index at the same place");
        tex_group(t, script);
    }
    const char *tag = low && high ? (limits ? "munderover" : "msubsup")
                      : low       ? (limits ? "munder" : "msub")
                      : high      ? (limits ? "mover" : "msup")
                                  : NULL;
    if (tag)
        addf(out, "<%s>%s%s%s</%s>", tag, base, low ? low : "", high ? high : "", tag);
    else
        add(out, base);
    if (name && look_up(tex_functions, name)) add(out, "<mspace width=\"0.17em\"/>");
    arrfree(base), arrfree(low), arrfree(high);
}

static void tex_row(tex_reader *t, char **out)
{
    for (;;) {
        t->at += strspn(t->at, " \n");
        bool right = starts(t->at, "\\right") && !is_letter(t->at[strlen("\\right")]);
        if (!*t->at || *t->at == '}' || right) return;
        tex_script(t, out);
    }
}

void put_tex(char **html, const char *tex, bool display, const part *p)
{
    tex_reader t = {tex, tex, display, p};
    add(html, "<mrow>");
    tex_row(&t, html);
    if (*t.at) tex_fail(&t, tex, "a } or \\right too many");
    add(html, "</mrow>");
}

/* The next \qquad outside of braces, or the end. */
static const char *formula_end(const char *p)
{
    for (int depth = 0; *p; p++) {
        if (*p == '{') depth++;
        if (*p == '}') depth--;
        if (!depth && starts(p, "\\qquad")) break;
    }
    return p;
}

/* Formulas side by side, with \qquad between them, stand one below the other where there is no room
   for that. */
static void put_row_of_formulas(char **html, const char *tex, const part *p)
{
    add(html, "<span class=\"row\">");
    for (const char *end; *tex; tex = end + (*end ? strlen("\\qquad") : 0)) {
        end = formula_end(tex);
        add(html, "<math display=\"block\">");
        put_tex(html, copy(tex, (size_t)(end - tex)), true, p);
        add(html, "</math>\n");
    }
    add(html, "</span>");
}

void put_mathml(char **html, const char *tex, bool display, const part *p)
{
    if (display && *formula_end(tex)) {
        put_row_of_formulas(html, tex, p);
        return;
    }
    add(html, display ? "<math display=\"block\">" : "<math>");
    put_tex(html, tex, display, p);
    add(html, "</math>");
}
