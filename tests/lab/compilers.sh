#!/bin/sh
# What bits.sh and portability.sh begin with: a folder for what they make, options for compilers,
# a place for wine, and a way to ask what is installed.  To be sourced.
# shellcheck disable=SC2034 # they use these variables

warnings='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'

work=$(mktemp -d) || exit 1
clean_up() {
    [ ! -d "$work/wine" ] || WINEPREFIX="$work/wine" wineserver -k > "$work/log" 2>&1
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

program="$work/program.exe" # Windows wants the ending; nobody else minds
PATH="$PATH:/usr/lib/wine"  # where Debian keeps wine64
export WINEPREFIX="$work/wine" WINEDEBUG=-all

# Whether a command, perhaps with options behind it, can be called.
installed() { command -v "${1%% *}" > "$work/log" 2>&1; }
