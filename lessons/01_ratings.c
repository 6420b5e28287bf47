/*md
# Who rated what

> question: How high do people rate films, and how well can one guess a rating before anything has
> been learned?

> result: figure:01_stars. {{users}} users gave {{films}} films {{ratings}} ratings, and {{high}} of
> them are 3.5 stars or more. Whoever always guesses {{mean}} stars is wrong by {{rmse}} stars,
> where large errors count for more than small ones. Every later lesson must be better than that.

> see: Two files of text; which of their lines are kept, and why the others are not; how stars are
> spread; the first guess and its error; which films and genres are rated often; and how empty the
> table of users and films is.

> uses: §15 (tables from CSV) and §13 (the ten highest of many numbers).

> time: 20 minutes
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"
#include <time.h>

static bool has_mark(const char *genres, const char *mark); /* at the end of this file */
/*md
## What is to be built

A recommender answers a question about a user and a film that this user has not seen: how many stars
would the user give it? If the answers are good, the films with the highest ones are worth
recommending. Nobody can write down a rule for it. There are too many films, and nothing in a title
says who will like it. So the rule is *learned* from ratings that people really gave.

> word: model, models: A model is a rule that computes an answer from what is known of a case. Some
> of its numbers are not chosen by us: they are adjusted until its answers fit known cases. Here a
> case is a user and a film, and the answer is a number of stars.

This course builds such a model from nothing, in eleven small C programs. It needs no more than C,
school calculus and the product of two matrices. Each new word is explained where it is first
needed.

The course reproduces a well-known Keras notebook, which trains a two-tower recommender on these
very data. From here on we call it *the notebook*. It is the programming assignment "Deep Learning
for Content-Based Filtering" of the course [Unsupervised Learning, Recommenders, Reinforcement
Learning](https://www.coursera.org/learn/unsupervised-learning-recommenders-reinforcement-learning)
by DeepLearning.AI and Stanford. You need not have seen it.

> notebook: Where a lesson computes what a cell of the notebook does, or finds a slip in one, a note
> like this says so. All others may skip these notes. The notebook's cells 1 and 2 load data that
> somebody had prepared. This lesson starts one step earlier, at the files themselves.

The ratings come from [MovieLens](https://movielens.org), a service of GroupLens, a research group
at the University of Minnesota. They may be used for research, and may be passed on under the same
conditions. Commercial use needs permission beforehand. Publications that use them must name their
source: F. Maxwell Harper and Joseph A. Konstan, *The MovieLens Datasets: History and Context*, ACM
Transactions on Interactive Intelligent Systems 5, 4 (2015), Article 19,
[doi:10.1145/2827872](https://doi.org/10.1145/2827872). The whole text of the licence is in the
folder of the data.

> margin: GroupLens call this edition a *development* data set: it may change, and it is not meant
> for results that are shared. The measurements in these lessons teach a method. They do not rank
> one method above another.

## Two files

The folder of the data holds `ratings.csv` and `movies.csv`. `lesson_open` reads the options of the
command line, and then both files. If something in them is wrong, it stops with a message that names
the file, the line and the column, so that from here on the data are what they should be.
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
    nb_text("%s ratings of %s films by %s users\n", ratings, films, users);
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

    nb_table("01_records", "The first records of ratings.csv: who, what, how many stars", "userId",
             "movieId", "rating");
    for (int r = 0; r < 5 && tt_csv_next(&csv) == TT_OK; r++) {
        nb_row("%s\t%s\t%s", tt_csv_text(&csv, user), tt_csv_text(&csv, film),
               tt_csv_text(&csv, rating));
    }
    nb_table_end();
    tt_csv_close(&csv);
/*md
This is all we know of a user: a number, and the ratings that the user gave. There is no age, no
country, no name. The file has one more column, the time of the rating in seconds since 1970. The
model will not use it. `ml_load` keeps it in `my.data.when` if the file has it, because lesson 4
asks what follows from ignoring it.
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

A film is kept if somebody rated it and if it has at least one of 16 genres, from Adventure to
Documentary. Their order, in `ml_genres`, will be the order of columns in every row of numbers that
the next lessons make. {{table:01_outside}} counts the other marks that MovieLens uses. A film that
also has one of the sixteen loses only the other mark. A film that has none of the sixteen is
dropped, together with its ratings.

> fold: how the other marks of movies.csv are counted
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
> notebook: Its text speaks of 14 genres, but it has columns for 16. The marks that it drops are not
> noise: Western is as much a genre as War.

Films without any rating are dropped too, because nothing can be learned about them from ratings. A
user is dropped if all the films that the user rated are dropped. What is left of the files?
*/
    nb_value("other_marks", "%s", nb_thousands((long long)my.data.other_genres));
    nb_value("without_year", "%zu", my.data.without_year);
    nb_value("median_year", my.data.median_year ? "%d" : "%d as no film has one",
             my.data.median_year);
    nb_value("without_genre", "%zu", my.data.without_genre);
    nb_value("unrated", "%zu", my.data.unrated);
    nb_table("01_counts", "Kept and dropped: hardly anything is lost", "what", "in the files",
             "kept", "dropped");
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
Of the films that are dropped, {{without_genre}} have none of the 16 genres, and {{unrated}} have
such a genre but no rating. The films that are kept lose {{other_marks}} marks that are not among
the sixteen. Titles such as `Heat (1995)` end in the year. The number of kept films whose title has
no year is {{without_year}}. They get the median year of the others, {{median_year}}.

