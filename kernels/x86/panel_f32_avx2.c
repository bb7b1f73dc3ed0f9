/* SPDX-License-Identifier: Apache-2.0 */
/*
 * panel_f32_avx2.c: packed weights to f32, eight rows at a time: codes are shifted to the bottom of their lanes, and there they are
 * what the decoders of values.h take.
 */
#include "kernels/kernel.h"
#include "kernels/x86/expand_avx2.h"
#include "kernels/simd/upper.h"
#include "kernels/simd/values.h"
#include "kernels/x86/decode_int8.h"
#include "kernels/x86/hif8.h"

enum {
  HALF = 32,
  ROW = LOWPK_NR,
  F32_AHEAD = 4096
}; /* bytes of half a word; floats from k to k + 1; as in decode_bf16.h */

/* What all codes of a block have in common. */
typedef struct block {
  vec_f scale;
  vec_i word; /* HiF4: all levels of the scale */
  vec_i zero; /* zero points: integers, or the bits of floats */
} block;

/* One value from a code at the bottom of its lane; what is above it does not count. k: in the step. */
VEC_INLINE vec_f value_of(lowp_element element, lowp_family family, lowp_zero zero, block b, vec_i c, size_t k) {
  static const float e2m1[8] = {0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f};
  static const float quarters[8] = {0.0f, 0.25f, 0.5f, 0.75f, 1.0f, 1.25f, 1.5f, 1.75f};
  vec_f v;
  switch (element) {
  case LOWP_E2M1:
    v = expand_table_at(vec_load(e2m1), c);
    break;
  case LOWP_S1P2:
    v = expand_table_at(vec_load(quarters), c);
    break;
  case LOWP_INT4:
    v = vec_to_float(_mm256_srai_epi32(vec_shl(c, 28), 28));
    break;
  case LOWP_INT8:
  case LOWP_MXINT8: {
    vec_i i = _mm256_srai_epi32(vec_shl(c, 24), 24);
    if (zero == LOWP_ZERO_I32) i = vec_sub(i, b.zero);
    v = vec_to_float(i);
    if (zero == LOWP_ZERO_F32) v = vec_subf(v, vec_f_bits(b.zero));
    if (element == LOWP_MXINT8) v = vec_mulf(v, vec_set(0x1p-6f));
    break;
  }
  default:
    v = expand_minifloat(lowp_element_row_of(element).minifloat, c);
    break;
  }
  if (family == LOWP_FAMILY_HIF4) {
    const uint32_t j = (uint32_t)(k % 64);
    /* 2^(one bit for 8 elements + one for 4) by doubling, exact */
    vec_f s = expand_double_if(b.scale, vec_shr(b.word, j / 8), vec_set_i(1 << 8));
    return vec_mulf(v, expand_double_if(s, vec_shr(b.word, j / 4), vec_set_i(1 << 16)));
  }
  return v;
}

/* f32 from their upper halves, those of k and k + 2 and of k + 1 and k + 3. */
VEC_INLINE void from_halves(vec_i even, vec_i odd, vec_f v[4]) {
  const vec_i upper = vec_set_i(0xffff0000u);
  v[0] = vec_f_bits(vec_shl(even, 16)), v[1] = vec_f_bits(vec_shl(odd, 16));
  v[2] = vec_f_bits(vec_and(even, upper)), v[3] = vec_f_bits(vec_and(odd, upper));
}

/* The same from the upper and the lower bytes of those halves. */
VEC_INLINE void from_bytes(vec_i hi, vec_i lo, vec_f v[4]) {
  const vec_i even = vec_set_i(0x00ff00ff), odd = vec_set_i(0xff00ff00u);
  from_halves(vec_or(_mm256_slli_epi16(hi, 8), vec_and(lo, even)), vec_or(_mm256_srli_epi16(lo, 8), vec_and(hi, odd)),
              v);
}

/* Upper and lower bytes of the upper halves of f32, of the magnitudes of six bits. */
#define HIGH(c, m, bias) (uint8_t)(EXPAND_MINIFLOAT(c, m, bias, EXPAND_NEVER, EXPAND_NEVER) >> 8)
#define LOW(c, m, bias) (uint8_t)(EXPAND_MINIFLOAT(c, m, bias, EXPAND_NEVER, EXPAND_NEVER) & 255)
#define SIX_BITS(m, bias) \
  { \
    {EXPAND_16_OF(HIGH, 0, m, bias), EXPAND_16_OF(HIGH, 16, m, bias)}, { \
      EXPAND_16_OF(LOW, 0, m, bias), EXPAND_16_OF(LOW, 16, m, bias) \
    } \
  }
