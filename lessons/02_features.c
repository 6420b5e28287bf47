/*md
# Ratings become vectors

**The question.** A neural network takes rows of numbers. How do a user, of whom we know only some
ratings, and a film, of which we know a title and some genres, become such rows?

**What you will see.** The first rows of three tables: users, films, stars. One of their numbers is
computed by hand. Then come the weak points of these features, and how large each of them is.

**What it uses.** Tables and views (§2), and the rules in `lessons/movielens.h`. It reproduces
cells 2, 4, 5 and 6 of the notebook.

The notebook loads its vectors from files that were prepared elsewhere. Here they are computed
from the ratings, by rules that give the same numbers.

We begin with a small function that prints an array as NumPy does: with as many decimals as the
numbers need, and with blanks where a zero would follow the point.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

/* Fills text with, say, "[4.  4.  4.5]".  At most one decimal and eight numbers. */
static void print_array(char text[80], const double *numbers, size_t n)
{
    bool halves = false;
    for (size_t i = 0; i < n; i++) halves |= numbers[i] != rint(numbers[i]);
    char *end = text + sprintf(text, "[");
    for (size_t i = 0; i < n; i++) {
        end += sprintf(end, "%s%.1f", i ? " " : "", numbers[i]);
        if (end[-1] == '0' && halves) end[-1] = ' ';
        if (end[-1] == '0') *--end = 0;
    }
    sprintf(end, "]");
}
/*md
## Loading

The data are those of lesson 1. `lesson_open` has `ml_make_features` turn them into two tables: a
row of 19 numbers for each user, and a row of 19 numbers for each film. A *training vector*, in the
notebook's words, is a rating with the row of its user and the row of its film beside it.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_FEATURES, "ratings become rows of numbers");

    double n = (double)my.data.n_ratings;
    nb_key_figure("%s training vectors of 19 + 19 numbers",
                  nb_thousands((long long)my.data.n_ratings));
    nb_text("Number of training vectors: %zu\n", my.data.n_ratings);
/*md
## A user in 19 numbers

The columns of a user's row are

1. the user's id,
2. how many ratings the user has given,
3. their average,
4. and, in columns 4 to 19, the average of the user's ratings of Adventure films, of Animation
   films, and so on through the 16 genres.

If $y_r$ are the stars of rating $r$, and $R_{u,g}$ is the set of the ratings by user $u$ of films
that have the genre $g$, then the average for that genre is

$$a_{u,g} = \frac{1}{|R_{u,g}|} \sum_{r \in R_{u,g}} y_r$$

rounded to two decimals. These lines do it for `ml_make_features`: they add up the sums of a user
rating by rating, and divide them at the end.

{{code: movielens.h ml__user_features}}

The ratings stand film by film, so the first five rows belong to five users of the first film.
Headings of more than five letters are broken in two, as in the notebook.
*/
    size_t shown = my.data.n_ratings < 5 ? my.data.n_ratings : 5;
    nb_table_columns("02_users_head", "Users of the first training vectors", ml_user_columns,
                     ML_COLUMNS);
    for (size_t r = 0; r < shown; r++)
        for (size_t c = 0; c < ML_COLUMNS; c++)
            nb_cell(c < 2 ? "%.0f" : "%.1f", *tt_table_at(my.features.users, my.data.user[r], c));
    nb_table_end();
/*md
The first three columns identify and describe; the network will not see them (lesson 5).

The second column is not what it seems. A rating counts once for each of the 16 genres that its
film has: the rating of a film with three genres counts three times, in the count and in the
average of the third column. How far is that from the real number of ratings? For the first user:
*/
    const double *first = tt_table_at(my.features.users, 0, 0);
    nb_value("first_user", "%.0f", first[0]);
    nb_value("counted", "%.0f", first[1]);
    nb_value("really", "%u", (unsigned)my.features.user_ratings[0]);
    nb_text("user %.0f: %u ratings, counted as %.0f\n", first[0],
            (unsigned)my.features.user_ratings[0], first[1]);
/*md
> margin: The heading says "rating count", but {{counted}} is the number of pairs of a rating and
> a genre. User {{first_user}} gave {{really}} ratings. The average of column 3 is weighted in the
> same way: films with many genres weigh more.

## One number by hand

Trust in a table begins with one number that you have computed yourself. We take the first user and,
of the genres in which this user has given at least five ratings, the one with the fewest. (If no
genre has five, we take the one with the most.) The counts of ratings for each user and genre will
be useful later as well.
*/
    tt_table counts;
    ml_must(tt_table_new(&counts, my.data.n_users, ML_GENRES), NULL);
    for (size_t r = 0; r < my.data.n_ratings; r++)
        for (size_t g = 0; g < ML_GENRES; g++)
            *tt_table_at(counts, my.data.user[r], g) += my.data.films[my.data.film[r]].has_genre[g];

    size_t genre = 0;
    for (size_t g = 1; g < ML_GENRES; g++) {
        double here = *tt_table_at(counts, 0, g), best = *tt_table_at(counts, 0, genre);
        if (best < 5 ? here > best : here >= 5 && here < best) genre = g;
    }
    nb_value("genre", "%s", ml_genres[genre]);

    double sum = 0;
    nb_table("02_by_hand", "The first user's ratings in that genre", "title", "genres", "stars");
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        const ml_film *film = &my.data.films[my.data.film[r]];
        if (my.data.user[r] != 0 || !film->has_genre[genre]) continue;
        nb_row("%s\t%s\t%.1f", film->title, film->genres, my.data.stars[r]);
        sum += my.data.stars[r];
    }
    nb_table_end();
