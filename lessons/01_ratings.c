/*md
# What is in the data?

**The question.** A recommender learns from who rated what, and how highly. What do these ratings
look like, and what do they already tell us about the model that will be built on them?

**What you will see.** Two files of text; which of their lines are kept, and why the others are
not; how stars are distributed; which films and which genres are rated often; and how empty the
table of users and films is.

**What it uses.** Section §15 of `twotower.h`, which reads CSV files, and `lessons/movielens.h`,
which knows these two files. The notebook's cells 1 and 2 load data that somebody else prepared;
this lesson starts one step earlier, with the files themselves.

> margin: GroupLens, who publish the data, call this edition a *development* data set: it may
> change, and it is not meant for results that are shared. The measurements in these lessons teach a
> method. They do not rank one method above another.

The ratings come from [MovieLens](https://movielens.org), a service of GroupLens, a research group
at the University of Minnesota. They may be used for research, and may be passed on under the same
conditions. Commercial use needs permission beforehand. Publications that use them must name their
source: F. Maxwell Harper and Joseph A. Konstan, *The MovieLens Datasets: History and Context*, ACM
Transactions on Interactive Intelligent Systems 5, 4 (2015), Article 19,
[doi:10.1145/2827872](https://doi.org/10.1145/2827872). The whole text of the licence is in the
folder of the data.

Every lesson is one C program. It begins like this one, and includes three headers: the library, the
data, and the notebook, which shows and records what the program finds. This lesson has one function
of its own, which says whether a film has a given genre. The genres of a film are written as one
text, such as `Comedy|Romance`.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"
#include <time.h>

static bool has_mark(const char *genres, const char *mark)
{
    size_t n = strlen(mark);
    for (const char *p = genres; *p; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == n && strncmp(p, mark, n) == 0) return true;
    return false;
}
/*md
## Two files

The folder holds `ratings.csv` and `movies.csv`. `lesson_open` reads the options of the command
line, and has `ml_load` read both files. If something in them is wrong, it stops with a message that
names the file, the line and the column. So from here on the data are what they should be.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_DATA, "who rated what, how often, and how high");
    const char *ratings = nb_thousands((long long)my.data.n_ratings);
    const char *users = nb_thousands((long long)my.data.n_users);
    const char *films = nb_thousands((long long)my.data.n_films);
    nb_value("ratings", "%s", ratings);
    nb_value("users", "%s", users);
    nb_value("films", "%s", films);
    nb_key_figure("%s ratings, %s users, %s films", ratings, users, films);
/*md
What does a rating look like? §15 reads a file record by record and keeps one record in memory, so
the size of the file does not matter. A column is found by its name in the file's first line.
*/
    char path[4096];
    tt_csv csv;
    size_t user, film, rating;
    snprintf(path, sizeof path, "%s/ratings.csv", nb.data);
    ml_must(tt_csv_open(&csv, path), &csv.why);
    ml_must(tt_csv_find(&user, &csv, "userId"), &csv.why);
    ml_must(tt_csv_find(&film, &csv, "movieId"), &csv.why);
    ml_must(tt_csv_find(&rating, &csv, "rating"), &csv.why);

    nb_table("01_records", "The first records of ratings.csv", "userId", "movieId", "rating");
    for (int r = 0; r < 5 && tt_csv_next(&csv) == TT_OK; r++) {
        nb_row("%s\t%s\t%s", tt_csv_text(&csv, user), tt_csv_text(&csv, film),
               tt_csv_text(&csv, rating));
    }
    nb_table_end();
    tt_csv_close(&csv);
/*md
This is all we know of a user: a number, and the ratings that the user gave. There is no age, no
country, no name. The file has one more column, the time of the rating in seconds since 1970. The
notebook drops this column. `ml_load` keeps it if the file has it, because lesson 4 will ask what
follows from dropping it.

> margin: Without times there is no before and after. A model may be trained on a rating from this
> year and asked to predict one from ten years ago; lesson 4 measures how often this happens.
*/
    uint32_t first = UINT32_MAX, last = 0;
    for (size_t r = 0; my.data.when && r < my.data.n_ratings; r++) {
        if (my.data.when[r] < first) first = my.data.when[r];
        if (my.data.when[r] > last) last = my.data.when[r];
    }
    char from[32] = "", to[32] = "";
    time_t oldest = (time_t)first, newest = (time_t)last;
    if (last) strftime(from, sizeof from, "%Y-%m-%d", gmtime(&oldest));
    if (last) strftime(to, sizeof to, "%Y-%m-%d", gmtime(&newest));
    if (last)
        nb_text("the ratings were given from %s to %s\n", from, to);
    else
        nb_text("this ratings.csv says nothing of times\n");
