/*md
# Ratings become rows of numbers

> question: A model computes with numbers. How do a user, of whom we know only some ratings, and a
> film, of which we know a title and some genres, become rows of numbers?

> result: figure:02_rating. One of {{ratings}} ratings as the model will see it: 16 numbers say what
> user {{shown_user}} likes, 18 say what {{shown_film}} is like, and the answer to be learned is
> {{shown_stars}} stars.

> see: Which numbers describe a user and a film; one of them computed by hand; and the weak points
> of these numbers, with their size: averages that contain the answer, and zeros that mean nothing.

> uses: §2 (tables and views) and the rules in `lessons/movielens.h`; lesson 1.

> time: 25 minutes
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

static void print_array(char text[80], const double *numbers, size_t n); /* at the end */
static size_t telling_rating(const ml_data *data);
static void plot_rating(const ml_data *data, const ml_features *features, size_t rating);
/*md
## One rating

> word: feature, features: A feature is one number that describes a case to a model, such as a
> film's year. What a model is to answer can depend on its features and on nothing else.

A row of features must not be a name. Told only that user 7 asks about film 31, a model could learn
by heart what user 7 said of film 31, and nothing that helps with film 32. So a user is described by
what they like, as far as their ratings tell, and a film by what it is like. `lesson_open` has
`ml_make_features` make two tables: a row of 19 numbers for each user, and one for each film.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_FEATURES, "ratings become rows of numbers");
    double n = (double)my.data.n_ratings;

    nb_value("ratings", "%s", nb_thousands((long long)my.data.n_ratings));
    nb_key_figure("%s ratings, each with 19 + 19 numbers",
                  nb_thousands((long long)my.data.n_ratings));
    nb_text("Number of training vectors: %zu\n", my.data.n_ratings);
    nb_plot("02_rating",
            "One rating in numbers: a user's average in each genre, and which genres the film has",
            "Sixteen horizontal bars, a genre each; a genre that the user has not rated has none");
    plot_rating(&my.data, &my.features, telling_rating(&my.data));
    nb_plot_end("set xrange [0:5]\nset yrange [0.3:16.7]\nset grid xtics noytics\n"
                "set style fill solid 0.8 noborder\nset xlabel 'average stars of the user'\n"
                "plot $data index 0 using (0):1:(0):2:($1-0.35):($1+0.35):ytic(3) "
                "with boxxyerror linecolor rgb '#a9c4dc' title 'other genres', "
                "$data index 1 using (0):1:(0):2:($1-0.35):($1+0.35):ytic(3) "
                "with boxxyerror linetype 1 title 'genres of the film'");
/*md
> notebook: It loads its vectors from files that were prepared elsewhere, and calls a rating with
> the row of its user and the row of its film a *training vector*. Here they are computed from the
> ratings, by rules that give the same numbers. This lesson reproduces its cells 2, 4, 5 and 6.

The bars of {{figure:02_rating}} are the user's side: in each genre, the mean of the stars that the
user gave. The dark ones are the genres of the film, whose other two numbers are its year,
{{shown_year}}, and the average of its ratings, {{shown_average}}. You might say at once how much
this user will like such a film. The model has to learn it. Let us see where each number comes from.

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

rounded to two decimals. These lines compute it: they add up the sums of a user rating by rating,
and divide them at the end.

{{code: movielens.h ml__user_features}}

The ratings stand film by film, so the first five rows belong to five users of the first film.
*/
    size_t shown = my.data.n_ratings < 5 ? my.data.n_ratings : 5;
    nb_table_columns("02_users_head", "The users of the first five ratings, a row each",
                     ml_user_columns, ML_COLUMNS);
    for (size_t r = 0; r < shown; r++)
        for (size_t c = 0; c < ML_COLUMNS; c++)
            nb_cell(c < 2 ? "%.0f" : "%.1f", *tt_table_at(my.features.users, my.data.user[r], c));
    nb_table_end();
/*md
> notebook: It breaks headings of more than five letters in two. The page puts them together again;
> the table's CSV file has them as the notebook prints them.

## One number by hand

Trust in a table begins with one number that one has computed oneself. We take the first user, and
of all genres the one with the fewest ratings by this user, but at least five. (If there is none,
the one with the most.) The counts of ratings for each user and genre will be useful later as well.

> fold: how the genre is chosen and its ratings are listed
*/
    const double *first = tt_table_at(my.features.users, 0, 0);
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
    nb_value("first_user", "%.0f", first[0]);
    nb_value("genre", "%s", ml_genres[genre]);

    double sum = 0;
    nb_table("02_by_hand", "The first user's ratings in one genre, from which one feature is made",
             "title", "genres", "stars");
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        const ml_film *film = &my.data.films[my.data.film[r]];
        if (my.data.user[r] != 0 || !film->has_genre[genre]) continue;
        nb_row("%s\t%s\t%.1f", film->title, film->genres, my.data.stars[r]);
        sum += my.data.stars[r];
    }
    nb_table_end();
