/* SPDX-License-Identifier: Apache-2.0 */
/* product.c: see product.h. The model follows the table in lowp/gemm.h; the bounds are derived where they stand. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/product.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

void *lowpt_aligned(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
  assert_non_null(p);
  memset(p, 0x5a, bytes);
  return p;
}

const char *lowpt_spec_text(const lowpt_spec *s) {
  static char text[160];
  static const char *const compute[] = {"reproducible", "bf16", "f32"};
  const lowp_scheme_info *lhs = lowp_scheme_info_of(s->lhs);
  snprintf(text, sizeof text, "%s x %s, %s, m %zu n %zu k %zu%s", lhs ? lhs->name : "float",
           lowp_scheme_info_of(s->rhs)->name, compute[s->compute], s->m, s->n, s->k, s->quantized ? ", quantized" : "");
  return text;
}

/* --- operands --- */

static lowp_element or_f32(lowp_element e) { return e == LOWP_ELEMENT_NONE ? LOWP_F32 : e; }

/* A generator for row r of what `which` names. */
static lowpt_rng rng_of(uint64_t seed, uint64_t which, size_t r) {
  lowpt_rng rng = {seed * 0x2545f4914f6cdd1du + which * 0x9e3779b97f4a7c15u + r * 0xd1342543de82ef95u};
  lowpt_u64(&rng);
  return rng;
}

static void fill_row(const lowpt_spec *s, lowpt_rng rng, float *x) {
  double size = ldexp(1, (int)lowpt_below(&rng, 7) - 3);
  for (size_t k = 0; k < s->k; k++)
    x[k] = s->data == LOWPT_DATA_EXACT ? (float)((int)lowpt_below(&rng, 17) - 8) : (float)(size * lowpt_normal(&rng));
}

/* Sets a code of canonical planes; rows were zero. */
static void put_code(lowp_qtensor *q, unsigned bits, size_t r, size_t c, uint32_t code) {
  for (unsigned b = 0; b < bits; b++) {
    size_t bit = c * bits + b;
    uint8_t *byte = q->codes + r * q->codes_stride + bit / 8;
    *byte = (uint8_t)(*byte | (code >> b & 1) << (bit & 7));
  }
}

/* Is v finite, and such that no product of it leaves the range of f32? Only BF16 has others. */
static bool is_moderate(float v) { return v == 0 || (fabsf(v) < 0x1p20f && fabsf(v) > 0x1p-30f); }

/* Is v a multiple of 1/8 that is at most 16? Then sums of 200 products with integers up to 8 and scales 1/2 .. 4 are exact. */
static bool is_small(float v) { return fabsf(v) <= 16 && v * 8 == floorf(v * 8); }

static uint32_t code_for(const lowpt_spec *s, lowp_element element, lowpt_rng *rng) {
  const unsigned bits = lowp_element_row_of(element).bits;
  for (;;) {
    uint32_t code = lowpt_u32(rng) >> (32 - bits);
    float v = lowp_decode(element, code);
    if (s->data == LOWPT_DATA_EXACT ? is_small(v) : is_moderate(v)) return code;
  }
}

/* A block scale: for EXACT a power of two near 1; else any that is finite, not far from 1 where it could be anywhere. */
static void put_scale(const lowpt_spec *s, const lowp_scheme_info *info, lowpt_rng *rng, uint8_t *scale) {
  const bool exact = s->data == LOWPT_DATA_EXACT;
  const float power = ldexpf(1, (int)lowpt_below(rng, 3) - 1);
  const float f = exact ? power : (float)lowpt_normal(rng);
  uint16_t half;
  switch (info->scale) {
  case LOWP_E8M0:
    *scale = (uint8_t)(exact ? 126 + lowpt_below(rng, 3) : 117 + lowpt_below(rng, 20));
    break;
  case LOWP_E4M3FN:
    do *scale = exact ? (uint8_t)lowp_encode(LOWP_E4M3FN, power) : (uint8_t)lowpt_u32(rng);
    while ((*scale & 0x7f) == 0x7f);
    break;
  case LOWP_E6M2:
    *scale = exact ? (uint8_t)lowp_encode(LOWP_E6M2, power) : (uint8_t)(0xb0 + lowpt_below(rng, 32));
    for (int i = 1; i < 4; i++) scale[i] = (uint8_t)lowpt_u32(rng);
    break;
  case LOWP_FP16:
    half = (uint16_t)lowp_encode(LOWP_FP16, f);
    memcpy(scale, &half, sizeof half);
    break;
  default:
    memcpy(scale, &f, sizeof f);
    break;
  }
}

