# SPDX-License-Identifier: Apache-2.0
# Packets a second by mix, out of a CSV that tests/bench/e2e/run wrote:
#   gnuplot -e "results='tests/bench/results.csv'" tests/bench/e2e/plot.gp | sed 's/ *$//' > tests/bench/results.svg
# A line a mix: what a link of 10 Gbit/s brings at most, each frame with 24 bytes of checksum, preamble and gap.
set terminal svg size 760,380 font "sans-serif,13" background "white"
set datafile separator ","
mixes = "real imix min"
set style fill solid border lc "black"
set boxwidth 0.3
set xrange [-0.6:2.6]
set yrange [0:16]
set ylabel "million packets a second"
set xtics ("real mix, 850 B" 0, "IMIX, 350 B" 1, "60-byte frames" 2)
set key top left
set grid ytics lc "grey80"
link(mix) = real(system(sprintf("awk -F, '$5 == \"%s: featurize -j1\" { print 1250 / ($10 * 125 / $11 + 24) }' %s | tail -1", mix, results)))
do for [i = 1:3] {
  line = link(word(mixes, i))
  set arrow i from i - 1.45, line to i - 0.55, line nohead front lw 2 dt 2 lc "black"
}
mpps(mix, what) = real(system(sprintf("awk -F, '$5 == \"%s: %s\" { print $11 }' %s | tail -1", mix, what, results)))
$data << EOD
0
1
2
EOD
plot $data using ($0 - 0.16):(mpps(word(mixes, int($0) + 1), "featurize -j1")) with boxes lc "#56b4e9" title "featurize -j1", \
     $data using ($0 + 0.16):(mpps(word(mixes, int($0) + 1), "featurize -j2")) with boxes lc "#0072b2" title "featurize -j2", \
     NaN with lines lw 2 dt 2 lc "black" title "10 Gbit/s"
