/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements of tensors whose codes, scales and errors are known by hand; long rows; lists; heat maps; refusals. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <lowp/analysis.h>
#include <lowp/cpu.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static lowp_measurement measured(lowp_scheme scheme, const lowp_quant_opts *opts, size_t rows, size_t cols,
                                 const float *x) {
  lowp_view view = lowp_view_of(LOWP_F32, rows, cols, x);
  lowp_measure_desc desc;
  lowp_measure_desc_init(&desc, &view);
  desc.scheme = scheme;
  desc.opts = opts;
  lowp_measurement m;
  assert_int_equal(lowp_measure(&desc, &m, NULL), LOWP_OK);
  return m;
}

/* All values of E2M1, both zeros included, once in 16 columns, under a scale of 1: every code as often as the others. */
static void known_codes(void **state) {
  (void)state;
  static const float grid[8] = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
  enum { COLS = 2 * 2048 + 5 * 16 };
  static float x[3 * COLS];
  for (size_t i = 0; i < 3 * COLS; i++) x[i] = i / 8 % 2 ? -grid[i % 8] : grid[i % 8];
  lowp_measurement m = measured(LOWP_SCHEME_MXFP4, NULL, 3, COLS, x);
  for (size_t c = 0; c < 16; c++) assert_int_equal(m.codes[c], 3 * COLS / 16);
  for (size_t c = 16; c < 256; c++) assert_int_equal(m.codes[c], 0);
  assert_true(fabs(lowp_measurement_code_entropy(&m) - 4) < 1e-12 && lowp_measurement_scale_entropy(&m) == 0);
  assert_true(m.error.sum_ee == 0 && m.scales == 3 * ((COLS + 31) / 32) && m.scale_codes[127] == m.scales);
  assert_true(m.scale_min == 1 && m.scale_max == 1 && m.scales_nan + m.scales_top + m.scales_bottom == 0);

  /* An odd number of columns: the padding's codes are not counted. */
  m = measured(LOWP_SCHEME_MXFP4, NULL, 3, 7, x);
  uint64_t total = 0;
  for (size_t c = 0; c < 256; c++) total += m.codes[c];
  assert_true(total == 21 && m.codes[0] == 2 && m.codes[8] == 1);

  /* Six bits and eight. */
  for (size_t i = 0; i < 3 * COLS; i++) x[i] = (float)(i % 4 + 1);
  m = measured(LOWP_SCHEME_MXFP6_E2M3, NULL, 3, COLS, x);
  assert_true(fabs(lowp_measurement_code_entropy(&m) - 2) < 1e-12);
  for (size_t i = 0; i < 3 * COLS; i++) x[i] = i % 2 ? 127 : -127;
  m = measured(LOWP_SCHEME_INT8_CHANNEL, NULL, 3, COLS, x);
  assert_true(m.codes[127] == 3 * COLS / 2 && m.codes[129] == 3 * COLS / 2);
  assert_true(lowp_measurement_code_entropy(&m) == 1 && m.scales == 3 && m.scale_codes[127] == 3);
  m = measured(LOWP_SCHEME_BF16_CAST, NULL, 3, COLS, x);
  assert_true(lowp_measurement_code_entropy(&m) == 0 && m.scales == 0 && m.scale_max == 0);
}

