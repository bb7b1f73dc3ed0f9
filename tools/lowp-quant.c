/* SPDX-License-Identifier: Apache-2.0 */
/* lowp-quant: quantizes the weights of a checkpoint. quant.h tells how the work is divided. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <string.h>

#include "tools/quant.h"

static void on_signal(int number) {
  (void)number;
  quant_interrupted = 1;
}

/* SIGINT and SIGTERM end the run between two pieces of work; a second one ends it at once. */
static void catch_signals(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
}

static int print_report(const quant_job *job) {
  const quant_options *o = &job->options;
  char size[TOOL_TEXT], time[TOOL_TEXT];
  if (o->json) {
    if (!quant_report_json(job, stdout)) return tool_fail(TOOL_IO, "the report could not be written");
  } else if (!o->quiet) {
    quant_report_text(job, stdout);
    if (o->dry_run)
      printf("dry run: nothing was written; it would be %s (layout %s)\n", tool_safe(job->output),
             lowp_layout_info_of(job->layout)->name);
    else
      printf("wrote %s%s (%s, layout %s) in %s\n", tool_safe(job->output),
             job->layout == LOWP_LAYOUT_RAW ? ".json and its planes" : "", tool_bytes((double)job->bytes_out, size),
             lowp_layout_info_of(job->layout)->name, tool_seconds(job->seconds, time));
  }
  return quant_report_files(job);
}

int main(int argc, char **argv) {
  tool_begin("lowp-quant");
  quant_job job = {0};
  int code = quant_parse(argc, argv, &job.options);
  if (code < 0) {
    catch_signals();
    code = quant_report_check(&job.options);
    if (code == TOOL_OK) code = quant_plan(&job);
    if (code == TOOL_OK && !job.options.dry_run) code = quant_run(&job);
    if (code == TOOL_OK) code = print_report(&job);
  }
  quant_job_free(&job);
  return tool_end(code);
}