/*md
The genre is {{genre}}, the user has the id {{first_user}}. Add up the stars, divide by the number
of ratings, and round to hundredths. (C's `rint` rounds halves to the even neighbour, as NumPy
does.)
*/
    double count = *tt_table_at(counts, 0, genre), average = rint(100 * sum / count) / 100;
    double in_table = first[3 + genre];
    nb_text("%.1f / %.0f = %.4f, rounded %.2f; the table has %.2f\n", sum, count, sum / count,
            average, in_table);
    nb_check(average == in_table, "the average by hand is the number in the table");
/*md
## Three columns that the model does not get

Of a user's 19 numbers the model gets the last 16. Why not the first three? The id is a name, as
above. The other two are not what their headings say: a rating counts once for each of the 16 genres
that its film has, so that the rating of a film with three genres counts three times, in the count
and in the average. For the first user:
*/
    nb_value("counted", "%.0f", first[1]);
    nb_value("really", "%u", (unsigned)my.features.user_ratings[0]);
    nb_text("user %.0f: %u ratings, counted as %.0f\n", first[0],
            (unsigned)my.features.user_ratings[0], first[1]);
/*md
> notebook: The heading says "rating count", but {{counted}} is the number of pairs of a rating and
> a genre. User {{first_user}} gave {{really}} ratings. The average of column 3 is distorted in the
> same way: films with many genres count for more.

The count says how much a user rates, and not what. The average says nothing new. As it counts each
rating once for each genre, it is (but for rounding) the mean of the 16 genre averages, each taken
as often as the user has rated that genre:

$$a_u = \frac{1}{\sum_g n_{u,g}} \sum_g n_{u,g} \, a_{u,g}$$

where $n_{u,g}$ is the number of the user's ratings in genre $g$. How near is it to their plain
mean, which a model could compute from what it gets? We leave out genres without a rating.
*/
    double apart = 0, furthest = 0;
    for (size_t u = 0; u < my.data.n_users; u++) {
        double plain = 0, genres = 0;
        for (size_t g = 0; g < ML_GENRES; g++) {
            plain += *tt_table_at(my.features.users, u, 3 + g);
            genres += *tt_table_at(counts, u, g) > 0;
        }
        double difference = fabs(plain / genres - *tt_table_at(my.features.users, u, 2));
        apart += difference / (double)my.data.n_users;
        furthest = fmax(furthest, difference);
    }
    nb_value("apart", "%.2f", apart);
    nb_text("column 3 and the mean of columns 4 to 19: %.2f stars apart on average,\n"
            "%.2f stars for one user\n",
            apart, furthest);
/*md
They are {{apart}} stars apart on average, and further for some users. So little is lost by leaving
the two columns out. {{figure:02_rating}} has only what is kept, and lesson 3 trains a model with
them and one without, and finds no gain.

> notebook: It drops the same three columns, and does not say why.

## A film in 19 numbers

A film's row holds the film's id, the year, the average of all its ratings, and, for each genre, a 1
if the film has it and a 0 if it does not. The genres cannot be one column with the numbers 1 to 16:
then Crime (8) would lie between Action (7) and Thriller (9), and such an order has no meaning. A
code with a column of ones and zeros for each possible value is called *one-hot* or, where several
columns may be 1 as they may here, *multi-hot*.

{{code: movielens.h ml__film_features}}

The model does not get the id. It gets the other 18 numbers. If the first film has at least five
ratings, the first five rows are alike, because they all belong to that film. Nothing in a film's
row depends on who is asking.
*/
    nb_table_columns("02_items_head", "The films of the first five ratings: it is the same film",
                     ml_item_columns, ML_COLUMNS);
    for (size_t r = 0; r < shown; r++)
        for (size_t c = 0; c < ML_COLUMNS; c++)
            nb_cell(c == 2 ? "%.1f" : "%.0f", *tt_table_at(my.features.films, my.data.film[r], c));
    nb_table_end();
/*md
What is to be predicted is one number a rating, the stars.
*/
    char array[80];
    print_array(array, my.data.stars, shown);
    nb_text("y_train[:5]: %s\n", array);
    nb_table("02_y_head", "The answers: the stars of the first five ratings", "y_train");
    for (size_t r = 0; r < shown; r++) nb_cell("%.1f", my.data.stars[r]);
    nb_table_end();
