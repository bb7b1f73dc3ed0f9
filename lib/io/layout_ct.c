/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout_ct.c: compressed-tensors. X.weight or X.weight_packed, X.weight_scale, X.weight_zero_point, and for NVFP4
 * X.weight_global_scale, which is the encode multiplier. No padding.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/layout_internal.h"

/*
 * Not here: fp8-e5m2 and mxfp8-e5m2 have no format string, that of mxfp6 (mxfp6-pack-quantized) is younger than most
 * readers, and INT4 is packed into 32-bit words there.
 */
static const struct {
  lowp_scheme scheme;
  const char *format;
  const char *codes;
} forms[] = {
    {LOWP_SCHEME_INT8_CHANNEL, "int-quantized", ""},
    {LOWP_SCHEME_INT8_TENSOR, "int-quantized", ""},
    {LOWP_SCHEME_INT8_CHANNEL_ZP, "int-quantized", ""},
    {LOWP_SCHEME_INT8_TENSOR_ZP, "int-quantized", ""},
    {LOWP_SCHEME_FP8_TENSOR, "float-quantized", ""},
    {LOWP_SCHEME_FP8_CHANNEL, "float-quantized", ""},
    {LOWP_SCHEME_FP8_BLOCK128, "float-quantized", ""},
    {LOWP_SCHEME_MXFP8_E4M3, "mxfp8-quantized", ""},
    {LOWP_SCHEME_MXFP4, "mxfp4-pack-quantized", "_packed"},
    {LOWP_SCHEME_NVFP4, "nvfp4-pack-quantized", "_packed"},
};
enum { FORMS = sizeof forms / sizeof *forms };

static size_t form_of(lowp_scheme scheme) {
  size_t i = 0;
  while (i < FORMS && forms[i].scheme != scheme) i++;
  return i;
}

const char *lowp_layout_ct_format(lowp_scheme scheme) {
  const size_t i = form_of(scheme);
  return i < FORMS ? forms[i].format : NULL;
}

static bool supports(lowp_scheme scheme) { return form_of(scheme) < FORMS; }

static lowp_status draft(lowpi_draft *d, lowp_error *error) {
  const lowp_scheme_info *scheme = d->scheme;
  size_t last;
  const lowp_dtype dtype = lowpi_codes_dtype(d, &last);
  lowp_status status = LOWP_OK;
  if (scheme->block_rows > 1) {
    /* A ragged 128x128 block at an edge is legal and its padding is not stored. One that spans two matrices is not. */
    last = d->cols;
    if (d->rank > 2 && d->shape[d->rank - 2] % scheme->block_rows != 0)
      return lowpi_fail(error, LOWP_E_CONSTRAINT,
                        LOWPI_NAME
                        ": %zu rows per matrix are no multiple of %u, so a block of %s would span two matrices; "
                        "use fp8 or --layout lowp",
                        d->name, d->shape[d->rank - 2], (unsigned)scheme->block_rows, scheme->name);
  } else {
    status = lowpi_draft_whole_blocks(d, error);
  }
  if (!status) status = lowpi_draft_codes(d, forms[form_of(scheme->id)].codes, dtype, last, error);
  if (!status) status = lowpi_draft_scales(d, "_scale", error);
  if (!status && scheme->zero != LOWP_ZERO_NONE) status = lowpi_draft_zeros(d, "_zero_point", LOWP_DTYPE_I8, error);
  if (!status && scheme->tensor_scale) status = lowpi_draft_tensor_scale(d, "_global_scale", error);
  return status;
}

const lowpi_layout lowpi_layout_ct = {supports, draft, LOWPI_ENCODE, 1, "", true};
