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
 * below amax: counting takes the place of sorting. And f64(threshold * v) grows with v, so that there is a smallest
 * magnitude that is not below: its bits are what to compare with. threshold > 0, amax > 0.
 */
static inline uint32_t lowpi_far_below(double threshold, float amax) {
  double quotient = (double)amax / threshold;
  uint32_t bits = lowp_f32_bits(quotient < 3e38 ? (float)quotient : 3e38f);
  while (bits > 0 && !(threshold * (double)lowp_f32_from_bits(bits) < (double)amax)) bits--;
  while (bits < 0x7f800000u && threshold * (double)lowp_f32_from_bits(bits) < (double)amax) bits++;
  return bits;
}
static inline uint64_t lowpi_count_below(size_t n, const float *x, uint32_t limit) {
  enum { LANES = 8 };
  uint64_t count = 0;
  while (n != 0) {
    size_t part = n < 4096 ? n : 4096, i = 0;
    uint32_t lanes[LANES] = {0};
    for (; part - i >= LANES; i += LANES)
      for (size_t l = 0; l < LANES; l++) lanes[l] += (int32_t)(lowp_f32_bits(x[i + l]) & 0x7fffffffu) < (int32_t)limit;
    for (; i < part; i++) lanes[0] += (lowp_f32_bits(x[i]) & 0x7fffffffu) < limit;
    for (int l = 0; l < LANES; l++) count += lanes[l];
    x += part;
    n -= part;
  }
  return count;
}
static inline bool lowpi_beyond_median(uint64_t below, uint64_t m) { return below > (m - 1) / 2; }

/* The first element of this magnitude, which is there. */
static inline size_t lowpi_find_magnitude(const float *x, float amax) {
  size_t i = 0;
  while ((lowp_f32_bits(x[i]) & 0x7fffffffu) != lowp_f32_bits(amax)) i++;
  return i;
}

/* Adds a complete block to the sums; does nothing if it has no outliers or no rest. */
void lowpi_outlier_add_block(lowp_outlier_stats *stats, lowp_outlier_block *block, const lowp_outlier_opts *opts);

/* Adds rows of the block that is the whole tensor. */
void lowpi_outlier_add_open(lowp_outlier_stats *into, const lowp_outlier_block *from);

#endif
