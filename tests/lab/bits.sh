#!/bin/sh
# Same seed, same bits: builds tests/lab/bits.c in every way that this machine can, runs it, and
# compares what it prints.
#
#   sh tests/lab/bits.sh             all that is installed: compilers, options, engines, threads,
#                                    and other processors and systems through qemu and wine
#   sh tests/lab/bits.sh --native    without emulators, for every push
#   sh tests/lab/bits.sh --deps      installs missing compilers and emulators through apt-get
#   sh tests/lab/bits.sh --record    writes tests/golden/bits.txt, from the first configuration
#
# Each line of output is one configuration and the hash of all that it computed.  The first is the
# reference.  The exit status is 1 if one differs, doesn't compile, or isn't refused where it must
# be.  What is not installed, or can't run here, is skipped, and said so.
set -u
cd "$(dirname "$0")/../.." || exit 1

# What each name in the table needs.  (gcc-multilib conflicts with the cross compilers.)
native_packages='gcc g++ clang tcc musl-tools gcc-12-multilib libc6-dev-i386'
emulated_packages="clang-19 qemu-user-static \
    gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-arm-linux-gnueabihf libc6-dev-armhf-cross \
    gcc-riscv64-linux-gnu libc6-dev-riscv64-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross \
    gcc-powerpc64-linux-gnu libc6-dev-ppc64-cross \
    gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross \
    gcc-mips64-linux-gnuabi64 libc6-dev-mips64-cross gcc-sparc64-linux-gnu libc6-dev-sparc64-cross \
    gcc-mingw-w64-x86-64-win32 wine64"

native=false record=false
case "${1:-} ${2:-}" in
' ') ;;
'--native ') native=true ;;
'--record ') record=true ;;
'--deps --native')
    make -s deps DEBIAN="$native_packages"
    exit ;;
'--deps ')
    make -s deps DEBIAN="$native_packages $emulated_packages"
    exit ;;
*)
    sed -n '5,9s/^# *//p' "$0" >&2
    exit 2 ;;
esac

# shellcheck source=tests/lab/compilers.sh
. tests/lab/compilers.sh

golden=tests/golden/bits.txt
c99="-std=c99 $warnings"
reference='' compared=0 failed=0 skipped=0

# ---- the table ----------------------------------------------------------------------------------

row() { printf '%-16s  %s\n' "$1" "$2"; }
skip() { skipped=$((skipped + 1)); row SKIPPED "$1: $2"; }
fail() {
    failed=$((failed + 1))
    row FAILED "$1"
    head -n 12 "$work/log" | sed 's/^/                  /'
}

# Compares the file $work/parts, of lines "hash  part", with those of the first configuration.
compare() {
    hash=$(sed -n 's/ *all$//p' "$work/parts")
    compared=$((compared + 1))
    if [ -z "$reference" ]; then
        reference=$hash
        cp "$work/parts" "$work/reference"
    fi
    if [ -n "$hash" ] && [ "$hash" = "$reference" ]; then
        row "$hash" "$1"
    else
        failed=$((failed + 1))
        part=$(diff "$work/reference" "$work/parts" | sed -n 's/^> [0-9a-f]*  //p' | head -n 1)
        row "${hash:-no hash}" "$1: DIFFERENT from the first, beginning with: $part"
    fi
}

# ---- build and run ------------------------------------------------------------------------------

# Whether a compiler with these options makes programs that run here, be they ever so small.
echo 'int main(void) { return 0; }' > "$work/nothing.c"
works_here() { # name runner compiler options...
    name=$1 runner=$2
    shift 2
    if [ -n "$runner" ] && ! installed "$runner"; then
        skip "$name" "${runner%% *} is not installed"
    elif ! installed "$1"; then
        skip "$name" "$1 is not installed"
    elif ! "$@" "$work/nothing.c" -o "$program" > "$work/log" 2>&1; then
        skip "$name" "can't compile here: $(head -n 1 "$work/log")"
    elif ! $runner "$program" > "$work/log" 2>&1; then
        skip "$name" "compiles, but can't run here"
    else
        return 0
    fi
    return 1
}

