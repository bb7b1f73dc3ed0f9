/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize.c: from the planes of a qtensor to a view. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/quant_internal.h"
#include <stdlib.h>

static lowpk_dequantize_fn *kernel_of(lowp_family family) {
  const lowpk_ops *ops = lowpk_ops_get();
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
  const lowp_scheme_info *info = lowp_scheme_info_of(q->scheme);
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, q->scheme); /* decoding has no options; kernels may still look */
  lowpk_job job = lowpi_job_of(&opts, q);
  lowpk_dequantize_fn *kernel = kernel_of(info->family);
  size_t bytes;
  if (!lowpi_mul(job.cols_padded, sizeof(float), &bytes))
    return lowpi_fail(error, LOWP_E_SHAPE, "%zu columns", q->cols);
  float *scratch = malloc(bytes);
  if (!scratch) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for a row of %zu columns", q->cols);
  for (size_t r = row0; r < row1; r++) {
    kernel(&job, lowpi_codes_at(q, r), lowpi_scales_at(q, info, r), lowpi_zero_at(q, info, r), scratch);
    lowp_view_store_row(y, r - row0, scratch);
  }
  free(scratch);
  return LOWP_OK;
}

lowp_status lowp_dequantize(const lowp_qtensor *q, const lowp_view *y, lowp_error *error) {
  return lowp_dequantize_rows(q, 0, q ? q->rows : 0, y, error);
}
