/*md
# All markup

> question: What does *every* kind of
> quote become?

> result: figure:90_bars. There are {{three}} bars, and $x^2$.

> see: Three bars, as in §5.

> uses: §5 (dense layers); lesson 1.

> time: 1 minute
*/
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

/*md
> fold: how one is added
*/
static int helper(int x)
{
    return x + 1;
}

/*md
## Words and notes

> word: gizmo, gizmos: A gizmo is a *thing*.

Here is $x^2 - 1$. A value may be {{tiny}} or {{negative}}; see {{table:90_rows}} and lesson 1.

> margin: An aside.

> caution: Take care.

> notebook: The notebook's cell 3 does it otherwise.

> some other quote
*/
int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_DATA, "markup");
    int three = helper(2);
    nb_value("three", "%d", three);
    nb_value("tiny", "%g", 2e-5);
    nb_value("negative", "%d", -7);
    nb_plot("90_bars", "Bars", "three bars");
    nb_plot_data("1 2\n2 3\n3 1\n");
    nb_plot_end("plot $data with boxes notitle");
/*md
More.
*/
    int unused = three;
    nb_check(unused == 3, "three is three");

    nb_table("90_rows", "Rows", "Docum entary", "the |count|", "movieId");
    for (int i = 0; i < 20; i++) nb_row("Comedy|Sci-Fi %d\t%d\t%d", i, 12345 * (i - 1), 12345 + i);
    nb_table_end();
/*md
## Exercises

1. Do it.

   > hint: With both hands.

   > answer: 90_1
   > As here, with `tt_fit`.

2. Do it again.
   > hint: With one hand.
*/
    free(NULL);
    return lesson_close(&my);
}

/*md
The end.
*/
