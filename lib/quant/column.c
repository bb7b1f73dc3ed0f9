/* SPDX-License-Identifier: Apache-2.0 */
/*
 * column.c: one column at a time under scales that are there already, for methods that change the weights between
 * columns. The arithmetic of an element is that of the row kernels: x over the scale, rounded, and back.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/hif4.h"
#include "kernels/generic/nvfp4.h"
#include "kernels/generic/scaled.h"
#include "quant/quant_internal.h"

/* Where an element stands, and what its code is made with. */
typedef struct place {
  const lowpk_job *job;
  const uint8_t *scale; /* of its block */
  const void *zero;
  size_t col;
  uint32_t random;
} place;

static uint32_t encode_mx(const place *p, float x, float *y) {
  const lowp_element id = p->job->scheme->element;
  const int e = *p->scale - 127;
  if (*p->scale == 0xff) {
    *y = lowp_f32_from_bits(LOWPK_F32_NAN);
    return 0;
  }
  uint32_t code = lowp_encode_with(id, lowpk_mul_pow2(x, -e), lowpk_rules(p->job, id), p->random);
  *y = lowpk_mul_pow2(lowp_decode(id, code), e);
  return code;
}

/* 0 under a scale that over- or underflowed is NaN, and has code 0, as in the row kernel. */
static uint32_t encode_nvfp4(const place *p, float x, float *y) {
  const float d = lowpk_e4m3(*p->scale) * p->job->tensor_scale, v = x / d;
  uint32_t code = 0;
  if (v == v && *p->scale != 0x7f) code = lowp_encode_with(LOWP_E2M1, v, lowpk_rules(p->job, LOWP_E2M1), p->random);
  *y = lowpk_e2m1_values[code] * d;
  return code;
}

static uint32_t encode_hif4(const place *p, float x, float *y) {
  const uint32_t word = lowpk_hif4_load_word(p->scale), e6m2 = word & 0xff;
  const float power = (float)(1u << lowpk_hif4_exponent(word, (int)(p->col % LOWPK_HIF4_GROUP / 4)));
  const lowp_round round = p->job->opts->round;
  if (e6m2 == LOWPK_HIF4_NAN) {
    *y = lowp_f32_from_bits(LOWPK_F32_NAN);
    return 0;
  }
  float v = lowpk_f32_to_bf16(lowp_f32_from_bits(lowpk_magnitude(x)) * (lowpk_hif4_reciprocal(e6m2) / power));
  uint32_t code;
  if (round == LOWP_ROUND_HALF_AWAY || round == LOWP_ROUND_RNE)
    code = lowpk_hif4_nearest(v, round == LOWP_ROUND_HALF_AWAY) | (x < 0 ? 8u : 0u);
  else
    code = lowp_encode_with(LOWP_S1P2, x < 0 ? -v : v, lowpk_rules(p->job, LOWP_S1P2), p->random);
  *y = lowp_decode(LOWP_S1P2, code) * (lowp_decode(LOWP_E6M2, e6m2) * power);
  return code;
}

static uint32_t encode_scaled(const place *p, float x, float *y) {
  const lowp_scheme_info *scheme = p->job->scheme;
  const lowp_element id = scheme->element;
  const lowpk_values none = {.filled = 0};
  lowpk_scaled s;
  if (scheme->scale == LOWP_FP16) {
    uint16_t code;
    memcpy(&code, p->scale, sizeof code);
    s = lowpk_scaled_divide(lowp_decode(LOWP_FP16, code));
  } else {
    s = lowpk_scaled_ready(p->job, p->scale, p->zero, 0);
  }
  int32_t code = 0;
  if (lowpk_magnitude(s.scale) <= LOWPK_F32_INF)
    code = lowpk_scaled_encode(id, scheme->zero, p->job, &s, lowpk_scaled_min_code(p->job), x,
                               lowpk_scaled_rules(p->job, id), p->random);
  *y = lowpk_scaled_decode(id, scheme->zero, &none, &s, code);
  return (uint32_t)code & (((uint32_t)1 << lowp_element_row_of(id).bits) - 1);
}

static uint32_t encode_cast(const place *p, float x, float *y) {
  const lowp_element id = p->job->scheme->element;
  lowp_encode_rules rules = lowpk_rules(p->job, id);
  rules.overflow = lowp_encode_default(id).overflow;
  uint32_t code = lowp_encode_with(id, x, rules, p->random);
  *y = lowp_decode(id, code);
  return code;
}

typedef uint32_t encode_fn(const place *p, float x, float *y);
static encode_fn *const encode_of[LOWP_FAMILY_COUNT] = {
    [LOWP_FAMILY_MX] = encode_mx,         [LOWP_FAMILY_NVFP4] = encode_nvfp4, [LOWP_FAMILY_HIF4] = encode_hif4,
    [LOWP_FAMILY_SCALED] = encode_scaled, [LOWP_FAMILY_CAST] = encode_cast,
};

/* Replaces code i of a row, whatever was there. */
static void set_code(uint8_t *row, unsigned bits, size_t i, uint32_t code) {
  if (bits == 16) {
    uint16_t wide = (uint16_t)code;
    memcpy(row + 2 * i, &wide, sizeof wide);
    return;
  }
  const size_t bit = i * bits;
  uint32_t mask = (((uint32_t)1 << bits) - 1) << (bit & 7), word = code << (bit & 7);
  for (size_t byte = bit >> 3; mask; byte++, mask >>= 8, word >>= 8)
    row[byte] = (uint8_t)((row[byte] & ~mask) | (word & mask));
}

lowp_status lowp_quantize_column(const lowp_quant_opts *opts, lowp_qtensor *q, size_t row0, size_t row1, size_t col,
                                 const float *x, float *y, lowp_error *error) {
  lowp_quant_opts resolved;
  lowp_status status = lowpi_qtensor_check(q, error);
  if (status == LOWP_OK) status = lowpi_quant_opts_resolve(opts, q->scheme, &resolved, error);
  if (status != LOWP_OK) return status;
  if (row0 > row1 || row1 > q->rows || col >= q->cols)
    return lowpi_fail(error, LOWP_E_SHAPE, "rows %zu..%zu of column %zu of a tensor of %zu x %zu", row0, row1, col,
                      q->rows, q->cols);
  if (row0 == row1) return LOWP_OK;
  if (!x) return lowpi_fail(error, LOWP_E_ARGUMENT, "no values for column %zu", col);
  if (resolved.compat != LOWP_COMPAT_LOWP)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, "single columns are encoded in lowp's own arithmetic, not that of %s",
                      lowp_compat_name(resolved.compat));
  for (size_t i = 0; i < row1 - row0; i++)
    if (!lowpk_is_finite(x[i]))
      return lowpi_fail(error, LOWP_E_NONFINITE, "element (%zu, %zu) is not finite", row0 + i, col);
  const lowpk_job job = lowpi_job_of(&resolved, q);
  const lowp_scheme_info *info = job.scheme;
  const unsigned bits = lowp_element_row_of(info->element).bits;
  const size_t block = info->block_cols ? col / info->block_cols * info->block_cols : 0;
  for (size_t r = row0; r < row1; r++) {
    const place p = {&job, lowpi_scales_from(q, info, r, block), lowpi_zero_at(q, info, r), col,
                     lowpk_random(&job, (uint8_t)resolved.round, r, col)};
    float decoded;
    set_code(lowpi_codes_at(q, r), bits, col, encode_of[info->family](&p, x[r - row0], &decoded));
    if (y) y[r - row0] = decoded;
  }
  return LOWP_OK;
}
