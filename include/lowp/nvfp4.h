/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file nvfp4.h  NVFP4: E2M1 elements, an E4M3 scale per 16 of them, an f32 scale per tensor; 4.5 bits per value.
 *
 *   value = f32(e2m1(code) * f32(e4m3(scale) * tensor_scale))      block of 16 along the reduction dimension
 *
 *   scale   0 eeee mmm                                     E4M3, 7F is NaN; the sign bit is always 0
 *   codes   c1 c0 | c3 c2 | ... | c15 c14                  a nibble s ee m each, the even element low
 *
 * tensor_scale is a DECODE multiplier: what one multiplies with to get values back. ModelOpt and torchao store this
 * one; TransformerEngine, vLLM and compressed-tensors store its reciprocal, which lowp keeps beside it (lowp_qtensor).
 * Taking one for the other is the most frequent mistake with this format.
 *
 * By default, with amax of the tensor and a = amax of the block, all in f32:
 *
 *   tensor_scale = amax / (448 * 6)        largest block scale times largest element; 1 if amax = 0, never below 2^-117
 *   scale        = E4M3 of a / (6 * tensor_scale), nearest even, saturating; at least 2^-9, so that no block vanishes;
 *                  00 for a block of zeros
 *   code         = E2M1 of x / f32(scale * tensor_scale), nearest even, saturating; -0 stays -0
 *
 * Better scales, by opts.scale_rule: LOWP_SCALE_FOUR_OVER_SIX puts a on 6 or on 4, whichever has less error by
 * opts.metric (opts.nvfp4_scale_max = 256 leaves room for it); LOWP_SCALE_MSE tries all 126. On Gaussian data the error
 * (NMSE) is 9.0e-3, 7.5e-3 and 6.6e-3. Seven implementations in use disagree on order of operations, small blocks and
 * zero blocks: lowp_quant_opts_compat() reproduces each bit for bit, docs/formats.md compares them.
 * NaN or Inf in a block make its scale 7F and its 16 values NaN, unless opts.nan_policy says otherwise; amax of the
 * tensor is taken over the finite values.
 *
 * @code
 * float x[32], y[32], tensor_scale;
 * uint8_t codes[LOWP_NVFP4_CODES_BYTES(32)], scales[LOWP_NVFP4_SCALES_BYTES(32)];
 * for (int i = 0; i < 32; i++) x[i] = (float)(i + 1) / 32.0f;
 * lowp_quant_opts opts;
 * lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
 * opts.scale_rule = LOWP_SCALE_FOUR_OVER_SIX;
 * opts.nvfp4_scale_max = 256;
 * if (lowp_nvfp4_quantize(32, x, codes, scales, &tensor_scale, &opts) != LOWP_OK) return 1;
 * if (lowp_nvfp4_dequantize(32, codes, scales, tensor_scale, y) != LOWP_OK) return 1;
 * @endcode
 * Here tensor_scale = 1 / (256 * 6), and a scale of 256 would put x[31] = 1 on 6; Four Over Six takes 384 for the
 * second block, which puts it on 4: the values between 0.5 and 1 lie closer to what can then be represented.
 *
 * Sources: NVIDIA's description of NVFP4 (CUDA and cuBLAS documentation, fp4 headers); arXiv 2512.02010 for Four Over
 * Six.
 */
#ifndef LOWP_NVFP4_H
#define LOWP_NVFP4_H

#include <lowp/fp4.h>
#include <lowp/fp8.h>
#include <lowp/quant.h>

LOWP_BEGIN_DECLS

#define LOWP_NVFP4_BLOCK 16       /**< values that share a scale */
#define LOWP_NVFP4_RANGE 2688.0f  /**< 448 * 6: largest scale times largest element */
#define LOWP_NVFP4_SCALE_NAN 0x7f /**< makes its whole block NaN */
#define LOWP_NVFP4_SCALE_MAX 0x7e /**< 448 */
#define LOWP_NVFP4_TENSOR_SCALE_MIN 6.018531076210112e-36f /**< 2^-117, of the default rule: 2^-126 over 2^-9 */
/** Bytes of the planes of n values: whole blocks of 8 bytes of codes and one of scale. */
#define LOWP_NVFP4_BLOCKS(n) ((n) / LOWP_NVFP4_BLOCK + ((n) % LOWP_NVFP4_BLOCK != 0))
#define LOWP_NVFP4_CODES_BYTES(n) (LOWP_NVFP4_BLOCKS(n) * 8)
#define LOWP_NVFP4_SCALES_BYTES(n) LOWP_NVFP4_BLOCKS(n)

/**
 * One block by itself, in lowp's order. GGUF's block_nvfp4 is another thing: 36 bytes for 64 values, four scales first,
 * and in each group of 8 bytes of codes byte j holds elements j (low) and j + 8 (high).
 */
typedef struct lowp_nvfp4_block {
  uint8_t scale;
  uint8_t codes[8]; /**< element 2 i in the low nibble of byte i, 2 i + 1 in the high one */
} lowp_nvfp4_block;
LOWP_STATIC_ASSERT(sizeof(lowp_nvfp4_block) == 9, "no padding: 8 + 16 * 4 bits");

/** The value of one code under its scales: two f32 products, each rounded once. NaN under LOWP_NVFP4_SCALE_NAN. */
static inline float lowp_nvfp4_decode(uint8_t code, uint8_t scale, float tensor_scale) {
  float s = lowp_e4m3fn_decode(scale) * tensor_scale;
  return lowp_e2m1_decode(code) * s;
}

/** Element i, 0..15, of a block. */
static inline float lowp_nvfp4_block_get(const lowp_nvfp4_block *block, float tensor_scale, size_t i) {
  return lowp_nvfp4_decode(lowp_fp4_get(block->codes, i), block->scale, tensor_scale);
}

/**
 * n contiguous values into planes: LOWP_NVFP4_CODES_BYTES(n) of codes, LOWP_NVFP4_SCALES_BYTES(n) of scales; the last
 * block is filled up with zeros. *tensor_scale receives the decode multiplier: measured, or derived from
 * opts.tensor_amax (layers that share one, such as q, k, v), or opts.tensor_scale itself, as opts.tensor_scale_from
 * says. opts NULL: the defaults above. The same bytes on every CPU; safe from any thread. LOWP_E_ARGUMENT: NULL with n
 * > 0, or options that are not for this scheme; LOWP_E_RANGE; LOWP_E_NONFINITE if that is the policy; LOWP_E_NOMEM. On
 * failure the planes are unspecified and *tensor_scale unchanged. Matrices with strides: lowp_quantize().
 */
static inline LOWP_CHECKED lowp_status lowp_nvfp4_quantize(size_t n, const float *x, uint8_t *codes, uint8_t *scales,
                                                           float *tensor_scale, const lowp_quant_opts *opts) {
  return lowp_quantize_planes(LOWP_SCHEME_NVFP4, opts, n, x, codes, scales, tensor_scale);
}

/** The values of the first n codes, as lowp_nvfp4_decode() gives them. */
static inline LOWP_CHECKED lowp_status lowp_nvfp4_dequantize(size_t n, const uint8_t *codes, const uint8_t *scales,
                                                             float tensor_scale, float *x) {
  return lowp_dequantize_planes(LOWP_SCHEME_NVFP4, n, codes, scales, tensor_scale, x);
}

LOWP_END_DECLS
#endif
