/* SPDX-License-Identifier: Apache-2.0 */
/* What --check prints: the figures that changed, the tensors that are not in both. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>

#include "tools/analyze.h"
#include "tools/json_out.h"
#include "tools/table.h"

const char *const analyze_verdicts[] = {"within", "better", "worse"};

static double decibel(double nmse) { return nmse == 0 ? INFINITY : -10 * log10(nmse); }

void analyze_check_text(const analyze_job *job, FILE *stream) {
  static const tool_column columns[] = {{"tensor", TOOL_SHRINK}, {"format", TOOL_LEFT},  {"was dB", TOOL_RIGHT},
                                        {"is dB", TOOL_RIGHT},   {"change", TOOL_RIGHT}, {"allowed", TOOL_RIGHT},
                                        {"verdict", TOOL_LEFT},  {"weights", TOOL_LEFT}};
  const analyze_check *c = &job->check;
  if (c->count != 0) {
    tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < c->count; i++) {
      const analyze_change *l = &c->lines[i];
      char text[TOOL_TEXT];
      tool_table_cell(table, "%s", tool_safe(l->tensor->label));
      tool_table_cell(table, "%s", job->formats[l->format].info->name);
      tool_table_cell(table, "%s", tool_decibel(decibel(l->was), text));
      tool_table_cell(table, "%s", tool_decibel(decibel(l->is), text));
      tool_table_cell(table, "%+.3f", 0 - l->loss);
      tool_table_cell(table, "%g", l->allowed);
      tool_table_cell(table, "%s", analyze_verdicts[l->verdict]);
      tool_table_cell(table, "%s", l->other_weights ? "changed" : "same");
      if (l->verdict == ANALYZE_WORSE) tool_table_style(table, TOOL_RED);
      if (l->verdict == ANALYZE_BETTER) tool_table_style(table, TOOL_GREEN);
      tool_table_end_row(table);
    }
    tool_table_print(table, stream);
    tool_table_destroy(table);
  }
  for (size_t i = 0; i < c->set_count; i++) fprintf(stream, "%s: %s\n", tool_safe(c->sets[i].name), c->sets[i].what);
  fprintf(stream, "checked %zu figures: %zu worse, %zu better, %zu changed within tolerance, %zu the same", c->compared,
          c->worse, c->better, c->count - c->worse - c->better, c->compared - c->count);
  fprintf(stream, "; %zu tensors with other weights\n", c->other_weights);
}

json_t *analyze_check_json(const analyze_job *job) {
  const analyze_check *c = &job->check;
  json_t *changes = json_array(), *sets = json_array();
  for (size_t i = 0; i < c->count; i++) {
    const analyze_change *l = &c->lines[i];
    json_array_append_new(changes, json_pack("{s:s, s:s, s:o, s:o, s:o, s:f, s:s, s:b}", "tensor", l->tensor->label,
                                             "format", job->formats[l->format].info->name, "nmse_was",
                                             tool_number(l->was), "nmse_is", tool_number(l->is), "change_db",
                                             tool_number(0 - l->loss), "tolerance_db", l->allowed, "verdict",
                                             analyze_verdicts[l->verdict], "other_weights", l->other_weights));
  }
  for (size_t i = 0; i < c->set_count; i++)
    json_array_append_new(sets, json_pack("{s:s, s:s}", "tensor", c->sets[i].name, "what", c->sets[i].what));
  return json_pack("{s:I, s:I, s:I, s:o, s:o}", "compared", (json_int_t)c->compared, "worse", (json_int_t)c->worse,
                   "better", (json_int_t)c->better, "changes", changes, "tensors", sets);
}
