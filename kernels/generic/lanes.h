/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lanes.h: codes of a row from canonical order to 32-bit lanes of the packed layout and back, 64 bits at a time: the nibbles of
 * 4-bit codes are put in order by exchanging bits of their index.
 */
#ifndef LOWPK_GENERIC_LANES_H
#define LOWPK_GENERIC_LANES_H

#include "kernels/kernel.h"

enum { LOWPK_WORD = 4 * LOWPK_NR }; /* bytes of a word of all lanes */

static inline uint64_t lowpk_load64(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline void lowpk_store32(uint8_t *p, uint64_t v) {
  uint32_t w = (uint32_t)v;
  memcpy(p, &w, sizeof w);
}
static inline uint32_t lowpk_load32(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, sizeof v);
  return v;
}

/* Exchanges the bits under `mask` with those `shift` above them. */
static inline uint64_t lowpk_exchange(uint64_t v, uint64_t mask, unsigned shift) {
  uint64_t t = (v >> shift ^ v) & mask;
  return v ^ t ^ t << shift;
}

/*
 * In each half of v: code i of eight is nibble i (bits b2 b1 b0 of its place), and goes to nibble 2 (i % 4) + i / 4 (b1 b0 b2):
 * first b2 and b1 change places, then b1 and b0.
 */
static inline uint64_t lowpk_to_lane(uint64_t v) {
  return lowpk_exchange(lowpk_exchange(v, 0x0000ff000000ff00u, 8), 0x00f000f000f000f0u, 4);
}
static inline uint64_t lowpk_from_lane(uint64_t v) {
  return lowpk_exchange(lowpk_exchange(v, 0x00f000f000f000f0u, 4), 0x0000ff000000ff00u, 8);
}

/* Eight 6-bit codes, 48 bits, into eight bytes, and back: halves, then quarters, then eighths move apart. */
static inline uint64_t lowpk_spread_sixes(uint64_t v) {
  v = (v & 0x0000000000ffffffu) | (v & 0x0000ffffff000000u) << 8;
  v = (v & 0x0000000000000fffu) | (v & 0x0000000000fff000u) << 4 | (v & 0x00000fff00000000u) |
      (v & 0x00fff00000000000u) << 4;
  return (v & 0x003f003f003f003fu) | (v & 0x0fc00fc00fc00fc0u) << 2;
}
static inline uint64_t lowpk_join_sixes(uint64_t v) {
  v = (v & 0x003f003f003f003fu) | (v & 0x3f003f003f003f00u) >> 2;
  v = (v & 0x00000fff00000fffu) | (v & 0x0fff00000fff0000u) >> 4;
  return (v & 0x0000000000ffffffu) | (v & 0x00ffffff00000000u) >> 8;
}
/* Twelve bytes hold sixteen codes. */
static inline void lowpk_load_sixes(const uint8_t *p, uint64_t *low, uint64_t *high) {
  *low = lowpk_spread_sixes(lowpk_load64(p) & 0xffffffffffffu);
  *high = lowpk_spread_sixes(lowpk_load64(p + 4) >> 16);
}

/* Codes k, k+1, k+2, k+3 of 16 bits: two lanes with k and k+2, k+1 and k+3. */
static inline uint64_t lowpk_cross_halves(uint64_t v) { return lowpk_exchange(v, 0x00000000ffff0000u, 16); }

#endif
