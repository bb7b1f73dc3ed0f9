/* SPDX-License-Identifier: Apache-2.0 */
/* accumulate_exact.c: sums in fixed point over the whole range of products, rounded once at the end. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/accumulate_internal.h"

#include <math.h>

void lowpi_exact_init(lowpi_exact *sum) { memset(sum, 0, sizeof *sum); }

/* Moves what exceeds 32 bits of each digit into the next: digits 0..2^32 - 1, the last one with the sign. */
static void carry(lowpi_exact *sum) {
  int64_t over = 0;
  for (int i = 0; i < LOWPI_EXACT_DIGITS; i++) {
    int64_t d = sum->digit[i] + over;
    int64_t low = (int64_t)((uint64_t)d & 0xffffffffu);
    over = i + 1 < LOWPI_EXACT_DIGITS ? (d - low) / 4294967296 : 0;
    sum->digit[i] = i + 1 < LOWPI_EXACT_DIGITS ? low : d;
  }
  sum->pending = 0;
}

void lowpi_exact_add(lowpi_exact *sum, lowpi_term term) {
  if (term.m == 0) return;
  /* A term of 64 bits at any offset covers three digits, each changed by less than 2^32. */
  if (++sum->pending == (uint32_t)1 << 30) carry(sum);
  unsigned at = (unsigned)(term.q - LOWPI_EXACT_LOW);
  int64_t *d = sum->digit + at / 32;
  lowpi_u128 m = (lowpi_u128)term.m << at % 32;
  for (int i = 0; i < 3; i++, m >>= 32) {
    int64_t part = (int64_t)(uint32_t)m;
    d[i] += term.negative ? -part : part;
  }
}

double lowpi_exact_round(const lowpi_exact *exact) {
  lowpi_exact sum = *exact;
  carry(&sum);
  bool negative = sum.digit[LOWPI_EXACT_DIGITS - 1] < 0;
  if (negative) {
    for (int i = 0; i < LOWPI_EXACT_DIGITS; i++) sum.digit[i] = -sum.digit[i];
    carry(&sum);
  }
  int top = LOWPI_EXACT_DIGITS - 1;
  while (top >= 0 && sum.digit[top] == 0) top--;
  if (top < 0) return 0;
  /* The three highest digits have 65 bits at least; a bit that stands for the rest below them decides ties. */
  lowpi_u128 m = 0;
  for (int i = top; i > top - 3; i--) m = m << 32 | (i >= 0 ? (uint32_t)sum.digit[i] : 0);
  for (int i = top - 3; i >= 0; i--) m |= sum.digit[i] != 0;
  int q = 32 * (top - 2) + LOWPI_EXACT_LOW, bits = 0;
  while (m >> bits > 1) bits++;
  if (bits >= 53) {
    m = lowpi_shift_round(false, m, bits - 52, LOWP_ACCUM_NEAREST_EVEN);
    q += bits - 52;
  }
  /* 2^-552 is far above the subnormals of f64, and 2^576 far below its end: the scaling is exact. */
  double y = ldexp((double)(uint64_t)m, q);
  return negative ? -y : y;
}

void lowpi_exact_dot(size_t n, const lowpi_row *x, const lowpi_row *w, lowpi_exact *exact) {
  lowpi_exact_init(exact);
  for (size_t i = 0; i < n; i++) lowpi_exact_add(exact, lowpi_product(x, w, i));
}

lowp_status lowp_exact_dot(size_t n, const float *x, const float *w, double *y) {
  if (y == NULL || (n != 0 && (x == NULL || w == NULL))) return LOWP_E_ARGUMENT;
  lowpi_row rx = {.value = x, .emin = -126}, rw = {.value = w, .emin = -126};
  float special;
  if (lowpi_row_special(&rx, &rw, n, &special)) {
    *y = (double)special;
    return LOWP_OK;
  }
  lowpi_exact exact;
  lowpi_exact_dot(n, &rx, &rw, &exact);
  *y = lowpi_exact_round(&exact);
  return LOWP_OK;
}
