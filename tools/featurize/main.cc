// SPDX-License-Identifier: Apache-2.0
#include "cli/run_main.h"
#include "tools/featurize/options.h"
#include "tools/featurize/run.h"

int main(int argc, char** argv) {
  return mltat::run_main(argc, argv, mltat::featurize::spec(), mltat::featurize::declare, mltat::featurize::run,
                         mltat::featurize::schema, mltat::featurize::prepare);
}
