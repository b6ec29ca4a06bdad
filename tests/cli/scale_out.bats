#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The recipes of examples/scale-out: whatever spreads the work, the rows are those of one process. Hosts are two ssh
# servers on this one; Slurm is a cluster of one node; both are the test's own.

load helper.bash

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  recipes=$tests/../examples/scale-out
  captures=("$data"/pipeline/*/client__1.pcap)
  more=("$data"/pipeline/*/client__[12].pcap)  # as many as a model wants
  export OPTIONS='--label-from parent'
  # What the test has started in the background, to be ended with it.
  started=()
}

teardown() {
  [[ ${#started[@]} -gt 0 ]] || return 0
  kill "${started[@]}"
  wait "${started[@]}" || true  # they write until they end
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Waits until a command succeeds.
until_it() {
  for _ in {1..100}; do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "in 10 seconds this did not succeed: $*"
  return 1
}

# Hosts `one` and `two`, that run, and `dead`, that does not; with what they need in ssh/. Their PATH has `place`, then
# the tools, so that a test can stand in for one.
make_hosts() {
  local sshd host port
  sshd=$(command -v sshd || echo /usr/sbin/sshd)
  [[ -x $sshd ]] || skip "no sshd here (Debian: openssh-server)"
  command -v parallel >/dev/null || skip "no GNU parallel here"
  mkdir -m 700 ssh
  ssh-keygen -q -t ed25519 -N '' -f ssh/key
  cp ssh/key.pub ssh/authorized
  [[ $(id -u) -ne 0 ]] || mkdir -p /run/sshd
  for host in one two dead; do
    port=$(free_port)
    mkdir "$host"
    ssh-keygen -q -t ed25519 -N '' -f "ssh/key.$host"
    cat >>ssh/config <<EOF
Host $host
  Hostname 127.0.0.1
  Port $port
EOF
    cat >"ssh/$host" <<EOF
ListenAddress 127.0.0.1:$port
HostKey $PWD/ssh/key.$host
PidFile none
AuthorizedKeysFile $PWD/ssh/authorized
StrictModes no
PasswordAuthentication no
UsePAM no
SetEnv PATH=$PWD/$host:$PATH
EOF
    [[ $host == dead ]] && continue
    "$sshd" -D -e -f "ssh/$host" 2>"ssh/$host.log" 3>&- &
    started+=($!)
  done
  cat >>ssh/config <<EOF
Host *
  IdentityFile $PWD/ssh/key
  IdentitiesOnly yes
  BatchMode yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
EOF
  export PARALLEL_SSH="ssh -F $PWD/ssh/config"
  for host in one two; do
    until_it ssh -F ssh/config "$host" true || skip "nobody can log in over ssh here: $(tail -n 1 "ssh/$host.log")"
  done
}

# A featurize of one host that ends with a status, the first time or, with `always`, each time.
stand_in() {  # host, status, once or always
  cat >"$1/featurize" <<EOF
#!/bin/bash
if [[ $3 == once && -e $PWD/$1/was_here ]]; then exec "$MLTAT_BIN/featurize" "\$@"; fi
touch "$PWD/$1/was_here"
echo 'featurize: error: a stand-in' >&2
exit $2
EOF
  chmod +x "$1/featurize"
}

serial() { featurize --label-from parent "$@"; }

@test "plan: a line a unit; what merge could not tell apart is refused" {
  SHARDS=2 "$recipes/plan" job a/x.pcap b/x.pcap
  printf '%s\t%s\t%s\n' 000001 0/2 a/x.pcap 000002 1/2 a/x.pcap 000003 0/2 b/x.pcap 000004 1/2 b/x.pcap | cmp - job/units.tsv
  expect 73 '^plan: error: job holds a job already' "$recipes/plan" job a/x.pcap
  expect 64 '^plan: error: two captures are called a/x.pcap' "$recipes/plan" other a/x.pcap there/a/x.pcap
  expect 64 '^plan: error: no captures' "$recipes/plan" other
}

@test "ssh: two hosts give the bytes of one process" {
  make_hosts
  printf '# both\none\ntwo\n' >hosts
  "$recipes/over-ssh" hosts job "${captures[@]}" >rows
  serial "${captures[@]}" | cmp - rows
  cmp rows job/rows.ndjson
  [[ $(tail -n +2 job/log.1 | cut -f2 | sort -u | xargs) == 'one two' ]]
}

@test "ssh: shares of the flows of a capture give the bytes of one process, sorted" {
  make_hosts
  printf 'one\ntwo\n' >hosts
  SHARDS=3 "$recipes/over-ssh" hosts job "${captures[0]}" "$data/mixed.pcap" >rows
  serial "${captures[0]}" "$data/mixed.pcap" | sort | cmp - rows
}

@test "ssh: captures are copied to hosts that do not see them" {
  command -v rsync >/dev/null || skip "no rsync here"
  make_hosts
  cp -r "$data/pipeline" "captures.$$"
  printf 'one\ntwo\n' >hosts
  TRANSFER=1 "$recipes/over-ssh" hosts job "captures.$$"/*/client__1.pcap >rows
  serial "captures.$$"/*/client__1.pcap | cmp - rows
  [[ -z $(ssh -F ssh/config one find .parallel/tmp -path "'*captures.$$*'") ]]
}

@test "ssh: a dead host is named, and others do its work" {
  make_hosts
  printf 'dead\none\n' >hosts
  PAUSE=0 "$recipes/over-ssh" hosts job "${captures[@]}" >rows 2>err
  serial "${captures[@]}" | cmp - rows
  [[ $(cat err) == 'over-ssh: warning: no answer, its captures go to others: dead' ]]
}

@test "ssh: a damaged capture is set aside and named, once, and is not tried again" {
  make_hosts
  printf 'one\ntwo\n' >hosts
  status=0
  SHARDS=2 "$recipes/over-ssh" hosts job "${captures[@]}" "$data/cut.pcap" >rows 2>err || status=$?
  [[ $status -eq 65 && $(cat err) == "merge: error: damaged and set aside: $data/cut.pcap" ]]
  serial "${captures[@]}" | sort | cmp - rows
  [[ $(cat job/damaged) == "$data/cut.pcap" && ! -e job/log.2 ]]
  grep -q 'byte 642' job/units/*.err
}

@test "ssh: trouble of one host is tried elsewhere, trouble of all is tried again" {
  make_hosts
  printf 'one\ntwo\n' >hosts
  stand_in one 74 always
  PAUSE=0 "$recipes/over-ssh" hosts job "${captures[@]}" >rows
  serial "${captures[@]}" | cmp - rows
  [[ $(tail -n +2 job/log.2 | cut -f2 | sort -u) == two ]]
  stand_in one 74 once
  printf 'one\n' >hosts
  rm one/was_here
  PAUSE=0 "$recipes/over-ssh" hosts again "${captures[@]}" | cmp - rows
}

@test "ssh: what no try has helped is 74, and what is wrong everywhere ends at once" {
  make_hosts
  printf 'one\n' >hosts
  stand_in one 74 always
  status=0
  PAUSE=0 TRIES=2 "$recipes/over-ssh" hosts job "${captures[0]}" >rows 2>err || status=$?
  [[ $status -eq 74 && ! -s rows && ! -e job/log.3 ]]
  [[ $(cat err) == "merge: error: ${captures[0]}, share 0/1: not done: featurize: error: a stand-in" ]]
  printf 'dead\n' >hosts
  status=0
  PAUSE=0 "$recipes/over-ssh" hosts silent "${captures[0]}" 2>err || status=$?
  [[ $status -eq 74 ]]
  grep -q '^over-ssh: error: no host answers$' err
  printf 'two\n' >hosts
  OPTIONS=--no-such-option expect 64 '^featurize: error: .*--no-such-option' \
    "$recipes/over-ssh" hosts wrong "${captures[0]}"
}

# A Slurm cluster of one node, this one.
make_cluster() {
  local daemon name ports
  PATH+=:/usr/sbin
  for daemon in slurmctld slurmd; do
    command -v "$daemon" >/dev/null || skip "no $daemon here"
  done
  name=$(hostname -s)
  ports=("$(free_port)" "$(free_port)")
  mkdir slurm slurm/state slurm/spool
  cat >slurm/slurm.conf <<EOF
ClusterName=test
SlurmctldHost=$name(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/none
CredType=cred/none
SlurmctldPort=${ports[0]}
SlurmdPort=${ports[1]}
StateSaveLocation=$PWD/slurm/state
SlurmdSpoolDir=$PWD/slurm/spool
SlurmctldPidFile=$PWD/slurm/slurmctld.pid
SlurmdPidFile=$PWD/slurm/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MailProg=/bin/true
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName=here NodeHostname=$name NodeAddr=127.0.0.1 CPUs=$(nproc)
PartitionName=all Nodes=here Default=YES
EOF
  export SLURM_CONF=$PWD/slurm/slurm.conf
  slurmctld -D -f "$SLURM_CONF" >slurm/controller.log 2>&1 3>&- &
  started+=($!)
  slurmd -D -N here -f "$SLURM_CONF" >slurm/daemon.log 2>&1 3>&- &
  started+=($!)
  for _ in {1..100}; do
    [[ $(sinfo -ho %T 2>/dev/null) != idle ]] || return 0
    sleep 0.1
  done
  skip "no Slurm cluster can be started here: $(tail -n 1 slurm/controller.log) $(tail -n 1 slurm/daemon.log)"
}

# Waits until no job is left. Slurm lets two minutes pass before it starts a job again; nobody waits for that here.
jobs_end() {
  local waiting
  for _ in {1..300}; do
    [[ -n $(squeue -h) ]] || return 0
    waiting=$(squeue -hr -o '%i %r' | awk '$2 == "BeginTime" {print $1}')
    # One may have been started meanwhile.
    [[ -z $waiting ]] || scontrol update JobId="${waiting//$'\n'/,}" StartTime=now || true
    sleep 0.1
  done
  squeue
  return 1
}

@test "Slurm: an array and a merge give the bytes of one process; a damaged capture is named" {
  make_cluster
  TASKS=3 "$recipes/slurm-submit" job "${captures[@]}" "$data/cut.pcap"
  jobs_end
  serial "${captures[@]}" | cmp - job/rows.ndjson
  [[ $(cat job/merge.log) == "merge: error: damaged and set aside: $data/cut.pcap" ]]
}

@test "Slurm: a task with trouble is queued again, one that is wrong cancels the merge" {
  make_cluster
  mkdir here
  stand_in here 74 once
  PATH=$PWD/here:$PATH TASKS=1 "$recipes/slurm-submit" job "${captures[@]}"
  jobs_end
  serial "${captures[@]}" | cmp - job/rows.ndjson
  [[ -e here/was_here ]]
  OPTIONS=--no-such-option "$recipes/slurm-submit" wrong "${captures[@]}"
  jobs_end
  [[ ! -e wrong/rows.ndjson && ! -e wrong/merge.log ]]
  grep -q 'no-such-option' wrong/map.0.log
}

@test "Snakemake: the bytes of one process; a damaged capture is named and the others go on" {
  command -v snakemake >/dev/null || skip "no snakemake here"
  for capture in "${more[@]}"; do
    install -D "$capture" "captures/${capture#"$data/pipeline/"}"
  done
  cp "$data/cut.pcap" captures/web/client__cut.pcap
  HOME=$PWD snakemake -s "$recipes/Snakefile" --quiet --cores 2 --config captures=captures out=out 2>err ||
    { cat err; return 1; }
  serial "${more[@]}" >rows
  cmp rows out/rows.ndjson
  [[ $(cat out/damaged) == captures/web/client__cut.pcap ]]
  train -a rf rows | cmp - out/model.json
  predict -m out/model.json rows | fuse | cmp - out/verdicts.ndjson
}

@test "a line-streaming engine: partitions through a pipe, in their order, are the whole" {
  flowgen "${more[@]}" >flows
  serial "${more[@]}" | train -q -a rf -o model.json
  featurize flows | predict -m model.json | fuse >whole
  split --lines=7 flows part.
  for part in part.*; do
    bash -o pipefail -c 'featurize -q -j 1 | predict -q -j 1 -m model.json | fuse -q -j 1' <"$part"
  done | cmp - whole
  # Hadoop Streaming ends a line without value by a tab.
  sed 's/$/\t/' flows | featurize | predict -m model.json | fuse | cmp - whole
  bash -o pipefail -c 'featurize -q | predict -q -m model.json | fuse -q' </dev/null >none 2>err
  [[ ! -s none && ! -s err ]]
}
