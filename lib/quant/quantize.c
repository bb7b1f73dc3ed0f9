/* SPDX-License-Identifier: Apache-2.0 */
/* quantize.c: from a view to the planes of a qtensor: checks, rows in f32, one kernel call per row. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/quant_internal.h"
#include <stdlib.h>

lowp_status lowpi_qtensor_check(const lowp_qtensor *q, lowp_error *error) {
  lowp_planes p;
  size_t bytes;
  if (!q || q->struct_size != sizeof *q)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "the quantized tensor is not initialised (struct_size)");
  lowp_status status = lowp_scheme_planes(q->scheme, q->rows, q->cols, &p);
  if (status != LOWP_OK)
    return lowpi_fail(error, status, "no planes for scheme %d, %zu x %zu", (int)q->scheme, q->rows, q->cols);
  if (q->codes_stride < p.codes_stride || q->scales_stride < p.scales_stride ||
      !lowpi_mul(q->rows, q->codes_stride, &bytes) || !lowpi_mul(p.scale_rows, q->scales_stride, &bytes))
    return lowpi_fail(error, LOWP_E_SHAPE, "a stride of the quantized tensor does not fit its %zu columns", q->cols);
  if ((p.codes_bytes && !q->codes) || (p.scales_bytes && !q->scales) || (p.zeros_bytes && !q->zeros))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "a plane of the quantized tensor is missing");
  return LOWP_OK;
}

lowpk_job lowpi_job_of(const lowp_quant_opts *opts, const lowp_qtensor *q) {
  lowp_planes p = {0};
  lowp_status checked = lowp_scheme_planes(q->scheme, q->rows, q->cols, &p);
  (void)checked;
  const lowp_scheme_info *info = lowp_scheme_info_of(q->scheme);
  return (lowpk_job){info,
                     opts,
                     q->cols,
                     p.cols_padded,
                     q->tensor_scale,
                     q->tensor_scale_inv,
                     q->tensor_amax,
                     lowpi_scales_first(info),
                     0};
}

static lowp_status check(const lowp_view *x, const lowp_qtensor *q, lowp_error *error) {
  lowp_status status = lowp_view_check(x);
  if (status != LOWP_OK) return lowpi_fail(error, status, "the input is not a readable matrix");
  status = lowpi_qtensor_check(q, error);
  if (status != LOWP_OK) return status;
  if (x->rows != q->rows || x->cols != q->cols)
    return lowpi_fail(error, LOWP_E_SHAPE, "the input is %zu x %zu, the quantized tensor %zu x %zu", x->rows, x->cols,
                      q->rows, q->cols);
  return LOWP_OK;
}

/* The first element of a part that is not finite, or n. */
static size_t find_nonfinite(size_t n, const float *x) {
  const uint32_t inf = 0x7f800000u;
  size_t i = 0;
  while (i < n && (lowp_f32_bits(x[i]) & 0x7fffffffu) < inf) i++;
  return i;
}

const float *lowpi_load_part(const lowp_view *x, size_t row, size_t c, size_t n, lowp_nan_policy policy, float *scratch,
                             lowp_status *status, lowp_error *error) {
  const size_t columns = c >= x->cols ? 0 : x->cols - c < n ? x->cols - c : n;
  const float *floats = columns == n ? lowpi_view_floats(x, row) : NULL;
  if (floats) {
    floats += c;
  } else {
    lowpi_view_load(x, row, c, columns, scratch);
    memset(scratch + columns, 0, (n - columns) * sizeof *scratch);
    floats = scratch;
  }
  if (policy == LOWP_NONFINITE_PROPAGATE || lowpk_ops_get()->amax(columns, floats) < 0x7f800000u) return floats;
  size_t i = find_nonfinite(columns, floats);
  if (policy == LOWP_NONFINITE_ERROR) {
    *status = lowpi_fail(error, LOWP_E_NONFINITE, "element (%zu, %zu) is %s", row, c + i,
                         floats[i] != floats[i] ? "NaN" : "infinite");
    return NULL;
  }
  if (floats != scratch) memcpy(scratch, floats, n * sizeof *scratch);
  for (; i < columns; i += find_nonfinite(columns - i, scratch + i)) scratch[i] = 0;
  return scratch;
}

