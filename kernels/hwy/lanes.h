// SPDX-License-Identifier: Apache-2.0
// lanes.h: codes to values and values to codes in lanes of 32 bits, and rows of codes narrower than a byte. Included once
// for each target. What depends on an element is in its Format; what depends on its Kind is chosen when compiling.
//
// As in the scalar codec nothing depends on flushing where codes become values: a subnormal code becomes a number by a
// product of normal ones. Vectors of SVE have no size when compiling, so none is ever in an array or a struct.
#if defined(LOWPK_HWY_LANES_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LOWPK_HWY_LANES_H
#undef LOWPK_HWY_LANES_H
#else
#define LOWPK_HWY_LANES_H
#endif

#include "kernels/hwy/plan.h"
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lowp {
namespace HWY_NAMESPACE {
#if HWY_TARGET != HWY_SCALAR
namespace hn = hwy::HWY_NAMESPACE;

template <class D> using Floats = hn::RebindToFloat<D>;
template <class D> using V = hn::VFromD<D>;

// The most lanes of 32 bits that a vector has: SVE of 2048 bits.
constexpr size_t kMostLanes = 64;

// 16 bytes in each 128-bit block, as lookups want them.
template <class D> HWY_INLINE V<hn::Repartition<uint8_t, D>> Table(D, const uint8_t *bytes) {
  return hn::LoadDup128(hn::Repartition<uint8_t, D>(), bytes);
}
// Byte i of a table for each byte i of `at` below 16, 0 for those from 128 on.
template <class D> HWY_INLINE V<D> Lookup(D d, V<hn::Repartition<uint8_t, D>> table, V<D> at) {
  return hn::BitCast(d, hn::TableLookupBytesOr0(table, hn::BitCast(hn::Repartition<uint8_t, D>(), at)));
}

template <class D> HWY_INLINE V<D> LoadBits(D d, const void *p) {
  return hn::BitCast(d, hn::LoadU(hn::Repartition<uint8_t, D>(), static_cast<const uint8_t *>(p)));
}
template <class D> HWY_INLINE void StoreBits(D, V<D> v, void *p) {
  const hn::Repartition<uint8_t, D> d8;
  hn::StoreU(hn::BitCast(d8, v), d8, static_cast<uint8_t *>(p));
}

// Codes of an array to lanes, and back.
template <Kind kind, class D> HWY_INLINE V<D> LoadCodes(D d, const uint8_t *p) {
  if constexpr (kind == Kind::kHalf || kind == Kind::kBf16) {
    const hn::Rebind<uint16_t, D> d16;
    const hn::Repartition<uint8_t, decltype(d16)> d8;
    return hn::PromoteTo(d, hn::BitCast(d16, hn::LoadU(d8, p)));
  } else {
    return hn::PromoteTo(d, hn::LoadU(hn::Rebind<uint8_t, D>(), p));
  }
}
// DemoteTo, which saturates, of numbers that fit: TruncateTo of Highway 1.0.3 takes the wrong bytes on AVX3_DL.
template <Kind kind, class D> HWY_INLINE void StoreCodes(D d, V<D> codes, uint8_t *p) {
  if constexpr (kind == Kind::kHalf || kind == Kind::kBf16) {
    const hn::Rebind<uint16_t, D> d16;
    const hn::Repartition<uint8_t, decltype(d16)> d8;
    hn::StoreU(hn::BitCast(d8, hn::DemoteTo(d16, codes)), d8, p);
  } else {
    const hn::Rebind<uint8_t, D> d8;
    hn::StoreU(hn::DemoteTo(d8, codes), d8, p);
  }
  (void)d;
}

// --- codes to values -----------------------------------------------------------------------------------------------

// A minifloat: the exponent field on top of that of f32, subnormals as a product, then what is special.
template <Kind kind, class D> HWY_INLINE V<D> MinifloatBits(D d, const Format &f, V<D> c) {
  const Floats<D> df;
  const auto magnitude = hn::And(c, hn::Set(d, f.mask));
  auto v = hn::Add(hn::ShiftLeftSame(magnitude, f.to_field), hn::Set(d, f.rebias));
  if constexpr (kind == Kind::kScale) {
    v = hn::Max(v, hn::Set(d, f.least));
    return hn::IfThenElse(hn::Eq(magnitude, hn::Set(d, f.nan)), hn::Set(d, kNan), v);
  }
  const auto subnormal = hn::Mul(hn::ConvertTo(df, magnitude), hn::Set(df, f.unit));
  v = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, f.normal)), hn::BitCast(d, subnormal), v);
  if constexpr (kind != Kind::kFloat) v = hn::IfThenElse(hn::Eq(magnitude, hn::Set(d, f.inf)), hn::Set(d, kInf), v);
  v = hn::Or(v, hn::And(hn::ShiftLeftSame(c, f.to_sign), hn::Set(d, INT32_MIN)));
  if constexpr (kind != Kind::kFloat) {
    const auto whole = hn::And(c, hn::Set(d, 2 * f.mask + 1));
    const auto nan = hn::Or(hn::Gt(magnitude, hn::Set(d, f.nan - 1)), hn::Eq(whole, hn::Set(d, f.nan_code)));
    v = hn::IfThenElse(nan, hn::Set(d, kNan), v);
  }
  return v;
}

