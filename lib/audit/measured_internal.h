/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measured_internal.h: the parts of lowp_measured_check_output. An operand is a matrix under one way of quantizing it, a
 * product the exact product of two operands over the sample, a fit what is between it and the output.
 */
#ifndef LOWPI_MEASURED_INTERNAL_H
#define LOWPI_MEASURED_INTERNAL_H

#include <lowp/measured.h>
#include <stdbool.h>

#include "internal.h"

/* Which of four weights along k are dropped: none; the two smallest, before or after quantizing, of equals the last or the
 * first. */
typedef enum lowpi_prune { LOWPI_PRUNE_NONE = 0, LOWPI_PRUNE_BEFORE, LOWPI_PRUNE_LAST, LOWPI_PRUNE_FIRST } lowpi_prune;

typedef struct lowpi_spec {
  lowp_scheme scheme; /* NONE: f32 */
  lowp_quant_opts opts;
  bool each_row;      /* every row a tensor of its own */
  lowp_element round; /* what decoded values are rounded to: F32 (not), BF16, FP16 */
  lowpi_prune prune;
} lowpi_spec;

/* A scheme with its defaults. */
lowpi_spec lowpi_spec_of(lowp_scheme scheme, bool each_row);
const char *lowpi_format_name(lowp_scheme scheme);
/* " (scale rule ceil, ...)", what differs from the defaults; "" if nothing does. Returns text. */
const char *lowpi_spec_text(const lowpi_spec *spec, char text[96]);

/* Scales that depend on more than one row. */
bool lowpi_spans_rows(lowp_scheme scheme);

typedef struct lowpi_operand {
  const lowp_view *view;
  lowpi_spec spec;
  lowp_view source;  /* view, or the pruned copy */
  lowp_qtensor *q;   /* of all rows, or of one */
  float *row, *copy; /* [k]; [rows, k] or NULL */
} lowpi_operand;

lowp_status lowpi_operand_open(lowpi_operand *o, const lowp_view *view, const lowpi_spec *spec, lowp_error *error);
/* The values of row r. */
lowp_status lowpi_operand_row(lowpi_operand *o, size_t r, float *values, lowp_error *error);
void lowpi_operand_close(lowpi_operand *o); /* zeroed is fine */

/* Rows times columns of y, and what y can be rounded to. */
typedef struct lowpi_sample {
  size_t m, n, k, rows, cols, count; /* count = rows * cols */
  size_t *row, *col;
  double *y, *half; /* [count]: half a unit in the last place of y; NaN, Inf as they are */
  lowp_element out;
} lowpi_sample;

typedef struct lowpi_product {
  float *x, *w;              /* [rows, k], [cols, k] */
  double *c, *sum_abs;       /* [count] */
  double noise;              /* rms(e32) + 4 u rms(sqrt(sum p^2)) */
  lowpi_spec lhs, rhs;       /* of what is in x and w */
  size_t lhs_step, rhs_step; /* every so many-th row is there; 0: none */
} lowpi_product;

typedef struct lowpi_fit {
  bool pass;
  size_t count, nonfinite, outside; /* outputs compared; not finite where the product is; beyond the bound */
  double nmse, excess, bound_ratio; /* excess: rms */
} lowpi_fit;

typedef struct lowpi_check {
  const lowp_measured_desc *desc;
  lowpi_sample sample;
  lowpi_product p;
  lowp_measured_report *report;
  lowp_error *error;
} lowpi_check;

lowp_status lowpi_sample_make(lowpi_sample *s, const lowp_measured_desc *desc);
void lowpi_sample_free(lowpi_sample *s);
/* Half a unit in the last place of y as a number of this type: half of the smallest subnormal at least. */
double lowpi_half_ulp(double y, lowp_element out);

/*
 * The product of two candidates, into check->p, and how y fits it. _screen looks at a few of the outputs first and at all if
 * those fit: most candidates do not. Others in check->p are then NaN.
 */
lowp_status lowpi_try(lowpi_check *check, const lowpi_spec *lhs, const lowpi_spec *rhs, lowpi_fit *fit);
lowp_status lowpi_screen(lowpi_check *check, const lowpi_spec *lhs, const lowpi_spec *rhs, lowpi_fit *fit);
/* How y fits the values c. */
void lowpi_fit_of(const lowpi_check *check, const double *c, lowpi_fit *fit);
void lowpi_product_free(lowpi_product *p);

/* A pair of specs and how it fits. */
typedef struct lowpi_candidate {
  lowpi_spec lhs, rhs;
  lowpi_fit fit;
} lowpi_candidate;

/* Other rules of the formats of *best, which becomes the one that fits, or the nearest. */
lowp_status lowpi_search_rules(lowpi_check *check, lowpi_candidate *best);
/* Other formats than those of *best, and pruned weights; *best becomes the first that fits, or the nearest. */
lowp_status lowpi_search_formats(lowpi_check *check, lowpi_candidate *best);
/* Another format that fits as well as *found does: *twin, its name in text; else text is empty. */
lowp_status lowpi_search_twins(lowpi_check *check, const lowpi_candidate *found, char text[96]);

/* Each of the next adds its finding and sets *found if it applies to the product that is in check->p. */
lowp_status lowpi_find_blocks(lowpi_check *check, const lowpi_candidate *candidate, bool *found);
lowp_status lowpi_find_accumulator(lowpi_check *check, const lowpi_candidate *candidate, bool *found);
lowp_status lowpi_find_outside(lowpi_check *check, const lowpi_candidate *candidate, bool *found);

void lowpi_report_add(lowp_measured_report *report, lowp_measured_kind kind, lowp_verdict verdict, const char *format,
                      ...) LOWP_PRINTF(4, 5);

#endif
