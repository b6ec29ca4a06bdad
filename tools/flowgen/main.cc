// SPDX-License-Identifier: Apache-2.0
#include "cli/run_main.h"
#include "tools/flowgen/options.h"
#include "tools/flowgen/run.h"

int main(int argc, char** argv) {
  return mltat::run_main(argc, argv, mltat::flowgen::spec(), mltat::flowgen::declare, mltat::flowgen::run,
                         mltat::flowgen::schema, mltat::flowgen::prepare);
}
