// SPDX-License-Identifier: Apache-2.0
#include "io/csv.h"

#include <algorithm>

namespace mltat {
namespace {

/// Length of the quoted field at the front of `text`, 0 if it is not closed.
std::size_t quoted_length(std::string_view text) {
  std::size_t at = 1;
  while (true) {
    at = text.find('"', at);
    if (at == std::string_view::npos) return 0;
    ++at;
    if (at >= text.size() || text[at] != '"') return at;
    ++at;
  }
}

}  // namespace

std::optional<std::string> split_csv(std::string_view record, std::vector<std::string_view>& out) {
  out.clear();
  while (true) {
    std::size_t length = 0;
    if (!record.empty() && record.front() == '"') {
      length = quoted_length(record);
      if (length == 0) return "a quoted field that does not end";
      if (length < record.size() && record[length] != ',') return "text behind the closing quote of a field";
    } else {
      length = std::min(record.find(','), record.size());
      if (record.substr(0, length).find('"') != std::string_view::npos)
        return "a quote inside a field that is not quoted";
    }
    out.push_back(record.substr(0, length));
    if (length == record.size()) return std::nullopt;
    record.remove_prefix(length + 1);
  }
}

void append_unquoted(std::string& out, std::string_view field) {
  if (field.empty() || field.front() != '"') {
    out.append(field);
    return;
  }
  field = field.substr(1, field.size() - 2);
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '"') ++i;  // the second of two stands for both
    out += field[i];
  }
}

}  // namespace mltat
