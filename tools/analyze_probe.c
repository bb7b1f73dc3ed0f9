/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyze_probe.c: `lowp-analyze --probe-plan FILE` writes dot products to be tried on a device, `--probe-results FILE`
 * reads what it made of them and says how it adds.
 *
 * The plan is a safetensors file: x and w, F32 [dot products, length], every value a code of the elements in its
 * metadata (lowp.probe.x, lowp.probe.w). Results are one tensor, named y if there are several: a number for each row;
 * a file of no known kind is an array of F32.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <inttypes.h>
#include <jansson.h>
#include <lowp/io.h>
#include <lowp/probe.h>
#include <lowp/version.h>
#include <stdlib.h>
#include <string.h>

#include "tools/analyze.h"

bool analyze_probe_given(const analyze_options *o) { return o->probe_plan != NULL || o->probe_results != NULL; }

/* --- what the device takes ---------------------------------------------------------------------------------------- */

static const char *element_name(lowp_element element) { return lowp_element_info_of(element)->name; }

static int set_element(const char *text, lowp_element *element) {
  *element = lowp_element_from_name(text);
  return *element != LOWP_ELEMENT_NONE ? -1
                                       : tool_fail(TOOL_USAGE, "--probe-element: '%s' is no element", tool_safe(text));
}

/* "E" or "EX,EW", and the length. -1 to go on. */
static int parse(const analyze_options *o, lowp_probe_opts *opts, size_t *count) {
  lowp_probe_init(opts);
  if (o->probe_plan != NULL && o->probe_results != NULL)
    return tool_fail(TOOL_USAGE, "--probe-plan and --probe-results are two steps: the device stands between them");
  if (o->input_count != 0) return tool_fail(TOOL_USAGE, "--probe-plan and --probe-results take no input");
  if (o->tsv) return tool_fail(TOOL_USAGE, "--tsv: a verdict is no table; --json");
  if (o->probe_length != 0) opts->n = o->probe_length;
  if (o->probe_element != NULL) {
    char *first = tool_format("%s", o->probe_element), *comma = strchr(first, ',');
    if (comma) *comma = '\0';
    int code = set_element(first, &opts->ex);
    if (code < 0) code = set_element(comma ? comma + 1 : first, &opts->ew);
    free(first);
    if (code >= 0) return code;
  }
  lowp_status status = lowp_probe_count(opts, count);
  if (status == LOWP_E_RANGE) return tool_fail(TOOL_USAGE, "--probe-length: not between 16 and 1024");
  if (status == LOWP_E_UNSUPPORTED)
    return tool_fail(TOOL_USAGE, "--probe-element: only signed elements of up to 32 bits");
  return status == LOWP_OK ? -1 : tool_fail_status(status, NULL);
}

/* --- the plan ----------------------------------------------------------------------------------------------------- */

static lowp_status write_rows(lowp_writer *writer, const lowp_probe_opts *opts, size_t count, lowp_error *error) {
  float *x = tool_alloc(2 * opts->n, sizeof *x);
  lowp_status status = LOWP_OK;
  for (size_t i = 0; i < count && status == LOWP_OK; i++) {
    status = lowp_probe_make(opts, i, x, x + opts->n, NULL);
    const size_t bytes = opts->n * sizeof *x;
    if (status == LOWP_OK) status = lowp_writer_write(writer, 0, i * bytes, x, bytes, error);
    if (status == LOWP_OK) status = lowp_writer_write(writer, 1, i * bytes, x + opts->n, bytes, error);
  }
  free(x);
  return status;
}

static int write_plan(const analyze_options *o, const lowp_probe_opts *opts, size_t count) {
  const size_t shape[] = {count, opts->n};
  const lowp_tensor_spec tensors[] = {{"x", LOWP_DTYPE_F32, 2, shape}, {"w", LOWP_DTYPE_F32, 2, shape}};
  const lowp_pair pairs[] = {
      {"lowp.probe.version", "1"}, {"lowp.probe.x", element_name(opts->ex)}, {"lowp.probe.w", element_name(opts->ew)}};
  const lowp_write_options options = {
      .struct_size = sizeof options, .replace = 1, .metadata_count = 3, .metadata = pairs};
  lowp_writer *writer;
  lowp_error error = {0};
  lowp_status status = lowp_writer_create(o->probe_plan, &options, 2, tensors, &writer, &error);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  status = write_rows(writer, opts, count, &error);
  if (status == LOWP_OK)
    status = lowp_writer_commit(writer, &error);
  else
    lowp_writer_abort(writer);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  if (!o->quiet)
    printf("%s: %zu dot products of length %zu, x in %s, w in %s\n"
           "Run y[i] = sum over k of x[i,k] w[i,k] on the device, one instruction sequence of this length each, and "
           "save y "
           "as F32.\n",
           tool_safe(o->probe_plan), count, opts->n, element_name(opts->ex), element_name(opts->ew));
  return TOOL_OK;
}

