#!/bin/sh
# Where does twotower.h run?  Builds tests/lab/portable.c in each language and each way to use the
# header (rows) with each compiler and system (columns), runs it, and prints a table.
#
#   sh tests/lab/portability.sh             all that is installed, emulators too
#   sh tests/lab/portability.sh --native    without emulators, for every push
#   sh tests/lab/portability.sh --deps      installs compilers and emulators through apt-get
#
# A cell says ok, FAILED, or - and the number of the reason below why it can't be tried.  Every cell
# must print the same checksum of the model file that it wrote.  The exit status is 1 if one FAILED.
# (tests/lab/bits.sh compares more numbers, over more processors and options.)
# shellcheck disable=SC2086 # options are several words
set -u
cd "$(dirname "$0")/../.." || exit 1

columns='gcc clang tcc musl-gcc 32-bit s390x aarch64 mingw'
case "${1:-}" in
'') ;;
--native) columns='gcc clang tcc musl-gcc' ;;
--deps)
    cross='g++-s390x-linux-gnu g++-aarch64-linux-gnu g++-mingw-w64-x86-64-win32'
    sh tests/lab/bits.sh --deps && make -s deps DEBIAN="clang locales g++-12-multilib $cross"
    exit ;;
*)
    sed -n '5,7s/^# *//p' "$0" >&2
    exit 2 ;;
esac

# shellcheck source=tests/lab/compilers.sh
. tests/lab/compilers.sh
: > "$work/reasons"
: > "$work/failures"
strange="$work/two towers, Ödland €"
mkdir "$work/plain" "$strange"
expected=

# ---- columns ------------------------------------------------------------------------------------

# Sets cc, cxx and runner for a column.
choose() {
    cxx='' runner=''
    case $1 in
    gcc) cc="gcc $warnings" cxx="g++ $warnings" ;;
    clang) cc="clang $warnings" cxx="clang++ $warnings" ;;
    tcc) cc='tcc -Wall -Werror' ;;
    musl-gcc) # the C++ language, without its library: the header needs none
        cc="musl-gcc $warnings" cxx="musl-gcc -nostdinc++ $warnings" ;;
    32-bit) # (the kernel's headers come with gcc-multilib, which the cross compilers conflict with)
        cc="gcc -m32 -msse2 -mfpmath=sse -static $warnings"
        cxx="g++ -m32 -msse2 -mfpmath=sse -static -idirafter /usr/include/x86_64-linux-gnu $warnings"
        runner=qemu-i386-static ;;
    s390x)
        cc="s390x-linux-gnu-gcc -static $warnings" cxx="s390x-linux-gnu-g++ -static $warnings"
        runner=qemu-s390x-static ;;
    aarch64)
        cc="aarch64-linux-gnu-gcc -static $warnings" cxx="aarch64-linux-gnu-g++ -static $warnings"
        runner=qemu-aarch64-static ;;
    mingw)
        cc="x86_64-w64-mingw32-gcc $warnings" cxx="x86_64-w64-mingw32-g++ -static $warnings"
        runner=wine64 ;;
    esac
}

# Whether the compiler of a column makes programs that run here, be they ever so small.
printf '#include <stdlib.h>\nint main(void) { return 0; }\n' > "$work/nothing.c"
usable() {
    if ! installed "$cc"; then
        echo "${cc%% *} is not installed"
    elif [ -n "$runner" ] && ! installed "$runner"; then
        echo "$runner is not installed"
    elif ! $cc "$work/nothing.c" -o "$program" > "$work/log" 2>&1; then
        echo "${cc%% *} can't compile here: $(head -n 1 "$work/log")"
    elif ! $runner "$program" > "$work/log" 2>&1; then
        echo "what ${cc%% *} compiles can't run here"
    fi
}

# A locale with a decimal comma, for the byte orders of the columns.
for order in little big; do
    mkdir "$work/$order"
    localedef --$order-endian -i de_DE -f UTF-8 "$work/$order/de_DE.UTF-8" > "$work/log" 2>&1
done

# ---- cells --------------------------------------------------------------------------------------

