// SPDX-License-Identifier: Apache-2.0
#include "dpi/dpi.h"

#include "base/error.h"
#include "dpi/detector.h"

namespace mltat {

Options dpi_options(DpiSettings& settings) {
  Options options;
  options.push_back(flag("--dpi", settings.on, "inspect payload with libndpi and tell protocol, category and class"));
  options.push_back(reads(text("--class-map", "FILE", settings.class_map,
                               "classes of DPI protocols and categories as JSON, in place of the built-in map")));
  return options;
}

DpiWords::DpiWords(std::string_view json, const std::string& source)
    : vocabulary_(make_vocabulary()), class_map_(json, source, vocabulary_) {}

const std::string& DpiWords::protocol(std::uint16_t id) const {
  static const std::string kNone;
  return id > 0 && id < vocabulary_.protocols.size() ? vocabulary_.protocols[id] : kNone;
}

DpiFields DpiWords::fields(const DpiVerdict& verdict) const {
  DpiFields fields;
  if (!verdict.known()) return fields;
  const std::string& carrier = protocol(verdict.master);
  const std::string& application = protocol(verdict.application);
  fields.proto = carrier;
  if (!application.empty() && application != carrier) (fields.proto += carrier.empty() ? "" : ".") += application;
  if (verdict.category > 0 && verdict.category < vocabulary_.categories.size())
    fields.category = vocabulary_.categories[verdict.category];
  if (verdict.confidence > 0 && verdict.confidence < vocabulary_.confidences.size())
    fields.confidence = vocabulary_.confidences[verdict.confidence];
  fields.label = class_map_.class_of(verdict);
  fields.server_name = verdict.server_name;
  return fields;
}

std::optional<DpiWords> make_dpi(const DpiSettings& settings, const LabelSettings& labels,
                                 const std::function<std::unique_ptr<ByteSource>(const std::string&)>& open) {
  if (settings.on) {
    if (settings.class_map.empty()) return std::optional<DpiWords>(std::in_place, shipped_class_map(), "class map");
    const auto source = open(settings.class_map);
    return std::optional<DpiWords>(std::in_place, read_all(*source), source->name());
  }
  if (!settings.class_map.empty()) throw Error(ExitCode::usage, "--class-map maps what --dpi finds: give --dpi too");
  if (labels.from_dpi) throw Error(ExitCode::usage, "--label-from dpi labels by what --dpi finds: give --dpi too");
  return std::nullopt;
}

}  // namespace mltat