/* --- results ------------------------------------------------------------------------------------------------------ */

/* The tensor of results: the only one, or y. */
static const lowp_file_tensor *results_in(const lowp_file *file, const char *path) {
  size_t at = lowp_file_count(file) == 1 ? 0 : lowp_file_find(file, "y");
  if (at == SIZE_MAX) {
    tool_fail(TOOL_INPUT, "%s: has several tensors, none of which is called y", tool_safe(path));
    return NULL;
  }
  const lowp_file_tensor *t = lowp_file_get(file, at);
  if (t->element != LOWP_F32 && t->element != LOWP_BF16 && t->element != LOWP_FP16) {
    tool_fail(TOOL_INPUT, "%s: results are F32, BF16 or F16, not %s", tool_safe(path), t->dtype_name);
    return NULL;
  }
  return t;
}

static int read_results(const char *path, const lowp_probe_opts *opts, size_t count, float *results) {
  lowp_file *file;
  lowp_error error = {0};
  lowp_container container;
  lowp_status status = lowp_sniff(path, &container, &error);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  const lowp_open_options raw = {.struct_size = sizeof raw, .container = LOWP_CONTAINER_RAW};
  status = lowp_file_open(path, container == LOWP_CONTAINER_UNKNOWN ? &raw : NULL, &file, &error);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  int code = TOOL_OK;
  const lowp_file_tensor *t = results_in(file, path);
  if (t == NULL) {
    code = TOOL_INPUT;
  } else if (t->count != count) {
    code = tool_fail(
        TOOL_INPUT,
        "%s: %zu results; the plan of --probe-element %s,%s --probe-length %zu has %zu dot products. Say what "
        "the plan was made with",
        tool_safe(path), t->count, element_name(opts->ex), element_name(opts->ew), opts->n, count);
  } else {
    lowp_view view = lowp_view_of(t->element, 1, count, t->data);
    lowp_view_load_row(&view, 0, results);
  }
  lowp_file_close(file);
  return code;
}

static const char *const round_names[] = {"nearest even", "truncate", "down", "to odd"};
static const char *const kind_names[] = {"sequential", "chains", "fused"};
static const char *const field_names[] = {"kind",
                                          "alignment rounding",
                                          "accumulator rounding",
                                          "fraction bits",
                                          "chunk",
                                          "ways",
                                          "group",
                                          "group bits",
                                          "promotion",
                                          "accumulator bits",
                                          "exponent bits",
                                          "accumulator in chunk",
                                          "normalized products",
                                          "pair order",
                                          "flushing",
                                          "output"};
enum { FIELDS = sizeof field_names / sizeof field_names[0] };

static void print_model(const lowp_accum *a) {
  char chunk[TOOL_TEXT];
  snprintf(chunk, sizeof chunk, a->chunk ? "chunks of %" PRIu32 : "all at once", a->chunk);
  printf("adding       %s", kind_names[a->kind]);
  if (a->kind == LOWP_ACCUM_SEQUENTIAL && a->swap_pairs) printf(", pairs swapped");
  if (a->kind == LOWP_ACCUM_CHAINS) printf(", %s, %" PRIu32 " ways", chunk, a->ways);
  if (a->kind == LOWP_ACCUM_FUSED) {
    printf(", %s, aligned to %" PRIu32 " fraction bits, %s", chunk, a->fraction_bits, round_names[a->round]);
    if (a->group) printf(", groups of %" PRIu32 " with %" PRIu32 " bits", a->group, a->group_bits);
    if (a->normalize) printf(", products normalized");
    printf(", accumulator %s", a->acc_in_chunk ? "among the terms" : "added afterwards");
  }
  printf("\naccumulator  %" PRIu32 " fraction bits, %" PRIu32 " exponent bits, %s%s", a->acc_fraction, a->acc_exponent,
         round_names[a->acc_round], a->flush ? ", subnormals flushed" : "");
  if (a->promote) printf(", promoted to f32 every %" PRIu32 " products", a->promote);
  printf("\nresult       %s\n", element_name(a->out));
}

