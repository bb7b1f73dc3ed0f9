/* SPDX-License-Identifier: Apache-2.0 */
/* audit_compare_run.c: bounds of two chips on one model. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>

#include "tools/audit_compare.h"

const lowp_figure *compare_peak(const compare_job *job, size_t chip, lowp_rate rate) {
  const lowp_peak *peak = &job->chips[chip]->peaks[rate];
  if (job->options.achieved && peak->measured.grade != LOWP_GRADE_NONE) return &peak->measured;
  return peak->dense.grade != LOWP_GRADE_NONE ? &peak->dense : NULL;
}

double compare_matrix_peak(const compare_job *job, size_t chip, lowp_rate rate) {
  lowp_restated parts;
  const lowp_figure *peak = compare_peak(job, chip, rate);
  if (peak == NULL || lowp_chip_restate(job->chips[chip], rate, &parts) != LOWP_OK) return 0;
  /* As lowp_restated has it: within half a percent, of the peak that is used. */
  const double off = parts.total > 0 ? fabs(peak->value / parts.total - 1) : 1;
  return off <= 0.005 && peak->value > 1.005 * parts.matrix ? parts.matrix : 0;
}

bool compare_units_text(const compare_job *job, size_t chip, char text[COMPARE_UNITS_TEXT]) {
  size_t used = 0;
  for (int i = LOWP_RATE_COUNT - 1; i >= 0; i--) {
    char amount[TOOL_TEXT];
    const double peak = compare_matrix_peak(job, chip, (lowp_rate)i);
    if (peak > 0)
      used += (size_t)snprintf(text + used, COMPARE_UNITS_TEXT - used, "%s%s %s", used > 0 ? ", " : "",
                               lowp_rate_name((lowp_rate)i), audit_amount(AUDIT_OPS, peak, amount));
  }
  return used > 0;
}

const lowp_figure *compare_bandwidth(const compare_job *job, size_t chip) {
  const lowp_chip *c = job->chips[chip];
  return job->options.achieved && c->bandwidth_measured.grade != LOWP_GRADE_NONE ? &c->bandwidth_measured
                                                                                 : &c->bandwidth;
}

/* By what is claimed: measured peaks of one rate and claimed ones of another are not to be compared. */
const lowp_figure *compare_highest(const compare_job *job, size_t chip, lowp_rate *rate) {
  const lowp_chip *c = job->chips[chip];
  double highest = 0;
  for (int i = 0; i < LOWP_RATE_COUNT; i++) {
    /* Rates of one speed: the later one, floats being behind integers of their size. */
    if (c->peaks[i].dense.grade == LOWP_GRADE_NONE || c->peaks[i].dense.value < highest) continue;
    highest = c->peaks[i].dense.value;
    *rate = (lowp_rate)i;
  }
  return highest > 0 ? compare_peak(job, chip, *rate) : NULL;
}

bool compare_native(const lowp_chip *chip, lowp_number_format format) {
  for (size_t i = 0; i < chip->format_count; i++)
    if (chip->formats[i] == format) return true;
  return false;
}

lowp_rate compare_wide(const compare_job *job, size_t chip) {
  const lowp_chip *c = job->chips[chip];
  const bool sixteen = compare_native(c, LOWP_NUMBER_FORMAT_BF16) || compare_native(c, LOWP_NUMBER_FORMAT_FP16) ||
                       compare_peak(job, chip, LOWP_RATE_FP16) != NULL;
  return !sixteen && compare_peak(job, chip, LOWP_RATE_FP32) != NULL ? LOWP_RATE_FP32 : LOWP_RATE_FP16;
}

compare_way compare_way_of(const compare_job *job, size_t chip, lowp_number_format format, bool native) {
  compare_way way = {.format = format, .native = native};
  way.rate = native ? lowp_number_format_rate(format) : compare_wide(job, chip);
  way.peak = compare_peak(job, chip, way.rate);
  /* 16-bit activations: of the same kind where weights are of 16 bits. */
  const bool half = native || format == LOWP_NUMBER_FORMAT_FP16;
  way.nmse = audit_output_nmse(&job->accuracy, job->law, format, half ? format : LOWP_NUMBER_FORMAT_BF16);
  return way;
}

