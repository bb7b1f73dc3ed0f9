/* SPDX-License-Identifier: Apache-2.0 */
/* model_shape_json.c: the sizes in a config.json. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/model_shape.h>

#include <string.h>

#include "audit/roofline_internal.h"
#include "internal.h"
#include "io/config.h"
#include "io/io_internal.h"
#include "io/json.h"

/* Kinds of model, as bits, so that a key can name those that have it. */
enum {
  LLAMA = 1,
  MISTRAL = 2,
  QWEN2 = 4,
  QWEN3 = 8,
  MIXTRAL = 16,
  QWEN3_MOE = 32,
  GPT_OSS = 64,
  DEEPSEEK_V2 = 128,
  DEEPSEEK_V3 = 256,
  DEEPSEEK = DEEPSEEK_V2 | DEEPSEEK_V3,
  GROUPED = LLAMA | MISTRAL | QWEN2 | QWEN3 | MIXTRAL | QWEN3_MOE | GPT_OSS,
  DENSE = LLAMA | MISTRAL | QWEN2 | QWEN3,
  ANY = GROUPED | DEEPSEEK
};

static const struct kind {
  const char *name, *class; /* model_type; what "architectures" calls it */
  unsigned bit;
} kinds[] = {{"llama", "LlamaForCausalLM", LLAMA},
             {"mistral", "MistralForCausalLM", MISTRAL},
             {"qwen2", "Qwen2ForCausalLM", QWEN2},
             {"qwen3", "Qwen3ForCausalLM", QWEN3},
             {"mixtral", "MixtralForCausalLM", MIXTRAL},
             {"qwen3_moe", "Qwen3MoeForCausalLM", QWEN3_MOE},
             {"gpt_oss", "GptOssForCausalLM", GPT_OSS},
             {"deepseek_v2", "DeepseekV2ForCausalLM", DEEPSEEK_V2},
             {"deepseek_v3", "DeepseekV3ForCausalLM", DEEPSEEK_V3}};

/* Sizes. A key that is missing or null is an error for those in `needed`, and 0 for the others in `read`. */
static const struct {
  const char *key;
  size_t offset;
  unsigned read, needed;
} sizes[] = {
#define SIZE(key, member, read, needed) \
  { key, offsetof(lowp_model_shape, member), read, needed }
    SIZE("num_hidden_layers", layers, ANY, ANY),
    SIZE("hidden_size", hidden, ANY, ANY),
    SIZE("vocab_size", vocab, ANY, ANY),
    SIZE("num_attention_heads", heads, ANY, ANY),
    SIZE("num_key_value_heads", kv_heads, GROUPED, GROUPED & ~LLAMA),
    SIZE("head_dim", head_dim, GROUPED, QWEN3 | QWEN3_MOE | GPT_OSS),
    SIZE("intermediate_size", ffn, DENSE | DEEPSEEK | QWEN3_MOE, DENSE | DEEPSEEK),
    SIZE("sliding_window", window, MISTRAL | MIXTRAL | QWEN2 | QWEN3 | QWEN3_MOE | GPT_OSS, GPT_OSS),
    SIZE("num_local_experts", experts, MIXTRAL | GPT_OSS, MIXTRAL | GPT_OSS),
    SIZE("num_experts", experts, QWEN3_MOE, QWEN3_MOE),
    SIZE("n_routed_experts", experts, DEEPSEEK, 0),
    SIZE("num_experts_per_tok", experts_active, MIXTRAL | QWEN3_MOE | GPT_OSS | DEEPSEEK,
         MIXTRAL | QWEN3_MOE | GPT_OSS),
    SIZE("intermediate_size", expert_ffn, MIXTRAL | GPT_OSS, MIXTRAL | GPT_OSS),
    SIZE("moe_intermediate_size", expert_ffn, QWEN3_MOE | DEEPSEEK, QWEN3_MOE),
    SIZE("q_lora_rank", q_lora, DEEPSEEK, 0),
    SIZE("kv_lora_rank", kv_lora, DEEPSEEK, DEEPSEEK),
    SIZE("qk_nope_head_dim", nope_dim, DEEPSEEK, DEEPSEEK),
    SIZE("qk_rope_head_dim", rope_dim, DEEPSEEK, DEEPSEEK),
    SIZE("v_head_dim", v_dim, DEEPSEEK, DEEPSEEK),
};

