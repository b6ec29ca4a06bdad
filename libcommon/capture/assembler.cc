// SPDX-License-Identifier: Apache-2.0
#include "capture/assembler.h"

namespace mltat {

void Assembler::park() {
  if (!waiting_ || is_parked_) return;
  parked_.assign(waiting_->frame.begin(), waiting_->frame.end());
  is_parked_ = true;
}

void Assembler::settle(const std::optional<RawTime>& successor) {
  CapturedRecord record = *waiting_;
  waiting_.reset();
  if (is_parked_) {
    // A block takes at most one: a record is parked at the end of a block, or while the block is still empty.
    block_->carried.swap(parked_);
    record.frame = block_->carried;
    is_parked_ = false;
  }
  emit(record, successor);
}

}  // namespace mltat
