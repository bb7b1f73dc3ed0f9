/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file fp8.h  8-bit floating point: E4M3FN, E5M2, their FNUZ variants, the exponent-only scale E8M0, and rarer ones.
 *
 * A code is s eeee mmm (E4M3) or s eeeee mm (E5M2), sign in bit 7. With exponent field e and mantissa field m of M bits
 *
 *   value = (-1)^s * 2^(e - bias) * (1 + m / 2^M)       e > 0
 *   value = (-1)^s * 2^(1 - bias) * (m / 2^M)           e = 0, subnormal
 *
 *   format     bias  max             min normal  min      Inf        NaN             -0
 *   E4M3FN        7  448 (7E)        2^-6        2^-9     none       7F, FF          80
 *   E5M2         15  57344 (7B)      2^-14       2^-16    7C, FC     7D-7F, FD-FF    80
 *   E4M3FNUZ      8  240 (7F)        2^-7        2^-10    none       80              none
 *   E5M2FNUZ     16  57344 (7F)      2^-15       2^-17    none       80              none
 *   E8M0        127  2^127 (FE)      2^-127 (00)  -       none       FF              no sign, no zero
 *
 * The same bits mean half as much in FNUZ as in FN, the bias being one larger: data of one read as the other is off by a
 * silent factor of two.
 *
 * The codecs here use the default rules of element.def: to nearest even; a finite value beyond the largest, and Inf,
 * saturate; NaN becomes the NaN with all bits set but the sign (FNUZ: 80). Other rules: lowp_encode_with(), for example
 * overflow to Inf or NaN, or stochastic rounding. Arrays: lowp_element_encode_n(). Every function is pure, total and
 * safe from any thread. The payload and sign of a decoded NaN are not promised.
 *
 * Sources: OCP 8-bit Floating Point Specification (OFP8) 1.0; OCP Microscaling Formats (MX) 1.0; arXiv 2206.02915 for
 * FNUZ; IEEE P3109 interim report for binary8pP.
 */
#ifndef LOWP_FP8_H
#define LOWP_FP8_H

#include <lowp/element.h>

LOWP_BEGIN_DECLS

/* --- E4M3FN: OCP FP8 E4M3 --- */

#define LOWP_E4M3FN_BIAS         7            /**< 2^(4-1) - 1 */
#define LOWP_E4M3FN_MAX          448.0f       /**< 2^8 * (1 + 6/8), code 7E: 7F, one step up, is NaN */
#define LOWP_E4M3FN_MIN_NORMAL   0.015625f    /**< 2^(1-7) */
#define LOWP_E4M3FN_MIN_POSITIVE 0.001953125f /**< 2^(1-7) / 2^3 */
#define LOWP_E4M3FN_CODE_MAX     0x7e         /**< sign 0 */
#define LOWP_E4M3FN_CODE_NAN     0x7f         /**< FF is NaN too */

/** 464 = 448 + half a step is a tie and goes to 448; above it saturates to 7E. */
static inline uint8_t lowp_e4m3fn_encode(float x) { return (uint8_t)lowp_encode(LOWP_E4M3FN, x); }
/** The value of a code, exact. */
static inline float lowp_e4m3fn_decode(uint8_t code) { return lowp_decode(LOWP_E4M3FN, code); }

/* --- E5M2: OCP FP8 E5M2, the upper byte of binary16 --- */

#define LOWP_E5M2_BIAS         15                 /**< 2^(5-1) - 1 */
#define LOWP_E5M2_MAX          57344.0f           /**< 2^15 * (1 + 3/4) */
#define LOWP_E5M2_MIN_NORMAL   6.103515625e-05f   /**< 2^(1-15) */
#define LOWP_E5M2_MIN_POSITIVE 1.52587890625e-05f /**< 2^(1-15) / 2^2 */
#define LOWP_E5M2_CODE_MAX     0x7b               /**< sign 0 */
#define LOWP_E5M2_CODE_INF     0x7c               /**< sign 0 */
#define LOWP_E5M2_CODE_NAN     0x7f               /**< 7D, 7E and FD to FF are NaN too */

/** Saturates to 7B; Inf too: OCP calls this the saturating mode. */
static inline uint8_t lowp_e5m2_encode(float x) { return (uint8_t)lowp_encode(LOWP_E5M2, x); }
/** The value of a code, exact; 7C and FC are Inf. */
static inline float lowp_e5m2_decode(uint8_t code) { return lowp_decode(LOWP_E5M2, code); }

/* --- E4M3FNUZ and E5M2FNUZ: finite, one NaN, no negative zero (Graphcore, AMD MI300) --- */

