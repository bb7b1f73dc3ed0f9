/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout_deepseek.c: DeepSeek V3, read only. X.weight F8_E4M3, X.weight_scale_inv F32 per 128x128, a multiplier in
 * spite of its name.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/layout_internal.h"

static bool supports(lowp_scheme scheme) { return scheme == LOWP_SCHEME_FP8_BLOCK128; }

static lowp_status draft(lowpi_draft *d, lowp_error *error) {
  lowp_status status = lowpi_draft_codes(d, "", LOWP_DTYPE_F8_E4M3, d->cols, error);
  return status ? status : lowpi_draft_scales(d, "_scale_inv", error);
}

const lowpi_layout lowpi_layout_deepseek = {supports, draft, LOWPI_DECODE, 1, "", true};
