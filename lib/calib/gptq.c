/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gptq.c: error feedback. With A = H + d I and A = R R^T, R upper triangular, A^-1 = R^-T R^-1, so that U = R^-1 is the
 * upper factor that GPTQ takes from an inverse and a second factorization. R is the lower Cholesky factor of A read
 * backwards: for J the reversal of order, J A J = L L^T gives R = J L J and U = J L^-1 J.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "calib/calib_internal.h"
#include <stdlib.h>
#include <string.h>

void lowp_gptq_opts_init(lowp_gptq_opts *opts) {
  *opts = (lowp_gptq_opts){.struct_size = sizeof *opts, .damping = 0.01, .tokens_per_column = 4};
}

static lowp_status check_opts(const lowp_hessian *h, const lowp_gptq_opts *o, lowp_error *error) {
  if (o->struct_size != sizeof *o) return lowpi_fail(error, LOWP_E_ARGUMENT, "the options are not initialised");
  if (!(o->damping >= 0 && o->damping <= 1))
    return lowpi_fail(error, LOWP_E_RANGE, "damping %g: not in 0..1", o->damping);
  if (!(o->tokens_per_column >= 0)) return lowpi_fail(error, LOWP_E_RANGE, "tokens_per_column is negative or NaN");
  double need = o->tokens_per_column * (double)h->k;
  if ((double)h->tokens < need)
    return lowpi_fail(error, LOWP_E_CONSTRAINT, "%llu calibration tokens for %zu columns: it takes at least %.0f",
                      (unsigned long long)h->tokens, h->k, need);
  return LOWP_OK;
}

lowp_status lowp_gptq_create(lowp_gptq **out, const lowp_hessian *h, const lowp_gptq_opts *opts, lowp_error *error) {
  lowp_gptq_opts o;
  lowp_gptq_opts_init(&o);
  if (opts) o = *opts;
  if (!out || !h) return lowpi_fail(error, LOWP_E_ARGUMENT, "no Hessian, or nowhere to put its factor");
  lowp_status status = check_opts(h, &o, error);
  if (status != LOWP_OK) return status;
  const size_t k = h->k;
  double mean = 0;
  for (size_t i = 0; i < k; i++) mean += h->h[i * k + i] / (double)k;
  void *work = NULL, *head = NULL;
  status = lowpi_square_alloc(0, k, &work);
  if (status == LOWP_OK) status = lowpi_square_alloc(sizeof(lowp_gptq), k, &head);
  if (status != LOWP_OK) {
    free(work);
    return lowpi_fail(error, status, "no memory for the factor of a Hessian of %zu columns", k);
  }
  /* Element (i, j), i >= j, of J A J in column order is H[k-1-i, k-1-j], which is below the diagonal as H[k-1-j, k-1-i]. */
  double *a = work;
  for (size_t j = 0; j < k; j++)
    for (size_t i = j; i < k; i++) a[j * k + i] = h->h[(k - 1 - j) * k + (k - 1 - i)] + (i == j ? o.damping * mean : 0);
  status = lowpi_inverse_cholesky(a, k, error);
  lowp_gptq *g = head;
  g->k = k;
  for (size_t i = 0; i < k && status == LOWP_OK; i++)
    for (size_t j = i; j < k; j++) g->u[i * k + j] = a[(k - 1 - j) * k + (k - 1 - i)];
  free(work);
  if (status == LOWP_OK)
    *out = g;
  else
    free(g);
  return status;
}

void lowp_gptq_destroy(lowp_gptq *g) { free(g); }
double lowp_gptq_factor_at(const lowp_gptq *g, size_t i, size_t j) { return g->u[i * g->k + j]; }

/* --- columns ------------------------------------------------------------------------------------------------------ */

/* Rows per piece of work where a block has one row; columns whose feedback to later ones is collected. */
enum { ROWS = 32, LAZY = 128 };

