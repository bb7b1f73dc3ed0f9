/* SPDX-License-Identifier: Apache-2.0 */
/* pack.c: from the canonical planes to panels. What is to be known of a panel is learned step by step, from the L1 cache. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"
#include "kernels/generic/seen.h"

/* One packing: what is read, what is written. */
typedef struct job {
  const lowp_gemm_plan *plan;
  const lowp_qtensor *w;
  uint8_t *packed;
  lowp_planes planes; /* of w */
  unsigned bits;
} job;

/*
 * What will be needed four steps later, and memory is idle meanwhile: sixteen rows are more streams than the CPU follows by itself. Of 8
 * bits a step has two lines in each row, which it does see.
 */
enum { AHEAD = 4 };
static inline void fetch_codes(const job *j, size_t row0, size_t step, size_t bytes) {
  const size_t steps = j->plan->blob.kp / LOWPK_STEP, wrap = step + AHEAD >= steps; /* 1: of the next panel */
  if (j->bits > 6 || steps < AHEAD || row0 + (wrap + 1) * LOWPK_NR > j->w->rows) return;
  const uint8_t *rows = lowpi_codes_at(j->w, row0 + wrap * LOWPK_NR) + (step + AHEAD - wrap * steps) * bytes;
  for (size_t at = 0; at < bytes; at += 64)
    for (size_t r = 0; r < LOWPK_NR; r++) __builtin_prefetch(rows + r * j->w->codes_stride + at, 0, 2);
}

/* The codes of a step; rows and columns that w lacks are zero. */
static void pack_codes(const job *j, size_t row0, size_t rows, size_t step, uint8_t *words, lowpk_seen *seen) {
  const size_t bytes = (size_t)LOWPK_STEP / 8 * j->bits, at = step * bytes;
  const size_t there = at < j->planes.codes_stride ? j->planes.codes_stride - at : 0;
  if (rows == LOWPK_NR && there >= bytes) {
    fetch_codes(j, row0, step, bytes);
    j->plan->ops->pack_codes(j->bits, lowpi_codes_at(j->w, row0) + at, j->w->codes_stride, words, seen);
  } else {
    uint8_t copy[LOWPK_NR * LOWPK_STEP * 2] = {0};
    for (size_t r = 0; r < rows && there; r++)
      memcpy(copy + r * bytes, lowpi_codes_at(j->w, row0 + r) + at, there < bytes ? there : bytes);
    j->plan->ops->pack_codes(j->bits, copy, bytes, words, seen);
  }
}

/* What there is once for each row. Padding stays as _begin left it: zero. */
static void pack_row_values(const job *j, size_t row0, size_t rows) {
  const lowpi_blob *b = &j->plan->blob;
  lowpi_header h;
  memcpy(&h, j->packed, sizeof h);
  for (size_t r = row0; r < row0 + rows; r++) {
    const void *outer =
        j->plan->rhs->tensor_scale ? (const void *)&h.tensor_scale : lowpi_scales_at(j->w, j->plan->rhs, r);
    if (b->outer) memcpy(j->packed + b->outer + 4 * r, outer, 4);
    if (b->zeros) memcpy(j->packed + b->zeros + 4 * r, lowpi_zero_at(j->w, j->plan->rhs, r), 4);
  }
}

static void pack_panel(const job *j, size_t panel) {
  const lowpi_blob *b = &j->plan->blob;
  const size_t row0 = panel * LOWPK_NR, rows = j->plan->n - row0 < LOWPK_NR ? j->plan->n - row0 : LOWPK_NR;
  const lowpk_rhs w = lowpi_blob_rhs(j->plan, j->packed);
  uint8_t *out = j->packed + b->data + panel * b->panel_bytes;
  size_t scaled = 0; /* steps whose scales are in place */
  bool irregular = false;
  lowpk_seen seen = {.most = 0};
  lowpi_checksum_begin(&seen.checksum);
  for (size_t step = 0; step < b->kp / LOWPK_STEP; step++, out += b->step_bytes) {
    if (b->step_scale_bytes && step == scaled)
      scaled += lowpi_pack_scales(j->plan, j->w, j->planes.scale_cols, row0, rows, step, out);
    lowpk_checksum_add(&seen.checksum, out, b->step_scale_bytes);
    pack_codes(j, row0, rows, step, out + b->step_scale_bytes, &seen);
    irregular = irregular || lowpi_step_irregular(&w, panel, step * LOWPK_STEP);
  }
  pack_row_values(j, row0, rows);
  if (b->sums) memcpy(j->packed + b->sums + 4 * row0, seen.sums, sizeof seen.sums);
  irregular = irregular || lowpi_most_irregular(w.scheme->element, seen.most) || lowpi_zeros_irregular(&w, panel);
  lowpi_record record = {lowpi_checksum_end(&seen.checksum, b->panel_bytes), 1, irregular};
  memcpy(j->packed + b->records + panel * sizeof record, &record, sizeof record);
}

