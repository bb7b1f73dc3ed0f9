/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_int8_svei8mm.c: integer dots by SMMLA of SVE, for few rows by SDOT; see gemm_int8_sve.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/arm/gemm_int8_arrange.h"
#include "kernels/arm/gemm_int8_sve.h"

static lowpk_gemm_fn longer;
#define LOWPK_GEMM_INT8 longer
#include "kernels/arm/gemm_int8_loops.h"

/*
 * With vectors of 128 bits NEON has the same instruction and a tile of twice the lanes: 37 instructions for what takes
 * 52.
 */
void lowpk_gemm_int8_svei8mm(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
#if LOWP_HAVE_I8MM
  if (svcntb() == 16) {
    lowpk_gemm_int8_i8mm(g, panel0, panel1, scratch);
    return;
  }
#endif
  longer(g, panel0, panel1, scratch);
}
