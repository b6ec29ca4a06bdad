#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What --print-schema says is what the tools write: held against the rows of the shipped captures by a validator of JSON
# Schema, by databases where they are installed, and by a grammar of their tables where not.

load helper.bash

check=$BATS_TEST_DIRNAME/check_schema
forms=(flows.full flows.bare rows.full rows.bare labelled votes.one votes.many verdicts)

# For each form, the rows of a command line and its schema in all dialects.
add() {  # name, command...
  "${@:2}" >"$1.ndjson"
  for form in json duckdb clickhouse; do "${@:2}" --print-schema "$form" </dev/null >"$1.$form"; done
}

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  local captures=("$BATS_TEST_DIRNAME"/../../examples/data/{dns,web,voip}/*.pcap) dpi=()
  # A build without libndpi refuses --dpi: then its keys stay out.
  if flowgen --dpi "$data/mixed.pcap" >/dev/null 2>&1; then dpi=(--dpi); else touch without-dpi; fi
  add flows.full flowgen "${dpi[@]}" --label-from parent "${captures[@]}"
  add flows.bare flowgen --no-community-id --series none "$data/mixed.pcap"
  add rows.full featurize "${dpi[@]}" --label-from parent --window every:1s --features mltat30,flags,splt:3,bursts,hist "${captures[@]}"
  add rows.bare featurize --no-community-id "$data/mixed.pcap"
  featurize --label-from parent "${captures[@]}" >learn.ndjson
  train -q -a c45 --cv 2 -o tree.json learn.ndjson
  train -q -a rf --cv 0 --positive web -o web.json learn.ndjson
  sed '0~3s/"label":"[a-z]*"/"label":null/' learn.ndjson >few.ndjson
  add labelled cotrain -q few.ndjson
  add votes.one predict -m tree.json --unknown-below 0.7 learn.ndjson
  add votes.many predict -m tree.json -m web.json --proba --explain 3 rows.bare.ndjson
  add verdicts fuse -q votes.one.ndjson
}

@test "JSON Schema takes all rows, and none with a wrong value" {
  cd "$BATS_FILE_TMPDIR"
  for name in "${forms[@]}"; do
    # Only rows with all options have all keys.
    schema=$name.json
    [[ $name != *.bare && ! -e without-dpi ]] || { sed 's/"additionalProperties": false/"additionalProperties": {"not": {}}/' "$schema" >bare.json; schema=bare.json; }
    run python3 "$check" rows "$schema" "$name.ndjson"
    [[ $status -ne 77 ]] || skip "$output"
    echo "$name: $output"
    [[ $status -eq 0 ]]
  done
}

@test "tables have the columns of the schema, in types of their dialect" {
  cd "$BATS_FILE_TMPDIR"
  for name in "${forms[@]}"; do
    for dialect in duckdb clickhouse; do
      python3 "$check" table "$dialect" "$name.json" "$name.$dialect"
    done
  done
}

@test "the checks can fail" {
  cd "$BATS_FILE_TMPDIR"
  sed '2s/"src_port":[0-9]*/"src_port":"x"/' rows.full.ndjson >wrong.ndjson
  run python3 "$check" rows rows.full.json wrong.ndjson
  [[ $status -eq 77 || ($status -eq 1 && $output == *"wrong.ndjson:2: ['src_port']"*) ]]
  sed 's/"dst_port" UBIGINT/"dst_port" UBIGNIT/' rows.full.duckdb >wrong.duckdb
  run python3 "$check" table duckdb rows.full.json wrong.duckdb
  [[ $status -eq 1 && $output == *'dst_port: duckdb has no type UBIGNIT' ]]
  grep -v '"part"' rows.full.clickhouse >wrong.clickhouse
  run python3 "$check" table clickhouse rows.full.json wrong.clickhouse
  [[ $status -eq 1 ]]
}

@test "DuckDB makes the tables and reads the rows into them" {
  command -v duckdb >/dev/null || skip "duckdb is not here"
  cd "$BATS_FILE_TMPDIR"
  for name in "${forms[@]}"; do
    table=$(sed -n 's/^CREATE TABLE \([a-z_]*\) .*/\1/p' "$name.duckdb")
    { cat "$name.duckdb"; echo "COPY $table FROM '$name.ndjson' (FORMAT json); SELECT count(*) FROM $table;"; } >run.sql
    [[ $(duckdb -noheader -list <run.sql) == "$(wc -l <"$name.ndjson")" ]]
  done
}

@test "ClickHouse makes the tables and reads the rows into them" {
  command -v clickhouse-local >/dev/null || skip "clickhouse-local is not here"
  cd "$BATS_FILE_TMPDIR"
  for name in "${forms[@]}"; do
    table=$(sed -n 's/^CREATE TABLE \([a-z_]*\) .*/\1/p' "$name.clickhouse")
    {
      echo "SET input_format_skip_unknown_fields = 1;"
      cat "$name.clickhouse"
      echo "INSERT INTO $table FROM INFILE '$name.ndjson' FORMAT JSONEachRow; SELECT count() FROM $table;"
    } >run.sql
    [[ $(clickhouse-local --multiquery <run.sql) == "$(wc -l <"$name.ndjson")" ]]
  done
}
