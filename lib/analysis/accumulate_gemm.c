/* SPDX-License-Identifier: Apache-2.0 */
/* accumulate_gemm.c: operands of any scheme as elements and scales, and a multiplication under a model. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/accumulate_internal.h"

#include <math.h>
#include <stdlib.h>

#include "lib/internal.h"

lowp_accum_operand lowp_accum_of_view(const lowp_view *view) {
  return (lowp_accum_operand){.struct_size = sizeof(lowp_accum_operand), .view = view};
}
lowp_accum_operand lowp_accum_of_qtensor(const lowp_qtensor *q) {
  return (lowp_accum_operand){.struct_size = sizeof(lowp_accum_operand), .q = q};
}

lowp_status lowpi_side_of(const lowp_accum_operand *operand, const char *name, lowpi_side *s, lowp_error *error) {
  if (operand == NULL || operand->struct_size != sizeof *operand || !operand->view == !operand->q)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "%s: give a view or a quantized tensor", name);
  *s = (lowpi_side){.view = operand->view, .q = operand->q, .emin = -126};
  if (s->view) {
    lowp_status status = lowp_view_check(s->view);
    if (status != LOWP_OK) return lowpi_fail(error, status, "%s is not a readable matrix", name);
    s->rows = s->view->rows, s->k = s->view->cols;
    s->emin = lowpi_element_emin(s->view->element);
    return LOWP_OK;
  }
  lowp_view none = lowp_view_of(LOWP_F32, 0, s->q->cols, NULL);
  lowp_status status = lowp_dequantize_rows(s->q, 0, 0, &none, error); /* checks the tensor */
  if (status != LOWP_OK) return status;
  s->info = lowp_scheme_info_of(s->q->scheme);
  s->rows = s->q->rows, s->k = s->q->cols;
  lowp_planes planes;
  status = lowp_scheme_planes(s->q->scheme, s->rows, s->k, &planes);
  if (status != LOWP_OK) return status;
  bool scaled = s->info->family == LOWP_FAMILY_SCALED, cast = s->info->family == LOWP_FAMILY_CAST;
  s->outer = scaled && s->info->block_cols == 0;
  if (!scaled && !cast) s->blocks = planes.scale_cols;
  if (!scaled || s->outer) s->emin = lowpi_element_emin(s->info->element);
  return LOWP_OK;
}

bool lowpi_side_alloc(lowpi_side *s) {
  size_t scale_bytes = s->info ? s->info->scale_bytes : 0, floats, units, bytes;
  if (!lowpi_add(s->k, s->blocks, &floats) || !lowpi_mul(floats, sizeof(float), &floats) ||
      !lowpi_mul(s->blocks + 1, scale_bytes, &units) || !lowpi_add(floats, units, &bytes) ||
      !lowpi_add(bytes, 1, &bytes))
    return false;
  s->value = malloc(bytes);
  if (s->value == NULL) return false;
  s->scale = s->value + s->k;
  s->unit = (uint8_t *)(s->scale + s->blocks);
  return true;
}

static size_t scale_row(const lowpi_side *s, size_t r) { return s->info->block_rows ? r / s->info->block_rows : 0; }

/* One row as a tensor of its own, its scales replaced. */
static lowp_qtensor unit_row(const lowpi_side *s, size_t r) {
  lowp_qtensor q = *s->q;
  const uint8_t *scales = q.scales + scale_row(s, r) * q.scales_stride;
  q.rows = 1;
  q.codes += r * q.codes_stride;
  if (s->blocks) {
    memcpy(s->unit, scales, s->blocks * s->info->scale_bytes);
    for (size_t b = 0; b < s->blocks; b++) {
      uint8_t *code = s->unit + b * s->info->scale_bytes;
      s->scale[b] = lowp_decode(s->info->scale, *code); /* HiF4: the first of its four bytes */
      *code = (uint8_t)lowp_encode(s->info->scale, 1.0f);
    }
  } else {
    const float one = 1;
    memcpy(s->unit, &one, sizeof one);
    if (q.zeros) q.zeros = (char *)q.zeros + 4 * scale_row(s, r);
  }
  q.scales = s->unit;
  q.tensor_scale = q.tensor_scale_inv = 1;
  return q;
}

