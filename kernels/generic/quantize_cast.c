/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize_cast.c: elements without a scale; overflow by the element's own rule (BF16 and FP16: Inf), NaN stays NaN
 * where the element has it.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/block.h"

LOWPK_INLINE void quantize_row(lowp_element id, const lowpk_job *job, size_t row, const float *x, uint8_t *codes) {
  const unsigned bits = lowp_element_row_of(id).bits;
  lowp_encode_rules rules = lowpk_rules(job, id);
  rules.overflow = lowp_encode_default(id).overflow;
  if (bits < 8) memset(codes, 0, (job->cols_padded * bits + 7) / 8);
  for (size_t i = 0; i < job->cols_padded; i++) {
    uint32_t code = lowp_encode_with(id, x[i], rules, lowpk_random(job, rules.round, row, i));
    uint16_t wide = (uint16_t)code;
    if (bits == 16)
      memcpy(codes + i * sizeof wide, &wide, sizeof wide);
    else
      lowpk_store_code(codes, bits, i, code);
  }
}

#define EACH_CAST(ID, element, ...) \
  static void row_##ID(const lowpk_job *job, size_t row, const float *x, uint8_t *codes) { \
    quantize_row(LOWP_##element, job, row, x, codes); \
  }
#include "kernels/generic/each_scheme.h"

typedef void row_fn(const lowpk_job *, size_t, const float *, uint8_t *);

static row_fn *const row_of[LOWP_SCHEME_COUNT] = {
#define EACH_CAST(ID, ...) [LOWP_SCHEME_##ID] = row_##ID,
#include "kernels/generic/each_scheme.h"
};

void lowpk_quantize_cast_generic(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                                 void *zero) {
  (void)scales;
  (void)zero;
  row_of[job->scheme->id](job, row, x, codes);
}
