// SPDX-License-Identifier: Apache-2.0
#include "capture/capture.h"

#include <array>
#include <utility>

#include "base/error.h"
#include "capture/framing.h"

namespace mltat {
namespace {

using NextSource = std::function<std::unique_ptr<ByteSource>()>;

[[noreturn]] void refuse_content(ContentKind kind, const std::string& name) {
  refuse_compressed(kind, name);
  std::string fact = "neither PCAP nor pcapng; other capture formats can be converted with `editcap -F pcap`";
  if (kind == ContentKind::json)
    fact =
        "looks like NDJSON, not like a capture; featurize reads flow records, predict reads feature rows, and "
        "here PCAP or pcapng is wanted";
  else if (kind == ContentKind::text)
    fact =
        "looks like text or CSV, not like a capture; train and predict read tables, and here PCAP or pcapng is "
        "wanted";
  throw Error(ExitCode::bad_data, name + ": " + fact);
}

class CaptureSource : public PacketSource {
 public:
  explicit CaptureSource(NextSource next_source) : next_source_(std::move(next_source)) {}

  /// Turns to the next input that has bytes. False: there is none.
  bool open_next() {
    while ((source_ = next_source_())) {
      std::array<std::uint8_t, kPcapHeaderBytes> memory;
      const Bytes head = Bytes(memory).first(read_fully(*source_, memory));
      const ContentKind kind = sniff(head);
      if (kind == ContentKind::empty) continue;
      if (kind == ContentKind::pcap) {
        framing_ = open_pcap(head, source_->name());
        rest_.clear();
        offset_ = head.size();
      } else if (kind == ContentKind::pcapng) {
        framing_ = open_pcapng();
        rest_.assign(head.begin(), head.end());
        offset_ = 0;
      } else {
        refuse_content(kind, source_->name());
      }
      return true;
    }
    return false;
  }

  bool next(PacketBlock& block) override {
    block.clear();
    assembler_.attach(block);
    while (!ended_ && block.packets.empty())
      fill(block);
    block.counts.read = block.packets.size();
    if (block.packets.empty()) return false;
    block.first_number = block.packets.front().number;
    return true;
  }

  const std::string& damage() const override { return damage_; }

 private:
  /// Frames and reads until the buffer is full, or there is something and reading on would wait, or the input ends.
  /// What was read and not framed goes to rest_.
  void fill(PacketBlock& block) {
    // The unfinished record stands in front, so that read() writes to an aligned place. Where it alone is long, it
    // doubles from call to call: memory follows the bytes that came, never the length that a header claims.
    std::size_t end =
        (rest_.size() + AlignedBuffer::kAlignment - 1) / AlignedBuffer::kAlignment * AlignedBuffer::kAlignment;
    std::size_t begin = end - rest_.size();
    const std::size_t full = end + std::max(kBlockBytes, rest_.size());
    block.bytes.reserve(full);
    std::copy(rest_.begin(), rest_.end(), block.bytes.part(begin, end).begin());

    bool input_ended = false;
    while (true) {
      const std::size_t used = framing_->frame(std::as_const(block.bytes).part(begin, end), assembler_);
      begin += used;
      offset_ += used;
      if (!framing_->fault().empty() || end == full) break;
      if (!block.packets.empty() && !source_->ready()) break;
      const std::size_t got = source_->read(block.bytes.part(end, full));
      input_ended = got == 0;
      if (input_ended) break;
      end += got;
    }
    const Bytes rest = std::as_const(block.bytes).part(begin, end);
    rest_.assign(rest.begin(), rest.end());

    if (!framing_->fault().empty())
      end_damaged(framing_->fault());
    else if (input_ended && !rest_.empty())
      end_damaged("the file ends inside " + std::string(framing_->unfinished(rest_)) +
                  "; what came before it was used: capture or copy it again");
    else if (input_ended && !framing_->refusal().empty())
      end_refused();
    else if (input_ended)
      turn_to_next();
    assembler_.park();
  }

  void turn_to_next() {
    try {
      if (!open_next()) end();
    } catch (const Error& error) {
      if (error.code() != ExitCode::bad_data) throw;
      damage_ = error.what();
      end();
    }
  }

  void end_damaged(const std::string& fact) {
    damage_ = source_->name() + ": byte " + std::to_string(offset_) + ", after " +
              std::to_string(assembler_.records()) + " packets: " + fact;
    end();
  }

  void end_refused() {
    damage_ = source_->name() + ": " + framing_->refusal();
    end();
  }

  void end() {
    assembler_.finish();
    ended_ = true;
  }

  NextSource next_source_;
  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<Framing> framing_;
  std::vector<std::uint8_t> rest_;  ///< read, but not framed
  std::uint64_t offset_ = 0;        ///< of rest_ in its file
  Assembler assembler_;
  bool ended_ = false;
  std::string damage_;
};

}  // namespace

std::unique_ptr<PacketSource> open_capture(std::unique_ptr<ByteSource> source) {
  // std::function wants what it holds to be copyable.
  auto held = std::make_shared<std::unique_ptr<ByteSource>>(std::move(source));
  return open_captures([held] { return std::move(*held); });
}

std::unique_ptr<PacketSource> open_captures(std::function<std::unique_ptr<ByteSource>()> next_source) {
  auto capture = std::make_unique<CaptureSource>(std::move(next_source));
  if (!capture->open_next()) return nullptr;
  return capture;
}

}  // namespace mltat
