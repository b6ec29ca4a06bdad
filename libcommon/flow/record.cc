// SPDX-License-Identifier: Apache-2.0
#include "flow/record.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "io/csv.h"

namespace mltat {
namespace {

using namespace std::string_view_literals;

constexpr std::array kDirections{"fwd"sv, "bwd"sv};
constexpr std::array kTotals{"pkts"sv, "bytes"sv, "wire_bytes"sv, "payload_bytes"sv, "payload_pkts"sv};

/// The fields of a record in their order, for whoever visits them: a row writer or a list of names.
template <class Field>
void for_each_total(Field field) {
  for (std::size_t d = 0; d < 2; ++d)
    for (std::size_t t = 0; t < kTotals.size(); ++t) field(d, t, std::string(kDirections[d]) + "_" + std::string(kTotals[t]));
}

std::uint64_t total(const DirectionTotals& totals, std::size_t which) {
  const std::array values{totals.pkts, totals.bytes, totals.wire_bytes, totals.payload_bytes, totals.payload_pkts};
  return values[which];
}

std::uint64_t& total(DirectionTotals& totals, std::size_t which) {
  const std::array values{&totals.pkts, &totals.bytes, &totals.wire_bytes, &totals.payload_bytes,
                          &totals.payload_pkts};
  return *values[which];
}

void write_series(FieldWriter& row, const PacketSeries& series) {
  std::vector<FlowPacket> packets;
  packets.reserve(series.pkts());
  series.for_each([&](const FlowPacket& packet) { packets.push_back(packet); });
  row.key("pkt_len").array(packets.size(), [&](std::size_t i) {
    const auto length = static_cast<std::int64_t>(packets[i].ip_len);
    row.integer(packets[i].direction == Direction::forward ? length : -length);
  });
  row.key("pkt_iat_us").array(packets.size(), [&](std::size_t i) { row.microseconds(packets[i].gap); });
  row.key("pkt_payload").array(packets.size(), [&](std::size_t i) { row.uint(packets[i].payload_len); });
}

}  // namespace

void write_flow_record(std::string& out, RowFormat format, const IdentityColumns& columns,
                       const FlowIdentity& identity, const SeriesMeasurement::Result& result, bool with_series) {
  FieldWriter row(out, format);
  write_flow_keys(row, identity);
  write_direction(row, identity);
  for_each_total([&](std::size_t d, std::size_t t, const std::string& key) {
    row.key(key).uint(total(result.totals[d], t));
  });
  for (std::size_t d = 0; d < 2; ++d) {
    row.key(d == 0 ? "fwd_tcp_flags" : "bwd_tcp_flags");
    if (identity.protocol == kTcp)
      row.array(8, [&](std::size_t i) { row.uint(result.totals[d].flags[i]); });
    else
      row.null();
  }
  write_dpi(row, identity, columns);
  write_community_id(row, identity, columns);
  write_label(row, identity, columns);
  if (with_series) write_series(row, result.series);
  row.end_row();
}

namespace {

/// The places of a direction's totals in the Elastic Common Schema.
std::string ecs_of(std::size_t direction, std::size_t total) {
  const std::string side = direction == 0 ? "source" : "destination";
  return kTotals[total] == "pkts" ? side + ".packets" : kTotals[total] == "bytes" ? side + ".bytes" : "";
}

}  // namespace

Keys flow_record_keys(const IdentityColumns& columns, bool with_series) {
  static constexpr std::array kTotalDocs{"packets", "IP bytes", "frame bytes", "L4 payload bytes", "packets with payload"};
  static constexpr std::array kFrom{" of the initiator", " of the responder"};
  Keys keys = flow_keys();
  keys += direction_keys();
  for_each_total([&](std::size_t d, std::size_t t, const std::string& name) {
    keys.push_back({.name = name,
                    .kind = ValueKind::count,
                    .doc = std::string(kTotalDocs[t]) + kFrom[d],
                    .ecs = ecs_of(d, t)});
  });
  for (std::size_t d = 0; d < 2; ++d)
    keys.push_back({.name = std::string(kDirections[d]) + "_tcp_flags",
                    .kind = ValueKind::count,
                    .doc = std::string("counts of fin, syn, rst, psh, ack, urg, ece, cwr") + kFrom[d],
                    .nullable = true,
                    .list = true});
  keys += dpi_keys(columns);
  keys += community_id_keys(columns);
  keys += label_keys(columns);
  if (!with_series) return keys;
  const auto series = [&](const char* name, ValueKind kind, const char* doc) {
    keys.push_back({.name = name, .kind = kind, .doc = doc, .always = false, .list = true});
  };
  series("pkt_len", ValueKind::integer, "IP length of each packet, negative backward");
  series("pkt_iat_us", ValueKind::number, "time since the packet before, microseconds");
  series("pkt_payload", ValueKind::count, "L4 payload bytes of each packet");
  return keys;
}

// ---------------------------------------------------------------------------------------------- reading

namespace {

enum Seen : std::uint32_t {
  kFlowId = 1, kSrcIp = 2, kDstIp = 4, kProtocol = 8, kFirstTs = 16, kEndReason = 32, kPart = 64, kDirSource = 128,
  kPktLen = 256, kPktIat = 512, kPktPayload = 1024, kSrcPort = 2048, kDstPort = 4096
};
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 13> kRequired{{
    {kFlowId, "flow_id"}, {kSrcIp, "src_ip"}, {kSrcPort, "src_port"}, {kDstIp, "dst_ip"}, {kDstPort, "dst_port"},
    {kProtocol, "protocol"}, {kFirstTs, "first_ts"}, {kEndReason, "end_reason"}, {kPart, "part"},
    {kDirSource, "dir_source"}, {kPktLen, "pkt_len"}, {kPktIat, "pkt_iat_us"}, {kPktPayload, "pkt_payload"}}};

template <class T>
bool parse_integer(std::string_view text, T& value, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// Calls each(token) for the numbers of an array; false as soon as each() is.
template <class Each>
bool for_each_number(std::string_view text, Each each) {
  const auto separates = [](char c) { return c == ',' || c == ' ' || c == '[' || c == ']' || c == '\t'; };
  for (auto at = text.begin();;) {
    const auto begin = std::find_if_not(at, text.end(), separates);
    if (begin == text.end()) return true;
    at = std::find_if(begin, text.end(), separates);
    if (!each(std::string_view(begin, at))) return false;
  }
}

template <class Enum>
bool parse_name(std::string_view text, Enum last, Enum& value) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name(static_cast<Enum>(i)) != text) continue;
    value = static_cast<Enum>(i);
    return true;
  }
  return false;
}

}  // namespace

