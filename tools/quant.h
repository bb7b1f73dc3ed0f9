/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quant.h: what the sources of lowp-quant share. The order of work: options are parsed, the input is opened, a plan
 * says what becomes of every tensor (that is all of --dry-run), the plan is carried out shard by shard, reports are
 * written.
 */
#ifndef LOWP_TOOLS_QUANT_H
#define LOWP_TOOLS_QUANT_H

#include <lowp/analysis.h>
#include <lowp/calib.h>
#include <lowp/layout.h>
#include <lowp/model.h>
#include <lowp/quant.h>
#include <signal.h>

#include "tools/common.h"
#include "tools/guard.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/quant_rules.h"
#include "tools/source.h"

/* --- options ------------------------------------------------------------------------------------------------------ */

enum { QUANT_MISFIT_ERROR = 0, QUANT_MISFIT_PAD, QUANT_MISFIT_KEEP };

typedef struct quant_options {
  const char *input, *output;
  const char *format, *layout, *compat;
  tool_list tensor, rules, ignore, reports;
  const char *fuse;
  bool no_default_ignore, allow_unmatched;
  int scale_rule, round, nan, int_range, misfit, activations; /* -1: not given */
  uint64_t seed, sr_bits;
  tool_raw_options raw;
  bool dry_run, json, resume, verify, force, quiet, verbose, no_color;
  int progress;
  uint64_t threads, mem_limit;
  tool_decimal min_qsnr, target_bpw;
  const char *calib, *hadamard, *smooth;
  bool gptq, few_tokens;
  int guard, guard_by; /* guard_by -1: not given */
} quant_options;

enum { QUANT_GUARD_TENSORS = 0, QUANT_GUARD_COLUMNS };

/* The rows of a program's table that say how to quantize; `at` is the path to a quant_options in its struct, with the dot. */
#define QUANT_RULE_OPTIONS(type, at) \
  {TOOL_STRING, \
   0, \
   "compat", \
   "NAME", \
   offsetof(type, at compat), \
   NULL, \
   "the arithmetic of a named implementation, bit for bit; names\nare at the end of lowp-quant --help"}, \
      {TOOL_CHOICE, \
       0, \
       "scale-rule", \
       "RULE", \
       offsetof(type, at scale_rule), \
       quant_scale_rules, \
       "floor, ceil, rceil, even (MX); amax; mse (search);\nfour-over-six (NVFP4); for the formats that know it"}, \
      {TOOL_CHOICE, \
       0, \
       "round", \
       "MODE", \
       offsetof(type, at round), \
       quant_rounds, \
       "of elements: rne, half-away, half-zero, toward-zero, up,\nstochastic"}, \
      {TOOL_UNSIGNED, 0, "seed", "N", offsetof(type, at seed), NULL, "of stochastic rounding (default 0)"}, \
      {TOOL_UNSIGNED, \
       0, \
       "sr-bits", \
       "N", \
       offsetof(type, at sr_bits), \
       NULL, \
       "random bits of stochastic rounding, 1 to 32 (default 32)"}, \
  { \
    TOOL_CHOICE, 0, "int-range", NULL, offsetof(type, at int_range), quant_ranges, \
        "amax / 127 (default) or amax / 127.5 for INT8" \
  }

/* Their defaults; and -1, or TOOL_USAGE after a message if they or the number of threads are out of range. */
void quant_rule_defaults(quant_options *options);
int quant_rule_check(quant_options *options);

/* Parses the command line. -1 to go on, else the exit code. */
int quant_parse(int argc, char **argv, quant_options *options);
extern const char *const quant_scale_rules[], *const quant_rounds[], *const quant_nans[], *const quant_ranges[];
extern const char *const quant_guards[];
extern const char *const quant_misfits[], *const quant_activations[];

/* --- the plan ----------------------------------------------------------------------------------------------------- */

/* float32, row-major. */
typedef struct quant_matrix {
  size_t rows, cols;
  float *data;
} quant_matrix;

/* A file tensor that goes with a quantized one whose weights were changed. */
typedef struct quant_extra {
  char *name;
  lowp_dtype dtype;
  size_t rank, shape[2];
  size_t nbytes;
} quant_extra;
enum { QUANT_EXTRAS = 3 };

/* What error feedback did for a tensor: output NMSE, plain and with it, on the tokens it was made with and on others. */
typedef struct quant_feedback {
  bool measured, used; /* not used where it is worse than plain rounding on the tokens held out */
  size_t tokens, held_tokens;
  double plain_train, plain_held, train, held;
} quant_feedback;

