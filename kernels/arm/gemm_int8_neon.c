/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_int8_neon.c: integer dots from 16-bit products; see gemm_int8_neon.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/arm/gemm_int8_neon.h"
#define LOWPK_GEMM_INT8 lowpk_gemm_int8_neon
#include "kernels/arm/gemm_int8_loops.h"
