#!/bin/sh
# Do the tests notice?  Changes twotower.h in one place (an operator, a number, a condition, a
# statement left out), builds the tests with it and runs them: one should fail.
#
#   sh tests/lab/mutants.sh [N [SEED]]     N mutants drawn at random (60), or all of them
#
# Each line of output is one mutant: killed by a test, survived, or dropped, since it doesn't
# compile, compiles to the same code, or stands in tests/lab/mutants.txt, which says why no test
# could see it.  The exit status is 1 below 85 % killed, and if mutants.txt names a mutant that
# there isn't.
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

options="-std=c99 -D_POSIX_C_SOURCE=200809L -O1 -w -I$work/mutant -I$work"
! $CC -fopenmp -xc -c -o "$work/nothing.o" - < /dev/null 2> "$work/log" ||
    options="$options -fopenmp"

# ---- tests --------------------------------------------------------------------------------------

tests=$(basename -s .c tests/lab/bits.c tests/unit/test_*.c)

# shellcheck disable=SC2086 # options are several words
compile() { $CC $options "$@" > "$work/log" 2>&1; }

library() { compile -DTEST_IMPLEMENTATION -x c -c tests/unit/test.h -o "$1"; }

# A test of what everybody sees is compiled once, and linked with each mutant of the library; one
# that has a library of its own is compiled each time.
has_own_library() {
    case $1 in
    bits) ;;
    *) grep -q TEST_IMPLEMENTATION "tests/unit/$1.c" ;;
    esac
}
build() { # program
    if has_own_library "$1"; then
        compile -DTEST_IMPLEMENTATION tests/*/"$1.c" -o "$work/$1" -lcmocka -lm
    else
        [ -f "$work/$1.o" ] || compile -c "tests/unit/$1.c" -o "$work/$1.o" &&
            compile "$work/$1.o" "$work/mutant.o" -o "$work/$1" -lcmocka -lm
    fi
}

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

# Milliseconds that each test takes without a mutant, the fastest first.
measure() {
    cp "$work/original.h" "$work/mutant/twotower.h"
    library "$work/mutant.o" || { cat "$work/log" >&2; exit 1; }
    cp "$work/mutant.o" "$work/original.o"
    for test in $tests; do
        build "$test" || { cat "$work/log" >&2; exit 1; }
        begin=$(date +%s%N)
        if ! build "$test" || ! passes "$test" 300; then
            echo "$test fails without a mutant:" >&2
            tail -n 20 "$work/log" >&2
            exit 1
        fi
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

# All mutants, each with "known" in front if mutants.txt has it, or "new".  A line of mutants.txt is
# "- function: before => after": words of a line in that function, and what the mutant has for them.
mark() {
    LC_ALL=C awk -f tests/lab/functions.awk "$work/original.h" | paste - "$work/original.h" \
        > "$work/functions"
    LC_ALL=C awk -f tests/lab/mutants.awk "$work/original.h" > "$work/all"
    LC_ALL=C awk -F '\t' '
        FILENAME == ARGV[1] && /^- .*: .* => / {
            n++
            colon = index($0, ": "); arrow = index($0, " => ")
            name[n] = substr($0, 3, colon - 3)
            before[n] = substr($0, colon + 2, arrow - colon - 2)
            after[n] = substr($0, arrow + 4)
        }
        FILENAME == ARGV[2] { function_of[FNR] = $1; text[FNR] = substr($0, length($1) + 2) }
        FILENAME == ARGV[3] {
            mutant = substr(text[$1], 1, $2 - 1) $4 substr(text[$1], $2 + $3)
            status = "new"
            for (i = 1; i <= n; i++) {
                at = index(text[$1], before[i])
                if (at && function_of[$1] == name[i] && mutant == substr(text[$1], 1, at - 1) \
                    after[i] substr(text[$1], at + length(before[i]))) status = there[i] = "known"
            }
            print status "\t" $0
        }
        END {
            for (i = 1; i <= n; i++)
                if (!there[i])
                    print "no longer there: " name[i] ": " before[i] " => " after[i] > "/dev/stderr"
        }' tests/lab/mutants.txt "$work/functions" "$work/all" 2> "$work/stale"
}

# N of them drawn at random, or all, in the order of the file.
draw() {
    mark | awk -v seed="$seed" '{ key = (key * 16807 + 12345 + seed * 7919) % 2147483647
            print key "\t" $0 }' |
        if [ "$wanted" = all ]; then cat; else sort -n | head -n "$wanted"; fi |
        cut -f 2- | sort -n -k 2
}

# Line number $line of a file, with the mutant's change.
changed() {
    replacement=$replacement LC_ALL=C awk -v line="$line" -v at="$column" -v n="$length" '
        NR == line { $0 = substr($0, 1, at - 1) ENVIRON["replacement"] substr($0, at + n) }
        { print }' "$work/original.h"
}
text_of() { sed -n "${line}s/^ *//p" "$1"; }

measure > "$work/order"
[ "$(wc -l < "$work/order")" = "$(echo "$tests" | wc -l)" ] || exit 1
draw > "$work/mutants"
echo "$(wc -l < "$work/mutants") mutants; tests, fastest first:" \
     "$(cut -d ' ' -f 2 "$work/order" | paste -s -d ' ')"

killed=0 survived=0 dropped=0
tab=$(printf '\t')
while IFS="$tab" read -r status line column length replacement operator; do
    changed > "$work/mutant/twotower.h"
    if [ "$status" = known ]; then
        verdict='dropped' by='in mutants.txt'
    elif ! library "$work/mutant.o"; then
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
    printf '%-8s  %-16s  %s: %s\n' "$verdict" "$by" "$line" "$(text_of "$work/original.h")"
    [ "$verdict" != SURVIVED ] ||
        printf '%28s  %s: %s\n' "$operator" "$line" "$(text_of "$work/mutant/twotower.h")"
done < "$work/mutants"

[ $((killed + survived)) -gt 0 ] || { echo 'no mutant to judge' >&2; exit 1; }
percent=$((100 * killed / (killed + survived)))
echo "$killed killed, $survived survived, $dropped dropped: $percent % killed, least $least %"
cat "$work/stale"
[ "$percent" -ge "$least" ] && [ ! -s "$work/stale" ]
