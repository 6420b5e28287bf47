/* movielens.h: MovieLens' two files, and the notebook's features from them.

       ml_data data;
       ml_must(ml_load(&data, "data/movielens", &why), &why);  ratings, films, users
       ml_features features;
       ml_must(ml_make_features(&features, &data), NULL);      19 columns per user, per film
       ml_inputs inputs;
       ml_must(ml_prepare(&inputs, &data, &features), NULL);   scaled, split, ready for tt_fit
       ml_open(&data, &features, &inputs, "data/movielens");   all three at once
       ml_load_model(&model, &inputs, "data/movielens", "report");  what lesson 7 has trained
       ml_say_title(text, sizeof text, &film);                 "The Matrix"

   ratings.csv has the columns userId, movieId, rating and, if times are wanted, timestamp;
   movies.csv has movieId, title, genres.  Ids go from 0 to 999999999999, stars from 0.5 to 5 in
   steps of a half.  Malformed input is refused with its place.  But if a file was cut in the middle
   of a number, so that 12 is left of 123, only the checksum of its edition shows it.  The rules are
   those of the notebook that the lessons reproduce:

   - A film is kept if somebody rated it and it has at least one of the 16 genres below.  A rating
     is kept if its film is, and a user is kept who has given such a rating.
   - Films stand in the order of their first appearance in ratings.csv; ratings stand film by film,
     and within a film by user id; users stand by id.
   - Averages are rounded to two decimals, as NumPy's round does.

   Include twotower.h first.  Everything here is static: a lesson is one source file. */

#ifndef MOVIELENS_H
#define MOVIELENS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__)
#define ML_API static __attribute__((unused))
#else
#define ML_API static
#endif

enum { ML_GENRES = 16, ML_OTHER_MARKS = 4, ML_COLUMNS = 19 };

/* In the notebook's order. */
static const char *const ml_genres[ML_GENRES] = {
    "Adventure", "Animation", "Children", "Comedy", "Fantasy", "Romance", "Action",  "Crime",
    "Thriller",  "Mystery",   "Horror",   "Drama",  "War",     "Sci-Fi",  "Musical", "Documentary"};

/* The other marks that MovieLens writes in the column of genres. */
static const char *const ml_other_marks[ML_OTHER_MARKS] = {"Film-Noir", "IMAX", "Western",
                                                           "(no genres listed)"};

/* The headings that the notebook prints: words of more than five letters split in two. */
static const char *const ml_user_columns[ML_COLUMNS] = {
    "[user id]", "[rating count]", "[rating ave]", "Adve nture",  "Anim ation",
    "Chil dren", "Com edy",        "Fan tasy",     "Rom ance",    "Act ion",
    "Crime",     "Thri ller",      "Mys tery",     "Hor ror",     "Drama",
    "War",       "Sci -Fi",        "Mus ical",     "Docum entary"};
static const char *const ml_item_columns[ML_COLUMNS] = {
    "[mov ieId]", "Year",     "Avg_r ating", "Adve nture", "Anim ation",  "Chil dren", "Com edy",
    "Fan tasy",   "Rom ance", "Act ion",     "Crime",      "Thri ller",   "Mys tery",  "Hor ror",
    "Drama",      "War",      "Sci -Fi",     "Mus ical",   "Docum entary"};

/* Leading columns that identify a row and are not shown to the network. */
enum { ML_USER_SKIP = 3, ML_ITEM_SKIP = 1 };

typedef struct ml_film {
    int64_t id;
    size_t line;          /* of movies.csv, where its record begins */
    char *title, *genres; /* as in the file, but U+FFFD for control characters */
    bool has_genre[ML_GENRES];
    int n_genres;        /* of the 16 */
    size_t other_genres; /* marks that are not among the 16 */
    int year;            /* 0: the title has none */
} ml_film;

typedef struct ml_data {
    char edition[96]; /* "MovieLens ml-latest-small of September 2018", by checksum */
    size_t n_films;   /* kept, in order of first appearance */
    ml_film *films;
    size_t n_users; /* with at least one kept rating, by id */
    int64_t *user_ids;
    size_t n_ratings;      /* of kept films, film by film */
    uint32_t *user, *film; /* rows */
    double *stars;
    uint32_t *when; /* seconds since 1970; NULL where the file has no timestamps */
    size_t all_films, all_ratings, all_users; /* in the files */
    size_t without_genre; /* films dropped because they have none of the 16 genres */
    size_t unrated;       /* films dropped that have such a genre, but no rating */
    size_t other_genres;  /* genre marks of the kept films that are not among the 16 */
    size_t unknown_marks; /* in movies.csv, not used by MovieLens: probably misspelt */
    char *unknown_mark;   /* the first of them, or NULL */
    size_t unknown_line;  /* where the record begins that has it */
    int median_year;      /* of the kept films that have one; 0 if none has */
    size_t without_year;  /* kept films that get it */
} ml_data;

typedef struct ml_features {
    tt_table users, films;                 /* n_users x 19 and n_films x 19, unscaled */
    uint32_t *user_ratings, *film_ratings; /* how often each row stands in the training table */
    double *film_means; /* of the film's ratings, before rounding to two decimals */
} ml_features;

