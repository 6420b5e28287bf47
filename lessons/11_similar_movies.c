/*md
# Films like this film

> question: Which films have vectors close together, and are they alike?

> result: figure:11_map. The network was told the genres, the year and the average of each film, but
> not which of them matter, nor which films are alike. It has learned that from ratings, and films
> of a kind lie together. Each dot is a film, and the grey dust is all {{n}} of them.

> see: How near two vectors are; a map of all films; a search by hand among five films, and one
> among {{n}} that never writes down its {{pairs}} million distances; and films that the model can't
> tell apart.

> uses: §13 (`tt_nearest`) and §11 (`tt_embed`); lessons 5 and 9.

> time: 30 minutes
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"
#include "drawing.h"
/*md
The film tower turns a film into a vector. Films whose vectors are close together get nearly the
same prediction from every user; one may say that the model considers them similar.

> fold: names, and the functions that stand at the end of this file
*/
enum { AXES = 2, KNOWN = 300, SMALL = 5, FAMOUS = 14, SHOWN = 50, LIST = 5 };

// All films on two axes, and the best known of them.
typedef struct map {
    tt_table place;                     // a row for each axis
    uint32_t known[KNOWN];              // the films with the most ratings, most first
    size_t n_known;                     // less than KNOWN in a small data set
    uint32_t like[KNOWN];               // the one of them that is nearest to each
    const char *low[AXES], *high[AXES]; // what one finds at the ends of an axis
    double share;                       // of all that distinguishes them, what the two axes show
} map;

// What a search leaves out: the film itself, and films that too few people have rated.
typedef struct exclusion {
    size_t self;
    const uint32_t *ratings;
    uint32_t least;
} exclusion;

static bool is_masked(size_t query, size_t candidate, void *context);
static double squared_distance(tt_matrix vectors, size_t a, size_t b);
static double cosine(tt_matrix vectors, size_t a, size_t b);
static const char *draw_chord(const double *a, const double *b, double width);
static void find_map(map *m, lesson *my, tt_matrix vectors);
static const char *draw_map(const map *m, const lesson *my, double width);
static void chain_up(uint32_t *films, size_t n, tt_matrix vectors);
static const char *draw_alike(const double *alike, size_t n, const char *const *names);
static const char *draw_blocks(size_t n, size_t dimensions, double width);
static size_t count_twins(bool *twin, const lesson *my);
static char *bars_of_distances(const float *distance, size_t n);
static double median(const float *values, size_t n);
/*md
## The vectors of all films

The films' features are scaled as in training and go through the film tower. From here on, no user
and no rating is needed.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_MODEL, "finds the nearest film of each film");

    tt_matrix vectors;
    size_t n = my.data.n_films, width = my.model.item.layers[my.model.item.depth - 1].bias.cols;
    ml_must(tt_matrix_new(&vectors, n, width), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);
    nb_text("size of all predicted movie feature vectors: (%zu, %zu)\n", n, width);
    nb_value("n", "%s", nb_thousands((long long)n));
    nb_value("width", "%zu", width);
    nb_value("pairs", "%.0f", (double)n * (double)n / 1e6);

/*md
> notebook: This lesson reproduces cells 19 to 22.

## How near is near?

The squared distance between two vectors is the sum of the squared differences of their elements:

$$|a - b|^2 = \sum_{d} (a_d - b_d)^2 = a \cdot a - 2 \, a \cdot b + b \cdot b$$

All our vectors have length one, so $a \cdot a$ and $b \cdot b$ are 1, and what is left is

$$|a - b|^2 = 2 - 2 \, a \cdot b$$

Try it with two numbers instead of {{width}}. Let $a = (1, 0)$ and $b = (0.6, 0.8)$. The differences
are 0.4 and −0.8, and their squares add up to 0.16 + 0.64 = {{chord_left}}. The dot product is
{{chord_dot}}, and 2 − 2 · {{chord_dot}} = {{chord_right}}. In {{figure:11_chord}} both vectors end
on the circle of radius one, and the distance is the straight line from end to end.

> fold: the two small vectors
*/
    const double a[2] = {1, 0}, b[2] = {0.6, 0.8};
    double chord_dot = a[0] * b[0] + a[1] * b[1];
    double chord = (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);
    nb_value("chord_left", "%.2g", chord);
    nb_value("chord_dot", "%.2g", chord_dot);
    nb_value("chord_right", "%.2g", 2 - 2 * chord_dot);
    nb_figure("11_chord", "The smaller the angle, the shorter the straight line between the ends",
              "A circle with two arrows from its middle, and a line between their ends.",
              draw_chord(a, b, 782));
    nb_narrow(draw_chord(a, b, 360));

/*md
The dot product of vectors of length one is the cosine of their angle (lesson 5). So the film at the
smallest distance is also the one at the smallest angle, and the one with the largest dot product:
three names for one order. The squared distance runs from 0 (the same direction) over 2 (a right
angle) to 4 (opposite). For the films' vectors both forms agree, within rounding.
*/
    size_t sample = n < 200 ? n : 200;
    double worst = 0, total = 0;
    for (size_t i = 0; i < sample; i++)
        for (size_t j = 0; j < i; j++) {
            double distance = squared_distance(vectors, i, j);
            if (cosine(vectors, i, i) < 0.5 || cosine(vectors, j, j) < 0.5) continue; // all zeros
            worst = fmax(worst, fabs(distance - (2 - 2 * cosine(vectors, i, j))));
            total += distance;
        }
    nb_check(worst < 1e-6, "both forms of the distance agree within 1e-6 for %zu films", sample);
    nb_value("sample", "%zu", sample);
    nb_value("typical", "%.2f", sample > 1 ? 2 * total / (double)(sample * (sample - 1)) : 0.0);

