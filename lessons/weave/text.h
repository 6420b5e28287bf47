/* text.h: texts that grow, files, and how the publisher stops.

   A text is an stb_ds array of char with a zero behind it, so that it is a C string as well.  It
   grows from NULL by add and its like; once it is kept, it remains as it is until the end. */

#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <stb/stb_ds.h>

#define PRINTF(text, first) __attribute__((format(printf, text, first)))
#define NORETURN __attribute__((noreturn))

typedef struct {
    const char *file;
    int line;
} place;

/* What the user has said. */
typedef struct {
    const char *root; /* the folder of the repository: "", or with a slash at its end */
    const char *out;  /* the folder of the pages */
} options;

extern options chosen;

/* ---- texts ---- */

void add(char **text, const char *string);
void add_char(char **text, char c);
void add_bytes(char **text, const char *bytes, size_t n);
void addf(char **text, const char *format, ...) PRINTF(2, 3);
void add_escaped(char **html, const char *bytes, size_t n);

char *keep(char *text);
char *copy(const char *bytes, size_t n);
char *format(const char *format, ...) PRINTF(1, 2);
const char *escaped(const char *string);

/* A text with all that is `from` as `to`. */
const char *replaced(const char *text, const char *from, const char *to);

const char *base64(const char *bytes, size_t n);

/* HTML as plain text. */
const char *without_tags(const char *html);
const char *without_links(const char *html); /* what stands in them remains */

/* ---- looking at texts ---- */

bool starts(const char *text, const char *with);
bool is_digit(char c);
bool is_letter(char c);
bool is_name(char c);      /* letters, digits and _ */
char small_letter(char c); /* a for A */
size_t name_length(const char *p);
int count_lines(const char *from, const char *to);

/* In C: the end of a comment at p, of a string or character (with its line at the latest); p if
   there is none. */
const char *skip_comment(const char *p);
const char *skip_quoted(const char *p);

/* In " key value key value ": the value of a key, or NULL. */
const char *look_up(const char *table, const char *key);

/* The bytes of the character of UTF-8 at p. */
size_t character_length(const char *p);

/* ---- files ---- */

char *read_file(const char *path); /* kept; NULL if it can't be read */
const char *read_or_die(const char *path);
void write_or_die(const char *path, const char *bytes, size_t n);
void make_folder(const char *path);           /* with its parents */
const char *in_root(const char *path);        /* of the repository */
const char *in_out(const char *path);         /* of the pages */
const char **list_files(const char *pattern); /* sorted; an array */

/* ---- ends ---- */

NORETURN void die(place at, const char *format, ...) PRINTF(2, 3);
void free_texts(void);

#endif