lowp_status lowpi_choose_tensor_scale(const lowp_quant_opts *opts, const lowp_view *x, lowp_qtensor *q,
                                      lowp_error *error) {
  float dec = 1, enc = 1, amax = 0;
  if (lowp_scheme_info_of(q->scheme)->tensor_scale) {
    if (opts->tensor_scale_from == LOWP_TENSOR_SCALE_GIVEN) {
      dec = opts->tensor_scale;
      enc = 1.0f / dec;
    } else {
      lowp_status status = LOWP_OK;
      if (opts->tensor_scale_from == LOWP_TENSOR_SCALE_AMAX)
        amax = opts->tensor_amax;
      else
        status = lowp_measure_amax(x, 0, x->rows, &amax, NULL);
      if (status != LOWP_OK) return lowpi_fail(error, status, "amax of the tensor: %s", lowp_status_text(status));
      lowpi_nvfp4_tensor_scale(opts, amax, &dec, &enc);
    }
  }
  q->tensor_scale = dec;
  q->tensor_scale_inv = enc;
  q->tensor_amax = amax;
  return LOWP_OK;
}

lowp_status lowp_quantize_begin(const lowp_quant_opts *opts, const lowp_view *x, lowp_qtensor *q, lowp_error *error) {
  lowp_quant_opts resolved;
  lowp_status status = check(x, q, error);
  if (status == LOWP_OK) status = lowpi_quant_opts_resolve(opts, q->scheme, &resolved, error);
  if (status != LOWP_OK) return status;
  const lowp_scheme_info *info = lowp_scheme_info_of(q->scheme);
  if (lowpi_scales_first(info)) {
    lowpk_job job = lowpi_job_of(&resolved, q);
    status = lowpi_choose_scales(&job, x, q, 0, q->rows, error);
    if (status != LOWP_OK) return status;
  }
  return lowpi_choose_tensor_scale(&resolved, x, q, error);
}

lowpk_quantize_fn *lowpi_quantize_kernel(const lowpk_ops *ops, lowp_family family) {
  switch (family) {
  case LOWP_FAMILY_MX:
    return ops->quantize_mx;
  case LOWP_FAMILY_NVFP4:
    return ops->quantize_nvfp4;
  case LOWP_FAMILY_HIF4:
    return ops->quantize_hif4;
  case LOWP_FAMILY_SCALED:
    return ops->quantize_scaled;
  default:
    return ops->quantize_cast;
  }
}

/* Is a scale of the row to be chosen, or do random words count columns? Then a row is one part. */
static bool goes_whole(const lowpk_job *job) {
  const bool scale_of_row = job->scheme->family == LOWP_FAMILY_SCALED && !job->scheme->block_cols && !job->scales_ready;
  return scale_of_row || job->opts->round == LOWP_ROUND_STOCHASTIC;
}

size_t lowpi_quantize_part(const lowpk_job *job) {
  return goes_whole(job) || job->cols_padded <= LOWPI_PART ? job->cols_padded : LOWPI_PART;
}

/* May a kernel read this part of a row of bf16 or f16 where it lies? */
static bool reads_halves(const lowpk_job *job, const lowp_view *x, size_t r, size_t c) {
  if (!lowpi_view_halves(x) || job->cols != job->cols_padded || goes_whole(job)) return false;
  if (job->opts->nan_policy == LOWP_NONFINITE_PROPAGATE) return true;
  return lowpk_ops_get()->amax16(job->cols, lowpi_view_at(x, r, c)) < (x->element == LOWP_BF16 ? 0x7f80 : 0x7c00);
}

