/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize_cast.h: rows of bfloat16 and binary16. bfloat16 is the upper half of f32, so each rounding mode adds its number
 * to the bits and drops the lower half: a carry is the next exponent, beyond the last one Inf, which itself never carries.
 * binary16 is converted by F16C, which rounds as it is told and overflows as IEEE 754 says. NaN has one code in both.
 *
 * Left to the generic kernel: stochastic rounding; binary16 with ties away or toward zero, or with subnormals flushed.
 */
#include "kernels/simd/rounding.h"

VEC_INLINE vec_i cast_bf16_lanes(lowp_round round, vec_i x) {
  const vec_i lsb = vec_and(vec_shr(x, 16), vec_set_i(1));
  vec_m nan = vec_gt_s(vec_and(x, vec_set_i(0x7fffffffu)), vec_set_i(0x7f800000u));
  vec_i add;
  switch (round) {
  case LOWP_ROUND_RNE:
    add = vec_add(lsb, vec_set_i(0x7fff));
    break;
  case LOWP_ROUND_HALF_AWAY:
    add = vec_set_i(0x8000);
    break;
  case LOWP_ROUND_HALF_ZERO:
    add = vec_set_i(0x7fff);
    break;
  case LOWP_ROUND_UP:
    add = vec_select(vec_gt_s(vec_zero(), x), vec_zero(), vec_set_i(0xffff));
    break;
  default:
    add = vec_zero();
    break;
  }
  return vec_select(nan, vec_set_i(0x7fff), vec_shr(vec_add(x, add), 16));
}

VEC_INLINE void cast_bf16(lowp_round round, size_t n, const float *x, uint8_t *codes) {
  size_t i = 0;
  for (; i + 2 * VEC <= n; i += 2 * VEC) {
    vec_i a = cast_bf16_lanes(round, vec_load_i(x + i)), b = cast_bf16_lanes(round, vec_load_i(x + i + VEC));
    vec_store_i(codes + 2 * i, vec_order_2(vec_pack_u32(a, b)));
  }
  for (; i < n; i += VEC) {
    size_t left = n - i < VEC ? n - i : VEC;
    vec_i a = cast_bf16_lanes(round, vec_i_bits(vec_load_first(x + i, left)));
    vec_store_bytes(codes + 2 * i, vec_order_2(vec_pack_u32(a, a)), 2 * left);
  }
}

VEC_INLINE vec_h cast_fp16_lanes(lowp_round round, vec_f x) {
  x = vec_selectf(vec_eqf(x, x), x, vec_f_bits(vec_set_i(0x7fffffffu)));
  return round == LOWP_ROUND_RNE ? vec_to_half(x) : round == LOWP_ROUND_RTZ ? vec_to_half_down(x) : vec_to_half_up(x);
}

VEC_INLINE void cast_fp16(lowp_round round, size_t n, const float *x, uint8_t *codes) {
  size_t i = 0;
  for (; i + VEC <= n; i += VEC) vec_store_half(codes + 2 * i, cast_fp16_lanes(round, vec_load(x + i)), VEC);
  if (i < n) vec_store_half(codes + 2 * i, cast_fp16_lanes(round, vec_load_first(x + i, n - i)), n - i);
}

void VEC_NAME(quantize_cast)(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                             void *zero) {
  const lowp_round round = job->opts->round;
  const size_t n = job->cols_padded;
  const int half = round == LOWP_ROUND_RNE || round == LOWP_ROUND_RTZ || round == LOWP_ROUND_UP;
  if (job->scheme->element == LOWP_BF16 && round == LOWP_ROUND_RNE)
    cast_bf16(LOWP_ROUND_RNE, n, x, codes);
  else if (job->scheme->element == LOWP_BF16 && round != LOWP_ROUND_STOCHASTIC)
    cast_bf16(round, n, x, codes);
  else if (job->scheme->element == LOWP_FP16 && half && vec_default_mode())
    cast_fp16(round, n, x, codes);
  else
    lowpk_quantize_cast_generic(job, row, x, codes, scales, zero);
}
