/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lowp-synth: writes a checkpoint with the names, shapes and statistics of a small language model, to try quantizers
 * on. Values depend on the seed, the tensor's name and the element's index alone, and are made and written in pieces,
 * so that any size can be made in little memory.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/analysis.h>
#include <lowp/io.h>
#include <lowp/version.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common.h"
#include "tools/options.h"

typedef struct synth_options {
  uint64_t layers, hidden, vocab, seed, size, shards, outliers;
  int dtype;
  bool force, quiet;
} synth_options;

/* In the order of lowp_element's two cases below. */
static const char *const dtypes[] = {"bf16", "f32", NULL};

#define AT(field) offsetof(synth_options, field)
static const tool_option options[] = {
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Options:"},
    {TOOL_UNSIGNED, 0, "layers", "N", AT(layers), NULL, "transformer layers (default 4)"},
    {TOOL_UNSIGNED, 0, "hidden", "H", AT(hidden), NULL, "hidden size, a multiple of 64 (default 512)"},
    {TOOL_UNSIGNED, 0, "vocab", "V", AT(vocab), NULL, "rows of the embedding (default 8 H)"},
    {TOOL_SIZE, 0, "size", "SIZE", AT(size), NULL, "choose layers and hidden size for about this many bytes"},
    {TOOL_CHOICE, 0, "dtype", NULL, AT(dtype), dtypes, "of the weights (default bf16)"},
    {TOOL_UNSIGNED, 0, "outliers", "N", AT(outliers), NULL, "outlier channels per 1024 columns (default 4)"},
    {TOOL_UNSIGNED, 0, "shards", "N", AT(shards), NULL, "files of a directory (default 1 per 2 GiB)"},
    {TOOL_UNSIGNED, 0, "seed", "S", AT(seed), NULL, "of the random numbers (default 0)"},
    {TOOL_FLAG, 'f', "force", NULL, AT(force), NULL, "replace an output that is there"},
    {TOOL_FLAG, 'q', "quiet", NULL, AT(quiet), NULL, "print nothing but errors"},
    {0}};

static void more_help(void) {
  printf("\nOUT ending in .safetensors is one file, anything else a directory with config.json.\n"
         "\nExamples:\n"
         "  lowp-synth small.safetensors\n"
         "  lowp-synth big-model/ --size 8GiB --shards 4\n");
}

static const tool_program program = {
    "OUT [options]",
    "Writes a checkpoint with the names, shapes and statistics of a small language model: Gaussian and heavy-tailed\n"
    "weights, and channels of outliers.",
    options, more_help};

/* --- the model ---------------------------------------------------------------------------------------------------- */

/* One kind of tensor. Sizes are in the letters of `shape`: V vocabulary, H hidden, K key and value, I intermediate. */
typedef struct kind {
  const char *name;
  const char *shape;
  int distribution; /* -1: ones with a little noise, as in norms */
  bool outliers;
} kind;

static const kind before[] = {{"model.embed_tokens.weight", "VH", LOWP_DISTRIBUTION_NORMAL, false}};
static const kind layer[] = {{"input_layernorm.weight", "H", -1, false},
                             {"self_attn.q_proj.weight", "HH", LOWP_DISTRIBUTION_NORMAL, true},
                             {"self_attn.k_proj.weight", "KH", LOWP_DISTRIBUTION_STUDENT4, true},
                             {"self_attn.v_proj.weight", "KH", LOWP_DISTRIBUTION_NORMAL, true},
                             {"self_attn.o_proj.weight", "HH", LOWP_DISTRIBUTION_LAPLACE, false},
                             {"post_attention_layernorm.weight", "H", -1, false},
                             {"mlp.gate_proj.weight", "IH", LOWP_DISTRIBUTION_NORMAL, true},
                             {"mlp.up_proj.weight", "IH", LOWP_DISTRIBUTION_NORMAL, true},
                             {"mlp.down_proj.weight", "HI", LOWP_DISTRIBUTION_STUDENT4, true}};
static const kind after[] = {{"model.norm.weight", "H", -1, false},
                             {"lm_head.weight", "VH", LOWP_DISTRIBUTION_LAPLACE, false}};

enum {
  BEFORE = sizeof before / sizeof before[0],
  LAYER = sizeof layer / sizeof layer[0],
  AFTER = sizeof after / sizeof after[0]
};

typedef struct tensor {
  const kind *kind;
  char *name;
  size_t rank, shape[2];
  uint64_t bytes;
  uint32_t seed;
  uint32_t outlier_seed; /* the same for all tensors that read one activation */
} tensor;

