// SPDX-License-Identifier: Apache-2.0
// featurize with what only tests may turn: tiny slices and parts, and the number of bytes that a read yields.
#include "cli/run_main.h"
#include "tools/featurize/options.h"
#include "tools/featurize/run.h"

namespace {

using namespace mltat;

struct DriverOptions : featurize::ToolOptions {
  std::uint64_t read_bytes = SIZE_MAX;
};

Options declare(DriverOptions& options) {
  Options list = featurize::declare(options);
  list.push_back(count("--slice", "N", options.meter.rules.slice_pkts, "records of a slice"));
  list.push_back(count("--part-pkts", "N", options.meter.rules.max_part_pkts, "packets of a part"));
  list.push_back(count("--read-bytes", "N", options.read_bytes, "bytes that one read yields at most"));
  return list;
}

/// Hands out at most so many bytes at a time, and never says that more is there.
class SlowSource : public ByteSource {
 public:
  SlowSource(std::unique_ptr<ByteSource> source, std::size_t bytes)
      : ByteSource(source->name()), source_(std::move(source)), bytes_(bytes) {}
  std::size_t read(std::span<std::uint8_t> buffer) override {
    return source_->read(buffer.first(std::min(buffer.size(), bytes_)));
  }
  bool ready() override { return false; }

 private:
  std::unique_ptr<ByteSource> source_;
  std::size_t bytes_;
};

ExitCode run(const DriverOptions& options, Streams& streams) {
  if (options.read_bytes != SIZE_MAX)
    streams.open = [open = streams.open, bytes = options.read_bytes](const std::string& path) {
      return std::make_unique<SlowSource>(open(path), bytes);
    };
  return featurize::run(options, streams);
}

}  // namespace

int main(int argc, char** argv) { return mltat::run_main(argc, argv, featurize::spec(), declare, run); }