typedef struct ml_inputs {
    tt_standard_scaler user_scaler, film_scaler; /* 19 columns */
    tt_minmax_scaler target_scaler;
    tt_table users, films;              /* all 19 columns, scaled, as doubles */
    tt_matrix user_inputs, film_inputs; /* 16 and 18 columns, as floats: what the towers see */
    float *target;                      /* a rating's stars on [-1, 1] */
    uint32_t *train_rows, *test_rows;
    tt_ratings train, test;
} ml_inputs;

/* Stops the lesson with a message if there was an error. */
ML_API void ml_must(tt_error error, const tt_message *why)
{
    if (error == TT_OK) return;
    fprintf(stderr, "%s\n", why && *why->text ? why->text : tt_error_text(error));
    exit(1);
}

/* Returns zeroed memory.  Where there is none, the lesson stops and says so. */
ML_API void *ml_new(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory) ml_must(TT_ERROR_MEMORY, NULL);
    return memory;
}

static void *ml__resize(void *array, size_t count, size_t size)
{
    array = count > SIZE_MAX / size ? NULL : realloc(array, count * size);
    if (!array) ml_must(TT_ERROR_MEMORY, NULL);
    return array;
}

/* Makes room for one more than count. */
static void *ml__grow(void *array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity) return array;
    *capacity = *capacity ? *capacity * 2 : 1024;
    return ml__resize(array, *capacity, size);
}

static char *ml__path(const char *folder, const char *file)
{
    char *path = (char *)ml_new(strlen(folder) + strlen(file) + 2, 1);
    sprintf(path, "%s/%s", folder, file);
    return path;
}

/* Films ---------------------------------------------------------------------------------------- */

/* The number of bytes of the control character (U+0001 to U+001F, U+007F to U+009F) that text
   begins with, or 0 if it begins with another character. */
static size_t ml__control(const char *text)
{
    unsigned char a = (unsigned char)text[0], b = a ? (unsigned char)text[1] : 0;
    if (a == 0xC2 && b >= 0x80 && b <= 0x9F) return 2;
    return (a && a < 0x20) || a == 0x7F;
}

/* Returns a copy in which U+FFFD replaces control characters.  A page must not have control
   characters, and on a terminal they could do anything. */
static char *ml__printable(const char *text)
{
    char *copy = (char *)ml_new(3 * strlen(text) + 1, 1), *end = copy;
    while (*text) {
        size_t control = ml__control(text);
        memcpy(end, control ? "\xEF\xBF\xBD" : text, control ? 3 : 1);
        end += control ? 3 : 1;
        text += control ? control : 1;
    }
    return copy;
}

/* The place of the mark, which has this length, among n names; n if it isn't there. */
static int ml__find_mark(const char *mark, size_t length, const char *const *names, int n)
{
    int i = 0;
    while (i < n && !(strlen(names[i]) == length && strncmp(names[i], mark, length) == 0)) i++;
    return i;
}

/* Counts a mark that is not among the 16 genres.  Later editions of MovieLens may have marks that
   are not known here, so an unknown mark is not refused. */
static void ml__other_mark(ml_data *data, ml_film *film, const char *mark, size_t length)
{
    film->other_genres++;
    if (ml__find_mark(mark, length, ml_other_marks, ML_OTHER_MARKS) < ML_OTHER_MARKS) return;
    if (data->unknown_marks++) return;
    data->unknown_line = film->line;
    data->unknown_mark = (char *)ml_new(length + 1, 1);
    memcpy(data->unknown_mark, mark, length);
}

/* Marks the film's genres, given as "Adventure|Comedy".  Empty parts, as in "|Comedy||", do not
   count as marks. */
static void ml__mark_genres(ml_data *data, ml_film *film)
{
    for (const char *mark = film->genres; *mark;) {
        size_t length = strcspn(mark, "|");
        int g = ml__find_mark(mark, length, ml_genres, ML_GENRES);
        if (g < ML_GENRES && !film->has_genre[g])
            film->n_genres += film->has_genre[g] = true;
        else if (g == ML_GENRES && length)
            ml__other_mark(data, film, mark, length);
        mark += length + (mark[length] == '|');
    }
}

/* The year: the four digits in brackets that end the title (blanks may follow), or 0. */
static int ml__year(const char *title)
{
    size_t n = strlen(title);
    while (n && title[n - 1] == ' ') n--;
    if (n < 6 || title[n - 6] != '(' || title[n - 1] != ')') return 0;
    int year = 0;
    for (size_t i = n - 5; i < n - 1; i++) {
        if (title[i] < '0' || title[i] > '9') return 0;
        year = year * 10 + (title[i] - '0');
    }
    return year;
}

static void ml__free_films(ml_film *films, size_t n)
{
    for (size_t f = 0; f < n; f++) {
        free(films[f].title);
        free(films[f].genres);
    }
    free(films);
}

static int ml__by_film_id(const void *a, const void *b)
{
    int64_t x = ((const ml_film *)a)->id, y = ((const ml_film *)b)->id;
    return (x > y) - (x < y);
}

static int ml__by_film_id_and_line(const void *a, const void *b)
{
    size_t x = ((const ml_film *)a)->line, y = ((const ml_film *)b)->line;
    int by_id = ml__by_film_id(a, b);
    return by_id ? by_id : (x > y) - (x < y);
}

