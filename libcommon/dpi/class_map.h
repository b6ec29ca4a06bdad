// SPDX-License-Identifier: Apache-2.0
/// Which class a verdict stands for: a JSON file (mltat-formats(5), "Class map") of protocols and categories.
///
/// The most specific entry decides: protocol and application together ("TLS.Dropbox"), a protocol whatever it
/// carries ("DNS.*"), the application alone, the protocol that carries it, the category. An entry of null ends the
/// search without a class.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "dpi/verdict.h"

namespace mltat {

/// Immutable once made.
class ClassMap {
 public:
  /// `source` names the text in messages. Errors: Error(bad_data) for what is no class map; for a protocol or
  /// category that libndpi does not have, with the nearest names.
  ClassMap(std::string_view json, const std::string& source, const Vocabulary& vocabulary);

  /// Empty: no class.
  std::string_view class_of(const DpiVerdict& verdict) const;

 private:
  /// By 0x10000 * carrier + application; 0xffff stands for any application, carrier 0 for the protocol alone.
  std::unordered_map<std::uint32_t, std::string> by_protocol_;
  std::unordered_map<std::uint32_t, std::string> by_category_;
};

/// The map that is shipped, share/mltat/class_map.json.
std::string_view shipped_class_map();

}  // namespace mltat
