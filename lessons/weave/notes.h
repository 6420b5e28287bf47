/* notes.h: what the links of a page show before one follows them. */

#ifndef NOTES_H
#define NOTES_H

/* For the end of a page with that body: what is behind its links to names and sections of the book
   and to words of the glossary, in a <template>, from which notes.js takes it. */
const char *notes_for(const char *html);

#endif
