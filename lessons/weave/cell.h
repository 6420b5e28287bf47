/* cell.h: a cell of a lesson, its code and what it showed. */

#ifndef CELL_H
#define CELL_H

#include "page.h"

/* The cells are counted from 1.  It is folded if p->fold says so, or if it is long. */
void put_cell(char **html, const page *p, const part *cell, int number);

#endif
