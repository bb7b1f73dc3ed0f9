/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout_internal.h: what a layout is to the rest of lib/io. A layout drafts: given a scheme and a shape it lists
 * parts, each with a suffix to the tensor's name, a dtype and a shape. Export, import and recognition all follow from
 * the draft.
 */
#ifndef LOWPI_IO_LAYOUT_INTERNAL_H
#define LOWPI_IO_LAYOUT_INTERNAL_H

#include <lowp/layout.h>

#include "io/io_internal.h"

/* A part may have one dimension more than its tensor (bytes of a block) or two (blocks of bytes). */
#define LOWPI_PART_MAX_RANK (LOWP_LAYOUT_MAX_RANK + 2)

typedef struct lowpi_part {
  lowp_part_role role;
  const char *suffix; /* what follows the tensor's name; static */
  lowp_dtype dtype;
  size_t rank, shape[LOWPI_PART_MAX_RANK];
  size_t rows, row_bytes;
} lowpi_part;

typedef struct lowpi_draft {
  lowp_layout layout;
  const lowp_scheme_info *scheme;
  const char *name; /* borrowed */
  size_t rank, shape[LOWP_LAYOUT_MAX_RANK];
  size_t rows, cols;
  lowp_planes planes;
  size_t count;
  lowpi_part parts[LOWP_PARTS_MAX];
} lowpi_draft;

/* Which of the two multipliers of lowp_qtensor a tensor scale part holds; both: decode, then encode. */
typedef enum lowpi_direction { LOWPI_DECODE, LOWPI_ENCODE, LOWPI_DECODE_ENCODE } lowpi_direction;

typedef struct lowpi_layout {
  bool (*supports)(lowp_scheme scheme);
  /* Adds the parts to a draft whose other fields are set. Only called for supported schemes with a scale. */
  lowp_status (*draft)(lowpi_draft *draft, lowp_error *error);
  lowpi_direction direction;
  /* How many trailing dimensions of the codes make up one row: blocks of bytes are two. */
  size_t row_dims;
  const char *plain_suffix; /* of the only part of bf16 and fp16 */
  bool by_pattern;          /* may be recognised without metadata */
} lowpi_layout;

#define LOWP_LAYOUT(ID, name, writes, text) extern const lowpi_layout lowpi_layout_##name;
#include <lowp/layout.def>
#undef LOWP_LAYOUT

/* NULL for an unknown id and for LOWP_LAYOUT_NONE. */
const lowpi_layout *lowpi_layout_of(lowp_layout id);

/* Fills *draft. Read-only layouts are drafted as well. `name` is borrowed. */
lowp_status lowpi_draft_make(lowp_layout layout, lowp_scheme scheme, const char *name, size_t rank, const size_t *shape,
                             lowpi_draft *draft, lowp_error *error);

/*
 * Adds a part whose first `lead` dimensions are counted by its rows. Helpers of the layouts; sizes that overflow are
 * LOWP_E_SHAPE.
 */
lowp_status lowpi_draft_add(lowpi_draft *draft, lowp_part_role role, const char *suffix, lowp_dtype dtype, size_t rank,
                            const size_t *shape, size_t lead, lowp_error *error);
/* The codes as [..., last] of `dtype`: the tensor's shape with another last dimension. */
lowp_status lowpi_draft_codes(lowpi_draft *draft, const char *suffix, lowp_dtype dtype, size_t last, lowp_error *error);
/*
 * The scales: [1] for one scale; [..., scale_cols] for one or more per row, with a further dimension of 4 in HiF4; for
 * blocks of rows [..., rows / block_rows, scale_cols] where no block straddles two matrices, else [scale_rows,
 * scale_cols].
 */
lowp_status lowpi_draft_scales(lowpi_draft *draft, const char *suffix, lowp_error *error);
/* The zero points, of the shape of the scales. */
lowp_status lowpi_draft_zeros(lowpi_draft *draft, const char *suffix, lowp_dtype dtype, lowp_error *error);
/* The tensor scale: [1], or [2] where the layout holds both directions. */
lowp_status lowpi_draft_tensor_scale(lowpi_draft *draft, const char *suffix, lowp_error *error);

/*
 * Dtype of the codes as the canonical plane has them: I8, F8_E4M3, F8_E5M2, else bytes. *last = size of the last
 * dimension.
 */
lowp_dtype lowpi_codes_dtype(const lowpi_draft *draft, size_t *last);

/* LOWP_E_CONSTRAINT if the columns are no multiple of the block: for layouts whose files have no padding. */
lowp_status lowpi_draft_whole_blocks(const lowpi_draft *draft, lowp_error *error);

/* One part of lowp_layout_export and lowp_layout_import. q is of the draft's scheme and sizes. */
lowp_status lowpi_part_export(const lowpi_draft *draft, size_t part, const lowp_qtensor *q, size_t row0, size_t row1,
                              void *dst, lowp_error *error);
lowp_status lowpi_part_import(const lowpi_draft *draft, size_t part, const void *bytes, lowp_qtensor *q,
                              lowp_error *error);

/* "lowp.tensor." pairs. The value is "LAYOUT SCHEME SHAPE[ RULES]"; *rules points into it, or is NULL. */
lowp_status lowpi_metadata_parse(const char *key, const char *value, lowp_layout *layout, lowp_scheme *scheme,
                                 size_t *rank, size_t shape[LOWP_LAYOUT_MAX_RANK], const char **rules,
                                 lowp_error *error);

/* lowp_raw_load() behind the reading of the description: `root` is its JSON, the planes lie beside `path`. */
struct json_t;
lowp_status lowpi_raw_read(const char *path, struct json_t *root, lowp_layout_plan **plan, lowp_qtensor **q,
                           lowp_error *error);

#endif
