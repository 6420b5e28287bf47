#!/bin/sh
# Runs the lessons as a reader would, and looks at what they leave: tables against the notebook's,
# the same bytes from run to run, clear errors and no half pages.
#
#   sh tests/pages/check_lessons.sh              from the repository root, after `make lessons`
#
# The notebook's edition is looked for in data/ml-latest-small, then in $TWOTOWER_DATA.
set -u

# shellcheck source=tests/verdicts.sh
. tests/verdicts.sh
golden=tests/golden/notebook

# All lessons and the book into a folder; more options follow.
run_lessons() {
    out=$1
    shift
    build/lessons/weave --out "$out" book > "$work/log" 2>&1 || return 1
    mkdir -p "$out/records" && cp -r "$work/answers" "$out/records"
    for lesson in build/lessons/[0-9]*; do
        "$lesson" --quiet --out "$out" "$@" < /dev/null || return 1
    done >> "$work/log" 2>&1
}

# ---- answers to exercises ------------------------------------------------------------------------

# Their checks hold, and they print by what a reader checks a result. The pages below show them.
mkdir "$work/answers"
for source in lessons/answers/[0-9]*.c; do
    answer=$(basename "$source" .c)
    "build/answers/$answer" > "$work/answers/$answer.txt" || echo "$answer fails"
    grep -q '^Expected: ' "$work/answers/$answer.txt" || echo "$answer prints no 'Expected: '"
    awk 'length > 80 { exit 1 }' "$work/answers/$answer.txt" || echo "$answer prints long lines"
    grep -qE '^ *> answer: '"$answer\$" lessons/"${answer%_*}"_*.c || echo "nobody asks for $answer"
done > "$work/log" 2>&1
[ ! -s "$work/log" ]
verdict "the answers to the exercises hold, and print what they promise"
for source in lessons/answers/[0-9]*.c; do
    ${CC:-cc} "$source" -I. -lm -o "$work/answer" && "$work/answer" > "$work/printed" &&
        diff "$work/printed" "$work/answers/$(basename "$source" .c).txt"
    break
done > "$work/log" 2>&1
[ ! -s "$work/log" ]
verdict "cc lessons/answers/NN_K.c -I. -lm compiles an answer, which prints the same"

# ---- a C compiler is enough ----------------------------------------------------------------------

# In a tree without the publisher, and with no header beside the C library's and the project's own.
mkdir "$work/plain" "$work/plain/data"
cp -r twotower.h lessons "$work/plain"
cp -r tests/golden/tiny "$work/plain/data/movielens"
grep -h '^#include' lessons/[0-9]*.c lessons/*.h | sort -u |
    grep -vxE '#include "(twotower|movielens|notebook|terminal|drawing|baselines)\.h"' |
    grep -vxE '#include <(errno|math|st[a-z]+|time)\.h>' |
    grep -vxE '#include <(sys/stat|sys/time|unistd)\.h>' > "$work/log"
[ ! -s "$work/log" ]
verdict "lessons include nothing but the C library and the project's own headers"
(cd "$work/plain" || exit 1
 for lesson in lessons/[0-9]*.c; do
     ${CC:-cc} "$lesson" -I. -lm || exit 1
     ./a.out --epochs 1 --out out || exit 1
 done) < /dev/null > "$work/log" 2>&1
verdict "cc lessons/NN_name.c -I. -lm compiles each lesson, which runs, with nothing else installed"
grep -q 'out/records/11_similar_movies.txt is recorded; make lesson-11 makes a page' "$work/log" &&
    grep -q '^Table 7\.1\. ' "$work/log" && [ -s "$work/plain/out/tables/07_training.csv" ]
verdict "it tells its results, leaves its tables, and says how to get the page"

for lesson in lessons/[0-9]*.c; do grep -qF "$lesson" README.md || echo "no $lesson"; done \
    > "$work/log"
[ ! -s "$work/log" ]
verdict "README.md names every lesson"

# ---- the bundled edition: everything is made, twice the same -------------------------------------

run_lessons "$work/a" --epochs 2
verdict "eleven lessons on the bundled data"
for lesson in lessons/[0-9]*.c; do
    name=$(basename "$lesson" .c)
    [ -s "$work/a/$name.html" ] || { echo "there is no $name.html" > "$work/log"; false; }
    verdict "$name.html is there"
done
find "$work/a" -name '*.tmp' > "$work/log"
[ ! -s "$work/log" ]
verdict "no temporary files are left"

run_lessons "$work/b" --epochs 2 --threads 1 && diff -r "$work/a" "$work/b" > "$work/log" 2>&1
verdict "a second run, on one thread, makes the same bytes"

# A link that the reader may follow is no load; neither is a picture or a font in the page (data:).
grep -oE '<(link|base|iframe|object|embed)[ >]|@import|(src|srcset|poster|data)="[^"]*' \
    "$work"/a/*.html | grep -v 'src="data:' > "$work/log"
grep -oE 'url\([^#][^)]*\)|(fetch|import|XMLHttpRequest|WebSocket|EventSource|Worker)\(' \
    "$work"/a/*.html | grep -v ':url(data:' | cut -c 1-200 >> "$work/log"
[ ! -s "$work/log" ]
verdict "pages load nothing from anywhere"

for page in "$work"/a/*.html; do
    grep -oE ' id="[^"]*"' "$page" | sort > "$work/ids"
    uniq -d "$work/ids" | sed "s|^|${page##*/}: twice|"
    grep -oE ' href="#[^"]*"' "$page" | sed 's/href="#/id="/' | sort -u | comm -23 - "$work/ids" |
        sed "s|^|${page##*/}: nowhere|"
