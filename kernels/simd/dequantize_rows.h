/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dequantize_rows.h: the row decoders of MX, NVFP4 and HiF4, written once for all vector widths and outputs: for files
 * that include an expand_*.h and values.h. One product for each value, in the order of the definition; products with
 * powers of two are exact.
 */
#ifndef LOWPK_SIMD_DEQUANTIZE_ROWS_H
#define LOWPK_SIMD_DEQUANTIZE_ROWS_H

#include "kernels/simd/put.h"

/* Values of VEC scale bytes times a factor; behind the last of a row that of the code `one`. */
VEC_INLINE vec_i block_scales(lowp_element id, uint8_t one, const uint8_t *scales, size_t left, float factor,
                              float out[VEC]) {
  uint8_t last[VEC];
  if (left < VEC) {
    memset(last, one, sizeof last);
    scales = memcpy(last, scales, left);
  }
  vec_f s = vec_mulf(expand_value(id, scales), vec_set(factor));
  vec_store(out, s);
  return vec_and(vec_i_bits(s), vec_set_i(0x7fffffff));
}

/* Some blocks that are not for lanes. */
static __attribute__((noinline, unused)) void blocks_generic(lowp_element to, const lowpk_job *job, size_t n,
                                                             const uint8_t *codes, const uint8_t *scales, void *y) {
  lowpk_job part = *job;
  part.cols = part.cols_padded = n;
  if (to != LOWP_F32)
    lowpk_dequantize16_generic(&part, to, codes, scales, NULL, y);
  else
    lowpk_dequantize_mx_generic(&part, codes, scales, NULL, y);
}

/* 32 values of one block from its packed codes, to 16 bits of one kind. 0: they are not for lanes. */
VEC_INLINE int mx_block(lowp_element id, lowp_element to, put_kind kind, int past, const uint8_t *codes, float scale,
                        void *y) {
  const unsigned bits = lowp_element_row_of(id).bits;
  vec_f v[32 / VEC];
  if (bits == 4 && to != LOWP_F32) { /* multiples of 2^-128, exact in bf16 even where they are subnormal */
    expand_put_32(expand_table16_of(id, to, PUT_EXACT, scale, scale), past, codes, y);
    return 1;
  }
  if (id == LOWP_E4M3FN) {
    const vec_f s = vec_set(scale * 256.0f);
    if (__builtin_expect(expand_e4m3_nan(codes, 32), 0)) return 0;
    VEC_UNROLL
    for (int j = 0; j < 32 / VEC; j += 2) {
      expand_e4m3(codes + j * VEC, v + j);
      v[j] = vec_mulf(v[j], s);
      v[j + 1] = vec_mulf(v[j + 1], s);
    }
  } else {
    const vec_f s = vec_set(scale);
    const expand_table t = expand_table_for(id, s);
    VEC_UNROLL
    for (int j = 0; j < 32 / VEC; j++)
      v[j] = bits == 4   ? expand_table_at(t, expand_nibbles(codes + j * VEC / 2))
             : bits == 6 ? vec_mulf(expand_six_values(id, codes, j), s)
                         : vec_mulf(expand_value(id, codes + j * VEC), s);
  }
  put(to, id == LOWP_E5M2 ? PUT_ANY : kind, past, v, 32 / VEC, y);
  return 1;
}

/* Whole chunks under ordinary scales, to bf16. */
#ifdef EXPAND_HAS_E2M1_TABLES
VEC_INLINE void mxfp4_blocks(const lowpk_job *job, size_t count, const uint8_t *codes, const float *s, char *y) {
  uint32_t both[VEC];
  vec_store_i(both, expand_e2m1_scales(vec_load(s)));
  for (size_t k = 0; k < count; k++)
    expand_put_32(expand_e2m1_table(1, both + k), job->past_caches, codes + k * 16, y + k * 64);
}
#endif

/*
 * How many blocks from the first on could be done to bf16 by tables: until one has a value that is not finite, or a scale with which
 * one might not be normal. Nothing is called in these loops, so that their constants stay in registers.
 */
