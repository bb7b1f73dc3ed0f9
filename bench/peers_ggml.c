/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers_ggml.c: ggml's CPU kernels (llama.cpp), opened when the program runs: LOWP_GGML names the folder that holds
 * libggml-base.so and libggml-cpu.so, for example that of the Python package llama-cpp-python. Activations are f32, which its
 * quantized kernels round to 8-bit integers per 32 themselves. Weights lie in the plain buffer, or in the first of its own
 * repacking buffers that takes them. Only functions of its public C interface are used.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "bench/gemm.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct init_params {
  size_t mem_size;
  void *mem_buffer;
  bool no_alloc;
} init_params;

/* The functions used, X(result, name, arguments). */
#define GGML_FUNCTIONS \
  X(void *, ggml_init, (init_params)) \
  X(void, ggml_free, (void *)) \
  X(void *, ggml_new_tensor_2d, (void *, int, int64_t, int64_t)) \
  X(void *, ggml_mul_mat, (void *, void *, void *)) \
  X(void *, ggml_new_graph, (void *)) \
  X(void, ggml_build_forward_expand, (void *, void *)) \
  X(size_t, ggml_nbytes, (const void *)) \
  X(size_t, ggml_quantize_chunk, (int, const float *, void *, int64_t, int64_t, int64_t, const float *)) \
  X(void *, ggml_backend_alloc_ctx_tensors_from_buft, (void *, void *)) \
  X(void *, ggml_backend_get_default_buffer_type, (void *)) \
  X(void *, ggml_backend_buft_alloc_buffer, (void *, size_t)) \
  X(void, ggml_backend_buffer_free, (void *)) \
  X(void, ggml_backend_tensor_set, (void *, const void *, size_t, size_t)) \
  X(int, ggml_backend_graph_compute, (void *, void *)) \
  X(void, ggml_backend_free, (void *)) \
  X(void *, ggml_backend_reg_dev_get, (void *, size_t)) \
  X(void *, ggml_backend_reg_get_proc_address, (void *, const char *)) \
  X(bool, ggml_backend_dev_supports_op, (void *, const void *)) \
  X(void *, ggml_backend_cpu_init, (void)) \
  X(void *, ggml_backend_cpu_reg, (void)) \
  X(void, ggml_backend_cpu_set_n_threads, (void *, int))

#define X(result, name, arguments) static result(*name) arguments;
GGML_FUNCTIONS
#undef X

static void *open_in(const char *folder, const char *name) {
  char path[4096];
  int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  return length > 0 && (size_t)length < sizeof path ? dlopen(path, RTLD_NOW | RTLD_GLOBAL) : NULL;
}

