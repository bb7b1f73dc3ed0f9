/* SPDX-License-Identifier: Apache-2.0 */
/* scales.c: the block scales of a panel, from rows to lanes and back. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"
#include "kernels/simd/unroll.h"

/* Scales of a step; size, and most often count, are constants where this is inlined. */
static inline void pack_each(const uint8_t *scales, size_t stride, size_t rows, size_t count, size_t size,
                             uint8_t *out) {
  for (size_t r = 0; r < rows; r++)
    for (size_t b = 0; b < count; b++) memcpy(out + (b * LOWPK_NR + r) * size, scales + r * stride + b * size, size);
}

static void pack_step(const uint8_t *scales, size_t stride, size_t rows, size_t count, size_t size, uint8_t *out) {
  switch (size) {
  case 1:
    if (count == 4)
      pack_each(scales, stride, rows, 4, 1, out);
    else if (count == 8)
      pack_each(scales, stride, rows, 8, 1, out);
    else
      pack_each(scales, stride, rows, count, 1, out);
    break;
  case 2:
    pack_each(scales, stride, rows, count, 2, out);
    break;
  default:
    pack_each(scales, stride, rows, count, 4, out);
    break;
  }
}

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define HAVE_ZIP 1
#endif
#endif

#ifdef HAVE_ZIP
enum { WIDE = 16 }; /* bytes of a row, and rows */
typedef uint8_t lanes8 __attribute__((vector_size(WIDE)));
typedef uint16_t lanes16 __attribute__((vector_size(WIDE)));
typedef uint32_t lanes32 __attribute__((vector_size(WIDE)));

/*
 * Scales of 16 rows and 16 bytes of each change places. Of the place of a scale, its row and then its block, a round makes the highest
 * bit the lowest: after four of them the row is what it ends with, and after as many as a block has bits the block.
 */
#define ROUNDS(count, lanes, LOW, HIGH) \
  do { \
    for (int round = 0; round < (count); round++) { \
      lanes8 from[WIDE]; \
      memcpy(from, v, sizeof from); \
      VEC_UNROLL \
      for (size_t i = 0; i < WIDE / 2; i++) { \
        const lanes a = (lanes)from[i], b = (lanes)from[WIDE / 2 + i]; \
        v[2 * i] = (lanes8)__builtin_shufflevector(a, b, LOW); \
        v[2 * i + 1] = (lanes8)__builtin_shufflevector(a, b, HIGH); \
      } \
    } \
  } while (0)
#define LOW8 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH8 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define LOW16 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH16 4, 12, 5, 13, 6, 14, 7, 15
#define LOW32 0, 4, 1, 5
#define HIGH32 2, 6, 3, 7

static void turn(size_t size, bool back, lanes8 v[WIDE]) {
  if (size == 1)
    ROUNDS(4, lanes8, LOW8, HIGH8);
  else if (size == 2)
    ROUNDS(back ? 3 : 4, lanes16, LOW16, HIGH16);
  else
    ROUNDS(back ? 2 : 4, lanes32, LOW32, HIGH32);
}
#endif

size_t lowpi_pack_scales(const lowp_gemm_plan *plan, const lowp_qtensor *w, size_t scale_cols, size_t row0, size_t rows,
                         size_t step, uint8_t *out) {
  const lowp_scheme_info *s = plan->rhs;
  const size_t size = s->scale_bytes, count = LOWPK_STEP / s->block_cols, first = step * count;
  const size_t full = count * LOWPK_NR * size, left = first < scale_cols ? scale_cols - first : 0;
  const size_t there = left < count ? left : count;
  const size_t stride = s->block_rows == 1 ? w->scales_stride : 0; /* 128 rows: all of a panel */
  const uint8_t *scales = lowpi_scales_at(w, s, row0) + first * size;
#ifdef HAVE_ZIP
  if (rows == LOWPK_NR && full >= 64 && left * size >= WIDE) {
    lanes8 v[WIDE];
    for (size_t r = 0; r < WIDE; r++) memcpy(&v[r], scales + r * stride, WIDE);
    turn(size, false, v);
    for (size_t at = 0; at < sizeof v; at += full, out += plan->blob.step_bytes) memcpy(out, (uint8_t *)v + at, full);
    return sizeof v / full;
  }
#endif
  if (rows < LOWPK_NR || there < count || full < plan->blob.step_scale_bytes)
    memset(out, 0, plan->blob.step_scale_bytes);
  pack_step(scales, stride, rows, there, size, out);
  return 1;
}

size_t lowpi_unpack_scales(const lowp_gemm_plan *plan, lowp_qtensor *w, size_t scale_cols, size_t row0, size_t rows,
                           size_t step, const uint8_t *in) {
  const lowp_scheme_info *s = plan->rhs;
  const size_t size = s->scale_bytes, count = LOWPK_STEP / s->block_cols, first = step * count;
  const size_t full = count * LOWPK_NR * size, left = first < scale_cols ? scale_cols - first : 0;
  const size_t there = left < count ? left : count;
#ifdef HAVE_ZIP
  if (rows == LOWPK_NR && s->block_rows == 1 && full >= 64 && left * size >= WIDE) {
    lanes8 v[WIDE];
    uint8_t *scales = (uint8_t *)lowpi_scales_at(w, s, row0) + first * size;
    for (size_t at = 0; at < sizeof v; at += full, in += plan->blob.step_bytes) memcpy((uint8_t *)v + at, in, full);
    turn(size, true, v);
    for (size_t r = 0; r < WIDE; r++) memcpy(scales + r * w->scales_stride, &v[r], WIDE);
    return sizeof v / full;
  }
#endif
  for (size_t r = 0; r < rows; r++) {
    if ((row0 + r) % s->block_rows) continue; /* those of the first of the rows that share them */
    uint8_t *scales = (uint8_t *)lowpi_scales_at(w, s, row0 + r) + first * size;
    for (size_t b = 0; b < there; b++) memcpy(scales + b * size, in + (b * LOWPK_NR + r) * size, size);
  }
  return 1;
}
