/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_hwy.c: Highway detects the CPU itself; a build without it never has the bundle. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cpu/cpu.h"

#if LOWP_HAVE_HWY
#include "kernels/hwy/shim.h"
bool lowpi_cpu_hwy(void) { return lowpk_hwy_available() != 0; }
#else
bool lowpi_cpu_hwy(void) { return false; }
#endif
