/* figure.h: drawings, plots and heat maps, as HTML to stand in a page. */

#ifndef FIGURE_H
#define FIGURE_H

#include "text.h"

/* A drawing that the lesson has left in OUT/plots/NAME.svg. */
const char *drawing_html(const char *name, const char *alt);

/* The plot that gnuplot draws from OUT/plots/NAME.dat and a script, which is also written to
   OUT/plots/NAME.svg.  Without gnuplot it is a table of the data.  `at` is where the lesson
   plots. */
const char *plot_html(place at, const char *name, const char *alt, const char *script);

typedef struct {
    int rows, cols;
    double *values;
    const char **row_labels, **col_labels; /* or NULL */
    double low, high;
} heat_map;

/* Also writes OUT/plots/NAME.png. */
const char *heat_map_html(heat_map *map, const char *name, const char *alt);

#endif
