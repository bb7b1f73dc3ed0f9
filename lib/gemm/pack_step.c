/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_step.c: 16 rows x 128 codes from rows to lanes and back. The bytes of a row are taken 64 bits at a time; within such a
 * word the nibbles of 4-bit codes are put in order by exchanging bits of their index.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"
#include "kernels/generic/pack.h"

enum { ROWS = LOWPK_NR, WORD = 4 * LOWPK_NR };

static inline uint64_t load64(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline void store32(uint8_t *p, uint64_t v) {
  uint32_t w = (uint32_t)v;
  memcpy(p, &w, sizeof w);
}
static inline uint32_t load32(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, sizeof v);
  return v;
}

/* Exchanges the bits under `mask` with those `shift` above them. */
static inline uint64_t exchange(uint64_t v, uint64_t mask, unsigned shift) {
  uint64_t t = (v >> shift ^ v) & mask;
  return v ^ t ^ t << shift;
}

/*
 * In each half of v: code i of eight is nibble i (bits b2 b1 b0 of its place), and goes to nibble 2 (i % 4) + i / 4 (b1 b0 b2):
 * first b2 and b1 change places, then b1 and b0.
 */
static inline uint64_t to_lane(uint64_t v) {
  return exchange(exchange(v, 0x0000ff000000ff00u, 8), 0x00f000f000f000f0u, 4);
}
static inline uint64_t from_lane(uint64_t v) {
  return exchange(exchange(v, 0x00f000f000f000f0u, 4), 0x0000ff000000ff00u, 8);
}

static void pack_bytes(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t r = 0; r < ROWS; r++)
    for (size_t i = 0; i < 16; i++) {
      uint64_t v = load64(rows + r * stride + 8 * i);
      store32(words + 2 * i * WORD + 4 * r, v);
      store32(words + (2 * i + 1) * WORD + 4 * r, v >> 32);
    }
}
static void unpack_bytes(const uint8_t *words, uint8_t *rows, size_t stride) {
  for (size_t r = 0; r < ROWS; r++)
    for (size_t i = 0; i < 32; i++) store32(rows + r * stride + 4 * i, load32(words + i * WORD + 4 * r));
}

static void pack_nibbles(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t r = 0; r < ROWS; r++)
    for (size_t i = 0; i < 8; i++) {
      uint64_t v = to_lane(load64(rows + r * stride + 8 * i));
      store32(words + 2 * i * WORD + 4 * r, v);
      store32(words + (2 * i + 1) * WORD + 4 * r, v >> 32);
    }
}
static void unpack_nibbles(const uint8_t *words, uint8_t *rows, size_t stride) {
  for (size_t r = 0; r < ROWS; r++)
    for (size_t i = 0; i < 16; i++) store32(rows + r * stride + 4 * i, from_lane(load32(words + i * WORD + 4 * r)));
}

/* Eight 6-bit codes, 48 bits, into eight bytes, and back: halves, then quarters, then eighths move apart. */
static inline uint64_t spread_sixes(uint64_t v) {
  v = (v & 0x0000000000ffffffu) | (v & 0x0000ffffff000000u) << 8;
  v = (v & 0x0000000000000fffu) | (v & 0x0000000000fff000u) << 4 | (v & 0x00000fff00000000u) |
      (v & 0x00fff00000000000u) << 4;
  return (v & 0x003f003f003f003fu) | (v & 0x0fc00fc00fc00fc0u) << 2;
}
static inline uint64_t join_sixes(uint64_t v) {
  v = (v & 0x003f003f003f003fu) | (v & 0x3f003f003f003f00u) >> 2;
  v = (v & 0x00000fff00000fffu) | (v & 0x0fff00000fff0000u) >> 4;
  return (v & 0x0000000000ffffffu) | (v & 0x00ffffff00000000u) >> 8;
}
/* Twelve bytes hold sixteen codes. */
static inline void load_sixes(const uint8_t *p, uint64_t *low, uint64_t *high) {
  *low = spread_sixes(load64(p) & 0xffffffffffffu);
  *high = spread_sixes(load64(p + 4) >> 16);
}