#define LOWP_E4M3FNUZ_BIAS         8             /**< one more than E4M3FN */
#define LOWP_E4M3FNUZ_MAX          240.0f        /**< 2^7 * (1 + 7/8): half the 480 that E4M3FN spends on NaN */
#define LOWP_E4M3FNUZ_MIN_NORMAL   0.0078125f    /**< 2^(1-8) */
#define LOWP_E4M3FNUZ_MIN_POSITIVE 0.0009765625f /**< 2^(1-8) / 2^3 */
#define LOWP_E4M3FNUZ_CODE_MAX     0x7f          /**< sign 0 */
#define LOWP_E4M3FNUZ_CODE_NAN     0x80          /**< the code of -0 elsewhere */
#define LOWP_E5M2FNUZ_BIAS         16                 /**< one more than E5M2 */
#define LOWP_E5M2FNUZ_MAX          57344.0f           /**< 2^15 * (1 + 3/4): the top exponent holds numbers */
#define LOWP_E5M2FNUZ_MIN_NORMAL   3.0517578125e-05f  /**< 2^(1-16) */
#define LOWP_E5M2FNUZ_MIN_POSITIVE 7.62939453125e-06f /**< 2^(1-16) / 2^2 */
#define LOWP_E5M2FNUZ_CODE_MAX     0x7f               /**< sign 0 */
#define LOWP_E5M2FNUZ_CODE_NAN     0x80               /**< the code of -0 elsewhere */

/** -0 and negative underflow give 00; overflow and Inf saturate; NaN gives 80. */
static inline uint8_t lowp_e4m3fnuz_encode(float x) { return (uint8_t)lowp_encode(LOWP_E4M3FNUZ, x); }
/** The value of a code, exact. */
static inline float lowp_e4m3fnuz_decode(uint8_t code) { return lowp_decode(LOWP_E4M3FNUZ, code); }
/** As lowp_e4m3fnuz_encode. */
static inline uint8_t lowp_e5m2fnuz_encode(float x) { return (uint8_t)lowp_encode(LOWP_E5M2FNUZ, x); }
/** The value of a code, exact. */
static inline float lowp_e5m2fnuz_decode(uint8_t code) { return lowp_decode(LOWP_E5M2FNUZ, code); }

/* --- E8M0: a power of two, the block scale of the MX formats --- */

#define LOWP_E8M0_BIAS         127                         /**< code b means 2^(b - 127) */
#define LOWP_E8M0_MAX          1.70141183460469231732e38f  /**< 2^(254 - 127) */
#define LOWP_E8M0_MIN_NORMAL   5.87747175411143753984e-39f /**< 2^(0 - 127): a subnormal of f32, so never b << 23 */
#define LOWP_E8M0_MIN_POSITIVE LOWP_E8M0_MIN_NORMAL        /**< there is nothing smaller, and no zero */
#define LOWP_E8M0_CODE_MAX     0xfe                        /**< 2^127 */
#define LOWP_E8M0_CODE_NAN     0xff                        /**< a block with this scale is NaN throughout */

/** floor(log2 |x|) + 127 clamped to 0..254: the exponent rounded down, sign ignored, 0 and tiny values give 00, Inf FE,
    NaN FF. LOWP_ROUND_UP in lowp_encode_with() rounds it up; other rounding modes work on the value, not on log2. */
static inline uint8_t lowp_e8m0_encode(float x) { return (uint8_t)lowp_encode(LOWP_E8M0, x); }
/** 2^(code - 127), exact; FF is NaN. */
static inline float lowp_e8m0_decode(uint8_t code) { return lowp_decode(LOWP_E8M0, code); }

/* --- others: IEEE-like E3M4 and E4M3, E4M3 with bias 11, and two of the IEEE P3109 drafts --- */

/** s eee mmmm, bias 3, max 15.5 (6F), Inf 70; the default overflows to Inf. */
static inline uint8_t lowp_e3m4_encode(float x) { return (uint8_t)lowp_encode(LOWP_E3M4, x); }
/** The value of a code, exact. */
static inline float lowp_e3m4_decode(uint8_t code) { return lowp_decode(LOWP_E3M4, code); }
/** E4M3 with IEEE specials: bias 7, max 240 (77), Inf 78; not the E4M3 of OCP. Overflows to Inf. */
static inline uint8_t lowp_e4m3_encode(float x) { return (uint8_t)lowp_encode(LOWP_E4M3, x); }
/** The value of a code, exact. */
static inline float lowp_e4m3_decode(uint8_t code) { return lowp_decode(LOWP_E4M3, code); }
/** FNUZ with bias 11: max 30 (7F), NaN 80; saturates. */
static inline uint8_t lowp_e4m3b11fnuz_encode(float x) { return (uint8_t)lowp_encode(LOWP_E4M3B11FNUZ, x); }
/** The value of a code, exact. */
static inline float lowp_e4m3b11fnuz_decode(uint8_t code) { return lowp_decode(LOWP_E4M3B11FNUZ, code); }
/** P3109, precision 3: bias 16, max 49152 (7E), Inf 7F, NaN 80, no -0; overflows to Inf. */
static inline uint8_t lowp_binary8p3_encode(float x) { return (uint8_t)lowp_encode(LOWP_BINARY8P3, x); }
/** The value of a code, exact. */
static inline float lowp_binary8p3_decode(uint8_t code) { return lowp_decode(LOWP_BINARY8P3, code); }
/** P3109, precision 4: bias 8, max 224 (7E), Inf 7F, NaN 80, no -0; overflows to Inf. */
static inline uint8_t lowp_binary8p4_encode(float x) { return (uint8_t)lowp_encode(LOWP_BINARY8P4, x); }
/** The value of a code, exact. */
static inline float lowp_binary8p4_decode(uint8_t code) { return lowp_decode(LOWP_BINARY8P4, code); }

LOWP_END_DECLS
#endif
