// SPDX-License-Identifier: Apache-2.0
#include "flow/record_stream.h"

#include "parallel/pipeline.h"

namespace mltat {
namespace {

struct Token {
  RecordBlock block;
  FlowRecordReader reader;
  RenderRecord render;
  std::string text;
  std::uint64_t records = 0;
  std::optional<Error> trouble;
};

}  // namespace

std::uint64_t run_records(std::unique_ptr<ByteSource> source, RecordKind kind,
                          const std::function<void(const FlowRecord&)>& first,
                          const std::function<RenderRecord()>& make_render, Streams& streams) {
  const std::string name = source->name();
  RecordReader cutter(std::move(source));
  cutter.set_kind(kind);
  std::string csv_header;
  bool first_is_due = true;
  const auto refuse = [&](const Record& record, const std::string& fact) {
    return Error(ExitCode::bad_data, name + ":" + std::to_string(record.line) + ": " + fact);
  };

  // The header and the first record are looked at while nothing else runs.
  const auto read = [&](Token& token) {
    token.trouble.reset();
    if (!token.render) token.render = make_render();
    while (true) {
      if (!cutter.next(token.block)) return false;
      if (kind == RecordKind::csv && csv_header.empty() && !token.block.records.empty()) {
        csv_header = token.block.text(token.block.records.front());
        token.block.records.erase(token.block.records.begin());
      }
      if (!token.block.records.empty() || token.block.trouble) break;
    }
    token.reader = FlowRecordReader(csv_header);
    if (first_is_due && !token.block.records.empty()) {
      first_is_due = false;
      std::string fault;
      if (const auto record = token.reader.read(token.block.text(token.block.records.front()), fault)) first(*record);
    }
    return true;
  };

  const auto render_block = [&](Token& token) {
    token.text.clear();
    token.records = 0;
    std::string fault;
    for (const Record& record : token.block.records) {
      auto flow = token.reader.read(token.block.text(record), fault);
      if (flow) fault = token.render(*flow, token.text);
      if (!fault.empty()) {
        token.trouble = refuse(record, fault);
        return;
      }
      ++token.records;
    }
    token.trouble = token.block.trouble;
  };

  std::uint64_t records = 0;
  const auto write = [&](Token& token) {
    records += token.records;
    streams.out.write(token.text);
    if (token.trouble) throw *token.trouble;
  };

  ordered_pipeline<Token>(Threads{streams.threads}, read,
                          {{StageMode::concurrent, render_block}, {StageMode::serial, write}});
  return records;
}

}  // namespace mltat
