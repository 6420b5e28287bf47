#!/bin/sh
# Same seed, same bits: builds tests/bits.c in every way that this machine can, runs it, and
# compares what it prints.
#
#   sh tests/bits.sh             all that is installed: compilers, options, engines, threads, and
#                                other processors and systems through qemu and wine
#   sh tests/bits.sh --native    without emulators, for every push
#   sh tests/bits.sh --deps      installs compilers and emulators through apt-get, what is missing
#   sh tests/bits.sh --record    writes tests/golden/bits.txt, from the first configuration
#
# Each line of output is one configuration and the hash of all that it computed.  The first is the
# reference.  The exit status is 1 if one differs, doesn't compile, or isn't refused where it must
# be.  What is not installed, or can't run here, is skipped, and said so.
set -u
cd "$(dirname "$0")/.." || exit 1

# What each name in the table needs.  (gcc-multilib conflicts with the cross compilers.)
native_packages='gcc g++ clang tcc musl-tools gcc-12-multilib libc6-dev-i386'
emulated_packages='clang-19 qemu-user-static
    gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-arm-linux-gnueabihf libc6-dev-armhf-cross
    gcc-riscv64-linux-gnu libc6-dev-riscv64-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross
    gcc-powerpc64-linux-gnu libc6-dev-ppc64-cross gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross
    gcc-mips64-linux-gnuabi64 libc6-dev-mips64-cross gcc-sparc64-linux-gnu libc6-dev-sparc64-cross
    gcc-mingw-w64-x86-64-win32 wine64'

install_packages() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2> /dev/null | grep -q 'ok installed' ||
            missing="$missing $package"
    done
    if [ -z "$missing" ]; then
        echo "deps-bits: all installed"
        return
    fi
    echo "deps-bits: installing$missing"
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -qq &&
        # shellcheck disable=SC2086 # several packages
        $sudo env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends $missing
}

native=false record=false
case "${1:-} ${2:-}" in
' ') ;;
'--native ') native=true ;;
'--record ') record=true ;;
'--deps --native') # shellcheck disable=SC2086
    install_packages $native_packages
    exit ;;
'--deps ') # shellcheck disable=SC2086
    install_packages $native_packages $emulated_packages
    exit ;;
*)
    sed -n '5,9s/^# *//p' "$0" >&2
    exit 2 ;;
esac

work=$(mktemp -d) || exit 1
clean_up() {
    [ ! -d "$work/wine" ] || WINEPREFIX="$work/wine" wineserver -k > "$work/log" 2>&1
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

golden=tests/golden/bits.txt
warnings='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'
c99="-std=c99 $warnings"
program="$work/bits.exe" # Windows wants the ending; nobody else minds
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

installed() { command -v "$1" > /dev/null; }

# Whether a compiler with these options makes programs that run here, be they ever so small.
echo 'int main(void) { return 0; }' > "$work/nothing.c"
works_here() { # name runner compiler options...
    name=$1 runner=$2
    shift 2
    if [ -n "$runner" ] && ! installed "${runner%% *}"; then
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
    if "$@" -I. tests/bits.c -o "$program" -lm > "$work/log" 2>&1; then
        run "$title" "$runner"
    else
        fail "$title"
        return 1
    fi
}

# What must not compile, or must say what is wrong when it runs; never give another hash.
refused() { # compiler options...
    works_here "$*" '' "$@" || return
    if "$@" -I. tests/bits.c -o "$program" -lm > "$work/log" 2>&1 &&
        (cd "$work" && "$program" --parts bits.model) > "$work/parts" 2> "$work/log"; then
        if [ -z "${1##*may*}" ]; then compare "$*"; return; fi
        echo "it compiled and ran" > "$work/log"
    elif grep -q 'twotower.h needs\|does not follow IEEE' "$work/log"; then
        row refused "$*"
        return
    fi
    fail "refuses $*"
}
