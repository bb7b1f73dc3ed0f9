/* SPDX-License-Identifier: Apache-2.0 */
/* rounding_scheme.c: the codes of a quantized tensor against x / scale. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/rounding_grid.h"

#include <lowp/analysis.h>
#include <lowp/quant.h>
#include <math.h>
#include <stdlib.h>

#include "internal.h"
#include "kernels/generic/hif4.h"

/* How far scale and zero of a scheme reach: HiF4 has an exponent for every four elements. */
static size_t run_of(const lowp_scheme_info *info, size_t cols) {
  if (info->family == LOWP_FAMILY_HIF4) return 4;
  return info->block_cols ? info->block_cols : cols;
}

static double float_at(const uint8_t *p) {
  float v;
  memcpy(&v, p, sizeof v);
  return (double)v;
}

/* The scale of element (r, c), by which codes are multiplied; NaN where the block has none. */
static double scale_at(const lowp_qtensor *q, const lowp_scheme_info *info, size_t r, size_t c) {
  if (info->family == LOWP_FAMILY_CAST) return 1;
  size_t row = info->block_rows ? r / info->block_rows : 0, block = info->block_cols ? c / info->block_cols : 0;
  const uint8_t *p = q->scales + row * q->scales_stride + block * info->scale_bytes;
  switch (info->scale) {
  case LOWP_F32:
    return float_at(p);
  case LOWP_FP16:
    return (double)lowp_decode(LOWP_FP16, (uint32_t)p[0] | (uint32_t)p[1] << 8);
  case LOWP_E6M2: {
    uint32_t word = lowpk_hif4_load_word(p);
    return ldexp((double)lowp_decode(LOWP_E6M2, p[0]), (int)lowpk_hif4_exponent(word, (int)(c % LOWPK_HIF4_GROUP / 4)));
  }
  default: { /* one product, rounded to f32: exact without a tensor scale */
    float product = lowp_decode(info->scale, p[0]) * (info->tensor_scale ? q->tensor_scale : 1.0f);
    return (double)product;
  }
  }
}

static double zero_at(const lowp_qtensor *q, const lowp_scheme_info *info, size_t r) {
  size_t row = info->block_rows ? r / info->block_rows : 0;
  if (info->zero == LOWP_ZERO_NONE) return 0;
  const uint8_t *p = (const uint8_t *)q->zeros + 4 * row;
  int32_t integer;
  memcpy(&integer, p, sizeof integer);
  return info->zero == LOWP_ZERO_I32 ? (double)integer : float_at(p);
}

static void add_row(const lowpi_grid *grid, const lowp_qtensor *q, const lowp_scheme_info *info, size_t r,
                    const float *x, lowp_rounding_stats *s) {
  double zero = zero_at(q, info, r);
  size_t run = run_of(info, q->cols);
  for (size_t c = 0; c < q->cols;) {
    size_t end = q->cols - c < run ? q->cols : c + run;
    double scale = scale_at(q, info, r, c);
    bool any = false, negative = scale < 0; /* Q4_0 has scales of either sign */
    s->runs++;
    if (!isfinite(scale) || scale == 0) {
      s->nonfinite += end - c;
      c = end;
      continue;
    }
    for (; c < end; c++) {
      if (!isfinite(x[c])) {
        s->nonfinite++;
        continue;
      }
      double y = (double)lowp_decode(info->element, lowp_qtensor_code(q, r, c));
      any |= lowpi_grid_add(grid, negative ? -(double)x[c] : (double)x[c], fabs(scale), zero, y, s);
    }
    s->runs_saturated += any;
  }
}

lowp_status lowp_measure_rounding_qtensor(const lowp_view *x, const lowp_qtensor *q, size_t row0, size_t row1,
                                          lowp_rounding_stats *stats) {
  if (stats == NULL || stats->struct_size != sizeof *stats || x == NULL || q == NULL || q->struct_size != sizeof *q ||
      lowp_scheme_info_of(q->scheme) == NULL)
    return LOWP_E_ARGUMENT;
  lowp_status status = lowp_view_check(x);
  if (status != LOWP_OK) return status;
  if (x->rows != q->rows || x->cols != q->cols) return LOWP_E_SHAPE;
  if (row0 > row1 || row1 > q->rows) return LOWP_E_RANGE;
  if (row0 == row1 || q->cols == 0) return LOWP_OK;
  const lowp_scheme_info *info = lowp_scheme_info_of(q->scheme);
  size_t bytes;
  if (!lowpi_mul(q->cols, sizeof(float), &bytes)) return LOWP_E_SHAPE;
  lowpi_grid grid;
  status = lowpi_grid_create(info->element, &grid);
  if (status != LOWP_OK) return status;
  float *row = malloc(bytes);
  if (row == NULL) {
    lowpi_grid_destroy(&grid);
    return LOWP_E_NOMEM;
  }
  lowp_rounding_stats all = *stats;
  size_t chunk = lowp_error_chunk_rows(q->cols);
  for (size_t r = row0; r < row1;) {
    lowp_rounding_stats part;
    lowp_rounding_stats_init(&part);
    size_t end = r + (chunk - r % chunk); /* counted from row 0, so that ranges cut there give the same sums */
    for (; r < end && r < row1; r++) {
      lowp_view_load_row(x, r, row);
      add_row(&grid, q, info, r, row, &part);
    }
    lowp_rounding_stats_merge(&all, &part);
  }
  free(row);
  lowpi_grid_destroy(&grid);
  *stats = all;
  return LOWP_OK;
}
