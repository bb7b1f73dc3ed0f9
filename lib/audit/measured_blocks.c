/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measured_blocks.c: runs of k that were left out. Wrong outputs are fitted by least squares with the contributions of all
 * runs, y ~ sum of a[b] B[b]; conjugate gradients on the normal equations, from a = 1. Contributions of different runs are
 * nearly orthogonal over many outputs, so few steps are enough.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/measured_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT_COLS = 16, MOST_RUNS = 256, MOST_EQUATIONS = 4096, STEPS = 200 };

typedef struct equations {
  size_t runs, cols, count; /* runs of so many columns of k; equations */
  double *b;                /* [count, runs] contributions */
  double *y, *a, *r, *s, *p, *q;
} equations;

static double dot(size_t n, const double *a, const double *b) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/* s = B^T r */
static void transpose_times(const equations *t, const double *r, double *s) {
  memset(s, 0, t->runs * sizeof *s);
  for (size_t i = 0; i < t->count; i++)
    for (size_t j = 0; j < t->runs; j++) s[j] += t->b[i * t->runs + j] * r[i];
}

static void solve(equations *t) {
  for (size_t j = 0; j < t->runs; j++) t->a[j] = 1;
  for (size_t i = 0; i < t->count; i++) t->r[i] = t->y[i] - dot(t->runs, t->b + i * t->runs, t->a);
  transpose_times(t, t->r, t->s);
  memcpy(t->p, t->s, t->runs * sizeof *t->p);
  double gamma = dot(t->runs, t->s, t->s);
  const double enough = gamma * 1e-20;
  for (int step = 0; step < STEPS && gamma > enough; step++) {
    for (size_t i = 0; i < t->count; i++) t->q[i] = dot(t->runs, t->b + i * t->runs, t->p);
    const double qq = dot(t->count, t->q, t->q);
    if (!(qq > 0)) break;
    const double alpha = gamma / qq;
    for (size_t j = 0; j < t->runs; j++) t->a[j] += alpha * t->p[j];
    for (size_t i = 0; i < t->count; i++) t->r[i] -= alpha * t->q[i];
    transpose_times(t, t->r, t->s);
    const double next = dot(t->runs, t->s, t->s);
    for (size_t j = 0; j < t->runs; j++) t->p[j] = t->s[j] + next / gamma * t->p[j];
    gamma = next;
  }
}

static void contributions(const lowpi_check *check, size_t at, const equations *t, double *b) {
  const size_t k = check->sample.k, i = at / check->sample.cols, j = at % check->sample.cols;
  const float *x = check->p.x + i * k, *w = check->p.w + j * k;
  for (size_t run = 0; run < t->runs; run++) {
    const size_t end = (run + 1) * t->cols < k ? (run + 1) * t->cols : k;
    b[run] = 0;
    for (size_t l = run * t->cols; l < end; l++) b[run] += (double)x[l] * (double)w[l];
  }
}

static bool alloc(equations *t) {
  double *all = calloc(t->count * (t->runs + 3) + 3 * t->runs, sizeof *all);
  t->b = all;
  if (!all) return false;
  t->y = all + t->count * t->runs;
  t->r = t->y + t->count;
  t->q = t->r + t->count;
  t->a = t->q + t->count;
  t->s = t->a + t->runs;
  t->p = t->s + t->runs;
  return true;
}

/* "0..63, 128..191", the first few. */
static void ranges(const equations *t, size_t k, const bool *missing, char *text, size_t room) {
  size_t used = 0, shown = 0;
  *text = 0;
  for (size_t j = 0; j < t->runs; j++) {
    if (!missing[j] || (j > 0 && missing[j - 1])) continue;
    size_t end = j;
    while (end < t->runs && missing[end]) end++;
    if (++shown > 5) {
      snprintf(text + used, room - used, " and more");
      return;
    }
    const size_t last = end * t->cols < k ? end * t->cols : k;
    used += (size_t)snprintf(text + used, room - used, "%s%zu..%zu", shown > 1 ? ", " : "", j * t->cols, last - 1);
  }
}

/* Whether outputs are right once the missing runs are left out: sums over the equations. */
static bool explained(const lowpi_check *check, const equations *t, const bool *missing, const size_t *at) {
  double before = 0, after = 0, excess = 0;
  for (size_t i = 0; i < t->count; i++) {
    double all = 0, rest = 0;
    for (size_t j = 0; j < t->runs; j++) {
      all += t->b[i * t->runs + j];
      rest += missing[j] ? 0 : t->b[i * t->runs + j];
    }
    const double e = fabs(t->y[i] - rest), half = check->sample.half[at[i]];
    before += (t->y[i] - all) * (t->y[i] - all);
    after += e * e;
    excess += e > half ? (e - half) * (e - half) : 0;
  }
  return sqrt(excess / (double)t->count) <= 8 * check->p.noise || after < 0.01 * before;
}

