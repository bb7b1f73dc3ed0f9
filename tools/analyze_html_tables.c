/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>

#include "tools/analyze_html.h"

static void number(FILE *out, double value) {
  if (isnan(value))
    fputs("<td>&ndash;", out);
  else if (isinf(value))
    fputs("<td>&infin;", out);
  else
    fprintf(out, "<td>%.3g", value);
}

static void name(FILE *out, const char *label) {
  fputs("<tr><th scope=\"row\"><bdi>", out);
  html_text(out, label);
  fputs("</bdi>", out);
}

void html_table_ranking(const analyze_job *job, FILE *out) {
  fputs("<div class=\"scroll\"><table><thead><tr><th>format<th>bits per weight<th>NMSE<th>QSNR dB<th>effective bits"
        "<th>per stored bit<th>clipped %<th>to zero %<th>worst tensor dB<th class=\"s\">worst tensor</thead>\n",
        out);
  for (size_t i = 0; i < job->format_count; i++) {
    size_t f = job->ranking[i], worst = analyze_worst(job, f);
    const analyze_result *r = &job->totals[f];
    char text[TOOL_TEXT];
    double bits = analyze_bits(r->bytes, job->weights), effective = analyze_effective_bits(&r->stats);
    fprintf(out, "<tr><th scope=\"row\">%s<td>%.3f<td>%.3e", job->formats[f].info->name, bits,
            lowp_error_nmse(&r->stats));
    html_decibel(out, lowp_error_qsnr_db(&r->stats));
    html_decibel(out, effective);
    html_decibel(out, effective / bits);
    fprintf(out, "<td>%s", tool_percent((double)r->stats.clipped, (double)r->stats.count, text));
    fprintf(out, "<td>%s", tool_percent((double)r->stats.flushed, (double)r->stats.count, text));
    html_decibel(out, lowp_error_qsnr_db(&job->tensors[worst].results[f].stats));
    fputs("<td class=\"s\"><bdi>", out);
    html_text(out, job->tensors[worst].label);
    fputs("</bdi>\n", out);
  }
  fputs("</table></div>\n", out);
}

void html_table_tensors(const analyze_job *job, FILE *out) {
  fputs("<div class=\"scroll tall\"><table><thead><tr><th>tensor<th>shape", out);
  for (size_t f = 0; f < job->format_count; f++) fprintf(out, "<th>%s", job->formats[f].info->name);
  fputs("</thead>\n", out);
  for (size_t i = 0; i < job->count; i++) {
    const analyze_tensor *t = &job->tensors[i];
    char shape[TOOL_SHAPE_TEXT], text[TOOL_TEXT];
    if (t->kept != NULL) continue;
    name(out, t->label);
    fprintf(out, "<td>%s", tool_shape(t->tensor->rank, t->tensor->shape, shape));
    for (size_t f = 0; f < job->format_count; f++)
      fprintf(out, "<td%s>%s%s%s", t->chosen == f ? " class=\"chosen\"" : "",
              tool_decibel(lowp_error_qsnr_db(&t->results[f].stats), text), t->results[f].misfit ? "*" : "",
              t->chosen == f ? " &#10003;" : "");
    fputc('\n', out);
  }
  fputs("</table></div>\n", out);
}

void html_table_descriptions(const analyze_job *job, FILE *out) {
  fputs("<div class=\"scroll tall\"><table><thead><tr><th>tensor<th>amax<th>rms<th>excess kurtosis<th>max / median"
        "<th>crest 16<th>crest 32<th>crest 128<th>rows max / med.<th>columns max / med.<th>&mu;<th>zeros %<th>NaN, Inf"
        "<th class=\"s\">flags<th class=\"s\">not quantized because</thead>\n",
        out);
  for (size_t i = 0; i < job->count; i++) {
    const analyze_tensor *t = &job->tensors[i];
    const analyze_description *d = &t->description;
    name(out, t->label);
    if (!d->known) {
      fputs("<td colspan=\"13\" class=\"s\">no weights", out);
    } else {
      const double values[] = {d->amax,      d->rms,     d->kurtosis,   d->max_over_median,
                               d->crest16,   d->crest32, d->crest128,   d->row_ratio,
                               d->col_ratio, d->mu,      100 * d->zeros};
      for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) number(out, values[k]);
      fprintf(out, "<td>%llu<td class=\"s\">%s", (unsigned long long)d->nonfinite, d->massive ? "massive " : "");
      if (d->int8_outliers != 0) fprintf(out, "%zu LLM.int8 columns", d->int8_outliers);
    }
    fputs("<td class=\"s\">", out);
    if (t->kept != NULL) html_text(out, t->kept);
    fputc('\n', out);
  }
  fputs("</table></div>\n", out);
}
