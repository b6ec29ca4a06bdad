// SPDX-License-Identifier: Apache-2.0
#include "ml/markdown.h"

namespace mltat {

std::string markdown_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '`' || c == '*' || c == '_' || c == '<') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

MarkdownTable::MarkdownTable(const std::vector<std::string>& header) {
  add(header);
  text_ += "|:--";
  for (std::size_t i = 1; i < header.size(); ++i)
    text_ += "|--:";
  text_ += "|\n";
}

void MarkdownTable::add(const std::vector<std::string>& row) {
  for (const std::string& value : row)
    text_ += "| " + markdown_text(value) + " ";
  text_ += "|\n";
}

}  // namespace mltat
