// SPDX-License-Identifier: Apache-2.0
/// What deep packet inspection says of a flow, in the numbers of libndpi, and the names of those numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mltat {

/// All 0: nothing was found.
struct DpiVerdict {
  std::uint16_t master = 0;       ///< protocol that carries the application, as TLS; 0: none
  std::uint16_t application = 0;  ///< as YouTube, or the protocol itself, as DNS
  std::uint16_t category = 0;
  std::uint16_t confidence = 0;
  std::string server_name;  ///< of TLS and QUIC, printable ASCII, at most 79 bytes; empty: none

  bool known() const { return application != 0 || master != 0; }
};

/// Names by number. 0 is "nothing" in each list; an unused number has an empty name.
struct Vocabulary {
  std::vector<std::string> protocols;
  std::vector<std::string> categories;
  std::vector<std::string> confidences;
};

}  // namespace mltat
