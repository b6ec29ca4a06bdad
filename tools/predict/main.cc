// SPDX-License-Identifier: Apache-2.0
#include "cli/run_main.h"
#include "tools/predict/options.h"
#include "tools/predict/run.h"

int main(int argc, char** argv) {
  return mltat::run_main(argc, argv, mltat::predict::spec(), mltat::predict::declare, mltat::predict::run,
                         mltat::predict::schema);
}