// HiFloat8. The upper four bits below the sign say how wide the exponent is and, but for its last bits, what it is. Those
// bits and the mantissa come next, so that both are one number to be added at the right place; if the exponent is
// negative its last bits count downward, which is subtracting them twice.
template <class D> HWY_INLINE V<D> Hif8Bits(D d, V<D> c) {
  alignas(16) static const uint8_t fields[16] = {0,       127,     127 + 1, 127 - 1, 127 + 2, 127 + 3,
                                                 127 - 2, 127 - 3, 127 + 4, 127 + 6, 127 - 4, 127 - 6,
                                                 127 + 8, 139,     127 - 8, 127 - 12};
  alignas(16) static const uint8_t downward[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 0, 0, 6, 6};
  const hn::RebindToUnsigned<D> du;
  const auto magnitude = hn::And(c, hn::Set(d, 0x7f)), at = hn::ShiftRight<3>(magnitude);
  const auto down = Lookup(d, Table(d, downward), hn::Or(at, hn::Set(d, static_cast<int32_t>(0x80808000u))));
  const auto field = Lookup(d, Table(d, fields), hn::Or(hn::ShiftLeft<24>(at), hn::Set(d, 0x00808080)));
  auto rest = hn::And(c, hn::Set(d, 7));
  rest = hn::Sub(rest, hn::ShiftLeft<1>(hn::And(rest, down)));
  rest = hn::ShiftLeft<20>(rest);
  rest = hn::Add(rest, hn::IfThenElseZero(hn::Gt(magnitude, hn::Set(d, 0x3f)), rest));
  rest = hn::Add(rest, hn::IfThenElseZero(hn::Gt(magnitude, hn::Set(d, 0x5f)), rest));
  auto v = hn::Add(hn::BitCast(d, hn::ShiftRight<1>(hn::BitCast(du, field))), rest);
  // codes 1 to 7 are powers of two from 2^-22 on; then 0 and Inf, which have no place in this order
  const auto power = hn::ShiftLeft<23>(hn::Add(magnitude, hn::Set(d, 127 - 23)));
  v = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 8)), power, v);
  v = hn::IfThenZeroElse(hn::Eq(magnitude, hn::Zero(d)), v);
  v = hn::IfThenElse(hn::Eq(magnitude, hn::Set(d, 0x6f)), hn::Set(d, kInf), v);
  v = hn::Or(v, hn::And(hn::ShiftLeft<24>(c), hn::Set(d, INT32_MIN)));
  return hn::IfThenElse(hn::Eq(hn::And(c, hn::Set(d, 0xff)), hn::Set(d, 0x80)), hn::Set(d, kNan), v);
}

// Values of codes, exact; bits of a lane above the width of the code do not matter, but for BF16 and FP16 they are 0.
template <Kind kind, class D> HWY_INLINE V<Floats<D>> Value(D d, const Format &f, V<D> c) {
  const Floats<D> df;
  if constexpr (kind == Kind::kTable) {
    const auto magnitude = hn::And(c, hn::Set(d, 7));
    const auto at = hn::Or(hn::ShiftLeft<24>(magnitude), hn::ShiftLeft<16>(magnitude));
    const auto v = Lookup(d, Table(d, f.table), hn::Or(at, hn::Set(d, 0x00088080)));
    return hn::BitCast(df, hn::Or(v, hn::ShiftLeft<31>(hn::ShiftRight<3>(c))));
  } else if constexpr (kind == Kind::kBf16) {
    const auto v = hn::ShiftLeft<16>(c);
    const auto nan = hn::Gt(hn::And(v, hn::Set(d, kMagnitude)), hn::Set(d, kInf));
    return hn::BitCast(df, hn::IfThenElse(nan, hn::Set(d, kNan), v));
  } else if constexpr (kind == Kind::kFixed) {
    const int unused = 32 - static_cast<int>(f.bits);
    const auto v = hn::ShiftRightSame(hn::ShiftLeftSame(c, unused), unused);
    return hn::Mul(hn::ConvertTo(df, v), hn::Set(df, f.floor));
  } else if constexpr (kind == Kind::kHif8) {
    return hn::BitCast(df, Hif8Bits(d, c));
  } else {
    return hn::BitCast(df, MinifloatBits<kind>(d, f, c));
  }
}

