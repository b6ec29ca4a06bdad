// SPDX-License-Identifier: Apache-2.0
/// The inputs of a run as units: each file by itself, all of them one rotated capture (--continue), or an interface.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/option.h"
#include "capture/live.h"
#include "io/byte_source.h"
#include "wire/packet.h"

namespace mltat {

/// How files become units, what standard input is called, and which packets count.
struct SourceSettings {
  bool continued = false;
  std::string capture;  ///< name of standard input or of the interface, empty: null, or as the interface is called
  std::string filter;   ///< expression, empty: all packets
  LiveSettings live;
  std::shared_ptr<LiveSocket> socket;  ///< prepare_source() opened it; null: files are read

  bool operator==(const SourceSettings&) const = default;
};

Options source_options(SourceSettings& settings);

/// What a run must do before it is sealed: opens the interface, if one is named, and gives up the rights that took.
/// Returns: whether there is one. Errors: as open_live and become_user; Error(usage) for files beside an interface.
bool prepare_source(SourceSettings& settings, const std::vector<std::string>& paths);

struct CaptureUnit {
  std::string name;                ///< last folder and file name as given; empty for standard input
  std::vector<std::string> paths;  ///< several only with --continue; `-` is standard input; none: the interface
};

/// Requires: paths is not empty. Errors: Error(usage) if two units have one name.
std::vector<CaptureUnit> make_units(const std::vector<std::string>& paths, const SourceSettings& settings);

/// The packets of a unit, its files opened by `open` as they are reached. Null if none has any bytes. Those of an
/// interface end when `stopped` says so.
/// Errors: as open_capture.
std::unique_ptr<PacketSource> open_unit(const CaptureUnit& unit, const SourceSettings& settings,
                                        std::function<std::unique_ptr<ByteSource>(const std::string&)> open,
                                        std::function<bool()> stopped = {});
/// `empty input`, with its name and what was expected, for the message that a tool makes of it.
std::string empty_input(const CaptureUnit& unit);

/// `captures/web/001.pcap` -> `web/001.pcap`, `x.pcap` -> `x.pcap`.
std::string unit_name(const std::string& path);

}  // namespace mltat
