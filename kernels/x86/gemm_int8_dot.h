/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8_dot.h: gemm_int8 by dot products of four bytes in each lane, lane = n, for files that define
 * LOWPK_GEMM_INT8, its name, and the instruction:
 *
 *   LOWPK_DPBUSD(sum, u, s)  sum += four unsigned bytes of u times four signed ones of s. Weights are the unsigned
 *                            side, as w + 128; sums begin at -128 times the sum of the block's activations. Modulo 2^32
 *                            that is exact.
 *   undefined                16-bit products (the 8-bit ones of AVX2 saturate): bytes 0, 2 and bytes 1, 3 of each lane
 *                            apart. With AVX2, elements too small to saturate: gemm_int8_pairs_avx2.h.
 *
 * Four panels at a time, in chunks of k whose integers (16 KiB) stay in L1 while the activations pass by; four streams
 * of packed weights come from memory. Sums of all rows wait in scratch. The same loops serve one row and 512.
 */
#ifndef LOWPK_X86_GEMM_INT8_DOT_H
#define LOWPK_X86_GEMM_INT8_DOT_H

#include "kernels/x86/decode_int8.h"
#include <stdbool.h>
#include <string.h>
#if defined(__AVX512BW__)
#include "kernels/x86/gemm_store_avx512.h"
enum { MOST_ROWS = 8 }; /* 8 sums, and room for what they are made of, in 32 registers */
#else
#include "kernels/x86/gemm_store_avx2.h"
enum { MOST_ROWS = 4 }; /* 8 sums of half a panel in 16 */
#endif

/* Does AVX2 multiply g by pairs of 8-bit products (gemm_int8_pairs_avx2.h)? For gemm_int8_avx512.c, whose 16-bit ones take longer. */
int lowpk_has_pairs_avx2(const lowpk_gemm *g);

enum {
  PARTS = 64 / LOWPK_BYTES, /* registers of a word of 16 lanes */
  PANELS = 4,
  CHUNK = 256, /* k */
  AHEAD = 4096 /* how far in a panel bytes are fetched; where weights are decoded the decoder does it */
};

typedef struct state {
  const lowpk_gemm *g;
  bool rows;       /* a block is a row */
  size_t m0, m1;   /* rows in hand; m0 a multiple of 16 */
  size_t blocks;   /* of a row, or parts of them */
  size_t words;    /* of a part: sums of pairs in 16 bits, or of weights decoded in registers; 0 where there are none */
  unsigned offset; /* of weights that are the unsigned side */
  int8_t *integers; /* [PANELS][CHUNK / 4][16][4] */
  float *scales;    /* [PANELS][CHUNK / 16][16] */
  int16_t *wide;    /* [2][MOST_ROWS][CHUNK / 2]: activations of a chunk in 16 bits */
  float *sums;      /* [PANELS][m1 - m0][16]; integers where a block is a row */
  int32_t *start;   /* [m1 - m0][blocks]: -128, or -offset, times sums of activations */
} state;

/* Activations of a chunk for `count` rows of one row panel, and what belongs to them. */
typedef struct some_rows {
  const int8_t *x;   /* row 0 in the first tile */
  size_t tile;       /* bytes from tile to tile */
  const float *sx;   /* scale of row 0 in the first block of the chunk */
  size_t sx_stride;  /* from block to block of the lhs */
  unsigned sx_shift; /* blocks >> sx_shift: blocks of the lhs */
  const int32_t *start;
  size_t first_block;
} some_rows;

/* Scales where there are none, for all rows and lanes; blocks >> NO_BLOCKS is the first, always. */
static const float unscaled[LOWPK_NR] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
enum { NO_BLOCKS = 31 };

static inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

LOWPK_INLINE lowpk_ints four_bytes(const void *p) {
  int32_t v;
  memcpy(&v, p, sizeof v);
  return LOWPK_V(set1_epi32)(v);
}

#if !defined(LOWPK_DPBUSD)
/* What gcc 12 is kept from: making trees of sums of integers, with all products of some words on the stack. */
#define IN_ORDER(v) __asm__("" : "+v"(v))

