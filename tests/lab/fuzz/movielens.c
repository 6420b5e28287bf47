/* The MovieLens loader (lessons/movielens.h) on any two files: an input is movies.csv, the byte
   0x1C (which ASCII calls a file separator), and ratings.csv.  What is loaded has the order and the
   bounds that the loader promises, and makes features and inputs that training can use; an error
   has a message and leaves nothing behind. */

#include "fuzz.h"
#include "lessons/movielens.h"

static void check_films(const ml_data *data)
{
    for (size_t f = 0; f < data->n_films; f++) {
        const ml_film *film = &data->films[f];
        int genres = 0;
        for (int g = 0; g < ML_GENRES; g++) genres += film->has_genre[g];
        must(film->id >= 0 && genres > 0 && genres == film->n_genres);
        must(film->year >= 0 && film->year <= 9999 && is_utf8(film->title));
        for (const char *c = film->title; *c; c++) must(*c < 0 || (*c >= ' ' && *c != 0x7F));
    }
}

/* Film by film, within a film by user; nobody rates a film twice. */
static void check_ratings(const ml_data *data)
{
    must(data->n_ratings >= 2 && data->n_ratings <= data->all_ratings);
    must(data->n_users <= data->n_ratings && data->n_films <= data->all_films);
    for (size_t r = 0; r < data->n_ratings; r++) {
        must(data->user[r] < data->n_users && data->film[r] < data->n_films);
        double halves = data->stars[r] * 2;
        must(halves >= 1 && halves <= 10 && halves == (int)halves);
        if (!r) continue;
        must(data->film[r] - data->film[r - 1] <= 1);
        must(data->film[r] != data->film[r - 1] || data->user[r] > data->user[r - 1]);
    }
    for (size_t u = 1; u < data->n_users; u++) must(data->user_ids[u] > data->user_ids[u - 1]);
}

static void check_features(const ml_data *data, const ml_features *features)
{
    size_t counted = 0;
    for (size_t u = 0; u < data->n_users; u++) {
        const double *row = tt_table_at(features->users, u, 0);
        counted += features->user_ratings[u];
        must(features->user_ratings[u] > 0 && row[1] >= features->user_ratings[u]);
        for (int c = 2; c < ML_COLUMNS; c++) must(row[c] == 0 || (row[c] >= 0.5 && row[c] <= 5));
    }
    must(counted == data->n_ratings);
    for (size_t f = 0; f < data->n_films; f++) {
        double average = *tt_table_at(features->films, f, 2);
        must(features->film_ratings[f] > 0 && average >= 0.5 && average <= 5);
    }
}

static void check_inputs(const ml_data *data, const ml_inputs *inputs)
{
    must(inputs->train.count + inputs->test.count == data->n_ratings);
    for (size_t r = 0; r < data->n_ratings; r++)
        must(inputs->target[r] >= -1 && inputs->target[r] <= 1);
    for (size_t i = 0; i < inputs->film_inputs.rows * inputs->film_inputs.cols; i++)
        must(tt__finite(inputs->film_inputs.data[i]));
    for (size_t i = 0; i < inputs->user_inputs.rows * inputs->user_inputs.cols; i++)
        must(tt__finite(inputs->user_inputs.data[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const uint8_t *separator = size ? (const uint8_t *)memchr(bytes, 0x1C, size) : NULL;
    size_t films = separator ? (size_t)(separator - bytes) : size;
    size_t skipped = separator ? films + 1 : size;
    input_file("movies.csv", bytes, films);
    input_file("ratings.csv", bytes + skipped, size - skipped);

    ml_data data;
    tt_message why;
    memory_begin(1048576 + 1024 * size);
    if (ml_load(&data, fuzz_folder(), &why) != TT_OK) {
        must(why.text[0] && is_utf8(why.text));
        must(!data.films && !data.user_ids && !data.user && !data.film && !data.stars);
    } else {
        ml_features features;
        ml_inputs inputs;
        check_films(&data);
        check_ratings(&data);
        must(ml_make_features(&features, &data) == TT_OK);
        check_features(&data, &features);
        must(ml_prepare(&inputs, &data, &features) == TT_OK);
        check_inputs(&data, &inputs);
        ml_close(&data, &features, &inputs);
    }
    memory_end();
    return 0;
}
