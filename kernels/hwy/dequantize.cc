// SPDX-License-Identifier: Apache-2.0
// dequantize.cc: rows of codes and scales to f32: one product for each value, in the order of the definition; products
// with powers of two are exact.
//
// Left to the generic kernels: rows under another rounding mode or with subnormals flushed, and zero points that take an
// integer beyond 32 bits, which a file may hold.
#include "kernels/hwy/shim.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hwy/dequantize.cc" // from the top of the tree: foreach_target.h includes it
#include <hwy/foreach_target.h>

#include "kernels/hwy/lanes.h"

#ifndef LOWPK_HWY_DEQUANTIZE_ONCE
#define LOWPK_HWY_DEQUANTIZE_ONCE
extern "C" {
#include "kernels/generic/hif4.h"
#include "kernels/generic/nvfp4.h"
}
namespace lowp {

// A run of codes with one scale and one zero point: (q - zero) * scale.
struct Run {
  float scale, offset;
  int32_t point;
  lowp_zero zero;
};

// Codes are unpacked into bytes this many at a time.
constexpr size_t kStage = 512;

} // namespace lowp
#endif

HWY_BEFORE_NAMESPACE();
namespace lowp {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

static void MxRow(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) {
  lowpk_dequantize_mx_generic(job, codes, scales, nullptr, x);
}
static void Nvfp4Row(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) {
  lowpk_dequantize_nvfp4_generic(job, codes, scales, nullptr, x);
}
static void Hif4Row(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) {
  lowpk_dequantize_hif4_generic(job, codes, scales, nullptr, x);
}
static void ScaledRow(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero, float *x) {
  lowpk_dequantize_scaled_generic(job, codes, scales, zero, x);
}

#else

// Bytes of a row's codes from column i on: where they are, or unpacked into `bytes`. n is a multiple of 16 if packed.
static HWY_INLINE const uint8_t *Bytes(const Format &f, const uint8_t *codes, size_t i, size_t n, uint8_t *bytes) {
  if (f.bits == 8) return codes + i;
  UnpackCodes(f.bits, n, codes + i * f.bits / 8, bytes);
  return bytes;
}

// --- MX ------------------------------------------------------------------------------------------------------------

template <Kind kind>
static void MxBlocks(const Format &f, size_t n, const uint8_t *codes, const uint8_t *scales, float *x) {
  const hn::CappedTag<int32_t, 32> d;
  const Floats<decltype(d)> df;
  uint8_t bytes[kStage];
  for (size_t i = 0; i < n; i += kStage) {
    const size_t count = n - i < kStage ? n - i : kStage;
    const uint8_t *from = Bytes(f, codes, i, count, bytes);
    for (size_t k = 0; k < count; k += 32) {
      const auto scale = hn::Set(df, lowp_minifloat_decode({0, 8, 0, LOWP_SPECIALS_SCALE, 127}, scales[(i + k) / 32]));
      for (size_t j = k; j < k + 32; j += hn::Lanes(d))
        hn::StoreU(hn::Mul(Value<kind>(d, f, LoadCodes<kind>(d, from + j)), scale), df, x + i + j);
    }
  }
}

static void MxRow(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) {
  const Format f = FormatOf(job->scheme->element);
  switch (f.kind) {
  case Kind::kTable:
    return MxBlocks<Kind::kTable>(f, job->cols_padded, codes, scales, x);
  case Kind::kFloat:
    return MxBlocks<Kind::kFloat>(f, job->cols_padded, codes, scales, x);
  case Kind::kSpecial:
    return MxBlocks<Kind::kSpecial>(f, job->cols_padded, codes, scales, x);
  case Kind::kFixed:
    return MxBlocks<Kind::kFixed>(f, job->cols_padded, codes, scales, x);
  default:
    return lowpk_dequantize_mx_generic(job, codes, scales, nullptr, x);
  }
}

// --- NVFP4, HiF4 ---------------------------------------------------------------------------------------------------

static void Nvfp4Row(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) {
  constexpr size_t block = LOWPK_NVFP4_BLOCK;
  const Format f = FormatOf(LOWP_E2M1);
  const hn::CappedTag<int32_t, block> d;
  const Floats<decltype(d)> df;
  uint8_t bytes[block];
  for (size_t i = 0; i < job->cols_padded; i += block) {
    const auto scale = hn::Set(df, lowpk_e4m3(scales[i / block]) * job->tensor_scale);
    UnpackFours(block, codes + i / 2, bytes);
    for (size_t j = 0; j < block; j += hn::Lanes(d))
      hn::StoreU(hn::Mul(Value<Kind::kTable>(d, f, LoadCodes<Kind::kTable>(d, bytes + j)), scale), df, x + i + j);
  }
}

// Element i of a group has two exponent bits in the group's word: bit 8 + i / 8 and bit 16 + i / 4. Each doubles the
// scale; NaN stays NaN.
static void Hif4Row(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) {
  constexpr size_t group = LOWPK_HIF4_GROUP;
  const Format f = FormatOf(LOWP_S1P2);
  const hn::CappedTag<int32_t, group> d;
  const Floats<decltype(d)> df;
  int32_t eights[group], fours[group];
  for (size_t j = 0; j < group; j++) {
    eights[j] = 1 << (8 + j / 8);
    fours[j] = static_cast<int32_t>(1u << (16 + j / 4));
  }
  uint8_t bytes[group];
  for (size_t i = 0; i < job->cols_padded; i += group, scales += 4) {
    const uint32_t word = lowpk_hif4_load_word(scales);
    const auto words = hn::Set(d, static_cast<int32_t>(word));
    const auto scale = hn::Set(df, lowp_minifloat_decode({0, 6, 2, LOWP_SPECIALS_SCALE, 48}, word & 0xff));
    UnpackFours(group, codes + i / 2, bytes);
    for (size_t j = 0; j < group; j += hn::Lanes(d)) {
      const auto eight = hn::RebindMask(df, hn::TestBit(words, hn::LoadU(d, eights + j)));
      const auto four = hn::RebindMask(df, hn::TestBit(words, hn::LoadU(d, fours + j)));
      const auto twice = hn::Add(scale, hn::IfThenElseZero(eight, scale));
      const auto s = hn::Add(twice, hn::IfThenElseZero(four, twice));
      hn::StoreU(hn::Mul(Value<Kind::kTable>(d, f, LoadCodes<Kind::kTable>(d, bytes + j)), s), df, x + i + j);
    }
  }
}

// --- plain scales --------------------------------------------------------------------------------------------------

template <Kind kind, class D>
static HWY_INLINE V<Floats<D>> RunValue(D d, const Format &f, const Run &r, const uint8_t *codes) {
  const Floats<D> df;
  const auto c = LoadCodes<kind>(d, codes);
  const auto scale = hn::Set(df, r.scale);
  if constexpr (kind == Kind::kFixed) {
    const int unused = 32 - static_cast<int>(f.bits);
    const auto q = hn::Sub(hn::ShiftRightSame(hn::ShiftLeftSame(c, unused), unused), hn::Set(d, r.point));
    return hn::Mul(hn::Sub(hn::ConvertTo(df, q), hn::Set(df, r.offset)), scale);
  }
  return hn::Mul(Value<kind>(d, f, c), scale);
}

template <Kind kind> static void Values(const Format &f, const Run &r, size_t n, const uint8_t *codes, float *x) {
  const hn::ScalableTag<int32_t> d;
  const Floats<decltype(d)> df;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; n - i >= lanes; i += lanes) hn::StoreU(RunValue<kind>(d, f, r, codes + i), df, x + i);
  if (i == n) return;
  uint8_t rest[kMostLanes] = {0};
  float y[kMostLanes];
  memcpy(rest, codes + i, n - i);
  hn::StoreU(RunValue<kind>(d, f, r, rest), df, y);
  memcpy(x + i, y, (n - i) * sizeof *x);
}

