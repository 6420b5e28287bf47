#!/bin/sh
# Exchange with NumPy, proved by NumPy: it reads our .npy files and predicts the same from our model
# files, and we read its .npy files.  Without python3 and NumPy it says that it skips.
set -eu
cd "$(dirname "$0")/.."

python=
for candidate in python3 /usr/bin/python3; do
    [ -n "$python" ] || ! $candidate -c 'import numpy' 2> /dev/null || python=$candidate
done
if [ -z "$python" ]; then
    echo "SKIPPED exchange with NumPy: there is no python3 with numpy here"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -std=c99 -O2 -I. tests/exchange.c -o "$work/exchange" -lm
"$python" tests/check_python.py write "$work"
"$work/exchange" "$work"
printf 'ok      exchange with NumPy: '
"$python" tests/check_python.py compare "$work"
