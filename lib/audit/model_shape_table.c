/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_shape_table.c: models by name. Sizes are those of the config.json that the publisher has on Hugging Face; counts
 * are those of the model card or report named in the line.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/model_shape.h>

#include <strings.h>

#define SHAPE .shape.struct_size = sizeof(lowp_model_shape)
/* Grouped heads with a dense FFN in all layers. */
#define DENSE(l, d, v, h, kv, hd, f) \
  SHAPE, .shape.layers = l, .shape.hidden = d, .shape.vocab = v, .shape.heads = h, .shape.kv_heads = kv, \
         .shape.head_dim = hd, .shape.ffn = f, .shape.dense_layers = l
/* Grouped heads with e experts of width f in all layers, k active. */
#define EXPERTS(l, d, v, h, kv, hd, e, k, f) \
  SHAPE, .shape.layers = l, .shape.hidden = d, .shape.vocab = v, .shape.heads = h, .shape.kv_heads = kv, \
         .shape.head_dim = hd, .shape.experts = e, .shape.experts_active = k, .shape.expert_ffn = f

static const lowp_model_info models[] = {
    {sizeof(lowp_model_info), "llama-3.1-8b", "meta-llama/Llama-3.1-8B config.json; model card: 8.03e9 parameters",
     8.03e9, 8.03e9, 0, DENSE(32, 4096, 128256, 32, 8, 128, 14336)},
    {sizeof(lowp_model_info), "llama-3.3-70b",
     "meta-llama/Llama-3.3-70B-Instruct config.json; model card: 70.6e9 parameters", 70.6e9, 70.6e9, 0,
     DENSE(80, 8192, 128256, 64, 8, 128, 28672)},
    {sizeof(lowp_model_info), "llama-3.1-405b", "arXiv 2407.21783 table 3; model card: 406e9 parameters", 406e9, 406e9,
     0, DENSE(126, 16384, 128256, 128, 8, 128, 53248)},
    {sizeof(lowp_model_info), "mistral-7b", "mistralai/Mistral-7B-v0.3 config.json; model card: 7.25e9 parameters",
     7.25e9, 7.25e9, 0, DENSE(32, 4096, 32768, 32, 8, 128, 14336)},
    {sizeof(lowp_model_info), "qwen3-32b", "Qwen/Qwen3-32B config.json; model card: 32.8e9 parameters", 32.8e9, 32.8e9,
     0, DENSE(64, 5120, 151936, 64, 8, 128, 25600), .shape.qk_norm = 1},
    {sizeof(lowp_model_info), "qwen3-30b-a3b",
     "Qwen/Qwen3-30B-A3B config.json; model card: 30.5e9 parameters, 3.3e9 active", 30.5e9, 3.3e9, 0,
     EXPERTS(48, 2048, 151936, 32, 4, 128, 128, 8, 768), .shape.qk_norm = 1},
    {sizeof(lowp_model_info), "mixtral-8x7b", "arXiv 2401.04088: 47e9 parameters, 13e9 active; model card: 46.7e9",
     46.7e9, 12.9e9, 0, EXPERTS(32, 4096, 32000, 32, 8, 128, 8, 2, 14336)},
    {sizeof(lowp_model_info),
     "deepseek-v3",
     "arXiv 2412.19437; README_WEIGHTS: 671e9 parameters, 36.6e9 active without embedding",
     671e9,
     36.6e9,
     0,
     SHAPE,
     .shape.attention = LOWP_ATTENTION_MLA,
     .shape.layers = 61,
     .shape.hidden = 7168,
     .shape.vocab = 129280,
     .shape.heads = 128,
     .shape.q_lora = 1536,
     .shape.kv_lora = 512,
     .shape.nope_dim = 128,
     .shape.rope_dim = 64,
     .shape.v_dim = 128,
     .shape.ffn = 18432,
     .shape.dense_layers = 3,
     .shape.experts = 256,
     .shape.experts_active = 8,
     .shape.expert_ffn = 2048,
     .shape.shared_ffn = 2048,
     .shape.router_bias = 1},
    {sizeof(lowp_model_info), "gpt-oss-120b", "arXiv 2508.10925 table 1: 116.83e9 parameters, 5.13e9 active", 116.83e9,
     5.13e9, 0, EXPERTS(36, 2880, 201088, 64, 8, 64, 128, 4, 2880), .shape.window = 128, .shape.window_layers = 18,
     .shape.qkv_bias = 1, .shape.o_bias = 1, .shape.ffn_bias = 1, .shape.router_bias = 1, .shape.sinks = 1},
    {sizeof(lowp_model_info), "gpt-oss-20b", "arXiv 2508.10925 table 1: 20.91e9 parameters, 3.61e9 active", 20.91e9,
     3.61e9, 0, EXPERTS(24, 2880, 201088, 64, 8, 64, 32, 4, 2880), .shape.window = 128, .shape.window_layers = 12,
     .shape.qkv_bias = 1, .shape.o_bias = 1, .shape.ffn_bias = 1, .shape.router_bias = 1, .shape.sinks = 1},
    {sizeof(lowp_model_info),
     "deepseek-v4-flash",
     "model card of April 2026: 284e9 parameters, 13e9 active",
     284e9,
     13e9,
     1,
     {0}},
    {sizeof(lowp_model_info),
     "deepseek-v4-pro",
     "model card of April 2026: 1.6e12 parameters, 49e9 active",
     1.6e12,
     49e9,
     1,
     {0}},
};

const lowp_model_info *lowp_model_info_of(size_t index) {
  return index < sizeof models / sizeof models[0] ? &models[index] : NULL;
}

const lowp_model_info *lowp_model_info_from_name(const char *name) {
  if (name)
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
      if (strcasecmp(models[i].name, name) == 0) return &models[i];
  return NULL;
}

lowp_status lowp_model_info_roofline(const lowp_model_info *info, lowp_roofline_model *model) {
  if (!info) return LOWP_E_ARGUMENT;
  return info->counts_only ? lowp_roofline_model_counts(info->total, info->active, model)
                           : lowp_model_shape_roofline(&info->shape, model, NULL);
}
