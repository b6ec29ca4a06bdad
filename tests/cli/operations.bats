#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What examples/operations gives an operator: the live service, the daily run, the rules of a monitor.

load helper.bash

setup_file() { make_inputs; }

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  recipes=$tests/../examples/operations
  model=$BATS_FILE_TMPDIR/model.json
}

# Captures of a day, two good ones.
make_day() {
  mkdir -p captures/20260101
  cp "$data"/pipeline/web/client__1.pcap captures/20260101/a.pcap
  cp "$data"/pipeline/dns/client__1.pcap captures/20260101/b.pcap
}

daily() { PAUSE=0 "$recipes/daily" captures "$model" out 20260101; }

# Programs `stand-TOOL` for MLTAT_PREFIX: those in the arguments end with a status, the others are the tools.
stand_in() {  # (tool status)...
  local tool
  mkdir -p stand
  for tool in "${tools[@]}"; do
    ln -sf "$MLTAT_BIN/$tool" "stand/stand-$tool"
  done
  while [[ $# -gt 0 ]]; do
    rm "stand/stand-$1"
    printf '#!/bin/sh\necho x >>%s.calls\n%s\nexit %s\n' "$PWD/$1" "$([[ $1 == featurize ]] || echo 'cat >/dev/null')" "$2" \
      >"stand/stand-$1"
    chmod +x "stand/stand-$1"
    shift 2
  done
  PATH=$PWD/stand:$PATH
  export MLTAT_PREFIX=stand-
}

@test "daily: verdicts on yesterday's captures, once" {
  make_day
  mv captures/20260101 "captures/$(date -u -d yesterday +%Y%m%d)"
  PAUSE=0 "$recipes/daily" captures "$model" out
  featurize captures/*/a.pcap captures/*/b.pcap | predict -m "$model" | fuse | cmp - out/*/verdicts.ndjson
  [[ -z $(find out -name '*.new') && ! -e $(echo out/*/damaged) ]]
  rm -r captures/*/*
  "$recipes/daily" captures "$model" out
}

@test "daily: of a damaged capture what was readable counts, and it is named" {
  make_day
  cp "$data/cut.pcap" captures/20260101/c.pcap
  status=0
  daily 2>err || status=$?
  [[ $status -eq 65 && $(cat out/20260101/damaged) == c.pcap ]]
  grep -q '^daily: 20260101: captures/20260101/c.pcap: damaged' err
  [[ $(jq -r .capture out/20260101/verdicts.ndjson | sort -u | xargs) == '20260101/a.pcap 20260101/b.pcap 20260101/c.pcap' ]]
}

@test "daily: a capture that is gone is named, and a day without any" {
  make_day
  ln -s nowhere captures/20260101/c.pcap
  status=0
  daily 2>err || status=$?
  [[ $status -eq 66 && $(jq -r .capture out/20260101/verdicts.ndjson | sort -u | wc -l) -eq 2 ]]
  grep -q 'c.pcap: gone' err
  expect 66 '^daily: 20260102: no captures in captures/20260102$' "$recipes/daily" captures "$model" out 20260102
}

@test "daily: drift is told by 1, and the verdicts are there" {
  mkdir -p captures/20260101
  "$tests/cli/send_packets" --pcap captures/20260101/a.pcap --flows 200 --packets 9
  status=0
  daily 2>err || status=$?
  [[ $status -eq 1 ]]
  grep -q '^predict: error: windows have drifted' err
  [[ $(wc -l <out/20260101/verdicts.ndjson) -eq 200 ]]
  grep -q '^mltat_drift{model="model"} 1.0$' out/metrics/daily/drift.prom
}

@test "daily: what is wrong with model or command line ends at once, and nothing is called done" {
  make_day
  status=0
  OPTIONS=--no-such-option daily 2>err || status=$?
  [[ $status -eq 64 ]]
  for case in 'nowhere 66' "$data/mixed.pcap 65"; do
    status=0
    PAUSE=0 "$recipes/daily" captures "${case% *}" out 20260101 2>err || status=$?
    [[ $status -eq ${case#* } && ! -e out/20260101/verdicts.ndjson ]]
    grep -q "^daily: 20260101: verdicts: status $status, not done$" err
  done
  for status_of in 'predict 78' 'featurize 70' 'fuse 65'; do
    rm -rf out
    # shellcheck disable=SC2086
    stand_in $status_of
    status=0
    daily 2>err || status=$?
    [[ $status -eq ${status_of#* } && ! -e out/20260101/verdicts.ndjson ]]
    [[ $(wc -l <"${status_of% *}.calls") -eq 1 ]]
  done
}

@test "daily: trouble that may pass is tried again, then left to the next run" {
  make_day
  for status_of in 'featurize 74' 'predict 74' 'fuse 73' 'fuse 137'; do
    rm -rf out ./*.calls
    # shellcheck disable=SC2086
    stand_in $status_of
    status=0
    TRIES=2 daily 2>err || status=$?
    [[ $status -eq ${status_of#* } && ! -e out/20260101/verdicts.ndjson ]]
    [[ $(wc -l <"${status_of% *}.calls") -eq 2 ]]
  done
  stand_in
  daily
  [[ -s out/20260101/verdicts.ndjson ]]
}

@test "daily: two runs do not overlap" {
  make_day
  mkdir out
  exec 7>out/lock
  flock 7
  expect 75 'another run is at work' daily
  exec 7>&-
  daily
}

@test "live: systemd takes the unit, and finds little to say against it" {
  command -v systemd-analyze >/dev/null || skip "no systemd-analyze here"
  mkdir unit
  sed "s|/usr/local/lib/mltat/|$recipes/|" "$recipes/mltat@.service" >unit/mltat@eth0.service
  systemd-analyze verify --man=no unit/mltat@eth0.service 2>err || skip "systemd-analyze cannot verify here: $(head -n 1 err)"
  [[ ! -s err ]] || { cat err; return 1; }
  systemd-analyze security --offline=yes --threshold=20 unit/mltat@eth0.service
}

@test "a monitor: every metric of the rules is written, with the labels that they name" {
  mkdir -p counters/eth0 textfile
  "$tests/cli/send_packets" --pcap a.pcap --flows 200 --packets 2
  featurize --stats counters/eth0/featurize.prom a.pcap | predict -m "$model" --drift drift.ndjson >/dev/null
  "$recipes/drift-metrics" counters/eth0/drift.prom <drift.ndjson
  "$recipes/textfile" textfile counters
  python3 - "$recipes/alerts.yml" textfile/*.prom <<'END'
import pathlib, re, sys
rules, *written = [pathlib.Path(name).read_text() for name in sys.argv[1:]]
lines = re.findall(r"^(mltat_\w+)\{(.*)\} ", "".join(written), re.MULTILINE)
labels = {name: set(re.findall(r'(\w+)="(.*?)"', " ".join(text for one, text in lines if one == name))) for name, _ in lines}
expressions = " ".join(re.findall(r"expr: (?:>-)?(.*?)\n        (?:for|labels)", rules, re.DOTALL))
named = re.findall(r"(mltat_\w+)(?:\{(.*?)\})?", expressions)
assert len(named) >= 8, named
for name, wanted in named:
    assert ("unit", "eth0") in labels[name], name
    for label, values in re.findall(r'(\w+)=~?"(.*?)"', wanted):
        for value in values.split("|"):
            assert (label, value) in labels[name], (name, label, value)
END
}

@test "a monitor: promtool takes the rules, and each alert comes when it should" {
  command -v promtool >/dev/null || skip "no promtool here (Debian: prometheus)"
  cp "$recipes"/alerts*.yml .
  promtool check rules alerts.yml
  promtool test rules alerts.test.yml
}

@test "a monitor: two units side by side, and what is gone goes" {
  mkdir -p one/eth0 one/eth1 two/daily textfile
  for place in one/eth0 one/eth1 two/daily; do
    flowgen --stats "$place/flowgen.prom" "$data/mixed.pcap" >/dev/null
  done
  touch -d 2026-01-01 one/eth0/flowgen.prom
  "$recipes/textfile" textfile one two
  [[ $(cd textfile && echo ./*) == './mltat.daily.flowgen.prom ./mltat.eth0.flowgen.prom ./mltat.eth1.flowgen.prom' ]]
  grep -q '^mltat_packets_skipped_total{unit="eth1",tool="flowgen",reason="non_ip"} ' textfile/mltat.eth1.flowgen.prom
  [[ textfile/mltat.eth0.flowgen.prom -ot textfile/mltat.eth1.flowgen.prom ]]
  ! command -v promtool >/dev/null || promtool check metrics <textfile/mltat.eth1.flowgen.prom
  rm one/eth1/flowgen.prom
  "$recipes/textfile" textfile one two
  [[ $(cd textfile && echo ./*) == './mltat.daily.flowgen.prom ./mltat.eth0.flowgen.prom' ]]
}

@test "drift as gauges: the last window of each model, without what a small one does not know" {
  {
    echo '{"model":"a","window":0,"rows":1000,"psi":0.5,"limit":0.2,"drift":true,"unknown":0.25}'
    echo '{"model":"b","window":0,"rows":50,"psi":3,"limit":null,"drift":null,"unknown":0}'
    echo '{"model":"a","window":1,"rows":1000,"psi":0.1,"limit":0.2,"drift":false,"unknown":0.125}'
  } | "$recipes/drift-metrics" drift.prom
  [[ $(grep -v '^#' drift.prom | tr '\n' ' ') == 'mltat_drift_index{model="a"} 0.1 mltat_drift_index{model="b"} 3.0 '\
'mltat_drift_limit{model="a"} 0.2 mltat_drift{model="a"} 0.0 mltat_drift_window_rows{model="a"} 1000.0 '\
'mltat_drift_window_rows{model="b"} 50.0 mltat_unknown_ratio{model="a"} 0.125 mltat_unknown_ratio{model="b"} 0.0 ' ]]
}