#ifdef EXPAND_HAS_MX_TABLES
enum { MX_TABLE_LEAST = 127 - 110, MX_TABLE_MOST = 127 + 112 };
#define MX_BY_TABLE(element) \
  static __attribute__((noinline, unused)) \
  size_t mx_by_table_##element(int past, size_t count, const uint8_t *codes, const uint8_t *scales, char *y) { \
    const size_t bytes = 4 * lowp_element_row_of(LOWP_##element).bits; \
    size_t k = 0; \
    for (; k < count && scales[k] >= MX_TABLE_LEAST && scales[k] <= MX_TABLE_MOST; k++, codes += bytes, y += 64) \
      if (!expand_put_fields(LOWP_##element, expand_mx_table(LOWP_##element, scales[k]), past, codes, y)) break; \
    return k; \
  }
MX_BY_TABLE(E4M3FN)
MX_BY_TABLE(E5M2)
MX_BY_TABLE(E2M3)
MX_BY_TABLE(E3M2)
#undef MX_BY_TABLE
#define MX_BY_TABLE(element) \
  if (id == LOWP_##element) return mx_by_table_##element(past, count, codes, scales, y);
#else
#define MX_BY_TABLE(element)
#endif
VEC_INLINE size_t mx_by_table(lowp_element id, int past, size_t count, const uint8_t *codes, const uint8_t *scales,
                              char *y) {
  MX_BY_TABLE(E4M3FN)
  MX_BY_TABLE(E5M2)
  MX_BY_TABLE(E2M3)
  MX_BY_TABLE(E3M2)
  (void)id, (void)past, (void)count, (void)codes, (void)scales, (void)y;
  return 0;
}
#undef MX_BY_TABLE

VEC_INLINE void mx_blocks(lowp_element id, lowp_element to, put_kind kind, const lowpk_job *job, size_t count,
                          const uint8_t *codes, const float *s, const uint8_t *scales, char *y) {
  const size_t bytes = 4 * lowp_element_row_of(id).bits;
  for (size_t k = 0; k < count; k++)
    if (!mx_block(id, to, kind, job->past_caches, codes + k * bytes, s[k], y + k * 32 * PUT_SIZE(to)))
      blocks_generic(to, job, 32, codes + k * bytes, scales + k, y + k * 32 * PUT_SIZE(to));
}

/*
 * VEC blocks at a time. Where 2^8 times a scale is not finite, or it is NaN, they are not for lanes, but in f32; where one is below
 * 2^-110 a value may be subnormal in bf16, since the smallest one of E4M3 and of MXINT8 is 2^-9.
 */
VEC_INLINE void mx_row(lowp_element id, lowp_element to, const lowpk_job *job, const uint8_t *codes,
                       const uint8_t *scales, char *y) {
  const size_t blocks = job->cols_padded / 32, bytes = 4 * lowp_element_row_of(id).bits;
  const int always = to == LOWP_F32 && id != LOWP_E4M3FN,
            small_too = lowp_element_row_of(id).bits < 8 || to != LOWP_BF16;
  float s[VEC];
  for (size_t b = 0; b < blocks; b += VEC) {
    if (to == LOWP_BF16) b += mx_by_table(id, job->past_caches, blocks - b, codes + b * bytes, scales + b, y + b * 64);
    if (b == blocks) break;
    const size_t count = blocks - b < VEC ? blocks - b : VEC;
    vec_i size = block_scales(LOWP_E8M0, 127, scales + b, blocks - b, 1.0f, s);
    char *out = y + b * 32 * PUT_SIZE(to);
    if (!always && vec_any(vec_gt_s(size, vec_i_bits(vec_set(0x1p118f)))))
      blocks_generic(to, job, count * 32, codes + b * bytes, scales + b, out);
#ifdef EXPAND_HAS_E2M1_TABLES
    else if (id == LOWP_E2M1 && to == LOWP_BF16 && !vec_any(vec_gt_s(vec_i_bits(vec_set(0x1p-110f)), size)))
      mxfp4_blocks(job, count, codes + b * bytes, s, out);
#endif
    else if (!small_too && vec_any(vec_gt_s(vec_i_bits(vec_set(0x1p-110f)), size)))
      mx_blocks(id, to, PUT_NUMBERS, job, count, codes + b * bytes, s, scales + b, out);
    else
      mx_blocks(id, to, PUT_EXACT, job, count, codes + b * bytes, s, scales + b, out);
  }
}

VEC_INLINE void nvfp4_any_row(lowp_element to, const lowpk_job *job, const uint8_t *codes, const uint8_t *scales,
                              char *y) {
  const size_t blocks = job->cols_padded / 16;
  const int past = job->past_caches;
  float s[VEC];
  for (size_t b = 0; b < blocks; b += VEC) {
    const size_t count = blocks - b < VEC ? blocks - b : VEC;
    vec_i size = block_scales(LOWP_E4M3FN, 0x38, scales + b, blocks - b, job->tensor_scale, s);
    char *out = y + b * 16 * PUT_SIZE(to);
    if (to == LOWP_F32) {
      for (size_t k = 0; k < count; k++) {
        const expand_table t = expand_table_for(LOWP_E2M1, vec_set(s[k]));
        VEC_UNROLL
        for (size_t j = 0; j < 16; j += VEC)
          put_store(past, (float *)(void *)out + k * 16 + j,
                    vec_i_bits(expand_table_at(t, expand_nibbles(codes + (b + k) * 8 + j / 2))));
      }
      continue;
    }
    const size_t pairs = vec_any(vec_gt_s(size, vec_set_i(0x7f7fffff))) ? 0 : count / 2 * 2;
    for (size_t k = 0; k < pairs; k += 2)
      expand_put_32(expand_table16_of(LOWP_E2M1, to, PUT_NUMBERS, s[k], s[k + 1]), past, codes + (b + k) * 8,
                    out + k * 16 * PUT_SIZE(to));
    if (pairs < count)
      blocks_generic(to, job, (count - pairs) * 16, codes + (b + pairs) * 8, scales + b + pairs,
                     out + pairs * 16 * PUT_SIZE(to));
  }
}

/*
 * To bf16 some blocks at a time, first their scales, so that blocks do not wait for one another. The products with ordinary scales are
 * two numbers times powers of two, and so is what they are rounded to.
 */
static __attribute__((noinline, unused)) void nvfp4_any_bf16(const lowpk_job *job, const uint8_t *codes,
                                                             const uint8_t *scales, char *y) {
  nvfp4_any_row(LOWP_BF16, job, codes, scales, y);
}
VEC_INLINE void nvfp4_row(lowp_element to, const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, char *y) {
#ifdef EXPAND_HAS_E2M1_TABLES
  enum { SOME = 64 };
  lowpk_job part = *job;
  for (size_t done = 0, blocks = job->cols_padded / 16; to == LOWP_BF16 && done < blocks; done += SOME) {
    const size_t left = blocks - done, count = left < SOME ? left : SOME;
    uint32_t both[SOME];
    float s[VEC];
    vec_i least = vec_i_bits(vec_set(1.0f)), most = least;
    for (size_t b = 0; b < count; b += VEC) {
      block_scales(LOWP_E4M3FN, 0x38, scales + done + b, left - b, job->tensor_scale, s);
      least = vec_min_s(least, vec_load_i(s));
      most = vec_max_s(most, vec_load_i(s));
      vec_store_i(both + b, expand_e2m1_scales(vec_load(s)));
    }
    char *out = y + done * 16 * PUT_SIZE(to);
    if (count % 2 || vec_any(vec_m_or(vec_gt_s(vec_i_bits(vec_set(0x1p-120f)), least),
                                      vec_gt_s(most, vec_i_bits(vec_set(0x1p120f)))))) {
      part.cols_padded = count * 16;
      nvfp4_any_bf16(&part, codes + done * 8, scales + done, out);
      continue;
    }
    for (size_t b = 0; b < count; b += 2)
      expand_put_32(expand_e2m1_table(2, both + b), job->past_caches, codes + (done + b) * 8,
                    out + b * 16 * PUT_SIZE(to));
  }
  if (to == LOWP_BF16) return;
#endif
  nvfp4_any_row(to, job, codes, scales, y);
}

/* Where element i of a group finds its two exponent bits in the group's word: bit 8 + i / 8 and bit 16 + i / 4. */
#define BIT8(i) (int32_t)(1u << (8 + (i) / 8))
#define BIT16(i) (int32_t)(1u << (16 + (i) / 4))
static const int32_t hif4_bit8[64] = {EXPAND_16(BIT8, 0), EXPAND_16(BIT8, 16), EXPAND_16(BIT8, 32),
                                      EXPAND_16(BIT8, 48)};
static const int32_t hif4_bit16[64] = {EXPAND_16(BIT16, 0), EXPAND_16(BIT16, 16), EXPAND_16(BIT16, 32),
                                       EXPAND_16(BIT16, 48)};
#undef BIT8
#undef BIT16

VEC_INLINE void hif4_row(lowp_element to, const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, char *y) {
  const expand_table t = expand_table_for(LOWP_S1P2, vec_set(1.0f));
  const int past = job->past_caches;
  if (to == LOWP_BF16) { /* five significant bits, exponents -50 to 18: exact */
    for (size_t i = 0; i < job->cols_padded; i += 64, scales += 4, codes += 32, y += 64 * PUT_SIZE(to)) {
      uint32_t word;
      memcpy(&word, scales, sizeof word);
      if (__builtin_expect((word & 0xff) == 0xff, 0)) {
        blocks_generic(to, job, 64, codes, scales, y);
        continue;
      }
      const expand_table16 t16 = expand_hif4_table(word);
      expand_put_hif4(t16, expand_hif4_exponents(word), 0, past, codes, y);
      expand_put_hif4(t16, expand_hif4_exponents(word), 1, past, codes + 16, y + 32 * PUT_SIZE(to));
    }
    return;
  }
  for (size_t i = 0; i < job->cols_padded; i += 64, scales += 4, codes += 32) {
    uint32_t word;
    memcpy(&word, scales, sizeof word);
    /* E6M2 in place of the upper bits of f32: six bits of exponent with bias 48 above two of mantissa; FF is NaN. */
    const uint32_t e6m2 = word & 0xff, bits = e6m2 == 0xff ? EXPAND_NAN : (e6m2 << 21) + ((127 - 48) << 23);
    const vec_f scale = vec_set(lowp_f32_from_bits(bits));
    const vec_i words = vec_set_i((int32_t)word);
    for (size_t j = 0; j < 64; j += 2 * VEC) {
      vec_f v[2];
      VEC_UNROLL
      for (size_t k = 0; k < 2; k++) {
        const size_t at = j + k * VEC;
        vec_f s = expand_double_if(scale, words, vec_load_i(hif4_bit8 + at));
        s = expand_double_if(s, words, vec_load_i(hif4_bit16 + at));
        v[k] = vec_mulf(expand_table_at(t, expand_nibbles(codes + at / 2)), s);
      }
      put(to, PUT_ANY, past, v, 2, y + (i + j) * PUT_SIZE(to));
    }
  }
}

#endif
