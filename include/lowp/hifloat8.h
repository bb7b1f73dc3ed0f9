/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file hifloat8.h  HiFloat8: eight bits with tapered precision. More mantissa near one, more exponent far from it.
 *
 * A code is: sign, a prefix code ("dot") that tells how many exponent bits D follow, the exponent field, the mantissa.
 * The first bit of the exponent field is the sign of E (1: negative), the others are |E| without its leading one.
 *
 *   bits       D  mantissa  |E|      value                                     magnitudes
 *   s11 seee m 4  1         8..15    (-1)^s * 2^E * (1 + m/2)                  2^-15 .. 1.5 * 2^-8, 2^8 .. 2^15
 *   s10 see mm 3  2         4..7     (-1)^s * 2^E * (1 + m/4)                  2^-7 .. 1.75 * 2^-4, 2^4 .. 224
 *   s01 se mmm 2  3         2..3     (-1)^s * 2^E * (1 + m/8)                  2^-3 .. 0.46875, 4 .. 15
 *   s001 s mmm 1  3         1        (-1)^s * 2^E * (1 + m/8)                  0.5 .. 0.9375, 2 .. 3.75
 *   s0001 mmm  0  3         0        (-1)^s * (1 + m/8)                        1 .. 1.875
 *   s0000 mmm  -  -         -        (-1)^s * 2^(m - 23), m > 0                2^-22 .. 2^-16
 *
 * 00 is zero (there is no -0), 80 is NaN, 6F and EF are +-Inf: the place of 1.5 * 2^15, so the largest value is 2^15.
 *
 * lowp_hif8_encode rounds to nearest, ties away from zero, which is the paper's "TA" and CANN's CAST_ROUND: 40960 =
 * 1.25 * 2^15 and above become Inf; below 2^-23 zero; NaN 80. Other rules by lowp_hif8_encode_with() in element.h;
 * arrays by lowp_element_encode_n(). Pure, total, safe from any thread. Not offered: the paper's hybrid rounding, whose
 * random bits are not published.
 *
 * Source: arXiv 2409.16626.
 */
#ifndef LOWP_HIFLOAT8_H
#define LOWP_HIFLOAT8_H

#include <lowp/element.h>

LOWP_BEGIN_DECLS

#define LOWP_HIF8_MAX          32768.0f               /**< 2^15 */
#define LOWP_HIF8_MIN_NORMAL   3.0517578125e-05f      /**< 2^-15, the smallest value with a mantissa bit */
#define LOWP_HIF8_MIN_POSITIVE 2.384185791015625e-07f /**< 2^(1-23) */
#define LOWP_HIF8_OVERFLOW     40960.0f               /**< 1.25 * 2^15: from here on ties-away rounding gives Inf */
#define LOWP_HIF8_CODE_MAX     0x6e                   /**< sign 0 */
#define LOWP_HIF8_CODE_INF     0x6f                   /**< EF is -Inf */
#define LOWP_HIF8_CODE_NAN     0x80                   /**< the only NaN */

/** The HiFloat8 code of x under the default rules. The decoder, lowp_hif8_decode(uint8_t), is in element.h. */
static inline uint8_t lowp_hif8_encode(float x) { return (uint8_t)lowp_encode(LOWP_HIF8, x); }

LOWP_END_DECLS
#endif
