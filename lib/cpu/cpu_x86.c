/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpu_x86.c: what this x86 CPU has, from CPUID, and what the operating system saves, from XCR0. Each bundle includes those
 * that its text in isa.def names. Sources: Intel SDM volume 1 chapters 13 and 14 and volume 2A (CPUID); Linux
 * Documentation/arch/x86/xstate.rst.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cpu/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EAX, EBX, ECX, EDX };

/* One CPUID bit: leaf, subleaf, register, bit. */
typedef struct feature {
  uint8_t leaf, subleaf, reg, bit;
} feature;

/* XCR0: SSE and AVX state; the three parts of AVX-512 state; the two of AMX. */
enum { XCR0_AVX = 0x6, XCR0_AVX512 = 0xe0, XCR0_AMX = 0x60000 };

static const feature avx2_features[] = {
    {1, 0, ECX, 27},                                   /* OSXSAVE: first, since XCR0 is read only with it */
    {1, 0, ECX, 28}, {1, 0, ECX, 12}, {1, 0, ECX, 29}, /* AVX, FMA, F16C */
    {7, 0, EBX, 5},  {7, 0, EBX, 8},                   /* AVX2, BMI2 */
};
static const feature avxvnni_features[] = {{7, 1, EAX, 4}};
static const feature avx512_features[] = {
    {7, 0, EBX, 16}, {7, 0, EBX, 30}, {7, 0, EBX, 28}, {7, 0, EBX, 17}, {7, 0, EBX, 31}, /* F, BW, CD, DQ, VL */
};
static const feature avx512vnni_features[] = {{7, 0, ECX, 11}, {7, 0, ECX, 1}, {7, 0, ECX, 6}}; /* VNNI, VBMI, VBMI2 */
static const feature avx512bf16_features[] = {{7, 1, EAX, 5}};
static const feature amx_features[] = {
    {7, 0, EDX, 23}, {7, 0, EDX, 24}, {7, 0, EDX, 25}, {7, 0, EDX, 22}, /* AVX512-FP16, AMX TILE, INT8, BF16 */
};

static bool has(const feature *list, size_t count) {
  for (size_t i = 0; i < count; i++) {
    unsigned r[4];
    if (!__get_cpuid_count(list[i].leaf, list[i].subleaf, &r[EAX], &r[EBX], &r[ECX], &r[EDX])) return false;
    if (!(r[list[i].reg] >> list[i].bit & 1)) return false;
  }
  return true;
}
#define HAS(name) has(name##_features, sizeof name##_features / sizeof name##_features[0])

/* Does the operating system save these registers? Only after OSXSAVE has been seen. */
static bool saved(uint32_t mask) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & mask) == mask;
}

bool lowpi_cpu_avx2(void) { return HAS(avx2) && saved(XCR0_AVX); }
bool lowpi_cpu_avxvnni(void) { return lowpi_cpu_avx2() && HAS(avxvnni); }
bool lowpi_cpu_avx512(void) { return lowpi_cpu_avx2() && HAS(avx512) && saved(XCR0_AVX512); }
bool lowpi_cpu_avx512vnni(void) { return lowpi_cpu_avx512() && HAS(avx512vnni); }
bool lowpi_cpu_avx512bf16(void) { return lowpi_cpu_avx512vnni() && HAS(avx512bf16); }
bool lowpi_cpu_amx(void) { return lowpi_cpu_avx512bf16() && HAS(amx) && saved(XCR0_AMX); }

/*
 * Linux lets a process use tiles only after it has asked; the answer holds for all of its threads, later ones and forked
 * children included. It is no where a thread's alternate signal stack is too small for the larger frame.
 */
uint32_t lowpi_cpu_granted(void) {
  enum { UNKNOWN, GRANTED, REFUSED, ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
  static _Atomic int tiles = UNKNOWN;
  const uint32_t amx = 1u << LOWPI_ISA_AMX, enabled = lowpi_cpu_enabled();
  if (!(enabled & amx)) return enabled;
  if (atomic_load_explicit(&tiles, memory_order_acquire) == UNKNOWN) {
    long refused = syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA);
    atomic_store_explicit(&tiles, refused ? REFUSED : GRANTED, memory_order_release);
  }
  return atomic_load_explicit(&tiles, memory_order_acquire) == GRANTED ? enabled : enabled & ~amx;
}

/*
 * Where vdpbf16ps is no faster than two f32 FMAs, decoding to f32 is the better way to multiply bf16: so on Intel's cores
 * (Cooper Lake, Sapphire Rapids: one every other cycle), not on AMD's (Zen 4: one a cycle, twice the rate of FMA).
 */
bool lowpi_cpu_slow_bf16_dot(void) {
  unsigned a, b, c, d;
  return __get_cpuid(0, &a, &b, &c, &d) && b == signature_INTEL_ebx;
}

#else
bool lowpi_cpu_avx2(void) { return false; }
bool lowpi_cpu_avxvnni(void) { return false; }
bool lowpi_cpu_avx512(void) { return false; }
bool lowpi_cpu_avx512vnni(void) { return false; }
bool lowpi_cpu_avx512bf16(void) { return false; }
bool lowpi_cpu_amx(void) { return false; }
uint32_t lowpi_cpu_granted(void) { return lowpi_cpu_enabled(); }
bool lowpi_cpu_slow_bf16_dot(void) { return false; }
#endif