/*md
## What is kept

A film is kept if somebody rated it and if it has at least one of 16 genres. The notebook's authors
chose these sixteen, and their order will be the order of columns in every vector of the lessons
that follow. {{table:01_outside}} lists the other marks that MovieLens uses. A film that also has
one of the sixteen loses only the other mark. A film that has none of the sixteen is dropped,
together with its ratings.
*/
    size_t with[ML_OTHER_MARKS] = {0}, only[ML_OTHER_MARKS] = {0}, column;
    snprintf(path, sizeof path, "%s/movies.csv", nb.data);
    ml_must(tt_csv_open(&csv, path), &csv.why);
    ml_must(tt_csv_find(&column, &csv, "genres"), &csv.why);
    while (tt_csv_next(&csv) == TT_OK) {
        const char *genres = tt_csv_text(&csv, column);
        bool known = false;
        for (int g = 0; g < ML_GENRES; g++) known |= has_mark(genres, ml_genres[g]);
        for (int m = 0; m < ML_OTHER_MARKS; m++) {
            with[m] += has_mark(genres, ml_other_marks[m]);
            only[m] += !known && has_mark(genres, ml_other_marks[m]);
        }
    }
    tt_csv_close(&csv);

    nb_table("01_outside", "Marks of movies.csv that are not among the 16 genres", "mark", "films",
             "dropped");
    for (int m = 0; m < ML_OTHER_MARKS; m++) {
        nb_row("%s\t%zu\t%zu", ml_other_marks[m], with[m], only[m]);
    }
    nb_table_end();
    if (my.data.unknown_marks)
        nb_text("%zu %s no genre of MovieLens; the first is \"%s\" in line %zu of movies.csv\n",
                my.data.unknown_marks, my.data.unknown_marks == 1 ? "mark is" : "marks are",
                my.data.unknown_mark, my.data.unknown_line);
/*md
Films without any rating are dropped too: the model learns from ratings, and a film's average rating
will be one of its features. A user is dropped if all the films that the user rated are dropped.
What is left of the files?
*/
    nb_value("other_marks", "%s", nb_thousands((long long)my.data.other_genres));
    nb_value("without_year", "%zu", my.data.without_year);
    nb_value("median_year", my.data.median_year ? "%d" : "%d as no film has one",
             my.data.median_year);
    nb_value("without_genre", "%zu", my.data.without_genre);
    nb_value("unrated", "%zu", my.data.unrated);
    nb_table("01_counts", "Kept and dropped", "what", "in the files", "kept", "dropped");
    nb_row("films\t%zu\t%zu\t%zu", my.data.all_films, my.data.n_films,
           my.data.all_films - my.data.n_films);
    nb_row("ratings\t%zu\t%zu\t%zu", my.data.all_ratings, my.data.n_ratings,
           my.data.all_ratings - my.data.n_ratings);
    nb_row("users\t%zu\t%zu\t%zu", my.data.all_users, my.data.n_users,
           my.data.all_users - my.data.n_users);
    nb_table_end();
    nb_check(my.data.n_films + my.data.without_genre + my.data.unrated == my.data.all_films,
             "every film is kept, or dropped for one reason");
