/* SPDX-License-Identifier: Apache-2.0 */
/* quantize16_parts.h: what quantize16.h takes from files of other families. */
#ifndef LOWPK_SIMD_QUANTIZE16_PARTS_H
#define LOWPK_SIMD_QUANTIZE16_PARTS_H

#include "kernels/kernel.h"

/* How many of n elements of bf16, from the first on, could be done from 16 bits. */
size_t VEC_NAME(quantize_nvfp4_16)(const lowpk_job *job, size_t n, const uint8_t *x, uint8_t *codes, uint8_t *scales);

#endif
