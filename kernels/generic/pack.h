/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.h: the canonical bit order of a row of codes. Code i of width b occupies bits [i*b, i*b + b) of the row, little-endian:
 *
 *   b = 4:  byte 0 = code1 code0           b = 6:  bytes 0..2 = code3 code2 code1 code0 as one 24-bit little-endian word
 */
#ifndef LOWPK_GENERIC_PACK_H
#define LOWPK_GENERIC_PACK_H

#include <stddef.h>
#include <stdint.h>

/* ORs code i into a row that was zeroed before; bits above b of `code` must be 0. A code spans at most two bytes, b <= 8. */
static inline void lowpk_put_code(uint8_t *row, unsigned b, size_t i, uint32_t code) {
  size_t bit = i * b;
  uint32_t word = code << (bit & 7);
  row[bit >> 3] = (uint8_t)(row[bit >> 3] | word);
  if ((bit & 7) + b > 8) row[(bit >> 3) + 1] = (uint8_t)(word >> 8);
}

/* Code i of a row. Reads only bytes that hold bits of it. */
static inline uint32_t lowpk_get_code(const uint8_t *row, unsigned b, size_t i) {
  size_t bit = i * b;
  uint32_t word = row[bit >> 3];
  if ((bit & 7) + b > 8) word |= (uint32_t)row[(bit >> 3) + 1] << 8;
  return word >> (bit & 7) & (((uint32_t)1 << b) - 1);
}

#endif
