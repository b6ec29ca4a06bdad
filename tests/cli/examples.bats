#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the documents tell people to type works: the EXAMPLES of the man pages, in their order.

load helper.bash

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# The commands of a page: lines of its literal blocks that begin with `$ `, with those that continue them.
commands_of() {
  awk '/^\.Sh / { examples = ($2 == "EXAMPLES") }
       /^\.Bd / { literal = 1; next }
       /^\.Ed/ { literal = 0 }
       examples && literal { sub(/^\$ /, ""); gsub(/\\e/, "\\"); print }' "$root/man/$1"
}

run_examples() {
  cd "$BATS_TEST_TMPDIR" || return
  ln -s "$root/examples" examples
  commands_of "$1" >commands
  [[ $(wc -l <commands) -ge 3 ]]
  bash -euo pipefail commands >out
  [[ -s out ]] || ls ./*.ndjson >/dev/null
}

@test "flowgen(1)" { run_examples flowgen.1; }
@test "featurize(1)" { run_examples featurize.1; }
@test "train(1)" { run_examples train.1; }
@test "predict(1)" { run_examples predict.1; }
@test "fuse(1)" { run_examples fuse.1; }
@test "cotrain(1)" { run_examples cotrain.1; }
@test "mltat(7)" { run_examples mltat.7; }
@test "mltat-pipeline(7)" { run_examples mltat-pipeline.7; }
@test "mltat-capture(7)" { run_examples mltat-capture.7; }
