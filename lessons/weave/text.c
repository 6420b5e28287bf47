#include "text.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

options chosen = {"", "report"};

static char **kept;

/* ---- texts ---- */

void add_bytes(char **text, const char *bytes, size_t n)
{
    if (n) memcpy(arraddnptr(*text, n), bytes, n);
    arrput(*text, 0);
    (void)arrpop(*text);
}

void add(char **text, const char *string)
{
    add_bytes(text, string, strlen(string));
}

void add_char(char **text, char c)
{
    add_bytes(text, &c, 1);
}

char *keep(char *text)
{
    add(&text, ""); /* even an empty text ends in a zero */
    arrput(kept, text);
    return text;
}

char *copy(const char *bytes, size_t n)
{
    char *text = NULL;
    add_bytes(&text, bytes, n);
    return keep(text);
}

PRINTF(2, 0) static void vaddf(char **text, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0) return;
    char *end = arraddnptr(*text, (size_t)n + 1);
    vsnprintf(end, (size_t)n + 1, format, args);
    (void)arrpop(*text);
}

void addf(char **text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vaddf(text, format, args);
    va_end(args);
}

char *format(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    vaddf(&text, format, args);
    va_end(args);
    return keep(text);
}

void add_escaped(char **html, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (bytes[i]) {
        case '&': add(html, "&amp;"); break;
        case '<': add(html, "&lt;"); break;
        case '>': add(html, "&gt;"); break;
        case '"': add(html, "&quot;"); break;
        default: add_char(html, bytes[i]);
        }
    }
}

const char *escaped(const char *string)
{
    char *html = NULL;
    add_escaped(&html, string, strlen(string));
    return keep(html);
}

static const char *tag_end(const char *p)
{
    p += strcspn(p, ">");
    return p + (*p == '>');
}

const char *without_tags(const char *html)
{
    static const char entities[] = " &amp; & &lt; < &gt; > &quot; \" ";
    char *text = NULL;
    for (const char *p = html; *p; p++) {
        size_t n = *p == '&' ? strcspn(p, "; ") + 1 : 0;
        const char *is = n && n < 7 ? look_up(entities, copy(p, n)) : NULL;
        if (is)
            add(&text, is), p += n - 1;
        else if (*p == '<')
            p = tag_end(p) - 1;
        else
            add_char(&text, *p);
    }
    return keep(text);
}

const char *replaced(const char *text, const char *from, const char *to)
{
    char *all = NULL;
    for (const char *p; (p = strstr(text, from)); text = p + strlen(from)) {
        add_bytes(&all, text, (size_t)(p - text));
        add(&all, to);
    }
    add(&all, text);
    return keep(all);
}

const char *base64(const char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = NULL;
    for (size_t i = 0; i < n; i += 3) {
        unsigned long word = 0; /* of 24 bits */
        for (size_t k = 0; k < 3; k++)
            word = word << 8 | (i + k < n ? (unsigned char)bytes[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            add_bytes(&text, i + k > n ? "=" : &digits[word >> (18 - 6 * k) & 63], 1);
    }
    return keep(text);
}

const char *without_links(const char *html)
{
    char *text = NULL;
    for (const char *p = html; *p;) {
        if (starts(p, "<a ") || starts(p, "</a>"))
            p = tag_end(p);
        else
            add_char(&text, *p++);
    }
    return keep(text);
}

/* ---- looking at texts ---- */

bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_name(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

char small_letter(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
}

size_t name_length(const char *p)
{
    size_t n = 0;
    while (is_name(p[n])) n++;
    return n;
}

int count_lines(const char *from, const char *to)
{
    int lines = 0;
    for (; from < to; from++) lines += *from == '\n';
    return lines;
}

const char *skip_comment(const char *p)
{
    if (starts(p, "//")) return p + strcspn(p, "\n");
    if (!starts(p, "/*")) return p;
    const char *end = strstr(p + 2, "*/");
    return end ? end + 2 : p + strlen(p);
}

const char *skip_quoted(const char *p)
{
    if (*p != '"' && *p != '\'') return p;
    const char *end = p + 1;
    while (*end && *end != *p && *end != '\n') end += *end == '\\' && end[1] ? 2 : 1;
    return end + (*end == *p);
}

const char *look_up(const char *table, const char *key)
{
    const char *spaced = format(" %s ", key), *at = strstr(table, spaced);
    return at ? copy(at + strlen(spaced), strcspn(at + strlen(spaced), " ")) : NULL;
}

size_t character_length(const char *p)
{
    size_t n = 1;
    while (((unsigned char)p[n] & 0xC0) == 0x80) n++;
    return n;
}

/* ---- files ---- */

char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *text = NULL, buffer[1 << 14];
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;) add_bytes(&text, buffer, n);
    bool good = !ferror(file);
    fclose(file);
    text = keep(text);
    return good ? text : NULL;
}

const char *read_or_die(const char *path)
{
    const char *text = read_file(path);
    if (!text) die((place){path, 1}, "can't be read: %s", strerror(errno));
    return text;
}

/* Writes a draft first and then renames it, so that nobody ever finds half a file. */
void write_or_die(const char *path, const char *bytes, size_t n)
{
    const char *draft = format("%s.%ld.tmp", path, (long)getpid());
    FILE *file = fopen(draft, "wb");
    bool good = file && fwrite(bytes, 1, n, file) == n;
    if (file) good = fclose(file) == 0 && good; /* a full disk may show only now */
    if (good && rename(draft, path) == 0) return;
    fprintf(stderr, "%s can't be written: %s\n", path, strerror(errno));
    remove(draft);
    exit(1);
}

void make_folder(const char *path)
{
    char *folder = copy(path, strlen(path));
    for (char *p = folder + 1;; p++) {
        if (*p != '/' && *p) continue;
        char here = *p;
        *p = 0;
        if (mkdir(folder, 0777) && errno != EEXIST) {
            fprintf(stderr, "the folder %s can't be made: %s\n", folder, strerror(errno));
            exit(1);
        }
        if (!here) return;
        *p = here;
    }
}

const char *in_root(const char *path)
{
    return format("%s%s", chosen.root, path);
}
const char *in_out(const char *path)
{
    return format("%s/%s", chosen.out, path);
}

const char **list_files(const char *pattern)
{
    const char **paths = NULL;
    glob_t files = {0};
    if (glob(pattern, 0, NULL, &files)) die((place){pattern, 1}, "there is no such file");
    for (size_t i = 0; i < files.gl_pathc; i++)
        arrput(paths, copy(files.gl_pathv[i], strlen(files.gl_pathv[i])));
    globfree(&files);
    return paths;
}

/* ---- ends ---- */

void die(place at, const char *format, ...)
{
    va_list args;
    fflush(stdout);
    fprintf(stderr, "%s:%d: ", at.file, at.line);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
    exit(1);
}

void free_texts(void)
{
    for (size_t i = 0; i < arrlenu(kept); i++) arrfree(kept[i]);
    arrfree(kept);
}
