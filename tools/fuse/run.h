// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/streams.h"
#include "tools/fuse/options.h"

namespace mltat::fuse {

/// Rows with votes in, one verdict a row out.
ExitCode run(const ToolOptions& options, Streams& streams);

}  // namespace mltat::fuse
