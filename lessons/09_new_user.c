/*md
# Films for a new user

> question: Which films suit somebody who does not occur in the data?

> result: table:09_second_try. Ten of {{films}} films for somebody who has rated nothing, and only
> says: I love adventures and fantasy. The model of lesson 7 promises {{top_means}} stars.

> see: The ten best films for such a person, computed step by step, and again by one call of the
> library; a zero that spoils the first list; and a better one.

> uses: §9 (scalers), §11 (`tt_embed`) and §13 (`tt_top_k`, `tt_recommend`); lessons 2, 3 and 5.

> time: 20 minutes
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"
#include "drawing.h"
/*md
A table of ratings knows only who is in it. A person who comes for the first time has no row there,
and no rating from which their taste could be guessed.

> word: cold start, cold starts: A recommender makes a cold start when it meets a new user or a new
> film: there are no ratings yet to learn from.

Here the towers help. The user tower never sees who somebody is. It takes 16 averages, one for each
genre, and turns them into a vector. So whoever can say how much they like each genre has all that
the tower needs.

> fold: names for the lists, and of the functions that stand at the end of this file
*/
enum { LIST = 10, UNSEEN = 0 };
enum variant { ZEROS, MEANS, OWN_MEAN, VARIANTS };
static const char *const variant_names[VARIANTS] = {"zeros", "means of the genres",
                                                    "the user's own mean"};

// What the model says when unknown genres are filled in one way.
typedef struct guess {
    tt_matrix scores; // of all films
    uint32_t best[LIST];
    size_t found;
} guess;

static bool is_liked(int genre);
static guess guess_with(lesson *my, tt_matrix vectors, enum variant variant);
static double stars_of(const lesson *my, const guess *g, uint32_t film);
static const char *draw_row(const lesson *my, const double *z, double width);
static const char *draw_slopes(const lesson *my, const guess *guesses, double width);
static char *ridges(const lesson *my, const guess *guesses);
/*md
## A row for somebody new

Our person gives 5 stars to adventures and 5 to fantasy, and says nothing about the other fourteen
genres. Something must stand in their places. The obvious choice is 0, as lesson 2 wrote it for
genres that a user has never rated.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_MODEL, "recommends films to a new user");

    tt_table user;
    ml_must(tt_table_new(&user, 1, ML_GENRES), NULL);
    for (int g = 0; g < ML_GENRES; g++) user.data[g] = is_liked(g) ? 5 : UNSEEN;
    for (int g = 0; g < ML_GENRES; g++)
        nb_text("%s %.0f%s", ml_genres[g], user.data[g], g % 4 == 3 ? "\n" : ", ");

/*md
> notebook: The notebook's row has three more columns: 5000 as the user's id, 3 ratings, and an
> average of 0.0. Three ratings with that average cannot be, because the lowest rating is 0.5. It
> does no harm, because these columns don't go into the network. This lesson reproduces cells 16
> and 17.

## Into the user tower

The model brings its scalers along, so the row is scaled exactly as the rows of the training were
(lesson 3): minus the mean of the genre, divided by its standard deviation. For {{liked}}, that is

$$z = \frac{5 - {{liked_mean}}}{{{liked_scale}}} = {{liked_z}}$$

Then the tower turns the row into a vector of length one.
*/
    tt_table scaled;
    tt_matrix input, user_vector;
    size_t width = my.model.user.layers[my.model.user.depth - 1].bias.cols;
    ml_must(tt_table_new(&scaled, 1, ML_GENRES), NULL);
    tt_standard_transform(scaled, user, &my.model.user_scaler);
    ml_must(tt_matrix_from_table(&input, scaled), NULL);
    ml_must(tt_matrix_new(&user_vector, 1, width), NULL);
    ml_must(tt_embed(user_vector, &my.model.user, input, &my.run), &my.run.why);
    double square = 0;
    for (size_t d = 0; d < width; d++)
        square += (double)user_vector.data[d] * (double)user_vector.data[d];
    nb_check(fabs(square - 1) < 1e-5, "the user's vector has %zu elements and length one", width);
    int liked = 0;
    while (!is_liked(liked)) liked++;
    nb_value("liked", "%s", ml_genres[liked]);
    nb_value("liked_mean", "%.4f", my.model.user_scaler.mean[liked]);
    nb_value("liked_scale", "%.4f", my.model.user_scaler.scale[liked]);
    nb_value("liked_z", "%.2f", scaled.data[liked]);

