#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Capture from an interface: the test's own, of helper.bash.

load helper.bash

setup() {
  export ASAN_OPTIONS=detect_leaks=0  # the search reads /proc
  cd "$BATS_TEST_TMPDIR" || return
  make_interfaces
}

teardown() { end_all; }

# Starts a tool in the namespace and waits until it captures: it is sealed last.
start() {  # file for output, command...
  local to=$1
  shift
  # A shell without job control has its background ignore SIGINT.
  "${net[@]}" env --default-signal=INT "$@" --sandbox auto >"$to" 2>"$to.err" 3>&- &
  pid=$!
  for _ in {1..100}; do
    grep -q 'NoNewPrivs:.*1' "/proc/$pid/status" && return
    sleep 0.05
  done
  cat "$to.err"
  return 1
}

end() {  # process, signal: its status is left in $status
  kill "-$2" "$1"
  status=0
  wait "$1" || status=$?
}

# Waits until a file holds so many lines.
lines() {
  for _ in {1..100}; do
    [[ $(wc -l <"$1") -ge $2 ]] && return
    sleep 0.05
  done
  echo "$1 has no line $2"
  return 1
}

# What does not depend on when a packet came.
shape() { jq -c '[.src_port, .fwd_pkts, .bwd_pkts, .fwd_bytes, .bwd_bytes, .fwd_wire_bytes, .pkt_len]' "$@" | sort; }

@test "what is sent is seen, and a flow leaves while no packet comes" {
  start out flowgen -i in --idle-timeout 500ms --stats stats.json
  send --flows 5 --packets 40
  lines out 5
  [[ $(jq -r .end_reason out | sort -u) == idle ]]
  send --flows 3 --packets 40 --port 2000
  end "$pid" TERM
  [[ $status -eq 0 && ! -s out.err ]]
  [[ $(wc -l <out) -eq 8 && $(tail -1 out | jq -r .end_reason) == eof ]]
  jq -e '.packets_read == 320 and .packets_in_flows == 320 and .packets_dropped == {kernel: 0, interface: 0}' stats.json
  [[ $(jq -r .capture out | sort -u) == in ]]
  "$tests/cli/send_packets" --pcap sent.pcap --flows 5 --packets 40
  "$tests/cli/send_packets" --pcap later.pcap --flows 3 --packets 40 --port 2000
  shape out | cmp - <(flowgen sent.pcap later.pcap | shape)
  # Nanoseconds: not all of forty times end in three zeros.
  grep -oE '"(first|last)_ts":[0-9]+\.[0-9]{9}' out | grep -qv '000$'
}

@test "SIGUSR1 tells the counts and SIGINT ends the run with all that it holds" {
  start out flowgen -i in --idle-timeout 0 --stats stats.json
  send --flows 2 --packets 10
  sleep 0.3
  kill -USR1 "$pid"
  lines out.err 1
  lines stats.json 1
  jq -e '.packets_read == 20 and .flows_written == 0' stats.json
  grep -q '^flowgen: 20 packets read = 20 in flows + 0 skipped; 2 flows opened, 0 written$' out.err
  send --flows 2 --packets 10
  end "$pid" INT
  [[ $status -eq 0 && $(wc -l <out) -eq 2 && $(jq -s 'map(.fwd_pkts + .bwd_pkts) | add' out) -eq 40 ]]
}

@test "a filter is for live packets too, and those on a VLAN keep their tag" {
  start out flowgen -i in -f 'vlan 7 and portrange 1025-1026' --stats stats.json
  send --flows 5 --packets 4
  send --flows 5 --packets 4 --vlan 7
  end "$pid" TERM
  [[ $(jq -r .src_port out | sort | xargs) == "1025 1026" && $(jq -r .vlan_id out | sort -u) == 7 ]]
  jq -e '.packets_read == 8 and .packets_skipped.filtered == 0' stats.json
}

@test "processes of a fanout group share the flows and tear none" {
  start one flowgen -i in --fanout 7 --buffer-mib 16
  first=$pid
  start two flowgen -i in --fanout 7 --buffer-mib 16
  second=$pid
  send --flows 200 --packets 50
  end "$first" TERM
  [[ $status -eq 0 ]]
  end "$second" TERM
  [[ $status -eq 0 ]]
  [[ $(wc -l <one) -gt 0 && $(wc -l <two) -gt 0 ]]
  "$tests/cli/send_packets" --pcap sent.pcap --flows 200 --packets 50
  shape one two | cmp - <(flowgen sent.pcap | shape)
}

