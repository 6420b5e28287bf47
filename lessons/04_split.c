/*md
# Rows that the model never sees

> question: A model that repeats the ratings it was trained on has learned nothing. How do we tell
> what it has learned from what it has only remembered?

> result: figure:04_chosen. A thousand guessers that know nothing. The best of them seems to be
> {{seeming}} stars wrong, on the {{few}} ratings by which it was chosen. On other ratings it is
> {{really}} stars wrong, like all the others.

> see: Guesses that are good on what they know and bad on the rest; how rows are drawn at random, by
> hand for ten of them; why there are three sets of rows; and what a split at random does not test.

> uses: §1 (random numbers) and §10 (split and batches); lessons 1 to 3.

> time: 25 minutes
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"
/*md
> fold: the functions that stand at the end of this file
*/
enum { SECONDS_OF_A_DAY = 24 * 60 * 60 };
typedef struct split { /* row numbers of ratings */
    const uint32_t *train, *test;
    size_t n_train, n_test;
} split;
static double rmse(const double *guess, const ml_data *data, const uint32_t *rows, size_t n);
static void guess_means(double *guess, const ml_data *data, split s, const uint32_t *who, size_t n);
static void guess_offsets(double *guess, const ml_data *data, split s);
static size_t draw_by_time(uint32_t *rows, const ml_data *data, size_t n_train);
static size_t draw_by_user(uint32_t *rows, const ml_data *data);
static double new_share(const uint32_t *who, size_t n, split s);
static double one_day_share(const ml_data *data);
/*md
## Learned, or remembered?

A model is trained on ratings that are known, and used for ratings that are not. To judge it, we put
some of the known ratings aside before training, and pretend that we do not know them.

> word: training set, training sets: The training set is the part of the known cases from which a
> model learns.

> word: test set, test sets: The test set is the part that is put aside. Nothing is learned from it
> and nothing is chosen by it. It only says, in the end, how good the model is on cases that it has
> not seen.

Four fifths of our ratings are the training set, one fifth is the test set.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_INPUTS, "training rows and test rows");
    nb_text("%zu ratings in the training set, %zu in the test set\n", my.inputs.train.count,
            my.inputs.test.count);
/*md
Here are four ways to guess, each made from the training set alone, and their RMSE on both sets. The
last guesser simply remembers: it repeats each rating that it knows, and says the mean for all
others.
*/
    const size_t n = my.data.n_ratings;
    split at_random = {my.inputs.train_rows, my.inputs.test_rows, my.inputs.train.count,
                       my.inputs.test.count};
    uint32_t *everybody = ml_new(n, sizeof *everybody); /* zeros: one group */
    double *guess = ml_new(n, sizeof *guess);
    const char *const guessers[] = {"the mean of all ratings", "the mean of the user",
                                    "the mean of the film", "each rating, remembered"};
    const uint32_t *const who[] = {everybody, my.data.user, my.data.film, everybody};
    const size_t groups[] = {1, my.data.n_users, my.data.n_films, 1};

    nb_table("04_learned", "RMSE of four guessers: who remembers more is not better on unseen rows",
             "guess", "training set", "test set");
    for (int g = 0; g < 4; g++) {
        guess_means(guess, &my.data, at_random, who[g], groups[g]);
        for (size_t i = 0; g == 3 && i < at_random.n_train; i++)
            guess[at_random.train[i]] = my.data.stars[at_random.train[i]];
        nb_row("%s\t%.3f\t%.3f", guessers[g],
               rmse(guess, &my.data, at_random.train, at_random.n_train),
               rmse(guess, &my.data, at_random.test, at_random.n_test));
    }
    nb_table_end();
/*md
The film's mean looks like the better guess of the two, until it is asked about ratings that it was
not made from. The one that remembers everything makes no error at all on the training set, and on
the test set is no better than the baseline. The error on the training set says how well a model
*fits*. Only the error on the test set says what it has learned.

## Why the rows are shuffled

For the two errors to be comparable, both sets must be drawn in the same way. The rows stand film by
film. If the last fifth of them were the test set, how many of its ratings would be of films that
the training set has never seen?
*/
    uint8_t *seen = ml_new(my.data.n_films, 1);
    size_t strange = 0;
    for (size_t r = 0; r < at_random.n_train; r++) seen[my.data.film[r]] = 1;
    for (size_t r = at_random.n_train; r < n; r++) strange += !seen[my.data.film[r]];
    free(seen);
    nb_text("test ratings of unknown films, if the last fifth were the test set: %.1f %%\n",
            100 * (double)strange / (double)at_random.n_test);