/*md
## All films at once

The films' vectors don't depend on the user: they are made once, for all users to come. The
prediction for film $f$ is the dot product of two vectors, $p_f = u \cdot v_f$. All {{films}} of
them are one matrix product, a row times a matrix (lesson 5), and `tt_top_k` picks the ten highest.
*/
    tt_matrix vectors, scores;
    ml_must(tt_matrix_new(&vectors, my.data.n_films, width), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);
    ml_must(tt_matrix_new(&scores, 1, my.data.n_films), NULL);
    tt_matmul_nt(scores, user_vector, vectors);
    uint32_t best[LIST];
    size_t found = tt_top_k(best, LIST, scores.data, my.data.n_films, NULL);
    nb_value("films", "%s", nb_thousands((long long)my.data.n_films));

    nb_table("09_new_user", "With zeros for what is unknown, the list is odd: films of one rating",
             "+predicted stars", "-y_p", "-movie id", "rating ave", "+ratings", "title", "genres");
    for (size_t i = 0; i < found; i++) {
        const ml_film *film = &my.data.films[best[i]];
        double stars = ml_stars(&my.inputs, (double)scores.data[best[i]]);
        nb_row("%.3f\t%.1f\t%lld\t%.1f\t%lu\t%s\t%s", stars, stars, (long long)film->id,
               my.features.film_means[best[i]], (unsigned long)my.features.film_ratings[best[i]],
               film->title, film->genres);
    }
    nb_table_end();

/*md
In the table, *rating ave* is the mean of the film's ratings, and *ratings* their number. The list
is not convincing. Most of these films have been rated by one or two people, {{unfitting}} of the
{{list}} have neither adventure nor fantasy, and somebody who loves two genres without reserve is
promised {{top}} stars at best.

> notebook: The notebook copies the user's row once for every film and sends all the copies through
> the user tower; the result is the same. It prints predictions with one decimal and calls them y_p.

## In one call

That is a thing one wants often, so the library does it in one call: it embeds the user, multiplies,
and keeps the highest.
*/
    uint32_t items[LIST];
    float predictions[LIST];
    size_t count;
    ml_must(tt_recommend(items, predictions, &count, LIST, &my.model, input, vectors, NULL), NULL);
    bool same = count == found;
    for (size_t i = 0; i < found && same; i++)
        same = items[i] == best[i] && predictions[i] == scores.data[best[i]];
    nb_check(same, "tt_recommend gives the same %zu films and the same predictions", found);
    double top = ml_stars(&my.inputs, (double)predictions[0]);
    nb_value("top", "%.1f", top);

/*md
So the call is right, and the question was wrong.

## What the zeros say

We wrote 0 and meant *unknown*. The network can't know what we meant. It has seen a 0 only where a
user had rated no film of that genre, which is rare for most genres. For {{which}} a 0 becomes

$$z = \frac{0 - {{which_mean}}}{{{which_scale}}} = {{which_z}}$$

that is, {{farthest}} standard deviations below the mean: somebody who detests {{which}}, as
hardly any user of the data does. {{figure:09_row}} sets the new user's numbers beside those of the
real users.

> fold: the new user's row, drawn
*/
    nb_figure(
        "09_row",
        "Most of the orange dots, zeros that meant unknown, lie where hardly any user is: the "
        "light bars have 98 % of the users, the dark ones half of them",
        "A line for each genre, with a bar for most users and a dot for the new user. The "
        "dots of adventure and fantasy are right of the bars' middle, most others far left.",
        draw_row(&my, scaled.data, 782));
    nb_narrow(draw_row(&my, scaled.data, 360));

