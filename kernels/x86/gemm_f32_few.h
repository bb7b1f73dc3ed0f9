/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32_few.h: what gemm_f32 of AVX2 and AVX-512 has besides the loops of gemm_f32.h. */
#ifndef LOWPK_X86_GEMM_F32_FEW_H
#define LOWPK_X86_GEMM_F32_FEW_H

#include "kernels/gemm_f32.h"

/*
 * Few rows without decoded panels in memory. _panels: how many panels make a group, 0 if this multiplication is not for
 * it. _group: multiplies and stores one group; 0 if it cannot, with nothing stored.
 */
size_t lowpk_few_panels_avx2(const lowpk_gemm *g);
size_t lowpk_few_panels_avx512(const lowpk_gemm *g);
int lowpk_few_group_avx2(const lowpk_gemm *g, size_t panel);
int lowpk_few_group_avx512(const lowpk_gemm *g, size_t panel);

#endif
