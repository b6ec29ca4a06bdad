// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/streams.h"
#include "tools/cotrain/options.h"

namespace mltat::cotrain {

/// Rows of which some have a label in, all rows with a label out, in the same order.
ExitCode run(const ToolOptions& options, Streams& streams);

}  // namespace mltat::cotrain
