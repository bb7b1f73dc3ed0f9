/* SPDX-License-Identifier: Apache-2.0 */
/* test_selftest.c: the checker itself: kernels with planted faults must fail, each in the way that belongs to it. Some faults
 * show in a few cases only: LOWP_TEST_STRIDE counts for nothing here. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"
#include "kernel/checker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static volatile uint8_t sink;

#define ENCODE(name)                                                                                                  \
  static void encode_##name(lowp_element id, lowp_encode_rules rules, uint32_t seed, uint64_t counter, size_t n,      \
                            const float *x, void *codes)
#define GENERIC_ENCODE(n) lowpk_encode_generic(id, rules, seed, counter, n, x, codes)

ENCODE(right) { GENERIC_ENCODE(n); }
ENCODE(reads_one_past) {
  sink = ((const volatile uint8_t *)x)[n * sizeof *x];
  GENERIC_ENCODE(n);
}
ENCODE(reads_one_before) {
  sink = ((const volatile uint8_t *)x)[-1];
  GENERIC_ENCODE(n);
}
ENCODE(writes_one_past) {
  GENERIC_ENCODE(n);
  ((uint8_t *)codes)[n * lowp_element_size(id)] = 0;
}
ENCODE(writes_one_before) {
  ((uint8_t *)codes)[-1] = 0;
  GENERIC_ENCODE(n);
}
ENCODE(writes_whole_vectors) { /* puts back what it found behind the codes: no difference, where there is memory */
  uint8_t beside[64];
  memcpy(beside, (uint8_t *)codes + n, sizeof beside);
  GENERIC_ENCODE(n);
  memcpy((uint8_t *)codes + n, beside, sizeof beside);
}
ENCODE(writes_its_input) {
  GENERIC_ENCODE(n);
  if (n) ((volatile float *)(uintptr_t)x)[n / 2] = x[n / 2];
}
ENCODE(drops_the_tail) { GENERIC_ENCODE(n - n % 8); }
ENCODE(drops_the_last_of_129) { GENERIC_ENCODE(n - (n == 129)); }
ENCODE(rounds_ties_away) {
  if (rules.round == LOWP_ROUND_RNE) rules.round = LOWP_ROUND_HALF_AWAY;
  GENERIC_ENCODE(n);
}
ENCODE(ignores_overflow_rule) {
  rules.overflow = LOWP_OVERFLOW_SATURATE;
  GENERIC_ENCODE(n);
}
ENCODE(restarts_the_counter) {
  counter = 0;
  GENERIC_ENCODE(n);
}
ENCODE(leaves_stale_output) {
  (void)id, (void)rules, (void)seed, (void)counter, (void)n, (void)x, (void)codes;
}
ENCODE(needs_alignment) { GENERIC_ENCODE((uintptr_t)x % 32 == 4 && n > 40 ? n - 1 : n); }
ENCODE(crashes) {
  GENERIC_ENCODE(n);
  if (n == 17) *(volatile int *)(uintptr_t)(n - 17) = 0;
}

static void decode_right(lowp_element id, size_t n, const void *codes, float *x) {
  lowpk_decode_generic(id, n, codes, x);
}
static void decode_reads_one_past(lowp_element id, size_t n, const void *codes, float *x) {
  sink = ((const volatile uint8_t *)codes)[n * lowp_element_size(id)];
  lowpk_decode_generic(id, n, codes, x);
}
static void decode_loses_negative_zero(lowp_element id, size_t n, const void *codes, float *x) {
  lowpk_decode_generic(id, n, codes, x);
  for (size_t i = 0; i < n; i++) {
    float value;
    memcpy(&value, (char *)x + i * sizeof value, sizeof value);
    value += 0.0f;
    memcpy((char *)x + i * sizeof value, &value, sizeof value);
  }
}
static void decode_ignores_nan(lowp_element id, size_t n, const void *codes, float *x) {
  lowpk_decode_generic(id, n, codes, x);
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, (char *)x + i * sizeof bits, sizeof bits);
    if ((bits & 0x7fffffffu) > 0x7f800000u) bits = 0x43f00000; /* 480, what the code would be without NaN */
    memcpy((char *)x + i * sizeof bits, &bits, sizeof bits);
  }
}

