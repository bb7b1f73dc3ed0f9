/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_cast.c: elements without a scale; overflow by the element's own rule (BF16 and FP16: Inf), NaN stays NaN. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/block.h"

/* Every element of this family is 16 bits wide: BF16 or FP16. */
LOWPK_INLINE void quantize_row(lowp_element id, const lowpk_job *job, size_t row, const float *x, uint8_t *codes) {
  lowp_encode_rules rules = lowpk_rules(job, id);
  rules.overflow = lowp_encode_default(id).overflow;
  for (size_t i = 0; i < job->cols_padded; i++) {
    uint16_t code = (uint16_t)lowp_encode_with(id, x[i], rules, lowpk_random(job, rules.round, row, i));
    memcpy(codes + i * sizeof code, &code, sizeof code);
  }
}

void lowpk_quantize_cast_generic(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                                 void *zero) {
  (void)scales;
  (void)zero;
  if (job->scheme->element == LOWP_BF16)
    quantize_row(LOWP_BF16, job, row, x, codes);
  else
    quantize_row(LOWP_FP16, job, row, x, codes);
}