typedef struct reader {
  const char *path;
  const json_t *root;
  const char *kind_name;
  unsigned kind;
  lowp_model_shape shape;
  lowp_error *error;
} reader;

#define SHOWN "%s: model_type %s: "
#define FAIL(r, status, format, ...) \
  lowpi_fail((r)->error, status, SHOWN format, lowpi_shown((r)->path), (r)->kind_name, __VA_ARGS__)

/* The value of a key; NULL where it is missing or null. */
static const json_t *value_of(const reader *r, const char *key) {
  const json_t *value = json_object_get(r->root, key);
  return json_is_null(value) ? NULL : value;
}

/* An integer of 0 to the largest size; *out stays as it is where there is none and none is needed. */
static lowp_status integer(const reader *r, const char *key, bool needed, uint32_t *out) {
  const json_t *value = value_of(r, key);
  if (!value) return needed ? FAIL(r, LOWP_E_FORMAT, "the key \"%s\" is missing", key) : LOWP_OK;
  if (!json_is_integer(value)) return FAIL(r, LOWP_E_FORMAT, "\"%s\" must be an integer", key);
  const json_int_t n = json_integer_value(value);
  if (n < 0 || n > (json_int_t)LOWPI_SIZE_MAX)
    return FAIL(r, LOWP_E_RANGE, "\"%s\" is %lld, must be 0 to 2^24", key, (long long)n);
  *out = (uint32_t)n;
  return LOWP_OK;
}

static lowp_status boolean(const reader *r, const char *key, bool needed, uint32_t *out) {
  const json_t *value = value_of(r, key);
  if (!value) return needed ? FAIL(r, LOWP_E_FORMAT, "the key \"%s\" is missing", key) : LOWP_OK;
  if (!json_is_boolean(value)) return FAIL(r, LOWP_E_FORMAT, "\"%s\" must be true or false", key);
  *out = json_is_true(value);
  return LOWP_OK;
}

static lowp_status find_kind(reader *r) {
  if (!json_is_object(r->root))
    return lowpi_fail(r->error, LOWP_E_FORMAT, "%s: a configuration must be a JSON object", lowpi_shown(r->path));
  const json_t *type = value_of(r, "model_type");
  if (!type)
    return lowpi_fail(r->error, LOWP_E_FORMAT, "%s: the key \"model_type\" is missing%s", lowpi_shown(r->path),
                      value_of(r, "text_config") ? "; there is a \"text_config\": put it into a file of its own" : "");
  if (!json_is_string(type))
    return lowpi_fail(r->error, LOWP_E_FORMAT, "%s: \"model_type\" must be a string", lowpi_shown(r->path));
  /* A model with a type of its own may still be an instance of a known class. */
  const char *class = json_string_value(json_array_get(value_of(r, "architectures"), 0));
  for (int by_class = 0; by_class <= (class != NULL); by_class++)
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
      if (by_class ? strcmp(kinds[i].class, class) == 0 : strcmp(kinds[i].name, json_string_value(type)) == 0) {
        r->kind = kinds[i].bit;
        r->kind_name = kinds[i].name;
        return LOWP_OK;
      }
  return lowpi_fail(r->error, LOWP_E_UNSUPPORTED,
                    "%s: model_type \"%.40s\" is not known; llama, mistral, qwen2, qwen3, qwen3_moe, mixtral, gpt_oss, "
                    "deepseek_v2, deepseek_v3 are",
                    lowpi_shown(r->path), lowpi_shown(json_string_value(type)));
}