/* Products of two k for all lanes of a word. */
LOWPK_INLINE void add_products(const lowpk_ints w[PARTS], lowpk_ints x, lowpk_ints sum[PARTS]) {
  lowpk_ints p[PARTS];
#pragma GCC unroll 8
  for (int i = 0; i < PARTS; i++) p[i] = LOWPK_V(madd_epi16)(w[i], x);
#pragma GCC unroll 8
  for (int i = 0; i < PARTS; i++) IN_ORDER(p[i]);
#pragma GCC unroll 8
  for (int i = 0; i < PARTS; i++) sum[i] = LOWPK_V(add_epi32)(sum[i], p[i]);
#pragma GCC unroll 8
  for (int i = 0; i < PARTS; i++) IN_ORDER(sum[i]);
}
#endif

/*
 * sum[r][i] += dots of `words` words of 4 k, at most 16, of `count` rows: x, a row every 64 bytes; w. wide: the words
 * of x in 16 bits, row r at r * CHUNK / 2, bytes 1 and 3 MOST_ROWS rows behind 0 and 2.
 */
LOWPK_INLINE void dot_words(int count, size_t words, const int8_t *x, const int16_t *wide, const int8_t *w,
                            lowpk_ints sum[][PARTS]) {
#pragma GCC unroll 4
  for (size_t j = 0; j < words; j++) {
#if defined(LOWPK_DPBUSD)
    (void)wide;
#pragma GCC unroll 8
    for (int i = 0; i < PARTS; i++) {
      lowpk_ints v = lowpk_b_load(w + j * 64 + i * LOWPK_BYTES);
      v = LOWPK_W(xor)(v, LOWPK_V(set1_epi8)(-128));
#pragma GCC unroll 8
      for (int r = 0; r < count; r++) sum[r][i] = LOWPK_DPBUSD(sum[r][i], v, four_bytes(x + r * 64 + j * 4));
    }
#else
    (void)x;
    lowpk_ints even[PARTS], odd[PARTS];
#pragma GCC unroll 8
    for (int i = 0; i < PARTS; i++) {
      const lowpk_ints v = lowpk_b_load(w + j * 64 + i * LOWPK_BYTES);
      even[i] = LOWPK_V(srai_epi16)(LOWPK_V(slli_epi16)(v, 8), 8), odd[i] = LOWPK_V(srai_epi16)(v, 8);
    }
#pragma GCC unroll 8
    for (int r = 0; r < count; r++) {
      add_products(even, four_bytes(wide + r * (CHUNK / 2) + j * 2), sum[r]);
      add_products(odd, four_bytes(wide + (MOST_ROWS + r) * (CHUNK / 2) + j * 2), sum[r]);
    }
#endif
  }
}

/* A chunk of `steps` steps of a panel times some rows, where a block is a row. sums: [count][16]. */
LOWPK_INLINE void whole_rows(int count, const state *t, const some_rows *a, const int8_t *w, size_t k, bool fetch,
                             float *sums) {
  lowpk_ints sum[MOST_ROWS][PARTS];
#pragma GCC unroll 8
  for (int r = 0; r < count; r++)
#pragma GCC unroll 8
    for (int i = 0; i < PARTS; i++) sum[r][i] = lowpk_b_load(sums + r * 16 + i * LOWPK_BYTES / 4);
  for (size_t tile = 0; tile < k / 64; tile++) {
    if (fetch)
      for (size_t l = 0; l < 1024; l += 64) _mm_prefetch((const char *)w + tile * 1024 + AHEAD + l, _MM_HINT_T0);
    dot_words(count, 16, a->x + tile * a->tile, t->wide + tile * 32, w + tile * 1024, sum);
  }
#pragma GCC unroll 8
  for (int r = 0; r < count; r++)
#pragma GCC unroll 8
    for (int i = 0; i < PARTS; i++)
      LOWPK_W(storeu)((lowpk_ints *)(void *)(sums + r * 16 + i * LOWPK_BYTES / 4), sum[r][i]);
}

/* The end of block b of a chunk: S = fma(f32(d), sx * sw, S). */
LOWPK_INLINE void end_block(int count, const some_rows *a, size_t b, const float *sw, unsigned sw_shift,
                            lowpk_ints sum[][PARTS], float *sums) {
  const float *x = a->sx + (b >> a->sx_shift) * a->sx_stride;
  lowpk_floats y[PARTS];
#pragma GCC unroll 8
  for (int i = 0; i < PARTS; i++) y[i] = LOWPK_V(loadu_ps)(sw + (b >> sw_shift) * 16 + i * LOWPK_BYTES / 4);
#pragma GCC unroll 8
  for (int r = 0; r < count; r++) {
    const lowpk_floats scale = LOWPK_V(set1_ps)(x[r]);
#pragma GCC unroll 8
    for (int i = 0; i < PARTS; i++) {
      float *s = sums + r * 16 + i * LOWPK_BYTES / 4;
      const lowpk_floats p = LOWPK_V(mul_ps)(scale, y[i]);
      LOWPK_V(storeu_ps)(s, LOWPK_V(fmadd_ps)(LOWPK_V(cvtepi32_ps)(sum[r][i]), p, LOWPK_V(loadu_ps)(s)));
    }
  }
}