static void print_text(const lowp_probe_verdict *v) {
  if (v->matched == v->probes)
    printf("%zu of %zu dot products are reproduced bit for bit by this model:\n", v->matched, v->probes);
  else
    printf("No model reproduces all %zu dot products. The nearest that is published reproduces %zu:\n", v->probes,
           v->matched);
  const lowp_accum_info *info;
  bool any = false;
  for (size_t i = 0; (info = lowp_accum_info_of(i)) != NULL; i++)
    if (v->matched == v->probes ? v->presets >> i & 1 : strcmp(info->name, v->preset) == 0) {
      printf("%s%s: %s (%s)\n", any ? "             " : "known as     ", info->name, info->text, info->source);
      any = true;
    }
  if (!any) printf("known as     none of the published accumulators\n");
  print_model(&v->accum);
  if (v->undetermined == 0) return;
  printf("open         other values do as well:");
  bool first = true;
  for (unsigned i = 0; i < FIELDS; i++)
    if (v->undetermined >> i & 1) {
      printf("%s %s", first ? "" : ",", field_names[i]);
      first = false;
    }
  printf("\n");
}

static bool print_json(const lowp_probe_opts *opts, const lowp_probe_verdict *v) {
  const lowp_accum *a = &v->accum;
  json_t *presets = json_array(), *open = json_array();
  const lowp_accum_info *info;
  for (size_t i = 0; (info = lowp_accum_info_of(i)) != NULL; i++)
    if (v->presets >> i & 1) json_array_append_new(presets, json_string(info->name));
  for (unsigned i = 0; i < FIELDS; i++)
    if (v->undetermined >> i & 1) json_array_append_new(open, json_string(field_names[i]));
  json_t *model =
      json_pack("{s:s, s:i, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:s, s:b, s:b, s:b, s:b, s:s}", "kind",
                kind_names[a->kind], "fraction_bits", (int)a->fraction_bits, "round", round_names[a->round], "chunk",
                (int)a->chunk, "ways", (int)a->ways, "group", (int)a->group, "group_bits", (int)a->group_bits,
                "promote", (int)a->promote, "acc_fraction", (int)a->acc_fraction, "acc_exponent", (int)a->acc_exponent,
                "acc_round", round_names[a->acc_round], "acc_in_chunk", a->acc_in_chunk, "normalize", a->normalize,
                "swap_pairs", a->swap_pairs, "flush", a->flush, "out", element_name(a->out));
  json_t *root = json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:b, s:s?, s:o, s:o, s:o}", "lowp", lowp_version_string(),
                           "x", element_name(opts->ex), "w", element_name(opts->ew), "length", (int)opts->n, "probes",
                           (int)v->probes, "matched", (int)v->matched, "reproduced", v->matched == v->probes, "preset",
                           v->preset, "presets", presets, "model", model, "undetermined", open);
  bool printed = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
  json_decref(root);
  if (printed) printf("\n");
  return printed;
}

static int judge(const analyze_options *o, const lowp_probe_opts *opts, size_t count) {
  float *results = tool_alloc(count, sizeof *results);
  int code = read_results(o->probe_results, opts, count, results);
  lowp_probe_verdict v;
  if (code == TOOL_OK) {
    lowp_status status = lowp_probe_judge(opts, count, results, &v);
    if (status != LOWP_OK) code = tool_fail_status(status, NULL);
  }
  free(results);
  if (code != TOOL_OK) return code;
  if (o->json) return print_json(opts, &v) ? TOOL_OK : tool_fail(TOOL_IO, "the report could not be written");
  if (!o->quiet) print_text(&v);
  return TOOL_OK;
}

int analyze_probe(const analyze_options *o) {
  lowp_probe_opts opts;
  size_t count;
  int code = parse(o, &opts, &count);
  if (code >= 0) return code;
  return o->probe_plan != NULL ? write_plan(o, &opts, count) : judge(o, &opts, count);
}
