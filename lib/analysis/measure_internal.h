/* SPDX-License-Identifier: Apache-2.0 */
/* measure_internal.h: what the files that measure share. */
#ifndef LOWPI_MEASURE_INTERNAL_H
#define LOWPI_MEASURE_INTERNAL_H

#include "analysis/source.h"

/* ee / xx, and 0 without error. */
double lowpi_ratio(double ee, double xx);

/* Would this record, whose sums and place are known, be on the list? */
bool lowpi_worst_block_enters(const lowp_worst_blocks *list, const lowp_block_record *record, bool by_nmse);
void lowpi_worst_block_add(lowp_worst_blocks *list, const lowp_block_record *record, bool by_nmse);
void lowpi_worst_channel_add(lowp_worst_channels *list, const lowp_channel_stats *record, bool by_nmse);

/* Widens scale_min and scale_max of *into, whose `scales` does not count these yet, by the range of `scales` finite ones. */
void lowpi_merge_scales(lowp_measurement *into, uint64_t scales, float min, float max);

struct lowp_measure_job {
  lowpi_source source;
  size_t block; /* columns, a row if there is no other */
  lowp_channel_stats *channels;
};

/* --- counts of codes and scales ----------------------------------------------------------------------------------- */

typedef struct lowpi_counts {
  const lowpi_source *source;
  uint32_t bytes;    /* of a scale in the plane; 0: none */
  bool by_code;      /* one byte tells all */
  uint8_t kind[256]; /* of a scale code: see counts.c */
  unsigned bits;     /* of an element code; 0: not counted */
  /* Of bytes, where a byte has two codes, else of codes; four tables, so that neighbours do not wait for each other. */
  uint64_t codes[4][256];
} lowpi_counts;

void lowpi_counts_begin(lowpi_counts *counts, const lowpi_source *source);

/* Adds the scales that begin in a part, and its codes. The codes reach *m with lowpi_counts_end. */
void lowpi_count_scales(lowpi_counts *counts, lowp_measurement *m, const lowpi_part *part);
void lowpi_count_codes(lowpi_counts *counts, const lowpi_part *part, lowp_measurement *m);
void lowpi_counts_end(lowpi_counts *counts, lowp_measurement *m);

/* Scale number i of a part as it is counted in scale_codes. */
uint32_t lowpi_scale_code(const lowpi_counts *counts, const lowpi_part *part, size_t i);

#endif
