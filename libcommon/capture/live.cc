// SPDX-License-Identifier: Apache-2.0
#include "capture/live.h"

#include <grp.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "capture/assembler.h"
#include "capture/link_names.h"
#include "wire/decode.h"

namespace mltat {
namespace {

/// How long the kernel may keep a packet before it shows the buffer, in which a block waits to be full.
constexpr int kHoldMs = 100;
constexpr Nanos kHold = kHoldMs * (kSecond / 1000);

constexpr std::uint64_t kMostSnaplen = 262144;  // as libpcap has it
constexpr std::uint64_t kMostBufferMib = 2047;  // libpcap counts its bytes in an int

/// Link headers may stand before what the MTU counts: Ethernet with two VLAN tags, or what cooked sockets have.
constexpr std::uint32_t kMostLinkHeader = 32;

Nanos now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

/// Bytes that the interface sends at a time; none where there is no limit to tell of, as with `any`.
std::optional<std::uint32_t> mtu_of(const std::string& interface, int any_socket) {
  ifreq request{};
  interface.copy(request.ifr_name, sizeof request.ifr_name - 1);
  if (ioctl(any_socket, SIOCGIFMTU, &request) != 0) return std::nullopt;
  return static_cast<std::uint32_t>(request.ifr_mtu);
}

/// Packets that the interface itself has lost since it is there, modulo 2^32. Not from /sys, which a sealed run cannot
/// read and which may show other interfaces than this network namespace.
std::uint32_t lost_by_interface(const std::string& interface) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return 0;
  std::uint32_t lost = 0;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (interface != entry->ifa_name || entry->ifa_addr == nullptr || entry->ifa_data == nullptr) continue;
    if (entry->ifa_addr->sa_family != AF_PACKET) continue;
    const auto* counts = static_cast<const rtnl_link_stats*>(entry->ifa_data);
    lost = counts->rx_missed_errors + counts->rx_fifo_errors;
  }
  freeifaddrs(list);
  return lost;
}

}  // namespace

class LiveSocket {
 public:
  LiveSocket(const LiveSettings& settings, const std::string& filter) : name_(settings.interface) {
    check(settings);
    char message[PCAP_ERRBUF_SIZE] = "";
    handle_.reset(pcap_create(name_.c_str(), message));
    if (!handle_) throw Error(ExitCode::no_input, name_ + ": cannot capture: " + message);
    pcap_set_snaplen(handle(), static_cast<int>(settings.snaplen));
    pcap_set_buffer_size(handle(), static_cast<int>(settings.buffer_mib << 20));
    pcap_set_promisc(handle(), 1);
    pcap_set_timeout(handle(), kHoldMs);
    pcap_set_tstamp_precision(handle(), PCAP_TSTAMP_PRECISION_NANO);
    if (const int status = pcap_activate(handle()); status < 0)
      throw Error(ExitCode::no_input, name_ + ": cannot capture: " + reason(status));
    link_ = link_type();
    if (!filter.empty()) set_filter(filter);
    if (settings.fanout) join(*settings.fanout);
    if (pcap_setnonblock(handle(), 1, message) != 0) throw Error(ExitCode::io, name_ + ": " + message);
    if (const auto mtu = mtu_of(name_, fd())) longest_frame_ = *mtu + kMostLinkHeader;
    lost_by_interface_ = lost_by_interface(name_);
    since_ = now(CLOCK_REALTIME);
  }

  /// Calls take(header, bytes) for at most `count` packets that have come. Returns how many there were.
  template <class Take>
  int read(int count, Take take) {
    const auto callback = [](u_char* context, const pcap_pkthdr* header, const u_char* bytes) {
      (*reinterpret_cast<Take*>(context))(*header, bytes);
    };
    const int got = pcap_dispatch(handle(), count, callback, reinterpret_cast<u_char*>(&take));
    if (got < 0) throw Error(ExitCode::io, name_ + ": the capture has ended: " + reason(got));
    return got;
  }

  void wait() const {
    pollfd waiting{fd(), POLLIN, 0};
    poll(&waiting, 1, kHoldMs);
  }

  /// Adds what was lost since the last call.
  void count_drops(PacketCounts& counts) {
    const std::uint32_t by_interface = lost_by_interface(name_);
    counts.drop(Drop::interface, by_interface - std::exchange(lost_by_interface_, by_interface));
    pcap_stat stat{};
    if (pcap_stats(handle(), &stat) != 0) return;
    counts.drop(Drop::kernel, stat.ps_drop - std::exchange(lost_by_kernel_, stat.ps_drop));
  }

  LinkType link() const { return link_; }
  std::uint32_t snaplen() const { return static_cast<std::uint32_t>(pcap_snapshot(handle_.get())); }
  std::uint32_t longest_frame() const { return longest_frame_; }
  /// Wall clock when all was set up: earlier packets may not be of this filter and group.
  Nanos since() const { return since_; }

 private:
  static void check(const LiveSettings& settings) {
    const auto within = [](std::uint64_t value, std::uint64_t most, const char* option) {
      if (value >= 1 && value <= most) return;
      throw Error(ExitCode::usage, std::string(option) + " is from 1 to " + std::to_string(most));
    };
    within(settings.snaplen, kMostSnaplen, "--snaplen");
    within(settings.buffer_mib, kMostBufferMib, "--buffer-mib");
  }

  pcap_t* handle() const { return handle_.get(); }
  int fd() const { return pcap_get_selectable_fd(handle()); }

  std::string reason(int status) const {
    const std::string own = pcap_geterr(handle());
    return own.empty() ? pcap_statustostr(status) : own;
  }