/* One logical tensor of the input and what becomes of it. */
typedef struct quant_item {
  const lowp_model_tensor *tensor;
  size_t index;           /* in the model */
  size_t shard;           /* of its first part */
  lowp_scheme scheme;     /* LOWP_SCHEME_NONE: copied as it is */
  const quant_rule *rule; /* that decided; NULL: --fmt, or the reason below */
  char *reason;           /* why it is kept, NULL where it is not */
  lowp_layout_plan *plan;
  size_t fused;       /* group with one tensor scale, SIZE_MAX: none */
  size_t group;       /* group that engines fuse, whatever its format, SIZE_MAX: none */
  bool guarded;       /* stays in 16 bits for --target-bpw */
  double sensitivity; /* that this was decided by; 0 where it was not */
  size_t activations; /* in the model of --calib, SIZE_MAX: none */
  float *smooth;      /* factors of its columns, once they are known */
  double alpha;       /* they were made with */
  size_t kept;        /* columns that stay in 16 bits, of the smoothed and rotated weights */
  int32_t *columns;   /* [kept], ascending */
  uint16_t *values;   /* [rows, kept] in bf16, once they are known */
  quant_extra extras[QUANT_EXTRAS];
  size_t extra_count;
  char *transform_key, *transform; /* metadata of what was done to the weights */
  quant_matrix changed;            /* the weights after smoothing and rotation, while they are in use */
  quant_feedback feedback;
  float amax; /* of the tensor, once `measured` */
  bool measured;
  /* results */
  bool done;
  size_t stored; /* bytes in the output */
  lowp_error_stats stats;
  lowp_hash hash; /* of codes, scales and zeros, or of the copied bytes */
  float tensor_scale;
} quant_item;

/* What is done for one scheme: its rules as options of the library, and as text for metadata and reports. */
typedef struct quant_recipe {
  bool used;
  lowp_quant_opts opts;
  char *text;
} quant_recipe;

typedef struct quant_job {
  quant_options options;
  tool_source source;
  lowp_file *file; /* of the source */
  lowp_model *model;
  lowp_container container;
  lowp_layout layout;
  bool layout_chosen; /* by lowp-quant, not by the user */
  bool directory;     /* the output is a directory of shards */
  char *output;
  char *summary; /* all options that change the output, for __metadata__ */
  quant_rules rules;
  quant_recipe recipes[LOWP_SCHEME_COUNT];
  size_t count;
  quant_item *items; /* in the order of the model: ascending names */
  size_t fused_count;
  float *fused_amax;      /* NaN until measured */
  tool_source calib;      /* of --calib */
  lowp_rotation rotation; /* size 0: none */
  enum { QUANT_SMOOTH_NONE = 0, QUANT_SMOOTH_ALPHA, QUANT_SMOOTH_AWQ } smooth;
  double alpha;
  size_t guarded;       /* tensors, or columns, that --target-bpw keeps in 16 bits */
  const char *guard_by; /* criterion of --target-bpw for tensors, NULL: it chose columns */
  double guard_bpw;     /* of what the rules would quantize, with those */
  tool_progress *progress;
  double seconds;
  uint64_t bytes_in, bytes_out;
} quant_job;

/* Opens the input, decides about every tensor and checks what can be checked before any work. 0 or an exit code. */
int quant_plan(quant_job *job);
void quant_job_free(quant_job *job);
/* Fills items[].fused and fused_count. */
int quant_plan_fuse(quant_job *job);
/* Fills recipes[LOWP_SCHEME_COUNT] where `used` is set, from the options of "How". 0 or an exit code. */
int quant_make_recipes(const quant_options *options, quant_recipe *recipes);
/* Fills recipes[] for the schemes in use, and `summary`. */
int quant_plan_recipes(quant_job *job);
/* TOOL_USAGE after a message if `path` is one of the files being read, under whatever name. */
int quant_refuse_input(const quant_job *job, const char *path);
/* Decides about the layout's form of one item. */
int quant_plan_item(quant_job *job, quant_item *item);
/* Output path, refusals (equal to input, exists). */
int quant_plan_output(quant_job *job);

/* --- mitigations -------------------------------------------------------------------------------------------------- */