static uint32_t amax_right(size_t n, const float *x) { return lowpk_amax_generic(n, x); }
static uint32_t amax_drops_the_last(size_t n, const float *x) { return lowpk_amax_generic(n ? n - 1 : 0, x); }
static uint32_t amax_ignores_nan(size_t n, const float *x) {
  uint32_t max = lowpk_amax_generic(n, x);
  return max > 0x7f800000u ? 0x7f800000u : max;
}
static void measure_right(size_t n, const float *x, const float *y, lowpk_pair_sums *sums, lowpk_bins *bins, size_t head,
                          size_t block, const lowpk_blocks *blocks) {
  lowpk_measure_generic(n, x, y, sums, bins, head, block, blocks);
}
static void measure_sums_in_another_order(size_t n, const float *x, const float *y, lowpk_pair_sums *sums,
                                          lowpk_bins *bins, size_t head, size_t block, const lowpk_blocks *blocks) {
  lowpk_measure_generic(n, x, y, sums, bins, head, block, blocks);
  sums->ee = 0;
  for (size_t i = 0; i < n; i++) sums->ee += ((double)y[i] - (double)x[i]) * ((double)y[i] - (double)x[i]);
}
static void measure_takes_the_last_of_equals(size_t n, const float *x, const float *y, lowpk_pair_sums *sums,
                                             lowpk_bins *bins, size_t head, size_t block, const lowpk_blocks *blocks) {
  lowpk_measure_generic(n, x, y, sums, bins, head, block, blocks);
  for (size_t i = 0, k = 0, length = head; i < n && blocks && blocks->top_ee; i += length, length = block, k++) {
    if (length > n - i) length = n - i;
    for (size_t j = i; j < i + length; j++)
      if ((lowp_f32_bits(x[j]) & 0x7fffffffu) == blocks->amax[k])
        blocks->top_ee[k] = ((double)y[j] - (double)x[j]) * ((double)y[j] - (double)x[j]);
  }
}
static void measure_forgets_the_tail_of_bins(size_t n, const float *x, const float *y, lowpk_pair_sums *sums,
                                             lowpk_bins *bins, size_t head, size_t block, const lowpk_blocks *blocks) {
  lowpk_measure_generic(n, x, y, sums, NULL, head, block, blocks);
  lowpk_pair_sums ignored = {0};
  if (bins && n >= 16) lowpk_measure_generic(n / 16 * 16, x, y, &ignored, bins, head, block, NULL);
}
static void describe_right(size_t n, const float *x, lowpk_description *d) { lowpk_describe_generic(n, x, d); }
static void describe_takes_a_short_block_for_whole(size_t n, const float *x, lowpk_description *d) {
  lowpk_describe_generic(n, x, d);
  if (n % 32) d->crest[1][(n - 1) / 32] *= sqrt(32 / (double)(n % 32));
}
static void describe_keeps_infinity(size_t n, const float *x, lowpk_description *d) {
  lowpk_describe_generic(n, x, d);
  for (size_t i = 0; i < n; i++)
    if (isinf(x[i])) d->crest[0][i / 16] = 4;
}
static uint32_t amax_reads_one_past(size_t n, const float *x) {
  sink = ((const volatile uint8_t *)x)[n * sizeof *x];
  return lowpk_amax_generic(n, x);
}

#define QUANTIZE(name)                                                                                                \
  static void quantize_##name(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,      \
                              void *zero)
#define GENERIC_QUANTIZE(job, row) lowpk_quantize_mx_generic(job, row, x, codes, scales, zero)