static void pack_sixes(const uint8_t *rows, size_t stride, uint8_t *words) {
  const uint64_t low = 0x0f0f0f0f0f0f0f0fu, top = 0x0303030303030303u;
  for (size_t r = 0; r < ROWS; r++)
    for (size_t i = 0; i < 8; i++) {
      uint8_t *out = words + 3 * i * WORD + 4 * r;
      uint64_t a, b, t;
      load_sixes(rows + r * stride + 12 * i, &a, &b); /* codes 0..7, 8..15: one in each byte */
      t = (a >> 4 & top) | (b >> 4 & top) << 4;       /* bits of 0..3 and 8..11 below, of 4..7 and 12..15 above */
      store32(out, (a & low) | (a & low) >> 28);
      store32(out + WORD, (b & low) | (b & low) >> 28);
      store32(out + 2 * WORD, t | t >> 30);
    }
}
static void unpack_sixes(const uint8_t *words, uint8_t *rows, size_t stride) {
  const uint64_t low = 0x0f0f0f0fu, top = 0x03030303u;
  for (size_t r = 0; r < ROWS; r++)
    for (size_t i = 0; i < 8; i++) {
      const uint8_t *in = words + 3 * i * WORD + 4 * r;
      uint64_t a = load32(in), b = load32(in + WORD), t = load32(in + 2 * WORD);
      a = (a & low) | (t & top) << 4 | ((a >> 4 & low) | (t >> 2 & top) << 4) << 32;
      b = (b & low) | (t >> 4 & top) << 4 | ((b >> 4 & low) | (t >> 6 & top) << 4) << 32;
      a = join_sixes(a);
      b = join_sixes(b);
      uint8_t *out = rows + r * stride + 12 * i;
      store32(out, a);
      store32(out + 4, a >> 32 | b << 16);
      store32(out + 8, b >> 16);
    }
}

/* Codes k, k+1, k+2, k+3 of 16 bits: two lanes with k and k+2, k+1 and k+3. */
static inline uint64_t cross_halves(uint64_t v) { return exchange(v, 0x00000000ffff0000u, 16); }

static void pack_halves(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t r = 0; r < ROWS; r++)
    for (size_t i = 0; i < 32; i++) {
      uint64_t v = cross_halves(load64(rows + r * stride + 8 * i));
      store32(words + 2 * i * WORD + 4 * r, v);
      store32(words + (2 * i + 1) * WORD + 4 * r, v >> 32);
    }
}
static void unpack_halves(const uint8_t *words, uint8_t *rows, size_t stride) {
  for (size_t r = 0; r < ROWS; r++)
    for (size_t i = 0; i < 32; i++) {
      const uint8_t *in = words + 2 * i * WORD + 4 * r;
      uint64_t v = cross_halves(load32(in) | (uint64_t)load32(in + WORD) << 32);
      store32(rows + r * stride + 8 * i, v);
      store32(rows + r * stride + 8 * i + 4, v >> 32);
    }
}

void lowpi_pack_step(unsigned bits, const uint8_t *rows, size_t stride, uint8_t *words) {
  switch (bits) {
  case 4:
    pack_nibbles(rows, stride, words);
    break;
  case 6:
    pack_sixes(rows, stride, words);
    break;
  case 8:
    pack_bytes(rows, stride, words);
    break;
  default:
    pack_halves(rows, stride, words);
    break;
  }
}

void lowpi_unpack_step(unsigned bits, const uint8_t *words, uint8_t *rows, size_t stride) {
  switch (bits) {
  case 4:
    unpack_nibbles(words, rows, stride);
    break;
  case 6:
    unpack_sixes(words, rows, stride);
    break;
  case 8:
    unpack_bytes(words, rows, stride);
    break;
  default:
    unpack_halves(words, rows, stride);
    break;
  }
}
