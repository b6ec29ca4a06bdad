// SPDX-License-Identifier: Apache-2.0
/// Whose row it is: the identity and label keys that flow records and feature rows share, from a capture or read
/// back from a record (mltat-formats(5), "Identity").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "flow/flow.h"
#include "io/field_writer.h"
#include "io/schema.h"

namespace mltat {

/// Ground truth of a flow and where it came from. Empty text is absent.
struct Label {
  std::string label;
  std::string source;       ///< option, parent, dpi, file, rule
  std::string application;
};

/// What payload inspection found of a flow, in words. Empty text is absent; of a flow that it does not know all is.
struct DpiFields {
  std::string proto;        ///< as TLS.YouTube
  std::string category;
  std::string confidence;   ///< what the verdict rests on, as "DPI" or "Match by port"
  std::string label;        ///< class by the class map
  std::string server_name;  ///< that TLS or QUIC asked for

  /// Did the payload tell, or was it a guess by port or address?
  bool seen_in_payload() const { return confidence.starts_with("DPI"); }
};

/// In rows the keys stand in the order of the members. `capture` empty: null. `community_id` empty: the key is
/// left out (--no-community-id). `dpi`, `label` absent: their keys are left out (no --dpi, no label option).
struct FlowIdentity {
  std::uint64_t flow_id = 0;
  std::string capture;
  Endpoint src;
  Endpoint dst;
  std::uint8_t protocol = 0;
  std::uint16_t vlan_id = 0;
  Nanos first_ts = 0;
  Nanos last_ts = 0;
  EndReason end_reason = EndReason::eof;
  std::uint32_t part = 0;
  DirSource dir_source = DirSource::first;
  std::string community_id;
  std::optional<DpiFields> dpi;
  std::optional<Label> label;
};

/// Which of the optional keys a stream carries: the same for all its rows, as CSV needs.
struct IdentityColumns {
  bool community_id = true;
  bool label = false;
  bool dpi = false;
};

/// From the flow table's head. `capture` is the unit's name; labels are the Labeler's. The community id costs a SHA-1:
/// it is made only if someone wants it.
FlowIdentity make_identity(const FlowHead& head, std::string_view capture, bool vlan_in_key, bool with_community_id);

/// Groups of keys, and what writes each: in every row, flow_id to part, then dir_source, ...
Keys flow_keys();
void write_flow_keys(FieldWriter& row, const FlowIdentity& identity);
Keys direction_keys();
void write_direction(FieldWriter& row, const FlowIdentity& identity);
/// ... and those that only some streams carry.
Keys community_id_keys(const IdentityColumns& columns);
void write_community_id(FieldWriter& row, const FlowIdentity& identity, const IdentityColumns& columns);
Keys dpi_keys(const IdentityColumns& columns);
void write_dpi(FieldWriter& row, const FlowIdentity& identity, const IdentityColumns& columns);
Keys label_keys(const IdentityColumns& columns);
void write_label(FieldWriter& row, const FlowIdentity& identity, const IdentityColumns& columns);

/// Dotted IPv4 for mapped addresses, else IPv6 as in RFC 5952.
void append_address(std::string& out, const Endpoint& endpoint);
/// Errors: nothing if the text is no address.
std::optional<Endpoint> parse_address(std::string_view text);

}  // namespace mltat
