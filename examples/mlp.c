/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mlp.c: an engine's view of lowp. Loads two weight matrices of a quantized checkpoint, packs them, and runs
 *
 *     h = silu(x up^T)      y = h down^T
 *
 * for a batch of tokens, twice: W4A16 (activations in bf16) and W4A8 (activations rounded to INT8, one scale a token, on the
 * fly; the result is the same bits on every machine). Both are compared with f32 arithmetic on the weights of the original file.
 *
 *     lowp-quant model.safetensors -o model-mxfp4.safetensors --fmt mxfp4
 *     mlp model.safetensors model-mxfp4.safetensors
 * Link with `pkg-config --cflags --libs lowp-io` and -lm.
 */
#include <lowp/gemm.h>
#include <lowp/io.h>
#include <lowp/model.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKENS = 32 };
static lowp_error error;

static void check(lowp_status status, const char *what) {
  if (status == LOWP_OK) return;
  fprintf(stderr, "mlp: %s: %s\n", what, error.text[0] ? error.text : lowp_status_text(status));
  exit(1);
}

static void *allocate(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 63) / 64 * 64); /* packed weights need 64 bytes, the rest does not mind */
  check(p ? LOWP_OK : LOWP_E_NOMEM, "memory");
  return p;
}

static void silu(float *v, size_t n) {
  for (size_t i = 0; i < n; i++) v[i] /= 1.0f + expf(-v[i]);
}

typedef struct checkpoint {
  lowp_file *file;
  lowp_model *model;
} checkpoint;

static checkpoint open_checkpoint(const char *path) {
  checkpoint c;
  check(lowp_file_open(path, NULL, &c.file, &error), path);
  check(lowp_model_open(c.file, NULL, &c.model, &error), path);
  return c;
}

static size_t find(checkpoint c, const char *name) {
  size_t i = lowp_model_find(c.model, name);
  check(i == SIZE_MAX ? LOWP_E_CONSTRAINT : LOWP_OK, name); /* there is no such tensor */
  return i;
}

/* A linear layer: packed once, for every batch. */
typedef struct layer {
  lowp_gemm_plan *plan;
  void *packed;
} layer;

static layer load_layer(checkpoint c, const char *name, size_t n, size_t k, lowp_scheme lhs, lowp_compute compute) {
  const lowp_qtensor *w;
  lowp_gemm_desc desc;
  layer l;
  size_t bytes;
  check(lowp_model_qtensor(c.model, find(c, name), &w, &error), name);
  check(w->rows == n && w->cols == k ? LOWP_OK : LOWP_E_SHAPE, name); /* of another model than the original */
  lowp_gemm_desc_init(&desc, w->scheme, n, k);
  desc.lhs = lhs;
  desc.compute = compute;
  check(lowp_gemm_plan_create(&l.plan, &desc, &error), name);
  check(lowp_gemm_pack_size(l.plan, &bytes), name);
  l.packed = allocate(bytes);
  check(lowp_gemm_pack(l.plan, w, l.packed, bytes, &error), name);
  return l;
}

static void run_layer(const layer *l, const float *x, float *y) {
  lowp_gemm_args args;
  size_t bytes;
  lowp_gemm_args_init(&args, l->plan, l->packed, TOKENS, LOWP_F32, x, LOWP_F32, y);
  check(lowp_gemm_workspace(1, &args, NULL, &bytes), "workspace");
  void *workspace = allocate(bytes); /* an engine keeps one for all layers */
  check(lowp_gemm_run(&args, NULL, workspace, bytes, &error), "run");
  free(workspace);
}

static void run_mlp(checkpoint c, const char *const names[2], lowp_scheme activations, lowp_compute compute,
                    const float *x, size_t outer, size_t inner, float *y) {
  layer up = load_layer(c, names[0], inner, outer, activations, compute);
  layer down = load_layer(c, names[1], outer, inner, activations, compute);
  float *h = allocate(TOKENS * inner * sizeof *h);
  run_layer(&up, x, h);
  silu(h, TOKENS * inner);
  run_layer(&down, h, y);
  printf("  %s", lowp_gemm_plan_kernel(up.plan));
  lowp_gemm_plan_destroy(up.plan), lowp_gemm_plan_destroy(down.plan);
  free(up.packed), free(down.packed), free(h);
}

/* The same in plain C: f32 weights, sums in f64. */
static void plain_layer(checkpoint c, const char *name, const float *x, float *y) {
  const lowp_model_tensor *t = lowp_model_get(c.model, find(c, name));
  float *w = allocate(t->rows * t->cols * sizeof *w);
  check(lowp_model_load_rows(c.model, find(c, name), 0, t->rows, w, &error), name);
  for (size_t m = 0; m < TOKENS; m++)
    for (size_t n = 0; n < t->rows; n++) {
      double sum = 0;
      for (size_t k = 0; k < t->cols; k++) sum += (double)x[m * t->cols + k] * (double)w[n * t->cols + k];
      y[m * t->rows + n] = (float)sum;
    }
  free(w);
}

static double decibels(const float *y, const float *reference, size_t n) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < n; i++) {
    double d = (double)y[i] - (double)reference[i];
    signal += (double)reference[i] * (double)reference[i];
    noise += d * d;
  }
  return 10 * log10(signal / noise);
}

int main(int argc, char **argv) {
  static const char *const names[2] = {"model.layers.0.mlp.up_proj.weight", "model.layers.0.mlp.down_proj.weight"};
  if (argc != 3) return fprintf(stderr, "usage: mlp ORIGINAL QUANTIZED\n"), 1;
  checkpoint original = open_checkpoint(argv[1]), quantized = open_checkpoint(argv[2]);
  const lowp_model_tensor *up = lowp_model_get(original.model, find(original, names[0]));
  size_t outer = up->cols, inner = up->rows;
  float *x = allocate(TOKENS * outer * sizeof *x), *h = allocate(TOKENS * inner * sizeof *h);
  float *reference = allocate(TOKENS * outer * sizeof *x), *y = allocate(TOKENS * outer * sizeof *y);
  for (size_t i = 0; i < TOKENS * outer; i++) x[i] = (float)((i * 2654435761u >> 8) % 2001) * 0.001f - 1.0f;
  plain_layer(original, names[0], x, h);
  silu(h, TOKENS * inner);
  plain_layer(original, names[1], h, reference);
  printf("%zu -> %zu -> %zu, %d tokens, against f32:\n", outer, inner, outer, TOKENS);
  run_mlp(quantized, names, LOWP_SCHEME_NONE, LOWP_COMPUTE_BF16, x, outer, inner, y);
  printf("  A16  QSNR %.2f dB\n", decibels(y, reference, TOKENS * outer));
  run_mlp(quantized, names, LOWP_SCHEME_INT8_CHANNEL, LOWP_COMPUTE_REPRODUCIBLE, x, outer, inner, y);
  printf("  A8   QSNR %.2f dB\n", decibels(y, reference, TOKENS * outer));
  free(x), free(h), free(reference), free(y);
  lowp_model_close(original.model), lowp_model_close(quantized.model);
  lowp_file_close(original.file), lowp_file_close(quantized.file);
  return 0;
}
