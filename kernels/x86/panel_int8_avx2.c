/* SPDX-License-Identifier: Apache-2.0 */
/* panel_int8_avx2.c: weights as integers with the instructions of this bundle; see panel_int8.h. */
#include "kernels/kernel.h"
#define LOWPK_PANEL_INT8 lowpk_panel_int8_avx2
#include "kernels/x86/panel_int8.h"
