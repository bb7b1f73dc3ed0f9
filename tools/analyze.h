/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyze.h: what the sources of lowp-analyze share. The order of work: options are parsed; a mode that needs no model
 * (analyze_modes) runs and ends the program; else the inputs are opened, every tensor is described, every matrix of
 * weights is quantized piece by piece in each format and measured; reports are printed and files written.
 *
 * Memory: results per tensor and format, and for each thread one piece of a tensor. No tensor is ever held whole.
 */
#ifndef LOWP_TOOLS_ANALYZE_H
#define LOWP_TOOLS_ANALYZE_H

#include <jansson.h>
#include <lowp/analysis.h>
#include <lowp/describe.h>
#include <lowp/measure.h>
#include <lowp/outlier.h>
#include <lowp/quant.h>

#include "tools/common.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/quant.h"
#include "tools/source.h"

/* --- options ------------------------------------------------------------------------------------------------------ */

typedef struct analyze_options {
  const char **inputs;
  size_t input_count;
  const char *formats, *focus;
  tool_raw_options raw;
  quant_options quant; /* its ignore list, rules of quantization, threads; the rest is unused */
  bool any_rank, mitigations;
  tool_decimal target;
  const char *write_rules, *html, *save_baseline, *check;
  const char *probe_plan, *probe_results, *probe_element;
  uint64_t probe_length;
  tool_list tolerance;
  bool reproduce, allow_missing, brief, json, tsv, quiet, no_color;
  uint64_t worst;
  int progress;
} analyze_options;

/* What is tried where nothing else is said. */
extern const char analyze_default_formats[];

/* Parses the command line. -1 to go on, else the exit code. */
int analyze_parse(int argc, char **argv, analyze_options *options);

/*
 * What the program does without measuring a model's tensors: `given` tells whether the options ask for it, `run` does it
 * and returns an exit code. Further modes are further rows of analyze_modes, which ends with a row of NULL.
 */
typedef struct analyze_mode {
  bool (*given)(const analyze_options *options);
  int (*run)(const analyze_options *options);
} analyze_mode;
extern const analyze_mode analyze_modes[];

/* --reproduce: published numbers, measured again on synthetic data. */
bool analyze_reproduce_given(const analyze_options *options);
int analyze_reproduce(const analyze_options *options);

/* --mitigations: what each gains on synthetic data, beside what is expected. */
bool analyze_mitigations_given(const analyze_options *options);
int analyze_mitigations(const analyze_options *options);
/* How guard rails choose tensors in one of its rows. */
typedef struct analyze_guard_by {
  tool_guard_by by;
  bool d;             /* by D alone instead */
  bool times_weights; /* large tensors count more */
} analyze_guard_by;
/* dB that the output of a synthetic network gains, mean over budgets of 1 to 3 more bits per weight. */
double analyze_guard_gain(lowp_scheme scheme, analyze_guard_by by, uint32_t seed);

/* --probe-plan, --probe-results: how a device adds. */
bool analyze_probe_given(const analyze_options *options);
int analyze_probe(const analyze_options *options);

/* --- the job ------------------------------------------------------------------------------------------------------ */

/* A format that is tried. */
typedef struct analyze_format {
  lowp_scheme scheme;
  const lowp_scheme_info *info;
  lowp_quant_opts opts;
  char *rules; /* "scale=floor round=rne nan=zero" */
} analyze_format;

/* What one format costs on one tensor, or on all of them. */
typedef struct analyze_result {
  lowp_error_stats stats;
  double bytes;    /* stored, all planes */
  bool misfit;     /* rows are no multiple of the block: padded for the measurement, refused by lowp-quant */
  double crest;    /* mean crest factor of the format's blocks */
  double nmse_top; /* of what is largest in its block */
  double entropy;  /* of the codes, bits */
  uint64_t blocks, blocks_flushed, blocks_clipped;
  uint64_t scales, scales_saturated, scales_bottom;
} analyze_result;

/* What a tensor is like before any format. */
typedef struct analyze_description {
  bool known; /* not of integers and the like */
  double amax, rms, kurtosis, max_over_median, mu;
  double crest16, crest32, crest64, crest128; /* means over blocks of so many columns */
  double row_ratio, col_ratio;                /* channel amax: largest over median */
  double zeros;                               /* share */
  uint64_t nonfinite;
  bool massive;         /* |x| > 100 and > 1000 medians */
  size_t int8_outliers; /* columns that are outlier features of LLM.int8() */
} analyze_description;

typedef struct analyze_tensor {
  const lowp_model_tensor *tensor;
  size_t source; /* of job->sources */
  size_t index;  /* in its model */
  char *label;   /* the name; with several inputs FILE:NAME */
  char *kept;    /* why it is described but not quantized; NULL: it is quantized */
  double weights;
  float amax; /* finite */
  analyze_description description;
  analyze_result *results; /* one per format; NULL where kept */
  size_t chosen;           /* the recommended format, SIZE_MAX: none meets the target */
} analyze_tensor;

/* Why a tensor is bad in a format: kind is "outlier", "range", "scale", or "even" where nothing stands out. */
enum { ANALYZE_FINDINGS = 4, ANALYZE_FINDING_TEXT = 200 };
typedef struct analyze_finding {
  const char *kind;
  char text[ANALYZE_FINDING_TEXT];
} analyze_finding;

/* One of the worst tensors in the format of --focus, measured a second time, block by block. */
enum { ANALYZE_GRID_ROWS = 32, ANALYZE_GRID_COLS = 48 };
typedef struct analyze_detail {
  const analyze_tensor *tensor;
  lowp_measurement measurement;
  bool has_outliers; /* the summary is there: not for formats of one scale */
  lowp_outlier_summary outliers;
  size_t grid_rows, grid_cols;
  lowp_grid_cell grid[ANALYZE_GRID_ROWS * ANALYZE_GRID_COLS];
  size_t finding_count;
  analyze_finding findings[ANALYZE_FINDINGS];
} analyze_detail;

