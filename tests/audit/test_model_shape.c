/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of models: counts against published ones, config.json against the table, and all that is to be refused. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "api/docs_table.h"
#include "harness/suite.h"

#include <lowp/model_shape.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const lowp_model_info *named(const char *name) {
  const lowp_model_info *info = lowp_model_info_from_name(name);
  LOWP_CHECK(info != NULL, "%s is not in the table", name);
  return info;
}

static lowp_roofline_model counts(const char *name) {
  lowp_roofline_model m;
  assert_int_equal(lowp_model_info_roofline(named(name), &m), LOWP_OK);
  return m;
}

/* Parameters as they were published, to the last digit that was. */
static void published_counts(void **state) {
  (void)state;
  static const struct {
    const char *name;
    double total, active; /* 0: not published apart from the total */
    bool with_embedding;  /* the publisher counts the embedding table as active */
    double digit, active_digit;
  } rows[] = {
      /* sums of the shapes of all tensors in the checkpoints */
      {"llama-3.1-8b", 8030261248.0, 0, false, 1, 0},
      {"llama-3.3-70b", 70553706496.0, 0, false, 1, 0},
      {"qwen3-32b", 32762123264.0, 0, false, 1, 0},
      {"mixtral-8x7b", 46702792704.0, 12.9e9, true, 1, 0.1e9},
      /* reports */
      {"llama-3.1-405b", 406e9, 0, false, 1e9, 0},
      {"mistral-7b", 7.25e9, 0, false, 0.01e9, 0},
      {"qwen3-30b-a3b", 30.5e9, 3.35e9, true, 0.1e9, 0.1e9}, /* 3.3e9 is published, cut and not rounded */
      {"deepseek-v3", 671e9, 36.6e9, false, 1e9, 0.1e9},
      {"gpt-oss-120b", 116.83e9, 5.13e9, false, 0.01e9, 0.01e9},
      {"gpt-oss-20b", 20.91e9, 3.61e9, false, 0.01e9, 0.01e9},
      {"deepseek-v4-flash", 284e9, 13e9, false, 1, 1},
      {"deepseek-v4-pro", 1.6e12, 49e9, false, 1, 1},
  };
  size_t n = 0;
  while (lowp_model_info_of(n)) n++;
  assert_int_equal(n, sizeof rows / sizeof rows[0]);
  for (size_t i = 0; i < n; i++) {
    const lowp_roofline_model m = counts(rows[i].name);
    const double total = lowp_roofline_model_total(&m);
    const double active = lowp_roofline_model_active(&m) + (rows[i].with_embedding ? m.embedding : 0);
    LOWP_CHECK(fabs(total - rows[i].total) <= rows[i].digit / 2, "%s: %.0f", rows[i].name, total);
    LOWP_CHECK(!rows[i].active || fabs(active - rows[i].active) <= rows[i].active_digit * 0.51, "%s: %.0f active",
               rows[i].name, active);
    /* and the table's own, rounded to three digits at least */
    const lowp_model_info *info = named(rows[i].name);
    assert_true(fabs(total - info->total) <= 0.005 * total && info->source[0] && info->active <= info->total);
  }
}

/*
 * What a token of a prompt is multiplied with, and what stays in 16 bits. Llama 3.1 8B: 32 layers of 4096 x (32 + 16) x 128 +
 * 4096^2 + 3 x 4096 x 14336, two tables of 128256 x 4096, 65 norms of 4096. gpt-oss-120b: all but 36 x 128 experts of
 * 3 x 2880 x 2880 + 3 x 2880 values, so that its checkpoint has the 60.8 GiB of arXiv 2508.10925, table 1, or little less.
 */
static void kept_and_multiplied(void **state) {
  (void)state;
  lowp_roofline_model m = counts("llama-3.1-8b");
  assert_true(lowp_roofline_model_multiplied(&m) == 32 * (4096.0 * 6144 + 4096.0 * 4096 + 3 * 4096.0 * 14336));
  assert_true(lowp_roofline_model_kept(&m) == 2 * 128256.0 * 4096 + 65 * 4096.0);
  m = counts("gpt-oss-120b");
  const double experts = 36 * 128 * 3 * 2880.0 * 2881, total = lowp_roofline_model_total(&m);
  assert_true(fabs(lowp_roofline_model_kept(&m) / (total - experts) - 1) < 1e-12);
  assert_true(fabs((experts * 4.25 + (total - experts) * 16) / 8 / 0x1p30 - 60.8) < 0.1);
  assert_true(fabs(lowp_roofline_model_multiplied(&m) - (lowp_roofline_model_active(&m) - m.head - m.small)) < 1);
}

