/*md
# Rows that the model never sees

**The question.** A model that repeats the ratings it was trained on has learned nothing. How do
we tell what a model has learned from what it has only remembered?

**What you will see.** How a seed becomes an order of rows, by hand for ten of them; the split of
all ratings into training rows and test rows; the first training rows, scaled; the shapes of all
tables; and what a split at random does not test.

**What it uses.** Section §1, random numbers, and section §10, split and batches. It reproduces
cells 8 and 9 of the notebook, and the shapes of cells 12 and 13.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_FEATURES, "training rows and test rows");
/*md
## Why the rows must be shuffled

The rule is simple: put some of the rows aside, train on the others, and judge the model by its
error on the rows that it has not seen. For the two errors to be comparable, both sets must be
drawn in the same way. The rows stand film by film. If the last fifth of them were the test, the
model would be tested on films of which it had never seen a rating. So the rows are put into
random order first.

A computer does not make random numbers. It makes a sequence that looks random and is fixed by its
start, the *seed*. The notebook says `random_state=1`, and NumPy's generator for that is the
Mersenne Twister, called MT19937 for its period of $2^{19937} - 1$. §1 has the same generator. Its
first numbers for the seed 1 are:
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
small numbers.
*/
    uint32_t order[10];
    for (uint32_t i = 0; i < 10; i++) order[i] = i;
    tt_random_seed(&random, 1);
    nb_table("04_shuffle", "Ten row numbers, shuffled with seed 1", "i", "j",
             "order after the swap");
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

scikit-learn's `train_test_split` shuffles the row numbers in this way. The first $n - \lfloor 0.8 n
\rfloor$ of them are the test rows; the others, in their new order, are the training rows. The
notebook calls it three times, for films, users and stars, each time with the same seed, so that the
three stay in step. Here a row number stands for all three, and the split is drawn once:

{{code: twotower.h tt_train_test_split}}

`ml_prepare` scales as in lesson 3 and splits:

{{code: movielens.h ml_prepare}}
*/
    ml_must(ml_prepare(&my.inputs, &my.data, &my.features), NULL);
    size_t n_train = my.inputs.train.count, n_test = my.inputs.test.count;
    nb_key_figure("%s training rows, %s test rows", nb_thousands((long long)n_train),
                  nb_thousands((long long)n_test));
    nb_text("movie/item training data shape: (%zu, %d)\n", n_train, ML_COLUMNS);
    nb_text("movie/item test data shape: (%zu, %d)\n", n_test, ML_COLUMNS);

    uint8_t *seen = ml_new(my.data.n_ratings, 1);
    bool once = true;
    for (size_t i = 0; i < n_train; i++) once &= seen[my.inputs.train_rows[i]]++ == 0;
    for (size_t i = 0; i < n_test; i++) once &= seen[my.inputs.test_rows[i]]++ == 0;
    nb_check(once && n_train + n_test == my.data.n_ratings,
             "every rating is on one side, and on one side only");
    free(seen);
