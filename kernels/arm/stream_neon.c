/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_neon.c: a copy by pairs of registers with the hint that the bytes will not be read soon (stnp). Such stores are
 * weakly ordered, so a call with bytes = 0 is a barrier.
 */
#include "kernels/kernel.h"
#include <arm_neon.h>
#include <string.h>

void lowpk_stream_neon(size_t bytes, const void *from, void *to) {
  const uint8_t *in = from;
  uint8_t *out = to;
  if (bytes == 0) __asm__ volatile("dmb ish" ::: "memory");
  size_t i = 0;
  for (; bytes - i >= 64; i += 64) {
    uint8x16x4_t v = vld1q_u8_x4(in + i);
    __asm__ volatile("stnp %q0, %q1, [%4]\n\tstnp %q2, %q3, [%4, #32]"
                     :
                     : "w"(v.val[0]), "w"(v.val[1]), "w"(v.val[2]), "w"(v.val[3]), "r"(out + i)
                     : "memory");
  }
  if (i < bytes) memcpy(out + i, in + i, bytes - i);
}
