/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_f32_few_avx512.c: at most eight rows against weights of 4 bits (more: gemm_f32_wide_avx512.c). The weights are
 * read once, straight into registers: a dword lane holds eight codes, vpermps looks only at the low four bits of its
 * index, so that a shift and a permutation give 16 elements. For 16 weights of one row that makes shift, permutation,
 * scale, FMA: 2 cycles of the two vector ports. (Loads one byte further on instead of shifts by 8 bring nothing: they
 * straddle cache lines.)
 *
 * MXFP4 needs no multiplication by the scale. Its scales are powers of two, so the sum may be kept divided by the
 * scale 2^e of the block: fma(x, q, S / 2^e) is fma(x, q 2^e, S) / 2^e, bit for bit, as long as nothing overflows and
 * nothing is rounded for being subnormal, in either form. That is certain if all scales lie in 2^-32 .. 2^8, all x
 * are 0 or in 2^-80 .. 2^60, and k is at most 2^20:
 *   - every x q is a multiple of 2^(-80 - 23 - 1) = 2^-104, so every S is one of 2^-136 and every S / 2^e one of
 *     2^-144; rounding to 24 bits keeps that, and multiples of 2^-149 are never rounded for being small
 *   - |S| < 2^20 * 2^60 * 6 * 2^8 < 2^91, |S / 2^e| < 2^123
 * Where a block has another scale (one of zeros may have any), the group is left to the tiles of gemm_f32_avx512.c.
 */
#include "kernels/x86/gemm_f32_few.h"
#include "kernels/x86/gemm_few_avx512.h"
#include "kernels/x86/gemm_store_avx512.h"

enum { DIVIDED_K = 1 << 20, SCALE_MIN = 127 - 32, SCALE_MAX = 127 + 8, BLOCK = 32, MOST_ROWS = 8, MOST_PANELS = 8 };

/* s[np][m][16]; apart from the loops below, so that it is not unrolled with them. */
static void store_group(const lowpk_gemm *g, size_t panel, size_t np, const float *s) {
  for (size_t j = 0; j < np; j++) {
    lowpk_store_avx512 store = lowpk_store_begin_avx512(g, panel + j);
    for (size_t r = 0; r < g->m; r++, s += LOWPK_NR) lowpk_store_row_avx512(g, &store, r, _mm512_loadu_ps(s));
  }
}

/*
 * Multiplies and stores np panels; returns 0, with nothing stored, if MX meets a scale that is out of range.
 */
LOWPK_TILE_INLINE int few(const kind kind, const int mr, const int np, const lowpk_gemm *g, size_t panel) {
  const lowpk_rhs *w = g->w;
  const float *x = g->lhs;
  const size_t kp = w->kp, unit = kind == NV ? BLOCK / 2 : BLOCK;
  const __m512 table = values(kind);
  __m512 sum[MOST_ROWS][MOST_PANELS];
  __m512i exponent[MOST_PANELS];
  LOWPK_UNROLL
  for (int j = 0; j < np; j++) {
    exponent[j] = _mm512_set1_epi32(127);
    LOWPK_UNROLL
    for (int r = 0; r < mr; r++) sum[r][j] = _mm512_setzero_ps();
  }
  /* A block of MX wholly behind k has no scale, and adds nothing. */
  const size_t end = kind == MX ? w->k : kp;
  for (size_t k = 0; k < end; k += unit) {
    const uint8_t *step = w->data + panel * w->panel_bytes + k / LOWPK_STEP * w->step_bytes;
    const uint8_t *codes = step + w->step_scale_bytes + k % LOWPK_STEP / 8 * 64;
    __m512 scale[MOST_PANELS];
    __mmask16 outside = 0;
    if (kind == MX) {
      __m512i next[MOST_PANELS];
      LOWPK_UNROLL
      for (int j = 0; j < np; j++) {
        next[j] = _mm512_cvtepu8_epi32(load16(step + (size_t)j * w->panel_bytes + k % LOWPK_STEP / BLOCK * LOWPK_NR));
        outside |= _mm512_cmpgt_epu32_mask(_mm512_sub_epi32(next[j], _mm512_set1_epi32(SCALE_MIN)),
                                           _mm512_set1_epi32(SCALE_MAX - SCALE_MIN));
      }
      if (outside) return 0;
      LOWPK_UNROLL
      for (int j = 0; j < np; j++) {
        __m512i change = _mm512_add_epi32(_mm512_sub_epi32(exponent[j], next[j]), _mm512_set1_epi32(127));
        __m512 factor = _mm512_castsi512_ps(_mm512_slli_epi32(change, 23));
        exponent[j] = next[j];
        LOWPK_UNROLL
        for (int r = 0; r < mr; r++) sum[r][j] = _mm512_mul_ps(sum[r][j], factor);
      }
    }
    if (kind != MX) {
      LOWPK_UNROLL
      for (int j = 0; j < np; j++) scale[j] = load_scale(kind, w, step + (size_t)j * w->panel_bytes, k);
    }
    for (size_t q = 0; q < unit; q += 8, codes += 64) {
      __m512i v[MOST_PANELS];
      LOWPK_UNROLL
      for (int j = 0; j < np; j++) {
        const uint8_t *p = codes + (size_t)j * w->panel_bytes;
        v[j] = _mm512_loadu_si512(p);
        _mm_prefetch((const char *)p + 2048, _MM_HINT_T0); /* 32 lines, some 500 cycles, ahead on each of np streams */
      }
      LOWPK_UNROLL
      for (int half = 0; half < 2; half++) { /* low nibbles are k..k+3, high ones k+4..k+7 */
        __m512 four[MOST_PANELS];
        if (kind == HI) {
          LOWPK_UNROLL
          for (int j = 0; j < np; j++) {
            const unsigned i = (unsigned)((k + q) % 64 / 4) + (unsigned)half;
            __m512i word = _mm512_loadu_si512(step + (size_t)j * w->panel_bytes + (k % LOWPK_STEP / 64) * 64);
            four[j] = twice_where(twice_where(scale[j], word, 8 + i / 2), word, 16 + i);
          }
        }
        LOWPK_UNROLL
        for (unsigned i = 0; i < 4; i++) {
          LOWPK_UNROLL
          for (int j = 0; j < np; j++) {
            __m512i code = _mm512_srli_epi32(v[j], 8 * i + 4 * (unsigned)half);
            __m512 core = _mm512_permutexvar_ps(code, table);
            if (kind == HI) core = _mm512_mul_ps(core, four[j]);
            if (kind == NV || kind == INT) core = _mm512_mul_ps(core, scale[j]);
            LOWPK_UNROLL
            for (int r = 0; r < mr; r++)
              sum[r][j] =
                  _mm512_fmadd_ps(_mm512_set1_ps(x[(size_t)r * kp + k + q + 4 * (size_t)half + i]), core, sum[r][j]);
          }
        }
      }
    }
  }
  float s[MOST_PANELS * MOST_ROWS * LOWPK_NR];
  LOWPK_UNROLL
  for (int j = 0; j < np; j++) {
    LOWPK_UNROLL
    for (int r = 0; r < mr; r++) {
      if (kind == MX) sum[r][j] = _mm512_mul_ps(sum[r][j], _mm512_castsi512_ps(_mm512_slli_epi32(exponent[j], 23)));
      _mm512_storeu_ps(s + (j * mr + r) * LOWPK_NR, sum[r][j]);
    }
  }
  store_group(g, panel, (size_t)np, s);
  return 1;
}

