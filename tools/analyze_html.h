/* SPDX-License-Identifier: Apache-2.0 */
/* analyze_html.h: the parts of the page that --html writes. Each prints one section or figure. */
#ifndef LOWP_TOOLS_ANALYZE_HTML_H
#define LOWP_TOOLS_ANALYZE_HTML_H

#include "tools/analyze.h"
#include "tools/page.h"
#include "tools/svg.h"

/* analyze_html_formats.c */
void html_plot_bits(const analyze_job *job, FILE *out);
void html_plot_tensors(const analyze_job *job, FILE *out);
/* analyze_html_causes.c */
void html_plot_crest(const analyze_job *job, FILE *out);
void html_plot_magnitude(const analyze_job *job, FILE *out);
/* analyze_html_codes.c; `id` is unique in the page */
void html_plot_codes(const analyze_format *format, const lowp_measurement *m, const char *id, FILE *out);
void html_plot_scales(const analyze_format *format, const lowp_measurement *m, const char *id, FILE *out);
/* analyze_html_detail.c */
void html_details(const analyze_job *job, FILE *out);
/* analyze_html_tables.c */
void html_table_ranking(const analyze_job *job, FILE *out);
void html_table_tensors(const analyze_job *job, FILE *out);
void html_table_descriptions(const analyze_job *job, FILE *out);

#endif
