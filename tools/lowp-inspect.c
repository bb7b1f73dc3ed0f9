/* SPDX-License-Identifier: Apache-2.0 */
/* lowp-inspect: what is in a file: tensors, types, schemes, bits per weight, hashes; and what this CPU offers lowp. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <jansson.h>
#include <lowp/cpu.h>
#include <lowp/version.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common.h"
#include "tools/source.h"
#include "tools/table.h"

typedef struct settings {
  bool hash, files, metadata, cpu, json, no_colour;
  tool_raw_options raw;
} settings;

static const tool_option options[] = {
    {TOOL_FLAG, 'H', "hash", NULL, offsetof(settings, hash), NULL, "XXH3-128 of every tensor's bytes, as xxh128sum prints it"},
    {TOOL_FLAG, 'f', "files", NULL, offsetof(settings, files), NULL,
     "file tensors as they are stored: a quantized tensor\nappears as its codes, scales ..."},
    {TOOL_FLAG, 'm', "metadata", NULL, offsetof(settings, metadata), NULL, "also the file's __metadata__"},
    {TOOL_FLAG, 0, "cpu", NULL, offsetof(settings, cpu), NULL, "the instruction sets lowp knows, has and uses; no input"},
    {TOOL_FLAG, 0, "json", NULL, offsetof(settings, json), NULL, "print JSON instead of a table"},
    {TOOL_FLAG, 0, "no-color", NULL, offsetof(settings, no_colour), NULL, "plain text; NO_COLOR does the same"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Arrays without a header:"},
    TOOL_RAW_OPTIONS(settings),
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, NULL}};

static void examples(void) {
  printf("\nExamples:\n"
         "  lowp-inspect model.nvfp4.safetensors\n"
         "  lowp-inspect --hash --json model/\n"
         "  lowp-inspect --cpu\n"
         "\nReads safetensors files, directories and indexes of shards, .npy and raw arrays. A tensor whose parts do not fit\n"
         "together is listed with the reason, and the exit code is 2.\n");
}

static const tool_program program = {"IN [options]", "Lists the tensors of a checkpoint.", options, examples};

/* One row of output: a logical tensor, or a file tensor with --files. */
typedef struct row {
  const char *name, *format, *layout, *problem;
  size_t rank;
  const size_t *shape;
  size_t nbytes;
  double bits;
  char hash[33];
} row;

/* A quantized tensor's hash covers its parts in order: codes, scales, zeros, tensor scale. */
static void hash_parts(const lowp_file *file, const lowp_model_part *parts, size_t count, char text[33]) {
  if (count == 1) {
    const lowp_file_tensor *t = lowp_file_get(file, parts[0].file_index);
    lowp_hash_text(lowp_hash_of(t->data, t->nbytes), text);
    lowp_file_release(file, parts[0].file_index);
    return;
  }
  lowp_hash hashes[LOWP_PARTS_MAX];
  for (size_t i = 0; i < count; i++) {
    const lowp_file_tensor *t = lowp_file_get(file, parts[i].file_index);
    hashes[i] = lowp_hash_of(t->data, t->nbytes);
    lowp_file_release(file, parts[i].file_index);
  }
  lowp_hash_text(lowp_hash_of(hashes, count * sizeof hashes[0]), text);
}

static row row_of(const tool_source *source, size_t i, const settings *s) {
  row r = {0};
  if (s->files) {
    const lowp_file_tensor *t = lowp_file_get(source->file, i);
    lowp_model_part part = {LOWP_PART_CODES, i};
    r = (row){.name = t->name, .format = t->dtype_name, .layout = "", .rank = t->rank, .shape = t->shape,
              .nbytes = t->nbytes, .bits = t->bits};
    if (s->hash) hash_parts(source->file, &part, 1, r.hash);
  } else {
    const lowp_model_tensor *t = lowp_model_get(source->model, i);
    const lowp_layout_info *layout = lowp_layout_info_of(t->layout);
    r = (row){.name = t->name, .format = tool_format_name(t), .layout = layout != NULL ? layout->name : "",
              .problem = t->problem, .rank = t->rank, .shape = t->shape, .nbytes = t->nbytes, .bits = t->bits_per_weight};
    if (s->hash) hash_parts(source->file, t->parts, t->count, r.hash);
  }
  return r;
}