/* MSE_top: 0 where amax has a code under an exact scale; and what MXFP4 makes of 7, which is 6. */
static void error_of_the_top(void **state) {
  (void)state;
  enum { ROWS = 8, COLS = 96 };
  float x[ROWS * COLS];
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_UNIFORM, 1, 0, ROWS * COLS, x), LOWP_OK);
  static const struct {
    lowp_scheme scheme;
    float amax;
    size_t block;
  } exact[] = {{LOWP_SCHEME_FP8_CHANNEL, 448 * 4, COLS},
               {LOWP_SCHEME_INT8_CHANNEL, 127, COLS},
               {LOWP_SCHEME_MXFP4, 6, 32},
               {LOWP_SCHEME_MXFP8_E4M3, 448, 32},
               {LOWP_SCHEME_INT8_G32, 127, 32},
               {LOWP_SCHEME_HIF8_CHANNEL, 16, COLS}};
  for (size_t k = 0; k < sizeof exact / sizeof exact[0]; k++) {
    for (size_t i = 3; i < ROWS * COLS; i += exact[k].block) x[i] = i % 2 ? exact[k].amax : -exact[k].amax;
    lowp_measurement m = measured(exact[k].scheme, NULL, ROWS, COLS, x);
    LOWP_CHECK(m.sum_top_ee == 0 && lowp_measurement_mse_top(&m) == 0 && m.error.sum_ee > 0, "case %zu: MSE_top %g", k,
               lowp_measurement_mse_top(&m));
    const double blocks = (double)(ROWS * COLS / exact[k].block), amax = (double)exact[k].amax;
    assert_true(m.sum_top_xx == blocks * amax * amax);
    assert_int_equal(lowp_measurement_blocks_counted(&m), ROWS * COLS / exact[k].block);
    for (size_t i = 3; i < ROWS * COLS; i += exact[k].block) x[i] = 0;
  }
  for (size_t i = 5; i < ROWS * COLS; i += 32) x[i] = 7;
  lowp_measurement m = measured(LOWP_SCHEME_MXFP4, NULL, ROWS, COLS, x);
  assert_true(lowp_measurement_mse_top(&m) == 1 && lowp_measurement_nmse_top(&m) == 1.0 / 49);
  for (size_t i = 5; i < ROWS * COLS; i += 32) x[i] = 7.5f; /* more than half a step beyond: clipped, in every block */
  m = measured(LOWP_SCHEME_MXFP4, NULL, ROWS, COLS, x);
  assert_true(lowp_measurement_mse_top(&m) == 2.25 && m.blocks_clipped == m.blocks && m.error.clipped == m.blocks);
  assert_true(m.worst_sse.at[0].clipped == 1 && m.worst_sse.at[0].amax == 7.5f && m.worst_sse.at[0].scale == 1);
}

