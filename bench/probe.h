/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h: the ceilings of this machine, each found by a loop that does nothing else: multiply-adds of each kind on registers
 * or tiles, and reading memory. Probes run in turns with what they judge, so that both see the same machine.
 */
#ifndef LOWP_BENCH_PROBE_H
#define LOWP_BENCH_PROBE_H

#include <stddef.h>
#include <stdint.h>

/* Before a loop over the chains of a probe: written out they are registers, in a loop of -O2 they are memory. */
#if defined(__clang__)
#define BENCH_UNROLL _Pragma("clang loop unroll(full)")
#else
#define BENCH_UNROLL _Pragma("GCC unroll 32")
#endif

/* Runs `rounds` rounds on the calling thread; returns the operations done (a multiply-add counts two). */
typedef double bench_peak_fn(size_t rounds);

/* Reads `bytes` (a multiple of 4096) at data (64-byte aligned); the result depends on all of them. */
typedef uint64_t bench_read_fn(const void *data, size_t bytes);

typedef struct bench_peak {
  const char *name; /* "f32 fma", "bf16 tile" ... */
  const char *isa;  /* that it needs; name in lowp/cpu.h */
  bench_peak_fn *run;
} bench_peak;

/* What this build and this CPU have, slowest first; *count receives how many. */
const bench_peak *bench_peaks(size_t *count);

/* The last of them whose name is `name`, NULL if there is none. */
const bench_peak *bench_peak_named(const char *name);

/* The unit that a kernel computes with, by its name; NULL if there is no probe of it. */
const bench_peak *bench_peak_of_kernel(const char *kernel);

/* Operations per second of `threads` threads together, one measurement of about `seconds`. */
double bench_peak_rate(const bench_peak *peak, size_t threads, double seconds);

/* Bytes per second that `threads` threads read together, each its own part of the buffer; one pass over all of it. */
double bench_read_rate(const void *data, size_t bytes, size_t threads);

/* As bench_read_rate, in a loop over the same bytes for about `seconds`: for what lies in a cache. */
double bench_read_cached(const void *data, size_t bytes, size_t threads, double seconds);

/* Size of the last-level cache in bytes, or a guess of 64 MiB. */
size_t bench_last_level(void);

/*
 * Prints the table of all ceilings and of what products reach, or JSON: a profile as lowp-audit reads it, of this name (NULL:
 * the CPU's); n x k: weights of the products. Returns an exit code.
 */
int bench_ceilings(size_t threads, size_t memory, size_t n, size_t k, const char *name, int json);

/* Of the files for single instruction sets. Only where they are compiled and the CPU has them. */
bench_peak_fn bench_f32_generic, bench_f32_avx2, bench_f32_avx512, bench_int8_avx2, bench_int8_avxvnni,
    bench_int8_avx512vnni, bench_bf16_avx512bf16, bench_bf16_amx, bench_int8_amx, bench_bf16_amx_l1;
bench_read_fn bench_read_generic, bench_read_avx2, bench_read_avx512;

#endif
