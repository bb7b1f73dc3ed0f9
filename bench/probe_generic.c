/* SPDX-License-Identifier: Apache-2.0 */
/* probe_generic.c: the probes in plain C: whatever the compiler makes of them for the baseline. */
#include "bench/probe.h"
#include <string.h>

double bench_f32_generic(size_t rounds) {
  enum { LANES = 32 };
  float s[LANES];
  for (int i = 0; i < LANES; i++) s[i] = (float)i;
  for (size_t r = 0; r < rounds; r++)
    for (int i = 0; i < LANES; i++) s[i] = s[i] * 0.999f + 0.001f;
  volatile float sink = 0;
  for (int i = 0; i < LANES; i++) sink = sink + s[i];
  return (double)rounds * LANES * 2;
}

uint64_t bench_read_generic(const void *data, size_t bytes) {
  const char *p = data;
  uint64_t sum[4] = {0};
  for (size_t i = 0; i < bytes; i += 32) {
    uint64_t v[4];
    memcpy(v, p + i, sizeof v);
    for (int j = 0; j < 4; j++) sum[j] ^= v[j];
  }
  return sum[0] ^ sum[1] ^ sum[2] ^ sum[3];
}
