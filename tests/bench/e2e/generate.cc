// SPDX-License-Identifier: Apache-2.0
// Writes a synthetic capture to standard output: PCAP, microseconds, Ethernet, IPv4. The same options give the same
// bytes. 5-tuples never repeat.
//
//   generate_capture MIX FLOWS PACKETS [PACKETS_PER_FLOW]
//
// FLOWS are open at a time; which of them sends next is drawn evenly, so a meter meets them in no order. A flow has
// PACKETS_PER_FLOW packets on average (100), evenly between 2 and twice that. Mixes:
//   real   web downloads (1500-byte packets one way, 52-byte acknowledgements the other), DNS, QUIC; 850 bytes a frame
//   imix   7 : 4 : 1 of 60, 590 and 1514 bytes, TCP
//   min    60-byte frames, TCP
//   flood  FLOWS is taken as endless: every packet is the SYN of a flow of its own
// Packets come at 10 Gbit/s by their time stamps. Payload is zeros, checksums are 0.
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "wire/packet.h"

namespace {

using namespace mltat;

enum class Kind : std::uint8_t { web, dns, quic, imix, min };

struct Flow {
  std::uint32_t id = 0;  // its addresses and client port follow from it
  Kind kind = Kind::min;
  std::uint32_t sent = 0;
  std::uint32_t pkts = 0;  // in all
};

/// What a packet is to be.
struct Shape {
  bool from_client = true;
  std::uint8_t tcp_flags = 0;
  std::uint32_t ip_len = 40;
};

class Generator {
 public:
  Generator(std::string_view mix, std::uint32_t flows, std::uint32_t pkts_per_flow) : mix_(mix), mean_(pkts_per_flow) {
    if (mix == "flood") return;
    for (std::uint32_t i = 0; i < flows; ++i) flows_.push_back(fresh());
  }

  /// Appends the next record.
  void packet(std::string& out) {
    if (flows_.empty()) return record(out, {next_id_++, Kind::min, 0, 0}, {true, kSyn, 40});
    Flow& flow = flows_[rng_.below(flows_.size())];
    record(out, flow, shape(flow));
    if (++flow.sent == flow.pkts) flow = fresh();
  }

 private:
  Flow fresh() {
    Flow flow;
    flow.id = next_id_++;
    flow.pkts = 2 + static_cast<std::uint32_t>(rng_.below(2 * mean_ - 3));
    flow.kind = mix_ == "imix" ? Kind::imix : Kind::min;
    if (mix_ == "real") {
      const std::uint64_t draw = rng_.below(100);
      flow.kind = draw < 60 ? Kind::web : draw < 80 ? Kind::quic : Kind::dns;
      if (flow.kind == Kind::dns) flow.pkts = 2;
    }
    return flow;
  }

  Shape shape(const Flow& flow) {
    const std::uint32_t i = flow.sent;
    switch (flow.kind) {
      case Kind::dns: return {i == 0, 0, i == 0 ? 60 + static_cast<std::uint32_t>(rng_.below(20)) : 140};
      case Kind::quic: {
        const bool client = rng_.below(4) == 0;
        return {client, 0, client ? 60 + static_cast<std::uint32_t>(rng_.below(60)) : 1280};
      }
      default: break;
    }
    if (i == 0) return {true, kSyn, 52};
    if (i == 1) return {false, kSyn | kAck, 52};
    if (i + 2 == flow.pkts) return {true, kFin | kAck, 52};
    if (i + 1 == flow.pkts) return {false, kFin | kAck, 52};
    if (flow.kind == Kind::web) {
      if (i == 2) return {true, kAck, 52};
      if (i == 3) return {true, kAck | kPsh, 300 + static_cast<std::uint32_t>(rng_.below(600))};
      return i % 3 == 0 ? Shape{true, kAck, 52} : Shape{false, kAck, 1500};
    }
    const bool client = rng_.below(2) == 0;
    if (flow.kind == Kind::min) return {client, kAck, 40 + static_cast<std::uint32_t>(rng_.below(7))};
    const std::uint64_t draw = rng_.below(12);
    return {client, kAck, draw < 7 ? 46u : draw < 11 ? 576u : 1500u};
  }

