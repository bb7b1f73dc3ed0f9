/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expand_sve.h: a vector of codes in bytes to four vectors of values, as expand_neon.h but for any length. A look-up takes as
 * many steps as there are vectors in the table: four for 256 bits, one from 1024 on; half as many with SVE2.
 */
#ifndef LOWPK_ARM_EXPAND_SVE_H
#define LOWPK_ARM_EXPAND_SVE_H

#include "kernels/arm/tables.h"
#include "kernels/arm/vec_sve.h"

/* With 128 bits the look-ups of NEON, in four registers at once, take half as many instructions. */
VEC_INLINE int vec_is_narrow(void) { return svcntb() == 16; }

VEC_INLINE void expand_at(const uint16_t *table, uint32_t entries, svuint8_t index, svuint8_t *lo, svuint8_t *hi) {
  *lo = *hi = svdup_u8(0);
#ifdef __ARM_FEATURE_SVE2
  const uint32_t bytes = (uint32_t)svcntb(), step = 2 * bytes;
#else
  const uint32_t step = (uint32_t)svcntb();
#endif
  for (uint32_t r = 0; r < entries; r += step) {
    /* an index below r becomes one that is beyond these rows, unless they are the whole table */
    svuint8_t at = svsub_x(svptrue_b8(), index, (uint8_t)r);
    svuint8x2_t rows = svld2(svwhilelt_b8_u32(r, entries), (const uint8_t *)(table + r));
#ifdef __ARM_FEATURE_SVE2
    svuint8x2_t next = svld2(svwhilelt_b8_u32(r + bytes, entries), (const uint8_t *)(table + r + bytes));
    svuint8_t some_lo = svtbl2(svcreate2(svget2(rows, 0), svget2(next, 0)), at);
    svuint8_t some_hi = svtbl2(svcreate2(svget2(rows, 1), svget2(next, 1)), at);
#else
    svuint8_t some_lo = svtbl(svget2(rows, 0), at), some_hi = svtbl(svget2(rows, 1), at);
#endif
    *lo = svorr_x(svptrue_b8(), *lo, some_lo);
    *hi = svorr_x(svptrue_b8(), *hi, some_hi);
  }
}

/* The upper halves of the values of codes in bytes, in two vectors; not for integers. */
VEC_INLINE void expand_halves(lowp_element id, svuint8_t c, svuint16_t *first, svuint16_t *second) {
  const lowp_element_row row = lowp_element_row_of(id);
  const svbool_t all = svptrue_b8();
  if (row.kind == LOWP_KIND_MINIFLOAT && row.minifloat.specials == LOWP_SPECIALS_SCALE) {
    const uint16_t shift = (uint16_t)(7 - row.minifloat.m), bias = (uint16_t)((127 - row.minifloat.bias) << 7);
    const uint16_t least = row.minifloat.bias == 127 ? 0x40 : 0; /* 2^-127 */
    svuint16_t a = svunpklo(c), b = svunpkhi(c);
    *first = svmax_x(all, svadd_x(all, svlsl_x(all, a, shift), bias), least);
    *second = svmax_x(all, svadd_x(all, svlsl_x(all, b, shift), bias), least);
    *first = svsel(svcmpeq(svptrue_b16(), a, 0xff), svdup_u16(EXPAND_NAN >> 16), *first);
    *second = svsel(svcmpeq(svptrue_b16(), b, 0xff), svdup_u16(EXPAND_NAN >> 16), *second);
    return;
  }
  const unsigned width = expand_width(id);
  svuint8_t magnitude = svand_x(all, c, (uint8_t)((1u << width) - 1)), lo, hi;
  expand_at(expand_upper[id], 1u << width, magnitude, &lo, &hi);
  svuint8_t sign = svand_x(all, svlsl_x(all, c, (uint8_t)(7 - width)), 0x80);
  if (expand_nan_from(id) < 256) sign = svand_z(svcmplt(all, magnitude, (uint8_t)expand_nan_from(id)), sign, sign);
  hi = svorr_x(all, hi, sign);
  if (expand_minus_zero_is_nan(id)) {
    svbool_t nan = svcmpeq(all, c, 0x80);
    hi = svsel(nan, svdup_u8(EXPAND_NAN >> 24), hi);
    lo = svsel(nan, svdup_u8(EXPAND_NAN >> 16 & 255), lo);
  }
  *first = svreinterpret_u16(svzip1(lo, hi));
  *second = svreinterpret_u16(svzip2(lo, hi));
}

/* Quarter t of the values. */
VEC_INLINE vec_f expand_quarter(svuint16_t first, svuint16_t second, int t) {
  const svuint16_t zero = svdup_u16(0);
  svuint16_t h = t < 2 ? first : second;
  return svreinterpret_f32(t & 1 ? svzip2(zero, h) : svzip1(zero, h));
}
VEC_INLINE svint32_t expand_integer_quarter(svint8_t c, int t) {
  svint16_t h = t < 2 ? svunpklo(c) : svunpkhi(c);
  return t & 1 ? svunpkhi(h) : svunpklo(h);
}

/* Integers of a width in the low bits of bytes. */
VEC_INLINE svint8_t expand_signed(unsigned bits, svuint8_t c) {
  const svbool_t all = svptrue_b8();
  return svasr_x(all, svreinterpret_s8(svlsl_x(all, c, (uint8_t)(8 - bits))), (uint8_t)(8 - bits));
}

/* Codes i .. i + svcntb() - 1 of a packed row of n, one to a byte; i is a multiple of svcntb(). */
VEC_INLINE svuint8_t expand_packed(unsigned bits, const uint8_t *row, size_t i, size_t n) {
  const size_t bytes = (n - i < svcntb() ? n - i : svcntb()) * bits / 8;
  row += i * bits / 8;
  if (bits == 4) {
    svuint16_t pairs = svld1ub_u16(svwhilelt_b16_u64(0, bytes), row);
    return svreinterpret_u8(
        svand_x(svptrue_b16(), svorr_x(svptrue_b16(), pairs, svlsl_x(svptrue_b16(), pairs, 4)), 0x0f0f));
  }
  svuint8_t c = svld1(svwhilelt_b8_u64(0, bytes), row);
  if (bits != 6) return c;
  /* bytes 3 k .. 3 k + 2 to lane k; index 255 finds none, as there are at most 192 */
  svuint32_t at = svadd_x(vec_all(), svmul_x(vec_all(), svindex_u32(0, 3), 0x010101u), 0xff020100u);
  svuint32_t w = svreinterpret_u32(svtbl(c, svreinterpret_u8(at))), codes = vec_and(w, vec_set_i(0x3f));
  codes = vec_or(codes, vec_and(vec_shl(w, 2), vec_set_i(0x3f00)));
  codes = vec_or(codes, vec_and(vec_shl(w, 4), vec_set_i(0x3f0000)));
  return svreinterpret_u8(vec_or(codes, vec_and(vec_shl(w, 6), vec_set_i(0x3f000000))));
}

#endif
