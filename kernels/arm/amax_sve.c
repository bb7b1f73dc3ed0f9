/* SPDX-License-Identifier: Apache-2.0 */
/* amax_sve.c: magnitudes are compared as integers; lanes that a predicate leaves out stay 0. */
#include "kernels/kernel.h"
#include <arm_sve.h>

/* Vector loads of SVE need no more than the alignment of an element, and by default not that. */
static inline svuint32_t magnitude_at(svbool_t p, const float *x) {
  return svand_z(p, svld1_u32(p, (const uint32_t *)(const void *)x), 0x7fffffff);
}

uint32_t lowpk_amax_sve(size_t n, const float *x) {
  const size_t lanes = svcntw();
  const svbool_t all = svptrue_b32();
  svuint32_t m0 = svdup_u32(0), m1 = m0;
  size_t i = 0;
  for (; n - i >= 2 * lanes; i += 2 * lanes) {
    m0 = svmax_x(all, m0, magnitude_at(all, x + i));
    m1 = svmax_x(all, m1, magnitude_at(all, x + i + lanes));
  }
  for (; i < n; i += lanes) m0 = svmax_x(all, m0, magnitude_at(svwhilelt_b32_u64(i, n), x + i));
  return svmaxv(all, svmax_x(all, m0, m1));
}
