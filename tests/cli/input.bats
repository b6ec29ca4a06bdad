#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Bad input: one line that names place, fact and remedy, the right status, and all that was readable before.

load helper.bash

setup_file() { make_inputs; }

@test "no input at all: nothing to do for filters, an error for the others" {
  for tool in flowgen train cotrain; do
    prepare "$tool"
    expect 65 "^$tool: error: stdin: .*empty" "${command[@]}" </dev/null >out
    [[ ! -s out ]]
  done
  for tool in featurize predict fuse; do
    prepare "$tool"
    expect 0 "^$tool: warning: stdin: .*empty" "${command[@]}" </dev/null >out
    [[ ! -s out ]]
  done
}

@test "a capture without packets is no rows, in silence; CSV has its header" {
  for tool in flowgen featurize; do
    prepare "$tool"
    head -c 24 "$input" >none.pcap
    "$tool" <none.pcap >out 2>err
    [[ ! -s out && ! -s err ]]
    "$tool" --format csv <none.pcap >out 2>err
    [[ $(wc -l <out) -eq 1 && ! -s err ]]
    grep -q '^flow_id,capture,src_ip,' out
  done
}

@test "a cut capture gives the rows before the cut, then 65 with place and packet" {
  for tool in flowgen featurize; do
    prepare "$tool"
    expect 65 "^$tool: error: .*cut\.pcap: .*byte 642, after 9 packets: " "$tool" "$data/cut.pcap" >out
    [[ $(wc -l <out) -eq 2 ]]
    "$tool" "$data/cut.pcap" -o file 2>err || true
    cmp out file
  done
}

@test "packets of which none can be used are 65, with the reasons" {
  for tool in flowgen featurize; do
    prepare "$tool"
    # The 14th record of mixed.pcap is ARP: header of the file, record.
    python3 - "$input" >arp.pcap <<'PY'
import struct, sys
whole = open(sys.argv[1], "rb").read()
place, out = 24, whole[:24]
while place < len(whole):
    end = place + 16 + struct.unpack_from("<I", whole, place + 8)[0]
    if whole[place + 28:place + 30] == b"\x08\x06":
        out += whole[place:end]
    place = end
sys.stdout.buffer.write(out)
PY
    expect 65 "^$tool: error: .*non_ip" "$tool" <arp.pcap >out
    [[ ! -s out ]]
  done
}

# The input, its header naming another link type: one byte, in the format of printf.
with_link_type() { head -c 20 "$input"; printf '%b\0\0\0' "$1"; tail -c +25 "$input"; }

@test "a link type that is not decoded is 65 and named" {
  for tool in flowgen featurize; do
    prepare "$tool"
    with_link_type '\x93' >other.pcap
    expect 65 "^$tool: error: stdin: link type 147 \(USER0\) is not supported" "$tool" <other.pcap >out
  done
}

@test "frames that are not what the link type says are 65 with the reasons" {
  for tool in flowgen featurize; do
    prepare "$tool"
    # Ethernet that says it is radiotap: what should be 802.11 is not
    with_link_type '\x7f' >other.pcap
    expect 65 "^$tool: error: [0-9]+ packets read, none used: .*malformed \(" "$tool" <other.pcap >out
    [[ ! -s out ]]
  done
}

@test "compressed input is 65 with the remedy" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    gzip <"$input" >input.gz
    expect 65 "^$tool: error: stdin: gzip .*zcat" "${command[@]}" <input.gz >out
    printf '\x28\xb5\x2f\xfd rest' >input.zst
    expect 65 "^$tool: error: stdin: zstd .*zstdcat" "${command[@]}" <input.zst >out
    printf '\xfd7zXZ\0 rest' >input.xz
    expect 65 "^$tool: error: stdin: xz .*xzcat" "${command[@]}" <input.xz >out
  done
}

