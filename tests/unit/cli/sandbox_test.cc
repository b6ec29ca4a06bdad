// SPDX-License-Identifier: Apache-2.0
// A seal is for good, so each attempt is made in a child.
#include "cli/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>

#include "cli/run_main.h"
#include "io/spool.h"

namespace mltat {
namespace {

namespace fs = std::filesystem;

long landlock_abi() {
  return syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/// The exit status of a child that does nothing but this.
int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    int status = 99;
    try {
      status = body();
    } catch (const Error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      status = static_cast<int>(error.code());
    }
    std::fflush(nullptr);
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// 0, or the errno of what returned -1.
int error_of(long result) {
  return result == -1 ? errno : 0;
}
int open_error(const std::string& path, int flags = O_RDONLY) {
  return error_of(open(path.c_str(), flags | O_CLOEXEC, 0600));
}

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    if (landlock_abi() < 1) GTEST_SKIP() << "no Landlock here";
    folder_ = fs::path(testing::TempDir()) / ("mltat-sandbox-" + std::to_string(getpid()));
    fs::create_directories(folder_ / "in");
    fs::create_directories(folder_ / "out");
    fs::create_directories(folder_ / "other");
    for (const char* name : {"in/a", "in/b", "other/a"})
      std::ofstream(folder_ / name) << name;
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }
  std::string path(const std::string& name) const { return folder_ / name; }

  /// errno of an attempt, 0 for success, by a child that was allowed this much and then sealed itself.
  static int sealed(const std::function<void(Sandbox&)>& allow, const std::function<int()>& attempt) {
    return in_child([&] {
      Sandbox sandbox;
      allow(sandbox);
      if (!sandbox.seal().empty()) return 98;
      return attempt();
    });
  }
  static void allow_nothing(Sandbox&) {}