/*md
Two films taken from the first {{sample}} have a squared distance of {{typical}} on average: less
than that of a right angle.

> margin: The library sums the squared differences. The form with the dot product is a little faster,
> but with it the distance of two equal vectors may come out as a tiny number instead of 0.

## A map of films

The vectors have {{width}} elements, and a page has two directions. So we look at the vectors from
the side where they differ most: we take the {{known}} films with the most ratings, which you are
likely to know, and find the two directions along which their vectors are spread widest. They are
called principal axes, and the end of this page says how they are found.

> fold: the map, for wide and narrow screens
*/
    map films;
    find_map(&films, &my, vectors);
    nb_figure("11_map",
              "Films of a kind lie together, though nobody told the network which are alike",
              "A cloud of grey dust, with coloured dots for the films with the most ratings. Films "
              "of a kind have one colour and lie together; some have their names beside them.",
              draw_map(&films, &my, 782));
    nb_narrow(draw_map(&films, &my, 360));
    nb_value("known", "%zu", films.n_known);
    nb_value("map_share", "%.0f", 100 * films.share);

/*md
What do the two directions mean? Nobody chose them, so we ask the data. The *correlation* of two
columns of numbers is 1 if they rise together in step, 0 if they have nothing to do with each other,
and −1 if one falls as the other rises. Of the 18 features, the direction from left to right goes
along most with *{{across}}* ({{across_r}}), and that from bottom to top with *{{up}}* ({{up_r}}).

> caution: A map is flat, and the vectors aren't. The two directions show {{map_share}} % of what
> distinguishes the {{known}} films. Dots side by side may be far apart in the others. Point at a dot
> to see which of the {{known}} is really the nearest.

{{figure:11_alike}} has the numbers for {{famous_count}} famous films. It shows the cosine of the
angle between each two: 1 is the same direction, 0 a right angle. The films are ordered as a chain,
each followed by the one that is most like it of those that are left.

> fold: the famous films, each beside its like
*/
    size_t famous = films.n_known < FAMOUS ? films.n_known : FAMOUS;
    uint32_t chain[FAMOUS];
    double alike[FAMOUS * FAMOUS];
    char names[FAMOUS][32], numbers[FAMOUS][4];
    const char *rows[FAMOUS], *columns[FAMOUS];
    memcpy(chain, films.known, famous * sizeof *chain);
    chain_up(chain, famous, vectors);
    for (size_t i = 0; i < famous; i++) {
        char title[28];
        ml_say_title(title, sizeof title, &my.data.films[chain[i]]);
        snprintf(names[i], sizeof names[i], "%zu %s", i + 1, title);
        snprintf(numbers[i], sizeof numbers[i], "%zu", i + 1);
        rows[i] = names[i];
        columns[i] = numbers[i];
        for (size_t j = 0; j < famous; j++)
            alike[i * famous + j] = cosine(vectors, chain[i], chain[j]);
    }
    nb_heatmap("11_alike", "Dark blocks are films that the model considers similar",
               "A square of numbers, a row and a column for each film: the cosines of the angles "
               "between their vectors.",
               famous, famous, alike, rows, columns);
    nb_narrow(draw_alike(alike, famous, rows));
    nb_value("famous_count", "%zu", famous);

/*md
## A search by hand

For each film we want the film that is most like it.

> word: nearest neighbour, nearest neighbours: The nearest neighbour of a vector is, of all other
> vectors, the one at the smallest distance.

Take only the {{small}} best known films, and write all their distances into a square, as in
{{table:11_masked}}. In each row the smallest number would be the answer, if it weren't for the
diagonal: each film is at distance 0 from itself, and would always be its own nearest.

> word: mask, masks, masked: A mask marks the places that a search is to skip.

Here the mask is the diagonal, shown as two dashes.

> fold: the square of distances
*/
    size_t small = films.n_known < SMALL ? films.n_known : SMALL;
    const char *headings[SMALL + 3] = {"row", "film"};
    char digits[SMALL][4];
    for (size_t j = 0; j < small; j++) {
        snprintf(digits[j], sizeof digits[j], "%zu", j + 1);
        headings[2 + j] = digits[j];
    }
    headings[2 + small] = "nearest";
    nb_table_columns("11_masked",
                     "Squared distances: the smallest number of a row that isn't masked wins",
                     headings, small + 3);
    for (size_t i = 0; i < small; i++) {
        size_t nearest = small;
        double least = HUGE_VAL;
        nb_cell("%zu", i + 1);
        nb_cell("%s", my.data.films[films.known[i]].title);
        for (size_t j = 0; j < small; j++) {
            double distance = squared_distance(vectors, films.known[i], films.known[j]);
            if (i == j)
                nb_cell("--");
            else
                nb_cell("%.2f", distance);
            if (i == j || !(distance < least)) continue;
            least = distance;
            nearest = j;
        }
        nb_cell("%s", nearest == small ? "–" : digits[nearest]);
        if (i > 0 || nearest == small) continue;
        char film[48], its_nearest[48];
        ml_say_title(film, sizeof film, &my.data.films[films.known[i]]);
        ml_say_title(its_nearest, sizeof its_nearest, &my.data.films[films.known[nearest]]);
        nb_value("small_film", "%s", film);
        nb_value("small_least", "%.2f", least);
        nb_value("small_nearest", "%s", its_nearest);
    }
    nb_table_end();
    nb_value("small", "%zu", small);

/*md
In the first row, that of *{{small_film}}*, the smallest number is {{small_least}}, so of these
films its nearest neighbour is *{{small_nearest}}*. The square is its own mirror image, because from
one film to another it is as far as back.

## The same without the square

For {{n}} films the square has {{pairs}} million numbers, and of each row we want only the smallest.
So why keep the others? Let the films pass by, one after the other, and remember for each film only
the best so far. {{table:11_stream}} does that for the first film of the data and the next few.

> fold: films pass by the first one
*/
    nb_table("11_stream", "Only the nearest so far is remembered, however many films pass by",
             "film that passes by", "squared distance", "nearest so far");
    size_t best = n;
    double best_distance = HUGE_VAL;
    for (size_t j = 1; j < n && j < 8; j++) {
        double distance = squared_distance(vectors, 0, j);
        if (distance < best_distance) best_distance = distance, best = j;
        nb_row("%s\t%.2f\t%s", my.data.films[j].title, distance, my.data.films[best].title);
    }
    nb_table_end();
    nb_value("first", "%s", my.data.films[0].title);

