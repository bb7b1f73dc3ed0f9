/* SPDX-License-Identifier: Apache-2.0 */
/* Which codes and which scales a format uses. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/analyze_html.h"

static uint64_t total_of(const uint64_t count[256]) {
  uint64_t sum = 0;
  for (size_t i = 0; i < 256; i++) sum += count[i];
  return sum;
}

/* Room above the tallest bar, in percent of all. */
static double top_of(double most) {
  double low = 0;
  svg_nice(&low, &most, 0);
  return most;
}

/* Pixels of a digit. */
static const double digit = 6.6;

/* --- codes -------------------------------------------------------------------------------------------------------- */

typedef struct code {
  float value;
  size_t code;
} code;

static int by_value(const void *a, const void *b) {
  const code *x = a, *y = b;
  if (x->value != y->value) return x->value < y->value ? -1 : 1;
  return (x->code > y->code) - (x->code < y->code);
}

/* All codes that have a finite value, by value; -0 and 0 apart. */
static size_t sorted_codes(lowp_element element, code list[256]) {
  size_t count = (size_t)1 << lowp_element_info_of(element)->row.bits, n = 0;
  for (size_t i = 0; i < count && i < 256; i++) {
    uint8_t byte = (uint8_t)i;
    float value;
    if (lowp_element_decode_n(element, 1, &byte, &value) == LOWP_OK && isfinite(value)) list[n++] = (code){value, i};
  }
  qsort(list, n, sizeof *list, by_value);
  return n;
}

void html_plot_codes(const analyze_format *format, const lowp_measurement *m, const char *id, FILE *out) {
  code list[256];
  uint64_t total = total_of(m->codes);
  if (total == 0 || lowp_element_info_of(format->info->element)->row.bits > 8) return;
  size_t n = sorted_codes(format->info->element, list);
  double most = 0;
  for (size_t i = 0; i < n; i++) most = fmax(most, 100 * (double)m->codes[list[i].code] / (double)total);
  svg s;
  char heading[80], text[300];
  snprintf(heading, sizeof heading, "Codes of %s", format->info->name);
  snprintf(
      text, sizeof text,
      "How often each code occurs, in the order of the values it stands for. Entropy %.2f of %u bits: a format whose "
      "codes are used evenly wastes none.",
      lowp_measurement_code_entropy(m), (unsigned)lowp_element_info_of(format->info->element)->row.bits);
  html_figure(out, heading, text);
  svg_begin(&s, out, id, 240, heading, "Histogram of codes; the numbers are in the table below.");
  svg_area(&s, 46, 12, 14, 42);
  svg_axis_y(&s, 0, top_of(most), "share, %");
  s.x0 = 0, s.x1 = (double)n;
  double width = (s.right - s.left) / (double)n, gap = n > 64 ? 0 : 1, last = -100;
  for (size_t i = 0; i < n; i++) {
    double x = s.left + width * (double)i, share = 100 * (double)m->codes[list[i].code] / (double)total;
    char hint[64];
    snprintf(hint, sizeof hint, "%g: %.3g %%", (double)list[i].value, share);
    double height = s.bottom - svg_y(&s, share);
    if (share > 0) svg_rect(&s, x + gap, s.bottom - height, width - 2 * gap, height, "b", n <= 64 ? hint : NULL);
    /* Numbers where there is room, the last one always. */
    char number[32];
    double middle = x + width / 2, half = digit * snprintf(number, sizeof number, "%g", (double)list[i].value) / 2 + 2;
    bool extreme = i + 1 == n;
    if (middle - half < last || (!extreme && middle + half > s.right - width / 2 - 20)) continue;
    svg_text(&s, middle, s.bottom + 15, "middle", "", "%s", number);
    last = middle + half;
  }
  svg_line(&s, s.left, s.bottom, s.right, s.bottom, "a");
  svg_text(&s, (s.left + s.right) / 2, s.bottom + 33, "middle", "l", "value of the code, before its scale");
  svg_end(&s);
  html_figure_table(out);
  fputs("<thead><tr><th>value<th>code<th>share %</thead>\n", out);
  for (size_t i = 0; i < n; i++)
    fprintf(out, "<tr><th scope=\"row\">%g<td>%zu<td>%.4g\n", (double)list[i].value, list[i].code,
            100 * (double)m->codes[list[i].code] / (double)total);
  html_figure_end(out, true);
}

