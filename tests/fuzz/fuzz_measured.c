/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_measured.c: whatever a log of measurements says, rows that are accepted have sizes and times that can be used. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <lowp/measured.h>
#include <math.h>
#include <string.h>

int lowpt_accepted;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lowp_measured_log *log = NULL;
  lowp_error error = {.status = LOWP_OK};
  lowpt_accepted = 0;
  if (lowp_measured_log_parse("log", data, size, &log, &error) != LOWP_OK) {
    LOWPT_ALWAYS(log == NULL && error.status != LOWP_OK && error.text[0] != 0);
    return 0;
  }
  lowpt_accepted = 1;
  for (size_t i = 0; i < lowp_measured_log_count(log); i++) {
    const lowp_measured_row *r = lowp_measured_log_get(log, i);
    lowp_measured_report report;
    size_t bytes;
    LOWPT_ALWAYS(r->m > 0 && r->n > 0 && r->k > 0);
    LOWPT_ALWAYS(!__builtin_mul_overflow(r->m * 16, r->k, &bytes) && !__builtin_mul_overflow(r->n * 16, r->k, &bytes));
    LOWPT_ALWAYS(!__builtin_mul_overflow(r->m * 16, r->n, &bytes));
    LOWPT_ALWAYS(r->seconds > 0 && isfinite(r->seconds) && r->peak_tflops >= 0 && isfinite(r->peak_tflops));
    LOWPT_ALWAYS(r->rhs == LOWP_SCHEME_NONE || lowp_scheme_info_of(r->rhs) != NULL);
    LOWPT_ALWAYS(r->line > 0);
    for (const char *c = r->x ? r->x : ""; *c; c++) LOWPT_ALWAYS((unsigned char)*c >= 32);
    /* No file is opened and nothing is made without an output. */
    if (r->output || (r->x && r->w)) continue;
    lowp_measured_report_init(&report);
    const lowp_status status = lowp_measured_check_row(log, i, NULL, &report, &error);
    LOWPT_ALWAYS(status == LOWP_OK ? report.count == 2 && report.rate > 0 : status == LOWP_E_RANGE);
  }
  lowp_measured_log_free(log);
  return 0;
}
