/* comment.h: the comments of twotower.h as HTML.  In them

     WORDS IN CAPITALS     that begin a paragraph are a heading
     1.                    begins an item, whose other lines are indented like its first word
     four columns deeper   is shown apart: formulas as mathematics, other text as it stands
     three spaces          or more within a line divide it into columns

   and a name or a § is a link. */

#ifndef COMMENT_H
#define COMMENT_H

#include "page.h"

typedef struct {
    int indent;
    const char *text; /* "" for a blank line */
} text_line;

/* The lines of a comment, as an array.  The text begins in the column of its first word. */
text_line *lines_of(const char *comment);

/* The length of the words in capitals that are a heading, or 0. */
size_t heading_length(const char *text);

/* Headings go into the contents of the page. */
void put_comment(char **html, page *p, text_line *lines, const part *where);

#endif
