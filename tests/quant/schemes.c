/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/schemes.h"
#include <math.h>
#include <stdlib.h>

lowpt_result lowpt_quantize(lowp_scheme scheme, const lowp_quant_opts *opts, size_t rows, size_t cols, const float *x) {
  lowpt_result r = {0};
  lowp_error error = {0};
  assert_int_equal(lowp_scheme_planes(scheme, rows, cols, &r.planes), LOWP_OK);
  assert_int_equal(lowp_qtensor_create(&r.q, scheme, rows, cols), LOWP_OK);
  r.y = malloc((rows * cols + 1) * sizeof *r.y);
  assert_non_null(r.y);
  /* what a quantizer leaves unwritten must not look right by chance */
  memset(r.q->codes, 0xa5, r.planes.codes_bytes);
  memset(r.q->scales, 0xa5, r.planes.scales_bytes);
  lowp_view in = lowp_view_of(LOWP_F32, rows, cols, x), out = lowp_view_of(LOWP_F32, rows, cols, r.y);
  lowp_status status = lowp_quantize(opts, &in, r.q, &error);
  LOWP_CHECK(status == LOWP_OK, "quantize: %s: %s", lowp_status_name(status), error.text);
  status = lowp_dequantize(r.q, &out, &error);
  LOWP_CHECK(status == LOWP_OK, "dequantize: %s: %s", lowp_status_name(status), error.text);
  return r;
}

void lowpt_done(lowpt_result *r) {
  lowp_qtensor_destroy(r->q);
  free(r->y);
}

bool lowpt_same_qtensor(const lowp_qtensor *a, const lowp_qtensor *b) {
  lowp_planes p;
  assert_int_equal(lowp_scheme_planes(a->scheme, a->rows, a->cols, &p), LOWP_OK);
  bool same = memcmp(&a->tensor_scale, &b->tensor_scale, sizeof(float)) == 0 &&
              memcmp(&a->tensor_scale_inv, &b->tensor_scale_inv, sizeof(float)) == 0;
  for (size_t r = 0; r < a->rows; r++)
    same &= memcmp(a->codes + r * a->codes_stride, b->codes + r * b->codes_stride, p.codes_stride) == 0;
  for (size_t r = 0; r < p.scale_rows && p.scales_bytes; r++)
    same &= memcmp(a->scales + r * a->scales_stride, b->scales + r * b->scales_stride, p.scales_stride) == 0;
  return same && (p.zeros_bytes == 0 || memcmp(a->zeros, b->zeros, p.zeros_bytes) == 0);
}

bool lowpt_same_planes(const lowpt_result *a, const lowpt_result *b) { return lowpt_same_qtensor(a->q, b->q); }

float *lowpt_matrix(uint64_t seed, size_t rows, size_t cols) {
  lowpt_rng rng = {seed};
  float *x = malloc((rows * cols + 1) * sizeof *x);
  assert_non_null(x);
  for (size_t r = 0; r < rows; r++) {
    double scale = ldexp(1 + lowpt_unit(&rng), (int)lowpt_below(&rng, 6) - 3);
    for (size_t c = 0; c < cols; c++) {
      double v = lowpt_normal(&rng) * scale;
      uint32_t kind = lowpt_below(&rng, 64);
      x[r * cols + c] = kind == 0 ? 0.0f : (float)(kind == 1 ? 8 * v : v);
    }
  }
  return x;
}

double lowpt_scale(const lowp_qtensor *q, size_t r, size_t c) {
  const lowp_scheme_info *info = lowp_scheme_info_of(q->scheme);
  if (info->scale == LOWP_ELEMENT_NONE) return 1;
  size_t row = info->block_rows ? r / info->block_rows : 0, col = info->block_cols ? c / info->block_cols : 0;
  float scale;
  assert_int_equal(
      lowp_element_decode_n(info->scale, 1, q->scales + row * q->scales_stride + col * info->scale_bytes, &scale),
      LOWP_OK);
  return (double)scale * q->tensor_scale;
}

bool lowpt_same_block(const lowp_scheme_info *info, size_t r, size_t c, size_t r2, size_t c2) {
  bool rows = info->block_rows ? r / info->block_rows == r2 / info->block_rows : true;
  bool cols = info->block_cols ? c / info->block_cols == c2 / info->block_cols : true;
  if (info->family == LOWP_FAMILY_CAST) return r == r2 && c == c2;
  return rows && cols;
}

double lowpt_error(size_t n, const float *x, const float *y) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
  return sum;
}

int lowpt_each_scheme(const char *suite, size_t count, const lowpt_scheme_test *tests) {
  enum { MOST = 16 };
  static lowp_scheme ids[LOWP_SCHEME_COUNT];
  static char names[LOWP_SCHEME_COUNT * MOST][96];
  static struct CMUnitTest all[LOWP_SCHEME_COUNT * MOST];
  size_t n = 0;
  if (count > MOST) return 1;
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
    ids[id] = (lowp_scheme)id;
    for (size_t t = 0; t < count; t++) {
      if (tests[t].applies && !tests[t].applies(info)) continue;
      snprintf(names[n], sizeof names[n], "%s: %s", info->name, tests[t].name);
      all[n] = (struct CMUnitTest){names[n], tests[t].run, NULL, NULL, &ids[id]};
      n++;
    }
  }
  return lowpt_suite_run(suite, all, n);
}
