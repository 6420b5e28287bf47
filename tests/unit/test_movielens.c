/* The notebook's own figures, on its own edition of MovieLens: features, scaling and split digit
   for digit, training and test loss within the spread of other seeds.  The edition is looked for
   in data/ml-latest-small, then in $TWOTOWER_DATA; without it these tests are skipped, and say
   so.  Always tested are the counts of the bundled edition, and what the loader makes of small
   files, right and wrong ones. */
#include "tests/unit/test.h"

#include "lessons/movielens.h"

#include "tests/unit/folder.h"

static const char *notebook_edition(void)
{
    static const char *const kept = "data/ml-latest-small";
    FILE *file = fopen("data/ml-latest-small/ratings.csv", "rb");
    if (file) fclose(file);
    return file ? kept : getenv("TWOTOWER_DATA");
}

static ml_data data;
static ml_features features;
static ml_inputs inputs;

static void load(const char *edition)
{
    tt_message why;
    if (ml_load(&data, edition, &why)) fail_msg("%s", why.text);
    assert_int_equal(ml_make_features(&features, &data), TT_OK);
    assert_int_equal(ml_prepare(&inputs, &data, &features), TT_OK);
}

static void unload(void)
{
    ml_inputs_free(&inputs);
    ml_features_free(&features);
    ml_free(&data);
}

/* Skips the test, with the reason, unless the notebook's edition is there. */
static void load_notebook_edition(void)
{
    if (!notebook_edition()) {
        print_message(
            "SKIPPED: no data/ml-latest-small (make data gets it) and no $TWOTOWER_DATA\n");
        skip();
    }
    load(notebook_edition());
}

/* A table as the notebook prints it, line by line, against the file with the notebook's output. */
static void assert_prints(const char *name, const char *const *lines, size_t n)
{
    char path[256], line[1024];
    snprintf(path, sizeof path, "tests/golden/notebook/%s.csv", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t i = 0; i < n; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        line[strcspn(line, "\r\n")] = 0;
        assert_string_equal(lines[i], line);
    }
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
}

/* The first five training rows of a table, in the notebook's format: ints, then one decimal,
   then, for films, ints again. */
static void assert_head(const char *name, const char *const *headings, tt_table table,
                        const uint32_t *rows, size_t first_genre_as_int)
{
    char text[6][1024] = {""};
    const char *lines[6];
    for (size_t c = 0; c < ML_COLUMNS; c++)
        sprintf(text[0] + strlen(text[0]), "%s%s", c ? "," : "", headings[c]);
    for (size_t r = 0; r < 5; r++)
        for (size_t c = 0; c < ML_COLUMNS; c++) {
            double x = *tt_table_at(table, rows[r], c);
            char *end = text[r + 1] + strlen(text[r + 1]);
            if (c < 2 || c >= first_genre_as_int)
                sprintf(end, "%s%d", c ? "," : "", (int)x);
            else
                sprintf(end, ",%.1f", x);
        }
    for (size_t i = 0; i < 6; i++) lines[i] = text[i];
    assert_prints(name, lines, 6);
}

static void cells_2_to_6_features(void **state)
{
    load_notebook_edition();
    assert_int_equal(data.n_ratings, 100631);
    assert_int_equal(data.n_films, 9664);
    assert_int_equal(data.n_users, 610);
    assert_int_equal(data.without_year, 4);
    const int64_t first_films[] = {1, 3, 6, 47, 50, 70, 101, 110, 151, 157};
    for (size_t f = 0; f < 10; f++) assert_int_equal(data.films[f].id, first_films[f]);
    assert_head("04_user_train_head", ml_user_columns, features.users, data.user, ML_COLUMNS);
    assert_head("05_item_train_head", ml_item_columns, features.films, data.film, 3);
    const double y[] = {4, 4, 4.5, 2.5, 4.5};
    for (size_t r = 0; r < 5; r++) assert_true(data.stars[r] == y[r]);
    unload();
}

