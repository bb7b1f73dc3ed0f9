/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_bf16_svei8mm.c: BFMMLA and, for one row, BFDOT of SVE, with vectors of any length: as many of the 16 lanes at a
 * time as a vector holds. The arithmetic is that of gemm_bf16_armbf16.c, and so is the model. Vectors cannot be in
 * arrays: PAIRS writes each.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/arm/gemm_bf16.h"
#include "kernels/arm/sve.h"

#define PAIRS(X) X(0, 0, 1) X(1, 2, 3) X(2, 4, 5) X(3, 6, 7)

static inline __attribute__((always_inline)) svfloat32_t first_of(svfloat32_t a, svfloat32_t b) {
  return svreinterpret_f32_u64(svtrn1_u64(svreinterpret_u64_f32(a), svreinterpret_u64_f32(b)));
}
static inline __attribute__((always_inline)) svfloat32_t second_of(svfloat32_t a, svfloat32_t b) {
  return svreinterpret_f32_u64(svtrn2_u64(svreinterpret_u64_f32(a), svreinterpret_u64_f32(b)));
}

/*
 * `rows`, a constant, in pairs, row 2 i and row 2 i + 1: a##i sums lanes 0, 1 of each segment's four and both rows,
 * b##i lanes 2, 3. A last odd row is its own partner. The two exchange halves at the beginning and at the end.
 */
static inline __attribute__((always_inline)) void matrix(const size_t rows, size_t k, const uint16_t *x, size_t tile,
                                                         const uint16_t *w, float *sums, size_t lane) {
  const svbool_t p = svwhilelt_b32_u64(lane, LOWPK_NR), halves = svwhilelt_b16_u64(lane * 2, LOWPK_NR * 2),
                 all = svptrue_b16();
#define BEGIN(i, r, q) \
  const svfloat32_t c##i = svld1_f32(p, sums + (rows > r ? r : 0) * LOWPK_NR + lane); \
  const svfloat32_t d##i = svld1_f32(p, sums + (rows > q ? q : rows > r ? r : 0) * LOWPK_NR + lane); \
  svfloat32_t a##i = first_of(c##i, d##i), b##i = second_of(c##i, d##i);
  PAIRS(BEGIN)
#undef BEGIN
  for (size_t i = 0; i < k; i += 8) {
    const uint16_t *from = x + i / 32 * tile + i % 32, *words = w + i * LOWPK_NR + lane * 2;
    const svbfloat16_t w0 = svreinterpret_bf16_u16(svld1_u16(halves, words));
    const svbfloat16_t w1 = svreinterpret_bf16_u16(svld1_u16(halves, words + 32));
    const svbfloat16_t w2 = svreinterpret_bf16_u16(svld1_u16(halves, words + 64));
    const svbfloat16_t w3 = svreinterpret_bf16_u16(svld1_u16(halves, words + 96));
#define PRODUCTS(i, r, q) \
  if (rows > r) { \
    const svuint64_t u = svreinterpret_u64_u16(svld1rq_u16(all, from + r * 32)); \
    const svuint64_t v = svreinterpret_u64_u16(svld1rq_u16(all, from + (rows > q ? q : r) * 32)); \
    const svbfloat16_t low = svreinterpret_bf16_u64(svtrn1_u64(u, v)), \
                       high = svreinterpret_bf16_u64(svtrn2_u64(u, v)); \
    a##i = svbfmmla_f32(a##i, low, w0), b##i = svbfmmla_f32(b##i, low, w1); \
    a##i = svbfmmla_f32(a##i, high, w2), b##i = svbfmmla_f32(b##i, high, w3); \
  }
    PAIRS(PRODUCTS)
#undef PRODUCTS
  }
#define STORE(i, r, q) \
  if (rows > r) svst1_f32(p, sums + r * LOWPK_NR + lane, first_of(a##i, b##i)); \
  if (rows > q) svst1_f32(p, sums + q * LOWPK_NR + lane, second_of(a##i, b##i));
  PAIRS(STORE)
#undef STORE
}

#define ROWS(count) \
  static void rows##count(size_t k, const uint16_t *x, size_t tile, const uint16_t *w, float *sums) { \
    for (size_t lane = 0; lane < LOWPK_NR; lane += svcntw()) matrix(count, k, x, tile, w, sums, lane); \
  }
ROWS(1)
ROWS(2)
ROWS(3)
ROWS(4)
ROWS(5)
ROWS(6)
ROWS(7)
ROWS(8)
#undef ROWS

/* One row times weights that are not arranged: pairs by index. */
static void one_row(size_t k, const uint16_t *x, size_t tile, const uint16_t *w, float *sums) {
  for (size_t lane = 0; lane < LOWPK_NR; lane += svcntw()) {
    const svbool_t p = svwhilelt_b32_u64(lane, LOWPK_NR), halves = svwhilelt_b16_u64(lane * 2, LOWPK_NR * 2);
    svfloat32_t s = svld1_f32(p, sums + lane);
    for (size_t i = 0; i < k; i += 8) {
      svbfloat16_t a = svreinterpret_bf16_u16(svld1rq_u16(svptrue_b16(), x + i / 32 * tile + i % 32));
      LOWPK_SVE_INDEXED(a);
#define DOT(pair) \
  s = svbfdot_lane_f32(s, svreinterpret_bf16_u16(svld1_u16(halves, w + i * LOWPK_NR + (pair)*32 + lane * 2)), a, pair);
      DOT(0)
      DOT(1)
      DOT(2)
      DOT(3)
#undef DOT
    }
    svst1_f32(p, sums + lane, s);
  }
}

static lowpk_gemm_fn longer;
#define LOWPK_GEMM_BF16 longer
#include "kernels/arm/gemm_bf16_loops.h"

/*
 * With vectors of 128 bits NEON has the same instruction and a tile of twice the lanes: 78 instructions for what takes
 * 104.
 */
void lowpk_gemm_bf16_svei8mm(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
#if LOWP_HAVE_ARMBF16
  if (svcntb() == 16) {
    lowpk_gemm_bf16_armbf16(g, panel0, panel1, scratch);
    return;
  }
#endif
  longer(g, panel0, panel1, scratch);
}
