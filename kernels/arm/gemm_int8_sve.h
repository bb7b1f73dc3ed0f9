/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8_sve.h: the tile of gemm_int8.h for SVE vectors of any length: as many of the 16 lanes at a time as a vector
 * holds (four to sixteen; what a longer one has besides is idle), times up to eight rows. Vectors cannot be in arrays:
 * EACH(X) writes X(0) to X(7), of which the constant `rows` keeps its own.
 *
 *   SDOT   four bytes of a row, the same in every segment of 128 bits, by index
 *   SMMLA  with LOWPK_ARRANGE, for integers that gemm_int8_arrange.h has arranged
 */
#include "kernels/arm/gemm_int8.h"
#include "kernels/arm/sve.h"

enum { TILE_ROWS = 8 };
#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define PAIRS(X) X(0, 0, 1) X(1, 2, 3) X(2, 4, 5) X(3, 6, 7)

/* After a block: S = fma(f32(d), sx * sw, S). */
LOWPK_INLINE svfloat32_t end_block(svbool_t p, const int8_work *t, size_t b, size_t r, svfloat32_t y, svint32_t d,
                                   svfloat32_t total) {
  const float scale = t->sx ? t->sx[(b >> t->sx_shift) * t->sx_stride + r] : 1.0f;
  return svmla_f32_x(p, total, svcvt_f32_s32_x(p, d), svmul_n_f32_x(p, y, scale));
}
LOWPK_INLINE svfloat32_t rhs_scales(svbool_t p, const int8_work *t, size_t b, size_t lane) {
  return t->sw ? svld1_f32(p, t->sw + (b >> t->sw_shift) * LOWPK_NR + lane) : svdup_n_f32(1.0f);
}
/* Integers go on in the sums of a row that is one block; `whole` is a constant. */
LOWPK_INLINE void store_sums(svbool_t p, const bool whole, float *to, svfloat32_t total, svint32_t d) {
  svst1_f32(p, to, whole ? svreinterpret_f32_s32(svadd_s32_x(p, svreinterpret_s32_f32(total), d)) : total);
}

