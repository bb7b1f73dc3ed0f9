/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file element.h  Element codes: what one number of a low-precision format is, and how f32 becomes one.
 *
 * An *element* is a code of 3 to 16 bits that stands for one number by itself: E4M3, E2M1, HiF8, a signed byte. Blocks
 * and scales belong to a *scheme* (scheme.h). The formats are the lines of <lowp/element.def>.
 *
 * The scalar codecs are inline and need no library. They are integer arithmetic on the bits of f32: they give the same
 * code on every machine and compiler, depend on no rounding mode, and stay right when the process flushes subnormals.
 * Arrays (lowp_element_encode_n, ...) are in the library.
 *
 * Definitions: OCP OFP8 1.0 and OCP MX 1.0 (E4M3, E5M2, E8M0, E3M2, E2M3, E2M1, INT8), arXiv 2206.02915 (FNUZ), arXiv
 * 2602.11287 (E6M2, S1P2), arXiv 2409.16626 (HiF8), IEEE P3109 interim report (binary8pP), IEEE 754-2019 (binary16).
 */
#ifndef LOWP_ELEMENT_H
#define LOWP_ELEMENT_H

#include <lowp/status.h>
#include <string.h>

LOWP_BEGIN_DECLS

/** Element formats. LOWP_ELEMENT_NONE (0) names none; ids never change once released. */
typedef enum lowp_element {
  LOWP_ELEMENT_NONE = 0,
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text) LOWP_##ID,
#define LOWP_FIXED(ID, name, bits, frac, min, max, text) LOWP_##ID,
#define LOWP_TAPERED(ID, name, bits, round, overflow, text) LOWP_##ID,
#define LOWP_NATIVE(ID, name, bits, text) LOWP_##ID,
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED
#undef LOWP_NATIVE
  LOWP_ELEMENT_COUNT
} lowp_element;

/** Which kind of codec an element has. */
typedef enum lowp_element_kind {
  LOWP_KIND_NONE = 0,
  LOWP_KIND_MINIFLOAT,
  LOWP_KIND_FIXED,
  LOWP_KIND_TAPERED,
  LOWP_KIND_NATIVE
} lowp_element_kind;

/** What the code space of a minifloat spends on things that are not finite numbers. */
typedef enum lowp_specials {
  LOWP_SPECIALS_NONE = 0, /**< every code is finite; -0 exists */
  LOWP_SPECIALS_IEEE,     /**< top exponent: Inf (mantissa 0) and NaNs */
  LOWP_SPECIALS_FN,       /**< all ones is NaN, with either sign; no Inf */
  LOWP_SPECIALS_FNUZ,     /**< the code of -0 is the only NaN; no Inf, no -0 */
  LOWP_SPECIALS_P3109,    /**< the code of -0 is NaN, the largest magnitude is Inf; no -0 */
  LOWP_SPECIALS_SCALE     /**< unsigned; all ones is NaN; no zero, no Inf, no subnormals */
} lowp_specials;

/** How a value between two neighbours is rounded. */
typedef enum lowp_round {
  /**
   * To nearest, ties to the neighbour whose significand is even. Without mantissa bits (E8M0, E2M0) two neighbouring
   * powers are both odd: then the larger, as IEEE 754 says for precision 1. HiF8: to the neighbour whose code is even.
   */
  LOWP_ROUND_RNE = 0,
  LOWP_ROUND_HALF_AWAY, /**< to nearest, ties away from zero */
  LOWP_ROUND_HALF_ZERO, /**< to nearest, ties toward zero (ggml, ModelOpt MXFP4) */
  LOWP_ROUND_RTZ,       /**< toward zero; for a scale: the exponent rounded down */
  LOWP_ROUND_UP,        /**< toward +infinity */
  LOWP_ROUND_STOCHASTIC /**< up in magnitude with probability equal to the discarded fraction; see lowp_philox */
} lowp_round;

