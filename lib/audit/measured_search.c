/* SPDX-License-Identifier: Apache-2.0 */
/* measured_search.c: candidates beside the declared one: other rules, other formats, and formats that fit as well. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/measured_internal.h"

#include <stdio.h>

enum { MOST_RULES = 64, SEARCH_VALUES = 1 << 22 };

/* The rules under which a scheme is quantized, the defaults among them. Rules that search over a whole tensor are left out of
 * large ones. */
static size_t list_rules(lowp_scheme scheme, bool is_lhs, size_t values, lowpi_spec list[MOST_RULES]) {
  size_t count = 0;
  if (scheme == LOWP_SCHEME_NONE) {
    list[count++] = lowpi_spec_of(scheme, false);
    return count;
  }
  for (int each_row = 0; each_row <= (is_lhs && lowpi_spans_rows(scheme)); each_row++) {
    const bool search = !lowpi_spans_rows(scheme) || each_row || values <= SEARCH_VALUES;
    const lowpi_spec usual = lowpi_spec_of(scheme, each_row);
    list[count++] = usual;
    for (int r = LOWP_SCALE_FLOOR; r <= LOWP_SCALE_FOUR_OVER_SIX; r++) {
      lowpi_spec spec = usual;
      spec.opts.scale_rule = (lowp_scale_rule)r;
      if (r == LOWP_SCALE_MSE && !search) continue;
      if (spec.opts.scale_rule != usual.opts.scale_rule && lowp_quant_opts_check(&spec.opts, scheme, NULL) == LOWP_OK)
        list[count++] = spec;
    }
    for (int c = LOWP_COMPAT_LOWP + 1; c < LOWP_COMPAT_COUNT; c++) {
      lowpi_spec spec = usual;
      if (lowp_quant_opts_compat(&spec.opts, scheme, (lowp_compat)c) == LOWP_OK &&
          (search || spec.opts.scale_rule != LOWP_SCALE_MSE))
        list[count++] = spec;
    }
    if (lowp_scheme_info_of(scheme)->tensor_scale && !each_row) { /* NVFP4 without its tensor scale */
      lowpi_spec spec = usual;
      spec.opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
      spec.opts.tensor_scale = 1;
      list[count++] = spec;
    }
  }
  return count;
}

/* *best becomes the better; true if it fits. */
static bool better(lowpi_candidate *best, const lowpi_spec *lhs, const lowpi_spec *rhs, const lowpi_fit *fit) {
  if (fit->pass || (!best->fit.pass && fit->nmse < best->fit.nmse))
    *best = (lowpi_candidate){.lhs = *lhs, .rhs = *rhs, .fit = *fit};
  return fit->pass;
}

/*
 * Errors of the two sides are independent, so each side's rule can be found with the other one's still wrong: rhs, lhs, and
 * rhs again.
 */
lowp_status lowpi_search_rules(lowpi_check *check, lowpi_candidate *best) {
  const lowp_measured_desc *d = check->desc;
  lowpi_spec list[MOST_RULES];
  /* Kernels that decode weights, or both sides, to 16 bits and multiply those. */
  const lowpi_candidate first = *best;
  for (int i = 0; i < 4; i++) {
    lowpi_spec lhs = first.lhs, rhs = first.rhs;
    rhs.round = i & 1 ? LOWP_FP16 : LOWP_BF16;
    if (i & 2) lhs.round = rhs.round;
    lowpi_fit fit;
    const lowp_status status = lowpi_screen(check, &lhs, &rhs, &fit);
    if (status != LOWP_OK) return status;
    if (better(best, &lhs, &rhs, &fit)) return LOWP_OK;
  }
  for (int turn = 0; turn < 3; turn++) {
    const bool is_lhs = turn == 1;
    const lowp_scheme scheme = is_lhs ? best->lhs.scheme : best->rhs.scheme;
    if (is_lhs ? d->lhs_opts && scheme == d->lhs : d->rhs_opts && scheme == d->rhs) continue;
    const size_t values = is_lhs ? d->x->rows * d->x->cols : d->w->rows * d->w->cols;
    const size_t count = list_rules(scheme, is_lhs, values, list);
    const lowpi_candidate start = *best;
    for (size_t i = 0; i < count; i++) {
      const lowpi_spec *lhs = is_lhs ? &list[i] : &start.lhs, *rhs = is_lhs ? &start.rhs : &list[i];
      lowpi_fit fit;
      const lowp_status status = lowpi_screen(check, lhs, rhs, &fit);
      if (status != LOWP_OK) return status;
      if (better(best, lhs, rhs, &fit)) return LOWP_OK;
    }
  }
  return LOWP_OK;
}

static bool wide(lowp_scheme s) { return s == LOWP_SCHEME_NONE || lowp_scheme_info_of(s)->family == LOWP_FAMILY_CAST; }

