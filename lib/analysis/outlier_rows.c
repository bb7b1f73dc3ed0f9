/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outlier_rows.c: rows with and without their outliers, through the quantizer twice. A *band* is the rows of one block:
 * 1, or the 128 of a tile; of a block that is the whole tensor a band is a row, and the sums stay open.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/outlier_internal.h"

#include <stdlib.h>

enum { LANES = 8 };

/* Sums over one block, in lanes, which let the compiler use vector registers without changing the result. */
typedef struct block_sums {
  double all_xx[LANES], all_ee[LANES], xx[LANES], ee[LANES], ee0[LANES];
  uint64_t rest, flushed, flushed0;
  bool nonfinite, has_outlier;
  float amax;
  size_t amax_row, amax_col;
  uint64_t far_below;
} block_sums;

/* Values of a band, with strides of the padded columns, and the planes of one of its rows. */
typedef struct band_data {
  float *x, *without, *y, *y0;
  uint8_t *codes, *scales;
  void *zeros;
  block_sums *blocks;
  size_t blocks_count, width;
} band_data;

static double sum_of(const double *v) { return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])); }

/* --- which elements are outliers ---------------------------------------------------------------------------------- */

/* Adds what a row tells of a block: its largest magnitude, and the first row that has it. NaN and Inf: see add_run. */
static void look_at_run(block_sums *b, size_t r, size_t n, const float *x) {
  uint32_t bits = lowpk_ops_get()->amax(n, x);
  if (bits >= 0x7f800000u || bits <= lowp_f32_bits(b->amax)) return;
  b->amax = lowp_f32_from_bits(bits);
  b->amax_row = r;
}

static size_t run_width(const lowp_outlier_plan *p, const band_data *d, size_t k) {
  return p->x.cols - k * d->width < d->width ? p->x.cols - k * d->width : d->width;
}

/* Decides for each block of the band, and zeroes its outliers in d->without. Returns whether there are any. */
static bool mark_outliers(const lowp_outlier_plan *p, band_data *d, size_t row, size_t height) {
  size_t stride = p->planes.cols_padded;
  bool any = false;
  for (size_t k = 0; k < d->blocks_count; k++) {
    block_sums *b = &d->blocks[k];
    size_t c = k * d->width, n = run_width(p, d, k);
    if (p->whole) {
      b->amax = p->amax;
      b->amax_row = p->amax_row;
      b->amax_col = p->amax_col;
      b->has_outlier = p->has_outlier;
    } else {
      for (size_t i = 0; i < height; i++) look_at_run(b, row + i, n, d->x + i * stride + c);
      if (p->opts.rule == LOWP_OUTLIER_MEDIAN && b->amax > 0) {
        uint32_t limit = lowpi_far_below(p->opts.threshold, b->amax);
        for (size_t i = 0; i < height; i++) b->far_below += lowpi_count_below(n, d->x + i * stride + c, limit);
        b->has_outlier = lowpi_beyond_median(b->far_below, (uint64_t)height * n);
      } else {
        b->has_outlier = p->opts.rule == LOWP_OUTLIER_RMS ? (double)b->amax > p->rms_limit : b->amax > 0;
      }
    }
    if (!b->has_outlier) continue;
    any = true;
    if (!p->whole) b->amax_col = c + lowpi_find_magnitude(d->x + (b->amax_row - row) * stride + c, b->amax);
    if (p->opts.rule != LOWP_OUTLIER_RMS) {
      if (b->amax_row >= row && b->amax_row - row < height) d->without[(b->amax_row - row) * stride + b->amax_col] = 0;
      continue;
    }
    for (size_t i = 0; i < height; i++)
      for (size_t j = 0; j < n; j++)
        if (fabs((double)d->x[i * stride + c + j]) > p->rms_limit) d->without[i * stride + c + j] = 0;
  }
  return any;
}

/* --- there and back ----------------------------------------------------------------------------------------------- */

static lowp_status round_trip(const lowp_outlier_plan *p, band_data *d, size_t row, size_t height, const float *x,
                              float *y, const lowpi_outlier_side *side, lowp_error *error) {
  size_t stride = p->planes.cols_padded;
  lowp_qtensor q = {.struct_size = sizeof q,
                    .scheme = p->scheme->id,
                    .rows = height,
                    .cols = p->x.cols,
                    .scales = d->scales,
                    .scales_stride = p->planes.scales_stride,
                    .zeros = d->zeros,
                    .tensor_scale = p->tensor_scale,
                    .tensor_scale_inv = p->tensor_scale_inv,
                    .tensor_amax = p->tensor_amax};
  lowpk_job job = lowpi_job_of(&p->quant, &q);
  uint8_t *scales = d->scales;
  void *zeros = d->zeros;
  lowpi_outlier_side of_tensor = *side;
  if (job.scales_ready && p->whole) {
    scales = (uint8_t *)&of_tensor.scale;
    zeros = &of_tensor.zero;
  } else if (job.scales_ready) {
    lowp_view view = lowp_view_of(LOWP_F32, height, p->x.cols, x);
    view.stride = (ptrdiff_t)(stride * sizeof(float));
    lowp_status status = lowpi_choose_scales(&job, &view, &q, 0, height, error);
    if (status != LOWP_OK) return status;
  }
  for (size_t i = 0; i < height; i++) {
    lowpi_quantize_kernel(lowpk_ops_get(), p->scheme->family)(&job, row + i, x + i * stride, d->codes, scales, zeros);
    lowpi_dequantize_kernel(lowpk_ops_get(), p->scheme->family)(&job, d->codes, scales, zeros, y + i * stride);
  }
  return LOWP_OK;
}

