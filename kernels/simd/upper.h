/* SPDX-License-Identifier: Apache-2.0 */
/* upper.h: element values as the upper halves of f32, in constant expressions: what tables are made of. */
#ifndef LOWPK_SIMD_UPPER_H
#define LOWPK_SIMD_UPPER_H

enum { EXPAND_INF = 0x7f800000, EXPAND_NAN = 0x7fc00000 };

/*
 * HiFloat8 has up to three mantissa bits and exponents -22..15, so a value is the upper half of an f32: two bytes, each
 * from a table over the magnitude. A code below 8 is 2^(code - 23); above, the width of the mantissa m is that of the
 * magnitude of the exponent, which is written with its sign and without its leading one (docs/formats.md).
 */
#define EXPAND_HIF8_WIDTH(c) ((c) < 0x40 ? 3 : (c) < 0x60 ? 2 : 1)
#define EXPAND_HIF8_SIZE(c) \
  ((c) < 0x10   ? 0 \
   : (c) < 0x20 ? 1 \
   : (c) < 0x40 ? 2 + ((c) >> 3 & 1) \
   : (c) < 0x60 ? 4 + ((c) >> 2 & 3) \
                : 8 + ((c) >> 1 & 7))
#define EXPAND_HIF8_EXPONENT(c) (((c) < 0x20 ? (c)&8 : (c)&16) ? -EXPAND_HIF8_SIZE(c) : EXPAND_HIF8_SIZE(c))
#define EXPAND_HIF8_UPPER(c) \
  ((c) == 0      ? 0 \
   : (c) == 0x6f ? EXPAND_INF >> 16 \
   : (c) < 8     ? ((c)-23 + 127) << 7 \
                 : (EXPAND_HIF8_EXPONENT(c) + 127) << 7 | ((c) & ((1 << EXPAND_HIF8_WIDTH(c)) - 1)) \
                                                          << (7 - EXPAND_HIF8_WIDTH(c)))
#define EXPAND_HIF8_HI(c) (EXPAND_HIF8_UPPER(c) >> 8)
#define EXPAND_HIF8_LO(c) (EXPAND_HIF8_UPPER(c) & 255)
#define EXPAND_4(f, c) f(c), f((c) + 1), f((c) + 2), f((c) + 3)
#define EXPAND_16(f, c) EXPAND_4(f, c), EXPAND_4(f, (c) + 4), EXPAND_4(f, (c) + 8), EXPAND_4(f, (c) + 12)
#define EXPAND_128(f) \
  EXPAND_16(f, 0), EXPAND_16(f, 16), EXPAND_16(f, 32), EXPAND_16(f, 48), EXPAND_16(f, 64), EXPAND_16(f, 80), \
      EXPAND_16(f, 96), EXPAND_16(f, 112)
/* The same with further arguments for f. */
#define EXPAND_4_OF(f, c, ...) \
  f(c, __VA_ARGS__), f((c) + 1, __VA_ARGS__), f((c) + 2, __VA_ARGS__), f((c) + 3, __VA_ARGS__)
#define EXPAND_16_OF(f, c, ...) \
  EXPAND_4_OF(f, c, __VA_ARGS__), EXPAND_4_OF(f, (c) + 4, __VA_ARGS__), EXPAND_4_OF(f, (c) + 8, __VA_ARGS__), \
      EXPAND_4_OF(f, (c) + 12, __VA_ARGS__)
#define EXPAND_64_OF(f, c, ...) \
  EXPAND_16_OF(f, c, __VA_ARGS__), EXPAND_16_OF(f, (c) + 16, __VA_ARGS__), EXPAND_16_OF(f, (c) + 32, __VA_ARGS__), \
      EXPAND_16_OF(f, (c) + 48, __VA_ARGS__)

/*
 * A signed minifloat, its magnitude c: up to seven bits, m of them mantissa. Field 0 is c * 2^(1 - bias - m); in f32 that has a
 * leading one, at bit WIDTH of c < 16. Codes from `inf` on are Inf, those from `nan` on NaN.
 */
#define EXPAND_WIDTH(c) ((c) < 2 ? 0 : (c) < 4 ? 1 : (c) < 8 ? 2 : 3)
#define EXPAND_MINIFLOAT(c, m, bias, inf, nan) \
  (uint16_t)((c) >= (nan)   ? EXPAND_NAN >> 16 \
             : (c) >= (inf) ? EXPAND_INF >> 16 \
             : (c) == 0     ? 0 \
             : (c) >> (m) \
                 ? (((c) >> (m)) - (bias) + 127) * 128 + ((c) & ((1 << (m)) - 1)) * (1 << ((m) < 7 ? 7 - (m) : 0)) \
                 : (EXPAND_WIDTH(c) + 1 - (bias) - (m) + 127) * 128 + ((c) * (1 << (7 - EXPAND_WIDTH(c))) & 127))
enum { EXPAND_NEVER = 1 << 16 };
#define EXPAND_FROM_NONE(e, m) EXPAND_NEVER, EXPAND_NEVER
#define EXPAND_FROM_SCALE(e, m) EXPAND_NEVER, EXPAND_NEVER
#define EXPAND_FROM_FNUZ(e, m) EXPAND_NEVER, EXPAND_NEVER
#define EXPAND_FROM_P3109(e, m) (1 << ((e) + (m))) - 1, EXPAND_NEVER
#define EXPAND_FROM_FN(e, m) EXPAND_NEVER, (1 << ((e) + (m))) - 1
#define EXPAND_FROM_IEEE(e, m) ((1 << (e)) - 1) << (m), (((1 << (e)) - 1) << (m)) + 1
#define EXPAND_CALL(f, ...) f(__VA_ARGS__)

#endif