// --- values to codes -----------------------------------------------------------------------------------------------

// `r`, whose low bits were rounded to nearest even, for another mode: by the exact remainder of y >= 0 over the value
// that `r` stands for; `half` is half a step.
template <class D>
HWY_INLINE V<D> Correct(D d, lowp_round round, V<Floats<D>> y, V<Floats<D>> value, V<Floats<D>> half, V<D> r) {
  const auto if_true = [&](auto m) HWY_ATTR { return hn::VecFromMask(d, hn::RebindMask(d, m)); }; // -1
  switch (round) {
  case LOWP_ROUND_HALF_AWAY:
    return hn::Sub(r, if_true(hn::Eq(hn::Sub(y, value), half)));
  case LOWP_ROUND_HALF_ZERO:
    return hn::Add(r, if_true(hn::Eq(hn::Sub(value, y), half)));
  case LOWP_ROUND_RTZ:
    return hn::Add(r, if_true(hn::Gt(value, y)));
  default:
    return r;
  }
}

// The magnitude code of y >= 0, not saturated. With c = 2^E for the exponent E of y, but at least that of the smallest
// normal, c * 2^(23-m) + y has an ulp of 2^(E-m): so the adder rounds y to the mantissa of the format, and leaves
// q = round(y / 2^(E-m)) in the low bits. (E << m) + q is the code but for a constant: a carry of q is the next exponent.
template <class D> HWY_INLINE V<D> RoundMagnitude(D d, const Format &f, lowp_round round, V<D> y) {
  const Floats<D> df;
  const auto ulps = hn::Set(df, f.ulps);
  const auto c = hn::Max(hn::BitCast(df, hn::And(y, hn::Set(d, kInf))), hn::Set(df, f.floor)),
             anchor = hn::Mul(c, ulps);
  const auto sum = hn::Add(anchor, hn::BitCast(df, y));
  auto r = hn::BitCast(d, sum);
  if (round != LOWP_ROUND_RNE)
    r = Correct(d, round, hn::BitCast(df, y), hn::Sub(sum, anchor), hn::Mul(c, hn::Set(df, f.half)), r);
  const auto low = hn::And(r, hn::Set(d, 0x7fffff));
  return hn::Sub(hn::Add(hn::ShiftRightSame(r, f.to_field), low), hn::Set(d, f.offset));
}

// Codes of y with its sign; y is finite and below 2^100.
template <class D> HWY_INLINE V<D> MinifloatCodes(D d, const Format &f, lowp_round round, V<D> y) {
  const hn::RebindToUnsigned<D> du;
  auto code = RoundMagnitude(d, f, round, hn::And(y, hn::Set(d, kMagnitude)));
  code = hn::Min(code, hn::Set(d, f.max_code));
  auto sign = hn::BitCast(d, hn::ShiftRightSame(hn::BitCast(du, hn::And(y, hn::Set(d, INT32_MIN))), f.to_sign));
  if (f.drops_minus) sign = hn::IfThenZeroElse(hn::Eq(code, hn::Zero(d)), sign);
  return hn::Or(code, sign);
}

// round(y * 2^frac) as an integer, |y| < 2^(22 - frac): the adder rounds at the ulp of 2^(23 - frac).
template <class D> HWY_INLINE V<D> RoundInteger(D d, const Format &f, lowp_round round, V<Floats<D>> y) {
  const Floats<D> df;
  const auto magic = hn::Set(df, f.ulps), a = hn::Abs(y), sum = hn::Add(a, magic);
  auto r = hn::BitCast(d, sum);
  if (round != LOWP_ROUND_RNE) r = Correct(d, round, a, hn::Sub(sum, magic), hn::Set(df, f.half), r);
  r = hn::Sub(r, hn::BitCast(d, magic));
  const auto sign = hn::BroadcastSignBit(hn::BitCast(d, y));
  return hn::Sub(hn::Xor(r, sign), sign);
}

