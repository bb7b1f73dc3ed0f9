/* SPDX-License-Identifier: Apache-2.0 */
/* probe_avx512.c: as probe_avx2.c with 64-byte vectors. */
#include "bench/probe.h"
#include <immintrin.h>

double bench_f32_avx512(size_t rounds) {
  enum { CHAINS = 12 };
  __m512 s[CHAINS], a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(0.001f);
  BENCH_UNROLL
  for (int i = 0; i < CHAINS; i++) s[i] = _mm512_set1_ps((float)i);
  for (size_t r = 0; r < rounds; r++) {
    BENCH_UNROLL
    for (int i = 0; i < CHAINS; i++) s[i] = _mm512_fmadd_ps(s[i], a, b);
  }
  BENCH_UNROLL
  for (int i = 1; i < CHAINS; i++) s[0] = _mm512_add_ps(s[0], s[i]);
  volatile float sink = _mm512_cvtss_f32(s[0]);
  (void)sink;
  return (double)rounds * CHAINS * 16 * 2;
}

uint64_t bench_read_avx512(const void *data, size_t bytes) {
  const size_t quarter = bytes / 4;
  const char *p = data;
  __m512i s[4];
  BENCH_UNROLL
  for (int j = 0; j < 4; j++) s[j] = _mm512_setzero_si512();
  for (size_t i = 0; i < quarter; i += 64) BENCH_UNROLL
  for (int j = 0; j < 4; j++) {
    const char *q = p + (size_t)j * quarter + i;
    _mm_prefetch(q + 1024, _MM_HINT_T0);
    s[j] = _mm512_xor_si512(s[j], _mm512_load_si512(q));
  }
  s[0] = _mm512_xor_si512(_mm512_xor_si512(s[0], s[1]), _mm512_xor_si512(s[2], s[3]));
  return (uint64_t)_mm512_reduce_or_epi64(s[0]);
}
