/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/analysis.h>
#include <lowp/quant.h>

#include <math.h>
#include <stdlib.h>

#include "lib/internal.h"

/* Independent partial sums per call: they let the compiler use vector registers without changing the result. */
enum { LANES = 8 };

/* About this many elements make one partial sum: enough to spread over threads, few enough to keep the partials small. */
#define CHUNK_ELEMENTS ((size_t)1 << 17)

void lowp_error_stats_init(lowp_error_stats *stats) { *stats = (lowp_error_stats){.struct_size = sizeof *stats}; }

typedef struct lanes {
  double xx[LANES], yy[LANES], xy[LANES], e[LANES], ee[LANES], amax[LANES], abs[LANES], rel[LANES];
  uint64_t flushed[LANES];
} lanes;

static void add_pair(lanes *s, int lane, double x, double y) {
  double e = y - x, magnitude = fabs(x), error = fabs(e);
  double relative = magnitude > 0 ? error / magnitude : 0;
  s->xx[lane] += x * x;
  s->yy[lane] += y * y;
  s->xy[lane] += x * y;
  s->e[lane] += e;
  s->ee[lane] += e * e;
  s->amax[lane] = magnitude > s->amax[lane] ? magnitude : s->amax[lane];
  s->abs[lane] = error > s->abs[lane] ? error : s->abs[lane];
  s->rel[lane] = relative > s->rel[lane] ? relative : s->rel[lane];
  s->flushed[lane] += x != 0 && y == 0;
}

/* Counts a pair that has NaN or Inf in it. Returns whether it had. */
static bool set_aside(lowp_error_stats *stats, float x, float y) {
  if (isfinite(x) && isfinite(y)) return false;
  stats->x_nan += isnan(x) != 0;
  stats->x_inf += isinf(x) != 0;
  stats->y_nonfinite += isfinite(x) != 0;
  return true;
}

static double sum_of(const double *v) { return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])); }

static double max_of(double so_far, const double *v) {
  for (int i = 0; i < LANES; i++) so_far = v[i] > so_far ? v[i] : so_far;
  return so_far;
}

void lowp_error_stats_add(lowp_error_stats *stats, size_t n, const float *x, const float *y) {
  lanes s = {0};
  stats->count += n;
  for (size_t i = 0; i < n; i += LANES) {
    int m = n - i < LANES ? (int)(n - i) : LANES;
    /* x - x and y - y are 0 for finite values and NaN for all others. */
    float probe = 0;
    for (int l = 0; l < m; l++) probe += (x[i + (size_t)l] - x[i + (size_t)l]) + (y[i + (size_t)l] - y[i + (size_t)l]);
    if (m == LANES && probe == 0) {
      for (int l = 0; l < LANES; l++) add_pair(&s, l, (double)x[i + (size_t)l], (double)y[i + (size_t)l]);
    } else {
      for (int l = 0; l < m; l++) {
        float xl = x[i + (size_t)l], yl = y[i + (size_t)l];
        if (!set_aside(stats, xl, yl)) add_pair(&s, l, (double)xl, (double)yl);
      }
    }
  }
  stats->sum_xx += sum_of(s.xx);
  stats->sum_yy += sum_of(s.yy);
  stats->sum_xy += sum_of(s.xy);
  stats->sum_e += sum_of(s.e);
  stats->sum_ee += sum_of(s.ee);
  stats->x_amax = max_of(stats->x_amax, s.amax);
  stats->max_abs = max_of(stats->max_abs, s.abs);
  stats->max_rel = max_of(stats->max_rel, s.rel);
  for (int l = 0; l < LANES; l++) stats->flushed += s.flushed[l];
}

void lowp_error_stats_merge(lowp_error_stats *into, const lowp_error_stats *from) {
  into->count += from->count;
  into->x_nan += from->x_nan;
  into->x_inf += from->x_inf;
  into->y_nonfinite += from->y_nonfinite;
  into->flushed += from->flushed;
  into->clipped += from->clipped;
  into->sum_xx += from->sum_xx;
  into->sum_yy += from->sum_yy;
  into->sum_xy += from->sum_xy;
  into->sum_e += from->sum_e;
  into->sum_ee += from->sum_ee;
  into->x_amax = fmax(into->x_amax, from->x_amax);
  into->max_abs = fmax(into->max_abs, from->max_abs);
  into->max_rel = fmax(into->max_rel, from->max_rel);
}

