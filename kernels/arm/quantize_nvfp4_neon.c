/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_nvfp4_neon.c: quantize_nvfp4.h on 4 lanes. */
#include "kernels/arm/blocks_neon.h"
#include "kernels/simd/quantize_nvfp4.h"
