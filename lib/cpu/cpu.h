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
#ifndef LOWP_HAVE_AVX2
#define LOWP_HAVE_AVX2 0
#endif
#ifndef LOWP_HAVE_AVXVNNI
#define LOWP_HAVE_AVXVNNI 0
#endif
#ifndef LOWP_HAVE_AVX512
#define LOWP_HAVE_AVX512 0
#endif
#ifndef LOWP_HAVE_AVX512VNNI
#define LOWP_HAVE_AVX512VNNI 0
#endif
#ifndef LOWP_HAVE_AVX512BF16
#define LOWP_HAVE_AVX512BF16 0
#endif
#ifndef LOWP_HAVE_AMX
#define LOWP_HAVE_AMX 0
#endif
#ifndef LOWP_HAVE_NEON
#define LOWP_HAVE_NEON 0
#endif
#ifndef LOWP_HAVE_SVE
#define LOWP_HAVE_SVE 0
#endif
#ifndef LOWP_HAVE_DOTPROD
#define LOWP_HAVE_DOTPROD 0
#endif
#ifndef LOWP_HAVE_I8MM
#define LOWP_HAVE_I8MM 0
#endif
#ifndef LOWP_HAVE_ARMBF16
#define LOWP_HAVE_ARMBF16 0
#endif
#ifndef LOWP_HAVE_SVEI8MM
#define LOWP_HAVE_SVEI8MM 0
#endif
#ifndef LOWP_HAVE_SVE2
#define LOWP_HAVE_SVE2 0
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
bool lowpi_cpu_avx2(void);
bool lowpi_cpu_avxvnni(void);
bool lowpi_cpu_avx512(void);
bool lowpi_cpu_avx512vnni(void);
bool lowpi_cpu_avx512bf16(void);
bool lowpi_cpu_amx(void);
bool lowpi_cpu_neon(void);
bool lowpi_cpu_sve(void);
bool lowpi_cpu_dotprod(void);
bool lowpi_cpu_i8mm(void);
bool lowpi_cpu_armbf16(void);
bool lowpi_cpu_svei8mm(void);
bool lowpi_cpu_sve2(void);

/* The ISAs that kernels may use now: available, and not limited away. Any thread; after the first call one load. */
uint32_t lowpi_cpu_enabled(void);

/*
 * The same without those that the operating system has to grant and refuses (tiles on Linux). The first call that finds
 * such a bundle enabled asks: so only who is about to use one calls this.
 */
uint32_t lowpi_cpu_granted(void);

/* Is the bf16 dot instruction of this CPU no faster than its f32 FMA on decoded values? */
bool lowpi_cpu_slow_bf16_dot(void);

/* The ISAs whose bf16 dot is such an instruction; tiles are none. */
uint32_t lowpi_cpu_slow_bf16_isas(void);

#endif