/*md
## Stored once, looked up by number

A user's row is stored once, a film's row is stored once, and a rating is two row numbers and the
stars. Whoever needs the rows side by side copies a few of them (`tt_matrix_gather`, §2), uses them
and forgets them.
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
That is {{once}} MB, where a copy of both rows for each rating would take {{repeated}} MB.

> notebook: It repeats a user's row for each rating of that user, and so for films: {{times}} times
> the memory. On MovieLens' set of 25 million ratings this would take {{large}} GB before training
> starts. At twelve bytes a rating, the same set takes {{small}} GB.

## Averages that know too much

A model is built to guess ratings that do not exist yet. So a feature is honest only if it can be
known *before* the rating is given. Are ours? A film's average is the mean of all its ratings. The
rating that we want the model to guess is one of them.

> word: leak, leaks: A leak is a way by which the answer gets into the features. A model with a leak
> looks good where it is tested, and is worse in use, where the answer does not exist yet.

How large is it? We take a film with two ratings that are two stars apart, and guess each of the two
by the film's average, and, honestly, by the other one.

> fold: how such a film is found
*/
    const tt_table films = my.features.films;
    size_t pair = 0; /* its first rating: those of a film follow each other */
    for (size_t r = 0; r + 1 < my.data.n_ratings; r++)
        if (my.features.film_ratings[my.data.film[r]] == 2 &&
            my.data.film[r] == my.data.film[r + 1] &&
            fabs(my.data.stars[r] - my.data.stars[r + 1]) == 2) {
            pair = r;
            break;
        }
    size_t last = pair + 1 < my.data.n_ratings ? pair + 1 : pair;
    nb_value("pair_film", "%s", my.data.films[my.data.film[pair]].title);
    nb_table("02_pair",
             "One film, two ratings: the average that contains the rating is half as wrong",
             "rating", "average of both", "error", "the other one", "honest error");
    for (size_t r = pair; r <= last; r++) {
        double y = my.data.stars[r], other = my.data.stars[pair + last - r];
        double both = (y + other) / 2;
        nb_row("%.1f\t%.2f\t%.2f\t%.1f\t%.1f", y, both, y - both, other, y - other);
    }
    nb_table_end();
/*md
The film is {{pair_film}}. The average has moved half of the way towards each rating, just because
it contains it. With $c$ ratings it moves by $1/c$ of the way. Let $y$ be the rating, $o$ the mean
of the $c - 1$ others, and $a$ the average of all $c$. Then

$$a = \frac{y + (c - 1) \, o}{c} \qquad y - a = \frac{c - 1}{c} (y - o)$$

The error that we see, $y - a$, is always smaller than the honest one, $y - o$: half of it for two
ratings, nine tenths for ten. If the film has one rating, $y - a$ is 0, as the "average" is the
answer. Now for all ratings: each is guessed by its film's average, and by the average of the film's
*other* ratings. (Where there are none, the honest guess is the mean of all ratings, as in lesson
1.)
*/
    enum { SIZES = 7 };
    static const char *const sizes[SIZES] = {"1",        "2",          "3 to 4", "5 to 9",
                                             "10 to 49", "50 or more", "all"};
    static const uint32_t at_least[SIZES] = {1, 2, 3, 5, 10, 50, 0};
    double mean = 0, ratings[SIZES] = {0}, leaky[SIZES] = {0}, honest[SIZES] = {0};
    for (size_t r = 0; r < my.data.n_ratings; r++) mean += my.data.stars[r] / n;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        double y = my.data.stars[r], c = my.features.film_ratings[my.data.film[r]];
        double error = y - my.features.film_means[my.data.film[r]];
        double honest_error = c > 1 ? error * c / (c - 1) : y - mean;
        for (int size = SIZES - 1, found = 0; size >= 0; size--) {
            if (at_least[size] > c || (found && at_least[size])) continue;
            found = at_least[size] > 0; /* the last row counts all */
            ratings[size]++;
            leaky[size] += error * error;
            honest[size] += honest_error * honest_error;
        }
    }
    nb_table("02_leak", "RMSE of guessing by the film's average, with the rating in it and without",
             "ratings of the film", "ratings", "leaky", "honest");
    for (int size = 0; size < SIZES; size++) {
        nb_cell("%s", sizes[size]);
        nb_cell("%.0f", ratings[size]);
        nb_cell(ratings[size] > 0 ? "%.2f" : "–", sqrt(leaky[size] / ratings[size]));
        nb_cell(ratings[size] > 0 ? "%.2f" : "–", sqrt(honest[size] / ratings[size]));
    }
    nb_table_end();
