#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# SIGHUP: predict reads its models again between two rows, every other tool dies of it.

load helper.bash

setup_file() { make_inputs; }

# Starts predict on a FIFO that stays open for writing as descriptor 8; `answer N` waits for its N-th row.
start() {
  mkfifo rows
  predict -m model.json --line-buffered <rows >out 2>err 3>&- &
  predict_id=$!
  exec 8>rows
}

answer() {
  for _ in {1..100}; do
    [[ $(wc -l <out) -ge $1 ]] && return
    sleep 0.1
  done
  echo "no row $1 in 10 seconds"
  return 1
}

label_of() { sed -n "$1p" out | jq -r .pred_label; }

@test "on SIGHUP predict reads its models again and loses no row" {
  prepare predict
  row=$(head -1 "$input")
  cp "$inputs/model.json" model.json
  start
  echo "$row" >&8
  answer 1
  old=$(label_of 1)
  jq -c '.classes |= map("new " + .) | .profile.classes |= with_entries(.key |= "new " + .)' model.json >next.json
  mv next.json model.json
  kill -HUP "$predict_id"
  sleep 0.2
  echo "$row" >&8
  answer 2
  [[ $(label_of 2) = "new $old" ]]

  echo '{' >model.json
  kill -HUP "$predict_id"
  sleep 0.2
  echo "$row" >&8
  answer 3
  [[ $(label_of 3) = "new $old" ]]
  exec 8>&-
  wait "$predict_id"
  [[ $(wc -l <out) -eq 3 && $(wc -l <err) -eq 1 ]]
  grep -q '^predict: warning: .*those at work stay: .*model.json' err
}

@test "a tool without models dies of SIGHUP" {
  prepare fuse
  mkfifo votes
  fuse --method majority <votes >out 3>&- &
  fuse_id=$!
  exec 8>votes
  head -1 "$input" >&8
  answer 1
  kill -HUP "$fuse_id"
  status=0
  wait "$fuse_id" || status=$?
  exec 8>&-
  [[ $status -eq 129 ]]
}
