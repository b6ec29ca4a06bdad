// SPDX-License-Identifier: Apache-2.0
/// The inputs of a run as units: each file by itself, or all of them one rotated capture (--continue).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/option.h"
#include "io/byte_source.h"
#include "wire/packet.h"

namespace mltat {

/// How files become units, what standard input is called, and which packets count.
struct SourceSettings {
  bool continued = false;
  std::string capture;  ///< name of standard input, empty: null
  std::string filter;   ///< expression, empty: all packets

  bool operator==(const SourceSettings&) const = default;
};

Options source_options(SourceSettings& settings);

struct CaptureUnit {
  std::string name;                ///< last folder and file name as given; empty for standard input
  std::vector<std::string> paths;  ///< several only with --continue; `-` is standard input
};

/// Requires: paths is not empty. Errors: Error(usage) if two units have one name.
std::vector<CaptureUnit> make_units(const std::vector<std::string>& paths, const SourceSettings& settings);

/// The packets of a unit, its files opened by `open` as they are reached. Null if none has any bytes.
/// Errors: as open_capture.
std::unique_ptr<PacketSource> open_unit(const CaptureUnit& unit, const SourceSettings& settings,
                                        std::function<std::unique_ptr<ByteSource>(const std::string&)> open);
/// `empty input`, with its name and what was expected, for the message that a tool makes of it.
std::string empty_input(const CaptureUnit& unit);

/// `captures/web/001.pcap` -> `web/001.pcap`, `x.pcap` -> `x.pcap`.
std::string unit_name(const std::string& path);

}  // namespace mltat
