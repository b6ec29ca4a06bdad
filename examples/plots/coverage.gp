# SPDX-License-Identifier: Apache-2.0
# Accuracy of what is answered against the share that is answered, a point for each confidence below which a verdict is
# `unknown`.
#   examples/plots/draw coverage OUT.svg REPORT-THRESHOLD.report.json...
load here."/style.gp"
eval canvas(560, 360)
set output out
set xlabel "share of flows answered (coverage)"
set ylabel "accuracy of the answers"
set xrange [0:1.02]
set yrange [0:1.05]
set title "unknown where less sure than the figure at the point"
plot table("coverage") using 2:3 with linespoints linecolor rgb blue linewidth 2 pointtype 7 notitle, \
     list("coverage_labels") using 1:2:3 with labels offset 0, 0.9 notitle
