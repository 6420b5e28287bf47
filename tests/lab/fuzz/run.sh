#!/bin/sh
# Fuzzing: readers of files get bytes that nobody would write.
#
#   sh tests/lab/fuzz/run.sh [SECONDS [NAME ...]]
#                                    each fuzzer of this folder, or those named, for so long (60),
#                                    with clang's libFuzzer and its sanitizers; inputs that reach
#                                    new code go to build/fuzz/found-NAME/
#   sh tests/lab/fuzz/run.sh --replay [NAME ...]
#                                    the inputs of corpus-NAME/ and of build/fuzz/found-NAME/, once,
#                                    with any compiler (CC), sanitized if it can
#
# A fuzzer NAME.c starts from corpus-NAME/ and knows the words of NAME.dict.  An input that makes it
# abort is kept as build/fuzz/NAME-crash-...; the exit status is then 1.
set -u
cd "$(dirname "$0")/../../.." || exit 1
CC=${CC:-cc}
options='-std=c99 -D_POSIX_C_SOURCE=200809L -g -O2 -I.'
warnings='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'
sanitizers='-fno-sanitize-recover=all -fsanitize=address,undefined'
build=build/fuzz
mkdir -p $build
failed=0

# shellcheck disable=SC2086 # options are several words
can_sanitize() {
    echo 'int main(void) { return 0; }' > $build/nothing.c
    $CC $sanitizers $build/nothing.c -o $build/nothing > $build/log 2>&1 && $build/nothing
}

# shellcheck disable=SC2086
replay() { # name
    name=$1
    set -- tests/lab/fuzz/corpus-"$name"/*
    [ ! -d "$build/found-$name" ] || set -- "$@" "$build/found-$name"/*
    $CC $options $warnings $sanitizers -DREPLAY "tests/lab/fuzz/$name.c" \
        -o "$build/replay-$name" -lm &&
        printf '%s: ' "$name" && "$build/replay-$name" "$@"
}

# shellcheck disable=SC2086
fuzz() { # name seconds
    found="$build/found-$1"
    mkdir -p "$found"
    clang $options $warnings $sanitizers,fuzzer "tests/lab/fuzz/$1.c" -o "$build/$1" -lm &&
        "$build/$1" "$found" "tests/lab/fuzz/corpus-$1" -dict="tests/lab/fuzz/$1.dict" \
            -max_total_time="$2" -max_len=16384 -artifact_prefix="$build/$1-" -verbosity=0 \
            -print_final_stats=1 > "$build/$1.log" 2>&1
}

how=${1:-60}
[ $# = 0 ] || shift
# shellcheck disable=SC2046 # the names are simple
[ $# -gt 0 ] || set -- $(basename -s .c tests/lab/fuzz/*.c)

if [ "$how" = --replay ] && ! can_sanitize; then
    sanitizers=
    echo "SKIPPED the sanitizers: $CC has none here"
fi
for name; do
    if [ "$how" = --replay ]; then
        replay "$name" || failed=1
    elif fuzz "$name" "$how"; then
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log") inputs"
    else
        failed=1
        echo "$name: FAILED"
        tail -n 60 "$build/$name.log"
    fi
done
exit $failed