/* The same for blocks of `block` k (constant). */
LOWPK_INLINE void block_rows(int count, size_t block, const state *t, const some_rows *a, const int8_t *w,
                             const float *sw, unsigned sw_shift, size_t k, float *sums) {
  for (size_t b = 0; b < k / block; b++) {
    lowpk_ints sum[MOST_ROWS][PARTS];
    const size_t k0 = b * block;
#pragma GCC unroll 8
    for (int r = 0; r < count; r++)
#pragma GCC unroll 8
      for (int i = 0; i < PARTS; i++)
#if defined(LOWPK_DPBUSD)
        sum[r][i] = LOWPK_V(set1_epi32)(a->start[(size_t)r * t->blocks + a->first_block + b]);
#else
        sum[r][i] = LOWPK_W(setzero)();
#endif
    for (size_t tile = k0 / 64; tile < (k0 + block + 63) / 64; tile++) {
      const size_t at = block < 64 ? k0 % 64 : 0;
      dot_words(count, (block < 64 ? block : 64) / 4, a->x + tile * a->tile + at, t->wide + tile * 32 + at / 2,
                w + tile * 1024 + at * 16, sum);
    }
    end_block(count, a, b, sw, sw_shift, sum, sums);
  }
}

/* One panel of a chunk times `count` rows. */
typedef struct weights {
  const int8_t *w;
  const float *sw;
  unsigned sw_shift;
  bool fetch;
} weights;

#if !defined(__AVX512BW__)
enum { MOST_WORDS = 16 }; /* of a part: what a tile of activations holds of a row */

/* The largest magnitude of the integers of an element (decode_int8.h). */
static int largest_integer(lowp_element element) {
  return element == LOWP_E2M1   ? 12
         : element == LOWP_INT4 ? 8
         : element == LOWP_S1P2 ? 28
         : element == LOWP_E2M3 ? 60
                                : 128;
}

/* What gcc 12 is kept from: adding up addresses. */
#define HIDDEN(p, q) __asm__("" : "+r"(p), "+r"(q))

#if !defined(LOWPK_DPBUSD)
#include "kernels/x86/gemm_int8_pairs_avx2.h"
#endif
#endif

LOWPK_INLINE void panel_rows(int count, const state *t, const some_rows *a, const weights *v, size_t k, float *sums) {
#if defined(LOWPK_X86_GEMM_INT8_PAIRS_AVX2_H)
  if (t->words) {
    pair_panel(count, t, a, v, k, sums);
    return;
  }
#endif
  if (t->rows) {
    whole_rows(count, t, a, v->w, k, v->fetch, sums);
    return;
  }
  switch (t->g->block) {
  case 16:
    block_rows(count, 16, t, a, v->w, v->sw, v->sw_shift, k, sums);
    break;
  case 32:
    block_rows(count, 32, t, a, v->w, v->sw, v->sw_shift, k, sums);
    break;
  case 64:
    block_rows(count, 64, t, a, v->w, v->sw, v->sw_shift, k, sums);
    break;
  default:
    block_rows(count, 128, t, a, v->w, v->sw, v->sw_shift, k, sums);
    break;
  }
}

static void rows1(const state *t, const some_rows *a, const weights *v, size_t k, float *s) {
  panel_rows(1, t, a, v, k, s);
}
static void rows2(const state *t, const some_rows *a, const weights *v, size_t k, float *s) {
  panel_rows(2, t, a, v, k, s);
}
static void rows4(const state *t, const some_rows *a, const weights *v, size_t k, float *s) {
  panel_rows(4, t, a, v, k, s);
}
#if defined(__AVX512BW__)
static void rows8(const state *t, const some_rows *a, const weights *v, size_t k, float *s) {
  panel_rows(8, t, a, v, k, s);
}
#else
#define rows8 rows4 /* never with 8 */
#endif

