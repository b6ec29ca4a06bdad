# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the bats files share. MLTAT_BIN is the folder of the programs.
# shellcheck disable=SC2034  # the variables are read by the tests
tests=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
data=$tests/data
export PATH="$MLTAT_BIN:$PATH" TZ=UTC LC_ALL=C
tools=(flowgen featurize train predict fuse cotrain)

# Rows, a model and votes that every test may read; made once a file.
make_inputs() {
  cd "$BATS_FILE_TMPDIR" || return
  cp "$data/mixed.pcap" capture.pcap
  featurize --label-from parent "$data"/pipeline/*/*.pcap >rows.ndjson
  train -a c45 --cv 0 <rows.ndjson >model.json
  predict -m model.json <rows.ndjson >votes.ndjson
  # Enough labels to be multiplied, two captures a class; the third has none.
  featurize --window every:20ms --label-from parent "$data"/pipeline/*/*.pcap |
    sed -E '/client__3/s/"label":"[a-z]*"/"label":null/' >partly.ndjson
}

# A command of each tool that works on its input and writes something.
prepare() {
  inputs=$BATS_FILE_TMPDIR
  case $1 in
    flowgen) command=(flowgen) input=$inputs/capture.pcap ;;
    featurize) command=(featurize) input=$inputs/capture.pcap ;;
    train) command=(train -a c45 --cv 0) input=$inputs/rows.ndjson ;;
    predict) command=(predict -m "$inputs/model.json") input=$inputs/rows.ndjson ;;
    fuse) command=(fuse --method majority) input=$inputs/votes.ndjson ;;
    cotrain) command=(cotrain) input=$inputs/partly.ndjson ;;
  esac
  cd "$BATS_TEST_TMPDIR" || return
}

# Status, and what standard error holds: one line that begins with `TOOL: error: ` and matches the pattern.
# Runs in the folder of the test; output is left in `out`. `<` and `>` are the caller's.
expect() {  # status, extended pattern of the line, command...
  local wanted=$1 pattern=$2 status=0
  shift 2
  "$@" 2>err || status=$?
  if [[ $status -ne $wanted ]]; then
    echo "$*: status $status, not $wanted"
    cat err
    return 1
  fi
  if [[ $(wc -l <err) -ne 1 ]] || ! grep -qE -- "$pattern" err; then
    echo "$*: one line that matches \"$pattern\" was due on standard error, it holds:"
    cat err
    return 1
  fi
}

# A pair of virtual interfaces in a network namespace of the test, `out` to send into and `in` to capture on; "${net[@]}"
# runs a command there.
make_interfaces() {
  local as_root=()
  [[ $(id -u) -eq 0 ]] || as_root=(--map-root-user)
  mkfifo ready
  unshare --net "${as_root[@]}" sh -c 'echo >ready && exec sleep infinity' 3>&- &
  holder=$!
  timeout 5 cat ready >/dev/null || skip "no network namespace can be made here"
  net=(nsenter --target "$holder" --net --no-fork)
  [[ $(id -u) -eq 0 ]] || net+=(--user --preserve-credentials)
  "${net[@]}" ip link add out type veth peer name in 2>/dev/null || skip "no virtual interfaces can be made here"
  for interface in out in; do
    "${net[@]}" ip link set "$interface" addrgenmode none up  # without an address the kernel has nothing to say
  done
}

send() { "${net[@]}" "$tests/cli/send_packets" --interface out "$@"; }

# Ends what a test has left in the background: one that failed more than the holder of its namespace.
end_all() {
  local left
  left=$(jobs -p)
  [[ -z $left ]] || xargs kill <<<"$left"
}
