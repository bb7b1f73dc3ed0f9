/* SPDX-License-Identifier: Apache-2.0 */
/*
 * panel_f32_avx2.c: packed weights to f32, eight rows at a time: codes are shifted to the bottom of their lanes, and there they are
 * what the decoders of values.h take.
 */
#include "kernels/kernel.h"
#include "kernels/x86/expand_avx2.h"
#include "kernels/simd/values.h"
#include "kernels/x86/decode_int8.h"

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
    for (int j = 0; j < 4; j++) {
      v[4 * j + 0] = VALUE(bytes[j], k);
      v[4 * j + 1] = VALUE(vec_shr(bytes[j], 8), k);
      v[4 * j + 2] = VALUE(vec_shr(bytes[j], 16), k);
      v[4 * j + 3] = VALUE(vec_shr(bytes[j], 24), k);
    }
    return 16;
  }
  case 8: {
    vec_i w = vec_load_i(codes + k / 4 * 64 + h);
    if (element == LOWP_HIF8) { /* regular codes: 80, the NaN, is not among them */
      static const uint8_t upper[128] = {EXPAND_128(EXPAND_HIF8_HI)}, lower[128] = {EXPAND_128(EXPAND_HIF8_LO)};
      vec_i magnitude = vec_and(w, vec_set_8(0x7f)),
            hi = vec_or(expand_bytes_at(upper, magnitude), vec_and(w, vec_set_8(0x80)));
      vec_i lo = expand_bytes_at(lower, magnitude);
      const vec_i first = vec_set_i(0xff000000u), second = vec_set_i(0x00ff0000u);
      v[0] = vec_f_bits(vec_or(vec_shl(hi, 24), vec_and(vec_shl(lo, 16), second)));
      v[1] = vec_f_bits(vec_or(vec_and(vec_shl(hi, 16), first), vec_and(vec_shl(lo, 8), second)));
      v[2] = vec_f_bits(vec_or(vec_and(vec_shl(hi, 8), first), vec_and(lo, second)));
      v[3] = vec_f_bits(vec_or(vec_and(hi, first), vec_and(vec_shr(lo, 8), second)));
    } else {
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
