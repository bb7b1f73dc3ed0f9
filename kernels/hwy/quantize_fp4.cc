// SPDX-License-Identifier: Apache-2.0
// quantize_fp4.cc: rows of NVFP4 and of HiFloat4.
//
// NVFP4: the scale of a block is what the functions of generic/nvfp4.h say, one block at a time; lanes turn its elements
// into codes. HiFloat4: the two levels of exponents are 24 comparisons a group, lanes do the rest.
//
// Left to the generic kernels: element rounding other than to nearest, rows under another rounding mode or with subnormals
// flushed, groups of HiFloat4 with anything that is not finite, its search for a scale, and the arithmetic of its authors.
#include "kernels/hwy/shim.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hwy/quantize_fp4.cc" // from the top of the tree: foreach_target.h includes it
#include <hwy/foreach_target.h>

#include "kernels/hwy/lanes.h"

#ifndef LOWPK_HWY_QUANTIZE_FP4_ONCE
#define LOWPK_HWY_QUANTIZE_FP4_ONCE
extern "C" {
#include "kernels/generic/hif4.h"
#include "kernels/generic/nvfp4.h"
}
namespace lowp {

constexpr size_t kNvfp4 = LOWPK_NVFP4_BLOCK, kHif4 = LOWPK_HIF4_GROUP;
constexpr uint8_t kScaleNan = 0x7f, kScaleMax = 0x7e;

inline float Bf16(float v) {
  const uint32_t bits = lowp_f32_bits(v);
  return lowp_f32_from_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u);
}

// bf16(1 / E6M2): four mantissas, and a power of two.
inline float Hif4Reciprocal(uint32_t e6m2) {
  static const float reciprocals[4] = {1.0f, 0.80078125f, 0.66796875f, 0.5703125f};
  return reciprocals[e6m2 & 3] * Pow2(48 - static_cast<int>(e6m2 >> 2));
}

struct Hif4Rule {
  bool input_bf16;     // x is rounded to bf16 first
  bool threshold_bf16; // and so are the products compared with 4 and 2; else they are f32
  bool away;           // ties of elements
};

} // namespace lowp
#endif

