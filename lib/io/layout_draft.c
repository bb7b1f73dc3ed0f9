/* SPDX-License-Identifier: Apache-2.0 */
/* layout_draft.c: what layouts build their drafts from. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <string.h>

#include "io/layout_internal.h"

lowp_status lowpi_draft_add(lowpi_draft *draft, lowp_part_role role, const char *suffix, lowp_dtype dtype, size_t rank,
                            const size_t *shape, size_t lead, lowp_error *error) {
  lowpi_part *part = &draft->parts[draft->count];
  *part = (lowpi_part){.role = role, .suffix = suffix, .dtype = dtype, .rank = rank, .rows = 1};
  memcpy(part->shape, shape, rank * sizeof *shape);
  size_t bytes;
  bool fits = true;
  for (size_t i = 0; i < lead; i++) fits = fits && lowpi_mul(part->rows, shape[i], &part->rows);
  if (!fits || lowp_dtype_bytes(dtype, rank - lead, shape + lead, &part->row_bytes) ||
      lowp_dtype_bytes(dtype, rank, shape, &bytes)) {
    char text[LOWPI_SHAPE_TEXT];
    return lowpi_fail(error, LOWP_E_SHAPE, LOWPI_NAME "%s: the size of %s overflows", draft->name, suffix,
                      lowpi_shape_text(rank, shape, text));
  }
  draft->count++;
  return LOWP_OK;
}

lowp_status lowpi_draft_codes(lowpi_draft *draft, const char *suffix, lowp_dtype dtype, size_t last,
                              lowp_error *error) {
  size_t shape[LOWP_LAYOUT_MAX_RANK];
  memcpy(shape, draft->shape, sizeof shape);
  shape[draft->rank - 1] = last;
  return lowpi_draft_add(draft, LOWP_PART_CODES, suffix, dtype, draft->rank, shape, draft->rank - 1, error);
}

/* The dtype of a block scale in a file. E8M0 and the bits of HiF4 are bytes: few readers know F8_E8M0. */
static lowp_dtype scale_dtype(const lowp_scheme_info *scheme) {
  switch (scheme->scale) {
  case LOWP_F32:
    return LOWP_DTYPE_F32;
  case LOWP_FP16:
    return LOWP_DTYPE_F16;
  case LOWP_E4M3FN:
    return LOWP_DTYPE_F8_E4M3;
  default:
    return LOWP_DTYPE_U8;
  }
}

/*
 * One dimension per dimension of the tensor, the last being the blocks of a row. Returns the rank, 0 for one scale in
 * all.
 */
static size_t scale_shape(const lowpi_draft *draft, size_t shape[LOWP_LAYOUT_MAX_RANK]) {
  const uint32_t block_rows = draft->scheme->block_rows;
  const size_t rank = draft->rank, last = draft->scheme->block_cols ? draft->planes.scale_cols : 1;
  if (block_rows == 0) return 0;
  memcpy(shape, draft->shape, rank * sizeof *shape);
  shape[rank - 1] = last;
  if (block_rows == 1) return rank;
  if (rank > 2 && shape[rank - 2] % block_rows != 0) {
    shape[0] = draft->planes.scale_rows;
    shape[1] = last;
    return 2;
  }
  if (rank > 1) shape[rank - 2] = lowpi_ceil_div(shape[rank - 2], block_rows);
  return rank;
}

lowp_status lowpi_draft_scales(lowpi_draft *draft, const char *suffix, lowp_error *error) {
  size_t shape[LOWPI_PART_MAX_RANK];
  const lowp_scheme_info *scheme = draft->scheme;
  const lowp_dtype dtype = scale_dtype(scheme);
  size_t rank = scale_shape(draft, shape), lead = rank ? rank - 1 : 0;
  if (rank == 0) shape[rank++] = 1;
  const uint32_t items = scheme->scale_bytes / (lowp_dtype_bits(dtype) / 8);
  if (items > 1) shape[rank++] = items;
  return lowpi_draft_add(draft, LOWP_PART_SCALES, suffix, dtype, rank, shape, lead, error);
}

lowp_status lowpi_draft_zeros(lowpi_draft *draft, const char *suffix, lowp_dtype dtype, lowp_error *error) {
  size_t shape[LOWPI_PART_MAX_RANK];
  size_t rank = scale_shape(draft, shape), lead = rank ? rank - 1 : 0;
  if (rank == 0) shape[rank++] = 1;
  return lowpi_draft_add(draft, LOWP_PART_ZEROS, suffix, dtype, rank, shape, lead, error);
}

lowp_status lowpi_draft_tensor_scale(lowpi_draft *draft, const char *suffix, lowp_error *error) {
  const size_t shape = lowpi_layout_of(draft->layout)->direction == LOWPI_DECODE_ENCODE ? 2 : 1;
  return lowpi_draft_add(draft, LOWP_PART_TENSOR_SCALE, suffix, LOWP_DTYPE_F32, 1, &shape, 0, error);
}

lowp_dtype lowpi_codes_dtype(const lowpi_draft *draft, size_t *last) {
  const lowp_element element = draft->scheme->element;
  const lowp_element_row row = lowp_element_row_of(element);
  *last = draft->planes.codes_stride;
  if (row.bits != 8) return LOWP_DTYPE_U8;
  if (row.kind == LOWP_KIND_FIXED) return LOWP_DTYPE_I8;
  const lowp_dtype dtype = lowp_dtype_of_element(element);
  return dtype == LOWP_DTYPE_NONE ? LOWP_DTYPE_U8 : dtype;
}

lowp_status lowpi_draft_whole_blocks(const lowpi_draft *draft, lowp_error *error) {
  const uint32_t block = draft->scheme->block_cols;
  if (block == 0 || draft->cols % block == 0) return LOWP_OK;
  return lowpi_fail(error, LOWP_E_CONSTRAINT,
                    LOWPI_NAME ": %zu columns are no multiple of the block of %u in %s, and layout %s has no padding; "
                               "leave this tensor alone, use a scheme with a scale per row, or use --layout lowp",
                    draft->name, draft->cols, (unsigned)block, draft->scheme->name,
                    lowp_layout_info_of(draft->layout)->name);
}
