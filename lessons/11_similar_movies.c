/*md
# Films like this film

**The question.** Which films have vectors close together, and are they alike?

The film tower turns a film into a vector. Films whose vectors are close together get nearly the
same prediction from every user; one may say that the model considers them similar.

You will see the squared distance and another form of it, a map of films, a small matrix of
distances with its diagonal masked, the nearest film of each film without such a matrix, and how
many films the model can't tell apart at all.

The lesson uses §13 (nearest neighbours) and §11 (`tt_embed`) of `twotower.h`. It reproduces cells
19 to 22 of the notebook.
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

/*md
## Two ways to compute a distance

The squared distance between two vectors is

$$|a - b|^2 = \sum_{d} (a_d - b_d)^2 = a \cdot a - 2 \, a \cdot b + b \cdot b$$

and because all our vectors have length one, that is $2 - 2 \, a \cdot b$, twice one minus the
cosine of the angle between them. So the nearest film is also the one with the smallest angle. Here
are both forms in double precision:
*/
static double squared_distance(tt_matrix vectors, size_t a, size_t b)
{
    double sum = 0;
    for (size_t d = 0; d < vectors.cols; d++) {
        double x = (double)*tt_matrix_at(vectors, a, d), y = (double)*tt_matrix_at(vectors, b, d);
        sum += (x - y) * (x - y);
    }
    return sum;
}

static double by_cosine(tt_matrix vectors, size_t a, size_t b)
{
    double dot = 0;
    for (size_t d = 0; d < vectors.cols; d++)
        dot += (double)*tt_matrix_at(vectors, a, d) * (double)*tt_matrix_at(vectors, b, d);
    return 2 - 2 * dot;
}

/*md
Two functions compare for sorting. The first compares distances. The second compares films by their
18 features, so that equal films come to stand side by side.
*/
static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static tt_table sorted_films; // what by_features compares

static int by_features(const void *a, const void *b)
{
    const double *x = tt_table_at(sorted_films, *(const uint32_t *)a, ML_ITEM_SKIP);
    const double *y = tt_table_at(sorted_films, *(const uint32_t *)b, ML_ITEM_SKIP);
    for (int c = 0; c < ML_COLUMNS - ML_ITEM_SKIP; c++)
        if (x[c] != y[c]) return x[c] < y[c] ? -1 : 1;
    return 0;
}

/*md
We also need a mask, which leaves out the film itself and films that too few people have rated.
*/
typedef struct mask {
    size_t self;
    const uint32_t *ratings;
    uint32_t least;
} mask;

static bool is_masked(size_t query, size_t candidate, void *context)
{
    const mask *m = (const mask *)context;
    (void)query; // there is only one
    return candidate == m->self || m->ratings[candidate] < m->least;
}

/*md
## Two directions out of many

The vectors have too many dimensions to be drawn. But we may draw them as seen from the side where
they differ most. Let $x_i$ be the vector of film $i$ minus the mean of all. The first *principal
axis* is the direction $a$ of length one for which $\sum_i (a \cdot x_i)^2$ is largest; the second
is the same among the directions at right angles to the first. To find an axis, start anywhere and
repeat

$$a \leftarrow \frac{s}{|s|}, \qquad s = \sum_i (a \cdot x_i) \, x_i$$

Each step turns $a$ towards the axis. For the second axis, we subtract from $s$ in each step the
part that lies along the first axis.
*/
enum { AXES = 2 };

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

/*md
What does an axis mean? We shall ask which feature has the strongest correlation with it.
*/
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

/*md
A film on the map is a dot in the colour of the first of these kinds to which the film belongs. The
film's title shows under the pointer, and beside the dot where there is room for it.
*/
static const struct {
    const char *genre, *other, *colour; // two genres of one kind
} kinds[] = {{"Animation", "Children", "rgb(  0, 158, 115)"},
             {"Horror", "Thriller", "rgb(204, 121, 167)"},
             {"Action", "Adventure", "rgb(213,  94,   0)"},
             {"Comedy", "Romance", "rgb(140, 110,   0)"},
             {"Drama", "War", "rgb(  0, 114, 178)"}};
enum { KINDS = sizeof kinds / sizeof *kinds };
static const char other_colour[] = "rgb(110, 110, 110)";

