#include "answer.h"

#include "code.h"

#include <stdlib.h>

static const char *read_program(place at, const char *name, const char *path)
{
    const char *code = read_file(in_root(path));
    if (!code) die(at, "the answer %s needs its program %s, and there is none", name, path);
    return code;
}

/* A lesson that is run by itself has no records of its answers. */
static const char *read_output(const char *name)
{
    const char *text = read_file(in_out(format("records/answers/%s.txt", name)));
    return text ? text : "(not run yet: make answers runs it)\n";
}

/* The lines of an output that begin with the mark, without it. */
static const char *expected_of(const char *output)
{
    static const char mark[] = "Expected: ";
    char *html = NULL;
    for (const char *p = output; *p; p += *p == '\n') {
        size_t n = strcspn(p, "\n");
        if (starts(p, mark))
            addf(&html, "<p class=\"expected\"><b>Expected:</b> %s</p>\n",
                 escaped(copy(p + strlen(mark), n - strlen(mark))));
        p += n;
    }
    return keep(html);
}

answer read_answer(place at, const lesson *in, const char *name)
{
    const char *path = format("lessons/answers/%s.c", name);
    if (!in || strtol(name, NULL, 10) != in->number || !strchr(name, '_'))
        die(at, "expected an answer of this lesson, such as '> answer: %02d_1', and found '%s'",
            in ? in->number : 1, name);
    const char *code = read_program(at, name, path), *output = read_output(name);
    char *program = NULL;
    put_quotation(&program, path, code);
    addf(&program, "<div class=\"out\">\n<pre tabindex=\"0\">%s</pre>\n</div>\n", escaped(output));
    return (answer){expected_of(output), keep(program)};
}