  LinkType link_type() const {
    const int number = pcap_datalink(handle());
    const LinkType link = number == DLT_RAW ? LinkType::raw : static_cast<LinkType>(number);
    if (!is_supported(link))
      throw Error(ExitCode::bad_data, name_ + ": " + unsupported_link_type(static_cast<unsigned>(number)));
    return link;
  }

  void set_filter(const std::string& expression) {
    bpf_program program{};
    const bool is_set = pcap_compile(handle(), &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0 &&
                        pcap_setfilter(handle(), &program) == 0;
    pcap_freecode(&program);
    if (!is_set) throw Error(ExitCode::usage, "--filter: on " + name_ + ": " + reason(PCAP_ERROR));
  }

  void join(std::uint16_t group) {
    const int request = group | (PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG) << 16;
    if (setsockopt(fd(), SOL_PACKET, PACKET_FANOUT, &request, sizeof request) == 0) return;
    throw Error(ExitCode::no_input, name_ + ": cannot join fanout group " + std::to_string(group) + ": " +
                                        std::strerror(errno) + ": is it one of another interface or program?");
  }

  std::string name_;
  std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle_{nullptr, pcap_close};
  LinkType link_ = LinkType::ethernet;
  std::uint32_t longest_frame_ = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t lost_by_interface_ = 0;
  std::uint32_t lost_by_kernel_ = 0;
  Nanos since_ = 0;
};

namespace {

class LiveSource final : public PacketSource {
 public:
  LiveSource(std::shared_ptr<LiveSocket> socket, std::function<bool()> stopped)
      : socket_(std::move(socket)), stopped_(std::move(stopped)) {}

  bool next(PacketBlock& block) override {
    block.clear();
    if (ended_) return false;
    assembler_.attach(block);
    block.bytes.reserve(kBlockBytes + socket_->snaplen());
    if (read(block) == 0) {
      socket_->wait();
      if (read(block) == 0) tell_time(block);
    }
    assembler_.park();
    finish(block);
    return true;
  }

  const std::string& damage() const override { return damage_; }

 private:
  /// Takes what is there and has room. Returns the number of packets.
  std::size_t read(PacketBlock& block) {
    const std::size_t before = assembler_.records();
    std::size_t end = 0;
    const auto take = [&](const pcap_pkthdr& header, const u_char* bytes) {
      CapturedRecord record;
      record.time.value = header.ts.tv_sec * kSecond + header.ts.tv_usec;  // of ns, as was asked for
      if (record.time.value < socket_->since()) return;
      const std::size_t size = std::min(header.caplen, socket_->snaplen());
      const auto place = block.bytes.part(end, end + size);
      std::copy_n(bytes, size, place.begin());
      end += size;
      record.frame = place;
      record.original_len = header.len;
      record.link = socket_->link();
      if (header.len > socket_->longest_frame()) block.counts.note(Note::above_mtu);
      assembler_.add(record);
    };
    while (end < kBlockBytes) {
      const std::size_t room = (block.bytes.size() - end) / socket_->snaplen();
      if (socket_->read(static_cast<int>(room), take) == 0) break;
    }
    const std::size_t taken = assembler_.records() - before;
    if (taken > 0) came_at_ = now(CLOCK_MONOTONIC);
    if (!block.packets.empty()) clock_then_ = assembler_.clock().now();
    return taken;
  }

  /// Nothing came: what waits for its successor stands, and the clock goes on to where nothing can come before.
  void tell_time(PacketBlock& block) {
    assembler_.finish();
    if (assembler_.records() == 0) return;
    if (!block.packets.empty()) clock_then_ = assembler_.clock().now();
    assembler_.clock().advance(clock_then_ + (now(CLOCK_MONOTONIC) - came_at_) - kHold);
    block.quiet_until = assembler_.clock().now();
  }

  /// What every block is given, and the last one.
  void finish(PacketBlock& block) {
    const Nanos time = now(CLOCK_MONOTONIC);
    // What has come is to be seen by the time that the kernel has shown it.
    if (stopped_() && end_at_ == 0) end_at_ = time + 2 * kHold;
    ended_ = end_at_ != 0 && time >= end_at_;
    if (ended_) assembler_.finish();
    if (ended_ || time - drops_counted_at_ >= kHold) {
      socket_->count_drops(block.counts);
      drops_counted_at_ = time;
    }
    block.counts.read = block.packets.size();
    if (!block.packets.empty()) block.first_number = block.packets.front().number;
  }

  std::shared_ptr<LiveSocket> socket_;
  std::function<bool()> stopped_;
  Assembler assembler_;
  Nanos clock_then_ = 0;  ///< packet time when the last packet came
  Nanos came_at_ = 0;     ///< monotonic time then
  Nanos end_at_ = 0;      ///< monotonic; 0: not stopped
  Nanos drops_counted_at_ = 0;
  bool ended_ = false;
  std::string damage_;
};

}  // namespace

std::shared_ptr<LiveSocket> open_live(const LiveSettings& settings, const std::string& filter) {
  return std::make_shared<LiveSocket>(settings, filter);
}

std::unique_ptr<PacketSource> read_live(std::shared_ptr<LiveSocket> socket, std::function<bool()> stopped) {
  return std::make_unique<LiveSource>(std::move(socket), std::move(stopped));
}

void become_user(const std::string& name) {
  const passwd* user = getpwnam(name.c_str());
  if (user == nullptr) throw Error(ExitCode::usage, "--user: there is no user " + name);
  if (initgroups(name.c_str(), user->pw_gid) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
    throw Error(ExitCode::usage, "--user: cannot become " + name + ": " + std::strerror(errno));
}

}  // namespace mltat
