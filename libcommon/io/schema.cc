// SPDX-License-Identifier: Apache-2.0
#include "io/schema.h"

#include <iterator>
#include <string_view>
#include <utility>

#include "io/json_text.h"

namespace mltat {

Keys& operator+=(Keys& left, Keys right) {
  left.insert(left.end(), std::make_move_iterator(right.begin()), std::make_move_iterator(right.end()));
  return left;
}

std::string csv_header(const Keys& keys) {
  std::string out;
  for (const Key& key : keys) {
    if (!out.empty()) out += ',';
    append_csv_field(out, key.name);
  }
  return out + "\n";
}

namespace {

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// The texts of a list, joined by a comma and a space.
template <class Items, class Text>
std::string joined(const Items& items, Text text) {
  std::string out;
  for (const auto& item : items) {
    if (!out.empty()) out += ", ";
    out += text(item);
  }
  return out;
}

/// What a kind is called; of an object the members tell.
struct KindNames {
  std::string_view json_type;
  std::string_view json_bounds;
  std::string_view duckdb;
  std::string_view clickhouse;
};

const KindNames& names_of(ValueKind kind) {
  static constexpr KindNames kNames[] = {
      {"string", "", "VARCHAR", "String"},                                  // text
      {"string", "", "VARCHAR", "String"},                                  // address
      {"integer", ", \"minimum\": 0", "UBIGINT", "UInt64"},                 // count
      {"integer", ", \"minimum\": 0", "UBIGINT", "UInt64"},                 // code
      {"integer", "", "BIGINT", "Int64"},                                   // integer
      {"number", "", "DOUBLE", "Float64"},                                  // number
      {"number", ", \"minimum\": 0, \"maximum\": 1", "DOUBLE", "Float64"},  // share
      {"number", "", "DECIMAL(19, 9)", "Decimal(19, 9)"},                   // time
      {"object", "", "", ""},                                               // object
      {"object", ", \"additionalProperties\": {\"type\": \"number\", \"minimum\": 0, \"maximum\": 1}",
       "MAP(VARCHAR, DOUBLE)", "Map(String, Float64)"},  // shares
  };
  return kNames[static_cast<std::size_t>(kind)];
}

// ------------------------------------------------------------------------------------------- JSON Schema

std::string json_object(const Keys& keys, bool closed, const std::string& indent);

/// The keywords for one value, null being one where it is `nullable`.
std::string json_value(const Key& key, bool nullable, const std::string& indent) {
  if (!key.words.empty())
    return "\"enum\": [" + joined(key.words, json_string) + (nullable ? ", null]" : "]");
  const KindNames& names = names_of(key.kind);
  std::string out = "\"type\": ";
  out += nullable ? "[" + json_string(names.json_type) + ", \"null\"]" : json_string(names.json_type);
  if (key.kind == ValueKind::object) return out + ",\n" + json_object(key.members, true, indent);
  return out.append(names.json_bounds);
}

std::string json_property(const Key& key, const std::string& indent) {
  std::string out = indent + json_string(key.name) + ": {";
  if (!key.list)
    out += json_value(key, key.nullable, indent + "  ");
  else
    out += std::string("\"type\": ") + (key.nullable ? "[\"array\", \"null\"]" : "\"array\"") + ", \"items\": {" +
           json_value(key, false, indent + "  ") + "}";
  if (!key.doc.empty()) out += ", \"description\": " + json_string(key.doc);
  return out + "}";
}

/// The keywords for an object of these keys.
std::string json_object(const Keys& keys, bool closed, const std::string& indent) {
  std::string out = indent + "\"properties\": {";
  Keys required;
  for (const Key& key : keys) {
    out += (&key == &keys.front() ? "\n" : ",\n") + json_property(key, indent + "  ");
    if (key.always) required.push_back(key);
  }
  out += "\n" + indent + "},\n" + indent + "\"required\": [" +
         joined(required, [](const Key& key) { return json_string(key.name); }) + "]";
  if (closed) out += ",\n" + indent + "\"additionalProperties\": false";
  return out;
}

std::string json_schema(const Schema& schema) {
  return "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": " +
         json_string(schema.title) + ",\n  \"type\": \"object\",\n" + json_object(schema.keys, schema.closed, "  ") +
         "\n}\n";
}

// ------------------------------------------------------------------------------------------- tables

std::string identifier(std::string_view name) {
  std::string out = "\"";
  for (const char c : name)
    out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

std::string duckdb_type(const Key& key) {
  std::string type(names_of(key.kind).duckdb);
  if (key.kind == ValueKind::object)
    type = "STRUCT(" +
           joined(key.members, [](const Key& member) { return identifier(member.name) + " " + duckdb_type(member); }) + ")";
  return key.list ? type + "[]" : type;
}

std::string clickhouse_type(const Key& key) {
  std::string type(names_of(key.kind).clickhouse);
  if (key.kind == ValueKind::object)
    type = "Tuple(" + joined(key.members, [](const Key& member) {
             return identifier(member.name) + " " + clickhouse_type(member);
           }) + ")";
  if (key.list) return "Array(" + type + ")";
  // What is composed of others is empty there, never null.
  const bool composed = key.kind == ValueKind::object || key.kind == ValueKind::shares;
  return !composed && (key.nullable || !key.always) ? "Nullable(" + type + ")" : type;
}

/// CREATE TABLE with a column a line; `type` names that of a key.
std::string table(const Schema& schema, std::string (*type)(const Key&), std::string_view end) {
  std::string out = "-- " + schema.title + "\nCREATE TABLE " + schema.table + " (\n";
  for (const Key& key : schema.keys) {
    out += "  " + identifier(key.name) + " " + type(key);
    if (&key != &schema.keys.back()) out += ",";
    if (!key.doc.empty()) out += "  -- " + key.doc;
    out += "\n";
  }
  return out.append(")").append(end).append(";\n");
}

// ------------------------------------------------------------------------------------------- Elastic Common Schema

/// What follows from several keys, for each row that has them.
constexpr std::string_view kEcsEnd = R"jq(
| if .event.start then .["@timestamp"] = .event.start else . end
| if .event.start and .event.end then .event.duration = (($row.last_ts - $row.first_ts) * 1e6 | round * 1000) else . end
| if $row.src_ip then .network.type = (if $row.src_ip | contains(":") then "ipv6" else "ipv4" end) else . end
| {"1": "icmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "58": "ipv6-icmp", "132": "sctp"}[.network.iana_number // ""] as $name
| if $name then .network.transport = $name else . end
| if $row.fwd_pkts and $row.bwd_pkts then .network.packets = $row.fwd_pkts + $row.bwd_pkts else . end
| if $row.fwd_bytes and $row.bwd_bytes then .network.bytes = $row.fwd_bytes + $row.bwd_bytes else . end
)jq";

/// A filter for jq 1.6. Numbers of jq are doubles, so times have microseconds.
std::string ecs_filter(const Schema& schema) {
  std::string out = "# " + schema.title + R"jq( to a document of the Elastic Common Schema 8.11; what that has no field
# for stands below `mltat`. Run as: jq -c -f THIS ROWS.ndjson
def date:
  (. * 1e6 | round) as $us
  | ($us % 1000000 | tostring) as $fraction
  | ($us / 1e6 | floor | todate | rtrimstr("Z")) + "." + "000000"[($fraction | length):] + $fraction + "Z";

. as $row
| {"ecs": {"version": "8.11.0"},
   "event": {"kind": "event", "category": ["network"], "type": ["connection"], "dataset": "mltat.)jq" +
                    schema.table + "\"}}\n";
  std::string placed;  // keys that have a field
  for (const Key& key : schema.keys) {
    if (key.ecs.empty()) continue;
    const std::string name = json_string(key.name);
    std::string value = "$row[" + name + "]";
    if (key.kind == ValueKind::time) value = "(" + value + " | date)";
    if (key.kind == ValueKind::code) value = "(" + value + " | tostring)";
    out += "| if $row[" + name + "] != null then ." + key.ecs + " = " + value + " else . end\n";
    placed += (placed.empty() ? "[" : ", [") + name + "]";
  }
  out += "| .mltat = ($row | delpaths([" + placed + "]) | with_entries(select(.value != null)))";
  return out.append(kEcsEnd);
}

}  // namespace

const std::vector<std::string> kSchemaForms = {"json", "duckdb", "clickhouse", "ecs"};

std::string schema_text(const Schema& schema, const std::string& form) {
  if (form == "json") return json_schema(schema);
  if (form == "duckdb") return table(schema, duckdb_type, "");
  if (form == "clickhouse") return table(schema, clickhouse_type, " ENGINE = MergeTree ORDER BY tuple()");
  return ecs_filter(schema);
}

}  // namespace mltat
