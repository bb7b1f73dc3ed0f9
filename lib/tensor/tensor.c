/* SPDX-License-Identifier: Apache-2.0 */
/* tensor.c: the canonical quantized tensor: planes bound or allocated. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/tensor.h>
#include "internal.h"
#include "kernels/generic/pack.h"
#include <stdlib.h>

static void bind(lowp_qtensor *q, lowp_scheme scheme, size_t rows, size_t cols, const lowp_planes *p, void *codes,
                 void *scales, void *zeros) {
  *q = (lowp_qtensor){
      sizeof *q, scheme, rows, cols, codes, p->codes_stride, scales, p->scales_stride, p->zeros_bytes ? zeros : NULL,
      1.0f,      1.0f,   0.0f};
}

lowp_status lowp_qtensor_bind(lowp_qtensor *q, lowp_scheme scheme, size_t rows, size_t cols, void *codes, void *scales,
                              void *zeros) {
  lowp_planes p;
  if (!q) return LOWP_E_ARGUMENT;
  lowp_status status = lowp_scheme_planes(scheme, rows, cols, &p);
  if (status != LOWP_OK) return status;
  if ((p.codes_bytes && !codes) || (p.scales_bytes && !scales) || (p.zeros_bytes && !zeros)) return LOWP_E_ARGUMENT;
  bind(q, scheme, rows, cols, &p, codes, scales, zeros);
  return LOWP_OK;
}

/* A multiple of 64 keeps each plane of the one block on a cache line of its own. */
static bool add_plane(size_t *total, size_t bytes, size_t *offset) {
  *offset = *total;
  return lowpi_add(*total, bytes, total) && lowpi_add(*total, 63, total) && (*total &= ~(size_t)63, true);
}

lowp_status lowp_qtensor_create(lowp_qtensor **out, lowp_scheme scheme, size_t rows, size_t cols) {
  lowp_planes p;
  if (!out) return LOWP_E_ARGUMENT;
  lowp_status status = lowp_scheme_planes(scheme, rows, cols, &p);
  if (status != LOWP_OK) return status;
  size_t total = 0, head, codes, scales, zeros;
  if (!add_plane(&total, sizeof(lowp_qtensor), &head) || !add_plane(&total, p.codes_bytes, &codes) ||
      !add_plane(&total, p.scales_bytes, &scales) || !add_plane(&total, p.zeros_bytes, &zeros))
    return LOWP_E_SHAPE;
  char *block = calloc(1, total);
  if (!block) return LOWP_E_NOMEM;
  lowp_qtensor *q = (lowp_qtensor *)(void *)block;
  bind(q, scheme, rows, cols, &p, block + codes, block + scales, block + zeros);
  *out = q;
  return LOWP_OK;
}

void lowp_qtensor_destroy(lowp_qtensor *q) { free(q); }

uint32_t lowp_qtensor_code(const lowp_qtensor *q, size_t r, size_t c) {
  unsigned bits = lowp_element_row_of(lowp_scheme_info_of(q->scheme)->element).bits;
  const uint8_t *row = q->codes + r * q->codes_stride;
  if (bits > 8) return (uint32_t)row[2 * c] | (uint32_t)row[2 * c + 1] << 8;
  return lowpk_get_code(row, bits, c);
}
