/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quant_calib.c: options of lowp-quant that take activations or change weights before they are quantized: --calib, --gptq,
 * --hadamard, --smooth. What they mean for a file is in docs/layouts.md.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/quant.h"

/* --- what was asked for ------------------------------------------------------------------------------------------- */

static int parse_hadamard(quant_job *job, const char *text) {
  char *end;
  unsigned long long size = strtoull(text, &end, 10), seed = 0;
  const bool signs = *end == ':';
  bool good = *text >= '0' && *text <= '9';
  if (good && signs) {
    const char *rest = end + 1;
    good = *rest >= '0' && *rest <= '9';
    seed = strtoull(rest, &end, 10);
  }
  good = good && *end == 0 && size >= 2 && size <= 65536 && (size & (size - 1)) == 0 && seed <= UINT32_MAX;
  if (!good)
    return tool_fail(TOOL_USAGE, "--hadamard: '%s' is not N or N:SEED with N a power of two in 2..65536",
                     tool_safe(text));
  job->rotation = (lowp_rotation){sizeof job->rotation, (uint32_t)size, signs, (uint32_t)seed};
  return TOOL_OK;
}

static int parse_smooth(quant_job *job, const char *text) {
  char *end;
  job->smooth = QUANT_SMOOTH_AWQ;
  if (strcmp(text, "awq") == 0) return TOOL_OK;
  job->smooth = QUANT_SMOOTH_ALPHA;
  job->alpha = strtod(text, &end);
  if (end != text && *end == 0 && job->alpha >= 0 && job->alpha <= 1) return TOOL_OK;
  return tool_fail(TOOL_USAGE, "--smooth: '%s' is neither awq nor a number in 0..1", tool_safe(text));
}

static int check_options(const quant_job *job) {
  const quant_options *o = &job->options;
  if (o->calib == NULL && o->gptq) return tool_fail(TOOL_USAGE, "--gptq needs activations: --calib FILE");
  if (o->calib == NULL && o->smooth != NULL) return tool_fail(TOOL_USAGE, "--smooth needs activations: --calib FILE");
  if (o->calib != NULL && !o->gptq && o->smooth == NULL && !o->target_bpw.given)
    return tool_fail(TOOL_USAGE, "--calib is used by --gptq, --smooth and --target-bpw; none of them is given");
  if (o->guard == QUANT_GUARD_COLUMNS && !o->target_bpw.given)
    return tool_fail(TOOL_USAGE, "--guard columns needs a budget: --target-bpw X");
  if (o->guard_by >= 0 && (o->guard == QUANT_GUARD_COLUMNS || !o->target_bpw.given))
    return tool_fail(TOOL_USAGE, "--guard-by is for --target-bpw X with --guard tensors");
  if (o->guard_by >= 0 && o->calib == NULL && tool_guard_needs_activations((tool_guard_by)o->guard_by))
    return tool_fail(TOOL_USAGE, "--guard-by %s needs activations: --calib FILE", tool_guard_names[o->guard_by]);
  if (o->few_tokens && !o->gptq) return tool_fail(TOOL_USAGE, "--allow-few-tokens is for --gptq");
  if ((o->gptq || quant_changes(job)) && o->nan == LOWP_NONFINITE_PROPAGATE)
    return tool_fail(TOOL_USAGE,
                     "--nan propagate: one NaN would be in all columns after --gptq, --hadamard or --smooth; "
                     "--nan zero reads it as 0");
  if (o->gptq && o->compat != NULL && strcmp(o->compat, "lowp") != 0)
    return tool_fail(TOOL_USAGE,
                     "--compat %s: error feedback is in lowp's own arithmetic; leave out --gptq or --compat",
                     tool_safe(o->compat));
  return TOOL_OK;
}

bool quant_changes(const quant_job *job) {
  return job->rotation.size != 0 || job->smooth != QUANT_SMOOTH_NONE || job->options.guard == QUANT_GUARD_COLUMNS;
}

int quant_calib_parse(quant_job *job) {
  const quant_options *o = &job->options;
  int code = o->hadamard != NULL ? parse_hadamard(job, o->hadamard) : TOOL_OK;
  if (code == TOOL_OK && o->smooth != NULL) code = parse_smooth(job, o->smooth);
  return code == TOOL_OK ? check_options(job) : code;
}

/* --- activations -------------------------------------------------------------------------------------------------- */

