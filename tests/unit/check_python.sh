#!/bin/sh
# Exchange with Python, proved by Python: NumPy and PyTorch predict the same from our model files and
# NumPy reads our arrays; we read NumPy's arrays, and predict the same from a model file that Python
# wrote.  Without python3 and NumPy, or without PyTorch, it says what it skips.
set -eu
cd "$(dirname "$0")/../.."

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
${CC:-cc} -std=c99 -O2 -I. tests/unit/exchange.c -o "$work/exchange" -lm
"$python" tests/unit/check_python.py write "$work"
"$work/exchange" "$work"
"$python" tests/unit/check_python.py compare "$work"
