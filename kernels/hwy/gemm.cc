// SPDX-License-Identifier: Apache-2.0
// gemm.cc: the fallback of multiplication: f32 with one fused multiply-add for each k, ascending; and integers, by the
// same tile. The dot of a block of up to 128 products of bytes is below 2^22, so f32 holds every partial sum of it, and
// lanes of f32 are as many as the portable widening multiplication of integers would have.
//
//   for 4 panels of weights:
//     for KC of k (integers: a step of 128):   decode [KC][16] of each
//       for 8 rows of x:                       tile: 8 sums in registers for each vector of a panel
//
// Left to the generic kernels: targets whose multiply-add is not fused (SSSE3, SSE4), and integer dots of whole rows that
// 32 bits might not hold.
#include "kernels/hwy/shim.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hwy/gemm.cc" // from the top of the tree: foreach_target.h includes it
#include <hwy/foreach_target.h>

#include "kernels/hwy/lanes.h"

#ifndef LOWPK_HWY_GEMM_ONCE
#define LOWPK_HWY_GEMM_ONCE
extern "C" {
#include "kernels/generic/gemm_store.h"
}
namespace lowp {

constexpr size_t kPanel = LOWPK_NR, kStep = LOWPK_STEP, kGroup = 4, kDepth = 256, kRows = 8;
constexpr size_t kMostDepth = 1024 * kStep - kStep; // of a whole row: 2^21 for each step

// Sums of a group of panels are [m][kGroup][16].
inline void StoreGroup(const lowpk_gemm *g, size_t panel, size_t panels, const float *sums) {
  for (size_t m = 0; m < g->m; m++)
    for (size_t p = 0; p < panels; p++)
      for (size_t lane = 0, n = (panel + p) * kPanel; lane < kPanel && n < g->w->n; lane++, n++)
        lowpk_gemm_store(g, m, n, sums[(m * kGroup + p) * kPanel + lane]);
}

} // namespace lowp
#endif

