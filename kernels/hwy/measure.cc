// SPDX-License-Identifier: Apache-2.0
// measure.cc: sums over pairs for the error analysis (kernels/measure.h).
//
// The order of the sums is that of eight lanes in f64. A vector has two, four or eight of them, so that one pass over a block
// adds up as many, and the sums of the lanes lie in memory between blocks. Products of two f32 are exact in f64: whether a
// target fuses makes no difference.
//
// Left to the generic kernel: blocks that are no multiple of sixteen, but for the last.
#include "kernels/hwy/shim.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hwy/measure.cc" // from the top of the tree: foreach_target.h includes it
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <math.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
extern "C" {
#include "kernels/generic/measure.h"
#include "kernels/kernel.h"
}

#ifndef LOWPK_HWY_MEASURE_ONCE
#define LOWPK_HWY_MEASURE_ONCE
namespace lowp {
constexpr size_t kSumLanes = LOWPK_LANES, kPairs = 2 * kSumLanes; // of one step
constexpr uint32_t kNoSign = 0x7fffffffu;

struct LaneSums {
  double xx[kSumLanes], ee[kSumLanes], yy[kSumLanes], xy[kSumLanes], e[kSumLanes];
};
} // namespace lowp
#endif

HWY_BEFORE_NAMESPACE();
namespace lowp {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

static void Measure(size_t n, const float *x, const float *y, lowpk_pair_sums *sums, lowpk_bins *bins, size_t head,
                    size_t block, const lowpk_blocks *blocks) {
  lowpk_measure_generic(n, x, y, sums, bins, head, block, blocks);
}

#else
namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::CappedTag<double, kSumLanes>;
using Words = hn::CappedTag<int32_t, kPairs>; // magnitudes as bits are not negative

static double Join(const double *v) { return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7])); }

// A quotient |e| / |x| that is larger than max_rel when rounded has |e| > bound |x|: the product is exact where max_rel has
// few digits, as the 1 of values flushed to zero has; else the bound is a little smaller, so that its rounding does not
// matter.
static double BoundOf(double max_rel) {
  const double cut = static_cast<double>(static_cast<float>(max_rel));
  return cut == max_rel ? max_rel : max_rel * (1 - 0x1p-50);
}

static double LargestOf(Doubles d, hn::Vec<Doubles> v) {
  double lanes[kSumLanes], largest = 0;
  hn::StoreU(v, d, lanes);
  for (size_t l = 0; l < hn::Lanes(d); l++) largest = lanes[l] > largest ? lanes[l] : largest;
  return largest;
}

// Lanes `at` on of a block of whole steps: what goes on from block to block in *s, xx and ee of the block in *b.
static void AddLanes(Doubles d, size_t at, size_t n, const float *x, const float *y, LaneSums *s, LaneSums *b,
                     lowpk_pair_sums *sums) {
  const hn::Rebind<float, Doubles> df;
  auto xx = hn::LoadU(d, s->xx + at), ee = hn::LoadU(d, s->ee + at);
  auto yy = hn::LoadU(d, s->yy + at), xy = hn::LoadU(d, s->xy + at), e = hn::LoadU(d, s->e + at);
  auto block_xx = hn::LoadU(d, b->xx + at), block_ee = hn::LoadU(d, b->ee + at);
  auto max_abs = hn::Zero(d), bound = hn::Set(d, BoundOf(sums->max_rel));
  const auto look = [&](hn::Vec<Doubles> v, hn::Vec<Doubles> w, hn::Vec<Doubles> error) HWY_ATTR {
    yy = hn::MulAdd(w, w, yy);
    xy = hn::MulAdd(v, w, xy);
    e = hn::Add(e, error);
    const auto magnitude = hn::Abs(v);
    error = hn::Abs(error);
    max_abs = hn::Max(max_abs, error);
    if (!hn::AllFalse(d, hn::Gt(error, hn::Mul(bound, magnitude)))) {
      const auto ratio = hn::IfThenElseZero(hn::Gt(magnitude, hn::Zero(d)), hn::Div(error, magnitude));
      const double largest = LargestOf(d, ratio);
      if (largest > sums->max_rel) sums->max_rel = largest;
      bound = hn::Set(d, BoundOf(sums->max_rel));
    }
  };
  for (size_t i = at; i < n; i += kPairs) {
    const auto x0 = hn::PromoteTo(d, hn::LoadU(df, x + i)), x1 = hn::PromoteTo(d, hn::LoadU(df, x + i + kSumLanes));
    const auto y0 = hn::PromoteTo(d, hn::LoadU(df, y + i)), y1 = hn::PromoteTo(d, hn::LoadU(df, y + i + kSumLanes));
    const auto e0 = hn::Sub(y0, x0), e1 = hn::Sub(y1, x1);
    look(x0, y0, e0);
    look(x1, y1, e1);
    const auto two_xx = hn::MulAdd(x0, x0, hn::Mul(x1, x1));
    const auto two_ee = hn::Add(hn::Mul(e0, e0), hn::Mul(e1, e1)); // inexact: both rounded before they are added
    xx = hn::Add(xx, two_xx);
    ee = hn::Add(ee, two_ee);
    block_xx = hn::Add(block_xx, two_xx);
    block_ee = hn::Add(block_ee, two_ee);
  }
  hn::StoreU(xx, d, s->xx + at);
  hn::StoreU(ee, d, s->ee + at);
  hn::StoreU(yy, d, s->yy + at);
  hn::StoreU(xy, d, s->xy + at);
  hn::StoreU(e, d, s->e + at);
  hn::StoreU(block_xx, d, b->xx + at);
  hn::StoreU(block_ee, d, b->ee + at);
  const double largest = LargestOf(d, max_abs);
  if (largest > sums->max_abs) sums->max_abs = largest;
}

