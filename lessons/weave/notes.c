#include "notes.h"

#include "code.h"
#include "glossary.h"
#include "names.h"

static const char *word_note(const char *address)
{
    for (const term *w = terms; w < terms + arrlen(terms); w++) {
        if (strcmp(word_address(w), address) != 0) continue;
        return format("<p><b>%s</b> <span class=\"from\">Lesson %d</span></p>\n%s",
                      escaped(w->name), w->lesson->number, definition_html(w));
    }
    return NULL;
}

static const char *book_note(const char *name)
{
    const char *title = *name == 's' ? title_of_section(name + 1) : NULL;
    if (title) return format("<p>§%s of the book: %s</p>\n", name + 1, escaped(title));
    return explain_name(name);
}

/* What is behind a link, or NULL if it speaks for itself. */
static const char *note_of(const char *address)
{
    static const char book[] = "book.html#";
    return starts(address, book) ? book_note(address + strlen(book)) : word_note(address);
}

static bool is_among(const char **addresses, const char *address)
{
    for (size_t i = 0; i < arrlenu(addresses); i++)
        if (!strcmp(addresses[i], address)) return true;
    return false;
}

const char *notes_for(const char *html)
{
    static const char mark[] = " href=\"";
    const char **seen = NULL;
    char *notes = NULL;
    for (const char *p = html; (p = strstr(p, mark));) {
        p += strlen(mark);
        const char *address = copy(p, strcspn(p, "\"")), *note;
        if (!strchr(address, '#') || is_among(seen, address)) continue;
        arrput(seen, address);
        if ((note = note_of(address)))
            addf(&notes, "<div data-of=\"%s\">\n%s</div>\n", address, note);
    }
    arrfree(seen);
    return notes ? format("<template class=\"notes\">\n%s</template>\n", keep(notes)) : "";
}
