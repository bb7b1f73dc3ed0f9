/* SPDX-License-Identifier: Apache-2.0 */
/* quant_internal.h: what the files of lib/quant share. */
#ifndef LOWPI_QUANT_INTERNAL_H
#define LOWPI_QUANT_INTERNAL_H

#include "internal.h"
#include "kernels/kernel.h"
#include "tensor/view_internal.h"

/* Lines of compat.def for this pair; NULL if there is none. LOWP_COMPAT_LOWP has no lines: it is the defaults. */
typedef struct lowpi_compat_row {
  lowp_compat compat;
  lowp_scheme scheme;
  uint8_t round, scale_rule, int_range, tensor_scale_from;
  float nvfp4_scale_max, nvfp4_target, hif8_target;
  int run; /* 1: RUN, 0: READ */
  const char *text;
} lowpi_compat_row;
const lowpi_compat_row *lowpi_compat_row_of(lowp_compat compat, lowp_scheme scheme);
const lowpi_compat_row *lowpi_compat_rows(size_t *count);

/*
 * *out = *opts, or the defaults if that is NULL, checked, with LOWP_SCALE_DEFAULT replaced by the rule it stands for.
 */
lowp_status lowpi_quant_opts_resolve(const lowp_quant_opts *opts, lowp_scheme scheme, lowp_quant_opts *out,
                                     lowp_error *error);

/*
 * The NVFP4 tensor scale of a tensor whose largest finite magnitude is amax, in the arithmetic of opts->compat: the
 * decode multiplier and the encode multiplier. Called for LOWP_TENSOR_SCALE_MEASURE and _AMAX; _GIVEN is settled by the
 * caller.
 */
void lowpi_nvfp4_tensor_scale(const lowp_quant_opts *opts, float amax, float *dec, float *enc);

/*
 * Columns c..c + n - 1 of row `row` of x as f32, zeros where x has no such column, NaN policy ERROR and ZERO applied:
 * where they lie if that is possible, else in `scratch`, which has room for n. NULL with LOWP_E_NONFINITE in *status,
 * which names the element.
 */
const float *lowpi_load_part(const lowp_view *x, size_t row, size_t c, size_t n, lowp_nan_policy policy, float *scratch,
                             lowp_status *status, lowp_error *error);

/*
 * Rows are converted in parts that stay in the first-level cache wherever a kernel can work on a part of a row. A
 * multiple of all blocks and of eight codes.
 */
enum { LOWPI_PART = 4096 };

/*
 * The HiF8 value that amax maps to. HiF8 has its full three mantissa bits for 2^-3 <= |v| < 16, and 16 itself is a
 * code: so amax on 16 gives them to the upper seven octaves of a row, amax / 16 is exact, and amax comes back exactly.
 * Rows of 4096: QSNR 31.54 dB Gaussian, 31.60 Laplace, 31.73 Student-t(4); amax on 8: 31.54, 31.59, 31.71; on 64:
 * 26.06, 26.95, 28.49 (two bits for the large values); on 32768: 19.7 (one bit). No value between 1 and 64 is better on
 * all three.
 */
#define LOWPI_HIF8_TARGET 16.0f

/* What the kernels need to know for the qtensor *q; `opts` is resolved and must outlive the job. */
lowpk_job lowpi_job_of(const lowp_quant_opts *opts, const lowp_qtensor *q);

/* How much of a row a kernel gets at a time: all of it where a scale depends on it or random words count columns. */
size_t lowpi_quantize_part(const lowpk_job *job);

/* LOWP_OK if the planes of *q are those of its scheme and sizes. */
lowp_status lowpi_qtensor_check(const lowp_qtensor *q, lowp_error *error);

/* The planes at a row: its codes, the scales and the zero point of the block row that it lies in (NULL without one). */
static inline uint8_t *lowpi_codes_at(const lowp_qtensor *q, size_t row) { return q->codes + row * q->codes_stride; }
static inline size_t lowpi_block_row(const lowp_scheme_info *info, size_t row) {
  return info->block_rows ? row / info->block_rows : 0;
}
static inline uint8_t *lowpi_scales_at(const lowp_qtensor *q, const lowp_scheme_info *info, size_t row) {
  return q->scales ? q->scales + lowpi_block_row(info, row) * q->scales_stride : NULL;
}
static inline void *lowpi_zero_at(const lowp_qtensor *q, const lowp_scheme_info *info, size_t row) {
  return q->zeros ? (char *)q->zeros + 4 * lowpi_block_row(info, row) : NULL;
}

/* The block scales from column c of a row on, c being a multiple of the block. */
static inline uint8_t *lowpi_scales_from(const lowp_qtensor *q, const lowp_scheme_info *info, size_t row, size_t c) {
  uint8_t *scales = lowpi_scales_at(q, info, row);
  return scales && info->block_cols ? scales + c / info->block_cols * info->scale_bytes : scales;
}
/* The codes from column c of a row on, c being a multiple of 8. */
static inline uint8_t *lowpi_codes_from(const lowp_qtensor *q, const lowp_scheme_info *info, size_t row, size_t c) {
  return lowpi_codes_at(q, row) + c / 8 * lowp_element_row_of(info->element).bits;
}

/* The kernel that quantizes, or dequantizes, a row of this family. */
lowpk_quantize_fn *lowpi_quantize_kernel(const lowpk_ops *ops, lowp_family family);
lowpk_dequantize_fn *lowpi_dequantize_kernel(const lowpk_ops *ops, lowp_family family);

/* The tensor scale of *q from resolved options and, where they say so, from x. */
lowp_status lowpi_choose_tensor_scale(const lowp_quant_opts *opts, const lowp_view *x, lowp_qtensor *q,
                                      lowp_error *error);

/* Does this scheme choose scales before rows are quantized (a block of scales spans rows)? */
static inline bool lowpi_scales_first(const lowp_scheme_info *scheme) {
  return scheme->family == LOWP_FAMILY_SCALED && scheme->block_rows != 1;
}

/* Chooses the scales and zero points of such a scheme for the block rows that rows row0..row1-1 begin, into q. */
lowp_status lowpi_choose_scales(const lowpk_job *job, const lowp_view *x, lowp_qtensor *q, size_t row0, size_t row1,
                                lowp_error *error);
/* The same for a matrix of one row x, without its memory, where the scale is that of the tensor; the NaN policy is applied. */
void lowpi_choose_row_scale(const lowpk_job *job, const float *x, uint8_t *scale, void *zero);

#endif
