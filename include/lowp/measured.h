/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file measured.h  Checking a measurement made elsewhere: what was computed, and whether it can have been so fast.
 *
 * A row of a log says: y = x w^T with m, n, k, x in format lhs, w in format rhs, took so many seconds; and, if it is to
 * be checked, what x and w were and where y is. The check quantizes x and w itself, and compares y with the exact
 * product of what it gets. It knows these ways in which a fast result is not the one that was declared:
 *
 * | finding        | verdict      | means                                                                         |
 * |---|---|---|
 * | format         | consistent   | the product of x and w in the declared formats, sums as good as f32 or as the declared accumulator |
 * | rules          | consistent   | the same with another rule for scales, or decoded weights rounded to 16 bits; named |
 * | other-format   | mislabelled  | the product of x and w in other formats; named                                 |
 * | accumulator    | mislabelled  | sums less accurate than declared; the nearest model of accumulate.def is named |
 * | pruned-weights | mislabelled  | of every four weights along k only the two largest were multiplied, or are not 0 (2:4), which was not declared |
 * | skipped-blocks | inconsistent | parts of k, or outputs, are missing; named                                     |
 * | scaled         | inconsistent | the product times a number other than 1; named                                  |
 * | other-output   | inconsistent | none of these                                                                  |
 * | outside-sample | inconsistent | the sample is right, other outputs are not                                      |
 * | nonfinite      | inconsistent | NaN or Inf where the product is finite                                          |
 * | trivial-input  | unverifiable | zeros, or values that several formats hold exactly: every format gives the same output |
 * | checksum       | any          | what the checksum says of the output                                            |
 * | no-output      | unverifiable | neither output nor a checksum that can be repeated here                         |
 * | rate           | consistent   | 2 m n k / seconds is at most the peak                                           |
 * | sparse-rate    | mislabelled  | above the dense peak, within the sparse one                                     |
 * | impossible-rate | inconsistent | above every peak                                                               |
 * | no-peak        | unverifiable | no peak to compare with                                                         |
 *
 * HOW IT DECIDES. With C an exact product of candidate operands, f64 sums in ascending k, the error of an output is
 * e = y - C, and its excess max(0, |e| - h) is what the rounding of y itself, half a unit h of its last place, does not
 * explain. y is taken for bf16 or fp16 if its type is, or if every value of the sample is one. An output is *of* the
 * candidate if
 *
 *     |e| <= gamma(k + 8) P + h for every output, P = sum |x w|, gamma(d) = d u / (1 - d u), u = 2^-24, and
 *     rms(excess) <= 8 (rms(e32) + 4 u rms(sqrt(sum x^2 w^2))), e32 the error of a plain f32 loop over the same k.
 *
 * The first is the bound of class F32 in gemm.h (any order of summation), the second keeps a sum in fp16, whose error is
 * 8192 times that of f32, from hiding in it. Candidates are the declared formats first, then their other rules, then
 * other formats. If another format fits as well the inputs cannot tell them apart, and nothing is proven. Blocks that
 * are missing are found by least squares: y is fitted by the contributions of runs of k, and those with a coefficient
 * near 0 are named if y is of the candidate without them. Accumulators are told by running the models of accumulate.h
 * on a part of the sample and comparing rms(excess).
 *
 * SAMPLE. The above looks at rows times columns of y, spread by strata, as many as `products` allows. All other outputs
 * are checked by a projection (Freivalds): for signs r, |y[i,:] r - x[i,:] (w^T r)| must not exceed 16 c |x[i]| |w|_F,
 * where c is the largest |e| / (|x[i]| |w[j]|) of the sample; for given y the chance that signs exceed half of that is
 * below 2^-45 a row. A few wrong outputs in a row of bf16 or fp16 output may hide below the rounding of the others.
 *
 * WHAT IT CANNOT SAY. That the time is of this output; that arithmetic was narrow where exact sums of narrow formats are
 * the same in wider ones; anything about formats, rules or cheats that it does not list. A format whose rules differ from
 * all known ones is reported as other-output, with its distance: read the calculation.
 *
 * This is part of liblowp-io. Thread safety: no hidden state.
 */
#ifndef LOWP_MEASURED_H
#define LOWP_MEASURED_H

#include <lowp/accumulate.h>
#include <lowp/io.h>
#include <lowp/verdict.h>

LOWP_BEGIN_DECLS

