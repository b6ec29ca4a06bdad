// SPDX-License-Identifier: Apache-2.0
/// A build without libndpi: nothing can be inspected, and the error says how to change that.
#include "base/error.h"
#include "dpi/detector.h"

namespace mltat {
namespace {

Error without_libndpi() {
  return Error(ExitCode::usage,
               "--dpi: built without libndpi: install libndpi-dev 4.2 and build with -DMLTAT_WITH_DPI=ON");
}

}  // namespace

struct Inspection {};
struct Detector::Module {};

void InspectionDeleter::operator()(Inspection* inspection) const {
  delete inspection;
}

Detector::Detector() {
  throw without_libndpi();
}
Detector::~Detector() = default;
InspectionPtr Detector::begin() {
  throw without_libndpi();
}
bool Detector::add(Inspection&, Bytes, Nanos) {
  return false;
}
DpiVerdict Detector::conclude(Inspection&) {
  return {};
}
Vocabulary make_vocabulary() {
  throw without_libndpi();
}

}  // namespace mltat