typedef struct model {
  synth_options options;
  size_t intermediate, key;
  size_t count;
  tensor *tensors;
  uint64_t bytes;
} model;

static size_t size_of(const model *m, char letter) {
  switch (letter) {
  case 'V':
    return (size_t)m->options.vocab;
  case 'K':
    return m->key;
  case 'I':
    return m->intermediate;
  default:
    return (size_t)m->options.hidden;
  }
}

/* FNV-1a over the name: any fixed function would do. */
static uint32_t seed_of(const char *name, uint64_t seed) {
  uint32_t h = 2166136261u ^ (uint32_t)seed;
  for (; *name != 0; name++) h = (h ^ (unsigned char)*name) * 16777619u;
  return h;
}

static void add(model *m, const kind *k, char *name, size_t layer_index) {
  tensor *t = &m->tensors[m->count++];
  char channel[64];
  /* q, k and v read the same activation, gate and up another: their outlier columns are the same. */
  snprintf(channel, sizeof channel, "%zu %c", layer_index,
           strstr(k->name, "down")  ? 'd'
           : strstr(k->name, "mlp") ? 'm'
                                    : 'a');
  *t = (tensor){.kind = k,
                .name = name,
                .rank = strlen(k->shape),
                .seed = seed_of(name, m->options.seed),
                .outlier_seed = seed_of(channel, m->options.seed)};
  t->bytes = m->options.dtype == 0 ? 2 : 4;
  for (size_t i = 0; i < t->rank; i++) t->bytes *= t->shape[i] = size_of(m, k->shape[i]);
  m->bytes += t->bytes;
}

/* --size: a hidden size that suits, then as many layers as come closest. */
static void choose_sizes(synth_options *o) {
  static const uint64_t hidden[] = {4096, 2048, 1024, 512, 256};
  if (o->size != 0) {
    double want = (double)o->size / (o->dtype == 0 ? 2 : 4);
    size_t i = 0;
    while (i + 1 < sizeof hidden / sizeof hidden[0] && 40.0 * (double)hidden[i] * (double)hidden[i] > want) i++;
    o->hidden = hidden[i];
    if (o->vocab == 0) o->vocab = 8 * o->hidden;
    double h = (double)o->hidden, per_layer = h * h * (2 + 0.5 + 3 * 2.75), ends = 2 * h * (double)o->vocab;
    double layers = round((want - ends) / per_layer);
    o->layers = layers < 1 ? 1 : (uint64_t)layers;
  }
  if (o->vocab == 0) o->vocab = 8 * o->hidden;
}

static void describe(model *m) {
  synth_options *o = &m->options;
  choose_sizes(o);
  m->intermediate = (size_t)o->hidden * 11 / 4; /* 2.75 H stays a multiple of 16 */
  m->key = (size_t)o->hidden / 4;               /* grouped queries */
  m->tensors = tool_alloc(BEFORE + LAYER * (size_t)o->layers + AFTER, sizeof *m->tensors);
  for (size_t i = 0; i < BEFORE; i++) add(m, &before[i], tool_format("%s", before[i].name), 0);
  for (size_t l = 0; l < o->layers; l++)
    for (size_t i = 0; i < LAYER; i++) add(m, &layer[i], tool_format("model.layers.%zu.%s", l, layer[i].name), l);
  for (size_t i = 0; i < AFTER; i++) add(m, &after[i], tool_format("%s", after[i].name), 0);
}

/* --- values ------------------------------------------------------------------------------------------------------- */

/* Factor of each column: 1, or 6 to 20 in outlier channels. */
static void column_factors(const tensor *t, uint64_t outliers, size_t cols, float *factor) {
  for (size_t c = 0; c < cols; c++) {
    uint64_t word = lowp_philox(t->outlier_seed, c);
    bool out = t->kind->outliers && (word & 1023) < outliers;
    factor[c] = out ? 6.0f + (float)((word >> 32) & 7) * 2.0f : 1.0f;
  }
}

static lowp_status make_rows(const model *m, const tensor *t, size_t row0, size_t rows, const float *factor, float *x) {
  size_t cols = t->shape[t->rank - 1];
  lowp_distribution d = t->kind->distribution < 0 ? LOWP_DISTRIBUTION_NORMAL : (lowp_distribution)t->kind->distribution;
  lowp_status status = lowp_random_fill(d, t->seed, (uint64_t)row0 * cols, rows * cols, x);
  if (t->kind->distribution < 0) {
    for (size_t i = 0; i < rows * cols; i++) x[i] = 1.0f + 0.1f * x[i];
    return status;
  }
  /* The spread with which such layers are initialised, 1 / sqrt(K). */
  float sigma = 1.0f / sqrtf((float)(t->rank == 2 ? cols : (size_t)m->options.hidden));
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) x[r * cols + c] *= sigma * factor[c];
  return status;
}

