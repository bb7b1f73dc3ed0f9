/* SPDX-License-Identifier: Apache-2.0 */
/* The page of --html: one file without scripts, fonts or anything from elsewhere. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/version.h>
#include <stdlib.h>
#include <string.h>

#include "tools/analyze_html.h"

/* --- sections ----------------------------------------------------------------------------------------------------- */

static void summary(const analyze_job *job, FILE *out) {
  char a[160], b[160], text[TOOL_TEXT];
  double source = 0;
  size_t kept;
  for (size_t i = 0; i < job->count; i++)
    if (job->tensors[i].kept == NULL) source += (double)job->tensors[i].tensor->nbytes;
  fputs("<h1>What low precision costs</h1><p class=\"sub\">", out);
  for (size_t i = 0; i < job->options.input_count; i++) {
    fputs(i == 0 ? "<code>" : ", <code>", out);
    html_text(out, job->options.inputs[i]);
    fputs("</code>", out);
  }
  fprintf(out, ": %zu tensors, of which %zu are matrices of weights. lowp-analyze %s.</p>\n", job->count, job->measured,
          lowp_version_string());
  if (job->measured == 0) {
    fputs("<p>No matrix of weights was found; the tensors are only described.</p>\n", out);
    return;
  }
  double bits = analyze_mixture_bits(job, job->options.target.value, &kept);
  fputs("<div class=\"cards\">", out);
  snprintf(a, sizeof a, "%.3f bits per weight", bits);
  snprintf(b, sizeof b, "cheapest mixture with %g dB in every tensor%s", job->options.target.value,
           kept != 0 ? " that can have it" : "");
  html_card(out, a, b);
  snprintf(a, sizeof a, "%.1f times smaller", analyze_bits(source, job->weights) / bits);
  snprintf(b, sizeof b, "than the %s of weights as they are", tool_bytes(source, text));
  html_card(out, a, b);
  size_t best = job->ranking[0];
  snprintf(a, sizeof a, "%s, %s dB", job->formats[best].info->name,
           tool_decibel(lowp_error_qsnr_db(&job->totals[best].stats), text));
  html_card(out, a, "the most accurate of the formats that were tried");
  size_t worst = analyze_worst(job, job->focus);
  snprintf(a, sizeof a, "%s dB",
           tool_decibel(lowp_error_qsnr_db(&job->tensors[worst].results[job->focus].stats), text));
  char *where = tool_format("worst tensor in %s: %s", job->formats[job->focus].info->name, job->tensors[worst].label);
  html_card(out, a, where);
  free(where);
  fputs("</div>\n", out);
}

static void recommendation(const analyze_job *job, FILE *out) {
  size_t kept;
  double bits = analyze_mixture_bits(job, job->options.target.value, &kept);
  fprintf(
      out,
      "<h2>Recommendation</h2><p>The cheapest format of each tensor with at least %g dB takes %.3f bits per weight.%s "
      "In the table of all tensors it is marked.</p>\n<div class=\"scroll "
      "small\"><table><thead><tr><th>format<th>tensors"
      "<th>weights %%</thead>\n",
      job->options.target.value, bits,
      kept != 0 ? " Where none of the formats reaches that, the tensor stays as it is." : "");
  for (size_t f = 0; f <= job->format_count; f++) {
    size_t n = 0, wanted = f < job->format_count ? f : SIZE_MAX;
    double weights = 0;
    for (size_t i = 0; i < job->count; i++)
      if (job->tensors[i].kept == NULL && job->tensors[i].chosen == wanted) n++, weights += job->tensors[i].weights;
    if (n == 0) continue;
    fprintf(out, "<tr><th scope=\"row\">%s<td>%zu<td>%.2f\n",
            f < job->format_count ? job->formats[f].info->name : "as it is", n, 100 * weights / job->weights);
  }
  fputs("</table></div>\n<details><summary>As rules for lowp-quant --rules</summary><pre>", out);
  char *rules = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&rules, &size);
  if (stream != NULL) {
    analyze_report_rules(job, stream);
    fclose(stream);
    /* Line by line: what is no printable text is escaped in the rules already. */
    for (char *line = rules, *end; line != NULL && *line != 0; line = end + 1) {
      end = line + strcspn(line, "\n");
      bool last = *end == 0;
      *end = 0;
      html_text(out, line);
      fputc('\n', out);
      if (last) break;
    }
  }
  free(rules);
  fputs("</pre></details>\n", out);
}

