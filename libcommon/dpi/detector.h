// SPDX-License-Identifier: Apache-2.0
/// Deep packet inspection of flows by libndpi: one detection module, which is dear to make (20 ms, 6 MB), and an
/// inspection for each flow whose protocol is not yet settled (0.7 kB, and up to 3 kB of payload that it holds).
///
/// A verdict depends on the packets of its own flow alone. libndpi correlates flows through caches; here a look-up
/// finds nothing and an addition adds nothing, so that neither the order of the flows nor their shards matter. The
/// cache functions of the shared library are replaced for the whole program by those in detector_ndpi.cc.
///
/// This is the only room that sees libndpi. A build without it has detector_none.cc in the place of
/// detector_ndpi.cc, where making a detector or a vocabulary is an Error(usage) that tells the remedy.
/// Thread safety: detectors are made one after the other; afterwards each is used by one thread at a time.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/time.h"
#include "dpi/verdict.h"

namespace mltat {

/// The state of one flow on its way to a verdict.
struct Inspection;
struct InspectionDeleter {
  void operator()(Inspection* inspection) const;
};
using InspectionPtr = std::unique_ptr<Inspection, InspectionDeleter>;

class Detector {
 public:
  /// Packets of a flow that are looked at: of TCP, and of UDP and every other protocol.
  static constexpr unsigned kMostTcpPackets = 80;
  static constexpr unsigned kMostOtherPackets = 24;

  /// Errors: Error(usage) without libndpi; Error(internal) if the library is not the one that this was built for.
  Detector();
  ~Detector();
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  static InspectionPtr begin();
  /// Looks at the next packet: `ip` begins with the IP header and ends with the IP packet (no padding behind it);
  /// `gap` is the time since the flow's packet before. Returns: whether more packets may change the verdict.
  bool add(Inspection& inspection, Bytes ip, Nanos gap);
  /// The verdict: what was found, else a guess by ports and addresses, which its confidence tells.
  DpiVerdict conclude(Inspection& inspection);

 private:
  struct Module;
  std::unique_ptr<Module> module_;
};

/// The names that libndpi has. Errors: as of Detector.
Vocabulary make_vocabulary();

}  // namespace mltat