# Runs the program built last, with options of its own.
run() { # name runner options...
    name=$1 runner=$2
    shift 2
    (cd "$work" && $runner "$program" --parts "$@" bits.model) > "$work/parts" 2> "$work/log"
    case $? in
    0)
        tr -d '\r' < "$work/parts" > "$work/lines"
        mv "$work/lines" "$work/parts"
        compare "$name" ;;
    3) skip "$name" "not in this build, or not on this processor" ;;
    *) fail "$name" ;;
    esac
}

# Builds the program with a command, and runs it through a runner, or '' for none.  The name is the
# command without the warnings, and what is in front of it.
same() { # prefix runner compiler options...
    prefix=$1 runner=$2
    shift 2
    title=$(echo "$prefix$*" | sed 's/ -W[a-z]*//g')
    works_here "$title" "$runner" "$@" || return 1
    if "$@" -I. tests/lab/bits.c -o "$program" -lm > "$work/log" 2>&1; then
        run "$title" "$runner"
    else
        fail "$title"
        return 1
    fi
}

# What must not compile, or must say what is wrong when it runs.
attempt() {
    "$@" -I. tests/lab/bits.c -o "$program" -lm > "$work/log" 2>&1 &&
        (cd "$work" && "$program" --parts bits.model) > "$work/parts" 2> "$work/log"
}
was_refused() {
    grep -q 'twotower.h needs\|does not follow IEEE' "$work/log" && row refused "$1"
}
refused() { # compiler options...
    works_here "$*" true "$@" || return # it need not run
    if attempt "$@"; then
        echo 'it compiled and ran' > "$work/log"
        fail "must be refused: $*"
    else
        was_refused "$*" || fail "must be refused: $*"
    fi
}

# Options that one version of a compiler can be talked out of, and another can't.
same_or_refused() { # compiler options...
    works_here "$*" '' "$@" || return
    if attempt "$@"; then compare "$*"; else was_refused "$*" || fail "$*"; fi
}

if $record; then
    # shellcheck disable=SC2086 # here and below, options are several words
    same '' '' gcc $c99 -O2 && [ "$failed" = 0 ] && cp "$work/parts" $golden && echo "wrote $golden"
    exit
fi

# ---- this processor -----------------------------------------------------------------------------

# shellcheck disable=SC2086
{
# GCC; what it makes with and without OpenMP; every engine, every number of threads.
same '' '' gcc $c99 -O2
for engine in tape vector avx avx512; do run "  engine $engine" '' --engine $engine; done
if same '' '' gcc $c99 -O2 -fopenmp; then
    for threads in 1 2 3; do run "  $threads threads" '' --threads $threads; done
    run "  3 threads of which 1 is granted" 'env OMP_THREAD_LIMIT=1' --threads 3
fi
for level in -O0 -O1 -O3 -Os; do same '' '' gcc $c99 $level; done
same '' '' gcc $c99 -O2 -flto

# The options that a student may find, and that change results elsewhere: fused operations, which
# are GCC's default in GNU C; half of -ffast-math; denormals switched off before main, which only
# linking with -Ofast does.
same '' '' gcc -std=gnu17 $warnings -O3 -march=native
run '  engine tape' '' --engine tape
same '' '' gcc -O2 -march=native -ffp-contract=fast
same_or_refused gcc -O2 -funsafe-math-optimizations
if gcc $c99 -O2 -I. -c tests/lab/bits.c -o "$work/bits.o" > "$work/log" 2>&1 &&
    gcc -Ofast "$work/bits.o" -o "$program" -lm > "$work/log" 2>&1; then
    run 'gcc -O2, linked with -Ofast' ''
    run '  engine tape' '' --engine tape
else
    skip 'gcc -O2, linked with -Ofast' "can't compile here"
fi

# clang has no pragma for its level of optimisation, so that these differ more.
for options in -O0 -O2 '-O3 -march=native' -Os; do same '' '' clang $c99 $options; done
same_or_refused clang -O3 -march=native -funsafe-math-optimizations

# C++, other compilers, another C library, 32 bits.  (Some kernels don't run 32-bit programs.)
same '' '' g++ -x c++ -std=c++11 $warnings -O2
same '' '' clang++ -x c++ -std=c++20 $warnings -O2
same '' '' tcc -Wall
same '' '' musl-gcc $c99 -O2
same '' '' musl-gcc $c99 -O3 -static
[ "$(uname -m)" = x86_64 ] && same '' '' gcc -m32 -msse2 -mfpmath=sse $c99 -O2

refused gcc -Ofast
refused gcc -O2 -ffast-math
refused gcc -O2 -ffinite-math-only
refused gcc -O2 -fsingle-precision-constant
refused clang -O2 -ffast-math
refused clang -O2 -funsafe-math-optimizations -ffinite-math-only
if grep -q -w fma /proc/cpuinfo 2> "$work/log" || [ "$(uname -m)" = aarch64 ]; then
    refused clang -O2 -march=native -ffp-contract=fast
else
    skip 'clang -ffp-contract=fast' 'this processor has no fused operation'
fi
[ "$(uname -m)" = x86_64 ] && refused gcc -m32 -mfpmath=387 -O2
}

