#!/bin/sh
# Static analysis: what compilers and linters can find without running anything.
#
#   sh tests/lab/analyze.sh [FILE ...]     twotower.h, examples, lessons and publisher, or those named
#   sh tests/lab/analyze.sh --deps         install what this needs
#
# gcc's -fanalyzer, clang-tidy (.clang-tidy says which checks, and which not and why; clang's own
# analyzer is among them) and cppcheck.  A file with a complaint fails.
# (valgrind and the sanitizers do run the tests; .ci/extra calls them.)
set -u
cd "$(dirname "$0")/../.." || exit 1
if [ "${1-}" = --deps ]; then
    exec make -s deps DEBIAN='gcc libc6-dev libstb-dev libmd4c-dev clang-tidy cppcheck'
fi
for tool in gcc clang-tidy cppcheck; do
    command -v "$tool" > /dev/null || { echo "analyze needs $tool: make lab-deps" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# tool file command ...: shows what it says, if it says something.
check() {
    name="$1 $2"
    shift 2
    if "$@" > "$work/log" 2>&1 && ! grep -qE '(warning|error):' "$work/log"; then
        echo "ok      $name"
    else
        echo "FAILED  $name"
        cat "$work/log"
        failed=1
    fi
}

[ $# -gt 0 ] || set -- twotower.h examples/*.c lessons/*.c lessons/weave/*.c
for file; do
    # The header is looked at once, as a program of its own; elsewhere it is its interface.
    case $file in
    twotower.h) only='-x c -DTWOTOWER_IMPLEMENTATION' language='--language=c' ;;
    *) only='-DTWOTOWER_IMPLEMENTED -DTWOTOWER_COMPLETE' language= ;;
    esac
    options="$only -std=c99 -D_POSIX_C_SOURCE=200809L -I."
    defines=$(echo "$only" | sed 's/-x c//')
    # Not optimised: gcc 12 loses track of memory through functions that it has inlined.
    # shellcheck disable=SC2086 # options are several words
    check 'gcc -fanalyzer' "$file" gcc $options -O0 -fanalyzer -Wall -Wextra \
        -c "$file" -o "$work/object"
    # shellcheck disable=SC2086
    check clang-tidy "$file" clang-tidy -quiet "$file" -- $options
    # shellcheck disable=SC2086
    check cppcheck "$file" cppcheck -q --std=c99 --enable=warning,portability,performance \
        --error-exitcode=1 $defines $language "$file"
done

# gcc looks at so many states and no more, most of them in the vector kernels.  Without
# these, as a compiler that has no vectors sees the header, it comes further.
case " $* " in
*' twotower.h '*)
    check 'gcc -fanalyzer' 'twotower.h without vectors' gcc -x c -DTWOTOWER_IMPLEMENTATION \
        -std=c99 -D__TINYC__ -U__SSE2__ -O0 -fanalyzer -Wall -Wextra -c twotower.h -o "$work/object"
    ;;
esac
exit $failed