#if !defined(LOWPK_DPBUSD)
static void widen(const state *t, const some_rows *a, size_t count, size_t k) {
  for (size_t r = 0; r < count; r++)
    for (size_t j = 0; j < k; j += LOWPK_BYTES) {
      lowpk_ints v = LOWPK_W(loadu)((const lowpk_ints *)(const void *)(a->x + j / 64 * a->tile + r * 64 + j % 64));
      int16_t *to = t->wide + r * (CHUNK / 2) + j / 2;
      LOWPK_W(storeu)((lowpk_ints *)(void *)to, LOWPK_V(srai_epi16)(LOWPK_V(slli_epi16)(v, 8), 8));
      LOWPK_W(storeu)((lowpk_ints *)(void *)(to + MOST_ROWS * (CHUNK / 2)), LOWPK_V(srai_epi16)(v, 8));
    }
}
#endif

/* A chunk of up to four panels times all rows in hand. */
static void chunk_rows(const state *t, const weights v[PANELS], size_t panels, size_t k0, size_t k) {
  const lowpk_gemm *g = t->g;
  const size_t lhs_blocks = g->w->kp / g->lhs_block, rows = t->m1 - t->m0;
  some_rows a = {.sx = unscaled,
                 .sx_shift = g->lhs_scales ? 0 : NO_BLOCKS,
                 .first_block = t->rows ? 0 : k0 / (t->words ? t->words * 4 : g->block)};
  while (g->lhs_scales && g->block << a.sx_shift < g->lhs_block) a.sx_shift++;
  size_t count;
  for (size_t m = t->m0; m < t->m1; m += count) {
    const size_t i = m / LOWPK_MR, r = m % LOWPK_MR, h = least(LOWPK_MR, g->m - i * LOWPK_MR), left = h - r;
    count = left >= MOST_ROWS ? MOST_ROWS : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    a.x = (const int8_t *)g->lhs + i * LOWPK_MR * g->w->kp + k0 / 64 * h * 64 + r * 64;
    a.tile = h * 64;
    a.sx_stride = h;
    if (g->lhs_scales) a.sx = g->lhs_scales + i * LOWPK_MR * lhs_blocks + k0 / g->lhs_block * h + r;
    a.start = t->start + (m - t->m0) * t->blocks;
#if !defined(LOWPK_DPBUSD)
    if (!t->words) widen(t, &a, count, k);
#endif
    for (size_t p = 0; p < panels; p++) {
      float *sums = t->sums + (p * rows + m - t->m0) * LOWPK_NR;
      weights u = v[p];
      u.fetch &= m == t->m0;
      (count == 8 ? rows8 : count == 4 ? rows4 : count == 2 ? rows2 : rows1)(t, &a, &u, k, sums);
    }
  }
}

#if defined(LOWPK_DPBUSD)
/* The sum of row m of the activations over block b. */
static int32_t sum_of_block(const lowpk_gemm *g, size_t m, size_t block, size_t b) {
  const size_t i = m / LOWPK_MR, h = least(LOWPK_MR, g->m - i * LOWPK_MR), part = block < 64 ? block : 64;
  const int8_t *x = (const int8_t *)g->lhs + i * LOWPK_MR * g->w->kp + m % LOWPK_MR * 64;
  lowpk_ints s = LOWPK_W(setzero)();
  int32_t lanes[LOWPK_BYTES / 4], sum = 0;
  for (size_t k = b * block; k < (b + 1) * block; k += part) {
    for (size_t j = 0; j < part; j += LOWPK_BYTES) {
      const int8_t *from = x + k / 64 * h * 64 + k % 64 + j;
#if defined(__AVX512BW__)
      lowpk_ints v = _mm512_maskz_loadu_epi32((__mmask16)(part == 16 ? 0x000f : part == 32 ? 0x00ff : 0xffff), from);
#else
      lowpk_ints v = part == 16 ? _mm256_zextsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)from))
                                : _mm256_loadu_si256((const __m256i *)(const void *)from);
#endif
      s = LOWPK_DPBUSD(s, LOWPK_V(set1_epi8)(1), v);
    }
  }
  LOWPK_W(storeu)((lowpk_ints *)(void *)lanes, s);
  for (int l = 0; l < LOWPK_BYTES / 4; l++) sum += lanes[l];
  return sum;
}

