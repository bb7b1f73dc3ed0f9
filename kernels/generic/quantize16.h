/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize16.h: the op `quantize16` by other ops of an instruction set: a stretch of the row to f32, then quantized.
 * For generic, where it is the definition, and for what other tiers do not do from 16 bits directly.
 */
#ifndef LOWPK_GENERIC_QUANTIZE16_H
#define LOWPK_GENERIC_QUANTIZE16_H

#include "kernels/kernel.h"

/* A multiple of all blocks and of eight codes; the values stay in the first-level cache with room to spare. */
enum { LOWPK_QUANTIZED = 1024 };

static inline void lowpk_quantize16_by(lowpk_quantize_fn *quantize, lowpk_decode_fn *decode, const lowpk_job *job,
                                       lowp_element from, size_t row, const void *x, uint8_t *codes, uint8_t *scales,
                                       void *zero) {
  const lowp_scheme_info *info = job->scheme;
  float values[LOWPK_QUANTIZED];
  for (size_t i = 0; i < job->cols_padded; i += LOWPK_QUANTIZED) {
    lowpk_job part = *job;
    part.cols_padded = job->cols_padded - i < LOWPK_QUANTIZED ? job->cols_padded - i : LOWPK_QUANTIZED;
    part.cols = part.cols_padded;
    decode(from, part.cols_padded, (const char *)x + i * sizeof(uint16_t), values);
    quantize(&part, row, values, codes + i / 8 * lowp_element_row_of(info->element).bits,
             info->block_cols ? scales + i / info->block_cols * info->scale_bytes : scales, zero);
  }
}

/* The row quantizers of `isa`, and lowpk_quantize16_<isa> from them and the decoder of another one, or of the same. */
#define LOWPK_QUANTIZERS(isa) \
  { \
    [LOWP_FAMILY_MX] = lowpk_quantize_mx_##isa, [LOWP_FAMILY_NVFP4] = lowpk_quantize_nvfp4_##isa, \
    [LOWP_FAMILY_HIF4] = lowpk_quantize_hif4_##isa, [LOWP_FAMILY_SCALED] = lowpk_quantize_scaled_##isa, \
    [LOWP_FAMILY_CAST] = lowpk_quantize_cast_##isa, \
  }
#define LOWPK_QUANTIZE16(isa, decoder) \
  void lowpk_quantize16_##isa(const lowpk_job *job, lowp_element from, size_t row, const void *x, uint8_t *codes, \
                              uint8_t *scales, void *zero) { \
    static lowpk_quantize_fn *const families[LOWP_FAMILY_COUNT] = LOWPK_QUANTIZERS(isa); \
    lowpk_quantize16_by(families[job->scheme->family], lowpk_decode_##decoder, job, from, row, x, codes, scales, \
                        zero); \
  }

#endif
