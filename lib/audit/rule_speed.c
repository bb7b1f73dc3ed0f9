/* SPDX-License-Identifier: Apache-2.0 */
/* rule_speed.c: speeds against what bandwidth, peak and memory allow. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/roofline.h>

#include "audit/rules.h"

void lowpi_rule_passes(lowpi_case *c) {
  lowpi_load load;
  const lowp_chip *chip = lowpi_find_one(c, c->claim->subject);
  if (!chip || !lowpi_find_load(c, &load)) return;
  if (!chip->bandwidth.grade) {
    lowpi_missing(c, "the bandwidth of %s", chip->name);
    return;
  }
  const double passes = lowp_roofline_decode_bound(load.active_bytes, 0, 1, chip->bandwidth.value);
  lowpi_say_figure(c, chip->name, "bandwidth", LOWPI_DIM_BYTES_PER_S, &chip->bandwidth);
  lowpi_say(c, "bandwidth over weights: %.4g passes per second", passes);
  if (lowpi_agrees(c->claim, c->claim->values, passes, LOWPI_NOMINAL))
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "the weights can be read %.4g times in a second", passes);
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, c->claim->values->value / passes,
                   "the weights can be read %.4g times in a second", passes);
}

/* --- speed on n chips --------------------------------------------------------------------------------------------- */

/* What one chip of a kind allows. Speeds are in the unit of the claim (tokens, requests). */
typedef struct limit {
  double bound;   /* no chip is faster; 0 if not known */
  double reached; /* bound of what memory sustains; 0 where memory is not what bounds */
  const char *by; /* which resource */
  double fit;     /* chips that the weights alone need; 0 if not known */
  double slack;   /* how far above it a speed must be to be condemned */
  double cached;  /* share of prompts that would have to be cached for the speed to be possible; 0: no explanation */
} limit;

/* Judges a claimed speed against one kind of chip. */
static void judge(lowpi_case *c, const lowp_chip *chip, const limit *l, const char *unit) {
  const double value = c->claim->values->value, chips = c->claim->chips;
  lowpi_text a;
  const char *printed = lowpi_printed(c->claim->values, a);
  if (l->fit > 0) lowpi_say(c, "%s: the weights alone need %.0f", chip->name, l->fit);
  if (chips > 0) {
    const double bound = chips * l->bound;
    lowpi_say(c, "%s: bound of %.0f of them: %.5g %s (%s); claimed over bound: %.3g", chip->name, chips, bound, unit,
              l->by, value / bound);
    if (value > bound * l->slack && l->cached > 0)
      lowpi_conclude(
          c, LOWP_VERDICT_INCONSISTENT, value / bound,
          "%s is above the bound of the %s, %.4g %s; it takes prompts of which %.4g %% or more were cached, and "
          "the text states none",
          printed, l->by, bound, unit, 100 * l->cached);
    else if (value > bound * l->slack)
      lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, value / bound, "%s is above the bound of the %s, %.4g %s", printed,
                     l->by, bound, unit);
    else if (l->fit > chips)
      lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, l->fit / chips, "the weights need %.0f %s", l->fit, chip->name);
    else if (l->reached > 0 && value > chips * l->reached * l->slack)
      lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, value / (chips * l->reached),
                     "%s takes %.1f %% of the peak bandwidth for weights alone; no memory sustains more than %.0f %%",
                     printed, 100 * value / bound, 100 * LOWPI_SUSTAINED);
    else
      lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%s is %.0f %% of the bound of the %s", printed,
                     100 * value / bound, l->by);
    return;
  }
  const double needed = value / (l->slack * (l->reached > 0 ? l->reached : l->bound));
  const double least = lowpi_ceil(needed > l->fit ? needed : l->fit);
  lowpi_say(c, "%s: one allows at most %.4g %s (%s); claimed over that: %.3g", chip->name, l->bound, unit, l->by,
            value / l->bound);
  if (least > 1)
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, 0, "possible with %.0f or more %s; the text does not say how many",
                   least, chip->name);
  else
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%s is %.0f %% of the bound of the %s of one %s", printed,
                   100 * value / l->bound, l->by, chip->name);
}

typedef bool limiter(lowpi_case *c, const lowpi_load *load, const lowp_chip *chip, limit *l);

/* Of a family every member is judged; where they differ, the text should have said which is meant. */
static void judge_all(lowpi_case *c, const lowpi_load *load, const lowpi_bins *bins, limiter *find, const char *unit) {
  lowp_verdict first = LOWP_VERDICT_COUNT;
  bool differ = false;
  for (size_t i = 0; i < bins->count; i++) {
    limit l = {0};
    if (!find(c, load, bins->chips[i], &l)) return;
    if (bins->chips[i]->memory.grade)
      l.fit = (double)lowp_roofline_chips(load->weight_bytes, 0, bins->chips[i]->memory.value);
    l.slack = load->slack;
    judge(c, bins->chips[i], &l, unit);
    if (i == 0) first = c->verdict;
    differ = differ || c->verdict != first;
  }
  if (differ)
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, 0, "possible with some chips of the name '%s' and not with others",
                   c->claim->subject);
}

