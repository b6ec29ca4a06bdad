// SPDX-License-Identifier: Apache-2.0
#include "ml/cotrain.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "base/rng.h"
#include "ml/evaluate.h"
#include "ml/fuse.h"
#include "ml/score_rows.h"

namespace mltat {
namespace {

/// Streams of chance, so that no two uses share one.
enum Purpose : std::uint64_t { kViewSeeds = 401, kGateSeeds };

/// The surer of two views; the first where both are equally sure.
const Opinion& surer(const std::array<Opinion, 2>& views) {
  return views[views[1].confidence > views[0].confidence];
}

bool holds(const Rule& rule, const std::array<Opinion, 2>& views) {
  return rule.holds(views[0].label == views[1].label, views[0].confidence, views[1].confidence);
}

Opinion opinion_of(std::span<const double> proba) {
  const std::size_t label = argmax(proba);
  return {static_cast<std::uint32_t>(label), proba[label]};
}

class Cotraining {
 public:
  Cotraining(const CotrainPlan& plan, const CotrainInput& input, Threads threads)
      : plan_(plan), input_(input), table_(input.table), threads_(threads), n_classes_(table_.classes.size()) {
    result_.labels.assign(input.labels.begin(), input.labels.end());
    result_.proposed = result_.labels;
    result_.proposed_by.resize(input_.labels.size(), 0);
    result_.confidences.resize(input_.labels.size(), 1);
    given_of_class_.resize(n_classes_, 0);
    phased_of_class_.resize(n_classes_, 0);
    for (std::uint32_t r = 0; r < input_.labels.size(); ++r) {
      (is_given(r) ? given_ : free_).push_back(r);
      if (is_given(r)) ++given_of_class_[input_.labels[r]];
    }
    result_.records.resize(plan.rules.size() + 1);
    for (PhaseRecord& record : result_.records)
      record.classes.resize(n_classes_);
  }

  CotrainResult run() {
    supervise();
    if (!plan_.rules.empty()) {
      columns_ = view_columns(plan_.views, table_.features);
      opinions_.resize(input_.labels.size());
      if (plan_.gate) measure_gates();
      for (std::size_t p = 0; p < plan_.rules.size(); ++p)
        run_phase(p);
    }
    vote();
    return std::move(result_);
  }

 private:
  bool is_given(std::uint32_t row) const { return input_.labels[row] != kUnlabelled; }
  bool is_open(std::uint32_t row) const { return result_.proposed[row] == kUnlabelled; }

  void tell(const std::string& what) const {
    if (input_.progress) input_.progress(what);
  }

  /// The rows that have no label yet.
  std::vector<std::uint32_t> open_rows() const {
    std::vector<std::uint32_t> out;
    std::copy_if(free_.begin(), free_.end(), std::back_inserter(out), [&](std::uint32_t r) { return is_open(r); });
    return out;
  }

  /// Learns from these rows as they are labelled by now.
  std::shared_ptr<const Classifier> learn(const Recipe& recipe, std::span<const std::uint32_t> rows,
                                          std::span<const std::size_t> columns, std::uint64_t seed) const {
    std::vector<std::uint32_t> labels;
    for (const std::uint32_t r : rows)
      labels.push_back(result_.proposed[r]);
    const std::vector<double> weights = weights_of(rows);
    return fit_recipe(recipe, {take_cells(table_.x, rows, columns), labels, weights, n_classes_}, seed, threads_);
  }

  /// Each class keeps the share that it has among the given rows: all that phases labelled with it weighs `mass` of
  /// its given rows, a single row at most `mass`; what is missing to that is added to the given rows.
  std::vector<double> weights_of(std::span<const std::uint32_t> rows) const {
    if (!plan_.mass || rows.size() == given_.size()) return {};
    std::vector<double> out;
    for (const std::uint32_t r : rows) {
      const std::uint32_t c = result_.proposed[r];
      const double ratio = static_cast<double>(phased_of_class_[c]) / static_cast<double>(given_of_class_[c]);
      const double weight = *plan_.mass * std::min(1.0, 1 / ratio);  // of a proposed one
      out.push_back(is_given(r) ? 1 + *plan_.mass - (ratio > 0 ? weight * ratio : 0) : weight);
    }
    return out;
  }

  std::vector<std::uint32_t> labelled_rows() const {
    std::vector<std::uint32_t> out;
    for (std::uint32_t r = 0; r < input_.labels.size(); ++r)
      if (!is_open(r)) out.push_back(r);
    return out;
  }

  void supervise() {
    tell("the forest of the given labels");
    const std::vector<std::size_t> columns = all_columns(table_.x);
    const auto forest = learn(forest_recipe(), given_, columns, input_.seed);
    result_.supervised.resize(input_.labels.size());
    for (const std::uint32_t r : given_)
      result_.supervised[r] = {input_.labels[r], 1};
    score_rows(*forest, table_.x, free_, columns, threads_, [&](std::size_t i, std::span<const double> proba) {
      result_.supervised[free_[i]] = opinion_of(proba);
    });
  }

