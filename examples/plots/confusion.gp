# SPDX-License-Identifier: Apache-2.0
# A confusion matrix: each row is a true class, shaded by the share of it that was answered so, with counts.
#   examples/plots/draw confusion OUT.svg REPORT.json
load here."/style.gp"
across = int(scalar("inputs | answers | length"))
down = int(scalar("inputs | true_classes | length"))
longest = int(scalar("inputs | answers | map(length) | max"))
digits = int(scalar("[inputs | .confusion_matrix[][] | tostring | length] | max"))
margin = 6.8 * longest + 40
side = 34 > 9 * digits ? 34 : 9 * digits
width = margin + side * across + 110
height = margin + side * down + 30
eval canvas(width, height)
set output out
set title scalar('inputs | "\(name): \(.rows) flows, accuracy \(.accuracy | text)"')
set lmargin at screen (margin + 20.0) / width
set rmargin at screen (margin + 20.0 + side * across) / width
set tmargin at screen 1 - 38.0 / height
set bmargin at screen 1 - (38.0 + side * down) / height
set xrange [-0.5:across - 0.5]
set yrange [down - 0.5:-0.5]
set cbrange [0:1]
set palette defined (0 "#ffffff", 0.5 "#6baed6", 1 "#08306b")
set cbtics 0.25
set cblabel "share of the true class"
set colorbox user origin (margin + 32.0 + side * across) / width, graph 0 size 14.0 / width, graph 1
set border 15
unset grid
set xtics rotate by 90 right scale 0
set ytics scale 0
set label "answer" at graph 0.5, screen 14.0 / height center
set label "truth" at screen 14.0 / width, graph 0.5 rotate center
plot list("confusion") using 1:2:3:xtic(5):ytic(6) with image pixels notitle, \
     "" using 1:2:($4 > 0 && $3 <= 0.55 ? sprintf("%d", $4) : "") with labels textcolor rgb "black" notitle, \
     "" using 1:2:($4 > 0 && $3 > 0.55 ? sprintf("%d", $4) : "") with labels textcolor rgb "white" notitle
