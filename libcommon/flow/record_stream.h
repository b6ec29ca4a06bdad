// SPDX-License-Identifier: Apache-2.0
/// A stream of flow records on its way through a tool: cut serially, read and turned into text side by side,
/// written in order. The first record that cannot be used ends the stream, after everything before it was written.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "flow/record.h"
#include "io/record_reader.h"
#include "io/streams.h"

namespace mltat {

/// Appends what becomes of a record; a non-empty result says why it cannot be used.
using RenderRecord = std::function<std::string(FlowRecord& record, std::string& out)>;

/// `first(record)` sees the first record before anything is rendered. `make_render` is called serially, once for
/// each stretch that can be under way at a time: what it returns may hold state and is used by one thread at a time,
/// beside the others. Returns: the number of records read.
/// Errors: Error(bad_data) naming source and line; whatever write throws.
std::uint64_t run_records(std::unique_ptr<ByteSource> source, RecordKind kind,
                          const std::function<void(const FlowRecord&)>& first,
                          const std::function<RenderRecord()>& make_render, Streams& streams);

}  // namespace mltat
