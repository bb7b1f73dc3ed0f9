/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.c: multiplications of other libraries, to be timed in the same turns: the sgemm of OpenBLAS and of BLIS, both behind
 * cblas, opened when the program runs if they are installed; and oneDNN's matmul in f32, bf16 and int8, with weights in the
 * layout that it prefers, if configure found it.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "bench/gemm.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef void sgemm_fn(int order, int transa, int transb, int m, int n, int k, float alpha, const float *a, int lda,
                      const float *b, int ldb, float beta, float *c, int ldc);
typedef void set_threads_fn(int count);

typedef struct blas {
  sgemm_fn *sgemm;
  set_threads_fn *set_threads;
} blas;

/* dlsym returns an object pointer; POSIX guarantees that it may be a function. */
static bool open_blas(const char *library, const char *set_threads, blas *b) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return false;
  void *f = dlsym(handle, "cblas_sgemm"), *t = dlsym(handle, set_threads);
  memcpy(&b->sgemm, &f, sizeof f);
  memcpy(&b->set_threads, &t, sizeof t);
  return b->sgemm && b->set_threads;
}

typedef struct blas_state {
  blas b;
  int m, n, k, threads;
  float *x, *w, *y;
} blas_state;

static void blas_destroy(void *state) {
  blas_state *s = state;
  free(s->x);
  free(s->w);
  free(s->y);
  free(s);
}

static void *blas_create(const char *library, const char *set_threads, size_t m, size_t n, size_t k, size_t threads) {
  blas_state *s = calloc(1, sizeof *s);
  if (!s || !open_blas(library, set_threads, &s->b)) {
    free(s);
    return NULL;
  }
  s->m = (int)m, s->n = (int)n, s->k = (int)k, s->threads = (int)threads;
  s->x = malloc(m * k * sizeof *s->x);
  s->w = malloc(n * k * sizeof *s->w);
  s->y = malloc(m * n * sizeof *s->y);
  if (!s->x || !s->w || !s->y) {
    blas_destroy(s);
    return NULL;
  }
  for (size_t i = 0; i < m * k; i++) s->x[i] = (float)(i % 251) * 0.01f - 1.25f;
  for (size_t i = 0; i < n * k; i++) s->w[i] = (float)(i % 241) * 0.01f - 1.2f;
  return s;
}

static void blas_run(void *state) {
  enum { ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112 };
  blas_state *s = state;
  s->b.set_threads(s->threads);
  s->b.sgemm(ROW_MAJOR, PLAIN, TRANSPOSED, s->m, s->n, s->k, 1, s->x, s->k, s->w, s->k, 0, s->y, s->n);
}

static void *openblas_create(size_t m, size_t n, size_t k, size_t threads) {
  return blas_create("libopenblas.so.0", "openblas_set_num_threads", m, n, k, threads);
}
static void *blis_create(size_t m, size_t n, size_t k, size_t threads) {
  return blas_create("libblis.so.4", "bli_thread_set_num_threads", m, n, k, threads);
}

#if LOWP_HAVE_DNNL
#include <dnnl.h>
#ifdef _OPENMP
#include <omp.h>
#endif

typedef struct dnnl_state {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_primitive_t matmul;
  dnnl_memory_t x, w, y;
  int threads;
} dnnl_state;

static void dnnl_destroy(void *state) {
  dnnl_state *s = state;
  dnnl_memory_t memories[] = {s->x, s->w, s->y};
  for (int i = 0; i < 3; i++)
    if (memories[i]) dnnl_memory_destroy(memories[i]);
  if (s->matmul) dnnl_primitive_destroy(s->matmul);
  if (s->stream) dnnl_stream_destroy(s->stream);
  if (s->engine) dnnl_engine_destroy(s->engine);
  free(s);
}