/* A figure that is not what the baseline has. */
typedef enum analyze_verdict { ANALYZE_WITHIN = 0, ANALYZE_BETTER, ANALYZE_WORSE } analyze_verdict;
extern const char *const analyze_verdicts[];
typedef struct analyze_change {
  const analyze_tensor *tensor;
  size_t format;
  double was, is;       /* NMSE */
  double loss, allowed; /* dB */
  analyze_verdict verdict;
  bool other_weights;
} analyze_change;

/* A tensor that is not in both, or not the same. */
typedef struct analyze_difference {
  char *name;
  const char *what;
} analyze_difference;

/* What --check found. */
typedef struct analyze_check {
  size_t compared, worse, better, other_weights;
  size_t count, room; /* the worst first */
  analyze_change *lines;
  size_t set_count, set_room;
  analyze_difference *sets;
} analyze_check;

typedef struct analyze_tolerances analyze_tolerances;

typedef struct analyze_job {
  analyze_options options;
  tool_source *sources;
  size_t source_count;
  size_t format_count;
  analyze_format *formats; /* in ascending order of bits */
  size_t count;            /* of tensors, in natural order of labels */
  analyze_tensor *tensors;
  size_t measured;        /* tensors that are quantized */
  analyze_result *totals; /* one per format, over all quantized tensors */
  lowp_measurement *sums; /* the same in full */
  double weights;         /* in them */
  size_t *ranking;        /* formats, least NMSE first */
  size_t focus;           /* the format that details are about; SIZE_MAX: nothing was measured */
  size_t detail_count;
  analyze_detail *details; /* the worst first */
  tool_progress *progress;
  double seconds;
  struct analyze_baseline *baseline; /* of --check, else NULL */
  analyze_tolerances *tolerances;
  analyze_check check;
} analyze_job;

/* Opens the inputs and decides what is quantized, in which formats. 0 or an exit code. */
int analyze_plan(analyze_job *job);
/* The tensor in its file, to be read by rows; element NONE where it is quantized, or of integers. */
lowp_view analyze_view(const analyze_job *job, const analyze_tensor *t);
/* Fills t->description. */
lowp_status analyze_describe(analyze_job *job, analyze_tensor *t, lowp_error *error);
/* Options for a format that need no pass over the tensor to find its scale. */
lowp_quant_opts analyze_quant_opts(const analyze_format *format, const analyze_tensor *t);
/* Describes all tensors, quantizes and measures matrices. 0 or an exit code. */
int analyze_measure(analyze_job *job);
/* Chooses the focus, and measures the worst tensors in it again. 0 or an exit code. */
int analyze_look_closer(analyze_job *job);
/* Fills the findings of a detail. */
void analyze_explain(const analyze_job *job, analyze_detail *detail);
void analyze_job_free(analyze_job *job);

/* --- what follows from the measurements --------------------------------------------------------------------------- */

double analyze_bits(double bytes, double weights);
/* QSNR / 6.02: the bits of an ideal quantizer of a Gaussian source with this error. */
double analyze_effective_bits(const lowp_error_stats *stats);
/* Index of the quantized tensor with the lowest QSNR in format f; SIZE_MAX without any. */
size_t analyze_worst(const analyze_job *job, size_t f);
/* Index of the format of least bits, then least NMSE, with at least `db`; SIZE_MAX if none has. */
size_t analyze_cheapest(const analyze_job *job, const analyze_tensor *t, double db);
/* Bits per weight of the mixture of cheapest formats; tensors that none can hold at `db` stay as they are. */
double analyze_mixture_bits(const analyze_job *job, double db, size_t *kept);
/* Fills tensors[].chosen for --target-qsnr. */
void analyze_recommend(analyze_job *job);

/* --- baselines ---------------------------------------------------------------------------------------------------- */

/* Reads the baseline of --check, and --tolerance. 0 or an exit code. */
int analyze_check_begin(analyze_job *job);
/* Formats of the baseline: what is tried where --fmt does not say. */
size_t analyze_check_formats(const analyze_job *job);
lowp_scheme analyze_check_format(const analyze_job *job, size_t i);
/* The formats must be quantized by the rules of the baseline. 0 or TOOL_CONSTRAINT. */
int analyze_check_rules(const analyze_job *job);
/* Compares, and saves. 0 or an exit code; what was found is in job->check. */
int analyze_check_run(analyze_job *job);
/* The last thing: 0, TOOL_ACCURACY or TOOL_CONSTRAINT after a message. */
int analyze_check_verdict(const analyze_job *job);
void analyze_check_text(const analyze_job *job, FILE *stream);
json_t *analyze_check_json(const analyze_job *job);
void analyze_check_free(analyze_job *job);

/* --- reports ------------------------------------------------------------------------------------------------------ */

void analyze_report_text(const analyze_job *job, FILE *stream);
bool analyze_report_json(const analyze_job *job, FILE *stream);
bool analyze_report_tsv(const analyze_job *job, FILE *stream);
/* A page for browsers that needs nothing else. */
bool analyze_report_html(const analyze_job *job, FILE *stream);
/* Rules for lowp-quant, one PATTERN=FMT a line. */
bool analyze_report_rules(const analyze_job *job, FILE *stream);
/* Writes what `print` prints to a file, whole or not at all. `option` is for messages. 0 or an exit code. */
int analyze_write(const analyze_job *job, const char *option, const char *path,
                  bool (*print)(const analyze_job *job, FILE *stream));
int analyze_write_text(const char *option, const char *path, const char *text, size_t size);

#endif
