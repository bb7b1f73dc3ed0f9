/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h: where pairs (x, y) come from, a part of a row at a time, so that all that is done with them happens in the
 * first-level cache.
 */
#ifndef LOWPI_SOURCE_H
#define LOWPI_SOURCE_H

#include "analysis/clip.h"
#include "analysis/pairs.h"
#include "quant/quant_internal.h"

typedef struct lowpi_source {
  lowp_view x, y;
  lowp_qtensor q; /* its planes; of a scheme that is quantized on the way only the scales that span rows */
  const lowp_scheme_info *scheme; /* NULL for a pair of views */
  bool quantize;                  /* on the way */
  bool whole_rows;                /* a row is quantized at once */
  lowp_quant_opts opts;
  lowpk_job job; /* with opts of the job copied by lowpi_source_job */
  lowpi_clip_rule clip;
  float scale_of[256]; /* what scale codes of one byte stand for, times the tensor scale */
  bool limits;         /* of one-byte scales tell about clipping: */
  float limit_of[256]; /* nothing that is finite and not above is clipped under a scale of this code */
  lowp_planes planes;
  void *scales; /* owned: the scales and zeros of such a scheme, or NULL */
} lowpi_source;

/* Buffers of one thread. */
typedef struct lowpi_scratch {
  lowpk_bins bins;
  lowpi_block_arrays blocks;
  float x[LOWPI_PAIRS], in[LOWPI_PAIRS], y[LOWPI_PAIRS];
  float clean_x[LOWPI_PAIRS], clean_y[LOWPI_PAIRS];
  uint8_t *codes, *scales; /* of a part or a row */
  float *row;              /* a row in f32, where rows are quantized whole */
  int32_t zero;
  lowpk_job job; /* the source's, with a pointer to its options */
} lowpi_scratch;

/* One part. */
typedef struct lowpi_part {
  size_t r, c, n; /* n values from (r, c) on */
  const float *x, *y;
  const uint8_t *codes;  /* code 0 is that of column c; NULL for a pair of views */
  const uint8_t *scales; /* of the block that column c begins, or of the row; NULL without */
} lowpi_part;

/*
 * Checks and fills *source; exactly one of y, q and a scheme other than NONE is given. What it allocates is freed by
 * lowpi_source_end, which may be called after a failure too.
 */
lowp_status lowpi_source_begin(lowpi_source *source, const lowp_view *x, const lowp_view *y, const lowp_qtensor *q,
                               lowp_scheme scheme, const lowp_quant_opts *opts, lowp_error *error);
void lowpi_source_end(lowpi_source *source);

/* NULL without memory; freed by free(). */
lowpi_scratch *lowpi_scratch_create(const lowpi_source *source);

/* The part of row r that begins at column c, a multiple of LOWPI_PAIRS. Parts of a row are asked for in ascending order. */
lowp_status lowpi_source_part(const lowpi_source *source, size_t r, size_t c, lowpi_scratch *scratch, lowpi_part *part,
                              lowp_error *error);

/* The value of scale number i of a part (the one that column c begins is number 0), times the tensor scale. */
float lowpi_source_scale(const lowpi_source *source, const lowpi_part *part, size_t i);

/* A look that saves the search: may any value of a finite block be clipped, whose scale is number i of the part? */
static inline bool lowpi_may_clip(const lowpi_source *source, const lowpi_part *part, size_t i, uint32_t amax) {
  if (!source->limits) return source->clip.any;
  return !(lowp_f32_from_bits(amax) <= source->limit_of[part->scales[i * source->scheme->scale_bytes]]);
}

/* The numbers of the blocks of which lowpi_may_clip says so, of `count` finite ones that have a scale each. */
size_t lowpi_clip_candidates(const lowpi_source *source, const lowpi_part *part, size_t count, const uint32_t *amax,
                             uint16_t *candidates);

/* Elements from .. from + n - 1 of a part: how many are clipped. 0 for a pair of views. */
uint64_t lowpi_source_clipped(const lowpi_source *source, const lowpi_part *part, size_t from, size_t n);

/* The same for elements of one block scale, whose largest magnitude has the bits `amax`. */
uint64_t lowpi_block_clipped(const lowpi_source *source, const lowpi_part *part, size_t from, size_t n, uint32_t amax);

#endif
