/* baselines.h: predictions that need no network, to set beside those of the towers.

       bias_model b = bias_new(&data);
       bias_fit(&b, 10, 25, data.stars, train_rows, n_train);    from these ratings only
       double stars = bias_guess(&b, r);                         for any rating r of the data
       bias_free(&b);

   Lesson 8 explains it. Include movielens.h first. */

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

#endif
