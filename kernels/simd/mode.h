/* SPDX-License-Identifier: Apache-2.0 */
/* mode.h: whether the floating-point unit is in the mode that kernels rely on. A process may have changed it. */
#ifndef LOWPK_SIMD_MODE_H
#define LOWPK_SIMD_MODE_H

#include <stdint.h>

#if defined(__aarch64__)
static inline uint64_t vec_mode(void) {
  uint64_t fpcr;
  __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
  return fpcr;
}
/*
 * Round to nearest, subnormals as they are, NaNs with their bits, IEEE binary16: of FPCR the fields RMode, FZ, DN, AHP, FZ16
 * and those of FEAT_AFP, FIZ, AH and NEP.
 */
static inline int vec_default_mode(void) { return (vec_mode() & 0x07c80007u) == 0; }
/* Are conversions from binary16 those of IEEE? AHP alone changes them. */
static inline int vec_ieee_half(void) { return (vec_mode() & 1u << 26) == 0; }
#else
#include <immintrin.h>
/* Round to nearest, subnormals as they are: bits 13 and 14, 15, 6 of MXCSR. */
static inline int vec_default_mode(void) { return (_mm_getcsr() & 0xe040u) == 0; }
static inline int vec_ieee_half(void) { return 1; }
#endif

#endif
