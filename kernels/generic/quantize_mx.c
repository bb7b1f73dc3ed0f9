/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize_mx.c: OCP MX: one E8M0 scale 2^e for each block of a row, element = x / 2^e rounded.
 *
 * With amax = 2^k * f, 1 <= f < 2, and the largest element max = 2^emax * g, 1 <= g < 2:
 *   floor  e = k - emax             ceil  e = k - emax + (f > 1)          rceil  e = k - emax + (f > g)
 *   even   the floor of amax rounded half up to the element's mantissa width
 * all of it from the bits of amax; then e is clamped to -127..127.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/block.h"

enum { E8M0_BIAS = 127, E8M0_NAN = 0xff, E8M0_MAX = 0xfe };

typedef struct block {
  const lowpk_job *job;
  const float *x; /* of the block */
  size_t n, row, col;
  int emax, mantissa_bits;
  uint32_t max_m; /* g * 2^23 */
  int floor_exponent;
} block;

/* floor(log2 amax), and f * 2^23. */
static inline int split_amax(uint32_t amax, uint32_t *m) {
  int k;
  *m = lowp_detail_split(amax, &k);
  return k;
}

/*
 * EVEN: a carry out of the largest f32 exponent is exponent 128, except where the preset's own f32 became Inf: then ->
 * NaN.
 */
static inline int even_exponent(const block *b, uint32_t amax, int *is_nan) {
  lowp_compat compat = b->job->opts->compat;
  int width = compat == LOWP_COMPAT_COMPRESSED_TENSORS ? 1 : b->mantissa_bits;
  uint32_t rounded = amax + ((uint32_t)1 << (22 - width)), m;
  *is_nan = rounded >= LOWPK_F32_INF && compat == LOWP_COMPAT_TORCHAO;
  return rounded >= LOWPK_F32_INF ? 128 : split_amax(rounded, &m);
}

static inline int clamp_exponent(int e) { return e < -127 ? -127 : e > 127 ? 127 : e; }

/* The stored scale for amax > 0, finite. Not for MSE. */
static inline uint8_t rule_scale(const block *b, uint32_t amax) {
  uint32_t m;
  int e = split_amax(amax, &m), is_nan = 0;
  switch (b->job->opts->scale_rule) {
  case LOWP_SCALE_CEIL:
    e += m > 0x800000u;
    break;
  case LOWP_SCALE_RCEIL:
    e += m > b->max_m;
    break;
  case LOWP_SCALE_EVEN:
    e = even_exponent(b, amax, &is_nan);
    break;
  default:
    break;
  }
  return is_nan ? E8M0_NAN : (uint8_t)(clamp_exponent(e - b->emax) + E8M0_BIAS);
}

/* Is x / 2^e in f32 a zero? That is so up to 2^-150, a tie with the smallest subnormal. */
static inline int quotient_is_zero(float x, int e) {
  return lowpk_magnitude(x) == 0 || (e > 0 && lowpk_magnitude(x) <= lowpk_magnitude(lowpk_mul_pow2(1.0f, e - 150)));
}

/* Code of x in a block of exponent e, with what presets do to single codes. */
LOWPK_INLINE uint32_t encode_element(lowp_element id, const block *b, size_t i, int e, lowp_encode_rules rules) {
  const unsigned bits = lowp_element_row_of(id).bits;
  const uint32_t sign = (uint32_t)1 << (bits - 1);
  float x = b->x[i];
  uint32_t code =
      lowp_encode_with(id, lowpk_mul_pow2(x, -e), rules, lowpk_random(b->job, rules.round, b->row, b->col + i));
  switch (b->job->opts->compat) {
  case LOWP_COMPAT_GGML: /* linear search from 0 finds +0 before -0, and is not moved by NaN */
    return code == sign || lowpk_magnitude(x) > LOWPK_F32_INF ? 0 : code;
  case LOWP_COMPAT_MODELOPT:
    return lowpk_magnitude(x) == 0 ? sign : code;
  case LOWP_COMPAT_MICROXCALING:
    if (quotient_is_zero(x, e))
      return 0; /* multiplied by sign(-0), which is 0; other negative values keep their sign */
    return id == LOWP_MXINT8 && code == sign ? sign + 1 : code;
  default:
    return code;
  }
}