/* The outputs that are wrong by more than f32 sums explain, at most MOST_EQUATIONS of them, evenly. */
static size_t wrong_outputs(const lowpi_check *check, size_t *at) {
  const lowpi_sample *s = &check->sample;
  size_t wrong = 0, kept = 0;
  for (int pass = 0; pass < 2; pass++) {
    size_t seen = 0;
    for (size_t i = 0; i < s->count; i++) {
      const double e = fabs(s->y[i] - check->p.c[i]);
      if (!isfinite(e) || e - s->half[i] <= 8 * check->p.noise) continue;
      if (pass == 0)
        wrong++;
      else if (wrong <= MOST_EQUATIONS || seen * MOST_EQUATIONS / wrong >= kept) {
        if (kept < MOST_EQUATIONS) at[kept++] = i;
      }
      seen++;
    }
  }
  return kept;
}

lowp_status lowpi_find_blocks(lowpi_check *check, const lowpi_candidate *candidate, bool *found) {
  const lowpi_sample *s = &check->sample;
  size_t *at = malloc(MOST_EQUATIONS * sizeof *at);
  bool missing[MOST_RUNS] = {false};
  *found = false;
  if (!at) return LOWP_E_NOMEM;
  equations t = {.cols = UNIT_COLS, .count = wrong_outputs(check, at)};
  while ((s->k + t.cols - 1) / t.cols > MOST_RUNS || (s->k + t.cols - 1) / t.cols * 5 / 4 > t.count)
    if ((t.cols *= 2) > s->k) break;
  t.runs = (s->k + t.cols - 1) / t.cols;
  if (t.count < 6 || t.runs < 2 || !alloc(&t)) {
    const lowp_status status = t.count < 6 || t.runs < 2 ? LOWP_OK : LOWP_E_NOMEM;
    free(at);
    return status;
  }
  size_t zeros = 0, lost = 0, gone = 0;
  for (size_t i = 0; i < t.count; i++) {
    contributions(check, at[i], &t, t.b + i * t.runs);
    t.y[i] = s->y[at[i]];
    zeros += t.y[i] == 0;
  }
  double all = 0, part = 0;
  if (zeros == t.count) {
    gone = t.runs;
  } else {
    solve(&t);
    for (size_t j = 0; j < t.runs; j++) {
      double energy = 0;
      for (size_t i = 0; i < t.count; i++) energy += t.b[i * t.runs + j] * t.b[i * t.runs + j];
      all += energy;
      if (energy == 0 || fabs(t.a[j]) > 0.25) continue;
      missing[j] = true;
      part += energy;
      gone++;
      lost += (j + 1) * t.cols < s->k ? t.cols : s->k - j * t.cols;
    }
  }
  if (gone == t.runs && zeros < t.count) gone = 0; /* nothing of the product is in it: not a matter of blocks */
  size_t wrong = 0;
  for (size_t i = 0; i < s->count; i++) wrong += fabs(s->y[i] - check->p.c[i]) - s->half[i] > 8 * check->p.noise;
  if (gone == t.runs) {
    *found = true;
    lowpi_report_add(check->report, LOWP_MEASURED_SKIPPED_BLOCKS, LOWP_VERDICT_INCONSISTENT,
                     "%zu of %zu outputs looked at are 0 and should not be; the others are right: %.1f %% of the "
                     "product was not computed",
                     wrong, s->count, 100.0 * (double)wrong / (double)s->count);
    check->report->blocks = check->report->blocks_missing = t.runs;
    check->report->block_cols = t.cols;
  } else if (gone > 0 && explained(check, &t, missing, at)) {
    char text[128];
    ranges(&t, s->k, missing, text, sizeof text);
    *found = true;
    lowpi_report_add(check->report, LOWP_MEASURED_SKIPPED_BLOCKS, LOWP_VERDICT_INCONSISTENT,
                     "%zu of %zu outputs looked at lack columns %s of k (%zu of %zu, %.1f %% of the multiplications, "
                     "%.1f %% of the sum of squares): with those left out they are the product in %s x %s",
                     wrong, s->count, text, lost, s->k, 100.0 * (double)lost / (double)s->k, 100 * part / all,
                     lowpi_format_name(candidate->lhs.scheme), lowpi_format_name(candidate->rhs.scheme));
    check->report->blocks = t.runs;
    check->report->blocks_missing = gone;
    check->report->block_cols = t.cols;
  }
  free(t.b);
  free(at);
  return LOWP_OK;
}