/* Planes of any codes and scales, every column and scale of which is used. */
static void fill_planes(const lowpt_spec *s, uint64_t seed, lowp_qtensor *q) {
  const lowp_scheme_info *info = lowp_scheme_info_of(q->scheme);
  const unsigned bits = lowp_element_row_of(info->element).bits;
  lowp_planes planes;
  assert_int_equal(lowp_scheme_planes(q->scheme, q->rows, q->cols, &planes), LOWP_OK);
  for (size_t r = 0; r < q->rows; r++) {
    lowpt_rng rng = rng_of(seed, 1, r), scales = rng_of(seed, 2, info->block_rows ? r / info->block_rows : 0);
    for (size_t c = 0; c < q->cols; c++) put_code(q, bits, r, c, code_for(s, info->element, &rng));
    for (size_t b = 0; b < planes.scale_cols && info->scale_bytes; b++)
      put_scale(s, info, &scales,
                q->scales + (info->block_rows ? r / info->block_rows : 0) * q->scales_stride + b * info->scale_bytes);
    size_t z = info->block_rows ? r / info->block_rows : 0;
    if (info->zero == LOWP_ZERO_I32) ((int32_t *)q->zeros)[z] = (int32_t)lowpt_below(&scales, 17) - 8;
    if (info->zero == LOWP_ZERO_F32)
      ((float *)q->zeros)[z] = s->data == LOWPT_DATA_EXACT ? 3.0f : (float)lowpt_normal(&scales);
  }
  if (info->tensor_scale)
    q->tensor_scale = s->data == LOWPT_DATA_EXACT ? 0.5f : 0.37f, q->tensor_scale_inv = 1 / q->tensor_scale;
}

static void make_weights(lowpt_product *p, uint64_t seed) {
  const lowpt_spec *s = &p->spec;
  assert_int_equal(lowp_qtensor_create(&p->w, s->rhs, s->n, s->k), LOWP_OK);
  if (s->data != LOWPT_DATA_NORMAL) {
    fill_planes(s, seed, p->w);
    return;
  }
  float *w = malloc(s->n * s->k * sizeof *w);
  assert_non_null(w);
  for (size_t r = 0; r < s->n; r++) fill_row(s, rng_of(seed, 0, r), w + r * s->k);
  lowp_view view = lowp_view_of(LOWP_F32, s->n, s->k, w);
  assert_int_equal(lowp_quantize(NULL, &view, p->w, NULL), LOWP_OK);
  free(w);
}

static void make_activations(lowpt_product *p, uint64_t seed) {
  const lowpt_spec *s = &p->spec;
  const lowp_element ex = or_f32(s->ex);
  p->xf = malloc((s->m * s->k + 1) * sizeof *p->xf);
  p->x = malloc(s->m * s->k * 4 + 4);
  assert_true(p->xf && p->x);
  for (size_t r = 0; r < s->m; r++) fill_row(s, rng_of(seed, 3, r), p->xf + r * s->k);
  lowp_view x = lowp_view_of(ex, s->m, s->k, p->x);
  for (size_t r = 0; r < s->m; r++) {
    lowp_view_store_row(&x, r, p->xf + r * s->k);
    lowp_view_load_row(&x, r, p->xf + r * s->k);
  }
  if (s->lhs == LOWP_SCHEME_NONE) return;
  if (s->quantized) {
    assert_int_equal(lowp_qtensor_create(&p->xq, s->lhs, s->m, s->k), LOWP_OK);
    assert_int_equal(lowp_quantize(NULL, &x, p->xq, NULL), LOWP_OK);
    return;
  }
  p->xrow = calloc(s->m + 1, sizeof *p->xrow);
  assert_non_null(p->xrow);
  for (size_t r = 0; r < s->m; r++) {
    lowp_view row = lowp_view_of(LOWP_F32, 1, s->k, p->xf + r * s->k);
    assert_int_equal(lowp_qtensor_create(&p->xrow[r], s->lhs, 1, s->k), LOWP_OK);
    assert_int_equal(lowp_quantize(NULL, &row, p->xrow[r], NULL), LOWP_OK);
  }
}

static float *factors(bool wanted, bool exact, size_t count, lowpt_rng rng) {
  if (!wanted) return NULL;
  float *f = malloc(count * sizeof *f + 4);
  assert_non_null(f);
  for (size_t i = 0; i < count; i++) f[i] = exact ? (i % 2 ? 2.0f : -1.0f) : (float)lowpt_normal(&rng);
  return f;
}