static const uint8_t e2m3[2][32] = SIX_BITS(3, 1), e3m2[2][32] = SIX_BITS(2, 3);
#undef SIX_BITS
#undef LOW
#undef HIGH

/* Bytes of a table of 32 by the five lowest bits of c, which are below 0x80; bit 7 of `fifth` is the last of them. */
VEC_INLINE vec_i table_32(const uint8_t table[32], vec_i c, vec_i fifth) {
  const __m128i *p = (const __m128i *)(const void *)table;
  const __m256i first = _mm256_broadcastsi128_si256(_mm_loadu_si128(p)),
                second = _mm256_broadcastsi128_si256(_mm_loadu_si128(p + 1));
  return _mm256_blendv_epi8(_mm256_shuffle_epi8(first, c), _mm256_shuffle_epi8(second, c), fifth);
}

/* The values of codes of six bits, one in each byte. */
VEC_INLINE void six_bit_values(lowp_element element, vec_i c, vec_f v[4]) {
  const uint8_t(*table)[32] = element == LOWP_E2M3 ? e2m3 : e3m2;
  const vec_i fifth = vec_shl(c, 3), sign = vec_and(vec_shl(c, 2), vec_set_8(0x80));
  from_bytes(vec_or(table_32(table[0], c, fifth), sign), table_32(table[1], c, fifth), v);
}

/*
 * The four values of minifloats of a byte, if none of the 32 codes has exponent 0, as is the rule: in halves, where a
 * shift brings sign, exponent and mantissa to their places in bf16. 0: other codes.
 */
VEC_INLINE int normal_values(lowp_element element, vec_i w, vec_f v[4]) {
  if (element != LOWP_E4M3FN && element != LOWP_E5M2) return 0;
  const lowp_minifloat f = lowp_element_row_of(element).minifloat;
  const __m256i field = vec_set_8(0x7f >> f.m << f.m);
  if (_mm256_movemask_epi8(_mm256_cmpeq_epi8(vec_and(w, field), vec_zero()))) return 0;
  const __m256i keep = _mm256_set1_epi16((short)(0x8000 | 0x7f00 >> (8 - f.e))),
                bias = _mm256_set1_epi16((short)((127 - f.bias) * 128));
  vec_i even = _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8 - f.e), odd = _mm256_srai_epi16(w, 8 - f.e);
  from_halves(_mm256_add_epi16(vec_and(even, keep), bias), _mm256_add_epi16(vec_and(odd, keep), bias), v);
  return 1;
}

