// SPDX-License-Identifier: Apache-2.0
// plan.h: what the kernels of this folder know before they look at data, the same for every target: an element as
// numbers for lanes, and whether the processor rounds as they need it to.
#ifndef LOWPK_HWY_PLAN_H
#define LOWPK_HWY_PLAN_H

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
extern "C" {
#include "kernels/generic/block.h"
}

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#endif

namespace lowp {

// Where the lanes of lanes.h differ; a kernel is instantiated for each of these, not for each element.
enum class Kind {
  kTable,   // four bits, no specials: a table of eight magnitudes
  kFloat,   // minifloats whose codes are all finite
  kSpecial, // minifloats of a byte with NaN
  kHalf,    // the same in two bytes
  kScale,   // unsigned, no zero
  kBf16,
  kFixed,
  kHif8
};

struct Format {
  lowp_element id;
  Kind kind;
  unsigned bits;          // of a code
  size_t size;            // of a code in an array
  int32_t mask, max_code; // minifloats: magnitudes, and the largest finite one
  int to_field;           // from the mantissa to that of f32, 23 - m
  int to_sign;            // from the sign bit of a code to that of f32
  // decode: minifloats
  int32_t rebias, least; // added to the field; smallest result of a scale
  int32_t normal;        // smallest magnitude that is not subnormal
  float unit;            // value of magnitude 1 where that is subnormal
  int32_t inf, nan;      // magnitudes: Inf; from here on NaN
  int32_t nan_code;      // a whole code
  // encode: minifloats and integers
  float floor, ulps, half; // see RoundMagnitude in lanes.h
  int32_t offset;
  bool drops_minus; // no code of -0
  // integers
  int32_t min, max;
  alignas(16) uint8_t table[16]; // kTable: the upper bytes of eight values, and the ones below
};

constexpr int32_t kInf = 0x7f800000, kNan = 0x7fc00000, kMagnitude = 0x7fffffff, kNever = 0x7fffffff;

inline float Pow2(int k) { return lowp_f32_from_bits(static_cast<uint32_t>(k + 127) << 23); }

inline Kind KindOf(lowp_element id, const lowp_element_row &row) {
  if (id == LOWP_BF16) return Kind::kBf16;
  if (row.kind == LOWP_KIND_TAPERED) return Kind::kHif8;
  if (row.kind == LOWP_KIND_FIXED) return Kind::kFixed;
  if (row.minifloat.specials == LOWP_SPECIALS_SCALE) return Kind::kScale;
  if (row.bits > 8) return Kind::kHalf;
  if (row.minifloat.specials != LOWP_SPECIALS_NONE) return Kind::kSpecial;
  return row.bits == 4 ? Kind::kTable : Kind::kFloat;
}

inline Format FormatOf(lowp_element id) {
  const lowp_element_row row = lowp_element_row_of(id);
  const lowp_minifloat m = row.minifloat;
  Format f = {};
  f.id = id;
  f.kind = KindOf(id, row);
  f.bits = row.bits;
  f.size = row.bits > 8 ? 2 : 1;
  if (row.kind == LOWP_KIND_FIXED) {
    f.floor = Pow2(-row.fixed.frac); // what a code is worth
    f.half = Pow2(-1 - row.fixed.frac);
    f.ulps = Pow2(23 - row.fixed.frac);
    f.min = row.fixed.min;
    f.max = row.fixed.max;
  }
  if (row.kind != LOWP_KIND_MINIFLOAT || id == LOWP_BF16) return f;
  f.mask = (1 << (m.e + m.m)) - 1;
  f.max_code = static_cast<int32_t>(lowp_minifloat_max_code(m));
  f.to_field = 23 - m.m;
  f.to_sign = 31 - m.e - m.m;
  f.rebias = (127 - m.bias) * (1 << 23);
  const bool ieee = m.specials == LOWP_SPECIALS_IEEE, p3109 = m.specials == LOWP_SPECIALS_P3109;
  f.inf = ieee || p3109 ? f.max_code + 1 : kNever;
  f.nan = ieee ? f.max_code + 2 : m.specials == LOWP_SPECIALS_FN || m.specials == LOWP_SPECIALS_SCALE ? f.mask : kNever;
  f.nan_code = p3109 || m.specials == LOWP_SPECIALS_FNUZ ? f.mask + 1 : -1;
  f.drops_minus = f.nan_code >= 0;
  f.least = m.bias == 127 ? 1 << 22 : 0; // 2^-127, the power of code 0 of E8M0, is a subnormal of f32
  if (m.specials == LOWP_SPECIALS_SCALE) return f;
  f.normal = 1 << m.m;
  f.unit = Pow2(1 - m.bias - m.m);
  f.floor = Pow2(1 - m.bias);
  f.ulps = Pow2(23 - m.m);
  f.half = Pow2(-1 - m.m);
  f.offset = (151 - m.m - m.bias) * (1 << m.m);
  for (uint32_t c = 0; f.kind == Kind::kTable && c < 8; c++) {
    const uint32_t value = lowp_f32_bits(lowp_minifloat_decode(m, c));
    f.table[c] = static_cast<uint8_t>(value >> 24);
    f.table[8 + c] = static_cast<uint8_t>(value >> 16);
  }
  return f;
}

// Round to nearest, subnormals as they are: bits 13 and 14, 15, 6 of MXCSR; 22 and 23, 24, 0 and 1 of FPCR.
inline bool DefaultMode() {
#if defined(__x86_64__) || defined(__i386__)
  return (_mm_getcsr() & 0xe040u) == 0;
#elif defined(__aarch64__)
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return (mode & 0x1c00003u) == 0;
#else
  return true;
#endif
}

// Rounding modes that lanes have.
inline bool HasRound(int round) { return round <= LOWP_ROUND_RTZ; }

} // namespace lowp
#endif
