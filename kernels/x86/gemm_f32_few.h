/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32_few.h: what gemm_f32 of AVX2 and AVX-512 has besides the loops of gemm_f32.h. */
#ifndef LOWPK_X86_GEMM_F32_FEW_H
#define LOWPK_X86_GEMM_F32_FEW_H

#include "kernels/gemm_f32.h"

/* Bytes of scratch that the tiles use for so few rows on AVX2, at least; floats that are behind them, at most. */
enum { LOWPK_FEW_TILES = 1 << 17, LOWPK_FEW_X = ((1 << 20) - LOWPK_FEW_TILES) / 4 };

/*
 * Few rows without decoded panels in memory. _panels: how many panels make a group, 0 if this multiplication is not for
 * it; and where x lies as groups want it, [k][m], in `room` if need be. _group: multiplies and stores one group;
 * 0 if it cannot, with nothing stored.
 */
size_t lowpk_few_panels_avx2(const lowpk_gemm *g, float *room, const float **x);
size_t lowpk_few_panels_avx512(const lowpk_gemm *g, float *room, const float **x);
int lowpk_few_group_avx2(const lowpk_gemm *g, size_t panel, const float *x);
int lowpk_few_group_avx512(const lowpk_gemm *g, size_t panel, const float *x);

/* The part of those of AVX-512 that is for weights of more than 4 bits. */
size_t lowpk_wide_panels_avx512(const lowpk_gemm *g, float *room, const float **x);
int lowpk_wide_group_avx512(const lowpk_gemm *g, size_t panel, const float *x);

#endif
