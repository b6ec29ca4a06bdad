// SPDX-License-Identifier: Apache-2.0
/// What a tool needs to offer --dpi: its options, and the way from a verdict to the keys of a row
/// (mltat-formats(5), "DPI").
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/option.h"
#include "dpi/class_map.h"
#include "dpi/verdict.h"
#include "flow/identity.h"
#include "flow/labels.h"
#include "io/byte_source.h"

namespace mltat {

struct DpiSettings {
  bool on = false;        ///< --dpi
  std::string class_map;  ///< --class-map; empty: the shipped one
};

Options dpi_options(DpiSettings& settings);

/// Verdicts in words. Immutable once made; fields() may be called from any thread.
class DpiWords {
 public:
  /// `json` is a class map, named `source` in messages. Errors: as of Detector and ClassMap.
  DpiWords(std::string_view json, const std::string& source);

  DpiFields fields(const DpiVerdict& verdict) const;

 private:
  const std::string& protocol(std::uint16_t id) const;

  Vocabulary vocabulary_;
  ClassMap class_map_;
};

/// For a run on captures: the words if --dpi is given, else nothing. Errors: Error(usage) for options that need
/// --dpi and go without; no_input, bad_data for the class map.
std::optional<DpiWords> make_dpi(const DpiSettings& settings, const LabelSettings& labels,
                                 const std::function<std::unique_ptr<ByteSource>(const std::string&)>& open);

}  // namespace mltat