size_t lowp_error_chunk_rows(size_t cols) { return cols == 0 || cols >= CHUNK_ELEMENTS ? 1 : CHUNK_ELEMENTS / cols; }

/* --- what counts as clipped --------------------------------------------------------------------------------------- */

/* For each code of up to 8 bits: 0, or half of the step before it as a fraction of its value, if it is the largest. */
typedef struct clip_rule {
  bool any;
  float half_step[256];
} clip_rule;

/* The two largest finite magnitudes of one sign are found by decoding every code. */
static void clip_rule_sign(lowp_element element, unsigned codes, float sign, float *half_step) {
  float largest = 0, second = 0;
  unsigned at = 0;
  for (unsigned code = 0; code < codes; code++) {
    float v = lowp_decode(element, code) * sign;
    if (!(v > 0) || isinf(v)) continue;
    if (v > largest) {
      second = largest;
      largest = v;
      at = code;
    } else if (v > second && v < largest) {
      second = v;
    }
  }
  if (largest > 0) half_step[at] = (largest - second) / (2 * largest);
}

static clip_rule clip_rule_of(const lowp_scheme_info *scheme) {
  clip_rule rule = {0};
  unsigned bits = lowp_element_row_of(scheme->element).bits;
  if (bits > 8) return rule; /* a cast to 16 bits */
  rule.any = true;
  clip_rule_sign(scheme->element, 1u << bits, 1, rule.half_step);
  clip_rule_sign(scheme->element, 1u << bits, -1, rule.half_step);
  /* A symmetric quantizer may leave the most negative integer unused: then -max is where it clips. */
  lowp_element_row row = lowp_element_row_of(scheme->element);
  if (row.kind == LOWP_KIND_FIXED)
    rule.half_step[(unsigned)-row.fixed.max & ((1u << bits) - 1)] = rule.half_step[row.fixed.max];
  return rule;
}

/* With a zero point y is no multiple of the code's value, and the step is the scale itself. */
static float scale_of_row(const lowp_qtensor *q, const lowp_scheme_info *scheme, size_t r) {
  float scale;
  size_t row = scheme->block_rows == 0 ? 0 : r / scheme->block_rows;
  memcpy(&scale, q->scales + row * q->scales_stride, sizeof scale);
  return fabsf(scale);
}

/* Code c of a row: bits [c * bits, c * bits + bits), little-endian; at most 8, so they lie in two bytes. */
static unsigned code_at(const uint8_t *row, unsigned bits, size_t c) {
  size_t at = c * bits;
  unsigned shift = (unsigned)(at & 7), word = row[at >> 3];
  if (shift + bits > 8) word |= (unsigned)row[(at >> 3) + 1] << 8;
  return (word >> shift) & ((1u << bits) - 1);
}

static uint64_t count_clipped(const clip_rule *rule, const lowp_qtensor *q, const lowp_scheme_info *scheme, size_t r,
                              const float *x, const float *y) {
  float step = scheme->zero == LOWP_ZERO_NONE ? 0 : scale_of_row(q, scheme, r);
  const uint8_t *codes = q->codes + r * q->codes_stride;
  unsigned bits = lowp_element_row_of(scheme->element).bits;
  uint64_t clipped = 0;
  for (size_t c = 0; c < q->cols; c++) {
    if (!isfinite(x[c])) continue;
    float half = rule->half_step[code_at(codes, bits, c)];
    if (isinf(y[c]))
      clipped++;
    else if (half > 0 && step > 0)
      clipped += fabs((double)x[c] - (double)y[c]) > 0.5 * (double)step;
    else if (half > 0)
      clipped += fabs((double)x[c]) - fabs((double)y[c]) > (double)half * fabs((double)y[c]);
  }
  return clipped;
}

/* --- matrices ----------------------------------------------------------------------------------------------------- */