static void known_scales(void **state) {
  (void)state;
  enum { ROWS = 5, COLS = 64 };
  float x[ROWS * COLS] = {0};
  for (size_t r = 0; r < ROWS; r++)
    for (size_t c = 0; c < COLS; c++) x[r * COLS + c] = ldexpf(c % 32 == 0 ? 6 : 1, (int)r - 2);
  lowp_measurement m = measured(LOWP_SCHEME_MXFP4, NULL, ROWS, COLS, x);
  for (uint32_t code = 0; code < 256; code++) assert_int_equal(m.scale_codes[code], code >= 125 && code < 130 ? 2 : 0);
  assert_true(m.scale_min == 0.25f && m.scale_max == 4 && m.scales == 10);
  assert_true(fabs(lowp_measurement_scale_entropy(&m) - log2(5)) < 1e-12);

  /* A NaN poisons its block; a block of zeros has the smallest code and is no loss. */
  x[0] = NAN;
  memset(x + COLS, 0, COLS * sizeof *x);
  m = measured(LOWP_SCHEME_MXFP4, NULL, ROWS, COLS, x);
  assert_true(m.scales_nan == 1 && m.scales == 10 && m.blocks_nonfinite == 1 && m.blocks_zero == 2);
  assert_true(m.error.x_nan == 1 && m.error.y_nonfinite == 31 && m.scales_bottom == 0);
  assert_true(lowp_measurement_blocks_counted(&m) == 7 && m.bins[0].count == COLS);
  for (size_t c = 0; c < COLS; c++) x[COLS + c] = 1e-39f; /* below what E8M0 can scale to: E8M0 ends at 2^-127 */
  m = measured(LOWP_SCHEME_MXFP4, NULL, ROWS, COLS, x);
  LOWP_CHECK(m.scales_bottom == 2, "%llu smallest scales", (unsigned long long)m.scales_bottom);

  /* NVFP4: the largest block is on the largest scale, and not clipped. With a tensor scale that is too small many are. */
  float *y = malloc(sizeof *y * 4096);
  assert_non_null(y);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 3, 0, 4096, y), LOWP_OK);
  m = measured(LOWP_SCHEME_NVFP4, NULL, 16, 256, y);
  assert_true(m.scales_top >= 1 && m.scales_saturated == 0 && m.scale_codes[0x7e] == m.scales_top && m.scales == 256);
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
  opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
  opts.tensor_scale = 0x1p-12f; /* largest block scale 448 / 4096, largest value 0.66 */
  m = measured(LOWP_SCHEME_NVFP4, &opts, 16, 256, y);
  assert_true(m.scales_top == 256 && m.scales_saturated == 256 && m.scale_max == 448 * 0x1p-12f);
  opts.tensor_scale = 0x1p12f; /* smallest block scale 2^-9 * 4096 = 8: most blocks vanish */
  m = measured(LOWP_SCHEME_NVFP4, &opts, 16, 256, y);
  uint64_t vanish = 0; /* blocks below 2, half of the smallest step */
  for (size_t b = 0; b < 256; b++) {
    float most = 0;
    for (size_t i = 0; i < 16; i++) most = fmaxf(most, fabsf(y[b * 16 + i]));
    vanish += most <= 2;
  }
  LOWP_CHECK(m.scales_bottom == 256 && m.blocks_flushed == vanish && vanish > 50, "%llu at the bottom, %llu flushed",
             (unsigned long long)m.scales_bottom, (unsigned long long)m.blocks_flushed);
  assert_true(m.scale_max == 8 && lowp_error_nmse(&m.error) > 0.5);
  free(y);
}

/* --- the lists ---------------------------------------------------------------------------------------------------- */

typedef struct ranked {
  double ee, xx;
  size_t row, col;
} ranked;

static int by_ee(const void *a, const void *b) {
  const ranked *x = a, *y = b;
  if (x->ee != y->ee) return x->ee < y->ee ? 1 : -1;
  return 0;
}
static int by_nmse(const void *a, const void *b) {
  const ranked *x = a, *y = b;
  double nx = x->ee / x->xx, ny = y->ee / y->xx;
  return nx == ny ? by_ee(a, b) : nx < ny ? 1 : -1;
}