/*md
> fold: the same in numbers, and how far away the whole row is
*/
    double farthest = 0, length = 0, longest = 0;
    int which = 0;
    nb_table("09_zeros", "What a 0 means to the network: z deviations from the mean", "genre",
             "value", "mean", "deviation", "z", "users with 0", "share of users");
    for (int g = 0; g < ML_GENRES; g++) {
        size_t zeros = 0;
        for (size_t u = 0; u < my.data.n_users; u++)
            zeros += *tt_table_at(my.features.users, u, ML_USER_SKIP + (size_t)g) == 0;
        double z = scaled.data[g];
        length += z * z;
        if (!is_liked(g) && fabs(z) > fabs(farthest)) farthest = z, which = g;
        nb_row("%s\t%.1f\t%.4f\t%.4f\t%+.2f\t%zu\t%.1f %%", ml_genres[g], user.data[g],
               my.model.user_scaler.mean[g], my.model.user_scaler.scale[g], z, zeros,
               100.0 * (double)zeros / (double)my.data.n_users);
    }
    nb_table_end();
    for (size_t u = 0; u < my.data.n_users; u++) {
        double sum = 0;
        for (size_t c = ML_USER_SKIP; c < ML_COLUMNS; c++)
            sum += *tt_table_at(my.inputs.users, u, c) * *tt_table_at(my.inputs.users, u, c);
        if (sum > longest) longest = sum;
    }
    nb_value("farthest", "%.1f", fabs(farthest));
    nb_value("which", "%s", ml_genres[which]);
    nb_value("which_mean", "%.4f", my.model.user_scaler.mean[which]);
    nb_value("which_scale", "%.4f", my.model.user_scaler.scale[which]);
    nb_value("which_z", "%.2f", farthest);
    nb_value("length", "%.1f", sqrt(length));
    nb_value("longest", "%.1f", sqrt(longest));
    nb_value("users", "%s", nb_thousands((long long)my.data.n_users));

/*md
The length of a scaled row tells how far it is from the average user, in all 16 genres together. The
new user's row has the length {{length}}; the longest row of the {{users}} real users has
{{longest}}. A network can be trusted where it has seen examples. Here it is asked about a place far
from all of them, and it takes the new user for somebody who dislikes nearly everything.

> caution: Nothing warned us. The numbers were finite, the call succeeded, and the list looked like
> a list. How to code what isn't known is a decision, and a 0 is not neutral.

## A second try

What should stand for *unknown*? There are two simple answers. One is the mean of that genre over
all rows: then $z = 0$, and the genre says nothing. The other is the user's own mean, here 5. We
make the list again with each.
*/
    guess guesses[VARIANTS];
    for (enum variant v = ZEROS; v < VARIANTS; v++) guesses[v] = guess_with(&my, vectors, v);
    const guess *means = &guesses[MEANS];
    nb_table("09_second_try", "With the genres' means for what is unknown, the list fits the taste",
             "title", "genres", "+predicted stars", "-prediction", "-movie id", "-rating ave",
             "ratings");
    for (size_t i = 0; i < means->found; i++) {
        uint32_t f = means->best[i];
        const ml_film *film = &my.data.films[f];
        double stars = stars_of(&my, means, f);
        nb_row("%s\t%s\t%.2f\t%.3f\t%lld\t%.1f\t%lu", film->title, film->genres, stars, stars,
               (long long)film->id, my.features.film_means[f],
               (unsigned long)my.features.film_ratings[f]);
    }
    nb_table_end();

/*md
Every film is now predicted under three readings of *unknown*. {{figure:09_slopes}} follows the
first four films of each list through all three.

> fold: the films' ways, drawn
*/
    nb_figure("09_slopes",
              "No film keeps its place: the best four films of each list, and where they stand in "
              "the other two",
              "Lines from left to right through three columns, one a film. Those that begin at the "
              "top with zeros fall far down with means, and others rise to the top.",
              draw_slopes(&my, guesses, 782));
    nb_narrow(draw_slopes(&my, guesses, 360));