std::string FlowRecordReader::set_series(std::string_view key, std::string_view value) {
  if (key == "pkt_len") {
    seen_ |= kPktLen;
    const bool good = for_each_number(value, [&](std::string_view token) {
      std::int64_t length = 0;
      if (!parse_integer(token, length) || length > UINT32_MAX || length < -std::int64_t{UINT32_MAX}) return false;
      lengths_.push_back(length);
      return true;
    });
    return good ? "" : "expected an array of whole numbers, the sign being the direction";
  }
  if (key == "pkt_iat_us") {
    seen_ |= kPktIat;
    const bool good = for_each_number(value, [&](std::string_view token) {
      Nanos gap = 0;
      if (!parse_fixed(token, 3, gap) || gap < 0) return false;
      gaps_.push_back(gap);
      return true;
    });
    return good ? "" : "expected an array of microseconds with at most three decimals";
  }
  seen_ |= kPktPayload;
  const bool good = for_each_number(value, [&](std::string_view token) {
    std::uint32_t bytes = 0;
    if (!parse_integer(token, bytes)) return false;
    payloads_.push_back(bytes);
    return true;
  });
  return good ? "" : "expected an array of whole numbers";
}

/// Where the value of a key of DPI goes; null: it is none.
std::string* FlowRecordReader::dpi_field(std::string_view key) {
  static constexpr std::array<std::pair<std::string_view, std::string DpiFields::*>, 5> kFields{{
      {"dpi_proto", &DpiFields::proto}, {"dpi_category", &DpiFields::category},
      {"dpi_confidence", &DpiFields::confidence}, {"dpi_label", &DpiFields::label}, {"sni", &DpiFields::server_name}}};
  for (const auto& [name, field] : kFields) {
    if (key != name) continue;
    record_.columns.dpi = true;
    if (!record_.identity.dpi) record_.identity.dpi.emplace();
    return &((*record_.identity.dpi).*field);
  }
  return nullptr;
}