QUANTIZE(right) { GENERIC_QUANTIZE(job, row); }
QUANTIZE(reads_one_past) {
  sink = ((const volatile uint8_t *)x)[job->cols_padded * sizeof *x];
  GENERIC_QUANTIZE(job, row);
}
QUANTIZE(writes_past_the_codes) {
  GENERIC_QUANTIZE(job, row);
  codes[job->cols_padded / 2] = 0;
}
QUANTIZE(writes_past_the_scales) {
  GENERIC_QUANTIZE(job, row);
  scales[job->cols_padded / 32] = 0;
}
QUANTIZE(leaves_padding_alone) { /* the codes behind the last column are not what the canonical form says */
  uint8_t last = codes[job->cols_padded / 2 - 1];
  GENERIC_QUANTIZE(job, row);
  if (job->cols_padded - job->cols >= 2) codes[job->cols_padded / 2 - 1] = last;
}
QUANTIZE(rounds_ties_away) {
  lowp_quant_opts opts = *job->opts;
  lowpk_job other = *job;
  other.opts = &opts;
  if (opts.round == LOWP_ROUND_RNE) opts.round = LOWP_ROUND_HALF_AWAY;
  GENERIC_QUANTIZE(&other, row);
}
QUANTIZE(has_one_scale_rule) {
  lowp_quant_opts opts = *job->opts;
  lowpk_job other = *job;
  other.opts = &opts;
  opts.scale_rule = LOWP_SCALE_FLOOR;
  GENERIC_QUANTIZE(&other, row);
}
QUANTIZE(forgets_the_row) { GENERIC_QUANTIZE(job, row * 0); }
QUANTIZE(leaves_stale_scales) {
  uint8_t last = scales[job->cols_padded / 32 - 1];
  GENERIC_QUANTIZE(job, row);
  scales[job->cols_padded / 32 - 1] = last;
}

#define DEQUANTIZE(name)                                                                                              \
  static void dequantize_##name(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,  \
                                float *x)
DEQUANTIZE(right) { lowpk_dequantize_mx_generic(job, codes, scales, zero, x); }
DEQUANTIZE(stops_at_cols) {
  float last = x[job->cols_padded - 1];
  lowpk_dequantize_mx_generic(job, codes, scales, zero, x);
  if (job->cols < job->cols_padded) x[job->cols_padded - 1] = last;
}
DEQUANTIZE(flushes_subnormals) {
  lowpk_dequantize_mx_generic(job, codes, scales, zero, x);
  for (size_t i = 0; i < job->cols_padded; i++)
    if ((lowp_f32_bits(x[i]) & 0x7fffffffu) < 0x00800000u) x[i] = 0;
}

#define DEQUANTIZE16(name)                                                                                            \
  static void dequantize16_##name(const lowpk_job *job, lowp_element to, const uint8_t *codes, const uint8_t *scales, \
                                  const void *zero, void *y)
DEQUANTIZE16(right) { lowpk_dequantize16_generic(job, to, codes, scales, zero, y); }
DEQUANTIZE16(keeps_the_nan) { /* as a hardware conversion does */
  lowpk_dequantize16_generic(job, to, codes, scales, zero, y);
  for (size_t i = 0; i < job->cols_padded; i++) {
    uint16_t code, quiet = 0x7fc0;
    memcpy(&code, (char *)y + 2 * i, sizeof code);
    if (to == LOWP_BF16 && code == 0x7fff) memcpy((char *)y + 2 * i, &quiet, sizeof quiet);
  }
}
DEQUANTIZE16(truncates) {
  float x[4224];
  lowpk_dequantize16_generic(job, to, codes, scales, zero, y);
  if (to != LOWP_BF16) return;
  lowpk_dequantize_nvfp4_generic(job, codes, scales, zero, x);
  for (size_t i = 0; i < job->cols_padded; i++) {
    uint16_t code = (uint16_t)(lowp_f32_bits(x[i]) >> 16);
    if (code << 1 < 0xff00) memcpy((char *)y + 2 * i, &code, sizeof code);
  }
}

#define PANEL_BF16(name)                                                                                              \
  static void panel_bf16_##name(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, uint16_t *out)
#define GENERIC_PANEL_BF16(panel, k0, k1) lowpk_panel_bf16_generic(w, panel, k0, k1, out)

