/* SPDX-License-Identifier: Apache-2.0 */
/* scheme.c: the lines of scheme.def, and the sizes that follow from them. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/scheme.h>
#include "internal.h"

/* The columns scale and zero of scheme.def hold the tails of two sets of names. */
#define SCALE_E8M0 LOWP_E8M0
#define SCALE_E4M3FN LOWP_E4M3FN
#define SCALE_E6M2 LOWP_E6M2
#define SCALE_F32 LOWP_F32
#define SCALE_FP16 LOWP_FP16
#define SCALE_ELEMENT_NONE LOWP_ELEMENT_NONE

static const lowp_scheme_info infos[LOWP_SCHEME_COUNT] = {
    {sizeof(lowp_scheme_info), LOWP_SCHEME_NONE, LOWP_FAMILY_CAST, LOWP_ELEMENT_NONE, LOWP_ELEMENT_NONE,
     LOWP_ZERO_NONE, 0, 0, 0, 0, "none", "no scheme"},
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text)                              \
  {sizeof(lowp_scheme_info), LOWP_SCHEME_##ID, LOWP_FAMILY_##family, LOWP_##element, SCALE_##scale,                   \
   LOWP_ZERO_##zero, rows, cols, bytes, ts, name, text},
#include <lowp/scheme.def>
#undef LOWP_SCHEME
};

const lowp_scheme_info *lowp_scheme_info_of(lowp_scheme id) {
  return id > LOWP_SCHEME_NONE && id < LOWP_SCHEME_COUNT ? &infos[id] : NULL;
}

/* Not tolower: names are ASCII, whatever the locale. */
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

lowp_scheme lowp_scheme_from_name(const char *name) {
  for (int id = LOWP_SCHEME_NONE + 1; name && id < LOWP_SCHEME_COUNT; id++) {
    size_t i = 0;
    while (name[i] && lower(name[i]) == infos[id].name[i]) i++;
    if (name[i] == '\0' && infos[id].name[i] == '\0') return (lowp_scheme)id;
  }
  return LOWP_SCHEME_NONE;
}

static unsigned width(const lowp_scheme_info *info) { return lowp_element_row_of(info->element).bits; }

/* How many blocks of `block` cover n; a block of 0 is all of n, so that an empty tensor has none. */
static size_t blocks(size_t n, uint32_t block) { return block ? lowpi_ceil_div(n, block) : n > 0; }

lowp_status lowp_scheme_planes(lowp_scheme id, size_t rows, size_t cols, lowp_planes *planes) {
  const lowp_scheme_info *info = lowp_scheme_info_of(id);
  if (!info || !planes) return LOWP_E_ARGUMENT;
  lowp_planes p = {0};
  size_t bits;
  p.scale_rows = blocks(rows, info->block_rows);
  p.scale_cols = blocks(cols, info->block_cols);
  p.cols_padded = cols;
  if (info->block_cols && !lowpi_mul(p.scale_cols, info->block_cols, &p.cols_padded)) return LOWP_E_SHAPE;
  if (!lowpi_mul(p.cols_padded, width(info), &bits)) return LOWP_E_SHAPE;
  p.codes_stride = lowpi_ceil_div(bits, 8);
  if (!lowpi_mul(rows, p.codes_stride, &p.codes_bytes)) return LOWP_E_SHAPE;
  if (!lowpi_mul(p.scale_cols, info->scale_bytes, &p.scales_stride)) return LOWP_E_SHAPE;
  if (!lowpi_mul(p.scale_rows, p.scales_stride, &p.scales_bytes)) return LOWP_E_SHAPE;
  if (info->zero != LOWP_ZERO_NONE && !lowpi_mul(p.scale_rows, 4, &p.zeros_bytes)) return LOWP_E_SHAPE;
  *planes = p;
  return LOWP_OK;
}

double lowp_scheme_bits_per_weight(lowp_scheme id, size_t rows, size_t cols) {
  lowp_planes p;
  if (rows == 0 || cols == 0 || lowp_scheme_planes(id, rows, cols, &p) != LOWP_OK) return 0;
  double bytes = (double)p.codes_bytes + (double)p.scales_bytes + (double)p.zeros_bytes;
  if (infos[id].tensor_scale) bytes += sizeof(float);
  return 8 * bytes / ((double)rows * (double)cols);
}

double lowp_scheme_nominal_bits(lowp_scheme id) {
  const lowp_scheme_info *info = lowp_scheme_info_of(id);
  if (!info) return 0;
  double per_block = (double)info->block_rows * info->block_cols; /* 0: blocks grow with the tensor */
  return width(info) + (per_block > 0 ? 8.0 * info->scale_bytes / per_block : 0);
}
