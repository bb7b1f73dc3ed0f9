/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_int8_dotprod.c: integer dots by SDOT; see gemm_int8_neon.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#define LOWPK_DOT 1
#include "kernels/arm/gemm_int8_neon.h"
#define LOWPK_GEMM_INT8 lowpk_gemm_int8_dotprod
#include "kernels/arm/gemm_int8_loops.h"