static const char *colour_of(const ml_film *film)
{
    for (int k = 0; k < KINDS; k++)
        for (int g = 0; g < ML_GENRES; g++)
            if (film->has_genre[g] &&
                (!strcmp(ml_genres[g], kinds[k].genre) || !strcmp(ml_genres[g], kinds[k].other)))
                return kinds[k].colour;
    return other_colour;
}

enum { MAP_WIDTH = 720, MAP_HEIGHT = 560, LABELS = 40 };

typedef struct map {
    char *svg;
    double label[LABELS][3]; // left end, right end and line of each label drawn
    int labels;
} map;

static void add_dot(map *m, double x, double y, const ml_film *film)
{
    nb_append(&m->svg,
              "<circle cx='%.1f' cy='%.1f' r='4' fill='%s'><title>%s\n%s</title></circle>"
              "\n",
              x, y, colour_of(film), nb_escaped(film->title), nb_escaped(film->genres));
}

// Only where it covers no label that is there already.
static void add_label(map *m, double x, double y, const char *title)
{
    size_t letters = strcspn(title, "(");
    double width = 6.5 * (double)letters, left = x > MAP_WIDTH / 2.0 ? x - 7 - width : x + 7;
    for (int i = 0; i < m->labels; i++)
        if (left < m->label[i][1] && left + width > m->label[i][0] && fabs(y - m->label[i][2]) < 13)
            return;
    if (letters > 30 || m->labels == LABELS) return;
    char text[32];
    snprintf(text, sizeof text, "%.*s", (int)letters, title);
    double place[3] = {left, left + width, y};
    memcpy(m->label[m->labels++], place, sizeof place);
    nb_append(&m->svg, "<text x='%.1f' y='%.1f' font-size='12' fill='black'%s>%s</text>\n",
              left < x ? x - 7 : x + 7, y + 4, left < x ? " text-anchor='end'" : "",
              nb_escaped(text));
}

static void add_legend(map *m)
{
    for (int k = 0; k <= KINDS; k++) {
        int x = 30 + 230 * (k % 3), y = 14 + 20 * (k / 3);
        nb_append(&m->svg,
                  "<circle cx='%d' cy='%d' r='4' fill='%s'/><text x='%d' y='%d' "
                  "font-size='13' fill='black'>",
                  x, y, k < KINDS ? kinds[k].colour : other_colour, x + 9, y + 4);
        if (k < KINDS)
            nb_append(&m->svg, "%s, %s</text>\n", kinds[k].genre, kinds[k].other);
        else
            nb_append(&m->svg, "others</text>\n");
    }
}

/*md
## The vectors of all films

The films' features are scaled as in training and go through the film tower.
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_MODEL, "finds the nearest film of each film");

    tt_matrix vectors;
    size_t n = my.data.n_films, width = my.model.item.layers[my.model.item.depth - 1].bias.cols;
    ml_must(tt_matrix_new(&vectors, n, width), NULL);
    ml_must(tt_embed(vectors, &my.model.item, my.inputs.film_inputs, &my.run), &my.run.why);
    nb_value("n", "%s", nb_thousands((long long)n));
    nb_value("width", "%zu", width);
    nb_text("size of all predicted movie feature vectors: (%zu, %zu)\n", n, width);

    size_t sample = n < 200 ? n : 200;
    double worst = 0;
    for (size_t a = 0; a < sample; a++)
        for (size_t b = 0; b < sample; b++) {
            if (by_cosine(vectors, a, a) > 1 || by_cosine(vectors, b, b) > 1) continue; // all zeros
            worst = fmax(worst, fabs(squared_distance(vectors, a, b) - by_cosine(vectors, a, b)));
        }
    nb_check(worst < 1e-6, "both forms of the distance agree within 1e-6 for %zu films", sample);

/*md
The two forms don't agree exactly: the elements are floats, so the lengths are one only within
rounding. The library uses the first form, because there the distance between equal vectors is
exactly 0.

## A map of films

We take the films with the most ratings, which a reader is likely to know, and find the two axes
along which their vectors differ most.
*/
    enum { MAPPED = 300 };
    uint32_t shown_films[MAPPED];
    tt_matrix counts;
    tt_table centred, axes, place; // place: a row for each axis
    ml_must(tt_matrix_new(&counts, 1, n), NULL);
    for (size_t f = 0; f < n; f++) counts.data[f] = (float)my.features.film_ratings[f];
    size_t mapped = tt_top_k(shown_films, MAPPED, counts.data, n, NULL);
    ml_must(tt_table_new(&centred, mapped, width), NULL);
    ml_must(tt_table_new(&axes, AXES, width), NULL);
    ml_must(tt_table_new(&place, AXES, mapped), NULL);
    double all_spread = 0, spread = 0;
    for (size_t d = 0; d < width; d++) {
        double mean = 0;
        for (size_t i = 0; i < mapped; i++)
            mean += (double)*tt_matrix_at(vectors, shown_films[i], d) / (double)mapped;
        for (size_t i = 0; i < mapped; i++)
            *tt_table_at(centred, i, d) = (double)*tt_matrix_at(vectors, shown_films[i], d) - mean;
    }
    all_spread = dot(centred.data, centred.data, mapped * width);
    for (size_t k = 0; k < AXES; k++) {
        find_axis(axes, k, centred);
        for (size_t i = 0; i < mapped; i++)
            *tt_table_at(place, k, i) =
                dot(tt_table_at(axes, k, 0), tt_table_at(centred, i, 0), width);
    }
    spread = dot(place.data, place.data, AXES * mapped);