static void the_worst(void **state) {
  (void)state;
  enum { ROWS = 64, COLS = 512, LENGTH = 16, BLOCKS = ROWS * COLS / LENGTH };
  float *x = malloc(sizeof *x * ROWS * COLS), *y = malloc(sizeof *y * ROWS * COLS);
  assert_true(x && y);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_STUDENT4, 7, 0, ROWS * COLS, x), LOWP_OK);
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x), back = lowp_view_of(LOWP_F32, ROWS, COLS, y);
  lowp_qtensor *q;
  assert_int_equal(lowp_qtensor_create(&q, LOWP_SCHEME_NVFP4, ROWS, COLS), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
  assert_int_equal(lowp_dequantize(q, &back, NULL), LOWP_OK);
  static ranked blocks[BLOCKS], rows[ROWS];
  memset(rows, 0, sizeof rows);
  for (size_t b = 0; b < BLOCKS; b++) {
    blocks[b] = (ranked){0, 0, b * LENGTH / COLS, b * LENGTH % COLS};
    for (size_t i = 0; i < LENGTH; i++) {
      double v = (double)x[b * LENGTH + i], e = (double)y[b * LENGTH + i] - v;
      blocks[b].xx += v * v;
      blocks[b].ee += e * e;
    }
    ranked *row = &rows[blocks[b].row];
    row->row = blocks[b].row;
    row->xx += blocks[b].xx;
    row->ee += blocks[b].ee;
  }
  lowp_measurement m = measured(LOWP_SCHEME_NVFP4, NULL, ROWS, COLS, x);
  assert_true(m.worst_sse.count == LOWP_MEASURE_WORST && m.channels_nmse.count == LOWP_MEASURE_WORST);
  for (int pass = 0; pass < 2; pass++) {
    const lowp_worst_blocks *list = pass ? &m.worst_nmse : &m.worst_sse;
    const lowp_worst_channels *channels = pass ? &m.channels_nmse : &m.channels_sse;
    qsort(blocks, BLOCKS, sizeof *blocks, pass ? by_nmse : by_ee);
    qsort(rows, ROWS, sizeof *rows, pass ? by_nmse : by_ee);
    for (size_t i = 0; i < LOWP_MEASURE_WORST; i++) {
      const lowp_block_record *r = &list->at[i];
      LOWP_CHECK(r->row == blocks[i].row && r->col == blocks[i].col, "list %d, place %zu: block (%d, %d)", pass, i,
                 (int)r->row, (int)r->col);
      LOWP_CHECK(channels->at[i].row == rows[i].row, "list %d, place %zu: row %d", pass, i, (int)channels->at[i].row);
      assert_true(fabs(r->sum_ee / blocks[i].ee - 1) < 1e-12 && r->length == LENGTH);
      uint8_t code = q->scales[r->row * q->scales_stride + r->col / LENGTH];
      assert_true(r->scale_code == code && r->scale == lowp_decode(LOWP_E4M3FN, code) * q->tensor_scale);
      size_t flushed = 0;
      for (size_t k = 0; k < LENGTH; k++) {
        size_t at = r->row * COLS + r->col + k;
        flushed += x[at] != 0 && y[at] == 0;
      }
      assert_true(r->flushed == flushed);
      assert_true(fabs((double)r->crest - (double)r->amax / sqrt(r->sum_xx / LENGTH)) < 1e-5);
    }
  }
  lowp_qtensor_destroy(q);
  free(x);
  free(y);
}

/* --- long rows ---------------------------------------------------------------------------------------------------- */

