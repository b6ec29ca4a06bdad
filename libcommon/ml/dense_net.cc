// SPDX-License-Identifier: Apache-2.0
#include "ml/dense_net.h"

#include <algorithm>
#include <cmath>

#include "ml/softmax.h"

namespace mltat {
namespace {

constexpr std::size_t kTileRows = 4;
constexpr std::size_t kTileColumns = 8;

std::size_t rounded_up(std::size_t n) {
  return (n + kTileColumns - 1) / kTileColumns * kTileColumns;
}

/// A matrix read as it lies or turned: entry (r, c) stands at r * row_step + c * column_step.
struct View {
  const float* values;
  std::size_t row_step, column_step;
};

/// out[m, n] += a[m, k] b[k, n]; b and out lie row by row. A tile of out stays in registers while k runs.
/// Requires: m is a multiple of kTileRows, n of kTileColumns.
void add_product(std::size_t m, std::size_t n, std::size_t k, View a, const float* __restrict b,
                 float* __restrict out) {
  for (std::size_t column = 0; column < n; column += kTileColumns)
    for (std::size_t row = 0; row < m; row += kTileRows) {
      float sums[kTileRows][kTileColumns] = {};
      for (std::size_t i = 0; i < k; ++i) {
        const float* __restrict right = b + i * n + column;
        for (std::size_t r = 0; r < kTileRows; ++r) {
          const float left = a.values[(row + r) * a.row_step + i * a.column_step];
          for (std::size_t c = 0; c < kTileColumns; ++c)
            sums[r][c] += left * right[c];
        }
      }
      for (std::size_t r = 0; r < kTileRows; ++r)
        for (std::size_t c = 0; c < kTileColumns; ++c)
          out[(row + r) * n + column + c] += sums[r][c];
    }
}

void transpose(const std::vector<float>& from, std::size_t rows, std::size_t columns, std::vector<float>& to) {
  to.resize(from.size());
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c)
      to[c * rows + r] = from[r * columns + c];
}

}  // namespace

DenseNet::DenseNet(const std::vector<DenseLayer>& layers) {
  for (const DenseLayer& given : layers) {
    Layer layer{rounded_up(given.inputs), rounded_up(given.outputs), given.inputs, given.outputs, {}, {}, {}};
    layer.weights.assign(layer.inputs * layer.outputs, 0);
    layer.bias.assign(layer.outputs, 0);
    for (std::size_t i = 0; i < given.inputs; ++i)
      std::copy_n(given.weights.begin() + static_cast<std::ptrdiff_t>(i * given.outputs), given.outputs,
                  layer.weights.begin() + static_cast<std::ptrdiff_t>(i * layer.outputs));
    std::copy(given.bias.begin(), given.bias.end(), layer.bias.begin());
    n_parameters_ += layer.weights.size() + layer.bias.size();
    layers_.push_back(std::move(layer));
  }
}

DenseNet DenseNet::random(std::span<const std::size_t> widths, Rng& rng) {
  std::vector<DenseLayer> layers;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    DenseLayer layer{widths[l], widths[l + 1], {}, std::vector<float>(widths[l + 1], 0)};
    const double limit = std::sqrt(6.0 / static_cast<double>(layer.inputs + layer.outputs));
    for (std::size_t i = 0; i < layer.inputs * layer.outputs; ++i)
      layer.weights.push_back(static_cast<float>(limit * (2 * rng.uniform() - 1)));
    layers.push_back(std::move(layer));
  }
  return DenseNet(layers);
}

std::vector<DenseLayer> DenseNet::layers() const {
  std::vector<DenseLayer> out;
  for (const Layer& layer : layers_) {
    DenseLayer plain{layer.true_inputs, layer.true_outputs, {}, {}};
    for (std::size_t i = 0; i < layer.true_inputs; ++i) {
      const auto row = layer.weights.begin() + static_cast<std::ptrdiff_t>(i * layer.outputs);
      plain.weights.insert(plain.weights.end(), row, row + static_cast<std::ptrdiff_t>(layer.true_outputs));
    }
    plain.bias.assign(layer.bias.begin(), layer.bias.begin() + static_cast<std::ptrdiff_t>(layer.true_outputs));
    out.push_back(std::move(plain));
  }
  return out;
}

void DenseNet::allot(Piece& piece) const {
  piece.values.resize(layers_.size() + 1);
  piece.values[0].resize(kPieceRows * stride());
  std::size_t widest = stride();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    piece.values[l + 1].resize(kPieceRows * layers_[l].outputs);
    widest = std::max(widest, layers_[l].outputs);
  }
  piece.slopes.resize(kPieceRows * widest);
  piece.next_slopes.resize(kPieceRows * widest);
}

void DenseNet::forward(Piece& piece) const {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    std::vector<float>& out = piece.values[l + 1];
    for (std::size_t r = 0; r < kPieceRows; ++r)
      std::copy(layer.bias.begin(), layer.bias.end(), out.begin() + static_cast<std::ptrdiff_t>(r * layer.outputs));
    add_product(kPieceRows, layer.outputs, layer.inputs, {piece.values[l].data(), layer.inputs, 1},
                layer.weights.data(), out.data());
    if (l + 1 < layers_.size())
      for (float& value : out)
        value = std::max(value, 0.0F);
  }
}

