/* SPDX-License-Identifier: Apache-2.0 */
/* test_nvfp4_vectors.c: NVFP4 against what other implementations put out, bit for bit. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/vectors.h"
#include "quant/arrays.h"
#include "quant/nvfp4_model.h"
#include <stdlib.h>

typedef enum meaning { ENCODE, DECODE, AMAX } meaning;

typedef struct variant {
  const char *name;
  lowp_compat compat;
  lowp_scale_rule rule;
  lowp_search_metric metric;
  float scale_max, target;
  lowp_tensor_scale_from from;
  meaning gscale;
  lowpt_source source;
} variant;

static lowp_quant_opts options(const variant *v) {
  lowp_quant_opts opts;
  assert_int_equal(lowp_quant_opts_compat(&opts, LOWP_SCHEME_NVFP4, v->compat), LOWP_OK);
  opts.scale_rule = v->rule;
  opts.metric = v->metric;
  opts.nvfp4_scale_max = v->scale_max;
  opts.nvfp4_target = v->target;
  opts.tensor_scale_from = v->from;
  return opts;
}

static void test_vectors(void **state) {
  const variant *v = *state;
  const lowpt_set set = {v->source, "nvfp4", v->name};
  size_t items = 0, rows = 0, bad_g = 0, bad_scales = 0, bad_codes = 0, bad_values = 0, codes_compared = 0;
  float *in = lowpt_array(v->source, "nvfp4", "in.u32", 4, &items), *dec = NULL;
  rows = items / K;
  float *gscale = lowpt_set_load(set, ".gscale.u32", 4, &rows);
  size_t blocks = rows * BLOCKS;
  uint8_t *scale = lowpt_set_load(set, ".scale.u8", 1, &blocks), *codes = lowpt_set_load(set, ".codes.u8", 1, &items);
  char name[64];
  snprintf(name, sizeof name, "%s.dec.u32", v->name);
  if (lowpt_array_exists(v->source, "nvfp4", name)) dec = lowpt_set_load(set, ".dec.u32", 4, &items);
  lowp_quant_opts opts = options(v);
  for (size_t r = 0; r < rows; r++) {
    result it;
    quantize(&opts, in + r * K, &it);
    float ours = v->gscale == ENCODE ? it.q.tensor_scale_inv : v->gscale == AMAX ? it.q.tensor_amax : it.q.tensor_scale;
    float g = v->gscale == ENCODE ? 1.0f / gscale[r]
              : v->gscale == AMAX ? gscale[r] / (v->scale_max * v->target)
                                  : gscale[r];
    bad_g += !same(ours, gscale[r]);
    for (size_t b = 0; b < BLOCKS; b++) {
      uint8_t s = scale[r * BLOCKS + b];
      /* codes under a NaN scale are not defined; under TransformerEngine's zero scale they are arbitrary */
      bool nan = s == 0x7f, arbitrary = s == 0 && v->compat == LOWP_COMPAT_TRANSFORMER_ENGINE;
      bad_scales += it.scales[b] != s;
      for (size_t i = b * B; i < (b + 1) * B; i++) {
        uint8_t code = codes[r * K + i];
        float want = dec ? dec[r * K + i] : model_value(code, s, g);
        bad_values += arbitrary ? it.y[i] != want : !same(it.y[i], want);
        if (nan) bad_codes += it.codes[i] != 0;
        if (nan || arbitrary) continue;
        bad_codes += it.codes[i] != code;
        codes_compared++;
      }
    }
  }
  lowpt_set_report(set, "tensor scales", rows, bad_g);
  lowpt_set_report(set, "block scales", blocks, bad_scales);
  lowpt_set_report(set, "codes", codes_compared, bad_codes);
  lowpt_set_report(set, "values", items, bad_values);
  free(in), free(dec), free(gscale), free(scale), free(codes);
}

/*
 * ggml: 36 bytes for 64 values: four scales, then for each 16 of them 8 bytes with elements j (low) and j + 8 (high).
 */
