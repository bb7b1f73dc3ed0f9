/* SPDX-License-Identifier: Apache-2.0 */
/* audit_claims_html.c: claims and their verdicts as a page, with claimed speeds drawn over the rooflines of their chips. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/model_shape.h>
#include <lowp/version.h>
#include <math.h>
#include <string.h>

#include "tools/audit.h"
#include "tools/audit_accuracy.h"
#include "tools/audit_html.h"

/* Chips that claims are about, as far as there are colours. */
typedef struct subjects {
  const lowp_chip *chips[SVG_COLOURS];
  size_t count;
} subjects;

static size_t index_of(const subjects *s, const lowp_chip *chip) {
  size_t i = 0;
  while (i < s->count && s->chips[i] != chip) i++;
  return i;
}

static void add_subject(const lowp_profiles *profiles, const char *name, subjects *s) {
  const lowp_chip *chip = name != NULL ? lowp_profiles_find_chip(profiles, name) : NULL;
  if (chip != NULL && index_of(s, chip) == s->count && s->count < SVG_COLOURS) s->chips[s->count++] = chip;
}

static subjects find_subjects(const lowp_profiles *profiles, const audit_results *results) {
  subjects s = {.count = 0};
  for (size_t i = 0; i < results->count; i++) {
    const lowp_claim *claim = results->items[i].claim;
    add_subject(profiles, claim->subject, &s);
    for (size_t k = 0; k < claim->part_count; k++) add_subject(profiles, claim->parts[k].subject, &s);
  }
  return s;
}

static const lowp_figure *highest(const lowp_chip *chip, lowp_rate *rate) {
  const lowp_figure *best = NULL;
  for (int i = 0; i < LOWP_RATE_COUNT; i++) {
    const lowp_figure *dense = &chip->peaks[i].dense;
    if (dense->grade == LOWP_GRADE_NONE || (best != NULL && dense->value < best->value)) continue;
    best = dense;
    *rate = (lowp_rate)i;
  }
  return best;
}

/* --- claimed speeds over rooflines -------------------------------------------------------------------------------- */

static void add_roof(plot *p, size_t colour, const lowp_chip *chip) {
  lowp_rate rate;
  const lowp_figure *peak = highest(chip, &rate);
  if (peak == NULL || chip->bandwidth.grade == LOWP_GRADE_NONE) return;
  plot_series *s = plot_add(p, colour, "%s, %s", chip->name, lowp_rate_name(rate));
  s->key = true;
  plot_add_roof(s, chip->bandwidth.value, peak->value, 1, 10000);
}

/*
 * Where a claimed decode speed lies: every token is 2 FLOP for each parameter that it reads, and each step reads these once
 * for the whole batch. False where the claim does not state enough.
 */
static bool decode_point(const lowp_profiles *profiles, const lowp_claim *claim, double *intensity, double *flops) {
  if (claim->quantity != LOWP_QUANTITY_DECODE_THROUGHPUT || claim->value_count == 0 || claim->part_count != 0)
    return false;
  const lowp_model_info *info = lowp_model_info_from_name(claim->model);
  const lowp_audit_model *profile = claim->model != NULL ? lowp_profiles_find_model(profiles, claim->model) : NULL;
  lowp_roofline_model counts = {.struct_size = sizeof counts};
  double active = claim->params.value;
  if (profile != NULL)
    active = profile->read.grade != LOWP_GRADE_NONE ? profile->read.value : profile->active.value;
  else if (info != NULL && lowp_model_info_roofline(info, &counts) == LOWP_OK)
    active = lowp_roofline_model_active(&counts);
  const double bits = lowp_number_format_stored_bits(claim->format);
  if (!(active > 0) || !(bits > 0) || !(claim->batch >= 1) || !(claim->chips >= 1)) return false;
  *intensity = 2 * active * claim->batch / lowp_roofline_bytes(active, bits);
  *flops = claim->values[0].value * 2 * active / claim->chips;
  return true;
}

