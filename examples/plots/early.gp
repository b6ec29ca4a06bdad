# SPDX-License-Identifier: Apache-2.0
# Accuracy by packets seen of a flow, beside that of whole flows.
#   examples/plots/draw early OUT.svg FIRST-N/MODEL.report.json... WHOLE/MODEL.report.json
load here."/style.gp"
eval canvas(560, 390)
set output out
set logscale x
set xlabel "packets seen of a flow"
set title scalar("first(inputs | name)").", on flows of captures that it had not seen"
set ylabel "accuracy, macro F1"
set yrange [0:1]
set key below height 1
set offsets graph 0.05, graph 0.05, 0, 0
whole(what) = real(scalar("[inputs | select(folder | startswith(\"first-\") | not)][0]".what))
set xtics ()
do for [n in scalar("[inputs | folder | select(startswith(\"first-\")) | last_number | tostring] | join(\" \")")] {
  set xtics add (n real(n))
}
plot table("early") using ($1 > 0 ? $1 : NaN):4 with linespoints linecolor rgb blue linewidth 2 pointtype 7 title "accuracy", \
     "" using ($1 > 0 ? $1 : NaN):5 with linespoints linecolor rgb orange linewidth 2 pointtype 5 title "macro F1", \
     whole(".accuracy") with lines linecolor rgb blue dashtype 2 linewidth 1.5 title "accuracy, whole flows", \
     whole(".macro_f1") with lines linecolor rgb orange dashtype 3 linewidth 1.5 title "macro F1, whole flows"
