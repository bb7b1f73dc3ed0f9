/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout_lowp.c: every scheme as its canonical planes, padding and both directions of the tensor scale included, so
 * that reading gives back what was written bit for bit. What the planes are is said by the metadata alone.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/layout_internal.h"

static bool supports(lowp_scheme scheme) { return lowp_scheme_info_of(scheme) != NULL; }

static lowp_status planes(lowpi_draft *d, const char *const suffix[LOWP_PARTS_MAX], lowp_error *error) {
  size_t last;
  const lowp_dtype dtype = lowpi_codes_dtype(d, &last);
  const lowp_zero zero = d->scheme->zero;
  lowp_status status = lowpi_draft_codes(d, suffix[LOWP_PART_CODES], dtype, last, error);
  if (!status) status = lowpi_draft_scales(d, suffix[LOWP_PART_SCALES], error);
  if (!status && zero != LOWP_ZERO_NONE)
    status =
        lowpi_draft_zeros(d, suffix[LOWP_PART_ZEROS], zero == LOWP_ZERO_I32 ? LOWP_DTYPE_I32 : LOWP_DTYPE_F32, error);
  if (!status && d->scheme->tensor_scale && suffix[LOWP_PART_TENSOR_SCALE])
    status = lowpi_draft_tensor_scale(d, suffix[LOWP_PART_TENSOR_SCALE], error);
  return status;
}

static lowp_status draft(lowpi_draft *d, lowp_error *error) {
  static const char *const suffix[LOWP_PARTS_MAX] = {"", "_scale", "_zero_point", "_tensor_scale"};
  return planes(d, suffix, error);
}

const lowpi_layout lowpi_layout_lowp = {supports, draft, LOWPI_DECODE_ENCODE, 1, "", false};

static lowp_status draft_raw(lowpi_draft *d, lowp_error *error) {
  static const char *const suffix[LOWP_PARTS_MAX] = {".codes.bin", ".scales.bin", ".zeros.bin", NULL};
  return planes(d, suffix, error);
}

/*
 * The same planes, each in a file of its own; layout_raw.c writes the file that describes them and holds the tensor
 * scale.
 */
const lowpi_layout lowpi_layout_raw = {supports, draft_raw, LOWPI_DECODE_ENCODE, 1, ".codes.bin", false};
