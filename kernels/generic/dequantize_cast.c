/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize_cast.c: x = element. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/kernel.h"

void lowpk_dequantize_cast_generic(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                   float *x) {
  (void)scales;
  (void)zero;
  lowpk_decode_generic(job->scheme->element, job->cols_padded, codes, x);
}
