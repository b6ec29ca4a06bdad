#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Makefile.example: every experiment on a few of the shipped captures, from captures to the page; what is made is not made
# again; a damaged capture stops nothing else; plots and page come out of the reports.

load helper.bash

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
small=(BIN= CAPTURES=captures OUT=out MODELS=c45 MODEL=c45 'MEMBERS=c45 nb' 'PACKETS=1 5' 'THRESHOLDS=0 0.5' 'SHARES=10 20'
  'THREADS=1 2' LOAD=20000)
experiment() { RUNS=1 make -s -f "$root/Makefile.example" "${small[@]}" "$@"; }

take() {  # CLASS/APPLICATION...: two captures of each
  local application
  for application in "$@"; do
    mkdir -p "captures/${application%/*}"
    cp "$root/examples/data/$application"__* "captures/${application%/*}"
  done
}

# All experiments, made once.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  take dns/unbound-dig-kdig mail/curl-imaps-smtp mail/mbsync-msmtp-swaks voip/baresip p2p/aria2
  experiment >log 2>&1 || { cat log; return 1; }
}
setup() { cd "$BATS_FILE_TMPDIR" || return; }

fails() { if "$@"; then return 1; fi; }

figure() { jq -r "$1" "out/$2"; }                                     # of a report
cell() { awk -F'\t' -v row="$2" -v column="$3" 'NR == row { print $column }' "out/$1.tsv"; }
rounded() { jq -n "$1 * 1000 | round / 1000"; }

@test "every experiment has a table, and its figures are those of the reports" {
  for table in data multiclass multiclass.classes calibration fused one-vs-rest one-vs-rest.classes one-vs-rest.members \
    dns dns.classes early coverage cotrain cotrain.phases throughput; do
    [[ $(wc -l <"out/$table.tsv") -ge 2 ]]
  done
  [[ $(cell multiclass 2 3) == "$(rounded "$(figure .accuracy own/c45.report.json)")" ]]
  [[ $(cell multiclass 2 7) == "$(rounded "$(figure .random.accuracy own/c45.report.json)")" ]]
  [[ $(cell one-vs-rest 2 3) == "$(rounded "$(figure .accuracy own/one-vs-rest.report.json)")" ]]
  [[ $(cell early 3 4) == "$(rounded "$(figure .accuracy first-5/c45.report.json)")" ]]
  [[ $(cell coverage 3 2) == "$(rounded "$(figure .coverage own/below-0.5.report.json)")" ]]
  [[ $(cell cotrain 4 6) == "$(rounded "$(figure .result.truth.accuracy labels-20/paper.cotrain.json)")" ]]
  [[ $(cut -f1,2 out/cotrain.tsv | tail -n +2 | tr '\t\n' '  ') == '10 paper 10 gated 20 paper 20 gated ' ]]
  [[ $(cut -f1 out/early.tsv | tr '\n' ' ') == 'packets 1 5 all ' ]]
}

@test "one-vs-rest is judged by what its members said of captures that they had not seen" {
  # Recomputed from the verdicts, which are of all rows.
  accuracy=$(jq -n '[inputs | if .verdict == .label then 1 else 0 end] | add / length' out/own/one-vs-rest.verdicts.ndjson)
  [[ $accuracy == "$(figure .accuracy own/one-vs-rest.report.json)" ]]
  [[ $(wc -l <out/own/one-vs-rest.verdicts.ndjson) -eq $(wc -l <out/own/rows.ndjson) ]]
  [[ $(jq -r .fold out/own/one-vs-rest/mail.c45.oof | sort -u | wc -l) -ge 2 ]]
  [[ $(figure '.members | length' own/one-vs-rest.report.json) -eq 8 ]]
}

@test "DNS counts in four ways, on the same flows" {
  dns=$(grep -c '"label":"dns"' out/own/rows.ndjson)
  all=$(wc -l <out/own/rows.ndjson)
  [[ $dns -gt 0 ]]
  [[ $(wc -l <out/dropped/rows.ndjson) -eq $((all - dns)) ]]
  [[ $(grep -c '"label":"background"' out/background/rows.ndjson) -eq $dns ]]
  [[ $(wc -l <out/as-is/rows.ndjson) -eq $all ]]
  # All DNS is in captures of its own here: it is dealt to the others.
  fails grep -q '"label":"dns"' out/as-is/rows.ndjson
  [[ $(cut -f1 out/dns.tsv | tail -n +2 | uniq | tr '\n' ' ') == 'own as-is dropped background ' ]]
}

@test "DNS that stands among other flows goes back to its capture" {
  row() { printf '{"flow_id":"%s","capture":"%s/x.pcap","dst_port":%s,"label":"%s"}\n' "$@"; }
  { row a web 443 web; row b web 53 dns; row c dns 53 dns; } | "$root/examples/dns-scenario" as-is >rows
  [[ $(jq -r .label rows | tr '\n' ' ') == 'web web dns ' ]]
  fails "$root/examples/dns-scenario" other <rows 2>err
  grep -q 'none of as-is' err
}

