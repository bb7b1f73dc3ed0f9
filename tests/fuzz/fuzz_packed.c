/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_packed.c: packed weights whatever is in them. Byte 0 of the input: scheme; 1: n; 2, 3: k; 4: activations, compute, and
 * what the rest is: the planes of the tensor (any code, any scale: packing must succeed, verify, and unpack to the same bytes), or
 * changes to a good blob, three bytes each: offset and what is XORed there (lowp_gemm_verify must find them). Either way the
 * product of it must end without touching anything it should not.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include <lowp/gemm.h>

int lowpt_accepted;

enum { HEADER = 5, MOST_N = 40, MOST_K = 300, M = 3 };

static lowp_gemm_plan *plan_of(const uint8_t *data) {
  static const lowp_scheme lhs[] = {LOWP_SCHEME_NONE, LOWP_SCHEME_INT8_CHANNEL, LOWP_SCHEME_MXFP4,
                                    LOWP_SCHEME_INT8_CHANNEL_ZP};
  lowp_scheme rhs = (lowp_scheme)(1 + data[0] % (LOWP_SCHEME_COUNT - 1));
  lowp_gemm_desc desc;
  lowp_gemm_plan *plan = NULL;
  lowp_gemm_desc_init(&desc, rhs, 1 + data[1] % MOST_N, 1 + (data[2] | (size_t)data[3] << 8) % MOST_K);
  desc.lhs = lhs[data[4] & 3];
  desc.compute = (lowp_compute)((data[4] >> 2 & 3) % 3);
  LOWPT_ALWAYS(lowp_gemm_plan_create(&plan, &desc, NULL) == LOWP_OK);
  return plan;
}

/* From the input as long as it lasts, then again from its beginning. */
static void fill(uint8_t *to, size_t bytes, const uint8_t *data, size_t size) {
  for (size_t i = 0; i < bytes; i++) to[i] = size ? data[i % size] : 0;
}

static void run(const lowp_gemm_plan *plan, const void *packed, size_t k) {
  static float x[M * MOST_K], y[M * MOST_N];
  lowp_gemm_args args;
  lowp_threads one = {.struct_size = sizeof one, .count = 1};
  size_t bytes;
  for (size_t i = 0; i < M * k; i++) x[i] = (float)(i % 17) - 8;
  lowp_gemm_args_init(&args, plan, packed, M, LOWP_F32, x, LOWP_F32, y);
  LOWPT_ALWAYS(lowp_gemm_workspace(1, &args, &one, &bytes) == LOWP_OK);
  void *workspace = malloc(bytes);
  LOWPT_ALWAYS(workspace);
  lowp_status status = lowp_gemm_run(&args, &one, workspace, bytes, NULL);
  LOWPT_ALWAYS(status == LOWP_OK || status == LOWP_E_LAYOUT);
  free(workspace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lowpt_accepted = 0;
  if (size < HEADER) return 0;
  lowp_gemm_plan *plan = plan_of(data);
  const lowp_scheme scheme = (lowp_scheme)(1 + data[0] % (LOWP_SCHEME_COUNT - 1));
  const size_t n = 1 + data[1] % MOST_N, k = 1 + (data[2] | (size_t)data[3] << 8) % MOST_K;
  const int changes = data[4] >> 7;
  lowp_qtensor *w = NULL, *back = NULL;
  lowp_planes p;
  size_t bytes;
  LOWPT_ALWAYS(lowp_scheme_planes(scheme, n, k, &p) == LOWP_OK && lowp_gemm_pack_size(plan, &bytes) == LOWP_OK);
  LOWPT_ALWAYS(lowp_qtensor_create(&w, scheme, n, k) == LOWP_OK && lowp_qtensor_create(&back, scheme, n, k) == LOWP_OK);
  if (!changes) {
    fill(w->codes, p.codes_bytes, data + HEADER, size - HEADER);
    fill(w->scales, p.scales_bytes, data + HEADER, size - HEADER);
    if (w->zeros) fill(w->zeros, p.zeros_bytes, data + HEADER, size - HEADER);
  }
  uint8_t *packed = aligned_alloc(64, (bytes + 63) / 64 * 64);
  LOWPT_ALWAYS(packed && lowp_gemm_pack(plan, w, packed, bytes, NULL) == LOWP_OK);
  int changed = 0;
  for (size_t i = HEADER; changes && i + 3 <= size; i += 3) {
    packed[(data[i] | (size_t)data[i + 1] << 8) % bytes] ^= data[i + 2];
    changed |= data[i + 2];
  }
  lowp_status status = lowp_gemm_verify(plan, packed, bytes, NULL);
  LOWPT_ALWAYS(status == LOWP_OK || status == LOWP_E_LAYOUT || status == LOWP_E_FORMAT);
  if (!changed)
    LOWPT_ALWAYS(status == LOWP_OK); /* two changes may cancel each other, and the checksum is no signature */
  lowpt_accepted = status == LOWP_OK;
  if (status == LOWP_OK) {
    LOWPT_ALWAYS(lowp_gemm_unpack(plan, packed, bytes, back, NULL) == LOWP_OK);
    if (!changed)
      LOWPT_ALWAYS(memcmp(back->codes, w->codes, p.codes_bytes) == 0 &&
                   memcmp(back->scales, w->scales, p.scales_bytes) == 0);
  }
  run(plan, packed, k);
  free(packed);
  lowp_qtensor_destroy(back);
  lowp_qtensor_destroy(w);
  lowp_gemm_plan_destroy(plan);
  return 0;
}
