// SPDX-License-Identifier: Apache-2.0
#include "flow/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "flow_lab.h"

namespace mltat {
namespace {

using testing::HasSubstr;

FlowIdentity flow_to(std::uint16_t port, std::uint8_t protocol = kUdp) {
  FlowIdentity flow;
  flow.capture = "web/chromium__001.pcap";
  flow.src = endpoint("10.0.0.1", 40000);
  flow.dst = endpoint("10.0.0.2", port);
  flow.protocol = protocol;
  flow.first_ts = 100 * kSecond;
  flow.last_ts = 200 * kSecond;
  flow.community_id = "1:abc=";
  return flow;
}

/// A labeler whose --labels file has this content.
Labeler labeler(LabelSettings settings, const std::string& table = "") {
  if (!table.empty()) settings.file = "labels.csv";
  return Labeler(settings,
                 [&](const std::string& path) { return std::make_unique<MemorySource>(path, as_bytes(table)); });
}
std::string labelled(const Labeler& labeler, const FlowIdentity& flow) {
  const Label label = labeler.label(flow).value_or(Label{});
  return label.label + "|" + label.source + "|" + label.application;
}
std::string from_table(const std::string& table, const FlowIdentity& flow) {
  return labelled(labeler({}, table), flow);
}
/// The message with which a table is refused.
std::string refused(const std::string& table, ExitCode code = ExitCode::bad_data) {
  try {
    labeler({}, table);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  return "";
}

TEST(Labels, NoneWithoutAnOption) {
  EXPECT_FALSE(labeler({}).active());
  EXPECT_EQ(labelled(labeler({}), flow_to(53)), "||");
}

TEST(Labels, OneClassForAll) {
  const Labeler all = labeler({"voip", false, "", {}});
  EXPECT_TRUE(all.active());
  EXPECT_EQ(labelled(all, flow_to(53)), "voip|option|");
}

TEST(Labels, TheFolderIsTheClassAndTheFileNameUpToTwoUnderscoresTheApplication) {
  const Labeler parent = labeler({"", true, "", {}});
  EXPECT_EQ(labelled(parent, flow_to(53)), "web|parent|chromium");
  FlowIdentity flow = flow_to(53);
  flow.capture = "p2p/001.pcap";
  EXPECT_EQ(labelled(parent, flow), "p2p|parent|");
}

TEST(Labels, ACaptureWithoutAFolderIsRefusedBeforeAnythingIsRead) {
  const Labeler parent = labeler({"", true, "", {}});
  EXPECT_NO_THROW(parent.check_unit("web/1.pcap"));
  for (const char* capture : {"1.pcap", ""}) {
    try {
      parent.check_unit(capture);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
    }
  }
  EXPECT_NO_THROW(labeler({"web", false, "", {}}).check_unit("1.pcap"));
}

TEST(Labels, ARuleLabelsAPortOnEitherSide) {
  const Labeler rules = labeler({"", false, "", {"53/udp=dns", "40001/TCP=a/b=c", "9/132=x"}});
  EXPECT_EQ(labelled(rules, flow_to(53)), "dns|rule|");
  FlowIdentity reversed = flow_to(53);
  std::swap(reversed.src, reversed.dst);
  EXPECT_EQ(labelled(rules, reversed), "dns|rule|");
  EXPECT_EQ(labelled(rules, flow_to(53, kTcp)), "||") << "the protocol counts";
  EXPECT_EQ(labelled(rules, flow_to(40001, kTcp)), "a/b=c|rule|");
  EXPECT_EQ(labelled(rules, flow_to(9, kSctp)), "x|rule|");
}

TEST(Labels, TheFirstRuleThatFitsDecides) {
  EXPECT_EQ(labelled(labeler({"", false, "", {"53/udp=one", "53/udp=two"}}), flow_to(53)), "one|rule|");
}

TEST(Labels, WhatIsNoRuleIsAUsageError) {
  for (const char* rule : {"", "53=dns", "53/udp", "53/udp=", "/udp=dns", "53/=dns", "x/udp=dns", "65536/udp=dns",
                           "53/foo=dns", "53/256=dns", "udp=53/dns"}) {
    try {
      labeler({"", false, "", {rule}});
      ADD_FAILURE() << rule;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage) << rule;
      EXPECT_THAT(error.what(), HasSubstr("53/udp=dns")) << "shows an example";
    }
  }
}

TEST(Labels, ARuleWinsOverTheTableTheTableOverTheFolderTheFolderOverTheOption) {
  LabelSettings all{"option", true, "", {"53/udp=rule"}};
  const std::string table = "capture,label\nweb/chromium__001.pcap,table\n";
  EXPECT_EQ(labelled(labeler(all, table), flow_to(53)), "rule|rule|");
  EXPECT_EQ(labelled(labeler(all, table), flow_to(54)), "table|file|");
  EXPECT_EQ(labelled(labeler(all, "capture,label\nother,table\n"), flow_to(54)), "web|parent|chromium");
  FlowIdentity bare = flow_to(54);
  bare.capture = "";
  EXPECT_EQ(labelled(labeler(all, table), bare), "option|option|");
}

TEST(Labels, DpiLabelsWhatItSawInThePayloadAndNotWhatItGuessed) {
  const Labeler dpi = labeler({"", false, "", {}, true});
  FlowIdentity flow = flow_to(53);
  EXPECT_EQ(labelled(dpi, flow), "||");
  for (const char* confidence : {"DPI", "DPI (cache)"}) {
    flow.dpi = DpiFields{"DNS", "Network", confidence, "dns", ""};
    EXPECT_EQ(labelled(dpi, flow), "dns|dpi|");
  }
  for (const char* confidence : {"Match by port", "Match by IP", ""}) {
    flow.dpi->confidence = confidence;
    EXPECT_EQ(labelled(dpi, flow), "||");
  }
  flow.dpi = DpiFields{"TLS", "Web", "DPI", "", ""};
  EXPECT_EQ(labelled(dpi, flow), "||") << "no class";
  EXPECT_EQ(labelled(labeler({"rest", false, "", {}, true}), flow), "rest|option|");
}

TEST(LabelTable, ByCapture) {
  const std::string table = "capture,label,application\nweb/chromium__001.pcap,web,\"a \"\"b\"\"\"\n";
  EXPECT_EQ(from_table(table, flow_to(53)), "web|file|a \"b\"");
  FlowIdentity other = flow_to(53);
  other.capture = "web/chromium__002.pcap";
  EXPECT_EQ(from_table(table, other), "||");
}

TEST(LabelTable, ARowWithoutALabelLeavesTheFlowUnlabelled) {
  EXPECT_EQ(from_table("capture,label,application\nweb/chromium__001.pcap,,x\n", flow_to(53)), "||");
}

TEST(LabelTable, ByTupleInEitherOrder) {
  const std::string table =
      "src_ip,src_port,dst_ip,dst_port,protocol,label\n"
      "10.0.0.2,53,10.0.0.1,40000,udp,dns\n"
      "2001:db8::1,1,2001:db8::2,2,6,six\n";
  EXPECT_EQ(from_table(table, flow_to(53)), "dns|file|");
  EXPECT_EQ(from_table(table, flow_to(53, kTcp)), "||");
  EXPECT_EQ(from_table(table, flow_to(54)), "||");
  FlowIdentity six = flow_to(0, kTcp);
  six.src = endpoint("2001:db8::2", 2);
  six.dst = endpoint("2001:db8::1", 1);
  EXPECT_EQ(from_table(table, six), "six|file|");
}

TEST(LabelTable, ByCommunityId) {
  const Labeler table = labeler({}, "label,community_id\nweb,1:abc=\n");
  EXPECT_TRUE(table.needs_community_id());
  EXPECT_EQ(labelled(table, flow_to(53)), "web|file|");
  EXPECT_FALSE(labeler({}, "label,capture\nweb,x\n").needs_community_id());
}

TEST(LabelTable, ColumnsTogetherMustAllFit) {
  const std::string table = "capture,community_id,label\nweb/chromium__001.pcap,1:abc=,both\nother,1:abc=,half\n";
  EXPECT_EQ(from_table(table, flow_to(53)), "both|file|");
}

TEST(LabelTable, ATimeWindowHoldsTheFlowsFirstPacketBothEndsIncluded) {
  const std::string table =
      "capture,from,to,label\n"
      "web/chromium__001.pcap,90,99.999999999,early\n"
      "web/chromium__001.pcap,100,100,exact\n"
      "web/chromium__001.pcap,100.000000001,,late\n"
      "web/chromium__001.pcap,,-1,ancient\n";
  const auto at = [&](Nanos time) {
    FlowIdentity flow = flow_to(53);
    flow.first_ts = time;
    return labeler({}, table).label(flow).value_or(Label{}).label;
  };
  EXPECT_EQ(at(90 * kSecond - 1), "");
  EXPECT_EQ(at(90 * kSecond), "early");
  EXPECT_EQ(at(100 * kSecond - 1), "early");
  EXPECT_EQ(at(100 * kSecond), "exact");
  EXPECT_EQ(at(100 * kSecond + 1), "late");
  EXPECT_EQ(at(INT64_MAX), "late") << "an empty bound is open";
  EXPECT_EQ(at(-5 * kSecond), "ancient");
}

TEST(LabelTable, TheFirstRowThatFitsDecides) {
  EXPECT_EQ(from_table("community_id,label\n1:abc=,one\n1:abc=,two\n", flow_to(53)), "one|file|");
}

TEST(LabelTable, WhatItLacksIsSaidWithItsLine) {
  EXPECT_THAT(refused("capture\nx\n"), HasSubstr("labels.csv:1: a table of labels needs a column \"label\""));
  EXPECT_THAT(refused("label\nx\n"), HasSubstr("labels.csv:1: a table of labels needs capture, community_id, or"));
  EXPECT_THAT(refused("label,src_ip,dst_ip\nx,1.1.1.1,2.2.2.2\n"), HasSubstr("protocol")) << "half a tuple is none";
  EXPECT_THAT(refused("\n\n"), HasSubstr("empty table"));
  EXPECT_THAT(refused("capture,from,label\nx,1,a\nx,noon,b\n"), HasSubstr("labels.csv:3: \"noon\" is no time"));
  EXPECT_THAT(refused("src_ip,src_port,dst_ip,dst_port,protocol,label\n10.0.0.1,1,10.0.0.2,2,smtp,x\n"),
              HasSubstr("labels.csv:2: the 5-tuple cannot be read"));
  EXPECT_THAT(refused("capture,label\n\"x,a\n"), HasSubstr("labels.csv:2"));
}

TEST(Labels, OptionsFillTheSettings) {
  LabelSettings settings;
  EXPECT_FALSE(settings.any());
  const Options options = label_options(settings);
  const auto store = [&](const std::string& names, const std::string& value) {
    for (const Option& option : options)
      if (option.names == names) return option.store(value);
    ADD_FAILURE() << names;
  };
  store("--label", "web");
  store("--label-from", "parent");
  store("--labels", "x.csv");
  store("--label-rule", "53/udp=dns");
  EXPECT_TRUE(settings.any());
  EXPECT_EQ(settings.label, "web");
  EXPECT_TRUE(settings.from_parent);
  EXPECT_EQ(settings.file, "x.csv");
  EXPECT_EQ(settings.rules, std::vector<std::string>{"53/udp=dns"});
}

}  // namespace
}  // namespace mltat