/* The values of the words that hold k..k+3 (bytes), k..k+7 (nibbles), k..k+15 (six bits); how many k that were. */
VEC_INLINE size_t some_values(lowp_element element, lowp_family family, lowp_zero zero, block b, const uint8_t *codes,
                              size_t k, size_t h, vec_f v[16]) {
#define VALUE(c, k) value_of(element, family, zero, b, c, k)
  switch (lowp_element_row_of(element).bits) {
  case 4: {
    vec_i w = vec_load_i(codes + k / 8 * 64 + h);
    v[0] = VALUE(w, k), v[1] = VALUE(vec_shr(w, 8), k);
    v[2] = VALUE(vec_shr(w, 16), k), v[3] = VALUE(vec_shr(w, 24), k);
    v[4] = VALUE(vec_shr(w, 4), k + 4), v[5] = VALUE(vec_shr(w, 12), k + 4);
    v[6] = VALUE(vec_shr(w, 20), k + 4), v[7] = VALUE(vec_shr(w, 28), k + 4);
    return 8;
  }
  case 6: {
    const uint8_t *p = codes + k / 16 * 192 + h;
    const vec_i low = vec_set_8(0x0f), high = vec_set_8(0x30);
    vec_i a = vec_load_i(p), c = vec_load_i(p + 64), top = vec_load_i(p + 128), bytes[4];
    bytes[0] = vec_or(vec_and(a, low), vec_and(vec_shl(top, 4), high));
    bytes[1] = vec_or(vec_and(vec_shr(a, 4), low), vec_and(vec_shl(top, 2), high));
    bytes[2] = vec_or(vec_and(c, low), vec_and(top, high));
    bytes[3] = vec_or(vec_and(vec_shr(c, 4), low), vec_and(vec_shr(top, 2), high));
    for (int j = 0; j < 4; j++) six_bit_values(element, bytes[j], v + 4 * j);
    return 16;
  }
  case 8: {
    vec_i w = vec_load_i(codes + k / 4 * 64 + h);
    if (element == LOWP_HIF8) { /* regular codes: 80, the NaN, is not among them */
      vec_i even, odd;
      lowpk_hif8_upper(w, &even, &odd);
      from_halves(even, odd, v);
      for (int j = 0; j < 4; j++) v[j] = vec_mulf(v[j], vec_f_bits(vec_set_i((127 - LOWPK_HIF8_UNIT) << 23)));
    } else if (!normal_values(element, w, v)) {
      v[0] = VALUE(w, k), v[1] = VALUE(vec_shr(w, 8), k);
      v[2] = VALUE(vec_shr(w, 16), k), v[3] = VALUE(vec_shr(w, 24), k);
    }
    return 4;
  }
  default: { /* halves: k, k + 2; k + 1, k + 3 */
    for (int j = 0; j < 2; j++) {
      vec_i w = vec_load_i(codes + k / 4 * 128 + (size_t)j * 64 + h), low = vec_and(w, vec_set_i(0xffff));
      if (element == LOWP_BF16) {
        v[j] = vec_f_bits(vec_shl(w, 16));
        v[j + 2] = vec_f_bits(vec_and(w, vec_set_i(0xffff0000u)));
      } else {
        v[j] = vec_from_half(_mm256_castsi256_si128(vec_order_2(_mm256_packus_epi32(low, low))));
        vec_i high = vec_shr(w, 16);
        v[j + 2] = vec_from_half(_mm256_castsi256_si128(vec_order_2(_mm256_packus_epi32(high, high))));
      }
    }
    return 4;
  }
  }
#undef VALUE
}

VEC_INLINE void walk(lowp_element element, lowp_family family, lowp_element scale, lowp_zero zero, size_t cols,
                     const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out) {
  const size_t bytes = w->step_bytes, per_scale = cols ? cols : LOWPK_STEP;
  const uint8_t *step = w->data + panel * w->panel_bytes + k0 / LOWPK_STEP * bytes;
  for (; k0 < k1; k0 += LOWPK_STEP, step += bytes, out += LOWPK_STEP * ROW) {
    const uint8_t *codes = step + w->step_scale_bytes;
    for (size_t i = 0; i < bytes; i += 64) _mm_prefetch((const char *)step + F32_AHEAD + i, _MM_HINT_T1);
    for (size_t h = 0; h < 2 * HALF; h += HALF) {
      block b = {vec_set(1), vec_zero(), vec_zero()};
      if (zero != LOWP_ZERO_NONE) b.zero = vec_load_i((const char *)w->zeros + panel * LOWPK_NR * 4 + h);
      for (size_t k = 0; k < LOWPK_STEP;) {
        if (cols && scale == LOWP_F32) b.scale = vec_load((const float *)(const void *)step + h / 4);
        if (cols && scale != LOWP_F32) b.scale = lowpk_scale_f32(scale, step, k / per_scale, h);
        if (family == LOWP_FAMILY_HIF4) b.word = vec_load_i(step + k / per_scale * 64 + h);
        for (size_t end = k + per_scale; k < end;) {
          vec_f v[16];
          size_t n = some_values(element, family, zero, b, codes, k, h, v);
          for (size_t j = 0; j < n; j++)
            vec_store(out + (k + j) * ROW + h / 4, cols && family != LOWP_FAMILY_HIF4 ? vec_mulf(v[j], b.scale) : v[j]);
          k += n;
        }
      }
    }
  }
}

#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) \
  static void walk_##ID(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out) { \
    walk(LOWP_##element, LOWP_FAMILY_##family, LOWP_##scale, LOWP_ZERO_##zero, cols, w, panel, k0, k1, out); \
  }
#include <lowp/scheme.def>
#undef LOWP_SCHEME

static lowpk_panel_f32_fn *const walks[LOWP_SCHEME_COUNT] = {
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) [LOWP_SCHEME_##ID] = walk_##ID,
#include <lowp/scheme.def>
#undef LOWP_SCHEME
};

void lowpk_panel_f32_avx2(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out) {
  if (w->irregular) /* rare: NaN, Inf, and subnormal products */
    lowpk_panel_f32_generic(w, panel, k0, k1, out);
  else
    walks[w->scheme->id](w, panel, k0, k1, out);
}
