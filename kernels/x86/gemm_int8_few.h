/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8_few.h: up to eight rows of activations, where the time is that of reading the weights: codes become
 * integers in registers, and are used at once. For gemm_int8_dot.h with VNNI and VBMI.
 *
 * The table of a 4-bit element holds integer + offset, which is not negative: the unsigned side of VPDPBUSD, with sums
 * that begin at -offset times the sum of the block's activations. HiF4 looks up code and both exponent bits at once, in
 * 64 entries. Four panels take turns step by step, so that four streams come from memory.
 */
#ifndef LOWPK_X86_GEMM_INT8_FEW_H
#define LOWPK_X86_GEMM_INT8_FEW_H

enum { FEW = 8, FEW_AHEAD = 4096 };

/* What is added to integers. */
LOWPK_INLINE int offset_of(lowp_element element) {
  return element == LOWP_E2M1 ? 12 : element == LOWP_INT4 ? 8 : element == LOWP_S1P2 ? 28 : 128;
}

static bool few_has(const lowpk_gemm *g) {
  const lowpk_rhs *w = g->w;
  if (g->m > FEW || w->kp > (size_t)1 << 18 || w->irregular || g->block != w->scheme->block_cols || g->lhs_zero ||
      w->zeros)
    return false;
  switch (w->scheme->id) {
  case LOWP_SCHEME_MXFP4:
  case LOWP_SCHEME_NVFP4:
  case LOWP_SCHEME_HIF4:
  case LOWP_SCHEME_INT4_G32:
  case LOWP_SCHEME_INT4_G128:
  case LOWP_SCHEME_MXINT8:
  case LOWP_SCHEME_INT8_G32:
    return true;
  default:
    return false;
  }
}

/* Activations of a step: row r of `count` at x + 64 r in its first tile, the second tile bytes on. */
typedef struct step_rows {
  const int8_t *x;
  size_t tile;
  const int32_t *start; /* of block b and row r: start[b * FEW + r] */
  const float *sx;      /* scale of block b: sx[(b >> shift) * stride + r]; stride 0: ones */
  unsigned shift;
  size_t stride;
} step_rows;

LOWPK_INLINE void dot_all(int count, const int8_t *x, __m512i w, __m512i *sum) {
#pragma GCC unroll 8
  for (int r = 0; r < count; r++) sum[r] = LOWPK_DPBUSD(sum[r], w, four_bytes(x + r * 64));
}

/* (w & mask) | (other & ~mask) */
LOWPK_INLINE __m512i merge(__m512i mask, __m512i w, __m512i other) {
  return _mm512_ternarylogic_epi32(mask, w, other, 0xca);
}

/*
 * Word i of 8 of a HiF4 block. first: E1_8 of the lane in each byte; second: the byte of E1_16 that has bits of this
 * word.
 */
LOWPK_INLINE void hif4_word(int count, int i, const int8_t *x, __m512i w, __m512i first, __m512i second, __m512i table,
                            __m512i *sum) {
  const __m512i low = _mm512_set1_epi8(0x0f), bit5 = _mm512_set1_epi8(0x20);
  const int j =
      2 * (i % 4); /* bit j belongs to the low nibbles, bit j + 1 to the high ones; both go to bit 5, i to bit 4 */
  __m512i e8 =
      i <= 4 ? _mm512_slli_epi16(first, (unsigned)(4 - i) & 15) : _mm512_srli_epi16(first, (unsigned)(i - 4) & 15);
  __m512i e0 =
      j <= 5 ? _mm512_slli_epi16(second, (unsigned)(5 - j) & 15) : _mm512_srli_epi16(second, (unsigned)(j - 5) & 15);
  __m512i e1 =
      j <= 4 ? _mm512_slli_epi16(second, (unsigned)(4 - j) & 15) : _mm512_srli_epi16(second, (unsigned)(j - 4) & 15);
  /* The two upper bits of an index do not count. */
  __m512i i0 = merge(low, w, merge(bit5, e0, e8)), i1 = merge(low, _mm512_srli_epi16(w, 4), merge(bit5, e1, e8));
  dot_all(count, x, _mm512_permutexvar_epi8(i0, table), sum);
  dot_all(count, x + 4, _mm512_permutexvar_epi8(i1, table), sum);
}

/*
 * k of a block, or 64 of them: of row 0 at x, their words at `words`; HiF4: the scales of the block. All offsets are
 * constants.
 */
