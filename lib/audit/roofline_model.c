/* SPDX-License-Identifier: Apache-2.0 */
/* roofline_model.c: bytes, FLOP and time of a model on a chip. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/roofline.h>

#include <string.h>

#include "audit/roofline_internal.h"
#include "internal.h"

lowp_status lowp_roofline_model_counts(double total, double active, lowp_roofline_model *model) {
  if (!model) return LOWP_E_ARGUMENT;
  if (!lowpi_amount(total) || !lowpi_amount(active) || active <= 0 || active > total) return LOWP_E_RANGE;
  *model = (lowp_roofline_model){.struct_size = sizeof *model, .linear = active, .idle = total - active};
  return LOWP_OK;
}

double lowp_roofline_model_total(const lowp_roofline_model *m) {
  return m->linear + m->head + m->small + m->embedding + m->experts * m->expert + m->idle;
}

double lowp_roofline_model_active(const lowp_roofline_model *m) {
  return m->linear + m->head + m->small + m->experts_active * m->expert;
}

double lowp_roofline_model_multiplied(const lowp_roofline_model *m) {
  return m->linear + m->experts_active * m->expert;
}

double lowp_roofline_model_kept(const lowp_roofline_model *m) {
  return m->head + m->small + m->embedding + (m->experts > 0 ? m->linear : 0);
}

lowp_roofline_bits lowp_roofline_bits_of(double weights, double kv) {
  return (lowp_roofline_bits){.struct_size = sizeof(lowp_roofline_bits),
                              .linear = weights,
                              .expert = weights,
                              .idle = weights,
                              .head = 16,
                              .embedding = 16,
                              .small = 16,
                              .kv = kv};
}

/* --- checks: the fields of each struct by name --- */

typedef struct field {
  size_t offset;
  const char *name;
} field;
#define FIELD(member) \
  { offsetof(lowp_roofline, member), #member }

/* Zero is legal in the first table and not in the second. */
static const field amounts[] = {
    FIELD(model.linear),         FIELD(model.head),         FIELD(model.embedding),   FIELD(model.small),
    FIELD(model.expert),         FIELD(model.experts),      FIELD(model.idle),        FIELD(model.hidden),
    FIELD(model.experts_active), FIELD(model.kv),           FIELD(model.kv_window),   FIELD(model.window),
    FIELD(model.pair_decode),    FIELD(model.pair_prefill), FIELD(model.pair_window), FIELD(chip.memory)};
static const field positive[] = {FIELD(bits.linear),    FIELD(bits.expert), FIELD(bits.head), FIELD(bits.idle),
                                 FIELD(bits.embedding), FIELD(bits.small),  FIELD(bits.kv),   FIELD(chip.bandwidth)};
static const field rates[] = {FIELD(chip.peak), FIELD(chip.head_peak), FIELD(chip.attention_peak)};

static double value_of(const lowp_roofline *r, field f) {
  double value;
  memcpy(&value, (const char *)r + f.offset, sizeof value);
  return value;
}

static lowp_status check(const lowp_roofline *r, lowp_error *error) {
  if (!r) return lowpi_fail(error, LOWP_E_ARGUMENT, "no roofline given");
  if (r->struct_size != sizeof *r || r->model.struct_size != sizeof r->model || r->bits.struct_size != sizeof r->bits ||
      r->chip.struct_size != sizeof r->chip || (unsigned)r->routing > LOWP_ROUTING_SAME)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "unknown struct_size or routing of a roofline");
  for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++)
    if (!lowpi_amount(value_of(r, amounts[i])))
      return lowpi_fail(error, LOWP_E_RANGE, "%s is %g, not a finite amount", amounts[i].name, value_of(r, amounts[i]));
  for (size_t i = 0; i < sizeof positive / sizeof positive[0]; i++)
    if (!lowpi_amount(value_of(r, positive[i])) || value_of(r, positive[i]) <= 0)
      return lowpi_fail(error, LOWP_E_RANGE, "%s is %g, must be positive and finite", positive[i].name,
                        value_of(r, positive[i]));
  /* The first is the default of the others, for which 0 asks. */
  for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
    if (!lowpi_rate(value_of(r, rates[i])) && (i == 0 || value_of(r, rates[i]) != 0))
      return lowpi_fail(error, LOWP_E_RANGE, "%s is %g, must be positive", rates[i].name, value_of(r, rates[i]));
  if (r->model.experts_active > r->model.experts)
    return lowpi_fail(error, LOWP_E_RANGE, "%g experts active of %g", r->model.experts_active, r->model.experts);
  if (lowp_roofline_model_active(&r->model) <= 0)
    return lowpi_fail(error, LOWP_E_RANGE, "the model has no parameters that a token uses");
  return LOWP_OK;
}

/* --- parts of the formulas --- */

static double least(double a, double b) { return a < b ? a : b; }

static double experts_read(const lowp_roofline *r, uint64_t tokens) {
  if (r->routing == LOWP_ROUTING_SAME) return r->model.experts_active;
  return lowp_roofline_experts(r->model.experts, r->model.experts_active, tokens);
}

/* Cache values of a sequence. */
static double cache(const lowp_roofline_model *m, double context) {
  return m->kv * context + m->kv_window * least(context, m->window);
}

/* Pairs of a query with itself and what came before, of n positions: each sees at most `window`. */
static double causal_pairs(double n, double window) {
  const double w = least(n, window);
  return w * (w + 1) / 2 + (n - w) * w;
}

