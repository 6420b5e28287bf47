/* table.h: tables that a lesson showed, as HTML. */

#ifndef TABLE_H
#define TABLE_H

#include "text.h"

/* Arrays of texts, each behind a word: headings; sides, "left" or "right"; rows. */
typedef struct {
    const char **head, **align;
    const char ***rows;
} table;

/* What stands in a <table> behind its caption.  Numbers and names are set as in print. */
const char *table_inside(const table *t);

/* Of a long table the style sheet shows ten rows: the way to unfold the others, or "". */
const char *fold_of_rows(const table *t);

#endif
