/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <lowp/version.h>
#include <unistd.h>

#include "tools/quant.h"

/* --- what one output file holds ----------------------------------------------------------------------------------- */

/* A tensor of the input as it goes into the output: quantized, or one of its file tensors copied. */
typedef struct entry {
  quant_item *item;
  size_t file_index; /* of the (first) file tensor */
  size_t first;      /* index of its first file tensor in the output */
} entry;

typedef struct sheet {
  entry *entries;
  size_t count, room;
  lowp_tensor_spec *specs;
  size_t spec_count, spec_room;
  lowp_pair *pairs;
  size_t pair_count, pair_room;
} sheet;

static void add_spec(sheet *s, const char *name, lowp_dtype dtype, size_t rank, const size_t *shape) {
  s->specs = tool_grow(s->specs, &s->spec_room, s->spec_count, sizeof *s->specs);
  s->specs[s->spec_count++] = (lowp_tensor_spec){name, dtype, rank, shape};
}

static void add_pair(sheet *s, const char *key, const char *value) {
  s->pairs = tool_grow(s->pairs, &s->pair_room, s->pair_count, sizeof *s->pairs);
  s->pairs[s->pair_count++] = (lowp_pair){key, value};
}

static void add_entry(sheet *s, quant_item *item, size_t file_index) {
  s->entries = tool_grow(s->entries, &s->room, s->count, sizeof *s->entries);
  s->entries[s->count++] = (entry){item, file_index, 0};
}

static const lowp_file *sorting; /* qsort has no argument for it */