/* --- sums --------------------------------------------------------------------------------------------------------- */

/* A finite value minus itself is 0, any other NaN. */
static bool all_finite(size_t n, const float *x, const float *y, const float *y0) {
  float probe[LANES] = {0}, sum = 0;
  size_t i = 0;
  for (; n - i >= LANES; i += LANES)
    for (size_t l = 0; l < LANES; l++)
      probe[l] += (x[i + l] - x[i + l]) + (y[i + l] - y[i + l]) + (y0[i + l] - y0[i + l]);
  for (; i < n; i++) probe[0] += (x[i] - x[i]) + (y[i] - y[i]) + (y0[i] - y0[i]);
  for (int l = 0; l < LANES; l++) sum += probe[l];
  return sum == 0;
}

/* One to eight elements, one to each lane. */
static inline void add_all(block_sums *b, int n, const float *x, const float *y) {
  for (int l = 0; l < n; l++) {
    double v = (double)x[l], e = v - (double)y[l];
    b->all_xx[l] += v * v;
    b->all_ee[l] += e * e;
  }
}

/* Elements are in N unless they were set to zero. Those that are not add 0. */
static inline void add_rest(block_sums *b, int n, const float *x, const float *without, const float *y,
                            const float *y0) {
  uint32_t rest[LANES] = {0}, flushed[LANES] = {0}, flushed0[LANES] = {0};
  for (int l = 0; l < n; l++) {
    double v = (double)without[l], in = x[l] == without[l] ? 1 : 0;
    double e = (v - (double)y[l]) * in, e0 = (v - (double)y0[l]) * in;
    b->xx[l] += v * v;
    b->ee[l] += e * e;
    b->ee0[l] += e0 * e0;
  }
  for (int l = 0; l < n; l++) {
    rest[l] = x[l] == without[l];
    flushed[l] = (uint32_t)(without[l] != 0) & (uint32_t)(y[l] == 0);
    flushed0[l] = (uint32_t)(without[l] != 0) & (uint32_t)(y0[l] == 0);
  }
  for (int l = 0; l < LANES; l++) {
    b->rest += rest[l];
    b->flushed += flushed[l];
    b->flushed0 += flushed0[l];
  }
}

static void add_run(block_sums *b, size_t n, const float *x, const float *without, const float *y, const float *y0) {
  size_t whole = n - n % LANES;
  if (!all_finite(n, x, y, y0)) b->nonfinite = true;
  if (b->nonfinite) return;
  for (size_t i = 0; i < whole; i += LANES) add_all(b, LANES, x + i, y + i);
  add_all(b, (int)(n - whole), x + whole, y + whole);
  if (!b->has_outlier) return;
  for (size_t i = 0; i < whole; i += LANES) add_rest(b, LANES, x + i, without + i, y + i, y0 + i);
  add_rest(b, (int)(n - whole), x + whole, without + whole, y + whole, y0 + whole);
}

static void close_block(const lowp_outlier_plan *p, const band_data *d, size_t k, size_t row, size_t height,
                        lowp_outlier_stats *stats) {
  const block_sums *b = &d->blocks[k];
  size_t width = run_width(p, d, k);
  lowp_outlier_block block = {.row = row,
                              .col = k * d->width,
                              .rows = height,
                              .cols = width,
                              .amax_row = b->amax_row,
                              .amax_col = b->amax_col,
                              .amax = (double)b->amax,
                              .outliers = b->has_outlier ? (uint64_t)height * width - b->rest : 0,
                              .rest = b->rest,
                              .rest_xx = sum_of(b->xx),
                              .rest_ee = sum_of(b->ee),
                              .rest_ee0 = sum_of(b->ee0),
                              .z = (double)b->flushed,
                              .z0 = (double)b->flushed0};
  if (p->whole) {
    stats->open_nonfinite += b->nonfinite;
    block.row = 0;
    block.rows = p->x.rows;
  } else {
    stats->blocks++;
    stats->nonfinite_blocks += b->nonfinite;
  }
  if (!b->nonfinite) {
    stats->all_xx += sum_of(b->all_xx);
    stats->all_ee += sum_of(b->all_ee);
  }
  if (p->whole) {
    lowpi_outlier_add_open(stats, &block);
  } else if (!b->nonfinite) {
    lowpi_outlier_add_block(stats, &block, &p->opts);
  }
}

