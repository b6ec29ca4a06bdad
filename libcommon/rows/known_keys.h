// SPDX-License-Identifier: Apache-2.0
/// The keys that rows carry besides features (mltat-formats(5), "Feature row", "Prediction row", "Verdict row").
/// They tell whose row it is, what is known of it and what was said of it; none is ever a feature by default but
/// `protocol`, which is both identity and feature.
#pragma once

#include <string_view>

namespace mltat {

/// The keys that tell rows apart: of which flow, which piece, which window.
inline constexpr std::string_view kRowIdentity[] = {"capture", "flow_id", "part", "window"};

/// Says whose row it is; copied from tool to tool.
bool is_identity_key(std::string_view name);

/// Says what the row is known to be: label, label_source, label_confidence, application.
bool is_label_key(std::string_view name);

/// Written by predict or fuse. A later tool of the kind replaces them.
bool is_vote_key(std::string_view name);

/// Never a feature unless --include names it.
bool is_no_feature(std::string_view name);

/// A text even where its CSV field looks like a number: a flow_id of decimal digits is still a text.
bool is_text_key(std::string_view name);

}  // namespace mltat
