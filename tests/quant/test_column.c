/* SPDX-License-Identifier: Apache-2.0 */
/* lowp_quantize_column: what lowp_quantize does to a whole row, column by column under the scales it chose. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/schemes.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 131, COLS = 200 };

/* All columns of `from`, whose codes are garbled first, in an order that is not ascending. */
static void again(const lowp_quant_opts *opts, lowp_qtensor *q, const float *x, float *y) {
  for (size_t r = 0; r < q->rows; r++)
    for (size_t i = 0; i < q->codes_stride; i++) q->codes[r * q->codes_stride + i] ^= 0xa5;
  for (size_t k = 0; k < COLS; k++) {
    const size_t c = k * 77 % COLS, cut = c % (ROWS + 1);
    float column[ROWS], back[ROWS];
    for (size_t r = 0; r < ROWS; r++) column[r] = x[r * COLS + c];
    assert_int_equal(lowp_quantize_column(opts, q, 0, cut, c, column, back, NULL), LOWP_OK);
    assert_int_equal(lowp_quantize_column(opts, q, cut, ROWS, c, column + cut, back + cut, NULL), LOWP_OK);
    for (size_t r = 0; r < ROWS; r++) y[r * COLS + c] = back[r];
  }
}

/* Rounding modes and rules of all schemes, or one in LOWP_TEST_STRIDE of them. */
static bool taken(void) {
  static size_t number;
  return number++ % lowpt_stride() == lowpt_first(lowpt_stride());
}

static void same_as_rows(void **state) {
  const lowp_scheme_info *info = lowp_scheme_info_of(*(lowp_scheme *)*state);
  float *x = lowpt_matrix(7, ROWS, COLS), *y = malloc(sizeof(float[ROWS][COLS]));
  for (size_t i = 0; i < 32; i++) x[COLS + i] = i % 3 ? 0.0f : -0.0f; /* blocks of zeros */
  static const lowp_scale_rule searched[] = {LOWP_SCALE_DEFAULT, LOWP_SCALE_MSE};
  for (int round = LOWP_ROUND_RNE; round <= LOWP_ROUND_STOCHASTIC; round++) {
    for (size_t s = 0; s < 2; s++) {
      lowp_quant_opts opts;
      lowp_quant_opts_init(&opts, info->id);
      opts.round = (lowp_round)round;
      opts.scale_rule = searched[s];
      opts.seed = 99;
      opts.sr_bits = 12;
      if (lowp_quant_opts_check(&opts, info->id, NULL) != LOWP_OK || !taken()) continue;
      lowpt_result rows = lowpt_quantize(info->id, &opts, ROWS, COLS, x),
                   columns = lowpt_quantize(info->id, &opts, ROWS, COLS, x);
      again(&opts, columns.q, x, y);
      for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < COLS; c++) {
          uint32_t want = lowp_qtensor_code(rows.q, r, c), got = lowp_qtensor_code(columns.q, r, c);
          LOWP_CHECK(want == got, "%s, rounding %d, rule %zu: element (%zu, %zu) is %u, by rows %u", info->name, round,
                     s, r, c, got, want);
          LOWP_CHECK(memcmp(&y[r * COLS + c], &rows.y[r * COLS + c], sizeof *y) == 0,
                     "%s: element (%zu, %zu) decodes to %g, by rows %g", info->name, r, c, (double)y[r * COLS + c],
                     (double)rows.y[r * COLS + c]);
        }
      lowpt_done(&rows);
      lowpt_done(&columns);
    }
  }
  free(x);
  free(y);
}

/* Neighbours of a column keep their codes, and a failure changes nothing. */
static void only_this_column(void **state) {
  const lowp_scheme scheme = *(lowp_scheme *)*state;
  float *x = lowpt_matrix(11, 3, 65), column[3] = {0.25f, -3.0f, 0.0f}, y[3] = {9, 9, 9};
  lowpt_result r = lowpt_quantize(scheme, NULL, 3, 65, x), before = lowpt_quantize(scheme, NULL, 3, 65, x);
  assert_int_equal(lowp_quantize_column(NULL, r.q, 1, 2, 37, column + 1, NULL, NULL), LOWP_OK);
  for (size_t i = 0; i < 3; i++)
    for (size_t c = 0; c < 65; c++)
      if (i != 1 || c != 37) assert_int_equal(lowp_qtensor_code(r.q, i, c), lowp_qtensor_code(before.q, i, c));
  lowpt_done(&r);
  r = lowpt_quantize(scheme, NULL, 3, 65, x);
  column[2] = INFINITY;
  lowp_quant_opts opts;
  assert_int_equal(lowp_quantize_column(NULL, r.q, 0, 3, 1, column, y, NULL), LOWP_E_NONFINITE);
  assert_int_equal(lowp_quantize_column(NULL, r.q, 0, 4, 1, column, y, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_quantize_column(NULL, r.q, 2, 1, 1, column, y, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_quantize_column(NULL, r.q, 0, 1, 65, column, y, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_quantize_column(NULL, r.q, 0, 1, 1, NULL, y, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_quantize_column(NULL, NULL, 0, 1, 1, column, y, NULL), LOWP_E_ARGUMENT);
  for (int c = 1; c < LOWP_COMPAT_COUNT; c++)
    if (lowp_quant_opts_compat(&opts, scheme, (lowp_compat)c) == LOWP_OK)
      assert_int_equal(lowp_quantize_column(&opts, r.q, 0, 1, 1, column, y, NULL), LOWP_E_UNSUPPORTED);
  assert_true(lowpt_same_planes(&r, &before));
  for (int i = 0; i < 3; i++) assert_true(y[i] == 9);
  lowpt_done(&r);
  lowpt_done(&before);
  free(x);
}

int main(void) {
  static const lowpt_scheme_test tests[] = {LOWP_SCHEME_TEST(same_as_rows, NULL),
                                            LOWP_SCHEME_TEST(only_this_column, NULL)};
  return LOWP_EACH_SCHEME("columns under given scales", tests);
}
