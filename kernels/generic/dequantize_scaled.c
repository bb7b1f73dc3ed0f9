/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize_scaled.c: y = f32(f32(q - zero) * scale). */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/scaled.h"

static inline lowpk_scaled load_scale(const lowpk_job *job, const uint8_t *scales, const void *zero, size_t k) {
  lowpk_scaled s = {0};
  if (job->scheme->scale == LOWP_FP16) {
    uint16_t code;
    memcpy(&code, scales + k * sizeof code, sizeof code);
    s.scale = lowp_decode(LOWP_FP16, code);
  } else {
    memcpy(&s.scale, scales + k * sizeof s.scale, sizeof s.scale);
  }
  if (job->scheme->zero == LOWP_ZERO_I32) memcpy(&s.zero, zero, sizeof s.zero);
  if (job->scheme->zero == LOWP_ZERO_F32) memcpy(&s.offset, zero, sizeof s.offset);
  return s;
}

/* Codes of integers are stored in two's complement of their width. */
LOWPK_INLINE int32_t load_code(lowp_element id, const uint8_t *codes, size_t i) {
  const lowp_element_row row = lowp_element_row_of(id);
  int32_t code = (int32_t)lowpk_load_code(codes, row.bits, i), sign = (int32_t)1 << (row.bits - 1);
  return row.kind == LOWP_KIND_FIXED ? (code ^ sign) - sign : code;
}

LOWPK_INLINE void dequantize_row(lowp_element id, lowp_zero zero_type, const lowpk_job *job, const uint8_t *codes,
                                 const uint8_t *scales, const void *zero, float *x) {
  const size_t n = job->scheme->block_cols ? job->scheme->block_cols : job->cols_padded;
  lowpk_values values;
  lowpk_values_fill(id, job->cols_padded, &values);
  for (size_t k = 0; k * n < job->cols_padded; k++) {
    lowpk_scaled s = load_scale(job, scales, zero, k);
    for (size_t i = k * n; i < (k + 1) * n; i++)
      x[i] = lowpk_scaled_decode(id, zero_type, &values, &s, load_code(id, codes, i));
  }
}

#define EACH_SCALED(ID, element, scale, cols, zero_type) \
  static void row_##ID(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero, \
                       float *x) { \
    dequantize_row(LOWP_##element, LOWP_ZERO_##zero_type, job, codes, scales, zero, x); \
  }
#include "kernels/generic/each_scheme.h"

static lowpk_dequantize_fn *const row_of[LOWP_SCHEME_COUNT] = {
#define EACH_SCALED(ID, ...) [LOWP_SCHEME_##ID] = row_##ID,
#include "kernels/generic/each_scheme.h"
};

void lowpk_dequantize_scaled_generic(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales,
                                     const void *zero, float *x) {
  row_of[job->scheme->id](job, codes, scales, zero, x);
}
