/* SPDX-License-Identifier: Apache-2.0 */
/* view.c: rows of matrices that somebody else owns, in and out of f32. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/tensor.h>
#include "internal.h"
#include "tensor/view_internal.h"
#include "kernels/kernel.h"

lowp_view lowp_view_of(lowp_element element, size_t rows, size_t cols, const void *data) {
  size_t row_bytes = 0;
  if (!lowpi_mul(cols, lowp_element_size(element), &row_bytes) || row_bytes > PTRDIFF_MAX) row_bytes = 0;
  /* The cast drops const for views that are only read; a row too long for a stride is left to lowp_view_check. */
  return (lowp_view){sizeof(lowp_view), element, rows, cols, (ptrdiff_t)row_bytes, (void *)(uintptr_t)data};
}

lowp_status lowp_view_check(const lowp_view *view) {
  if (!view || view->struct_size != sizeof *view || !lowp_element_info_of(view->element)) return LOWP_E_ARGUMENT;
  if (view->rows == 0 || view->cols == 0) return LOWP_OK;
  if (!view->data) return LOWP_E_ARGUMENT;
  size_t row_bytes, span, bytes = view->stride < 0 ? 0 - (size_t)view->stride : (size_t)view->stride;
  if (!lowpi_mul(view->cols, lowp_element_size(view->element), &row_bytes) || row_bytes > PTRDIFF_MAX)
    return LOWP_E_SHAPE;
  if (!lowpi_mul(view->rows - 1, bytes, &span) || span > PTRDIFF_MAX) return LOWP_E_SHAPE;
  if (!lowpi_add(span, row_bytes, &span) || span > PTRDIFF_MAX) return LOWP_E_SHAPE;
  return LOWP_OK;
}

void *lowpi_view_at(const lowp_view *view, size_t r, size_t c) {
  return (char *)view->data + (ptrdiff_t)r * view->stride + c * lowp_element_size(view->element);
}

float *lowpi_view_floats(const lowp_view *view, size_t r) {
  char *row = lowpi_view_at(view, r, 0);
  return view->element == LOWP_F32 && (uintptr_t)row % _Alignof(float) == 0 ? (float *)(void *)row : NULL;
}

void lowpi_view_load(const lowp_view *view, size_t r, size_t c, size_t n, float *x) {
  /* The view is valid, so the only thing that could fail here has been checked. */
  lowp_status ignored = lowp_element_decode_n(view->element, n, lowpi_view_at(view, r, c), x);
  (void)ignored;
}

static void encode(lowp_element id, size_t n, const float *x, void *out) {
  if (id == LOWP_F64) {
    for (size_t i = 0; i < n; i++) {
      float f;
      memcpy(&f, (const char *)x + i * sizeof f, sizeof f);
      double d = (double)f;
      memcpy((char *)out + i * sizeof d, &d, sizeof d);
    }
    return;
  }
  lowp_status ignored = lowp_element_encode_n(id, NULL, 0, 0, n, x, out);
  (void)ignored;
}

void lowpi_view_store(const lowp_view *view, size_t r, size_t c, size_t n, const float *x, void *scratch) {
  char *out = lowpi_view_at(view, r, c);
  if (!scratch) {
    encode(view->element, n, x, out);
  } else if (view->element == LOWP_F32) {
    lowpk_ops_get()->stream(n * sizeof *x, x, out);
  } else {
    encode(view->element, n, x, scratch);
    lowpk_ops_get()->stream(n * lowp_element_size(view->element), scratch, out);
  }
}

void lowpi_view_copy(const lowp_view *view, size_t r, size_t c, size_t n, const void *elements, bool past_caches) {
  const size_t bytes = n * lowp_element_size(view->element);
  if (past_caches)
    lowpk_ops_get()->stream(bytes, elements, lowpi_view_at(view, r, c));
  else
    memcpy(lowpi_view_at(view, r, c), elements, bytes);
}

void lowp_view_load_row(const lowp_view *view, size_t r, float *x) { lowpi_view_load(view, r, 0, view->cols, x); }

void lowp_view_store_row(const lowp_view *view, size_t r, const float *x) {
  lowpi_view_store(view, r, 0, view->cols, x, NULL);
}