LOWPK_INLINE void few_words(lowp_scheme id, size_t k, int count, const int8_t *x, const uint8_t *words,
                            const uint8_t *scales, __m512i table, __m512i *sum) {
  if (id == LOWP_SCHEME_HIF4) {
    const __m512i scale = _mm512_load_si512(scales);
#define REPEATED(i) \
  _mm512_shuffle_epi8(scale, _mm512_set4_epi32(0x0c0c0c0c + (i)*0x01010101, 0x08080808 + (i)*0x01010101, \
                                               0x04040404 + (i)*0x01010101, (i)*0x01010101))
    const __m512i first = REPEATED(1), lower = REPEATED(2), upper = REPEATED(3);
#undef REPEATED
#define WORD(i) \
  hif4_word(count, i, x + 8 * (i), _mm512_load_si512(words + (i)*64), first, (i) < 4 ? lower : upper, table, sum)
    WORD(0), WORD(1), WORD(2), WORD(3), WORD(4), WORD(5), WORD(6), WORD(7);
#undef WORD
  } else if (id == LOWP_SCHEME_MXINT8 || id == LOWP_SCHEME_INT8_G32) {
#pragma GCC unroll 8
    for (size_t j = 0; j < k / 4; j++)
      dot_all(count, x + 4 * j, _mm512_xor_si512(_mm512_load_si512(words + j * 64), _mm512_set1_epi8(-128)), sum);
  } else {
#pragma GCC unroll 8
    for (size_t j = 0; j < k / 8; j++) {
      const __m512i w = _mm512_load_si512(words + j * 64);
      dot_all(count, x + 8 * j, _mm512_permutexvar_epi8(w, table), sum);
      dot_all(count, x + 8 * j + 4, _mm512_permutexvar_epi8(_mm512_srli_epi16(w, 4), table), sum);
    }
  }
}