static void method(const analyze_job *job, FILE *out) {
  fputs(
      "<h2>How it was measured</h2>\n<dl><dt>QSNR</dt><dd>&minus;10 log10 NMSE, NMSE being the sum of squared errors "
      "over "
      "the sum of squares, over the whole tensor, or all tensors as one. 6.02 dB are one bit.</dd>\n"
      "<dt>Effective bits</dt><dd>QSNR / 6.02.</dd>\n<dt>Clipped, to zero</dt><dd>Weights beyond the largest code of "
      "their "
      "block by more than half of its last step; weights that were not zero and became zero.</dd>\n"
      "<dt>A, z, D</dt><dd>What outliers do to the rest of their block: its error over the error without them, the "
      "share "
      "that becomes zero, and the added error in units of the mean square.</dd>\n<dt>*</dt><dd>Rows are no multiple of "
      "the block: padded with zeros here, and not recommended.</dd></dl>\n<p>Rules of quantization:</p>\n"
      "<div class=\"scroll small\"><table><thead><tr><th>format<th class=\"s\">rules</thead>\n",
      out);
  for (size_t f = 0; f < job->format_count; f++)
    fprintf(out, "<tr><th scope=\"row\">%s<td class=\"s\">%s\n", job->formats[f].info->name, job->formats[f].rules);
  fputs("</table></div>\n", out);
}

static void measured(const analyze_job *job, FILE *out) {
  fputs("<h2>Formats compared</h2><div class=\"plots\">", out);
  html_plot_bits(job, out);
  html_plot_tensors(job, out);
  fputs("</div><p></p>\n", out);
  html_table_ranking(job, out);
  recommendation(job, out);
  fputs("<h2>Why they differ</h2><div class=\"plots\">", out);
  html_plot_crest(job, out);
  html_plot_magnitude(job, out);
  fputs("</div>\n", out);
  const analyze_format *focus = &job->formats[job->focus];
  fprintf(out, "<h2>The worst tensors in %s</h2>\n", focus->info->name);
  html_details(job, out);
  fputs("<h2>Codes and scales</h2><div class=\"plots\">", out);
  html_plot_codes(focus, &job->sums[job->focus], "codes", out);
  html_plot_scales(focus, &job->sums[job->focus], "scales", out);
  fputs("</div>\n<details><summary>Those of the other formats</summary><div class=\"plots\">", out);
  for (size_t f = 0; f < job->format_count; f++) {
    char id[32];
    if (f == job->focus) continue;
    snprintf(id, sizeof id, "codes%zu", f);
    html_plot_codes(&job->formats[f], &job->sums[f], id, out);
    snprintf(id, sizeof id, "scales%zu", f);
    html_plot_scales(&job->formats[f], &job->sums[f], id, out);
  }
  fputs("</div></details>\n<h2>All tensors: QSNR in dB</h2>\n", out);
  html_table_tensors(job, out);
}

bool analyze_report_html(const analyze_job *job, FILE *stream) {
  html_page(stream, job->options.inputs[0], "what low precision costs");
  summary(job, stream);
  if (job->measured != 0) measured(job, stream);
  fputs("<h2>What the tensors are like</h2><p>Crest factors are means over blocks of so many columns. &mu; is the "
        "incoherence max |W| &radic;(mn) / ||W||.</p>\n",
        stream);
  html_table_descriptions(job, stream);
  method(job, stream);
  html_page_end(stream);
  return !ferror(stream);
}
