// SPDX-License-Identifier: Apache-2.0
// panel.cc: packed weights (kernels/gemm.h) to f32, and to integers with the scales of their blocks. A lane is a row of
// the weights: its codes come out of words of 32 bits by shifts, and a block scale is one number for each lane.
//
// Left to the generic kernel: tensors that are marked irregular, to f32.
#include "kernels/hwy/shim.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hwy/panel.cc" // from the top of the tree: foreach_target.h includes it
#include <hwy/foreach_target.h>

#include "kernels/hwy/lanes.h"

#ifndef LOWPK_HWY_PANEL_ONCE
#define LOWPK_HWY_PANEL_ONCE
namespace lowp {
constexpr size_t kPanel = LOWPK_NR, kStep = LOWPK_STEP, kWord = 64; // bytes of 16 lanes
constexpr size_t kGroup = 64;                                       // columns of HiF4 with one word

// Bits of a code that weights of a kind have. Code for others would only take time to compile.
constexpr bool HasBits(Kind kind, unsigned bits) {
  switch (kind) {
  case Kind::kTable:
    return bits == 4;
  case Kind::kFloat:
    return bits == 6;
  case Kind::kFixed:
    return bits == 4 || bits == 8;
  case Kind::kSpecial:
  case Kind::kHif8:
    return bits == 8;
  case Kind::kHalf:
  case Kind::kBf16:
    return bits == 16;
  default:
    return false;
  }
}
} // namespace lowp
#endif

