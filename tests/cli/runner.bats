#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The runner of golden cases sees what it is there to see.

load helper.bash

# A case of its own: $1 is its cmd.
make_case() {
  mkdir -p "$BATS_TEST_TMPDIR/case/files"
  echo "$1" >"$BATS_TEST_TMPDIR/case/cmd"
  cd "$BATS_TEST_TMPDIR" || return
}

fails() {
  local status=0
  "$tests/cli/run_case" "$MLTAT_BIN" case >shown 2>&1 || status=$?
  [[ $status -eq 1 ]]
}

@test "what is as expected passes" {
  make_case 'echo out; echo err >&2; echo made >file; exit 3'
  echo out >case/expout
  echo err >case/experr
  echo 3 >case/exit
  echo made >case/files/file
  "$tests/cli/run_case" "$MLTAT_BIN" case
}

@test "each thing that differs fails, and is shown" {
  for cmd in 'echo other' 'echo out; echo word >&2' 'echo out; exit 1' 'echo out; echo other >file' 'echo out; rm -f file'; do
    make_case "$cmd"
    echo out >case/expout
    [[ $cmd != *file* ]] || echo made >case/files/file
    fails
    grep -q differs shown
    rm -r case
  done
}

@test "a difference for several threads alone fails" {
  # shellcheck disable=SC2016  # the case expands it
  make_case 'echo $J'
  echo 1 >case/expout
  fails
  grep -q '^case, 4 threads: standard output differs' shown
}