## Stars

A rating is a number of stars from 0.5 to 5, in steps of a half. Counting them needs ten counters.
*/
    size_t stars[11] = {0};
    double sum = 0, n = (double)my.data.n_ratings;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        stars[(int)(my.data.stars[r] * 2)]++;
        sum += my.data.stars[r];
    }
    double mean = sum / n;
    size_t whole = stars[2] + stars[4] + stars[6] + stars[8] + stars[10];
    size_t high = stars[7] + stars[8] + stars[9] + stars[10], most = 1;
    for (int half = 1; half <= 10; half++)
        if (stars[half] > stars[most]) most = (size_t)half;

    nb_value("mean", "%.2f", mean);
    nb_value("whole", "%.0f %%", 100 * (double)whole / n);
    nb_value("high", "%.0f %%", 100 * (double)high / n);
    nb_plot("01_stars",
            "Ratings by number of stars: whole stars are given far more often than "
            "halves, and most ratings are high",
            "A bar for each number of stars from 0.5 to 5, and a dashed line at the mean");
    for (int half = 1; half <= 10; half++) nb_plot_data("%.1f %zu\n", half / 2.0, stars[half]);
    nb_plot_data("\n\n%.4f 0\n%.4f %zu\n", mean, mean, stars[most]);
    nb_plot_end("set style fill solid 0.75\nset boxwidth 0.35\nset yrange [0:*]\n"
                "set xrange [0.2:5.3]\nset xtics 0.5\nset xlabel 'stars'\nset ylabel 'ratings'\n"
                "plot $data index 0 using 1:2 with boxes notitle, "
                "$data index 1 using 1:2 with lines linetype 2 dashtype 2 title 'the mean'");
/*md
Two things matter later. Whole stars are given more readily than half stars: they make up {{whole}}
of all ratings. And ratings are high: the mean of all is {{mean}} stars. People mostly watch what
they expect to like. Ratings are not a random sample of opinions, and whoever learns from them
learns nothing about films that people avoid.

## The first guess, and how wrong it is

Suppose that we know nothing of a user and a film but these bars. Then the best that we can do is to
guess the same number every time, and the mean suggests itself. How wrong is that? Take the first
five ratings of `my.data`, which are sorted film by film, and so are not those of
{{table:01_records}}. The *error* of a guess is the rating minus the guess. Positive and negative
errors must not cancel, and one large error is worse than two small ones; so we square each error,
take the mean of the squares, and, to have stars again and not squared stars, the root.
*/
    double squares = 0, shown = n < 5 ? n : 5;
    nb_table("01_guess", "The mean as a guess for the first ratings", "rating", "guess", "error",
             "squared");
    for (size_t r = 0; r < (size_t)shown; r++) {
        double error = my.data.stars[r] - mean;
        squares += error * error;
        nb_row("%.1f\t%.2f\t%.2f\t%.2f", my.data.stars[r], mean, error, error * error);
    }
    nb_table_end();
    nb_text("mean of the squares: %.2f; its root: %.2f stars\n", squares / shown,
            sqrt(squares / shown));
/*md
> word: RMSE: The RMSE, the root of the mean squared error, says how far guesses lie from what was
> really given, in stars. For $N$ ratings $y_r$ and guesses $p_r$ it is
> $\sqrt{\frac{1}{N} \sum_{r=1}^{N} (y_r - p_r)^2}$. As large errors count for more, it is never
> below the mean size of the errors.

The same for all ratings, in four lines:
*/
    double all_squares = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++)
        all_squares += (my.data.stars[r] - mean) * (my.data.stars[r] - mean);
    double rmse = sqrt(all_squares / n);

    nb_value("rmse", "%.2f", rmse);
    nb_text("RMSE of always %.2f: %.4f stars\n", mean, rmse);
    nb_key_figure("always guessing %.2f stars: %.2f stars wrong", mean, rmse);
