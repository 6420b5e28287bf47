#!/bin/sh
# Which lines and branches of twotower.h do the tests run?
#
#   sh tests/lab/coverage.sh
#
# Builds the tests without optimisation and with counters, runs them, and prints what was never run,
# and the lines of which some branch was never taken.  tests/lab/coverage.txt says why.  The exit
# status is 1 if it doesn't explain a line, if it names what is no longer there, or below 97 % of
# the lines or 90 % of the branches.  Needs gcc and gcovr.  The kernels count once for each number
# of lanes that the processor has.
set -u
cd "$(dirname "$0")/../.." || exit 1
least_lines=97 least_branches=90

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cp -R Makefile tests lessons data "$work"
# Without the notebook's edition, on which tests train for minutes.
unset TWOTOWER_DATA
rm -rf "$work/data/ml-latest-small"

# The header asks for -O3 where GCC compiles kernels; counters want each line as it stands.
sed 's/optimize("O3", /optimize("O0", /' twotower.h > "$work/twotower.h"
cd "$work" || exit 1
awk -f tests/lab/functions.awk twotower.h | paste - twotower.h > header

make -s tests CC=gcc OPT=-O0 CFLAGS='--coverage -fprofile-update=atomic' > log 2>&1 ||
    { tail -n 20 log; exit 1; }
for source in tests/unit/test_*.c; do
    "build/tests/$(basename "$source" .c)" > log 2>&1 || { tail -n 20 log; exit 1; }
done

report() {
    gcovr --root . --filter twotower.h --exclude-unreachable-branches "$@" 2> log ||
        { cat log >&2; exit 1; }
}

# The lines that a report of gcovr lists as missing ("12,14-16"), as "line TAB function TAB text".
missing() {
    sed -n 's/^twotower.h .* \([0-9,-]*\)$/\1/p' | tr ',' '\n' |
        while IFS=- read -r first last; do
            [ -z "$first" ] || sed -n "${first},${last:-$first}{=;p;}" header | paste - -
        done
}

echo '== never run'
report --txt | missing | tee never
echo '== some branch never taken'
report --branches --txt | missing | tee some
cat never some > found
awk -f tests/lab/records.awk tests/lab/coverage.txt header found > complaints
if [ -s complaints ]; then
    echo '== tests/lab/coverage.txt'
    cat complaints
fi
echo "== of twotower.h (least: $least_lines % of the lines, $least_branches % of the branches)"
report --print-summary --txt summary \
    --fail-under-line $least_lines --fail-under-branch $least_branches
[ ! -s complaints ]
