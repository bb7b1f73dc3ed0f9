/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_avx2.c: a copy whose stores go past the caches. Other stores first read every line that they write: a third of
 * the traffic of a long copy.
 */
#include "kernels/kernel.h"
#include <immintrin.h>

void lowpk_stream_avx2(size_t bytes, const void *from, void *to) {
  if (bytes == 0) _mm_sfence();
  const char *in = from;
  char *out = to;
  size_t head = (0 - (uintptr_t)out) % 64;
  if (head > bytes) head = bytes;
  memcpy(out, in, head);
  size_t i = head;
  for (; bytes - i >= 64; i += 64) {
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(in + i));
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(in + i + 32));
    _mm256_stream_si256((__m256i *)(void *)(out + i), a);
    _mm256_stream_si256((__m256i *)(void *)(out + i + 32), b);
  }
  memcpy(out + i, in + i, bytes - i);
}
