/* SPDX-License-Identifier: Apache-2.0 */
/* measured_operand.c: a matrix under one way of quantizing it, a row at a time. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/measured_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lowpi_spec lowpi_spec_of(lowp_scheme scheme, bool each_row) {
  lowpi_spec spec = {.scheme = scheme, .each_row = each_row && lowpi_spans_rows(scheme), .round = LOWP_F32};
  if (scheme != LOWP_SCHEME_NONE) lowp_quant_opts_init(&spec.opts, scheme);
  return spec;
}

const char *lowpi_format_name(lowp_scheme scheme) {
  return scheme == LOWP_SCHEME_NONE ? "f32" : lowp_scheme_info_of(scheme)->name;
}

const char *lowpi_spec_text(const lowpi_spec *spec, char text[96]) {
  static const char *const rules[] = {"default", "floor", "ceil", "rceil", "even", "amax", "mse", "four-over-six"};
  char list[80] = "";
  size_t used = 0;
  lowp_quant_opts usual;
  *text = 0;
  if (spec->scheme != LOWP_SCHEME_NONE) {
    lowp_quant_opts_init(&usual, spec->scheme);
    const lowp_quant_opts *o = &spec->opts;
    if (o->compat != usual.compat)
      used += (size_t)snprintf(list + used, sizeof list - used, ", as %s", lowp_compat_name(o->compat));
    else if (o->scale_rule != usual.scale_rule)
      used += (size_t)snprintf(list + used, sizeof list - used, ", scale rule %s", rules[o->scale_rule]);
    if (o->tensor_scale_from == LOWP_TENSOR_SCALE_GIVEN)
      used += (size_t)snprintf(list + used, sizeof list - used, ", tensor scale %g", (double)o->tensor_scale);
  }
  if (spec->each_row) used += (size_t)snprintf(list + used, sizeof list - used, ", a tensor scale for each row");
  if (spec->round != LOWP_F32 && used < sizeof list)
    snprintf(list + used, sizeof list - used, ", decoded to %s", spec->round == LOWP_BF16 ? "bf16" : "fp16");
  if (*list) snprintf(text, 96, " (%.80s)", list + 2);
  return text;
}

bool lowpi_spans_rows(lowp_scheme scheme) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  return info && info->family != LOWP_FAMILY_CAST && (info->tensor_scale || info->block_rows != 1);
}

/* Of every four values the two smallest become 0; of equals the later ones, or the earlier. */
static void prune(float *x, size_t k, bool drop_first) {
  for (size_t i = 0; i < k; i += 4) {
    const size_t n = k - i < 4 ? k - i : 4;
    bool drop[4] = {false};
    for (size_t a = 0; a < n; a++) {
      size_t before = 0; /* values that are kept rather than this one */
      for (size_t b = 0; b < n; b++) {
        const float va = fabsf(x[i + a]), vb = fabsf(x[i + b]);
        before += vb > va || (vb == va && (drop_first ? b > a : b < a));
      }
      drop[a] = before >= 2;
    }
    for (size_t a = 0; a < n; a++)
      if (drop[a]) x[i + a] = 0;
  }
}

lowp_status lowpi_operand_open(lowpi_operand *o, const lowp_view *view, const lowpi_spec *spec, lowp_error *error) {
  const size_t rows = view->rows, k = view->cols;
  *o = (lowpi_operand){.view = view, .spec = *spec, .source = *view};
  if (!(o->row = malloc((k + 1) * sizeof *o->row))) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for a row");
  if (spec->scheme == LOWP_SCHEME_NONE) return LOWP_OK;
  const bool whole = lowpi_spans_rows(spec->scheme) && !spec->each_row;
  lowp_status status = lowp_qtensor_create(&o->q, spec->scheme, whole ? rows : 1, k);
  if (status != LOWP_OK) return lowpi_fail(error, status, "no memory for a quantized matrix");
  if (!whole) return LOWP_OK;
  if (spec->prune == LOWPI_PRUNE_BEFORE) {
    size_t bytes;
    if (!lowpi_mul(rows, k, &bytes) || !lowpi_mul(bytes, sizeof *o->copy, &bytes) || !(o->copy = malloc(bytes + 1)))
      return lowpi_fail(error, LOWP_E_NOMEM, "no memory for a pruned matrix");
    for (size_t r = 0; r < rows; r++) {
      lowp_view_load_row(view, r, o->copy + r * k);
      prune(o->copy + r * k, k, false);
    }
    o->source = lowp_view_of(LOWP_F32, rows, k, o->copy);
  }
  return lowp_quantize_begin(&spec->opts, &o->source, o->q, error);
}

lowp_status lowpi_operand_row(lowpi_operand *o, size_t r, float *values, lowp_error *error) {
  const size_t k = o->view->cols;
  const lowpi_spec *spec = &o->spec;
  const lowp_view to = lowp_view_of(LOWP_F32, 1, k, values);
  if (spec->scheme == LOWP_SCHEME_NONE || o->q->rows == 1) {
    lowp_view_load_row(&o->source, r, o->row);
    if (spec->prune == LOWPI_PRUNE_BEFORE) prune(o->row, k, false);
  }
  lowp_status status = LOWP_OK;
  if (spec->scheme == LOWP_SCHEME_NONE) {
    memcpy(values, o->row, k * sizeof *values);
  } else if (lowpi_spans_rows(spec->scheme) && !spec->each_row) {
    status = lowp_quantize_rows(&spec->opts, &o->source, o->q, r, r + 1, error);
    if (status == LOWP_OK) status = lowp_dequantize_rows(o->q, r, r + 1, &to, error);
  } else {
    const lowp_view one = lowp_view_of(LOWP_F32, 1, k, o->row);
    status = lowp_quantize(&spec->opts, &one, o->q, error);
    if (status == LOWP_OK) status = lowp_dequantize(o->q, &to, error);
  }
  if (status != LOWP_OK) return status;
  if (spec->round != LOWP_F32)
    for (size_t i = 0; i < k; i++) values[i] = lowp_decode(spec->round, lowp_encode(spec->round, values[i]));
  if (spec->prune >= LOWPI_PRUNE_LAST) prune(values, k, spec->prune == LOWPI_PRUNE_FIRST);
  return LOWP_OK;
}

void lowpi_operand_close(lowpi_operand *o) {
  lowp_qtensor_destroy(o->q);
  free(o->row);
  free(o->copy);
  *o = (lowpi_operand){.view = NULL};
}
