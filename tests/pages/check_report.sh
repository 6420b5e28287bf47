#!/bin/sh
# Compares a report with the recorded checksums: the same data, seed and epochs give the same bytes
# on every machine. Names the first difference, in the order of the lessons.
#
#     sh tests/pages/check_report.sh [FOLDER]                  FOLDER is report unless given
#     sh tests/pages/check_report.sh --record [FOLDER]         records FOLDER as it is
#     sh tests/pages/check_report.sh --record-pages [FOLDER]   its pages only
#
# There are two lists in tests/golden, or in $RECORDS. numbers.sha256 has what the lessons computed:
# tables, data of plots, drawings, and the model. pages.sha256 has what the publisher made of it and
# of the sources; it changes with every word of the prose. Pages are recorded only beside the
# recorded numbers.
#
# gnuplot draws a little differently from version to version, so what it draws isn't compared:
# plots/NAME*.svg with a plots/NAME.dat beside it, and the drawings inside of a page. What is left of
# NAME.html is recorded as NAME.without-plots.html; the other lines are as sha256sum and
# `shasum -a 256` write them.
set -u
export LC_ALL=C

records=${RECORDS:-tests/golden}
action=compare
case ${1:-} in
    --record | --record-pages) action=${1#--}; shift ;;
esac
report=${1:-report}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fail() { echo "check-report: $1" >&2; exit 1; }

# ---- what is compared ----------------------------------------------------------------------------

# A page without what gnuplot drew, or the table that stands there where gnuplot is missing. On the
# index page nothing stands there then, so the drawing goes with its line.
without_plots() {
    awk '
    # Takes the beginning of `text`: what precedes the mark, and so much of the mark; else all.
    function take(mark, length_of_mark,    at, piece) {
        at = index(text, mark)
        piece = at ? substr(text, 1, at - 1 + length_of_mark) : text
        text = substr(text, length(piece) + 1)
        return piece
    }
    { text = text $0 "\n" }
    END {
        while (text != "") {
            printf "%s", take("<svg ", 0)
            drawing = take("</svg>", length("</svg>"))
            printf "%s", drawing ~ /gnuplot_canvas/ ? "(plot)" : drawing
        }
    }' "$1" > "$work/drawn" && awk '
    # The box around a drawing goes with it.
    /^<div class="drawing[a-z ]*">$/ { box = $0; next }
    box != "" && $0 == "(plot)" { boxed = 1 }
    box != "" { if (!boxed) print box; box = "" }
    boxed && $0 == "</div>" { boxed = 0; next }
    /^<a class="drawn"/ { next } # the way to it
    /^<p>This plot needs gnuplot/ { missing = 1; $0 = "(plot)"; print }
    plot && ($0 == "" || $0 == "(plot)") { next }
    { plot = $0 == "(plot)" }
    !missing && $0 != "<div class=\"picture\" aria-hidden=\"true\">(plot)</div>"
    missing && /^<\/div>/ { missing = 0 }' "$work/drawn"
}

# The comparable parts of the report, in folders of their own.
mkdir "$work/pages" "$work/numbers" "$work/numbers/tables" "$work/numbers/plots"
gather() {
    for page in "$report"/*.html; do
        name=$(basename "$page" .html)
        without_plots "$page" > "$work/pages/$name.without-plots.html" || return 1
    done
    for file in "$report"/*.safetensors "$report"/tables/* "$report"/plots/*; do
        plot=${file%.svg} plot=${plot%.narrow} plot=${plot%.small}
        case $file in *.svg) [ ! -e "$plot.dat" ] || continue ;; esac
        [ ! -f "$file" ] || cp "$file" "$work/numbers/${file#"$report"/}" || return 1
    done
}

sha256() { if command -v sha256sum > /dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# "hash  name" of every file of a part, lesson by lesson, tables before plots.
sums() {
    (cd "$work/$1" && find . -type f | sed 's|^\./||' |
        awk -F/ '{ kind = /^tables/ ? 1 : /^plots/ ? 2 : 3; print substr($NF, 1, 2) kind, $0 }' |
        sort | cut -d' ' -f2- | while IFS= read -r name; do sha256 "$name" || exit 1; done)
}

count() { echo $(($(wc -l < "$1"))); }

# "edition · seed N" from a page, and the epochs from the table of the losses, below its heading.
options() {
    run=$(sed -n 's|^<p class="run">\(.*\)</p>$|\1|p' "$report"/*.html | sort -u)
    echo "$run · epochs $(($(wc -l < "$report/tables/07_training.csv") - 1))"
}

# ---- what differs --------------------------------------------------------------------------------

# From two lists of sums: "differs in name", "lacks name", in the order of the recorded list, and
# then "has besides name".
compare() {
    awk 'FNR == NR { is[$2] = $1; next }
         !($2 in is) { print "lacks", $2; next }
         is[$2] != $1 { print "differs in", $2 }' "$2" "$1"
    awk 'FNR == NR { was[$2]; next } !($2 in was) { print "has besides", $2 }' "$1" "$2"
}

# What a reader knows a file as.
describe() {
    name=$(basename "$1")
    name=${name%%.*}
    case $1 in
        tables/*) echo "the table $name, by lessons/$(lesson_of "$name")" ;;
        plots/*) echo "the plot $name, by lessons/$(lesson_of "$name")" ;;
        *.safetensors) echo "the trained model" ;;
        *) echo "the words, code or numbers of the page $name.html" ;;
    esac
}
lesson_of() { (cd lessons && echo "${1%%_*}"_*.c); }

# What differs in a part of the report from its list, if something does; then stops.
compare_part() {
    list=$records/$1.sha256
    [ -f "$list" ] || fail "there is no $list: make record-report writes it"
    recorded_with=$(sed -n 's/^# //p' "$list")
    [ "$made_with" = "$recorded_with" ] ||
        fail "$report was made with other options than the record:
    report: $made_with
    record: $recorded_with"
    grep -v '^#' "$list" > "$work/recorded"
    compare "$work/recorded" "$work/$1.sums" > "$work/differences"
    [ -s "$work/differences" ] || return 0
    say_difference "$1" >&2
    exit 1
}

say_difference() {
    echo "check-report: $report is not what is recorded in $list"
    read -r verdict < "$work/differences"
    file=${verdict##* }
    echo "    first difference: the report ${verdict% *} $file: $(describe "$file")"
    echo "    $(count "$work/differences") in all, of $(count "$work/recorded") files:"
    sed 's/^/        /' "$work/differences"
    case $1 in
        numbers) echo "    A lesson or the library that was changed on purpose: make record-report" ;;
        pages) echo "    Prose, comments or code that was changed on purpose: make record-pages" ;;
    esac
}

# record_part PART: writes its list anew.
record_part() {
    { echo "# $made_with" && cat "$work/$1.sums"; } > "$records/$1.sha256" ||
        fail "$records/$1.sha256 can't be written"
    echo "$records/$1.sha256: $(count "$work/$1.sums") files of $report ($made_with)"
}

# ---- the three actions ---------------------------------------------------------------------------

[ -f "$report/index.html" ] || fail "$report has no index.html: make report writes it"
[ -f "$report/tables/07_training.csv" ] ||
    fail "$report has no tables/07_training.csv: make report writes it"
made_with=$(options)
[ "$(echo "$made_with" | wc -l)" -eq 1 ] || fail "pages of several runs: make report
$made_with"
gather || fail "$report can't be read"
for part in numbers pages; do
    sums $part > "$work/$part.sums" || fail "the checksums of $report can't be made"
done

case $action in
    record) record_part numbers && record_part pages ;;
    record-pages) compare_part numbers && record_part pages ;;
    compare)
        if grep -q '<p>This plot needs gnuplot' "$report"/*.html; then
            echo "check-report: the report was made without gnuplot: its plots are data tables"
        fi
        compare_part numbers
        compare_part pages
        echo "check-report: identical: $(count "$work/numbers.sums") files of numbers," \
            "$(count "$work/pages.sums") pages ($made_with)" ;;
esac
