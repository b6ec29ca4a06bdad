// SPDX-License-Identifier: Apache-2.0
#include "ml/bins.h"

#include <algorithm>
#include <array>
#include <bit>

namespace mltat {
namespace {

struct Keyed {
  std::uint64_t key;
  std::uint32_t row;
};

/// Doubles as integers of the same order; both zeros are the same key.
std::uint64_t key_of(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);
  return (bits >> 63) != 0 ? ~bits : bits | (std::uint64_t{1} << 63);
}

double value_of(std::uint64_t key) {
  return std::bit_cast<double>((key >> 63) != 0 ? key & ~(std::uint64_t{1} << 63) : ~key);
}

/// Radix sort by key, stable. Digits that all keys share cost one count and no move.
void sort_keyed(std::vector<Keyed>& items, std::vector<Keyed>& spare) {
  constexpr int kDigitBits = 11;
  constexpr std::uint64_t kMask = (1U << kDigitBits) - 1;
  spare.resize(items.size());
  std::uint64_t differing = 0;
  for (const Keyed& item : items)
    differing |= item.key ^ items.front().key;
  for (int shift = 0; shift < 64; shift += kDigitBits) {
    if ((differing >> shift & kMask) == 0) continue;
    std::array<std::uint32_t, kMask + 1> place{};
    for (const Keyed& item : items)
      ++place[item.key >> shift & kMask];
    std::uint32_t sum = 0;
    for (std::uint32_t& p : place) {
      const std::uint32_t count = p;
      p = sum;
      sum += count;
    }
    for (const Keyed& item : items)
      spare[place[item.key >> shift & kMask]++] = item;
    items.swap(spare);
  }
}

/// Midway between a < b, but never b itself, so that a <= threshold < b holds after rounding.
double midway(double a, double b) {
  const double middle = a / 2 + b / 2;
  return middle >= a && middle < b ? middle : a;
}

/// Rows of a value that is met `run` times go into the bin under way or begin the next one.
class BinFiller {
 public:
  BinFiller(std::size_t rows, std::size_t distinct, std::size_t bins)
      : exact_(distinct <= bins), rows_left_(rows), bins_left_(bins) {}

  /// Does a new bin begin before this value?
  bool begins_bin(std::size_t run) {
    const bool cut = filled_ > 0 && bins_left_ > 1 &&
                     (exact_ || filled_ * bins_left_ >= rows_left_ || run * bins_left_ >= rows_left_);
    if (cut) {
      rows_left_ -= filled_;
      --bins_left_;
      filled_ = 0;
    }
    filled_ += run;
    return cut;
  }

 private:
  bool exact_;
  std::size_t rows_left_;  ///< of the bin under way and all later ones
  std::size_t bins_left_;  ///< the bin under way included
  std::size_t filled_ = 0;
};

void bin_column(std::span<const double> values, std::size_t bins, std::vector<Keyed>& items, std::vector<Keyed>& spare,
                std::vector<double>& thresholds, std::uint8_t* codes) {
  const std::size_t rows = values.size();
  items.resize(rows);
  for (std::size_t i = 0; i < rows; ++i)
    items[i] = {key_of(values[i]), static_cast<std::uint32_t>(i)};
  sort_keyed(items, spare);
  std::size_t distinct = rows > 0;
  for (std::size_t i = 1; i < rows; ++i)
    distinct += items[i].key != items[i - 1].key;

  BinFiller filler(rows, distinct, bins);
  for (std::size_t begin = 0, end = 0; begin < rows; begin = end) {
    while (end < rows && items[end].key == items[begin].key)
      ++end;
    if (filler.begins_bin(end - begin))
      thresholds.push_back(midway(value_of(items[begin - 1].key), value_of(items[begin].key)));
    for (std::size_t i = begin; i < end; ++i)
      codes[items[i].row] = static_cast<std::uint8_t>(thresholds.size());
  }
}

}  // namespace

BinnedColumns bin_columns(const Columns& x, std::size_t bins, Threads threads) {
  BinnedColumns out;
  out.rows = x.rows();
  out.thresholds.resize(x.columns());
  out.codes.resize(x.rows() * x.columns());
  constexpr std::size_t kColumnsPerPiece = 4;
  for_range(threads, x.columns(), kColumnsPerPiece, [&](std::size_t begin, std::size_t end) {
    std::vector<Keyed> items, spare;
    for (std::size_t c = begin; c < end; ++c)
      bin_column(x.column(c), bins, items, spare, out.thresholds[c], out.codes.data() + c * x.rows());
  });
  return out;
}

std::size_t code_of(std::span<const double> thresholds, double value) {
  // Binary search without a branch to mispredict: the answer lies in [first, first + count].
  std::size_t first = 0;
  for (std::size_t count = thresholds.size(); count > 0;) {
    const std::size_t half = (count + 1) / 2;
    first += thresholds[first + half - 1] < value ? half : 0;
    count -= half;
  }
  return first;
}

}  // namespace mltat