/*md
So the rows are put into random order first. A computer does not make random numbers. It makes a
sequence that looks random, and is fixed by where it starts.

> word: seed, seeds: A seed is the number from which a generator of random numbers starts. The same
> seed gives the same numbers, and so the same split, on every machine.

§1 has the generator that NumPy uses as well, the Mersenne Twister, called MT19937 for its period of
$2^{19937} - 1$. Its first numbers for the seed 1 are:
*/
    tt_random random;
    tt_random_seed(&random, 1);
    nb_text("%lu", (unsigned long)tt_random_uint32(&random));
    for (int i = 1; i < 5; i++) nb_text(" %lu", (unsigned long)tt_random_uint32(&random));
    nb_text("\n");
/*md
## Ten rows by hand

Fisher and Yates described how to shuffle a row of cards fairly; Durstenfeld turned their method
into a program of a few lines. Go from the last place $i$ to place 1. At each place, draw a number
$j$ from 0 to $i$, all equally likely, and swap the numbers that stand at $i$ and at $j$. Each of
the $n!$ orders comes out with the same probability, because exactly one sequence of draws leads to
each of them.

To draw from 0 to $i$, take as many bits of the next random number as $i$ has, and draw again while
the result is greater than $i$. A remainder, `% (i + 1)`, would be shorter, but it would favour
small numbers (exercise 1).
*/
    uint32_t order[10];
    for (uint32_t i = 0; i < 10; i++) order[i] = i;
    tt_random_seed(&random, 1);
    nb_table("04_shuffle", "Ten row numbers, shuffled with seed 1: place i is swapped with place j",
             "i", "j", "order after the swap");
    for (uint32_t i = 9; i >= 1; i--) {
        uint32_t bits = i < 2 ? 1 : i < 4 ? 3 : i < 8 ? 7 : 15, j;
        do j = tt_random_uint32(&random) & bits;
        while (j > i);
        uint32_t swap = order[i];
        order[i] = order[j];
        order[j] = swap;
        char text[40], *end = text;
        for (int k = 0; k < 10; k++) end += sprintf(end, "%s%u", k ? " " : "", (unsigned)order[k]);
        nb_row("%u\t%u\t%s", (unsigned)i, (unsigned)j, text);
    }
    nb_table_end();
/*md
The last line is also what `numpy.random.RandomState(1).permutation(10)` gives. The code below has
NumPy's order written down, so that the checks hold the library to it on every machine.
*/
    static const uint32_t numpy[10] = {2, 9, 6, 4, 0, 3, 1, 7, 8, 5};
    uint32_t library[10];
    tt_random_seed(&random, 1);
    tt_random_permutation(&random, library, 10);
    nb_check(memcmp(order, numpy, sizeof order) == 0, "our order by hand is NumPy's");
    nb_check(memcmp(library, numpy, sizeof library) == 0, "tt_random_permutation gives it too");
/*md
## The split

All row numbers are shuffled in this way. The first $n - \lfloor 0.8 n \rfloor$ of them, a fifth,
are the test set; the others, in their new order, are the training set. scikit-learn's
`train_test_split` does the same.

{{code: twotower.h tt_train_test_split}}

A rating is a row number, so that nothing else has to be moved. `ml_prepare`, which has scaled the
columns, makes the split with the seed 1, and `lesson_open` has called it:
*/
    size_t n_train = my.inputs.train.count, n_test = my.inputs.test.count;
    nb_key_figure("%s training rows, %s test rows", nb_thousands((long long)n_train),
                  nb_thousands((long long)n_test));
    nb_text("movie/item training data shape: (%zu, %d)\n", n_train, ML_COLUMNS);
    nb_text("movie/item test data shape: (%zu, %d)\n", n_test, ML_COLUMNS);

    uint8_t *taken = ml_new(n, 1);
    bool once = true;
    for (size_t i = 0; i < n_train; i++) once &= taken[my.inputs.train_rows[i]]++ == 0;
    for (size_t i = 0; i < n_test; i++) once &= taken[my.inputs.test_rows[i]]++ == 0;
    nb_check(once && n_train + n_test == n, "every rating is on one side, and on one side only");
    free(taken);
