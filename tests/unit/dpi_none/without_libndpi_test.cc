// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/error.h"
#include "dpi/dpi.h"

namespace mltat {
namespace {

std::unique_ptr<ByteSource> no_file(const std::string& path) {
  throw Error(ExitCode::no_input, path);
}

TEST(WithoutLibndpi, DpiIsAnErrorThatTellsTheRemedy) {
  try {
    make_dpi({.on = true, .class_map = ""}, {}, no_file);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    EXPECT_STREQ(error.what(),
                 "--dpi: built without libndpi: install libndpi-dev 4.2 and build with -DMLTAT_WITH_DPI=ON");
  }
}

TEST(WithoutLibndpi, AllElseIsAsWithIt) {
  EXPECT_FALSE(make_dpi({}, {}, no_file));
}

}  // namespace
}  // namespace mltat
