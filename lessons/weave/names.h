/* names.h: what twotower.h says of its public names. */

#ifndef NAMES_H
#define NAMES_H

#include "text.h"

void read_names(void);
void free_names(void);

/* The declaration of a name and the first sentence of the comment above it, as HTML; NULL if the
   header has no such name. */
const char *explain_name(const char *name);

/* The title of a section, by its key: "the tape" for "6"; NULL if there is none. */
const char *title_of_section(const char *key);

#endif
