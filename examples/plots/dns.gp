# SPDX-License-Identifier: Apache-2.0
# Recall and precision of each class, a bar for each way to count DNS.
#   examples/plots/draw dns OUT.svg OWN/MODEL.report.json AS-IS/... DROPPED/... BACKGROUND/...
# Bars are called after the folders of the reports, in their order.
load here."/style.gp"
classes = int(scalar("[by_class(.recall)] | length"))
longest = int(scalar("[by_class(.recall) | index(\"\\t\")] | max"))
ways = scalar("[inputs | folder] | join(\" \")")
model = scalar("first(inputs | name)")
array colour[5] = [blue, orange, green, red, purple]
center(i) = $0 + (i - (words(ways) + 1) / 2.0) / (words(ways) + 1)
below = 7 * longest + 25
width = 120 + 58 * classes
height = 2 * 170 + 75 + below
eval canvas(width, height)
set output out
set style data histograms
set style histogram clustered gap 1
set boxwidth 0.9 relative
set yrange [0:1]
set ytics 0.2
set xrange [-0.6:classes - 0.4]
set multiplot
set lmargin at screen 78.0 / width
set rmargin at screen 1 - 12.0 / width
set key at screen 0.5, screen 1 - 32.0 / height center horizontal maxrows 1
set label 1 model.", by what DNS counts as (x: no such class)" at screen 0.5, screen 1 - 14.0 / height center
set tmargin at screen 1 - 50.0 / height
set bmargin at screen 1 - 220.0 / height
set ylabel "recall"
set xtics format "" scale 0
plot for [i = 1:words(ways)] list("by_class(.recall)") using i + 1 linecolor rgb colour[i] title word(ways, i), \
     for [i = 1:words(ways)] "" using (center(i)):(strcol(i + 1) eq "NaN" ? 0.03 : NaN):("x") with labels textcolor rgb colour[i] notitle
set tmargin at screen 1 - 240.0 / height
set bmargin at screen 1 - 410.0 / height
set ylabel "precision"
set xtics format "%s" rotate by 90 right scale 0
unset key
unset label 1
plot for [i = 1:words(ways)] list("by_class(.precision)") using i + 1:xtic(1) linecolor rgb colour[i] notitle, \
     for [i = 1:words(ways)] "" using (center(i)):(strcol(i + 1) eq "NaN" ? 0.03 : NaN):("x") with labels textcolor rgb colour[i] notitle
unset multiplot
