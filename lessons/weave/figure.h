/* figure.h: drawings, plots and heat maps, as HTML to stand in a page. */

#ifndef FIGURE_H
#define FIGURE_H

#include "text.h"

/* A drawing that the lesson has left in OUT/plots/NAME.svg; for narrow screens, if it has that, in
   NAME.narrow.svg. */
const char *drawing_html(const char *name, const char *alt, bool has_narrow);

/* A heat map's table, or on narrow screens the drawing that the lesson has left for them. */
const char *with_narrow_drawing(const char *html, const char *name, const char *alt);

/* What gnuplot draws from OUT/plots/NAME.dat and a script: as NAME.svg; as NAME.narrow.svg, unless
   the lesson has one; and for the index as NAME.small.svg.  Or a table of the data where there is
   no gnuplot.  `at` is where the lesson plots. */
const char *plot_html(place at, const char *name, const char *alt, const char *script,
                      bool has_narrow);

/* A figure without its words, as small as a stamp: what gnuplot drew for that, else the lesson's
   drawing; NULL if there is neither. */
const char *thumbnail_html(const char *name);

typedef struct {
    int rows, cols;
    double *values;
    const char **row_labels, **col_labels; /* or NULL */
    double low, high;
} heat_map;

/* A table in colours, or a picture if it is too large; also writes OUT/plots/NAME.png.  (heat.c) */
const char *heat_map_html(heat_map *map, const char *name, const char *alt);

#endif