/*md
> notebook: It calls `train_test_split` three times, for films, users and stars, each time with
> `random_state=1`, so that the three stay in step. This lesson reproduces its cells 8 and 9, and
> the shapes of cells 12 and 13. It has two sets, and no third one.

## Why a third set

Whoever builds a model has choices to make: how large, how long to train, which features. The
natural way is to try several and keep the one with the smallest error on rows that it has not seen.
But a set by which one chooses is no longer a fair judge. Here is the extreme case. A thousand
guessers know nothing: each answers with a random number of stars, and differs from the others only
in its seed. We judge each by the same {{few}} ratings, which are taken from the training set, and
keep the best so far. For this best one we also look at the test set.
*/
    enum { GUESSERS = 1000 };
    size_t few = at_random.n_train < 100 ? at_random.n_train : 100;
    double best = HUGE_VAL, best_really = 0;
    nb_plot(
        "04_chosen",
        "The best of k guessers that know nothing: ever better where it was chosen, not elsewhere",
        "Two lines over the number of guessers: one falls in steps, the other stays level");
    for (uint32_t k = 1; k <= GUESSERS; k++) {
        tt_random_seed(&random, k);
        for (size_t i = 0; i < few; i++)
            guess[at_random.train[i]] = tt_random_uniform(&random, 0.5, 5);
        double error = rmse(guess, &my.data, at_random.train, few);
        if (error < best) {
            best = error;
            for (size_t i = 0; i < n_test; i++)
                guess[at_random.test[i]] = tt_random_uniform(&random, 0.5, 5);
            best_really = rmse(guess, &my.data, at_random.test, n_test);
        }
        nb_plot_data("%u %.4f %.4f\n", (unsigned)k, best, best_really);
    }
    nb_plot_end("set logscale x\nset xrange [0.9:1100]\nset yrange [*:*]\n"
                "set xlabel 'guessers tried'\nset ylabel 'RMSE of the best, in stars'\n"
                "plot $data using 1:3 with steps linetype 2 title 'on other ratings', "
                "$data using 1:2 with steps linetype 1 title 'on the ratings that chose it'");
    nb_value("few", "%zu", few);
    nb_value("seeming", "%.2f", best);
    nb_value("really", "%.2f", best_really);
/*md
Nothing has been learned. (To guess at random is far worse than to say always the mean, because the
guesses have errors of their own.) The best guesser was lucky on {{few}} ratings, and luck does not
carry over. With real models the effect is smaller, as they differ in more than luck, but it has the
same sign: the error of the one that was chosen is too small on the set that chose it.

> word: validation set, validation sets: The validation set is a third part, by which one chooses:
> between models, or the moment to stop training. Its ratings are neither learned from nor used for
> the final verdict.

So there are three sets: one to learn from, one to choose by, one to judge by, and the last is
looked at once. Lesson 7 cuts a validation set from the training set and uses it to stop in time. A
seed may not be chosen by the test set either. Who tries ten seeds and reports the best one has
chosen a lucky guesser.

## The first training rows

These are the users of the first five training rows, scaled. Lesson 2 showed the first rows before
they were scaled and shuffled.
*/
    nb_table_columns("04_users_scaled_head",
                     "Users of the first training rows: after scaling most "
                     "numbers lie between -2 and 2",
                     ml_user_columns, ML_COLUMNS);
    for (size_t i = 0; i < 5 && i < n_train; i++)
        for (size_t c = 0; c < ML_COLUMNS; c++) {
            double z = *tt_table_at(my.inputs.users, my.data.user[my.inputs.train_rows[i]], c);
            if (c < 2)
                nb_cell("%d", (int)z);
            else
                nb_cell("%.1f", z);
        }
    nb_table_end();
