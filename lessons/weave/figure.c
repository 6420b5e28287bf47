#include "figure.h"

#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <stb/stb_image_write.h>

static const char *plot_path(const char *name, const char *extension)
{
    return in_out(format("plots/%s.%s", name, extension));
}

/* ---- drawings ---- */

/* Colours are fixed in a drawing's own file, and variables of the style sheet in the page, where
   they must be right on white and on black. */
static const char *const colours[][2] = {
    {"'black'", "'currentColor'"},
    {"\"black\"", "\"currentColor\""},
    {"'white'", "'var(--paper)'"},
    {"\"white\"", "\"var(--paper)\""},
    {"'gray'", "'var(--line)'"},
    {"\"gray\"", "\"var(--line)\""},
    {"rgb(  0, 114, 178)", "var(--series-1)"},
    {"rgb(213,  94,   0)", "var(--series-2)"},
    {"rgb(  0, 158, 115)", "var(--series-3)"},
    {"rgb(204, 121, 167)", "var(--series-4)"},
    {"rgb(140, 110,   0)", "var(--series-5)"},
    {"rgb(110, 110, 110)", "var(--series-6)"},
};

static const char gnuplot_style[] =
    "set encoding utf8\nset border 3\nset tics nomirror\nset key above left reverse Left\n"
    "set linetype 1 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#0072b2'\n"
    "set linetype 2 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#d55e00'\n"
    "set linetype 3 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#009e73'\n"
    "set linetype 4 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#cc79a7'\n"
    "set linetype 5 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#8c6e00'\n"
    "set linetype 6 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#6e6e6e'\n";

/* Copies one piece of a drawing to the page and returns what follows it. */
static const char *inline_piece(char **html, const char *p, const char *name)
{
    static const char *const ids[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (!starts(p, ids[i])) continue;
        addf(html, "%splot-%s-", ids[i], name); /* each drawing of a page needs ids of its own */
        return p + strlen(ids[i]);
    }
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        if (!starts(p, colours[i][0])) continue;
        add(html, colours[i][1]);
        return p + strlen(colours[i][0]);
    }
    add_char(html, *p);
    return p + 1;
}

static const char *inline_svg(place at, const char *svg, const char *name, const char *alt)
{
    char *html = NULL;
    const char *p = strstr(svg, "<svg");
    if (!p) die(at, "figure '%s' is no SVG: it has no <svg", name);
    addf(&html, "<div class=\"drawing\">\n<svg role=\"img\" aria-label=\"%s\"", escaped(alt));
    for (p += strlen("<svg"); *p;) p = inline_piece(&html, p, name);
    add(&html, "</div>");
    return keep(html);
}

const char *drawing_html(const char *name, const char *alt)
{
    const char *path = plot_path(name, "svg");
    return inline_svg((place){path, 1}, read_or_die(path), name, alt);
}

/* ---- plots ---- */

static bool has_gnuplot(void)
{
    static int known = -1;
    if (known < 0)
        known = system("command -v gnuplot >/dev/null 2>&1") == 0; /* NOLINT(cert-env33-c) */
    return known == 1;
}

static void feed_gnuplot(FILE *gnuplot, const char *result, const char *data, const char *script)
{
    fprintf(gnuplot,
            "%sset terminal svg size 720,400 dynamic noenhanced font 'sans-serif,14'\n"
            "set grid linecolor rgb 'gray'\nset output '",
            gnuplot_style);
    for (const char *p = result; *p; p++) fprintf(gnuplot, *p == '\'' ? "''" : "%c", *p);
    fprintf(gnuplot, "'\n$data << END_OF_DATA\n%s\nEND_OF_DATA\n%s\n", data, script);
}

/* Lets gnuplot draw: it reads its commands from a pipe, and draws into a file. */
static char *draw_by_gnuplot(place at, const char *name, const char *data, const char *script)
{
    const char *result = plot_path(name, format("%ld.tmp", (long)getpid()));
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);       /* gnuplot may stop reading early */
    FILE *gnuplot = popen("LC_ALL=C.UTF-8 gnuplot", "w"); /* NOLINT(cert-env33-c) */
    if (gnuplot) feed_gnuplot(gnuplot, result, data, script);
    int status = gnuplot ? pclose(gnuplot) : -1;
    signal(SIGPIPE, before);
    char *drawing = read_file(result);
    remove(result);
    if (status || !drawing) die(at, "gnuplot can't draw plot '%s'", name);
    return drawing;
}

