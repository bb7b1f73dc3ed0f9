/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/quant.h"

/* One line per tensor, every number in full; names have no tabs, because control characters are replaced. */
bool quant_report_tsv(const quant_job *job, FILE *stream) {
  fputs("tensor\tshape\tdtype\tformat\tbits_per_weight\tbytes_before\tbytes_after\tamax\tnmse\tqsnr_"
        "db\tmse\tcosine\tbias\t"
        "max_abs\tmax_rel\tclipped\tflushed\tnan\tinf\tlost\twhy\n",
        stream);
  size_t *order = quant_report_order(job);
  for (size_t i = 0; i < job->count; i++) {
    const quant_item *item = &job->items[order[i]];
    const lowp_error_stats *s = &item->stats;
    const lowp_model_tensor *t = item->tensor;
    char shape[TOOL_SHAPE_TEXT];
    double weights = (double)t->rows * (double)t->cols;
    bool kept = item->scheme == LOWP_SCHEME_NONE;
    fprintf(stream, "%s\t%s\t%s\t%s\t%.6g\t%zu\t%zu", tool_safe(t->name), tool_shape(t->rank, t->shape, shape),
            lowp_dtype_name(t->dtype), kept ? "" : lowp_scheme_info_of(item->scheme)->name,
            weights > 0 ? 8 * (double)item->stored / weights : 0, t->nbytes, item->stored);
    if (kept || job->options.dry_run)
      fputs("\t\t\t\t\t\t\t\t\t\t\t\t\t", stream);
    else
      fprintf(stream, "\t%.9g\t%.9g\t%.6f\t%.9g\t%.9f\t%.9g\t%.9g\t%.9g\t%llu\t%llu\t%llu\t%llu\t%llu", s->x_amax,
              lowp_error_nmse(s), lowp_error_qsnr_db(s), lowp_error_mse(s), lowp_error_cosine(s), lowp_error_bias(s),
              s->max_abs, s->max_rel, (unsigned long long)s->clipped, (unsigned long long)s->flushed,
              (unsigned long long)s->x_nan, (unsigned long long)s->x_inf, (unsigned long long)s->y_nonfinite);
    fprintf(stream, "\t%s\n", kept ? item->reason : item->rule == NULL ? "--fmt" : item->rule->text);
  }
  free(order);
  return !ferror(stream);
}

static bool text(const quant_job *job, FILE *stream) {
  quant_report_text(job, stream);
  return !ferror(stream);
}

static const struct {
  const char *extension;
  bool (*write)(const quant_job *job, FILE *stream);
} kinds[] = {{".txt", text}, {".json", quant_report_json}, {".tsv", quant_report_tsv}};

static int kind_of(const char *path) {
  const char *dot = strrchr(path, '.');
  for (size_t i = 0; dot != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
    if (strcasecmp(dot, kinds[i].extension) == 0) return (int)i;
  return -1;
}

int quant_report_check(const quant_options *options) {
  for (size_t i = 0; i < options->reports.count; i++)
    if (kind_of(options->reports.items[i]) < 0)
      return tool_fail(TOOL_USAGE, "--report %s: the name is to end in .txt, .json or .tsv",
                       tool_safe(options->reports.items[i]));
  return TOOL_OK;
}

int quant_report_files(const quant_job *job) {
  for (size_t i = 0; i < job->options.reports.count; i++) {
    const char *path = job->options.reports.items[i];
    char *bytes = NULL;
    size_t size = 0;
    /* Made in memory and written whole: a report is there entirely or not at all. */
    FILE *stream = open_memstream(&bytes, &size);
    bool made = stream != NULL && kinds[kind_of(path)].write(job, stream);
    if (stream == NULL || fclose(stream) != 0 || !made) {
      free(bytes);
      return tool_fail(TOOL_IO, "--report %s: out of memory", tool_safe(path));
    }
    lowp_error error = {0};
    lowp_write_options write = {.struct_size = sizeof write, .replace = 1};
    lowp_status status = lowp_write_file(path, &write, bytes, size, &error);
    free(bytes);
    if (status != LOWP_OK) return tool_fail_status(status, &error);
  }
  return TOOL_OK;
}
