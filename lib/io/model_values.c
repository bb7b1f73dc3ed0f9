/* SPDX-License-Identifier: Apache-2.0 */
/* model_values.c: elements of a file tensor as f32. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <string.h>

#include "io/model_internal.h"

/* 4- and 6-bit codes follow each other without gaps, the first in the low bits. */
static void packed(const lowp_file_tensor *t, size_t first, size_t n, float *dst) {
  const uint8_t *bytes = t->data;
  const uint32_t mask = (1u << t->bits) - 1u;
  for (size_t i = 0; i < n; i++) {
    /* In whole bytes first: a tensor has a multiple of 8 bits, but the number of bits may not fit size_t. */
    const size_t k = first + i, bit = (k % 8) * t->bits, at = k / 8 * t->bits + bit / 8;
    uint32_t word = bytes[at];
    if (bit % 8 + t->bits > 8) word |= (uint32_t)bytes[at + 1] << 8;
    dst[i] = lowp_decode(t->element, word >> (bit % 8) & mask);
  }
}

/* Integer types without a codec. A conversion to float rounds to nearest even in the default environment. */
#define INTEGERS(type) \
  for (size_t i = 0; i < n; i++) { \
    type value; \
    memcpy(&value, bytes + i * sizeof value, sizeof value); \
    dst[i] = (float)value; \
  } \
  return LOWP_OK

lowp_status lowpi_load_values(const lowp_file_tensor *t, size_t first, size_t n, float *dst, lowp_error *error) {
  if (n == 0) return LOWP_OK;
  if (t->bits < 8) {
    packed(t, first, n, dst);
    return LOWP_OK;
  }
  const uint8_t *bytes = (const uint8_t *)t->data + first * (t->bits / 8);
  if (t->element != LOWP_ELEMENT_NONE) return lowp_element_decode_n(t->element, n, bytes, dst);
  switch (t->dtype) {
  case LOWP_DTYPE_BOOL:
  case LOWP_DTYPE_U8:
    INTEGERS(uint8_t);
  case LOWP_DTYPE_I16:
    INTEGERS(int16_t);
  case LOWP_DTYPE_U16:
    INTEGERS(uint16_t);
  case LOWP_DTYPE_I32:
    INTEGERS(int32_t);
  case LOWP_DTYPE_U32:
    INTEGERS(uint32_t);
  case LOWP_DTYPE_I64:
    INTEGERS(int64_t);
  case LOWP_DTYPE_U64:
    INTEGERS(uint64_t);
  default:
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, LOWPI_NAME ": values of type %s cannot be read as f32", t->name,
                      t->dtype_name);
  }
}
