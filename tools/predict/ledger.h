// SPDX-License-Identifier: Apache-2.0
/// What a run finds out about its models while they vote: figures against the truth, rows out of the range that was
/// learned from, drift. Fed serially, in the order of the rows.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/counters.h"
#include "io/output.h"
#include "io/streams.h"
#include "ml/metrics.h"
#include "ml/table.h"
#include "tools/predict/drift_watch.h"
#include "tools/predict/panel.h"

namespace mltat::predict {

class Ledger {
 public:
  /// Opens the file of --drift. Errors: Error(cannot_create).
  Ledger(const ToolOptions& options, const Streams& streams, const std::shared_ptr<const Panel>& panel);

  /// Rows that were written, and by voter what the models say of them. Another panel than in the last call ends
  /// the windows under way; figures are kept by the name of the model.
  void add(const std::shared_ptr<const Panel>& panel, const RowBatch& batch, const std::vector<Matrix>& proba);

  /// Ends the windows under way, and the file. Errors: Error(io).
  void finish();

  void add_to(Counters& counters) const;
  /// Writes the report, if one is asked for. With one model its figures stand on top; each model's stand among the
  /// members.
  void report() const;
  /// `rf in 2 of 5`; empty: no window has drifted.
  std::string drifted() const;

 private:
  /// All that is known of the models of one name.
  struct Member {
    std::string name;
    Score score = {};
    std::uint64_t out_of_range = 0;  ///< rows
    std::uint64_t windows = 0;
    std::uint64_t drifted = 0;
  };

  void change_panel(const std::shared_ptr<const Panel>& panel);
  void judge(const RowBatch& batch, std::size_t v, const Matrix& proba);
  void count_out_of_range(const RowBatch& batch, std::size_t v);
  void watch(const RowBatch& batch, std::size_t v, const Matrix& proba);
  void close_window(std::size_t v);

  const ToolOptions& options_;
  const Streams& streams_;
  std::optional<Output> drift_;
  std::shared_ptr<const Panel> panel_;
  std::deque<Member> members_;  ///< in the order in which they came
  std::vector<Member*> of_voter_;
  std::vector<DriftWatch> watches_;  ///< by voter; empty: not asked for
  std::vector<double> values_;       ///< scratch: a row
  std::vector<char> outside_;        ///< scratch: by row
};

}  // namespace mltat::predict
