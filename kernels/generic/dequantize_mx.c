/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dequantize_mx.c: x = element * 2^(scale - 127), exact down to the subnormals of f32; a scale of FF makes the block
 * NaN.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/block.h"

LOWPK_INLINE void dequantize_row(lowp_element id, const lowpk_job *job, const uint8_t *codes, const uint8_t *scales,
                                 float *x) {
  const unsigned bits = lowp_element_row_of(id).bits;
  const size_t n = job->scheme->block_cols;
  lowpk_values values;
  lowpk_values_fill(id, job->cols_padded, &values);
  for (size_t k = 0; k * n < job->cols_padded; k++)
    for (size_t i = k * n; i < (k + 1) * n; i++)
      x[i] = scales[k] == 0xff
                 ? lowp_f32_from_bits(LOWPK_F32_NAN)
                 : lowpk_mul_pow2(lowpk_value(id, &values, lowpk_load_code(codes, bits, i)), scales[k] - 127);
}

#define EACH_MX(ID, element, ...) \
  static void row_##ID(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) { \
    dequantize_row(LOWP_##element, job, codes, scales, x); \
  }
#include "kernels/generic/each_scheme.h"

typedef void row_fn(const lowpk_job *, const uint8_t *, const uint8_t *, float *);

static row_fn *const row_of[LOWP_SCHEME_COUNT] = {
#define EACH_MX(ID, ...) [LOWP_SCHEME_##ID] = row_##ID,
#include "kernels/generic/each_scheme.h"
};

void lowpk_dequantize_mx_generic(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                 float *x) {
  (void)zero;
  row_of[job->scheme->id](job, codes, scales, x);
}
