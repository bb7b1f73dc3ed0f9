/* SPDX-License-Identifier: Apache-2.0 */
/* unpack.c: from panels back to the canonical planes, bit for bit. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"

static void unpack_codes(const lowp_gemm_plan *plan, const lowp_planes *planes, const uint8_t *step, size_t row0,
                         size_t rows, size_t at, lowp_qtensor *w) {
  const unsigned bits = lowp_element_row_of(plan->rhs->element).bits;
  const size_t bytes = (size_t)LOWPK_STEP / 8 * bits;
  const size_t there = at < planes->codes_stride ? planes->codes_stride - at : 0;
  const uint8_t *words = step + plan->blob.step_scale_bytes;
  if (rows == LOWPK_NR && there >= bytes) {
    plan->ops->unpack_codes(bits, words, lowpi_codes_at(w, row0) + at, w->codes_stride);
  } else {
    uint8_t copy[LOWPK_NR * LOWPK_STEP * 2];
    plan->ops->unpack_codes(bits, words, copy, bytes);
    for (size_t r = 0; r < rows && there; r++)
      memcpy(lowpi_codes_at(w, row0 + r) + at, copy + r * bytes, there < bytes ? there : bytes);
  }
}

/* What there is once for each row, or for those that share it: then it stands in the blob for each of them. */
static void unpack_row_values(const lowp_gemm_plan *plan, const uint8_t *packed, size_t row, lowp_qtensor *w) {
  const lowpi_blob *b = &plan->blob;
  const size_t shared = plan->rhs->block_rows; /* 0: by all rows */
  if (shared ? row % shared : row) return;
  if (b->outer && !plan->rhs->tensor_scale) memcpy(lowpi_scales_at(w, plan->rhs, row), packed + b->outer + 4 * row, 4);
  if (b->zeros) memcpy(lowpi_zero_at(w, plan->rhs, row), packed + b->zeros + 4 * row, 4);
}

static void unpack_panel(const lowp_gemm_plan *plan, const uint8_t *packed, const lowp_planes *planes, size_t panel,
                         lowp_qtensor *w) {
  const lowpi_blob *b = &plan->blob;
  const size_t row0 = panel * LOWPK_NR, rows = plan->n - row0 < LOWPK_NR ? plan->n - row0 : LOWPK_NR;
  const size_t bytes = lowpk_step_code_bytes(plan->rhs) / LOWPK_NR;
  const uint8_t *in = packed + b->data + panel * b->panel_bytes;
  size_t scaled = 0; /* steps whose scales are in place */
  for (size_t step = 0; step < b->kp / LOWPK_STEP; step++, in += b->step_bytes) {
    if (b->step_scale_bytes && step == scaled)
      scaled += lowpi_unpack_scales(plan, w, planes->scale_cols, row0, rows, step, in);
    unpack_codes(plan, planes, in, row0, rows, step * bytes, w);
  }
  for (size_t r = 0; r < rows; r++) unpack_row_values(plan, packed, row0 + r, w);
}

lowp_status lowp_gemm_unpack(const lowp_gemm_plan *plan, const void *packed, size_t bytes, lowp_qtensor *w,
                             lowp_error *error) {
  if (!plan) return lowpi_fail(error, LOWP_E_ARGUMENT, "no plan");
  if (bytes < plan->blob.bytes)
    return lowpi_fail(error, LOWP_E_LAYOUT, "%zu bytes of packed weights, the plan's have %zu", bytes,
                      plan->blob.bytes);
  lowp_status status = lowpi_header_check(plan, packed, error);
  if (status == LOWP_OK) status = lowpi_qtensor_check(w, error);
  if (status != LOWP_OK) return status;
  if (w->scheme != plan->rhs->id || w->rows != plan->n || w->cols != plan->k)
    return lowpi_fail(error, LOWP_E_SHAPE, "a quantized tensor of %s %zu x %zu is needed", plan->rhs->name, plan->n,
                      plan->k);
  lowp_planes planes;
  status = lowp_scheme_planes(w->scheme, w->rows, w->cols, &planes);
  if (status != LOWP_OK) return lowpi_fail(error, status, "%s", lowp_status_text(status));
  lowpi_header h;
  memcpy(&h, packed, sizeof h);
  for (size_t panel = 0; panel < plan->blob.panels; panel++) unpack_panel(plan, packed, &planes, panel, w);
  w->tensor_scale = h.tensor_scale;
  w->tensor_scale_inv = h.tensor_scale_inv;
  w->tensor_amax = h.tensor_amax;
  return LOWP_OK;
}