/* allclose, as NumPy defines it. */
static void assert_inverse(tt_table table, tt_table scaled, const tt_standard_scaler *scaler)
{
    tt_table back;
    assert_int_equal(tt_table_new(&back, table.rows, table.cols), TT_OK);
    tt_standard_inverse(back, scaled, scaler);
    for (size_t r = 0; r < table.rows; r++)
        for (size_t c = 0; c < table.cols; c++) {
            double x = *tt_table_at(table, r, c), y = *tt_table_at(back, r, c);
            assert_true(fabs(x - y) <= 1e-8 + 1e-5 * fabs(y));
        }
    tt_table_free(&back);
}

static void cells_7_to_9_scaling_and_split(void **state)
{
    load_notebook_edition();
    assert_inverse(features.users, inputs.users, &inputs.user_scaler);
    assert_inverse(features.films, inputs.films, &inputs.film_scaler);
    assert_int_equal(inputs.train.count, 80504);
    assert_int_equal(inputs.test.count, 20127);
    uint32_t users[5];
    for (size_t r = 0; r < 5; r++) users[r] = data.user[inputs.train_rows[r]];
    assert_head("09_user_train_scaled_head", ml_user_columns, inputs.users, users, ML_COLUMNS);
    unload();
}

static void cells_12_and_13_shapes(void **state)
{
    load_notebook_edition();
    assert_int_equal(inputs.user_inputs.cols, 16);
    assert_int_equal(inputs.film_inputs.cols, 18);
    unload();
}

/* The notebook's log of its training: epoch, loss. */
static tt_table notebook_log(void)
{
    FILE *file = fopen("tests/golden/notebook/14_training.csv", "rb");
    tt_table log;
    assert_non_null(file);
    assert_int_equal(tt_table_new(&log, 9, 2), TT_OK);
    assert_int_equal(fscanf(file, "epoch,loss"), 0);
    for (size_t e = 0; e < log.rows; e++)
        assert_int_equal(fscanf(file, "%lf,%lf", tt_table_at(log, e, 0), tt_table_at(log, e, 1)),
                         2);
    fclose(file);
    return log;
}

/* Training and evaluation for one seed: every epoch within 2 % of the notebook's log, and the
   test loss where five seeds of PyTorch put it, give or take as much again. */
static void train_and_evaluate(uint32_t seed)
{
    tt_table logged = notebook_log();
    tt_two_tower model;
    tt_two_tower_options options = {.seed = seed, .adam = {.learning_rate = 0.01}};
    assert_int_equal(tt_two_tower_new(&model, 16, 18, &options), TT_OK);
    tt_history history;
    tt_fit_options fit = {.epochs = 30, .history = &history};
    assert_int_equal(tt_fit(&model, &inputs.train, &fit, NULL), TT_OK);
    for (size_t e = 0; e < logged.rows; e++) {
        double loss = *tt_table_at(logged, e, 1);
        if (!(fabs(history.loss[e] - loss) <= 0.02 * loss))
            fail_msg("epoch %zu: loss %.4f, the notebook's is %.4f", e + 1, history.loss[e], loss);
    }
    double loss;
    assert_int_equal(tt_evaluate(&loss, &model, &inputs.test, on(0)), TT_OK);
    print_message("seed %u: training loss %.4f after 30 epochs, test loss %.4f\n", (unsigned)seed,
                  history.loss[29], loss);
    assert_in_range((uintmax_t)(loss * 1e6), 117000, 122500);
    tt_table_free(&logged);
    tt_history_free(&history);
    tt_two_tower_free(&model);
}

static void cell_14_training_and_test_loss(void **state)
{
    load_notebook_edition();
    for (uint32_t seed = 1; seed <= 3; seed++) train_and_evaluate(seed);
    unload();
}

