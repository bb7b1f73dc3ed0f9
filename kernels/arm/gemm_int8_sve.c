/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_int8_sve.c: integer dots by SDOT of SVE; see gemm_int8_sve.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/arm/gemm_int8_sve.h"
#define LOWPK_GEMM_INT8 lowpk_gemm_int8_sve
#include "kernels/arm/gemm_int8_loops.h"
