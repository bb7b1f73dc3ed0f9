/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scaled.c: rows with plain scales: the formulas of generic/scaled.h on what lanes measured (quantize_scaled.cc).
 *
 * Left to the generic kernel: directed and stochastic rounding, the search for a scale, rows under another floating-point
 * mode, HiF8 other than to nearest with ties away, Q4_0 of GGML, blocks with anything that is not finite, and scales and
 * zero points that are not ordinary numbers.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/scaled.h"
#include "kernels/hwy/shim.h"

enum { MOST_ZERO = 1 << 20 };

static int is_for_lanes(const lowpk_job *job) {
  const lowp_quant_opts *o = job->opts;
  if (!lowpk_hwy_default_mode() || o->round > LOWP_ROUND_RTZ || o->scale_rule == LOWP_SCALE_MSE) return 0;
  if (job->scheme->element == LOWP_HIF8) return o->round == LOWP_ROUND_HALF_AWAY;
  return job->scheme->element != LOWP_INT4 || o->compat != LOWP_COMPAT_GGML;
}

/* Positive, so that no quotient is NaN; what overflows saturates. */
static int is_ordinary(const lowpk_scaled *s) {
  return s->factor <= FLT_MAX && (s->factor > 0 || (s->multiply && s->factor == 0)) && s->offset >= -FLT_MAX &&
         s->offset <= FLT_MAX && s->zero >= -MOST_ZERO && s->zero <= MOST_ZERO;
}

/* A block, or a row that is one. 0: it is not for lanes. */
static int quantize_block(const lowpk_job *job, size_t n, const float *x, uint8_t *codes, uint8_t *scale, void *zero) {
  const lowp_element id = job->scheme->element;
  lowpk_hwy_stats measured;
  lowpk_hwy_measure(n, x, &measured);
  if (!lowpk_is_finite(measured.amax)) return 0;
  lowpk_stats stats = {.amax = measured.amax, .min = measured.min, .max = measured.max, .any = n > 0};
  lowpk_scaled s = job->scales_ready ? lowpk_scaled_ready(job, scale, zero, 0) : lowpk_scaled_measured(job, &stats);
  if (!is_ordinary(&s)) return 0;
  const lowpk_hwy_run run = {
      .element = id,
      .round = job->opts->round,
      .factor = s.factor,
      .offset = s.offset,
      .multiply = s.multiply,
      .zero = s.zero,
      .min_code = job->scheme->zero == LOWP_ZERO_I32 ? lowp_element_row_of(id).fixed.min : lowpk_scaled_min_code(job),
  };
  lowpk_hwy_encode_run(&run, n, x, codes);
  if (!job->scales_ready) lowpk_scaled_store(job, &s, scale, 0, zero);
  return 1;
}

void lowpk_quantize_scaled_hwy(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                               void *zero) {
  const size_t n = job->scheme->block_cols ? job->scheme->block_cols : job->cols_padded;
  const unsigned bits = lowp_element_row_of(job->scheme->element).bits;
  if (!is_for_lanes(job) || (bits < 8 && n % 16 != 0)) {
    lowpk_quantize_scaled_generic(job, row, x, codes, scales, zero);
    return;
  }
  for (size_t i = 0; i < job->cols_padded; i += n, scales += job->scheme->scale_bytes) {
    if (quantize_block(job, n, x + i, codes + i * bits / 8, scales, zero)) continue;
    lowpk_job block = *job; /* nothing random in it, so it may stand alone */
    block.cols = block.cols_padded = n;
    lowpk_quantize_scaled_generic(&block, row, x + i, codes + i * bits / 8, scales, zero);
  }
}
