// SPDX-License-Identifier: Apache-2.0
/// To be included before any header of dlib: it is used header-only and without BLAS, whose summation order would be
/// that of the machine's library.
///
/// Debian's dlib/config.h switches BLAS and LAPACK on and has no include guard. dlib/assert.h reads it; the one header
/// that would read it again is also the one that asks for the shared library at link time, so it is marked as read.
#pragma once

// Its matrices free twice if memory ends while one grows, which ends the run anyway; g++ warns where they are inlined.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuse-after-free"
#endif

#include <dlib/assert.h>
#define DLIB_TEST_FOR_ODR_VIOLATIONS_H_  // NOLINT: dlib's own guard
#undef DLIB_USE_BLAS
#undef DLIB_USE_LAPACK
