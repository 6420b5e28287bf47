/* markdown.h: prose as HTML. */

#ifndef MARKDOWN_H
#define MARKDOWN_H

#include "page.h"

/* Besides Markdown, prose may have {{values}}, {{table:NAME}} and {{figure:NAME}}, formulas between
   dollars, notes in the margin ("> margin: ..."), names of twotower.h in `code`, marks of sections
   (§5), mentions of lessons ("lesson 7"), and, as a paragraph of its own, {{code: FILE FUNCTION}},
   which shows that function. */
const char *markdown(page *p, const part *prose);

#endif
