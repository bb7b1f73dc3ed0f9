/* SPDX-License-Identifier: Apache-2.0 */
/*
 * few_rows.h: at most eight rows, with weights decoded in registers by few_quads.h. For a vector of weights and one row that
 * takes 1.25 shuffles, a conversion and the FMA (4 bits), or 2 shifts, masks and products of bytes and the FMA (minifloats of 8
 * bits). Include few_avx2.h or few_avx512.h first.
 *
 * MX sums are divided by the scale, and times 2^unit. With scales in 2^-32 .. 2^8, k up to 2^20 (x has to fit scratch)
 * and x in 2^low .. 2^30 nothing is rounded for being subnormal and nothing overflows, so the bits are those of the
 * plain sum:
 *   - an x is a multiple of 2^(low - 23), a scale of 2^-32, and a sum may be divided by 2^8. Elements that are integers
 *     are multiples of 2^-6 with units above 0: with low = -80 sums are multiples of 2^-141. E4M3 has multiples
 *     of 2^-9 and 2^(unit + shift) = 2^-24, E5M2 2^-16 and 2^-16, E3M2 2^-4 and 2^-26: with low = -50 that is 2^-146, 2^-145,
 *     2^-143.
 *   - a sum is below 2^(20 + 30 + 8) times the largest element, 2^32 times that divided, and times 2^unit: MXINT8
 *     2^(91 + 30), E2M1 2^(93 + 25), E2M3 2^(93 + 27), minifloats less.
 * Without block scales sums are multiples of 2^(-103 - 9 - 24) with low = -80 (HiF8: -103 - 22 - 8), and below
 * 2^(20 + 30 + 7 + 24). Other sums are the plain ones, of any x, and so are elements with their scales or zero points:
 * where the weights are regular a product with a scale is in the normal range, rounded once.
 *
 * But integers have no -0. Where elements that do are multiplied by their scales, no sum may be rounded to -0, and then signs of zeros
 * change nothing: with low = -74, as cores are multiples of 2^-52 in HiF4 (2^-48, two bits of mantissa, quarters), of more in NVFP4.
 */
#ifndef LOWPK_X86_FEW_ROWS_H
#define LOWPK_X86_FEW_ROWS_H

#include "kernels/simd/mode.h"
#include "kernels/x86/few_quads.h"
#include "kernels/x86/gemm_f32_few.h"

enum {
  SCALE_MIN = 127 - 32,
  SCALE_MAX = 127 + 8,
  X_HIGH = 30,
  X_LOW = -80,
  X_LOW_HALVES = -50,
  X_LOW_SIGNS = -74,
  MOST_ROWS = 8,
  MOST_VECTORS = 8,           /* of VEC columns */
  PER_PANEL = LOWPK_NR / VEC, /* vectors */
  AHEAD = 2048
};

/* Not 0 if one of the 16 scales lies outside the range. */
VEC_INLINE int scale_outside(const uint8_t *scales) {
  __m128i s = _mm_loadu_si128((const __m128i *)(const void *)scales);
  __m128i inside = _mm_max_epu8(_mm_min_epu8(s, _mm_set1_epi8((char)SCALE_MAX)), _mm_set1_epi8(SCALE_MIN));
  return _mm_movemask_epi8(_mm_cmpeq_epi8(s, inside)) != 0xffff;
}

/* Are sums kept times a power of two? */
VEC_INLINE int scaled_sums(few_traits t) { return t.scaling == FEW_DIVIDE || (t.scaling == FEW_OUTER && t.unit != 0); }

/*
 * Sums of nv times VEC columns from `column` on, a multiple of VEC nv, into s[panel][m][16]. x[k][m], times 2^shift.
 * Returns 0 if a scale is out of range.
 */
