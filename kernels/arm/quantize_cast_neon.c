/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_cast_neon.c: quantize_cast.h on 4 lanes. */
#include "kernels/arm/blocks_neon.h"
#include "kernels/simd/quantize_cast.h"
