/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reproduce.h: what the sources of `lowp-analyze --reproduce` share. Published numbers are the rows of one table
 * (reproduce_rows.c): what was measured by whom, the function that measures it again, and how close it has to come.
 */
#ifndef LOWP_TOOLS_REPRODUCE_H
#define LOWP_TOOLS_REPRODUCE_H

#include <lowp/lowp.h>

#include "tools/common.h"

/* --- synthetic data ----------------------------------------------------------------------------------------------- */

enum { REPRODUCE_NORMAL = 0, REPRODUCE_LAPLACE, REPRODUCE_LAWS };
enum { REPRODUCE_SIGMAS = 18, REPRODUCE_SWEPT = 4, REPRODUCE_KS = 4 };
extern const double reproduce_ks[REPRODUCE_KS];

/*
 * Matrices of variance 1, [rows, 4096]; the sweep over sigma = 0.01 * 2^i of rows 6 and 7; one outlier of k sigma in
 * each block of each scheme, on up to 256 rows, MX with rceil.
 */
typedef struct reproduce_data {
  size_t rows, cols;
  float *x[REPRODUCE_LAWS];
  double sweep[REPRODUCE_SWEPT][REPRODUCE_SIGMAS]; /* NMSE */
  lowp_outlier_summary outliers[LOWP_SCHEME_COUNT][REPRODUCE_KS];
} reproduce_data;

/* --- formats ------------------------------------------------------------------------------------------------------ */

/* A format that lowp does not have, in f64, sharing no code with the library. */
typedef enum sim_scale {
  SIM_POWER_CEIL,  /* 2^ceil(log2(amax / max)) */
  SIM_E4M3_TENSOR, /* E4M3 RNE of amax / max / g, g = amax of the tensor / (max 448) */
  SIM_E4M3_BARE,   /* E4M3 RNE of amax / max */
  SIM_EXACT,       /* amax / max */
  SIM_SHARED       /* shared exponent per block and one more bit of it per pair (arXiv 2302.08007) */
} sim_scale;

typedef struct reproduce_sim {
  int bits;     /* of a symmetric integer, sign included; 0: E2M1 */
  int mantissa; /* SIM_SHARED: bits of magnitude */
  size_t block;
  sim_scale scale;
} reproduce_sim;

typedef enum reproduce_format_id {
  F_MXFP8_E4M3, /* rceil */
  F_MXFP8_E5M2,
  F_MXFP6,
  F_MXFP4,
  F_MXFP4_FLOOR,
  F_MXFP4_SEARCH,
  F_MXINT8,
  F_NVFP4,
  F_NVFP4_BARE, /* tensor scale 1 */
  F_NVFP4_46,
  F_NVFP4_SEARCH,
  F_HIF4,
  F_HIF4_SEARCH,
  F_INT4_G32,
  F_INT4_G128,
  F_INT8_ROW,
  F_HIF8,
  F_SIM_MXINT6,
  F_SIM_MXINT4,
  F_SIM_NVINT4,
  F_SIM_NVFP4_EXACT,
  F_SIM_BARE8,
  F_SIM_BARE16,
  F_SIM_MX9,
  F_SIM_MX6,
  F_SIM_MX4,
  F_COUNT
} reproduce_format_id;

typedef struct reproduce_format {
  const char *name;
  lowp_scheme scheme; /* LOWP_SCHEME_NONE: simulated */
  lowp_scale_rule rule;
  float tensor_scale; /* > 0: given */
  float scale_max;    /* > 0: nvfp4_scale_max */
  reproduce_sim sim;
} reproduce_format;
extern const reproduce_format reproduce_formats[F_COUNT];

/* y = x after a round trip; true if lowp did it, false if the simulator. */
bool reproduce_round_trip(int format, size_t rows, size_t cols, const float *x, float *y);
void sim_round_trip(const reproduce_sim *sim, size_t n, const float *x, float *y);
double reproduce_nmse(int format, size_t rows, size_t cols, const float *x);

/* --- the table ---------------------------------------------------------------------------------------------------- */

typedef enum reproduce_kind {
  K_ABSOLUTE, /* |measured - target| <= tolerance */
  K_RELATIVE, /* |measured / target - 1| <= tolerance */
  K_SIGNED,   /* the same, and of the same sign */
  K_FACTOR,   /* within a factor of `tolerance`, either way */
  K_BELOW     /* measured < target */
} reproduce_kind;

typedef struct reproduce_row reproduce_row;
typedef double reproduce_fn(const reproduce_data *data, const reproduce_row *row);

struct reproduce_row {
  const char *id; /* number in the table of published values; S: known from a simulation only */
  const char *quantity, *setup;
  const char *published; /* as the source says it; "-" without one */
  double reference;      /* an independent simulation; NAN without one */
  double target, tolerance;
  reproduce_kind kind;
  const char *source;
  reproduce_fn *measure;
  int format, law, arg;
  double p;
  const char *accum; /* of accumulate.def */
};

extern const reproduce_row reproduce_rows[];
extern const size_t reproduce_row_count;

/* Is the value of this row of a format that is simulated? */
bool reproduce_simulated(const reproduce_row *row);
bool reproduce_inside(const reproduce_row *row, double measured);

/* Measures (reproduce_measure.c, reproduce_rounding.c). */
reproduce_fn measure_nmse, measure_qsnr, measure_worked, measure_theory_int, measure_theory_fp, measure_stochastic,
    measure_moment_bias, measure_moment_rms, measure_sweep_mean, measure_sweep_at, measure_crest, measure_rotation,
    measure_block8_crossing, measure_ggml, measure_accumulator, measure_chose_four, measure_int_wins, measure_at_kappa,
    measure_kappa_crossing, measure_double_rounding, measure_double_rounding_mse, measure_reciprocal, measure_half_away,
    measure_outlier_a, measure_outlier_z, measure_outlier_d;

/* Fills data->outliers[scheme][k]. */
void reproduce_plant(reproduce_data *data, lowp_scheme scheme, int k);

#endif
