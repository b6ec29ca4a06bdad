#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The documents show what the tools print, and what the README tells people to type works.

load helper.bash

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

@test "EXAMPLES.md prints what it says" { "$BATS_TEST_DIRNAME/transcript" "$MLTAT_BIN" "$root/examples/EXAMPLES.md"; }

@test "a transcript that is not true is refused, and written anew" {
  cd "$BATS_TEST_TMPDIR"
  cat >doc.md <<'END'
```console
$ x=1
$ echo $((x +
>   1)); false
three
$ echo $?
1
```
END
  run "$BATS_TEST_DIRNAME/transcript" "$MLTAT_BIN" doc.md
  [[ $status -eq 1 && $output == *'doc.md:5:'*'- three'*'+ 2'* ]]
  "$BATS_TEST_DIRNAME/transcript" --update "$MLTAT_BIN" doc.md
  "$BATS_TEST_DIRNAME/transcript" "$MLTAT_BIN" doc.md
}

# The shell blocks of the README but those that install, build, listen to an interface or make what examples.bats makes.
@test "the commands of the README run, in their order" {
  cd "$BATS_TEST_TMPDIR"
  ln -s "$root/examples" examples
  ln -s examples/data known
  cp examples/data/web/chromium__002.pcap today.pcap
  featurize --label-from parent examples/data/*/*.pcap >rows.ndjson
  train -q -a rf -o forest.json rows.ndjson
  train -q -a c45 -o tree.json rows.ndjson
  awk '/^```sh$/ { inside = 1; block = ""; next }
       /^```$/ { if (inside && block !~ /eth0|examples\/quickstart|cmake|Makefile/) printf "%s", block; inside = 0 }
       inside { block = block $0 "\n" }' "$root/README.md" >commands
  [[ $(grep -c . commands) -ge 10 ]]
  if ! featurize --dpi today.pcap >/dev/null 2>&1; then sed -i '/ --dpi /d' commands; fi
  bash -euo pipefail commands >out
  [[ $(wc -l <verdicts.ndjson) -eq $(wc -l <votes.ndjson) && -s model.md && -s model.json ]]
}