@test "tools in the wrong order say which one is missing" {
  prepare flowgen
  inputs=$BATS_FILE_TMPDIR
  flowgen --label web <"$input" >flows.ndjson
  flowgen --label web --format csv <"$input" >flows.csv
  expect 65 '^flowgen: error: stdin: ' flowgen <flows.csv >out
  expect 65 '^flowgen: error: stdin: ' flowgen <flows.ndjson >out
  expect 65 '^train: error: stdin: .*featurize' train -a c45 <"$input" >out
  expect 65 '^predict: error: stdin: .*featurize' predict -m "$inputs/model.json" <"$input" >out
  expect 65 '^fuse: error: stdin: .*(featurize|predict)' fuse --method majority <"$input" >out
  expect 65 '^train: error: stdin:.*featurize' train -a c45 <flows.ndjson >out
  expect 65 '^predict: error: stdin: .*featurize' predict -m "$inputs/model.json" <flows.ndjson >out
  expect 65 '^cotrain: error: stdin: .*featurize' cotrain <"$input" >out
  expect 65 '^cotrain: error: stdin:.*featurize' cotrain <flows.ndjson >out
  expect 65 '^fuse: error: stdin:.*predict' fuse --method majority <"$inputs/rows.ndjson" >out
  expect 65 '^featurize: error: stdin:' featurize <"$inputs/votes.ndjson" >out
  expect 65 '^predict: error: .*rows\.ndjson: ' predict -m "$inputs/rows.ndjson" </dev/null >out
}

@test "bytes that are nothing at all are 65" {
  for tool in "${tools[@]}"; do
    prepare "$tool"
    expect 65 "^$tool: error: stdin: " "${command[@]}" < <(printf '\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20') >out
    [[ ! -s out ]]
  done
}

@test "a label column that is missing is named" {
  prepare train
  featurize "$data/mixed.pcap" >rows.ndjson
  expect 65 '^train: error: .*"?label"?' train -a c45 <rows.ndjson >out
  expect 65 '^train: error: .*kind' train -a c45 --label kind <"$input" >out
}

@test "a feature that the model wants and the rows lack is named, 78" {
  prepare predict
  expect 78 '^predict: error: stdin:.*fwd_pkt_len_max' \
    predict -m "$BATS_FILE_TMPDIR/model.json" < <(jq -c 'del(.fwd_pkt_len_max)' "$input") >out
}

@test "a number that is none is told with its line, and rows before it are written" {
  prepare predict
  { head -3 "$input"; sed -n 4p "$input" | sed 's/"fwd_pkts":[0-9]*/"fwd_pkts":NaN/'; } >bad.ndjson
  expect 65 '^predict: error: stdin:4: ' "${command[@]}" <bad.ndjson >out
  [[ $(wc -l <out) -eq 3 ]]
  for tool in train cotrain; do
    prepare "$tool"
    expect 65 "^$tool: error: stdin:4: " "${command[@]}" <bad.ndjson >out
    [[ ! -s out ]]
  done
}

@test "a line that is cut is told with its number, and rows before it are written" {
  for tool in featurize predict fuse; do
    prepare "$tool"
    [[ $tool == featurize ]] && { flowgen <"$input" >flows.ndjson; input=flows.ndjson; }
    "${command[@]}" <"$input" | head -2 >wanted
    head -3 "$input" | head -c -20 >bad.ndjson
    expect 65 "^$tool: error: stdin:3: " "${command[@]}" <bad.ndjson >out
    cmp wanted out
  done
}

@test "one class cannot be learned from" {
  prepare train
  expect 65 '^train: error: .*class' train -a rf --label label < <(grep '"label":"dns"' "$input") >out
}

@test "two inputs of one name are refused with 64" {
  prepare flowgen
  mkdir a b
  cp "$input" a/x.pcap
  cp "$input" b/x.pcap
  flowgen a/x.pcap b/x.pcap >out
  expect 64 '^flowgen: error: .*a/x\.pcap' flowgen a/x.pcap ./a/x.pcap >out
  expect 64 '^flowgen: error: .*capture\.pcap' flowgen "$input" "$input" >out
}

@test "options for packets are refused with flow records" {
  cd "$BATS_TEST_TMPDIR"
  flowgen "$data/mixed.pcap" >flows.ndjson
  for option in '--shard 0/2' '--idle-timeout 5s' '--tcp-end none' '--key vlan' '--continue' '--capture name' '--dpi'; do
    # shellcheck disable=SC2086  # an option and its value
    expect 64 '^featurize: error: .*flowgen' featurize $option <flows.ndjson >out
    [[ ! -s out ]]
  done
  featurize --no-community-id --label web <flows.ndjson >out
  [[ -s out ]]
}
