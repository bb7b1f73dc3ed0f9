/* SPDX-License-Identifier: Apache-2.0 */
/* tables.h: the upper halves of the values of signed elements of up to eight bits, by magnitude; they have no bits below. */
#ifndef LOWPK_ARM_TABLES_H
#define LOWPK_ARM_TABLES_H

#include "kernels/kernel.h"
#include "kernels/simd/upper.h"

#define EXPAND_MINIFLOAT_TABLE(...) \
  EXPAND_64_OF(EXPAND_MINIFLOAT, 0, __VA_ARGS__), EXPAND_64_OF(EXPAND_MINIFLOAT, 64, __VA_ARGS__)
static const uint16_t expand_upper[LOWP_ELEMENT_COUNT][128] = {
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text) \
  [LOWP_##ID] = {EXPAND_CALL(EXPAND_MINIFLOAT_TABLE, m, bias, EXPAND_FROM_##specials(e, m))},
#define LOWP_FIXED(ID, name, bits, frac, min, max, text)
#define LOWP_TAPERED(ID, name, bits, round, overflow, text) [LOWP_##ID] = {EXPAND_128(EXPAND_HIF8_UPPER)},
#define LOWP_NATIVE(ID, name, bits, text)
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED
#undef LOWP_NATIVE
};

/* Bits of the magnitude of a signed element. */
static inline unsigned expand_width(lowp_element id) { return lowp_element_row_of(id).bits - 1u; }

/* Where its specials are, with HiF8, whose one NaN is in the place of -0; magnitudes from expand_nan_from on are NaN. */
static inline int expand_minus_zero_is_nan(lowp_element id) {
  const lowp_element_row row = lowp_element_row_of(id);
  return row.kind == LOWP_KIND_TAPERED || row.minifloat.specials == LOWP_SPECIALS_FNUZ ||
         row.minifloat.specials == LOWP_SPECIALS_P3109;
}
static inline unsigned expand_nan_from(lowp_element id) {
  const lowp_minifloat f = lowp_element_row_of(id).minifloat;
  if (f.specials == LOWP_SPECIALS_FN) return (1u << (f.e + f.m)) - 1;
  if (f.specials == LOWP_SPECIALS_IEEE) return (((1u << f.e) - 1) << f.m) + 1;
  return 256;
}

#endif
