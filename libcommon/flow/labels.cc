// SPDX-License-Identifier: Apache-2.0
#include "flow/labels.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/units.h"
#include "flow/record.h"
#include "io/csv.h"
#include "io/record_reader.h"

namespace mltat {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint8_t>, 4> kProtocolNames{
    {{"tcp", kTcp}, {"udp", kUdp}, {"icmp", kIcmp}, {"icmpv6", kIcmpv6}}};

/// A protocol by number or by one of a few names, in any case.
std::optional<std::uint8_t> parse_protocol(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const auto& [name, number] : kProtocolNames)
    if (lower == name) return number;
  std::uint64_t number = 0;
  for (const char c : lower) {
    if (c < '0' || c > '9' || (number = number * 10 + static_cast<std::uint64_t>(c - '0')) > 255) return std::nullopt;
  }
  return lower.empty() ? std::nullopt : std::optional(static_cast<std::uint8_t>(number));
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint64_t number = 0;
  for (const char c : text)
    if (c < '0' || c > '9' || (number = number * 10 + static_cast<std::uint64_t>(c - '0')) > 65535) return std::nullopt;
  return text.empty() ? std::nullopt : std::optional(static_cast<std::uint16_t>(number));
}

/// The unordered 5-tuple as a table key.
void append_tuple(std::string& key, Endpoint a, Endpoint b, std::uint8_t protocol) {
  if (b < a) std::swap(a, b);
  for (const Endpoint& endpoint : {a, b}) {
    key.append(endpoint.address.begin(), endpoint.address.end());
    key += static_cast<char>(endpoint.port >> 8);
    key += static_cast<char>(endpoint.port & 0xff);
  }
  key += static_cast<char>(protocol);
}

/// `web/chromium__000.pcap` -> {"web", "chromium"}.
std::pair<std::string, std::string> parent_and_application(const std::string& capture) {
  const std::size_t slash = capture.rfind('/');
  if (slash == std::string::npos) return {};
  const std::string file = capture.substr(slash + 1);
  const std::size_t mark = file.find("__");
  return {capture.substr(0, slash), mark == std::string::npos ? "" : file.substr(0, mark)};
}

}  // namespace

Options label_options(LabelSettings& settings) {
  Options options;
  options.push_back(text("--label", "CLASS", settings.label, "label every flow with CLASS"));
  Option from = custom("--label-from", "WORD", "", "label flows by the folder that holds their capture",
                       [&settings](const std::string&) { settings.from_parent = true; });
  from.choices = {"parent"};
  options.push_back(from);
  options.push_back(text("--labels", "FILE", settings.file, "label flows by a CSV table"));
  options.push_back(texts("--label-rule", "PORT/PROTO=CLASS", settings.rules,
                          "label flows with this port, such as 53/udp=dns; wins over all else"));
  return options;
}

Labeler::Labeler(const LabelSettings& settings,
                 const std::function<std::unique_ptr<ByteSource>(const std::string&)>& open)
    : active_(settings.any()), label_(settings.label), from_parent_(settings.from_parent) {
  for (const std::string& rule : settings.rules) {
    const std::size_t slash = rule.find('/');
    const std::size_t equals = rule.find('=');
    const bool shaped = slash != std::string::npos && equals != std::string::npos && slash < equals;
    const auto port = shaped ? parse_port(std::string_view(rule).substr(0, slash)) : std::nullopt;
    const auto protocol = shaped ? parse_protocol(std::string_view(rule).substr(slash + 1, equals - slash - 1)) : std::nullopt;
    if (!port || !protocol || equals + 1 == rule.size())
      throw Error(ExitCode::usage, "--label-rule: \"" + rule + "\" is no rule: give one such as 53/udp=dns");
    rules_.push_back({*port, *protocol, rule.substr(equals + 1)});
  }
  if (!settings.file.empty()) read_table(open(settings.file));
}

void Labeler::check_unit(const std::string& capture) const {
  if (!from_parent_ || capture.find('/') != std::string::npos) return;
  const std::string what = capture.empty() ? "standard input" : capture;
  throw Error(ExitCode::usage, "--label-from parent: " + what +
                                   " is in no folder that names a class: give CLASS/FILE, or use --label");
}

