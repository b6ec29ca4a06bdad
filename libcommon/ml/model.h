// SPDX-License-Identifier: Apache-2.0
/// A trained classifier and its file: one line of JSON, readable with jq, nothing opaque
/// (mltat-formats(5), "Model").
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ml/calibration.h"
#include "ml/classifier.h"
#include "ml/profile.h"
#include "ml/recipe.h"
#include "ml/table.h"
#include "ml/thresholds.h"

namespace mltat {

struct Model {
  std::string algorithm;                ///< registry name: c45, rf, ...
  std::vector<std::string> classes;     ///< by name, ascending; the order of every probability
  std::optional<std::string> positive;  ///< binary one-vs-rest: the class voted for; the other is `background`
  std::vector<std::string> features;    ///< names, in the order of the classifier's columns
  std::string feature_set;              ///< as in the rows trained on, empty when they carried none
  std::optional<double> weight;         ///< cross-validated macro-F1, the weight of its vote
  std::string training;                 ///< JSON text of the training facts, kept as read
  std::string parameters;               ///< JSON text
  std::shared_ptr<const Classifier> classifier;
  Multiclass multiclass = Multiclass::native;  ///< how the classifier sees more than two classes
  std::optional<Calibration> calibration = {};
  std::optional<Thresholds> thresholds = {};  ///< below: `unknown`
  std::optional<Profile> profile = {};        ///< of the rows learned from
  std::vector<std::string> units = {};        ///< of the features, for readers of the file; empty: not known

  /// The classifier's probabilities, calibrated where the model is. Fills out [x.rows() x classes].
  void predict_proba(const Columns& x, Matrix& out) const;
};

/// One line of JSON with a newline.
std::string to_text(const Model& model);

/// Trusts nothing: sizes, indices, NaN and cycles are checked. `multiclass`, `calibration`, `thresholds` and `profile`
/// may be left out: native, and none. Errors: Error(bad_data) naming file and fact;
/// Error(mismatch) for a version this program does not know.
Model parse_model(std::string_view text, const std::string& name);

}  // namespace mltat