/* --- decode ------------------------------------------------------------------------------------------------------- */

/*
 * The least that a step reads: the weights of one token once for the whole batch (of a model with experts more are read as
 * the batch grows; of the embedding table a token reads one row), and the caches, where the text says how long they are and
 * the profile how large, in the fewest bits. Of n tokens that a draft proposes a pass accepts all at most, and adds one.
 */
static bool limit_decode(lowpi_case *c, const lowpi_load *load, const lowp_chip *chip, limit *l) {
  const double batch = c->claim->batch;
  lowpi_text a, b;
  if (!chip->bandwidth.grade) {
    lowpi_missing(c, "the bandwidth of %s", chip->name);
    return false;
  }
  lowpi_say_figure(c, chip->name, "bandwidth", LOWPI_DIM_BYTES_PER_S, &chip->bandwidth);
  double cache = 0;
  if (c->claim->context > 0 && load->model && load->model->kv.grade) {
    const double token = load->model->kv.value * LOWPI_CACHE_BITS / 16;
    cache = token * c->claim->context;
    lowpi_say(c, "cache of a sequence: %.6g B x %.0f tokens in %d bits = %s, once for each of %.0f", token,
              c->claim->context, LOWPI_CACHE_BITS, lowpi_amount(LOWPI_DIM_BYTES, cache, a), batch);
  }
  if (load->read < load->active)
    lowpi_say(c, "all but the embedding table, of which a token reads one row: %s, %s",
              lowpi_amount(LOWPI_DIM_PARAMS, load->read, a), lowpi_amount(LOWPI_DIM_BYTES, load->read_bytes, b));
  const double passes = lowp_roofline_decode_bound(load->read_bytes, cache, (uint64_t)batch, chip->bandwidth.high);
  l->bound = passes * (1 + c->claim->drafts);
  l->reached = LOWPI_SUSTAINED * l->bound;
  l->by = "bandwidth";
  lowpi_say(c, "%s: %.0f x %s / (%s%s) = %.5g tok/s", chip->name, batch,
            lowpi_amount(LOWPI_DIM_BYTES_PER_S, chip->bandwidth.high, a),
            lowpi_amount(LOWPI_DIM_BYTES, load->read_bytes, b), cache > 0 ? " + caches" : " of weights", passes);
  if (c->claim->drafts > 0)
    lowpi_say(c, "of %.0f drafted tokens all are accepted at most, and one is added: %.5g tok/s", c->claim->drafts,
              l->bound);
  else if (c->claim->values->value > l->bound)
    lowpi_say(c, "a draft would make several tokens of one pass; the text states none");
  const lowp_figure *peak = &chip->peaks[lowp_number_format_rate(c->claim->format)].dense;
  if (peak->grade) {
    const double compute = peak->high / (2 * load->read);
    lowpi_say(c, "%s: %s / (2 x %s) = %.5g tok/s", chip->name, lowpi_amount(LOWPI_DIM_OPS, peak->high, a),
              lowpi_amount(LOWPI_DIM_PARAMS, load->read, b), compute);
    if (compute < l->bound) *l = (limit){.bound = compute, .by = "peak"};
  }
  if (chip->bandwidth_measured.grade)
    lowpi_say_figure(c, chip->name, "bandwidth that was reached", LOWPI_DIM_BYTES_PER_S, &chip->bandwidth_measured);
  return true;
}

void lowpi_rule_decode(lowpi_case *c) {
  lowpi_bins bins;
  lowpi_load load;
  if (!lowpi_find_bins(c, c->claim->subject, &bins) || !lowpi_find_load(c, &load)) return;
  if (!(c->claim->batch >= 1)) {
    lowpi_missing(c, "the batch");
    return;
  }
  judge_all(c, &load, &bins, limit_decode, "tok/s");
}

/*
 * Throughput over the batch: t(b) is proportional to b / (W(b) + b K) as long as bandwidth bounds, W the bytes of the weights
 * that a step reads, K those of one cache. It cannot grow faster than the batch, whatever bounds. Where the text says that
 * bandwidth does, from how much slower it grows follows the least K, and the caches must fit into the memory: with gain
 * t(to) / t(from) = grown (W(from) + from K) / (W(to) + to K),
 *   K >= (grown W(from) - gain W(to)) / (to (gain - 1)),
 * W(from) being at least what one token reads. W(to) is the same, but with experts up to all weights.
 */
