# SPDX-License-Identifier: Apache-2.0
# How many hidden labels are found rightly, by the share of labels that was known: recipes beside one forest.
#   examples/plots/draw cotrain OUT.svg LABELS-PERCENT/RECIPE.cotrain.json...
load here."/style.gp"
eval canvas(780, 390)
set output out
recipes = scalar("[inputs | name] | unique | join(\" \")")
array colour[4] = [orange, green, purple, red]
array point[4] = [5, 9, 13, 11]
of(recipe) = sprintf("curve(\"%s\")", recipe)
set multiplot layout 1, 2
set xlabel "labels known, %"
set xtics ()
do for [n in scalar("[inputs | folder | last_number] | unique | map(tostring) | join(\" \")")] {
  set xtics add (n real(n))
}
set offsets graph 0.05, graph 0.05, 0, 0
set yrange [0:1]
set key below height 1
do for [k = 1:2] {
  set ylabel (k == 1 ? "accuracy" : "macro F1")." of the labels found"
  plot for [i = 1:words(recipes)] list(of(word(recipes, i))) using 1:3 + k with linespoints linecolor rgb colour[i] linewidth 2 pointtype point[i] title word(recipes, i), \
       list(of(word(recipes, 1))) using 1:1 + k with linespoints linecolor rgb blue linewidth 1.5 dashtype 2 pointtype 6 pointsize 1.5 * scale title "forest of the known labels"
}
unset multiplot
