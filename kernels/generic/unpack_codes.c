/* SPDX-License-Identifier: Apache-2.0 */
/* unpack_codes.c: the codes of 16 rows x 128 columns, from lanes to rows: the reverse of pack_codes.c. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/lanes.h"

static void unpack_bytes(const uint8_t *words, uint8_t *rows, size_t stride) {
  for (size_t r = 0; r < LOWPK_NR; r++)
    for (size_t i = 0; i < 32; i++)
      lowpk_store32(rows + r * stride + 4 * i, lowpk_load32(words + i * LOWPK_WORD + 4 * r));
}

static void unpack_nibbles(const uint8_t *words, uint8_t *rows, size_t stride) {
  for (size_t r = 0; r < LOWPK_NR; r++)
    for (size_t i = 0; i < 16; i++)
      lowpk_store32(rows + r * stride + 4 * i, lowpk_from_lane(lowpk_load32(words + i * LOWPK_WORD + 4 * r)));
}

static void unpack_sixes(const uint8_t *words, uint8_t *rows, size_t stride) {
  const uint64_t low = 0x0f0f0f0fu, top = 0x03030303u;
  for (size_t r = 0; r < LOWPK_NR; r++)
    for (size_t i = 0; i < 8; i++) {
      const uint8_t *in = words + 3 * i * LOWPK_WORD + 4 * r;
      uint64_t a = lowpk_load32(in), b = lowpk_load32(in + LOWPK_WORD), t = lowpk_load32(in + 2 * LOWPK_WORD);
      a = (a & low) | (t & top) << 4 | ((a >> 4 & low) | (t >> 2 & top) << 4) << 32;
      b = (b & low) | (t >> 4 & top) << 4 | ((b >> 4 & low) | (t >> 6 & top) << 4) << 32;
      a = lowpk_join_sixes(a);
      b = lowpk_join_sixes(b);
      uint8_t *out = rows + r * stride + 12 * i;
      lowpk_store32(out, a);
      lowpk_store32(out + 4, a >> 32 | b << 16);
      lowpk_store32(out + 8, b >> 16);
    }
}

static void unpack_halves(const uint8_t *words, uint8_t *rows, size_t stride) {
  for (size_t r = 0; r < LOWPK_NR; r++)
    for (size_t i = 0; i < 32; i++) {
      const uint8_t *in = words + 2 * i * LOWPK_WORD + 4 * r;
      uint64_t v = lowpk_cross_halves(lowpk_load32(in) | (uint64_t)lowpk_load32(in + LOWPK_WORD) << 32);
      lowpk_store32(rows + r * stride + 8 * i, v);
      lowpk_store32(rows + r * stride + 8 * i + 4, v >> 32);
    }
}

void lowpk_unpack_codes_generic(unsigned bits, const uint8_t *words, uint8_t *rows, size_t stride) {
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
