/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_bf16_one_avx512.c: one row of activations and 4-bit weights: the decode step of a language model. Tiles would multiply one
 * row of sixteen; here codes become f32 in registers, by a shift and a permutation for 16 weights, and are multiplied at once.
 * MODEL (tests/gemm/test_bf16_one.c): for every run of k that shares a scale (32 in MXFP4, 16 in NVFP4, 32 of an INT4 group, 4 in
 * HiF4, with its powers of two),
 *
 *     P = fma(x[k], element[k], P), k ascending, from +0;   S = fma(P, scale, S), from +0 at first
 *
 * in f32 without flushing. The scale costs one FMA for a run instead of a product for each weight, and nothing is rounded that
 * gemm_f32 would not round: the bound is that of a chain of k + k / run FMAs.
 *
 * Eight panels are walked at once: eight chains of FMAs fill two ports with a latency of four cycles, and eight streams of memory
 * are read faster than one. A word of 64 bytes (8 k of 16 rows) takes 7 shifts, 8 permutations, 8 FMAs: 11.5 cycles of two ports.
 */
#include "kernels/gemm_f32.h"
#include "kernels/x86/gemm_few_avx512.h"
#include "kernels/x86/gemm_store_avx512.h"

enum { PANELS = 8, RUN = 32, AHEAD = 3072 /* bytes, on each stream */ };

/* Scale of the run at k; 2^-127 is subnormal, and no shift of the code. */
static inline __m512 run_scale(kind kind, const lowpk_rhs *w, const uint8_t *step, size_t k) {
  if (kind != MX) return load_scale(kind, w, step, k);
  __m512i c = _mm512_cvtepu8_epi32(load16(step + k % LOWPK_STEP / RUN * LOWPK_NR));
  __m512i bits = _mm512_slli_epi32(c, 23);
  return _mm512_castsi512_ps(_mm512_mask_mov_epi32(bits, _mm512_testn_epi32_mask(c, c), _mm512_set1_epi32(1 << 22)));
}

LOWPK_TILE_INLINE void one(const kind kind, const int np, const lowpk_gemm *g, const float *x, size_t panel) {
  const lowpk_rhs *w = g->w;
  const size_t kp = w->kp, run = kind == NV ? RUN / 2 : RUN;
  const __m512 table = values(kind);
  __m512 sum[PANELS], part[PANELS], scale[PANELS];
  LOWPK_UNROLL
  for (int j = 0; j < np; j++) sum[j] = _mm512_setzero_ps();
  for (size_t k = 0; k < kp; k += run) {
    const uint8_t *step = w->data + panel * w->panel_bytes + k / LOWPK_STEP * w->step_bytes;
    const uint8_t *codes = step + w->step_scale_bytes + k % LOWPK_STEP / 8 * 64;
    LOWPK_UNROLL
    for (int j = 0; j < np; j++) {
      scale[j] = run_scale(kind, w, step + (size_t)j * w->panel_bytes, k);
      part[j] = _mm512_setzero_ps();
    }
    for (size_t q = 0; q < run; q += 8, codes += 64) {
      __m512i v[PANELS];
      LOWPK_UNROLL
      for (int j = 0; j < np; j++) {
        const uint8_t *p = codes + (size_t)j * w->panel_bytes;
        v[j] = _mm512_loadu_si512(p);
        _mm_prefetch((const char *)p + AHEAD, _MM_HINT_T0);
      }
      LOWPK_UNROLL
      for (unsigned i = 0; i < 8; i++) { /* low nibbles are k .. k + 3, high ones k + 4 .. k + 7 */
        const __m512 xk = _mm512_set1_ps(x[k + q + i]);
        LOWPK_UNROLL
        for (int j = 0; j < np; j++) {
          __m512i code = _mm512_srli_epi32(v[j], 8 * (i % 4) + 4 * (i / 4));
          part[j] = _mm512_fmadd_ps(xk, _mm512_permutexvar_ps(code, table), part[j]);
        }
        if (kind != HI || i % 4 != 3) continue;
        LOWPK_UNROLL
        for (int j = 0; j < np; j++) {
          const unsigned four = (unsigned)((k + q) % 64 / 4) + i / 4;
          __m512i word = _mm512_loadu_si512(step + (size_t)j * w->panel_bytes + (k % LOWPK_STEP / 64) * 64);
          sum[j] =
              _mm512_fmadd_ps(part[j], twice_where(twice_where(scale[j], word, 8 + four / 2), word, 16 + four), sum[j]);
          part[j] = _mm512_setzero_ps();
        }
      }
    }
    if (kind == HI) continue;
    LOWPK_UNROLL
    for (int j = 0; j < np; j++) sum[j] = _mm512_fmadd_ps(part[j], scale[j], sum[j]);
  }
  LOWPK_UNROLL
  for (int j = 0; j < np; j++) {
    lowpk_store_avx512 store = lowpk_store_begin_avx512(g, panel + (size_t)j);
    lowpk_store_row_avx512(g, &store, 0, sum[j]);
  }
}

typedef void one_fn(const lowpk_gemm *g, const float *x, size_t panel);
#define ONE(kind) \
  static void one_##kind##_8(const lowpk_gemm *g, const float *x, size_t panel) { one(kind, PANELS, g, x, panel); } \
  static void one_##kind##_1(const lowpk_gemm *g, const float *x, size_t panel) { one(kind, 1, g, x, panel); }
ONE(MX)
ONE(NV)
ONE(HI)
ONE(INT)
static one_fn *const functions[NONE][2] = {[MX] = {one_MX_8, one_MX_1},
                                           [NV] = {one_NV_8, one_NV_1},
                                           [HI] = {one_HI_8, one_HI_1},
                                           [INT] = {one_INT_8, one_INT_1}};

int lowpk_gemm_bf16_one_avx512(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  const kind kind = kind_of(g->w->scheme);
  if (g->m != 1 || kind == NONE || g->w->irregular) return 0;
  float *x = scratch;
  for (size_t k = 0; k < g->w->kp; k += 16) { /* from bf16 order, in which the middle two of four have changed places */
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)((const uint16_t *)g->lhs + k));
    __m512 v = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(b), 16));
    _mm512_store_ps(x + k, _mm512_permute_ps(v, 0xd8));
  }
  for (; panel1 - panel0 >= PANELS; panel0 += PANELS) functions[kind][0](g, x, panel0);
  for (; panel0 < panel1; panel0++) functions[kind][1](g, x, panel0);
  return 1;
}
