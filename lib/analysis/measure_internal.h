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

/* --- scales ------------------------------------------------------------------------------------------------------- */

/* Which codes a scale of one byte ends with, and what they stand for. */
typedef struct lowpi_scale_rule {
  lowp_element element;
  uint32_t bytes;       /* of a scale in the plane; 0: none */
  bool by_code;         /* one byte tells all */
  uint32_t top, bottom; /* the largest and the smallest finite code, of those */
  float factor;         /* tensor scale */
} lowpi_scale_rule;

lowpi_scale_rule lowpi_scale_rule_of(const lowpi_source *source);

/* The value of the scale at `scale`, times the tensor scale. */
float lowpi_scale_value(const lowpi_scale_rule *rule, const uint8_t *scale);

/* Its place in scale_codes. */
uint32_t lowpi_scale_code(const lowpi_scale_rule *rule, const uint8_t *scale);

/* Adds the scales that begin in a part. */
void lowpi_count_scales(lowp_measurement *m, const lowpi_source *source, const lowpi_scale_rule *rule,
                        const lowpi_part *part);

/* Adds the codes of a part. */
void lowpi_count_codes(lowp_measurement *m, const lowpi_source *source, const lowpi_part *part);

#endif
