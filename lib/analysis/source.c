/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: pairs from two views, from a quantized tensor, or from a scheme that quantizes on the way. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/source.h"
#include <math.h>
#include <stdlib.h>

#define F32_INF 0x7f800000u

/* A scheme: its tensor scale and the scales that span rows are chosen here, all others row by row. */
static lowp_status begin_scheme(lowpi_source *s, lowp_scheme scheme, const lowp_quant_opts *opts, lowp_error *error) {
  lowp_status status = lowpi_quant_opts_resolve(opts, scheme, &s->opts, error);
  if (status == LOWP_OK) status = lowp_scheme_planes(scheme, s->x.rows, s->x.cols, &s->planes);
  if (status != LOWP_OK) return status;
  s->quantize = true;
  s->q = (lowp_qtensor){.struct_size = sizeof s->q,
                        .scheme = scheme,
                        .rows = s->x.rows,
                        .cols = s->x.cols,
                        .codes_stride = s->planes.codes_stride,
                        .scales_stride = s->planes.scales_stride,
                        .tensor_scale = 1,
                        .tensor_scale_inv = 1};
  lowpk_job job = lowpi_job_of(&s->opts, &s->q);
  if (lowpi_scales_first(s->scheme)) {
    size_t zeros, bytes; /* zeros lie on a multiple of four bytes, as scales of schemes that span rows do */
    if (!lowpi_add(s->planes.scales_bytes, 3, &zeros) || !lowpi_add(zeros & ~(size_t)3, s->planes.zeros_bytes, &bytes))
      return lowpi_fail(error, LOWP_E_SHAPE, "%zu x %zu", s->x.rows, s->x.cols);
    s->scales = malloc(bytes + 1);
    if (!s->scales) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for %zu bytes of scales", bytes);
    s->q.scales = s->scales;
    s->q.zeros = s->planes.zeros_bytes ? (char *)s->scales + (zeros & ~(size_t)3) : NULL;
    status = lowpi_choose_scales(&job, &s->x, &s->q, 0, s->x.rows, error);
    if (status != LOWP_OK) return status;
  }
  status = lowpi_choose_tensor_scale(&s->opts, &s->x, &s->q, error);
  s->job = lowpi_job_of(&s->opts, &s->q);
  s->whole_rows = lowpi_quantize_part(&s->job) == s->job.cols_padded && s->job.cols_padded > LOWPI_PAIRS;
  return status;
}

lowp_status lowpi_source_begin(lowpi_source *s, const lowp_view *x, const lowp_view *y, const lowp_qtensor *q,
                               lowp_scheme scheme, const lowp_quant_opts *opts, lowp_error *error) {
  memset(s, 0, sizeof *s);
  if ((y != NULL) + (q != NULL) + (scheme != LOWP_SCHEME_NONE) != 1)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "exactly one of a view, a quantized tensor and a scheme has to be given");
  lowp_status status = x ? lowp_view_check(x) : LOWP_E_ARGUMENT;
  if (status != LOWP_OK) return lowpi_fail(error, status, "the original is not a readable matrix");
  s->x = *x;
  if (y) {
    status = lowp_view_check(y);
    if (status != LOWP_OK) return lowpi_fail(error, status, "what to compare with is not a readable matrix");
    s->y = *y;
  } else if (q) {
    status = lowpi_qtensor_check(q, error);
    if (status != LOWP_OK) return status;
    s->q = *q;
  }
  const size_t rows = y ? y->rows : q ? q->rows : x->rows, cols = y ? y->cols : q ? q->cols : x->cols;
  if (x->rows != rows || x->cols != cols)
    return lowpi_fail(error, LOWP_E_SHAPE, "the original is %zu x %zu, the other %zu x %zu", x->rows, x->cols, rows,
                      cols);
  if (y) return LOWP_OK;
  s->scheme = lowp_scheme_info_of(q ? q->scheme : scheme);
  if (!s->scheme) return lowpi_fail(error, LOWP_E_ARGUMENT, "no scheme has the number %d", (int)scheme);
  s->clip = lowpi_clip_rule_of(s->scheme);
  if (!q) {
    status = begin_scheme(s, scheme, opts, error);
  } else {
    lowp_quant_opts_init(&s->opts, q->scheme); /* decoding has no options; kernels may still look */
    s->job = lowpi_job_of(&s->opts, q);
    status = lowp_scheme_planes(q->scheme, rows, cols, &s->planes);
  }
  if (s->scheme->scale == LOWP_ELEMENT_NONE || lowp_element_row_of(s->scheme->scale).bits > 8) return status;
  s->limits = s->clip.any && !s->clip.by_step && s->scheme->family != LOWP_FAMILY_HIF4;
  for (uint32_t code = 0; code < 256; code++) {
    s->scale_of[code] = lowp_decode(s->scheme->scale, code) * (s->scheme->tensor_scale ? s->q.tensor_scale : 1);
    s->limit_of[code] = fabsf(s->scale_of[code]) * s->clip.limit; /* which has room for rounding */
  }
  return status;
}