// HiFloat8, ties away, of finite y; what is above 2^15 saturates.
template <class D> HWY_INLINE V<D> Hif8Codes(D d, V<D> y) {
  alignas(16) static const uint8_t powers[16] = {0x08, 0x10, 0x20, 0x28, 0x40, 0x44, 0x48, 0x4c,
                                                 0x60, 0x62, 0x64, 0x66, 0x68, 0x6a, 0x6c, 0x6e};
  const auto a = hn::Min(hn::And(y, hn::Set(d, kMagnitude)), hn::Set(d, 0x47000000)), bias = hn::Set(d, 127);
  const auto size = hn::Abs(hn::Sub(hn::ShiftRight<23>(a), bias));
  // half of the last place, which is 2^20 for three bits of mantissa
  auto half = hn::Set(d, 1 << 19);
  half = hn::Add(half, hn::IfThenElseZero(hn::Gt(size, hn::Set(d, 3)), half));
  half = hn::Add(half, hn::IfThenElseZero(hn::Gt(size, hn::Set(d, 7)), half));
  half = hn::Add(half, hn::IfThenElseZero(hn::Gt(size, hn::Set(d, 15)), half));
  // a carry into the next power of two leaves no mantissa that any width would show
  const auto u = hn::Add(a, half), e = hn::Sub(hn::ShiftRight<23>(u), bias), wide = hn::Abs(e);
  auto m = hn::ShiftRight<20>(hn::And(u, hn::Set(d, 0x7fffff)));
  m = hn::IfThenElse(hn::Gt(wide, hn::Set(d, 3)), hn::ShiftRight<1>(m), m);
  m = hn::IfThenElse(hn::Gt(wide, hn::Set(d, 7)), hn::ShiftRight<1>(m), m);
  const auto at = hn::Or(hn::Min(wide, hn::Set(d, 15)), hn::Set(d, static_cast<int32_t>(0x80808000u)));
  const auto below = hn::Lt(e, hn::Zero(d)), one = hn::Eq(wide, hn::Set(d, 1));
  auto code = hn::Add(Lookup(d, Table(d, powers), at), m);
  code = hn::Add(code, hn::IfThenElseZero(below, hn::IfThenElse(one, hn::Set(d, 8), hn::Set(d, 16))));
  // 2^-22 to 2^-16 have the codes 1 to 7, and what is at least half of the smallest becomes the smallest
  auto small = hn::Max(hn::Add(e, hn::Set(d, 23)), hn::Set(d, 1));
  small = hn::IfThenElseZero(hn::Gt(a, hn::Set(d, (104 << 23) - 1)), small);
  code = hn::IfThenElse(hn::Lt(e, hn::Set(d, -15)), small, code);
  const auto sign = hn::And(hn::ShiftRight<24>(y), hn::Set(d, 0x80));
  return hn::IfThenZeroElse(hn::Eq(code, hn::Zero(d)), hn::Or(code, sign));
}

// The formats of scales, of |y|: E8M0 cuts the mantissa off, E6M2 rounds to two bits; both clamp at their ends.
template <class D> HWY_INLINE V<D> ScaleCodes(D d, const Format &f, V<D> y) {
  auto v = hn::And(y, hn::Set(d, kMagnitude));
  if (f.to_field < 23) {
    const auto odd = hn::And(hn::ShiftRightSame(v, f.to_field), hn::Set(d, 1));
    v = hn::Add(hn::Add(v, hn::Set(d, (1 << (f.to_field - 1)) - 1)), odd);
  }
  v = hn::ShiftRightSame(hn::Sub(v, hn::Set(d, f.rebias)), f.to_field);
  return hn::Min(hn::Max(v, hn::Zero(d)), hn::Set(d, f.max_code));
}

// bfloat16 is the upper half of f32: rounding is an addition to the bits. No NaN.
template <class D> HWY_INLINE V<D> Bf16Codes(D d, lowp_round round, V<D> y) {
  if (round == LOWP_ROUND_RNE) y = hn::Add(y, hn::And(hn::ShiftRight<16>(y), hn::Set(d, 1)));
  if (round == LOWP_ROUND_RNE || round == LOWP_ROUND_HALF_ZERO) y = hn::Add(y, hn::Set(d, 0x7fff));
  if (round == LOWP_ROUND_HALF_AWAY) y = hn::Add(y, hn::Set(d, 0x8000));
  return hn::And(hn::ShiftRight<16>(y), hn::Set(d, 0xffff));
}