/* Blocks that do not fit into what is read at a time, and rows of many such parts. */
static void long_rows(void **state) {
  (void)state;
  enum { ROWS = 3, COLS = 2 * 2048 + 999 };
  static const size_t lengths[] = {0, 1, 16, 48, 100, 2048, 2049, 3000, 4 * COLS};
  static const lowp_scheme schemes[] = {LOWP_SCHEME_MXFP4, LOWP_SCHEME_FP8_CHANNEL, LOWP_SCHEME_INT8_CHANNEL_ZP,
                                        LOWP_SCHEME_HIF4};
  static float x[ROWS * COLS], y[ROWS * COLS];
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x), back = lowp_view_of(LOWP_F32, ROWS, COLS, y);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_LAPLACE, 8, 0, ROWS * COLS, x), LOWP_OK);
  for (size_t s = 0; s < sizeof schemes / sizeof schemes[0]; s++) {
    const lowp_scheme_info *info = lowp_scheme_info_of(schemes[s]);
    lowp_qtensor *q;
    assert_int_equal(lowp_qtensor_create(&q, schemes[s], ROWS, COLS), LOWP_OK);
    assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
    assert_int_equal(lowp_dequantize(q, &back, NULL), LOWP_OK);
    uint64_t clipped = 0;
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
      lowp_measure_desc desc;
      lowp_measure_desc_init(&desc, &view);
      desc.scheme = schemes[s];
      desc.block = lengths[k];
      lowp_measurement m;
      assert_int_equal(lowp_measure(&desc, &m, NULL), LOWP_OK);
      size_t length = lengths[k] ? lengths[k] : info->block_cols ? info->block_cols : COLS;
      if (length > COLS) length = COLS;
      long double crest = 0, top = 0;
      uint64_t blocks = 0;
      for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < COLS; c += length, blocks++) {
          size_t n = COLS - c < length ? COLS - c : length, at = 0;
          const float *bx = x + r * COLS + c, *by = y + r * COLS + c;
          long double xx = 0;
          for (size_t i = 0; i < n; i++) {
            xx += (long double)bx[i] * bx[i];
            if (fabsf(bx[i]) > fabsf(bx[at])) at = i;
          }
          crest += fabsl((long double)bx[at]) / sqrtl(xx / (long double)n);
          top += ((long double)by[at] - bx[at]) * ((long double)by[at] - bx[at]);
        }
      assert_true(m.blocks == blocks && m.block == length);
      LOWP_CHECK(fabsl((long double)m.sum_crest - crest) < 1e-7L * crest &&
                     fabsl((long double)m.sum_top_ee - top) <= 1e-12L * top,
                 "%s, blocks of %zu: crest %.10g, not %.10Lg", info->name, length, m.sum_crest, crest);
      /* What is clipped does not depend on the blocks. */
      if (k == 0) clipped = m.error.clipped;
      LOWP_CHECK(m.error.clipped == clipped, "%s, blocks of %zu: %llu clipped, not %llu", info->name, length,
                 (unsigned long long)m.error.clipped, (unsigned long long)clipped);
    }
    /* The clipped by their definition, from codes. */
    uint64_t expected = 0;
    for (size_t r = 0; r < ROWS && schemes[s] == LOWP_SCHEME_MXFP4; r++)
      for (size_t c = 0; c < COLS; c++) {
        double step = (double)lowp_decode(LOWP_E8M0, q->scales[r * q->scales_stride + c / 32]) * 2;
        if ((lowp_qtensor_code(q, r, c) & 7) == 7)
          expected += fabs((double)x[r * COLS + c]) - fabs((double)y[r * COLS + c]) > step / 2;
      }
    for (size_t r = 0; r < ROWS && schemes[s] == LOWP_SCHEME_HIF4; r++)
      for (size_t c = 0; c < COLS; c++)
        if ((lowp_qtensor_code(q, r, c) & 7) == 7) {
          double value = fabs((double)y[r * COLS + c]); /* 1.75; the step is 0.25 */
          expected += fabs((double)x[r * COLS + c]) - value > value / 1.75 * 0.125;
        }
    if (schemes[s] == LOWP_SCHEME_MXFP4 || schemes[s] == LOWP_SCHEME_HIF4)
      LOWP_CHECK(clipped == expected && clipped > 0, "%s: %llu clipped, not %llu", info->name,
                 (unsigned long long)clipped, (unsigned long long)expected);
    lowp_qtensor_destroy(q);
  }
}

/* --- other properties --------------------------------------------------------------------------------------------- */

/* Generic kernels and those of this machine: the same result in every bit. */
static void every_isa(void **state) {
  (void)state;
  enum { ROWS = 40, COLS = 1000 };
  static float x[ROWS * COLS];
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_STUDENT4, 9, 0, ROWS * COLS, x), LOWP_OK);
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
    lowp_measurement fast = measured((lowp_scheme)id, NULL, ROWS, COLS, x);
    assert_int_equal(lowp_cpu_limit("generic"), LOWP_OK);
    lowp_measurement slow = measured((lowp_scheme)id, NULL, ROWS, COLS, x);
    assert_int_equal(lowp_cpu_limit(NULL), LOWP_OK);
    LOWP_CHECK(memcmp(&fast, &slow, sizeof fast) == 0, "%s", lowp_scheme_info_of((lowp_scheme)id)->name);
  }
}

