// SPDX-License-Identifier: Apache-2.0
// quantize_mx.cc: rows of MX blocks. The scale of a block comes from its amax by integers, its elements are x * 2^-e,
// exact in f32: |x| < 2^(e + emax + 1), and what falls below f32 is zero in every format.
//
// All scale rules are one formula. The stored scale is the exponent field of amax - emax, and the rules differ in when
// they take the next field: never, or above a mantissa t (CEIL: 0, RCEIL: that of the largest element), or as if rounded.
// Adding 2^23 - 1 - t to the bits of amax carries into the field just then.
//
// Left to the generic kernel: directed and stochastic rounding, rows under another rounding mode or with subnormals
// flushed, and blocks with anything that is not finite.
#include "kernels/hwy/shim.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hwy/quantize_mx.cc" // from the top of the tree: foreach_target.h includes it
#include <hwy/foreach_target.h>

#include "kernels/hwy/lanes.h"

#ifndef LOWPK_HWY_QUANTIZE_MX_ONCE
#define LOWPK_HWY_QUANTIZE_MX_ONCE
namespace lowp {

constexpr size_t kBlock = 32;
constexpr int kCandidates = 4; // of MSE: from one below the floor rule on

struct MxPlan {
  Format f;
  lowp_round round;
  uint32_t add, subnormal; // to the bits of amax; above these bits a subnormal amax has field 1
  uint32_t generic_from;   // from these bits of amax on, and below those, a block is not for lanes
  uint32_t generic_below;
  int emax, zero_block; // zero_block: scale of a block of zeros
  bool search;
  bool zeros_minus; // ModelOpt: a zero of the input has the sign bit
  bool zeros_plus;  // microxcaling: a quotient of zero has none
};

inline float PowerOfScale(int scale) {
  return lowp_f32_from_bits(scale == 0 ? 1u << 22 : static_cast<uint32_t>(scale) << 23);
}

inline uint8_t MxScale(const MxPlan &p, uint32_t amax) {
  if (amax == 0) return static_cast<uint8_t>(p.zero_block);
  const int field = amax < 0x800000u ? amax > p.subnormal : static_cast<int>((amax + p.add) >> 23);
  const int scale = field - p.emax;
  return static_cast<uint8_t>(scale < 0 ? 0 : scale > 254 ? 254 : scale);
}

} // namespace lowp
#endif

