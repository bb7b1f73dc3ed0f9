/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_dot.c: twelve chains of one dot-product instruction. Compiled once for each instruction set that has one, with PROBE_DOT
 * chosen by the flags that the compiler was given.
 */
#include "bench/probe.h"
#include <immintrin.h>

enum { CHAINS = 12 };

#if defined(__AVX512BF16__)
double bench_bf16_avx512bf16(size_t rounds) {
  __m512 s[CHAINS];
  const __m512bh a = _mm512_cvtne2ps_pbh(_mm512_set1_ps(0.5f), _mm512_set1_ps(0.25f));
  BENCH_UNROLL
  for (int i = 0; i < CHAINS; i++) s[i] = _mm512_set1_ps((float)i);
  for (size_t r = 0; r < rounds; r++) {
    BENCH_UNROLL
    for (int i = 0; i < CHAINS; i++) s[i] = _mm512_dpbf16_ps(s[i], a, a);
  }
  BENCH_UNROLL
  for (int i = 1; i < CHAINS; i++) s[0] = _mm512_add_ps(s[0], s[i]);
  volatile float sink = _mm512_cvtss_f32(s[0]);
  (void)sink;
  return (double)rounds * CHAINS * 32 * 2;
}
#elif defined(__AVX512VNNI__)
double bench_int8_avx512vnni(size_t rounds) {
  __m512i s[CHAINS];
  const __m512i a = _mm512_set1_epi8(3);
  BENCH_UNROLL
  for (int i = 0; i < CHAINS; i++) s[i] = _mm512_set1_epi32(i);
  for (size_t r = 0; r < rounds; r++) {
    BENCH_UNROLL
    for (int i = 0; i < CHAINS; i++) s[i] = _mm512_dpbusd_epi32(s[i], a, a);
  }
  BENCH_UNROLL
  for (int i = 1; i < CHAINS; i++) s[0] = _mm512_xor_si512(s[0], s[i]);
  volatile int sink = _mm512_reduce_or_epi32(s[0]);
  (void)sink;
  return (double)rounds * CHAINS * 64 * 2;
}
#else
double bench_int8_avxvnni(size_t rounds) {
  __m256i s[CHAINS];
  const __m256i a = _mm256_set1_epi8(3);
  BENCH_UNROLL
  for (int i = 0; i < CHAINS; i++) s[i] = _mm256_set1_epi32(i);
  for (size_t r = 0; r < rounds; r++) {
    BENCH_UNROLL
    for (int i = 0; i < CHAINS; i++) s[i] = _mm256_dpbusd_avx_epi32(s[i], a, a);
  }
  BENCH_UNROLL
  for (int i = 1; i < CHAINS; i++) s[0] = _mm256_xor_si256(s[0], s[i]);
  volatile int sink = _mm256_extract_epi32(s[0], 0);
  (void)sink;
  return (double)rounds * CHAINS * 32 * 2;
}
#endif
