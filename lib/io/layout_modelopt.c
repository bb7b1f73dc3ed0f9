/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout_modelopt.c: NVIDIA Model-Optimizer, read only. NVFP4: X.weight U8, X.weight_scale F8_E4M3 and the decode
 * multiplier X.weight_scale_2. MXFP4: X.weight U8 and X.weight_scale U8. Its FP8 is that of compressed-tensors.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/layout_internal.h"

static bool supports(lowp_scheme scheme) { return scheme == LOWP_SCHEME_NVFP4 || scheme == LOWP_SCHEME_MXFP4; }

static lowp_status draft(lowpi_draft *d, lowp_error *error) {
  lowp_status status = lowpi_draft_whole_blocks(d, error);
  if (!status) status = lowpi_draft_codes(d, "", LOWP_DTYPE_U8, d->planes.codes_stride, error);
  if (!status) status = lowpi_draft_scales(d, "_scale", error);
  if (!status && d->scheme->tensor_scale) status = lowpi_draft_tensor_scale(d, "_scale_2", error);
  return status;
}

const lowpi_layout lowpi_layout_modelopt = {supports, draft, LOWPI_DECODE, 1, "", true};
