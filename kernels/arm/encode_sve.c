/* SPDX-License-Identifier: Apache-2.0 */
/* encode_sve.c: encode for vectors of any length: a vector of lanes to codes in their low bits, stored as bytes. */
#include "kernels/arm/vec_sve.h"
#include "kernels/simd/encode_lanes.h"

/* Codes in the low bits of lanes, saturated. The sum of lanes.h holds all of them but for a constant. */
VEC_INLINE vec_i minifloat_lanes(lowp_minifloat f, lowp_round round, int drop_minus, vec_f y) {
  vec_f c;
  vec_i r = vec_i_bits(minifloat_sum(f, round, y, &c));
  vec_i exponent = vec_and(vec_shr(r, 23), vec_set_i(0xff)), q = vec_and(r, vec_set_i(0x7fffff));
  exponent = vec_sub(exponent, vec_set_i((uint32_t)(1 - f.bias + 150 - f.m)));
  vec_i code = vec_min_u(vec_add(vec_shl(exponent, f.m), q), vec_set_i(lowp_minifloat_max_code(f)));
  vec_i sign = vec_shl(vec_shr(r, 31), f.e + f.m);
  if (drop_minus) sign = svand_z(svcmpne(vec_all(), code, 0), sign, sign);
  return vec_or(code, sign);
}

VEC_INLINE vec_i encode_lanes(lowp_element id, lowp_round round, vec_f y) {
  const lowp_element_row row = lowp_element_row_of(id);
  const lowp_minifloat f = row.minifloat;
  if (id == LOWP_BF16) return bf16_lanes(round, y);
  if (id == LOWP_FP16) {
    vec_f v = vec_maxf(vec_minf(y, vec_set(65504.0f)), vec_set(-65504.0f));
    return svreinterpret_u32(svcvt_f16_x(vec_all(), v));
  }
  if (id == LOWP_HIF8) return hif8_lanes(y);
  if (row.kind == LOWP_KIND_FIXED) { /* what is far beyond any code is within what fixed_lanes can do */
    vec_i q = fixed_lanes(row.fixed.frac, round, vec_maxf(vec_minf(y, vec_set(1024.0f)), vec_set(-1024.0f)));
    q = vec_min_s(vec_max_s(q, vec_set_i((uint32_t)row.fixed.min)), vec_set_i((uint32_t)row.fixed.max));
    return vec_and(q, vec_set_i(((uint32_t)1 << row.bits) - 1));
  }
  if (f.specials == LOWP_SPECIALS_SCALE) return scale_lanes(f, y);
  return minifloat_lanes(f, round, f.specials == LOWP_SPECIALS_FNUZ || f.specials == LOWP_SPECIALS_P3109, y);
}

VEC_INLINE void encode_array(lowp_element id, lowp_round round, const encode_call *c, size_t n, const char *x,
                             uint8_t *codes) {
  const size_t size = lowp_element_row_of(id).bits > 8 ? 2 : 1;
  const uint32_t limit = encode_limit(c);
  for (size_t i = 0; i < n; i += VEC) {
    const svbool_t p = svwhilelt_b32_u64(i, n);
    const float *from = (const float *)(const void *)x + i;
    vec_f y = svld1(p, from);
    if (svptest_any(p, svcmpgt(p, vec_and(vec_i_bits(y), vec_set_i(F32_MAGNITUDE)), limit))) {
      lowpk_encode_generic(id, c->rules, c->seed, c->counter + i, n - i < VEC ? n - i : VEC, from, codes + i * size);
      continue;
    }
    vec_i q = encode_lanes(id, round, y);
    if (size == 2)
      svst1h(p, (uint16_t *)(void *)codes + i, q);
    else
      svst1b(p, codes + i, q);
  }
}

#include "kernels/simd/encode_ops.h"