/* --- scales ------------------------------------------------------------------------------------------------------- */

/* An exponent in raised digits. */
static const char *raised(int number, char text[48]) {
  static const char *const digits[] = {"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                       "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
  char plain[16];
  text[0] = 0;
  snprintf(plain, sizeof plain, "%d", number);
  for (const char *c = plain; *c != 0; c++) strcat(text, *c == '-' ? "\u207b" : digits[*c - '0']);
  return text;
}

/* Codes of a scale of one octave, and the code of 1. F32 and FP16 scales are counted by their exponent. */
static void scale_grid(lowp_element scale, int *octave, int *one) {
  *octave = scale == LOWP_E4M3FN ? 8 : scale == LOWP_E6M2 ? 4 : 1;
  *one = scale == LOWP_E4M3FN ? 7 * 8 : scale == LOWP_E6M2 ? 48 * 4 : 127;
}

static double scale_value(lowp_element scale, int code) {
  uint8_t byte = (uint8_t)code;
  float value = 0;
  if (lowp_element_info_of(scale)->row.bits > 8) return ldexp(1, code - 127);
  return lowp_element_decode_n(scale, 1, &byte, &value) == LOWP_OK ? (double)value : NAN;
}

void html_plot_scales(const analyze_format *format, const lowp_measurement *m, const char *id, FILE *out) {
  uint64_t total = total_of(m->scale_codes);
  if (total == 0) return;
  int octave, one, first = 255, last = 0;
  double most = 0;
  scale_grid(format->info->scale, &octave, &one);
  for (int i = 0; i < 256; i++) {
    if (m->scale_codes[i] == 0) continue;
    first = i < first ? i : first;
    last = i;
    most = fmax(most, 100 * (double)m->scale_codes[i] / (double)total);
  }
  /* Whole octaves. */
  first = (first - 1) / octave * octave;
  last = (last + octave) / octave * octave;
  svg s;
  char heading[80], text[300], power[48];
  bool byte = format->info->scale_bytes != 2 && format->info->scale != LOWP_F32;
  snprintf(heading, sizeof heading, "Block scales of %s", format->info->name);
  snprintf(text, sizeof text, "%s. %.3g %% are the largest there is and clip, %.3g %% the smallest.%s",
           byte ? "How often each scale code occurs" : "How often each exponent of a scale occurs",
           100 * (double)m->scales_saturated / (double)m->scales, 100 * (double)m->scales_bottom / (double)m->scales,
           format->info->tensor_scale ? " The tensor scale, which multiplies all, is left out." : "");
  html_figure(out, heading, text);
  svg_begin(&s, out, id, 240, heading, "Histogram of block scales; the numbers are in the table below.");
  svg_area(&s, 46, 12, 14, 42);
  svg_axis_y(&s, 0, top_of(most), "share, %");
  int codes = last - first + 1, octaves = codes / octave > 0 ? codes / octave : 1, every = (octaves + 9) / 10;
  double width = (s.right - s.left) / (double)codes, gap = width > 6 ? 1 : 0;
  for (int i = first; i <= last; i++) {
    double x = s.left + width * (double)(i - first);
    if (i >= 0 && i < 256 && m->scale_codes[i] != 0) {
      double height = s.bottom - svg_y(&s, 100 * (double)m->scale_codes[i] / (double)total);
      svg_rect(&s, x + gap, s.bottom - height, width - 2 * gap, height, "b", NULL);
    }
    int exponent = (i - one) / octave;
    if ((i - one) % octave == 0 && (exponent - (first - one) / octave) % every == 0)
      svg_text(&s, x + width / 2, s.bottom + 15, "middle", "", "2%s", raised(exponent, power));
  }
  svg_line(&s, s.left, s.bottom, s.right, s.bottom, "a");
  svg_text(&s, (s.left + s.right) / 2, s.bottom + 33, "middle", "l", "scale of a block");
  svg_end(&s);
  html_figure_table(out);
  fprintf(out, "<thead><tr><th>scale<th>%s<th>share %%</thead>\n", byte ? "code" : "biased exponent");
  for (int i = 0; i < 256; i++)
    if (m->scale_codes[i] != 0)
      fprintf(out, "<tr><th scope=\"row\">%.5g<td>%d<td>%.4g\n", scale_value(format->info->scale, i), i,
              100 * (double)m->scale_codes[i] / (double)total);
  html_figure_end(out, true);
}
