// SPDX-License-Identifier: Apache-2.0
#include "flow/labels.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/number_text.h"
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
  Option from = custom("--label-from", "WORD", "", "label flows by the folder that holds their capture, or by --dpi",
                       [&settings](const std::string& word) {
                         (word == "dpi" ? settings.from_dpi : settings.from_parent) = true;
                       });
  from.choices = {"parent", "dpi"};
  options.push_back(from);
  options.push_back(reads(text("--labels", "FILE", settings.file, "label flows by a CSV table")));
  options.push_back(texts("--label-rule", "PORT/PROTO=CLASS", settings.rules,
                          "label flows with this port, such as 53/udp=dns; wins over all else"));
  return options;
}

Labeler::Labeler(const LabelSettings& settings,
                 const std::function<std::unique_ptr<ByteSource>(const std::string&)>& open)
    : active_(settings.any()),
      label_(settings.label),
      from_parent_(settings.from_parent),
      from_dpi_(settings.from_dpi) {
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
  if (!settings.file.empty()) table_ = LabelTable(open(settings.file));
}

void Labeler::check_unit(const std::string& capture) const {
  if (!from_parent_ || capture.find('/') != std::string::npos) return;
  const std::string what = capture.empty() ? "standard input" : capture;
  throw Error(ExitCode::usage, "--label-from parent: " + what +
                                   " is in no folder that names a class: give CLASS/FILE, or use --label");
}

std::optional<Label> Labeler::label(const FlowIdentity& flow) const {
  for (const PortRule& rule : rules_)
    if (rule.protocol == flow.protocol && (rule.port == flow.src.port || rule.port == flow.dst.port))
      return Label{rule.label, "rule", ""};
  if (const Label* found = table_.find(flow)) return *found;
  if (from_parent_) {
    auto [label, application] = parent_and_application(flow.capture);
    if (!label.empty()) return Label{std::move(label), "parent", std::move(application)};
  }
  if (from_dpi_ && flow.dpi && flow.dpi->seen_in_payload() && !flow.dpi->label.empty())
    return Label{flow.dpi->label, "dpi", ""};
  if (!label_.empty()) return Label{label_, "option", ""};
  return std::nullopt;
}

// --------------------------------------------------------------------------------------- the table

LabelTable::LabelTable(std::unique_ptr<ByteSource> source) {
  const std::string name = source->name();
  RecordReader reader(std::move(source));
  reader.set_kind(RecordKind::csv);
  RecordBlock block;
  std::vector<std::string_view> fields;
  bool have_header = false;
  while (reader.next(block)) {
    for (const Record& record : block.records) {
      std::optional<std::string> fault = split_csv(block.text(record), fields);
      std::vector<std::string> values(fields.size());
      for (std::size_t i = 0; i < fields.size(); ++i) append_unquoted(values[i], fields[i]);
      if (!fault) fault = have_header ? read_row(values) : read_header(values);
      if (!fault->empty()) throw Error(ExitCode::bad_data, name + ":" + std::to_string(record.line) + ": " + *fault);
      have_header = true;
    }
    if (block.trouble) throw *block.trouble;
  }
  if (!have_header) throw Error(ExitCode::bad_data, name + ": an empty table of labels");
}

std::string LabelTable::read_header(const std::vector<std::string>& names) {
  static constexpr std::array<std::string_view, kColumns> kNames{
      "capture", "src_ip", "src_port", "dst_ip", "dst_port", "protocol", "community_id", "from", "to", "label",
      "application"};
  for (std::size_t c = 0; c < kColumns; ++c)
    place_[c] = static_cast<std::size_t>(std::find(names.begin(), names.end(), kNames[c]) - names.begin());
  const auto has = [&](Column column) { return place_[column] < names.size(); };
  by_capture_ = has(kCapture);
  by_community_id_ = has(kCommunityId);
  by_tuple_ = has(kSrcIp) && has(kSrcPort) && has(kDstIp) && has(kDstPort) && has(kProtocol);
  if (!has(kLabel)) return "a table of labels needs a column \"label\"";
  if (!by_capture_ && !by_community_id_ && !by_tuple_)
    return "a table of labels needs capture, community_id, or src_ip, src_port, dst_ip, dst_port and protocol";
  return "";
}

const std::string& LabelTable::value(const std::vector<std::string>& values, Column column) const {
  static const std::string kAbsent;
  return place_[column] < values.size() ? values[place_[column]] : kAbsent;
}

std::string LabelTable::read_row(const std::vector<std::string>& values) {
  std::string key;
  if (by_capture_) (key += value(values, kCapture)) += '\0';
  if (by_tuple_) {
    const auto src = parse_address(value(values, kSrcIp));
    const auto dst = parse_address(value(values, kDstIp));
    const auto src_port = parse_port(value(values, kSrcPort));
    const auto dst_port = parse_port(value(values, kDstPort));
    const auto protocol = parse_protocol(value(values, kProtocol));
    if (!src || !dst || !src_port || !dst_port || !protocol) return "the 5-tuple cannot be read";
    append_tuple(key, {src->address, *src_port}, {dst->address, *dst_port}, *protocol);
  }
  if (by_community_id_) key += value(values, kCommunityId);

  Row row{std::numeric_limits<Nanos>::min(), std::numeric_limits<Nanos>::max(), {}};
  for (const auto& [column, bound] : {std::pair{kFrom, &row.from}, std::pair{kTo, &row.to}}) {
    const std::string& text = value(values, column);
    if (text.empty()) continue;
    const auto time = parse_timestamp(text);
    if (!time) return "\"" + text + "\" is no time: give seconds since 1970 with at most nine decimals";
    *bound = *time;
  }
  const std::string& label = value(values, kLabel);
  if (!label.empty()) row.label = {label, "file", value(values, kApplication)};
  rows_[std::move(key)].push_back(std::move(row));
  return "";
}

const Label* LabelTable::find(const FlowIdentity& flow) const {
  if (rows_.empty()) return nullptr;
  std::string key;
  if (by_capture_) (key += flow.capture) += '\0';
  if (by_tuple_) append_tuple(key, flow.src, flow.dst, flow.protocol);
  if (by_community_id_) key += flow.community_id;
  const auto found = rows_.find(key);
  if (found == rows_.end()) return nullptr;
  for (const Row& row : found->second)
    if (row.from <= flow.first_ts && flow.first_ts <= row.to) return &row.label;
  return nullptr;
}

}  // namespace mltat