void lowpt_product_make(lowpt_product *p, const lowpt_spec *spec, uint64_t seed) {
  lowp_gemm_desc desc;
  lowp_error error = {LOWP_OK, ""};
  const bool exact = spec->data == LOWPT_DATA_EXACT;
  *p = (lowpt_product){.spec = *spec};
  lowp_gemm_desc_init(&desc, spec->rhs, spec->n, spec->k);
  desc.lhs = spec->lhs;
  desc.compute = spec->compute;
  lowp_status status = lowp_gemm_plan_create(&p->plan, &desc, &error);
  LOWP_CHECK(status == LOWP_OK, "%s: %s", lowpt_spec_text(spec), error.text);
  make_weights(p, seed);
  make_activations(p, seed);
  assert_int_equal(lowp_gemm_pack_size(p->plan, &p->packed_bytes), LOWP_OK);
  p->packed = lowpt_aligned(p->packed_bytes);
  status = lowp_gemm_pack(p->plan, p->w, p->packed, p->packed_bytes, &error);
  LOWP_CHECK(status == LOWP_OK, "%s: %s", lowpt_spec_text(spec), error.text);
  p->y = malloc(spec->m * spec->n * 4 + 4);
  p->bias = factors(spec->bias, exact, spec->n, rng_of(seed, 4, 0));
  p->lhs_scale = factors(spec->lhs_scale, exact, spec->m, rng_of(seed, 5, 0));
  p->rhs_scale = factors(spec->rhs_scale, exact, spec->n, rng_of(seed, 6, 0));
  lowp_gemm_args_init(&p->args, p->plan, p->packed, spec->m, or_f32(spec->ex), p->x, or_f32(spec->ey), p->y);
  if (p->xq) p->args.x.rows = p->args.x.cols = 0;
  p->args.xq = p->xq;
  p->args.bias = p->bias;
  p->args.lhs_scale = p->lhs_scale;
  p->args.rhs_scale = p->rhs_scale;
}

void lowpt_product_free(lowpt_product *p) {
  for (size_t r = 0; r < p->spec.m && p->xrow; r++) lowp_qtensor_destroy(p->xrow[r]);
  lowp_gemm_plan_destroy(p->plan);
  lowp_qtensor_destroy(p->w);
  lowp_qtensor_destroy(p->xq);
  free(p->xrow);
  free(p->packed);
  free(p->xf);
  free(p->x);
  free(p->y);
  free(p->bias);
  free(p->lhs_scale);
  free(p->rhs_scale);
}

void lowpt_product_run(lowpt_product *p, size_t threads) {
  lowp_threads t = {.struct_size = sizeof t, .count = threads};
  lowp_error error = {LOWP_OK, ""};
  size_t bytes;
  memset(p->y, 0xa5, p->spec.m * p->spec.n * 4);
  assert_int_equal(lowp_gemm_workspace(1, &p->args, &t, &bytes), LOWP_OK);
  void *workspace = malloc(bytes);
  assert_non_null(workspace);
  lowp_status status = lowp_gemm_run(&p->args, &t, workspace, bytes, &error);
  LOWP_CHECK(status == LOWP_OK, "%s: %s", lowpt_spec_text(&p->spec), error.text);
  free(workspace);
}

float lowpt_product_y(const lowpt_product *p, size_t i, size_t j) {
  const lowp_element ey = or_f32(p->spec.ey);
  float v = 0;
  const char *at = (const char *)p->y + (i * p->spec.n + j) * lowp_element_size(ey);
  assert_int_equal(lowp_element_decode_n(ey, 1, at, &v), LOWP_OK);
  return v;
}

/* --- the model --- */

/* A row of an operand: a row of floats, or a row of a qtensor. */
typedef struct operand {
  const float *floats;
  const lowp_qtensor *q;
  const lowp_scheme_info *info;
  size_t row, block_row;
} operand;

static operand operand_of(const lowp_qtensor *q, size_t row) {
  const lowp_scheme_info *info = lowp_scheme_info_of(q->scheme);
  return (operand){.q = q, .info = info, .row = row, .block_row = info->block_rows ? row / info->block_rows : 0};
}

static operand lhs_of(const lowpt_product *p, size_t i) {
  if (p->xq) return operand_of(p->xq, i);
  if (p->xrow) return operand_of(p->xrow[i], 0);
  return (operand){.floats = p->xf + i * p->spec.k};
}

static const uint8_t *scale_at(const operand *o, size_t k) {
  size_t block = o->info->block_cols ? k / o->info->block_cols : 0;
  return o->q->scales + o->block_row * o->q->scales_stride + block * o->info->scale_bytes;
}

