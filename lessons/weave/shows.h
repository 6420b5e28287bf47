/* shows.h: which lines of code only show what others have computed. */

#ifndef SHOWS_H
#define SHOWS_H

#include "text.h"

/* Some lines of a cell, counted from 0: those that only show things stand apart. */
typedef struct {
    int first, last;
    bool shows;
} stretch;

/* Cuts code into stretches: calls of nb_..., with the loops and conditions around them, and what
   serves them (free, sprintf, the end of main); three lines or more of these are one that shows. */
stretch *cut_stretches(const char *code);

#endif