static void the_bundled_edition(void **state)
{
    load("data/movielens");
    assert_string_equal(data.edition, "MovieLens ml-latest-small of October 2016 (bundled)");
    assert_int_equal(data.all_ratings, 100004);
    assert_int_equal(data.n_users, 671);
    assert_int_equal(data.n_ratings, 99851);
    assert_int_equal(data.n_films, 9010);
    assert_int_equal(data.all_films, 9066);
    assert_int_equal(data.all_users, 671);
    assert_int_equal(data.without_genre, 56);
    assert_int_equal(data.unrated, 0);
    assert_int_equal(data.other_genres, 403);
    assert_int_equal(data.unknown_marks, 0);
    assert_int_equal(data.without_year, 3);
    assert_int_equal(data.median_year, 1997);
    unload();
}

/* Loads these texts as if they were the two files; NULL is a file that isn't there.  Messages about
   them begin with texts_folder and a slash. */
static char texts_folder[64];

static tt_error load_texts(ml_data *loaded, const char *ratings, const char *movies,
                           tt_message *why)
{
    char path[96];
    const char *const names[] = {"ratings.csv", "movies.csv"}, *const texts[] = {ratings, movies};
    strcpy(texts_folder, "/tmp/twotower-movielens-XXXXXX");
    assert_non_null(mkdtemp(texts_folder));
    for (int i = 0; i < 2; i++) {
        if (!texts[i]) continue;
        snprintf(path, sizeof path, "%s/%s", texts_folder, names[i]);
        write_file(path, texts[i], strlen(texts[i]));
    }
    tt_error error = ml_load(loaded, texts_folder, why);
    remove_all(texts_folder);
    return error;
}

/* The same, of texts that are right. */
static void load_right(const char *ratings, const char *movies)
{
    tt_message why;
    if (load_texts(&data, ratings, movies, &why)) fail_msg("%s", why.text);
}

/* Films by first appearance in the ratings, ratings film by film and by user id, users by id: from
   files that have none of these orders. */
static void rows_have_the_order_of_the_notebook(void **state)
{
    load_right("userId,movieId,rating,timestamp\n"
               "20,30,4,1\n3,9,1,2\n100,5,2.5,3\n3,30,0.5,4\n20,5,5,5\n"
               "999999999999,30,3,6\n3,5,1.5,7\n20,9,2,8\n",
               "movieId,title,genres\n9,B,Western\n30,C,Drama\n7,D,Horror\n5,A,Comedy\n");
    static const struct {
        int64_t film, user;
        double stars;
        uint32_t when;
    } expected[] = {{30, 3, 0.5, 4}, {30, 20, 4, 1}, {30, INT64_C(999999999999), 3, 6},
                    {5, 3, 1.5, 7},  {5, 20, 5, 5},  {5, 100, 2.5, 3}};
    assert_int_equal(data.n_ratings, 6);
    assert_int_equal(data.n_films, 2);
    assert_int_equal(data.n_users, 4);
    for (size_t r = 0; r < 6; r++) {
        assert_int_equal(data.films[data.film[r]].id, expected[r].film);
        assert_int_equal(data.user_ids[data.user[r]], expected[r].user);
        assert_true(data.stars[r] == expected[r].stars);
        assert_int_equal(data.when[r], expected[r].when);
    }
    for (size_t u = 1; u < 4; u++) assert_true(data.user_ids[u - 1] < data.user_ids[u]);
    ml_free(&data);
}

