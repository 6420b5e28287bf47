/* A heat map is a table whose cells the style sheet colours by their level, so that it is right in
   light and dark, and has its numbers.  What is too large for that is a picture. */

#include "figure.h"

#include <math.h>
#include <stdlib.h>

#include <stb/stb_image_write.h>

enum { MOST_COLUMNS = 40 }; /* of a table */

/* ---- levels ---- */

static void heat_range(heat_map *g)
{
    g->low = INFINITY, g->high = -INFINITY;
    for (int i = 0; i < g->rows * g->cols; i++) {
        if (!isfinite(g->values[i])) continue;
        if (g->values[i] < g->low) g->low = g->values[i];
        if (g->values[i] > g->high) g->high = g->values[i];
    }
    if (g->low > g->high) g->low = g->high = 0;
}

/* 0 for the lowest value, 1 for the highest. */
static double heat_level(const heat_map *g, int row, int col)
{
    double range = g->high - g->low, above = g->values[row * g->cols + col] - g->low;
    return range > 0 ? above / range : above + 0.5;
}

/* ---- a picture ---- */

/* From nearly white to dark blue; what isn't finite is grey. */
static void heat_colour(double level, unsigned char rgb[3])
{
    static const double low[3] = {244, 247, 251}, high[3] = {8, 48, 107};
    for (int c = 0; c < 3; c++) rgb[c] = (unsigned char)(low[c] + level * (high[c] - low[c]) + 0.5);
}

static void append_png(void *png, void *bytes, int n)
{
    add_bytes((char **)png, (const char *)bytes, (size_t)n);
}

/* Each value is a square of pixels. */
static char *heat_png(const heat_map *g)
{
    int side = g->cols < 20 ? 24 : g->cols < 60 ? 12 : g->cols < 200 ? 4 : 1;
    int width = g->cols * side, height = g->rows * side;
    size_t n = (size_t)width * (size_t)height * 3;
    unsigned char *pixels = NULL, *pixel = arraddnptr(pixels, n);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++, pixel += 3) {
            double level = heat_level(g, y / side, x / side);
            if (isfinite(level))
                heat_colour(level, pixel);
            else
                memset(pixel, 128, 3);
        }
    }
    char *png = NULL;
    stbi_write_png_to_func(append_png, &png, width, height, 3, pixels, 3 * width);
    arrfree(pixels);
    return keep(png);
}

static const char *picture(const heat_map *map, const char *png, const char *alt)
{
    return format("<div class=\"heat\">\n<img alt=\"%s\" src=\"data:image/png;base64,%s\">\n"
                  "<p class=\"scale\">from %.3g (light) to %.3g (dark)</p>\n</div>",
                  escaped(alt), base64(png, arrlenu(png)), map->low, map->high);
}

/* ---- a table ---- */

/* How the values of a map are written: shares as whole per cents, counts as they are. */
typedef struct {
    double factor;
    const char *unit;
    int digits;
} notation;

static notation notation_of(const heat_map *map)
{
    bool whole = true;
    for (int i = 0; i < map->rows * map->cols && whole; i++)
        whole = !isfinite(map->values[i]) || map->values[i] == round(map->values[i]);
    if (whole) return (notation){1, "", 0};
    if (map->low >= 0 && map->high <= 1) return (notation){100, " %", 0};
    return (notation){1, "", 2};
}

static void put_heat_head(char **html, const heat_map *map)
{
    if (!map->col_labels) return;
    add(html, "<thead>\n<tr>");
    if (map->row_labels) add(html, "<td></td>");
    for (int i = 0; i < map->cols; i++)
        addf(html, "<th scope=\"col\">%s</th>", escaped(map->col_labels[i]));
    add(html, "</tr>\n</thead>\n");
}

static void put_heat_row(char **html, const heat_map *map, notation n, int row)
{
    add(html, "<tr>");
    if (map->row_labels) addf(html, "<th scope=\"row\">%s</th>", escaped(map->row_labels[row]));
    for (int col = 0; col < map->cols; col++) {
        double level = heat_level(map, row, col), value = map->values[row * map->cols + col];
        if (isfinite(level))
            addf(html, "<td style=\"--level:%.0f%%\">%.*f</td>", 100 * level, n.digits,
                 value * n.factor);
        else
            add(html, "<td></td>");
    }
    add(html, "</tr>\n");
}

static const char *table(const heat_map *map, const char *alt)
{
    notation n = notation_of(map);
    char *html = NULL;
    addf(&html, "<div class=\"heat\">\n<table aria-label=\"%s\">\n", escaped(alt));
    put_heat_head(&html, map);
    add(&html, "<tbody>\n");
    for (int row = 0; row < map->rows; row++) put_heat_row(&html, map, n, row);
    addf(&html,
         "</tbody>\n</table>\n<p class=\"scale\">%.*f%s <span class=\"ramp\">&nbsp;</span> "
         "%.*f%s</p>\n</div>",
         n.digits, map->low * n.factor, n.unit, n.digits, map->high * n.factor, n.unit);
    return keep(html);
}

const char *heat_map_html(heat_map *map, const char *name, const char *alt)
{
    heat_range(map);
    const char *png = heat_png(map);
    write_or_die(in_out(format("plots/%s.png", name)), png, arrlenu(png));
    return map->cols > MOST_COLUMNS ? picture(map, png, alt) : table(map, alt);
}
