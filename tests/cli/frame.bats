#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is the same for every tool: help, streams, statuses.

load helper.bash

setup_file() { make_inputs; }

@test "--help and --version go to standard output, status 0" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    for option in --help -h --version -V; do
      "$tool" "$option" >out 2>err
      [[ -s out && ! -s err ]]
    done
    [[ $("$tool" --version | head -1) =~ ^"$tool (mltat) "[0-9]+\.[0-9]+\.[0-9]+$ ]]
    "$tool" --help | grep -q -- --line-buffered
  done
}

@test "an unknown option is one line and 64" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    expect 64 "^$tool: error: .*--no-such-option" "${command[@]}" --no-such-option <"$input" >out
    [[ ! -s out ]]
  done
}

@test "a value that is none of the choices is one line and 64" {
  prepare flowgen
  expect 64 '^flowgen: error: .*--format.*"xml"' flowgen --format xml <"$input" >out
  expect 64 '^flowgen: error: --idle-timeout: "30".*30s' flowgen --idle-timeout 30 <"$input" >out
}

@test "a required option that is missing is one line and 64" {
  prepare train
  expect 64 '^train: error: .*--algorithm' train <"$input" >out
  expect 64 '^predict: error: .*--model' predict <"$input" >out
}

# A terminal to run in, or the test is skipped: a bare chroot may have none to give.
need_terminal() {
  script -qec true /dev/null >/dev/null 2>&1 </dev/null || skip "no terminal can be opened here"
}

@test "standard input at a terminal is refused with 64, not waited for" {
  need_terminal
  for tool in "${tools[@]}"; do
    prepare "$tool"
    status=0
    script -qec "${command[*]@Q} >/dev/null" /dev/null >out 2>&1 </dev/null || status=$?
    [[ $status -eq 64 ]]
    grep -q "$tool: error: nothing on standard input" out
  done
}

@test "a list that needs no input is written at a terminal too" {
  need_terminal
  prepare featurize
  script -qec 'featurize --list-features >list' /dev/null >out 2>&1 </dev/null
  grep -q '^fwd_pkts' list
}

@test "standard input named twice is refused with 64" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    expect 64 "^$tool: error: .*twice" "${command[@]}" - - <"$input" >out
  done
}

@test "a full disk is one line and 74" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    expect 74 "^$tool: error: stdout: .*No space left on device" "${command[@]}" <"$input" >/dev/full
    expect 74 "^$tool: error: /dev/full: .*No space left on device" "${command[@]}" -o /dev/full <"$input"
    expect 74 "^$tool: error: stdout: .*No space left on device" "$tool" --help >/dev/full
    expect 74 "^$tool: error: stdout: .*No space left on device" "$tool" --version >/dev/full
  done
}

@test "a full disk leaves no half a file behind" {
  mkdir "$BATS_TEST_TMPDIR/small"
  mount -t tmpfs -o size=4k tmpfs "$BATS_TEST_TMPDIR/small" 2>/dev/null || skip "mounting a small disk is not allowed here"
  for tool in "${tools[@]}"; do
    prepare "$tool"
    dd if=/dev/zero of=small/filler bs=4096 count=1 status=none
    expect 74 "^$tool: error: small/out: .*No space left on device" "${command[@]}" -o small/out <"$input" || break
    [[ $(ls small) == filler ]] || break
    rm small/filler
  done
  left=$(ls small)
  umount small
  [[ -z $left ]]
}

@test "a closed standard output is one line and 74" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    expect 74 "^$tool: error: stdout: .*" "${command[@]}" <"$input" >&-
    expect 74 "^$tool: error: stdout: .*" "${command[@]}" "$input" --stats stats.json >&-
    [[ ! -e stats.json ]] || ! grep -q flow_id stats.json
  done
}

@test "a pipe that nobody reads: death by SIGPIPE, or 74 where it is ignored" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    status=0
    "$tests/cli/broken_pipe" default "${command[@]}" <"$input" 2>err || status=$?
    [[ $status -eq 141 && ! -s err ]]
    expect 74 "^$tool: error: stdout: .*Broken pipe" "$tests/cli/broken_pipe" ignore "${command[@]}" <"$input"
  done
}

@test "a file that is missing or a folder is one line and 66" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    expect 66 "^$tool: error: nowhere: .*No such file" "${command[@]}" nowhere >out
    expect 66 "^$tool: error: \.: .*directory" "${command[@]}" . >out
  done
  prepare predict
  expect 66 '^predict: error: nowhere.json: ' predict -m nowhere.json <"$input" >out
}

@test "an output that cannot be created is one line and 73" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    expect 73 "^$tool: error: nowhere/out: cannot create" "${command[@]}" -o nowhere/out <"$input"
    expect 73 "^$tool: error: nowhere/stats: cannot create" "${command[@]}" --stats nowhere/stats <"$input" >out
  done
}

@test "-o gives the bytes of standard output, and nothing besides the file" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    "${command[@]}" <"$input" >out
    mkdir "$tool"
    "${command[@]}" -o "$tool/file" <"$input" >nothing
    cmp out "$tool/file"
    [[ ! -s nothing && $(ls "$tool") == file ]]
  done
}

@test "a run that is terminated leaves no file and dies by the signal" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    mkdir "$tool"
    mkfifo pipe
    exec 9<>pipe  # keeps the pipe open: the tool waits for more
    "${command[@]}" -o "$tool/file" <pipe 9>&- &
    pid=$!
    for _ in $(seq 100); do
      [[ -e $tool/file.part ]] && break
      sleep 0.05
    done
    [[ -e $tool/file.part ]]
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    exec 9>&-
    rm pipe
    [[ $status -eq 143 && -z $(ls "$tool") ]]
  done
}

@test "a row leaves while the input still waits for more" {
  for tool in featurize predict fuse; do
    prepare "$tool"
    [[ $tool == featurize ]] && { flowgen <"$input" >flows.ndjson; input=flows.ndjson; }
    mkfifo pipe
    exec 9<>pipe
    "${command[@]}" <pipe 9>&- >out &
    pid=$!
    head -1 "$input" >&9
    for _ in $(seq 100); do
      [[ -s out ]] && break
      sleep 0.05
    done
    seen=$(wc -l <out)
    exec 9>&-
    wait "$pid"
    rm pipe
    [[ $seen -eq 1 ]]
  done
}

@test "--stats is JSON, or Prometheus text where the name ends in .prom" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    "${command[@]}" --stats stats.json <"$input" >out
    jq -e 'type == "object" and length > 0' stats.json >/dev/null
    "${command[@]}" --stats stats.prom <"$input" >out
    grep -qE '^mltat_[a-z_]+(\{[^}]*\})? [0-9.e+-]+$' stats.prom
    if grep -qvE '^(#|mltat_[a-z_]+(\{[^}]*\})? [0-9.e+-]+$)' stats.prom; then return 1; fi
  done
}

@test "-v tells the version and what was used, and -q keeps warnings back" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    "${command[@]}" -v <"$input" >out 2>err
    grep -qE "^$tool: mltat [0-9.]+: wall " err
    "${command[@]}" <"$input" >same 2>err
    cmp out same
  done
  prepare featurize
  featurize -q </dev/null >out 2>err
  [[ ! -s out && ! -s err ]]
}