/* Those of a tensor: under its name, or its module's; a lone array is for a lone tensor. */
static size_t find(const quant_job *job, const quant_item *item, size_t quantized) {
  const char *name = item->tensor->name;
  size_t i = lowp_model_find(job->calib.model, name);
  if (i != SIZE_MAX) return i;
  char *module = tool_format("%.*s", (int)quant_module_length(name), name);
  i = lowp_model_find(job->calib.model, module);
  free(module);
  const bool lone =
      lowp_model_count(job->calib.model) == 1 && lowp_file_container(job->calib.file) == LOWP_CONTAINER_NPY;
  return i == SIZE_MAX && lone && quantized == 1 ? 0 : i;
}

size_t quant_held_out(size_t tokens) { return tokens >= 10 ? tokens / 5 : tokens >= 2 ? 1 : 0; }

static int check_activations(const quant_job *job, const quant_item *item) {
  const char *name = tool_safe(item->tensor->name), *file = tool_safe(job->options.calib);
  if (item->activations == SIZE_MAX)
    return tool_fail(TOOL_CONSTRAINT,
                     "%s: no activations for tensor '%s', by its name or '%.*s'; add them, or keep the tensor with "
                     "--tensor '%s=keep'",
                     file, name, (int)quant_module_length(name), name, name);
  const lowp_model_tensor *a = lowp_model_get(job->calib.model, item->activations);
  const char *array = tool_safe(a->name);
  if (a->scheme == LOWP_SCHEME_NONE && lowp_dtype_element(a->dtype) == LOWP_ELEMENT_NONE)
    return tool_fail(TOOL_INPUT, "%s: '%s': %s is no floating-point type", file, array, lowp_dtype_name(a->dtype));
  if (a->rank < 2 || a->cols != item->tensor->cols || a->rows == 0)
    return tool_fail(TOOL_CONSTRAINT, "%s: '%s' is %zu tokens of %zu columns, tensor '%s' takes %zu columns", file,
                     array, a->rows, a->cols, name, item->tensor->cols);
  const size_t train = a->rows - quant_held_out(a->rows);
  if (job->options.gptq && !job->options.few_tokens && train / 4 < a->cols)
    return tool_fail(
        TOOL_CONSTRAINT,
        "%s: '%s' has %zu tokens, of which %zu calibrate and the rest is held out: fewer than four for each of "
        "%zu columns would be fitted, not learnt from; give at least %zu tokens, or --allow-few-tokens",
        file, array, a->rows, train, a->cols, 5 * a->cols);
  return TOOL_OK;
}

int quant_calib_plan(quant_job *job) {
  const quant_options *o = &job->options;
  size_t quantized = 0;
  int code = TOOL_OK;
  for (size_t i = 0; i < job->count; i++) {
    quant_item *item = &job->items[i];
    item->activations = SIZE_MAX;
    if (item->scheme == LOWP_SCHEME_NONE) continue;
    quantized++;
    if (job->rotation.size != 0 && item->tensor->cols % job->rotation.size != 0)
      return tool_fail(
          TOOL_CONSTRAINT,
          "--hadamard %u: tensor '%s': its rows of %zu are no multiple; a smaller size, or --tensor '%s=keep'",
          job->rotation.size, tool_safe(item->tensor->name), item->tensor->cols, tool_safe(item->tensor->name));
  }
  if (o->calib == NULL) return TOOL_OK;
  const tool_raw_options none = {0};
  code = tool_source_open(&job->calib, o->calib, &none, false);
  for (size_t i = 0; i < job->count && code == TOOL_OK; i++) {
    quant_item *item = &job->items[i];
    if (item->scheme == LOWP_SCHEME_NONE) continue;
    item->activations = find(job, item, quantized);
    code = check_activations(job, item);
  }
  return code;
}

/* --- weights and activations as they are used ----------------------------------------------------------------------- */

static int refuse(const quant_item *item, const char *what, lowp_status status, const lowp_error *error) {
  return tool_fail(tool_exit_of(status), "tensor '%s': %s: %s", tool_safe(item->tensor->name), what,
                   error->text[0] != 0 ? error->text : lowp_status_text(status));
}

static lowp_view view_of(const quant_matrix *m) { return lowp_view_of(LOWP_F32, m->rows, m->cols, m->data); }

