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
    {"<g class='dot'", "<g role='img' class='dot'"},
};

/* gnuplot's colours, as gnuplot_style sets them, and its gray. */
static const struct {
    int red, green, blue;
    const char *variable;
} series[] = {
    {0, 114, 178, "var(--series-1)"}, {213, 94, 0, "var(--series-2)"},
    {0, 158, 115, "var(--series-3)"}, {204, 121, 167, "var(--series-4)"},
    {140, 110, 0, "var(--series-5)"}, {110, 110, 110, "var(--series-6)"},
    {190, 190, 190, "var(--line)"},
};

/* Of a colour at p, such as rgb(213, 94, 0): the variable; its length, or NULL. */
static const char *series_at(const char *p, size_t *length)
{
    int red, green, blue, n = 0;
    if (sscanf(p, "rgb(%d,%d,%d)%n", &red, &green, &blue, &n) < 3 || !n) return NULL; /* NOLINT */
    *length = (size_t)n;
    for (size_t i = 0; i < sizeof series / sizeof *series; i++)
        if (series[i].red == red && series[i].green == green && series[i].blue == blue)
            return series[i].variable;
    return NULL;
}

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
    size_t n;
    const char *variable = *p == 'r' ? series_at(p, &n) : NULL;
    if (variable) {
        add(html, variable);
        return p + n;
    }
    add_char(html, *p);
    return p + 1;
}

/* A drawing in its box.  Marks that can be focused wouldn't be there for all readers in an image. */
static const char *inline_svg(place at, const char *svg, const char *name, const char *alt,
                              const char *style)
{
    char *html = NULL;
    const char *p = strstr(svg, "<svg"), *role = strstr(svg, "tabindex") ? "group" : "img";
    if (!p) die(at, "figure '%s' is no SVG: it has no <svg", name);
    addf(&html, "<div class=\"%s\">\n<svg role=\"%s\" aria-label=\"%s\"", style, role,
         escaped(alt));
    for (p += strlen("<svg"); *p;) p = inline_piece(&html, p, name);
    add(&html, "</div>");
    return keep(html);
}

static const char *read_drawing(const char *name, const char *alt)
{
    const char *path = plot_path(name, "svg");
    return inline_svg((place){path, 1}, read_or_die(path), name, alt, "drawing");
}

/* All ids of a figure begin alike, with plot-NAME-. */
static const char *read_narrow(const char *name, const char *alt)
{
    const char *path = plot_path(name, "narrow.svg"), *svg = read_or_die(path);
    return inline_svg((place){path, 1}, svg, format("%s-narrow", name), alt, "drawing narrow");
}

const char *drawing_html(const char *name, const char *alt, bool has_narrow)
{
    const char *drawing = read_drawing(name, alt);
    return has_narrow ? format("%s\n%s", drawing, read_narrow(name, alt)) : drawing;
}

const char *with_narrow_drawing(const char *html, const char *name, const char *alt)
{
    return format("<div class=\"drawing\">\n%s\n</div>\n%s", html, read_narrow(name, alt));
}

/* ---- plots ---- */

static bool has_gnuplot(void)
{
    static int known = -1;
    if (known < 0)
        known = system("command -v gnuplot >/dev/null 2>&1") == 0; /* NOLINT(cert-env33-c) */
    return known == 1;
}

static const char gnuplot_style[] =
    "set encoding utf8\nset border 3\nset tics nomirror scale 0\n"
    "set grid noxtics ytics back linecolor rgb 'gray'\n"
    "set key above left reverse Left samplen 1.5\n"
    "set linetype 1 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#0072b2'\n"
    "set linetype 2 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#d55e00'\n"
    "set linetype 3 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#009e73'\n"
    "set linetype 4 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#cc79a7'\n"
    "set linetype 5 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#8c6e00'\n"
    "set linetype 6 linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb '#6e6e6e'\n";

/* Each plot is drawn for wide screens, for narrow ones, and small for the index: where it is kept,
   its size, what it needs else, and what stands last, after all that the lesson has set. */
typedef struct {
    const char *suffix;
    int width, height;
    const char *options, *first, *last;
} look;