/*md
An axis has no sign of its own: the opposite direction would be just as good. So we turn each axis
so that its feature grows along it.
*/
    const char *const more_names[] = {"the year", "the film's average"};
    const char *along[AXES] = {"nothing", "nothing"};
    double how_much[AXES] = {0};
    tt_table column;
    ml_must(tt_table_new(&column, 1, mapped), NULL);
    for (size_t k = 0; k < AXES; k++) {
        double strongest = 0;
        for (size_t c = ML_ITEM_SKIP; c < ML_COLUMNS; c++) {
            for (size_t i = 0; i < mapped; i++)
                column.data[i] = *tt_table_at(my.features.films, shown_films[i], c);
            double r = correlation(column.data, tt_table_at(place, k, 0), mapped);
            if (fabs(r) <= fabs(strongest)) continue;
            strongest = r;
            along[k] = c < 3 ? more_names[c - 1] : ml_genres[c - 3];
        }
        how_much[k] = fabs(strongest);
        for (size_t i = 0; i < mapped && strongest < 0; i++) *tt_table_at(place, k, i) *= -1;
    }
    nb_value("mapped", "%zu", mapped);
    nb_value("map_share", "%.0f", all_spread > 0 ? 100 * spread / all_spread : 100.0);
    nb_value("across", "%s", along[0]);
    nb_value("across_r", "%.2f", how_much[0]);
    nb_value("up", "%s", along[1]);
    nb_value("up_r", "%.2f", how_much[1]);

/*md
Both axes have the same scale, so that distances on the map are distances between vectors, seen from
the side.
*/
    double low[AXES] = {HUGE_VAL, HUGE_VAL}, high[AXES] = {-HUGE_VAL, -HUGE_VAL};
    for (size_t k = 0; k < AXES; k++)
        for (size_t i = 0; i < mapped; i++) {
            low[k] = fmin(low[k], *tt_table_at(place, k, i));
            high[k] = fmax(high[k], *tt_table_at(place, k, i));
        }
    double scale = fmin((MAP_WIDTH - 60) / fmax(high[0] - low[0], 1e-9),
                        (MAP_HEIGHT - 90) / fmax(high[1] - low[1], 1e-9));
    map drawn = {NULL, {{0}}, 0};
    nb_append(&drawn.svg,
              "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d'>\n"
              "<g font-family='sans-serif'>\n",
              MAP_WIDTH, MAP_HEIGHT);
    add_legend(&drawn);
    for (int pass = 0; pass < 2; pass++) // labels lie over dots
        for (size_t i = 0; i < mapped; i++) {
            double x = 30 + scale * (*tt_table_at(place, 0, i) - low[0]);
            double y = MAP_HEIGHT - 30 - scale * (*tt_table_at(place, 1, i) - low[1]);
            if (pass)
                add_label(&drawn, x, y, my.data.films[shown_films[i]].title);
            else
                add_dot(&drawn, x, y, &my.data.films[shown_films[i]]);
        }
    nb_append(&drawn.svg, "</g>\n</svg>\n");
    nb_figure("11_map", "The vectors of the films with the most ratings, along two principal axes",
              "A cloud of dots, one per film, coloured by genre; some have their title beside them",
              drawn.svg);
    free(drawn.svg);
    tt_matrix_free(&counts);
    tt_table_free(&centred);
    tt_table_free(&axes);
    tt_table_free(&place);
    tt_table_free(&column);

