# SPDX-License-Identifier: Apache-2.0
# Which phase of co-training labels which share of the rows without a label, and how much of that is right; beside it
# the published shares, where the reports tell.
#   examples/plots/draw cotrain-phases OUT.svg LABELS-PERCENT/RECIPE.cotrain.json...
load here."/style.gp"
bars = int(scalar("[absorbed] | length"))
phases = int(scalar("[inputs.phases | length] | max"))
longest = int(scalar("[absorbed | split(\"\\t\")[0] | length] | max"))
width = 190 + 62 * bars
below = 5 * longest + 20
height = 345 + below
eval canvas(width, height)
set output out
array colour[6] = [blue, sky, green, orange, 0xf0e442, purple]
set style data histograms
set style histogram rowstacked
set boxwidth 0.75
set yrange [0:1]
set xrange [-0.6:bars - 0.4]
set ylabel "share of the rows without a label"
set xtics rotate by 35 right scale 0
set lmargin at screen 70.0 / width
set rmargin at screen 1 - 110.0 / width
set bmargin at screen below / (1.0 * height)
set tmargin at screen 1 - 34.0 / height
set key at screen 1 - 5.0 / width, graph 1 top right invert Left reverse
set title "in the bars: % of these labels that are right"
plot for [i = 1:phases] list("absorbed") using i + 1:xtic(1) linecolor rgb colour[i] title sprintf("phase %d", i), \
     for [i = 1:phases] list("phase_labels") using 1:(column(2) == i ? $3 : NaN):4 with labels textcolor rgb (i == 1 ? 0xffffff : 0x000000) notitle
