/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_hif4_neon.c: quantize_hif4.h on 4 lanes. */
#include "kernels/arm/blocks_neon.h"
#include "kernels/simd/quantize_hif4.h"