VEC_INLINE int few(const few_kind kind, const int mr, const int nv, const int together, const lowpk_rhs *w,
                   size_t column, const float *x, float *s) {
  const few_traits t = few_traits_of(kind);
  const int unit = t.unit + t.shift, tight = t.form == FEW_INTEGERS && together == 4;
  const int in_place = tight || mr >= FEW_IN_PLACE; /* where compilers are short of registers */
  few_constants c = few_constants_of(kind);
  const size_t panel = column / LOWPK_NR, first = nv < PER_PANEL ? column % LOWPK_NR / VEC : 0;
  vec_f sum[MOST_ROWS][MOST_VECTORS];
  vec_i exponent[MOST_VECTORS];
  vec_f zero[MOST_VECTORS];
  LOWPK_UNROLL
  for (int j = 0; j < nv; j++) {
    exponent[j] = vec_set_i(127);
    if (t.scaling == FEW_SUBTRACT) zero[j] = few_zero(w, column + VEC * (size_t)j);
    LOWPK_UNROLL
    for (int r = 0; r < mr; r++) sum[r][j] = vec_set(0);
  }
  /* A block of MX wholly behind k has no scale, and adds nothing; others make +0 of a sum that is -0, having underflowed. */
  const int log2_cols = w->scheme->block_cols ? __builtin_ctz(w->scheme->block_cols) : 0; /* 16, 32, 64 or 128 */
  const size_t end = t.scaling == FEW_DIVIDE ? w->k : w->kp;
  for (size_t k = 0; k < end; k += t.block) {
    const uint8_t *step = w->data + panel * w->panel_bytes + k / LOWPK_STEP * w->step_bytes;
    const uint8_t *codes =
        step + w->step_scale_bytes + k % LOWPK_STEP / (4 * t.quads) * (64 * t.words) + first * VEC_BYTES;
    const uint8_t *scales = step;
    if (t.scaling == FEW_DIVIDE || t.scaling == FEW_MULTIPLY)
      scales += (k % LOWPK_STEP >> log2_cols) * LOWPK_NR * w->scheme->scale_bytes;
    vec_f scale[MOST_VECTORS];
    vec_i fine[MOST_VECTORS];
    if (t.scaling == FEW_DIVIDE) {
      int outside = 0;
      LOWPK_UNROLL
      for (int j = 0; j < nv; j += PER_PANEL)
        outside |= scale_outside(scales + (size_t)(j / PER_PANEL) * w->panel_bytes);
      if (outside) return 0;
      LOWPK_UNROLL
      for (int j = 0; j < nv; j++) {
        vec_i next =
            few_widen(scales + (size_t)(j / PER_PANEL) * w->panel_bytes + (first + (size_t)j % PER_PANEL) * VEC);
        vec_i change = vec_add(vec_sub(exponent[j], next), vec_set_i(127));
        vec_f factor = vec_f_bits(vec_shl(change, 23));
        exponent[j] = next;
        LOWPK_UNROLL
        for (int r = 0; r < mr; r++) sum[r][j] = vec_mulf(sum[r][j], factor);
      }
    }
    if (t.scaling == FEW_MULTIPLY) {
      int outside = 0;
      LOWPK_UNROLL
      for (int j = 0; j < nv; j++) {
        const uint8_t *p = scales + (size_t)(j / PER_PANEL) * w->panel_bytes +
                           (first + (size_t)j % PER_PANEL) * VEC * w->scheme->scale_bytes;
        scale[j] = few_scale(kind, p);
        if (kind == FEW_HIF4) fine[j] = few_hif4_exponents(vec_load_i(p));
        if (kind == FEW_E4M3_BLOCK) outside |= few_infinite(scale[j]);
      }
      if (outside) return 0;
    }
    /* what comes next at the end of the panels is the next group's */
    const size_t at = (size_t)(codes - w->data) - panel * w->panel_bytes + AHEAD,
                 ahead = AHEAD +
                         (nv > PER_PANEL && at >= w->panel_bytes ? (size_t)(nv / PER_PANEL - 1) * w->panel_bytes : 0);
    for (size_t i = 0; i < t.block; i += 4 * t.quads, codes += 64 * t.words) {
      LOWPK_UNROLL
      for (int j = 0; j < nv; j += PER_PANEL) {
        LOWPK_UNROLL
        for (unsigned word = 0; word < t.words; word++)
          _mm_prefetch((const char *)codes + (size_t)(j / PER_PANEL) * w->panel_bytes + word * 64 + ahead, _MM_HINT_T0);
      }
      LOWPK_UNROLL
      for (int q = 0; q < (int)t.quads; q++) {
        LOWPK_UNROLL
        for (int j0 = 0; j0 < nv; j0 += together) {
          few_quad quad[MOST_VECTORS];
          if (tight) {
            FEW_IN_MEMORY(c.table);
            FEW_IN_MEMORY(c.nibble);
          }
          vec_f four[MOST_VECTORS];
          LOWPK_UNROLL
          for (int j = j0; j < j0 + together; j++) {
            const uint8_t *p = codes + (size_t)(j / PER_PANEL) * w->panel_bytes + j % PER_PANEL * VEC_BYTES;
            quad[j] = few_quad_of(kind, &c, p, q, mr);
            if (t.scaling == FEW_MULTIPLY) four[j] = kind == FEW_HIF4 ? few_hif4_scale(scale[j], fine[j], q) : scale[j];
          }
          LOWPK_UNROLL
          for (int b = 0; b < 4; b++) {
            if (tight) FEW_IN_MEMORY(c.byte[b]);
            LOWPK_UNROLL
            for (int j1 = j0; j1 < j0 + together; j1 += tight ? 1 : together) {
              const int j2 = j1 + (tight ? 1 : together);
              vec_f core[MOST_VECTORS];
              LOWPK_UNROLL
              for (int j = j1; j < j2; j++) {
                core[j] = few_element(kind, c.byte[b], quad[j], b);
                if (t.scaling == FEW_MULTIPLY) core[j] = vec_mulf(core[j], four[j]);
                if (t.scaling == FEW_SUBTRACT) core[j] = few_fms(core[j], few_power(-unit), zero[j]);
              }
              LOWPK_UNROLL
              for (int r = 0; r < mr; r++) {
                vec_f xs = few_broadcast(x + (4 * q + b) * mr + r);
                LOWPK_UNROLL
                for (int j = j1; j < j2; j++) sum[r][j] = few_fma(in_place, xs, core[j], sum[r][j]);
              }
            }
          }
        }
      }
      x += 4 * t.quads * (unsigned)mr;
      if (kind == FEW_HIF4) {
        LOWPK_UNROLL
        for (int j = 0; j < nv; j++) fine[j] = vec_shr(fine[j], 4);
      }
    }
  }
  LOWPK_UNROLL
  for (int j = 0; j < nv; j++) {
    vec_f last = vec_f_bits(vec_shl(exponent[j], 23));
    LOWPK_UNROLL
    for (int r = 0; r < mr; r++) {
      if (t.scaling == FEW_DIVIDE) sum[r][j] = vec_mulf(sum[r][j], last);
      if (scaled_sums(t)) sum[r][j] = vec_mulf(sum[r][j], few_power(-unit));
      if (t.form == FEW_BINARY16) sum[r][j] = few_rows_in_order(sum[r][j]);
      vec_store(s + (j / PER_PANEL * mr + r) * LOWPK_NR + (first + (size_t)j % PER_PANEL) * VEC, sum[r][j]);
    }
  }
  return 1;
}

