// SPDX-License-Identifier: Apache-2.0
#include "dpi/class_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "dpi/detector.h"

namespace mltat {
namespace {

using testing::HasSubstr;

enum Protocol : std::uint16_t { kDns = 1, kTls, kYouTube, kTorrent, kZ3950 };
enum Category : std::uint16_t { kMedia = 1, kDownload, kWeb };
const Vocabulary kVocabulary{
    {"Unknown", "DNS", "TLS", "YouTube", "BitTorrent", "Z39.50"}, {"Unspecified", "Media", "Download", "Web", ""}, {}};

DpiVerdict verdict(unsigned master, unsigned application, unsigned category = 0) {
  DpiVerdict result;
  result.master = static_cast<std::uint16_t>(master);
  result.application = static_cast<std::uint16_t>(application);
  result.category = static_cast<std::uint16_t>(category);
  return result;
}

/// The message with which a map is refused.
std::string refused(const std::string& json) {
  try {
    ClassMap(json, "map.json", kVocabulary);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data);
    return error.what();
  }
  return "";
}

TEST(ClassMap, TheMostSpecificEntryDecides) {
  const ClassMap map(R"({"categories": {"Media": "by category"},
                         "protocols": {"TLS": "by carrier", "YouTube": "by application",
                                       "TLS.BitTorrent": "by both"}})",
                     "map.json", kVocabulary);
  EXPECT_EQ(map.class_of(verdict(kTls, kTorrent, kMedia)), "by both");
  EXPECT_EQ(map.class_of(verdict(kTls, kYouTube, kMedia)), "by application");
  EXPECT_EQ(map.class_of(verdict(kTls, kZ3950, kMedia)), "by carrier");
  EXPECT_EQ(map.class_of(verdict(kDns, kTorrent, kMedia)), "by category");
  EXPECT_EQ(map.class_of(verdict(kDns, kTorrent, kWeb)), "");
}

TEST(ClassMap, AStarIsAnyApplicationAndWinsOverIt) {
  const ClassMap map(R"({"protocols": {"DNS.*": "dns", "YouTube": "video_stream"}})", "map.json", kVocabulary);
  EXPECT_EQ(map.class_of(verdict(kDns, kYouTube)), "dns");
  EXPECT_EQ(map.class_of(verdict(0, kDns)), "dns");
  EXPECT_EQ(map.class_of(verdict(kTls, kYouTube)), "video_stream");
}

TEST(ClassMap, NullEndsTheSearch) {
  const ClassMap map(R"({"protocols": {"BitTorrent": null}, "categories": {"Download": "file_transfer"}})", "map.json",
                     kVocabulary);
  EXPECT_EQ(map.class_of(verdict(0, kTorrent, kDownload)), "");
  EXPECT_EQ(map.class_of(verdict(0, kYouTube, kDownload)), "file_transfer");
}

TEST(ClassMap, ADotMayBePartOfAName) {
  const ClassMap map(R"({"protocols": {"Z39.50": "a", "TLS.Z39.50": "b", "Z39.50.DNS": "c"}})", "map.json",
                     kVocabulary);
  EXPECT_EQ(map.class_of(verdict(0, kZ3950)), "a");
  EXPECT_EQ(map.class_of(verdict(kTls, kZ3950)), "b");
  EXPECT_EQ(map.class_of(verdict(kZ3950, kDns)), "c");
}

TEST(ClassMap, AnUnknownNameIsToldWithTheNearest) {
  EXPECT_EQ(refused(R"({"protocols": {"Youtub": "web"}})"),
            "map.json: libndpi has no protocol \"Youtub\"; the nearest: YouTube, TLS, DNS");
  EXPECT_EQ(refused(R"({"categories": {"Wep": "web"}})"),
            "map.json: libndpi has no category \"Wep\"; the nearest: Web, Media, Download");
  EXPECT_THAT(refused(R"({"protocols": {"TLS.Nothing": "web"}})"), HasSubstr("no protocol \"TLS.Nothing\""));
  EXPECT_THAT(refused(R"({"protocols": {"Unknown": "web"}})"), HasSubstr("no protocol \"Unknown\""));
  EXPECT_THAT(refused(R"({"categories": {"": "web"}})"), HasSubstr("no category \"\""));
}

TEST(ClassMap, WhatIsNoClassMapIsRefused) {
  EXPECT_THAT(refused("not JSON"), HasSubstr("map.json: a class map must be a JSON object: "));
  EXPECT_THAT(refused(R"({"protocols": ["DNS"]})"), HasSubstr("\"protocols\" must be a JSON object: "));
  EXPECT_THAT(refused(R"({"ports": {}})"), HasSubstr("\"ports\": a class map has \"protocols\" and \"categories\""));
  EXPECT_THAT(refused(R"({"protocols": {"DNS": 1}})"), HasSubstr("\"DNS\": expected the name of a class, or null"));
  EXPECT_THAT(refused(R"({"protocols": {"DNS": ""}})"), HasSubstr("\"DNS\": expected the name of a class, or null"));
}

/// A map with an unknown protocol cannot be made, so this reads every entry of the shipped one too.
TEST(ClassMap, TheShippedOneFitsTheLibraryAndNamesThePapersClasses) {
  const Vocabulary vocabulary = make_vocabulary();
  const ClassMap map(shipped_class_map(), "class map", vocabulary);
  const std::set<std::string_view> wanted{"video_stream",  "video_chat", "audio_stream", "voip",
                                          "file_transfer", "mail",       "web",          "p2p",
                                          "text_chat",     "tor",        "dns"};
  std::set<std::string_view> found;
  for (unsigned protocol = 1; protocol < vocabulary.protocols.size(); ++protocol)
    found.insert(map.class_of(verdict(0, protocol)));
  for (unsigned category = 1; category < vocabulary.categories.size(); ++category)
    found.insert(map.class_of(verdict(0, 0, category)));
  found.erase("");
  EXPECT_EQ(found, wanted);
}

}  // namespace
}  // namespace mltat