/* Row r: elements and scales into the source, the factor for afterwards into *outer. */
lowp_status lowpi_side_load(const lowpi_side *s, size_t r, lowpi_row *row, float *outer) {
  *row = (lowpi_row){.value = s->value, .emin = s->emin};
  *outer = 1;
  if (s->view) {
    lowp_view_load_row(s->view, r, s->value);
    return LOWP_OK;
  }
  lowp_view out = lowp_view_of(LOWP_F32, 1, s->k, s->value);
  if (!s->blocks && !s->outer) return lowp_dequantize_rows(s->q, r, r + 1, &out, NULL);
  lowp_qtensor q = unit_row(s, r);
  if (s->blocks) {
    row->scale = s->scale;
    row->block = s->info->block_cols;
    *outer = s->q->tensor_scale;
  } else {
    memcpy(outer, s->q->scales + scale_row(s, r) * s->q->scales_stride, sizeof *outer);
  }
  return lowp_dequantize_rows(&q, 0, 1, &out, NULL);
}

static lowp_status check(const lowpi_side *x, const lowpi_side *w, size_t row0, size_t row1, const lowp_view *y,
                         const lowp_accum_stats *stats, lowp_error *error) {
  if (x->k != w->k) return lowpi_fail(error, LOWP_E_SHAPE, "x has %zu columns, w has %zu", x->k, w->k);
  if (row0 > row1 || row1 > x->rows)
    return lowpi_fail(error, LOWP_E_RANGE, "rows %zu..%zu of %zu", row0, row1, x->rows);
  if (stats != NULL && stats->struct_size != sizeof *stats)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "stats are not filled by lowp_accum_stats_init");
  if (y == NULL) return LOWP_OK;
  if (lowp_view_check(y) != LOWP_OK || (y->element != LOWP_F32 && y->element != LOWP_BF16 && y->element != LOWP_FP16))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "y is no matrix of f32, bf16 or fp16");
  if (y->rows != row1 - row0 || y->cols != w->rows)
    return lowpi_fail(error, LOWP_E_SHAPE, "y is %zu x %zu, not %zu x %zu", y->rows, y->cols, row1 - row0, w->rows);
  return LOWP_OK;
}

static lowp_status multiply(const lowp_accum *a, const lowpi_side *x, const lowpi_side *w, size_t row0, size_t row1,
                            const lowp_view *y, float *line, lowp_accum_stats *stats) {
  for (size_t r = row0; r < row1; r++) {
    lowp_accum_stats part;
    lowp_accum_stats_init(&part);
    lowpi_row rx, rw;
    float ox, ow, special;
    lowp_status status = lowpi_side_load(x, r, &rx, &ox);
    for (size_t n = 0; n < w->rows && status == LOWP_OK; n++) {
      status = lowpi_side_load(w, n, &rw, &ow);
      float s = lowpi_accum_dot(a, x->k, &rx, &rw);
      line[n] = s * ox * ow; /* two products in f32 */
      if (stats == NULL) continue;
      lowpi_exact exact;
      bool finite = !lowpi_row_special(&rx, &rw, x->k, &special);
      if (finite) lowpi_exact_dot(x->k, &rx, &rw, &exact);
      lowpi_accum_stats_add(&part, finite, s, &exact);
    }
    if (status != LOWP_OK) return status;
    if (y) lowp_view_store_row(y, r - row0, line);
    if (stats) lowp_accum_stats_merge(stats, &part);
  }
  return LOWP_OK;
}

lowp_status lowp_accum_gemm_rows(const lowp_accum *accum, const lowp_accum_operand *x, const lowp_accum_operand *w,
                                 size_t row0, size_t row1, const lowp_view *y, lowp_accum_stats *stats,
                                 lowp_error *error) {
  lowpi_side sx, sw;
  lowp_status status = lowp_accum_check(accum, error);
  if (status == LOWP_OK) status = lowpi_side_of(x, "x", &sx, error);
  if (status == LOWP_OK) status = lowpi_side_of(w, "w", &sw, error);
  if (status == LOWP_OK) status = check(&sx, &sw, row0, row1, y, stats, error);
  if (status != LOWP_OK) return status;
  lowp_accum a = *accum;
  a.out = LOWP_F32; /* the type of y decides */
  size_t bytes;
  float *line = lowpi_mul(sw.rows, sizeof(float), &bytes) ? malloc(bytes + sizeof(float)) : NULL;
  bool memory = lowpi_side_alloc(&sx);
  memory = lowpi_side_alloc(&sw) && memory && line != NULL;
  lowp_accum_stats all;
  if (stats) all = *stats;
  status = memory ? multiply(&a, &sx, &sw, row0, row1, y, line, stats ? &all : NULL)
                  : lowpi_fail(error, LOWP_E_NOMEM, "no memory for rows of %zu", sx.k);
  if (status == LOWP_OK && stats) *stats = all;
  free(line);
  free(sx.value);
  free(sw.value);
  return status;
}
