/* SPDX-License-Identifier: Apache-2.0 */
/* planes.c: one run of floats to and from planes: what the headers of the formats wrap. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/quant_internal.h"

/* These calls have no argument for a zero point. */
static lowp_status bind(lowp_qtensor *q, lowp_scheme scheme, size_t n, void *codes, void *scales) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  if (info && info->zero != LOWP_ZERO_NONE) return LOWP_E_UNSUPPORTED;
  return lowp_qtensor_bind(q, scheme, 1, n, codes, scales, NULL);
}

lowp_status lowp_quantize_planes(lowp_scheme scheme, const lowp_quant_opts *opts, size_t n, const float *x, void *codes,
                                 void *scales, float *tensor_scale) {
  lowp_qtensor q;
  lowp_status status = bind(&q, scheme, n, codes, scales);
  if (status != LOWP_OK) return status;
  if (lowp_scheme_info_of(scheme)->tensor_scale && !tensor_scale) return LOWP_E_ARGUMENT;
  lowp_view view = lowp_view_of(LOWP_F32, 1, n, x);
  status = lowp_quantize(opts, &view, &q, NULL);
  if (status == LOWP_OK && tensor_scale) *tensor_scale = q.tensor_scale;
  return status;
}

lowp_status lowp_dequantize_planes(lowp_scheme scheme, size_t n, const void *codes, const void *scales,
                                   float tensor_scale, float *x) {
  lowp_qtensor q;
  /* only read through; the struct serves both directions */
  lowp_status status = bind(&q, scheme, n, (void *)(uintptr_t)codes, (void *)(uintptr_t)scales);
  if (status != LOWP_OK) return status;
  q.tensor_scale = tensor_scale;
  lowp_view view = lowp_view_of(LOWP_F32, 1, n, x);
  return lowp_dequantize(&q, &view, NULL);
}
