/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_mx_neon.c: quantize_mx.h on 4 lanes. */
#include "kernels/arm/blocks_neon.h"
#include "kernels/simd/quantize_mx.h"
