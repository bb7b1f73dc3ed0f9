/* SPDX-License-Identifier: Apache-2.0 */
/* lowp-analyze: what each format costs on the tensors of a model, why, and what to do. analyze.h tells how it is made. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>

#include "tools/analyze.h"

/* Each mode is one entry point, analyze_X(options), in a file of its own. */
const analyze_mode analyze_modes[] = {
    {analyze_mitigations_given, analyze_mitigations},
    {analyze_probe_given, analyze_probe},
    {analyze_reproduce_given, analyze_reproduce},
    {NULL, NULL}};

static int write_files(const analyze_job *job) {
  const analyze_options *o = &job->options;
  int code = TOOL_OK;
  if (o->write_rules != NULL) code = analyze_write(job, "--write-rules", o->write_rules, analyze_report_rules);
  if (code == TOOL_OK && o->html != NULL) code = analyze_write(job, "--html", o->html, analyze_report_html);
  return code;
}

static int print(const analyze_job *job) {
  const analyze_options *o = &job->options;
  bool printed = true;
  if (o->json)
    printed = analyze_report_json(job, stdout);
  else if (o->tsv)
    printed = analyze_report_tsv(job, stdout);
  else if (job->baseline != NULL && !o->quiet)
    analyze_check_text(job, stdout);
  else if (!o->quiet)
    analyze_report_text(job, stdout);
  return printed ? TOOL_OK : tool_fail(TOOL_IO, "the report could not be written");
}

static int run(analyze_job *job) {
  for (const analyze_mode *mode = analyze_modes; mode->given != NULL; mode++)
    if (mode->given(&job->options)) return mode->run(&job->options);
  int code = analyze_plan(job);
  if (code == TOOL_OK) code = analyze_measure(job);
  if (code != TOOL_OK) return code;
  analyze_recommend(job);
  code = analyze_check_run(job);
  if (code == TOOL_OK) code = analyze_look_closer(job);
  if (code == TOOL_OK) code = write_files(job);
  if (code == TOOL_OK) code = print(job);
  return code == TOOL_OK && job->baseline != NULL ? analyze_check_verdict(job) : code;
}

int main(int argc, char **argv) {
  tool_begin("lowp-analyze");
  analyze_job job = {0};
  int code = analyze_parse(argc, argv, &job.options);
  if (code < 0) code = run(&job);
  analyze_job_free(&job);
  return tool_end(code);
}