/* Refuses the first film in the file whose id stands in an earlier line.  The films are sorted by
   id and line. */
static tt_error ml__refuse_film_twice(const ml_film *films, size_t n, const char *path,
                                      tt_message *why)
{
    const ml_film *twice = NULL;
    for (size_t f = 1; f < n; f++)
        if (films[f].id == films[f - 1].id && (!twice || films[f].line < twice->line))
            twice = &films[f];
    if (!twice) return TT_OK;
    snprintf(why->text, sizeof why->text, "%.300s:%zu:1: movieId %lld is already in line %zu", path,
             twice->line, (long long)twice->id, twice[-1].line);
    return TT_ERROR_VALUE;
}

/* Reads all films of movies.csv and sorts them by id. */
static tt_error ml__read_films(ml_data *data, ml_film **films, size_t *n, const char *path,
                               tt_message *why)
{
    tt_csv csv;
    size_t id, title, genres, capacity = 0;
    tt_csv_open(&csv, path);
    tt_csv_find(&id, &csv, "movieId");
    tt_csv_find(&title, &csv, "title");
    tt_csv_find(&genres, &csv, "genres");
    while (tt_csv_next(&csv) == TT_OK) {
        ml_film film;
        memset(&film, 0, sizeof film);
        if (tt_csv_integer(&film.id, &csv, id, 0, INT64_C(999999999999))) break;
        film.line = csv.line;
        film.title = ml__printable(tt_csv_text(&csv, title));
        film.genres = ml__printable(tt_csv_text(&csv, genres));
        film.year = ml__year(film.title);
        ml__mark_genres(data, &film);
        *films = (ml_film *)ml__grow(*films, &capacity, *n, sizeof **films);
        (*films)[(*n)++] = film;
    }
    tt_csv_close(&csv);
    if (csv.error != TT_ERROR_END) {
        *why = csv.why;
        return csv.error;
    }
    if (*n == 0) {
        snprintf(why->text, sizeof why->text, "%.300s: 0 films: expected at least 1", path);
        return TT_ERROR_VALUE;
    }
    qsort(*films, *n, sizeof **films, ml__by_film_id_and_line);
    return ml__refuse_film_twice(*films, *n, path, why);
}

/* Users ---------------------------------------------------------------------------------------- */

/* A hash table with linear probing. */
typedef struct ml__users {
    size_t n, capacity, n_slots; /* slots: a power of two, at most half of them taken */
    int64_t *ids;                /* in order of appearance */
    uint32_t *slots;             /* 0, or 1 + a place in ids */
} ml__users;

/* The slot where this id is, or belongs.  The multiplier is 2^64 / the golden ratio, which scatters
   ids that follow each other. */
static uint32_t *ml__slot(const ml__users *users, int64_t id)
{
    size_t slot = (size_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 32);
    for (;; slot++) {
        uint32_t *found = &users->slots[slot & (users->n_slots - 1)];
        if (!*found || users->ids[*found - 1] == id) return found;
    }
}

static void ml__more_slots(ml__users *users)
{
    free(users->slots);
    users->n_slots = users->n_slots ? 2 * users->n_slots : 1024;
    users->slots = (uint32_t *)ml_new(users->n_slots, sizeof *users->slots);
    for (size_t u = 0; u < users->n; u++) *ml__slot(users, users->ids[u]) = (uint32_t)u + 1;
}

/* Returns the place of this id, and adds the id if it is new. */
static uint32_t ml__user(ml__users *users, int64_t id)
{
    if (2 * users->n >= users->n_slots) ml__more_slots(users);
    uint32_t *slot = ml__slot(users, id);
    if (!*slot) {
        users->ids = (int64_t *)ml__grow(users->ids, &users->capacity, users->n, sizeof(int64_t));
        users->ids[users->n++] = id;
        *slot = (uint32_t)users->n;
    }
    return *slot - 1;
}

/* Ratings -------------------------------------------------------------------------------------- */

/* The ratings in the order of the file.  Each column is an array of its own, which can be freed as
   soon as it isn't needed: so 25 million ratings take well under a gigabyte. */
typedef struct ml__ratings {
    size_t n, capacity;
    uint32_t *user;  /* first the place among all users, then by id */
    uint32_t *film;  /* first the place among all films, then the row in the data */
    uint32_t *line;  /* where its record begins; UINT32_MAX: on that line or a later one */
    uint32_t *when;  /* NULL in files without timestamps */
    uint8_t *halves; /* of a star */
} ml__ratings;

/* The contents of the two files, before it is known which films and users are kept. */
typedef struct ml__files {
    size_t n_films;
    ml_film *films; /* by id */
    ml__users users;
    ml__ratings ratings;
} ml__files;

static void ml__free_files(ml__files *files)
{
    ml__free_films(files->films, files->n_films);
    free(files->users.ids);
    free(files->users.slots);
    free(files->ratings.user);
    free(files->ratings.film);
    free(files->ratings.line);
    free(files->ratings.when);
    free(files->ratings.halves);
}

