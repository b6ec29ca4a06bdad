// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tools/cotrain/options.h"
#include "tools/featurize/options.h"
#include "tools/flowgen/options.h"
#include "tools/fuse/options.h"
#include "tools/predict/options.h"
#include "tools/train/options.h"

namespace mltat {
namespace {

template <class ToolOptions>
void expect_marked_paths(Options (*declare)(ToolOptions&)) {
  ToolOptions options;
  for (const Option& option : declare(options)) {
    const bool says_so = option.value.find("FILE") != std::string::npos || option.value == "MODEL";
    EXPECT_EQ(option.path_use != PathUse::none, says_so) << option.names;
  }
}

// What is not marked cannot be opened in a sealed run.
TEST(ToolOptions, AValueThatIsAPathIsMarkedSo) {
  expect_marked_paths(flowgen::declare);
  expect_marked_paths(featurize::declare);
  expect_marked_paths(train::declare);
  expect_marked_paths(predict::declare);
  expect_marked_paths(fuse::declare);
  expect_marked_paths(cotrain::declare);
}

}  // namespace
}  // namespace mltat