  /// What each view says of the given rows, by models that had not seen the groups of theirs. Returns: whether that
  /// could be found out.
  bool ask_views_of_given() {
    LabelledTable given;
    given.classes = table_.classes;
    for (const std::uint32_t r : given_)
      given.labels.push_back(input_.labels[r]);
    TextColumn groups;
    if (input_.groups != nullptr) {
      groups.names = input_.groups->names;
      for (const std::uint32_t r : given_)
        groups.values.push_back(input_.groups->values[r]);
    }
    const std::vector<Fold> folds = judging_folds(
        given.labels, n_classes_, input_.groups != nullptr ? &groups : nullptr, kJudgingFolds, input_.seed);
    if (folds.empty()) return false;
    EvaluationWish wish;
    wish.keep_proba = true;
    for (const std::size_t v : {0, 1}) {
      tell("view " + plan_.views[v].name + " judged on the given labels");
      Recipe recipe = plan_.views[v].recipe;
      recipe.seed = Rng{input_.seed, kGateSeeds, v}.next();
      given.x = take_cells(table_.x, given_, columns_[v]);
      const Evaluation judged = cross_validate(given, folds, recipe, wish, threads_);
      for (std::size_t i = 0; i < judged.rows.size(); ++i)
        opinions_[given_[judged.rows[i]]][v] = opinion_of(judged.proba.row(i));
    }
    return true;
  }

  GateRecord judge(const std::map<std::uint32_t, GateRecord>& groups) const {
    GateRecord out;
    double right = 0;  // in groups
    for (const auto& [name, group] : groups) {
      out.rows += group.rows;
      out.right += group.right;
      right += static_cast<double>(group.right) / static_cast<double>(group.rows);
    }
    out.groups = groups.size();
    out.precision = (right + 1) / (static_cast<double>(out.groups) + 2);
    out.open = out.precision >= plan_.gate->min_precision;
    return out;
  }

  /// The given rows go through the phases as if they had no label.
  void measure_gates() {
    std::vector<std::uint32_t> left;
    if (ask_views_of_given()) left = given_;
    for (std::size_t p = 0; p < plan_.rules.size(); ++p) {
      std::vector<std::map<std::uint32_t, GateRecord>> seen(n_classes_);  // by class and group
      for (const std::uint32_t r : left) {
        if (!holds(plan_.rules[p], opinions_[r])) continue;
        const std::uint32_t label = surer(opinions_[r]).label;
        GateRecord& group = seen[label][input_.groups == nullptr ? r : input_.groups->values[r]];
        ++group.rows;
        group.right += label == input_.labels[r];
      }
      std::vector<GateRecord> gates;
      for (std::size_t c = 0; c < n_classes_; ++c) {
        gates.push_back(judge(seen[c]));
        result_.records[p].classes[c].gate = gates[c];
      }
      std::erase_if(left, [&](std::uint32_t r) {
        return holds(plan_.rules[p], opinions_[r]) && gates[surer(opinions_[r]).label].open;
      });
    }
  }

  void ask_views(std::size_t phase, std::size_t pass, std::span<const std::uint32_t> open) {
    const std::vector<std::uint32_t> labelled = labelled_rows();
    for (const std::size_t v : {0, 1}) {
      tell("phase " + std::to_string(phase + 1) + ": view " + plan_.views[v].name + " learns from " +
           std::to_string(labelled.size()) + " rows");
      const std::uint64_t seed = Rng{input_.seed, kViewSeeds, v, phase, pass}.next();
      const auto classifier = learn(plan_.views[v].recipe, labelled, columns_[v], seed);
      score_rows(*classifier, table_.x, open, columns_[v], threads_, [&](std::size_t i, std::span<const double> proba) {
        opinions_[open[i]][v] = opinion_of(proba);
      });
    }
  }

  void run_phase(std::size_t phase) {
    PhaseRecord& record = result_.records[phase];
    std::vector<std::uint32_t> open = open_rows();
    record.open = open.size();
    for (std::size_t pass = 0; pass < (plan_.iterate ? kMaxPasses : 1) && !open.empty(); ++pass) {
      if (plan_.retrain || (phase == 0 && pass == 0)) ask_views(phase, pass, open);
      ++record.passes;
      record.asked += open.size();
      record.agreed += static_cast<std::uint64_t>(std::count_if(open.begin(), open.end(), [&](std::uint32_t r) {
        return opinions_[r][0].label == opinions_[r][1].label;
      }));
      const std::uint64_t before = record.labelled;
      label_by_rule(phase, open);
      if (record.labelled == before) return;
      open = open_rows();
    }
  }

  void label_by_rule(std::size_t phase, std::span<const std::uint32_t> open) {
    std::vector<std::vector<std::uint32_t>> candidates(n_classes_);
    for (const std::uint32_t r : open)
      if (holds(plan_.rules[phase], opinions_[r])) candidates[surer(opinions_[r]).label].push_back(r);
    PhaseRecord& record = result_.records[phase];
    for (std::uint32_t c = 0; c < n_classes_; ++c) {
      PhaseClass& one = record.classes[c];
      if (one.gate && !one.gate->open) continue;
      one.over_cap = keep_surest(candidates[c], room_of(c));
      for (const std::uint32_t r : candidates[c])
        propose(r, c, surer(opinions_[r]).confidence, static_cast<Phase>(phase + 1));
      phased_of_class_[c] += candidates[c].size();
    }
  }

