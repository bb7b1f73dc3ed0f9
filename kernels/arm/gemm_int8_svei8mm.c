/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_int8_svei8mm.c: integer dots by SMMLA of SVE, for few rows by SDOT; see gemm_int8_sve.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/arm/gemm_int8_arrange.h"
#include "kernels/arm/gemm_int8_sve.h"
#define LOWPK_GEMM_INT8 lowpk_gemm_int8_svei8mm
#include "kernels/arm/gemm_int8_loops.h"