static const look wide = {"", 782, 400, "", "", ""};
static const look narrow = {".narrow", 360, 320, "", "set key maxcols 1\n", ""};
static const look small = {
    ".small",
    320,
    160,
    "linewidth 1.5",
    "",
    "unset key\nunset tics\nunset grid\nunset border\nunset title\nunset label\nunset arrow\n"
    "unset xlabel\nunset ylabel\nset margins 0,0,0,0\n"};

/* An axis of names needs a line for each. */
static look with_room_for_names(look l, const char *data, const char *script)
{
    enum { LINE = 18, AROUND = 130 };
    int names = 0;
    for (const char *p = data; *p && strstr(script, ":ytic(");
         p += strcspn(p, "\n"), p += *p == '\n')
        names += *p != '\n';
    if (AROUND + names * LINE > l.height) l.height = AROUND + names * LINE;
    return l;
}

/* The command of a script that draws: its last line that begins with plot. */
static const char *plot_command(const char *script)
{
    const char *plot = script + strlen(script);
    for (const char *p = script; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (starts(p, "plot ")) plot = p;
    }
    return plot;
}

static void feed_gnuplot(FILE *gnuplot, look l, const char *result, const char *data,
                         const char *script)
{
    const char *plot = plot_command(script);
    fprintf(gnuplot,
            "%s%sset terminal svg size %d,%d dynamic noenhanced font 'sans-serif,13' %s\n"
            "set output '",
            gnuplot_style, l.first, l.width, l.height, l.options);
    for (const char *p = result; *p; p++) fprintf(gnuplot, *p == '\'' ? "''" : "%c", *p);
    fprintf(gnuplot, "'\n$data << END_OF_DATA\n%s\nEND_OF_DATA\n", data);
    fprintf(gnuplot, "%.*s\n%s%s\n", (int)(plot - script), script, l.last, plot);
}

/* What gnuplot draws: it reads its commands from a pipe, and draws into a file. */
static char *draw_by_gnuplot(place at, look l, const char *name, const char *data,
                             const char *script)
{
    const char *result = plot_path(name, format("%ld.tmp", (long)getpid()));
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);       /* gnuplot may stop reading early */
    FILE *gnuplot = popen("LC_ALL=C.UTF-8 gnuplot", "w"); /* NOLINT(cert-env33-c) */
    if (gnuplot) feed_gnuplot(gnuplot, l, result, data, script);
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
static const char *draw_plot(place at, look l, const char *name, const char *script)
{
    const char *data = read_or_die(plot_path(name, "dat"));
    if (l.suffix == narrow.suffix) l = with_room_for_names(l, data, script);
    char *svg = draw_by_gnuplot(at, l, name, data, script);
    cut_out(svg, "<title>", "</title>");
    cut_out(svg, "<desc>", "</desc>");
    write_or_die(plot_path(format("%s%s", name, l.suffix), "svg"), svg, strlen(svg));
    return svg;
}

const char *plot_html(place at, const char *name, const char *alt, const char *script,
                      bool has_narrow)
{
    if (!has_gnuplot()) return data_as_table(read_or_die(plot_path(name, "dat")));
    draw_plot(at, small, name, script);
    if (!has_narrow) draw_plot(at, narrow, name, script);
    return format("%s\n%s", inline_svg(at, draw_plot(at, wide, name, script), name, alt, "drawing"),
                  read_narrow(name, alt));
}

/* ---- thumbnails ---- */

const char *thumbnail_html(const char *name)
{
    char *svg = read_file(plot_path(format("%s.small", name), "svg")), *html = NULL;
    if (!svg) svg = read_file(plot_path(name, "svg"));
    const char *p = svg ? strstr(svg, "<svg") : NULL;
    if (!p) return NULL;
    cut_out(svg, "<title>", "</title>");
    cut_out(svg, "<text", "</text>");
    cut_out(svg, " tabindex='0", "0'");
    cut_out(svg, " tabindex='-1", "1'");
    const char *end = strstr(p, "</svg>");
    if (!end) return NULL;
    const char *ids = format("%s-small", name);
    for (end += strlen("</svg>"); p < end;) p = inline_piece(&html, p, ids);
    return keep(html);
}
