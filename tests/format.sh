#!/bin/sh
# Says where C files are not formatted as .clang-format wants, or formats them.
#
#     sh tests/format.sh [--fix] [FILE...]        from the root of the repository; all files by default
#
# clang-format indents comments like the code around them.  The prose of a lesson, /*md ... */, begins
# at the margin all the same: it is a page's text, not a remark about a line.

set -u
version=14
formatter=${CLANG_FORMAT:-clang-format-$version}
"$formatter" --version 2>/dev/null | grep -q "version $version\." || {
    echo "format: needs clang-format $version, as versions differ: CLANG_FORMAT=program" >&2
    exit 1
}

fix=false
[ "${1:-}" = --fix ] && fix=true && shift
# File names of this repository have no spaces.
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(find twotower.h examples lessons tests -name '*.[ch]' | sort)

formatted=$(mktemp) || exit 1
trap 'rm -f "$formatted"' EXIT
differing=0
for file in "$@"; do
    "$formatter" "$file" | sed 's|^ *\(/\*md\)|\1|' >"$formatted"
    cmp -s "$file" "$formatted" && continue
    differing=$((differing + 1))
    if $fix; then
        cat "$formatted" >"$file"
        echo "formatted $file"
    else
        # A place, then the lines as they are (-) and as they should be (+).
        diff -U 0 "$file" "$formatted" |
            sed -e 1,2d -e "s|^@@ -\([0-9]*\).*|$file:\1: expected another format|"
    fi
done
$fix || [ $differing = 0 ] || echo "format: $differing of $# files differ; make format changes them" >&2
$fix || [ $differing = 0 ]