done > "$work/log" 2>&1
[ ! -s "$work/log" ]
verdict "ids are there once, and every link inside of a page leads somewhere"

find "$work/a" -name '*.html' -size +1000000c > "$work/log"
[ ! -s "$work/log" ]
verdict "no page is larger than a megabyte"

if command -v tidy > /dev/null; then
    for page in "$work"/a/*.html; do tidy -e -q "$page" 2>&1 | sed "s|^|${page##*/}: |"; done \
        > "$work/log"
    [ ! -s "$work/log" ]
    verdict "tidy finds nothing to say about the pages"
else
    skip "valid HTML: there is no tidy"
fi

# What a lesson says when it isn't quiet. A character of UTF-8 has one byte outside of 80 to BF.
for lesson in build/lessons/[0-9]*; do
    "$lesson" --epochs 2 --out "$work/t" < /dev/null 2>&1 || echo "${lesson##*/} fails"
done > "$work/told"
LC_ALL=C tr -d '\200-\277' < "$work/told" |
    LC_ALL=C awk -v escape="$(printf '\033')" 'length > 80 || index($0, escape)' > "$work/log"
grep ' fails$' "$work/told" >> "$work/log"
[ ! -s "$work/log" ] && grep -q '^Table 1\.1' "$work/told"
verdict "lines on a terminal have at most 80 columns, and no colours"

# ---- the book: all of twotower.h, and nothing leads nowhere ---------------------------------------

