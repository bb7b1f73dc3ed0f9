/* SPDX-License-Identifier: Apache-2.0 */
/* The worst tensors: why, where in the matrix, and which blocks. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>

#include "tools/analyze_html.h"

/* Blocks that are listed. */
enum { BLOCKS = 8 };

/* --- heat map ----------------------------------------------------------------------------------------------------- */

/* Steps of a factor of two around the mean error of a cell, -4 to 4. */
static int level_of(double error, double mean) {
  if (!(error > 0) || !(mean > 0)) return -4;
  double level = floor(log2(error / mean) + 0.5);
  return level < -4 ? -4 : level > 4 ? 4 : (int)level;
}

static void heat_legend(svg *s, double y) {
  static const char *const texts[SVG_HEAT] = {"1/16", "", "1/4", "", "mean", "", "4", "", "16"};
  double width = 26, x = s->left;
  for (int i = 0; i < SVG_HEAT; i++) {
    char kind[24];
    snprintf(kind, sizeof kind, "h%d", i);
    svg_rect(s, x + width * i, y, width, 10, kind, NULL);
    svg_text(s, x + width * (i + 0.5), y + 23, "middle", "", "%s", texts[i]);
  }
  svg_text(s, x + width * SVG_HEAT + 10, y + 10, "start", "", "times the mean error");
}

/* Numbers at the ends of both sides, and what they count. */
static void sides(svg *s, size_t rows, size_t cols) {
  svg_text(s, s->left - 5, s->top + 10, "end", "", "0");
  svg_text(s, s->left - 5, s->bottom, "end", "", "%zu", rows);
  svg_text(s, s->left, s->bottom + 14, "start", "", "0");
  svg_text(s, s->right, s->bottom + 14, "end", "", "%zu", cols);
  svg_text(s, (s->left + s->right) / 2, s->bottom + 14, "middle", "l", "column (input)");
  fputs("<text class=\"l\" text-anchor=\"middle\" transform=\"translate(12,", s->out);
  svg_number(s->out, (s->top + s->bottom) / 2, 0);
  fputs(") rotate(-90)\">row (output)</text>\n", s->out);
}

static void heat_map(const analyze_detail *d, size_t number, FILE *out) {
  double sum = 0, cells = (double)(d->grid_rows * d->grid_cols);
  for (size_t i = 0; i < d->grid_rows * d->grid_cols; i++) sum += d->grid[i].sum_ee;
  char id[32];
  svg s;
  snprintf(id, sizeof id, "heat%zu", number);
  /* Few rows make a flat map, not tall cells. */
  double height = d->grid_rows >= 24 ? 224 : d->grid_rows >= 8 ? 140 : 60;
  svg_begin(
      &s, out, id, height + 66, "Heat map of squared error over the matrix",
      "Each cell is a part of the matrix; its colour is its squared error over the mean of all cells. The worst blocks "
      "are in the table below.");
  svg_area(&s, 52, 6, 8, 60);
  double width = (s.right - s.left) / (double)d->grid_cols, tall = (s.bottom - s.top) / (double)d->grid_rows;
  /* Cells at the mean are the ground; the others overlap a little, so that no seams show. */
  svg_rect(&s, s.left, s.top, s.right - s.left, s.bottom - s.top, "h4", NULL);
  for (size_t i = 0; i < d->grid_rows; i++)
    for (size_t j = 0, end; j < d->grid_cols; j = end) {
      const lowp_grid_cell *row = d->grid + i * d->grid_cols;
      int level = level_of(row[j].sum_ee, sum / cells);
      char kind[24];
      for (end = j + 1; end < d->grid_cols && level_of(row[end].sum_ee, sum / cells) == level;) end++;
      snprintf(kind, sizeof kind, "h%d", level + 4);
      double x = s.left + width * (double)j, y = s.top + tall * (double)i;
      if (level != 0)
        svg_rect(&s, x, y, fmin(width * (double)(end - j) + 0.4, s.right - x), fmin(tall + 0.4, s.bottom - y), kind,
                 NULL);
    }
  sides(&s, d->tensor->tensor->rows, d->tensor->tensor->cols);
  heat_legend(&s, s.bottom + 26);
  svg_end(&s);
}

