/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file cpu.h  Which instruction sets are there, which are used, and how to limit them.
 *
 * An ISA here is a bundle of features that one set of kernels is compiled for; `generic` is plain C and always there.
 * The environment variable LOWP_ISA=name[,name...] (ignored in set-uid programs) limits what is used; unknown names in
 * it are ignored. A name stands for its own kernels alone, not for those of the bundles that it includes: write avx2,avx512 to
 * use both. The choice never changes results of EXACT operations, only their speed.
 */
#ifndef LOWP_CPU_H
#define LOWP_CPU_H

#include <lowp/status.h>

LOWP_BEGIN_DECLS

/** Number of ISAs this build knows; the first is "generic". */
LOWP_API size_t lowp_cpu_isa_count(void);
LOWP_API const char *lowp_cpu_isa_name(size_t i); /**< NULL if i is out of range */
LOWP_API const char *lowp_cpu_isa_text(size_t i); /**< what features the bundle needs */
LOWP_API int lowp_cpu_isa_available(size_t i);    /**< this build has kernels for it and this CPU runs them */
LOWP_API int lowp_cpu_isa_enabled(size_t i);      /**< available and not limited away */

/**
 * Bits of an SVE vector: 128 to 2048, a multiple of 128, as the operating system has set it for this thread; 0 on a CPU
 * without SVE. Results of EXACT operations do not depend on it. Thread safe.
 */
LOWP_API unsigned lowp_cpu_sve_bits(void);

/**
 * Limits the library to the named ISAs, comma separated ("generic" is always included; NULL lifts the limit, LOWP_ISA
 * included). Takes effect for calls that start afterwards; safe to call from any thread. LOWP_E_ARGUMENT, changing
 * nothing, when a name is unknown.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_cpu_limit(const char *names);

LOWP_END_DECLS
#endif
