/* tex.h: mathematics. */

#ifndef TEX_H
#define TEX_H

#include "source.h"

extern const char tex_letters[]; /* what \alpha and its like stand for: see look_up */

/* Adds MathML for TeX, on a line of its own or within one.  p is the part that it stands in, for
   messages about what isn't known here. */
void put_mathml(char **html, const char *tex, bool display, const part *p);

/* The same without <math> around it. */
void put_tex(char **html, const char *tex, bool display, const part *p);

#endif
