#!/bin/sh
# What the checks share: a folder for what they make, and a line for each verdict.  To be sourced.
#
#     ok NAME, skip NAME     one more that passed, or that can't be tried here
#     bad NAME               one more that failed; shows the end of $work/log
#     verdict NAME           ok or bad, as the last command was; its output is in the log
#     totals                 at the end: how many of each, and the exit status
#     promised FILE          what an example prints, by its opening comment

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
passed=0 failed=0 skipped=0
: > "$work/log"

ok() { passed=$((passed + 1)); echo "ok      $1"; }
bad() { failed=$((failed + 1)); echo "FAILED  $1"; tail -n 40 "$work/log" | sed 's/^/        /'; }
skip() { skipped=$((skipped + 1)); echo "SKIPPED $1"; }
verdict() { if [ "$?" = 0 ]; then ok "$1"; else bad "$1"; fi; }
totals() { echo "$passed passed, $failed failed, $skipped skipped"; [ "$failed" = 0 ]; }

# The lines between "prints" and the end of the comment.
promised() { sed -n '/^   prints$/,/^\*\/$/p' "$1" | sed -e '1,2d' -e '$d' -e 's/^       //'; }
