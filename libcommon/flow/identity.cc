// SPDX-License-Identifier: Apache-2.0
#include "flow/identity.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "flow/community_id.h"
#include "wire/decode.h"

namespace mltat {

FlowIdentity make_identity(const FlowHead& head, std::string_view capture, bool vlan_in_key, bool with_community_id) {
  FlowIdentity identity;
  identity.flow_id = flow_id(head.key, vlan_in_key, head.flow_number);
  identity.capture = capture;
  identity.src = head.src();
  identity.dst = head.dst();
  identity.protocol = head.key.protocol;
  identity.vlan_id = head.vlan_id;
  identity.first_ts = head.first_ts;
  identity.last_ts = head.last_ts;
  identity.end_reason = head.end;
  identity.part = head.part;
  identity.dir_source = head.dir_source;
  if (with_community_id) identity.community_id = community_id(head);
  return identity;
}

void append_address(std::string& out, const Endpoint& endpoint) {
  if (endpoint.is_ipv4()) {  // nearly all are, and inet_ntop() goes through printf
    for (std::size_t i = 12; i < 16; ++i) {
      if (i > 12) out += '.';
      append_uint(out, endpoint.address[i]);
    }
    return;
  }
  std::array<char, INET6_ADDRSTRLEN> text;
  inet_ntop(AF_INET6, endpoint.address.data(), text.data(), text.size());
  out += text.data();
}

std::optional<Endpoint> parse_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // inet_pton would stop there
  const std::string terminated(text);
  Endpoint endpoint;
  std::array<std::uint8_t, 4> v4;
  if (inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) {
    endpoint.address[10] = endpoint.address[11] = 0xff;
    std::copy(v4.begin(), v4.end(), endpoint.address.begin() + 12);
    return endpoint;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), endpoint.address.data()) == 1) return endpoint;
  return std::nullopt;
}

namespace {

/// All names of an enumeration whose last value is `last`.
template <class Enum>
std::vector<std::string> words_up_to(Enum last) {
  std::vector<std::string> words;
  for (int i = 0; i <= static_cast<int>(last); ++i)
    words.emplace_back(name(static_cast<Enum>(i)));
  return words;
}

/// Of keys that not every stream carries.
Keys optional_keys(bool carried, Keys keys) {
  if (!carried) return {};
  for (Key& key : keys) {
    key.nullable = true;
    key.always = false;
  }
  return keys;
}

}  // namespace

Keys flow_keys() {
  return {
      {.name = "flow_id", .doc = "16 hex digits, the same for all parts of a flow"},
      {.name = "capture", .doc = "folder and file name of the input", .nullable = true},
      {.name = "src_ip", .kind = ValueKind::address, .doc = "address of the initiator", .ecs = "source.ip"},
      {.name = "src_port", .kind = ValueKind::count, .doc = "its port, 0 without ports", .ecs = "source.port"},
      {.name = "dst_ip", .kind = ValueKind::address, .doc = "address of the responder", .ecs = "destination.ip"},
      {.name = "dst_port", .kind = ValueKind::count, .doc = "its port, 0 without ports", .ecs = "destination.port"},
      {.name = "protocol", .kind = ValueKind::code, .doc = "IP protocol number", .ecs = "network.iana_number"},
      {.name = "vlan_id", .kind = ValueKind::code, .doc = "outer VLAN tag", .nullable = true, .ecs = "network.vlan.id"},
      {.name = "first_ts", .kind = ValueKind::time, .doc = "first packet, seconds since 1970 UTC", .ecs = "event.start"},
      {.name = "last_ts", .kind = ValueKind::time, .doc = "last packet, seconds since 1970 UTC", .ecs = "event.end"},
      {.name = "end_reason", .doc = "why the part ended", .words = words_up_to(EndReason::eof)},
      {.name = "part", .kind = ValueKind::count, .doc = "which piece of the flow"},
  };
}

void write_flow_keys(FieldWriter& row, const FlowIdentity& identity) {
  std::string address;
  row.key("flow_id").hex64(identity.flow_id);
  row.key("capture").text(identity.capture);
  append_address(address, identity.src);
  row.key("src_ip").word(address);
  row.key("src_port").uint(identity.src.port);
  address.clear();
  append_address(address, identity.dst);
  row.key("dst_ip").word(address);
  row.key("dst_port").uint(identity.dst.port);
  row.key("protocol").uint(identity.protocol);
  row.key("vlan_id");
  if (identity.vlan_id == 0)
    row.null();
  else
    row.uint(identity.vlan_id);
  row.key("first_ts").timestamp(identity.first_ts);
  row.key("last_ts").timestamp(identity.last_ts);
  row.key("end_reason").word(name(identity.end_reason));
  row.key("part").uint(identity.part);
}

Keys direction_keys() {
  return {{.name = "dir_source", .doc = "what told the initiator", .words = words_up_to(DirSource::first)}};
}

void write_direction(FieldWriter& row, const FlowIdentity& identity) { row.key("dir_source").word(name(identity.dir_source)); }

Keys community_id_keys(const IdentityColumns& columns) {
  return optional_keys(columns.community_id, {{.name = "community_id",
                                               .doc = "Community ID version 1",
                                               .ecs = "network.community_id"}});
}

void write_community_id(FieldWriter& row, const FlowIdentity& identity, const IdentityColumns& columns) {
  if (columns.community_id) row.key("community_id").text(identity.community_id);
}

Keys dpi_keys(const IdentityColumns& columns) {
  return optional_keys(columns.dpi, {{.name = "dpi_proto", .doc = "protocol found by libndpi"},
                                     {.name = "dpi_category", .doc = "its category"},
                                     {.name = "dpi_confidence", .doc = "what the finding rests on"},
                                     {.name = "dpi_label", .doc = "class by the class map"},
                                     {.name = "sni", .doc = "server name asked for", .ecs = "tls.client.server_name"}});
}

void write_dpi(FieldWriter& row, const FlowIdentity& identity, const IdentityColumns& columns) {
  if (!columns.dpi) return;
  static const DpiFields kNothing;
  const DpiFields& dpi = identity.dpi ? *identity.dpi : kNothing;
  row.key("dpi_proto").text(dpi.proto);
  row.key("dpi_category").text(dpi.category);
  row.key("dpi_confidence").text(dpi.confidence);
  row.key("dpi_label").text(dpi.label);
  row.key("sni").text(dpi.server_name);
}

Keys label_keys(const IdentityColumns& columns) {
  return optional_keys(columns.label, {{.name = "label", .doc = "class that the flow is known to be of"},
                                       {.name = "label_source", .doc = "where the label comes from"},
                                       {.name = "application", .doc = "application that made the flow"}});
}

void write_label(FieldWriter& row, const FlowIdentity& identity, const IdentityColumns& columns) {
  if (!columns.label) return;
  static const Label kUnlabelled;
  const Label& label = identity.label ? *identity.label : kUnlabelled;
  row.key("label").text(label.label);
  row.key("label_source").text(label.source);
  row.key("application").text(label.application);
}

}  // namespace mltat
