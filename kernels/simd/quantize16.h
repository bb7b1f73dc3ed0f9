/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize16.h: the op `quantize16`. MX and NVFP4 from bf16 are done in lanes of 16 bits where quantize_mx16.h,
 * included before, and quantize_nvfp4_16.h can; all else is widened, some at a time, for the row quantizers, whose
 * table is VEC_QUANTIZERS.
 */
#ifndef LOWPK_SIMD_QUANTIZE16_H
#define LOWPK_SIMD_QUANTIZE16_H

#include "kernels/generic/quantize16.h"
#include "kernels/simd/quantize16_parts.h"
#include "kernels/simd/unroll.h"

VEC_INLINE void quantize16_widen(lowp_element from, size_t n, const uint8_t *x, float *values) {
  size_t i = 0;
  for (; n - i >= 4 * VEC; i += 4 * VEC) {
    vec_prefetch(x + 2 * i, 2 * VEC);
    VEC_UNROLL
    for (size_t j = 0; j < 4 * VEC; j += VEC) {
      const uint8_t *at = x + 2 * (i + j);
      vec_store(values + i + j, from == LOWP_BF16 ? vec_load_bf16(at) : vec_load_f16(at));
    }
  }
  for (; i < n; i += VEC) {
    const size_t left = n - i < VEC ? n - i : VEC;
    uint8_t last[2 * VEC] = {0};
    memcpy(last, x + 2 * i, 2 * left);
    vec_store_first(values + i, from == LOWP_BF16 ? vec_load_bf16(last) : vec_load_f16(last), left);
  }
}

void VEC_NAME(quantize16)(const lowpk_job *job, lowp_element from, size_t row, const void *x, uint8_t *codes,
                          uint8_t *scales, void *zero) {
  static lowpk_quantize_fn *const families[LOWP_FAMILY_COUNT] = VEC_QUANTIZERS;
  const lowp_scheme_info *info = job->scheme;
  const size_t n = job->cols_padded;
  float values[LOWPK_QUANTIZED];
  for (size_t i = 0; i < n;) {
    const uint8_t *in = (const uint8_t *)x + 2 * i;
    uint8_t *to = codes + i / 8 * lowp_element_row_of(info->element).bits;
    uint8_t *scale = info->block_cols ? scales + i / info->block_cols * info->scale_bytes : scales;
    size_t done = 0;
    if (info->family == LOWP_FAMILY_MX && from == LOWP_BF16) done = mx16_row(job, n - i, in, to, scale);
    if (info->family == LOWP_FAMILY_NVFP4 && from == LOWP_BF16)
      done = VEC_NAME(quantize_nvfp4_16)(job, n - i, in, to, scale);
    i += done;
    if (done) continue;
    lowpk_job part = *job;
    part.cols = part.cols_padded = n - i < LOWPK_QUANTIZED ? n - i : LOWPK_QUANTIZED;
    if (from == LOWP_BF16)
      quantize16_widen(LOWP_BF16, part.cols, in, values);
    else
      quantize16_widen(LOWP_FP16, part.cols, in, values);
    families[info->family](&part, row, values, to, scale, zero);
    i += part.cols;
  }
}

#endif
