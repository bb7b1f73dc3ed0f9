/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_few_avx512.h: 4-bit weights decoded in registers, for the kernels of few rows: their elements, scales and kinds. */
#ifndef LOWPK_X86_GEMM_FEW_AVX512_H
#define LOWPK_X86_GEMM_FEW_AVX512_H

#include "kernels/kernel.h"
#include "kernels/x86/few_avx512.h"

/* MXFP4, NVFP4, HiF4, INT4 groups; NONE: not for these kernels. */
typedef enum kind { MX, NV, HI, INT, NONE } kind;

/* Values of the 16 codes. */
static inline __m512 values(kind kind) {
  switch (kind) {
  case HI:
    return _mm512_setr_ps(0.0f, 0.25f, 0.5f, 0.75f, 1.0f, 1.25f, 1.5f, 1.75f, -0.0f, -0.25f, -0.5f, -0.75f, -1.0f,
                          -1.25f, -1.5f, -1.75f);
  case INT:
    return _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1);
  default:
    return _mm512_setr_ps(0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f, -0.0f, -0.5f, -1.0f, -1.5f, -2.0f, -3.0f,
                          -4.0f, -6.0f);
  }
}

static inline __m128i load16(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }

/* Scales of the 16 k at k; for HI the E6M2 as f32 bits: its exponents follow for each four k. */
static inline __m512 load_scale(kind kind, const lowpk_rhs *w, const uint8_t *step, size_t k) {
  const size_t block = k % LOWPK_STEP / w->scheme->block_cols;
  const uint8_t *p = step + block * LOWPK_NR * w->scheme->scale_bytes;
  __m512i c;
  switch (kind) {
  case NV:
    return few_e4m3(p);
  case HI:
    c = _mm512_slli_epi32(_mm512_and_si512(_mm512_loadu_si512(p), _mm512_set1_epi32(0xff)), 21);
    return _mm512_castsi512_ps(_mm512_add_epi32(c, _mm512_set1_epi32((127 - 48) << 23)));
  case INT:
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
  default: /* MX divides the sums instead */
    return _mm512_setzero_ps();
  }
}

static inline kind kind_of(const lowp_scheme_info *scheme) {
  if (scheme->element == LOWP_S1P2) return HI;
  if (scheme->element == LOWP_INT4) return INT;
  if (scheme->element == LOWP_E2M1) return scheme->family == LOWP_FAMILY_NVFP4 ? NV : MX;
  return NONE;
}

/* s * 2 in the lanes whose word has the bit. */
static inline __m512 twice_where(__m512 s, __m512i word, unsigned bit) {
  __m512i i = _mm512_castps_si512(s);
  __mmask16 set = _mm512_test_epi32_mask(word, _mm512_set1_epi32((int)(1u << bit)));
  return _mm512_castsi512_ps(_mm512_mask_add_epi32(i, set, i, _mm512_set1_epi32(1 << 23)));
}

/* One row against panels of 4-bit weights in the class BF16. 0, and nothing done, if g is something else. */
int lowpk_gemm_bf16_one_avx512(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch);

#endif