/*md
The genre is {{genre}}. Add up the stars, divide by the number of ratings, and round to hundredths.
(C's `rint` rounds halves to the even neighbour, as NumPy does.)
*/
    double count = *tt_table_at(counts, 0, genre), average = rint(100 * sum / count) / 100;
    double in_table = first[3 + genre];
    nb_text("%.1f / %.0f = %.4f, rounded %.2f; the table has %.2f\n", sum, count, sum / count,
            average, in_table);
    nb_check(average == in_table, "the average by hand is the number in the table");
/*md
## A film in 19 numbers

A film's row holds the film's id, the year, the average of all its ratings, and, for each genre, a 1
if the film has it and a 0 if it does not. A code with a column of ones and zeros for each possible
value is called *one-hot* or, where several columns may be 1 as they may here, *multi-hot*. The
genres cannot be one column with the numbers 1 to 16: then Crime (8) would lie between Action (7)
and Thriller (9), and such an order has no meaning.

{{code: movielens.h ml__film_features}}

If the first film has at least five ratings, the first five rows are alike, because they all belong
to that film. Nothing in a film's row depends on who is asking.
*/
    nb_table_columns("02_items_head", "Films of the first training vectors", ml_item_columns,
                     ML_COLUMNS);
    for (size_t r = 0; r < shown; r++)
        for (size_t c = 0; c < ML_COLUMNS; c++)
            nb_cell(c == 2 ? "%.1f" : "%.0f", *tt_table_at(my.features.films, my.data.film[r], c));
    nb_table_end();
/*md
## What is to be predicted

The third table has one column: the stars. This is the *target*.
*/
    char array[80];
    print_array(array, my.data.stars, shown);
    nb_text("y_train[:5]: %s\n", array);
    nb_table("02_y_head", "Stars of the first training vectors", "y_train");
    for (size_t r = 0; r < shown; r++) nb_cell("%.1f", my.data.stars[r]);
    nb_table_end();
/*md
## Stored once, gathered by index

The notebook repeats a user's row for each rating of that user: its two matrices have as many rows
as there are ratings, and 19 columns of eight bytes. Here a user's row is stored once, a film's
row is stored once, and a rating is two row numbers and the stars. Whoever needs the repeated rows
gathers a batch of them (`tt_matrix_gather`, §2), uses it and forgets it.
*/
    double column = ML_COLUMNS * sizeof(double);
    double repeated = 2 * n * column;
    double once = (double)(my.data.n_users + my.data.n_films) * column +
                  n * (2 * sizeof(uint32_t) + sizeof(float));
    nb_value("repeated", "%.1f", repeated / 1e6);
    nb_value("once", "%.1f", once / 1e6);
    nb_value("times", "%.0f", repeated / once);
    nb_value("large", "%.1f", 2 * 25e6 * column / 1e9);
    nb_value("small", "%.1f", 25e6 * (2 * sizeof(uint32_t) + sizeof(float)) / 1e9);
    nb_text("repeated rows:   %12s bytes\nrows once:       %12s bytes\n",
            nb_thousands((long long)repeated), nb_thousands((long long)once));
    bool alike = true;
    for (size_t r = 0; r < my.data.n_ratings; r++)
        alike &= *tt_table_at(my.features.users, my.data.user[r], 0) ==
                 (double)my.data.user_ids[my.data.user[r]];
    nb_check(alike, "the row that each rating names belongs to the user who gave it");
/*md
> margin: The notebook's way costs {{times}} times the memory. On MovieLens' set of 25 million
> ratings it would take {{large}} GB before training starts. At twelve bytes per rating, the same
> set takes {{small}} GB.

The notebook's way takes {{repeated}} MB and ours takes {{once}} MB, and the numbers are the same.

## Averages that know too much

A feature is good if it is known before the rating that it helps to predict. These features are not
known by then: a film's average contains every rating of that film, including those that lesson 4
will put aside for the test. The leak is plain where an average rests on very few ratings. We count
the worst cases: the ratings that are the only one of their film, whose "average" is therefore the
rating itself, and the ratings that are their user's only one in some genre.
*/
    size_t only_of_film = 0, only_of_genre = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        bool alone = false;
        for (size_t g = 0; g < ML_GENRES; g++)
            alone |= my.data.films[my.data.film[r]].has_genre[g] &&
                     *tt_table_at(counts, my.data.user[r], g) == 1;
        only_of_genre += alone;
        only_of_film += my.features.film_ratings[my.data.film[r]] == 1;
    }
    nb_value("only_of_film", "%s", nb_thousands((long long)only_of_film));
    nb_value("only_of_genre", "%s", nb_thousands((long long)only_of_genre));
    nb_value("only_share", "%.1f %%", 100 * (double)only_of_film / n);
    nb_text("ratings that are the only one of their film:           %zu (%.1f %%)\n"
            "ratings that are the only one of their user's genre:   %zu (%.1f %%)\n",
            only_of_film, 100 * (double)only_of_film / n, only_of_genre,
            100 * (double)only_of_genre / n);