page=$work/a/book.html
plain() { sed 's/<[^>]*>//g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g'; }
grep -o ' id="[^"]*"' "$page" 2> "$work/log" | sed 's/ id="\(.*\)"/\1/' | sort > "$work/ids"
[ -s "$work/ids" ]
verdict "book.html is there, and has places to link to"
{ grep -o 'href="#[^"]*"' "$page"; grep -ho 'href="book.html#[^"]*"' "$work"/a/*.html; } |
    sed 's/.*#\(.*\)"/\1/' | sort -u > "$work/links"
# Each section of the header has its place: of its chapter, or of its interface if that is all.
sed -n 's|^/\* §\([0-9A-Z]*\) .*--.*|s\1|p' twotower.h | sort -u >> "$work/links"
sort -u "$work/links" | comm -23 - "$work/ids" > "$work/log"
[ ! -s "$work/log" ]
verdict "every link to a place in the book finds it: $(wc -l < "$work/links")"

# Declared names: whatever the code mentions, without its comments.
sed 's:/\*.*\*/::g; /\/\*/,/\*\//d' twotower.h | grep -owE '(tt|TT)_[A-Za-z0-9][A-Za-z0-9_]*' |
    sort -u > "$work/names"
sed -n '/>Public names/,/>Private names/s/^<li><a href="#\([^"]*\)"><code>.*/\1/p' "$page" | sort |
    diff "$work/names" - > "$work/log"
verdict "the index has all public names, and each once: $(wc -l < "$work/names")"

grep -n '' twotower.h > "$work/lines"
sed -n 's/.*<b id="L\([0-9]*\)"><\/b>/\1:/p' "$page" | plain > "$work/code"
grep -vxFf "$work/lines" "$work/code" > "$work/log"
[ -s "$work/code" ] && [ ! -s "$work/log" ]
verdict "the book's lines of code are the header's: $(wc -l < "$work/code")"

# Word by word the book is the header, but for marks of comments, and what is woven around sections.
words() { sed 's:/\*::g; s:\*/::g; s/[-=]\{4,\}//g; s/`//g' | tr -s ' \n' '\n' | sed '/^$/d'; }
sed 's/^   [0-9]\. //' twotower.h | words > "$work/source"
sed -n '/<h1>/,/<section class="index-of-names">/p' "$page" | sed '/<div class="related">/,/^<\/div>/d
    /<div class="ways">/,/^<\/div>/d; s/<a class="anchor".*<\/a>//; s/<semantics>.*<annotation[^>]*>//' |
    plain | words | diff "$work/source" - > "$work/log"
verdict "word by word the book is the header: $(wc -l < "$work/source")"

# A header whose sections stand in another order, with appendices, and some in one part only.
mkdir -p "$work/small/tests"
cp -r lessons "$work/small"
cp -r tests/unit "$work/small/tests"
cat > "$work/small/twotower.h" << 'HEADER'
/* small.h

   A header. */
/* ====
   PART I: THE INTERFACE
   ==== */
/* §2 second ---- */
int tt_two(void); /* see §A */
/* §B in Part I only ---- */
int tt_b(void);
/* ====
   PART II: THE BOOK
   ==== */
/* §10 tenth ---- */
int tt_ten(void);
/* §2 second ---- */
TT_API int tt_two(void) { return 2; }
/* §A an appendix ---- */
int tt_a(void);
HEADER
build/lessons/weave --root "$work/small" --out "$work/small" book > "$work/log" 2>&1
{ grep -o '<h3 id="[a-zA-Z0-9]*"' "$work/small/book.html" | tr -d '\n'
  echo
  sed -n '/class="ways"/,/^<\/div>/s/^<a href="\(#[^"]*\)">\(.*\)<\/a>/\1 \2/p' "$work/small/book.html"
} > "$work/found"
cat > "$work/expected" << 'EXPECTED'
<h3 id="i2"<h3 id="sB"<h3 id="s10"<h3 id="s2"<h3 id="sA"
#sB §B in Part I only →
#i2 ← §2 second
#s2 §2 second →
#s10 ← §10 tenth
#sA §A an appendix →
#s2 ← §2 second
EXPECTED
diff "$work/expected" "$work/found" > "$work/log" &&
    grep -q '<a class="section-ref" href="#sA">§A</a>' "$work/small/book.html"
verdict "sections of the book stand in the header's order, numbers and letters, in one part or two"

# ---- the notebook's edition: its tables, digit for digit -----------------------------------------

edition=data/ml-latest-small
[ -f $edition/ratings.csv ] || edition=${TWOTOWER_DATA:-}
if [ -n "$edition" ] && [ -f "$edition/ratings.csv" ]; then
    run_lessons "$work/n" --epochs 1 --data "$edition"
    verdict "eleven lessons on the notebook's edition"
    tables=$work/n/tables
    same_table() { tr -d '\r' < "$golden/$2.csv" | diff - "$tables/$1.csv" > "$work/log" 2>&1
                   verdict "$1 is the notebook's $2"; }
    same_table 02_users_head 04_user_train_head
    same_table 02_items_head 05_item_train_head
    same_table 04_users_scaled_head 09_user_train_scaled_head

    printf 'y_train\n4.0\n4.0\n4.5\n2.5\n4.5\n' | diff - "$tables/02_y_head.csv" > "$work/log" 2>&1
    verdict "02_y_head is the notebook's cell 6"

    for shape in '(80504, 19)' '(20127, 19)' '(80504, 1)' '(None, 16)' '(80504, 16)' '(80504, 18)'; do
        grep -qF "$shape" "$tables/04_shapes.csv" || echo "no $shape in 04_shapes.csv"
    done > "$work/log"
    [ ! -s "$work/log" ]
    verdict "04_shapes has the shapes of cells 8, 12 and 13"

    # What depends on training is not compared: the predictions, and so the order of the rows.
    cut -d, -f2- "$golden/18_existing_user_2.csv" | tr -d '\r' | while IFS= read -r row; do
        cut -d, -f2- "$tables/10_existing_user.csv" | grep -qxF "$row" || echo "missing: $row"
    done > "$work/log"
    [ ! -s "$work/log" ]
    verdict "10_existing_user has user 2's rows of the notebook: y, genre and film averages"

    # Films and their genres, in order; the notebook lists the first ten here.
    sed -n '2,11p' "$tables/11_similar_movies.csv" > "$work/ours"
    tr -d '\r' < "$golden/22_similar_movies.csv" | sed -n '2,11p' | while IFS= read -r row; do
        title=$(printf '%s\n' "$row" | sed 's/^\("[^"]*"\|[^",]*\),\([^,]*\),.*/\1,\2,/')
        grep -qF "$title" "$work/ours" || echo "missing: $title"
    done > "$work/log"
    [ ! -s "$work/log" ]
    verdict "11_similar_movies begins with the notebook's films"
else
    skip "the notebook's tables: no data/ml-latest-small (make data gets it) and no \$TWOTOWER_DATA"
fi

# ---- a tiny data set with hostile titles ---------------------------------------------------------

run_lessons "$work/tiny" --epochs 1 --data tests/golden/tiny
verdict "eleven lessons on a tiny data set"
grep -lE '<Machine|<script(>|&gt;)alert|</script(>|&gt;)&|&"'"' \(2004\)" "$work"/tiny/*.html \
    > "$work/log" 2>&1
[ ! -s "$work/log" ]
verdict "no page has a title as markup"
for page in 01_ratings 02_features 09_new_user 10_existing_user 11_similar_movies; do
    grep -qF "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;' (2004)" "$work/tiny/$page.html" ||
        echo "$page"
done > "$work/log" 2>&1
[ ! -s "$work/log" ]
verdict "the pages that print it have it as text"

# ---- errors --------------------------------------------------------------------------------------

# The command must fail with the status and say the words on stderr, and leave no page.
refuses() {
    name=$1 status=$2 words=$3
    shift 3
    "$@" > /dev/null 2> "$work/log" < /dev/null
    got=$?
    [ "$got" = "$status" ] || echo "exit status $got instead of $status" >> "$work/log"
    grep -qF -- "$words" "$work/log" && [ "$got" = "$status" ] && [ ! -e "$work/e/${1##*/}.html" ]
    verdict "$name"
}
mkdir "$work/bad"
cp tests/golden/tiny/movies.csv "$work/bad"
printf 'userId,movieId,rating,timestamp\n1,1,4.0,0\n1,3,five,0\n' > "$work/bad/ratings.csv"
refuses "an unknown option" 2 --datta build/lessons/04_split --out "$work/e" --datta x
refuses "a seed that is no number" 2 "--seed" build/lessons/04_split --out "$work/e" --seed one
refuses "a folder without data" 1 "movies.csv: the file can't be opened" \
    build/lessons/01_ratings --out "$work/e" --data "$work/nowhere"