std::string FlowRecordReader::set(std::string_view key, std::string_view value) {
  FlowIdentity& identity = record_.identity;
  const auto checked = [&](bool good, std::uint32_t bit, const char* wanted) -> std::string {
    seen_ |= bit;
    return good ? "" : std::string("expected ") + wanted + ", got \"" + std::string(value.substr(0, 40)) + "\"";
  };
  const auto address = [&](Endpoint& endpoint) {
    const auto parsed = parse_address(value);
    if (parsed) endpoint.address = parsed->address;
    return parsed.has_value();
  };
  if (key == "pkt_len" || key == "pkt_iat_us" || key == "pkt_payload") return set_series(key, value);
  if (key == "community_id") {
    record_.columns.community_id = true;
    identity.community_id = value;
    return "";
  }
  if (key == "label" || key == "label_source" || key == "application") {
    record_.columns.label = true;
    if (!identity.label) identity.label.emplace();
    (key == "label" ? identity.label->label : key == "application" ? identity.label->application : identity.label->source) = value;
    return "";
  }
  if (std::string* field = dpi_field(key)) {
    *field = value;
    return "";
  }
  if (value.empty()) return "";
  if (key == "flow_id") return checked(value.size() == 16 && parse_integer(value, identity.flow_id, 16), kFlowId, "16 hex digits");
  if (key == "capture") {
    identity.capture = value;
    return "";
  }
  if (key == "src_ip") return checked(address(identity.src), kSrcIp, "an IP address");
  if (key == "dst_ip") return checked(address(identity.dst), kDstIp, "an IP address");
  if (key == "src_port") return checked(parse_integer(value, identity.src.port), kSrcPort, "a port");
  if (key == "dst_port") return checked(parse_integer(value, identity.dst.port), kDstPort, "a port");
  if (key == "protocol") return checked(parse_integer(value, identity.protocol), kProtocol, "an IP protocol number");
  if (key == "vlan_id") return checked(parse_integer(value, identity.vlan_id), 0, "a VLAN id");
  if (key == "first_ts") return checked(parse_fixed(value, 9, identity.first_ts), kFirstTs, "seconds since 1970");
  if (key == "end_reason") return checked(parse_name(value, EndReason::eof, identity.end_reason), kEndReason, "an end reason");
  if (key == "part") return checked(parse_integer(value, identity.part), kPart, "a whole number");
  if (key == "dir_source") return checked(parse_name(value, DirSource::first, identity.dir_source), kDirSource, "a source of direction");
  return set_total(key, value);
}

std::string FlowRecordReader::set_total(std::string_view key, std::string_view value) {
  for (std::size_t d = 0; d < 2; ++d) {
    if (!key.starts_with(kDirections[d]) || key.size() < 5 || key[3] != '_') continue;
    const std::string_view what = key.substr(4);
    if (what == "tcp_flags") {
      std::size_t at = 0;
      const bool good = for_each_number(value, [&](std::string_view token) {
        return at < 8 && parse_integer(token, record_.totals[d].flags[at++]);
      });
      return good && at == 8 ? "" : "expected eight counts";
    }
    for (std::size_t t = 0; t < kTotals.size(); ++t)
      if (what == kTotals[t]) return parse_integer(value, total(record_.totals[d], t)) ? "" : "expected a whole number";
  }
  return "";
}