# A cell that can't be tried, with the number of its reason.
skip() {
    number=$(grep -nxF "$1" "$work/reasons" | cut -d : -f 1)
    [ -n "$number" ] || { echo "$1" >> "$work/reasons"; number=$(($(wc -l < "$work/reasons"))); }
    cell="-$number"
}
fail() { # column row
    cell=FAILED
    { echo "$1, $2:"; head -n 12 "$work/log" | sed 's/^/    /'; } >> "$work/failures"
}

# Runs the program in a folder; $? is its own.
run() { # folder [comma]
    case $column in s390x) locales=$work/big ;; *) locales=$work/little ;; esac
    LOCPATH=$locales $runner "$program" "$@" > "$work/out" 2> "$work/log"
}

judge() { # exit status of the program, and what it has printed
    printed=$(tr -d '\r' < "$work/out")
    expected=${expected:-$printed}
    if [ "$1" = 77 ]; then
        skip 'its C library has no locale with a decimal comma'
    elif [ "$1" != 0 ]; then
        fail "$column" "$row"
    elif [ "$printed" != "$expected" ]; then
        echo "the model file has the checksum $printed, the first one's is $expected" > "$work/log"
        fail "$column" "$row"
    else
        cell=ok
    fi
}

# Compiles the program and runs it in a folder.
try() { # folder compiler options...
    folder=$1
    shift
    if "$@" -I. -O1 tests/lab/portable.c -o "$program" -lm > "$work/log" 2>&1; then
        run "$folder" $argument
        judge $?
    else
        fail "$column" "$row"
    fi
}

two_files() {
    if $cc -std=c99 -I. -DTWO_FILES -c tests/lab/portable.c -o "$work/one.o" > "$work/log" 2>&1 &&
        $cc -std=c99 -I. -DONLY_INTERFACE -c tests/lab/portable.c -o "$work/two.o" \
            > "$work/log" 2>&1 &&
        $cc "$work/one.o" "$work/two.o" -o "$program" -lm > "$work/log" 2>&1; then
        run "$work/plain"
        judge $?
    else
        fail "$column" "$row"
    fi
}

fill_cell() {
    argument=
    case $row in
    C++*)
        standard=c++${row#C++}
        if [ -z "$cxx" ]; then
            skip 'it has no C++ compiler, or that is not installed whole'
        else
            try "$work/plain" $cxx -x c++ -std=$standard
        fi ;;
    C99 | C11 | C17) try "$work/plain" $cc -std=c${row#C} ;;
    TWOTOWER_STATIC) try "$work/plain" $cc -std=c99 -DTWOTOWER_STATIC ;;
    'two source files') two_files ;;
    'own allocators') try "$work/plain" $cc -std=c99 -DOWN_ALLOCATORS ;;
    'decimal comma')
        argument=comma
        try "$work/plain" $cc -std=c99 ;;
    'strange paths') try "$strange" $cc -std=c99 ;;
    esac
}

# ---- the table ----------------------------------------------------------------------------------

# Column by column, so that each compiler is asked once whether it works; then turned into rows.
rows='C99
C11
C17
C++11
C++14
C++17
C++20
TWOTOWER_STATIC
two source files
own allocators
decimal comma
strange paths'
for column in $columns; do
    choose "$column"
    reason=$(usable)
    [ -z "$cxx" ] || $cxx -x c++ "$work/nothing.c" -o "$program" > "$work/log" 2>&1 || cxx=''
    echo "$rows" > "$work/rows"
    while read -r row <&3; do
        if [ -n "$reason" ]; then skip "$reason"; else fill_cell; fi
        echo "$cell"
    done 3< "$work/rows" > "$work/column-$column"
done

set --
for column in $columns; do set -- "$@" "$work/column-$column"; done
{
    printf '\t%s\n' "$(echo $columns | tr ' ' '\t')"
    echo "$rows" | paste - "$@"
} | awk -F '\t' '{ printf "%-16s", $1; for (i = 2; i <= NF; i++) printf " %8s", $i; print "" }'
sed 's/^/  /' "$work/reasons" | awk '{ print "-" NR " " $0 }'
cat "$work/failures"
cat "$@" | awk '{ n[/^-/ ? "skipped" : $0]++ }
    END { printf "%d ok, %d FAILED, %d skipped\n", n["ok"], n["FAILED"], n["skipped"] }'
[ ! -s "$work/failures" ]
