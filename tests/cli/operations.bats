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

teardown() { end_all; }

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

# Starts the live pipe on an interface and waits until it captures: featurize is sealed last.
start_live() {  # interface
  mkdir -p run state
  # A sanitizer looks for leaks in /proc, which is out of reach then.
  ASAN_OPTIONS=detect_leaks=0 RUNTIME_DIRECTORY=$PWD/run STATE_DIRECTORY=$PWD/state \
    MODELS=${MODELS:-$PWD/model.json} ROTATE=1h DRIFT_WINDOW=100 \
    "${net[@]}" "$recipes/live" "$1" --idle-timeout 200ms --sandbox auto 2>err 3>&- &
  live=$!
  local children child
  for _ in {1..100}; do
    { read -ra children <"/proc/$live/task/$live/children"; } 2>/dev/null || true
    for child in "${children[@]}"; do
      [[ $(cat "/proc/$child/comm" 2>/dev/null) != featurize ]] || ! grep -q 'NoNewPrivs:.*1' "/proc/$child/status" ||
        return 0
    done
    kill -0 "$live" 2>/dev/null || return 0
    sleep 0.05
  done
  cat err
  return 1
}

# The status of the live pipe, which is to end by itself or by a signal within seconds.
ended() {
  timeout 10 tail --pid="$live" -f /dev/null || { echo 'live has not ended'; return 1; }
  status=0
  wait "$live" || status=$?
}

@test "live: SIGHUP brings another model, SIGTERM ends the run with all that it holds" {
  make_interfaces
  cp "$model" model.json
  start_live in
  send --flows 200 --packets 10
  until [[ -s run/drift.prom ]] || [[ $((++waited)) -gt 50 ]]; do sleep 0.1; done
  jq -c '.classes |= map("new " + .) | .profile.classes |= with_entries(.key |= "new " + .)' "$model" >next
  mv next model.json
  kill -HUP "$live"
  sleep 0.3
  send --flows 200 --packets 10 --port 3000
  kill -TERM "$live"
  ended
  [[ $status -eq 0 && -z $(find state -name '*.part') ]]
  [[ $(cat state/* | wc -l) -eq 400 && $(jq -r .verdict state/* | grep -c '^new ') -eq 200 ]]
  grep -q '^mltat_packets_read_total{tool="featurize"} 4000$' run/featurize.prom
  grep -q '^mltat_rows_written_total{tool="fuse"} 400$' run/fuse.prom
}

@test "live: two processes of an interface share its flows" {
  make_interfaces
  cp "$model" model.json
  mkdir one two
  for name in one two; do
    pushd "$name"
    MODELS=$BATS_TEST_TMPDIR/model.json start_live "in:$name"
    popd
    lives+=("$live")
  done
  send --flows 200 --packets 10
  sleep 0.5
  for live in "${lives[@]}"; do
    kill -TERM "$live"
    ended
    [[ $status -eq 0 ]]
  done
  [[ $(cat one/state/* | wc -l) -gt 0 && $(cat two/state/* | wc -l) -gt 0 && $(cat ./*/state/* | wc -l) -eq 200 ]]
}

@test "live: when a tool fails the others end, and its status is told" {
  make_interfaces
  MODELS=$PWD/nowhere start_live in
  ended
  [[ $status -eq 66 ]]
  grep -q '^predict: error: .*nowhere' err
  cp "$model" model.json
  start_live other
  ended
  [[ $status -eq 66 ]]
  grep -q '^featurize: error: other' err
}

@test "live: systemd takes the unit, and finds little to say against it" {
  command -v systemd-analyze >/dev/null || skip "no systemd-analyze here"
  mkdir unit
  sed "s|/usr/local/lib/mltat/|$recipes/|" "$recipes/mltat@.service" >unit/mltat@eth0.service
  status=0
  systemd-analyze verify --man=no unit/mltat@eth0.service 2>err || status=$?
  [[ -z $(grep mltat err | tee faults) ]] || { cat faults; return 1; }  # of other units it tells too
  [[ $status -eq 0 ]] || skip "systemd-analyze cannot verify here: $(head -n 1 err)"
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
  if command -v promtool >/dev/null; then promtool check metrics <textfile/mltat.eth1.flowgen.prom; fi
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
