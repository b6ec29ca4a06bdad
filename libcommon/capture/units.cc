// SPDX-License-Identifier: Apache-2.0
#include "capture/units.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/units.h"
#include "capture/capture.h"
#include "capture/packet_filter.h"

namespace mltat {

Options source_options(SourceSettings& settings) {
  Options options;
  options.push_back(flag("--continue", settings.continued, "the FILEs are one capture, rotated: flows go on"));
  options.push_back(text("--capture", "NAME", settings.capture, "name of the capture on standard input"));
  options.push_back(custom("-f,--filter", "EXPRESSION", "", "use only the packets that match, as in pcap-filter(7)",
                           [&settings](const std::string& expression) {
                             check_filter(expression);
                             settings.filter = expression;
                           }));
  LiveSettings& live = settings.live;
  options.push_back(text("-i,--interface", "NAME", live.interface, "capture on an interface until SIGINT or SIGTERM"));
  options.push_back(count("--snaplen", "BYTES", live.snaplen, "bytes of each frame to capture"));
  options.push_back(count("--buffer-mib", "N", live.buffer_mib, "MiB of packets that may wait to be read"));
  options.push_back(custom("--fanout", "GROUP", "", "share the packets, by flow, with all processes of this group",
                           [&live](const std::string& given) {
                             const std::uint64_t group = parse_count(given);
                             if (group > UINT16_MAX) throw Error(ExitCode::usage, "a group is a number up to 65535");
                             live.fanout = static_cast<std::uint16_t>(group);
                           }));
  options.push_back(text("--user", "NAME", live.user, "run with the rights of this user once the interface is open"));
  return options;
}

bool prepare_source(SourceSettings& settings, const std::vector<std::string>& paths) {
  if (settings.live.interface.empty()) {
    if (settings.live != LiveSettings{})
      throw Error(ExitCode::usage, "--snaplen, --buffer-mib, --fanout and --user are for an interface: name it by -i");
    return false;
  }
  if (paths != std::vector<std::string>{"-"} || settings.continued)
    throw Error(ExitCode::usage, "-i reads from " + settings.live.interface + ": no files beside it");
  settings.socket = open_live(settings.live, settings.filter);
  if (!settings.live.user.empty()) become_user(settings.live.user);
  return true;
}

std::string unit_name(const std::string& path) {
  std::vector<std::string> pieces;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t slash = std::min(path.find('/', begin), path.size());
    if (slash > begin) pieces.push_back(path.substr(begin, slash - begin));
    begin = slash + 1;
  }
  if (pieces.empty()) return path;
  if (pieces.size() == 1) return pieces.back();
  return pieces[pieces.size() - 2] + "/" + pieces.back();
}

std::vector<CaptureUnit> make_units(const std::vector<std::string>& paths, const SourceSettings& settings) {
  if (settings.socket) return {{settings.capture.empty() ? settings.live.interface : settings.capture, {}}};
  const auto named = [&](const std::string& path) { return path == "-" ? settings.capture : unit_name(path); };
  if (settings.continued) return {{named(paths.front()), paths}};
  std::vector<CaptureUnit> units;
  std::set<std::string> names;
  for (const std::string& path : paths) {
    units.push_back({named(path), {path}});
    if (!names.insert(units.back().name).second)
      throw Error(ExitCode::usage,
                  "two inputs have the name \"" + units.back().name +
                      "\": name them by different folders, or give --continue if they are one capture");
  }
  return units;
}

std::unique_ptr<PacketSource> open_unit(const CaptureUnit& unit, const SourceSettings& settings,
                                        std::function<std::unique_ptr<ByteSource>(const std::string&)> open,
                                        std::function<bool()> stopped) {
  if (unit.paths.empty()) return read_live(settings.socket, std::move(stopped));
  auto source = open_captures([paths = unit.paths, open = std::move(open), next = std::size_t{0}]() mutable {
    return next < paths.size() ? open(paths[next++]) : nullptr;
  });
  if (source && !settings.filter.empty()) source = filter_packets(std::move(source), settings.filter);
  return source;
}

std::string empty_input(const CaptureUnit& unit) {
  const std::string& path = unit.paths.front();
  return (path == "-" ? "stdin" : path) + ": empty input, not even a capture file header";
}

}  // namespace mltat