/*md
> margin: The notebook's text speaks of 14 genres, but it has columns for 16. The marks that are
> dropped are not noise: Western is as much a genre as War.

Of the films that are dropped, {{without_genre}} have none of the 16 genres, and {{unrated}} have
such a genre but no rating. The films that are kept lose {{other_marks}} marks that are not among
the sixteen. Titles such as `Heat (1995)` end in the year; the number of kept films whose title has
no year is {{without_year}}. The notebook does not say what it does with such films. Here they get
the median year of the others, {{median_year}}, a value in the middle that does not distort the
scaling of the years.

There remain {{ratings}} ratings of {{films}} films by {{users}} users, and all lessons use these.

## Stars

A rating is a number of stars from 0.5 to 5, in steps of a half. Counting them needs ten counters.
*/
    size_t stars[11] = {0};
    double sum = 0, squares = 0, n = (double)my.data.n_ratings;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        stars[(int)(my.data.stars[r] * 2 + 0.5)]++;
        sum += my.data.stars[r];
        squares += my.data.stars[r] * my.data.stars[r];
    }
    double mean = sum / n, spread = sqrt(squares / n - mean * mean);

    nb_table("01_stars", "How often each number of stars was given", "stars", "ratings", "share");
    for (int half = 1; half <= 10; half++) {
        nb_row("%.1f\t%zu\t%.1f %%", half / 2.0, stars[half], 100 * (double)stars[half] / n);
    }
    nb_table_end();
    size_t total = 0;
    for (int half = 1; half <= 10; half++) total += stars[half];
    nb_check(total == my.data.n_ratings, "the ten counts add up to %zu ratings", my.data.n_ratings);
/*md
{{figure:01_stars}} shows at once what {{table:01_stars}} hides.
*/
    size_t whole = stars[2] + stars[4] + stars[6] + stars[8] + stars[10];
    size_t high = stars[7] + stars[8] + stars[9] + stars[10];
    nb_value("mean", "%.2f", mean);
    nb_value("spread", "%.2f", spread);
    nb_value("whole", "%.0f %%", 100 * (double)whole / n);
    nb_value("high", "%.0f %%", 100 * (double)high / n);
    nb_plot("01_stars", "Ratings by number of stars",
            "A bar for each number of stars from 0.5 to 5, with the numbers of the table");
    for (int half = 1; half <= 10; half++) nb_plot_data("%.1f %zu\n", half / 2.0, stars[half]);
    nb_plot_end("set style fill solid 0.75\nset boxwidth 0.35\nset yrange [0:*]\n"
                "set xrange [0.2:5.3]\nset xtics 0.5\nset xlabel 'stars'\nset ylabel 'ratings'\n"
                "plot $data using 1:2 with boxes notitle");
/*md
Two things matter later. Whole stars are given more readily than half stars: they make up {{whole}}
of all ratings. And ratings are high: {{high}} of them are 3.5 stars or more, the mean is {{mean}},
and the standard deviation is {{spread}}. People mostly watch what they expect to like. Ratings are
not a random sample of opinions, and a model that learns from them learns nothing about films that
people avoid.

The standard deviation is also the first yardstick. A model that always predicts the mean, whoever
asks and whatever the film, is wrong by

$$\sqrt{\frac{1}{N}\sum_{r=1}^{N}(y_r - \bar{y})^2}$$

which is the standard deviation: {{spread}} stars. Lesson 8 asks how much better than that two
neural networks are.

## The films that everybody has seen

We count the ratings of each film and add up their stars. `tt_top_k` (§13) finds the ten highest
of any scores; here the score is the count.
*/
    enum { COUNT, SUM };
    tt_table per_film, per_user;
    tt_matrix scores;
    ml_must(tt_table_new(&per_film, my.data.n_films, 2), NULL);
    ml_must(tt_table_new(&per_user, my.data.n_users, 1), NULL);
    ml_must(tt_matrix_new(&scores, my.data.n_films, 1), NULL);
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        *tt_table_at(per_user, my.data.user[r], COUNT) += 1;
        *tt_table_at(per_film, my.data.film[r], COUNT) += 1;
        *tt_table_at(per_film, my.data.film[r], SUM) += my.data.stars[r];
        *tt_matrix_at(scores, my.data.film[r], 0) += 1;
    }
    uint32_t best[10];
    size_t found = tt_top_k(best, 10, scores.data, my.data.n_films, NULL);

    nb_table("01_most_rated", "The films with the most ratings", "title", "genres", "ratings",
             "average");
    for (size_t i = 0; i < found; i++) {
        double count = *tt_table_at(per_film, best[i], COUNT);
        nb_row("%s\t%s\t%.0f\t%.2f", my.data.films[best[i]].title, my.data.films[best[i]].genres,
               count, *tt_table_at(per_film, best[i], SUM) / count);
    }
    nb_table_end();
