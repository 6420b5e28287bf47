/* code.h: C in colour.  Names of twotower.h and marks of its sections, such as §5 or §A, are links
   to the book. */

#ifndef CODE_H
#define CODE_H

#include "text.h"

extern const char *book_page; /* "" within the book */

/* The attributes of the <a> around a name on a line of code, or NULL; in a comment line is 0. */
extern const char *(*link_of)(const char *name, int line);

bool is_library_name(const char *name);

/* The length of a section's key: a number, or a single capital letter; 0 where there is none. */
size_t section_key_length(const char *p);

/* Puts a link to the chapter of a section that is mentioned at p.  Returns the mention's length. */
size_t put_section_ref(char **html, const char *p);

/* Code with the numbers of its lines, in a listing of its own or as a part of one; a few lines
   within prose; and a part of another file. */
void put_lines(char **html, const char *code, int line);
void put_code(char **html, const char *code, int line);
void put_sample(char **html, const char *code);
void put_quotation(char **html, const char *path, const char *code);

#endif