  void record(std::string& out, const Flow& flow, const Shape& shape) {
    const bool udp = flow.kind == Kind::dns || flow.kind == Kind::quic;
    const std::uint32_t frame_len = std::max(60u, 14 + shape.ip_len);
    now_ns_ += (frame_len + 20) * 8 / 10;  // preamble and gap included, 10 bit a ns
    std::array<std::uint8_t, 16 + 14 + 20 + 20> head{};
    const auto little = [&](std::size_t at, std::uint64_t value) {
      const auto word = static_cast<std::uint32_t>(value);
      std::memcpy(head.data() + at, &word, sizeof word);
    };
    const auto big = [&](std::size_t at, std::size_t bytes, std::uint64_t value) {
      for (std::size_t i = 0; i < bytes; ++i) head[at + i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
    };
    little(0, 1'700'000'000 + now_ns_ / 1'000'000'000);
    little(4, now_ns_ / 1000 % 1'000'000);
    little(8, frame_len);
    little(12, frame_len);
    big(16 + 12, 2, 0x0800);
    constexpr std::size_t kIp = 16 + 14;
    big(kIp, 2, 0x4500);
    big(kIp + 2, 2, shape.ip_len);
    head[kIp + 8] = 64;
    head[kIp + 9] = udp ? kUdp : kTcp;
    const std::uint32_t client = 10u << 24 | (flow.id & 0xffffff);
    const std::uint32_t server = 198u << 24 | 18u << 16 | (static_cast<std::uint32_t>(mix64(flow.id)) & 0xffff);
    const std::uint32_t client_port = 1024 + static_cast<std::uint32_t>(mix64(flow.id + 1) % 50000);
    const std::uint32_t server_port = flow.kind == Kind::dns ? 53 : 443;
    big(kIp + 12, 4, shape.from_client ? client : server);
    big(kIp + 16, 4, shape.from_client ? server : client);
    constexpr std::size_t kL4 = kIp + 20;
    big(kL4, 2, shape.from_client ? client_port : server_port);
    big(kL4 + 2, 2, shape.from_client ? server_port : client_port);
    if (udp) {
      big(kL4 + 4, 2, shape.ip_len - 20);
    } else {
      big(kL4 + 4, 4, flow.sent);
      head[kL4 + 12] = 5 << 4;
      head[kL4 + 13] = shape.tcp_flags;
    }
    out.append(reinterpret_cast<const char*>(head.data()), head.size());
    out.append(16 + frame_len - head.size(), '\0');
  }

  std::string_view mix_;
  std::uint32_t mean_;
  Rng rng_{1};
  std::vector<Flow> flows_;
  std::uint32_t next_id_ = 0;
  std::uint64_t now_ns_ = 0;
};

/// False: nobody reads any more.
bool write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mix = argc > 1 ? argv[1] : "";
  const bool known = mix == "real" || mix == "imix" || mix == "min" || mix == "flood";
  const auto number = [&](int i, std::uint64_t otherwise) {
    return argc > i ? std::strtoull(argv[i], nullptr, 10) : otherwise;
  };
  const std::uint64_t flows = number(2, 0);
  const std::uint64_t packets = number(3, 0);
  const std::uint64_t mean = number(4, 100);
  if (!known || argc < 4 || argc > 5 || flows == 0 || mean < 2) {
    std::fputs("usage: generate_capture real|imix|min|flood FLOWS PACKETS [PACKETS_PER_FLOW]\n", stderr);
    return 64;
  }
  Generator generator(mix, static_cast<std::uint32_t>(flows), static_cast<std::uint32_t>(mean));
  const std::array<std::uint32_t, 6> header{0xa1b2c3d4, 2 | 4u << 16, 0, 0, 262144, 1};
  std::string out(reinterpret_cast<const char*>(header.data()), sizeof header);
  for (std::uint64_t i = 0; i < packets; ++i) {
    generator.packet(out);
    if (out.size() < (1u << 20)) continue;
    if (!write_all(out)) return 1;
    out.clear();
  }
  return write_all(out) ? 0 : 1;
}
