/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_hif4_avx2.c: quantize_hif4.h on 8 lanes. */
#include "kernels/x86/blocks_avx2.h"
#include "kernels/simd/quantize_hif4.h"
