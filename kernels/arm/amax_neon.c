/* SPDX-License-Identifier: Apache-2.0 */
/* amax_neon.c: magnitudes are compared as integers, so four independent maxima hide the latency. */
#include "kernels/arm/vec_neon.h"

#include "kernels/simd/amax16.h"
#include <arm_neon.h>

/* x may lie anywhere: a load of bytes needs no alignment, and costs the same. */
static inline uint32x4_t magnitude_at(const float *x, size_t i) {
  uint32x4_t v = vreinterpretq_u32_u8(vld1q_u8((const uint8_t *)x + i * sizeof *x));
  return vandq_u32(v, vdupq_n_u32(0x7fffffff));
}

uint32_t lowpk_amax_neon(size_t n, const float *x) {
  uint32x4_t m[4] = {vdupq_n_u32(0), vdupq_n_u32(0), vdupq_n_u32(0), vdupq_n_u32(0)};
  size_t i = 0;
  for (; n - i >= 16; i += 16) {
    VEC_UNROLL
    for (size_t j = 0; j < 4; j++) m[j] = vmaxq_u32(m[j], magnitude_at(x, i + 4 * j));
  }
  for (; n - i >= 4; i += 4) m[0] = vmaxq_u32(m[0], magnitude_at(x, i));
  uint32_t most = vmaxvq_u32(vmaxq_u32(vmaxq_u32(m[0], m[1]), vmaxq_u32(m[2], m[3])));
  for (; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, (const char *)x + i * sizeof bits, sizeof bits);
    bits &= 0x7fffffffu;
    most = bits > most ? bits : most;
  }
  return most;
}