/*md
Of the {{list}} films of the second list, {{shared}} were in the first. The list depended more on
what was *not* said than on what was. {{table:09_variants}} compares the three.

> fold: how the three lists are compared
*/
    nb_table("09_variants", "The ten best films by what stands for an unknown genre", "unknown is",
             "highest prediction", "also in the first list", "adventure or fantasy",
             "mean film average", "fewest ratings");
    size_t shared[VARIANTS] = {0}, fitting[VARIANTS] = {0};
    double average[VARIANTS] = {0};
    for (enum variant v = ZEROS; v < VARIANTS; v++) {
        uint32_t fewest = UINT32_MAX;
        for (size_t i = 0; i < found; i++) {
            uint32_t f = guesses[v].best[i];
            bool fits = false;
            for (size_t k = 0; k < found; k++) shared[v] += guesses[ZEROS].best[k] == f;
            for (int g = 0; g < ML_GENRES; g++)
                fits |= is_liked(g) && my.data.films[f].has_genre[g];
            fitting[v] += fits;
            average[v] += *tt_table_at(my.features.films, f, 2) / (double)found;
            if (my.features.film_ratings[f] < fewest) fewest = my.features.film_ratings[f];
        }
        nb_row("%s\t%.2f\t%zu\t%zu\t%.2f\t%lu", variant_names[v],
               stars_of(&my, &guesses[v], guesses[v].best[0]), shared[v], fitting[v], average[v],
               (unsigned long)fewest);
    }
    nb_table_end();
    nb_value("list", "%zu", found);
    nb_value("shared", "%zu", shared[MEANS]);
    nb_value("unfitting", "%zu", found - fitting[ZEROS]);
    nb_value("fit_own", "%zu", fitting[OWN_MEAN]);
    nb_value("average_zeros", "%.2f", average[ZEROS]);
    nb_value("average_means", "%.2f", average[MEANS]);
    nb_value("top_means", "%.1f", stars_of(&my, means, means->best[0]));
    nb_key_figure("the best film: %.1f stars with zeros, %.1f with means", top,
                  stars_of(&my, means, means->best[0]));

/*md
With zeros the user resembles nobody, and what counts is that a film is liked by all, even if that
is one person. With means they are an average person who loves two genres: the best film is
predicted {{top_means}} stars, and the films' own averages matter less ({{average_means}} instead of
{{average_zeros}}). With 5 for everything, the two genres are no longer special, and {{fit_own}} of
the {{list}} films have one of them. None of the three is the truth, but the means claim the least.

Not only the top moves. {{figure:09_distribution}} shows the predictions for all films.
*/
    nb_plot("09_distribution",
            "A person who seems to like nothing is promised little: the predictions for all films, "
            "by what stands for an unknown genre",
            "Three filled hills over the scale of stars, one above the other. That of the zeros "
            "is highest about two stars, that of the means about four, the last above four.");
    char *script = ridges(&my, guesses);
    nb_plot_end(script);
    free(script);

/*md
> margin: The three hills have the same area: each is the same {{films}} films.

Even the better list holds films that hardly anybody has rated, as the last column of
{{table:09_variants}} shows. Their average is a feature too, and it rests on one opinion or two.
Lesson 10 comes back to this.

> fold: the end of the program
*/
    for (enum variant v = ZEROS; v < VARIANTS; v++) tt_matrix_free(&guesses[v].scores);
    tt_table_free(&user);
    tt_table_free(&scaled);
    tt_matrix_free(&input);
    tt_matrix_free(&user_vector);
    tt_matrix_free(&vectors);
    tt_matrix_free(&scores);
    return lesson_close(&my);
}

/*md
## What it means

For a new user the model needs a row of features and nothing else. The answer costs one pass through
the user tower and one dot product for each film. What stands in the row for *I don't know* is the
modeller's choice, and it can matter more than what the user said.

## Exercises

The answers train small towers for a few epochs, as `answer_train` of `lessons/answers/answer.h`
does. The model of lesson 7 gives other films and stars.

1. Enter a taste of your own: put averages for all sixteen genres into `user`. Do you know any of
   the ten films, and would you give them the predicted stars? To check your program, enter the
   taste below.

   > hint: Nothing is unknown now, so no zero is needed. Fill `user.data` before it is scaled.

   > answer: 09_1
   > The taste is that of somebody who loves horror and science fiction. The list of so small a
   > model is less refined than that of lesson 7's.

2. Leave out films with fewer than 20 ratings: give `tt_recommend` flags as `seen`. What happens to
   the list, and what does that say about averages that rest on one or two ratings?

   > hint: `seen` is an array of `bool` with one flag for each film; true leaves the film out.

   > answer: 09_2
   > The new list has films that many know. Their averages are lower, because an average of 5.0 over
   > many ratings doesn't exist.

3. Give the new user 0.5 stars for Horror, and the means for all unknown genres. Do horror films
   fall? Do others? And what becomes of the list?

   > hint: Compare the predictions for all films with and without the 0.5, film by film, and take
   > the mean over those with the genre and over those without.

   > answer: 09_3
   > Horror films fall furthest, and the others fall too: somebody who gives few stars to one genre
   > is taken for somebody who gives fewer stars. In the list nothing of the kind can disappear, as
   > it has no horror film to begin with. Its films change places all the same. (The program trains
   > for six epochs. After two, its tower has not yet learned what a taste for horror means.)
*/

