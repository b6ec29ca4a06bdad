// SPDX-License-Identifier: Apache-2.0
// The frame of the tools, run in this process with descriptors 0, 1 and 2 put aside.
#include "cli/run_main.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "io/ndjson.h"
#include "io/record_reader.h"

namespace mltat {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

/// A standard descriptor replaced as long as this lives.
class Replaced {
 public:
  Replaced(int target, int replacement) : target_(target), kept_(fcntl(target, F_DUPFD_CLOEXEC, 10)) {
    dup2(replacement, target);
  }
  ~Replaced() {
    dup2(kept_, target_);
    close(kept_);
  }
  Replaced(const Replaced&) = delete;
  Replaced& operator=(const Replaced&) = delete;

 private:
  int target_;
  int kept_;
};

class MemoryFile {
 public:
  explicit MemoryFile(const std::string& content = "") : fd_(memfd_create("test", MFD_CLOEXEC)) {
    EXPECT_EQ(write(fd_, content.data(), content.size()), static_cast<ssize_t>(content.size()));
    lseek(fd_, 0, SEEK_SET);
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  int fd() const { return fd_; }
  std::string content() const {
    std::string text(static_cast<std::size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(fd_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }

 private:
  int fd_;
};

struct ToyOptions {
  Inputs inputs;
  bool fast = false;
  std::string mode = "slow";
  std::uint64_t number = 5;
  std::vector<std::string> rules;
};

Options declare(ToyOptions& options) {
  return {flag("-f,--fast", options.fast, "be fast"), choice("--mode", options.mode, {"slow", "steady"}, "how to go"),
          count("-n,--number", "N", options.number, "how many"), texts("--rule", "RULE", options.rules, "a rule")};
}

using Body = std::function<ExitCode(const ToyOptions&, Streams&)>;
ExitCode nothing(const ToyOptions&, Streams&) {
  return ExitCode::ok;
}

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
  ToyOptions options;
};

Outcome run_toy(std::vector<std::string> words, const Body& body = nothing, const std::string& input = "",
                int stdout_fd = -1, Options (*declared)(ToyOptions&) = declare, bool takes_hangup = false) {
  words.insert(words.begin(), {"toy", "--sandbox=off"});  // a seal would hold for all tests of this process
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  ToolSpec spec{"toy", "Does nothing, well", "rows", {"rows 7"}};
  spec.takes_hangup = takes_hangup;
  Outcome outcome;
  const MemoryFile in(input);
  const MemoryFile out;
  const MemoryFile err;
  {
    const Replaced standard_input(STDIN_FILENO, in.fd());
    const Replaced standard_output(STDOUT_FILENO, stdout_fd < 0 ? out.fd() : stdout_fd);
    const Replaced standard_error(STDERR_FILENO, err.fd());
    outcome.status =
        run_main(static_cast<int>(words.size()), argv.data(), spec, outcome.options.inputs, declared(outcome.options),
                 [&](Streams& streams) { return body(outcome.options, streams); });
  }
  outcome.out = out.content();
  outcome.err = err.content();
  return outcome;
}

/// The usage error that these words give: one line, status 64, nothing on standard output.
std::string usage_error(const std::vector<std::string>& words) {
  bool ran = false;
  const Outcome outcome = run_toy(words, [&](const ToyOptions&, Streams&) {
    ran = true;
    return ExitCode::ok;
  });
  EXPECT_FALSE(ran);
  EXPECT_EQ(outcome.status, 64);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, MatchesRegex("toy: error: [^\n]*\n")) << "one line";
  return outcome.err;
}

class CliFiles : public testing::Test {
 protected:
  CliFiles() : folder(std::filesystem::path(testing::TempDir()) / ("mltat-cli-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder);
  }
  ~CliFiles() override { std::filesystem::remove_all(folder); }
  std::string path(const std::string& name) const { return folder / name; }
  static std::string content(const std::string& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::filesystem::path folder;
};

// ---------------------------------------------------------------------------------------------------- words of its own

TEST(Cli, HelpGoesToStandardOutputWithStatusZero) {
  for (const char* word : {"-h", "--help"}) {
    const Outcome outcome = run_toy({word});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_THAT(outcome.err, IsEmpty());
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("Does nothing, well"), HasSubstr("--fast"), HasSubstr("--output"),
                                   HasSubstr("--rule")));
    EXPECT_THAT(outcome.out, HasSubstr("slow|steady [slow]")) << "the choices and the default";
    EXPECT_THAT(outcome.out, HasSubstr("[5]"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("dump-options"))) << "not for people";
  }
}

TEST(Cli, VersionGoesToStandardOutputAndNamesTheFormats) {
  for (const char* word : {"-V", "--version"}) {
    const Outcome outcome = run_toy({word});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_THAT(outcome.err, IsEmpty());
    EXPECT_EQ(outcome.out, "toy (mltat) " MLTAT_VERSION "\nrows 7\n");
  }
}

Options declare_required(ToyOptions& options) {
  return {required(texts("-m,--model", "FILE", options.rules, "the model"))};
}

TEST(Cli, HelpVersionAndDumpNeedNoRequiredOption) {
  for (const char* word : {"--help", "--version", "--dump-options"})
    EXPECT_EQ(run_toy({word}, nothing, "", -1, declare_required).status, 0) << word;
  const Outcome without = run_toy({}, nothing, "", -1, declare_required);
  EXPECT_EQ(without.status, 64);
  EXPECT_THAT(without.err, HasSubstr("--model"));
}

TEST(Cli, DumpOptionsListsEveryOptionAsNdjson) {
  const Outcome outcome = run_toy({"--dump-options"});
  EXPECT_EQ(outcome.status, 0);
  std::set<std::string> names;
  RecordReader records(std::make_unique<MemorySource>("dump", as_bytes(outcome.out)));
  RecordBlock block;
  JsonReader reader;
  std::vector<JsonMember> members;
  while (records.next(block)) {
    for (const Record& record : block.records) {
      ASSERT_EQ(reader.members(block.text(record), members), std::nullopt);
      std::vector<std::string> keys;
      for (const JsonMember& member : members)
        keys.emplace_back(member.key);
      EXPECT_THAT(keys, ElementsAre("names", "value", "choices", "path", "default", "help"));
      names.emplace(members[0].value);
      EXPECT_NE(members[5].value, "\"\"") << members[0].value;
    }
  }
  EXPECT_EQ(names, (std::set<std::string>{"\"-f,--fast\"", "\"--mode\"", "\"-n,--number\"", "\"--rule\"",
                                          "\"-o,--output\"", "\"-j,--threads\"", "\"-q,--quiet\"", "\"-v,--verbose\"",
                                          "\"--progress\"", "\"--stats\"", "\"--line-buffered\"", "\"--sandbox\""}));
  EXPECT_THAT(
      outcome.out,
      HasSubstr(R"({"names":"-n,--number","value":"N","choices":[],"path":false,"default":"5","help":"how many"})"
                "\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr(R"({"names":"--progress","value":"WORD","choices":["auto","always","never"],"path":false,)"));
  EXPECT_THAT(outcome.out, HasSubstr(R"({"names":"--stats","value":"FILE","choices":[],"path":true,)"));
}

// ------------------------------------------------------------------------------------------------------------ options

TEST(Cli, OptionsReachTheTool) {
  const Outcome outcome = run_toy({"-f", "--mode", "steady", "-n", "7", "--rule", "a", "--rule=b", "one", "two"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(outcome.options.fast);
  EXPECT_EQ(outcome.options.mode, "steady");
  EXPECT_EQ(outcome.options.number, 7u);
  EXPECT_THAT(outcome.options.rules, ElementsAre("a", "b"));
  EXPECT_THAT(outcome.options.inputs, ElementsAre("one", "two"));
}

TEST(Cli, WithoutFilesStandardInputIsTheInput) {
  EXPECT_THAT(run_toy({}).options.inputs, ElementsAre("-"));
  EXPECT_THAT(run_toy({"one", "-"}).options.inputs, ElementsAre("one", "-"));
  EXPECT_THAT(usage_error({"-", "one", "-"}), HasSubstr("named twice"));
}

TEST(Cli, AnOptionTakesOneValueAndLeavesTheFilesAlone) {
  const Outcome outcome = run_toy({"--rule", "a", "one", "--number", "3", "two"});
  EXPECT_THAT(outcome.options.rules, ElementsAre("a"));
  EXPECT_THAT(outcome.options.inputs, ElementsAre("one", "two"));
}

TEST(Cli, AnOptionThatMayStandOnceIsRefusedTheSecondTime) {
  EXPECT_THAT(usage_error({"--number", "1", "--number", "2"}), HasSubstr("--number"));
  EXPECT_THAT(usage_error({"-j", "1", "--threads", "2"}), HasSubstr("--threads"));
  EXPECT_THAT(usage_error({"--mode", "slow", "--mode", "slow"}), HasSubstr("--mode"));
}

TEST(Cli, AChoiceThatIsNoneIsRefusedWithTheWords) {
  EXPECT_THAT(usage_error({"--mode", "quick"}),
              AllOf(HasSubstr("--mode"), HasSubstr("\"quick\" is none of slow, steady")));
  EXPECT_THAT(usage_error({"--mode", "SLOW"}), HasSubstr("slow, steady")) << "in small letters";
  EXPECT_THAT(usage_error({"--progress", "yes"}), HasSubstr("auto, always, never"));
}

TEST(Cli, AValueThatCannotBeReadIsToldWithItsOption) {
  EXPECT_THAT(usage_error({"-n", "many"}), HasSubstr("--number: \"many\" is not a whole number"));
  EXPECT_THAT(usage_error({"-j", "-1"}), HasSubstr("--threads"));
}

TEST(Cli, WhatIsNoOptionIsRefused) {
  EXPECT_THAT(usage_error({"--slow"}), AllOf(HasSubstr("--slow"), HasSubstr("toy --help")));
  EXPECT_THAT(usage_error({"-x"}), HasSubstr("-x"));
  EXPECT_THAT(usage_error({"--numb", "3"}), HasSubstr("--numb")) << "no abbreviations";
  EXPECT_THAT(usage_error({"--number"}), HasSubstr("--number"));
}

TEST(Cli, AFlagTakesNoValue) {
  EXPECT_THAT(usage_error({"--fast=false"}), HasSubstr("fast"));
  EXPECT_THAT(usage_error({"--quiet=0"}), HasSubstr("quiet"));
}

TEST(Cli, ATwoDashesAloneEndTheOptions) {
  EXPECT_THAT(run_toy({"--", "-f"}).options.inputs, ElementsAre("-f"));
}

// ------------------------------------------------------------------------------------------------------ common options

TEST(Cli, CommonOptionsReachTheStreams) {
  run_toy({"-j", "3", "--line-buffered", "--stats", "s.prom"}, [](const ToyOptions&, Streams& streams) {
    EXPECT_EQ(streams.threads, 3u);
    EXPECT_TRUE(streams.line_buffered);
    EXPECT_EQ(streams.stats, "s.prom");
    EXPECT_EQ(streams.out.name(), "stdout");
    EXPECT_EQ(streams.log.program(), "toy");
    return ExitCode::ok;
  });
  run_toy({}, [](const ToyOptions&, Streams& streams) {
    EXPECT_GE(streams.threads, 1u) << "0 is one a processor";
    EXPECT_FALSE(streams.line_buffered);
    EXPECT_EQ(streams.stats, "");
    return ExitCode::ok;
  });
  run_toy({"-j", "100000"}, [](const ToyOptions&, Streams& streams) {
    EXPECT_EQ(streams.threads, 1024u);
    return ExitCode::ok;
  });
}

TEST(Cli, StandardInputIsReadThroughTheStreams) {
  const Outcome outcome = run_toy(
      {},
      [](const ToyOptions& options, Streams& streams) {
        std::array<std::uint8_t, 16> buffer;
        const auto source = streams.open(options.inputs[0]);
        EXPECT_EQ(source->name(), "stdin");
        streams.out.write(as_text(Bytes(buffer).first(read_fully(*source, buffer))));
        return ExitCode::ok;
      },
      "some text");
  EXPECT_EQ(outcome.out, "some text");
}

ExitCode talk(const ToyOptions&, Streams& streams) {
  streams.log.warning("mind the gap");
  streams.log.info("all is well");
  streams.log.error("not so well");
  streams.out.write("data\n");
  return ExitCode::ok;
}

TEST(Cli, WordsGoToStandardErrorAndDataAloneToStandardOutput) {
  const Outcome outcome = run_toy({}, talk);
  EXPECT_EQ(outcome.out, "data\n");
  EXPECT_EQ(outcome.err, "toy: warning: mind the gap\ntoy: error: not so well\n");
}

TEST(Cli, QuietHidesWarningsOnly) {
  EXPECT_EQ(run_toy({"-q"}, talk).err, "toy: error: not so well\n");
}

TEST(Cli, VerboseAddsASummaryOfTheRun) {
  EXPECT_THAT(run_toy({"-v"}, talk).err, AllOf(HasSubstr("toy: all is well\n"),
                                               HasSubstr("toy: mltat " MLTAT_VERSION ": wall "), HasSubstr(" MiB\n")));
}

TEST_F(CliFiles, OutputGoesToTheFileAndAppearsWhole) {
  const std::string file = path("out.txt");
  const Outcome outcome = run_toy({"-o", file}, [&](const ToyOptions&, Streams& streams) {
    streams.out.write("da");
    EXPECT_FALSE(std::filesystem::exists(file)) << "not before it is complete";
    streams.out.write("ta\n");
    return ExitCode::no;
  });
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_EQ(content(file), "data\n");
}

TEST_F(CliFiles, ARunThatFailsLeavesTheOldFileAndNoHalfOfANewOne) {
  const std::string file = path("out.txt");
  std::ofstream(file) << "old";
  const Outcome outcome = run_toy({"-o", file}, [&](const ToyOptions&, Streams& streams) -> ExitCode {
    streams.out.write("half");
    throw Error(ExitCode::bad_data, "stdin:3: broken");
  });
  EXPECT_EQ(outcome.status, 65);
  EXPECT_EQ(content(file), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

// -------------------------------------------------------------------------------------------------------- exit status

TEST(Cli, TheToolsAnswerIsTheStatus) {
  for (const ExitCode code : {ExitCode::ok, ExitCode::no, ExitCode::bad_data, ExitCode::mismatch}) {
    const Outcome outcome = run_toy({}, [code](const ToyOptions&, Streams&) { return code; });
    EXPECT_EQ(outcome.status, static_cast<int>(code));
    EXPECT_THAT(outcome.err, IsEmpty());
  }
}

TEST(Cli, AnErrorIsOneLineAndItsStatus) {
  const std::map<ExitCode, int> statuses{
      {ExitCode::usage, 64},         {ExitCode::bad_data, 65}, {ExitCode::no_input, 66}, {ExitCode::internal, 70},
      {ExitCode::cannot_create, 73}, {ExitCode::io, 74},       {ExitCode::mismatch, 78}};
  for (const auto& [code, status] : statuses) {
    const Outcome outcome =
        run_toy({}, [&](const ToyOptions&, Streams&) -> ExitCode { throw Error(code, "x.pcap: some fact"); });
    EXPECT_EQ(outcome.status, status);
    EXPECT_EQ(outcome.err, "toy: error: x.pcap: some fact\n");
  }
}

TEST(Cli, OurOwnBugsSaySoAndNoMemoryIsTheMachines) {
  const Outcome bug = run_toy({}, [](const ToyOptions&, Streams&) -> ExitCode { throw std::logic_error("oops"); });
  EXPECT_EQ(bug.status, 70);
  EXPECT_THAT(bug.err, AllOf(StartsWith("toy: error: internal error"), HasSubstr("oops")));
  const Outcome memory = run_toy({}, [](const ToyOptions&, Streams&) -> ExitCode { throw std::bad_alloc(); });
  EXPECT_EQ(memory.status, 74);
}

TEST(Cli, AnInputThatIsNotThereIs66) {
  const Outcome outcome = run_toy({"/nonexistent/x.pcap"}, [](const ToyOptions& options, Streams& streams) {
    streams.open(options.inputs[0]);
    return ExitCode::ok;
  });
  EXPECT_EQ(outcome.status, 66);
  EXPECT_THAT(outcome.err, HasSubstr("/nonexistent/x.pcap: cannot open"));
}

TEST(Cli, AnOutputThatCannotBeCreatedIs73BeforeAnythingRuns) {
  bool ran = false;
  const Outcome outcome = run_toy({"-o", "/nonexistent/out"}, [&](const ToyOptions&, Streams&) {
    ran = true;
    return ExitCode::ok;
  });
  EXPECT_EQ(outcome.status, 73);
  EXPECT_FALSE(ran);
  EXPECT_THAT(outcome.err, HasSubstr("/nonexistent/out: cannot create"));
}

TEST(Cli, AFullDeviceBehindStandardOutputIs74) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full < 0) GTEST_SKIP() << "no /dev/full here";
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"--help"}, {"--version"}, {"--dump-options"}}) {
    const Outcome outcome = run_toy(words, talk, "", full);
    EXPECT_EQ(outcome.status, 74);
    EXPECT_THAT(outcome.err, HasSubstr("stdout: write error: "));
  }
  close(full);
}

TEST(Cli, RepeatedWarningsAreCountedAtTheEndEvenIfTheRunFails) {
  const Outcome outcome = run_toy({}, [](const ToyOptions&, Streams& streams) -> ExitCode {
    for (int i = 0; i < 8; ++i)
      streams.log.repeated_warning("odd rows", "row " + std::to_string(i));
    throw Error(ExitCode::bad_data, "the end");
  });
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("toy: warning: row 4\n"), Not(HasSubstr("row 5")),
                                 HasSubstr("toy: warning: 3 more of: odd rows\ntoy: error: the end\n")));
}

// The form that a main.cc uses.
ExitCode run_declared(const ToyOptions& options, Streams& streams) {
  streams.out.write(options.mode + "\n");
  return ExitCode::no;
}

TEST(Cli, SighupIsToldOnceToAToolThatTakesIt) {
  signal(SIGHUP, SIG_DFL);  // what another test of this process has installed would stay
  std::vector<bool> told;
  const Body body = [&](const ToyOptions&, Streams& streams) {
    told.push_back(streams.hung_up());
    raise(SIGHUP);
    told.push_back(streams.hung_up());
    told.push_back(streams.hung_up());
    return ExitCode::ok;
  };
  EXPECT_EQ(run_toy({}, body, "", -1, declare, true).status, 0);
  signal(SIGHUP, SIG_DFL);
  EXPECT_THAT(told, ElementsAre(false, true, false));
  run_toy({}, [&](const ToyOptions&, Streams& streams) {
    EXPECT_FALSE(streams.hung_up);
    return ExitCode::ok;
  });
}

TEST_F(CliFiles, ALiveRunIsPreparedFirstAndAskedToEnd) {
  for (const int signal_number : {SIGTERM, SIGUSR1})
    signal(signal_number, SIG_DFL);
  std::vector<std::string> words{"toy", "--sandbox=off", "-o", path("out")};
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  Inputs inputs;
  std::vector<bool> told;
  const auto run = [&](Streams& streams) {
    for (const int signal_number : {0, SIGUSR1, SIGTERM}) {
      if (signal_number != 0) raise(signal_number);
      told.push_back(streams.stopped());
      told.push_back(streams.counts_wanted());
    }
    streams.out.write("all that was held");
    return ExitCode::ok;
  };
  const auto prepare = [&] {
    EXPECT_THAT(inputs, ElementsAre("-")) << "the command line is known";
    EXPECT_TRUE(std::filesystem::is_empty(folder)) << "and nothing opened";
    return true;
  };
  const int status =
      run_main(static_cast<int>(words.size()), argv.data(), {"toy", "", "rows"}, inputs, {}, run, prepare);
  for (const int signal_number : {SIGTERM, SIGUSR1})
    signal(signal_number, SIG_DFL);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(content(path("out")), "all that was held");
  EXPECT_THAT(told, ElementsAre(false, false, false, true, true, false));
}

TEST(Cli, OnlyALiveRunIsToldOfItsEnd) {
  run_toy({}, [&](const ToyOptions&, Streams& streams) {
    EXPECT_FALSE(streams.stopped);
    EXPECT_FALSE(streams.counts_wanted);
    return ExitCode::ok;
  });
}

TEST(Cli, AStructAndTwoFunctionsMakeATool) {
  std::string tool = "toy";
  std::string word = "--mode=steady";
  std::string open = "--sandbox=off";
  std::array<char*, 4> argv{tool.data(), word.data(), open.data(), nullptr};
  const MemoryFile out;
  int status = -1;
  {
    const Replaced standard_output(STDOUT_FILENO, out.fd());
    status = run_main<ToyOptions>(3, argv.data(), {"toy", "", "rows"}, declare, run_declared);
  }
  EXPECT_EQ(status, 1);
  EXPECT_EQ(out.content(), "steady\n");
}

}  // namespace
}  // namespace mltat