# ---- other processors and systems ---------------------------------------------------------------

# shellcheck disable=SC2086
$native || {
same '' '' clang-19 $c99 -O2
same '' '' clang-19 $c99 -O3 -march=native
same_or_refused clang-19 -O3 -march=native -funsafe-math-optimizations
same 'qemu: ' qemu-i386-static gcc -m32 -msse2 -mfpmath=sse -static $c99 -O2
same 'qemu: ' qemu-aarch64-static aarch64-linux-gnu-gcc -static $c99 -O2 && {
    run '  engine tape' qemu-aarch64-static --engine tape
    run '  engine vector' qemu-aarch64-static --engine vector
}
same 'qemu: ' qemu-aarch64-static aarch64-linux-gnu-gcc -static -std=gnu17 -O3 -march=armv8.2-a+sve
same 'qemu: ' qemu-aarch64-static clang --target=aarch64-linux-gnu -static $c99 -O2
same 'qemu: ' qemu-arm-static arm-linux-gnueabihf-gcc -static $c99 -O3 -mfpu=neon-vfpv4
same 'qemu: ' qemu-arm-static clang --target=arm-linux-gnueabihf -static $c99 -O2 -mfpu=vfpv4-d16
refused clang --target=arm-linux-gnueabihf -static -O2 -mfpu=neon-vfpv4 # flushes denormals
same 'qemu: ' qemu-riscv64-static riscv64-linux-gnu-gcc -static -O2

# Big-endian; and on the first, C99's float expressions are double.
same 'qemu: ' qemu-s390x-static s390x-linux-gnu-gcc -static $c99 -O2
same 'qemu: ' qemu-s390x-static s390x-linux-gnu-gcc -static -std=gnu17 -O3 -march=z14
same 'qemu: ' qemu-ppc64-static powerpc64-linux-gnu-gcc -static -O2
same 'qemu: ' qemu-mips64-static mips64-linux-gnuabi64-gcc -static $c99 -O2
same 'qemu: ' qemu-sparc64-static sparc64-linux-gnu-gcc -static $c99 -O2
same 'qemu: ' qemu-ppc64le-static powerpc64le-linux-gnu-gcc -static -O2 -mcpu=power8

# Windows.
same 'wine: ' wine64 x86_64-w64-mingw32-gcc $c99 -O2 && {
    run '  engine avx' wine64 --engine avx
    run '  engine avx512' wine64 --engine avx512
}
same 'wine: ' wine64 x86_64-w64-mingw32-gcc -O3 -march=haswell
}

# ---- the verdict --------------------------------------------------------------------------------

if [ -f $golden ]; then
    cp $golden "$work/parts"
    compare "$golden, as it was recorded"
else
    skip $golden 'not there'
fi
echo "$compared compared, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