/* The float that the bytes of a scale stand for; of HiF4 its first level. */
static float scale_value(const operand *o, const uint8_t *scale) {
  uint16_t half;
  float f;
  switch (o->info->scale) {
  case LOWP_F32:
    memcpy(&f, scale, sizeof f);
    return f;
  case LOWP_FP16:
    memcpy(&half, scale, sizeof half);
    return lowp_decode(LOWP_FP16, half);
  default:
    return lowp_decode(o->info->scale, *scale);
  }
}

/* Element with HiF4's small exponents: what multiplies the block scale. */
static float element_of(const operand *o, size_t k) {
  float v = lowp_decode(o->info->element, lowp_qtensor_code(o->q, o->row, k));
  if (o->info->family == LOWP_FAMILY_HIF4) {
    const uint8_t *s = scale_at(o, k);
    size_t j = k % 64;
    uint32_t sixteen = (uint32_t)s[2] | (uint32_t)s[3] << 8;
    v = ldexpf(v, (int)(s[1] >> (j / 8) & 1) + (int)(sixteen >> (j / 4) & 1));
  }
  return v;
}

static float core_of(const operand *o, size_t k) {
  if (o->floats) return o->floats[k];
  float v = element_of(o, k);
  const char *zeros = o->q->zeros;
  int32_t zi;
  float zf;
  switch (o->info->family) {
  case LOWP_FAMILY_MX:
    return ldexpf(v, (int)*scale_at(o, k) - 127);
  case LOWP_FAMILY_CAST:
    return v;
  case LOWP_FAMILY_SCALED:
    if (o->info->block_cols) return v * scale_value(o, scale_at(o, k));
    if (o->info->zero == LOWP_ZERO_I32) {
      memcpy(&zi, zeros + 4 * o->block_row, sizeof zi);
      return (float)((int64_t)v - zi);
    }
    if (o->info->zero == LOWP_ZERO_F32) {
      memcpy(&zf, zeros + 4 * o->block_row, sizeof zf);
      return v - zf;
    }
    return v;
  default:
    return v * scale_value(o, scale_at(o, k));
  }
}

static float outer_of(const operand *o) {
  if (o->floats) return 1;
  if (o->info->tensor_scale) return o->q->tensor_scale;
  return o->info->family == LOWP_FAMILY_SCALED && !o->info->block_cols ? scale_value(o, scale_at(o, 0)) : 1;
}

/* Integers per unit of the elements that are integers of at most 8 bits, small exponents included; 0 for the others. */
static int units_of(const operand *o) {
  if (o->floats || o->info->zero == LOWP_ZERO_F32) return 0;
  switch (o->info->element) {
  case LOWP_E2M1:
    return 2;
  case LOWP_E2M3:
    return 8;
  case LOWP_S1P2:
    return 4;
  case LOWP_MXINT8:
    return 64;
  case LOWP_INT8:
  case LOWP_INT4:
    return 1;
  default:
    return 0;
  }
}

static bool by_integers(const operand *x, const operand *w) {
  if (!units_of(x) || !units_of(w)) return false;
  bool zeros = x->info->zero != LOWP_ZERO_NONE || w->info->zero != LOWP_ZERO_NONE;
  return !zeros || (!x->info->block_cols && !w->info->block_cols);
}

/* Behind k, up to a multiple of 128, S goes on with products of zeros: of -0 they make +0. */
static float padded(float s, size_t k) { return k % 128 ? s + 0.0f : s; }

/* Integer k of an operand, its zero point subtracted. */
static int64_t integer_of(const operand *o, size_t k) {
  int64_t v = (int64_t)(element_of(o, k) * (float)units_of(o));
  int32_t z = 0;
  if (o->info->zero == LOWP_ZERO_I32) memcpy(&z, (const char *)o->q->zeros + 4 * o->block_row, sizeof z);
  return v - z;
}

static float integer_scale(const operand *o, size_t k) {
  return o->info->block_cols ? scale_value(o, scale_at(o, k)) / (float)units_of(o) : 1.0f;
}

static float sum_of(const operand *x, const operand *w, size_t k_end) {
  float s = 0;
  if (!by_integers(x, w)) {
    for (size_t k = 0; k < k_end; k++) s = fmaf(core_of(x, k), core_of(w, k), s);
    return padded(s, k_end);
  }
  size_t bx = x->info->block_cols ? x->info->block_cols : k_end, bw = w->info->block_cols ? w->info->block_cols : k_end;
  size_t block = bx < bw ? bx : bw;
  for (size_t k0 = 0; k0 < k_end; k0 += block) {
    int64_t d = 0;
    for (size_t k = k0; k < k0 + block && k < k_end; k++) d += integer_of(x, k) * integer_of(w, k);
    s = fmaf((float)d, integer_scale(x, k0) * integer_scale(w, k0), s);
  }
  return s;
}

