/* markdown.h: prose as HTML. */

#ifndef MARKDOWN_H
#define MARKDOWN_H

#include "page.h"

/* Markdown, and what else prose may have:

     {{name}}                       a value of nb_value; 2e-05 becomes 2·10⁻⁵
     {{table:NAME}} {{figure:NAME}} a link to it
     $x$, $$x$$                     formulas
     `tt_fit`, §5, lesson 7         links to the book and to other lessons
     > margin: ...                  and other block quotes that mean something: quote.h
     {{code: FILE FUNCTION}}        as a paragraph of its own: shows that function */
const char *markdown(page *p, const part *prose);

#endif
