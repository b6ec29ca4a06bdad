// SPDX-License-Identifier: Apache-2.0
// Phases of cotrain: the input is a file for --phases.
#include <string_view>

#include "base/error.h"
#include "fuzz.h"
#include "ml/cotrain_plan.h"

using namespace mltat;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const CotrainPlan plan = parse_plan({reinterpret_cast<const char*>(data), size}, "input");
    fuzz::expect(!plan.rules.empty() || !plan.final_vote.empty(), "somebody answers");
    const std::string text = plan_json(plan);
    fuzz::expect(plan_json(parse_plan(text, "input")) == text, "a plan written, read and written is the same");
    fuzz::expect(plan_json(parse_plan(plan_json(plan, true), "input")) == text, "the same on one line");
  } catch (const Error&) {  // no plan
  }
  return 0;
}