PANEL_BF16(right) { GENERIC_PANEL_BF16(panel, k0, k1); }
PANEL_BF16(reads_one_past) {
  GENERIC_PANEL_BF16(panel, k0, k1);
  sink = ((const volatile uint8_t *)w->data)[(w->n + 15) / 16 * w->panel_bytes];
}
PANEL_BF16(writes_one_past) {
  GENERIC_PANEL_BF16(panel, k0, k1);
  out[(k1 - k0) * LOWPK_NR] = 0;
}
PANEL_BF16(writes_the_weights) {
  GENERIC_PANEL_BF16(panel, k0, k1);
  *(volatile uint8_t *)(uintptr_t)w->data = w->data[0];
}
PANEL_BF16(has_one_panel) { GENERIC_PANEL_BF16(panel * 0, k0, k1); }
PANEL_BF16(begins_at_0) { GENERIC_PANEL_BF16(panel, 0, k1 - k0); }
PANEL_BF16(is_wrong_where_regular) {
  GENERIC_PANEL_BF16(panel, k0, k1);
  if (!w->irregular && k1 > k0) out[77] ^= 1;
}
PANEL_BF16(is_wrong_where_irregular) {
  GENERIC_PANEL_BF16(panel, k0, k1);
  if (w->irregular && k1 > k0) out[77] ^= 1;
}
PANEL_BF16(loses_negative_zero) {
  GENERIC_PANEL_BF16(panel, k0, k1);
  for (size_t i = 0; i < (k1 - k0) * LOWPK_NR; i++)
    if (out[i] == 0x8000) out[i] = 0;
}
PANEL_BF16(scales_zeros) { /* adds the power of two of the block to codes of value 0 as well */
  GENERIC_PANEL_BF16(panel, k0, k1);
  for (size_t i = 0; i < (k1 - k0) * LOWPK_NR; i++)
    if ((out[i] & 0x7fff) == 0 && !w->irregular) out[i] = (uint16_t)(out[i] + 0x80);
}

static void panel_int8_right(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out, float *scales) {
  lowpk_panel_int8_generic(w, panel, k0, k1, out, scales);
}
static void panel_int8_forgets_the_last_scale(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out,
                                              float *scales) {
  const size_t last = (k1 - k0) / w->scheme->block_cols * LOWPK_NR;
  uint32_t before;
  if (last) memcpy(&before, scales + last - 1, sizeof before);
  lowpk_panel_int8_generic(w, panel, k0, k1, out, scales);
  if (last) memcpy(scales + last - 1, &before, sizeof before);
}

static void lhs_bf16_right(size_t kp, const float *x, uint16_t *dst, size_t tile_stride) {
  lowpk_lhs_bf16_generic(kp, x, dst, tile_stride);
}
static void lhs_bf16_flushes_subnormals(size_t kp, const float *x, uint16_t *dst, size_t tile_stride) {
  lowpk_lhs_bf16_generic(kp, x, dst, tile_stride);
  for (size_t k = 0; k < kp; k++)
    if ((dst[k / 32 * tile_stride + k % 32] & 0x7f80) == 0) dst[k / 32 * tile_stride + k % 32] &= 0x8000;
}
static void lhs_bf16_writes_between_rows(size_t kp, const float *x, uint16_t *dst, size_t tile_stride) {
  lowpk_lhs_bf16_generic(kp, x, dst, tile_stride);
  if (kp > 32 && tile_stride > 32) dst[32] = 0;
}

#define LHS_INT8(name)                                                                                                \
  static void lhs_int8_##name(const lowp_scheme_info *scheme, size_t cols_padded, size_t kp, const uint8_t *codes,    \
                              const uint8_t *scales, int8_t *dst, size_t tile_stride, float *dst_scales,              \
                              size_t scale_stride, int32_t *sum)
#define GENERIC_LHS_INT8(scale_stride) \
  lowpk_lhs_int8_generic(scheme, cols_padded, kp, codes, scales, dst, tile_stride, dst_scales, scale_stride, sum)
LHS_INT8(right) { GENERIC_LHS_INT8(scale_stride); }
LHS_INT8(has_dense_scales) { GENERIC_LHS_INT8(scale_stride * 0 + 1); }
LHS_INT8(sums_seven_bits) {
  GENERIC_LHS_INT8(scale_stride);
  *sum = 0;
  for (size_t k = 0; k < kp; k++) *sum += dst[k / 64 * tile_stride + k % 64] & 0x7f;
}

