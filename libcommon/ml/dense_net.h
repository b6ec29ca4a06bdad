// SPDX-License-Identifier: Apache-2.0
/// A network of dense layers with ReLU between them and softmax behind the last: forward, backward and one step of
/// stochastic gradient descent, in floats.
///
/// A batch is cut into pieces of kPieceRows rows whose gradients are summed from the first to the last, and every sum
/// inside runs in one order, so the bytes depend neither on the threads nor on how wide the machine's vectors are.
/// Widths are padded to whole vectors; what is padded stays 0.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/rng.h"
#include "ml/table.h"
#include "parallel/pipeline.h"

namespace mltat {

/// output[o] = bias[o] + sum over i of input[i] weights[i * outputs + o]
struct DenseLayer {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<float> weights;
  std::vector<float> bias;
};

/// The absolute value of a weight never grows beyond this, so that no sum of a layer of kMaxWidth overflows.
inline constexpr float kMaxDenseWeight = 1e6F;
inline constexpr std::size_t kMaxWidth = 65536;

struct StepRules {
  float learning_rate;
  float momentum;
  float l2;  ///< of half the squared weights, biases left out
};

class DenseNet {
 public:
  static constexpr std::size_t kPieceRows = 32;

  /// Requires: each layer takes what the one before gives; weights are at most kMaxDenseWeight.
  explicit DenseNet(const std::vector<DenseLayer>& layers);

  /// Uniform weights within +-sqrt(6 / (inputs + outputs)), biases 0. `widths`: inputs, hidden..., outputs.
  static DenseNet random(std::span<const std::size_t> widths, Rng& rng);

  std::vector<DenseLayer> layers() const;
  std::size_t stride() const { return layers_.front().inputs; }  ///< floats from one row of input to the next

  /// The probabilities of `rows` rows of input, a row's inputs followed by zeros up to stride(). Thread-safe.
  void predict(const float* inputs, std::size_t rows, Matrix& out, std::size_t first) const;

  struct Batch {
    const float* inputs;                    ///< of all rows
    std::span<const std::uint32_t> labels;  ///< of all rows
    std::span<const float> weights;         ///< of all rows
    std::span<const std::uint32_t> rows;    ///< those of the batch
  };
  /// Writes the mean over the batch of weight x (-ln P(label)), differentiated by each weight and bias, in the order of
  /// parameters(). Returns that mean.
  double gradient(const Batch& batch, std::vector<float>& out, Threads threads);
  /// All numbers, padded ones too: of each layer the weights, then the biases.
  std::vector<float> parameters() const;
  void set_parameters(std::span<const float> values);

  /// One step against the gradient, with momentum.
  void step(const Batch& batch, const StepRules& rules, Threads threads);

 private:
  struct Layer {
    std::size_t inputs, outputs;            ///< padded
    std::size_t true_inputs, true_outputs;  ///< as given
    std::vector<float> weights, transposed, bias;
  };
  struct Piece {
    std::vector<std::vector<float>> values;  ///< [layer] inputs of the layer, then the outputs of the last
    std::vector<float> slopes, next_slopes;
    std::vector<float> gradient;
    double loss = 0;
  };
  void forward(Piece& piece) const;
  void run_piece(Piece& piece, const Batch& batch, std::size_t begin, std::size_t end) const;
  void allot(Piece& piece) const;

  std::vector<Layer> layers_;
  std::size_t n_parameters_ = 0;
  std::vector<Piece> pieces_;
  std::vector<float> gradient_, velocity_;
};

}  // namespace mltat