HWY_BEFORE_NAMESPACE();
namespace lowp {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

static void Nvfp4Row(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales) {
  lowpk_quantize_nvfp4_generic(job, row, x, codes, scales, nullptr);
}
static void Hif4Row(Hif4Rule, const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales) {
  lowpk_quantize_hif4_generic(job, row, x, codes, scales, nullptr);
}

#else

// --- NVFP4 ---------------------------------------------------------------------------------------------------------

struct Nvfp4 {
  const lowpk_job *job;
  const lowpk_nvfp4_rule *rule;
  Format f;
  bool open; // |y| >= 7 counts as 8
};

// E2M1 of y to nearest even; NaN, which 0 under a scale that over- or underflowed gives, is 0.
template <class D> static HWY_INLINE V<D> Nvfp4Codes(D d, const Nvfp4 &r, V<Floats<D>> y) {
  const auto bits = hn::BitCast(d, y), a = hn::And(bits, hn::Set(d, kMagnitude)), nan = hn::Set(d, kInf);
  const auto sign = hn::BroadcastSignBit(bits);
  auto code = RoundMagnitude(d, r.f, LOWP_ROUND_RNE, hn::Min(a, hn::Set(d, 0x40c00000))); // 6
  code = hn::Or(code, hn::And(sign, hn::Set(d, 8)));
  if (r.open) {
    const auto eight = hn::Sub(hn::Set(d, LOWPK_NVFP4_OPEN), sign);
    code = hn::IfThenElse(hn::Gt(a, hn::Set(d, 0x40e00000 - 1)), eight, code); // 7
  }
  return hn::IfThenZeroElse(hn::Gt(a, nan), code);
}

// ggml's search: the nearest in f32, the first of equals; never -0.
template <class D> static HWY_INLINE V<D> Nvfp4Nearest(D d, float factor, V<Floats<D>> x) {
  const Floats<D> df;
  const auto a = hn::Abs(x), half = hn::Set(df, 0.5f * factor);
  auto best = a;
  auto code = hn::Zero(d);
  for (int c = 1; c < 8; c++) {
    const auto e = hn::Abs(hn::Sub(hn::Mul(hn::Set(df, 2.0f * lowpk_e2m1_values[c]), half), a));
    const auto closer = hn::Lt(e, best);
    best = hn::IfThenElse(closer, e, best);
    code = hn::IfThenElse(hn::RebindMask(d, closer), hn::Set(d, c), code);
  }
  const auto sign = hn::And(hn::BroadcastSignBit(hn::BitCast(d, x)), hn::Set(d, 8));
  return hn::IfThenZeroElse(hn::Eq(code, hn::Zero(d)), hn::Or(code, sign));
}

// Codes of a block under the scale s.
static HWY_INLINE void Nvfp4Encode(const Nvfp4 &r, float s, const float *x, uint8_t *codes) {
  const hn::CappedTag<int32_t, kNvfp4> d;
  const Floats<decltype(d)> df;
  const float factor = r.rule->factor(r.job, s);
  // -0 + 0 = +0, everything else stays as it is
  const auto input_zero = hn::Set(df, r.rule->minus == LOWPK_NVFP4_MINUS_INPUT ? 0.0f : -0.0f);
  const auto output_zero = hn::Set(df, r.rule->minus == LOWPK_NVFP4_MINUS_DROP ? 0.0f : -0.0f), f = hn::Set(df, factor);
  for (size_t i = 0; i < kNvfp4; i += hn::Lanes(d)) {
    const auto in = hn::LoadU(df, x + i);
    if (r.rule->op == LOWPK_NVFP4_SEARCH) {
      StoreCodes<Kind::kTable>(d, Nvfp4Nearest(d, factor, in), codes + i);
      continue;
    }
    const auto a = hn::Add(in, input_zero);
    const auto y = r.rule->op == LOWPK_NVFP4_DIVIDE ? hn::Div(a, f) : hn::Mul(a, f);
    StoreCodes<Kind::kTable>(d, Nvfp4Codes(d, r, hn::Add(y, output_zero)), codes + i);
  }
}

static uint8_t Nvfp4Cast(const lowpk_nvfp4_rule *rule, float base) {
  const uint8_t scale = rule->cast(base > rule->smallest ? base : rule->smallest);
  return scale ? scale : rule->underflow;
}

static uint8_t Nvfp4FourOverSix(const Nvfp4 &r, float amax, const float *x, uint8_t *codes) {
  const float base = r.rule->base_4over6(r.job, amax);
  uint8_t codes4[kNvfp4];
  const uint8_t scale6 = Nvfp4Cast(r.rule, base), scale4 = Nvfp4Cast(r.rule, base * 1.5f);
  const float s6 = lowpk_e4m3(scale6), s4 = lowpk_e4m3(scale4);
  Nvfp4Encode(r, s6, x, codes);
  Nvfp4Encode(r, s4, x, codes4);
  if (!(r.rule->error(r.job, s4, x, codes4) < r.rule->error(r.job, s6, x, codes))) return scale6;
  memcpy(codes, codes4, sizeof codes4);
  return scale4;
}

// Every positive E4M3, of which the first with least error stays. As in generic the choice by amax bounds the error, and
// no sum of squares is below the square that the largest element adds.
static uint8_t Nvfp4Search(const Nvfp4 &r, float amax, const float *x, uint8_t *codes) {
  uint8_t tried[kNvfp4], start = Nvfp4Cast(r.rule, r.rule->base(r.job, amax));
  uint8_t scale = start >= 1 && start <= kScaleMax ? start : kScaleMax;
  Nvfp4Encode(r, lowpk_e4m3(scale), x, codes);
  double error = lowpk_nvfp4_squares(r.job, lowpk_e4m3(scale), x, codes);
  const double largest = static_cast<double>(amax);
  for (uint8_t candidate = 1; candidate <= kScaleMax; candidate++) {
    const float s = lowpk_e4m3(candidate), step = s * r.job->tensor_scale;
    double nearest = largest * largest;
    for (int c = 1; c < 8; c++) {
      const double e = static_cast<double>(lowpk_e2m1_values[c] * step) - largest;
      nearest = e * e < nearest ? e * e : nearest;
    }
    if (nearest > error) continue;
    Nvfp4Encode(r, s, x, tried);
    const double e = lowpk_nvfp4_squares(r.job, s, x, tried);
    if (e < error || (e == error && candidate < scale)) {
      error = e;
      scale = candidate;
      memcpy(codes, tried, sizeof tried);
    }
  }
  return scale;
}

static uint8_t Nvfp4Block(const Nvfp4 &r, const float *x, uint8_t *codes) {
  const hn::CappedTag<int32_t, kNvfp4> d;
  auto most = hn::Zero(d);
  for (size_t i = 0; i < kNvfp4; i += hn::Lanes(d))
    most = hn::Max(most, hn::And(LoadBits(d, x + i), hn::Set(d, kMagnitude)));
  const uint32_t bits = static_cast<uint32_t>(hn::GetLane(hn::MaxOfLanes(d, most)));
  const float amax = lowp_f32_from_bits(bits);
  uint8_t scale;
  if (bits >= LOWPK_F32_INF || bits == 0 || r.job->tensor_scale == 0.0f) {
    memset(codes, 0, kNvfp4);
    if (bits >= LOWPK_F32_INF) return kScaleNan;
    if (r.job->tensor_scale == 0.0f) return 0;
    if (r.rule->minus == LOWPK_NVFP4_MINUS_KEEP_ALL)
      for (size_t i = 0; i < kNvfp4; i++) codes[i] = static_cast<uint8_t>(lowp_f32_bits(x[i]) >> 31 << 3);
    return r.rule->zero_block;
  }
  if (r.job->opts->scale_rule == LOWP_SCALE_FOUR_OVER_SIX) {
    scale = Nvfp4FourOverSix(r, amax, x, codes);
  } else if (r.job->opts->scale_rule == LOWP_SCALE_MSE) {
    scale = Nvfp4Search(r, amax, x, codes);
  } else {
    scale = Nvfp4Cast(r.rule, r.rule->base(r.job, amax));
    Nvfp4Encode(r, lowpk_e4m3(scale), x, codes);
  }
  for (size_t i = 0; r.open && i < kNvfp4; i++)
    if (codes[i] >= LOWPK_NVFP4_OPEN) codes[i] = 8;
  if (scale == kScaleNan) memset(codes, 0, kNvfp4);
  return scale;
}

static void Nvfp4Row(const lowpk_job *job, size_t, const float *x, uint8_t *codes, uint8_t *scales) {
  Nvfp4 r = {job, lowpk_nvfp4_rule_of(job->opts->compat), FormatOf(LOWP_E2M1), false};
  r.open = r.rule->op == LOWPK_NVFP4_MULTIPLY_OPEN && job->opts->scale_rule != LOWP_SCALE_MSE;
  uint8_t bytes[kNvfp4];
  for (size_t i = 0; i < job->cols_padded; i += kNvfp4) {
    scales[i / kNvfp4] = Nvfp4Block(r, x + i, bytes);
    PackFours(kNvfp4, bytes, codes + i / 2);
  }
}

// --- HiFloat4 ------------------------------------------------------------------------------------------------------

template <class D> static HWY_INLINE V<D> Bf16Bits(D d, V<D> v) {
  const auto odd = hn::And(hn::ShiftRight<16>(v), hn::Set(d, 1));
  return hn::And(hn::Add(hn::Add(v, hn::Set(d, 0x7fff)), odd), hn::Set(d, static_cast<int32_t>(0xffff0000u)));
}

// Magnitudes of a group and the largest of each four, in every place of the four; false if something is not finite.
static HWY_INLINE bool Hif4Load(Hif4Rule r, const float *from, float *x, float *fours) {
  const hn::CappedTag<int32_t, kHif4> d;
  auto all = hn::Zero(d);
  for (size_t i = 0; i < kHif4; i += hn::Lanes(d)) {
    auto v = LoadBits(d, from + i);
    all = hn::Max(all, hn::And(v, hn::Set(d, kMagnitude)));
    if (r.input_bf16) v = Bf16Bits(d, v);
    auto a = hn::And(v, hn::Set(d, kMagnitude));
    all = hn::Max(all, a);
    a = hn::Max(a, hn::Shuffle2301(a));
    a = hn::Max(a, hn::Shuffle1032(a));
    StoreBits(d, v, x + i);
    StoreBits(d, a, fours + i);
  }
  return hn::AllFalse(d, hn::Gt(all, hn::Set(d, kInf - 1)));
}

// The word of a group, and for each element what it is multiplied with.
static HWY_INLINE uint32_t Hif4Word(Hif4Rule r, const float *fours, float *factors) {
  const hn::FixedTag<float, 4> d4;
  float eights[8], amax = 0.0f;
  for (size_t i = 0; i < 8; i++) {
    eights[i] = fours[8 * i] > fours[8 * i + 4] ? fours[8 * i] : fours[8 * i + 4];
    amax = eights[i] > amax ? eights[i] : amax;
  }
  const uint32_t e6m2 = lowp_encode(LOWP_E6M2, Bf16(amax * 0.142578125f));
  const float reciprocal = Hif4Reciprocal(e6m2);
  uint32_t word = e6m2;
  for (size_t i = 0; i < 8; i++) {
    const float p = eights[i] * reciprocal;
    const uint32_t e8 = (r.threshold_bf16 ? Bf16(p) : p) >= 4.0f;
    word |= e8 << (8 + i);
    for (size_t j = 2 * i; j < 2 * i + 2; j++) {
      const float q = fours[4 * j] * reciprocal;
      const uint32_t e16 = (r.threshold_bf16 ? Bf16(q) : q) >= (e8 ? 4.0f : 2.0f);
      word |= e16 << (16 + j);
      // the exponent of the reciprocal is far from its ends
      hn::StoreU(hn::Set(d4, lowp_f32_from_bits(lowp_f32_bits(reciprocal) - ((e8 + e16) << 23))), d4, factors + 4 * j);
    }
  }
  return word;
}

// bf16(|x| * f) in quarters plus a half, cut off; under RNE a tie goes back down from an odd code.
static HWY_INLINE void Hif4Codes(Hif4Rule r, const float *x, const float *factors, uint8_t *bytes) {
  const hn::CappedTag<int32_t, kHif4> d;
  const Floats<decltype(d)> df;
  for (size_t i = 0; i < kHif4; i += hn::Lanes(d)) {
    const auto v = LoadBits(d, x + i), a = hn::And(v, hn::Set(d, kMagnitude));
    const auto y = Bf16Bits(d, hn::BitCast(d, hn::Mul(hn::BitCast(df, a), hn::LoadU(df, factors + i))));
    const auto t = hn::Add(hn::Mul(hn::BitCast(df, y), hn::Set(df, 4.0f)), hn::Set(df, 0.5f));
    auto q = hn::ConvertTo(d, hn::Min(t, hn::Set(df, 7.0f)));
    if (!r.away) {
      const auto tie = hn::RebindMask(d, hn::Eq(hn::ConvertTo(df, q), t));
      q = hn::Sub(q, hn::IfThenElseZero(tie, hn::And(q, hn::Set(d, 1))));
    }
    const auto minus = hn::IfThenElseZero(hn::Lt(hn::BitCast(df, v), hn::Zero(df)), hn::BitCast(df, hn::Set(d, 8)));
    StoreCodes<Kind::kTable>(d, hn::Or(q, hn::BitCast(d, minus)), bytes + i);
  }
}

static void Hif4Row(Hif4Rule r, const lowpk_job *job, size_t row, const float *from, uint8_t *codes, uint8_t *scales) {
  float x[kHif4], fours[kHif4], factors[kHif4];
  uint8_t bytes[kHif4];
  for (size_t i = 0; i < job->cols_padded; i += kHif4, scales += 4) {
    if (!Hif4Load(r, from + i, x, fours)) {
      lowpk_job group = *job; // nothing random in it, so it may stand alone
      group.cols = group.cols_padded = kHif4;
      lowpk_quantize_hif4_generic(&group, row, from + i, codes + i / 2, scales, nullptr);
      continue;
    }
    lowpk_hif4_store_word(Hif4Word(r, fours, factors), scales);
    Hif4Codes(r, x, factors, bytes);
    PackFours(kHif4, bytes, codes + i / 2);
  }
}
#endif

} // namespace HWY_NAMESPACE
} // namespace lowp
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowp {
HWY_EXPORT(Nvfp4Row);
HWY_EXPORT(Hif4Row);

extern "C" void lowpk_quantize_nvfp4_hwy(const lowpk_job *job, size_t row, const float *x, uint8_t *codes,
                                         uint8_t *scales, void *zero) {
  const bool search = lowpk_nvfp4_rule_of(job->opts->compat)->op == LOWPK_NVFP4_SEARCH; // asks for no rounding
  if (DefaultMode() && (job->opts->round == LOWP_ROUND_RNE || search))
    HWY_DYNAMIC_DISPATCH(Nvfp4Row)(job, row, x, codes, scales);
  else
    lowpk_quantize_nvfp4_generic(job, row, x, codes, scales, zero);
}

extern "C" void lowpk_quantize_hif4_hwy(const lowpk_job *job, size_t row, const float *x, uint8_t *codes,
                                        uint8_t *scales, void *zero) {
  const lowp_quant_opts *o = job->opts;
  const bool cann = o->compat == LOWP_COMPAT_CANN, away = o->round == LOWP_ROUND_HALF_AWAY;
  if (!DefaultMode() || (!away && o->round != LOWP_ROUND_RNE) || o->scale_rule == LOWP_SCALE_MSE ||
      o->compat == LOWP_COMPAT_HIF4_AUTHORS)
    lowpk_quantize_hif4_generic(job, row, x, codes, scales, zero);
  else
    HWY_DYNAMIC_DISPATCH(Hif4Row)({cann, cann, away}, job, row, x, codes, scales);
}
} // namespace lowp
#endif
