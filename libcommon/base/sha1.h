// SPDX-License-Identifier: Apache-2.0
/// SHA-1 and base64, for community_id alone: an identifier, not a defence. References: FIPS 180-4, RFC 4648.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace mltat {

std::array<std::uint8_t, 20> sha1(Bytes data);
/// The same without the instructions that some processors have for it: the reference of the other.
std::array<std::uint8_t, 20> portable_sha1(Bytes data);
void append_base64(std::string& out, Bytes data);

}  // namespace mltat
