// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/streams.h"
#include "tools/featurize/options.h"

namespace mltat::featurize {

/// Packets or flow records in, feature rows out.
ExitCode run(const ToolOptions& options, Streams& streams);

}  // namespace mltat::featurize
