/* SPDX-License-Identifier: Apache-2.0 */
/* outlier_internal.h: what the files of outlier amplification share. */
#ifndef LOWPI_OUTLIER_INTERNAL_H
#define LOWPI_OUTLIER_INTERNAL_H

#include <lowp/outlier.h>

#include "quant/quant_internal.h"

#include <math.h>

/* Scale and zero point of a per-tensor scheme, for x and for x with its outliers set to zero. */
typedef struct lowpi_outlier_side {
  float scale;
  union {
    int32_t i;
    float f;
  } zero;
} lowpi_outlier_side;

struct lowp_outlier_plan {
  const lowp_scheme_info *scheme;
  lowp_quant_opts quant; /* resolved */
  lowp_outlier_opts opts;
  lowp_view x;
  lowp_planes planes;
  bool whole;         /* the block is the tensor */
  size_t band, chunk; /* rows of a block; rows of a partial sum */
  float tensor_scale, tensor_scale_inv, tensor_amax;
  double rms_limit; /* of |x|, under the RMS rule */
  /* of the one block of a per-tensor scheme */
  bool has_outlier;
  size_t amax_row, amax_col;
  float amax;
  lowpi_outlier_side side[2];
};

/*
 * amax exceeds `threshold` times the median of m magnitudes if more than (m - 1) / 2 of them, times the threshold, are
 * below amax: counting takes the place of sorting.
 */
static inline uint64_t lowpi_count_far_below(size_t n, const float *x, double threshold, float amax) {
  uint64_t count = 0;
  for (size_t i = 0; i < n; i++) count += threshold * fabs((double)x[i]) < (double)amax;
  return count;
}
static inline bool lowpi_beyond_median(uint64_t far_below, uint64_t m) { return far_below > (m - 1) / 2; }

/* The first element of the largest magnitude; false if all are zero or one is not finite. */
static inline bool lowpi_find_amax(size_t n, const float *x, float *amax, size_t *at) {
  uint32_t bits = lowpk_ops_get()->amax(n, x);
  if (bits == 0 || bits >= 0x7f800000u) return false;
  size_t i = 0;
  while ((lowp_f32_bits(x[i]) & 0x7fffffffu) != bits) i++;
  *amax = lowp_f32_from_bits(bits);
  *at = i;
  return true;
}

/* Adds a complete block to the sums; does nothing if it has no outliers or no rest. */
void lowpi_outlier_add_block(lowp_outlier_stats *stats, lowp_outlier_block *block, const lowp_outlier_opts *opts);

/* Adds rows of the block that is the whole tensor. */
void lowpi_outlier_add_open(lowp_outlier_stats *into, const lowp_outlier_block *from);

#endif
