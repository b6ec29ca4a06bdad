// SPDX-License-Identifier: Apache-2.0
/// Cutting a capture file into records: the two file formats behind one seam. Internal to capture/.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "capture/assembler.h"

namespace mltat {

/// Records and blocks above this are damage: no capture has them, and a length read from garbage mostly is.
inline constexpr std::uint32_t kMaxRecordBytes = 16u << 20;

class Framing {
 public:
  virtual ~Framing() = default;

  /// Hands the complete records at the front of `bytes` to `out`. Returns the bytes used up; stops in front of an
  /// unfinished record, or of a fault. How the file is cut into calls changes nothing.
  virtual std::size_t frame(Bytes bytes, Assembler& out) = 0;
  /// What the file calls the piece that `rest`, left over at its end, is a part of.
  virtual std::string_view unfinished(Bytes rest) const = 0;
  /// Why no packet of a file that has ended could be used, although nothing is wrong with it; empty: no such reason.
  virtual std::string refusal() const { return {}; }
  /// What is wrong where frame() stopped, and the remedy; empty: nothing.
  const std::string& fault() const { return fault_; }

 protected:
  void set_fault(std::string fault) { fault_ = std::move(fault); }

 private:
  std::string fault_;
};

/// PCAP. `header` = the 24 bytes of the file header; the framing begins behind them.
/// Errors: Error(bad_data) for a version or a link type that cannot be read.
inline constexpr std::size_t kPcapHeaderBytes = 24;
std::unique_ptr<Framing> open_pcap(Bytes header, const std::string& name);

/// pcapng. The framing begins with the first byte of the file.
std::unique_ptr<Framing> open_pcapng();

}  // namespace mltat
