// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mltat {

/// Is it a feature that featurize can write, of any family?
bool is_feature(std::string_view name);

/// The unit of a feature that featurize writes; empty for any other column.
std::string unit_of(std::string_view name);

}  // namespace mltat
