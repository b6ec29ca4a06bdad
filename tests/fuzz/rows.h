// SPDX-License-Identifier: Apache-2.0
/// Rows as predict, train, fuse and cotrain read them: what the targets for NDJSON and CSV share.
#pragma once

#include "base/bytes.h"
#include "io/row_format.h"

namespace mltat::fuzz {

/// Reads the stream whole and in pieces, and writes it in both formats. A stream of the other format is passed over.
void check_rows(Bytes bytes, RowFormat format);

}  // namespace mltat::fuzz
