// SPDX-License-Identifier: Apache-2.0
// convert.cc: arrays of elements from f32 and back; rows of elements without a scale are such arrays.
//
// Lanes know finite numbers and saturation. What a NaN, an Inf or an overflow becomes depends on the rules; such values
// are rare, so a group with one is left to the generic kernel as a whole. Left to it altogether are stochastic rounding
// and rounding upward, the rule that gives unsigned formats a NaN for negative numbers, HiF8 and the scale formats under
// other than their default rounding, and processes that changed the rounding mode or flush subnormals.
#include "kernels/hwy/shim.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hwy/convert.cc" // from the top of the tree: foreach_target.h includes it
#include <hwy/foreach_target.h>

#include "kernels/hwy/lanes.h"

#ifndef LOWPK_HWY_CONVERT_ONCE
#define LOWPK_HWY_CONVERT_ONCE
namespace lowp {

struct EncodeCall {
  Format f;
  lowp_encode_rules rules;
  uint32_t seed;
  uint64_t counter;
  int32_t limit; // the largest magnitude, as bits, that lanes can do
};

} // namespace lowp
#endif

HWY_BEFORE_NAMESPACE();
namespace lowp {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

static void DecodeArray(const Format &f, size_t n, const uint8_t *codes, uint8_t *x) {
  lowpk_decode_generic(f.id, n, codes, reinterpret_cast<float *>(x));
}
static void EncodeArray(const EncodeCall &c, size_t n, const uint8_t *x, uint8_t *codes) {
  lowpk_encode_generic(c.f.id, c.rules, c.seed, c.counter, n, reinterpret_cast<const float *>(x), codes);
}

#else

template <Kind kind> static void Decode(const Format &f, size_t n, const uint8_t *codes, uint8_t *x) {
  const hn::ScalableTag<int32_t> d;
  const Floats<decltype(d)> df;
  const size_t lanes = hn::Lanes(d), size = f.size;
  size_t i = 0;
  for (; n - i >= lanes; i += lanes) StoreBits(df, Value<kind>(d, f, LoadCodes<kind>(d, codes + i * size)), x + 4 * i);
  if (i == n) return;
  uint8_t rest[2 * kMostLanes] = {0}, y[4 * kMostLanes]; // nothing outside of the arrays is touched
  memcpy(rest, codes + i * size, (n - i) * size);
  StoreBits(df, Value<kind>(d, f, LoadCodes<kind>(d, rest)), y);
  memcpy(x + 4 * i, y, (n - i) * 4);
}

static void DecodeArray(const Format &f, size_t n, const uint8_t *codes, uint8_t *x) {
  switch (f.kind) {
  case Kind::kTable:
    return Decode<Kind::kTable>(f, n, codes, x);
  case Kind::kFloat:
    return Decode<Kind::kFloat>(f, n, codes, x);
  case Kind::kSpecial:
    return Decode<Kind::kSpecial>(f, n, codes, x);
  case Kind::kHalf:
    return Decode<Kind::kHalf>(f, n, codes, x);
  case Kind::kScale:
    return Decode<Kind::kScale>(f, n, codes, x);
  case Kind::kBf16:
    return Decode<Kind::kBf16>(f, n, codes, x);
  case Kind::kFixed:
    return Decode<Kind::kFixed>(f, n, codes, x);
  case Kind::kHif8:
    return Decode<Kind::kHif8>(f, n, codes, x);
  }
}

// Groups of 64, whatever the vector: most are free of what lanes do not know, and a test for each vector would cost more.
template <Kind kind> static void Encode(const EncodeCall &c, size_t n, const uint8_t *x, uint8_t *codes) {
  const hn::CappedTag<int32_t, kMostLanes> d;
  const size_t lanes = hn::Lanes(d), size = c.f.size, group = kMostLanes;
  const lowp_round round = static_cast<lowp_round>(c.rules.round);
  for (size_t i = 0; i < n; i += group) {
    uint8_t last[4 * kMostLanes], last_codes[2 * kMostLanes], *to = codes + i * size;
    const uint8_t *from = x + 4 * i;
    const size_t count = n - i < group ? n - i : group;
    if (count < group) { // the last ones, with zeros behind
      memset(last, 0, sizeof last);
      memcpy(last, from, 4 * count);
      from = last;
      to = last_codes;
    }
    auto most = hn::Zero(d);
    for (size_t j = 0; j < group; j += lanes)
      most = hn::Max(most, hn::And(LoadBits(d, from + 4 * j), hn::Set(d, kMagnitude)));
    if (!hn::AllFalse(d, hn::Gt(most, hn::Set(d, c.limit)))) {
      lowpk_encode_generic(c.f.id, c.rules, c.seed, c.counter + i, count, reinterpret_cast<const float *>(from),
                           codes + i * size);
      continue;
    }
    for (size_t j = 0; j < group; j += lanes)
      StoreCodes<kind>(d, Codes<kind>(d, c.f, round, LoadBits(d, from + 4 * j)), to + j * size);
    if (count < group) memcpy(codes + i * size, last_codes, count * size);
  }
}

static void EncodeArray(const EncodeCall &c, size_t n, const uint8_t *x, uint8_t *codes) {
  switch (c.f.kind) {
  case Kind::kBf16:
    return Encode<Kind::kBf16>(c, n, x, codes);
  case Kind::kHalf:
    return Encode<Kind::kHalf>(c, n, x, codes);
  case Kind::kScale:
    return Encode<Kind::kScale>(c, n, x, codes);
  case Kind::kFixed:
    return Encode<Kind::kFixed>(c, n, x, codes);
  case Kind::kHif8:
    return Encode<Kind::kHif8>(c, n, x, codes);
  default:
    return Encode<Kind::kSpecial>(c, n, x, codes);
  }
}
#endif

} // namespace HWY_NAMESPACE
} // namespace lowp
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowp {
HWY_EXPORT(DecodeArray);
HWY_EXPORT(EncodeArray);

extern "C" void lowpk_decode_hwy(lowp_element id, size_t n, const void *codes, float *x) {
  HWY_DYNAMIC_DISPATCH(DecodeArray)
  (FormatOf(id), n, static_cast<const uint8_t *>(codes), reinterpret_cast<uint8_t *>(x));
}

extern "C" void lowpk_dequantize_cast_hwy(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales,
                                          const void *zero, float *x) {
  if (lowp_element_row_of(job->scheme->element).bits < 8)
    lowpk_dequantize_cast_generic(job, codes, scales, zero, x);
  else
    lowpk_decode_hwy(job->scheme->element, job->cols_padded, codes, x);
}

// The largest finite number where overflow does not saturate, else the largest finite f32, or Inf where that saturates too.
// bf16 overflows to Inf by the same addition.
static int32_t EncodeLimit(const Format &f, lowp_encode_rules rules) {
  const bool nonfinite = rules.overflow == LOWP_OVERFLOW_NONFINITE;
  if (f.kind == Kind::kFixed || (f.kind == Kind::kBf16 && nonfinite)) return kInf;
  if (f.kind == Kind::kHif8 && nonfinite) return 0x47000000; // 2^15
  if (nonfinite || f.kind == Kind::kBf16) return static_cast<int32_t>(lowp_f32_bits(lowpk_element_max(f.id)));
  if (f.kind != Kind::kScale && f.kind != Kind::kHif8) return 0x71800000; // 2^100: RoundMagnitude multiplies by 2^23
  return rules.inf == LOWP_INF_NONFINITE ? kInf - 1 : kInf;
}

extern "C" void lowpk_encode_hwy(lowp_element id, lowp_encode_rules rules, uint32_t seed, uint64_t counter, size_t n,
                                 const float *x, void *codes) {
  const Format f = FormatOf(id);
  const bool only_default = f.kind == Kind::kHif8 || f.kind == Kind::kScale;
  if (!DefaultMode() || !HasRound(rules.round) || (f.kind == Kind::kScale && rules.negative != LOWP_NEGATIVE_ABS) ||
      (only_default && rules.round != lowp_encode_default(id).round)) {
    lowpk_encode_generic(id, rules, seed, counter, n, x, codes);
    return;
  }
  const EncodeCall call = {f, rules, seed, counter, EncodeLimit(f, rules)};
  HWY_DYNAMIC_DISPATCH(EncodeArray)
  (call, n, reinterpret_cast<const uint8_t *>(x), static_cast<uint8_t *>(codes));
}

extern "C" void lowpk_quantize_cast_hwy(const lowpk_job *job, size_t row, const float *x, uint8_t *codes,
                                        uint8_t *scales, void *zero) {
  const lowp_element id = job->scheme->element;
  if (lowp_element_row_of(id).bits < 8) {
    lowpk_quantize_cast_generic(job, row, x, codes, scales, zero);
    return;
  }
  lowp_encode_rules rules = lowpk_rules(job, id);
  rules.overflow = lowp_encode_default(id).overflow;
  lowpk_encode_hwy(id, rules, job->opts->seed, static_cast<uint64_t>(row) * job->cols_padded, job->cols_padded, x,
                   codes);
}
} // namespace lowp
#endif