static void find_starts(const state *t) {
  const size_t block = t->rows ? t->g->w->kp : t->words ? t->words * 4 : t->g->block;
  for (size_t m = t->m0; m < t->m1; m++)
    for (size_t b = 0; b < t->blocks; b++)
      t->start[(m - t->m0) * t->blocks + b] = (int32_t)((uint32_t)sum_of_block(t->g, m, block, b) * (0u - t->offset));
}
#endif

/* lowpk_finish_row() of all rows in hand. -2^31 stands for 2^31: of all integers it alone has its sign for its lowest bit. */
static void finish_rows(const state *t, size_t panel, float *sums) {
  const bool zeros = t->g->lhs_zero || t->g->w->zeros;
  for (size_t m = t->m0; m < t->m1; m++, sums += LOWPK_NR) {
    if (zeros) {
      lowpk_finish_row(t->g, panel, m, sums);
      continue;
    }
    for (int i = 0; i < PARTS; i++) {
      float *to = sums + i * LOWPK_BYTES / 4;
      const lowpk_ints d = lowpk_b_load(to), lowest = LOWPK_W(and)(d, LOWPK_V(sub_epi32)(LOWPK_W(setzero)(), d));
      const lowpk_ints sign = LOWPK_W(and)(lowest, LOWPK_V(set1_epi32)(INT32_MIN));
      LOWPK_V(storeu_ps)(to, (lowpk_floats)LOWPK_W(xor)((lowpk_ints)LOWPK_V(cvtepi32_ps)(d), sign));
    }
  }
}

static void store_panel(const state *t, size_t panel, const float *sums) {
#if defined(__AVX512BW__)
  const lowpk_store_avx512 to = lowpk_store_begin_avx512(t->g, panel);
  for (size_t m = t->m0; m < t->m1; m++, sums += LOWPK_NR) lowpk_store_row_avx512(t->g, &to, m, _mm512_loadu_ps(sums));
#else
  const lowpk_store_avx2 to = lowpk_store_begin_avx2(t->g, panel);
  for (size_t m = t->m0; m < t->m1; m++, sums += LOWPK_NR)
    lowpk_store_row_avx2(t->g, &to, m, _mm256_loadu_ps(sums), _mm256_loadu_ps(sums + 8));
#endif
}

/* Up to four panels over all k, for the rows in hand. */
static void some_panels(const state *t, size_t panel, size_t panels) {
  const lowpk_gemm *g = t->g;
  const lowpk_rhs *w = g->w;
  const size_t rows = t->m1 - t->m0, rhs_block = w->scheme->block_cols;
  const bool in_place = w->scheme->element == LOWP_INT8 && !rhs_block && !t->words;
  for (size_t p = 0; p < panels; p++)
    for (size_t m = 0; m < rows; m++)
      for (size_t lane = 0; lane < LOWPK_NR; lane++) {
        float *to = t->sums + (p * rows + m) * LOWPK_NR + lane;
#if defined(LOWPK_DPBUSD)
        if (t->rows)
          memcpy(to, t->start + m, sizeof *to);
        else
#endif
          *to = 0;
      }
  weights v[PANELS] = {{0}};
  unsigned shift = rhs_block ? 0 : NO_BLOCKS;
  while (rhs_block && g->block << shift < rhs_block) shift++;
  for (size_t k = 0; k < w->kp; k += CHUNK) {
    const size_t end = least(k + CHUNK, w->kp);
    for (size_t p = 0; p < panels; p++) {
      v[p] = (weights){t->integers + p * CHUNK * LOWPK_NR,
                       rhs_block ? t->scales + p * (CHUNK / 16) * LOWPK_NR : unscaled, shift, in_place};
      if (in_place)
        v[p].w = (const int8_t *)w->data + (panel + p) * w->panel_bytes + k * LOWPK_NR;
      else
        g->panel_int8(w, panel + p, k, end, t->integers + p * CHUNK * LOWPK_NR,
                      t->scales + p * (CHUNK / 16) * LOWPK_NR);
#if defined(LOWPK_X86_GEMM_INT8_PAIRS_AVX2_H)
      if (t->words) add_offset(t->offset, t->integers + p * CHUNK * LOWPK_NR, end - k);
#endif
    }
    chunk_rows(t, v, panels, k, end - k);
  }
  for (size_t p = 0; p < panels; p++) {
    float *sums = t->sums + p * rows * LOWPK_NR;
    if (t->rows) finish_rows(t, panel + p, sums);
    store_panel(t, panel + p, sums);
  }
}