static int write_tensor(const model *m, const tensor *t, lowp_writer *writer, size_t at) {
  size_t cols = t->shape[t->rank - 1], all = t->rank == 2 ? t->shape[0] : 1;
  size_t rows = cols >= ((size_t)1 << 20) ? 1 : ((size_t)1 << 20) / cols;
  lowp_element element = m->options.dtype == 0 ? LOWP_BF16 : LOWP_F32;
  size_t width = lowp_element_size(element);
  float *factor = tool_alloc(cols, sizeof *factor);
  column_factors(t, m->options.outliers, cols, factor);
  long pieces = (long)((all + rows - 1) / rows);
  lowp_status status = LOWP_OK;
  lowp_error error = {0};
  TOOL_OMP(omp parallel for schedule(dynamic))
  for (long p = 0; p < pieces; p++) {
    size_t row0 = (size_t)p * rows, n = row0 + rows < all ? rows : all - row0;
    float *x = tool_alloc(n * cols, sizeof *x);
    void *bytes = tool_alloc(n * cols, width);
    lowp_error reason = {0};
    lowp_status result = make_rows(m, t, row0, n, factor, x);
    if (result == LOWP_OK) result = lowp_element_encode_n(element, NULL, 0, 0, n * cols, x, bytes);
    if (result == LOWP_OK)
      result = lowp_writer_write(writer, at, row0 * cols * width, bytes, n * cols * width, &reason);
    free(x);
    free(bytes);
    if (result != LOWP_OK) {
      TOOL_OMP(omp critical(lowp_synth_error)) {
        status = result;
        error = reason;
      }
    }
  }
  free(factor);
  return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
}

/* Tensors first..last-1 into one writer. */
static int write_shard(const model *m, size_t first, size_t last, const char *path, lowp_shards *shards) {
  lowp_tensor_spec *specs = tool_alloc(last - first, sizeof *specs);
  lowp_dtype dtype = m->options.dtype == 0 ? LOWP_DTYPE_BF16 : LOWP_DTYPE_F32;
  for (size_t i = first; i < last; i++)
    specs[i - first] = (lowp_tensor_spec){m->tensors[i].name, dtype, m->tensors[i].rank, m->tensors[i].shape};
  char *made =
      tool_format("layers=%llu hidden=%llu vocab=%llu outliers=%llu seed=%llu", (unsigned long long)m->options.layers,
                  (unsigned long long)m->options.hidden, (unsigned long long)m->options.vocab,
                  (unsigned long long)m->options.outliers, (unsigned long long)m->options.seed);
  const lowp_pair pairs[] = {{"format", "pt"},
                             {"lowp.version", lowp_version_string()},
                             {"lowp.synth", made},
                             {"lowp.synth.math", lowp_random_portable() ? "sleef" : "libm"}};
  lowp_write_options write = {.struct_size = sizeof write,
                              .replace = m->options.force,
                              .metadata_count = sizeof pairs / sizeof pairs[0],
                              .metadata = pairs};
  lowp_writer *writer;
  lowp_error error = {0};
  lowp_status status = shards == NULL ? lowp_writer_create(path, &write, last - first, specs, &writer, &error)
                                      : lowp_shards_writer(shards, path, &write, last - first, specs, &writer, &error);
  int code = status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
  if (code == TOOL_OK) {
    for (size_t i = first; i < last && code == TOOL_OK; i++) code = write_tensor(m, &m->tensors[i], writer, i - first);
    if (code == TOOL_OK && (status = lowp_writer_commit(writer, &error)) != LOWP_OK)
      code = tool_fail_status(status, &error);
    if (code != TOOL_OK) lowp_writer_abort(writer);
  }
  free(made);
  free(specs);
  return code;
}

