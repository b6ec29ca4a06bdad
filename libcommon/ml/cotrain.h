// SPDX-License-Identifier: Apache-2.0
/// Co-training: a few labelled rows and many without a label become labelled rows (cotrain_plan.h says how).
///
/// Given labels are never changed. The order of rows is the caller's (LabelledTable); the result depends on rows,
/// plan and seed alone, not on threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ml/cotrain_plan.h"
#include "ml/labelled_table.h"
#include "ml/metrics.h"
#include "ml/split.h"

namespace mltat {

/// What a model says of a row.
struct Opinion {
  std::uint32_t label = 0;
  double confidence = 0;
};

/// How a rule did on the given rows that it answered with a class and no earlier rule had, by models that had not seen
/// their groups.
struct GateRecord {
  std::uint64_t rows = 0;
  std::uint64_t right = 0;   ///< of which it is the class
  std::uint64_t groups = 0;  ///< they are of so many; without groups each row is one
  /// To be expected of a group not seen yet: (sum over groups of the share of right rows + 1) / (groups + 2), the rule
  /// of succession (Laplace). So a few groups prove little, however many rows they have.
  double precision = 0;
  bool open = true;  ///< may the rule label with the class
};

struct PhaseClass {
  std::uint64_t labelled = 0;      ///< rows that got the class in this phase
  std::uint64_t over_cap = 0;      ///< rows that would have, but the class had grown enough
  std::optional<GateRecord> gate;  ///< none: there is no gate
};

struct PhaseRecord {
  std::size_t passes = 0;
  std::uint64_t open = 0;    ///< rows without a label before it
  std::uint64_t asked = 0;   ///< rows that the views answered, over all passes; final vote: 0
  std::uint64_t agreed = 0;  ///< of these, with the same answer
  std::uint64_t labelled = 0;
  std::vector<PhaseClass> classes;
};

/// Of each row: who labelled it. 0: the label was given; p: phase p; rules + 1: the final vote.
using Phase = std::uint16_t;

struct CotrainResult {
  std::vector<std::uint32_t> labels;  ///< of all rows
  std::vector<double> confidences;    ///< 1 for given labels
  /// Who labelled each row first, and with what; the final vote may have overruled a phase.
  std::vector<Phase> proposed_by;
  std::vector<std::uint32_t> proposed;
  std::vector<PhaseRecord> records;  ///< of the phases, then of the final vote
  std::vector<Opinion> supervised;   ///< of all rows, by the forest learned from the given labels alone; given: as given

  Phase final_phase() const { return static_cast<Phase>(records.size()); }
  /// Who gave the label that the row has.
  Phase source(std::size_t row) const { return labels[row] == proposed[row] ? proposed_by[row] : final_phase(); }
};

struct CotrainInput {
  const LabelledTable& table;             ///< whose features and classes count
  std::span<const std::uint32_t> labels;  ///< of its rows, kUnlabelled where none is given
  const TextColumn* groups;               ///< rows of one group are judged together; null: each by itself
  std::uint64_t seed;
  std::function<void(const std::string&)> progress = {};  ///< told what is being done, from the calling thread
};

/// Requires: at least two classes among the given labels.
/// Errors: those of fit_recipe and view_columns.
CotrainResult co_train(const CotrainPlan& plan, const CotrainInput& input, Threads threads);

/// Fewer rows with a label, or a class whose labels are of one group: too few to be multiplied.
inline constexpr std::size_t kFewLabels = 100;
/// Why these labels are too few; nothing if they are enough.
std::optional<std::string> too_few_labels(const CotrainInput& input);

}  // namespace mltat