/*md
> notebook: The first two columns of {{table:04_users_scaled_head}} are useless as printed. Its
> function cuts them to integers, because before scaling they were integers. The scaled numbers lie
> between about -2 and 3, and become integers such as 0, -1 and 1.

Most mistakes in programs of this kind are mistakes of shape, and you find them by printing the
shapes. Of a user, columns 4 to 19 go into the model (16 numbers); of a film, columns 2 to 19 (18
numbers).

> fold: how the shapes are listed
*/
    size_t user_inputs = my.inputs.user_inputs.cols, film_inputs = my.inputs.film_inputs.cols;
    const struct {
        const char *what;
        size_t rows, cols;
    } shapes[] = {
        {"movie/item training data shape", n_train, ML_COLUMNS},
        {"movie/item test data shape", n_test, ML_COLUMNS},
        {"user_train.shape", n_train, ML_COLUMNS},
        {"item_train.shape", n_train, ML_COLUMNS},
        {"y_train.shape", n_train, 1},
        {"input_user.shape", 0, user_inputs},
        {"Shape of user_input", n_train, user_inputs},
        {"Shape of item_input", n_train, film_inputs},
        {"Shape of y_train", n_train, 1},
        {"user_test.shape", n_test, ML_COLUMNS},
        {"item_test.shape", n_test, ML_COLUMNS},
        {"y_test.shape", n_test, 1},
    };
    nb_table("04_shapes", "Rows and columns of what goes into training and test", "what", "shape");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        nb_cell("%s", shapes[i].what);
        if (shapes[i].rows)
            nb_cell("(%zu, %zu)", shapes[i].rows, shapes[i].cols);
        else
            nb_cell("(None, %zu)", shapes[i].cols);
    }
    nb_table_end();
    nb_check(user_inputs == 16 && film_inputs == 18, "16 user inputs, 18 film inputs");
/*md
> notebook: It prints these in its cells 8, 12 and 13. `None` is Keras' word for any number of rows.
> Our program makes none of these matrices. It stores the users once and the films once, and a set
> of rows is an array of row numbers.

## The two sides are alike, and related

A good split at random has the same distribution on both sides. We compare the stars.
*/
    const tt_ratings *sides[2] = {&my.inputs.train, &my.inputs.test};
    double stars[2][11] = {{0}}, mean[2] = {0};
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < sides[side]->count; i++) {
            double y = my.data.stars[sides[side]->order[i]], share = 1 / (double)sides[side]->count;
            stars[side][(int)(2 * y)] += 100 * share;
            mean[side] += y * share;
        }
    nb_value("train_mean", "%.3f", mean[0]);
    nb_value("test_mean", "%.3f", mean[1]);
    nb_plot("04_sides", "Stars in the two sets: drawn at random, they are alike",
            "Two bars for each number of stars from 0.5 to 5, one for each side of the split");
    for (int half = 1; half <= 10; half++)
        nb_plot_data("%.1f %.4f %.4f\n", half / 2.0, stars[0][half], stars[1][half]);
    nb_plot_end("set style data histograms\nset style histogram clustered gap 1\n"
                "set style fill solid 0.75\nset yrange [0:*]\nset xlabel 'stars'\n"
                "set ylabel '% of the ratings'\n"
                "plot $data using 2:xtic(1) title 'training set', $data using 3 title 'test set'");
/*md
The means are {{train_mean}} and {{test_mean}} stars. The two sides are not independent, though. The
split has drawn ratings; it has drawn neither users nor films. How many users and films stand on
both sides?
*/
    uint8_t *user_side = ml_new(my.data.n_users, 1), *film_side = ml_new(my.data.n_films, 1);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < sides[side]->count; i++) {
            user_side[my.data.user[sides[side]->order[i]]] |= (uint8_t)(1 << side);
            film_side[my.data.film[sides[side]->order[i]]] |= (uint8_t)(1 << side);
        }
    size_t users[4] = {0}, films[4] = {0}; /* 1: training only, 2: test only, 3: both */
    for (size_t u = 0; u < my.data.n_users; u++) users[user_side[u]]++;
    for (size_t f = 0; f < my.data.n_films; f++) films[film_side[f]]++;
    free(user_side);
    free(film_side);

    nb_table("04_overlap", "On which side they stand: every user is known to the training set",
             "who", "training only", "test only", "both");
    for (int what = 0; what < 2; what++) {
        nb_cell(what ? "films" : "users");
        for (int side = 1; side <= 3; side++) nb_cell("%zu", what ? films[side] : users[side]);
    }
    nb_table_end();
    nb_value("both", "%zu", users[3]);
    nb_value("all_users", "%zu", my.data.n_users);
