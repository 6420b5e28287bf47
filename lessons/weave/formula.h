/* formula.h: formulas as they are typed in the comments of twotower.h. */

#ifndef FORMULA_H
#define FORMULA_H

/* As TeX, with the point or comma that ends it; NULL if it is not a formula. */
const char *formula_of(const char *text);

#endif
