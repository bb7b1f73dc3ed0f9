/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize.h: the row decoders to f32 of MX, NVFP4, HiF4 and plain elements, from dequantize_rows.h and decode.h. */
#ifndef LOWPK_SIMD_DEQUANTIZE_H
#define LOWPK_SIMD_DEQUANTIZE_H

#include "kernels/simd/dequantize_rows.h"

typedef void mx_row_fn(const lowpk_job *, const uint8_t *, const uint8_t *, float *);

#define EACH_MX(ID, element, ...) \
  static void mx_##ID(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) { \
    mx_row(LOWP_##element, LOWP_F32, job, codes, scales, (char *)x); \
  }
#include "kernels/generic/each_scheme.h"

static mx_row_fn *const mx_rows[LOWP_SCHEME_COUNT] = {
#define EACH_MX(ID, ...) [LOWP_SCHEME_##ID] = mx_##ID,
#include "kernels/generic/each_scheme.h"
};

void VEC_NAME(dequantize_mx)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                             float *x) {
  (void)zero;
  mx_rows[job->scheme->id](job, codes, scales, x);
}

void VEC_NAME(dequantize_nvfp4)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                float *x) {
  (void)zero;
  nvfp4_row(LOWP_F32, job, codes, scales, (char *)x);
}

void VEC_NAME(dequantize_hif4)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                               float *x) {
  (void)zero;
  hif4_row(LOWP_F32, job, codes, scales, (char *)x);
}

void VEC_NAME(dequantize_cast)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                               float *x) {
  (void)scales;
  (void)zero;
  const lowp_element id = job->scheme->element;
  if (id == LOWP_FP16)
    VEC_NAME(decode)(id, job->cols_padded, codes, x);
  else
    decoders[id](job->past_caches, job->cols_padded, codes, (char *)x);
}

#endif
