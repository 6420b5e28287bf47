/* baselines.h: what a fair comparison needs: predictions without a network, and honest features.

       bias_model b = bias_new(&data);
       bias_fit(&b, 10, 25, data.stars, train_rows, n_train);    from these ratings only
       double stars = bias_guess(&b, r);                         for any rating r of the data
       bias_free(&b);

       ml_features features;
       honest_features(&features, &data, train_rows, n_train);   also from these ratings only
       ml_prepare(&inputs, &data, &features);                    with the same split as ever

   Lesson 8 explains both.  Include movielens.h first. */

#ifndef BASELINES_H
#define BASELINES_H

typedef struct bias_side { /* users or films */
    size_t count;
    const uint32_t *row; /* of each rating */
    double damping;
    double *bias; /* 0 where no rating was given to bias_fit */
} bias_side;

typedef struct bias_model {
    double mean;
    bias_side user, film;
} bias_model;

/* Owns a model for these data, which it borrows. */
ML_API bias_model bias_new(const ml_data *data)
{
    bias_model b = {0, {data->n_users, data->user, 0, NULL}, {data->n_films, data->film, 0, NULL}};
    b.user.bias = (double *)ml_new(data->n_users, sizeof(double));
    b.film.bias = (double *)ml_new(data->n_films, sizeof(double));
    return b;
}

ML_API void bias_free(bias_model *b)
{
    free(b->user.bias);
    free(b->film.bias);
    memset(b, 0, sizeof *b);
}

/* Fits the biases of one side to those of the other; returns how far the one that moved furthest
   has moved. */
ML_API double bias_fit_side(bias_side *s, const bias_side *other, double mean, const double *stars,
                            const uint32_t *rows, size_t n)
{
    double *sum = (double *)ml_new(2 * s->count, sizeof *sum), *ratings = sum + s->count;
    double furthest = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t r = rows ? rows[i] : (uint32_t)i;
        sum[s->row[r]] += stars[r] - mean - other->bias[other->row[r]];
        ratings[s->row[r]]++;
    }
    for (size_t k = 0; k < s->count; k++) {
        double bias = ratings[k] > 0 ? sum[k] / (ratings[k] + s->damping) : 0;
        furthest = fmax(furthest, fabs(bias - s->bias[k]));
        s->bias[k] = bias;
    }
    free(sum);
    return furthest;
}

/* Fits the model to n ratings: those of rows, or all if rows is NULL.  Returns how far a bias still
   moved in the last turn. */
ML_API double bias_fit(bias_model *b, double user_damping, double film_damping, const double *stars,
                       const uint32_t *rows, size_t n)
{
    double sum = 0, moved = 1;
    for (size_t i = 0; i < n; i++) sum += stars[rows ? rows[i] : i];
    b->mean = sum / (double)n;
    b->user.damping = user_damping;
    b->film.damping = film_damping;
    memset(b->user.bias, 0, b->user.count * sizeof(double));
    memset(b->film.bias, 0, b->film.count * sizeof(double));
    for (int turn = 0; turn < 100 && moved > 1e-6; turn++) {
        moved = bias_fit_side(&b->film, &b->user, b->mean, stars, rows, n);
        moved = fmax(moved, bias_fit_side(&b->user, &b->film, b->mean, stars, rows, n));
    }
    return moved;
}

/* In stars. */
ML_API double bias_guess(const bias_model *b, uint32_t rating)
{
    return b->mean + b->user.bias[b->user.row[rating]] + b->film.bias[b->film.row[rating]];
}

/* Owns the features of all users and films, made from n ratings only: those of rows.  Returns the
   number of films without any.  Such a film gets the mean of the n ratings as its average. */
ML_API size_t honest_features(ml_features *features, const ml_data *data, const uint32_t *rows,
                              size_t n)
{
    ml_data part = *data; /* the same users and films, but other ratings */
    part.n_ratings = n;
    part.user = (uint32_t *)ml_new(n, sizeof *part.user);
    part.film = (uint32_t *)ml_new(n, sizeof *part.film);
    part.stars = (double *)ml_new(n, sizeof *part.stars);
    double mean = 0;
    for (size_t i = 0; i < n; i++) {
        part.user[i] = data->user[rows[i]];
        part.film[i] = data->film[rows[i]];
        part.stars[i] = data->stars[rows[i]];
        mean += part.stars[i] / (double)n;
    }
    ml_must(ml_make_features(features, &part), NULL);
    free(part.user);
    free(part.film);
    free(part.stars);

    size_t unknown = 0;
    for (size_t f = 0; f < data->n_films; f++) {
        if (features->film_ratings[f]) continue;
        *tt_table_at(features->films, f, 2) = mean;
        unknown++;
    }
    return unknown;
}

#endif