lowp_status lowpi_search_formats(lowpi_check *check, lowpi_candidate *best) {
  const lowp_measured_desc *d = check->desc;
  const lowp_scheme plain[] = {LOWP_SCHEME_BF16_CAST, LOWP_SCHEME_FP16_CAST, LOWP_SCHEME_NONE};
  const lowpi_candidate declared = *best;
  lowpi_fit fit;
  lowp_status status;
  for (int turn = 0; turn < 3;
       turn++) /* both as they are; the declared weights alone; the declared activations alone */
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
      const lowpi_spec as_is = lowpi_spec_of(plain[i], false);
      const lowpi_spec *lhs = turn == 2 ? &declared.lhs : &as_is, *rhs = turn == 1 ? &declared.rhs : &as_is;
      if (lhs->scheme == d->lhs && rhs->scheme == d->rhs) continue;
      if ((status = lowpi_screen(check, lhs, rhs, &fit)) != LOWP_OK) return status;
      if (better(best, lhs, rhs, &fit)) return LOWP_OK;
    }
  const lowpi_spec bf16 = lowpi_spec_of(LOWP_SCHEME_BF16_CAST, false);
  for (int prune = LOWPI_PRUNE_BEFORE; prune <= LOWPI_PRUNE_FIRST + 1; prune++) {
    const bool unquantized = prune > LOWPI_PRUNE_FIRST;
    lowpi_spec rhs = unquantized ? bf16 : declared.rhs;
    rhs.prune = unquantized ? LOWPI_PRUNE_BEFORE : (lowpi_prune)prune;
    const lowpi_spec *lhs = unquantized ? &bf16 : &declared.lhs;
    if ((status = lowpi_screen(check, lhs, &rhs, &fit)) != LOWP_OK) return status;
    if (better(best, lhs, &rhs, &fit)) return LOWP_OK;
  }
  for (int s = LOWP_SCHEME_NONE + 1; s < LOWP_SCHEME_COUNT; s++) {
    if (wide((lowp_scheme)s) || (lowp_scheme)s == LOWP_SCHEME_FP8_BLOCK128) continue;
    const lowpi_spec whole = lowpi_spec_of((lowp_scheme)s, false), rows = lowpi_spec_of((lowp_scheme)s, true);
    const lowpi_spec *pairs[][2] = {
        {&whole, &whole}, {&rows, &whole}, {&declared.lhs, &whole}, {&whole, &declared.rhs}, {&rows, &declared.rhs}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
      const lowpi_spec *lhs = pairs[i][0], *rhs = pairs[i][1];
      if ((lhs == &rows && !rows.each_row) || (lhs->scheme == d->lhs && rhs->scheme == d->rhs)) continue;
      if ((status = lowpi_screen(check, lhs, rhs, &fit)) != LOWP_OK) return status;
      if (better(best, lhs, rhs, &fit)) return LOWP_OK;
    }
  }
  return LOWP_OK;
}

/* The same elements under scales that a tensor of one row makes equal: fp8 and fp8-tensor. */
static bool akin(lowp_scheme a, lowp_scheme b) {
  const lowp_scheme_info *x = lowp_scheme_info_of(a), *y = lowp_scheme_info_of(b);
  return a == b || (x && y && x->family == y->family && x->element == y->element);
}

/*
 * A wide format is no twin of a wide one: f32 inputs that bf16 holds are a fact, not a trick. One side left as it is counts: then
 * nothing is known of that side.
 */
lowp_status lowpi_search_twins(lowpi_check *check, const lowpi_candidate *found, char text[96]) {
  const lowp_scheme others[] = {LOWP_SCHEME_BF16_CAST, LOWP_SCHEME_MXFP8_E4M3,  LOWP_SCHEME_MXFP4,
                                LOWP_SCHEME_NVFP4,     LOWP_SCHEME_FP8_CHANNEL, LOWP_SCHEME_INT8_CHANNEL};
  const lowp_scheme lhs = found->lhs.scheme, rhs = found->rhs.scheme;
  *text = 0;
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    for (int sides = 1; sides <= 3; sides++) {
      const lowpi_spec other = lowpi_spec_of(others[i], false);
      const bool left = sides & 1, right = sides & 2;
      if ((left && (akin(others[i], lhs) || (wide(others[i]) && wide(lhs)))) ||
          (right && (akin(others[i], rhs) || (wide(others[i]) && wide(rhs)))))
        continue;
      const lowpi_spec *a = left ? &other : &found->lhs, *b = right ? &other : &found->rhs;
      lowpi_fit fit;
      const lowp_status status = lowpi_screen(check, a, b, &fit);
      if (status != LOWP_OK) return status;
      if (!fit.pass) continue;
      snprintf(text, 96, "%s x %s", lowpi_format_name(a->scheme), lowpi_format_name(b->scheme));
      return LOWP_OK;
    }
  return LOWP_OK;
}