static void heat_map(void **state) {
  (void)state;
  enum { ROWS = 37, COLS = 5001, DOWN = 10, ACROSS = 7 };
  static float x[ROWS * COLS], y[ROWS * COLS];
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 10, 0, ROWS * COLS, x), LOWP_OK);
  for (size_t i = 0; i < ROWS * COLS; i++) y[i] = rintf(x[i] * 4) / 4;
  x[5000] = NAN;
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x), back = lowp_view_of(LOWP_F32, ROWS, COLS, y);
  lowp_measure_desc desc;
  lowp_measure_desc_init(&desc, &view);
  desc.y = &back;
  lowp_measure_job *job;
  assert_int_equal(lowp_measure_begin(&job, &desc, NULL), LOWP_OK);
  lowp_grid_cell cells[DOWN * ACROSS], pieces[DOWN * ACROSS], wide[2 * ROWS * 3];
  assert_int_equal(lowp_measure_grid(job, DOWN, ACROSS, 0, DOWN, cells, NULL), LOWP_OK);
  for (size_t i = 0; i < DOWN; i++)
    assert_int_equal(lowp_measure_grid(job, DOWN, ACROSS, i, i + 1, pieces + i * ACROSS, NULL), LOWP_OK);
  assert_memory_equal(cells, pieces, sizeof cells);
  for (size_t i = 0; i < DOWN; i++)
    for (size_t j = 0; j < ACROSS; j++) {
      long double xx = 0, ee = 0;
      for (size_t r = i * ROWS / DOWN; r < (i + 1) * ROWS / DOWN; r++)
        for (size_t c = j * COLS / ACROSS; c < (j + 1) * COLS / ACROSS; c++) {
          long double v = (long double)x[r * COLS + c], e = (long double)y[r * COLS + c] - v;
          if (isnan(x[r * COLS + c])) continue;
          xx += v * v;
          ee += e * e;
        }
      const lowp_grid_cell *cell = &cells[i * ACROSS + j];
      LOWP_CHECK(fabsl((long double)cell->sum_xx - xx) < 1e-12L * xx &&
                     fabsl((long double)cell->sum_ee - ee) < 1e-12L * ee,
                 "cell (%zu, %zu)", i, j);
    }
  /* More cells than rows: some are empty, none is counted twice. */
  assert_int_equal(lowp_measure_grid(job, 2 * ROWS, 3, 0, 2 * ROWS, wide, NULL), LOWP_OK);
  double sum = 0, want = 0;
  for (size_t i = 0; i < 2 * ROWS * 3; i++) sum += wide[i].sum_ee;
  for (size_t i = 0; i < DOWN * ACROSS; i++) want += cells[i].sum_ee;
  assert_true(fabs(sum / want - 1) < 1e-12);
  assert_int_equal(lowp_measure_grid(job, 0, 3, 0, 0, wide, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_measure_grid(job, 3, 65537, 0, 1, wide, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_measure_grid(job, 3, 3, 2, 4, wide, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_measure_grid(job, 3, 3, 0, 1, NULL, NULL), LOWP_E_ARGUMENT);
  lowp_measure_end(job);
}

static void several_tensors(void **state) {
  (void)state;
  static float x[64 * 64];
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 12, 0, 64 * 64, x), LOWP_OK);
  lowp_measurement a = measured(LOWP_SCHEME_MXFP4, NULL, 32, 64, x),
                   b = measured(LOWP_SCHEME_MXFP4, NULL, 32, 64, x + 2048);
  lowp_measurement c = measured(LOWP_SCHEME_NVFP4, NULL, 32, 64, x), sum, none;
  lowp_measurement_init(&sum);
  lowp_measurement_init(&none);
  lowp_measure_merge(&sum, &none);
  assert_memory_equal(&sum, &none, sizeof sum);
  lowp_measure_merge(&sum, &a);
  assert_memory_equal(&sum, &a, sizeof sum);
  lowp_measure_merge(&sum, &none);
  assert_memory_equal(&sum, &a, sizeof sum);
  lowp_measure_merge(&sum, &b);
  assert_true(sum.scheme == LOWP_SCHEME_MXFP4 && sum.block == 32 && sum.blocks == a.blocks + b.blocks);
  lowp_measure_merge(&sum, &c);
  assert_true(sum.scheme == LOWP_SCHEME_NONE && sum.block == 0 && sum.scales == a.scales + b.scales + c.scales);
  assert_true(sum.scale_min == fminf(fminf(a.scale_min, b.scale_min), c.scale_min));
  assert_true(lowp_error_effective_bits(&a.error) == lowp_error_qsnr_db(&a.error) / 6.02);
}