// Bits of the largest magnitude of whole steps; counts what was flushed to zero.
static uint32_t AmaxAndFlushed(Words d, size_t n, const float *x, const float *y, uint32_t *flushed) {
  const hn::RebindToFloat<Words> df;
  const auto no_sign = hn::Set(d, static_cast<int32_t>(kNoSign));
  auto amax = hn::Zero(d);
  size_t count = 0;
  for (size_t i = 0; i < n; i += hn::Lanes(d)) {
    const auto v = hn::And(hn::BitCast(d, hn::LoadU(df, x + i)), no_sign);
    const auto w = hn::And(hn::BitCast(d, hn::LoadU(df, y + i)), no_sign);
    amax = hn::Max(amax, v);
    count += hn::CountTrue(d, hn::And(hn::Gt(v, hn::Zero(d)), hn::Eq(w, hn::Zero(d))));
  }
  *flushed += static_cast<uint32_t>(count);
  int32_t lanes[kPairs], largest = 0;
  hn::StoreU(amax, d, lanes);
  for (size_t l = 0; l < hn::Lanes(d); l++) largest = lanes[l] > largest ? lanes[l] : largest;
  return static_cast<uint32_t>(largest);
}

// The first of n elements whose magnitude has these bits. There is one.
static size_t Find(Words d, size_t n, const float *x, uint32_t bits) {
  const hn::RebindToFloat<Words> df;
  const auto want = hn::Set(d, static_cast<int32_t>(bits)), no_sign = hn::Set(d, static_cast<int32_t>(kNoSign));
  size_t i = 0;
  for (; n - i >= hn::Lanes(d); i += hn::Lanes(d)) {
    const auto found = hn::FindFirstTrue(d, hn::Eq(hn::And(hn::BitCast(d, hn::LoadU(df, x + i)), no_sign), want));
    if (found >= 0) return i + static_cast<size_t>(found);
  }
  while ((lowp_f32_bits(x[i]) & kNoSign) != bits) i++;
  return i;
}

static void AddToBins(size_t n, const float *x, const float *y, lowpk_bins *bins) {
  for (size_t i = 0; i < n; i++) {
    const double v = static_cast<double>(x[i]), e = static_cast<double>(y[i]) - v;
    double *bin = bins->at[lowpk_measure_bin_of(x[i])][i % kSumLanes];
    bin[0] += v * v;
    bin[1] += e * e;
    bin[2] += e;
    bin[3] += 1;
  }
}

static void Measure(size_t n, const float *x, const float *y, lowpk_pair_sums *sums, lowpk_bins *bins, size_t head,
                    size_t block, const lowpk_blocks *blocks) {
  if (blocks == nullptr) head = block = n;
  if ((head % kPairs && head != n) || (block % kPairs && n - head > block)) {
    lowpk_measure_generic(n, x, y, sums, bins, head, block, blocks);
    return;
  }
  const Doubles d;
  const Words d32;
  LaneSums s = {};
  sums->amax = sums->flushed = 0;
  if (bins != nullptr) AddToBins(n, x, y, bins);
  size_t k = 0;
  for (size_t i = 0, length = head; i < n; i += length, length = block, k++) {
    if (length > n - i) length = n - i;
    const float *px = x + i, *py = y + i;
    const size_t whole = length - length % kPairs;
    float rest_x[kPairs] = {}, rest_y[kPairs] = {}; // zeros stand for what a step lacks
    memcpy(rest_x, px + whole, (length - whole) * sizeof *px);
    memcpy(rest_y, py + whole, (length - whole) * sizeof *py);
    LaneSums b = {};
    for (size_t at = 0; at < kSumLanes; at += hn::Lanes(d)) {
      AddLanes(d, at, whole, px, py, &s, &b, sums);
      if (whole != length) AddLanes(d, at, kPairs, rest_x, rest_y, &s, &b, sums);
    }
    uint32_t amax = AmaxAndFlushed(d32, whole, px, py, &sums->flushed);
    const uint32_t rest = AmaxAndFlushed(d32, whole != length ? kPairs : 0, rest_x, rest_y, &sums->flushed);
    if (rest > amax) amax = rest;
    if (amax > sums->amax) sums->amax = amax;
    if (blocks == nullptr) continue;
    const size_t top = Find(d32, length, px, amax);
    const double e = static_cast<double>(py[top]) - static_cast<double>(px[top]);
    blocks->xx[k] = Join(b.xx);
    blocks->ee[k] = Join(b.ee);
    blocks->amax[k] = amax;
    blocks->top_ee[k] = e * e;
    blocks->crest[k] = lowpk_measure_crest(amax, length, blocks->xx[k]);
    blocks->nmse[k] = lowpk_measure_nmse(blocks->xx[k], blocks->ee[k]);
  }
  sums->xx = Join(s.xx);
  sums->ee = Join(s.ee);
  sums->yy = Join(s.yy);
  sums->xy = Join(s.xy);
  sums->e = Join(s.e);
}
#endif

} // namespace HWY_NAMESPACE
} // namespace lowp
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowp {
HWY_EXPORT(Measure);

extern "C" void lowpk_measure_hwy(size_t n, const float *x, const float *y, lowpk_pair_sums *sums, lowpk_bins *bins,
                                  size_t head, size_t block, const lowpk_blocks *blocks) {
  HWY_DYNAMIC_DISPATCH(Measure)(n, x, y, sums, bins, head, block, blocks);
}
} // namespace lowp
#endif
