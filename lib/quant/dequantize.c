/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize.c: from the planes of a qtensor to a view. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/quant_internal.h"

lowpk_dequantize_fn *lowpi_dequantize_kernel(const lowpk_ops *ops, lowp_family family) {
  switch (family) {
  case LOWP_FAMILY_MX:
    return ops->dequantize_mx;
  case LOWP_FAMILY_NVFP4:
    return ops->dequantize_nvfp4;
  case LOWP_FAMILY_HIF4:
    return ops->dequantize_hif4;
  case LOWP_FAMILY_SCALED:
    return ops->dequantize_scaled;
  default:
    return ops->dequantize_cast;
  }
}

/* A view that is written must not have rows on top of each other. */
static bool rows_apart(const lowp_view *y) {
  size_t stride = y->stride < 0 ? 0 - (size_t)y->stride : (size_t)y->stride;
  return y->rows < 2 || stride >= y->cols * lowp_element_size(y->element);
}

/*
 * A result that no cache holds by the time it is read need not go through them, and then lines that are written whole
 * are not read first. It is the size of the whole tensor that counts, which a caller with threads asks for in pieces.
 */
enum { LARGE = 32 << 20 };
static bool is_large(const lowp_qtensor *q, const lowp_view *y) {
  size_t bytes;
  return lowpi_mul(q->rows, q->cols, &bytes) && bytes >= LARGE / lowp_element_size(y->element);
}

/*
 * Every family decodes any run of whole blocks. So a row goes straight to where it belongs if it can, or else in parts
 * that stay in the first-level cache. Kernels that store past the caches keep memory busy while they compute; a copy of what
 * a part left in the cache would take its time after it.
 */
static void dequantize_row(const lowpk_job *whole, const lowp_qtensor *q, size_t r, const lowp_view *y, size_t to,
                           bool past_caches) {
  const lowp_scheme_info *info = whole->scheme;
  const lowpk_ops *ops = lowpk_ops_get();
  lowpk_dequantize_fn *kernel = lowpi_dequantize_kernel(ops, info->family);
  float *floats = lowpi_view_floats(y, to), values[LOWPI_PART];
  uint16_t narrow[LOWPI_PART];
  const bool halves = lowpi_view_halves(y);
  void *row = lowpi_view_at(y, to, 0);
  if (whole->cols == whole->cols_padded && (!past_caches || (uintptr_t)row % 64 == 0) && (floats || halves)) {
    lowpk_job job = *whole;
    const uint8_t *codes = lowpi_codes_at(q, r), *scales = lowpi_scales_at(q, info, r);
    job.past_caches = past_caches;
    if (halves)
      ops->dequantize16(&job, y->element, codes, scales, lowpi_zero_at(q, info, r), row);
    else
      kernel(&job, codes, scales, lowpi_zero_at(q, info, r), floats);
    return;
  }
  void *scratch = past_caches && lowp_element_size(y->element) <= sizeof(float) ? narrow : NULL;
  for (size_t c = 0; c < whole->cols; c += LOWPI_PART) {
    lowpk_job job = *whole;
    job.cols_padded = whole->cols_padded - c < LOWPI_PART ? whole->cols_padded - c : LOWPI_PART;
    job.cols = whole->cols - c < job.cols_padded ? whole->cols - c : job.cols_padded;
    const uint8_t *codes = lowpi_codes_from(q, info, r, c), *scales = lowpi_scales_from(q, info, r, c);
    if (halves) {
      ops->dequantize16(&job, y->element, codes, scales, lowpi_zero_at(q, info, r), narrow);
      lowpi_view_copy(y, to, c, job.cols, narrow, past_caches);
    } else {
      kernel(&job, codes, scales, lowpi_zero_at(q, info, r), values);
      lowpi_view_store(y, to, c, job.cols, values, scratch);
    }
  }
}

lowp_status lowp_dequantize_rows(const lowp_qtensor *q, size_t row0, size_t row1, const lowp_view *y,
                                 lowp_error *error) {
  lowp_status status = lowpi_qtensor_check(q, error);
  if (status != LOWP_OK) return status;
  status = lowp_view_check(y);
  if (status != LOWP_OK) return lowpi_fail(error, status, "the output is not a writable matrix");
  if (row0 > row1 || row1 > q->rows)
    return lowpi_fail(error, LOWP_E_SHAPE, "rows %zu..%zu of %zu", row0, row1, q->rows);
  if (y->rows != row1 - row0 || y->cols != q->cols)
    return lowpi_fail(error, LOWP_E_SHAPE, "the output is %zu x %zu, the rows asked for %zu x %zu", y->rows, y->cols,
                      row1 - row0, q->cols);
  if (q->cols == 0 || row0 == row1) return LOWP_OK;
  if (!rows_apart(y)) return lowpi_fail(error, LOWP_E_SHAPE, "the rows of the output overlap");
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, q->scheme); /* decoding has no options; kernels may still look */
  lowpk_job job = lowpi_job_of(&opts, q);
  const bool past_caches = is_large(q, y);
  for (size_t r = row0; r < row1; r++) dequantize_row(&job, q, r, y, r - row0, past_caches);
  if (past_caches) lowpk_ops_get()->stream(0, y->data, y->data); /* the fence */
  return LOWP_OK;
}

lowp_status lowp_dequantize(const lowp_qtensor *q, const lowp_view *y, lowp_error *error) {
  return lowp_dequantize_rows(q, 0, q ? q->rows : 0, y, error);
}
