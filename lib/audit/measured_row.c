/* SPDX-License-Identifier: Apache-2.0 */
/* measured_row.c: the matrices of a row of a log, and all checks of it. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/gemm.h>
#include <lowp/random.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/measured_internal.h"
#include "audit/measured_log.h"

#define MOST_MADE ((size_t)1 << 30)

typedef struct matrix {
  lowp_view view;
  float *made;
  lowp_file *file;
} matrix;

/* A row and its cell, for messages. */
typedef struct cell {
  const lowp_measured_log *log;
  const lowp_measured_row *row;
  const char *column, *text;
  lowp_error *error;
} cell;

static lowp_status bad(const cell *c, lowp_status status, const char *what) {
  char at[40];
  lowpi_measured_place(c->log, c->row, at);
  return lowpi_fail(c->error, status, "%s: %s, column '%s': '%.60s' %s", lowpi_shown(c->log->path), at, c->column,
                    c->text ? c->text : "", what);
}

static void release(matrix *m) {
  free(m->made);
  lowp_file_close(m->file);
  *m = (matrix){.made = NULL};
}

/* "NAME:SEED[:SIGMA]" with a NAME that is a distribution; false if it is something else, a path. */
static bool is_made(const char *text, lowp_distribution *distribution) {
  static const char *const names[] = {"normal", "laplace", "student4", "uniform"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const size_t n = strlen(names[i]);
    if (strncmp(text, names[i], n) != 0 || text[n] != ':') continue;
    *distribution = (lowp_distribution)i;
    return true;
  }
  return false;
}

static lowp_status make(const cell *c, lowp_distribution distribution, size_t rows, size_t cols, matrix *m) {
  const char *p = strchr(c->text, ':') + 1;
  char *end;
  const unsigned long seed = strtoul(p, &end, 10);
  double sigma = 1;
  if (end == p || *p < '0' || *p > '9' || seed > UINT32_MAX)
    return bad(c, LOWP_E_FORMAT, "has no seed from 0 to 2^32-1");
  if (*end == ':') {
    p = end + 1;
    sigma = strtod(p, &end);
    if (end == p || !(sigma > 0) || !isfinite(sigma) || *p < '0' || *p > '9' || p[1] == 'x' || p[1] == 'X')
      return bad(c, LOWP_E_FORMAT, "has a sigma that is no plain number above 0");
  }
  if (*end) return bad(c, LOWP_E_FORMAT, "is not DISTRIBUTION:SEED or DISTRIBUTION:SEED:SIGMA");
  const size_t count = rows * cols; /* checked when the log was read */
  if (count > MOST_MADE) return bad(c, LOWP_E_RANGE, "would be more than 2^30 numbers; give a file");
  if (!(m->made = malloc(count * sizeof *m->made))) return bad(c, LOWP_E_NOMEM, "does not fit into memory");
  const lowp_status status = lowp_random_fill(distribution, (uint32_t)seed, 0, count, m->made);
  if (status != LOWP_OK) return bad(c, status, "could not be made");
  const float factor = (float)sigma;
  for (size_t i = 0; i < count && sigma != 1; i++) m->made[i] *= factor;
  m->view = lowp_view_of(LOWP_F32, rows, cols, m->made);
  return LOWP_OK;
}

static lowp_status open_matrix(const cell *c, size_t rows, size_t cols, matrix *m) {
  lowp_distribution distribution;
  *m = (matrix){.made = NULL};
  if (is_made(c->text, &distribution)) return make(c, distribution, rows, cols, m);
  char name[1024];
  const char *mark = strchr(c->text, '#');
  const size_t length = mark ? (size_t)(mark - c->text) : strlen(c->text);
  const bool beside = c->text[0] != '/' && strcmp(c->log->directory, ".") != 0;
  if (length == 0 || length + strlen(c->log->directory) + 2 > sizeof name)
    return bad(c, LOWP_E_FORMAT, "is no path of a usual length");
  snprintf(name, sizeof name, "%s%s%.*s", beside ? c->log->directory : "", beside ? "/" : "", (int)length, c->text);
  lowp_status status = lowp_file_open(name, NULL, &m->file, c->error);
  if (status != LOWP_OK) return status;
  const size_t at = mark ? lowp_file_find(m->file, mark + 1) : 0;
  const lowp_file_tensor *t = lowp_file_count(m->file) == 1 || mark ? lowp_file_get(m->file, at) : NULL;
  if (!t) return bad(c, LOWP_E_FORMAT, mark ? "has no such tensor" : "has several tensors; say which, as FILE#TENSOR");
  if (t->element != LOWP_F32 && t->element != LOWP_BF16 && t->element != LOWP_FP16 && t->element != LOWP_F64)
    return bad(c, LOWP_E_FORMAT, "is not of f32, fp16, bf16 or f64");
  if (t->rank != 2 || t->shape[0] != rows || t->shape[1] != cols) {
    char what[80];
    snprintf(what, sizeof what, "is not of shape [%zu, %zu]", rows, cols);
    return bad(c, LOWP_E_SHAPE, what);
  }
  m->view = lowp_view_of(t->element, rows, cols, t->data);
  return LOWP_OK;
}

