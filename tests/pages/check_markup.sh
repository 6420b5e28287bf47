#!/bin/sh
# What the markup of lessons becomes, and what the publisher says when it is wrong. A lesson made
# for this, tests/pages/markup, has all of it.
#
#   sh tests/pages/check_markup.sh              from the repository root, after `make lessons`
set -u

# shellcheck source=tests/verdicts.sh
. tests/verdicts.sh

root=$work/root out=$work/out
mkdir -p "$root/tests" "$root/build/lessons" "$out/records/answers"
cp -r twotower.h lessons "$root"
cp -r tests/unit "$root/tests"
cp build/lessons/weave "$root/build/lessons"
cp tests/pages/markup/90_markup.c "$root/lessons"
cp tests/pages/markup/90_1.c "$root/lessons/answers"
printf 'one and two\nExpected: 3 > 2\n' > "$out/records/answers/90_1.txt"
tiny=$(pwd)/tests/golden/tiny
(cd "$root" && ${CC:-cc} -I. lessons/90_markup.c -o markup -lm &&
    ./markup --quiet --data "$tiny" --out "$out") > "$work/log" 2>&1
verdict "a lesson with all markup is woven"
page=$out/90_markup.html

# ---- what markup becomes -------------------------------------------------------------------------

# The page, all in one line, has that text.
tr '\n' ' ' < "$page" > "$work/page"
has() {
    grep -qF -- "$2" "$work/page" || { echo "not in the page: $2" > "$work/log"; false; }
    verdict "$1"
}
has "the title is the name of the lesson" '<title>90. All markup –'
has "the question is under the title" '<p class="question">What does <em>every</em> kind of quote '
has "the result is the figure, with the sentence as its caption" \
    'Figure 90.1.</a></b> There are 3 bars, and <span class="together"><math>'
has "see, uses and time share a box" '</dd> <dt>It takes</dt> <dd>1 minute</dd> </dl>'
has "a cell is folded under the summary that precedes it" '<summary>how one is added</summary>'
has "a word is defined" \
    '<p class="word"><dfn id="word-gizmo" data-forms="gizmo, gizmos">gizmo</dfn>: A gizmo is a <em>'
has "a note of the margin, a caution beside it" \
    '<p>An aside.</p> <p><b class="kind">Caution</b> Take care.</p> </aside>'
has "a note stands beside the paragraph before it" '<aside style="grid-row: 3 / -1" class="margin">'
has "what the notebook does is folded" '<details class="notebook">'
has "other quotes are quotes" '<blockquote> <p>some other quote</p> </blockquote>'
has "a hint is folded" '<summary>Hint</summary> <p>With both hands.</p>'
has "a hint may follow its exercise at once" '<summary>Hint</summary> <p>With one hand.</p>'
has "what one should get stands before the answer" \
    '<p class="expected"><b>Expected:</b> 3 &gt; 2</p> <details class="answer">'
has "the answer has words, program and output" '<pre tabindex="0">one and two Expected: 3 &gt; 2'
has "punctuation stays with its formula" '<mn>1</mn></mrow></math>.</span>'
has "exponents and minus signs are set as in print" 'A value may be 2·10⁻⁵ or −7; see'
has "a reference doesn't break" '<a href="#table-90_rows">Table 90.1</a>'

# ---- cells and tables ----------------------------------------------------------------------------

has "a cell has a head: its number as a link, its lines" \
    '<a href="#in-1">In [1]</a> lines <a href="sources/90_markup.c">15 to 18</a></p>'
has "lines that only show things are one line" '<summary>6 lines that show Figure 90.1</summary>'
has "so are the last of a lesson" '<summary>3 lines that end the program</summary>'
has "the indent that all lines of a cell have is cut" \
    '<b id="L56"></b><span class="t">int</span> unused'
has "checks are listed in the head, each a link" \
    '<summary>1 check passed</summary> <ol> <li><a href="#check-1">three is three</a></li>'
has "a long table can be unfolded" '<summary>All 20 rows</summary>'
has "a heading that the notebook cuts is whole" '<span>Documentary</span></th>'
has "the bars of a size are no list" '<span>the |count|</span></th>'
has "genres are a list, minus signs and commas are set" \
    '<td>Comedy · Sci‑Fi 0</td><td class="n">−12,345</td><td class="n">12345</td>'