/* Layers that have the window: from layer_types, or by the rule of the kind. */
static lowp_status windows(reader *r) {
  lowp_model_shape *s = &r->shape;
  const json_t *types = value_of(r, "layer_types");
  uint32_t used = !(r->kind & (QWEN2 | QWEN3 | QWEN3_MOE)), full_layers = 0;
  lowp_status status = used ? LOWP_OK : boolean(r, "use_sliding_window", false, &used);
  if (!status)
    status = integer(r, "max_window_layers", !types && used && r->kind & (QWEN2 | QWEN3 | QWEN3_MOE), &full_layers);
  if (status) return status;
  if (types) {
    if (!json_is_array(types) || json_array_size(types) != s->layers)
      return FAIL(r, LOWP_E_FORMAT, "\"layer_types\" must be an array of %u strings", (unsigned)s->layers);
    for (size_t i = 0; i < json_array_size(types); i++) {
      const char *type = json_string_value(json_array_get(types, i));
      if (!type || (strcmp(type, "sliding_attention") != 0 && strcmp(type, "full_attention") != 0))
        return FAIL(r, type ? LOWP_E_UNSUPPORTED : LOWP_E_FORMAT,
                    "\"layer_types\": entry %zu is neither full_attention nor sliding_attention", i);
      s->window_layers += *type == 's';
    }
  } else if (r->kind == GPT_OSS) {
    s->window_layers = s->layers - s->layers / 2; /* every other one, from the first */
  } else if (r->kind & (QWEN2 | QWEN3 | QWEN3_MOE)) {
    s->window_layers = s->layers > full_layers ? s->layers - full_layers : 0;
  } else {
    s->window_layers = s->layers;
  }
  if (!s->window || !used) s->window = s->window_layers = 0;
  if (!s->window_layers) s->window = 0;
  return LOWP_OK;
}

/* Layers with experts, and what is particular about them. */
static lowp_status experts(reader *r) {
  lowp_model_shape *s = &r->shape;
  lowp_status status = LOWP_OK;
  if (r->kind & DENSE) s->dense_layers = s->layers;
  if (r->kind == QWEN3_MOE) {
    uint32_t step = 1;
    status = integer(r, "decoder_sparse_step", false, &step);
    if (!status && step != 1) status = FAIL(r, LOWP_E_UNSUPPORTED, "\"decoder_sparse_step\" %u", (unsigned)step);
    const json_t *dense = value_of(r, "mlp_only_layers");
    if (!status && dense && !json_is_array(dense))
      status = FAIL(r, LOWP_E_FORMAT, "\"%s\" must be an array", "mlp_only_layers");
    const size_t n = json_array_size(dense);
    if (!status && n > s->layers)
      status = FAIL(r, LOWP_E_RANGE, "\"mlp_only_layers\" has %zu of %u layers", n, (unsigned)s->layers);
    if (!status) s->dense_layers = (uint32_t)n;
  }
  if (r->kind & DEEPSEEK) {
    uint32_t shared = 0, frequency = 1;
    status = integer(r, "n_shared_experts", false, &shared);
    if (!status) status = integer(r, "moe_layer_freq", false, &frequency);
    if (!status && frequency != 1) status = FAIL(r, LOWP_E_UNSUPPORTED, "\"moe_layer_freq\" %u", (unsigned)frequency);
    if (!status && s->experts == 0) {
      s->dense_layers = s->layers;
      s->experts_active = s->expert_ffn = 0;
      return LOWP_OK;
    }
    if (!status) status = integer(r, "first_k_dense_replace", true, &s->dense_layers);
    if (!status && !value_of(r, "moe_intermediate_size"))
      status = FAIL(r, LOWP_E_FORMAT, "the key \"%s\" is missing", "moe_intermediate_size");
    size_t width;
    if (!status && (!lowpi_mul(shared, s->expert_ffn, &width) || width > LOWPI_SIZE_MAX))
      status = FAIL(r, LOWP_E_RANGE, "%u shared experts of width %u", (unsigned)shared, (unsigned)s->expert_ffn);
    if (!status) s->shared_ffn = (uint32_t)width;
    s->router_bias = r->kind == DEEPSEEK_V3;
  }
  return status;
}

