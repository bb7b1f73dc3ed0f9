/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <string.h>

#include "tools/quant.h"

static int differs(const char *path, const quant_item *item, const char *what) {
  return tool_fail(TOOL_INTERNAL, "%s: tensor '%s': %s; the disk or memory of this machine, or lowp, is at fault",
                   tool_safe(path), tool_safe(item->tensor->name), what);
}

/* A layout may store only the encode multiplier: its reciprocal is within an ulp of the decode multiplier. */
static bool same_scale(float a, float b) {
  return a == b || fabsf(a - b) <= 0x1p-23f * fabsf(a) || (isnan(a) && isnan(b));
}

static int measure_item(quant_job *job, quant_item *item, const lowp_qtensor *q) {
  int code = quant_prepare(job, item);
  if (code != TOOL_OK) return code;
  lowp_view x = quant_view_of(job, item);
  lowp_error_stats_init(&item->stats);
  lowp_status status = lowp_error_stats_qtensor(&item->stats, &x, q, 0, q->rows);
  quant_count_kept(job, item);
  quant_unprepare(item);
  item->hash = quant_hash(q);
  item->tensor_scale = q->tensor_scale;
  item->done = true;
  lowp_model_release(job->model, item->index);
  return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, NULL);
}

static int check_quantized(quant_job *job, quant_item *item, const lowp_file *file, lowp_model *model, const char *path,
                           bool measure) {
  size_t i = lowp_model_find(model, item->tensor->name);
  if (i == SIZE_MAX) return differs(path, item, "missing");
  const lowp_model_tensor *t = lowp_model_get(model, i);
  if (t->rows != item->tensor->rows || t->cols != item->tensor->cols) return differs(path, item, "has another shape");
  const lowp_qtensor *q = NULL;
  lowp_qtensor cast;
  lowp_error error = {0};
  lowp_status status;
  if (lowp_scheme_info_of(item->scheme)->family == LOWP_FAMILY_CAST) {
    /* A cast is a plain tensor in the file: its bytes are the codes. They are only read. */
    const lowp_file_tensor *stored = lowp_file_get(file, t->parts[0].file_index);
    if (stored->dtype != item->plan->parts[0].dtype) return differs(path, item, "is in another format");
    status = lowp_qtensor_bind(&cast, item->scheme, t->rows, t->cols, (void *)(uintptr_t)stored->data, NULL, NULL);
    q = &cast;
  } else {
    if (t->scheme != item->scheme) return differs(path, item, "is in another format");
    status = lowp_model_qtensor(model, i, &q, &error);
  }
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  int code = TOOL_OK;
  if (measure) {
    code = measure_item(job, item, q);
  } else {
    lowp_hash hash = quant_hash(q);
    if (memcmp(&hash, &item->hash, sizeof hash) != 0 || !same_scale(item->tensor_scale, q->tensor_scale))
      code = differs(path, item, "does not read back as it was written");
  }
  lowp_model_release(model, i);
  return code;
}

/* File tensors that were copied. */
static int check_kept(const quant_job *job, quant_item *item, const lowp_file *file, size_t shard, const char *path) {
  for (size_t p = 0; p < item->tensor->count; p++) {
    const lowp_file_tensor *from = lowp_file_get(job->file, item->tensor->parts[p].file_index);
    if (shard != SIZE_MAX && from->shard != shard) continue;
    size_t i = lowp_file_find(file, from->name);
    const lowp_file_tensor *to = lowp_file_get(file, i);
    if (i == SIZE_MAX || to->nbytes != from->nbytes || to->dtype != from->dtype) return differs(path, item, "missing");
    if (memcmp(to->data, from->data, to->nbytes) != 0)
      return differs(path, item, "does not read back as it was written");
    lowp_file_release(file, i);
    lowp_file_release(job->file, item->tensor->parts[p].file_index);
    item->done = true;
  }
  return TOOL_OK;
}

int quant_verify(quant_job *job, const char *path, size_t shard, bool measure) {
  lowp_file *file = NULL;
  lowp_model *model = NULL;
  lowp_error error = {0};
  lowp_status status = lowp_file_open(path, NULL, &file, &error);
  lowp_model_options options = {.struct_size = sizeof options, .config = ""};
  if (status == LOWP_OK) status = lowp_model_open(file, &options, &model, &error);
  int code = status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
  if (code == TOOL_OK && measure) {
    const char *made_with = lowp_file_metadata_find(file, "lowp.options");
    if (made_with == NULL || strcmp(made_with, job->summary) != 0)
      code = tool_fail(TOOL_CONSTRAINT,
                       "%s: was made with other options (%s); without --resume and with --force it is made anew",
                       tool_safe(path), made_with == NULL ? "unknown" : tool_safe(made_with));
  }
  for (size_t i = 0; i < job->count && code == TOOL_OK; i++) {
    quant_item *item = &job->items[i];
    if (quant_interrupted) code = TOOL_INTERRUPTED;
    if (item->scheme == LOWP_SCHEME_NONE)
      code = check_kept(job, item, file, shard, path);
    else if (shard == SIZE_MAX || item->shard == shard)
      code = check_quantized(job, item, file, model, path, measure);
  }
  if (code == TOOL_OK && measure) {
    job->bytes_out += lowp_file_shard_size(file, 0);
    tool_note("%s: kept from the interrupted run", tool_safe(path));
  }
  lowp_model_close(model);
  lowp_file_close(file);
  return code;
}