// Codes of the floats with bits y, within what EncodeLimit of convert.cc lets through. No bits above their width.
template <Kind kind, class D> HWY_INLINE V<D> Codes(D d, const Format &f, lowp_round round, V<D> y) {
  const Floats<D> df;
  if constexpr (kind == Kind::kBf16) {
    return Bf16Codes(d, round, y);
  } else if constexpr (kind == Kind::kHif8) {
    return Hif8Codes(d, y);
  } else if constexpr (kind == Kind::kScale) {
    return ScaleCodes(d, f, y);
  } else if constexpr (kind == Kind::kFixed) {
    // far beyond any code, and within what RoundInteger can do
    const auto most = hn::Set(df, 1024.0f), near = hn::Max(hn::Min(hn::BitCast(df, y), most), hn::Neg(most));
    auto q = RoundInteger(d, f, round, near);
    q = hn::Min(hn::Max(q, hn::Set(d, f.min)), hn::Set(d, f.max));
    return hn::And(q, hn::Set(d, (1 << f.bits) - 1));
  } else {
    return MinifloatCodes(d, f, round, y);
  }
}

// --- rows of codes narrower than a byte (generic/pack.h): 16 codes at a time, n a multiple of that -------------------

HWY_INLINE void PackFours(size_t n, const uint8_t *bytes, uint8_t *row) {
  const hn::FixedTag<int16_t, 8> d;
  const hn::FixedTag<uint8_t, 8> d8;
  for (size_t i = 0; i < n; i += 16) {
    const auto v = LoadBits(d, bytes + i);
    hn::StoreU(hn::DemoteTo(d8, hn::And(hn::Or(v, hn::ShiftRight<4>(v)), hn::Set(d, 0xff))), d8, row + i / 2);
  }
}

HWY_INLINE void UnpackFours(size_t n, const uint8_t *row, uint8_t *bytes) {
  const hn::FixedTag<uint16_t, 8> d;
  for (size_t i = 0; i < n; i += 16) {
    const auto v = hn::PromoteTo(d, hn::LoadU(hn::FixedTag<uint8_t, 8>(), row + i / 2));
    StoreBits(d, hn::And(hn::Or(v, hn::ShiftLeft<4>(v)), hn::Set(d, 0x0f0f)), bytes + i);
  }
}

HWY_INLINE void PackSixes(size_t n, const uint8_t *bytes, uint8_t *row) {
  alignas(16) static const uint8_t join[16] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 128, 128, 128, 128};
  const hn::FixedTag<uint32_t, 4> d;
  for (size_t i = 0; i < n; i += 16, row += 12) {
    const auto v = LoadBits(d, bytes + i);
    const auto two = hn::Or(hn::And(v, hn::Set(d, 0x003f003f)), hn::And(hn::ShiftRight<2>(v), hn::Set(d, 0x0fc00fc0)));
    const auto four = hn::Or(hn::And(two, hn::Set(d, 0xfff)), hn::And(hn::ShiftRight<4>(two), hn::Set(d, 0xfff000)));
    uint8_t twelve[16];
    StoreBits(d, Lookup(d, hn::BitCast(hn::FixedTag<uint8_t, 16>(), four), LoadBits(d, join)), twelve);
    memcpy(row, twelve, 12);
  }
}

HWY_INLINE void UnpackSixes(size_t n, const uint8_t *row, uint8_t *bytes) {
  alignas(16) static const uint8_t part[16] = {0, 1, 2, 128, 3, 4, 5, 128, 6, 7, 8, 128, 9, 10, 11, 128};
  const hn::FixedTag<uint32_t, 4> d;
  for (size_t i = 0; i < n; i += 16, row += 12) {
    uint8_t twelve[16] = {0};
    memcpy(twelve, row, 12);
    const auto four = Lookup(d, hn::LoadU(hn::FixedTag<uint8_t, 16>(), twelve), LoadBits(d, part));
    const auto two = hn::Or(hn::And(four, hn::Set(d, 0xfff)), hn::And(hn::ShiftLeft<4>(four), hn::Set(d, 0xfff0000)));
    const auto one =
        hn::Or(hn::And(two, hn::Set(d, 0x003f003f)), hn::And(hn::ShiftLeft<2>(two), hn::Set(d, 0x3f003f00)));
    StoreBits(d, one, bytes + i);
  }
}

HWY_INLINE void PackCodes(unsigned bits, size_t n, const uint8_t *bytes, uint8_t *row) {
  if (bits == 4)
    PackFours(n, bytes, row);
  else
    PackSixes(n, bytes, row);
}
HWY_INLINE void UnpackCodes(unsigned bits, size_t n, const uint8_t *row, uint8_t *bytes) {
  if (bits == 4)
    UnpackFours(n, row, bytes);
  else
    UnpackSixes(n, row, bytes);
}

#endif
} // namespace HWY_NAMESPACE
} // namespace lowp
HWY_AFTER_NAMESPACE();

#endif
