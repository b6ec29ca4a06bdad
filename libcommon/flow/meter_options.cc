// SPDX-License-Identifier: Apache-2.0
#include "flow/meter_options.h"

#include "base/error.h"
#include "base/units.h"

namespace mltat {
namespace {

void parse_shard(const std::string& text, DecodeOptions& decode) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    decode.shard = parse_count(text.substr(0, slash));
    decode.shards = parse_count(text.substr(slash + 1));
    if (decode.shard < decode.shards) return;
  }
  throw Error(ExitCode::usage, "\"" + text + "\" is no share: give K/N with K from 0 to N-1, such as 0/4");
}

}  // namespace

Options flow_options(MeterSettings& settings) {
  FlowRules& rules = settings.rules;
  Options options;
  options.push_back(duration("--idle-timeout", rules.idle, "end a flow after a gap of more than this, 0 for never"));
  options.push_back(duration("--active-timeout", rules.active, "cut a flow into parts of about this, 0 for never"));
  Option tcp_end = custom("--tcp-end", "WORD", "fin", "what closes a TCP flow: FIN and RST, or nothing",
                          [&rules](const std::string& word) { rules.tcp_end = word == "fin"; });
  tcp_end.choices = {"fin", "none"};
  options.push_back(tcp_end);
  options.push_back(duration("--linger", rules.linger, "how long a closed flow takes trailing packets"));
  options.push_back(count("--max-flows", "N", rules.max_flows, "flows in the table; above it the quietest leave"));
  options.push_back(count("--max-held-pkts", "N", rules.max_held_pkts,
                          "packets held in open flows; above it the largest are cut"));
  Option key = custom("--key", "WORD", "", "what a flow's key holds besides addresses, ports and protocol",
                      [&settings](const std::string&) { settings.decode.vlan_in_key = true; });
  key.choices = {"vlan"};
  options.push_back(key);
  options.push_back(flag("--decap", settings.decode.decap, "take the packets that tunnels carry, not those around"));
  options.push_back(custom("--shard", "K/N", "", "keep the flows whose published hash modulo N is K",
                           [&settings](const std::string& text) { parse_shard(text, settings.decode); }));
  options.push_back(off_flag("--no-community-id", settings.community_id, "leave community_id out"));
  return options;
}

void add_counters(Counters& counters, const MeterCounts& counts) {
  counters.add("packets_read", counts.packets.read, "Packets read from captures");
  counters.add("packets_in_flows", counts.packets.used, "Packets that are in flows");
  for (std::size_t i = 1; i < kSkips; ++i) {
    const Skip reason = static_cast<Skip>(i);
    counters.add("packets_skipped", "reason", name(reason), counts.packets.skipped[i], "Packets read and not used");
  }
  counters.add("flows_opened", counts.parts_opened, "Flows and parts of flows begun");
  counters.add("flows_written", counts.parts_written, "Flows and parts of flows ended and written");
  for (std::size_t i = 0; i < kNotes; ++i) {
    const Note note = static_cast<Note>(i);
    counters.add("packets_noted", "note", name(note), counts.packets.notes[i], "Packets with something put right");
  }
  for (std::size_t i = 0; i < kDrops; ++i) {
    const Drop reason = static_cast<Drop>(i);
    counters.add("packets_dropped", "where", name(reason), counts.packets.dropped[i], "Packets lost before they were read");
  }
}

void write_stats(const MeterCounts& counts, const Streams& streams) {
  if (streams.stats.empty()) return;
  Counters counters;
  add_counters(counters, counts);
  counters.write(streams.stats, streams.log.program());
}

namespace {

/// `3 non_ip (the frame carries no IP packet ...), 1 malformed (...)`
template <class Reason, std::size_t N>
std::string by_reason(const std::array<std::uint64_t, N>& counts, bool with_meaning) {
  std::string text;
  for (std::size_t i = 0; i < N; ++i) {
    if (counts[i] == 0) continue;
    const Reason reason = static_cast<Reason>(i);
    if (!text.empty()) text += ", ";
    text += std::to_string(counts[i]) + " " + std::string(name(reason));
    if (with_meaning) text += " (" + std::string(meaning(reason)) + ")";
  }
  return text;
}

}  // namespace

std::string summary(const MeterCounts& counts) {
  const PacketCounts& packets = counts.packets;
  std::string text = std::to_string(packets.read) + " packets read = " + std::to_string(packets.used) +
                     " in flows + " + std::to_string(packets.skipped_total()) + " skipped";
  if (packets.skipped_total() > 0) text += " (" + by_reason<Skip>(packets.skipped, false) + ")";
  if (const std::string losses = by_reason<Drop>(packets.dropped, false); !losses.empty())
    text += "; dropped: " + losses;
  return text + "; " + std::to_string(counts.parts_opened) + " flows opened, " + std::to_string(counts.parts_written) +
         " written";
}

std::string dropped(const MeterCounts& counts) {
  const std::string losses = by_reason<Drop>(counts.packets.dropped, true);
  if (losses.empty()) return "";
  return "packets were lost: " + losses + ": give more --buffer-mib or -j, share the load with --fanout";
}

std::string none_used(const MeterCounts& counts) {
  const PacketCounts& packets = counts.packets;
  for (const Skip wanted : {Skip::other_shard, Skip::filtered})
    if (packets.skipped[static_cast<std::size_t>(wanted)] > 0) return "";
  if (packets.read == 0 || packets.used > 0) return "";
  return std::to_string(packets.read) + " packets read, none used: " + by_reason<Skip>(packets.skipped, true);
}

}  // namespace mltat
