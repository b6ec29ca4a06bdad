// SPDX-License-Identifier: Apache-2.0
/// Who is judged on what: folds of rows for cross-validation and test sets, as a function of labels, groups and
/// seed. Rows are indices into a table whose order is fixed (LabelledTable), so the folds are too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mltat {

/// Words in place of numbers, for columns such as `capture`: row r has names[values[r]]. Names are ascending.
struct TextColumn {
  static constexpr std::uint32_t kNone = UINT32_MAX;
  std::vector<std::uint32_t> values;  ///< [rows], kNone where the row has none
  std::vector<std::string> names;

  bool complete() const;
  /// Names that some row has.
  std::size_t distinct() const;
};

struct Fold {
  std::string name;                  ///< what is left out; empty for numbered folds
  std::vector<std::uint32_t> train;  ///< ascending
  std::vector<std::uint32_t> test;   ///< ascending
};

/// k folds, each with its share of every class, as even as can be. Requires: k >= 2.
/// Errors: Error(bad_data) for fewer rows than folds.
std::vector<Fold> stratified_folds(std::span<const std::uint32_t> labels, std::size_t n_classes, std::size_t k,
                                   std::uint64_t seed);

/// k folds, no group on both sides of any. Groups are dealt from the largest to the smallest, each to the fold where
/// the shares of the classes stay most even. Requires: k >= 2, groups are complete.
/// Errors: Error(bad_data) for fewer groups than folds.
std::vector<Fold> grouped_folds(std::span<const std::uint32_t> labels, std::size_t n_classes, const TextColumn& groups,
                                std::size_t k, std::uint64_t seed);

/// One fold for each name of the column. Requires: the column is complete.
/// Errors: Error(bad_data) for fewer than two names.
std::vector<Fold> given_folds(const TextColumn& column);

/// How many folds judge what nobody asked to be judged otherwise.
inline constexpr std::size_t kJudgingFolds = 5;
/// k folds, or as many as there are groups or rows, to judge by; none where there are fewer than two.
std::vector<Fold> judging_folds(std::span<const std::uint32_t> labels, std::size_t n_classes, const TextColumn* groups,
                                std::size_t k, std::uint64_t seed);

struct LeaveOut {
  std::vector<Fold> folds;                     ///< one for each name that is tested, ascending
  std::vector<std::uint32_t> skipped_classes;  ///< classes with fewer than two names: leaving one out leaves nothing
};

/// For each name of the column: trained on the rows of all others (and those without a name), tested on its rows of
/// the classes that have another name.
LeaveOut leave_one_out(std::span<const std::uint32_t> labels, std::size_t n_classes, const TextColumn& column);

/// One fold whose test rows are about `fraction` of every class; with `groups`, of whole groups only.
/// Requires: 0 < fraction < 1. Errors: Error(bad_data) where a side would be empty.
Fold hold_out(std::span<const std::uint32_t> labels, std::size_t n_classes, const TextColumn* groups, double fraction,
              std::uint64_t seed);

/// Training strictly before testing: the rows by time are cut into k + 1 blocks of about the same size, equal times
/// never apart, and each block but the first is tested on what was learned from the rows before it, as far as no
/// `groups` value of theirs stands in the block too (null: no groups). A block with nothing before it is left out.
/// Requires: k >= 1, times finite. Errors: Error(bad_data) where no block is left.
std::vector<Fold> time_folds(std::span<const double> times, const TextColumn* groups, std::size_t k);

/// One fold whose test rows are the latest `fraction`, about; equal times and groups as in time_folds.
/// Requires: 0 < fraction < 1. Errors: Error(bad_data) where a side would be empty.
Fold hold_out_latest(std::span<const double> times, const TextColumn* groups, double fraction);

/// At most `most` rows of every class, drawn by the seed; ascending.
std::vector<std::uint32_t> cap_rows(std::span<const std::uint32_t> labels, std::size_t n_classes, std::size_t most,
                                    std::uint64_t seed);

/// About `share` of the rows of every class, at least one; with `groups`, all rows of whole groups. Ascending.
/// Requires: 0 < share < 1.
std::vector<std::uint32_t> draw_share(std::span<const std::uint32_t> labels, std::size_t n_classes,
                                      const TextColumn* groups, double share, std::uint64_t seed);

}  // namespace mltat