/*md
{{both}} of {{all_users}} users stand on both sides. So the test asks "how will a user whom we know
rate one more film?", and not "how will a new user rate?". That is a fair question, but an easier
one.

> notebook: It tests the easier question, and goes on to make predictions for a new user.

A split at random also ignores time. A user's later ratings may be training rows and an earlier one
a test row: the model is then asked about the past after it has been told of the future. How often?
For every user we look up the oldest and the newest training rating, and compare each of the user's
test ratings with them.
*/
    enum { QUESTIONS = 3 };
    uint32_t *oldest = ml_new(my.data.n_users, sizeof *oldest);
    uint32_t *newest = ml_new(my.data.n_users, sizeof *newest);
    for (size_t i = 0; my.data.when && i < n_train; i++) {
        uint32_t row = my.inputs.train_rows[i], user = my.data.user[row], when = my.data.when[row];
        if (!newest[user] || when < oldest[user]) oldest[user] = when;
        if (when > newest[user]) newest[user] = when;
    }
    size_t told[QUESTIONS] = {0};
    for (size_t i = 0; my.data.when && i < n_test; i++) {
        uint32_t row = my.inputs.test_rows[i], user = my.data.user[row], when = my.data.when[row];
        told[0] += newest[user] > when;
        told[1] += newest[user] > when && newest[user] - when > SECONDS_OF_A_DAY;
        told[2] += oldest[user] > when;
    }
    free(oldest);
    free(newest);

    static const char *const questions[QUESTIONS] = {
        "some training rating of the same user is newer", "... newer by more than a day",
        "all training ratings of the same user are newer"};
    nb_table("04_time", "Test ratings of which the training set knows the future", "what",
             "ratings", "share");
    for (int q = 0; q < QUESTIONS; q++) {
        nb_cell("%s", questions[q]);
        nb_cell(my.data.when ? "%zu" : "–", told[q]);
        nb_cell(my.data.when ? "%.1f %%" : "–", 100 * (double)told[q] / (double)n_test);
    }
    nb_table_end();
/*md
Many users rate a shelf of films in one evening, so the first line of {{table:04_time}} says less
than the second: in the second, days and often years lie between what the model knows and what it is
asked.

## Three ways to draw

A set can be drawn otherwise: *by time*, with the latest fifth of the ratings as the test set, or
*by user*, with every fifth user put aside with all ratings. Each asks another question. We draw in
all three ways, and try the baseline and a better guess: the mean, plus how much higher than the
mean others rated the film, plus how much higher than others the user rates. Both offsets are sums
over the training set, damped as in exercise 1 of lesson 1. With the mean $m$, for a film with $c$
ratings $y_r$ and a user with $d$ ratings $y_q$ of films with offsets $b_q$ they are as follows, and
the guess is $m + a + b$.

$$b = \frac{1}{c + 5} \sum_{r=1}^{c} (y_r - m) \qquad
a = \frac{1}{d + 5} \sum_{q=1}^{d} (y_q - m - b_q)$$

> fold: how the rows are drawn, and the guesses judged
*/
    enum { RANDOM, BY_TIME, BY_USER, WAYS };
    static const char *const ways[WAYS] = {"at random", "by time", "by user"};
    uint32_t *rows[WAYS] = {NULL};
    double new_by_time = 0;
    split splits[WAYS] = {at_random, {NULL, NULL, 0, 0}, {NULL, NULL, 0, 0}};
    for (int way = BY_TIME; way < WAYS; way++) {
        if (way == BY_TIME && !my.data.when) continue;
        rows[way] = ml_new(n, sizeof *rows[way]);
        split *s = &splits[way];
        s->n_train = way == BY_TIME ? draw_by_time(rows[way], &my.data, n_train)
                                    : draw_by_user(rows[way], &my.data);
        s->n_test = n - s->n_train;
        s->train = rows[way], s->test = rows[way] + s->n_train;
    }

    nb_table("04_ways", "Three ways to draw a test set: of new users every guess is worse", "drawn",
             "test rows", "of new users", "of new films", "RMSE of the mean", "with offsets");
    for (int way = 0; way < WAYS; way++) {
        split s = splits[way];
        if (!s.n_test) continue;
        guess_means(guess, &my.data, s, everybody, 1);
        double of_mean = rmse(guess, &my.data, s.test, s.n_test);
        guess_offsets(guess, &my.data, s);
        double new_users = new_share(my.data.user, my.data.n_users, s);
        double new_films = new_share(my.data.film, my.data.n_films, s);
        nb_row("%s\t%zu\t%.0f %%\t%.0f %%\t%.3f\t%.3f", ways[way], s.n_test, 100 * new_users,
               100 * new_films, of_mean, rmse(guess, &my.data, s.test, s.n_test));
        if (way == BY_TIME) new_by_time = 100 * new_users;
    }
    nb_table_end();
    nb_value("new_users", "%.0f %%", new_by_time);
    nb_value("one_day", "%.0f %%", 100 * one_day_share(&my.data));
