/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_internal.h: what the files of lib/gemm share. A run goes through three of them: list.c forms rounds of at most 512
 * prepared rows, lhs.c prepares rows, the kernel of the plan multiplies them with ranges of panels.
 */
#ifndef LOWPI_GEMM_INTERNAL_H
#define LOWPI_GEMM_INTERNAL_H

#include <lowp/gemm.h>
#include "internal.h"
#include "kernels/kernel.h"
#include "quant/quant_internal.h"

/* Which of the three multiplications serves a plan. */
typedef enum lowpi_engine { LOWPI_ENGINE_F32 = 0, LOWPI_ENGINE_BF16, LOWPI_ENGINE_INT8 } lowpi_engine;

/* Where the parts of a packed blob lie; all begin at multiples of 64. Offsets of parts that a scheme lacks are 0. */
typedef struct lowpi_blob {
  size_t kp, panels;
  size_t step_scale_bytes, step_bytes, panel_bytes;
  size_t data;    /* panels */
  size_t records; /* lowpi_record for each panel */
  size_t outer;   /* float for each n: scale of the row, or the tensor scale */
  size_t zeros;   /* int32_t or float for each n */
  size_t sums;    /* int32_t for each n: sum of the codes of the row */
  size_t bytes;   /* of everything */
} lowpi_blob;

/* What is known of a panel once its rows are packed. */
typedef struct lowpi_record {
  uint64_t checksum;  /* of the panel */
  uint32_t packed;    /* 1 */
  uint32_t irregular; /* lowpk_rhs.irregular, of these rows */
} lowpi_record;

struct lowp_gemm_plan {
  size_t n, k;
  lowp_compute compute;
  const lowp_scheme_info *rhs, *lhs; /* lhs NULL if x is used as it is */
  lowp_quant_opts lhs_opts;          /* resolved; zero without lhs */
  lowp_planes lhs_row;               /* planes of one row of the lhs */
  lowpi_blob blob;
  lowpi_engine engine;
  bool round_x;            /* engine F32: x is rounded to bf16 first */
  size_t lhs_block, block; /* as in lowpk_gemm */
  const lowpk_ops *ops;
  lowpk_gemm_fn *kernel;
  const char *kernel_name;
};

/* engine.c: fills engine, round_x, lhs_block, block, ops, kernel and its name from the rest of the plan. */
void lowpi_gemm_choose(lowp_gemm_plan *plan);

/* blob.c. Sizes of a blob; LOWP_E_SHAPE if one overflows. */
lowp_status lowpi_blob_of(const lowp_scheme_info *rhs, size_t n, size_t k, lowpi_blob *blob);

/* The header at the beginning of a blob, little-endian. Its own 64 bits come last, over all before them. */
typedef struct lowpi_header {
  char magic[8];
  uint32_t version, scheme;
  uint64_t n, k, bytes;
  float tensor_scale, tensor_scale_inv, tensor_amax;
  uint32_t sealed;    /* 1 once all is packed */
  uint32_t irregular; /* of any panel */
  uint32_t reserved[13];
  uint64_t checksum; /* over the records, and with them the panels, and over all that lies behind them */
  uint64_t header_checksum;
} lowpi_header;

enum { LOWPI_BLOB_VERSION = 1 };

/* Passes over packed bytes take two words at once, one register; neither compiler makes vectors of 64-bit words by itself at -O2. */
#if defined(__GNUC__)
typedef uint64_t lowpi_words __attribute__((vector_size(16)));
#else
typedef uint64_t lowpi_words;
#endif
void lowpi_header_init(lowpi_header *h, const lowp_gemm_plan *plan);
void lowpi_header_seal(lowpi_header *h);

/* LOWP_OK if `packed` begins with the sealed header of a blob of this plan. `what` names it in errors. */
lowp_status lowpi_header_check(const lowp_gemm_plan *plan, const void *packed, lowp_error *error);

/* 64 bits of a multiple of 64 bytes. Any change within 8 bytes changes it. */
uint64_t lowpi_blob_hash(const void *bytes, size_t count);