/*md
> margin: Features are averages over *all* ratings, test ratings included. For {{only_of_film}}
> ratings ({{only_share}}) the film's average *is* the rating that is to be predicted; for
> {{only_of_genre}}, one of the user's averages is that rating. A test on such rows makes the model
> look better than it is. Exercise 2 removes the leak.

An average of one rating also means less than an average of a hundred, but it stands in the same
column. {{figure:02_averages}} shows how film averages are spread, for films with one rating, a few,
and ten or more.
*/
    double bins[3][10] = {{0}}, group[3] = {0};
    for (size_t f = 0; f < my.data.n_films; f++) {
        uint32_t ratings = my.features.film_ratings[f];
        int size = ratings == 1 ? 0 : ratings < 10 ? 1 : 2;
        int bin = (int)(*tt_table_at(my.features.films, f, 2) * 2 + 0.5) - 1;
        bins[size][bin]++;
        group[size]++;
    }
    nb_plot("02_averages", "Averages of films with few and with many ratings",
            "Three lines over stars from 0.5 to 5: films with one rating, 2 to 9, 10 or more");
    for (int bin = 0; bin < 10; bin++) {
        nb_plot_data("%.1f", (bin + 1) / 2.0);
        for (int size = 0; size < 3; size++)
            nb_plot_data(" %.3f", group[size] > 0 ? 100 * bins[size][bin] / group[size] : 0);
        nb_plot_data("\n");
    }
    nb_plot_end("set xlabel 'average stars, to the nearest half'\nset ylabel '% of the films'\n"
                "set xrange [0.3:5.2]\nset xtics 0.5\nset yrange [0:*]\n"
                "plot $data using 1:2 with linespoints title '1 rating', "
                "$data using 1:3 with linespoints title '2 to 9', "
                "$data using 1:4 with linespoints title '10 or more'");
/*md
The network is told the average but not the count, so it cannot know which averages to trust.

## A zero that is not a rating

Where a user has rated no film of a genre there is nothing to average. The tables have 0 there.
But stars begin at 0.5, so to the network a 0 says "worse than the worst rating", when it ought to
say "unknown". How often does that happen?
*/
    size_t averages = my.data.n_users * ML_GENRES, unseen = 0, users_with_unseen = 0;
    size_t by_genre[ML_GENRES] = {0}, most = 0;
    for (size_t u = 0; u < my.data.n_users; u++) {
        bool any = false;
        for (size_t g = 0; g < ML_GENRES; g++) {
            bool none = *tt_table_at(counts, u, g) == 0;
            unseen += none;
            by_genre[g] += none;
            any |= none;
        }
        users_with_unseen += any;
    }
    for (size_t g = 0; g < ML_GENRES; g++)
        if (by_genre[g] > by_genre[most]) most = g;
    nb_value("unseen", "%s", nb_thousands((long long)unseen));
    nb_value("users_with_unseen", "%s", nb_thousands((long long)users_with_unseen));
    nb_value("most", "%s", ml_genres[most]);
    nb_value("most_count", "%zu", by_genre[most]);
    nb_text("genre averages that are 0 because there is none: %zu of %zu (%.1f %%)\n"
            "users who have at least one:                     %zu of %zu\n",
            unseen, averages, 100 * (double)unseen / (double)averages, users_with_unseen,
            my.data.n_users);
/*md
> margin: A genre that a user never rated is coded 0, which is below the lowest rating. This
> concerns {{unseen}} averages of {{users_with_unseen}} users. The genre that is missing most often
> is {{most}} ({{most_count}} users). Lesson 9 makes a new user of whom only two genres are known,
> and meets this again.

The code could be different: the user's overall average in place of the zero would say "no
opinion", and a second column could say whether the genre was rated at all. The lessons keep the
notebook's rule, so that their results can be compared with it.

The rows are ready. Their columns differ greatly in size, though: ids in the thousands, years near
2000, averages between 0 and 5, zeros and ones. The next lesson puts them on one scale.
*/
    tt_table_free(&counts);
    return lesson_close(&my);
}
/*md
## Exercises

1. Compute the first film's average by hand, as in "One number by hand", and check it against the
   film's row.
2. Make features without the leak: for each rating, the film's average over its *other* ratings,
   $(s - y) / (c - 1)$ with the film's sum $s$ and count $c$. What should it be where $c = 1$? How
   far does it differ from the table's average, on average over all ratings?
3. Replace the zeros of unrated genres by the user's overall average. By how much do the mean and
   the standard deviation of the column with the most zeros change?
4. Some films share all 18 features after the id with another film. The model cannot tell such
   films apart. How many are there? (Sort the rows of `features.films`, or compare all pairs.)
*/