static void print_table(const tool_source *source, const row *rows, size_t count, const settings *s) {
  static const tool_column columns[] = {{"tensor", TOOL_LEFT}, {"shape", TOOL_LEFT},       {"format", TOOL_LEFT},
                                        {"layout", TOOL_LEFT}, {"bits/value", TOOL_RIGHT}, {"bytes", TOOL_RIGHT},
                                        {"XXH3-128", TOOL_LEFT}};
  tool_table *table = tool_table_create(columns, s->hash ? 7 : 6);
  char shape[TOOL_SHAPE_TEXT], size[TOOL_TEXT];
  double bytes = 0, values = 0;
  for (size_t i = 0; i < count; i++) {
    const row *r = &rows[i];
    if (r->problem != NULL) tool_table_style(table, TOOL_RED);
    tool_table_cell(table, "%s", tool_safe(r->name));
    tool_table_cell(table, "%s", tool_shape(r->rank, r->shape, shape));
    tool_table_cell(table, "%s", r->problem != NULL ? "broken" : r->format);
    tool_table_cell(table, "%s", r->layout);
    tool_table_cell(table, "%.5g", r->bits);
    tool_table_cell(table, "%zu", r->nbytes);
    if (s->hash) tool_table_cell(table, "%s", r->hash);
    tool_table_end_row(table);
    bytes += (double)r->nbytes;
    if (r->bits > 0) values += (double)r->nbytes * 8 / r->bits;
  }
  tool_table_print(table, stdout);
  tool_table_destroy(table);
  printf("\n%zu tensors, %s, %.5g bits per value, %zu file%s, %s\n", count, tool_bytes(bytes, size),
         values > 0 ? 8 * bytes / values : 0, lowp_file_shard_count(source->file),
         lowp_file_shard_count(source->file) == 1 ? "" : "s", lowp_container_name(lowp_file_container(source->file)));
}

static void print_metadata(const lowp_file *file) {
  size_t count = lowp_file_metadata_count(file);
  printf("\n%zu metadata pairs\n", count);
  for (size_t i = 0; i < count; i++) {
    const lowp_file_pair *pair = lowp_file_metadata_get(file, i);
    printf("  %s: %s\n", tool_safe(pair->key), tool_safe(pair->value));
  }
}

static void print_json(const tool_source *source, const row *rows, size_t count, const settings *s) {
  json_t *list = json_array(), *metadata = json_object();
  for (size_t i = 0; i < count; i++) {
    json_t *shape = json_array();
    for (size_t d = 0; d < rows[i].rank; d++) json_array_append_new(shape, json_integer((json_int_t)rows[i].shape[d]));
    json_t *item = json_pack("{s:s, s:o, s:s, s:s, s:f, s:I}", "tensor", rows[i].name, "shape", shape, "format",
                             rows[i].format, "layout", rows[i].layout, "bits_per_value", rows[i].bits, "bytes",
                             (json_int_t)rows[i].nbytes);
    if (s->hash) json_object_set_new(item, "xxh3_128", json_string(rows[i].hash));
    if (rows[i].problem != NULL) json_object_set_new(item, "problem", json_string(rows[i].problem));
    json_array_append_new(list, item);
  }
  for (size_t i = 0; s->metadata && i < lowp_file_metadata_count(source->file); i++) {
    const lowp_file_pair *pair = lowp_file_metadata_get(source->file, i);
    json_object_set_new(metadata, pair->key, json_string(pair->value));
  }
  json_t *root = json_pack("{s:s, s:s, s:o}", "path", source->path, "container",
                           lowp_container_name(lowp_file_container(source->file)), "tensors", list);
  if (s->metadata) json_object_set(root, "metadata", metadata);
  json_decref(metadata);
  json_dumpf(root, stdout, JSON_INDENT(2));
  printf("\n");
  json_decref(root);
}

static void print_cpu(void) {
  printf("lowp %s\n", lowp_version_string());
  for (size_t i = 0; i < lowp_cpu_isa_count(); i++)
    printf("  %-10s %-14s %s\n", lowp_cpu_isa_name(i),
           lowp_cpu_isa_enabled(i) ? "used" : lowp_cpu_isa_available(i) ? "switched off" : "not available",
           lowp_cpu_isa_text(i));
  if (lowp_cpu_sve_bits()) printf("  SVE vectors of %u bits\n", lowp_cpu_sve_bits());
}

static int inspect(const char *path, const settings *s) {
  tool_source source;
  int code = tool_source_open(&source, path, &s->raw, true);
  if (code != TOOL_OK) return code;
  size_t count = s->files ? lowp_file_count(source.file) : lowp_model_count(source.model);
  row *rows = tool_alloc(count, sizeof *rows);
  for (size_t i = 0; i < count; i++) rows[i] = row_of(&source, i, s);
  if (s->json) {
    print_json(&source, rows, count, s);
  } else {
    print_table(&source, rows, count, s);
    if (s->metadata) print_metadata(source.file);
  }
  for (size_t i = 0; i < count; i++)
    if (rows[i].problem != NULL) code = tool_fail(TOOL_INPUT, "%s", tool_safe(rows[i].problem));
  free(rows);
  tool_source_close(&source);
  return code;
}

int main(int argc, char **argv) {
  settings s = {0};
  int rest;
  tool_begin("lowp-inspect");
  int code = tool_parse(&program, argc, argv, &s, &rest);
  if (code >= 0) return tool_end(code);
  tool_no_colour = s.no_colour;
  if (s.cpu && argc == rest) {
    print_cpu();
    return tool_end(TOOL_OK);
  }
  if (argc - rest != 1 || s.cpu) return tool_fail(TOOL_USAGE, "one input is needed; see --help");
  return tool_end(inspect(argv[rest], &s));
}
