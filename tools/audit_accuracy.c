/* SPDX-License-Identifier: Apache-2.0 */
/* audit_accuracy.c: errors of formats on two laws and on the user's tensors. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/audit_accuracy.h"

#include <lowp/gemm_error.h>
#include <lowp/measure.h>
#include <lowp/theory.h>
#include <math.h>
#include <stdlib.h>

#include "tools/common.h"
#include "tools/quant_rules.h"
#include "tools/source.h"

const char *const audit_law_names[AUDIT_LAW_COUNT] = {"Gaussian", "Laplace", "tensors"};

lowp_scheme audit_scheme(lowp_number_format format) {
  static const lowp_scheme schemes[LOWP_NUMBER_FORMAT_COUNT] = {
#define LOWP_NUMBER_FORMAT(ID, name, rate, bits, scheme) [LOWP_NUMBER_FORMAT_##ID] = LOWP_SCHEME_##scheme,
#include <lowp/number_format.def>
#undef LOWP_NUMBER_FORMAT
  };
  return (unsigned)format < LOWP_NUMBER_FORMAT_COUNT ? schemes[format] : LOWP_SCHEME_NONE;
}

/* --- sums over matrices ------------------------------------------------------------------------------------------- */

typedef struct sums {
  double xx[LOWP_NUMBER_FORMAT_COUNT], ee[LOWP_NUMBER_FORMAT_COUNT];
  uint64_t nonfinite; /* weights that are NaN or infinite, as one of the formats counts them */
} sums;

static lowp_status add_format(const lowp_view *x, lowp_number_format f, sums *s, lowp_error *error) {
  lowp_measure_desc desc;
  lowp_measurement *m = tool_alloc(1, sizeof *m);
  lowp_measure_desc_init(&desc, x);
  desc.scheme = audit_scheme(f);
  lowp_status status = lowp_measure(&desc, m, error);
  if (status == LOWP_OK) {
    s->xx[f] += m->error.sum_xx;
    s->ee[f] += m->error.sum_ee;
    if (f == LOWP_NUMBER_FORMAT_BF16) s->nonfinite += m->error.x_nan + m->error.x_inf;
  }
  free(m);
  return status;
}

/* Formats one by one, each by a thread: no digit depends on how many there are. */
static lowp_status add_matrix(const lowp_view *x, sums *s, lowp_error *error) {
  lowp_status status = LOWP_OK;
  TOOL_OMP(omp parallel for schedule(dynamic))
  for (int f = 1; f < LOWP_NUMBER_FORMAT_COUNT; f++) {
    if (audit_scheme((lowp_number_format)f) == LOWP_SCHEME_NONE) continue;
    lowp_error reason = {0};
    lowp_status one = add_format(x, (lowp_number_format)f, s, &reason);
    TOOL_OMP(omp critical(audit_accuracy))
    if (one != LOWP_OK) {
      status = one;
      *error = reason;
    }
  }
  return status;
}

static void keep(const sums *s, audit_law law, audit_accuracy *a) {
  for (int f = 1; f < LOWP_NUMBER_FORMAT_COUNT; f++)
    if (s->xx[f] > 0) a->nmse[f][law] = s->ee[f] / s->xx[f];
}

static int measure_law(lowp_distribution distribution, audit_law law, audit_accuracy *a) {
  enum { ROWS = 256, COLS = 4096 };
  float *x = tool_alloc((size_t)ROWS * COLS, sizeof *x);
  sums *s = tool_alloc(1, sizeof *s);
  lowp_error error = {0};
  *s = (sums){.nonfinite = 0};
  lowp_status status = lowp_random_fill(distribution, 1, 0, (size_t)ROWS * COLS, x);
  if (status == LOWP_OK) {
    lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
    status = add_matrix(&view, s, &error);
  }
  if (status == LOWP_OK) keep(s, law, a);
  free(s);
  free(x);
  return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
}

/* --- the user's tensors ------------------------------------------------------------------------------------------- */

/* The tensor as a matrix of floats, decoded if it is quantized; *owned is to be freed. */
static lowp_status matrix_of(tool_source *source, size_t i, lowp_view *view, float **owned, lowp_error *error) {
  const lowp_model_tensor *t = lowp_model_get(source->model, i);
  const lowp_file_tensor *plain = lowp_file_get(source->file, t->parts[0].file_index);
  *owned = NULL;
  if (t->scheme == LOWP_SCHEME_NONE && lowp_element_info_of(plain->element) != NULL) {
    *view = lowp_view_of(plain->element, t->rows, t->cols, plain->data);
    return LOWP_OK;
  }
  *owned = tool_alloc(t->rows * t->cols, sizeof **owned);
  *view = lowp_view_of(LOWP_F32, t->rows, t->cols, *owned);
  return lowp_model_load_rows(source->model, i, 0, t->rows, *owned, error);
}

static bool is_weights(const tool_source *source, quant_rules *rules, const lowp_model_tensor *t, int *code) {
  char *never = quant_never(t), *no_matrix = quant_no_matrix(lowp_file_container(source->file), t);
  const bool wanted = never == NULL && no_matrix == NULL && t->rows > 0 && t->cols > 0;
  free(never);
  free(no_matrix);
  return wanted && quant_rules_ignored(rules, t->name, code) == NULL;
}

