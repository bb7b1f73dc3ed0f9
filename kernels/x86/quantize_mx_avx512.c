/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_mx_avx512.c: the MX row kernel of quantize_mx.h, and rows of bf16 and f16. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/x86/vec_avx512.h"

#include "kernels/simd/quantize_mx.h"
#include "kernels/simd/quantize_mx16.h"
#define VEC_QUANTIZERS LOWPK_QUANTIZERS(avx512)
#include "kernels/simd/quantize16.h"