/* Cache and attention, worked by hand. */
static void cache_and_attention(void **state) {
  (void)state;
  lowp_roofline_model m = counts("llama-3.3-70b");
  assert_true(m.kv == 163840 && m.pair_decode == 4.0 * 80 * 8192 && m.pair_prefill == m.pair_decode);
  assert_true(m.kv_window == 0 && m.window == 0 && m.hidden == 8192 && m.experts == 0);
  m = counts("deepseek-v3");
  /* 512 + 64 values in each of 61 layers, 70272 bytes in 16 bits; 128 heads meet 576 values, and weigh 512 */
  assert_true(m.kv == 35136 && m.pair_decode == 61 * 2.0 * 128 * (576 + 512));
  assert_true(m.pair_prefill == 61 * 2.0 * 128 * (128 + 64 + 128));
  assert_true(m.experts == 256 && m.experts_active == 8 && m.expert == 58 * 3.0 * 7168 * 2048);
  m = counts("gpt-oss-120b");
  assert_true(m.kv == 18 * 1024 && m.kv_window == 18 * 1024 && m.window == 128 && m.pair_window == 18 * 4.0 * 4096);
  /* a layer: biases of queries, keys, values and output, sinks, two norms, biases of the router; a last norm */
  assert_true(m.small == 36 * (4096 + 2 * 512 + 2880 + 64 + 2 * 2880 + 128) + 2880);
  assert_true(m.expert == 36 * (3 * 2880.0 * 2880 + 3 * 2880) && m.linear == 36 * (2880.0 * 9216 + 2880 * 128));
}

/* --- config.json --- */

#define LLAMA \
  "\"model_type\":\"llama\",\"num_hidden_layers\":32,\"hidden_size\":4096,\"vocab_size\":128256," \
  "\"num_attention_heads\":32,\"num_key_value_heads\":8,\"intermediate_size\":14336,\"rope_theta\":500000.0"
#define MIXTRAL \
  "\"model_type\":\"mixtral\",\"num_hidden_layers\":32,\"hidden_size\":4096,\"vocab_size\":32000," \
  "\"num_attention_heads\":32,\"num_key_value_heads\":8,\"intermediate_size\":14336,\"num_local_experts\":8," \
  "\"num_experts_per_tok\":2,\"sliding_window\":null"
#define QWEN3 \
  "\"model_type\":\"qwen3\",\"num_hidden_layers\":64,\"hidden_size\":5120,\"vocab_size\":151936," \
  "\"num_attention_heads\":64,\"num_key_value_heads\":8,\"head_dim\":128,\"intermediate_size\":25600," \
  "\"attention_bias\":false,\"use_sliding_window\":false,\"max_window_layers\":64,\"sliding_window\":null," \
  "\"tie_word_embeddings\":false"
#define QWEN3_MOE \
  "\"model_type\":\"qwen3_moe\",\"num_hidden_layers\":48,\"hidden_size\":2048,\"vocab_size\":151936," \
  "\"num_attention_heads\":32,\"num_key_value_heads\":4,\"head_dim\":128,\"intermediate_size\":6144,\"num_experts\":" \
  "128," \
  "\"num_experts_per_tok\":8,\"moe_intermediate_size\":768,\"decoder_sparse_step\":1,\"mlp_only_layers\":[]"
#define DEEPSEEK \
  "\"model_type\":\"deepseek_v3\",\"num_hidden_layers\":61,\"hidden_size\":7168,\"vocab_size\":129280," \
  "\"num_attention_heads\":128,\"num_key_value_heads\":128,\"intermediate_size\":18432,\"q_lora_rank\":1536," \
  "\"kv_lora_rank\":512,\"qk_nope_head_dim\":128,\"qk_rope_head_dim\":64,\"v_head_dim\":128,\"n_routed_experts\":256," \
  "\"num_experts_per_tok\":8,\"n_shared_experts\":1,\"moe_intermediate_size\":2048,\"first_k_dense_replace\":3," \
  "\"moe_layer_freq\":1"