/* Some rows under way. */
typedef struct piece {
  const lowp_gptq *g;
  const lowp_quant_opts *opts;
  const lowp_scheme_info *info;
  lowp_qtensor *q;
  size_t row0, rows;
  double *w;   /* [rows, k]: not yet rounded, feedback included */
  double *err; /* [rows, LAZY]: errors over U[j, j] of the columns at hand */
  float *x, *y;
} piece;

/* The scales of the block that begins at column c, from the weights as they are. The codes come later. */
static lowp_status choose_scales(const piece *p, size_t c, lowp_error *error) {
  const lowp_scheme_info *info = p->info;
  const size_t k = p->g->k, n = k - c < info->block_cols ? k - c : info->block_cols;
  lowp_view view = lowp_view_of(LOWP_F64, p->rows, n, p->w + c);
  view.stride = (ptrdiff_t)(k * sizeof(double));
  lowp_qtensor part = *p->q;
  const size_t block_row = info->block_rows ? p->row0 / info->block_rows : 0;
  part.rows = p->rows;
  part.cols = n;
  part.codes += p->row0 * part.codes_stride + c / 8 * lowp_element_row_of(info->element).bits;
  part.scales += block_row * part.scales_stride + c / info->block_cols * info->scale_bytes;
  if (info->block_rows > 1) return lowp_quantize(p->opts, &view, &part, error);
  return lowp_quantize_rows(p->opts, &view, &part, 0, p->rows, error);
}

/* Columns c0..c1-1, and their feedback to each other. */
static lowp_status round_columns(const piece *p, size_t c0, size_t c1, lowp_error *error) {
  const size_t k = p->g->k;
  lowp_status status = LOWP_OK;
  for (size_t c = c0; c < c1 && status == LOWP_OK; c++) {
    const double *u = p->g->u + c * k;
    if (p->info->block_cols && c % p->info->block_cols == 0) status = choose_scales(p, c, error);
    for (size_t r = 0; r < p->rows; r++) p->x[r] = (float)p->w[r * k + c];
    if (status == LOWP_OK)
      status = lowp_quantize_column(p->opts, p->q, p->row0, p->row0 + p->rows, c, p->x, p->y, error);
    for (size_t r = 0; r < p->rows && status == LOWP_OK; r++) {
      const double e = (p->w[r * k + c] - (double)p->y[r]) / u[c];
      p->err[r * LAZY + (c - c0)] = e;
      lowpi_subtract(c1 - c - 1, e, u + c + 1, p->w + r * k + c + 1);
    }
  }
  return status;
}

/* Feedback of columns c0..c1-1 to all from c1 on. */
static void feed_back(const piece *p, size_t c0, size_t c1) {
  const size_t k = p->g->k;
  for (size_t c = c0; c < c1; c++)
    for (size_t r = 0; r < p->rows; r++)
      lowpi_subtract(k - c1, p->err[r * LAZY + (c - c0)], p->g->u + c * k + c1, p->w + r * k + c1);
}

static lowp_status load(const piece *p, const lowp_view *w, float *row, lowp_error *error) {
  const size_t k = p->g->k;
  for (size_t r = 0; r < p->rows; r++) {
    const bool zero = p->opts->nan_policy == LOWP_NONFINITE_ZERO;
    lowp_status status = lowpi_load_finite(w, p->row0 + r, row, zero ? NULL : error);
    if (status != LOWP_OK && !zero) return status;
    for (size_t c = 0; c < k; c++) {
      const bool finite = (lowp_f32_bits(row[c]) & 0x7fffffffu) < 0x7f800000u;
      p->w[r * k + c] = finite ? (double)row[c] : 0;
    }
  }
  return LOWP_OK;
}