/*md
## Genres

A film may have several genres, so the shares in {{table:01_genres}} add up to more than one hundred
per cent. The same counting fills a table of genres against stars.
*/
    tt_table marks, by_stars;
    size_t genre_films[ML_GENRES] = {0};
    ml_must(tt_table_new(&marks, ML_GENRES, 2), NULL);
    ml_must(tt_table_new(&by_stars, ML_GENRES, 10), NULL);
    for (int g = 0; g < ML_GENRES; g++)
        for (size_t f = 0; f < my.data.n_films; f++)
            genre_films[g] += my.data.films[f].has_genre[g];
    for (size_t r = 0; r < my.data.n_ratings; r++)
        for (size_t g = 0; g < ML_GENRES; g++) {
            if (!my.data.films[my.data.film[r]].has_genre[g]) continue;
            *tt_table_at(marks, g, COUNT) += 1;
            *tt_table_at(marks, g, SUM) += my.data.stars[r];
            *tt_table_at(by_stars, g, (size_t)(my.data.stars[r] * 2 - 0.5)) += 1;
        }

    nb_table("01_genres", "The 16 genres", "genre", "films", "ratings", "share", "average stars");
    for (size_t g = 0; g < ML_GENRES; g++) {
        double count = *tt_table_at(marks, g, COUNT);
        nb_cell("%s", ml_genres[g]);
        nb_cell("%zu", genre_films[g]);
        nb_cell("%.0f", count);
        nb_cell("%.1f %%", 100 * count / n);
        nb_cell(count > 0 ? "%.2f" : "–", *tt_table_at(marks, g, SUM) / count);
    }
    nb_table_end();
/*md
Genres differ far more in size than in their averages. That is worth remembering: a feature such as
"the user's average for War films" carries its information in small differences around a common
middle.

In {{figure:01_genres_stars}} each row is divided by its sum, so that rows can be compared. A row
then shows how the ratings of one genre are spread over the stars.
*/
    size_t lowest = 0, highest = 0;
    double averages[ML_GENRES];
    for (size_t g = 0; g < ML_GENRES; g++) {
        double count = *tt_table_at(marks, g, COUNT);
        averages[g] = count > 0 ? *tt_table_at(marks, g, SUM) / count : mean;
        if (averages[g] < averages[lowest]) lowest = g;
        if (averages[g] > averages[highest]) highest = g;
        for (size_t s = 0; s < 10; s++) *tt_table_at(by_stars, g, s) /= count; /* 0 / 0: grey */
    }
    nb_value("lowest", "%s", ml_genres[lowest]);
    nb_value("highest", "%s", ml_genres[highest]);
    nb_value("lowest_average", "%.2f", averages[lowest]);
    nb_value("highest_average", "%.2f", averages[highest]);
    static const char *const labels[10] = {"0.5", "1",   "1.5", "2",   "2.5",
                                           "3",   "3.5", "4",   "4.5", "5"};
    nb_heatmap("01_genres_stars", "Share of each number of stars, genre by genre",
               "Sixteen rows, one per genre, and ten columns, from half a star to five; a genre "
               "that has no ratings is grey",
               ML_GENRES, 10, by_stars.data, ml_genres, labels);