/* Exactly one of y and q is given. */
static lowp_status measure(lowp_error_stats *stats, const lowp_view *x, const lowp_view *y, const lowp_qtensor *q,
                           size_t row0, size_t row1) {
  if (stats == NULL || stats->struct_size != sizeof *stats || x == NULL) return LOWP_E_ARGUMENT;
  lowp_status status = lowp_view_check(x);
  if (status == LOWP_OK && y != NULL) status = lowp_view_check(y);
  if (status != LOWP_OK) return status;
  size_t rows = y != NULL ? y->rows : q->rows, cols = y != NULL ? y->cols : q->cols;
  if (x->rows != rows || x->cols != cols) return LOWP_E_SHAPE;
  if (row0 > row1 || row1 > rows) return LOWP_E_RANGE;
  const lowp_scheme_info *scheme = q != NULL ? lowp_scheme_info_of(q->scheme) : NULL;
  if (q != NULL && scheme == NULL) return LOWP_E_ARGUMENT;

  size_t floats;
  if (!lowpi_mul(cols, 2 * sizeof(float), &floats)) return LOWP_E_SHAPE;
  float *scratch = malloc(floats + sizeof(float));
  if (scratch == NULL) return LOWP_E_NOMEM;
  float *xr = scratch, *yr = scratch + cols;
  clip_rule rule = {0};
  if (q != NULL) rule = clip_rule_of(scheme);

  lowp_error_stats all = *stats;
  size_t chunk = lowp_error_chunk_rows(cols);
  for (size_t r = row0; r < row1 && status == LOWP_OK;) {
    lowp_error_stats part;
    lowp_error_stats_init(&part);
    /* Chunks are counted from row 0 of the tensor, so that a range cut at their borders gives the same partials. */
    size_t end = r + (chunk - r % chunk);
    for (; r < end && r < row1 && status == LOWP_OK; r++) {
      lowp_view_load_row(x, r, xr);
      if (q == NULL) {
        lowp_view_load_row(y, r, yr);
      } else {
        lowp_view row = lowp_view_of(LOWP_F32, 1, cols, yr);
        status = lowp_dequantize_rows(q, r, r + 1, &row, NULL);
        if (status == LOWP_OK && rule.any) part.clipped += count_clipped(&rule, q, scheme, r, xr, yr);
      }
      if (status == LOWP_OK) lowp_error_stats_add(&part, cols, xr, yr);
    }
    lowp_error_stats_merge(&all, &part);
  }
  free(scratch);
  if (status == LOWP_OK) *stats = all;
  return status;
}

lowp_status lowp_error_stats_rows(lowp_error_stats *stats, const lowp_view *x, const lowp_view *y, size_t row0,
                                  size_t row1) {
  return y == NULL ? LOWP_E_ARGUMENT : measure(stats, x, y, NULL, row0, row1);
}

lowp_status lowp_error_stats_qtensor(lowp_error_stats *stats, const lowp_view *x, const lowp_qtensor *y, size_t row0,
                                     size_t row1) {
  return y == NULL ? LOWP_E_ARGUMENT : measure(stats, x, NULL, y, row0, row1);
}

/* --- measures ----------------------------------------------------------------------------------------------------- */

static double counted(const lowp_error_stats *s) { return (double)(s->count - s->x_nan - s->x_inf - s->y_nonfinite); }

double lowp_error_nmse(const lowp_error_stats *stats) { return stats->sum_ee == 0 ? 0 : stats->sum_ee / stats->sum_xx; }

double lowp_error_qsnr_db(const lowp_error_stats *stats) {
  double nmse = lowp_error_nmse(stats);
  return nmse == 0 ? INFINITY : -10 * log10(nmse);
}

double lowp_error_mse(const lowp_error_stats *stats) {
  double n = counted(stats);
  return n > 0 ? stats->sum_ee / n : 0;
}

double lowp_error_bias(const lowp_error_stats *stats) {
  double n = counted(stats);
  return n > 0 ? stats->sum_e / n : 0;
}

double lowp_error_cosine(const lowp_error_stats *stats) {
  if (stats->sum_xx == 0 && stats->sum_yy == 0) return 1;
  if (stats->sum_xx == 0 || stats->sum_yy == 0) return 0;
  double cosine = stats->sum_xy / (sqrt(stats->sum_xx) * sqrt(stats->sum_yy));
  return cosine > 1 ? 1 : cosine;
}
