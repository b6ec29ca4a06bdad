// SPDX-License-Identifier: Apache-2.0
#include "cli/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "io/output.h"

namespace mltat {
namespace {

namespace fs = std::filesystem;

// Younger than the kernel headers that may be installed.
constexpr std::uint64_t kTruncate = 1u << 14;       // since ABI 3
constexpr std::uint64_t kIoctlOnDevice = 1u << 15;  // since ABI 5
constexpr std::uint64_t kTcpBindConnect = 0b11;     // since ABI 4
constexpr std::uint64_t kScopes = 0b11;             // since ABI 6: abstract sockets and signals of others
struct RulesetAttributes {
  std::uint64_t handled_fs;
  std::uint64_t handled_net;
  std::uint64_t scoped;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWrite = LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr std::uint64_t kCreate = kWrite | kTruncate | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;
constexpr std::uint64_t kOfFiles = kWrite | LANDLOCK_ACCESS_FS_READ_FILE;

RulesetAttributes all_of(long abi) {
  RulesetAttributes all{LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1, 0, 0};
  if (abi >= 2) all.handled_fs |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3) all.handled_fs |= kTruncate;
  if (abi >= 4) all.handled_net = kTcpBindConnect;
  if (abi >= 5) all.handled_fs |= kIoctlOnDevice;
  if (abi >= 6) all.scoped = kScopes;
  return all;
}

std::string folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

}  // namespace

Sandbox::Sandbox() {
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  const RulesetAttributes attributes = all_of(abi);
  handled_ = attributes.handled_fs;
  if (abi > 0) ruleset_ = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
  error_ = errno;
}

Sandbox::~Sandbox() {
  if (ruleset_ >= 0) close(ruleset_);
}

void Sandbox::allow(PathUse use, const std::string& path) {
  if (use == PathUse::read) add_rule(path, kRead);
  if (use == PathUse::reread) allow_reread(path);
  if (use == PathUse::write && is_written_in_place(path)) add_rule(path, kWrite);
  if (use == PathUse::write && !is_written_in_place(path)) add_rule(folder_of(path), kCreate);
}

void Sandbox::allow_scratch(const std::string& folder) {
  add_rule(folder, kCreate | LANDLOCK_ACCESS_FS_READ_FILE);
}

/// The rule of a file goes with that file when another takes its place, so it is the folder that is named, and the
/// one where a link leads.
void Sandbox::allow_reread(const std::string& path) {
  std::error_code missing;
  const fs::path real = fs::canonical(path, missing);
  if (missing || !fs::is_directory(real)) {
    add_rule(folder_of(path), kRead);
    if (!missing) add_rule(folder_of(real), kRead);
    return;
  }
  add_rule(path, kRead);
  for (const fs::directory_entry& entry : fs::directory_iterator(real, missing))
    if (entry.is_symlink()) allow_reread(entry.path());
}

void Sandbox::add_rule(const std::string& path, std::uint64_t access) {
  const int place = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (place < 0) return;
  struct stat status {};
  const bool is_folder = fstat(place, &status) == 0 && S_ISDIR(status.st_mode);
  const landlock_path_beneath_attr rule{access & handled_ & (is_folder ? ~0ull : kOfFiles), place};
  syscall(SYS_landlock_add_rule, ruleset_, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);  // refused for pipes: not needed
  close(place);
}

std::string Sandbox::seal() {
  const bool is_sealed = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ruleset_ >= 0 &&
                         syscall(SYS_landlock_restrict_self, ruleset_, 0) == 0;
  if (is_sealed) return "";
  return std::string("Landlock: ") + std::strerror(ruleset_ < 0 ? error_ : errno);
}

}  // namespace mltat