/* The same in parts: lowpk_checksum_add between these two. */
void lowpi_checksum_begin(lowpk_checksum *c);
uint64_t lowpi_checksum_end(const lowpk_checksum *c, size_t bytes);

/* The checksum of the header. */
uint64_t lowpi_blob_checksum(const lowpi_blob *blob, const uint8_t *packed);

/* A sealed blob as kernels see it. */
lowpk_rhs lowpi_blob_rhs(const lowp_gemm_plan *plan, const uint8_t *packed);

/*
 * scales.c: block scales of `rows` rows from row0 on, for the step at `out` or from that at `in`, and perhaps of some behind it; returns
 * of how many. scale_cols: lowp_planes.scale_cols of w.
 */
size_t lowpi_pack_scales(const lowp_gemm_plan *plan, const lowp_qtensor *w, size_t scale_cols, size_t row0, size_t rows,
                         size_t step, uint8_t *out);
size_t lowpi_unpack_scales(const lowp_gemm_plan *plan, lowp_qtensor *w, size_t scale_cols, size_t row0, size_t rows,
                           size_t step, const uint8_t *in);

/*
 * irregular.c: is lowpk_rhs.irregular called for by the step of a panel that holds k0, of 8-bit codes by the largest code & 0x7f of
 * them, by the zero points of its rows?
 */
bool lowpi_step_irregular(const lowpk_rhs *w, size_t panel, size_t k0);
bool lowpi_most_irregular(lowp_element element, uint8_t most);
bool lowpi_zeros_irregular(const lowpk_rhs *w, size_t panel);

/*
 * lhs.c: rows of x, prepared for an engine. `data` to `sum` lie in the workspace, for m rows; those that the plan has no use for
 * are NULL.
 */
typedef struct lowpi_lhs {
  const lowp_gemm_args *args;
  size_t row0, m;
  void *data;
  float *scales, *outer;
  int32_t *zero, *sum;
} lowpi_lhs;

/* What one thread needs to prepare rows. */
size_t lowpi_lhs_row_bytes(const lowp_gemm_plan *plan);

/* Places the parts of m rows at `base` (64-byte aligned, or NULL to learn the size); returns the bytes, a multiple of 64. */
size_t lowpi_lhs_place(lowpi_lhs *lhs, const lowp_gemm_plan *plan, size_t m, char *base);

/* May two multiplications use the same prepared rows? */
bool lowpi_lhs_same(const lowp_gemm_args *a, const lowp_gemm_args *b);

/* Prepares row r of the piece. LOWP_E_NONFINITE: *column receives the place. */
lowp_status lowpi_lhs_prepare(const lowpi_lhs *lhs, size_t r, void *row_bytes, size_t *column);

/* args.c: what is multiplied with what. */
lowp_status lowpi_args_check(const lowp_gemm_args *args, size_t index, lowp_error *error);
static inline size_t lowpi_args_m(const lowp_gemm_args *args) { return args->xq ? args->xq->rows : args->x.rows; }

/* list.c: rows m0..m1-1 of one multiplication, or all of `count` (m0 = 0, m1 = SIZE_MAX). */
lowp_status lowpi_gemm_run(size_t count, const lowp_gemm_args *args, size_t m0, size_t m1, const lowp_threads *threads,
                           void *workspace, size_t bytes, lowp_error *error);

/* threads.c. How many tasks run at a time, at least 1; runs tasks 0..tasks-1 and returns when all have ended. */
size_t lowpi_threads_count(const lowp_threads *threads);
void lowpi_threads_run(const lowp_threads *threads, size_t tasks, lowp_task *task, void *context);

/* Sums of sizes that are checked once, at the end: false once one has overflowed. */
static inline bool lowpi_add_aligned(size_t *total, size_t count, size_t size) {
  size_t bytes;
  return lowpi_mul(count, size, &bytes) && lowpi_add(bytes, 63, &bytes) &&
         lowpi_add(*total, bytes & ~(size_t)63, total);
}

#endif
