/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lhs.c: a row of activations, from what the caller has to what an engine reads: f32, bf16 or integers, with its factors. A row
 * that is quantized here is a tensor of its own, exactly lowp_quantize of a [1, k] matrix; kernels are those of the plan.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"
#include "kernels/generic/block.h"

enum { INF = LOWPK_F32_INF };

/* The room of a thread: a row as floats, its codes, its scales. No element is wider than 16 bits, no block under 16. */
typedef struct row_room {
  float *x;
  uint8_t *codes, *scales;
} row_room;

size_t lowpi_lhs_row_bytes(const lowp_gemm_plan *plan) {
  return plan->blob.kp * sizeof(float) + plan->blob.kp * sizeof(uint16_t) + plan->blob.kp / 16 * 4;
}

static row_room room_of(const lowp_gemm_plan *plan, void *bytes) {
  row_room r = {.x = bytes};
  r.codes = (uint8_t *)bytes + plan->blob.kp * sizeof(float);
  r.scales = r.codes + plan->blob.kp * sizeof(uint16_t);
  return r;
}

/* One quantized row: planes, and what is left of its value once the core is taken away. */
typedef struct quantized {
  const uint8_t *codes, *scales;
  const void *zero;
  int32_t own_zero; /* of a row quantized here */
  float tensor_scale;
} quantized;

static bool whole_row(const lowp_scheme_info *s) { return s->family == LOWP_FAMILY_SCALED && s->block_cols == 0; }

static bool has_outer(const lowp_gemm_args *args) {
  const lowp_scheme_info *s = args->plan->lhs;
  return args->lhs_scale || (s && (s->tensor_scale || whole_row(s)));
}

size_t lowpi_lhs_place(lowpi_lhs *lhs, const lowp_gemm_plan *plan, size_t m, char *base) {
  static const size_t value_bytes[] = {[LOWPI_ENGINE_F32] = 4, [LOWPI_ENGINE_BF16] = 2, [LOWPI_ENGINE_INT8] = 1};
  const size_t kp = plan->blob.kp;
  const bool integer = plan->engine == LOWPI_ENGINE_INT8, blocks = integer && plan->lhs->block_cols;
  const bool zeros = integer && plan->lhs->zero != LOWP_ZERO_NONE;
  const size_t bytes[] = {
      m * kp * value_bytes[plan->engine],
      blocks ? m * (kp / plan->lhs_block) * sizeof(float) : 0,
      m * sizeof(float),
      zeros ? m * sizeof(int32_t) : 0,
      integer ? m * sizeof(int32_t) : 0,
  };
  void *part[5];
  size_t total = 0;
  for (size_t i = 0; i < 5; i++) {
    part[i] = base && bytes[i] ? base + total : NULL;
    total += (bytes[i] + 63) & ~(size_t)63;
  }
  lhs->m = m;
  lhs->data = part[0];
  lhs->scales = part[1];
  lhs->outer = lhs->args && has_outer(lhs->args) ? part[2] : NULL;
  lhs->zero = part[3];
  lhs->sum = part[4];
  return total;
}

bool lowpi_lhs_same(const lowp_gemm_args *a, const lowp_gemm_args *b) {
  const lowp_gemm_plan *p = a->plan, *q = b->plan;
  return a->xq == b->xq && a->x.data == b->x.data && a->x.rows == b->x.rows && a->x.stride == b->x.stride &&
         a->x.element == b->x.element && a->lhs_scale == b->lhs_scale && p->k == q->k && p->lhs == q->lhs &&
         p->engine == q->engine && p->round_x == q->round_x && p->ops == q->ops &&
         memcmp(&p->lhs_opts, &q->lhs_opts, sizeof p->lhs_opts) == 0;
}

/* A row of the caller's as f32, zeros behind it. */
static void load(const lowp_gemm_args *a, size_t row, float *x) {
  const lowp_gemm_plan *plan = a->plan;
  const char *from = (const char *)a->x.data + (ptrdiff_t)row * a->x.stride;
  if (a->x.element == LOWP_F32)
    memcpy(x, from, plan->k * sizeof *x);
  else
    plan->ops->decode(a->x.element, plan->k, from, x);
  memset(x + plan->k, 0, (plan->blob.kp - plan->k) * sizeof *x);
}

/* The NaN policy of a quantization, and amax of what is finite. */
static lowp_status settle_nonfinite(const lowp_gemm_plan *plan, float *x, float *amax, size_t *column) {
  uint32_t largest = plan->ops->amax(plan->k, x);
  if (largest >= INF) {
    largest = 0;
    for (size_t k = 0; k < plan->k; k++) {
      uint32_t magnitude = lowpk_magnitude(x[k]);
      if (magnitude < INF) {
        if (magnitude > largest) largest = magnitude;
        continue;
      }
      *column = k;
      if (plan->lhs_opts.nan_policy == LOWP_NONFINITE_ERROR) return LOWP_E_NONFINITE;
      if (plan->lhs_opts.nan_policy == LOWP_NONFINITE_ZERO) x[k] = 0;
    }
  }
  *amax = lowp_f32_from_bits(largest);
  return LOWP_OK;
}

/* NVFP4's scale of the tensor, both directions, and the amax that belongs to it. */
static void row_tensor_scale(lowpk_job *job, float measured) {
  const lowp_quant_opts *o = job->opts;
  job->tensor_scale = o->tensor_scale;
  job->tensor_scale_inv = 1.0f / o->tensor_scale;
  job->tensor_amax = 0;
  if (o->tensor_scale_from == LOWP_TENSOR_SCALE_GIVEN) return;
  job->tensor_amax = o->tensor_scale_from == LOWP_TENSOR_SCALE_AMAX ? o->tensor_amax : measured;
  lowpi_nvfp4_tensor_scale(o, job->tensor_amax, &job->tensor_scale, &job->tensor_scale_inv);
}

