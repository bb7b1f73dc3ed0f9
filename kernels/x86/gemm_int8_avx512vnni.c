/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_int8_avx512vnni.c: integer dots by VPDPBUSD; see gemm_int8_dot.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/kernel.h"
#define LOWPK_GEMM_INT8 lowpk_gemm_int8_avx512vnni
#define LOWPK_DPBUSD _mm512_dpbusd_epi32
#include "kernels/x86/gemm_int8_dot.h"
