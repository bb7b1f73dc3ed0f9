/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_cast_avx512.c: the row kernel of quantize_cast.h. */
#include "kernels/x86/vec_avx512.h"

#include "kernels/simd/quantize_cast.h"
