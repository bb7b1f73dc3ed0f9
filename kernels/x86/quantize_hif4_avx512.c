/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_hif4_avx512.c: quantize_hif4.h on 16 lanes. */
#include "kernels/x86/blocks_avx512.h"
#include "kernels/simd/quantize_hif4.h"
