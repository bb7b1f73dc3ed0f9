/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_cast_avx2.c: the row kernel of quantize_cast.h. */
#include "kernels/x86/vec_avx2.h"

#include "kernels/simd/quantize_cast.h"
