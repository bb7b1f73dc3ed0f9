/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_scaled_neon.c: quantize_scaled.h on 4 lanes. */
#include "kernels/arm/blocks_neon.h"
#include "kernels/simd/quantize_scaled.h"