#define GEMM(name) static void gemm_##name(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch)
GEMM(right) { lowpk_gemm_int8_generic(g, panel0, panel1, scratch); }
GEMM(right_f32) { lowpk_gemm_f32_generic(g, panel0, panel1, scratch); }
GEMM(reads_a_row_too_many) {
  sink = ((const volatile uint8_t *)g->lhs)[g->m * g->w->kp];
  lowpk_gemm_int8_generic(g, panel0, panel1, scratch);
}
GEMM(stores_whole_panels) { /* and puts back what it found: no difference, where there is memory */
  size_t size = g->y_element == LOWP_F32 ? 4 : 2;
  uint8_t beside[64], *end = (uint8_t *)g->y + (g->m - 1) * (size_t)g->y_stride + g->w->n * size;
  memcpy(beside, end, size);
  lowpk_gemm_int8_generic(g, panel0, panel1, scratch);
  memcpy(end, beside, size);
}
GEMM(begins_at_the_first_panel) { lowpk_gemm_int8_generic(g, panel0 ? panel0 - 1 : 0, panel1 - (panel0 > 0), scratch); }
GEMM(flushes_scales) { /* subnormal scales of activations count as zero, as in tiles of bf16 */
  lowpk_gemm other = *g;
  float *scales = scratch, *work = scales;
  if (g->lhs_scales) {
    size_t count = g->m * (g->w->kp / g->lhs_block);
    for (size_t i = 0; i < count; i++)
      scales[i] = (lowp_f32_bits(g->lhs_scales[i]) & 0x7fffffffu) < 0x00800000u ? 0.0f : g->lhs_scales[i];
    other.lhs_scales = scales;
    work += (count + 15) / 16 * 16;
  }
  lowpk_gemm_int8_generic(&other, panel0, panel1, work);
}
GEMM(forgets_the_bias) {
  lowpk_gemm other = *g;
  other.bias = NULL;
  lowpk_gemm_f32_generic(&other, panel0, panel1, scratch);
}

