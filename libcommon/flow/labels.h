// SPDX-License-Identifier: Apache-2.0
/// Ground truth for flows: one class for all, the folder of the capture, what DPI saw, a table, or a rule by port
/// (mltat-formats(5), "Labels").
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/option.h"
#include "flow/identity.h"
#include "io/byte_source.h"

namespace mltat {

struct LabelSettings {
  std::string label;               ///< --label
  bool from_parent = false;        ///< --label-from parent
  std::string file;                ///< --labels
  std::vector<std::string> rules;  ///< --label-rule
  bool from_dpi = false;           ///< --label-from dpi

  bool any() const { return !label.empty() || from_parent || from_dpi || !file.empty() || !rules.empty(); }
};

Options label_options(LabelSettings& settings);

/// Labels by capture, 5-tuple or community id, each row for all time or for a while: a CSV table.
class LabelTable {
 public:
  LabelTable() = default;
  /// Errors: Error(bad_data) naming source and line.
  explicit LabelTable(std::unique_ptr<ByteSource> source);

  /// The first row of the table that fits the flow and the time of its first packet; null if none does.
  const Label* find(const FlowIdentity& flow) const;
  bool by_community_id() const { return by_community_id_; }

 private:
  struct Row {
    Nanos from;
    Nanos to;
    Label label;
  };
  enum Column : std::size_t {
    kCapture, kSrcIp, kSrcPort, kDstIp, kDstPort, kProtocol, kCommunityId, kFrom, kTo, kLabel, kApplication, kColumns
  };

  /// Each returns: empty, or what is wrong.
  std::string read_header(const std::vector<std::string>& names);
  std::string read_row(const std::vector<std::string>& values);
  const std::string& value(const std::vector<std::string>& values, Column column) const;

  std::array<std::size_t, kColumns> place_{};
  bool by_capture_ = false;  // which columns the key has
  bool by_tuple_ = false;
  bool by_community_id_ = false;
  std::unordered_map<std::string, std::vector<Row>> rows_;
};

/// Immutable once made; label() may be called from any thread.
class Labeler {
 public:
  /// Reads the table. Errors: usage for a rule that cannot be read; bad_data, no_input for the table, with line.
  Labeler(const LabelSettings& settings, const std::function<std::unique_ptr<ByteSource>(const std::string&)>& open);

  bool active() const { return active_; }
  /// Does the table tell flows by community_id?
  bool needs_community_id() const { return table_.by_community_id(); }

  /// The label of a flow: a rule wins over the table, the table over the folder or DPI, these over --label. DPI
  /// labels what it saw in the payload, never what it guessed. Returns: nothing where none of them speaks, and what the
  /// flow came with stays; an empty label where a line of the table says that it has none.
  std::optional<Label> label(const FlowIdentity& flow) const;

  /// Errors: Error(usage) if --label-from parent is asked of a capture without a folder.
  void check_unit(const std::string& capture) const;

 private:
  struct PortRule {
    std::uint16_t port;
    std::uint8_t protocol;
    std::string label;
  };
  bool active_ = false;
  std::string label_;
  bool from_parent_ = false;
  bool from_dpi_ = false;
  std::vector<PortRule> rules_;
  LabelTable table_;
};

}  // namespace mltat
