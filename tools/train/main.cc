// SPDX-License-Identifier: Apache-2.0
#include "cli/run_main.h"
#include "tools/train/options.h"
#include "tools/train/run.h"

int main(int argc, char** argv) {
  return mltat::run_main(argc, argv, mltat::train::spec(), mltat::train::declare, mltat::train::run);
}
