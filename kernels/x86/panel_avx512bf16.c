/* SPDX-License-Identifier: Apache-2.0 */
/* panel_avx512bf16.c: weights decoded with the instructions of this bundle; see panel_avx512.h. */
#include "kernels/kernel.h"
#define LOWPK_PANEL_BF16 lowpk_panel_bf16_avx512bf16
#include "kernels/x86/panel_avx512.h"
