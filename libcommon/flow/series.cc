// SPDX-License-Identifier: Apache-2.0
#include "flow/series.h"

namespace mltat {

void SeriesMeasurement::add(State& state, const FlowPacket& packet, Bytes) {
  DirectionTotals& totals = state.totals[static_cast<std::size_t>(packet.direction)];
  ++totals.pkts;
  totals.bytes += packet.ip_len;
  totals.wire_bytes += packet.wire_len;
  totals.payload_bytes += packet.payload_len;
  totals.payload_pkts += packet.payload_len > 0;
  for (unsigned bit = 0; bit < 8; ++bit) totals.flags[bit] += packet.tcp_flags >> bit & 1;
  if (state.series.pkts < max_pkts_) pool_.append(state.series, packet);
}

}  // namespace mltat