/** What becomes of a finite value whose rounded magnitude exceeds the largest finite code. */
typedef enum lowp_overflow {
  LOWP_OVERFLOW_SATURATE = 0, /**< the largest finite code of that sign */
  LOWP_OVERFLOW_NONFINITE     /**< Inf where the format has it, else NaN, else the largest finite code */
} lowp_overflow;

/** What becomes of an infinite input. */
typedef enum lowp_inf {
  LOWP_INF_AS_OVERFLOW = 0, /**< the same as a finite overflow (OCP saturating mode: +-max) */
  LOWP_INF_NONFINITE        /**< Inf or NaN even when finite overflow saturates (ml_dtypes, Ascend E6M2) */
} lowp_inf;

/** Which code a NaN input becomes, in formats that have NaN. Formats without NaN give the largest positive code. */
typedef enum lowp_nan {
  LOWP_NAN_ALL_ONES = 0, /**< positive, exponent and mantissa all ones (CUDA: sign dropped) */
  LOWP_NAN_QUIET         /**< the input's sign, only the quiet bit set in IEEE formats (ml_dtypes, torch) */
} lowp_nan;

/** What an unsigned format does with a negative input. */
typedef enum lowp_negative {
  LOWP_NEGATIVE_ABS = 0, /**< ignore the sign (CUDA) */
  /**
   * As ml_dtypes does: zero and negative values have no code and give NaN; and E8M0 under RNE rounds as if its code 00
   * stood for zero, so everything between 2^-127 and 2^-126, both excluded, goes up.
   */
  LOWP_NEGATIVE_NAN
} lowp_negative;

/** Rules of one encoding. Small and passed by value, so that constants fold. Start from lowp_encode_default(). */
typedef struct lowp_encode_rules {
  uint8_t round;    /**< lowp_round */
  uint8_t overflow; /**< lowp_overflow */
  uint8_t inf;      /**< lowp_inf */
  uint8_t nan;      /**< lowp_nan */
  uint8_t negative; /**< lowp_negative */
  uint8_t sr_bits;  /**< random bits r of STOCHASTIC, 1..32: bias -(2^-r - 2^-d)/2 ulp for d > r discarded bits */
} lowp_encode_rules;

/** Shape of a minifloat: `s` sign bits (0 or 1), then `e` exponent bits, then `m` mantissa bits. */
typedef struct lowp_minifloat {
  uint8_t s, e, m;
  uint8_t specials; /**< lowp_specials */
  int16_t bias;
} lowp_minifloat;

/** Shape of a fixed-point element: value = code * 2^-frac, clamped to min..max (codes). */
typedef struct lowp_fixed {
  int16_t min, max;
  uint8_t frac;
} lowp_fixed;

/** Everything the table says of one element. Which of `minifloat` and `fixed` is meaningful follows from `kind`. */
typedef struct lowp_element_row {
  uint8_t kind; /**< lowp_element_kind */
  uint8_t bits; /**< width of a code */
  lowp_encode_rules rules; /**< the defaults of this format */
  lowp_minifloat minifloat;
  lowp_fixed fixed;
} lowp_element_row;

