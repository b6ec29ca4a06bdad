// SPDX-License-Identifier: Apache-2.0
// Rows on their way through predict and fuse: parsing, numbers, scoring by trees.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/number_text.h"
#include "base/rng.h"
#include "io/ndjson.h"
#include "io/record_reader.h"
#include "ml/tree_scorer.h"

namespace mltat {
namespace {

/// A row of identity and 29 numbers.
std::string row_text() {
  std::string text = R"({"flow_id":"c05e1fecaa7527f8","capture":"day.pcap","src_ip":"10.110.243.114","src_port":60)";
  Rng rng({1});
  for (int i = 0; i < 29; ++i) {
    text += ",\"feature_" + std::to_string(i) + "\":";
    append_number(text, i % 3 == 0 ? rng.uniform() * 1e6 : static_cast<double>(rng.below(100000)));
  }
  return text + "}";
}

void split_a_row(benchmark::State& state) {
  RecordBlock block;
  block.assign(row_text());
  JsonReader reader;
  std::vector<JsonMember> members;
  for (auto _ : state) benchmark::DoNotOptimize(reader.members(block.text(), members));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(block.text().size()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(split_a_row);

void parse_number(benchmark::State& state) {
  const std::string text = "2524309610.637755";
  for (auto _ : state) benchmark::DoNotOptimize(parse_finite(text));
}
BENCHMARK(parse_number);

void write_number(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_number(out, state.range(0) == 0 ? 86627.0 : 2524309610.637755);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_number)->ArgName("fraction")->Arg(0)->Arg(1);

/// 512 rows through 100 complete trees of depth 8 on 30 features.
void score_trees(benchmark::State& state) {
  constexpr std::size_t kFeatures = 30, kTrees = 100, kSplits = 255, kRows = 512;
  Rng rng({1});
  SplitValues thresholds(kFeatures);
  for (auto& list : thresholds)
    for (int i = 0; i < 64; ++i) list.push_back(i / 64.0);
  std::vector<FlatTree> trees(kTrees);
  LeafTable leaves;
  std::uint32_t leaf = 0;
  for (FlatTree& tree : trees) {
    for (std::size_t i = 0; i < kSplits; ++i) {
      tree.feature.push_back(static_cast<std::int32_t>(rng.below(kFeatures)));
      tree.value.push_back(static_cast<std::uint32_t>(rng.below(64)));
    }
    for (std::size_t i = 0; i <= kSplits; ++i) {
      tree.feature.push_back(-1);
      tree.value.push_back(leaf++);
      leaves.add(static_cast<std::uint32_t>(rng.below(4)), 1);
      leaves.end_leaf();
    }
  }
  const auto scorer = make_tree_scorer(thresholds, trees, leaves, {});
  Columns columns(kRows, kFeatures);
  for (std::size_t f = 0; f < kFeatures; ++f)
    for (double& value : columns.column(f)) value = rng.uniform();
  Matrix out(kRows, 4);
  for (auto _ : state) scorer->add_scores(columns, out);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows * kTrees));
}
BENCHMARK(score_trees);

}  // namespace
}  // namespace mltat
