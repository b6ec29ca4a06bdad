// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "base/error.h"
#include "capture/byte_order.h"
#include "capture/framing.h"
#include "capture/link_names.h"
#include "io/byte_source.h"
#include "wire/decode.h"

namespace mltat {
namespace {

/// What the magic number of a file says about its records.
struct Layout {
  ByteOrder order;
  Nanos fraction_unit = kMicrosecond;
  std::size_t record_header = 16;
};

std::optional<Layout> layout_of(std::uint32_t magic) {
  switch (magic) {
    case 0xa1b2c3d4: return Layout{};
    case 0xa1b23c4d: return Layout{.order = {}, .fraction_unit = 1};
    // An old patch to libpcap: the interface, its protocol and the packet type follow the record header.
    case 0xa1b2cd34: return Layout{.order = {}, .record_header = 24};
    default: return std::nullopt;
  }
}

/// `magic` as read in big endian.
std::optional<Layout> layout_in_either_order(std::uint32_t magic) {
  if (const auto layout = layout_of(magic)) return layout;
  auto layout = layout_of(swap_bytes(magic));
  if (layout) layout->order.little = true;
  return layout;
}

constexpr std::uint16_t kMajorVersion = 2;

// Record, in the byte order of the file:
//
//   0               4               8               12              16
//  +---------------+---------------+---------------+---------------+----
//  |    seconds    |   fraction    |captured length|original length| captured bytes ...
//  +---------------+---------------+---------------+---------------+----
class PcapFraming : public Framing {
 public:
  PcapFraming(const Layout& layout, LinkType link) : layout_(layout), link_(link) {}

  std::size_t frame(Bytes bytes, Assembler& out) override {
    const Layout layout = layout_;
    Cursor cursor(bytes);
    Header<16> header;
    while (cursor.peek(header)) {
      const std::uint32_t captured = layout.order(header.u32<8>());
      if (captured > kMaxRecordBytes || is_file_header(header)) {
        set_fault(describe(header, captured));
        break;
      }
      const std::size_t size = layout.record_header + captured;
      if (cursor.left() < size) break;
      CapturedRecord record;
      record.frame = cursor.rest().subspan(layout.record_header, captured);
      record.time.value =
          layout.order(header.u32<0>()) * kSecond + layout.order(header.u32<4>()) * layout.fraction_unit;
      record.original_len = layout.order(header.u32<12>());
      record.link = link_;
      out.add(record);
      cursor.skip(size);
    }
    return bytes.size() - cursor.left();
  }

  std::string_view unfinished(Bytes rest) const override {
    return rest.size() < layout_.record_header ? "a record header" : "a record";
  }

 private:
  /// A magic number for the seconds and a version for the fraction: files were joined with cat.
  static bool is_file_header(const Header<16>& header) {
    const std::uint16_t version = header.u16<4>();
    if (version != kMajorVersion && version != swap_bytes(kMajorVersion)) return false;
    const auto layout = layout_in_either_order(header.u32<0>());
    return layout && layout->order(version) == kMajorVersion;
  }

  static std::string describe(const Header<16>& header, std::uint32_t captured) {
    if (is_file_header(header))
      return "a second file header where a record should be; join captures with mergecap, or give each as a FILE "
             "with --continue";
    return "a record says that it has " + std::to_string(captured) +
           " bytes, above 16 MiB; the file is damaged from here on: capture it again, or repair it";
  }

  const Layout layout_;
  const LinkType link_;
};

}  // namespace

// File header:
//
//   0       2       4       6       8              12              16              20              24
//  +---------------+-------+-------+---------------+---------------+---------------+---------------+
//  |     magic     | major | minor |   time zone   |   accuracy    |  snap length  | FCS, link type|
//  +---------------+-------+-------+---------------+---------------+---------------+---------------+
//
// The link type is the lower half of the last word; above it may stand the length of a frame check sequence.
std::unique_ptr<Framing> open_pcap(Bytes bytes, const std::string& name) {
  const auto refuse = [&](const std::string& fact) { throw Error(ExitCode::bad_data, name + ": " + fact); };
  Header<kPcapHeaderBytes> header;
  if (!Cursor(bytes).peek(header))
    refuse("byte " + std::to_string(bytes.size()) + ": the file ends inside its header; capture or copy it again");
  const std::optional<Layout> layout = layout_in_either_order(header.u32<0>());
  if (!layout) refuse("not a PCAP file");
  const unsigned major = layout->order(header.u16<4>());
  if (major != kMajorVersion)
    refuse("PCAP version " + std::to_string(major) + "." + std::to_string(layout->order(header.u16<6>())) +
           ", only version 2 is read; convert it with `editcap -F pcap`");
  const std::uint32_t network = layout->order(header.u32<20>()) & 0xffff;
  const auto link = static_cast<LinkType>(network);
  if (!is_supported(link)) refuse(unsupported_link_type(network));
  return std::make_unique<PcapFraming>(*layout, link);
}

}  // namespace mltat
