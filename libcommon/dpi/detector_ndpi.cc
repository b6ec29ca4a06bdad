// SPDX-License-Identifier: Apache-2.0
#include <ndpi/ndpi_api.h>
#include <ndpi/ndpi_main.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "dpi/detector.h"

// The caches through which libndpi carries knowledge from flow to flow. The library calls them as symbols of the
// program, where these definitions come first (a unit test holds the linker to it).
extern "C" {
u_int8_t ndpi_lru_find_cache(struct ndpi_lru_cache*, u_int32_t, u_int16_t*, u_int8_t) {
  return 0;
}
void ndpi_lru_add_to_cache(struct ndpi_lru_cache*, u_int32_t, u_int16_t) {}
int cache_add(void*, void*, u_int32_t);  // of Tinc; no header declares it
int cache_add(void*, void*, u_int32_t) {
  return 0;
}
}

namespace mltat {

struct Inspection {
  ndpi_flow_struct flow{};
  ndpi_protocol found = NDPI_PROTOCOL_NULL;
  Nanos now = 0;  // since the flow's first packet
  unsigned pkts = 0;

  ~Inspection() { ndpi_free_flow_data(&flow); }
};

void InspectionDeleter::operator()(Inspection* inspection) const {
  delete inspection;
}

namespace {

struct ModuleDeleter {
  void operator()(ndpi_detection_module_struct* module) const { ndpi_exit_detection_module(module); }
};

}  // namespace

struct Detector::Module {
  std::unique_ptr<ndpi_detection_module_struct, ModuleDeleter> ndpi;
};

namespace {

std::unique_ptr<ndpi_detection_module_struct, ModuleDeleter> make_module() {
  if (ndpi_get_api_version() != NDPI_API_VERSION ||
      ndpi_detection_get_sizeof_ndpi_flow_struct() != sizeof(ndpi_flow_struct))
    throw Error(ExitCode::internal,
                std::string("libndpi ") + ndpi_revision() + " is not the version that this was built for: build again");
  std::unique_ptr<ndpi_detection_module_struct, ModuleDeleter> module(ndpi_init_detection_module(ndpi_no_prefs));
  if (!module) throw Error(ExitCode::internal, "libndpi cannot make a detection module");
  NDPI_PROTOCOL_BITMASK all;
  NDPI_BITMASK_SET_ALL(all);
  ndpi_set_protocol_detection_bitmask2(module.get(), &all);
  ndpi_finalize_initialization(module.get());
  return module;
}

bool is_server_name_of(std::uint16_t protocol) {
  static constexpr std::array<std::uint16_t, 8> kWithServerName{
      NDPI_PROTOCOL_TLS,       NDPI_PROTOCOL_DTLS,       NDPI_PROTOCOL_QUIC,    NDPI_PROTOCOL_MAIL_IMAPS,
      NDPI_PROTOCOL_MAIL_POPS, NDPI_PROTOCOL_MAIL_SMTPS, NDPI_PROTOCOL_DOH_DOT, NDPI_PROTOCOL_TOR};
  return std::find(kWithServerName.begin(), kWithServerName.end(), protocol) != kWithServerName.end();
}

/// libndpi keeps any host name in one place: of TLS and QUIC it is the server name.
std::string server_name(const Inspection& inspection) {
  if (!is_server_name_of(inspection.found.master_protocol) && !is_server_name_of(inspection.found.app_protocol))
    return {};
  std::string name(inspection.flow.host_server_name,
                   strnlen(inspection.flow.host_server_name, sizeof inspection.flow.host_server_name));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c <= ' ' || c > '~'; }, '?');
  return name;
}

}  // namespace

Detector::Detector() : module_(new Module{make_module()}) {}
Detector::~Detector() = default;

InspectionPtr Detector::begin() {
  return InspectionPtr(new Inspection);
}

bool Detector::add(Inspection& inspection, Bytes ip, Nanos gap) {
  inspection.now += gap;
  ++inspection.pkts;
  const auto length = static_cast<unsigned short>(std::min<std::size_t>(ip.size(), UINT16_MAX));
  const auto now_ms = static_cast<std::uint64_t>(inspection.now / (kSecond / 1000));
  ndpi_detection_module_struct* module = module_->ndpi.get();
  inspection.found = ndpi_detection_process_packet(module, &inspection.flow, ip.data(), length, now_ms);
  const unsigned most = inspection.flow.l4_proto == IPPROTO_TCP ? kMostTcpPackets : kMostOtherPackets;
  if (inspection.pkts >= most) return false;
  return inspection.found.app_protocol == NDPI_PROTOCOL_UNKNOWN ||
         ndpi_extra_dissection_possible(module, &inspection.flow) != 0;
}

DpiVerdict Detector::conclude(Inspection& inspection) {
  if (inspection.found.app_protocol == NDPI_PROTOCOL_UNKNOWN) {
    u_int8_t guessed = 0;
    inspection.found = ndpi_detection_giveup(module_->ndpi.get(), &inspection.flow, 1, &guessed);
  }
  DpiVerdict verdict;
  verdict.master = inspection.found.master_protocol;
  verdict.application = inspection.found.app_protocol;
  verdict.category = static_cast<std::uint16_t>(inspection.found.category);
  verdict.confidence = static_cast<std::uint16_t>(inspection.flow.confidence);
  verdict.server_name = server_name(inspection);
  return verdict;
}

Vocabulary make_vocabulary() {
  const auto module = make_module();
  const auto text = [](const char* name) { return std::string(name ? name : ""); };
  Vocabulary names;
  for (u_int id = 0; id < ndpi_get_num_supported_protocols(module.get()); ++id)
    names.protocols.push_back(text(ndpi_get_proto_by_id(module.get(), id)));
  for (int id = 0; id < NDPI_PROTOCOL_NUM_CATEGORIES; ++id)
    names.categories.push_back(text(ndpi_category_get_name(module.get(), static_cast<ndpi_protocol_category_t>(id))));
  for (int id = 0; id < NDPI_CONFIDENCE_MAX; ++id)
    names.confidences.push_back(text(ndpi_confidence_get_name(static_cast<ndpi_confidence_t>(id))));
  return names;
}

}  // namespace mltat