  fs::path folder_;
};

TEST_F(SandboxTest, WhatIsNotAllowedIsDenied) {
  EXPECT_EQ(sealed(allow_nothing, [&] { return open_error(path("in/a")); }), EACCES);
  EXPECT_EQ(sealed(allow_nothing, [&] { return open_error(path("in"), O_DIRECTORY); }), EACCES);
  EXPECT_EQ(sealed(allow_nothing, [&] { return open_error(path("in/a"), O_WRONLY); }), EACCES);
  EXPECT_EQ(sealed(allow_nothing, [&] { return open_error(path("out/x"), O_WRONLY | O_CREAT); }), EACCES);
  EXPECT_EQ(sealed(allow_nothing, [&] { return error_of(unlink(path("in/a").c_str())); }), EACCES);
  EXPECT_EQ(sealed(allow_nothing, [&] { return error_of(rename(path("in/a").c_str(), path("in/c").c_str())); }),
            EACCES);
  EXPECT_EQ(sealed(allow_nothing, [] { return error_of(execl("/bin/true", "true", nullptr)); }), EACCES);
  EXPECT_EQ(sealed(allow_nothing, [] { return open_error("/proc/self/maps"); }), EACCES);
  EXPECT_EQ(sealed(allow_nothing, [&] { return open_error(path("missing")); }), ENOENT) << "what is not there is told";
}

TEST_F(SandboxTest, ConnectionsAreDenied) {
  if (landlock_abi() < 4) GTEST_SKIP() << "this kernel's Landlock knows no sockets";
  EXPECT_EQ(sealed(allow_nothing,
                   [] {
                     sockaddr_in address{};
                     address.sin_family = AF_INET;
                     address.sin_port = htons(9);
                     address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                     const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                     return error_of(connect(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address));
                   }),
            EACCES);
}

TEST_F(SandboxTest, NoPrivilegesAreGainedFromThenOn) {
  EXPECT_EQ(sealed(allow_nothing, [] { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }), 1);
}

TEST_F(SandboxTest, WhatIsOpenStaysOpen) {
  const int file = open(path("in/a").c_str(), O_RDONLY | O_CLOEXEC);
  char first = 0;
  EXPECT_EQ(sealed(allow_nothing, [&] { return error_of(read(file, &first, 1)); }), 0);
  close(file);
}

TEST_F(SandboxTest, ReadAllowsTheFileOrAllBeneathTheFolder) {
  const auto file = [&](Sandbox& sandbox) { sandbox.allow(PathUse::read, path("in/a")); };
  EXPECT_EQ(sealed(file, [&] { return open_error(path("in/a")); }), 0);
  EXPECT_EQ(sealed(file, [&] { return open_error(path("in/b")); }), EACCES);
  EXPECT_EQ(sealed(file, [&] { return open_error(path("in/a"), O_WRONLY); }), EACCES);
  const auto folder = [&](Sandbox& sandbox) { sandbox.allow(PathUse::read, path("in")); };
  EXPECT_EQ(sealed(folder, [&] { return open_error(path("in"), O_DIRECTORY); }), 0);
  EXPECT_EQ(sealed(folder, [&] { return open_error(path("in/b")); }), 0);
  EXPECT_EQ(sealed(folder, [&] { return open_error(path("other/a")); }), EACCES);
}

TEST_F(SandboxTest, WhatIsReadAgainMayBeReplaced) {
  fs::create_symlink(path("other/a"), path("in/link"));
  const auto replaced = [&](PathUse use, const std::string& allowed, const std::string& opened,
                            const std::string& file) {
    return sealed(
        [&](Sandbox& sandbox) {
          sandbox.allow(use, path(allowed));
          sandbox.allow(PathUse::write, path(file));
        },
        [&] {
          write_file(path(file), "new");
          return open_error(path(opened));
        });
  };
  EXPECT_EQ(replaced(PathUse::read, "in/a", "in/a", "in/a"), EACCES) << "a rule is for a file, not for its name";
  EXPECT_EQ(replaced(PathUse::reread, "in/a", "in/a", "in/a"), 0);
  EXPECT_EQ(replaced(PathUse::reread, "in/link", "in/link", "other/a"), 0);
  EXPECT_EQ(replaced(PathUse::reread, "in", "in/link", "other/a"), 0) << "the links in a folder";
}

TEST_F(SandboxTest, WriteAllowsAFileToAppearInItsFolder) {
  const auto output = [&](Sandbox& sandbox) { sandbox.allow(PathUse::write, path("out/x")); };
  const auto write = [&](const std::string& name) {
    return [&, name] {
      write_file(path(name), "data");
      return 0;
    };
  };
  EXPECT_EQ(sealed(output, write("out/x")), 0);
  EXPECT_EQ(sealed(output, write("out/x")), 0) << "over the one that is there";
  EXPECT_EQ(fs::file_size(path("out/x")), 4u);
  EXPECT_EQ(sealed(output, write("in/x")), static_cast<int>(ExitCode::cannot_create));
  EXPECT_EQ(sealed(output, [&] { return open_error(path("out/x")); }), EACCES) << "not to be read";
  EXPECT_EQ(sealed(output, [&] { return error_of(mkdir(path("out/folder").c_str(), 0700)); }), EACCES);
}

TEST_F(SandboxTest, WhatIsWrittenInPlaceOpensNoFolder) {
  ASSERT_EQ(mkfifo(path("out/fifo").c_str(), 0600), 0);
  const auto output = [&](const std::string& name) {
    return [&, name](Sandbox& sandbox) { sandbox.allow(PathUse::write, name); };
  };
  EXPECT_EQ(sealed(output("/dev/null"), [] { return open_error("/dev/null", O_WRONLY); }), 0);
  EXPECT_EQ(sealed(output("/dev/null"), [] { return open_error("/dev/zero", O_WRONLY); }), EACCES);
  const int reader = open(path("out/fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  EXPECT_EQ(sealed(output(path("out/fifo")), [&] { return open_error(path("out/fifo"), O_WRONLY); }), 0);
  EXPECT_EQ(sealed(output(path("out/fifo")), [&] { return open_error(path("out/x"), O_WRONLY | O_CREAT); }), EACCES);
  close(reader);
}

TEST_F(SandboxTest, DescriptorsByNameStayUsable) {
  std::array<int, 2> pipe_fds{};
  ASSERT_EQ(pipe(pipe_fds.data()), 0);
  const std::string reading = "/dev/fd/" + std::to_string(pipe_fds[0]);
  const std::string writing = "/dev/fd/" + std::to_string(pipe_fds[1]);
  EXPECT_EQ(
      sealed([&](Sandbox& sandbox) { sandbox.allow(PathUse::read, reading); }, [&] { return open_error(reading); }), 0);
  EXPECT_EQ(sealed([&](Sandbox& sandbox) { sandbox.allow(PathUse::write, writing); },
                   [&] { return open_error(writing, O_WRONLY); }),
            0);
}

TEST_F(SandboxTest, ScratchHoldsTemporaryFilesAlone) {
  setenv("TMPDIR", path("out").c_str(), 1);
  const auto scratch = [](Sandbox& sandbox) { sandbox.allow_scratch(Spool::folder()); };
  EXPECT_EQ(sealed(scratch,
                   [] {
                     const Spool spool;
                     return 0;
                   }),
            0);
  EXPECT_EQ(sealed(scratch, [&] { return open_error(path("in/a")); }), EACCES);
}

// -------------------------------------------------------------------------------------------- in the frame of the
// tools

/// The status of a tool that reads its input, writes its statistics and then opens a file that nobody named.
int run_curious(std::vector<std::string> words, const std::string& unnamed) {
  return in_child([&] {
    words.insert(words.begin(), "curious");
    std::vector<char*> argv;
    for (std::string& word : words)
      argv.push_back(word.data());
    Inputs inputs;
    return run_main(static_cast<int>(words.size()), argv.data(), {"curious", "", "rows"}, inputs, {},
                    [&](Streams& streams) {
                      streams.open(inputs[0]);
                      if (!streams.stats.empty()) write_file(streams.stats, "{}\n");
                      return open_error(unnamed) == EACCES ? ExitCode::no : ExitCode::ok;
                    });
  });
}

TEST_F(SandboxTest, ARunOpensWhatItsCommandLineNames) {
  const std::vector<std::string> words{path("in/a"), "--stats", path("out/stats")};
  const auto with = [&](const char* mode) {
    std::vector<std::string> all = words;
    all.insert(all.end(), {"--sandbox", mode});
    return run_curious(all, path("in/b"));
  };
  EXPECT_EQ(with("auto"), 1);
  EXPECT_EQ(with("require"), 1);
  EXPECT_EQ(with("off"), 0);
  EXPECT_TRUE(fs::exists(path("out/stats")));
}

/// From now on the kernel looks as one without Landlock.
void forget_landlock() {
  std::array<sock_filter, 4> program{{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
                                      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                                      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}};
  const sock_fprog filter{program.size(), program.data()};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

TEST_F(SandboxTest, WithoutLandlockARunGoesOnUnlessItIsRequired) {
  const auto with = [&](const char* mode) {
    return in_child([&] {
      forget_landlock();
      if (landlock_abi() >= 0) return 97;
      return run_curious({path("in/a"), "--sandbox", mode}, path("in/b"));
    });
  };
  if (with("off") == 97) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(with("auto"), 0);
  EXPECT_EQ(with("require"), static_cast<int>(ExitCode::usage));
}

}  // namespace
}  // namespace mltat