static lowp_status quantize(const lowp_gemm_plan *plan, const row_room *room, quantized *q, size_t *column) {
  const lowp_scheme_info *s = plan->lhs;
  const lowp_quant_opts *o = &plan->lhs_opts;
  lowpk_job job = {.scheme = s,
                   .opts = o,
                   .cols = plan->k,
                   .cols_padded = plan->lhs_row.cols_padded,
                   .tensor_scale = 1,
                   .tensor_scale_inv = 1};
  float amax;
  lowp_status status = settle_nonfinite(plan, room->x, &amax, column);
  if (status != LOWP_OK) return status;
  if (s->tensor_scale) row_tensor_scale(&job, amax);
  if (lowpi_scales_first(s)) {
    lowpi_choose_row_scale(&job, room->x, room->scales, &q->own_zero);
    job.scales_ready = 1;
  }
  lowpi_quantize_kernel(plan->ops, s->family)(&job, 0, room->x, room->codes, room->scales,
                                              s->zero == LOWP_ZERO_NONE ? NULL : &q->own_zero);
  q->codes = room->codes;
  q->scales = room->scales;
  q->zero = s->zero == LOWP_ZERO_NONE ? NULL : &q->own_zero;
  q->tensor_scale = job.tensor_scale;
  return LOWP_OK;
}

/* The cores of a quantized row: dequantized with the outer factors as ones. Zeros behind it. */
static void decode_cores(const lowp_gemm_plan *plan, const quantized *q, float *x) {
  static const float one = 1.0f;
  const lowp_scheme_info *s = plan->lhs;
  const uint8_t *scales = whole_row(s) ? (const uint8_t *)&one : q->scales;
  const lowpk_job job = {.scheme = s,
                         .opts = &plan->lhs_opts,
                         .cols = plan->k,
                         .cols_padded = plan->lhs_row.cols_padded,
                         .tensor_scale = 1,
                         .tensor_scale_inv = 1};
  lowpi_dequantize_kernel(plan->ops, s->family)(&job, q->codes, scales, q->zero, x);
  memset(x + plan->k, 0, (plan->blob.kp - plan->k) * sizeof *x);
}

static float outer_of(const lowp_gemm_plan *plan, const quantized *q) {
  float outer = 1.0f;
  if (plan->lhs && plan->lhs->tensor_scale) outer = q->tensor_scale;
  if (plan->lhs && whole_row(plan->lhs)) memcpy(&outer, q->scales, sizeof outer);
  return outer;
}

/* Rows of tiles: r is the row of its panel, h how many that has, `first` the panel's first row. */
typedef struct place {
  size_t first, r, h;
} place;

static void put_int8(const lowpi_lhs *lhs, size_t row, place p, const quantized *q) {
  const lowp_gemm_plan *plan = lhs->args->plan;
  const size_t kp = plan->blob.kp, blocks = kp / plan->lhs_block;
  float *scales = lhs->scales ? lhs->scales + p.first * blocks + p.r : NULL;
  plan->ops->lhs_int8(plan->lhs, plan->lhs_row.cols_padded, kp, q->codes, q->scales,
                      (int8_t *)lhs->data + p.first * kp + p.r * 64, p.h * 64, scales, p.h, &lhs->sum[row]);
  if (lhs->zero) memcpy(&lhs->zero[row], q->zero, sizeof lhs->zero[row]);
}

static void put_floats(const lowpi_lhs *lhs, size_t row, place p, const row_room *room) {
  const lowp_gemm_plan *plan = lhs->args->plan;
  const size_t kp = plan->blob.kp;
  if (plan->engine == LOWPI_ENGINE_BF16) {
    plan->ops->lhs_bf16(kp, room->x, (uint16_t *)lhs->data + p.first * kp + p.r * 32, p.h * 32);
    return;
  }
  float *out = (float *)lhs->data + row * kp;
  if (plan->round_x) {
    plan->ops->encode(LOWP_BF16, lowp_encode_default(LOWP_BF16), 0, 0, kp, room->x, room->codes);
    plan->ops->decode(LOWP_BF16, kp, room->codes, out);
  } else {
    memcpy(out, room->x, kp * sizeof *out);
  }
}

lowp_status lowpi_lhs_prepare(const lowpi_lhs *lhs, size_t row, void *bytes, size_t *column) {
  const lowp_gemm_args *a = lhs->args;
  const lowp_gemm_plan *plan = a->plan;
  const row_room room = room_of(plan, bytes);
  const size_t from = lhs->row0 + row;
  place p = {.first = row - row % LOWPK_MR, .r = row % LOWPK_MR};
  p.h = lhs->m - p.first < LOWPK_MR ? lhs->m - p.first : LOWPK_MR;
  quantized q = {0};
  if (a->xq) {
    q.codes = lowpi_codes_at(a->xq, from);
    q.scales = lowpi_scales_at(a->xq, plan->lhs, from);
    q.zero = lowpi_zero_at(a->xq, plan->lhs, from);
    q.tensor_scale = a->xq->tensor_scale;
  } else {
    load(a, from, room.x);
    if (plan->lhs) {
      lowp_status status = quantize(plan, &room, &q, column);
      if (status != LOWP_OK) return status;
    }
  }
  if (plan->engine == LOWPI_ENGINE_INT8) {
    put_int8(lhs, row, p, &q);
  } else {
    if (plan->lhs) decode_cores(plan, &q, room.x);
    put_floats(lhs, row, p, &room);
  }
  if (lhs->outer) lhs->outer[row] = a->lhs_scale ? outer_of(plan, &q) * a->lhs_scale[from] : outer_of(plan, &q);
  return LOWP_OK;
}
