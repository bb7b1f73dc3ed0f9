/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8_amx.h: the innermost loops of gemm_int8_amx.c. All tiles have 16 rows. Sums of a 16 x 16 tile wait in
 * memory between chunks of k, as 16 rows of 64 bytes.
 */
#ifndef LOWPK_GEMM_INT8_AMX_H
#define LOWPK_GEMM_INT8_AMX_H

#include "kernels/kernel.h"
#include "kernels/x86/amx.h"
#include <immintrin.h>
#include <stdbool.h>

enum { LOWPK_TILE = 1024, LOWPK_ROW = 64 }; /* bytes of a full tile, of its row */

/* Tiles 0..3 are sums, 4 and 5 activations, 6 and 7 weights; K bytes of k a tile. */
#define LOWPK_CONFIG_INT8(K) \
  { \
    .palette = 1, .colsb = {64, 64, 64, 64, K, K, 64, 64}, .rows = { 16, 16, 16, 16, 16, 16, (K) / 4, (K) / 4 } \
  }
static const lowpk_tile_config config64 = LOWPK_CONFIG_INT8(64), config32 = LOWPK_CONFIG_INT8(32),
                               config16 = LOWPK_CONFIG_INT8(16);

/* Two stretches of memory that the next loops will read, fetched into L2 along with the present ones. */
typedef struct ahead {
  const uint8_t *from[2];
  size_t bytes[2], lines[2]; /* what is left; lines in one step of a loop */
  ptrdiff_t lhs;             /* from a tile of activations to lines of another, one chunk of k on; 0: none */
  size_t lhs_lines;
} ahead;

static inline __attribute__((always_inline)) void fetch(ahead *f) {
  for (int i = 0; i < 2; i++) {
    if (f->bytes[i] == 0) continue;
    for (size_t l = 0; l < f->lines[i]; l++) _mm_prefetch((const char *)f->from[i] + 64 * l, _MM_HINT_T1);
    f->from[i] += 64 * f->lines[i];
    f->bytes[i] -= f->bytes[i] < 64 * f->lines[i] ? f->bytes[i] : 64 * f->lines[i];
  }
}
static inline void fetch_lhs(const ahead *f, const uint8_t *tile) {
  for (size_t l = 0; l < f->lhs_lines; l++) _mm_prefetch((const char *)tile + f->lhs + 64 * l, _MM_HINT_T1);
}

/* One product of tiles in a loop over k: what is multiplied, and how it lies in memory. */
typedef enum kind {
  INT8_64, /* 64 k of int8 */
  BF16_32, /* 32 k of bf16 */
  BF16_16  /* 16 k of bf16, the halves of activation tiles of 32 */
} kind;

static inline size_t lhs_offset(kind what, size_t t) {
  return what == BF16_16 ? t / 2 * LOWPK_TILE + t % 2 * 32 : t * LOWPK_TILE;
}

/*
 * steps products of 16 ma x 16 nb sums (ma, nb: 1 or 2), which begin at zero or where they were. a1, b1, s[..] of what
 * is not there are not looked at; s[2 i + j]: sums of rows i and columns j. They stay in the tiles; what the tiles held
 * goes to `before` (NULL: nowhere). So the stores, which wait for the last products, stand between the first products
 * of the next sums: 58 % of the peak became 65 in a loop of 8 steps.
 *
 * Activations pass by once for each pair of panels, and are loaded with the hint that says so: they do not displace the
 * weights from L1 (54 % became 65 in a loop of 16 steps).
 */
#define EACH(DO) \
  do { \
    DO(0, 4, 6); \
    if (nb > 1) DO(1, 4, 7); \
    if (ma > 1) DO(2, 5, 6); \
    if (ma > 1 && nb > 1) DO(3, 5, 7); \
  } while (0)
#define STORE(c, a, b) LOWPK_TILE_STORE(c, s[c], LOWPK_ROW)
static inline __attribute__((always_inline)) void products(kind what, int ma, int nb, const uint8_t *a0,
                                                           const uint8_t *a1, const uint8_t *b0, const uint8_t *b1,
                                                           size_t steps, bool first, uint8_t *const s[4],
                                                           uint8_t *const before[4], ahead *f) {
#define OPERANDS(t) \
  do { \
    size_t a = lhs_offset(what, t), b = (t) * (what == BF16_16 ? LOWPK_TILE / 2 : LOWPK_TILE); \
    LOWPK_TILE_LOAD(6, b0 + b, LOWPK_ROW); \
    LOWPK_TILE_LOAD_ONCE(4, a0 + a, LOWPK_ROW); \
    if (nb > 1) LOWPK_TILE_LOAD(7, b1 + b, LOWPK_ROW); \
    if (ma > 1) LOWPK_TILE_LOAD_ONCE(5, a1 + a, LOWPK_ROW); \
  } while (0)
#define DOT(c, a, b) \
  do { \
    if (what == INT8_64) \
      LOWPK_TILE_DOT_S8S8(c, a, b); \
    else \
      LOWPK_TILE_DOT_BF16(c, a, b); \
  } while (0)
#define BEGIN(c, a, b) \
  do { \
    if (before) LOWPK_TILE_STORE(c, before[c], LOWPK_ROW); \
    if (first) \
      LOWPK_TILE_ZERO(c); \
    else \
      LOWPK_TILE_LOAD(c, s[c], LOWPK_ROW); \
    DOT(c, a, b); \
  } while (0)
  OPERANDS(0);
  EACH(BEGIN);
  fetch(f);
  for (size_t t = 1; t < steps; t++) {
    OPERANDS(t);
    EACH(DOT);
    fetch(f);
    if (f->lhs_lines) {
      fetch_lhs(f, a0 + lhs_offset(what, t));
      if (ma > 1) fetch_lhs(f, a1 + lhs_offset(what, t));
    }
  }
#undef OPERANDS
#undef DOT
#undef BEGIN
}

