// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target on each file named, or in each folder named: what libFuzzer does, but for looking for more.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz.h"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& place) {
  if (!fs::is_directory(place)) return {place};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(place))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// In memory of exactly its size, so that AddressSanitizer sees a read behind its end.
std::vector<std::uint8_t> bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  bytes.shrink_to_fit();
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t runs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const fs::path& file : files_of(argv[i])) {
      std::printf("%s\n", file.c_str());
      std::fflush(stdout);  // the last line names the file that was too much
      const std::vector<std::uint8_t> bytes = bytes_of(file);
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
      ++runs;
    }
  }
  if (runs == 0) std::fprintf(stderr, "usage: %s FILE|FOLDER...\n", argv[0]);
  return runs == 0 ? 1 : 0;
}