/* --- tables ------------------------------------------------------------------------------------------------------- */

static void block_table(const analyze_detail *d, FILE *out) {
  const lowp_worst_blocks *worst = &d->measurement.worst_sse;
  fputs("<table><thead><tr><th>row<th>columns<th>share of error %<th>QSNR dB<th>amax<th>crest factor<th>to "
        "zero<th>clipped"
        "<th>scale</thead>\n",
        out);
  for (size_t i = 0; i < worst->count && i < BLOCKS; i++) {
    const lowp_block_record *b = &worst->at[i];
    fprintf(out, "<tr><th scope=\"row\">%llu<td>%llu&ndash;%llu<td>%.3g", (unsigned long long)b->row,
            (unsigned long long)b->col, (unsigned long long)(b->col + b->length - 1),
            d->measurement.error.sum_ee > 0 ? 100 * b->sum_ee / d->measurement.error.sum_ee : 0);
    html_decibel(out, b->sum_ee > 0 ? -10 * log10(b->sum_ee / b->sum_xx) : INFINITY);
    fprintf(out, "<td>%.4g<td>%.2f<td>%llu of %llu<td>%llu<td>%.4g\n", (double)b->amax, (double)b->crest,
            (unsigned long long)b->flushed, (unsigned long long)b->length, (unsigned long long)b->clipped,
            (double)b->scale);
  }
  fputs("</table>", out);
}

static void findings(const analyze_detail *d, FILE *out) {
  fputs("<ul class=\"why\">", out);
  for (size_t i = 0; i < d->finding_count; i++) {
    fprintf(out, "<li><span class=\"tag\">%s</span> ", d->findings[i].kind);
    html_text(out, d->findings[i].text);
    fputs("</li>", out);
  }
  fputs("</ul>\n", out);
}

static void outliers(const analyze_detail *d, FILE *out) {
  const lowp_outlier_summary *o = &d->outliers;
  if (!d->has_outliers) return;
  fprintf(out,
          "<p>Blocks with an outlier (more than 8 medians): %llu of %llu. Amplification A %.3g (median %.3g, 99th "
          "percentile "
          "%.3g); to zero z %.3g, without outliers %.3g; blast radius D %.3g.</p>\n",
          (unsigned long long)o->outlier_blocks, (unsigned long long)o->blocks, o->a_mean, o->a_p50, o->a_p99,
          o->z_mean, o->z0_mean, o->d_mean);
}

void html_details(const analyze_job *job, FILE *out) {
  const char *format = job->formats[job->focus].info->name;
  fputs("<div class=\"plots\">", out);
  for (size_t i = 0; i < job->detail_count; i++) {
    const analyze_detail *d = &job->details[i];
    const analyze_result *r = &d->tensor->results[job->focus];
    char shape[TOOL_SHAPE_TEXT], text[TOOL_TEXT];
    fputs("<figure><figcaption><h3><bdi>", out);
    html_text(out, d->tensor->label);
    fprintf(out, "</bdi></h3><p>%s, %s dB in %s; crest factor %.2f.</p></figcaption>",
            tool_shape(d->tensor->tensor->rank, d->tensor->tensor->shape, shape),
            tool_decibel(lowp_error_qsnr_db(&r->stats), text), format, r->crest);
    findings(d, out);
    heat_map(d, i, out);
    outliers(d, out);
    fputs("<details><summary>The worst blocks</summary><div class=\"scroll\">", out);
    block_table(d, out);
    fputs("</div></details></figure>\n", out);
  }
  fputs("</div>", out);
}