static inline void store_tiles(int ma, int nb, uint8_t *const s[4]) { EACH(STORE); }
#undef EACH
#undef STORE

/*
 * Blocks of k with an integer dot each: the tile of dots goes through memory into vectors, where S = fma(f32(d), sx *
 * sw, S). Tile loads, tile stores and vectors do not overlap, in whatever order they stand: alone they take 16, 16 and 22
 * cycles a block of 64, together 54 to 60. Only the products, 16 cycles, hide behind them. So nothing waits: the store of
 * block t - 1 and the vectors of t - 2 follow the products of t. And nothing else is in the loop: scales of all blocks lie
 * side by side (77 cycles became 62 when shifts and strides left it).
 *
 * block: 16, 32, 64 or 128; a: activation tiles of 64 k; sx, sw: 16 scales for each block; buffer: 2 tiles.
 * s: [16][16] floats, which begin at zero or where they were.
 */
static inline __attribute__((always_inline)) void integer_blocks(size_t block, const uint8_t *a, const uint8_t *b,
                                                                 size_t blocks, const float *sx, const float *sw,
                                                                 bool first, float *s, int32_t *buffer) {
  __m512 sum[16];
#pragma GCC unroll 16
  for (int r = 0; r < 16; r++) sum[r] = first ? _mm512_setzero_ps() : _mm512_load_ps(s + 16 * r);
#define DOTS(c, ta, tb, t) \
  do { \
    LOWPK_TILE_ZERO(c); \
    LOWPK_TILE_LOAD(ta, a + (t)*block / 64 * LOWPK_TILE + (t)*block % 64, LOWPK_ROW); \
    LOWPK_TILE_LOAD(tb, b + (t)*block * LOWPK_NR, LOWPK_ROW); \
    LOWPK_TILE_DOT_S8S8(c, ta, tb); \
    if (block == 128) { \
      LOWPK_TILE_LOAD(ta, a + ((t)*2 + 1) * LOWPK_TILE, LOWPK_ROW); \
      LOWPK_TILE_LOAD(tb, b + ((t)*2 + 1) * LOWPK_TILE, LOWPK_ROW); \
      LOWPK_TILE_DOT_S8S8(c, ta, tb); \
    } \
  } while (0)
#define SAVE(c) LOWPK_TILE_STORE(c, buffer + (c)*256, LOWPK_ROW)
#define VECTORS(c, t) \
  do { \
    const float *x = sx + (t)*LOWPK_MR; \
    const __m512 w = _mm512_load_ps(sw + (t)*LOWPK_NR); \
    _Pragma("GCC unroll 16") for (int r = 0; r < 16; r++) { \
      const __m512 p = _mm512_mul_ps(_mm512_set1_ps(x[r]), w); \
      sum[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_load_si512(buffer + (c)*256 + 16 * r)), p, sum[r]); \
    } \
  } while (0)
  size_t t = 0;
  if (blocks >= 2) {
    DOTS(0, 4, 6, 0);
    DOTS(1, 5, 7, 1);
    SAVE(0);
    for (t = 2; t + 1 < blocks; t += 2) {
      DOTS(0, 4, 6, t);
      SAVE(1);
      VECTORS(0, t - 2);
      DOTS(1, 5, 7, t + 1);
      SAVE(0);
      VECTORS(1, t - 1);
    }
    SAVE(1);
    VECTORS(0, t - 2);
    VECTORS(1, t - 1);
  }
  if (t < blocks) { /* of 128, an odd number */
    DOTS(0, 4, 6, t);
    SAVE(0);
    VECTORS(0, t);
  }
#pragma GCC unroll 16
  for (int r = 0; r < 16; r++) _mm512_store_ps(s + 16 * r, sum[r]);
#undef DOTS
#undef SAVE
#undef VECTORS
}

#endif