/*md
> margin: The first film of the data is *{{first}}*.

`tt_nearest` does this for all films at once, and in small blocks, so that what it works on stays in
the fast memory near the processor. In each step it compares {{together}} films with a panel of
{{panel}} others. For that it copies the vectors twice: film by film, and panel by panel, so that
the same element of all films of a panel lies side by side. {{figure:11_blocks}} shows the square
that is never written down. {{table:11_memory}} says what that saves.

> fold: blocks and bytes
*/
    double square = (double)n * (double)n, mega = 1e6;
    double held = (double)n * 2 * (double)width * sizeof(float), lists = (double)n * 8;
    nb_figure("11_blocks",
              "The square of all distances is never there: the search goes from block "
              "to block, and in a block it has a few distances in hand",
              "A large square divided into blocks, one of them filled, and beside it one step: a "
              "small field of 4 by 32 distances.",
              draw_blocks(n, width, 782));
    nb_narrow(draw_blocks(n, width, 360));
    nb_table("11_memory", "The square would take many times the memory that the search takes",
             "what is kept", "how many numbers", "bytes each", "megabytes");
    nb_row("all distances, as doubles\t%s\t8\t%.1f", nb_thousands((long long)square),
           square * 8 / mega);
    nb_row("a mask for each of them\t%s\t1\t%.1f", nb_thousands((long long)square), square / mega);
    nb_row("tt_nearest: the vectors, by films and by panels\t%s\t4\t%.1f",
           nb_thousands((long long)(held / 4)), held / mega);
    nb_row("tt_nearest: for each film the nearest and its distance\t%s\t4\t%.1f",
           nb_thousands((long long)(lists / 4)), lists / mega);
    nb_row("tt_nearest: distances in hand\t%d\t4\t%.4f", TT__QUERIES * TT__PANEL,
           TT__QUERIES * TT__PANEL * 4 / mega);
    nb_table_end();
    nb_value("together", "%d", TT__QUERIES);
    nb_value("panel", "%d", TT__PANEL);
    nb_value("square_mb", "%.0f", square * 9 / mega);
    nb_value("stream_mb", "%.1f", (held + lists) / mega);

/*md
The square and its mask would take {{square_mb}} MB, the search takes {{stream_mb}}. All distances
are still computed; but none is kept that isn't wanted. `exclude_self` is the mask of the diagonal.
Of equally near films the one that comes first wins.
*/
    uint32_t *nearest = ml_new(n, sizeof *nearest);
    float *distance = ml_new(n, sizeof *distance);
    tt_neighbour_options options = {.k = 1, .exclude_self = true};
    ml_must(tt_nearest(nearest, distance, vectors, vectors, &options, &my.run), &my.run.why);

    size_t shown = n < SHOWN ? n : SHOWN;
    nb_table("11_similar_movies", "The nearest neighbours of the first films of the data", "movie1",
             "genres", "movie2", "genres.1", "+squared distance");
    for (size_t i = 0; i < shown && nearest[i] != TT_NONE; i++)
        nb_row("%s\t%s\t%s\t%s\t%.4f", my.data.films[i].title, my.data.films[i].genres,
               my.data.films[nearest[i]].title, my.data.films[nearest[i]].genres,
               (double)distance[i]);
    nb_table_end();

/*md
> notebook: It computes the matrix in two nested Python loops over {{pairs}} million pairs, each
> distance twice, and its mask is another matrix of the same size. Of all these rows it uses one in
> {{one_in}}. In its table both columns of genres are those of the first film, by a slip: the same
> id is looked up twice. So each pair seems to have the same genres. In truth the genres differ in
> {{differ}} of these {{shown}} pairs. It shows no distances, so one can't see whether a film is
> really near or merely the least far.

Is it really the nearest? For the films of the table we look at every other film, in double
precision. Two distances may be so close that rounding to float decides between them, so we accept a
film whose distance is the smallest within rounding, and count how often that was needed.
*/
    size_t differ = 0, exact = 0, within_rounding = 0;
    for (size_t i = 0; i < shown && nearest[i] != TT_NONE; i++) {
        double least = HUGE_VAL, found = squared_distance(vectors, i, nearest[i]);
        size_t first = i;
        for (size_t j = 0; j < n; j++) {
            double d = j == i ? HUGE_VAL : squared_distance(vectors, i, j);
            if (d < least) least = d, first = j;
        }
        exact += first == nearest[i];
        within_rounding += first != nearest[i] && found <= least * (1 + 1e-5);
        differ += strcmp(my.data.films[i].genres, my.data.films[nearest[i]].genres) != 0;
    }
    nb_text("the very film that double precision finds: %zu of %zu\n", exact, shown);
    nb_text("another one, equally near within rounding:  %zu\n", within_rounding);
    nb_check(exact + within_rounding == shown || n < 2,
             "no film is nearer than the one that tt_nearest found, for %zu films", shown);
    nb_value("shown", "%zu", shown);
    nb_value("one_in", "%.0f", (double)n / (double)shown);
    nb_value("differ", "%zu", differ);

/*md
## Films that the model can't tell apart

Some films have the same year, the same average and the same genres as another film. Equal features
give equal vectors, and the distance is 0. Let us call such films twins.
*/
    bool *twin = ml_new(n, sizeof *twin);
    size_t twins = count_twins(twin, &my), zeros = 0, singles = 0;
    bool all_zero = true;
    for (size_t f = 0; f < n; f++) {
        singles += twin[f] && my.features.film_ratings[f] == 1;
        zeros += distance[f] == 0;
        all_zero &= !twin[f] || distance[f] == 0;
    }
    nb_text("films with the same features as another:       %zu\n", twins);
    nb_text("films with their nearest film at distance 0:   %zu\n", zeros);
    nb_check(all_zero, "films with equal features are at distance 0");
    nb_value("twins", "%s", nb_thousands((long long)twins));
    nb_value("twin_share", "%.0f", 100.0 * (double)twins / (double)n);
    nb_value("singles", "%s", nb_thousands((long long)singles));
    nb_key_figure("%s of %s films have a twin", nb_thousands((long long)twins),
                  nb_thousands((long long)n));

/*md
{{twins}} of {{n}} films, {{twin_share}} %, have a twin; {{singles}} of them have a single rating,
so that their average is one of ten numbers. For a film with several twins, "the nearest" is
whichever of them stands first in the data. {{figure:11_distances}} shows how far it is from each
film to its nearest neighbour. The axis is logarithmic: each mark is ten times the one before.
*/
    nb_plot("11_distances",
            "Most films have a neighbour that is far nearer than chance: squared "
            "distances to the nearest film",
            "A high bar at 0 for the twins, then a hill of bars that is highest about 0.01.");
    char *script = bars_of_distances(distance, n);
    nb_plot_end(script);
    free(script);
    nb_value("median", "%.4f", median(distance, n));