/*md
## The first training rows

The notebook prints the users of the first five training rows, scaled. Lesson 2 showed the same
table before scaling and shuffling.
*/
    nb_table_columns("04_users_scaled_head", "Users of the first training rows, scaled",
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
> margin: The first two columns of {{table:04_users_scaled_head}} are useless as printed. The
> notebook's function cuts them to integers, because before scaling they were integers. The scaled
> numbers lie between about -2 and 3, and become integers such as 0, -1 and 1.

These are the numbers before they are cut:
*/
    nb_table("04_uncut", "The same rows, the first three columns with their decimals", "[user id]",
             "[rating count]", "[rating ave]", "+the user's real id");
    for (size_t i = 0; i < 5 && i < n_train; i++) {
        uint32_t user = my.data.user[my.inputs.train_rows[i]];
        for (size_t c = 0; c < 3; c++) nb_cell("%.4f", *tt_table_at(my.inputs.users, user, c));
        nb_cell("%lld", (long long)my.data.user_ids[user]);
    }
    nb_table_end();
/*md
## Shapes

Most mistakes in programs of this kind are mistakes of shape, and you find them by printing the
shapes. {{table:04_shapes}} has those that the notebook prints in its cells 8, 12 and 13, and three
that it does not print. `None` is Keras' word for a batch of any size. Of a user, columns 4 to 19 go
into the network (16 numbers); of a film, columns 2 to 19 (18 numbers). Ids stay out, because they
are names, and a network that is given names learns them by heart.
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
    nb_table("04_shapes", "Shapes of what goes into training and test", "what", "shape");
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
Our program makes none of these matrices. It stores the users once and the films once, and a set of
rows is an array of row numbers.

## The two sides are alike, and related

A good split at random has the same distribution on both sides. We compare the stars.
*/
    const tt_ratings *sides[2] = {&my.inputs.train, &my.inputs.test};
    double stars[2][11] = {{0}}, mean[2] = {0};
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < sides[side]->count; i++) {
            double y = my.data.stars[sides[side]->order[i]], share = 1 / (double)sides[side]->count;
            stars[side][(int)(2 * y + 0.5)] += 100 * share;
            mean[side] += y * share;
        }
    nb_value("train_mean", "%.3f", mean[0]);
    nb_value("test_mean", "%.3f", mean[1]);
    nb_plot("04_sides", "Stars on the training side and on the test side",
            "Two bars for each number of stars from 0.5 to 5, one for each side of the split");
    for (int half = 1; half <= 10; half++)
        nb_plot_data("%.1f %.4f %.4f\n", half / 2.0, stars[0][half], stars[1][half]);
    nb_plot_end("set style data histograms\nset style histogram clustered gap 1\n"
                "set style fill solid 0.75\nset yrange [0:*]\nset xlabel 'stars'\n"
                "set ylabel '% of the ratings'\n"
                "plot $data using 2:xtic(1) title 'training', $data using 3 title 'test'");
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
    size_t users[4] = {0}, films[4] = {0}, cold = 0; /* 1: training only, 2: test only, 3: both */
    for (size_t u = 0; u < my.data.n_users; u++) users[user_side[u]]++;
    for (size_t f = 0; f < my.data.n_films; f++) films[film_side[f]]++;
    for (size_t i = 0; i < n_test; i++)
        cold += film_side[my.data.film[my.inputs.test_rows[i]]] == 2;

    nb_table("04_overlap", "On which side users and films stand", "who", "training only",
             "test only", "both");
    for (int who = 0; who < 2; who++) {
        nb_cell(who ? "films" : "users");
        for (int where = 1; where <= 3; where++) nb_cell("%zu", who ? films[where] : users[where]);
    }
    nb_table_end();
    nb_value("both", "%zu", users[3]);
    nb_value("all_users", "%zu", my.data.n_users);
    nb_value("cold", "%s", nb_thousands((long long)cold));
    nb_value("cold_share", "%.1f %%", 100 * (double)cold / (double)n_test);
    nb_value("known_share", "%.1f %%", 100 - 100 * (double)cold / (double)n_test);
    free(user_side);
    free(film_side);
/*md
> margin: {{both}} of {{all_users}} users stand on both sides. The test asks "how will a user whom
> we know rate one more film?", and not "how will a new user rate?". That is a fair question, but
> an easier one, and the notebook goes on to make predictions for a new user.

Users and films stand on both sides because the split spreads the ratings of each user and each film
at random. {{known_share}} of the test rows are of films that also have training rows. The other
{{cold}} rows ({{cold_share}}) are of films of which the model has seen no rating. It has seen their
average, however: the features of lesson 2 were made from all rows.

## Told of the future

A split at random ignores time. A user's later ratings may be training rows and an earlier one a
test row: the model is then asked about the past after it has been told of the future. How often?
For every user we look up the oldest and the newest training rating, and compare each of the user's
test ratings with them.
*/
    enum { SECONDS_OF_A_DAY = 24 * 60 * 60, QUESTIONS = 3 };
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
    nb_table("04_time", "Test ratings of which the training rows know the future", "what",
             "ratings", "share");
    for (int q = 0; q < QUESTIONS; q++) {
        nb_cell("%s", questions[q]);
        nb_cell(my.data.when ? "%zu" : "–", told[q]);
        nb_cell(my.data.when ? "%.1f %%" : "–", 100 * (double)told[q] / (double)n_test);
    }
    nb_table_end();
    if (my.data.when)
        nb_value("told", "%.0f %%", 100 * (double)told[0] / (double)n_test);
    else
        nb_value("told", "an unknown share");
/*md
> margin: The notebook drops the time of every rating, and splits at random: {{told}} of its test
> ratings are older than a training rating of the same user. In use it is the other way round: a
> model has learned from the past and is asked about the future.

Many users rate a shelf of films in one evening, so the first line of {{table:04_time}} says less
than the second: in the second, days and often years lie between what the model knows and what it is
asked.

## Other ways to draw

*By time*: train on all ratings before a date, and test on those after it. *By user*: put whole
users aside, and use only a few of their ratings, to describe them. Each way answers another
question, and usually gives a larger error. Whoever reports a result should name the way of
splitting, as well as the seed.
*/
    return lesson_close(&my);
}
/*md
## Exercises

1. Shuffle ten numbers with `tt_random_uint32(&random) % (i + 1)` instead. Then shuffle three
   numbers many thousand times with numbers below 4 (`& 3`) taken `% 3`: how often does each of
   the six orders come out?
2. How much do the means of the two sides differ for the seeds 1 to 100? Compare their standard
   deviation with $\sigma / \sqrt{n}$ for the number $n$ of test rows.
3. Split by user: put every fifth user aside. How many films have no training rating then?
4. Split by time: read the column `timestamp` as in lesson 1, and take the latest fifth of the
   ratings as the test. How many test rows belong to users who have no training rating?
*/