bool compare_headline(const compare_job *job, size_t chip, compare_way *way) {
  lowp_rate rate;
  bool found = false;
  if (compare_highest(job, chip, &rate) == NULL) return false;
  for (size_t i = 0; i < job->chips[chip]->format_count; i++) {
    const lowp_number_format f = job->chips[chip]->formats[i];
    if (lowp_number_format_rate(f) != rate || audit_scheme(f) == LOWP_SCHEME_NONE) continue;
    if (found && lowp_number_format_stored_bits(f) >= lowp_number_format_stored_bits(way->format)) continue;
    *way = compare_way_of(job, chip, f, true);
    found = true;
  }
  return found;
}

bool compare_row_of(const compare_job *job, size_t i, compare_row *row) {
  if (i < job->format_count) {
    snprintf(row->name, sizeof row->name, "%s", lowp_number_format_name(job->formats[i]));
    for (size_t c = 0; c < COMPARE_CHIPS; c++)
      row->ways[c] = compare_way_of(job, c, job->formats[i], compare_native(job->chips[c], job->formats[i]));
    return true;
  }
  compare_way *w = row->ways;
  if (i != job->format_count || !compare_headline(job, 0, &w[0]) || !compare_headline(job, 1, &w[1])) return false;
  snprintf(row->name, sizeof row->name, "%s:%s", lowp_number_format_name(w[0].format),
           lowp_number_format_name(w[1].format));
  return w[0].format != w[1].format;
}

static double value_of(const lowp_figure *figure, double otherwise) {
  return figure != NULL ? figure->value : otherwise;
}

/* n chips count as one with n times everything. */
static lowp_roofline roofline(const compare_job *job, size_t chip, compare_way way) {
  const double n = (double)job->options.count, wide = value_of(compare_peak(job, chip, compare_wide(job, chip)), 0);
  lowp_roofline r = {.struct_size = sizeof r, .model = job->model};
  r.bits = lowp_roofline_bits_of(lowp_number_format_stored_bits(way.format), lowp_number_format_stored_bits(job->kv));
  r.chip = (lowp_roofline_chip){.struct_size = sizeof r.chip,
                                .peak = n * value_of(way.peak, INFINITY),
                                .head_peak = n * wide,
                                .attention_peak = n * wide,
                                .bandwidth = n * compare_bandwidth(job, chip)->value,
                                .memory = n * job->chips[chip]->memory.value};
  r.routing = job->options.same_experts ? LOWP_ROUTING_SAME : LOWP_ROUTING_UNIFORM;
  return r;
}

static double margin(const compare_job *job) { return job->options.margin.value / 100; }

/* Arguments were checked when options were read: what fails here is a defect, and shows as NaN. */
static void decided(lowp_status status, lowp_roofline_time *t) {
  if (status != LOWP_OK) *t = (lowp_roofline_time){.seconds = NAN, .tokens_per_second = NAN};
}

lowp_roofline_fit_result compare_fit(const compare_job *job, size_t chip, compare_way way, uint64_t batch) {
  const lowp_roofline r = roofline(job, chip, way);
  lowp_roofline_fit_result fit = {.struct_size = sizeof fit};
  if (lowp_roofline_fit(&r, batch, job->options.context, margin(job), &fit, NULL) != LOWP_OK) fit.max_batch = 0;
  /* The memory was that of all chips; what is wanted is their number. */
  fit.chips =
      lowp_roofline_chips(fit.weight_bytes + (double)batch * fit.kv_bytes, margin(job), job->chips[chip]->memory.value);
  return fit;
}

static void place(const compare_job *job, size_t chip, uint64_t batch, compare_point *p) {
  const lowp_roofline_fit_result fit = compare_fit(job, chip, p->way, batch);
  p->batch = batch;
  p->fits = fit.max_batch >= batch;
  p->chips = fit.chips;
}

