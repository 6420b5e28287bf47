/* page.h: a page on its way to HTML. */

#ifndef PAGE_H
#define PAGE_H

#include "source.h"

typedef struct {
    int level;
    const char *id, *html;
} heading;

typedef struct {
    const char *name, *text;
} value;

typedef struct {
    const char *id, *text; /* "table-04_shapes", "Table 4.3" */
} label;

/* What a lesson has shown, and on which line. */
typedef struct {
    bool is_text;
    int line;
    const char *html;
    const char *id;     /* of a table or figure: "table-04_shapes"; else NULL */
    const char *inside; /* of a table or figure: without caption and id */
    bool drawn, data;   /* of a figure: there is a drawing, and data of a plot */
} output;

typedef struct {
    const lesson *lesson; /* NULL for the book and the index */
    heading *headings;
    /* of the record: */
    const char *edition, *seed, *key_figure;
    value *values;
    label *labels;
    output *outputs;
    const char **checks; /* what was checked, as HTML; the one with id check-1 first: an array */
    int tables, figures, failed;
    /* of the prose: */
    const char *fold; /* the summary of the next cell, which is folded, or NULL */
    place fold_at;
    /* of the glossary: */
    const char **mentioned; /* words that are links in this section */
    size_t section;         /* how many headings there were at its beginning */
} page;

void free_page(page *p);

/* ---- what all pages have ---- */

/* metas: what else the head holds. */
void put_head(char **html, const char *title, const char *metas);
void put_foot(char **html);
const char *meta(const char *name, const char *content); /* "" if there is no content */
const char *style_of(const char *name);  /* a <style> with that file of lessons/weave */
const char *math_font(const char *html); /* for the head; "" if html has no formulas */
extern const char citation[];

/* "Table 4.3" for "table-04_shapes"; NULL if there is no such. */
const char *label_of(const page *p, const char *id);

/* To the lesson before, all of them, and the next. */
const char *nav_of(const page *p, const char *name);

/* "What Keras hides: the tape" as what-keras-hides-the-tape; each id is there once. */
const char *make_id(const page *p, const char *html);

/* A heading, with a way to link to it; it goes into the contents. */
void put_heading(char **html, page *p, heading h, const char *class);

/* ---- the pages ---- */

void weave_lesson(const lesson *l);
void weave_index(void);
void weave_book(void);

#endif
