// SPDX-License-Identifier: Apache-2.0
/// Judging a recipe by every split that the options ask for, after the grid has chosen its parameters.
#pragma once

#include "io/streams.h"
#include "tools/train/findings.h"
#include "tools/train/tables.h"

namespace mltat::train {

/// `recipe` leaves with the parameters that the grid chose. `for_report`: someone will read more than the weight.
/// Errors: those of splits and fits; usage for a column that no row has.
Findings judge(const ToolOptions& options, const Tables& tables, Recipe& recipe, bool for_report, Streams& streams);

}  // namespace mltat::train
