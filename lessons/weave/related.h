/* related.h: the lessons and tests that belong to a section of the book, by its mark. */

#ifndef RELATED_H
#define RELATED_H

void read_tests(void);
void free_tests(void);

/* key: that of the section, such as "7". */
void put_related(char **html, const char *key);

#endif
