# SPDX-License-Identifier: Apache-2.0
# What the plots share. `draw` calls them with `here`, the folder of these scripts, `reports` to draw, `out` to write and
# its `form`, svg or png. Colours are those of Okabe and Ito, which the colour-blind tell apart; lines and points differ in
# form too, so that a print in grey can be read.

# What a definition of reports.jq makes of the reports: as the source of a plot, with a line of names or without, or as
# text.
jq(what) = sprintf("jq -rn -L '%s' 'include \"reports\"; %s' %s", here, what, reports)
table(what) = "< ".jq(what)." | sed 1d"
list(what) = "< ".jq(what)
scalar(what) = system(jq(what))

canvas(width, height) = form eq "png" \
  ? sprintf("set terminal pngcairo noenhanced size %d,%d font 'DejaVu Sans,20' background 'white'", 2 * width, 2 * height) \
  : sprintf("set terminal svg noenhanced fixed size %d,%d font 'DejaVu Sans,Verdana,sans-serif,12' background 'white'", width, height)

blue = 0x0072b2; orange = 0xe69f00; green = 0x009e73; red = 0xd55e00; sky = 0x56b4e9; purple = 0xcc79a7; grey = 0x808080
set encoding utf8
set datafile separator "\t"
set grid ytics linetype 1 linecolor rgb 0xdddddd linewidth 0.7
set border 3
set tics nomirror
set key noenhanced
set style fill solid 1 border rgb "black"
scale = form eq "png" ? 2.0 : 1.0
