#!/bin/sh
# Compares a report with the recorded checksums: the same data, seed and epochs give the same bytes
# on every machine. Names the first difference, in the order of the lessons.
#
#     sh tests/pages/check_report.sh [FOLDER]              FOLDER is report unless given
#     sh tests/pages/check_report.sh --record [FOLDER]     records FOLDER as it is
#
# The record is tests/golden/report.sha256, or $RECORD. gnuplot draws a little differently from
# version to version, so what it draws isn't compared: plots/NAME.svg with a plots/NAME.dat beside
# it, and the drawing inside of a page. What is left of NAME.html is recorded as
# NAME.without-plots.html; the other lines are as sha256sum and `shasum -a 256` write them.
set -u
export LC_ALL=C

record=${RECORD:-tests/golden/report.sha256}
action=compare
if [ "${1:-}" = --record ]; then
    action=record
    shift
fi
report=${1:-report}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM

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
    $0 == "<div class=\"drawing\">" { box = $0; next }
    box != "" && $0 == "(plot)" { boxed = 1 }
    box != "" { if (!boxed) print box; box = "" }
    boxed && $0 == "</div>" { boxed = 0; next }
    /^<p>This plot needs gnuplot/ { missing = 1; $0 = "(plot)"; print }
    plot && $0 == "" { next }
    { plot = $0 == "(plot)" }
    !missing && $0 != "<div class=\"picture\">(plot)</div>"
    missing && /^<\/div>/ { missing = 0 }' "$work/drawn"
}

# The comparable part of the report, in a folder of its own.
mkdir "$work/part" "$work/part/tables" "$work/part/plots"
gather() {
    for page in "$report"/*.html; do
        name=$(basename "$page" .html)
        without_plots "$page" > "$work/part/$name.without-plots.html" || return 1
    done
    for file in "$report"/*.safetensors "$report"/tables/* "$report"/plots/*; do
        case $file in *.svg) [ ! -e "${file%.svg}.dat" ] || continue ;; esac
        [ ! -f "$file" ] || cp "$file" "$work/part/${file#"$report"/}" || return 1
    done
}

sha256() { if command -v sha256sum > /dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# "hash  name" of every file, lesson by lesson: tables and data before the page that shows them.
sums() {
    (cd "$work/part" && find . -type f | sed 's|^\./||' |
        awk -F/ '{ kind = /^tables/ ? 1 : /^plots/ ? 2 : 3; print substr($NF, 1, 2) kind, $0 }' |
        sort | cut -d' ' -f2- | while IFS= read -r name; do sha256 "$name" || exit 1; done)
}

# "edition · seed N" from a page, and the epochs from the curve of the losses.
options() {
    run=$(sed -n 's|^<p class="run">\(.*\)</p>$|\1|p' "$report"/*.html | sort -u)
    echo "$run · epochs $(($(wc -l < "$report/plots/07_loss.dat")))"
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

say_difference() {
    echo "check-report: $report is not what is recorded in $record"
    read -r verdict < "$work/differences"
    file=${verdict##* }
    echo "    first difference: the report ${verdict% *} $file: $(describe "$file")"
    echo "    $(($(wc -l < "$work/differences"))) in all, of $(grep -vc '^#' "$record") files:"
    sed 's/^/        /' "$work/differences"
    echo "    A lesson that was changed on purpose: make record-report"
}

# ---- the two actions -----------------------------------------------------------------------------

[ -f "$report/index.html" ] || fail "$report has no index.html: make report writes it"
[ -f "$report/plots/07_loss.dat" ] || fail "$report has no plots/07_loss.dat: make report writes it"
made_with=$(options)
[ "$(echo "$made_with" | wc -l)" -eq 1 ] || fail "pages of several runs: make report
$made_with"
gather || fail "$report can't be read"
sums > "$work/sums" || fail "the checksums of $report can't be made"

if [ $action = record ]; then
    { echo "# $made_with" && cat "$work/sums"; } > "$record" || fail "$record can't be written"
    echo "$record: $(($(wc -l < "$work/sums"))) files of $report ($made_with)"
    exit
fi

[ -f "$record" ] || fail "there is no $record: make record-report writes it"
if grep -q '<p>This plot needs gnuplot' "$report"/*.html; then
    echo "check-report: the report was made without gnuplot: its plots are data tables"
fi
recorded_with=$(sed -n 's/^# //p' "$record")
if [ "$made_with" != "$recorded_with" ]; then
    fail "$report was made with other options than the record:
    report: $made_with
    record: $recorded_with"
fi
grep -v '^#' "$record" > "$work/recorded"
compare "$work/recorded" "$work/sums" > "$work/differences"
if [ -s "$work/differences" ]; then
    say_difference >&2
    exit 1
fi
echo "check-report: identical: $(($(wc -l < "$work/sums"))) files ($made_with)"
