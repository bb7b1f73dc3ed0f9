/* SPDX-License-Identifier: Apache-2.0 */
/* analyze_reproduce.c: `lowp-analyze --reproduce`: published numbers measured again on synthetic data. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/analyze.h"
#include "tools/json_out.h"
#include "tools/reproduce.h"
#include "tools/table.h"

/* --- data --------------------------------------------------------------------------------------------------------- */

static void fill(lowp_distribution law, uint32_t seed, size_t n, float *x) {
  if (lowp_random_fill(law, seed, 0, n, x) != LOWP_OK) exit(tool_fail(TOOL_INTERNAL, "--reproduce: random numbers"));
}

static void make_data(reproduce_data *d, int threads) {
  static const lowp_distribution laws[REPRODUCE_LAWS] = {LOWP_DISTRIBUTION_NORMAL, LOWP_DISTRIBUTION_LAPLACE};
  (void)threads; /* without OpenMP */
  d->cols = 4096;
  for (int law = 0; law < REPRODUCE_LAWS; law++) d->x[law] = tool_alloc(d->rows * d->cols, sizeof(float));
  TOOL_OMP(omp parallel for schedule(dynamic) num_threads(threads))
  for (int law = 0; law < REPRODUCE_LAWS; law++) fill(laws[law], 1001 + (uint32_t)law, d->rows * d->cols, d->x[law]);
  TOOL_OMP(omp parallel for schedule(dynamic) num_threads(threads))
  for (int i = 0; i < REPRODUCE_SIGMAS; i++) {
    static const int formats[REPRODUCE_SWEPT] = {F_HIF4, F_NVFP4, F_MXFP4_FLOOR, F_NVFP4_BARE};
    const size_t side = 1024;
    float *x = tool_alloc(side * side, sizeof *x), sigma = (float)ldexp(0.01, i);
    fill(LOWP_DISTRIBUTION_NORMAL, 2001 + (uint32_t)i, side * side, x);
    for (size_t j = 0; j < side * side; j++) x[j] *= sigma;
    for (int f = 0; f < REPRODUCE_SWEPT; f++) d->sweep[f][i] = reproduce_nmse(formats[f], side, side, x);
    free(x);
  }
  TOOL_OMP(omp parallel for schedule(dynamic) num_threads(threads))
  for (int i = REPRODUCE_KS; i < LOWP_SCHEME_COUNT * REPRODUCE_KS; i++)
    reproduce_plant(d, (lowp_scheme)(i / REPRODUCE_KS), i % REPRODUCE_KS);
}

/* --- verdicts ----------------------------------------------------------------------------------------------------- */

bool reproduce_simulated(const reproduce_row *row) {
  bool by_format = row->measure == measure_nmse || row->measure == measure_qsnr || row->measure == measure_rotation;
  return row->measure == measure_block8_crossing || row->measure == measure_int_wins ||
         row->measure == measure_kappa_crossing ||
         (by_format && reproduce_formats[row->format].scheme == LOWP_SCHEME_NONE);
}

bool reproduce_inside(const reproduce_row *row, double measured) {
  switch (row->kind) {
  case K_ABSOLUTE:
    return fabs(measured - row->target) <= row->tolerance;
  case K_SIGNED:
    return fabs(measured - row->target) <= row->tolerance && measured * row->target > 0;
  case K_RELATIVE:
    return fabs(measured / row->target - 1) <= row->tolerance;
  case K_FACTOR:
    return measured <= row->target * row->tolerance && measured >= row->target / row->tolerance;
  default:
    return measured < row->target;
  }
}

static const char *tolerance_text(const reproduce_row *row, char text[TOOL_TEXT]) {
  double value = row->kind == K_RELATIVE ? 100 * row->tolerance : row->tolerance;
  if (row->kind == K_ABSOLUTE && value == 0)
    snprintf(text, TOOL_TEXT, "exact");
  else if (row->kind == K_BELOW)
    snprintf(text, TOOL_TEXT, "below");
  else if (row->kind == K_RELATIVE)
    snprintf(text, TOOL_TEXT, "+-%g %%", value);
  else
    snprintf(text, TOOL_TEXT,
             row->kind == K_FACTOR   ? "factor %g"
             : row->kind == K_SIGNED ? "+-%g, sign"
                                     : "+-%g",
             value);
  return text;
}

static const char *rule_name(const lowp_scheme_info *info) {
  return info->family == LOWP_FAMILY_MX ? "rceil" : info->family == LOWP_FAMILY_CAST ? "none" : "amax";
}

static const char *number(double value, char text[TOOL_TEXT]) {
  if (isnan(value))
    snprintf(text, TOOL_TEXT, "-");
  else
    snprintf(text, TOOL_TEXT, fabs(value) < 0.0095 && value != 0 ? "%.3e" : "%.5g", value);
  return text;
}

typedef struct tally {
  int rows, rows_inside;   /* numbered rows of published values: inside if all their lines are */
  int lines, lines_inside; /* of rows with a number */
  int more, more_inside;   /* known from simulations */
} tally;

