/* SPDX-License-Identifier: Apache-2.0 */
/* cpu.h: the ISA bundles of isa.def as bits of a mask, bit i for line i. Bit 0, generic, is set in every mask. */
#ifndef LOWPI_CPU_H
#define LOWPI_CPU_H

#include <lowp/cpu.h>
#include <stdbool.h>

/* What configure found, or nothing where a file is compiled by hand. */
#ifndef LOWP_HAVE_HWY
#define LOWP_HAVE_HWY 0
#endif

enum lowpi_isa {
#define LOWP_ISA(ID, name, built, available, text) LOWPI_ISA_##ID,
#include "cpu/isa.def"
#undef LOWP_ISA
  LOWPI_ISA_COUNT
};

/* The functions that isa.def names: does this CPU, and the operating system, run the bundle? */
bool lowpi_cpu_always(void);
bool lowpi_cpu_hwy(void);

/* The ISAs that kernels may use now: available, and not limited away. Any thread; after the first call one load. */
uint32_t lowpi_cpu_enabled(void);

#endif
