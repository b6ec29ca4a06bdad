// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/streams.h"
#include "tools/flowgen/options.h"

namespace mltat::flowgen {

/// Packets in, flow records out.
ExitCode run(const ToolOptions& options, Streams& streams);

}  // namespace mltat::flowgen