/* The fault must show itself as a crash of the subject's process, or as a difference. */
static const struct planted {
  const char *name, *op;
  int subject;
  lowpt_function *function;
  enum { PASSES, CRASHES, DIFFERS } want;
} planted[] = {
#define P(op, slot, subject, name, want) {#op "_" #name, slot, subject, (lowpt_function *)op##_##name, want}
    P(encode, "encode", LOWP_E4M3FN, right, PASSES),
    P(encode, "encode", LOWP_BF16, right, PASSES),
    P(encode, "encode", LOWP_E4M3FN, reads_one_past, CRASHES),
    P(encode, "encode", LOWP_E4M3FN, reads_one_before, CRASHES),
    P(encode, "encode", LOWP_BF16, writes_one_past, CRASHES),
    P(encode, "encode", LOWP_E4M3FN, writes_one_before, CRASHES),
    P(encode, "encode", LOWP_E4M3FN, writes_whole_vectors, CRASHES),
    P(encode, "encode", LOWP_E4M3FN, writes_its_input, CRASHES),
    P(encode, "encode", LOWP_E4M3FN, drops_the_tail, DIFFERS),
    P(encode, "encode", LOWP_E2M1, drops_the_last_of_129, DIFFERS),
    P(encode, "encode", LOWP_E4M3FN, rounds_ties_away, DIFFERS),
    P(encode, "encode", LOWP_FP16, rounds_ties_away, DIFFERS),
    P(encode, "encode", LOWP_E5M2, ignores_overflow_rule, DIFFERS),
    P(encode, "encode", LOWP_E5M2, restarts_the_counter, DIFFERS),
    P(encode, "encode", LOWP_E4M3FN, leaves_stale_output, DIFFERS),
    P(encode, "encode", LOWP_E4M3FN, needs_alignment, DIFFERS),
    P(encode, "encode", LOWP_E4M3FN, crashes, CRASHES),
    P(decode, "decode", LOWP_E4M3FN, right, PASSES),
    P(decode, "decode", LOWP_E4M3FN, reads_one_past, CRASHES),
    P(decode, "decode", LOWP_E4M3FN, loses_negative_zero, DIFFERS),
    P(decode, "decode", LOWP_E4M3FN, ignores_nan, DIFFERS),
    P(amax, "amax", 0, right, PASSES),
    P(amax, "amax", 0, drops_the_last, DIFFERS),
    P(amax, "amax", 0, ignores_nan, DIFFERS),
    P(amax, "amax", 0, reads_one_past, CRASHES),
    P(measure, "measure", 0, right, PASSES),
    P(measure, "measure", 0, sums_in_another_order, DIFFERS),
    P(measure, "measure", 0, takes_the_last_of_equals, DIFFERS),
    P(measure, "measure", 0, forgets_the_tail_of_bins, DIFFERS),
    P(describe, "describe", 0, right, PASSES),
    P(describe, "describe", 0, takes_a_short_block_for_whole, DIFFERS),
    P(describe, "describe", 0, keeps_infinity, DIFFERS),
    P(quantize, "quantize_mx", LOWP_SCHEME_MXFP4, right, PASSES),
    P(quantize, "quantize_mx", LOWP_SCHEME_MXFP4, reads_one_past, CRASHES),
    P(quantize, "quantize_mx", LOWP_SCHEME_MXFP4, writes_past_the_codes, CRASHES),
    P(quantize, "quantize_mx", LOWP_SCHEME_MXFP4, writes_past_the_scales, CRASHES),
    P(quantize, "quantize_mx", LOWP_SCHEME_MXFP4, leaves_padding_alone, DIFFERS),
    P(quantize, "quantize_mx", LOWP_SCHEME_MXFP4, rounds_ties_away, DIFFERS),
    P(quantize, "quantize_mx", LOWP_SCHEME_MXFP4, has_one_scale_rule, DIFFERS),
    P(quantize, "quantize_mx", LOWP_SCHEME_MXFP4, forgets_the_row, DIFFERS),
    P(quantize, "quantize_mx", LOWP_SCHEME_MXFP4, leaves_stale_scales, DIFFERS),
    P(dequantize, "dequantize_mx", LOWP_SCHEME_MXFP8_E4M3, right, PASSES),
    P(dequantize, "dequantize_mx", LOWP_SCHEME_MXFP8_E4M3, stops_at_cols, DIFFERS),
    P(dequantize, "dequantize_mx", LOWP_SCHEME_MXFP8_E4M3, flushes_subnormals, DIFFERS),
    P(dequantize16, "dequantize16", LOWP_SCHEME_MXFP8_E4M3, right, PASSES),
    P(dequantize16, "dequantize16", LOWP_SCHEME_MXFP8_E4M3, keeps_the_nan, DIFFERS),
    P(dequantize16, "dequantize16", LOWP_SCHEME_NVFP4, truncates, DIFFERS),
    P(gemm, "gemm_int8", LOWP_SCHEME_MXFP4, right, PASSES),
    P(gemm, "gemm_f32", LOWP_SCHEME_MXFP4, right_f32, PASSES),
    P(gemm, "gemm_int8", LOWP_SCHEME_MXFP4, reads_a_row_too_many, CRASHES),
    P(gemm, "gemm_int8", LOWP_SCHEME_MXFP4, stores_whole_panels, CRASHES),
    P(gemm, "gemm_int8", LOWP_SCHEME_MXFP4, begins_at_the_first_panel, DIFFERS),
    P(gemm, "gemm_int8", LOWP_SCHEME_MXFP4, flushes_scales, DIFFERS),
    P(gemm, "gemm_f32", LOWP_SCHEME_MXFP4, forgets_the_bias, DIFFERS),
    P(panel_bf16, "panel_bf16", LOWP_SCHEME_NVFP4, right, PASSES),
    P(panel_bf16, "panel_bf16", LOWP_SCHEME_NVFP4, reads_one_past, CRASHES),
    P(panel_bf16, "panel_bf16", LOWP_SCHEME_MXFP4, writes_one_past, CRASHES),
    P(panel_bf16, "panel_bf16", LOWP_SCHEME_MXFP4, writes_the_weights, CRASHES),
    P(panel_bf16, "panel_bf16", LOWP_SCHEME_FP8_CHANNEL, has_one_panel, DIFFERS),
    P(panel_bf16, "panel_bf16", LOWP_SCHEME_BF16_CAST, begins_at_0, DIFFERS),
    P(panel_bf16, "panel_bf16", LOWP_SCHEME_MXFP4, is_wrong_where_regular, DIFFERS),
    P(panel_bf16, "panel_bf16", LOWP_SCHEME_INT4_G128, is_wrong_where_regular, DIFFERS),
    P(panel_bf16, "panel_bf16", LOWP_SCHEME_MXFP8_E5M2, is_wrong_where_irregular, DIFFERS),
    P(panel_bf16, "panel_bf16", LOWP_SCHEME_HIF4, loses_negative_zero, DIFFERS),
    P(panel_bf16, "panel_bf16", LOWP_SCHEME_MXFP6_E3M2, scales_zeros, DIFFERS),
    P(panel_int8, "panel_int8", LOWP_SCHEME_MXINT8, right, PASSES),
    P(panel_int8, "panel_int8", LOWP_SCHEME_MXFP4, forgets_the_last_scale, DIFFERS),
    P(lhs_bf16, "lhs_bf16", 0, right, PASSES),
    P(lhs_bf16, "lhs_bf16", 0, flushes_subnormals, DIFFERS),
    P(lhs_bf16, "lhs_bf16", 0, writes_between_rows, DIFFERS),
    P(lhs_int8, "lhs_int8", LOWP_SCHEME_NVFP4, right, PASSES),
    P(lhs_int8, "lhs_int8", LOWP_SCHEME_NVFP4, has_dense_scales, DIFFERS),
    P(lhs_int8, "lhs_int8", LOWP_SCHEME_INT8_CHANNEL, sums_seven_bits, DIFFERS),
};
enum { PLANTED = sizeof planted / sizeof planted[0] };

