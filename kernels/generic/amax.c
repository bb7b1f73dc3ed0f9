/* SPDX-License-Identifier: Apache-2.0 */
/* amax.c: the largest magnitude of an array, as bits. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/kernel.h"

uint32_t lowpk_amax_generic(size_t n, const float *x) {
  uint32_t max = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, (const char *)x + i * sizeof bits, sizeof bits);
    bits &= 0x7fffffffu;
    max = bits > max ? bits : max;
  }
  return max;
}

uint32_t lowpk_amax16_generic(size_t n, const void *x) {
  uint32_t max = 0;
  for (size_t i = 0; i < n; i++) {
    uint16_t bits;
    memcpy(&bits, (const char *)x + i * sizeof bits, sizeof bits);
    bits &= 0x7fff;
    max = bits > max ? bits : max;
  }
  return max;
}
