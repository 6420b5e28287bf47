# How cost grows, from the CSV that run.sh writes; the variable `results` is its name.
set terminal svg size 900,760 font "sans-serif,13" background rgb "white"
set datafile separator ","
set logscale xy
set key top left
set grid lc rgb "#dddddd"
set multiplot layout 2,2
rows(program, what) = sprintf("< grep '^%s,%s,' %s", program, what, results)

set title "Ratings (epochs at batch 256, 2 threads)"
set xlabel "ratings"
set ylabel "seconds"
set y2label "MB"
set ytics nomirror
set y2tics
set logscale y2
plot rows("rows", "big load") using 4:5 with linespoints title "load", \
     rows("rows", "big epoch") using 4:5 with linespoints title "an epoch", \
     rows("rows", "big epoch") using 4:6 axes x1y2 with linespoints dt 2 title "memory, MB"
unset y2label
unset y2tics
unset logscale y2

set title "Batch size (an epoch of 80,000 ratings, 2 threads)"
set xlabel "rows a batch"
set ylabel "seconds"
unset logscale y
set yrange [0:*]
plot rows("batch", "step") using 4:($5 * 80000 / $4) with linespoints notitle
set autoscale y
set logscale y

set title "Width (64-32-16 to 2048-1024-128, batch 32, 2 threads)"
set xlabel "parameters"
set ylabel "ms a step"
plot rows("width", "step") using 4:($5 * 1000) with linespoints title "time", \
     rows("width", "step") using 4:6 with linespoints dt 2 title "memory, MB"

set title "Films (the nearest of each, vectors of 32, 2 threads)"
set xlabel "films"
set ylabel "seconds"
plot rows("films", "neighbours") using 4:5 with linespoints title "time", \
     rows("films", "neighbours") using 4:6 with linespoints dt 2 title "memory, MB"
unset multiplot
