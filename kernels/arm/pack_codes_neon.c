/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_codes_neon.c: codes to lanes. 16 bytes of each of four rows are put in the order of their lanes, then transposed
 * as 4 x 4 words of 32 bits: a quarter of four words.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/arm/neon.h"
#include "kernels/generic/seen.h"

enum { WORD = 4 * LOWPK_NR };
static inline __attribute__((always_inline)) uint64x2_t pair(uint32x4_t v) { return vreinterpretq_u64_u32(v); }

/* Words 0 .. count - 1 of four lanes at `words`. */
static inline __attribute__((always_inline)) void store_transposed(const uint8x16_t row[4], int count, uint8_t *words) {
  uint32x4_t r[4];
  LOWPK_NEON_UNROLL
  for (int i = 0; i < 4; i++) r[i] = vreinterpretq_u32_u8(row[i]);
  const uint32x4_t a = vtrn1q_u32(r[0], r[1]), b = vtrn2q_u32(r[0], r[1]);
  const uint32x4_t c = vtrn1q_u32(r[2], r[3]), d = vtrn2q_u32(r[2], r[3]);
  vst1q_u8(words, vreinterpretq_u8_u64(vtrn1q_u64(pair(a), pair(c))));
  vst1q_u8(words + WORD, vreinterpretq_u8_u64(vtrn1q_u64(pair(b), pair(d))));
  vst1q_u8(words + 2 * WORD, vreinterpretq_u8_u64(vtrn2q_u64(pair(a), pair(c))));
  if (count > 3) vst1q_u8(words + 3 * WORD, vreinterpretq_u8_u64(vtrn2q_u64(pair(b), pair(d))));
}

/*
 * Code i of eight: nibble i (bits b2 b1 b0 of its place) to nibble b1 b0 b2: the middle bytes, then the middle nibbles
 * change places.
 */
static inline __attribute__((always_inline)) uint8x16_t nibbles(const uint8_t *p) {
  static const uint8_t order[16] = {0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15};
  const uint16x8_t v = vreinterpretq_u16_u8(vqtbl1q_u8(vld1q_u8(p), vld1q_u8(order)));
  const uint16x8_t t = vandq_u16(veorq_u16(vshrq_n_u16(v, 4), v), vdupq_n_u16(0x00f0));
  return vreinterpretq_u8_u16(veorq_u16(veorq_u16(v, t), vshlq_n_u16(t, 4)));
}

/* Codes k .. k + 3: the middle ones change places. */
static inline __attribute__((always_inline)) uint8x16_t halves(const uint8_t *p) {
  static const uint8_t order[16] = {0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15};
  return vqtbl1q_u8(vld1q_u8(p), vld1q_u8(order));
}

/*
 * 16 codes of six bits, 12 bytes: the nibbles of the first and of the last eight in words 0 and 1, the bits above them
 * in word 2.
 */
static inline __attribute__((always_inline)) uint8x16_t sixes(const uint8_t *p) {
  static const uint8_t triples[16] = {0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255};
  uint8_t twelve[16] = {0};
  memcpy(twelve, p, 12);
  const uint32x4_t v = vreinterpretq_u32_u8(vqtbl1q_u8(vld1q_u8(twelve), vld1q_u8(triples)));
  uint32x4_t c = vandq_u32(v, vdupq_n_u32(0x3f)); /* a code in each byte */
  c = vorrq_u32(c, vandq_u32(vshlq_n_u32(v, 2), vdupq_n_u32(0x3f00)));
  c = vorrq_u32(c, vandq_u32(vshlq_n_u32(v, 4), vdupq_n_u32(0x3f0000)));
  c = vorrq_u32(c, vandq_u32(vshlq_n_u32(v, 6), vdupq_n_u32(0x3f000000)));
  const uint32x4_t low = vandq_u32(c, vdupq_n_u32(0x0f0f0f0f));
  const uint32x4_t top = vandq_u32(vshrq_n_u32(c, 4), vdupq_n_u32(0x03030303));
  /* Codes 0..3 are in lane 0: low in word 0, 4..7 above them; 8..11 in word 1, 12..15 above. */
  const uint32x4_t even = vuzp1q_u32(low, top), odd = vuzp2q_u32(low, top); /* low 0, 2, top 0, 2; 1, 3, 1, 3 */
  const uint32x4_t words = vorrq_u32(even, vshlq_n_u32(odd, 4)), tops = vorrq_u32(even, vshlq_n_u32(odd, 2));
  const uint32x4_t last = vorrq_u32(tops, vshlq_n_u32(vdupq_laneq_u32(tops, 3), 4));
  return vreinterpretq_u8_u32(vcombine_u32(vget_low_u32(words), vget_high_u32(last)));
}

/* Neighbours of the bytes of a step, 32 words, fit 16 bits. */
static void look_at_bytes(const uint8_t *words, lowpk_seen *seen) {
  uint8x16_t most = vdupq_n_u8(0);
  for (size_t part = 0; part < WORD; part += 16) {
    int16x8_t pairs = vdupq_n_s16(0);
    for (size_t i = 0; i < LOWPK_STEP / 4; i++) {
      const uint8x16_t v = vld1q_u8(words + i * WORD + part);
      most = vmaxq_u8(most, vandq_u8(v, vdupq_n_u8(0x7f)));
      pairs = vpadalq_s8(pairs, vreinterpretq_s8_u8(v));
    }
    uint32_t *sums = seen->sums + part / 4;
    vst1q_u32(sums, vaddq_u32(vld1q_u32(sums), vreinterpretq_u32_s32(vpaddlq_s16(pairs))));
  }
  const uint8_t of_all = vmaxvq_u8(most);
  if (of_all > seen->most) seen->most = of_all;
}

void lowpk_pack_codes_neon(unsigned bits, const uint8_t *rows, size_t stride, uint8_t *words, lowpk_seen *seen) {
  for (size_t r = 0; r < LOWPK_NR; r += 4) {
    const uint8_t *from = rows + r * stride;
    uint8_t *to = words + r * 4;
    uint8x16_t row[4];
    switch (bits) {
#define PACK(width, bytes, count, load) \
  case width: \
    for (size_t at = 0; at < (width)*LOWPK_STEP / 8; at += (bytes), to += (count)*WORD) { \
      LOWPK_NEON_UNROLL \
      for (size_t i = 0; i < 4; i++) row[i] = load(from + i * stride + at); \
      store_transposed(row, count, to); \
    } \
    break
      PACK(4, 16, 4, nibbles);
      PACK(6, 12, 3, sixes);
      PACK(8, 16, 4, vld1q_u8);
      PACK(16, 16, 4, halves);
#undef PACK
    default:
      break;
    }
  }
  lowpk_checksum_add(&seen->checksum, words, (size_t)LOWPK_STEP * LOWPK_NR / 8 * bits);
  if (bits == 8) look_at_bytes(words, seen);
}
