// SPDX-License-Identifier: Apache-2.0
// Rows: the input is a stream of CSV.
#include "fuzz.h"
#include "rows.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mltat::fuzz::check_rows({data, size}, mltat::RowFormat::csv);
  return 0;
}