/* A row from a line of element.def, as an initializer. */
#define LOWP_DETAIL_ROW_MINIFLOAT(s, e, m, bias, specials, round, overflow)                                           \
  {LOWP_KIND_MINIFLOAT, (s) + (e) + (m), {LOWP_ROUND_##round, LOWP_OVERFLOW_##overflow, 0, 0, 0, 32},                  \
   {s, e, m, LOWP_SPECIALS_##specials, bias}, {0, 0, 0}}
#define LOWP_DETAIL_ROW_FIXED(bits, frac, min, max)                                                                   \
  {LOWP_KIND_FIXED, bits, {LOWP_ROUND_RNE, LOWP_OVERFLOW_SATURATE, 0, 0, 0, 32}, {0, 0, 0, 0, 0}, {min, max, frac}}
#define LOWP_DETAIL_ROW_TAPERED(bits, round, overflow)                                                                \
  {LOWP_KIND_TAPERED, bits, {LOWP_ROUND_##round, LOWP_OVERFLOW_##overflow, 0, 0, 0, 32}, {0, 0, 0, 0, 0}, {0, 0, 0}}
#define LOWP_DETAIL_ROW_NATIVE(bits) {LOWP_KIND_NATIVE, bits, {0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0}}

/* Codecs are inlined wherever they are called: with constant ids and rules most of them folds away. */
#if defined(__GNUC__)
#define LOWP_DETAIL_INLINE static inline __attribute__((always_inline))
#else
#define LOWP_DETAIL_INLINE static inline
#endif

/** The row of an element; an all-zero row for an id out of range. Folds to constants where `id` is one. */
LOWP_DETAIL_INLINE lowp_element_row lowp_element_row_of(lowp_element id) {
  static const lowp_element_row rows[LOWP_ELEMENT_COUNT] = {
      {0, 0, {0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0}},
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text)                                      \
  LOWP_DETAIL_ROW_MINIFLOAT(s, e, m, bias, specials, round, overflow),
#define LOWP_FIXED(ID, name, bits, frac, min, max, text) LOWP_DETAIL_ROW_FIXED(bits, frac, min, max),
#define LOWP_TAPERED(ID, name, bits, round, overflow, text) LOWP_DETAIL_ROW_TAPERED(bits, round, overflow),
#define LOWP_NATIVE(ID, name, bits, text) LOWP_DETAIL_ROW_NATIVE(bits),
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED
#undef LOWP_NATIVE
  };
  return rows[(unsigned)id < LOWP_ELEMENT_COUNT ? id : LOWP_ELEMENT_NONE];
}

/** The default rules of a format: RNE and saturation for scaled formats, half away for HiF8 and S1P2; see element.def. */
LOWP_DETAIL_INLINE lowp_encode_rules lowp_encode_default(lowp_element id) { return lowp_element_row_of(id).rules; }

/** Bits of an f32, and back. */
LOWP_DETAIL_INLINE uint32_t lowp_f32_bits(float x) {
  uint32_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}
LOWP_DETAIL_INLINE float lowp_f32_from_bits(uint32_t u) {
  float x;
  memcpy(&x, &u, sizeof x);
  return x;
}

/**
 * Philox2x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11): 64 random bits from a
 * 64-bit counter and a 32-bit key. The random word of element i is the low half of lowp_philox(seed, i), so that results
 * do not depend on order, threads or vector width.
 */
static inline uint64_t lowp_philox(uint32_t key, uint64_t counter) {
  uint32_t lo = (uint32_t)counter, hi = (uint32_t)(counter >> 32);
  for (int round = 0; round < 10; round++) {
    uint64_t p = (uint64_t)lo * 0xD256D193u;
    lo = (uint32_t)(p >> 32) ^ key ^ hi;
    hi = (uint32_t)p;
    key += 0x9E3779B9u;
  }
  return (uint64_t)hi << 32 | lo;
}

/* --- the arithmetic every codec shares; not for direct use -------------------------------------------------------- */

/* Position of the highest bit of m > 0. */
LOWP_DETAIL_INLINE int lowp_detail_top_bit(uint32_t m) {
#if defined(__GNUC__)
  return 31 - __builtin_clz(m);
#else
  int top = 31;
  while (!(m >> top)) top--;
  return top;
#endif
}

/* m * 2^e as f32, for results that f32 can hold exactly: m < 2^24. Built from bits, so FTZ/DAZ modes do not matter. */
LOWP_DETAIL_INLINE float lowp_detail_compose(uint32_t sign, uint32_t m, int e) {
  uint32_t bits = 0;
  if (m != 0) {
    int top = lowp_detail_top_bit(m), exponent = e + top;
    if (exponent > 127)
      bits = 0x7f800000u;
    else if (exponent >= -126)
      bits = (uint32_t)(exponent + 127) << 23 | ((m << (23 - top)) & 0x7fffffu);
    else
      bits = m << (e + 149); /* a subnormal of f32: units of 2^-149 */
  }
  return lowp_f32_from_bits(sign << 31 | bits);
}

/* Splits a finite non-zero |x| into m * 2^(e - 23) with 2^23 <= m < 2^24, f32 subnormals included. */
LOWP_DETAIL_INLINE uint32_t lowp_detail_split(uint32_t magnitude, int *e) {
  uint32_t m = magnitude & 0x7fffffu;
  int exponent = (int)(magnitude >> 23);
  if (exponent != 0) {
    *e = exponent - 127;
    return m | 0x800000u;
  }
  int shift = 23 - lowp_detail_top_bit(m);
  *e = -126 - shift;
  return m << shift;
}

/*
 * m / 2^shift rounded to an integer. `shift` 0..63 and m < 2^24. `even_bit` is the parity that "even" refers to: the low
 * bit of the truncated quotient unless the format orders its codes otherwise (HiF8).
 */
LOWP_DETAIL_INLINE uint32_t lowp_detail_round(uint32_t m, int shift, int negative, uint32_t even_bit, uint8_t round,
                                         uint8_t sr_bits, uint32_t random) {
  /* No branches on the data: fractions are as good as random to a branch predictor. */
  uint64_t one = (uint64_t)1 << shift;
  uint64_t frac = m & (one - 1), half = one >> 1;
  uint32_t q = (uint32_t)((uint64_t)m >> shift), up = 0, inexact = frac != 0;
  switch (round) {
  case LOWP_ROUND_RNE: up = (uint32_t)(frac > half) | ((uint32_t)(frac == half) & (even_bit & 1) & inexact); break;
  case LOWP_ROUND_HALF_AWAY: up = (uint32_t)(frac >= half) & inexact; break;
  case LOWP_ROUND_HALF_ZERO: up = frac > half; break;
  case LOWP_ROUND_UP: up = inexact & !negative; break;
  case LOWP_ROUND_STOCHASTIC: {
    /* floor(frac / 2^shift * 2^r) + R >= 2^r, R uniform in 0..2^r-1; frac < 2^24 and r <= 32 keep this in 64 bits */
    uint64_t top = (frac << sr_bits) >> shift;
    uint64_t r = random & (uint32_t)(((uint64_t)1 << sr_bits) - 1);
    up = top + r >= (uint64_t)1 << sr_bits;
    break;
  }
  default: break; /* LOWP_ROUND_RTZ */
  }
  return q + up;
}

/* Rounding of this sign never moves away from zero, so a finite value never leaves the finite range. */
LOWP_DETAIL_INLINE int lowp_detail_inward(uint8_t round, int negative) {
  return round == LOWP_ROUND_RTZ || (round == LOWP_ROUND_UP && negative);
}

/* --- minifloats --------------------------------------------------------------------------------------------------- */

/** Largest finite magnitude code of a minifloat. */
LOWP_DETAIL_INLINE uint32_t lowp_minifloat_max_code(lowp_minifloat f) {
  uint32_t all = ((uint32_t)1 << (f.e + f.m)) - 1;
  switch (f.specials) {
  case LOWP_SPECIALS_IEEE: return all - ((uint32_t)1 << f.m); /* the code before Inf */
  case LOWP_SPECIALS_FN:
  case LOWP_SPECIALS_P3109:
  case LOWP_SPECIALS_SCALE: return all - 1;
  default: return all;
  }
}

/** Code of a NaN (`sign` and the rules choose among several); the largest positive code where the format has none. */
LOWP_DETAIL_INLINE uint32_t lowp_minifloat_nan_code(lowp_minifloat f, uint32_t sign, lowp_encode_rules rules) {
  uint32_t sign_code = (uint32_t)f.s << (f.e + f.m), all = ((uint32_t)1 << (f.e + f.m)) - 1;
  switch (f.specials) {
  case LOWP_SPECIALS_FNUZ:
  case LOWP_SPECIALS_P3109: return sign_code;
  case LOWP_SPECIALS_SCALE:
  case LOWP_SPECIALS_NONE: return all;
  default:
    if (rules.nan == LOWP_NAN_ALL_ONES) return all;
    if (f.specials == LOWP_SPECIALS_IEEE) all = all - ((uint32_t)1 << f.m) + 1 + ((uint32_t)1 << (f.m - 1));
    return (sign ? sign_code : 0) | all;
  }
}

/* Inf where there is one, else NaN with the value's sign, else the largest finite code. */
LOWP_DETAIL_INLINE uint32_t lowp_detail_nonfinite(lowp_minifloat f, uint32_t sign, lowp_encode_rules rules) {
  uint32_t sign_code = sign ? (uint32_t)f.s << (f.e + f.m) : 0;
  switch (f.specials) {
  case LOWP_SPECIALS_IEEE:
  case LOWP_SPECIALS_P3109: return sign_code | (lowp_minifloat_max_code(f) + 1);
  case LOWP_SPECIALS_FN: rules.nan = LOWP_NAN_QUIET; return lowp_minifloat_nan_code(f, sign, rules);
  case LOWP_SPECIALS_NONE: return sign_code | lowp_minifloat_max_code(f);
  default: return lowp_minifloat_nan_code(f, sign, rules);
  }
}

/**
 * The code of `x`. Pure integer arithmetic, total: every input has a result. `random` is used by
 * LOWP_ROUND_STOCHASTIC alone.
 */
LOWP_DETAIL_INLINE uint32_t lowp_minifloat_encode(lowp_minifloat f, float x, lowp_encode_rules rules, uint32_t random) {
  uint32_t bits = lowp_f32_bits(x), magnitude = bits & 0x7fffffffu, sign = bits >> 31;
  int has_zero = f.specials != LOWP_SPECIALS_SCALE;
  if (magnitude > 0x7f800000u) return lowp_minifloat_nan_code(f, sign, rules);
  if (!f.s) {
    if (rules.negative == LOWP_NEGATIVE_NAN && (sign || magnitude == 0)) return lowp_minifloat_nan_code(f, 0, rules);
    sign = 0;
  }
  uint32_t sign_code = sign << (f.e + f.m);
  if (magnitude == 0x7f800000u) {
    if (rules.inf == LOWP_INF_NONFINITE || rules.overflow == LOWP_OVERFLOW_NONFINITE)
      return lowp_detail_nonfinite(f, sign, rules);
    return sign_code | lowp_minifloat_max_code(f);
  }
  uint32_t code = 0;
  if (magnitude != 0) {
    int e, e_min = (has_zero ? 1 : 0) - f.bias; /* exponent of the smallest normal */
    uint32_t m = lowp_detail_split(magnitude, &e);
    if (e < e_min && !has_zero) return 0; /* a scale has nothing below its smallest power: clamp */
    int field = e > e_min ? e - e_min : 0;
    int shift = 23 - f.m + (e_min > e ? e_min - e : 0);
    if (shift > 63) shift = 63; /* far below half of the smallest step */
    uint32_t q = (uint32_t)((uint64_t)m >> shift);
    q = lowp_detail_round(m, shift, (int)sign, q & 1, rules.round, rules.sr_bits, random);
    if (rules.negative == LOWP_NEGATIVE_NAN && !f.s && f.m == 0 && field == 0 && rules.round == LOWP_ROUND_RNE)
      q = lowp_detail_round(m, shift, 0, 0, LOWP_ROUND_UP, 0, 0); /* see lowp_negative */
    /* q carries the hidden one of a normal, so adding it to field << m sets the exponent, and a carry moves it on */
    code = ((uint32_t)field << f.m) + q;
    if (!has_zero) code -= (uint32_t)1 << f.m;
    if (code > lowp_minifloat_max_code(f)) {
      if (rules.overflow == LOWP_OVERFLOW_SATURATE || lowp_detail_inward(rules.round, (int)sign))
        return sign_code | lowp_minifloat_max_code(f);
      return lowp_detail_nonfinite(f, sign, rules);
    }
  }
  int no_negative_zero = f.specials == LOWP_SPECIALS_FNUZ || f.specials == LOWP_SPECIALS_P3109;
  return code == 0 && no_negative_zero ? 0 : sign_code | code;
}

/** The value of a code, exact. NaN codes give a quiet NaN; do not rely on its payload or sign. */
LOWP_DETAIL_INLINE float lowp_minifloat_decode(lowp_minifloat f, uint32_t code) {
  uint32_t all = ((uint32_t)1 << (f.e + f.m)) - 1, magnitude = code & all;
  uint32_t sign = f.s ? (code >> (f.e + f.m)) & 1 : 0;
  int no_negative_zero = f.specials == LOWP_SPECIALS_FNUZ || f.specials == LOWP_SPECIALS_P3109;
  if (no_negative_zero && sign && magnitude == 0) return lowp_f32_from_bits(0x7fc00000u);
  uint32_t max = lowp_minifloat_max_code(f);
  if (magnitude > max) {
    int is_inf = (f.specials == LOWP_SPECIALS_IEEE || f.specials == LOWP_SPECIALS_P3109) && magnitude == max + 1;
    return lowp_f32_from_bits(is_inf ? sign << 31 | 0x7f800000u : 0x7fc00000u);
  }
  uint32_t field = magnitude >> f.m, m = magnitude & (((uint32_t)1 << f.m) - 1);
  if (field == 0 && f.specials != LOWP_SPECIALS_SCALE) return lowp_detail_compose(sign, m, 1 - f.bias - f.m);
  return lowp_detail_compose(sign, m | (uint32_t)1 << f.m, (int)field - f.bias - f.m);
}

/* --- HiFloat8 ----------------------------------------------------------------------------------------------------- */

/* Mantissa width at exponent e of the value: 3 for |e| <= 3, 2 to 7, 1 to 15; the powers 2^-22 .. 2^-16 have none. */
LOWP_DETAIL_INLINE int lowp_detail_hif8_width(int e) {
  int a = e < 0 ? -e : e;
  return e < -15 ? 0 : a <= 3 ? 3 : a <= 7 ? 2 : 1;
}

/* Code of 2^e * (1 + m / 2^width), e in -22..15: prefix, sign of e, |e| without its leading one, mantissa. */
LOWP_DETAIL_INLINE uint32_t lowp_detail_hif8_pack(int e, uint32_t m) {
  uint32_t a = (uint32_t)(e < 0 ? -e : e), negative = e < 0;
  if (e < -15) return (uint32_t)(e + 23);
  if (a == 0) return 0x08u | m;                                     /* 0001 mmm */
  if (a == 1) return 0x10u | negative << 3 | m;                     /* 001 s mmm */
  if (a <= 3) return 0x20u | negative << 4 | (a - 2) << 3 | m;      /* 01 se mmm */
  if (a <= 7) return 0x40u | negative << 4 | (a - 4) << 2 | m;      /* 10 see mm */
  return 0x60u | negative << 4 | (a - 8) << 1 | m;                  /* 11 seee m */
}

/** The HiFloat8 code of `x`: 6F/EF Inf, 80 NaN, 00 the only zero. |x| >= 40960 overflows with ties away. */
LOWP_DETAIL_INLINE uint32_t lowp_hif8_encode_with(float x, lowp_encode_rules rules, uint32_t random) {
  uint32_t bits = lowp_f32_bits(x), magnitude = bits & 0x7fffffffu, sign_code = (bits >> 31) << 7;
  const uint32_t nan = 0x80, inf = 0x6f, max = 0x6e;
  int negative = (int)(bits >> 31);
  if (magnitude > 0x7f800000u) return nan;
  if (magnitude == 0x7f800000u)
    return sign_code |
           (rules.inf == LOWP_INF_NONFINITE || rules.overflow == LOWP_OVERFLOW_NONFINITE ? inf : max);
  if (magnitude == 0) return 0;
  int e;
  uint32_t m = lowp_detail_split(magnitude, &e), q;
  if (e < -22) { /* between 0 and the smallest power 2^-22, whose code 01 is odd: the even neighbour of a tie is 0 */
    int shift = 23 + (-22 - e);
    q = lowp_detail_round(m, shift > 63 ? 63 : shift, negative, 0, rules.round, rules.sr_bits, random);
    return q ? sign_code | 1 : 0;
  }
  int width = e > 15 ? 1 : lowp_detail_hif8_width(e);
  /* parity of the code of the lower neighbour: its mantissa's low bit, or the power's own code where there is none */
  uint32_t parity = width ? (m >> (23 - width)) & 1 : (uint32_t)(e + 23) & 1;
  q = lowp_detail_round(m, 23 - width, negative, parity, rules.round, rules.sr_bits, random);
  if (q >> (width + 1)) { /* carried into the next power of two, whose mantissa is zero at any width */
    e++;
    q = 0;
  } else {
    q &= ((uint32_t)1 << width) - 1;
  }
  if (e > 15 || (e == 15 && q == 1)) { /* 2^15 * 1.5 is the code of Inf */
    int saturate = rules.overflow == LOWP_OVERFLOW_SATURATE || lowp_detail_inward(rules.round, negative);
    return sign_code | (saturate ? max : inf);
  }
  return sign_code | lowp_detail_hif8_pack(e, q);
}

/** The value of a HiFloat8 code, exact in f32. */
LOWP_DETAIL_INLINE float lowp_hif8_decode(uint8_t code) {
  uint32_t sign = code >> 7, c = code & 0x7fu, m;
  int e, width;
  if (c == 0x6f) return lowp_f32_from_bits(sign << 31 | 0x7f800000u);
  if (c == 0) return lowp_f32_from_bits(sign ? 0x7fc00000u : 0);
  if (c < 0x08) return lowp_detail_compose(sign, 1, (int)c - 23);
  if (c < 0x10) {
    width = 3, e = 0;
  } else if (c < 0x20) {
    width = 3, e = c & 0x08 ? -1 : 1;
  } else if (c < 0x40) {
    width = 3, e = (int)(2 + ((c >> 3) & 1)), e = c & 0x10 ? -e : e;
  } else if (c < 0x60) {
    width = 2, e = (int)(4 + ((c >> 2) & 3)), e = c & 0x10 ? -e : e;
  } else {
    width = 1, e = (int)(8 + ((c >> 1) & 7)), e = c & 0x10 ? -e : e;
  }
  m = c & (((uint32_t)1 << width) - 1);
  return lowp_detail_compose(sign, m | (uint32_t)1 << width, e - width);
}

/* --- fixed point -------------------------------------------------------------------------------------------------- */

/**
 * round(x * 2^frac) clamped to min..max, as a two's complement integer. Overflow and Inf always saturate; NaN gives 0,
 * as integer conversions of CUDA do.
 */
LOWP_DETAIL_INLINE int32_t lowp_fixed_encode(lowp_fixed f, float x, lowp_encode_rules rules, uint32_t random) {
  uint32_t bits = lowp_f32_bits(x), magnitude = bits & 0x7fffffffu;
  int negative = (int)(bits >> 31), e;
  if (magnitude > 0x7f800000u || magnitude == 0) return 0;
  uint32_t m = lowp_detail_split(magnitude, &e), q;
  int shift = 23 - e - f.frac;
  if (magnitude == 0x7f800000u || shift < 8) { /* at least 2^15: beyond every fixed-point format here */
    q = 0x7fff;
  } else {
    q = (uint32_t)((uint64_t)m >> (shift > 63 ? 63 : shift));
    q = lowp_detail_round(m, shift > 63 ? 63 : shift, negative, q & 1, rules.round, rules.sr_bits, random);
  }
  int32_t v = negative ? -(int32_t)q : (int32_t)q;
  return v < f.min ? f.min : v > f.max ? f.max : v;
}

/* --- any element -------------------------------------------------------------------------------------------------- */

/**
 * The code of `x` in element `id` under `rules`, in the low bits of the result (two's complement for integers).
 * Precondition: `id` is no LOWP_NATIVE type and not LOWP_ELEMENT_NONE, for which the result is 0.
 */
LOWP_DETAIL_INLINE uint32_t lowp_encode_with(lowp_element id, float x, lowp_encode_rules rules, uint32_t random) {
  lowp_element_row row = lowp_element_row_of(id);
  switch (row.kind) {
  case LOWP_KIND_MINIFLOAT: return lowp_minifloat_encode(row.minifloat, x, rules, random);
  case LOWP_KIND_TAPERED: return lowp_hif8_encode_with(x, rules, random);
  case LOWP_KIND_FIXED:
    return (uint32_t)lowp_fixed_encode(row.fixed, x, rules, random) & (((uint32_t)1 << row.bits) - 1);
  default: return 0;
  }
}

/** The code of `x` under the format's default rules. */
LOWP_DETAIL_INLINE uint32_t lowp_encode(lowp_element id, float x) {
  return lowp_encode_with(id, x, lowp_encode_default(id), 0);
}

/** The value of a code, exact in f32. Bits above the width of the format are ignored. */
LOWP_DETAIL_INLINE float lowp_decode(lowp_element id, uint32_t code) {
  lowp_element_row row = lowp_element_row_of(id);
  switch (row.kind) {
  case LOWP_KIND_MINIFLOAT: return lowp_minifloat_decode(row.minifloat, code & (((uint32_t)1 << row.bits) - 1));
  case LOWP_KIND_TAPERED: return lowp_hif8_decode((uint8_t)code);
  case LOWP_KIND_FIXED: {
    uint32_t sign_bit = (uint32_t)1 << (row.bits - 1), c = code & (2 * sign_bit - 1);
    int32_t v = (int32_t)(c ^ sign_bit) - (int32_t)sign_bit;
    return (float)v / (float)((uint32_t)1 << row.fixed.frac);
  }
  default: return 0.0f;
  }
}

/* --- the library: descriptions and arrays ------------------------------------------------------------------------- */

/** What can be said of an element. Read only, static storage. */
typedef struct lowp_element_info {
  size_t struct_size;
  lowp_element id;
  const char *name; /**< lower case, "e4m3fn" */
  const char *text; /**< one line */
  lowp_element_row row;
  float max;        /**< largest finite value */
  float min_normal; /**< smallest positive value with full precision (HiF8: with a mantissa bit) */
  float min_positive; /**< smallest positive value */
  uint8_t has_nan, has_inf, has_negative_zero, is_signed;
} lowp_element_info;

/** The description of an element, or NULL for an unknown id. */
LOWP_API const lowp_element_info *lowp_element_info_of(lowp_element id);

/** The element with this name (as in element.def, any case), or LOWP_ELEMENT_NONE. */
LOWP_API lowp_element lowp_element_from_name(const char *name);

/** Bytes that one code takes in an array: 1 up to 8 bits, 2 for 16, 4 for F32, 8 for F64, 0 for an unknown id. */
LOWP_API size_t lowp_element_size(lowp_element id);

/**
 * codes[i] = code of x[i], i < n, one code per lowp_element_size(id) bytes (4- and 6-bit codes in the low bits of a
 * byte). `rules` NULL means the format's defaults. The random word of element i under stochastic rounding is
 * lowp_philox(seed, counter + i). Same codes on every CPU. Pointers need no alignment; arrays must not overlap.
 * Returns LOWP_E_ARGUMENT (unknown id, NULL with n > 0, rules outside their enums), LOWP_E_UNSUPPORTED (F64).
 * F32 copies bits.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_element_encode_n(lowp_element id, const lowp_encode_rules *rules, uint32_t seed,
                                                        uint64_t counter, size_t n, const float *x, void *codes);

/** x[i] = value of codes[i], exact; F64 rounds to f32 (RNE). Errors and layout as lowp_element_encode_n. */
LOWP_API LOWP_CHECKED lowp_status lowp_element_decode_n(lowp_element id, size_t n, const void *codes, float *x);

LOWP_END_DECLS
#endif
