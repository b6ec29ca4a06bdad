#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Output that is cut by the time of packets.

load helper.bash

setup_file() { make_inputs; }
setup() { cd "$BATS_TEST_TMPDIR" || return; }

@test "flowgen: all slots together are the whole, each with its own rows" {
  flowgen "$data"/pipeline/*/*.pcap >whole
  flowgen --rotate 1s -o 'slots-%Y%m%dT%H%M%SZ.ndjson' "$data"/pipeline/*/*.pcap >out
  [[ ! -s out ]]
  slots=(slots-*)
  [[ ${#slots[@]} -gt 1 ]]
  cat slots-* | sort | cmp - <(sort whole)
  [[ -z $(find . -name "*.part") ]]
}

@test "predict and fuse cut by the times in the rows" {
  predict -m "$BATS_FILE_TMPDIR/model.json" "$BATS_FILE_TMPDIR/rows.ndjson" >votes
  predict --rotate 1s -o 'votes-%Y%m%dT%H%M%SZ' -m "$BATS_FILE_TMPDIR/model.json" "$BATS_FILE_TMPDIR/rows.ndjson"
  fuse votes >verdicts
  fuse --rotate 1s -o 'verdicts-%Y%m%dT%H%M%SZ' votes
  for kind in votes verdicts; do
    slots=("$kind"-*)
    [[ ${#slots[@]} -gt 1 ]]
    cat "${slots[@]}" | cmp - "$kind"  # slots only advance, so the order of rows stays
  done
}

@test "a header in every file of CSV, and nothing is overwritten" {
  for _ in 1 2; do
    flowgen --format csv --series none --rotate 10s -o 'slots-%H%M%S.csv' "$data/mixed.pcap"
  done
  for file in slots-*; do
    head -1 "$file" | grep -q '^flow_id,'
  done
  for file in slots-*.csv; do
    cmp "$file" "$file.1"
  done
}

@test "names that cannot tell slots apart are refused" {
  expect 64 '^flowgen: error: .*strftime' flowgen --rotate 10s -o out.ndjson "$data/mixed.pcap"
  expect 64 '^fuse: error: .*-o' fuse --rotate 10s <"$BATS_FILE_TMPDIR/votes.ndjson"
}
