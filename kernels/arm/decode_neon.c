/* SPDX-License-Identifier: Apache-2.0 */
/* decode_neon.c: decode, and the row decoders to f32 and to 16 bits. One product for each value, in the order of the definition. */
#include "kernels/arm/expand_neon.h"
#include "kernels/simd/decode.h"
#include "kernels/simd/dequantize_scaled.h"

VEC_INLINE void store_scaled(lowp_element to, vec_f v[4], vec_f scale, void *y) {
  VEC_UNROLL
  for (int j = 0; j < 4; j++) v[j] = vec_mulf(v[j], scale);
  put(to, PUT_ANY, 0, v, 4, y);
}

VEC_INLINE void mx_row(lowp_element id, lowp_element to, const lowpk_job *job, const uint8_t *codes,
                       const uint8_t *scales, char *y) {
  const unsigned bits = lowp_element_row_of(id).bits;
  const expand_planes p = expand_planes_of(id);
  for (size_t b = 0; b < job->cols_padded / 32; b++, codes += 4 * bits, y += 32 * PUT_SIZE(to)) {
    const uint32_t s = scales[b], power = s == 0xff ? EXPAND_NAN : s ? s << 23 : 1u << 22;
    VEC_UNROLL
    for (int h = 0; h < 2; h++) {
      vec_f v[4];
      expand_bytes(id, &p,
                   bits == 4   ? expand_packed_4(codes + 8 * h)
                   : bits == 6 ? expand_packed_6(codes + 8 * h, h)
                               : vld1q_u8(codes + 16 * h),
                   v);
      store_scaled(to, v, vec_f_bits(vec_set_i(power)), y + 16 * h * PUT_SIZE(to));
    }
  }
}

typedef void mx_row_fn(const lowpk_job *, const uint8_t *, const uint8_t *, float *);

#define EACH_MX(ID, element, ...) \
  static void mx_##ID(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) { \
    mx_row(LOWP_##element, LOWP_F32, job, codes, scales, (char *)x); \
  }
#include "kernels/generic/each_scheme.h"

static mx_row_fn *const mx_rows[LOWP_SCHEME_COUNT] = {
#define EACH_MX(ID, ...) [LOWP_SCHEME_##ID] = mx_##ID,
#include "kernels/generic/each_scheme.h"
};

void lowpk_dequantize_mx_neon(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                              float *x) {
  (void)zero;
  mx_rows[job->scheme->id](job, codes, scales, x);
}

VEC_INLINE void nvfp4_row(lowp_element to, const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, char *y) {
  const size_t blocks = job->cols_padded / 16;
  const expand_planes of_scale = expand_planes_of(LOWP_E4M3FN), p = expand_planes_of(LOWP_E2M1);
  for (size_t b = 0; b < blocks; b += 16) {
    const size_t left = blocks - b < 16 ? blocks - b : 16;
    float s[16];
    vec_f v[4];
    expand_tabulated(LOWP_E4M3FN, &of_scale, vec_u8(vec_load_bytes(scales + b, left)), v);
    store_scaled(LOWP_F32, v, vec_set(job->tensor_scale), s);
    for (size_t k = 0; k < left; k++) {
      expand_tabulated(LOWP_E2M1, &p, expand_packed_4(codes + (b + k) * 8), v);
      store_scaled(to, v, vec_set(s[k]), y + (b + k) * 16 * PUT_SIZE(to));
    }
  }
}

void lowpk_dequantize_nvfp4_neon(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                 float *x) {
  (void)zero;
  nvfp4_row(LOWP_F32, job, codes, scales, (char *)x);
}

VEC_INLINE void hif4_row(lowp_element to, const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, char *y) {
  const expand_planes p = expand_planes_of(LOWP_S1P2);
  for (size_t i = 0; i < job->cols_padded; i += 64, scales += 4, codes += 32) {
    uint32_t word;
    memcpy(&word, scales, sizeof word);
    /* E6M2 in place of the upper bits of f32: six bits of exponent with bias 48 above two of mantissa; FF is NaN. */
    const uint32_t e6m2 = word & 0xff, bits = e6m2 == 0xff ? EXPAND_NAN : (e6m2 << 21) + ((127 - 48) << 23);
    VEC_UNROLL
    for (uint32_t j = 0; j < 4;
         j++) { /* four quads of elements, a lane for each: bits 8 + quad / 2, 16 + quad double it */
      const vec_i bit8 = {1u << (8 + 2 * j), 1u << (8 + 2 * j), 1u << (9 + 2 * j), 1u << (9 + 2 * j)};
      const vec_i bit16 = {1u << (16 + 4 * j), 1u << (17 + 4 * j), 1u << (18 + 4 * j), 1u << (19 + 4 * j)};
      vec_f s = vec_f_bits(vec_set_i(bits)), v[4];
      s = vec_selectf(vtstq_u32(vec_set_i(word), bit8), vec_addf(s, s), s);
      s = vec_selectf(vtstq_u32(vec_set_i(word), bit16), vec_addf(s, s), s);
      expand_tabulated(LOWP_S1P2, &p, expand_packed_4(codes + 8 * j), v);
      v[0] = vmulq_laneq_f32(v[0], s, 0);
      v[1] = vmulq_laneq_f32(v[1], s, 1);
      v[2] = vmulq_laneq_f32(v[2], s, 2);
      v[3] = vmulq_laneq_f32(v[3], s, 3);
      put(to, PUT_ANY, 0, v, 4, y + (i + 16 * j) * PUT_SIZE(to));
    }
  }
}

void lowpk_dequantize_hif4_neon(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                float *x) {
  (void)zero;
  hif4_row(LOWP_F32, job, codes, scales, (char *)x);
}

void lowpk_dequantize_cast_neon(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                float *x) {
  (void)scales;
  (void)zero;
  lowpk_decode_neon(job->scheme->element, job->cols_padded, codes, x);
}

#include "kernels/simd/dequantize16.h"