static lowp_status quantize_rows(const lowpk_job *whole, const lowp_view *x, const lowp_qtensor *q, size_t row0,
                                 size_t row1, lowp_error *error) {
  const lowp_scheme_info *info = whole->scheme;
  lowpk_quantize_fn *kernel = lowpi_quantize_kernel(lowpk_ops_get(), info->family);
  lowp_status status = LOWP_OK;
  size_t part = lowpi_quantize_part(whole), bytes;
  if (!lowpi_mul(part, sizeof(float), &bytes)) return lowpi_fail(error, LOWP_E_SHAPE, "%zu columns", q->cols);
  float *scratch = malloc(bytes);
  if (!scratch) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for a row of %zu columns", q->cols);
  for (size_t r = row0; r < row1 && status == LOWP_OK; r++) {
    for (size_t c = 0; c < whole->cols_padded && status == LOWP_OK; c += part) {
      lowpk_job job = *whole;
      job.cols_padded = whole->cols_padded - c < part ? whole->cols_padded - c : part;
      job.cols = whole->cols - c < job.cols_padded ? whole->cols - c : job.cols_padded;
      uint8_t *codes = lowpi_codes_from(q, info, r, c), *scales = lowpi_scales_from(q, info, r, c);
      if (reads_halves(&job, x, r, c)) {
        lowpk_ops_get()->quantize16(&job, x->element, r, lowpi_view_at(x, r, c), codes, scales,
                                    lowpi_zero_at(q, info, r));
        continue;
      }
      const float *in = lowpi_load_part(x, r, c, job.cols_padded, job.opts->nan_policy, scratch, &status, error);
      if (in) kernel(&job, r, in, codes, scales, lowpi_zero_at(q, info, r));
    }
  }
  free(scratch);
  return status;
}

lowp_status lowp_quantize_rows(const lowp_quant_opts *opts, const lowp_view *x, lowp_qtensor *q, size_t row0,
                               size_t row1, lowp_error *error) {
  lowp_quant_opts resolved;
  lowp_status status = check(x, q, error);
  if (status == LOWP_OK) status = lowpi_quant_opts_resolve(opts, q->scheme, &resolved, error);
  if (status != LOWP_OK) return status;
  if (row0 > row1 || row1 > q->rows)
    return lowpi_fail(error, LOWP_E_SHAPE, "rows %zu..%zu of %zu", row0, row1, q->rows);
  if (q->cols == 0 || row0 == row1) return LOWP_OK;
  lowpk_job job = lowpi_job_of(&resolved, q);
  return quantize_rows(&job, x, q, row0, row1, error);
}

/* As _begin and _rows would do it, but a row of blocks is measured and encoded while it is in the cache. */
static lowp_status quantize_block_rows(const lowp_quant_opts *opts, const lowp_view *x, lowp_qtensor *q,
                                       lowp_error *error) {
  lowp_quant_opts resolved;
  lowp_status status = lowpi_quant_opts_resolve(opts, q->scheme, &resolved, error);
  if (status == LOWP_OK) status = lowpi_choose_tensor_scale(&resolved, x, q, error);
  if (status != LOWP_OK || q->cols == 0) return status;
  const lowpk_job job = lowpi_job_of(&resolved, q);
  for (size_t r = 0; r < q->rows && status == LOWP_OK; r += job.scheme->block_rows) {
    size_t end = q->rows - r < job.scheme->block_rows ? q->rows : r + job.scheme->block_rows;
    status = lowpi_choose_scales(&job, x, q, r, end, error);
    if (status == LOWP_OK) status = quantize_rows(&job, x, q, r, end, error);
  }
  return status;
}

lowp_status lowp_quantize(const lowp_quant_opts *opts, const lowp_view *x, lowp_qtensor *q, lowp_error *error) {
  lowp_qtensor before = {0};
  if (q) before = *q;
  lowp_status status = check(x, q, error);
  if (status != LOWP_OK) return status;
  const lowp_scheme_info *info = lowp_scheme_info_of(q->scheme);
  if (lowpi_scales_first(info) && info->block_rows) {
    status = quantize_block_rows(opts, x, q, error);
  } else {
    status = lowp_quantize_begin(opts, x, q, error);
    if (status == LOWP_OK) status = lowp_quantize_rows(opts, x, q, 0, q->rows, error);
  }
  if (status != LOWP_OK && q) *q = before;
  return status;
}
