#include "table.h"

#include "typeset.h"

enum { MOST_ROWS = 12, MOST_UPRIGHT = 12 };

/* ---- cells ---- */

static bool is_whole(const char *text)
{
    size_t sign = *text == '-', n = strspn(text + sign, "0123456789");
    return n && !text[sign + n];
}

/* Names and dates have no commas: a column of ids or of years. */
static bool has_names(const char *heading)
{
    static const char *const marks[] = {"id", "Id", "year", "Year", "seed", "checksum"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *at = strstr(heading, marks[i]);
        if (at && !is_letter(at[strlen(marks[i])])) return true;
    }
    return false;
}

/* Whether a column has whole numbers that are long enough for commas: then all of them have. */
static bool wants_commas(const table *t, size_t column)
{
    enum { LONG = 5 };
    if (has_names(t->head[column])) return false;
    for (size_t i = 0; i < arrlenu(t->rows); i++) {
        const char *text = t->rows[i][column];
        if (is_whole(text) && strlen(text) >= LONG) return true;
    }
    return false;
}

static const char *with_commas(const char *digits)
{
    char *text = NULL;
    for (size_t i = 0, n = strlen(digits); i < n; i++) {
        if (i && (n - i) % 3 == 0 && is_digit(digits[i - 1])) add_char(&text, ',');
        add_char(&text, digits[i]);
    }
    return keep(text);
}

/* Comedy|Romance as a list; and [3.8,3.9] may be broken after each of its elements. */
static const char *cell_html(const char *text)
{
    char *html = NULL;
    const char *set = typeset(text);
    for (const char *p = set; *p; p++) {
        if (*p == '|' && p > set && is_letter(p[-1]) && is_letter(p[1]))
            add(&html, " · ");
        else
            add_escaped(&html, p, 1);
        if (*text == '[' && *p == ',') add(&html, "<wbr>");
    }
    return keep(html);
}

/* The notebook cuts the names of its columns: "Docum entary". */
static const char *whole_heading(const char *heading)
{
    static const char names[] =
        " [movieId] Avg_rating Adventure Animation Children Comedy Fantasy Romance Action "
        "Thriller Mystery Horror Sci-Fi Musical Documentary ";
    char *joined = NULL;
    for (const char *p = heading; *p; p++)
        if (*p != ' ') add_char(&joined, *p);
    joined = keep(joined);
    return strstr(names, format(" %s ", joined)) ? joined : heading;
}

/* ---- rows ---- */

static const char *class_of(const table *t, size_t column)
{
    return strcmp(t->align[column], "right") ? "" : " class=\"n\"";
}

static void put_head_row(char **html, const table *t)
{
    bool turned = arrlenu(t->head) - 1 > MOST_UPRIGHT;
    addf(html, "<thead%s>\n<tr>", turned ? " class=\"turned\"" : "");
    for (size_t i = 1; i < arrlenu(t->head); i++)
        addf(html, "<th scope=\"col\"%s><span>%s</span></th>", class_of(t, i),
             cell_html(whole_heading(t->head[i])));
    add(html, "</tr>\n</thead>\n");
}

const char *table_inside(const table *t)
{
    bool *commas = NULL;
    char *html = NULL;
    for (size_t i = 0; i < arrlenu(t->head); i++) arrput(commas, i && wants_commas(t, i));
    put_head_row(&html, t);
    add(&html, "<tbody>\n");
    for (size_t row = 0; row < arrlenu(t->rows); row++) {
        add(&html, "<tr>");
        for (size_t i = 1; i < arrlenu(t->head); i++) {
            const char *text = t->rows[row][i];
            if (commas[i] && is_whole(text)) text = with_commas(text);
            addf(&html, "<td%s>%s</td>", class_of(t, i), cell_html(text));
        }
        add(&html, "</tr>\n");
    }
    add(&html, "</tbody>\n");
    arrfree(commas);
    return keep(html);
}

const char *fold_of_rows(const table *t)
{
    size_t n = arrlenu(t->rows);
    if (n <= MOST_ROWS) return "";
    return format("<details class=\"rows\">\n<summary>All %zu rows</summary>\n</details>\n", n);
}
