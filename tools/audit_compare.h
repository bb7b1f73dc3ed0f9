/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_compare.h: two chips, one model: what `lowp-audit compare` computes. audit_compare.c has the options,
 * audit_compare_run.c the calculation, audit_compare_text.c and _json.c print it, audit_compare_html.c draws it.
 */
#ifndef LOWP_TOOLS_AUDIT_COMPARE_H
#define LOWP_TOOLS_AUDIT_COMPARE_H

#include <lowp/model_shape.h>

#include "tools/audit.h"
#include "tools/audit_accuracy.h"

enum { COMPARE_CHIPS = 2, COMPARE_BATCHES = 32, COMPARE_FORMATS = LOWP_NUMBER_FORMAT_COUNT };

/* How a format is used: products in the format itself, or weights stored in it and multiplied in 16 bits (or 32). */
typedef struct compare_way {
  lowp_number_format format;
  bool native;
  lowp_rate rate;          /* of the products */
  const lowp_figure *peak; /* NULL: not known, no bound by compute */
  double nmse;             /* of the output, on the law that decides; NaN if it was not measured */
} compare_way;

/* One step or prefill on one chip. */
typedef struct compare_point {
  compare_way way;
  uint64_t batch;
  bool fits;      /* weights and caches, in the chips that were given */
  bool bounded;   /* it fits, and of a prefill the peak is known: without one there is no bound worth the name */
  uint64_t chips; /* that would hold them */
  lowp_roofline_time time;
} compare_point;

/* The fastest way to reach the target: `share` of the work in `fine`, the rest in `fast`; one format if share is 0. */
typedef struct compare_best {
  bool found;
  compare_way fast, fine;
  double share, seconds, tokens_per_second;
} compare_best;

typedef struct compare_options {
  tool_list chips;
  bool json, no_colour, achieved, same_experts;
  const char *model, *formats, *batches, *kv, *weights, *html, *price;
  uint64_t context, count;
  tool_decimal margin, target;
} compare_options;

typedef struct compare_job {
  compare_options options;
  lowp_profiles *profiles;
  const lowp_chip *chips[COMPARE_CHIPS];
  const char *labels[COMPARE_CHIPS]; /* as the user named them */
  double price[COMPARE_CHIPS];       /* per hour, 0: not given */
  char *model_name;
  const char *model_source;
  bool counts_only;
  lowp_roofline_model model;
  size_t format_count, batch_count;
  lowp_number_format formats[COMPARE_FORMATS];
  uint64_t batches[COMPARE_BATCHES];
  lowp_number_format kv;
  double target; /* output NMSE */
  audit_law law; /* that decides about accuracy */
  audit_accuracy accuracy;
  double accumulator[COMPARE_CHIPS]; /* NMSE of FP8 sums, NaN where the profile states no bits */
} compare_job;

/* Rows of the tables of decode and prefill: the formats, then each chip in its own of the highest peak. */
typedef struct compare_row {
  char name[48];
  compare_way ways[COMPARE_CHIPS];
} compare_row;

/* audit_compare_run.c */

/* Row `i`; false behind the last. */
bool compare_row_of(const compare_job *job, size_t i, compare_row *row);

/* How a chip uses a format by itself: native if it can. */
compare_way compare_way_of(const compare_job *job, size_t chip, lowp_number_format format, bool native);
bool compare_native(const lowp_chip *chip, lowp_number_format format);
/* In what a chip multiplies that does not compute in a format: in 16 bits, or in 32 if it is not known to do that. */
lowp_rate compare_wide(const compare_job *job, size_t chip);
/* The format of the highest peak, the one of fewest bits: what headlines are about. False if none is known. */
bool compare_headline(const compare_job *job, size_t chip, compare_way *way);
compare_point compare_decode(const compare_job *job, size_t chip, compare_way way, uint64_t batch);
compare_point compare_prefill(const compare_job *job, size_t chip, compare_way way);
uint64_t compare_crossover(const compare_job *job, size_t chip, compare_way way);
lowp_roofline_fit_result compare_fit(const compare_job *job, size_t chip, compare_way way, uint64_t batch);
/* Decode at a batch, or prefill for batch = 0. */
compare_best compare_best_of(const compare_job *job, size_t chip, uint64_t batch);
/* Of 1e6 tokens at the bound; NaN if no price was given, or it does not fit. */
double compare_cost(const compare_job *job, size_t chip, const compare_point *p);
/* The figures that bounds are made of: as claimed, or with --achieved as measured where that is known. */
const lowp_figure *compare_bandwidth(const compare_job *job, size_t chip);
const lowp_figure *compare_peak(const compare_job *job, size_t chip, lowp_rate rate);
/* The peak of the matrix units alone, where the claimed one counts vector units too; else 0. */
double compare_matrix_peak(const compare_job *job, size_t chip, lowp_rate rate);
/* All of these, "fp4 1.514 PFLOPS, fp8 756.9 TFLOPS"; false if there is none. */
enum { COMPARE_UNITS_TEXT = LOWP_RATE_COUNT * (TOOL_TEXT + 16) };
bool compare_units_text(const compare_job *job, size_t chip, char text[COMPARE_UNITS_TEXT]);
/* The weakest of the grades of two figures, "derived" being what any calculation is: of what a bound stands on. */
const char *compare_basis(const compare_job *job, size_t chip, const compare_point *point);
/* The highest dense peak of a chip and its rate; NULL if none is known. */
const lowp_figure *compare_highest(const compare_job *job, size_t chip, lowp_rate *rate);

/* audit_compare_text.c, audit_compare_json.c, audit_compare_html.c */
void compare_text(const compare_job *job, FILE *out);
bool compare_json(const compare_job *job, FILE *out);
bool compare_html(const void *job, FILE *out);

#endif