static int by_place(const void *a, const void *b) {
  const lowp_file_tensor *x = lowp_file_get(sorting, ((const entry *)a)->file_index);
  const lowp_file_tensor *y = lowp_file_get(sorting, ((const entry *)b)->file_index);
  if (x->shard != y->shard) return x->shard < y->shard ? -1 : 1;
  return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Pairs of the input that still hold: not those of lowp about tensors that are quantized anew. */
static bool still_true(const quant_job *job, const char *key) {
  static const char *const replaced[] = {LOWP_FORMAT_KEY, "lowp.version", "lowp.options", "quantization_config", NULL};
  for (size_t i = 0; replaced[i] != NULL; i++)
    if (strcmp(key, replaced[i]) == 0) return false;
  const char *prefix = strncmp(key, TOOL_TRANSFORM_KEY, strlen(TOOL_TRANSFORM_KEY)) == 0 ? TOOL_TRANSFORM_KEY
                                                                                         : LOWP_TENSOR_KEY;
  if (strncmp(key, prefix, strlen(prefix)) != 0) return true;
  size_t i = lowp_model_find(job->model, key + strlen(prefix));
  return i == SIZE_MAX || job->items[i].scheme == LOWP_SCHEME_NONE;
}

static void make_metadata(const quant_job *job, sheet *s, size_t shard, const char *config) {
  bool format = false, described = false;
  for (size_t i = 0; i < lowp_file_metadata_count(job->file); i++) {
    const lowp_file_pair *pair = lowp_file_metadata_get(job->file, i);
    if ((shard != SIZE_MAX && pair->shard != shard) || !still_true(job, pair->key)) continue;
    format = format || strcmp(pair->key, "format") == 0;
    described = described || strncmp(pair->key, LOWP_TENSOR_KEY, strlen(LOWP_TENSOR_KEY)) == 0;
    add_pair(s, pair->key, pair->value);
  }
  /* transformers refuses files without it. */
  if (!format) add_pair(s, "format", "pt");
  for (size_t i = 0; i < s->count; i++) {
    const quant_item *item = s->entries[i].item;
    const lowp_layout_plan *plan = item->plan;
    if (plan != NULL && item->transform_key != NULL) add_pair(s, item->transform_key, item->transform);
    if (plan == NULL || plan->metadata_key == NULL) continue;
    add_pair(s, plan->metadata_key, plan->metadata_value);
    described = true;
  }
  if (described) add_pair(s, LOWP_FORMAT_KEY, LOWP_FORMAT_VERSION);
  if (config != NULL) add_pair(s, "quantization_config", config);
  add_pair(s, "lowp.version", lowp_version_string());
  add_pair(s, "lowp.options", job->summary);
}

/* The sheet of input shard `shard`, SIZE_MAX for all. */
static void make_sheet(quant_job *job, sheet *s, size_t shard, const char *config) {
  for (size_t i = 0; i < job->count; i++) {
    quant_item *item = &job->items[i];
    if (item->scheme != LOWP_SCHEME_NONE) {
      if (shard == SIZE_MAX || item->shard == shard) add_entry(s, item, item->tensor->parts[0].file_index);
      continue;
    }
    for (size_t p = 0; p < item->tensor->count; p++) {
      size_t index = item->tensor->parts[p].file_index;
      if (shard == SIZE_MAX || lowp_file_get(job->file, index)->shard == shard) add_entry(s, item, index);
    }
  }
  sorting = job->file;
  qsort(s->entries, s->count, sizeof *s->entries, by_place);
  for (size_t i = 0; i < s->count; i++) {
    entry *e = &s->entries[i];
    e->first = s->spec_count;
    const lowp_layout_plan *plan = e->item->plan;
    for (size_t p = 0; plan != NULL && p < plan->count; p++)
      add_spec(s, plan->parts[p].name, plan->parts[p].dtype, plan->parts[p].rank, plan->parts[p].shape);
    for (size_t x = 0; plan != NULL && x < e->item->extra_count; x++)
      add_spec(s, e->item->extras[x].name, e->item->extras[x].dtype, e->item->extras[x].rank, e->item->extras[x].shape);
    const lowp_file_tensor *t = lowp_file_get(job->file, e->file_index);
    if (plan == NULL) add_spec(s, t->name, t->dtype, t->rank, t->shape);
  }
  make_metadata(job, s, shard, config);
}

static void free_sheet(sheet *s) {
  free(s->entries);
  free(s->specs);
  free(s->pairs);
}

static void report_done(quant_job *job, const quant_item *item) {
  char text[256], db[TOOL_TEXT], shape[TOOL_SHAPE_TEXT];
  tool_shape(item->tensor->rank, item->tensor->shape, shape);
  if (item->plan != NULL)
    snprintf(text, sizeof text, "%s %s -> %s, QSNR %s dB", shape, lowp_dtype_name(item->tensor->dtype),
             lowp_scheme_info_of(item->scheme)->name, tool_decibel(lowp_error_qsnr_db(&item->stats), db));
  else
    snprintf(text, sizeof text, "%s %s kept: %.100s", shape, lowp_dtype_name(item->tensor->dtype), item->reason);
  tool_progress_done(job->progress, text);
}

static int write_entry(quant_job *job, const entry *e, lowp_writer *writer) {
  tool_progress_begin(job->progress, e->item->tensor->name);
  int code = TOOL_OK;
  if (e->item->plan == NULL) {
    code = quant_copy_tensor(job, e->file_index, writer, e->first);
    e->item->done = code == TOOL_OK;
  } else {
    lowp_qtensor *q;
    code = quant_make(job, e->item, &q);
    if (code != TOOL_OK) return code;
    for (size_t i = 0; i < e->item->plan->count && code == TOOL_OK; i++)
      code = quant_export(e->item, i, q, writer, e->first + i);
    lowp_qtensor_destroy(q);
    for (size_t x = 0; x < e->item->extra_count && code == TOOL_OK; x++) {
      lowp_error error = {0};
      lowp_status status = lowp_writer_write(writer, e->first + e->item->plan->count + x, 0, quant_extra_data(e->item, x),
                                             e->item->extras[x].nbytes, &error);
      if (status != LOWP_OK) code = tool_fail_status(status, &error);
    }
  }
  if (code == TOOL_OK && e->file_index == e->item->tensor->parts[0].file_index) report_done(job, e->item);
  return quant_interrupted ? TOOL_INTERRUPTED : code;
}

/* Fills a writer that was just created, and commits it. The writer is gone afterwards. */
static int fill(quant_job *job, const sheet *s, lowp_writer *writer) {
  int code = TOOL_OK;
  for (size_t i = 0; i < s->count && code == TOOL_OK; i++) code = write_entry(job, &s->entries[i], writer);
  uint64_t size = lowp_writer_size(writer);
  if (code == TOOL_OK && !job->directory) code = quant_gate(job);
  if (code == TOOL_OK) {
    lowp_error error = {0};
    lowp_status status = lowp_writer_commit(writer, &error);
    if (status == LOWP_OK) {
      job->bytes_out += size;
      return TOOL_OK;
    }
    code = tool_fail_status(status, &error);
  }
  lowp_writer_abort(writer);
  return code;
}

/* --- one file ----------------------------------------------------------------------------------------------------- */

static int run_file(quant_job *job) {
  sheet s = {0};
  char *config = NULL;
  lowp_error error = {0};
  lowp_status status = LOWP_OK;
  if (quant_has_config(job)) {
    lowp_config_module *modules;
    size_t count = quant_config_modules(job, &modules);
    lowp_config_options options = {.struct_size = sizeof options,
                                   .activations = (lowp_activations)job->options.activations};
    status = lowp_config_text(job->layout, count, modules, &options, &config, &error);
    free(modules);
    if (status != LOWP_OK) return tool_fail_status(status, &error);
  }
  make_sheet(job, &s, SIZE_MAX, config);
  lowp_write_options write = {
      .struct_size = sizeof write, .replace = job->options.force, .metadata_count = s.pair_count, .metadata = s.pairs};
  lowp_writer *writer;
  status = lowp_writer_create(job->output, &write, s.spec_count, s.specs, &writer, &error);
  int code = status == LOWP_OK ? fill(job, &s, writer) : tool_fail_status(status, &error);
  free_sheet(&s);
  free(config);
  if (code == TOOL_OK && job->options.verify) code = quant_verify(job, job->output, SIZE_MAX, false);
  return code;
}

static int run_raw(quant_job *job) {
  quant_item *item = &job->items[0];
  const lowp_layout_plan *plan = item->plan;
  lowp_writer *writers[LOWP_PARTS_MAX] = {NULL};
  lowp_error error = {0};
  lowp_status status = LOWP_OK;
  for (size_t i = 0; i < plan->count && status == LOWP_OK; i++) {
    const lowp_part *p = &plan->parts[i];
    lowp_write_options write = {
        .struct_size = sizeof write, .container = LOWP_CONTAINER_RAW, .replace = job->options.force};
    lowp_tensor_spec spec = {p->name, p->dtype, p->rank, p->shape};
    status = lowp_writer_create(p->name, &write, 1, &spec, &writers[i], &error);
  }
  int code = status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
  lowp_qtensor *q = NULL;
  tool_progress_begin(job->progress, item->tensor->name);
  if (code == TOOL_OK) code = quant_make(job, item, &q);
  for (size_t i = 0; i < plan->count && code == TOOL_OK; i++) code = quant_export(item, i, q, writers[i], 0);
  if (code == TOOL_OK) code = quant_gate(job);
  size_t committed = 0;
  for (; committed < plan->count && code == TOOL_OK; committed++) {
    uint64_t size = lowp_writer_size(writers[committed]);
    status = lowp_writer_commit(writers[committed], &error);
    if (status != LOWP_OK) {
      code = tool_fail_status(status, &error);
      break;
    }
    writers[committed] = NULL;
    job->bytes_out += size;
  }
  if (code == TOOL_OK) {
    lowp_write_options write = {.struct_size = sizeof write, .replace = job->options.force};
    status = lowp_raw_save_sidecar(plan, q, &write, &error);
    if (status != LOWP_OK) code = tool_fail_status(status, &error);
  }
  if (code == TOOL_OK) report_done(job, item);
  /* The planes mean nothing without each other and the file that describes them. */
  for (size_t i = 0; i < plan->count; i++) {
    lowp_writer_abort(writers[i]);
    if (code != TOOL_OK && i < committed) unlink(plan->parts[i].name);
  }
  lowp_qtensor_destroy(q);
  return code;
}

/* --- a directory of shards ---------------------------------------------------------------------------------------- */

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

static int run_shard(quant_job *job, lowp_shards *shards, size_t shard) {
  const char *name = base_name(lowp_file_shard_path(job->file, shard));
  char *path = tool_format("%s/%s", lowp_shards_directory(shards), name);
  int code;
  if (job->options.resume && lowp_shards_has(shards, name)) {
    code = quant_verify(job, path, shard, true);
  } else {
    sheet s = {0};
    make_sheet(job, &s, shard, NULL);
    lowp_error error = {0};
    lowp_write_options write = {
        .struct_size = sizeof write, .replace = 1, .metadata_count = s.pair_count, .metadata = s.pairs};
    lowp_writer *writer;
    lowp_status status = lowp_shards_writer(shards, name, &write, s.spec_count, s.specs, &writer, &error);
    code = status == LOWP_OK ? fill(job, &s, writer) : tool_fail_status(status, &error);
    free_sheet(&s);
    if (code == TOOL_OK && job->options.verify) code = quant_verify(job, path, shard, false);
  }
  free(path);
  return code;
}

static int run_directory(quant_job *job) {
  lowp_shards *shards;
  lowp_error error = {0};
  lowp_write_options write = {.struct_size = sizeof write, .replace = job->options.force};
  lowp_partial partial = job->options.resume  ? LOWP_PARTIAL_RESUME
                         : job->options.force ? LOWP_PARTIAL_DISCARD
                                              : LOWP_PARTIAL_REFUSE;
  lowp_status status = lowp_shards_create(job->output, &write, partial, &shards, &error);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  int code = TOOL_OK;
  size_t count = lowp_file_shard_count(job->file);
  for (size_t i = 0; i < count && code == TOOL_OK; i++) {
    code = run_shard(job, shards, i);
    if (quant_interrupted) code = TOOL_INTERRUPTED;
  }
  if (code == TOOL_OK) code = quant_gate(job);
  if (code == TOOL_OK) code = quant_run_extras(job, lowp_shards_directory(shards));
  if (code == TOOL_OK) {
    status = lowp_shards_commit(shards, &error);
    if (status == LOWP_OK) return TOOL_OK;
    code = tool_fail_status(status, &error);
  }
  /* What is whole is worth keeping if the same command may succeed later, and so is what another run left. */
  bool again = code == TOOL_INTERRUPTED || code == TOOL_IO;
  if (again) {
    tool_progress_end(job->progress);
    job->progress = NULL;
    tool_warn("finished shards are kept in %s; the same command with --resume goes on from there",
              tool_safe(lowp_shards_directory(shards)));
  }
  lowp_shards_abort(shards, again || job->options.resume);
  return code;
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

int quant_gate(const quant_job *job) {
  int code = TOOL_OK;
  for (size_t i = 0; i < job->count && job->options.min_qsnr.given; i++) {
    const quant_item *item = &job->items[i];
    if (item->scheme == LOWP_SCHEME_NONE) continue;
    const char *name = tool_safe(item->tensor->name), *format = lowp_scheme_info_of(item->scheme)->name;
    double db = lowp_error_qsnr_db(&item->stats);
    /* QSNR is over what is finite on both sides: a number that became NaN or Inf is a failure of its own. */
    if (item->stats.y_nonfinite > 0)
      code = tool_fail(TOOL_ACCURACY,
                       "tensor '%s': %llu numbers are NaN or Inf in %s, so --min-qsnr fails; nothing was written", name,
                       (unsigned long long)item->stats.y_nonfinite, format);
    else if (!(db >= job->options.min_qsnr.value))
      code = tool_fail(TOOL_ACCURACY, "tensor '%s': QSNR %.2f dB in %s is below --min-qsnr %g; nothing was written",
                       name, db, format, job->options.min_qsnr.value);
  }
  return code;
}

int quant_run(quant_job *job) {
  double start = tool_clock();
  size_t tensors = job->count;
  job->progress = tool_progress_start(job->options.progress, tensors, job->bytes_in);
  int code = job->directory ? run_directory(job) : job->layout == LOWP_LAYOUT_RAW ? run_raw(job) : run_file(job);
  tool_progress_end(job->progress);
  job->progress = NULL;
  job->seconds = tool_clock() - start;
  if (code == TOOL_INTERRUPTED) tool_fail(code, "interrupted%s", job->directory ? "" : "; nothing was written");
  return code;
}
