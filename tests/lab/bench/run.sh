#!/bin/sh
# How long things take, beside whatever peer is installed, in one run; `make lab-bench`.
#
#   sh tests/lab/bench/run.sh            everything, a quarter of an hour
#   sh tests/lab/bench/run.sh --quick    without the growth of cost, five minutes
#
# Other programs disturb: so the small things are measured in rounds that take turns, and the least
# of all rounds counts; compare what stands in one table, not figures of two runs.  Writes
# build/bench/results.csv (every measurement), build/bench/table.txt and build/bench/growth.svg.
set -eu
cd "$(dirname "$0")/../../.."

quick=false
case "${1:-}" in
'') ;;
--quick) quick=true ;;
*)
    sed -n '4,5s/^# *//p' "$0" >&2
    exit 2 ;;
esac

out=build/bench
mkdir -p $out
trap 'rm -f $out/ratings.csv' EXIT
results=$out/results.csv
echo 'program,what,threads,size,seconds,MB' > $results

say() { printf '%s\n' "$*" >&2; }
installed() { command -v "$1" > /dev/null; }

# Runs a command that prints "what,threads,size,seconds,MB", and notes whose figures they are.
measure() { # program command...
    program=$1
    shift
    "$@" | sed "s/^/$program,/" >> $results
}

# ---- what there is to measure -------------------------------------------------------------------

CC=${CC:-cc}
openmp=-fopenmp
echo 'int main(void) { return 0; }' > $out/nothing.c
$CC $openmp $out/nothing.c -o $out/nothing 2> /dev/null || openmp=
build() { # source program options...
    source=$1 program=$2
    shift 2
    # shellcheck disable=SC2086 # $openmp is an option or nothing
    $CC -std=c99 -D_DEFAULT_SOURCE $openmp -I. "tests/lab/bench/$source" -o "$out/$program" "$@"
}

say "building with $CC ..."
build bench.c bench -O2 -lm
build bench.c bench-native -O3 -march=native -lm
blas=true
build sgemm.c sgemm -O2 -lopenblas 2> /dev/null || blas=false
$blas || say 'OpenBLAS is not installed: skipped (make lab-deps-bench)'
python=
for candidate in python3 /usr/bin/python3; do
    [ -z "$python" ] && $candidate -c 'import torch, numpy' 2> /dev/null && python=$candidate
done
[ -n "$python" ] || say 'PyTorch is not installed: skipped (make lab-deps-bench)'

O2='twotower.h (cc -O2)' native='twotower.h (cc -O3 -march=native)'

# ---- small things, in turns ---------------------------------------------------------------------

rounds=5
for round in $(seq $rounds); do
    say "round $round of $rounds ..."
    for threads in 1 2; do
        measure "$O2" $out/bench step $threads
        measure "$native" $out/bench-native step $threads
        [ -z "$python" ] || measure PyTorch "$python" tests/lab/bench/torch_step.py step $threads
        ! $blas || measure OpenBLAS $out/sgemm $threads
        measure "$O2" $out/bench predict $threads data/movielens
        measure "$O2" $out/bench neighbours $threads 9664
    done
    measure "$O2" $out/bench load data/movielens
done
[ -z "$python" ] || measure NumPy "$python" tests/lab/bench/torch_step.py neighbours 9664

say '30 epochs ...'
for threads in 1 2; do measure "$O2" $out/bench train $threads 30 data/movielens; done

# ---- how cost grows -----------------------------------------------------------------------------

if ! $quick; then
    for batch in 16 32 64 128 256 512 1024 4096; do
        say "batch of $batch ..."
        measure batch $out/bench step 2 $batch
    done
    # The last number of each is the embedding's width.
    for widths in '64 32 16' '128 64 32' '256 128 32' '512 256 32' '1024 512 64' '2048 1024 128'; do
        say "widths $widths ..."
        # shellcheck disable=SC2086 # three numbers
        $out/bench step 2 32 $widths |
            awk -F, -v OFS=, -v widths="$widths" '
                { split(widths, w, " ")
                  $3 = (34 + 2) * w[1] + 2 * ((w[1] + 1) * w[2] + (w[2] + 1) * w[3])
                  print "width", $0 }' >> $results
    done
    for films in 10000 20000 50000 100000; do
        say "neighbours of $films films ..."
        measure films $out/bench neighbours 2 $films
    done
    for ratings in 100000 1000000 25000000; do
        say "$ratings ratings ..."
        $out/bench generate $ratings $out/ratings.csv
        measure rows $out/bench big 2 $out/ratings.csv
    done
    rm $out/ratings.csv
fi

# ---- the table ----------------------------------------------------------------------------------

awk -F, -v O2="$O2" -v native="$native" '
NR > 1 {
    key = $1 "," $2 "," $3
    if (!(key in least) || $5 < least[key]) { least[key] = $5; memory[key] = $6 }
}
# One line: what it is, seconds (or ms) on one and two threads, each as multiple of our own.
# Nothing for a peer that is not installed.
function line(title, program, what, ours, unit,    t, key, text, mb) {
    text = sprintf("  %-35s", title)
    for (t = 1; t <= 2; t++) {
        key = program "," what "," t
        if (key in least)
            text = text sprintf("%9.3f %6.2f", least[key] * unit, \
                                least[key] / least[O2 "," ours "," t])
        else
            text = text sprintf("%9s %6s", "-", "")
        if (memory[key] > mb) mb = memory[key]
    }
    if (mb) printf "%s%8.0f MB\n", text, mb
}
function heading(text) { printf "\n%-37s%16s%16s%11s\n", text, "1 thread", "2 threads", "memory" }
END {
    heading("a training step, batch 32, in ms")
    line(O2, O2, "step", "step", 1000)
    line(native, native, "step", "step", 1000)
    line("PyTorch, eager", "PyTorch", "step", "step", 1000)
    line("OpenBLAS, the 16 products alone", "OpenBLAS", "products", "step", 1000)
    heading("100,004 ratings, in seconds")
    line("load, and make features", O2, "load", "load", 1)
    line("30 epochs", O2, "train", "train", 1)
    line("predict every rating", O2, "predict", "predict", 1)
    heading("nearest of 9,664 films, in seconds")
    line(O2, O2, "neighbours", "neighbours", 1)
    line("NumPy, the whole matrix, float64", "NumPy", "neighbours", "neighbours", 1)
}' $results > $out/table.txt
cat $out/table.txt
echo
$out/bench compare 9664

# ---- the figure ---------------------------------------------------------------------------------

if ! $quick && installed gnuplot; then
    gnuplot -e "results='$results'" tests/lab/bench/growth.gnuplot > $out/growth.svg
    echo "wrote $out/growth.svg"
fi
echo "wrote $results"
