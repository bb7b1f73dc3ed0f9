// SPDX-License-Identifier: Apache-2.0
// quantize_scaled.cc: the lanes of scaled.c: what a run of elements measures, and its codes under one scale. Elements are
// divided where the definition divides.
#include "kernels/hwy/shim.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hwy/quantize_scaled.cc" // from the top of the tree: foreach_target.h includes it
#include <hwy/foreach_target.h>

#include "kernels/hwy/lanes.h"

HWY_BEFORE_NAMESPACE();
namespace lowp {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

// Never chosen: shim.cc offers no target that is a plain loop.
static void Measure(size_t, const float *, lowpk_hwy_stats *) {}
static void Run(const lowpk_hwy_run *, size_t, const float *, uint8_t *) {}

#else

static void Measure(size_t n, const float *x, lowpk_hwy_stats *stats) {
  const hn::ScalableTag<int32_t> d;
  const Floats<decltype(d)> df;
  const size_t lanes = hn::Lanes(d);
  auto most = hn::Zero(d);
  auto min = hn::Set(df, n ? x[0] : 0.0f), max = min;
  size_t i = 0;
  for (; n - i >= lanes; i += lanes) {
    const auto v = hn::LoadU(df, x + i);
    most = hn::Max(most, hn::And(hn::BitCast(d, v), hn::Set(d, kMagnitude)));
    min = hn::Min(min, v);
    max = hn::Max(max, v);
  }
  uint32_t amax = static_cast<uint32_t>(hn::GetLane(hn::MaxOfLanes(d, most)));
  stats->min = hn::GetLane(hn::MinOfLanes(df, min));
  stats->max = hn::GetLane(hn::MaxOfLanes(df, max));
  for (; i < n; i++) {
    amax = lowpk_magnitude(x[i]) > amax ? lowpk_magnitude(x[i]) : amax;
    stats->min = x[i] < stats->min ? x[i] : stats->min;
    stats->max = x[i] > stats->max ? x[i] : stats->max;
  }
  stats->amax = lowp_f32_from_bits(amax);
}

// Beyond 2^22 an integer is one that saturates, zero point or not; beyond 2^99 any minifloat, and RoundMagnitude can do it.
template <Kind kind, class D>
static HWY_INLINE V<D> RunCodes(D d, const Format &f, const lowpk_hwy_run &r, V<Floats<D>> x) {
  const Floats<D> df;
  const auto by = hn::Set(df, r.factor);
  auto y = r.multiply ? hn::Mul(x, by) : hn::Div(x, by);
  const lowp_round round = r.round;
  if constexpr (kind == Kind::kFixed) {
    const auto most = hn::Set(df, 0x1p22f - 1);
    y = hn::Add(y, hn::Set(df, r.offset));
    y = hn::Max(hn::Min(y, most), hn::Neg(most));
    auto q = hn::Add(RoundInteger(d, f, round, y), hn::Set(d, r.zero));
    q = hn::Min(hn::Max(q, hn::Set(d, r.min_code)), hn::Set(d, f.max));
    return hn::And(q, hn::Set(d, (1 << f.bits) - 1));
  }
  const auto bits = hn::BitCast(d, y), sign = hn::And(bits, hn::Set(d, INT32_MIN));
  const auto near = hn::Min(hn::And(bits, hn::Set(d, kMagnitude)), hn::Set(d, 0x71000000)); // 2^99
  return Codes<kind>(d, f, round, hn::Or(near, sign));
}

template <Kind kind>
static void RunAll(const Format &f, const lowpk_hwy_run &r, size_t n, const float *x, uint8_t *codes) {
  const hn::ScalableTag<int32_t> d;
  const Floats<decltype(d)> df;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; n - i >= lanes; i += lanes) StoreCodes<kind>(d, RunCodes<kind>(d, f, r, hn::LoadU(df, x + i)), codes + i);
  if (i == n) return;
  float last[kMostLanes] = {0};
  uint8_t bytes[kMostLanes];
  memcpy(last, x + i, (n - i) * sizeof *x);
  StoreCodes<kind>(d, RunCodes<kind>(d, f, r, hn::LoadU(df, last)), bytes);
  memcpy(codes + i, bytes, n - i);
}

static void RunBytes(const Format &f, const lowpk_hwy_run &r, size_t n, const float *x, uint8_t *codes) {
  if (f.kind == Kind::kFixed)
    RunAll<Kind::kFixed>(f, r, n, x, codes);
  else if (f.kind == Kind::kHif8)
    RunAll<Kind::kHif8>(f, r, n, x, codes);
  else
    RunAll<Kind::kSpecial>(f, r, n, x, codes);
}

static void Run(const lowpk_hwy_run *r, size_t n, const float *x, uint8_t *codes) {
  constexpr size_t stage = 512;
  const Format f = FormatOf(r->element);
  if (f.bits == 8) {
    RunBytes(f, *r, n, x, codes);
    return;
  }
  uint8_t bytes[stage];
  for (size_t i = 0; i < n; i += stage) {
    const size_t count = n - i < stage ? n - i : stage;
    RunBytes(f, *r, count, x + i, bytes);
    PackCodes(f.bits, count, bytes, codes + i * f.bits / 8);
  }
}
#endif

} // namespace HWY_NAMESPACE
} // namespace lowp
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowp {
HWY_EXPORT(Measure);
HWY_EXPORT(Run);

extern "C" void lowpk_hwy_measure(size_t n, const float *x, lowpk_hwy_stats *stats) {
  HWY_DYNAMIC_DISPATCH(Measure)(n, x, stats);
}
extern "C" void lowpk_hwy_encode_run(const lowpk_hwy_run *run, size_t n, const float *x, uint8_t *codes) {
  HWY_DYNAMIC_DISPATCH(Run)(run, n, x, codes);
}
extern "C" int lowpk_hwy_default_mode(void) { return DefaultMode(); }
} // namespace lowp
#endif
