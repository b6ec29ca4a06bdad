#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# examples/capture-app, in a network namespace of the test that plays the host, beside another that plays the network:
# 192.0.2.1 is the host, 192.0.2.2 a server behind it.

load helper.bash

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  PATH=$PATH:/usr/sbin
  [[ $(id -u) -eq 0 ]] || skip "tcpdump of root becomes another user, and here is but one"
  local program
  for program in tcpdump ethtool nft; do
    command -v "$program" >/dev/null || skip "$program is not here"
  done
  mkfifo ready
  unshare --net sh -c 'echo >ready && exec sleep infinity' 3>&- &
  host=$!
  timeout 5 cat ready >/dev/null || skip "no network namespace can be made here"
  on_host=(nsenter --target "$host" --net --no-fork)
  "${on_host[@]}" unshare --net sh -c 'echo >ready && exec sleep infinity' 3>&- &
  server=$!
  timeout 5 cat ready >/dev/null || skip "no second network namespace can be made here"
  "${on_host[@]}" ip link add wan type veth peer name eth0 netns "$server" 2>/dev/null || skip "no virtual interfaces here"
  "${on_host[@]}" sh -euc 'ip address add 192.0.2.1/24 dev wan; ip link set wan up; ip link set lo up
    echo 1 >/proc/sys/net/ipv4/ip_forward'
  behind=("${on_host[@]}" nsenter --target "$server" --net --no-fork)
  "${behind[@]}" sh -euc 'ip address add 192.0.2.2/24 dev eth0; ip link set eth0 up'
  "${on_host[@]}" sh -c 'nft add table ip probe && nft delete table ip probe' 2>/dev/null || skip "no nf_tables here"
  cat >server.py <<'END'
import socket
listener = socket.create_server(("0.0.0.0", 7000))
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("0.0.0.0", 7001))
open("listening", "w").close()
while True:
    connection, peer = listener.accept()
    print(peer[0], flush=True)
    connection.recv(1)
    connection.sendall(bytes(200_000))
    connection.close()
END
  # Reads all the server has, and sends ten datagrams in one call, as a sender of QUIC does.
  cat >client.py <<'END'
import socket
with socket.create_connection(("192.0.2.2", 7000)) as connection:
    connection.send(b"?")
    while connection.recv(65536):
        pass
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
    datagrams.setsockopt(socket.IPPROTO_UDP, 103, 1200)  # UDP_SEGMENT
    datagrams.sendto(bytes(12_000), ("192.0.2.2", 7001))
END
  "${behind[@]}" python3 server.py >peers 3>&- &
  for _ in {1..100}; do [[ -e listening ]] && break; sleep 0.05; done
}

teardown() {
  local left
  left=$(jobs -p)
  [[ -z $left ]] || xargs kill <<<"$left"
}

capture_app() { "${on_host[@]}" env -u SUDO_USER "$tests/../examples/capture-app" --linger 0.5 "$@" 2>err; }

@test "what one command sends is recorded, as it is on the wire, and nothing else" {
  capture_app video player -- sh -c "python3 client.py; nsenter --target $host --net python3 client.py"
  [[ $(wc -l <peers) -eq 2 && $(sort -u peers) == 192.0.2.1 ]]
  files=(captures/video/player__*.pcap)
  [[ ${#files[@]} -eq 1 ]]
  grep -q "^capture-app: ${files[0]}: [0-9]* packets$" err
  flowgen --label-from parent --stats stats.json "${files[0]}" >flows
  [[ $(jq -r '[.src_ip, .dst_ip, .label, .application] | @tsv' flows | sort -u) == $'198.18.0.2\t192.0.2.2\tvideo\tplayer' ]]
  # TCP came merged to the host and left it cut, though the host's own interfaces merge; of UDP all ten are there.
  # A segment may be sent twice.
  jq -s -e 'map(select(.protocol == 6)) | length == 1 and .[0].bwd_payload_bytes >= 200000 and .[0].end_reason == "fin"' flows
  jq -s -e 'map(select(.protocol == 17)) | length == 1 and .[0].fwd_pkts == 10' flows
  jq -s -e 'map(.pkt_len[] | fabs) | max <= 1500' flows
  jq -e '.packets_read == .packets_in_flows' stats.json
  grep -oE '"(first|last)_ts":[0-9]+\.[0-9]{9}' flows | grep -qv '000$'
}

@test "the host is as it was" {
  "${on_host[@]}" sh -c 'nft list ruleset; ip link | grep -v "^ "; cat /proc/sys/net/ipv4/ip_forward' >before
  capture_app web reader -- python3 client.py
  "${on_host[@]}" sh -c 'nft list ruleset; ip link | grep -v "^ "; cat /proc/sys/net/ipv4/ip_forward' | cmp before -
}

@test "the status is that of the command, and the capture is whole" {
  status=0
  capture_app -d set web reader -- sh -c 'python3 client.py; exit 7' || status=$?
  [[ $status -eq 7 && $(flowgen set/web/reader__*.pcap | wc -l) -eq 2 ]]
}

@test "names are asked of the server that is given" {
  capture_app --dns 192.0.2.53 dns lookup -- sh -c 'cat /etc/resolv.conf >seen; python3 client.py'
  [[ $(<seen) == 'nameserver 192.0.2.53' ]]
}

@test "the command has the rights of the user who is named" {
  id nobody >/dev/null || skip "nobody is not here"
  capture_app --user nobody web reader -- bash -c 'id -un; exec 3<>/dev/tcp/192.0.2.2/7000; echo >&3; cat <&3 >/dev/null' >out
  [[ $(<out) == nobody ]]
}

@test "an interface is recorded with its offloads told" {
  capture_app -i wan -f 'host 192.0.2.2 and tcp' web reader -- python3 client.py
  grep -q '^capture-app: warning: wan: .*tcp-segmentation-offload.*: ethtool -K wan ' err
  [[ $(flowgen captures/web/*.pcap | jq -r .src_ip) == 192.0.2.1 ]]
}

@test "what cannot be recorded is one line and 125" {
  fails() {  # pattern, arguments
    local pattern=$1 status=0
    shift
    capture_app "$@" || status=$?
    [[ $status -eq 125 && $(wc -l <err) -eq 1 ]] && grep -qE "^capture-app: error: $pattern" err && return
    echo "$*: status $status"
    cat err
    return 1
  }
  "$tests/../examples/capture-app" --help | grep -q '^Usage: '
  fails 'give CLASS' web reader true
  fails '--colour: no such option' --colour web reader -- true
  fails 'my__app: an application' web my__app -- true
  fails '\.\./web: a class' ../web reader -- true
  fails 'no packet of true came by' --no-uplink web reader -- true
  fails '.*syntax error' -f 'ip and' web reader -- true
  fails '--user: ' --user no_such_user web reader -- true
  [[ -z $(find . -name '*.pcap*' -size +0) ]]
  "${on_host[@]}" ip link add mltat0 type veth
  fails 'mltat0 is there' web reader -- true
  "${on_host[@]}" sh -c 'ip link del mltat0; echo 0 >/proc/sys/net/ipv4/ip_forward'
  fails 'this host forwards nothing' web reader -- true
}