static tally count(const double *measured) {
  tally t = {0};
  const char *last = "";
  bool all = true;
  for (size_t i = 0; i < reproduce_row_count; i++) {
    const reproduce_row *row = &reproduce_rows[i];
    bool inside = reproduce_inside(row, measured[i]);
    if (row->id[0] < '0' || row->id[0] > '9') {
      t.more++;
      t.more_inside += inside;
      continue;
    }
    if (strcmp(last, row->id) != 0) {
      t.rows_inside += t.rows != 0 && all;
      t.rows++;
      all = true;
      last = row->id;
    }
    all = all && inside;
    t.lines++;
    t.lines_inside += inside;
  }
  t.rows_inside += t.rows != 0 && all;
  return t;
}

/* --- reports ------------------------------------------------------------------------------------------------------ */

static void print_rows(const double *measured) {
  static const tool_column columns[] = {{"#", TOOL_RIGHT},         {"quantity", TOOL_LEFT},    {"set-up", TOOL_LEFT},
                                        {"published", TOOL_RIGHT}, {"simulation", TOOL_RIGHT}, {"measured", TOOL_RIGHT},
                                        {"tolerance", TOOL_RIGHT}, {"verdict", TOOL_LEFT},     {"by", TOOL_LEFT},
                                        {"source", TOOL_LEFT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  char text[TOOL_TEXT];
  for (size_t i = 0; i < reproduce_row_count; i++) {
    const reproduce_row *row = &reproduce_rows[i];
    bool inside = reproduce_inside(row, measured[i]);
    if (i != 0 && strcmp(row->id, reproduce_rows[i - 1].id) != 0 && (row->id[0] == 'S' || row->id[0] == 'A'))
      tool_table_rule(table);
    tool_table_cell(table, "%s", row->id);
    tool_table_cell(table, "%s", row->quantity);
    tool_table_cell(table, "%s", row->setup);
    tool_table_cell(table, "%s", row->published);
    tool_table_cell(table, "%s", number(row->reference, text));
    tool_table_cell(table, "%s", number(measured[i], text));
    tool_table_cell(table, "%s", tolerance_text(row, text));
    tool_table_cell(table, "%s", inside ? "inside" : "OUTSIDE");
    tool_table_cell(table, "%s", reproduce_simulated(row) ? "simulator" : "lowp");
    tool_table_cell(table, "%s", row->source);
    if (!inside) tool_table_style(table, TOOL_RED);
    tool_table_end_row(table);
  }
  tool_table_print(table, stdout);
  tool_table_destroy(table);
}

static void print_outliers(const reproduce_data *d) {
  static const tool_column columns[] = {
      {"format", TOOL_LEFT}, {"scale", TOOL_LEFT}, {"A 8", TOOL_RIGHT}, {"12", TOOL_RIGHT}, {"16", TOOL_RIGHT},
      {"32", TOOL_RIGHT},    {"z 8", TOOL_RIGHT},  {"12", TOOL_RIGHT},  {"16", TOOL_RIGHT}, {"32", TOOL_RIGHT},
      {"D 8", TOOL_RIGHT},   {"12", TOOL_RIGHT},   {"16", TOOL_RIGHT},  {"32", TOOL_RIGHT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
    tool_table_cell(table, "%s", info->name);
    tool_table_cell(table, "%s", rule_name(info));
    for (int k = 0; k < REPRODUCE_KS; k++) tool_table_cell(table, "%.3g", d->outliers[id][k].a_ratio);
    for (int k = 0; k < REPRODUCE_KS; k++) tool_table_cell(table, "%.3f", d->outliers[id][k].z_mean);
    for (int k = 0; k < REPRODUCE_KS; k++) tool_table_cell(table, "%.3g", d->outliers[id][k].d_pooled);
    tool_table_end_row(table);
  }
  tool_table_print(table, stdout);
  tool_table_destroy(table);
}

static void print_text(const reproduce_data *d, const double *measured, double seconds) {
  char text[TOOL_TEXT];
  tally t = count(measured);
  print_rows(measured);
  printf("\nOne outlier of k sigma in each block of normal numbers (%zu x %zu), k = 8, 12, 16, 32: A by error, mean z, "
         "D\n\n",
         d->rows < 256 ? d->rows : 256, d->cols);
  print_outliers(d);
  printf("\n%d of %d published rows inside their tolerance (%d of %d lines); %d of %d known from simulation\n",
         t.rows_inside, t.rows, t.lines_inside, t.lines, t.more_inside, t.more);
  printf("n = %zu x %zu for each distribution, 18 x 1024 x 1024 in rows 6 and 7; %s\n", d->rows, d->cols,
         tool_seconds(seconds, text));
  if (!lowp_random_portable()) printf("built without SLEEF: last digits may differ between C libraries\n");
}

static void print_tsv(const reproduce_data *d, const double *measured) {
  static const char *const names[3] = {"A", "z", "D"};
  char tolerance[TOOL_TEXT];
  printf("row\tquantity\tset_up\tpublished\tsimulation\ttarget\tmeasured\ttolerance\tverdict\tby\tsource\n");
  for (size_t i = 0; i < reproduce_row_count; i++) {
    const reproduce_row *row = &reproduce_rows[i];
    printf("%s\t%s\t%s\t%s\t%.9g\t%.9g\t%.9g\t%s\t%s\t%s\t%s\n", row->id, row->quantity, row->setup, row->published,
           row->reference, row->target, measured[i], tolerance_text(row, tolerance),
           reproduce_inside(row, measured[i]) ? "inside" : "outside", reproduce_simulated(row) ? "simulator" : "lowp",
           row->source);
  }
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++)
    for (int i = 0; i < 3 * REPRODUCE_KS; i++) {
      const lowp_outlier_summary *s = &d->outliers[id][i % REPRODUCE_KS];
      const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
      double value = i < REPRODUCE_KS ? s->a_ratio : i < 2 * REPRODUCE_KS ? s->z_mean : s->d_pooled;
      printf("O\t%s, %s, %s\tk = %g\t-\tnan\tnan\t%.9g\t-\t-\tlowp\t-\n", info->name, rule_name(info),
             names[i / REPRODUCE_KS], reproduce_ks[i % REPRODUCE_KS], value);
    }
}

static bool print_json(const reproduce_data *d, const double *measured) {
  char tolerance[TOOL_TEXT];
  json_t *rows = json_array(), *outliers = json_array();
  for (size_t i = 0; i < reproduce_row_count; i++) {
    const reproduce_row *row = &reproduce_rows[i];
    json_array_append_new(rows,
                          json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:b, s:s, s:s}", "row", row->id,
                                    "quantity", row->quantity, "set_up", row->setup, "published", row->published,
                                    "simulation", tool_number(row->reference), "target", tool_number(row->target),
                                    "measured", tool_number(measured[i]), "tolerance", tolerance_text(row, tolerance),
                                    "inside", reproduce_inside(row, measured[i]), "by",
                                    reproduce_simulated(row) ? "simulator" : "lowp", "source", row->source));
  }
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++)
    for (int k = 0; k < REPRODUCE_KS; k++) {
      const lowp_outlier_summary *s = &d->outliers[id][k];
      const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
      json_array_append_new(outliers,
                            json_pack("{s:s, s:s, s:f, s:o, s:o, s:o, s:f, s:f, s:f}", "format", info->name,
                                      "scale_rule", rule_name(info), "k", reproduce_ks[k], "a", tool_number(s->a_ratio),
                                      "a_p50", tool_number(s->a_p50), "a_p99", tool_number(s->a_p99), "z", s->z_mean,
                                      "z_without", s->z0_mean, "d", s->d_pooled));
    }
  tally t = count(measured);
  json_t *root = json_pack("{s:s, s:b, s:i, s:i, s:i, s:i, s:i, s:i, s:o, s:o}", "lowp", lowp_version_string(),
                           "portable", lowp_random_portable(), "numbers", (int)(d->rows * d->cols), "published_rows",
                           t.rows, "published_rows_inside", t.rows_inside, "others", t.more, "others_inside",
                           t.more_inside, "version", 1, "rows", rows, "outliers", outliers);
  bool printed = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0;
  json_decref(root);
  if (printed) printf("\n");
  return printed;
}