/* Is every x 0 or of a magnitude in 2^from .. 2^30? */
VEC_INLINE int few_in_range(size_t count, const float *x, int from) {
  const vec_i low = vec_set_i((uint32_t)(127 + from) << 23), high = vec_set_i((127 + X_HIGH) << 23);
  vec_m outside = vec_gt_s(low, high); /* nowhere */
  for (size_t i = 0; i < count; i += VEC) {
    vec_i magnitude = vec_and(vec_i_bits(vec_load(x + i)), vec_set_i(0x7fffffff));
    vec_m small = vec_and_m(vec_gt_s(low, magnitude), vec_gt_s(magnitude, vec_zero()));
    outside = vec_m_or(outside, vec_m_or(small, vec_gt_s(magnitude, high)));
  }
  return !vec_any(outside);
}

/*
 * Can g be multiplied so? x: where it lies as few() wants it, in `room` if need be.
 */
VEC_INLINE int few_prepare(const lowpk_gemm *g, float *room, const float **x) {
  const lowpk_rhs *w = g->w;
  const few_kind kind = few_kind_of(w->scheme);
  if (kind == FEW_NONE || g->m > MOST_ROWS || w->irregular || g->m * w->kp > LOWPK_FEW_X) return 0;
  const few_traits t = few_traits_of(kind);
  const int minifloats = t.form == FEW_UPPER && t.unit != 0, signs = kind == FEW_NVFP4 || kind == FEW_HIF4;
  if (minifloats && !vec_default_mode()) return 0; /* where subnormals are flushed, so would be those of the codes */
  const int low = signs ? X_LOW_SIGNS : t.scaling == FEW_DIVIDE && minifloats ? X_LOW_HALVES : X_LOW;
  if ((scaled_sums(t) || signs) && !few_in_range(g->m * w->kp, g->lhs, low)) return 0;
  const float *from = g->lhs, factor = t.shift ? 0x1p96f : 1;
  *x = from;
  if (g->m == 1 && !t.shift) return 1; /* one row is as it should be */
  *x = room;
  for (size_t k = 0; k < w->kp; k++)
    for (size_t r = 0; r < g->m; r++) *room++ = from[r * w->kp + k] * factor;
  return 1;
}

/* few() for one kind of weights and so many rows. */
typedef int few_fn(const lowpk_rhs *w, size_t column, const float *x, float *s);
#define FEW(kind, mr, nv, together) \
  static int few_##kind##_##mr(const lowpk_rhs *w, size_t column, const float *x, float *s) { \
    return few(FEW_##kind, mr, nv, together, w, column, x, s); \
  }
#define FEW_OF_KIND(kind) \
  [FEW_##kind] = {few_##kind##_1, few_##kind##_2, few_##kind##_3, few_##kind##_4, \
                  few_##kind##_5, few_##kind##_6, few_##kind##_7, few_##kind##_8},

#endif
