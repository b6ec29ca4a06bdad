// SPDX-License-Identifier: Apache-2.0
#include "features/family.h"

#include <algorithm>

#include "base/error.h"
#include "base/units.h"

namespace mltat {

std::vector<std::unique_ptr<Family>> make_families(const std::vector<std::string>& names) {
  std::vector<std::unique_ptr<Family>> families;
  std::vector<std::string> kinds;
  for (const std::string& name : names) {
    const std::string kind = name.substr(0, name.find(':'));
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end())
      throw Error(ExitCode::usage, "feature family \"" + kind + "\" is named twice");
    kinds.push_back(kind);
    if (name == "flags") {
      families.push_back(make_flags_family());
    } else if (name == "bursts") {
      families.push_back(make_bursts_family());
    } else if (name == "hist") {
      families.push_back(make_hist_family());
    } else if (name.starts_with("splt:")) {
      const std::uint64_t pkts = parse_count(name.substr(5));
      if (pkts < 1 || pkts > 1000) throw Error(ExitCode::usage, "\"" + name + "\": splt takes 1 to 1000 packets");
      families.push_back(make_splt_family(pkts));
    } else {
      throw Error(ExitCode::usage, "\"" + name + "\" is no feature family: there are flags, splt:N, bursts and hist");
    }
  }
  return families;
}

}  // namespace mltat