void lowpi_source_end(lowpi_source *s) {
  free(s->scales);
  s->scales = NULL;
}

lowpi_scratch *lowpi_scratch_create(const lowpi_source *s) {
  /* A part or a row of codes of up to two bytes; its scales, one byte for 16 columns or four for a row; the row in f32. */
  size_t row = 0, codes = 0, scales = 0, bytes = sizeof(lowpi_scratch);
  if (s->quantize) {
    const size_t cols = s->whole_rows || s->job.cols_padded < LOWPI_PAIRS ? s->job.cols_padded : LOWPI_PAIRS;
    if (!lowpi_mul(cols, sizeof(uint16_t), &codes) || (s->whole_rows && !lowpi_mul(cols, sizeof(float), &row)))
      return NULL;
    scales = cols / 8 + 8;
  }
  if (!lowpi_add(bytes, row, &bytes) || !lowpi_add(bytes, codes, &bytes) || !lowpi_add(bytes, scales, &bytes))
    return NULL;
  if (!lowpi_add(bytes, 63, &bytes)) return NULL;
  lowpi_scratch *t = aligned_alloc(64, bytes & ~(size_t)63);
  if (!t) return NULL;
  t->row = (float *)(void *)(t + 1);
  t->codes = (uint8_t *)(t + 1) + row;
  t->scales = t->codes + codes;
  t->zero = 0;
  t->job = s->job;
  t->job.opts = &s->opts;
  return t;
}

/* Quantizes n columns from c on into the scratch planes. `in` has room for that many floats. */
static lowp_status quantize(const lowpi_source *s, size_t r, size_t c, size_t padded, float *in, lowpi_scratch *t,
                            lowp_error *error) {
  lowpk_job job = t->job;
  lowp_status status = LOWP_OK;
  job.cols_padded = padded;
  job.cols = s->x.cols - c < padded ? s->x.cols - c : padded;
  const float *x = lowpi_load_part(&s->x, r, c, padded, s->opts.nan_policy, in, &status, error);
  if (!x) return status;
  uint8_t *scales = job.scales_ready ? lowpi_scales_from(&s->q, s->scheme, r, c) : t->scales;
  void *zero = job.scales_ready ? lowpi_zero_at(&s->q, s->scheme, r) : &t->zero;
  lowpi_quantize_kernel(lowpk_ops_get(), s->scheme->family)(&job, r, x, t->codes, scales, zero);
  return LOWP_OK;
}

lowp_status lowpi_source_part(const lowpi_source *s, size_t r, size_t c, lowpi_scratch *t, lowpi_part *part,
                              lowp_error *error) {
  lowp_status status = LOWP_OK;
  const size_t n = s->x.cols - c < LOWPI_PAIRS ? s->x.cols - c : LOWPI_PAIRS;
  *part = (lowpi_part){.r = r, .c = c, .n = n};
  part->x = lowpi_load_part(&s->x, r, c, n, LOWP_NONFINITE_PROPAGATE, t->x, &status, error);
  if (!s->scheme) {
    part->y = lowpi_load_part(&s->y, r, c, n, LOWP_NONFINITE_PROPAGATE, t->y, &status, error);
    return status;
  }
  lowpk_job job = t->job;
  job.cols_padded = s->job.cols_padded - c < LOWPI_PAIRS ? s->job.cols_padded - c : LOWPI_PAIRS;
  job.cols = n;
  const void *zero;
  if (s->quantize) {
    const size_t from = s->whole_rows ? c : 0;
    if (!s->whole_rows)
      status = quantize(s, r, c, job.cols_padded, t->in, t, error);
    else if (c == 0)
      status = quantize(s, r, 0, s->job.cols_padded, t->row, t, error);
    if (status != LOWP_OK) return status;
    part->codes = t->codes + from / 8 * lowp_element_row_of(s->scheme->element).bits;
    part->scales = job.scales_ready          ? lowpi_scales_from(&s->q, s->scheme, r, c)
                   : !s->scheme->scale_bytes ? NULL
                   : s->scheme->block_cols   ? t->scales + from / s->scheme->block_cols * s->scheme->scale_bytes
                                             : t->scales;
    zero = job.scales_ready ? lowpi_zero_at(&s->q, s->scheme, r) : &t->zero;
  } else {
    part->codes = lowpi_codes_from(&s->q, s->scheme, r, c);
    part->scales = lowpi_scales_from(&s->q, s->scheme, r, c);
    zero = lowpi_zero_at(&s->q, s->scheme, r);
  }
  lowpi_dequantize_kernel(lowpk_ops_get(), s->scheme->family)(&job, part->codes, part->scales, zero, t->y);
  part->y = t->y;
  return LOWP_OK;
}

