/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_amx.c: products of tiles: four accumulators that wait for nobody; and the same with the four tile loads that a
 * 2 x 2 block needs, from the first-level cache. In assembly, so that no compiler moves or drops anything. The system must have
 * granted tiles: creating a plan of lowp/gemm.h that uses them asks for it.
 */
#include "bench/probe.h"
#include <string.h>

typedef struct tile_config {
  uint8_t palette, start_row, reserved[14];
  uint16_t colsb[16];
  uint8_t rows[16];
} tile_config;

static const tile_config full = {
    .palette = 1, .colsb = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};

static void begin(void) {
  __asm__ volatile("ldtilecfg %0\n\t"
                   "tilezero %%tmm0\n\ttilezero %%tmm1\n\ttilezero %%tmm2\n\ttilezero %%tmm3\n\t"
                   "tilezero %%tmm4\n\ttilezero %%tmm5\n\ttilezero %%tmm6\n\ttilezero %%tmm7"
                   :
                   : "m"(full)
                   : "memory");
}
static void end(void) { __asm__ volatile("tilerelease" ::: "memory"); }

/* One product: 16 x 16 results of 64 bytes each. */
static double operations(size_t products, double per_row) { return (double)products * 16 * 16 * per_row * 2; }

double bench_bf16_amx(size_t rounds) {
  begin();
  for (size_t r = 0; r < rounds; r++)
    __asm__ volatile("tdpbf16ps %tmm6, %tmm4, %tmm0\n\ttdpbf16ps %tmm7, %tmm4, %tmm1\n\t"
                     "tdpbf16ps %tmm6, %tmm5, %tmm2\n\ttdpbf16ps %tmm7, %tmm5, %tmm3");
  end();
  return operations(4 * rounds, 32);
}

double bench_int8_amx(size_t rounds) {
  begin();
  for (size_t r = 0; r < rounds; r++)
    __asm__ volatile("tdpbssd %tmm6, %tmm4, %tmm0\n\ttdpbssd %tmm7, %tmm4, %tmm1\n\t"
                     "tdpbssd %tmm6, %tmm5, %tmm2\n\ttdpbssd %tmm7, %tmm5, %tmm3");
  end();
  return operations(4 * rounds, 64);
}

double bench_bf16_amx_l1(size_t rounds) {
  _Alignas(64) char tiles[16][1024];
  memset(tiles, 0, sizeof tiles);
  begin();
  for (size_t r = 0; r < rounds; r++) {
    const char *p = tiles[4 * (r & 3)];
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm4\n\ttileloadd 1024(%0,%1,1), %%tmm6\n\t"
                     "tdpbf16ps %%tmm6, %%tmm4, %%tmm0\n\t"
                     "tileloadd 2048(%0,%1,1), %%tmm7\n\ttdpbf16ps %%tmm7, %%tmm4, %%tmm1\n\t"
                     "tileloadd 3072(%0,%1,1), %%tmm5\n\ttdpbf16ps %%tmm6, %%tmm5, %%tmm2\n\t"
                     "tdpbf16ps %%tmm7, %%tmm5, %%tmm3"
                     :
                     : "r"(p), "r"((size_t)64)
                     : "memory");
  }
  end();
  return operations(4 * rounds, 32);
}