compare_point compare_decode(const compare_job *job, size_t chip, compare_way way, uint64_t batch) {
  const lowp_roofline r = roofline(job, chip, way);
  compare_point p = {.way = way};
  decided(lowp_roofline_decode(&r, batch, job->options.context, &p.time, NULL), &p.time);
  place(job, chip, batch, &p);
  p.bounded = p.fits;
  return p;
}

compare_point compare_prefill(const compare_job *job, size_t chip, compare_way way) {
  const lowp_roofline r = roofline(job, chip, way);
  compare_point p = {.way = way};
  decided(lowp_roofline_prefill(&r, 1, job->options.context, &p.time, NULL), &p.time);
  place(job, chip, 1, &p);
  p.bounded = p.fits && way.peak != NULL;
  return p;
}

double compare_cost(const compare_job *job, size_t chip, const compare_point *p) {
  if (!(job->price[chip] > 0) || !p->bounded) return NAN;
  return lowp_roofline_cost(job->price[chip] * (double)job->options.count, p->time.tokens_per_second);
}

uint64_t compare_crossover(const compare_job *job, size_t chip, compare_way way) {
  const lowp_roofline r = roofline(job, chip, way);
  uint64_t batch = UINT64_MAX;
  return lowp_roofline_crossover(&r, job->options.context, &batch, NULL) == LOWP_OK ? batch : UINT64_MAX;
}

/* --- equal accuracy ----------------------------------------------------------------------------------------------- */

static compare_point point_of(const compare_job *job, size_t chip, compare_way way, uint64_t batch) {
  return batch == 0 ? compare_prefill(job, chip, way) : compare_decode(job, chip, way, batch);
}

static bool is_better(const compare_best *best, double seconds) { return !best->found || seconds < best->seconds; }

/* All ways, and all mixtures of two of them, the more accurate one being `fine`. */
compare_best compare_best_of(const compare_job *job, size_t chip, uint64_t batch) {
  compare_point points[2 * LOWP_NUMBER_FORMAT_COUNT];
  size_t n = 0;
  for (int f = 1; f < LOWP_NUMBER_FORMAT_COUNT; f++)
    for (int native = 1; native >= 0; native--) {
      const lowp_number_format format = (lowp_number_format)f;
      if (audit_scheme(format) == LOWP_SCHEME_NONE || (native && !compare_native(job->chips[chip], format))) continue;
      const compare_point p = point_of(job, chip, compare_way_of(job, chip, format, native), batch);
      /* A rate that nobody states is not taken for a fast one. */
      if (p.fits && isfinite(p.way.nmse) && isfinite(p.time.seconds) && p.way.peak != NULL) points[n++] = p;
    }
  compare_best best = {.found = false};
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n; k++) {
      double share = 0, seconds = points[i].time.seconds;
      if (i == k) {
        if (points[i].way.nmse > job->target) continue;
      } else {
        if (points[i].way.nmse <= job->target || points[k].way.nmse > job->target) continue;
        seconds = lowp_roofline_mix(points[i].way.nmse, points[i].time.seconds, points[k].way.nmse,
                                    points[k].time.seconds, job->target, &share);
      }
      /* A mixture that is not faster than its finer format alone is none. */
      if (!is_better(&best, seconds)) continue;
      best = (compare_best){
          .found = true, .fast = points[i].way, .fine = points[k].way, .share = share, .seconds = seconds};
      best.tokens_per_second = (double)(batch == 0 ? job->options.context : batch) / seconds;
    }
  return best;
}

const char *compare_basis(const compare_job *job, size_t chip, const compare_point *p) {
  const lowp_figure *figure = p->time.compute_bound ? p->way.peak : compare_bandwidth(job, chip);
  return figure != NULL ? lowp_grade_name(figure->grade) : lowp_grade_name(LOWP_GRADE_NONE);
}
