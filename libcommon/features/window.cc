// SPDX-License-Identifier: Apache-2.0
#include "features/window.h"

#include "base/error.h"
#include "base/units.h"

namespace mltat {

Window parse_window(const std::string& text) {
  const auto refuse = [&]() -> Window {
    throw Error(ExitCode::usage, "\"" + text + "\" is no window: there are flow, first:20, first:10s and every:15s");
  };
  if (text == "flow") return {};
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return refuse();
  const std::string kind = text.substr(0, colon);
  const std::string size = text.substr(colon + 1);
  if (kind != "first" && kind != "every") return refuse();
  Window window;
  if (kind == "first" && size.find_first_not_of("0123456789") == std::string::npos) {
    window.kind = Window::Kind::first_pkts;
    window.pkts = parse_count(size);
    return window.pkts > 0 ? window : refuse();
  }
  window.kind = kind == "first" ? Window::Kind::first_time : Window::Kind::every;
  window.span = parse_duration(size);
  return window.span > 0 ? window : refuse();
}

}  // namespace mltat
