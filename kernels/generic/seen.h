/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen.h: lowpk_seen, what packing learns of the words that it writes. The checksum is part of the format of packed weights: see
 * lib/gemm/blob.c for what it is made of.
 */
#ifndef LOWPK_GENERIC_SEEN_H
#define LOWPK_GENERIC_SEEN_H

#include "kernels/kernel.h"
#include "kernels/simd/unroll.h"
#include <string.h>

#define LOWPK_SEEN_INLINE static inline __attribute__((always_inline, unused))

LOWPK_SEEN_INLINE uint64_t lowpk_seen_word(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, sizeof v);
  return v;
}
/*
 * The first of two words of a lane: a bijection of both, spread by a product. The second is added. Compilers are kept from making
 * vectors of it: they have no such product, and one of parts takes longer than eight of these, in units that others need.
 */
LOWPK_SEEN_INLINE uint64_t lowpk_absorb(uint64_t lane, const uint8_t *p) {
  uint64_t v = (lane ^ lowpk_seen_word(p)) * 0x9e3779b97f4a7c15u;
#if defined(__GNUC__)
  __asm__("" : "+r"(v));
#endif
  return v << 29 | v >> 35;
}
/* 128 bytes into eight lanes; `odd`, a constant: the first 64 of them come second. */
LOWPK_SEEN_INLINE void lowpk_absorb_pair(uint64_t lane[8], bool odd, const uint8_t *p) {
  VEC_UNROLL
  for (size_t i = 0; i < 8; i++)
    lane[i] = odd ? lowpk_absorb(lane[i] + lowpk_seen_word(p + 8 * i), p + 64 + 8 * i)
                  : lowpk_absorb(lane[i], p + 8 * i) + lowpk_seen_word(p + 64 + 8 * i);
}
/* A multiple of 128 bytes. */
LOWPK_SEEN_INLINE void lowpk_absorb_pairs(uint64_t lane[8], bool odd, const uint8_t *p, size_t bytes) {
  if (odd)
    for (size_t at = 0; at < bytes; at += 128) lowpk_absorb_pair(lane, true, p + at);
  else
    for (size_t at = 0; at < bytes; at += 128) lowpk_absorb_pair(lane, false, p + at);
}
LOWPK_SEEN_INLINE void lowpk_seen_copy(const uint64_t from[8], uint64_t to[8]) {
  VEC_UNROLL
  for (size_t i = 0; i < 8; i++)
    to[i] = from[i]; /* words, as they are used: larger parts would wait for smaller ones */
}

/* Adds a multiple of 64 bytes. */
LOWPK_SEEN_INLINE void lowpk_checksum_add(lowpk_checksum *c, const uint8_t *p, size_t bytes) {
  uint64_t lane[8];
  lowpk_seen_copy(c->lane, lane);
  lowpk_absorb_pairs(lane, c->odd, p, bytes / 128 * 128);
  if (bytes % 128) {
    p += bytes / 128 * 128;
    VEC_UNROLL
    for (size_t i = 0; i < 8; i++)
      lane[i] = c->odd ? lane[i] + lowpk_seen_word(p + 8 * i) : lowpk_absorb(lane[i], p + 8 * i);
    c->odd = !c->odd;
  }
  lowpk_seen_copy(lane, c->lane);
}

/*
 * The largest code & 0x7f and the sums of the lanes, of a step of 8-bit codes. Bytes are made unsigned; those of a step fit 16 bits:
 * the sum of pairs as they are, and of their upper bytes, has that of the lower ones.
 */
LOWPK_SEEN_INLINE void lowpk_look_at_bytes(const uint8_t *words, lowpk_seen *seen) {
#if defined(__GNUC__)
  typedef int8_t bytes __attribute__((vector_size(16)));
  typedef uint16_t pairs __attribute__((vector_size(16)));
  for (size_t part = 0; part < 4 * LOWPK_NR; part += sizeof(bytes)) {
    bytes v, most = {0};
    pairs all = {0}, high = {0};
    for (size_t i = 0; i < LOWPK_STEP / 4; i++) {
      memcpy(&v, words + part + i * 4 * LOWPK_NR, sizeof v);
      const bytes magnitude = v & 0x7f;
      most ^= (most ^ magnitude) & (magnitude > most);
      all += (pairs)(v ^ (int8_t)-128);
      high += (pairs)(v ^ (int8_t)-128) >> 8;
    }
    all += high - (high << 8);
    for (size_t i = 0; i < sizeof(bytes); i++)
      if (most[i] > seen->most) seen->most = (uint8_t)most[i];
    for (size_t i = 0; i < sizeof(bytes) / 4; i++)
      seen->sums[part / 4 + i] += (uint32_t)all[2 * i] + all[2 * i + 1] - 128 * LOWPK_STEP;
  }
#else
  for (size_t i = 0; i < (size_t)LOWPK_STEP * LOWPK_NR; i++) {
    const uint8_t code = words[i];
    seen->sums[i / 4 % LOWPK_NR] += (code ^ 0x80u) - 0x80u;
    if ((code & 0x7f) > seen->most) seen->most = code & 0x7f;
  }
#endif
}

/* All of lowpk_seen, of a step that has been written: for kernels that do not look while they write. */
LOWPK_SEEN_INLINE void lowpk_look(unsigned bits, const uint8_t *words, lowpk_seen *seen) {
  lowpk_checksum_add(&seen->checksum, words, (size_t)LOWPK_STEP * LOWPK_NR / 8 * bits);
  if (bits == 8) lowpk_look_at_bytes(words, seen);
}

#endif
