/* weave: the publisher.  It makes pages of the lessons' sources and of what they recorded when they
   ran, a book of twotower.h, and an index of what there is.

       text      texts that grow, files, and how the publisher stops
       source    lessons, cut into prose and code; functions that prose quotes
       record    what a lesson showed, on the lines where its code is now
       figure    drawings, and plots by gnuplot
       heat      heat maps (declared in figure.h)
       markdown  prose as HTML
       quote     block quotes that mean something, such as notes in the margin
       answer    the answers to exercises
       tex       mathematics as MathML
       glossary  the words that lessons define
       names     what twotower.h says of its names
       notes     what links show before one follows them
       code      C in colour
       table     tables, with numbers and names as in print (typeset)
       cell      code and what it showed (shows: which lines only show)
       page      what all pages have
       lesson    the page of a lesson (margin: where notes stand)
       index     what the course is, its map and its words (course.md)
       search    the words by which one finds places, for search.js
       book      twotower.h as a textbook: its prose (comment), the formulas there (formula), and
                 the lessons and tests of a section (related)
       stb       the bodies of stb's functions

   Each page carries a copy of its styles and scripts: *.css, *.js, and math.woff2. */

#include "glossary.h"
#include "names.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "weave: makes the pages of the lessons and of the book\n\n"
    "  weave [options] lesson NAME ...   OUT/NAME.html from lessons/NAME.c and its record in OUT,\n"
    "                                    and the index; without a name all lessons\n"
    "  weave [options] book              OUT/book.html from twotower.h\n"
    "  weave [options] index             OUT/index.html from the pages that are there\n\n"
    "  --out DIR     where the pages are (report)\n"
    "  --root DIR    the folder of twotower.h and lessons/ (the current one)\n"
    "  --help        this text\n";

NORETURN static void refuse(const char *message)
{
    fprintf(stderr, "weave: %s; --help lists what there is\n", message);
    exit(2);
}

/* "dir/" for "dir", "" for "." */
static const char *with_slash(const char *folder)
{
    while (starts(folder, "./")) folder += 2;
    size_t n = strlen(folder);
    if (!n || !strcmp(folder, ".")) return "";
    return format("%s%s", folder, folder[n - 1] == '/' ? "" : "/");
}

/* Returns the first argument that is not an option. */
static int read_options(int argc, char **argv)
{
    int i = 1;
    for (; i < argc && starts(argv[i], "--"); i++) {
        if (!strcmp(argv[i], "--help")) printf("%s", usage), exit(0);
        bool out = !strcmp(argv[i], "--out"), root = !strcmp(argv[i], "--root");
        if (!out && !root) refuse(format("there is no option '%s'", argv[i]));
        if (++i == argc || !*argv[i]) refuse(format("%s needs a folder", argv[i - 1]));
        if (out)
            chosen.out = argv[i];
        else
            chosen.root = with_slash(argv[i]);
    }
    return i;
}

static void weave_lessons(char **names, int n)
{
    for (int i = 0; i < n; i++)
        if (!find_lesson(names[i])) refuse(format("there is no lesson '%s'", names[i]));
    make_folder(in_out("plots"));
    for (int i = 0; i < n; i++) weave_lesson(find_lesson(names[i]));
    for (size_t i = 0; !n && i < arrlenu(lessons); i++) weave_lesson(&lessons[i]);
    weave_index();
}

int main(int argc, char **argv)
{
    int first = read_options(argc, argv), rest = argc - first - 1;
    const char *what = first < argc ? argv[first] : "";
    bool some = !strcmp(what, "lesson"), book = !strcmp(what, "book");
    if (!some && !book && strcmp(what, "index") != 0)
        refuse("it weaves a lesson, the book or the index");
    if (!some && rest) refuse(format("'%s' is one word too many", argv[first + 1]));
    read_lessons();
    read_words();
    read_names();
    make_folder(chosen.out);
    if (some)
        weave_lessons(argv + first + 1, rest);
    else if (book)
        weave_book();
    else
        weave_index();
    free_names();
    free_words();
    arrfree(lessons);
    free_texts();
    return 0;
}