/** Findings, in the order of the table above. */
typedef enum lowp_measured_kind {
  LOWP_MEASURED_FORMAT = 0,
  LOWP_MEASURED_RULES,
  LOWP_MEASURED_OTHER_FORMAT,
  LOWP_MEASURED_ACCUMULATOR,
  LOWP_MEASURED_PRUNED_WEIGHTS,
  LOWP_MEASURED_SKIPPED_BLOCKS,
  LOWP_MEASURED_SCALED,
  LOWP_MEASURED_OTHER_OUTPUT,
  LOWP_MEASURED_OUTSIDE_SAMPLE,
  LOWP_MEASURED_NONFINITE,
  LOWP_MEASURED_TRIVIAL_INPUT,
  LOWP_MEASURED_CHECKSUM,
  LOWP_MEASURED_NO_OUTPUT,
  LOWP_MEASURED_RATE,
  LOWP_MEASURED_SPARSE_RATE,
  LOWP_MEASURED_IMPOSSIBLE_RATE,
  LOWP_MEASURED_NO_PEAK,
  LOWP_MEASURED_KINDS
} lowp_measured_kind;

/** "skipped-blocks" and so on; "?" for an unknown kind. Static storage. */
LOWP_API const char *lowp_measured_kind_name(lowp_measured_kind kind);

/** One finding with its calculation: numbers, bound, and by how much, in one line. */
typedef struct lowp_measured_finding {
  lowp_measured_kind kind;
  lowp_verdict verdict;
  char text[496];
} lowp_measured_finding;

enum { LOWP_MEASURED_FINDINGS = 8 };

/** What a check found. Zeroed by lowp_measured_report_init. */
typedef struct lowp_measured_report {
  size_t struct_size;
  lowp_verdict verdict; /**< the gravest finding; no-peak does not count where an output was judged */
  size_t count;
  lowp_measured_finding finding[LOWP_MEASURED_FINDINGS];
  size_t sample_rows, sample_cols;
  lowp_element out;     /**< what y was taken for: F32, BF16 or FP16 */
  lowp_scheme lhs, rhs; /**< of the candidate that y is of, or is nearest to; NONE: f32 */
  double nmse_declared; /**< sum (y - C)^2 / sum C^2 over the sample, C in the declared formats, default rules */
  double nmse_nearest;  /**< the same for the nearest candidate */
  double f32_ratio;     /**< rms(excess) over the right side without its 8: about 1 or less for f32 sums */
  double bound_ratio;   /**< largest |e| over its bound */
  size_t blocks, blocks_missing, block_cols; /**< of skipped-blocks: runs of k of so many columns */
  double rate;                               /**< 2 m n k / seconds; 0 before lowp_measured_check_rate */
} lowp_measured_report;

LOWP_API void lowp_measured_report_init(lowp_measured_report *report);

/** Matrices to compare. Fill it with lowp_measured_desc_init, then change what you need. */
typedef struct lowp_measured_desc {
  size_t struct_size;
  const lowp_view *x;                         /**< [m, k], before quantization */
  const lowp_view *w;                         /**< [n, k] */
  const lowp_view *y;                         /**< [m, n] */
  lowp_scheme lhs, rhs;                       /**< declared; NONE: f32 */
  const lowp_quant_opts *lhs_opts, *rhs_opts; /**< declared rules: no others are then tried on that side; NULL: any */
  const lowp_accum *accum;                    /**< declared accumulator; NULL: f32 sums in any order */
  int sparse;                                 /**< declared as 2:4 sparse: pruned-weights is then consistent */
  size_t products;                            /**< multiplications of a sample; 0: 2^25 */
  uint32_t seed;                              /**< of the sample and of the projection */
} lowp_measured_desc;

LOWP_API void lowp_measured_desc_init(lowp_measured_desc *desc);

/**
 * Compares, and adds one finding about the output, or two. The report is deterministic: it depends on the description
 * alone. LOWP_E_ARGUMENT, LOWP_E_SHAPE for a description that makes no sense; LOWP_E_NONFINITE where x or w have NaN or
 * Inf; LOWP_E_UNSUPPORTED for lhs of 128 x 128 blocks; LOWP_E_NOMEM; *report is then untouched. Time: one to about forty
 * products of the sample, and quantizing x and w as often.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measured_check_output(const lowp_measured_desc *desc,
                                                             lowp_measured_report *report, lowp_error *error);

/** Whether the weights are 2:4 sparse: at most two of every four along k differ from 0, and not all are 0. */
LOWP_API int lowp_measured_is_sparse(const lowp_view *w);