  /// How many more rows the class may get from phases.
  std::uint64_t room_of(std::uint32_t label) const {
    if (!plan_.gate) return UINT64_MAX;
    const double share = static_cast<double>(given_of_class_[label]) / static_cast<double>(given_.size());
    const double most = std::floor(plan_.gate->max_growth * share * static_cast<double>(free_.size()));
    return static_cast<std::uint64_t>(std::min(most, 1e18)) - phased_of_class_[label];
  }

  /// Drops those that are least sure, the last ones among equals. Returns: how many.
  std::uint64_t keep_surest(std::vector<std::uint32_t>& rows, std::uint64_t most) const {
    if (rows.size() <= most) return 0;
    std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
      return surer(opinions_[a]).confidence > surer(opinions_[b]).confidence;
    });
    const std::uint64_t over = rows.size() - most;
    rows.resize(most);
    return over;
  }

  void propose(std::uint32_t row, std::uint32_t label, double confidence, Phase phase) {
    result_.proposed[row] = result_.labels[row] = label;
    result_.confidences[row] = confidence;
    result_.proposed_by[row] = phase;
    PhaseRecord& record = result_.records[phase - 1];
    ++record.labelled;
    ++record.classes[label].labelled;
  }

  /// The final learners answer what is left, or all that was not given.
  void vote() {
    const std::vector<std::uint32_t> open = open_rows();
    PhaseRecord& record = result_.records.back();
    record.passes = 1;
    record.open = open.size();
    const std::span<const std::uint32_t> asked = plan_.overrules ? free_ : open;
    if (asked.empty()) return;
    const std::vector<std::size_t> columns = all_columns(table_.x);
    const std::vector<std::uint32_t> labelled = labelled_rows();
    std::vector<std::vector<Opinion>> opinions(plan_.final_vote.size(), std::vector<Opinion>(asked.size()));
    tell("final vote: learning from " + std::to_string(labelled.size()) + " rows");
    for_range(threads_, opinions.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t m = begin; m < end; ++m) {
        const auto classifier = learn(plan_.final_vote[m], labelled, columns, input_.seed);
        score_rows(*classifier, table_.x, asked, columns, threads_,
                   [&, m](std::size_t i, std::span<const double> proba) { opinions[m][i] = opinion_of(proba); });
      }
    });
    std::vector<Vote> votes(opinions.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const Opinion decided = majority(opinions, i, votes);
      const std::uint32_t row = asked[i];
      if (is_open(row)) {
        propose(row, decided.label, decided.confidence, result_.final_phase());
      } else {
        result_.labels[row] = decided.label;
        result_.confidences[row] = decided.confidence;
      }
    }
  }

  /// By the rules of fuse. `votes` is scratch.
  Opinion majority(const std::vector<std::vector<Opinion>>& opinions, std::size_t i, std::vector<Vote>& votes) const {
    for (std::size_t m = 0; m < opinions.size(); ++m) {
      votes[m].label = table_.classes[opinions[m][i].label];
      votes[m].confidence = opinions[m][i].confidence;
    }
    const Verdict verdict = fuse_votes(votes, std::nullopt, {});
    const auto winner = std::find_if(opinions.begin(), opinions.end(), [&](const std::vector<Opinion>& one) {
      return table_.classes[one[i].label] == verdict.label;
    });
    return {(*winner)[i].label, *verdict.confidence};
  }

  const CotrainPlan& plan_;
  const CotrainInput& input_;
  const LabelledTable& table_;
  Threads threads_;
  std::size_t n_classes_;
  std::vector<std::uint32_t> given_;  ///< rows, ascending
  std::vector<std::uint32_t> free_;   ///< the others
  std::array<std::vector<std::size_t>, 2> columns_;
  std::vector<std::array<Opinion, 2>> opinions_;  ///< of each row, by view
  std::vector<std::uint64_t> given_of_class_;     ///< rows
  std::vector<std::uint64_t> phased_of_class_;    ///< rows that phases labelled
  CotrainResult result_;
};

}  // namespace

CotrainResult co_train(const CotrainPlan& plan, const CotrainInput& input, Threads threads) {
  return Cotraining(plan, input, threads).run();
}

std::optional<std::string> too_few_labels(const CotrainInput& input) {
  std::size_t given = 0;
  std::vector<std::set<std::uint32_t>> groups(input.table.classes.size());
  for (std::size_t r = 0; r < input.labels.size(); ++r) {
    if (input.labels[r] == kUnlabelled) continue;
    ++given;
    if (input.groups != nullptr) groups[input.labels[r]].insert(input.groups->values[r]);
  }
  if (given < kFewLabels)
    return std::to_string(given) + " rows have a label, fewer than " + std::to_string(kFewLabels);
  for (std::size_t c = 0; c < groups.size(); ++c)
    if (groups[c].size() == 1) return "all rows labelled '" + input.table.classes[c] + "' are of one capture";
  return std::nullopt;
}

}  // namespace mltat
