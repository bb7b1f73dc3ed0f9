/* SPDX-License-Identifier: Apache-2.0 */
/* lhs_avx2.c: rows of activations into tiles, with the instructions of this bundle; see lhs_bf16.h and lhs_int8.h. */
#include "kernels/kernel.h"
#define LOWPK_LHS_BF16 lowpk_lhs_bf16_avx2
#define LOWPK_LHS_INT8 lowpk_lhs_int8_avx2
#include "kernels/x86/lhs_bf16.h"
#include "kernels/x86/lhs_int8.h"