HWY_BEFORE_NAMESPACE();
namespace lowp {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

static void PanelF32(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out) {
  lowpk_panel_f32_generic(w, panel, k0, k1, out);
}
static void PanelInt8(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out, float *scales) {
  lowpk_panel_int8_generic(w, panel, k0, k1, out, scales);
}

#else

static HWY_INLINE const uint8_t *StepOf(const lowpk_rhs *w, size_t panel, size_t k) {
  return w->data + panel * w->panel_bytes + k / kStep * w->step_bytes;
}

// Scales of a block for lanes h on; `scales` is where those of the block begin, f the format of scales that are codes.
// Those of HiF4 are words, whose lowest byte is E6M2.
template <class D>
static HWY_INLINE V<Floats<D>> Scales(D d, const lowp_scheme_info *s, const Format &f, const uint8_t *scales,
                                      size_t h) {
  const Floats<D> df;
  if (s->scale == LOWP_F32) return hn::BitCast(df, LoadBits(d, scales + 4 * h));
  if (s->scale == LOWP_FP16) return Value<Kind::kHalf>(d, f, LoadCodes<Kind::kHalf>(d, scales + 2 * h));
  if (s->scale == LOWP_E4M3FN) return Value<Kind::kSpecial>(d, f, LoadCodes<Kind::kSpecial>(d, scales + h));
  if (s->scale_bytes == 1) return Value<Kind::kScale>(d, f, LoadCodes<Kind::kScale>(d, scales + h));
  return Value<Kind::kScale>(d, f, hn::And(LoadBits(d, scales + 4 * h), hn::Set(d, 0xff)));
}

// 2^(e8 + e16) of the column j of a group of HiF4, times s: each bit doubles.
template <class D> static HWY_INLINE V<Floats<D>> Hif4Scale(D d, V<D> words, size_t j, V<Floats<D>> s) {
  const Floats<D> df;
  const auto bit = [&](size_t i) HWY_ATTR {
    return hn::RebindMask(df, hn::TestBit(words, hn::Set(d, static_cast<int32_t>(1u << i))));
  };
  s = hn::Add(s, hn::IfThenElseZero(bit(8 + j / 8), s));
  return hn::Add(s, hn::IfThenElseZero(bit(16 + j / 4), s));
}

// One block of a step, k to k + n of its columns, lanes h on.
template <Kind kind, class D>
static HWY_INLINE void Block(D d, const lowpk_rhs *w, const Format &f, const Format &fs, const uint8_t *step, size_t k,
                             size_t n, size_t panel, size_t h, float *out) {
  const Floats<D> df;
  const lowp_scheme_info *s = w->scheme;
  const uint8_t *codes = step + w->step_scale_bytes + 4 * h, *zeros = static_cast<const uint8_t *>(w->zeros);
  auto scale = hn::Set(df, 1.0f), offset = hn::Zero(df);
  auto words = hn::Zero(d), point = hn::Zero(d);
  const bool hif4 = kind == Kind::kTable && s->family == LOWP_FAMILY_HIF4;
  if (s->block_cols) {
    const uint8_t *scales = step + k / n * kPanel * s->scale_bytes;
    scale = Scales(d, s, fs, scales, h);
    if (hif4) words = LoadBits(d, scales + 4 * h);
  }
  if (s->zero != LOWP_ZERO_NONE) {
    const auto z = LoadBits(d, zeros + (panel * kPanel + h) * 4);
    if (s->zero == LOWP_ZERO_I32) point = z;
    if (s->zero == LOWP_ZERO_F32) offset = hn::BitCast(df, z);
  }
  auto by = scale;
  const auto emit = [&](size_t i, V<D> c) HWY_ATTR {
    auto v = hn::Zero(df);
    if constexpr (kind == Kind::kFixed) { // points go with elements that have no fraction
      const int unused = 32 - static_cast<int>(f.bits);
      v = hn::ConvertTo(df, hn::Sub(hn::ShiftRightSame(hn::ShiftLeftSame(c, unused), unused), point));
      v = hn::Sub(hn::Mul(v, hn::Set(df, f.floor)), offset);
    } else {
      v = Value<kind>(d, f, c);
    }
    hn::StoreU(hn::Mul(v, by), df, out + i * kPanel + h);
  };
  const auto four = [&](size_t i, V<D> c) HWY_ATTR { // bytes of a lane
    if (hif4) by = Hif4Scale(d, words, i % kGroup, scale);
    emit(i, c);
    emit(i + 1, hn::ShiftRight<8>(c));
    emit(i + 2, hn::ShiftRight<16>(c));
    emit(i + 3, hn::ShiftRight<24>(c));
  };
  const size_t end = k + n;
  if constexpr (HasBits(kind, 16)) {
    const hn::RebindToUnsigned<D> du;
    for (; k < end; k += 4) // halves: k, k + 2; k + 1, k + 3
      for (size_t j = 0; j < 2; j++) {
        const auto c = LoadBits(d, codes + k / 4 * 2 * kWord + j * kWord);
        emit(k + j, hn::And(c, hn::Set(d, 0xffff)));
        emit(k + j + 2, hn::BitCast(d, hn::ShiftRight<16>(hn::BitCast(du, c))));
      }
  }
  if constexpr (HasBits(kind, 8)) {
    for (; f.bits == 8 && k < end; k += 4) four(k, LoadBits(d, codes + k / 4 * kWord));
  }
  if constexpr (HasBits(kind, 4)) {
    for (; k < end; k += 8) {
      const auto c = LoadBits(d, codes + k / 8 * kWord);
      four(k, hn::And(c, hn::Set(d, 0x0f0f0f0f)));
      four(k + 4, hn::And(hn::ShiftRight<4>(c), hn::Set(d, 0x0f0f0f0f)));
    }
  }
  if constexpr (HasBits(kind, 6)) {
    const auto low = hn::Set(d, 0x0f0f0f0f), high = hn::Set(d, 0x30303030);
    for (; k < end; k += 16) {
      const uint8_t *p = codes + k / 16 * 3 * kWord;
      const auto a = LoadBits(d, p), b = LoadBits(d, p + kWord), top = LoadBits(d, p + 2 * kWord);
      four(k, hn::Or(hn::And(a, low), hn::And(hn::ShiftLeft<4>(top), high)));
      four(k + 4, hn::Or(hn::And(hn::ShiftRight<4>(a), low), hn::And(hn::ShiftLeft<2>(top), high)));
      four(k + 8, hn::Or(hn::And(b, low), hn::And(top, high)));
      four(k + 12, hn::Or(hn::And(hn::ShiftRight<4>(b), low), hn::And(hn::ShiftRight<2>(top), high)));
    }
  }
}

template <Kind kind> static void Decode(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out) {
  const hn::CappedTag<int32_t, kPanel> d;
  const Format f = FormatOf(w->scheme->element);
  const Format fs = w->scheme->block_cols ? FormatOf(w->scheme->scale) : Format();
  const size_t width = w->scheme->block_cols ? w->scheme->block_cols : kStep;
  for (; k0 < k1; k0 += kStep, out += kStep * kPanel)
    for (size_t k = 0; k < kStep; k += width)
      for (size_t h = 0; h < kPanel; h += hn::Lanes(d))
        Block<kind>(d, w, f, fs, StepOf(w, panel, k0), k, width, panel, h, out);
}

static void PanelF32(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out) {
  const Format f = FormatOf(w->scheme->element);
  if (!HasBits(f.kind, f.bits)) return lowpk_panel_f32_generic(w, panel, k0, k1, out);
  switch (f.kind) {
  case Kind::kTable:
    return Decode<Kind::kTable>(w, panel, k0, k1, out);
  case Kind::kFloat:
    return Decode<Kind::kFloat>(w, panel, k0, k1, out);
  case Kind::kSpecial:
    return Decode<Kind::kSpecial>(w, panel, k0, k1, out);
  case Kind::kHalf:
    return Decode<Kind::kHalf>(w, panel, k0, k1, out);
  case Kind::kBf16:
    return Decode<Kind::kBf16>(w, panel, k0, k1, out);
  case Kind::kFixed:
    return Decode<Kind::kFixed>(w, panel, k0, k1, out);
  case Kind::kHif8:
    return Decode<Kind::kHif8>(w, panel, k0, k1, out);
  default:
    return lowpk_panel_f32_generic(w, panel, k0, k1, out);
  }
}

// --- integers ------------------------------------------------------------------------------------------------------

// Integers of a step, lanes h on: a table of the magnitudes or of all codes, by bytes.
template <class D>
static HWY_INLINE void Integers(D d, const lowpk_rhs *w, const uint8_t *table, const uint8_t *step, size_t h,
                                int8_t *out) {
  const hn::Repartition<int8_t, D> d8;
  const lowp_element id = w->scheme->element;
  const bool hif4 = w->scheme->family == LOWP_FAMILY_HIF4;
  const uint8_t *codes = step + w->step_scale_bytes + 4 * h;
  const auto low = hn::Set(d, 0x0f0f0f0f), first = hn::BitCast(d, Table(d, table)),
             second = hn::BitCast(d, Table(d, table + 16));
  const auto at = [&](V<D> t, V<D> c) HWY_ATTR { return Lookup(d, hn::BitCast(hn::Repartition<uint8_t, D>(), t), c); };
  const auto store = [&](size_t k, V<D> v) HWY_ATTR { StoreBits(d, v, out + k * kPanel + 4 * h); };
  const auto four = [&](size_t k, V<D> c) HWY_ATTR {
    auto v = at(first, c);
    if (hif4) {
      const auto words = LoadBits(d, step + k / kGroup * kWord + 4 * h);
      const size_t j = k % kGroup;
      const auto twice = [&](size_t bit) HWY_ATTR {
        const auto m = hn::TestBit(words, hn::Set(d, static_cast<int32_t>(1u << bit)));
        v = hn::BitCast(d, hn::Add(hn::BitCast(d8, v), hn::BitCast(d8, hn::IfThenElseZero(m, v))));
      };
      twice(8 + j / 8);
      twice(16 + j / 4);
    }
    store(k, v);
  };
  const auto six = [&](size_t k, V<D> c) HWY_ATTR { // E2M3: magnitudes below 16, the others, the sign
    const auto bit = [&](int b) HWY_ATTR {
      const auto set = hn::BitCast(d8, hn::Set(d, 0x01010101 * b));
      return hn::Eq(hn::And(hn::BitCast(d8, c), set), set);
    };
    const auto m = hn::And(c, low);
    const auto v = hn::IfThenElse(bit(16), hn::BitCast(d8, at(second, m)), hn::BitCast(d8, at(first, m)));
    store(k, hn::BitCast(d, hn::IfThenElse(bit(32), hn::Sub(hn::Zero(d8), v), v)));
  };
  switch (lowp_element_row_of(id).bits) {
  case 8:
    for (size_t k = 0; k < kStep; k += 4) store(k, LoadBits(d, codes + k / 4 * kWord));
    break;
  case 4:
    for (size_t k = 0; k < kStep; k += 8) {
      const auto c = LoadBits(d, codes + k / 8 * kWord);
      four(k, hn::And(c, low));
      four(k + 4, hn::And(hn::ShiftRight<4>(c), low));
    }
    break;
  default:
    for (size_t k = 0; k < kStep; k += 16) {
      const uint8_t *p = codes + k / 16 * 3 * kWord;
      const auto a = LoadBits(d, p), b = LoadBits(d, p + kWord), top = LoadBits(d, p + 2 * kWord);
      const auto high = hn::Set(d, 0x30303030);
      six(k, hn::Or(hn::And(a, low), hn::And(hn::ShiftLeft<4>(top), high)));
      six(k + 4, hn::Or(hn::And(hn::ShiftRight<4>(a), low), hn::And(hn::ShiftLeft<2>(top), high)));
      six(k + 8, hn::Or(hn::And(b, low), hn::And(top, high)));
      six(k + 12, hn::Or(hn::And(hn::ShiftRight<4>(b), low), hn::And(hn::ShiftRight<2>(top), high)));
    }
    break;
  }
}

static void PanelInt8(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out, float *scales) {
  const hn::CappedTag<int32_t, kPanel> d;
  const Floats<decltype(d)> df;
  const lowp_scheme_info *s = w->scheme;
  const size_t width = s->block_cols;
  const float factor = lowpk_integer_factor(s->element);
  const Format fs = width ? FormatOf(s->scale) : Format();
  uint8_t table[32] = {0}; // integers of the codes of four bits; of six, those of the magnitudes
  for (uint32_t c = 0; c < 32 && lowp_element_row_of(s->element).bits < 8; c++)
    table[c] = static_cast<uint8_t>(static_cast<int8_t>(lowp_decode(s->element, c) / factor));
  for (; k0 < k1; k0 += kStep, out += kStep * kPanel) {
    const uint8_t *step = StepOf(w, panel, k0);
    for (size_t h = 0; h < kPanel; h += hn::Lanes(d)) {
      Integers(d, w, table, step, h, out);
      for (size_t b = 0; width && b < kStep / width; b++) {
        const auto v = Scales(d, s, fs, step + b * kPanel * s->scale_bytes, h);
        hn::StoreU(hn::Mul(v, hn::Set(df, factor)), df, scales + b * kPanel + h);
      }
    }
    if (width) scales += kStep / width * kPanel;
  }
}
#endif

} // namespace HWY_NAMESPACE
} // namespace lowp
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowp {
HWY_EXPORT(PanelF32);
HWY_EXPORT(PanelInt8);

extern "C" void lowpk_panel_f32_hwy(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out) {
  if (w->irregular) // rare: NaN, Inf, and subnormal products
    lowpk_panel_f32_generic(w, panel, k0, k1, out);
  else
    HWY_DYNAMIC_DISPATCH(PanelF32)(w, panel, k0, k1, out);
}

extern "C" void lowpk_panel_int8_hwy(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out,
                                     float *scales) {
  HWY_DYNAMIC_DISPATCH(PanelInt8)(w, panel, k0, k1, out, scales);
}
} // namespace lowp
#endif
