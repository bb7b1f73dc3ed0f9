/* SPDX-License-Identifier: Apache-2.0 */
/* dtype.c: the table of data types in files. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/io.h>
#include <string.h>
#include <strings.h>

#include "internal.h"
#include "io/dtype.h"

const lowpi_dtype_row lowpi_dtypes[LOWP_DTYPE_COUNT] = {
    {"?", 0, LOWP_ELEMENT_NONE, ""},
#define LOWP_NONE LOWP_ELEMENT_NONE
#define LOWP_DTYPE(ID, name, bits, element, npy) {name, bits, LOWP_##element, npy},
#include <lowp/dtype.def>
#undef LOWP_DTYPE
#undef LOWP_NONE
};

/* Names of the elements that dtypes refer to, so that files need no table of liblowp. */
static const struct {
  lowp_element element;
  const char *name;
} element_names[] = {
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text) {LOWP_##ID, #name},
#define LOWP_FIXED(ID, name, bits, frac, min, max, text) {LOWP_##ID, #name},
#define LOWP_TAPERED(ID, name, bits, round, overflow, text) {LOWP_##ID, #name},
#define LOWP_NATIVE(ID, name, bits, text) {LOWP_##ID, #name},
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED
#undef LOWP_NATIVE
};

static const lowpi_dtype_row *row_of(lowp_dtype dtype) {
  return &lowpi_dtypes[(unsigned)dtype < LOWP_DTYPE_COUNT ? dtype : LOWP_DTYPE_NONE];
}

const char *lowp_dtype_name(lowp_dtype dtype) { return row_of(dtype)->name; }
unsigned lowp_dtype_bits(lowp_dtype dtype) { return row_of(dtype)->bits; }
lowp_element lowp_dtype_element(lowp_dtype dtype) { return row_of(dtype)->element; }

lowp_dtype lowp_dtype_of_element(lowp_element element) {
  for (int d = 1; d < LOWP_DTYPE_COUNT; d++)
    if (element != LOWP_ELEMENT_NONE && lowpi_dtypes[d].element == element) return (lowp_dtype)d;
  return LOWP_DTYPE_NONE;
}

lowp_dtype lowp_dtype_from_name(const char *name) {
  if (!name) return LOWP_DTYPE_NONE;
  for (int d = 1; d < LOWP_DTYPE_COUNT; d++)
    if (strcasecmp(name, lowpi_dtypes[d].name) == 0) return (lowp_dtype)d;
  for (size_t i = 0; i < sizeof element_names / sizeof *element_names; i++)
    if (strcasecmp(name, element_names[i].name) == 0) return lowp_dtype_of_element(element_names[i].element);
  return LOWP_DTYPE_NONE;
}

lowp_status lowp_dtype_bytes(lowp_dtype dtype, size_t rank, const size_t *shape, size_t *bytes) {
  size_t n = 1;
  if (lowp_dtype_bits(dtype) == 0 || (rank > 0 && !shape)) return LOWP_E_ARGUMENT;
  for (size_t i = 0; i < rank; i++)
    if (!lowpi_mul(n, shape[i], &n)) return LOWP_E_SHAPE;
  if (!lowpi_mul(n, lowp_dtype_bits(dtype), &n) || n % 8 != 0) return LOWP_E_SHAPE;
  if (bytes) *bytes = n / 8;
  return LOWP_OK;
}
