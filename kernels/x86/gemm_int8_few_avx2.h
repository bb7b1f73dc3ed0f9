/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8_few_avx2.h: up to eight rows of activations, four at a time, and 4-bit weights by a table, for gemm_int8_dot.h: codes
 * become unsigned bytes in registers and are multiplied at once, by pairs (gemm_int8_pairs_avx2.h) or by LOWPK_DPBUSD. Four panels
 * take turns step by step, so that four streams come from memory.
 */
#ifndef LOWPK_X86_GEMM_INT8_FEW_AVX2_H
#define LOWPK_X86_GEMM_INT8_FEW_AVX2_H

enum { FEW = 8 };

#if defined(LOWPK_DPBUSD)
/* Four k of a row of activations at x times both halves of a word of weights. */
LOWPK_INLINE void add_pairs(__m256i u0, __m256i u1, const int8_t *x, __m256i sum[PARTS]) {
  sum[0] = LOWPK_DPBUSD(sum[0], u0, four_bytes(x));
  sum[1] = LOWPK_DPBUSD(sum[1], u1, four_bytes(x));
}
LOWPK_INLINE __m256i dots_of(__m256i sum) { return sum; }
#else
LOWPK_INLINE __m256i dots_of(__m256i pair) { return _mm256_madd_epi16(pair, _mm256_set1_epi16(1)); }
#endif

/* Words of a part, of `most` that 16 bits hold; 0 for weights that are not of this file. */
LOWPK_INLINE size_t few_words(lowp_scheme id, size_t most) {
  switch (id) {
  case LOWP_SCHEME_NVFP4:
    return most < 4 ? 0 : 4;
  case LOWP_SCHEME_MXFP4:
  case LOWP_SCHEME_INT4_G32:
  case LOWP_SCHEME_INT4_G128:
    return most < 8 ? 0 : 8;
  case LOWP_SCHEME_HIF4:
    return most < 4 ? 0 : most < 16 ? 4 : 16;
  default:
    return 0;
  }
}

/*
 * few_words() where this file serves the call, else 0. All rows must be in hand at once: 2^17 k are 2^13 parts of four words at
 * most, whose starts are 32 KiB a row, of which the 1 MiB of scratch holds a panel of rows and more.
 */
static size_t few_has(const state *t) {
  const lowpk_gemm *g = t->g;
  if (g->m > FEW || g->w->irregular || g->block != g->w->scheme->block_cols || g->w->kp > (size_t)1 << 17) return 0;
  return few_words(g->w->scheme->id, t->words);
}

/* Activations of a step: row r at x + 64 r in its first tile, the second tile bytes on. */
typedef struct step_rows {
  const int8_t *x;
  size_t tile;
  const int32_t *start; /* of part p and row r: start[r * blocks + p] */
  size_t blocks;
  const float *sx; /* scale of block b: sx[(b >> shift) * stride + r] */
  unsigned shift;
  size_t stride;
} step_rows;

/*
 * Word i of 8 of a HiF4 block, half `half` of it: magnitudes, four bytes of a lane doubled at once by what the lane's scale
 * says (lowpk_int8_hif4()), 28 at most; signs; the offset.
 */
LOWPK_INLINE void few_hif4_word(int i, __m256i scale, __m256i v, int half, __m256i u[2][PARTS]) {
  const __m256i one = _mm256_set1_epi32(1), seven = _mm256_set1_epi8(7), offset = _mm256_set1_epi8(28);
  const __m256i e8 = _mm256_and_si256(_mm256_srli_epi32(scale, 8 + i), one);
  const __m256i low = _mm256_add_epi32(e8, _mm256_and_si256(_mm256_srli_epi32(scale, 16 + 2 * i), one));
  const __m256i high = _mm256_add_epi32(e8, _mm256_and_si256(_mm256_srli_epi32(scale, 17 + 2 * i), one));
  const __m256i x = _mm256_sllv_epi32(_mm256_and_si256(v, seven), low);
  const __m256i y = _mm256_sllv_epi32(_mm256_and_si256(_mm256_srli_epi16(v, 4), seven), high);
  /* A nibble's sign on top of a byte; a byte of zeros is a magnitude of zero. */
  u[0][half] = _mm256_add_epi8(_mm256_sign_epi8(x, _mm256_slli_epi16(v, 4)), offset);
  u[1][half] = _mm256_add_epi8(_mm256_sign_epi8(y, v), offset);
}

/*
 * The scales of block b. E4M3 by way of FP16, which has one bit more of exponent and a bias larger by 8: twice as fast as by
 * lanes of 32 bits, and exact for subnormal ones, whatever the mode.
 */