static lowp_status check_tensor(const lowp_gemm_plan *plan, const lowp_qtensor *w, lowp_error *error) {
  if (!plan) return lowpi_fail(error, LOWP_E_ARGUMENT, "no plan");
  if (!w || w->struct_size != sizeof *w)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "the quantized tensor is not initialised (struct_size)");
  if (w->scheme != plan->rhs->id)
    return lowpi_fail(error, LOWP_E_LAYOUT, "the weights are %s, the plan has %s",
                      lowp_scheme_info_of(w->scheme) ? lowp_scheme_info_of(w->scheme)->name : "of no scheme",
                      plan->rhs->name);
  if (w->rows != plan->n || w->cols != plan->k)
    return lowpi_fail(error, LOWP_E_SHAPE, "the weights are %zu x %zu, the plan has %zu x %zu", w->rows, w->cols,
                      plan->n, plan->k);
  return LOWP_OK;
}

static lowp_status check_blob(const void *packed, lowp_error *error) {
  if (!packed || (uintptr_t)packed % 64)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "packed weights must lie at a multiple of 64 bytes");
  return LOWP_OK;
}

/* The header as _begin left it. */
static lowp_status check_begun(const lowp_gemm_plan *plan, const void *packed, lowp_error *error) {
  lowp_status status = check_blob(packed, error);
  if (status != LOWP_OK) return status;
  lowpi_header expected, h;
  memcpy(&h, packed, sizeof h);
  lowpi_header_init(&expected, plan);
  if (memcmp(&h, &expected, offsetof(lowpi_header, tensor_scale)) != 0 || h.sealed)
    return lowpi_fail(error, LOWP_E_LAYOUT, "packing was not begun with this plan, or has ended");
  return LOWP_OK;
}

lowp_status lowp_gemm_pack_begin(const lowp_gemm_plan *plan, const lowp_qtensor *w, void *packed, size_t bytes,
                                 lowp_error *error) {
  lowp_status status = check_tensor(plan, w, error);
  if (status == LOWP_OK) status = check_blob(packed, error);
  if (status != LOWP_OK) return status;
  const lowpi_blob *b = &plan->blob;
  if (bytes < b->bytes) return lowpi_fail(error, LOWP_E_RANGE, "%zu bytes for packed weights of %zu", bytes, b->bytes);
  lowpi_header h;
  lowpi_header_init(&h, plan);
  h.tensor_scale = w->tensor_scale;
  h.tensor_scale_inv = w->tensor_scale_inv;
  h.tensor_amax = w->tensor_amax;
  memset((uint8_t *)packed + b->records, 0, b->bytes - b->records);
  memcpy(packed, &h, sizeof h);
  return LOWP_OK;
}

lowp_status lowp_gemm_pack_rows(const lowp_gemm_plan *plan, const lowp_qtensor *w, void *packed, size_t row0,
                                size_t row1, lowp_error *error) {
  lowp_status status = check_tensor(plan, w, error);
  if (status == LOWP_OK) status = lowpi_qtensor_check(w, error);
  if (status == LOWP_OK) status = check_begun(plan, packed, error);
  if (status != LOWP_OK) return status;
  if (row0 > row1 || row1 > plan->n || row0 % LOWPK_NR || (row1 % LOWPK_NR && row1 != plan->n))
    return lowpi_fail(error, LOWP_E_SHAPE, "rows %zu..%zu of %zu: panels have %d rows", row0, row1, plan->n,
                      (int)LOWPK_NR);
  job j = {.plan = plan, .w = w, .packed = packed, .bits = lowp_element_row_of(plan->rhs->element).bits};
  status = lowp_scheme_planes(w->scheme, w->rows, w->cols, &j.planes);
  if (status != LOWP_OK) return lowpi_fail(error, status, "%s", lowp_status_text(status));
  for (size_t panel = row0 / LOWPK_NR; panel * LOWPK_NR < row1; panel++) pack_panel(&j, panel);
  return LOWP_OK;
}

lowp_status lowp_gemm_pack_end(const lowp_gemm_plan *plan, void *packed, lowp_error *error) {
  if (!plan) return lowpi_fail(error, LOWP_E_ARGUMENT, "no plan");
  lowp_status status = check_begun(plan, packed, error);
  if (status != LOWP_OK) return status;
  lowpi_header h;
  memcpy(&h, packed, sizeof h);
  h.irregular = 0;
  for (size_t panel = 0; panel < plan->blob.panels; panel++) {
    lowpi_record r;
    memcpy(&r, (uint8_t *)packed + plan->blob.records + panel * sizeof r, sizeof r);
    if (!r.packed)
      return lowpi_fail(error, LOWP_E_CONSTRAINT, "rows from %zu on have not been packed", panel * LOWPK_NR);
    h.irregular |= r.irregular;
  }
  h.checksum = lowpi_blob_checksum(&plan->blob, packed);
  lowpi_header_seal(&h);
  memcpy(packed, &h, sizeof h);
  return LOWP_OK;
}

lowp_status lowp_gemm_pack(const lowp_gemm_plan *plan, const lowp_qtensor *w, void *packed, size_t bytes,
                           lowp_error *error) {
  lowp_status status = lowpi_qtensor_check(w, error); /* all that can fail, before anything is written */
  if (status == LOWP_OK) status = lowp_gemm_pack_begin(plan, w, packed, bytes, error);
  if (status == LOWP_OK) status = lowp_gemm_pack_rows(plan, w, packed, 0, plan->n, error);
  if (status == LOWP_OK) status = lowp_gemm_pack_end(plan, packed, error);
  return status;
}