/** Speed. Peaks in operations per second, a multiply-add being two; 0: unknown. */
typedef struct lowp_measured_peaks {
  double dense, sparse;
} lowp_measured_peaks;

/**
 * Adds one finding about 2 m n k / seconds. `sparse`: the row itself says that it is 2:4 sparse; it is then judged by
 * the sparse peak. A tolerance of 0.1 % is left for rounded figures. LOWP_E_RANGE unless seconds > 0, peaks >= 0 and
 * finite.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measured_check_rate(size_t m, size_t n, size_t k, double seconds, int sparse,
                                                           const lowp_measured_peaks *peaks,
                                                           lowp_measured_report *report);

/**
 * A row of a log. Strings live as long as the log; NULL where a cell is empty or the column is not there.
 *
 * | column      | |
 * |---|---|
 * | m, n, k     | whole numbers from 1; required |
 * | lhs, rhs    | formats of x and w: f32, or a scheme by its name ("mxfp4", "bf16"); required |
 * | seconds     | time of one multiplication, a plain number; required |
 * | name        | of the row in reports; else its line |
 * | device      | name of a chip profile |
 * | x, w        | "DISTRIBUTION:SEED" or "DISTRIBUTION:SEED:SIGMA" of lowp_random_fill ("normal:7:0.02"; each number times sigma, in f32), or a file: .npy, or safetensors with "#TENSOR" behind the name |
 * | output      | a file with y, [m, n], f32, fp16 or bf16 |
 * | checksum    | "xxh3-128:" and the 32 digits of lowp_hash_of y as f32, row after row |
 * | compute     | reproducible, bf16 or f32: the row is lowp's own, of that class (gemm.h), so that it can be repeated |
 * | accumulator | a name of accumulate.def |
 * | sparsity    | dense (default), or 2:4: of the weights as multiplied |
 * | peak_tflops | claimed peak for these formats and that sparsity, in 10^12 operations per second |
 */
typedef struct lowp_measured_row {
  size_t struct_size;
  size_t line; /**< in a CSV, counted from 1; in JSON the place in the list, from 1 */
  size_t m, n, k;
  lowp_scheme lhs, rhs;
  double seconds;
  const char *name, *device, *x, *w, *output, *checksum, *compute, *accumulator;
  int sparse;
  double peak_tflops; /**< 0: not given */
} lowp_measured_row;

/** A log that was read. Opaque, constant. */
typedef struct lowp_measured_log lowp_measured_log;

/**
 * Reads a log of `size` bytes. CSV: a line of column names in any order, then one line for each row; cells may be in
 * quotes, with a quote in them doubled; lines that begin with # and empty ones are skipped. JSON: {"results": [...]},
 * objects with the same keys, m, n, k, seconds and peak_tflops as numbers. What begins with { is JSON. An unknown or
 * repeated column, a missing required cell, a unit behind a number, sizes whose products with 2^4 overflow, control
 * characters are LOWP_E_FORMAT with a text that names `path`, line and column. At most 64 MiB.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measured_log_parse(const char *path, const void *bytes, size_t size,
                                                          lowp_measured_log **log, lowp_error *error);
/** The same from a file; relative paths in it are looked for beside it. */
LOWP_API LOWP_CHECKED lowp_status lowp_measured_log_load(const char *path, lowp_measured_log **log, lowp_error *error);
LOWP_API void lowp_measured_log_free(lowp_measured_log *log); /**< NULL is fine */
LOWP_API size_t lowp_measured_log_count(const lowp_measured_log *log);
LOWP_API const lowp_measured_row *lowp_measured_log_get(const lowp_measured_log *log,
                                                        size_t i); /**< NULL past the end */

/**
 * Checks a row: makes or opens x, w and y, and calls the functions above. `peaks`: of the device in these formats, or
 * NULL; peak_tflops of the row is used where they say nothing. A checksum is compared with the output; where there is no
 * output and the row has a class of `compute`, the product is repeated with it here. Errors: those of opening files,
 * LOWP_E_SHAPE where one has another shape than the row says, LOWP_E_RANGE for made matrices of more than 2^30 numbers,
 * LOWP_E_FORMAT for a distribution or output that makes no sense; texts name line and column.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measured_check_row(const lowp_measured_log *log, size_t i,
                                                          const lowp_measured_peaks *peaks,
                                                          lowp_measured_report *report, lowp_error *error);

LOWP_END_DECLS
#endif