LOWPK_INLINE void few_scales(lowp_scheme id, const uint8_t *step, size_t b, __m256 y[PARTS]) {
  if (id == LOWP_SCHEME_NVFP4) {
    const __m256i bytes = _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)(const void *)(step + b * 16)));
    const __m256i h = _mm256_and_si256(_mm256_slli_epi16(bytes, 7), _mm256_set1_epi16((short)0xbf80));
    y[0] = _mm256_mul_ps(_mm256_cvtph_ps(_mm256_castsi256_si128(h)), _mm256_set1_ps(0x1p8f * 0.5f));
    y[1] = _mm256_mul_ps(_mm256_cvtph_ps(_mm256_extracti128_si256(h, 1)), _mm256_set1_ps(0x1p8f * 0.5f));
    return;
  }
  for (size_t i = 0; i < PARTS; i++) {
    const lowp_element scale = id == LOWP_SCHEME_MXFP4 ? LOWP_E8M0 : id == LOWP_SCHEME_HIF4 ? LOWP_E6M2 : LOWP_FP16;
    y[i] = lowpk_scale_f32(scale, step, b, i * 32);
    if (scale != LOWP_FP16) y[i] = _mm256_mul_ps(y[i], _mm256_set1_ps(scale == LOWP_E8M0 ? 0.5f : 0.25f));
  }
}

LOWPK_INLINE void few_step(lowp_scheme id, size_t words, int count, const step_rows *a, const uint8_t *step,
                           float *sums) {
  /* Constants, all of them, once `id` is one: with w->step_scale_bytes in their place a row took 3 % longer. */
  const bool e2m1 = id == LOWP_SCHEME_NVFP4 || id == LOWP_SCHEME_MXFP4;
  const size_t block = id == LOWP_SCHEME_NVFP4       ? 16
                       : id == LOWP_SCHEME_HIF4      ? 64
                       : id == LOWP_SCHEME_INT4_G128 ? 128
                                                     : 32;
  const size_t scale_bytes = (LOWPK_STEP / block * LOWPK_NR *
                                  (e2m1                     ? 1
                                   : id == LOWP_SCHEME_HIF4 ? 4
                                                            : 2) +
                              63) /
                             64 * 64;
  const size_t parts = block / 4 / words;
  const __m256i table = _mm256_add_epi8(lowpk_nibble_table(e2m1 ? lowpk_e2m1_integers : lowpk_int4_integers),
                                        _mm256_set1_epi8(e2m1 ? 12 : 8));
  __m256 s[MOST_ROWS][PARTS];
#pragma GCC unroll 4
  for (int r = 0; r < count; r++)
    s[r][0] = _mm256_loadu_ps(sums + r * 16), s[r][1] = _mm256_loadu_ps(sums + r * 16 + 8);
  const int32_t *start = a->start;
#pragma GCC unroll 4
  for (size_t i = 0; i < scale_bytes; i += 64) _mm_prefetch((const char *)step + AHEAD + i, _MM_HINT_T0);
  for (size_t b = 0; b < LOWPK_STEP / block; b++) {
    __m256i sum[MOST_ROWS][PARTS];
#pragma GCC unroll 4
    for (size_t part = 0; part < parts; part++, start++) {
      const size_t k = b * block + part * words * 4;
      const int8_t *x = a->x + k / 64 * a->tile + k % 64;
      const uint8_t *w = step + scale_bytes + k * 8;
      HIDDEN(x, w);
      __m256i pair[MOST_ROWS][PARTS];
#pragma GCC unroll 4
      for (int r = 0; r < count; r++) pair[r][0] = pair[r][1] = _mm256_set1_epi32(start[(size_t)r * a->blocks]);
#pragma GCC unroll 4
      for (size_t j = 0; j < words / 2; j++) {
        __m256i u[2][PARTS]; /* low nibbles, high ones */
#pragma GCC unroll 2
        for (int i = 0; i < PARTS; i++) {
          const __m256i v = lowpk_b_load(w + j * 64 + i * 32);
          if (i == 0) _mm_prefetch((const char *)w + j * 64 + AHEAD, _MM_HINT_T0);
          if (id == LOWP_SCHEME_HIF4)
            few_hif4_word((int)(part * words / 2 + j), lowpk_b_load(step + b * 64 + (size_t)i * 32), v, i, u);
          else
            u[0][i] = lowpk_nibbles(v, table), u[1][i] = lowpk_nibbles(_mm256_srli_epi16(v, 4), table);
        }
#pragma GCC unroll 2
        for (int h = 0; h < 2; h++)
#pragma GCC unroll 4
          for (int r = 0; r < count; r++) add_pairs(u[h][0], u[h][1], x + r * 64 + j * 8 + h * 4, pair[r]);
      }
#pragma GCC unroll 4
      for (int r = 0; r < count; r++)
#pragma GCC unroll 2
        for (int i = 0; i < PARTS; i++) {
          const __m256i d = dots_of(pair[r][i]);
          sum[r][i] = part ? _mm256_add_epi32(sum[r][i], d) : d;
        }
    }
    const float *sx = a->sx + (b >> a->shift) * a->stride;
    __m256 y[PARTS];
    few_scales(id, step, b, y);
#pragma GCC unroll 2
    for (int i = 0; i < PARTS; i++) {
#pragma GCC unroll 4
      for (int r = 0; r < count; r++)
        s[r][i] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[r][i]), _mm256_mul_ps(_mm256_set1_ps(sx[r]), y[i]), s[r][i]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < count; r++)
    _mm256_storeu_ps(sums + r * 16, s[r][0]), _mm256_storeu_ps(sums + r * 16 + 8, s[r][1]);
}