static void is_judged_right(void **state) {
  const struct planted *p = *state;
  lowpt_outcome o = lowpt_check_kernel(p->op, p->subject, p->function, 1);
  print_message("# %s: %zu cases, %s\n", p->name, o.cases, o.failed ? o.first : "passes");
  assert_int_equal(o.subjects, 1);
  assert_int_equal(o.failed, p->want != PASSES);
  assert_int_equal(strstr(o.first, "signal") != NULL, p->want == CRASHES);
}

/* A crash does not end the run: the other subjects are still checked. */
static void a_crash_is_one_failure(void **state) {
  (void)state;
  lowpt_outcome crash = lowpt_check_kernel("encode", LOWPT_ALL, (lowpt_function *)encode_crashes, 1);
  lowpt_outcome right = lowpt_check_kernel("decode", LOWPT_ALL, (lowpt_function *)decode_right, 1);
  assert_true(crash.subjects > 20 && crash.failed == crash.subjects);
  assert_int_equal(crash.subjects, right.subjects);
  assert_int_equal(right.failed, 0);
}

static void an_unknown_op_fails(void **state) {
  (void)state;
  assert_int_equal(lowpt_check_kernel("frobnicate", LOWPT_ALL, (lowpt_function *)amax_right, 1).failed, 1);
}

int main(void) {
  unsetenv("LOWP_TEST_STRIDE");
  struct CMUnitTest tests[PLANTED + 2];
  for (size_t i = 0; i < PLANTED; i++)
    tests[i] = (struct CMUnitTest){.name = planted[i].name, .test_func = is_judged_right,
                                   .initial_state = (void *)(uintptr_t)&planted[i]};
  tests[PLANTED] = (struct CMUnitTest)cmocka_unit_test(a_crash_is_one_failure);
  tests[PLANTED + 1] = (struct CMUnitTest)cmocka_unit_test(an_unknown_op_fails);
  return LOWP_SUITE_RUN("checker", tests);
}
