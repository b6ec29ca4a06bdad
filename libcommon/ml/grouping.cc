// SPDX-License-Identifier: Apache-2.0
#include "ml/grouping.h"

#include "base/error.h"

namespace mltat {

bool is_column(std::string_view given) {
  return !given.empty() && given != kNone;
}

Grouping grouping_of(const std::string& group, const LabelledTable& table, std::string_view consequence, Log& log) {
  if (group == kNone) return {};
  if (!group.empty()) {
    named_column(table, group, "--group", true);
    return {group};
  }
  const TextColumn* captures = table.text(kCapture);
  if (captures != nullptr && captures->complete() && captures->distinct() > 1) return {std::string(kCapture)};
  const std::string why = captures == nullptr     ? "there is no column 'capture'"
                          : !captures->complete() ? "some rows have no 'capture'"
                                                  : "all rows are of one capture";
  log.warning(why + ": " + std::string(consequence) + " (--group COLUMN, or --group none to agree)");
  return {};
}

const TextColumn& named_column(const LabelledTable& table, const std::string& column, const std::string& option,
                               bool complete) {
  const TextColumn* found = table.text(column);
  if (found == nullptr) throw Error(ExitCode::usage, option + ": no row has a column '" + column + "'");
  if (complete && !found->complete())
    throw Error(ExitCode::bad_data, option + ": rows without a value in column '" + column + "'");
  return *found;
}

}  // namespace mltat