/*md
{{figure:11_map}} shows {{mapped}} films; the two axes account for {{map_share}} % of all that
distinguishes their vectors. Of the films' features, *{{across}}* has the strongest correlation with
the axis from left to right ({{across_r}}), and *{{up}}* has the strongest with the axis from bottom
to top ({{up_r}}). Dots that are close together are films between which the model sees little
difference.

## A small matrix

The notebook fills a matrix with the distances between all films and then looks for the smallest
number in each row. On the diagonal is the distance of each film to itself, 0, which would always
win; so the diagonal is *masked*, that is, marked so that the search skips it. Here is the matrix
for the first films, with the masked elements shown as --.
*/
    enum { PART = 8 };
    size_t part = n < PART ? n : PART;
    char names[PART][24];
    const char *headings[PART + 3] = {"row", "film"};
    for (size_t j = 0; j < part; j++) {
        snprintf(names[j], sizeof names[j], "%zu", j);
        headings[2 + j] = names[j];
    }
    headings[2 + part] = "nearest";
    nb_table_columns("11_masked", "Squared distances between the first films, the diagonal masked",
                     headings, part + 3);
    for (size_t i = 0; i < part; i++) {
        nb_cell("%zu", i);
        nb_cell("%s", my.data.films[i].title);
        size_t nearest = part;
        double least = HUGE_VAL;
        for (size_t j = 0; j < part; j++) {
            bool masked = i == j;
            double distance = squared_distance(vectors, i, j);
            if (masked)
                nb_cell("--");
            else
                nb_cell("%.2f", distance);
            if (masked || !(distance < least)) continue;
            least = distance;
            nearest = j;
        }
        if (nearest == part)
            nb_cell("–");
        else
            nb_cell("%zu", nearest);
    }
    nb_table_end();

/*md
The matrix is its own mirror image, because the distance between two films is the same in both
directions.

## Without the matrix

> margin: The notebook computes the matrix in two nested Python loops over {{pairs}} million pairs.
> It computes each distance twice, and its mask is another matrix of the same size. Of all these
> rows it uses one in {{one_in}}.

For all {{n}} films the matrix has {{elements}} elements, {{matrix_mb}} MB of doubles. But of each
row we want only the smallest element. `tt_nearest` lets the films pass by in small panels and keeps
for each film only the best that it has met so far. This takes {{stream_mb}} MB. A film that is
exactly as near as the best so far does not replace it, so of equally near films the one that comes
first wins, as with NumPy's `argmin`.
*/
    enum { SHOWN = 50, FEATURES = ML_COLUMNS - ML_ITEM_SKIP };
    size_t shown = n < SHOWN ? n : SHOWN;
    double elements = (double)n * (double)n;
    double streamed = (double)n * (2 * (double)width * sizeof(float) + 2 * sizeof(float));
    nb_value("pairs", "%.0f", elements / 1e6);
    nb_value("one_in", "%.0f", (double)n / (double)shown);
    nb_value("elements", "%s", nb_thousands((long long)elements));
    nb_value("matrix_mb", "%.0f", elements * sizeof(double) / 1e6);
    nb_value("stream_mb", "%.1f", streamed / 1e6);
    uint32_t *nearest = ml_new(n, sizeof *nearest);
    float *distance = ml_new(n, sizeof *distance);
    tt_neighbour_options options = {.k = 1, .exclude_self = true};
    ml_must(tt_nearest(nearest, distance, vectors, vectors, &options, &my.run), &my.run.why);

    nb_table("11_similar_movies", "The nearest film of each of the first films", "movie1", "genres",
             "movie2", "genres.1", "+distance");
    for (size_t i = 0; i < shown && nearest[i] != TT_NONE; i++) {
        nb_row("%s\t%s\t%s\t%s\t%.4f", my.data.films[i].title, my.data.films[i].genres,
               my.data.films[nearest[i]].title, my.data.films[nearest[i]].genres,
               (double)distance[i]);
    }
    nb_table_end();