/*md
For half of the films, the squared distance to the nearest is at most {{median}}. Compare that with
the {{typical}} of two films that were just taken from the data.

## Films like a famous one

In practice one wants a short list of films like a given one. We take the film with the most
ratings and ask for {{list}} neighbours. Then we ask again, among the films that at least 20 people
have rated. Now the mask is a function of ours, `is_masked`, that says which candidates to leave
out.
*/
    const uint32_t least[2] = {0, 20};
    uint32_t list[2][LIST];
    float how_far[2][LIST];
    for (int pass = 0; pass < 2; pass++) {
        exclusion leave_out = {films.known[0], my.features.film_ratings, least[pass]};
        tt_neighbour_options five = {.k = LIST, .masked = is_masked, .context = &leave_out};
        tt_matrix query = tt_matrix_rows(vectors, films.known[0], 1);
        ml_must(tt_nearest(list[pass], how_far[pass], query, vectors, &five, &my.run), &my.run.why);
    }
    nb_table("11_famous",
             "With rare films left out, the neighbours are better known, and a little farther away",
             "among all films", "ratings", "squared distance",
             "among films with 20 ratings or more", "their ratings", "their distance");
    for (size_t i = 0; i < LIST; i++)
        for (int pass = 0; pass < 2; pass++) {
            uint32_t f = list[pass][i];
            nb_cell("%s", f == TT_NONE ? "–" : my.data.films[f].title);
            nb_cell("%lu", f == TT_NONE ? 0UL : (unsigned long)my.features.film_ratings[f]);
            nb_cell("%.4f", f == TT_NONE ? 0 : (double)how_far[pass][i]);
        }
    nb_table_end();
    nb_value("list", "%d", LIST);
    nb_value("famous", "%s", my.data.films[films.known[0]].title);
    char genres[256];
    snprintf(genres, sizeof genres, "%s", my.data.films[films.known[0]].genres);
    for (char *bar = genres; (bar = strchr(bar, '|')) != NULL;) *bar = '/';
    nb_value("famous_genres", "%s", genres);

/*md
The film is *{{famous}}*, with the genres {{famous_genres}}. You may judge for yourself whether its
neighbours are alike. The model knows the year, the average and the genres of a film, and nothing of
its story. So films that are near each other are films of about the same kind that are about equally
well liked.

> fold: the end of the program
*/
    free(twin);
    free(nearest);
    free(distance);
    tt_matrix_free(&vectors);
    tt_table_free(&films.place);
    return lesson_close(&my);
}

/*md
## What it means

The vectors were trained to predict ratings, not to tell which films are alike. Films come close
together when the same people would like them *as far as the features can tell*. Once the vectors
are there, a list of similar films needs no users: it costs one pass over the vectors.

## Exercises

The answers train small towers for two epochs, as `answer_train` of `lessons/answers/answer.h` does.
Their vectors and distances are not those of the tables above.

1. Print the five nearest neighbours of a film that you know well. Which of the 18 features do they
   share?

   > hint: Search the film in `my.data.films` by its title, and pass its row of the vectors as the
   > query, as at the end of this lesson.

   > answer: 11_1
   > The program takes *Toy Story*. Nearly all genres are shared, and the averages and the years are
   > close.

2. Find the film that is nearest to nobody: the largest distance to a nearest neighbour. Why does it
   stand alone?

   > hint: `tt_nearest` fills `distance`; the largest of its numbers is what you look for.

   > answer: 11_2
   > Other films have the same genres, but none of them is about as well liked, and the average
   > matters most to the tower (exercise 3). Its nearest neighbour is not near in this either.

3. Compare with plain features: search among the rows of `inputs.film_inputs` instead of `vectors`.
   For how many films is the nearest neighbour the same? What has the tower learned that the features
   don't say?

   > hint: Both searches have the same number of films, so compare `nearest` place by place.

   > answer: 11_3
   > Among plain features all columns count alike, so films of the same genres and nearly the same
   > year win. The tower has learned how much each feature matters for the stars: the average
   > matters much, the year little.

4. `tt_nearest` can also search the films that are nearest to a *user*: embed a row of
   `inputs.user_inputs` and use it as the query. Why are these the films with the highest
   predictions?

   > hint: Both vectors have length one. What does the formula for the distance say?

   > answer: 11_4
   > The squared distance is $2 - 2 \, u \cdot v$, and the prediction is $u \cdot v$. The smaller the
   > one, the larger the other. To recommend is to search neighbours.
*/

/*md
## Functions that this lesson uses

> fold: distances, what is left out, and the median
*/
static bool is_masked(size_t query, size_t candidate, void *context)
{
    const exclusion *e = (const exclusion *)context;
    (void)query; // there is only one
    return candidate == e->self || e->ratings[candidate] < e->least;
}

static double squared_distance(tt_matrix vectors, size_t a, size_t b)
{
    double sum = 0;
    for (size_t d = 0; d < vectors.cols; d++) {
        double x = (double)*tt_matrix_at(vectors, a, d), y = (double)*tt_matrix_at(vectors, b, d);
        sum += (x - y) * (x - y);
    }
    return sum;
}

