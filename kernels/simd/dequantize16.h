/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dequantize16.h: the op `dequantize16`, the row decoders of all families with a store to bf16 or f16, for all vector
 * widths: for files that include decode.h, dequantize_rows.h and dequantize_scaled.h.
 */
#ifndef LOWPK_SIMD_DEQUANTIZE16_H
#define LOWPK_SIMD_DEQUANTIZE16_H

#include "kernels/kernel.h"

/* One function a scheme and type, so that all it depends on is constant. */
typedef void dequantize16_fn(const lowpk_job *, const uint8_t *, const uint8_t *, const void *, void *);
#define ROW(ID, to, call) \
  static void to_##to##_##ID(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero, \
                             void *y) { \
    (void)scales; \
    (void)zero; \
    call; \
  }
#define MX(element, to) mx_row(LOWP_##element, LOWP_##to, job, codes, scales, y)
#define NVFP4(to) nvfp4_row(LOWP_##to, job, codes, scales, y)
#define HIF4(to) hif4_row(LOWP_##to, job, codes, scales, y)
#define SCALED(element, to, scale, cols, zero_type) \
  scaled_row(LOWP_##element, LOWP_##to, LOWP_##scale, cols, LOWP_ZERO_##zero_type, job, codes, scales, zero, y)
#define CAST(element, to) decode_all(LOWP_##element, LOWP_##to, job->past_caches, job->cols_padded, codes, y)

#define EACH_MX(ID, element, ...) ROW(ID, BF16, MX(element, BF16)) ROW(ID, FP16, MX(element, FP16))
#define EACH_NVFP4(ID, ...) ROW(ID, BF16, NVFP4(BF16)) ROW(ID, FP16, NVFP4(FP16))
#define EACH_HIF4(ID, ...) ROW(ID, BF16, HIF4(BF16)) ROW(ID, FP16, HIF4(FP16))
#define EACH_SCALED(ID, element, scale, cols, zero_type) \
  ROW(ID, BF16, SCALED(element, BF16, scale, cols, zero_type)) \
  ROW(ID, FP16, SCALED(element, FP16, scale, cols, zero_type))
#define EACH_CAST(ID, element, ...) ROW(ID, BF16, CAST(element, BF16)) ROW(ID, FP16, CAST(element, FP16))
#include "kernels/generic/each_scheme.h"

static dequantize16_fn *const dequantizers16[LOWP_SCHEME_COUNT][2] = {
#define EACH_MX(ID, ...) [LOWP_SCHEME_##ID] = {to_BF16_##ID, to_FP16_##ID},
#define EACH_NVFP4 EACH_MX
#define EACH_HIF4 EACH_MX
#define EACH_SCALED EACH_MX
#define EACH_CAST EACH_MX
#include "kernels/generic/each_scheme.h"
};

void VEC_NAME(dequantize16)(const lowpk_job *job, lowp_element to, const uint8_t *codes, const uint8_t *scales,
                            const void *zero, void *y) {
  if (!vec_default_mode())
    lowpk_dequantize16_generic(job, to, codes, scales, zero, y);
  else
    dequantizers16[job->scheme->id][to == LOWP_FP16](job, codes, scales, zero, y);
}

#endif
