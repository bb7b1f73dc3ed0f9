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

/* Scales of `size` bytes, a constant, in turn: the lower halves of a and b, or the upper ones. */
static inline __attribute__((always_inline)) lanes8 zip_low(size_t size, lanes8 a, lanes8 b) {
  if (size == 1) return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  if (size == 2) return (lanes8)__builtin_shufflevector((lanes16)a, (lanes16)b, 0, 8, 1, 9, 2, 10, 3, 11);
  return (lanes8)__builtin_shufflevector((lanes32)a, (lanes32)b, 0, 4, 1, 5);
}
static inline __attribute__((always_inline)) lanes8 zip_high(size_t size, lanes8 a, lanes8 b) {
  if (size == 1) return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  if (size == 2) return (lanes8)__builtin_shufflevector((lanes16)a, (lanes16)b, 4, 12, 5, 13, 6, 14, 7, 15);
  return (lanes8)__builtin_shufflevector((lanes32)a, (lanes32)b, 2, 6, 3, 7);
}

/*
 * Scales of 16 rows and 16 bytes of each change places. Of the place of a scale, its row and then its block, a round makes the highest
 * bit the lowest: after four of them the row is what it ends with, and after as many as a block has bits the block.
 */
static inline __attribute__((always_inline)) void round_of(size_t size, const lanes8 from[WIDE], lanes8 to[WIDE]) {
  for (size_t i = 0; i < WIDE / 2; i++) {
    to[2 * i] = zip_low(size, from[i], from[i + 8]);
    to[2 * i + 1] = zip_high(size, from[i], from[i + 8]);
  }
}
/* Two rounds, within four registers. */
static inline __attribute__((always_inline)) void rounds_of(size_t size, const lanes8 from[WIDE], lanes8 to[WIDE]) {
  for (size_t i = 0; i < WIDE / 4; i++) {
    const lanes8 a = zip_low(size, from[i], from[i + 8]), b = zip_high(size, from[i], from[i + 8]);
    const lanes8 c = zip_low(size, from[i + 4], from[i + 12]), d = zip_high(size, from[i + 4], from[i + 12]);
    to[4 * i] = zip_low(size, a, c);
    to[4 * i + 1] = zip_high(size, a, c);
    to[4 * i + 2] = zip_low(size, b, d);
    to[4 * i + 3] = zip_high(size, b, d);
  }
}
static inline __attribute__((always_inline)) void turn_of(size_t size, bool back, const lanes8 v[WIDE],
                                                          lanes8 to[WIDE]) {
  const int rounds = !back || size == 1 ? 4 : size == 2 ? 3 : 2;
  lanes8 middle[WIDE];
  rounds_of(size, v, rounds == 2 ? to : middle);
  if (rounds == 3)
    round_of(size, middle, to);
  else if (rounds == 4)
    rounds_of(size, middle, to);
}
static void turn(size_t size, bool back, const lanes8 v[WIDE], lanes8 to[WIDE]) {
  if (size == 1)
    turn_of(1, back, v, to);
  else if (size == 2)
    turn_of(2, back, v, to);
  else
    turn_of(4, back, v, to);
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
    lanes8 v[WIDE], turned[WIDE];
    for (size_t r = 0; r < WIDE; r++) memcpy(&v[r], scales + r * stride, WIDE);
    turn(size, false, v, turned);
    for (size_t at = 0; at < sizeof v; at += full, out += plan->blob.step_bytes)
      memcpy(out, (uint8_t *)turned + at, full);
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
    lanes8 v[WIDE], turned[WIDE];
    uint8_t *scales = (uint8_t *)lowpi_scales_at(w, s, row0) + first * size;
    for (size_t at = 0; at < sizeof v; at += full, in += plan->blob.step_bytes) memcpy((uint8_t *)v + at, in, full);
    turn(size, true, v, turned);
    for (size_t r = 0; r < WIDE; r++) memcpy(scales + r * w->scales_stride, &turned[r], WIDE);
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