/* What a pass of `tokens` tokens, of which `outputs` go through the head, takes but for cache and attention. */
static void linear_part(const lowp_roofline *r, uint64_t tokens, uint64_t outputs, lowp_roofline_time *t,
                        double *head_flop) {
  const lowp_roofline_model *m = &r->model;
  const lowp_roofline_bits *bits = &r->bits;
  t->experts = experts_read(r, tokens);
  t->weight_bytes = (m->linear * bits->linear + m->head * bits->head + m->small * bits->small +
                     m->expert * t->experts * bits->expert) /
                    8;
  t->bytes = t->weight_bytes + (double)tokens * m->hidden * bits->embedding / 8;
  *head_flop = 2 * (double)outputs * m->head;
  t->linear_flop = 2 * (double)tokens * (m->linear + m->experts_active * m->expert) + *head_flop;
}

static void finish(const lowp_roofline *r, double head_flop, double tokens, lowp_roofline_time *t) {
  const lowp_roofline_chip *chip = &r->chip;
  const double head_peak = chip->head_peak > 0 ? chip->head_peak : chip->peak;
  const double attention_peak = chip->attention_peak > 0 ? chip->attention_peak : chip->peak;
  t->bytes += t->kv_bytes;
  t->memory_seconds = t->bytes / chip->bandwidth;
  t->compute_seconds =
      (t->linear_flop - head_flop) / chip->peak + head_flop / head_peak + t->attention_flop / attention_peak;
  t->compute_bound = t->compute_seconds >= t->memory_seconds;
  t->seconds = t->compute_bound ? t->compute_seconds : t->memory_seconds;
  t->tokens_per_second = tokens / t->seconds;
}

lowp_status lowp_roofline_decode(const lowp_roofline *r, uint64_t batch, uint64_t context, lowp_roofline_time *time,
                                 lowp_error *error) {
  lowp_status status = check(r, error);
  if (status) return status;
  if (!time) return lowpi_fail(error, LOWP_E_ARGUMENT, "no place for the time given");
  if (!batch) return lowpi_fail(error, LOWP_E_RANGE, "the batch is 0");
  lowp_roofline_time t = {.struct_size = sizeof t};
  const lowp_roofline_model *m = &r->model;
  const double b = (double)batch, n = (double)context;
  double head_flop;
  linear_part(r, batch, batch, &t, &head_flop);
  t.kv_bytes = b * cache(m, n) * r->bits.kv / 8;
  t.attention_flop = b * (m->pair_decode * n + m->pair_window * least(n, m->window));
  finish(r, head_flop, b, &t);
  *time = t;
  return LOWP_OK;
}

lowp_status lowp_roofline_prefill(const lowp_roofline *r, uint64_t batch, uint64_t context, lowp_roofline_time *time,
                                  lowp_error *error) {
  lowp_status status = check(r, error);
  if (status) return status;
  if (!time) return lowpi_fail(error, LOWP_E_ARGUMENT, "no place for the time given");
  uint64_t tokens;
  if (!batch || !context || __builtin_mul_overflow(batch, context, &tokens))
    return lowpi_fail(error, LOWP_E_RANGE, "a prefill of %llu prompts of %llu tokens", (unsigned long long)batch,
                      (unsigned long long)context);
  lowp_roofline_time t = {.struct_size = sizeof t};
  const lowp_roofline_model *m = &r->model;
  const double b = (double)batch, n = (double)context;
  double head_flop;
  linear_part(r, tokens, batch, &t, &head_flop);
  t.kv_bytes = b * cache(m, n) * r->bits.kv / 8;
  t.attention_flop = b * (m->pair_prefill * causal_pairs(n, n) + m->pair_window * causal_pairs(n, m->window));
  finish(r, head_flop, b * n, &t);
  *time = t;
  return LOWP_OK;
}

lowp_status lowp_roofline_crossover(const lowp_roofline *r, uint64_t context, uint64_t *batch, lowp_error *error) {
  if (!batch) return lowpi_fail(error, LOWP_E_ARGUMENT, "no place for the batch given");
  uint64_t low = 0, high = UINT64_C(1) << 40; /* memory-bound at low, compute-bound at high */
  lowp_roofline_time t;
  lowp_status status = lowp_roofline_decode(r, high, context, &t, error);
  if (status) return status;
  if (!t.compute_bound) {
    *batch = UINT64_MAX;
    return LOWP_OK;
  }
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    status = lowp_roofline_decode(r, middle, context, &t, error);
    if (status) return status;
    *(t.compute_bound ? &high : &low) = middle;
  }
  *batch = high;
  return LOWP_OK;
}

lowp_status lowp_roofline_fit(const lowp_roofline *r, uint64_t batch, uint64_t context, double margin,
                              lowp_roofline_fit_result *fit, lowp_error *error) {
  lowp_status status = check(r, error);
  if (status) return status;
  if (!fit) return lowpi_fail(error, LOWP_E_ARGUMENT, "no place for the result given");
  if (!(margin >= 0 && margin < 1)) return lowpi_fail(error, LOWP_E_RANGE, "a margin of %g, must be in [0, 1)", margin);
  const lowp_roofline_model *m = &r->model;
  const lowp_roofline_bits *bits = &r->bits;
  lowp_roofline_fit_result f = {.struct_size = sizeof f};
  f.weight_bytes = (m->linear * bits->linear + m->head * bits->head + m->small * bits->small + m->idle * bits->idle +
                    m->embedding * bits->embedding + m->experts * m->expert * bits->expert) /
                   8;
  f.kv_bytes = cache(m, (double)context) * bits->kv / 8;
  f.max_batch = f.kv_bytes > 0 ? lowp_roofline_max_batch(f.weight_bytes, f.kv_bytes, r->chip.memory, margin)
                : f.weight_bytes <= r->chip.memory * (1 - margin) ? UINT64_MAX
                                                                  : 0;
  f.chips = lowp_roofline_chips(f.weight_bytes + (double)batch * f.kv_bytes, margin, r->chip.memory);
  *fit = f;
  return LOWP_OK;
}
