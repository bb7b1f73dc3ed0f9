/* SPDX-License-Identifier: Apache-2.0 */
/* pack_codes.c: the codes of 16 rows x 128 columns, from rows to lanes. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/lanes.h"
#include "kernels/generic/seen.h"

static void pack_bytes(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t r = 0; r < LOWPK_NR; r++)
    for (size_t i = 0; i < 16; i++) {
      uint64_t v = lowpk_load64(rows + r * stride + 8 * i);
      lowpk_store32(words + 2 * i * LOWPK_WORD + 4 * r, v);
      lowpk_store32(words + (2 * i + 1) * LOWPK_WORD + 4 * r, v >> 32);
    }
}

static void pack_nibbles(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t r = 0; r < LOWPK_NR; r++)
    for (size_t i = 0; i < 8; i++) {
      uint64_t v = lowpk_to_lane(lowpk_load64(rows + r * stride + 8 * i));
      lowpk_store32(words + 2 * i * LOWPK_WORD + 4 * r, v);
      lowpk_store32(words + (2 * i + 1) * LOWPK_WORD + 4 * r, v >> 32);
    }
}

static void pack_sixes(const uint8_t *rows, size_t stride, uint8_t *words) {
  const uint64_t low = 0x0f0f0f0f0f0f0f0fu, top = 0x0303030303030303u;
  for (size_t r = 0; r < LOWPK_NR; r++)
    for (size_t i = 0; i < 8; i++) {
      uint8_t *out = words + 3 * i * LOWPK_WORD + 4 * r;
      uint64_t a, b, t;
      lowpk_load_sixes(rows + r * stride + 12 * i, &a, &b); /* codes 0..7, 8..15: one in each byte */
      t = (a >> 4 & top) | (b >> 4 & top) << 4;             /* bits of 0..3 and 8..11 below, of 4..7 and 12..15 above */
      lowpk_store32(out, (a & low) | (a & low) >> 28);
      lowpk_store32(out + LOWPK_WORD, (b & low) | (b & low) >> 28);
      lowpk_store32(out + 2 * LOWPK_WORD, t | t >> 30);
    }
}

static void pack_halves(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t r = 0; r < LOWPK_NR; r++)
    for (size_t i = 0; i < 32; i++) {
      uint64_t v = lowpk_cross_halves(lowpk_load64(rows + r * stride + 8 * i));
      lowpk_store32(words + 2 * i * LOWPK_WORD + 4 * r, v);
      lowpk_store32(words + (2 * i + 1) * LOWPK_WORD + 4 * r, v >> 32);
    }
}

void lowpk_pack_codes_generic(unsigned bits, const uint8_t *rows, size_t stride, uint8_t *words, lowpk_seen *seen) {
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
  lowpk_look(bits, words, seen);
}