static void refusals(void **state) {
  (void)state;
  float x[4] = {0}, y[4] = {NAN};
  lowp_view a = lowp_view_of(LOWP_F32, 2, 2, x), b = lowp_view_of(LOWP_F32, 1, 4, y),
            c = lowp_view_of(LOWP_F32, 2, 2, y);
  lowp_measure_desc desc;
  lowp_measurement m, before;
  lowp_measure_job *job;
  lowp_error error;
  lowp_measurement_init(&m);
  before = m;
  lowp_measure_desc_init(&desc, &a);
  assert_int_equal(lowp_measure(&desc, &m, &error), LOWP_E_ARGUMENT); /* nothing to compare with */
  desc.y = &b;
  assert_int_equal(lowp_measure(&desc, &m, &error), LOWP_E_SHAPE);
  desc.y = &c;
  desc.scheme = LOWP_SCHEME_MXFP4;
  assert_int_equal(lowp_measure(&desc, &m, &error), LOWP_E_ARGUMENT); /* two */
  desc.y = NULL;
  desc.scheme = (lowp_scheme)1000;
  assert_int_equal(lowp_measure(&desc, &m, &error), LOWP_E_ARGUMENT);
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_MXFP4);
  opts.nan_policy = LOWP_NONFINITE_ERROR;
  desc.scheme = LOWP_SCHEME_MXFP4;
  desc.opts = &opts;
  desc.x = &c;
  assert_int_equal(lowp_measure(&desc, &m, &error), LOWP_E_NONFINITE);
  assert_non_null(strstr(error.text, "(0, 0)"));
  desc.x = NULL;
  assert_int_equal(lowp_measure(&desc, &m, &error), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_measure(&desc, NULL, &error), LOWP_E_ARGUMENT);
  desc.x = &a;
  desc.struct_size = 1;
  assert_int_equal(lowp_measure(&desc, &m, &error), LOWP_E_ARGUMENT);
  lowp_measure_desc_init(&desc, &a);
  desc.y = &c;
  assert_int_equal(lowp_measure_begin(&job, &desc, NULL), LOWP_OK);
  assert_int_equal(lowp_measure_rows(job, 1, 3, &m, &error), LOWP_E_RANGE);
  assert_int_equal(lowp_measure_rows(job, 2, 1, &m, &error), LOWP_E_RANGE);
  assert_int_equal(lowp_measure_rows(job, 0, 1, NULL, &error), LOWP_E_ARGUMENT);
  assert_memory_equal(&m, &before, sizeof m);
  assert_int_equal(lowp_measure_rows(job, 1, 1, &m, &error), LOWP_OK);
  assert_memory_equal(&m, &before, sizeof m);
  lowp_measure_end(job);
  lowp_measure_end(NULL);
  /* Empty tensors are legal. */
  lowp_view empty = lowp_view_of(LOWP_F32, 3, 0, NULL);
  lowp_measure_desc_init(&desc, &empty);
  desc.scheme = LOWP_SCHEME_NVFP4;
  assert_int_equal(lowp_measure(&desc, &m, NULL), LOWP_OK);
  assert_true(m.error.count == 0 && lowp_measurement_crest(&m) == 0 && lowp_measurement_mse_top(&m) == 0);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_codes), cmocka_unit_test(error_of_the_top), cmocka_unit_test(known_scales),
      cmocka_unit_test(the_worst),   cmocka_unit_test(long_rows),        cmocka_unit_test(every_isa),
      cmocka_unit_test(heat_map),    cmocka_unit_test(several_tensors),  cmocka_unit_test(refusals)};
  return LOWP_SUITE_RUN("measurements of known tensors", tests);
}
