// SPDX-License-Identifier: Apache-2.0
/// Names of link types, for messages. Internal to capture/.
#pragma once

#include <string>

namespace mltat {

/// `link type 147 (USER0) is not supported; ...`, or without the name where it is not known.
std::string unsupported_link_type(unsigned number);

}  // namespace mltat
