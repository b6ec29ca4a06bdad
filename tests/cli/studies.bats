#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The studies of examples/ run from captures to tables.

load helper.bash

setup_file() { make_inputs; }
setup() {
  cd "$BATS_TEST_TMPDIR" || return
  examples=$tests/../examples
}

# Rows of a table whose named columns are shares, by awk.
shares() {  # file, first row, columns...
  awk -F'\t' -v from="$2" -v columns="${*:3}" '
    NR >= from && NF == 0 { exit }
    NR >= from { split(columns, wanted, " "); for (c in wanted) if ($wanted[c] < 0 || $wanted[c] > 1) bad = 1; ++rows }
    END { exit bad || rows == 0 }' "$1"
}

@test "fusion-study: a row for every member and every method" {
  ALGORITHMS='c45 nb' "$examples/fusion-study" out "$BATS_FILE_TMPDIR/rows.ndjson" >table
  [[ $(cut -f1 table | tr '\n' ' ') == 'verdict by c45 nb majority weighted calibrated stacked ' ]]
  shares table 2 2 3 4
}

@test "unknown-study: each class left out once" {
  ALGORITHM=c45 "$examples/unknown-study" out "$BATS_FILE_TMPDIR/rows.ndjson" >table
  classes=$(jq -r .label "$BATS_FILE_TMPDIR/rows.ndjson" | sort -u | tr '\n' ' ')
  [[ $(sed '/^$/,$d' table | tail -n +2 | cut -f1 | tr '\n' ' ') == "$classes" ]]
  shares table 2 3 4
}

@test "cotrain-study: from few labels to all, on captures that were not seen" {
  DRAWS=2 "$examples/cotrain-study" out "$BATS_FILE_TMPDIR/rows.ndjson" >table
  [[ $(cut -f1 table | tr '\n' ' ') == 'labels by few default gated paper all ' ]]
  shares table 2 2 3 4
  [[ $(tail -1 table | cut -f2) == 1 && $(sed -n 2p table | cut -f5,6) == $'0\t0' ]]
  # A capture is kept, hidden or judged, whole.
  [[ $(jq -r .capture out/judged.ndjson out/mixed.ndjson | sort -u | wc -l) -eq 9 ]]
  [[ -z $(comm -12 <(jq -r .capture out/judged.ndjson | sort -u) <(jq -r .capture out/mixed.ndjson | sort -u)) ]]
}

@test "binary-study: four ways to count DNS, by many models and by one" {
  ALGORITHMS=c45 "$examples/binary-study" out "$data"/pipeline/*/*.pcap >table
  [[ $(sed '/^$/,$d' table | wc -l) -eq 9 ]]
  shares table 2 3 4
  for scenario in as-is own dropped background; do
    [[ $(wc -l <"out/$scenario.verdicts.ndjson") -eq $(wc -l <"out/$scenario.ndjson") ]]
  done
}