/*md
With the latest fifth as the test set, {{new_users}} of the test ratings are by users of whom the
training set has no rating at all. Of the users, {{one_day}} gave all their ratings within one day
and did not return. (This is a share of users. It has nothing to do with those of {{table:04_time}},
which are of test ratings.) Whoever promises a recommender for tomorrow's users must test it so, and
will find a larger error. By user it is much the same. There is no right way, only a right question.
Whoever reports a result should name the way of splitting, as well as the seed.

> notebook: It splits at random, without times. The lessons that follow do the same, so that their
> numbers can be compared with it.

> fold: the end of the program; how the guesses are made and the rows drawn
*/
    for (int way = BY_TIME; way < WAYS; way++) free(rows[way]);
    free(everybody);
    free(guess);
    return lesson_close(&my);
}

/* Of the guesses for these rows; guess[r] is that for rating r. */
static double rmse(const double *guess, const ml_data *data, const uint32_t *rows, size_t n)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        double error = data->stars[rows[i]] - guess[rows[i]];
        squares += error * error;
    }
    return sqrt(squares / (double)n);
}

static double mean_of(const ml_data *data, const uint32_t *rows, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += data->stars[rows[i]];
    return sum / (double)n;
}

/* Guesses all ratings by the mean of the training rows of the same group, one of n; by the mean of
   all where there are none. */
static void guess_means(double *guess, const ml_data *data, split s, const uint32_t *who, size_t n)
{
    double *sum = ml_new(n, sizeof *sum), *count = ml_new(n, sizeof *count);
    double mean = mean_of(data, s.train, s.n_train);
    for (size_t i = 0; i < s.n_train; i++) {
        sum[who[s.train[i]]] += data->stars[s.train[i]];
        count[who[s.train[i]]]++;
    }
    for (size_t r = 0; r < data->n_ratings; r++)
        guess[r] = count[who[r]] > 0 ? sum[who[r]] / count[who[r]] : mean;
    free(sum);
    free(count);
}

/* Adds to each guess how far, on average, the training rows of the same group lie above theirs, as
   if there were five more rows without any error. */
static void add_offsets(double *guess, const ml_data *data, split s, const uint32_t *who, size_t n)
{
    double *sum = ml_new(n, sizeof *sum), *count = ml_new(n, sizeof *count);
    for (size_t i = 0; i < s.n_train; i++) {
        sum[who[s.train[i]]] += data->stars[s.train[i]] - guess[s.train[i]];
        count[who[s.train[i]]]++;
    }
    for (size_t r = 0; r < data->n_ratings; r++) guess[r] += sum[who[r]] / (count[who[r]] + 5);
    free(sum);
    free(count);
}

static void guess_offsets(double *guess, const ml_data *data, split s)
{
    double mean = mean_of(data, s.train, s.n_train);
    for (size_t r = 0; r < data->n_ratings; r++) guess[r] = mean;
    add_offsets(guess, data, s, data->film, data->n_films);
    add_offsets(guess, data, s, data->user, data->n_users);
}

typedef struct dated {
    uint32_t when, row;
} dated;

