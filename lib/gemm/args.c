/* SPDX-License-Identifier: Apache-2.0 */
/* args.c: the arguments of one multiplication. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"

void lowp_gemm_args_init(lowp_gemm_args *args, const lowp_gemm_plan *plan, const void *packed, size_t m,
                         lowp_element ex, const void *x, lowp_element ey, void *y) {
  *args = (lowp_gemm_args){
      .struct_size = sizeof *args,
      .plan = plan,
      .packed = packed,
      .x = lowp_view_of(ex, m, plan->k, x),
      .y = lowp_view_of(ey, m, plan->n, y),
  };
}

static bool is_float(lowp_element element) {
  return element == LOWP_F32 || element == LOWP_BF16 || element == LOWP_FP16;
}

static lowp_status check_x(const lowp_gemm_args *a, size_t index, lowp_error *error) {
  const lowp_gemm_plan *plan = a->plan;
  if (a->xq) {
    lowp_status status = lowpi_qtensor_check(a->xq, error);
    if (status != LOWP_OK) return status;
    if (a->x.rows || a->x.cols)
      return lowpi_fail(error, LOWP_E_ARGUMENT, "entry %zu: x is given twice, as it is and quantized", index);
    if (!plan->lhs || a->xq->scheme != plan->lhs->id)
      return lowpi_fail(error, LOWP_E_ARGUMENT, "entry %zu: x is quantized as %s, the plan wants %s", index,
                        lowp_scheme_info_of(a->xq->scheme)->name, plan->lhs ? plan->lhs->name : "it as it is");
    if (a->xq->cols != plan->k)
      return lowpi_fail(error, LOWP_E_SHAPE, "entry %zu: x has %zu columns, the plan's k is %zu", index, a->xq->cols,
                        plan->k);
    return LOWP_OK;
  }
  lowp_status status = lowp_view_check(&a->x);
  if (status != LOWP_OK) return lowpi_fail(error, status, "entry %zu: x is not a readable matrix", index);
  if (!is_float(a->x.element))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "entry %zu: x must be f32, bf16 or fp16", index);
  if (a->x.cols != plan->k)
    return lowpi_fail(error, LOWP_E_SHAPE, "entry %zu: x has %zu columns, the plan's k is %zu", index, a->x.cols,
                      plan->k);
  return LOWP_OK;
}

static lowp_status check_y(const lowp_gemm_args *a, size_t index, lowp_error *error) {
  lowp_status status = lowp_view_check(&a->y);
  if (status != LOWP_OK) return lowpi_fail(error, status, "entry %zu: y is not a writable matrix", index);
  if (!is_float(a->y.element))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "entry %zu: y must be f32, bf16 or fp16", index);
  if (a->y.rows != lowpi_args_m(a) || a->y.cols != a->plan->n)
    return lowpi_fail(error, LOWP_E_SHAPE, "entry %zu: y is %zu x %zu, the product %zu x %zu", index, a->y.rows,
                      a->y.cols, lowpi_args_m(a), a->plan->n);
  size_t stride = a->y.stride < 0 ? 0 - (size_t)a->y.stride : (size_t)a->y.stride;
  if (a->y.rows > 1 && stride < a->y.cols * lowp_element_size(a->y.element))
    return lowpi_fail(error, LOWP_E_SHAPE, "entry %zu: the rows of y overlap", index);
  return LOWP_OK;
}

lowp_status lowpi_args_check(const lowp_gemm_args *a, size_t index, lowp_error *error) {
  if (a->struct_size != sizeof *a)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "entry %zu is not initialised (struct_size)", index);
  if (!a->plan) return lowpi_fail(error, LOWP_E_ARGUMENT, "entry %zu has no plan", index);
  lowp_status status = lowpi_header_check(a->plan, a->packed, error);
  if (status == LOWP_OK) status = check_x(a, index, error);
  return status == LOWP_OK ? check_y(a, index, error) : status;
}