/* --- the mode ----------------------------------------------------------------------------------------------------- */

bool analyze_reproduce_given(const analyze_options *options) { return options->reproduce; }

int analyze_reproduce(const analyze_options *options) {
  double start = tool_clock();
  int threads = (int)options->quant.threads;
  reproduce_data *d = tool_alloc(1, sizeof *d);
  *d = (reproduce_data){.rows = 1024};
  double *measured = tool_alloc(reproduce_row_count, sizeof *measured);
  make_data(d, threads);
  TOOL_OMP(omp parallel for schedule(dynamic) num_threads(threads))
  for (size_t i = 0; i < reproduce_row_count; i++) measured[i] = reproduce_rows[i].measure(d, &reproduce_rows[i]);
  bool printed = true;
  if (options->json)
    printed = print_json(d, measured);
  else if (options->tsv)
    print_tsv(d, measured);
  else if (!options->quiet)
    print_text(d, measured, tool_clock() - start);
  tally t = count(measured);
  bool inside = t.lines_inside == t.lines && t.more_inside == t.more;
  for (int law = 0; law < REPRODUCE_LAWS; law++) free(d->x[law]);
  free(d);
  free(measured);
  if (!printed) return tool_fail(TOOL_IO, "the report could not be written");
  return inside ? TOOL_OK
                : tool_fail(TOOL_ACCURACY, "%d lines are outside of their tolerance",
                            t.lines - t.lines_inside + t.more - t.more_inside);
}
