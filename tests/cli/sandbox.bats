#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The seal: a run opens what its command line names, when it comes to it, and nothing else.

load helper.bash

setup_file() { make_inputs; }
setup() {
  export ASAN_OPTIONS=detect_leaks=0  # the search reads /proc
  featurize --sandbox require --list-features >/dev/null 2>&1 || skip "no Landlock here"
}

# Starts the tool on a FIFO that stays open for writing as descriptor 9, and waits until it is sealed. Output is left in
# `out` and `err`.
start() {  # inputs behind the FIFO...
  mkfifo pipe
  exec 9<>pipe
  "${command[@]}" --sandbox require pipe "$@" >out 2>err 9>&- 3>&- &
  pid=$!
  for _ in {1..100}; do
    grep -q 'NoNewPrivs:.*1' "/proc/$pid/status" && return
    sleep 0.05
  done
  return 1
}

# Ends what the FIFO has to say and leaves the status of the tool.
finish() {
  exec 9>&-
  status=0
  wait "$pid" || status=$?
  rm pipe
}

@test "every tool is sealed: a file put in the place of an input later is not opened" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    cp "$input" later
    cp "$input" another
    start later
    mv another later
    cat "$input" >&9
    finish
    [[ $status -eq 66 ]]
    grep -q "^$tool: error: later: cannot open: Permission denied" err
  done
}

@test "every tool reads inputs when it comes to them, in other folders too" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    mkdir -p "$tool"/{in,out,stats}
    cp "$input" "$tool/in/rows"
    "${command[@]}" --sandbox off "$tool/in/rows" >expected
    "${command[@]}" --sandbox require -o "$tool/out/rows" --stats "$tool/stats/stats.json" "$tool/in/rows"
    cmp expected "$tool/out/rows"
    jq -e . "$tool/stats/stats.json" >/dev/null
  done
}

@test "what options name is read and written, wherever it is" {
  prepare train
  mkdir -p a/{report,card,oof,test,drift,phases,labels,map,slots,stack} models
  cp "$input" a/test/rows
  train -a c45 --sandbox require --test a/test/rows --report a/report/r --card a/card/c --oof a/oof/one.ndjson "$input" \
    >models/one.json
  train --sandbox require --cv 0 --stack a/oof/one.ndjson -o a/stack/s.json
  [[ -s a/report/r && -s a/card/c && -s a/oof/one.ndjson ]]
  predict -m models --proba --sandbox require --drift a/drift/d --truth label --report a/report/p "$input" >votes
  [[ -e a/drift/d && -s a/report/p ]]
  predict -m models --proba --sandbox require --rotate 1s -o 'a/slots/%Y%m%dT%H%M%SZ' "$input"
  cat a/slots/* | cmp - votes
  fuse --method stacked --stack a/stack/s.json --sandbox require --truth label --report a/report/f votes >verdicts
  [[ -s a/report/f ]]
  cotrain --print-phases --sandbox require >a/phases/p.json
  cotrain --phases a/phases/p.json --sandbox require --report a/report/c --card a/card/d "$BATS_FILE_TMPDIR/partly.ndjson" \
    >labelled 2>/dev/null
  [[ -s a/report/c && -s a/card/d ]]
  printf 'capture,label\ndata/mixed.pcap,known\n' >a/labels/table.csv
  flowgen --labels a/labels/table.csv --sandbox require "$data/mixed.pcap" | jq -e 'select(.label == "known")' >flows
  [[ -s flows ]]
}

@test "predict reads its models again after the seal, also where links lead" {
  prepare predict
  mkdir store models
  cp "$inputs/model.json" store/one.json
  ln -s ../store/one.json models/one.json
  command=(predict -m models --line-buffered -v)
  start
  head -1 "$input" >&9
  for _ in {1..100}; do [[ -s out ]] && break; sleep 0.05; done
  jq -c '.classes |= map("new " + .) | .profile.classes |= with_entries(.key |= "new " + .)' store/one.json >store/next
  mv store/next store/one.json
  kill -HUP "$pid"
  sleep 0.2
  head -1 "$input" >&9
  finish
  [[ $status -eq 0 ]]
  grep -q 'models read again' err
  tail -1 out | grep -q '"new '
}

@test "temporary files are made where TMPDIR says" {
  prepare cotrain
  mkdir scratch
  TMPDIR=$PWD/scratch cotrain --sandbox require "$input" >out
  cotrain --sandbox off "$input" | cmp - out
}

@test "pipes and devices by name are inputs and outputs" {
  prepare flowgen
  flowgen --capture c <"$input" >expected
  flowgen --sandbox require --capture c -o /dev/stdout <"$input" | cmp - expected
  flowgen --sandbox require --capture c -o /dev/stdout <"$input" >out
  cmp out expected
  [[ -L /dev/stdout ]]
  flowgen --sandbox require -o /dev/null --stats /dev/stdout <"$input" | jq -e .packets_read
  flowgen --sandbox require --capture c -o >(cat >copy) <"$input"
  flowgen --sandbox require <(cat "$input") | jq -c 'del(.capture)' | cmp - <(jq -c 'del(.capture)' expected)
  for _ in {1..100}; do cmp -s copy expected && break; sleep 0.05; done
  cmp copy expected
  flowgen --sandbox require --capture c /dev/stdin <"$input" | jq -c 'del(.capture)' | cmp - <(jq -c 'del(.capture)' expected)
  mkfifo in out.fifo
  cat "$input" >in &
  cat out.fifo >copy &
  flowgen --sandbox require in -o out.fifo
  wait
  jq -c 'del(.capture)' copy | cmp - <(jq -c 'del(.capture)' expected)
}

@test "-v says whether the run is sealed" {
  prepare flowgen
  flowgen -v --sandbox require <"$input" >out 2>err
  grep -q '^flowgen: sealed by Landlock' err
  flowgen -v --sandbox off <"$input" >out 2>err
  if grep -q sealed err; then return 1; fi
}
