#include "margin.h"

#include "text.h"

typedef struct {
    const char *from; /* its HTML */
    int row;          /* from 1; of a note, the one beside which it stands */
} child;

static bool is_note(const char *html)
{
    return starts(html, "<aside class=\"margin\"");
}

static bool is_heading(const char *html)
{
    return html[0] == '<' && html[1] == 'h' && is_digit(html[2]);
}

/* Elements without an end. */
static bool is_void(const char *tag)
{
    static const char *const names[] = {"<br", "<hr", "<img", "<wbr"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (starts(tag, names[i]) && !is_letter(tag[strlen(names[i])])) return true;
    return tag[strcspn(tag, ">") - 1] == '/';
}

/* The elements of a section that stand in no other: an array. */
static child *children_of(const char *html, int *rows)
{
    child *children = NULL;
    int depth = 0;
    *rows = 0;
    for (const char *p = strchr(html, '<'); p; p = strchr(p + 1, '<')) {
        if (p[1] == '/') {
            depth--;
            continue;
        }
        child new = {p, *rows};
        if (!depth && !is_note(p)) new.row = ++*rows;
        if (!depth) arrput(children, new);
        depth += !is_void(p);
    }
    return children;
}

/* A note that stands first, or under a heading, is about what follows. */
static void place_note(child *children, size_t i)
{
    if (!i || is_heading(children[i - 1].from)) children[i].row++;
}

/* The row where a note ends: that of the next note, or the last, which has room for all of it. */
static int end_of_note(const child *children, size_t i)
{
    for (size_t k = i + 1; k < arrlenu(children); k++)
        if (is_note(children[k].from))
            return children[k].row > children[i].row ? children[k].row : children[i].row + 1;
    return -1;
}

const char *section_html(const char *inside)
{
    int rows;
    child *children = children_of(inside, &rows);
    char *html = NULL, *text = NULL;
    for (size_t i = 0; i < arrlenu(children); i++)
        if (is_note(children[i].from)) place_note(children, i);
    const char *at = inside;
    for (size_t i = 0; i < arrlenu(children); i++) {
        if (!is_note(children[i].from)) continue;
        add_bytes(&text, at, (size_t)(children[i].from - at));
        at = children[i].from + strlen("<aside");
        addf(&text, "<aside style=\"grid-row: %d / %d\"", children[i].row,
             end_of_note(children, i));
    }
    addf(&text, "%s", at);
    if (at > inside)
        addf(&html,
             "<section class=\"prose\" style=\"grid-template-rows: repeat(%d, auto) 1fr\">\n",
             rows ? rows : 1);
    else
        add(&html, "<section class=\"prose\">\n");
    addf(&html, "%s</section>\n", keep(text));
    arrfree(children);
    return keep(html);
}