@test "featurize on an interface gives the rows of flowgen on it" {
  start flows flowgen -i in --capture it
  first=$pid
  start rows featurize -i in --capture it -j 2
  second=$pid
  send --flows 20 --packets 30
  end "$first" TERM
  end "$second" TERM
  [[ $(wc -l <rows) -eq 20 ]]
  featurize flows | sort | cmp - <(sort rows)
}

@test "files that rotate are complete when the run ends" {
  mkdir slots
  start out flowgen -i in --rotate 1s -o 'slots/%s' --idle-timeout 200ms
  send --flows 2 --packets 3
  sleep 1.2
  send --flows 2 --packets 3 --port 2000
  end "$pid" TERM
  [[ $status -eq 0 && $(cat slots/* | wc -l) -eq 4 ]]
  [[ -z $(find slots -name '*.part') && $(find slots -type f | wc -l) -gt 1 ]]
}

@test "packets that found no room are counted and told" {
  start out flowgen -i in --buffer-mib 1 --snaplen 1000 --stats stats.json
  kill -STOP "$pid"
  send --flows 10 --packets 400 --payload 900
  kill -CONT "$pid"
  end "$pid" TERM
  [[ $status -eq 0 ]]
  jq -e '.packets_dropped.kernel > 0 and .packets_read + .packets_dropped.kernel == 4000' stats.json
  grep -q '^flowgen: warning: packets were lost: [0-9]* kernel .*--buffer-mib' out.err
}

@test "frames that offload has merged are told" {
  "${net[@]}" ip link set lo up
  "${net[@]}" ip link set lo mtu 1500
  start out flowgen -i lo --stats stats.json
  "${net[@]}" python3 - <<'END'
import socket
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
client.sendall(bytes(100_000))
client.close()
while server.recv(65536):
    pass
END
  end "$pid" TERM
  [[ $status -eq 0 ]]
  jq -e '.packets_noted.above_mtu > 0' stats.json
  [[ $(grep -c '^flowgen: warning: .*ethtool' out.err) -eq 1 ]]
}

@test "the rights of another user suffice once the interface is open" {
  [[ $(id -u) -eq 0 ]] && id nobody >/dev/null || skip "only root becomes somebody else"
  start out flowgen -i in --user nobody
  [[ $(awk '$1 == "Uid:" {print $2, $3, $4}' "/proc/$pid/status" | xargs -n1 | sort -u) == $(id -u nobody) ]]
  [[ $(awk '$1 == "CapEff:" {print $2}' "/proc/$pid/status") =~ ^0+$ ]]
  send --flows 1 --packets 10
  end "$pid" TERM
  [[ $status -eq 0 && $(wc -l <out) -eq 1 ]]
  expect 64 '^flowgen: error: --user: .*no_such_user' "${net[@]}" flowgen -i in --user no_such_user
}

@test "an interface that goes away ends the run with 74, and all is written" {
  start out flowgen -i in
  send --flows 2 --packets 10
  sleep 0.3
  "${net[@]}" ip link del in
  status=0
  wait "$pid" || status=$?
  [[ $status -eq 74 && $(wc -l <out) -eq 2 ]]
  grep -q '^flowgen: error: in: the capture has ended: ' out.err
}

@test "what cannot be captured is one line" {
  expect 66 '^flowgen: error: nowhere: cannot capture: ' "${net[@]}" flowgen -i nowhere
  "${net[@]}" ip link set in down
  expect 66 '^featurize: error: in: cannot capture: .*' "${net[@]}" featurize -i in
  expect 64 '^flowgen: error: .*no files' flowgen -i in file.pcap
  expect 64 '^flowgen: error: .*by -i' flowgen --fanout 7 </dev/null
  expect 64 '^flowgen: error: --fanout: .*65535' flowgen -i in --fanout 70000
  expect 64 '^flowgen: error: --snaplen is from 1 to' "${net[@]}" flowgen -i in --snaplen 0
}
