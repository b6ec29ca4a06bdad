// SPDX-License-Identifier: Apache-2.0
/// The numbers that learners see: columns of doubles, and what is known of each row beside them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mltat {

/// Column-major matrix [n_rows x n_columns]: column c is contiguous. Row order is the caller's.
class Columns {
 public:
  Columns() = default;
  Columns(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns), values_(rows * columns) {}

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::span<double> column(std::size_t c) { return {values_.data() + c * rows_, rows_}; }
  std::span<const double> column(std::size_t c) const { return {values_.data() + c * rows_, rows_}; }

 private:
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::vector<double> values_;
};

/// Row-major matrix [n_rows x n_classes] of probabilities.
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t columns) : columns_(columns), values_(rows * columns) {}
  std::size_t rows() const { return columns_ == 0 ? 0 : values_.size() / columns_; }
  std::size_t columns() const { return columns_; }
  std::span<double> row(std::size_t r) { return {values_.data() + r * columns_, columns_}; }
  std::span<const double> row(std::size_t r) const { return {values_.data() + r * columns_, columns_}; }

 private:
  std::size_t columns_ = 0;
  std::vector<double> values_;
};

}  // namespace mltat