float lowpi_source_scale(const lowpi_source *s, const lowpi_part *part, size_t i) {
  float value;
  uint16_t half;
  const uint8_t *at = part->scales + i * s->scheme->scale_bytes;
  if (s->scheme->scale == LOWP_F32) {
    memcpy(&value, at, sizeof value);
    return value;
  }
  if (s->scheme->scale == LOWP_FP16) {
    memcpy(&half, at, sizeof half);
    return lowp_decode(LOWP_FP16, half);
  }
  return s->scale_of[*at];
}

uint64_t lowpi_block_clipped(const lowpi_source *s, const lowpi_part *part, size_t from, size_t n, uint32_t amax) {
  const size_t width = s->scheme->block_cols;
  const float *x = part->x + from, *y = part->y + from;
  if (!s->clip.any) return 0;
  if (!part->scales) return lowpi_count_clipped(&s->clip, part->codes, from, 0, n, x, y);
  if (s->scheme->family == LOWP_FAMILY_HIF4) return lowpi_count_clipped_sevens(&s->clip, part->codes, from, n, x, y);
  const float scale = fabsf(lowpi_source_scale(s, part, width ? from / width : 0));
  if (s->clip.by_step) return lowpi_count_clipped(&s->clip, part->codes, from, scale, n, x, y);
  /*
   * Whatever is clipped is larger than the largest code, so a block whose amax is not has none. Codes and scales that
   * are not finite are looked at one by one.
   */
  const double limit = (double)scale * (double)s->clip.limit;
  if (!isfinite(limit) || amax >= F32_INF || (s->clip.infinite && lowpi_any_nonfinite(n, y)))
    return lowpi_count_clipped(&s->clip, part->codes, from, 0, n, x, y);
  if ((double)lowp_f32_from_bits(amax) <= limit) return 0;
  return lowpi_count_clipped_above(&s->clip, part->codes, from, limit, n, x, y);
}

size_t lowpi_clip_candidates(const lowpi_source *s, const lowpi_part *part, size_t count, const uint32_t *amax,
                             uint16_t *candidates) {
  size_t n = 0;
  if (s->limits && s->scheme->block_cols && s->scheme->scale_bytes == 1) {
    /* Which ones they are no branch predictor knows. */
    for (size_t k = 0; k < count; k++) {
      candidates[n] = (uint16_t)k;
      n += !(lowp_f32_from_bits(amax[k]) <= s->limit_of[part->scales[k]]);
    }
  } else if (s->clip.any) {
    for (; n < count; n++) candidates[n] = (uint16_t)n;
  }
  return n;
}

uint64_t lowpi_source_clipped(const lowpi_source *s, const lowpi_part *part, size_t from, size_t n) {
  uint64_t clipped = 0;
  if (!s->scheme || !s->clip.any) return 0;
  const size_t width = s->scheme->block_cols ? s->scheme->block_cols : LOWPI_PAIRS;
  for (size_t i = from, end = from + n; i < end;) {
    const size_t to = i / width * width + width, m = (to < end ? to : end) - i;
    clipped += lowpi_block_clipped(s, part, i, m, lowpk_ops_get()->amax(m, part->x + i));
    i += m;
  }
  return clipped;
}