static lowp_status measure_band(const lowp_outlier_plan *p, band_data *d, size_t row, size_t height,
                                lowp_outlier_stats *stats, lowp_error *error) {
  size_t stride = p->planes.cols_padded;
  lowp_status status = LOWP_OK;
  for (size_t i = 0; i < height; i++) {
    float *to = d->x + i * stride;
    const float *from = lowpi_load_part(&p->x, row + i, 0, stride, p->quant.nan_policy, to, &status, error);
    if (status != LOWP_OK) return status;
    if (from != to) memcpy(to, from, stride * sizeof *to);
  }
  memcpy(d->without, d->x, height * stride * sizeof *d->x);
  memset(d->blocks, 0, d->blocks_count * sizeof *d->blocks);
  bool any = mark_outliers(p, d, row, height);
  status = round_trip(p, d, row, height, d->x, d->y, &p->side[0], error);
  if (status == LOWP_OK && any) status = round_trip(p, d, row, height, d->without, d->y0, &p->side[1], error);
  if (status != LOWP_OK) return status;
  const float *y0 = any ? d->y0 : d->y;
  for (size_t k = 0; k < d->blocks_count; k++) {
    size_t c = k * d->width, n = run_width(p, d, k);
    for (size_t i = 0; i < height; i++) {
      size_t at = i * stride + c;
      add_run(&d->blocks[k], n, d->x + at, d->without + at, d->y + at, y0 + at);
    }
    close_block(p, d, k, row, height, stats);
  }
  return LOWP_OK;
}

/* One allocation for everything a band needs. */
static lowp_status allocate(const lowp_outlier_plan *p, band_data *d, void **memory, lowp_error *error) {
  d->width = p->scheme->block_cols ? p->scheme->block_cols : p->x.cols;
  d->blocks_count = lowpi_ceil_div(p->x.cols, d->width);
  size_t values, floats, sums, total;
  bool fits = lowpi_mul(p->planes.cols_padded, p->band, &values) && lowpi_mul(values, 4 * sizeof(float), &floats) &&
              lowpi_mul(d->blocks_count, sizeof *d->blocks, &sums) && lowpi_add(sums, floats, &total) &&
              lowpi_add(total, p->planes.codes_stride, &total) && lowpi_add(total, p->planes.scales_stride + 8, &total);
  if (!fits) return lowpi_fail(error, LOWP_E_SHAPE, "%zu columns", p->x.cols);
  char *block = calloc(1, total);
  if (block == NULL) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for %zu rows of %zu", p->band, p->x.cols);
  *memory = block;
  d->blocks = (block_sums *)(void *)block;
  d->x = (float *)(void *)(block + sums);
  d->without = d->x + values;
  d->y = d->without + values;
  d->y0 = d->y + values;
  d->zeros = d->y0 + values; /* 4 bytes; the planes of bytes follow */
  d->scales = (uint8_t *)d->zeros + 8;
  d->codes = d->scales + p->planes.scales_stride;
  return LOWP_OK;
}

lowp_status lowp_outlier_measure_rows(const lowp_outlier_plan *p, size_t row0, size_t row1, lowp_outlier_stats *stats,
                                      lowp_error *error) {
  if (p == NULL || stats == NULL || stats->struct_size != sizeof *stats)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "NULL, or stats are not initialised");
  if (row0 > row1 || row1 > p->x.rows || row0 % p->band != 0 || (row1 % p->band != 0 && row1 != p->x.rows))
    return lowpi_fail(error, LOWP_E_RANGE, "rows %zu..%zu of %zu, in blocks of %zu", row0, row1, p->x.rows, p->band);
  if (row0 == row1 || p->x.cols == 0) return LOWP_OK;
  band_data d = {0};
  void *memory = NULL;
  lowp_status status = allocate(p, &d, &memory, error);
  if (status != LOWP_OK) return status;
  lowp_outlier_stats all = *stats;
  for (size_t r = row0; r < row1 && status == LOWP_OK;) {
    lowp_outlier_stats part;
    lowp_outlier_stats_init(&part);
    size_t end = r + (p->chunk - r % p->chunk);
    for (; r < end && r < row1 && status == LOWP_OK; r += p->band)
      status = measure_band(p, &d, r, p->x.rows - r < p->band ? p->x.rows - r : p->band, &part, error);
    lowp_outlier_stats_merge(&all, &part);
  }
  free(memory);
  if (status == LOWP_OK) *stats = all;
  return status;
}

lowp_status lowp_measure_outliers(lowp_scheme scheme, const lowp_quant_opts *quant, const lowp_outlier_opts *opts,
                                  const lowp_view *x, lowp_outlier_summary *summary, lowp_error *error) {
  if (summary == NULL) return lowpi_fail(error, LOWP_E_ARGUMENT, "summary is NULL");
  lowp_outlier_plan *plan;
  lowp_status status = lowp_outlier_plan_create(&plan, scheme, quant, opts, x, error);
  if (status != LOWP_OK) return status;
  lowp_outlier_stats stats;
  lowp_outlier_stats_init(&stats);
  status = lowp_outlier_measure_rows(plan, 0, x->rows, &stats, error);
  lowp_outlier_plan_destroy(plan);
  return status == LOWP_OK ? lowp_outlier_summarize(&stats, summary) : status;
}