/*md
The leak is huge for rarely rated films and next to nothing for the famous ones. Where a film has
two ratings, its average seems to be an excellent guess ({{pair_leaky}}). Honestly it is a bad one
({{pair_honest}}), worse than the baseline of lesson 1 ({{baseline}}): the opinion of one other
person is worth less than the mean of all. Over all ratings the leak turns {{honest_all}} stars into
{{leaky_all}}.

The users' averages leak in the same way, and each user has 16 of them. We count the worst cases:
the ratings that are their film's only one, and those that are their user's only one in some genre.
*/
    size_t only_of_film = 0, only_of_genre = 0;
    double spread = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        bool alone = false;
        for (size_t g = 0; g < ML_GENRES; g++)
            alone |= my.data.films[my.data.film[r]].has_genre[g] &&
                     *tt_table_at(counts, my.data.user[r], g) == 1;
        only_of_genre += alone;
        only_of_film += my.features.film_ratings[my.data.film[r]] == 1;
        spread += (my.data.stars[r] - mean) * (my.data.stars[r] - mean);
    }
    nb_value("pair_leaky", "%.2f", sqrt(leaky[1] / ratings[1]));
    nb_value("pair_honest", "%.2f", sqrt(honest[1] / ratings[1]));
    nb_value("leaky_all", "%.2f", sqrt(leaky[SIZES - 1] / n));
    nb_value("honest_all", "%.2f", sqrt(honest[SIZES - 1] / n));
    nb_value("baseline", "%.2f", sqrt(spread / n));
    nb_text("ratings that are the only one of their film:           %zu (%.1f %%)\n"
            "ratings that are the only one of their user's genre:   %zu (%.1f %%)\n",
            only_of_film, 100 * (double)only_of_film / n, only_of_genre,
            100 * (double)only_of_genre / n);
/*md
The next lessons keep these features all the same, so that their numbers can be compared with the
notebook's. But remember that every error they report is too small. Lesson 8 makes the features
anew, from those ratings alone that the model may know, and measures by how much.

> notebook: Its averages leak in just this way, and it says nothing about it.

An average of one rating also means less than an average of a hundred, but it stands in the same
column. {{figure:02_averages}} shows how film averages are spread, for films with one rating, a few,
and ten or more.

> fold: how the averages are sorted into bins
*/
    double bins[3][10] = {{0}}, group[3] = {0};
    for (size_t f = 0; f < my.data.n_films; f++) {
        uint32_t size = my.features.film_ratings[f];
        int kind = size == 1 ? 0 : size < 10 ? 1 : 2;
        int bin = (int)(*tt_table_at(films, f, 2) * 2 + 0.5) - 1;
        bins[kind][bin]++;
        group[kind]++;
    }
    nb_plot("02_averages",
            "Averages of films: one rating can be anything, ten or more seldom leave "
            "the middle",
            "Three lines over stars from 0.5 to 5: films with one rating, 2 to 9, 10 or more");
    for (int bin = 0; bin < 10; bin++) {
        nb_plot_data("%.1f", (bin + 1) / 2.0);
        for (int kind = 0; kind < 3; kind++)
            nb_plot_data(" %.3f", group[kind] > 0 ? 100 * bins[kind][bin] / group[kind] : 0);
        nb_plot_data("\n");
    }
    nb_plot_end("set xlabel 'average stars, to the nearest half'\nset ylabel '% of the films'\n"
                "set xrange [0.3:5.2]\nset xtics 0.5\nset yrange [0:*]\n"
                "plot $data using 1:2 with linespoints title '1 rating', "
                "$data using 1:3 with linespoints title '2 to 9', "
                "$data using 1:4 with linespoints title '10 or more'");
/*md
The model is told the average but not the count, so it cannot know which averages to trust.

## A zero that is not a rating

Where a user has rated no film of a genre there is nothing to average. The tables have 0 there. But
stars begin at 0.5, so to the model a 0 says "worse than the worst rating", when it ought to say
"unknown". How often does that happen?
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
    nb_value("most", "%s", ml_genres[most]);
    nb_value("most_count", "%zu", by_genre[most]);
    nb_text("genre averages that are 0 because there is none: %zu of %zu (%.1f %%)\n"
            "users who have at least one:                     %zu of %zu\n",
            unseen, averages, 100 * (double)unseen / (double)averages, users_with_unseen,
            my.data.n_users);
/*md
The genre that is missing most often is {{most}}, for {{most_count}} users. The code could be
different: the user's overall average in place of the zero would say "no opinion", and a second
column could say whether the genre was rated at all.

> notebook: A genre that a user never rated is coded 0, below the lowest rating. The lessons keep
> this, so that results can be compared. Lesson 9 meets it again, with a new user of whom only two
> genres are known.

The rows are ready. Their columns differ greatly in size, though: years near 2000, averages between
0 and 5, zeros and ones. The next lesson puts them on one scale.

> fold: the end of the program, and how the first figure is drawn
*/
    tt_table_free(&counts);
    return lesson_close(&my);
}