static void plot_speeds(const lowp_profiles *profiles, const subjects *s, const audit_results *results, FILE *out) {
  plot p =
      plot_roofline("speeds", "Claimed decode speeds over the rooflines",
                    "Lines are what bandwidth and the highest dense peak of a chip allow; a speed above the line of "
                    "its chip is impossible. Marks are claims that state model, format, batch and number of chips, "
                    "by their ids, for one chip and with no byte but weights.");
  for (size_t c = 0; c < s->count; c++) add_roof(&p, c, s->chips[c]);
  for (size_t c = 0; c < s->count; c++) {
    plot_series *series = plot_add(&p, c, "%s, claimed", s->chips[c]->name);
    /* The mark of a series is in the legend with its roof. */
    series->marks = series->names = series->unlisted = true;
    for (size_t i = 0; i < results->count; i++) {
      double x, y;
      const lowp_claim *claim = results->items[i].claim;
      if (lowp_profiles_find_chip(profiles, claim->subject) == s->chips[c] && decode_point(profiles, claim, &x, &y))
        plot_add_point(series, x, y, "%s", claim->id);
    }
  }
  plot_print(&p, out);
}

/* --- peaks and what they are worth -------------------------------------------------------------------------------- */

static void plot_accuracy(const subjects *s, const audit_accuracy *accuracy, audit_law law, FILE *out) {
  plot p = {.id = "accuracy",
            .heading = "Accuracy against peak",
            .text = law == AUDIT_TENSORS
                        ? "Each mark is a format in which a chip computes: to the right its dense peak, up the QSNR of "
                          "products of the given weights with Gaussian numbers in it, measured. Peaks compare along a "
                          "level."
                        : "Each mark is a format in which a chip computes: to the right its dense peak, up the QSNR of "
                          "products of Gaussian numbers in it, measured. Peaks compare along a level.",
            .x_label = "dense peak, FLOP/s",
            .y_label = "QSNR of products, dB",
            .x_column = "FLOP/s",
            .y_column = "dB",
            .x_log = true};
  for (size_t c = 0; c < s->count; c++) {
    const lowp_chip *chip = s->chips[c];
    plot_series *series = plot_add(&p, c, "%s", chip->name);
    series->marks = series->names = true;
    for (size_t i = 0; i < chip->format_count; i++) {
      const lowp_number_format f = chip->formats[i];
      const lowp_rate rate = lowp_number_format_rate(f);
      if (audit_scheme(f) == LOWP_SCHEME_NONE || chip->peaks[rate].dense.grade == LOWP_GRADE_NONE) continue;
      plot_add_point(series, chip->peaks[rate].dense.value, -10 * log10(audit_output_nmse(accuracy, law, f, f)), "%s",
                     lowp_number_format_name(f));
    }
  }
  plot_print(&p, out);
}

/* --- tables ------------------------------------------------------------------------------------------------------- */

static void print_finding(const audit_result *r, FILE *out) {
  const lowp_finding *f = r->finding;
  fputs("<tr><th scope=\"row\">", out);
  html_text(out, r->claim->id);
  fprintf(out, "<td class=\"s\"><span class=\"tag v%d\">%s</span>", (int)f->verdict, lowp_verdict_name(f->verdict));
  if (f->factor > 1) fprintf(out, " %.3g&times;", f->factor);
  fputs("<td class=\"s\">", out);
  html_text(out, r->claim->text != NULL ? r->claim->text : r->claim->subject);
  fputs("<td class=\"s\">", out);
  html_text(out, f->reason);
  if (f->line_count != 0) {
    fputs("<details><summary>Calculation</summary><ul class=\"why\">", out);
    for (size_t i = 0; i < f->line_count; i++) {
      fputs("<li>", out);
      html_text(out, f->lines[i]);
      fputs("</li>", out);
    }
    fputs("</ul></details>", out);
  }
  fputc('\n', out);
}

static void print_claims(const audit_results *results, FILE *out) {
  const lowp_article *article = NULL;
  for (size_t i = 0; i < results->count; i++) {
    const audit_result *r = &results->items[i];
    if (i == 0 || r->claim->article != article) {
      article = r->claim->article;
      if (i != 0) fputs("</table></div>\n", out);
      fputs("<h2>", out);
      html_text(out, article->title);
      fputs("</h2><p class=\"sub\">", out);
      html_print(out, "%s, %s", article->kind, article->date);
      fputs(
          "</p><div class=\"scroll claims\"><table><thead><tr><th>claim<th class=\"s\">verdict<th class=\"s\">what is "
          "said<th class=\"s\">what holds</thead>\n",
          out);
    }
    print_finding(r, out);
  }
  if (results->count != 0) fputs("</table></div>\n", out);
}