static void ml__room_for_rating(ml__ratings *ratings, bool dated)
{
    if (ratings->n < ratings->capacity) return;
    size_t more = ratings->capacity ? 2 * ratings->capacity : 1024;
    ratings->user = (uint32_t *)ml__resize(ratings->user, more, sizeof(uint32_t));
    ratings->film = (uint32_t *)ml__resize(ratings->film, more, sizeof(uint32_t));
    ratings->line = (uint32_t *)ml__resize(ratings->line, more, sizeof(uint32_t));
    if (dated) ratings->when = (uint32_t *)ml__resize(ratings->when, more, sizeof(uint32_t));
    ratings->halves = (uint8_t *)ml__resize(ratings->halves, more, 1);
    ratings->capacity = more;
}

/* The columns are those of user, film, stars and, where the file is dated, time. */
static tt_error ml__read_rating(ml__files *files, tt_csv *csv, const size_t columns[4], bool dated)
{
    const int64_t most = INT64_C(999999999999);
    ml_film wanted;
    int64_t user, when = 0;
    double stars;
    tt_csv_integer(&user, csv, columns[0], 0, most);
    tt_csv_integer(&wanted.id, csv, columns[1], 0, most);
    tt_csv_number(&stars, csv, columns[2]);
    if (dated) tt_csv_integer(&when, csv, columns[3], 0, UINT32_MAX);
    if (csv->error) return csv->error;
    if (!(stars >= 0.5 && stars <= 5 && stars * 2 == floor(stars * 2)))
        return tt_csv_complain(csv, columns[2], "expected stars from 0.5 to 5 in steps of a half");
    const ml_film *film = (const ml_film *)bsearch(&wanted, files->films, files->n_films,
                                                   sizeof wanted, ml__by_film_id);
    if (!film) return tt_csv_complain(csv, columns[1], "movies.csv has no film of this id");

    ml__ratings *ratings = &files->ratings;
    ml__room_for_rating(ratings, dated);
    ratings->user[ratings->n] = ml__user(&files->users, user);
    ratings->film[ratings->n] = (uint32_t)(film - files->films);
    ratings->line[ratings->n] = csv->line < UINT32_MAX ? (uint32_t)csv->line : UINT32_MAX;
    ratings->halves[ratings->n] = (uint8_t)(stars * 2);
    if (dated) ratings->when[ratings->n] = (uint32_t)when;
    ratings->n++;
    return TT_OK;
}

static tt_error ml__read_ratings(ml__files *files, const char *path, tt_message *why)
{
    tt_csv csv;
    size_t columns[4];
    bool dated = false;
    tt_csv_open(&csv, path);
    tt_csv_find(&columns[0], &csv, "userId");
    tt_csv_find(&columns[1], &csv, "movieId");
    tt_csv_find(&columns[2], &csv, "rating");
    for (size_t c = 0; c < csv.columns && !csv.error; c++)
        if (strcmp(csv.header[c], "timestamp") == 0) dated = true;
    if (dated) tt_csv_find(&columns[3], &csv, "timestamp");
    while (tt_csv_next(&csv) == TT_OK) ml__read_rating(files, &csv, columns, dated);
    tt_csv_close(&csv);
    if (csv.error == TT_ERROR_END) return TT_OK;
    *why = csv.why;
    return csv.error;
}

/* What is kept --------------------------------------------------------------------------------- */

/* Returns the film's row, counted from 1.  Films that are dropped get rows from the last one
   backwards, so that their ratings are sorted behind those of the others.  Of a dropped film only
   the id is stored. */
static uint32_t ml__number_film(ml_data *data, ml_film *film, uint32_t *last)
{
    if (film->n_genres == 0) {
        data->films[*last - 1].id = film->id;
        return (*last)--;
    }
    data->films[data->n_films++] = *film;
    data->other_genres += film->other_genres;
    film->title = film->genres = NULL; /* moved */
    return (uint32_t)data->n_films;
}

/* Keeps the films that qualify, in order of first appearance, and renumbers the ratings' films. */
static void ml__keep_films(ml_data *data, ml__files *files)
{
    ml__ratings *ratings = &files->ratings;
    uint32_t *numbers = (uint32_t *)ml_new(files->n_films, sizeof *numbers); /* 0: not rated */
    uint32_t last = (uint32_t)files->n_films;
    data->films = (ml_film *)ml_new(files->n_films, sizeof *data->films);
    for (size_t r = 0; r < ratings->n; r++) {
        uint32_t f = ratings->film[r];
        if (!numbers[f]) numbers[f] = ml__number_film(data, &files->films[f], &last);
        ratings->film[r] = numbers[f] - 1;
    }
    for (size_t f = 0; f < files->n_films; f++) {
        data->without_genre += !files->films[f].n_genres;
        data->unrated += files->films[f].n_genres && !numbers[f];
    }
    free(numbers);
}

static int ml__by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Renumbers the users of the ratings by id. */
static void ml__sort_users(ml__users *users, ml__ratings *ratings)
{
    size_t n = users->n;
    int64_t *ids = (int64_t *)ml_new(n, sizeof *ids);
    uint32_t *ranks = (uint32_t *)ml_new(n, sizeof *ranks);
    if (n) memcpy(ids, users->ids, n * sizeof *ids);
    qsort(ids, n, sizeof *ids, ml__by_id);
    for (size_t u = 0; u < n; u++)
        ranks[u] =
            (uint32_t)((int64_t *)bsearch(&users->ids[u], ids, n, sizeof *ids, ml__by_id) - ids);
    for (size_t r = 0; r < ratings->n; r++) ratings->user[r] = ranks[ratings->user[r]];
    free(users->ids);
    users->ids = ids;
    free(ranks);
}