float lowpt_product_model(const lowpt_product *p, size_t i, size_t j) {
  const operand x = lhs_of(p, i), w = operand_of(p->w, j);
  float s = sum_of(&x, &w, p->spec.k), ox = outer_of(&x), ow = outer_of(&w);
  if (p->lhs_scale) ox *= p->lhs_scale[i];
  if (p->rhs_scale) ow *= p->rhs_scale[j];
  s *= ox;
  s *= ow;
  if (p->bias) s += p->bias[j];
  const lowp_element ey = or_f32(p->spec.ey);
  return ey == LOWP_F32 ? s : lowp_decode(ey, lowp_encode(ey, s));
}

/* --- f64 --- */

static void row_values(const lowpt_product *p, const operand *o, float *out) {
  if (o->floats) {
    memcpy(out, o->floats, p->spec.k * sizeof *out);
    return;
  }
  lowp_view view = lowp_view_of(LOWP_F32, 1, p->spec.k, out);
  assert_int_equal(lowp_dequantize_rows(o->q, o->row, o->row + 1, &view, NULL), LOWP_OK);
}

/*
 * u = 2^-24. Dequantized values are off by at most 2 u each (two roundings), the sum of kp products by kp u of the sum of
 * magnitudes, more where bf16 products are added in pairs and flushed (2 kp u); the factors and the bias make 5 more roundings. In
 * BF16 both operands are rounded to 8 bits: 2^-8 each, and their product.
 */
double lowpt_product_exact(const lowpt_product *p, size_t i, size_t j, double *bound) {
  const lowpt_spec *s = &p->spec;
  const operand x = lhs_of(p, i), w = operand_of(p->w, j);
  const double u = ldexp(1, -24), kp = (double)((s->k + 127) / 128 * 128);
  float *values = malloc(2 * s->k * sizeof *values);
  assert_non_null(values);
  row_values(p, &x, values);
  row_values(p, &w, values + s->k);
  double sum = 0, magnitudes = 0, factor = 1;
  for (size_t k = 0; k < s->k; k++) {
    double t = (double)values[k] * (double)values[s->k + k];
    sum += t;
    magnitudes += fabs(t);
  }
  free(values);
  if (p->lhs_scale) factor *= (double)p->lhs_scale[i];
  if (p->rhs_scale) factor *= (double)p->rhs_scale[j];
  double y = sum * factor + (p->bias ? (double)p->bias[j] : 0), a = magnitudes * fabs(factor);
  double relative = (kp + 10) * u * 1.01;
  if (s->compute == LOWP_COMPUTE_BF16) relative = 2 * ldexp(1, -8) + ldexp(1, -16) + (2 * kp + 10) * u * 1.02;
  const lowp_element ey = or_f32(s->ey);
  double out = ey == LOWP_BF16 ? ldexp(1, -8) : ey == LOWP_FP16 ? ldexp(1, -11) : u;
  *bound = a * relative + (fabs(y) + a * relative) * (u + out) + (ey == LOWP_FP16 ? ldexp(1, -25) : ldexp(1, -100));
  return y;
}

static bool same(float a, float b) { return lowp_f32_bits(a) == lowp_f32_bits(b) || (a != a && b != b); }

void lowpt_product_check(const lowpt_product *p, const char *what) {
  const lowpt_spec *s = &p->spec;
  const bool bits = s->compute == LOWP_COMPUTE_REPRODUCIBLE || s->data == LOWPT_DATA_EXACT;
  for (size_t i = 0; i < s->m; i++)
    for (size_t j = 0; j < s->n; j++) {
      float y = lowpt_product_y(p, i, j);
      double bound, exact = lowpt_product_exact(p, i, j, &bound);
      LOWP_CHECK(fabs((double)y - exact) <= bound, "%s%s, %s: y(%zu, %zu) is %.9g, exact %.9g, bound %.3g", what,
                 lowpt_spec_text(s), lowp_gemm_plan_kernel(p->plan), i, j, (double)y, exact, bound);
      if (!bits) continue;
      float model = lowpt_product_model(p, i, j);
      LOWP_CHECK(same(y, model), "%s%s, %s: y(%zu, %zu) is %a, the model %a", what, lowpt_spec_text(s),
                 lowp_gemm_plan_kernel(p->plan), i, j, (double)y, (double)model);
    }
}