@test "few labels: a share of every class, at least one, and fewer are a part of more" {
  few() { "$root/examples/few-labels" "$1" <out/own/rows.ndjson | jq -r 'select(.label).flow_id' | sort; }
  few 10 >ten
  few 50 >fifty
  [[ -s ten && -z $(comm -23 ten fifty) ]]
  [[ $("$root/examples/few-labels" 1 <out/own/rows.ndjson | jq -r '.label // empty' | sort | tr '\n' ' ') == 'dns mail p2p voip ' ]]
  # Whole captures: no capture has rows with and without a label.
  BY=captures "$root/examples/few-labels" 50 <out/own/rows.ndjson | jq -c '[.capture, .label != null]' | sort -u >captures.known
  [[ $(wc -l <captures.known) -eq $(jq -r .capture out/own/rows.ndjson | sort -u | wc -l) ]]
  [[ $(BY=flows "$root/examples/few-labels" 50 <out/own/rows.ndjson 2>&1) == *'neither rows nor captures' ]]
}

@test "throughput counts the packets of all captures" {
  read_packets=$(featurize --stats >(jq .packets_read >packets) captures/*/*.pcap | wc -l)
  [[ $read_packets -gt 0 ]]
  [[ $(figure '.packets % '"$(cat packets)" throughput.json) -eq 0 && $(figure '.packets >= 20000' throughput.json) == true ]]
  [[ $(figure '[.threads[].threads] | join(" ")' throughput.json) == '1 2' ]]
  [[ $(figure '.threads[0] | .seconds | length' throughput.json) -eq 1 ]]
  # What is no PCAP is named, and left out.
  printf '\n\r\r\n' >other.pcapng
  PACKETS=1 RUNS=1 "$root/examples/throughput" captures/voip/*.pcap other.pcapng 2>err | jq -e '.captures == 2'
  grep -q 'other.pcapng is left out' err
}

@test "a second run does nothing, and neither does any of the targets" {
  experiment --question
  experiment --question rows multiclass calibration fused one-vs-rest dns-scenarios early coverage cotrain throughput report
}

@test "another setting in the same folder is refused" {
  fails experiment SEED=2 2>err
  grep -q 'was made with.*SEED=1.*not with.*SEED=2' err
  experiment --question
}

@test "a damaged capture is named, the others are made, and EXCLUDE goes on without it" {
  cd "$BATS_TEST_TMPDIR"
  take mail/curl-imaps-smtp voip/baresip
  head -c 1000 captures/voip/baresip__000.pcap >captures/mail/aaa__000.pcap
  fails experiment -k CV=2 multiclass 2>err
  grep -q 'captures/mail/aaa__000.pcap: byte' err
  [[ ! -e out/captures/mail/aaa__000.flows.ndjson && ! -e out/own/rows.ndjson ]]
  [[ $(find out/captures -name '*.rows.ndjson' | wc -l) -eq 4 ]]
  experiment CV=2 multiclass EXCLUDE=mail/aaa__000.pcap
  [[ $(jq -r .capture out/own/rows.ndjson | sort -u | wc -l) -eq 4 ]]
}

@test "-n can be read: each step says what it does" {
  cd "$BATS_TEST_TMPDIR"
  take mail/curl-imaps-smtp voip/baresip
  RUNS=1 make -n -f "$root/Makefile.example" "${small[@]}" one-vs-rest early cotrain >steps
  grep -q '^# own: each class against the rest by c45 nb' steps
  grep -q '^# What a flow looks like after 5 packets' steps
  grep -q '^# 10 % of the labels are known' steps
  [[ ! -e out ]]
}

@test "plots: SVG and PNG of every kind, drawn from the reports" {
  command -v gnuplot >/dev/null || skip "no gnuplot here"
  for plot in confusion-c45 confusion-one-vs-rest reliability-c45 dns-c45 dns-one-vs-rest early coverage cotrain \
    cotrain-phases throughput; do
    grep -q '</svg>' "out/plots/$plot.svg"
    [[ $(head -c 4 "out/plots/$plot.png" | tail -c 3) == PNG && $(wc -c <"out/plots/$plot.png") -gt 5000 ]]
  done
  # Each class is named, each count of the matrix is written.
  texts() { sed -n 's|.*<text>\(.*\)</text>.*|\1|p' "out/plots/$1.svg"; }
  for class in mail voip p2p dns; do
    [[ $(texts confusion-c45 | grep -cx "$class") -eq 2 ]]
    [[ $(texts dns-c45 | grep -cx "$class") -eq 1 ]]
  done
  cells=$(figure '[.confusion_matrix[][] | select(. > 0)] | length' own/c45.report.json)
  [[ $(texts confusion-c45 | grep -cE '^[0-9]+$') -eq $cells ]]
}

@test "the page is one file that asks for nothing, and has the tables" {
  page=out/report.html
  grep -q '^<!DOCTYPE html>' "$page"
  fails grep -qiE '<(script|link|iframe)|url\(|@import' "$page"
  fails grep -qE '(src|href)="[^"]' <(sed 's/src="data:image\/svg+xml;base64,[^"]*"//' "$page")
  grep -q "<td class=\"number\">$(rounded "$(figure .accuracy own/one-vs-rest.report.json)")</td>" "$page"
  if command -v gnuplot >/dev/null; then
    [[ $(grep -o '<img alt="[^"]' "$page" | wc -l) -eq $(find out/plots -name '*.svg' | wc -l) ]]
  fi
  fails "$root/examples/report" captures >/dev/null 2>err
  grep -q 'no experiment folder' err
}