static void judge_growth(lowpi_case *c, const lowpi_load *load, const lowp_chip *chip, size_t i) {
  const lowp_claim *claim = c->claim;
  lowpi_text a, b, d;
  const double from = claim->batches[i - 1], to = claim->batches[i], grown = to / from;
  const double gain = claim->values[i].value / claim->values[i - 1].value;
  lowpi_say(c, "batch %.0f to %.0f: %.3g times the batch, %.3g times the throughput", from, to, grown, gain);
  if (gain > grown * (1 + LOWPI_NOMINAL)) {
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, gain / grown, "throughput cannot grow faster than the batch");
    return;
  }
  if (claim->cause != LOWP_CAUSE_BANDWIDTH) return;
  if (gain <= 1) {
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, grown,
                   "throughput does not grow with the batch: not bounded by bandwidth");
    return;
  }
  const bool dense = load->active == load->params;
  const double least = load->read_bytes, most = dense ? least : load->weight_bytes;
  const double over = grown * least - gain * most, cache = over > 0 ? over / (to * (gain - 1)) : 0;
  const double need = load->weight_bytes + to * cache, memory = chip->memory.value;
  const double chips = lowpi_ceil(need / memory);
  lowpi_say(c, "%sthat takes caches of %s for each sequence, %s with the weights; memory: %s",
            dense ? "" : "even if all experts are read, ", lowpi_amount(LOWPI_DIM_BYTES, cache, a),
            lowpi_amount(LOWPI_DIM_BYTES, need, b), lowpi_amount(LOWPI_DIM_BYTES, memory, d));
  if (claim->chips > 0 && chips > claim->chips)
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, grown / gain,
                   "bounded by bandwidth, %.3g times the batch gives about %.3g times the throughput, not %.3g", grown,
                   grown, gain);
  else if (!(claim->chips > 0) && chips > 1)
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, 0, "possible with %.0f or more %s; the text does not say how many",
                   chips, chip->name);
}

void lowpi_rule_batches(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  lowpi_load load;
  const lowp_chip *chip = lowpi_find_one(c, claim->subject);
  if (!chip || !lowpi_find_load(c, &load)) return;
  if (claim->batch_count < 2 || claim->batch_count != claim->value_count) {
    lowpi_missing(c, "a batch for each value, two at least");
    return;
  }
  if (!chip->memory.grade) {
    lowpi_missing(c, "the memory of %s", chip->name);
    return;
  }
  lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0,
                 claim->cause == LOWP_CAUSE_BANDWIDTH ? "throughput over the batch can be that of caches that fit"
                                                      : "throughput does not grow faster than the batch");
  /* The first step that is condemned decides. */
  for (size_t i = 1; i < claim->batch_count && c->verdict != LOWP_VERDICT_INCONSISTENT; i++)
    if (claim->values[i - 1].value > 0) judge_growth(c, &load, chip, i);
}

/* --- prefill ------------------------------------------------------------------------------------------------------ */

/*
 * The part of the prompts that is computed. A prefix cache keeps what earlier prompts began with; a share as printed may be
 * larger by half a digit. Of a text that states none nothing was cached.
 */
static double computed_part(lowpi_case *c) {
  const lowp_amount *hits = &c->claim->prefix_cache_hit_rate;
  lowpi_text a;
  if (!(hits->value > 0)) return 1;
  const double rest = 1 - hits->value - hits->half, part = rest > 0 ? rest : 1 - hits->value;
  lowpi_say(c, "prefix cache: %s of the tokens were there, half a digit more at most; %.4g %% are computed",
            lowpi_printed(hits, a), 100 * part);
  return part;
}

/*
 * 2 FLOP for each parameter that a token is multiplied with, at the dense peak; attention is not counted, nor the head, which
 * the last token of a prompt alone needs.
 */
static bool limit_prefill(lowpi_case *c, const lowpi_load *load, const lowp_chip *chip, limit *l) {
  const bool requests = c->claim->quantity == LOWP_QUANTITY_REQUEST_RATE;
  const lowp_figure *peak = &chip->peaks[lowp_number_format_rate(c->claim->format)].dense;
  const double tokens = (requests ? c->claim->context : 1) * computed_part(c);
  const double flop = 2 * load->multiplied * tokens, value = c->claim->values->value;
  lowpi_text a, b, d;
  lowpi_say(c, "prefill: 2 x %s x %.6g tokens = %.4g FLOP; at %s %s",
            lowpi_amount(LOWPI_DIM_PARAMS, load->multiplied, a), tokens, flop, lowpi_printed(c->claim->values, b),
            lowpi_amount(LOWPI_DIM_OPS, flop * value, d));
  if (!peak->grade) {
    lowpi_missing(c, "the %s peak of %s%s", lowp_rate_name(lowp_number_format_rate(c->claim->format)), chip->name,
                  c->claim->chips > 0 ? "" : ", and the number of chips");
    return false;
  }
  lowpi_say_figure(c, chip->name, "dense peak", LOWPI_DIM_OPS, peak);
  *l = (limit){.bound = peak->high / flop, .by = "peak"};
  if (!c->claim->prefix_cache_hit_rate.unit) l->cached = 1 - c->claim->chips * l->bound * load->slack / value;
  return true;
}

void lowpi_rule_prefill(lowpi_case *c) {
  const bool requests = c->claim->quantity == LOWP_QUANTITY_REQUEST_RATE;
  lowpi_bins bins;
  lowpi_load load;
  if (!lowpi_find_bins(c, c->claim->subject, &bins) || !lowpi_find_load(c, &load)) return;
  if (requests && !(c->claim->context > 0)) {
    lowpi_missing(c, "the length of the prompts");
    return;
  }
  judge_all(c, &load, &bins, limit_prefill, requests ? "req/s" : "tok/s");
}
