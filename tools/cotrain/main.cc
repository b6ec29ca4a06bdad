// SPDX-License-Identifier: Apache-2.0
#include "cli/run_main.h"
#include "tools/cotrain/options.h"
#include "tools/cotrain/run.h"

int main(int argc, char** argv) {
  return mltat::run_main(argc, argv, mltat::cotrain::spec(), mltat::cotrain::declare, mltat::cotrain::run,
                         mltat::cotrain::schema);
}