/* Removes two marks and everything between them. */
static void cut_out(char *text, const char *first, const char *last)
{
    for (char *from = text, *to; (from = strstr(from, first)) && (to = strstr(from, last));)
        memmove(from, to + strlen(last), strlen(to) - strlen(last) + 1);
}

/* Without gnuplot the reader gets the numbers themselves. */
static const char *data_as_table(const char *data)
{
    char *html = NULL;
    add(&html, "<p>This plot needs gnuplot, which isn't installed here. Its data:</p>\n"
               "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Data\">\n"
               "<table>\n");
    for (const char *p = data; *p; p += *p == '\n') {
        add(&html, "<tr>");
        for (size_t n; (n = strcspn(p += strspn(p, " \t"), " \t\n")) > 0; p += n)
            addf(&html, "<td class=\"n\">%s</td>", escaped(copy(p, n)));
        add(&html, "</tr>\n");
    }
    add(&html, "</table>\n</div>");
    return keep(html);
}

/* Leaves out what gnuplot says of itself: its version isn't the same everywhere, and its titles are
   names such as gnuplot_plot_1. */
const char *plot_html(place at, const char *name, const char *alt, const char *script)
{
    const char *data = read_or_die(plot_path(name, "dat"));
    if (!has_gnuplot()) return data_as_table(data);
    char *svg = draw_by_gnuplot(at, name, data, script);
    cut_out(svg, "<title>", "</title>");
    cut_out(svg, "<desc>", "</desc>");
    write_or_die(plot_path(name, "svg"), svg, strlen(svg));
    return inline_svg(at, svg, name, alt);
}

/* ---- heat maps ---- */

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

/* The colours go from dark blue to yellow in even steps of brightness, so that they can be read in
   grey as well. */
static void heat_colour(double level, unsigned char rgb[3])
{
    static const double stops[9][3] = {{68, 1, 84},    {71, 44, 122},  {59, 81, 139},
                                       {44, 113, 142}, {33, 144, 141}, {39, 173, 129},
                                       {92, 200, 99},  {170, 220, 50}, {253, 231, 37}};
    int i = level < 1 ? (int)(8 * level) : 7;
    for (int c = 0; c < 3; c++) {
        double step = stops[i + 1][c] - stops[i][c];
        rgb[c] = (unsigned char)(stops[i][c] + (8 * level - i) * step + 0.5);
    }
}

static void append_png(void *png, void *bytes, int n)
{
    add_bytes((char **)png, (const char *)bytes, (size_t)n);
}

/* Each value is a square of pixels.  A value that isn't finite is grey. */
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

static const char *base64(const char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = NULL;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t word = 0;
        for (size_t k = 0; k < 3; k++)
            word = word << 8 | (i + k < n ? (unsigned char)bytes[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            add_bytes(&text, i + k > n ? "=" : &digits[word >> (18 - 6 * k) & 63], 1);
    }
    return keep(text);
}

static const char *heat_labels(const char *side, const char *const *labels, int n)
{
    char *html = NULL;
    if (!labels) return "";
    addf(&html, "<ol class=\"%s\">", side);
    for (int i = 0; i < n; i++) addf(&html, "<li>%s</li>", escaped(labels[i]));
    add(&html, "</ol>\n");
    return keep(html);
}

const char *heat_map_html(heat_map *map, const char *name, const char *alt)
{
    heat_range(map);
    const char *png = heat_png(map);
    write_or_die(plot_path(name, "png"), png, arrlenu(png));
    return format("<div class=\"heat\">\n%s%s<img alt=\"%s\" src=\"data:image/png;base64,%s\">\n"
                  "<p class=\"scale\">%.3g <span class=\"ramp\">&nbsp;</span> %.3g</p>\n</div>",
                  heat_labels("cols", map->col_labels, map->cols),
                  heat_labels("rows", map->row_labels, map->rows), escaped(alt),
                  base64(png, arrlenu(png)), map->low, map->high);
}
