// SPDX-License-Identifier: Apache-2.0
#include "io/counters.h"

#include "base/number_text.h"
#include "io/json_text.h"
#include "io/output.h"

namespace mltat {
namespace {

/// The value of a label in the text format of Prometheus.
std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

}  // namespace

void Counters::add(std::string_view name, std::uint64_t value, std::string_view help) {
  add(name, "", "", value, help);
}

void Counters::add(std::string_view name, std::string_view label, std::string_view label_value, std::uint64_t value,
                   std::string_view help) {
  counters_.push_back({std::string(name), std::string(label), std::string(label_value), value, std::string(help)});
}

std::string Counters::json() const {
  std::string out = "{";
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const Counter& counter = counters_[i];
    const bool labelled = !counter.label.empty();
    const bool continues = i > 0 && counters_[i - 1].name == counter.name;
    if (i > 0) out += ',';
    if (!continues) {
      append_json_string(out, counter.name);
      out += labelled ? ":{" : ":";
    }
    if (labelled) {
      append_json_string(out, counter.label_value);
      out += ':';
    }
    append_uint(out, counter.value);
    const bool last = i + 1 == counters_.size() || counters_[i + 1].name != counter.name;
    if (labelled && last) out += '}';
  }
  return out + "}\n";
}

std::string Counters::prometheus(std::string_view tool) const {
  std::string out;
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const Counter& counter = counters_[i];
    const std::string metric = "mltat_" + counter.name + "_total";
    if (i == 0 || counters_[i - 1].name != counter.name) {
      out += "# HELP " + metric + " " + counter.help + "\n";
      out += "# TYPE " + metric + " counter\n";
    }
    out.append(metric).append("{tool=\"").append(tool) += '"';
    if (!counter.label.empty()) out += "," + counter.label + "=\"" + escaped(counter.label_value) + "\"";
    out += "} ";
    append_uint(out, counter.value);
    out += '\n';
  }
  return out;
}

void Counters::write(const std::string& path, std::string_view tool) const {
  write_file(path, path.ends_with(".prom") ? prometheus(tool) : json());
}

}  // namespace mltat