has "tables and plots link to their numbers and their code" \
    '<a href="plots/90_bars.dat">data</a> · <a href="#in-3">the code</a></p>'
grep -q '^Docum entary,the |count|,movieId$' "$out/tables/90_rows.csv" 2> "$work/log" &&
    grep -q '^Comedy|Sci-Fi 0,-12345,12345$' "$out/tables/90_rows.csv"
verdict "the CSV has all as the lesson has given it"
cmp "$out/sources/90_markup.c" "$root/lessons/90_markup.c" > "$work/log" 2>&1
verdict "the source goes along"

# ---- markup that is wrong ------------------------------------------------------------------------

# A script (sed) makes the lesson wrong; the message must begin with file and line, and say why.
wrong() {
    name=$1 words=$2 script=$3
    sed "$script" tests/pages/markup/90_markup.c > "$root/lessons/90_markup.c"
    build/lessons/weave --root "$root" --out "$out" lesson 90_markup > "$work/log" 2>&1
    got=$?
    [ "$got" = 1 ] || echo "exit status $got instead of 1" >> "$work/log"
    cmp -s tests/pages/markup/90_markup.c "$root/lessons/90_markup.c" &&
        { echo "the script changes nothing" >> "$work/log"; got=0; }
    [ "$got" = 1 ] && grep -qF -- "90_markup.c:$words" "$work/log"
    verdict "$name"
}
wrong "a value that nobody defines" "33: no nb_value defines {{nothing}}" 's/{{tiny}}/{{nothing}}/'
wrong "a table that there isn't" "33: there is no {{table:nowhere}}" \
    's/{{table:90_rows}}/{{table:nowhere}}/'
# shellcheck disable=SC2016 # a sed script
wrong "unknown TeX" '33: unknown command \nonsense' '33s/^Here/$\\nonsense$ &/'
wrong "a quotation of a function that isn't there" "29: lessons/movielens.h has no function" \
    's/^## Words.*/{{code: movielens.h ml_nothing}}/'
wrong "a quotation of a file that there isn't" "29: there is no file lessons/nowhere.h" \
    's/^## Words.*/{{code: nowhere.h ml_nothing}}/'
# shellcheck disable=SC2016 # a sed script
wrong "prose without an end" "79: this /*md comment never ends" '$s|^\*/||'
wrong "a lesson without a title" "1: a lesson begins with a line '# Title'" 's/^#* .*//'
wrong "a lesson without a question" "1: a lesson needs a line '> question: ...?'" \
    's/^> question/> query/'
wrong "code that has changed since it ran" "46: the code of 90_markup has changed since it ran" \
    's/int three/long three/'
wrong "a result of a kind that there isn't" \
    "7: expected '> result: figure:NAME. Sentence.' or table:NAME, and found 'plot:90_bars." \
    's/figure:90_bars/plot:90_bars/'
wrong "a result that the lesson doesn't show" "7: the lesson shows no figure '90_none'" \
    's/figure:90_bars/figure:90_none/'
wrong "a word that is defined twice" "37: expected a new word, and 'gizmo' is defined in" \
    's/^> caution: .*/> word: gizmo: again/'
wrong "a word without a definition" "31: expected '> word: NAME: definition'" \
    's/^> word: gizmo.*/> word: gizmo/'
wrong "a word without a name" "31: expected a name after '> word:'" \
    's/^> word: gizmo[^:]*:/> word: :/'
wrong "a fold without a cell" "29: expected code after '> fold:', and found" \
    's/^## Words.*/> fold: nothing/; s/^> word.*/> margin: a\n*\/\n\/*md/'
wrong "an answer of another lesson" "69: expected an answer of this lesson, such as" \
    's/answer: 90_1/answer: 01_1/'
wrong "an answer without a program" "69: the answer 90_2 needs its program lessons/answers/90_2.c" \
    's/answer: 90_1/answer: 90_2/'
wrong "two paragraphs where one is expected" "4: expected one paragraph after '> question:'" \
    's/^> quote become?/&\n>\n> And more?/'
cp tests/pages/markup/90_markup.c "$root/lessons"
mv "$out/records/answers/90_1.txt" "$work"
build/lessons/weave --root "$root" --out "$out" lesson 90_markup > "$work/log" 2>&1 &&
    grep -q "(not run yet: make answers runs it)" "$out/90_markup.html"
verdict "an answer that hasn't run says how to run it"
mv "$work/90_1.txt" "$out/records/answers"

totals
