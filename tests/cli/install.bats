#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` leaves: programs, pages and completions under both kinds of names, documents, the bill of
# materials. The programs are those of the build; tests/full/package makes and tries the Debian package.

load helper.bash

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

install_to() {  # folder, options of cmake...
  local build=$BATS_FILE_TMPDIR/build.${1##*/}
  mkdir -p "$build/bin"
  for tool in "${tools[@]}"; do ln "$MLTAT_BIN/$tool" "$build/bin/" 2>/dev/null || cp "$MLTAT_BIN/$tool" "$build/bin/"; done
  cmake -S "$root" -B "$build" -DMLTAT_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr "${@:2}" >"$build/log"
  DESTDIR=$1 cmake --install "$build" >>"$build/log"
}

setup_file() {
  command -v cmake >/dev/null || skip "cmake is not here"
  install_to "$BATS_FILE_TMPDIR/plain"
  install_to "$BATS_FILE_TMPDIR/prefixed" -DMLTAT_BIN_PREFIX=mltat-
}

@test "without a prefix programs, pages and completions have plain names" {
  cd "$BATS_FILE_TMPDIR/plain/usr"
  for tool in "${tools[@]}"; do
    [[ -x bin/$tool && -f share/man/man1/$tool.1 && -f share/bash-completion/completions/$tool ]]
    cmp "$root/man/$tool.1" "share/man/man1/$tool.1"
  done
  [[ ! -e lib/mltat ]]
  grep -qx "#compdef ${tools[*]}" share/zsh/site-functions/_mltat
}

@test "with a prefix all have prefixed names, and plain ones as links" {
  cd "$BATS_FILE_TMPDIR/prefixed/usr"
  [[ $(cd bin && echo *) == 'mltat-cotrain mltat-featurize mltat-flowgen mltat-fuse mltat-predict mltat-train' ]]
  for tool in "${tools[@]}"; do
    [[ $(readlink -f "lib/mltat/bin/$tool") == "$PWD/bin/mltat-$tool" ]]
    [[ $(readlink -f "lib/mltat/man/man1/$tool.1") == "$PWD/share/man/man1/mltat-$tool.1" ]]
    [[ $(readlink -f "share/bash-completion/completions/$tool") == "$PWD/share/bash-completion/completions/mltat-$tool" ]]
    grep -qx ".Nm mltat-$tool" "share/man/man1/mltat-$tool.1"
  done
  run grep -hE '(Xr|Nm) (flowgen|featurize|train|predict|fuse|cotrain)( |$)' share/man/man*/*
  [[ $status -eq 1 ]]
  [[ $(sed -n '/^#compdef/s/#compdef //p' share/zsh/site-functions/_mltat) == "${tools[*]} ${tools[*]/#/mltat-}" ]]
}

@test "man finds the pages by both names" {
  command -v mandoc >/dev/null || skip "mandoc is not here"
  cd "$BATS_FILE_TMPDIR/prefixed/usr"
  mandoc -T ascii share/man/man1/mltat-train.1 | sed 's/.\x08//g' | grep -q '^ *mltat-train - learn a model'
  command -v man >/dev/null || skip "man is not here"
  [[ $(env -u MANPATH PATH="$PWD/lib/mltat/bin:$PATH" man -w train) == "$PWD/share/man/man1/mltat-train.1" ]]
}

@test "an installed tool does its work by either name" {
  cd "$BATS_FILE_TMPDIR/prefixed/usr"
  bin/mltat-flowgen <"$data/mixed.pcap" >"$BATS_TEST_TMPDIR/one"
  lib/mltat/bin/flowgen <"$data/mixed.pcap" >"$BATS_TEST_TMPDIR/other"
  [[ -s $BATS_TEST_TMPDIR/one ]]
  cmp "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/other"
}

@test "what the documents name is beside them" {
  cd "$BATS_FILE_TMPDIR/prefixed/usr/share/doc/mltat"
  for file in README.md LICENSE Makefile.example examples/{quickstart,capture-app,data/manifest.csv}; do [[ -f $file ]]; done
  [[ -x examples/quickstart && ! -x examples/data/manifest.csv ]]
}

@test "the bill of materials has all that is linked and included, with versions" {
  bill=$BATS_FILE_TMPDIR/prefixed/usr/share/doc/mltat/mltat.spdx.json
  [[ $(jq -r .spdxVersion "$bill") == SPDX-2.3 ]]
  [[ $(jq '[.packages[] | select(.versionInfo == "NOASSERTION" or .licenseDeclared == "NOASSERTION")] | length' "$bill") == 0 ]]
  # One entry a package that tests/lint/layers lets a room see (two spellings of oneTBB and of libpcap), ...
  wanted=(CLI11 dlib 'JSON for Modern C++' libpcap libtins oneTBB simdjson)
  if objdump -p "$MLTAT_BIN/flowgen" | grep -q libndpi; then wanted+=(nDPI); fi
  for name in "${wanted[@]}"; do jq -e --arg name "$name" 'any(.packages[]; .name == $name)' "$bill" >/dev/null; done
  # ... and each is related to the tools, by its identifier, once.
  jq -e '[.packages[].SPDXID] as $ids | [.relationships[].relatedSpdxElement] as $related
    | ($ids | sort) == ($related | sort) and ($ids | unique | length) == ($ids | length)' "$bill" >/dev/null
}
