#!/bin/sh
# Builds examples/smallest.c in every way that README.md names for getting at the header, and compares
# what it prints: pkg-config and CMake's find_package after `make install`, CMake's FetchContent and
# add_subdirectory, Meson's subproject.  A program that is not installed is skipped, and said so.
#
#     CC=clang sh tests/packages/check_build_systems.sh        from the root of the repository

# shellcheck disable=SC2317 # the functions below are called through `try`
set -u
CC=${CC:-cc}
export CC
root=$(pwd)
# shellcheck source=tests/verdicts.sh
. tests/verdicts.sh
prefix=$work/prefix

# try NAME COMMAND...: whether a command succeeds; its output only if it does not.
try() {
    name=$1
    shift
    "$@" >"$work/log" 2>&1
    verdict "$name"
}

# needs NAME PROGRAM...: whether all programs are installed.
needs() {
    name=$1
    shift
    for program in "$@"; do
        command -v "$program" >/dev/null && continue
        skip "$name: $program is not installed (make deps)"
        return 1
    done
}

# ---- the program, in a folder of its own --------------------------------------------------------

# One file includes the header, the other contains the implementation, as README.md advises.
mkdir "$work/app"
cd "$work/app" || exit 1
sed -e 's|"\.\./twotower\.h"|"twotower.h"|' -e '/^#define TWOTOWER_IMPLEMENTATION$/d' \
    "$root/examples/smallest.c" >smallest.c
printf '#define TWOTOWER_IMPLEMENTATION\n#include "twotower.h"\n' >twotower.c
promised "$root/examples/smallest.c" >expected

# prints_as_promised PROGRAM: whether it prints what the comment in examples/smallest.c says.
prints_as_promised() { test -s expected && "$1" >found && diff -u expected found; }

version=$(sed -n 's/^#define TT_VERSION "\(.*\)"/\1/p' "$root/twotower.h")
major=${version%%.*}

# ---- make install, pkg-config -------------------------------------------------------------------

# make SOMETHING...: without the variables of the make that may have started this script.
make_quietly() { env -u MAKEFLAGS -u MAKELEVEL make -s -C "$root" "$@"; }

try 'make install' make_quietly install PREFIX="$prefix"

with_pkg_config() {
    export PKG_CONFIG_PATH="$prefix/share/pkgconfig"
    test "$(pkg-config --modversion twotower)" = "$version" || return 1
    # Both $CC and what pkg-config prints are several words.
    # shellcheck disable=SC2046,SC2086
    $CC $(pkg-config --cflags twotower) smallest.c twotower.c $(pkg-config --libs twotower) \
        -o with_pkg_config && prints_as_promised ./with_pkg_config
}
needs 'pkg-config' pkg-config && try "pkg-config: version $version" with_pkg_config

# ---- CMake --------------------------------------------------------------------------------------

# with_cmake NAME HOW: builds the program with the CMake command that makes twotower::twotower known.
with_cmake() {
    cat >CMakeLists.txt <<EOF
cmake_minimum_required(VERSION 3.14)
project(app C)
$2
add_executable(app smallest.c twotower.c)
target_link_libraries(app PRIVATE twotower::twotower)
EOF
    cmake -S . -B "$1" -DCMAKE_PREFIX_PATH="$prefix" && cmake --build "$1" &&
        prints_as_promised "$1/app"
}

find_package="find_package(twotower $major REQUIRED)"
refuses_another_major() {
    with_cmake another_major "find_package(twotower $((major + 1)) REQUIRED)" >refusal 2>&1 && return 1
    cat refusal
    grep "twotower-config.cmake, version: $version" refusal
}
cmake_install() {
    rm -rf "$prefix"
    cmake -S "$root" -B build_twotower && cmake --install build_twotower --prefix "$prefix" &&
        with_cmake cmake_install "$find_package"
}

if needs 'CMake' cmake; then
    try 'CMake: find_package after make install' with_cmake find_package "$find_package"
    try "CMake: find_package refuses version $((major + 1))" refuses_another_major
    tar -C "$root" -cf twotower.tar CMakeLists.txt twotower.h packaging
    try 'CMake: FetchContent' with_cmake fetch_content "include(FetchContent)
FetchContent_Declare(twotower URL $work/app/twotower.tar)
FetchContent_MakeAvailable(twotower)"
    try 'CMake: add_subdirectory' with_cmake add_subdirectory "add_subdirectory($root twotower)"
fi

# ---- make uninstall, DESTDIR --------------------------------------------------------------------

uninstall_leaves_nothing() {
    make_quietly uninstall PREFIX="$prefix"
    find "$prefix" ! -type d >left
    cat left
    test ! -s left
}
try 'make uninstall leaves nothing behind' uninstall_leaves_nothing

destdir() {
    make_quietly install DESTDIR="$work/stage" PREFIX=/opt/twotower &&
        test -f "$work/stage/opt/twotower/include/twotower.h" &&
        grep '^prefix=/opt/twotower$' "$work/stage/opt/twotower/share/pkgconfig/twotower.pc"
}
try 'make install DESTDIR=stage: the files speak of PREFIX alone' destdir

needs 'CMake: cmake --install' cmake && try 'CMake: find_package after cmake --install' cmake_install

# ---- Meson --------------------------------------------------------------------------------------

with_meson() {
    mkdir -p subprojects/twotower
    cp "$root/twotower.h" "$root/meson.build" subprojects/twotower
    cat >meson.build <<EOF
project('app', 'c')
twotower = dependency('twotower', version: '>=$version', fallback: 'twotower')
executable('app', 'smallest.c', 'twotower.c', dependencies: twotower)
EOF
    meson setup with_meson --wrap-mode=forcefallback && ninja -C with_meson &&
        prints_as_promised with_meson/app
}
needs 'Meson' meson ninja && try 'Meson: a subproject' with_meson

totals
