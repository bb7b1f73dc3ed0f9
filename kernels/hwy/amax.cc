// SPDX-License-Identifier: Apache-2.0
// amax.cc: the largest magnitude of an array, as bits.
//
// Without its sign bit the pattern of an f32 is a non-negative int32, and its order as an integer is that of the
// magnitude, Inf and NaN on top: an integer maximum gives the same bits as kernels/generic/amax.c whatever the order.
#include "kernels/hwy/shim.h"

#include <string.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hwy/amax.cc" // from the top of the tree: foreach_target.h includes it
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lowp {
namespace HWY_NAMESPACE {

static uint32_t AmaxOneByOne(size_t n, const uint8_t *bytes) {
  uint32_t max = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
    bits &= 0x7fffffffu;
    max = bits > max ? bits : max;
  }
  return max;
}

static uint32_t Amax16OneByOne(size_t n, const uint8_t *bytes) {
  uint32_t max = 0;
  for (size_t i = 0; i < n; i++) {
    uint16_t bits;
    memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
    bits &= 0x7fff;
    max = bits > max ? bits : max;
  }
  return max;
}

#if HWY_TARGET == HWY_SCALAR
static uint32_t Amax(size_t n, const uint8_t *bytes) { return AmaxOneByOne(n, bytes); }
static uint32_t Amax16(size_t n, const uint8_t *bytes) { return Amax16OneByOne(n, bytes); }
#else
namespace hn = hwy::HWY_NAMESPACE;

static uint32_t Amax(size_t n, const uint8_t *bytes) {
  const hn::ScalableTag<int32_t> d;
  const hn::Repartition<uint8_t, decltype(d)> d8; // loads of bytes: x may have any alignment
  const size_t lanes = hn::Lanes(d);
  if (n < lanes) return AmaxOneByOne(n, bytes);

  const auto magnitude = hn::Set(d, 0x7fffffff);
  const auto load = [&](size_t i) HWY_ATTR { return hn::And(hn::BitCast(d, hn::LoadU(d8, bytes + 4 * i)), magnitude); };
  // Four chains, because a maximum waits for the one before it while two loads are done in each cycle.
  auto m0 = hn::Zero(d), m1 = m0, m2 = m0, m3 = m0;
  size_t i = 0;
  for (; n - i >= 4 * lanes; i += 4 * lanes) {
    m0 = hn::Max(m0, load(i));
    m1 = hn::Max(m1, load(i + lanes));
    m2 = hn::Max(m2, load(i + 2 * lanes));
    m3 = hn::Max(m3, load(i + 3 * lanes));
  }
  for (; n - i >= lanes; i += lanes) m0 = hn::Max(m0, load(i));
  // The rest overlaps what was seen before: a maximum does not mind, and no byte outside x is touched.
  if (i < n) m1 = hn::Max(m1, load(n - lanes));
  m0 = hn::Max(hn::Max(m0, m1), hn::Max(m2, m3));
  return static_cast<uint32_t>(hn::GetLane(hn::MaxOfLanes(d, m0)));
}

// The same of halves, the largest of which are found one by one: a maximum over all lanes is not there for 16 bits.
static uint32_t Amax16(size_t n, const uint8_t *bytes) {
  const hn::ScalableTag<int16_t> d;
  const hn::Repartition<uint8_t, decltype(d)> d8;
  const size_t lanes = hn::Lanes(d);
  if (n < lanes) return Amax16OneByOne(n, bytes);

  const auto magnitude = hn::Set(d, 0x7fff);
  const auto load = [&](size_t i) HWY_ATTR { return hn::And(hn::BitCast(d, hn::LoadU(d8, bytes + 2 * i)), magnitude); };
  auto m0 = hn::Zero(d), m1 = m0;
  size_t i = 0;
  for (; n - i >= 2 * lanes; i += 2 * lanes) {
    m0 = hn::Max(m0, load(i));
    m1 = hn::Max(m1, load(i + lanes));
  }
  if (n - i >= lanes) m0 = hn::Max(m0, load(i));
  m0 = hn::Max(hn::Max(m0, m1), load(n - lanes));
  HWY_ALIGN uint8_t largest[HWY_MAX_BYTES];
  hn::StoreU(hn::BitCast(d8, m0), d8, largest);
  return Amax16OneByOne(lanes, largest);
}
#endif

} // namespace HWY_NAMESPACE
} // namespace lowp
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowp {
HWY_EXPORT(Amax);
HWY_EXPORT(Amax16);

extern "C" uint32_t lowpk_amax_hwy(size_t n, const float *x) {
  return HWY_DYNAMIC_DISPATCH(Amax)(n, reinterpret_cast<const uint8_t *>(x));
}
extern "C" uint32_t lowpk_amax16_hwy(size_t n, const void *x) {
  return HWY_DYNAMIC_DISPATCH(Amax16)(n, static_cast<const uint8_t *>(x));
}
} // namespace lowp
#endif
