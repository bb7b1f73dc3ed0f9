/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dequantize16.h: the op `dequantize16` by the other ops of an instruction set: a stretch of the row to f32, then encoded. For
 * generic, where it is the definition, and for tiers that have no decoders with a store of their own.
 */
#ifndef LOWPK_GENERIC_DEQUANTIZE16_H
#define LOWPK_GENERIC_DEQUANTIZE16_H

#include "kernels/kernel.h"

/* A multiple of all blocks and of eight codes: a stretch begins with a byte and a scale of its own. */
enum { LOWPK_STRETCH = 1024 };

static inline void lowpk_dequantize16_by(lowpk_dequantize_fn *dequantize, lowpk_encode_fn *encode, const lowpk_job *job,
                                         lowp_element to, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                         void *y) {
  const lowp_scheme_info *info = job->scheme;
  float values[LOWPK_STRETCH];
  for (size_t i = 0; i < job->cols_padded; i += LOWPK_STRETCH) {
    lowpk_job part = *job;
    part.cols_padded = job->cols_padded - i < LOWPK_STRETCH ? job->cols_padded - i : LOWPK_STRETCH;
    part.cols = part.cols_padded;
    const uint8_t *from = info->block_cols ? scales + i / info->block_cols * info->scale_bytes : scales;
    dequantize(&part, codes + i / 8 * lowp_element_row_of(info->element).bits, from, zero, values);
    encode(to, lowp_encode_default(to), 0, 0, part.cols_padded, values, (char *)y + i * sizeof(uint16_t));
  }
}

/* lowpk_dequantize16_<isa> from the row decoders of `isa` and the encoder of another one, or of the same. */
#define LOWPK_DEQUANTIZE16(isa, encoder) \
  void lowpk_dequantize16_##isa(const lowpk_job *job, lowp_element to, const uint8_t *codes, const uint8_t *scales, \
                                const void *zero, void *y) { \
    static lowpk_dequantize_fn *const families[LOWP_FAMILY_COUNT] = { \
        [LOWP_FAMILY_MX] = lowpk_dequantize_mx_##isa,     [LOWP_FAMILY_NVFP4] = lowpk_dequantize_nvfp4_##isa, \
        [LOWP_FAMILY_HIF4] = lowpk_dequantize_hif4_##isa, [LOWP_FAMILY_SCALED] = lowpk_dequantize_scaled_##isa, \
        [LOWP_FAMILY_CAST] = lowpk_dequantize_cast_##isa, \
    }; \
    lowpk_dequantize16_by(families[job->scheme->family], lowpk_encode_##encoder, job, to, codes, scales, zero, y); \
  }

#endif
