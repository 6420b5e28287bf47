#!/bin/sh
# Do the tests notice?  Changes twotower.h in one place (an operator, a number, a condition, a
# statement left out), builds the tests with it and runs them: one should fail.
#
#   sh tests/lab/mutants.sh [N [SEED]]     N mutants drawn at random (60), or all of them
#
# Each line of output is one mutant: killed by a test, survived, or dropped, since it doesn't compile
# or compiles to the same code.  Below 85 % killed the exit status is 1.  tests/lab/mutants.txt lists
# those that change nothing that a test could see, each with why.
#
# Works on a copy of the tree, so that a mutant can spoil nothing here.
set -u
cd "$(dirname "$0")/../.." || exit 1
wanted=${1:-60} seed=${2:-1} least=85
CC=${CC:-gcc}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/mutant"
cp -R tests lessons data "$work"
# Without the notebook's edition, on which tests train for minutes.
unset TWOTOWER_DATA
rm -rf "$work/data/ml-latest-small"

# Kernels are written to be compiled with -O3, which takes time and tells a test nothing.
plain() { sed 's/optimize("O3", /optimize(/'; }
plain < twotower.h > "$work/original.h"
printf '#define TWOTOWER_IMPLEMENTATION\n#include "twotower.h"\n' > "$work/header.c"

options="-std=c99 -D_POSIX_C_SOURCE=200809L -O1 -w -I$work/mutant -I$work"
! $CC -fopenmp -xc -c -o "$work/nothing.o" - < /dev/null 2> "$work/log" ||
    options="$options -fopenmp"

# ---- tests --------------------------------------------------------------------------------------

tests=$(basename -s .c tests/lab/bits.c tests/unit/test_*.c)

# shellcheck disable=SC2086 # options are several words
build() { $CC $options "tests/$1.c" -o "$work/$1" -lcmocka -lm > "$work/log" 2>&1; }

# Runs a test program within some seconds, some memory and some space on the disk.
passes() { # program seconds
    (
        cd "$work" || exit 1
        # shellcheck disable=SC3045 # not in POSIX, but in every sh that there is
        ulimit -v 8388608
        ulimit -f 2097152
        case $1 in
        bits) timeout "$2" ./bits --parts bits.tmp > log 2>&1 && cmp -s log tests/golden/bits.txt ;;
        *) timeout "$2" "./$1" > log 2>&1 ;;
        esac
    ) 2> "$work/aborted"
}

# Seconds that each test takes without a mutant, the fastest first.
measure() {
    cp "$work/original.h" "$work/mutant/twotower.h"
    for test in $tests; do
        build "$test" || { cat "$work/log" >&2; exit 1; }
        begin=$(date +%s%N)
        passes "$test" 300 || {
            echo "$test fails without a mutant:" >&2
            tail -n 20 "$work/log" >&2
            exit 1
        }
        echo "$((($(date +%s%N) - begin) / 1000000)) $test"
    done | sort -n
}

# The first test that fails, or nothing.
killer() {
    while read -r milliseconds test; do
        if ! build "$test" || ! passes "$test" $((5 + milliseconds / 200)); then
            echo "$test"
            return
        fi
    done < "$work/order"
}

# ---- mutants ------------------------------------------------------------------------------------

# All mutants, each with a random number in front; the least N of these, in the order of the file.
draw() {
    LC_ALL=C awk -f tests/lab/mutants.awk "$work/original.h" |
        awk -v seed="$seed" '{ key = (key * 16807 + 12345 + seed * 7919) % 2147483647
            print key "\t" $0 }' |
        if [ "$wanted" = all ]; then cat; else sort -n | head -n "$wanted"; fi |
        cut -f 2- | sort -n
}

# Line number $line of a file, with the mutant's change.
changed() {
    replacement=$replacement LC_ALL=C awk -v line="$line" -v at="$column" -v n="$length" '
        NR == line { $0 = substr($0, 1, at - 1) ENVIRON["replacement"] substr($0, at + n) }
        { print }' "$work/original.h"
}
compile() { # shellcheck disable=SC2086
    $CC $options -c "$work/header.c" -o "$1" > "$work/log" 2>&1
}
text_of() { sed -n "${line}s/^ *//p" "$1"; }

# mutants.txt as lines "before TAB after".
sed -n 's/^- *//p' tests/lab/mutants.txt > "$work/before"
sed -n 's/^+ *//p' tests/lab/mutants.txt > "$work/after"
paste "$work/before" "$work/after" > "$work/known"

measure > "$work/order"
[ "$(wc -l < "$work/order")" = "$(echo "$tests" | wc -l)" ] || exit 1
cp "$work/original.h" "$work/mutant/twotower.h"
compile "$work/original.o" || { cat "$work/log" >&2; exit 1; }
draw > "$work/mutants"
echo "$(wc -l < "$work/mutants") mutants; tests, fastest first:" \
     "$(cut -d ' ' -f 2 "$work/order" | paste -s -d ' ')"

killed=0 survived=0 dropped=0
tab=$(printf '\t')
while IFS="$tab" read -r line column length replacement operator; do
    changed > "$work/mutant/twotower.h"
    before=$(text_of "$work/original.h")
    after=$(text_of "$work/mutant/twotower.h")
    if printf '%s\t%s\n' "$before" "$after" | grep -qFx -f - "$work/known"; then
        verdict='dropped' by='in mutants.txt'
    elif ! compile "$work/mutant.o"; then
        verdict='dropped' by='does not compile'
    elif cmp -s "$work/original.o" "$work/mutant.o"; then
        verdict='dropped' by='same code'
    else
        by=$(killer)
        if [ -n "$by" ]; then verdict=killed; else verdict=SURVIVED; fi
    fi
    case $verdict in
    killed) killed=$((killed + 1)) ;;
    SURVIVED) survived=$((survived + 1)) ;;
    dropped) dropped=$((dropped + 1)) ;;
    esac
    printf '%-8s  %-16s  %s: %s\n' "$verdict" "$by" "$line" "$before"
    [ "$verdict" != SURVIVED ] || printf '%28s  %s: %s\n' "$operator" "$line" "$after"
done < "$work/mutants"

[ $((killed + survived)) -gt 0 ] || { echo 'no mutant to judge' >&2; exit 1; }
percent=$((100 * killed / (killed + survived)))
echo "$killed killed, $survived survived, $dropped dropped: $percent % killed, least $least %"
[ "$percent" -ge "$least" ]