/*md
## Functions that this lesson uses

> fold: predictions with something in place of the unknown
*/
static bool is_liked(int genre)
{
    return !strcmp(ml_genres[genre], "Adventure") || !strcmp(ml_genres[genre], "Fantasy");
}

static guess guess_with(lesson *my, tt_matrix vectors, enum variant variant)
{
    guess g = {.found = 0};
    tt_table user;
    tt_matrix input, vector;
    ml_must(tt_table_new(&user, 1, ML_GENRES), NULL);
    for (int i = 0; i < ML_GENRES; i++) {
        double unknown = variant == ZEROS   ? UNSEEN
                         : variant == MEANS ? my->model.user_scaler.mean[i]
                                            : 5;
        user.data[i] = is_liked(i) ? 5 : unknown;
    }
    tt_standard_transform(user, user, &my->model.user_scaler);
    ml_must(tt_matrix_from_table(&input, user), NULL);
    ml_must(tt_matrix_new(&vector, 1, vectors.cols), NULL);
    ml_must(tt_embed(vector, &my->model.user, input, &my->run), &my->run.why);
    ml_must(tt_matrix_new(&g.scores, 1, vectors.rows), NULL);
    tt_matmul_nt(g.scores, vector, vectors);
    g.found = tt_top_k(g.best, LIST, g.scores.data, vectors.rows, NULL);
    tt_table_free(&user);
    tt_matrix_free(&input);
    tt_matrix_free(&vector);
    return g;
}

static double stars_of(const lesson *my, const guess *g, uint32_t film)
{
    return ml_stars(&my->inputs, (double)g->scores.data[film]);
}

// The film's place in the list of all films, 1 for the best.
static size_t place_of(const guess *g, uint32_t film)
{
    size_t place = 1;
    for (uint32_t f = 0; f < g->scores.cols; f++)
        place += g->scores.data[f] > g->scores.data[film] ||
                 (g->scores.data[f] == g->scores.data[film] && f < film);
    return place;
}

/*md
> fold: how the new user's row is drawn
*/
static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The values between which 98 % of the users are, and those between which half of them are, of a
// column of their scaled rows.
static void middle_of(double ends[4], const lesson *my, size_t column)
{
    size_t n = my->data.n_users, places[4] = {n / 100, n / 4, n - 1 - n / 4, n - 1 - n / 100};
    double *values = ml_new(n, sizeof *values);
    for (size_t u = 0; u < n; u++) values[u] = *tt_table_at(my->inputs.users, u, column);
    qsort(values, n, sizeof *values, by_value);
    for (int i = 0; i < 4; i++) ends[i] = values[places[i]];
    free(values);
}

static const char *draw_row(const lesson *my, const double *z, double width)
{
    enum { LINE = 21, LEFT = 104, TOP = 8 };
    double low = -1, high = 1, bottom = TOP + ML_GENRES * LINE;
    double middle[ML_GENRES][4];
    for (size_t g = 0; g < ML_GENRES; g++) {
        middle_of(middle[g], my, ML_USER_SKIP + g);
        low = fmin(low, fmin(z[g], middle[g][0]));
        high = fmax(high, fmax(z[g], middle[g][3]));
    }
    low = floor(low), high = ceil(high);
    double scale = (width - LEFT - 20) / (high - low);
    char *svg = NULL;
    dr_begin(&svg, width, bottom + 44);
    for (double tick = low + fmod(-low, 2); tick <= high; tick += 2) {
        double x = LEFT + (tick - low) * scale;
        dr_line(&svg, x, TOP, x, bottom, tick == 0 ? "stroke='black'" : "stroke='gray'");
        dr_text(&svg, x, bottom + 16, DR_MIDDLE, tick < 0 ? "−%.0f" : "%.0f", fabs(tick));
    }
    dr_text(&svg, LEFT + (width - LEFT - 20) / 2, bottom + 36, DR_MIDDLE,
            "standard deviations from the mean");
    for (int g = 0; g < ML_GENRES; g++) {
        double y = TOP + LINE * (g + 0.5), x = LEFT + (z[g] - low) * scale;
        dr_text(&svg, LEFT - 10, y + 4, DR_RIGHT, "%s", ml_genres[g]);
        for (int i = 0; i < 2; i++)
            dr_box(&svg, LEFT + (middle[g][i] - low) * scale, y - 5,
                   (middle[g][3 - i] - middle[g][i]) * scale, 10,
                   "fill='rgb(110, 110, 110)' opacity='0.35'");
        nb_append(&svg,
                  "<g class='dot' tabindex='0'><title>%s: %s, %+.1f deviations</title>"
                  "<circle cx='%.1f' cy='%.1f' r='5' fill='%s'/></g>\n",
                  ml_genres[g], is_liked(g) ? "5 stars" : "a 0 that meant unknown", z[g], x, y,
                  is_liked(g) ? DR_BLUE : DR_ORANGE);
    }
    return dr_end(&svg);
}

