/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpu_arm.c: what this aarch64 CPU has, and the kernel lets programs use, from the auxiliary vector. Each bundle includes
 * those that its text in isa.def names. Source: Linux Documentation/arch/arm64/elf_hwcaps.rst and sve.rst.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cpu/cpu.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#include <sys/prctl.h>

/* Bits of AT_HWCAP and AT_HWCAP2: numbers of the kernel's ABI, spelled out because old headers lack the later ones. */
enum {
  HW_ASIMD = 1 << 1,
  HW_CRC32 = 1 << 7,
  HW_ATOMICS = 1 << 8,
  HW_FPHP = 1 << 9,
  HW_ASIMDHP = 1 << 10,
  HW_ASIMDRDM = 1 << 12,
  HW_ASIMDDP = 1 << 20,
  HW_SVE = 1 << 22,
  HW2_SVE2 = 1 << 1,
  HW2_SVEI8MM = 1 << 9,
  HW2_SVEBF16 = 1 << 12,
  HW2_I8MM = 1 << 13,
  HW2_BF16 = 1 << 14
};

static bool has(unsigned long mask, unsigned long mask2) {
  return (getauxval(AT_HWCAP) & mask) == mask && (getauxval(AT_HWCAP2) & mask2) == mask2;
}

bool lowpi_cpu_neon(void) { return has(HW_ASIMD, 0); }
/* Compilers take +sve to include arithmetic in binary16. */
bool lowpi_cpu_sve(void) { return lowpi_cpu_neon() && has(HW_SVE | HW_FPHP | HW_ASIMDHP, 0); }
/* And armv8.2-a to include CRC, LSE and RDM. */
bool lowpi_cpu_dotprod(void) { return lowpi_cpu_neon() && has(HW_CRC32 | HW_ATOMICS | HW_ASIMDRDM | HW_ASIMDDP, 0); }
bool lowpi_cpu_i8mm(void) { return lowpi_cpu_dotprod() && has(0, HW2_I8MM); }
bool lowpi_cpu_armbf16(void) { return lowpi_cpu_i8mm() && has(0, HW2_BF16); }
bool lowpi_cpu_svei8mm(void) { return lowpi_cpu_armbf16() && lowpi_cpu_sve() && has(0, HW2_SVEI8MM | HW2_SVEBF16); }
bool lowpi_cpu_sve2(void) { return lowpi_cpu_svei8mm() && has(0, HW2_SVE2); }

unsigned lowp_cpu_sve_bits(void) {
  enum { GET_VL = 51, LENGTH = 0xffff }; /* PR_SVE_GET_VL, PR_SVE_VL_LEN_MASK */
  int bytes = lowpi_cpu_sve() ? prctl(GET_VL, 0, 0, 0, 0) : 0;
  return bytes > 0 ? 8 * ((unsigned)bytes & LENGTH) : 0;
}

#else
bool lowpi_cpu_neon(void) { return false; }
bool lowpi_cpu_sve(void) { return false; }
bool lowpi_cpu_dotprod(void) { return false; }
bool lowpi_cpu_i8mm(void) { return false; }
bool lowpi_cpu_armbf16(void) { return false; }
bool lowpi_cpu_svei8mm(void) { return false; }
bool lowpi_cpu_sve2(void) { return false; }
unsigned lowp_cpu_sve_bits(void) { return 0; }
#endif
