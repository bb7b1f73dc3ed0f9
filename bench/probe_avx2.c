/* SPDX-License-Identifier: Apache-2.0 */
/* probe_avx2.c: twelve chains of f32 FMA (two ports, latency four); int8 products by pairs; reading four streams at once. */
#include "bench/probe.h"
#include <immintrin.h>

double bench_f32_avx2(size_t rounds) {
  enum { CHAINS = 12 };
  __m256 s[CHAINS], a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
  BENCH_UNROLL
  for (int i = 0; i < CHAINS; i++) s[i] = _mm256_set1_ps((float)i);
  for (size_t r = 0; r < rounds; r++) {
    BENCH_UNROLL
    for (int i = 0; i < CHAINS; i++) s[i] = _mm256_fmadd_ps(s[i], a, b);
  }
  BENCH_UNROLL
  for (int i = 1; i < CHAINS; i++) s[0] = _mm256_add_ps(s[0], s[i]);
  volatile float sink = _mm256_cvtss_f32(s[0]);
  (void)sink;
  return (double)rounds * CHAINS * 8 * 2;
}

/*
 * Pairs of products into 16 bits, added there: what kernels do with small integers before they widen. Two products and then two
 * sums, since Zen 3 gives an operation its port before it waits: sums between products take a third of their ports. The
 * operand has to be taken for changed each time, or the compiler would multiply but once; the sums too, or it would copy.
 */
double bench_int8_avx2(size_t rounds) {
  enum { CHAINS = 8 };
  __m256i s[CHAINS], a = _mm256_set1_epi8(3);
  const __m256i b = _mm256_set1_epi8(1);
  BENCH_UNROLL
  for (int i = 0; i < CHAINS; i++) s[i] = _mm256_set1_epi16((short)i);
  for (size_t r = 0; r < rounds; r++) {
    BENCH_UNROLL
    for (int i = 0; i < CHAINS; i += 2) {
      __asm__ volatile("" : "+x"(a));
      __m256i p = _mm256_maddubs_epi16(a, b);
      __asm__ volatile("" : "+x"(a), "+x"(p));
      __m256i q = _mm256_maddubs_epi16(a, b);
      __asm__ volatile("" : "+x"(p), "+x"(q));
      s[i] = _mm256_add_epi16(s[i], p);
      s[i + 1] = _mm256_add_epi16(s[i + 1], q);
      __asm__ volatile("" : "+x"(s[i]), "+x"(s[i + 1]));
    }
  }
  BENCH_UNROLL
  for (int i = 1; i < CHAINS; i++) s[0] = _mm256_xor_si256(s[0], s[i]);
  volatile int sink = _mm256_extract_epi32(s[0], 0);
  (void)sink;
  return (double)rounds * CHAINS * 32 * 2;
}

uint64_t bench_read_avx2(const void *data, size_t bytes) {
  const size_t quarter = bytes / 4;
  const char *p = data;
  __m256i s[4];
  BENCH_UNROLL
  for (int j = 0; j < 4; j++) s[j] = _mm256_setzero_si256();
  for (size_t i = 0; i < quarter; i += 64) BENCH_UNROLL
  for (int j = 0; j < 4; j++) {
    const char *q = p + (size_t)j * quarter + i;
    _mm_prefetch(q + 1024, _MM_HINT_T0);
    s[j] = _mm256_xor_si256(s[j], _mm256_load_si256((const __m256i *)(const void *)q));
    s[j] = _mm256_xor_si256(s[j], _mm256_load_si256((const __m256i *)(const void *)(q + 32)));
  }
  s[0] = _mm256_xor_si256(_mm256_xor_si256(s[0], s[1]), _mm256_xor_si256(s[2], s[3]));
  return (uint64_t)_mm256_extract_epi64(s[0], 0) ^ (uint64_t)_mm256_extract_epi64(s[0], 2);
}