/* The checksum of y as f32. */
static lowp_status hash_of(const lowp_view *y, char text[33]) {
  size_t bytes;
  if (!lowpi_mul(y->rows * y->cols, sizeof(float), &bytes)) return LOWP_E_SHAPE;
  float *values = malloc(bytes);
  if (!values) return LOWP_E_NOMEM;
  for (size_t r = 0; r < y->rows; r++) lowp_view_load_row(y, r, values + r * y->cols);
  lowp_hash_text(lowp_hash_of(values, bytes), text);
  free(values);
  return LOWP_OK;
}

/* lowp's own product in a class, into a matrix that is made here. */
static lowp_status repeat(const lowp_measured_row *row, const lowp_view *x, const lowp_view *w, matrix *y,
                          lowp_error *error) {
  lowp_gemm_desc desc;
  lowp_gemm_plan *plan = NULL;
  lowp_qtensor *q = NULL;
  void *packed = NULL, *workspace = NULL;
  size_t bytes = 0, work = 0;
  const lowp_scheme rhs = row->rhs;
  lowp_gemm_desc_init(&desc, rhs, row->n, row->k);
  desc.lhs = row->lhs;
  desc.compute = strcmp(row->compute, "bf16") == 0  ? LOWP_COMPUTE_BF16
                 : strcmp(row->compute, "f32") == 0 ? LOWP_COMPUTE_F32
                                                    : LOWP_COMPUTE_REPRODUCIBLE;
  lowp_status status = lowp_gemm_plan_create(&plan, &desc, error);
  if (status == LOWP_OK) status = lowp_qtensor_create(&q, rhs, row->n, row->k);
  if (status == LOWP_OK) status = lowp_quantize(NULL, w, q, error);
  if (status == LOWP_OK) status = lowp_gemm_pack_size(plan, &bytes);
  if (status == LOWP_OK && posix_memalign(&packed, 64, bytes)) status = LOWP_E_NOMEM;
  if (status == LOWP_OK) status = lowp_gemm_pack(plan, q, packed, bytes, error);
  if (status == LOWP_OK && !(y->made = malloc(row->m * row->n * sizeof *y->made))) status = LOWP_E_NOMEM;
  if (status == LOWP_OK) {
    lowp_gemm_args args;
    const lowp_threads one = {.struct_size = sizeof one, .count = 1};
    lowp_gemm_args_init(&args, plan, packed, row->m, x->element, x->data, LOWP_F32, y->made);
    y->view = args.y;
    status = lowp_gemm_workspace(1, &args, &one, &work);
    if (status == LOWP_OK && !(workspace = malloc(work + 1))) status = LOWP_E_NOMEM;
    if (status == LOWP_OK) status = lowp_gemm_run(&args, &one, workspace, work, error);
  }
  free(workspace);
  free(packed);
  lowp_qtensor_destroy(q);
  lowp_gemm_plan_destroy(plan);
  return status;
}

/* Compares the checksum with y, which the row gave or which was repeated. */
static lowp_status check_sum(const lowp_measured_row *row, const lowp_view *y, bool repeated,
                             lowp_measured_report *report) {
  char text[33];
  const lowp_status status = hash_of(y, text);
  if (status != LOWP_OK) return status;
  const char *given = row->checksum + strlen(LOWPI_CHECKSUM_PREFIX);
  const bool same = strcmp(text, given) == 0, promised = !repeated || strcmp(row->compute, "reproducible") == 0;
  lowpi_report_add(report, LOWP_MEASURED_CHECKSUM,
                   same       ? LOWP_VERDICT_CONSISTENT
                   : promised ? LOWP_VERDICT_INCONSISTENT
                              : LOWP_VERDICT_UNVERIFIABLE,
                   "the checksum is %s%s the output%s, %s%s", same ? "" : "not ", "that of",
                   repeated ? " that the same class of multiplication gives here" : "", text,
                   same || promised ? "" : ": bits of this class differ between CPUs; log the output itself");
  return LOWP_OK;
}

