/* fuzz.h: what the fuzzers share.

   A fuzzer is one function, LLVMFuzzerTestOneInput, that gets bytes and aborts if twotower.h does
   something with them that it must never do.  libFuzzer calls it with inputs that it invents;
   compiled with -DREPLAY, a main calls it with the files of the command line, with any compiler.

       must(condition)         aborts with the place if it doesn't hold
       input_file(...)         the bytes as a file: what to open (the reader takes paths)
       memory_begin(most)      from here on at most so many bytes may be in use at a time
       memory_end()            all must be free again; how many allocations there were
       refuse_allocation = k   the k-th allocation from now fails (0: none)
       mutate_between(...)     changes a part of an input, for a format whose parts depend on one
       mutate_after(...)       another */

#ifndef TWOTOWER_FUZZ_H
#define TWOTOWER_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static inline void fuzz_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: %s does not hold\n", file, line, condition);
    abort();
}

#define must(condition) ((condition) ? (void)0 : fuzz_failed(#condition, __FILE__, __LINE__))

/* Memory: each block knows its size. ----------------------------------------------------------- */

enum { FUZZ_HEADER = 16 }; /* keeps blocks as aligned as malloc's */

static size_t bytes_in_use, most_bytes = SIZE_MAX, allocations, refuse_allocation;

static inline void memory_begin(size_t most)
{
    must(bytes_in_use == 0);
    most_bytes = most;
    allocations = 0;
}

static inline size_t memory_end(void)
{
    must(bytes_in_use == 0);
    refuse_allocation = 0;
    return allocations;
}

static inline size_t fuzz_size_of(void *memory)
{
    size_t size = 0;
    if (memory) memcpy(&size, (char *)memory - FUZZ_HEADER, sizeof size);
    return size;
}

static inline void *fuzz_realloc(void *memory, size_t size)
{
    allocations++;
    if (refuse_allocation && --refuse_allocation == 0) return NULL;
    size_t before = fuzz_size_of(memory);
    must(size <= most_bytes && bytes_in_use - before <= most_bytes - size);
    char *block = (char *)realloc(memory ? (char *)memory - FUZZ_HEADER : NULL, size + FUZZ_HEADER);
    if (!block) return NULL;
    bytes_in_use += size - before;
    memcpy(block, &size, sizeof size);
    return block + FUZZ_HEADER;
}

static inline void fuzz_free(void *memory)
{
    bytes_in_use -= fuzz_size_of(memory);
    if (memory) free((char *)memory - FUZZ_HEADER);
}

#define TT_MALLOC(size) fuzz_realloc(NULL, size)
#define TT_REALLOC(memory, size) fuzz_realloc(memory, size)
#define TT_FREE(memory) fuzz_free(memory)

#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"

/* Files, in memory where there is such a place. ------------------------------------------------ */

static inline const char *fuzz_folder(void)
{
    static char folder[64];
    if (*folder) return folder;
    snprintf(folder, sizeof folder, "/dev/shm/twotower-fuzz-XXXXXX");
    if (mkdtemp(folder)) return folder;
    snprintf(folder, sizeof folder, "/tmp/twotower-fuzz-XXXXXX");
    must(mkdtemp(folder));
    return folder;
}

static inline const char *fuzz_path(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", fuzz_folder(), name);
    return path;
}

static inline void fuzz_tidy_up(void)
{
    static const char *const names[] = {"input", "copy", "ratings.csv", "movies.csv"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) remove(fuzz_path(names[i]));
    rmdir(fuzz_folder());
}

static inline const char *input_file(const char *name, const void *bytes, size_t size)
{
    static bool registered;
    if (!registered) must(atexit(fuzz_tidy_up) == 0);
    registered = true;
    const char *path = fuzz_path(name);
    FILE *file = fopen(path, "wb");
    must(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
    return path;
}

/* All bytes of a file; freed with free. */
static inline uint8_t *file_bytes(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    must(file && fseek(file, 0, SEEK_END) == 0);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = (uint8_t *)malloc(*size + 1);
    must(bytes && fread(bytes, 1, *size, file) == *size);
    fclose(file);
    return bytes;
}

/* Whether a structure still has the bytes 0xA5 that were there before it was to be filled. */
static inline bool is_untouched(const void *structure, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)structure;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0xA5) return false;
    return true;
}

/* Whether a text is whole and can be shown: what every message has to be. */
static inline bool is_utf8(const char *text)
{
    return *tt__utf8_end(text) == 0;
}

/* Mutations. ----------------------------------------------------------------------------------- */

#ifndef REPLAY
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed);

static inline size_t mutate(uint8_t *bytes, size_t size, size_t most)
{
    return most ? LLVMFuzzerMutate(bytes, size, most) : size;
}

/* Changes the bytes from begin on; returns the new size of all. */
static inline size_t mutate_after(uint8_t *bytes, size_t size, size_t most, size_t begin)
{
    return begin + mutate(bytes + begin, size - begin, most - begin);
}

/* Changes *length bytes from begin on, and their number; those behind follow. */
static inline size_t mutate_between(uint8_t *bytes, size_t size, size_t most, size_t begin,
                                    size_t *length)
{
    size_t behind = size - begin - *length;
    uint8_t *copy = (uint8_t *)malloc(behind + 1);
    must(copy);
    memcpy(copy, bytes + begin + *length, behind);
    *length = mutate(bytes + begin, *length, most - begin - behind);
    memcpy(bytes + begin + *length, copy, behind);
    free(copy);
    return begin + *length + behind;
}
#endif

#ifdef REPLAY
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t size;
        uint8_t *bytes = file_bytes(argv[i], &size);
        LLVMFuzzerTestOneInput(bytes, size);
        free(bytes);
    }
    printf("%d inputs\n", argc - 1);
    return argc < 2;
}
#endif

#endif