/* What is left of a film with these genres, and of user 3, who has rated nothing else. */
static void genres_decide_what_is_kept(void **state)
{
    static const struct {
        const char *genres;
        int known;
        size_t others;
    } cases[] = {
        {"Comedy", 1, 0},
        {"Comedy|Comedy", 1, 0},
        {"|Comedy||", 1, 0},
        {"Comedy|Comdy|(no genres listed)", 1, 2},
        {"Western|War|IMAX|Sci-Fi|Film-Noir", 2, 3},
        {"Western", 0, 0},
        {"(no genres listed)", 0, 0},
        {"Comdy", 0, 0},
        {"comedy", 0, 0},
        {"Comedy ", 0, 0},
        {"", 0, 0},
        {"||", 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *what = cases[i].genres;
        char movies[256];
        size_t kept = cases[i].known > 0;
        snprintf(movies, sizeof movies,
                 "movieId,title,genres\n1,A,%s\n2,B,War\n3,Not rated,War\n"
                 "4,Not rated either,Western\n",
                 what);
        load_right("userId,movieId,rating\n3,1,3\n2,1,1\n1,2,4\n2,2,5\n", movies);
        assert_case(data.n_films == 1 + kept, what, "%zu films", data.n_films);
        assert_case(data.without_genre == 2 - kept, what, "%zu without", data.without_genre);
        assert_case(data.unrated == 1, what, "%zu unrated films", data.unrated);
        assert_case(data.n_ratings == 2 + 2 * kept, what, "%zu ratings", data.n_ratings);
        assert_case(data.n_users == 2 + kept, what, "%zu users", data.n_users);
        assert_case(ml_find_user(&data, 3) == 2, what, "user 3 is in another row");
        assert_case(data.all_films == 4 && data.all_ratings == 4 && data.all_users == 3, what,
                    "%zu, %zu, %zu", data.all_films, data.all_ratings, data.all_users);
        assert_case(data.films[0].n_genres == (kept ? cases[i].known : 1), what, "%d genres",
                    data.films[0].n_genres);
        assert_case(data.other_genres == cases[i].others, what, "%zu others", data.other_genres);
        ml_free(&data);
    }
}

/* Marks that MovieLens doesn't use are counted in all films, and the first of the file is kept. */
static void unknown_marks_are_counted(void **state)
{
    const char *ratings = "userId,movieId,rating\n1,1,4\n2,1,5\n";
    load_right(ratings, "movieId,title,genres\n1,A,|War|Western|IMAX|Film-Noir||\n"
                        "2,B,(no genres listed)\n3,C,\n");
    assert_int_equal(data.unknown_marks, 0);
    assert_null(data.unknown_mark);
    ml_free(&data);
    load_right(ratings, "movieId,title,genres\n9,\"Two\nlines\",War\n8,A,Western|Comdy|imax\n"
                        "1,B,war|War\n2,C,Action|Ac|Action Film\n");
    assert_int_equal(data.unknown_marks, 5);
    assert_string_equal(data.unknown_mark, "Comdy");
    assert_int_equal(data.unknown_line, 4);
    assert_int_equal(data.other_genres, 1); /* of film 1, which alone is kept */
    ml_free(&data);
    assert_null(data.unknown_mark);
}

/* Years are four digits in brackets at the end; titles stay as they are but for control characters,
   in whose place U+FFFD stands. */
#define INSTEAD "\xEF\xBF\xBD"

static const struct {
    const char *field, *title; /* NULL: the same */
    int year;
} titles[] = {
    {"Toy Story (1995)", NULL, 1995},
    {"Toy Story (1996)  ", NULL, 1996},
    {"\"<script>&\"\"</script> (1999)\"", "<script>&\"</script> (1999)", 1999},
    {"Am\xC3\xA9lie \xE2\x80\x93 \xC2\xA0 (2001)", NULL, 2001},
    {"2001: A Space Odyssey (1968)", NULL, 1968},
    {"(1984)", NULL, 1984},
    {"Babylon 5", NULL, 0},
    {"Death Note (2006-2007)", NULL, 0},
    {"Seven (1995) again", NULL, 0},
    {"Cut (199", NULL, 0},
    {"Letter (l995)", NULL, 0},
    {"Slash (19/5)", NULL, 0},
    {"No bracket 1995)", NULL, 0},
    {"Another bracket (1995]", NULL, 0},
    {"", NULL, 0},
    {"\x1B[31mRed\x07 \x01\x1F\x7F(1994)",
     INSTEAD "[31mRed" INSTEAD " " INSTEAD INSTEAD INSTEAD "(1994)", 1994},
    {"\"A\ttab and\r\na line (1990)\"", "A" INSTEAD "tab and" INSTEAD "a line (1990)", 1990},
    {"\xC2\x80\xC2\x9B"
     "31m\xC2\x9F (1980)",
     INSTEAD INSTEAD "31m" INSTEAD " (1980)", 1980},
};

static void titles_and_their_years(void **state)
{
    enum { N = COUNT(titles) };
    char ratings[1024] = "userId,movieId,rating\n", movies[2048] = "movieId,title,genres\n";
    for (int i = 0; i < N; i++) {
        sprintf(ratings + strlen(ratings), "1,%d,4\n", i);
        sprintf(movies + strlen(movies), "%d,%s,War\n", i, titles[i].field);
    }
    load_right(ratings, movies);
    assert_int_equal(ml_make_features(&features, &data), TT_OK);
    assert_int_equal(data.n_films, N);
    assert_int_equal(data.without_year, 9);
    assert_int_equal(data.median_year, 1994); /* of 1968 80 84 90 94 95 96 99 2001 */
    for (size_t i = 0; i < N; i++) {
        int year = titles[i].year ? titles[i].year : 1994;
        assert_string_equal(data.films[i].title,
                            titles[i].title ? titles[i].title : titles[i].field);
        assert_case(data.films[i].year == titles[i].year, titles[i].field, "it is %d",
                    data.films[i].year);
        assert_true(*tt_table_at(features.films, i, 1) == year);
    }
    ml_features_free(&features);
    ml_free(&data);
}

static void control_characters_in_genres(void **state)
{
    load_right("userId,movieId,rating\n1,1,4\n2,1,5\n",
               "movieId,title,genres\n1,A,Com\x1B[2Jedy|War\n");
    assert_string_equal(data.films[0].genres, "Com" INSTEAD "[2Jedy|War");
    assert_string_equal(data.unknown_mark, "Com" INSTEAD "[2Jedy");
    ml_free(&data);
}

/* Without any year the column is constant, and of no consequence. */
static void films_without_any_year(void **state)
{
    load_right("userId,movieId,rating\n1,1,4\n2,1,5\n1,2,1\n",
               "movieId,title,genres\n1,A,War\n2,B,Drama\n");
    assert_int_equal(ml_make_features(&features, &data), TT_OK);
    assert_int_equal(ml_prepare(&inputs, &data, &features), TT_OK);
    assert_int_equal(data.without_year, 2);
    assert_int_equal(data.median_year, 0);
    for (size_t f = 0; f < 2; f++) {
        assert_true(*tt_table_at(features.films, f, 1) == 0);
        assert_true(*tt_matrix_at(inputs.film_inputs, f, 0) == 0);
    }
    unload();
}

/* tests/golden/tiny: user 6 has rated nothing; the median of 1974 87 99 2004 11 16 is the lower
   middle; of user 5's films one has Comedy, one Sci-Fi and Thriller, two others share Drama. */
static void a_cold_start(void **state)
{
    load("tests/golden/tiny");
    assert_int_equal(data.without_year, 1);
    assert_int_equal(data.median_year, 1999);
    assert_int_equal(data.n_users, 6);
    assert_int_equal(ml_find_user(&data, 6), data.n_users);
    static const double row[ML_COLUMNS] = {5, 8, 3.25, 0, 0,    0, 1, 0, 0, 0,
                                           0, 5, 2.5,  0, 2.75, 3, 5, 0, 4};
    size_t user = ml_find_user(&data, 5);
    assert_int_equal(user, 4);
    for (size_t c = 0; c < ML_COLUMNS; c++)
        assert_close(*tt_table_at(features.users, user, c), row[c], 0);
    static const double film[ML_COLUMNS] = {7, 1999, 3.5, [ML_COLUMNS - 1] = 1};
    for (size_t f = 0; f < data.n_films; f++)
        for (size_t c = 0; c < ML_COLUMNS && data.films[f].id == 7; c++)
            assert_close(*tt_table_at(features.films, f, c), film[c], 0);
    unload();
}

/* Year and other names go, an article comes first, and what is too long ends in an ellipsis. */
static void titles_as_people_say_them(void **state)
{
    static const struct {
        const char *title, *said;
        size_t size;
    } cases[] = {{"Toy Story (1995)", "Toy Story", 40},
                 {"Matrix, The (1999)", "The Matrix", 40},
                 {"City of Lost Children, The (Cit\xC3\xA9, La) (1995)",
                  "The City of Lost Children", 40},
                 {"Beautiful Mind, A (2001)", "A Beautiful Mind", 40},
                 {"No year", "No year", 40},
                 {"(500) Days (2009)", "(500) Days (2009)", 40},
                 {"The", "The", 40},
                 {"", "", 40},
                 {"Toy Story (1995)", "Toy Story", 10},
                 {"Toy Story (1995)", "Toy S\xE2\x80\xA6", 9},
                 {"Am\xC3\xA9lie (2001)", "Am\xE2\x80\xA6", 7},
                 {"Am\xC3\xA9lie (2001)", "Am\xC3\xA9lie", 8},
                 {"Matrix, The (1999)", "The M\xE2\x80\xA6", 9}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[40], title[80];
        ml_film film = {.title = strcpy(title, cases[i].title)};
        ml_say_title(text, cases[i].size, &film);
        assert_string_equal(text, cases[i].said);
    }
}

/* A file of tests/golden/tiny as Windows would write it: a byte order mark, and lines that end in
   CRLF. */
static char *as_on_windows(const char *path)
{
    bytes plain = read_file(path);
    char *text = (char *)test_keep(2 * plain.size + 4), *end = text + sprintf(text, "\xEF\xBB\xBF");
    for (size_t i = 0; i < plain.size; i++) {
        if (plain.data[i] == '\n') *end++ = '\r';
        *end++ = (char)plain.data[i];
    }
    *end = 0;
    free(plain.data);
    return text;
}

static void files_as_on_windows(void **state)
{
    ml_data windows;
    tt_message why;
    load("tests/golden/tiny");
    if (load_texts(&windows, as_on_windows("tests/golden/tiny/ratings.csv"),
                   as_on_windows("tests/golden/tiny/movies.csv"), &why))
        fail_msg("%s", why.text);
    assert_int_equal(windows.all_films, 9);
    assert_int_equal(windows.n_films, data.n_films);
    assert_int_equal(windows.n_ratings, data.n_ratings);
    assert_int_equal(windows.other_genres + windows.unknown_marks, 0);
    for (size_t f = 0; f < data.n_films; f++) {
        assert_string_equal(windows.films[f].title, data.films[f].title);
        assert_string_equal(windows.films[f].genres, data.films[f].genres);
    }
    for (size_t r = 0; r < data.n_ratings; r++) {
        assert_int_equal(windows.user[r], data.user[r]);
        assert_true(windows.stars[r] == data.stars[r]);
        assert_int_equal(windows.when[r], data.when[r]);
    }
    ml_free(&windows);
    unload();
}

/* Timestamps are optional; wrong ones are not. */
static void times_and_dropped_films(void **state)
{
    tt_message why;
    assert_int_equal(ml_load(&data, "tests/golden/tiny", &why), TT_OK);
    assert_int_equal(data.all_films, 9);
    assert_int_equal(data.without_genre, 1); /* a Western */
    assert_int_equal(data.unrated, 1);       /* Never Rated */
    assert_int_equal(data.n_films, 7);
    assert_non_null(data.when);
    ml_free(&data);
    assert_int_equal(ml_load(&data, "data/movielens", &why), TT_OK);
    assert_int_equal(data.n_films + data.without_genre + data.unrated, data.all_films);
    uint32_t newest = 0;
    for (size_t r = 0; r < data.n_ratings; r++)
        if (data.when[r] > newest) newest = data.when[r];
    assert_int_equal(newest, 1476640644);
    ml_free(&data);
    load_right("userId,movieId,rating\n1,1,4\n2,1,5\n",
               "movieId,title,genres\n1,Toy Story (1995),Comedy\n");
    assert_null(data.when);
    ml_free(&data);
}

/* Bad files.  The message begins with the place and what is wrong; where it is the CSV reader's,
   test_15_csv.c has the whole of it. */
#define HEADER "userId,movieId,rating,timestamp\n"
#define MOVIES "movieId,title,genres\n1,Toy Story (1995),Comedy\n2,Heat (1995),Crime\n"
#define STARS ": expected stars from 0.5 to 5 in steps of a half"
#define ID ": expected a whole number from 0 to 999999999999"
#define TIME ": expected a whole number from 0 to 4294967295"

static const struct refused {
    const char *ratings, *movies, *complaint;
} refused[] = {
    {NULL, MOVIES, "ratings.csv: the file can't be opened"},
    {HEADER "1,1,4.0,0\n", NULL, "movies.csv: the file can't be opened"},
    {"", MOVIES, "ratings.csv:1:1: the file is empty: expected a header"},
    {"userId,movieId,stars\n1,1,4\n", MOVIES,
     "ratings.csv:1:1: no column \"rating\": the header is userId,movieId,stars"},
    {HEADER "1,1,4.0,0\n2,1,5\n", MOVIES, "ratings.csv:3:1: 3 fields: expected 4"},

    {HEADER "x,1,4.0,0\n", MOVIES, "ratings.csv:2:1: userId \"x\"" ID},
    {HEADER "1,1,4.0,0\n-1,2,4.0,0\n", MOVIES, "ratings.csv:3:1: userId \"-1\"" ID},
    {HEADER "1.5,1,4.0,0\n", MOVIES, "ratings.csv:2:1: userId \"1.5\"" ID},
    {HEADER "1000000000000,1,4,0\n", MOVIES, "ratings.csv:2:1: userId \"1000000000000\"" ID},
    {HEADER "99999999999999999999,1,4.0,0\n", MOVIES,
     "ratings.csv:2:1: userId \"99999999999999999999\"" ID},
    {HEADER ",1,4.0,0\n", MOVIES, "ratings.csv:2:1: userId \"\"" ID},
    {HEADER "1,-1,4.0,0\n", MOVIES, "ratings.csv:2:3: movieId \"-1\"" ID},
    {HEADER "1,,4.0,0\n", MOVIES, "ratings.csv:2:3: movieId \"\"" ID},
    {HEADER "1,1,4.0,0\n1,9,4.0,0\n", MOVIES,
     "ratings.csv:3:3: movieId \"9\": movies.csv has no film of this id"},

    {HEADER "1,1,0,0\n", MOVIES, "ratings.csv:2:5: rating \"0\"" STARS},
    {HEADER "1,1,0.4,0\n", MOVIES, "ratings.csv:2:5: rating \"0.4\"" STARS},
    {HEADER "1,1,-3,0\n", MOVIES, "ratings.csv:2:5: rating \"-3\"" STARS},
    {HEADER "1,1,5.5,0\n", MOVIES, "ratings.csv:2:5: rating \"5.5\"" STARS},
    {HEADER "1,1,3.3,0\n", MOVIES, "ratings.csv:2:5: rating \"3.3\"" STARS},
    {HEADER "1,1,4.0,0\n12,2,4.75,0\n", MOVIES, "ratings.csv:3:6: rating \"4.75\"" STARS},
    {HEADER "1,1,1e300,0\n", MOVIES, "ratings.csv:2:5: rating \"1e300\"" STARS},
    {HEADER "1,1,nan,0\n", MOVIES, "ratings.csv:2:5: rating \"nan\": expected a finite number"},
    {HEADER "1,1,,0\n", MOVIES, "ratings.csv:2:5: rating \"\": expected a finite number"},
    {HEADER "1,1,\"3,5\",0\n", MOVIES, "ratings.csv:2:5: rating \"3,5\": expected a finite number"},
    {"userId,movieId,rating\n1,1,4\n1,2,3.", MOVIES,
     "ratings.csv:3:5: rating \"3.\": expected a finite number"},

    {HEADER "1,1,4.0,\n", MOVIES, "ratings.csv:2:9: timestamp \"\"" TIME},
    {HEADER "1,1,4.0,yesterday\n", MOVIES, "ratings.csv:2:9: timestamp \"yesterday\"" TIME},
    {HEADER "1,1,4.0,4294967296\n", MOVIES, "ratings.csv:2:9: timestamp \"4294967296\"" TIME},

    {HEADER "1,1,4.0,0\n", "movieId,title,genres\n-1,A,Comedy\n",
     "movies.csv:2:1: movieId \"-1\"" ID},
    {HEADER "1,1,4.0,0\n", "movieId,title,genres\n1,Lighthouse, The Last (1987),Drama\n",
     "movies.csv:2:1: 4 fields: expected 3"},
    {HEADER "1,1,4.0,0\n", "movieId,title,genres\n1,Am\xE9lie (2001),Comedy\n",
     "movies.csv:2:5: byte 0xE9: expected UTF-8"},

    {HEADER "1,1,4.0,0\n2,1,4.0,0\n", "movieId,title,genres\n",
     "movies.csv: 0 films: expected at least 1"},
    {HEADER, MOVIES, "ratings.csv: 0 ratings of films with a known genre: expected at least 2"},
    {HEADER "1,1,4.0,0\n", MOVIES,
     "ratings.csv: 1 ratings of films with a known genre: expected at least 2"},

    {HEADER "1,1,4.0,0\n1,2,4.0,0\n1,1,3.0,0\n", MOVIES,
     "ratings.csv:4:1: user 1 rated film 1 already in line 2"},
    {HEADER "3,2,1,0\n7,1,1,0\n3,1,1,0\n\n7,1,1,0\n3,2,1,0\n7,1,1,0\n", MOVIES,
     "ratings.csv:6:1: user 7 rated film 1 already in line 3"},
    {HEADER "1,1,4.0,0\n2,1,3.0,0\n2,8,3.0,0\n1,8,2.0,0\n2,8,3.0,0\n",
     MOVIES "8,Saddle and Dust (1958),Western\n",
     "ratings.csv:6:1: user 2 rated film 8 already in line 4"},
    {HEADER "1,8,4.0,0\n1,8,4.0,0\n", MOVIES "8,Saddle and Dust (1958),Western\n",
     "ratings.csv:3:1: user 1 rated film 8 already in line 2"},
    {HEADER "1,1,4.0,0\n2,1,4.0,0\n", "movieId,title,genres\n1,A,Comedy\n2,B,War\n1,C,Crime\n",
     "movies.csv:4:1: movieId 1 is already in line 2"},
    {HEADER "1,1,4.0,0\n2,1,4.0,0\n",
     "movieId,title,genres\n9,\"A\nB\",War\n4,C,War\n9,D,War\n4,E,War\n9,F,War\n",
     "movies.csv:5:1: movieId 9 is already in line 2"},
};

static void bad_files_are_refused_with_their_place(void **state)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        const struct refused *bad = &refused[i];
        char expected[256];
        tt_message why = {""};
        ml_data loaded;
        tt_error error = load_texts(&loaded, bad->ratings, bad->movies, &why);
        snprintf(expected, sizeof expected, "%s/%s", texts_folder, bad->complaint);
        assert_case(error != TT_OK, bad->complaint, "it is loaded");
        assert_case(strncmp(why.text, expected, strlen(expected)) == 0, bad->complaint,
                    "the message is \"%s\"", why.text);
        assert_case(!loaded.films && !loaded.n_ratings, bad->complaint, "something is loaded");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(cells_2_to_6_features),      test(cells_7_to_9_scaling_and_split),
        test(cells_12_and_13_shapes),     test(cell_14_training_and_test_loss),
        test(the_bundled_edition),        test(rows_have_the_order_of_the_notebook),
        test(genres_decide_what_is_kept), test(unknown_marks_are_counted),
        test(titles_and_their_years),     test(control_characters_in_genres),
        test(films_without_any_year),     test(a_cold_start),
        test(titles_as_people_say_them),  test(files_as_on_windows),
        test(times_and_dropped_films),    test(bad_files_are_refused_with_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