#if defined(LOWPK_DPBUSD) && defined(__AVX512VBMI__)
#include "kernels/x86/gemm_int8_few.h"
#elif !defined(__AVX512BW__)
#include "kernels/x86/gemm_int8_few_avx2.h"
#endif

#if defined(LOWPK_X86_GEMM_INT8_FEW_AVX2_H)
/* Words of a part; returned: of a part of weights that few() decodes in registers, else 0. */
static size_t find_words(state *t) {
#if defined(LOWPK_DPBUSD)
  t->words = MOST_WORDS; /* sums have 32 bits */
  const bool few_alone = true;
#else
  if (!t->rows) t->words = words_of_part(t->g->w->scheme->element, t->g->lhs_element, t->g->block);
  const bool few_alone = t->g->m < 4; /* fewer rows do not pay for offsets */
#endif
  const size_t in_registers = few_has(t);
  if (in_registers || few_alone) t->words = in_registers;
  return in_registers;
}
#endif

#if defined(LOWPK_X86_GEMM_INT8_PAIRS_AVX2_H)
int lowpk_has_pairs_avx2(const lowpk_gemm *g) {
  state t = {.g = g, .rows = !g->lhs_scales && !g->w->scheme->block_cols};
  find_words(&t);
  return t.words != 0;
}
#endif

void LOWPK_GEMM_INT8(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  state t = {.g = g, .rows = !g->lhs_scales && !g->w->scheme->block_cols, .offset = 128};
  if (!t.rows && (g->lhs_zero || g->w->zeros)) { /* a row that is one block has zero points: hardly ever */
    lowpk_gemm_int8_generic(g, panel0, panel1, scratch);
    return;
  }
#if defined(LOWPK_X86_GEMM_INT8_FEW_H)
  if (few_has(g)) {
    few(g, panel0, panel1, scratch);
    return;
  }
#endif
#if defined(__AVX512BW__) && !defined(LOWPK_DPBUSD) && LOWP_HAVE_AVX2
  if (lowpk_has_pairs_avx2(g)) {
    lowpk_gemm_int8_avx2(g, panel0, panel1, scratch);
    return;
  }
#endif
  t.blocks = t.rows ? 1 : g->w->kp / g->block;
#if defined(LOWPK_X86_GEMM_INT8_FEW_AVX2_H)
  const size_t in_registers = find_words(&t);
  if (t.words) t.blocks = g->w->kp / (t.words * 4), t.offset = (unsigned)largest_integer(g->w->scheme->element);
#endif
  char *p = scratch;
  t.integers = (int8_t *)p, p += PANELS * CHUNK * LOWPK_NR;
  t.scales = (float *)(void *)p, p += PANELS * (CHUNK / 16) * LOWPK_NR * sizeof(float);
  t.wide = (int16_t *)(void *)p, p += 2 * MOST_ROWS * (CHUNK / 2) * sizeof(int16_t);
  /* As many rows as leave room for their sums and starts: all of them, unless k is tens of thousands. */
  const size_t room = lowpk_gemm_scratch(g->m) - (size_t)(p - (char *)scratch);
  const size_t row = PANELS * LOWPK_NR * sizeof(float) + t.blocks * sizeof(int32_t);
  const size_t most = room / row > LOWPK_MR ? room / row / LOWPK_MR * LOWPK_MR : 1;
  t.sums = (float *)(void *)p;
  for (t.m0 = 0; t.m0 < g->m; t.m0 = t.m1) {
    t.m1 = least(t.m0 + most, g->m);
    t.start = (int32_t *)(void *)(t.sums + PANELS * (t.m1 - t.m0) * LOWPK_NR);
#if defined(LOWPK_DPBUSD)
    find_starts(&t);
#elif defined(LOWPK_X86_GEMM_INT8_PAIRS_AVX2_H)
    if (t.words) find_pair_starts(&t);
#endif
#if defined(LOWPK_X86_GEMM_INT8_FEW_AVX2_H)
    if (in_registers) {
      few(&t, panel0, panel1);
      continue;
    }
#endif
    for (size_t panel = panel0; panel < panel1; panel += PANELS) some_panels(&t, panel, least(PANELS, panel1 - panel));
  }
}

#endif