/*md
Would another constant have been better? The mean squared error of the guess $p$ is a parabola in
$p$, with its lowest point where the derivative is zero:

$$\frac{d}{dp} \frac{1}{N} \sum_{r=1}^{N} (y_r - p)^2 = -\frac{2}{N} \sum_{r=1}^{N} (y_r - p) = 0
\qquad p = \frac{1}{N} \sum_{r=1}^{N} y_r$$

That is the mean. No constant does better, and its RMSE has a name that you may know from
statistics: it is the standard deviation of the ratings.

> word: baseline, baselines: A baseline is a simple guess whose error a model must undercut, or it
> has learned nothing worth having. The first one is to say {{mean}} stars to everybody, always; its
> RMSE is {{rmse}} stars.

An error says little without a baseline beside it. With one it says at once how much has been
learned. Lesson 8 has better baselines.
*/
    double lower = 0, higher = 0;
    for (size_t r = 0; r < my.data.n_ratings; r++) {
        lower += (my.data.stars[r] - mean + 0.1) * (my.data.stars[r] - mean + 0.1);
        higher += (my.data.stars[r] - mean - 0.1) * (my.data.stars[r] - mean - 0.1);
    }
    nb_check(all_squares < lower && all_squares < higher,
             "a tenth of a star less or more makes the guess worse");
/*md
## The films that everybody has seen

We count the ratings of each film and add up their stars. `tt_top_k` (§13) finds the ten highest of
any scores; here the score is the count.
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

    nb_table("01_most_rated", "The films with the most ratings, and the mean of their stars",
             "title", "genres", "ratings", "stars");
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

    nb_table("01_genres", "The 16 genres: very different in size, much alike in their stars",
             "genre", "films", "ratings", "share", "mean stars");
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
Genres differ far more in size than in their means. That is worth remembering: what a user's ratings
of War films say about the user lies in small differences around a common middle.

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
    static const char *const labels[10] = {"0.5", "1",   "1.5", "2",   "2.5",
                                           "3",   "3.5", "4",   "4.5", "5"};
    nb_value("lowest", "%s", ml_genres[lowest]);
    nb_value("highest", "%s", ml_genres[highest]);
    nb_value("lowest_average", "%.2f", averages[lowest]);
    nb_value("highest_average", "%.2f", averages[highest]);
    nb_heatmap("01_genres_stars",
               "How many of 100 ratings of a genre have 0.5 to 5 stars: four is the usual answer "
               "in every genre",
               "Sixteen rows, one per genre, and ten columns, from half a star to five; a genre "
               "that has no ratings is empty",
               ML_GENRES, 10, by_stars.data, ml_genres, labels);
/*md
The genre with the lowest mean is {{lowest}} ({{lowest_average}}); the one with the highest is
{{highest}} ({{highest_average}}).

## The long tail

How many ratings does a film have? For each $k$ we count the films that have at least $k$ ratings,
and in the same way the users that gave at least $k$. Both axes of {{figure:01_long_tail}} are
logarithmic: each step to the right or down is a factor, not a difference.
*/
    tt_table films_with, users_with; /* how many have exactly k */
    ml_must(tt_table_new(&films_with, my.data.n_users + 1, 1), NULL);
    ml_must(tt_table_new(&users_with, my.data.n_films + 1, 1), NULL);
    for (size_t f = 0; f < my.data.n_films; f++)
        films_with.data[(size_t)*tt_table_at(per_film, f, COUNT)] += 1;
    for (size_t u = 0; u < my.data.n_users; u++)
        users_with.data[(size_t)*tt_table_at(per_user, u, COUNT)] += 1;

    nb_plot("01_long_tail",
            "Films and users with at least k ratings: most films have few, most users gave many",
            "Two falling curves. The films' curve falls from the start; the users' curve stays "
            "high at first and falls later");
    for (int who = 0; who < 2; who++) {
        tt_table exactly = who ? users_with : films_with;
        double left = 100; /* per cent that have at least k */
        for (size_t k = 1; k < exactly.rows; k++) {
            if (exactly.data[k] > 0) nb_plot_data("%zu %.6f\n", k, left);
            left -= 100 * exactly.data[k] / (double)(who ? my.data.n_users : my.data.n_films);
        }
        nb_plot_data("\n\n");
    }
    nb_plot_end("set logscale xy\nset xrange [0.9:*]\nset yrange [*:110]\n"
                "set format y '%g %%'\nset xlabel 'k'\nset ylabel 'have at least k ratings'\n"
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
    double cells = (double)my.data.n_users * (double)my.data.n_films, counted = 0;
    for (size_t u = 0; u < my.data.n_users; u++) counted += *tt_table_at(per_user, u, COUNT);

    nb_value("once", "%s", nb_thousands((long long)films_with.data[1]));
    nb_value("once_share", "%.0f %%", 100 * films_with.data[1] / (double)my.data.n_films);
    nb_value("cells", "%s", nb_thousands((long long)cells));
    nb_value("filled", "%.1f %%", 100 * n / cells);
    nb_text("films with one rating:            %s (%.1f %%)\n"
            "ratings of the median film:       %zu\n"
            "the tenth of films rated most:    %.1f %% of all ratings\n"
            "users x films:                    %s\n"
            "of these, rated:                  %.2f %%\n",
            nb_thousands((long long)films_with.data[1]),
            100 * films_with.data[1] / (double)my.data.n_films, median, 100 * tenth / n,
            nb_thousands((long long)cells), 100 * n / cells);
    nb_check(counted == n, "the users' counts add up to the number of ratings");
/*md
This has two consequences. First, of {{once}} films ({{once_share}}) we know the opinion of one user
only. Whatever a model says of such a film rests on the film's genres and year. This is why ours
will describe a film by what it is like, and not by its number alone. Second, a table with a row for
each user and a column for each film would have {{cells}} cells, of which {{filled}} are filled. We
never make such a table. A rating is stored as three numbers: a user's row, a film's row, and the
stars. The next lesson makes these rows.

> fold: the end of the program, and how a mark is found in a list such as Comedy|Romance
*/
    tt_table *tables[] = {&films_with, &users_with, &marks, &by_stars, &per_film, &per_user};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) tt_table_free(tables[i]);
    tt_matrix_free(&scores);
    return lesson_close(&my);
}

