#!/bin/sh
# Compiles twotower.h in every way that a user might, and in the ways that it must refuse.
#
#   CC=gcc sh tests/unit/check_header.sh        from the repository root
#
# Each line of output is one configuration.  Compilers that are not installed are skipped, and
# said so.
# shellcheck disable=SC2086 # options are several words
set -u

CC=${CC:-cc}
# shellcheck source=tests/verdicts.sh
. tests/verdicts.sh
warnings='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'

# The program of every configuration trains a little, and prints a hash of all that it computed.
# (tests/lab/bits.sh runs it on other machines too, and with more options.)
source=tests/lab/bits.c
expected=$(sed -n 's/ *all$//p' tests/golden/bits.txt)

# Compiles with the given command, runs, and compares the hash with the recorded one.
same_bits() {
    name=$1
    shift
    if ! "$@" -I. -o "$work/train" > "$work/log" 2>&1; then bad "$name"; return; fi
    got=$("$work/train" "$work/model" 2> "$work/log") || { bad "$name"; return; }
    if [ "$got" = "$expected" ]; then
        ok "$name: $got"
    else
        echo "$got instead of $expected" > "$work/log"
        bad "$name"
    fi
}

same_bits "$CC alone" "$CC" $source
for compiler in gcc clang; do
    command -v $compiler > /dev/null || { skip "$compiler: not installed"; continue; }
    for options in '-O0' '-O1' '-O2' '-O3' '-Os' '-O3 -march=native' '-O2 -fopenmp' '-O2 -flto'; do
        case "$compiler $options" in clang*openmp*|clang*lto*) continue ;; esac
        same_bits "$compiler -std=c99 $options" $compiler -std=c99 $warnings $options $source
    done
    same_bits "$compiler -march=native, GNU C" $compiler -O2 -march=native $source
    same_bits "$compiler -DTWOTOWER_STATIC" $compiler -std=c99 $warnings -DTWOTOWER_STATIC $source
done
for compiler in g++ clang++; do
    command -v $compiler > /dev/null || { skip "$compiler: not installed"; continue; }
    for standard in c++11 c++20; do
        same_bits "$compiler -std=$standard" $compiler -x c++ -std=$standard $warnings $source
    done
done

# Two source files: one has the implementation; or each has its own.
cat > "$work/other.c" <<'PROGRAM'
#include "twotower.h"
const char *other(void);
const char *other(void) { return tt_error_text(TT_OK); }
PROGRAM
same_bits "two source files, one implementation" "$CC" -std=c99 $warnings $source "$work/other.c"
printf '#define TWOTOWER_STATIC\n#define TWOTOWER_IMPLEMENTATION\n' |
    cat - "$work/other.c" > "$work/own.c"
same_bits "two source files, each its own" "$CC" -std=c99 $warnings $source "$work/own.c"

# Under another name the header still finds itself, which its kernels need.
mkdir "$work/renamed"
cp twotower.h "$work/renamed/recommender.h"
sed 's/#include "twotower.h"/#define TWOTOWER_FILE "recommender.h"\n#include "recommender.h"/' $source \
    > "$work/renamed/bits.c"
same_bits "renamed" "$CC" -std=c99 $warnings -I"$work/renamed" "$work/renamed/bits.c"

# A caller's mistake aborts (status 7), after its message, whatever TT_ASSERT does.
cat > "$work/mistake.c" <<'PROGRAM'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
static void aborted(int number)
{
    (void)number;
    _Exit(7);
}
int main(void)
{
    signal(SIGABRT, aborted);
    return tt_matrix_new(NULL, 1, 1) == TT_OK;
}
PROGRAM
stops() {
    name=$1
    shift
    if "$CC" -std=c99 $warnings "$@" -I. "$work/mistake.c" -o "$work/mistake" \
        > "$work/log" 2>&1; then
        "$work/mistake" 2> "$work/log"
        status=$?
        if [ $status = 7 ] && [ "$(cat "$work/log")" = "$message" ]; then ok "$name"; return; fi
        echo "status $status; expected 7, and: $message" >> "$work/log"
    fi
    bad "$name"
}
message='tt_matrix_new: array is NULL (expected a pointer)'
stops "a mistake prints its message and aborts"
stops "a TT_ASSERT that returns aborts too" \
    '-DTT_ASSERT(condition, message)=((condition) ? (void)0 : (void)fprintf(stderr, "%s\n", message))'

# What must not compile, or must not train.
refused() {
    name=$1
    shift
    if "$@" -I. -o "$work/train" > "$work/log" 2>&1 &&
        "$work/train" "$work/model" > "$work/log" 2>&1; then
        echo "it compiled and ran: $(cat "$work/log")" > "$work/log"
        bad "refuses $name"
    elif why=$(grep -m 1 -o 'twotower.h needs.*\|define all three.*\|this build.*' "$work/log"); then
        ok "refuses $name: $why"
    else
        bad "refuses $name"
    fi
}
for compiler in gcc clang; do
    command -v $compiler > /dev/null || continue
    refused "$compiler -Ofast" $compiler -Ofast $source
    refused "$compiler -ffast-math" $compiler -O2 -ffast-math $source
    refused "$compiler, two of three hooks" $compiler \
        '-DTT_MALLOC(n)=malloc(n)' '-DTT_FREE(p)=free(p)' $source
done
if command -v clang > /dev/null && grep -q fma /proc/cpuinfo 2> /dev/null; then
    refused "clang -ffp-contract=fast" clang -O2 -march=native -ffp-contract=fast $source
else
    skip "clang -ffp-contract=fast: needs clang and a processor with FMA"
fi

too_long=$(awk 'length($0) > 100 { n++ } END { print n + 0 }' twotower.h)
echo "$too_long lines of more than 100 columns" > "$work/log"
[ "$too_long" = 0 ]
verdict "lines of at most 100 columns"

totals
