// SPDX-License-Identifier: Apache-2.0
/// Text and tables as Markdown, for cards.
#pragma once

#include <string>
#include <vector>

namespace mltat {

/// Text as Markdown shows it inside a table cell.
std::string markdown_text(const std::string& text);

/// The first column stands to the left, the others to the right. Texts are made safe here.
class MarkdownTable {
 public:
  explicit MarkdownTable(const std::vector<std::string>& header);
  void add(const std::vector<std::string>& row);
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

}  // namespace mltat