template <Kind kind>
static void Runs(const lowpk_job *job, const Format &f, Run r, const uint8_t *codes, const uint8_t *scales, float *x) {
  const size_t n = job->cols_padded, width = job->scheme->block_cols ? job->scheme->block_cols : n;
  uint8_t bytes[kStage];
  for (size_t i = 0, k = 0; i < n; i += width, k++) {
    if (job->scheme->scale == LOWP_FP16) {
      uint16_t code;
      memcpy(&code, scales + k * sizeof code, sizeof code);
      r.scale = lowp_decode(LOWP_FP16, code);
    } else {
      memcpy(&r.scale, scales + k * sizeof r.scale, sizeof r.scale);
    }
    if (f.bits == 8) {
      Values<kind>(f, r, width, codes + i, x + i);
    } else { // blocks of 32 or 128
      UnpackFours(width, codes + i / 2, bytes);
      Values<kind>(f, r, width, bytes, x + i);
    }
  }
}

static void ScaledRow(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero, float *x) {
  const Format f = FormatOf(job->scheme->element);
  Run r = {};
  r.zero = job->scheme->zero;
  if (r.zero == LOWP_ZERO_I32) memcpy(&r.point, zero, sizeof r.point);
  if (r.zero == LOWP_ZERO_F32) memcpy(&r.offset, zero, sizeof r.offset);
  const bool packed = f.bits < 8 && (job->scheme->block_cols == 0 || job->scheme->block_cols > kStage);
  if (r.point > INT32_MAX - 128 || r.point < INT32_MIN + 128 || packed)
    return lowpk_dequantize_scaled_generic(job, codes, scales, zero, x);
  switch (f.kind) {
  case Kind::kSpecial:
    return Runs<Kind::kSpecial>(job, f, r, codes, scales, x);
  case Kind::kFixed:
    return Runs<Kind::kFixed>(job, f, r, codes, scales, x);
  case Kind::kHif8:
    return Runs<Kind::kHif8>(job, f, r, codes, scales, x);
  default:
    return lowpk_dequantize_scaled_generic(job, codes, scales, zero, x);
  }
}
#endif

} // namespace HWY_NAMESPACE
} // namespace lowp
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lowp {
HWY_EXPORT(MxRow);
HWY_EXPORT(Nvfp4Row);
HWY_EXPORT(Hif4Row);
HWY_EXPORT(ScaledRow);

extern "C" void lowpk_dequantize_mx_hwy(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales,
                                        const void *zero, float *x) {
  if (DefaultMode())
    HWY_DYNAMIC_DISPATCH(MxRow)(job, codes, scales, x);
  else
    lowpk_dequantize_mx_generic(job, codes, scales, zero, x);
}
extern "C" void lowpk_dequantize_nvfp4_hwy(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales,
                                           const void *zero, float *x) {
  if (DefaultMode())
    HWY_DYNAMIC_DISPATCH(Nvfp4Row)(job, codes, scales, x);
  else
    lowpk_dequantize_nvfp4_generic(job, codes, scales, zero, x);
}
extern "C" void lowpk_dequantize_hif4_hwy(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales,
                                          const void *zero, float *x) {
  if (DefaultMode())
    HWY_DYNAMIC_DISPATCH(Hif4Row)(job, codes, scales, x);
  else
    lowpk_dequantize_hif4_generic(job, codes, scales, zero, x);
}
extern "C" void lowpk_dequantize_scaled_hwy(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales,
                                            const void *zero, float *x) {
  if (DefaultMode())
    HWY_DYNAMIC_DISPATCH(ScaledRow)(job, codes, scales, zero, x);
  else
    lowpk_dequantize_scaled_generic(job, codes, scales, zero, x);
}
} // namespace lowp
#endif