static void test_ggml(void **state) {
  const variant *v = *state;
  const lowpt_set set = {v->source, "nvfp4", v->name};
  size_t items = 0, bad_scales = 0, bad_codes = 0, bad_values = 0;
  float *in = lowpt_array(v->source, "nvfp4", "in.u32", 4, &items), *dec = lowpt_set_load(set, ".dec.u32", 4, &items);
  size_t bytes = items / 64 * 36;
  uint8_t *blocks = lowpt_set_load(set, ".blk36.u8", 1, &bytes);
  lowp_quant_opts opts = options(v);
  for (size_t r = 0; r < items / K; r++) {
    result it;
    quantize(&opts, in + r * K, &it);
    for (size_t i = 0; i < K; i++) {
      const uint8_t *block = blocks + (r * K + i) / 64 * 36;
      size_t j = i % B;
      bad_scales += j == 0 && it.scales[i / B] != block[i % 64 / B];
      bad_codes += it.codes[i] != (block[4 + i % 64 / B * 8 + j % 8] >> (j < 8 ? 0 : 4) & 15);
      bad_values += !same(it.y[i], dec[r * K + i]);
    }
  }
  lowpt_set_report(set, "block scales", items / B, bad_scales);
  lowpt_set_report(set, "codes", items, bad_codes);
  lowpt_set_report(set, "values", items, bad_values);
  free(in), free(dec), free(blocks);
}

#define TE LOWP_COMPAT_TRANSFORMER_ENGINE
#define FOS LOWP_COMPAT_FOUROVERSIX
#define FOUR LOWP_SCALE_FOUR_OVER_SIX
#define MEASURE LOWP_TENSOR_SCALE_MEASURE
static const variant lines[] = {
    {"te", TE, LOWP_SCALE_AMAX, LOWP_METRIC_MSE, 448, 6, MEASURE, ENCODE, 0},
    {"te_4over6_mse_448", TE, FOUR, LOWP_METRIC_MSE, 448, 6, MEASURE, ENCODE, 0},
    {"te_4over6_mae_448", TE, FOUR, LOWP_METRIC_MAE, 448, 6, MEASURE, ENCODE, 0},
    {"te_4over6_mse_256", TE, FOUR, LOWP_METRIC_MSE, 256, 6, MEASURE, ENCODE, 0},
    {"te_4over6_mae_256", TE, FOUR, LOWP_METRIC_MAE, 256, 6, MEASURE, ENCODE, 0},
    {"vllm", LOWP_COMPAT_VLLM, LOWP_SCALE_AMAX, LOWP_METRIC_MSE, 448, 6, MEASURE, ENCODE, 0},
    {"modelopt", LOWP_COMPAT_MODELOPT, LOWP_SCALE_AMAX, LOWP_METRIC_MSE, 448, 6, MEASURE, DECODE, 0},
    {"torchao", LOWP_COMPAT_TORCHAO, LOWP_SCALE_AMAX, LOWP_METRIC_MSE, 448, 6, MEASURE, DECODE, 0},
    {"torchao_single", LOWP_COMPAT_TORCHAO, LOWP_SCALE_AMAX, LOWP_METRIC_MSE, 448, 6, LOWP_TENSOR_SCALE_GIVEN, DECODE,
     0},
    {"fos_mse", FOS, FOUR, LOWP_METRIC_MSE, 256, 6, MEASURE, AMAX, 0},
    {"fos_mae", FOS, FOUR, LOWP_METRIC_MAE, 256, 6, MEASURE, AMAX, 0},
    {"fos_abs_max", FOS, FOUR, LOWP_METRIC_MAX, 256, 6, MEASURE, AMAX, 0},
    {"fos_static_6", FOS, LOWP_SCALE_AMAX, LOWP_METRIC_MSE, 448, 6, MEASURE, AMAX, 0},
    {"fos_static_4", FOS, LOWP_SCALE_AMAX, LOWP_METRIC_MSE, 448, 4, MEASURE, AMAX, 0},
    {"ggml_nvfp4", LOWP_COMPAT_GGML, LOWP_SCALE_AMAX, LOWP_METRIC_MSE, 448, 6, LOWP_TENSOR_SCALE_GIVEN, DECODE, 0},
};
enum { LINES = sizeof lines / sizeof lines[0] };

int main(void) {
  static variant variants[2 * LINES];
  static char names[2 * LINES][96];
  struct CMUnitTest tests[2 * LINES];
  for (size_t i = 0; i < 2 * LINES; i++) {
    variants[i] = lines[i % LINES];
    variants[i].source = i < LINES ? LOWPT_GOLDEN : LOWPT_VECTORS;
    snprintf(names[i], sizeof names[i], "%s (%s)", variants[i].name, i < LINES ? "golden rows" : "all vectors");
    void (*test)(void **) = variants[i].compat == LOWP_COMPAT_GGML ? test_ggml : test_vectors;
    tests[i] = (struct CMUnitTest){names[i], test, NULL, NULL, &variants[i]};
  }
  return lowpt_suite_run("NVFP4, other implementations", tests, 2 * LINES);
}
