/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_avx512vnni.c: the kernels that decode HiF8, compiled again: with VBMI a look-up in its table is one
 * permutation and not eight.
 */
#include "kernels/x86/expand_avx512.h"
#include "kernels/simd/values.h"
#include "kernels/x86/expand16_avx512.h"
#undef VEC_NAME
#define VEC_NAME(op) lowpk_##op##_avx512vnni
#include "kernels/simd/decode.h"
#include "kernels/simd/dequantize_scaled.h"
#include "kernels/simd/dequantize_rows.h"
#include "kernels/simd/dequantize16.h"
