/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_nvfp4_avx2.c: quantize_nvfp4.h on 8 lanes. */
#include "kernels/x86/blocks_avx2.h"
#include "kernels/simd/quantize_nvfp4.h"
#include "kernels/simd/quantize_nvfp4_16.h"