/*md
> margin: In the notebook's table both columns of genres are those of the first film, by a slip: the
> same id is looked up twice. So each pair seems to have the same genres. In truth the genres differ
> in {{differ}} of these {{shown}} pairs.

## Is it the nearest?

For the films of {{table:11_similar_movies}} we look at every other film, in double precision, and
compare. Two distances may be so close that rounding to float decides between them, so we accept a
film whose distance is the smallest within rounding, and count how often that was needed. We also
count the films that have more than one nearest neighbour.
*/
    size_t differ = 0, exact = 0, within_rounding = 0, several = 0;
    for (size_t i = 0; i < shown && nearest[i] != TT_NONE; i++) {
        double least = HUGE_VAL, found = squared_distance(vectors, i, nearest[i]);
        size_t first = i, equally_near = 0;
        for (size_t j = 0; j < n; j++) {
            double d = j == i ? HUGE_VAL : squared_distance(vectors, i, j);
            if (d < least) least = d, first = j;
        }
        double rounding = least * 1e-5;
        for (size_t j = 0; j < n; j++)
            equally_near += j != i && squared_distance(vectors, i, j) <= least + rounding;
        exact += first == nearest[i];
        within_rounding += first != nearest[i] && found <= least + rounding;
        several += equally_near > 1;
        differ += strcmp(my.data.films[i].genres, my.data.films[nearest[i]].genres) != 0;
    }
    nb_value("shown", "%zu", shown);
    nb_value("differ", "%zu", differ);
    nb_text("the very film that double precision finds: %zu of %zu\n", exact, shown);
    nb_text("another one, equally near within rounding:  %zu\n", within_rounding);
    nb_text("films with more than one nearest film:      %zu\n", several);
    nb_check(exact + within_rounding == shown || n < 2,
             "no film is nearer than the one that tt_nearest found, for %zu films", shown);

/*md
## Films that the model can't tell apart

Some films have the same year, the same average and the same genres as another film. Equal features
give equal vectors, and the distance is 0. To count such films we sort all by their features.
*/
    uint32_t *order = ml_new(n, sizeof *order);
    bool *twin = ml_new(n, sizeof *twin);
    for (size_t f = 0; f < n; f++) order[f] = (uint32_t)f;
    sorted_films = my.features.films;
    qsort(order, n, sizeof *order, by_features);
    for (size_t i = 1; i < n; i++)
        if (by_features(&order[i - 1], &order[i]) == 0) twin[order[i - 1]] = twin[order[i]] = true;

    size_t twins = 0, zeros = 0, singles = 0;
    bool all_zero = true;
    for (size_t f = 0; f < n; f++) {
        twins += twin[f];
        singles += twin[f] && my.features.film_ratings[f] == 1;
        zeros += distance[f] == 0;
        all_zero &= !twin[f] || distance[f] == 0;
    }
    nb_value("twins", "%s", nb_thousands((long long)twins));
    nb_value("twin_share", "%.0f", 100.0 * (double)twins / (double)n);
    nb_value("singles", "%s", nb_thousands((long long)singles));
    nb_text("films with the same %d features as another: %zu\n", FEATURES, twins);
    nb_text("films with their nearest film at distance 0: %zu\n", zeros);
    nb_check(all_zero, "films with equal features are at distance 0");
    nb_key_figure("%s of %s films have a twin", nb_thousands((long long)twins),
                  nb_thousands((long long)n));