void DenseNet::predict(const float* inputs, std::size_t rows, Matrix& out, std::size_t first) const {
  Piece piece;
  allot(piece);
  for (std::size_t begin = 0; begin < rows; begin += kPieceRows) {
    const std::size_t n = std::min(kPieceRows, rows - begin);
    std::copy_n(inputs + begin * stride(), n * stride(), piece.values[0].begin());
    forward(piece);
    for (std::size_t r = 0; r < n; ++r) {
      const std::span<double> probabilities = out.row(first + begin + r);
      std::copy_n(piece.values.back().data() + r * layers_.back().outputs, probabilities.size(), probabilities.begin());
      softmax(probabilities);
    }
  }
}

void DenseNet::run_piece(Piece& piece, const Batch& batch, std::size_t begin, std::size_t end) const {
  allot(piece);
  piece.gradient.assign(n_parameters_, 0);
  piece.loss = 0;
  for (std::size_t r = begin; r < end; ++r)
    std::copy_n(batch.inputs + batch.rows[r] * stride(), stride(),
                piece.values[0].begin() + static_cast<std::ptrdiff_t>((r - begin) * stride()));
  forward(piece);

  const std::size_t classes = layers_.back().true_outputs;
  const std::size_t wide = layers_.back().outputs;
  std::fill_n(piece.slopes.begin(), kPieceRows * wide, 0.0F);
  std::vector<double> scores(classes);
  for (std::size_t r = begin; r < end; ++r) {
    const std::uint32_t row = batch.rows[r];
    std::copy_n(piece.values.back().data() + (r - begin) * wide, classes, scores.begin());
    const double label_score = scores[batch.labels[row]];
    piece.loss += static_cast<double>(batch.weights[row]) * (softmax(scores) - label_score);
    scores[batch.labels[row]] -= 1;
    for (std::size_t k = 0; k < classes; ++k)
      piece.slopes[(r - begin) * wide + k] = batch.weights[row] * static_cast<float>(scores[k]);
  }

  std::size_t place = n_parameters_;
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    place -= layer.weights.size() + layer.bias.size();
    float* gradient = piece.gradient.data() + place;
    add_product(layer.inputs, layer.outputs, kPieceRows, {piece.values[l].data(), 1, layer.inputs}, piece.slopes.data(),
                gradient);
    float* bias = gradient + layer.weights.size();
    for (std::size_t r = 0; r < kPieceRows; ++r)
      for (std::size_t o = 0; o < layer.outputs; ++o)
        bias[o] += piece.slopes[r * layer.outputs + o];
    if (l == 0) break;
    std::fill_n(piece.next_slopes.begin(), kPieceRows * layer.inputs, 0.0F);
    add_product(kPieceRows, layer.inputs, layer.outputs, {piece.slopes.data(), layer.outputs, 1},
                layer.transposed.data(), piece.next_slopes.data());
    for (std::size_t i = 0; i < kPieceRows * layer.inputs; ++i)
      piece.slopes[i] = piece.values[l][i] > 0 ? piece.next_slopes[i] : 0;
  }
}

double DenseNet::gradient(const Batch& batch, std::vector<float>& out, Threads threads) {
  for (std::size_t l = 1; l < layers_.size(); ++l)
    transpose(layers_[l].weights, layers_[l].inputs, layers_[l].outputs, layers_[l].transposed);
  const std::size_t rows = batch.rows.size();
  const std::size_t n = (rows + kPieceRows - 1) / kPieceRows;
  if (pieces_.size() < n) pieces_.resize(n);
  for_range(threads, rows, kPieceRows,
            [&](std::size_t begin, std::size_t end) { run_piece(pieces_[begin / kPieceRows], batch, begin, end); });
  out.assign(n_parameters_, 0);
  double loss = 0;
  for (std::size_t p = 0; p < n; ++p) {
    loss += pieces_[p].loss;
    for (std::size_t i = 0; i < n_parameters_; ++i)
      out[i] += pieces_[p].gradient[i];
  }
  const float share = 1 / static_cast<float>(rows);
  for (float& value : out)
    value *= share;
  return loss / static_cast<double>(rows);
}

std::vector<float> DenseNet::parameters() const {
  std::vector<float> out;
  for (const Layer& layer : layers_) {
    out.insert(out.end(), layer.weights.begin(), layer.weights.end());
    out.insert(out.end(), layer.bias.begin(), layer.bias.end());
  }
  return out;
}

void DenseNet::set_parameters(std::span<const float> values) {
  const float* from = values.data();
  for (Layer& layer : layers_) {
    std::copy_n(from, layer.weights.size(), layer.weights.begin());
    from += layer.weights.size();
    std::copy_n(from, layer.bias.size(), layer.bias.begin());
    from += layer.bias.size();
  }
}

void DenseNet::step(const Batch& batch, const StepRules& rules, Threads threads) {
  gradient(batch, gradient_, threads);
  velocity_.resize(n_parameters_, 0);
  std::size_t place = 0;
  const auto move = [&](std::vector<float>& values, float l2) {
    const float* slope = gradient_.data() + place;
    float* velocity = velocity_.data() + place;
    for (std::size_t i = 0; i < values.size(); ++i) {
      velocity[i] = rules.momentum * velocity[i] - rules.learning_rate * (slope[i] + l2 * values[i]);
      values[i] = std::clamp(values[i] + velocity[i], -kMaxDenseWeight, kMaxDenseWeight);
    }
    place += values.size();
  };
  for (Layer& layer : layers_) {
    move(layer.weights, rules.l2);
    move(layer.bias, 0);
  }
}

}  // namespace mltat
