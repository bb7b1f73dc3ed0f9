/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyze_baseline.h: what --save-baseline writes and --check reads. docs/error-analysis.md describes the file.
 *
 * Errors are kept as NMSE in nine significant digits. An NMSE is a ratio of two sums that have the same bits on every
 * machine, so these digits do not depend on a C library's logarithm.
 */
#ifndef LOWP_TOOLS_ANALYZE_BASELINE_H
#define LOWP_TOOLS_ANALYZE_BASELINE_H

#include <lowp/scheme.h>
#include <stdbool.h>

enum { BASELINE_VERSION = 1, BASELINE_MAX_RANK = 8, BASELINE_HASH = 33 };

typedef struct baseline_format {
  lowp_scheme scheme;
  char *rules;
} baseline_format;

typedef struct baseline_tensor {
  char *name;
  size_t rank, shape[BASELINE_MAX_RANK];
  char hash[BASELINE_HASH]; /* of the weights as stored in the file */
  double tolerance_db;      /* negative: that of the file */
  double *nmse;             /* one per format */
} baseline_tensor;

typedef struct analyze_baseline {
  double tolerance_db;
  size_t format_count, count;
  baseline_format *formats;
  baseline_tensor *tensors; /* in the order of the file */
} analyze_baseline;

/* False, with a sentence in `problem` and nothing to free, if the text is not exactly such a file. */
bool analyze_baseline_parse(const char *text, size_t size, analyze_baseline *baseline, char *problem, size_t room);
void analyze_baseline_free(analyze_baseline *baseline);
/* The file as text, to be freed. */
char *analyze_baseline_text(const analyze_baseline *baseline);
/* A value as the file keeps it. */
double analyze_baseline_round(double nmse);

#endif
