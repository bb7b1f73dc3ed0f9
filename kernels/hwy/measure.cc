// SPDX-License-Identifier: Apache-2.0
// measure.cc: sums for the error analysis, over pairs (kernels/measure.h) and over values (kernels/describe.h).
//
// Eight lanes in f64 take sixteen of them in a turn. A vector has two, four or eight of them, so that a pass over a step adds
// up as many, and leaves the terms of each run in a table, from which come the sums of runs and from those the sums of blocks.
// Products of two f32 are exact in f64: whether a target fuses makes no difference. Third and fourth powers are not.
//
// Left to the generic kernel: pairs in blocks that are no multiple of sixteen, but for the last.
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
constexpr size_t kSumLanes = LOWPK_LANES, kPairs = 2 * kSumLanes; // of a run
constexpr size_t kRuns = 32;                                      // of a step
constexpr uint32_t kNoSign = 0x7fffffffu;

struct LaneSums {
  double yy[kSumLanes], xy[kSumLanes], e[kSumLanes];
  double xx[4], ee[4]; // of runs
};

// What is left of the runs of a step: xx and ee of lanes, then joined.
struct RunTable {
  double lane_xx[kRuns][kSumLanes], lane_ee[kRuns][kSumLanes];
  double xx[kRuns], ee[kRuns];
};

// A block that began and may go on in the next step.
struct OpenBlock {
  double xx[4], ee[4];
  size_t runs, k; // added so far; its number
};