static lowp_status check_matrices(const lowp_measured_row *row, const lowp_view *x, const lowp_view *w,
                                  const lowp_view *y, lowp_measured_report *report, lowp_error *error) {
  lowp_measured_desc desc;
  lowp_accum accum;
  lowp_measured_desc_init(&desc);
  desc.x = x, desc.w = w, desc.y = y;
  desc.lhs = row->lhs, desc.rhs = row->rhs;
  desc.sparse = row->sparse;
  if (row->accumulator) {
    const lowp_status status = lowp_accum_from_name(row->accumulator, &accum);
    if (status != LOWP_OK) return status;
    desc.accum = &accum;
  }
  if (!row->sparse && lowp_measured_is_sparse(w))
    lowpi_report_add(report, LOWP_MEASURED_PRUNED_WEIGHTS, LOWP_VERDICT_MISLABELLED,
                     "the weights themselves are 2:4 sparse, and the row does not say so: its time is one of sparse "
                     "multiplication, or nothing keeps it from being one");
  return lowp_measured_check_output(&desc, report, error);
}

static lowp_status check_output(const lowp_measured_log *log, const lowp_measured_row *row,
                                lowp_measured_report *report, lowp_error *error) {
  matrix x = {.made = NULL}, w = x, y = x;
  bool repeated = false;
  const bool inputs = row->x && row->w;
  if (!inputs || (!row->output && !(row->checksum && row->compute && row->rhs != LOWP_SCHEME_NONE))) {
    lowpi_report_add(report, LOWP_MEASURED_NO_OUTPUT, LOWP_VERDICT_UNVERIFIABLE,
                     "%s: whatever was computed may be something else",
                     !inputs         ? "the row does not say what x and w were"
                     : row->checksum ? "a checksum alone, of a multiplication that cannot be repeated here"
                                     : "there is no output");
    return LOWP_OK;
  }
  const cell cx = {log, row, "x", row->x, error}, cw = {log, row, "w", row->w, error};
  lowp_status status = open_matrix(&cx, row->m, row->k, &x);
  if (status == LOWP_OK) status = open_matrix(&cw, row->n, row->k, &w);
  if (status == LOWP_OK && row->output) {
    const cell cy = {log, row, "output", row->output, error};
    lowp_distribution never;
    status = is_made(row->output, &never) ? bad(&cy, LOWP_E_FORMAT, "is no file: an output is not drawn at random")
                                          : open_matrix(&cy, row->m, row->n, &y);
  } else if (status == LOWP_OK) {
    repeated = true;
    status = repeat(row, &x.view, &w.view, &y, error);
  }
  if (status == LOWP_OK && row->checksum) status = check_sum(row, &y.view, repeated, report);
  const bool same = !repeated || (status == LOWP_OK && report->finding[report->count - 1].verdict == 0);
  if (status == LOWP_OK && same) status = check_matrices(row, &x.view, &w.view, &y.view, report, error);
  release(&x);
  release(&w);
  release(&y);
  return status;
}

lowp_status lowp_measured_check_row(const lowp_measured_log *log, size_t i, const lowp_measured_peaks *peaks,
                                    lowp_measured_report *report, lowp_error *error) {
  const lowp_measured_row *row = lowp_measured_log_get(log, i);
  if (!row || !report || report->struct_size != sizeof *report)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "no such row, or no report");
  lowp_measured_report result = *report;
  lowp_measured_peaks known = peaks ? *peaks : (lowp_measured_peaks){0, 0};
  lowp_error local = {.status = LOWP_OK};
  double *claimed = row->sparse ? &known.sparse : &known.dense;
  if (*claimed == 0) *claimed = row->peak_tflops * 1e12;
  lowp_status status = check_output(log, row, &result, &local);
  if (status == LOWP_OK)
    status = lowp_measured_check_rate(row->m, row->n, row->k, row->seconds, row->sparse, &known, &result);
  if (status != LOWP_OK) {
    char at[40];
    if (local.status != LOWP_OK && strstr(local.text, "column '")) return lowpi_fail(error, status, "%s", local.text);
    lowpi_measured_place(log, row, at);
    return lowpi_fail(error, status, "%s: %s: %s", lowpi_shown(log->path), at,
                      local.status ? local.text : lowp_status_text(status));
  }
  *report = result;
  return LOWP_OK;
}
