#!/bin/sh
# Compiles twotower.h in every way that a user might, and in the ways that it must refuse.
#
#   CC=gcc sh tests/check_header.sh        from the repository root
#
# Each line of output is one configuration.  Compilers that are not installed are skipped, and said so.
set -u

CC=${CC:-cc}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM
failed=0 skipped=0 passed=0
warnings='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'

ok() { passed=$((passed + 1)); echo "ok      $1"; }
bad() { failed=$((failed + 1)); echo "FAILED  $1"; sed 's/^/        /' "$work/log" | head -n 20; }
skip() { skipped=$((skipped + 1)); echo "SKIPPED $1"; }

# The program of every configuration: trains a little, and prints a checksum of the weights.
cat > "$work/train.c" <<'PROGRAM'
#define TWOTOWER_IMPLEMENTATION
#include "twotower.h"
#include <stdio.h>
#include <string.h>

int main(void)
{
    static float features[40][6], target[200];
    static uint32_t user[200], item[200];
    tt_random random;
    tt_random_seed(&random, 7);
    for (int r = 0; r < 40; r++)
        for (int c = 0; c < 6; c++) features[r][c] = (float)tt_random_uniform(&random, -2, 2);
    for (int k = 0; k < 200; k++) {
        user[k] = tt_random_uint32(&random) % 40;
        item[k] = tt_random_uint32(&random) % 40;
        target[k] = features[user[k]][0] * features[item[k]][1] > 0 ? 1.0f : -1.0f;
    }
    tt_ratings ratings;
    memset(&ratings, 0, sizeof ratings);
    ratings.users = ratings.items = tt_matrix_of(&features[0][0], 40, 6);
    ratings.user = user;
    ratings.item = item;
    ratings.target = target;
    ratings.count = 200;
    tt_two_tower_options options;
    memset(&options, 0, sizeof options);
    options.hidden[0] = 40;
    options.hidden[1] = 24;
    options.embedding = 8;
    options.adam.learning_rate = 0.01;
    tt_two_tower model;
    tt_error error = tt_two_tower_new(&model, 6, 6, &options);
    tt_fit_options fit;
    memset(&fit, 0, sizeof fit);
    fit.epochs = 3;
    if (!error) error = tt_fit(&model, &ratings, &fit, NULL);
    if (error) {
        fprintf(stderr, "%s\n", tt_error_text(error));
        return 1;
    }
    unsigned long crc = 0;
    for (size_t l = 0; l < model.user.depth; l++) {
        tt_matrix weights = model.user.layers[l].weights;
        for (size_t i = 0; i < weights.rows * weights.cols; i++) {
            uint32_t bits;
            memcpy(&bits, &weights.data[i], 4);
            unsigned char bytes[4] = {(unsigned char)(bits & 255), (unsigned char)(bits >> 8 & 255),
                                      (unsigned char)(bits >> 16 & 255), (unsigned char)(bits >> 24)};
            crc = tt_crc32((uint32_t)crc, bytes, 4);
        }
    }
    printf("%08lx\n", crc);
    tt_two_tower_free(&model);
    return 0;
}
PROGRAM
cp "$work/train.c" "$work/train.cpp"

expected=
# Compiles with the given command, runs, and compares the checksum with that of the first run.
same_bits() {
    name=$1
    shift
    if ! "$@" -I. -o "$work/train" > "$work/log" 2>&1; then bad "$name"; return; fi
    got=$("$work/train" 2> "$work/log") || { bad "$name"; return; }
    [ -n "$expected" ] || expected=$got
    if [ "$got" = "$expected" ]; then
        ok "$name: $got"
    else
        echo "$got instead of $expected" > "$work/log"
        bad "$name"
    fi
}

same_bits "$CC alone" "$CC" "$work/train.c"
for compiler in gcc clang; do
    command -v $compiler > /dev/null || { skip "$compiler: not installed"; continue; }
    for options in '-O0' '-O1' '-O2' '-O3' '-Os' '-O3 -march=native' '-O2 -fopenmp' '-O2 -flto'; do
        case "$compiler $options" in clang*openmp*|clang*lto*) continue ;; esac
        # shellcheck disable=SC2086 # options are several words
        same_bits "$compiler -std=c99 $options" $compiler -std=c99 $warnings $options "$work/train.c"
    done
    same_bits "$compiler -march=native, GNU C" $compiler -O2 -march=native "$work/train.c"
    same_bits "$compiler -DTWOTOWER_STATIC" $compiler -std=c99 $warnings -DTWOTOWER_STATIC "$work/train.c"
done
for compiler in g++ clang++; do
    command -v $compiler > /dev/null || { skip "$compiler: not installed"; continue; }
    for standard in c++11 c++20; do
        same_bits "$compiler -std=$standard" $compiler -x c++ -std=$standard $warnings "$work/train.cpp"
    done
done

# Two source files: one has the implementation; or each has its own.
cat > "$work/other.c" <<'PROGRAM'
#include "twotower.h"
const char *other(void);
const char *other(void) { return tt_error_text(TT_OK); }
PROGRAM
same_bits "two source files, one implementation" "$CC" -std=c99 $warnings "$work/train.c" "$work/other.c"
printf '#define TWOTOWER_STATIC\n#define TWOTOWER_IMPLEMENTATION\n' | cat - "$work/other.c" > "$work/own.c"
same_bits "two source files, each its own" "$CC" -std=c99 $warnings "$work/train.c" "$work/own.c"

# What must not compile, or must not train.
refused() {
    name=$1
    shift
    if "$@" -I. -o "$work/train" > "$work/log" 2>&1 && "$work/train" > "$work/log" 2>&1; then
        echo "it compiled and ran: $(cat "$work/log")" > "$work/log"
        bad "refuses $name"
    else
        ok "refuses $name: $(grep -m 1 -o 'twotower.h needs.*\|define all three.*\|this build.*' "$work/log")"
    fi
}
for compiler in gcc clang; do
    command -v $compiler > /dev/null || continue
    refused "$compiler -Ofast" $compiler -Ofast "$work/train.c"
    refused "$compiler -ffast-math" $compiler -O2 -ffast-math "$work/train.c"
    refused "$compiler, two of three hooks" $compiler '-DTT_MALLOC(n)=malloc(n)' '-DTT_FREE(p)=free(p)' \
        "$work/train.c"
done
if command -v clang > /dev/null && grep -q fma /proc/cpuinfo 2> /dev/null; then
    refused "clang -ffp-contract=fast" clang -O2 -march=native -ffp-contract=fast "$work/train.c"
else
    skip "clang -ffp-contract=fast: needs clang and a processor with FMA"
fi

too_long=$(awk 'length($0) > 100 { n++ } END { print n + 0 }' twotower.h)
echo "$too_long lines of more than 100 columns" > "$work/log"
if [ "$too_long" = 0 ]; then ok "lines of at most 100 columns"; else bad "lines of at most 100 columns"; fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