// Blocks of values, of one run each and later of more. One of zeros is behind the last.
constexpr size_t kMostRuns = LOWPK_DESCRIBE_MOST / kPairs;
static_assert(LOWPK_DESCRIBE_RUN == kPairs, "what JoinRuns joins");
struct BlockTable {
  double xx[kMostRuns + kSumLanes];
  int32_t amax[kMostRuns + kSumLanes]; // bits
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
static void Describe(size_t n, const float *x, lowpk_description *description) {
  lowpk_describe_generic(n, x, description);
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

// Lanes `at` on of whole runs.
static void AddLanes(Doubles d, size_t at, size_t runs, const float *x, const float *y, LaneSums *s, RunTable *t,
                     lowpk_pair_sums *sums) {
  const hn::Rebind<float, Doubles> df;
  auto yy = hn::LoadU(d, s->yy + at), xy = hn::LoadU(d, s->xy + at), e = hn::LoadU(d, s->e + at);
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
  for (size_t r = 0, i = at; r < runs; r++, i += kPairs) {
    const auto x0 = hn::PromoteTo(d, hn::LoadU(df, x + i)), x1 = hn::PromoteTo(d, hn::LoadU(df, x + i + kSumLanes));
    const auto y0 = hn::PromoteTo(d, hn::LoadU(df, y + i)), y1 = hn::PromoteTo(d, hn::LoadU(df, y + i + kSumLanes));
    const auto e0 = hn::Sub(y0, x0), e1 = hn::Sub(y1, x1);
    look(x0, y0, e0);
    look(x1, y1, e1);
    hn::StoreU(hn::Add(hn::Mul(x0, x0), hn::Mul(x1, x1)), d, t->lane_xx[r] + at);
    hn::StoreU(hn::Add(hn::Mul(e0, e0), hn::Mul(e1, e1)), d, t->lane_ee[r] + at);
  }
  hn::StoreU(yy, d, s->yy + at);
  hn::StoreU(xy, d, s->xy + at);
  hn::StoreU(e, d, s->e + at);
  const double largest = LargestOf(d, max_abs);
  if (largest > sums->max_abs) sums->max_abs = largest;
}

static uint32_t LargestOf(Words d, hn::Vec<Words> v) {
  int32_t lanes[kPairs], largest = 0;
  hn::StoreU(v, d, lanes);
  for (size_t l = 0; l < hn::Lanes(d); l++) largest = lanes[l] > largest ? lanes[l] : largest;
  return static_cast<uint32_t>(largest);
}

// The largest magnitude of whole runs, and what was flushed to zero.
static void AmaxAndFlushed(Words d, size_t n, const float *x, const float *y, lowpk_pair_sums *sums) {
  const hn::RebindToFloat<Words> df;
  const auto no_sign = hn::Set(d, static_cast<int32_t>(kNoSign)), zero = hn::Zero(d);
  auto amax = zero, flushed = zero;
  for (size_t i = 0; i < n; i += hn::Lanes(d)) {
    const auto v = hn::And(hn::BitCast(d, hn::LoadU(df, x + i)), no_sign);
    const auto w = hn::And(hn::BitCast(d, hn::LoadU(df, y + i)), no_sign);
    amax = hn::Max(amax, v);
    flushed = hn::Sub(flushed, hn::VecFromMask(d, hn::And(hn::Gt(v, zero), hn::Eq(w, zero))));
  }
  const uint32_t largest = LargestOf(d, amax);
  if (largest > sums->amax) sums->amax = largest;
  int32_t counts[kPairs];
  hn::StoreU(flushed, d, counts);
  for (size_t l = 0; l < hn::Lanes(d); l++) sums->flushed += static_cast<uint32_t>(counts[l]);
}

// The largest magnitude of n elements, of which the first `whole` fill vectors.
static uint32_t Amax(Words d, size_t whole, size_t n, const float *x) {
  const hn::RebindToFloat<Words> df;
  const auto no_sign = hn::Set(d, static_cast<int32_t>(kNoSign));
  auto amax = hn::Zero(d);
  for (size_t i = 0; i < whole; i += hn::Lanes(d))
    amax = hn::Max(amax, hn::And(hn::BitCast(d, hn::LoadU(df, x + i)), no_sign));
  uint32_t largest = LargestOf(d, amax);
  for (size_t i = whole; i < n; i++) {
    const uint32_t bits = lowp_f32_bits(x[i]) & kNoSign;
    largest = bits > largest ? bits : largest;
  }
  return largest;
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

// Of a run: each lane joined with the fourth next, then as (0 + 1, 2 + 3).
using Two = hn::FixedTag<double, 2>;

static hn::Vec<Two> HalfJoined(Two d, const double *lanes) {
  const auto v = hn::Add(hn::LoadU(d, lanes), hn::LoadU(d, lanes + 4));
  const auto w = hn::Add(hn::LoadU(d, lanes + 2), hn::LoadU(d, lanes + 6));
  return hn::Add(hn::InterleaveLower(d, v, w), hn::InterleaveUpper(d, v, w));
}

static void JoinRuns(size_t runs, const double (*lanes)[kSumLanes], double *joined) {
  const Two d;
  for (size_t r = 0; r < runs; r += 2) { // the second may be what an earlier step left there
    const auto v = HalfJoined(d, lanes[r]), w = HalfJoined(d, lanes[r + 1]);
    hn::StoreU(hn::Add(hn::InterleaveLower(d, v, w), hn::InterleaveUpper(d, v, w)), d, joined + r);
  }
}

static void AddRuns(size_t runs, const double *joined, double *sums) {
  for (size_t r = 0; r < runs; r++) sums[r % 4] += joined[r];
}

static double JoinFour(const double *v) { return (v[0] + v[1]) + (v[2] + v[3]); }

static void AddTerms(Two d, double *bin, hn::Vec<Two> squares, hn::Vec<Two> rest) {
  hn::StoreU(hn::Add(hn::LoadU(d, bin), squares), d, bin);
  hn::StoreU(hn::Add(hn::LoadU(d, bin + 2), rest), d, bin + 2);
}

// Whole runs.
static void AddToBins(size_t n, const float *x, const float *y, lowpk_bins *bins) {
  const Two d;
  const hn::Rebind<float, Two> df;
  const auto one = hn::Set(d, 1.0);
  for (size_t i = 0; i < n; i += 2) {
    const auto v = hn::PromoteTo(d, hn::LoadU(df, x + i));
    const auto e = hn::Sub(hn::PromoteTo(d, hn::LoadU(df, y + i)), v);
    const auto xx = hn::Mul(v, v), ee = hn::Mul(e, e);
    const size_t lane = i % kSumLanes;
    AddTerms(d, bins->at[lowpk_measure_bin_of(x[i])][lane], hn::InterleaveLower(d, xx, ee),
             hn::InterleaveLower(d, e, one));
    AddTerms(d, bins->at[lowpk_measure_bin_of(x[i + 1])][lane + 1], hn::InterleaveUpper(d, xx, ee),
             hn::InterleaveUpper(d, e, one));
  }
}

// A block of which all runs were added.
static void EndBlock(const lowpk_blocks *blocks, OpenBlock *b, size_t n, const float *x, const float *y) {
  const Words d;
  const size_t k = b->k, whole = n - n % hn::Lanes(d);
  const uint32_t amax = Amax(d, whole, n, x);
  blocks->amax[k] = amax;
  if (blocks->top_ee != nullptr) {
    const size_t top = Find(d, n, x, amax);
    const double e = static_cast<double>(y[top]) - static_cast<double>(x[top]);
    blocks->xx[k] = JoinFour(b->xx);
    blocks->ee[k] = JoinFour(b->ee);
    blocks->top_ee[k] = e * e;
    blocks->crest[k] = lowpk_measure_crest(amax, n, blocks->xx[k]);
    blocks->nmse[k] = lowpk_measure_nmse(blocks->xx[k], blocks->ee[k]);
  }
  *b = OpenBlock{{0}, {0}, 0, k + 1};
}

// Adds the runs of a step to blocks.
static void AddToBlocks(const lowpk_blocks *blocks, OpenBlock *b, size_t runs, const RunTable *t, size_t n,
                        const float *x, const float *y, size_t head, size_t block) {
  for (size_t r = 0; r < runs;) {
    const size_t begin = b->k ? head + (b->k - 1) * block : 0, length = b->k ? block : head;
    const size_t m = n - begin < length ? n - begin : length, whole = (m + kPairs - 1) / kPairs;
    for (; r < runs && b->runs < whole; r++, b->runs++) {
      b->xx[b->runs % 4] += t->xx[r];
      b->ee[b->runs % 4] += t->ee[r];
    }
    if (b->runs == whole) EndBlock(blocks, b, m, x + begin, y + begin);
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
  constexpr size_t kStep = kRuns * kPairs;
  LaneSums s = {};
  RunTable t = {};
  OpenBlock b = {};
  sums->amax = sums->flushed = 0;
  for (size_t i = 0; i < n; i += kStep) {
    const size_t m = n - i < kStep ? n - i : kStep, rest = m % kPairs;
    size_t runs = m / kPairs;
    const float *px = x + i, *py = y + i;
    for (size_t at = 0; at < kSumLanes; at += hn::Lanes(d)) AddLanes(d, at, runs, px, py, &s, &t, sums);
    AmaxAndFlushed(d32, m - rest, px, py, sums);
    if (bins != nullptr) AddToBins(m - rest, px, py, bins);
    if (rest != 0) { // zeros stand for what a run lacks, and are taken out of their bin again
      float rest_x[kPairs] = {}, rest_y[kPairs] = {};
      memcpy(rest_x, px + m - rest, rest * sizeof *px);
      memcpy(rest_y, py + m - rest, rest * sizeof *py);
      RunTable last;
      for (size_t at = 0; at < kSumLanes; at += hn::Lanes(d)) AddLanes(d, at, 1, rest_x, rest_y, &s, &last, sums);
      memcpy(t.lane_xx[runs], last.lane_xx[0], sizeof last.lane_xx[0]);
      memcpy(t.lane_ee[runs++], last.lane_ee[0], sizeof last.lane_ee[0]);
      AmaxAndFlushed(d32, kPairs, rest_x, rest_y, sums);
      if (bins != nullptr) AddToBins(kPairs, rest_x, rest_y, bins);
      for (size_t l = rest; l < kPairs && bins != nullptr; l++) bins->at[0][l % kSumLanes][3] -= 1;
    }
    JoinRuns(runs, t.lane_xx, t.xx);
    JoinRuns(runs, t.lane_ee, t.ee);
    AddRuns(runs, t.xx, s.xx);
    AddRuns(runs, t.ee, s.ee);
    if (blocks != nullptr) AddToBlocks(blocks, &b, runs, &t, n, x, y, head, block);
  }
  sums->xx = JoinFour(s.xx);
  sums->ee = JoinFour(s.ee);
  sums->yy = Join(s.yy);
  sums->xy = Join(s.xy);
  sums->e = Join(s.e);
}

// --- values --------------------------------------------------------------------------------------------------------

// Lanes `at` on of whole runs.
static void AddPowers(Doubles d, size_t at, size_t runs, const float *x, double (*powers)[kSumLanes],
                      double (*lane_xx)[kSumLanes]) {
  const hn::Rebind<float, Doubles> df;
  auto s1 = hn::LoadU(d, powers[0] + at), s2 = hn::LoadU(d, powers[1] + at);
  auto s3 = hn::LoadU(d, powers[2] + at), s4 = hn::LoadU(d, powers[3] + at);
  const auto add = [&](hn::Vec<Doubles> v, hn::Vec<Doubles> v2) HWY_ATTR {
    s1 = hn::Add(s1, v);
    s2 = hn::Add(s2, v2);
    s3 = hn::Add(s3, hn::Mul(v2, v));
    s4 = hn::Add(s4, hn::Mul(v2, v2));
  };
  for (size_t r = 0, i = at; r < runs; r++, i += kPairs) {
    const auto v = hn::PromoteTo(d, hn::LoadU(df, x + i)), w = hn::PromoteTo(d, hn::LoadU(df, x + i + kSumLanes));
    const auto v2 = hn::Mul(v, v), w2 = hn::Mul(w, w);
    add(v, v2);
    add(w, w2);
    hn::StoreU(hn::Add(v2, w2), d, lane_xx[r] + at);
  }
  hn::StoreU(s1, d, powers[0] + at);
  hn::StoreU(s2, d, powers[1] + at);
  hn::StoreU(s3, d, powers[2] + at);
  hn::StoreU(s4, d, powers[3] + at);
}

using Four = hn::FixedTag<int32_t, 4>;

// The largest magnitudes of one run, in four lanes.
static hn::Vec<Four> AmaxLanes(Four d, const float *x) {
  const hn::RebindToFloat<Four> df;
  const auto no_sign = hn::Set(d, static_cast<int32_t>(kNoSign));
  const auto load = [&](size_t i) HWY_ATTR { return hn::And(hn::BitCast(d, hn::LoadU(df, x + i)), no_sign); };
  return hn::Max(hn::Max(load(0), load(4)), hn::Max(load(8), load(12)));
}

// Of two runs: (first, second) of lanes 0 and 2, then of 1 and 3.
static hn::Vec<Four> HalfMaxima(Four d, const float *x) {
  const auto v = AmaxLanes(d, x), w = AmaxLanes(d, x + kPairs);
  return hn::Max(hn::InterleaveLower(d, v, w), hn::InterleaveUpper(d, v, w));
}

// Of each of `runs` runs.
static void AmaxOfRuns(size_t runs, const float *x, int32_t *amax) {
  const Four d;
  size_t r = 0;
  for (; r + 4 <= runs; r += 4, x += 4 * kPairs) {
    const auto v = HalfMaxima(d, x), w = HalfMaxima(d, x + 2 * kPairs);
    hn::StoreU(hn::Max(hn::ConcatLowerLower(d, w, v), hn::ConcatUpperUpper(d, w, v)), d, amax + r);
  }
  for (; r < runs; r++, x += kPairs) amax[r] = static_cast<int32_t>(Amax(Words(), kPairs, kPairs, x));
}

// Of `count` blocks of `length` values, the last of which has `last`.
static void SetCrests(const BlockTable *t, size_t count, size_t length, size_t last, double *crest) {
  const hn::CappedTag<double, 4> d; // no more than may be overwritten
  const hn::Rebind<int32_t, decltype(d)> d32;
  const hn::Rebind<float, decltype(d)> df;
  const auto m = hn::Set(d, static_cast<double>(length)), zero = hn::Zero(d);
  const auto infinity = hn::Set(d, HUGE_VAL);
  for (size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto xx = hn::LoadU(d, t->xx + i), amax = hn::PromoteTo(d, hn::BitCast(df, hn::LoadU(d32, t->amax + i)));
    const auto some = hn::And(hn::Gt(xx, zero), hn::Lt(xx, infinity));
    hn::StoreU(hn::IfThenElseZero(some, hn::Mul(amax, hn::Sqrt(hn::Div(m, xx)))), d, crest + i);
  }
  const double xx = t->xx[count - 1],
               top = static_cast<double>(lowp_f32_from_bits(static_cast<uint32_t>(t->amax[count - 1])));
  if (last != length && xx > 0 && xx < HUGE_VAL) crest[count - 1] = top * sqrt(static_cast<double>(last) / xx);
}

// Makes blocks of twice the length.
static void JoinPairs(BlockTable *t, size_t count) {
  for (size_t i = 0; 2 * i < count; i++) {
    t->xx[i] = t->xx[2 * i] + t->xx[2 * i + 1];
    t->amax[i] = t->amax[2 * i] > t->amax[2 * i + 1] ? t->amax[2 * i] : t->amax[2 * i + 1];
  }
}

static void Describe(size_t n, const float *x, lowpk_description *description) {
  const Doubles d;
  double powers[4][kSumLanes] = {}, lane_xx[kRuns][kSumLanes] = {};
  BlockTable t;
  const size_t whole = n / kPairs;
  for (size_t r = 0; r < whole; r += kRuns) {
    const size_t runs = whole - r < kRuns ? whole - r : kRuns;
    const float *px = x + r * kPairs;
    for (size_t at = 0; at < kSumLanes; at += hn::Lanes(d)) AddPowers(d, at, runs, px, powers, lane_xx);
    JoinRuns(runs, lane_xx, t.xx + r);
    AmaxOfRuns(runs, px, t.amax + r);
  }
  size_t count = whole;
  if (whole * kPairs < n) {
    float padded[kPairs] = {};
    memcpy(padded, x + whole * kPairs, (n - whole * kPairs) * sizeof *x);
    for (size_t at = 0; at < kSumLanes; at += hn::Lanes(d)) AddPowers(d, at, 1, padded, powers, lane_xx);
    JoinRuns(1, lane_xx, t.xx + whole);
    AmaxOfRuns(1, padded, t.amax + count++);
  }
  for (size_t j = 0, length = kPairs; j < LOWPK_DESCRIBE_LEVELS; j++, length *= 2) {
    for (size_t i = 0; i < kSumLanes; i++) t.xx[count + i] = 0, t.amax[count + i] = 0;
    SetCrests(&t, count, length, n - (count - 1) * length, description->crest[j]);
    JoinPairs(&t, count);
    count = (count + 1) / 2;
  }
  for (size_t k = 0; k < 4; k++) description->powers[k] = Join(powers[k]);
}
#endif

} // namespace HWY_NAMESPACE
} // namespace lowp
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowp {
HWY_EXPORT(Measure);
HWY_EXPORT(Describe);

extern "C" void lowpk_measure_hwy(size_t n, const float *x, const float *y, lowpk_pair_sums *sums, lowpk_bins *bins,
                                  size_t head, size_t block, const lowpk_blocks *blocks) {
  HWY_DYNAMIC_DISPATCH(Measure)(n, x, y, sums, bins, head, block, blocks);
}

extern "C" void lowpk_describe_hwy(size_t n, const float *x, lowpk_description *description) {
  HWY_DYNAMIC_DISPATCH(Describe)(n, x, description);
}
} // namespace lowp
#endif
