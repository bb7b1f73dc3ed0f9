/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_int8_avxvnni.c: integer dots by VPDPBUSD; see gemm_int8_dot.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/kernel.h"
#define LOWPK_GEMM_INT8 lowpk_gemm_int8_avxvnni
#define LOWPK_DPBUSD _mm256_dpbusd_avx_epi32
#include "kernels/x86/gemm_int8_dot.h"
