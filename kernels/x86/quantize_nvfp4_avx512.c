/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_nvfp4_avx512.c: quantize_nvfp4.h on 16 lanes. */
#include "kernels/x86/blocks_avx512.h"
#include "kernels/simd/quantize_nvfp4.h"
#include "kernels/simd/quantize_nvfp4_16.h"