/* x / s for activations, w * s for weights, then the rotation. */
static lowp_status apply(const quant_job *job, const quant_item *item, quant_matrix *m, bool activations,
                         lowp_error *error) {
  const lowp_view v = view_of(m);
  lowp_status status = LOWP_OK;
  if (item->smooth != NULL) status = lowp_smooth_columns(item->smooth, &v, &v, 0, m->rows, activations);
  if (status == LOWP_OK && job->rotation.size != 0) status = lowp_rotate(&job->rotation, &v, &v, 0, m->rows, 0, error);
  return status;
}

static int load_weights(const quant_job *job, const quant_item *item, quant_matrix *m) {
  lowp_error error = {0};
  *m = (quant_matrix){item->tensor->rows, item->tensor->cols,
                      tool_alloc(item->tensor->rows * item->tensor->cols, sizeof(float))};
  lowp_status status = lowp_model_load_rows(job->model, item->index, 0, m->rows, m->data, &error);
  for (size_t i = 0; i < m->rows * m->cols && status == LOWP_OK; i++) {
    if (isfinite(m->data[i])) continue;
    if (job->options.nan == LOWP_NONFINITE_ZERO) {
      m->data[i] = 0;
      continue;
    }
    status = LOWP_E_NONFINITE;
    snprintf(error.text, sizeof error.text, "element (%zu, %zu) is not finite; --nan zero reads it as 0", i / m->cols,
             i % m->cols);
  }
  return status == LOWP_OK ? TOOL_OK : refuse(item, "weights", status, &error);
}

static int load_activations(quant_job *job, const quant_item *item, quant_matrix *m) {
  const lowp_model_tensor *a = lowp_model_get(job->calib.model, item->activations);
  lowp_error error = {0};
  *m = (quant_matrix){a->rows, a->cols, tool_alloc(a->rows * a->cols, sizeof(float))};
  lowp_status status = lowp_model_load_rows(job->calib.model, item->activations, 0, a->rows, m->data, &error);
  lowp_model_release(job->calib.model, item->activations);
  for (size_t i = 0; i < m->rows * m->cols && status == LOWP_OK; i++)
    if (!isfinite(m->data[i])) {
      status = LOWP_E_NONFINITE;
      snprintf(error.text, sizeof error.text, "%.200s: token %zu, column %zu is NaN or Inf", job->options.calib,
               i / m->cols, i % m->cols);
    }
  return status == LOWP_OK ? TOOL_OK : refuse(item, "activations", status, &error);
}

/* AWQ looks at so many tokens, evenly spread, and so many values of alpha. */
enum { AWQ_TOKENS = 256, AWQ_STEPS = 20 };

bool quant_share_factors(const quant_item *a, const quant_item *b) {
  return a == b || (a->group != SIZE_MAX && a->group == b->group && a->tensor->cols == b->tensor->cols &&
                    b->scheme != LOWP_SCHEME_NONE && !b->guarded);
}

/* The layers that share the factors of an item, below one another, or the largest magnitudes of all of them. */
static int load_group(quant_job *job, const quant_item *item, quant_matrix *w, float *amax_w, float *amax_x) {
  const size_t k = item->tensor->cols;
  int code = TOOL_OK;
  *w = (quant_matrix){0, k, NULL};
  for (size_t i = 0; i < job->count; i++)
    w->rows += quant_share_factors(item, &job->items[i]) ? job->items[i].tensor->rows : 0;
  if (amax_w == NULL) w->data = tool_alloc(w->rows * k, sizeof *w->data);
  for (size_t i = 0, at = 0; i < job->count && code == TOOL_OK; i++) {
    const quant_item *one = &job->items[i];
    quant_matrix part = {0}, x = {0};
    lowp_error error = {0};
    lowp_status status = LOWP_OK;
    if (!quant_share_factors(item, one)) continue;
    code = load_weights(job, one, &part);
    if (code == TOOL_OK && amax_w == NULL) {
      memcpy(w->data + at * k, part.data, part.rows * k * sizeof *w->data);
      at += part.rows;
    } else if (code == TOOL_OK) {
      code = load_activations(job, one, &x);
      const lowp_view vw = view_of(&part), vx = view_of(&x);
      if (code == TOOL_OK) status = lowp_measure_channels(&vw, 0, part.rows, amax_w, NULL, NULL, &error);
      if (code == TOOL_OK && status == LOWP_OK)
        status = lowp_measure_channels(&vx, 0, x.rows, amax_x, NULL, NULL, &error);
      if (status != LOWP_OK) code = refuse(one, "scale migration", status, &error);
    }
    free(part.data);
    free(x.data);
    lowp_model_release(job->model, one->index);
  }
  return code;
}

