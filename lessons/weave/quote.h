/* quote.h: block quotes that begin with a word and a colon, such as "> margin: ...".

     question   the question of the lesson, under its title
     result     a figure or table of the lesson at the top: "figure:05_model. What it shows."
     see        what one will see, and
     uses       what it uses, and
     time       how long it takes: one box
     margin     a note in the margin
     caution    such a note, on what may go wrong
     notebook   a note for readers of the original notebook, folded
     word       a word of the glossary: "batch, batches: A batch is ..." (a name, and other forms)
     fold       at the end of a comment: the next cell is folded, and this is its summary
     hint       in an item of a list: folded
     answer     in an item of a list: "05_1", and from the next line on the answer in words; with
                the program lessons/answers/05_1.c and what it printed, folded; lines that it begins
                with "Expected: " stand before the fold

   All others remain block quotes. */

#ifndef QUOTE_H
#define QUOTE_H

#include "page.h"

/* Adds a block quote of some prose, whose inside is HTML. */
void put_quote(char **html, page *p, const part *prose, const char *inside);

#endif
