// SPDX-License-Identifier: Apache-2.0
/// Stacking: the votes of several models as the features of one more. The votes must be out-of-fold, of models that
/// had not seen the row (train --oof), else the last model learns to trust whoever remembers best.
/// Reference: Wolpert, "Stacked generalization", 1992.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/byte_source.h"

namespace mltat {

/// `MODEL.CLASS`: the column that holds a model's probability of a class.
std::string stacked_column(std::string_view model, std::string_view name);

struct StackedRows {
  std::string text;                  ///< NDJSON: what the rows of the first file carry, and the columns
  std::vector<std::string> columns;  ///< of all models, as they come
};

/// Reads files of rows with votes that tell their probabilities. Each holds the same rows in the same order, and the
/// models of all are put side by side. Memory: the text.
/// Errors: Error(bad_data) naming the place: votes are missing, unreadable or without probabilities, a model stands in
/// two files, a row is not that of the first file, a file ends early.
StackedRows stack_rows(const std::vector<std::string>& paths,
                       const std::function<std::unique_ptr<ByteSource>(const std::string&)>& open,
                       const std::string& label);

}  // namespace mltat