/* Parses and checks --calib, --gptq, --hadamard, --smooth; opens the activations and finds those of each item. */
int quant_calib_parse(quant_job *job);
int quant_calib_plan(quant_job *job);
void quant_calib_free(quant_job *job);
/* Whether --smooth gives both the same factors: layers of a group that are smoothed. */
bool quant_share_factors(const quant_item *a, const quant_item *b);
/* Whether weights are smoothed or rotated, or columns of them kept. */
bool quant_changes(const quant_job *job);
/* Names the file tensors and metadata that tell a reader how to undo it. */
void quant_name_extras(quant_job *job);
const void *quant_extra_data(const quant_item *item, size_t i);
/* Adds what is kept of a tensor in 16 bits to its error, which is without it. */
void quant_count_kept(const quant_job *job, quant_item *item);
/* Makes item->changed if weights are smoothed or rotated; and frees it. */
int quant_prepare(quant_job *job, quant_item *item);
void quant_unprepare(quant_item *item);
/* The weights that are quantized: item->changed, or those of the file. */
lowp_view quant_view_of(const quant_job *job, const quant_item *item);
/* The item's activations, smoothed and rotated as a program that runs the model would. The caller frees x->data. */
int quant_activations_of(quant_job *job, const quant_item *item, quant_matrix *x);
/* How many of so many tokens are held out, the last ones: a fifth. */
size_t quant_held_out(size_t tokens);
/* All rows of w into *q with error feedback, after lowp_quantize_begin; fills item->feedback. */
int quant_gptq(quant_job *job, quant_item *item, const lowp_quant_opts *opts, const lowp_view *w, lowp_qtensor *q);
/* --target-bpw: chooses what stays in 16 bits. */
int quant_guard(quant_job *job);
/* The same with columns of tensors. */
int quant_guard_columns(quant_job *job);

/* --- carrying it out ---------------------------------------------------------------------------------------------- */

/* Set by SIGINT and SIGTERM; looked at between pieces of work. */
extern volatile sig_atomic_t quant_interrupted;

/* Quantizes and writes all items. 0 or an exit code. */
int quant_run(quant_job *job);
/* --min-qsnr: 0 or TOOL_ACCURACY after a message per tensor. */
int quant_gate(const quant_job *job);
/* Quantizes one tensor into *q (lowp_qtensor_destroy) and measures its error. */
int quant_make(quant_job *job, quant_item *item, lowp_qtensor **q);
/* Writes part `part` of it as file tensor `at` of the writer. */
int quant_export(const quant_item *item, size_t part, const lowp_qtensor *q, lowp_writer *writer, size_t at);
/* Copies a file tensor of the input as it is. */
int quant_copy_tensor(quant_job *job, size_t file_index, lowp_writer *writer, size_t at);
/* Hash of the canonical planes. */
lowp_hash quant_hash(const lowp_qtensor *q);
/* Copies what belongs to a checkpoint and is no weight; patches config.json. */
int quant_run_extras(quant_job *job, const char *directory);
/* Whether the output's format is told in config.json. */
bool quant_has_config(const quant_job *job);
/* config.json's modules: quantized ones with their scheme. The caller frees *modules. */
size_t quant_config_modules(const quant_job *job, lowp_config_module **modules);
/*
 * Reads the tensors of input shard `shard` (SIZE_MAX: all) back from `path` and compares them with what was quantized;
 * `measure` instead takes their error and hash from there, for shards that an earlier run wrote.
 */
int quant_verify(quant_job *job, const char *path, size_t shard, bool measure);

/* --- reports ------------------------------------------------------------------------------------------------------ */

/* Sums over the quantized tensors, and sizes over all. */
typedef struct quant_totals {
  size_t quantized, kept, fused;
  uint64_t weights, bytes_before, bytes_after; /* of the quantized tensors */
  uint64_t all_weights, all_after, all_before;
  lowp_error_stats stats;
} quant_totals;
quant_totals quant_total(const quant_job *job);

/* Indices of items in natural order of names: layer 2 before layer 10. The caller frees it. */
size_t *quant_report_order(const quant_job *job);
void quant_report_text(const quant_job *job, FILE *stream);
/* False if it could not be written. */
bool quant_report_tsv(const quant_job *job, FILE *stream);
bool quant_report_json(const quant_job *job, FILE *stream);
/* Refuses --report names of unknown kind, before any work. */
int quant_report_check(const quant_options *options);
/* Writes --report files; the kind follows the extension. 0 or an exit code. */
int quant_report_files(const quant_job *job);

#endif
