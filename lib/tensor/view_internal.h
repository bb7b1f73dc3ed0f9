/* SPDX-License-Identifier: Apache-2.0 */
/* view_internal.h: parts of rows of a view, for the passes of lib/quant, and rows that need no copy at all. */
#ifndef LOWPI_VIEW_INTERNAL_H
#define LOWPI_VIEW_INTERNAL_H

#include <lowp/tensor.h>
#include <stdbool.h>

/* Row r as floats where it lies, or NULL where its elements are not aligned f32. */
float *lowpi_view_floats(const lowp_view *view, size_t r);

/* Are the elements bf16 or f16, for which there are kernels? */
static inline bool lowpi_view_halves(const lowp_view *view) {
  return view->element == LOWP_BF16 || view->element == LOWP_FP16;
}

/* Where element (r, c) lies. */
void *lowpi_view_at(const lowp_view *view, size_t r, size_t c);

/* x[i] = f32 value of element (r, c + i), i < n. */
void lowpi_view_load(const lowp_view *view, size_t r, size_t c, size_t n, float *x);

/*
 * Stores n values from element (r, c) on. `scratch`: room for n elements, through which they go past the caches, or
 * NULL: through the caches.
 */
void lowpi_view_store(const lowp_view *view, size_t r, size_t c, size_t n, const float *x, void *scratch);

/* The same for n elements of the view's own type. */
void lowpi_view_copy(const lowp_view *view, size_t r, size_t c, size_t n, const void *elements, bool past_caches);

#endif
