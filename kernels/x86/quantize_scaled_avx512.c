/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_scaled_avx512.c: the row kernel of quantize_scaled.h. */
#include "kernels/x86/vec_avx512.h"

#include "kernels/simd/quantize_scaled.h"
