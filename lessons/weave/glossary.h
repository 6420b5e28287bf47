/* glossary.h: the words of the course, which lessons define by "> word: NAME, FORM: definition". */

#ifndef GLOSSARY_H
#define GLOSSARY_H

#include "page.h"

typedef struct {
    const char *name;     /* "training set" */
    const char **forms;   /* the name and its other forms: an array */
    const lesson *lesson; /* that defines it */
    part definition;      /* in Markdown */
} term;

extern term *terms; /* in reading order: an array */

void read_words(void); /* of all lessons */
void free_words(void);

/* "word-training-set" for "training set". */
const char *word_id(const char *name);

/* Where it is defined: "05_towers.html#word-batch". */
const char *word_address(const term *w);

/* The definition, as HTML. */
const char *definition_html(const term *w);

/* A word that an earlier lesson has defined becomes a link, once in each section: returns the
   length of the mention at p, 0 where there is none.  p is at the beginning of a word. */
size_t put_word_ref(char **html, page *in, const char *p);

#endif
