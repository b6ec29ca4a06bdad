// SPDX-License-Identifier: Apache-2.0
#include "tools/predict/voters.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "ml/metrics.h"
#include "rows/column_choice.h"

namespace mltat::predict {
namespace {

namespace fs = std::filesystem;

/// The model files that a path stands for, by name.
std::vector<std::string> model_files(const std::string& path) {
  std::error_code code;
  if (!fs::is_directory(path, code)) return {path};
  std::vector<std::string> files;
  for (fs::directory_iterator it(path, code), end; !code && it != end; it.increment(code))
    if (it->path().extension() == ".json") files.push_back(it->path().string());
  if (code) throw Error(ExitCode::no_input, path + ": cannot read the folder: " + code.message());
  if (files.empty()) throw Error(ExitCode::no_input, path + ": no model (*.json) in this folder");
  std::sort(files.begin(), files.end());
  return files;
}

/// `mltat30+flags/1`: families joined by +, then the version of their definitions.
struct FeatureSetName {
  explicit FeatureSetName(std::string_view name)
      : families(split_globs({families_text(name)})), version(name.substr(std::min(name.find('/'), name.size()))) {}

  static std::string families_text(std::string_view name) {
    std::string text(name.substr(0, name.find('/')));
    std::replace(text.begin(), text.end(), '+', ',');
    return text;
  }

  std::vector<std::string> families;
  std::string_view version;
};

bool serves(std::string_view of_rows, std::string_view of_model) {
  if (of_rows == of_model || of_model.empty()) return true;
  const FeatureSetName rows(of_rows);
  const FeatureSetName model(of_model);
  return rows.version == model.version &&
         std::all_of(model.families.begin(), model.families.end(), [&](const std::string& family) {
           return std::find(rows.families.begin(), rows.families.end(), family) != rows.families.end();
         });
}

}  // namespace

Voters::Voters(const std::vector<std::string>& paths, const decltype(Streams::open)& open) {
  for (const std::string& path : paths)
    for (const std::string& file : model_files(path))
      add(file, open);
}

void Voters::add(const std::string& path, const decltype(Streams::open)& open) {
  if (path == "-") throw Error(ExitCode::usage, "--model: a model is a file, standard input is for rows");
  const fs::path file(path);
  const std::string name = (file.extension() == ".json" ? file.stem() : file.filename()).string();
  for (const Voter& other : voters_)
    if (other.name == name)
      throw Error(ExitCode::usage,
                  "--model: two models are called '" + name + "': rename one, votes are told apart by it");
  Voter voter{name, parse_model(read_all(*open(path)), path), {}};
  for (const std::string& feature : voter.model.features) {
    const auto known = std::find(features_.begin(), features_.end(), feature);
    voter.columns.push_back(static_cast<std::size_t>(known - features_.begin()));
    if (known == features_.end()) features_.push_back(feature);
  }
  voters_.push_back(std::move(voter));
}

void Voters::check_columns(const RowStream& stream) const {
  for (const Voter& voter : voters_)
    for (const std::string& feature : voter.model.features)
      if (!stream.has(feature))
        throw Error(ExitCode::mismatch, stream.name + ": no column '" + feature + "', which model '" + voter.name +
                                            "' wants: make the rows as those that it was trained on");
}

std::optional<std::string> Voters::misfit(std::string_view feature_set) const {
  for (const Voter& voter : voters_)
    if (!serves(feature_set, voter.model.feature_set))
      return "the row's feature_set is '" + std::string(feature_set) + "', model '" + voter.name +
             "' was trained on '" + voter.model.feature_set + "'";
  return std::nullopt;
}

Columns columns_of(const RowBatch& batch, const Voter& voter) {
  Columns x(batch.rows(), voter.columns.size());
  for (std::size_t c = 0; c < voter.columns.size(); ++c) {
    const std::span<const double> values = batch.numbers(voter.columns[c]);
    std::copy(values.begin(), values.end(), x.column(c).begin());
  }
  return x;
}

std::string_view Answer::label(const Model& model) const {
  return sure ? std::string_view(model.classes[best]) : kUnknownLabel;
}

Answer answer_of(const Model& model, std::span<const double> proba, std::optional<double> unknown_below) {
  Answer out;
  out.best = argmax(proba);
  out.confidence = proba[out.best];
  if (unknown_below)
    out.sure = out.confidence >= *unknown_below;
  else
    out.sure = !model.thresholds || model.thresholds->accept(out.best, out.confidence);
  return out;
}

}  // namespace mltat::predict