/* Order -----------------------------------------------------------------------------------------

   Ratings are sorted by counting: the number of ratings of each film tells where the ratings of the
   next film begin.  Ratings with the same key keep their order.  So sorting by user and then by
   film leaves the ratings of each film sorted by user, and several ratings by one user sorted by
   line. */

/* Fills order with the ratings of before (NULL: as in the file), sorted by keys below n_keys. */
static void ml__sort(uint32_t *order, const uint32_t *before, size_t n, const uint32_t *keys,
                     size_t n_keys)
{
    size_t *next = (size_t *)ml_new(n_keys + 1, sizeof *next);
    for (size_t r = 0; r < n; r++) next[keys[r] + 1]++;
    for (size_t k = 0; k < n_keys; k++) next[k + 1] += next[k];
    for (size_t i = 0; i < n; i++) {
        uint32_t r = before ? before[i] : (uint32_t)i;
        order[next[keys[r]]++] = r;
    }
    free(next);
}

/* Returns the order of the ratings: film by film, and within a film by user. */
static uint32_t *ml__order(const ml__files *files)
{
    const ml__ratings *ratings = &files->ratings;
    uint32_t *by_user = (uint32_t *)ml_new(ratings->n, sizeof *by_user);
    uint32_t *order = (uint32_t *)ml_new(ratings->n, sizeof *order);
    ml__sort(by_user, NULL, ratings->n, ratings->user, files->users.n);
    ml__sort(order, by_user, ratings->n, ratings->film, files->n_films);
    free(by_user);
    return order;
}

/* Refuses the first rating in the file whose user has rated its film before.  The ratings are given
   in this order.  Films that are going to be dropped count too: a file with such a rating is
   damaged. */
static tt_error ml__refuse_rated_twice(const ml_data *data, const ml__files *files,
                                       const uint32_t *order, const char *path, tt_message *why)
{
    const ml__ratings *ratings = &files->ratings;
    uint32_t twice = UINT32_MAX, before = 0;
    for (size_t i = 1; i < ratings->n; i++) {
        uint32_t r = order[i], s = order[i - 1];
        if (ratings->film[r] != ratings->film[s] || ratings->user[r] != ratings->user[s]) continue;
        if (r < twice) {
            twice = r;
            before = s;
        }
    }
    if (twice == UINT32_MAX) return TT_OK;
    snprintf(why->text, sizeof why->text,
             "%.300s:%lu:1: user %lld rated film %lld already in line %lu", path,
             (unsigned long)ratings->line[twice], (long long)files->users.ids[ratings->user[twice]],
             (long long)data->films[ratings->film[twice]].id, (unsigned long)ratings->line[before]);
    return TT_ERROR_VALUE;
}

/* Returns the first n elements of a column in this order, and frees the column. */
static uint32_t *ml__ordered(uint32_t **column, const uint32_t *order, size_t n)
{
    uint32_t *ordered = (uint32_t *)ml_new(n, sizeof *ordered);
    for (size_t i = 0; i < n; i++) ordered[i] = (*column)[order[i]];
    free(*column);
    *column = NULL;
    return ordered;
}

/* Keeps the users that occur in the data, and renumbers them. */
static void ml__keep_users(ml_data *data, const ml__users *users)
{
    uint32_t *rows = (uint32_t *)ml_new(users->n, sizeof *rows);
    data->user_ids = (int64_t *)ml_new(users->n, sizeof *data->user_ids);
    for (size_t r = 0; r < data->n_ratings; r++) rows[data->user[r]] = 1;
    for (size_t u = 0; u < users->n; u++) {
        if (!rows[u]) continue;
        rows[u] = (uint32_t)data->n_users;
        data->user_ids[data->n_users++] = users->ids[u];
    }
    for (size_t r = 0; r < data->n_ratings; r++) data->user[r] = rows[data->user[r]];
    free(rows);
}

/* Keeps the ratings of the kept films.  On the way it frees what is no longer needed. */
static void ml__keep_ratings(ml_data *data, ml__files *files, const uint32_t *order)
{
    ml__ratings *ratings = &files->ratings;
    while (data->n_ratings < ratings->n && ratings->film[order[data->n_ratings]] < data->n_films)
        data->n_ratings++;
    free(ratings->line);
    ratings->line = NULL;
    data->user = ml__ordered(&ratings->user, order, data->n_ratings);
    data->film = ml__ordered(&ratings->film, order, data->n_ratings);
    if (ratings->when) data->when = ml__ordered(&ratings->when, order, data->n_ratings);
    data->stars = (double *)ml_new(data->n_ratings, sizeof *data->stars);
    for (size_t r = 0; r < data->n_ratings; r++) data->stars[r] = ratings->halves[order[r]] / 2.0;
    ml__keep_users(data, &files->users);
}

/* Years ---------------------------------------------------------------------------------------- */