typedef int few_fn(const lowpk_gemm *g, size_t panel);
#define FEW(kind, mr, np) \
  static int few_##kind##_##mr##x##np(const lowpk_gemm *g, size_t panel) { return few(kind, mr, np, g, panel); }
/* Eight sums and more keep both ports busy; 16 of them, the codes and exponents fill the registers well. */
#define ALL(kind) \
  FEW(kind, 1, 8) \
  FEW(kind, 2, 4) FEW(kind, 3, 4) FEW(kind, 4, 4) FEW(kind, 5, 2) FEW(kind, 6, 2) FEW(kind, 7, 2) FEW(kind, 8, 2)
ALL(MX)
ALL(NV)
ALL(HI)
ALL(INT)

static const size_t panels[MOST_ROWS] = {8, 4, 4, 4, 2, 2, 2, 2};
#define ROW(kind) \
  [kind] = {few_##kind##_1x8, few_##kind##_2x4, few_##kind##_3x4, few_##kind##_4x4, \
            few_##kind##_5x2, few_##kind##_6x2, few_##kind##_7x2, few_##kind##_8x2}
static few_fn *const functions[][MOST_ROWS] = {ROW(MX), ROW(NV), ROW(HI), ROW(INT)};

/* Is every x 0 or of a magnitude in 2^-80 .. 2^60? */
static int in_range(size_t count, const float *x) {
  const __m512i low = _mm512_set1_epi32((127 - 80) << 23), width = _mm512_set1_epi32(140 << 23);
  __mmask16 outside = 0;
  for (size_t i = 0; i < count; i += 16) {
    __m512i magnitude = _mm512_and_si512(_mm512_loadu_si512(x + i), _mm512_set1_epi32(0x7fffffff));
    outside |= _mm512_mask_cmpgt_epu32_mask(_mm512_test_epi32_mask(magnitude, magnitude),
                                            _mm512_sub_epi32(magnitude, low), width);
  }
  return outside == 0;
}

size_t lowpk_few_panels_avx512(const lowpk_gemm *g, float *room, const float **x) {
  const lowpk_rhs *w = g->w;
  const kind kind = kind_of(w->scheme);
  if (kind == NONE) return lowpk_wide_panels_avx512(g, room, x);
  *x = g->lhs;
  if (g->m > MOST_ROWS || w->irregular) return 0;
  if (kind == MX && !(w->kp <= DIVIDED_K && in_range(g->m * w->kp, g->lhs))) return 0;
  return panels[g->m - 1];
}

int lowpk_few_group_avx512(const lowpk_gemm *g, size_t panel, const float *x) {
  const kind kind = kind_of(g->w->scheme);
  return kind == NONE ? lowpk_wide_group_avx512(g, panel, x) : functions[kind][g->m - 1](g, panel);
}
