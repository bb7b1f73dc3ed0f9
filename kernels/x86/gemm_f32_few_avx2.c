/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_f32_few_avx2.c: at most eight rows, with weights decoded in registers as in gemm_f32_few_avx512.c, without its
 * permutation: by few_quads_avx2.h. For 8 weights and one row that takes 1.25 shuffles, a conversion and the FMA (4 bits),
 * or 2 shifts, masks and products of bytes and the FMA (minifloats of 8 bits).
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
#include "kernels/simd/mode.h"
#include "kernels/x86/few_quads_avx2.h"
#include "kernels/x86/gemm_f32_few.h"
#include "kernels/x86/gemm_store_avx2.h"

enum {
  SCALE_MIN = 127 - 32,
  SCALE_MAX = 127 + 8,
  X_HIGH = 30,
  X_LOW = -80,
  X_LOW_HALVES = -50,
  X_LOW_SIGNS = -74,
  MOST_ROWS = 8,
  MOST_VECTORS = 8, /* of eight columns */
  AHEAD = 2048
};

/* Not 0 if one of the 16 scales lies outside the range. */
LOWPK_TILE_INLINE int scale_outside(const uint8_t *scales) {
  __m128i s = few_load16(scales);
  __m128i inside = _mm_max_epu8(_mm_min_epu8(s, _mm_set1_epi8((char)SCALE_MAX)), _mm_set1_epi8(SCALE_MIN));
  return _mm_movemask_epi8(_mm_cmpeq_epi8(s, inside)) != 0xffff;
}

/* Are sums kept times a power of two? */
LOWPK_TILE_INLINE int scaled_sums(few_traits t) {
  return t.scaling == FEW_DIVIDE || (t.scaling == FEW_OUTER && t.unit != 0);
}

/*
 * Sums of nv times eight columns from `column` on, a multiple of 8 nv, into s[panel][m][16]. x[k][m], times 2^shift.
 * Returns 0 if a scale is out of range.
 */
