#!/bin/sh
# Checks that every program of examples/ compiles with `cc file.c` alone and prints what its comment
# says; and that the program on the first page of twotower.h, and that of README.md, are
# examples/smallest.c and its output.
#
#     CC=clang sh tests/pages/check_examples.sh        from the root of the repository

set -u
CC=${CC:-cc}
root=$(pwd)
# shellcheck source=tests/verdicts.sh
. tests/verdicts.sh

# same NAME EXPECTED FOUND: the files are equal, and not empty.
same() {
    diff -u "$2" "$3" >"$work/log" && [ -s "$2" ]
    verdict "$1"
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
        cp "examples/$name"/*.csv "$work"
    fi
    # CC may carry options, as in CC="gcc -m32".
    # shellcheck disable=SC2086
    $CC "$source" -o "$work/$name" >"$work/log" 2>&1
    verdict "$CC $source"
    promised "$source" >"$work/expected"
    (cd "$work" && "./$name" "$@") >"$work/found" 2>"$work/log"
    verdict "$source exits with 0"
    same "$source prints what its comment says" "$work/expected" "$work/found"
done

# In the folder of the examples the same programs compile with -I.. and a plain #include.
program examples/smallest.c >"$work/program"
promised examples/smallest.c >"$work/output"
cp "$work/program" "$work/plain.c"
# shellcheck disable=SC2086
$CC -I"$root" "$work/plain.c" -o "$work/plain" >"$work/log" 2>&1 && "$work/plain" >"$work/found"
verdict "examples/smallest.c with -I"
same "examples/smallest.c with -I prints the same" "$work/output" "$work/found"

# The first page of the header: the program stands between its title and "prints", the output after it.
sed -n '/^   A COMPLETE PROGRAM/,/^   WHAT IS IN IT/p' twotower.h | sed -e '1d' -e '$d' >"$work/page"
sed -n '1,/^     prints$/p' "$work/page" | sed -e '1d' -e '$d' -e 's/^         //' |
    trimmed >"$work/found"
same 'twotower.h: the program' "$work/program" "$work/found"
sed -n '/^     prints$/,$p' "$work/page" | sed -e '1,2d' -e 's/^         //' |
    trimmed >"$work/found"
same 'twotower.h: its output' "$work/output" "$work/found"

if [ -f README.md ]; then
    fenced README.md c >"$work/found"
    same 'README.md: the program' "$work/program" "$work/found"
    fenced README.md text >"$work/found"
    same 'README.md: its output' "$work/output" "$work/found"
fi

totals
