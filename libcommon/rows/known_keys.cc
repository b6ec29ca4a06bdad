// SPDX-License-Identifier: Apache-2.0
#include "rows/known_keys.h"

#include <algorithm>
#include <iterator>

namespace mltat {
namespace {

constexpr std::string_view kIdentity[] = {
    "flow_id", "capture",    "src_ip", "src_port", "dst_ip",     "dst_port", "protocol",     "vlan_id",    "first_ts",
    "last_ts", "end_reason", "part",   "window",   "dir_source", "sni",      "community_id", "feature_set"};
constexpr std::string_view kLabel[] = {"label", "label_source", "label_confidence", "application"};
constexpr std::string_view kVote[] = {"votes",   "pred_label",         "pred_confidence", "explain",
                                      "verdict", "verdict_confidence", "verdict_source",  "agreement"};
constexpr std::string_view kText[] = {"flow_id",      "capture",     "src_ip",  "dst_ip",         "end_reason",
                                      "dir_source",   "sni",         "label",   "community_id",   "feature_set",
                                      "label_source", "application", "verdict", "verdict_source", "pred_label"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_dpi_key(std::string_view name) {
  return name.starts_with("dpi_");
}

}  // namespace

bool is_identity_key(std::string_view name) {
  return is_one_of(name, kIdentity) || is_dpi_key(name);
}
bool is_label_key(std::string_view name) {
  return is_one_of(name, kLabel);
}
bool is_vote_key(std::string_view name) {
  return is_one_of(name, kVote);
}

bool is_no_feature(std::string_view name) {
  return name != "protocol" && (is_identity_key(name) || is_label_key(name) || is_vote_key(name));
}

bool is_text_key(std::string_view name) {
  return is_one_of(name, kText) || is_dpi_key(name);
}

}  // namespace mltat