refuses "a malformed rating, by file, line and column" 1 'ratings.csv:3:5: rating "five"' \
    build/lessons/01_ratings --out "$work/e" --data "$work/bad"
for lesson in 08_evaluation 09_new_user 10_existing_user 11_similar_movies; do
    refuses "$lesson without the model says which command makes it" 1 "lesson-07" \
        build/lessons/$lesson --out "$work/e"
done
build/lessons/04_split --help > "$work/log" 2>&1 && grep -q -- '--data' "$work/log"
verdict "--help lists the options"

# The publisher, on sources that are wrong: a copy of the tree, in which `edit FILE SCRIPT` (sed)
# changes a file for one check.
mkdir -p "$work/root/tests"
cp -r twotower.h lessons "$work/root"
cp -r tests/unit "$work/root/tests"
weave() { build/lessons/weave --root "$work/root" --out "$work/a" "$@"; }
publisher_refuses() {
    name=$1 words=$2 file=$3 script=$4 what=$5
    cp "$work/root/$file" "$work/saved"
    sed "$script" "$work/saved" > "$work/root/$file"
    # shellcheck disable=SC2086 # what to weave is one word or two
    weave $what > "$work/log" 2>&1
    got=$?
    [ "$got" = 1 ] || echo "exit status $got instead of 1" >> "$work/log"
    cmp -s "$work/saved" "$work/root/$file" && echo "the script changes nothing" >> "$work/log"
    [ "$got" = 1 ] && ! cmp -s "$work/saved" "$work/root/$file" && grep -qF -- "$words" "$work/log"
    verdict "$name"
    cp "$work/saved" "$work/root/$file"
}
publisher_refuses "a section of the header that comes twice" "comes twice" twotower.h \
    's|^/\* §5 |/* §4 |' book