static void figure_row(const lowp_chip *chip, const char *name, audit_kind kind, const lowp_figure *f, FILE *out) {
  char text[TOOL_TEXT];
  if (f->grade == LOWP_GRADE_NONE) return;
  fputs("<tr><th scope=\"row\">", out);
  html_text(out, chip->name);
  fprintf(out, "<td class=\"s\">%s<td>%s<td class=\"s\"><span class=\"tag\">%s</span> ", name,
          audit_amount(kind, f->value, text), lowp_grade_name(f->grade));
  if (f->source != NULL) html_text(out, f->source);
  if (f->date != NULL) html_print(out, ", %s", f->date);
  fputc('\n', out);
}

static void print_profiles(const subjects *s, FILE *out) {
  if (s->count == 0) return;
  fputs(
      "<h2>Figures that claims were held against</h2><details><summary>All of them, with their sources</summary>"
      "<div class=\"scroll claims\"><table><thead><tr><th>chip<th class=\"s\">figure<th>value<th class=\"s\">grade and "
      "source</thead>\n",
      out);
  for (size_t c = 0; c < s->count; c++) {
    const lowp_chip *chip = s->chips[c];
    char name[64];
    for (int i = LOWP_RATE_COUNT - 1; i >= 0; i--) {
      snprintf(name, sizeof name, "%s peak, dense", lowp_rate_name((lowp_rate)i));
      figure_row(chip, name, AUDIT_OPS, &chip->peaks[i].dense, out);
      snprintf(name, sizeof name, "%s peak, sparse", lowp_rate_name((lowp_rate)i));
      figure_row(chip, name, AUDIT_OPS, &chip->peaks[i].sparse, out);
    }
    figure_row(chip, "memory", AUDIT_BYTES, &chip->memory, out);
    figure_row(chip, "bandwidth", AUDIT_BYTES_PER_S, &chip->bandwidth, out);
    figure_row(chip, "power", AUDIT_WATT, &chip->tdp, out);
  }
  fputs("</table></div></details>\n", out);
}

/* --- the page ----------------------------------------------------------------------------------------------------- */

static void print_cards(const audit_results *results, FILE *out) {
  static const char *const texts[LOWP_VERDICT_COUNT] = {
      "what follows from profiles and arithmetic is what is claimed", "something is missing, and it is said what",
      "right for something else than what the text says it is", "a bound or an identity is broken"};
  fputs("<div class=\"cards\">", out);
  for (int v = LOWP_VERDICT_COUNT - 1; v >= 0; v--) {
    char value[64];
    snprintf(value, sizeof value, "%zu %s", results->counts[v], lowp_verdict_name((lowp_verdict)v));
    html_card(out, value, texts[v]);
  }
  fputs("</div>\n", out);
}

bool audit_claims_html(const void *data, FILE *out) {
  const audit_page *page = data;
  const lowp_profiles *profiles = page->profiles;
  const audit_results *results = page->results;
  const subjects s = find_subjects(profiles, results);
  audit_accuracy accuracy;
  if (audit_accuracy_measure(page->weights, &accuracy) != TOOL_OK) return false;
  html_page(out, "lowp-audit", "claims about chips");
  fprintf(out,
          "<h1>What holds of %zu claims</h1><p class=\"sub\">Verdicts are computed from the claim and from profiles "
          "of chips and models, each figure of which has a source; none is read from a file. lowp-audit %s.</p>\n",
          results->count, lowp_version_string());
  print_cards(results, out);
  fputs("<div class=\"plots\">", out);
  plot_speeds(profiles, &s, results, out);
  plot_accuracy(&s, &accuracy, page->weights != NULL ? AUDIT_TENSORS : AUDIT_NORMAL, out);
  fputs("</div>\n", out);
  print_claims(results, out);
  print_profiles(&s, out);
  fputs(
      "<h2>How to read it</h2>\n<dl><dt>Verdict</dt><dd>The factor beside it is claimed over what holds, or its "
      "inverse, whichever is above 1.</dd>\n<dt>Calculation</dt><dd>The numbers that the rule of the quantity used, "
      "and "
      "where each comes from.</dd>\n<dt>Grades</dt><dd>claimed: by the maker; reported: by somebody else, unmeasured; "
      "derived: computed from other figures; measured: by whom the source says.</dd></dl>\n",
      out);
  html_page_end(out);
  return !ferror(out);
}
