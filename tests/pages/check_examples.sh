#!/bin/sh
# Checks that every program of examples/ compiles with `cc file.c` alone and prints what its comment
# says; and that the program on the first page of twotower.h, and that of README.md, are
# examples/smallest.c and its output.
#
#     CC=clang sh tests/pages/check_examples.sh        from the root of the repository

set -u
CC=${CC:-cc}
root=$(pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
failed=0

# report NAME EXPECTED ACTUAL: one line if the files are equal, else how they differ.
report() {
    if diff -u "$2" "$3" >"$scratch/diff" && [ -s "$2" ]; then
        echo "ok $1"
    else
        echo "NOT ok $1 (- expected, + found)"
        cat "$scratch/diff"
        failed=1
    fi
}

# The output that a comment promises: the lines between "prints" and the end of the comment.
promised() {
    sed -n '/^   prints$/,/^\*\/$/p' "$1" | sed -e '1,2d' -e '$d' -e 's/^       //'
}

# The program below the opening comment, as one writes it with twotower.h beside it.
program() {
    sed -n '/^#define TWOTOWER_IMPLEMENTATION$/,$p' "$1" | sed 's|"\.\./twotower\.h"|"twotower.h"|'
}

# Trailing empty lines dropped.
trimmed() {
    awk '{ lines[NR] = $0 } /./ { last = NR } END { for (i = 1; i <= last; i++) print lines[i] }'
}

# The block that a fence opens, the first one after what a pattern matches.
fenced() {
    awk -v language="$2" '
        inside && /^```/ { exit }
        inside { print }
        $0 == "```c" { after = 1 }
        $0 == "```" language && (after || language == "c") { inside = 1 }' "$1"
}

for source in examples/*.c; do
    name=$(basename "$source" .c)
    set --
    if [ -d "examples/$name" ]; then
        set -- users.csv items.csv ratings.csv
        cp "examples/$name"/*.csv "$scratch"
    fi
    # CC may carry options, as in CC="gcc -m32".
    # shellcheck disable=SC2086
    if ! $CC "$source" -o "$scratch/$name"; then
        echo "NOT ok $source: $CC $source failed"
        failed=1
        continue
    fi
    promised "$source" >"$scratch/expected"
    if ! (cd "$scratch" && "./$name" "$@") >"$scratch/found"; then
        echo "NOT ok $source: it did not exit with 0"
        failed=1
    fi
    report "$source" "$scratch/expected" "$scratch/found"
done

# In the folder of the examples the same programs compile with -I.. and a plain #include.
program examples/smallest.c >"$scratch/program"
promised examples/smallest.c >"$scratch/output"
cp "$scratch/program" "$scratch/plain.c"
# shellcheck disable=SC2086
if $CC -I"$root" "$scratch/plain.c" -o "$scratch/plain"; then
    "$scratch/plain" >"$scratch/found"
    report 'examples/smallest.c with -I' "$scratch/output" "$scratch/found"
else
    echo "NOT ok examples/smallest.c with -I"
    failed=1
fi

# The first page of the header: the program stands between its title and "prints", the output after it.
sed -n '/^   A COMPLETE PROGRAM/,/^   WHAT IS IN IT/p' twotower.h | sed -e '1d' -e '$d' >"$scratch/page"
sed -n '1,/^     prints$/p' "$scratch/page" | sed -e '1d' -e '$d' -e 's/^         //' |
    trimmed >"$scratch/found"
report 'twotower.h: the program' "$scratch/program" "$scratch/found"
sed -n '/^     prints$/,$p' "$scratch/page" | sed -e '1,2d' -e 's/^         //' |
    trimmed >"$scratch/found"
report 'twotower.h: its output' "$scratch/output" "$scratch/found"

if [ -f README.md ]; then
    fenced README.md c >"$scratch/found"
    report 'README.md: the program' "$scratch/program" "$scratch/found"
    fenced README.md text >"$scratch/found"
    report 'README.md: its output' "$scratch/output" "$scratch/found"
fi

exit $failed
