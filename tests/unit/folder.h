/* folder.h: for the tests that write files or refuse memory.  Include tests/unit/test.h first.

       enter_folder, leave_folder        a group's setup and teardown: its files are in a folder of
                                         their own, which goes away with the last of them
       write_file, read_file, exists, assert_file_is
                                         whole files
       assert_case(condition, what, ...) says which case of a table failed
       assert_untouched(output, byte, size)
                                         all its bytes are still the one that filled it
       refuse_each(call, context)        runs a call with each of its allocations refused in turn
       comma_locale(&why_not)            the name of a locale that writes 3,5
*/

#ifndef TWOTOWER_TEST_FOLDER_H
#define TWOTOWER_TEST_FOLDER_H

#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files ---------------------------------------------------------------------------------------- */

static char folder[1024], home[4096];

/* Removes a file, or a folder with all that is in it. */
TEST_API void remove_all(const char *path)
{
    DIR *open = opendir(path);
    struct dirent *entry;
    while (open && (entry = readdir(open)) != NULL) {
        char inside[2048];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        remove_all(inside);
    }
    if (open) closedir(open);
    remove(path);
}

TEST_API int enter_folder(void **state)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.900s/twotower-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    return getcwd(home, sizeof home) && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

TEST_API int leave_folder(void **state)
{
    int left = chdir(home);
    remove_all(folder);
    return left;
}

/* A new file each time: to overwrite one makes some file systems wait for the disk. */
TEST_API void write_file(const char *path, const void *bytes, size_t size)
{
    remove(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

TEST_API bool exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

/* Bytes that may hold NULs, with their number. */
#define BYTES(text) text, sizeof(text) - 1

typedef struct bytes {
    unsigned char *data;
    size_t size;
} bytes;

TEST_API bytes read_file(const char *path)
{
    bytes all = {NULL, 0};
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    all.size = (size_t)ftell(file);
    rewind(file);
    all.data = (unsigned char *)malloc(all.size + 1);
    assert_non_null(all.data);
    assert_int_equal(fread(all.data, 1, all.size, file), all.size);
    fclose(file);
    return all;
}

/* A file that must still hold these bytes. */
TEST_API void assert_file_is(const char *path, bytes expected)
{
    bytes found = read_file(path);
    assert_int_equal(found.size, expected.size);
    assert_memory_equal(found.data, expected.data, expected.size);
    free(found.data);
}

/* Says which case of a table failed. */
#define assert_case(condition, what, ...)                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error("case: %s\n", what);                                                       \
            test_fail_here(__FILE__, __LINE__, __VA_ARGS__);                                       \
        }                                                                                          \
    } while (0)

/* Locales -------------------------------------------------------------------------------------- */

/* A locale that writes 3,5: one that is there, or one made here; NULL and why not. */
TEST_API const char *comma_locale(const char **why_not)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8",  "de_DE",       "fr_FR.UTF-8",
                                        "fr_FR",       "es_ES.UTF-8", "nl_NL.UTF-8", "./de.UTF-8"};
    bool made = false;
    for (size_t i = 0; i < COUNT(names); i++) {
        bool ours = names[i][0] == '.';
        if (ours) {
            made = system("localedef -i de_DE -f UTF-8 ./de.UTF-8 >/dev/null 2>&1") == 0;
            setenv("LOCPATH", folder, 1);
        }
        const char *name = names[i] + (ours ? 2 : 0);
        bool comma = setlocale(LC_ALL, name) && strtod("3.5", NULL) == 3;
        setlocale(LC_ALL, "C");
        if (comma) return name;
    }
    *why_not = made ? "setlocale refuses the German locale that localedef made"
                    : "no locale with a decimal comma is installed, and localedef can't make one";
    return NULL;
}

/* Refused memory --------------------------------------------------------------------------------

   An attempt makes one call, ends the refusals with grant_memory, checks what the call left behind,
   and returns its error.  refuse_each refuses its first, second, ... allocation, once each and then
   for good, until an attempt needs no more than were granted. */

typedef tt_error attempt(void *context);

static size_t asked;

TEST_API void grant_memory(void)
{
    asked = test_allocations;
    test_fail_at = 0;
    test_fail_for_good = false;
}

/* An output that was filled with a byte, and that a failed call must leave so. */
TEST_API void assert_untouched(const void *output, int byte, size_t size)
{
    for (size_t i = 0; i < size; i++) assert_int_equal(((const unsigned char *)output)[i], byte);
}

/* Returns how many allocations the call makes. */
TEST_API size_t refuse_each(attempt *call, void *context)
{
    for (int for_good = 0; for_good < 2; for_good++)
        for (size_t k = 1;; k++) {
            size_t live = test_live_blocks;
            test_allocations = 0;
            test_fail_at = k;
            test_fail_for_good = for_good;
            tt_error error = call(context);
            assert_int_equal(test_live_blocks, live);
            assert_int_equal(error, asked < k ? TT_OK : TT_ERROR_MEMORY);
            if (asked < k) break;
        }
    assert_true(asked > 0);
    return asked;
}

#endif
