/* source.h: the sources of lessons, cut into prose and code. */

#ifndef SOURCE_H
#define SOURCE_H

#include "text.h"

/* Some lines of a source: a comment that is prose, or code. */
typedef struct {
    const char *file;
    bool prose;
    int first, last; /* lines */
    const char *text;
} part;

typedef struct {
    const char *path, *name;      /* "lessons/04_split.c", "04_split" */
    int number;                   /* 4 */
    const char *title, *question; /* its first heading; "> question: ..." */
    const char *text;
} lesson;

extern lesson *lessons; /* all that there are, in order: an array */

void read_lessons(void);
const lesson *find_lesson(const char *name); /* NULL if there is none */

/* The parts of a lesson, in order: an array. */
part *cut_lesson(const lesson *l);

/* Adds code to an array of parts, without the blank lines around it; nothing if there is none. */
void add_code_part(part **parts, const char *file, const char *from, const char *to, int line);

/* Where a piece of a part stands, for messages. */
place find_in(const part *p, const char *piece);

/* Of each line of `ran`, a lesson's source when it ran, the line of the same code in the lesson as
   it is: an array, from line 1; 0 for lines without code.  Prose, comments and blank lines may have
   changed.  If code has changed, the recorded numbers are those of another program, and the
   publisher stops. */
int *match_lines(const lesson *l, const char *ran);

/* The function of that name in a file of lessons/ or of the repository, with the comment above it:
   its text.  *path becomes the file that has it. */
const char *quote_function(place at, const char *file, const char *name, const char **path);

#endif