/* Some panels and the rows in hand, `count` of them, over all k. sums: [PANELS][count][16]. */
LOWPK_INLINE void few_panels(lowp_scheme id, size_t words, int count, const state *t, size_t panel, size_t panels) {
  const lowpk_gemm *g = t->g;
  const lowpk_rhs *w = g->w;
  step_rows a = {.tile = g->m * 64, .blocks = t->blocks, .sx = unscaled, .shift = g->lhs_scales ? 0 : NO_BLOCKS};
  while (g->lhs_scales && g->block << a.shift < g->lhs_block) a.shift++;
  a.stride = g->m;
  for (size_t i = 0; i < PANELS * (size_t)count * LOWPK_NR; i++) t->sums[i] = 0;
  for (size_t k = 0; k < w->kp; k += LOWPK_STEP) {
    a.x = (const int8_t *)g->lhs + k * g->m + t->m0 * 64;
    a.start = t->start + t->m0 * t->blocks + k / (words * 4);
    if (g->lhs_scales) a.sx = g->lhs_scales + k / g->lhs_block * g->m + t->m0;
    for (size_t p = 0; p < panels; p++) {
      const uint8_t *step = w->data + (panel + p) * w->panel_bytes + k / LOWPK_STEP * w->step_bytes;
      few_step(id, words, count, &a, step, t->sums + p * (size_t)count * LOWPK_NR);
    }
  }
}

#define FEW_OF(name, id, words) \
  static void name(int count, const state *t, size_t panel, size_t panels) { \
    if (count == 4) \
      few_panels(id, words, 4, t, panel, panels); \
    else if (count == 3) \
      few_panels(id, words, 3, t, panel, panels); \
    else if (count == 2) \
      few_panels(id, words, 2, t, panel, panels); \
    else \
      few_panels(id, words, 1, t, panel, panels); \
  }
FEW_OF(few_mxfp4, LOWP_SCHEME_MXFP4, 8)
FEW_OF(few_nvfp4, LOWP_SCHEME_NVFP4, 4)
FEW_OF(few_int4_g32, LOWP_SCHEME_INT4_G32, 8)
FEW_OF(few_int4_g128, LOWP_SCHEME_INT4_G128, 8)
FEW_OF(few_hif4, LOWP_SCHEME_HIF4, 16)
#if !defined(LOWPK_DPBUSD) /* no sums in 16 bits */
FEW_OF(few_hif4_wide, LOWP_SCHEME_HIF4, 4)
#endif
#undef FEW_OF

typedef void few_fn(int count, const state *t, size_t panel, size_t panels);
static few_fn *few_of(lowp_scheme id, size_t words) {
  (void)words;
  switch (id) {
  case LOWP_SCHEME_MXFP4:
    return few_mxfp4;
  case LOWP_SCHEME_NVFP4:
    return few_nvfp4;
  case LOWP_SCHEME_INT4_G32:
    return few_int4_g32;
  case LOWP_SCHEME_INT4_G128:
    return few_int4_g128;
  default:
#if !defined(LOWPK_DPBUSD)
    if (words == 4) return few_hif4_wide;
#endif
    return few_hif4;
  }
}

/* All rows; their starts are there. What of the weights a second four rows meet again is in L2. */
static void few(const state *t, size_t panel0, size_t panel1) {
  few_fn *f = few_of(t->g->w->scheme->id, t->words);
  state u = *t;
  for (size_t panel = panel0; panel < panel1; panel += PANELS) {
    const size_t panels = least(PANELS, panel1 - panel);
    for (u.m0 = 0; u.m0 < t->m1; u.m0 = u.m1) {
      u.m1 = least(u.m0 + MOST_ROWS, t->m1);
      const size_t count = u.m1 - u.m0;
      f((int)count, &u, panel, panels);
      for (size_t p = 0; p < panels; p++) store_panel(&u, panel + p, u.sums + p * count * LOWPK_NR);
    }
  }
}

#endif
