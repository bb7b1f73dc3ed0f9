/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize_cast.c: x = element. Codes narrower than a byte are unpacked on the way. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/block.h"

void lowpk_dequantize_cast_generic(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                   float *x) {
  const lowp_element id = job->scheme->element;
  const unsigned bits = lowp_element_row_of(id).bits;
  (void)scales;
  (void)zero;
  if (bits >= 8)
    lowpk_decode_generic(id, job->cols_padded, codes, x);
  else
    for (size_t i = 0; i < job->cols_padded; i++) x[i] = lowp_decode(id, lowpk_get_code(codes, bits, i));
}