LOWPK_INLINE double trial_error(lowp_element id, const block *b, int candidate) {
  int e = clamp_exponent(b->floor_exponent - 1 + candidate);
  double sum = 0;
  for (size_t i = 0; i < b->n; i++)
    sum +=
        lowpk_error(b->x[i], lowpk_mul_pow2(lowp_decode(id, encode_element(id, b, i, e, lowpk_rules(b->job, id))), e));
  return sum;
}

/* Magnitude bits that count for the scale. */
static inline uint32_t block_amax(const block *b) {
  lowp_compat compat = b->job->opts->compat;
  int ignore_nan = compat == LOWP_COMPAT_GGML || compat == LOWP_COMPAT_TRANSFORMER_ENGINE;
  uint32_t amax = 0;
  for (size_t i = 0; i < b->n; i++) {
    uint32_t m = lowpk_magnitude(b->x[i]);
    if (m > amax && !(ignore_nan && m > LOWPK_F32_INF)) amax = m;
  }
  return amax;
}

static inline uint8_t zero_block_scale(const block *b) {
  if (b->job->opts->compat != LOWP_COMPAT_MICROXCALING) return 0;
  return (uint8_t)(clamp_exponent(-126 - b->emax) + E8M0_BIAS); /* it takes amax = 2^-126 */
}

LOWPK_INLINE uint8_t choose_scale(const block *b, uint32_t amax, lowpk_trial *trial) {
  if (amax == 0) return zero_block_scale(b);
  if (amax >= LOWPK_F32_INF) return b->job->opts->compat == LOWP_COMPAT_TRANSFORMER_ENGINE ? E8M0_MAX : E8M0_NAN;
  if (b->job->opts->scale_rule != LOWP_SCALE_MSE) return rule_scale(b, amax);
  block searched = *b;
  uint32_t m;
  searched.floor_exponent = split_amax(amax, &m) - b->emax;
  return (uint8_t)(clamp_exponent(searched.floor_exponent - 1 + lowpk_search(4, trial, &searched)) + E8M0_BIAS);
}

LOWPK_INLINE void encode_block(lowp_element id, const block *b, uint8_t scale, lowp_encode_rules rules,
                               uint8_t *codes) {
  const unsigned bits = lowp_element_row_of(id).bits;
  for (size_t i = 0; i < b->n; i++)
    lowpk_store_code(codes, bits, b->col + i,
                     scale == E8M0_NAN ? 0 : encode_element(id, b, i, scale - E8M0_BIAS, rules));
}

LOWPK_INLINE void quantize_row(lowp_element id, lowpk_trial *trial, const lowpk_job *job, size_t row, const float *x,
                               uint8_t *codes, uint8_t *scales) {
  const lowp_element_row element = lowp_element_row_of(id);
  lowp_encode_rules rules = lowpk_rules(job, id), nearest = rules;
  nearest.round = LOWP_ROUND_RNE; /* a constant, unlike rules.round */
  block b = {.job = job, .n = job->scheme->block_cols, .row = row};
  b.emax = split_amax(lowpk_magnitude(lowpk_element_max(id)), &b.max_m);
  b.mantissa_bits = element.kind == LOWP_KIND_FIXED ? element.fixed.frac : element.minifloat.m;
  if (element.bits < 8) memset(codes, 0, (job->cols_padded * element.bits + 7) / 8);
  for (size_t k = 0; k * b.n < job->cols_padded; k++) {
    b.col = k * b.n;
    b.x = x + b.col;
    scales[k] = choose_scale(&b, block_amax(&b), trial);
    if (rules.round == LOWP_ROUND_RNE)
      encode_block(id, &b, scales[k], nearest, codes);
    else
      encode_block(id, &b, scales[k], rules, codes);
  }
}

/* One trial and one row function for each scheme of the family. */
#define EACH_MX(ID, element, ...) \
  static double trial_##ID(const void *b, int candidate) { return trial_error(LOWP_##element, b, candidate); } \
  static void row_##ID(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales) { \
    quantize_row(LOWP_##element, trial_##ID, job, row, x, codes, scales); \
  }
#include "kernels/generic/each_scheme.h"

typedef void row_fn(const lowpk_job *, size_t, const float *, uint8_t *, uint8_t *);

static row_fn *const row_of[LOWP_SCHEME_COUNT] = {
#define EACH_MX(ID, ...) [LOWP_SCHEME_##ID] = row_##ID,
#include "kernels/generic/each_scheme.h"
};

void lowpk_quantize_mx_generic(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                               void *zero) {
  (void)zero;
  row_of[job->scheme->id](job, row, x, codes, scales);
}