#define GPT_OSS \
  "\"model_type\":\"gpt_oss\",\"num_hidden_layers\":36,\"hidden_size\":2880,\"vocab_size\":201088," \
  "\"num_attention_heads\":64,\"num_key_value_heads\":8,\"head_dim\":64,\"intermediate_size\":2880," \
  "\"num_local_experts\":128,\"num_experts_per_tok\":4,\"sliding_window\":128,\"attention_bias\":true," \
  "\"tie_word_embeddings\":false"

static lowp_status parse(const char *text, lowp_model_shape *shape, lowp_error *error) {
  return lowp_model_shape_parse("some/config.json", text, strlen(text), shape, error);
}

static lowp_model_shape parsed(const char *text) {
  lowp_model_shape shape;
  lowp_error error;
  const lowp_status status = parse(text, &shape, &error);
  LOWP_CHECK(status == LOWP_OK, "%s", error.text);
  return shape;
}

static void configurations(void **state) {
  (void)state;
  static const struct {
    const char *name, *text;
  } rows[] = {{"llama-3.1-8b", "{" LLAMA "}"},
              {"mixtral-8x7b", "{" MIXTRAL "}"},
              {"qwen3-32b", "{" QWEN3 "}"},
              {"deepseek-v3", "{" DEEPSEEK "}"},
              {"gpt-oss-120b", "{" GPT_OSS "}"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const lowp_model_shape shape = parsed(rows[i].text), *table = &named(rows[i].name)->shape;
    LOWP_CHECK(memcmp(&shape, table, sizeof shape) == 0, "%s differs from its configuration", rows[i].name);
  }
  /* of this one the width of dense layers is given, which no layer has */
  lowp_model_shape shape = parsed("{" QWEN3_MOE "}");
  assert_int_equal(shape.ffn, 6144);
  shape.ffn = 0;
  assert_memory_equal(&shape, &named("qwen3-30b-a3b")->shape, sizeof shape);
}

static void variants(void **state) {
  (void)state;
  lowp_model_shape s = parsed("{" LLAMA ",\"tie_word_embeddings\":true,\"attention_bias\":true,\"mlp_bias\":true}");
  assert_true(s.tied && s.qkv_bias && s.o_bias && s.ffn_bias && s.head_dim == 128);
  lowp_roofline_model m, n = counts("llama-3.1-8b");
  assert_int_equal(lowp_model_shape_roofline(&s, &m, NULL), LOWP_OK);
  assert_true(m.embedding == 0 && m.head == n.head && m.linear == n.linear);
  assert_true(m.small - n.small == 32.0 * (4096 + 2 * 1024 + 4096 + 2 * 14336 + 4096));
  /* Llama without groups; Mistral with a window; DeepSeek V2 Lite without compressed queries */
  s = parsed("{\"model_type\":\"llama\",\"num_hidden_layers\":2,\"hidden_size\":64,\"vocab_size\":9,"
             "\"num_attention_heads\":4,\"intermediate_size\":100}");
  assert_true(s.kv_heads == 4 && s.head_dim == 16);
  s = parsed("{\"model_type\":\"mistral\",\"num_hidden_layers\":2,\"hidden_size\":64,\"vocab_size\":9,"
             "\"num_attention_heads\":4,\"num_key_value_heads\":2,\"intermediate_size\":100,\"sliding_window\":4096}");
  assert_true(s.window == 4096 && s.window_layers == 2);
  s = parsed("{\"model_type\":\"deepseek_v2\",\"num_hidden_layers\":27,\"hidden_size\":2048,\"vocab_size\":102400,"
             "\"num_attention_heads\":16,\"intermediate_size\":10944,\"q_lora_rank\":null,\"kv_lora_rank\":512,"
             "\"qk_nope_head_dim\":128,\"qk_rope_head_dim\":64,\"v_head_dim\":128,\"n_routed_experts\":64,"
             "\"num_experts_per_tok\":6,\"n_shared_experts\":2,\"moe_intermediate_size\":1408,"
             "\"first_k_dense_replace\":1}");
  assert_true(s.q_lora == 0 && s.shared_ffn == 2816 && !s.router_bias);
  assert_int_equal(lowp_model_shape_roofline(&s, &m, NULL), LOWP_OK);
  /* Kimi K2 calls itself something else: 1 T parameters, 32 B active (arXiv 2507.20534). */
  const lowp_model_shape kimi =
      parsed("{\"model_type\":\"kimi_k2\",\"architectures\":[\"DeepseekV3ForCausalLM\"],\"num_hidden_layers\":61,"
             "\"hidden_size\":7168,\"vocab_size\":163840,\"num_attention_heads\":64,\"intermediate_size\":18432,"
             "\"q_lora_rank\":1536,\"kv_lora_rank\":512,\"qk_nope_head_dim\":128,\"qk_rope_head_dim\":64,"
             "\"v_head_dim\":128,\"n_routed_experts\":384,\"num_experts_per_tok\":8,\"n_shared_experts\":1,"
             "\"moe_intermediate_size\":2048,\"first_k_dense_replace\":1}");
  assert_int_equal(lowp_model_shape_roofline(&kimi, &n, NULL), LOWP_OK);
  assert_true(fabs(lowp_roofline_model_total(&n) - 1.03e12) < 0.005e12);
  assert_true(fabs(lowp_roofline_model_active(&n) - 32e9) < 0.5e9);
  assert_true(fabs(lowp_roofline_model_total(&m) - 15.7e9) < 0.05e9); /* published, with 2.4e9 active */
  assert_true(fabs(lowp_roofline_model_active(&m) - 2.4e9) < 0.1e9);
  /* windows of Qwen: from layer max_window_layers on, if used; layer_types say it for all */
  s = parsed("{\"use_sliding_window\":true,\"max_window_layers\":3,\"sliding_window\":1000,\"model_type\":\"qwen2\","
             "\"num_hidden_layers\":4,\"hidden_size\":64,\"vocab_size\":9,\"num_attention_heads\":4,"
             "\"num_key_value_heads\":2,\"intermediate_size\":100}");
  assert_true(s.window == 1000 && s.window_layers == 1 && s.qkv_bias && !s.o_bias);
  s = parsed("{\"sliding_window\":1000,\"model_type\":\"mistral\",\"num_hidden_layers\":3,\"hidden_size\":64,"
             "\"vocab_size\":9,\"num_attention_heads\":4,\"num_key_value_heads\":2,\"intermediate_size\":100,"
             "\"layer_types\":[\"full_attention\",\"sliding_attention\",\"sliding_attention\"]}");
  assert_true(s.window_layers == 2);
}

/* A copy of `text` without the member `"key":value`. */
static char *without(const char *text, const char *key) {
  char *copy = strdup(text), quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", key);
  char *at = strstr(copy, quoted);
  LOWP_CHECK(at != NULL, "%s is not in %s", key, text);
  char *end = at + strcspn(at, ",}");
  if (*end == ',') end++;
  memmove(at, end, strlen(end) + 1);
  const size_t n = strlen(copy);
  if (n > 1 && copy[n - 2] == ',') memcpy(copy + n - 2, "}", 2);
  return copy;
}

static void missing_keys(void **state) {
  (void)state;
  static const struct {
    const char *text, *keys[16];
  } rows[] = {
      {"{" LLAMA "}",
       {"model_type", "num_hidden_layers", "hidden_size", "vocab_size", "num_attention_heads", "intermediate_size"}},
      {"{" MIXTRAL "}", {"num_key_value_heads", "num_local_experts", "num_experts_per_tok", "intermediate_size"}},
      {"{" QWEN3 "}", {"head_dim", "num_key_value_heads"}},
      {"{" QWEN3_MOE "}", {"num_experts", "num_experts_per_tok", "moe_intermediate_size", "head_dim"}},
      {"{" DEEPSEEK "}",
       {"kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "moe_intermediate_size",
        "first_k_dense_replace", "intermediate_size"}},
      {"{" GPT_OSS "}", {"sliding_window", "attention_bias", "tie_word_embeddings", "num_local_experts", "head_dim"}}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    for (size_t k = 0; rows[i].keys[k]; k++) {
      char *text = without(rows[i].text, rows[i].keys[k]), expected[80];
      lowp_model_shape shape = {.layers = 7};
      lowp_error error;
      assert_int_equal(parse(text, &shape, &error), LOWP_E_FORMAT);
      snprintf(expected, sizeof expected, "the key \"%s\" is missing", rows[i].keys[k]);
      LOWP_CHECK(strstr(error.text, expected) != NULL, "%s: %s", rows[i].keys[k], error.text);
      assert_non_null(strstr(error.text, "some/config.json: "));
      assert_int_equal(shape.layers, 7);
      free(text);
    }
}

static void refused(void **state) {
  (void)state;
  static const struct {
    const char *text;
    lowp_status status;
    const char *said;
  } rows[] = {
      {"", LOWP_E_FORMAT, "the configuration is not valid JSON: it is empty"},
      {"[]", LOWP_E_FORMAT, "must be a JSON object"},
      {"{\"text_config\":{}}", LOWP_E_FORMAT, "text_config"},
      {"{\"model_type\":\"mamba\"}", LOWP_E_UNSUPPORTED, "model_type \"mamba\" is not known; llama,"},
      {"{\"model_type\":\"mamba\",\"architectures\":[\"MambaForCausalLM\"]}", LOWP_E_UNSUPPORTED,
       "\"mamba\" is not known"},
      {"{\"model_type\":\"mamba\",\"architectures\":[7]}", LOWP_E_UNSUPPORTED, "\"mamba\" is not known"},
      {"{\"model_type\":\"x\",\"architectures\":[\"LlamaForCausalLM\"]}", LOWP_E_FORMAT, "model_type llama: the key"},
      {"{\"model_type\":3}", LOWP_E_FORMAT, "must be a string"},
      {"{" LLAMA ",\"head_dim\":128.0}", LOWP_E_FORMAT, "\"head_dim\" must be an integer"},
      {"{" LLAMA ",\"head_dim\":-1}", LOWP_E_RANGE, "\"head_dim\" is -1"},
      {"{" LLAMA ",\"head_dim\":16777217}", LOWP_E_RANGE, "\"head_dim\" is 16777217"},
      {"{" LLAMA ",\"head_dim\":9223372036854775807}", LOWP_E_RANGE, "\"head_dim\""},
      {"{" LLAMA ",\"head_dim\":\"128\"}", LOWP_E_FORMAT, "\"head_dim\" must be an integer"},
      {"{" LLAMA ",\"tie_word_embeddings\":1}", LOWP_E_FORMAT, "\"tie_word_embeddings\" must be true or false"},
      {"{" LLAMA ",\"hidden_size\":1}", LOWP_E_FORMAT, "duplicate"},
      {"{" GPT_OSS ",\"layer_types\":[\"full_attention\"]}", LOWP_E_FORMAT, "array of 36"},
      {"{" QWEN3_MOE ",\"layer_types\":3}", LOWP_E_FORMAT, "layer_types"},
      {"{" DEEPSEEK ",\"attention_bias\":true}", LOWP_E_UNSUPPORTED, "\"attention_bias\" is true"},
      {"{\"model_type\":\"llama\",\"num_hidden_layers\":2,\"hidden_size\":64,\"vocab_size\":9,\"num_attention_heads\":"
       "6,"
       "\"num_key_value_heads\":4,\"intermediate_size\":100}",
       LOWP_E_RANGE, "kv_heads is 4, does not divide 6 heads"},
      {"{\"model_type\":\"llama\",\"num_hidden_layers\":0,\"hidden_size\":64,\"vocab_size\":9,\"num_attention_heads\":"
       "6,"
       "\"num_key_value_heads\":3,\"intermediate_size\":100}",
       LOWP_E_RANGE, "layers is 0"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    lowp_model_shape shape = {.layers = 7};
    lowp_error error = {LOWP_OK, ""};
    const lowp_status status = parse(rows[i].text, &shape, &error);
    LOWP_CHECK(status == rows[i].status && shape.layers == 7, "%s: status %d, %s", rows[i].text, status, error.text);
    LOWP_CHECK(strstr(error.text, rows[i].said) != NULL, "%s: %s", rows[i].text, error.text);
  }
  lowp_model_shape shape = {.layers = 7};
  lowp_error error;
  assert_int_equal(lowp_model_shape_load("no/such/config.json", &shape, &error), LOWP_E_IO);
  assert_int_equal(lowp_model_shape_parse(NULL, "{}", 2, NULL, &error), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_model_shape_parse(NULL, "{}", 2, &shape, &error), LOWP_E_FORMAT);
  assert_non_null(strstr(error.text, "config.json: "));
}

/* Text that ends early is never a shape, and nothing is read behind its end. */
static void truncated(void **state) {
  (void)state;
  static const char *const texts[] = {"{" LLAMA "}", "{" DEEPSEEK "}", "{" GPT_OSS "}", "{" QWEN3_MOE "}"};
  for (size_t i = 0; i < 4; i++)
    for (size_t n = 0; n < strlen(texts[i]); n++) {
      char *copy = malloc(n + 1);
      memcpy(copy, texts[i], n);
      lowp_model_shape shape = {.layers = 7};
      assert_int_equal(lowp_model_shape_parse("x", copy, n, &shape, NULL), LOWP_E_FORMAT);
      assert_int_equal(shape.layers, 7);
      free(copy);
    }
}

static void shapes_checked(void **state) {
  (void)state;
  const lowp_model_shape good = named("gpt-oss-20b")->shape;
  assert_int_equal(lowp_model_shape_check(&good, NULL), LOWP_OK);
  static const struct {
    size_t offset;
    uint32_t value;
  } bad[] = {{offsetof(lowp_model_shape, heads), 0},
             {offsetof(lowp_model_shape, kv_heads), 7},
             {offsetof(lowp_model_shape, vocab), (1 << 24) + 1},
             {offsetof(lowp_model_shape, window), 0},
             {offsetof(lowp_model_shape, window_layers), 25},
             {offsetof(lowp_model_shape, dense_layers), 25},
             {offsetof(lowp_model_shape, dense_layers), 1}, /* has no width */
             {offsetof(lowp_model_shape, experts_active), 33},
             {offsetof(lowp_model_shape, experts_active), 0},
             {offsetof(lowp_model_shape, expert_ffn), 0}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    lowp_model_shape shape = good;
    memcpy((char *)&shape + bad[i].offset, &bad[i].value, sizeof bad[i].value);
    lowp_roofline_model m = {.linear = 7};
    LOWP_CHECK(lowp_model_shape_roofline(&shape, &m, NULL) == LOWP_E_RANGE, "change %zu", i);
    assert_true(m.linear == 7);
  }
  assert_int_equal(lowp_model_shape_check(NULL, NULL), LOWP_E_ARGUMENT);
  assert_null(lowp_model_info_from_name("llama"));
  assert_null(lowp_model_info_from_name(NULL));
  assert_ptr_equal(lowp_model_info_from_name("Llama-3.3-70B"), lowp_model_info_from_name("llama-3.3-70b"));
}

/* The table of docs/roofline.md is the table of the library. */
static void visit_models(const docs_table *t) {
  for (int r = 0; r < t->rows; r++) {
    const lowp_model_info *info = lowp_model_info_of((size_t)r);
    if (!info || strcmp(info->name, t->cell[r][0]) != 0) docs_fail(t, "row %d: %s", r, t->cell[r][0]);
    const lowp_roofline_model m = counts(info->name);
    char total[32], active[32];
    snprintf(total, sizeof total, "%.2fe9", lowp_roofline_model_total(&m) / 1e9);
    snprintf(active, sizeof active, "%.2fe9", lowp_roofline_model_active(&m) / 1e9);
    if (strcmp(total, t->cell[r][1]) != 0 || strcmp(active, t->cell[r][2]) != 0)
      docs_fail(t, "%s has %s parameters, %s active", info->name, total, active);
    if (strcmp(info->source, t->cell[r][3]) != 0) docs_fail(t, "%s comes from %s", info->name, info->source);
  }
  if (lowp_model_info_of((size_t)t->rows)) docs_fail(t, "a model is missing");
}

static void documented(void **state) {
  (void)state;
  docs_each("roofline.md", "models", visit_models);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(published_counts),
                                            cmocka_unit_test(kept_and_multiplied),
                                            cmocka_unit_test(cache_and_attention),
                                            cmocka_unit_test(configurations),
                                            cmocka_unit_test(variants),
                                            cmocka_unit_test(missing_keys),
                                            cmocka_unit_test(refused),
                                            cmocka_unit_test(truncated),
                                            cmocka_unit_test(shapes_checked),
                                            cmocka_unit_test(documented)};
  return LOWP_SUITE_RUN("model shapes", tests);
}
