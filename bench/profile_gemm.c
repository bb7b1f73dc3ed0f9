/* SPDX-License-Identifier: Apache-2.0 */
/* profile_gemm.c: what quantized multiplication reaches here, by format, and what the format costs. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "bench/gemm.h"
#include "bench/profile.h"
#include "tools/common.h"

enum { M = 256, TRIES = 5 };

static const struct product {
  const char *lhs, *rhs; /* lhs NULL: bf16 */
  lowp_compute compute;
} products[] = {{"mxfp4", "mxfp4", LOWP_COMPUTE_REPRODUCIBLE},
                {NULL, "mxfp4", LOWP_COMPUTE_BF16},
                {"nvfp4", "nvfp4", LOWP_COMPUTE_REPRODUCIBLE},
                {NULL, "nvfp4", LOWP_COMPUTE_BF16},
                {"hif4", "hif4", LOWP_COMPUTE_REPRODUCIBLE},
                {NULL, "hif4", LOWP_COMPUTE_BF16},
                {"mxfp6", "mxfp6", LOWP_COMPUTE_REPRODUCIBLE},
                {NULL, "mxfp8", LOWP_COMPUTE_BF16},
                {NULL, "fp8", LOWP_COMPUTE_BF16},
                {"mxint8", "mxint8", LOWP_COMPUTE_REPRODUCIBLE},
                {"w8a8", "w8a8", LOWP_COMPUTE_REPRODUCIBLE},
                {NULL, "bf16", LOWP_COMPUTE_BF16}};

typedef struct buffers {
  float *x, *w, *y;
  lowp_qtensor *q, *xq;
  lowp_gemm_plan *plan;
  void *packed, *workspace;
} buffers;

static void clear(buffers *b) {
  free(b->packed);
  free(b->workspace);
  lowp_qtensor_destroy(b->q);
  lowp_qtensor_destroy(b->xq);
  lowp_gemm_plan_destroy(b->plan);
  b->packed = b->workspace = NULL;
  b->q = b->xq = NULL;
  b->plan = NULL;
}

static lowp_status reach(buffers *b, const struct product *t, size_t m, const bench_profile *p, bench_reached *r) {
  const size_t n = p->n, k = p->k;
  const lowp_view vw = lowp_view_of(LOWP_F32, n, k, b->w), vx = lowp_view_of(LOWP_F32, m, k, b->x);
  lowp_gemm_desc desc;
  lowp_gemm_args args;
  lowp_error_stats stats;
  const lowp_threads with = {.struct_size = sizeof with, .count = p->threads};
  size_t bytes = 0, work = 0;
  *r = (bench_reached){.rhs = lowp_scheme_from_name(t->rhs), .compute = t->compute, .m = m, .n = n, .k = k};
  if (t->lhs) r->lhs = lowp_scheme_from_name(t->lhs);
  lowp_gemm_desc_init(&desc, r->rhs, n, k);
  desc.lhs = r->lhs ? r->lhs : LOWP_SCHEME_BF16_CAST;
  desc.compute = t->compute;
  lowp_status status = lowp_gemm_plan_create(&b->plan, &desc, NULL);
  if (status == LOWP_OK) status = lowp_qtensor_create(&b->q, r->rhs, n, k);
  if (status == LOWP_OK) status = lowp_quantize(NULL, &vw, b->q, NULL);
  lowp_error_stats_init(&stats);
  if (status == LOWP_OK) status = lowp_error_stats_qtensor(&stats, &vw, b->q, 0, n);
  r->qsnr = lowp_error_qsnr_db(&stats);
  if (status == LOWP_OK) status = lowp_qtensor_create(&b->xq, desc.lhs, m, k);
  if (status == LOWP_OK) status = lowp_quantize(NULL, &vx, b->xq, NULL);
  if (status == LOWP_OK) status = lowp_gemm_pack_size(b->plan, &bytes);
  if (status == LOWP_OK && posix_memalign(&b->packed, 64, bytes)) status = LOWP_E_NOMEM;
  if (status == LOWP_OK) status = lowp_gemm_pack(b->plan, b->q, b->packed, bytes, NULL);
  if (status != LOWP_OK) return status;
  lowp_gemm_args_init(&args, b->plan, b->packed, m, LOWP_F32, b->x, LOWP_F32, b->y);
  args.x.rows = args.x.cols = 0;
  args.xq = b->xq; /* the product alone, without quantizing activations */
  status = lowp_gemm_workspace(1, &args, &with, &work);
  if (status == LOWP_OK && !(b->workspace = malloc(work + 1))) status = LOWP_E_NOMEM;
  double best = 1e9;
  for (int i = 0; i <= TRIES && status == LOWP_OK; i++) {
    const double start = tool_clock();
    status = lowp_gemm_run(&args, &with, b->workspace, work, NULL);
    const double seconds = tool_clock() - start;
    if (i > 0 && seconds < best) best = seconds; /* the first one faults pages in */
  }
  r->flops = 2.0 * (double)m * (double)n * (double)k / (best > 0 ? best : 1e-9);
  const char *kernel = lowp_gemm_plan_kernel(b->plan);
  const bench_peak *peak = bench_peak_of_kernel(kernel);
  r->peak = peak ? peak->name : "f32 fma";
  snprintf(r->kernel, sizeof r->kernel, "%s", kernel + strlen("lowpk_"));
  return status;
}

int bench_profile_gemm(bench_profile *p) {
  const size_t n = p->n, k = p->k;
  buffers b = {.x = malloc(M * k * sizeof *b.x), .w = malloc(n * k * sizeof *b.w), .y = malloc(M * n * sizeof *b.y)};
  lowp_status status = b.x && b.w && b.y ? LOWP_OK : LOWP_E_NOMEM;
  if (status == LOWP_OK) status = lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 7, 0, M * k, b.x);
  if (status == LOWP_OK) status = lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 8, 0, n * k, b.w);
  p->reached_count = 0;
  for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
    for (int m = 0; m < 2 && status == LOWP_OK; m++) {
      status = reach(&b, &products[i], m ? M : 1, p, &p->reached[p->reached_count++]);
      clear(&b);
    }
  free(b.x);
  free(b.w);
  free(b.y);
  return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, NULL);
}
