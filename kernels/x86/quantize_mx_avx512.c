/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_mx_avx512.c: the MX row kernel of quantize_mx.h. */
#include "kernels/x86/vec_avx512.h"

#include "kernels/simd/quantize_mx.h"