static int ml__by_int(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The notebook doesn't say what it does about films without a year.  The median doesn't distort the
   scaling.  If no film has a year, the column is constant, and scaling turns it into zeros, which
   say nothing. */
static void ml__median_year(ml_data *data)
{
    int *years = (int *)ml_new(data->n_films, sizeof *years);
    size_t n = 0;
    for (size_t f = 0; f < data->n_films; f++)
        if (data->films[f].year) years[n++] = data->films[f].year;
    if (n) {
        qsort(years, n, sizeof *years, ml__by_int);
        data->median_year = years[(n - 1) / 2];
    }
    data->without_year = data->n_films - n;
    free(years);
}

/* Which edition -------------------------------------------------------------------------------- */

/* Adds a file to a checksum.  The checksum covers both files, so that a page never names an edition
   that it doesn't show. */
static uint32_t ml__file_crc(uint32_t crc, const char *path)
{
    unsigned char buffer[65536];
    FILE *file = fopen(path, "rb");
    if (!file) return 0;
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        crc = tt_crc32(crc, buffer, got);
    fclose(file);
    return crc;
}

static void ml__name_edition(ml_data *data, const char *ratings, const char *movies)
{
    uint32_t crc = ml__file_crc(ml__file_crc(0, ratings), movies);
    const char *known = crc == 0x0A0FD70A   ? "MovieLens ml-latest-small of October 2016 (bundled)"
                        : crc == 0x8629DFE6 ? "MovieLens ml-latest-small of September 2018"
                                            : NULL;
    if (known)
        snprintf(data->edition, sizeof data->edition, "%s", known);
    else
        snprintf(data->edition, sizeof data->edition, "another data set (checksum %08lx)",
                 (unsigned long)crc);
}

ML_API void ml_free(ml_data *data)
{
    ml__free_films(data->films, data->n_films);
    free(data->unknown_mark);
    free(data->user_ids);
    free(data->user);
    free(data->film);
    free(data->stars);
    free(data->when);
    memset(data, 0, sizeof *data);
}

/* Makes the data from the two files. */
static tt_error ml__keep(ml_data *data, ml__files *files, const char *ratings_path, tt_message *why)
{
    data->all_films = files->n_films;
    data->all_ratings = files->ratings.n;
    data->all_users = files->users.n;
    ml__keep_films(data, files);
    ml__sort_users(&files->users, &files->ratings);
    uint32_t *order = ml__order(files);
    tt_error error = ml__refuse_rated_twice(data, files, order, ratings_path, why);
    if (!error) ml__keep_ratings(data, files, order);
    free(order);
    if (error || data->n_ratings >= 2) return error;
    snprintf(why->text, sizeof why->text,
             "%.300s: %zu ratings of films with a known genre: expected at least 2", ratings_path,
             data->n_ratings);
    return TT_ERROR_VALUE;
}

/* Owns the ratings and films of folder/ratings.csv and folder/movies.csv.  why (not NULL) gets the
   message when something is wrong with them. */
ML_API tt_error ml_load(ml_data *data, const char *folder, tt_message *why)
{
    char *ratings_path = ml__path(folder, "ratings.csv");
    char *films_path = ml__path(folder, "movies.csv");
    ml__files files;
    memset(data, 0, sizeof *data);
    memset(&files, 0, sizeof files);
    why->text[0] = 0;
    tt_error error = ml__read_films(data, &files.films, &files.n_films, films_path, why);
    if (!error) error = ml__read_ratings(&files, ratings_path, why);
    if (!error) error = ml__keep(data, &files, ratings_path, why);
    if (!error) {
        ml__median_year(data);
        ml__name_edition(data, ratings_path, films_path);
    }
    ml__free_files(&files);
    if (error) ml_free(data);
    free(ratings_path);
    free(films_path);
    return error;
}

/* Features ------------------------------------------------------------------------------------- */

/* NumPy's round(x, 2): to the nearest hundredth, halves to even. */
static double ml__round2(double x)
{
    return rint(x * 100) / 100;
}

/* The average rating of a film or a user, rounded; 0 without ratings. */
static double ml__average(double sum, double count)
{
    return count > 0 ? ml__round2(sum / count) : 0;
}

/* A film's row: its id, its year, the average of its ratings, and a 1 for each of its genres. */
static void ml__film_features(ml_features *features, const ml_data *data)
{
    for (size_t r = 0; r < data->n_ratings; r++) {
        features->film_ratings[data->film[r]]++;
        *tt_table_at(features->films, data->film[r], 2) += data->stars[r];
    }
    for (size_t f = 0; f < data->n_films; f++) {
        const ml_film *film = &data->films[f];
        double *row = tt_table_at(features->films, f, 0);
        row[0] = (double)film->id;
        row[1] = film->year ? film->year : data->median_year;
        features->film_means[f] = row[2] / features->film_ratings[f];
        row[2] = ml__average(row[2], features->film_ratings[f]);
        for (int g = 0; g < ML_GENRES; g++) row[3 + g] = film->has_genre[g];
    }
}

/* A user's row: the id; the number of ratings and their average, where each rating counts once for
   each genre of its film; then the average in each genre, or 0 where there is no rating. */
static void ml__user_features(ml_features *features, const ml_data *data)
{
    tt_table counts;
    ml_must(tt_table_new(&counts, data->n_users, ML_GENRES), NULL);
    for (size_t r = 0; r < data->n_ratings; r++) {
        const ml_film *film = &data->films[data->film[r]];
        double *row = tt_table_at(features->users, data->user[r], 0);
        double *count = tt_table_at(counts, data->user[r], 0);
        features->user_ratings[data->user[r]]++;
        for (int g = 0; g < ML_GENRES; g++) {
            if (!film->has_genre[g]) continue;
            count[g]++;
            row[1]++;
            row[2] += data->stars[r];
            row[3 + g] += data->stars[r];
        }
    }
    for (size_t u = 0; u < data->n_users; u++) {
        double *row = tt_table_at(features->users, u, 0);
        row[0] = (double)data->user_ids[u];
        row[2] = ml__average(row[2], row[1]);
        for (int g = 0; g < ML_GENRES; g++)
            row[3 + g] = ml__average(row[3 + g], *tt_table_at(counts, u, (size_t)g));
    }
    tt_table_free(&counts);
}

/* Owns a row of 19 numbers for each user and each film. */
ML_API tt_error ml_make_features(ml_features *features, const ml_data *data)
{
    memset(features, 0, sizeof *features);
    tt_error error = tt_table_new(&features->users, data->n_users, ML_COLUMNS);
    if (!error) error = tt_table_new(&features->films, data->n_films, ML_COLUMNS);
    if (error) {
        tt_table_free(&features->users);
        return error;
    }
    features->user_ratings = (uint32_t *)ml_new(data->n_users, sizeof(uint32_t));
    features->film_ratings = (uint32_t *)ml_new(data->n_films, sizeof(uint32_t));
    features->film_means = (double *)ml_new(data->n_films, sizeof(double));
    ml__film_features(features, data);
    ml__user_features(features, data);
    return TT_OK;
}

ML_API void ml_features_free(ml_features *features)
{
    tt_table_free(&features->users);
    tt_table_free(&features->films);
    free(features->user_ratings);
    free(features->film_ratings);
    free(features->film_means);
    memset(features, 0, sizeof *features);
}

/* Scaled and split ----------------------------------------------------------------------------- */

/* Fits a scaler on the rows of a table, each as often as it occurs, and scales the table with it.
   inputs gets the part that the tower sees, as floats. */
static tt_error ml__scale(tt_standard_scaler *scaler, tt_table *scaled, tt_matrix *inputs,
                          tt_table table, const uint32_t *counts, size_t skip)
{
    tt_error error = tt_standard_fit(scaler, table, counts);
    if (!error) error = tt_table_new(scaled, table.rows, table.cols);
    if (error) return error;
    tt_standard_transform(*scaled, table, scaler);
    return tt_matrix_from_table(inputs, tt_table_cols(*scaled, skip, table.cols - skip));
}

ML_API void ml_inputs_free(ml_inputs *inputs)
{
    tt_standard_free(&inputs->user_scaler);
    tt_standard_free(&inputs->film_scaler);
    tt_minmax_free(&inputs->target_scaler);
    tt_table_free(&inputs->users);
    tt_table_free(&inputs->films);
    tt_matrix_free(&inputs->user_inputs);
    tt_matrix_free(&inputs->film_inputs);
    free(inputs->target);
    free(inputs->train_rows);
    free(inputs->test_rows);
    memset(inputs, 0, sizeof *inputs);
}

static tt_error ml__scale_all(ml_inputs *inputs, const ml_data *data, const ml_features *features)
{
    tt_error error = ml__scale(&inputs->user_scaler, &inputs->users, &inputs->user_inputs,
                               features->users, features->user_ratings, ML_USER_SKIP);
    if (!error)
        error = ml__scale(&inputs->film_scaler, &inputs->films, &inputs->film_inputs,
                          features->films, features->film_ratings, ML_ITEM_SKIP);
    tt_table stars = tt_table_of(data->stars, data->n_ratings, 1), scaled;
    if (!error) error = tt_minmax_fit(&inputs->target_scaler, stars, NULL, -1, 1);
    if (!error) error = tt_table_new(&scaled, data->n_ratings, 1);
    if (error) return error;
    tt_minmax_transform(scaled, stars, &inputs->target_scaler);
    inputs->target = (float *)ml_new(data->n_ratings, sizeof *inputs->target);
    for (size_t r = 0; r < data->n_ratings; r++) inputs->target[r] = (float)scaled.data[r];
    tt_table_free(&scaled);
    return TT_OK;
}

/* Owns what cells 7 and 8 of the notebook make: scalers fitted on all rows, and the split with
   random_state 1.  Borrows data. */
ML_API tt_error ml_prepare(ml_inputs *inputs, const ml_data *data, const ml_features *features)
{
    const double train_size = 0.8;
    const uint32_t split_seed = 1;
    memset(inputs, 0, sizeof *inputs);
    tt_error error = ml__scale_all(inputs, data, features);
    size_t n_train = tt_train_count(data->n_ratings, train_size);
    size_t n_test = data->n_ratings - n_train;
    inputs->train_rows = (uint32_t *)ml_new(n_train, sizeof(uint32_t));
    inputs->test_rows = (uint32_t *)ml_new(n_test, sizeof(uint32_t));
    if (!error)
        error = tt_train_test_split(inputs->train_rows, inputs->test_rows, data->n_ratings,
                                    train_size, split_seed);
    tt_ratings all = {inputs->user_inputs, inputs->film_inputs, data->user,
                      data->film,          inputs->target,      NULL,
                      data->n_ratings};
    inputs->train = inputs->test = all;
    inputs->train.order = inputs->train_rows;
    inputs->train.count = n_train;
    inputs->test.order = inputs->test_rows;
    inputs->test.count = n_test;
    if (error) ml_inputs_free(inputs);
    return error;
}

/* Takes all three steps at once, for the lessons that come after them.  Stops with a message if a
   step fails. */
ML_API void ml_open(ml_data *data, ml_features *features, ml_inputs *inputs, const char *folder)
{
    tt_message why;
    ml_must(ml_load(data, folder, &why), &why);
    ml_must(ml_make_features(features, data), NULL);
    ml_must(ml_prepare(inputs, data, features), NULL);
}

ML_API void ml_close(ml_data *data, ml_features *features, ml_inputs *inputs)
{
    ml_inputs_free(inputs);
    ml_features_free(features);
    ml_free(data);
}

/* The model that lesson 7 has trained ---------------------------------------------------------- */

/* Stops the lesson, because there is no such model or because it doesn't fit these data. */
static void ml__refuse_model(const char *reason, const char *data_folder, const char *out_folder)
{
    fprintf(stderr,
            "%s\nLesson 7 makes the model: `make lesson-07`, or "
            "build/lessons/07_training --data %s --out %s\n",
            reason, data_folder, out_folder);
    exit(1);
}

static bool ml__same_scaler(const tt_standard_scaler *scaler, tt_standard_scaler ours)
{
    size_t bytes = ours.columns * sizeof(double);
    return scaler->columns == ours.columns && !memcmp(scaler->mean, ours.mean, bytes) &&
           !memcmp(scaler->scale, ours.scale, bytes);
}

/* Loads out_folder/model.safetensors.  A model made for other features, or from other data, has
   other scalers, and its predictions for these data could not be trusted.  So this function
   compares the scalers. */
ML_API void ml_load_model(tt_two_tower *model, const ml_inputs *inputs, const char *data_folder,
                          const char *out_folder)
{
    tt_run run = {0};
    char *path = ml__path(out_folder, "model.safetensors");
    tt_error error = tt_load(model, path, &run);
    free(path);
    if (error) ml__refuse_model(run.why.text, data_folder, out_folder);
    bool fits = model->user.layers[0].weights.rows == inputs->user_inputs.cols &&
                model->item.layers[0].weights.rows == inputs->film_inputs.cols &&
                model->user_feature_names && model->item_feature_names;
    for (int g = 0; g < ML_GENRES && fits; g++)
        fits = !strcmp(model->user_feature_names[g], ml_genres[g]) &&
               !strcmp(model->item_feature_names[2 + g], ml_genres[g]);
    if (!fits)
        ml__refuse_model("the model has other features than the 16 and 18 of MovieLens",
                         data_folder, out_folder);
    tt_standard_scaler user = tt_standard_cols(inputs->user_scaler, ML_USER_SKIP, ML_GENRES);
    tt_standard_scaler film = tt_standard_cols(inputs->film_scaler, ML_ITEM_SKIP, ML_GENRES + 2);
    if (!ml__same_scaler(&model->user_scaler, user) || !ml__same_scaler(&model->item_scaler, film))
        ml__refuse_model("the model was trained on other data", data_folder, out_folder);
}

/* Turns a number of [-1, 1] back into stars. */
ML_API double ml_stars(const ml_inputs *inputs, double scaled)
{
    double stars = 0;
    tt_minmax_inverse(tt_table_of(&stars, 1, 1), tt_table_of(&scaled, 1, 1),
                      &inputs->target_scaler);
    return stars;
}

/* The row of a user id; n_users if there is no such user. */
ML_API size_t ml_find_user(const ml_data *data, int64_t id)
{
    const int64_t *found = (const int64_t *)bsearch(&id, data->user_ids, data->n_users,
                                                    sizeof *data->user_ids, ml__by_id);
    return found ? (size_t)(found - data->user_ids) : data->n_users;
}

/* Fills text with the title as people say it, without year and other names: "The Matrix" for
   "Matrix, The (1999)".  What doesn't fit is cut off, between characters, for an ellipsis.  size
   is at least 8. */
ML_API void ml_say_title(char *text, size_t size, const ml_film *film)
{
    static const char *const articles[] = {"The", "A", "An", "Les", "La", "Le"};
    size_t n = strcspn(film->title, "("), before = 0;
    if (!n) n = strlen(film->title);
    while (n && film->title[n - 1] == ' ') n--;
    for (size_t i = 0; i < sizeof articles / sizeof *articles && !before; i++) {
        size_t length = strlen(articles[i]);
        if (n < length + 3 || strncmp(film->title + n - length, articles[i], length) ||
            strncmp(film->title + n - length - 2, ", ", 2))
            continue;
        n -= length + 2;
        before = (size_t)snprintf(text, size, "%s ", articles[i]);
    }
    const char *ellipsis = before + n < size ? "" : "\xE2\x80\xA6";
    if (*ellipsis)
        for (n = size - before - sizeof "\xE2\x80\xA6";
             n && ((unsigned char)film->title[n] & 0xC0) == 0x80;)
            n--;
    snprintf(text + before, size - before, "%.*s%s", (int)n, film->title, ellipsis);
}

#endif /* MOVIELENS_H */