static int measure_source(tool_source *source, quant_rules *rules, sums *s, audit_accuracy *a) {
  int code = TOOL_OK;
  for (size_t i = 0; i < lowp_model_count(source->model) && code == TOOL_OK; i++) {
    const lowp_model_tensor *t = lowp_model_get(source->model, i);
    if (!is_weights(source, rules, t, &code) || code != TOOL_OK) continue;
    lowp_error error = {0};
    lowp_view view;
    float *owned;
    lowp_status status = matrix_of(source, i, &view, &owned, &error);
    if (status == LOWP_OK) status = add_matrix(&view, s, &error);
    free(owned);
    lowp_model_release(source->model, i);
    if (status != LOWP_OK)
      return tool_fail(tool_exit_of(status), "tensor '%s': %s", tool_safe(t->name),
                       error.text[0] != 0 ? error.text : lowp_status_text(status));
    a->tensors++;
    a->weights += (double)t->rows * (double)t->cols;
  }
  return code;
}

static int measure_file(const char *path, audit_accuracy *a) {
  tool_source source;
  quant_rules rules;
  static const tool_list none;
  const tool_raw_options raw = {0};
  int code = tool_source_open(&source, path, &raw, false);
  if (code != TOOL_OK) return code;
  sums *s = tool_alloc(1, sizeof *s);
  *s = (sums){.nonfinite = 0};
  code = quant_rules_create(&rules, &none, &none, &none, true);
  if (code == TOOL_OK) code = measure_source(&source, &rules, s, a);
  quant_rules_free(&rules);
  if (code == TOOL_OK && a->tensors == 0)
    code = tool_fail(TOOL_CONSTRAINT, "%s: no matrix of weights to measure", tool_safe(path));
  if (code == TOOL_OK && !(s->xx[LOWP_NUMBER_FORMAT_BF16] > 0))
    code = tool_fail(TOOL_CONSTRAINT, "%s: all weights are 0, which says nothing about formats", tool_safe(path));
  if (code == TOOL_OK && s->nonfinite > 0)
    tool_warn("%s: %llu weights are NaN or infinite: they are left out, with their blocks", tool_safe(path),
              (unsigned long long)s->nonfinite);
  if (code == TOOL_OK) keep(s, AUDIT_TENSORS, a);
  free(s);
  tool_source_close(&source);
  return code;
}

int audit_accuracy_measure(const char *path, audit_accuracy *a) {
  *a = (audit_accuracy){.tensors = 0};
  for (int f = 0; f < LOWP_NUMBER_FORMAT_COUNT; f++)
    for (int law = 0; law < AUDIT_LAW_COUNT; law++) a->nmse[f][law] = NAN;
  int code = measure_law(LOWP_DISTRIBUTION_NORMAL, AUDIT_NORMAL, a);
  if (code == TOOL_OK) code = measure_law(LOWP_DISTRIBUTION_LAPLACE, AUDIT_LAPLACE, a);
  if (code == TOOL_OK && path != NULL) code = measure_file(path, a);
  return code;
}

double audit_output_nmse(const audit_accuracy *a, audit_law law, lowp_number_format weights,
                         lowp_number_format activations) {
  return lowp_theory_output_nmse(a->nmse[weights][law], a->nmse[activations][AUDIT_NORMAL]);
}

double audit_accumulator_nmse(double bits) {
  enum { LENGTH = 4096, OUTPUTS = 16 };
  lowp_accum accum;
  if (!(bits >= 2 && bits <= 53) || lowp_accum_from_name("hopper-fp8", &accum) != LOWP_OK) return NAN;
  /* A mantissa of n bits has n - 1 behind the leading one. */
  accum.fraction_bits = accum.acc_fraction = (uint32_t)bits - 1;
  accum.extra_bits = 0;
  float *w = tool_alloc((size_t)OUTPUTS * LENGTH, sizeof *w);
  lowp_view view = lowp_view_of(LOWP_F32, OUTPUTS, LENGTH, w);
  lowp_qtensor *q = NULL;
  lowp_distribution_desc x;
  lowp_gemm_error_desc desc;
  lowp_gemm_error_stats stats;
  lowp_distribution_desc_init(&x);
  lowp_gemm_error_init(&desc);
  lowp_gemm_error_stats_init(&stats);
  lowp_status status = lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 2, 0, (size_t)OUTPUTS * LENGTH, w);
  if (status == LOWP_OK) status = lowp_qtensor_create(&q, LOWP_SCHEME_FP8_CHANNEL, OUTPUTS, LENGTH);
  if (status == LOWP_OK) status = lowp_quantize(NULL, &view, q, NULL);
  desc.w = &view;
  desc.wq = q;
  desc.m = OUTPUTS;
  desc.x_from = &x;
  desc.x_seed = 3;
  desc.x_scheme = LOWP_SCHEME_FP8_CHANNEL;
  desc.accum = &accum;
  if (status == LOWP_OK) status = lowp_gemm_error_rows(&desc, 0, OUTPUTS, &stats, NULL);
  lowp_qtensor_destroy(q);
  free(w);
  return status == LOWP_OK ? lowp_gemm_error_of(&stats).e_accum : NAN;
}