static int find_awq(quant_job *job, const quant_item *item, float *s, double *alpha) {
  quant_matrix w = {0}, x = {0};
  lowp_error error = {0};
  int code = load_group(job, item, &w, NULL, NULL);
  if (code == TOOL_OK) code = load_activations(job, item, &x);
  if (code == TOOL_OK) {
    const size_t step = (x.rows + AWQ_TOKENS - 1) / AWQ_TOKENS;
    const lowp_view vw = view_of(&w);
    lowp_view sample = lowp_view_of(LOWP_F32, (x.rows + step - 1) / step, w.cols, x.data);
    sample.stride *= (ptrdiff_t)step;
    lowp_awq_result result = {0};
    const lowp_status status =
        lowp_awq_search(item->scheme, &job->recipes[item->scheme].opts, &vw, &sample, AWQ_STEPS, s, &result, &error);
    *alpha = result.alpha;
    if (status != LOWP_OK) code = refuse(item, "scale migration", status, &error);
  }
  free(w.data);
  free(x.data);
  return code;
}

/* Factors of an item and of those that share them: the input of fused layers is one, and so is the norm before it. */
static int find_factors(quant_job *job, const quant_item *item) {
  for (size_t i = 0; i < job->count; i++)
    if (quant_share_factors(item, &job->items[i])) { /* whichever of them is needed first */
      item = &job->items[i];
      break;
    }
  const size_t k = item->tensor->cols;
  float *s = tool_alloc(k, sizeof *s);
  double alpha = job->alpha;
  int code;
  if (job->smooth == QUANT_SMOOTH_AWQ) {
    code = find_awq(job, item, s, &alpha);
  } else {
    float *amax = tool_alloc(2 * k, sizeof *amax);
    quant_matrix none;
    code = load_group(job, item, &none, amax, amax + k);
    if (code == TOOL_OK && lowp_smooth_factors(k, amax + k, amax, alpha, s) != LOWP_OK)
      code = tool_fail(TOOL_INTERNAL, "tensor '%s': no factors", tool_safe(item->tensor->name));
    free(amax);
  }
  for (size_t i = 0; i < job->count && code == TOOL_OK; i++) {
    quant_item *one = &job->items[i];
    if (!quant_share_factors(item, one)) continue;
    one->alpha = alpha;
    one->smooth = tool_alloc(k, sizeof *s);
    memcpy(one->smooth, s, k * sizeof *s);
  }
  free(s);
  return code;
}

/* Columns that are kept leave the weights, which have zeros there. */
static void take_columns(quant_item *item, quant_matrix *w) {
  if (item->kept == 0) return;
  if (item->values == NULL) item->values = tool_alloc(w->rows * item->kept, sizeof *item->values);
  for (size_t r = 0; r < w->rows; r++)
    for (size_t i = 0; i < item->kept; i++) {
      float *v = &w->data[r * w->cols + (size_t)item->columns[i]];
      item->values[r * item->kept + i] = (uint16_t)lowp_encode(LOWP_BF16, *v);
      *v = 0;
    }
}

void quant_count_kept(const quant_job *job, quant_item *item) {
  quant_matrix w = {0};
  lowp_error error = {0};
  if (item->kept == 0 || load_weights(job, item, &w) != TOOL_OK || apply(job, item, &w, false, &error) != LOWP_OK) {
    free(w.data);
    return;
  }
  lowp_error_stats kept;
  lowp_error_stats_init(&kept);
  for (size_t r = 0; r < w.rows; r++)
    for (size_t i = 0; i < item->kept; i++) {
      const float x = w.data[r * w.cols + (size_t)item->columns[i]];
      const float y = lowp_decode(LOWP_BF16, item->values[r * item->kept + i]);
      lowp_error_stats_add(&kept, 1, &x, &y);
    }
  item->stats.count -= w.rows * item->kept; /* they were counted as zeros */
  lowp_error_stats_merge(&item->stats, &kept);
  free(w.data);
}

