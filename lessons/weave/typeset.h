/* typeset.h: what programs print, as it is set in print. */

#ifndef TYPESET_H
#define TYPESET_H

/* -1 with a minus sign, 2e-05 as 2·10⁻⁵, 34 % in one piece, and the hyphen of Sci-Fi as one that
   does not break. */
const char *typeset(const char *text);

/* A text whose spaces don't break. */
const char *unbroken(const char *text);

#endif
