/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8_arrange.h: integers of a chunk in scratch, in place, as matrix instructions want them: for each two words,
 * 8 k, and each four lanes the quarters [lane 0..3: k..k+3], [lane 0..3: k+4..k+7] become [lanes 0, 1: k..k+7], [lanes
 * 2, 3: k..k+7].
 */
#ifndef LOWPK_ARM_GEMM_INT8_ARRANGE_H
#define LOWPK_ARM_GEMM_INT8_ARRANGE_H

#include "kernels/arm/neon.h"
#define LOWPK_ARRANGE 1

static void arrange(int8_t *words, size_t k) {
  for (size_t j = 0; j < k / 8; j++, words += 128) LOWPK_NEON_UNROLL
  for (size_t h = 0; h < 64; h += 16) {
    const int32x4_t a = vreinterpretq_s32_s8(vld1q_s8(words + h)), b = vreinterpretq_s32_s8(vld1q_s8(words + 64 + h));
    vst1q_s8(words + h, vreinterpretq_s8_s32(vzip1q_s32(a, b)));
    vst1q_s8(words + 64 + h, vreinterpretq_s8_s32(vzip2q_s32(a, b)));
  }
}

#endif