static int write_config(const model *m, const char *directory) {
  const synth_options *o = &m->options;
  char *path = tool_format("%s/config.json", directory);
  unsigned long long heads = o->hidden / 64;
  char *text =
      tool_format("{\n"
                  "  \"architectures\": [\n    \"LlamaForCausalLM\"\n  ],\n"
                  "  \"hidden_act\": \"silu\",\n  \"hidden_size\": %llu,\n  \"intermediate_size\": %zu,\n"
                  "  \"max_position_embeddings\": 2048,\n  \"model_type\": \"llama\",\n"
                  "  \"num_attention_heads\": %llu,\n  \"num_hidden_layers\": %llu,\n"
                  "  \"num_key_value_heads\": %llu,\n  \"rms_norm_eps\": 1e-05,\n"
                  "  \"tie_word_embeddings\": false,\n  \"torch_dtype\": \"%s\",\n  \"vocab_size\": %llu\n}\n",
                  (unsigned long long)o->hidden, m->intermediate, heads, (unsigned long long)o->layers,
                  heads < 4 ? 1 : heads / 4, o->dtype == 0 ? "bfloat16" : "float32", (unsigned long long)o->vocab);
  lowp_error error = {0};
  lowp_status status = lowp_write_file(path, NULL, text, strlen(text), &error);
  free(text);
  free(path);
  return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
}

static int write_directory(const model *m, const char *path) {
  uint64_t count = m->options.shards != 0 ? m->options.shards : (m->bytes + 0x7fffffff) / 0x80000000u;
  if (count < 1) count = 1;
  if (count > m->count) count = m->count;
  lowp_shards *shards;
  lowp_error error = {0};
  lowp_write_options write = {.struct_size = sizeof write, .replace = m->options.force};
  lowp_status status = lowp_shards_create(path, &write, LOWP_PARTIAL_DISCARD, &shards, &error);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  int code = TOOL_OK;
  size_t next = 0;
  uint64_t done = 0;
  for (uint64_t i = 0; i < count && code == TOOL_OK; i++) {
    /* About the same number of bytes for each, and one tensor at least for those to come. */
    size_t begin = next;
    do done += m->tensors[next++].bytes;
    while (m->count - next > count - 1 - i && (i + 1 == count || done < (i + 1) * (m->bytes / count)));
    char *name = count == 1 ? tool_format("model.safetensors")
                            : tool_format("model-%05llu-of-%05llu.safetensors", (unsigned long long)i + 1,
                                          (unsigned long long)count);
    code = write_shard(m, begin, next, name, shards);
    free(name);
  }
  if (code == TOOL_OK) code = write_config(m, lowp_shards_directory(shards));
  if (code == TOOL_OK && (status = lowp_shards_commit(shards, &error)) != LOWP_OK)
    code = tool_fail_status(status, &error);
  if (code != TOOL_OK) lowp_shards_abort(shards, 0);
  return code;
}

static int check(const synth_options *o) {
  if (o->layers < 1 || o->layers > 10000) return tool_fail(TOOL_USAGE, "--layers: not between 1 and 10000");
  if (o->hidden < 64 || o->hidden > 65536 || o->hidden % 64 != 0)
    return tool_fail(TOOL_USAGE, "--hidden: not a multiple of 64 between 64 and 65536");
  if (o->vocab > 10000000) return tool_fail(TOOL_USAGE, "--vocab: more than 10000000");
  if (o->seed > UINT32_MAX) return tool_fail(TOOL_USAGE, "--seed: not below 2^32");
  if (o->outliers > 1024) return tool_fail(TOOL_USAGE, "--outliers: more than 1024");
  return TOOL_OK;
}

int main(int argc, char **argv) {
  tool_begin("lowp-synth");
  model m = {.options = {.layers = 4, .hidden = 512, .outliers = 4}};
  int first, code = tool_parse(&program, argc, argv, &m.options, &first);
  if (code >= 0) return tool_end(code);
  if (argc - first != 1) return tool_fail(TOOL_USAGE, "one output is needed; try '%s --help'", tool_name);
  if ((code = check(&m.options)) != TOOL_OK) return code;
  const char *path = argv[first], *dot = strrchr(path, '.');
  bool single = dot != NULL && strcmp(dot, ".safetensors") == 0;
  if (single && m.options.shards > 1) return tool_fail(TOOL_USAGE, "--shards: OUT is to be a directory then");
  double start = tool_clock();
  describe(&m);
  code = single ? write_shard(&m, 0, m.count, path, NULL) : write_directory(&m, path);
  char size[TOOL_TEXT], time[TOOL_TEXT];
  if (code == TOOL_OK && !m.options.quiet)
    printf("wrote %s: %zu tensors, %s, %llu layers, hidden size %llu, in %s\n", tool_safe(path), m.count,
           tool_bytes((double)m.bytes, size), (unsigned long long)m.options.layers,
           (unsigned long long)m.options.hidden, tool_seconds(tool_clock() - start, time));
  for (size_t i = 0; i < m.count; i++) free(m.tensors[i].name);
  free(m.tensors);
  return tool_end(code);
}