/* Lanes from `lane` on. */
LOWPK_INLINE void some_lanes(const size_t rows, const bool whole, const bool nibbles, const int8_work *t, size_t lane) {
  const svbool_t p = svwhilelt_b32_u64(lane, LOWPK_NR), bytes = svwhilelt_b8_u64(lane * 4, LOWPK_NR * 4),
                 all = svptrue_b8();
  const svint8_t table = nibbles ? svld1rq_s8(all, t->table) : svdup_n_s8(0);
#define BEGIN(i) \
  svint32_t s##i = svdup_n_s32(0); \
  svfloat32_t t##i = rows > i ? svld1_f32(p, t->sums + i * LOWPK_NR + lane) : svdup_n_f32(0);
  EACH(BEGIN)
#undef BEGIN
  size_t b = 0;
  for (size_t step = 0; step < t->steps; step++) {
    const uint8_t *w = t->w + step * t->w_stride + lane * 4;
    const int8_t *x = t->x + step * 2 * t->x_tile;
    for (size_t k = 0; k < LOWPK_STEP; b++) {
      const size_t end = k + t->block;
      for (; k < end; k += 16, w += nibbles ? 128 : 256) {
        const int8_t *from = x + k / 64 * t->x_tile + k % 64;
        svint8_t w0, w1, w2, w3;
        if (nibbles) {
          const svuint8_t c0 = svld1_u8(bytes, w), c1 = svld1_u8(bytes, w + 64);
          w0 = svtbl_s8(table, svand_n_u8_x(all, c0, 15)), w1 = svtbl_s8(table, svlsr_n_u8_x(all, c0, 4));
          w2 = svtbl_s8(table, svand_n_u8_x(all, c1, 15)), w3 = svtbl_s8(table, svlsr_n_u8_x(all, c1, 4));
        } else {
          w0 = svld1_s8(bytes, (const int8_t *)w), w1 = svld1_s8(bytes, (const int8_t *)w + 64);
          w2 = svld1_s8(bytes, (const int8_t *)w + 128), w3 = svld1_s8(bytes, (const int8_t *)w + 192);
        }
#define DOTS(i) \
  if (rows > i) { \
    svint8_t v = svld1rq_s8(all, from + i * 64); \
    LOWPK_SVE_INDEXED(v); \
    s##i = svdot_lane_s32(s##i, w0, v, 0); \
    s##i = svdot_lane_s32(s##i, w1, v, 1); \
    s##i = svdot_lane_s32(s##i, w2, v, 2); \
    s##i = svdot_lane_s32(s##i, w3, v, 3); \
  }
        EACH(DOTS)
#undef DOTS
      }
      if (whole) continue;
      const svfloat32_t y = rhs_scales(p, t, b, lane);
#define END(i) \
  if (rows > i) t##i = end_block(p, t, b, i, y, s##i, t##i), s##i = svdup_n_s32(0);
      EACH(END)
#undef END
    }
  }
#define STORE(i) \
  if (rows > i) store_sums(p, whole, t->sums + i * LOWPK_NR + lane, t##i, s##i);
  EACH(STORE)
#undef STORE
}

#if defined(LOWPK_ARRANGE)
LOWPK_INLINE svint64_t as_64(svint32_t v) { return svreinterpret_s64_s32(v); }

/*
 * Rows in pairs, row 2 i and row 2 i + 1: a##i sums lanes 0, 1 of each segment's four and both rows, b##i lanes 2, 3. A
 * last odd row is its own partner.
 */
LOWPK_INLINE void matrix_lanes(const size_t rows, const bool whole, const int8_work *t, size_t lane) {
  const svbool_t p = svwhilelt_b32_u64(lane, LOWPK_NR), bytes = svwhilelt_b8_u64(lane * 4, LOWPK_NR * 4),
                 all = svptrue_b8();
#define BEGIN(i) svfloat32_t t##i = rows > i ? svld1_f32(p, t->sums + i * LOWPK_NR + lane) : svdup_n_f32(0);
  EACH(BEGIN)
#undef BEGIN
#define BEGIN(i, r, q) svint32_t a##i = svdup_n_s32(0), b##i = svdup_n_s32(0);
  PAIRS(BEGIN)
#undef BEGIN
  size_t b = 0;
  for (size_t step = 0; step < t->steps; step++) {
    const uint8_t *w = t->w + step * t->w_stride + lane * 4;
    const int8_t *x = t->x + step * 2 * t->x_tile;
    for (size_t k = 0; k < LOWPK_STEP; b++) {
      const size_t end = k + t->block;
      for (; k < end; k += 16, w += 256) {
        const int8_t *from = x + k / 64 * t->x_tile + k % 64;
        const svint8_t w0 = svld1_s8(bytes, (const int8_t *)w), w1 = svld1_s8(bytes, (const int8_t *)w + 64);
        const svint8_t w2 = svld1_s8(bytes, (const int8_t *)w + 128), w3 = svld1_s8(bytes, (const int8_t *)w + 192);
#define PRODUCTS(i, r, q) \
  if (rows > r) { \
    const svint64_t u = svreinterpret_s64_s8(svld1rq_s8(all, from + r * 64)); \
    const svint64_t v = svreinterpret_s64_s8(svld1rq_s8(all, from + (rows > q ? q : r) * 64)); \
    const svint8_t low = svreinterpret_s8_s64(svtrn1_s64(u, v)), high = svreinterpret_s8_s64(svtrn2_s64(u, v)); \
    a##i = svmmla_s32(a##i, low, w0), b##i = svmmla_s32(b##i, low, w1); \
    a##i = svmmla_s32(a##i, high, w2), b##i = svmmla_s32(b##i, high, w3); \
  }
        PAIRS(PRODUCTS)
#undef PRODUCTS
      }
      if (whole) continue;
      const svfloat32_t y = rhs_scales(p, t, b, lane);
#define FIRST(i) svreinterpret_s32_s64(svtrn1_s64(as_64(a##i), as_64(b##i)))
#define SECOND(i) svreinterpret_s32_s64(svtrn2_s64(as_64(a##i), as_64(b##i)))
#define END(i, r, q) \
  if (rows > r) t##r = end_block(p, t, b, r, y, FIRST(i), t##r); \
  if (rows > q) t##q = end_block(p, t, b, q, y, SECOND(i), t##q); \
  a##i = svdup_n_s32(0), b##i = svdup_n_s32(0);
      PAIRS(END)
#undef END
    }
  }
#define STORE(i, r, q) \
  if (rows > r) store_sums(p, whole, t->sums + r * LOWPK_NR + lane, t##r, FIRST(i)); \
  if (rows > q) store_sums(p, whole, t->sums + q * LOWPK_NR + lane, t##q, SECOND(i));
  PAIRS(STORE)
#undef STORE
}
#endif

/* Constants, all of them, in each of these. */
LOWPK_INLINE void rows_of(const size_t rows, const int8_work *t) {
  for (size_t lane = 0; lane < LOWPK_NR; lane += svcntw()) {
#if defined(LOWPK_ARRANGE)
    if (t->arranged && t->rows)
      matrix_lanes(rows, true, t, lane);
    else if (t->arranged)
      matrix_lanes(rows, false, t, lane);
    else
#endif
        if (t->rows)
      some_lanes(rows, true, false, t, lane);
    else if (t->table)
      some_lanes(rows, false, true, t, lane);
    else
      some_lanes(rows, false, false, t, lane);
  }
}

#define ROWS(i) \
  static void rows##i(const int8_work *t) { rows_of(i + 1, t); }
EACH(ROWS)
#undef ROWS

static void int8_tile(size_t rows, const int8_work *t) {
  static void (*const tile[TILE_ROWS])(const int8_work *) = {rows0, rows1, rows2, rows3, rows4, rows5, rows6, rows7};
  tile[rows - 1](t);
}
