/* search.h: the index of words by which search.js finds sections, tables, figures and names. */

#ifndef SEARCH_H
#define SEARCH_H

/* Where one searches, with an index of all pages that are there. */
void put_search(char **html);

#endif
