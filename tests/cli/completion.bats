#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the shells offer for the tools, as a person at a terminal sees it.

load helper.bash

completions=$(cd "$BATS_TEST_DIRNAME/../../libcommon/cli/completions" && pwd)

# What a shell makes of the line when TAB is pressed behind it: its words but for the first.
tab() {  # shell, line
  cd "$BATS_TEST_TMPDIR" || return
  python3 - "$@" <<'END'
import os, pty, re, select, sys
shell, line = sys.argv[1:]
begin = {
    "bash": "bind 'set enable-bracketed-paste off'; . ./flowgen",
    "zsh": "unset zle_bracketed_paste; unsetopt prompt_sp; fpath=($PWD $fpath); autoload -U compinit; compinit -u -D",
}[shell]
child, terminal = pty.fork()
if child == 0:
    os.environ.update(TERM="dumb", INPUTRC="/dev/null")
    os.execvp(shell, [shell, "-f", "-i"] if shell == "zsh" else [shell, "--norc", "--noprofile", "-i"])


def read(until):
    seen = b""
    while not re.search(until, seen):
        if not select.select([terminal], [], [], 20)[0]:
            sys.exit(f"no {until} in {seen}")
        seen += os.read(terminal, 4096)
    return seen.decode()


tell = """echo() { printf '{%s}' "$@"; }"""
os.write(terminal, f"{begin}; {tell}; PS1='rea''dy> '\n".encode())
read(rb"ready> $")
# What the line has become is told by echo, written in front of it.
os.write(terminal, line.encode() + b"\t\x01echo \n")
print(*re.findall(r"\{(.*?)\}", read(rb"\}\s*ready> $"))[1:])
os.close(terminal)
END
}

@test "bash completes names of options, words, and files where a file is due" {
  cp "$completions/mltat.bash" "$BATS_TEST_TMPDIR/flowgen"
  touch "$BATS_TEST_TMPDIR/capture.pcap"
  [[ $(tab bash 'flowgen --id') == --idle-timeout ]]
  [[ $(tab bash 'flowgen --idle-timeout 3s --tcp-end n') == '--idle-timeout 3s --tcp-end none' ]]
  [[ $(tab bash 'flowgen --tcp-end=f') == --tcp-end=fin ]]
  [[ $(tab bash 'flowgen --labels capt') == '--labels capture.pcap' ]]
  [[ $(tab bash 'flowgen capt') == capture.pcap ]]
  [[ $(tab bash 'flowgen --capture capt') == '--capture capt' ]]
}

@test "zsh completes them too" {
  command -v zsh >/dev/null || skip "zsh is not here"
  sed "s/@programs@/${tools[*]}/" "$completions/mltat.zsh.in" >"$BATS_TEST_TMPDIR/_mltat"
  touch "$BATS_TEST_TMPDIR/capture.pcap"
  [[ $(tab zsh 'flowgen --id') == --idle-timeout* ]]
  [[ $(tab zsh 'flowgen --idle-timeout 3s --tcp-end n') == '--idle-timeout 3s --tcp-end none' ]]
  [[ $(tab zsh 'flowgen --tcp-end=f') == --tcp-end=fin ]]
  [[ $(tab zsh 'flowgen --labels capt') == '--labels capture.pcap' ]]
  [[ $(tab zsh 'flowgen capt') == capture.pcap ]]
  [[ $(tab zsh 'train --alg') == --algorithm* ]]
}