sed 's/^row\t[^\t]*/row/' "$work/a/records/03_scaling.txt" > "$work/record"
mv "$work/record" "$work/a/records/03_scaling.txt"
weave lesson 03_scaling > "$work/log" 2>&1
[ "$?" = 1 ] && grep -q '03_scaling.txt:[0-9]*: this record is damaged' "$work/log"
verdict "a damaged record, by file and line"
rm "$work/a/records/03_scaling.txt"
weave lesson 03_scaling > "$work/log" 2>&1
[ "$?" = 1 ] && grep -q 'there is no record of lesson 03_scaling: make lesson-03' "$work/log"
verdict "a lesson that hasn't run"
refuses "the book where there is no twotower.h" 1 "twotower.h:1: can't be read" \
    sh -c "rm '$work/root/twotower.h'; build/lessons/weave --root '$work/root' --out '$work/e' book"
refuses "an option that the publisher doesn't have" 2 "there is no option '--outt'" \
    build/lessons/weave --outt x book
refuses "a lesson that there isn't" 2 "there is no lesson '12_more'" \
    build/lessons/weave --out "$work/e" lesson 12_more

# A lesson that uses the notebook wrongly: each is a program of its own.
misuses() {
    name=$1 words=$2 code=$3
    mkdir -p "$work/root/lessons"
    cat > "$work/root/lessons/99_wrong.c" << LESSON
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include "movielens.h"
#include "notebook.h"

int main(int argc, char **argv)
{
    lesson my = lesson_open(argc, argv, LESSON_DATA, "is wrong");
    $code
    return lesson_close(&my);
}
LESSON
    ${CC:-cc} -I. -Ilessons "$work/root/lessons/99_wrong.c" -o "$work/wrong" -lm \
        > "$work/log" 2>&1 &&
        { "$work/wrong" --data tests/golden/tiny --out "$work/e" > /dev/null 2> "$work/log"
          [ "$?" = 1 ]; } && grep -qE "99_wrong.c:[0-9]+: $words" "$work/log"
    verdict "$name"
}
misuses "a table with half a row" "table 'x' has 1 cells, which don't fill rows of 2" \
    'nb_table("x", "", "a", "b"); nb_cell("1"); nb_table_end();'
misuses "a row with a cell too many" "a row of 3 cells in table 'x', which has 2 columns" \
    'nb_table("x", "", "a", "b"); nb_row("1\t2\t3"); nb_table_end();'
misuses "text inside of a table" "nb_text inside of table 'x'" \
    'nb_table("x", "", "a"); nb_text("1"); nb_table_end();'
misuses "a plot that nobody ends" "the end inside of plot 'x'" 'nb_plot("x", "", "");'
misuses "a name that is no file's" "the name 'a/b' must be of letters" 'nb_plot("a/b", "", "");'
misuses "a check that fails" "check failed: no" 'nb_check(1 == 2, "no");'

totals
