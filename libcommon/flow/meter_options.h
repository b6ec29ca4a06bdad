// SPDX-License-Identifier: Apache-2.0
/// The options that flowgen and featurize share, declared once, and what a run tells when it is over.
#pragma once

#include <string>

#include "base/option.h"
#include "flow/flow.h"
#include "flow/meter.h"
#include "io/counters.h"
#include "io/streams.h"
#include "wire/decode.h"

namespace mltat {

/// Flow rules, limits and the share of the flows that this run keeps.
struct MeterSettings {
  FlowRules rules;
  DecodeOptions decode;
  bool community_id = true;
};

Options flow_options(MeterSettings& settings);

/// Adds what the meter counted. Conservation shows: packets_read = packets_in_flows + packets_skipped,
/// flows_opened = flows_written.
void add_counters(Counters& counters, const MeterCounts& counts);

/// All of that to --stats, if it was asked for. Errors: those of Counters::write.
void write_stats(const MeterCounts& counts, const Streams& streams);

/// One line for -v: packets read, in flows, skipped and dropped by reason; flows opened and written.
std::string summary(const MeterCounts& counts);

/// Empty, or how many packets were lost, where, and the remedy.
std::string dropped(const MeterCounts& counts);

/// Empty, or why no packet of many was used: `8 packets read, none used: 8 non_ip (...)`. Packets of other shards
/// and those that --filter leaves out are no trouble.
std::string none_used(const MeterCounts& counts);

}  // namespace mltat