/* A rating of the film rated most, by a user who has not rated every genre, so that it shows. */
static size_t telling_rating(const ml_data *data)
{
    uint32_t *films = ml_new(data->n_films, sizeof *films), *genres;
    size_t most = 0, chosen = data->n_ratings;
    genres = ml_new(data->n_users, sizeof *genres); /* bits */
    for (size_t r = 0; r < data->n_ratings; r++) {
        if (++films[data->film[r]] > films[most]) most = data->film[r];
        for (int g = 0; g < ML_GENRES; g++)
            genres[data->user[r]] |= (uint32_t)data->films[data->film[r]].has_genre[g] << g;
    }
    for (size_t r = data->n_ratings; r-- > 0;) {
        bool all = genres[data->user[r]] == (1u << ML_GENRES) - 1;
        if (data->film[r] == most && (!all || chosen == data->n_ratings)) chosen = r;
    }
    free(films);
    free(genres);
    return chosen;
}

/* Bars of the user's averages from top to bottom; those of the film's genres are of another
   colour. */
static void plot_rating(const ml_data *data, const ml_features *features, size_t rating)
{
    const ml_film *film = &data->films[data->film[rating]];
    const double *user = tt_table_at(features->users, data->user[rating], 0);
    const double *item = tt_table_at(features->films, data->film[rating], 0);
    nb_value("shown_user", "%.0f", user[0]);
    nb_value("shown_film", "%s", film->title);
    nb_value("shown_stars", "%.1f", data->stars[rating]);
    nb_value("shown_year", "%.0f", item[1]);
    nb_value("shown_average", "%.2f", item[2]);
    for (int has = 0; has < 2; has++) {
        for (int g = 0; g < ML_GENRES; g++)
            if (film->has_genre[g] == (has == 1))
                nb_plot_data("%d %.2f %s\n", ML_GENRES - g, user[3 + g], ml_genres[g]);
        nb_plot_data("\n\n");
    }
}

/* NumPy prints an array with as many decimals as it needs, and with blanks where a zero would
   follow the point: "[4.  4.  4.5]".  At most one decimal and eight numbers. */
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
## Exercises

1. Compute the first film's average by hand, as in "One number by hand", and check it against the
   film's row.

   > hint: The film's ratings are those with `my.data.film[r] == 0`. Round as there.

   > answer: 02_1
   > Film averages are simple: each rating counts once, whatever the genres.

2. Remove the leak by leaving each rating out of its own average: for each rating, the film's
   average over its *other* ratings, $o = (s - y) / (c - 1)$ with the film's sum $s$ and count $c$.
   As a guess this is honest; {{table:02_leak}} uses it. Is it an honest *feature*, for a model that
   learns from all ratings? Look at the ratings of one film: how does $o$ go with $y$?

   > hint: $s$ and $c$ are the same for all ratings of a film. Solve for $y$.

   > answer: 02_2
   > No. Within one film $y = s - (c - 1) \, o$ exactly: the higher the rating, the lower the
   > average of the others. A model that can tell the film by its year and genres could read the
   > answer off the feature, with the sign turned. What helps is to compute all averages from some
   > of the ratings, and to judge the model by the others. Lesson 8 does that.

3. Replace the zeros of unrated genres by the user's overall average, which is column 3. By how much
   do the mean and the standard deviation of the column with the most zeros change?

   > hint: An average of 0 occurs only where there is no rating, as stars begin at 0.5.

   > answer: 02_3
   > The zeros make up most of the column's spread: they lie further from the mean than any real
   > average. Without them the column says what it is meant to say.

4. Some films share all 18 features after the id with another film. The model cannot tell such films
   apart. How many are there?

   > hint: Sort the rows of `my.features.films` by their columns 2 to 19, with `memcmp`, so that
   > equal rows become neighbours.

   > answer: 02_4
   > Most of them have a single genre, and few ratings, so that their averages are round numbers.
   > Lesson 11 finds them again, as films at distance zero.
*/
