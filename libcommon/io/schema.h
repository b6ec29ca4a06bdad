// SPDX-License-Identifier: Apache-2.0
/// What stands in the rows of a tool, as data: each room declares the keys that it writes beside the code that writes
/// them. CSV headers are made of the declarations, and so is what other programs want to be told of the rows: JSON
/// Schema, tables, a filter to the Elastic Common Schema (mltat-formats(5), "Schemas").
#pragma once

#include <string>
#include <vector>

namespace mltat {

enum class ValueKind {
  text,
  address,  ///< of IPv4 or IPv6
  count,    ///< a whole number, not negative
  code,     ///< the same, which names something: a protocol, a VLAN
  integer,
  number,
  share,   ///< a number from 0 to 1
  time,    ///< seconds since 1970 UTC with nine decimals
  object,  ///< of `members`
  shares,  ///< an object of names and shares
};

struct Key {
  std::string name;
  ValueKind kind = ValueKind::text;
  std::string doc = {};                 ///< one phrase, no full stop
  bool nullable = false;                ///< null where it is not known
  bool always = true;                   ///< stands in every row; else with an option, or where it came in
  bool list = false;                    ///< an array of such values
  std::vector<std::string> words = {};  ///< all that it may say, empty: anything
  std::string ecs = {};                 ///< path in the Elastic Common Schema; empty: below `mltat`
  std::vector<Key> members = {};        ///< of an object
};
using Keys = std::vector<Key>;

Keys& operator+=(Keys& left, Keys right);

/// The CSV header with its line end.
std::string csv_header(const Keys& keys);

struct Schema {
  std::string table;    ///< name of a table for such rows
  std::string title;    ///< what a row is
  Keys keys;            ///< in the order of the row
  bool closed = false;  ///< no other key stands in a row; else what came in may
};

/// json, duckdb, clickhouse, ecs: the words of --print-schema.
extern const std::vector<std::string> kSchemaForms;

/// The schema in a form. Requires: `form` is one of kSchemaForms.
std::string schema_text(const Schema& schema, const std::string& form);

}  // namespace mltat
