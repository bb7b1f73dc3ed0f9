/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_int8_avx512.c: integer dots from 16-bit products, where AVX2 has no pairs of 8-bit ones; see gemm_int8_dot.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/kernel.h"
#define LOWPK_GEMM_INT8 lowpk_gemm_int8_avx512
#include "kernels/x86/gemm_int8_dot.h"
