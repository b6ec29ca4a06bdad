# SPDX-License-Identifier: Apache-2.0
# Packets a second by number of threads: median, with least and most of the runs, and what each thread would add at best.
#   examples/plots/draw throughput OUT.svg throughput.json
load here."/style.gp"
eval canvas(460, 360)
set output out
set xlabel scalar('inputs | "threads\n\(.packets) packets, \(.flows) flows, \(.features)"')
one = real(scalar("inputs.threads[0] | .packets_per_second.median / .threads"))
many = int(scalar("inputs.threads | length"))
set ylabel "million packets a second"
set xrange [-0.6:many - 0.4]
set yrange [0:*]
set boxwidth 0.5
set key above
plot table("throughput") using 0:($2 / 1e6):xtic(1) with boxes linecolor rgb sky title "median", \
     "" using 0:($3 / 1e6):(0):(($4 - $3) / 1e6) with vectors heads size graph 0.015,90 linecolor rgb "black" linewidth 1.5 title "least to most", \
     "" using 0:($1 * one / 1e6) with linespoints linecolor rgb red dashtype 2 pointtype 2 linewidth 1.5 title "if each thread did as much as the first"