FlowRecordReader::FlowRecordReader(std::string_view csv_header) {
  if (csv_header.empty()) return;
  split_csv(csv_header, fields_);
  for (const std::string_view field : fields_) append_unquoted(csv_columns_.emplace_back(), field);
}

std::string FlowRecordReader::read_json(std::string_view text) {
  if (const auto fault = json_.members(text, members_)) return *fault;
  for (const JsonMember& member : members_) {
    std::string_view value = member.value;
    if (member.type == JsonType::null) {
      value = {};
    } else if (member.type == JsonType::string) {
      unescaped_.clear();
      append_unescaped(unescaped_, value.substr(1, value.size() - 2));
      value = unescaped_;
    }
    if (const std::string fault = set(member.key, value); !fault.empty()) return "key \"" + std::string(member.key) + "\": " + fault;
  }
  return "";
}

std::string FlowRecordReader::read_csv(std::string_view text) {
  if (const auto fault = split_csv(text, fields_)) return *fault;
  if (fields_.size() != csv_columns_.size())
    return std::to_string(fields_.size()) + " fields where the header has " + std::to_string(csv_columns_.size());
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    unescaped_.clear();
    append_unquoted(unescaped_, fields_[i]);
    if (const std::string fault = set(csv_columns_[i], unescaped_); !fault.empty())
      return "column \"" + csv_columns_[i] + "\": " + fault;
  }
  return "";
}

std::optional<FlowRecord> FlowRecordReader::read(std::string_view text, std::string& error) {
  record_ = FlowRecord{};
  record_.columns = {false, false, false};
  seen_ = 0;
  lengths_.clear();
  gaps_.clear();
  payloads_.clear();
  error = csv_columns_.empty() ? read_json(text) : read_csv(text);
  if (error.empty()) error = check();
  if (!error.empty()) return std::nullopt;
  return std::move(record_);
}

/// Every key that a replay needs is there; the series become packets.
std::string FlowRecordReader::check() {
  for (const auto& [bit, key] : kRequired) {
    if (seen_ & bit) continue;
    std::string error = "no flow record: \"" + std::string(key) + "\" is missing";
    if (bit == kPktLen || bit == kPktIat || bit == kPktPayload) error += " (write records with flowgen --series all)";
    return error;
  }
  if (lengths_.size() != gaps_.size() || lengths_.size() != payloads_.size())
    return "pkt_len, pkt_iat_us and pkt_payload differ in length";
  if (lengths_.size() > FlowRules{}.max_part_pkts)
    return "more packets than a part may hold (" + std::to_string(FlowRules{}.max_part_pkts) + ")";
  if (!gaps_.empty() && gaps_[0] != 0) return "pkt_iat_us: no gap is before the first packet: it must be 0";
  record_.packets.resize(lengths_.size());
  Nanos last_ts = record_.identity.first_ts;
  Nanos duration = 0;
  for (std::size_t i = 0; i < lengths_.size(); ++i) {
    FlowPacket& packet = record_.packets[i];
    packet.direction = lengths_[i] < 0 ? Direction::backward : Direction::forward;
    packet.gap = gaps_[i];
    packet.ip_len = static_cast<std::uint32_t>(std::abs(lengths_[i]));
    packet.payload_len = payloads_[i];
    if (__builtin_add_overflow(duration, packet.gap, &duration) || __builtin_add_overflow(last_ts, packet.gap, &last_ts))
      return "pkt_iat_us: times beyond what 64-bit nanoseconds hold";
    packet.at = duration;
  }
  record_.identity.last_ts = last_ts;
  return "";
}

}  // namespace mltat