HWY_BEFORE_NAMESPACE();
namespace lowp {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

static void MxRow(const MxPlan &, const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales) {
  lowpk_quantize_mx_generic(job, row, x, codes, scales, nullptr);
}

#else

static HWY_INLINE uint32_t BlockAmax(const float *x) {
  const hn::CappedTag<int32_t, kBlock> d;
  auto most = hn::Zero(d);
  for (size_t i = 0; i < kBlock; i += hn::Lanes(d))
    most = hn::Max(most, hn::And(LoadBits(d, x + i), hn::Set(d, kMagnitude)));
  return static_cast<uint32_t>(hn::GetLane(hn::MaxOfLanes(d, most)));
}

template <Kind kind, class D>
static HWY_INLINE V<D> MxCodes(D d, const MxPlan &p, V<Floats<D>> inverse, const float *x) {
  const Floats<D> df;
  const auto in = hn::LoadU(df, x), zero = hn::Zero(df);
  auto y = hn::Mul(in, inverse);
  if (p.zeros_minus) y = hn::IfThenElse(hn::Eq(in, zero), hn::Set(df, -0.0f), y);
  if (p.zeros_plus) y = hn::IfThenElse(hn::Eq(y, zero), zero, y);
  return Codes<kind>(d, p.f, p.round, hn::BitCast(d, y));
}

// The scale of least squared error, the first of equals. Differences are made in lanes and added one by one, as generic
// does it, but for all candidates at a time.
template <Kind kind> static uint8_t MxSearch(const MxPlan &p, uint32_t amax, const float *x) {
  const hn::CappedTag<int32_t, kBlock> d;
  const Floats<decltype(d)> df;
  float y[kCandidates][kBlock];
  double sum[kCandidates] = {0};
  int scale[kCandidates], best = 0;
  for (int c = 0; c < kCandidates; c++) {
    const int s = static_cast<int>(amax >> 23) - p.emax - 1 + c;
    scale[c] = s < 0 ? 0 : s > 254 ? 254 : s;
    const auto inverse = hn::Set(df, PowerOfScale(254 - scale[c])), power = hn::Set(df, PowerOfScale(scale[c]));
    for (size_t i = 0; i < kBlock; i += hn::Lanes(d)) {
      const auto codes = MxCodes<kind>(d, p, inverse, x + i);
      hn::StoreU(hn::Mul(Value<kind>(d, p.f, codes), power), df, y[c] + i);
    }
  }
  for (size_t i = 0; i < kBlock; i++)
    for (int c = 0; c < kCandidates; c++) {
      const double e = static_cast<double>(x[i]) - static_cast<double>(y[c][i]);
      sum[c] += e * e;
    }
  for (int c = 1; c < kCandidates; c++)
    if (sum[c] < sum[best]) best = c;
  return static_cast<uint8_t>(scale[best]);
}

template <Kind kind>
static void Blocks(const MxPlan &p, const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales) {
  const hn::CappedTag<int32_t, kBlock> d;
  const Floats<decltype(d)> df;
  uint8_t bytes[kBlock];
  for (size_t i = 0; i < job->cols_padded; i += kBlock, scales++) {
    uint8_t *to = codes + i * p.f.bits / 8;
    const uint32_t amax = BlockAmax(x + i);
    if (amax >= p.generic_from || (amax < p.generic_below && amax != 0)) {
      lowpk_job block = *job; // nothing random in it, so it may stand alone
      block.cols = block.cols_padded = kBlock;
      lowpk_quantize_mx_generic(&block, row, x + i, to, scales, nullptr);
      continue;
    }
    *scales = p.search && amax != 0 ? MxSearch<kind>(p, amax, x + i) : MxScale(p, amax);
    const auto inverse = hn::Set(df, PowerOfScale(254 - *scales));
    uint8_t *const whole = p.f.bits == 8 ? to : bytes;
    for (size_t j = 0; j < kBlock; j += hn::Lanes(d))
      StoreCodes<kind>(d, MxCodes<kind>(d, p, inverse, x + i + j), whole + j);
    if (p.f.bits < 8) PackCodes(p.f.bits, kBlock, bytes, to);
  }
}

static void MxRow(const MxPlan &p, const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales) {
  if (p.f.kind == Kind::kFixed)
    Blocks<Kind::kFixed>(p, job, row, x, codes, scales);
  else // lanes for minifloats with NaN know those without, too
    Blocks<Kind::kSpecial>(p, job, row, x, codes, scales);
}
#endif

} // namespace HWY_NAMESPACE
} // namespace lowp
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowp {
HWY_EXPORT(MxRow);

// The mantissa of amax above which the next scale is taken.
static uint32_t MxThreshold(const lowp_quant_opts *opts, uint32_t max_mantissa, uint32_t width) {
  switch (opts->scale_rule) {
  case LOWP_SCALE_CEIL:
    return 0;
  case LOWP_SCALE_RCEIL:
    return max_mantissa;
  case LOWP_SCALE_EVEN: // rounded half up to `width` bits
    return 0x7fffffu - (1u << (22 - width));
  default:
    return 0x7fffffu;
  }
}

static MxPlan MxPlanOf(const lowpk_job *job) {
  const lowp_quant_opts *o = job->opts;
  const lowp_element_row row = lowp_element_row_of(job->scheme->element);
  const uint32_t max = lowpk_magnitude(lowpk_element_max(job->scheme->element));
  uint32_t width = row.kind == LOWP_KIND_FIXED ? row.fixed.frac : row.minifloat.m;
  if (o->compat == LOWP_COMPAT_COMPRESSED_TENSORS) width = 1;
  const uint32_t threshold = MxThreshold(o, max & 0x7fffffu, width);
  MxPlan p = {};
  p.f = FormatOf(job->scheme->element);
  p.round = o->round;
  p.add = 0x7fffffu - threshold;
  // m 2^-127 with m above 1.t is a subnormal of half those bits; EVEN rounds the bits of f32, subnormals too
  const bool halved = o->scale_rule == LOWP_SCALE_CEIL || o->scale_rule == LOWP_SCALE_RCEIL;
  p.subnormal = halved ? 0x400000u + threshold / 2 : threshold;
  p.generic_from = LOWPK_F32_INF;
  p.emax = static_cast<int>(max >> 23) - 127;
  p.search = o->scale_rule == LOWP_SCALE_MSE;
  // the exponents of subnormal amax lie below field 0, and a search may reach them where emax is less than 2
  if (p.search && p.emax < 2) p.generic_below = 0x800000u;
  switch (o->compat) {
  case LOWP_COMPAT_TORCHAO: // EVEN: its own f32 becomes Inf
    if (o->scale_rule == LOWP_SCALE_EVEN) p.generic_from = LOWPK_F32_INF - p.add;
    break;
  case LOWP_COMPAT_GGML:
    p.f.drops_minus = true;
    break;
  case LOWP_COMPAT_MODELOPT:
    p.zeros_minus = true;
    break;
  case LOWP_COMPAT_MICROXCALING:
    p.zeros_plus = true;
    p.zero_block = p.emax == 0;
    if (p.f.kind == Kind::kFixed) p.f.min = -127;
    break;
  default:
    break;
  }
  return p;
}

extern "C" void lowpk_quantize_mx_hwy(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                                      void *zero) {
  if (DefaultMode() && HasRound(job->opts->round))
    HWY_DYNAMIC_DISPATCH(MxRow)(MxPlanOf(job), job, row, x, codes, scales);
  else
    lowpk_quantize_mx_generic(job, row, x, codes, scales, zero);
}
} // namespace lowp
#endif