Label Labeler::label(const FlowIdentity& flow) const {
  for (const PortRule& rule : rules_)
    if (rule.protocol == flow.protocol && (rule.port == flow.src.port || rule.port == flow.dst.port))
      return {rule.label, "rule", ""};
  if (!table_.empty()) {
    const auto found = table_.find(table_key(flow));
    if (found != table_.end())
      for (const Row& row : found->second)
        if (row.from <= flow.first_ts && flow.first_ts <= row.to) return {row.label, "file", row.application};
  }
  if (from_parent_) {
    auto [label, application] = parent_and_application(flow.capture);
    if (!label.empty()) return {std::move(label), "parent", std::move(application)};
  }
  if (!label_.empty()) return {label_, "option", ""};
  return {};
}

std::string Labeler::table_key(const FlowIdentity& flow) const {
  std::string key;
  if (by_capture_) (key += flow.capture) += '\0';
  if (by_tuple_) append_tuple(key, flow.src, flow.dst, flow.protocol);
  if (by_community_id_) key += flow.community_id;
  return key;
}

void Labeler::read_table(std::unique_ptr<ByteSource> source) {
  const std::string name = source->name();
  RecordReader reader(std::move(source));
  reader.set_kind(RecordKind::csv);
  static constexpr std::array<std::string_view, 11> kColumns{"capture", "src_ip", "src_port", "dst_ip", "dst_port", "protocol",
                                                             "community_id", "from", "to", "label", "application"};
  enum Column : std::size_t { kCapture, kSrcIp, kSrcPort, kDstIp, kDstPort, kProtocol, kCommunityId, kFrom, kTo, kLabel, kApplication };
  std::array<std::size_t, kColumns.size()> place;
  place.fill(SIZE_MAX);
  bool have_header = false;
  RecordBlock block;
  std::vector<std::string_view> fields;
  while (reader.next(block)) {
    for (const Record& record : block.records) {
      const auto fail = [&](const std::string& what) {
        throw Error(ExitCode::bad_data, name + ":" + std::to_string(record.line) + ": " + what);
      };
      if (const auto fault = split_csv(block.text(record), fields)) fail(*fault);
      std::vector<std::string> values(fields.size());
      for (std::size_t i = 0; i < fields.size(); ++i) append_unquoted(values[i], fields[i]);
      if (!have_header) {
        have_header = true;
        for (std::size_t c = 0; c < kColumns.size(); ++c) {
          const auto found = std::find(values.begin(), values.end(), kColumns[c]);
          if (found != values.end()) place[c] = static_cast<std::size_t>(found - values.begin());
        }
        const auto has = [&](Column column) { return place[column] != SIZE_MAX; };
        by_capture_ = has(kCapture);
        by_community_id_ = has(kCommunityId);
        by_tuple_ = has(kSrcIp) && has(kSrcPort) && has(kDstIp) && has(kDstPort) && has(kProtocol);
        if (!has(kLabel)) fail("a table of labels needs a column \"label\"");
        if (!by_capture_ && !by_community_id_ && !by_tuple_)
          fail("a table of labels needs capture, community_id, or src_ip, src_port, dst_ip, dst_port and protocol");
        continue;
      }
      const auto value = [&](Column column) -> const std::string& {
        static const std::string kAbsent;
        return place[column] < values.size() ? values[place[column]] : kAbsent;
      };
      std::string key;
      if (by_capture_) (key += value(kCapture)) += '\0';
      if (by_tuple_) {
        const auto src = parse_address(value(kSrcIp));
        const auto dst = parse_address(value(kDstIp));
        const auto src_port = parse_port(value(kSrcPort));
        const auto dst_port = parse_port(value(kDstPort));
        const auto protocol = parse_protocol(value(kProtocol));
        if (!src || !dst || !src_port || !dst_port || !protocol) fail("the 5-tuple cannot be read");
        append_tuple(key, {src->address, *src_port}, {dst->address, *dst_port}, *protocol);
      }
      if (by_community_id_) key += value(kCommunityId);
      Row row{std::numeric_limits<Nanos>::min(), std::numeric_limits<Nanos>::max(), value(kLabel), value(kApplication)};
      for (const auto& [column, bound] : {std::pair{kFrom, &row.from}, std::pair{kTo, &row.to}}) {
        if (value(column).empty()) continue;
        const auto time = parse_timestamp(value(column));
        if (!time) fail("\"" + value(column) + "\" is no time: give seconds since 1970 with at most nine decimals");
        *bound = *time;
      }
      table_[std::move(key)].push_back(std::move(row));
    }
    if (block.trouble) throw *block.trouble;
  }
  if (!have_header) throw Error(ExitCode::bad_data, name + ": an empty table of labels");
}

}  // namespace mltat