static int by_time(const void *a, const void *b)
{
    const dated *x = a, *y = b;
    int later = (x->when > y->when) - (x->when < y->when);
    return later ? later : (x->row > y->row) - (x->row < y->row);
}

/* The oldest rows first; returns how many are for training. */
static size_t draw_by_time(uint32_t *rows, const ml_data *data, size_t n_train)
{
    dated *all = ml_new(data->n_ratings, sizeof *all);
    for (size_t r = 0; r < data->n_ratings; r++) all[r] = (dated){data->when[r], (uint32_t)r};
    qsort(all, data->n_ratings, sizeof *all, by_time);
    for (size_t i = 0; i < data->n_ratings; i++) rows[i] = all[i].row;
    free(all);
    return n_train;
}

/* The rows of every fifth user last; returns how many are for training. */
static size_t draw_by_user(uint32_t *rows, const ml_data *data)
{
    size_t train = 0, test = data->n_ratings;
    for (size_t r = 0; r < data->n_ratings; r++)
        rows[data->user[r] % 5 == 4 ? --test : train++] = (uint32_t)r;
    return train;
}

/* The share of test rows whose user, or film, has no training row. */
static double new_share(const uint32_t *who, size_t n, split s)
{
    uint8_t *known = ml_new(n, 1);
    size_t unknown = 0;
    for (size_t i = 0; i < s.n_train; i++) known[who[s.train[i]]] = 1;
    for (size_t i = 0; i < s.n_test; i++) unknown += !known[who[s.test[i]]];
    free(known);
    return (double)unknown / (double)s.n_test;
}

/* The share of users whose ratings lie within a day. */
static double one_day_share(const ml_data *data)
{
    uint32_t *first = ml_new(data->n_users, sizeof *first);
    uint32_t *last = ml_new(data->n_users, sizeof *last);
    size_t within = 0;
    for (size_t r = 0; data->when && r < data->n_ratings; r++) {
        uint32_t user = data->user[r], when = data->when[r];
        if (!last[user] || when < first[user]) first[user] = when;
        if (when > last[user]) last[user] = when;
    }
    for (size_t u = 0; u < data->n_users; u++) within += last[u] - first[u] <= SECONDS_OF_A_DAY;
    free(first);
    free(last);
    return (double)within / (double)data->n_users;
}
/*md
## Exercises

1. Shuffle the numbers 0, 1, 2 many times, as in "Ten rows by hand", but draw $j$ as
   `(tt_random_uint32(&random) & 3) % (i + 1)`. How often does each of the six orders come out?

   > hint: The four numbers 0 to 3 are equally likely. How many of them have the remainder 0 when
   > divided by three?

   > answer: 04_1
   > For $i = 2$ the four numbers 0, 1, 2, 3 have the remainders 0, 1, 2, 0: zero comes twice as
   > often. Two of the six orders get a quarter each, the other four an eighth. With 32 bits instead
   > of two the error is the same in kind and too small to see, which is worse.

2. How far apart are the means of the two sets for the seeds 1 to 100? Compare the standard
   deviation of the difference with $\sigma \sqrt{1/n + 1/m}$ for $n$ training rows and $m$ test
   rows.

   > hint: `tt_train_test_split` for each seed. Of the difference, not of the test set's mean alone.

   > answer: 04_2
   > The formula is right, but not because the two means vary independently: where one of them
   > rises, the other falls, as the $N = n + m$ ratings are shared out. The mean of $m$ ratings
   > drawn out of $N$ has the variance $\frac{\sigma^2}{m} \frac{n}{N - 1}$. The difference of the
   > two means is $N / n$ times as large as the distance from this mean to the mean of all. So its
   > variance is $\sigma^2 \frac{N^2}{(N - 1) \, n \, m}$, nearly $\sigma^2 (\frac{1}{n} +
   > \frac{1}{m})$. A difference of a hundredth of a star between two sets is what chance does.

3. Choose the best of the thousand guessers by 10,000 ratings instead of 100. How much better does
   it seem than it is?

   > hint: Set `few` to 10,000. How does the luck of a mean of $n$ errors depend on $n$?

   > answer: 04_3
   > The more ratings choose, the less luck can do. Its part falls with the root of their number, so
   > that a hundred times as many ratings leave a tenth of it.
*/
