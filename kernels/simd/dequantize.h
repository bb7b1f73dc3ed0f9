/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dequantize.h: the row decoders of MX, NVFP4 and HiF4, written once for all vector widths: for files that include
 * an expand_*.h and values.h. One product for each value, in the order of the definition; products with powers of two
 * are exact.
 */
#ifndef LOWPK_SIMD_DEQUANTIZE_H
#define LOWPK_SIMD_DEQUANTIZE_H

/* Values of VEC scale bytes times a factor; of the last few of a row through a buffer. */
VEC_INLINE void block_scales(lowp_element id, const uint8_t *scales, size_t left, float factor, float out[VEC]) {
  uint8_t last[VEC] = {0};
  if (left < VEC) scales = memcpy(last, scales, left);
  vec_store(out, vec_mulf(expand_value(id, scales), vec_set(factor)));
}

/* 32 values of one block from its packed codes. */
VEC_INLINE void mx_block(lowp_element id, const uint8_t *codes, float scale, float *x) {
  const unsigned bits = lowp_element_row_of(id).bits;
  const vec_f s = vec_set(scale);
  const expand_table t = expand_table_for(id, s);
#define PART(j) \
  if ((j) < 32 / VEC) { \
    vec_f v = bits == 4   ? expand_table_at(t, expand_nibbles(codes + (j)*VEC / 2)) \
              : bits == 6 ? vec_mulf(expand_six_values(id, codes, (j) % (32 / VEC)), s) \
                          : vec_mulf(expand_value(id, codes + (j)*VEC), s); \
    vec_store(x + (j)*VEC, v); \
  }
  PART(0)
  PART(1)
  PART(2)
  PART(3)
#undef PART
}

VEC_INLINE void mx_row(lowp_element id, const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) {
  const size_t blocks = job->cols_padded / 32, bytes = 4 * lowp_element_row_of(id).bits;
  float s[VEC];
  for (size_t b = 0; b < blocks; b += VEC) {
    const size_t left = blocks - b;
    block_scales(LOWP_E8M0, scales + b, left, 1.0f, s);
    for (size_t k = 0; k < VEC && k < left; k++) mx_block(id, codes + (b + k) * bytes, s[k], x + (b + k) * 32);
  }
}

typedef void mx_row_fn(const lowpk_job *, const uint8_t *, const uint8_t *, float *);

#define EACH_MX(ID, element, ...) \
  static void mx_##ID(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) { \
    mx_row(LOWP_##element, job, codes, scales, x); \
  }
#include "kernels/generic/each_scheme.h"

static mx_row_fn *const mx_rows[LOWP_SCHEME_COUNT] = {
#define EACH_MX(ID, ...) [LOWP_SCHEME_##ID] = mx_##ID,
#include "kernels/generic/each_scheme.h"
};

void VEC_NAME(dequantize_mx)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                             float *x) {
  (void)zero;
  mx_rows[job->scheme->id](job, codes, scales, x);
}

void VEC_NAME(dequantize_nvfp4)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                float *x) {
  const size_t blocks = job->cols_padded / 16;
  float s[VEC];
  (void)zero;
  for (size_t b = 0; b < blocks; b += VEC) {
    const size_t left = blocks - b;
    block_scales(LOWP_E4M3FN, scales + b, left, job->tensor_scale, s);
    for (size_t k = 0; k < VEC && k < left; k++) {
      const expand_table t = expand_table_for(LOWP_E2M1, vec_set(s[k]));
      const uint8_t *block = codes + (b + k) * 8;
      float *y = x + (b + k) * 16;
      for (int j = 0; j < 16 / VEC; j++)
        vec_store(y + j * VEC, expand_table_at(t, expand_nibbles(block + j * VEC / 2)));
    }
  }
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

void VEC_NAME(dequantize_hif4)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                               float *x) {
  const expand_table t = expand_table_for(LOWP_S1P2, vec_set(1.0f));
  (void)zero;
  for (size_t i = 0; i < job->cols_padded; i += 64, scales += 4, codes += 32, x += 64) {
    uint32_t word;
    memcpy(&word, scales, sizeof word);
    /* E6M2 in place of the upper bits of f32: six bits of exponent with bias 48 above two of mantissa; FF is NaN. */
    const uint32_t e6m2 = word & 0xff, bits = e6m2 == 0xff ? EXPAND_NAN : (e6m2 << 21) + ((127 - 48) << 23);
    const vec_f scale = vec_set(lowp_f32_from_bits(bits));
    const vec_i words = vec_set_i((int32_t)word);
    for (int j = 0; j < 64; j += VEC) {
      vec_f s = expand_double_if(scale, words, vec_load_i(hif4_bit8 + j));
      s = expand_double_if(s, words, vec_load_i(hif4_bit16 + j));
      vec_store(x + j, vec_mulf(expand_table_at(t, expand_nibbles(codes + j / 2)), s));
    }
  }
}

void VEC_NAME(dequantize_cast)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                               float *x) {
  (void)scales;
  (void)zero;
  VEC_NAME(decode)(job->scheme->element, job->cols_padded, codes, x);
}

#endif