/* Memory of the shape that the primitive asks for, every byte 1: what the numbers are does not change the time. */
static bool make_memory(dnnl_state *s, const_dnnl_primitive_desc_t desc, int which, dnnl_memory_t *memory) {
  const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(desc, dnnl_query_exec_arg_md, which);
  void *data = NULL;
  if (dnnl_memory_create(memory, md, s->engine, DNNL_MEMORY_ALLOCATE) != dnnl_success) return false;
  if (dnnl_memory_get_data_handle(*memory, &data) != dnnl_success) return false;
  memset(data, 1, dnnl_memory_desc_get_size(md));
  return true;
}

static void *dnnl_create(dnnl_data_type_t in, dnnl_data_type_t out, size_t m, size_t n, size_t k, size_t threads) {
  dnnl_state *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->threads = (int)threads;
#ifdef _OPENMP
  omp_set_num_threads(s->threads);
#endif
  dnnl_dims_t xd = {(dnnl_dim_t)m, (dnnl_dim_t)k}, wd = {(dnnl_dim_t)k, (dnnl_dim_t)n},
              yd = {(dnnl_dim_t)m, (dnnl_dim_t)n};
  dnnl_memory_desc_t x, w, y;
  dnnl_matmul_desc_t op;
  dnnl_primitive_desc_t desc = NULL;
  bool made = dnnl_engine_create(&s->engine, dnnl_cpu, 0) == dnnl_success &&
              dnnl_stream_create(&s->stream, s->engine, dnnl_stream_default_flags) == dnnl_success &&
              dnnl_memory_desc_init_by_tag(&x, 2, xd, in, dnnl_ab) == dnnl_success &&
              dnnl_memory_desc_init_by_tag(&w, 2, wd, in, dnnl_format_tag_any) == dnnl_success &&
              dnnl_memory_desc_init_by_tag(&y, 2, yd, out, dnnl_ab) == dnnl_success &&
              dnnl_matmul_desc_init(&op, &x, &w, NULL, &y) == dnnl_success &&
              dnnl_primitive_desc_create(&desc, &op, NULL, s->engine, NULL) == dnnl_success &&
              dnnl_primitive_create(&s->matmul, desc) == dnnl_success && make_memory(s, desc, DNNL_ARG_SRC, &s->x) &&
              make_memory(s, desc, DNNL_ARG_WEIGHTS, &s->w) && make_memory(s, desc, DNNL_ARG_DST, &s->y);
  if (desc) dnnl_primitive_desc_destroy(desc);
  if (made) return s;
  dnnl_destroy(s);
  return NULL;
}

static void dnnl_run(void *state) {
  dnnl_state *s = state;
  dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, s->x}, {DNNL_ARG_WEIGHTS, s->w}, {DNNL_ARG_DST, s->y}};
#ifdef _OPENMP
  omp_set_num_threads(s->threads);
#endif
  if (dnnl_primitive_execute(s->matmul, s->stream, 3, args) == dnnl_success) dnnl_stream_wait(s->stream);
}

static void *dnnl_f32_create(size_t m, size_t n, size_t k, size_t t) {
  return dnnl_create(dnnl_f32, dnnl_f32, m, n, k, t);
}
static void *dnnl_bf16_create(size_t m, size_t n, size_t k, size_t t) {
  return dnnl_create(dnnl_bf16, dnnl_f32, m, n, k, t);
}
static void *dnnl_int8_create(size_t m, size_t n, size_t k, size_t t) {
  return dnnl_create(dnnl_s8, dnnl_s32, m, n, k, t);
}
#endif

const bench_peer *bench_peers(size_t *count) {
  static const bench_peer peers[] = {
    {"OpenBLAS sgemm", "f32 x f32", openblas_create, blas_run, blas_destroy},
    {"BLIS sgemm", "f32 x f32", blis_create, blas_run, blas_destroy},
#if LOWP_HAVE_DNNL
    {"oneDNN matmul f32", "f32 x f32", dnnl_f32_create, dnnl_run, dnnl_destroy},
    {"oneDNN matmul bf16", "bf16 x bf16", dnnl_bf16_create, dnnl_run, dnnl_destroy},
    {"oneDNN matmul int8", "s8 x s8", dnnl_int8_create, dnnl_run, dnnl_destroy},
#endif
  };
  *count = sizeof peers / sizeof peers[0];
  return peers;
}