/*md
> fold: how films are followed from list to list
*/
enum { FIRST = 4, FOLLOWED = FIRST * VARIANTS };

typedef struct slope {
    uint32_t film;
    enum variant from; // whose list it is of
    double y[VARIANTS], label_y;
    char name[32];
} slope;

static const char *const list_colours[VARIANTS] = {DR_ORANGE, DR_BLUE, DR_GREEN};

// Collects the first films of each list, each film once.
static size_t collect_slopes(slope slopes[FOLLOWED], const lesson *my, const guess *guesses,
                             double top, double height)
{
    size_t n = 0;
    double decades = fmax(log10((double)my->data.n_films), 1e-9);
    for (enum variant v = ZEROS; v < VARIANTS; v++)
        for (size_t i = 0; i < FIRST && i < guesses[v].found; i++) {
            slope s = {.film = guesses[v].best[i], .from = v};
            bool known = false;
            for (size_t k = 0; k < n; k++) known |= slopes[k].film == s.film;
            if (known) continue;
            for (enum variant w = ZEROS; w < VARIANTS; w++)
                s.y[w] = top + height * log10((double)place_of(&guesses[w], s.film)) / decades;
            ml_say_title(s.name, sizeof s.name, &my->data.films[s.film]);
            slopes[n++] = s;
        }
    return n;
}

// Labels on one side of the drawing stand at least a line apart: later ones give way downwards.
static void spread_labels(slope *slopes, size_t n, bool left)
{
    slope *sorted[FOLLOWED];
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if ((slopes[i].from == ZEROS) != left) continue;
        size_t k = count++;
        slopes[i].label_y = left ? slopes[i].y[ZEROS] : slopes[i].y[OWN_MEAN];
        for (; k && sorted[k - 1]->label_y > slopes[i].label_y; k--) sorted[k] = sorted[k - 1];
        sorted[k] = &slopes[i];
    }
    for (size_t k = 1; k < count; k++)
        sorted[k]->label_y = fmax(sorted[k]->label_y, sorted[k - 1]->label_y + 15);
}

static void draw_slope(char **svg, const lesson *my, const guess *guesses, const slope *s,
                       const double *x)
{
    const char *colour = list_colours[s->from];
    for (int v = 0; v + 1 < VARIANTS; v++)
        nb_append(svg,
                  "<path d='M %.1f %.1f L %.1f %.1f' stroke='%s' stroke-width='2' "
                  "opacity='0.7'/>\n",
                  x[v], s->y[v], x[v + 1], s->y[v + 1], colour);
    for (enum variant v = ZEROS; v < VARIANTS; v++)
        nb_append(svg,
                  "<g class='dot' tabindex='%d'><title>%s, %s: place %s, %.2f stars</title>"
                  "<circle cx='%.1f' cy='%.1f' r='5' fill='%s'/></g>\n",
                  v == s->from ? 0 : -1, nb_escaped(my->data.films[s->film].title),
                  variant_names[v], nb_thousands((long long)place_of(&guesses[v], s->film)),
                  stars_of(my, &guesses[v], s->film), x[v], s->y[v], colour);
}