static bool load(void) {
  static int loaded = -1;
  const char *folder = getenv("LOWP_GGML");
  if (loaded >= 0 || !folder) return loaded == 1;
  void *base = open_in(folder, "libggml-base.so"), *cpu = open_in(folder, "libggml-cpu.so"), *f;
  loaded = base && cpu;
#define X(result, name, arguments) \
  f = cpu ? dlsym(cpu, #name) : NULL; /* also looks in what libggml-cpu.so needs */ \
  memcpy(&name, &f, sizeof f); \
  loaded = loaded && f;
  GGML_FUNCTIONS
#undef X
  return loaded == 1;
}

typedef struct ggml_state {
  void *backend, *weights, *rest, *graph; /* backend, two contexts, the graph */
  void *buffers[2];
} ggml_state;

static void destroy(void *state) {
  ggml_state *s = state;
  for (int i = 0; i < 2; i++)
    if (s->buffers[i]) ggml_backend_buffer_free(s->buffers[i]);
  if (s->weights) ggml_free(s->weights);
  if (s->rest) ggml_free(s->rest);
  if (s->backend) ggml_backend_free(s->backend);
  free(s);
}

/* The second member of a tensor is its buffer; whether a buffer type takes an operation is asked with an empty buffer there. */
static bool takes(void *device, void *buft, void *w, void *op) {
  void *empty = ggml_backend_buft_alloc_buffer(buft, 0), *none = NULL;
  memcpy((char *)w + sizeof(void *), &empty, sizeof empty);
  bool yes = empty && ggml_backend_dev_supports_op(device, op);
  memcpy((char *)w + sizeof(void *), &none, sizeof none);
  if (empty) ggml_backend_buffer_free(empty);
  return yes;
}

static void *repacking_buffer(void *w, void *op) {
  void *registry = ggml_backend_cpu_reg(), *device = ggml_backend_reg_dev_get(registry, 0);
  void *f = ggml_backend_reg_get_proc_address(registry, "ggml_backend_dev_get_extra_bufts");
  void **(*extra)(void *);
  memcpy(&extra, &f, sizeof f);
  for (void **buft = f ? extra(device) : NULL; buft && *buft; buft++)
    if (takes(device, *buft, w, op)) return *buft;
  return NULL;
}

static void *create(int type, bool repacked, size_t m, size_t n, size_t k, size_t threads) {
  enum { F32 = 0, OVERHEAD = 1 << 20 };
  ggml_state *s = load() ? calloc(1, sizeof *s) : NULL;
  if (!s) return NULL;
  s->backend = ggml_backend_cpu_init();
  s->weights = ggml_init((init_params){OVERHEAD, NULL, true});
  s->rest = ggml_init((init_params){OVERHEAD, NULL, true});
  ggml_backend_cpu_set_n_threads(s->backend, (int)threads);
  void *w = ggml_new_tensor_2d(s->weights, type, (int64_t)k, (int64_t)n);
  void *x = ggml_new_tensor_2d(s->rest, F32, (int64_t)k, (int64_t)m), *y = ggml_mul_mat(s->rest, w, x);
  void *buft = repacked ? repacking_buffer(w, y) : ggml_backend_get_default_buffer_type(s->backend);
  if (buft) s->buffers[0] = ggml_backend_alloc_ctx_tensors_from_buft(s->weights, buft);
  s->buffers[1] = ggml_backend_alloc_ctx_tensors_from_buft(s->rest, ggml_backend_get_default_buffer_type(s->backend));
  size_t most = n > m ? n : m;
  float *values = malloc(most * k * sizeof *values);
  void *codes = s->buffers[0] ? malloc(ggml_nbytes(w)) : NULL;
  if (!s->buffers[0] || !s->buffers[1] || !values || !codes) {
    free(values);
    free(codes);
    destroy(s);
    return NULL;
  }
  for (size_t i = 0; i < most * k; i++) values[i] = (float)(i * 2654435761u >> 8 & 1023) * 0.001f - 0.5f;
  ggml_quantize_chunk(type, values, codes, 0, (int64_t)n, (int64_t)k, NULL);
  ggml_backend_tensor_set(w, codes, 0, ggml_nbytes(w));
  ggml_backend_tensor_set(x, values, 0, m * k * sizeof *values);
  free(values);
  free(codes);
  s->graph = ggml_new_graph(s->rest);
  ggml_build_forward_expand(s->graph, y);
  return s;
}

static void run(void *state) {
  ggml_state *s = state;
  ggml_backend_graph_compute(s->backend, s->graph);
}

/* Numbers of its types: an ABI of its files. */
#define PEER(id, number, is_repacked) \
  static void *id(size_t m, size_t n, size_t k, size_t threads) { \
    return create(number, is_repacked, m, n, k, threads); \
  }
PEER(mxfp4, 39, false)
PEER(mxfp4_repacked, 39, true)
PEER(nvfp4, 40, false)
PEER(q4_0, 2, false)
PEER(q8_0, 8, false)

const bench_peer *bench_peers_ggml(size_t *count) {
  static const bench_peer peers[] = {{"ggml MXFP4", "f32 x mxfp4", mxfp4, run, destroy},
                                     {"ggml MXFP4 repacked", "f32 x mxfp4", mxfp4_repacked, run, destroy},
                                     {"ggml NVFP4", "f32 x nvfp4", nvfp4, run, destroy},
                                     {"ggml Q4_0", "f32 x q4_0", q4_0, run, destroy},
                                     {"ggml Q8_0", "f32 x q8_0", q8_0, run, destroy}};
  *count = load() ? sizeof peers / sizeof peers[0] : 0;
  return peers;
}