static bool has_mark(const char *genres, const char *mark)
{
    size_t length = strlen(mark);
    for (const char *p = genres; *p; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == length && strncmp(p, mark, length) == 0) return true;
    return false;
}
/*md
## Exercises

1. {{table:01_most_rated}} is ordered by count. Order the films by their mean stars instead, $s / c$
   with a film's sum $s$ and count $c$. What sort of films come first? Then let the score be
   $(s + 5m) / (c + 5)$, where $m$ is the mean of all ratings: as if five more users had rated each
   film, with the first guess. Compare.

   > hint: Change what is written into `scores` before `tt_top_k`. How many films have a mean of
   > exactly 5, and how many ratings have they?

   > answer: 01_1
   > Many films have a mean of 5 stars, nearly all of them from one or two ratings: one enthusiast
   > is enough. The damped mean trusts a film only as far as its ratings go. With many ratings the
   > five invented ones hardly matter; with one they decide.

2. Do users differ in how high they rate? Guess each rating by the mean of its user's ratings. What
   is the RMSE now, beside the {{rmse}} stars of the first guess?

   > hint: Two passes over the ratings: one to add up each user's stars, one for the errors.

   > answer: 01_2
   > Users differ by almost half a star. Knowing who asks makes the guess better, and that before
   > anything is known of the film. But take care: each user's mean contains the very rating that it
   > guesses. Lesson 2 comes back to this.

3. Count for each pair of genres the films that have both. Which pair is the most common? And which
   genre appears most often alone?

   > hint: `my.data.films[f].has_genre[g]` and `my.data.films[f].n_genres`.

   > answer: 01_3
   > Drama goes with nearly everything, and is the genre that most often stands alone. But Children
   > go with Animation, and Horror with Thriller: genres come in families, and so the columns of the
   > next lesson repeat each other to some degree.

4. `my.data.when[r]` is the time of rating `r`, in seconds since 1970. When was the first half star
   given (0.5, 1.5, and so on)? What share of the ratings after that time are half stars?

   > hint: A rating is a half star if `stars[r] != rint(stars[r])`. `gmtime` makes a date of a time.

   > answer: 01_4
   > The site changed what could be clicked. Before that day a user could not say 3.5. Data have a
   > history, and {{figure:01_stars}} is the sum of two.
*/
