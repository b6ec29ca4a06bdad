// SPDX-License-Identifier: Apache-2.0
#include "cli/run_main.h"
#include "tools/fuse/options.h"
#include "tools/fuse/run.h"

int main(int argc, char** argv) {
  return mltat::run_main(argc, argv, mltat::fuse::spec(), mltat::fuse::declare, mltat::fuse::run,
                         mltat::fuse::schema);
}