static double cosine(tt_matrix vectors, size_t a, size_t b)
{
    double dot = 0;
    for (size_t d = 0; d < vectors.cols; d++)
        dot += (double)*tt_matrix_at(vectors, a, d) * (double)*tt_matrix_at(vectors, b, d);
    return dot;
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double median(const float *values, size_t n)
{
    float *sorted = ml_new(n, sizeof *sorted);
    memcpy(sorted, values, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_size);
    double middle = (double)sorted[n / 2];
    free(sorted);
    return middle;
}

/*md
> fold: how twins are counted: sorted, they stand side by side
*/
static tt_table sorted_films; // what by_features compares

static int by_features(const void *a, const void *b)
{
    const double *x = tt_table_at(sorted_films, *(const uint32_t *)a, ML_ITEM_SKIP);
    const double *y = tt_table_at(sorted_films, *(const uint32_t *)b, ML_ITEM_SKIP);
    for (int c = 0; c < ML_COLUMNS - ML_ITEM_SKIP; c++)
        if (x[c] != y[c]) return x[c] < y[c] ? -1 : 1;
    return 0;
}

static size_t count_twins(bool *twin, const lesson *my)
{
    size_t n = my->data.n_films, twins = 0;
    uint32_t *order = ml_new(n, sizeof *order);
    for (size_t f = 0; f < n; f++) order[f] = (uint32_t)f;
    sorted_films = my->features.films;
    qsort(order, n, sizeof *order, by_features);
    for (size_t i = 1; i < n; i++)
        if (by_features(&order[i - 1], &order[i]) == 0) twin[order[i - 1]] = twin[order[i]] = true;
    for (size_t f = 0; f < n; f++) twins += twin[f];
    free(order);
    return twins;
}

// Orders films as a chain: after each the one that is most like it of those that are left.
static void chain_up(uint32_t *films, size_t n, tt_matrix vectors)
{
    for (size_t i = 1; i + 1 < n; i++) {
        size_t next = i;
        for (size_t j = i; j < n; j++)
            if (cosine(vectors, films[i - 1], films[j]) >
                cosine(vectors, films[i - 1], films[next]))
                next = j;
        uint32_t film = films[next];
        films[next] = films[i];
        films[i] = film;
    }
}

/*md
### How the two directions are found

Let $x_i$ be the vector of film $i$ minus the mean of all. The first principal axis is the direction
$a$ of length one for which $\sum_i (a \cdot x_i)^2$ is largest; the second is the same among the
directions at right angles to the first. To find an axis, start anywhere and repeat

$$a \leftarrow \frac{s}{|s|}, \qquad s = \sum_i (a \cdot x_i) \, x_i$$

A step multiplies the part of $a$ that lies along a principal axis by the sum of squares along that
axis. This is largest for the first one, so that part outgrows all others, and $a$ turns towards the
first axis. For the second axis, we subtract from $s$ in each step the part that lies along the
first. An axis has no sign of its own: the opposite direction would be just as good. So we turn each
so that its feature grows along it.

> fold: principal axes, and what goes along with them
*/
static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t d = 0; d < n; d++) sum += a[d] * b[d];
    return sum;
}

static void add_times(double *to, double factor, const double *from, size_t n)
{
    for (size_t d = 0; d < n; d++) to[d] += factor * from[d];
}

static void find_axis(tt_table axes, size_t which, tt_table rows)
{
    tt_table sum;
    double *axis = tt_table_at(axes, which, 0), length = 1;
    ml_must(tt_table_new(&sum, 1, rows.cols), NULL);
    for (size_t d = 0; d < rows.cols; d++) axis[d] = 1 + (double)d;
    for (int step = 0; step < 300 && length > 0; step++) {
        for (size_t d = 0; d < rows.cols; d++) sum.data[d] = 0;
        for (size_t r = 0; r < rows.rows; r++) {
            const double *x = tt_table_at(rows, r, 0);
            add_times(sum.data, dot(axis, x, rows.cols), x, rows.cols);
        }
        for (size_t k = 0; k < which; k++) {
            const double *other = tt_table_at(axes, k, 0);
            add_times(sum.data, -dot(sum.data, other, rows.cols), other, rows.cols);
        }
        length = sqrt(dot(sum.data, sum.data, rows.cols));
        for (size_t d = 0; d < rows.cols; d++) axis[d] = length > 0 ? sum.data[d] / length : 0;
    }
    tt_table_free(&sum);
}