LOWPK_TILE_INLINE int few(const few_kind kind, const int mr, const int nv, const int together, const lowpk_rhs *w,
                          size_t column, const float *x, float *s) {
  const few_traits t = few_traits_of(kind);
  const int unit = t.unit + t.shift, tight = t.form == FEW_INTEGERS && together == 4;
  const int in_place = tight || mr >= 5; /* where compilers are short of registers */
  few_constants c = few_constants_of(kind);
  const size_t panel = column / LOWPK_NR, first = nv == 1 ? column % LOWPK_NR / 8 : 0;
  __m256 sum[MOST_ROWS][MOST_VECTORS];
  __m256i exponent[MOST_VECTORS];
  __m256 zero[MOST_VECTORS];
  LOWPK_UNROLL
  for (int j = 0; j < nv; j++) {
    exponent[j] = _mm256_set1_epi32(127);
    if (t.scaling == FEW_SUBTRACT) zero[j] = few_zero(w, column + 8 * (size_t)j);
    LOWPK_UNROLL
    for (int r = 0; r < mr; r++) sum[r][j] = _mm256_setzero_ps();
  }
  /* A block of MX wholly behind k has no scale, and adds nothing; others make +0 of a sum that is -0, having underflowed. */
  const int log2_cols = w->scheme->block_cols ? __builtin_ctz(w->scheme->block_cols) : 0; /* 16, 32, 64 or 128 */
  const size_t end = t.scaling == FEW_DIVIDE ? w->k : w->kp;
  for (size_t k = 0; k < end; k += t.block) {
    const uint8_t *step = w->data + panel * w->panel_bytes + k / LOWPK_STEP * w->step_bytes;
    const uint8_t *codes = step + w->step_scale_bytes + k % LOWPK_STEP / (4 * t.quads) * (64 * t.words) + first * 32;
    const uint8_t *scales = step;
    if (t.scaling == FEW_DIVIDE || t.scaling == FEW_MULTIPLY)
      scales += (k % LOWPK_STEP >> log2_cols) * LOWPK_NR * w->scheme->scale_bytes;
    __m256 scale[MOST_VECTORS];
    __m256i fine[MOST_VECTORS];
    if (t.scaling == FEW_DIVIDE) {
      int outside = 0;
      LOWPK_UNROLL
      for (int j = 0; j < nv; j += 2) outside |= scale_outside(scales + (size_t)(j / 2) * w->panel_bytes);
      if (outside) return 0;
      LOWPK_UNROLL
      for (int j = 0; j < nv; j++) {
        __m256i next =
            _mm256_cvtepu8_epi32(few_load8(scales + (size_t)(j / 2) * w->panel_bytes + (first + (size_t)j % 2) * 8));
        __m256i change = _mm256_add_epi32(_mm256_sub_epi32(exponent[j], next), _mm256_set1_epi32(127));
        __m256 factor = _mm256_castsi256_ps(_mm256_slli_epi32(change, 23));
        exponent[j] = next;
        LOWPK_UNROLL
        for (int r = 0; r < mr; r++) sum[r][j] = _mm256_mul_ps(sum[r][j], factor);
      }
    }
    if (t.scaling == FEW_MULTIPLY) {
      int outside = 0;
      LOWPK_UNROLL
      for (int j = 0; j < nv; j++) {
        const uint8_t *p =
            scales + (size_t)(j / 2) * w->panel_bytes + (first + (size_t)j % 2) * 8 * w->scheme->scale_bytes;
        scale[j] = few_scale(kind, p);
        if (kind == FEW_HIF4) fine[j] = few_hif4_exponents(few_load32(p));
        if (kind == FEW_E4M3_BLOCK) outside |= few_infinite(scale[j]);
      }
      if (outside) return 0;
    }
    /* what comes next at the end of the panels is the next group's */
    const size_t at = (size_t)(codes - w->data) - panel * w->panel_bytes + AHEAD,
                 ahead = AHEAD + (nv > 2 && at >= w->panel_bytes ? (size_t)(nv / 2 - 1) * w->panel_bytes : 0);
    for (size_t i = 0; i < t.block; i += 4 * t.quads, codes += 64 * t.words) {
      LOWPK_UNROLL
      for (int j = 0; j < nv; j += 2) {
        LOWPK_UNROLL
        for (unsigned word = 0; word < t.words; word++)
          _mm_prefetch((const char *)codes + (size_t)(j / 2) * w->panel_bytes + word * 64 + ahead, _MM_HINT_T0);
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
          __m256 four[MOST_VECTORS];
          LOWPK_UNROLL
          for (int j = j0; j < j0 + together; j++) {
            const uint8_t *p = codes + (size_t)(j / 2) * w->panel_bytes + j % 2 * 32;
            quad[j] = few_quad_of(kind, &c, p, q, mr);
            if (t.scaling == FEW_MULTIPLY) four[j] = kind == FEW_HIF4 ? few_hif4_scale(scale[j], fine[j], q) : scale[j];
          }
          LOWPK_UNROLL
          for (int b = 0; b < 4; b++) {
            if (tight) FEW_IN_MEMORY(c.byte[b]);
            LOWPK_UNROLL
            for (int j1 = j0; j1 < j0 + together; j1 += tight ? 1 : together) {
              const int j2 = j1 + (tight ? 1 : together);
              __m256 core[MOST_VECTORS];
              LOWPK_UNROLL
              for (int j = j1; j < j2; j++) {
                core[j] = few_element(kind, c.byte[b], quad[j], b);
                if (t.scaling == FEW_MULTIPLY) core[j] = _mm256_mul_ps(core[j], four[j]);
                if (t.scaling == FEW_SUBTRACT) core[j] = _mm256_fmsub_ps(core[j], few_power(-unit), zero[j]);
              }
              LOWPK_UNROLL
              for (int r = 0; r < mr; r++) {
                __m256 xs = _mm256_broadcast_ss(x + (4 * q + b) * mr + r);
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
        for (int j = 0; j < nv; j++) fine[j] = _mm256_srli_epi32(fine[j], 4);
      }
    }
  }
  LOWPK_UNROLL
  for (int j = 0; j < nv; j++) {
    __m256 last = _mm256_castsi256_ps(_mm256_slli_epi32(exponent[j], 23));
    LOWPK_UNROLL
    for (int r = 0; r < mr; r++) {
      if (t.scaling == FEW_DIVIDE) sum[r][j] = _mm256_mul_ps(sum[r][j], last);
      if (scaled_sums(t)) sum[r][j] = _mm256_mul_ps(sum[r][j], few_power(-unit));
      if (t.form == FEW_BINARY16) sum[r][j] = few_rows_in_order(sum[r][j]);
      _mm256_storeu_ps(s + (j / 2 * mr + r) * LOWPK_NR + (first + (size_t)j % 2) * 8, sum[r][j]);
    }
  }
  return 1;
}

typedef int few_fn(const lowpk_rhs *w, size_t column, const float *x, float *s);
#define FEW(kind, mr, nv, together) \
  static int few_##kind##_##mr(const lowpk_rhs *w, size_t column, const float *x, float *s) { \
    return few(FEW_##kind, mr, nv, together, w, column, x, s); \
  }
/* Three and four rows: one vector after the other for MX of six and eight bits, which have more to keep in registers. */
#define PAIR(kind) (few_traits_of(FEW_##kind).scaling == FEW_DIVIDE && FEW_##kind != FEW_MX_E2M1 ? 1 : 2)
/* One row takes four vectors of integers at a time, where nothing but a scale is to be kept beside. */
#define FOUR(kind) \
  (few_traits_of(FEW_##kind).form == FEW_INTEGERS && FEW_##kind != FEW_HIF4 && FEW_##kind != FEW_INT8_ZERO ? 4 : 1)
/*
 * Eight sums of one row measured faster than four, though not all of them are in registers. Five rows and more decode
 * eight columns for all rows at once; twice as many sums would not stay in registers.
 */
static const size_t vectors[MOST_ROWS] = {8, 4, 2, 2, 1, 1, 1, 1};
#define KIND(kind, ...) \
  FEW(kind, 1, 8, FOUR(kind)) \
  FEW(kind, 2, 4, 1) \
  FEW(kind, 3, 2, PAIR(kind)) \
  FEW(kind, 4, 2, PAIR(kind)) \
  FEW(kind, 5, 1, 1) \
  FEW(kind, 6, 1, 1) \
  FEW(kind, 7, 1, 1) \
  FEW(kind, 8, 1, 1)
#include "kernels/x86/few_avx2.def"
#undef KIND

static few_fn *const functions[FEW_KINDS][MOST_ROWS] = {
#define KIND(kind, ...) \
  [FEW_##kind] = {few_##kind##_1, few_##kind##_2, few_##kind##_3, few_##kind##_4, \
                  few_##kind##_5, few_##kind##_6, few_##kind##_7, few_##kind##_8},
#include "kernels/x86/few_avx2.def"
#undef KIND
};

/* Is every x 0 or of a magnitude in 2^low .. 2^30? */
static int in_range(size_t count, const float *x, int from) {
  const __m256i low = _mm256_set1_epi32((127 + from) << 23), high = _mm256_set1_epi32((127 + X_HIGH) << 23);
  __m256i outside = _mm256_setzero_si256();
  for (size_t i = 0; i < count; i += 8) {
    __m256i magnitude = _mm256_and_si256(_mm256_castps_si256(_mm256_loadu_ps(x + i)), _mm256_set1_epi32(0x7fffffff));
    __m256i small =
        _mm256_and_si256(_mm256_cmpgt_epi32(low, magnitude), _mm256_cmpgt_epi32(magnitude, _mm256_setzero_si256()));
    outside = _mm256_or_si256(outside, _mm256_or_si256(small, _mm256_cmpgt_epi32(magnitude, high)));
  }
  return _mm256_testz_si256(outside, outside);
}

size_t lowpk_few_panels_avx2(const lowpk_gemm *g, float *room, const float **x) {
  const lowpk_rhs *w = g->w;
  const few_kind kind = few_kind_of(w->scheme);
  if (kind == FEW_NONE || g->m > MOST_ROWS || w->irregular || g->m * w->kp > LOWPK_FEW_X) return 0;
  const few_traits t = few_traits_of(kind);
  const int minifloats = t.form == FEW_UPPER && t.unit != 0, signs = kind == FEW_NVFP4 || kind == FEW_HIF4;
  if (minifloats && !vec_default_mode()) return 0; /* where subnormals are flushed, so would be those of the codes */
  const int low = signs ? X_LOW_SIGNS : t.scaling == FEW_DIVIDE && minifloats ? X_LOW_HALVES : X_LOW;
  if ((scaled_sums(t) || signs) && !in_range(g->m * w->kp, g->lhs, low)) return 0;
  const float *from = g->lhs, factor = t.shift ? 0x1p96f : 1;
  *x = from;
  if (g->m == 1 && !t.shift) return (vectors[0] + 1) / 2; /* one row is as it should be */
  *x = room;
  for (size_t k = 0; k < w->kp; k++)
    for (size_t r = 0; r < g->m; r++) *room++ = from[r * w->kp + k] * factor;
  return (vectors[g->m - 1] + 1) / 2;
}

int lowpk_few_group_avx2(const lowpk_gemm *g, size_t panel, const float *x) {
  const size_t nv = vectors[g->m - 1], end = (panel + (nv + 1) / 2) * LOWPK_NR;
  few_fn *const multiply = functions[few_kind_of(g->w->scheme)][g->m - 1];
  float s[MOST_ROWS * LOWPK_NR]; /* fewer rows take no more than as many more panels */
  for (size_t column = panel * LOWPK_NR; column < end; column += 8 * nv)
    if (!multiply(g->w, column, x, s)) return 0;
  const float *from = s;
  for (; panel < end / LOWPK_NR; panel++) {
    lowpk_store_avx2 store = lowpk_store_begin_avx2(g, panel);
    for (size_t r = 0; r < g->m; r++, from += LOWPK_NR)
      lowpk_store_row_avx2(g, &store, r, _mm256_loadu_ps(from), _mm256_loadu_ps(from + 8));
  }
  return 1;
}