HWY_BEFORE_NAMESPACE();
namespace lowp {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR || !HWY_NATIVE_FMA

static void GemmF32(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  lowpk_gemm_f32_generic(g, panel0, panel1, scratch);
}
static void GemmInt8(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  lowpk_gemm_int8_generic(g, panel0, panel1, scratch);
}

#else

// s[r][16] goes on, from 0 if `first`, by fma(a[r][k], b[k][16]) for 8, 4 or 1 rows of a; s and a have strides.
template <class D>
static HWY_INLINE void Tile8(D df, size_t depth, const float *a, size_t stride, const float *b, float *s, size_t next,
                             bool first) {
  auto s0 = hn::Zero(df), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  if (!first) {
    s0 = hn::LoadU(df, s), s1 = hn::LoadU(df, s + next);
    s2 = hn::LoadU(df, s + 2 * next), s3 = hn::LoadU(df, s + 3 * next);
    s4 = hn::LoadU(df, s + 4 * next), s5 = hn::LoadU(df, s + 5 * next);
    s6 = hn::LoadU(df, s + 6 * next), s7 = hn::LoadU(df, s + 7 * next);
  }
  const float *a4 = a + 4 * stride;
  for (size_t k = 0; k < depth; k++) {
    const auto w = hn::LoadU(df, b + k * kPanel);
    s0 = hn::MulAdd(hn::Set(df, a[k]), w, s0);
    s1 = hn::MulAdd(hn::Set(df, a[k + stride]), w, s1);
    s2 = hn::MulAdd(hn::Set(df, a[k + 2 * stride]), w, s2);
    s3 = hn::MulAdd(hn::Set(df, a[k + 3 * stride]), w, s3);
    s4 = hn::MulAdd(hn::Set(df, a4[k]), w, s4);
    s5 = hn::MulAdd(hn::Set(df, a4[k + stride]), w, s5);
    s6 = hn::MulAdd(hn::Set(df, a4[k + 2 * stride]), w, s6);
    s7 = hn::MulAdd(hn::Set(df, a4[k + 3 * stride]), w, s7);
  }
  hn::StoreU(s0, df, s), hn::StoreU(s1, df, s + next);
  hn::StoreU(s2, df, s + 2 * next), hn::StoreU(s3, df, s + 3 * next);
  hn::StoreU(s4, df, s + 4 * next), hn::StoreU(s5, df, s + 5 * next);
  hn::StoreU(s6, df, s + 6 * next), hn::StoreU(s7, df, s + 7 * next);
}

template <class D>
static HWY_INLINE void Tile4(D df, size_t depth, const float *a, size_t stride, const float *b, float *s, size_t next,
                             bool first) {
  auto s0 = hn::Zero(df), s1 = s0, s2 = s0, s3 = s0;
  if (!first) {
    s0 = hn::LoadU(df, s), s1 = hn::LoadU(df, s + next);
    s2 = hn::LoadU(df, s + 2 * next), s3 = hn::LoadU(df, s + 3 * next);
  }
  for (size_t k = 0; k < depth; k++) {
    const auto w = hn::LoadU(df, b + k * kPanel);
    s0 = hn::MulAdd(hn::Set(df, a[k]), w, s0);
    s1 = hn::MulAdd(hn::Set(df, a[k + stride]), w, s1);
    s2 = hn::MulAdd(hn::Set(df, a[k + 2 * stride]), w, s2);
    s3 = hn::MulAdd(hn::Set(df, a[k + 3 * stride]), w, s3);
  }
  hn::StoreU(s0, df, s), hn::StoreU(s1, df, s + next);
  hn::StoreU(s2, df, s + 2 * next), hn::StoreU(s3, df, s + 3 * next);
}

template <class D>
static HWY_INLINE void Tile1(D df, size_t depth, const float *a, const float *b, float *s, bool first) {
  auto sum = first ? hn::Zero(df) : hn::LoadU(df, s);
  for (size_t k = 0; k < depth; k++) sum = hn::MulAdd(hn::Set(df, a[k]), hn::LoadU(df, b + k * kPanel), sum);
  hn::StoreU(sum, df, s);
}

// Any number of rows up to 8, all lanes of a panel.
static HWY_INLINE void Tile(size_t rows, size_t depth, const float *a, size_t stride, const float *b, float *s,
                            size_t next, bool first) {
  const hn::CappedTag<float, kPanel> df;
  for (size_t h = 0; h < kPanel; h += hn::Lanes(df)) {
    size_t r = 0;
    if (rows == 8) {
      Tile8(df, depth, a, stride, b + h, s + h, next, first);
      r = 8;
    } else if (rows >= 4) {
      Tile4(df, depth, a, stride, b + h, s + h, next, first);
      r = 4;
    }
    for (; r < rows; r++) Tile1(df, depth, a + r * stride, b + h, s + r * next + h, first);
  }
}

static void GemmF32(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  const size_t kp = g->w->kp, next = kGroup * kPanel;
  const float *x = static_cast<const float *>(g->lhs);
  float *decoded = static_cast<float *>(scratch), *sums = decoded + kGroup * kDepth * kPanel;
  for (size_t panel = panel0; panel < panel1; panel += kGroup) {
    const size_t panels = panel1 - panel < kGroup ? panel1 - panel : kGroup;
    for (size_t k0 = 0; k0 < kp; k0 += kDepth) {
      const size_t depth = kp - k0 < kDepth ? kp - k0 : kDepth;
      for (size_t p = 0; p < panels; p++) g->panel_f32(g->w, panel + p, k0, k0 + depth, decoded + p * kDepth * kPanel);
      for (size_t m = 0; m < g->m; m += kRows) {
        const size_t rows = g->m - m < kRows ? g->m - m : kRows;
        for (size_t p = 0; p < panels; p++)
          Tile(rows, depth, x + m * kp + k0, kp, decoded + p * kDepth * kPanel, sums + m * next + p * kPanel, next,
               k0 == 0);
      }
    }
    StoreGroup(g, panel, panels, sums);
  }
}

// --- integers ------------------------------------------------------------------------------------------------------

// Integers of a step, [k / 4][16][4], to f32, [k][16].
static HWY_INLINE void WidenPanel(const int8_t *from, float *to) {
  const hn::CappedTag<int32_t, kPanel> d;
  const Floats<decltype(d)> df;
  for (size_t k = 0; k < kStep; k += 4)
    for (size_t h = 0; h < kPanel; h += hn::Lanes(d)) {
      const auto w = LoadBits(d, from + (k * kPanel + 4 * h));
      float *at = to + k * kPanel + h;
      hn::StoreU(hn::ConvertTo(df, hn::ShiftRight<24>(hn::ShiftLeft<24>(w))), df, at);
      hn::StoreU(hn::ConvertTo(df, hn::ShiftRight<24>(hn::ShiftLeft<16>(w))), df, at + kPanel);
      hn::StoreU(hn::ConvertTo(df, hn::ShiftRight<24>(hn::ShiftLeft<8>(w))), df, at + 2 * kPanel);
      hn::StoreU(hn::ConvertTo(df, hn::ShiftRight<24>(w)), df, at + 3 * kPanel);
    }
}

// Where rows m on lie in the tiles of gemm.h: `height` rows in their panel of 16, of which m is the r-th.
struct Place {
  size_t panel, height, r;
};
static HWY_INLINE Place PlaceOf(const lowpk_gemm *g, size_t m) {
  constexpr size_t whole = LOWPK_MR;
  const size_t i = m / whole * whole;
  return {i, g->m - i < whole ? g->m - i : whole, m - i};
}

// A step of up to 8 rows of x to f32, [8][128].
static HWY_INLINE void WidenRows(const lowpk_gemm *g, size_t m, size_t rows, size_t k0, float *to) {
  const hn::CappedTag<int32_t, 64> d;
  const Floats<decltype(d)> df;
  const Place at = PlaceOf(g, m);
  const int8_t *x = static_cast<const int8_t *>(g->lhs) + at.panel * g->w->kp;
  for (size_t r = 0; r < rows; r++)
    for (size_t k = 0; k < kStep; k += 64) {
      const int8_t *from = x + (k0 + k) / 64 * at.height * 64 + (at.r + r) * 64;
      for (size_t j = 0; j < 64; j += hn::Lanes(d)) {
        const auto q = hn::PromoteTo(d, hn::LoadU(hn::Rebind<int8_t, decltype(d)>(), from + j));
        hn::StoreU(hn::ConvertTo(df, q), df, to + r * kStep + k + j);
      }
    }
}

// The end of a block at k: S = fma(dot, lhs scale * rhs scale, S) for rows of dots, [8][16].
static HWY_INLINE void EndBlock(const lowpk_gemm *g, size_t m, size_t rows, size_t k, const float *scales,
                                const float *dots, float *sums, size_t next) {
  const hn::CappedTag<float, kPanel> df;
  const Place at = PlaceOf(g, m);
  const size_t blocks = g->w->kp / g->lhs_block, width = g->w->scheme->block_cols;
  const float *lhs = g->lhs_scales ? g->lhs_scales + at.panel * blocks + k / g->lhs_block * at.height + at.r : nullptr;
  const float *rhs = width ? scales + k % kStep / width * kPanel : nullptr;
  for (size_t h = 0; h < kPanel; h += hn::Lanes(df)) {
    const auto one = hn::Set(df, 1.0f), w = rhs ? hn::LoadU(df, rhs + h) : one;
    for (size_t r = 0; r < rows; r++) {
      const auto p = hn::Mul(lhs ? hn::Set(df, lhs[r]) : one, w);
      const auto s = hn::LoadU(df, sums + r * next + h);
      hn::StoreU(hn::MulAdd(hn::LoadU(df, dots + r * kPanel + h), p, s), df, sums + r * next + h);
    }
  }
}

// The dot of a step of whole rows: integers in the place of sums.
static HWY_INLINE void AddDots(size_t rows, const float *dots, float *sums, size_t next) {
  const hn::CappedTag<int32_t, kPanel> d;
  const Floats<decltype(d)> df;
  for (size_t r = 0; r < rows; r++)
    for (size_t h = 0; h < kPanel; h += hn::Lanes(d)) {
      const auto dot = hn::ConvertTo(d, hn::LoadU(df, dots + r * kPanel + h));
      StoreBits(d, hn::Add(LoadBits(d, sums + r * next + h), dot), sums + r * next + h);
    }
}

static void GemmInt8(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  const size_t kp = g->w->kp, next = kGroup * kPanel, rhs_blocks = kStep / 16; // the smallest block has 16
  const bool whole = !g->lhs_scales && g->w->scheme->block_cols == 0;          // then g->block is kp
  const size_t block = whole ? kStep : g->block;
  if (whole && kp > kMostDepth) return lowpk_gemm_int8_generic(g, panel0, panel1, scratch);
  float *decoded = static_cast<float *>(scratch), *scales = decoded + kGroup * kStep * kPanel;
  float *rows_of_x = scales + kGroup * rhs_blocks * kPanel, *dots = rows_of_x + kRows * kStep;
  float *sums = dots + kRows * kPanel;
  int8_t *integers = reinterpret_cast<int8_t *>(sums + g->m * next);
  for (size_t panel = panel0; panel < panel1; panel += kGroup) {
    const size_t panels = panel1 - panel < kGroup ? panel1 - panel : kGroup;
    memset(sums, 0, g->m * next * sizeof *sums);
    for (size_t k0 = 0; k0 < kp; k0 += kStep) {
      for (size_t p = 0; p < panels; p++) {
        g->panel_int8(g->w, panel + p, k0, k0 + kStep, integers, scales + p * rhs_blocks * kPanel);
        WidenPanel(integers, decoded + p * kStep * kPanel);
      }
      for (size_t m = 0; m < g->m; m += kRows) { // never beyond the 16 rows of a panel of x
        const size_t rows = g->m - m < kRows ? g->m - m : kRows;
        WidenRows(g, m, rows, k0, rows_of_x);
        for (size_t p = 0; p < panels; p++)
          for (size_t k = 0; k < kStep; k += block) {
            float *s = sums + m * next + p * kPanel;
            Tile(rows, block, rows_of_x + k, kStep, decoded + (p * kStep + k) * kPanel, dots, kPanel, true);
            if (whole)
              AddDots(rows, dots, s, next);
            else
              EndBlock(g, m, rows, k0 + k, scales + p * rhs_blocks * kPanel, dots, s, next);
          }
      }
    }
    for (size_t m = 0; whole && m < g->m; m++)
      for (size_t p = 0; p < panels; p++) lowpk_finish_row(g, panel + p, m, sums + (m * kGroup + p) * kPanel);
    StoreGroup(g, panel, panels, sums);
  }
}
#endif

} // namespace HWY_NAMESPACE
} // namespace lowp
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowp {
HWY_EXPORT(GemmF32);
HWY_EXPORT(GemmInt8);

extern "C" void lowpk_gemm_f32_hwy(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  HWY_DYNAMIC_DISPATCH(GemmF32)(g, panel0, panel1, scratch);
}
extern "C" void lowpk_gemm_int8_hwy(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  HWY_DYNAMIC_DISPATCH(GemmInt8)(g, panel0, panel1, scratch);
}
} // namespace lowp
#endif