static double correlation(const double *a, const double *b, size_t n)
{
    double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) mean_a += a[i] / (double)n, mean_b += b[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

// Asks which feature goes along with an axis, turns the axis that way, and names its ends.
static double name_axis(map *m, size_t axis, const char **feature, const lesson *my)
{
    double values[KNOWN], places[KNOWN], strongest = 0;
    size_t along = 0;
    for (size_t i = 0; i < m->n_known; i++) places[i] = *tt_table_at(m->place, axis, m->known[i]);
    for (size_t c = ML_ITEM_SKIP; c < ML_COLUMNS; c++) {
        for (size_t i = 0; i < m->n_known; i++)
            values[i] = *tt_table_at(my->features.films, m->known[i], c);
        double r = correlation(values, places, m->n_known);
        if (fabs(r) > fabs(strongest)) strongest = r, along = c;
    }
    for (size_t f = 0; f < my->data.n_films && strongest < 0; f++)
        *tt_table_at(m->place, axis, f) *= -1;
    *feature = along == 0   ? "nothing"
               : along == 1 ? "the year"
               : along == 2 ? "the film's average"
                            : ml_genres[along - 3];
    m->low[axis] = along == 0 ? "" : along == 1 ? "older" : along == 2 ? "less liked" : "others";
    m->high[axis] = along == 0   ? ""
                    : along == 1 ? "newer"
                    : along == 2 ? "better liked"
                                 : ml_genres[along - 3];
    return fabs(strongest);
}

static void find_map(map *m, lesson *my, tt_matrix vectors)
{
    size_t n = my->data.n_films, width = vectors.cols;
    tt_matrix counts, known;
    tt_table centred, axes, all;
    ml_must(tt_matrix_new(&counts, 1, n), NULL);
    for (size_t f = 0; f < n; f++) counts.data[f] = (float)my->features.film_ratings[f];
    m->n_known = tt_top_k(m->known, KNOWN, counts.data, n, NULL);
    ml_must(tt_matrix_new(&known, m->n_known, width), NULL);
    ml_must(tt_table_new(&centred, m->n_known, width), NULL);
    ml_must(tt_table_new(&axes, AXES, width), NULL);
    ml_must(tt_table_new(&all, 1, width), NULL);
    ml_must(tt_table_new(&m->place, AXES, n), NULL);
    for (size_t d = 0; d < width; d++) {
        double mean = 0;
        for (size_t i = 0; i < m->n_known; i++) {
            *tt_matrix_at(known, i, d) = *tt_matrix_at(vectors, m->known[i], d);
            mean += (double)*tt_matrix_at(known, i, d) / (double)m->n_known;
        }
        for (size_t i = 0; i < m->n_known; i++)
            *tt_table_at(centred, i, d) = (double)*tt_matrix_at(known, i, d) - mean;
        all.data[d] = mean;
    }
    double shown = 0, whole = dot(centred.data, centred.data, m->n_known * width);
    for (size_t k = 0; k < AXES; k++) {
        const double *axis = tt_table_at(axes, k, 0);
        find_axis(axes, k, centred);
        for (size_t i = 0; i < m->n_known; i++)
            shown += pow(dot(axis, tt_table_at(centred, i, 0), width), 2);
        for (size_t f = 0; f < n; f++)
            for (size_t d = 0; d < width; d++)
                *tt_table_at(m->place, k, f) +=
                    axis[d] * ((double)*tt_matrix_at(vectors, f, d) - all.data[d]);
        const char *feature;
        double r = name_axis(m, k, &feature, my);
        nb_value(k ? "up" : "across", "%s", feature);
        nb_value(k ? "up_r" : "across_r", "%.2f", r);
    }
    m->share = whole > 0 ? shown / whole : 1;
    float how_far[KNOWN];
    tt_neighbour_options one = {.exclude_self = true};
    ml_must(tt_nearest(m->like, how_far, known, known, &one, &my->run), &my->run.why);
    tt_matrix_free(&counts);
    tt_matrix_free(&known);
    tt_table_free(&centred);
    tt_table_free(&axes);
    tt_table_free(&all);
}

/*md
> fold: how names find room on the map
*/
typedef struct box {
    double left, top, right, bottom;
} box;

enum { MOST_BOXES = KNOWN + 64 };

typedef struct sheet {
    char *svg;
    double width, height, scale, low[AXES];
    box taken[MOST_BOXES];
    size_t n_taken;
} sheet;

static double across(const sheet *s, const map *m, size_t film)
{
    return 14 + s->scale * (*tt_table_at(m->place, 0, film) - s->low[0]);
}

static double down(const sheet *s, const map *m, size_t film)
{
    return s->height - 30 - s->scale * (*tt_table_at(m->place, 1, film) - s->low[1]);
}

static bool is_free(const sheet *s, box b)
{
    if (b.left < 2 || b.right > s->width - 2 || b.top < 2 || b.bottom > s->height - 2) return false;
    for (size_t i = 0; i < s->n_taken; i++)
        if (b.left < s->taken[i].right && b.right > s->taken[i].left &&
            b.top < s->taken[i].bottom && b.bottom > s->taken[i].top)
            return false;
    return true;
}

static void take(sheet *s, box b)
{
    if (s->n_taken < MOST_BOXES) s->taken[s->n_taken++] = b;
}

// Letters are about 7.3 wide; a character of UTF-8 has one byte outside of 80 to BF.
static double width_of(const char *text)
{
    double width = 0;
    for (const char *p = text; *p; p++) width += ((unsigned char)*p & 0xC0) == 0x80 ? 0 : 7.3;
    return width;
}

// Writes a text in a free place at x (its middle) and y (its base line); false if there is none.
static bool put_text(sheet *s, double x, double y, const char *look, const char *text)
{
    double half = width_of(text) / 2 * (strstr(look, "bold") ? 1.15 : 1);
    box b = {x - half, y - 11, x + half, y + 4};
    if (!is_free(s, b)) return false;
    take(s, b);
    char all[160];
    snprintf(all, sizeof all, "%s %s %s", DR_MIDDLE, DR_HALO, look);
    dr_text(&s->svg, x, y, all, "%s", text);
    return true;
}

// Beside a dot, above it or below it, where there is room.
static bool put_name(sheet *s, double x, double y, double radius, const char *name)
{
    double away = width_of(name) / 2 + radius + 5;
    const double places[6][2] = {{away, 4},        {-away, 4},     {0, -radius - 6},
                                 {0, radius + 13}, {away - 6, -8}, {6 - away, -8}};
    for (int i = 0; i < 6; i++)
        if (put_text(s, x + places[i][0], y + places[i][1], "", name)) return true;
    return false;
}

// As near to a place as there is room.
static void put_near(sheet *s, double x, double y, const char *look, const char *text)
{
    for (double away = 0; away < 260; away += 8)
        for (int turn = 0; turn < 24; turn++) {
            double angle = turn * 3.14159265 / 12;
            if (put_text(s, x + 1.6 * away * cos(angle), y + away * sin(angle), look, text)) return;
        }
}

/*md
> fold: how the map is drawn
*/
static const struct {
    const char *name, *genre, *other, *colour; // two genres of one kind
} kinds[] = {{"Animation, Children", "Animation", "Children", "rgb(  0, 158, 115)"},
             {"Horror, Thriller", "Horror", "Thriller", "rgb(204, 121, 167)"},
             {"Action, Adventure", "Action", "Adventure", "rgb(213,  94,   0)"},
             {"Comedy, Romance", "Comedy", "Romance", "rgb(140, 110,   0)"},
             {"Drama, War", "Drama", "War", "rgb(  0, 114, 178)"},
             {"others", "", "", "rgb(110, 110, 110)"}};
enum { KINDS = sizeof kinds / sizeof *kinds };

// The first kind that the film belongs to.
static int kind_of(const ml_film *film)
{
    for (int k = 0; k < KINDS - 1; k++)
        for (int g = 0; g < ML_GENRES; g++)
            if (film->has_genre[g] &&
                (!strcmp(ml_genres[g], kinds[k].genre) || !strcmp(ml_genres[g], kinds[k].other)))
                return k;
    return KINDS - 1;
}

// All films as one line of points, one for each pixel that has a film.
static void draw_dust(sheet *s, const map *m, size_t n)
{
    size_t columns = (size_t)s->width + 1, pixels = columns * ((size_t)s->height + 1);
    bool *dusty = ml_new(pixels, sizeof *dusty);
    for (size_t f = 0; f < n; f++)
        dusty[(size_t)down(s, m, f) * columns + (size_t)across(s, m, f)] = true;
    nb_append(&s->svg, "<path fill='none' stroke='rgb(110, 110, 110)' stroke-width='1.6' "
                       "stroke-linecap='round' opacity='0.45' d='M0 0");
    long x = 0, y = 0;
    for (size_t i = 0; i < pixels; i++) {
        if (!dusty[i]) continue;
        long to_x = (long)(i % columns), to_y = (long)(i / columns);
        nb_append(&s->svg, "m%ld %ldh0", to_x - x, to_y - y);
        x = to_x, y = to_y;
    }
    nb_append(&s->svg, "'/>\n");
    free(dusty);
}

static void draw_film(sheet *s, const map *m, const lesson *my, size_t i, double radius, bool named)
{
    uint32_t f = m->known[i], like = m->like[i];
    const ml_film *film = &my->data.films[f];
    nb_append(&s->svg, "<g class='dot' tabindex='%d'><title>%s, average %.1f, %lu ratings",
              named ? 0 : -1, nb_escaped(film->title), my->features.film_means[f],
              (unsigned long)my->features.film_ratings[f]);
    if (like != TT_NONE)
        nb_append(&s->svg, "; nearest: %s", nb_escaped(my->data.films[m->known[like]].title));
    nb_append(&s->svg, "</title><circle cx='%.1f' cy='%.1f' r='%.1f' fill='%s'/></g>\n",
              across(s, m, f), down(s, m, f), radius, kinds[kind_of(film)].colour);
}

// In the middle of its films; a name needs some films.
static void name_kind(sheet *s, const map *m, const lesson *my, int kind)
{
    double x = 0, y = 0, count = 0;
    for (size_t i = 0; i < m->n_known; i++) {
        if (kind_of(&my->data.films[m->known[i]]) != kind) continue;
        x += across(s, m, m->known[i]);
        y += down(s, m, m->known[i]);
        count++;
    }
    char look[80];
    snprintf(look, sizeof look, "font-weight='bold' fill='%s'", kinds[kind].colour);
    if (count > 0) put_near(s, x / count, y / count, look, kinds[kind].name);
}

static void name_ends(sheet *s, const map *m)
{
    char text[64];
    snprintf(text, sizeof text, "← %s", m->low[0]);
    put_text(s, 8 + width_of(text) / 2, s->height - 8, "", text);
    snprintf(text, sizeof text, "%s →", m->high[0]);
    put_text(s, s->width - 8 - width_of(text) / 2, s->height - 8, "", text);
    snprintf(text, sizeof text, "↑ %s", m->high[1]);
    put_text(s, 8 + width_of(text) / 2, 16, "", text);
    snprintf(text, sizeof text, "↓ %s", m->low[1]);
    put_text(s, 8 + width_of(text) / 2, s->height - 28, "", text);
}

static void take_dots(sheet *s, const map *m, double radius)
{
    for (size_t i = 0; i < m->n_known; i++) {
        double x = across(s, m, m->known[i]), y = down(s, m, m->known[i]);
        take(s, (box){x - radius - 1, y - radius - 1, x + radius + 1, y + radius + 1});
    }
}

static const char *draw_map(const map *m, const lesson *my, double width)
{
    size_t n = my->data.n_films, names = width > 500 ? 30 : 9;
    const double radius = width > 500 ? 4 : 2.5;
    double high[AXES];
    sheet *s = ml_new(1, sizeof *s);
    for (size_t k = 0; k < AXES; k++) {
        s->low[k] = HUGE_VAL, high[k] = -HUGE_VAL;
        for (size_t f = 0; f < n; f++) {
            s->low[k] = fmin(s->low[k], *tt_table_at(m->place, k, f));
            high[k] = fmax(high[k], *tt_table_at(m->place, k, f));
        }
    }
    s->width = width;
    s->scale = (width - 28) / fmax(high[0] - s->low[0], 1e-9);
    s->height = ceil(fmin(s->scale * (high[1] - s->low[1]), width) + 44);
    s->scale = fmin(s->scale, (s->height - 44) / fmax(high[1] - s->low[1], 1e-9));
    dr_begin(&s->svg, s->width, s->height);
    draw_dust(s, m, n);
    // Names find their places first, and are drawn last: texts keep for themselves.
    char *texts = NULL, *under = s->svg;
    bool named[KNOWN] = {false};
    s->svg = texts;
    name_ends(s, m);
    if (width > 500) take_dots(s, m, radius);
    for (int k = 0; k < KINDS; k++) name_kind(s, m, my, k);
    if (width <= 500) take_dots(s, m, radius); // where room is short, kinds lie over dots
    for (size_t i = 0, count = 0; i < m->n_known && count < names; i++) {
        char name[26];
        ml_say_title(name, sizeof name, &my->data.films[m->known[i]]);
        if (strstr(name, "…")) continue;
        named[i] = put_name(s, across(s, m, m->known[i]), down(s, m, m->known[i]), radius, name);
        count += named[i];
    }
    texts = s->svg;
    s->svg = under;
    for (size_t i = m->n_known; i-- > 0;) draw_film(s, m, my, i, radius, named[i]);
    if (texts) nb_append(&s->svg, "%s", texts);
    free(texts);
    const char *drawing = dr_end(&s->svg);
    free(s);
    return drawing;
}

/*md
> fold: how the circle and the blocks are drawn
*/
static const char *draw_chord(const double *a, const double *b, double width)
{
    const double x = width / 2 - 50, y = 130, radius = 120;
    double squared = (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);
    double ends[4] = {x + radius * a[0], y - radius * a[1], x + radius * b[0], y - radius * b[1]};
    char *svg = NULL;
    dr_begin(&svg, width, 260);
    nb_append(&svg, "<circle cx='%.0f' cy='%.0f' r='%.0f' fill='none' stroke='gray'/>\n", x, y,
              radius);
    dr_arrow(&svg, x, y, ends[0], ends[1], 0, DR_BLUE);
    dr_arrow(&svg, x, y, ends[2], ends[3], 0, DR_BLUE);
    dr_line(&svg, ends[0], ends[1], ends[2], ends[3],
            "stroke='" DR_ORANGE "' stroke-width='2' stroke-dasharray='5 3'");
    dr_text(&svg, ends[0] + 8, ends[1] + 5, "", "a = (%g, %g)", a[0], a[1]);
    dr_text(&svg, ends[2] + 8, ends[3] - 4, "", "b = (%g, %g)", b[0], b[1]);
    dr_text(&svg, (ends[0] + ends[2]) / 2 + 10, (ends[1] + ends[3]) / 2, "fill='" DR_ORANGE "'",
            "|a − b|² = %.2g", squared);
    dr_text(&svg, x + 16, y - 8, "", "%.0f°",
            acos(a[0] * b[0] + a[1] * b[1]) * 180 / 3.14159265358979);
    return dr_end(&svg);
}

// Cosines as hundredths, with the films' names below.
static const char *draw_alike(const double *alike, size_t n, const char *const *names)
{
    const double cell = 23, left = 24, top = 22;
    char *svg = NULL;
    dr_begin(&svg, 360, top + (double)n * (cell + 18) + 40);
    for (size_t i = 0; i < n; i++) {
        double at = ((double)i + 0.5) * cell;
        dr_text(&svg, left - 5, top + at + 5, DR_RIGHT, "%zu", i + 1);
        dr_text(&svg, left + at, top - 6, DR_MIDDLE, "%zu", i + 1);
        dr_text(&svg, 8, top + (double)n * cell + 48 + 18 * (double)i, "", "%s", names[i]);
        for (size_t j = 0; j < n; j++) {
            double x = left + (double)j * cell, level = alike[i * n + j];
            char look[64];
            snprintf(look, sizeof look, "fill='" DR_BLUE "' opacity='%.2f'",
                     level > 0 ? 0.55 * level * level : 0);
            dr_box(&svg, x, top + (double)i * cell, cell, cell, look);
            if (i != j)
                dr_text(&svg, x + cell / 2, top + at + 5, DR_MIDDLE, level < 0 ? "−%.0f" : "%.0f",
                        fabs(100 * level));
        }
    }
    dr_text(&svg, left, top + (double)n * cell + 20, "", "hundredths: 100 is the same direction");
    return dr_end(&svg);
}

// As tt_nearest divides its work: so many queries and so many candidates in a block.
static const char *draw_blocks(size_t n, size_t dimensions, double width)
{
    bool wide = width > 500;
    const double side = wide ? 320 : 250, left = 8, top = 28, films = (double)n;
    double high = side * fmin(1, 256 / films);
    double across_block = side * fmin(1, (double)((1024 / dimensions + 1) * TT__PANEL) / films);
    char *svg = NULL;
    dr_begin(&svg, width, wide ? top + side + 12 : top + side + 160);
    dr_text(&svg, left, 16, "", "%s films × %s candidates", nb_thousands((long long)n),
            nb_thousands((long long)n));
    for (double y = top; y < top + side; y += high)
        for (double x = left; x < left + side; x += across_block)
            dr_box(&svg, x, y, fmin(across_block, left + side - x), fmin(high, top + side - y),
                   "stroke='gray'");
    double block_x = left + 2 * across_block, block_y = top + 5 * high;
    if (block_x + across_block > left + side) block_x = left;
    if (block_y + high > top + side) block_y = top;
    dr_box(&svg, block_x, block_y, across_block, high, "fill='" DR_BLUE "'");
    double x = wide ? left + side + 60 : left, y = wide ? top + 60 : top + side + 50;
    const double cell = wide ? 11 : 10;
    if (wide)
        dr_arrow(&svg, block_x + across_block, block_y + high / 2, x - 4, y + 2 * cell, 0, DR_BLUE);
    else
        dr_arrow(&svg, block_x + across_block, block_y + high / 2, x + 28 * cell, y - 3, 0,
                 DR_BLUE);
    for (int q = 0; q < TT__QUERIES; q++)
        for (int c = 0; c < TT__PANEL; c++)
            dr_box(&svg, x + c * cell, y + q * cell, cell, cell, "stroke='" DR_BLUE "'");
    dr_text(&svg, x, y - 10, "", "one step: %d films × %d candidates", TT__QUERIES, TT__PANEL);
    dr_text(&svg, x, y + 4 * cell + 20, "", "%d distances, %d bytes: in hand for a moment",
            TT__QUERIES * TT__PANEL, 4 * TT__QUERIES * TT__PANEL);
    dr_text(&svg, x, y + 4 * cell + 40, "", "one block: 256 films × %s candidates",
            nb_thousands((long long)((1024 / dimensions + 1) * TT__PANEL)));
    return dr_end(&svg);
}

/*md
> fold: how the bars are counted
*/
// Bars two to a power of ten, and one of its own for 0.
static char *bars_of_distances(const float *distance, size_t n)
{
    enum { LOWEST = -8, BARS = 18 }; // from 10^-8 to 10
    static const char *const powers[] = {"10⁻⁸",  "10⁻⁷", "10⁻⁶", "10⁻⁵", "0.0001",
                                         "0.001", "0.01", "0.1",  "1"};
    size_t zeros = 0, bars[BARS] = {0};
    int first = BARS - 1, last = 0;
    for (size_t f = 0; f < n; f++) {
        if (distance[f] == 0) zeros++;
        if (!(distance[f] > 0) || !(distance[f] < 4.5F)) continue;
        int bar = (int)floor(2 * (log10((double)distance[f]) - LOWEST));
        bar = bar < 0 ? 0 : bar < BARS ? bar : BARS - 1;
        bars[bar]++;
        if (bar < first) first = bar;
        if (bar > last) last = bar;
    }
    first -= first % 2;
    double origin = LOWEST + first / 2.0;
    nb_plot_data("%.2f %zu 1\n", origin - 0.75, zeros);
    for (int bar = first; bar <= last; bar++)
        nb_plot_data("%.2f %zu 0\n", LOWEST + bar / 2.0 + 0.25, bars[bar]);
    char *script = NULL;
    nb_append(&script,
              "set xlabel 'squared distance'\nset ylabel 'films'\nset yrange [0:*]\nset key off\n"
              "set boxwidth 0.45\nset style fill solid 0.7 noborder\nset xrange [%.2f:%.2f]\n"
              "set xtics ('0 (twins)' %.2f",
              origin - 1.25, LOWEST + (last + 1) / 2.0 + 0.25, origin - 0.75);
    for (int power = first / 2; power < 9 && power <= (last + 1) / 2; power++)
        nb_append(&script, ", '%s' %d", powers[power], LOWEST + power);
    nb_append(&script, ")\nplot $data using 1:($3 == 0 ? $2 : NaN) with boxes linetype 1, "
                       "'' using 1:($3 == 1 ? $2 : NaN) with boxes linetype 2\n");
    return script;
}
