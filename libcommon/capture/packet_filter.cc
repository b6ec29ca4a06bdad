// SPDX-License-Identifier: Apache-2.0
#include "capture/packet_filter.h"

#include <pcap/pcap.h>

#include <map>
#include <mutex>

#include "base/error.h"

namespace mltat {
namespace {

/// The number that libpcap's interface has for a link type; files have another for raw IP.
int dlt_of(LinkType link) {
  return link == LinkType::raw ? DLT_RAW : static_cast<int>(link);
}

/// An expression for one link type.
class Program {
 public:
  Program(const std::string& expression, LinkType link) {
    constexpr int kLongest = 262144;  // captured bytes of a frame, as libpcap allows
    static std::mutex compiling;      // the compiler of libpcap keeps state
    const std::lock_guard lock(compiling);
    const std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle(pcap_open_dead(dlt_of(link), kLongest), pcap_close);
    if (!handle) throw Error(ExitCode::io, "libpcap: no memory");
    if (pcap_compile(handle.get(), &program_, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
      throw Error(ExitCode::usage, pcap_geterr(handle.get()));
  }
  ~Program() { pcap_freecode(&program_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  bool matches(const RawPacket& packet) const {
    pcap_pkthdr header{};
    header.caplen = static_cast<bpf_u_int32>(packet.frame.size());
    header.len = packet.wire_len;
    return pcap_offline_filter(&program_, &header, packet.frame.data()) != 0;
  }

 private:
  bpf_program program_{};
};

class FilteredSource final : public PacketSource {
 public:
  FilteredSource(std::unique_ptr<PacketSource> source, std::string expression)
      : source_(std::move(source)), expression_(std::move(expression)) {}

  bool next(PacketBlock& block) override {
    if (!source_->next(block)) return false;
    const std::size_t before = block.packets.size();
    std::erase_if(block.packets, [&](const RawPacket& packet) {
      return packet.link != LinkType::unsupported && !program_for(packet.link).matches(packet);
    });
    block.counts.skipped[static_cast<std::size_t>(Skip::filtered)] += before - block.packets.size();
    return true;
  }
  const std::string& damage() const override { return source_->damage(); }

 private:
  const Program& program_for(LinkType link) {
    auto& program = programs_[link];
    try {
      if (!program) program = std::make_unique<Program>(expression_, link);
    } catch (const Error& error) {
      const char* name = pcap_datalink_val_to_name(dlt_of(link));
      throw Error(error.code(), "--filter: on frames of type " + std::string(name != nullptr ? name : "?") + ": " +
                                    error.what());
    }
    return *program;
  }

  std::unique_ptr<PacketSource> source_;
  std::string expression_;
  std::map<LinkType, std::unique_ptr<Program>> programs_;
};

}  // namespace

void check_filter(const std::string& expression) {
  try {
    Program(expression, LinkType::ethernet);
  } catch (const Error& on_ethernet) {
    try {
      Program(expression, LinkType::radiotap);
    } catch (const Error&) {
      throw on_ethernet;
    }
  }
}

std::unique_ptr<PacketSource> filter_packets(std::unique_ptr<PacketSource> source, std::string expression) {
  return std::make_unique<FilteredSource>(std::move(source), std::move(expression));
}

}  // namespace mltat
