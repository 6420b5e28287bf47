/* answer.h: the answer to an exercise: a program of lessons/answers, and what it printed. */

#ifndef ANSWER_H
#define ANSWER_H

#include "source.h"

typedef struct {
    const char *expected; /* HTML: by what a reader checks a result; "" if it prints no such line */
    const char *program;  /* HTML: the program and all that it printed */
} answer;

/* Of lessons/answers/NAME.c and OUT/records/answers/NAME.txt; `at` mentions it. */
answer read_answer(place at, const lesson *in, const char *name);

#endif