int quant_prepare(quant_job *job, quant_item *item) {
  if (item->changed.data != NULL || item->transform_key == NULL) return TOOL_OK;
  quant_matrix w = {0};
  lowp_error error = {0};
  lowp_status status = LOWP_OK;
  int code = TOOL_OK;
  if (job->smooth != QUANT_SMOOTH_NONE && item->smooth == NULL) code = find_factors(job, item);
  if (code == TOOL_OK) code = load_weights(job, item, &w);
  if (code == TOOL_OK && status == LOWP_OK) status = apply(job, item, &w, false, &error);
  if (code == TOOL_OK && status == LOWP_OK) take_columns(item, &w);
  if (status != LOWP_OK) code = refuse(item, "scale migration or rotation", status, &error);
  if (code == TOOL_OK)
    item->changed = w;
  else
    free(w.data);
  return code;
}

void quant_unprepare(quant_item *item) {
  free(item->changed.data);
  item->changed.data = NULL;
}

int quant_activations_of(quant_job *job, const quant_item *item, quant_matrix *x) {
  lowp_error error = {0};
  int code = load_activations(job, item, x);
  if (code != TOOL_OK) return code;
  const lowp_status status = apply(job, item, x, true, &error);
  return status == LOWP_OK ? TOOL_OK : refuse(item, "activations", status, &error);
}

/* --- what the file says of it --------------------------------------------------------------------------------------- */

/* One more file tensor, and its name in the metadata. Its data are known later. */
static void add_extra(quant_item *item, json_t *o, const char *key, const char *suffix, lowp_dtype dtype, size_t rows,
                      size_t cols) {
  quant_extra *e = &item->extras[item->extra_count++];
  *e = (quant_extra){.name = tool_format("%s.%s", item->tensor->name, suffix), .dtype = dtype};
  e->rank = rows != 0 ? 2 : 1;
  e->shape[0] = rows != 0 ? rows : cols;
  e->shape[1] = cols;
  e->nbytes = (rows != 0 ? rows : 1) * cols * (lowp_dtype_bits(dtype) / 8);
  item->stored += e->nbytes;
  json_object_set_new(o, key, json_string(e->name));
}

static void forget_extras(quant_item *item) {
  for (size_t i = 0; i < item->extra_count; i++) {
    item->stored -= item->extras[i].nbytes;
    free(item->extras[i].name);
  }
  item->extra_count = 0;
  free(item->transform_key);
  free(item->transform);
  item->transform_key = item->transform = NULL;
}

void quant_name_extras(quant_job *job) {
  for (size_t i = 0; i < job->count; i++) {
    quant_item *item = &job->items[i];
    forget_extras(item);
    if (item->scheme == LOWP_SCHEME_NONE || item->guarded || !quant_changes(job)) continue;
    json_t *o = json_object();
    if (job->smooth != QUANT_SMOOTH_NONE)
      add_extra(item, o, "smooth", "smooth_scale", LOWP_DTYPE_F32, 0, item->tensor->cols);
    if (job->rotation.size != 0)
      json_object_set_new(o, "hadamard",
                          json_pack("{s:i, s:b, s:I}", "size", (int)job->rotation.size, "signs",
                                    (int)job->rotation.signs, "seed", (json_int_t)job->rotation.seed));
    if (item->kept != 0) {
      add_extra(item, o, "columns", "kept_columns", LOWP_DTYPE_I32, 0, item->kept);
      add_extra(item, o, "values", "kept_values", LOWP_DTYPE_BF16, item->tensor->rows, item->kept);
    }
    if (json_object_size(o) != 0) {
      item->transform_key = tool_format("%s%s", TOOL_TRANSFORM_KEY, item->tensor->name);
      item->transform = json_dumps(o, JSON_COMPACT);
    }
    json_decref(o);
  }
}

const void *quant_extra_data(const quant_item *item, size_t i) {
  const lowp_dtype dtype = item->extras[i].dtype;
  return dtype == LOWP_DTYPE_F32   ? (const void *)item->smooth
         : dtype == LOWP_DTYPE_I32 ? (const void *)item->columns
                                   : (const void *)item->values;
}

void quant_calib_free(quant_job *job) {
  for (size_t i = 0; i < job->count && job->items != NULL; i++) {
    quant_item *item = &job->items[i];
    quant_unprepare(item);
    free(item->smooth);
    free(item->columns);
    free(item->values);
    forget_extras(item);
  }
  tool_source_close(&job->calib);
}
