/* SPDX-License-Identifier: Apache-2.0 */
/* layout_part.c: the bytes of one part, from the canonical planes and back. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <string.h>

#include "io/layout_internal.h"

/* A plane of the canonical tensor: what export reads and import fills. */
typedef struct plane {
  uint8_t *bytes;
  size_t rows, row_bytes, stride;
} plane;

static plane plane_of(const lowpi_draft *draft, lowp_part_role role, const lowp_qtensor *q) {
  const lowp_planes *p = &draft->planes;
  if (role == LOWP_PART_CODES) return (plane){q->codes, q->rows, p->codes_stride, q->codes_stride};
  if (role == LOWP_PART_SCALES) return (plane){q->scales, p->scale_rows, p->scales_stride, q->scales_stride};
  return (plane){q->zeros, p->scale_rows, 4, 4};
}

static lowp_status zeros_to_i8(const lowpi_draft *draft, const plane *zeros, size_t row0, size_t row1, uint8_t *dst,
                               lowp_error *error) {
  for (size_t r = row0; r < row1; r++) {
    int32_t z = 0;
    if (r < zeros->rows) memcpy(&z, zeros->bytes + r * 4, 4);
    if (z < INT8_MIN || z > INT8_MAX)
      return lowpi_fail(error, LOWP_E_CONSTRAINT,
                        LOWPI_NAME
                        ": the zero point of row %zu is %d, which layout %s cannot hold; use w8a8 or --layout lowp",
                        draft->name, r, (int)z, lowp_layout_info_of(draft->layout)->name);
    dst[r - row0] = (uint8_t)(int8_t)z;
  }
  return LOWP_OK;
}

static lowp_status bad_scale(const lowpi_draft *draft, lowp_status status, float scale, lowp_error *error) {
  return lowpi_fail(error, status, LOWPI_NAME ": the tensor scale is %g, not a positive number", draft->name,
                    (double)scale);
}

static bool positive(float x) { return x > 0.0f && isfinite(x); }

static lowp_status export_tensor_scale(const lowpi_draft *draft, const lowp_qtensor *q, uint8_t *dst,
                                       lowp_error *error) {
  const float both[2] = {q->tensor_scale, q->tensor_scale_inv};
  for (int i = 0; i < 2; i++)
    if (!positive(both[i])) return bad_scale(draft, LOWP_E_CONSTRAINT, both[i], error);
  switch (lowpi_layout_of(draft->layout)->direction) {
  case LOWPI_DECODE:
    memcpy(dst, &both[0], 4);
    break;
  case LOWPI_ENCODE:
    memcpy(dst, &both[1], 4);
    break;
  case LOWPI_DECODE_ENCODE:
    memcpy(dst, both, 8);
    break;
  }
  return LOWP_OK;
}

static lowp_status import_tensor_scale(const lowpi_draft *draft, const uint8_t *bytes, lowp_qtensor *q,
                                       lowp_error *error) {
  const lowpi_direction direction = lowpi_layout_of(draft->layout)->direction;
  float stored[2];
  memcpy(stored, bytes, direction == LOWPI_DECODE_ENCODE ? 8 : 4);
  if (direction != LOWPI_DECODE_ENCODE) stored[1] = 1.0f / stored[0];
  for (int i = 0; i < 2; i++) /* the reciprocal of a subnormal is infinite */
    if (!positive(stored[i])) return bad_scale(draft, LOWP_E_FORMAT, stored[0], error);
  q->tensor_scale = stored[direction == LOWPI_ENCODE];
  q->tensor_scale_inv = stored[direction != LOWPI_ENCODE];
  return LOWP_OK;
}

/*
 * Rows of a file and rows of a plane agree in number, but a file may have fewer bytes per row (no padding) and, where a
 * tensor is empty, one scale more than the plane.
 */
lowp_status lowpi_part_export(const lowpi_draft *draft, size_t index, const lowp_qtensor *q, size_t row0, size_t row1,
                              void *dst, lowp_error *error) {
  const lowpi_part *part = &draft->parts[index];
  if (part->role == LOWP_PART_TENSOR_SCALE) return export_tensor_scale(draft, q, dst, error);
  const plane from = plane_of(draft, part->role, q);
  if (part->role == LOWP_PART_ZEROS && part->dtype == LOWP_DTYPE_I8)
    return zeros_to_i8(draft, &from, row0, row1, dst, error);
  const size_t n = part->row_bytes < from.row_bytes ? part->row_bytes : from.row_bytes;
  uint8_t *to = dst;
  for (size_t r = row0; r < row1; r++, to += part->row_bytes) {
    const size_t copied = r < from.rows ? n : 0;
    if (copied) memcpy(to, from.bytes + r * from.stride, copied);
    memset(to + copied, 0, part->row_bytes - copied);
  }
  return LOWP_OK;
}

lowp_status lowpi_part_import(const lowpi_draft *draft, size_t index, const void *bytes, lowp_qtensor *q,
                              lowp_error *error) {
  const lowpi_part *part = &draft->parts[index];
  if (part->role == LOWP_PART_TENSOR_SCALE) return import_tensor_scale(draft, bytes, q, error);
  const plane to = plane_of(draft, part->role, q);
  const uint8_t *from = bytes;
  if (part->role == LOWP_PART_ZEROS && part->dtype == LOWP_DTYPE_I8) {
    for (size_t r = 0; r < to.rows; r++) memcpy(to.bytes + r * 4, &(int32_t){(int8_t)from[r]}, 4);
    return LOWP_OK;
  }
  const size_t n = part->row_bytes < to.row_bytes ? part->row_bytes : to.row_bytes;
  for (size_t r = 0; r < to.rows; r++, from += part->row_bytes) {
    uint8_t *row = to.bytes + r * to.stride;
    memcpy(row, from, n);
    memset(row + n, 0, to.row_bytes - n);
  }
  return LOWP_OK;
}
