// drawing.h: drawings of a lesson, as SVG
//
// SVG is text: each function makes it longer. nb_figure and nb_narrow (notebook.h) show it.
//
//     char *svg = NULL;
//     dr_begin(&svg, 300, 80);                       as wide as it is shown: at most 782, or 360
//     dr_box(&svg, 10, 10, 80, 40, "stroke='black'");
//     dr_text(&svg, 50, 35, DR_MIDDLE, "w = %d", 2);
//     dr_arrow(&svg, 90, 30, 200, 30, 0, DR_INK);
//     nb_figure("05_box", "A caption that says what to see", "what is in it, in words",
//               dr_end(&svg));
//
// The last argument of a shape, and the fifth of a text, is its look: any attributes of SVG, as in
// "stroke='black' stroke-width='2'". A text is 13 pixels high and black unless its look says
// otherwise. Colours are those below: the publisher makes variables of its style sheet of them, so
// that they are right on white and on black.
//
// Include notebook.h first. Nothing else is needed but the C library.

#ifndef DRAWING_H
#define DRAWING_H

#include <math.h>

#define DR_INK "black"
#define DR_PAPER "white"
#define DR_FAINT "gray"
#define DR_BLUE "rgb(  0, 114, 178)"
#define DR_ORANGE "rgb(213,  94,   0)"
#define DR_GREEN "rgb(  0, 158, 115)"

// Looks of texts. The halo keeps letters readable where they stand on a line.
#define DR_MIDDLE "text-anchor='middle'"
#define DR_RIGHT "text-anchor='end'"
#define DR_HALO "paint-order='stroke' stroke='white' stroke-width='4'"

NB_DEF void dr_begin(char **svg, double width, double height)
{
    nb_append(svg,
              "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %.0f %.0f'>\n"
              "<g font-family='sans-serif' font-size='13' fill='black'>\n",
              width, height);
}

// The drawing as a whole. It lives as long as the lesson; nobody frees it.
NB_DEF const char *dr_end(char **svg)
{
    nb_append(svg, "</g>\n</svg>\n");
    return (const char *)nb__keep(*svg);
}

NB__PRINTF(5, 6)
NB_DEF void dr_text(char **svg, double x, double y, const char *look, const char *format, ...)
{
    NB__FORMATTED(text, format);
    nb_append(svg, "<text x='%.1f' y='%.1f' %s>%s</text>\n", x, y, look, nb_escaped(text));
}

// x and y are its upper left corner. It is empty, unless its look says otherwise.
NB_DEF void dr_box(char **svg, double x, double y, double width, double height, const char *look)
{
    nb_append(svg, "<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' %s%s/>\n", x, y, width,
              height, strstr(look, "fill='") ? "" : "fill='none' ", look);
}

NB_DEF void dr_line(char **svg, double x1, double y1, double x2, double y2, const char *look)
{
    nb_append(svg, "<path d='M %.1f %.1f L %.1f %.1f' fill='none' %s/>\n", x1, y1, x2, y2, look);
}

// The point halfway on an arrow; for its label.
NB_DEF void dr_halfway(double *x, double *y, double x1, double y1, double x2, double y2,
                       double bend)
{
    double length = sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1));
    *x = (x1 + x2) / 2 + (length > 0 ? (y2 - y1) / length * bend : 0);
    *y = (y1 + y2) / 2 - (length > 0 ? (x2 - x1) / length * bend : 0);
}

// An arrow that goes bend to the left of the straight way; its head is at the second point.
NB_DEF void dr_arrow(char **svg, double x1, double y1, double x2, double y2, double bend,
                     const char *colour)
{
    double middle_x, middle_y;
    dr_halfway(&middle_x, &middle_y, x1, y1, x2, y2, 2 * bend);
    double dx = x2 - middle_x, dy = y2 - middle_y, length = sqrt(dx * dx + dy * dy);
    if (length > 0) dx *= 8 / length, dy *= 8 / length;
    nb_append(svg, "<path d='M %.1f %.1f Q %.1f %.1f %.1f %.1f' fill='none' stroke='%s'/>\n", x1,
              y1, middle_x, middle_y, x2 - dx, y2 - dy, colour);
    nb_append(svg, "<path d='M %.1f %.1f L %.1f %.1f L %.1f %.1f z' fill='%s'/>\n", x2, y2,
              x2 - dx - 0.4 * dy, y2 - dy + 0.4 * dx, x2 - dx + 0.4 * dy, y2 - dy - 0.4 * dx,
              colour);
}

// A bar from a line at x, to the right where the value is positive, to the left where it isn't.
NB_DEF void dr_bar(char **svg, double x, double y, double value, double scale, double height)
{
    double width = value * scale;
    dr_box(svg, width < 0 ? x + width : x, y, fabs(width), height,
           width < 0 ? "fill='" DR_ORANGE "'" : "fill='" DR_BLUE "'");
}

// Numbers as a field of squares, row by row from the upper left: the larger, the darker, in eight
// shades; zeros are empty, negative numbers orange. `largest` is the darkest.
NB_DEF void dr_field(char **svg, double x, double y, const float *values, size_t n, size_t columns,
                     double side, double largest)
{
    nb_append(svg, "<g transform='translate(%.1f %.1f) scale(%.2f)'>\n", x, y, side);
    for (int shade = -8; shade <= 8; shade++) {
        char *path = NULL;
        for (size_t i = 0; i < n; i++) {
            double level = largest > 0 ? fmax(-1, fmin(1, values[i] / largest)) : 0;
            if (shade && (int)(level * 8 + (level < 0 ? -0.5 : 0.5)) == shade)
                nb_append(&path, "M%zu %zuh1v1h-1z", i % columns, i / columns);
        }
        if (path)
            nb_append(svg, "<path fill='%s' opacity='%.3f' d='%s'/>\n",
                      shade < 0 ? DR_ORANGE : DR_BLUE, abs(shade) / 8.0, path);
        free(path);
    }
    nb_append(svg, "</g>\n");
    dr_box(svg, x, y, side * (double)columns, side * (double)((n + columns - 1) / columns),
           "stroke='gray'");
}

#endif