/* Flags: those that the kind always has, and those that the file decides. */
static lowp_status flags(reader *r) {
  lowp_model_shape *s = &r->shape;
  uint32_t attention_bias = 0;
  /* GptOssConfig has no default for these two of its own. */
  lowp_status status = boolean(r, "tie_word_embeddings", r->kind == GPT_OSS, &s->tied);
  if (!status) status = boolean(r, "attention_bias", r->kind == GPT_OSS, &attention_bias);
  if (!status && r->kind == LLAMA) status = boolean(r, "mlp_bias", false, &s->ffn_bias);
  if (status) return status;
  if (attention_bias && (r->kind & DEEPSEEK)) return FAIL(r, LOWP_E_UNSUPPORTED, "\"%s\" is true", "attention_bias");
  if (r->kind & (LLAMA | QWEN3 | QWEN3_MOE | GPT_OSS)) s->qkv_bias = s->o_bias = attention_bias;
  if (r->kind == QWEN2) s->qkv_bias = 1;
  if (r->kind & (QWEN3 | QWEN3_MOE)) s->qk_norm = 1;
  if (r->kind == GPT_OSS) s->ffn_bias = s->router_bias = s->sinks = 1;
  return LOWP_OK;
}

static lowp_status read_shape(reader *r) {
  lowp_model_shape *s = &r->shape;
  lowp_status status = find_kind(r);
  for (size_t i = 0; !status && i < sizeof sizes / sizeof sizes[0]; i++) {
    if (!(sizes[i].read & r->kind)) continue;
    uint32_t value = 0;
    status = integer(r, sizes[i].key, (sizes[i].needed & r->kind) != 0, &value);
    if (!status) memcpy((char *)s + sizes[i].offset, &value, sizeof value);
  }
  if (status) return status;
  if (r->kind & DEEPSEEK) {
    s->attention = LOWP_ATTENTION_MLA;
  } else {
    if (!s->kv_heads) s->kv_heads = s->heads;
    if (!s->head_dim && s->heads) s->head_dim = s->hidden / s->heads;
    status = windows(r);
  }
  if (!status) status = experts(r);
  if (!status) status = flags(r);
  if (status) return status;
  lowp_error why;
  status = lowp_model_shape_check(s, &why);
  return status ? FAIL(r, status, "%s", why.text) : LOWP_OK;
}

static lowp_status read_value(const char *path, json_t *root, lowp_model_shape *shape, lowp_error *error) {
  reader r = {.path = path, .root = root, .kind_name = "?", .shape.struct_size = sizeof r.shape, .error = error};
  const lowp_status status = read_shape(&r);
  if (!status) *shape = r.shape;
  json_decref(root);
  return status;
}

lowp_status lowp_model_shape_parse(const char *path, const void *bytes, size_t n, lowp_model_shape *shape,
                                   lowp_error *error) {
  if (!path) path = "config.json";
  if (!shape || (!bytes && n)) return lowpi_fail(error, LOWP_E_ARGUMENT, "no text or no place for the shape given");
  json_t *root = NULL;
  const lowp_status status = lowpi_json_parse(path, "configuration", bytes, n, &root, error);
  return status ? status : read_value(path, root, shape, error);
}

lowp_status lowp_model_shape_load(const char *path, lowp_model_shape *shape, lowp_error *error) {
  if (!path || !shape) return lowpi_fail(error, LOWP_E_ARGUMENT, "no path or no place for the shape given");
  json_t *root = NULL;
  const lowp_status status = lowpi_json_load(path, "configuration", LOWPI_MAX_CONFIG, &root, error);
  return status ? status : read_value(path, root, shape, error);
}
