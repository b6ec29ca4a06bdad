// SPDX-License-Identifier: Apache-2.0
/// What was read once, to be read again: a copy in a file without a name, so that a pipe can be passed over twice and
/// memory does not grow with it.
#pragma once

#include <memory>

#include "io/byte_source.h"

namespace mltat {

class Spool {
 public:
  /// Where copies are made: $TMPDIR, or /var/tmp without it.
  static std::string folder();

  /// Errors: Error(cannot_create) naming the folder.
  Spool();
  ~Spool();
  Spool(Spool&&) noexcept;
  Spool& operator=(Spool&&) = delete;

  /// The source itself, of which a copy is made as it is read. Errors of read(): also Error(io) naming the folder.
  std::unique_ptr<ByteSource> record(std::unique_ptr<ByteSource> source);

  /// The same bytes from the start, under the same name. Requires: record() was called and its source read to the
  /// end; the spool outlives what is returned.
  std::unique_ptr<ByteSource> replay() const;

 private:
  std::string folder_;
  std::string name_;  ///< of the source
  int fd_ = -1;
};

}  // namespace mltat