/*md
The genre with the lowest average is {{lowest}} ({{lowest_average}}); the one with the highest is
{{highest}} ({{highest_average}}).

## The long tail

How many ratings does a film have? For each $k$ we count the films that have at least $k$ ratings,
and in the same way the users that gave at least $k$. Both axes are logarithmic: each step to the
right or down is a factor, not a difference.
*/
    tt_table films_with, users_with; /* how many have exactly k */
    ml_must(tt_table_new(&films_with, my.data.n_users + 1, 1), NULL);
    ml_must(tt_table_new(&users_with, my.data.n_films + 1, 1), NULL);
    for (size_t f = 0; f < my.data.n_films; f++)
        films_with.data[(size_t)*tt_table_at(per_film, f, COUNT)] += 1;
    for (size_t u = 0; u < my.data.n_users; u++)
        users_with.data[(size_t)*tt_table_at(per_user, u, COUNT)] += 1;

    nb_plot("01_long_tail", "Films and users with at least k ratings",
            "Two falling curves. The films' curve falls from the start; the users' curve stays "
            "high at first and falls later");
    double left = 100; /* per cent that have at least k */
    for (size_t k = 1; k < films_with.rows; k++) {
        if (films_with.data[k] > 0) nb_plot_data("%zu %.6f\n", k, left);
        left -= 100 * films_with.data[k] / (double)my.data.n_films;
    }
    nb_plot_data("\n\n");
    left = 100;
    for (size_t k = 1; k < users_with.rows; k++) {
        if (users_with.data[k] > 0) nb_plot_data("%zu %.6f\n", k, left);
        left -= 100 * users_with.data[k] / (double)my.data.n_users;
    }
    nb_plot_end("set logscale xy\nset xrange [0.9:*]\nset yrange [*:110]\n"
                "set xlabel 'ratings k'\nset ylabel '% with at least k ratings'\n"
                "plot $data index 0 using 1:2 with linespoints title 'films', "
                "$data index 1 using 1:2 with linespoints title 'users'");
/*md
Most films have few ratings, and a few films have very many. Such a distribution is said to have a
*long tail*. These are the numbers behind {{figure:01_long_tail}}:
*/
    double up_to = 0, tenth = 0, films_taken = 0;
    size_t median = 0, k = films_with.rows;
    while (2 * up_to < (double)my.data.n_films) up_to += films_with.data[++median];
    while (k-- > 1 && films_taken + films_with.data[k] <= (double)my.data.n_films / 10) {
        films_taken += films_with.data[k];
        tenth += (double)k * films_with.data[k];
    }
    double cells = (double)my.data.n_users * (double)my.data.n_films;
    nb_value("once", "%s", nb_thousands((long long)films_with.data[1]));
    nb_value("once_share", "%.0f %%", 100 * films_with.data[1] / (double)my.data.n_films);
    nb_value("tenth", "%.0f %%", 100 * tenth / n);
    nb_value("cells", "%s", nb_thousands((long long)cells));
    nb_text("films with one rating:            %s (%.1f %%)\n"
            "ratings of the median film:       %zu\n"
            "the tenth of films rated most:    %.1f %% of all ratings\n"
            "users x films:                    %s\n"
            "of these, rated:                  %.2f %%\n",
            nb_thousands((long long)films_with.data[1]),
            100 * films_with.data[1] / (double)my.data.n_films, median, 100 * tenth / n,
            nb_thousands((long long)cells), 100 * n / cells);
    double counted = 0;
    for (size_t u = 0; u < my.data.n_users; u++) counted += *tt_table_at(per_user, u, COUNT);
    nb_check(counted == n, "the users' counts add up to the number of ratings");
/*md
This has two consequences. First, of {{once}} films ({{once_share}}) we know the opinion of one user
only. Whatever a model says of such a film rests on the film's genres and year. This is why our
model describes a film by features and not by its number alone. Second, a table with a row for each
user and a column for each film would have {{cells}} cells, almost all of them empty. The library
never makes such a table. It stores ratings as a list of three numbers: a user's row, a film's row,
and the stars. The next lesson makes the rows.
*/
    tt_table_free(&films_with);
    tt_table_free(&users_with);
    tt_table_free(&marks);
    tt_table_free(&by_stars);
    tt_table_free(&per_film);
    tt_table_free(&per_user);
    tt_matrix_free(&scores);
    return lesson_close(&my);
}
/*md
## Exercises

1. {{table:01_most_rated}} is ordered by count. Order it by average instead: let the
   score be the average. What sort of films come first, and how many ratings do they have? Then
   let the score be $(s + 5\bar{y}) / (c + 5)$ with sum $s$, count $c$ and the mean $\bar{y}$ of
   all ratings, and compare.
2. Do users differ in how high they rate? Compute each user's average, and plot a histogram of the
   averages. How large is their standard deviation compared with that of single ratings?
3. Count for each pair of genres the films that have both, and show the 16 x 16 numbers with
   `nb_heatmap`. Which pairs are most common?
4. Read the column `timestamp` again and count the ratings of each year. Do half stars occur in
   every year? (The interface of MovieLens changed in 2003.)
*/
