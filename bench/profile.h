/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile.h: this CPU as a chip like any other: its ceilings, what quantized multiplication reaches of them, and a profile
 * in the schema of lowp/audit.h.
 */
#ifndef LOWP_BENCH_PROFILE_H
#define LOWP_BENCH_PROFILE_H

#include <lowp/lowp.h>
#include <stdbool.h>

#include "bench/probe.h"

/* What a probe found, in operations or bytes per second; the best of several tries. */
typedef struct bench_ceiling {
  const char *name, *isa; /* isa "": of memory */
  double one, all;        /* with one thread, with all */
} bench_ceiling;

/* A product of normal matrices as it was reached. */
typedef struct bench_reached {
  lowp_scheme lhs, rhs; /* lhs NONE: bf16 activations */
  lowp_compute compute;
  size_t m, n, k;
  const char *peak; /* name of the ceiling of the units that the kernel uses */
  char kernel[64];
  double flops, qsnr; /* operations per second; QSNR of the weights in dB */
} bench_reached;

enum { BENCH_CEILINGS = 24, BENCH_REACHED = 32 };

typedef struct bench_profile {
  size_t threads, n, k; /* n, k: of the weights in products */
  const char *name;     /* NULL: what the system calls the CPU */
  double clock;         /* hertz of one thread, by additions that wait for each other */
  size_t ceiling_count, reached_count;
  bench_ceiling ceilings[BENCH_CEILINGS];
  bench_reached reached[BENCH_REACHED];
} bench_profile;

/* The best ceiling of this kind, NULL if there is none. */
const bench_ceiling *bench_ceiling_named(const bench_profile *p, const char *name);

/* Of one thread and all, the larger: on a machine that is busy all may be slower. */
double bench_ceiling_best(const bench_ceiling *c);

/* Clock of the calling thread. */
double bench_clock(void);

/* Fills `reached`; returns an exit code. */
int bench_profile_gemm(bench_profile *p);

/* Prints JSON that `lowp-audit --chips` reads. Returns an exit code. */
int bench_profile_json(const bench_profile *p);

#endif