static lowp_status quantize_piece(const piece *p, const lowp_view *w, float *row, lowp_error *error) {
  const size_t k = p->g->k;
  lowp_status status = load(p, w, row, error);
  /* A scale for a whole row is that of the weights as they were. */
  if (status == LOWP_OK && !p->info->block_cols && p->info->block_rows == 1)
    status = lowp_quantize_rows(p->opts, w, p->q, p->row0, p->row0 + p->rows, error);
  for (size_t c = 0; c < k && status == LOWP_OK; c += LAZY) {
    const size_t end = k - c < LAZY ? k : c + LAZY;
    status = round_columns(p, c, end, error);
    if (status == LOWP_OK) feed_back(p, c, end);
  }
  return status;
}

static lowp_status check(const lowp_gptq *g, const lowp_view *w, const lowp_qtensor *q, size_t row0, size_t row1,
                         lowp_error *error) {
  const lowp_scheme_info *info = q ? lowp_scheme_info_of(q->scheme) : NULL;
  lowp_status status = lowp_view_check(w);
  if (!g || !info) return lowpi_fail(error, LOWP_E_ARGUMENT, "no factor, or no quantized tensor");
  if (status != LOWP_OK) return lowpi_fail(error, status, "the weights are not a readable matrix");
  if (w->cols != g->k)
    return lowpi_fail(error, LOWP_E_SHAPE, "weights of %zu columns, activations of %zu", w->cols, g->k);
  if (w->rows != q->rows || w->cols != q->cols)
    return lowpi_fail(error, LOWP_E_SHAPE, "weights of %zu x %zu, a quantized tensor of %zu x %zu", w->rows, w->cols,
                      q->rows, q->cols);
  status = lowpi_rows_check(row0, row1, w->rows, error);
  if (status == LOWP_OK && info->block_rows > 1 &&
      (row0 % info->block_rows || (row1 % info->block_rows && row1 != w->rows)))
    return lowpi_fail(error, LOWP_E_SHAPE, "rows %zu..%zu: no whole blocks of %u rows", row0, row1, info->block_rows);
  return status;
}

lowp_status lowp_gptq_rows(const lowp_gptq *g, const lowp_quant_opts *opts, const lowp_view *w, lowp_qtensor *q,
                           size_t row0, size_t row1, lowp_error *error) {
  lowp_status status = check(g, w, q, row0, row1, error);
  if (status != LOWP_OK || row0 == row1) return status;
  const lowp_scheme_info *info = lowp_scheme_info_of(q->scheme);
  lowp_quant_opts defaults;
  lowp_quant_opts_init(&defaults, q->scheme);
  const size_t height = info->block_rows > 1 ? info->block_rows : ROWS, k = g->k;
  size_t doubles, bytes;
  if (!lowpi_mul(height, k + LAZY + 1, &doubles) || !lowpi_mul(doubles, sizeof(double), &bytes) ||
      !lowpi_add(bytes, k * sizeof(float), &bytes))
    return lowpi_fail(error, LOWP_E_SHAPE, "%zu columns", k);
  double *block = malloc(bytes);
  if (!block) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for %zu rows of %zu columns", height, k);
  piece p = {.g = g, .opts = opts ? opts : &defaults, .info = info, .q = q, .w = block, .err = block + height * k};
  p.x = (float *)(p.err + height * LAZY);
  p.y = p.x + height;
  float *row = p.y + height;
  for (size_t r = row0; r < row1 && status == LOWP_OK; r += height) {
    p.row0 = r;
    p.rows = row1 - r < height ? row1 - r : height;
    status = quantize_piece(&p, w, row, error);
  }
  free(block);
  return status;
}

lowp_status lowp_gptq_quantize(const lowp_gptq *g, const lowp_quant_opts *opts, const lowp_view *w, lowp_qtensor *q,
                               lowp_error *error) {
  lowp_status status = check(g, w, q, 0, 0, error);
  if (status == LOWP_OK) status = lowp_quantize_begin(opts, w, q, error);
  return status == LOWP_OK ? lowp_gptq_rows(g, opts, w, q, 0, w->rows, error) : status;
}
