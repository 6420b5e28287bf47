#!/bin/sh
# Proves that check_report.sh finds what it looks for: a small report is recorded, then changed in
# one way after another, and each change must be named.
#
#   sh tests/pages/prove_check_report.sh         from the repository root, after `make lessons`
set -u

# shellcheck source=tests/verdicts.sh
. tests/verdicts.sh
RECORDS=$work/records
export RECORDS
mkdir "$RECORDS"

# All lessons into a folder; more options follow.
make_report() {
    out=$1
    shift
    for lesson in build/lessons/[0-9]*; do
        "$lesson" --quiet --out "$out" --data tests/golden/tiny "$@" || return 1
    done < /dev/null > "$work/log" 2>&1
}

check() { sh tests/pages/check_report.sh "$@" > "$work/log" 2>&1; }
says() { grep -qF -- "$1" "$work/log"; }

# A fresh copy of the report is changed by a command, whose "$1" is the copy; the check must fail
# and say the words.
finds() {
    rm -rf "$work/copy"
    cp -r "$work/report" "$work/copy"
    sh -c "$3" change "$work/copy" || exit 1
    ! check "$work/copy" && says "$2"
    verdict "$1"
}

make_report "$work/report" --epochs 2 &&
    build/lessons/weave --out "$work/report" book > "$work/log" &&
    build/lessons/weave --out "$work/report" index
verdict "a small report"
check "$work/report"
[ "$?" = 1 ] && says "make record-report writes it"
verdict "without a record, the command that makes it is named"
check --record "$work/report" && says "numbers.sha256" && says "pages.sha256" && says "epochs 2"
verdict "its record"
check "$work/report" && says "identical"
verdict "it is identical to its record"

# In place, as `sed -i` isn't the same everywhere.
cat > "$work/change" << 'SCRIPT'
sed "$1" "$2" > "$2.new" && ! cmp -s "$2" "$2.new" && mv "$2.new" "$2"
SCRIPT
change="sh $work/change"
finds "one digit of a table" \
    "differs in tables/07_training.csv: the table 07_training, by lessons/07_training.c" \
    "$change '2s/[0-9]\$/x/' \"\$1/tables/07_training.csv\""
finds "one digit of a plot's data" "differs in plots/08_predicted.dat" \
    "$change '1s/[0-9]/&0/' \"\$1/plots/08_predicted.dat\""
finds "one word of a page" "the words, code or numbers of the page 04_split.html" \
    "$change 's/You will see/You may see/' \"\$1/04_split.html\""
finds "one colour of a drawing that isn't gnuplot's" "05_model.svg" \
    "$change 's/black/red/' \"\$1/plots/05_model.svg\""
finds "one bit of the model" "model.safetensors: the trained model" \
    "printf x | dd of=\"\$1/model.safetensors\" bs=1 seek=9999 conv=notrunc 2>/dev/null"
finds "a missing table" "lacks tables/02_y_head.csv" "rm \"\$1/tables/02_y_head.csv\""
finds "a table too many" "has besides tables/02_more.csv" "echo 1 > \"\$1/tables/02_more.csv\""
finds "the first of several differences" \
    "first difference: the report differs in tables/03_target.csv" \
    "echo 1 >> \"\$1/tables/09_zeros.csv\"; echo 1 >> \"\$1/tables/03_target.csv\"
     echo 1 >> \"\$1/03_scaling.html\""
finds "a page of another run" "pages of several runs" \
    "$change 's/seed 1/seed 2/' \"\$1/06_gradients.html\""
finds "an unfinished report" "make report writes it" "rm \"\$1/tables/07_training.csv\""

# Pages are recorded anew, but not beside other numbers.
rm -rf "$work/copy"
cp -r "$work/report" "$work/copy"
sh "$work/change" 's/You will see/You may see/' "$work/copy/04_split.html"
! check "$work/copy" && says "on purpose: make record-pages"
verdict "a page that was changed on purpose: the command for it is named"
cp -r "$RECORDS" "$work/before"
check --record-pages "$work/copy" && says "pages.sha256" && ! says "numbers.sha256" &&
    check "$work/copy" && says "identical" &&
    cmp "$RECORDS/numbers.sha256" "$work/before/numbers.sha256" > "$work/log"
verdict "pages alone can be recorded"
echo 1 >> "$work/copy/tables/09_zeros.csv"
! check --record-pages "$work/copy" && says "09_zeros" && says "make record-report"
verdict "pages aren't recorded beside other numbers"
cp "$work/before"/* "$RECORDS"

# What the lessons recorded is enough for the pages, as long as their code is the same.
rm -rf "$work/again" "$work/root"
cp -r "$work/report" "$work/again"
rm "$work/again"/*.html
mkdir -p "$work/root/tests"
cp -r lessons twotower.h "$work/root"
cp -r tests/unit "$work/root/tests"
weave="build/lessons/weave --root $work/root --out $work/again"
$weave lesson > "$work/log" 2>&1 && $weave book > "$work/log" 2>&1 && $weave index &&
    check "$work/again" && says "identical"
verdict "pages are woven again from the records alone, the same"
lesson=$work/root/lessons/03_scaling.c
sh "$work/change" 's|^## And back|&\
\
A paragraph more, and a comment.|; s|^int main.*|/* a comment */ & // and one more|' "$lesson"
$weave lesson 03_scaling > "$work/log" 2>&1 &&
    grep -v 'id="L[0-9]*"' "$work/again/03_scaling.html" | grep -q 'a paragraph more' -i &&
    sed -n '/class="out"/,/^<\/div>/p' "$work/report/03_scaling.html" > "$work/outputs" &&
    sed -n '/class="out"/,/^<\/div>/p' "$work/again/03_scaling.html" |
    diff "$work/outputs" - > "$work/log"
verdict "after a change of prose and comments what was shown stands where it stood"
sh "$work/change" 's/double half_range = /double twice_range = 2 * /' "$lesson"
! $weave lesson 03_scaling > "$work/log" 2>&1 && says "03_scaling.c:" &&
    says "the code of 03_scaling has changed since it ran: make lesson-03"
verdict "after a change of code the lesson must run again"

# gnuplot draws differently from version to version.
rm -rf "$work/copy"
cp -r "$work/report" "$work/copy"
for drawn in "$work/copy/plots/07_loss.svg" "$work/copy/07_training.html"; do
    sh "$work/change" "s/<path stroke='[^']*'  d=/<path class='x'  d=/" "$drawn" # as gnuplot writes
done
check "$work/copy" && says "identical"
verdict "what gnuplot drew is not compared"

PATH=/nowhere make_report "$work/plain" --epochs 2
cp "$work/report/book.html" "$work/plain"
build/lessons/weave --out "$work/plain" index
check "$work/plain" && says "identical" && says "made without gnuplot"
verdict "without gnuplot the rest is identical, and that is said"

for options in '--seed 2 --epochs 2' '--epochs 1'; do
    # shellcheck disable=SC2086
    make_report "$work/other" $options
    ! check "$work/other" && says "made with other options" && says "report: " && says "record: "
    verdict "other options are named: $options"
done

# Where sha256sum is missing, as on macOS.
mkdir "$work/bin"
for program in sh awk basename cat cp cut find grep mkdir mktemp perl rm sed shasum sort wc; do
    path=$(command -v $program) && ln -s "$path" "$work/bin/$program"
done
if [ -e "$work/bin/shasum" ]; then
    PATH=$work/bin check "$work/report" && says "identical"
    verdict "with shasum instead of sha256sum"
else
    skip "with shasum instead of sha256sum: there is no shasum"
fi

totals
