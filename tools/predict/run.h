// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/streams.h"
#include "tools/predict/options.h"

namespace mltat::predict {

/// Rows in, the same rows with votes out.
ExitCode run(const ToolOptions& options, Streams& streams);

}  // namespace mltat::predict