// On a narrow drawing films have letters, and their names stand below.
static const char *draw_slopes(const lesson *my, const guess *guesses, double width)
{
    enum { TOP = 56, HEIGHT = 340, LINE = 18 };
    slope slopes[FOLLOWED];
    bool wide = width > 500;
    size_t n = collect_slopes(slopes, my, guesses, TOP, HEIGHT);
    double left = wide ? 230 : 56, right = wide ? width - 230 : width - 40;
    double x[VARIANTS] = {left, (left + right) / 2, right};
    char *svg = NULL;
    dr_begin(&svg, width, TOP + HEIGHT + 20 + (wide ? 0.0 : (double)(n * LINE)));
    static const char *const heads[VARIANTS] = {"zeros", "means", "own mean"};
    dr_text(&svg, x[MEANS], 14, DR_MIDDLE, "what stands for unknown");
    for (int v = 0; v < VARIANTS; v++)
        dr_text(&svg, x[v], 36, "text-anchor='middle' font-weight='bold'", "%s", heads[v]);
    for (double place = 10; place < (double)my->data.n_films; place *= 10) {
        double y = TOP + HEIGHT * log10(place) / log10((double)my->data.n_films);
        dr_line(&svg, left, y, right, y, "stroke='gray'");
        dr_text(&svg, left - 12, y + 4, DR_RIGHT, wide ? "place %s" : "%s",
                nb_thousands((long long)place));
    }
    spread_labels(slopes, n, true);
    spread_labels(slopes, n, false);
    for (size_t i = 0; i < n; i++) draw_slope(&svg, my, guesses, &slopes[i], x);
    for (size_t i = 0; i < n; i++) {
        const slope *s = &slopes[i];
        bool at_left = s->from == ZEROS;
        char colour[40], look[64], letter[2] = {(char)('A' + (int)i), 0};
        snprintf(colour, sizeof colour, "fill='%s'", list_colours[s->from]);
        snprintf(look, sizeof look, "%s%s", colour, at_left ? " text-anchor='end'" : "");
        dr_text(&svg, at_left ? left - 12 : right + 12, s->label_y + 4, look, "%s",
                wide ? s->name : letter);
        if (!wide)
            dr_text(&svg, 20, TOP + HEIGHT + 30 + (double)(i * LINE), colour, "%s  %s", letter,
                    s->name);
    }
    return dr_end(&svg);
}

/*md
> fold: how the three hills are drawn
*/
static char *ridges(const lesson *my, const guess *guesses)
{
    enum { FIRST_BIN = 5, BINS = 46 }; // tenths of a star, from 0.5 to 5
    double share[VARIANTS][BINS] = {{0}}, base[VARIANTS], top = 0;
    for (int v = 0; v < VARIANTS; v++)
        for (uint32_t f = 0; f < my->data.n_films; f++) {
            int bin = (int)floor(10 * stars_of(my, &guesses[v], f)) - FIRST_BIN;
            share[v][bin < 0 ? 0 : bin < BINS ? bin : BINS - 1] += 1;
        }
    for (int v = VARIANTS - 1; v >= 0; v--) {
        double highest = 0;
        for (int b = 0; b < BINS; b++) {
            share[v][b] *= 100 / (double)my->data.n_films;
            highest = fmax(highest, share[v][b]);
        }
        base[v] = top;
        top += 1.15 * highest;
    }
    for (int b = 0; b < BINS; b++)
        nb_plot_data("%.2f %.3f %.3f %.3f\n", (FIRST_BIN + b) / 10.0 + 0.05, share[0][b],
                     share[1][b], share[2][b]);
    char *script = NULL;
    nb_append(&script,
              "set xlabel 'predicted stars'\nset xrange [0.5:5]\nset yrange [0:%.2f]\n"
              "set key off\nset ytics ('zeros' %.2f, 'means' %.2f, 'own mean' %.2f)\nplot ",
              top, base[ZEROS], base[MEANS], base[OWN_MEAN]);
    static const int types[VARIANTS] = {2, 1, 3};
    for (int v = 0; v < VARIANTS; v++)
        nb_append(&script,
                  "%s using 1:(%.2f):(%.2f + $%d) with filledcurves linetype %d "
                  "fillstyle transparent solid 0.35, '' using 1:(%.2f + $%d) with lines "
                  "linetype %d",
                  v ? ", ''" : "$data", base[v], base[v], v + 2, types[v], base[v], v + 2,
                  types[v]);
    nb_append(&script, "\n");
    return script;
}