/*md
{{twins}} of {{n}} films, {{twin_share}} %, have a twin; {{singles}} of them have a single rating,
so that their average is one of ten numbers. For a film with twins, "the nearest film" is whichever
of them stands first in the data.

> margin: The notebook shows the nearest film without its distance, so the reader can't see whether
> it is a twin, a near neighbour, or merely the least far. Of several equally near films it shows
> the one with the lowest index and doesn't say that there were others.

## How near is near?

The squared distance of two vectors of length one lies between 0 and 4. {{figure:11_distances}}
shows the distance of each film to its nearest, in steps of a factor of ten.
*/
    enum { BINS = 9 };
    const char *labels[BINS] = {"0",     "<1e-6", "<1e-5", "<1e-4", "<0.001",
                                "<0.01", "<0.1",  "<1",    "≥1"};
    const double limits[BINS] = {0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, HUGE_VAL};
    size_t bins[BINS] = {0};
    for (size_t f = 0; f < n; f++) {
        int b = 0;
        if (distance[f] > 0)
            for (b = 1; b < BINS - 1 && (double)distance[f] >= limits[b];) b++;
        bins[b]++;
    }
    nb_plot("11_distances", "Squared distance of each film to its nearest one",
            "Bars: how many films have their nearest film at distance 0, and in each power of ten "
            "above.");
    for (int b = 0; b < BINS; b++) nb_plot_data("%s %zu\n", labels[b], bins[b]);
    nb_plot_end("set xlabel 'squared distance'\nset ylabel 'films'\nset yrange [0:*]\nset key off\n"
                "set boxwidth 0.8\nset style fill solid 0.7 noborder\n"
                "plot $data using 0:2:xtic(1) with boxes linetype 1\n");
    float *by_distance = ml_new(n, sizeof *by_distance);
    memcpy(by_distance, distance, n * sizeof *by_distance);
    qsort(by_distance, n, sizeof *by_distance, by_size);
    double total = 0;
    for (size_t i = 0; i < sample; i++)
        for (size_t j = 0; j < i; j++) total += squared_distance(vectors, i, j);
    nb_value("median", "%.4f", (double)by_distance[n / 2]);
    nb_value("typical", "%.2f", sample > 1 ? 2 * total / (double)(sample * (sample - 1)) : 0.0);

/*md
For half of the films, the squared distance to the nearest film is at most {{median}}. For two films
taken from the first {{sample}}, it is {{typical}} on average.

## Films like a famous one

In practice one wants a short list of films like a given one. We take the film with the most ratings
and ask for five neighbours; then for five among the films that at least 20 people have rated. A
mask is a function of ours that says which candidates to leave out.
*/
    enum { LIST = 5 };
    size_t famous = 0;
    for (size_t f = 1; f < n; f++)
        if (my.features.film_ratings[f] > my.features.film_ratings[famous]) famous = f;
    nb_value("sample", "%zu", sample);
    nb_value("famous", "%s", my.data.films[famous].title);
    nb_value("famous_genres", "%s", my.data.films[famous].genres);
    nb_table("11_famous", "The nearest films of the film with the most ratings", "among", "title",
             "genres", "rating ave", "ratings", "distance");
    const char *among[] = {"all films", "20 ratings or more"};
    const uint32_t least[] = {0, 20};
    for (int pass = 0; pass < 2; pass++) {
        mask leave_out = {famous, my.features.film_ratings, least[pass]};
        uint32_t list[LIST];
        float how_far[LIST];
        tt_neighbour_options five = {.k = LIST, .masked = is_masked, .context = &leave_out};
        tt_matrix query = tt_matrix_rows(vectors, famous, 1);
        ml_must(tt_nearest(list, how_far, query, vectors, &five, &my.run), &my.run.why);
        for (size_t i = 0; i < LIST && list[i] != TT_NONE; i++) {
            nb_row("%s\t%s\t%s\t%.1f\t%lu\t%.4f", among[pass], my.data.films[list[i]].title,
                   my.data.films[list[i]].genres, *tt_table_at(my.features.films, list[i], 2),
                   (unsigned long)my.features.film_ratings[list[i]], (double)how_far[i]);
        }
    }
    nb_table_end();

    free(by_distance);
    free(order);
    free(twin);
    free(nearest);
    free(distance);
    tt_matrix_free(&vectors);
    return lesson_close(&my);
}

/*md
That film is *{{famous}}*, with the genres {{famous_genres}}. You may judge for yourself whether the
neighbours are alike. The model knows the year, the average and the genres of a film, and nothing of
its story. So films that are near each other are films of about the same kind that are about equally
well liked.

## What it means

The vectors were trained to predict ratings, not to tell which films are alike. Films come close
together when the same people would like them *as far as the features can tell*. Once the vectors
are there, a list of similar films needs no users: it costs one pass over the vectors.

## Exercises

1. Print the five nearest films of a film that you know well. Which of the 18 features do they
   share?
2. Find the film that is nearest to nobody: the largest distance to the nearest film. Why does it
   stand alone?
3. Compare with plain features: search the nearest films among the rows of `inputs.film_inputs`
   instead of `vectors`. What has the tower learned that the features didn't say?
4. `tt_nearest` can also search the films nearest to a *user*: embed a row of `inputs.user_inputs`
   and use it as the query. Why are these the films with the highest predictions?
*/