LOWPK_INLINE void few_step(lowp_scheme id, int count, const step_rows *a, const uint8_t *step, __m512i table,
                           float *s) {
  /* Constants, all of them, once `id` is one. */
  const size_t block = id == LOWP_SCHEME_NVFP4       ? 16
                       : id == LOWP_SCHEME_HIF4      ? 64
                       : id == LOWP_SCHEME_INT4_G128 ? 128
                                                     : 32;
  const lowp_element scale = id == LOWP_SCHEME_NVFP4                               ? LOWP_E4M3FN
                             : id == LOWP_SCHEME_HIF4                              ? LOWP_E6M2
                             : id == LOWP_SCHEME_MXFP4 || id == LOWP_SCHEME_MXINT8 ? LOWP_E8M0
                                                                                   : LOWP_FP16;
  const float factor = id == LOWP_SCHEME_MXFP4 || id == LOWP_SCHEME_NVFP4 ? 0.5f
                       : id == LOWP_SCHEME_HIF4                           ? 0.25f
                       : id == LOWP_SCHEME_MXINT8                         ? 0x1p-6f
                                                                          : 1.0f;
  const size_t scale_bytes = scale == LOWP_E6M2 ? 4 : scale == LOWP_FP16 ? 2 : 1;
  const uint8_t *codes = step + (LOWPK_STEP / block * LOWPK_NR * scale_bytes + 63) / 64 * 64;
  const size_t word_bytes = id == LOWP_SCHEME_MXINT8 || id == LOWP_SCHEME_INT8_G32 ? 16 : 8; /* for each k */
  __m512 total[FEW];
#pragma GCC unroll 8
  for (int r = 0; r < count; r++) total[r] = _mm512_load_ps(s + 16 * r);
#pragma GCC unroll 8
  for (size_t b = 0; b < LOWPK_STEP / block; b++) {
    __m512i sum[FEW];
#pragma GCC unroll 8
    for (int r = 0; r < count; r++) sum[r] = _mm512_set1_epi32(a->start[b * FEW + (size_t)r]);
    const size_t k = b * block, part = block < 64 ? block : 64;
    for (size_t at = k; at < k + block; at += part)
      few_words(id, part, count, (at < 64 ? a->x : a->x + a->tile) + at % 64, codes + at * word_bytes, step + b * 64,
                table, sum);
    const __m512 sw = _mm512_mul_ps(lowpk_scale_f32(scale, step, b, 0), _mm512_set1_ps(factor));
    const float *sx = a->sx + (b >> a->shift) * a->stride;
#pragma GCC unroll 8
    for (int r = 0; r < count; r++) {
      const __m512 p = _mm512_mul_ps(_mm512_set1_ps(sx[r]), sw);
      total[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[r]), p, total[r]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < count; r++) _mm512_store_ps(s + 16 * r, total[r]);
}

/* Rows m .. m + count - 1 of the four panels, or fewer. starts: [blocks][FEW], of all rows. */
LOWPK_INLINE void few_rows(lowp_scheme id, int count, const lowpk_gemm *g, size_t m, size_t panel, size_t panels,
                           const int32_t *starts, __m512i table, float *sums) {
  static const float ones[FEW] = {1, 1, 1, 1, 1, 1, 1, 1};
  const lowpk_rhs *w = g->w;
  const size_t per_step = LOWPK_STEP / g->block;
  step_rows a = {.tile = g->m * 64, .stride = g->lhs_scales ? g->m : 0, .sx = ones};
  while (g->lhs_scales && g->block << a.shift < g->lhs_block) a.shift++;
  for (size_t k = 0; k < w->kp; k += LOWPK_STEP) {
    a.x = (const int8_t *)g->lhs + k * g->m + m * 64;
    a.start = starts + k / LOWPK_STEP * per_step * FEW + m;
    if (g->lhs_scales) a.sx = g->lhs_scales + k / g->lhs_block * g->m + m;
    for (size_t p = 0; p < panels; p++) {
      const uint8_t *step = w->data + (panel + p) * w->panel_bytes + k / LOWPK_STEP * w->step_bytes;
      for (size_t i = 0; i < w->step_bytes; i += 64) _mm_prefetch((const char *)step + FEW_AHEAD + i, _MM_HINT_T0);
      few_step(id, count, &a, step, table, sums + (p * FEW + m) * LOWPK_NR);
    }
  }
}

static __m512i few_table(lowp_scheme id, int offset) {
  int8_t table[64];
  const int8_t *from = id == LOWP_SCHEME_HIF4                               ? lowpk_s1p2_integers
                       : id == LOWP_SCHEME_MXFP4 || id == LOWP_SCHEME_NVFP4 ? lowpk_e2m1_integers
                                                                            : lowpk_int4_integers;
  for (int i = 0; i < 64; i++) {
    int power = id == LOWP_SCHEME_HIF4 ? 1 << ((i >> 4 & 1) + (i >> 5)) : 1;
    table[i] = (int8_t)(from[i & 15] * power + offset);
  }
  return _mm512_loadu_si512(table);
}

static void few(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  const lowp_scheme_info *s = g->w->scheme;
  const int offset = offset_of(s->element);
  const __m512i table = few_table(s->id, offset);
  float *sums = scratch; /* [PANELS][FEW][16] */
  int32_t *starts = (int32_t *)(void *)(sums + PANELS * FEW * LOWPK_NR);
  for (size_t m = 0; m < g->m; m++)
    for (size_t b = 0; b < g->w->kp / g->block; b++) starts[b * FEW + m] = -offset * sum_of_block(g, m, g->block, b);
  for (size_t panel = panel0, panels; panel < panel1; panel += panels) {
    panels = least(PANELS, panel1 - panel);
    memset(sums, 0, PANELS * FEW * LOWPK_NR * sizeof *sums);
    size_t count;
    for (size_t m = 0; m < g->m; m += count) {
      const size_t left = g->m - m;
      count = left >= 8 ? 8 : left >= 4 ? 4 : left;
#define CASE(id) \
  case id: \
    switch (count) { \
    case 1: \
      few_rows(id, 1, g, m, panel, panels, starts, table, sums); \
      break; \
    case 2: \
      few_rows(id, 2, g, m, panel, panels, starts, table, sums); \
      break; \
    case 3: \
      few_rows(id, 3, g, m, panel, panels, starts, table, sums); \
      break; \
    case 4: \
      few_rows(id, 4, g, m, panel, panels, starts, table, sums); \
      break; \
    default: \
      few_rows(id, 8, g, m, panel, panels, starts, table, sums); \
      break; \
    } \
    break
      switch (s->id) {
        CASE(LOWP_SCHEME_MXFP4);
        CASE(LOWP_SCHEME_NVFP4);
        CASE(LOWP_SCHEME_HIF4);
        CASE(LOWP_SCHEME_INT4_G32);
        CASE(LOWP_SCHEME_INT4_G128);
        CASE(LOWP_SCHEME_MXINT8);
        CASE(LOWP_SCHEME_INT8_G32);
      default:
        break;
      }
#undef CASE
    }
    for (size_t p = 0; p < panels; p++) {
      const lowpk_store_avx512 to = lowpk_store_begin_avx512(g, panel + p);
      for (size_t m = 0; m < g->m; m++)
        lowpk_store_row_avx512(g, &to, m, _mm512_load_ps(sums + (p * FEW + m) * LOWPK_NR));
    }
  }
}

#endif
