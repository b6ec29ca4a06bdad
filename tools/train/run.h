// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/streams.h"
#include "tools/train/options.h"

namespace mltat::train {

/// Labelled rows in, one model out.
ExitCode run(const ToolOptions& options, Streams& streams);

}  // namespace mltat::train
