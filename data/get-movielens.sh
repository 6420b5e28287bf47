#!/bin/sh
# Downloads MovieLens' ml-latest-small and unpacks ratings.csv, movies.csv and
# README.txt to the folder ml-latest-small beside this script. `make data` calls
# it. It does nothing if that folder already holds the expected files.
#
# MOVIELENS_URL names another place to download from: a mirror, or a local
# copy as file:///path/to/ml-latest-small.zip (with curl; wget has no file://).

set -eu

url=${MOVIELENS_URL:-https://files.grouplens.org/datasets/movielens/ml-latest-small.zip}

# The edition of September 2018. GroupLens may replace it under the same
# address; the sums tell a new edition from the one the lessons were run on.
ratings_sum=aa289ca83157595d0df6aea1be6a4ded676ddc4385472e8313a8ed9805352646
movies_sum=5a5f32dd9bb3797b8e728a1b98958789d2b13f294a69fdfbc5727f8a9611aa07

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target=$here/ml-latest-small
old=$target.old
# Beside the target, so that the last step is a rename within one file system.
tmp=$here/.ml-latest-small.$$

say() { printf 'get-movielens: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
exists() { [ -e "$1" ] || [ -L "$1" ]; }

sha256() {
    if have sha256sum; then sha256sum; else shasum -a 256; fi <"$1" | cut -c 1-64
}

# check FOLDER FILE SUM: is FILE there, with that sum? If not, says why.
check() {
    if [ ! -f "$1/$2" ]; then
        say "$1/$2 is missing"
        return 1
    fi
    sum=$(sha256 "$1/$2")
    if [ "$sum" != "$3" ]; then
        say "sha256 of $1/$2 differs:"
        say "  expected $3"
        say "  found    $sum"
        return 1
    fi
}

# Checks both files rather than stopping at the first, to name all that differs.
check_both() {
    status=0
    check "$1" ratings.csv "$ratings_sum" || status=1
    check "$1" movies.csv "$movies_sum" || status=1
    return $status
}

have sha256sum || have shasum ||
    die "sha256sum or shasum is needed to verify the files; found neither"

if exists "$target"; then
    if check_both "$target"; then
        say "$target is already there and verified; nothing to do"
        exit 0
    fi
    # Somebody's own files, perhaps: they are put aside, never deleted.
    exists "$old" &&
        die "$target is not the expected edition, and $old is in the way of putting it aside: remove one of them"
    say "downloading the expected edition; the present folder will be kept as $old"
fi

have curl || have wget || die "curl or wget is needed to download; found neither"
have unzip || die "unzip is needed to unpack the download; not found"

mkdir "$tmp" || die "cannot create the temporary folder $tmp"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say "downloading $url"
if have curl; then
    curl -fsSL -o "$tmp/download.zip" -- "$url"
else
    wget -O "$tmp/download.zip" -- "$url"
fi || die "the download failed: expected a zip archive at $url"

unzip -q "$tmp/download.zip" ml-latest-small/ratings.csv \
    ml-latest-small/movies.csv ml-latest-small/README.txt -d "$tmp" </dev/null ||
    die "unpacking failed: expected ml-latest-small/ with ratings.csv, movies.csv and README.txt in the archive from $url"

check_both "$tmp/ml-latest-small" ||
    die "the download is not the expected edition (or is damaged); nothing was installed"

if exists "$target"; then
    mv "$target" "$old"
fi
mv "$tmp/ml-latest-small" "$target"
say "unpacked and verified: $target"
