# SPDX-License-Identifier: Apache-2.0
# How often a model is right against how sure it is, before and after calibration; larger points are more rows.
# Judged by the split that the calibration was learned from.
#   examples/plots/draw reliability OUT.svg REPORT.json       (a report of train --calibrate)
load here."/style.gp"
eval canvas(460, 480)
set output out
set title scalar("first(inputs) | \"\\(name), \\(judged | split_name)\"")
ece(when) = scalar("first(inputs) | judged".when.".ece | text | tostring")
most = real(scalar("first(inputs) | [judged.before.bins[].rows, judged.after.bins[].rows] | max"))
size(n) = scale * (0.5 + 1.8 * sqrt(n / most))
set size square
set xrange [0:1]
set yrange [0:1]
set xlabel "confidence"
set ylabel "share right"
set key below height 1
plot x with lines linecolor rgb grey dashtype 2 title "as sure as right", \
     list("bins(.before)") using 1:2 with lines linecolor rgb orange linewidth 2 dashtype 3 notitle, \
     "" using 1:2:(size($3)) with points linecolor rgb orange pointtype 4 pointsize variable linewidth 2 title "before, ECE ".ece(".before"), \
     list("bins(.after)") using 1:2 with lines linecolor rgb blue linewidth 2 notitle, \
     "" using 1:2:(size($3)) with points linecolor rgb blue pointtype 6 pointsize variable linewidth 2 title "after, ECE ".ece(".after")
