/* SPDX-License-Identifier: Apache-2.0 */
/* stream_avx512.c: as stream_avx2.c, a line in one store. */
#include "kernels/kernel.h"
#include <immintrin.h>

void lowpk_stream_avx512(size_t bytes, const void *from, void *to) {
  if (bytes == 0) _mm_sfence();
  const char *in = from;
  char *out = to;
  size_t head = (0 - (uintptr_t)out) % 64;
  if (head > bytes) head = bytes;
  memcpy(out, in, head);
  size_t i = head;
  for (; bytes - i >= 64; i += 64) _mm512_stream_si512((__m512i *)(void *)(out + i), _mm512_loadu_si512(in + i));
  memcpy(out + i, in + i, bytes - i);
}
